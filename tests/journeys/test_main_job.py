"""The main job from end to end, its figures held against an independent computation.

The computation below knows nothing of the plugin's rooms: plain shapely and pandas over the county's own files, and
QGIS's own ellipsoidal areas. For the cases: every stage is there, and the figures are what a plain count of events gives.
Both look at one county, because making it takes as long as all the looking.
"""
from __future__ import annotations

import csv
import json
import sqlite3
from collections import Counter

import openpyxl
import pandas as pd
import pytest
import shapely
from osgeo import ogr
from qgis.core import QgsCoordinateReferenceSystem, QgsCoordinateTransformContext, QgsDistanceArea, QgsGeometry, QgsProject, QgsVectorLayer

from land_inspector.exchange.township_figures import indicator_rows
from land_inspector.exchange.photos import look_through
from land_inspector.law.acts import STATES
from land_inspector.progress import Progress
from land_inspector.register import figures, pursuing
from land_inspector.register.figures import Scope
from land_inspector.register.attachments import breaks, named
from land_inspector.register.register import Register
from land_inspector.register.pursuing import supervisions
from tools import main_job
from tools.demo.making import make_county
from tools.demo.plan import CountyPlan
from tools.headless_plugin import provide

M2_PER_MU = 2000 / 3
CULTIVATED = ("0101", "0102", "0103")
FIELDS = ("JCBH", "FJCBH", "PCBH", "XZDM", "TBZT", "PDJL1", "PDJL2", "DKMJ", "GDMJ", "JBNTMJ", "WFMJ", "WFGD", "JCMJ")


@pytest.fixture(scope="module")
def county(tmp_path_factory):
    folder = tmp_path_factory.mktemp("county")
    make_county(folder, CountyPlan(), images=False)
    return folder


@pytest.fixture(scope="module")
def job(tmp_path_factory, county):
    provide()
    return main_job.demo_county(tmp_path_factory.mktemp("run"), county, say=lambda text: None)


def features(path, layer):
    dataset = ogr.Open(str(path))
    table = dataset.GetLayerByName(layer)
    names = [field.name for field in table.schema]
    return [({name: feature[name] for name in names}, shapely.from_wkb(bytes(feature.GetGeometryRef().ExportToWkb()))) for feature in table]


@pytest.fixture(scope="module")
def given_out(job):
    """Every parcel of the township layers with its outline."""
    path = job.folder / "townships.gpkg"
    with sqlite3.connect(path) as connection:
        layers = [row[0] for row in connection.execute("SELECT table_name FROM gpkg_contents WHERE data_type = 'features'")]
    rows = [{**{name: values[name] for name in FIELDS}, "shape": shape}
            for layer in layers if layer != "townships" for values, shape in features(path, layer)]
    return pd.DataFrame(rows)


def test_every_row_of_the_issued_files_is_accounted_for(job, county):
    with (county / "truth.csv").open(encoding="utf-8-sig", newline="") as file:
        fates = pd.Series([row["fate"] for row in csv.DictReader(file)])
    first = next(answer for answer in job.counts if answer["algorithm"] == "import_patches")
    assert first["ROWS"] == len(fates) == first["IMPORTED"] + first["QUARANTINED"]
    assert first["IMPORTED"] == fates.isin(("imported", "repaired")).sum() and first["REPAIRED"] == (fates == "repaired").sum()


def test_the_reissue_names_what_changed(job, county):
    with (county / "reissue_truth.csv").open(encoding="utf-8-sig", newline="") as file:
        changes = pd.Series([row["change"] for row in csv.DictReader(file)])
    second = [answer for answer in job.counts if answer["algorithm"] == "import_patches"][1]
    assert second["CHANGED"] == (changes != "same").sum()


def test_parcel_areas_are_those_that_qgis_measures_on_the_ellipsoid(given_out):
    ruler = QgsDistanceArea()
    ruler.setSourceCrs(QgsCoordinateReferenceSystem("EPSG:4528"), QgsCoordinateTransformContext())
    ruler.setEllipsoid("EPSG:7019")
    measured = [ruler.measureArea(QgsGeometry.fromWkt(shape.wkt)) for shape in given_out["shape"]]
    off = (given_out["DKMJ"] - measured).abs()
    assert (off <= 0.02 + 2e-6 * given_out["DKMJ"]).all(), given_out.assign(off=off).nlargest(3, "off")[["JCBH", "DKMJ", "off"]]


def test_cultivated_land_is_what_the_survey_says_parcel_by_parcel(given_out, county):
    fields = [shape for values, shape in features(county / "county.gpkg", "dltb") if values["DLBM"][:4] in CULTIVATED]
    tree = shapely.STRtree(fields)
    outlines = list(given_out["shape"])
    met = [[fields[at] for at in tree.query(shape, predicate="intersects")] for shape in outlines]
    cut = [shapely.union_all(shapely.intersection(shape, some)) for shape, some in zip(outlines, met)]
    share = pd.Series(shapely.area(cut)) / shapely.area(outlines)
    measured = share * given_out["DKMJ"]
    surveyed = _inside_the_survey(given_out, county)
    off = (given_out["GDMJ"] - measured).abs()[surveyed]
    assert surveyed.mean() > 0.9 and (off <= 0.02 + 1e-5 * given_out["DKMJ"][surveyed]).all()


def _inside_the_survey(frame, county):
    whole = shapely.union_all([shape for _values, shape in features(county / "county.gpkg", "dltb")])
    shapely.prepare(whole)
    return pd.Series(shapely.covers(whole, list(frame["shape"])))


def test_each_verdict_is_the_one_in_the_offices_table(job, given_out, county):
    rows = openpyxl.load_workbook(county / "verdicts.xlsx", read_only=True).worksheets[0].iter_rows(values_only=True)
    heads = [str(head) for head in next(rows)]
    office = pd.DataFrame(rows, columns=heads)[["JCBH", "PDJL1", "PDJL2"]].astype(str)
    with (county / "verdicts_wrong.csv").open(encoding="utf-8-sig", newline="") as file:
        wrong = {row["JCBH"] for row in csv.DictReader(file)}
    first = next(answer for answer in job.counts if answer["algorithm"] == "give_verdicts")
    assert (first["GIVEN"], first["REFUSED"]) == (len(office) - first["REFUSED"], first["REFUSED"]) and first["REFUSED"] <= len(wrong)
    whole = given_out[(given_out["PCBH"] == main_job.FIRST) & (given_out["TBZT"] == "0") & (given_out["PDJL1"] != "0")]
    both = whole.merge(office[~office["JCBH"].isin(wrong)], on="JCBH", suffixes=("", "_office"))
    assert len(both) > 300 and (both["PDJL1"] == both["PDJL1_office"]).all() and (both["PDJL2"] == both["PDJL2_office"]).all()


def test_pieces_make_up_their_patch_and_the_parent_is_counted_no_more(given_out, county):
    pieces = given_out[given_out["TBZT"] == "2"]
    truth, reissue = (pd.read_csv(county / name, encoding="utf-8-sig") for name in ("truth.csv", "reissue_truth.csv"))
    beyond = truth[(truth["split"] == 1) & truth["fate"].isin(("imported", "repaired"))]["JCBH"]
    gone = set(reissue[reissue["change"] == "gone"]["JCBH"])
    split = [number for number in sorted(beyond)[:main_job.SPLIT_PARCELS] if number not in gone]
    assert sorted(set(pieces["FJCBH"])) == split and len(pieces) == 2 * len(split) and pieces["JCBH"].is_unique
    assert not set(pieces["FJCBH"]) & set(given_out["JCBH"])
    assert set(pieces["PDJL2"]) == {"102", "204"}


def totals(frame):
    """One township by hand, in mu: only what the columns of the table mean (domain.md §0.2, §3.1, §10)."""
    legal, illegal, other = (frame[frame["PDJL1"] == code] for code in "123")
    building = frame[frame["PDJL1"].isin(("1", "2"))]
    illegal_m2 = illegal["WFMJ"].fillna(illegal["DKMJ"])
    illegal_cultivated = illegal["WFGD"].fillna(illegal["GDMJ"])
    cultivated = legal["GDMJ"].sum() + illegal_cultivated.sum()  # of what is illegal as much as is illegal: §0.2 (14)
    return {
        "核实后地块数": len(frame), "合法（个）": len(legal), "合法面积（亩）": legal["DKMJ"].sum() / M2_PER_MU,
        "其他（个）": len(other), "其他面积（亩）": other["DKMJ"].sum() / M2_PER_MU, "违法（个）": len(illegal),
        "违法面积（亩）": illegal_m2.sum() / M2_PER_MU, "违法耕地（亩）": illegal_cultivated.sum() / M2_PER_MU,
        "新增建设占耕（亩）": cultivated / M2_PER_MU, "违法占耕占比（r2，%）": 100 * illegal_cultivated.sum() / cultivated if cultivated else "—",
        "违法用地占比（r1，%）": 100 * illegal_m2.sum() / building["DKMJ"].sum() if len(building) else "—",
    }


def test_the_township_table_is_what_a_hand_count_gives(job, given_out):
    table = _table(job.folder / "townships.xlsx")
    towns = {code: given_out[given_out["XZDM"] == code] for code in table if code}
    assert len(towns) == 19 and sum(map(len, towns.values())) == len(given_out)
    for code, frame in towns.items():
        for heading, wanted in totals(frame).items():
            assert table[code][heading] == (wanted if isinstance(wanted, str) else pytest.approx(wanted, abs=1e-6)), (code, heading)
    for heading, wanted in totals(given_out).items():
        assert table[""][heading] == pytest.approx(wanted, abs=1e-6), heading


def _table(path):
    """Rows by township code; the total under the empty code. The reports' headings in either language, read as Chinese."""
    from land_inspector.law.townships import TOWNSHIP_COLUMNS

    chinese = {column.label.en: column.label.zh for column in TOWNSHIP_COLUMNS}
    heads, *rows = openpyxl.load_workbook(path, read_only=True).worksheets[0].iter_rows(min_row=3, values_only=True)
    names = [str(head).replace("\n(", " (").replace("\n", "") for head in heads]
    return {row[0] or "": dict(zip([chinese.get(name, name) for name in names], row)) for row in rows}


def test_the_summary_layer_says_the_same_as_the_workbook(job):
    table = _table(job.folder / "townships.xlsx")
    for values, _shape in features(job.folder / "townships.gpkg", "townships"):
        row = table[values["XZDM"]]
        assert (values["legal"], values["illegal"]) == (row["合法（个）"], row["违法（个）"])
        assert values["illegal_m2"] / M2_PER_MU == pytest.approx(row["违法面积（亩）"], abs=1e-6)


def test_what_is_handed_over_is_sound_and_the_project_opens(job, county):
    verified = next(answer for answer in job.counts if answer["algorithm"] == "verify_register")
    backed_up = next(answer for answer in job.counts if answer["algorithm"] == "backup_register")
    assert verified["BROKEN"] == 0 and backed_up["EVENTS"] == verified["EVENTS"]
    path = main_job.write_project(job.folder, county)
    project = QgsProject()
    assert project.read(str(path))
    parcels = [layer for layer in project.mapLayers().values() if layer.customProperty("land_inspector/layer") == "parcel_map"]
    assert len(parcels) == 1 and parcels[0].renderer().type() == "categorizedSymbol"
    assert all(layer.isValid() for layer in project.mapLayers().values() if isinstance(layer, QgsVectorLayer))
    project.clear()


def test_the_real_patches_of_rondonia_go_the_same_way(tmp_path):
    provide()
    job = main_job.rondonia(tmp_path, say=lambda text: None)
    imported = next(answer for answer in job.counts if answer["algorithm"] == "import_patches")
    assert (imported["ROWS"], imported["IMPORTED"]) == (186, 186)
    issued = features(main_job.RONDONIA / "prodes_patches.gpkg", "prodes_patches")
    total = _table(job.folder / "townships.xlsx")[""]
    assert total["下发图斑数"] == 186
    assert total["下发面积（亩）"] == pytest.approx(sum(values["area_m2"] for values, _shape in issued) / M2_PER_MU, rel=1e-9)
    judged = next(answer for answer in job.counts if answer["algorithm"] == "give_verdicts")
    assert judged["GIVEN"] == total["违法（个）"] + total["其他（个）"] and total["违法（个）"] > 5 and total["违法面积（亩）"] > 100


def test_the_ratio_is_one_that_a_county_could_have(job):
    with Register.open(job.register) as register:
        rows = indicator_rows(register, Scope(batch=main_job.FIRST), by="county")
    assert 5 < rows[0]["R4_PC"] < rows[0]["R2_PC"] < 15  # each GEOS places the patches a little otherwise


def test_every_list_of_the_desk_has_something_in_it(job):
    with Register.open(job.register) as register:
        parcels = pd.concat([register.parcels(main_job.FIRST), register.parcels(main_job.SECOND)])
        assert {"later", "paper"} <= set(parcels["aside"]) and (parcels["flag"] == 1).sum() == 5
        assert parcels["assigned_to"].nunique() == 3 and parcels["assigned_to"].isna().any()
        assert {"0", "1", "3", "4", "9"} <= set(parcels["HSZT"]) and parcels["site"].notna().sum() == 12
        assert len(supervisions(register)) == 2 and (parcels["photos"] > 0).sum() == parcels["photos"].sum() >= 15
        assert {"2", "3"} <= set(parcels["PDJL1"]) and not breaks(register, named(register), Progress())


def test_photos_that_nobody_brought_in_yet_lie_ready_and_show_a_parcel_each(job):
    with Register.open(job.register) as register:
        found = look_through(register, [job.folder / "photos"], Progress())
    fresh = [one for one in found if one.double is None]
    assert len(fresh) == 6 and all(one.best is not None and one.photo.exif.direction is not None for one in fresh)


@pytest.fixture(scope="module")
def events(job):
    """Payloads by kind, read from the file without the plugin."""
    with sqlite3.connect(job.register) as connection:
        rows = connection.execute("SELECT kind, effective_on, payload FROM event ORDER BY number").fetchall()
    return [(kind, day, json.loads(payload)) for kind, day, payload in rows]


def acts(events, name):
    return {said["case"] for kind, _day, said in events if kind == "case_act" and said["act"] == name}


def decided(events):
    """Cases whose decision stands: what was revoked and is being made anew is not dealt with."""
    last = {said["case"]: said["act"] for kind, _day, said in events if kind == "case_act" and said["act"] in ("decide", "redo")}
    revoked = {case for case, act in last.items() if act == "redo"}
    assert revoked < acts(events, "decide"), "the county has some of both"
    return acts(events, "decide") - revoked


def indicators(job):
    layer = QgsVectorLayer(str(job.folder / main_job.INDICATORS), "t", "ogr")
    return [{field.name(): feature[field.name()] for field in layer.fields()} for feature in layer.getFeatures()]


def test_cases_stand_in_every_state_that_a_county_has(job):
    with Register.open(job.register) as register:
        states = Counter(case.state for case in pursuing.cases(register))
        illegal = (register.parcels(main_job.FIRST)["PDJL1"] == "2").sum()
    assert set(STATES) - set(states) <= {"S2", "S9", "S13", "N2"} and states["S15"] > 10
    assert sum(states.values()) < illegal


def test_filing_handling_and_closing_are_counted_from_the_events(job, events):
    *_towns, county = indicators(job)
    opened = {said["case"] for kind, _day, said in events if kind == "case_opened"}
    assert county["LA_FZ"] == len(acts(events, "file")) and county["JA_FZ"] == len(acts(events, "close"))
    ends = ("settle_unfiled", "transfer_case", "end_investigation")
    assert county["CC_FZ"] == len(decided(events).union(*(acts(events, name) for name in ends)))
    assert county["JA_FM"] == county["LA_FZ"] and county["CC_FM"] > len(opened)


def test_the_townships_add_up_to_the_county(job):
    *towns, county = indicators(job)
    for name in ("WF_S", "WF_M2", "ZG_S", "LA_FZ", "LA_FM", "CC_FZ", "JA_FZ", "FK_FZ_Y", "FK_FM_Y", "MSJZ_M2", "CCJZ_M2", "YSGA", "CF_FZ"):
        assert sum(row[name] for row in towns) == pytest.approx(county[name]), name
    assert county["ZG_S"] > 10 and county["R4_PC"] < county["R2_PC"]


def test_what_was_accepted_too_late_is_rectified_and_never_deducted(job):
    with Register.open(job.register) as register:
        found = figures.frames(register, Scope(batch=main_job.LAST_YEAR)).remedies
    late = found[found["rectified"] & (found["r3_m2"] == 0)]
    assert (len(found), len(late), found["rectified"].sum()) == (6, 2, 6)


def test_the_year_is_told_in_the_end(job, events):
    text = next(answer["TEXT"] for answer in job.counts if answer["algorithm"] == "county_paragraph")
    found = {said["case"] for kind, day, said in events if kind == "case_opened" and day.startswith("2026")}
    assert text.startswith(f"{len(found & acts(events, 'file'))} cases were filed")
    assert f"{len(found & acts(events, 'close'))} cases are closed" in text
