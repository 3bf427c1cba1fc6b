"""What a track passed: cleaned of jumps, measured against targets, and how much of an area it came near.

Everything here is planar and in metres of one projected CRS; times are seconds. A gap in a track is not travelled: nothing is
passed there and nothing covered. The limits come from outside (no source binds them); each result says which were used.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import List, Optional, Sequence, Tuple

import numpy as np
import shapely


@dataclass(frozen=True)
class Limits:
    """``most_kmh``: a faster point is a jump of the receiver and is dropped. A piece ends where more than ``gap_s`` seconds *and*
    more than ``gap_m`` metres lie between two points (``gap_m`` alone, ten times, where the points have no times)."""

    most_kmh: float = 150.0
    gap_s: float = 300.0
    gap_m: float = 200.0


@dataclass(frozen=True)
class Piece:
    """An unbroken walk: ``xy`` metres, shape (n, 2), n ≥ 1; ``at`` seconds, NaN without times."""

    xy: np.ndarray
    at: np.ndarray


@dataclass(frozen=True)
class Passed:
    """One target that was passed. ``nearest_m`` at the nearest; ``seconds`` within the distance, None where the track has no times;
    ``first`` and ``last`` moment within it."""

    target: int
    nearest_m: float
    seconds: Optional[float]
    first: Optional[float]
    last: Optional[float]


def pieces(xy: np.ndarray, at: np.ndarray, limits: Limits = Limits()) -> Tuple[List[Piece], int]:
    """A segment without its jumps, cut at its gaps; and how many points were jumps. ``xy`` (n, 2) metres, ``at`` (n) seconds."""
    keep = _without_jumps(xy, at, limits.most_kmh / 3.6)
    dropped = int((~keep).sum())
    xy, at = xy[keep], at[keep]
    if not len(xy):
        return [], dropped
    step = np.hypot(*np.diff(xy, axis=0).T)
    wait = np.diff(at)
    is_gap = np.where(np.isfinite(wait), (wait > limits.gap_s) & (step > limits.gap_m), step > 10.0 * limits.gap_m)
    parts = np.split(np.arange(len(xy)), np.flatnonzero(is_gap) + 1)
    return [Piece(xy[part], at[part]) for part in parts], dropped


def _without_jumps(xy: np.ndarray, at: np.ndarray, most_ms: float) -> np.ndarray:
    """Which points to keep: none that could only be reached, from the last one kept, faster than is possible. A first point from
    which all that follows is too far is itself the jump."""
    keep = np.ones(len(xy), bool)
    last = 0
    for point in range(1, len(xy)):
        wait, way = at[point] - at[last], float(np.hypot(*(xy[point] - xy[last])))
        if np.isfinite(wait) and way > most_ms * max(wait, 1.0):
            if last == 0 and point + 1 < len(xy) and float(np.hypot(*(xy[point + 1] - xy[point]))) <= most_ms * max(
                    at[point + 1] - at[point], 1.0):
                keep[0] = False
                last = point
            else:
                keep[point] = False
        else:
            last = point
    return keep


def walked(track: Sequence[Piece]) -> Tuple[float, Optional[float]]:
    """Metres and seconds of all pieces; seconds None where no piece has times."""
    way = sum(float(np.hypot(*np.diff(piece.xy, axis=0).T).sum()) for piece in track)
    times = [float(piece.at[-1] - piece.at[0]) for piece in track if np.isfinite(piece.at).all()]
    return way, sum(times) if times else None


def passed(track: Sequence[Piece], targets: Sequence[shapely.Geometry], distance_m: float, least_s: float = 0.0) -> List[Passed]:
    """Targets that the track came within ``distance_m`` of (0: touched or crossed) for ``least_s`` seconds in all, nearest first.

    The time of an edge is shared by the length of it that lies within the distance; a track without times passes whatever it comes
    near, for an unknown time.
    """
    edges, times = _edges(track)
    if not len(edges):
        return []
    tree = shapely.STRtree(edges)
    target_of, edge_of = tree.query(np.asarray(targets, dtype=object), predicate="dwithin", distance=max(distance_m, 1e-9))
    found = [_passed(int(target), edges[edge_of[target_of == target]], times[edge_of[target_of == target]], targets[target], distance_m)
             for target in np.unique(target_of)]
    return sorted((one for one in found if one.seconds is None or one.seconds >= least_s), key=lambda one: one.nearest_m)


def _edges(track: Sequence[Piece]) -> Tuple[np.ndarray, np.ndarray]:
    """Every step as a line, one that leads nowhere as a point, and its begin and end in seconds."""
    ends, times = [], []
    for piece in track:
        xy, at = (piece.xy, piece.at) if len(piece.xy) > 1 else (np.repeat(piece.xy, 2, axis=0), np.repeat(piece.at, 2))
        ends.append(np.stack([xy[:-1], xy[1:]], axis=1))
        times.append(np.stack([at[:-1], at[1:]], axis=1))
    if not ends:
        return np.empty(0, dtype=object), np.empty((0, 2))
    both = np.concatenate(ends)
    return np.where((both[:, 0] == both[:, 1]).all(axis=1), shapely.points(both[:, 0]), shapely.linestrings(both)), np.concatenate(times)


def _passed(target: int, edges: np.ndarray, times: np.ndarray, shape: shapely.Geometry, distance_m: float) -> Passed:
    nearest = float(shapely.distance(edges, shape).min())
    is_timed = np.isfinite(times).all(axis=1)
    if not is_timed.any():
        return Passed(target, nearest, None, None, None)
    near = shapely.buffer(shape, distance_m, quad_segs=16) if distance_m > 0 else shape
    length, inside = shapely.length(edges[is_timed]), shapely.length(shapely.intersection(edges[is_timed], near))
    share = np.divide(inside, length, out=np.ones_like(length), where=length > 0)  # standing still within it is all within it
    begun, ended = times[is_timed].T
    return Passed(target, nearest, float(((ended - begun) * np.clip(share, 0.0, 1.0)).sum()), float(begun.min()), float(ended.max()))


def covered_share(tracks: Sequence[Sequence[Piece]], areas: Sequence[shapely.Geometry], distance_m: float) -> np.ndarray:
    """The share 0 … 1 of each area that any of the tracks came within ``distance_m`` of; NaN for an area without extent."""
    lines = [shapely.LineString(piece.xy) if len(piece.xy) > 1 else shapely.Point(piece.xy[0]) for track in tracks for piece in track]
    if not lines:
        return np.array([0.0 if area.area > 0 else np.nan for area in areas])
    near = shapely.union_all([shapely.buffer(line, distance_m, quad_segs=8) for line in lines])
    whole = shapely.area(np.asarray(areas, dtype=object))
    part = shapely.area(shapely.intersection(np.asarray(areas, dtype=object), near))
    return np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)


def overlap_share(one: Sequence[Piece], other: Sequence[Piece], distance_m: float = 20.0) -> float:
    """How much of ``one``'s way runs within ``distance_m`` of the other's: two logs with one track show it (0 … 1)."""
    edges, _times = _edges(one)
    lines, _others = _edges(other)
    length = float(shapely.length(edges).sum()) if len(edges) else 0.0
    if not length or not len(lines):
        return 0.0
    near = shapely.buffer(shapely.union_all(lines), distance_m, quad_segs=4)
    return float(shapely.length(shapely.intersection(edges, near)).sum()) / length
