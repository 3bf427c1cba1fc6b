"""Polygons as flat arrays of rings, for everything that is counted over vertices and edges."""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from .shapes import simple_parts


@dataclass(frozen=True)
class Rings:
    """All rings of an array of (multi)polygons. Ring ``r`` owns ``xy[start[r]:start[r + 1]]``, closed."""

    xy: np.ndarray
    start: np.ndarray
    is_shell: np.ndarray
    polygon: np.ndarray  # of each ring
    geometry: np.ndarray  # of each polygon
    count: int  # geometries

    @classmethod
    def of(cls, geoms: np.ndarray) -> "Rings":
        """Lines, points and empty rings inside geometries are ignored; None and empty geometries own no ring."""
        parts, geometry = simple_parts(geoms)
        keep = (shapely.get_type_id(parts) == shapely.GeometryType.POLYGON) & ~shapely.is_empty(parts)
        rings, polygon = shapely.get_rings(parts[keep], return_index=True)
        xy, ring = shapely.get_coordinates(rings, return_index=True)
        size = np.bincount(ring, minlength=len(rings))
        is_shell = np.concatenate([[True], np.diff(polygon) > 0])[: len(rings)]
        some = size > 0
        start = np.concatenate([[0], np.cumsum(size[some])])
        return cls(xy, start, is_shell[some], polygon[some], geometry[keep], len(geoms))

    @property
    def owner(self) -> np.ndarray:
        """The geometry of each ring."""
        return self.geometry[self.polygon]

    def edge_starts(self) -> np.ndarray:
        """Indices of the first vertex of every edge (every vertex but the closing ones)."""
        keep = np.ones(len(self.xy), bool)
        keep[self.start[1:] - 1] = False
        return np.flatnonzero(keep)

    def summed(self, signed: np.ndarray) -> np.ndarray:
        """Per geometry: shells minus holes of signed ring areas, whatever way the rings turn."""
        size = np.abs(signed)
        return np.bincount(self.owner, np.where(self.is_shell, size, -size), self.count)


def shoelace(x: np.ndarray, y: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Signed areas of closed rings; coordinates are taken relative to each ring's first vertex."""
    counts = np.diff(start)
    x = x - np.repeat(x[start[:-1]], counts)
    y = y - np.repeat(y[start[:-1]], counts)
    term = np.zeros(len(x))
    term[:-1] = x[:-1] * y[1:] - x[1:] * y[:-1]
    term[start[1:] - 1] = 0.0
    return np.add.reduceat(term, start[:-1]) / 2 if len(counts) else np.zeros(0)


def refined(xy: np.ndarray, pieces: np.ndarray, is_edge: np.ndarray) -> np.ndarray:
    """Vertices with ``pieces`` equal steps along the edge that begins at each; others are repeated that often."""
    vertex = np.repeat(np.arange(len(xy)), pieces)
    step = np.arange(len(vertex)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    along = np.where(is_edge[vertex], step / pieces[vertex], 0.0)[:, None]
    following = xy[np.minimum(vertex + 1, len(xy) - 1)]
    return np.where(along > 0, xy[vertex] * (1 - along) + following * along, xy[vertex])
