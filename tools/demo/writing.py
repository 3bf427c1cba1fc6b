"""Writing layers with GDAL: GeoPackage and Shapefile, in the county's CRS or another, with fixed dates."""
from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import Dict, Iterator, List, Optional, Sequence

import numpy as np
import shapely
from osgeo import gdal, ogr, osr
from shapely.geometry.base import BaseGeometry

from .plan import EPSG, ORIGIN

WRITTEN_AT = "2026-01-01T00:00:00.000Z"
LANGUAGE_BYTE = 29
KINDS = {str: ogr.OFTString, int: ogr.OFTInteger, float: ogr.OFTReal}
Row = Dict[str, object]


def srs(epsg: int) -> osr.SpatialReference:
    """East before north, whatever the authority says: files hold x, y."""
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(epsg)
    reference.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    return reference


def on_grid(shapes: Sequence[Optional[BaseGeometry]]) -> np.ndarray:
    """From county metres to EPSG:4528. None stays None."""
    return shapely.transform(np.array(shapes, dtype=object), lambda xy: xy + np.array(ORIGIN))


def in_degrees(shapes: Sequence[Optional[BaseGeometry]]) -> np.ndarray:
    """From county metres to EPSG:4490."""
    move = osr.CoordinateTransformation(srs(EPSG), srs(4490))
    return shapely.transform(on_grid(shapes), lambda xy: np.array(move.TransformPoints(xy))[:, :2])


@contextmanager
def gdal_settings(**options: str) -> Iterator[None]:
    """GDAL with exceptions and fixed dates, put back afterwards."""
    options = {"OGR_CURRENT_DATE": WRITTEN_AT, **options}
    before = {name: gdal.GetConfigOption(name) for name in options}
    raising = gdal.GetUseExceptions()
    gdal.UseExceptions()
    for name, value in options.items():
        gdal.SetConfigOption(name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            gdal.SetConfigOption(name, value)
        if not raising:
            gdal.DontUseExceptions()


def write_geopackage(path: Path, name: str, title: str, shapes: Sequence[Optional[BaseGeometry]], rows: List[Row],
                     aliases: Dict[str, str], epsg: int = EPSG) -> None:
    """Add a layer of polygons or lines to a GeoPackage (made when absent). ``shapes`` are in ``epsg`` already."""
    driver = gdal.GetDriverByName("GPKG")
    dataset = gdal.OpenEx(str(path), gdal.OF_VECTOR | gdal.OF_UPDATE) if path.exists() else driver.Create(
        str(path), 0, 0, 0, gdal.GDT_Unknown)
    multi = any(shape is not None and shape.geom_type == "MultiPolygon" for shape in shapes)
    lines = any(shape is not None and shape.geom_type == "LineString" for shape in shapes)
    layer = dataset.CreateLayer(name, srs(epsg), ogr.wkbLineString if lines else ogr.wkbMultiPolygon if multi else ogr.wkbPolygon,
                                [f"IDENTIFIER={title}", f"DESCRIPTION={title}", "GEOMETRY_NAME=geom"])
    _fill(dataset, layer, shapes, rows, aliases, multi)


def write_shapefile(path: Path, shapes: Sequence[Optional[BaseGeometry]], rows: List[Row], encoding: str) -> None:
    """A Shapefile as bureaus issue it: neither a .cpg nor the DBF's language byte tells its encoding."""
    # QGIS empties this option for the whole process, and GDAL would then write UTF-8 whatever the layer asks for
    gdal.SetThreadLocalConfigOption("SHAPE_ENCODING", encoding)
    dataset = gdal.GetDriverByName("ESRI Shapefile").Create(str(path), 0, 0, 0, gdal.GDT_Unknown)
    layer = dataset.CreateLayer(path.stem, srs(EPSG), ogr.wkbPolygon,
                                [f"ENCODING={encoding}", f"DBF_DATE_LAST_UPDATE={WRITTEN_AT[:10]}"])
    _fill(dataset, layer, shapes, rows, {}, False)
    del layer, dataset
    gdal.SetThreadLocalConfigOption("SHAPE_ENCODING", None)
    path.with_suffix(".cpg").unlink(missing_ok=True)
    with open(path.with_suffix(".dbf"), "r+b") as table:
        table.seek(LANGUAGE_BYTE)
        table.write(b"\0")


def _fill(dataset: gdal.Dataset, layer: ogr.Layer, shapes: Sequence[Optional[BaseGeometry]], rows: List[Row],
          aliases: Dict[str, str], multi: bool) -> None:
    for name, field in _fields(rows).items():
        if name in aliases:
            field.SetAlternativeName(aliases[name])
        layer.CreateField(field)
    definition = layer.GetLayerDefn()
    places = {name: place for place, name in enumerate(rows[0])}  # by name the binding would look each one up in Python
    in_transaction = bool(dataset.TestCapability(ogr.ODsCTransactions))
    if in_transaction:
        dataset.StartTransaction()
    for shape, row in zip(shapes, rows):
        feature = ogr.Feature(definition)
        for name, value in row.items():
            if value is not None:
                feature.SetField(places[name], _kind(value)(value))
        if shape is not None:
            geometry = ogr.CreateGeometryFromWkb(shapely.to_wkb(shape))
            feature.SetGeometryDirectly(ogr.ForceToMultiPolygon(geometry) if multi else geometry)
        layer.CreateFeature(feature)
    if in_transaction:
        dataset.CommitTransaction()


def _kind(value: object) -> type:
    """str, int or float, numpy's own kinds of them included."""
    return next(kind for kind in KINDS if isinstance(value, kind))


def _fields(rows: List[Row]) -> Dict[str, ogr.FieldDefn]:
    """A definition for each column from the first value that it holds; text as wide as its longest value in bytes."""
    fields: Dict[str, ogr.FieldDefn] = {}
    for name in rows[0]:
        values = [row[name] for row in rows if row[name] is not None]
        kind = _kind(values[0]) if values else str
        field = ogr.FieldDefn(name, KINDS[kind])
        if kind is str:
            field.SetWidth(max([len(str(value).encode("utf-8")) for value in values] + [4]))
        elif kind is float:
            field.SetWidth(16)
            field.SetPrecision(2)
        fields[name] = field
    return fields
