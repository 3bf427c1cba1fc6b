"""land_inspector:import_matters"""
from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, Dict

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterString,
)

from ..errors import message
from ..exchange.matter_pages import matters_page
from ..exchange.matter_tables import read_matters
from ..i18n import tr
from ..law.matters.kind import MatterKind
from ..law.matters.kindform import parse
from ..progress import Progress
from ..register.matters import KNOWN, REFUSED, TAKEN, import_kind, kind_named, law_on, places, take_over
from ..register.register import Register
from ..register.rulepacks import pack_content
from .base import RegisterAlgorithm, Results, warn_of
from .import_patches import mapping_of
from .parameters import (
    DayParameter,
    LayerOrFileParameter,
    advanced,
    by_parameter,
    day_text,
    register_parameter,
    report_parameter,
    source_of,
)


class ImportMatters(RegisterAlgorithm):
    """REGISTER, KIND, TABLE, MAPPING, DAY, UPDATE, BY, REPORT → ROWS, TAKEN, KNOWN, REFUSED, GROUP."""

    NAME = "import_matters"

    def displayName(self) -> str:
        return tr("Take over a ledger of matters")

    def shortHelpString(self) -> str:
        return tr("Takes an office's ledger (idle land, land approved and not supplied, petitions, or any kind whose "
                  "pack the register knows) "
                  "from a workbook, a text table or a layer. KIND is the id of the kind, or the path of a pack "
                  "(.json), which is then brought "
                  "in first. Headings are recognised by the field's code, its name and the further headings of the "
                  "pack; MAPPING names others: "
                  "{\"TZBH\": \"my heading\"}. A layer brings outlines, measured areas and townships.\n\n"
                  "Each row is taken whole or refused with the reason. The whole table is one action, to be undone as "
                  "one. The same row again "
                  "records nothing; a row with other values is refused, or amended where that is chosen. Names of "
                  "people are kept apart.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(QgsProcessingParameterString("KIND", tr("Ledger (id of its kind, or a pack)")))
        self.addParameter(LayerOrFileParameter("TABLE", tr("Table or layer"), [QgsProcessing.SourceType.TypeVector]))
        self.addParameter(advanced(QgsProcessingParameterString("MAPPING", tr("Field mapping (JSON)"), multiLine=True,
                                                                optional=True)))
        self.addParameter(DayParameter("DAY", tr("Day the table speaks of, for what it does not date (empty: today)"),
                                       optional=True))
        self.addParameter(QgsProcessingParameterBoolean("UPDATE",
                                                        tr("Amend matters that are in the register with other values"),
                                                        defaultValue=False))
        self.addParameter(by_parameter())
        self.addParameter(report_parameter())
        for name, text in (("ROWS", tr("Rows")), ("TAKEN", tr("Rows taken")), ("KNOWN", tr("Rows recorded before")),
                           ("REFUSED", tr("Rows refused"))):
            self.addOutput(QgsProcessingOutputNumber(name, text))
        self.addOutput(QgsProcessingOutputString("GROUP", tr("Action, to undo by")))

    def look_up(self, parameters: Dict[str, Any], context: QgsProcessingContext) -> None:
        self._source = source_of(parameters.get("TABLE"), context)

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        asked = day_text(parameters.get("DAY"))
        day = date.fromisoformat(asked) if asked else date.today()
        by = self.acting_as(parameters, context)
        with self.open_register(parameters, context) as register:
            kind = kind_or_pack(register, self.text(parameters, "KIND", context), by)
            table = read_matters(kind, self._source, law_on(register, day), places(register),
                                 register.meta["crs"],
                                 mapping_of(self.text(parameters, "MAPPING", context)),
                                 progress=progress.part(0.0, 0.3))
            progress.step(0.3, message("Taking over {n} rows", n=len(table.rows)))
            taken = take_over(register, kind, table.rows, day=day, by=by,
                              update=self.parameterAsBool(parameters, "UPDATE", context),
                              reason=table.file, progress=progress.part(0.3, 1.0))
        progress.show(1.0)
        warn_of(feedback, [*table.told, *(message("Row {row}: {reason}", row=one.row.place, reason=one.reason)
                                          for one in taken.of(REFUSED))])
        group = taken.recorded.group if taken.recorded else ""
        recorded = message("{n} rows were recorded (action {group}).", n=len(taken.of(TAKEN)), group=group or "-")
        return {"ROWS": len(taken.outcomes), "TAKEN": len(taken.of(TAKEN)), "KNOWN": len(taken.of(KNOWN)),
                "REFUSED": len(taken.of(REFUSED)), "GROUP": group,
                **self.give_report(parameters, context, feedback, matters_page(kind, table, taken), recorded)}


def kind_or_pack(register: Register, name: str, by: str) -> MatterKind:
    """The kind of that id or name; a path of a pack brings the pack in first. Raises InputError."""
    if not name.lower().endswith(".json"):
        return kind_named(register, name)
    path = Path(name)
    content = pack_content(path)
    import_kind(register, content, path.name, by=by)
    return kind_named(register, parse(content, path.name).id)
