"""The source's columns in the register's terms: standard fields cleaned, further ones kept, areas in m² (R01, R05)."""
from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

import numpy as np

from ...errors import message
from ..report import Notes, listed
from ..values import clean_numbers, clean_texts
from .source_table import Draft, SourceTable
from .mapping import AREA_FIELDS, map_fields, read_header

M2_PER_MU = 2000 / 3
TO_M2 = {"m2": 1.0, "mu": M2_PER_MU, "ha": 10000.0}
BANDS = {"m2": (0.9, 1.1), "mu": (0.00135, 0.00165), "ha": (0.00009, 0.00011)}
AREA_TOLERANCE = 0.01
#: An issued area so many times larger or smaller than the measured one belongs to something else.
NOT_THE_SAME = 10.0
#: So near are figures of the right unit, though the boundary was drawn anew since.
NEARLY = 3.0


def recognise_unit(issued: Sequence[Optional[float]], measured_m2: np.ndarray, stated: Optional[str], notes: Notes) -> Optional[str]:
    """``m2``, ``mu`` or ``ha``; None where neither a header nor the ratio to the measured areas tells.

    A clear ratio wins over the header: a wrong heading is common, a median of all patches wrong by 667 is not. Where the figures
    are off by more than a tenth, a heading by which none of them could be a patch's gives way to the unit by which they nearly are.
    """
    ratio = median_ratio(issued, measured_m2)
    seen = next((unit for unit, (low, high) in BANDS.items() if ratio is not None and low <= ratio <= high), None)
    if seen is None and ratio is not None and stated and not 1 / NOT_THE_SAME <= ratio * TO_M2[stated] <= NOT_THE_SAME:
        seen = next((unit for unit, factor in TO_M2.items() if 1 / NEARLY <= ratio * factor <= NEARLY), None)
    if stated and seen and seen != stated:
        notes.add("W", message("The areas (JCMJ) are headed {stated}, but against the patches they are {seen}; they were read as {seen}.",
                               stated=stated, seen=seen), message("Ask the issuer which unit is meant."), rule="R05")
    if seen or stated:
        return seen or stated
    if ratio is not None:
        notes.add("W", message("The unit of the areas (JCMJ) cannot be told: in the middle they are {ratio} times the measured m².",
                               ratio=f"{ratio:.6g}"),
                  message("Ask the issuer for the unit; the values are kept as they came (JCMJ_Y), JCMJ is empty."), rule="R05")
    return None


def fitting_unit(name: str, values: Sequence[Optional[float]], measured_m2: np.ndarray, stated: StatedUnits, main: Optional[str],
                 notes: Notes) -> Optional[str]:
    """The unit of a part of the patch (GDMJ0, JBNTMJ0): its heading's, unless by that most values would be larger than the patches
    and by the areas' own unit (or m²) they are not. A part has no ratio of its own, but it is never more than the whole."""
    if stated.header is None or any(stated.cells):
        return stated.header or main
    figures = np.array([np.nan if value is None else value for value in values], dtype=float)
    usable = np.isfinite(figures) & (figures > 0) & np.isfinite(measured_m2) & (measured_m2 > 0)
    if not usable.any() or _too_large(figures[usable], measured_m2[usable], stated.header) <= 0.5:
        return stated.header
    better = next((unit for unit in dict.fromkeys((main, "m2", "mu")) if unit and unit != stated.header
                   and _too_large(figures[usable], measured_m2[usable], unit) <= 0.1), None)
    if better is None:
        return stated.header
    notes.add("W", message("The areas ({name}) are headed {stated}, but by that they would be larger than the patches; they were read as "
                           "{seen}.", name=name, stated=stated.header, seen=better),
              message("Ask the issuer which unit is meant."), rule="R05")
    return better


def _too_large(figures: np.ndarray, measured_m2: np.ndarray, unit: str) -> float:
    """The share of figures that would be more than a tenth larger than their patch."""
    return float((figures * TO_M2[unit] > 1.1 * measured_m2).mean())


def median_ratio(issued: Sequence[Optional[float]], measured_m2: np.ndarray) -> Optional[float]:
    """Median of issued / measured over the patches that have both; None if none has."""
    values = np.array([np.nan if value is None else value for value in issued], dtype=float)
    usable = np.isfinite(values) & (values > 0) & np.isfinite(measured_m2) & (measured_m2 > 0)
    return float(np.median(values[usable] / measured_m2[usable])) if usable.any() else None


def in_m2(values: Sequence[Optional[float]], units: Sequence[Optional[str]]) -> List[Optional[float]]:
    """Areas in m², each from its unit; None where that is unknown."""
    return [None if value is None or unit is None else value * TO_M2[unit] for value, unit in zip(values, units)]


CODE_FIELDS = ("JCBH", "XZQDM", "GLQDM", "XZDM")
NUMBER_FIELDS = AREA_FIELDS + ("XZB", "YZB")


@dataclass(frozen=True)
class StatedUnits:
    """What the source says of a field's unit: its header, and each cell (``15亩``), which wins."""

    header: Optional[str]
    cells: Sequence[Optional[str]]


def drafted(table: SourceTable, mapping: Optional[Mapping[str, str]], notes: Notes) -> Tuple[Draft, Dict[str, StatedUnits]]:
    """A draft with its standard fields filled, and the units stated for each field of numbers."""
    fields = map_fields(table, mapping, notes)
    attributes: Dict[str, List[Any]] = {}
    units: Dict[str, StatedUnits] = {}
    for standard, name in fields.items():
        if standard in NUMBER_FIELDS:
            attributes[standard], cells = clean_numbers(name, table.columns[name], table.rows, notes)
            units[standard] = StatedUnits(read_header(name).unit, cells)
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


def convert_areas(draft: Draft, stated: Mapping[str, StatedUnits]) -> Optional[str]:
    """Issued areas into m²: JCMJ from its own unit, kept raw in JCMJ_Y with JCDW; the unit found, None if unknown.

    GDMJ0 and JBNTMJ0 are in the unit of their own header, else in that of JCMJ. What cannot be the patch's area is left empty.
    """
    attributes, size = draft.attributes, len(draft)
    raw = attributes.setdefault("JCMJ", [None] * size)
    own = stated.get("JCMJ", StatedUnits(None, [None] * size))
    unit = _unit_of(draft, raw, own)
    units = [cell or unit for cell in own.cells]  # what was found of the heading and the figures together, not the heading alone
    attributes["JCMJ_Y"], attributes["JCMJ"] = raw, in_m2(raw, units)
    attributes["JCDW"] = [said if value is not None else None for value, said in zip(raw, units)]
    for name in AREA_FIELDS[1:]:
        if name in attributes:
            sound_m2 = np.where([reason is None for reason in draft.reasons], draft.area_m2, np.nan)
            own_unit = fitting_unit(name, attributes[name], sound_m2, stated[name], unit, draft.notes)
            units = [cell or own_unit for cell in stated[name].cells]
            attributes[name] = in_m2(attributes[name], units)
            _leave_out_negative(draft, name)
    _note_different_areas(draft)
    return unit


def _unit_of(draft: Draft, raw: Sequence[Optional[float]], own: StatedUnits) -> Optional[str]:
    """The unit of the values that do not name their own; where all of them do, the one that most have."""
    written = Counter(cell for cell in own.cells if cell)
    bare = [None if cell else value for value, cell in zip(raw, own.cells)]
    if written and not any(value is not None for value in bare):
        return written.most_common(1)[0][0]
    measured = np.where([reason is None for reason in draft.reasons], draft.area_m2, np.nan)
    return recognise_unit(bare, measured, own.header, draft.notes)


def _leave_out_negative(draft: Draft, name: str) -> None:
    values = draft.attributes[name]
    for index in draft.sound.tolist():
        if values[index] is not None and values[index] < 0:
            draft.note("W", index, message("{field} is {issued} m², which is no area; it was left empty.", field=name,
                                           issued=f"{values[index]:.2f}"), message("Ask the issuer for the right value."), "R05")
            values[index] = None


def _note_different_areas(draft: Draft) -> None:
    """Where the issued area is off the measured one by more than 1 % (domain.md §1.4); what is no area of the patch is left
    out of the issued figures, and stays to be read in JCMJ_Y."""
    raw, areas = draft.attributes["JCMJ_Y"], draft.attributes["JCMJ"]
    right_value = message("The measured area counts, the issued one is kept as it came (JCMJ_Y); ask the issuer for the right value.")
    for index in draft.sound.tolist():
        issued, measured = areas[index], float(draft.area_m2[index])
        if raw[index] is not None and raw[index] <= 0:
            draft.note("W", index, message("The issued area is {issued}, which is no area; it was left empty.", issued=f"{raw[index]:g}"),
                       right_value, "R05")
            areas[index] = None
        elif issued is not None and not 1 / NOT_THE_SAME <= issued / measured <= NOT_THE_SAME:
            draft.note("W", index, message("The issued area is {issued} m², {times} times the measured one ({measured} m²): it cannot be "
                                           "this patch's and was left empty.", issued=f"{issued:.2f}", times=f"{issued / measured:.3g}",
                                           measured=f"{measured:.2f}"), right_value, "R05")
            areas[index] = None
        elif issued is not None and abs(issued / measured - 1) > AREA_TOLERANCE:
            draft.note("W", index, message("The issued area is {issued} m², the measured one {measured} m².",
                                           issued=f"{issued:.2f}", measured=f"{measured:.2f}"),
                       message("The measured area counts; ask the issuer if the boundary is right."), "R05")
