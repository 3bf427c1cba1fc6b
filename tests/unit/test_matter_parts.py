"""Patches of an inspector's problem, each with a state of its own: what was said last counts; the problem is settled only when all are."""
from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest

from land_inspector.errors import RefusedError
from land_inspector.law.matters.lists import township_table
from land_inspector.law.matters.view import Period, View
from land_inspector.law.rulepack import shipped_packs
from land_inspector.register.matters import do_matter_act, kind_named, matter_by_number, matters, open_matter
from tests.factories import new_register, township

FIRST = date(2026, 3, 2)


def day(n):
    return (FIRST + timedelta(days=n)).isoformat()


@pytest.fixture
def problem(tmp_path):
    with new_register(tmp_path, [township("331082101", "东山镇", (0, 9))]) as register:
        kind = kind_named(register, "inspection_problems")
        key = open_matter(register, kind, {"TZBH": "督1", "XZDM": "331082101", "MJ": 1000.0, "GDMJ": 400.0, "TBS": 3}, on=day(0))
        do_matter_act(register, key, "plan", on=day(1), particulars={"ZRDW": "镇政府", "CLCS": "拆除", "WCSX": day(90)})
        do_matter_act(register, key, "begin", on=day(2))
        yield register, kind, key


def say(register, key, n, number, state, **more):
    do_matter_act(register, key, "part", on=day(n), particulars={"number": number, "part_state": state, **more})


def figures(register, kind, n):
    view = View(kind, matter_by_number(register, kind.id, "督1").as_of(date.fromisoformat(day(n))), date.fromisoformat(day(n)),
                shipped_packs()[0])
    return {name: view.value(name) for name in ("ZTB", "ZTBX", "ZTBW", "ZTBT", "XHTB", "XHMJ", "XHGD", "SYTB", "SYMJ", "SYGD")}


def test_each_patch_has_its_state_and_the_problem_waits_for_all_of_them(problem):
    register, kind, key = problem
    say(register, key, 5, "T1", "3", area=500.0, cultivated=300.0)
    say(register, key, 6, "T2", "4", area=300.0, cultivated=100.0)
    say(register, key, 7, "T3", "3", area=200.0)
    say(register, key, 10, "T1", "6", level="1")
    say(register, key, 11, "T2", "7")
    assert figures(register, kind, 11) == {"ZTB": 3, "ZTBX": 1, "ZTBW": 2, "ZTBT": 1, "XHTB": 1, "XHMJ": 500.0, "XHGD": 300.0,
                                           "SYTB": 2, "SYMJ": 500.0, "SYGD": 100.0}
    assert figures(register, kind, 9)["ZTBX"] == 0
    do_matter_act(register, key, "hand_in", on=day(12), particulars={"number": "1"})
    do_matter_act(register, key, "pass_papers", on=day(13))
    with pytest.raises(RefusedError, match="recorded by themselves"):
        do_matter_act(register, key, "settle", on=day(14), particulars={"level": "1"})
    say(register, key, 15, "T2", "6", area=320.0)
    say(register, key, 15, "T3", "6")
    assert figures(register, kind, 15)["XHMJ"] == 1020.0 and figures(register, kind, 15)["SYTB"] == 0
    do_matter_act(register, key, "settle", on=day(16), particulars={"level": "1"})
    period = Period(FIRST, date.fromisoformat(day(16)))
    county = township_table(kind, matters(register, kind.id), [("331082101", "东山镇")], "县", period, shipped_packs()[0])[-1].cells
    assert county["DWG"].value == 1 and county["DWM"].value == Fraction(51, 50)


def test_a_patch_not_counted_waits_for_nobody_and_patches_settled_together_still_count(problem):
    register, kind, key = problem
    say(register, key, 5, "T1", "8", area=500.0)
    do_matter_act(register, key, "patches_settled", on=day(6), particulars={"patches": 2, "area": 600.0, "cultivated": 400.0, "level": "1"})
    assert figures(register, kind, 6) == {"ZTB": 0, "ZTBX": 0, "ZTBW": 0, "ZTBT": 0, "XHTB": 2, "XHMJ": 600.0, "XHGD": 400.0, "SYTB": 1,
                                          "SYMJ": 400.0, "SYGD": 0.0}
