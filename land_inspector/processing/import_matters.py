"""land_inspector:import_matters"""
from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, Dict

from qgis.core import QgsProcessingContext, QgsProcessingFeedback, QgsProcessingParameterBoolean, QgsProcessingParameterString

from ..errors import message
from ..exchange.matter_pages import matters_page
from ..exchange.matter_tables import read_matters
from ..i18n import tr
from ..law.matters.kind import MatterKind
from ..law.matters.kindform import parse
from ..progress import Progress
from ..register.ledger_rows import REFUSED
from ..register.matters import import_kind, kind_named, law_on, places, take_over
from ..register.register import Register
from ..register.rulepacks import pack_content
from .base import Results, warn_of
from .import_patches import mapping_of
from .parameters import day_text, register_parameter
from .taking_over import TakingOver, recorded_of, what_became


class ImportMatters(TakingOver):
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
        self.ask_for_table(tr("Table or layer"))
        self.addParameter(QgsProcessingParameterBoolean("UPDATE",
                                                        tr("Amend matters that are in the register with other values"),
                                                        defaultValue=False))
        self.ask_who_and_say_what_became()

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
        return {**what_became(taken),
                **self.give_report(parameters, context, feedback, matters_page(kind, table, taken), recorded_of(taken))}


def kind_or_pack(register: Register, name: str, by: str) -> MatterKind:
    """The kind of that id or name; a path of a pack brings the pack in first. Raises InputError."""
    if not name.lower().endswith(".json"):
        return kind_named(register, name)
    path = Path(name)
    content = pack_content(path)
    import_kind(register, content, path.name, by=by)
    return kind_named(register, parse(content, path.name).id)
