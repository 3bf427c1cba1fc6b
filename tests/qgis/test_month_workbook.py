"""The month's workbook: totals as the register's, heads merged, text as text, printable; and edited, it comes back row by row."""
from __future__ import annotations

import json
import subprocess
import shutil

import openpyxl
import pytest
from openpyxl.utils import get_column_letter
from qgis.core import QgsProcessingException

from land_inspector.exchange.month_workbook import MARK
from land_inspector.register.register import Register
from tests.algorithms import a_batch, run

VERDICTS = ("JCBH,PDJL1,PDJL2,YDDW,XMMC,WFMJ,WFGD,WFJBNT\nT001,1,101,某厂,,,,\nT002,2,201,张三,=1+1,1000,250,0\n"
            "T003,2,201,李四,厂房,800,100,0\nT004,3,301,,,,,\nT005,2,201,某公司,棚,900,300,0\n")


@pytest.fixture
def register(tmp_path):
    path = a_batch(tmp_path)
    (tmp_path / "v.csv").write_text(VERDICTS, encoding="utf-8")
    run("give_verdicts", REGISTER=path, BATCH="B1", TABLE=tmp_path / "v.csv")
    return path


def written(register, folder, name="month.xlsx", **more):
    run("export_workbook", REGISTER=register, OUTPUT=folder / name, **more)
    return folder / name


def listing(book):
    """The list's sheet, and its rows by parcel: cells by heading."""
    sheet = next(sheet for sheet in book if any(str(cell.value or "").startswith(MARK) for row in sheet.iter_rows() for cell in row))
    heads = [str(cell.value or "").replace("\n", " ") for cell in sheet[3]]
    return sheet, {row[heads.index("Parcel")].value: dict(zip(heads, row)) for row in sheet.iter_rows(min_row=4) if row[3].value}


def edited(path, changes):
    book = openpyxl.load_workbook(path)
    _sheet, rows = listing(book)
    for parcel, cells in changes.items():
        for heading, value in cells.items():
            rows[parcel][next(name for name in rows[parcel] if name.startswith(heading))].value = value
    book.save(path)


def verdict_of(register, label):
    with Register.open(register) as opened:
        frame = opened.parcels("B1")
        return frame[frame["DKBH"] == label].iloc[0]


def test_sheets_print_on_a4_and_no_cell_is_narrower_than_its_number(register, tmp_path):
    book = openpyxl.load_workbook(written(register, tmp_path))
    assert len(book.worksheets) >= 8
    for sheet in book:
        assert sheet.page_setup.orientation == "landscape" and str(sheet.page_setup.paperSize) == "9" and sheet.print_title_rows
        for row in sheet.iter_rows(min_row=4):
            for cell in row:
                if isinstance(cell.value, (int, float)):
                    shown = f"{cell.value:,.2f}" if "0.00" in cell.number_format else str(cell.value)
                    assert sheet.column_dimensions[get_column_letter(cell.column)].width >= len(shown) + 1
                assert cell.data_type != "f"
        assert sum(one.width for letter, one in sheet.column_dimensions.items() if not one.hidden) < 235


def test_totals_are_the_registers(register, tmp_path):
    book = openpyxl.load_workbook(written(register, tmp_path))
    clues = next(sheet for sheet in book if sheet.title == "Illegal clues")
    total = [cell.value for cell in clues[clues.max_row]]
    assert total[1] == 3 and total[2] == pytest.approx(2700 * 0.0015) and total[3] == pytest.approx(650 * 0.0015)
    assert total[-4:] == [0, 0, 0, 0]
    assert clues.merged_cells.ranges
    _sheet, rows = listing(book)
    assert rows["T002"]["Project"].value == "=1+1" and rows["T002"]["Project"].data_type in ("s", "inlineStr")
    assert set(rows) == {"T002", "T003", "T005"} and "Land user" not in rows["T002"]


def test_an_untouched_workbook_changes_nothing(register, tmp_path):
    found = run("take_back_workbook", REGISTER=register, TABLE=written(register, tmp_path, INCLUDE_USERS=True), APPLY=True)
    assert (found["ROWS"], found["TAKEN"], found["KNOWN"], found["CONFLICTS"], found["REFUSED"]) == (3, 0, 0, 0, 0)


def test_edits_are_reviewed_then_recorded_and_twice_is_harmless(register, tmp_path):
    path = written(register, tmp_path)
    edited(path, {"T003": {"Project": "新厂房", "Illegal cultivated": 0.3}, "T005": {"Grounds": "现场核实"}})
    before = verdict_of(register, "T003")
    looked = run("take_back_workbook", REGISTER=register, TABLE=path, REPORT=tmp_path / "r.html")
    assert looked["TAKEN"] == 3 and looked["GROUP"] == "" and verdict_of(register, "T003")["XMMC"] == before["XMMC"]
    assert "新厂房" in (tmp_path / "r.html").read_text(encoding="utf-8")
    taken = run("take_back_workbook", REGISTER=register, TABLE=path, APPLY=True, BY="甲")
    assert taken["TAKEN"] == 3 and taken["GROUP"]
    now = verdict_of(register, "T003")
    assert now["XMMC"] == "新厂房" and now["WFGD"] == 200.0 and now["WFMJ"] == 800.0 and now["YDDW"] == "李四"
    again = run("take_back_workbook", REGISTER=register, TABLE=path, APPLY=True)
    assert (again["TAKEN"], again["KNOWN"], again["GROUP"]) == (0, 3, "")


def test_what_somebody_else_changed_meanwhile_is_a_conflict_and_stays_out(register, tmp_path):
    path = written(register, tmp_path)
    (tmp_path / "w.csv").write_text("JCBH,PDJL1,PDJL2,XMMC,WFMJ,WFGD,WFJBNT\nT003,2,201,别人的,800,100,0\n", encoding="utf-8")
    run("give_verdicts", REGISTER=register, BATCH="B1", TABLE=tmp_path / "w.csv")
    edited(path, {"T003": {"Project": "我的"}})
    found = run("take_back_workbook", REGISTER=register, TABLE=path, APPLY=True)
    assert (found["CONFLICTS"], found["TAKEN"]) == (1, 0) and verdict_of(register, "T003")["XMMC"] == "别人的"


def test_wrong_numbers_and_changed_marks_are_refused_by_row(register, tmp_path):
    path = written(register, tmp_path)
    edited(path, {"T003": {"Illegal cultivated": "viel"}, "T005": {"Kept": json.dumps(
        {"li": "", "id": "x", "was": {}}, separators=(",", ":"))}})
    with pytest.raises(QgsProcessingException, match="another register"):
        run("take_back_workbook", REGISTER=register, TABLE=path)
    path = written(register, tmp_path, "again.xlsx")
    edited(path, {"T003": {"Illegal cultivated": "viel"}, "T005": {"Illegal area": 99}})
    found = run("take_back_workbook", REGISTER=register, TABLE=path, APPLY=True)
    assert found["REFUSED"] == 2 and found["TAKEN"] == 0 and verdict_of(register, "T005")["WFMJ"] == 900.0


def test_a_workbook_that_is_not_ours_says_so(register, tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["a"])
    book.save(tmp_path / "x.xlsx")
    with pytest.raises(QgsProcessingException, match="no row that this plugin gave out"):
        run("take_back_workbook", REGISTER=register, TABLE=tmp_path / "x.xlsx")


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not here")
def test_libreoffice_in_between_loses_nothing(register, tmp_path):
    path = written(register, tmp_path)
    edited(path, {"T003": {"Project": "新厂房"}})
    out = tmp_path / "lo"
    subprocess.run(["soffice", "--headless", "--convert-to", "xlsx", "--outdir", str(out), str(path)], check=True, timeout=120)
    found = run("take_back_workbook", REGISTER=register, TABLE=out / path.name)
    assert (found["ROWS"], found["TAKEN"], found["REFUSED"]) == (3, 1, 0)
