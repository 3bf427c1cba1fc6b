"""land_inspector:import_redline"""
from __future__ import annotations

from typing import Any, Dict

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterCrs,
    QgsProcessingParameterFile,
    QgsProcessingParameterString,
    QgsProcessingParameterVectorDestination,
    QgsProcessingUtils,
)

from ..exchange.redline import read_redline, write_approvals
from ..i18n import tr, user_locale
from ..law.codes import shipped_codes
from ..progress import Progress
from .base import RegisterAlgorithm, Results, warn_of
from .parameters import ChoiceParameter, DayParameter, advanced, day_text


class ImportRedline(RegisterAlgorithm):
    """INPUT, CRS, TARGET_CRS, ENCODING, AREA_METHOD and the approval's particulars → OUTPUT, PARCELS, QUARANTINED."""

    NAME = "import_redline"

    def displayName(self) -> str:
        return tr("Import a red-line text as approvals")

    def shortHelpString(self) -> str:
        return tr("Reads a red-line coordinate text (勘测定界, points under a header, UTF-8 or GBK; a folder or .zip of them too) into a "
                  "layer of approvals that an "
                  "evidence profile can name. Zone and width come from the header or the coordinates; X and Y in each other's "
                  "place are put right. What the text does not hold (number, dates, holder) is given here.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        kinds = shipped_codes().codes("SXLX")
        self.addParameter(QgsProcessingParameterFile("INPUT", tr("Red-line text"), fileFilter="Text (*.txt *.zip);;All files (*)"))
        self.addParameter(ChoiceParameter("KIND", tr("Kind of paper"), [kind.code for kind in kinds],
                                          [kind.label(user_locale()) for kind in kinds], "01"))
        self.addParameter(QgsProcessingParameterString("DOCUMENT", tr("Document number"), optional=True))
        self.addParameter(QgsProcessingParameterString("AUTHORITY", tr("Authority"), optional=True))
        self.addParameter(DayParameter("APPROVED_ON", tr("Approved on"), optional=True))
        self.addParameter(DayParameter("VALID_UNTIL", tr("Valid until"), optional=True))
        self.addParameter(QgsProcessingParameterString("HOLDER", tr("Holder"), optional=True))
        self.addParameter(QgsProcessingParameterCrs("CRS", tr("CRS of the source, where its file does not say"), optional=True))
        self.addParameter(advanced(QgsProcessingParameterCrs("TARGET_CRS", tr("CRS of the output"), optional=True)))
        self.addParameter(advanced(ChoiceParameter("AREA_METHOD", tr("Area method"), ["ellipsoidal", "planar"],
                                                   [tr("Ellipsoidal"), tr("Planar")], "ellipsoidal")))
        self.addParameter(advanced(QgsProcessingParameterString("ENCODING", tr("Text encoding"), optional=True)))
        self.addParameter(QgsProcessingParameterVectorDestination("OUTPUT", tr("Approvals"), QgsProcessing.SourceType.TypeVectorPolygon))
        self.addOutput(QgsProcessingOutputNumber("PARCELS", tr("Parcels")))
        self.addOutput(QgsProcessingOutputNumber("QUARANTINED", tr("Quarantined")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        method = self.parameterDefinition("AREA_METHOD").key(parameters.get("AREA_METHOD"))
        redline = read_redline(
            self.text(parameters, "INPUT", context), target_crs=self.crs_text(parameters, "TARGET_CRS", context),
            area_method={"ellipsoidal": "E", "planar": "P"}[method], crs=self.crs_text(parameters, "CRS", context),
            encoding=self.text(parameters, "ENCODING", context) or None, progress=progress)
        output = self.parameterAsOutputLayer(parameters, "OUTPUT", context)
        if output == "memory:":  # as scripts ask for a temporary layer; here it must be a file
            output = QgsProcessingUtils.generateTempFilename("approvals.gpkg")
        written = write_approvals(redline, output.split("|")[0], **self._particulars(parameters, context))
        warn_of(feedback, [finding.message for finding in redline.findings if finding.severity != "I"])
        warn_of(feedback, [row.reason for row in redline.quarantined])
        return {"OUTPUT": output, "PARCELS": written, "QUARANTINED": len(redline.quarantined)}

    def _particulars(self, parameters: Dict[str, Any], context: QgsProcessingContext) -> Dict[str, Any]:
        said = {name.lower(): self.text(parameters, name, context) or None for name in ("DOCUMENT", "AUTHORITY", "HOLDER")}
        return {**said, "kind": self.parameterDefinition("KIND").key(parameters.get("KIND")),
                "approved_on": day_text(parameters.get("APPROVED_ON")), "valid_until": day_text(parameters.get("VALID_UNTIL"))}
