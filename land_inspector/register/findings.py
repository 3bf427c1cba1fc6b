"""Findings of patrols: met with the satellite's patches, passed by tracks, made an illegal parcel with its case."""
from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd
import shapely

from ..errors import InputError, RefusedError
from ..evidence.area import AreaMethod, measure
from ..evidence.crs import Crs, transformer
from ..evidence.passing import Limits, Passed, Piece, passed, pieces
from ..law.indicators import Rate, rate
from ..law.patrols import FILED, REPORTED, Finding, SatellitePatch, discovery, reporting, stopping
from . import patrolling, register_frames
from .issuing import issue_batch
from .judging import Entry, give_verdicts
from .parties import name_of
from .patrolling import as_finding, findings
from .pursuing import open_case
from .records import BatchInfo, Intake, IssuedPatch
from .register import Register
from .proposing import pack_of
from .state import PatrolFinding, State
from .tables import ISSUED


# What the tracks of patrols passed: living parcels within a distance, when and how long; computed from the file, never kept.

_GEOGRAPHIC = "EPSG:4326"


@dataclass(frozen=True)
class PassedParcel:
    """A living parcel that a track passed; ``nearest_m`` 0 where it was crossed, ``seconds`` None for a track without times."""

    parcel_id: str
    number: str
    batch: str
    nearest_m: float
    seconds: Optional[float]
    first: Optional[float]


class Ground:
    """The plane on which distances of tracks and findings are measured, in metres: the register's own system (``crs``), or where that is
    in degrees the three-degree zone of CGCS2000 that its townships lie in (UTM outside China)."""

    def __init__(self, register: Register):
        self._home = Crs.of(register.meta["crs"])
        self.crs = register.meta["crs"]
        if self._home.is_geographic:
            shapes = shapely.from_wkb([town.wkb for town in register.township_list() if town.wkb])
            (west, south, east, north) = shapely.total_bounds(shapes) if len(shapes) else (120.0, 30.0, 120.0, 30.0)
            lon, lat = np.degrees((np.array([west + east, south + north]) / 2.0) * self._home.unit)
            self.crs = _zone(float(lon), float(lat))
        self.system = Crs.of(self.crs)
        degrees = Crs.of(_GEOGRAPHIC)
        self._from_degrees, self._to_degrees = transformer(degrees, self.system), transformer(self.system, degrees)
        self._from_home, self._to_home = transformer(self._home, self.system), transformer(self.system, self._home)

    def of_degrees(self, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
        """Degrees (WGS 84) on it, shape (n, 2)."""
        return _turned(self._from_degrees, np.column_stack([np.asarray(lon, float), np.asarray(lat, float)]))

    def to_degrees(self, xy: np.ndarray) -> np.ndarray:
        """Places on it as longitude and latitude (WGS 84), shape (n, 2)."""
        return _turned(self._to_degrees, np.asarray(xy, float).reshape(-1, 2))

    def of_home(self, shapes: Any) -> Any:
        """Shapes of the register on it."""
        return shapes if self._from_home is None else shapely.transform(shapes, self._from_home)

    def to_home(self, shapes: Any) -> Any:
        """Shapes on it as the register keeps them."""
        return shapes if self._to_home is None else shapely.transform(shapes, self._to_home)

    def parcels_in(self, register: Register, box: Tuple[float, float, float, float]) -> List[str]:
        """Living parcels that lie about a box on it."""
        edge = shapely.segmentize(shapely.box(*box), max(box[2] - box[0], box[3] - box[1]) / 8)
        xmin, ymin, xmax, ymax = shapely.bounds(self.to_home(edge))
        return register.storage.parcels_in((float(xmin), float(ymin), float(xmax), float(ymax)))


_GROUNDS: "WeakKeyDictionary[Register, Ground]" = WeakKeyDictionary()


def ground_of(register: Register) -> Ground:
    """The plane of a register; worked out once."""
    if register not in _GROUNDS:
        _GROUNDS[register] = Ground(register)
    return _GROUNDS[register]


def _turned(turn: Optional[Callable[[np.ndarray], np.ndarray]], xy: np.ndarray) -> np.ndarray:
    return xy if turn is None else turn(xy)


def _zone(lon: float, lat: float) -> str:
    zone = round(lon / 3.0)
    if 25 <= zone <= 45:
        return f"EPSG:{4534 + zone - 25}"
    return f"EPSG:{(32600 if lat >= 0 else 32700) + int((lon + 180.0) // 6.0) % 60 + 1}"


def on_the_ground(register: Register, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Degrees (WGS 84) on the register's :class:`Ground`, metres, shape (n, 2)."""
    return ground_of(register).of_degrees(lon, lat)


def walk_of(register: Register, segments: Sequence[Tuple[np.ndarray, np.ndarray, np.ndarray]], limits: Limits = Limits()
            ) -> Tuple[List[Piece], int]:
    """Segments (lon, lat in degrees WGS 84, seconds) as cleaned pieces on the register's ground, and how many points were jumps."""
    made: List[Piece] = []
    dropped = 0
    for lon, lat, at in segments:
        parts, jumps = pieces(on_the_ground(register, lon, lat), at, limits)
        made += parts
        dropped += jumps
    return made, dropped


def passed_parcels(register: Register, walk: Sequence[Piece], distance_m: float, least_s: float = 0.0) -> List[PassedParcel]:
    """Living parcels of every batch within ``distance_m`` of a walk, nearest first."""
    if not walk:
        return []
    xy = np.concatenate([piece.xy for piece in walk])
    (xmin, ymin), (xmax, ymax) = xy.min(axis=0) - distance_m, xy.max(axis=0) + distance_m
    ground = ground_of(register)
    ids = ground.parcels_in(register, (float(xmin), float(ymin), float(xmax), float(ymax)))
    if not ids:
        return []
    frame = register.storage.frame("parcel", ids=ids)
    codes = {batch.id: batch.PCBH for batch in register.storage.load_state(patches=[]).batches.values()}
    blobs = register.storage.shapes(frame["shape_id"])
    shapes = ground.of_home(shapely.from_wkb([blobs[key] for key in frame["shape_id"]]))
    found: List[Passed] = passed(walk, list(shapes), distance_m, least_s)
    return [PassedParcel(frame["id"].iat[one.target], frame["DKBH"].iat[one.target], codes.get(frame["batch_id"].iat[one.target], ""),
                         one.nearest_m, one.seconds, one.first) for one in found]


# Where findings of patrols meet the satellite's patches: linked by a person, or proposed by place and time.

#: Sources of batches that no satellite issued: findings of patrols, own patches.
SOURCE, OWN_PATCHES = "05", "07"


@dataclass(frozen=True)
class Discovery:
    """A finding and a patch of a batch. ``distance_m`` between its outline (its place where nobody drew one) and the patch, 0 inside, None
    where it has neither; ``is_linked`` by a person; ``is_before`` the patch was issued; ``is_illegal`` whether one of its parcels is judged
    so."""

    finding: Finding
    patch_id: str
    number: str
    distance_m: Optional[float]
    is_linked: bool
    is_before: bool
    is_illegal: bool


def discoveries(register: Register, batch: str) -> Tuple[List[Discovery], Rate]:
    """Findings that are linked to a patch of a batch, or lie within the rule pack's distance of one that came later; and the discovery
    rate, which counts links only."""
    kept = register.batch(batch)
    parcels = register.parcels(batch)
    issued_on = date.fromisoformat(kept.XFRQ) if kept.XFRQ else date.today()
    rows = findings(register)
    found = [as_finding(row) for row in rows]
    illegal = set(parcels.loc[parcels["PDJL1"] == "2", "patch_id"])
    numbers: Dict[str, str] = dict(zip(parcels["patch_id"], parcels["JCBH"]))
    linked = [(finding, key) for finding in found for key in finding.patches if key in numbers]
    pairs = {(finding.id, key): None for finding, key in linked}
    near = _near(register, parcels, [row for row, finding in zip(rows, found) if finding.on < issued_on],
                 pack_of(register, kept).parameters.discovery_distance_m)
    by_id = {finding.id: finding for finding in found}
    distances = {**pairs, **near}
    made = [Discovery(by_id[one], key, numbers[key], metres, key in by_id[one].patches, by_id[one].on < issued_on, key in illegal)
            for (one, key), metres in distances.items()]
    rate = discovery([SatellitePatch(key, issued_on) for key in illegal], found)
    return sorted(made, key=lambda d: (d.number, d.finding.on, d.finding.id)), rate


def _near(register: Register, parcels: pd.DataFrame, rows: Sequence[PatrolFinding], near_m: float) -> Dict[Tuple[str, str], float]:
    placed = [(row, where) for row, where in zip(rows, _where(register, rows)) if where is not None]
    if not placed or parcels.empty:
        return {}
    places = np.array([where for _row, where in placed], dtype=object)
    blobs = register.storage.shapes(parcels["shape_id"])
    shapes = ground_of(register).of_home(shapely.from_wkb([blobs[key] for key in parcels["shape_id"]]))
    pairs = shapely.STRtree(shapes).query(places, predicate="dwithin", distance=near_m).T
    nearest: Dict[Tuple[str, str], float] = {}
    for place, shape in pairs:
        key = (placed[place][0].id, parcels["patch_id"].iat[shape])
        metres = float(shapely.distance(places[place], shapes[shape]))
        nearest[key] = min(metres, nearest.get(key, metres))
    return nearest


def _where(register: Register, rows: Sequence[PatrolFinding]) -> List[Optional[shapely.Geometry]]:
    """Where each finding lies on the register's ground: its outline, where somebody drew one, else its place; None without either."""
    outlines = register.storage.shapes([row.shape_id for row in rows if row.shape_id])
    found: List[Optional[shapely.Geometry]] = []
    for row in rows:
        if row.shape_id in outlines:
            found.append(ground_of(register).of_home(shapely.from_wkb(outlines[row.shape_id])))
        elif row.lon is not None and row.lat is not None:
            found.append(shapely.Point(*on_the_ground(register, np.array([row.lon]), np.array([row.lat]))[0]))
        else:
            found.append(None)
    return found


def station_findings(register: Register, first: date, last: date, until: date, state: Optional[State] = None
                     ) -> Dict[Tuple[str, int, int], Dict[str, Rate]]:
    """Of each station and month from one day to another, as far as ``until``: its findings on which building stopped, that were reported
    in time, of which a case was filed, and the illegal patches issued in it that a patrol had found before; each with its base."""
    pack = patrolling.choose_for_day(register, last)
    found = [as_finding(row) for row in findings(register, state)]
    own = [one for one in found if first <= one.on <= min(last, until)]
    illegal = _illegal_patches(register, first, last, state)
    keys = {(one.station, one.on.year, one.on.month) for one in own} | {key for key, _patch in illegal}
    made = {}
    for key in keys:
        its = [one for one in own if (one.station, one.on.year, one.on.month) == key]
        done = {act: rate(act, sum((on := one.done_on(act)) is not None and on <= until for one in its), len(its), "sites")
                for act in (REPORTED, FILED)}
        made[key] = {**done, "stopping": stopping(its, until), "reporting": reporting(its, pack, until),
                     "discovery": discovery([patch for of, patch in illegal if of == key], found)}
    return made


def _illegal_patches(register: Register, first: date, last: date, state: Optional[State]
                     ) -> List[Tuple[Tuple[str, int, int], SatellitePatch]]:
    """Illegal patches of the satellite's batches issued from one day to another, by station and month of issue."""
    batches = (state or register.storage.load_state(patches=[])).batches.values()
    issued = {one.PCBH: date.fromisoformat(one.XFRQ) for one in batches if one.XFRQ and one.LY not in (SOURCE, OWN_PATCHES)}
    frame = register_frames.parcels(register, None, state)
    frame = frame[frame["PDJL1"].eq("2") & frame["ZSDM"].notna()].drop_duplicates("patch_id")
    rows = [(row.ZSDM, row.patch_id, issued[row.PCBH]) for row in frame.itertuples() if row.PCBH in issued]
    return [((station, on.year, on.month), SatellitePatch(patch, on)) for station, patch, on in rows if first <= on <= last]


# From a finding of a patrol to an illegal parcel with its case: one act for whoever decides it (source 05 of a batch, domain.md §9.1).
#
# Each finding stands in a batch of its own (``XC20260512-3F9A2C``): taking one back, or two offices filing at the same time, touches no
# other. A finding whose outline nobody drew goes in as a circle of the area that was reported, and says so.

FOUND_BY_PATROL = "1"
#: Corners of a quarter of the circle that stands for an outline.
_CORNERS = 16
_KEPT = tuple(one.name for one in ISSUED if one.name != "MJ")


@dataclass(frozen=True)
class FiledFinding:
    """Where a finding went: batch code, parcel number and case id."""

    batch: str
    parcel: str
    case: str


def filed_as(row: PatrolFinding) -> Optional[FiledFinding]:
    """The parcel and case that a finding became; None for one that became none here."""
    said = next((done["said"] for done in json.loads(row.doc) if done["act"] == FILED and done["said"].get("parcel")), None)
    return None if said is None else FiledFinding(said["batch"], said["parcel"], said["case"])


def file_finding(register: Register, finding: str, *, on: Optional[str] = None, verdict: Optional[Mapping[str, Any]] = None,
                 by: Optional[str] = None) -> FiledFinding:
    """Make an illegal parcel with an open case of a finding, as one act. ``verdict``: particulars beyond what the finding says (PDJL2 …).

    InputError where the finding has neither outline nor area; RefusedError where it was filed before.
    """
    row = next((one for one in patrolling.findings(register) if one.id == finding), None)
    if row is None:
        raise InputError("The register has no finding {finding}.", "Take it from the list of findings.", finding=finding)
    known = filed_as(row)
    if known is not None:
        raise RefusedError("The finding stands as parcel {parcel} in batch {batch} already.", "Open its case there.", parcel=known.parcel,
                           batch=known.batch)
    day = on or date.today().isoformat()
    with register.together():
        batch = _issued(register, row, by)
        _judge(register, batch, batch, row, verdict or {}, day, by)
        case = open_case(register, batch, [batch], on=day, particulars={"source": FOUND_BY_PATROL}, by=by)
        patrolling.act_on_finding(register, finding, FILED, on=max(day, row.FXRQ), said={"batch": batch, "parcel": batch, "case": case},
                                  by=by, seen={finding: row.last_event})
    return FiledFinding(batch, batch, case)


def _judge(register: Register, batch: str, label: str, row: PatrolFinding, verdict: Mapping[str, Any], day: str, by: Optional[str]) -> None:
    (whole,) = register.parcels(batch)["DKMJ"]
    cultivated = row.GDMJ if row.GDMJ is not None and row.GDMJ <= whole else None
    said = {"PDJL1": "2", "PDJL2": "201", "WFLX": "01", "XZXC": "1", "JSSJ": row.DGSJ, "YDDW": name_of(register, row.JSDW),
            "XMMC": row.XMMC, "PDSM": row.SPQK, "WFGD": cultivated, **verdict}
    judged = give_verdicts(register, batch, [Entry(label, {key: value for key, value in said.items() if value is not None})], by=by,
                           effective_on=day)
    if judged.refused:
        reason = judged.refused[0].reason
        raise RefusedError(reason.template, **reason.params)


def _issued(register: Register, row: PatrolFinding, by: Optional[str]) -> str:
    """The code of a finding's batch, which is also the number of its only patch, just issued."""
    code = f"XC{row.FXRQ.replace('-', '')}-{hashlib.sha256(row.id.encode()).hexdigest()[:6].upper()}"
    place = patrolling.township_at(register, row.lon, row.lat) if row.lon is not None and row.lat is not None else None
    outline, is_drawn = _outline(register, row)
    area = float(measure(Crs.of(register.meta["crs"]), AreaMethod.ELLIPSOID)(np.array([outline], dtype=object))[0])
    said: Dict[str, Any] = {name: None for name in _KEPT}
    said.update(JCBH=code, XZQDM=register.meta["county_code"], XMC=register.meta["county_name"], XZDM=place.code if place else row.XZDM,
                XZMC=place.name if place else None, TBLX="XC", HSX=row.FXRQ, JCMJ=round(area, 2), JCMJ_Y=round(area, 2), JCDW="m2",
                GDMJ0=row.GDMJ, BZ=row.XMMC if is_drawn else "；".join(filter(None, (row.XMMC, "以上报面积画圆，未实测边界"))))
    intake = Intake(code, hashlib.sha256(code.encode()).hexdigest(), 1, register.meta["crs"], "utf-8", "m2",
                    [IssuedPatch(1, said, shapely.to_wkb(outline), area)], [], [])
    name = " ".join(filter(None, (code, place.name if place else None)))
    issue_batch(register, BatchInfo(code, name, int(row.FXRQ[:4]), month=int(row.FXRQ[5:7]), issued_on=row.FXRQ, source=SOURCE), intake,
                by=by)
    return code


def _outline(register: Register, row: PatrolFinding) -> Tuple[shapely.Geometry, bool]:
    """The finding's outline, or a circle of its area; and whether somebody drew it."""
    if row.shape_id:
        return shapely.from_wkb(register.storage.shapes([row.shape_id])[row.shape_id]), True
    if row.lon is None or row.lat is None or not row.ZDMJ:
        raise InputError("The finding has neither an outline nor a place with an area.", "Draw its outline, or give place and area.")
    x, y = on_the_ground(register, np.array([row.lon]), np.array([row.lat]))[0]
    radius = float(np.sqrt(row.ZDMJ / (2.0 * _CORNERS * np.sin(np.pi / 2.0 / _CORNERS))))  # of a polygon that has just this area
    circle = shapely.buffer(shapely.Point(x, y), radius, quad_segs=_CORNERS)
    return ground_of(register).to_home(circle), False


def cover_proposals(register: Register, row: PatrolFinding) -> List[Tuple[str, str]]:
    """Patches (id and number) within the rule pack's distance of a finding that came first and that nobody linked with it, nearest first;
    only what lies around it is looked at."""
    batches = {one.id: one for one in register.storage.load_state(patches=[]).batches.values()
               if one.LY != SOURCE and one.XFRQ and row.FXRQ < one.XFRQ}
    (where,) = _where(register, [row])
    if not batches or where is None:
        return []
    limits = {key: pack_of(register, one).parameters.discovery_distance_m for key, one in batches.items()}
    ground, most = ground_of(register), max(limits.values())
    xmin, ymin, xmax, ymax = where.bounds
    ids = ground.parcels_in(register, (xmin - most, ymin - most, xmax + most, ymax + most))
    frame = register.storage.frame("parcel", ids=ids)
    frame = frame[frame["batch_id"].isin(list(batches)) & ~frame["patch_id"].isin(json.loads(row.patches))]
    blobs = register.storage.shapes(frame["shape_id"])
    shapes = ground.of_home(shapely.from_wkb([blobs[key] for key in frame["shape_id"]]))
    frame = frame.assign(metres=shapely.distance(shapes, where) if len(frame) else [])
    near = frame[frame["metres"] <= frame["batch_id"].map(limits)].sort_values(["metres", "JCBH"]).drop_duplicates("patch_id")
    return list(zip(near["patch_id"], near["JCBH"]))
