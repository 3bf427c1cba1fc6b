"""An export of the official system held against the register, column by column; sums held against their identities (R42, R43)."""
from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

import pandas as pd

from ..errors import InputError, Message, message
from ..law.areas import Amount, UNITS_PER_M2, as_written, mu_text, mu_to_units, to_units
from ..law.rulepack import Label
from ..law.rectification import IllegalLand, rectification_of
from ..law.remedies import APPROVAL, REMOVAL, Track, standing
from ..register.figures import Scope, township_table
from ..register.register import Register
from ..register.tables import ALL_FIELDS
from ..values import plain
from .report import listed
from .intake.mapping import BANDS, median_ratio
from .intake.sources import take_apart
from .ledger_columns import (
    AREA_UNITS, COUNT, Column, Columns, FieldSet, LABEL, LAND, TEXT, TableField, heading_rows, table_fields,
)
from .ledger_tables import sheet_lines
from .standard_parcels import child_number
from .formats.sheet import number_of, text_of


# An export of the official system held against the register, parcel by parcel and column by column (R10, R36; domain.md §8.4–8.6).
#
# A parent's figures are never compared with a child's: rows of split parents stand in the issued set only. Areas in m².

TOLERANCE_MU = 0.01
WHOLE, PARENT, CHILD = "0", "1", "2"
_STATES = {"": WHOLE, "未拆分": WHOLE, "0": WHOLE, "被拆分": PARENT, "1": PARENT, "拆分": CHILD, "子图斑": CHILD, "2": CHILD}
_REMEDY_COLUMNS = {"CCMJ": Label("拆除面积", "Demolished land"), "CCGD": Label("拆除耕地面积", "Demolished, cultivated"),
                   "BBMJ": Label("补办面积", "Approved later"), "BBGD": Label("补办耕地面积", "Approved later, cultivated"),
                   "SYMJ": Label("剩余未整改面积", "Remaining")}
COLUMNS = FieldSet(table_fields(
    ("DKBH", LABEL, "地块编号 宗地编号"), ("JCBH", LABEL, "监测编号 监察编号 监测图斑编号 图斑编号 线索编号 TBBH"), ("TBZT", TEXT, "图斑状态"),
    ("DKMJ", LAND, "地块面积"), ("GDMJ", LAND, "占耕地面积 占耕面积 耕地面积"), ("FGNYDMJ", LAND, "占非耕农用地面积 非耕农用地面积"),
    ("JSYDMJ", LAND, "建设用地面积 占建设用地面积"), ("WLYDMJ", LAND, "占未利用地面积 未利用地面积"),
    ("JBNTMJ", LAND, "占基本农田面积 占永久基本农田面积 永久基本农田面积 基本农田面积"), ("STHXMJ", LAND, "占生态红线面积 生态红线面积"),
    ("WFMJ", LAND, "非农违法面积 违法面积"), ("WFGD", LAND, "非农违法耕地面积 违法耕地面积"),
    ("WFJBNT", LAND, "非农违法永久基本农田面积 违法永农面积"), ("CCMJ", LAND, "拆除面积"), ("CCGD", LAND, "拆除耕地面积"),
    ("BBMJ", LAND, "补办面积"), ("BBGD", LAND, "补办耕地面积"), ("SYMJ", LAND, "剩余未整改面积 未整改面积")))
PARTS = ("GDMJ", "FGNYDMJ", "WLYDMJ", "JSYDMJ")


@dataclass(frozen=True)
class Disagreement:
    """One thing that does not agree. ``filled_m2`` is the table's figure, ``register_m2`` ours; ``rule`` as in domain.md §10."""

    severity: str
    rule: str
    text: Message
    parcel: str = ""
    column: str = ""
    row: Optional[int] = None
    filled_m2: Optional[float] = None
    register_m2: Optional[float] = None

    @property
    def label(self) -> Optional[Label]:
        """The column's name in both languages; None where it concerns no column that is known."""
        known = ALL_FIELDS.get(self.column)
        return _REMEDY_COLUMNS.get(self.column) or (Label(known.zh, known.en) if known else None)


@dataclass(frozen=True)
class FilledRow:
    """One parcel of the export: areas in m² by column, None where left blank."""

    row: int
    number: str
    state: Optional[str]
    areas: Mapping[str, Optional[float]]
    unreadable: Tuple[Tuple[str, str], ...] = ()


@dataclass(frozen=True)
class FilledTable:
    """A bureau's filled table; ``columns`` are its area columns, ``unit`` what they were written in (``rows`` hold
    m²)."""
    file: str
    rows: List[FilledRow]
    columns: Tuple[str, ...]
    unit: str


@dataclass
class Checked:
    """``compared`` counts figures that were held against each other."""

    table: FilledTable
    found: List[Disagreement] = field(default_factory=list)
    compared: int = 0


def check_export(register: Register, source: str, batch: str, mapping: Optional[Mapping[str, str]] = None) -> Checked:
    """Every disagreement beyond 0.01 亩 between the export and the register's batch, and what is in only one of them.

    Raises InputError for a table that names no parcels.
    """
    ours = _ours(register, batch)
    table = read_filled(source, mapping, ours)
    checked = Checked(table)
    _check_sets(table, ours, register.patches(batch), checked)
    for row in table.rows:
        _check_row(row, table.columns, ours, checked)
    return checked


# --- the table --------------------------------------------------------------------------------------------------------


def read_filled(source: str, mapping: Optional[Mapping[str, str]], ours: Mapping[str, Mapping[str, Any]]) -> FilledTable:
    """The unit is the headings' own; where none names one, it is told by the areas of parcels that both sides know (R05).

    InputError where no column names parcels."""
    target = take_apart(source, None)
    lines = sheet_lines(target.path, target.layer, COLUMNS, mapping)
    headings, used = heading_rows(lines, COLUMNS, mapping)
    columns = COLUMNS.recognised(headings, mapping, target.path.name)
    named = columns.get("DKBH") or columns.get("JCBH")
    if named is None:
        raise InputError("{file} has no column that names parcels (DKBH or JCBH); it has {fields}.", "Name one column DKBH or JCBH.",
                         file=target.path.name, fields=listed([one for one in headings or (lines or [[]])[0] if one], 60))
    body = [(number, line) for number, line in enumerate(lines[used:], used + 1) if named.at < len(line) and _number_of(line[named.at])]
    unit = _unit(columns, body, named, ours)
    rows = [_filled(number, line, columns, named, unit) for number, line in body]
    return FilledTable(target.path.name, rows, tuple(name for name, column in columns.items() if column.field.kind == LAND), unit)


def _number_of(cell: Any) -> Optional[str]:
    text = text_of(cell)
    return None if text is None or re.match(r"(合\s*计|总\s*计|小\s*计|填表|注)", text) else re.sub(r"\s", "", text)


def _unit(columns: Mapping[str, Column], body: Sequence[Tuple[int, Sequence[Any]]], named: Column,
          ours: Mapping[str, Mapping[str, Any]]) -> str:
    stated = [column.unit for column in columns.values() if column.field.kind == LAND and column.unit]
    if stated:
        return stated[0]
    column = columns.get("DKMJ") or next((one for one in columns.values() if one.field.kind == LAND), None)
    if column is None:
        return "m2"
    known = [(line, ours[number]) for _row, line in body if (number := _number_of(line[named.at])) in ours]
    filled = [_bare_number(line, column) for line, _parcel in known]
    measured = pd.to_numeric(pd.Series([parcel.get(column.field.name) for _line, parcel in known]), errors="coerce").to_numpy(float)
    ratio = median_ratio(filled, measured)
    return next((unit for unit, (low, high) in BANDS.items() if ratio is not None and low <= ratio <= high), "m2")


def _bare_number(line: Sequence[Any], column: Column) -> Optional[float]:
    """The number in a cell that does not name its unit itself."""
    try:
        number, own_unit = number_of(line[column.at] if column.at < len(line) else None)
    except ValueError:
        return None
    return None if own_unit else number


def _figure(line: Sequence[Any], column: Column, unit: str) -> Tuple[Optional[float], Optional[str]]:
    """The area in a cell in m², by the unit written in it, by the column's, else by ``unit``; and what could not be read of it."""
    cell = line[column.at] if column.at < len(line) else None
    try:
        number, own_unit = number_of(cell)
    except ValueError:
        return None, str(cell)[:40]
    return None if number is None else float(as_written(number) * AREA_UNITS[own_unit or column.unit or unit]), None


def _filled(number: int, line: Sequence[Any], columns: Mapping[str, Column], named: Column, unit: str) -> FilledRow:
    areas, wrong = {}, []
    for name, column in columns.items():
        if column.field.kind == LAND:
            areas[name], unreadable = _figure(line, column, unit)
            wrong += [(name, unreadable)] if unreadable else []
    state = None
    if "TBZT" in columns:
        at = columns["TBZT"].at
        state = _STATES.get(text_of(line[at] if at < len(line) else None) or "")
    return FilledRow(number, _number_of(line[named.at]) or "", state, areas, tuple(wrong))


# --- the register -----------------------------------------------------------------------------------------------------


def _ours(register: Register, batch: str) -> Dict[str, Dict[str, Any]]:
    """Living parcels by their own and by their official number, with what their remedies have come to."""
    state = register.storage.load_state(batches=[register.batch(batch).id])
    found: Dict[str, Dict[str, Any]] = {}
    for row in register.parcels(batch).to_dict("records"):
        parcel = {name: plain(value) for name, value in row.items()}
        parcel.update(_remedy_areas(parcel, state.tracks_of([parcel["parcel_id"]])))
        found[parcel["DKBH"]] = parcel
        if parcel["TBZT"] == CHILD:
            found[child_number(parcel["JCBH"], parcel["DKBH"])] = parcel
    return found


def _remedy_areas(parcel: Mapping[str, Any], tracks: Sequence[Track]) -> Dict[str, Optional[float]]:
    if parcel["PDJL1"] != "2":
        return dict.fromkeys(_REMEDY_COLUMNS)
    land = IllegalLand(parcel["parcel_id"], parcel["WFMJ"] if parcel["WFMJ"] is not None else parcel["DKMJ"], parcel["WFGD"] or 0.0)
    removed, approved = (_largest([track.done for track in standing(tracks) if track.kind in kinds], kinds is REMOVAL)
                         for kinds in (REMOVAL, APPROVAL))
    return {"CCMJ": removed.get("land_m2"), "CCGD": removed.get("cultivated_m2"), "BBMJ": approved.get("land_m2"),
            "BBGD": approved.get("cultivated_m2"), "SYMJ": rectification_of(land, tracks).remaining_m2}


def _largest(amounts: Iterable[Amount], same_ground: bool) -> Amount:
    """Demolished and reclaimed land is the same land; what was approved lies side by side."""
    listed_amounts = list(amounts)
    units = ("land_m2", "cultivated_m2")
    choose = max if same_ground else sum
    return Amount(**{unit: float(choose([0.0, *(amount.get(unit) for amount in listed_amounts)])) for unit in units})


# --- comparing --------------------------------------------------------------------------------------------------------


def _check_sets(table: FilledTable, ours: Mapping[str, Mapping[str, Any]], patches: pd.DataFrame, checked: Checked) -> None:
    """R36: the issued set is made of whole patches and split parents, the verified set of whole patches and children."""
    numbers = {row.number for row in table.rows}
    split = set(patches.loc[patches["TBZT"] == PARENT, "JCBH"])
    for row in table.rows:
        if row.number in split and row.state != PARENT:
            checked.found.append(Disagreement("E", "R36", message("{parcel} is split in the register, but whole in the table.",
                                                                  parcel=row.number), row.number, "TBZT", row.row))
        elif row.number not in ours and row.number not in split:
            checked.found.append(Disagreement("W", "R36", message("The register has no parcel {parcel}.", parcel=row.number), row.number,
                                              row=row.row))
    listed_parcels = {id(ours[number]) for number in numbers if number in ours}
    for number, parcel in ours.items():
        if id(parcel) not in listed_parcels and number == parcel["DKBH"]:
            checked.found.append(Disagreement("W", "R36", message("The table lacks parcel {parcel}.", parcel=number), number))
    if any(row.state is not None for row in table.rows):
        _check_counts(table, ours, patches, checked)


def _check_counts(table: FilledTable, ours: Mapping[str, Mapping[str, Any]], patches: pd.DataFrame, checked: Checked) -> None:
    issued = sum(row.state in (WHOLE, PARENT) for row in table.rows)
    verified = sum(row.state in (WHOLE, CHILD) for row in table.rows)
    living = len({parcel["parcel_id"] for parcel in ours.values()})
    if issued != len(patches):
        checked.found.append(Disagreement("E", "R36", message("Issued set: {n} in the table, {m} in the register.", n=issued,
                                                              m=len(patches))))
    if verified != living:
        checked.found.append(Disagreement("E", "R36", message("Verified set: {n} in the table, {m} in the register.", n=verified,
                                                              m=living)))


def _check_row(row: FilledRow, columns: Sequence[str], ours: Mapping[str, Mapping[str, Any]], checked: Checked) -> None:
    for name, value in row.unreadable:
        checked.found.append(Disagreement("W", "R10", message("“{value}” is not a number.", value=value), row.number, name, row.row))
    if row.state == PARENT or row.number not in ours:
        return
    checked.found += _parts_gap(row)
    for name in columns:
        if name not in {wrong for wrong, _value in row.unreadable}:
            checked.compared += 1
            checked.found += _compare(row, name, ours[row.number].get(name))


def _compare(row: FilledRow, name: str, register_m2: Optional[float]) -> List[Disagreement]:
    filled = row.areas.get(name)
    if register_m2 is None and filled and name not in _REMEDY_COLUMNS:
        text = message("{filled} mu in the table; nothing is measured in the register.", filled=mu_text(filled))
    elif beyond(filled or 0.0, register_m2 or 0.0):
        text = message("{filled} mu in the table, {register} mu in the register.", filled=mu_text(filled or 0.0, 4),
                       register=mu_text(register_m2 or 0.0, 4))
    else:
        return []
    return [Disagreement("W", "R10", text, row.number, name, row.row, filled, register_m2)]


def beyond(one_m2: float, other_m2: float) -> bool:
    """Exactly: 0.01 亩 is still in order."""
    return abs(to_units(one_m2) - to_units(other_m2)) > mu_to_units(TOLERANCE_MU)


def _parts_gap(row: FilledRow) -> List[Disagreement]:
    """R09 and R42 on the table's own figures: the parts make the parcel, and what is illegal is rectified or remains."""
    found = []
    for whole, parts, rule, text in (
            ("DKMJ", PARTS, "R09", message("The four kinds of land do not make up the parcel.")),
            ("WFMJ", ("CCMJ", "BBMJ", "SYMJ"), "R42", message("Demolished, approved and remaining land do not make up the illegal area."))):
        known = [row.areas.get(name) for name in (whole, *parts)]
        if row.areas.get(whole) is None or any(name not in row.areas for name in parts) or all(value is None for value in known[1:]):
            continue
        total = sum(value or 0.0 for value in known[1:])
        if beyond(known[0] or 0.0, total):
            found.append(Disagreement("E", rule, text, row.number, whole, row.row, known[0], total))
    return found


# The identities R42 and R43 on summary tables (违法线索统计表) and on the register's own township table.
#
# R42: all = rectified + open, by count, area and cultivated land. R43: rectified = demolished + approved + both + otherwise, by count.

_GROUPS = {"ZRW": "总任务 总数 违法 总", "YZG": "已整改", "WZG": "未整改", "CC": "拆除", "BB": "补办", "ZH": "组合 拆除补办", "QT": "其他 其他方式"}
_MEASURES = {"": ("个数 数 宗数 数量", COUNT), "M": ("面积", LAND), "G": ("耕地面积 耕地 其中耕地", LAND)}
_MANNERS = ("CC", "BB", "ZH", "QT")
_WORDS = {"": message("count"), "M": message("area"), "G": message("cultivated land")}


def _fields() -> Tuple[TableField, ...]:
    found = [TableField("MC", TEXT, ("MC", "县", "县名称", "县区", "乡镇", "乡镇名称", "单位", "名称", "行政区"))]
    for group, names in _GROUPS.items():
        for tail, (measures, kind) in _MEASURES.items():
            found.append(TableField(group + tail, kind, tuple(name + measure for name in names.split() for measure in measures.split())))
    return tuple(found)


SUMMARY = FieldSet(_fields())


def check_summary(source: str) -> List[Disagreement]:
    """Rows of a summary table whose own figures do not add up; nothing where it has no such columns."""
    target = take_apart(source, None)
    lines = sheet_lines(target.path, target.layer, SUMMARY)
    headings, used = heading_rows(lines, SUMMARY)
    columns = SUMMARY.recognised(headings)
    if not {"ZRW", "YZG", "WZG"} & set(columns) or len(columns) < 3:
        return []
    found: List[Disagreement] = []
    for number, line in enumerate(lines[used:], used + 1):
        figures = _figures(line, columns)
        name = _name(line, columns)
        found += [*_all_in_all(number, name, figures), *_by_manner(number, name, figures)]
    return found


def _name(line: Sequence[Any], columns: Columns) -> str:
    at = columns["MC"].at if "MC" in columns else 0
    return text_of(line[at]) or "" if at < len(line) else ""


def _figures(line: Sequence[Any], columns: Columns) -> Dict[str, float]:
    """Counts as they are, areas in m² (亩 where no heading names a unit); cells without a number are left out."""
    found: Dict[str, float] = {}
    stated = next((column.unit for column in columns.values() if column.unit in AREA_UNITS), "mu")
    for name, column in columns.items():
        value = _number(line[column.at]) if column.field.kind != TEXT and column.at < len(line) else None
        if value is not None:
            found[name] = value if column.field.kind == COUNT else float(as_written(value) * AREA_UNITS[column.unit or stated or "mu"])
    return found


def _number(cell: Any) -> Optional[float]:
    try:
        return number_of(cell)[0]
    except ValueError:
        return None


def _all_in_all(number: int, name: str, figures: Mapping[str, float]) -> List[Disagreement]:
    found = []
    for tail, words in _WORDS.items():
        whole, done, still = (figures.get(group + tail) for group in ("ZRW", "YZG", "WZG"))
        if whole is None or done is None or still is None:
            continue
        if beyond(whole, done + still) if tail else whole != done + still:
            text = message("{name}, {what}: rectified and open do not make up the whole.", name=name, what=words)
            areas = (whole, done + still) if tail else (None, None)
            found.append(Disagreement("E", "R42", text, row=number, filled_m2=areas[0], register_m2=areas[1]))
    return found


def _by_manner(number: int, name: str, figures: Mapping[str, float]) -> List[Disagreement]:
    done, manners = figures.get("YZG"), [figures[manner] for manner in _MANNERS if manner in figures]
    if done is None or not manners or done == sum(manners):
        return []
    return [Disagreement("E", "R43", message("{name}: {done} rectified, but {sum} by manner.", name=name, done=f"{done:g}",
                                             sum=f"{sum(manners):g}"), row=number)]


def register_identities(register: Register, scope: Scope) -> List[Disagreement]:
    """R42 and R43 on the township table as the register counts it; empty, or something is wrong with the register."""
    return [Disagreement("E", rule.split("_")[0], message("{name}: the register's own figures do not add up ({gap}).", name=row.name,
                                                          gap=f"{gap / UNITS_PER_M2:g} m²" if "units" in rule else str(gap)))
            for row in township_table(register, scope) for rule, gap in row.gaps.items() if gap]
