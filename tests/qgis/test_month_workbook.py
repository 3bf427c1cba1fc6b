"""The month's workbook: totals as the register's, heads merged, text as text, printable; and edited, it comes back row by row."""
from __future__ import annotations

import json
import re
import subprocess
import shutil
from zipfile import ZipFile

import openpyxl
import pytest
from openpyxl.utils import get_column_letter
from qgis.core import QgsProcessingException

from land_inspector.exchange.formats.xlsx import SheetColumn, SheetTable, add_table
from land_inspector.exchange.month_workbook import MARK
from land_inspector.register.matters import kind_named, open_matter
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


def as_wps(path, out, shared):
    """The same workbook as another program writes it: texts in the cells, or in a table of their own with parts of each."""
    with ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    texts = []

    def moved(hit):
        texts.append(re.sub(r"<t[^>]*>(.*)</t>", r'<r><t xml:space="preserve">\1</t></r>', hit.group(2), flags=re.DOTALL))
        return f't="s"{hit.group(1)}><v>{len(texts) - 1}</v></c>'

    with ZipFile(out, "w") as new:
        for name, data in parts.items():
            if shared and name.startswith("xl/worksheets/sheet"):
                data = re.sub(r't="inlineStr"([^>]*)><is>(.*?)</is></c>', moved, data.decode("utf-8"), flags=re.DOTALL).encode("utf-8")
            elif shared and name == "xl/_rels/workbook.xml.rels":
                data = data.replace(b"</Relationships>", b'<Relationship Id="rIdT" Target="sharedStrings.xml" Type="http://schemas.'
                                    b'openxmlformats.org/officeDocument/2006/relationships/sharedStrings"/></Relationships>')
            new.writestr(name, data)
        if shared:
            assert texts
            items = "".join(f"<si>{text}</si>" for text in texts)
            new.writestr("xl/sharedStrings.xml", '<?xml version="1.0" encoding="UTF-8"?><sst xmlns="http://schemas.openxmlformats.org/'
                         f'spreadsheetml/2006/main">{items}</sst>')
    return out


@pytest.mark.parametrize("shared", [True, False])
def test_saved_by_another_program_with_rows_moved_the_edits_come_back_to_their_parcels(register, tmp_path, shared):
    path = written(register, tmp_path)
    edited(path, {"T003": {"Project": "新厂房", "Illegal cultivated": "0.30"}})
    book = openpyxl.load_workbook(path)
    sheet, rows = listing(book)
    rows = [[cell.value for cell in cells.values()] for cells in rows.values()]
    for at, values in enumerate(reversed(rows), 4):
        for place, value in enumerate(values, 1):
            sheet.cell(at, place).value = value
            sheet.cell(at, place).data_type = "s" if isinstance(value, str) else sheet.cell(at, place).data_type
    book.save(path)
    found = run("take_back_workbook", REGISTER=register, TABLE=as_wps(path, tmp_path / "wps.xlsx", shared), APPLY=True)
    assert (found["ROWS"], found["TAKEN"], found["REFUSED"]) == (3, 2, 0)
    assert verdict_of(register, "T003")["XMMC"] == "新厂房" and verdict_of(register, "T003")["WFGD"] == 200.0


def test_rows_sorted_without_their_hidden_column_rows_without_a_mark_and_rows_added_are_refused(register, tmp_path):
    path = written(register, tmp_path)
    book = openpyxl.load_workbook(path)
    sheet, rows = listing(book)
    mark = next(name for name in rows["T003"] if name.startswith("Kept"))
    project = next(name for name in rows["T003"] if name.startswith("Project"))
    rows["T002"][mark].value, rows["T003"][mark].value = rows["T003"][mark].value, rows["T002"][mark].value
    rows["T003"][project].value = "写错了行"
    rows["T005"][mark].value = None
    book.save(path)
    found = run("take_back_workbook", REGISTER=register, TABLE=path, APPLY=True)
    assert (found["ROWS"], found["TAKEN"], found["REFUSED"]) == (3, 0, 3)
    assert verdict_of(register, "T002")["XMMC"] == "=1+1" and verdict_of(register, "T003")["XMMC"] == "厂房"


def test_a_wide_table_is_broken_between_its_themes_with_the_first_columns_on_every_page():
    book = openpyxl.Workbook()
    columns = [SheetColumn("乡镇"), *(SheetColumn(name, "mu", f"主题{group}") for group in range(8) for name in ("个数", "面积", "其中耕地面积"))]
    rows = [["甲镇", *[123456.78] * 24]]
    sheet = add_table(book, SheetTable("宽", "一张宽表", "单位：亩", columns, rows, None, 1))
    breaks = [one.id for one in sheet.col_breaks.brk]
    assert breaks and all((at - 1) % 3 == 0 for at in breaks) and sheet.print_title_cols == "$A:$A"
    assert sheet.page_setup.scale >= 70 and not sheet.sheet_properties.pageSetUpPr.fitToPage
    widths = [sheet.column_dimensions[get_column_letter(at)].width for at in range(1, 26)]
    pages = [sum(widths[start:end]) for start, end in zip([1, *breaks], [*breaks, 25])]
    assert max(pages) + widths[0] <= 122 / 0.72 and max(pages) - min(pages) <= 3 * max(widths)
    assert all(sheet.cell(1, at + 1).value == "一张宽表" for at in [1, *breaks])


def test_ledgers_that_are_kept_stand_in_the_workbook(register, tmp_path):
    with Register.open(register) as opened:
        kind = kind_named(opened, "petitions")
        values = {name: {"count": 3, "flag": True}.get(field.kind, "1") for name, field in kind.fields.items()
                  if field.required and field.kind != "township"}
        open_matter(opened, kind, {**values, "TZBH": "信001", "XZDM": opened.townships()["XZDM"].iloc[0]}, on="2026-05-20")
    book = openpyxl.load_workbook(written(register, tmp_path))
    sheet = next(sheet for sheet in book if sheet.title == "Petitions")
    assert sheet["A1"].value == "Petitions" and sheet.page_setup.orientation == "landscape"
    assert any(isinstance(cell.value, int) and cell.value == 1 for cell in sheet[sheet.max_row])
