"""Photos and papers as the register knows them: kept under the hash of their content, named by events, part of every copy.

Papers of acts are kept before the act names them; what is no document, picture, sound or film is not taken in.
"""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Tuple, Type

from ..errors import DamagedError, InputError, Message, message
from ..progress import Progress
from . import kinds
from .events import Event
from .records import shown_name
from .register import Register
from .storage.attachments import digest_of, is_name
from .storage.interfaces import AttachmentStore

#: Kinds of files that are kept: documents, pictures, sound, films; the last line may hold macros or other files, which opening them asks.
KEPT = frozenset("pdf ofd jpg jpeg png tif tiff bmp gif webp heic heif txt csv docx xlsx pptx odt ods mp3 m4a aac wav amr mp4 mov avi "
                 "3gp mkv gpx kml "
                 "doc xls ppt wps et dps rtf zip rar 7z dwg dxf".split())
#: Files that are looked at with one question to their store.
_AT_ONCE = 50
#: How a program begins, whatever its name says: Windows, Linux, macOS, a script.
_PROGRAMS = (b"MZ", b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xfe\xed\xfa\xcf", b"\xca\xfe\xba\xbe", b"#!")
#: Acts of these families may have papers with them; a track's own file goes with the track.
_FAMILIES = (kinds.CASES, kinds.REMEDIES, kinds.LEDGERS, kinds.PATROLS)
_WITH_PAPERS = tuple(kind.name for kind in kinds.CATALOGUE.values() if kind.family in _FAMILIES)


@dataclass(frozen=True)
class Named:
    """A file that an event names: ``name`` in the store, ``digest`` (SHA-256, hex) where the event tells the whole of it; ``is_photo``
    tells a photo from a paper. ``may_go``: it says where persons were and may be taken out for good, as names are."""

    name: str
    digest: Optional[str] = None
    is_photo: bool = False
    may_go: bool = False


def keep(register: Register, files: Iterable[Path]) -> List[str]:
    """Copy papers and photos of an act in; the names under which the act speaks of them. The same file twice is kept once.

    InputError names a file that cannot be read, or is of no kind that is kept; then none of them is.
    """
    chosen = list(files)
    for file in chosen:
        refuse_harmful(file)
    kept: List[str] = []
    for file in chosen:
        try:
            kept.append(register.attachments.keep(file, digest_of(file)))
        except OSError as error:
            raise InputError("{file} cannot be kept: {reason}", "Choose a file that can be read.", file=file.name,
                             reason=error.strerror or str(error)) from error
    return kept


def refuse_harmful(file: Path) -> None:
    """InputError for a file that is a program, or of no kind that documents, pictures, sound and films have."""
    if _kind_of(file.name) not in KEPT:
        raise InputError("{file} is of no kind that is kept with an act.",
                         "Choose documents, pictures, sound or films; print others to PDF.", file=shown_plainly(file.name))
    try:
        with open(file, "rb") as opened:
            start = opened.read(8)
    except OSError as error:
        raise InputError("{file} cannot be kept: {reason}", "Choose a file that can be read.", file=file.name,
                         reason=error.strerror or str(error)) from error
    if start.startswith(_PROGRAMS):
        raise InputError("{file} is a program, whatever its name says.", "Choose the document itself.", file=shown_plainly(file.name))


def _kind_of(name: str) -> str:
    """The ending by which a system chooses a program; Windows leaves blanks and dots at the end out."""
    return name.rstrip(". \u3000").rpartition(".")[2].lower()


def shown_plainly(name: str) -> str:
    """A file's name without the signs that turn a text round: ``fdp.exe`` must not read ``exe.pdf``."""
    return "".join(sign if sign.isprintable() else "·" for sign in name)


def is_whole(register: Register, name: str) -> bool:
    """Whether a kept paper is there and has the content that its name tells."""
    return is_name(name) and register.attachments.is_whole(name)


# --- all of them ----------------------------------------------------------------------------------------------------------


def named_in(events: Iterable[Event]) -> List[Named]:
    """Every file that any of these events names, once; of those that were undone too, for an undo can be undone."""
    found: Dict[str, Named] = {}
    for event in events:
        if event.kind == kinds.PHOTO_ADDED:
            name, digest = event.payload.get("file"), event.payload.get("sha256")
            if isinstance(name, str) and is_name(name):
                found[name] = Named(name, digest if isinstance(digest, str) else None, True)
        elif event.kind in _WITH_PAPERS:
            is_track = event.kind == kinds.TRACK_ADDED
            found.update((name, Named(name, may_go=is_track)) for name in _papers(event.payload) if name not in found)
    return list(found.values())


def _papers(said: Any) -> Iterator[str]:
    """Kept files in a payload: lists under ``files`` and ``evidence``, however deep."""
    if isinstance(said, Mapping):
        for key, value in said.items():
            if key in ("files", "evidence") and isinstance(value, (list, tuple)):
                yield from (name for name in value if isinstance(name, str) and is_name(name))
            else:
                yield from _papers(value)
    elif isinstance(said, (list, tuple)):
        for value in said:
            yield from _papers(value)


def named(register: Register) -> List[Named]:
    """:func:`named_in` of the whole register."""
    return named_in(event for kind in (kinds.PHOTO_ADDED, *_WITH_PAPERS)
                    for event in register.storage.events_of_kind(kind, any_version=True))


def breaks(register: Register, files: Sequence[Named], progress: Progress) -> List[Message]:
    """Each of these files that is missing or is not the one that came in."""
    found: List[Message] = []
    patches: Optional[Dict[str, str]] = None
    for one, digest in _with_digests(register.attachments, files, progress):
        if _is_the_one(one, digest) or one.may_go and digest is None:
            continue
        patches = _patches(register) if patches is None else patches
        is_there, patch = register.attachments.find(one.name).is_file(), patches.get(one.name)
        if one.is_photo and patch is not None:
            text = message("Photo {file} of patch {patch} was altered.", file=one.name, patch=patch) if is_there else \
                message("Photo {file} of patch {patch} is missing.", file=one.name, patch=patch)
        else:
            text = message("The paper {file} was altered.", file=one.name) if is_there else message("The paper {file} is missing.",
                                                                                                    file=one.name)
        found.append(text)
    return found


def _with_digests(store: AttachmentStore, files: Sequence[Named], progress: Progress) -> Iterator[Tuple[Named, Optional[str]]]:
    """Each file with the digest of what the store holds under its name (None: nothing), some of them with one question."""
    for start in range(0, len(files), _AT_ONCE):
        part = files[start:start + _AT_ONCE]
        progress.step(start / len(files), message("Checking {file}", file=shown_name(part[0].name)))
        known = store.digests([one.name for one in part])
        yield from ((one, known.get(one.name)) for one in part)


def _is_the_one(named: Named, digest: Optional[str]) -> bool:
    """Whether a content of this digest is what the event, or else the name, tells."""
    if digest is None:
        return False
    return digest == named.digest if named.digest is not None else digest.startswith(named.name.partition("_")[0])


def _patches(register: Register) -> Dict[str, str]:
    """Number of the patch that each photo in force proves, by file; nothing of a register of an older format."""
    try:
        frame = register.storage.frame("photo")
    except DamagedError:
        return {}
    return dict(zip(frame["file"], frame["JCBH"]))


def copy_all(register: Register, files: Sequence[Named], store: AttachmentStore, progress: Progress,
             keeps_what_came: Tuple[Type[BaseException], ...] = ()) -> List[str]:
    """Copy these files, as far as they are whole, into another store; the names of those that were not there before.

    What is missing or altered here is missing there. OSError where it cannot be written; then nothing of them is left, but after one of
    ``keeps_what_came``."""
    fresh: List[str] = []
    try:
        have = {one.name for one, digest in _with_digests(store, files, progress.part(0.0, 0.2)) if _is_the_one(one, digest)}
        todo = [one for one in files if one.name not in have]
        for number, (one, digest) in enumerate(_with_digests(register.attachments, todo, Progress())):
            progress.step(0.2 + 0.8 * number / len(todo), message("Copying {file}", file=shown_name(one.name)))
            if digest is not None and _is_the_one(one, digest):
                fresh.append(one.name)
                store.keep(register.attachments.find(one.name), digest, one.name)
    except keeps_what_came:
        raise
    except BaseException:
        store.discard(fresh)
        raise
    return fresh
