"""GeoPackages as the plugin gives them out: layers of polygons and plain tables, styled, with one pass of a million rows.

GDAL lays the layers down and indexes them, SQLite fills them in one transaction: feature by feature through GDAL takes ten times
as long.
"""
from __future__ import annotations

import sqlite3
import struct
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

import numpy as np
import shapely
from osgeo import gdal, ogr

from ...errors import InputError
from ...evidence.area import measure
from ...evidence.crs import Crs
from ...evidence.gdal_quiet import attempt, quiet, spatial_reference
from ...evidence.chunks import FLOOR_M2
from ...evidence.shapes import read_wkb, valid_polygons, without_specks
from ...progress import Progress
from ...register.tables import DATE, INTEGER, REAL, Field
from ...register.storage.layout import MapStyle, store_styles
from ...values import Plain, plain, storable

_KINDS = {REAL: ogr.OFTReal, INTEGER: ogr.OFTInteger64, DATE: ogr.OFTDate}
#: Magic, version 0, envelope of two dimensions in little endian, then the box as minx, maxx, miny, maxy.
_HEADER = struct.Struct("<2sBBi4d")


@dataclass(frozen=True)
class Layer:
    """A layer (or, without ``outlines``, a plain table): values of each field from top to bottom.

    ``outlines`` are WKB of polygons in the file's CRS, None where a row has none; they are stored as 2-D MultiPolygons. With ``points``
    they are points and stay so.
    """

    name: str
    fields: Sequence[Field]
    columns: Mapping[str, Sequence[Any]]
    outlines: Optional[Sequence[Optional[bytes]]] = None
    description: str = ""
    styles: Sequence[MapStyle] = field(default_factory=tuple)
    points: bool = False

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))


def write_geopackage(path: Path, crs: str, layers: Sequence[Layer], progress: Optional[Progress] = None) -> None:
    """Write the layers to ``path``, which must not exist; a draft of ``atomic_files``. Raises InputError where it cannot be written."""
    if path.suffix.lower() != ".gpkg":
        raise InputError("{file} is written as a GeoPackage: its name must end in .gpkg.", "Choose another name for what is written.",
                         file=path.name)
    progress = progress or Progress()
    _lay_down(path, crs, layers)
    total, done = max(sum(map(len, layers)), 1), 0
    with closing(sqlite3.connect(str(path), isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = MEMORY")
        connection.execute("BEGIN")
        for layer in layers:
            _fill(connection, layer, crs, progress.part(done / total, (done + len(layer)) / total))
            done += len(layer)
        styles = [style for layer in layers for style in layer.styles]
        if styles:
            store_styles(connection, styles)
        connection.execute("COMMIT")
    _index(path, [layer.name for layer in layers if layer.outlines is not None])


def stored_value(value: Any, kind: str) -> Plain:
    """The form of any value that a field of ``kind`` of any OGR format takes; absence is None."""
    known = plain(value)
    if known is None:
        return None
    if kind == INTEGER:
        return int(known)
    if kind == REAL:
        return float(known)
    return storable(known.isoformat() if hasattr(known, "isoformat") else str(known))


def stored_column(values: Sequence[Any], kind: str) -> List[Plain]:
    """:func:`stored_value` of each; floats at once, and of texts each different one once."""
    if kind == REAL:
        return [value if value is None or type(value) is float and value == value else stored_value(value, kind) for value in values]
    known: Dict[str, Plain] = {}
    return [known[value] if type(value) is str and value in known
            else known.setdefault(value, stored_value(value, kind)) if type(value) is str
            else None if value is None else stored_value(value, kind) for value in values]


def multipolygons(outlines: Sequence[Optional[bytes]], crs: str) -> Tuple[List[Optional[bytes]], np.ndarray]:
    """WKB as 2-D MultiPolygons, None where there is nothing, and their boxes: what leaves the house, whoever stored it.

    All are valid in ``crs`` and without parts and holes below the floor of 1e-6 m²; those that are so come back as they are.
    """
    shapes = read_wkb(np.array([*outlines, None], dtype=object)[:-1])
    rows, system = np.flatnonzero(~shapely.is_missing(shapes)), Crs.of(crs)
    shapes[rows] = valid_polygons(shapes[rows])[0]
    shapes = without_specks(shapes, measure(system) if system.is_known else shapely.area, FLOOR_M2)
    single = np.flatnonzero(shapely.get_type_id(shapes) == shapely.GeometryType.POLYGON)
    if len(single):
        shapes[single] = shapely.multipolygons(shapes[single], indices=np.arange(len(single)))
    written = shapely.to_wkb(shapes, byte_order=1)
    return written.tolist(), shapely.bounds(shapes).reshape(-1, 4)


def _lay_down(path: Path, crs: str, layers: Sequence[Layer]) -> None:
    reference = spatial_reference(crs)
    with quiet():
        dataset = attempt(gdal.GetDriverByName("GPKG").Create, str(path), 0, 0, 0, gdal.GDT_Unknown)
        if dataset is None:
            raise InputError("{file} cannot be written.", "Choose another place, or close the program that has it open.", file=path.name)
        for layer in layers:
            kind = ogr.wkbNone if layer.outlines is None else ogr.wkbPoint if layer.points else ogr.wkbMultiPolygon
            options = ["GEOMETRY_NAME=geom", "FID=fid", "SPATIAL_INDEX=NO", f"DESCRIPTION={storable(layer.description)}"]
            made = dataset.CreateLayer(layer.name, None if layer.outlines is None else reference, kind, options)
            for one in layer.fields:
                made.CreateField(ogr.FieldDefn(one.name, _KINDS.get(one.kind, ogr.OFTString)))
        made = None
        dataset.FlushCache()
        del dataset


def _fill(connection: sqlite3.Connection, layer: Layer, crs: str, progress: Progress) -> None:
    kinds = {one.name: one.kind for one in layer.fields}
    filled = {name: stored_column(values, kinds[name]) for name, values in layer.columns.items()
              if layer.outlines is None or any(value is not None for value in values)}  # beside an outline, nothing needs no words
    if layer.outlines is not None:
        filled = {"geom": _blobs(connection, layer, crs), **filled}
    names, columns = list(filled), list(filled.values())
    table = layer.name.replace('"', '""')
    fields, marks = ", ".join(f'"{name}"' for name in names), ",".join("?" * len(names))
    sql = f'INSERT INTO "{table}" ({fields}) VALUES ({marks})'  # nosec B608 - quoted names of our own fields
    connection.executemany(sql, progress.watch(list(zip(*columns))))


def _blobs(connection: sqlite3.Connection, layer: Layer, crs: str) -> List[Optional[bytes]]:
    srs_id = connection.execute("SELECT srs_id FROM gpkg_geometry_columns WHERE table_name = ?", (layer.name,)).fetchone()[0]
    if layer.points:
        outlines = list(layer.outlines or ())
        boxes = shapely.bounds(read_wkb(np.array([*outlines, None], dtype=object)[:-1])).reshape(-1, 4)
    else:
        outlines, boxes = multipolygons(layer.outlines or (), crs)
    if any(outline is not None for outline in outlines):
        box = (*np.nanmin(boxes[:, :2], axis=0).tolist(), *np.nanmax(boxes[:, 2:], axis=0).tolist())
        connection.execute("UPDATE gpkg_contents SET min_x = ?, min_y = ?, max_x = ?, max_y = ? WHERE table_name = ?", (*box, layer.name))
    return [None if wkb is None else _HEADER.pack(b"GP", 0, 0b011, srs_id, box[0], box[2], box[1], box[3]) + wkb
            for wkb, box in zip(outlines, boxes.tolist())]


def _index(path: Path, names: Sequence[str]) -> None:
    with quiet():
        dataset = attempt(gdal.OpenEx, str(path), gdal.OF_VECTOR | gdal.OF_UPDATE)
        if dataset is None:
            raise InputError("{file} cannot be written.", "Choose another place, or close the program that has it open.", file=path.name)
        for name in names:
            text = name.replace("'", "''")
            result = dataset.ExecuteSQL(f"SELECT CreateSpatialIndex('{text}', 'geom')")  # nosec B608 - quoted
            if result is not None:
                dataset.ReleaseResultSet(result)
        del dataset
