"""The workbook of the townships: what stands in which cell, and that it is a number."""
from __future__ import annotations

import openpyxl
import pytest

from land_inspector.errors import InputError
from land_inspector.exchange.township_figures import count, read_register
from land_inspector.exchange.workbook import first_row, save, township_workbook
from land_inspector.law.townships import RATIO_COLUMNS, VERDICT_COLUMNS
from land_inspector.register.figures import Scope
from land_inspector.register.issuing import issue_batch
from land_inspector.register.judging import Entry, give_verdicts
from tests.factories import info, intake, new_register, patch, square, township

TOWNS = [township("331082100", "古城街道", (-10, 3)), township("331082101", "大田街道", (3, 6)), township("331082102", "沿江镇", (6, 1000))]


@pytest.fixture
def register(tmp_path):
    """Two patches in each of two townships, the third empty: legal and illegal in the first, illegal and other in the second."""
    made = new_register(tmp_path, TOWNS)
    places = {"T001": TOWNS[0], "T002": TOWNS[0], "T003": TOWNS[1], "T004": TOWNS[1]}
    rows = [patch(number, square(at), at, XZDM=town.code, XZMC=town.name, GDMJ0=400.0)
            for at, (number, town) in enumerate(places.items(), 1)]
    issue_batch(made, info(), intake(rows))
    illegal = {"PDJL1": "2", "PDJL2": "201", "WFMJ": 1000.0, "WFGD": 250.0, "WFJBNT": 0.0, "YDDW": "张三"}
    give_verdicts(made, "B1", [Entry("T001", {"PDJL1": "1", "PDJL2": "101"}), Entry("T002", illegal), Entry("T003", illegal),
                               Entry("T004", {"PDJL1": "3", "PDJL2": "301"})], by="甲")
    yield made
    made.close()


def written(register, folder, language="zh", with_users=False, list_each=False):
    figures = count(read_register(register, Scope()), language)
    save(township_workbook(figures, with_users, list_each), folder / "w.xlsx")
    return openpyxl.load_workbook(folder / "w.xlsx")


def table(sheet):
    """Rows of the township sheet by township name, columns by heading without line breaks."""
    heads = [cell.value.replace("\n", "") for cell in sheet[first_row() - 1]]
    return {row[1].value: dict(zip(heads, row)) for row in sheet.iter_rows(min_row=first_row())}


def test_the_columns_stand_in_the_order_of_the_domain_guide(register, tmp_path):
    sheet = written(register, tmp_path).worksheets[0]
    heads = [cell.value.replace("\n", "") for cell in sheet[first_row() - 1]]
    wanted = [column.label.zh for column in VERDICT_COLUMNS + RATIO_COLUMNS]
    assert heads[:len(wanted)] == wanted


def test_every_township_has_a_line_and_the_total_adds_them_up(register, tmp_path):
    rows = table(written(register, tmp_path).worksheets[0])
    assert list(rows) == ["古城街道", "大田街道", "沿江镇", "Total"]
    assert [row["下发图斑数"].value for row in rows.values()] == [2, 2, 0, 4]
    assert rows["Total"]["违法面积（亩）"].value == pytest.approx(3.0) == 2 * rows["大田街道"]["违法面积（亩）"].value
    assert rows["Total"]["下发面积（亩）"].value == pytest.approx(4 * 1600 * 0.0015)


def test_areas_are_numbers_in_mu_shown_with_two_decimals_and_codes_are_text(register, tmp_path):
    row = table(written(register, tmp_path).worksheets[0])["古城街道"]
    area = row["合法面积（亩）"]
    assert isinstance(area.value, float) and area.value == pytest.approx(2.4) and area.number_format == "#,##0.00"
    assert row["乡镇代码"].value == "331082100" and row["乡镇代码"].number_format == "@"


def test_a_ratio_stands_with_its_numerator_and_denominator(register, tmp_path):
    row = table(written(register, tmp_path).worksheets[0])["古城街道"]
    numerator, denominator = (row[f"违法用地占比{side}（r1，亩）"].value for side in ("分子", "分母"))
    assert row["违法用地占比（r1，%）"].value == pytest.approx(100 * numerator / denominator) == pytest.approx(100 * 1000 / 3200)


def test_nothing_to_divide_by_is_a_dash_and_no_zero(register, tmp_path):
    rows = table(written(register, tmp_path).worksheets[0])
    assert rows["沿江镇"]["违法用地占比（r1，%）"].value == "—" and rows["沿江镇"]["排名"].value == "—"


def test_a_ratio_near_a_line_shows_as_many_decimals_as_it_takes(register, tmp_path):
    """r2 of 71.99 / 480 is below 15 %, yet 15.00 with two decimals (domain.md §11, example 3)."""
    reading = read_register(register, Scope())
    illegal, legal = (reading.parcels["DKBH"] == name for name in ("T002", "T001"))
    reading.parcels.loc[illegal, "WFGD"] = reading.parcels.loc[illegal, "GDMJ"] = 71.99
    reading.parcels.loc[legal, "GDMJ"] = 480 - 71.99
    save(township_workbook(count(reading, "zh"), False), tmp_path / "near.xlsx")
    cell = table(openpyxl.load_workbook(tmp_path / "near.xlsx").worksheets[0])["古城街道"]["违法占耕占比（r2，%）"]
    assert cell.value < 15 and cell.number_format == "0.000"


def test_the_list_names_each_parcel_and_no_person_unless_asked(register, tmp_path):
    sheet = written(register, tmp_path).worksheets[1]
    values = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=first_row())]
    assert [row[3] for row in values[:-1]] == ["T001", "T002", "T003", "T004"]
    assert not any("张三" in str(cell) for row in values for cell in row)
    asked = written(register, tmp_path, with_users=True).worksheets[1]
    assert any(cell.value == "张三" for row in asked.iter_rows() for cell in row)


def test_a_long_list_is_whole_and_in_order_with_its_sums_below(tmp_path):
    with new_register(tmp_path, TOWNS[:1]) as register:
        rows = [patch(f"T{at:04d}", square(at % 200), at, XZDM=TOWNS[0].code, XZMC=TOWNS[0].name) for at in range(1, 1203)]
        issue_batch(register, info(), intake(rows))
        sheet = written(register, tmp_path).worksheets[1]
    cells = list(sheet.iter_rows(min_row=first_row()))
    assert [row[0].value for row in cells[:-1]] == list(range(1, 1203)) and cells[-1][0].value == "Total"
    assert [row[3].value for row in cells[:-1]] == [f"T{at:04d}" for at in range(1, 1203)]
    area = next(cell for cell in cells[0] if cell.number_format == "#,##0.00" and cell.value)
    assert cells[-1][area.column - 1].value == pytest.approx(sum(row[area.column - 1].value for row in cells[:-1]))
    assert sheet.auto_filter.ref.endswith(str(first_row() + 1201)) and cells[-1][1].fill.fgColor.rgb == "FFFFF2CC"


def test_a_name_with_marks_that_xml_cannot_hold_spoils_no_list(register, tmp_path):
    give_verdicts(register, "B1", [Entry("T004", {"PDJL1": "3", "PDJL2": "301", "PDSM": "甲 & <乙>\x07\n“丙”"})], by="甲")
    values = [cell.value for row in written(register, tmp_path).worksheets[1].iter_rows() for cell in row]
    assert "甲 & <乙>\n“丙”" in values


def test_each_township_can_have_a_list_of_its_own(register, tmp_path):
    assert written(register, tmp_path, list_each=True).sheetnames[1:3] == ["古城街道", "大田街道"]


def test_english_readers_get_english_headings_and_labels(register, tmp_path):
    book = written(register, tmp_path, "en")
    assert book.worksheets[0].cell(first_row() - 1, 3).value == "Patches issued"
    assert any(cell.value == "Illegal land use" for row in book.worksheets[1].iter_rows() for cell in row)


def test_the_house_style_holds(register, tmp_path):
    sheet = written(register, tmp_path).worksheets[0]
    assert sheet.cell(first_row() - 1, 1).fill.fgColor.rgb == "FF1F4E79"
    assert sheet.cell(sheet.max_row, 5).fill.fgColor.rgb == "FFFFF2CC"
    page = sheet.page_setup
    assert (page.orientation, str(page.paperSize), page.fitToWidth) == ("landscape", "9", 1)
    assert sheet.freeze_panes == f"C{first_row()}"


def test_the_notes_state_the_terms(register, tmp_path):
    notes = {row[0].value: row[1].value for row in written(register, tmp_path).worksheets[-1].iter_rows(min_row=3)}
    assert notes["Batches"] == "B1 五月一批, issued 2026-05-10, issue 1"
    assert "椭球面积 (B1)" == notes["Area method"]
    assert len(notes["Digest of the rule pack"]) == 64
    assert "cultivated land of legal parcels: 1" in notes["Areas that nobody measured"]
    assert "TBZT 0 and 2" in notes["Verdict columns"]


def test_a_register_without_parcels_gives_nothing_out(tmp_path):
    with new_register(tmp_path) as register, pytest.raises(InputError, match="holds no"):
        read_register(register, Scope())
