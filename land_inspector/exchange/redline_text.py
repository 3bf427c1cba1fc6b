"""Red-line coordinate text (勘测定界界址点坐标), in which approvals are handed over (domain.md §1.3).

A header block (坐标系, 几度分带, 带号 …), then for each parcel a record line
``界址点数,地块面积(公顷),地块编号,地块名称,面,图幅号,地块用途,,@`` and its points ``点号,地块圈号,X,Y``: X is north, Y is east.
"""
from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import Dict, List, Optional, Tuple

from ..errors import InputError, message
from .formats.encodings import checked_encoding, decode_file
from .import_findings import Notes

_POINT = re.compile(r"^[^,]*,\s*(-?\d+)\s*,\s*([^,\s]+)\s*,\s*([^,\s]+)\s*,?$")
_KINDS = ("面", "线", "点")


@dataclass
class RedLineParcel:
    """One parcel of the text: what its record line says and its rings by number, points as written (X north, Y east)."""

    row: int
    line: int
    stated_points: Optional[int]
    stated_ha: Optional[float]
    number: Optional[str]
    name: Optional[str]
    kind: str
    sheet: Optional[str]
    use: Optional[str]
    rings: Dict[int, List[Tuple[float, float]]] = field(default_factory=dict)
    wrong_lines: List[int] = field(default_factory=list)

    @property
    def points(self) -> int:
        return sum(len(ring) for ring in self.rings.values())


@dataclass
class RedLineText:
    """A whole file: the header as written, the parcels in their order."""

    file: str
    digest: str
    encoding: str
    header: Dict[str, str]
    parcels: List[RedLineParcel]


def read_text(path: Path, encoding: Optional[str], notes: Notes) -> RedLineText:
    """Parse a red-line text in UTF-8 (with or without mark) or GBK; raises InputError where it holds no parcel."""
    if not path.is_file():
        raise InputError("{file} does not exist.", "Check the path and the connection to the drive.", file=str(path))
    content = path.read_bytes()
    text, used = decode_file(content, checked_encoding(encoding) if encoding else None)
    result = RedLineText(path.name, hashlib.sha256(content).hexdigest(), used, {}, [])
    for number, raw in enumerate(text.splitlines(), 1):
        line = unicodedata.normalize("NFKC", raw).replace("、", ",").strip(" \t\0\ufeff")
        if line and not re.fullmatch(r"\[.*\]", line):
            _take_line(result, line, number)
    if not result.parcels:
        raise InputError("{file} is no red-line coordinate text: no parcel record (…,@) was found in it.",
                         "Give the .txt with the blocks [属性描述] and [地块坐标].", file=path.name)
    _note_lines(result, notes)
    return result


def _take_line(text: RedLineText, line: str, number: int) -> None:
    if line.endswith("@"):
        text.parcels.append(_parcel(line, number, len(text.parcels) + 1))
    elif "=" in line and not text.parcels:
        name, value = line.split("=", 1)
        text.header[name.strip()] = value.strip()
    elif text.parcels:
        _take_point(text.parcels[-1], re.sub(r"[\t ]+", ",", line) if "," not in line else line, number)


def _take_point(parcel: RedLineParcel, line: str, number: int) -> None:
    found = _POINT.match(line)
    try:
        ring, x, y = int(found.group(1)), float(found.group(2)), float(found.group(3))
    except (AttributeError, ValueError):
        parcel.wrong_lines.append(number)
        return
    parcel.rings.setdefault(ring, []).append((x, y))


def _parcel(line: str, number: int, row: int) -> RedLineParcel:
    parts = [part.strip() or None for part in line.rstrip("@").split(",")]
    kind_at = next((at for at, part in enumerate(parts) if part in _KINDS), 4)
    parts += [None] * (kind_at + 3 - len(parts))
    return RedLineParcel(
        row=row, line=number, stated_points=int(parts[0]) if (parts[0] or "").isdigit() else None,
        stated_ha=_float(parts[1]), number=parts[2], name=",".join(part for part in parts[3:kind_at] if part) or None,
        kind=parts[kind_at] or "面", sheet=parts[kind_at + 1], use=parts[kind_at + 2],
    )


def _float(text: Optional[str]) -> Optional[float]:
    try:
        return float(text) if text else None
    except ValueError:
        return None


def _note_lines(text: RedLineText, notes: Notes) -> None:
    for parcel in text.parcels:
        for line in parcel.wrong_lines:
            notes.add("E", message("{file}, line {line} is no boundary point; it was left out.", file=text.file, line=line),
                      message("Correct the line: point number, ring number, X (north), Y (east)."), row=parcel.row, patch=parcel.number)
        stated, there = parcel.stated_points, parcel.points
        if stated is not None and stated != there:
            notes.add("W", message("The record promises {stated} points and {there} follow.", stated=stated, there=there),
                      message("Compare with the approval's map: points may be missing."), row=parcel.row, patch=parcel.number)
