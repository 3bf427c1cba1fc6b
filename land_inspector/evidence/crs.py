"""Coordinate systems as the measuring needs them: ellipsoid, kind of projection, vectorised transformation.

Everything is read from the layer's own definition; the project's ellipsoid never enters. Axis order is always
easting/longitude first. GDAL's exception mode is left as it is found (other plugins rely on it).
"""
from __future__ import annotations

import struct
import threading
from dataclasses import dataclass, field
from typing import Any, Callable, Optional, Union

import numpy as np
import shapely
from osgeo import gdal, ogr, osr

from ..crs_texts import plain_crs_text
from ..errors import InputError
from .shapes import Rings, refined


Transform = Callable[[np.ndarray], np.ndarray]
CrsLike = Union["Crs", str, Any]

GEOGRAPHIC, TRANSVERSE_MERCATOR, PROJECTED, UNKNOWN = "geographic", "transverse_mercator", "projected", "unknown"


@dataclass(frozen=True)
class Crs:
    """A coordinate system: ``a`` (m) and ``f`` of its ellipsoid, metres (or radians) per unit, projection constants."""

    wkt: str
    kind: str
    a: float
    f: float
    unit: float
    central_meridian: float = 0.0  # radians, like latitude_of_origin
    latitude_of_origin: float = 0.0
    scale: float = 1.0
    false_easting: float = 0.0  # metres, like false_northing
    false_northing: float = 0.0
    _local: Any = field(default_factory=threading.local, compare=False, repr=False)

    @classmethod
    def of(cls, definition: CrsLike) -> "Crs":
        """From an authority code, WKT (OGC or ESRI), PROJ string or osr object; an empty one is ``UNKNOWN``.

        Raises InputError when the text means nothing to PROJ.
        """
        if isinstance(definition, cls):
            return definition
        if not definition:
            return cls("", UNKNOWN, 0.0, 0.0, 1.0)
        return _described(_reference(definition))

    @property
    def is_known(self) -> bool:
        """False where nothing can be measured in it."""
        return self.kind != UNKNOWN

    @property
    def is_geographic(self) -> bool:
        """Whether coordinates are longitude and latitude."""
        return self.kind == GEOGRAPHIC

    def same_as(self, other: "Crs") -> bool:
        """Whether coordinates mean the same in both (two unknown systems are taken to be the same)."""
        if self.wkt == other.wkt or not (self.is_known and other.is_known):
            return True
        return bool(_reference(self.wkt).IsSame(_reference(other.wkt)))

    def to_geographic(self, xy: np.ndarray) -> np.ndarray:
        """Longitude and latitude in radians on this system's own datum; failures are inf."""
        if self.is_geographic:
            return xy * self.unit
        if not hasattr(self._local, "inverse"):  # one per thread: PROJ's objects must not be shared
            base = Crs.of(_reference(self.wkt).CloneGeogCS())
            self._local.inverse = (transformer(self, base), base.unit)
        inverse, unit = self._local.inverse
        return inverse(xy) * unit


def _reference(definition: Any) -> osr.SpatialReference:
    reference = definition.Clone() if isinstance(definition, osr.SpatialReference) else osr.SpatialReference()
    try:
        failed = not isinstance(definition, osr.SpatialReference) and _set(reference, str(definition)) != 0
    except RuntimeError:
        failed = True
    if failed:
        raise InputError(
            "The coordinate system “{crs}” is not understood.",
            "Set the layer's coordinate system and run again.", crs=str(definition)[:80],
        )
    if reference.IsCompound() and hasattr(reference, "StripVertical"):
        reference.StripVertical()
    reference.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    return reference


def _set(reference: osr.SpatialReference, definition: str) -> int:
    """0 where a code, WKT or PROJ text was understood; nothing else is shown to GDAL, which would fetch a URL."""
    text = plain_crs_text(definition)
    return -1 if text is None else int(reference.SetFromUserInput(text))


def _described(reference: osr.SpatialReference) -> Crs:
    wkt = reference.ExportToWkt(["FORMAT=WKT2_2018"])
    is_on_earth = reference.IsGeographic() or reference.IsProjected()
    if reference.IsLocal() or not is_on_earth or "undefined" in (reference.GetName() or "").lower():  # srs 0 and -1 of a GeoPackage
        return Crs(wkt, UNKNOWN, 0.0, 0.0, 1.0)
    inverse = reference.GetInvFlattening()
    ellipsoid = (reference.GetSemiMajor(), 1.0 / inverse if inverse else 0.0)
    if reference.IsGeographic():
        return Crs(wkt, GEOGRAPHIC, *ellipsoid, reference.GetAngularUnits())
    unit = reference.GetLinearUnits()
    if reference.GetAttrValue("PROJECTION") != osr.SRS_PT_TRANSVERSE_MERCATOR:
        return Crs(wkt, PROJECTED, *ellipsoid, unit)
    parameter = reference.GetNormProjParm
    return Crs(
        wkt, TRANSVERSE_MERCATOR, *ellipsoid, unit,
        np.radians(parameter(osr.SRS_PP_CENTRAL_MERIDIAN)), np.radians(parameter(osr.SRS_PP_LATITUDE_OF_ORIGIN)),
        parameter(osr.SRS_PP_SCALE_FACTOR, 1.0),
        parameter(osr.SRS_PP_FALSE_EASTING), parameter(osr.SRS_PP_FALSE_NORTHING),
    )


_OLD_DATUMS = {"xian": "西安80", "beijing": "北京54", "pulkovo": "北京54 (Pulkovo 1942)", "西安80": "西安80", "西安1980": "西安80",
               "1980西安": "西安80", "1980年西安": "西安80", "北京54": "北京54", "北京1954": "北京54", "1954北京": "北京54", "1954年北京": "北京54"}
#: Nothing of today lies on these (IAG 1975, Krasovsky 1940), whatever its datum is called.
_OLD_ELLIPSOIDS = {6378140.0: "西安80", 6378245.0: "北京54"}


def old_datum(srs: osr.SpatialReference) -> Optional[str]:
    """The Chinese name of a pre-2000 datum, which must not be overlaid without an official transformation; else None."""
    datum = str(srs.GetAttrValue("DATUM") or "").lower()
    named = f"{datum} {srs.GetName()}".lower().replace("xi'an", "xian")
    known = next((name for word, name in _OLD_DATUMS.items() if word in named), None)
    return known or _OLD_ELLIPSOIDS.get(round(srs.GetSemiMajor(), 1))


def refuse_old_datum(layer: Crs, home: Crs, name: str) -> None:
    """The one rule where layers meet: nothing in an old datum is laid over CGCS2000 by a shift that PROJ only guesses.

    Raises InputError, which names the layer, unless both are of the same datum.
    """
    theirs, ours = (old_datum(_reference(crs.wkt)) if crs.is_known else None for crs in (layer, home))
    if theirs == ours or not (layer.is_known and home.is_known):
        return
    raise InputError("{file} is in the old system {datum} ({crs}). It is not overlaid on CGCS2000 silently: it may lie 100 m off.",
                     "Transform the file to CGCS2000 with the official parameters and import the result; if the file only says so "
                     "by mistake, give its true CRS.",
                     file=name, datum=theirs or ours, crs=_reference((layer if theirs else home).wkt).GetName())


def transformer(source: Crs, target: Crs) -> Optional[Transform]:
    """A function over (n, 2) coordinates, None when the two systems are the same. Points that fail become inf.

    One thread only: make one in each thread.
    """
    if source.same_as(target):
        return None
    operation = osr.CoordinateTransformation(_reference(source.wkt), _reference(target.wkt))
    return lambda xy: _transformed(xy, operation)


def _transformed(xy: np.ndarray, operation: osr.CoordinateTransformation) -> np.ndarray:
    """All points as one linestring through OGR: 0.2 µs a point. Halves are tried where a point among them fails."""
    if len(xy) == 0:
        return np.zeros((0, 2))
    gdal.PushErrorHandler("CPLQuietErrorHandler")
    try:
        return _by_halves(np.ascontiguousarray(xy, dtype="<f8"), operation)
    finally:
        gdal.PopErrorHandler()


def _by_halves(xy: np.ndarray, operation: osr.CoordinateTransformation) -> np.ndarray:
    line = ogr.CreateGeometryFromWkb(struct.pack("<BII", 1, ogr.wkbLineString, len(xy)) + xy.tobytes())
    if _goes_through(line, operation):
        return np.frombuffer(line.ExportToWkb(ogr.wkbNDR), dtype="<f8", offset=9).reshape(-1, 2).copy()
    if len(xy) == 1:
        return np.full((1, 2), np.inf)
    middle = len(xy) // 2
    return np.concatenate([_by_halves(xy[:middle], operation), _by_halves(xy[middle:], operation)])


def _goes_through(line: ogr.Geometry, operation: osr.CoordinateTransformation) -> bool:
    """Transformed in place, whether GDAL reports failure by a code or, where somebody asked for it, by an exception."""
    try:
        return line.Transform(operation) == 0
    except RuntimeError:
        return False


# Carrying polygons into another coordinate system so that a coverage met there stays gap-free.
#
# Patches go to the evidence, never the other way: neighbours of a coverage whose common edge has a vertex on one side
# only would open slivers if they were moved. A patch's own edge becomes a curve there; it is followed by extra vertices.

TOLERANCE_M = 2e-5  # how far a densified edge may stay from the true image of a straight one
EARTH_RADIUS_M = 6.37e6
MAX_SEGMENTS = 2000  # per edge; only edges of a thousand kilometres come near


def carried_over(geoms: np.ndarray, source: Crs, target: Crs) -> np.ndarray:
    """2-D polygons of ``source`` in ``target``, densified; None where the projection is not defined.

    The same array comes back when the two systems are the same.
    """
    transform = transformer(source, target)
    if transform is None:
        return geoms
    tolerance = TOLERANCE_M / (EARTH_RADIUS_M * target.unit if target.is_geographic else target.unit)
    return densified(geoms, transform, tolerance)


def densified(geoms: np.ndarray, transform: Transform, tolerance: float) -> np.ndarray:
    """Polygons through ``transform``, with extra vertices where an edge's image leaves its chord by ``tolerance``."""
    rings = Rings.of(geoms)
    if not len(rings.xy):
        return np.full(len(geoms), None, dtype=object)
    pieces = _pieces(rings, transform, tolerance)
    is_edge = np.zeros(len(pieces), bool)
    is_edge[rings.edge_starts()] = True
    return _rebuilt(rings, transform(refined(rings.xy, pieces, is_edge)), pieces)


def _pieces(rings: Rings, transform: Transform, tolerance: float) -> np.ndarray:
    """In how many pieces to cut the edge that begins at each vertex."""
    pieces = np.ones(len(rings.xy), dtype=np.int64)
    first = rings.edge_starts()
    image = transform(rings.xy)
    middle = transform((rings.xy[first] + rings.xy[first + 1]) / 2)
    with np.errstate(invalid="ignore"):
        sagitta = np.hypot(*(middle - (image[first] + image[first + 1]) / 2).T)
    sagitta = np.where(np.isfinite(sagitta), sagitta, 0.0)
    pieces[first] = np.clip(np.ceil(np.sqrt(sagitta / tolerance)), 1, MAX_SEGMENTS).astype(np.int64)
    return pieces


def _rebuilt(rings: Rings, xy: np.ndarray, pieces: np.ndarray) -> np.ndarray:
    """Multipolygons out of the refined coordinates; None for geometries without a ring or with a failed point.

    (``shapely.from_ragged_array`` crashes on geometries without polygons.)
    """
    points = np.diff(np.concatenate([[0], np.cumsum(pieces)])[rings.start])
    ring = np.repeat(np.arange(len(points)), points)
    failed = ~np.isfinite(xy).all(axis=1)
    lines = shapely.linearrings(np.where(failed[:, None], 0.0, xy), indices=ring)
    owners, number = np.unique(rings.geometry, return_inverse=True)
    result = np.full(rings.count, None, dtype=object)
    result[owners] = shapely.multipolygons(shapely.polygons(lines, indices=rings.polygon), indices=number)
    result[rings.owner[ring[failed]]] = None
    return result
