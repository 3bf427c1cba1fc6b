"""Giving verdicts: one parcel or a whole table, each verdict one event that says all of it (R33–R35, R53)."""
from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from ..errors import LandInspectorError, Message, message
from ..law.facts import SKETCH
from ..law.image_dates import parse_image_date
from ..law.rulepack import RulePack
from ..law.procedure import day_of
from ..law.verdicts import ParcelAreas, check_verdict, refusals
from . import kinds
from .guards import overruled, today
from .events import Draft
from .parties import without_names
from .register import Recorded, Register, effective_on_text
from .proposing import pack_of
from .tables import DATE, INTEGER, MEASURED, REAL, VERDICT, names

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
