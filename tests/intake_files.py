"""Broken and sound issues of patches, written byte for byte: no driver would write what a bureau receives."""
from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

from osgeo import ogr, osr

Ring = Sequence[Tuple[float, float]]
X0, Y0 = 40_609_000.0, 3_190_000.0  # Linhai, EPSG:4528


def square(x: float = X0, y: float = Y0, side: float = 100.0) -> List[Ring]:
    """One clockwise ring, as shapefiles want it."""
    return [[(x, y), (x, y + side), (x + side, y + side), (x + side, y), (x, y)]]


def squares(count: int, x: float = X0, y: float = Y0, side: float = 100.0) -> List[List[Ring]]:
    return [square(x + 200.0 * i, y, side) for i in range(count)]


def patch_rows(count: int, **more: Any) -> List[Dict[str, Any]]:
    return [dict(XZQDM="331082", JCBH=f"331082{i:04d}", TBLX="1A", QSX="20230101", HSX="20230401", JCMJ=10000.0, **more)
            for i in range(count)]


def shape_record(rings: Optional[Sequence[Ring]], kind: int = 5) -> bytes:
    if rings is None:
        return struct.pack("<i", 0)
    points = [point for ring in rings for point in ring]
    starts, total = [], 0
    for ring in rings:
        starts.append(total)
        total += len(ring)
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    return (struct.pack("<i4d2i", kind, min(xs), min(ys), max(xs), max(ys), len(rings), total)
            + struct.pack(f"<{len(starts)}i", *starts) + b"".join(struct.pack("<2d", *p) for p in points))


def shp_bytes(shapes: Sequence[Optional[Sequence[Ring]]], kind: int = 5) -> Tuple[bytes, bytes]:
    body, index, at = b"", b"", 100
    for number, shape in enumerate(shapes, 1):
        record = shape_record(shape, kind)
        body += struct.pack(">2i", number, len(record) // 2) + record
        index += struct.pack(">2i", at // 2, len(record) // 2)
        at += 8 + len(record)

    def header(size: int) -> bytes:
        return struct.pack(">7i", 9994, 0, 0, 0, 0, 0, size // 2) + struct.pack("<2i8d", 1000, kind, 0, 0, 1e8, 1e8, 0, 0, 0, 0)

    return header(100 + len(body)) + body, header(100 + len(index)) + index


def dbf_bytes(rows: Sequence[Dict[str, Any]], encoding: str, ldid: int = 0, widths: Optional[Dict[str, int]] = None,
              deleted: Sequence[int] = ()) -> bytes:
    """Text columns of 40 bytes, numbers as N(18,4); names cut at ten bytes wherever that falls."""
    names = list(rows[0]) if rows else ["JCBH"]
    kinds = {name: "N" if rows and isinstance(rows[0][name], float) else "C" for name in names}
    sizes = {name: (widths or {}).get(name, 18 if kinds[name] == "N" else 40) for name in names}
    fields = b"".join(name.encode(encoding)[:10].ljust(11, b"\0") + kinds[name].encode() + b"\0" * 4
                      + bytes([sizes[name], 4 if kinds[name] == "N" else 0]) + b"\0" * 14 for name in names)
    size = 1 + sum(sizes.values())
    head = struct.pack("<4BIHH16sBB2x", 3, 124, 1, 1, len(rows), 32 + len(fields) + 1, size, b"", 0, ldid)
    body = b""
    for number, row in enumerate(rows):
        body += b"*" if number in deleted else b" "
        for name in names:
            body += _cell(row[name], kinds[name], sizes[name], encoding)
    return head + fields + b"\r" + body + b"\x1a"


def _cell(value: Any, kind: str, size: int, encoding: str) -> bytes:
    if kind == "N":
        text = b"" if value is None else (value if isinstance(value, bytes) else f"{value:.4f}".encode())
        return text.rjust(size)[:size]
    raw = value if isinstance(value, bytes) else ("" if value is None else str(value)).encode(encoding)
    return raw[:size].ljust(size)


def esri_wkt(epsg: int) -> str:
    srs = osr.SpatialReference()
    srs.ImportFromEPSG(epsg)
    return srs.ExportToWkt(["FORMAT=WKT1_ESRI"])


def write_shapefile(path: Path, rows: Sequence[Dict[str, Any]], shapes: Sequence[Optional[Sequence[Ring]]], *,
                    encoding: str = "utf-8", cpg: Optional[str] = None, ldid: int = 0, prj: Optional[str] = "4528",
                    kind: int = 5, **dbf: Any) -> Path:
    """A shapefile whose parts say whatever they are told to; ``prj`` an EPSG code, a text, or None for no file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    shp, shx = shp_bytes(shapes, kind)
    path.write_bytes(shp)
    path.with_suffix(".shx").write_bytes(shx)
    path.with_suffix(".dbf").write_bytes(dbf_bytes(rows, encoding, ldid, **dbf))
    if cpg is not None:
        path.with_suffix(".cpg").write_text(cpg, encoding="ascii")
    if prj is not None:
        path.with_suffix(".prj").write_text(esri_wkt(int(prj)) if prj.isdigit() else prj, encoding="utf-8")
    return path


def write_geojson(path: Path, rows: Sequence[Dict[str, Any]], geometries: Sequence[Any], *, crs: Optional[str] = "4528",
                  encoding: str = "utf-8") -> Path:
    """Features as given, geometry members included, however wrong they are."""
    features = [{"type": "Feature", "properties": row, "geometry": geometry} for row, geometry in zip(rows, geometries)]
    document: Dict[str, Any] = {"type": "FeatureCollection", "features": features}
    if crs:
        document["crs"] = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{crs}"}}
    path.write_bytes(json.dumps(document, ensure_ascii=False).encode(encoding))
    return path


def polygon(rings: Sequence[Ring]) -> Dict[str, Any]:
    return {"type": "Polygon", "coordinates": [[list(point) for point in ring] for ring in rings]}


def write_gpkg(path: Path, layers: Dict[str, Tuple[Sequence[Dict[str, Any]], Sequence[Optional[str]]]], epsg: int = 4528) -> Path:
    """Layers of rows and WKT; text and real fields by the values of the first row."""
    source = ogr.GetDriverByName("GPKG").CreateDataSource(str(path))
    srs = osr.SpatialReference()
    srs.ImportFromEPSG(epsg)
    for name, (rows, wkts) in layers.items():
        layer = source.CreateLayer(name, srs, ogr.wkbUnknown)
        for field, value in rows[0].items():
            layer.CreateField(ogr.FieldDefn(field, ogr.OFTReal if isinstance(value, float) else ogr.OFTString))
        for row, wkt in zip(rows, wkts):
            feature = ogr.Feature(layer.GetLayerDefn())
            for field, value in row.items():
                if value is not None:
                    feature.SetField(field, value)
            if wkt:
                feature.SetGeometryDirectly(ogr.CreateGeometryFromWkt(wkt))
            layer.CreateFeature(feature)
    return path


def wkt_of(rings: Sequence[Ring]) -> str:
    return "POLYGON(" + ",".join("(" + ",".join(f"{x!r} {y!r}" for x, y in ring) + ")" for ring in rings) + ")"
