"""A register that several computers share through a folder: each works on a local copy, courier files travel through the folder.

SQLite is never opened on a network drive: its locks are unreliable there and its log needs the memory of one machine. A register that
lies on a share is recognised by where it lies (:func:`is_on_network`), copied here once, and from then on the two sides exchange
:mod:`.courier` files in a folder beside it::

    <register>_exchange/<origin>/<from>-<to>-<hash8>.lic     never changed after it has its name
    <register>_exchange/heads/<origin>.json                  what that copy has; the only files that are written anew, each by its own copy

Whatever else lies there (a half-copied file, a conflict copy of a sync client, another program's file) does no harm: what counts is what a
file says and that its signature and digests hold. Nobody takes away another's files. Order comes from the chains, never from a clock.
"""
from __future__ import annotations

import json
import os
import shutil
import sys
import time
import uuid
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Dict, Iterable, Iterator, List, Mapping, Optional, Set, Tuple

from ..errors import InputError, LandInspectorError, Message, message
from ..progress import Progress
from ..register.merging import Merged
from ..register.sealing import OriginBook, utc_now
from ..register.register import Register
from ..register.addresses import Addressed, FileAddress, RegisterAddress, address_of
from ..register.storage.sqlite_file import COMPANIONS, sync_file, sync_folder
from .atomic_files import made_folder
from .courier import ENDING, Manifest, manifest_of, take_courier, write_courier

#: File systems that lie on another machine, as Linux calls them.
_REMOTE = frozenset({"nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "afs", "9p", "ncpfs", "davfs", "fuse.davfs2", "fuse.sshfs",
                     "fuse.rclone", "ceph", "glusterfs", "fuse.glusterfs"})
#: Folders that a sync client copies to other machines behind our back, as they are called.
_SYNCED = ("onedrive", "nutstore", "坚果云", "dropbox", "baidunetdisk", "百度网盘同步空间", "wpsdrive", "google drive")
_DRIVE_REMOTE = 4
#: What Windows says while a scanner or a sync client holds a file for a moment.
_HELD = (5, 32, 33)
_ATTEMPTS, _FIRST_WAIT_S = 6, 0.05
_HEADS, _TEMPORARY, _STALE_S = "heads", ".~", 24 * 3600.0


@dataclass
class Exchanged:
    """What one exchange did: events ``sent`` and ``received``, those that ``wait``, open conflicts, files that could not be taken with the
    reason, and what each other copy has (origin → when it last said so, how many events)."""

    sent: int = 0
    received: int = 0
    waiting: int = 0
    conflicts: int = 0
    troubles: List[Tuple[str, Message]] = field(default_factory=list)
    others: Dict[str, Tuple[str, int]] = field(default_factory=dict)


# --- where a register lies ------------------------------------------------------------------------------------------------


def is_on_network(path: Path) -> bool:
    """Whether a file lies on another machine: a UNC path, a drive that Windows calls remote, a file system mounted from elsewhere."""
    text = str(path)
    if text.startswith(("\\\\", "//")):
        return not text.startswith(("\\\\?\\", "\\\\.\\")) or text.upper().startswith("\\\\?\\UNC\\")
    if sys.platform == "win32":
        return _is_remote_drive(path)
    return _mounted_as(Path(os.path.realpath(path)), _mounts()) in _REMOTE


def is_synced(path: Path) -> bool:
    """Whether a sync client keeps the folder: it copies a file while it is written, without its log."""
    return any(word in part.lower() for part in Path(path).parts[:-1] for word in _SYNCED)


def _is_remote_drive(path: Path) -> bool:
    import ctypes

    kernel = getattr(ctypes, "windll").kernel32
    return int(kernel.GetDriveTypeW(os.path.splitdrive(os.path.abspath(path))[0] + "\\")) == _DRIVE_REMOTE


def _mounts() -> List[Tuple[str, str]]:
    """(mount point, file system) of this machine; none where it does not say."""
    try:
        lines = Path("/proc/mounts").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    split = [line.split(" ") for line in lines]
    return [(parts[1].replace("\\040", " "), parts[2]) for parts in split if len(parts) > 2]


def _mounted_as(path: Path, mounts: Iterable[Tuple[str, str]]) -> str:
    inside = [(len(point), kind) for point, kind in mounts if path == Path(point) or Path(point) in path.parents]
    return max(inside, default=(0, ""))[1]


def exchange_folder(register_file: Path) -> Path:
    """Where the copies of a shared register exchange what they recorded: ``<register>_exchange`` beside it."""
    return register_file.with_name(f"{register_file.stem}_exchange")


def local_copy(shared: Path, folder: Path, origins: OriginBook, progress: Optional[Progress] = None) -> Path:
    """The copy of a shared register on this machine, made the first time; ``folder`` is where such copies are kept.

    The file on the share is read as bytes, never opened as a database. InputError where it cannot be read, or is not sound: somebody writes
    in it with another program, then try again."""
    progress, folder = progress or Progress(), Path(folder)
    note = folder / "shared.json"
    known = _noted(note)
    place = folder / known.get(os.path.normcase(str(shared)), "") if os.path.normcase(str(shared)) in known else None
    if place is not None and place.is_file():
        return place
    made_folder(folder)
    draft = folder / f"{_TEMPORARY}{uuid.uuid4()}.gpkg"
    try:
        progress.step(0.1, message("Copying the register"))
        for ending in ("", *COMPANIONS[:1]):  # what is not in the file itself yet stands in its log
            if Path(f"{shared}{ending}").is_file():
                shutil.copyfile(f"{shared}{ending}", f"{draft}{ending}")
        with Register.open(draft, origins=origins, of_any_format=True) as copy:
            damage = copy.storage.check()
            if damage:
                raise InputError("The register on the share cannot be copied just now: {reason}.",
                                 "Close it everywhere, then open it again.", reason=damage[0])
            place = folder / f"{shared.stem}-{copy.meta['register_id'][:8]}.gpkg"
            for number in range(2, 100):
                if place.exists():
                    place = folder / f"{shared.stem}-{copy.meta['register_id'][:8]}-{number}.gpkg"
        attachments = shared.with_name(f"{shared.stem}.attachments")
        if attachments.is_dir():
            shutil.copytree(attachments, place.with_name(f"{place.stem}.attachments"), dirs_exist_ok=True)
        os.replace(draft, place)
        _write_small(note, {**known, os.path.normcase(str(shared)): place.name})
    except OSError as error:
        raise InputError("The register on the share cannot be read: {reason}.", "Look whether the network drive is there.",
                         reason=error.strerror or str(error)) from error
    finally:
        for ending in ("", *COMPANIONS):
            Path(f"{draft}{ending}").unlink(missing_ok=True)
    return place


def working_address(address: Addressed, folder: Path, origins: OriginBook, progress: Optional[Progress] = None) -> RegisterAddress:
    """The address to work at: that of the copy on this machine for a register that lies on a share, else the one given."""
    place = address_of(address)
    if isinstance(place, FileAddress) and is_on_network(place.path) and place.path.is_file():
        return FileAddress(local_copy(place.path, folder, origins, progress))
    return place


def shared_place_of(local: Path) -> Optional[Path]:
    """The register on a share of which ``local`` is this machine's copy; None for any other file."""
    known = _noted(local.parent / "shared.json")
    return next((Path(shared) for shared, name in known.items() if name == local.name), None)


def _noted(note: Path) -> Dict[str, str]:
    try:
        found = json.loads(note.read_text(encoding="utf-8"))
        return {str(key): str(value) for key, value in found.items()}
    except (OSError, ValueError, AttributeError):
        return {}


# --- exchanging -----------------------------------------------------------------------------------------------------------


def exchange(register: Register, folder: Path, progress: Optional[Progress] = None) -> Exchanged:
    """Take in what others put into the folder, and put in what is recorded here and nobody has put there yet.

    InputError where the folder cannot be reached or written; then nothing of the register has changed that was not whole. A file that
    cannot be taken is told and looked at again the next time."""
    progress, folder, done = progress or Progress(), Path(folder), Exchanged()
    try:
        folder.mkdir(exist_ok=True)
        manifests = _received(register, folder, done, progress.part(0.0, 0.6))
        done.sent = _sent(register, folder, manifests, progress.part(0.6, 0.9))
        _tell_heads(register, folder)
        done.others = _others(register, folder)
    except OSError as error:
        raise InputError("The shared folder {folder} cannot be reached: {reason}. What is recorded here is kept and goes out later.",
                         "Look whether the network drive is there and has room, then exchange again.", folder=str(folder),
                         reason=error.strerror or str(error)) from error
    progress.step(1.0)
    return done


def _files(folder: Path) -> Iterator[Path]:
    """Everything that may be a courier file, whatever a sync client called it."""
    for place in sorted(path for path in folder.iterdir() if path.is_dir() and path.name != _HEADS):
        yield from sorted(path for path in place.iterdir() if path.is_file() and not path.name.startswith((_TEMPORARY, ".", "~"))
                          and ENDING in path.name.lower())


def _received(register: Register, folder: Path, done: Exchanged, progress: Progress) -> List[Manifest]:
    waiting: List[Tuple[Path, Manifest]] = []
    found: List[Manifest] = []
    files = list(_files(folder))
    for number, path in enumerate(files):
        progress.step(0.5 * number / len(files), message("Reading {file}", file=path.name))
        try:
            manifest = _manifest_of(register, path)
        except FileNotFoundError:
            continue  # a sync client gave it another name meanwhile
        except LandInspectorError as error:
            done.troubles.append((path.name, error.message))
            continue
        found.append(manifest)
        if not _is_here(register, manifest):
            waiting.append((path, manifest))
    _take_all(register, waiting, done, progress.part(0.5, 1.0))
    return found


#: What files said that were looked at before, by register, place, size and time: a file never changes after it has its name, and a month
#: of exchanges leaves thousands of them, each a slow way over the network.
_LOOKED_AT: Dict[Tuple[str, str, int, int], Manifest] = {}


def _manifest_of(register: Register, path: Path) -> Manifest:
    known = path.stat()
    key = (register.meta["register_id"], str(path), known.st_size, known.st_mtime_ns)
    if key not in _LOOKED_AT:
        _LOOKED_AT[key] = replace(manifest_of(register, path), heads={})
    return _LOOKED_AT[key]


def _is_here(register: Register, manifest: Manifest) -> bool:
    runs = set(register.storage.frame("evidence_run")["id"]) if manifest.runs else set()
    return set(manifest.runs) <= runs and all(register.storage.hash_at(origin, last) == known
                                              for origin, (_first, last, known) in manifest.ranges.items())


def _take_all(register: Register, waiting: List[Tuple[Path, Manifest]], done: Exchanged, progress: Progress) -> None:
    """Take what can be taken, again and again, for one file may wait for another."""
    todo, is_moving, total = waiting, True, max(len(waiting), 1)
    troubles: Dict[str, Message] = {}
    while todo and is_moving:
        is_moving, left = False, []
        for path, manifest in todo:
            progress.step(1.0 - len(todo) / total, message("Taking in {file}", file=path.name))
            try:
                merged: Merged = take_courier(register, path)
                troubles.pop(path.name, None)
            except LandInspectorError as error:
                troubles[path.name] = error.message
                continue
            done.received += merged.new
            done.conflicts = len(merged.conflicts)
            is_moving = is_moving or bool(merged.new)
            if merged.held:
                left.append((path, manifest))
                troubles[path.name] = next(iter(merged.remarks), message("{file} waits.", file=path.name))
        todo = left
    done.waiting = len(todo)
    done.troubles += list(troubles.items())


def _sent(register: Register, folder: Path, manifests: Iterable[Manifest], progress: Progress) -> int:
    """Whatever is here and in no file there: of this copy, and of others whose files never came into the folder. How many events."""
    there = _covered(manifests)
    heads = register.storage.heads()
    runs: Set[str] = {run for manifest in manifests for run in manifest.runs}
    sent, fresh_runs = 0, set(register.storage.frame("evidence_run")["id"]) - runs
    proposed = max((manifest.proposed for manifest in manifests if manifest.sender == register.origin()), default="")
    lacking = [origin for origin, (number, _hash) in sorted(heads.items()) if number > there.get(origin, 0)]
    own = register.origin()
    for origin in lacking or ([own] if fresh_runs else []):
        progress.step(0.0, message("Sending what was recorded here"))
        since = {**{key: (number, "") for key, (number, _hash) in heads.items()}, origin: (there.get(origin, 0), "")}
        place = folder / origin
        place.mkdir(exist_ok=True)
        if origin == own:
            _sweep(place)
        draft = place / f"{_TEMPORARY}{uuid.uuid4()}{ENDING}"
        try:
            manifest = write_courier(register, draft, since=since, origins=[origin], without_runs=runs, proposed_after=proposed)
            first, last, known = manifest.ranges.get(origin, (0, 0, manifest.id.replace("-", "")))
            _rename(draft, place / f"{first:08d}-{last:08d}-{known[:8]}{ENDING}")
        finally:
            draft.unlink(missing_ok=True)
        runs |= set(manifest.runs)
        proposed = max(proposed, manifest.proposed)
        sent += manifest.events
    return sent


def _sweep(place: Path) -> None:
    """Take away drafts of this copy's own runs that were killed long ago."""
    for left in place.glob(f"{_TEMPORARY}*"):
        if left.is_file() and time.time() - left.stat().st_mtime > _STALE_S:
            left.unlink(missing_ok=True)


def _covered(manifests: Iterable[Manifest]) -> Dict[str, int]:
    """Up to which number each origin's files lie in the folder without a gap."""
    parts: Dict[str, List[Tuple[int, int]]] = {}
    for manifest in manifests:
        for origin, (first, last, _hash) in manifest.ranges.items():
            parts.setdefault(origin, []).append((first, last))
    covered = {}
    for origin, ranges in parts.items():
        end = 0
        for first, last in sorted(ranges):
            if first <= end + 1:
                end = max(end, last)
        covered[origin] = end
    return covered


def _rename(draft: Path, target: Path) -> None:
    """Put a whole file in its place; Windows refuses for moments while a scanner or a sync client holds it."""
    sync_file(draft)
    wait = _FIRST_WAIT_S
    for attempt in range(_ATTEMPTS):
        try:
            os.replace(draft, target)
            break
        except OSError as error:
            if getattr(error, "winerror", None) not in _HELD or attempt == _ATTEMPTS - 1:
                raise
            time.sleep(wait)
            wait *= 2
    sync_folder(target.parent)


def _write_small(target: Path, said: Mapping[str, object]) -> None:
    draft = target.with_name(f"{_TEMPORARY}{uuid.uuid4()}")
    try:
        draft.write_text(json.dumps(said, ensure_ascii=False, indent=1), encoding="utf-8")
        _rename(draft, target)
    finally:
        draft.unlink(missing_ok=True)


def _tell_heads(register: Register, folder: Path) -> None:
    heads = {origin: list(head) for origin, head in register.storage.heads().items()}
    target = folder / _HEADS / f"{register.origin()}.json"
    if _noted_heads(target).get("heads") == heads:
        return
    target.parent.mkdir(exist_ok=True)
    _write_small(target, {"register": register.meta["register_id"], "heads": heads, "told_at": utc_now()})


def _noted_heads(path: Path) -> Dict[str, object]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return found if isinstance(found, dict) else {}
    except (OSError, ValueError):
        return {}


def _others(register: Register, folder: Path) -> Dict[str, Tuple[str, int]]:
    found, own = {}, register.origin()
    for path in sorted((folder / _HEADS).glob("*.json")):
        said = _noted_heads(path)
        heads = said.get("heads")
        if path.stem != own and isinstance(heads, dict) and said.get("register") == register.meta["register_id"]:
            numbers = [head[0] for head in heads.values() if isinstance(head, list) and head and isinstance(head[0], int)]
            found[path.stem] = (str(said.get("told_at", "")), sum(numbers))
    return found


def shared_of(register: Register) -> Optional[Path]:
    """The exchange folder of an open register that is this machine's copy of a shared one; None for any other."""
    address = register.address
    shared = shared_place_of(address.path) if isinstance(address, FileAddress) else None
    return exchange_folder(shared) if shared is not None else None
