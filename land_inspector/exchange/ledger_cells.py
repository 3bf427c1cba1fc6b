"""Cells of ledgers as people write them: days, figures with units, yes and no, words for codes.

What cannot be read is said, never guessed.
"""
from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime
from typing import Any, Dict, Mapping, Optional, Sequence, Tuple

from ..errors import InputError
from ..law.areas import as_written
from ..law.codes import shipped_codes
from ..law.quantities import Amount, fen
from ..law.remedies import FINISHED, HANDED_IN, KINDS, RETURNED, Acceptance
from .ledger_columns import AREA_UNITS, BUILDING, DAY, FIGURE, LABEL, LAND, MONEY, MONEY_UNITS, PERSONS, YES, Column
from .values import NOTHING, code_of, day_of, number_of, text_of

_MONEY = re.compile(r"^(?:人民币|RMB|CNY)?[￥¥]?([+-]?[\d.,]+)\s*(万元|万|元)?(?:整|正)?$", re.IGNORECASE)
_YES, _NO = ("是", "已", "有", "√", "✓", "y", "1", "true"), ("否", "未", "无", "不", "没", "×", "✗", "n", "0", "false")
#: words of 整改方式 → kinds of remedy; the first that fits
_MANNERS: Tuple[Tuple[str, str], ...] = (
    ("拆除复", "reclamation"), ("复耕", "reclamation"), ("复垦", "reclamation"), ("复绿", "reclamation"), ("拆除", "demolition"),
    ("设农", "facility"), ("设施", "facility"), ("临时", "facility"), ("完善", "completion"), ("供地", "completion"), ("补办", "conversion"),
    ("没收", "confiscation"), ("退还", "return"), ("交还", "hand_back"))
_RECTIFY_CODES = {kind.rectify_code: kind.code for kind in reversed(list(KINDS.values())) if kind.rectify_code}
_PENALTY_CODES = {kind.penalty_code: kind.code for kind in KINDS.values() if kind.penalty_code}
_LEVELS = (("省", "3"), ("市", "2"), ("县", "1"), ("区", "1"))


def value_of(column: Column, cells: Sequence[Any]) -> Any:
    """The cell in the field's own kind: text, labels, a day, m², fen, persons, yes or no; None for nothing.

    Raises InputError, which says what was expected, for what cannot be read.
    """
    raw = cells[column.at] if column.at < len(cells) else None
    if column.part is not None:
        parts = re.split(r"[/／]", str(raw)) if isinstance(raw, str) else [raw]
        raw = parts[column.part] if column.part < len(parts) else None
    text = text_of(raw)
    if text is None or text.lower() in NOTHING and column.field.kind in (DAY, LAND, BUILDING, MONEY, PERSONS, FIGURE):
        return None
    return {LABEL: _labels, DAY: day, LAND: _area, BUILDING: _area, MONEY: _money, PERSONS: _persons, YES: _yes, FIGURE: _figure}.get(
        column.field.kind, _text)(raw, column)


def _wrong(raw: Any, column: Column, template: str) -> InputError:
    return InputError(template, heading=column.heading, value=str(raw)[:40])


def _text(raw: Any, column: Column) -> Optional[str]:
    return code_of(raw) if column.field.name in ("AJBH", "PCBH") else text_of(raw)


def _labels(raw: Any, column: Column) -> Tuple[str, ...]:
    text = unicodedata.normalize("NFKC", text_of(raw) or "")
    return tuple(dict.fromkeys(code for part in re.split(r"[,;、\s]+", text) if (code := code_of(part)) is not None))


def day(raw: Any, column: Column) -> date:
    """A date, an Excel day number (of the workbook's own date system), or a text that means one day."""
    found = day_of(raw, column.day_zero)
    if found is None:
        raise _wrong(raw, column, "{heading}: “{value}” is not a day.")
    return found


def _number(raw: Any, column: Column) -> Tuple[float, Optional[str]]:
    try:
        number, unit = number_of(raw)
    except ValueError as error:
        raise _wrong(raw, column, "{heading}: “{value}” is not a number.") from error
    if number is None or number < 0:
        raise _wrong(raw, column, "{heading}: “{value}” is not a number of 0 or more.")
    return number, unit


def _area(raw: Any, column: Column) -> float:
    number, own_unit = _number(raw, column)
    return _in_m2(number, own_unit or column.unit)


def _in_m2(number: float, unit: Optional[str]) -> float:
    """As it is written: 0.3 亩 are 200 m², not a little less."""
    return float(as_written(number) * AREA_UNITS.get(unit or "m2", 1))


def _money(raw: Any, column: Column) -> int:
    """Fen; a unit in the cell wins over the heading's, without any it is yuan."""
    found = _MONEY.match(unicodedata.normalize("NFKC", str(text_of(raw))).replace(" ", ""))
    if not found:
        raise _wrong(raw, column, "{heading}: “{value}” is not a sum of money.")
    number, _unit = _number(found.group(1), column)
    factor = {"万元": 10_000, "万": 10_000, "元": 1}.get(found.group(2)) or MONEY_UNITS.get(column.unit or "yuan", 1)
    return fen(as_written(number) * factor)


def _persons(raw: Any, column: Column) -> int:
    text = re.sub(r"[人名]$", "", str(text_of(raw)))
    number, _unit = _number(text, column)
    if number != int(number):
        raise _wrong(raw, column, "{heading}: “{value}” is not a number of persons.")
    return int(number)


def _yes(raw: Any, column: Column) -> Any:
    """Yes or no; a day in such a column is a yes of that day."""
    text = str(text_of(raw)).lower()
    if isinstance(raw, (datetime, date)) or day_of(raw, column.day_zero) is not None:
        return day(raw, column)
    for words, answer in ((_NO, False), (_YES, True)):
        if text.startswith(words):
            return answer
    raise _wrong(raw, column, "{heading}: “{value}” is neither yes nor no.")


def _figure(raw: Any, column: Column) -> Tuple[float, Optional[str]]:
    """A number whose meaning the kind of penalty decides, with the unit its heading names."""
    number, own_unit = _number(raw, column)
    return number, own_unit or column.unit


def code_named(codes: str, text: Optional[str], default: Optional[str] = None) -> Optional[str]:
    """The code that a text is or names; labels may be shortened (卫片 for 卫片执法检查)."""
    if text is None:
        return default
    entries = shipped_codes().codes(codes)
    for fits in (lambda entry: entry.code == text, lambda entry: entry.zh == text or entry.en.lower() == text.lower(),
                 lambda entry: text in entry.zh or entry.zh in text):
        found = [entry.code for entry in entries if fits(entry)]
        if found:
            return found[0]
    return default


def manner(text: str) -> Optional[str]:
    """The kind of remedy that a ZGFS code or words name; None for none or several that need areas of their own."""
    if text in _RECTIFY_CODES:
        return _RECTIFY_CODES[text]
    if "拆除" in text and "补办" in text:
        return None
    return next((kind for word, kind in _MANNERS if word in text), None)


def approval_kind(text: str) -> str:
    """Which late approval is meant: 农转用 where nothing else is said."""
    return next((kind for word, kind in _MANNERS if kind in ("facility", "completion") and word in text), "conversion")


def penalty_kind(text: str) -> Optional[str]:
    """The remedy that a word or code of CFZL stands for; None where it stands for none."""
    return _PENALTY_CODES.get(code_named("CFZL", text) or "")


def penalty_amount(kind: str, figure: Optional[Tuple[float, Optional[str]]]) -> Optional[Amount]:
    """XDZ or LSZ in the unit of its kind: money in yuan or 万元, buildings and land in m² or 亩."""
    if figure is None:
        return None
    number, unit = figure
    first = KINDS[kind].units[0]
    if first == "fen":
        return Amount(fen=fen(as_written(number) * MONEY_UNITS.get(unit or "yuan", 1)))
    return Amount(**{first: _in_m2(number, unit)})


def acceptance_of(said: Mapping[str, Any]) -> Optional[Acceptance]:
    """SHZT, YSJB and SHRQ from their codes or from words such as 市级待审核; 审核结束 means the last level, the province."""
    text, on = said.get("SHZT"), said.get("SHRQ")
    status = _status(text) if text is not None else FINISHED if on is not None else None
    if status is None:
        return None
    level = said.get("YSJB") or text or ""
    named = level if level in ("1", "2", "3") and said.get("YSJB") else next((code for word, code in _LEVELS if word in level), None)
    return Acceptance(status, named or ("3" if text == "审核结束" else "1"), on)


def _status(text: str) -> Optional[str]:
    checks: Dict[str, Tuple[str, ...]] = {
        RETURNED: ("退回", "不通过", "未通过", "不合格"), HANDED_IN: ("待", "审核中", "已报", "申请"), "": ("未", "否", "无")}
    exact = {"0": None, "1": HANDED_IN, "2": FINISHED, "9": RETURNED}
    if text in exact:
        return exact[text]
    for status, words in checks.items():
        if any(word in text for word in words):
            return status or None
    if any(word in text for word in ("结束", "通过", "合格", "验收", "完成", "是", "√")):
        return FINISHED
    raise InputError("The state of acceptance “{value}” is not known.", value=text[:40])
