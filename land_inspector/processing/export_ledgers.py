"""land_inspector:export_ledgers"""
from __future__ import annotations

from pathlib import Path
from typing import Any, Dict

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterFileDestination,
)

from ..errors import InputError, message
from ..exchange.formats.html import write_page
from ..exchange.ledger_sheets import bulletin_page, kept_ledgers, write_ledgers_workbook
from ..exchange.matter_export import figures_of, write_ledger_layers
from ..i18n import tr, user_locale
from ..progress import Progress
from .base import RegisterAlgorithm, Results
from .parameters import DayParameter, advanced, day_text, moment_text, register_parameter
from .scopes import add_clock_parameters

_OUTPUTS = ("WORKBOOK", "BULLETIN", "LAYERS")


class ExportLedgers(RegisterAlgorithm):
    """REGISTER, KNOWN_AT, EFFECTIVE_ON, SINCE, WORKBOOK, BULLETIN, LAYERS → LEDGERS, MATTERS, OUTLINES."""

    NAME = "export_ledgers"

    def displayName(self) -> str:
        return tr("Give out the ledgers")

    def shortHelpString(self) -> str:
        return tr("Every ledger that the register keeps: one workbook with a sheet for each, a bulletin page with a "
                  "table for each, and a "
                  "GeoPackage with a layer for each whose matters have outlines, styled by state. Rates stand with "
                  "their numerator and "
                  "denominator; names of people and what is private are in none of them.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        add_clock_parameters(self)
        self.addParameter(advanced(DayParameter("SINCE", tr("First day of the period (empty: 1 January)"),
                                                optional=True)))
        for name, text, kinds in (("WORKBOOK", tr("Workbook"), "Excel (*.xlsx)"),
                                  ("BULLETIN", tr("Bulletin"), "HTML (*.html)"),
                                  ("LAYERS", tr("Layers"), "GeoPackage (*.gpkg)")):
            self.addParameter(QgsProcessingParameterFileDestination(name, text, kinds, optional=True,
                                                                    createByDefault=False))
        for name, text in (("LEDGERS", tr("Ledgers")), ("MATTERS", tr("Matters")), ("OUTLINES", tr("Outlines"))):
            self.addOutput(QgsProcessingOutputNumber(name, text))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        targets = {name: self.parameterAsFileOutput(parameters, name, context) for name in _OUTPUTS}
        if not any(targets.values()):
            raise InputError("Nothing is to be written.", "Name a workbook, a bulletin or a file for the layers.")
        progress.step(0.0, message("Counting"))
        outlines = 0
        with self.open_register(parameters, context) as register:
            ledgers = kept_ledgers(register, moment_text(parameters.get("KNOWN_AT")),
                                   day_text(parameters.get("EFFECTIVE_ON")),
                                   day_text(parameters.get("SINCE")))
            if targets["WORKBOOK"]:
                write_ledgers_workbook(Path(targets["WORKBOOK"]), ledgers, user_locale(), self.inputs)
            if targets["BULLETIN"]:
                write_page(targets["BULLETIN"], bulletin_page(register.meta["county_name"], ledgers, user_locale()),
                           self.inputs)
            if targets["LAYERS"]:
                outlines = write_ledger_layers(Path(targets["LAYERS"]), register, ledgers, user_locale(), self.inputs)
        kinds, count = figures_of(ledgers)
        progress.show(1.0)
        return {**{name: target for name, target in targets.items() if target}, "LEDGERS": kinds, "MATTERS": count,
                "OUTLINES": outlines}
