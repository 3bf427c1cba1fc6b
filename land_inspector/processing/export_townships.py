"""land_inspector:export_townships"""
from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List, Tuple

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputFile,
    QgsProcessingOutputNumber,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterFolderDestination,
)

from ..exchange.publishing import publish_townships
from ..exchange.township_package import Layout
from ..i18n import tr, user_locale
from ..progress import Progress
from .base import RegisterAlgorithm, Results
from .parameters import DayParameter, advanced, register_parameter
from .scopes import add_scope_parameters, scope_of


def _layout() -> List[Tuple[str, str]]:
    """Parameters in the order of :class:`~land_inspector.exchange.township_package.Layout`."""
    return [("EACH_FILE", tr("A GeoPackage for each township")), ("CHINESE_NAMES", tr("Fields under their Chinese names")),
            ("REMAINS", tr("With what remains, and its style")), ("PROJECT", tr("A QGIS project that opens on the layers")),
            ("SHAPEFILES", tr("Shapefiles beside them"))]


class ExportTownships(RegisterAlgorithm):
    """REGISTER, FOLDER, KNOWN_AT, EFFECTIVE_ON, scope, LIST_EACH, INCLUDE_USERS, the layout → GPKG, WORKBOOK, TOWNSHIP_COUNT, PARCELS."""

    NAME = "export_townships"
    KEPT = ("FOLDER",)

    def displayName(self) -> str:
        return tr("Give out township layers and workbook")

    def shortHelpString(self) -> str:
        return tr("Writes townships.gpkg (a styled layer of parcels for each township and a summary layer with counts, areas and "
                  "the ratios r1 and r2) and townships.xlsx (the township table, the patch list, the terms) into a folder.\n\n"
                  "With a moment or a day the figures are those known by then, or effective then; both are printed. Every figure "
                  "is read back and compared with the register before a file appears; older files are replaced only then. "
                  "Names of land users are left out unless they are asked for.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(DayParameter("KNOWN_AT", tr("Known at (empty: now)"), optional=True, moment=True))
        self.addParameter(DayParameter("EFFECTIVE_ON", tr("Effective on (empty: today)"), optional=True))
        add_scope_parameters(self)
        self.addParameter(QgsProcessingParameterBoolean("LIST_EACH", tr("A patch list for each township"), False))
        self.addParameter(QgsProcessingParameterBoolean("INCLUDE_USERS", tr("Include land users, who may be persons"), False))
        for name, text in _layout():
            self.addParameter(advanced(QgsProcessingParameterBoolean(name, text, False)))
        self.addParameter(QgsProcessingParameterFolderDestination("FOLDER", tr("Folder")))
        self.addOutput(QgsProcessingOutputFile("GPKG", tr("Township layers")))
        self.addOutput(QgsProcessingOutputFile("WORKBOOK", tr("Workbook")))
        self.addOutput(QgsProcessingOutputNumber("TOWNSHIP_COUNT", tr("Townships")))
        self.addOutput(QgsProcessingOutputNumber("PARCELS", tr("Parcels")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        folder = Path(self.parameterAsString(parameters, "FOLDER", context))
        folder.mkdir(parents=True, exist_ok=True)
        with self.open_register(parameters, context) as register:
            given = publish_townships(
                register, folder, language=user_locale(), scope=scope_of(self, parameters, context),
                with_users=self.parameterAsBool(parameters, "INCLUDE_USERS", context),
                list_each=self.parameterAsBool(parameters, "LIST_EACH", context),
                layout=Layout(*(self.parameterAsBool(parameters, name, context) for name, _text in _layout())), progress=progress)
        return {"FOLDER": str(folder), "GPKG": str(given.package), "WORKBOOK": str(given.workbook),
                "TOWNSHIP_COUNT": len(given.figures.rows), "PARCELS": given.figures.total.figures["parcels"]}
