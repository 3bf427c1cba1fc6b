"""The ledgers headless: the worked example of docs/matters.md from its pack to the township table; tables and layers of offices."""
from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import shapely
from openpyxl import Workbook, load_workbook
from osgeo import ogr
from qgis.core import QgsProcessingException, QgsVectorLayer

from land_inspector.register.matters import do_matter_act, kind_named, matter_by_number, matters, open_matter
from land_inspector.register.register import Register
from land_inspector.register.verifying import verify
from tests.algorithms import Told, run, write_layer
from tests.factories import new_register, square, township

DOCS = Path(__file__).resolve().parents[2] / "docs" / "matters.md"
TOWNS = [township("331082101", "东山镇", (-10, 5)), township("331082102", "西河乡", (5, 1000))]


@pytest.fixture()
def register(tmp_path):
    with new_register(tmp_path, TOWNS) as made:
        return made.address.path if hasattr(made.address, "path") else tmp_path / "register.gpkg"


def example_pack(folder):
    """The pack and the table as they stand on the page."""
    text = DOCS.read_text(encoding="utf-8")
    pack = folder / "open_wells.json"
    pack.write_text(re.search(r"```json\n(.*?)```", text, re.S).group(1), encoding="utf-8")
    lines = [line for line in text.splitlines() if line.startswith(("| 编号", "| W-"))]
    table = folder / "wells.csv"
    table.write_text("\n".join(",".join(cell.strip() for cell in line.strip("|").split("|")) for line in lines), encoding="utf-8")
    return pack, table


def rows(output):
    layer = output if isinstance(output, QgsVectorLayer) else QgsVectorLayer(str(output), "o", "ogr")
    assert layer.isValid()
    names = [field.name() for field in layer.fields()]
    return [dict(zip(names, feature.attributes())) for feature in layer.getFeatures()]


def test_a_ledger_never_seen_before_is_brought_in_and_walked_to_its_end(register, tmp_path):
    pack, table = example_pack(tmp_path)
    report = tmp_path / "report.html"
    told = Told()
    first = run("import_matters", told, REGISTER=register, KIND=pack, TABLE=table, BY="甲", REPORT=report)
    assert (first["ROWS"], first["TAKEN"], first["KNOWN"], first["REFUSED"]) == (3, 2, 0, 1)
    assert any("水池" in text and "机井, 土井" in text for text in told.warnings)
    assert "W-03" in report.read_text(encoding="utf-8")
    again = run("import_matters", REGISTER=register, KIND="open_wells", TABLE=table, BY="甲")
    assert (again["TAKEN"], again["KNOWN"], again["REFUSED"]) == (0, 2, 1)

    late = run("matter_list", REGISTER=register, KIND="open_wells", LIST="overdue", DAY="2026-04-02", OUTPUT=tmp_path / "late.gpkg")
    assert late["ROWS"] == 1
    one, = rows(late["OUTPUT"])
    assert (one["TZBH"], one["XZMC"], one["DAYS_LEFT"], one["SD"], one["FY"]) == ("W-01", "东山镇", -1, 80.0, 3000.0)
    deep = run("matter_list", REGISTER=register, KIND="废弃井口", LIST="deep", DAY="2026-03-10", OUTPUT=tmp_path / "deep.gpkg")
    assert [row["TZBH"] for row in rows(deep["OUTPUT"])] == ["W-01"]

    with Register.open(register) as opened:
        key = matter_by_number(opened, "open_wells", "W-01").id
        do_matter_act(opened, key, "close", on="2026-03-20", particulars={"spent": 290_000}, by="甲")
        do_matter_act(opened, key, "check", on="2026-03-25", particulars={"checked_by": "李四"}, by="甲")
        assert not verify(opened).broken
        assert "李四" not in json.dumps([dict(event.payload) for event in opened.storage.events()], ensure_ascii=False)
    table_of = run("matter_table", REGISTER=register, KIND="open_wells", EFFECTIVE_ON="2026-03-31", OUTPUT=tmp_path / "t.gpkg")
    assert table_of["ROWS"] == 2
    east, west = rows(table_of["OUTPUT"])
    assert (east["XZMC"], east["ZS"], east["YX"], east["NT"], east["NTL_PC"], east["NTL_FZ"], east["NTL_FM"]) == (
        "东山镇", 2, 1, 1, 100.0, 1, 1)
    assert (east["FY_Y"], east["XHL_S_T"], west["XHL_S_PC"], west["XHL_S_T"], west["XHL_S_FM"]) == (2900.0, "50.00", None, "—", 0)
    before = run("matter_table", REGISTER=register, KIND="open_wells", EFFECTIVE_ON="2026-03-24", COUNTY=True,
                 OUTPUT=tmp_path / "b.gpkg")
    assert before["ROWS"] == 3 and [row["YX"] for row in rows(before["OUTPUT"])] == [0, 0, 0]


def test_a_wrong_pack_is_refused_with_its_place(register, tmp_path):
    pack, _table = example_pack(tmp_path)
    pack.write_text(pack.read_text(encoding="utf-8").replace('"to": "3"', '"to": "7"'), encoding="utf-8")
    with pytest.raises(QgsProcessingException, match=r"open_wells.json, line \d+: moves\[1\].to"):
        run("import_matter_kind", REGISTER=register, PACK=pack, BY="甲")
    with pytest.raises(QgsProcessingException, match="no ledger open_wells"):
        run("matter_list", REGISTER=register, KIND="open_wells", OUTPUT=tmp_path / "x.gpkg")


def office_book(path):
    """Idle land as an office keeps it: a title, two lines of headings, 亩 and 万元, dates as people write them, a line of sums."""
    book = Workbook()
    sheet = book.active
    sheet.append(["某县闲置土地台账"])
    sheet.append(["序号", "台账编号", "所在乡镇", "使用权人", "供地面积（亩）", "成交价款（万元）", "约定动工时间", "闲置原因", "是否抵押", "状态", "建账日期"])
    sheet.append([1, "闲-001", "东山", "某公司", 15, 1200, "2022年3月1日", "企业资金原因", "是", "认定闲置", "2023.4.2"])
    sheet.append([2, "闲-002", "331082102", "某厂", "30亩", "800万元", "22.6.1", "Z1", "否", "疑似", "2023/6/5"])
    sheet.append([3, "闲-003", "北港镇", "甲厂", 3, 10, "2022-01-01", "Q1", "否", "疑似", "2023-01-05"])
    sheet.append([4, "闲-004", "东山镇", "乙厂", "三亩", 10, "2022-01-01", "Q1", "否", "疑似", "2023-01-05"])
    sheet.append(["合计", None, None, None, 48, 2020])
    book.save(path)
    return path


def test_a_workbook_as_offices_have_them(register, tmp_path):
    told = Told()
    taken = run("import_matters", told, REGISTER=register, KIND="idle_land", TABLE=office_book(tmp_path / "闲置.xlsx"), BY="甲")
    assert (taken["ROWS"], taken["TAKEN"], taken["REFUSED"]) == (4, 2, 2)
    assert any("北港镇" in text for text in told.warnings) and any("三亩" in text for text in told.warnings)
    with Register.open(register) as opened:
        first = matter_by_number(opened, "idle_land", "闲-001")
        second = matter_by_number(opened, "idle_land", "闲-002")
    assert (first.state, first.township, first.values["CJJK"], first.values["DY"]) == ("4", "331082101", 1_200_000_000, True)
    assert first.values["MJ"] == pytest.approx(10_000.0) and second.values["MJ"] == pytest.approx(20_000.0)
    assert (second.values["YDDG"], second.values["CJJK"], second.opened_on.isoformat()) == ("2022-06-01", 800_000_000, "2023-06-05")
    listed = run("matter_list", REGISTER=register, KIND="idle_land", LIST="recoverable", DAY="2024-03-02", OUTPUT=tmp_path / "r.gpkg")
    only, = rows(listed["OUTPUT"])
    assert only["TZBH"] == "闲-001" and "SYQR" not in only and only["DY"] == 1


def test_another_heading_is_named_by_mapping_and_another_value_amended_by_choice(register, tmp_path):
    table = tmp_path / "p.csv"
    table.write_text("信访号,乡镇,人数\nP1,东山镇,3\n", encoding="utf-8")
    with pytest.raises(QgsProcessingException, match="no column with the number"):
        run("import_matters", REGISTER=register, KIND="petitions", TABLE=table, BY="甲")
    mapping = '{"TZBH": "信访号"}'
    assert run("import_matters", REGISTER=register, KIND="petitions", TABLE=table, MAPPING=mapping, BY="甲")["TAKEN"] == 1
    table.write_text("信访号,乡镇,人数\nP1,东山镇,5\n", encoding="utf-8")
    assert run("import_matters", REGISTER=register, KIND="petitions", TABLE=table, MAPPING=mapping, BY="甲")["REFUSED"] == 1
    assert run("import_matters", REGISTER=register, KIND="petitions", TABLE=table, MAPPING=mapping, UPDATE=True, BY="甲")["TAKEN"] == 1
    with Register.open(register) as opened:
        assert matter_by_number(opened, "petitions", "P1").values["RS"] == 5


def test_a_layer_brings_outlines_areas_and_townships(register, tmp_path):
    layer = write_layer(tmp_path / "idle.gpkg", [(square(1), ("A1", 900.0)), (square(20), ("A2", None)), (square(30), (None, 1.0))],
                        {"TZBH": str, "CJJK": float})
    taken = run("import_matters", REGISTER=register, KIND="idle_land", TABLE=layer, BY="甲")
    assert (taken["TAKEN"], taken["REFUSED"]) == (2, 1)
    with Register.open(register) as opened:
        first, second = (matter_by_number(opened, "idle_land", number) for number in ("A1", "A2"))
        assert (first.township, second.township) == ("331082101", "331082102")
        assert first.values["MJ"] == pytest.approx(1600, rel=1e-3) and first.values["CJJK"] == 90_000
        record = opened.storage.load_state().matters[first.id]
        assert record.shape_id in opened.storage.shapes([record.shape_id]) and not verify(opened).broken
    assert run("import_matters", REGISTER=register, KIND="idle_land", TABLE=layer, BY="甲")["KNOWN"] == 2
    with Register.open(register) as opened:
        assert len(matters(opened, "idle_land")) == 2


def test_a_layer_of_points_gives_places_and_townships_and_the_same_again_nothing(register, tmp_path):
    east, west, names = square(1).centroid, square(20).centroid, {"编号": str, "信访人": str}
    layer = write_layer(tmp_path / "points.gpkg", [(east, ("信-1", "钱某某")), (west, ("信-2", "钱某某")), (shapely.Point(), ("信-3", None))],
                        names)
    told = Told()
    first = run("import_matters", told, REGISTER=register, KIND="petitions", TABLE=layer, BY="甲")
    assert (first["TAKEN"], first["REFUSED"]) == (3, 0) and any("without a place" in text for text in told.warnings)
    with Register.open(register) as opened:
        known = {one.number: one for one in matters(opened, "petitions")}
        assert known["信-1"].at == pytest.approx((east.x, east.y), abs=1e-3)
        assert (known["信-1"].township, known["信-2"].township, known["信-3"].township) == ("331082101", "331082102", "")
        assert known["信-3"].at is None and not verify(opened).broken
    again = run("import_matters", REGISTER=register, KIND="petitions", TABLE=layer, BY="甲")
    assert (again["TAKEN"], again["KNOWN"]) == (0, 3)
    moved = write_layer(tmp_path / "moved.gpkg", [(west, ("信-1", None))], names)
    stays = run("import_matters", Told(), REGISTER=register, KIND="petitions", TABLE=moved, BY="甲")
    goes = run("import_matters", REGISTER=register, KIND="petitions", TABLE=moved, UPDATE=True, BY="甲")
    assert (stays["REFUSED"], goes["TAKEN"]) == (1, 1)
    out = run("export_ledgers", REGISTER=register, LAYERS=tmp_path / "out.gpkg")
    given = rows(f"{out['LAYERS']}|layername=petitions_points")
    assert [one["TZBH"] for one in given] == ["信-1", "信-2"] and "钱某某" not in str(given)


def test_a_workbook_first_and_its_layer_later_and_what_the_next_month_says(register, tmp_path):
    """What the table did not have is taken from the layer, what was said is not overruled, and a state is reached by acts alone."""
    table = tmp_path / "plots.csv"
    table.write_text("闲置土地台账（单位：亩、万元）\n台账编号,供地面积,成交价款,状态\n闲-1,15,200,调查\n注-2,3,10,疑似\n合计,18,210,\n", encoding="utf-8")
    first = run("import_matters", REGISTER=register, KIND="idle_land", TABLE=table, BY="甲")
    assert (first["ROWS"], first["TAKEN"]) == (2, 2)
    layer = write_layer(tmp_path / "plots.gpkg", [(square(1), ("闲-1",))], {"TZBH": str})
    second = run("import_matters", REGISTER=register, KIND="idle_land", TABLE=layer, BY="甲")
    assert (second["TAKEN"], second["REFUSED"]) == (1, 0)
    table.write_text("台账编号,供地面积（亩）,成交价款（万元）,状态\n闲-1,15,200,认定闲置\n注-2,3,10,疑似\n", encoding="utf-8")
    told = Told()
    later = run("import_matters", told, REGISTER=register, KIND="idle_land", TABLE=table, BY="甲")
    assert (later["KNOWN"], later["REFUSED"]) == (1, 1) and any("record the acts" in text for text in told.warnings)
    with Register.open(register) as opened:
        one = matter_by_number(opened, "idle_land", "闲-1")
        assert one.values["MJ"] == pytest.approx(10_000) and one.values["CJJK"] == 200_000_000 and one.township == "331082101"
        assert one.last("place") is not None and one.state == "2"
    again = run("import_matters", REGISTER=register, KIND="idle_land", TABLE=layer, BY="甲")
    assert (again["TAKEN"], again["KNOWN"]) == (0, 1)


def test_an_import_is_one_action_that_can_be_undone(register, tmp_path):
    _pack, table = example_pack(tmp_path)
    pack, _ = example_pack(tmp_path)
    group = run("import_matters", REGISTER=register, KIND=pack, TABLE=table, BY="甲")["GROUP"]
    run("undo", REGISTER=register, GROUP=group, BY="甲")
    with Register.open(register) as opened:
        assert matters(opened) == []


def test_the_table_has_a_row_for_each_township_even_where_nothing_is_kept(register, tmp_path):
    empty = run("matter_table", REGISTER=register, KIND="mines", OUTPUT=tmp_path / "m.gpkg")
    assert empty["ROWS"] == 2 and ogr.Open(str(tmp_path / "m.gpkg")) is not None
    assert {row["ZLL_T"] for row in rows(empty["OUTPUT"])} == {"—"}


def test_the_ledgers_are_given_out_as_workbook_bulletin_and_styled_layers(register, tmp_path):
    layer = write_layer(tmp_path / "idle.gpkg", [(square(1), ("A1", "张三")), (square(20), ("A2", "李四"))], {"TZBH": str, "使用权人": str})
    run("import_matters", REGISTER=register, KIND="idle_land", TABLE=layer, BY="甲")
    pack, table = example_pack(tmp_path)
    run("import_matters", REGISTER=register, KIND=pack, TABLE=table, BY="甲")
    outputs = {"WORKBOOK": tmp_path / "l.xlsx", "BULLETIN": tmp_path / "l.html", "LAYERS": tmp_path / "l.gpkg"}
    given = run("export_ledgers", REGISTER=register, **outputs)
    assert (given["LEDGERS"], given["MATTERS"], given["OUTLINES"]) == (2, 4, 2)
    book = load_workbook(outputs["WORKBOOK"])
    assert len(book.sheetnames) == 2
    wells = book[next(name for name in book.sheetnames if name in ("Open wells", "废弃井口"))]
    heads = [cell.value for cell in wells[4]]
    assert [row[0].value for row in wells.iter_rows(min_row=5)] == ["东山镇", "西河乡", "演示县"]
    assert wells.cell(5, 2).value == 2 and "0/2" in [cell.value for cell in wells[5]] and heads.count("%") == 2 and len(heads) == 9
    page = outputs["BULLETIN"].read_text(encoding="utf-8")
    assert "东山镇" in page and "0.00 (0/2)" in page
    shown = QgsVectorLayer(f"{outputs['LAYERS']}|layername=idle_land", "l", "ogr")
    assert shown.featureCount() == 2 and shown.renderer().type() == "categorizedSymbol" and shown.renderer().classAttribute() == "STATE"
    everything = page + "".join(str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row)
    everything += json.dumps(rows(shown), default=str, ensure_ascii=False)
    assert "张三" not in everything and "李四" not in everything
    with pytest.raises(QgsProcessingException, match="Nothing is to be written"):
        run("export_ledgers", REGISTER=register)


def test_what_lies_outside_the_red_line_is_measured_with_its_layer_recorded_once_and_told_where_it_cannot_be(register, tmp_path):
    plots = write_layer(tmp_path / "park.gpkg", [(square(1), ("园1", "征用")), (square(3), ("园2", "征用")), (square(20), ("园3", "征用"))],
                        {"编号": str, "类别": str})
    run("import_matters", REGISTER=register, KIND="park_land", TABLE=plots, BY="甲")
    with Register.open(register) as opened:
        category = matter_by_number(opened, "park_land", "园1").values["LB"]
        open_matter(opened, kind_named(opened, "park_land"), {"TZBH": "园9", "XZDM": "331082101", "LB": category}, on="2026-05-20")
    half = square(3).intersection(square(3, shift=20))
    line = write_layer(tmp_path / "red line.gpkg", [(square(1), ("a",)), (square(1), ("twice",)), (half, ("b",))], {"n": str})
    looked = run("measure_red_line", REGISTER=register, INPUT=line, OUTPUT=tmp_path / "o.gpkg", REPORT=tmp_path / "r.html")
    assert (looked["MEASURED"], looked["OUTSIDE"], looked["REFUSED"], looked["GROUP"]) == (3, 2, 1, "")
    areas = {row["TZBH"]: (row["HXN_M2"], row["HXW_M2"]) for row in rows(looked["OUTPUT"])}
    assert areas["园1"][1] == pytest.approx(0.0, abs=0.01) and areas["园2"] == pytest.approx((800, 800), rel=2e-3)
    assert areas["园3"][0] == 0 and areas["园3"][1] == pytest.approx(1600, rel=2e-3) and areas["园9"] == (None, None)
    taken = run("measure_red_line", REGISTER=register, INPUT=line, APPLY=True, BY="甲")
    assert (taken["TAKEN"], taken["REFUSED"]) == (3, 1) and taken["GROUP"]
    with Register.open(register) as opened:
        two = matter_by_number(opened, "park_land", "园2")
        assert two.values["HXWMJ"] == pytest.approx(800, rel=2e-3) and two.values["HXMJ"] == pytest.approx(800, rel=2e-3)
        assert "red line" in two.last("red_line").particulars["layer"] and len(two.last("red_line").particulars["layer"]) > 20
    again = run("measure_red_line", REGISTER=register, INPUT=line, APPLY=True, BY="甲")
    assert (again["TAKEN"], again["KNOWN"], again["GROUP"]) == (0, 3, "")
    with pytest.raises(QgsProcessingException, match="no area outside a red line"):
        run("measure_red_line", REGISTER=register, KIND="petitions", INPUT=line)
    with pytest.raises(QgsProcessingException):
        run("measure_red_line", REGISTER=register, INPUT=tmp_path / "none.gpkg")
