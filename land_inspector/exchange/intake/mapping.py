"""Which source column is which standard field (domain.md §1.1, §9.2; rule R01).

Names arrive as the codes, as Chinese aliases, in lower case, with brackets of either width, with a unit, with a
table's name in front, or cut at ten bytes by a DBF.
"""
from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

import numpy as np
from osgeo import osr

from ...errors import InputError, Message, message
from ..formats.sheet import clean_numbers, clean_texts, read_heading
from ..report import NOTHING_TO_DO, Notes, listed


# A layer as it was issued, and its rows on their way to become patches: columns, geometry, standard fields, who is out and why.

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


REQUIRED = ("XZQDM", "JCBH", "QSX", "HSX", "JCMJ")
AREA_FIELDS = ("JCMJ", "GDMJ0", "JBNTMJ0")
ALIASES: Dict[str, Tuple[str, ...]] = {
    "JCBH": ("JCBH", "监测编号", "监察编号", "监测监察编号", "监测图斑编号", "图斑编号", "线索编号", "JCTBBH", "TBBH"),
    "XZQDM": ("XZQDM", "行政区代码", "行政区划代码", "县级行政区代码", "县代码", "XZQHDM"),
    "GLQDM": ("GLQDM", "管理区代码"),
    "XMC": ("XMC", "区县名称", "县名称", "县级行政区名称", "行政区名称", "XZQMC"),
    "XZMC": ("XZMC", "乡镇名称", "乡镇街道", "乡镇"),
    "XZDM": ("XZDM", "乡镇代码"),
    "CMC": ("CMC", "村名称"),
    "TBLX": ("TBLX", "图斑类型"),
    "TZ": ("TZ", "特征", "图斑特征"),
    "QSX": ("QSX", "前时相"),
    "HSX": ("HSX", "后时相"),
    "JCMJ": ("JCMJ", "监测面积", "监察面积", "监测监察面积", "图斑面积", "监测图斑面积", "TBMJ"),
    "GDMJ0": ("GDMJ0", "GDMJ", "占耕面积", "占耕地面积", "耕地面积"),
    "JBNTMJ0": ("JBNTMJ0", "JBNTMJ", "YJJBNTMJ", "基本农田面积", "占永久基本农田面积", "占基本农田面积", "永久基本农田面积"),
    "XZB": ("XZB", "X坐标", "图斑中心点经度"),
    "YZB": ("YZB", "Y坐标", "图斑中心点纬度"),
    "TBJB": ("TBJB", "图斑级别"),
    "BZ": ("BZ", "备注"),
}
_CODE = re.compile(r"\d{6,12}")
_AREA = re.compile(r"[\d,]{1,8}(\.\d+)?")


@dataclass(frozen=True)
class Header:
    """A field name reduced to what it says: the name without brackets and spaces, upper case, and its unit."""

    key: str
    unit: Optional[str]


def read_header(name: str) -> Header:
    """``监测面积（亩）`` → 监测面积, mu; ``t2021_wpjc.jcbh`` → JCBH. Only units of area count."""
    key, unit = read_heading(name)
    return Header(key, unit if unit in ("m2", "mu", "ha") else None)


def recognise_names(fields: Sequence[str]) -> Dict[str, str]:
    """Standard field → source field, by whole names only; where several fit, the more usual alias wins."""
    best: Dict[str, Tuple[int, str]] = {}
    for name in fields:
        for standard, rank in _ranks(read_header(name).key):
            if standard not in best or rank < best[standard][0]:
                best[standard] = (rank, name)
    return {standard: name for standard, (_, name) in best.items()}


def _ranks(key: str) -> List[Tuple[str, int]]:
    whole = [(standard, aliases.index(key)) for standard, aliases in ALIASES.items() if key in aliases]
    if whole:
        return whole
    last = key.rsplit("_", 1)[-1]
    return [(standard, 100 + aliases.index(last)) for standard, aliases in ALIASES.items() if "_" in key and last in aliases]


def map_fields(table: SourceTable, given: Optional[Mapping[str, str]], notes: Notes) -> Dict[str, str]:
    """Standard field → source column.

    ``given`` wins over what is recognised. Raises InputError where a given column is not there, or nothing is the
    patch number; other fields of R01 that are missing are findings.
    """
    fields = list(table.columns)
    found = recognise_names(fields)
    if table.cut_names:
        _add_cut_names(table, found, notes)
    chosen = map_given(table, given or {})
    taken = set(chosen.values())
    found = {standard: name for standard, name in found.items() if standard not in chosen and name not in taken}
    result = {**found, **chosen}
    if "JCBH" not in result:
        raise InputError(
            "{file}: no field is recognised as the patch number (JCBH). The fields are: {fields}.",
            'Say which it is in MAPPING, for example {{"JCBH": "field name"}}.',
            file=table.file, fields=listed(fields, 60),
        )
    _note_missing(table, result, notes)
    _note_rivals(table, result, notes)
    return result


def map_given(table: SourceTable, given: Mapping[str, str]) -> Dict[str, str]:
    """Standard field → source column as a person said it. Raises InputError for what is no standard field or no column."""
    exact = {name.strip().lower(): name for name in table.columns}
    chosen = {}
    for standard, name in given.items():
        if standard.strip().upper() not in ALIASES:
            raise InputError("MAPPING names {standard}, which is no standard field; they are {fields}.", "Correct MAPPING.",
                             standard=standard, fields=listed(ALIASES, 60))
        if not name:
            continue
        if str(name).strip().lower() == table.identity[0].lower() and name not in table.columns:
            table.columns[table.identity[0]] = table.identity[1]
            exact[table.identity[0].lower()] = table.identity[0]
        if str(name).strip().lower() not in exact:
            raise InputError("MAPPING names the field {name} for {standard}, but {file} has no such field; it has {fields}.",
                             "Correct MAPPING.", name=name, standard=standard, file=table.file,
                             fields=listed(table.columns, 60))
        chosen[standard.strip().upper()] = exact[str(name).strip().lower()]
    return chosen


def _add_cut_names(table: SourceTable, found: Dict[str, str], notes: Notes) -> None:
    """Names that a DBF cut after three (UTF-8) or five (GBK) characters, told apart by what stands in the column."""
    for name, values in table.columns.items():
        key = re.sub(r"_\d+$", "", read_header(name).key)
        if name in found.values() or not 3 <= len(key) <= 9 or key.isascii():
            continue
        fitting = [standard for standard, aliases in ALIASES.items() if standard not in found
                   and any(alias.startswith(key) for alias in aliases) and _fits(standard, values)]
        if len(fitting) == 1:
            found[fitting[0]] = name
            notes.add("I", message("{file}: the cut field name {name} was read as {standard} ({alias}).", file=table.file,
                                   name=name, standard=fitting[0],
                                   alias=next(alias for alias in ALIASES[fitting[0]] if alias.startswith(key))),
                      message("If that is wrong, say which field it is in MAPPING."), rule="R01")


def _fits(standard: str, values: Sequence[Any]) -> bool:
    """Whether a column's first values can be what the standard field holds."""
    texts = [str(value).strip() for value in values[:200] if value not in (None, "")]
    codes = sum(bool(_CODE.fullmatch(text)) for text in texts) > len(texts) / 2
    if standard in ("XZQDM", "GLQDM", "XZDM"):
        return codes
    if standard in ("XMC", "XZMC", "CMC"):
        return not codes
    areas = all(_AREA.fullmatch(text) for text in texts)
    return areas == (standard in AREA_FIELDS) or standard not in AREA_FIELDS + ("JCBH",)


def _note_missing(table: SourceTable, mapping: Mapping[str, str], notes: Notes) -> None:
    for standard in REQUIRED:
        if standard not in mapping:
            notes.add(
                "E" if standard == "XZQDM" else "W",
                message("{file} has no field {standard} ({alias}).", file=table.file, standard=standard,
                        alias=ALIASES[standard][1]),
                message("Say which field it is in MAPPING, or ask the issuer for it; the rows were imported without it."),
                rule="R01",
            )


def _note_rivals(table: SourceTable, mapping: Mapping[str, str], notes: Notes) -> None:
    used = set(mapping.values())
    for name in table.columns:
        rivals = [standard for standard, _ in _ranks(read_header(name).key) if mapping.get(standard) not in (None, name)]
        if name not in used and rivals:
            notes.add("I", message("{file}: {name} could be {standard} too, which was read from {chosen}; "
                                   "{name} is kept as a further field.",
                                   file=table.file, name=name, standard=rivals[0], chosen=mapping[rivals[0]]),
                      message("If that is wrong, say which field it is in MAPPING."), rule="R01")


# The source's columns in the register's terms: standard fields cleaned, further ones kept, areas in m² (R01, R05).

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
