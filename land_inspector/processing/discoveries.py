"""land_inspector:discoveries"""
from __future__ import annotations

from typing import Any, Dict

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterFeatureSink,
    QgsProcessingParameterString,
)

from ..i18n import tr, user_locale
from ..law.pack import Label
from ..progress import Progress
from ..register.discovering import discoveries
from .base import RegisterAlgorithm, Results
from .parameters import register_parameter
from .table_sink import write_table

_FIELDS = [("JCBH", "text", Label("监测编号", "Patch")), ("FXRQ", "text", Label("发现日期", "Found on")),
           ("ZSDM", "text", Label("站所", "Station")), ("XMMC", "text", Label("建设项目", "Project")),
           ("JL", "real", Label("距离（米）", "Distance (m)")), ("GL", "integer", Label("已关联", "Linked")),
           ("XY", "integer", Label("先于下发", "Before the patch was issued")), ("WF", "integer", Label("违法", "Illegal"))]


class Discoveries(RegisterAlgorithm):
    """REGISTER, BATCH → OUTPUT (findings matched to patches), ROWS, FOUND, ILLEGAL."""

    NAME = "discoveries"
    GROUP = "patrol"

    def displayName(self) -> str:
        return tr("Findings of patrols and patches")

    def shortHelpString(self) -> str:
        return tr("Which findings of patrols meet a patch of a batch: linked by a person, or proposed because they lie within 100 m "
                  "and came first. The discovery rate (FOUND of ILLEGAL) counts links by a person alone.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(QgsProcessingParameterString("BATCH", tr("Batch code")))
        self.addParameter(QgsProcessingParameterFeatureSink("OUTPUT", tr("Findings and patches"), QgsProcessing.SourceType.TypeVector))
        for name, text in (("ROWS", tr("Rows")), ("FOUND", tr("Illegal patches found before")), ("ILLEGAL", tr("Illegal patches"))):
            self.addOutput(QgsProcessingOutputNumber(name, text))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        with self.open_register(parameters, context) as register:
            found, rate = discoveries(register, self.text(parameters, "BATCH", context))
        rows = [{"JCBH": one.number, "FXRQ": one.finding.on.isoformat(), "ZSDM": one.finding.station, "XMMC": one.finding.project or None,
                 "JL": one.distance_m, "GL": int(one.is_linked), "XY": int(one.is_before), "WF": int(one.is_illegal)} for one in found]
        output = write_table(self, parameters, context, "OUTPUT", _FIELDS, rows, user_locale())
        return {"OUTPUT": output, "ROWS": len(rows), "FOUND": int(rate.numerator), "ILLEGAL": int(rate.denominator)}
