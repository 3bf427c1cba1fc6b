"""Three months of patrols of the demonstration county, in every state: planned, logged, valid and not, withdrawn; findings that were
stopped, ignored, reported, filed, removed; tracks over its roads, one of them shifted. All of it is invented; the same register always
gets the same patrols.
"""
from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Dict, List, Optional, Sequence, Tuple

import numpy as np
import shapely
from osgeo import ogr

from land_inspector.exchange.tracks.giving import track_gpx
from land_inspector.exchange.tracks.shifts import GCJ02, shifted
from land_inspector.exchange.tracks.track_file import Segment
from land_inspector.law.patrols import FILED, HANDED_ON, REMOVED, REPORTED, STOP_ORDER, STOPPED
from land_inspector.register import patrolling
from land_inspector.register.patrolling import Log, Seen, Target
from land_inspector.register.records import Township
from land_inspector.register.register import Register

YEAR, MONTHS, PLANNED_MONTH = 2026, (6, 7, 8), 9
#: Valid patrols of the stations in each month; the pack asks for eight.
_VALID = ((8, 9, 8), (8, 6, 8), (5, 8, 7), (9, 8, 8))
_OFFICERS = (("演示巡查员甲", "演示巡查员乙"), ("演示巡查员丙", "演示巡查员丁"))
_AREAS = ("1", "2", "3", "4", "5")
_BEIJING = timezone(timedelta(hours=8))
_SPEED_MS, _STEP_M = 2.0, 30.0
#: (days after the finding, act) of each story; the area and cultivated land in m².
_STORIES: Tuple[Tuple[str, Tuple[Tuple[int, str], ...], float, float], ...] = (
    ("在建厂房", ((1, STOP_ORDER), (2, STOPPED), (8, FILED)), 900.0, 300.0),
    ("硬化场地", ((2, STOP_ORDER),), 400.0, 400.0),
    ("堆放砂石", (), 350.0, 0.0),
    ("养殖棚改厂房", ((1, STOP_ORDER), (3, REPORTED), (9, FILED)), 7600.0, 7200.0),
    ("农房超建", ((1, HANDED_ON),), 160.0, 40.0),
    ("围墙", ((1, STOP_ORDER), (4, REMOVED)), 120.0, 0.0))


@dataclass(frozen=True)
class Played:
    """What was made: logs, findings, plans, and the folder of the tracks."""

    logs: int
    findings: int
    planned: int
    tracks: Path


def play(register: Register, folder: Path, roads: Optional[Path]) -> Played:
    """Logs, plans and findings into the register, tracks into ``folder`` for :mod:`land_inspector.processing.patrols`."""
    stations = _stations(register)
    lines = _roads(roads) if roads is not None and roads.is_file() else []
    tracks = folder / "patrol_tracks"
    tracks.mkdir(exist_ok=True)
    logs = planned = found = 0
    for number, (station, towns) in enumerate(stations.items()):
        way = _way(towns, lines)
        for at, month in enumerate(MONTHS):
            made = _month(register, station, number, month, _VALID[number % len(_VALID)][at])
            logs += len(made)
            if made:
                _write_track(register, tracks / f"{station}_{month}.gpx", way, made[0][1], number == 0 and month == MONTHS[-1])
                found += _findings(register, station, number + at, made, way)
        planned += _plan(register, station, way)
    return Played(logs, found, planned, tracks)


def _stations(register: Register) -> Dict[str, List[Township]]:
    found: Dict[str, List[Township]] = {}
    for town in register.township_list():
        if town.station:
            found.setdefault(town.station, []).append(town)
    return dict(sorted(found.items()))


def _month(register: Register, station: str, number: int, month: int, valid: int) -> List[Tuple[str, Log]]:
    """The logs of a month: ``valid`` that count, and one of each that does not."""
    logs = [_log(station, number, month, day) for day in range(valid)]
    one = logs[0]
    logs.append(Log(station, one.on, "10:30", "11:40", one.officers, one.area, one.route, False, remarks="同一半天同一路线"))
    logs.append(Log(station, f"{YEAR}-{month:02d}-27", "09:00", "11:00", one.officers[:1], "2", "单人巡查", False))
    logs.append(Log(station, f"{YEAR}-{month:02d}-28", None, None, one.officers, "4", "未记时间", False))
    keys = patrolling.log_patrols(register, [(log, None) for log in logs], by=one.officers[0])
    if number % 2:
        extra = patrolling.log_patrol(register, Log(station, f"{YEAR}-{month:02d}-26", "14:00", "16:00", one.officers, "5", "重复录入"),
                                      by=one.officers[0])
        patrolling.withdraw_patrol(register, extra, reason="重复录入", by=one.officers[0])
    return list(zip(keys, logs))


def _log(station: str, number: int, month: int, day: int) -> Log:
    on = date(YEAR, month, 2 + 3 * (day % 9))
    start = "09:00" if day % 2 == 0 else "14:00"
    end = "11:30" if day % 2 == 0 else "16:30"
    return Log(station, on.isoformat(), start, end, _OFFICERS[(number + day) % 2], _AREAS[(number + day) % 5], f"{station}第{day % 4 + 1}线",
               day % 3 == 0)


def _findings(register: Register, station: str, number: int, made: Sequence[Tuple[str, Log]], way: np.ndarray) -> int:
    """Two stories a month, at places beside the way."""
    for offset in range(2):
        project, acts, area, cultivated = _STORIES[(2 * number + offset) % len(_STORIES)]
        patrol, log = made[offset * 3]
        x, y = way[(offset + 1) * len(way) // 4] + 25.0
        (place,) = patrolling.in_degrees(register, [(float(x), float(y))])
        found = patrolling.mark_finding(register, Seen(station, log.on, place, project=project, since=log.on, state=str(offset + 1),
                                                       area_m2=area, cultivated_m2=cultivated, approval="无用地手续"),
                                        patrol=patrol, by=log.officers[0])
        for days, act in acts:
            on = (date.fromisoformat(log.on) + timedelta(days=days)).isoformat()
            patrolling.act_on_finding(register, found, act, on=on, said={"number": f"演示〔{YEAR}〕{number}-{offset}"}, by=log.officers[0])
    return 2


def _plan(register: Register, station: str, way: np.ndarray) -> int:
    """Two patrols of the month to come with targets along the way."""
    for number, day in enumerate((8, 17)):
        places = patrolling.in_degrees(register, [tuple(way[at]) for at in np.linspace(0, len(way) - 1, 5).astype(int)])
        targets = [Target("place", f"{number}-{at}", f"{station}{at}号点", lon, lat, "演示") for at, (lon, lat) in enumerate(places, 1)]
        patrolling.plan_patrol(register, Log(station, date(YEAR, PLANNED_MONTH, day).isoformat(), "09:00", None, _OFFICERS[number],
                                             _AREAS[number], f"{station}第{number + 1}线"), targets=targets, by=_OFFICERS[number][0])
    return 2


# --- ways and tracks ----------------------------------------------------------------------------------------------------

def _roads(path: Path) -> List[shapely.LineString]:
    dataset = ogr.Open(str(path))
    layer = dataset.GetLayer(0)
    found = [shapely.from_wkb(bytes(feature.GetGeometryRef().ExportToWkb())) for feature in layer]
    return [part for shape in found for part in getattr(shape, "geoms", [shape])]


def _way(towns: Sequence[Township], lines: Sequence[shapely.LineString]) -> np.ndarray:
    """Points of a walk in the register's system, a step apart: the longest road within the station's townships, else across them."""
    whole = shapely.union_all([shapely.make_valid(shapely.from_wkb(town.wkb)) for town in towns])
    inside = [part for line in lines for part in _parts(shapely.intersection(line, whole))]
    box = whole.envelope.bounds
    longest = max(inside, key=lambda line: line.length, default=shapely.LineString([(box[0], box[1]), (box[2], box[3])]))
    if not inside:
        crossing = _parts(shapely.intersection(longest, whole))
        longest = max(crossing, key=lambda line: line.length, default=longest)
    count = max(int(longest.length // _STEP_M), 8)
    return shapely.get_coordinates(shapely.line_interpolate_point(longest, np.linspace(0, longest.length, count)))


def _parts(shape: shapely.Geometry) -> List[shapely.LineString]:
    return [part for part in getattr(shape, "geoms", [shape]) if part.geom_type == "LineString" and part.length > 0]


def _write_track(register: Register, path: Path, way: np.ndarray, log: Log, shift: bool) -> None:
    """A ride along the way and back from the log's start on; ``shift`` as a telephone's program writes it."""
    there = np.concatenate([way, way[::-1][1:]])[:1000]
    lon, lat = map(np.array, zip(*patrolling.in_degrees(register, there.tolist())))
    begun = datetime.fromisoformat(f"{log.on}T{log.start}:00").replace(tzinfo=_BEIJING).timestamp() + 300
    at = begun + np.arange(len(lon)) * _STEP_M / _SPEED_MS
    if shift:
        lon, lat = shifted(lon, lat, GCJ02)
    content = track_gpx(Segment(lon, lat, at, 1))
    path.write_bytes(content.replace(b"Land Inspector", b"Keep") if shift else content)


def profile(folder: Path, roads: Path, data: Path) -> Path:
    """The patrol profile of the demonstration county: its farmland and a strip along its roads, and the roads."""
    record = {"version": 1, "name": "演示县巡查（合成数据）",
              "areas": [{"kind": "2", "name": "公路沿线", "source": str(roads), "width_m": 150},
                        {"kind": "4", "name": "永久基本农田", "source": f"{data / 'county.gpkg'}|layername=farmland"}],
              "roads": {"source": str(roads)}}
    path = folder / "patrol_profile.json"
    path.write_text(json.dumps(record, ensure_ascii=False, indent=2), encoding="utf-8")
    return path
