"""An office's ledger of patrols (xlsx, csv …) as logs, and the pages of patrols and tracks."""
from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any, Dict, List, Mapping, Optional, Sequence, TYPE_CHECKING, Tuple

import numpy as np
import shapely

from ..errors import InputError, LandInspectorError, Message, message
from ..evidence.area import measure
from ..evidence.crs import Crs
from ..evidence.passing import Piece, passed
from ..evidence.patrol_profile import KeyArea, PatrolProfile
from ..evidence.shapes import polygons_only
from ..i18n import say, tr, user_locale
from ..law.codes import label, shipped_codes
from ..law.indicators import Rate
from ..law.patrols import FILED, REPORTED, StationMonth, last_day
from ..progress import Progress
from ..register.patrolling import Log, Target, clock, refuse_unknown_station
from ..register.register import Register
from ..register.findings import ground_of, on_the_ground
from ..values import day_of
from .field_package import CONFLICT, KNOWN, MISSING, NEW, TAKE
from .formats.html import heading, outcome, page, table
from .formats.tables import read_tables
from .ledger_columns import DAY, FieldSet, FoundTable, TEXT, TableField, is_under_the_table, tables_with
from .ledger_tables import first_cells
from .tracks.giving import Walk, alike, walks
from .tracks.track_file import TrackFile
from .formats.sheet import text_of

if TYPE_CHECKING:
    from .patrol_package import TakenBack


def _field(name: str, kind: str, *aliases: str) -> TableField:
    return TableField(name, kind, (name, *aliases))


#: The official log form's fields (domain.md §5, §9.7) by their usual headings.
COLUMNS = FieldSet((
    _field("ZSDM", TEXT, "站所", "巡查单位", "单位", "所", "自然资源所", "国土所", "STATION"),
    _field("XCRQ", DAY, "巡查日期", "日期", "DATE"),
    _field("KSSJ", TEXT, "开始时间", "起", "出发时间", "START"),
    _field("JSSJ", TEXT, "结束时间", "止", "返回时间", "END"),
    _field("SJ", TEXT, "时间", "巡查时间", "起止时间"),
    _field("XCRY", TEXT, "巡查人员", "人员", "巡查人", "OFFICERS"),
    _field("XCQY", TEXT, "巡查区域", "区域", "AREA"),
    _field("XCLX", TEXT, "巡查路线", "路线", "ROUTE"),
    _field("SFWF", TEXT, "是否有违法", "有无违法", "是否发现违法", "VIOLATION"),
    _field("CLYJ", TEXT, "处理意见", "处理情况", "HANDLING"),
    _field("BZ", TEXT, "备注", "REMARKS")))
_BETWEEN = re.compile(r"[、,，;；/\n]+")
_AND_OTHERS = re.compile(r"等?\s*(共?\d+|[一二两三四五六七八九十]+)\s*[人名]$|等$")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_YES, _NO = ("是", "有", "√", "1", "yes", "y"), ("否", "无", "×", "0", "no", "n")
#: A longer answer begins with what it says: 未发现违法行为, 发现违法1处.
_YES_BEGINS, _NO_BEGINS = ("是", "有", "发现"), ("否", "无", "未", "没")
_HALF = r"(上午|早上|早晨|中午|下午|晚上|傍晚)?\s*"
_CLOCK = re.compile(_HALF + r"(\d{1,2})\s*(?:[:：时点.]\s*(\d{1,2}|半)?(?:分|:\d{2})?|(?=\s*(?:[-—–~～至到]|$)))")
_WHOLE_DAY = re.compile(r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?[T ]?")


@dataclass(frozen=True)
class LogRow:
    """One row: its log, or why it cannot be read."""

    row: int
    sheet: str
    log: Optional[Log]
    reason: Optional[Message] = None

    @property
    def place(self) -> str:
        """Sheet and row."""
        return f"{self.sheet}: {self.row}" if self.sheet else str(self.row)


def read_logs(path: Path, stations: Mapping[str, str], mapping: Optional[Mapping[str, str]] = None,
              progress: Optional[Progress] = None) -> Tuple[List[LogRow], List[Message]]:
    """The rows of every sheet with a date of patrols, and what was left. ``stations``: name or code → code.

    InputError where no sheet has one.
    """
    sheets = read_tables(path, None, progress)
    found, left = tables_with(sheets, COLUMNS, ("XCRQ",), mapping, path.name)
    if not found:
        raise InputError("{file} has no column with the date of patrols (巡查日期); it has {fields}.", "Name the column 巡查日期.",
                         file=path.name, fields=first_cells(sheets))
    skipped: List[Message] = []
    rows = [row for one in found for row in _rows(one, stations, one.sheet.name if len(found) > 1 else "", skipped)]
    return rows, [*(remark for one in found for remark in one.sheet.remarks), *left, *skipped]


def _rows(found: FoundTable, stations: Mapping[str, str], sheet: str, skipped: List[Message]) -> List[LogRow]:
    """Lines of sums, signatures and notes are no logs; they go to ``skipped``."""
    made, at = [], found.columns["XCRQ"].at
    for number, cells in found.lines():
        texts = [text_of(cell) for cell in cells if text_of(cell)]
        if not texts:
            continue
        if is_under_the_table(texts) and (len(texts) < 3 or not any(text_of(cell) for cell in cells[at:at + 1])):
            place = f"{sheet} {number}".strip()
            skipped.append(message("Row {row} (“{text}”) is no patrol and was passed over.", row=place, text=texts[0]))
            continue
        said = {name: cells[column.at] if column.at < len(cells) else None for name, column in found.columns.items()}
        try:
            made.append(LogRow(number, sheet, _log(said, stations, found)))
        except LandInspectorError as wrong:
            made.append(LogRow(number, sheet, None, wrong.message))
    return made


def _log(said: Mapping[str, Any], stations: Mapping[str, str], found: FoundTable) -> Log:
    day = day_of(said.get("XCRQ"), found.columns["XCRQ"].day_zero)
    if day is None:
        raise InputError("“{value}” is no day.", value=text_of(said.get("XCRQ")) or "")
    name = text_of(said.get("ZSDM")) or (next(iter(stations.values())) if len(set(stations.values())) == 1 else "")
    if name not in stations:
        raise InputError("There is no station {station} in this register.", station=name or "-")
    start, end = _times(said)
    people = _people(text_of(said.get("XCRY")) or "")
    return Log(stations[name], day.isoformat(), start, end, people, _area(text_of(said.get("XCQY"))), text_of(said.get("XCLX")),
               _flag(text_of(said.get("SFWF"))), *(text_of(said.get(key)) for key in ("CLYJ", "BZ")))


def _people(text: str) -> Tuple[str, ...]:
    """Names as offices write them: 张三、李四等2人; 王 伟 李建国 (a piece of one sign is no name but a part of its neighbour)."""
    found: List[str] = []
    for part in _BETWEEN.split(re.sub(r"\s*·\s*", "·", text)):
        part = _AND_OTHERS.sub("", part.strip()).strip()
        pieces = part.split() if _CHINESE.search(part) else [part]
        while pieces:
            name, next_ones = pieces.pop(0), [len(piece) for piece in pieces[:2]]
            if next_ones and (len(name) == 1 or next_ones[0] == 1 and next_ones != [1, 1]):
                name += pieces.pop(0)
            found.append(name)
    return tuple(dict.fromkeys(name for name in found if name))


def _area(text: Optional[str]) -> Optional[str]:
    """The code of a key area where it is called by its name; else the text as it stands."""
    return next((code.code for code in shipped_codes().codes("XC_QY") if text and (text in code.zh or text == code.en)), text)


def _times(said: Mapping[str, Any]) -> Tuple[Optional[str], Optional[str]]:
    """Start and end from columns of their own, or both from one cell such as 8:30-11:00 or 上午8时30分至11时."""
    if "KSSJ" in said or "JSSJ" in said:
        return _clock(said.get("KSSJ")), _clock(said.get("JSSJ"))
    both = _clocks(text_of(said.get("SJ")) or "")
    return (both[0] if both else None), (both[-1] if len(both) > 1 else None)


def _clock(value: Any) -> Optional[str]:
    if isinstance(value, (datetime, time)):
        return value.strftime("%H:%M")
    if isinstance(value, float) and 0.0 < value < 1.0:  # a part of a day, as a workbook keeps times
        minutes = round(value * 1440)
        return f"{minutes // 60:02d}:{minutes % 60:02d}"
    text = text_of(value) or ""
    found = _clocks(text)
    return found[0] if found else clock(text)


def _clocks(text: str) -> List[str]:
    """The times of a day that a text names, in its order; the half of the day said of one holds for those after it. InputError for what
    is none."""
    found, half = [], ""
    for match in _CLOCK.finditer(_WHOLE_DAY.sub(" ", text)):
        half = match[1] or half
        hour, minute = int(match[2]), 30 if match[3] == "半" else int(match[3] or 0)
        hour += 12 if half in ("下午", "晚上", "傍晚") and hour < 12 or half == "中午" and hour < 3 else 0
        found.append(clock(f"{hour}:{minute}") or "")
    return found


def _flag(text: Optional[str]) -> Optional[bool]:
    word = (text or "").strip().lower()
    if word in _YES or word.startswith(_YES_BEGINS):
        return True
    return False if word in _NO or word.startswith(_NO_BEGINS) else None


# --- pages --------------------------------------------------------------------------------------------------------------

def logs_page(file: str, rows: Sequence[LogRow], outcomes: Mapping[str, str], told: Sequence[Message]) -> str:
    """HTML: every row with what became of it (``outcomes`` by place)."""
    refused = [row for row in rows if row.reason is not None or row.place not in outcomes]
    body = [outcome(tr("{n} rows, {refused} refused.", n=len(rows), refused=len(refused)), not refused)]
    body.append(table((tr("Row"), tr("Date"), tr("Outcome")), [
        [row.place, row.log.on if row.log else "", outcomes.get(row.place) or (say(row.reason) if row.reason else "")] for row in rows]))
    if told:
        body += [heading(tr("What the file holds and what was read")), table((), [[say(one)] for one in told])]
    return page(tr("Patrols from {file}", file=file), body)


def tracks_page(read: Sequence[TrackFile], refused: Sequence[Tuple[Path, Message]], given: Mapping[str, str],
                passed: Sequence[Sequence[str]], places: Sequence[Sequence[str]] = (), jumps: Mapping[str, int] = MappingProxyType({})
                ) -> str:
    """HTML: every file with its faults, its ``jumps`` and its patrol (both by digest), the parcels that were passed, and the targets and
    key areas (``places``)."""
    body = [outcome(tr("{n} tracks read, {refused} files refused.", n=len(read), refused=len(refused)), not refused)]
    if refused:
        body += [heading(tr("Refused")), table((tr("File"), tr("Reason")), [[path.name, say(reason)] for path, reason in refused])]
    rows = [[one.path.name, str(one.points), " – ".join(f"{t:%Y-%m-%d %H:%M}" for t in one.span) if one.span else tr("no times"),
             given.get(one.sha256, tr("given to no patrol")), "; ".join(
                 [*(say(fault.text) for fault in one.faults),
                  *([tr("{n} points were jumps of the receiver and were left out.", n=jumps[one.sha256])]
                    if jumps.get(one.sha256) else [])])]
            for one in read]
    body += [heading(tr("Read")), table((tr("File"), tr("Points"), tr("From – to (UTC)"), tr("Patrol"), tr("What was found in it")), rows)]
    if passed:
        heads = (tr("Patrol"), tr("Parcel"), tr("Batch"), tr("Nearest (m)"), tr("Minutes"), tr("From when"))
        body += [heading(tr("Parcels that were passed")), table(heads, passed)]
    if places:
        heads = (tr("Patrol"), tr("Kind"), tr("Name"), tr("Nearest (m)"), tr("Minutes"), tr("From when"))
        body += [heading(tr("Targets and key areas that were passed")), table(heads, places)]
    return page(tr("Tracks of patrols"), body)


def coverage_page(found: "Coverage") -> str:
    """HTML: how much of each key area the tracks of a month came near, with what the figures rest on."""
    missed = sum(cell.missed for cell in found.cells)
    said = tr("{missed} of {n} cells were left out.", missed=missed, n=len(found.cells)) if found.can_tell else tr(
        "No patrol has a track; nobody can tell what was left out.")
    rows = [[label("XC_QY", area.kind, user_locale()) if area.kind else "", area.name, f"{area.area_m2 / 1e6:.2f}",
             f"{100 * area.share:.1f} %" if found.can_tell else "—", area.last_on.isoformat() if area.last_on else "—"]
            for area in found.areas]
    heads = (tr("Key area"), tr("Name"), tr("Area (km²)"), tr("Came near in the month"), tr("Last on"))
    return page(tr("Patrol coverage {year}-{month}", year=found.year, month=f"{found.month:02d}"),
                [outcome(said, found.can_tell and not missed), table(heads, rows, cells=("", "", "n", "n", "")),
                 heading(tr("What the figures rest on")), table((), [[say(note)] for note in found.notes])])


def taken_page(made: "TakenBack", dry: bool) -> str:
    """HTML: what a field package brought, field by field, with all three sides of what is in conflict."""
    said = tr("{n} things would be recorded from {file}.", n=made.recorded, file=made.file) if dry else tr(
        "{n} things were recorded from {file}.", n=made.recorded, file=made.file)
    words = {TAKE: tr("taken"), NEW: tr("new"), KNOWN: tr("recorded before"), CONFLICT: tr("conflict"), MISSING: tr("gone")}
    heads = (tr("Layer"), tr("Row"), tr("Field"), tr("When given out"), tr("From the field"), tr("In the register"), tr("Outcome"))
    rows = [[one.layer, one.key[:8], one.name, _shown(one.was), _shown(one.now), _shown(one.register),
             "; ".join(filter(None, (words[one.status], say(one.reason) if one.reason else "")))] for one in made.changes]
    body = [outcome(said, not made.of(CONFLICT) and not made.told), table(heads, rows)]
    if made.told:
        body += [heading(tr("What to look at")), table((), [[say(one)] for one in made.told])]
    return page(tr("Field package {file}", file=made.file), body)


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{name} {said}" for name, said in value.items() if said not in (None, ""))
    return "" if value is None else str(value)


def station_fields() -> List[Tuple[str, str, str, str]]:
    """(name, kind, Chinese, English) of the patrol table."""
    return [("ZSDM", "text", "站所", "Station"), ("ND", "integer", "年", "Year"), ("YF", "integer", "月", "Month"),
            ("YXC", "integer", "应巡（次）", "Required"), ("JL", "integer", "记录（次）", "Logged"), ("YX", "integer", "有效（次）", "Valid"),
            ("QS", "integer", "缺（次）", "Short"), ("ZS", "integer", "考核周数", "Weeks looked at"), ("ZQS", "integer", "不足周数", "Weeks short"),
            ("DB", "integer", "达标", "Met"), ("BJS", "text", "未计理由", "Why logs do not count"),
            ("FX", "integer", "发现（处）", "Found"), ("ZZ", "integer", "制止（处）", "Stopped"), ("SB", "integer", "上报（处）", "Reported"),
            ("LA", "integer", "立案（处）", "Filed"), ("ZZL", "real", "制止率（%，制止÷发现）", "Stopping rate (%, stopped ÷ found)"),
            ("YSB", "integer", "到期应上报（处）", "To be reported by now"), ("JSB", "integer", "及时上报（处）", "Reported in time"),
            ("JSL", "real", "报告及时率（%）", "Reported in time (%)"), ("WFTB", "integer", "当月下发违法图斑（个）", "Illegal patches issued"),
            ("XFX", "integer", "巡查先于卫片发现（个）", "Found by patrol before"), ("FXL", "real", "发现率（%）", "Discovery rate (%)")]


def station_row(month: StationMonth, found: Mapping[str, Rate]) -> Dict[str, Any]:
    """A station's month with its findings and what followed on them (``found`` as of :func:`..register.findings.station_findings`)."""
    reasons = "; ".join(dict.fromkeys(say(reason) for _log, reason in month.refused))
    stopped, in_time, discovered = (found.get(name) for name in ("stopping", "reporting", "discovery"))
    return {"ZSDM": month.station, "ND": month.year, "YF": month.month, "YXC": month.required, "JL": month.logged, "YX": month.valid,
            "QS": month.shortfall, "ZS": month.weeks, "ZQS": month.weeks_short,
            "DB": int(month.is_met), "BJS": reasons or None, "FX": _part(stopped, "denominator"),
            "ZZ": _part(stopped, "numerator"), "SB": _part(found.get(REPORTED), "numerator"), "LA": _part(found.get(FILED), "numerator"),
            "ZZL": _percent(stopped), "YSB": _part(in_time, "denominator"), "JSB": _part(in_time, "numerator"), "JSL": _percent(in_time),
            "WFTB": _part(discovered, "denominator"), "XFX": _part(discovered, "numerator"), "FXL": _percent(discovered)}


def _part(one: Optional[Rate], name: str) -> int:
    return 0 if one is None else int(getattr(one, name))


def _percent(one: Optional[Rate]) -> Optional[float]:
    """Two decimals; None where there is nothing to divide by."""
    return None if one is None or one.ratio is None else round(float(100 * one.ratio), 2)


# A station's month on the ground: how much of the key areas any track came near, and what was left out for too long (漏巡).
#
# Everything is measured from the kept tracks of logged patrols, never over gaps; a month without tracks says "cannot tell", not "missed".
# Each figure names its distance, cell and day.

#: Within how many metres a place counts as seen from a track, cells of how many metres, and after how many days it was left out (no
#: source binds them).
DISTANCE_M, CELL_M, MISSED_DAYS = 100.0, 500.0, 30
_MOST_CELLS = 200_000


@dataclass(frozen=True)
class CoveredArea:
    """A key area: ``area_m2`` on the ellipsoid, ``share`` of it (0 … 1) that tracks of the month came near, ``last_on`` the last day that
    any did (None: none within the look-back)."""

    kind: str
    name: str
    area_m2: float
    share: float
    last_on: Optional[date]


@dataclass(frozen=True)
class Cell:
    """A piece of a key area in one cell of the grid; ``patrols`` of the month that came near; ``missed`` where none came for the days."""

    kind: str
    name: str
    wkb: bytes
    patrols: int
    last_on: Optional[date]
    days: Optional[int]
    missed: bool


@dataclass(frozen=True)
class Coverage:
    """A month: its areas, their cells, how many patrols had a track, files that are not here, and pairs of patrols with one walk."""

    year: int
    month: int
    until: date
    distance_m: float
    cell_m: float
    missed_days: int
    areas: Tuple[CoveredArea, ...]
    cells: Tuple[Cell, ...]
    tracked: int
    gone: int
    pairs: Tuple[Tuple[Walk, Walk, float], ...] = ()

    @property
    def can_tell(self) -> bool:
        """Whether any track is there: without one nobody knows where the patrols were."""
        return self.tracked > 0

    @property
    def notes(self) -> List[Message]:
        """What a reader must know of the figures."""
        found = [message("Within {distance} m of a track, cells of {cell} m, left out after {days} days, as of {day}.",
                         distance=f"{self.distance_m:g}", cell=f"{self.cell_m:g}", days=self.missed_days, day=self.until.isoformat())]
        if not self.can_tell:
            found.append(message("No patrol has a track; nobody can tell what was left out."))
        if self.gone:
            found.append(message("{n} tracks are not here any more and count nowhere.", n=self.gone))
        for one, other, share in self.pairs:
            found.append(message("The tracks of {first} and {second} are one walk to {percent} %; look whether one stands in two logs.",
                                 first=f"{one.patrol.ZSDM} {one.patrol.XCRQ}", second=f"{other.patrol.ZSDM} {other.patrol.XCRQ}",
                                 percent=f"{100 * share:.0f}"))
        return found


def coverage(register: Register, profile: Optional[PatrolProfile], year: int, month: int, *, station: Optional[str] = None,
             distance_m: float = DISTANCE_M, cell_m: float = CELL_M, missed_days: int = MISSED_DAYS, today: Optional[date] = None,
             progress: Optional[Progress] = None) -> Coverage:
    """The coverage of a month by the kept tracks; without a profile (or where it has no areas) every township is a key area.

    Cells lie on the register's ground (:func:`..register.findings.ground_of`). InputError where the grid would have more cells
    than anybody can look at.
    """
    progress = progress or Progress()
    home = ground_of(register).system
    if station is not None:
        refuse_unknown_station(register, station)
    until = min(last_day(year, month), today or date.today())
    first = date(year, month, 1)
    if first > until:
        raise InputError("{year}-{month} has not begun.", "Choose a month that has.", year=year, month=f"{month:02d}")
    areas = _areas(register, profile, station, home, progress.part(0.0, 0.3))
    found, gone = walks(register, min(first, until - timedelta(days=missed_days)), until, progress.part(0.3, 0.6))
    found = [one for one in found if station is None or one.patrol.ZSDM == station]
    lines = {one.patrol.id: _line(one) for one in found}
    cells: List[Cell] = []
    for area in progress.watch(areas, 0.6, 1.0):
        cells += _cells(area, found, lines, (first, until), distance_m, cell_m, missed_days)
        if len(cells) > _MOST_CELLS:
            raise InputError("The grid would have more than {most} cells.", "Choose larger cells.", most=_MOST_CELLS)
    month_walks = [one for one in found if one.on >= first]
    return Coverage(year, month, until, distance_m, cell_m, missed_days, tuple(_covered(areas, found, month_walks, distance_m, home)),
                    tuple(cells), len(found), gone, tuple(alike(month_walks)))


@dataclass(frozen=True)
class PassedPlace:
    """A target of a patrol or a key area that its track passed: how near, for how long (None without times), from when on."""

    kind: str
    name: str
    nearest_m: float
    seconds: Optional[float]
    first: Optional[float]


def passed_places(register: Register, walk: Sequence[Piece], targets: Sequence[Target], areas: Sequence[KeyArea], distance_m: float
                  ) -> List[PassedPlace]:
    """The targets within ``distance_m`` of a walk and the key areas that it crossed, nearest first."""
    if not walk:
        return []
    points = on_the_ground(register, np.array([one.lon for one in targets]), np.array([one.lat for one in targets])) if targets else []
    shapes = [shapely.Point(x, y) for x, y in points]
    found = [PassedPlace(targets[one.target].kind, targets[one.target].name, one.nearest_m, one.seconds, one.first)
             for one in (passed(walk, shapes, distance_m) if shapes else [])]
    crossed = passed(walk, [area.shape for area in areas], 0.0) if areas else []
    return found + [PassedPlace("area", areas[one.target].name, one.nearest_m, one.seconds, one.first) for one in crossed]


def _areas(register: Register, profile: Optional[PatrolProfile], station: Optional[str], home: Crs, progress: Progress) -> List[KeyArea]:
    towns = [town for town in register.township_list() if town.wkb and (station is None or town.station == station)]
    outlines = [shapely.make_valid(ground_of(register).of_home(shapely.from_wkb(town.wkb))) for town in towns]
    if profile is None or not profile.areas:
        return [KeyArea("", town.name, polygons_only(np.array([outline], dtype=object))[0]) for town, outline in zip(towns, outlines)]
    found = profile.key_areas(home, progress)
    if station is None or not towns:
        return found
    whole = shapely.union_all(outlines)
    cut = [KeyArea(area.kind, area.name, polygons_only(np.array([shapely.intersection(area.shape, whole)], dtype=object))[0])
           for area in found]
    return [area for area in cut if area.shape.area > 0]


def _line(walk: Walk) -> shapely.Geometry:
    return shapely.union_all([shapely.LineString(piece.xy) if len(piece.xy) > 1 else shapely.Point(piece.xy[0]) for piece in walk.pieces])


def _cells(area: KeyArea, found: Sequence[Walk], lines: Dict[str, shapely.Geometry], span: Tuple[date, date], distance_m: float,
           cell_m: float, missed_days: int) -> List[Cell]:
    first, until = span
    pieces = _grid(area.shape, cell_m)
    if not len(pieces):
        return []
    tree = shapely.STRtree(pieces)
    seen: Dict[int, List[Walk]] = {}
    for one in found:
        for at in tree.query(lines[one.patrol.id], predicate="dwithin", distance=distance_m).tolist():
            seen.setdefault(at, []).append(one)
    made = []
    for at, piece in enumerate(pieces):
        there = seen.get(at, [])
        last = max((one.on for one in there), default=None)
        days = None if last is None else (until - last).days
        made.append(Cell(area.kind, area.name, shapely.to_wkb(piece), sum(one.on >= first for one in there), last, days,
                         bool(found) and (days is None or days > missed_days)))
    return made


def _grid(shape: shapely.Geometry, cell_m: float) -> np.ndarray:
    """The shape in the cells of a grid whose lines are whole multiples of the cell."""
    xmin, ymin, xmax, ymax = shape.bounds
    columns, rows = np.arange(np.floor(xmin / cell_m), np.ceil(xmax / cell_m)), np.arange(np.floor(ymin / cell_m), np.ceil(ymax / cell_m))
    if len(columns) * len(rows) > 20 * _MOST_CELLS:
        raise InputError("The grid would have more than {most} cells.", "Choose larger cells.", most=_MOST_CELLS)
    x, y = (grid.ravel() * cell_m for grid in np.meshgrid(columns, rows))
    boxes = shapely.box(x, y, x + cell_m, y + cell_m)
    shapely.prepare(shape)
    boxes = boxes[shapely.intersects(shape, boxes)]
    pieces = shapely.intersection(boxes, shape)
    return pieces[shapely.area(pieces) > 1.0]


def _covered(areas: Sequence[KeyArea], found: Sequence[Walk], month: Sequence[Walk], distance_m: float, home: Crs) -> List[CoveredArea]:
    near = shapely.union_all([shapely.buffer(_line(one), distance_m, quad_segs=32) for one in month]) if month else shapely.Polygon()
    sizes = measure(home)(np.array([*[area.shape for area in areas], None], dtype=object)[:-1])
    made = []
    for area, size in zip(areas, sizes):
        part = shapely.area(shapely.intersection(shapely.get_parts(area.shape), near)).sum()
        share = part / area.shape.area if area.shape.area else 0.0
        days = [one.on for one in found if shapely.distance(_line(one), area.shape) <= distance_m]
        made.append(CoveredArea(area.kind, area.name, float(size), float(share), max(days, default=None)))
    return made
