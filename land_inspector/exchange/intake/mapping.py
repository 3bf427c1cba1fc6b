"""Which source column is which standard field (domain.md §1.1, §9.2; rule R01).

Names arrive as the codes, as Chinese aliases, in lower case, with brackets of either width, with a unit, with a
table's name in front, or cut at ten bytes by a DBF.
"""
from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from ...errors import InputError, message
from ..formats.sheet import read_heading
from ..report import Notes, listed
from .source_table import SourceTable

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
