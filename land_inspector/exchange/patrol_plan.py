"""Planning a station's month: where patrols should go, the shortest way through it, and the plan as calendar and GPX.

Targets are proposed, a person chooses: open illegal parcels, open stop orders, closed cases that could begin again, findings of earlier
patrols, parts of key areas. Ways follow the roads of the patrol profile, where there are some; straight lines times a detour otherwise.
"""
from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

import numpy as np
import shapely
from qgis.core import QgsCoordinateReferenceSystem, QgsCoordinateTransformContext, QgsPointXY, QgsVectorLayer

from ..errors import InputError, message
from ..evidence.patrol_profile import PatrolProfile
from ..evidence.road_network import OneWay, ways
from ..evidence.shapes import polygons_only
from ..evidence.tour import shortest_tour
from ..i18n import say, tr, user_locale
from ..law.codes import label
from ..law.patrols import FILED, HANDED_ON, REMOVED, last_day
from ..law.photos import missing_directions
from ..progress import Progress
from ..register import patrolling, pursuing
from ..register.findings import ground_of
from ..register.parties import without_people
from ..register.patrolling import Target
from ..register.register import Register
from ..register.state import Patrol
from .calendar_file import CalendarDay, uid_of, write_calendar
from .atomic_files import write_whole
from .tracks.giving import Route, Stop, plan_gpx

#: Of a key area a stop in each square of this size; a card with more stops is no card.
KEY_CELL_M = 3000.0
MOST_STOPS = 40
_RECTIFIED = "5"
#: Kinds of targets in the order in which they are offered, with what a reader calls them.
KIND_NAMES = {"stop_order": message("Stop order open"), "patch": message("Illegal, not rectified"), "finding": message("Finding open"),
              "rebound": message("Closed case, could begin again"), "area": message("Key area"), "place": message("Place")}


def proposed_targets(register: Register, station: str, profile: Optional[PatrolProfile] = None, progress: Optional[Progress] = None
                     ) -> List[Target]:
    """What a patrol of this station could go to, the gravest kind first. InputError as the profile's layers raise it."""
    progress = progress or Progress()
    found = [*_parcels(register, station, progress.part(0.0, 0.5)), *_findings(register, station)]
    if profile is not None and profile.areas:
        found += _key_stops(register, station, profile, progress.part(0.5, 1.0))
    order = list(KIND_NAMES)
    return sorted(found, key=lambda one: (order.index(one.kind), one.name))


def _parcels(register: Register, station: str, progress: Progress) -> List[Target]:
    """Illegal parcels of the station: with an open stop order, not rectified, or closed."""
    frame = register.parcels()
    frame = frame[frame["PDJL1"].eq("2") & frame["ZSDM"].eq(station)]
    if frame.empty:
        return []
    cases: Dict[str, Any] = {}
    for case in sorted(pursuing.cases(register), key=lambda one: one.is_open):
        cases.update(dict.fromkeys(case.parcels, case))
    shapes = shapely.from_wkb([register.storage.shapes(frame["shape_id"])[key] for key in frame["shape_id"]])
    points = shapely.point_on_surface(shapes)
    degrees = patrolling.in_degrees(register, shapely.get_coordinates(points).tolist())
    made = []
    for row, (lon, lat) in zip(progress.watch(frame.to_dict("records")), degrees):
        case = cases.get(row["parcel_id"])
        if row["ZGJD"] == _RECTIFIED and (case is None or case.is_open):
            continue
        kind, why = _of_parcel(row, case)
        directions = _missing(register, row)
        made.append(Target(kind, row["parcel_id"], row["DKBH"], lon, lat, "; ".join(filter(None, (why, directions)))))
    return made


def _of_parcel(row: Any, case: Any) -> Tuple[str, str]:
    if case is not None and case.is_open and case.last("stop_order") is not None and case.last("stop_result") is None:
        return "stop_order", tr("stop order of {day}", day=case.last("stop_order").on.isoformat())
    if case is not None and not case.is_open:
        return "rebound", tr("case closed")
    return "patch", row["XMMC"] or ""


def _missing(register: Register, row: Any) -> str:
    """The directions from which no photo proves the parcel yet."""
    if not row["photos"]:
        return tr("no photo yet")
    state = register.storage.load_state(patches=[row["patch_id"]])
    seen = [photo.direction for photo in state.photos_in(row["patch_id"]) if row["parcel_id"] in json.loads(photo.parcels)]
    lacking = missing_directions([one for one in seen if one is not None])
    return tr("photos missing to the {directions}", directions=tr(", ").join(say(one) for one in lacking)) if lacking else ""


def _findings(register: Register, station: str) -> List[Target]:
    made = []
    for row in patrolling.findings(register):
        done = {one["act"] for one in json.loads(row.doc)}
        if row.ZSDM == station and row.lon is not None and row.lat is not None and not done & {REMOVED, FILED, HANDED_ON}:
            made.append(Target("finding", row.id, row.XMMC or row.FXRQ, row.lon, row.lat, tr("found {day}", day=row.FXRQ)))
    return made


def _key_stops(register: Register, station: str, profile: PatrolProfile, progress: Progress) -> List[Target]:
    """In each square of a key area within the station's townships one stop."""
    ground = ground_of(register)
    towns = [shapely.make_valid(ground.of_home(shapely.from_wkb(town.wkb))) for town in register.township_list()
             if town.wkb and town.station == station]
    if not towns:
        return []
    whole, made = shapely.union_all(towns), []
    for area in profile.key_areas(ground.system, progress):
        inside = polygons_only(np.array([shapely.intersection(area.shape, whole)], dtype=object))[0]
        for number, (x, y) in enumerate(_stops_in(inside), 1):
            (lon, lat), = ground.to_degrees(np.array([[x, y]])).tolist()
            made.append(Target("area", f"{area.kind}/{area.name}/{number}", f"{area.name} {number}", lon, lat,
                               label("XC_QY", area.kind, user_locale())))
    return made


def _stops_in(area: shapely.Geometry) -> List[Tuple[float, float]]:
    if area.is_empty:
        return []
    xmin, ymin, xmax, ymax = area.bounds
    x, y = np.meshgrid(np.arange(np.floor(xmin / KEY_CELL_M), np.ceil(xmax / KEY_CELL_M)) * KEY_CELL_M,
                       np.arange(np.floor(ymin / KEY_CELL_M), np.ceil(ymax / KEY_CELL_M)) * KEY_CELL_M)
    pieces = shapely.intersection(shapely.box(x.ravel(), y.ravel(), x.ravel() + KEY_CELL_M, y.ravel() + KEY_CELL_M), area)
    pieces = pieces[shapely.area(pieces) > 0.05 * KEY_CELL_M ** 2]
    return [tuple(one) for one in shapely.get_coordinates(shapely.point_on_surface(pieces)).tolist()]


# --- the way ------------------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class PlannedWay:
    """Targets in the order of the tour; ``metres`` of it with the way back, ``bound_m`` below which no tour can fall, ``way`` its points in
    degrees, and how many stops no road reaches (None without roads)."""

    targets: Tuple[Target, ...]
    metres: float
    bound_m: float
    way: Tuple[Tuple[float, float], ...]
    off_road: Optional[int] = None


def planned_way(targets: Sequence[Target], roads: Optional[QgsVectorLayer] = None, progress: Optional[Progress] = None,
                one_way: Optional[OneWay] = None) -> PlannedWay:
    """The shortest tour found through the targets, from the first of them and back; how good it is: :mod:`..evidence.tour`.

    InputError for more targets than one patrol goes to."""
    if len(targets) < 2:
        return PlannedWay(tuple(targets), 0.0, 0.0, tuple((one.lon, one.lat) for one in targets))
    if len(targets) > MOST_STOPS:
        raise InputError("A patrol goes to at most {most} targets; {n} are chosen.", "Plan several patrols.", most=MOST_STOPS,
                         n=len(targets))
    progress = progress or Progress()
    places = [QgsPointXY(one.lon, one.lat) for one in targets]
    found = ways(places, QgsCoordinateReferenceSystem("EPSG:4326"), QgsCoordinateTransformContext(), roads, progress.part(0.0, 0.6),
                 one_way=one_way)
    tour = shortest_tour(found.metres, progress=progress.part(0.6, 1.0))
    stops = [*tour.order, tour.order[0]]
    points: List[Tuple[float, float]] = []
    for begin, end in zip(stops, stops[1:]):
        points += [place for place in ((point.x(), point.y()) for point in found.path(begin, end)) if points[-1:] != [place]]
    off = None if found.off_road_m is None else int((found.roads_at == 0).sum())
    return PlannedWay(tuple(targets[at] for at in tour.order), float(tour.length), float(tour.bound), tuple(points), off)


def one_way_of(profile: Optional[PatrolProfile]) -> Optional[OneWay]:
    """Which roads of the profile lead one way; None where it does not say."""
    said = None if profile is None or profile.roads is None else profile.roads.one_way
    return None if said is None else OneWay(*said)


def road_layer(profile: Optional[PatrolProfile]) -> Optional[QgsVectorLayer]:
    """The profile's roads as QGIS reads them; None without any. InputError where they cannot be opened."""
    if profile is None or profile.roads is None:
        return None
    path, bar, table = profile.roads.source.partition("|")
    layer = QgsVectorLayer(str(profile.folder / path) + bar + table, "roads", "ogr")
    if not layer.isValid():
        raise InputError("{file} cannot be opened as a vector layer: {reason}.", "Check the roads of the patrol profile.", file=path,
                         reason=layer.error().summary() or "-")
    if profile.roads.crs:
        layer.setCrs(QgsCoordinateReferenceSystem(profile.roads.crs))
    return layer


# --- the plan given out -------------------------------------------------------------------------------------------------

def planned(register: Register, station: str, year: int, month: int) -> List[Patrol]:
    """The planned patrols of a station's month that are not logged yet, by day, with no names of people in their texts: they are given
    out. InputError for a station that the register has not."""
    patrolling.refuse_unknown_station(register, station)
    first, last = date(year, month, 1).isoformat(), last_day(year, month).isoformat()
    rows = [one for one in patrolling.patrols(register) if one.ZSDM == station and first <= one.XCRQ <= last]
    hide = without_people(register)
    return [_without(hide, one) for one in rows if one.planned and not one.logged]


def _without(hide: Callable[[Any], Any], row: Patrol) -> Patrol:
    targets = [replace(one, name=hide(one.name), why=hide(one.why)) for one in targets_of(row)]
    return replace(row, XCLX=hide(row.XCLX), BZ=hide(row.BZ), CLYJ=hide(row.CLYJ), targets=json.dumps([one.__dict__ for one in targets]))


def targets_of(row: Patrol) -> List[Target]:
    """The targets of a planned patrol in their order."""
    return [Target(**one) for one in json.loads(row.targets)]


def write_plan_calendar(register: Register, path: Path, rows: Sequence[Patrol], now: datetime) -> int:
    """The planned patrols as days of a calendar file, without names of people; how many."""
    days = []
    for row in rows:
        half = tr("morning") if (row.KSSJ or "99") < "12:00" else tr("afternoon") if row.KSSJ else ""
        area = label("XC_QY", row.XCQY, user_locale()) if row.XCQY else ""
        names = [one.name for one in targets_of(row)]
        summary = " ".join(filter(None, (tr("Patrol"), row.ZSDM, half, area)))
        days.append(CalendarDay(uid_of(f"{register.meta['register_id']}/patrol/{row.id}"), date.fromisoformat(row.XCRQ), summary,
                                "\n".join(filter(None, (row.XCLX, tr(", ").join(names), row.BZ)))))
    return write_calendar(path, days, tr("Patrols of {county}", county=register.meta["county_name"]), now)


def write_plan_gpx(path: Path, rows: Sequence[Patrol], planned_ways: Dict[str, PlannedWay]) -> int:
    """The targets as waypoints and each patrol as a route, for navigation; how many patrols. Patrols without targets are left out."""
    routes = []
    for row in rows:
        way = planned_ways.get(row.id)
        targets = list(way.targets) if way else targets_of(row)
        if targets:
            stops = [Stop(one.name, one.lon, one.lat, one.why) for one in targets]
            routes.append(Route(f"{row.XCRQ} {row.XCLX or row.ZSDM}", stops, way.way if way else ()))
    write_whole(path, plan_gpx(routes))
    return len(routes)
