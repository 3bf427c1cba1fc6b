"""Headings of ledgers: codes, Chinese names, units, two lines, and words that mean land or buildings by what stands beside them."""
from __future__ import annotations

import pytest

from land_inspector.errors import InputError
from land_inspector.exchange.ledger_columns import FIELDS, LEDGER, PAIRS, heading_rows


def units(*headings, mapping=None):
    return {name: (column.at, column.unit) for name, column in LEDGER.recognised(headings, mapping, "台账.xlsx").items()}


def test_the_case_details_of_an_office_are_recognised():
    assert units("案件编号", "发现时间", "占地总面积", "立案时间", "下达决定时间", "没收面积（m²）", "处分责任人", "是否结案") == {
        "AJBH": (0, None), "FXRQ": (1, None), "LARQ": (3, None), "JDRQ": (4, None), "MSJZ": (5, "m2"), "SFJA": (7, None)}


def test_one_column_may_hold_two_figures():
    found = LEDGER.recognised(["图斑编号", "下达/收缴罚款(万元)"])
    assert [(found[name].at, found[name].part, found[name].unit) for name in ("FKXD", "FKSJ")] == [(1, 0, "wyuan"), (1, 1, "wyuan")]


def test_brackets_of_either_width_and_line_breaks_change_nothing():
    assert units("图斑\n编号", "罚款下达（万元）", "罚款收缴 (万元)", "补办面积【亩】") == {
        "JCBH": (0, None), "FKXD": (1, "wyuan"), "FKSJ": (2, "wyuan"), "BBMJ": (3, "mu")}


@pytest.mark.parametrize("headings, meant", [
    (("图斑编号", "拆除面积（m²）"), {"CCJZ": "m2"}),
    (("图斑编号", "拆除面积"), {"CCJZ": None}),
    (("图斑编号", "拆除面积（m?）"), {"CCJZ": "m2"}),
    (("图斑编号", "拆除面积（亩）"), {"CCMJ": "mu"}),
    (("图斑编号", "拆除面积", "拆除耕地面积（亩）"), {"CCMJ": "mu", "CCGD": "mu"}),
    (("图斑编号", "拆除面积（亩）", "拆除耕地面积", "剩余未整改面积"), {"CCMJ": "mu", "CCGD": "mu", "SYMJ": "mu"}),
    (("图斑编号", "拆除建筑面积（万m²）"), {"CCJZ": "wm2"})])
def test_what_was_demolished_is_land_or_building_by_unit_and_neighbours(headings, meant):
    found = LEDGER.recognised(headings)
    assert {name: found[name].unit for name in found if name != "JCBH"} == meant


def test_headings_in_two_lines_are_read_together():
    rows = [["某县违法用地台账", None, None, None, None], ["图斑编号", "罚款（万元）", None, "拆除", ""], [None, "下达", "收缴", "面积（亩）", "其中：耕地"],
            ["T1", 1, 1, 2, 1]]
    headings, used = heading_rows(rows, LEDGER)
    assert used == 3
    assert set(LEDGER.recognised(headings)) == {"JCBH", "FKXD", "FKSJ", "CCMJ", "CCGD"}


def test_one_line_of_headings_is_not_glued_to_the_first_row():
    headings, used = heading_rows([["图斑编号", "立案时间"], ["T1", "2026-05-22"]], LEDGER)
    assert (headings, used) == (["图斑编号", "立案时间"], 1)


def test_mapping_wins_and_may_name_any_heading():
    assert units("编号", "立案时间", "决定", mapping={"AJBH": "编号", "jdrq": "决定"}) == {"AJBH": (0, None), "JDRQ": (2, None), "LARQ": (1, None)}


@pytest.mark.parametrize("mapping, said", [({"AJBH": "号码"}, "no such field"), ({"XYZ": "编号"}, "no standard field")])
def test_a_mapping_that_names_what_is_not_there_is_refused(mapping, said):
    with pytest.raises(InputError, match=said):
        units("编号", mapping=mapping)


def test_no_heading_means_two_fields():
    aliases = [alias for field in FIELDS for alias in field.aliases] + list(PAIRS)
    assert len(aliases) == len(set(aliases))
