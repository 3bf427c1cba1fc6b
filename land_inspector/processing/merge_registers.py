"""land_inspector:merge_registers"""
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
from ..exchange.courier import ENDING, take_courier
from ..exchange.report_pages import merge_page, merge_text
from ..i18n import tr
from ..progress import Progress
from ..register.merging import merge_registers
from ..register.register import Register
from .base import RegisterAlgorithm, Results, register_address, warn_of
from .parameters import advanced, register_parameter, report_parameter


class MergeRegisters(RegisterAlgorithm):
    """REGISTER, OTHER, DRY_RUN, CLONE, REPORT → NEW, KNOWN, CONFLICTS, HELD."""

    NAME = "merge_registers"

    def displayName(self) -> str:
        return tr("Merge another copy of the register")

    def shortHelpString(self) -> str:
        return tr("Takes what another copy of this register recorded and this one lacks: acts, issued patches, photos and papers, measured "
                  "evidence. The other copy is only read; run it the other way round to bring that one up to date as well. In whichever "
                  "order copies are merged, the result is the same, and merging twice changes nothing.\n\n"
                  "Run it as a dry run first: the report says what would come. NEW counts the events that come, KNOWN those that are here "
                  "already, CONFLICTS the fields that are in dispute afterwards: acts of two people on one thing who had not seen each "
                  "other's. Both stay in the history; they are settled in the panel \"Copies\", and until then the later act counts.\n\n"
                  "Refused, in words: a copy of another register, two copies in which one writer's entries go on in different ways (a "
                  "copied user profile, an older copy put back by hand), and entries that were edited. Say CLONE where the other copy is "
                  "the one that shall not go on: what was recorded there comes in under a writer of its own.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(QgsProcessingParameterFile("OTHER", tr("Other copy of the register, or a courier file"),
                                                     fileFilter=tr("Registers and courier files (*.gpkg *.lic)")))
        self.addParameter(QgsProcessingParameterBoolean("DRY_RUN", tr("Dry run: only show what would come"), defaultValue=True))
        self.addParameter(advanced(QgsProcessingParameterBoolean("CLONE", tr("The other copy is a clone: take its branch in"),
                                                                 defaultValue=False)))
        self.addParameter(report_parameter())
        self.addOutput(QgsProcessingOutputNumber("NEW", tr("Events that came in")))
        self.addOutput(QgsProcessingOutputNumber("KNOWN", tr("Events that were known")))
        self.addOutput(QgsProcessingOutputNumber("CONFLICTS", tr("Fields in dispute")))
        self.addOutput(QgsProcessingOutputNumber("HELD", tr("Events that wait")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        source = self.text(parameters, "OTHER", context)
        dry_run = self.parameterAsBool(parameters, "DRY_RUN", context)
        with self.open_register(parameters, context) as register:
            if source.lower().endswith(ENDING):
                found = take_courier(register, Path(source), dry_run=dry_run, progress=progress)
            else:
                with Register.open(register_address(source)) as other:
                    found = merge_registers(register, other, dry_run=dry_run, progress=progress,
                                            is_clone=self.parameterAsBool(parameters, "CLONE", context))
        warn_of(feedback, found.remarks)
        feedback.pushInfo(merge_text(found))
        done = None if found.is_dry else message("{n} events came in.", n=found.new)
        page = merge_page(source, found)
        return {"NEW": found.new, "KNOWN": found.known, "CONFLICTS": len(found.conflicts), "HELD": found.held,
                **self.give_report(parameters, context, feedback, page, done)}
