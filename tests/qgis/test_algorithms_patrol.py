"""The patrol algorithms as a bureau runs them: a ledger in, tracks in, the table out, findings meeting patches."""
from __future__ import annotations

import json
import re

import numpy as np
import openpyxl
import pytest
from osgeo import osr
from qgis.core import NULL, QgsProcessingException, QgsVectorLayer

from land_inspector.exchange.tracks.shifts import GCJ02, shifted
from land_inspector.register import patrolling
from land_inspector.register.judging import Entry, give_verdicts
from land_inspector.register.patrolling import Log, Seen
from land_inspector.register.register import Register
from tests.algorithms import Told, a_register, patch_file, run
from tests.factories import CRS, X0, Y0

HEADS = ("巡查单位", "巡查日期", "起止时间", "巡查人员", "巡查区域", "巡查路线", "是否有违法", "备注")


@pytest.fixture
def register(tmp_path):
    path = a_register(tmp_path)
    run("import_patches", REGISTER=path, INPUT=patch_file(tmp_path), BATCH="B1", ISSUED="2026-05-20", YEAR=2026, MONTH=5)
    return path


def station(path):
    with Register.open(path) as register:
        return register.townships()["ZSDM"].iloc[0]


def degrees(*places):
    """Metres beside the register's first patch as longitude and latitude."""
    source, target = osr.SpatialReference(), osr.SpatialReference()
    source.SetFromUserInput(CRS)
    target.ImportFromEPSG(4326)
    for one in (source, target):
        one.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    turn = osr.CoordinateTransformation(source, target)
    return [turn.TransformPoint(X0 + x, Y0 + y)[:2] for x, y in places]


def gpx(path, day="2026-05-12", hour=1, creator="test", shift=False):
    """A walk along the first patches from nine in Beijing on, a step of 20 m each 20 s."""
    points = degrees(*((20.0 * step, -30.0) for step in range(40)))
    if shift:
        lon, lat = shifted(*map(np.array, zip(*points)), GCJ02)
        points = list(zip(lon, lat))
    body = "".join(f'<trkpt lon="{lon!r}" lat="{lat!r}"><time>{day}T{hour:02d}:{n // 3:02d}:{20 * (n % 3):02d}Z</time></trkpt>'
                   for n, (lon, lat) in enumerate(points)).replace("np.float64(", "").replace(")", "")
    path.write_text(f'<gpx creator="{creator}"><trk><trkseg>{body}</trkseg></trk></gpx>', encoding="utf-8")
    return path


def ledger(path, *rows):
    book = openpyxl.Workbook()
    book.active.append(HEADS)
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def rows_of(result):
    layer = QgsVectorLayer(result["OUTPUT"], "table", "ogr")
    names = [field.name() for field in layer.fields()]
    return [dict(zip(names, feature.attributes())) for feature in layer.getFeatures()]


def test_a_ledger_comes_in_row_by_row_twice_harmless(tmp_path, register):
    place = station(register)
    table = ledger(tmp_path / "日志.xlsx", (place, "2026年5月12日", "8:30-11:00", "王某、李某", "公路沿线", "东线", "否", ""),
                   (place, "2026-05-13", "8:30-11:00", "王某", "", "东线", "是", "只有一人"),
                   ("别处", "2026-05-13", "8:30-9:00", "王某、李某", "", "x", "", ""),
                   (place, "不详", "", "", "", "", "", ""), (place, "2026-05-14", "11:00-8:00", "王某、李某", "", "x", "", ""))
    told = Told()
    first = run("log_patrols", feedback=told, REGISTER=register, TABLE=table, REPORT=tmp_path / "r.html")
    assert [first[key] for key in ("ROWS", "TAKEN", "KNOWN", "REFUSED")] == [5, 2, 0, 3]
    assert any("别处" in text for text in told.warnings) and "不详" in (tmp_path / "r.html").read_text(encoding="utf-8")
    again = run("log_patrols", REGISTER=register, TABLE=table)
    assert [again[key] for key in ("ROWS", "TAKEN", "KNOWN", "REFUSED")] == [5, 0, 2, 3]


def test_a_ledger_as_an_office_keeps_it_is_read_whole(tmp_path, register):
    """A title, the station merged over its rows, names and times as people write them, sums and notes below."""
    place, book = station(register), openpyxl.Workbook()
    sheet = book.active
    for row in (["2026年5月动态巡查台账"], ["序号", "巡查单位", "巡查日期", "巡查时间", "巡查人员", "巡查区域", "巡查路线", "是否有违法"],
                [1, place, "2026.5.4", "上午8:30-11:30", "张三 李四等3人", "公路沿线", "G104", "未发现违法行为"],
                [2, None, "20260506", "下午2点半至5:00", "王 五，赵六", "矿区", "东线", "发现违法1处"], ["合计", None, None, "2次"], ["备注：每月8次"]):
        sheet.append(row)
    sheet.merge_cells("B3:B4")
    book.save(tmp_path / "t.xlsx")
    told = Told()
    result = run("log_patrols", feedback=told, REGISTER=register, TABLE=tmp_path / "t.xlsx")
    assert [result[key] for key in ("ROWS", "TAKEN", "REFUSED")] == [2, 2, 0] and sum("passed over" in text for text in told.warnings) == 2
    with Register.open(register) as opened:
        found = [(p.XCRQ, p.KSSJ, p.JSSJ, len(json.loads(p.XCRY)), p.XCQY, p.SFWF) for p in patrolling.patrols(opened)]
    assert found == [("2026-05-04", "08:30", "11:30", 2, "2", 0), ("2026-05-06", "14:30", "17:00", 2, "3", 1)]


def test_the_table_says_what_is_required_valid_short_and_why(tmp_path, register):
    place = station(register)
    with Register.open(register) as opened:
        patrolling.log_patrol(opened, Log(place, "2026-05-12", "8:30", "11:00", ("王某", "李某"), route="东线"))
        patrolling.log_patrol(opened, Log(place, "2026-05-13", "8:30", "11:00", ("王某",), route="东线"))
        patrolling.mark_finding(opened, Seen(place, "2026-05-12", handling="226"))
    result = run("patrol_table", REGISTER=register, YEAR=2026, MONTH=5, OUTPUT=tmp_path / "t.gpkg")
    (row,) = [one for one in rows_of(result) if one["ZSDM"] == place]
    assert (row["JL"], row["YX"], row["QS"], row["FX"], row["SB"]) == (2, 1, row["YXC"] - 1, 1, 1) and row["BJS"]
    assert (row["ZZL"], row["FXL"], row["JSL"], row["WFTB"]) == (0.0, NULL, NULL, 0)
    quarter = run("patrol_table", REGISTER=register, YEAR=2026, QUARTER=2, OUTPUT=tmp_path / "q.gpkg")
    assert quarter["ROWS"] == 3 * result["ROWS"]
    before = run("patrol_table", REGISTER=register, YEAR=2026, MONTH=5, EFFECTIVE_ON="2026-05-12", OUTPUT=tmp_path / "b.gpkg")
    assert [one["JL"] for one in rows_of(before) if one["ZSDM"] == place] == [1]
    with pytest.raises(QgsProcessingException, match="has not begun"):
        run("patrol_table", REGISTER=register, YEAR=2090, OUTPUT=tmp_path / "x.gpkg")
    with pytest.raises(QgsProcessingException, match="Give one of them"):
        run("patrol_table", REGISTER=register, YEAR=2026, MONTH=5, QUARTER=2, OUTPUT=tmp_path / "x.gpkg")


def test_tracks_find_their_patrol_and_tell_what_they_passed(tmp_path, register):
    place = station(register)
    with Register.open(register) as opened:
        key = patrolling.log_patrol(opened, Log(place, "2026-05-12", "8:30", "11:00", ("王某", "李某")))
    folder = tmp_path / "tracks"
    folder.mkdir()
    gpx(folder / "a.gpx")
    (folder / "b.gpx").write_text("<gpx><trk><trkseg/></trk></gpx>", encoding="utf-8")
    result = run("import_tracks", REGISTER=register, INPUT=folder, DISTANCE=50.0, REPORT=tmp_path / "r.html")
    assert (result["TRACKS"], result["POINTS"], result["REFUSED"], result["GIVEN"]) == (1, 40, 1, 1) and result["PASSED"] > 0
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "T001" in page and "b.gpx" in page
    with Register.open(register) as opened:
        (patrol,) = patrolling.patrols(opened)
        assert patrol.id == key and patrolling.as_log(patrol).has_track
        assert "121." not in patrol.tracks  # no place of a track is in the register
    again = run("import_tracks", REGISTER=register, INPUT=folder)
    assert again["GIVEN"] == 0 and run("import_tracks", REGISTER=register, INPUT=folder, DISTANCE=10.0)["PASSED"] == 0


def test_a_shifted_track_is_refused_until_somebody_says_what_it_is_and_then_lies_where_it_should(tmp_path, register):
    path = gpx(tmp_path / "keep.gpx", creator="Keep", shift=True)
    told = Told()
    assert run("import_tracks", feedback=told, REGISTER=register, INPUT=path, DISTANCE=50.0)["TRACKS"] == 0
    assert any("GCJ-02" in text for text in told.warnings)
    right = run("import_tracks", REGISTER=register, INPUT=path, DISTANCE=50.0, DATUM=GCJ02)
    wrong = run("import_tracks", REGISTER=register, INPUT=path, DISTANCE=50.0, DATUM="WGS84")
    assert right["PASSED"] == run("import_tracks", REGISTER=register, INPUT=gpx(tmp_path / "b.gpx"), DISTANCE=50.0)["PASSED"] > 0
    assert wrong["PASSED"] == 0


def test_findings_meet_patches_by_a_person_or_are_proposed_by_place_and_time(tmp_path, register):
    place = station(register)
    with Register.open(register) as opened:
        said = {"PDJL1": "2", "PDJL2": "201", "JSSJ": "2026-04-01", "WFLX": "01", "YDDW": "某公司"}
        assert not give_verdicts(opened, "B1", [Entry(label, said) for label in ("T001", "T002")]).refused
        parcels = opened.parcels("B1")
        patch = parcels.loc[parcels["DKBH"] == "T001", "patch_id"].iloc[0]
        near = patrolling.mark_finding(opened, Seen(place, "2026-05-12", degrees((10.0, -20.0))[0], project="甲"))
        patrolling.mark_finding(opened, Seen(place, "2026-05-12", degrees((5000.0, 0.0))[0], project="远"))
        patrolling.mark_finding(opened, Seen(place, "2026-05-25", degrees((10.0, -20.0))[0], project="后"))
    proposed = run("discoveries", REGISTER=register, BATCH="B1", OUTPUT=tmp_path / "d.gpkg")
    assert (proposed["FOUND"], proposed["ILLEGAL"]) == (0, 2)
    rows = rows_of(proposed)
    assert {row["XMMC"] for row in rows} == {"甲"} and not any(row["GL"] for row in rows)
    with Register.open(register) as opened:
        patrolling.link_findings(opened, [(near, patch)])
    linked = run("discoveries", REGISTER=register, BATCH="B1", OUTPUT=tmp_path / "e.gpkg")
    assert (linked["FOUND"], linked["ILLEGAL"]) == (1, 2) and [row["GL"] for row in rows_of(linked) if row["JCBH"] == "T001"] == [1]


def test_rates_stand_beside_what_they_are_made_of(tmp_path, register):
    """Three findings, one stopped; two had to be reported, one was in time; of two illegal patches one was found before."""
    place = station(register)
    with Register.open(register) as opened:
        give_verdicts(opened, "B1", [Entry(name, {"PDJL1": "2", "PDJL2": "201"}) for name in ("T001", "T002")])
        patch = opened.find("B1", ["T001"])[0][1]
        small, large, late = (patrolling.mark_finding(opened, Seen(place, "2026-05-06", area_m2=area, cultivated_m2=area))
                              for area in (100.0, 9000.0, 8000.0))
        patrolling.act_on_finding(opened, small, "stopped", on="2026-05-07")
        patrolling.act_on_finding(opened, large, "reported", on="2026-05-07")
        patrolling.act_on_finding(opened, late, "reported", on="2026-06-30")
        patrolling.link_findings(opened, [(small, patch)])
    result = run("patrol_table", REGISTER=register, YEAR=2026, MONTH=5, OUTPUT=tmp_path / "t.gpkg")
    (row,) = [one for one in rows_of(result) if one["ZSDM"] == place]
    assert (row["FX"], row["ZZ"], row["ZZL"], row["SB"]) == (3, 1, 33.33, 2)
    assert (row["YSB"], row["JSB"], row["JSL"]) == (2, 1, 50.0) and (row["WFTB"], row["XFX"], row["FXL"]) == (2, 1, 50.0)


def test_a_track_that_finds_no_patrol_says_why_and_a_person_names_one(tmp_path, register):
    place = station(register)
    with Register.open(register) as opened:
        for start, end in (("8:30", "11:00"), ("14:00", "16:00")):
            patrolling.log_patrol(opened, Log(place, "2026-05-12", start, end, ("王某", "李某"), route=start))
    timeless = tmp_path / "n.gpx"
    timeless.write_text(re.sub("<time>.*?</time>", "", gpx(tmp_path / "a.gpx").read_text(encoding="utf-8")), encoding="utf-8")
    noon, other_day = gpx(tmp_path / "b.gpx", hour=4), gpx(tmp_path / "c.gpx", "2026-05-15")
    for file, why in ((timeless, "has no times"), (noon, "08:30, .*14:00"), (other_day, "log it")):
        told = Told()
        assert run("import_tracks", feedback=told, REGISTER=register, INPUT=file)["GIVEN"] == 0
        assert any(re.search(why, text) for text in told.warnings), told.warnings
    for name, says in ((f"{place} 2026-05-12", "2 logged patrols"), (f"{place} 2026-05-13", "0 logged patrols")):
        with pytest.raises(QgsProcessingException, match=says):
            run("import_tracks", REGISTER=register, INPUT=timeless, PATROL=name)
    assert run("import_tracks", REGISTER=register, INPUT=timeless, PATROL=f"{place} 2026-05-12 14")["GIVEN"] == 1
    with Register.open(register) as opened:
        assert [patrolling.as_log(one).has_track for one in patrolling.patrols(opened)] == [False, True]
