"""Tables of verdicts as offices keep them: Excel, CSV in either encoding, or a layer; codes or labels, m² or 亩."""
from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from ..errors import InputError, Message, message
from ..law.codes import Code, shipped_codes
from ..progress import Progress
from ..register.judging import Entry
from ..register.tables import DATE, INTEGER, REAL, VERDICT
from ..values import day_of
from .formats.tables import read_tables
from .intake.sources import take_apart
from .ledger_columns import HOLDS_DIGITS, LABEL, Column, FieldSet, FoundTable, TableField, is_under_the_table, tables_with
from .ledger_tables import first_cells
from .report import listed
from .formats.sheet import NOTHING, code_of, number_of, text_of

_IN_M2 = {"mu": 2000 / 3, "ha": 10_000.0, "wm2": 10_000.0}
_YES_NO = {"是": 1, "否": 0, "yes": 1, "no": 0, "y": 1, "n": 0}
_OTHER_HEADINGS = {
    "PDJL1": ("核实认定意见", "判定结果", "判定", "判定一级类", "一级判定", "判定结论"), "PDJL2": ("判定二级类", "二级判定"), "SJYT": ("用途",), "XMMC": ("项目",),
    "YDDW": ("项目主体", "用地主体"), "JSSJ": ("图斑建设时间", "用地时间")}
_FIELDS = {one.name: one for one in VERDICT}


def _aliases(name: str, *more: str) -> Tuple[str, ...]:
    return (name, *("".join(one.split()) for one in more))


#: A parcel's own number, then the patch's; then the fields of a verdict by code, by Chinese or English name, by the usual headings.
COLUMNS = FieldSet((
    TableField("DKBH", LABEL, _aliases("DKBH", "地块编号", "宗地编号")),
    TableField("JCBH", LABEL, _aliases("JCBH", "监测编号", "监察编号", "图斑编号", "线索编号", "监测图斑编号", "TBBH")),
    *(TableField(one.name, one.kind, _aliases(one.name, one.zh, one.en, *_OTHER_HEADINGS.get(one.name, ()))) for one in VERDICT)),
    by_lower_once=True)


@dataclass(frozen=True)
class VerdictTable:
    """``entries`` in the table's order, each with its row in the file (a layer's features count from 1).

    ``told`` says what the file holds, what was read of it, and what was left and why; ``left`` the latter alone.
    """

    file: str
    entries: Sequence[Entry]
    told: Sequence[Message] = field(default_factory=list)
    left: Sequence[Message] = field(default_factory=list)


def read_verdicts(source: str, regime: str, progress: Optional[Progress] = None) -> VerdictTable:
    """Entries ready for ``give_verdicts``, in codes, m² and ISO dates, of all sheets (or layers) with the headings.

    ``regime`` (O, N) decides which labels mean which code. What cannot be read as its field's kind makes its entry unreadable, so
    that the register refuses that row with the reason; a code that is not known is handed on as it stands. Raises InputError where
    the file cannot be read, or no column names parcels or holds PDJL1.
    """
    target = take_apart(source, None)
    sheets = read_tables(target.path, target.layer, progress)
    found, left = tables_with(sheets, COLUMNS, ("DKBH", "JCBH"), None, target.path.name)
    if not found:
        raise _no_numbers(target.path.name, first_cells(sheets))
    judging = [table for table in found if {"PDJL1", "PDJL2"} & set(table.columns)]
    if not judging:
        raise InputError("{file} has no column with the verdict (PDJL1); it has {fields}.", "Name the column PDJL1.",
                         file=target.path.name, fields=first_cells(sheets))
    left = [*(remark for table in judging for remark in table.sheet.remarks), *left]
    left += [message("Sheet {sheet} ({n} rows) was left: it has no column with the verdict (PDJL1).", sheet=table.sheet.name,
                     n=len(table.sheet.rows)) for table in found if table not in judging]
    entries: List[Entry] = []
    told = list(left)
    for table in judging:
        read, skipped, under = _entries(table, regime, table.sheet.name if len({one.sheet.name for one in judging}) > 1 else "")
        told.append(message("Sheet {sheet}: {n} rows below the headings were read; {left} more name no parcel.", sheet=table.sheet.name,
                            n=len(read), left=skipped))
        if under:
            told.append(message("Sheet {sheet}: rows {rows} are sums, notes or signatures and were left.", sheet=table.sheet.name,
                                rows=listed(under, 20)))
        entries += read
    return VerdictTable(target.path.name, entries, told, left)


def numbers_in(source: str, progress: Optional[Progress] = None) -> List[str]:
    """The numbers of parcels (DKBH), or else of patches (JCBH), in every sheet of a table that has a column of them, each once.

    InputError for a file that cannot be read or has no such column."""
    target = take_apart(source, None)
    sheets = read_tables(target.path, target.layer, progress)
    found, _left = tables_with(sheets, COLUMNS, ("DKBH", "JCBH"), None, target.path.name)
    if not found:
        raise _no_numbers(target.path.name, first_cells(sheets))
    return list(dict.fromkeys(label for table in found for _row, cells in table.lines()
                              if (label := _label(table, cells)) is not None and not is_under_the_table([label])))


def _no_numbers(file: str, fields: str) -> InputError:
    return InputError("{file} has no column that names parcels (DKBH or JCBH); it has {fields}.", "Name one column DKBH or JCBH.",
                      file=file, fields=fields)


def _label(table: FoundTable, cells: Sequence[Any]) -> Optional[str]:
    named = [table.columns[name].at for name in ("DKBH", "JCBH") if name in table.columns]
    return next((code for at in named if (code := code_of(_cell(cells, at))) is not None), None)


def _entries(table: FoundTable, regime: str, sheet: str) -> Tuple[List[Entry], int, List[int]]:
    """Entries, how many rows with something in them name no parcel, and the rows of sums, notes and signatures."""
    columns = [column for name, column in table.columns.items() if name in _FIELDS]
    found, skipped, under = [], 0, []
    for row, cells in table.lines():
        label = _label(table, cells)
        if is_under_the_table(cells) and (label is None or not HOLDS_DIGITS.search(label) or is_under_the_table([label])):
            under.append(row)
            continue
        if label is None:
            skipped += any(text_of(cell) is not None for cell in cells)
            continue
        verdict, wrong = _verdict(cells, columns, regime)
        found.append(Entry(label, verdict, row, sheet, wrong))
    return found, skipped, under


def _cell(cells: Sequence[Any], at: int) -> Any:
    return cells[at] if at < len(cells) else None


def _verdict(cells: Sequence[Any], columns: Sequence[Column], regime: str) -> Tuple[Mapping[str, Any], Optional[Message]]:
    """The fields of a verdict, and what of it cannot be read."""
    said: Dict[str, Any] = {}
    wrong: Optional[Message] = None
    for column in columns:
        try:
            said[column.field.name] = _value(_cell(cells, column.at), column, regime)
        except InputError as error:
            said[column.field.name], wrong = text_of(_cell(cells, column.at)), wrong or error.message
    if said.get("PDJL1") is None and said.get("PDJL2") is not None:
        entry = shipped_codes().find("PDJL2", said["PDJL2"], regime)
        said["PDJL1"] = entry.parent if entry else None
    return said, wrong


def _value(value: Any, column: Column, regime: str) -> Any:
    known = _FIELDS[column.field.name]
    if known.codes:
        return _code(known.codes, text_of(value), regime)
    if known.kind == REAL:
        return _area_m2(value, column)
    if known.kind == DATE:
        return _day(value, column)
    if known.kind == INTEGER:
        text = code_of(value)
        return _YES_NO.get((text or "").lower(), text)
    return text_of(value)


def _code(name: str, text: Optional[str], regime: str) -> Optional[str]:
    """A code as it is, one that lost its leading zero, or the one that a label (or its unambiguous beginning) names."""
    if text is None or shipped_codes().knows(name, code_of(text), regime):
        return code_of(text)
    entries: List[Code] = shipped_codes().codes(name, regime)
    for fits in (lambda entry: entry.code.lstrip("0") == text, lambda entry: text.lower() in (entry.zh, entry.en.lower()),
                 lambda entry: entry.zh.startswith(text), lambda entry: _is_both(text, entry)):
        found = {entry.code for entry in entries if fits(entry)}
        if len(found) == 1:
            return found.pop()
    return text


def _is_both(text: str, entry: Code) -> bool:
    """Code and label in one cell: 201未报即用, 2-违法用地, 违法用地（2）."""
    bare = re.sub(r"[\s\-_.:：()（）、/]+", "", unicodedata.normalize("NFKC", text))
    label = re.sub(r"[\s\-_.:：()（）、/]+", "", unicodedata.normalize("NFKC", entry.zh))
    rest = bare[len(entry.code):] if bare.startswith(entry.code) else bare[:-len(entry.code)] if bare.endswith(entry.code) else ""
    return bool(rest) and label.startswith(rest)


def _area_m2(value: Any, column: Column) -> Optional[float]:
    text = text_of(value)
    if text is None or text in NOTHING:
        return None
    try:
        number, own_unit = number_of(value)
    except ValueError as error:
        raise InputError("{heading}: “{value}” is not a number.", heading=column.heading, value=text[:40]) from error
    return None if number is None else number * _IN_M2.get(own_unit or column.unit or "m2", 1.0)


def _day(value: Any, column: Column) -> Optional[str]:
    text = text_of(value)
    if text is None or text in NOTHING:
        return None
    found = day_of(value, column.day_zero)
    if found is None:
        raise InputError("{heading}: “{value}” is not a day.", heading=column.heading, value=text[:40])
    return found.isoformat()
