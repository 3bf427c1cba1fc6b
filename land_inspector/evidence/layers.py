"""Opening evidence layers: GeoPackage through its R-tree, everything else that OGR opens in memory or staged.

Small layers of other formats are read into memory; large ones are first copied into a temporary GeoPackage, so that
memory stays bounded by the chunk that is being measured and not by the layer.
"""
from __future__ import annotations

import hashlib
import json
import tempfile
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

import numpy as np
from osgeo import gdal, ogr

from ..errors import InputError, message
from ..progress import Progress
from .crs import Crs
from .gdal_quiet import reading
from .geopackage import GeoPackageSource, has_rtree
from .shapes import polygons_from_wkb, stroked
from .sources import MemorySource, Source
from .vector_files import LAYER_SUFFIXES, FoundFile, files_in, open_dataset, path_and_options, settings_of

IN_MEMORY_UP_TO = 50_000  # features
FEATURES_PER_STEP = 2000


def open_layer(source: str, name: str = "", crs: str = "", progress: Optional[Progress] = None) -> Source:
    """Open ``path``, ``path|layername=table`` or ``path|layerid=1``; folders, FileGDBs and archives as for patches.

    ``crs`` overrides, or stands in for, what the file says. A layer of points or lines is opened with ``holds_areas`` False. Raises
    InputError when the file or the table cannot be opened, and where it is not clear which of several layers is meant.
    """
    path, table, number = split_source(source)
    progress = progress or Progress()
    with reading(path.name), files_in(path, LAYER_SUFFIXES, progress) as (files, others):
        if not files:
            raise InputError("{file} holds no layer; it holds {files}.", "Give a Shapefile, GeoPackage or GeoJSON, plain or zipped.",
                             file=path.name, files=", ".join(others[:30]) or "-")
        file, dataset, layer = _chosen(files, path, table, number)
        return _open(file, dataset, layer, (name, crs), progress, path if path.is_file() else file)


def _open(file: Path, dataset: gdal.Dataset, layer: ogr.Layer, said: Tuple[str, str], progress: Progress, origin: Path) -> Source:
    """``origin`` is where the layer will be tomorrow: the archive, where the file was only unpacked for now."""
    name, crs = said
    stored_name = layer.GetName()
    try:
        system = Crs.of(crs or layer.GetSpatialRef() or "")
    except InputError as wrong:
        said_of = {**wrong.details, "layer": name or stored_name, "reason": wrong.message}
        raise InputError("Layer {layer}: {reason}", wrong.remedy.template, **said_of) from wrong
    if file == origin and dataset.GetDriver().ShortName == "GPKG" and has_rtree(file, stored_name):
        opened: Source = GeoPackageSource(file, stored_name, system, name)
        opened.fingerprint = _fingerprint(origin, stored_name, opened.feature_count, opened.extent())
    else:
        with settings_of(file):
            opened = _read_or_staged(dataset, layer, origin, system, name or stored_name, progress)
    opened.holds_areas = _holds_areas(layer)
    return opened


def _holds_areas(layer: ogr.Layer) -> bool:
    """False where the layer is declared to hold points or lines, or has only such in fact."""
    kind = ogr.GT_Flatten(ogr.GT_GetLinear(layer.GetGeomType()))
    if kind in (ogr.wkbPoint, ogr.wkbMultiPoint, ogr.wkbLineString, ogr.wkbMultiLineString):
        return False
    if kind in (ogr.wkbPolygon, ogr.wkbMultiPolygon):
        return True
    layer.ResetReading()
    seen = False
    for feature in layer:
        geometry = feature.GetGeometryRef()
        if geometry is not None and not geometry.IsEmpty():
            seen = True
            if geometry.GetDimension() >= 2:
                return True
    return not seen


def split_source(source: str) -> Tuple[Path, str, Optional[int]]:
    """``path|layername=table`` → path, table ('' for the only layer) and its number where ``layerid`` gives it."""
    path, said = path_and_options(str(source))
    number = said.get("layerid", "")
    return Path(path), said.get("layername", ""), int(number) if number.isdigit() else None


def _chosen(files: Sequence[FoundFile], path: Path, table: str, number: Optional[int]) -> Tuple[Path, gdal.Dataset, ogr.Layer]:
    """The layer named, else the only one, else the only one with areas."""
    found: List[Tuple[FoundFile, gdal.Dataset, ogr.Layer]] = []
    for file in files:
        dataset = open_dataset(file.path)
        found += [(file, dataset, dataset.GetLayer(place)) for place in range(dataset.GetLayerCount())]
    named = [one for one in found if table.lower() in (one[2].GetName().lower(), one[0].path.name.lower(), one[0].shown.lower())] \
        if table else [found[number]] if number is not None and number < len(found) else found if number is None else []
    if len(named) > 1:
        named = [one for one in named if ogr.GT_Flatten(ogr.GT_GetLinear(one[2].GetGeomType())) in (
            ogr.wkbPolygon, ogr.wkbMultiPolygon, ogr.wkbUnknown)]
    names = [one[2].GetName() if len(files) == 1 else f"{one[0].shown}|{one[2].GetName()}" for one in found]
    if len(named) != 1:
        raise InputError("{file} has no layer {table}; it has {names}." if not named else
                         "{file} holds several layers, and it is not said which one is meant: {names}.",
                         "Name one of its layers: {names}.", file=path.name, table=table or str(number if number is not None else "-"),
                         names=", ".join(names[:60]))
    file, dataset, layer = named[0]
    return file.path, dataset, layer


def _read_or_staged(dataset: gdal.Dataset, layer: ogr.Layer, path: Path, crs: Crs, name: str,
                    progress: Progress) -> Source:
    count = layer.GetFeatureCount()
    stamp = _fingerprint(path, layer.GetName(), count, list(layer.GetExtent()) if count else [])
    small = count <= IN_MEMORY_UP_TO
    opened = _in_memory(layer, crs, name, progress) if small else _staged(dataset, layer, crs, name, progress)
    opened.fingerprint = stamp
    return opened


def _in_memory(layer: ogr.Layer, crs: Crs, name: str, progress: Progress) -> MemorySource:
    definition = layer.GetLayerDefn()
    names = [definition.GetFieldDefn(k).GetName() for k in range(definition.GetFieldCount())]
    blobs: List[Optional[bytes]] = []
    ids: List[int] = []
    columns: Dict[str, List[Any]] = {field: [] for field in names}
    for feature in layer:
        if len(ids) % FEATURES_PER_STEP == 0:
            progress.step(0.0, message("Reading {layer}", layer=name))
        geometry = feature.GetGeometryRef()
        blobs.append(bytes(stroked(geometry).ExportToIsoWkb()) if geometry is not None else None)
        ids.append(feature.GetFID())
        for place, field in enumerate(names):
            columns[field].append(feature.GetField(place))
    geoms, state = polygons_from_wkb(blobs)
    return MemorySource(name, crs, geoms, columns, np.array(ids, dtype=np.int64), state)


def _staged(dataset: gdal.Dataset, layer: ogr.Layer, crs: Crs, name: str, progress: Progress) -> GeoPackageSource:
    folder = tempfile.TemporaryDirectory(prefix="land_inspector_")
    target = Path(folder.name) / "staged.gpkg"

    def tell(fraction: float, _text: str, _data: Any) -> int:
        progress.show(fraction, message("Reading {layer}", layer=name))
        return 0 if progress.is_cancelled() else 1

    made = gdal.VectorTranslate(
        str(target), dataset, format="GPKG", layers=[layer.GetName()], layerName="staged", callback=tell,
        layerCreationOptions=["SPATIAL_INDEX=YES"],
    )
    progress.step(1.0)
    if made is None:
        raise InputError("{layer} cannot be read.", "Save it as a GeoPackage and use that.", layer=name)
    del made
    source = GeoPackageSource(target, "staged", crs, name)
    source.folder = folder  # goes with the last copy of the source
    return source


def _fingerprint(path: Path, table: str, count: int, extent: Sequence[float]) -> str:
    """sha256 over path, size and change time of the file (and its .dbf), table, feature count and extent."""
    files = [path, path.with_suffix(".dbf")] if path.suffix.lower() == ".shp" else [path]
    stats = [[file.stat().st_size, file.stat().st_mtime_ns] for file in files if file.exists()]
    record = [str(path.resolve()), table, stats, count, [repr(float(value)) for value in extent]]
    return hashlib.sha256(json.dumps(record).encode("utf-8")).hexdigest()
