"""land_inspector:take_back_package"""
from __future__ import annotations

from pathlib import Path
from typing import Any, Dict

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterFile,
)

from ..errors import message
from ..exchange.report_pages import package_page
from ..exchange.work_package import DONE, KNOWN_ROW, LEFT, take_back_work
from ..i18n import tr
from ..progress import Progress
from .base import RegisterAlgorithm, Results, warn_of
from .parameters import by_parameter, register_parameter, report_parameter


class TakeBackPackage(RegisterAlgorithm):
    """REGISTER, PACKAGE, DRY_RUN, BY, REPORT → TAKEN, KNOWN, LEFT."""

    NAME = "take_back_package"

    def displayName(self) -> str:
        return tr("Take back a package")

    def shortHelpString(self) -> str:
        return tr("Records what a package brought back from a township, a station or the field: its GeoPackage, its zip or its unpacked "
                  "folder; photos lie in the folder beside it. What was recorded in the plugin is merged like a copy's: each act stays "
                  "with its author and time, and what the office did on the same parcel meanwhile is in dispute. Each row of a form that "
                  "was changed is compared with what was given out and with the register as it is now: "
                  "what only the other side changed is recorded, what both changed is left to a person, a row that is gone deletes "
                  "nothing. The report says it row by row. Taken back twice, nothing changes the second time. A package of another "
                  "register, one that is not in the book and one that was altered are refused.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(QgsProcessingParameterFile("PACKAGE", tr("Package that came back")))
        self.addParameter(QgsProcessingParameterBoolean("DRY_RUN", tr("Dry run: only show what would come"), defaultValue=True))
        self.addParameter(by_parameter())
        self.addParameter(report_parameter())
        self.addOutput(QgsProcessingOutputNumber("TAKEN", tr("Rows recorded")))
        self.addOutput(QgsProcessingOutputNumber("KNOWN", tr("Rows that were known")))
        self.addOutput(QgsProcessingOutputNumber("LEFT", tr("Rows left to a person")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        source = self.text(parameters, "PACKAGE", context)
        with self.open_register(parameters, context) as register:
            found = take_back_work(register, Path(source), dry_run=self.parameterAsBool(parameters, "DRY_RUN", context),
                                   by=self.text(parameters, "BY", context) or None, progress=progress)
        warn_of(feedback, found.told)
        counts = [len(found.of(status)) for status in (DONE, KNOWN_ROW, LEFT)]
        done = None if found.is_dry else message("{n} rows were recorded.", n=counts[0])
        return {"TAKEN": counts[0], "KNOWN": counts[1], "LEFT": counts[2],
                **self.give_report(parameters, context, feedback, package_page(found), done)}
