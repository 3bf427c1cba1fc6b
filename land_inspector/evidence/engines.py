"""Measuring QGIS layers: snapshots that another thread can read, what both engines answer, and the one that needs QGIS alone.

The vectorised engine (:mod:`.kernel_engine`) needs shapely >= 2; this module must load without it.
"""
from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable, Dict, Iterable, Iterator, List, Optional, Sequence, Tuple

from qgis.core import (
    QgsCoordinateReferenceSystem, QgsCoordinateTransform, QgsCoordinateTransformContext, QgsCsException,
    QgsDistanceArea, QgsFeature, QgsFeatureRequest, QgsFields, QgsGeometry, QgsProcessingFeatureSource,
    QgsProviderRegistry, QgsSpatialIndex, QgsUnitTypes, QgsVectorLayer, QgsVectorLayerFeatureSource, QgsWkbTypes,
)

from ..compat import from_qgis_value
from ..errors import InputError, message
from ..progress import Progress


# The border between the measuring algorithms and the two engines that can do the work, with and without shapely.

CONTEXT, ELLIPSOID, PLANAR = "context", "ellipsoid", "planar"


@dataclass(frozen=True)
class AreaRule:
    """How areas are taken.

    ``context``: as QGIS does it on the ellipsoid ``acronym`` (``a`` in m, ``f``), in square map units where that is empty;
    ``ellipsoid``: on the ellipsoid of the patches' own CRS, edges straight in its coordinates; ``planar``: m² in the plane.
    """

    method: str
    acronym: str = ""
    a: float = 0.0
    f: float = 0.0


@dataclass
class Remarks:
    """What was found in one layer: features repaired, features without area or not readable, features without class.

    ``repaired_ids`` and ``lost_ids`` name them; ``no_areas`` says that the layer holds features, but points and lines alone.
    """

    repaired: int = 0
    empty: int = 0
    unreadable: int = 0
    without_class: int = 0
    repaired_ids: List[int] = field(default_factory=list)
    lost_ids: List[int] = field(default_factory=list)
    no_areas: bool = False


@dataclass
class ClassRow:
    """m² of one patch (by its place in the input) under one class."""

    patch: int
    value: Any
    area_m2: float


@dataclass
class ClassResult:
    """``remainder_m2`` and ``overlap_m2`` of each patch; None where it could not be measured."""

    rows: List[ClassRow]
    remainder_m2: List[Optional[float]]
    overlap_m2: List[Optional[float]]


class Engine:
    """Patches ready to be measured. ``patch_areas``: None for patches without any area."""

    patch_areas: List[Optional[float]]
    repaired: int
    remarks: Remarks  # on the layer that was measured last

    def covered(self, layer: "LayerSnapshot", progress: Progress) -> List[Optional[float]]:
        """m² of each patch under a layer, counted once where the layer overlaps itself."""
        raise NotImplementedError

    def by_class(self, layer: "LayerSnapshot", field: str, progress: Progress) -> ClassResult:
        """m² of each patch under each value of a field; features without a value do not count."""
        raise NotImplementedError


# QGIS layers as an algorithm may use them: a snapshot that another thread can read. Needs QGIS alone.

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


# Polygons and areas by QGIS's own classes: valid polygons, a ruler for one coordinate system, a layer in memory.

STRAIGHT_EDGE_M = 50.0  # longer edges get vertices, so that geodesics between them stay on the straight edge
DEGREE_M = 111_000.0
EXTRA_VERTICES = 20  # on each edge of a polygon that goes to other coordinates

Ruler = Callable[[QgsGeometry], float]


def valid_polygon(geometry: QgsGeometry) -> Tuple[Optional[QgsGeometry], bool]:
    """A valid 2-D polygon, or None where no area is left; and whether it had to be repaired."""
    if geometry.isNull() or geometry.isEmpty():
        return None, False
    flat = QgsGeometry(geometry)
    flat.get().dropZValue()
    flat.get().dropMValue()
    flat.convertToStraightSegment()
    if not math.isfinite(flat.area() + flat.length()):  # GEOS ends the process on lines of NaN
        return None, False
    is_good = flat.isGeosValid()
    usable = polygons_only(flat if is_good else flat.makeValid())
    return usable, usable is not None and not is_good


def polygons_only(geometry: QgsGeometry) -> Optional[QgsGeometry]:
    """The polygons of a geometry or collection as one; None where there are none."""
    if geometry.isNull() or geometry.isEmpty():
        return None
    if geometry.type() == QgsWkbTypes.GeometryType.PolygonGeometry:
        return geometry if geometry.area() > 0 else None
    parts = [part for part in geometry.asGeometryCollection() if part.type() == QgsWkbTypes.GeometryType.PolygonGeometry]
    return QgsGeometry.unaryUnion(parts) if parts else None


def ruler_in(
    crs: QgsCoordinateReferenceSystem, home: QgsCoordinateReferenceSystem, area_rule: AreaRule,
    transforms: QgsCoordinateTransformContext,
) -> Ruler:
    """What measures polygons given in ``crs``, of patches whose own system is ``home``.

    InputError where areas on the ellipsoid are asked for and ``crs`` is none."""
    if area_rule.method == PLANAR or not area_rule.acronym and area_rule.method == CONTEXT:
        return _planar_ruler(crs, home, area_rule, transforms)
    if not crs.isValid():
        raise InputError(
            "Areas on the ellipsoid need a coordinate system, and this layer has none.",
            "Set the layer's coordinate system, or measure planar areas.",
        )
    tape = QgsDistanceArea()
    tape.setSourceCrs(crs, transforms)
    tape.setEllipsoid(area_rule.acronym if area_rule.method == CONTEXT else crs.ellipsoidAcronym())
    if area_rule.method == CONTEXT:
        return tape.measureArea
    step = STRAIGHT_EDGE_M / (DEGREE_M if crs.isGeographic() else metres_per_unit(crs))
    return lambda geometry: tape.measureArea(geometry.densifyByDistance(step))


def _planar_ruler(
    crs: QgsCoordinateReferenceSystem, home: QgsCoordinateReferenceSystem, area_rule: AreaRule,
    transforms: QgsCoordinateTransformContext,
) -> Ruler:
    if area_rule.method == PLANAR and home.isGeographic():
        raise InputError(
            "Planar areas cannot be taken in degrees.",
            "Measure on the ellipsoid, or reproject the layer to a projected coordinate system.",
        )
    square = metres_per_unit(home) ** 2 if area_rule.method == PLANAR else 1.0
    back = QgsCoordinateTransform(crs, home, transforms)

    def planar(geometry: QgsGeometry) -> float:
        if back.isShortCircuited():
            return geometry.area() * square
        moved = geometry.densifyByCount(EXTRA_VERTICES)
        moved.transform(back)
        return moved.area() * square

    return planar


def metres_per_unit(crs: QgsCoordinateReferenceSystem) -> float:
    """Metres for one map unit; for degrees QGIS's factor at the equator."""
    return QgsUnitTypes.fromUnitToUnitFactor(crs.mapUnits(), QgsUnitTypes.DistanceUnit.DistanceMeters)


class IndexedLayer:
    """A layer's polygons in memory with an index, and the class of each where a field is named."""

    def __init__(self, layer: LayerSnapshot, field: str, progress: Progress):
        self.remarks = Remarks()
        self._index = QgsSpatialIndex()
        self._polygons: Dict[int, Tuple[QgsGeometry, Any]] = {}
        for number, feature in enumerate(layer.read([field] if field else [], progress)):
            self._take(number, feature, from_qgis_value(feature[field]) if field else True)
        self.remarks.no_areas = layer.holds_no_areas

    def _take(self, number: int, feature: QgsFeature, value: Any) -> None:
        polygon, repaired = valid_polygon(feature.geometry())
        self.remarks.repaired += int(repaired)
        self.remarks.empty += int(polygon is None)
        if repaired:
            self.remarks.repaired_ids.append(feature.id())
        if polygon is None:
            self.remarks.lost_ids.append(feature.id())
        self.remarks.without_class += int(value is None)
        if polygon is not None and value is not None:
            self._polygons[number] = (polygon, value)
            self._index.addFeature(number, polygon.boundingBox())

    def meeting(self, patch: QgsGeometry) -> Dict[Any, List[QgsGeometry]]:
        """The polygons that meet a patch, by class; a class of which one polygon covers the patch has just that one."""
        prepared = QgsGeometry.createGeometryEngine(patch.constGet())
        prepared.prepareGeometry()
        found: Dict[Any, List[QgsGeometry]] = {}
        for number in sorted(self._index.intersects(patch.boundingBox())):
            polygon, value = self._polygons[number]
            if prepared.intersects(polygon.constGet()):
                found.setdefault(value, []).append(polygon)
        return {value: _covering(polygons, patch) or polygons for value, polygons in found.items()}


def _covering(polygons: Iterable[QgsGeometry], patch: QgsGeometry) -> List[QgsGeometry]:
    """One polygon that covers the patch, if there is one."""
    for polygon in polygons:
        if polygon.boundingBox().contains(patch.boundingBox()) and polygon.contains(patch):
            return [patch]
    return []


# Measuring with QGIS alone, for installations whose shapely is too old: the same answers, several times slower.
#
# Feature by feature: spatial index, prepared geometry, the shortcut for patches inside one polygon. Areas as the kernel
# takes them: patches go to the layer's coordinates with densified edges, pieces are scaled to the patch's own area.

FLOOR = 1e-6  # of the patch, and m²: where borders touch
NOISE_M2 = 2e-3  # of QGIS's geodesic areas
PATCHES_PER_STEP = 10


class QgisEngine(Engine):
    """Patches by WKB in a QGIS coordinate system."""

    def __init__(
        self, blobs: Sequence[Optional[bytes]], crs: QgsCoordinateReferenceSystem, area_rule: AreaRule,
        transforms: QgsCoordinateTransformContext,
    ):
        self._crs, self._area_rule, self._transforms = crs, area_rule, transforms
        self.repaired = 0
        self._patches = [self._usable(blob) for blob in blobs]
        ruler = ruler_in(crs, crs, area_rule, transforms)
        self.patch_areas = [None if patch is None else ruler(patch) for patch in self._patches]

    def _usable(self, blob: Optional[bytes]) -> Optional[QgsGeometry]:
        geometry = QgsGeometry()
        if blob:
            geometry.fromWkb(blob)
        usable, repaired = valid_polygon(geometry)
        self.repaired += int(repaired)
        return usable

    def covered(self, layer: LayerSnapshot, progress: Progress) -> List[Optional[float]]:
        indexed = IndexedLayer(layer, "", progress.part(0.0, 0.3))
        self.remarks = indexed.remarks
        result: List[Optional[float]] = [None] * len(self._patches)
        for number, patch, ruler in self._carried(layer, progress.part(0.3, 1.0)):
            result[number] = self._share(number, patch, ruler, _covered(patch, indexed.meeting(patch), ruler))
        return result

    def by_class(self, layer: LayerSnapshot, field: str, progress: Progress) -> ClassResult:
        indexed = IndexedLayer(layer, field, progress.part(0.0, 0.3))
        self.remarks = indexed.remarks
        count = len(self._patches)
        result = ClassResult([], [None] * count, [None] * count)
        for number, patch, ruler in self._carried(layer, progress.part(0.3, 1.0)):
            met = indexed.meeting(patch)
            areas = {value: _covered(patch, {value: polygons}, ruler) for value, polygons in met.items()}
            self._note(result, number, (patch, ruler), areas, _covered(patch, met, ruler))
        return result

    def _note(
        self, result: ClassResult, number: int, measured: Tuple[QgsGeometry, Ruler], areas: Dict[Any, float],
        covered: float,
    ) -> None:
        """One patch's classes, closed as the kernel closes them: noise is scaled away, real overlap is kept."""
        patch, ruler = measured
        floor = min(FLOOR, FLOOR * ruler(patch))
        total = sum(areas.values())
        factor = covered / total if total > 0 and abs(total - covered) <= NOISE_M2 else 1.0
        for value, area in areas.items():
            if area > floor:
                result.rows.append(ClassRow(number, value, self._share(number, patch, ruler, area * factor)))
        result.remainder_m2[number] = self._share(number, patch, ruler, ruler(patch) - covered)
        result.overlap_m2[number] = self._share(number, patch, ruler, max(total * factor - covered, 0.0))

    def _share(self, number: int, patch: QgsGeometry, ruler: Ruler, area: float) -> float:
        """An area in the layer's coordinates as a share of the patch's own."""
        return area / ruler(patch) * self.patch_areas[number]

    def _carried(self, layer: LayerSnapshot, progress: Progress) -> Iterator[Tuple[int, QgsGeometry, Ruler]]:
        """Patches in the layer's coordinates; those that cannot be carried over are left out."""
        from .crs import Crs, refuse_old_datum  # needs shapely, of any age; this module loads without

        refuse_old_datum(Crs.of(layer.crs.toWkt()), Crs.of(self._crs.toWkt()), layer.name)
        to_layer = QgsCoordinateTransform(self._crs, layer.crs, self._transforms)
        ruler = ruler_in(layer.crs, self._crs, self._area_rule, self._transforms)
        text = message("Measuring {layer}", layer=layer.name)
        for number, patch in enumerate(self._patches):
            if number % PATCHES_PER_STEP == 0:
                progress.step(number / len(self._patches), text)
            moved = None if patch is None else _moved(patch, to_layer)
            if moved is not None:
                yield number, moved, ruler


def _moved(patch: QgsGeometry, to_layer: QgsCoordinateTransform) -> Optional[QgsGeometry]:
    if to_layer.isShortCircuited():
        return patch
    moved = patch.densifyByCount(EXTRA_VERTICES)
    try:
        moved.transform(to_layer)
    except QgsCsException:
        return None
    return valid_polygon(moved)[0]


def _covered(patch: QgsGeometry, met: Dict[Any, List[QgsGeometry]], ruler: Ruler) -> float:
    """Area of a patch under polygons, counted once."""
    polygons = [polygon for some in met.values() for polygon in some]
    if not polygons:
        return 0.0
    if any(polygon is patch for polygon in polygons):  # one of them covers it
        return ruler(patch)
    pieces = [polygons_only(patch.intersection(polygon)) for polygon in polygons]
    pieces = [piece for piece in pieces if piece is not None]
    whole = ruler(patch)
    area = ruler(QgsGeometry.unaryUnion(pieces)) if pieces else 0.0
    return whole if area > whole - min(NOISE_M2, FLOOR * whole) else area
