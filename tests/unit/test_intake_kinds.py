"""Issues in every form that offices have: geodatabases, several parts, archives in archives, drawings, JSON of ArcGIS."""
from __future__ import annotations

import json
import math
import zipfile

import pytest
from osgeo import gdal, ogr
from tests.factories import new_register
from tests.intake_files import patch_rows, polygon, square, squares, wkt_of, write_geojson, write_gpkg, write_shapefile, X0, Y0
from tests.mutations import can_write_geodatabases, esri_json

from land_inspector.errors import InputError
from land_inspector.exchange.intake.patches import take_in
from land_inspector.exchange.intake.townships import read_townships
from land_inspector.exchange.report import Notes
from land_inspector.register.issuing import issue_batch
from land_inspector.register.records import BatchInfo, Township


def read(path, **options):
    return take_in(str(path), target_crs="EPSG:4528", area_method="P", **options)


def told(intake):
    return " ".join(str(one.message) for one in intake.findings)


def numbers(intake):
    return [patch.attributes["JCBH"] for patch in intake.patches]


def rows(first, count, **more):
    return [dict(row, JCBH=f"T{first + at:03d}", **more) for at, row in enumerate(patch_rows(count))]


def part(folder, name, first, count=2, **options):
    return write_shapefile(folder / f"{name}.shp", rows(first, count), squares(count, x=X0 + 1000 * first), **options)


def packed(folder, archive, prefix=""):
    with zipfile.ZipFile(archive, "w") as target:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                target.write(file, prefix + file.relative_to(folder).as_posix())
    return archive


@pytest.fixture
def geodatabase(tmp_path):
    """A FileGDB of three patches: GDAL before 3.6 cannot write one."""
    source = write_gpkg(tmp_path / "s.gpkg", {"patches": (rows(1, 3), [wkt_of(one) for one in squares(3)])})
    if not can_write_geodatabases():
        pytest.skip("this GDAL cannot write a FileGDB")
    made = gdal.VectorTranslate(str(tmp_path / "卫片2026.gdb"), str(source), format="OpenFileGDB", geometryType="MULTIPOLYGON")
    del made
    return tmp_path / "卫片2026.gdb"


@pytest.mark.parametrize("given", ["itself", "a file of it", "folder", "zip", "zip without its folder", "zip in zip"])
def test_a_geodatabase_is_read_however_it_comes(tmp_path, geodatabase, given):
    around = tmp_path / "下发"
    around.mkdir()
    inner = geodatabase.rename(around / geodatabase.name)
    plain = packed(around, tmp_path / "a.zip")
    bare = packed(inner, tmp_path / "卫片.gdb.zip")
    outer = tmp_path / "外.zip"
    with zipfile.ZipFile(outer, "w") as target:
        target.write(plain, "里/a.zip")
    source = {"itself": inner, "a file of it": inner / "gdb", "folder": around, "zip": plain, "zip without its folder": bare,
              "zip in zip": outer}[given]
    assert numbers(read(source)) == ["T001", "T002", "T003"]


@pytest.mark.parametrize("given", ["folder", "zip", "layers"])
def test_an_issue_in_several_parts_is_one_issue(tmp_path, given):
    folder = tmp_path / "下发"
    part(folder, "古城街道", 1)
    part(folder, "大田街道", 8, 3)
    source = {"folder": folder, "zip": packed(folder, tmp_path / "下发.zip"), "layers": write_gpkg(tmp_path / "a.gpkg", {
        "古城街道": (rows(1, 2), [wkt_of(one) for one in squares(2)]),
        "大田街道": (rows(8, 3), [wkt_of(one) for one in squares(3, x=X0 + 5000)])})}[given]
    intake = read(source)
    assert intake.rows == len(intake.patches) == 5 and sorted(numbers(intake)) == ["T001", "T002", "T008", "T009", "T010"]
    assert [patch.row for patch in intake.patches] == [1, 2, 3, 4, 5] and "in 2 parts, which were read as one" in told(intake)


def test_parts_in_their_own_coordinates_and_units_meet_in_one(tmp_path):
    folder = tmp_path / "下发"
    part(folder, "古城", 1)
    write_shapefile(folder / "大田.shp", rows(5, 2, JCMJ=15.0), [[[(x - 40e6, y) for x, y in ring] for ring in one]
                                                               for one in squares(2, x=X0 + 5000)], prj="4549")
    intake = read(folder)
    assert len(intake.patches) == 4 and {round(patch.attributes["JCMJ"]) for patch in intake.patches} == {10000}
    assert all(patch.area_m2 == pytest.approx(10000) for patch in intake.patches)


@pytest.mark.parametrize("names", [("一月", "二月"), ("2026Q1", "2026Q2"), ("202601图斑", "202602图斑"), ("第一期", "第二期")])
def test_layers_of_different_periods_are_different_issues(tmp_path, names):
    for at, name in enumerate(names):
        part(tmp_path / "in", name, 1 + 5 * at)
    with pytest.raises(InputError, match="not clear which are the patches"):
        read(tmp_path / "in")
    assert numbers(read(f"{tmp_path / 'in'}|layername={names[1]}")) == ["T006", "T007"]


def test_a_part_that_cannot_be_read_is_named_and_other_things_too(tmp_path):
    folder = tmp_path / "下发"
    part(folder, "古城", 1)
    part(folder, "大田", 5).with_suffix(".dbf").write_bytes(b"no table at all, only words")
    write_shapefile(folder / "道路.shp", [{"NAME": "x"}], squares(1))
    (folder / "说明.docx").write_bytes(b"x")
    intake = read(folder)
    assert numbers(intake) == ["T001", "T002"]
    assert [one.severity for one in intake.findings if "大田.shp could not be read" in str(one.message)] == ["E"]
    assert "道路.shp" in told(intake) and "说明.docx" in told(intake)


def test_tables_beside_the_layer_are_not_taken_for_patches(tmp_path):
    path = write_gpkg(tmp_path / "a.gpkg", {"图斑": (rows(1, 2), [wkt_of(one) for one in squares(2)])})
    source = ogr.Open(str(path), 1)
    table = source.CreateLayer("图斑属性", None, ogr.wkbNone)
    for row in rows(1, 2):
        if not table.GetLayerDefn().GetFieldCount():
            for name in row:
                table.CreateField(ogr.FieldDefn(name, ogr.OFTString))
        feature = ogr.Feature(table.GetLayerDefn())
        for name, value in row.items():
            feature.SetField(name, str(value))
        table.CreateFeature(feature)
    del feature, table, source
    assert len(read(path).patches) == 2


def test_archives_that_lie_about_hold_nothing_up(tmp_path):
    folder = tmp_path / "下发"
    part(folder, "古城", 1)
    with zipfile.ZipFile(folder / "照片.zip", "w") as other:
        other.writestr("a.jpg", b"x")
    (folder / "坏.zip").write_bytes(b"PK no archive")
    with zipfile.ZipFile(folder / "外.zip", "w") as outside:
        outside.writestr("../a.shp", b"x")
    intake = read(folder)
    assert numbers(intake) == ["T001", "T002"] and all(name in told(intake) for name in ("照片.zip", "坏.zip", "外.zip"))


def test_a_layer_can_be_named_by_its_number(tmp_path):
    path = write_gpkg(tmp_path / "a.gpkg", {"一月": (rows(1, 1), [wkt_of(square())]), "二月": (rows(5, 1), [wkt_of(square())])})
    assert numbers(read(f"{path}|layerid=1")) == ["T005"] and numbers(read(f"{path}|layerid=0|geometrytype=Polygon")) == ["T001"]
    with pytest.raises(InputError, match="has no layer 7"):
        read(f"{path}|layerid=7")


def test_a_bar_in_a_path_is_part_of_the_path(tmp_path):
    (tmp_path / "a|b").mkdir()
    path = write_gpkg(tmp_path / "a|b" / "a|b.gpkg", {"p": (rows(1, 1), [wkt_of(square())])})
    assert numbers(read(path)) == numbers(read(path.parent)) == ["T001"]


def test_names_in_gbk_that_claim_to_be_utf8_are_read(tmp_path):
    folder = tmp_path / "in"
    part(folder, "XXXXXXXX", 1)
    archive = packed(folder, tmp_path / "a.zip")
    content = archive.read_bytes().replace(b"XXXXXXXX", "七月图斑".encode("gbk"))
    marked = bytearray(content)
    for signature, at in ((b"PK\x01\x02", 9), (b"PK\x03\x04", 7)):
        place = marked.find(signature)
        while place >= 0:
            marked[place + at] |= 0x08
            place = marked.find(signature, place + 4)
    archive.write_bytes(bytes(marked))
    assert numbers(read(archive)) == ["T001", "T002"]


def test_json_of_arcgis_is_read_with_its_dates(tmp_path):
    path = esri_json(tmp_path)
    document = json.loads(path.read_text(encoding="utf-8"))
    for row in document["features"]:
        row["attributes"]["HSX"] = 1779379200000
    for field in document["fields"]:
        field["type"] = "esriFieldTypeDate" if field["name"] == "HSX" else field["type"]
    for name in ("a.json", "b.geojson"):
        (tmp_path / name).write_text(json.dumps(document), encoding="utf-8")
        intake = read(tmp_path / name)
        assert intake.crs == "EPSG:4528" and {patch.attributes["HSX"] for patch in intake.patches} == {"2026-05-22"}


def test_tables_in_the_descriptions_of_a_kml_are_columns(tmp_path):
    table = "".join(f"<tr bgcolor='#D4E4F3'><td>{name}</td>\n<td>{value}</td></tr>" for name, value in rows(1, 1)[0].items())
    ring = " ".join(f"{x},{y},0" for x, y in ((121.0, 28.0), (121.001, 28.0), (121.001, 28.001), (121.0, 28.001), (121.0, 28.0)))
    (tmp_path / "a.kml").write_text(
        '<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document><Folder><name>图斑</name><Placemark>'
        f"<name>x</name><description><![CDATA[<html><body><table>{table}</table></body></html>]]></description><Polygon><outerBoundaryIs>"
        f"<LinearRing><coordinates>{ring}</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark></Folder></Document></kml>",
        encoding="utf-8")
    assert numbers(read(tmp_path / "a.kml")) == ["T001"]
    with zipfile.ZipFile(tmp_path / "a.kmz", "w") as target:
        target.write(tmp_path / "a.kml", "doc.kml")
    assert numbers(read(packed_alone(tmp_path / "a.kmz", tmp_path / "外.zip"))) == ["T001"]


def packed_alone(file, archive):
    with zipfile.ZipFile(archive, "w") as target:
        target.write(file, file.name)
    return archive


def test_a_drawing_gives_the_closed_lines_of_the_layer_that_is_chosen(tmp_path):
    source = ogr.GetDriverByName("DXF").CreateDataSource(str(tmp_path / "a.dxf"))
    layer = source.CreateLayer("entities")
    for name, wkt, text in (("图斑", wkt_of(square()).replace("POLYGON((", "LINESTRING(").replace("))", ")"), None),
                            ("图斑", f"POINT({X0 + 50} {Y0 + 50})", "T001"), ("道路", f"LINESTRING({X0} {Y0},{X0 + 9} {Y0})", None)):
        feature = ogr.Feature(layer.GetLayerDefn())
        feature.SetField("Layer", name)
        if text:
            feature.SetField("Text", text)
            feature.SetStyleString(f'LABEL(t:"{text}")')
        feature.SetGeometryDirectly(ogr.CreateGeometryFromWkt(wkt))
        layer.CreateFeature(feature)
    del feature, layer, source
    intake = read(tmp_path / "a.dxf", mapping={"JCBH": "图内文字"})
    assert numbers(intake) == ["T001"] and intake.patches[0].area_m2 == pytest.approx(10000)
    with pytest.raises(InputError, match="no layer 道路"):
        read(tmp_path / "a.dxf", layer="道路")


DRAWING = ("0\nSECTION\n2\nHEADER\n9\n$ACADVER\n1\n{version}\n{page}0\nENDSEC\n0\nSECTION\n2\nENTITIES\n0\nLWPOLYLINE\n8\n图斑\n90\n2\n"
           f"70\n1\n10\n{X0 - 100}\n20\n{Y0}\n42\n1.0\n10\n{X0 + 100}\n20\n{Y0}\n42\n1.0\n"
           f"0\nTEXT\n8\n注记\n10\n{X0}\n20\n{Y0}\n40\n5\n1\n图001\n0\nENDSEC\n0\nEOF\n")


@pytest.mark.parametrize("version, page, encoding", [
    ("AC1015", "ANSI_936", "gbk"), ("AC1027", "", "utf-8"), ("AC1009", "", "gbk"), ("AC1015", "ANSI_1252", "gbk"),
    ("AC1027", "ANSI_936", "utf-8"), ("AC1009", "gb2312", "gbk")])
def test_the_texts_of_a_drawing_are_read_by_their_bytes_and_its_arcs_by_their_area(tmp_path, version, page, encoding):
    page = f"9\n$DWGCODEPAGE\n3\n{page}\n" if page else ""
    (tmp_path / "a.dxf").write_bytes(DRAWING.format(version=version, page=page).encode(encoding))
    intake = read(tmp_path / "a.dxf", layer="图斑", crs="EPSG:4528", mapping={"JCBH": "图内文字"})
    assert numbers(intake) == ["图001"] and intake.patches[0].area_m2 == pytest.approx(31_415.93, abs=0.1)


def arcgis(path, rings, **members):
    features = [{"attributes": patch_rows(1)[0], "geometry": rings}]
    document = {"geometryType": "esriGeometryPolygon", "spatialReference": {"wkid": 4528}, "features": features, **members}
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


@pytest.mark.parametrize("ring, area_m2", [
    ([[X0 + 100, Y0], {"a": [[X0 + 100, Y0], [X0, Y0], 0, 1]}], 31_415.93),
    ([[X0 + 100, Y0], {"a": [[X0 - 100, Y0], [X0, Y0], 0, 0]}, {"a": [[X0 + 100, Y0], [X0, Y0], 0, 0]}], 31_415.93),
    ([[X0 + 100, Y0], {"c": [[X0 - 100, Y0], [X0, Y0 - 100]]}, {"c": [[X0 + 100, Y0], [X0, Y0 + 100]]}], 31_415.93),
    ([[X0 - 100, Y0], {"c": [[X0 + 100, Y0], [X0, Y0 + 100]]}, [X0 - 100, Y0]], 15_707.96),
    ([[X0, Y0], {"b": [[X0 + 100, Y0], [X0, Y0 + 100], [X0 + 100, Y0 + 100]]}, [X0, Y0]], 6_000.0),
    ([[X0, Y0 + 100], {"a": [[X0, Y0 + 100], [X0, Y0], 0, 1, math.pi / 2, 100, 0.5]}], 15_707.96),
    ([[X0 + 100, Y0], {"a": [[X0 - 100, Y0], [X0, Y0], 0, 0, 0.0, 100, 0.25]}, [X0 + 100, Y0]], 3_926.99),
    ([[X0 + 80, Y0 + 60], {"a": [[X0 - 30, Y0 + 40], [X0, Y0], 1, 0, math.atan2(3, 4), 100, 0.5]}, [X0, Y0]], 3_926.99)])
def test_true_curves_of_arcgis_have_their_area(tmp_path, ring, area_m2):
    (patch,) = read(arcgis(tmp_path / "a.json", {"curveRings": [ring]})).patches
    assert patch.area_m2 == pytest.approx(area_m2, abs=0.02)


def test_a_curve_that_cannot_be_read_is_quarantined(tmp_path):
    for said in ({"a": [[X0 + 1, Y0], [X0, Y0], 0, 1, 0.5, 100, 0.4]}, {"x": 1}, {"c": []}):
        intake = read(arcgis(tmp_path / "a.json", {"curveRings": [[[X0, Y0], said]]}))
        assert (len(intake.patches), len(intake.quarantined)) == (0, 1)


@pytest.mark.parametrize("members", [{"exceededTransferLimit": True}, {"properties": {"exceededTransferLimit": True}},
                                     {"numberMatched": 2500, "numberReturned": 1000}])
def test_what_a_service_cut_off_is_said(tmp_path, members):
    rings = {"rings": [[list(point) for point in square()[0]]]}
    assert "not the whole" in told(read(arcgis(tmp_path / "a.json", rings, **members)))
    assert "not the whole" not in told(read(arcgis(tmp_path / "b.json", rings)))


@pytest.mark.parametrize("head, kind", [(b"Rar!\x1a\x07\x01\0", "RAR"), (b"7z\xbc\xaf'\x1c", "7-Zip"), (b"\x1f\x8b\x08", "gzip")])
def test_an_archive_is_called_what_it_is(tmp_path, head, kind):
    (tmp_path / "下发.zip").write_bytes(head + b"0" * 100)
    with pytest.raises(InputError, match=kind):
        read(tmp_path / "下发.zip")


def test_archives_that_were_not_opened_are_a_warning_and_not_a_side_note(tmp_path):
    folder = tmp_path / "下发"
    folder.mkdir()
    (folder / "大田.rar").write_bytes(b"Rar!")
    with pytest.raises(InputError, match="archives that were not opened: 大田.rar"):
        read(packed(folder, tmp_path / "a.zip"))
    part(folder, "古城", 1)
    (found,) = [one for one in read(folder).findings if "archives" in str(one.message)]
    assert found.severity == "W" and "大田.rar" in str(found.message)


def test_a_table_with_outlines_is_found_in_a_folder_and_a_zip_where_no_layer_is(tmp_path):
    folder = tmp_path / "下发"
    folder.mkdir()
    (folder / "图斑.csv").write_text(f'XZQDM,JCBH,QSX,HSX,JCMJ,WKT\n331082,T001,2023,2024,10000,"{wkt_of(square())}"\n', encoding="utf-8")
    for source in (folder, packed(folder, tmp_path / "a.zip")):
        assert numbers(read(source, crs="EPSG:4528")) == ["T001"]
    part(folder, "古城", 5)
    assert numbers(read(folder)) == ["T005", "T006"]


def test_numbers_that_overflowed_their_field_and_dates_of_nothing_are_named_or_empty(tmp_path):
    path = part(tmp_path, "a", 1)
    dbf = path.with_suffix(".dbf")
    dbf.write_bytes(dbf.read_bytes().replace(b"10000.0", b"*******", 1))
    intake = read(path)
    assert "written as **** in rows 1" in told(intake)


def test_more_fields_than_an_issue_can_have_are_refused(tmp_path):
    path = write_geojson(tmp_path / "a.geojson", [{f"F{row}_{at}": 1 for at in range(60)} for row in range(60)],
                         [polygon(one) for one in squares(60)])
    with pytest.raises(InputError, match="3600 different fields"):
        read(path)


def test_half_characters_and_controls_do_not_get_in(tmp_path):
    path = write_geojson(tmp_path / "a.geojson", rows(1, 1, BZ="x"), [polygon(square())])
    path.write_text(path.read_text(encoding="utf-8").replace('"x"', r'"a\ud800\u000bb"').replace("T001", r"T\u000b001"), encoding="utf-8")
    (patch,) = read(path).patches
    assert patch.attributes["JCBH"] == "T001" and patch.attributes["BZ"] == "a\ufffdb"


def test_an_index_that_names_one_shape_many_times_is_refused(tmp_path):
    path = part(tmp_path, "a", 1, 1)
    shx = path.with_suffix(".shx").read_bytes()
    path.with_suffix(".shx").write_bytes(shx[:100] + shx[100:108] * 50_000)
    with pytest.raises(InputError):
        read(path)


# --- issues, units, townships -----------------------------------------------------------------------------------------


def test_the_second_part_of_an_issue_does_not_drop_the_first(tmp_path):
    first, second = part(tmp_path / "a", "古城", 1), part(tmp_path / "b", "大田", 8)
    info = BatchInfo("B1", "B1", 2026, issued_on="2026-05-10", area_method="P")
    with new_register(tmp_path) as register:
        issue_batch(register, info, read(first))
        with pytest.raises(InputError, match="None of the 2 patches of 大田.shp is in batch B1"):
            issue_batch(register, info, read(second))
        assert len(register.parcels("B1")) == 2


@pytest.mark.parametrize("heading, value", [("JCMJ(亩)", 8500.0), ("监测面积（亩）", 13000.0), ("JCMJ_亩", 10000.0)])
def test_a_heading_by_which_no_figure_could_be_a_patch_gives_way(tmp_path, heading, value):
    source = [{**{name: said for name, said in row.items() if name != "JCMJ"}, heading: value} for row in rows(1, 3)]
    intake = read(write_geojson(tmp_path / "a.geojson", source, [polygon(one) for one in squares(3)]))
    assert intake.unit == "m2" and [patch.attributes["JCMJ"] for patch in intake.patches] == [value] * 3
    assert "were read as m2" in told(intake)


@pytest.mark.parametrize("heading, value, meant", [("占耕面积（亩）", 6000.0, 6000.0), ("占耕面积（亩）", 6.0, 4000.0),
                                                   ("占耕面积（平方米）", 6000.0, 6000.0)])
def test_the_heading_of_a_part_is_judged_by_the_whole(tmp_path, heading, value, meant):
    source = [{**row, heading: value} for row in rows(1, 3)]
    intake = read(write_geojson(tmp_path / "a.geojson", source, [polygon(one) for one in squares(3)]))
    assert {round(patch.attributes["GDMJ0"], 6) for patch in intake.patches} == {meant}


def test_a_township_that_the_register_does_not_have_is_told_and_kept(tmp_path):
    import shapely

    here = Township("331082100", "古城街道", "", shapely.to_wkb(shapely.box(X0 - 1000, Y0 - 1000, X0 + 9000, Y0 + 9000)))
    source = [dict(row, XZMC=name) for row, name in zip(rows(1, 2), ("桃渚镇", "古城街道"))]
    intake = read(write_geojson(tmp_path / "a.geojson", source, [polygon(one) for one in squares(2)]), townships=[here])
    first, second = intake.patches
    assert first.attributes["XZMC"] == "古城街道" and first.other["下发乡镇"] == "桃渚镇" and second.other.get("下发乡镇") is None
    assert "issued for the township 桃渚镇" in told(intake)


def township_layer(path, codes, overlap=0.0):
    shapes = [wkt_of(square(X0 + 1000 * at - (overlap if at else 0), Y0, 1000.0)) for at in range(len(codes))]
    return write_gpkg(path, {"l": ([{"XZDM": code, "XZMC": f"乡{at}"} for at, code in enumerate(codes)], shapes)})


def townships_of(path, notes=None):
    return read_townships(str(path), code_field="XZDM", name_field="XZMC", notes=notes)[0]


def test_codes_of_twelve_digits_are_townships_only_where_they_end_in_zeros(tmp_path):
    layer = township_layer(tmp_path / "a.gpkg", ["331082100000", "331082101000"])
    assert [one.code for one in townships_of(layer)] == ["331082100", "331082101"]
    with pytest.raises(InputError, match="holds villages.*331082100201"):
        townships_of(township_layer(tmp_path / "b.gpkg", ["331082100201", "331082100202"]))
    with pytest.raises(InputError, match="holds counties"):
        townships_of(township_layer(tmp_path / "c.gpkg", ["331082", "331083"]))


@pytest.mark.parametrize("codes, names, said", [
    (["331082100", "331082100"], ["甲", "乙"], "331082100 stands for several names, which were taken as one township: 甲, 乙"),
    (["331082100", "331082101"], ["甲", "甲"], "甲 stands under several codes"),
    (["331082100", "331083100"], ["甲", "乙"], "this county: 331083100"),
    (["331082100", "33108210"], ["甲", "乙"], "this county: 33108210"), (["331082100", "331082101"], ["甲", "乙"], "")])
def test_a_township_layer_whose_codes_and_names_do_not_go_together_is_told(tmp_path, codes, names, said):
    shapes = [wkt_of(square(X0 + 1000 * at, Y0, 1000.0)) for at in range(2)]
    path = write_gpkg(tmp_path / "a.gpkg", {"l": ([{"XZDM": code, "XZMC": name} for code, name in zip(codes, names)], shapes)})
    notes = Notes()
    read_townships(str(path), code_field="XZDM", name_field="XZMC", county_code="331082", notes=notes)
    found = " ".join(str(one.message) for one in notes.findings)
    assert said in found and bool(said) == bool(found)


def test_a_township_layer_in_the_words_of_arcgis_gives_the_code_that_qgis_knows(tmp_path):
    from osgeo import gdal

    layer = township_layer(tmp_path / "a.gpkg", ["331082100", "331082101"])
    gdal.VectorTranslate(str(tmp_path / "a.shp"), str(layer))
    assert "AUTHORITY" not in (tmp_path / "a.prj").read_text()
    assert read_townships(str(tmp_path / "a.shp"), code_field="XZDM", name_field="XZMC")[1] == read_townships(
        str(layer), code_field="XZDM", name_field="XZMC")[1] == "EPSG:4528"


def test_townships_without_codes_are_numbered_behind_the_county_and_it_is_said(tmp_path):
    notes = Notes()
    found, _crs = read_townships(str(township_layer(tmp_path / "a.gpkg", ["1", "2"])), code_field="", name_field="XZMC",
                                 county_code="331082", notes=notes)
    assert [(one.code, one.name) for one in found] == [("331082901", "乡0"), ("331082902", "乡1")]
    assert "numbered from 331082901" in str(notes.findings[0].message)


@pytest.mark.parametrize("overlap, said", [(100.0, True), (0.0, False), (0.01, False)])
def test_townships_that_overlap_are_told(tmp_path, overlap, said):
    notes = Notes()
    assert len(townships_of(township_layer(tmp_path / "a.gpkg", ["331082100", "331082101"], overlap), notes)) == 2
    assert ("乡0 and 乡1 overlap by 10.00 %" in " ".join(str(one.message) for one in notes.findings)) is said
