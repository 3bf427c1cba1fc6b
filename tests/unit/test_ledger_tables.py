"""Ledgers as files: workbooks and text in both encodings, days and sums as people write them, lines that are no rows."""
from __future__ import annotations

import csv
from datetime import date, datetime

import openpyxl
import pytest

from land_inspector.errors import InputError
from land_inspector.exchange.ledger_tables import read_ledger
from land_inspector.law.areas import Amount
from land_inspector.law.remedies import Acceptance
from land_inspector.register.records import ToldRemedy


def workbook(path, *rows, **sheets):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for name, lines in sheets.items():
        sheet = book.create_sheet(name)
        for line in lines:
            sheet.append(line)
    book.save(path)
    return str(path)


def text_table(path, rows, encoding="utf-8"):
    with open(path, "w", encoding=encoding, newline="") as handle:
        csv.writer(handle).writerows(rows)
    return str(path)


def row_of(folder, headings, *values):
    (row,) = read_ledger(workbook(folder / "台账.xlsx", headings, values)).rows
    return row


def test_a_case_row_tells_its_acts_and_sums(tmp_path):
    row = row_of(tmp_path, ["案件编号", "图斑编号", "发现时间", "立案时间", "下达决定时间", "违反条款", "罚款下达（万元）", "收缴罚款（元）", "是否结案", "结案时间"],
                 "临土案〔2026〕1号", "T001、T002", "2026.5.12", 46164, "2026年7月1日", "第七十七条", 1.65, "16,500", "是", datetime(2026, 9, 1))
    assert row.case_number == "临土案〔2026〕1号" and row.labels == ("T001", "T002") and row.article == "77"
    assert {told.act: told.on for told in row.acts} == {
        "clue": date(2026, 5, 12), "file": date(2026, 5, 22), "decide": date(2026, 7, 1), "close": date(2026, 9, 1)}
    assert row.remedies == (ToldRemedy("fine", Amount(fen=1_650_000), Amount(fen=1_650_000), date(2026, 7, 1)),)


def test_a_closed_case_was_carried_out_as_ordered_where_no_column_tells_it(tmp_path):
    headings = ["案件编号", "图斑编号", "罚款金额（元）", "是否结案"]
    assert row_of(tmp_path, headings, "案1", "T001", 16000, "是").remedies[0].done == Amount(fen=1_600_000)
    assert row_of(tmp_path, headings, "案1", "T001", 16000, "否").remedies[0].done is None
    told = headings[:3] + ["收缴罚款（元）", "是否结案"]
    assert row_of(tmp_path, told, "案1", "T001", 16000, 5000, "是").remedies[0].done == Amount(fen=500_000)
    assert "taken as all" in str(read_ledger(workbook(tmp_path / "t.xlsx", headings)).remarks()[0])


def test_a_rectification_row_tells_land_manner_and_acceptance(tmp_path):
    row = row_of(tmp_path, ["线索编号", "整改情况", "拆除面积（亩）", "拆除耕地面积（亩）", "补办面积（亩）", "拆分状态", "验收日期", "剩余未整改面积"],
                 "T001_2", "部分拆除复耕，部分补办设施农用地手续", 1.5, 0.6, 0.3, "市级待审核", "2026-08-01", 0)
    acceptance = Acceptance("1", "2", date(2026, 8, 1))
    assert [(told.kind, told.done.land_m2, told.done.cultivated_m2, told.acceptance) for told in row.remedies] == [
        ("reclamation", 1000.0, 400.0, acceptance), ("facility", 200.0, 0.0, acceptance)]
    assert row.remaining_m2 == 0.0 and not row.tells_of_a_case


@pytest.mark.parametrize("text, status, level", [
    ("审核结束", "2", "3"), ("省级待审核", "1", "3"), ("市级已验收", "2", "2"), ("县级验收合格", "2", "1"), ("省级退回", "9", "3"), ("验收不合格", "9", "1")])
def test_states_of_acceptance_are_read_in_the_offices_words(tmp_path, text, status, level):
    row = row_of(tmp_path, ["图斑编号", "拆除面积（亩）", "验收情况"], "T001", 1, text)
    assert (row.remedies[0].acceptance.status, row.remedies[0].acceptance.level) == (status, level)


def test_what_is_not_yet_accepted_has_no_acceptance(tmp_path):
    assert row_of(tmp_path, ["图斑编号", "拆除面积（亩）", "是否验收"], "T001", 1, "否").remedies[0].acceptance is None


def test_the_columns_of_the_data_dictionary_are_read_by_code(tmp_path):
    row = row_of(tmp_path, ["DKBH", "ZGFS", "ZGMJ", "ZGGD", "ZGRQ", "YSJB", "SHZT", "SHRQ"],
                 "T001-01", "2", 500, 200, "20260701", "2", "2", "20260801")
    (told,) = row.remedies
    assert (told.kind, told.is_step, told.done_on) == ("reclamation", True, date(2026, 7, 1))
    assert told.done == Amount(land_m2=500.0, cultivated_m2=200.0)
    assert told.acceptance == Acceptance("2", "2", date(2026, 8, 1))


@pytest.mark.parametrize("code, ordered, expected", [
    ("1", 20400, Amount(fen=2_040_000)), ("拆除", 300, Amount(building_m2=300.0)), ("5", 1020, Amount(land_m2=1020.0)),
    ("没收所得", 5, Amount(fen=500))])
def test_penalties_are_counted_in_the_unit_of_their_kind(tmp_path, code, ordered, expected):
    assert row_of(tmp_path, ["AJBH", "CFZL", "XDZ"], "案1", code, ordered).remedies[0].ordered == expected


@pytest.mark.parametrize("heading, value, said", [
    ("立案时间", "五月", "is not a day"), ("立案时间", "2026-13-01", "is not a day"), ("立案时间", "2026年5月", "is not a day"),
    ("罚款下达（万元）", "约三万", "not a sum of money"), ("拆除面积（亩）", "-1", "0 or more"), ("拆除面积（亩）", "若干", "not a number"),
    ("是否结案", "待定", "neither yes nor no"), ("处分建议（人）", "1.5", "number of persons"), ("验收情况", "另行通知", "is not known")])
def test_a_cell_that_cannot_be_read_is_named(tmp_path, heading, value, said):
    row = row_of(tmp_path, ["图斑编号", heading, "补办面积（亩）"], "T001", value, 1)
    assert len(row.unreadable) == 1 and said in str(row.unreadable[0])


def test_demolition_and_late_approval_in_one_area_cannot_be_told_apart(tmp_path):
    row = row_of(tmp_path, ["图斑编号", "整改方式", "整改面积（亩）"], "T001", "拆除+补办", 2)
    assert "does not tell one kind of work" in str(row.unreadable[0])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
def test_a_text_table_is_read_in_either_encoding(tmp_path, encoding):
    table = text_table(tmp_path / "台账.csv", [["图斑编号", "立案时间"], ["T001", "2026-05-22"]], encoding)
    assert [row.labels for row in read_ledger(table).rows] == [("T001",)]


def test_titles_totals_and_blank_lines_are_no_rows(tmp_path):
    table = workbook(tmp_path / "t.xlsx", ["某县2026年台账"], ["序号", "图斑编号", "罚款（元）"], [1, "T001", 5], [None, None, None], [2, "T002", 6],
                     ["合计", None, 11], ["填表人：", None, None])
    assert [(row.row, row.labels) for row in read_ledger(table).rows] == [(3, ("T001",)), (5, ("T002",))]


def test_the_sheet_with_the_ledger_is_found_and_another_can_be_asked_for(tmp_path):
    path = workbook(tmp_path / "t.xlsx", ["说明"], 案件=[["案件编号", "图斑编号", "立案时间"], ["案1", "T001", "2026-05-22"]], 整改=[["图斑编号"], ["T002"]])
    assert read_ledger(path).rows[0].labels == ("T001",)
    assert read_ledger(f"{path}|layername=整改").rows[0].labels == ("T002",)
    with pytest.raises(InputError, match="has no sheet"):
        read_ledger(f"{path}|layername=别的")


def test_headings_without_a_unit_and_columns_left_out_are_told(tmp_path):
    ledger = read_ledger(workbook(tmp_path / "t.xlsx", ["图斑编号", "罚款", "违法当事人", "拆除面积"], ["T001", 5, "某", 1]))
    assert [str(remark) for remark in ledger.remarks()] == [
        "拆除面积 was read as an area of buildings in m².", "罚款 names no unit and was read as yuan.", "Nothing was taken from: 违法当事人."]


@pytest.mark.parametrize("name, content, said", [
    ("t.xlsx", b"no workbook", "cannot be read as an Excel workbook"), ("t.doc", b"x", "a file of Word, which is not read here"),
    ("t.csv", "甲,乙\n1,2\n".encode(), "names parcels or cases"), ("t.csv", b"", "names parcels or cases")])
def test_a_file_that_is_no_ledger_is_refused(tmp_path, name, content, said):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=said):
        read_ledger(str(tmp_path / name))
