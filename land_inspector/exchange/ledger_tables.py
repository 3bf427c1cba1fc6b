"""An office's case or rectification ledger (xlsx, csv in UTF-8 or GBK) as rows that the register can take over."""
from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from ..errors import InputError, LandInspectorError, Message, message
from ..law.areas import Amount
from ..law.remedies import KINDS, Acceptance
from ..progress import Progress
from ..register.records import LedgerRow, ToldAct, ToldRemedy
from . import ledger_columns as cells
from .ledger_columns import (
    BUILDING, Column, FieldSet, FoundTable, LABEL, LAND, LEDGER, MONEY, PERSONS, heading_rows, tables_with,
)
from .report import listed
from .formats.sheet import Sheet
from .formats.tables import read_tables
from .intake.sources import take_apart

_TOTALS = re.compile(r"(合\s*计|总\s*计|小\s*计|填表人|制表人|审核人|备注|注)")
_NAMING = ("DKBH", "JCBH", "AJBH")
#: Columns that tell of a case; a merged cell in the first of them that has any spans the rows of one case.
_OF_A_CASE = ("AJBH", "LAWH", "LARQ", "JDRQ", "JDWH", "FKXD", "JARQ")
#: ledger field → act of a case, for acts that a day tells
_DATED = {"FXRQ": "clue", "HCRQ": "site_check", "ZZRQ": "stop_order", "LARQ": "file", "GZRQ": "notice", "TZRQ": "hearing_notice",
          "JDRQ": "decide", "SDRQ": "serve", "CGRQ": "demand", "QZRQ": "apply_court", "CDRQ": "court_ruling", "JARQ": "close"}
_ANSWERED = {"SFLA": "file", "SFSQ": "apply_court", "SFJA": "close"}
#: what was ordered → the column that tells how much of it was done
_DONE_OF = {"FKXD": "FKSJ", "SDXD": "SDSJ", "CJXD": "CCJZ", "MSXD": "MSJZ", "XDZ": "LSZ"}
_PAPERS = {"ZZWH": "stop_order", "JDWH": "decide"}

Said = Mapping[str, Any]


@dataclass(frozen=True)
class LedgerTable:
    """What a file holds. ``columns`` tell how each heading was understood; ``ignored`` are headings that nothing is taken from;
    ``told`` says what the file holds, what was read of it, and what was left and why; ``left`` the latter alone."""

    file: str
    rows: List[LedgerRow]
    columns: Dict[str, Column]
    ignored: List[str] = field(default_factory=list)
    told: List[Message] = field(default_factory=list)
    left: List[Message] = field(default_factory=list)

    def remarks(self) -> List[Message]:
        """How headings were understood that could mean more than one thing."""
        meant = {BUILDING: message("buildings"), LAND: message("land")}
        found = [message("{heading} was read as an area of {what} in {unit}.", heading=column.heading, what=meant[column.field.kind],
                         unit=_AREA_NAMES[column.unit or "m2"])
                 for column in self.columns.values() if column.field.kind in meant]
        found += [message("{heading} names no unit and was read as yuan.", heading=column.heading)
                  for column in self.columns.values() if column.field.kind == MONEY and column.unit is None]
        found += [message("No column tells how much of {heading} was carried out; for closed cases it was taken as all.",
                          heading=self.columns[ordered].heading)
                  for ordered, done in _DONE_OF.items() if ordered in self.columns and done not in self.columns
                  and {"JARQ", "SFJA"} & set(self.columns)]
        return found + ([message("Nothing was taken from: {headings}.", headings=listed(self.ignored, 60))] if self.ignored else [])


_AREA_NAMES = {"m2": message("m²"), "mu": message("mu"), "ha": message("hectares"), "wm2": message("10 000 m²")}


def read_ledger(source: str, mapping: Optional[Mapping[str, str]] = None, progress: Optional[Progress] = None) -> LedgerTable:
    """Rows of all sheets that have the headings, in their order, with their row numbers in the file.

    Rows that share a merged cell of the case (its number, its days, its fine) are one case over several parcels. Raises InputError
    where the file cannot be read, where no column names parcels or cases, or where MAPPING is wrong.
    """
    progress, target = progress or Progress(), take_apart(source, None)
    sheets = read_tables(target.path, target.layer, progress.part(0.0, 0.3))
    found, left = tables_with(sheets, LEDGER, _NAMING, mapping, target.path.name)
    if not found:
        raise InputError("{file} has no column that names parcels or cases; it has {fields}.",
                         'Name one column 图斑编号 or 案件编号, or say which it is in MAPPING, for example {{"JCBH": "heading"}}.',
                         file=target.path.name, fields=first_cells(sheets))
    rows: List[LedgerRow] = []
    left = [*(remark for table in found for remark in table.sheet.remarks), *left]
    told = list(left)
    for number, table in enumerate(found):
        progress.step(0.3 + 0.7 * number / len(found))
        read, skipped, words = _rows_of(table, table.sheet.name if len({one.sheet.name for one in found}) > 1 else "")
        rows += read
        told += [message("Sheet {sheet}: {n} rows below the headings were read; {left} more are blank, sums or signatures.",
                         sheet=table.sheet.name, n=len(read), left=skipped), *words]
    silent, doubled = _silent(rows), _doubled(rows)
    left, told = [*left, *silent], [*told, *silent, *doubled]
    taken = {column.at for column in found[0].columns.values()}
    ignored = [str(one) for at, one in enumerate(found[0].headings) if one and at not in taken]
    columns = {name: column for table in reversed(found) for name, column in table.columns.items()}
    return LedgerTable(target.path.name, rows, columns, ignored, told, left)


def _silent(rows: Sequence[LedgerRow]) -> List[Message]:
    """Rows that name a parcel and nothing else: perhaps of the case above, whose merged cells a text or an old workbook does not keep."""
    empty = [row.place for row in rows if row.labels and row.case_number is None and row.remaining_m2 is None
             and not (row.acts or row.remedies or row.unreadable)]
    return [message("Rows {rows} name a parcel and say nothing of it; nothing was taken from them. If they belong to the case above "
                    "them (merged cells, which this kind of file does not keep), write its number in each row.",
                    rows=listed(empty, 20))] if empty else []


def _doubled(rows: Sequence[LedgerRow]) -> List[Message]:
    """Rows of one case that repeat one fine: it counts in each, though perhaps the whole of it was meant."""
    fines: Dict[Any, List[str]] = {}
    for row in rows:
        for told in row.remedies:
            if row.case_number is not None and told.kind == "fine" and told.ordered is not None:
                fines.setdefault((row.case_number, told.ordered), []).append(row.place)
    return [message("Rows {rows} of case {case} say the same fine; it was taken for each of them. If it is the fine of the whole case, "
                    "leave it in one row.", rows=listed(places, 20), case=case)
            for (case, _fine), places in fines.items() if len(places) > 1]


def first_cells(sheets: Sequence[Sheet]) -> str:
    """What stands where headings were looked for, for a message: the first line of each sheet."""
    lines = [next((row for row in sheet.rows if any(cell not in (None, "") for cell in row)), ()) for sheet in sheets]
    shown = [listed([cell for cell in line if cell not in (None, "")], 30) for line in lines]
    if len(sheets) == 1:
        return shown[0] or "-"
    return "; ".join(f"{sheet.name}: {text or '-'}" for sheet, text in list(zip(sheets, shown))[:8]) or "-"


def _rows_of(table: FoundTable, sheet: str) -> Tuple[List[LedgerRow], int, List[Message]]:
    """Rows, the number of lines that name nothing, and what was taken together."""
    lines, counts_from = table.lines(), table.sheet.counts_from
    together = {top + counts_from: bottom + counts_from for top, bottom, _left, _right in table.spans(_OF_A_CASE)}
    plain = {number: line for number, line in enumerate(table.sheet.rows, counts_from)}
    rows, words, skipped, done = [], [], 0, -1
    for number, line in lines:
        if number <= done:
            continue
        last = min(together.get(number, number), lines[-1][0])
        if last > number:
            parts = [(at, plain[at]) for at in range(number, last + 1) if not _is_empty(plain[at], table.columns)]
            rows.append(replace(_joined_row(number, parts, table.columns), sheet=sheet))
            words.append(message("Rows {first} to {last} are one case over several parcels: their cells are merged.",
                                 first=number, last=last))
            done = last
        elif _is_empty(line, table.columns):
            skipped += 1
        else:
            rows.append(replace(ledger_row(number, line, table.columns), sheet=sheet))
    return rows, skipped, words


def _joined_row(number: int, lines: Sequence[Tuple[int, Sequence[Any]]], columns: Mapping[str, Column]) -> LedgerRow:
    """Several lines of one case: parcels together, figures added up, everything else said once."""
    said: Dict[str, Any] = {}
    wrong: List[Message] = []
    for _at, line in lines:
        for name, column in columns.items():
            try:
                value = cells.value_of(column, line)
            except InputError as error:
                wrong.append(error.message)
                continue
            if value is None:
                continue
            if name not in said:
                said[name] = value
            elif column.field.kind == LABEL:
                said[name] = tuple(dict.fromkeys((*said[name], *value)))
            elif column.field.kind in (LAND, BUILDING, MONEY, PERSONS):
                said[name] += value
            elif said[name] != value:
                wrong.append(message("{heading}: the rows of one case say “{first}” and “{second}”.", heading=column.heading,
                                     first=str(said[name])[:40], second=str(value)[:40]))
    return _row_said(number, said, wrong, columns)


def sheet_lines(path: Path, sheet: Optional[str], fields: FieldSet, mapping: Optional[Mapping[str, str]] = None) -> List[Sequence[Any]]:
    """All lines of the sheet asked for, else of the one whose headings say most; merged cells count in every row that they span."""
    sheets = read_tables(path, sheet)
    best = max(sheets, key=lambda one: len(fields.recognised(heading_rows(one.rows, fields, mapping)[0])), default=None)
    if best is None:
        return []
    used = heading_rows(best.rows, fields, mapping)[1]
    return [*best.rows[:used], *best.filled(used)]


def _is_empty(line: Sequence[Any], columns: Mapping[str, Column]) -> bool:
    """Blank, or a line of totals or signatures under the table: such lines name no parcel and no case."""
    texts = [cells.text_of(cell) for cell in line]
    named = [texts[columns[name].at] for name in _NAMING if name in columns and columns[name].at < len(texts)]
    first = next((text for text in texts if text), "")
    return not any(texts) or bool(_TOTALS.match(first)) and (not any(named) or named[0] == first)


def ledger_row(number: int, line: Sequence[Any], columns: Mapping[str, Column]) -> LedgerRow:
    """One line as what it tells; cells that cannot be read are named in ``unreadable``."""
    said: Dict[str, Any] = {}
    wrong: List[Message] = []
    for name, column in columns.items():
        try:
            said[name] = cells.value_of(column, line)
        except InputError as error:
            wrong.append(error.message)
    return _row_said(number, {name: value for name, value in said.items() if value is not None}, wrong, columns)


def _row_said(number: int, said: Dict[str, Any], wrong: List[Message], columns: Mapping[str, Column]) -> LedgerRow:
    said = _closed_in_full(said, columns)
    remedies: List[ToldRemedy] = []
    try:
        remedies = _remedies(said)
    except LandInspectorError as error:
        wrong.append(error.message)
    return LedgerRow(number, said.get("DKBH") or said.get("JCBH") or (), said.get("PCBH"), said.get("AJBH"), tuple(_acts(said)),
                     tuple(remedies), said.get("SYMJ"), _article(said.get("FLSM")), tuple(wrong))


def _closed_in_full(said: Dict[str, Any], columns: Mapping[str, Column]) -> Dict[str, Any]:
    """Where no column tells what was paid or carried out, a closed case was carried out as ordered."""
    if "JARQ" not in said and not said.get("SFJA"):
        return said
    return {**said, **{done: said[ordered] for ordered, done in _DONE_OF.items() if ordered in said and done not in columns}}


def _article(text: Optional[str]) -> Optional[str]:
    found = re.search(r"(?<!\d)(\d{2})(?!\d)", text or "")
    return found.group(1) if found else _CHINESE_ARTICLES.get(next((word for word in _CHINESE_ARTICLES if word in (text or "")), ""))


_CHINESE_ARTICLES = {"七十四": "74", "七十五": "75", "七十六": "76", "七十七": "77", "七十八": "78", "八十一": "81", "八十二": "82"}


# --- acts -------------------------------------------------------------------------------------------------------------


def _acts(said: Said) -> List[ToldAct]:
    found = {act: ToldAct(act, said[name], _particulars(act, said)) for name, act in _DATED.items() if name in said}
    for name, act in _ANSWERED.items():
        answer = said.get(name)
        if answer and act not in found:
            found[act] = ToldAct(act, answer if isinstance(answer, date) else None, _particulars(act, said))
    if "BLA" in said and "file" not in found:
        found["not_file"] = ToldAct("not_file", None, {"reason": said["BLA"], "cause": "other"})
    if "ZZQK" in said and "stop_order" in found:
        found["stop_result"] = ToldAct("stop_result", found["stop_order"].on, {"result": cells.code_named("ZZQK", said["ZZQK"])})
    if "YSRQ" in said or said.get("SFYS"):
        found["transfer_police"] = ToldAct("transfer_police", said.get("YSRQ"), {"persons": said["YSRS"]} if said.get("YSRS") else {})
    return list(found.values())


def _particulars(act: str, said: Said) -> Dict[str, Any]:
    found: Dict[str, Any] = {"number": said[name] for name, of in _PAPERS.items() if of == act and name in said}
    if act == "clue":
        found["source"] = cells.code_named("LYQD", said.get("LYQD"), "2")
    if act == "file" and "LAWH" in said:
        found["paper"] = said["LAWH"]
    if act == "decide" and "CFJG" in said:
        found["organ"] = said["CFJG"]
    if act == "court_ruling":
        found["result"] = cells.code_named("CDJG", said.get("CDJG"), "1")
    if act == "close":
        found["how"] = cells.code_named("JALX", said.get("JALX"), "2" if "CDRQ" in said else "1")
    return found


# --- remedies ---------------------------------------------------------------------------------------------------------


def _remedies(said: Said) -> List[ToldRemedy]:
    found = [*_money(said), *_buildings(said), *_land(said), *_persons(said), *_single(said), *_penalty(said)]
    if not found and cells.text_of(said.get("ZGFS")) and "ZGMJ" not in said:
        raise InputError("The row tells how, but not how much was rectified.")
    return found


def _told(said: Said, kind: str, ordered: Optional[Amount], done: Optional[Amount], done_on: Optional[date] = None,
          acceptance: Optional[Acceptance] = None) -> ToldRemedy:
    return ToldRemedy(kind, ordered, done, said.get("JDRQ"), done_on, acceptance=acceptance)


def _money(said: Said) -> List[ToldRemedy]:
    found = []
    for kind, ordered, paid in (("fine", "FKXD", "FKSJ"), ("gains", "SDXD", "SDSJ")):
        sums = [said.get(ordered) or None, said.get(paid) or None]
        if any(sums):
            amounts = [None if one is None else Amount(fen=one) for one in sums]
            found.append(_told(said, kind, amounts[0], amounts[1], said.get("FKRQ") or said.get("LSRQ")))
    return found


def _buildings(said: Said) -> List[ToldRemedy]:
    """A single column tells what was done; one of what was ordered may stand beside it."""
    found = []
    for kind, ordered, done in (("demolition", "CJXD", "CCJZ"), ("confiscation", "MSXD", "MSJZ")):
        areas = [said.get(ordered) or None, said.get(done) or None]
        if any(areas):
            amounts = [None if one is None else Amount(building_m2=one) for one in areas]
            found.append(_told(said, kind, amounts[0], amounts[1], said.get("ZGRQ")))
    return found


def _land(said: Said) -> List[ToldRemedy]:
    words = f"{said.get('ZGQK', '')} {said.get('ZGFS', '')}"
    removal = cells.manner(words) if "复" in words else "demolition"
    parts = ((removal or "reclamation", "CCMJ", "CCGD"), ("reclamation", "FGMJ", "FGGD"),
             (cells.approval_kind(f"{said.get('BBLX', '')} {words}"), "BBMJ", "BBGD"), ("return", "THMJ", ""), ("hand_back", "JHMJ", ""))
    return [_land_remedy(said, kind, said[area], said.get(cultivated)) for kind, area, cultivated in parts if said.get(area)]


def _land_remedy(said: Said, kind: str, area_m2: float, cultivated_m2: Optional[float], is_step: bool = False) -> ToldRemedy:
    acceptance = cells.acceptance_of(said)
    done_on = said.get("ZGRQ") or (acceptance.on if acceptance else None)
    done = Amount(land_m2=area_m2, cultivated_m2=cultivated_m2 or 0.0)
    return ToldRemedy(kind, None, done, said.get("JDRQ"), done_on, is_step, acceptance)


def _single(said: Said) -> List[ToldRemedy]:
    """整改方式, 整改面积, 完成日期: one piece of work a row."""
    if not said.get("ZGMJ") or "ZGFS" not in said:
        return []
    kind = cells.manner(said["ZGFS"])
    if kind is None:
        raise InputError("The manner of rectification “{value}” does not tell one kind of work.", value=said["ZGFS"][:40])
    if not KINDS[kind].settles_land:
        return [ToldRemedy(kind, None, Amount(building_m2=said["ZGMJ"]), said.get("JDRQ"), said.get("ZGRQ"), True)]
    return [_land_remedy(said, kind, said["ZGMJ"], said.get("ZGGD"), True)]


def _persons(said: Said) -> List[ToldRemedy]:
    proposed, done, police = (said.get(name, 0) for name in ("CFJY", "CFLS", "YSRS"))
    found = []
    if proposed or done:
        found.append(_told(said, "discipline", Amount(persons=max(proposed, done)), Amount(persons=done) if done else None))
    if police:
        found.append(_told(said, "police", Amount(persons=police), Amount(persons=police), said.get("YSRQ")))
    return found


def _penalty(said: Said) -> List[ToldRemedy]:
    """处罚种类, 下达值, 落实值, 落实日期."""
    if "CFZL" not in said:
        return []
    kind = cells.penalty_kind(said["CFZL"])
    if kind is None:
        raise InputError("The kind of penalty “{value}” is not known.", value=said["CFZL"][:40])
    ordered, done = (cells.penalty_amount(kind, said.get(name)) for name in ("XDZ", "LSZ"))
    if ordered is None and done is None:
        raise InputError("The row names a penalty, but not how much.")
    return [_told(said, kind, ordered, done if done is None or not done.is_zero() else None, said.get("LSRQ"))]
