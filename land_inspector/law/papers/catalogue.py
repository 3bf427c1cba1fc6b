"""Which papers a case or a matter has: their acts, ground, what each must say and what is looked at before it goes out (data, not code)."""
from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Dict, List, Optional, Tuple

from ...errors import Bilingual, InputError, Message

FILE = Path(__file__).parent.parent / "data" / "papers.json"
MAIN, SECOND = "main", "second"
#: Papers of the file itself: no act asks for them.
COVER, CONTENTS, NOTES = "cover", "contents", "notes"


@dataclass(frozen=True)
class Paper:
    """A kind of paper. ``acts`` it belongs to, none for those of the file itself; ``ground`` in Chinese citation; ``must`` names the
    fields that the law asks it to hold; ``word`` stands in its number, "" for one without a number; ``order`` its place in the file
    and ``volume`` MAIN (正卷) or SECOND (副卷); ``verified``: never from a patch that nobody checked (R53); ``matter`` the ledger that it
    belongs to, "" for cases; ``each``: one for every act, not one for the last; ``is_free``: it follows an act, and has a day and a number
    of its own."""

    code: str
    no: int
    zh: str
    en: str
    acts: Tuple[str, ...]
    ground: str
    word: str
    must: Tuple[str, ...]
    checks: Tuple[str, ...]
    order: int
    volume: str
    served: bool
    seal: bool
    verified: bool
    matter: str
    each: bool = False
    is_free: bool = False

    @property
    def label(self) -> Message:
        """Its name in both languages."""
        return Bilingual(self.en, zh=self.zh)

    @property
    def is_numbered(self) -> bool:
        """Whether it takes a number of the office's."""
        return bool(self.word)


@lru_cache(maxsize=1)
def papers() -> Dict[str, Paper]:
    """Every kind by its code, in the order of the catalogue."""
    found = json.loads(FILE.read_text(encoding="utf-8"))["papers"]
    return {one["code"]: Paper(
        one["code"], one["no"], one["zh"], one["en"], tuple(one["acts"]), one["ground"], one.get("word", ""), tuple(one["must"]),
        tuple(one["checks"]), one["order"], one.get("volume", MAIN), one.get("served", False), one.get("seal", False),
        one.get("verified", False), one.get("matter", ""), one.get("each", False), one.get("free", False)) for one in found}


def papers_of_act(act: str, matter: str = "") -> List[Paper]:
    """The papers that belong to an act of a case, or of a matter of this kind."""
    return [paper for paper in papers().values() if act in paper.acts and paper.matter == matter]


def numbered_paper(act: str, matter: str = "") -> Optional[Paper]:
    """The paper whose number an act is recorded with: its own one, else the first of its numbered papers; None where it has none."""
    found = [paper for paper in papers_of_act(act, matter) if paper.is_numbered and not paper.is_free]
    return next((paper for paper in found if paper.acts[0] == act), found[0] if found else None)


def paper_named(name: str) -> Paper:
    """A kind by its code, its number in the catalogue, its name in either language, or the code of an act that has one paper only.

    InputError names those there are."""
    wanted = name.strip().strip("《》")
    every = [paper for paper in papers().values() if paper.acts]
    for paper in every:
        if wanted in (paper.code, paper.zh) or wanted.lower() == paper.en.lower():
            return paper
    by_number = [paper for paper in every if str(paper.no) == wanted]
    by_act = [paper for paper in every if wanted in paper.acts]
    of_either = by_number or by_act
    if len(of_either) == 1 or by_act and not by_number and of_either[0].acts[0] == wanted:
        return of_either[0]
    raise InputError("There is no kind of paper “{name}”. There are: {known}.", "Give the code or the name of one of them.", name=name,
                     known=", ".join(f"{paper.code} {paper.zh}" for paper in of_either or every))
