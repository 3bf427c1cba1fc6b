"""Where evidence polygons come from: one interface over files, QGIS layers and arrays in memory."""
from __future__ import annotations

import copy
import threading
from dataclasses import dataclass, field
from typing import Any, Dict, FrozenSet, Iterable, List, Optional, Sequence, Set, Tuple

import numpy as np
import shapely

from ..errors import InputError
from .crs import Crs
from .shapes import Check, State, unwatched, valid_polygons

LARGE_VERTICES = 2000
KEPT_VERTICES = 1_000_000  # of a thread: some 250 MB when all of them are prepared


@dataclass
class Features:
    """Some features of a layer: valid 2-D polygons, and one list of values per field asked for."""

    ids: np.ndarray
    geoms: np.ndarray
    columns: Dict[str, List[Any]]

    def where(self, rows: np.ndarray) -> "Features":
        """The features at ``rows`` (positions), with their values."""
        columns = {name: [values[row] for row in rows] for name, values in self.columns.items()}
        return Features(self.ids[rows], self.geoms[rows], columns)

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class Condition:
    """Only the features whose ``field`` has one of ``values`` count (compared as text)."""

    field: str
    values: FrozenSet[str]

    def rows(self, features: Features) -> np.ndarray:
        """Positions of the features that count; KeyError where ``field`` was not read with them."""
        column = features.columns[self.field]
        return np.array([row for row, value in enumerate(column) if str(value) in self.values], dtype=int)


@dataclass
class Repairs:
    """Ids of features met while reading that were not usable as they stood."""

    repaired: Set[int] = field(default_factory=set)
    empty: Set[int] = field(default_factory=set)
    unreadable: Set[int] = field(default_factory=set)

    def note(self, ids: np.ndarray, state: np.ndarray) -> None:
        """Thread-safe: a set grows by one atomic call."""
        for kind, names in ((State.REPAIRED, self.repaired), (State.EMPTY, self.empty),
                            (State.UNREADABLE, self.unreadable), (State.TANGLED, self.unreadable)):
            if (state == kind).any():
                names.update(ids[state == kind].tolist())


class OwnCopies:
    """Each thread's own copies of large polygons, by feature id.

    Many chunks ask for these. What GEOS prepares must not be shared between threads, and preparing a township of 15 000
    vertices takes as long as measuring a hundred patches.
    """

    def __init__(self) -> None:
        self._local = threading.local()

    def _kept(self) -> Dict[int, Any]:
        if not hasattr(self._local, "kept"):
            self._local.kept, self._local.vertices = {}, 0
        return self._local.kept

    def known(self, ids: np.ndarray) -> np.ndarray:
        """The calling thread's copies; None where it has none."""
        kept = self._kept()
        result = np.full(len(ids), None, dtype=object)
        if kept:
            result[:] = [kept.get(key) for key in ids.tolist()]
        return result

    def keep(self, ids: np.ndarray, geoms: np.ndarray) -> None:
        """Remember the large ones among ``geoms``; when there are too many, the old ones go: chunks move on."""
        kept, vertices = self._kept(), shapely.get_num_coordinates(geoms)
        for row in np.flatnonzero(vertices > LARGE_VERTICES):
            if self._local.vertices + vertices[row] > KEPT_VERTICES:
                kept.clear()
                self._local.vertices = 0
            kept[int(ids[row])] = geoms[row]
            self._local.vertices += int(vertices[row])


class Source:
    """A layer of evidence. :meth:`near` may be called from several threads at once."""

    name: str
    crs: Crs
    fields: List[str]
    feature_count: int
    fingerprint: str = ""  # sha256 that changes when the layer does; stamped on every run
    holds_areas: bool = True  # False for points and lines: nothing can be measured with them, and that is not "nothing there"

    def __init__(self) -> None:
        self.repairs = Repairs()
        self.own = OwnCopies()
        self.conditions: Tuple[Condition, ...] = ()

    def only(self, field: str, values: Iterable[Any]) -> "Source":
        """The same layer, of which only the features count whose ``field`` has one of ``values``."""
        narrowed = copy.copy(self)
        narrowed.conditions = (*self.conditions, Condition(field, frozenset(str(value) for value in values)))
        return narrowed

    def near(self, boxes: np.ndarray, fields: Sequence[str], check: Check = unwatched) -> Features:
        """Features whose boxes meet ``boxes`` (n × 4, in this layer's coordinates), among others perhaps.

        Their geometries belong to the calling thread alone: it may prepare them.
        """
        names = list(dict.fromkeys([*fields, *(condition.field for condition in self.conditions)]))
        found = self._read(boxes, names, check)
        for condition in self.conditions:
            found = found.where(condition.rows(found))
        return found

    def _read(self, boxes: np.ndarray, fields: Sequence[str], check: Check) -> Features:
        raise NotImplementedError

    def extent(self) -> List[float]:
        """minx, miny, maxx, maxy of the layer; empty for an empty layer."""
        raise NotImplementedError

    def stored_field(self, name: str) -> str:
        """A field by its name in any case. Raises InputError when there is none."""
        for own in self.fields:
            if own.lower() == name.lower():
                return own
        raise InputError(
            "Layer {layer} has no field {field}.", "Name one of its fields: {fields}.",
            layer=self.name, field=name, fields=", ".join(self.fields),
        )

    def has_fields(self, names: Iterable[str]) -> bool:
        """Whether the layer has all of these fields, whatever their case."""
        known = {own.lower() for own in self.fields}
        return all(name.lower() in known for name in names)


class MemorySource(Source):
    """Polygons in memory, repaired once; for small layers and for geometry that was just made."""

    def __init__(
        self, name: str, crs: Crs, geoms: np.ndarray, columns: Optional[Dict[str, List[Any]]] = None,
        ids: Optional[np.ndarray] = None, state: Optional[np.ndarray] = None,
    ):
        """``state`` is given with geometry that :mod:`shapes` has already made valid."""
        super().__init__()
        self.name, self.crs = name, crs
        self.feature_count = len(geoms)
        self.fields = list(columns or {})
        ids = np.arange(len(geoms)) if ids is None else ids
        geoms, state = valid_polygons(geoms) if state is None else (geoms, state)
        self.repairs.note(ids, state)
        self._all = Features(ids, geoms, dict(columns or {})).where(np.flatnonzero(~shapely.is_missing(geoms)))
        self._tree = shapely.STRtree(self._all.geoms)

    def extent(self) -> List[float]:
        return shapely.total_bounds(self._all.geoms).tolist() if len(self._all) else []

    def _read(self, boxes: np.ndarray, fields: Sequence[str], check: Check) -> Features:
        rows = np.unique(self._tree.query(shapely.box(*boxes.T))[1])
        found = self._all.where(rows)
        geoms = self.own.known(found.ids)
        fresh = np.flatnonzero(shapely.is_missing(geoms))
        geoms[fresh] = shapely.from_wkb(shapely.to_wkb(found.geoms[fresh]))
        self.own.keep(found.ids[fresh], geoms[fresh])
        return Features(found.ids, geoms, {name: found.columns[self.stored_field(name)] for name in fields})
