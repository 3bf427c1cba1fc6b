"""Files as they arrive: zipped, in folders, cut, with parts missing. All rows come in, or the error says what to do."""
from __future__ import annotations

import struct
import zipfile

import pytest
from tests.intake_files import (patch_rows, polygon, shp_bytes, square, squares, wkt_of, write_geojson, write_gpkg,
                                write_shapefile)

from land_inspector.errors import Cancelled, InputError
from land_inspector.evidence import vector_files
from land_inspector.exchange.intake.patches import take_in
from land_inspector.progress import Progress


def read(path, **options):
    return take_in(str(path), target_crs="EPSG:4528", area_method="P", **options)


def accounted(intake, rows):
    assert intake.rows == rows == len(intake.patches) + len(intake.quarantined)
    return intake


def issued(tmp_path, count=3, **options):
    return write_shapefile(tmp_path / "issued" / "a.shp", patch_rows(count), squares(count), **options)


def zipped(folder, archive, names=None):
    with zipfile.ZipFile(archive, "w") as packed:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                packed.write(file, (names or {}).get(file.name, file.relative_to(folder).as_posix()))
    return archive


def other_layer(folder, name="roads"):
    return write_shapefile(folder / f"{name}.shp", [{"NAME": "x"}], squares(1))


@pytest.mark.parametrize("suffix", [".SHP", ".Shp"])
def test_upper_case_suffixes_are_one_shapefile(tmp_path, suffix):
    path = issued(tmp_path)
    for part in list(path.parent.iterdir()):
        part.rename(part.with_suffix(part.suffix.upper()))
    path.with_suffix(".SHP").rename(path.with_suffix(suffix))
    accounted(read(path.with_suffix(suffix)), 3)


@pytest.mark.parametrize("given", ["folder", "archive", "shp", "dbf", "nested archive"])
def test_folder_archive_and_any_part_lead_to_the_layer(tmp_path, given):
    path = issued(tmp_path)
    sources = {"folder": path.parent, "shp": path, "dbf": path.with_suffix(".dbf")}
    if "archive" in given:
        root = path.parent if given == "archive" else tmp_path
        sources[given] = zipped(root, tmp_path.parent / f"{tmp_path.name}.zip")
    intake = accounted(read(sources[given]), 3)
    assert intake.file == sources[given].name


def test_names_in_an_archive_of_chinese_windows_are_read(tmp_path):
    path = issued(tmp_path)
    write_shapefile(path.parent / "b.shp", patch_rows(2), squares(2))
    zipped(path.parent, tmp_path / "b.zip", {part.name: "XXXXXXXX" + part.suffix for part in path.parent.glob("a.*")})
    archive = tmp_path / "c.zip"
    archive.write_bytes((tmp_path / "b.zip").read_bytes().replace(b"XXXXXXXX", "七月图斑".encode("gbk")))
    accounted(read(archive, layer="七月图斑"), 3)


def test_of_several_layers_the_one_with_patch_fields_is_taken(tmp_path):
    path = issued(tmp_path)
    other_layer(path.parent)
    accounted(read(zipped(path.parent, tmp_path / "b.zip")), 3)
    accounted(read(path.parent), 3)


def test_two_patch_layers_ask_and_either_can_be_named(tmp_path):
    path = issued(tmp_path)
    write_shapefile(path.parent / "b.shp", patch_rows(2), squares(2))
    with pytest.raises(InputError, match="a.shp, b.shp"):
        read(path.parent)
    accounted(read(path.parent, layer="b"), 2)
    accounted(read(f"{path.parent}|layername=a"), 3)


def test_of_two_issues_the_one_with_more_columns_is_not_taken_unasked(tmp_path):
    path = issued(tmp_path)
    write_shapefile(path.parent / "b.shp", patch_rows(2, XZMC="古城"), squares(2))
    with pytest.raises(InputError, match="a.shp, b.shp"):
        read(path.parent)


def test_several_layers_without_patch_fields_ask(tmp_path):
    other_layer(tmp_path, "x")
    other_layer(tmp_path, "y")
    with pytest.raises(InputError, match="several layers"):
        read(tmp_path)


def test_an_unknown_layer_name_lists_the_layers(tmp_path):
    path = write_gpkg(tmp_path / "a.gpkg", {"patches": (patch_rows(1), [wkt_of(square())])})
    with pytest.raises(InputError, match=r"a.gpkg\|patches"):
        read(f"{path}|layername=nothing")


def test_the_patch_layer_of_a_geopackage_is_found_among_others(tmp_path):
    path = write_gpkg(tmp_path / "a.gpkg", {"roads": ([{"NAME": "x"}], [wkt_of(square())]),
                                            "图斑": (patch_rows(2), [wkt_of(s) for s in squares(2)])})
    accounted(read(path), 2)
    accounted(read(f"{path}|layername=图斑"), 2)


def test_vsizip_sources_of_qgis_are_understood(tmp_path):
    path = issued(tmp_path)
    other_layer(path.parent)
    archive = zipped(path.parent, tmp_path / "b.zip")
    accounted(read(f"/vsizip/{archive}/a.shp"), 3)


def test_a_filtered_layer_is_refused_because_rows_would_go_missing(tmp_path):
    with pytest.raises(InputError, match="filtered"):
        read(f"{issued(tmp_path)}|layerid=0|subset=\"TBLX\" = '1A'")


@pytest.mark.parametrize("name", ["../evil.shp", "/etc/evil.shp", "C:\\evil.shp", "a/../../evil.shp", "..\\evil.shp"])
def test_an_archive_that_points_outside_itself_is_not_unpacked(tmp_path, name):
    archive = tmp_path / "in" / "bad.zip"
    archive.parent.mkdir()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("a.txt", "x")
        packed.writestr(name, "x")
    with pytest.raises(InputError, match="outside itself"):
        read(archive)
    assert not list(tmp_path.rglob("evil*"))


def test_an_archive_with_a_link_is_not_unpacked(tmp_path):
    link = zipfile.ZipInfo("a.shp")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as packed:
        packed.writestr(link, "/etc/passwd")
    with pytest.raises(InputError, match="link"):
        read(tmp_path / "bad.zip")


def test_an_archive_that_would_unpack_to_far_too_much_is_refused(tmp_path, monkeypatch):
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a.shp", b"\0" * (80 * 1024 ** 2))
    with pytest.raises(InputError, match="80 MB"):
        read(tmp_path / "bomb.zip")
    monkeypatch.setattr(vector_files, "MOST_FILES", 2)
    with pytest.raises(InputError, match="files"):
        read(zipped(issued(tmp_path).parent, tmp_path / "many.zip"))


@pytest.mark.parametrize("content", [b"", b"PK\3\4 nothing", b"Rar!"])
def test_a_file_that_is_no_archive_is_an_error_with_a_remedy(tmp_path, content):
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(InputError, match="a.zip") as wrong:
        read(tmp_path / "a.zip")
    assert str(wrong.value.remedy)


def test_a_damaged_archive_is_an_error(tmp_path):
    archive = zipped(issued(tmp_path).parent, tmp_path / "b.zip")
    content = bytearray(archive.read_bytes())
    content[120] ^= 0xFF
    archive.write_bytes(content)
    with pytest.raises(InputError, match="b.zip"):
        read(archive)


def test_an_archive_without_layers_is_an_error(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        packed.writestr("readme.txt", "x")
    with pytest.raises(InputError, match="holds no layer"):
        read(tmp_path / "a.zip")


@pytest.mark.parametrize("name", ["a.rar", "a.7z", "a.tar.gz"])
def test_other_archives_are_refused_with_a_remedy(tmp_path, name):
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(InputError, match="cannot be opened here"):
        read(tmp_path / name)


@pytest.mark.parametrize("name", ["nothing.shp", "nothing.gpkg", "nothing.zip"])
def test_a_missing_file_is_named(tmp_path, name):
    with pytest.raises(InputError, match=name):
        read(tmp_path / name)


def test_a_missing_dbf_is_named(tmp_path):
    path = issued(tmp_path)
    path.with_suffix(".dbf").unlink()
    with pytest.raises(InputError, match=r"a.shp has no attribute table"):
        read(path)


@pytest.mark.parametrize("damage", ["missing", "empty", "cut", "rubbish"])
def test_a_missing_or_damaged_index_is_rebuilt(tmp_path, damage):
    path = issued(tmp_path)
    index = path.with_suffix(".shx")
    content = index.read_bytes()
    index.unlink()
    if damage != "missing":
        index.write_bytes({"empty": b"", "cut": content[:-3], "rubbish": content[:100] + b"\x7f" * 24}[damage])
    intake = accounted(read(path), 3)
    assert len(intake.patches) == 3
    assert any("rebuilt" in str(finding.message) for finding in intake.findings)
    assert index.exists() == (damage != "missing")


@pytest.mark.parametrize("part, keep", [(".shp", 0.7), (".shp", 0.2), (".dbf", 0.7), (".dbf", 0.1), (".shp", 0), (".dbf", 0)])
def test_a_cut_part_is_an_error_that_names_it(tmp_path, part, keep):
    path = issued(tmp_path)
    file = path.with_suffix(part)
    file.write_bytes(file.read_bytes()[:int(file.stat().st_size * keep)])
    with pytest.raises(InputError, match=f"a{part}") as wrong:
        read(path)
    assert "again" in str(wrong.value.remedy)


def test_a_cut_shp_without_index_is_an_error_too(tmp_path):
    path = issued(tmp_path)
    path.with_suffix(".shx").unlink()
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(InputError, match="ends too early"):
        read(path)


@pytest.mark.parametrize("part", [".shp", ".dbf"])
def test_a_part_of_rubbish_is_an_error(tmp_path, part):
    path = issued(tmp_path)
    path.with_suffix(part).write_bytes(b"\x99rubbish" * 100)
    with pytest.raises(InputError, match=f"a{part}"):
        read(path)


@pytest.mark.parametrize("rows, shapes", [(3, 5), (5, 3), (0, 2)])
def test_unequal_numbers_of_rows_and_shapes_are_all_accounted_for(tmp_path, rows, shapes):
    path = write_shapefile(tmp_path / "a.shp", patch_rows(rows), squares(shapes))
    intake = accounted(read(path), max(rows, shapes))
    assert len(intake.patches) == min(rows, shapes)
    assert any("matched by their order" in str(finding.message) for finding in intake.findings)


def test_deleted_rows_are_left_out_and_reported_and_the_others_keep_their_place(tmp_path):
    path = write_shapefile(tmp_path / "a.shp", patch_rows(4), squares(4), deleted=[1])
    intake = accounted(read(path), 3)
    assert [(patch.row, patch.attributes["JCBH"][-1]) for patch in intake.patches] == [(1, "0"), (3, "2"), (4, "3")]
    assert any("marked deleted" in str(finding.message) for finding in intake.findings)


def test_records_out_of_order_follow_the_index(tmp_path):
    path = issued(tmp_path, 2)
    shp, _ = shp_bytes(squares(2))
    size = (len(shp) - 100) // 2
    path.write_bytes(shp[:100] + shp[100 + size:] + shp[100:100 + size])
    path.with_suffix(".shx").write_bytes(shp[:100] + struct.pack(">4i", (100 + size) // 2, size // 2 - 4, 50, size // 2 - 4))
    west = [shape.wkb for shape in sorted(read(path).patches, key=lambda patch: patch.row)]
    assert west == [patch.wkb for patch in read(issued(tmp_path / "plain", 2)).patches]


def test_an_empty_shapefile_has_no_rows(tmp_path):
    accounted(read(write_shapefile(tmp_path / "a.shp", [], [])), 0)


@pytest.mark.parametrize("text", ["", "{", "[1, 2]", "{\"type\": \"Topology\"}", "hello", "{\"type\": \"FeatureCollection\"}"])
def test_json_that_is_no_geojson_is_an_error(tmp_path, text):
    (tmp_path / "a.geojson").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="a.geojson"):
        read(tmp_path / "a.geojson")


def test_a_cut_geojson_names_the_line(tmp_path):
    path = write_geojson(tmp_path / "a.geojson", patch_rows(3), [polygon(s) for s in squares(3)])
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(InputError, match="from line 1 on"):
        read(path)


def test_one_feature_a_line_is_read(tmp_path):
    import json

    whole = json.loads(write_geojson(tmp_path / "a.geojson", patch_rows(3), [polygon(s) for s in squares(3)]).read_text())
    lines = tmp_path / "b.geojsonl"
    lines.write_text("\n".join(json.dumps(feature) for feature in whole["features"]))
    accounted(read(lines), 3)


def test_features_that_are_no_features_are_quarantined(tmp_path):
    import json

    path = write_geojson(tmp_path / "a.geojson", patch_rows(2), [polygon(s) for s in squares(2)])
    whole = json.loads(path.read_text())
    whole["features"] += [None, 5, {"type": "Feature"}, {"type": "Feature", "geometry": polygon(square()), "properties": None}]
    path.write_text(json.dumps(whole))
    assert len(accounted(read(path), 6).patches) == 2


def test_a_cut_geopackage_is_an_error(tmp_path):
    count = 3000
    path = write_gpkg(tmp_path / "a.gpkg", {"p": (patch_rows(count), [wkt_of(s) for s in squares(count)])})
    content = path.read_bytes()
    path.write_bytes(content[:len(content) // 2])
    with pytest.raises(InputError, match="a.gpkg"):
        read(path)


def test_a_geopackage_of_rubbish_is_an_error(tmp_path):
    (tmp_path / "a.gpkg").write_bytes(b"SQLite format 3\0" + b"rubbish" * 500)
    with pytest.raises(InputError, match="a.gpkg"):
        read(tmp_path / "a.gpkg")


def test_unreadable_geometry_in_a_geopackage_is_quarantined(tmp_path):
    import sqlite3

    path = write_gpkg(tmp_path / "a.gpkg", {"p": (patch_rows(3), [wkt_of(s) for s in squares(3)])})
    with sqlite3.connect(path) as base:
        base.executescript("DROP TRIGGER IF EXISTS rtree_p_geom_update1; DROP TRIGGER IF EXISTS rtree_p_geom_update2;"
                           "DROP TRIGGER IF EXISTS rtree_p_geom_update3; DROP TRIGGER IF EXISTS rtree_p_geom_update4;"
                           "DROP TRIGGER IF EXISTS rtree_p_geom_update5; DROP TRIGGER IF EXISTS rtree_p_geom_update6;"
                           "DROP TRIGGER IF EXISTS rtree_p_geom_update7;")
        base.execute("UPDATE p SET geom = x'47500001E6100000FFFFFFFF' WHERE fid = 2")
    intake = accounted(read(path), 3)
    assert [item.row for item in intake.quarantined] == [2]


def test_the_source_is_not_changed_by_reading(tmp_path):
    path = write_gpkg(tmp_path / "a.gpkg", {"p": (patch_rows(3), [wkt_of(s) for s in squares(3)])})
    before = path.read_bytes()
    first, second = read(path), read(path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["a.gpkg"]
    assert first.digest == second.digest


def test_the_digest_is_of_the_content(tmp_path):
    one, same = issued(tmp_path / "1"), issued(tmp_path / "2")
    other = write_shapefile(tmp_path / "3" / "a.shp", patch_rows(3), squares(3, side=99.0))
    assert read(one).digest == read(same).digest != read(other).digest


class Impatient(Progress):
    def __init__(self, patience):
        self.fractions, self.patience = [], patience

    def show(self, fraction, text=None):
        self.fractions.append(fraction)

    def is_cancelled(self):
        return len(self.fractions) >= self.patience


def test_progress_only_goes_forward_and_cancelling_stops_at_every_step(tmp_path):
    path = zipped(issued(tmp_path).parent, tmp_path / "b.zip")
    watcher = Impatient(10 ** 6)
    read(path, progress=watcher)
    assert watcher.fractions == sorted(watcher.fractions)
    assert 0 <= watcher.fractions[0] and watcher.fractions[-1] <= 1
    for patience in range(len(watcher.fractions)):
        with pytest.raises(Cancelled):
            read(path, progress=Impatient(patience))


def test_rows_that_a_header_forgot_to_count_are_read(tmp_path):
    path = issued(tmp_path)
    table = path.with_suffix(".dbf")
    content = bytearray(table.read_bytes())
    content[4:8] = bytes(4)
    table.write_bytes(content)
    assert len(accounted(read(path), 3).patches) == 3


def test_a_geopackage_that_another_program_writes_to_says_so(tmp_path):
    import sqlite3

    path = write_gpkg(tmp_path / "a.gpkg", {"p": (patch_rows(3), [wkt_of(s) for s in squares(3)])})
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("BEGIN EXCLUSIVE")
    with pytest.raises(InputError, match="locked by another program"):
        read(path)
    writer.execute("ROLLBACK")
    writer.close()
    accounted(read(path), 3)


def test_json_nested_beyond_all_sense_is_an_error(tmp_path):
    (tmp_path / "a.geojson").write_text('{"type": "FeatureCollection", "features": [' + "[" * 100_000)
    with pytest.raises(InputError, match="not complete GeoJSON"):
        read(tmp_path / "a.geojson")


@pytest.mark.parametrize("write", [
    lambda folder: write_gpkg(folder / "a.gpkg", {"p": (patch_rows(3), [wkt_of(squares(3)[0]), None, "LINESTRING(1 1,2 2)"])}),
    lambda folder: write_shapefile(folder / "a.shp", patch_rows(3), [square(), None, square(5.0, 5.0)], prj="nonsense"),
    lambda folder: write_geojson(folder / "a.geojson", patch_rows(3), [polygon(square()), {"type": "Blob"}, polygon([[(0, 0)]])]),
])
def test_gdals_exceptions_mode_makes_no_difference(tmp_path, write):
    from osgeo import gdal, ogr, osr

    path = write(tmp_path)
    plain = read(path)
    for module in (gdal, ogr, osr):
        module.UseExceptions()
    try:
        strict = read(path)
    finally:
        for module in (osr, ogr, gdal):
            module.DontUseExceptions()
    assert strict == plain
    assert len(accounted(plain, 3).patches) == 1


@pytest.mark.parametrize("name, remedy", [("表.xls", "A table has no outlines"), ("图.dwg", "closed lines"), ("通知.pdf", "the layer itself"),
                                          ("影像.tif", "This is an image"), ("库.mdb", "from the database"), ("x.gpkg", "it is damaged")])
def test_a_file_that_is_no_layer_is_refused_with_what_can_be_done_about_it(tmp_path, name, remedy):
    (tmp_path / name).write_bytes(b"abc,def\n1,2\n")
    with pytest.raises(InputError, match="cannot be opened as a vector layer") as refused:
        take_in(str(tmp_path / name), target_crs=None, area_method="P")
    assert remedy in str(refused.value.remedy) and str(tmp_path) not in str(refused.value)
