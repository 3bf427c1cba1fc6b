"""Evidence and patches out of QGIS layers: files by the fast way, everything else that QGIS opens feature by feature."""
from __future__ import annotations

import hashlib
import json
import sqlite3
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Iterator, List, Optional, Sequence, Tuple

import numpy as np
from qgis.core import (
    QgsCoordinateReferenceSystem, QgsCoordinateTransformContext, QgsFeature, QgsFeatureRequest, QgsFields,
    QgsProcessingFeatureSource, QgsProviderRegistry, QgsVectorFileWriter, QgsVectorLayer, QgsVectorLayerFeatureSource,
    QgsWkbTypes,
)

from ..compat import from_qgis_value
from ..errors import InputError, message
from ..progress import Progress
from .crs import Crs
from .geopackage import GeoPackageSource, has_rtree
from .layers import IN_MEMORY_UP_TO
from .shapes import polygons_from_wkb
from .sources import MemorySource, Source

FEATURES_PER_STEP = 500


@dataclass
class LayerSnapshot:
    """A vector layer as it was when the algorithm was prepared; safe to read from another thread."""

    name: str
    crs_wkt: str
    fields: QgsFields
    count: int
    stamp: str
    features: Callable[[QgsFeatureRequest], Any]
    geopackage: Optional[Tuple[Path, str]] = None

    @classmethod
    def of_source(cls, name: str, source: QgsProcessingFeatureSource) -> "LayerSnapshot":
        """What an algorithm's parameter selects of a layer; invalid geometry is let through, to be repaired here."""
        def features(request: QgsFeatureRequest) -> Any:
            return source.getFeatures(request, QgsProcessingFeatureSource.Flag.FlagSkipGeometryValidityChecks)

        stamp = _stamp([name, source.sourceName(), source.featureCount(), source.sourceExtent().toString(9)])
        return cls(name, source.sourceCrs().toWkt(), source.fields(), source.featureCount(), stamp, features)

    @classmethod
    def of_layer(cls, layer: QgsVectorLayer) -> "LayerSnapshot":
        """All features that the layer shows: its filter and unsaved edits count."""
        source = QgsVectorLayerFeatureSource(layer)
        stamp = _stamp([layer.name(), layer.source(), layer.featureCount(), layer.extent().toString(9)])
        return cls(
            layer.name(), layer.crs().toWkt(), layer.fields(), layer.featureCount(), stamp, source.getFeatures,
            _plain_geopackage(layer),
        )

    def near_features(self, names: Sequence[str], progress: Progress) -> Source:
        """The layer as evidence with the named fields: by R-tree, in memory, or staged where it is large."""
        if self.geopackage is not None:
            stored = GeoPackageSource(*self.geopackage, Crs.of(self.crs_wkt), self.name)
            if stored.has_fields(names):  # joined and virtual fields are not in the file
                stored.fingerprint = self.stamp
                return stored
        if 0 <= self.count <= IN_MEMORY_UP_TO:
            return self._in_memory(names, progress)
        return self._staged(names, progress)

    def _in_memory(self, names: Sequence[str], progress: Progress) -> MemorySource:
        blobs: List[Optional[bytes]] = []
        ids: List[int] = []
        columns = {name: [] for name in names}
        for feature in self._read(names, progress):
            blobs.append(wkb_of(feature))
            ids.append(feature.id())
            for name in names:
                columns[name].append(from_qgis_value(feature[name]))
        geoms, state = polygons_from_wkb(blobs)
        source = MemorySource(self.name, Crs.of(self.crs_wkt), geoms, columns, np.array(ids, dtype=np.int64), state)
        source.fingerprint = self.stamp
        return source

    def _read(self, names: Sequence[str], progress: Progress) -> Iterator[QgsFeature]:
        request = QgsFeatureRequest().setInvalidGeometryCheck(QgsFeatureRequest.InvalidGeometryCheck.GeometryNoCheck)
        request.setSubsetOfAttributes(list(names), self.fields)
        for number, feature in enumerate(self.features(request)):
            if number % FEATURES_PER_STEP == 0:
                progress.step(number / max(self.count, 1), message("Reading {layer}", layer=self.name))
            yield feature

    def _staged(self, names: Sequence[str], progress: Progress) -> GeoPackageSource:
        """Into a temporary GeoPackage, so that memory stays bounded by the chunk that is measured."""
        folder = tempfile.TemporaryDirectory(prefix="land_inspector_")
        path = Path(folder.name) / "staged.gpkg"
        fields = QgsFields()
        for name in names:
            fields.append(self.fields[self.fields.lookupField(name)])
        options = QgsVectorFileWriter.SaveVectorOptions()
        options.driverName, options.layerName = "GPKG", "staged"
        writer = QgsVectorFileWriter.create(
            str(path), fields, QgsWkbTypes.Type.Unknown, QgsCoordinateReferenceSystem(), QgsCoordinateTransformContext(), options
        )
        for feature in self._read(names, progress):
            copied = QgsFeature(fields)
            copied.setGeometry(feature.geometry())
            copied.setAttributes([feature[name] for name in names])
            if not writer.addFeature(copied):
                raise InputError("{layer} cannot be copied: {reason}", "Save it as a GeoPackage and use that.",
                                 layer=self.name, reason=writer.errorMessage())
        del writer
        source = GeoPackageSource(path, "staged", Crs.of(self.crs_wkt), self.name)
        source.folder = folder  # goes with the last copy of the source
        source.fingerprint = self.stamp
        return source


def wkb_of(feature: QgsFeature) -> Optional[bytes]:
    """The geometry as it is stored, None where there is none."""
    return bytes(feature.geometry().asWkb().data()) if feature.hasGeometry() else None


def _plain_geopackage(layer: QgsVectorLayer) -> Optional[Tuple[Path, str]]:
    """File and table of a layer that shows a whole GeoPackage table as it is stored."""
    if layer.providerType() != "ogr" or layer.subsetString() or layer.isEditable():
        return None
    parts = QgsProviderRegistry.instance().decodeUri("ogr", layer.source())
    path = Path(parts.get("path") or "")
    if path.suffix.lower() != ".gpkg" or not path.is_file() or parts.get("subset"):
        return None
    table = parts.get("layerName") or _only_table(path)
    return (path, table) if table and has_rtree(path, table) else None


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


def _stamp(record: List[Any]) -> str:
    return hashlib.sha256(json.dumps(record).encode("utf-8")).hexdigest()
