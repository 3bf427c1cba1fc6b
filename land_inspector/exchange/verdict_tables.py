"""Tables of verdicts as offices keep them: Excel, CSV in either encoding, or a layer; codes or labels, m² or 亩."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from ..errors import InputError
from ..law.codes import Code, shipped_codes
from ..law.image_dates import parse_image_date
from ..progress import Progress
from ..register.judging import Entry
from ..register.schema import DATE, INTEGER, REAL, VERDICT, Field
from .intake.mapping import Header, read_header
from .import_findings import Notes, listed
from .sheets import OTHER_WORKBOOKS, TEXTS, WORKBOOKS, sheets_of, text_lines
from .intake.sources import Target, located, read_source, take_apart
from .values import code_of, number_of, text_of

_IN_M2 = {"mu": 2000 / 3, "ha": 10_000.0}
_HEADING_ROWS = 10
_YES_NO = {"是": 1, "否": 0, "yes": 1, "no": 0, "y": 1, "n": 0}
#: Headings that name a parcel, the surest first: a parcel's own number, then the patch's.
_LABEL_HEADINGS = ("DKBH", "地块编号", "宗地编号", "JCBH", "监测编号", "监察编号", "图斑编号", "线索编号")
_OTHER_HEADINGS = {
    "PDJL1": ("核实认定意见", "判定结果", "判定"), "PDJL2": ("判定二级类", "二级判定"), "SJYT": ("用途",), "XMMC": ("项目",),
    "YDDW": ("项目主体", "用地主体"), "JSSJ": ("图斑建设时间", "用地时间")}


@dataclass(frozen=True)
class VerdictTable:
    """``entries`` in the table's order, each with its row in the file (a layer's features count from 1)."""

    file: str
    entries: Sequence[Entry]


@dataclass(frozen=True)
class _Column:
    """Where a field of a verdict stands, and the unit its heading names."""

    at: int
    field: Field
    unit: Optional[str]


def read_verdicts(source: str, regime: str, progress: Optional[Progress] = None) -> VerdictTable:
    """Entries ready for ``give_verdicts``, in codes, m² and ISO dates.

    ``regime`` (O, N) decides which labels mean which code. What cannot be read as its field's kind is handed on as it
    stands, so that the register refuses that row with the reason. Raises InputError where the file cannot be read, or
    no column names parcels or holds PDJL1.
    """
    target = take_apart(source, None)
    heads, rows, first_row = _read(target, progress or Progress())
    headers = [read_header(str(head)) if head is not None else Header("", None) for head in heads]
    label_at, columns = _label_column(target.path.name, headers, heads), _verdict_columns(headers)
    if not any(column.field.name == "PDJL1" for column in columns):
        raise InputError("{file} has no column with the verdict (PDJL1); it has {fields}.", "Name the column PDJL1.",
                         file=target.path.name, fields=listed([head for head in heads if head], 60))
    entries = [Entry(label, _verdict(values, columns, regime), row) for row, values in enumerate(rows, first_row)
               if (label := code_of(values[label_at])) is not None]
    return VerdictTable(target.path.name, entries)


def _read(target: Target, progress: Progress) -> Tuple[Sequence[Any], List[Sequence[Any]], int]:
    """Headings, rows and the number of the first row."""
    suffix = target.path.suffix.lower()
    if suffix in OTHER_WORKBOOKS:
        raise InputError("{file} is a workbook of a kind that cannot be read here.", "Save it as .xlsx or .csv.", file=target.path.name)
    if suffix in WORKBOOKS | TEXTS:
        rows = _workbook_rows(target) if suffix in WORKBOOKS else text_lines(target.path)
        at = _heading_row(rows, target.path.name)
        width = len(rows[at])
        return rows[at], [(*row, *[None] * (width - len(row))) for row in rows[at + 1:]], at + 2
    with located(target, {}, progress) as candidate:
        table = read_source(candidate, None, Notes(), progress)
    return list(table.columns), list(zip(*table.columns.values())), 1


def _workbook_rows(target: Target) -> List[Sequence[Any]]:
    """The sheet that the source names, else the first one with a heading that names parcels."""
    sheets = sheets_of(target.path, target.layer)
    return next((rows for rows in sheets if _find_headings(rows) is not None), sheets[0])


def _find_headings(rows: Sequence[Sequence[Any]]) -> Optional[int]:
    """Above the headings a table may have a title."""
    for at, row in enumerate(rows[:_HEADING_ROWS]):
        if {read_header(str(cell)).key for cell in row if cell is not None} & set(_LABEL_HEADINGS):
            return at
    return None


def _heading_row(rows: Sequence[Sequence[Any]], file: str) -> int:
    at = _find_headings(rows)
    if at is None:
        raise InputError("{file} has no column that names parcels (DKBH or JCBH).", "Name one column DKBH or JCBH.", file=file)
    return at


def _label_column(file: str, headers: Sequence[Header], heads: Sequence[Any]) -> int:
    keys = [header.key for header in headers]
    for heading in _LABEL_HEADINGS:
        if heading in keys:
            return keys.index(heading)
    raise InputError("{file} has no column that names parcels (DKBH or JCBH); it has {fields}.", "Name one column DKBH or JCBH.",
                     file=file, fields=listed([head for head in heads if head], 60))


def _verdict_columns(headers: Sequence[Header]) -> List[_Column]:
    """Fields by code, by Chinese or English name, by the usual headings; the first column of a field wins."""
    known: Dict[str, Field] = {}
    for field in VERDICT:
        for name in (field.name, field.zh, field.en, *_OTHER_HEADINGS.get(field.name, ())):
            known.setdefault(read_header(name).key, field)
    found: Dict[str, _Column] = {}
    for at, header in enumerate(headers):
        if header.key in known:
            field = known[header.key]
            found.setdefault(field.name, _Column(at, field, header.unit))
    return list(found.values())


def _verdict(values: Sequence[Any], columns: Sequence[_Column], regime: str) -> Mapping[str, Any]:
    said = {column.field.name: _value(values[column.at], column, regime) for column in columns}
    if said.get("PDJL1") is None and said.get("PDJL2") is not None:
        entry = shipped_codes().find("PDJL2", said["PDJL2"], regime)
        said["PDJL1"] = entry.parent if entry else None
    return said


def _value(value: Any, column: _Column, regime: str) -> Any:
    field = column.field
    if field.codes:
        return _code(field.codes, text_of(value), regime)
    if field.kind == REAL:
        return _area_m2(value, column.unit)
    if field.kind == DATE:
        return _day(value)
    if field.kind == INTEGER:
        text = code_of(value)
        return _YES_NO.get((text or "").lower(), text)
    return text_of(value)


def _code(name: str, text: Optional[str], regime: str) -> Optional[str]:
    """A code as it is, one that lost its leading zero, or the one that a label (or its unambiguous beginning) names."""
    if text is None or shipped_codes().knows(name, code_of(text), regime):
        return code_of(text)
    entries: List[Code] = shipped_codes().codes(name, regime)
    for fits in (lambda entry: entry.code.lstrip("0") == text, lambda entry: text.lower() in (entry.zh, entry.en.lower()),
                 lambda entry: entry.zh.startswith(text)):
        found = {entry.code for entry in entries if fits(entry)}
        if len(found) == 1:
            return found.pop()
    return text


def _area_m2(value: Any, unit: Optional[str]) -> Any:
    try:
        number, own_unit = number_of(value)
    except ValueError:
        return text_of(value)
    return None if number is None else number * _IN_M2.get(own_unit or unit or "m2", 1.0)


def _day(value: Any) -> Optional[str]:
    if isinstance(value, (date, datetime)):
        return value.isoformat()[:10]
    text = text_of(value)
    parsed = parse_image_date(text) if text else None
    return parsed.first.isoformat() if parsed is not None and parsed.is_one_day else text
