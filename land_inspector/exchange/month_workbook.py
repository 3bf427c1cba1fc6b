"""The month's workbook: the official tables by township, the lists behind them, and columns that may be edited and taken back.

Wide tables are broken by theme over sheets, each with the township beside it, so that A4 landscape stays readable. The list of illegal
parcels carries a hidden column: which parcel a row is, and what its editable cells said (:mod:`.workbook_return` reads it).
"""
from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

import pandas as pd
from openpyxl import Workbook

from ..errors import message
from ..i18n import say, tr
from ..law.areas import UNITS_PER_M2, UNITS_PER_MU
from ..law.case import STATES
from ..law.indicators import contributions, verified_set
from ..law.rulepack import Label
from ..law.townships import (
    CASE_COLUMNS,
    CLOSING_COLUMNS,
    RATIO_COLUMNS,
    RECTIFICATION_COLUMNS,
    REMEDY_COLUMNS,
    VERDICT_COLUMNS,
    Column,
    TownshipRow,
    exact_value,
)
from ..progress import Progress
from ..register.figures import Scope, headline
from ..register.register import Register
from ..register.tables import ALL_FIELDS
from ..values import plain
from .atomic_files import one_given_out
from .formats.xlsx import COUNT, DAY, M2, MU, PERCENT, TEXT, SheetColumn, SheetTable, add_table
from .ledger_sheets import ledger_sheet, ledgers_there
from .standard_parcels import given_parcels
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
    parcels = given_parcels(figures.reading.parcels, figures.reading.names, with_users)
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
