"""The board's figures are the table's, its distances exact, and each number leads back to its parcels."""
from __future__ import annotations

from fractions import Fraction

import pytest

from land_inspector.law.indicators import Ratio
from land_inspector.law.what_if import RECTIFIED
from land_inspector.register import figures, issuing, pursuing
from land_inspector.register.board import read_board
from land_inspector.register.judging import Entry, give_verdicts
from tests.factories import info, intake, new_register, patch, square, township

TOWNS = [township("331082101", "甲镇", (0, 4)), township("331082102", "乙镇", (5, 9))]


@pytest.fixture
def register(tmp_path):
    with new_register(tmp_path, TOWNS) as register:
        patches = [patch(f"T{n:03d}", square(n), row=n, XZDM=TOWNS[n > 4].code, XZMC=TOWNS[n > 4].name) for n in range(1, 9)]
        issuing.issue_batch(register, info(), intake(patches))
        said = {1: ("2", 1600.0), 2: ("2", 400.0), 3: ("1", None), 5: ("2", 100.0), 6: ("1", None), 7: ("3", None)}
        illegal = {"WFMJ": 1600.0, "WFLX": "01", "YDDW": "某公司"}
        judged = give_verdicts(register, "B1", [
            Entry(f"T{n:03d}", {"PDJL1": level, "PDJL2": f"{level}01", "JSSJ": "2026-04-01",
                                **({**illegal, "WFGD": cultivated} if level == "2" else {})}) for n, (level, cultivated) in said.items()])
        assert not judged.refused, judged.refused
        yield register


def test_the_rows_are_those_of_the_township_table(register):
    scope = figures.Scope(year=2026)
    board, table = read_board(register, scope), figures.township_table(register, scope)
    assert [s.row for s in board.standings] + [board.county.row] == table
    assert str(board.said) == str(figures.heading(scope))


def test_each_number_leads_back_to_its_parcels(register):
    board = read_board(register, figures.Scope())
    for standing, code in [(s, s.row.code) for s in board.standings] + [(board.county, None)]:
        for figure in ("illegal", "illegal_units", "illegal_cultivated_units", "construction_units", "undecided"):
            behind = board.behind(figure, code)
            assert behind[figure].sum() == standing.row.figures[figure], (figure, code)
    assert list(board.behind("illegal_cultivated_units", "331082101")["DKBH"]) == ["T001", "T002"]
    assert board.behind("nothing of ours", None).empty


def test_the_distance_is_the_least_that_helps_and_what_if_agrees_with_it(register):
    board = read_board(register, figures.Scope(year=2026))
    distances = [d for s in (*board.standings, board.county) for d in s.distances]
    assert distances
    for standing in (*board.standings, board.county):
        for d in standing.distances:
            ratio = standing.row.ratios[d.ratio]
            if ratio.value is not None and not d.line.is_breached(ratio.value):
                assert d.units == 0
    ticked = board.what_if.outcomes({key: RECTIFIED for key in board.behind("illegal", None)["parcel_id"]})
    assert ticked[None].then["r4"].numerator == 0 and ticked[None].now == {k: board.county.row.ratios[k] for k in ticked[None].now}


def test_open_and_overdue_cases_stand_in_their_township(register):
    case = pursuing.open_case(register, "B1", ["T001"], on="2026-05-20", particulars={"source": "1"})
    pursuing.do_act(register, case, "site_check", on="2026-05-21", particulars={"officers": ["a", "b"], "findings": "x"})
    board = read_board(register, figures.Scope())
    assert [(s.open_cases, s.overdue_cases) for s in board.standings][0][0] == 1 and board.county.open_cases == 1
    assert list(board.behind("open_cases", None)["DKBH"]) == ["T001"]
    assert board.county.overdue_cases == len({*board.behind("overdue_cases", None)["DKBH"]})


def test_months_add_up_to_the_year(register):
    issuing.issue_batch(register, info("B2"), intake([patch("S001", square(4), row=1, XZDM=TOWNS[0].code, XZMC="甲镇")], digest="d9"))
    board = read_board(register, figures.Scope(year=2026))
    assert [m.label for m in board.months] == ["2026-05"]
    assert board.months[-1].so_far["r1"] == board.county.row.ratios["r1"]
    assert isinstance(board.months[0].alone["r1"], Ratio) and isinstance(board.county.row.ratios["r1"].value, Fraction)
