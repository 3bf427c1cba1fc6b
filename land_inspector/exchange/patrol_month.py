"""A station's month on the ground: how much of the key areas any track came near, and what was left out for too long (漏巡).

Everything is measured from the kept tracks of logged patrols, never over gaps; a month without tracks says "cannot tell", not "missed".
Each figure names its distance, cell and day.
"""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Dict, List, Optional, Sequence, Tuple

import numpy as np
import shapely

from ..errors import InputError, Message, message
from ..evidence.area import measure
from ..evidence.crs import Crs
from ..evidence.passing import Piece, passed
from ..evidence.patrol_profile import KeyArea, PatrolProfile
from ..evidence.shapes import polygons_only
from ..law.patrols import last_day
from ..progress import Progress
from ..register.patrolling import Target, refuse_unknown_station
from ..register.register import Register
from ..register.track_passing import on_the_ground
from .tracks.giving import Walk, alike, walks

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

    InputError for a register in degrees, and where the grid would have more cells than anybody can look at.
    """
    progress = progress or Progress()
    home = Crs.of(register.meta["crs"])
    if home.is_geographic:
        raise InputError("The register is in degrees ({crs}); distances of tracks are measured on a plane.",
                         "Make the register in the county's projected system.", crs=register.meta["crs"])
    if station is not None:
        refuse_unknown_station(register, station)
    until = min(last_day(year, month), today or date.today())
    first = date(year, month, 1)
    if first > until:
        raise InputError("{year}-{month} has not begun.", "Choose a month that has.", year=year, month=f"{month:02d}")
    areas = _areas(register, profile, station, home, progress.part(0.0, 0.3))
    found, gone = walks(register, min(first, until - timedelta(days=missed_days)), until, progress.part(0.3, 0.6))
    found = [one for one in found if station is None or one.patrol.ZSDM == station]
    near = _near_by_day(found, distance_m)
    cells: List[Cell] = []
    for area in progress.watch(areas, 0.6, 1.0):
        cells += _cells(area, found, near, (first, until), cell_m, missed_days)
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
    if profile is None or not profile.areas:
        return [KeyArea("", town.name, polygons_only(shapely.make_valid(shapely.from_wkb([town.wkb])))[0]) for town in towns]
    found = profile.key_areas(home, progress)
    if station is None or not towns:
        return found
    whole = shapely.union_all([shapely.make_valid(shapely.from_wkb(town.wkb)) for town in towns])
    cut = [KeyArea(area.kind, area.name, polygons_only(np.array([shapely.intersection(area.shape, whole)], dtype=object))[0])
           for area in found]
    return [area for area in cut if area.shape.area > 0]


def _line(walk: Walk) -> shapely.Geometry:
    return shapely.union_all([shapely.LineString(piece.xy) if len(piece.xy) > 1 else shapely.Point(piece.xy[0]) for piece in walk.pieces])


def _near_by_day(found: Sequence[Walk], distance_m: float) -> Dict[str, shapely.Geometry]:
    """What lies within the distance of each patrol's tracks."""
    return {one.patrol.id: shapely.buffer(_line(one), distance_m, quad_segs=8) for one in found}


def _cells(area: KeyArea, found: Sequence[Walk], near: Dict[str, shapely.Geometry], span: Tuple[date, date], cell_m: float, missed_days: int
           ) -> List[Cell]:
    first, until = span
    pieces = _grid(area.shape, cell_m)
    if not len(pieces):
        return []
    tree = shapely.STRtree(pieces)
    seen: Dict[int, List[Walk]] = {}
    for one in found:
        for at in tree.query(near[one.patrol.id], predicate="intersects").tolist():
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
    near = shapely.union_all([shapely.buffer(_line(one), distance_m, quad_segs=8) for one in month]) if month else shapely.Polygon()
    sizes = measure(home)(np.array([*[area.shape for area in areas], None], dtype=object)[:-1])
    made = []
    for area, size in zip(areas, sizes):
        part = shapely.area(shapely.intersection(shapely.get_parts(area.shape), near)).sum()
        share = part / area.shape.area if area.shape.area else 0.0
        days = [one.on for one in found if shapely.distance(_line(one), area.shape) <= distance_m]
        made.append(CoveredArea(area.kind, area.name, float(size), float(share), max(days, default=None)))
    return made
