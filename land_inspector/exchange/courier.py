"""Courier files: what one copy of a register recorded, in a file that another copy takes in; by stick, mail or a shared folder.

A zip of plain texts: a manifest, the events of each origin from a number to a number, the issued rows, outlines and measured evidence that
they speak of, and the photos and papers under their digests. It is only ever added to the register, in any order and as often as one
likes (:mod:`..register.merging`). The manifest tells the size and digest of every member and is signed with a key that copies of this
register alone have: the digest of the event that made it. So a stranger's file, one that was changed and one of another register are
refused before anything of them is read; the signature tells that the sender had this register before him, not who it was.
"""
from __future__ import annotations

import hashlib
import hmac
import json
import tempfile
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, Iterable, Iterator, List, Mapping, Optional, Tuple
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from ..errors import DamagedError, InputError, LandInspectorError, message
from ..evidence.vector_files import unpack
from ..evidence.gdal_quiet import DAMAGE
from ..progress import Progress
from ..register import attachments, kinds
from ..register.events import Event, canonical
from ..register.merging import UNREADABLE, Bundle, Merged, gather, refuse_other, take
from ..register.register import Register
from ..register.sealing import utc_now
from ..register.storage.attachments import FolderAttachments, digest_of
from .atomic_files import one_given_out

#: The version of a courier file's own form, and how its name ends.
FORM, ENDING = 1, ".lic"
_MANIFEST, _EVENTS, _TABLES, _SHAPES, _NAMES = "manifest.json", "events.jsonl", "tables.jsonl", "shapes.jsonl", "names.json"
_FILES = "files"
_MOST_MANIFEST = 16 * 1024 ** 2
_ENVELOPE = ("uuid", "kind", "version", "subjects", "actor", "origin", "sequence", "previous", "seen", "group", "recorded_at",
             "effective_on", "payload", "hash")
Heads = Mapping[str, Tuple[int, str]]


@dataclass(frozen=True)
class Manifest:
    """What a courier file says of itself: ``ranges`` are first and last number and last hash by origin, ``heads`` all that the sender had
    then, ``runs`` the measurings that travel along, ``proposed`` until when (UTC text) proposals do."""

    id: str
    register_id: str
    county: str
    sender: str
    made_at: str
    heads: Dict[str, Tuple[int, str]]
    ranges: Dict[str, Tuple[int, int, str]]
    runs: Tuple[str, ...]
    seal: str
    proposed: str = ""

    @property
    def events(self) -> int:
        """How many events it carries."""
        return sum(last - first + 1 for first, last, _hash in self.ranges.values())


def write_courier(register: Register, target: Path, *, since: Optional[Heads] = None, origins: Optional[Iterable[str]] = None,
                  with_names: bool = True, without_runs: Iterable[str] = (), proposed_after: str = "",
                  progress: Optional[Progress] = None) -> Manifest:
    """Write what a register holds beyond ``since`` (None: everything), of all origins or some, into one file, whole or not at all; of what
    was measured all but ``without_runs``, of proposals those made after a moment (UTC text).

    InputError where it cannot be written, or where nothing is to be sent."""
    progress = progress or Progress()
    bundle = gather(register, since or {}, register.address.name, progress.part(0.0, 0.3), origins)
    known = set(without_runs)
    runs = tuple(row["id"] for row in bundle.tables["evidence_run"] if row["id"] not in known)
    if not bundle.events and not runs:
        raise InputError("There is nothing to send: the other side has all of it.", "Send again once something was recorded.")
    for table, rows in bundle.tables.items():
        if table.startswith("evidence"):
            bundle.tables[table] = [row for row in rows if row["id" if table == "evidence_run" else "run_id"] in runs]
    bundle.tables["proposal"] = [row for row in bundle.tables["proposal"] if row["proposed_at"] > proposed_after]
    if not with_names:
        bundle.names = {}
    manifest = _manifest(register, bundle, runs)
    with one_given_out(Path(target)) as draft:
        _write(draft, register, bundle, manifest, progress.part(0.3, 1.0))
    return manifest


def before_day(register: Register, day: str) -> Dict[str, Tuple[int, str]]:
    """Heads as they were before anything of ``day`` (ISO) or later was recorded or received here."""
    found: Dict[str, Tuple[int, str]] = {}
    late: Dict[str, int] = {}
    for event in sorted(register.storage.events(), key=lambda event: (event.origin, event.sequence)):
        if (event.received_at or event.recorded_at)[:10] >= day:
            late.setdefault(event.origin, event.sequence)
        if event.origin not in late:
            found[event.origin] = (event.sequence, event.hash)
    return found


def _manifest(register: Register, bundle: Bundle, runs: Tuple[str, ...]) -> Manifest:
    ranges: Dict[str, Tuple[int, int, str]] = {}
    for event in bundle.events:
        first, last, known = ranges.get(event.origin, (event.sequence, 0, ""))
        ranges[event.origin] = (min(first, event.sequence), *((event.sequence, event.hash) if event.sequence > last else (last, known)))
    return Manifest(str(uuid.uuid4()), register.meta["register_id"], register.meta.get("county_name", ""), register.origin(), utc_now(),
                    dict(bundle.heads), ranges, runs, register.seal().code,
                    max((str(row["proposed_at"]) for row in bundle.tables["proposal"]), default=""))


def _write(draft: Path, register: Register, bundle: Bundle, manifest: Manifest, progress: Progress) -> None:
    texts = {_EVENTS: (canonical([getattr(event, name) if name != "subjects" else list(event.subjects) for name in _ENVELOPE])
                       for event in bundle.events),
             _TABLES: (canonical([table, _as_text(row)]) for table, rows in bundle.tables.items() for row in rows),
             _SHAPES: (canonical([key, wkb.hex()]) for key, wkb in bundle.shapes.items()),
             _NAMES: iter([canonical([bundle.names, bundle.places])])}
    members: Dict[str, List[Any]] = {}
    with ZipFile(draft, "w", ZIP_DEFLATED, allowZip64=True) as packed:
        for number, (name, lines) in enumerate(texts.items()):
            progress.step(0.1 * number, message("Writing {file}", file=name))
            members[name] = _put_lines(packed, name, lines)
        files: Dict[str, str] = {}
        for number, one in enumerate(bundle.files):
            progress.step(0.4 + 0.6 * number / len(bundle.files), message("Writing {file}", file=one.name))
            source = register.attachments.find(one.name)
            if register.attachments.is_whole(one.name, one.digest):
                member = f"{_FILES}/{digest_of(source)}"
                files[one.name] = member
                if member not in members:
                    packed.write(source, member, ZIP_STORED)
                    members[member] = [source.stat().st_size, member.partition("/")[2]]
        said = {**manifest.__dict__, "form": FORM, "members": members, "files": files}
        text = canonical({**said, "heads": {key: list(head) for key, head in manifest.heads.items()},
                          "ranges": {key: list(part) for key, part in manifest.ranges.items()}, "runs": list(manifest.runs)})
        packed.writestr(_MANIFEST, canonical({"said": text, "signature": sign(register, text)}))


def _put_lines(packed: ZipFile, name: str, lines: Iterable[str]) -> List[Any]:
    total, size = hashlib.sha256(), 0
    with packed.open(name, "w", force_zip64=True) as member:
        for line in lines:
            raw = line.encode("utf-8") + b"\n"
            member.write(raw)
            total.update(raw)
            size += len(raw)
    return [size, total.hexdigest()]


def _as_text(row: Mapping[str, Any]) -> Dict[str, Any]:
    return {key: {"hex": value.hex()} if isinstance(value, bytes) else value for key, value in row.items()}


def _as_row(row: Mapping[str, Any]) -> Dict[str, Any]:
    return {key: bytes.fromhex(value["hex"]) if isinstance(value, dict) and set(value) == {"hex"} else value for key, value in row.items()}


def sign(register: Register, text: str, of: str = "courier") -> str:
    """The signature (hex) of a text of this kind: whoever has a copy of the register can make and check it, nobody else."""
    made = register.storage.events_of_kind(kinds.REGISTER_CREATED)
    key = hashlib.sha256(f"{of}\x1f{made[0].hash if made else ''}".encode("utf-8")).digest()
    return hmac.new(key, text.encode("utf-8"), hashlib.sha256).hexdigest()


# --- taking in ------------------------------------------------------------------------------------------------------------


def take_courier(register: Register, path: Path, *, dry_run: bool = False, progress: Optional[Progress] = None) -> Merged:
    """Take a courier file in. InputError for a file that is none, of another register or a newer form, DamagedError for one that was
    changed or is not whole; RefusedError where one writer's entries go on in two ways; then nothing of it is kept."""
    progress = progress or Progress()
    with opened(register, Path(path), progress.part(0.0, 0.3)) as (_said, bundle):
        return take(register, bundle, dry_run=dry_run, progress=progress.part(0.3, 1.0))


def manifest_of(register: Register, path: Path) -> Manifest:
    """What a file says of itself, signature checked. Raises as :func:`take_courier` does; reads nothing else of it."""
    return _checked(register, Path(path))[0]


def _checked(register: Register, path: Path) -> Tuple[Manifest, Dict[str, Any]]:
    try:
        with ZipFile(path) as packed:
            member = packed.getinfo(_MANIFEST)
            if member.file_size > _MOST_MANIFEST:
                raise _not_whole(path, "manifest")
            sealed = json.loads(packed.read(member))
        text, said = sealed["said"], json.loads(sealed["said"])
        refuse_other(register, str(said["register_id"]), path.name, str(said.get("county", "")))
        if said["form"] > FORM:
            raise InputError("{file} was made by a newer version of the plugin.", "Install the newest version.", file=path.name)
        if not hmac.compare_digest(str(sealed["signature"]), sign(register, text)):
            raise DamagedError("{file} was not made by a copy of this register, or was changed on its way.",
                               "Nothing of it was taken. Ask the sender for a new one.", file=path.name)
        if not all(isinstance(size, int) and isinstance(told, str) for size, told in said["members"].values()):
            raise ValueError("members")
        return _read_manifest(said), said
    except LandInspectorError:
        raise
    except (*DAMAGE, *UNREADABLE) as error:
        raise InputError("{file} is no courier file, or has not come whole: {reason}.", "Get it again from the sender.", file=path.name,
                         reason=str(error)[:200] or type(error).__name__) from error


def _read_manifest(said: Mapping[str, Any]) -> Manifest:
    heads = {str(key): (int(head[0]), str(head[1])) for key, head in said["heads"].items()}
    ranges = {str(key): (int(part[0]), int(part[1]), str(part[2])) for key, part in said["ranges"].items()}
    texts = [str(said[name]) for name in ("id", "register_id", "county", "sender", "made_at")]
    return Manifest(*texts, heads, ranges, tuple(map(str, said["runs"])), str(said["seal"]), str(said.get("proposed", "")))


def _not_whole(path: Path, member: str) -> DamagedError:
    return DamagedError("{file} is not as it was sent: {member}.", "Nothing of it was taken. Ask the sender for a new one.", file=path.name,
                        member=member)


@contextmanager
def opened(register: Register, path: Path, progress: Progress) -> Iterator[Tuple[Manifest, Bundle]]:
    """A courier file, checked and unpacked in a place of its own until the block ends. Raises as :func:`take_courier` does."""
    manifest, said = _checked(register, path)
    with tempfile.TemporaryDirectory(prefix="land_inspector_") as place:
        folder = Path(place)
        unpack(path, folder, progress)
        for name, (size, digest) in said["members"].items():
            member = folder / name
            is_inside = folder.resolve() in member.resolve().parents
            if not is_inside or not member.is_file() or member.stat().st_size != size or digest_of(member) != digest:
                raise _not_whole(path, name)
        try:
            yield manifest, _bundle(path, folder, manifest, said)
        except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
            raise _not_whole(path, str(error)[:100]) from error


def _bundle(path: Path, folder: Path, manifest: Manifest, said: Mapping[str, Any]) -> Bundle:
    store = FolderAttachments(folder / "kept")
    try:
        events = [_event(row) for row in _lines(folder / _EVENTS)]
        tables: Dict[str, List[Dict[str, Any]]] = {}
        for table, row in _lines(folder / _TABLES):
            tables.setdefault(str(table), []).append(_as_row(row))
        names, places = json.loads((folder / _NAMES).read_text(encoding="utf-8"))
        bundle = Bundle(path.name, manifest.register_id, manifest.heads, events, tables,
                        {key: bytes.fromhex(text) for key, text in _lines(folder / _SHAPES)},
                        {key: (float(place[0]), float(place[1])) for key, place in places.items()},
                        {table: {key: (pair[0], pair[1]) for key, pair in rows.items()} for table, rows in names.items()},
                        attachments.named_in(events), store)
        for name, member in said["files"].items():
            if Path(name).name == name and str(member) in said["members"]:
                (folder / "kept").mkdir(exist_ok=True)
                (folder / member).replace(folder / "kept" / name)
        return bundle
    except (*DAMAGE, *UNREADABLE) as error:
        raise _not_whole(path, f"{type(error).__name__} {error}"[:200]) from error


def _event(row: List[Any]) -> Event:
    said = dict(zip(_ENVELOPE, row))
    return Event(**{**said, "subjects": tuple(said["subjects"]), "seen": dict(said["seen"]), "payload": dict(said["payload"])})


def _lines(path: Path) -> Iterator[Any]:
    with open(path, encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)
