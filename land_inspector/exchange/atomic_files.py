"""Files given out: refused where they would harm, written in a folder of their own, and put in place whole or not at all.

The one place through which the plugin writes files for others. A target that is a register (under any name, through links), an input
of the run, or that lies among a register's attachments is refused by :func:`refuse_target`; :func:`given_out` hands out drafts whose
place nobody can foresee, syncs them and renames them together: an export of several files never mixes old and new parts.
"""
from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
import sqlite3
import tempfile
import time
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Collection, Iterable, Iterator, List, Optional, Sequence, Set, Tuple

from ..errors import InputError
from ..register.storage.sqlite_file import is_full, sync_file, sync_folder

_DRAFTS, _OLD, _READY = ".land_inspector_", "old", "ready.json"
_SQLITE = b"SQLite format 3\0"
#: What SQLite keeps beside a database; it belongs to that file alone and would spoil another one of its name.
_BESIDE_DATABASE = ("-wal", "-shm", "-journal")
#: Parts of a Shapefile, and the indexes of an older one that would lie about a new one.
SHAPEFILE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg", ".qix", ".sbn", ".sbx", ".qpj")
_STALE_S = 6 * 3600.0


# --- what may not be written to -----------------------------------------------------------------------------------------


def is_register(path: Path) -> bool:
    """Whether a file that exists is a register, whatever it is called; a database that cannot be looked into counts as one."""
    try:
        with Path(path).open("rb") as file:
            if file.read(len(_SQLITE)) != _SQLITE:
                return False
    except OSError:
        return False
    ways = ["immutable=1"]  # leaves nothing beside the file; what stands in a log only is seen by opening it as others do
    if Path(f"{path}-wal").exists():
        ways.append("mode=ro")
    found = [_tables(Path(path), how) for how in ways]
    if all(names is None for names in found):
        return True
    names = set().union(*(names for names in found if names is not None))
    return "li_meta" in names or {"event", "event_subject"} <= names


def _tables(path: Path, how: str) -> Optional[Set[str]]:
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?{how}", uri=True, timeout=1.0)) as connection:
            return {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
    except sqlite3.Error:
        return None


def _among_attachments(path: Path) -> Optional[Path]:
    """The register among whose attachments ``path`` would lie: a folder named after a register that stands beside it."""
    for folder in [path, *path.parents]:
        stem, dot, _kind = folder.name.rpartition(".")
        if dot and stem and folder.is_dir():
            for name in (f"{stem}.gpkg", stem):
                if is_register(folder.with_name(name)):
                    return folder.with_name(name)
    return None


def same_file(one: Path, other: Path) -> bool:
    """Whether two paths name one file: through links, and by names that the file system does not tell apart."""
    try:
        return os.path.samefile(one, other)
    except (OSError, ValueError):
        return os.path.normcase(os.path.realpath(one)) == os.path.normcase(os.path.realpath(other))


def parts_of(path: Path) -> List[Path]:
    """The files that writing or reading ``path`` touches: a Shapefile is several."""
    if path.suffix.lower() in SHAPEFILE_PARTS[:3]:
        return [path, *(path.with_suffix(suffix) for suffix in SHAPEFILE_PARTS[:5] if suffix != path.suffix.lower())]
    return [path]


def refuse_target(target: Path, inputs: Iterable[Path] = ()) -> None:
    """Raise InputError where writing ``target`` would harm: a register, an input of the run, a place among attachments, a folder."""
    target = Path(target)
    for part in parts_of(target):
        if part.exists() and not part.is_file() and not part.is_dir():  # a file that takes its name would take its place
            raise InputError("{file} is a device of the computer, not a file.", "Give the name of a file.", file=str(part))
        if is_register(part):
            raise InputError("{file} exists already and is a register; writing to it would destroy it.",
                             "Choose another name for what is written.", file=part.name)
        for given in inputs:
            if any(same_file(part, source) for source in parts_of(Path(given))):
                raise InputError("{file} is read in this run, so it cannot be what is written.", "Choose another name.", file=part.name)
    for ending in _BESIDE_DATABASE:
        base = target.with_name(target.name[:-len(ending)]) if target.name.lower().endswith(ending) else None
        if base is not None and is_register(base):
            raise InputError("{file} belongs to the register {register}.", "Choose another name for what is written.", file=target.name,
                             register=base.name)
    register = _among_attachments(Path(os.path.realpath(target)))
    if register is not None:
        raise InputError("{file} would lie among the attachments of the register {register}.", "Choose another folder.", file=target.name,
                         register=register.name)
    if target.is_dir():
        raise InputError("{file} is a folder.", "Give the name of a file.", file=str(target))


# --- what something may be called ---------------------------------------------------------------------------------------

#: Signs that a file system refuses, and those that make a name read otherwise than it is.
_NOT_IN_NAMES = re.compile("[\\\\/:*?\"<>|\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ud800-\udfff\ufeff]+")
#: Bytes of a name without its ending: 255 are possible, and what is being written bears a longer one.
_LONGEST_STEM = 180
_OF_WINDOWS = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)


def plain_stem(text: str) -> str:
    """A text as a file's name, without its ending, on every system; of a long one the beginning and what tells it from others."""
    stem = _NOT_IN_NAMES.sub("_", text).strip(" .") or "_"
    if len(stem.encode("utf-8")) > _LONGEST_STEM:
        stem = told_apart(stem.encode("utf-8")[:_LONGEST_STEM - 10].decode("utf-8", "ignore"), text)
    return f"_{stem}" if _OF_WINDOWS.fullmatch(stem) else stem


def told_apart(stem: str, text: str) -> str:
    """The stem with eight digits that tell ``text`` from others of the same stem."""
    return f"{stem}_{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()[:8]}"


# --- why something cannot be written ------------------------------------------------------------------------------------


def write_trouble(target: Path, error: BaseException) -> InputError:
    """What keeps a file from being written, in words, with what to do."""
    number, text = getattr(error, "errno", None), str(error)
    if number in (errno.ENOSPC, errno.EDQUOT) or "disk is full" in text:
        return InputError("{file} cannot be written: the disk is full.", "Make room or choose another disk; nothing was left behind.",
                          file=str(target))
    if number in (errno.EROFS, errno.EACCES, errno.EPERM) or "readonly" in text:
        return InputError("{file} cannot be written: it is protected, or open in another program.",
                          "Close the program that has it open, or choose a folder you may write to.", file=str(target))
    if number == errno.ENOENT or not target.parent.is_dir():
        return _no_folder(target)
    return InputError("{path} cannot be written: {reason}.", "Choose a folder you may write to.", path=str(target),
                      reason=getattr(error, "strerror", None) or text or type(error).__name__)


def made_folder(folder: Path) -> Path:
    """The folder, made with those above it where they are not there. Raises InputError where it cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        file = next((one for one in (folder, *folder.parents) if one.exists() and not one.is_dir()), folder)
        raise InputError("{file} is a file, not a folder.", "Choose a folder.", file=str(file)) from error
    except OSError as error:
        raise write_trouble(folder, error) from error
    return folder


def _no_folder(target: Path) -> InputError:
    return InputError("{file} cannot be written: the folder {folder} does not exist.", "Create it first.", file=target.name,
                      folder=str(target.parent))


@contextmanager
def writes_told(target: Path) -> Iterator[None]:
    """Failures of writing in this block leave as InputError with the reason and what to do. Libraries say many things of a full disk;
    what it is, the disk says."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise write_trouble(target, error) from error
    except (RuntimeError, InputError) as error:
        if isinstance(error, InputError) and "cannot be written" not in error.message.template or not is_full(target.parent):
            raise
        raise write_trouble(target, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))) from error


#: How a file of a kind ends when it is whole: some writers (Qt's PDF and pictures) do not say that the disk took no more.
_LAST_WORDS = {".pdf": b"%%EOF", ".png": b"IEND\xaeB`\x82", ".jpg": b"\xff\xd9"}
_FIRST_WORDS = {".pdf": b"%PDF", ".png": b"\x89PNG", ".jpg": b"\xff\xd8"}
_LAST_BYTES = 1024


def refuse_half(draft: Path) -> None:
    """Raise OSError for a file that breaks off, whatever its writer said."""
    size, suffix = draft.stat().st_size, draft.suffix.lower()
    with draft.open("rb") as file:
        head = file.read(28)
        file.seek(max(0, size - _LAST_BYTES))
        ending = file.read()
    if suffix in (".shp", ".shx"):
        is_whole = not head.startswith(b"\0\0\x27\x0a"[:len(head)]) or len(head) == 28 and 2 * int.from_bytes(head[24:], "big") <= size
    elif suffix == ".dbf":
        rows, start, width = (int.from_bytes(head[at:end], "little") for at, end in ((4, 8), (8, 10), (10, 12)))
        is_whole = start + rows * width <= size
    elif suffix in _LAST_WORDS:
        is_whole = bool(size) and (not head.startswith(_FIRST_WORDS[suffix]) or _LAST_WORDS[suffix] in ending)
    else:
        return
    if not is_whole:
        number = errno.ENOSPC if is_full(draft.parent) else errno.EIO
        raise OSError(number, os.strerror(number), str(draft))


# --- writing ------------------------------------------------------------------------------------------------------------


@contextmanager
def given_out(target: Path, *others: Path, inputs: Iterable[Path] = (), copies: Collection[str] = ()) -> Iterator[Path]:
    """A folder in which to write the files named like ``target`` and ``others``; they take their places when the block ends well.

    Everything that lies in the folder is put in place; ``target``, the main one, leaves first and arrives last, so that whoever
    looks while files change finds all of one writing or no main file. All targets lie in one folder. Whatever goes wrong in the
    block, the older files stay and nothing is left. ``copies`` are names (the block may add to them) of files that were copied as
    they are: what others wrote may break off as it likes. Raises InputError for a target that would do harm or cannot be written.
    """
    target, wanted = Path(target), [Path(target), *map(Path, others)]
    protected = list(inputs)
    for one in wanted:
        refuse_target(one, protected)
    if not target.parent.is_dir():
        raise _no_folder(target)
    with writes_told(target):
        _settle_left_behind(target.parent)
        drafts = Path(tempfile.mkdtemp(prefix=_DRAFTS, dir=target.parent))
    try:
        with writes_told(target):
            yield drafts
            _put_in_place(drafts, target, protected, copies)
    finally:
        shutil.rmtree(drafts, ignore_errors=True)


@contextmanager
def one_given_out(target: Path, inputs: Iterable[Path] = ()) -> Iterator[Path]:
    """The draft of a single file; see :func:`given_out`."""
    with given_out(target, inputs=inputs) as folder:
        yield folder / Path(target).name


def write_whole(target: Path, content: bytes, inputs: Iterable[Path] = ()) -> None:
    """Put a file of these bytes in place in one step."""
    with one_given_out(target, inputs) as draft:
        draft.write_bytes(content)


def _put_in_place(drafts: Path, target: Path, protected: Sequence[Path], copies: Collection[str]) -> None:
    names = sorted((path.name for path in drafts.iterdir() if path.is_file()), key=lambda name: name == target.name)
    for name in names:
        refuse_target(target.with_name(name), protected)
        if name not in copies:
            refuse_half(drafts / name)
        sync_file(drafts / name)
    if len(names) > 1:
        ready = drafts / _READY
        ready.write_text(json.dumps({"names": names}), encoding="utf-8")
        sync_file(ready)
        sync_folder(drafts)
    moved: List[Tuple[Path, Path]] = []
    try:
        for old in _older(target, names):
            (drafts / _OLD).mkdir(exist_ok=True)
            os.replace(old, drafts / _OLD / old.name)
            moved.append((drafts / _OLD / old.name, old))
        for name in names:
            os.replace(drafts / name, target.with_name(name))
            moved.append((target.with_name(name), drafts / name))
    except OSError:
        for now, before in reversed(moved):
            os.replace(now, before)
        (drafts / _READY).unlink(missing_ok=True)
        raise
    sync_folder(target.parent)


def _older(target: Path, names: Sequence[str]) -> List[Path]:
    """What must leave before the new files come, the main one first: a single file is replaced in one step and does not leave."""
    found = [target.with_name(f"{name}{ending}") for name in names for ending in _BESIDE_DATABASE]
    if target.suffix.lower() == ".shp":
        found += [target.with_suffix(suffix) for suffix in SHAPEFILE_PARTS if suffix != ".shp"]
    if len(names) > 1:
        found = [target.with_name(name) for name in reversed(names)] + found
    return [path for path in dict.fromkeys(found) if path.is_file() or path.is_symlink()]


def _settle_left_behind(folder: Path) -> None:
    """Drafts of a run that was killed: a writing that had begun to take its place is finished, all others are thrown away."""
    for left in folder.glob(f"{_DRAFTS}*"):
        if not left.is_dir() or left.is_symlink() or time.time() - left.stat().st_mtime < _STALE_S and not (left / _READY).is_file():
            continue
        try:
            names = json.loads((left / _READY).read_text(encoding="utf-8"))["names"]
        except (OSError, ValueError, KeyError):
            names = []
        if time.time() - left.stat().st_mtime < 60.0:  # perhaps another window is at it right now
            continue
        for name in names:
            if (left / Path(name).name).is_file() and not is_register(folder / Path(name).name):
                os.replace(left / Path(name).name, folder / Path(name).name)
        shutil.rmtree(left, ignore_errors=True)


def take_out_the_date(geopackage: Path) -> None:
    """Set a GeoPackage's day of change to that of all others made here: the same content makes the same bytes."""
    with closing(sqlite3.connect(str(geopackage))) as connection, connection:
        connection.execute("UPDATE gpkg_contents SET last_change = '1970-01-01T00:00:00Z'")
