"""Headings of columns reduced to what they say: one reading for patch files, ledgers and tables of verdicts."""
from __future__ import annotations

import re
import unicodedata
from typing import Any, Optional, Tuple

#: Words for units → the unit; an empty one only counts something.
UNITS = {"亩": "mu", "mu": "mu", "平方米": "m2", "平米": "m2", "m2": "m2", "m^2": "m2", "㎡": "m2", "m": "m2", "公顷": "ha", "hm2": "ha",
         "ha": "ha", "万平方米": "wm2", "万m2": "wm2", "万元": "wyuan", "元": "yuan", "人": "persons", "宗": "", "个": "",
         "m?": "m2", "万m?": "wm2"}  # GBK has no ²
_BRACKETED = re.compile(r"[(\[【〔{]+([^()\[\]【】〔〕{}]*)[)\]】〕}]*")
_AFTER_LINE = re.compile(r"(?<=[^_])_+(亩|MU|M2|平方米|平米|公顷|HM2|HA)$", re.IGNORECASE)
#: Units that a heading may end in without any bracket.
_ENDINGS = ("万平方米", "平方米", "平米", "公顷", "万元", "亩")
_MARKS = re.compile(r"[()\[\]【】〔〕{}:,、·*\"'-]")
_OF_A_TABLE = re.compile(r".*\.[^.]*[^\d.][^.]*$")


def read_heading(heading: Any) -> Tuple[str, Optional[str]]:
    """``监测面积（亩）`` → 监测面积, mu; ``t2021_wpjc.jcbh`` → JCBH. Upper case, without brackets and blanks.

    A bracket that holds no unit (其中：耕地) counts as part of the name. Underscores stay: they part codes.
    """
    text = re.sub(r"\s", "", unicodedata.normalize("NFKC", str(heading if heading is not None else "")))
    text = text.rsplit(".", 1)[-1] if _OF_A_TABLE.match(text) else text
    unit: Optional[str] = None
    for found in list(_BRACKETED.finditer(text))[::-1]:
        said = UNITS.get(found.group(1).lower())
        if said is not None and found.start() > 0:
            unit = unit or said or None
            text = text[:found.start()].rstrip("_") + text[found.end():]
    after = _AFTER_LINE.search(text)
    if after and unit is None:
        unit, text = UNITS[after.group(1).lower()], text[:after.start()]
    bare = _MARKS.sub("", text).strip("_")
    if unit is None:
        ending = next((word for word in _ENDINGS if bare.endswith(word) and bare != word), None)
        unit, bare = (UNITS[ending], bare[:-len(ending)]) if ending else (None, bare)
    return bare.upper(), unit
