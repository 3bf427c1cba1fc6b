"""Supervising teams: who watches which township until when; names apart from the events; what is open in each."""
from __future__ import annotations

from datetime import date

import pytest

from land_inspector.errors import InputError, RefusedError
from land_inspector.register import pursuing
from land_inspector.register.issuing import issue_batch
from land_inspector.register.register import utc_now
from land_inspector.register.pursuing import assign_supervision, end_supervision, supervisions
from land_inspector.register.undoing import undo
from land_inspector.register.verifying import verify
from land_inspector.register.work_lists import read_pursuit
from tests.factories import info, intake, judge, new_register, patch, square, township

TOWNS = [township("331082100", "古城街道"), township("331082101", "大洋街道")]
LAND = {"land_m2": 1600.0, "cultivated_m2": 0.0}


@pytest.fixture
def register(tmp_path):
    with new_register(tmp_path, TOWNS) as made:
        rows = [patch(f"T00{n}", square(n), row=n, XZDM=TOWNS[n // 3].code, XZMC=TOWNS[n // 3].name) for n in range(1, 5)]
        issue_batch(made, info(), intake(rows), by="登记员")
        judge(made, {"T001": "2", "T002": "2", "T003": "2"}, by="登记员", effective_on="2026-05-20")
        yield made


def watched(register, day=date(2026, 10, 1)):
    table = read_pursuit(register).table
    return [table.row(int(row), day) for row in table.rows("supervised", day)]


def test_a_supervision_shows_what_is_open_in_its_townships_and_how_late_it_is(register):
    assign_supervision(register, "督导甲", [TOWNS[0].code], since="2026-06-01", until="2026-09-30", by="局长")
    row, = watched(register)
    assert (row.place.township_name, row.days_left, row.entry.land_m2, len(row.entry.shown)) == ("古城街道", -1, 3200.0, 2)
    remedy = pursuing.order_remedy(register, "B1", "T001", "reclamation", LAND, on="2026-06-01", by="甲")
    pursuing.record_progress(register, {remedy: LAND}, on="2026-07-01", by="甲")
    pursuing.accept_remedies(register, [remedy], on="2026-07-10", level="2", by="市局")
    row, = watched(register)
    assert row.entry.land_m2 == 1600.0


def test_no_township_means_the_whole_county_and_rows_come_by_day_not_by_person(register):
    assign_supervision(register, "乙", [], since="2026-06-01", until="2026-12-31", by="局长")
    assign_supervision(register, "甲", [TOWNS[1].code], since="2026-06-01", until="2026-08-31", by="局长")
    assert [(row.place.township, row.entry.due_on.month) for row in watched(register)] == [
        ("331082101", 8), ("331082100", 12), ("331082101", 12)]


def test_names_stand_apart_from_the_events(register):
    assign_supervision(register, "督导甲", [TOWNS[0].code], since="2026-06-01", until="2026-09-30", by="局长")
    event = register.storage.events_of_kind("supervision_assigned")[0]
    assert "督导甲" not in str(event) and register.name_of(event.payload["person"]) == "督导甲"


def test_ended_undone_and_as_of_a_day(register):
    key = assign_supervision(register, "甲", [], since="2026-06-01", until="2026-09-30", by="局长")
    before = utc_now()
    end_supervision(register, key, on="2026-08-01", reason="整改完成", by="局长")
    assert watched(register) == []
    assert [one.ended_on for one in supervisions(register, before)] == [None]
    assert [one.ended_on for one in supervisions(register, None, "2026-07-31")] == [None]
    assert supervisions(register, None, "2026-05-31") == []
    undo(register, by="局长")
    assert len(watched(register)) == 2
    assert not verify(register).broken


def test_the_beginning_undone_takes_the_supervision_out_whatever_ended_it(register):
    key = assign_supervision(register, "甲", [], since="2026-06-01", until="2026-09-30", by="局长")
    begun = register.storage.events_of_kind("supervision_assigned")[0].group
    end_supervision(register, key, on="2026-08-01", reason="换人", by="局长")
    undo(register, begun, by="局长", with_dependents=True)
    assert supervisions(register) == []


def test_what_cannot_be_is_refused_with_its_reason(register):
    usual = {"person": "甲", "townships": [], "since": "2026-06-01", "until": "2026-09-30", "by": "局长"}
    for wrong, reason in (({"person": " "}, "needs a name"), ({"townships": ["999"]}, "no township 999"),
                          ({"until": "2026-05-01"}, "before")):
        with pytest.raises(InputError, match=reason):
            assign_supervision(register, **{**usual, **wrong})
    key = assign_supervision(register, "甲", [], since="2026-06-01", until="2026-09-30", by="局长")
    with pytest.raises(InputError, match="needs a reason"):
        end_supervision(register, key, on="2026-08-01", reason="", by="局长")
    with pytest.raises(RefusedError, match="cannot end before"):
        end_supervision(register, key, on="2026-05-01", reason="换人", by="局长")
    end_supervision(register, key, on="2026-08-01", reason="换人", by="局长")
    with pytest.raises(RefusedError, match="ended already"):
        end_supervision(register, key, on="2026-08-02", reason="换人", by="局长")
