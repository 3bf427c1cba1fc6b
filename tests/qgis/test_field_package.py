"""A field package given out, edited in QGIS as QField edits it (its project's own layers and forms), and taken back."""
from __future__ import annotations

import sqlite3
import zipfile
from contextlib import closing

import numpy as np
import pytest
import shapely
from osgeo import gdal
from qgis.core import QgsGeometry, QgsPointXY, QgsProcessingException, QgsProject, QgsVectorLayerUtils

from land_inspector.evidence.gdal_quiet import spatial_reference
from land_inspector.exchange import patrol_package, patrol_plan
from land_inspector.exchange.field_package import CONFLICT, MISSING, taken_back
from land_inspector.exchange.patrol_package import FIELD, give_out_patrol, take_back_patrol
from land_inspector.register import patrolling
from land_inspector.register.patrolling import Log, Seen, Target
from land_inspector.register.register import Register
from land_inspector.register.undoing import undo
from land_inspector.register.verifying import verify
from tests.algorithms import a_register, patch_file, run
from tests.factories import X0, Y0
from tests.photo_files import jpeg_bytes


@pytest.fixture
def path(tmp_path):
    made = a_register(tmp_path)
    run("import_patches", REGISTER=made, INPUT=patch_file(tmp_path), BATCH="B1", ISSUED="2026-05-20", YEAR=2026, MONTH=5)
    return made


def place(register, x, y):
    return patrolling.in_degrees(register, [(X0 + x, Y0 + y)])[0]


def planned(register):
    """A plan with a target, an old finding, and their ids with the station."""
    station = register.townships()["ZSDM"].iloc[0]
    lon, lat = place(register, 120.0, 20.0)
    patrol = patrolling.plan_patrol(register, Log(station, "2026-05-12", officers=("王某", "李某"), area="2"),
                                    targets=[Target("place", "1", "村口", lon, lat, "新堆土")])
    found = patrolling.mark_finding(register, Seen(station, "2026-05-08", (lon, lat), builder="张三", project="旧棚", state="1"))
    return station, patrol, found


class Device:
    """The unpacked package, opened in QGIS by its own project."""

    def __init__(self, package, folder):
        zipfile.ZipFile(package).extractall(folder)
        self.folder, self.project = folder, QgsProject()
        assert self.project.read(str(folder / "patrol.qgz"))
        self.layers = {layer.source().rpartition("layername=")[2]: layer for layer in self.project.mapLayers().values()}

    def add(self, name, geometry=None, **values):
        layer = self.layers[name]
        layer.startEditing()
        said = {layer.fields().lookupField(key): value for key, value in values.items()}
        feature = QgsVectorLayerUtils.createFeature(layer, geometry or QgsGeometry(), said)
        assert layer.addFeature(feature) and layer.commitChanges(), layer.commitErrors()
        return feature["li_key"]

    def change(self, name, key, **values):
        layer = self.layers[name]
        layer.startEditing()
        feature = next(one for one in layer.getFeatures() if one["li_key"] == key)
        for field, value in values.items():
            assert layer.changeAttributeValue(feature.id(), layer.fields().lookupField(field), value)
        assert layer.commitChanges(), layer.commitErrors()

    def close(self):
        self.layers = {}
        self.project.clear()


def test_a_package_is_edited_outside_and_comes_back_as_events_twice_harmless(tmp_path, path):
    with Register.open(path) as register:
        station, patrol, found = planned(register)
        lon, lat = place(register, 130.0, 30.0)
        parcel = register.parcels("B1")["parcel_id"].iloc[0]
        given = give_out_patrol(register, tmp_path / "p.zip", station, 2026, 5)
        assert given.rows["target"] == 1 and given.rows["patrol"] == 1 and given.rows["patch"] == 6
        device = Device(tmp_path / "p.zip", tmp_path / "device")
        assert "张三".encode() not in (device.folder / "data.gpkg").read_bytes()  # no name that nobody needs in the field
        assert device.layers["patch"].isValid() and device.layers["township"].readOnly() and not device.layers["finding"].readOnly()
        device.change("patrol", patrol, KSSJ="08:30", JSSJ="11:00", XCLX="东线", SFWF="1")
        new = device.add("finding", QgsGeometry.fromPointXY(QgsPointXY(lon, lat)), XMMC="新厂房", JSZT="2", CSM="220", patrol=patrol,
                         ZDMJ=300.0, FXRQ="2026-05-12")
        device.change("finding", found, JSZT="2", stop_on="2026-05-13")
        device.change("patch", parcel, status="built", visited_on="2026-05-25", remark="已硬化")
        (device.folder / "DCIM" / "a.jpg").write_bytes(jpeg_bytes())
        device.add("photo", patch=parcel, path="DCIM/a.jpg")
        device.add("track", QgsGeometry.fromWkt(
            "LineStringZM(" + ", ".join(f"{lon + n / 10000} {lat} 5 {1778546400 + 20 * n}" for n in range(30)) + ")"))
        device.close()
        made = take_back_patrol(register, device.folder)
        assert (made.logs, made.visits, made.photos, made.tracks, made.of(CONFLICT), made.told) == (1, 1, 1, 1, [], [])
        assert made.findings == 2 and made.acts == 1
        (log,) = [row for row in patrolling.patrols(register) if row.id == patrol]
        assert (log.logged, log.KSSJ, log.XCLX, log.SFWF) == (1, "08:30", "东线", 1) and patrolling.as_log(log).has_track
        rows = {row.id: row for row in patrolling.findings(register)}
        assert rows[new].XMMC == "新厂房" and rows[new].patrol_id == patrol and rows[found].JSZT == "2" and "stop_order" in rows[found].doc
        before = len(register.storage.events())
        again = take_back_patrol(register, device.folder)
        assert again.recorded == 0 and len(register.storage.events()) == before
        assert not verify(register).broken
        undo(register, by=None, reason="误收")
        assert not patrolling.patrols(register)[0].logged and [row.id for row in patrolling.findings(register)] == [found]
        assert not verify(register).broken and take_back_patrol(register, device.folder).recorded == made.recorded


def test_a_place_moved_and_an_outline_drawn_anew_come_back_and_a_row_that_cannot_be_taken_takes_none_with_it(tmp_path, path):
    with Register.open(path) as register:
        station, _patrol, found = planned(register)
        square = shapely.to_wkb(shapely.box(X0 + 100, Y0, X0 + 140, Y0 + 40))
        drawn = patrolling.mark_finding(register, Seen("", "2026-05-08", outline=square, project="场地"))
        give_out_patrol(register, tmp_path / "p.zip", station, 2026, 5)
        device = Device(tmp_path / "p.zip", tmp_path / "device")
        there = place(register, 150.0, 60.0)
        triangle = QgsGeometry.fromWkt(f"MultiPolygon((({X0} {Y0}, {X0 + 50} {Y0}, {X0} {Y0 + 50}, {X0} {Y0})))")
        for layer, key, shape in (("finding", found, QgsGeometry.fromPointXY(QgsPointXY(*there))), ("finding_area", drawn, triangle)):
            edited = device.layers[layer]
            edited.startEditing()
            row = next(one for one in edited.getFeatures() if one["li_key"] == key)
            assert edited.changeGeometry(row.id(), shape) and edited.commitChanges()
        device.add("finding", QgsGeometry.fromPointXY(QgsPointXY(100.0, 30.0)), XMMC="境外", FXRQ="2026-05-12")
        device.add("finding", QgsGeometry.fromPointXY(QgsPointXY(*there)), XMMC="怪", JSZT="99", FXRQ="2026-05-12")
        device.add("finding", QgsGeometry.fromPointXY(QgsPointXY(*there)), XMMC="好", FXRQ="2026-05-12", stop_on="2026-05-01")
        device.close()
        made = take_back_patrol(register, device.folder)
        rows = {row.XMMC: row for row in patrolling.findings(register)}
        assert set(rows) == {"旧棚", "场地", "好"} and made.findings == 3 and made.acts == 0 and not made.of(CONFLICT)
        assert [word for word in ("境外", "怪", "before the finding") if not any(word in str(text) for text in made.told)] == []
        assert (rows["旧棚"].lon, rows["旧棚"].lat) == pytest.approx(there) and rows["场地"].ZDMJ == pytest.approx(1600.0, rel=0.01)
        assert shapely.from_wkb(register.storage.shapes([rows["场地"].shape_id])[rows["场地"].shape_id]).area == pytest.approx(1250.0)
        assert take_back_patrol(register, device.folder).recorded == 0 and not verify(register).broken


def test_a_package_that_breaks_off_on_its_way_in_leaves_nothing(tmp_path, path, monkeypatch):
    with Register.open(path) as register:
        station, patrol, _found = planned(register)
        give_out_patrol(register, tmp_path / "p.zip", station, 2026, 5)
        device = Device(tmp_path / "p.zip", tmp_path / "device")
        device.change("patrol", patrol, KSSJ="08:30", JSSJ="11:00")
        (device.folder / "DCIM" / "a.jpg").write_bytes(jpeg_bytes())
        device.add("photo", patch=register.parcels("B1")["parcel_id"].iloc[0], path="DCIM/a.jpg")
        device.close()
        before, files = register.storage.events(), register.attachments.names()
        with monkeypatch.context() as broken:
            broken.setattr(patrol_package._Taking, "tracks", lambda self: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                take_back_patrol(register, device.folder)
        assert register.storage.events() == before and register.attachments.names() == files and not verify(register).broken
        assert take_back_patrol(register, device.folder).recorded == 2


def test_texts_go_out_without_people_and_what_is_written_beside_does_not_cost_the_names(tmp_path, path):
    with Register.open(path) as register:
        station, patrol, found = planned(register)
        lon, lat = place(register, 140.0, 20.0)
        own = "张三说是其弟所建，电话13812345678"
        patrolling.correct_finding(register, found, {"BZ": own})
        other = patrolling.mark_finding(register, Seen(station, "2026-05-09", (lon, lat), project="张三的棚", remarks="问过张三"))
        patrolling.plan_patrol(register, Log(station, "2026-05-13", route="张三家后", remarks="找联系人李建国"),
                               targets=[Target("finding", other, "张三的棚", lon, lat, "张三新建")])
        given_out = patrol_plan.planned(register, station, 2026, 5)
        assert len(given_out) == 2 and not any(name in str(given_out) for name in ("张三", "李建国"))
        give_out_patrol(register, tmp_path / "p.zip", station, 2026, 5)
        device = Device(tmp_path / "p.zip", tmp_path / "device")
        data = (device.folder / "data.gpkg").read_bytes().decode("utf-8", "replace")
        assert not any(name in data for name in ("张三", "13812345678", "李建国")) and "王某" in data
        (told,) = [one["BZ"] for one in device.layers["finding"].getFeatures() if one["li_key"] == found]
        device.change("finding", found, BZ=told + "；已停工")
        device.change("finding", other, BZ="＊＊ 不在")
        device.close()
        made = take_back_patrol(register, device.folder, prefer=FIELD)
        rows = {row.id: row for row in patrolling.findings(register)}
        assert rows[found].BZ == own + "；已停工" and rows[other].BZ == "问过张三" and rows[other].XMMC == "张三的棚"
        assert [(one.key, one.name) for one in made.of(CONFLICT)] == [(other, "BZ")] and made.findings == 1
        assert take_back_patrol(register, device.folder).recorded == 0


def test_what_both_sides_changed_is_shown_field_by_field_and_counts_when_a_person_says_so(tmp_path, path):
    with Register.open(path) as register:
        station, patrol, found = planned(register)
        give_out_patrol(register, tmp_path / "p.zip", station, 2026, 5)
        device = Device(tmp_path / "p.zip", tmp_path / "device")
        device.change("finding", found, JSZT="3", BZ="外业")
        layer = device.layers["patrol"]
        layer.startEditing()
        layer.deleteFeature(next(layer.getFeatures()).id())
        assert layer.commitChanges()
        device.close()
        patrolling.correct_finding(register, found, {"JSZT": "2"})
        made = take_back_patrol(register, device.folder)
        (conflict,) = made.of(CONFLICT)
        assert (conflict.name, conflict.was, conflict.now, conflict.register) == ("JSZT", "1", "3", "2")
        assert [one.key for one in made.of(MISSING)] == [patrol] and patrolling.patrols(register)[0].id == patrol
        (row,) = patrolling.findings(register)
        assert (row.JSZT, row.BZ) == ("2", "外业")
        take_back_patrol(register, device.folder, prefer=FIELD)
        assert patrolling.findings(register)[0].JSZT == "3"


def test_foreign_and_spoilt_packages_are_refused_with_what_to_do_and_record_nothing(tmp_path, path):
    (tmp_path / "other").mkdir()
    other = a_register(tmp_path / "other")
    with Register.open(path) as register:
        station = planned(register)[0]
    run("field_package", REGISTER=path, STATION=station, YEAR=2026, MONTH=5, OUTPUT=tmp_path / "p.zip")
    (tmp_path / "no.zip").write_bytes(b"PK nothing")
    zipfile.ZipFile(tmp_path / "p.zip").extractall(tmp_path / "forged")
    with closing(sqlite3.connect(str(tmp_path / "forged" / "data.gpkg"))) as connection, connection:
        connection.execute("UPDATE li_base SET said = replace(said, '旧棚', '新棚')")
    for package, register, says in ((tmp_path / "p.zip", other, "another register"), (tmp_path / "no.zip", path, "cannot be unpacked"),
                                    (tmp_path / "forged", path, "altered"), (patch_file(tmp_path), path, "no field package")):
        with pytest.raises(QgsProcessingException, match=says):
            run("take_field_package", REGISTER=register, PACKAGE=package)
    result = run("take_field_package", REGISTER=path, PACKAGE=tmp_path / "p.zip", REPORT=tmp_path / "r.html")
    assert result["RECORDED"] == 0 and result["CONFLICTS"] == 0 and (tmp_path / "r.html").is_file()


def test_imagery_is_clipped_to_the_stated_size(tmp_path, path):
    image = tmp_path / "img.tif"
    dataset = gdal.GetDriverByName("GTiff").Create(str(image), 1500, 1500, 3, gdal.GDT_UInt16)
    dataset.SetGeoTransform((X0 - 500, 1.0, 0, Y0 + 900, 0, -1.0))
    with Register.open(path) as register:
        dataset.SetProjection(spatial_reference(register.meta["crs"]).ExportToWkt())
        for number in (1, 2, 3):
            dataset.GetRasterBand(number).WriteArray(np.random.default_rng(number).integers(0, 4000, (1500, 1500)).astype("uint16"))
        del dataset
        station = planned(register)[0]
        small = give_out_patrol(register, tmp_path / "s.zip", station, 2026, 5, images=[image], most_mb=0.1)
        assert small.image_m > 1.0 and zipfile.ZipFile(tmp_path / "s.zip").getinfo("imagery.tif").file_size <= 0.1 * 1024 ** 2
    with taken_back(tmp_path / "s.zip") as returned:
        assert returned.about["scope"]["station"] == station
