"""Small files of every kind that is read, and seeded ways to damage them."""
from __future__ import annotations

import io
import json
import quopri
import random
import shutil
import struct
import zipfile
from pathlib import Path
from typing import Callable, Dict, List

from osgeo import gdal, ogr

from tests.intake_files import patch_rows, polygon, square, squares, wkt_of, write_geojson, write_gpkg, write_shapefile
from tests.office_tables import dbf, ods, web_page, xlsx, xml_2003
from tests.photo_files import exif_block, jpeg_bytes

VERDICTS = [["图斑编号", "判定结果", "判定二级类", "违法面积（亩）", "图斑建设时间"], ["T001", "2", "201", 3.5, "2026-05-22"],
            ["T002", "1", "101", "1,234.5", "2026年5月22日"], ["T003", "2", "201", "无", 46164]]
LEDGER = [["案件编号", "图斑编号", "立案时间", "罚款下达（元）", "罚款收缴（元）", "复耕面积（亩）", "完成日期"],
          ["案1", "T001、T002", "2026-05-22", 16000, "￥16,000", 0.3, "2026-08-01"], ["案2", "T003", "2026.5.22", 1, 1, None, None]]
REDLINE = ("[属性描述]\n坐标系=2000国家大地坐标系\n几度分带=3\n计量单位=米\n带号=40\n[地块坐标]\n5,1.0000,1,甲,面,,,,@\n"
           "J1,1,3190000.000,40609000.000\nJ2,1,3190100.000,40609000.000\nJ3,1,3190100.000,40609100.000\nJ4,1,3190000.000,40609100.000\n"
           "J1,1,3190000.000,40609000.000\n4,1.0000公顷,2,乙,面,,,,\nJ1,1,3190000.000,40609300.000\nJ2,1,3190100.000,40609300.000\n"
           "J3,1,3190100.000,40609400.000\nJ4,1,3190000.000,40609400.000\n")


def by_gdal(driver: str, suffix: str) -> Callable[[Path], Path]:
    """A layer of three patches in another format, translated from a GeoPackage; the path of its main file."""
    def write(folder: Path) -> Path:
        source = write_gpkg(folder / "source.gpkg", {"patches": (patch_rows(3), [wkt_of(one) for one in squares(3)])})
        made = gdal.VectorTranslate(str(folder / f"a{suffix}"), str(source), format=driver, geometryType="POLYGON",
                                    dstSRS="EPSG:4326" if driver in ("KML", "LIBKML") else None)
        del made
        source.unlink()
        return folder / f"a{suffix}"
    return write


def shapefile(folder: Path) -> Path:
    return write_shapefile(folder / "a.shp", patch_rows(3), squares(3))


def zipped(folder: Path) -> Path:
    inner = folder / "inner"
    shapefile(inner)
    with zipfile.ZipFile(folder / "a.zip", "w") as packed:
        for part in sorted(inner.iterdir()):
            packed.write(part, f"图斑/{part.name}")
    return folder / "a.zip"


def esri_json(folder: Path) -> Path:
    rows = [{"attributes": row, "geometry": {"rings": [[list(point) for point in ring] for ring in shape]}}
            for row, shape in zip(patch_rows(3), squares(3))]
    fields = [{"name": name, "type": "esriFieldTypeString", "alias": name} for name in patch_rows(1)[0]]
    document = {"displayFieldName": "JCBH", "geometryType": "esriGeometryPolygon", "spatialReference": {"wkid": 4528, "latestWkid": 4528},
                "fields": fields, "features": rows}
    (folder / "a.json").write_text(json.dumps(document), encoding="utf-8")
    return folder / "a.json"


LAYERS: Dict[str, Callable[[Path], Path]] = {
    "shp": shapefile, "zip": zipped, "esri": esri_json,
    "gpkg": lambda folder: write_gpkg(folder / "a.gpkg", {"patches": (patch_rows(3), [wkt_of(one) for one in squares(3)])}),
    "geojson": lambda folder: write_geojson(folder / "a.geojson", patch_rows(3), [polygon(one) for one in squares(3)]),
    "gml": by_gdal("GML", ".gml"), "fgb": by_gdal("FlatGeobuf", ".fgb"), "mif": by_gdal("MapInfo File", ".mif"),
    "tab": by_gdal("MapInfo File", ".tab"),
    "sqlite": by_gdal("SQLite", ".sqlite"), "dxf": lambda folder: _dxf(folder)}
if gdal.GetDriverByName("LIBKML"):  # GDAL's plain KML keeps no fields of their own
    LAYERS["kml"] = by_gdal("LIBKML", ".kml")


def _dxf(folder: Path) -> Path:
    source = ogr.GetDriverByName("DXF").CreateDataSource(str(folder / "a.dxf"))
    layer = source.CreateLayer("entities")
    for shape in squares(2):
        feature = ogr.Feature(layer.GetLayerDefn())
        feature.SetField("Layer", "图斑")
        feature.SetGeometryDirectly(ogr.CreateGeometryFromWkt(wkt_of(shape)))
        layer.CreateFeature(feature)
    return folder / "a.dxf"


def _table(name: str, write: Callable[[Path, List[list]], object]) -> Callable[[Path], Path]:
    def made(folder: Path) -> Path:
        write(folder / name, VERDICTS)
        return folder / name
    return made


def _text(rows: List[list], mark: str = ",") -> str:
    return "\n".join(mark.join("" if cell is None else f'"{cell}"' for cell in row) for row in rows)


def geodatabase(folder: Path) -> Path:
    """A zipped FileGDB; written where this GDAL can."""
    inner = by_gdal("OpenFileGDB", ".gdb")(folder)
    with zipfile.ZipFile(folder / "a.zip", "w") as packed:
        for part in sorted(inner.iterdir()):
            packed.write(part, f"a.gdb/{part.name}")
    shutil.rmtree(inner)
    return folder / "a.zip"


def can_write_geodatabases() -> bool:
    driver = gdal.GetDriverByName("OpenFileGDB")
    return driver is not None and driver.GetMetadataItem("DCAP_CREATE") == "YES"


if can_write_geodatabases():
    LAYERS["gdb"] = geodatabase


def old_workbook(folder: Path) -> Path:
    """A workbook of Excel 97 (BIFF8), as an office program wrote it."""
    shutil.copyfile(Path(__file__).parent / "data" / "verdicts_97.xls", folder / "97.xls")
    return folder / "97.xls"


TABLES: Dict[str, Callable[[Path], Path]] = {
    "xlsx": _table("a.xlsx", lambda path, rows: xlsx(path, {"甲": rows, "乙": LEDGER}, merged=["C3:C4"])),
    "ods": _table("a.ods", lambda path, rows: ods(path, rows)),
    "html": _table("a.xls", lambda path, rows: path.write_bytes(web_page(rows, "gbk"))),
    "xml": _table("b.xls", lambda path, rows: path.write_text(xml_2003([[cell or "" for cell in row] for row in rows]),
                                                              encoding="utf-8")),
    "csv": _table("a.csv", lambda path, rows: path.write_bytes(_text(rows).encode("gbk"))),
    "xls": old_workbook, "dbf": _table("a.dbf", lambda path, rows: dbf(path, [{"JCBH": "T001", "PDJL1": "2", "PDJL2": "201"}] * 3))}


def web_archive(folder: Path) -> Path:
    """A page with a table saved as one file, as web systems give it out under the name .xls."""
    head = (b'MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="-=x"\r\n\r\n---=x\r\nContent-Transfer-Encoding: '
            b'quoted-printable\r\nContent-Type: text/html; charset="gbk"\r\n\r\n')
    (folder / "m.xls").write_bytes(head + quopri.encodestring(web_page(VERDICTS, "gbk")) + b"\r\n---=x--\r\n")
    return folder / "m.xls"


def flat_ods(folder: Path) -> Path:
    with zipfile.ZipFile(ods(folder / "a.ods", VERDICTS)) as packed:
        (folder / "a.fods").write_bytes(packed.read("content.xml"))
    (folder / "a.ods").unlink()
    return folder / "a.fods"


TABLES.update(mht=web_archive, fods=flat_ods)


def arcgis(folder: Path) -> Path:
    """Esri JSON with true curves."""
    path = esri_json(folder)
    document = json.loads(path.read_text(encoding="utf-8"))
    x, y = document["features"][0]["geometry"]["rings"][0][0]
    arcs = [{"c": [[x + 90, y], [x + 45, y + 40]]}, {"a": [[x, y], [x + 45, y], 0, 1]}]
    document["features"][0]["geometry"] = {"curveRings": [[[x, y], *arcs]]}
    document["features"][1]["geometry"] = {"curveRings": [[[x, y], {"b": [[x + 90, y], [x, y + 90], [x + 90, y + 90]]}, [x, y]]]}
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


LAYERS["arcgis"] = arcgis


def _track(name: str, text: str) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        (folder / name).write_text(text, encoding="utf-8")
        return folder / name
    return write


_ALONG = [(f"2026-05-20T01:{i:02d}:00Z", 28.8 + i / 1e4, 121.1 + i / 1e4) for i in range(20)]
TRACKS: Dict[str, Callable[[Path], Path]] = {
    "gpx": _track("a.gpx", '<?xml version="1.0"?><gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>' + "".join(
        f'<trkpt lat="{y}" lon="{x}"><ele>5</ele><time>{at}</time></trkpt>' for at, y, x in _ALONG) + "</trkseg></trk></gpx>"),
    "kml": _track("a.kml", '<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2" xmlns:gx="http://www.google.com/kml/ext/2.2">'
                  "<Document><Placemark><gx:Track>" + "".join(f"<when>{at}</when>" for at, _y, _x in _ALONG)
                  + "".join(f"<gx:coord>{x} {y} 0</gx:coord>" for _at, y, x in _ALONG) + "</gx:Track></Placemark></Document></kml>"),
    "csv": _track("a.csv", "时间,经度,纬度\n" + "".join(f"{at},{x},{y}\n" for at, y, x in _ALONG))}


def png(folder: Path) -> Path:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + b"\0\0\0\0"

    (folder / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", b"\0" * 13) + chunk(b"eXIf", exif_block(121.1, 28.8, 90.0))
                                   + chunk(b"IDAT", b"x") + chunk(b"IEND", b""))
    return folder / "a.png"


def jpeg(folder: Path) -> Path:
    (folder / "a.jpg").write_bytes(jpeg_bytes(exif_block(121.1, 28.8, 90.0, taken="2026:05:20 10:11:12", orientation=6)))
    return folder / "a.jpg"


def redline(folder: Path) -> Path:
    (folder / "a.txt").write_bytes(REDLINE.encode("gbk"))
    return folder / "a.txt"


def mutated(content: bytes, dice: random.Random) -> bytes:
    """One to four damages: bits, bytes, cuts, repeats, numbers that are too big, text where numbers stand."""
    data = bytearray(content)
    for _again in range(dice.randint(1, 4)):
        if not data:
            break
        at, kind = dice.randrange(len(data)), dice.randrange(8)
        span = min(len(data) - at, dice.choice((1, 2, 4, 16, 200)))
        if kind == 0:
            data[at] ^= 1 << dice.randrange(8)
        elif kind == 1:
            data[at:at + span] = bytes(dice.randrange(256) for _ in range(span))
        elif kind == 2:
            del data[at:at + span]
        elif kind == 3:
            data[at:at] = data[at:at + span] * dice.choice((1, 2, 50))
        elif kind == 4:
            data[at:at + span] = dice.choice((b"\xff", b"\0", b"9", b"-", b"\"", b"<")) * span
        elif kind == 5:
            del data[at:]
        elif kind == 6:
            data[at:at] = dice.choice((b"\xff\xfe", b"\xef\xbb\xbf", "亩".encode("gbk"), b"1e999", b"NaN", b"&a;", b"\n", b",", b"]]>",
                                       b"\x0b"))
        else:
            other = dice.randrange(len(data))
            data[at:at + span], data[other:other + span] = data[other:other + span], data[at:at + span]
    return bytes(data)


def mutated_package(content: bytes, dice: random.Random) -> bytes:
    """The same for what lies in a zip: one part is damaged and packed again, so that the reader behind the archive sees it."""
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        parts = {info.filename: packed.read(info) for info in packed.infolist()}
    chosen = dice.choice(sorted(parts))
    parts[chosen] = mutated(parts[chosen], dice)
    if dice.random() < 0.1:
        del parts[dice.choice(sorted(parts))]
    result = io.BytesIO()
    with zipfile.ZipFile(result, "w") as packed:
        for name, body in parts.items():
            packed.writestr(name, body)
    return result.getvalue()


__all__ = ["LAYERS", "TABLES", "TRACKS", "jpeg", "mutated", "mutated_package", "png", "redline", "square"]
