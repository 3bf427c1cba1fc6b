"""Rebound radar: a newer patch over land that had been set right (case closed, or rectified and accepted) says so, with figures.

Borders of neighbours overlap by slivers, and images lie a little apart; so a meeting counts only from an area, a share of the smaller
outline, and a width that registration alone cannot make. It is worded "again changed here": why, a person finds out.
"""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import Any, Callable, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

import numpy as np
import pandas as pd
import shapely

from ..errors import Message, message
from ..evidence.area import measure
from ..evidence.chunks import work_through
from ..evidence.crs import Crs
from ..law.image_dates import parse_image_date
from ..law.remedies import KINDS
from ..progress import Progress
from .register import Register
from .state import CaseRecord, State

#: A meeting counts from this area (m²), this share of the smaller outline, and when it is wider than images lie apart (metres).
LEAST_M2, LEAST_SHARE, APART_M = 100.0, 0.2, 1.0
#: Less than LEAST_SHARE: the boxes' areas are the plane's.
_BOX_SHARE = 0.9 * LEAST_SHARE
_ILLEGAL = "2"
_AT_ONCE = 5_000
_DAYS_PER_MONTH = 365.25 / 12


@dataclass(frozen=True)
class Meetings:
    """Pairs of positions in the two lists of outlines, the area that they share (m²) and its share of the smaller one."""

    new: np.ndarray
    old: np.ndarray
    overlap_m2: np.ndarray
    share: np.ndarray


def meetings(new: np.ndarray, old: np.ndarray, crs: Crs, apart_m: float = APART_M, progress: Optional[Progress] = None) -> Meetings:
    """All pairs of a newer and an older outline (valid polygons of one CRS) that meet by more than chance."""
    progress = progress or Progress()
    area = measure(crs)
    one, two = _could_share(new, old, *shapely.STRtree(old).query(new))
    sizes = area(new), area(old)
    parts = [np.arange(start, min(start + _AT_ONCE, len(one))) for start in range(0, len(one), _AT_ONCE)]
    found = work_through(parts, lambda rows, _check: _in_common(new[one[rows]], old[two[rows]], area), progress,
                         text=message("Comparing outlines"))
    overlap, around = (np.concatenate(values) for values in zip(*found)) if found else (np.zeros(0), np.zeros(0))
    smaller = np.minimum(sizes[0][one], sizes[1][two])
    share = np.divide(overlap, smaller, out=np.zeros(len(one)), where=smaller > 0)
    hit = (overlap >= LEAST_M2) & (share >= LEAST_SHARE) & (overlap > around * apart_m)
    return Meetings(one[hit], two[hit], overlap[hit], share[hit])


def _in_common(new: np.ndarray, old: np.ndarray, area: Callable[[np.ndarray], np.ndarray]) -> Tuple[np.ndarray, np.ndarray]:
    """Area (m²) of what two outlines share, pair by pair, and the length of its edge (m)."""
    common = shapely.intersection(new, old)
    flat, overlap = shapely.area(common), area(common)
    scale = np.sqrt(np.divide(overlap, flat, out=np.ones(len(flat)), where=flat > 0))
    return overlap, shapely.length(common) * scale


def _could_share(new: np.ndarray, old: np.ndarray, one: np.ndarray, two: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Of pairs whose boxes meet, those whose boxes have so much in common that the outlines can: most neighbours need no cutting."""
    mine, its = shapely.bounds(new)[one], shapely.bounds(old)[two]
    sides = np.minimum(mine[:, 2:], its[:, 2:]) - np.maximum(mine[:, :2], its[:, :2])
    smaller = np.minimum(shapely.area(new)[one], shapely.area(old)[two])
    kept = (sides > 0).all(axis=1) & (sides.prod(axis=1) >= _BOX_SHARE * smaller)
    return one[kept], two[kept]


@dataclass(frozen=True)
class Settlement:
    """How and when an illegal parcel was set right; ``order`` is the case's number, '' without one."""

    on: Optional[date]
    how: Message
    order: str = ""


def settlement_of(state: State, parcel_id: str) -> Optional[Settlement]:
    """The newest case over the parcel is closed, or every remedy of its land is done and accepted; else None."""
    cases: Sequence[CaseRecord] = state.found("cases", "parcel", parcel_id)
    case = max(cases, key=lambda one: (one.is_open, one.since), default=None)
    order = case.AJBH or "" if case is not None else ""
    tracks = [track for track in state.tracks_of([parcel_id]) if KINDS[track.kind].settles_land and track.withdrawn_on is None]
    if tracks and all(track.is_complete for track in tracks):
        days = [track.acceptance.on for track in tracks if track.acceptance.on is not None]
        return Settlement(max(days, default=None), message("rectified and accepted"), order)
    if case is not None and not case.is_open:
        return Settlement(_day(case.since), message("case closed"), order)
    return None


def _day(text: Optional[str]) -> Optional[date]:
    return date.fromisoformat(text[:10]) if text else None


@dataclass(frozen=True)
class Return:
    """A newer parcel over one that was set right. ``seen_on`` is the day of the newer image (of the issue, where nobody knows);
    ``is_after`` False: the image was taken before the land was set right, so it may show the old state; None: nobody can tell."""

    parcel_id: str
    number: str
    batch: str
    township: Optional[str]
    township_name: Optional[str]
    old_id: str
    old_number: str
    old_batch: str
    settlement: Settlement
    photos: int
    overlap_m2: float
    share: float
    seen_on: Optional[date]
    outline: bytes

    @property
    def days(self) -> Optional[int]:
        """Days from being set right to the newer image; negative where the image is older; None where a day is missing."""
        return None if self.seen_on is None or self.settlement.on is None else (self.seen_on - self.settlement.on).days

    @property
    def is_after(self) -> Optional[bool]:
        """Whether the newer image shows the land as it was after."""
        return None if self.days is None else self.days > 0


def seen_on(later_image: Optional[str], issued_on: Optional[str]) -> Optional[date]:
    """The last day that the text of HSX can mean, else the day of issue."""
    span = parse_image_date(later_image)
    return span.last if span is not None else _day(issued_on)


def returns(register: Register, batch: Optional[str] = None, progress: Optional[Progress] = None) -> List[Return]:
    """Every living parcel (of a batch, or of all) that lies over one of an earlier batch that had been set right, largest first."""
    progress = progress or Progress()
    rows = plain_rows(register.parcels())
    progress.step(0.1, message("Reading the register"))
    return returns_among(register, rows, register.storage.load_state(), batch, progress.part(0.3, 1.0))


def returns_among(register: Register, rows: Sequence[Mapping[str, Any]], state: State, batch: Optional[str] = None,
                  progress: Optional[Progress] = None) -> List[Return]:
    """:func:`returns` among living parcels that were read already (:func:`plain_rows`), with the state of those that are illegal."""
    progress = progress or Progress()
    issued = {row.PCBH: row.XFRQ or f"{row.ND}" for row in register.batches().itertuples()}
    settled = {row["parcel_id"]: settlement_of(state, row["parcel_id"]) for row in rows if row["PDJL1"] == _ILLEGAL}
    old = [row for row in rows if settled.get(row["parcel_id"]) is not None]
    if not old:
        return []
    new = _near(register, [row for row in rows if batch is None or row["PCBH"] == batch], old)
    progress.step(0.2)
    shapes = register.storage.shapes([row["shape_id"] for row in (*old, *new)])
    outlines = [np.array([shapely.from_wkb(shapes[row["shape_id"]]) for row in part] + [None], dtype=object)[:-1] for part in (new, old)]
    if not new:
        return []
    found = meetings(*outlines, Crs.of(register.meta["crs"]), progress=progress.part(0.3, 1.0))
    result = []
    for n, o, overlap, share in zip(found.new.tolist(), found.old.tolist(), found.overlap_m2.tolist(), found.share.tolist()):
        mine, its = new[n], old[o]
        if (issued[its["PCBH"]], its["PCBH"]) < (issued[mine["PCBH"]], mine["PCBH"]):
            result.append(Return(
                mine["parcel_id"], mine["DKBH"], mine["PCBH"], mine["XZDM"], mine["XZMC"], its["parcel_id"], its["DKBH"], its["PCBH"],
                settled[its["parcel_id"]] or Settlement(None, message("case closed")), int(its["photos"] or 0), overlap, share,
                seen_on(mine["HSX"], issued[mine["PCBH"]] if len(issued[mine["PCBH"]]) == 10 else None), shapes[mine["shape_id"]]))
    return sorted(result, key=lambda one: (-one.overlap_m2, one.number, one.old_number))


def settled_outlines(register: Register) -> np.ndarray:
    """Outlines (in the register's CRS) of living illegal parcels that were set right."""
    rows, state = plain_rows(register.parcels()), register.storage.load_state()
    ids = [row["shape_id"] for row in rows if row["PDJL1"] == _ILLEGAL and settlement_of(state, row["parcel_id"]) is not None]
    shapes = register.storage.shapes(ids)
    return shapely.from_wkb(np.array([shapes[one] for one in ids], dtype=object))


_WANTED = ("parcel_id", "patch_id", "shape_id", "batch_id", "DKBH", "JCBH", "PCBH", "XZDM", "XZMC", "ZSDM", "PDJL1", "HSX", "photos",
           "assigned_to")


def plain_rows(frame: pd.DataFrame) -> List[Dict[str, Any]]:
    """What the radar needs of parcels, as rows; absence is None."""
    frame = frame[[name for name in _WANTED if name in frame]]
    return frame.astype(object).where(frame.notna(), None).to_dict("records")


def _near(register: Register, rows: Sequence[Mapping[str, Any]], old: Sequence[Mapping[str, Any]]) -> List[Mapping[str, Any]]:
    """Those whose box meets the box of one that was set right: outlines are read of these alone."""
    boxes = register.storage.boxes().set_index("shape_id")[["xmin", "ymin", "xmax", "ymax"]].astype(float)
    mine, its = (shapely.box(*boxes.reindex([row["shape_id"] for row in part]).to_numpy().T) for part in (rows, old))
    return [rows[place] for place in np.unique(shapely.STRtree(its).query(mine)[0])] if len(rows) else []


def months_until(found: Iterable[Return]) -> Dict[Tuple[Optional[str], Optional[str]], Tuple[int, Optional[float]]]:
    """By township (code, name): how many came back, and the median of the months it took, of those whose days are known and later."""
    days: Dict[Tuple[Optional[str], Optional[str]], List[Optional[int]]] = {}
    for one in found:
        days.setdefault((one.township, one.township_name), []).append(one.days)
    result = {}
    for place, known in sorted(days.items(), key=lambda entry: entry[0][0] or ""):
        later = [value for value in known if value is not None and value > 0]
        result[place] = (len(known), median(later) / _DAYS_PER_MONTH if later else None)
    return result
