"""land_inspector:pack_photos"""
from __future__ import annotations

from pathlib import Path
from typing import Any, Dict

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterFolderDestination,
    QgsProcessingParameterString,
)

from ..errors import message
from ..exchange.photo_packs import FILES, PACKINGS, PATTERN, ZIP_ALL, ZIP_EACH, pack_photos
from ..exchange.report_pages import refused_page
from ..i18n import say, tr
from ..progress import Progress
from .base import RegisterAlgorithm, Results, warn_of
from .chosen_parcels import add_chosen_parameters, chosen_of
from .parameters import ChoiceParameter, register_parameter, report_parameter


class PackPhotos(RegisterAlgorithm):
    """REGISTER, BATCH, LIST, PATTERN, PACKING, WITH_LIST, FOLDER, REPORT → WRITTEN, PHOTOS, WITHOUT, REFUSED."""

    NAME = "pack_photos"
    KEPT = ("FOLDER",)

    def displayName(self) -> str:
        return tr("Pack the photos of parcels")

    def shortHelpString(self) -> str:
        return tr("Takes the photos of each parcel out of the register, renamed by a pattern and packed as the official system wants them: "
                  "one archive a parcel, one of all with a folder a parcel, or plain files. Each photo is what was taken in, byte by byte; "
                  "one that is missing or altered is left out and named.\n\n"
                  "The pattern may name {number} {patch} {n} {date} {time} {bearing} {township} {village} {batch} {name}, or in Chinese "
                  "{地块编号} {监测编号} {序号} {日期} {时间} {方位角} {乡镇} {村} {批次} {原文件名}; {n:2} is a number of two places.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        add_chosen_parameters(self)
        self.addParameter(QgsProcessingParameterString("PATTERN", tr("Names of the photos"), PATTERN))
        titles = {ZIP_EACH: tr("An archive for each parcel"), ZIP_ALL: tr("One archive of all"), FILES: tr("Files side by side")}
        self.addParameter(ChoiceParameter("PACKING", tr("Packed as"), PACKINGS, [titles[one] for one in PACKINGS], ZIP_EACH))
        self.addParameter(QgsProcessingParameterBoolean("WITH_LIST", tr("With a table of time, place, direction and digest"), False))
        self.addParameter(QgsProcessingParameterFolderDestination("FOLDER", tr("Folder")))
        self.addParameter(report_parameter())
        self.addOutput(QgsProcessingOutputNumber("WRITTEN", tr("Files written")))
        self.addOutput(QgsProcessingOutputNumber("PHOTOS", tr("Photos packed")))
        self.addOutput(QgsProcessingOutputNumber("WITHOUT", tr("Parcels without a photo")))
        self.addOutput(QgsProcessingOutputNumber("REFUSED", tr("Left out")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        folder = Path(self.parameterAsString(parameters, "FOLDER", context))
        folder.mkdir(parents=True, exist_ok=True)
        packing = self.parameterDefinition("PACKING").key(parameters.get("PACKING"))
        with self.open_register(parameters, context) as register:
            chosen, unknown = chosen_of(self, parameters, context, register, progress.part(0.0, 0.02))
            done = pack_photos(register, chosen, folder, self.text(parameters, "PATTERN", context) or PATTERN, packing,
                               self.parameterAsBool(parameters, "WITH_LIST", context), self.inputs, progress.part(0.02, 1.0))
        refused = [*unknown, *done.refused]
        warn_of(feedback, [reason for _number, reason in refused])
        told = message("{n} photos were packed; {without} parcels have none.", n=done.photos, without=len(done.without))
        feedback.pushInfo(say(told))
        return {"FOLDER": str(folder), "WRITTEN": len(done.files), "PHOTOS": done.photos, "WITHOUT": len(done.without),
                "REFUSED": len(refused),
                **self.give_report(parameters, context, feedback, refused_page(tr("Packed photos"), told, refused), told)}
