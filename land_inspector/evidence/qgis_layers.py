"""QGIS layers as an algorithm may use them: a snapshot that another thread can read. Needs QGIS alone."""
from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Iterator, List, Optional, Sequence, Tuple

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsFeature,
    QgsFeatureRequest,
    QgsFields,
    QgsProcessingFeatureSource,
    QgsProviderRegistry,
    QgsVectorLayer,
    QgsVectorLayerFeatureSource,
    QgsWkbTypes,
)

from ..errors import message
from ..progress import Progress

FEATURES_PER_STEP = 500
_FLAT = (QgsWkbTypes.GeometryType.PointGeometry, QgsWkbTypes.GeometryType.LineGeometry, QgsWkbTypes.GeometryType.NullGeometry)


@dataclass(frozen=True)
class LayerSnapshot:
    """A vector layer as it was when the algorithm was prepared. ``count`` may be -1 where QGIS does not know it.

    ``holds_no_areas``: points, lines or no geometry at all.
    ``geopackage``: file and table ('' for the only one), where the layer shows a whole table of a file as it is stored.
    """

    name: str
    crs: QgsCoordinateReferenceSystem
    fields: QgsFields
    count: int
    stamp: str
    features: Callable[[QgsFeatureRequest], Any]
    geopackage: Optional[Tuple[Path, str]] = None
    holds_no_areas: bool = False

    @classmethod
    def of_layer(cls, layer: QgsVectorLayer) -> "LayerSnapshot":
        """All features that the layer shows: its filter and unsaved edits count."""
        source = QgsVectorLayerFeatureSource(layer)
        stamp = _stamp([layer.name(), layer.source(), layer.featureCount(), layer.extent().toString(9)])
        return cls(
            layer.name(), layer.crs(), layer.fields(), layer.featureCount(), stamp, source.getFeatures,
            _stored_whole(layer), layer.geometryType() in _FLAT,
        )

    @classmethod
    def of_source(cls, name: str, source: QgsProcessingFeatureSource) -> "LayerSnapshot":
        """What an algorithm's parameter selects of a layer; invalid geometry is let through, to be repaired here."""
        def features(request: QgsFeatureRequest) -> Any:
            return source.getFeatures(request, QgsProcessingFeatureSource.Flag.FlagSkipGeometryValidityChecks)

        stamp = _stamp([name, source.featureCount(), source.sourceExtent().toString(9)])
        return cls(name, source.sourceCrs(), source.fields(), source.featureCount(), stamp, features)

    def read(self, names: Sequence[str], progress: Progress) -> Iterator[QgsFeature]:
        """Every feature, valid or not, with the named fields."""
        request = QgsFeatureRequest().setInvalidGeometryCheck(QgsFeatureRequest.InvalidGeometryCheck.GeometryNoCheck)
        request.setSubsetOfAttributes(list(names), self.fields)
        for number, feature in enumerate(self.features(request)):
            if number % FEATURES_PER_STEP == 0:
                progress.step(min(number / max(self.count, 1), 1.0), message("Reading {layer}", layer=self.name))
            yield feature


def wkb_of(feature: QgsFeature) -> Optional[bytes]:
    """The geometry as it is stored, None where there is none."""
    return bytes(feature.geometry().asWkb().data()) if feature.hasGeometry() else None


def _stored_whole(layer: QgsVectorLayer) -> Optional[Tuple[Path, str]]:
    if layer.providerType() != "ogr" or layer.subsetString() or layer.isEditable():
        return None
    parts = QgsProviderRegistry.instance().decodeUri("ogr", layer.source())
    path = Path(parts.get("path") or "")
    if path.suffix.lower() != ".gpkg" or not path.is_file():
        return None
    return path, parts.get("layerName") or ""


def _stamp(record: List[Any]) -> str:
    return hashlib.sha256(json.dumps(record).encode("utf-8")).hexdigest()
