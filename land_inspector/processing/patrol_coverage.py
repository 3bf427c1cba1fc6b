"""land_inspector:patrol_coverage"""
from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List, Tuple

from qgis.core import (
    QgsCategorizedSymbolRenderer,
    QgsCoordinateReferenceSystem,
    QgsFields,
    QgsGeometry,
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterFeatureSink,
    QgsProcessingParameterFile,
    QgsProcessingParameterNumber,
    QgsRendererCategory,
    QgsVectorLayer,
    QgsWkbTypes,
)

from ..compat import make_field, to_qgis_value
from ..evidence.patrol_profile import read_patrol_profile
from ..exchange.patrol_month import CELL_M, DISTANCE_M, MISSED_DAYS, Coverage, coverage
from ..exchange.patrol_tables import coverage_page
from ..exchange.styles import LOOKS, look_symbol
from ..i18n import say, tr
from ..progress import Progress
from .base import Results, StationMonthAlgorithm
from .parameters import advanced, register_parameter, report_parameter
from .sinks import RowSink
from .table_sink import when_loaded


def _fields() -> List[Tuple[str, str, str]]:
    return [("QY", "text", tr("Key area")), ("MC", "text", tr("Name")), ("CS", "integer", tr("Patrols of the month")),
            ("ZJRQ", "text", tr("Last on")), ("TS", "integer", tr("Days since")), ("LX", "integer", tr("Left out"))]


class PatrolCoverage(StationMonthAlgorithm):
    """REGISTER, PROFILE, YEAR, MONTH, STATION, DISTANCE, CELL, DAYS, REPORT → OUTPUT (cells of the key areas), CELLS, MISSED, TRACKED."""

    NAME = "patrol_coverage"

    def displayName(self) -> str:
        return tr("What the patrols of a month came near")

    def shortHelpString(self) -> str:
        return tr("The key areas of a patrol profile in cells: how many patrols of the month came within DISTANCE by their tracks, when "
                  "any last did, and what was left out for more than DAYS days (漏巡). Without a profile every township is a key area. A "
                  "gap in a track is not travelled; without any track nothing is called left out, for nobody can tell.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(QgsProcessingParameterFile("PROFILE", tr("Patrol profile"), extension="json", optional=True))
        self.add_station_month(any_station=True)
        kind = QgsProcessingParameterNumber.Type.Double
        self.addParameter(QgsProcessingParameterNumber("DISTANCE", tr("Seen within (m)"), kind, DISTANCE_M, minValue=0.0,
                                                       maxValue=5000.0))
        self.addParameter(advanced(QgsProcessingParameterNumber("CELL", tr("Cells of (m)"), kind, CELL_M, minValue=50.0,
                                                                maxValue=20000.0)))
        self.addParameter(QgsProcessingParameterNumber("DAYS", tr("Left out after (days)"), defaultValue=MISSED_DAYS, minValue=1,
                                                       maxValue=3660))
        self.addParameter(QgsProcessingParameterFeatureSink("OUTPUT", tr("Cells"), QgsProcessing.SourceType.TypeVectorPolygon))
        self.addParameter(report_parameter())
        for name, text in (("CELLS", tr("Cells")), ("MISSED", tr("Cells left out")), ("TRACKED", tr("Patrols with a track"))):
            self.addOutput(QgsProcessingOutputNumber(name, text))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        profile, (station, year, month) = self.text(parameters, "PROFILE", context), self.station_month(parameters, context)
        with self.open_register(parameters, context) as register:
            found = coverage(register, read_patrol_profile(Path(profile)) if profile else None, year, month, station=station or None,
                             distance_m=self.parameterAsDouble(parameters, "DISTANCE", context),
                             cell_m=self.parameterAsDouble(parameters, "CELL", context),
                             missed_days=self.parameterAsInt(parameters, "DAYS", context), progress=progress)
            crs = register.meta["crs"]
        for note in found.notes:
            feedback.pushInfo(say(note))
        return {"OUTPUT": self._write(parameters, context, found, crs), "CELLS": len(found.cells),
                "MISSED": sum(cell.missed for cell in found.cells), "TRACKED": found.tracked,
                **self.give_report(parameters, context, feedback, coverage_page(found))}

    def _write(self, parameters: Dict[str, Any], context: QgsProcessingContext, found: Coverage, crs: str) -> str:
        fields = QgsFields()
        for name, kind, label in _fields():
            fields.append(make_field(name, kind, alias=label))
        sink = RowSink(self, parameters, context, "OUTPUT", fields, QgsWkbTypes.Type.MultiPolygon, QgsCoordinateReferenceSystem(crs))
        for cell in found.cells:
            shape = QgsGeometry()
            shape.fromWkb(cell.wkb)
            shape.convertToMultiType()
            values = (cell.kind or None, cell.name, cell.patrols, cell.last_on.isoformat() if cell.last_on else None, cell.days,
                      int(cell.missed))
            sink.add([to_qgis_value(value) for value in values], shape)
        target = sink.finish()
        when_loaded(context, target, _look)
        return target


def _look(layer: QgsVectorLayer) -> None:
    """What was left out, came near this month, came near before: each by colour and hatching, and the names of the fields."""
    for name, _kind, label in _fields():
        layer.setFieldAlias(layer.fields().lookupField(name), label)
    looks = (("0", look_symbol(LOOKS["1"]), tr("Came near in the month")), ("1", look_symbol(LOOKS["3"]), tr("Came near before")),
             ("2", look_symbol(LOOKS["2"]), tr("Left out")))
    layer.setRenderer(QgsCategorizedSymbolRenderer(
        'CASE WHEN "LX" = 1 THEN \'2\' WHEN "CS" > 0 THEN \'0\' ELSE \'1\' END',
        [QgsRendererCategory(code, symbol, words) for code, symbol, words in looks]))
