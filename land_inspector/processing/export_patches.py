"""land_inspector:export_patches"""
from __future__ import annotations

from pathlib import Path
from typing import Any, Dict

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterFileDestination,
)

from ..exchange.reentry import give_out_patches
from ..i18n import tr, user_locale
from ..progress import Progress
from .base import RegisterAlgorithm, Results, warn_of
from .parameters import batch_parameter, register_parameter

FORMATS = "Shapefile (*.shp);;GeoPackage (*.gpkg);;Excel (*.xlsx)"


class ExportPatches(RegisterAlgorithm):
    """REGISTER, BATCH, INCLUDE_USERS, OUTPUT → OUTPUT, PARCELS, UNJUDGED."""

    NAME = "export_patches"
    KEPT = ("OUTPUT",)

    def displayName(self) -> str:
        return tr("Give out judged parcels for re-entry")

    def shortHelpString(self) -> str:
        return tr("Writes the judged parcels of a batch in the issued field names, areas in m², as Shapefile (UTF-8 with .cpg), "
                  "GeoPackage or Excel, for re-entry into the official system. Parcels of a split patch are numbered JCBH_n and "
                  "name their patch in FJCBH. The file is read back and compared with the register before it appears. Names of "
                  "land users are left out unless they are asked for.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(batch_parameter())
        self.addParameter(QgsProcessingParameterBoolean("INCLUDE_USERS", tr("Include land users, who may be persons"), False))
        self.addParameter(QgsProcessingParameterFileDestination("OUTPUT", tr("Output file"), FORMATS))
        self.addOutput(QgsProcessingOutputNumber("PARCELS", tr("Parcels")))
        self.addOutput(QgsProcessingOutputNumber("UNJUDGED", tr("Left out, not judged yet")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        output = self.parameterAsFileOutput(parameters, "OUTPUT", context)
        with self.open_register(parameters, context) as register:
            given = give_out_patches(register, self.text(parameters, "BATCH", context), Path(output), language=user_locale(),
                                     with_users=self.parameterAsBool(parameters, "INCLUDE_USERS", context), progress=progress)
        warn_of(feedback, given.cut)
        if given.pieces:
            feedback.pushInfo(given.pieces)
        return {"OUTPUT": str(given.path), "PARCELS": given.parcels, "UNJUDGED": given.unjudged}
