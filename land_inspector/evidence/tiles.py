"""Patches that reach over thousands of evidence polygons, cut into tiles: then chunks stay small for them too.

Areas of the tiles sum to those of the patch, so that they are measured like patches and added up again. Cuts run along
quarters of the patch's box, in the patch's own coordinates.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Iterator, List, Optional, Tuple

import numpy as np
import shapely
from shapely.errors import GEOSException

from .crs import Crs
from .reproject import carried_over
from .shapes import polygons_only
from .sources import Source

TILE_FEATURES = 1000  # evidence polygons that a tile may be expected to meet
LARGE = 4 * TILE_FEATURES  # patches that meet fewer are left whole
DEEPEST = 12  # halvings of a side

Box = Tuple[float, float, float, float]


@dataclass(frozen=True)
class Density:
    """How many features lie in a box, if they were spread evenly over the layer's extent (in the patches' system)."""

    count: int
    extent: Box

    @classmethod
    def of(cls, source: Source, home: Crs) -> Optional["Density"]:
        """None for an empty layer, and where its extent cannot be carried over: nothing is tiled then."""
        extent = source.extent()
        if not extent or source.feature_count <= LARGE:
            return None
        frame = carried_over(np.array([shapely.box(*extent)], dtype=object), source.crs, home)
        bounds = shapely.bounds(frame)[0]
        return cls(source.feature_count, tuple(bounds.tolist())) if np.isfinite(bounds).all() else None

    def within(self, boxes: np.ndarray) -> np.ndarray:
        """Features expected in each box (n × 4: low x, low y, high x, high y; the patches' coordinates)."""
        low, high = np.array(self.extent[:2]), np.array(self.extent[2:])
        common = np.clip(np.minimum(boxes[:, 2:], high) - np.maximum(boxes[:, :2], low), 0, None)
        return self.count * np.prod(common / np.maximum(high - low, 1e-300), axis=1)

    def large(self, boxes: np.ndarray) -> np.ndarray:
        """Whether a patch of such a box is measured in tiles."""
        return np.nan_to_num(self.within(boxes)) > LARGE


def tiled(geoms: np.ndarray, bounds: np.ndarray, density: Optional[Density]) -> Tuple[np.ndarray, np.ndarray]:
    """The geometries, large ones in tiles, and the row that each came from."""
    rows = np.arange(len(geoms))
    if density is None:
        return geoms, rows
    large = np.flatnonzero(density.large(bounds))
    if not len(large):
        return geoms, rows
    tiles: List[shapely.Geometry] = []
    owner: List[int] = []
    for row in large:
        parts = list(_quartered(geoms[row], tuple(bounds[row].tolist()), density, DEEPEST))
        tiles += parts
        owner += [int(row)] * len(parts)
    kept = np.setdiff1d(rows, large)
    cut = np.empty(len(tiles), dtype=object)
    cut[:] = tiles
    return np.concatenate([geoms[kept], cut]), np.concatenate([kept, np.array(owner, dtype=np.int64)])


def _quartered(geometry: shapely.Geometry, box: Box, density: Density, depth: int) -> Iterator[shapely.Geometry]:
    if depth == 0 or density.within(np.array([box]))[0] <= TILE_FEATURES:
        yield geometry
        return
    x0, y0, x1, y1 = box
    x, y = (x0 + x1) / 2, (y0 + y1) / 2
    for quarter in ((x0, y0, x, y), (x, y0, x1, y), (x0, y, x, y1), (x, y, x1, y1)):
        part = _cut(geometry, quarter)
        if part is not None:
            yield from _quartered(part, quarter, density, depth - 1)


def _cut(geometry: shapely.Geometry, box: Box) -> Optional[shapely.Geometry]:
    try:
        part = shapely.clip_by_rect(geometry, *box)
    except GEOSException:
        part = None
    if part is None or not shapely.is_valid(part):
        part = shapely.intersection(geometry, shapely.box(*box))
    part = polygons_only(np.array([part], dtype=object))[0]
    return None if part is None or shapely.is_empty(part) else part
