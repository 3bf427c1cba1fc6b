"""Cutting a parcel into pieces: along drawn lines or along evidence, slivers merged, areas adjusted, the result checked.

Geometry in, geometry out, all in one coordinate system; m² by a measure of :mod:`area`. Rules R08 (slivers), R09 (areas
adjusted to the parcel's own) and R37 (the pieces make up the parcel) are those of the domain guide.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import List, Sequence, Tuple

import numpy as np
import shapely

from ..errors import InputError, RefusedError
from .area import Measure
from .chunks import FLOOR_M2
from .overlay import united
from .shapes import overlay, polygons_only, simple_parts, valid_polygons, without_specks

MU_M2 = 2000 / 3
TOLERANCE_MU, TOLERANCE_SHARE = 0.01, 0.001  # R37
SNAP_SHARE = 1e-9  # of the coordinates: a line drawn with snapping ends that close to the border


@dataclass(frozen=True)
class SliverRule:
    """R08: a piece is kept if it is larger than ``area_m2`` or more than ``share`` of the parcel."""

    area_m2: float = 10.0
    share: float = 0.01

    def keeps(self, areas: np.ndarray) -> np.ndarray:
        """Of the areas of all pieces of a parcel (m²), a mask of those that are no slivers."""
        return (areas > self.area_m2) | (areas > self.share * areas.sum())


@dataclass(frozen=True)
class CutPiece:
    """One piece and its m², adjusted so that all pieces sum to the parcel's area. ``inside``: lies under the evidence.

    ``measured_m2`` is its area before that; ``slivers_m2`` are the areas of the slivers it took up (R08).
    """

    geometry: shapely.Geometry
    area_m2: float
    inside: bool = False
    measured_m2: float = 0.0
    slivers_m2: Tuple[float, ...] = ()


Joined = Tuple[np.ndarray, List[Tuple[float, ...]]]  # pieces, and the m² of the slivers that each of them took up


def cut_by_lines(
    parcel: shapely.Geometry, lines: Sequence[shapely.Geometry], measure: Measure, area_m2: float,
    slivers: SliverRule = SliverRule(),
) -> List[CutPiece]:
    """The pieces that drawn lines make of a parcel, largest first. Raises RefusedError saying why they cut nothing off.

    A line between the parts of a multi-part parcel takes them apart without touching any.
    """
    parcel = _usable(parcel)
    faces, parts = _faces(parcel, lines), _faces(parcel, [])
    if len(faces) == len(parts) and not (len(parts) > 1 and _between(lines, parcel)):
        raise _uncut(parcel, lines)
    faces = _with_far_parts(faces)
    pieces, taken = _merge_slivers(faces, measure, slivers)
    if len(pieces) < 2:
        raise _only_slivers(faces, measure, slivers)
    return _adjusted(parcel, pieces, np.zeros(len(pieces), bool), measure, area_m2, taken)


def idle_lines(parcel: shapely.Geometry, lines: Sequence[shapely.Geometry]) -> List[int]:
    """Places of the lines without which the others make just as many pieces: these cut nothing."""
    parcel, whole = _usable(parcel), list(lines)
    most = len(_faces(parcel, whole))
    return [k for k in range(len(whole)) if len(_faces(parcel, whole[:k] + whole[k + 1:])) == most]


def cut_by_evidence(
    parcel: shapely.Geometry, evidence: Sequence[shapely.Geometry], measure: Measure, area_m2: float,
    slivers: SliverRule = SliverRule(), each_part: bool = False,
) -> List[CutPiece]:
    """The part of a parcel under the evidence and the part outside; ``each_part`` makes a piece of every separate part.

    Raises RefusedError when one of the two is missing or no more than a sliver.
    """
    parcel = _usable(parcel)
    cover = united(valid_polygons(np.array(list(evidence), dtype=object))[0])
    both = np.array([parcel, parcel], dtype=object)
    pair = np.array([
        overlay(shapely.intersection, both[:1], np.array([cover], dtype=object))[0],
        overlay(shapely.difference, both[1:], np.array([cover], dtype=object))[0],
    ], dtype=object)
    pair = without_specks(pair, measure, FLOOR_M2)
    kept = ~(shapely.is_missing(pair) | shapely.is_empty(pair))
    if not kept.all() or not slivers.keeps(measure(pair)).all():
        raise RefusedError("The evidence does not cut the parcel.", "It lies wholly inside or wholly outside.")
    pieces, side = simple_parts(pair) if each_part else (pair, np.arange(2))
    if each_part:
        pieces, side = _merge_slivers_by_side(pieces, side, measure, slivers)
    return _adjusted(parcel, pieces, side == 0, measure, area_m2, [()] * len(pieces))


def _between(lines: Sequence[shapely.Geometry], parcel: shapely.Geometry) -> bool:
    """Whether a line crosses the ground between the parts of a parcel."""
    between = shapely.difference(shapely.convex_hull(parcel), parcel)
    return bool(shapely.intersects(shapely.union_all(np.array(list(lines), dtype=object)), between))


_ACROSS = "Draw it from outside the parcel, across it, to the outside again."


def _uncut(parcel: shapely.Geometry, lines: Sequence[shapely.Geometry]) -> RefusedError:
    drawn = shapely.union_all(np.array(list(lines), dtype=object))
    if not shapely.intersects(drawn, parcel):
        return RefusedError("The line does not cut the parcel: it lies outside.", _ACROSS)
    if not shapely.relate_pattern(drawn, parcel, "T********"):
        return RefusedError("The line does not cut the parcel: it only touches the border.", _ACROSS)
    return RefusedError("The line does not cut the parcel: it ends inside.", _ACROSS)


def _only_slivers(faces: np.ndarray, measure: Measure, rule: SliverRule) -> RefusedError:
    areas = measure(faces)
    return RefusedError(
        "The line does not cut the parcel: what it cuts off is a sliver of {area:.2f} m² (R08).",
        "Cut off more than {limit:.0f} m², or more than {share:.0%} of the parcel.",
        area=float(areas.sum() - areas.max()), limit=rule.area_m2, share=rule.share,
    )


def _usable(parcel: shapely.Geometry) -> shapely.Geometry:
    geoms, _ = valid_polygons(np.array([parcel], dtype=object))
    if geoms[0] is None:
        raise InputError("The parcel has no usable outline.", "Correct its geometry first.")
    return geoms[0]


def _faces(parcel: shapely.Geometry, lines: Sequence[shapely.Geometry]) -> np.ndarray:
    """Polygons that the parcel's border and the lines enclose inside the parcel."""
    reach = float(np.abs(shapely.bounds(parcel)).max()) * SNAP_SHARE
    drawn = shapely.snap(shapely.union_all(_reaching(shapely.get_parts(list(lines)), parcel, reach)), parcel, reach)
    network = shapely.union(shapely.boundary(parcel), drawn)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(network)))
    return faces[shapely.covers(parcel, shapely.point_on_surface(faces))]


def _reaching(lines: np.ndarray, parcel: shapely.Geometry, reach: float) -> np.ndarray:
    """The lines in 2-D; an end that was snapped to the border or to another line goes a hair beyond it.

    A point snapped to the middle of an edge lies on it only to the last digit, and would leave the piece open.
    """
    lines, border = shapely.force_2d(lines), shapely.boundary(parcel)
    around = [shapely.union_all([border, *lines[:k], *lines[k + 1:]]) for k in range(len(lines))]
    return np.array([_prolonged(line, near, reach) for line, near in zip(lines, around)], dtype=object)


def _prolonged(line: shapely.Geometry, near: shapely.Geometry, reach: float) -> shapely.Geometry:
    points = shapely.get_coordinates(line)
    for end, before in ((0, 1), (-1, -2)):
        step = points[end] - points[before]
        length = float(np.hypot(*step))
        if length > 0 and shapely.distance(shapely.points(points[end]), near) <= reach:
            points[end] = points[end] + step * (2 * reach / length)
    return shapely.linestrings(points)


def _with_far_parts(pieces: np.ndarray) -> np.ndarray:
    """Parts of a multi-part parcel that no line touches are kept with the nearest piece that was cut."""
    cut = np.array([
        any(shapely.dwithin(one, other, 0.0) for other in pieces if other is not one) for one in pieces
    ], dtype=bool)
    if cut.all() or not cut.any():
        return pieces
    near, far = pieces[cut], pieces[~cut]
    home = np.array([shapely.distance(near, part).argmin() for part in far])
    return np.array([united(np.array([piece, *far[home == k]], dtype=object)) for k, piece in enumerate(near)], dtype=object)


def _merge_slivers(pieces: np.ndarray, measure: Measure, rule: SliverRule) -> Joined:
    """R08: slivers go to the piece they share most border with, else to the largest."""
    areas = measure(pieces)
    keep = rule.keeps(areas)
    if keep.all() or not keep.any():
        return pieces, [()] * len(pieces)
    main, small = pieces[keep], pieces[~keep]
    largest = int(areas[keep].argmax())
    home = np.array([_neighbour(sliver, main, largest) for sliver in small])
    joined = [united(np.array([piece, *small[home == k]], dtype=object)) for k, piece in enumerate(main)]
    return np.array(joined, dtype=object), [tuple(areas[~keep][home == k].tolist()) for k in range(len(main))]


def _neighbour(sliver: shapely.Geometry, pieces: np.ndarray, largest: int) -> int:
    border = shapely.length(shapely.intersection(shapely.boundary(pieces), shapely.boundary(sliver)))
    return int(border.argmax()) if border.max() > 0 else largest


def _merge_slivers_by_side(pieces: np.ndarray, side: np.ndarray, measure: Measure, rule: SliverRule) -> tuple:
    """Slivers stay on their own side of the evidence, so that inside and outside remain what they are."""
    merged, sides = [], []
    for number in (0, 1):
        own = pieces[side == number]
        keep = (measure(own) > rule.area_m2) | (measure(own) > rule.share * measure(pieces).sum())
        keep[measure(own).argmax()] = True
        largest = own[measure(own).argmax()]
        for piece in own[keep]:
            merged.append(united(np.array([piece, *own[~keep]], dtype=object)) if piece is largest else piece)
            sides.append(number)
    return np.array(merged, dtype=object), np.array(sides)


def _adjusted(
    parcel: shapely.Geometry, pieces: np.ndarray, inside: np.ndarray, measure: Measure, area_m2: float,
    taken: Sequence[Tuple[float, ...]],
) -> List[CutPiece]:
    pieces = without_specks(polygons_only(pieces), measure, FLOOR_M2)
    there = np.flatnonzero(~shapely.is_missing(pieces))
    pieces, inside, taken = pieces[there], inside[there], [taken[row] for row in there]
    check_partition(parcel, pieces, measure)
    measured = measure(pieces)
    areas = adjusted_areas(measured, area_m2)
    order = np.argsort(-areas, kind="stable")
    return [CutPiece(pieces[k], float(areas[k]), bool(inside[k]), float(measured[k]), taken[k]) for k in order]


def adjusted_areas(areas: np.ndarray, control_m2: float) -> np.ndarray:
    """R09: areas scaled to the control area, in 0.01 m², the residual of rounding on the largest."""
    areas = np.asarray(areas, dtype=float)
    cents = np.round(areas * (control_m2 / areas.sum()) * 100)
    cents[areas.argmax()] += round(control_m2 * 100) - cents.sum()
    return cents / 100


def check_partition(parcel: shapely.Geometry, pieces: np.ndarray, measure: Measure, tolerance_share: float = TOLERANCE_SHARE) -> None:
    """R37: the union of the pieces is the parcel within max(0.01 亩, ``tolerance_share``), and no two overlap. Else RefusedError."""
    whole = np.array([parcel], dtype=object)
    union = np.array([united(pieces)], dtype=object)
    total, covered = float(measure(whole)[0]), float(measure(union)[0])
    difference = float(measure(overlay(shapely.symmetric_difference, whole, union))[0])
    overlap = float(measure(pieces).sum()) - covered
    allowed = max(TOLERANCE_MU * MU_M2, tolerance_share * total)
    if difference > allowed or overlap > allowed:
        raise RefusedError(
            "The pieces do not make up the parcel: {difference:.2f} m² differ, {overlap:.2f} m² overlap (R37).",
            "Cut the parcel again.", difference=difference, overlap=max(overlap, 0.0),
        )
