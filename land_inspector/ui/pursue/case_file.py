"""All that the case page shows of the chosen parcels, read in one go beside the window."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import List, Sequence, Tuple

from ...law.case import Case
from ...register.register import Register


@dataclass(frozen=True)
class CaseLine:
    """A case and its number (AJBH)."""

    case: Case
    label: str


@dataclass(frozen=True)
class CaseFile:
    """``numbers`` are those of the chosen parcels; cases of any of them, the open one first, else the newest."""

    numbers: Tuple[str, ...]
    cases: Tuple[CaseLine, ...]


def read_case_file(path: Path, ids: Sequence[str]) -> CaseFile:
    """The cases of these parcels."""
    with Register.open(path) as register:
        state = register.storage.load_state(patches=register.storage.patches_of(ids))
    chosen = set(ids)
    found: List[CaseLine] = [CaseLine(record.case, record.AJBH) for record in state.cases.values()
                             if chosen & set(record.case.parcels)]
    found.sort(key=lambda line: (line.case.is_open, line.case.since), reverse=True)
    return CaseFile(tuple(state.parcels[key].DKBH for key in ids if key in state.parcels), tuple(found))
