"""Ways between places over a road layer, by QGIS's own network analysis; straight ways where there are no roads.

Roads meet only where they share a vertex (within :data:`TOLERANCE_M`). Lengths are ellipsoidal metres. A place off the roads walks
straight to the nearest one; two places that no road joins are as far apart as the straight way times a detour factor, and said so.
Roads lead both ways, unless a field of theirs says which lead one way; then the way back may be another one.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, List, Optional, Sequence, Tuple

import numpy as np
from qgis.analysis import QgsGraph, QgsGraphAnalyzer, QgsGraphBuilder, QgsNetworkDistanceStrategy, QgsVectorLayerDirector
from qgis.core import QgsCoordinateReferenceSystem, QgsCoordinateTransformContext, QgsDistanceArea, QgsFeatureSource, QgsPointXY

from ..errors import InputError, message
from ..progress import Progress

TOLERANCE_M = 1.0
#: How much longer a way is than the straight line, where no road says (no source; field studies give 1.3 to 1.4).
DETOUR = 1.35
#: A value that no field holds.
_NEVER = "\x00"
#: A place farther than this from every road is named.
FAR_FROM_ROADS_M = 500.0


@dataclass(frozen=True)
class OneWay:
    """Which roads lead one way: ``field`` of the road layer, and what it says of a road that leads as it was drawn and of one that leads
    the other way; every other road leads both ways."""

    field: str
    forward: str
    backward: str = ""


@dataclass(frozen=True)
class Ways:
    """``metres`` (n, n) from each place to each, symmetric where no road leads one way; ``by_road`` (n, n) whether roads lead there;
    ``off_road_m`` of each place to its road, None without roads; ``paths`` the points of the way by (from, to), in the places' CRS, where
    from < to or the way back is another one."""

    metres: np.ndarray
    by_road: np.ndarray
    off_road_m: Optional[np.ndarray]
    paths: Dict[Tuple[int, int], List[QgsPointXY]]

    @property
    def roads_at(self) -> np.ndarray:
        """How many ways over roads begin or end at each place."""
        return self.by_road.sum(axis=1) + self.by_road.sum(axis=0)

    def path(self, begin: int, end: int) -> List[QgsPointXY]:
        """The points of the way from one place to another."""
        return self.paths[begin, end] if (begin, end) in self.paths else self.paths[end, begin][::-1]


def ways(places: Sequence[QgsPointXY], crs: QgsCoordinateReferenceSystem, transforms: QgsCoordinateTransformContext,
         roads: Optional[QgsFeatureSource] = None, progress: Optional[Progress] = None, detour: float = DETOUR,
         one_way: Optional[OneWay] = None) -> Ways:
    """The ways between all places (in ``crs``), over ``roads`` of any CRS where there are some. InputError where these have no field of
    that name."""
    tape = QgsDistanceArea()
    tape.setSourceCrs(crs, transforms)
    tape.setEllipsoid(crs.ellipsoidAcronym() or "EPSG:7030")
    n = len(places)
    straight = np.array([[tape.measureLine(a, b) for b in places] for a in places]).reshape(n, n)
    made = Ways(straight * detour, np.zeros((n, n), bool), None,
                {(a, b): [places[a], places[b]] for a in range(n) for b in range(a + 1, n)})
    return made if roads is None else _over_roads(places, crs, tape, (roads, one_way), made, progress or Progress())


def _over_roads(places: Sequence[QgsPointXY], crs: QgsCoordinateReferenceSystem, tape: QgsDistanceArea,
                roads: Tuple[QgsFeatureSource, Optional[OneWay]], straight: Ways, progress: Progress) -> Ways:
    graph, tied = _graph(places, crs, tape, roads, progress)
    at = [graph.findVertex(point) for point in tied]
    off = np.array([tape.measureLine(place, point) for place, point in zip(places, tied)])
    metres, by_road, paths = straight.metres.copy(), straight.by_road.copy(), dict(straight.paths)
    for begin in range(len(places)):
        progress.step(0.5 + 0.5 * begin / len(places), message("Looking for ways over the roads"))
        if at[begin] < 0:
            continue
        tree, costs = QgsGraphAnalyzer.dijkstra(graph, at[begin], 0)
        for end in range(len(places)) if roads[1] else range(begin + 1, len(places)):
            if end == begin or at[end] < 0 or not np.isfinite(costs[at[end]]):
                continue
            metres[begin, end] = costs[at[end]] + off[begin] + off[end]
            by_road[begin, end] = True
            if not roads[1]:
                metres[end, begin], by_road[end, begin] = metres[begin, end], True
            paths[begin, end] = [places[begin], *_walked(graph, tree, at[begin], at[end]), places[end]]
    return Ways(metres, by_road, off, paths)


def _graph(places: Sequence[QgsPointXY], crs: QgsCoordinateReferenceSystem, tape: QgsDistanceArea,
           roads: Tuple[QgsFeatureSource, Optional[OneWay]], progress: Progress) -> Tuple[QgsGraph, List[QgsPointXY]]:
    """The network, and where each place is tied to it."""
    progress.step(0.0, message("Building the network of the roads"))
    source, one_way = roads
    field = -1 if one_way is None else source.fields().lookupField(one_way.field)
    if one_way is not None and field < 0:
        raise InputError("The roads have no field {field}.", "Name the field that says which roads lead one way.", field=one_way.field)
    said = (one_way.forward, one_way.backward or _NEVER) if one_way is not None else ("", "")
    director = QgsVectorLayerDirector(source, field, *said, _NEVER, QgsVectorLayerDirector.Direction.DirectionBoth)
    director.addStrategy(QgsNetworkDistanceStrategy())
    per_metre = 1.0 / max(tape.measureLine(places[0], QgsPointXY(places[0].x() + 1e-5, places[0].y())) * 1e5, 1e-9)
    builder = QgsGraphBuilder(crs, True, TOLERANCE_M * per_metre, tape.ellipsoid())
    tied = director.makeGraph(builder, list(places))
    return builder.takeGraph() if hasattr(builder, "takeGraph") else builder.graph(), tied


def _walked(graph: QgsGraph, tree: Sequence[int], begin: int, end: int) -> List[QgsPointXY]:
    """The points of the tree from ``begin`` to ``end``."""
    points = [graph.vertex(end).point()]
    while end != begin:
        end = graph.edge(tree[end]).fromVertex()
        points.append(graph.vertex(end).point())
    return points[::-1]
