"""land_inspector:plan_route"""
from __future__ import annotations

from typing import Any, List, Optional

from qgis.core import (
    QgsFeatureRequest,
    QgsGeometry,
    QgsPointXY,
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterFeatureSink,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterField,
    QgsProcessingParameterNumber,
    QgsProcessingParameterPoint,
    QgsProcessingParameterString,
    QgsFields,
    QgsWkbTypes,
)

from ..compat import make_field, to_qgis_value
from ..errors import InputError
from ..evidence.road_network import DETOUR, FAR_FROM_ROADS_M, OneWay, Ways, ways
from ..evidence.tour import Tour, shortest_tour
from ..i18n import tr
from ..progress import Progress
from .feedback import LandInspectorAlgorithm, Parameters, Results
from .parameters import advanced
from .outputs import RowSink

#: Beyond this the ways between all stops take longer than anyone waits.
MOST_STOPS = 300


class PlanRoute(LandInspectorAlgorithm):
    """INPUT, ROADS, START, NAME_FIELD, RETURN, DETOUR, DIRECTION_FIELD, VALUE_FORWARD, VALUE_BACKWARD → OUTPUT (one leg a row: SEQ, FROM,
    TO, LENGTH_M, BY_ROAD), LENGTH_M, BOUND_M, STOPS, OFF_ROAD."""

    NAME = "plan_route"
    GROUP = "patrol"

    def displayName(self) -> str:
        return tr("Plan a patrol route")

    def shortHelpString(self) -> str:
        return tr("The shortest tour through chosen targets, over a road layer where there is one, otherwise in straight lines times a "
                  "detour factor. Up to 12 targets the tour is proved to be the shortest; for more BOUND_M says what no tour can fall "
                  "below. Roads join only where they share a vertex, and lead both ways unless DIRECTION_FIELD says which do not. Targets "
                  "that no road reaches are named.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(QgsProcessingParameterFeatureSource("INPUT", tr("Targets"), [QgsProcessing.SourceType.TypeVectorAnyGeometry]))
        self.addParameter(QgsProcessingParameterFeatureSource("ROADS", tr("Roads (empty: straight lines)"),
                                                              [QgsProcessing.SourceType.TypeVectorLine], optional=True))
        self.addParameter(QgsProcessingParameterPoint("START", tr("Start (empty: the first target)"), optional=True))
        self.addParameter(advanced(QgsProcessingParameterField("NAME_FIELD", tr("Field that names a target"), None, "INPUT",
                                                               optional=True)))
        self.addParameter(advanced(QgsProcessingParameterBoolean("RETURN", tr("Back to the start"), True)))
        self.addParameter(advanced(QgsProcessingParameterNumber(
            "DETOUR", tr("Detour factor without roads"), QgsProcessingParameterNumber.Type.Double, DETOUR, minValue=1.0)))
        self.addParameter(advanced(QgsProcessingParameterField("DIRECTION_FIELD", tr("Field that says which roads lead one way"), None,
                                                               "ROADS", optional=True)))
        for name, text, usual in (("VALUE_FORWARD", tr("Its value where a road leads as it was drawn"), "yes"),
                                  ("VALUE_BACKWARD", tr("Its value where a road leads the other way"), "-1")):
            self.addParameter(advanced(QgsProcessingParameterString(name, text, usual, optional=True)))
        self.addParameter(QgsProcessingParameterFeatureSink("OUTPUT", tr("Route"), QgsProcessing.SourceType.TypeVectorLine))
        for name, label in (("LENGTH_M", tr("Length (m)")), ("BOUND_M", tr("No tour is shorter than (m)")), ("STOPS", tr("Stops")),
                            ("OFF_ROAD", tr("Targets that no road reaches"))):
            self.addOutput(QgsProcessingOutputNumber(name, label))

    def look_up(self, parameters: Parameters, context: QgsProcessingContext) -> None:
        self._targets = self.parameterAsSource(parameters, "INPUT", context)
        if self._targets is None:
            raise QgsProcessingException(self.invalidSourceError(parameters, "INPUT"))
        self._roads = self.parameterAsSource(parameters, "ROADS", context)
        crs = self._targets.sourceCrs()
        start = self.parameterAsPoint(parameters, "START", context, crs)
        self._start: Optional[QgsPointXY] = start if parameters.get("START") not in (None, "") else None

    def work(self, parameters: Parameters, context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        names, places = self._places(self.parameterAsString(parameters, "NAME_FIELD", context))
        found = ways(places, self._targets.sourceCrs(), context.transformContext(), self._roads, progress.part(0.0, 0.6),
                     self.parameterAsDouble(parameters, "DETOUR", context), self._one_way(parameters, context))
        is_closed = self.parameterAsBool(parameters, "RETURN", context)
        tour = shortest_tour(found.metres, is_closed=is_closed, progress=progress.part(0.6, 0.95))
        unreached = self._unreached(found)
        for place in unreached:
            feedback.pushWarning(tr("{name} is not reached by the roads; its way is taken as straight.", name=names[place]))
        output = self._write(parameters, context, names, found, tour, is_closed)
        return {"OUTPUT": output, "LENGTH_M": tour.length, "BOUND_M": tour.bound, "STOPS": len(places), "OFF_ROAD": len(unreached)}

    def _one_way(self, parameters: Parameters, context: QgsProcessingContext) -> Optional[OneWay]:
        field, forward, backward = (self.parameterAsString(parameters, name, context)
                                    for name in ("DIRECTION_FIELD", "VALUE_FORWARD", "VALUE_BACKWARD"))
        return OneWay(field, forward, backward) if field and self._roads is not None else None

    def _places(self, name_field: str) -> "tuple[List[str], List[QgsPointXY]]":
        names, places = ([tr("Start")], [self._start]) if self._start is not None else ([], [])
        lost = 0
        for number, feature in enumerate(self._targets.getFeatures(QgsFeatureRequest()), 1):
            shape = feature.geometry()
            point = QgsGeometry() if shape.isEmpty() else shape.pointOnSurface()  # newer GEOS has one on an empty point, too
            if point.isEmpty():
                lost += 1
                continue
            name = feature[name_field] if name_field else None
            names.append(str(name) if name not in (None, "") else str(number))
            places.append(point.asPoint())
        if lost:
            raise InputError("{n} targets have no place.", "Take them out of the selection.", n=lost)
        if not 2 <= len(places) <= MOST_STOPS:
            raise InputError("A route goes through 2 to {most} stops; {n} are given.", "Choose other targets.", most=MOST_STOPS,
                             n=len(places))
        return names, places

    def _unreached(self, found: Ways) -> List[int]:
        if found.off_road_m is None:
            return []
        joined = found.roads_at
        return [place for place in range(len(joined)) if joined[place] < max(joined) or found.off_road_m[place] > FAR_FROM_ROADS_M]

    def _write(self, parameters: Parameters, context: QgsProcessingContext, names: List[str], found: Ways, tour: Tour,
               is_closed: bool) -> str:
        fields = QgsFields()
        for name, kind in (("SEQ", "integer"), ("FROM", "text"), ("TO", "text"), ("LENGTH_M", "real"), ("BY_ROAD", "integer")):
            fields.append(make_field(name, kind))
        sink = RowSink(self, parameters, context, "OUTPUT", fields, QgsWkbTypes.Type.LineString, self._targets.sourceCrs())
        stops = list(tour.order) + ([tour.order[0]] if is_closed else [])
        for number, (begin, end) in enumerate(zip(stops, stops[1:]), 1):
            values = (number, names[begin], names[end], float(found.metres[begin, end]), int(found.by_road[begin, end]))
            sink.add([to_qgis_value(value) for value in values], QgsGeometry.fromPolylineXY(found.path(begin, end)))
        return sink.finish()
