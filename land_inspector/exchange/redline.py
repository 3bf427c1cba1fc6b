"""Approvals from red-line texts: parcels with geometry, in the register's CRS, their area compared with the stated one."""
from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

import numpy as np
import shapely
from osgeo import osr

from ..errors import InputError, Message, message
from ..evidence.area import AreaMethod, measure
from ..evidence.crs import Crs
from ..evidence.gdal_quiet import reading, spatial_reference
from ..evidence.vector_files import files_in
from ..progress import Progress
from ..register.records import Finding, Quarantined
from ..register.tables import Field, REAL, TEXT
from .atomic_files import one_given_out
from .formats.encodings import checked_encoding, decode_file
from .formats.gpkg import Layer, write_geopackage
from .report import Notes, listed
from .intake.source_table import Draft, SourceTable, joined
from .intake.geometry import read_geometry, repair, swap_axes
from .intake.placement import Extents, epsg_of_meridian, place, usable_crs
from .reprojection import crs_name, transform_geometry


# Red-line coordinate text (勘测定界界址点坐标), in which approvals are handed over (domain.md §1.3).
#
# A header block (坐标系, 几度分带, 带号 …), then for each parcel a record line
# ``界址点数,地块面积(公顷),地块编号,地块名称,面,图幅号,地块用途,,@`` and its points ``点号,地块圈号,X,Y``: X is north, Y is east.
# Programs write it with more columns or fewer, with other separators, without the @, several texts in one. Every line is a
# header, a record or a point, or it is named; what it would have changed is not guessed.

_KINDS = ("面", "线", "点")
_SECTION = re.compile(r"^[\[【〔](.*?)[\]】〕]$")
_HEADER = re.compile(r"^([^,;=@\d][^,;=@]{0,30})=(.*)$")
_DMS = re.compile(r"^(?:[NSEWnsew]|北纬|东经)?\s*(\d{1,3})(?:\s*[°度o:-]\s*|\s+)([0-5]?\d)(?:\s*['′‵’分:-]\s*|\s+)"
                  r"([0-5]?\d(?:\.\d+)?)\s*(?:[\"″”秒]|''|′′)?\s*[NSEWnsew]?$")
#: Degrees and decimal minutes, 28°49.2913′.
_DM = re.compile(r"^(?:[NSEWnsew]|北纬|东经)?\s*(\d{1,3})\s*[°度o]\s*([0-5]?\d(?:\.\d+)?)\s*['′‵’分]\s*[NSEWnsew]?$")
_AREA = re.compile(r"^([\d.]+)\s*[(（]?\s*(公顷|亩|平方米|平米|m2|M2|㎡|hm2|ha)\s*[)）]?$", re.IGNORECASE)
_AREA_UNITS = {"公顷": 10_000.0, "hm2": 10_000.0, "ha": 10_000.0, "亩": 2000 / 3, "平方米": 1.0, "平米": 1.0, "m2": 1.0, "㎡": 1.0}
_POINT_LABEL = re.compile(r"^[A-Za-z界址点]{0,4}-?\d{1,6}(?:-\d+)?$")
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
    def closings(self) -> List[bool]:
        """For each ring whether its first point stands at its end once more; some programs do not count it."""
        return self._closed

    @property
    def is_closed(self) -> bool:
        """Whether the last ring has come back to its first point."""
        return bool(self._closed) and self._closed[-1]


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

    def take(self, line: str, number: int) -> None:
        section = _SECTION.match(line)
        if section:
            self._begin_block("坐标" not in section.group(1))
            return
        header = _HEADER.match(line)
        if header and "@" not in line:
            self._begin_block(True)
            self.headers[-1][header.group(1).strip()] = header.group(2).strip()
            return
        fields = _fields(line)
        if _is_record(line, fields):
            self.parcels.append(_parcel(fields, number, len(self.parcels) + 1, len(self.headers) - 1, self.headers[-1]))
            self._stopped = None
        else:
            self._take_point(line, fields, number)

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
        if not self.parcels or self._stopped is not None or self.parcels[-1].block != len(self.headers) - 1:
            self._begin_unnamed(number)
        ring, label, where = point
        self.parcels[-1].add(ring, label, where)

    def _begin_unnamed(self, number: int) -> None:
        parcel = RedLineParcel(len(self.parcels) + 1, number, len(self.headers) - 1)
        if self._stopped is not None:
            at, text = self._stopped
            parcel.doubt = message("Line {line} before its points cannot be read: “{text}”. Whose points these are is not known.",
                                   line=at, text=text[:60])
        self.parcels.append(parcel)
        self._stopped = None

    def _take_unread(self, line: str, fields: List[str], number: int) -> None:
        """A damaged point of a ring that is still open is named and left out; anything else ends the parcel before it."""
        self.unread.append((number, line))
        parcel = self.parcels[-1] if self.parcels else None
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
    if len(named) >= 4 and re.fullmatch(r"\d{6}|\d{9}|\d{12}", named[0]) and named[2]:
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
        if stated and stated not in (there, there - sum(parcel.closings)):
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


AREA_TOLERANCE = 0.01
APPROVAL_FIELDS = ("SXLX", "PZWH", "PZJG", "PZRQ", "JZRQ", "XMMC", "PZMJ", "YDDW", "PZYT", "BAH", "DKBH", "TFH", "MJ", "WJ")
_AREA_FIELDS = ("PZMJ", "MJ")
_OLD_SYSTEMS = re.compile(r"80|西安|54|北京", re.IGNORECASE)
#: Systems whose place on CGCS2000 nobody can tell from the text: a town's own, a map service's shifted one.
_UNKNOWN_SYSTEMS = re.compile(r"独立|地方|城市坐标|自定义|假定|任意|GCJ|火星|百度|BD-?09|local", re.IGNORECASE)
_TEXTS = frozenset({".txt"})


@dataclass(frozen=True)
class ApprovedParcel:
    """One parcel of an approval: ``wkb`` in the CRS asked for, ``stated_m2`` as its record line says, ``area_m2`` measured;
    ``file`` is the text that it stands in."""

    row: int
    number: Optional[str]
    name: Optional[str]
    use: Optional[str]
    sheet: Optional[str]
    stated_m2: Optional[float]
    area_m2: float
    wkb: bytes
    file: str = ""


@dataclass
class RedLine:
    """Red-line texts read whole: ``len(parcels) + len(quarantined)`` is the number of their parcels."""

    file: str
    digest: str
    encoding: str
    crs: str
    header: Dict[str, str]
    parcels: List[ApprovedParcel]
    quarantined: List[Quarantined]
    findings: List[Finding] = field(default_factory=list)


def read_redline(path: str, *, target_crs: Optional[str] = None, area_method: str = "E", crs: Optional[str] = None,
                 encoding: Optional[str] = None, progress: Optional[Progress] = None) -> RedLine:
    """Read a red-line coordinate text (UTF-8, UTF-16 or GBK), or every text of a folder or archive as one approval.

    The CRS comes from ``crs``, else from the header above each parcel and the zone number in Y; ``target_crs`` None keeps the
    first one. Rings within a ring are holes. X and Y in each other's place are put right (R04). Raises InputError where a text holds
    no parcel, is in 西安80 or 北京54, or does not tell its zone.
    """
    progress, notes, source = progress or Progress(), Notes(), Path(path)
    with reading(source.name), files_in(source, _TEXTS, progress) as (files, others):
        if not files:
            raise InputError("{file} holds no text (.txt); it holds {files}.", "Give the red-line text, or a folder or .zip of such texts.",
                             file=source.name, files=listed(others, 30) or "-")
        texts = [read_text(file.path, encoding, notes, file.shown) for file in files]
        if others:
            notes.add("I", message("{file} holds files that are no layers and were left: {layers}.", file=source.name,
                                   layers=listed(others, 30)))
    with reading(source.name):
        return _read(source.name, texts, (target_crs, area_method, crs), notes, progress)


def _read(file: str, texts: List[RedLineText], wish: Tuple[Optional[str], str, Optional[str]], notes: Notes, progress: Progress) -> RedLine:
    target_crs, area_method, crs = wish
    target = usable_crs(target_crs) if target_crs else None
    drafts: List[Draft] = []
    told: List[Tuple[RedLineText, RedLineParcel]] = []
    for text in texts:
        for block, header in enumerate(text.headers):
            parcels = [parcel for parcel in text.parcels if parcel.block == block]
            if not parcels:
                continue
            draft = _drafted(text, parcels, len(told), notes, progress)
            placed = _placed(text, header, parcels, draft, crs)
            target = target or placed
            sound = draft.sound
            if len(sound):
                draft.geometry[sound], _ = transform_geometry(draft.geometry[sound], placed, target, progress)
            drafts.append(draft)
            told += [(text, parcel) for parcel in parcels]
    whole = joined(file, drafts, notes)
    repair(whole, measure(Crs.of(target), AreaMethod(area_method)), progress)
    approved = [_approved(*told[index], whole, index) for index in whole.sound.tolist()]
    quarantined = [Quarantined(whole.rows[i], _attributes(told[i][1]), None, reason)
                   for i, reason in enumerate(whole.reasons) if reason is not None]
    digest = texts[0].digest if len(texts) == 1 else hashlib.sha256("".join(text.digest for text in texts).encode("ascii")).hexdigest()
    return RedLine(file, digest, texts[0].encoding, crs_name(target), texts[0].headers[0], approved, quarantined, notes.findings)


def _drafted(text: RedLineText, parcels: List[RedLineParcel], before: int, notes: Notes, progress: Progress) -> Draft:
    rows = [before + at for at in range(1, len(parcels) + 1)]
    draft = Draft(text.file, rows, np.full(len(rows), None, dtype=object),
                  {"JCBH": [parcel.number or parcel.name for parcel in parcels]}, {}, notes)
    for index, parcel in enumerate(parcels):
        if parcel.doubt is not None:
            draft.quarantine(index, parcel.doubt, message("Correct that line, or give the parcel a record line of its own."))
        elif not parcel.kind.lower().startswith(("面", "polygon")):
            draft.quarantine(index, message("It is a {kind}, not an area.", kind=parcel.kind),
                             message("Only areas (面) can be approvals."))
        elif parcel.number is None and parcel.name is None:
            draft.note("W", index, message("Line {line}: the points have no record line, so the parcel has no number.", line=parcel.line),
                       message("Add the parcel's number after the import, or a record line before the points."))
    wkb = [_rings_wkb(parcel) if draft.reasons[i] is None else None for i, parcel in enumerate(parcels)]
    read_geometry(SourceTable(text.file, "", text.encoding, {}, rows, wkb), draft, progress)
    return draft


def _rings_wkb(parcel: RedLineParcel) -> Optional[bytes]:
    """Rings as polygons with X = east: what lies within another ring is a hole, what lies beside it a further part."""
    shapes = []
    for points in parcel.rings:
        ring = [(y, x) for x, y in points]
        if len(set(ring)) >= 3:
            shapes.append(shapely.make_valid(shapely.Polygon(ring)))
    whole = None
    for shape in sorted(shapes, key=lambda polygon: -polygon.area):
        whole = shape if whole is None else _with_ring(whole, shape)
    return shapely.to_wkb(whole, output_dimension=2) if whole is not None else None


def _with_ring(whole: shapely.Geometry, ring: shapely.Geometry) -> shapely.Geometry:
    return shapely.difference(whole, ring) if shapely.covers(whole, ring) else shapely.union(whole, ring)


def _placed(text: RedLineText, header: Mapping[str, str], parcels: List[RedLineParcel], draft: Draft, given: Optional[str]
            ) -> osr.SpatialReference:
    """The CRS of the points; rows with X and Y in each other's place are turned."""
    declared = None if given else _stated_crs(text.file, header, parcels)
    placement = place(declared, given, Extents.of(draft), draft, lambda point: ())
    for index, reason in placement.nowhere.items():
        draft.quarantine(index, reason, message("Ask the issuer for the right coordinates."), "R03")
    swap_axes(draft, placement.swapped)
    for index, srs in placement.other_srs.items():
        draft.geometry[[index]], _ = transform_geometry(draft.geometry[[index]], srs, placement.srs, Progress())
    return placement.srs


def _stated_crs(file: str, header: Mapping[str, str], parcels: List[RedLineParcel]) -> Optional[osr.SpatialReference]:
    """From 坐标系, 几度分带, 带号 and 中央子午线; None where they say too little, then the coordinates must tell."""
    system = header.get("坐标系", "")
    if _OLD_SYSTEMS.search(system.replace("2000", "").replace("WGS84", "").replace("WGS-84", "").replace("WGS_1984", "")):
        raise InputError(
            "{file} is in the old system {datum}. It is not overlaid on CGCS2000 silently: it may lie 100 m off.",
            "Transform the points to CGCS2000 with the official parameters and import the result; if the file only says "
            "so by mistake, give its true CRS.",
            file=file, datum=system,
        )
    if _UNKNOWN_SYSTEMS.search(system):
        raise InputError("{file} is in the system {datum}, which is not CGCS2000; where it lies on CGCS2000 the text does not say.",
                         "Ask the issuer for the points in CGCS2000, or transform them with the official parameters; if the file only "
                         "says so by mistake, give its true CRS.", file=file, datum=system)
    if header.get("计量单位", "").startswith(("度", "秒")):
        return spatial_reference("EPSG:4490")
    stated = " ".join(header.get(name, "") for name in ("几度分带", "投影类型", "坐标系"))
    width = 6 if re.match(r"\s*[6六]", header.get("几度分带", "")) or re.search(r"6[_ ]?Degree", stated, re.IGNORECASE) else 3
    meridian = _stated_meridian(header, width)
    if meridian is None:
        return None
    easts = [y for parcel in parcels for ring in parcel.rings for point in ring for y in point]
    code = epsg_of_meridian(meridian, width, max(easts, default=0.0) > 1e7)
    return spatial_reference(f"EPSG:{code}") if code else None


def _stated_meridian(header: Mapping[str, str], width: int) -> Optional[float]:
    """The central meridian in degrees; a 带号 that is none (the width of the zones, a meridian) is taken for what it is."""
    system = header.get("坐标系", "")
    named = re.search(r"CM[_ ]?(\d{2,3})", system, re.IGNORECASE)
    said = next((header[name] for name in ("中央子午线", "中央经线", "中央子午线经度") if header.get(name)), named.group(1) if named else "")
    meridian = re.search(r"\d{2,3}(\.\d+)?", said)
    if meridian and 73 <= float(meridian.group()) <= 136:
        return float(meridian.group())
    in_name = re.search(r"Zone[_ ]?(\d{2})", system, re.IGNORECASE)
    digits = re.sub(r"\D", "", header.get("带号", "")) or (in_name.group(1) if in_name else "")
    zone = int(digits) if 0 < len(digits) < 4 else 0
    if 75 <= zone <= 135:
        return float(zone)
    if width == 6 and 13 <= zone <= 23:
        return 6.0 * zone - 3.0
    return 3.0 * zone if width == 3 and 25 <= zone <= 45 else None


def _approved(text: RedLineText, parcel: RedLineParcel, draft: Draft, index: int) -> ApprovedParcel:
    area_m2, stated_m2 = float(draft.area_m2[index]), parcel.stated_m2
    if stated_m2 is not None and abs(stated_m2 / area_m2 - 1) > AREA_TOLERANCE:
        draft.note("W", index, message("The stated area is {issued} m², the measured one {measured} m².",
                                       issued=f"{stated_m2:.2f}", measured=f"{area_m2:.2f}"),
                   message("Compare with the approval: points may be missing, or the area may not be in hectares."), "R05")
    return ApprovedParcel(draft.rows[index], parcel.number, parcel.name, parcel.use, parcel.sheet, stated_m2, area_m2,
                          shapely.to_wkb(draft.geometry[index], output_dimension=2), text.file)


def _attributes(parcel: RedLineParcel) -> Dict[str, Any]:
    return {"DKBH": parcel.number, "XMMC": parcel.name, "PZYT": parcel.use, "TFH": parcel.sheet,
            "PZMJ": parcel.stated_m2}


def approval_rows(redline: RedLine, *, kind: str = "01", document: Optional[str] = None, authority: Optional[str] = None,
                  approved_on: Optional[str] = None, valid_until: Optional[str] = None, holder: Optional[str] = None
                  ) -> List[Dict[str, Any]]:
    """One row of ``APPROVAL_FIELDS`` (domain.md §9.4) for each parcel; areas in m², dates as ISO text.

    ``kind`` is SXLX (01 农转用 … 10 增补); what the text does not hold (document number, dates, holder) is given here.
    """
    common = {"SXLX": kind, "PZWH": document, "PZJG": authority, "PZRQ": approved_on, "JZRQ": valid_until, "YDDW": holder,
              "BAH": None}
    return [{**common, "XMMC": parcel.name, "PZMJ": parcel.stated_m2, "PZYT": parcel.use, "DKBH": parcel.number,
             "TFH": parcel.sheet, "MJ": parcel.area_m2, "WJ": parcel.file or redline.file} for parcel in redline.parcels]


def write_approvals(redline: RedLine, output: str, *, layer: str = "approvals", **particulars: Any) -> int:
    """Write the parcels as a layer of a new GeoPackage, ready to be an evidence layer; answers their number.

    ``particulars`` as for :func:`approval_rows`. Raises InputError where ``output`` cannot be written.
    """
    rows = approval_rows(redline, **particulars)
    fields = [Field(name, REAL if name in _AREA_FIELDS else TEXT, name, name) for name in APPROVAL_FIELDS]
    with one_given_out(Path(output)) as draft:
        write_geopackage(draft, redline.crs, [Layer(layer, fields, {name: [row.get(name) for row in rows] for name in APPROVAL_FIELDS},
                                                    [parcel.wkb for parcel in redline.parcels])])
    return len(rows)
