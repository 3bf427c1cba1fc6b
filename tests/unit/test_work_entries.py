"""What is open on a parcel, where the random cases do not reach: the plan, several parcels, fines outside cases, what remains."""
from __future__ import annotations

from datetime import date

import pytest

from land_inspector.law.areas import Amount
from land_inspector.law.rectification import (
    CASE_ENDED, DONE, IN_HANDLING, IllegalLand, ORDERED, RECTIFIED, UNTOUCHED, what_remains,
)
from land_inspector.law.remedies import Acceptance, Step, Track
from land_inspector.law.work_lists import (
    COURT, FINE, Filter, PLAN, Place, Subject, TERM, UNACCEPTED, WorkTable, entries_of,
)
from tests.unit.law_cases import DEMOLITION, PACK, day, decided, do, new_case

LAND = Amount(land_m2=1000.0, cultivated_m2=200.0)


def subject(parcel="T001", **plan):
    return Subject(IllegalLand(parcel, 1000.0, 200.0), PACK, date(2026, 6, 30), **plan)


def track(kind="reclamation", done=None, status="0", on=None, **more):
    steps = (Step(done, day("2024-08-01")),) if done else ()
    acceptance = Acceptance(status, "2" if status == "2" else "0", day(on) if on else None)
    return Track("t1", "T001", kind, more.pop("ordered", LAND), day("2024-07-19"), steps=steps, acceptance=acceptance, **more)


def sorts(subjects, cases=(), tracks=()):
    return [entry.sort for entry in entries_of(subjects, list(cases), list(tracks))]


@pytest.mark.parametrize("conforming, contrary, kind, conflict", [
    (1000.0, 0.0, "demolition", True), (0.0, 1000.0, "demolition", False), (0.0, 1000.0, "confiscation", True),
    (600.0, 400.0, "demolition", True), (None, None, "demolition", False), (1000.0, 0.0, "reclamation", False)])
def test_a_remedy_against_the_plan_is_a_conflict_and_unmeasured_land_says_nothing(conforming, contrary, kind, conflict):
    ordered = Amount(building_m2=300.0) if kind == "confiscation" else Amount(building_m2=300.0, land_m2=1000.0, cultivated_m2=200.0)
    given = subject(conforming_m2=conforming, contrary_m2=contrary)
    assert (PLAN in sorts([given], tracks=[track(kind, ordered=ordered)])) is conflict


def test_the_plan_is_asked_of_what_the_decision_orders_before_any_work_is_recorded():
    given = Subject(IllegalLand("T001", 1000.0, 200.0), PACK, conforming_m2=1000.0, contrary_m2=0.0)
    entry = next(entry for entry in entries_of([given], [decided(remedies=[DEMOLITION])], []) if entry.sort == PLAN)
    assert entry.case == "C1" and "confiscated" in str(entry.what)


def test_a_case_over_two_parcels_stands_on_both_and_its_fine_once():
    case = decided()
    both = [subject("T001"), subject("T002")]
    case = case.__class__(case.id, ("T001", "T002"), case.state, case.since, case.acts, case.items)
    entries = entries_of(both, [case], [])
    assert {entry.parcel for entry in entries if entry.sort == TERM} == {"T001", "T002"}
    assert [entry.parcel for entry in entries if entry.sort == FINE] == ["T001"]


def test_the_court_waits_for_what_it_has_and_suspended_work_has_no_day():
    case = do(decided(remedies=[DEMOLITION]), "demand", "2024-08-12")
    case = do(case, "apply_court", "2024-09-02")
    assert [entry.due_on for entry in entries_of([subject()], [case], []) if entry.sort == COURT] == [date(2024, 9, 9)]
    case = do(case, "court_acceptance", "2024-09-05")
    case = do(case, "court_ruling", "2024-09-10", result="4")
    waiting, = [entry for entry in entries_of([subject()], [case], []) if entry.sort == COURT]
    assert waiting.due_on is None and waiting.acts == ("resume_court",)


def test_work_after_an_acceptance_waits_for_the_next_and_work_not_finished_does_not_wait():
    partly = track(done=Amount(land_m2=400.0, cultivated_m2=0.0))
    assert UNACCEPTED not in sorts([subject()], tracks=[partly])
    returned = track(done=LAND, status="9", on="2024-08-05")
    entry, = [one for one in entries_of([subject()], [], [returned]) if one.sort == UNACCEPTED]
    assert "acceptance refused" in str(entry.what) and (entry.land_m2, entry.remedies) == (1000.0, ("t1",))
    accepted = track(done=LAND, status="2", on="2024-08-05")
    assert UNACCEPTED not in sorts([subject()], tracks=[accepted])


def test_entries_of_parcels_without_a_place_are_left_out_and_filters_meet():
    entries = entries_of([subject("T001"), subject("T002")], [new_case()], [])
    places = {"T001": Place("T001", "T001", "p", "B1", "A", "甲镇", "一所", "o1")}
    table = WorkTable(entries, places)
    assert len(table) == 2 and table.counts(day("2024-06-01"))["overdue"] == 1
    for chosen, count in ((Filter(township="A"), 1), (Filter(township="B"), 0), (Filter(station="一所", officer="o1", batch="B1"), 1),
                          (Filter(officer="o2"), 0)):
        assert len(table.rows("overdue", day("2024-06-01"), chosen=chosen)) == count


def test_what_remains_goes_from_nothing_begun_to_rectified():
    land, case = IllegalLand("T001", 1000.0, 200.0), new_case()
    ended = do(do(case, "site_check", "2024-05-02"), "not_file", "2024-05-06")
    half = track(done=Amount(land_m2=400.0, cultivated_m2=0.0))
    assert what_remains(land, [], []) == (UNTOUCHED, 1000.0)
    assert what_remains(land, [], [case]) == (IN_HANDLING, 1000.0)
    assert what_remains(land, [], [ended]) == (CASE_ENDED, 1000.0)
    assert what_remains(land, [half], [case]) == (ORDERED, 600.0)
    assert what_remains(land, [track(done=LAND)], [case]) == (DONE, 0.0)
    assert what_remains(land, [track(done=LAND, status="2", on="2024-08-05")], [ended]) == (RECTIFIED, 0.0)
