"""A throwaway PostgreSQL with PostGIS on a Unix socket, its data, and what its processes used."""
from __future__ import annotations

import glob
import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator, List, Optional

BINARIES = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
PORT = "54329"
USER = "postgres"
SETTINGS = """
listen_addresses = ''
unix_socket_directories = '{folder}'
port = {port}
fsync = off
synchronous_commit = off
full_page_writes = off
shared_buffers = 256MB
max_wal_size = 2GB
"""
TICKS = os.sysconf("SC_CLK_TCK")


def missing() -> Optional[str]:
    """Why there can be no server here, None where there can."""
    if not BINARIES:
        return "not installed (no postgresql)"
    if not glob.glob(str(Path(BINARIES[-1]).parent / "lib" / "postgis-3.so")):
        return "not installed (no postgis)"
    if os.geteuid() == 0 and shutil.which("runuser") is None:
        return "PostgreSQL does not run as root, and there is no runuser"
    return None


class Server:
    """A running server; ``address`` is its connection string."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.address = f"host={folder} port={PORT} user={USER} dbname=bench"

    def processes(self) -> List[int]:
        """The postmaster and its children."""
        first = int((self.folder / "data" / "postmaster.pid").read_text().splitlines()[0])
        children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        return [first, *map(int, children)]

    def cpu(self) -> float:
        """CPU seconds of the server so far; those of ended workers are in the postmaster's own account."""
        total = 0
        for place, pid in enumerate(self.processes()):
            try:
                fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            except FileNotFoundError:
                continue
            total += sum(map(int, fields[11:15] if place == 0 else fields[11:13]))
        return total / TICKS


def _as_postgres(command: List[str]) -> List[str]:
    return ["runuser", "-u", USER, "--", *command] if os.geteuid() == 0 else command


def _run(*command: str) -> None:
    subprocess.run(_as_postgres([str(Path(BINARIES[-1]) / command[0]), *command[1:]]), check=True, cwd="/",
                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


@contextmanager
def server() -> Iterator[Server]:
    """Start one in a temporary folder, stop it and remove it afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="land_inspector_pg_"))
    if os.geteuid() == 0:
        shutil.chown(folder, USER, USER)
    data = str(folder / "data")
    try:
        _run("initdb", "-D", data, "-A", "trust", "-U", USER, "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        with open(folder / "data" / "postgresql.conf", "a", encoding="utf-8") as file:
            file.write(SETTINGS.format(folder=folder, port=PORT))
        _run("pg_ctl", "-D", data, "-l", str(folder / "log"), "-w", "-s", "start")
        try:
            for database, statement in (("postgres", "CREATE DATABASE bench"), ("bench", "CREATE EXTENSION postgis")):
                _run("psql", "-q", "-h", str(folder), "-p", PORT, "-U", USER, "-c", statement, database)
            yield Server(folder)
        finally:
            _run("pg_ctl", "-D", data, "-m", "immediate", "-s", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
