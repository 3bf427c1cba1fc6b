"""What people say of parcels: verdicts, their review by the levels above, marks, what is put off or claimed."""
from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, Iterable, List, Mapping, Optional, Sequence, Set, Tuple

from ..errors import InputError, LandInspectorError, Message, RefusedError, message
from ..law.facts import SKETCH
from ..law.image_dates import parse_image_date
from ..law.procedure import day_of
from ..law.rulepack import RulePack
from ..law.judgement import ParcelAreas, check_verdict, refusals
from . import kinds
from .events import Draft, in_force
from .folding.parcels import PASSED_BY, RETURNED_BY
from .guards import overruled, today
from .parties import without_names
from .proposing import pack_of
from .register import Recorded, Register, effective_on_text
from .state import IssuedRow, State
from .tables import DATE, INTEGER, MEASURED, Parcel, REAL, VERDICT, names
from .views.parcels import rows_of


# Giving verdicts: one parcel or a whole table, each verdict one event that says all of it (R33–R35, R53).

#: Illegal areas that nobody typed are taken from the measurement, and the event says which.
_FROM_MEASUREMENT = {"WFMJ": "DKMJ", "WFGD": "GDMJ", "WFJBNT": "JBNTMJ"}
_ILLEGAL = "2"
_ONLY_A_DATE = re.compile(r"(19|20)\d\d(\s*[-/.年]?\s*\d{1,2}(\s*[-/.月]?\s*\d{1,2})?)?\s*[年月日号]?")


@dataclass(frozen=True)
class Entry:
    """A verdict somebody wants to give: the parcel's number (DKBH, or JCBH of an unsplit patch) and its particulars.

    ``row`` (and ``sheet``, where there are several) is where it stands in its table, for the report; ``unreadable`` says which of
    its cells could not be read: such an entry is refused.
    """

    label: str
    verdict: Mapping[str, Any]
    row: Optional[int] = None
    sheet: str = ""
    unreadable: Optional[Message] = None

    @property
    def place(self) -> str:
        """The row as a person finds it: with its sheet, where the file has several; empty where there is no table."""
        return "" if self.row is None else f"{self.sheet} {self.row}".strip()


@dataclass(frozen=True)
class Refusal:
    """An entry that was not taken, and why."""

    entry: Entry
    reason: Message


@dataclass(frozen=True)
class Judged:
    """What was given and what refused; ``missing`` are the particulars still owed, by label (R33: they block reporting)."""

    given: Sequence[str]
    refused: Sequence[Refusal]
    missing: Mapping[str, Sequence[str]] = field(default_factory=dict)
    recorded: Optional[Recorded] = None


def give_verdicts(register: Register, batch: str, entries: Sequence[Entry], *, by: Optional[str] = None,
                  effective_on: Optional[str] = None, seen: Optional[Mapping[str, str]] = None, beside: Sequence[Draft] = ()) -> Judged:
    """Give every verdict that can stand, as one action, with what is recorded ``beside`` them; the others come back with their reason.

    Raises RefusedError for a frozen batch and StaleError when somebody else was quicker: than this reading, or than the event of each
    parcel that ``seen`` says was looked at.
    """
    with register.storage.looking():
        return _given(register, batch, entries, by, effective_on, seen, beside)


def _given(register: Register, batch: str, entries: Sequence[Entry], by: Optional[str], effective_on: Optional[str],
           seen: Optional[Mapping[str, str]], beside: Sequence[Draft]) -> Judged:
    found, refused = _resolve(register, batch, entries)
    known = register.batch(batch)
    pack, rows = pack_of(register, known), _looked_up(register, [ids for _entry, ids in found])
    looked_at = {ids[0]: rows[ids[0]]["last_event"] for _entry, ids in found}
    late = overruled(register.storage, {key: row["verdict_event"] for key, row in rows.items()}, effective_on_text(effective_on))
    ready: List[Tuple[Entry, Tuple[str, str], Dict[str, Any]]] = []
    for entry, ids in found:
        payload, reason = _payload(entry, ids[0], rows[ids[0]], pack) if entry.unreadable is None else ({}, entry.unreadable)
        reason = reason or late.get(ids[0])
        if reason is None:
            ready.append((entry, ids, payload))
        else:
            refused.append(Refusal(entry, reason))
    if not ready:
        return Judged((), refused)
    for (_entry, _ids, payload), verdict in zip(ready, without_names(register, [payload["verdict"] for _e, _i, payload in ready], by=by)):
        payload["verdict"] = verdict
    drafts = [Draft(kinds.VERDICT_GIVEN, ids, payload, effective_on_text(effective_on)) for _entry, ids, payload in ready]
    recorded = register.record(lambda state: [*drafts, *beside], by=by, patches=[ids[1] for _entry, ids, _payload in ready],
                               seen={**{ids[0]: looked_at[ids[0]] for _entry, ids, _payload in ready}, **(seen or {})})
    missing = {entry.label: payload["missing"] for entry, _ids, payload in ready if payload["missing"]}
    return Judged([entry.label for entry, _ids, _payload in ready], refused, missing, recorded)


def _resolve(register: Register, batch: str, entries: Sequence[Entry]) -> Tuple[List[Tuple[Entry, Tuple[str, str]]], List[Refusal]]:
    """Parcel and patch id of each entry; entries that name nothing, several parcels, or one parcel twice are refused."""
    found, refused, taken = [], [], {}
    lookup = register.finder(batch, [entry.label for entry in entries])
    for entry in entries:
        try:
            ids = lookup(entry.label)
        except LandInspectorError as error:
            refused.append(Refusal(entry, error.message))
            continue
        if ids in taken:
            refused.append(Refusal(entry, message("Row {row} already gives a verdict on this parcel.", row=taken[ids] or "-")))
            continue
        taken[ids] = entry.place
        found.append((entry, ids))
    return found, refused


def _looked_up(register: Register, ids: Sequence[Tuple[str, str]]) -> Dict[str, Dict[str, Any]]:
    """What the register knows of each parcel, by id."""
    frame = register.storage.frame("parcel", ids=[parcel for parcel, _patch in ids])
    wanted = [*names(MEASURED), *(f"measured_{name}" for name in names(MEASURED)), "DKMJ", "measured_run",
              "basis", "verdict_event", "ZDPD1", "ZDPD2", "ZDGZ", "last_event", "TZ"]
    rows = frame[wanted].astype(object).where(frame[wanted].notna(), None).to_dict("records")
    return dict(zip(frame["parcel_id"], rows))


def _payload(entry: Entry, parcel_id: str, row: Mapping[str, Any], pack: RulePack) -> Tuple[Dict[str, Any], Optional[Message]]:
    """The event's whole content, or the reason why the verdict cannot stand."""
    areas = {name: row[f"measured_{name}"] if row[f"measured_{name}"] is not None else row[name] for name in names(MEASURED)}
    whole = row["DKMJ"]
    if row["TZ"] == SKETCH:  # its areas are those of a sketch: nothing is taken from them, and nothing is held against them
        areas, whole = dict.fromkeys(areas), None
    try:
        verdict, defaulted = _completed(entry.verdict, dict(areas, DKMJ=whole))
    except ValueError as error:
        return {}, message("A value cannot be read: {reason}.", reason=str(error))
    built_on = day_of(verdict["JSSJ"])
    if built_on is not None and built_on > today():
        return {}, message("It cannot have been built on {day}: that day has not come yet.", day=verdict["JSSJ"])
    found = check_verdict(verdict, ParcelAreas(whole, areas["GDMJ"], areas["JBNTMJ"]), pack)
    for finding in refusals(found):
        return {}, finding.message
    return {
        "parcel": parcel_id, "verdict": verdict, "areas": areas, "evidence_run": row["measured_run"],
        "missing": [finding.field for finding in found if finding.severity == "E"], "defaulted": defaulted,
        "rulepack": pack.digest, "basis": row["basis"],
        "proposal": {name: row[name] for name in ("ZDPD1", "ZDPD2", "ZDGZ")},
    }, None


def _completed(said: Mapping[str, Any], areas: Mapping[str, Optional[float]]) -> Tuple[Dict[str, Any], List[str]]:
    """The whole verdict in the register's own kinds of value; illegal areas nobody gave come from the measurement."""
    verdict = {f.name: _value(said.get(f.name), f.kind) for f in VERDICT}
    defaulted = []
    if verdict["PDJL1"] == _ILLEGAL:
        for name, measured in _FROM_MEASUREMENT.items():
            if verdict[name] is None and areas.get(measured) is not None:
                verdict[name] = areas[measured]
                defaulted.append(name)
    return verdict, defaulted


def _date_text(text: str) -> str:
    """One form of a date: 2026-03-01, or 2026-03 or 2026 where no more is said; what is no date stays as it was written."""
    span = parse_image_date(text) if _ONLY_A_DATE.fullmatch(text) else None
    if span is None or span.is_one_day:
        return text if span is None else span.first.isoformat()
    return span.first.isoformat()[:7 if span.first.month == span.last.month else 4]


def _value(value: Any, kind: str) -> Any:
    if value is None or value == "" or value != value:
        return None
    if kind == REAL:
        return float(value) + 0.0  # no -0.0, which a file gives back as 0
    if kind == DATE:
        return _date_text(str(value).strip())
    return int(value) if kind == INTEGER else str(value).strip()


# The levels above: passing, returning (退回) and answering; freezing a reported batch (domain.md §0.2-8, R52).

_MOST_NAMED = 12


def return_parcels(register: Register, batch: str, labels: Sequence[str], *, level: str, reason: str, answer_by: Optional[str] = None,
                   asked_for: str = "", by: Optional[str] = None, effective_on: Optional[str] = None,
                   seen: Optional[Mapping[str, str]] = None) -> Recorded:
    """A higher level (``city``, ``province``) sends parcels back with a reason and a date to answer by.

    InputError without a reason."""
    if not reason.strip():
        raise InputError("A return needs a reason.", "Write what the higher level asked for.")
    said = {"level": _level(level, RETURNED_BY), "reason": reason, "asked_for": asked_for, "answer_by": effective_on_text(answer_by)}
    return _review(register, batch, labels, kinds.PARCEL_RETURNED, said, by, effective_on, seen)


def answer_return(register: Register, batch: str, labels: Sequence[str], *, answer: str, by: Optional[str] = None,
                  effective_on: Optional[str] = None, seen: Optional[Mapping[str, str]] = None) -> Recorded:
    """The county answers a return; the parcel goes back to judged."""
    return _review(register, batch, labels, kinds.RETURN_ANSWERED, {"answer": answer}, by, effective_on, seen)


def pass_review(register: Register, batch: str, labels: Sequence[str], *, level: str, by: Optional[str] = None,
                effective_on: Optional[str] = None, seen: Optional[Mapping[str, str]] = None) -> Recorded:
    """A level (``county``, ``city``, ``province``) passes parcels, or the review is ``finished``.

    RefusedError for parcels that the same person judged, where the register has roles (:func:`own_work`)."""
    said = {"level": _level(level, PASSED_BY)}
    return _review(register, batch, labels, kinds.REVIEW_PASSED, said, by, effective_on, seen, by_another=True)


def own_work(register: Register, parcels: Mapping[str, Optional[str]], *, by: Optional[str] = None) -> Set[str]:
    """Which of these parcels (id: event of the verdict in force) this very person judged, so that the review is another's.

    Nothing but in a register on a server that was set up with roles: in a file one person may have to do everything."""
    judged = {event: parcel for parcel, event in parcels.items() if event}
    me = (register.storage.bound_person() or register.actor_id(by)) if judged and register.storage.has_roles() else None
    if me is None:
        return set()
    given = [event for event in register.storage.events(subjects=list(judged.values())) if event.uuid in judged]
    mine = {actor for actor in {event.actor for event in given} if register.is_same_person(actor, me)}
    return {judged[event.uuid] for event in given if event.actor in mine}


def own_work_of(register: Register, ids: Sequence[str], *, by: Optional[str] = None) -> Set[str]:
    """See :func:`own_work`: of parcels by their ids, as they are stored now."""
    if not register.storage.has_roles():
        return set()
    return own_work(register, {row["parcel_id"]: row["verdict_event"] for row in rows_of(register, ids)}, by=by)


def freeze(register: Register, batch: str, *, by: Optional[str] = None, seen: Optional[Mapping[str, str]] = None) -> Recorded:
    """Reported: from now on the batch refuses every edit (R52). ``seen``: the last event of the batch as the person had looked at it."""
    return _set_frozen(register, batch, kinds.BATCH_FROZEN, "", by, seen)


def unfreeze(register: Register, batch: str, *, reason: str, by: Optional[str] = None,
             seen: Optional[Mapping[str, str]] = None) -> Recorded:
    """Open a frozen batch again; takes a reason and is an event like any other. ``seen`` as in :func:`freeze`.

    InputError without a reason."""
    if not reason.strip():
        raise InputError("Unfreezing needs a reason.", "Write who ordered it and why.")
    return _set_frozen(register, batch, kinds.BATCH_UNFROZEN, reason, by, seen)


@dataclass(frozen=True)
class OutlineChange:
    """A parcel whose patch was issued again with another outline: areas in m² as measured, what it is judged by now, and why it cannot
    take the new outline (None where it can)."""

    label: str
    verdict: str
    before_m2: float
    after_m2: float
    obstacle: Optional[Message] = None


def newer_outlines(register: Register, batch: str, labels: Sequence[str] = ()) -> List[OutlineChange]:
    """Parcels that rest on an older issue than the newest, by number: those named, or all of the batch."""
    found_by_name = register.find(batch, labels) if labels else None
    named = None if found_by_name is None else {parcel for parcel, _patch in found_by_name}
    patches = None if found_by_name is None else {patch for _parcel, patch in found_by_name}
    rows = {row.patch_id: row for row in _newest_rows(register, batch, patches)}
    state = register.storage.load_state(batches=[register.batch(batch).id]) if patches is None else (
        register.storage.load_state(patches=sorted(patches)))
    found = []
    for parcel in state.parcels.values():
        row = rows.get(parcel.patch_id)
        wanted = parcel.id in named if named is not None else parcel.basis_changed
        if wanted and not parcel.retired and not parcel.gone and row is not None:
            obstacle = message("The parcel was split; merge it first.") if parcel.TBZT != "0" else (
                message("It has an open case; end that first.") if state.open_case_of(parcel.id) else None)
            found.append(OutlineChange(parcel.DKBH, parcel.PDJL1, parcel.DKMJ, row.MJ, obstacle))
    return sorted(found, key=lambda one: one.label)


def take_newest_issue(register: Register, batch: str, labels: Sequence[str], *, by: Optional[str] = None,
                      seen: Optional[Mapping[str, str]] = None) -> Recorded:
    """Let judged, unsplit parcels rest on the newest issue; their verdicts lapse and must be given again (§0.2-3).

    RefusedError where it no longer holds the patch."""
    found = register.find(batch, labels)

    def build(state: State) -> Iterable[Draft]:
        rows = {row.patch_id: row for row in _newest_rows(register, batch)}  # inside the transaction: an import may just have ended
        for parcel_id, patch_id in found:
            row = rows.get(patch_id)
            if row is None:
                raise RefusedError("The newest issue no longer holds this patch.")
            said = {"parcel": parcel_id, "issue_no": state.patches[patch_id].issue_no, "shape_id": row.issued_id, "DKMJ": row.MJ}
            yield Draft(kinds.ISSUE_TAKEN, (parcel_id, patch_id), said)

    return register.record(build, by=by, patches=[patch for _parcel, patch in found], seen=seen)


def _newest_rows(register: Register, batch: str, patches: Optional[Set[str]] = None) -> List[IssuedRow]:
    return register.storage.issued_rows(json.loads(register.batch(batch).issues)[-1]["id"], patches)


def _level(level: str, known: Mapping[str, str]) -> str:
    if level not in known:
        raise InputError("{level} is not a review level.", "Use one of {known}.", level=level, known=", ".join(known))
    return level


def _review(register: Register, batch: str, labels: Sequence[str], kind: str, said: dict, by: Optional[str],
            effective_on: Optional[str], seen: Optional[Mapping[str, str]], by_another: bool = False) -> Recorded:
    found = register.find(batch, labels)
    drafts: List[Draft] = [
        Draft(kind, (parcel_id, patch_id), dict(said, parcel=parcel_id), effective_on_text(effective_on)) for parcel_id, patch_id in found]

    def build(state: State) -> Iterable[Draft]:
        if by_another:
            _refuse_own(register, {parcel: state.parcels[parcel] for parcel, _patch in found if parcel in state.parcels}, by)
        yield from drafts

    return register.record(build, by=by, patches=[patch for _parcel, patch in found], seen=seen)


def _refuse_own(register: Register, parcels: Mapping[str, Parcel], by: Optional[str]) -> None:
    own = own_work(register, {key: parcel.verdict_event for key, parcel in parcels.items()}, by=by)
    if own:
        numbers = sorted(parcels[key].DKBH for key in own)
        named = ", ".join(numbers[:_MOST_NAMED]) + (" …" if len(numbers) > _MOST_NAMED else "")
        raise RefusedError("You judged {n} of these parcels yourself: {parcels}. A review comes from somebody else.",
                           "Leave them to another reviewer, and pass the others.", n=len(own), parcels=named)


def _set_frozen(register: Register, batch: str, kind: str, reason: str, by: Optional[str], seen: Optional[Mapping[str, str]]) -> Recorded:
    batch_id = register.batch(batch).id
    draft = Draft(kind, (batch_id,), {"batch": batch_id, "reason": reason})
    return register.record(lambda state: [draft], by=by, patches=[], seen=seen)


# The office's own marks on parcels: set aside, flagged, assigned, noted. None of them is a verdict and none is reported.
#
# Each verb takes any number of parcels and is one action. Frozen batches refuse it (R52), and a mark over what a colleague has done
# meanwhile is refused where ``seen`` says what was looked at; a note takes nothing from anybody and never is.

#: The last event of each parcel (by its id) that whoever marks it had looked at; StaleError where one has moved on.
Seen = Optional[Mapping[str, str]]
#: Text of a note, who wrote it, when (UTC, as recorded).
Note = Tuple[str, str, str]


def set_aside(register: Register, batch: str, labels: Sequence[str], *, reason: str, waits_for_paper: bool = False,
              by: Optional[str] = None, seen: Seen = None) -> Recorded:
    """Not now: for later, or until a paper is there (then the reason says which). A verdict ends it by itself."""
    said = {"reason": _said(reason), "waits_for_paper": waits_for_paper}
    return _mark(register, batch, labels, kinds.PARCEL_SET_ASIDE, said, by, seen)


def take_up(register: Register, batch: str, labels: Sequence[str], *, by: Optional[str] = None, seen: Seen = None) -> Recorded:
    """Parcels that were set aside come back into the queue; the others are left alone."""
    return _mark(register, batch, labels, kinds.PARCEL_TAKEN_UP, {}, by, seen, lambda parcel: parcel.aside is not None)


def flag(register: Register, batch: str, labels: Sequence[str], *, reason: str = "", by: Optional[str] = None,
         seen: Seen = None) -> Recorded:
    """Marked for somebody's eye, with or without a reason."""
    return _mark(register, batch, labels, kinds.PARCEL_FLAGGED, {"reason": reason.strip()}, by, seen)


def unflag(register: Register, batch: str, labels: Sequence[str], *, by: Optional[str] = None, seen: Seen = None) -> Recorded:
    """Flags taken off; parcels without one are left alone."""
    return _mark(register, batch, labels, kinds.PARCEL_UNFLAGGED, {}, by, seen, lambda parcel: bool(parcel.flag))


def assign(register: Register, batch: str, labels: Sequence[str], *, to: Optional[str], by: Optional[str] = None,
           seen: Seen = None) -> Recorded:
    """Whose work these parcels are: a person by name, or nobody."""
    wanted = (to or "").strip()
    person = register.enrolled(wanted, by=by) if wanted else None
    return _mark(register, batch, labels, kinds.PARCEL_ASSIGNED, {"to": person}, by, seen, lambda parcel: parcel.assigned_to != person)


def write_note(register: Register, batch: str, labels: Sequence[str], *, text: str, by: Optional[str] = None) -> Recorded:
    """A remark for colleagues; it changes nothing and can be undone like everything else."""
    return _mark(register, batch, labels, kinds.NOTE_WRITTEN, {"text": _said(text)}, by, None)


def notes(register: Register, parcel_id: str) -> List[Note]:
    """Notes in force on a parcel and on those it was cut from, oldest first."""
    standing = in_force(register.storage.events(subjects=lineage(register, parcel_id)))
    names = register.storage.people()
    return [(event.payload["text"], names.get(event.actor, (event.actor, ""))[0], event.recorded_at)
            for event in standing if event.kind == kinds.NOTE_WRITTEN]


def lineage(register: Register, parcel_id: str) -> List[str]:
    """A parcel and those it was cut from, itself first."""
    found, patch = [parcel_id], register.storage.frame("parcel", ids=[parcel_id])["patch_id"]
    parcels = register.storage.load_state(patches=list(patch)).parcels
    while found[-1] in parcels and parcels[found[-1]].parent_id is not None:
        found.append(parcels[found[-1]].parent_id or "")
    return found


def _said(text: str) -> str:
    if not text.strip():
        raise InputError("A reason or a text is needed.", "Write it in a few words.")
    return text.strip()


def _mark(register: Register, batch: str, labels: Sequence[str], kind: str, said: Mapping[str, Any], by: Optional[str], seen: Seen,
          concerns: Callable[[Parcel], bool] = lambda parcel: True) -> Recorded:
    found = register.find(batch, list(dict.fromkeys(labels)))

    def build(state: State) -> Iterable[Draft]:
        for parcel_id, patch_id in found:
            if concerns(state.parcels[parcel_id]):
                yield Draft(kind, (parcel_id, patch_id), dict(said, parcel=parcel_id))

    return register.record(build, by=by, patches=[patch for _parcel, patch in found], seen=seen)


# Who has a parcel open on a server: shown to the others with the minutes left, so that two do not work on one thing unawares.
#
# A claim is no lock: an act on what somebody else changed meanwhile is asked about in any case. It is no event either: it ends by itself,
# is made longer by working, and only its breaking, which needs a reason, is recorded, as a note on the parcel.

#: How long a parcel counts as open after somebody last worked on it.
MINUTES = 15.0


@dataclass(frozen=True)
class Held:
    """Who has a parcel open, and for how many minutes more at most if they do nothing on it."""

    who: str
    minutes_left: int


def open_parcel(register: Register, parcel_id: str, *, by: Optional[str] = None, minutes: float = MINUTES) -> Optional[Held]:
    """Say that a person has this parcel open, and no other any more; who else has it, if anybody: then they keep it.

    Nothing is claimed by who never acted here, or whose login only reads."""
    me = register.actor_id(by)
    if me is None:
        return None
    try:
        held = register.storage.claim(parcel_id, me, minutes)
    except LandInspectorError:
        return None  # a courtesy; who may not write claims still reads
    return None if held is None else Held(register.name_of(held[0]), max(1, math.ceil(held[1])))


def leave(register: Register, *, by: Optional[str] = None) -> None:
    """A person has nothing open any more."""
    me = register.actor_id(by)
    if me is not None:
        register.storage.release(None, me)


def break_claim(register: Register, batch: str, label: str, *, reason: str, by: Optional[str] = None) -> Recorded:
    """Take a parcel (by its number) from whoever has it open; the reason is noted on the parcel. InputError without one."""
    if not reason.strip():
        raise InputError("A reason or a text is needed.", "Write it in a few words.")
    parcel_id, _patch = register.find(batch, [label])[0]
    recorded = write_note(register, batch, [label], text=reason, by=by)
    register.storage.release(parcel_id, None)
    return recorded
