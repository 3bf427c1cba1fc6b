"""The source's columns in the register's terms: standard fields cleaned, further ones kept, areas in m² (R01, R05)."""
from __future__ import annotations

import math
import re
from typing import Any, Dict, List, Mapping, Optional, Tuple

import numpy as np

from ..errors import message
from .draft import Draft
from .mapping import AREA_FIELDS, map_fields, read_header
from .notes import Notes, listed
from .table import SourceTable
from .units import AREA_TOLERANCE, in_m2, recognise_unit
from .values import clean_numbers, clean_texts

CODE_FIELDS = ("JCBH", "XZQDM", "GLQDM", "XZDM")
NUMBER_FIELDS = AREA_FIELDS + ("XZB", "YZB")


def drafted(table: SourceTable, mapping: Optional[Mapping[str, str]], notes: Notes) -> Tuple[Draft, Dict[str, str]]:
    """A draft with its standard fields filled, and the unit stated for each area field by its header or its cells."""
    fields = map_fields(table, mapping, notes)
    attributes: Dict[str, List[Any]] = {}
    units: Dict[str, str] = {}
    for standard, name in fields.items():
        if standard in NUMBER_FIELDS:
            attributes[standard], in_cells = clean_numbers(name, table.columns[name], table.rows, notes)
            stated = read_header(name).unit or in_cells
            if stated:
                units[standard] = stated
        else:
            attributes[standard] = clean_texts(name, table.columns[name], standard in CODE_FIELDS, notes)
    other = {name: _finite(values) for name, values in table.columns.items() if name not in fields.values()}
    _note_odd_codes(table, attributes, notes)
    return Draft(table.file, table.rows, np.full(len(table.rows), None, dtype=object), attributes, other, notes), units


def _finite(values: List[Any]) -> List[Any]:
    """The column unchanged, but for NaN and infinity, which are no values."""
    return [None if isinstance(value, float) and not math.isfinite(value) else value for value in values]


def _note_odd_codes(table: SourceTable, attributes: Mapping[str, List[Any]], notes: Notes) -> None:
    codes = attributes.get("XZQDM", [])
    odd = [row for row, code in zip(table.rows, codes) if code is None or not re.fullmatch(r"\d{6}(\d{3}){0,2}", code)]
    if odd:
        notes.add("W", message("{n} rows have no code of 6, 9 or 12 digits in XZQDM: rows {rows}.", n=len(odd), rows=listed(odd)),
                  message("Their township is taken from their place."), "R01")
    damaged = [row for row, number in zip(table.rows, attributes["JCBH"]) if number and re.fullmatch(r"\d(\.\d+)?E\+?\d+", number, re.I)]
    if damaged:
        notes.add("W", message("The patch numbers of {n} rows went through a spreadsheet and lost digits: rows {rows}.",
                               n=len(damaged), rows=listed(damaged)),
                  message("Ask the issuer for a file with the numbers as text."), "R01")


def convert_areas(draft: Draft, stated: Mapping[str, str]) -> Optional[str]:
    """Issued areas into m²: JCMJ from its own unit, kept raw in JCMJ_Y with JCDW; the unit found, None if unknown.

    GDMJ0 and JBNTMJ0 are in the unit of their own header, else in that of JCMJ.
    """
    attributes, size = draft.attributes, len(draft)
    raw = attributes.setdefault("JCMJ", [None] * size)
    measured = np.where([reason is None for reason in draft.reasons], draft.area_m2, np.nan)
    unit = recognise_unit(raw, measured, stated.get("JCMJ"), draft.notes)
    attributes["JCMJ_Y"], attributes["JCMJ"] = raw, in_m2(raw, unit)
    attributes["JCDW"] = [unit if value is not None else None for value in raw]
    for name in AREA_FIELDS[1:]:
        if name in attributes:
            attributes[name] = in_m2(attributes[name], stated.get(name) or unit)
    _note_different_areas(draft)
    return unit


def _note_different_areas(draft: Draft) -> None:
    """Where the issued area is off the measured one by more than 1 % (domain.md §1.4)."""
    for index in draft.sound.tolist():
        issued, measured = draft.attributes["JCMJ"][index], float(draft.area_m2[index])
        if issued is not None and abs(issued / measured - 1) > AREA_TOLERANCE:
            draft.note("W", index, message("The issued area is {issued} m², the measured one {measured} m².",
                                           issued=f"{issued:.2f}", measured=f"{measured:.2f}"),
                       message("The measured area counts; ask the issuer if the boundary is right."), "R05")
