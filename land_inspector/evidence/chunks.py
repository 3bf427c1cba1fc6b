"""Work in chunks of neighbouring patches on several threads, with progress, cancel and bounded memory."""
from __future__ import annotations

import os
import threading
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Callable, Dict, Iterator, List, Optional, Set, Tuple

import numpy as np
import shapely
from shapely.errors import GEOSException

from ..errors import Cancelled, Message
from ..progress import Progress
from .area import Measure, Scale
from .candidates import Check
from .crs import Crs, carried_over
from .shapes import polygons_only
from .sources import Source


FEWEST, MOST = 500, 1500  # patches in a chunk: some 0.1–0.5 s of work; each chunk of a layer costs some ms by itself
CHUNKS = 20  # wanted, so that all processors have work: never dependent on their number, or figures would be
VERTICES = 200_000
FEATURES = 6000  # of evidence that its patches may be expected to meet
BITS = 16
LOOK_SECONDS = 0.1


def default_threads() -> int:
    """All processors but at most 8: GEOS works without Python's lock, the little numpy between does not."""
    return max(1, min(8, os.cpu_count() or 1))


def neighbourhoods(
    bounds: np.ndarray, vertices: np.ndarray, features: Optional[np.ndarray] = None,
) -> List[np.ndarray]:
    """Row numbers in chunks of neighbours, in Morton order, of limited patches, vertices and ``features``.

    Rows without a finite box are left out.
    """
    rows = np.flatnonzero(np.isfinite(bounds).all(axis=1))
    if not len(rows):
        return []
    rows = rows[np.argsort(_morton(bounds[rows]), kind="stable")]
    weight = np.maximum(1.0 / np.clip(len(rows) / CHUNKS, FEWEST, MOST), vertices[rows] / VERTICES)
    if features is not None:
        weight = np.maximum(weight, features[rows] / FEATURES)
    number = np.floor(np.cumsum(weight) - weight + 1e-9)
    return np.split(rows, np.flatnonzero(np.diff(number)) + 1)


def _morton(bounds: np.ndarray) -> np.ndarray:
    centre = (bounds[:, :2] + bounds[:, 2:]) / 2
    low = centre.min(axis=0)
    side = max(float(np.ptp(centre, axis=0).max()), 1e-300)
    cell = ((centre - low) / side * (2 ** BITS - 1)).astype(np.uint64)
    return _spread(cell[:, 0]) | (_spread(cell[:, 1]) << np.uint64(1))


def _spread(value: np.ndarray) -> np.ndarray:
    """16 bits with a zero between each two."""
    for shift, mask in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
        value = (value | (value << np.uint64(shift))) & np.uint64(mask)
    return value


def work_through(
    chunks: List[np.ndarray], work: Callable[[np.ndarray, Check], Any], progress: Progress,
    threads: Optional[int] = None, text: Optional[Message] = None,
) -> List[Any]:
    """``work(rows, check)`` for each chunk, results in order. Raises Cancelled within a second of the user's wish.

    Work happens on worker threads even when ``threads`` is 1, so that the caller's thread can watch the button.
    """
    stop = threading.Event()

    def check() -> None:
        if stop.is_set():
            raise Cancelled()

    progress.step(0.0, text)
    with ThreadPoolExecutor(threads or default_threads()) as pool:
        futures = [pool.submit(work, rows, check) for rows in chunks]
        try:
            _watch(set(futures), sum(map(len, chunks)), {f: len(c) for f, c in zip(futures, chunks)}, progress, text)
        except BaseException:  # whatever it was, the workers must stop before it leaves
            stop.set()
            for future in futures:
                future.cancel()
            raise
    return [future.result() for future in futures]


def _watch(pending: Set[Future], total: int, size: dict, progress: Progress, text: Optional[Message]) -> None:
    finished = 0
    while pending:
        done, pending = wait(pending, timeout=LOOK_SECONDS, return_when=FIRST_COMPLETED)
        for future in done:
            future.result()
            finished += size[future]
        progress.step(finished / max(total, 1), text)


# Patches as the kernel works on them: in the coordinates of the evidence, with what their pieces are measured by.

FLOOR_M2 = 1e-6  # what is smaller is where borders touch
NOISE = 2e-9  # of the patch
NOISE_NOT_ADDITIVE = 1e-6


@dataclass(frozen=True)
class Patches:
    """Patches in the coordinates of the evidence; ``area`` in m² by ``measure`` there.

    ``additive``: whether pieces measured by ``measure`` sum to the patch (QGIS's geodesic edges do not quite). ``green``
    is the module of that name, where it serves, and ``scale`` what it needs: without them pieces are built and measured.
    """

    geoms: np.ndarray
    bounds: np.ndarray
    area: np.ndarray
    measure: Measure
    additive: bool = True
    scale: Optional[Scale] = None
    green: Optional[ModuleType] = None
    _of: Optional[Tuple["Patches", np.ndarray]] = field(default=None, repr=False, compare=False)
    _kept: Dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def whole(self) -> "Patches":
        """The patches of which these are some, by :meth:`where`; themselves where they are all."""
        return self if self._of is None else self._of[0]

    @property
    def rows(self) -> np.ndarray:
        """Where these stand in the ``whole``."""
        return np.arange(len(self)) if self._of is None else self._of[1]

    def kept(self, key: Any, make: Callable[["Patches"], Any]) -> Any:
        """What is made of the ``whole`` once, for everything that any of its patches are measured against."""
        kept = self.whole._kept
        if key not in kept:
            kept[key] = make(self.whole)
        return kept[key]

    @property
    def floor(self) -> np.ndarray:
        """m² below which a piece is nothing; a patch of 1e-10 m² has pieces of its own size."""
        return np.minimum(FLOOR_M2, 1e-6 * self.area)

    @property
    def noise(self) -> np.ndarray:
        """m² within which two ways to the same area may differ."""
        noise = NOISE if self.additive else NOISE_NOT_ADDITIVE
        return np.minimum(FLOOR_M2 + noise * self.area, 1e-6 * self.area)

    def by_boundary(self) -> np.ndarray:
        """Of each patch, whether its areas can be had from boundaries alone (:mod:`boundaries`)."""
        if self.green is None or self.scale is None:
            return np.zeros(len(self), bool)
        scale = self.scale
        return self.kept("by boundary", lambda whole: scale.serves(whole.bounds))[self.rows]

    def where(self, rows: np.ndarray) -> "Patches":
        """The patches at ``rows`` (positions or a mask)."""
        if len(rows) == len(self) and (rows.all() if rows.dtype == bool else np.array_equal(rows, np.arange(len(self)))):
            return self
        return Patches(self.geoms[rows], self.bounds[rows], self.area[rows], self.measure, self.additive, self.scale, self.green,
                       (self.whole, self.rows[rows]))

    def __len__(self) -> int:
        return len(self.geoms)


# Patches that reach over thousands of evidence polygons, cut into tiles: then chunks stay small for them too.
#
# Areas of the tiles sum to those of the patch, so that they are measured like patches and added up again. Cuts run along
# quarters of the patch's box, in the patch's own coordinates.

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
