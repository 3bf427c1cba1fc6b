"""Tables of verdicts, read as offices write them."""
from __future__ import annotations

from datetime import datetime

import openpyxl
import pytest

from land_inspector.errors import InputError
from land_inspector.exchange.verdict_tables import read_verdicts


def csv_file(folder, text, encoding="utf-8-sig", name="判定.csv"):
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return str(path)


def workbook(folder, rows, sheet="Sheet1", before=()):
    book = openpyxl.Workbook()
    for name in before:
        book.create_sheet(name)
    page = book.create_sheet(sheet)
    del book["Sheet"]
    for row in rows:
        page.append(row)
    book.save(folder / "判定.xlsx")
    return str(folder / "判定.xlsx")


def said(source, regime="N"):
    return {entry.label: dict(entry.verdict) for entry in read_verdicts(source, regime).entries}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
def test_a_csv_is_read_in_whatever_encoding_excel_left_it(tmp_path, encoding):
    table = csv_file(tmp_path, "监测编号,判定一级,判定二级,用地单位\nT001,违法用地,未供即用,某某砖厂\n", encoding)
    assert said(table) == {"T001": {"PDJL1": "2", "PDJL2": "203", "YDDW": "某某砖厂"}}


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_any_usual_separator_is_recognised(tmp_path, mark):
    lines = [["JCBH", "PDJL1", "PDJL2"], ["T001", "1", "101"], ["T002", "3", "301"]]
    assert set(said(csv_file(tmp_path, "\n".join(mark.join(line) for line in lines)))) == {"T001", "T002"}


def test_rows_are_numbered_as_the_spreadsheet_shows_them(tmp_path):
    source = workbook(tmp_path, [["某县图斑判定表"], ["图斑编号", "核实认定意见"], ["T001", "合法"], [None, None], ["T003", "其他"]], "清单", ["说明"])
    assert [(entry.label, entry.row) for entry in read_verdicts(source, "N").entries] == [("T001", 3), ("T003", 5)]


def test_numbers_that_excel_made_of_codes_become_codes_again(tmp_path):
    source = workbook(tmp_path, [["JCBH", "PDJL1", "PDJL2", "WFLX", "XZXC"], [331082001, 2.0, 201, 1, 1]])
    assert said(source) == {"331082001": {"PDJL1": "2", "PDJL2": "201", "WFLX": "01", "XZXC": "1"}}


def test_areas_in_mu_become_square_metres_by_heading_or_by_cell(tmp_path):
    source = workbook(tmp_path, [["DKBH", "PDJL1", "违法面积（亩）", "违法耕地面积", "WFJBNT"], ["T001-01", "2", 3, "1.5亩", 200.5]])
    verdict = said(source)["T001-01"]
    assert verdict["WFMJ"] == pytest.approx(2000) and verdict["WFGD"] == pytest.approx(1000) and verdict["WFJBNT"] == 200.5


@pytest.mark.parametrize("written", [datetime(2026, 4, 5), "2026-04-05", "2026/4/5", "2026年4月5日", "20260405"])
def test_a_day_is_understood_however_it_is_written(tmp_path, written):
    assert said(workbook(tmp_path, [["JCBH", "PDJL1", "建设时间"], ["T001", "2", written]]))["T001"]["JSSJ"] == "2026-04-05"


@pytest.mark.parametrize(("regime", "label", "code"), [
    ("O", "实地伪变化", "3"), ("O", "违法违规", "2"), ("N", "其他用地", "3"), ("N", "合法", "1"), ("N", "illegal land use", "2")])
def test_labels_mean_what_the_batchs_regime_means_by_them(tmp_path, regime, label, code):
    assert said(csv_file(tmp_path, f"JCBH,PDJL1\nT001,{label}\n"), regime)["T001"]["PDJL1"] == code


def test_a_second_level_alone_tells_the_first(tmp_path):
    assert said(csv_file(tmp_path, "JCBH,PDJL1,PDJL2\nT001,,303\n"))["T001"] == {"PDJL1": "3", "PDJL2": "303"}


def test_what_cannot_be_read_is_handed_on_so_that_its_row_is_refused(tmp_path):
    verdict = said(csv_file(tmp_path, "JCBH,PDJL1,WFMJ,JSSJ\nT001,也许,许多,去年\n"))["T001"]
    assert verdict == {"PDJL1": "也许", "WFMJ": "许多", "JSSJ": "去年"}


def test_an_ambiguous_beginning_of_a_label_is_not_guessed(tmp_path):
    assert said(csv_file(tmp_path, "JCBH,PDJL1,PDJL2\nT001,2,临时用地\n"))["T001"]["PDJL2"] == "临时用地"


def test_a_parcels_own_number_is_preferred_to_the_patchs(tmp_path):
    assert set(said(csv_file(tmp_path, "JCBH,DKBH,PDJL1\nT001,T001-02,1\n"))) == {"T001-02"}


@pytest.mark.parametrize(("text", "reason"), [("编号,PDJL1\nT001,1\n", "names parcels"), ("JCBH,意见\nT001,1\n", "no column with the verdict")])
def test_a_table_without_its_two_columns_is_refused(tmp_path, text, reason):
    with pytest.raises(InputError, match=reason):
        read_verdicts(csv_file(tmp_path, text), "N")


def test_a_file_that_is_no_workbook_is_refused(tmp_path):
    (tmp_path / "x.xlsx").write_bytes(b"not a workbook")
    with pytest.raises(InputError, match="cannot be read as an Excel workbook"):
        read_verdicts(str(tmp_path / "x.xlsx"), "N")


def test_a_text_under_the_name_of_an_old_workbook_is_read_as_what_it_is(tmp_path):
    (tmp_path / "x.xls").write_bytes("JCBH\tPDJL1\nT001\t2\n".encode("gbk"))
    assert said(str(tmp_path / "x.xls")) == {"T001": {"PDJL1": "2"}}
    (tmp_path / "y.xls").write_bytes(b"an old workbook")
    with pytest.raises(InputError, match="it has an old workbook"):
        read_verdicts(str(tmp_path / "y.xls"), "N")
