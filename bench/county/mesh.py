"""A coverage of irregular land parcels without gaps: a warped lattice whose cells share their jittered, dense edges.

The lattice is a brick wall: every cell has six neighbours and six edges. An edge is drawn once and walked forwards by
one of its two cells and backwards by the other, so that both hold the very same coordinates.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import List, Tuple

import numpy as np
import shapely

X0, Y0 = 36_560_000.0, 3_300_000.0  # EPSG:4524, 60 km and more east of the central meridian
CELL_M2 = 10_650.0  # mean area of a land parcel: 338 000 of them fill 60 km × 60 km
JITTER = 0.28  # of the spacing of the lattice
BEND = 0.05  # sideways swing of an edge, of its length
STEP_M = 8.0  # between two vertices of an edge
MOST_STEPS = 40
STRAIGHTENED = 4  # times the edges of cells that cross themselves are drawn calmer
GRID_M = 1e-4  # coordinates are kept to 0.1 mm, as ArcGIS does


@dataclass(frozen=True)
class Mesh:
    """``cells`` with the column and row of each; ``side_m`` is the side of the square they roughly fill."""

    cells: np.ndarray
    column: np.ndarray
    row: np.ndarray
    columns: int
    rows: int
    side_m: float


@dataclass(frozen=True)
class _Edges:
    """Ends of every edge, its number of steps and how it swings."""

    start: np.ndarray
    end: np.ndarray
    steps: np.ndarray
    swing: np.ndarray
    wave: np.ndarray
    phase: np.ndarray

    @classmethod
    def drawn(cls, start: np.ndarray, end: np.ndarray, rng: np.random.Generator) -> "_Edges":
        length = np.hypot(*(end - start).T)
        count = len(start)
        steps = np.clip(np.round(length / STEP_M * rng.lognormal(0, 0.4, count)), 1, MOST_STEPS).astype(int)
        swing = rng.normal(0, BEND, count).clip(-2 * BEND, 2 * BEND)
        return cls(start, end, steps, swing, rng.uniform(1, 3, count), rng.uniform(0, 2 * np.pi, count))

    def points(self, calm: np.ndarray) -> np.ndarray:
        """All points of all edges, both ends among them, one edge after the other."""
        edge = np.repeat(np.arange(len(self.steps)), self.steps + 1)
        t = within_runs(self.steps + 1) / self.steps[edge]
        along = self.end - self.start
        aside = np.sin(np.pi * t) * (np.sin(2 * np.pi * self.wave[edge] * t + self.phase[edge]) + 1) * self.swing[edge]
        normal = np.column_stack([-along[:, 1], along[:, 0]]) * calm[:, None]
        return np.round((self.start[edge] + along[edge] * t[:, None] + normal[edge] * aside[:, None]) / GRID_M) * GRID_M


def within_runs(counts: np.ndarray) -> np.ndarray:
    """0 … count - 1 for each count, joined."""
    return np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)


def make_mesh(count: int, rng: np.random.Generator) -> Mesh:
    """About ``count`` cells."""
    side = float(np.sqrt(count * CELL_M2))
    rows = columns = max(2, int(round(np.sqrt(count))))
    nodes = _nodes(rows, columns, side, rng)
    pairs, cell_edges, backwards = _lattice(rows, columns)
    edges = _Edges.drawn(nodes[pairs[:, 0]], nodes[pairs[:, 1]], rng)
    cells = _sound_cells(edges, cell_edges, backwards)
    row, column = np.divmod(np.arange(rows * columns), columns)
    return Mesh(cells, column, row, columns, rows, side)


def _nodes(rows: int, columns: int, side: float, rng: np.random.Generator) -> np.ndarray:
    """Jittered, warped corners: (rows + 1) lines of (2 · columns + 2) nodes."""
    line, place = np.mgrid[0:rows + 1, 0:2 * columns + 2].astype(float)
    wide, high = side / (2 * columns + 1), side / rows
    x = (place + rng.uniform(-JITTER, JITTER, place.shape)) * wide
    y = (line + rng.uniform(-JITTER, JITTER, line.shape)) * high
    return np.column_stack(_warped(x.ravel() / side, y.ravel() / side, side))


def _warped(u: np.ndarray, v: np.ndarray, side: float) -> Tuple[np.ndarray, np.ndarray]:
    """Parcels are small around villages and large in the hills: a smooth map of the square that never folds."""
    towns = max(1.0, side / 12_000)
    x = u + 0.35 / (2 * np.pi * towns) * np.sin(2 * np.pi * (towns * u + 0.3 * v))
    y = v + 0.35 / (2 * np.pi * towns) * np.sin(2 * np.pi * (towns * v - 0.2 * u) + 1)
    fine = 4 * towns
    x = x + 0.2 / (2 * np.pi * fine) * np.sin(2 * np.pi * fine * u + 2)
    return X0 + x * side, Y0 + y * side


def _lattice(rows: int, columns: int) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Node pairs of all edges; the six edges of each cell counter-clockwise, and whether they are walked backwards."""
    across = 2 * columns + 2
    line, place = np.mgrid[0:rows + 1, 0:across - 1].reshape(2, -1)
    level = np.column_stack([line * across + place, line * across + place + 1])
    row, nth = np.mgrid[0:rows, 0:columns + 1].reshape(2, -1)
    foot = row * across + 2 * nth + row % 2
    upright = np.column_stack([foot, foot + across])
    row, column = np.mgrid[0:rows, 0:columns].reshape(2, -1)
    bottom = row * (across - 1) + 2 * column + row % 2
    top = bottom + across - 1
    left = len(level) + row * (columns + 1) + column
    cell_edges = np.column_stack([bottom, bottom + 1, left + 1, top + 1, top, left])
    return np.vstack([level, upright]), cell_edges, np.array([False, False, False, True, True, True])


def _sound_cells(edges: _Edges, cell_edges: np.ndarray, backwards: np.ndarray) -> np.ndarray:
    calm = np.ones(len(edges.steps))
    for attempt in range(STRAIGHTENED):
        cells = _polygons(edges, edges.points(calm), cell_edges, backwards)
        wrong = ~shapely.is_valid(cells)
        if not wrong.any():
            return cells
        calm[np.unique(cell_edges[wrong])] *= 0.3 if attempt + 2 < STRAIGHTENED else 0.0
    return shapely.make_valid(cells)


def _polygons(edges: _Edges, points: np.ndarray, cell_edges: np.ndarray, backwards: np.ndarray) -> np.ndarray:
    first = np.cumsum(edges.steps + 1) - (edges.steps + 1)
    walked, back = cell_edges.ravel(), np.tile(backwards, len(cell_edges))
    steps = edges.steps[walked]
    k = within_runs(steps)
    place = np.where(np.repeat(back, steps), np.repeat(steps, steps) - k, k) + np.repeat(first[walked], steps)
    owner = np.repeat(np.arange(len(walked)) // cell_edges.shape[1], steps)
    return shapely.polygons(shapely.linearrings(points[place], indices=owner))


def blocks(mesh: Mesh, columns: int, rows: int) -> np.ndarray:
    """Number of the block of ``columns`` × ``rows`` cells that each cell belongs to."""
    return mesh.row // rows * (-(-mesh.columns // columns)) + mesh.column // columns


def dissolved(cells: np.ndarray, group: np.ndarray) -> np.ndarray:
    """The union of each group of cells of a coverage, in order of group number."""
    order = np.argsort(group, kind="stable")
    parts: List[np.ndarray] = np.split(cells[order], np.flatnonzero(np.diff(group[order])) + 1)
    return np.array([shapely.coverage_union_all(part) for part in parts], dtype=object)
