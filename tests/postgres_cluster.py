"""A PostgreSQL server of the tests' own: made in a folder, on a unix socket alone, thrown away at the end.

``python -m tests.postgres_cluster FOLDER`` starts one for trying things out and stops it on Ctrl+C; ``make run REGISTER=postgres`` uses it.
"""
from __future__ import annotations

import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator, List, Optional

import psycopg2

#: Where distributions put the programs of the server; the newest is used.
_PLACES = ("/usr/lib/postgresql", "/usr/pgsql", "/opt/homebrew/opt/postgresql")
DATABASE = "office"
_SETTINGS = """
listen_addresses = '{listen}'
port = {port}
unix_socket_directories = '{folder}'
fsync = off
synchronous_commit = off
full_page_writes = off
shared_buffers = 32MB
max_connections = 200
autovacuum = off
log_min_messages = warning
"""


def programs() -> Optional[Path]:
    """The folder of initdb and pg_ctl; None where no server is installed."""
    on_path = shutil.which("initdb")
    found = [path for place in _PLACES for path in Path(place).glob("*/bin") if (path / "initdb").is_file()]
    newest = max(found, key=lambda path: [int(n) for n in re.findall(r"\d+", path.parent.name)] or [0], default=None)
    return newest or (Path(on_path).parent if on_path else None)


def has_postgis() -> bool:
    """Whether the server here has PostGIS."""
    where = programs()
    if where is None:
        return False
    shared = subprocess.run([str(where / "pg_config"), "--sharedir"], capture_output=True, text=True, check=False).stdout.strip()
    return (Path(shared) / "extension" / "postgis.control").is_file()


class Cluster:
    """A running server. ``folder`` is also where its socket lies; everybody on the socket is who he says, passwords hold on TCP."""

    def __init__(self, folder: Path, port: int = 54317, listen: str = ""):
        self.folder, self.port, self.listen = folder, port, listen
        self._bin = programs()
        self._data = folder / "data"

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run([*self._as_postgres(), str(self._bin / program), *arguments], check=True, cwd="/",
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    @staticmethod
    def _as_postgres() -> List[str]:
        """The server refuses to run as root."""
        return ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []

    def make(self) -> None:
        """initdb, settings, the first start, a database with PostGIS."""
        self.folder.chmod(0o755)
        if os.getuid() == 0:
            os.chown(self.folder, pwd.getpwnam("postgres").pw_uid, -1)
        self._run("initdb", "-D", str(self._data), "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync",
                  "--no-instructions")
        with open(self._data / "postgresql.conf", "a", encoding="utf-8") as file:
            file.write(_SETTINGS.format(folder=self.folder, port=self.port, listen=self.listen))
        (self._data / "pg_hba.conf").write_text("local all all trust\nhost all all all scram-sha-256\n", encoding="utf-8")
        self.start()
        self.sql(f"CREATE DATABASE {DATABASE}", "postgres")
        self.sql("CREATE EXTENSION postgis")

    def start(self) -> None:
        """Start it and wait until it answers."""
        self._run("pg_ctl", "-D", str(self._data), "-l", str(self._data / "log"), "-w", "-s", "start")

    def stop(self, how: str = "fast") -> None:
        """``fast`` breaks off what is going on, ``immediate`` is a crash."""
        self._run("pg_ctl", "-D", str(self._data), "-m", how, "-s", "stop")

    def kill(self) -> None:
        """As if the power failed; the next start recovers."""
        os.kill(int((self._data / "postmaster.pid").read_text(encoding="ascii").split()[0]), signal.SIGQUIT)
        end = time.monotonic() + 10
        while (self._data / "postmaster.pid").exists() and time.monotonic() < end:
            time.sleep(0.05)

    def connection(self, database: str = DATABASE, user: str = "postgres") -> "psycopg2.extensions.connection":
        """A plain connection that commits by itself."""
        made = psycopg2.connect(host=str(self.folder), port=self.port, dbname=database, user=user)
        made.autocommit = True
        return made

    def sql(self, statement: str, database: str = DATABASE, user: str = "postgres") -> List[tuple]:
        """The rows of a statement of the test's own."""
        connection = self.connection(database, user)
        try:
            cursor = connection.cursor()
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def dump_and_restore(self, schema: str, file: Path, database: str) -> None:
        """pg_dump of one schema, and pg_restore of it into a new database: what an administrator does."""
        self.sql(f"CREATE DATABASE {database}")
        self.sql("CREATE EXTENSION postgis", database)
        where = ["-h", str(self.folder), "-p", str(self.port), "-U", "postgres"]
        subprocess.run([str(self._bin / "pg_dump"), *where, "-Fc", "-n", schema, "-f", str(file), DATABASE], check=True)
        subprocess.run([str(self._bin / "pg_restore"), *where, "-d", database, str(file)], check=True)

    def address(self, schema: str, user: str = "postgres", database: str = DATABASE) -> str:
        """The address of a register in a schema of this server."""
        return f"postgresql://{user}@/{database}?host={self.folder}&port={self.port}&schema={schema}"


@contextmanager
def running(folder: Optional[Path] = None, listen: str = "") -> Iterator[Cluster]:
    """A server for as long as the block lasts."""
    place = folder or Path(tempfile.mkdtemp(prefix="land_inspector_pg_"))
    place.mkdir(parents=True, exist_ok=True)
    cluster = Cluster(place, 54317, listen)
    try:
        cluster.make()
        yield cluster
    finally:
        try:
            cluster.stop("immediate")
        except subprocess.CalledProcessError:
            pass  # it never started, or a test has stopped it
        shutil.rmtree(place, ignore_errors=True)


def main(arguments: List[str]) -> int:
    """Start a server in a folder, say how to reach it, stop it on Ctrl+C."""
    with running(Path(arguments[0]).resolve() if arguments else None) as cluster:
        print(cluster.address("land_inspector"), flush=True)
        try:
            signal.pause()
        except KeyboardInterrupt:
            pass
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
