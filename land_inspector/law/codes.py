"""Code lists with their labels in both languages, and the land classes with their groups.

The lists are data (``data/codes.csv``, ``data/dlbm.csv``); a bureau adds codes of its own through its rule pack. Codes are
stored, labels shown. A row with a regime holds for that regime only; where both regimes use a code under different names
each has its own row (PDJL1).
"""
from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Dict, Iterable, List, Mapping, Optional, Tuple

from ..errors import InputError
from .rulepack import LandClass, RulePack

DATA = Path(__file__).parent / "data"
CULTIVATED, OTHER_FARM, CONSTRUCTION, UNUSED = "GD", "FGNYD", "JSYD", "WLYD"
# two to four places (05H1 has its letter inside), then marks such as K (adjustable) or A
_LAND_CLASS = re.compile(r"(\d{2}H\d|\d{2,4})[A-Z]*")


@dataclass(frozen=True)
class Code:
    """One entry of a list; ``regime`` empty where both regimes know it."""

    list: str
    code: str
    zh: str
    en: str
    parent: str = ""
    regime: str = ""
    order: int = 0

    def label(self, language: str) -> str:
        """Its name in ``zh``; in any other language the English one."""
        return self.zh if language == "zh" else self.en


class CodeBook:
    """All lists; a later code replaces an earlier one of the same list, code and regime."""

    def __init__(self, codes: Iterable[Code]):
        self._codes: Dict[Tuple[str, str, str], Code] = {(c.list, c.code, c.regime): c for c in codes}
        self._lists: Dict[str, List[Code]] = {}
        for code in sorted(self._codes.values(), key=lambda c: c.order):
            self._lists.setdefault(code.list, []).append(code)

    def lists(self) -> List[str]:
        """Names of all lists."""
        return list(self._lists)

    def codes(self, name: str, regime: Optional[str] = None, parent: Optional[str] = None) -> List[Code]:
        """A list in its order; only what ``regime`` knows and what hangs under ``parent``, where given.

        Raises :class:`InputError` for an unknown list.
        """
        if name not in self._lists:
            raise InputError("There is no code list {name}.", "Known lists: {known}.",
                             name=name, known=", ".join(self._lists))
        return [code for code in self._lists[name]
                if (regime is None or code.regime in ("", regime)) and (parent is None or code.parent == parent)]

    def find(self, name: str, code: Optional[str], regime: Optional[str] = None) -> Optional[Code]:
        """The entry; without a regime the new regime's name comes first."""
        found = [entry for entry in self.codes(name, regime) if entry.code == code]
        return min(found, key=lambda entry: entry.regime == "O", default=None)

    def knows(self, name: str, code: Optional[str], regime: Optional[str] = None) -> bool:
        """Whether the list has the code (None is in none); InputError for an unknown list."""
        return self.find(name, code, regime) is not None

    def label(self, name: str, code: Optional[str], language: str = "zh", regime: Optional[str] = None) -> str:
        """The label, or the code itself where the list does not know it: nothing is hidden from the reader."""
        entry = self.find(name, code, regime)
        return entry.label(language) if entry else (code or "")

    def with_codes(self, codes: Iterable[Code]) -> "CodeBook":
        """A book with these codes as well; they replace those of the same list, code and regime."""
        return CodeBook([*self._codes.values(), *codes])


@lru_cache(maxsize=1)
def shipped_codes() -> CodeBook:
    """The lists that come with the plugin (``data/codes.csv``), without an office's additions."""
    with (DATA / "codes.csv").open(encoding="utf-8", newline="") as file:
        return CodeBook([Code(row["list"], row["code"], row["zh"], row["en"], row["parent"], row["regime"], int(row["order"]))
                         for row in csv.DictReader(file)])


def codes_of(pack: RulePack) -> CodeBook:
    """The shipped lists with the pack's own codes, which come last in their lists."""
    if not pack.codes:
        return shipped_codes()
    return shipped_codes().with_codes(Code(extra.list, extra.code, extra.label.zh, extra.label.en, extra.parent, order=1000 + n)
                                      for n, extra in enumerate(pack.codes))


def label(name: str, code: Optional[str], language: str = "zh", regime: Optional[str] = None) -> str:
    """``label("PDJL2", "203")`` → 未供即用; land classes under the name DLBM. Unknown codes come back as they are."""
    if name == "DLBM":
        return _land_class_label(code, language)
    return shipped_codes().label(name, code, language, regime)


@lru_cache(maxsize=1)
def _land_class_table() -> Mapping[str, Tuple[LandClass, str]]:
    with (DATA / "dlbm.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: (LandClass(row["code"], row["zh"], row["group"]), row["en"]) for row in csv.DictReader(file)}


def shipped_land_classes() -> Dict[str, LandClass]:
    """The classes of both national surveys; their codes do not collide (three places against two or four)."""
    return {code: found for code, (found, _) in _land_class_table().items()}


def plain_land_class(code: Optional[str]) -> Optional[str]:
    """``0203K`` → ``0203``, ``1104a`` → ``1104``; None for what is no land class code at all (R12)."""
    found = _LAND_CLASS.fullmatch((code or "").strip().upper())
    return found.group(1) if found else None


def land_class_group(code: Optional[str], classes: Optional[Mapping[str, LandClass]] = None) -> Optional[str]:
    """GD, FGNYD, JSYD or WLYD of a survey code by the pack's table (default: the shipped one); None if unknown (R12)."""
    table = shipped_land_classes() if classes is None else classes
    found = table.get(plain_land_class(code) or "")
    return found.group if found else None


def _land_class_label(code: Optional[str], language: str) -> str:
    entry = _land_class_table().get(plain_land_class(code) or "")
    if entry is None:
        return code or ""
    return entry[0].name if language == "zh" else entry[1]
