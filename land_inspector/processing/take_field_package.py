"""land_inspector:take_field_package"""
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
from ..exchange.field_package import CONFLICT, KNOWN, MISSING
from ..exchange.patrol_package import ASK, PREFER, take_back_patrol
from ..exchange.patrol_tables import taken_page
from ..i18n import say, tr
from ..progress import Progress
from .base import RegisterAlgorithm, Results, warn_of
from .parameters import ChoiceParameter, by_parameter, register_parameter, report_parameter


class TakeFieldPackage(RegisterAlgorithm):
    """REGISTER, PACKAGE, PREFER, DRY_RUN, BY, REPORT → LOGS, FINDINGS, ACTS, VISITS, PHOTOS, TRACKS, RECORDED, KNOWN, CONFLICTS,
    MISSING."""

    NAME = "take_field_package"
    GROUP = "patrol"

    def displayName(self) -> str:
        return tr("Take back a field package")

    def shortHelpString(self) -> str:
        return tr("Records what a field package brought back: logs, findings and what followed on them, visits of parcels, photos and "
                  "tracks. PACKAGE is its zip, its folder, or its data.gpkg with the photos beside it; it is only read. Taken again, it "
                  "records nothing twice.\n\n"
                  "A field that was changed in the field and in the office stays out and is shown with both values, until PREFER says "
                  "which side counts. A row that is gone is a question and deletes nothing. A package of another register is refused.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(QgsProcessingParameterFile("PACKAGE", tr("Package (zip, folder or data.gpkg)"), fileFilter="All files (*)"))
        self.addParameter(ChoiceParameter("PREFER", tr("Where both sides changed a field"), list(PREFER),
                                          [tr("leave it and show both"), tr("the field counts"), tr("the office counts")], ASK))
        self.addParameter(QgsProcessingParameterBoolean("DRY_RUN", tr("Only look"), False))
        self.addParameter(by_parameter())
        self.addParameter(report_parameter())
        for name, text in (("LOGS", tr("Patrols")), ("FINDINGS", tr("Findings")), ("ACTS", tr("What followed")), ("VISITS", tr("Visits")),
                           ("PHOTOS", tr("Photos")), ("TRACKS", tr("Tracks")), ("RECORDED", tr("Recorded")), ("KNOWN", tr("Known already")),
                           ("CONFLICTS", tr("Conflicts")), ("MISSING", tr("Rows that are gone"))):
            self.addOutput(QgsProcessingOutputNumber(name, text))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        dry = self.parameterAsBool(parameters, "DRY_RUN", context)
        with self.open_register(parameters, context) as register:
            made = take_back_patrol(register, Path(self.text(parameters, "PACKAGE", context)), dry=dry, progress=progress,
                                    prefer=self.parameterDefinition("PREFER").key(parameters.get("PREFER")),
                                    by=self.acting_as(parameters, context))
        warn_of(feedback, made.told)
        recorded = message("{n} things would be recorded.", n=made.recorded) if dry else message(
            "{n} things were recorded.", n=made.recorded)
        feedback.pushInfo(say(recorded))
        return {"LOGS": made.logs, "FINDINGS": made.findings, "ACTS": made.acts, "VISITS": made.visits, "PHOTOS": made.photos,
                "TRACKS": made.tracks, "RECORDED": made.recorded, "KNOWN": len(made.of(KNOWN)), "CONFLICTS": len(made.of(CONFLICT)),
                "MISSING": len(made.of(MISSING)),
                **self.give_report(parameters, context, feedback, taken_page(made, dry), recorded)}
