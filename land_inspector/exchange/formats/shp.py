"""Shapefiles as the official system takes them: UTF-8 with .cpg, names of at most ten ASCII characters, areas with two decimals."""
from __future__ import annotations

from pathlib import Path
from typing import Any, List, Sequence, Tuple

from osgeo import gdal, ogr

from ...errors import InputError
from ...progress import Progress
from ...register.tables import INTEGER, REAL, TEXT, Field
from ...evidence.gdal_quiet import attempt, quiet, spatial_reference
from .gpkg import Layer, multipolygons, stored_value

#: A DBF text field holds so many bytes.
DBF_BYTES = 254


def write_shapefile(path: Path, crs: str, layer: Layer, progress: Progress) -> List[Tuple[int, Field]]:
    """Write ``path`` (.shp) and its parts; row and field of each text that a DBF had to cut. InputError where it cannot be written."""
    with quiet():
        dataset = attempt(gdal.GetDriverByName("ESRI Shapefile").Create, str(path), 0, 0, 0, gdal.GDT_Unknown)
        if dataset is None:
            raise InputError("{file} cannot be written.", "Choose another place, or close the program that has it open.", file=path.name)
        made = dataset.CreateLayer(path.stem, spatial_reference(crs), ogr.wkbMultiPolygon, ["ENCODING=UTF-8"])
        for field in layer.fields:
            made.CreateField(_definition(field))
        cut = _add_rows(made, layer, crs, progress)
        made.SyncToDisk()
        made = None
        del dataset
    return cut


def _definition(field: Field) -> ogr.FieldDefn:
    defined = ogr.FieldDefn(field.name, {REAL: ogr.OFTReal, INTEGER: ogr.OFTInteger}.get(field.kind, ogr.OFTString))
    if field.kind == REAL:
        defined.SetWidth(15)
        defined.SetPrecision(2)
    elif field.kind != INTEGER:
        defined.SetWidth(DBF_BYTES)
    return defined


def _add_rows(made: ogr.Layer, layer: Layer, crs: str, progress: Progress) -> List[Tuple[int, Field]]:
    outlines, _boxes = multipolygons(layer.outlines or (), crs)
    cut: List[Tuple[int, Field]] = []
    rows = list(zip(*(layer.columns[field.name] for field in layer.fields)))
    for number, values in enumerate(progress.watch(rows)):
        feature = ogr.Feature(made.GetLayerDefn())
        for place, (field, value) in enumerate(zip(layer.fields, values)):
            stored = stored_value(value, field.kind)
            if stored is not None:
                feature.SetField(place, _fitting(stored))
                if field.kind == TEXT and stored != _fitting(stored):
                    cut.append((number, field))
        if outlines[number] is not None:
            feature.SetGeometry(ogr.CreateGeometryFromWkb(outlines[number]))
        if made.CreateFeature(feature) != ogr.OGRERR_NONE:
            raise InputError("{file} cannot be written: {reason}.", "Make room or choose another place.", file=made.GetName(),
                             reason=gdal.GetLastErrorMsg() or "OGR")
    return cut


def _fitting(value: Any) -> Any:
    """A text that a DBF can hold, cut between characters."""
    return value.encode("utf-8")[:DBF_BYTES].decode("utf-8", "ignore") if isinstance(value, str) else value


def short_names(fields: Sequence[Field]) -> List[str]:
    """Names of at most ten characters, each once, for fields whose own are longer."""
    taken: List[str] = []
    for field in fields:
        name, number = field.name[:10], 2
        while name.lower() in (one.lower() for one in taken):
            name, number = f"{field.name[:9 - len(str(number))]}_{number}", number + 1
        taken.append(name)
    return taken
