"""Packages of work: what they give out, and what may come back of them."""
from __future__ import annotations

import re
import shutil
import sqlite3
import zipfile
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
import shapely
from osgeo import gdal, ogr
from qgis.core import QgsMapLayer, QgsProject

from land_inspector.errors import DamagedError, InputError, RefusedError
from land_inspector.evidence.gdal_quiet import spatial_reference
from land_inspector.exchange.work_package import (
    DONE, FIELD_WORK, KNOWN_ROW, LEFT, RECTIFICATION, REVIEW, give_out_second, give_out_work, take_back_work,
)
from land_inspector.register import kinds, packages, pursuing, sealing
from land_inspector.register.issuing import issue_batch
from land_inspector.register.judging import Entry, freeze, give_verdicts
from land_inspector.register.merging import merge_registers
from land_inspector.register.sealing import OriginBook
from land_inspector.register.field_work import PhotoMatch, add_photos
from land_inspector.register.register import Register
from land_inspector.register.second_opinion import agreement_of, begin, choose, decide, give, opinions
from land_inspector.register.settling import open_conflicts
from land_inspector.register.splitting import Piece, split_parcels
from land_inspector.register.undoing import undo
from land_inspector.register.upgrading import release_clock
from land_inspector.register.verifying import verify
from tests.factories import X0, Y0, info, intake, judge, new_register, patch, square, township

#: What stands for a land user whose name is kept apart (a view names the prefix alone).
STAND_IN_OF_SOMEBODY = re.compile(b"person:[0-9a-f]")
TOWNS = [township(), township("331082101", "大洋街道", (1000, 2000))]


@pytest.fixture
def register(tmp_path):
    """Two townships with two patches each; a land user whose name belongs to the office."""
    with new_register(tmp_path, TOWNS) as made:
        rows = [patch(f"T{n:03d}", square(n), row=n) for n in (1, 2)]
        rows += [patch(f"U{n:03d}", square(1000 + n), row=n, XZDM="331082101", XZMC="大洋街道") for n in (3, 4)]
        issue_batch(made, info(), intake(rows), by="登记员")
        said = {"PDJL1": "2", "PDJL2": "201", "YDDW": "欧阳修远", "ZTFL": "7", "PDSM": "当事人：欧阳修远，13987654321"}
        assert not give_verdicts(made, "B1", [Entry("T001", said), Entry("U003", said)], by="慕容局长").refused
        yield made


def given(register, tmp_path, what, **more):
    done = give_out_work(register, tmp_path / f"{what}.zip", what, townships=["331082100"], **more)
    with zipfile.ZipFile(done.file) as packed:
        packed.extractall(tmp_path / what)
    return done, tmp_path / what


def edit(folder, layer, number, **values):
    with closing(sqlite3.connect(str(folder / "data.gpkg"))) as db, db:
        db.create_function("ST_IsEmpty", 1, lambda _g: 0)
        for name in ("ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY"):
            db.create_function(name, 1, lambda _g: 0.0)
        for name, value in values.items():
            db.execute(f'UPDATE "{layer}" SET "{name}" = ? WHERE DKBH = ?', (value, number))


def everything_in(path: Path) -> bytes:
    """The bytes of a zip's files, those of zips in it too."""
    found = b""
    with zipfile.ZipFile(path) as packed:
        for name in packed.namelist():
            raw = packed.read(name)
            found += name.encode() + raw
            if name.endswith((".qgz", ".zip")):
                (path.parent / "inner.zip").write_bytes(raw)
                found += everything_in(path.parent / "inner.zip")
    return found


@pytest.mark.parametrize("what", [REVIEW, FIELD_WORK, RECTIFICATION])
def test_a_package_gives_away_no_other_township_and_no_name(register, tmp_path, what):
    ordered = {"land_m2": 1600.0, "cultivated_m2": 0.0}
    for label in ("T001", "U003"):
        pursuing.order_remedy(register, "B1", label, "reclamation", ordered, on="2026-06-01", by="慕容局长")
    done, _folder = given(register, tmp_path, what, to="诸葛所长", by="慕容局长")
    raw = everything_in(done.file)
    for secret in ("U003", "U004", "331082101", "大洋街道", "欧阳修远", "13987654321", "慕容局长", "诸葛所长", str(tmp_path)):
        assert secret.encode("utf-8") not in raw and secret.encode("utf-16-le") not in raw, secret
    assert b"T001" in raw and STAND_IN_OF_SOMEBODY.search(raw) is None
    entry, = packages.book(register)
    assert (entry.what, entry.to, entry.returned, entry.townships) == (what, "诸葛所长", (), ("331082100",))


def test_verdicts_come_back_field_by_field_and_twice_is_harmless(register, tmp_path):
    _done, folder = given(register, tmp_path, REVIEW, to="诸葛所长")
    edit(folder, "parcels", "T001", PDJL1="1", PDJL2="101", PDSM="已有批文")
    edit(folder, "parcels", "T002", PDJL1="3", PDJL2="301")
    judge(register, {"T002": "1"}, by="慕容局长")
    rehearsed = take_back_work(register, folder, dry_run=True)
    assert [len(rehearsed.of(status)) for status in (DONE, LEFT)] == [1, 1] and packages.book(register)[0].returned == ()
    taken = take_back_work(register, folder)
    assert [row.where for row in taken.of(DONE)] == ["T001"] and [row.where for row in taken.of(LEFT)] == ["T002"]
    frame = register.parcels().set_index("DKBH")
    assert frame.loc["T001", "PDJL1"] == "1" and frame.loc["T001", "PDSM"] == "已有批文" and frame.loc["T002", "PDJL1"] == "1"
    assert frame.loc["T001", "YDDW"] == "欧阳修远"
    again = take_back_work(register, folder)
    assert not again.of(DONE) and [row.where for row in again.of(KNOWN_ROW)] == ["T001"]
    entry, = packages.book(register)
    assert len(entry.returned) == 1 and entry.left == 1 and verify(register).broken == ()


def test_visits_photos_and_finished_work_come_back(register, tmp_path):
    ordered = {"land_m2": 1600.0, "cultivated_m2": 0.0}
    remedy = pursuing.order_remedy(register, "B1", "T001", "reclamation", ordered, on="2026-06-01", by="甲")
    _done, folder = given(register, tmp_path, FIELD_WORK, to="诸葛所长")
    (folder / "DCIM" / "a.jpg").write_bytes(b"\xff\xd8\xff picture")
    edit(folder, "parcels", "T001", status="built", visited_on="2026-06-02", remark="水泥地坪", photo1="DCIM/a.jpg")
    assert len(take_back_work(register, folder).of(DONE)) == 1 and len(take_back_work(register, folder).of(KNOWN_ROW)) == 1
    assert register.parcels().set_index("DKBH").loc["T001", "photos"] == 1
    _done, folder = given(register, tmp_path, RECTIFICATION)
    edit(folder, "remedies", "T001", now_m2=600.0, done_on="2026-06-10")
    assert len(take_back_work(register, folder).of(DONE)) == 1
    assert take_back_work(register, folder).of(DONE) == [] and verify(register).broken == ()
    assert next(track for track in pursuing.tracks(register) if track.id == remedy).done.land_m2 == 600.0


def test_a_foreign_an_altered_and_a_forged_package_are_refused(register, tmp_path):
    _done, folder = given(register, tmp_path, REVIEW)
    (tmp_path / "elsewhere").mkdir()
    with new_register(tmp_path / "elsewhere", TOWNS) as stranger:
        with pytest.raises(InputError, match="another register"):
            take_back_work(stranger, folder)
    from land_inspector.exchange import field_package

    with closing(sqlite3.connect(str(folder / "data.gpkg"))) as db, db:  # a list that agrees with itself, but is not the one given out
        db.execute("UPDATE li_base SET said = replace(said, '\"201\"', '\"202\"')")
        about = db.execute("SELECT value FROM li_package WHERE key = 'about'").fetchone()[0]
        rows = sorted(db.execute("SELECT layer, key, said, shape FROM li_base").fetchall())
        db.execute("UPDATE li_package SET value = ? WHERE key = 'digest'", (field_package._digest(about, rows),))
    before = register.seal().code
    with pytest.raises(InputError, match="not the package that was given out"):
        take_back_work(register, folder)
    with pytest.raises(InputError, match="no township or station"):
        give_out_work(register, tmp_path / "x.zip", REVIEW, townships=["999"])
    assert register.seal().code == before and not (tmp_path / "x.zip").exists()


# --- a second opinion, blind --------------------------------------------------------------------------------------------------


def test_a_second_opinion_is_blind_is_no_verdict_and_an_arbiter_decides(register, tmp_path):
    judge(register, {"T002": "1", "U004": "1"}, by="慕容局长")
    asked = choose(register, "B1", size=4, seed=3, to="诸葛所长")
    assert len(asked.parcels) == 4 and asked.parcels == choose(register, "B1", size=4, seed=3, to="诸葛所长").parcels
    done = give_out_second(register, tmp_path / "second.zip", asked)
    raw = everything_in(done.file)
    for secret in ("欧阳修远", "慕容局长", "诸葛所长", "verdict_given", "批文"):
        assert secret.encode() not in raw, secret
    with zipfile.ZipFile(done.file) as packed:
        packed.extractall(tmp_path / "second")
    with closing(sqlite3.connect(str(tmp_path / "second" / "data.gpkg"))) as db:
        assert {row for row in db.execute("SELECT PDJL1, PDJL2, reason FROM parcels")} == {(None, None, None)}
    for number, level, sub_type in (("T001", "1", "101"), ("T002", "1", "101"), ("U003", "2", "201"), ("U004", "2", "201")):
        edit(tmp_path / "second", "parcels", number, PDJL1=level, PDJL2=sub_type, reason="看影像")
    taken = take_back_work(register, tmp_path / "second")
    assert len(taken.of(DONE)) == 4 and take_back_work(register, tmp_path / "second").of(DONE) == []
    assert register.parcels().set_index("DKBH").loc["T001", "PDJL1"] == "2"  # no verdict
    found = opinions(register, "B1")
    made = agreement_of(found)
    assert (made.pairs, made.agreed, made.kappa) == (4, 2, 0.0) and [one.number for one in found[:2]] == ["T001", "U004"]
    decide(register, found[0], "second", reason="补充了批文", by="科长")
    assert register.parcels().set_index("DKBH").loc["T001", "PDJL1"] == "1"
    with pytest.raises(RefusedError, match="judged anew"):
        decide(register, found[0], "first", reason="再看", by="科长")
    decide(register, found[1], "first", reason="影像不清", by="科长")
    assert [one.decided for one in opinions(register, "B1")][:2] == ["second", "first"] and verify(register).broken == ()


def test_nobody_gives_a_second_opinion_on_his_own_verdict(register):
    with pytest.raises(InputError, match="no judged parcel"):
        choose(register, "B1", size=9, to="慕容局长")
    with pytest.raises(RefusedError, match="judged some of these"):
        choose(register, "B1", labels=["T001"], to="慕容局长")
    asked = choose(register, "B1", labels=["T001"])
    begin(register, asked)
    with pytest.raises(RefusedError, match="gave the first verdict"):
        give(register, asked.id, next(iter(asked.parcels)), "1", "101", by="慕容局长")


def test_a_patrol_goes_out_and_comes_back_by_the_same_doors(register, tmp_path):
    with pytest.raises(InputError, match="one station"):
        give_out_work(register, tmp_path / "x.zip", "patrol", townships=["331082100"])
    done = give_out_work(register, tmp_path / "patrol.zip", "patrol", stations=["城区所"], to="诸葛所长")
    with zipfile.ZipFile(done.file) as packed:
        packed.extractall(tmp_path / "patrol")
    with closing(sqlite3.connect(str(tmp_path / "patrol" / "data.gpkg"))) as db, db:
        db.execute("INSERT INTO form_patrol (li_key, XCRQ, KSSJ, JSSJ, officers, XCLX, SFWF) VALUES "
                   "('5f0c3f9e-52f1-4f8e-9d6f-0d0a6b8f4c11', date('now'), '08:30', '11:00', '张三、李四', '古城—大洋', '0')")
    assert len(take_back_work(register, tmp_path / "patrol", dry_run=True).of(DONE)) == 1
    assert len(take_back_work(register, tmp_path / "patrol").of(DONE)) == 1
    assert take_back_work(register, tmp_path / "patrol").of(DONE) == [] and len(packages.book(register)[0].returned) == 1


# --- the register in a package ------------------------------------------------------------------------------------------------


def given_as_one(register, tmp_path, what=REVIEW, name="one.gpkg", **more):
    give_out_work(register, tmp_path / name, what, **{"townships": ["331082100"], **more})
    return tmp_path / name


def at_the_station(path):
    return Register.open(path, origins=OriginBook(path.with_suffix(".origins.json")))


def verdict_in(register, label):
    return register.parcels().set_index("DKBH").loc[label, "PDJL1"]


def test_one_file_opens_in_the_plugin_as_a_sound_register_of_that_township_alone(register, tmp_path):
    pursuing.order_remedy(register, "B1", "T001", "reclamation", {"land_m2": 1600.0, "cultivated_m2": 0.0}, on="2026-06-01", by="慕容局长")
    parcel, patch_id = register.find("B1", ["T002"])[0]
    south, north = square(2).bounds[1], square(2).bounds[3]
    west, east = square(2).bounds[0], square(2).bounds[2]
    pieces = [shapely.box(west, south, west + 10, north), shapely.box(west + 10, south, east, north)]
    split_parcels(register, "B1", {"T002": [Piece(shapely.to_wkb(one), one.area) for one in pieces]}, by="慕容局长")
    judge(register, {"T002-01": "1"}, by="慕容局长")
    path = given_as_one(register, tmp_path, to="诸葛所长", by="慕容局长")
    raw = path.read_bytes()
    for secret in ("U003", "U004", "331082101", "大洋街道", "欧阳修远", "13987654321", "慕容局长", "诸葛所长", str(tmp_path), "来源列"):
        assert secret.encode("utf-8") not in raw and secret.encode("utf-16-le") not in raw, secret
    assert not list(tmp_path.glob("one.gpkg-*")) and STAND_IN_OF_SOMEBODY.search(raw) is None
    with at_the_station(path) as small:
        found = verify(small)
        assert found.broken == () and found.remarks == ()
        here, there = (one.parcels().set_index("DKBH") for one in (small, register))
        there = there[there["XZDM"] == "331082100"]
        assert list(here.index) == list(there.index) == ["T001", "T002-01", "T002-02"]
        for name in ("parcel_id", "PDJL1", "PDJL2", "DKMJ", "XZMC", "WFMJ", "ZGJD", "PCBH", "shape_id"):
            assert list(here[name].fillna("-")) == list(there[name].fillna("-")), name
        assert [town.code for town in small.township_list()] == ["331082100"] and here["YDDW"].isna().all()
        with pytest.raises(InputError, match="Take it back|is a package"):
            merge_registers(register, small)


def test_what_was_recorded_in_a_package_is_merged_and_what_both_did_is_in_dispute(register, tmp_path):
    path = given_as_one(register, tmp_path, to="诸葛所长")
    with at_the_station(path) as small:
        judge(small, {"T001": "1"}, by="诸葛所长")
        give_verdicts(small, "B1", [Entry("T002", {"PDJL1": "3", "PDJL2": "301"})], by="诸葛所长")
        undo(small, judge(small, {"T002": "1"}, by="诸葛所长").group, by="诸葛所长")
        (tmp_path / "a.jpg").write_bytes(b"\xff\xd8\xff picture")
        add_photos(small, [PhotoMatch(tmp_path / "a.jpg", (small.find("B1", ["T001"])[0][0],), matched_by="person")], by="诸葛所长")
    judge(register, {"T002": "2"}, by="慕容局长")
    before = register.seal().code
    rehearsed = take_back_work(register, path, dry_run=True)
    assert register.seal().code == before and len(rehearsed.of(DONE)) >= 3
    assert len(take_back_work(register, path).of(DONE)) == len(rehearsed.of(DONE))
    assert verdict_in(register, "T001") == "1" and register.parcels().set_index("DKBH").loc["T001", "YDDW"] == "欧阳修远"
    assert register.parcels().set_index("DKBH").loc["T001", "photos"] == 1
    found = {one.field: one for one in open_conflicts(register)}
    assert {one.where for one in found.values()} == {"T002"} and {act.who for act in found["PDJL1"].acts} == {"慕容局长", "诸葛所长"}
    assert verify(register).broken == () and take_back_work(register, path).of(DONE) == []
    with at_the_station(path) as small:  # the month goes on, and the package comes a second time
        judge(small, {"T001": "2"}, by="诸葛所长")
    assert len(take_back_work(register, path).of(DONE)) == 1 and verdict_in(register, "T001") == "2" and verify(register).broken == ()


def test_forms_and_acts_of_one_package_come_back_together(register, tmp_path):
    path = given_as_one(register, tmp_path)
    with at_the_station(path) as small:
        judge(small, {"T001": "1"}, by="诸葛所长")
    (tmp_path / "x").mkdir()
    shutil.copy2(path, tmp_path / "x" / "data.gpkg")
    edit(tmp_path / "x", "parcels", "T002", PDJL1="3", PDJL2="301")
    edit(tmp_path / "x", "parcels", "T001", PDJL1="3", PDJL2="301")  # the form says otherwise than the act
    taken = take_back_work(register, tmp_path / "x" / "data.gpkg")
    assert {row.where for row in taken.of(DONE)} == {"T001", "T002"} and [row.where for row in taken.of(LEFT)] == ["T001"]
    assert (verdict_in(register, "T001"), verdict_in(register, "T002")) == ("1", "3")


@pytest.mark.parametrize("harm", ["another township", "edited", "another history", "the office's act undone", "a batch frozen"])
def test_what_a_package_may_not_say_is_refused_or_left(register, tmp_path, harm):
    """Whoever holds the file can write into it, with right hashes too; what he may not say is found at home."""
    path, freezes = given_as_one(register, tmp_path), harm == "a batch frozen"
    foreign = dict(zip(("parcel", "patch"), register.find("B1", ["U003"])[0]))
    with at_the_station(path) as small:
        if freezes:
            freeze(small, "B1", by="诸葛所长")
        else:
            judge(small, {"T001": "1"}, by="诸葛所长")
        if harm == "the office's act undone":
            first = next(event for event in small.storage.events_of_kind(kinds.VERDICT_GIVEN))
            undo(small, first.group, by="诸葛所长", reason="误判", with_dependents=True)
        if harm == "another township":
            act = small.storage.events_of_kind(kinds.VERDICT_GIVEN)[-1]
            forged = replace(act, uuid="11111111-2222-4333-8444-555555555555", sequence=act.sequence + 1, previous=act.hash,
                             payload={**act.payload, "parcel": foreign["parcel"]}).sealed()
            with small.storage.writing():
                small.storage.append([forged])
    if harm in ("edited", "another history"):
        with closing(sqlite3.connect(str(path))) as db, db:
            if harm == "edited":
                db.execute("UPDATE event SET payload = replace(payload, '\"101\"', '\"102\"')")
            else:
                db.execute("DELETE FROM event WHERE number = (SELECT max(number) FROM event WHERE origin = "
                           "(SELECT origin FROM event WHERE number = 1))")
    before = register.seal().code
    if harm in ("another township", "edited", "another history"):
        with pytest.raises(DamagedError):
            take_back_work(register, path)
        assert register.seal().code == before
        return
    taken = take_back_work(register, path)
    assert len(taken.of(LEFT)) == 1 and verify(register).broken == ()
    assert verdict_in(register, "T001") == ("2" if freezes else "1") and register.batch("B1").DJ in (0, None)


def test_a_blind_package_shows_no_verdict_in_the_plugin_and_its_verdicts_are_opinions(register, tmp_path):
    judge(register, {"T002": "1"}, by="慕容局长")
    path = tmp_path / "second.gpkg"
    give_out_second(register, path, choose(register, "B1", size=3, seed=3))
    with at_the_station(path) as small:
        assert set(small.parcels()["PDJL1"].fillna("0")) == {"0"} and verify(small).broken == ()
        assert not small.storage.events_of_kind(kinds.VERDICT_GIVEN) and len(small.storage.frame("proposal")) == 0
        number = sorted(small.parcels()["DKBH"])[0]
        judge(small, {number: "3"}, by="诸葛所长")
    assert [row.where for row in take_back_work(register, path, by="诸葛所长").of(DONE)] == [number]
    assert [one.second[0] for one in opinions(register, "B1")] == ["3"] and verdict_in(register, number) != "3"


def test_a_package_of_one_file_opens_in_plain_qgis_with_its_project_and_its_imagery(register, tmp_path):
    image = gdal.GetDriverByName("GTiff").Create(str(tmp_path / "image.tif"), 200, 100, 3)
    image.SetGeoTransform([X0, 2.0, 0, Y0 + 150, 0, -2.0])
    image.SetProjection(spatial_reference("EPSG:4549").ExportToWkt())
    for band in (1, 2, 3):
        image.GetRasterBand(band).Fill(80 * band)
    image = None
    path = given_as_one(register, tmp_path, images=[tmp_path / "image.tif"])
    (tmp_path / "elsewhere").mkdir()
    moved = Path(shutil.move(str(path), str(tmp_path / "elsewhere" / path.name)))
    project = QgsProject()
    assert project.read(f"geopackage:{moved}?projectName={REVIEW}")
    layers = {layer.name(): layer for layer in project.mapLayers().values()}
    assert all(layer.isValid() for layer in layers.values()) and len(layers) == 2
    vector = next(layer for layer in layers.values() if layer.type() == QgsMapLayer.LayerType.VectorLayer)
    raster = next(layer for layer in layers.values() if layer.type() == QgsMapLayer.LayerType.RasterLayer)
    assert vector.featureCount() == 2 and raster.bandCount() >= 3 and str(tmp_path / "elsewhere") in vector.source()
    assert vector.startEditing() and vector.changeAttributeValue(next(vector.getFeatures()).id(), vector.fields().indexOf("PDSM"), "现场看过")
    assert vector.commitChanges()
    project.clear()
    with at_the_station(moved) as small:
        assert verify(small).broken == ()
    assert len(take_back_work(register, moved).of(DONE)) == 1


def test_a_photo_that_was_forgotten_is_said_and_comes_in_with_the_next_return(register, tmp_path):
    pursuing.order_remedy(register, "B1", "T001", "reclamation", {"land_m2": 1600.0, "cultivated_m2": 0.0}, on="2026-06-01", by="甲")
    for what, layer, said in ((REVIEW, "parcels", {"PDSM": "水泥地坪"}), (FIELD_WORK, "parcels", {"status": "built"}),
                              (RECTIFICATION, "remedies", {"now_m2": 600.0, "done_on": "2026-06-10"})):
        _done, folder = given(register, tmp_path, what)
        name = f"DCIM/{what}.jpg"
        edit(folder, layer, "T001", photo1=name, **said)
        for _turn in range(2):
            left, = take_back_work(register, folder).of(LEFT)
            assert name in str(left.reason) and left.where == "T001", what
        (folder / name).write_bytes(b"\xff\xd8\xff picture of " + what.encode())
        assert [row.where for row in take_back_work(register, folder).of(DONE)] == ["T001"], what
        count = len(register.storage.events())
        assert take_back_work(register, folder).of(DONE) == [] and len(register.storage.events()) == count, what
    assert register.parcels().set_index("DKBH").loc["T001", "photos"] == 2
    assert [track.done.land_m2 for track in pursuing.tracks(register)] == [600.0] and verify(register).broken == ()


def spoil(path):
    data = gdal.OpenEx(str(path), gdal.OF_VECTOR | gdal.OF_UPDATE)
    layer = data.GetLayerByName("form_parcels" if data.GetLayerByName("form_parcels") is not None else "parcels")
    for number in [feature.GetFID() for feature in layer]:
        feature = layer.GetFeature(number)
        if number > 1:
            feature.SetField("photo1", "x" * 5000)
        else:
            feature.SetGeometry(ogr.CreateGeometryFromWkt(
                f"CURVEPOLYGON(CIRCULARSTRING({X0} {Y0},{X0 + 20} {Y0 + 20},{X0 + 40} {Y0},{X0 + 20} {Y0 - 20},{X0} {Y0}))"))
        layer.SetFeature(feature)
        feature = None
    layer = data = None


def test_what_a_hand_may_do_to_a_row_ends_in_a_word_about_it(register, tmp_path):
    """An outline with arcs, a photo's name that no file can have, a patrol without anything said."""
    done = give_out_work(register, tmp_path / "p.gpkg", REVIEW, townships=["331082100"])
    spoil(done.file)
    assert len(take_back_work(register, done.file).of(LEFT)) == 2
    patrol = give_out_work(register, tmp_path / "q.gpkg", "patrol", stations=["城区所"])
    with closing(sqlite3.connect(str(patrol.file))) as db, db:
        db.execute("INSERT INTO form_patrol (XCRQ) VALUES ('2026-06-05')")
    for _turn in range(2):
        left, = take_back_work(register, patrol.file).of(LEFT)
        assert "2026-06-05" in str(left.reason)


@pytest.mark.parametrize("harm", [
    "UPDATE issued SET JCMJ_Y = '{}'", "UPDATE event SET sequence = 'x' WHERE number = 3", "UPDATE event SET effective_on = x'0001'"])
def test_what_is_no_number_and_no_text_where_one_belongs_is_refused_in_words(register, tmp_path, harm):
    path = given_as_one(register, tmp_path)
    with at_the_station(path) as small:
        judge(small, {"T002": "3"}, by="丙")
    with closing(sqlite3.connect(str(path))) as db, db:
        db.execute(harm)
    before = register.seal().code
    with pytest.raises((DamagedError, InputError)):
        take_back_work(register, path)
    assert register.seal().code == before and verify(register).broken == ()


def test_what_is_dated_ahead_of_the_clock_waits_is_told_so_and_comes_in_once_it_is_accepted(register, tmp_path, monkeypatch):
    path = given_as_one(register, tmp_path)
    ahead = sealing.iso(datetime.now(timezone.utc) + timedelta(days=300))
    with monkeypatch.context() as fast, at_the_station(path) as small:
        fast.setattr(sealing, "utc_now", lambda: ahead)
        judge(small, {"T002": "3"}, by="丙")
    waiting, = take_back_work(register, path).rows
    assert waiting.status == LEFT and "ahead of this computer's clock" in str(waiting.reason) and verdict_in(register, "T002") == "0"
    with at_the_station(path) as small:
        release_clock(small, reason="时钟快十个月", by="丙")
    assert {row.status for row in take_back_work(register, path).rows} == {DONE} and verdict_in(register, "T002") == "3"
    assert {row.status for row in take_back_work(register, path).rows} == {KNOWN_ROW} and verify(register).broken == ()
