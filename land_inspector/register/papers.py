"""Papers in the register: what the office and the parties are called in them, the numbers they were given, and which came back finished.

A paper is told by an event that holds its kind, its number and the digest of what was written; its number is taken in the same
transaction, so that two officers never get one and a paper that failed leaves no gap. A number that was given is never given again:
that of a paper that was taken back stays void. Particulars of persons stand in the removable table of names (:mod:`.parties`).
"""
from __future__ import annotations

import json
import re
import uuid
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Callable, DefaultDict, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

from ..errors import InputError
from ..law.papers.catalogue import Paper
from ..law.papers.facts import OFFICE_FIELDS, PARTY_FIELDS, TYPED_APART, TYPED_FIELDS, UNIT, Office, Party, Written
from ..law.papers.wording import Scheme, Series, pattern_problem
from . import attachments, kinds
from .events import UNDONE, Draft, Event, in_force
from .parties import STAND_IN, kept_apart, name_of, officers
from .register import Recorded, Register, effective_on_text
from .state import State

_NUMBER = re.compile(r'"number":"((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True)
class Row:
    """A case or a matter that papers belong to: its id, its number, and every subject that an event on it names."""

    id: str
    label: str
    subjects: Tuple[str, ...]
    patches: Tuple[str, ...]
    is_case: bool


@dataclass(frozen=True)
class Order:
    """A paper to be written: ``act_number`` is the number that its act was recorded with, "" where it has none; ``on`` the day of the
    act (ISO), "" before it; ``about`` what a certificate of service is for, "" for all others."""

    row: Row
    paper: Paper
    act_number: str
    on: str
    year: int
    about: str = ""


@dataclass(frozen=True)
class Given:
    """What an order came to: the paper's id, its number and the digest of what was written."""

    order: Order
    paper_id: str
    number: str
    digest: str


@dataclass(frozen=True)
class Filled:
    """A paper as it will be written: its digest (SHA-256, hex) and the fields that had no value."""

    digest: str
    missing: Tuple[str, ...]


# --- the office -----------------------------------------------------------------------------------------------------------


def office_of(register: Register) -> Office:
    """The office as it was described last."""
    described = _last(register, kinds.OFFICE_DESCRIBED)
    if described is None:
        return Office()
    said = described.payload
    scheme = said.get("scheme") or {}
    pairs = {name: tuple(sorted((scheme.get(name) or {}).items())) for name in ("patterns", "words", "starts")}
    return Office({name: _plain(register, value) or "" for name, value in said["office"].items()},
                  Scheme(scheme.get("organ") or "", **pairs),
                  {key: _plain(register, value) or "" for key, value in (said.get("officers") or {}).items()})


def describe_office(register: Register, values: Mapping[str, str], certificates: Optional[Mapping[str, str]] = None,
                    scheme: Optional[Mapping[str, Any]] = None, *, by: Optional[str] = None) -> Recorded:
    """How the office stands in its papers (:data:`~..law.papers.facts.OFFICE_FIELDS`), the certificates of its officers by name, and its
    scheme of numbers (``organ``, ``patterns``, ``words``, ``starts``). The same again records nothing.

    InputError for a field that is not known or a pattern that cannot be counted by."""
    unknown = next((name for name in values if name not in OFFICE_FIELDS), None)
    if unknown is not None:
        raise InputError("An office has no particular {name}.", "There are: {known}.", name=unknown, known="、".join(OFFICE_FIELDS))
    scheme = dict(scheme or {})
    scheme.setdefault("organ", values.get("机关代字") or "")
    for paper, pattern in (scheme.get("patterns") or {}).items():
        wrong = pattern_problem(pattern)
        if wrong:
            raise InputError("The numbers of {paper} cannot be counted by “{pattern}”: {place}.",
                             "Write it with {{代字}}, {{字}}, {{年}} and {{号}}.", paper=paper or "*", pattern=pattern, place=wrong)
    known = office_of(register)
    named = {key: name for key, (name, _salt) in register.storage.people().items()}
    before = {named[key]: number for key, number in known.certificates.items() if key in named}
    if dict(values) == dict(known.values) and dict(certificates or {}) == before and _same_scheme(scheme, known.scheme):
        return Recorded("", [])
    private = [value for name, value in values.items() if value and OFFICE_FIELDS[name]]
    tokens = kept_apart(register, [*private, *(certificates or {}).values()], by=by)
    ids = dict(zip(certificates or {}, officers(register, list(certificates or {}), by=by)))
    said = {"register": register.meta["register_id"],
            "office": {name: tokens.get(value, value) if OFFICE_FIELDS[name] else value for name, value in values.items()},
            "officers": {ids[name]: tokens.get(number, number) for name, number in (certificates or {}).items()}, "scheme": scheme}
    draft = Draft(kinds.OFFICE_DESCRIBED, (register.meta["register_id"],), said)
    return register.record(lambda state: [draft], by=by, patches=[])


def _same_scheme(said: Mapping[str, Any], known: Scheme) -> bool:
    return (said.get("organ") or "") == known.organ and all(
        dict(said.get(name) or {}) == dict(getattr(known, name)) for name in ("patterns", "words", "starts"))


# --- parties and particulars --------------------------------------------------------------------------------------------------


def describe_case(register: Register, row_id: str, parties: Sequence[Mapping[str, str]], typed: Mapping[str, str], *,
                  by: Optional[str] = None) -> Recorded:
    """Parties of a case or matter and what no layer holds of it. What names a natural person is kept apart from the event (R54).

    InputError for a particular that is not known. The same again records nothing."""
    _refuse_unknown(parties, typed)
    row = row_of(register, row_id)
    listed = [{name: str(value).strip() for name, value in party.items() if str(value or "").strip()} for party in parties]
    listed, typed = [party for party in listed if party], {name: text.strip() for name, text in typed.items() if text.strip()}
    before = particulars_of(register, row_id)
    if [_as_party(party) for party in listed] == list(before[0]) and typed == dict(before[1]):
        return Recorded("", [])
    private = [party[name] for party in listed for name in party if _is_private(party, name)]
    private += [text for name, text in typed.items() if name in TYPED_APART]
    tokens = kept_apart(register, private, by=by)
    said = [{name: tokens.get(value, value) if _is_private(party, name) else value for name,
             value in party.items()} for party in listed]
    apart = {name: tokens.get(text, text) if name in TYPED_APART else text for name, text in typed.items()}
    payload = {"row": row.id, "label": row.label, "parties": said, "typed": apart}
    return _record(register, row, Draft(kinds.CASE_DESCRIBED, row.subjects, payload, date.today().isoformat()), by)


def _refuse_unknown(parties: Sequence[Mapping[str, str]], typed: Mapping[str, str]) -> None:
    unknown = [name for party in parties for name in party if name not in PARTY_FIELDS]
    unknown += [name for name in typed if name not in TYPED_FIELDS]
    if unknown:
        raise InputError("A case has no particular {name}.", "There are: {known}.", name=unknown[0],
                         known="、".join([*PARTY_FIELDS, *TYPED_FIELDS]))


def _is_private(party: Mapping[str, str], name: str) -> bool:
    """Every party's people, numbers and places; the name too, unless it is a body's."""
    return PARTY_FIELDS[name][2] or name == "name" and party.get("kind") != UNIT


def particulars_of(register: Register, row_id: str) -> Tuple[Tuple[Party, ...], Mapping[str, str]]:
    """Parties and typed particulars as they were entered last; nothing where nobody has."""
    found = [event for event in _standing(register, [row_id], kinds.CASE_DESCRIBED) if event.payload["row"] == row_id]
    if not found:
        return (), {}
    said = found[-1].payload
    parties = _parties_said(register, found[-1])
    typed = {name: _plain(register, text) for name, text in said["typed"].items()}
    return parties, {name: text for name, text in typed.items() if text}


def _parties_said(register: Register, event: Event) -> Tuple[Party, ...]:
    return tuple(_as_party({name: _plain(register, value) or "" for name, value in party.items()}) for party in event.payload["parties"])


def _as_party(said: Mapping[str, str]) -> Party:
    return Party(**{name: said.get(name, "") for name in PARTY_FIELDS})


def _plain(register: Register, value: str) -> Optional[str]:
    """What stands behind a token; None where it was taken out or never kept."""
    shown = name_of(register, value)
    return None if shown is not None and shown.startswith(STAND_IN) else shown


# --- writing ----------------------------------------------------------------------------------------------------------------------

Fill = Callable[[Order, str], Filled]


def write(register: Register, orders: Sequence[Order], fill: Fill, *, by: Optional[str] = None) -> List[Given]:
    """Give each paper its number, have it filled, and tell of it: all in one transaction. Where ``fill`` raises, no number was taken.

    A paper of an act that has its number keeps that; one that was written before keeps what it was given. The same content again is
    not told twice."""
    given: List[Given] = []

    def build(state: State) -> Iterable[Draft]:
        book = _Numbers(register)
        for order in orders:
            yield from _written(register, book, order, fill, given)

    patches = list(dict.fromkeys(patch for order in orders for patch in order.row.patches))
    register.record(build, by=by, patches=patches, rows=[order.row.id for order in orders if not order.row.is_case])
    return given


def _written(register: Register, book: "_Numbers", order: Order, fill: Fill, given: List[Given]) -> Iterable[Draft]:
    known = book.known(order)
    number, series, place = book.number_for(order, known)
    filled = fill(order, number)
    paper_id = known.id if known is not None else str(uuid.uuid4())
    given.append(Given(order, paper_id, number, filled.digest))
    if known is not None and filled.digest in known.digests and known.on == order.on:
        return
    yield Draft(kinds.PAPER_WRITTEN, (*order.row.subjects, *([series] if series else [])), {
        "paper": paper_id, "row": order.row.id, "label": order.row.label, "kind": order.paper.code, "number": number, "series": series,
        "n": place, "on": order.on, "about": order.about, "digest": filled.digest, "missing": list(filled.missing)},
        date.today().isoformat())


class _Numbers:
    """Which numbers were given, as they stand inside the transaction; those it gives itself count at once."""

    def __init__(self, register: Register):
        self._scheme = office_of(register).scheme
        events = register.storage.events_of_kind(kinds.PAPER_WRITTEN)
        self._given = [str(event.payload["number"]) for event in events]
        self._given += [text for table in ("case_", "matter") for doc in register.storage.frame(table)["doc"]
                        for text in (json.loads(f'"{found}"') for found in _NUMBER.findall(doc or ""))]
        self._used: DefaultDict[str, List[int]] = defaultdict(list)
        self._papers = papers_in(_without_undone(register, events))

    def known(self, order: Order) -> Optional[Written]:
        """The paper of this kind that was written for the same act, or for it before it was recorded."""
        of_kind = [one for row, one in self._papers if row == order.row.id and (one.paper, one.about) == (order.paper.code, order.about)]
        same = [one for one in of_kind if order.act_number and one.number == order.act_number or one.on == order.on]
        early = [one for one in of_kind if not one.on and (not order.act_number or one.number == order.act_number)]
        return (same or early or [None])[-1]

    def number_for(self, order: Order, known: Optional[Written]) -> Tuple[str, str, int]:
        """(number, its series, its place); the series is "" for a number that the office did not count here."""
        if not order.paper.is_numbered:
            return "", "", 0
        series = self._scheme.series(order.paper.code, order.paper.word, order.year)
        text = order.act_number or (known.number if known is not None else "")
        if text:
            place = series.place_of(text)
            return text, series.pattern if place else "", place or 0
        place = series.next_after(self._in(series))
        self._used[series.pattern].append(place)
        return series.number(place), series.pattern, place

    def _in(self, series: Series) -> List[int]:
        if series.pattern not in self._used:
            self._used[series.pattern] = [place for place in map(series.place_of, self._given) if place is not None]
        return self._used[series.pattern]


def rows_by_number(register: Register) -> Dict[str, List[Tuple[str, str]]]:
    """Number → (id, label) of every case and matter that has it, by an act or by a paper that stands."""
    found: DefaultDict[str, Dict[Tuple[str, str], None]] = defaultdict(dict)
    for table, label in (("case_", "AJBH"), ("matter", "TZBH")):
        frame = register.storage.frame(table)
        for row, name, doc in zip(frame["id"], frame[label], frame["doc"]):
            for text in _NUMBER.findall(doc or ""):
                found[json.loads(f'"{text}"')][row, name] = None
    for event in _standing(register, None, kinds.PAPER_WRITTEN):
        if event.payload["number"]:
            found[event.payload["number"]][event.payload["row"], event.payload["label"]] = None
    return {number: list(rows) for number, rows in found.items()}


def keep_finished(register: Register, paper_id: str, files: Sequence[Path], *, on: Optional[str] = None,
                  by: Optional[str] = None) -> Recorded:
    """A paper that came back edited, signed or scanned: kept as it is, with its digest; the act it went out with is the paper's.

    InputError for a paper that is not known, or a file that is of no kind that is kept."""
    found = next(((row, one) for row, one in papers_in(_standing(register, None, kinds.PAPER_WRITTEN, kinds.PAPER_RETURNED))
                  if one.id == paper_id), None)
    if found is None:
        raise InputError("The register has no such paper; it may have been taken back.", "Choose one of the papers that were written.")
    row, paper = row_of(register, found[0]), found[1]
    kept = attachments.keep(register, files)
    try:
        return _record(register, row, Draft(kinds.PAPER_RETURNED, row.subjects, {
            "paper": paper_id, "row": row.id, "label": row.label, "kind": paper.paper, "number": paper.number, "on": paper.on,
            "files": kept}, effective_on_text(on) or date.today().isoformat()), by)
    except BaseException:
        register.attachments.discard([name for name in kept if not _is_named(register, name)])
        raise


def _is_named(register: Register, name: str) -> bool:
    return any(one.name == name for one in attachments.named(register))


# --- reading ----------------------------------------------------------------------------------------------------------------------


def written_of(register: Register, row_id: str) -> Tuple[Written, ...]:
    """The papers of a case or matter that stand, in the order in which they were first written, each with the parties that were entered
    when it was written last."""
    events = _standing(register, [row_id], kinds.PAPER_WRITTEN, kinds.PAPER_RETURNED, kinds.CASE_DESCRIBED)
    described: Optional[Event] = None
    by_paper: Dict[str, Optional[Event]] = {}
    for event in events:
        if event.payload.get("row") == row_id:
            described = event if event.kind == kinds.CASE_DESCRIBED else described
            if event.kind == kinds.PAPER_WRITTEN:
                by_paper[event.payload["paper"]] = described
    parties = {event.uuid: _parties_said(register, event) for event in by_paper.values() if event is not None}
    return tuple(replace(one, parties=parties[by_paper[one.id].uuid] if by_paper.get(one.id) is not None else None)
                 for row, one in papers_in(event for event in events if event.kind != kinds.CASE_DESCRIBED) if row == row_id)


def papers_in(events: Iterable[Event]) -> List[Tuple[str, Written]]:
    """(row, paper) of these events, each paper once with all its versions and the files that came back."""
    found: Dict[str, Tuple[str, Written]] = {}
    for event in events:
        said = event.payload
        row, before = found.get(said["paper"], (said["row"], None))
        if event.kind == kinds.PAPER_WRITTEN:
            old = before or Written(said["paper"], said["kind"], said["number"])
            made = Written(old.id, old.paper, said["number"], said["on"], event.effective_on, (*old.digests, said["digest"]), old.files,
                           tuple(said["missing"]), said.get("about", ""))
        elif event.kind == kinds.PAPER_RETURNED and before is not None:
            made = Written(before.id, before.paper, before.number, before.on or said["on"], before.written_on, before.digests,
                           (*before.files, *said["files"]), before.missing, before.about)
        else:
            continue
        found[said["paper"]] = (row, made)
    return list(found.values())


def voided(register: Register) -> List[Tuple[str, str]]:
    """(kind of paper, number) of papers that were taken back: their numbers are not given again."""
    events = register.storage.events_of_kind(kinds.PAPER_WRITTEN)
    stands = {event.payload["number"] for event in _without_undone(register, events)}
    gone = {(event.payload["kind"], event.payload["number"]): None for event in events
            if event.payload["n"] and event.payload["number"] not in stands}
    return list(gone)


def row_of(register: Register, row_id: str) -> Row:
    """The case or matter of this id, with all that its events name. InputError where the register has none."""
    patches = register.storage.patches_of_case(row_id)
    if patches:
        record = register.storage.load_state(patches=patches).cases[row_id]
        return Row(row_id, record.AJBH, (row_id, *record.case.parcels, *patches), tuple(patches), True)
    matter = register.storage.load_state(patches=[], rows=[row_id]).matters.get(row_id)
    if matter is None:
        raise InputError("The register has no case {case}.", "Take its number from the list of cases.", case=row_id)
    return Row(row_id, matter.TZBH, (row_id,), (), False)


def _record(register: Register, row: Row, draft: Draft, by: Optional[str]) -> Recorded:
    return register.record(lambda state: [draft], by=by, patches=list(row.patches), rows=[] if row.is_case else [row.id])


def _standing(register: Register, subjects: Optional[Sequence[str]], *wanted: str) -> List[Event]:
    storage = register.storage
    if subjects is None:
        events = [event for kind in wanted for event in storage.events_of_kind(kind)]
    else:
        events = [event for event in storage.events(subjects=subjects) if event.kind in wanted]
    return _without_undone(register, events)


def _without_undone(register: Register, events: Sequence[Event]) -> List[Event]:
    return in_force([*events, *register.storage.events_of_kind(UNDONE)]) if events else []


def _last(register: Register, kind: str) -> Optional[Event]:
    found = _standing(register, None, kind)
    return found[-1] if found else None
