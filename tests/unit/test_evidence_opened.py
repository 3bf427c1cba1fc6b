"""Evidence opened like patches: what it is, what it is not, what cannot be told of it. Nothing is silently nothing."""
from __future__ import annotations

import json
import math
import zipfile

import pytest
import shapely
from osgeo import ogr, osr
from tests.evidence_shapes import GK, array, box, write_layer
from tests.intake_files import patch_rows, square, squares, wkt_of, write_geojson, write_gpkg, write_shapefile

from land_inspector.errors import InputError
from land_inspector.evidence.crs import old_datum
from land_inspector.evidence.layers import open_layer
from land_inspector.evidence.measuring import measure
from land_inspector.evidence.profile import read_profile
from land_inspector.evidence.survey import Survey
from land_inspector.evidence.vector_files import opened
from land_inspector.exchange.intake.patches import take_in

CLASSES = {"0101": "GD"}


def measured(folder, *layers, parcel=box(0, 0, 100, 100)):
    path = folder / "office.json"
    path.write_text(json.dumps({"version": 1, "name": "office", "layers": list(layers)}), encoding="utf-8")
    return measure(["p0"], array(parcel), GK, read_profile(path), "P", CLASSES)


def remarks(result):
    return " ".join(str(one.message) for one in result.remarks)


def layer_of(path, wkt, epsg=None, kind=ogr.wkbUnknown):
    srs = None
    if epsg:
        srs = osr.SpatialReference()
        srs.ImportFromEPSG(epsg)
    source = ogr.GetDriverByName("GPKG").CreateDataSource(str(path))
    layer = source.CreateLayer("l", srs, kind)
    layer.CreateField(ogr.FieldDefn("DLBM", ogr.OFTString))
    feature = ogr.Feature(layer.GetLayerDefn())
    feature.SetField("DLBM", "0101")
    feature.SetGeometryDirectly(ogr.CreateGeometryFromWkt(wkt))
    layer.CreateFeature(feature)
    return path


def esri(path, geometry, **said):
    fields = [{"name": name, "type": "esriFieldTypeDate" if isinstance(value, int) else "esriFieldTypeString"}
              for name, value in said.items()]
    path.write_text(json.dumps({"geometryType": "esriGeometryPolygon", "spatialReference": {"wkid": 4528}, "fields": fields,
                                "features": [{"attributes": said, "geometry": geometry}]}), encoding="utf-8")
    return {"key": "a", "role": "approval", "source": path.name}


X0, Y0 = 40_600_050, 3_190_050
HATCH = ("0 SECTION 2 ENTITIES 0 HATCH 8 0 10 0 20 0 30 0 2 SOLID 70 1 71 0 91 1 92 1 93 1 72 2 10 {x} 20 {y} 40 30 50 0 51 360 73 1 97 0 "
         "75 0 76 1 98 0 0 ENDSEC 0 EOF ")


def circle(folder, kind):
    """A circle of 30 m: 2827.43 m²."""
    if kind == "dxf":
        (folder / "a.dxf").write_text(HATCH.format(x=X0, y=Y0).replace(" ", "\n"), encoding="ascii")
        return {"key": "a", "role": "approval", "source": "a.dxf", "crs": "EPSG:4528"}
    start = [X0 + 30, Y0]
    arcs = {"c": [{"c": [[X0 - 30, Y0], [X0, Y0 + 30]]}, {"c": [start, [X0, Y0 - 30]]}], "a": [{"a": [start, [X0, Y0], 0, 1]}],
            "ellipse": [{"a": [[X0 - 30, Y0], [X0, Y0], 0, 0, 0.0, 30, 0.5]}, {"a": [start, [X0, Y0], 0, 0]}]}
    return esri(folder / "a.json", {"curveRings": [[start, *arcs[kind]]]})


@pytest.mark.parametrize("kind, area_m2", [("dxf", 2827.43), ("c", 2827.43), ("a", 2827.43), ("ellipse", 2827.43 * 0.75)])
def test_true_curves_of_evidence_have_their_area_in_every_format(tmp_path, kind, area_m2):
    assert measured(tmp_path, circle(tmp_path, kind)).areas.area_m2.sum() == pytest.approx(area_m2, abs=0.02)


@pytest.mark.parametrize("said, day", [(1746028800000, "2025-05-01"), (883612800000, "1998-01-01"), ("二〇二五年五月一日", "2025-05-01"),
                                       ("25.5.1", "2025-05-01"), ("2025。5。1", "2025-05-01"), ("长期", None), ("2025年底", None)])
def test_a_day_of_a_paper_is_read_or_told(tmp_path, said, day):
    layer = esri(tmp_path / "a.json", {"rings": [[[X0, Y0], [X0, Y0 + 20], [X0 + 20, Y0 + 20], [X0, Y0]]]}, PZWH="1", JZRQ=said)
    result = measured(tmp_path, {**layer, "fields": {"number": "PZWH", "until": "JZRQ"}})
    assert list(result.documents.until) == [day]
    assert (f"JZRQ holds what is no day and counts as if nothing stood there: {said}" in remarks(result)) == (day is None)


@pytest.mark.parametrize("wkts, said, area_m2", [
    ([], "holds no area at all", 0), (["POLYGON EMPTY"], "holds no area at all", 0), ([None, None], "2 features without a usable area", 0),
    ([None, "POLYGON((40600000 3190000,40600010 3190000,40600010 3190010,40600000 3190000))"], "1 features without a usable area", 50)])
@pytest.mark.parametrize("end", ["gpkg", "shp"])
def test_a_layer_with_nothing_to_lie_under_says_so(tmp_path, end, wkts, said, area_m2):
    srs = osr.SpatialReference()
    srs.ImportFromEPSG(4528)
    source = ogr.GetDriverByName({"gpkg": "GPKG", "shp": "ESRI Shapefile"}[end]).CreateDataSource(str(tmp_path / f"a.{end}"))
    layer = source.CreateLayer("a", srs, ogr.wkbPolygon)
    for wkt in wkts:
        feature = ogr.Feature(layer.GetLayerDefn())
        feature.SetGeometryDirectly(ogr.CreateGeometryFromWkt(wkt) if wkt else None)
        layer.CreateFeature(feature)
    del layer, source
    result = measured(tmp_path, {"key": "a", "role": "approval", "source": f"a.{end}"})
    assert said in remarks(result) and result.summary.YPMJ[0] == pytest.approx(area_m2)
    assert ("holds no area at all" in remarks(result)) == (area_m2 == 0)


AREA = "POLYGON((40600000 3190000,40600100 3190000,40600100 3190100,40600000 3190100,40600000 3190000))"


@pytest.mark.parametrize("stored, said", [("GBK", "UTF-8"), ("GBK", None), ("GBK", "ISO-8859-1"), ("UTF-8", "GBK"), ("UTF-8", None)])
def test_names_and_texts_of_a_shapefile_are_read_as_its_bytes_say_whatever_its_cpg_says(tmp_path, stored, said):
    path = tmp_path / "审批[1].shp"
    data = ogr.GetDriverByName("ESRI Shapefile").CreateDataSource(str(path))
    layer = data.CreateLayer("a", None, ogr.wkbPolygon, options=[f"ENCODING={stored}"])
    for name in ("批文号", "n"):
        layer.CreateField(ogr.FieldDefn(name, ogr.OFTString))
    feature = ogr.Feature(layer.GetLayerDefn())
    feature.SetField(0, "甘政地〔2025〕1号")
    feature.SetGeometry(ogr.CreateGeometryFromWkt("POLYGON((0 0,1 0,1 1,0 0))"))
    layer.CreateFeature(feature)
    data = layer = None
    path.with_suffix(".cpg").unlink(missing_ok=True)
    if said:
        path.with_suffix(".cpg").write_text(said)
    with opened(path) as dataset:
        row = dataset.GetLayer(0).GetNextFeature()
        assert row.items() == {"批文号": "甘政地〔2025〕1号", "n": None}


@pytest.mark.parametrize("epsg", [2364, 2436])
def test_an_old_datum_is_refused_wherever_layers_meet(tmp_path, epsg):
    path = layer_of(tmp_path / "old.gpkg", AREA, epsg)
    with pytest.raises(InputError, match="in the old system"):
        measured(tmp_path, {"key": "a", "role": "approval", "source": path.name})
    with pytest.raises(InputError, match="in the old system"):
        Survey(array(box(0, 0, 100, 100)), GK).covered(open_layer(str(path)))
    assert Survey(array(box(0, 0, 100, 100)), f"EPSG:{epsg}", "P").covered(open_layer(str(path))).shape == (1,)


def custom(ellipsoid, datum, name="CM120"):
    return (f'PROJCS["{name}",GEOGCS["g",DATUM["{datum}",SPHEROID[{ellipsoid}]],PRIMEM["Greenwich",0],UNIT["Degree",0.017453292519943295]],'
            'PROJECTION["Transverse_Mercator"],PARAMETER["False_Easting",40500000],PARAMETER["False_Northing",0],'
            'PARAMETER["Central_Meridian",120],PARAMETER["Scale_Factor",1],PARAMETER["Latitude_Of_Origin",0],UNIT["Meter",1]]')


@pytest.mark.parametrize("wkt, is_old", [
    (custom('"a",6378245,298.3', "D_u"), True), (custom('"a",6378140,298.257', "地方"), True),
    (custom('"GRS",6378137,298.257222101', "D_Xian_1980"), True),
    (custom('"GRS",6378137,298.257222101', "D_u", "1980西安坐标系"), True),
    (custom('"GRS",6378137,298.257222101', "D_China_2000"), False)])
def test_an_old_datum_is_known_by_its_ellipsoid_and_its_name_whatever_else_it_is_called(wkt, is_old):
    srs = osr.SpatialReference()
    assert srs.ImportFromWkt(wkt) == 0
    assert (old_datum(srs) is not None) == is_old


def test_a_layer_that_lies_a_zone_away_is_told_and_one_nearby_is_not(tmp_path):
    far = measured(tmp_path, {"key": "a", "role": "approval", "source": layer_of(tmp_path / "far.gpkg", AREA, 4527).name})
    assert "Layer a lies elsewhere" in remarks(far)
    beside = layer_of(tmp_path / "near.gpkg", AREA.replace("3190", "3195"), 4528)
    near = measured(tmp_path, {"key": "a", "role": "approval", "source": beside.name})
    assert "elsewhere" not in remarks(near)


@pytest.mark.parametrize("wkt", ["LINESTRING(40600000 3190000,40600100 3190100)", "MULTIPOINT(40600010 3190010)"])
@pytest.mark.parametrize("declared", [True, False])
def test_lines_and_points_as_approvals_cannot_be_told_and_that_is_said(tmp_path, wkt, declared):
    path = layer_of(tmp_path / "pw.gpkg", wkt, 4528, ogr.CreateGeometryFromWkt(wkt).GetGeometryType() if declared else ogr.wkbUnknown)
    result = measured(tmp_path, {"key": "a", "role": "approval", "source": path.name})
    assert "approval" not in result.roles_measured and result.summary.iloc[0].YPMJ is None
    assert "holds points or lines, no areas" in remarks(result)


@pytest.mark.parametrize("srs_id", [0, -1])
def test_evidence_that_does_not_say_where_it_is_is_named(tmp_path, srs_id):
    import sqlite3

    path = layer_of(tmp_path / "pw.gpkg", AREA, 4528)
    with sqlite3.connect(path) as connection:
        for table in ("gpkg_contents", "gpkg_geometry_columns"):
            connection.execute(f"UPDATE {table} SET srs_id = ?", (srs_id,))
    connection.close()
    with pytest.raises(InputError, match="Layer a .* does not say its coordinate system"):
        measured(tmp_path, {"key": "a", "role": "approval", "source": path.name})


def test_features_that_were_mended_or_do_not_count_are_named(tmp_path):
    bow = "POLYGON((40600000 3190000,40600100 3190100,40600100 3190000,40600000 3190100,40600000 3190000))"
    path = write_gpkg(tmp_path / "pw.gpkg", {"l": ([{"A": "x"}] * 3, [AREA, bow, "POINT(40600050 3190050)"])})
    result = measured(tmp_path, {"key": "a", "role": "approval", "source": path.name})
    assert "1 features had invalid geometry and were repaired for measuring: 2." in remarks(result)
    assert "1 features without a usable area do not count: 3." in remarks(result)


def test_a_survey_of_another_place_is_called_that(tmp_path):
    write_layer(tmp_path / "dltb.gpkg", [box(90000, 90000, 90100, 90100)], {"DLBM": ["0101"]})
    result = measured(tmp_path, {"key": "d", "role": "land_use", "source": "dltb.gpkg", "fields": {"class": "DLBM"}})
    assert "meets none of the parcels" in remarks(result) and "-0.0" not in remarks(result)


def test_of_several_layers_nobody_guesses_which_one_is_meant(tmp_path):
    path = write_gpkg(tmp_path / "a.gpkg", {"x": (patch_rows(1), [wkt_of(square())]),
                                            "y": (patch_rows(2), [wkt_of(one) for one in squares(2)])})
    with pytest.raises(InputError, match="several layers.*x, y"):
        open_layer(str(path))
    assert open_layer(f"{path}|layername=y").feature_count == open_layer(f"{path}|layerid=1").feature_count == 2
    with pytest.raises(InputError, match="has no layer z; it has x, y"):
        open_layer(f"{path}|layername=z")


def test_archives_folders_and_geodatabases_are_opened(tmp_path):
    shape = write_shapefile(tmp_path / "a" / "a.shp", patch_rows(2), squares(2))
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        for part in shape.parent.iterdir():
            packed.write(part, part.name)
    for source in (shape.parent, tmp_path / "a.zip"):
        opened = open_layer(str(source))
        assert opened.feature_count == 2 and opened.extent() and opened.fingerprint == open_layer(str(source)).fingerprint


@pytest.mark.parametrize("name", [f"a.{end}" for end in "gpkg kml gml tab fgb sqlite shp geojson dxf vrt txt".split()])
def test_what_a_file_is_called_it_must_be(tmp_path, name):
    (tmp_path / name).write_text('<OGRVRTDataSource><OGRVRTLayer name="l"><SrcDataSource>/vsicurl/http://127.0.0.1:9/a.geojson'
                                 "</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>", encoding="utf-8")
    with pytest.raises(InputError):
        open_layer(str(tmp_path / name))


@pytest.mark.parametrize("source", ["/vsicurl/http://127.0.0.1:9/a.geojson", "WFS:http://127.0.0.1:9/",
                                    "/vsizip/vsicurl/http://127.0.0.1:9/a.zip/a.shp"])
def test_no_source_is_fetched(source):
    with pytest.raises(InputError, match="does not exist"):
        open_layer(source)


@pytest.mark.parametrize("radius", [3.0, 30.0, 100.0, 500.0])
def test_true_curves_are_stroked_to_the_tolerance_of_the_area(tmp_path, radius):
    x, y = 40_600_000.0, 3_190_000.0
    circle = (f"CURVEPOLYGON(CIRCULARSTRING({x - radius} {y},{x} {y + radius},{x + radius} {y},{x} {y - radius},{x - radius} {y}))")
    path = write_gpkg(tmp_path / "a.gpkg", {"l": (patch_rows(1), [circle])})
    (patch,) = take_in(str(path), target_crs="EPSG:4528", area_method="P").patches
    assert patch.area_m2 == pytest.approx(math.pi * radius ** 2, abs=0.02)
    around = shapely.box(x - 5000, y - 5000, x + 5000, y + 5000)
    covered = Survey(array(around), "EPSG:4528", "P").covered(open_layer(str(path)))
    assert covered[0] == pytest.approx(math.pi * radius ** 2, abs=0.02)


def test_geojson_evidence_with_a_url_for_a_crs_is_not_placed_by_it(tmp_path):
    path = write_geojson(tmp_path / "a.geojson", patch_rows(1), [{"type": "Polygon", "coordinates": [square()]}], crs=None)
    text = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**text, "crs": {"type": "name", "properties": {"name": "http://127.0.0.1:9/crs"}}}), encoding="utf-8")
    with pytest.raises(InputError, match="names a CRS that is none"):
        open_layer(str(path))


def test_a_class_in_gbk_within_a_geopackage_is_read(tmp_path):
    import sqlite3

    import numpy as np

    path = layer_of(tmp_path / "a.gpkg", AREA, 4528)
    connection = sqlite3.connect(path)
    for (trigger,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f'DROP TRIGGER "{trigger}"')
    connection.execute("UPDATE l SET DLBM = CAST(? AS TEXT)", ("水田".encode("gbk"),))
    connection.commit()
    connection.close()
    opened = open_layer(str(path))
    assert opened.near(np.array([opened.extent()]), ["DLBM"]).columns["DLBM"] == ["水田"]
