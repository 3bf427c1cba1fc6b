"""What can happen to a register's file: full disk, no right to write, moved, replaced, damaged, locked, killed. Each ends in a word of
ours, and nothing confirmed is lost."""
from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import textwrap
from contextlib import closing
from pathlib import Path

import pytest

from land_inspector.errors import BusyError, DamagedError, FullError, GoneError, InputError
from land_inspector.register.issuing import issue_batch
from land_inspector.register.register import Register
from land_inspector.register.storage import sqlite_file
from land_inspector.register.storage.sqlite_file import meant
from land_inspector.register.verifying import backup, verify
from tests.factories import info, judge, new_register, squares

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sound")
    with new_register(folder) as made:
        issue_batch(made, info(), squares(3), by="甲")
        judge(made, {"T001": "1"}, by="甲")
    return folder / "register.gpkg"


@pytest.fixture
def path(sound, tmp_path):
    return Path(shutil.copy(sound, tmp_path / "register.gpkg"))


def verdicts(path):
    with Register.open(path) as register:
        assert verify(register).broken == ()
        return register.parcels("B1").set_index("DKBH")["PDJL1"].to_dict()


def test_a_register_that_qgis_left_with_its_journal_beside_is_written_with_a_log_again(path):
    """A reader that outlasts the writer's patience then holds up nobody (findings §6 b)."""
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA journal_mode = DELETE")
    with Register.open(path, patience_s=0.2) as register, closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM event").fetchone()
        judge(register, {"T002": "2"})
        reader.execute("ROLLBACK")
    assert verdicts(path)["T002"] == "2"


def test_a_commit_that_cannot_be_had_leaves_nothing_and_the_next_act_goes_through(path):
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("PRAGMA journal_mode = DELETE")
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM event").fetchone()
        with Register.open(path, patience_s=0.1) as register:
            with pytest.raises(BusyError):
                judge(register, {"T002": "2"})
            assert register.parcels("B1").set_index("DKBH").loc["T002", "PDJL1"] == "0"
            reader.execute("ROLLBACK")
            judge(register, {"T002": "3"})
    assert verdicts(path)["T002"] == "3"


def test_a_full_disk_is_told_and_nothing_is_half_recorded(path):
    with Register.open(path) as register:
        pages = register.storage._db.execute("PRAGMA page_count").fetchone()[0]
        register.storage._db.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(FullError, match="is full"):
            issue_batch(register, info("B2"), squares(400, digest="d2"), by="甲")
        register.storage._db.execute("PRAGMA max_page_count = 1073741823")
        judge(register, {"T002": "2"})
    assert verdicts(path)["T002"] == "2"


def test_a_register_on_a_disk_without_any_room_opens_for_reading_and_says_why_nothing_is_recorded(path, monkeypatch):
    """SQLite lays 32 KB beside a file in order to read it; it calls their lack a failure of the disk."""
    real = sqlite_file.connect

    def without_room(where, patience_s, how="mode=rw"):
        if "mode=rw" in how:
            raise sqlite3.OperationalError("disk I/O error")
        return real(where, patience_s, how)

    monkeypatch.setattr(sqlite_file, "connect", without_room)
    with pytest.raises(GoneError):
        Register.open(path)
    monkeypatch.setattr(sqlite_file, "is_full", lambda folder: True)
    with Register.open(path) as register:
        assert register.parcels("B1").set_index("DKBH").loc["T001", "PDJL1"] == "1"
        with pytest.raises(FullError, match="was full when the register was opened"):
            judge(register, {"T002": "2"})


@pytest.mark.parametrize("said", ["disk I/O error", "unable to open database file", "no such table: gpkg_geometry_columns"])
def test_what_sqlite_says_of_a_full_disk_is_called_one_and_names_the_file_that_is_meant(tmp_path, monkeypatch, said):
    (tmp_path / ".neu.part.gpkg").touch()
    monkeypatch.setattr(sqlite_file, "is_full", lambda folder: True)
    found = sqlite_file.told(sqlite3.OperationalError(said), tmp_path / ".neu.part.gpkg")
    assert isinstance(found, FullError) and "/neu.gpkg is full" in str(found.message)
    assert meant(tmp_path / "..neu.part.part.gpkg") == tmp_path / "neu.gpkg" and meant(tmp_path / "a.part.gpkg") == tmp_path / "a.part.gpkg"


def test_a_register_moved_away_while_open_goes_on_confirming_nothing(path, tmp_path):
    with Register.open(path) as register:
        judge(register, {"T002": "2"})
        os.rename(path, tmp_path / "elsewhere.gpkg")
        with pytest.raises(GoneError, match="no longer there"):
            judge(register, {"T003": "2"})
        with pytest.raises(GoneError):
            register.storage.version()


def test_another_register_put_in_the_place_of_the_open_one_is_not_written_to(path, sound, tmp_path):
    with Register.open(path) as register:
        os.replace(shutil.copy(sound, tmp_path / "other"), path)
        with pytest.raises(GoneError, match="Another file"):
            judge(register, {"T003": "2"})
    assert verdicts(path)["T003"] == "0"


def test_an_older_copy_copied_over_the_open_one_is_noticed_before_the_next_act(path, sound):
    with Register.open(path) as register:
        judge(register, {"T002": "2"})
        register.storage._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copyfile(sound, path)  # the same file for the operating system, with an older content
        with pytest.raises((GoneError, DamagedError)):
            judge(register, {"T003": "2"})


@pytest.mark.parametrize("name", ["register?mode=memory.gpkg", "登记 %20#1.gpkg", "a&b=c;d.gpkg"])
def test_signs_in_a_name_are_part_of_the_name(sound, tmp_path, name):
    path = Path(shutil.copy(sound, tmp_path / name))
    with Register.open(path) as register:
        judge(register, {"T002": "2"})
        backup(register, tmp_path / f"copy {name}")
    assert verdicts(path)["T002"] == "2" and verdicts(tmp_path / f"copy {name}")["T002"] == "2"


def as_nobody(script: str, *values: object) -> str:
    """What a script prints that runs without the rights of whoever runs the tests."""
    code = f"import os, sys; sys.path.insert(0, {str(ROOT)!r})\n{textwrap.dedent(script)}"
    drop = (lambda: os.setuid(65534)) if os.getuid() == 0 else None
    result = subprocess.run([sys.executable, "-c", code, *map(str, values)], capture_output=True, text=True, preexec_fn=drop, cwd="/",
                            env={**os.environ, "HOME": "/nonexistent", "PYTHONDONTWRITEBYTECODE": "1"}, timeout=300)
    assert result.returncode == 0, result.stderr[-2000:]
    return result.stdout.strip()


READ = """
from land_inspector.register.register import Register
from land_inspector.register.verifying import verify
from land_inspector.errors import ReadOnlyError
from land_inspector.register.judging import write_note
with Register.open(sys.argv[1]) as register:
    frame = register.parcels("B1").set_index("DKBH")
    print(register.storage.is_read_only, frame.loc["T001", "PDJL1"], frame.loc["T002", "PDJL1"], len(verify(register).broken))
    try:
        write_note(register, "B1", ["T002"], text="x", by="y")
    except ReadOnlyError as error:
        print("refused")
"""


@pytest.fixture
def given(sound):
    """A copy in a folder that everybody can reach: the one of a test is its owner's alone."""
    import tempfile

    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        os.chmod(folder, 0o755)
        yield Path(shutil.copy(sound, Path(folder) / "register.gpkg"))
        os.chmod(folder, 0o755)


@pytest.mark.skipif(os.name != "posix", reason="rights are set otherwise there")
@pytest.mark.parametrize("mode", ["WAL", "DELETE"])
def test_a_register_that_may_only_be_read_opens_for_reading(given, mode):
    with closing(sqlite3.connect(given)) as other:
        other.execute(f"PRAGMA journal_mode = {mode}")
    os.chmod(given, 0o444)
    os.chmod(given.parent, 0o555)
    before = sorted(given.parent.iterdir())
    assert as_nobody(READ, given).split() == ["True", "1", "0", "0", "refused"]
    assert sorted(given.parent.iterdir()) == before


@pytest.mark.skipif(os.name != "posix", reason="rights are set otherwise there")
@pytest.mark.parametrize("shared_memory", [True, False])
def test_what_stands_in_the_log_of_a_crashed_writer_is_read_too(given, shared_memory):
    with Register.open(given) as register:
        judge(register, {"T002": "2"})
        for name in ("", "-wal", "-shm"):
            shutil.copyfile(f"{given}{name}", f"{given}{name}.kept")
    for name in ("", "-wal", "-shm") if shared_memory else ("", "-wal"):
        os.replace(f"{given}{name}.kept", f"{given}{name}")
        os.chmod(f"{given}{name}", 0o444)
    os.chmod(given.parent, 0o555)
    assert as_nobody(READ, given).split() == ["True", "1", "2", "0", "refused"]


@pytest.mark.skipif(os.name != "posix", reason="rights are set otherwise there")
def test_a_folder_that_may_not_be_written_to_is_named_when_a_copy_is_to_go_there(given):
    os.chmod(given.parent, 0o555)
    said = as_nobody("""
        from pathlib import Path
        from land_inspector.errors import InputError
        from land_inspector.register.register import Register
        from land_inspector.register.verifying import backup
        with Register.open(sys.argv[1]) as register:
            try:
                backup(register, Path(sys.argv[1]).with_name("copy.gpkg"))
            except InputError as error:
                print("copy.gpkg cannot be written" in str(error))
    """, given)
    assert said == "True"


KILLED = """
import os, sys
from pathlib import Path
from land_inspector.register import verifying
from land_inspector.register.register import Register
from land_inspector.register.storage import layout, sqlite_file
from tests.factories import new_register
calls = 0
def dying(real):
    def call(*values, **named):
        global calls
        calls += 1
        if calls == int(sys.argv[3]):
            os.kill(os.getpid(), 9)
        return real(*values, **named)
    return call
for room, name in ((os, "fsync"), (os, "link"), (os, "unlink"), (sqlite_file, "remove_file"), (layout, "create_tables")):
    setattr(room, name, dying(getattr(room, name)))
if sys.argv[2] == "create":
    new_register(Path(sys.argv[1]), name="new.gpkg")
else:
    with Register.open(Path(sys.argv[1]) / "register.gpkg") as register:
        verifying.backup(register, Path(sys.argv[1]) / "new.gpkg")
"""


@pytest.mark.parametrize("what", ["create", "backup"])
@pytest.mark.parametrize("at", [2, 4, 6])
def test_a_making_that_is_killed_leaves_nothing_that_blocks_the_next(path, tmp_path, what, at):
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), what, str(at)], capture_output=True, text=True, env=env)
    assert killed.returncode in (0, -signal.SIGKILL), killed.stderr[-2000:]
    new = tmp_path / "new.gpkg"
    if not new.exists():
        subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), what, "0"], check=True, env=env)
    with Register.open(new) as register:
        assert verify(register).broken == ()
    assert verdicts(path)["T001"] == "1"
    assert [left.name for left in tmp_path.iterdir() if left.name.startswith(".") and not left.name.startswith(".new")] == []


def test_a_copy_never_takes_the_place_of_a_file_that_came_meanwhile(path, tmp_path, monkeypatch):
    from land_inspector.register.storage import sqlite_file

    def somebody_else(part, target, real=sqlite_file.put_in_place):
        target.write_text("theirs")
        real(part, target)

    monkeypatch.setattr(sqlite_file, "put_in_place", somebody_else)
    with Register.open(path) as register, pytest.raises(InputError, match="cannot be written"):
        backup(register, tmp_path / "copy.gpkg")
    assert (tmp_path / "copy.gpkg").read_text() == "theirs"
    assert sorted(name.name for name in tmp_path.iterdir()) == ["copy.gpkg", "register.gpkg"]
