"""The lines of a red-line coordinate text (勘测定界界址点坐标), in which approvals are handed over (domain.md §1.3).

A header block (坐标系, 几度分带, 带号 …), then for each parcel a record line
``界址点数,地块面积(公顷),地块编号,地块名称,面,图幅号,地块用途,,@`` and its points ``点号,地块圈号,X,Y``: X is north, Y is east.
Programs write it with more columns or fewer, with other separators, without the @ or the 面, several texts in one. Every line is a
header, a record or a point, or it is named; what it would have changed is not guessed.
"""
from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import Dict, List, Optional, Sequence, Tuple

from ..errors import InputError, Message, message
from ..evidence.gdal_quiet import reading
from ..evidence.encodings import checked_encoding, decode_file
from .report import Notes

_KINDS = ("面", "线", "点", "多边形")
_SECTION = re.compile(r"^[\[【〔](.*?)[\]】〕]$")
#: One thing of a parcel on a line of its own, and what it is; a parcel may begin with its number alone.
_PARTICULAR = re.compile(r"^((?:地块|宗地)(?:编号|号|名称|面积|用途)|界址点数量?|图幅号|土地用途)\s*[=:]\s*(.+)$|^(?:地块|宗地)\s*([\w-]{1,20})$")
_SAID = {"编号": "number", "名称": "name", "面积": "area", "用途": "use", "点数": "count", "图幅": "sheet", "号": "number"}
_HEADER = re.compile(r"^([^,;=@\d][^,;=@]{0,30})=(.*)$")
_DMS = re.compile(r"^(?:[NSEWnsew]|北纬|东经)?\s*(\d{1,3})(?:\s*[°度o:-]\s*|\s+)([0-5]?\d)(?:\s*['′‵’分:-]\s*|\s+)"
                  r"([0-5]?\d(?:\.\d+)?)\s*(?:[\"″”秒]|''|′′)?\s*[NSEWnsew]?$")
#: Degrees and decimal minutes, 28°49.2913′.
_DM = re.compile(r"^(?:[NSEWnsew]|北纬|东经)?\s*(\d{1,3})\s*[°度o]\s*([0-5]?\d(?:\.\d+)?)\s*['′‵’分]\s*[NSEWnsew]?$")
_AREA = re.compile(r"^([\d.]+)\s*[(（]?\s*(公顷|亩|平方米|平米|m2|M2|㎡|hm2|ha)\s*[)）]?$", re.IGNORECASE)
_AREA_UNITS = {"公顷": 10_000.0, "hm2": 10_000.0, "ha": 10_000.0, "亩": 2000 / 3, "平方米": 1.0, "平米": 1.0, "m2": 1.0, "㎡": 1.0}
_POINT_LABEL = re.compile(r"^[A-Za-z界址点]{0,4}-?\d{1,6}(?:-\d+)?$")
_VILLAGE = re.compile(r"\d{6}|\d{9}|\d{12}")
#: No coordinate of a projection of China is smaller; distances, heights and numbers of points are.
_LEAST_M = 100_000.0
_LATITUDES, _LONGITUDES = (3.0, 54.5), (73.0, 136.0)
_FALLBACK = re.compile(r"^[^,]*,\s*(-?\d+)\s*,\s*(-?\d+(?:\.\d+)?)\s*,\s*(-?\d+(?:\.\d+)?)\s*,?$")


@dataclass
class RedLineParcel:
    """One parcel of the text: what its record line says (area in m²) and its rings, points as written (X north, Y east).

    ``block`` is the header that it stands under; ``doubt`` says why nobody can know whose points these are.
    """

    row: int
    line: int
    block: int = 0
    stated_points: Optional[int] = None
    stated_m2: Optional[float] = None
    number: Optional[str] = None
    name: Optional[str] = None
    kind: str = "面"
    sheet: Optional[str] = None
    use: Optional[str] = None
    rings: List[List[Tuple[float, float]]] = field(default_factory=list)
    wrong_lines: List[int] = field(default_factory=list)
    doubt: Optional[Message] = None
    #: Its record line bears no mark of one: its points must be as many as it says.
    unmarked: Optional[str] = None
    _of: Dict[int, int] = field(default_factory=dict)
    _labels: List[List[str]] = field(default_factory=list)
    _closed: List[bool] = field(default_factory=list)
    counted: int = 0
    false_closings: List[float] = field(default_factory=list)

    def add(self, ring: int, label: str, point: Tuple[float, float]) -> None:
        """A point of a numbered ring; a ring that has closed, or whose points are counted anew, is followed by another one."""
        self.counted += 1
        at = self._of.get(ring)
        if point[0] == point[1] and at is not None and len(self.rings[at]) >= 3:
            self.false_closings.append(point[0])  # programs close a ring with one coordinate twice: no place on earth
            self._closed[at] = True
            return
        begins_anew = at is not None and (self._closed[at] or len(self.rings[at]) >= 3 and label == self._labels[at][0] != ""
                                          and self._labels[at][1] != label and point != self.rings[at][0])
        if at is None or begins_anew:
            self._of[ring] = at = len(self.rings)
            self.rings.append([])
            self._labels.append([])
            self._closed.append(False)
        self.rings[at].append(point)
        self._labels[at].append(label)
        self._closed[at] = len(self.rings[at]) >= 4 and self.rings[at][0] == point

    @property
    def is_closed(self) -> bool:
        """Whether the last ring has come back to its first point."""
        return bool(self._closed) and self._closed[-1]

    @property
    def is_as_stated(self) -> bool:
        """Whether as many points were read as the record line says; some programs do not count the closing ones."""
        return self.counted > 2 and self.stated_points in (self.counted, self.counted - sum(self._closed))


@dataclass
class RedLineText:
    """A whole file: its headers as written (several texts may be copied into one), the parcels in their order."""

    file: str
    digest: str
    encoding: str
    headers: List[Dict[str, str]]
    parcels: List[RedLineParcel]
    unread: List[Tuple[int, str]] = field(default_factory=list)


def read_text(path: Path, encoding: Optional[str], notes: Notes, shown: str = "") -> RedLineText:
    """Parse a red-line text in UTF-8 (with or without mark), UTF-16 or GBK; raises InputError where it holds no parcel."""
    name = shown or path.name
    with reading(name):
        content = path.read_bytes()
        text, used = decode_file(content, checked_encoding(encoding) if encoding else None)
    reader = _Reader(name)
    for number, raw in enumerate(text.splitlines(), 1):
        line = unicodedata.normalize("NFKC", raw).replace("、", ",").strip(" \t\0\ufeff")
        if line:
            reader.take(line, number)
    reader.finish()
    if not reader.parcels:
        raise InputError("{file} is no red-line coordinate text: no parcel record (…,@) was found in it.",
                         "Give the .txt with the blocks [属性描述] and [地块坐标].", file=name)
    result = RedLineText(name, hashlib.sha256(content).hexdigest(), used, reader.headers, reader.parcels, reader.unread)
    _note_lines(result, notes)
    return result


class _Reader:
    """Takes line after line; knows the header and the parcel that the next one belongs to."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.headers: List[Dict[str, str]] = [{}]
        self.parcels: List[RedLineParcel] = []
        self.unread: List[Tuple[int, str]] = []
        self._stopped: Optional[Tuple[int, str]] = None
        self._said: Dict[str, str] = {}

    def take(self, line: str, number: int) -> None:
        section = _SECTION.match(line)
        if section:
            self._begin_block("坐标" not in section.group(1))
            return
        if self._take_particular(line):
            return
        header = _HEADER.match(line)
        if header and "@" not in line:
            self._begin_block(True)
            self.headers[-1][header.group(1).strip()] = header.group(2).strip()
            return
        fields = _fields(line)
        if _is_record(line, fields):
            self._begin(fields, number)
        else:
            self._take_point(line, fields, number)

    def finish(self) -> None:
        """Doubt the parcels whose line bears no mark and is not borne out by its points."""
        for at, parcel in enumerate(self.parcels):
            if parcel.unmarked is None or parcel.is_as_stated or at == 0:
                continue
            self.unread.append((parcel.line, parcel.unmarked))
            parcel.doubt = _doubt(parcel.line, parcel.unmarked)

    def _take_particular(self, line: str) -> bool:
        """Whether the line says one thing of the parcel that follows (地块编号=1, 地块名称:甲, 地块2), or of the one just begun."""
        found = _PARTICULAR.match(line)
        if not found or "@" in line:
            return False
        named, value, alone = found.groups()
        self._said[next(name for word, name in _SAID.items() if word in named) if named else "number"] = (value or alone).strip()
        if self.parcels and not self.parcels[-1].counted and self.parcels[-1].block == len(self.headers) - 1:
            self._fill()
        return True

    def _fill(self) -> None:
        """What stood on lines of its own goes to the last parcel, where its record line does not say it."""
        parcel, said, self._said = self.parcels[-1], self._said, {}
        for name in ("number", "name", "use", "sheet"):
            setattr(parcel, name, getattr(parcel, name) or said.get(name))

    def _begin(self, fields: List[str], number: int, unmarked: Optional[str] = None) -> None:
        self.parcels.append(_parcel(fields, number, len(self.parcels) + 1, len(self.headers) - 1, self.headers[-1]))
        self.parcels[-1].unmarked = unmarked
        self._stopped = None
        self._fill()

    def _begin_block(self, is_header: bool) -> None:
        """A header after parcels begins another text: its zone counts for what follows, the earlier one's no more."""
        if is_header and self.parcels and self.parcels[-1].block == len(self.headers) - 1:
            self.headers.append({})
            self._stopped = None

    def _take_point(self, line: str, fields: List[str], number: int) -> None:
        point = _point(fields, line, self.headers[-1].get("计量单位", ""))
        if point is None:
            self._take_unread(line, fields, number)
            return
        if self._said:
            self._begin([self._said.get("count", ""), self._said.get("area", ""), "", "", "面"], number)
        if not self.parcels or self._stopped is not None or self.parcels[-1].block != len(self.headers) - 1:
            self._begin_unnamed(number)
        ring, label, where = point
        self.parcels[-1].add(ring, label, where)

    def _begin_unnamed(self, number: int) -> None:
        parcel = RedLineParcel(len(self.parcels) + 1, number, len(self.headers) - 1)
        if self._stopped is not None:
            at, text = self._stopped
            parcel.doubt = _doubt(at, text)
        self.parcels.append(parcel)
        self._stopped = None

    def _take_unread(self, line: str, fields: List[str], number: int) -> None:
        """A damaged point of a ring that is still open is named and left out; anything else ends the parcel before it."""
        parcel = self.parcels[-1] if self.parcels else None
        if _may_be_record(fields) and self._stopped is None and (parcel is None or parcel.is_closed or parcel.is_as_stated):
            self._begin(fields, number, line)
            return
        self.unread.append((number, line))
        is_point = len(fields) >= 3 and _POINT_LABEL.match(fields[0]) and (re.fullmatch(r"\d{1,4}", fields[1]) or _is_far(fields[1]))
        if parcel is not None and is_point and not (parcel.is_closed and fields[0].isdigit()):
            parcel.wrong_lines.append(number)
        elif parcel is not None and parcel.counted:
            self._stopped = (number, line)


def _fields(line: str) -> List[str]:
    """Cells of a line, parted by commas, semicolons, tabs or blanks, whatever it has."""
    mark = next((one for one in (",", ";", "\t") if one in line), None)
    parts = line.split(mark) if mark else line.split()
    return [part.strip() for part in parts]


def _is_record(line: str, fields: Sequence[str]) -> bool:
    if line.rstrip(" ,;\t").endswith("@"):
        return True
    return any(part in _KINDS for part in fields) and not any(_is_far(part) for part in fields)


def _may_be_record(fields: Sequence[str]) -> bool:
    """Number of points, area, and what names the parcel, with no mark that it is a record."""
    if len(fields) < 3 or not re.fullmatch(r"\d{1,4}", fields[0]) or int(fields[0]) < 3 or any(_is_far(part) for part in fields):
        return False
    return bool(fields[2]) and (_AREA.match(fields[1]) is not None or (_float(fields[1]) or 0.0) > 0)


def _doubt(line: int, text: str) -> Message:
    return message("Line {line} before its points cannot be read: “{text}”. Whose points these are is not known.", line=line,
                   text=text[:60])


def _is_far(text: str) -> bool:
    number = _float(text)
    return number is not None and abs(number) >= _LEAST_M and "." in text


def _point(fields: Sequence[str], line: str, unit: str) -> Optional[Tuple[int, str, Tuple[float, float]]]:
    """Ring, label and coordinates of a point line; None where it holds none. Which columns they are, their size tells."""
    values = [_coordinate(part, unit) for part in fields]
    for at in range(len(values) - 1):
        first, second = values[at], values[at + 1]
        if first is not None and second is not None and _is_pair(first, second):
            return _ring(fields, at), fields[0] if at else "", (first, second)
    found = _FALLBACK.match(",".join(fields))
    if found:
        return int(found.group(1)), fields[0], (float(found.group(2)), float(found.group(3)))
    return None


def _ring(fields: Sequence[str], at: int) -> int:
    """The number before the coordinates, where it is not the point's own."""
    return int(fields[at - 1]) if at >= 2 and re.fullmatch(r"\d{1,4}", fields[at - 1]) else 1


def _coordinate(text: str, unit: str) -> Optional[float]:
    """A number, degrees minutes seconds, or (where the header's unit says so) dd.mmssss, in degrees or metres."""
    found = _DMS.match(text)
    if found:
        return int(found.group(1)) + int(found.group(2)) / 60 + float(found.group(3)) / 3600
    found = _DM.match(text)
    if found:
        return int(found.group(1)) + float(found.group(2)) / 60
    number = _float(text)
    if number is None or not ("分秒" in unit or unit in ("秒", "second", "seconds")):
        return number
    if unit in ("秒", "second", "seconds"):
        return number / 3600 if number > 10_000 else number
    if 30_000 <= number < 1_360_000:  # 284917.48 for 28°49′17.48″
        whole, _point_mark, rest = text.partition(".")
        return _from_packed(f"{whole[:-4]}.{whole[-4:]}{rest}")
    return _from_packed(text) if 3 <= number <= 136 else number


def _from_packed(text: str) -> Optional[float]:
    """28.491748067 in dd.mmssss is 28°49′17.48067″; None where minutes or seconds would be 60 or more."""
    degrees, _point_mark, rest = text.partition(".")
    rest = rest.ljust(4, "0")
    minutes, seconds = int(rest[:2]), float(f"{rest[2:4]}.{rest[4:] or 0}")
    return int(degrees) + minutes / 60 + seconds / 3600 if minutes < 60 and seconds < 60 else None


def _is_pair(first: float, second: float) -> bool:
    if abs(first) >= _LEAST_M and abs(second) >= _LEAST_M:
        return True
    return any(_LATITUDES[0] <= lat <= _LATITUDES[1] and _LONGITUDES[0] <= lon <= _LONGITUDES[1]
               for lat, lon in ((first, second), (second, first)))


def _parcel(fields: Sequence[str], number: int, row: int, block: int, header: Dict[str, str]) -> RedLineParcel:
    """By content: the kind (面) parts what names the parcel from what follows; an area may carry its unit."""
    parts = [part for part in fields]
    while parts and parts[-1].strip("@") == "":
        parts.pop()
    kinds = [at for at, part in enumerate(parts) if part in _KINDS and at >= 2]
    kind_at = 4 if 4 in kinds else max(kinds, default=min(4, len(parts)))
    if not kinds and not fields[-1].endswith("@"):  # no kind at all: behind the name stands what it is used for
        kind_at = 6 if len(parts) > 5 and _VILLAGE.fullmatch(parts[2]) else kind_at
        parts[kind_at:] = ["面", "", *[part for part in parts[kind_at:] if part][-1:]]
    stated_points, stated_m2, named = _figures(parts[:kind_at], header)
    after = [part.rstrip("@") or None for part in parts[kind_at + 1:]] + [None, None]
    code, name = _names(named)
    return RedLineParcel(row=row, line=number, block=block, stated_points=stated_points, stated_m2=stated_m2, number=code, name=name,
                         kind=parts[kind_at] if kind_at < len(parts) else "面", sheet=after[0], use=after[1])


def _figures(parts: Sequence[str], header: Dict[str, str]) -> Tuple[Optional[int], Optional[float], List[str]]:
    """Number of points, area in m², and the fields behind them."""
    with_unit = next((at for at, part in enumerate(parts[:3]) if _AREA.match(part)), None)
    if with_unit is not None:
        found = _AREA.match(parts[with_unit])
        area = float(found.group(1)) * _AREA_UNITS[found.group(2).lower()] if found and _float(found.group(1)) is not None else None
        count = parts[0] if with_unit > 0 else ""
    else:
        unit = next((factor for word, factor in _AREA_UNITS.items() if word in header.get("面积单位", header.get("地块面积单位", ""))), 10_000.0)
        stated = _float(parts[1]) if len(parts) > 1 else None
        area, count = (stated * unit if stated else None), parts[0] if parts else ""
    behind = list(parts[max(2, (with_unit or 0) + 1):])
    return int(count) if count.isdigit() and len(count) < 7 else None, area, behind


def _names(named: Sequence[str]) -> Tuple[Optional[str], Optional[str]]:
    """Number and name; the provincial form puts the village's code and name before them."""
    if len(named) >= 4 and _VILLAGE.fullmatch(named[0]) and named[2]:
        named = named[2:]
    return (named[0] or None) if named else None, ",".join(part for part in named[1:] if part) or None


def _float(text: Optional[str]) -> Optional[float]:
    try:
        return float(text) if text and re.fullmatch(r"[+-]?\d{1,12}(\.\d*)?", text) else None
    except ValueError:
        return None


def _note_lines(text: RedLineText, notes: Notes) -> None:
    damaged = {line for parcel in text.parcels for line in parcel.wrong_lines}
    for parcel in text.parcels:
        for line in parcel.wrong_lines:
            notes.add("E", message("{file}, line {line} is no boundary point; it was left out.", file=text.file, line=line),
                      message("Correct the line: point number, ring number, X (north), Y (east)."), row=parcel.row, patch=parcel.number)
        _note_rings(text, parcel, notes)
        stated, there = parcel.stated_points, parcel.counted
        if stated and not parcel.is_as_stated:
            notes.add("W", message("The record promises {stated} points and {there} follow.", stated=stated, there=there),
                      message("Compare with the approval's map: points may be missing."), row=parcel.row, patch=parcel.number)
    for line, said in text.unread:
        if line not in damaged:
            notes.add("W", message("{file}, line {line} is neither header, record nor point and was left out: “{text}”", file=text.file,
                                   line=line, text=said[:60]),
                      message("Look whether it belongs to a parcel."))


def _note_rings(text: RedLineText, parcel: RedLineParcel, notes: Notes) -> None:
    for value in parcel.false_closings:
        notes.add("W", message("{file}: a point has the same number for X and Y ({value}); it was left out, and the ring closed "
                               "without it.", file=text.file, value=f"{value:.3f}"),
                  message("Compare the parcel with the approval's map."), row=parcel.row, patch=parcel.number)
    small = [ring for ring in parcel.rings if len(set(ring)) < 3]
    if small and len(small) < len(parcel.rings):
        notes.add("W", message("{n} rings of the parcel have fewer than three different points and were left out.", n=len(small)),
                  message("Compare the parcel with the approval's map."), row=parcel.row, patch=parcel.number)
