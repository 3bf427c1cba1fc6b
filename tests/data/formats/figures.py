"""Every figure of a register as plain JSON values: what each released format's register is compared by, for ever.

Days and moments are given, never today's: ``told`` says the same on any machine in any year.
"""
from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import asdict, fields, replace
from datetime import date
from typing import Any, Dict, Iterator, List, Sequence, Tuple
from unittest import mock

import pandas as pd

from land_inspector.law.matters.kindform import shipped_kinds
from land_inspector.law.matters.matter import as_record
from land_inspector.law.matters.view import View
from land_inspector.register import figures, matters, packages, papers, patrolling, second_opinion, settling, work_lists
from land_inspector.register.register import Register
from land_inspector.register.pursuing import supervisions
from land_inspector.register.verifying import verify

#: "Today" of every figure that asks for it.
TODAY = date(2026, 10, 1)
#: Rates that the first format's version did not tell yet.
_TOLD_LATER = ("stop", "discovery", "clearing")
_TABLES = ("batches", "patches", "parcels", "cases", "remedies", "photos", "patrols", "patrol_findings", "matters")
_FRAMES = ("issued", "quarantine", "finding", "evidence_run", "evidence_layer", "evidence_summary", "evidence_area", "evidence_document",
           "proposal")
#: Columns that came after format 1 and say nothing of the land.
_LATER = ("made",)


class _Then(date):
    @classmethod
    def today(cls) -> date:
        return TODAY


@contextmanager
def _on_that_day() -> Iterator[None]:
    with mock.patch.object(figures, "date", _Then):
        yield


def told(register: Register, moments: Sequence[str], days: Sequence[str]) -> Dict[str, Any]:
    """All of it: stored state, state as of each moment and day, frames, township tables, paragraph, work lists, verification."""
    with _on_that_day():
        return _plain({
            "state": _state(register.storage.load_state()),
            "state_known": {moment: _state(register.state(moment)) for moment in moments},
            "state_effective": {day: _state(register.state(None, day)) for day in days},
            "parcels": _frame(register.parcels()), "patches": _frame(register.patches()),
            "tables": {name: _frame(register.storage.frame(name)) for name in _FRAMES},
            "names": {"people": register.storage.people(), "parties": register.storage.parties()},
            "townships": _tables(register, moments, days),
            "paragraph": [str(text) for text in figures.paragraph(register, figures.Scope(year=2026, effective_on=TODAY.isoformat()))],
            "work_lists": {**{"now": _lists(register, None)}, **{day: _lists(register, date.fromisoformat(day)) for day in days}},
            "supervisions": [str(one) for one in supervisions(register)],
            "events": [[event.kind, event.sequence, event.hash] for event in register.storage.events()],
            "ratios": {code: str(ratio) for row in figures.township_table(register, figures.Scope()) for code, ratio in _ratios(row)},
            "patrols": _patrols(register),
            "matters": _matters(register, days),
            **_written_and_merged(register),
            "verify": [str(text) for text in verify(register).broken],
        })


def _state(state: Any) -> Dict[str, Dict[str, Any]]:
    return {table: {key: {f.name: getattr(record, f.name) for f in fields(record) if f.name not in _LATER}
                    for key, record in sorted(getattr(state, table).items())} for table in _TABLES}


def _frame(frame: pd.DataFrame) -> List[Dict[str, Any]]:
    return frame.astype(object).where(frame.notna(), None).to_dict("records")


def _tables(register: Register, moments: Sequence[str], days: Sequence[str]) -> Dict[str, Any]:
    scopes = {"all": figures.Scope(), "B1": figures.Scope(batch="B1"), "2026": figures.Scope(year=2026),
              **{f"known {moment}": figures.Scope(known_at=moment, effective_on=TODAY.isoformat()) for moment in moments},
              **{f"effective {day}": figures.Scope(effective_on=day) for day in days}}
    return {name: [_row(row) for row in figures.township_table(register, scope)] for name, scope in scopes.items()}


def _row(row: Any) -> Dict[str, Any]:
    known = replace(row, ratios={code: ratio for code, ratio in row.ratios.items() if code not in _TOLD_LATER})
    return {f.name: repr(getattr(known, f.name)) if f.name not in ("figures", "unknown") else
            {key: str(value) for key, value in dict(getattr(row, f.name)).items()} for f in fields(row) if hasattr(row, f.name)}


def _ratios(row: Any) -> Iterator[Tuple[str, Any]]:
    """Each rate by township and code, those too that the first format's version did not tell."""
    return ((f"{row.code} {code}", ratio) for code, ratio in row.ratios.items())


def _patrols(register: Register) -> List[List[Any]]:
    months = patrolling.station_table(register, date(2026, 5, 1), date(2026, 9, 30))
    return [[one.station, one.year, one.month, one.logged, one.valid, one.required, len(one.refused)] for one in months]


def _matters(register: Register, days: Sequence[str]) -> Dict[str, Any]:
    """The office's own kinds, and each matter with its steps, its terms on each day and where it lies."""
    kinds = {kind.id: kind for kind in matters.kinds_of(register)}
    law = matters.law_on(register, TODAY)
    own = set(kinds) - {kind.id for kind in shipped_kinds()}
    kept = matters.matters(register)
    outlines = matters.outlines_of(register, [one.id for one in kept])
    terms = {day.isoformat(): {one.number: [f"{term.code} {term.due_on} {term.status(day)}"
                                            for term in View(kinds[one.kind], one.as_of(day), day, law.pack).deadlines]
                               for one in kept if one.as_of(day)} for day in map(date.fromisoformat, days)}
    return {"kinds": sorted([key, kinds[key].version] for key in own), "terms": terms,
            "matters": [[one.id, one.kind, one.number, one.state, [as_record(step) for step in one.steps],
                         (outlines[one.id] or b"").hex()] for one in sorted(kept, key=lambda one: one.id)]}


def _written_and_merged(register: Register) -> Dict[str, Any]:
    """What format 3 brought: the office, papers and particulars of each case, second opinions, packages, and what is in dispute."""
    cases = sorted(register.storage.load_state().cases)
    return {
        "office": asdict(papers.office_of(register)),
        "papers": {case: [asdict(one) for one in papers.written_of(register, case)] for case in cases},
        "void": sorted(map(list, papers.voided(register))),
        "particulars": {case: [[asdict(party) for party in parties], dict(typed)] for case, (parties, typed) in
                        ((case, papers.particulars_of(register, case)) for case in cases)},
        "opinions": [asdict(one) for one in second_opinion.opinions(register)],
        "packages": [{**asdict(one), "taken": sorted(one.taken)} for one in packages.book(register)],
        "conflicts": [[one.where, one.batch, one.subject, one.field, [[act.uuid, act.who, str(act.value), act.counts] for act in one.acts]]
                      for one in settling.open_conflicts(register)],
        "disputed": sorted(settling.disputed_parcels(register)),
    }


def _lists(register: Register, day: Any) -> Dict[str, Any]:
    table = work_lists.read_pursuit(register, day).table
    on = day or TODAY
    return {code: sorted(str([found.place.number, found.place.township, str(found.entry.what), found.entry.land_m2,
                              found.entry.cultivated_m2, str(found.entry.due_on), found.days_left, found.amount_fen])
                         for found in (table.row(int(row), on) for row in table.rows(code, on)))
            for code in ("overdue", "due", "court", "unaccepted", "too_late", "fine", "unfiled", "plan", "supervised")}


def _plain(value: Any) -> Any:
    return json.loads(json.dumps(value, ensure_ascii=False, default=lambda one: one.item() if hasattr(one, "item") else str(one)))
