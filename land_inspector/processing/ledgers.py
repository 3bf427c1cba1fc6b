"""The other ledgers, as algorithms: kinds, matters taken in, lists, township tables, layers, progress, land outside a red line."""
from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, Dict, List, Tuple

from qgis.core import (
    QgsProcessing, QgsProcessingContext, QgsProcessingFeedback, QgsProcessingOutputNumber, QgsProcessingOutputString,
    QgsProcessingParameterBoolean, QgsProcessingParameterFeatureSink, QgsProcessingParameterFile,
    QgsProcessingParameterFileDestination, QgsProcessingParameterString,
)

from ..errors import InputError, message
from ..exchange.formats import html
from ..exchange.formats.html import write_page
from ..exchange.ledger_sheets import (
    bulletin_page, kept_ledgers, matters_page, point_rows, progress_page, progressed, write_ledgers_workbook,
)
from ..exchange.matter_export import figures_of, write_ledger_layers
from ..exchange.matter_figures import list_fields, list_rows, matter_figures, rows_of, table_fields
from ..exchange.matter_tables import read_matters
from ..i18n import say, tr, user_locale
from ..law.areas import mu_text
from ..law.matters.kind import MatterKind
from ..law.matters.kindform import parse
from ..law.rulepack import Label
from ..progress import Progress
from ..register.records import KNOWN, REFUSED, TAKEN
from ..register.matters import import_kind, kind_named, law_on, place_names, places, take_over
from ..register.measuring import Measurement, Outside, measure_outside, record_outside
from ..register.parties import known_persons
from ..register.register import Register
from ..register.proposing import pack_content
from .base import RegisterAlgorithm, Results, TakingOver, add_clock_parameters, recorded_of, warn_of, what_became
from .batches import mapping_of
from .parameters import (
    DayParameter, advanced, by_parameter, day_text, moment_text, register_parameter, report_parameter,
)
from .outputs import TableField, write_table


class ImportMatterKind(RegisterAlgorithm):
    """REGISTER, PACK, BY → KIND, DIGEST, GROUP."""

    NAME = "import_matter_kind"

    def displayName(self) -> str:
        return tr("Bring in a kind of ledger")

    def shortHelpString(self) -> str:
        return tr("Brings an office's own kind of ledger (fields, states, moves, terms, lists, columns as JSON; see "
                  "docs/matters.md) into the "
                  "register, where it stays with its digest. A kind of the id of a shipped one replaces it in this "
                  "register; matters that are "
                  "there keep what they say. A wrong pack is refused with line, place and reason; the same pack again "
                  "changes nothing.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(QgsProcessingParameterFile("PACK", tr("Pack of the kind"), extension="json"))
        self.addParameter(by_parameter())
        self.addOutput(QgsProcessingOutputString("KIND", tr("Id of the kind")))
        self.addOutput(QgsProcessingOutputString("DIGEST", tr("Digest of the pack")))
        self.addOutput(QgsProcessingOutputString("GROUP", tr("Action, to undo by")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        path = Path(self.text(parameters, "PACK", context))
        content = pack_content(path)
        with self.open_register(parameters, context) as register:
            recorded = import_kind(register, content, path.name, by=self.acting_as(parameters, context))
        progress.show(1.0)
        kind = parse(content, path.name)
        return {"KIND": kind.id, "DIGEST": kind.digest, "GROUP": recorded.group}


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


class MatterList(RegisterAlgorithm):
    """REGISTER, KIND, LIST, DAY, OUTPUT → ROWS."""

    NAME = "matter_list"

    def displayName(self) -> str:
        return tr("Work list of a ledger")

    def shortHelpString(self) -> str:
        return tr("The matters of a ledger that are on one of its lists on a day: overdue, due, incomplete, "
                  "unsettled, all, or a list of the "
                  "kind's own. Each row says where the matter stands, what is due when and on what ground, what the "
                  "machine finds, and every "
                  "value that is not private; areas in m² and mu, money in yuan. Names of people are never in it.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(QgsProcessingParameterString("KIND", tr("Ledger (id of its kind)")))
        self.addParameter(QgsProcessingParameterString("LIST", tr("List"), defaultValue="unsettled"))
        self.addParameter(DayParameter("DAY", tr("Day (empty: today)"), optional=True))
        self.addParameter(QgsProcessingParameterFeatureSink("OUTPUT", tr("Work list"),
                                                            QgsProcessing.SourceType.TypeVector))
        self.addOutput(QgsProcessingOutputNumber("ROWS", tr("Rows")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        asked = day_text(parameters.get("DAY"))
        day = date.fromisoformat(asked) if asked else date.today()
        with self.open_register(parameters, context) as register:
            kind = kind_named(register, self.text(parameters, "KIND", context))
            chosen, rows = list_rows(register, kind, self.text(parameters, "LIST", context) or "unsettled", day)
            names, people = place_names(register), known_persons(register)
        fields = list_fields(kind, chosen, names, user_locale(), people)
        progress.step(0.8)
        output = write_table(self, parameters, context, "OUTPUT", [(one.name, one.kind, one.label) for one in fields],
                             rows_of(fields, rows), user_locale())
        return {"OUTPUT": output, "ROWS": len(rows)}


class MatterTable(RegisterAlgorithm):
    """REGISTER, KIND, KNOWN_AT, EFFECTIVE_ON, SINCE, FIELD, COUNTY, OUTPUT → ROWS."""

    NAME = "matter_table"

    def displayName(self) -> str:
        return tr("Township table of a ledger")

    def shortHelpString(self) -> str:
        return tr("One row for each township, and one for the county where that is chosen: the columns of the "
                  "ledger's kind, each rate with its "
                  "numerator and denominator. Fields that end in _PC are per cent and NULL where nothing can be "
                  "divided; _T is the text as it "
                  "is printed; _M2 and _MU are areas, _Y is yuan. The figures are those known at a moment and "
                  "effective on a day; what happened "
                  "in the period counts from SINCE, by default 1 January of that year. With FIELD, a field of codes such as the working "
                  "group, there is a row for each code instead of each township.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(QgsProcessingParameterString("KIND", tr("Ledger (id of its kind)")))
        add_clock_parameters(self)
        self.addParameter(advanced(DayParameter("SINCE", tr("First day of the period (empty: 1 January)"),
                                                optional=True)))
        self.addParameter(advanced(QgsProcessingParameterString("FIELD", tr("Field of codes (empty: by township)"), optional=True)))
        self.addParameter(QgsProcessingParameterBoolean("COUNTY", tr("A row for the county as well"),
                                                        defaultValue=False))
        self.addParameter(QgsProcessingParameterFeatureSink("OUTPUT", tr("Township table"),
                                                            QgsProcessing.SourceType.TypeVector))
        self.addOutput(QgsProcessingOutputNumber("ROWS", tr("Rows")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        progress.step(0.0, message("Counting"))
        with self.open_register(parameters, context) as register:
            kind = kind_named(register, self.text(parameters, "KIND", context))
            figures = matter_figures(register, kind, moment_text(parameters.get("KNOWN_AT")),
                                     day_text(parameters.get("EFFECTIVE_ON")),
                                     day_text(parameters.get("SINCE")), self.text(parameters, "FIELD", context).strip())
        rows = figures.rows if self.parameterAsBool(parameters, "COUNTY", context) else figures.rows[:-1]
        fields = table_fields(kind, figures)
        output = write_table(self, parameters, context, "OUTPUT", [(one.name, one.kind, one.label) for one in fields],
                             rows_of(fields, rows), user_locale())
        return {"OUTPUT": output, "ROWS": len(rows)}


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


PROGRESS_FIELDS: Tuple[TableField, ...] = (
    ("DAY", "date", Label("日期", "Day")), ("COL", "text", Label("栏目", "Column")), ("NAME", "text", Label("指标", "Rate")),
    ("PC", "real", Label("百分比", "Per cent")), ("TXT", "text", Label("数值（分子/分母）", "As printed (parts)")))


class LedgerProgress(RegisterAlgorithm):
    """REGISTER, KIND, DAY, OUTPUT, REPORT → POINTS, REACHED, LATE."""

    NAME = "ledger_progress"

    def displayName(self) -> str:
        return tr("Progress of a ledger against its milestones")

    def shortHelpString(self) -> str:
        return tr("The rates that the milestones of a ledger's pack look at, month by month, each with numerator and denominator; and of "
                  "each milestone how far it had come on its day, since when it is reached, and by how many days early or late.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(QgsProcessingParameterString("KIND", tr("Ledger (id of its kind)"), "park_land"))
        self.addParameter(advanced(DayParameter("DAY", tr("As of (empty: today)"), optional=True)))
        self.addParameter(QgsProcessingParameterFeatureSink("OUTPUT", tr("Curve"), QgsProcessing.SourceType.TypeVector))
        self.addParameter(report_parameter())
        for name, text in (("POINTS", tr("Points of the curve")), ("REACHED", tr("Milestones reached")), ("LATE", tr("Milestones missed"))):
            self.addOutput(QgsProcessingOutputNumber(name, text))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        progress.step(0.0, message("Counting"))
        with self.open_register(parameters, context) as register:
            kind = kind_named(register, self.text(parameters, "KIND", context))
            found = progressed(register, kind, day_text(parameters.get("DAY")))
            county = register.meta["county_name"]
        output = write_table(self, parameters, context, "OUTPUT", PROGRESS_FIELDS, point_rows(found), user_locale())
        report = self.give_report(parameters, context, feedback, progress_page(county, found))
        late = sum(not one.is_reached and one.milestone.on < found.day for one in found.milestones)
        return {"OUTPUT": output, "POINTS": len(found.points), "REACHED": sum(one.is_reached for one in found.milestones), "LATE": late,
                **report}


RED_LINE_FIELDS: Tuple[TableField, ...] = (
    ("TZBH", "text", Label("台账编号", "Number")), ("XZDM", "text", Label("乡镇代码", "Township code")),
    ("MJ_M2", "real", Label("图形面积（m²）", "Outline (m²)")), ("HXN_M2", "real", Label("红线内（m²）", "Inside (m²)")),
    ("HXW_M2", "real", Label("红线外（m²）", "Outside (m²)")), ("YDJ_M2", "real", Label("原登记（m²）", "Recorded before (m²)")),
    ("JG", "text", Label("结果", "Outcome")), ("SM", "text", Label("说明", "Why")))


class MeasureRedLine(RegisterAlgorithm):
    """REGISTER, KIND, INPUT, NAME, APPLY, DAY, BY, OUTPUT, REPORT → MEASURED, OUTSIDE, TAKEN, KNOWN, REFUSED, GROUP."""

    NAME = "measure_red_line"

    def displayName(self) -> str:
        return tr("Measure a ledger against its red line")

    def shortHelpString(self) -> str:
        return tr("How much of each open matter of a ledger lies outside the red line of a layer, measured as evidence is: "
                  "ground that the layer covers twice counts once. With “record” the areas become acts of the matters, as one "
                  "action, each naming the layer and its fingerprint; the same layer again records nothing. A matter without an "
                  "outline cannot be told, and says so.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(QgsProcessingParameterString("KIND", tr("Ledger (id of its kind)"), "park_land"))
        self.addParameter(QgsProcessingParameterString("INPUT", tr("Layer of the red line (file)")))
        self.addParameter(advanced(QgsProcessingParameterString("NAME", tr("Name of the layer (empty: of the file)"), optional=True)))
        self.addParameter(QgsProcessingParameterBoolean("APPLY", tr("Record what was measured"), False))
        self.addParameter(advanced(DayParameter("DAY", tr("As of (empty: today)"), optional=True)))
        self.addParameter(by_parameter())
        tables = QgsProcessing.SourceType.TypeVector
        self.addParameter(QgsProcessingParameterFeatureSink("OUTPUT", tr("Matter by matter"), tables, None, True))
        self.addParameter(report_parameter())
        for name, text in (("MEASURED", tr("Matters measured")), ("OUTSIDE", tr("Matters with land outside")), ("TAKEN", tr("Taken")),
                           ("KNOWN", tr("Known already")), ("REFUSED", tr("Refused"))):
            self.addOutput(QgsProcessingOutputNumber(name, text))
        self.addOutput(QgsProcessingOutputString("GROUP", tr("Action, to undo by")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        asked = day_text(parameters.get("DAY"))
        day = date.fromisoformat(asked) if asked else date.today()
        with self.open_register(parameters, context) as register:
            kind = kind_named(register, self.text(parameters, "KIND", context))
            found = measure_outside(register, kind, self.text(parameters, "INPUT", context), on=day,
                                    name=self.text(parameters, "NAME", context), progress=progress)
            if self.parameterAsBool(parameters, "APPLY", context):
                found = record_outside(register, found, on=day, by=self.acting_as(parameters, context))
        warn_of(feedback, [message("{number}: {reason}", number=row.matter.number, reason=row.reason) for row in found.of(REFUSED)
                           if row.reason is not None])
        output, lines = {}, [_line(row) for row in found.rows]
        if parameters.get("OUTPUT") not in (None, ""):
            output = {"OUTPUT": write_table(self, parameters, context, "OUTPUT", RED_LINE_FIELDS, lines, user_locale())}
        recorded = message("{n} matters were recorded (action {group}).", n=len(found.of(TAKEN)), group=found.recorded.group) \
            if found.recorded else None
        report = self.give_report(parameters, context, feedback, _page(found), recorded)
        measured = [row for row in found.rows if row.outside_m2 is not None]
        return {**output, "MEASURED": len(measured), "OUTSIDE": sum((row.outside_m2 or 0) > 0 for row in measured),
                "TAKEN": len(found.of(TAKEN)), "KNOWN": len(found.of(KNOWN)), "REFUSED": len(found.of(REFUSED)),
                "GROUP": found.recorded.group if found.recorded else "", **report}


def _words() -> Dict[str, str]:
    return {TAKEN: tr("taken"), KNOWN: tr("recorded before"), REFUSED: tr("refused")}


def _line(row: Outside) -> Dict[str, Any]:
    return {"TZBH": row.matter.number, "XZDM": row.matter.township, "MJ_M2": row.area_m2, "HXN_M2": row.inside_m2,
            "HXW_M2": row.outside_m2, "YDJ_M2": row.said_m2, "JG": _words()[row.status], "SM": say(row.reason) if row.reason else None}


def _page(found: Measurement) -> str:
    heads = [tr("Number"), tr("Outline (mu)"), tr("Inside (mu)"), tr("Outside (mu)"), tr("Outcome"), tr("Why not")]
    rows: List[List[str]] = []
    for row in found.rows:
        areas = ["—" if area is None else mu_text(area) for area in (row.area_m2, row.inside_m2, row.outside_m2)]
        rows.append([row.matter.number, *areas, _words()[row.status], say(row.reason) if row.reason else ""])
    return html.page(tr("{ledger}: outside the red line", ledger=say(found.kind.name)), [
        html.facts([(tr("Layer and fingerprint"), found.layer), (tr("Area method"), found.method)]),
        html.table(heads, rows, cells=("", "n", "n", "n"))])
