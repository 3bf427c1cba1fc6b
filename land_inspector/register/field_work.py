"""What inspectors saw on site: a visit with its finding is one event for each parcel (domain.md §2.3, §4 核查)."""
from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

from ..errors import InputError, Message, message
from ..law.facts import SiteFinding
from ..progress import Progress
from . import kinds, parties
from .events import Draft
from .records import NOTHING, STATUSES, shown_name
from .register import Recorded, Register, effective_on_text
from .state import Photo, State, derived_id
from .storage.attachments import digest_of, name_for


#: Of a :class:`SiteFinding` these follow from the rest of a visit or from the photos and are not recorded again.
_DERIVED = ("land_class", "no_construction", "photos")
FACTS: Tuple[str, ...] = tuple(f.name for f in fields(SiteFinding) if f.name not in _DERIVED)


@dataclass(frozen=True)
class SiteVisit:
    """What was seen: ``status`` is one of STATUSES; ``use`` a code of the list SJYT, ``land_class`` of the land-use classes (SJDL);
    ``officers`` are names; ``facts`` are fields of :class:`land_inspector.law.facts.SiteFinding` that were looked at."""

    status: str
    officers: Tuple[str, ...] = ()
    use: Optional[str] = None
    land_user: Optional[str] = None
    land_class: Optional[str] = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    remark: Optional[str] = None


@dataclass(frozen=True)
class KeptVisit:
    """The newest visit of a parcel as it was recorded."""

    on: date
    visit: SiteVisit


def record_visit(register: Register, batch: str, labels: Sequence[str], finding: SiteVisit, *, on: str,
                 by: Optional[str] = None, seen: Optional[Mapping[str, str]] = None) -> Recorded:
    """One visit of one or more parcels on a day. InputError for an unknown status or fact, or a day to come.

    ``seen``: the last event of each parcel as the person had looked at it; StaleError when somebody changed one since.
    """
    day = _day(on)
    _check(finding)
    officers = parties.officers(register, [name for name in dict.fromkeys(map(str.strip, finding.officers)) if name], by=by)
    user = parties.without_names(register, [{"YDDW": finding.land_user or None}], by=by)[0]["YDDW"]
    said = {"status": finding.status, "officers": officers, "use": finding.use or None, "land_user": user,
            "land_class": finding.land_class or None, "facts": {key: value for key, value in finding.facts.items() if value is not None},
            "remark": finding.remark or None}
    found = register.find(batch, list(dict.fromkeys(labels)))
    drafts = [Draft(kinds.SITE_VISITED, (parcel, patch), dict(said, parcel=parcel), day) for parcel, patch in found]
    return register.record(lambda state: drafts, by=by, patches=[patch for _parcel, patch in found], seen=seen)


def _day(on: str) -> str:
    day = effective_on_text(on)
    if day is None:
        raise InputError("A visit needs its date.", "Write it as 2026-05-31.")
    if day > date.today().isoformat():
        raise InputError("{day} is still to come.", "Give the day of the visit.", day=day)
    return day


def _check(finding: SiteVisit) -> None:
    if finding.status not in STATUSES:
        raise InputError("{status} is no finding of a visit.", "Use one of {known}.", status=finding.status, known=", ".join(STATUSES))
    unknown = [name for name in finding.facts if name not in FACTS]
    if unknown:
        raise InputError("{name} is nothing that a visit records.", "Use one of {known}.", name=unknown[0], known=", ".join(FACTS))


def visit_of(register: Register, site: Optional[str]) -> Optional[KeptVisit]:
    """The visit kept in a parcel's column ``site``, with the names as far as the register has them; None where nobody was
    there."""
    if not site:
        return None
    said: Dict[str, Any] = json.loads(site)
    officers = tuple(name for person in said["officers"] for name in [register.name_of(person)] if name != person)
    return KeptVisit(date.fromisoformat(said["on"]), SiteVisit(
        said["status"], officers, said["use"], parties.name_of(register, said["land_user"]), said["land_class"], said["facts"],
        said["remark"]))


def particulars(register: Register, site: Optional[str]) -> Dict[str, str]:
    """What a visit (column ``site``) says already of a verdict's particulars, by the columns of tables.VERDICT."""
    kept = visit_of(register, site)
    seen = kept.visit if kept is not None else SiteVisit("")
    known = {"YDDW": seen.land_user, "SJYT": seen.use, "SJDL": seen.land_class}
    return {name: value for name, value in known.items() if value}


def site_finding(site: Optional[str], photos: int, land_class: Optional[str] = None) -> SiteFinding:
    """What the rules may know of a visit (column ``site``) and its photos; ``land_class`` is that of the verdict (SJDL), which
    goes before the visitor's. Earth that was moved is no building yet, but it is not "nothing" either."""
    said: Dict[str, Any] = json.loads(site) if site else {"status": None, "land_class": None, "facts": {}}
    nothing = None if said["status"] is None else said["status"] == NOTHING
    return SiteFinding(land_class=land_class or said["land_class"], no_construction=nothing, photos=photos, **said["facts"])


# Photos as proof: kept among the register's attachments under their digest, then entered as events.
#
# The file is on disk before the event that names it; a photo that was cancelled or refused leaves no file. One photo has one
# digest (SHA-256): the same picture is not taken twice, for whatever parcel.

INSIDE, VIEW, PLACE, PERSON = "inside", "view", "place", "person"


@dataclass(frozen=True)
class PhotoMatch:
    """A photo and the parcels it is to prove (ids; none: matched to nothing).

    ``taken_at`` is ISO local time, ``lon``/``lat`` degrees WGS 84, ``direction`` degrees from north, ``place`` the same point in
    the register's CRS; None where the camera did not say; ``magnetic`` where the direction is a compass's.
    ``matched_by`` is INSIDE, VIEW, PLACE or PERSON.
    """

    path: Path
    parcels: Tuple[str, ...] = ()
    taken_at: Optional[str] = None
    lon: Optional[float] = None
    lat: Optional[float] = None
    direction: Optional[float] = None
    distance_m: Optional[float] = None
    matched_by: str = PERSON
    place: Optional[Tuple[float, float]] = None
    magnetic: bool = False


@dataclass(frozen=True)
class PhotosAdded:
    """What became of each file: ids of ``added`` photos; names of ``doubles`` with the patch that has them already, of
    ``unmatched`` ones, and of files that could not be copied with the reason."""

    added: Tuple[str, ...]
    doubles: Tuple[Tuple[str, str], ...] = ()
    unmatched: Tuple[str, ...] = ()
    troubles: Tuple[Tuple[str, Message], ...] = ()
    recorded: Optional[Recorded] = None


@dataclass(frozen=True)
class KeptPhoto:
    """A photo in force: where its file lies and what its camera wrote (as in :class:`PhotoMatch`)."""

    id: str
    path: Path
    taken_at: Optional[str]
    lon: Optional[float]
    lat: Optional[float]
    direction: Optional[float]
    distance_m: Optional[float]
    sha256: str
    magnetic: bool = False

    @property
    def name(self) -> str:
        """The name the photo had before it was kept."""
        return shown_name(self.path.name)

    @property
    def ok(self) -> bool:
        """Whether the file is there and unaltered; reads all of it."""
        return self.path.is_file() and digest_of(self.path) == self.sha256


def photos_of(register: Register, parcel_id: str) -> List[KeptPhoto]:
    """Photos in force of one parcel, oldest first; reads no file."""
    patches = list(register.storage.frame("parcel", ids=[parcel_id])["patch_id"])
    photos = [photo for patch in patches for photo in register.storage.load_state(patches=patches).photos_in(patch)]
    return list(kept_photos(register, [photo for photo in photos if parcel_id in json.loads(photo.parcels)]))


def kept_photos(register: Register, photos: Iterable[Photo]) -> Tuple[KeptPhoto, ...]:
    """Where the files of some photos lie, oldest first; reads no file."""
    return tuple(_kept(register, photo) for photo in sorted(photos, key=lambda photo: photo.taken_at or ""))


def _kept(register: Register, photo: Photo) -> KeptPhoto:
    path = register.attachments.find(photo.file)
    return KeptPhoto(photo.id, path, photo.taken_at, photo.lon, photo.lat, photo.direction, photo.distance_m, photo.sha256,
                     bool(photo.magnetic))


def digests(register: Register) -> Dict[str, str]:
    """Number of the patch that each photo in force proves, by SHA-256."""
    frame = register.storage.frame("photo")
    return dict(zip(frame["sha256"], frame["JCBH"]))


def add_photos(register: Register, found: Sequence[PhotoMatch], progress: Optional[Progress] = None, *,
               by: Optional[str] = None) -> PhotosAdded:
    """Copy photos beside the register and enter them, all as one action. Files that cannot be read are left out and named.

    RefusedError for a frozen batch and Cancelled leave neither an event nor a file.
    """
    progress = progress or Progress()
    intake = _Intake(register)
    try:
        intake.copy(found, progress.part(0.0, 0.9))
        recorded = intake.enter(by) if intake.ready else None
    except BaseException:
        intake.clear_away()
        raise
    progress.step(1.0)
    added = tuple(event.payload["photo"] for event in recorded.events if event.kind == kinds.PHOTO_ADDED) if recorded else ()
    return PhotosAdded(added, tuple(intake.doubles), tuple(intake.unmatched), tuple(intake.troubles), recorded)


def remove_photo(register: Register, photo_id: str, *, by: Optional[str] = None) -> Recorded:
    """The photo proves nothing any more; its file stays, so that this can be undone. InputError for an unknown photo."""
    frame = register.storage.frame("photo", ids=[photo_id])
    if frame.empty:
        raise InputError("The register has no such photo; its adding may have been undone.", "Look at the list of photos again.")
    patch, parcels = frame["patch_id"].iloc[0], json.loads(frame["parcels"].iloc[0])
    draft = Draft(kinds.PHOTO_REMOVED, (photo_id, *parcels, patch), {"photo": photo_id, "file": frame["file"].iloc[0]})
    return register.record(lambda state: [draft], by=by, patches=[patch])


class _Intake:
    """One drop of photos on its way: copied files, and what could not be taken."""

    def __init__(self, register: Register):
        self._register = register
        self._store = register.attachments
        self._known = digests(register)
        self._fresh: List[str] = []
        self.ready: List[Tuple[PhotoMatch, str, str]] = []
        self.doubles: List[Tuple[str, str]] = []
        self.unmatched: List[str] = []
        self.troubles: List[Tuple[str, Message]] = []

    def copy(self, found: Sequence[PhotoMatch], progress: Progress) -> None:
        for number, match in enumerate(found):
            progress.step(number / len(found), message("Copying {file}", file=match.path.name))
            if not match.parcels:
                self.unmatched.append(match.path.name)
                continue
            try:
                self._take(match)
            except OSError as error:
                self.troubles.append((match.path.name, message("{file} cannot be copied: {reason}.", file=match.path.name,
                                                               reason=error.strerror or str(error))))

    def _take(self, match: PhotoMatch) -> None:
        digest = digest_of(match.path)
        if digest in self._known:
            self.doubles.append((match.path.name, self._known[digest]))
            return
        name = name_for(digest, match.path.name)
        if not self._store.is_whole(name, digest):
            self._fresh.append(name)
            self._store.keep(match.path, digest)
        self._known[digest] = match.path.name
        self.ready.append((match, digest, name))

    def enter(self, by: Optional[str]) -> Recorded:
        """One event for each photo and patch: what happens to a patch never touches another one."""
        wanted = [key for match, _digest, _name in self.ready for key in match.parcels]
        frame = self._register.storage.frame("parcel", ids=wanted)
        homes = dict(zip(frame["parcel_id"], frame["patch_id"]))
        drafts = [draft for match, digest, name in self.ready for draft in _drafts(match, digest, name, homes)]
        places = {draft.payload["photo"]: match.place for match, digest, name in self.ready if match.place is not None
                  for draft in _drafts(match, digest, name, homes)}
        return self._register.record(lambda state: self._still_new(state, drafts), by=by, patches=list(dict.fromkeys(homes.values())),
                                     prepare=lambda: self._register.storage.add_places(places))

    def _still_new(self, state: State, drafts: Sequence[Draft]) -> Iterable[Draft]:
        """Inside the transaction: a colleague may have brought the same photo a moment ago."""
        there = digests(self._register)
        for draft in drafts:
            digest = draft.payload["sha256"]
            if digest in there:
                self.doubles.append((draft.payload["file"], there[digest]))
            else:
                yield draft

    def clear_away(self) -> None:
        if self._fresh:
            self._store.discard(self._fresh)


def _drafts(match: PhotoMatch, digest: str, name: str, homes: Mapping[str, str]) -> List[Draft]:
    by_patch: Dict[str, List[str]] = {}
    for parcel in match.parcels:
        if parcel in homes:
            by_patch.setdefault(homes[parcel], []).append(parcel)
    said = {"sha256": digest, "file": name, "taken_at": match.taken_at, "lon": match.lon, "lat": match.lat,
            "direction": match.direction, "distance_m": match.distance_m, "matched_by": match.matched_by,
            "place": None if match.place is None else list(match.place)}
    if match.magnetic and match.direction is not None:
        said["magnetic"] = True
    ids = {patch: derived_id("photo", digest, patch) for patch in by_patch}
    return [Draft(kinds.PHOTO_ADDED, (ids[patch], *parcels, patch), dict(said, photo=ids[patch], parcels=parcels))
            for patch, parcels in by_patch.items()]
