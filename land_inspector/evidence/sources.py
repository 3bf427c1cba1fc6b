"""Where evidence polygons come from: one interface over files, QGIS layers and arrays in memory."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional, Sequence, Set

import numpy as np
import shapely

from .crs import Crs
from .shapes import State, valid_polygons


@dataclass
class Features:
    """Some features of a layer: valid 2-D polygons, and one list of values per field asked for."""

    ids: np.ndarray
    geoms: np.ndarray
    columns: Dict[str, List[Any]]

    def where(self, rows: np.ndarray) -> "Features":
        columns = {name: [values[row] for row in rows] for name, values in self.columns.items()}
        return Features(self.ids[rows], self.geoms[rows], columns)

    def __len__(self) -> int:
        return len(self.ids)


@dataclass
class Condition:
    """Only the features whose ``field`` has one of ``values`` count (compared as text)."""

    field: str
    values: Sequence[str]

    def rows(self, features: Features) -> np.ndarray:
        wanted = {str(value) for value in self.values}
        return np.array([k for k, value in enumerate(features.columns[self.field]) if str(value) in wanted], dtype=int)


@dataclass
class Repairs:
    """Ids of features met while reading that were not usable as they stood."""

    repaired: Set[int] = field(default_factory=set)
    empty: Set[int] = field(default_factory=set)
    unreadable: Set[int] = field(default_factory=set)

    def note(self, ids: np.ndarray, state: np.ndarray) -> None:
        """Thread-safe: a set grows by one atomic call."""
        for kind, names in ((State.REPAIRED, self.repaired), (State.EMPTY, self.empty),
                            (State.UNREADABLE, self.unreadable)):
            if (state == kind).any():
                names.update(ids[state == kind].tolist())


class Source:
    """A layer of evidence. :meth:`near` may be called from several threads at once."""

    name: str
    crs: Crs
    fields: List[str]
    feature_count: int

    def __init__(self) -> None:
        self.repairs = Repairs()
        self.condition: Optional[Condition] = None

    def near(self, boxes: np.ndarray, fields: Sequence[str], each: bool) -> Features:
        """Features whose boxes meet ``boxes`` (n × 4, in this layer's coordinates), among others perhaps.

        ``each`` looks for every box by itself; otherwise one window around all of them is read.
        """
        names = list(fields)
        if self.condition is not None and self.condition.field not in names:
            names.append(self.condition.field)
        found = self._read(boxes, names, each)
        return found if self.condition is None else found.where(self.condition.rows(found))

    def _read(self, boxes: np.ndarray, fields: Sequence[str], each: bool) -> Features:
        raise NotImplementedError

    def fingerprint(self) -> str:
        """sha256 that changes when the layer does: stamped on every run."""
        raise NotImplementedError


class MemorySource(Source):
    """Polygons in memory, repaired once; for small layers and for geometry that was just made."""

    def __init__(
        self, name: str, crs: Crs, geoms: np.ndarray, columns: Optional[Dict[str, List[Any]]] = None,
        ids: Optional[np.ndarray] = None, fingerprint: str = "",
    ):
        super().__init__()
        self.name, self.crs, self._fingerprint = name, crs, fingerprint
        self.feature_count = len(geoms)
        self.fields = list(columns or {})
        ids = np.arange(len(geoms)) if ids is None else np.asarray(ids)
        valid, state = valid_polygons(geoms)
        self.repairs.note(ids, state)
        rows = np.flatnonzero(~shapely.is_missing(valid))
        self._all = Features(ids, valid, dict(columns or {})).where(rows)
        self._tree = shapely.STRtree(self._all.geoms)

    def _read(self, boxes: np.ndarray, fields: Sequence[str], each: bool) -> Features:
        windows = boxes if each else np.concatenate([boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)])[None, :]
        rows = np.unique(self._tree.query(shapely.box(*windows.T))[1])
        found = self._all.where(rows)
        return Features(found.ids, found.geoms, {name: found.columns[name] for name in fields})

    def fingerprint(self) -> str:
        return self._fingerprint
