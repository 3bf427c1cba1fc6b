"""The vectorised kernel behind the measuring algorithms. Importing this needs shapely >= 2."""
from __future__ import annotations

import sqlite3
import tempfile
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence

import numpy as np
import shapely
from qgis.core import (
    QgsCoordinateReferenceSystem, QgsCoordinateTransformContext, QgsDistanceArea, QgsFeature, QgsFields, QgsGeometry,
    QgsVectorFileWriter, QgsWkbTypes,
)

from ..compat import from_qgis_value
from ..errors import InputError
from ..progress import Progress
from .area import AreaMeasure, AreaMethod, GeodesicMeasure, UnitMeasure
from .crs import Crs
from .layers import GeoPackageSource, IN_MEMORY_UP_TO, has_rtree
from .engines import AreaRule, CONTEXT, ClassResult, ClassRow, Engine, LayerSnapshot, PLANAR, Remarks, wkb_of
from .shapes import State, polygons_from_wkb
from .sources import MemorySource, Source
from .survey import Survey


# QGIS layers as evidence for the kernel: by R-tree where they are a GeoPackage, in memory or staged where not.

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


class KernelEngine(Engine):
    """Patches by WKB in a QGIS coordinate system."""

    def __init__(
        self, blobs: Sequence[Optional[bytes]], crs: QgsCoordinateReferenceSystem, area_rule: AreaRule,
        transforms: QgsCoordinateTransformContext,
    ):
        geoms, state = polygons_from_wkb(blobs)
        area_measure = _area_measure(area_rule, crs, transforms)
        self._survey = Survey(geoms, Crs.of(crs.toWkt()), area_measure, state=state)
        self.repaired = int((state == State.REPAIRED).sum())
        self.unreadable = int((state >= State.UNREADABLE).sum())
        self.patch_areas = _listed(np.where(shapely.is_missing(geoms), np.nan, self._survey.area_m2))

    def covered(self, layer: LayerSnapshot, progress: Progress) -> List[Optional[float]]:
        source = evidence_source(layer, (), progress.part(0.0, 0.2))
        area = self._survey.covered(source, progress.part(0.2, 1.0))
        self.remarks = _remarks(source)
        return self._measured(area)

    def by_class(self, layer: LayerSnapshot, field: str, progress: Progress) -> ClassResult:
        source = evidence_source(layer, (field,), progress.part(0.0, 0.2))
        table = self._survey.by_class(source, field, progress.part(0.2, 1.0))
        self.remarks = _remarks(source)
        self.remarks.without_class = table.without_class
        rows = [ClassRow(*row) for row in zip(table.patch.tolist(), table.value, table.area_m2.tolist())]
        return ClassResult(rows, self._measured(table.remainder_m2), self._measured(table.overlap_m2))

    def _measured(self, area: np.ndarray) -> List[Optional[float]]:
        return [None if own is None else value for own, value in zip(self.patch_areas, _listed(area))]


def _listed(values: np.ndarray) -> List[Optional[float]]:
    return [None if value != value else value for value in values.tolist()]


def _remarks(source: Source) -> Remarks:
    found = source.repairs
    lost = found.empty | found.unreadable
    return Remarks(len(found.repaired), len(found.empty), len(found.unreadable), repaired_ids=sorted(found.repaired),
                   lost_ids=sorted(lost), no_areas=not source.holds_areas)


def _area_measure(area_rule: AreaRule, crs: QgsCoordinateReferenceSystem, transforms: QgsCoordinateTransformContext) -> AreaMeasure:
    if area_rule.method != CONTEXT:
        return AreaMeasure.of(AreaMethod.PLANAR if area_rule.method == PLANAR else AreaMethod.ELLIPSOID)
    if not area_rule.acronym or not crs.isValid():
        return UnitMeasure()

    def exact(geoms: np.ndarray, system: Crs) -> np.ndarray:
        ruler = QgsDistanceArea()
        ruler.setSourceCrs(QgsCoordinateReferenceSystem.fromWkt(system.wkt), transforms)
        ruler.setEllipsoid(area_rule.acronym)
        return np.array([ruler.measureArea(_qgis_geometry(geometry)) for geometry in geoms], dtype=float)

    return GeodesicMeasure(area_rule.a, area_rule.f, exact)


def _qgis_geometry(geometry: Any) -> QgsGeometry:
    result = QgsGeometry()
    result.fromWkb(shapely.to_wkb(geometry, output_dimension=2))
    return result
