"""A layer as it was issued, and its rows on their way to become patches: columns, geometry, standard fields, who is out and why."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional, Sequence, Tuple

import numpy as np
from osgeo import osr

from ...errors import Message
from ..report import NOTHING_TO_DO, Notes


# A layer as it was issued: columns, geometry and what its file says of itself, before anything is judged.

@dataclass
class SourceTable:
    """Every row of one source layer, column by column.

    ``rows`` holds each row's number in its file, from 1. ``wkb`` is 2-D and linear but otherwise as issued (rings
    may be open or invalid); None where the row has no geometry, with the reason in ``broken`` if it has one that
    cannot be read. ``srs`` is what the file declares, None where it declares nothing usable. ``cut_names`` says
    that field names longer than ten bytes arrived cut (DBF). ``identity`` is the name and the values of the row id, which
    is no column but can be mapped like one.
    """

    file: str
    layer: str
    encoding: str
    columns: Dict[str, List[Any]]
    rows: List[int]
    wkb: List[Optional[bytes]]
    broken: Dict[int, Message] = field(default_factory=dict)
    srs: Optional[osr.SpatialReference] = None
    cut_names: bool = False
    identity: Tuple[str, List[Any]] = ("fid", [])


# The rows of a source on their way to become patches: geometry, standard fields, and who is out and why.

@dataclass
class Draft:
    """All rows of one source side by side, by index.

    ``geometry`` are shapely polygons, None where a row has none (yet); ``reasons`` holds why a row is quarantined;
    ``attributes`` the standard fields as columns, ``other`` every further source column unchanged.
    """

    file: str
    rows: List[int]
    geometry: np.ndarray
    attributes: Dict[str, List[Any]]
    other: Dict[str, List[Any]]
    notes: Notes
    reasons: List[Optional[Message]] = field(default_factory=list)
    repaired: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=bool))
    area_m2: np.ndarray = field(default_factory=lambda: np.zeros(0))

    def __post_init__(self) -> None:
        self.reasons = [None] * len(self.rows)
        self.repaired = np.zeros(len(self.rows), dtype=bool)
        self.area_m2 = np.zeros(len(self.rows))

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def sound(self) -> np.ndarray:
        """Indexes of the rows that are not quarantined."""
        return np.array([i for i, reason in enumerate(self.reasons) if reason is None], dtype=int)

    def number(self, index: int) -> Optional[str]:
        """The patch number (JCBH) of a row."""
        return self.attributes["JCBH"][index]

    def quarantine(self, index: int, reason: Message, remedy: Message, rule: str = "R06") -> None:
        """Take a row out, once, and say so in the findings."""
        if self.reasons[index] is None:
            self.reasons[index] = reason
            self.note("E", index, reason, remedy, rule)

    def note(self, severity: str, index: int, text: Message, remedy: Message = NOTHING_TO_DO, rule: str = "",
             before_m2: Optional[float] = None, after_m2: Optional[float] = None) -> None:
        """A finding about one row; areas in m²."""
        self.notes.add(severity, text, remedy, rule, self.rows[index], self.number(index), before_m2, after_m2)


def joined(file: str, drafts: Sequence[Draft], notes: Notes) -> Draft:
    """Drafts in one CRS as one; a column that a part does not have is empty there."""
    if len(drafts) == 1:
        return drafts[0]
    attributes, other = (_joined_columns([getattr(draft, which) for draft in drafts], [len(draft) for draft in drafts])
                         for which in ("attributes", "other"))
    whole = Draft(file, [row for draft in drafts for row in draft.rows], np.concatenate([draft.geometry for draft in drafts]),
                  attributes, other, notes)
    whole.reasons = [reason for draft in drafts for reason in draft.reasons]
    whole.repaired = np.concatenate([draft.repaired for draft in drafts])
    whole.area_m2 = np.concatenate([draft.area_m2 for draft in drafts])
    return whole


def _joined_columns(columns: Sequence[Dict[str, List[Any]]], sizes: Sequence[int]) -> Dict[str, List[Any]]:
    names = dict.fromkeys(name for one in columns for name in one)
    return {name: [value for one, size in zip(columns, sizes) for value in one.get(name, [None] * size)] for name in names}
