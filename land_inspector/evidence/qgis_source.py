"""QGIS layers as evidence for the kernel: by R-tree where they are a GeoPackage, in memory or staged where not."""
from __future__ import annotations

import sqlite3
import tempfile
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence

import numpy as np
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransformContext,
    QgsFeature,
    QgsFields,
    QgsVectorFileWriter,
    QgsWkbTypes,
)

from ..compat import from_qgis_value
from ..errors import InputError
from ..progress import Progress
from .crs import Crs
from .geopackage import GeoPackageSource, has_rtree
from .layers import IN_MEMORY_UP_TO
from .qgis_layers import LayerSnapshot, wkb_of
from .shapes import polygons_from_wkb
from .sources import MemorySource, Source


def evidence_source(layer: LayerSnapshot, names: Sequence[str], progress: Progress) -> Source:
    """The layer with the named fields. Raises InputError where it cannot be read or has no such field."""
    for name in names:
        if layer.fields.indexFromName(name) < 0:
            raise InputError("{layer} has no field {field}; it has {fields}.", "Choose one of its fields.", layer=layer.name, field=name,
                             fields=", ".join(layer.fields.names()[:60]) or "-")
    source = _from_file(layer, names)
    if source is None:
        small = 0 <= layer.count <= IN_MEMORY_UP_TO
        source = _in_memory(layer, names, progress) if small else _staged(layer, names, progress)
    source.fingerprint, source.holds_areas = layer.stamp, not layer.holds_no_areas
    return source


def _from_file(layer: LayerSnapshot, names: Sequence[str]) -> Optional[Source]:
    """Straight through the R-tree; joined and virtual fields are not in the file, then None."""
    if layer.geopackage is None:
        return None
    path, table = layer.geopackage
    table = table or _only_table(path)
    if not table or not has_rtree(path, table):
        return None
    source = GeoPackageSource(path, table, Crs.of(layer.crs.toWkt()), layer.name)
    return source if source.has_fields(names) else None


def _only_table(path: Path) -> str:
    """The feature table of a GeoPackage that has just one, else ''."""
    connection = sqlite3.connect(path.resolve().as_uri() + "?mode=ro", uri=True)
    try:
        tables = connection.execute("SELECT table_name FROM gpkg_contents WHERE data_type = 'features'").fetchall()
    except sqlite3.DatabaseError:
        tables = []
    finally:
        connection.close()
    return tables[0][0] if len(tables) == 1 else ""


def _in_memory(layer: LayerSnapshot, names: Sequence[str], progress: Progress) -> MemorySource:
    blobs: List[Optional[bytes]] = []
    ids: List[int] = []
    columns: Dict[str, List[Any]] = {name: [] for name in names}
    for feature in layer.read(names, progress):
        blobs.append(wkb_of(feature))
        ids.append(feature.id())
        for name in names:
            columns[name].append(from_qgis_value(feature[name]))
    geoms, state = polygons_from_wkb(blobs)
    return MemorySource(
        layer.name, Crs.of(layer.crs.toWkt()), geoms, columns, np.array(ids, dtype=np.int64), state
    )


def _staged(layer: LayerSnapshot, names: Sequence[str], progress: Progress) -> GeoPackageSource:
    """Into a temporary GeoPackage, so that memory stays bounded by the chunk that is measured."""
    folder = tempfile.TemporaryDirectory(prefix="land_inspector_")
    path = Path(folder.name) / "staged.gpkg"
    _write_staged(layer, names, path, progress)
    source = GeoPackageSource(path, "staged", Crs.of(layer.crs.toWkt()), layer.name)
    source.folder = folder  # goes with the last copy of the source
    return source


def _write_staged(layer: LayerSnapshot, names: Sequence[str], path: Path, progress: Progress) -> None:
    fields = QgsFields()
    for name in names:
        fields.append(layer.fields[layer.fields.lookupField(name)])
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName, options.layerName = "GPKG", "staged"
    options.layerOptions = ["FID=staged_fid"]
    writer = QgsVectorFileWriter.create(
        str(path), fields, QgsWkbTypes.Type.Unknown, QgsCoordinateReferenceSystem(), QgsCoordinateTransformContext(),
        options,
    )
    for feature in layer.read(names, progress):
        copied = QgsFeature(fields)
        copied.setGeometry(feature.geometry())
        copied.setAttributes([feature[name] for name in names])
        if not writer.addFeature(copied):
            raise InputError(
                "{layer} cannot be copied: {reason}", "Save it as a GeoPackage and use that.",
                layer=layer.name, reason=writer.errorMessage(),
            )
