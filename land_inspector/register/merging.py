"""Copies that meet again: what one copy recorded comes into another.

A merge is the union of the events, each origin's chain by itself, and of what the events speak of: issued patches, outlines, photos and
papers, measured evidence by run, names where both keep them. In whichever order and grouping copies are merged, the same events are
there in the end, and so the same state; merged twice, nothing changes. Nothing that was recorded here is touched, and what comes in is
looked at first: another register, a chain that went on in two copies, an edited event or an issue that is not what its event says
is refused, and then nothing of it is kept.
"""
from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import Any, Callable, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

import numpy as np
import pandas as pd
from shapely.errors import ShapelyError

from ..errors import DamagedError, InputError, Message, RefusedError, message
from ..progress import Progress
from . import attachments, kinds
from .sealing import MOST_AHEAD, iso, led_over, moment_of, utc_now
from .conflicts import Conflict
from .event_log import describe_all
from .events import NO_PREVIOUS, ORDER, Event, canonical, digest, in_force, is_well_formed
from .fold import fold
from .kinds import noun
from .stored_forms import joint_digest, row_digest, set_aside_digest, stored_outlines
from .parties import leave_no_trace, take_names
from .records import Finding, Quarantined
from .register import Register
from .settling import VERY_MANY, OpenConflict, as_shown, in_dispute
from .state import State
from .storage.interfaces import AttachmentStore, Storage
from .tables import LASTING_TABLES
from .undoing import scope_of

Row = Dict[str, Any]
_EVIDENCE = ("evidence_layer", "evidence_summary", "evidence_area", "evidence_document")
_COLUMNS = {table.name: list(table.columns) for table in LASTING_TABLES if table.name in _EVIDENCE}
#: What malformed content of a stranger's events makes the fold raise.
UNREADABLE = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, ShapelyError)


@dataclass
class Bundle:
    """What travels from one copy to another. ``source`` is what people call it; ``heads`` are those of the sender, of all origins.

    ``tables`` are rows of stored tables by name; ``shapes`` outlines (WKB in the register's CRS), ``places`` of photos (x, y);
    ``names`` by table: (name, salt) by id; ``files`` what the events name, to be found in ``store``."""

    source: str
    register_id: str
    heads: Mapping[str, Tuple[int, str]]
    events: List[Event]
    tables: Dict[str, List[Row]] = field(default_factory=dict)
    shapes: Dict[str, bytes] = field(default_factory=dict)
    places: Dict[str, Tuple[float, float]] = field(default_factory=dict)
    names: Dict[str, Dict[str, Tuple[str, str]]] = field(default_factory=dict)
    files: List[attachments.Named] = field(default_factory=list)
    store: Optional[AttachmentStore] = None


@dataclass(frozen=True)
class Merged:
    """What a merge did, or would do. ``new`` events came in, ``known`` ones were here; ``held`` wait, with the reason in ``remarks``.

    ``conflicts`` are all that are open now, ``fresh`` those of them that were not open before, ``lost`` acts that have no ground any
    more or met a freeze; ``disputed`` and ``told_lost`` say both in words. ``kinds`` tells how many of which act came, ``runs`` and
    ``files`` how much measured evidence and how many photos and papers, ``missing`` which files the other copy has not got either."""

    new: int
    known: int
    held: int
    conflicts: Tuple[Conflict, ...]
    fresh: Tuple[Conflict, ...]
    lost: Tuple[Event, ...]
    kinds: Mapping[str, int]
    runs: int
    files: int
    missing: Tuple[str, ...]
    remarks: Tuple[Message, ...]
    is_dry: bool
    came: Tuple[Event, ...] = ()
    disputed: Tuple[OpenConflict, ...] = ()
    told_lost: Tuple[Message, ...] = ()


#: In the description of a package's register: of which register it is a part.
PACKAGE_OF = "package_of"


#: So many events are stored in one go: their texts are needed only until then.
_MOST_AT_ONCE = 5000


class _Rehearsed(Exception):
    """Ends the transaction of a dry run."""


def merge_registers(register: Register, other: Register, *, dry_run: bool = False, is_clone: bool = False,
                    progress: Optional[Progress] = None) -> Merged:
    """Take what ``other``, a copy of the same register, recorded and this one lacks; ``other`` is only read.

    InputError for another register, DamagedError where ``other`` does not hold what it says, RefusedError where both went on with one
    chain, unless somebody says that ``other`` is the clone (``is_clone``: :mod:`.sealing`); then, in a dry run, and when cancelled, nothing
    is kept."""
    progress = progress or Progress()
    try:
        return _merged(register, other, dry_run, is_clone, progress)
    except UNREADABLE as error:
        raise unreadable(str(other.address), error) from error


def _merged(register: Register, other: Register, dry_run: bool, is_clone: bool, progress: Progress) -> Merged:
    refuse_package(register, other)
    refuse_other(register, other.meta["register_id"], str(other.address), other.meta.get("county_name", ""))
    forks: Dict[str, int] = {}
    remarks = compare(register.storage, other.storage.heads(), other.storage.hash_at, str(other.address), forks if is_clone else None)
    progress.step(0.0, message("Reading the other copy"))
    heads = {**register.storage.heads(), **{origin: (first - 1, "") for origin, first in forks.items()}}
    with other.storage.stoppable(progress):
        bundle = gather(other, heads, str(other.address), progress.part(0.0, 0.4))
    if forks:
        bundle.events = _with_branches(register, bundle.events, forks)
        remarks.append(message("What writer {origin} recorded in the other copy since its events differ comes in under a writer of its "
                               "own. The other copy is not to be worked on any more: go on with a copy of this register.",
                               origin=", ".join(origin[:8] for origin in forks)))
    asked = {one.name for one in bundle.files}  # files that are still to come of events that are here
    bundle.files += [one for one in attachments.named(register) if one.name not in asked
                     and not register.attachments.find(one.name).is_file() and other.attachments.find(one.name).is_file()]
    known = sum(number for number, _hash in bundle.heads.values()) - len(bundle.events)
    return take(register, bundle, remarks, dry_run=dry_run, known=known, progress=progress.part(0.4, 1.0))


def refuse_package(register: Register, other: Register) -> None:
    """InputError where ``other`` is a package that this register gave out."""
    if other.meta.get(PACKAGE_OF) == register.meta["register_id"]:
        raise InputError("{source} is a package that this register gave out, no copy of it.", "Take it back (“Take back a package”).",
                         source=str(other.address))


def refuse_other(register: Register, register_id: str, source: str, county: str = "") -> None:
    """InputError unless ``register_id`` is this register's."""
    mine = register.meta["register_id"]
    if register_id != mine:
        raise InputError("{source} belongs to another register ({theirs} {county}), not to this one ({mine} {here}).",
                         "Only copies of one register can be merged. Give a copy that was made with \"Back up a register\".", source=source,
                         theirs=str(register_id)[:8], county=county, mine=mine[:8], here=register.meta.get("county_name", ""))


def _with_branches(register: Register, events: Sequence[Event], forks: Mapping[str, int]) -> List[Event]:
    """The events with those of forked chains led over to chains of their own."""
    kept = [event for event in events if event.origin not in forks]
    for origin, first in forks.items():
        branch = sorted((event for event in events if event.origin == origin), key=lambda event: event.sequence)
        common = (first - 1, branch[0].previous)
        kept += led_over(branch, register.meta["register_id"], {origin: common} if common[0] else {})
    return kept


def compare(storage: Storage, heads: Mapping[str, Tuple[int, str]], hash_at: Callable[[str, int], Optional[str]],
            source: str, forks: Optional[Dict[str, int]] = None) -> List[Message]:
    """What two copies say of each other by their heads; told where one is older. RefusedError where one chain goes on in two ways, or,
    where ``forks`` is given, from which number on by origin."""
    told, mine = [], storage.heads()
    for origin, (number, known) in sorted(heads.items()):
        here, there = mine.get(origin, (0, "")), number
        if here[0] and there and storage.hash_at(origin, min(here[0], there)) != hash_at(origin, min(here[0], there)):
            first = _first_difference(origin, min(here[0], there), storage.hash_at, hash_at)
            if forks is None:
                raise _forked(origin, first, source)
            forks[origin] = first
        if there < here[0]:
            told.append(message("Of writer {origin} {source} has {there} events, here there are {here}: it is older in that.",
                                origin=origin[:8], source=source, there=there, here=here[0]))
    return told


def _first_difference(origin: str, last: int, one: Callable[[str, int], Optional[str]],
                      other: Callable[[str, int], Optional[str]]) -> int:
    low, high = 0, last
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if one(origin, middle) == other(origin, middle) else (low, middle)
    return high


def _forked(origin: str, number: int, source: str) -> RefusedError:
    return RefusedError(
        "Here and in {source} writer {origin} went on in two ways from event {n} on: a user's profile was copied to a second computer, or "
        "an older copy was put back by hand and worked on.",
        "Nothing was taken, and nothing is lost: both stay as they are. Say which of the two goes on, and merge the other into it as its "
        "clone (CLONE); then hand a copy of it to the other office (\"Back up a register\").", source=source, origin=origin[:8], n=number)


# --- what travels ---------------------------------------------------------------------------------------------------------


def gather(other: Register, heads: Mapping[str, Tuple[int, str]], source: str, progress: Progress,
           origins: Optional[Iterable[str]] = None) -> Bundle:
    """What a copy holds beyond ``heads``, of all origins or some: the events and all that they speak of."""
    storage = other.storage
    events = storage.events_beyond(heads, origins)
    progress.step(0.3, message("Reading the other copy"))
    bundle = Bundle(source, other.meta["register_id"], storage.heads(), events)
    _gather_issues(storage, bundle)
    progress.step(0.6)
    shapes = [key for event in events for key in _shapes_named(event)]
    bundle.shapes.update(storage.shapes(shapes))
    photos = {event.payload.get("photo") for event in events if event.kind == kinds.PHOTO_ADDED}
    bundle.places = {key: place for key, place in storage.places().items() if key in photos} if photos else {}
    _gather_evidence(storage, bundle)
    bundle.names = {"person": storage.people(), "party": storage.parties()}
    bundle.files, bundle.store = attachments.named_in(events), storage.attachments
    progress.step(1.0)
    return bundle


def _issues(events: Iterable[Event]) -> Dict[str, Mapping[str, Any]]:
    return {event.payload["issue"]["id"]: event.payload["issue"] for event in events
            if event.kind == kinds.BATCH_ISSUED and kinds.is_known(event)}


def plain_rows(frame: pd.DataFrame) -> List[Row]:
    """A frame's rows as plain values; None for none."""
    plain = frame.astype(object).where(frame.notna(), None)
    return [{key: value.item() if isinstance(value, np.generic) else value for key, value in row.items()}
            for row in plain.to_dict("records")]


def _gather_issues(storage: Storage, bundle: Bundle) -> None:
    wanted = set(_issues(bundle.events))
    if not wanted:
        return
    issued = storage.frame("issued")
    bundle.tables["issued"] = plain_rows(issued[issued["issue_id"].isin(wanted)])
    bundle.shapes.update(storage.shapes([row["issued_id"] for row in bundle.tables["issued"]]))
    for table in ("quarantine", "finding"):
        bundle.tables[table] = plain_rows(storage.frame(table, ids=wanted))


def _shapes_named(event: Event) -> List[str]:
    """Outlines that an event names and does not hold: of matters and of findings. Those of pieces stand in the event."""
    step = event.payload.get("step")
    said = step.get("said") if isinstance(step, Mapping) else None
    named = (event.payload.get("shape"), event.payload.get("shape_id"), said.get("shape") if isinstance(said, Mapping) else None)
    return [key for key in named if isinstance(key, str) and key]


def _gather_evidence(storage: Storage, bundle: Bundle) -> None:
    for table in ("evidence_run", *_EVIDENCE, "proposal"):
        frame = storage.frame(table)
        bundle.tables[table] = plain_rows(frame if table == "evidence_run" else frame.drop(columns=["batch_id"]))


# --- taking it in ---------------------------------------------------------------------------------------------------------


def take(register: Register, bundle: Bundle, remarks: Sequence[Message] = (), *, dry_run: bool = False, known: int = 0,
         progress: Optional[Progress] = None) -> Merged:
    """Bring what travelled into a register, in one transaction; ``known`` events were left out because they are here. Raises as
    :func:`merge_registers` does."""
    progress, told = progress or Progress(), list(remarks)
    fresh_files, missing = ([], _not_there(bundle)) if dry_run else _take_files(register, bundle, progress.part(0.0, 0.2))
    merged: List[Merged] = []
    removed = False
    try:
        with register.storage.writing(), register.storage.stoppable(progress):
            progress.step(0.2, message("Looking for acts in dispute"))
            before = in_dispute(register) if bundle.events else []
            came, held = _admitted(register.storage, bundle, told, progress.part(0.2, 0.35))
            here = register.storage.events() if len(came) > VERY_MANY else None  # what comes is in memory already: once is enough
            removed = _store(register, bundle, came, told, progress.part(0.35, 0.6))
            merged.append(_folded(register, bundle, (before, came, here), (known, held), told, progress.part(0.6, 1.0)))
            if dry_run:
                raise _Rehearsed
    except _Rehearsed:
        pass
    except BaseException:
        register.attachments.discard(fresh_files)
        raise
    if removed and not dry_run:
        leave_no_trace(register, told)
    if not dry_run and merged[0].new:
        register.note_heads()
    told += [message("The file {file} is not in the other copy either; it is to come.", file=name) for name in missing]
    return replace(merged[0], files=len(fresh_files) if not dry_run else len(_wanted(register, bundle)), missing=tuple(missing),
                   remarks=tuple(told), is_dry=dry_run)


def _wanted(register: Register, bundle: Bundle) -> List[attachments.Named]:
    return [one for one in bundle.files if not register.attachments.is_whole(one.name, one.digest)]


def _not_there(bundle: Bundle) -> List[str]:
    store = bundle.store
    return [one.name for one in bundle.files if store is None or not store.is_whole(one.name, one.digest)]


def _take_files(register: Register, bundle: Bundle, progress: Progress) -> Tuple[List[str], List[str]]:
    """Photos and papers, each whole or not at all, before any event names them; names of those that came and of those not to be had."""
    fresh: List[str] = []
    missing: List[str] = []
    try:
        for number, one in enumerate(_wanted(register, bundle)):
            progress.step(min(number / len(bundle.files), 1.0), message("Copying {file}", file=one.name))
            store = bundle.store
            if store is None or not store.is_whole(one.name, one.digest):
                missing.append(one.name)
                continue
            source = store.find(one.name)
            attachments.refuse_harmful(source)
            fresh.append(one.name)
            register.attachments.keep(source, one.digest or attachments.digest_of(source), one.name)
    except OSError as error:
        register.attachments.discard(fresh)
        raise InputError("{file} cannot be kept: {reason}", "Make room on the disk, or choose a place that you may write to.",
                         file=fresh[-1] if fresh else bundle.source, reason=error.strerror or str(error)) from error
    except BaseException:
        register.attachments.discard(fresh)
        raise
    return fresh, missing


def _admitted(storage: Storage, bundle: Bundle, told: List[Message], progress: Progress) -> Tuple[List[Event], int]:
    """The events that are new here, by origin in the order of their chain, and how many wait. DamagedError where a chain does not hold."""
    heads, came, waiting = storage.heads(), [], 0
    by_origin: Dict[str, List[Event]] = {}
    for event in sorted(bundle.events, key=lambda event: (event.origin, event.sequence)):
        by_origin.setdefault(event.origin, []).append(event)
    limit = _latest(storage, bundle)
    for origin, chain in by_origin.items():
        number, last = heads.get(origin, (0, NO_PREVIOUS))
        _refuse_second_way(storage, origin, [event for event in chain if event.sequence <= number], bundle.source)
        chain = [event for event in chain if event.sequence > number]
        taken, why = _chain(list(progress.watch(chain)), number, last, limit, bundle.source)
        came += taken
        if why is not None:
            waiting += len(chain) - len(taken)
            told.append(why)
    _refuse_doubles(storage, came, bundle.source)
    return came, waiting


def _refuse_second_way(storage: Storage, origin: str, known: Sequence[Event], source: str) -> None:
    for event in known:
        if storage.hash_at(origin, event.sequence) != event.hash:
            raise _forked(origin, event.sequence, source)


def _chain(chain: Sequence[Event], number: int, last: str, limit: str, source: str) -> Tuple[List[Event], Optional[Message]]:
    """The part of one origin's events that follows what is here; the rest waits, and why."""
    taken: List[Event] = []
    for event in chain:
        if event.sequence == number and event.hash == last:  # told twice
            continue
        if event.sequence != number + 1:
            return taken, message("{n} events of writer {origin} wait: events {first} to {last} have not come yet.",
                                  n=len(chain) - len(taken), origin=event.origin[:8], first=number + 1, last=event.sequence - 1)
        if digest(event) != event.hash:
            raise DamagedError("{source} does not hold what was recorded: event {n} of writer {origin} was edited.",
                               "Nothing of it was taken. Ask for a new copy and keep this one apart.", source=source, n=event.sequence,
                               origin=event.origin[:8])
        if not is_well_formed(event):
            raise unreadable(source, ValueError(f"{event.kind} {event.uuid}"))
        if event.previous != last:
            raise _forked(event.origin, max(number, 1), source)
        if event.recorded_at > limit:
            return taken, message(
                "{n} events of writer {origin} wait: they are dated {day}, ahead of this computer's clock. They come in once that time has "
                "passed, or once their date is accepted there with a reason (\"Accept entries ahead of the clock\").",
                n=len(chain) - len(taken), origin=event.origin[:8], day=event.recorded_at)
        taken.append(event)
        number, last = event.sequence, event.hash
    return taken, None


def _latest(storage: Storage, bundle: Bundle) -> str:
    """The latest date that is believed: a little ahead of this machine's clock, or what somebody accepted by name and reason."""
    limit = datetime.now(timezone.utc) + MOST_AHEAD
    released = [event.recorded_at for event in (*storage.events_of_kind(kinds.CLOCK_RELEASED), *bundle.events)
                if event.kind == kinds.CLOCK_RELEASED]
    return max([iso(limit), *(iso(moment_of(text) + MOST_AHEAD) for text in released)])


def _refuse_doubles(storage: Storage, came: Sequence[Event], source: str) -> None:
    """One id stands for one event, one register is made once: anything else was put together by hand."""
    made = storage.events_of_kind(kinds.REGISTER_CREATED)
    ids = Counter(event.uuid for event in came)
    if (made and any(event.kind == kinds.REGISTER_CREATED for event in came)) or storage.known_events(ids) or any(
            count > 1 for count in ids.values()):
        raise DamagedError("{source} holds events of a register that was made anew under the same identity.",
                           "Nothing of it was taken. Ask for a copy of this register.", source=source)


def _store(register: Register, bundle: Bundle, came: Sequence[Event], told: List[Message], progress: Progress) -> bool:
    """Everything that the events speak of, then the events. Whether names were taken out."""
    storage, now = register.storage, utc_now()
    try:
        _take_issues(storage, bundle, came, progress)
        pieces = [(child["id"], bytes.fromhex(child["wkb"])) for event in came if kinds.is_known(event)
                  and event.kind in (kinds.PARCEL_SPLIT, kinds.PARCELS_MERGED)
                  for child in event.payload.get("children", [event.payload.get("result")])]
        named = {key for event in came for key in _shapes_named(event)}
        issued = {row["issued_id"] for row in bundle.tables.get("issued", ())}
        pieces += [(key, wkb) for key, wkb in bundle.shapes.items() if key in named and key not in issued]
        if pieces:
            storage.add_shapes(pieces)
        places = {event.payload["photo"]: tuple(event.payload["place"]) for event in came
                  if event.kind == kinds.PHOTO_ADDED and event.payload.get("place") is not None}
        places.update({key: place for key, place in bundle.places.items() if key not in places})
        if places:
            storage.add_places(places)
        for number, start in enumerate(range(0, len(came), _MOST_AT_ONCE)):
            progress.step(number * _MOST_AT_ONCE / len(came), message("Storing the events"))
            storage.append([replace(event, received_at=now) for event in came[start:start + _MOST_AT_ONCE]])
        return take_names(register, bundle.names, came, told)
    except UNREADABLE as error:
        raise unreadable(bundle.source, error) from error


def _take_issues(storage: Storage, bundle: Bundle, came: Sequence[Event], progress: Progress) -> None:
    """Rows, outlines, rows set aside and findings of the issues that come, each compared with its event first."""
    here = set(_issues(storage.events_of_kind(kinds.BATCH_ISSUED)))
    for key, issue in _issues(came).items():
        if key in here:
            continue
        rows = sorted((row for row in bundle.tables.get("issued", ()) if row["issue_id"] == key), key=lambda row: row["row"])
        outlines = [bundle.shapes.get(row["issued_id"], b"") for row in rows]
        aside = [row for row in bundle.tables.get("quarantine", ()) if row["issue_id"] == key]
        noted = [row for row in bundle.tables.get("finding", ()) if row["subject_id"] == key]
        if not _is_what_was_issued(issue, rows, outlines, aside, noted):
            raise DamagedError("{source} does not hold issue {no} of {file} as it was issued.",
                               "Nothing of it was taken. Ask for a new copy and keep this one apart.", source=bundle.source,
                               no=issue.get("no"), file=issue.get("file"))
        storage.add_issue(rows, stored_outlines(outlines), progress)
        storage.add_quarantined(key, [Quarantined(row["row"], _read(row["attributes"]), row["wkb"],
                                                  Message.from_record(_read(row["reason"]))) for row in aside])
        storage.add_findings(noted[0]["source"] if noted else "", key, [_finding(row) for row in noted])


def _is_what_was_issued(issue: Mapping[str, Any], rows: Sequence[Row], outlines: Sequence[bytes], aside: Sequence[Row],
                        noted: Sequence[Row]) -> bool:
    if not rows or any(row_digest({name: value for name, value in row.items() if name != "content"}, wkb) != row["content"]
                       for row, wkb in zip(rows, outlines)):
        return False
    if joint_digest(row["content"] for row in rows) != issue["content"] or len(aside) != issue["quarantined"]:
        return False
    frames = [pd.DataFrame(list(said), columns=columns, dtype=object) for said, columns in (
        (aside, ["row", "attributes", "wkb", "reason"]),
        (noted, ["row", "patch", "severity", "rule", "message", "remedy", "area_before_m2", "area_after_m2"]))]
    return issue.get("set_aside") in (None, set_aside_digest(*frames))


def _read(text: str) -> Any:
    return json.loads(text)


def _finding(row: Row) -> Finding:
    return Finding(row["severity"], Message.from_record(_read(row["message"])), Message.from_record(_read(row["remedy"])), row["rule"],
                   None if row["row"] is None else int(row["row"]), row["patch"], row["area_before_m2"], row["area_after_m2"])


def unreadable(source: str, error: BaseException) -> DamagedError:
    """What is said of a copy, a file or a package of which nothing can be made."""
    return DamagedError("{source} holds something that cannot be read: {reason}.",
                        "Nothing of it was taken. Ask for a new copy and keep this one apart.", source=source,
                        reason=f"{type(error).__name__} {error}"[:200])


# --- what was measured, and what it all adds up to ------------------------------------------------------------------------


def _take_evidence(storage: Storage, bundle: Bundle, parcels: Iterable[str]) -> int:
    """Runs that are not here, with what they say of parcels that were not measured later here; how many came."""
    there, known = set(parcels), {row["id"]: row["measured_at"] for row in plain_rows(storage.frame("evidence_run"))}
    runs = [row for row in bundle.tables.get("evidence_run", ()) if row["id"] not in known]
    mine = {row["parcel_id"]: (known.get(row["run_id"], ""), row["run_id"]) for row in plain_rows(storage.frame("evidence_summary"))} \
        if runs else {}
    of_run: Dict[str, Dict[str, List[Row]]] = {run["id"]: {table: [] for table in _EVIDENCE} for run in runs}
    for table in _EVIDENCE:
        for row in bundle.tables.get(table, ()):
            if row["run_id"] in of_run:
                of_run[row["run_id"]][table].append(row)
    for run in sorted(runs, key=lambda run: (run["measured_at"], run["id"])):
        said = of_run[run["id"]]
        newer = {row["parcel_id"] for row in said["evidence_summary"]
                 if row["parcel_id"] in there and (run["measured_at"], run["id"]) > mine.get(row["parcel_id"], ("", ""))}
        frames = {table: pd.DataFrame([row for row in rows if table == "evidence_layer" or row["parcel_id"] in newer],
                                      columns=_COLUMNS[table], dtype=object).drop(columns="run_id") for table, rows in said.items()}
        storage.save_evidence(run, frames)
    _take_proposals(storage, bundle, there)
    return len(runs)


def _take_proposals(storage: Storage, bundle: Bundle, there: Iterable[str]) -> None:
    mine = {row["parcel_id"]: (row["proposed_at"], canonical(row))
            for row in plain_rows(storage.frame("proposal").drop(columns=["batch_id"]))}
    storage.save_proposals([row for row in bundle.tables.get("proposal", ()) if row["parcel_id"] in there
                            and (row["proposed_at"], canonical(row)) > mine.get(row["parcel_id"], ("", ""))])


def _folded(register: Register, bundle: Bundle, read: Tuple[Sequence[Conflict], Sequence[Event], Optional[Sequence[Event]]],
            counts: Tuple[int, int], told: List[Message], progress: Progress) -> Merged:
    """The state that all events lead to, stored; what of them is in dispute or does not count."""
    storage, (before, came, here), (known, held) = register.storage, read, counts
    runs, idle, lost = 0, set(), []
    try:
        if came:
            history, after = _fold_what_came(register, came, here, progress.part(0.0, 0.7))
            idle = {*after.orphans, *after.held}
            lost = [event for event in history if event.uuid in idle]
        if bundle.tables.get("evidence_run") or bundle.tables.get("proposal"):
            runs = _take_evidence(storage, bundle, storage.load_state().parcels)
        progress.step(0.8, message("Looking for acts in dispute"))
        open_now = in_dispute(register)
    except UNREADABLE as error:
        raise unreadable(bundle.source, error) from error
    earlier = {(one.subject, one.field, tuple(event.uuid for event in one.events)) for one in before}
    fresh = [one for one in open_now if came and (one.subject, one.field, tuple(event.uuid for event in one.events)) not in earlier]
    told += _gaps(storage)
    known += len(bundle.events) - len(came) - held
    told += [message("{what} came from a later version and does not count here.", what=noun(event)) for event in came
             if not kinds.is_known(event)]
    progress.step(1.0)
    return Merged(len(came), known, held, tuple(open_now), tuple(fresh), tuple(lost), Counter(event.kind for event in came), runs, 0, (),
                  (), False, tuple(came), tuple(as_shown(register, open_now)), tuple(describe_all(register, lost)))


def _fold_what_came(register: Register, came: Sequence[Event], here: Optional[Sequence[Event]], progress: Progress
                    ) -> Tuple[List[Event], State]:
    """The history that the events concern, and the state it folds to, stored: that of their patches, or all of it where they are very many
    or speak of whole batches. ``here`` are the events before them, where they were read."""
    storage, knowledge = register.storage, register.knowledge()
    progress.step(0.0, message("Reading the events"))
    batches = {*storage.load_state(patches=[]).batches, *(event.subjects[0] for event in came if event.kind == kinds.BATCH_ISSUED)}
    subjects = {subject for event in came for subject in event.subjects}
    is_part = here is None and batches.isdisjoint(subjects) and all(kinds.is_known(event) for event in came)
    patches, rows = scope_of(register, came) if is_part else ([], [])
    if not is_part or len(patches) > VERY_MANY:
        all_events = storage.events() if here is None else [*here, *came]
        history, before, wanted = in_force(all_events), storage.load_state(), None
    else:
        named = [*patches, *storage.batches_of(patches), *rows]
        history, before, wanted = in_force(storage.events(subjects=named)), storage.load_state(patches=patches, rows=rows), patches
    progress.step(0.3, message("Folding the events"))
    after = fold(history, register.issued_rows_of(wanted), knowledge, progress.part(0.3, 0.9))
    strange = after.strange_id()
    if strange is not None:
        raise ValueError(f"{strange!r:.60} is no id")
    storage.replace(before, after)
    storage.remove_batches(set(before.batches if wanted is None else storage.batches_of(wanted)) - set(after.batches))
    return history, after


def _gaps(storage: Storage) -> List[Message]:
    """Who had seen more of a writer than is here now: an end that was cut off, or a copy that has not come yet."""
    heads, most = storage.heads(), {}
    for event in sorted((one for kind in kinds.NOTES for one in storage.events_of_kind(kind)), key=ORDER):
        for origin, (number, _hash) in event.payload["heads"].items():
            if number > most.get(origin, (0, event))[0]:
                most[origin] = (number, event)
    return [message("On {when} {n} events of writer {origin} were known elsewhere; {here} of them are here: a copy is still to come, or "
                    "its end was cut off.", when=event.recorded_at, n=number, origin=origin[:8], here=heads.get(origin, (0, ""))[0])
            for origin, (number, event) in sorted(most.items()) if number > heads.get(origin, (0, ""))[0]]
