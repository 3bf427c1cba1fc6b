"""The month's workbook, given out and taken back: the official tables by township, the lists behind them, and columns that may be
edited meanwhile.

Wide tables are broken by theme over sheets, each with the township beside it, so that A4 landscape stays readable. The list of illegal
parcels carries a hidden column: which parcel a row is, and what its editable cells said.
"""
from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

import pandas as pd
from openpyxl import Workbook

from ..errors import InputError, Message, message
from ..i18n import say, tr
from ..law.areas import UNITS_PER_M2, UNITS_PER_MU
from ..law.case import STATES
from ..law.indicators import contributions, verified_set
from ..law.rulepack import Label
from ..law.townships import (
    CASE_COLUMNS, CLOSING_COLUMNS, Column, RATIO_COLUMNS, RECTIFICATION_COLUMNS, REMEDY_COLUMNS, TownshipRow,
    VERDICT_COLUMNS, exact_value,
)
from ..progress import Progress
from ..register.figures import Scope, headline
from ..register.judging import Entry, give_verdicts
from ..register.register import Register
from ..register.tables import ALL_FIELDS, VERDICT
from ..values import plain
from .atomic_files import one_given_out
from .formats.tables import read_tables
from .formats.xlsx import COUNT, DAY, M2, MU, PERCENT, SheetColumn, SheetTable, TEXT, add_table
from .ledger_sheets import ledger_sheet, ledgers_there
from .township_figures import Figures, count, local_time, read_register, terms_of


#: What may be edited in the list of illegal parcels, with the kind of its cells.
EDITABLE: Mapping[str, str] = {"XMMC": TEXT, "YDDW": TEXT, "SJYT": TEXT, "WFMJ": MU, "WFGD": MU, "WFJBNT": MU, "JSSJ": DAY, "ZDDX": COUNT,
                               "PDSM": TEXT}
MARK = '{"li":'
PARCEL = Label("地块", "Parcel")
_NAMED = ("code", "name")
_MANNERS = {"demolished": message("demolished"), "approved": message("by late approval"), "combined": message("both"),
            "other": message("otherwise")}


def write_month_workbook(register: Register, path: Path, scope: Scope, language: str, *, with_users: bool = False, list_each: bool = False,
                         with_m2: bool = False, progress: Optional[Progress] = None) -> Figures:
    """Write the workbook of a scope to ``path`` (.xlsx), replacing an older one once it is whole; the figures that it holds.

    Raises InputError where it cannot be written or the register holds no batch.
    """
    progress = progress or Progress()
    figures = count(read_register(register, scope, progress.part(0.0, 0.5)), language)
    with one_given_out(Path(path)) as draft:
        progress.step(0.5, message("Writing the workbook"))
        ledgers = ledgers_there(register, scope.known_at, scope.effective_on)
        month_workbook(figures, with_users, list_each, with_m2, [ledger_sheet(one, language) for one in ledgers]).save(draft)
        progress.step(0.9)
    progress.show(1.0)
    return figures


def month_workbook(figures: Figures, with_users: bool = False, list_each: bool = False, with_m2: bool = False,
                   ledgers: Sequence[SheetTable] = ()) -> Workbook:
    """All sheets, in the order in which a leader reads them; ``ledgers`` are those that the office keeps."""
    book = Workbook()
    book.remove(book.active)
    lists = _illegal_lists(figures, with_users, list_each)
    for table in [*_themes(figures, with_m2), _patches_by_township(figures), _illegal_by_township(figures), *lists, *_cases(figures),
                  *ledgers, _checks(figures), _notes(figures, with_users)]:
        add_table(book, table)
    return book


def _under(figures: Figures, unit: bool = True) -> str:
    reading = figures.reading
    said = tr("{scope} · known at {known} · effective on {day} · seal {seal}", scope=say(headline(reading.frames)),
              known=local_time(reading.known_at), day=reading.effective_on, seal=reading.seal or "—")
    return f"{tr('Unit: mu')} · {said}" if unit else said


# --- the township table by themes -----------------------------------------------------------------------------------------


def _themes(figures: Figures, with_m2: bool) -> List[SheetTable]:
    """The columns of domain.md §10, broken by theme."""
    closing = {column.key: column for column in CLOSING_COLUMNS}
    issued = [column for column in VERDICT_COLUMNS[2:] if not column.key.startswith(("illegal", "construction"))]
    illegal = [column for column in VERDICT_COLUMNS[2:] if column not in issued]
    gross = [column for column in RATIO_COLUMNS if column.key[:2] in ("r2", "r4")]
    others = [column for column in RATIO_COLUMNS if column not in gross]
    themes = ((tr("Issued and verified"), issued), (tr("Illegal and new construction"), illegal),
              (tr("Ratios of cultivated land"), [*gross, closing["rank"], closing["alarms"]]), (tr("Ratios of area"), others),
              (tr("Rectification"), RECTIFICATION_COLUMNS), (tr("Cases by township"), CASE_COLUMNS),
              (tr("Penalties and patrols"), [*REMEDY_COLUMNS, closing["patrols"], closing["patrols_reached"]]))
    return [_theme(figures, name, columns, with_m2) for name, columns in themes]


def _theme(figures: Figures, name: str, columns: Sequence[Column], with_m2: bool) -> SheetTable:
    chosen = [*VERDICT_COLUMNS[:2], *columns]
    heads: List[SheetColumn] = []
    for column in chosen:
        heads.append(SheetColumn(column.label.text(figures.language), column.kind))
        if with_m2 and column.kind == MU:
            heads.append(SheetColumn(column.label.text(figures.language).replace("亩", "m²").replace("mu", "m²"), M2))
    lines = [_theme_row(row, figures, chosen, with_m2) for row in [*figures.rows, figures.total]]
    decimals = {(at, place): length for at, line in enumerate(lines) for place, (_value, length) in enumerate(line) if length > 2}
    rows = [[value for value, _length in line] for line in lines]
    title = tr("{county}: {table}", county=figures.reading.meta["county_name"], table=name)
    return SheetTable(name, title, _under(figures), heads, rows[:-1], rows[-1], decimals=decimals)


def _theme_row(row: TownshipRow, figures: Figures, columns: Sequence[Column], with_m2: bool) -> List[Tuple[Any, int]]:
    shown, found = figures.shown(row), []
    for column in columns:
        value = exact_value(row, column)
        text = shown.get(column.key, "")
        decimals = len(text.partition(".")[2]) if column.kind == PERCENT else 2
        found.append((text if value is None else value, decimals))
        if with_m2 and column.kind == MU:
            found.append((None if value is None else float(value) * UNITS_PER_MU / UNITS_PER_M2, 2))
    return found


# --- the two official statistics ------------------------------------------------------------------------------------------


def _mu(row: TownshipRow, key: str) -> float:
    return row.figures.get(key, 0) / UNITS_PER_MU


def _patches_by_township(figures: Figures) -> SheetTable:
    """遥感图斑逐县统计, by township: sorted by illegal cultivated land."""
    groups = [(tr("Issued"), ("patches", "issued_units", "issued_cultivated_units")),
              (tr("Verified"), ("parcels", "construction_units", "construction_cultivated_units")),
              (tr("Illegal, not for grain"), ("illegal", "illegal_units", "illegal_cultivated_units", "illegal_farmland_units"))]
    names = (tr("Count"), tr("Area"), tr("Cultivated"), tr("Permanent farmland"))
    heads = [SheetColumn(tr("Township"))]
    heads += [SheetColumn(names[at], COUNT if at == 0 else MU, group) for group, keys in groups for at in range(len(keys))]

    def line(row: TownshipRow) -> List[Any]:
        return [figures.shown(row)["name"], *(row.figures.get(key, 0) if at == 0 else _mu(row, key)
                                              for _group, keys in groups for at, key in enumerate(keys))]

    ordered = sorted(figures.rows, key=lambda row: -row.figures.get("illegal_cultivated_units", 0))
    title = tr("{county}: patches by township", county=figures.reading.meta["county_name"])
    return SheetTable(tr("Patches by township"), title, _under(figures), heads, [line(row) for row in ordered], line(figures.total), 1)


def _illegal_by_township(figures: Figures) -> SheetTable:
    """违法线索统计表: all, rectified, by demolition, by approval, both, otherwise, open; four checks, red where they are not zero."""
    parcels = _illegal(figures)
    parts = [(tr("All tasks"), lambda one: True), (tr("Rectified"), lambda one: one["rectified"]),
             *((say(text).capitalize(), lambda one, key=key: one["rectified"] and one["manner"] == key) for key, text in _MANNERS.items()),
             (tr("Open"), lambda one: not one["rectified"])]
    heads = [SheetColumn(tr("Township"))]
    for name, _chosen in parts:
        heads += [SheetColumn(tr("Count"), COUNT, name), SheetColumn(tr("Area"), MU, name), SheetColumn(tr("Cultivated"), MU, name)]
    heads += [SheetColumn(name, COUNT if at in (0, 3) else MU, tr("Checks"), flag=True) for at, name in enumerate(
        (tr("Count"), tr("Area"), tr("Cultivated"), tr("Manner")))]
    keyed: Dict[str, List[Mapping[str, Any]]] = {}
    for one in parcels:
        keyed.setdefault(one["key"], []).append(one)

    def line(name: str, rows: Sequence[Mapping[str, Any]]) -> List[Any]:
        sums = [[sum(1 for one in rows if chosen(one)), sum(one["area"] for one in rows if chosen(one)),
                 sum(one["cultivated"] for one in rows if chosen(one))] for _name, chosen in parts]
        gaps = [sums[0][at] - sums[1][at] - sums[-1][at] for at in range(3)] + [sums[1][0] - sum(one[0] for one in sums[2:-1])]
        found = [[one[0], one[1] / UNITS_PER_MU, one[2] / UNITS_PER_MU] for one in sums]
        return [name, *(value for one in found for value in one), gaps[0], gaps[1] / UNITS_PER_MU, gaps[2] / UNITS_PER_MU, gaps[3]]

    lines = [line(figures.shown(row)["name"], keyed.get(row.code, [])) for row in figures.rows]
    ordered = sorted(lines, key=lambda one: -one[3 * len(parts)])
    title = tr("{county}: illegal clues and their rectification", county=figures.reading.meta["county_name"])
    return SheetTable(tr("Illegal clues"), title, _under(figures), heads, ordered, line(tr("Total"), parcels), 1)


def _illegal(figures: Figures) -> List[Dict[str, Any]]:
    """Illegal parcels of the verified set with exact areas, and whether and how they are rectified."""
    rows = []
    for row in _shares(figures).to_dict("records"):
        if row["illegal"]:
            manner = next((name for name in _MANNERS if row.get(f"manner_{name}")), "")
            rows.append({"key": row["XZDM"] or "", "area": int(row["illegal_units"]), "cultivated": int(row["illegal_cultivated_units"]),
                         "rectified": bool(row.get("rectified")), "manner": manner, "parcel_id": row["parcel_id"]})
    return rows


def _shares(figures: Figures) -> pd.DataFrame:
    found = figures.reading.frames
    verified = verified_set(found.parcels)
    places = verified[["parcel_id", "XZDM"]].astype(object).where(verified[["parcel_id", "XZDM"]].notna(), None)
    return pd.concat([places, contributions(verified, found.pack, found.remedies)], axis=1)


# --- lists ------------------------------------------------------------------------------------------------------------------


def _illegal_lists(figures: Figures, with_users: bool, each: bool) -> List[SheetTable]:
    """非农违法图斑清单: by township, the most cultivated land first; one sheet, or one a township."""
    parcels = figures.reading.given(with_users)
    raw = figures.reading.parcels.set_index("parcel_id")
    done = {one["parcel_id"]: one for one in _illegal(figures)}
    chosen = parcels[parcels["PDJL1"].eq("2") & parcels["TBZT"].isin(("0", "2"))]
    chosen = chosen.assign(order=pd.to_numeric(chosen["WFGD"], errors="coerce").fillna(0.0)).sort_values(
        ["XZDM", "order"], ascending=[True, False], na_position="last")
    names = {row.code: figures.shown(row)["name"] for row in figures.rows}
    groups = [("", chosen)] if not each else [(code, part) for code, part in chosen.groupby(chosen["XZDM"].fillna(""), sort=False)]
    columns = _list_columns(figures.language, with_users)
    return [_illegal_list(figures, names.get(code, ""), part, raw, done, columns) for code, part in groups]


def _list_columns(language: str, with_users: bool) -> List[Tuple[str, SheetColumn]]:
    """Field and column; the last one is hidden."""
    edited = [name for name in EDITABLE if with_users or name != "YDDW"]
    fixed = [("no", SheetColumn(tr("No."), COUNT)), ("XZMC", SheetColumn(tr("Township"))), ("PCBH", SheetColumn(tr("Batch"))),
             ("DKBH", SheetColumn(PARCEL.text(language)))]
    own = [(name, SheetColumn(_heading_of(name, language), EDITABLE[name])) for name in edited]
    return [*fixed, *own, ("rectified", SheetColumn(tr("Rectified"))), ("manner", SheetColumn(tr("How"))),
            ("mark", SheetColumn(tr("Kept for taking back"), hidden=True))]


def _heading_of(name: str, language: str) -> str:
    known = ALL_FIELDS[name]
    text = known.zh if language == "zh" else known.en
    return tr("{name} (mu)", name=text) if EDITABLE[name] == MU else text


def headings(language: str) -> Dict[str, str]:
    """Editable field → its heading, as the list carries it; the parcel's number too, by which a row is known again."""
    return {"DKBH": PARCEL.text(language), **{name: _heading_of(name, language) for name in EDITABLE}}


def _illegal_list(figures: Figures, township: str, parcels: pd.DataFrame, raw: pd.DataFrame, done: Mapping[str, Mapping[str, Any]],
                  columns: Sequence[Tuple[str, SheetColumn]]) -> SheetTable:
    rows = []
    for number, row in enumerate(parcels.to_dict("records"), 1):
        state = done.get(row["parcel_id"], {})
        said = {"no": number, "rectified": tr("yes") if state.get("rectified") else tr("no"),
                "manner": say(_MANNERS[state["manner"]]) if state.get("manner") else None}
        cells = {name: cell_of(row.get(name), EDITABLE[name]) for name, _column in columns if name in EDITABLE}
        kept = {name: plain(row.get(name)) for name in cells if plain(row.get(name)) == plain(raw.at[row["parcel_id"], name])}
        mark = json.dumps({"li": figures.reading.meta["register_id"], "id": row["parcel_id"], "no": plain(row.get("DKBH")), "was": kept},
                          ensure_ascii=True, separators=(",", ":"), default=str)
        rows.append([mark if name == "mark" else said.get(name, cells.get(name, plain(row.get(name)))) for name, _column in columns])
    total = [tr("Total") if name == "no" else sum(row[at] or 0.0 for row in rows) if EDITABLE.get(name) == MU else None
             for at, (name, _column) in enumerate(columns)]
    name = township or tr("Illegal parcels")
    title = tr("{county}: illegal parcels", county=figures.reading.meta["county_name"])
    return SheetTable(name, f"{title} {township}".strip(), _under(figures), [column for _name, column in columns], rows, total, 4)


def cell_of(value: Any, kind: str) -> Any:
    """A field of a parcel as its cell shows it: m² as mu, ISO text as a day."""
    known = plain(value)
    if known is None or known == "":
        return None
    if kind == MU:
        return float(known) * 0.0015
    if kind == DAY:
        try:
            return date.fromisoformat(str(known)[:10])
        except ValueError:
            return str(known)
    return known


def _cases(figures: Figures) -> List[SheetTable]:
    """The cases of the scope: number, state and days; none where the register holds none."""
    found = figures.reading.frames
    if not found.cohort:
        return []
    numbers = dict(zip(found.parcels["parcel_id"], found.parcels["DKBH"]))
    towns = dict(zip(found.parcels["parcel_id"], found.parcels["XZMC"]))
    heads = [SheetColumn(tr("No."), COUNT), SheetColumn(tr("Township")), SheetColumn(tr("Case")), SheetColumn(tr("Parcels")),
             SheetColumn(tr("Stage")), SheetColumn(tr("Filed on"), DAY), SheetColumn(tr("Decided on"), DAY),
             SheetColumn(tr("Served on"), DAY), SheetColumn(tr("Closed on"), DAY)]
    rows = []
    for number, case in enumerate(sorted(found.cohort, key=lambda one: (one.since, one.id)), 1):
        filed = case.last("file")
        rows.append([number, plain(towns.get(case.parcels[0])) if case.parcels else None,
                     str(filed.particulars.get("number") or "") if filed else "",
                     ", ".join(str(numbers.get(parcel, "")) for parcel in case.parcels if parcel in numbers),
                     say(STATES[case.state].label), case.filed_on, case.last_on("decide"), case.served_on, case.last_on("close")])
    title = tr("{county}: cases", county=figures.reading.meta["county_name"])
    return [SheetTable(tr("Cases"), title, _under(figures, False), heads, rows, None, 3)]


# --- checks and notes -------------------------------------------------------------------------------------------------------


def _checks(figures: Figures) -> SheetTable:
    """R42 and R43 by township, with what is not judged or measured yet."""
    heads = [SheetColumn(tr("Township")), SheetColumn(tr("Check 1 (R42)")), SheetColumn(tr("Check 2 (R43)")),
             SheetColumn(tr("Not judged yet"), COUNT, flag=True), SheetColumn(tr("Areas that nobody measured"), COUNT, flag=True)]
    rows = [[figures.shown(row)["name"], figures.shown(row)["check1"], figures.shown(row)["check2"], row.figures.get("undecided", 0),
             row.unmeasured] for row in [*figures.rows, figures.total]]
    title = tr("{county}: checks", county=figures.reading.meta["county_name"])
    return SheetTable(tr("Checks"), title, _under(figures, False), heads, rows[:-1], rows[-1], 1)


def _notes(figures: Figures, with_users: bool) -> SheetTable:
    terms = [[name, text] for name, text in terms_of(figures, with_users)]
    heads = [SheetColumn(tr("Term")), SheetColumn(tr("Its content"))]
    return SheetTable(tr("Notes"), tr("Terms of these figures"), _under(figures, False), heads, terms, None, 1)


# A month's workbook that comes back edited: what changed, what somebody else changed meanwhile, and what can be recorded.
#
# Each row of the list of illegal parcels says in its hidden cell which parcel it is and what its cells said when it was given out. A cell
# that still says so was not edited, wherever the row was moved to; one that says what the register says already needs nothing.

TAKE, KNOWN, CONFLICT, REFUSED = "take", "known", "conflict", "refused"
_HALF_CENT_MU = 0.00005


@dataclass(frozen=True)
class Edit:
    """One edited cell: what it said when it was given out, what it says now, what the register says; ``status`` what comes of it."""

    row: int
    parcel: str
    number: str
    name: str
    was: Any
    now: Any
    register: Any
    status: str
    reason: Optional[Message] = None


@dataclass
class Returned:
    """What a workbook brought back: ``rows`` of the list, and every edited cell."""

    file: str
    rows: int
    edits: List[Edit] = field(default_factory=list)
    groups: List[str] = field(default_factory=list)

    def of(self, status: str) -> List[Edit]:
        """The edited cells of one status, in the order of the sheet."""
        return [edit for edit in self.edits if edit.status == status]


@dataclass(frozen=True)
class _Row:
    sheet: str
    row: int
    mark: Mapping[str, Any]
    cells: Mapping[str, Any]


def review_workbook(register: Register, path: Path) -> Returned:
    """Every edited cell of a workbook, with what would come of it; nothing is recorded.

    InputError for a file that holds no row of ours, or rows of another register.
    """
    rows = _rows_of(path)
    if not rows:
        raise InputError("{file} holds no row that this plugin gave out.", "Give the month's workbook, with its hidden column kept.",
                         file=path.name)
    foreign = next((one for one in rows if one.mark and one.mark.get("li") != register.meta["register_id"]), None)
    if foreign is not None:
        raise InputError("{file}, row {row}: it was given out from another register.", "Open the register it came from.", file=path.name,
                         row=foreign.row)
    found = Returned(path.name, len(rows))
    frame = register.storage.frame("parcel", ids=sorted({str(one.mark.get("id")) for one in rows if one.mark}))
    known = {row["parcel_id"]: row for row in frame.to_dict("records")}
    seen: Dict[str, int] = {}
    for one in rows:
        found.edits += _edits(one, known.get(str(one.mark.get("id"))), seen)
    return found


def take_back(register: Register, path: Path, by: Optional[str] = None, effective_on: Optional[str] = None) -> Returned:
    """Record what :func:`review_workbook` finds to be taken: one verdict for each parcel with edited cells, one action a batch. What
    conflicts or is refused stays out and is handed back; taken twice, the second time changes nothing."""
    found = review_workbook(register, path)
    wanted: Dict[str, List[Edit]] = {}
    for edit in found.of(TAKE):
        wanted.setdefault(edit.parcel, []).append(edit)
    frame = register.storage.frame("parcel", ids=sorted(wanted))
    batches: Dict[str, List[Tuple[str, Entry]]] = {}
    for row in frame.to_dict("records"):
        verdict = {one.name: plain(row.get(one.name)) for one in VERDICT}
        verdict.update({edit.name: edit.now for edit in wanted[row["parcel_id"]]})
        entry = Entry(row["DKBH"], verdict, wanted[row["parcel_id"]][0].row)
        batches.setdefault(row["PCBH"], []).append((row["parcel_id"], entry))
    for batch, entries in sorted(batches.items()):
        judged = give_verdicts(register, batch, [entry for _parcel, entry in entries], by=by, effective_on=effective_on)
        if judged.recorded is not None:
            found.groups.append(judged.recorded.group)
        reasons = {refusal.entry.label: refusal.reason for refusal in judged.refused}
        refused = {parcel: reasons[entry.label] for parcel, entry in entries if entry.label in reasons}
        found.edits = [Edit(**{**edit.__dict__, "status": REFUSED, "reason": refused[edit.parcel]})
                       if edit.status == TAKE and edit.parcel in refused else edit for edit in found.edits]
    return found


def _edits(one: _Row, row: Optional[Mapping[str, Any]], seen: Dict[str, int]) -> List[Edit]:
    """The edited cells of a row; a row whose parcel is unknown, cut or judged otherwise is refused as a whole."""
    said = _text(one.cells.get("DKBH") or "")
    if not one.mark:
        return [Edit(one.row, "", said, "", None, None, None, REFUSED, message(
            "The row was added by hand, or its hidden cell was lost; what it says cannot be taken back."))]
    parcel = str(one.mark.get("id"))
    number = str(row["DKBH"]) if row else said
    reason = None
    if said and _text(one.mark.get("no") or number) != said:
        reason = message("The row says parcel {number}, its hidden cell another; rows were sorted without their hidden column, or copied.",
                         number=said)
    elif row is None:
        reason = message("The register has no parcel of this row; its hidden cell was changed.")
    elif parcel in seen:
        reason = message("Row {row} is the same parcel; only one can be taken.", row=seen[parcel])
    elif plain(row.get("retired")) or plain(row.get("gone")):
        reason = message("The parcel was cut, merged or issued no more since the workbook was given out.")
    elif plain(row.get("PDJL1")) != "2":
        reason = message("The parcel is not judged illegal any more.")
    if reason is None or row is None:
        seen.setdefault(parcel, one.row)
    was = one.mark.get("was") if isinstance(one.mark.get("was"), dict) else {}
    found = []
    for name, cell in one.cells.items():
        if name in EDITABLE and (name in was or reason is not None and cell is not None):
            found += _edit(one, parcel, number, name, was.get(name), cell, row, reason)
    return found if reason is None else (found[:1] or [Edit(one.row, parcel, number, "", None, None, None, REFUSED, reason)])


def _edit(one: _Row, parcel: str, number: str, name: str, was: Any, cell: Any, row: Optional[Mapping[str, Any]],
          reason: Optional[Message]) -> List[Edit]:
    kind = EDITABLE[name]
    if reason is not None:
        return [Edit(one.row, parcel, number, name, was, cell, None, REFUSED, reason)]
    if _says(cell, was, kind):
        return []
    current = plain(row.get(name)) if row else None
    value, wrong = _value_of(cell, kind)
    if wrong is not None:
        return [Edit(one.row, parcel, number, name, was, cell, current, REFUSED, wrong)]
    if _says(cell, current, kind):
        return [Edit(one.row, parcel, number, name, was, value, current, KNOWN)]
    if current != was:
        return [Edit(one.row, parcel, number, name, was, value, current, CONFLICT,
                     message("Somebody else changed it in the register since the workbook was given out."))]
    return [Edit(one.row, parcel, number, name, was, value, current, TAKE)]


def _says(cell: Any, value: Any, kind: str) -> bool:
    """Whether a cell shows a value of the register, as any program may have saved it."""
    shown = cell_of(value, kind)
    if cell in (None, "") or shown is None:
        return (cell in (None, "")) and shown is None
    if kind in (MU, COUNT):
        try:
            return abs(float(cell) - float(shown)) < _HALF_CENT_MU
        except (TypeError, ValueError):
            return False
    return _text(cell) == _text(shown)


def _text(value: Any) -> str:
    if isinstance(value, (date, datetime)):
        return value.isoformat()[:10]
    return str(value).strip()


def _value_of(cell: Any, kind: str) -> Tuple[Any, Optional[Message]]:
    """The cell as the register keeps it: m², ISO days, text; and what is wrong with it."""
    if cell in (None, ""):
        return None, None
    if kind in (MU, COUNT):
        try:
            number = float(str(cell).replace(",", ""))
        except ValueError:
            return None, message("“{value}” is not a number.", value=str(cell)[:40])
        if not number == number or number < 0 or number == float("inf"):
            return None, message("“{value}” is not a number.", value=str(cell)[:40])
        return (round(number * 2000 / 3, 2) if kind == MU else int(number)), None
    if kind == DAY:
        try:
            return date.fromisoformat(_text(cell).replace("/", "-").replace(".", "-")).isoformat(), None
        except ValueError:
            return None, message("“{value}” is not a day.", value=str(cell)[:40])
    return _text(cell), None


# --- reading ----------------------------------------------------------------------------------------------------------------


def _rows_of(path: Path) -> List[_Row]:
    """Every row with a hidden cell of ours, on whatever sheet, with its cells by field."""
    titles = {text: name for language in ("zh", "en") for name, text in _titles(language).items()}
    found: List[_Row] = []
    for sheet in read_tables(path):
        columns: Dict[int, str] = {}
        for number, line in enumerate(sheet.rows, sheet.counts_from):
            named = {at: titles[_flat(cell)] for at, cell in enumerate(line) if isinstance(cell, str) and _flat(cell) in titles}
            if len(named) >= 2:
                columns = named
            mark = next((cell for cell in line if isinstance(cell, str) and cell.startswith(MARK)), None)
            cells = {name: line[at] if at < len(line) else None for at, name in columns.items()}
            if mark is not None:
                found.append(_Row(sheet.name, number, _mark_of(mark, path, number), cells))
            elif named != columns and cells.get("DKBH") not in (None, "") and len(cells) > 2:
                found.append(_Row(sheet.name, number, {}, cells))
    # sheets of other lists name parcels too: only where a sheet holds a row of ours is one without a mark a row that lost it
    ours = {one.sheet for one in found if one.mark}
    return [one for one in found if one.sheet in ours]


def _titles(language: str) -> Dict[str, str]:
    return {name: _flat(text) for name, text in headings(language).items()}


def _flat(text: str) -> str:
    return "".join(text.split()).replace("（", "(").replace("）", ")")


def _mark_of(text: str, path: Path, row: int) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise InputError("{file}, row {row}: the hidden cell that names the parcel was changed and cannot be read.",
                         "Take the row out, or take the workbook as it was given out.", file=path.name, row=row) from error
    return found if isinstance(found, dict) else {}


def edit_rows(returned: Returned) -> Sequence[Dict[str, Any]]:
    """The edits as rows of a table."""
    return [{"HH": edit.row, "DKBH": edit.number, "ZD": edit.name, "YZ": _shown(edit.was), "XZ": _shown(edit.now),
             "DJ": _shown(edit.register), "ZT": edit.status, "SM": edit.reason} for edit in returned.edits]


def _shown(value: Any) -> Optional[str]:
    return None if value is None else str(value)
