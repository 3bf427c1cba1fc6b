"""Cell values as people and programs leave them, made into clean text and numbers."""
from __future__ import annotations

import math
import re
import unicodedata
from typing import Any, List, Optional, Sequence, Tuple

from ..errors import message
from .report import Notes, listed

_EMPTY = {"", "<null>", "null", "none", "nan", "<空>", "n/a", "-", "--", "/"}
#: What stands for no figure and no day in an office's table.
NOTHING = _EMPTY | {"无", "没有", "未", "暂无", "—", "——", "–", "\\", "∕", "／"}
#: What no text of an office holds and no output can take: controls, half characters, marks of direction.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069\ufffe\uffff\ud800-\udfff]")
_THOUSANDS = re.compile(r"^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$")
_VALUE = re.compile(r"^([+-]?[\d.,]+(?:E[+-]?\d+)?)\s*(亩|MU|M2|M\^2|平方米|平米|公顷|HM2|HA)?$", re.IGNORECASE)
_UNITS = {"亩": "mu", "MU": "mu", "M2": "m2", "M^2": "m2", "平方米": "m2", "平米": "m2", "公顷": "ha", "HM2": "ha", "HA": "ha"}


def text_of(value: Any) -> Optional[str]:
    """Trimmed text; whole floats without their ``.0``; what stands for "nothing" is None."""
    if value is None:
        return None
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        value = int(value) if value.is_integer() and abs(value) < 1e18 else repr(value)
    text = _CONTROLS.sub("", str(value)).replace("\ufeff", "").strip().strip("\u3000\u200b\xa0").strip()
    return None if text.lower() in _EMPTY else text


def code_of(value: Any) -> Optional[str]:
    """A number or code: full-width letters and digits made ordinary, spaces inside and a float's ``.0`` dropped."""
    text = text_of(value)
    if text is None:
        return None
    text = re.sub(r"[\s\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]+", "", unicodedata.normalize("NFKC", text))
    return text[:-2] if re.fullmatch(r"\d+\.0", text) else text


def number_of(value: Any) -> Tuple[Optional[float], Optional[str]]:
    """A number and the unit written behind it (``1，234.5 亩`` → 1234.5, mu). Raises ValueError if it is none."""
    if value is None or isinstance(value, bool):
        return None, None
    if isinstance(value, (int, float)):
        return (float(value), None) if math.isfinite(value) else (None, None)
    text = text_of(unicodedata.normalize("NFKC", str(value)).replace("，", ",").replace("、", ","))
    if text is None:
        return None, None
    found = _VALUE.match(re.sub(r"(?<=\d)[ '](?=\d)", "", text))
    if not found:
        raise ValueError(text)
    digits = found.group(1)
    if _THOUSANDS.match(digits):
        digits = digits.replace(",", "")
    if re.search(r",\d{3}", digits):  # 1,6000 are sixteen thousand to one and one point six to another
        raise ValueError(text)
    number = float(digits.replace(",", ".") if digits.count(",") == 1 and "." not in digits else digits)
    unit = _UNITS[found.group(2).upper()] if found.group(2) else None
    return (number, unit) if math.isfinite(number) else (None, None)


def clean_texts(name: str, values: Sequence[Any], codes: bool, notes: Notes) -> List[Optional[str]]:
    """A text column; how many cells had to be trimmed is reported once."""
    clean = code_of if codes else text_of
    known = {}
    for value in values:
        if value.__class__ is not float and value not in known:
            known[value] = clean(value)
    result = [known[value] if value.__class__ is not float else clean(value) for value in values]
    changed = [i for i, (raw, text) in enumerate(zip(values, result)) if isinstance(raw, str) and text is not None and raw != text]
    if changed:
        notes.add("I", message("Field {name}: {n} values had spaces around them or full-width digits; they were cleaned.",
                               name=name, n=len(changed)))
    return result


def clean_numbers(name: str, values: Sequence[Any], rows: Sequence[int], notes: Notes
                  ) -> Tuple[List[Optional[float]], List[Optional[str]]]:
    """A column of numbers and the unit written behind each, if any; what is no number is reported by row."""
    found: List[Tuple[Optional[float], Optional[str]]] = []
    wrong = []
    for row, value in zip(rows, values):
        try:
            found.append(number_of(value))
        except ValueError:
            found.append((None, None))
            wrong.append((row, value))
    _note_wrong(name, wrong, notes)
    units = {unit for _number, unit in found if unit}
    if len(units) > 1:
        notes.add("I", message("Field {name} has values in the units {units}; each was taken in its own.", name=name,
                               units=listed(sorted(units))), rule="R05")
    return [number for number, _unit in found], [unit for _number, unit in found]


def _note_wrong(name: str, wrong: List[Tuple[int, Any]], notes: Notes) -> None:
    for row, value in wrong:
        notes.add("W", message("Field {name}: {value} is not a number; it was left empty.", name=name, value=str(value)[:40]),
                  message("Ask the issuer for the right value."), row=row)
