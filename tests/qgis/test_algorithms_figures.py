"""Ledgers and figures as the toolbox does them: taking a ledger over, the township table, checks, differences, the paragraph."""
from __future__ import annotations

import csv
from pathlib import Path

import openpyxl
import pytest
from qgis.core import QgsProcessingException, QgsVectorLayer

from land_inspector.compat import from_qgis_value
from land_inspector.exchange.township_figures import FIELDS
from land_inspector.register.register import Register, utc_now
from land_inspector.register.undoing import undo
from tests.algorithms import Told, a_register, patch_file, run

VERDICTS = "JCBH,PDJL1,PDJL2,WFMJ\nT001,2,201,1600\nT002,1,101,\nT003,2,201,800\nT004,3,301,\nT005,2,201,1600\n"
CASES = [["某县2026年违法案件台账"], ["案件编号", "图斑编号", "立案时间", "下达决定时间", "罚款（万元）", None, "没收面积（m²）", "是否结案", "结案时间"],
         [None, None, None, None, "下达", "收缴", None, None, None],
         ["案1", "T001", "2026-05-22", "2026-07-01", 1.6, 1.6, 300, "是", "2026-09-01"],
         ["案3", "T003", "2026-05-28", None, None, None, None, "否", None],
         ["案4", "T004", "2026-05-28", None, None, None, None, "否", None]]
LAND = [["线索编号", "整改情况", "拆除面积（亩）", "整改完成时间", "验收情况", "验收日期"],
        ["T005", "已拆除复耕", 2.4, "2026-07-01", "市级验收合格", "2026-08-01"]]


def workbook(path, rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def text_table(path, rows, encoding="utf-8"):
    with open(path, "w", encoding=encoding, newline="") as handle:
        csv.writer(handle).writerows(rows)
    return path


def table_of(output):
    """Rows of an output table by field name."""
    layer = output if isinstance(output, QgsVectorLayer) else QgsVectorLayer(output, "t", "ogr")
    assert layer.isValid()
    return [{field.name(): from_qgis_value(feature[field.name()]) for field in layer.fields()} for feature in layer.getFeatures()]


@pytest.fixture
def register(tmp_path):
    path = a_register(tmp_path)
    run("import_patches", REGISTER=path, INPUT=patch_file(tmp_path), BATCH="B1", BATCH_NAME="五月一批", YEAR=2026, MONTH=5,
        ISSUED="2026-05-10", AREA_METHOD="planar")
    (tmp_path / "v.csv").write_text(VERDICTS, encoding="utf-8")
    run("give_verdicts", REGISTER=path, BATCH="B1", TABLE=tmp_path / "v.csv", EFFECTIVE_ON="2026-05-20")
    return path


@pytest.fixture
def pursued(register, tmp_path):
    """The register with a closed case, an open one, and one parcel demolished and accepted."""
    run("import_ledger", REGISTER=register, TABLE=workbook(tmp_path / "cases.xlsx", CASES))
    run("import_ledger", REGISTER=register, TABLE=text_table(tmp_path / "land.csv", LAND, "gbk"))
    return register


def test_a_ledger_is_taken_over_row_by_row_with_a_report(register, tmp_path):
    told = Told()
    found = run("import_ledger", told, REGISTER=register, TABLE=workbook(tmp_path / "cases.xlsx", CASES), REPORT=tmp_path / "report.html")
    assert (found["ROWS"], found["TAKEN"], found["KNOWN"], found["REFUSED"]) == (3, 2, 0, 1)
    assert told.warnings == ["Row 6: Parcel T004 is not judged illegal."]
    page = Path(found["REPORT"]).read_text(encoding="utf-8")
    assert all(text in page for text in ("案1", "Filing of 2026-05-22", "not judged illegal", "Give the verdict first."))
    again = run("import_ledger", REGISTER=register, TABLE=tmp_path / "cases.xlsx")
    assert (again["TAKEN"], again["KNOWN"], again["REFUSED"], again["GROUP"]) == (0, 2, 1, "")
    with Register.open(register) as opened:
        undo(opened, found["GROUP"], reason="重来")
        assert opened.storage.frame("case").empty


def test_a_mapping_names_headings_of_the_offices_own(register, tmp_path):
    table = text_table(tmp_path / "t.csv", [["号", "斑", "立案"], ["案1", "T001", "2026-05-22"]])
    found = run("import_ledger", REGISTER=register, TABLE=table, MAPPING='{"AJBH": "号", "JCBH": "斑", "LARQ": "立案"}')
    assert found["TAKEN"] == 1


@pytest.mark.parametrize("mapping, said", [("{", "not JSON"), ('{"AJBH": "没有"}', "no such field")])
def test_a_wrong_mapping_is_refused(register, tmp_path, mapping, said):
    table = text_table(tmp_path / "t.csv", [["图斑编号", "立案时间"], ["T001", "2026-05-22"]])
    with pytest.raises(QgsProcessingException, match=said):
        run("import_ledger", REGISTER=register, TABLE=table, MAPPING=mapping)


def test_the_township_table_has_a_row_each_and_adds_up(pursued, tmp_path):
    found = run("township_indicators", REGISTER=pursued, BATCH="B1", OUTPUT=tmp_path / "figures.gpkg")
    *towns, county = table_of(found["OUTPUT"])
    assert found["ROWS"] == 3 and [row["XZMC"] for row in towns] == ["古城街道", "大田街道"] and county["LEVEL"] == "county"
    for name in ("XF_S", "WF_S", "WF_M2", "WF_MU", "XZ_M2", "LA_FZ", "LA_FM", "ZG_S", "WZG_S", "FK_FZ_Y", "MSJZ_M2", "FGMJ_MU"):
        assert sum(row[name] for row in towns) == pytest.approx(county[name]), name
    assert (county["WF_S"], county["WF_M2"], county["XZ_M2"]) == (3, 4000.0, 6400.0)
    assert (county["R1_PC"], county["R1_T"]) == (62.5, "62.50")
    assert (county["R1_FZ_MU"], county["R1_FM_MU"]) == (6.0, 9.6)
    assert (county["R3_PC"], county["R3N_PC"], county["R3G_PC"]) == (50.0, 50.0, 37.5)
    assert (county["LA_FZ"], county["LA_FM"], county["LA_T"]) == (2, 3, "66.67")
    assert (county["JA_PC"], county["FK_PC"], county["ZGS_T"]) == (50.0, 100.0, "33.33")
    assert (county["JH1"], county["JH2"]) == ("✓", "✓")


def test_what_cannot_be_divided_is_null_and_printed_as_a_dash(pursued, tmp_path):
    *_towns, county = table_of(run("township_indicators", REGISTER=pursued, OUTPUT=tmp_path / "f.gpkg")["OUTPUT"])
    assert (county["CF_PC"], county["CF_T"], county["CF_FM"]) == (None, "—", 0)
    assert (county["R2_PC"], county["R2_T"]) == (None, "—")


def test_the_denominator_may_be_kept_whole_and_the_lines_follow(pursued, tmp_path):
    *_towns, county = table_of(run("township_indicators", REGISTER=pursued, DENOMINATOR="gross", OUTPUT=tmp_path / "f.gpkg")["OUTPUT"])
    assert (county["R3_PC"], county["FMMS"]) == (37.5, "gross")


def test_figures_of_a_past_day_and_of_stations_and_periods(pursued, tmp_path):
    early = table_of(run("township_indicators", REGISTER=pursued, BY="county", EFFECTIVE_ON="2026-07-15",
                         OUTPUT=tmp_path / "a.gpkg")["OUTPUT"])
    assert [(row["LEVEL"], row["ZG_S"], row["LA_FZ"], row["EFF_ON"]) for row in early] == [("county", 0, 2, "2026-07-15")]
    stations = table_of(run("township_indicators", REGISTER=pursued, BY="station", YEAR=2026, QUARTER=2,
                            OUTPUT=tmp_path / "b.gpkg")["OUTPUT"])
    assert [row["LEVEL"] for row in stations] == ["station", "county"] and stations[0]["WF_S"] == 3
    with pytest.raises(QgsProcessingException, match="needs its year"):
        run("township_indicators", REGISTER=pursued, MONTH=5, OUTPUT=tmp_path / "c.gpkg")


def test_a_shapefile_keeps_every_name(pursued, tmp_path):
    run("township_indicators", REGISTER=pursued, OUTPUT=tmp_path / "figures.shp")
    written = QgsVectorLayer(str(tmp_path / "figures.dbf"), "t", "ogr").fields().names()
    assert written == [field.name for field in FIELDS]


def test_an_export_is_checked_parcel_by_parcel(pursued, tmp_path):
    export = workbook(tmp_path / "export.xlsx", [
        ["线索编号", "图斑状态", "地块面积（亩）", "非农违法面积（亩）", "拆除面积（亩）", "补办面积（亩）", "剩余未整改面积（亩）"],
        ["T001", None, 2.4, 2.4, None, None, 2.4], ["T002", None, 2.41, None, None, None, None], ["T003", None, 2.42, 1.2, None, None, 1.0],
        ["T004", None, 2.4, None, None, None, None], ["T005", None, 2.4, 2.4, 2.4, None, 0], ["T009", None, 1, None, None, None, None]])
    found = run("check_figures", REGISTER=pursued, BATCH="B1", TABLE=export, OUTPUT=tmp_path / "found.gpkg", REPORT=tmp_path / "r.html")
    rows = {(row["DKBH"], row["ZD"], row["GZ"]): row for row in table_of(found["OUTPUT"])}
    assert set(rows) == {("T003", "DKMJ", "R10"), ("T003", "SYMJ", "R10"), ("T003", "WFMJ", "R42"), ("T009", None, "R36"),
                         ("T006", None, "R36")}
    assert rows["T003", "DKMJ", "R10"]["CE_MU"] == pytest.approx(0.02)
    assert found["DISAGREEMENTS"] == 5 and "T009" in Path(found["REPORT"]).read_text(encoding="utf-8")


def test_a_summary_that_does_not_add_up_is_told(pursued, tmp_path):
    summary = workbook(tmp_path / "s.xlsx", [
        ["乡镇", "总任务", None, "已整改", None, "拆除", "补办", "未整改", None],
        [None, "个数", "面积（亩）", "个数", "面积（亩）", "个数", "个数", "个数", "面积（亩）"],
        ["古城街道", 10, 50, 6, 25, 4, 1, 4, 25], ["大田街道", 3, 9, 1, 4, 1, 0, 1, 5]])
    found = run("check_figures", REGISTER=pursued, BATCH="B1", TABLE=summary, OUTPUT=tmp_path / "found.gpkg")
    assert sorted((row["GZ"], row["HH"]) for row in table_of(found["OUTPUT"])) == [("R42", 4), ("R43", 3)]


def test_a_difference_is_explained_patch_by_patch(pursued, tmp_path):
    before = utc_now()
    more = [LAND[0], ["T001", "拆除复耕", 2.4, "2026-07-01", "市级验收合格", "2026-08-01"]]
    run("import_ledger", REGISTER=pursued, TABLE=text_table(tmp_path / "more.csv", more))
    found = run("explain_difference", REGISTER=pursued, INDICATOR="r3", KNOWN_AT_1=before, OUTPUT=tmp_path / "d.gpkg",
                REPORT=tmp_path / "d.html")
    (row,) = table_of(found["OUTPUT"])
    assert (row["JCBH"], row["YYDM"], row["FZ_M2"], row["FM_M2"]) == ("T001", "accepted", -1600.0, -1600.0)
    assert (found["BEFORE"], found["AFTER"], found["PATCHES"]) == ("50.00", "25.00", 1)
    assert "rectification accepted" in Path(found["REPORT"]).read_text(encoding="utf-8")


def test_the_year_is_told_in_words(pursued, tmp_path):
    found = run("county_paragraph", REGISTER=pursued, YEAR=2026, REPORT=tmp_path / "p.html")
    assert found["TEXT"].startswith("2 cases were filed and investigated of 3 that should be, a filing rate of 66.67%; "
                                    "1 of 3 violations found were dealt with")
    assert "300 m² were confiscated" in found["TEXT"] and "16000 yuan" in found["TEXT"]
    written = Path(found["REPORT"]).read_text(encoding="utf-8")
    assert found["TEXT"] in written and found["SCOPE"] in written and found["SCOPE"].startswith("Scope: the year 2026. As of ")


def test_table_and_paragraph_of_one_scope_and_day_agree_and_print_it(pursued, tmp_path):
    for asked in ({"BATCH": "B1"}, {"YEAR": 2026}, {"YEAR": 2026, "QUARTER": 2}, {}):
        table = table_of(run("township_indicators", REGISTER=pursued, **asked, OUTPUT=tmp_path / f"t{len(str(asked))}.gpkg")["OUTPUT"])
        county, told = table[-1], run("county_paragraph", REGISTER=pursued, **asked)
        assert told["SCOPE"] == f"Scope: {county['FW']}. As of {county['EFF_ON']}."
        assert (f"{county['LA_FZ']} cases were filed and investigated of {county['LA_FM']} that should be, "
                f"a filing rate of {county['LA_T'].rstrip('0').rstrip('.')}%; "
                f"{county['CC_FZ']} of {county['CC_FM']} violations") in told["TEXT"]
        assert f"{county['BQSK_Y']:.0f} yuan were paid" in told["TEXT"]


def test_subjects_that_reach_a_line_of_the_criminal_law_are_listed_without_persons_names(tmp_path):
    from tests.factories import info, intake, new_register, patch, square
    from land_inspector.register.issuing import issue_batch
    from land_inspector.register.judging import Entry, give_verdicts

    with new_register(tmp_path) as made:
        issue_batch(made, info(), intake([patch(f"T{n:03d}", square(n, side=80.0), row=n) for n in (1, 3, 5)]), by="登记员")
        said = {"PDJL1": "2", "PDJL2": "201", "WFMJ": 6400.0, "WFGD": 6400.0, "JSSJ": "2026-03-01"}
        entries = [Entry("T001", dict(said, YDDW="甲公司", ZTFL="3")), Entry("T003", dict(said, YDDW="甲公司", ZTFL="3")),
                   Entry("T005", dict(said, YDDW="乙公司", ZTFL="3"))]
        assert not give_verdicts(made, "B1", entries, by="甲").refused
        path = made.storage.path
    (row,) = table_of(run("police_lines", REGISTER=path, OUTPUT=tmp_path / "lines.gpkg")["OUTPUT"])
    assert (row["YDDW"], row["DKBH"], row["QTGD_M2"]) == ("甲公司", "T001, T003", 12800.0) and "342" in row["BZX"]


def test_the_newest_outline_is_taken_with_the_areas_before_and_after(tmp_path):
    from tests.factories import info, intake, judge, new_register, patch, square
    from land_inspector.register.issuing import issue_batch

    with new_register(tmp_path) as made:
        issue_batch(made, info(), intake([patch("T001", square(1)), patch("T002", square(2), row=2)]), by="登记员")
        judge(made, {"T001": "1", "T002": "1"})
        wider = [patch("T001", square(1, side=50.0)), patch("T002", square(2), row=2)]
        issue_batch(made, info(), intake(wider, digest="d2"), by="登记员")
        path = made.storage.path
    seen = run("take_newest_outline", REGISTER=path, BATCH="B1", PREVIEW=True, OUTPUT=tmp_path / "a.gpkg")
    (row,) = table_of(seen["OUTPUT"])
    assert (row["DKBH"], row["Q_M2"], row["H_M2"], row["C_M2"], seen["TAKEN"], seen["GROUP"]) == ("T001", 1600.0, 2500.0, 900.0, 0, "")
    taken = run("take_newest_outline", REGISTER=path, BATCH="B1", BY="甲", OUTPUT=tmp_path / "b.gpkg")
    assert taken["TAKEN"] == 1 and taken["GROUP"]
    assert run("take_newest_outline", REGISTER=path, BATCH="B1", OUTPUT=tmp_path / "c.gpkg")["ROWS"] == 0
