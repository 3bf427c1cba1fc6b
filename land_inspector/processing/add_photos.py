"""land_inspector:add_photos"""
from __future__ import annotations

from pathlib import Path
from typing import Any, Dict

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
    QgsProcessingParameterFile,
)

from ..errors import message
from ..exchange.report_pages import photos_page
from ..exchange.photos import take_in as take_in_photos
from ..i18n import tr
from ..progress import Progress
from .base import RegisterAlgorithm, Results, warn_of
from .parameters import by_parameter, register_parameter, report_parameter


class AddPhotos(RegisterAlgorithm):
    """REGISTER, FOLDER, BY, REPORT → ADDED, DOUBLES, UNMATCHED, UNUSABLE, GROUP."""

    NAME = "add_photos"

    def displayName(self) -> str:
        return tr("Add photos of site visits")

    def shortHelpString(self) -> str:
        return tr("Takes a folder of photos into the register as proof, as one action. Each photo (JPEG or PNG) is given to the parcel "
                  "that it shows by the place, direction and time in its EXIF (R38; the limits stand in the rule pack), copied beside "
                  "the register and kept with its SHA-256.\n\n"
                  "Photos that show no parcel, are there already, are broken off, HEIC or no photos are left out and named in the report.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(QgsProcessingParameterFile("FOLDER", tr("Folder of photos"), QgsProcessingParameterFile.Behavior.Folder))
        self.addParameter(by_parameter())
        self.addParameter(report_parameter())
        self.addOutput(QgsProcessingOutputNumber("ADDED", tr("Photos added")))
        self.addOutput(QgsProcessingOutputNumber("DOUBLES", tr("There already")))
        self.addOutput(QgsProcessingOutputNumber("UNMATCHED", tr("Without a parcel")))
        self.addOutput(QgsProcessingOutputNumber("UNUSABLE", tr("Files that cannot be used")))
        self.addOutput(QgsProcessingOutputString("GROUP", tr("Action, to undo by")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        folder = Path(self.text(parameters, "FOLDER", context))
        with self.open_register(parameters, context) as register:
            taken = take_in_photos(register, [folder], progress, by=self.acting_as(parameters, context))
        warn_of(feedback, [reason for _file, reason in taken.left_out])
        counts = {"ADDED": len(taken.added.added), "DOUBLES": len(taken.doubles), "UNMATCHED": len(taken.unmatched),
                  "UNUSABLE": len(taken.unusable), "GROUP": taken.added.recorded.group if taken.added.recorded else ""}
        recorded = message("{n} photos were added (action {group}).", n=counts["ADDED"], group=counts["GROUP"] or "-")
        return {**counts, **self.give_report(parameters, context, feedback, photos_page(folder.name, taken), recorded)}
