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
from .geopackage import GeoPackageSource, has_rtree
from .shapes import polygons_from_wkb
from .sources import MemorySource, Source

IN_MEMORY_UP_TO = 50_000  # features
FEATURES_PER_STEP = 2000


def open_layer(source: str, name: str = "", crs: str = "", progress: Optional[Progress] = None) -> Source:
    """Open ``path`` or ``path|layername=table``. ``crs`` overrides, or stands in for, what the file says.

    Raises InputError when the file or the table cannot be opened, or holds no polygons.
    """
    path, table = split_source(source)
    dataset, layer = _opened(path, table)
    system = Crs.of(crs or layer.GetSpatialRef() or "")
    stored_name = layer.GetName()
    if dataset.GetDriver().ShortName == "GPKG" and has_rtree(path, stored_name):
        opened = GeoPackageSource(path, stored_name, system, name)
        opened.fingerprint = _fingerprint(path, stored_name, opened.feature_count, opened.extent())
        return opened
    return _read_or_staged(dataset, layer, path, system, name or stored_name, progress or Progress())


def split_source(source: str) -> Tuple[Path, str]:
    """``path|layername=table`` → path and table ('' for the only layer)."""
    path, *options = str(source).split("|")
    chosen = [part[len("layername="):] for part in options if part.lower().startswith("layername=")]
    return Path(path), chosen[0] if chosen else ""


def _opened(path: Path, table: str) -> Tuple[gdal.Dataset, ogr.Layer]:
    gdal.PushErrorHandler("CPLQuietErrorHandler")
    try:
        dataset = gdal.OpenEx(str(path), gdal.OF_VECTOR | gdal.OF_READONLY)
    except RuntimeError:
        dataset = None
    finally:
        gdal.PopErrorHandler()
    if dataset is None:
        raise InputError("{file} cannot be opened.", "Check that the file exists and is a vector layer.", file=str(path))
    layer = dataset.GetLayerByName(table) if table else dataset.GetLayer(0)
    if layer is None:
        names = [dataset.GetLayer(k).GetName() for k in range(dataset.GetLayerCount())]
        raise InputError(
            "{file} has no layer {table}.", "Name one of its layers: {names}.",
            file=path.name, table=table or "-", names=", ".join(names),
        )
    return dataset, layer


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
        blobs.append(bytes(geometry.ExportToIsoWkb()) if geometry is not None else None)
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
