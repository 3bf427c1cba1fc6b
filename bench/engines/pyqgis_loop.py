"""The loop that a PyQGIS script writes: spatial index, prepared patch, intersection, QgsDistanceArea."""
from __future__ import annotations

from typing import Any, Dict, List, Tuple

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsDistanceArea,
    QgsFeatureRequest,
    QgsGeometry,
    QgsProject,
    QgsSpatialIndex,
    QgsVectorLayer,
)

from ..county.making import CRS
from ..sizes import Layer
from .common import Task, Work, main
from .qgis_process import GRS80, Desk, leave


def measure(task: Task, work: Work) -> None:
    Desk(work)
    ruler = QgsDistanceArea()
    ruler.setSourceCrs(QgsCoordinateReferenceSystem.fromEpsgId(CRS), QgsProject.instance().transformContext())
    ruler.setEllipsoid(GRS80)
    patches = work.timed("read patches", _patches, task)
    for layer in task.layers:
        index, values = work.timed("read and index", _indexed, task, layer)
        work.timed(layer.key, _measure_layer, layer, patches, (index, values), ruler, work)


def _opened(task: Task, table: str) -> QgsVectorLayer:
    return QgsVectorLayer(task.path(table), table, "ogr")


def _patches(task: Task) -> List[Tuple[int, QgsGeometry]]:
    return [(feature["number"], feature.geometry()) for feature in _opened(task, task.patches).getFeatures()]


def _indexed(task: Task, layer: Layer) -> Tuple[QgsSpatialIndex, Dict[int, str]]:
    opened = _opened(task, layer.table)
    index, values = QgsSpatialIndex(QgsSpatialIndex.Flag.FlagStoreFeatureGeometries), {}
    names = [layer.class_field] if layer.class_field else []
    for feature in opened.getFeatures(QgsFeatureRequest().setSubsetOfAttributes(names, opened.fields())):
        index.addFeature(feature)
        values[feature.id()] = feature[layer.class_field] if layer.class_field else ""
    return index, values


def _measure_layer(layer: Layer, patches: List[Tuple[int, QgsGeometry]], indexed: Tuple[QgsSpatialIndex, Dict[int, str]],
                   ruler: QgsDistanceArea, work: Work) -> None:
    rows: List[Tuple[int, float, str]] = []
    for number, patch in patches:
        for value, pieces in _pieces(patch, *indexed).items():
            if layer.class_field:
                area = sum(ruler.measureArea(piece) for piece in pieces)
            else:
                area = ruler.measureArea(pieces[0] if len(pieces) == 1 else QgsGeometry.unaryUnion(pieces))
            rows.append((number, area, value))
    work.add(layer, *zip(*rows))


def _pieces(patch: QgsGeometry, index: QgsSpatialIndex, values: Dict[int, str]) -> Dict[Any, List[QgsGeometry]]:
    engine = QgsGeometry.createGeometryEngine(patch.constGet())
    engine.prepareGeometry()
    found: Dict[Any, List[QgsGeometry]] = {}
    for feature_id in index.intersects(patch.boundingBox()):
        other = index.geometry(feature_id)
        if engine.intersects(other.constGet()):
            inside = engine.contains(other.constGet())
            piece = other if inside else QgsGeometry(engine.intersection(other.constGet()))
            found.setdefault(values[feature_id], []).append(piece)
    return found


if __name__ == "__main__":
    main(measure)
    leave()
