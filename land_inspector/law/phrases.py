"""What inspectors write again and again: grounds of a verdict (PDSM), reasons and answers of a return, of putting off; papers waited for.

The shipped lists (``data/phrases.csv``) are the reviewers' vocabulary of domain.md §2.2; they are suggestions, never codes: any
other text is as good, and an office adds its own.
"""
from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import List, Optional, Tuple

from .codes import shipped_codes
from .judgement import evidence_checklist

GROUND, RETURN, ANSWER, LATER, PAPER = "ground", "return", "answer", "later", "paper"
_FILE = Path(__file__).parent / "data" / "phrases.csv"


@dataclass(frozen=True)
class Phrase:
    """``parents`` are the verdicts (PDJL1) or sub-types (PDJL2) it goes with, none where it goes with all."""

    zh: str
    en: str
    parents: Tuple[str, ...] = ()

    def text(self, language: str) -> str:
        """The phrase in ``zh``; in any other language the English one."""
        return self.zh if language == "zh" else self.en


@lru_cache(maxsize=1)
def _rows() -> Tuple[Tuple[str, str, Phrase], ...]:
    with _FILE.open(encoding="utf-8", newline="") as file:
        return tuple((row["list"], row["regime"], Phrase(row["zh"], row["en"], tuple(filter(None, row["parent"].split(";")))))
                     for row in csv.DictReader(file))


def phrases(name: str, regime: str, sub_type: str = "") -> List[Phrase]:
    """A list for a regime (ZD); for a sub-type (PDJL2) those that go with it come first and those of other sub-types are left out."""
    if name == PAPER:
        return _papers(regime, sub_type)
    known = [phrase for of, where, phrase in _rows() if of == name and where in ("", regime)]
    if not sub_type:
        return known
    return sorted((phrase for phrase in known if _rank(phrase, sub_type) is not None), key=lambda phrase: _rank(phrase, sub_type) or 0)


def _rank(phrase: Phrase, sub_type: str) -> Optional[int]:
    """0 for a phrase of this sub-type, 1 of its verdict, 2 of all; None for one of others."""
    if not phrase.parents:
        return 2
    return 0 if sub_type in phrase.parents else 1 if sub_type[:1] in phrase.parents else None


def _papers(regime: str, sub_type: str) -> List[Phrase]:
    """What proves a verdict of the regime, that of ``sub_type`` first."""
    listed = [sub_type, *(code.code for code in shipped_codes().codes("PDJL2", regime or None))]
    return list(dict.fromkeys(Phrase(item.zh, item.en) for code in listed for item in evidence_checklist(code) if item.required))
