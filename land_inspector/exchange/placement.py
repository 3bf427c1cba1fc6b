"""Where on earth the rows of a source lie: its CRS stated, contradicted or guessed, its axes straight or swapped."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Callable, Dict, List, Optional, Sequence

import numpy as np
import shapely
from osgeo import osr

from ..errors import InputError, Message, message
from .crs_guess import (ABROAD, Box, CHINA_DEGREES, DEGREES, UNKNOWN, UNPREFIXED, Reading, epsg_of_kind, epsg_of_meridian,
                        gauss_krueger, home_box, inside, old_datum, read_points, with_authority)
from .draft import Draft
from ..evidence.gdal_quiet import spatial_reference
from .import_findings import Notes, listed
from .reprojection import crs_name, transform_points

Suggest = Callable[[np.ndarray], Sequence[str]]


@dataclass
class Placement:
    """The CRS of the layer and, by index, of rows that are in another; which rows have X and Y swapped; which are nowhere."""

    srs: osr.SpatialReference
    swapped: np.ndarray
    other_srs: Dict[int, osr.SpatialReference] = field(default_factory=dict)
    nowhere: Dict[int, Message] = field(default_factory=dict)


@dataclass(frozen=True)
class Extents:
    """The bounding boxes of the rows that have geometry: ``index`` in the table, lower and upper corner (n × 2)."""

    index: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @property
    def middle(self) -> np.ndarray:
        return (self.low + self.high) / 2

    @classmethod
    def of(cls, draft: Draft) -> "Extents":
        """Of the rows that are not quarantined."""
        bounds = shapely.bounds(draft.geometry[draft.sound]).reshape(-1, 4)
        return cls(draft.sound, bounds[:, :2], bounds[:, 2:])

    def one(self, at: int) -> "Extents":
        """Only the row at a position."""
        return Extents(self.index[at:at + 1], self.low[at:at + 1], self.high[at:at + 1])


def usable_crs(given: str) -> osr.SpatialReference:
    """The CRS that a user gave; raises InputError if it is none, or of a datum that is not overlaid silently."""
    srs = spatial_reference(given)
    if srs is None:
        raise InputError("{crs} is not a CRS that can be understood.", "Give it like EPSG:4528.", crs=given)
    _refuse_old_datum(srs, given)
    return srs


def _refuse_old_datum(srs: osr.SpatialReference, file: str) -> None:
    datum = old_datum(srs)
    if datum:
        raise InputError(
            "{file} is in the old system {datum} ({crs}). It is not overlaid on CGCS2000 silently: it may lie 100 m off.",
            "Transform the file to CGCS2000 with the official parameters and import the result; if the file only says so "
            "by mistake, give its true CRS.",
            file=file, datum=datum, crs=srs.GetName(),
        )


def place(declared: Optional[osr.SpatialReference], given: Optional[str], extents: Extents, draft: Draft,
          suggest: Suggest) -> Placement:
    """Decide CRS and axis order for every row (R03, R04); raises InputError where only a person can know."""
    file, notes = draft.file, draft.notes
    srs = usable_crs(given) if given else _stated(file, declared)
    reading = read_points(extents.middle)
    if srs is None:
        srs = _guessed(file, reading, extents, suggest, notes)
    elif _contradicted(srs, reading, extents):
        srs = _corrected(file, srs, bool(given), reading, extents, suggest, notes)
    placement = Placement(srs, np.zeros(len(draft), dtype=bool))
    _place_rows(placement, extents, reading, draft)
    return placement


def _contradicted(srs: osr.SpatialReference, reading: Reading, extents: Extents) -> bool:
    """Whether no row fits the CRS, or most do not and say which other one they are in."""
    fits = _fits(srs, extents)
    if not len(fits) or fits.mean() >= 0.5:
        return False
    return not fits.any() or _code_beside(srs, _majority(reading)) is not None


def _stated(file: str, declared: Optional[osr.SpatialReference]) -> Optional[osr.SpatialReference]:
    if declared is None or declared.IsLocal() or not (declared.IsGeographic() or declared.IsProjected()):
        return None
    if "undefined" in declared.GetName().lower():
        return None
    _refuse_old_datum(declared, file)
    return with_authority(declared)


def _straight(srs: osr.SpatialReference, extents: Extents) -> np.ndarray:
    box = home_box(srs)
    fits = inside(extents.low, box) & inside(extents.high, box)
    if not srs.IsGeographic():
        return fits
    turned_in_china = inside(extents.low[:, ::-1], CHINA_DEGREES) & inside(extents.high[:, ::-1], CHINA_DEGREES)
    return fits & ~(turned_in_china & ~inside(extents.middle, CHINA_DEGREES) & inside(extents.middle[:, ::-1], box))


def _turned(srs: osr.SpatialReference, extents: Extents) -> np.ndarray:
    box = home_box(srs)
    return inside(extents.low[:, ::-1], box) & inside(extents.high[:, ::-1], box) & ~_straight(srs, extents)


def _fits(srs: osr.SpatialReference, extents: Extents) -> np.ndarray:
    return _straight(srs, extents) | _turned(srs, extents)


def _majority(reading: Reading) -> int:
    kinds, counts = np.unique(reading.kind[reading.kind != UNKNOWN], return_counts=True)
    return int(kinds[counts.argmax()]) if len(kinds) else UNKNOWN


def _guessed(file: str, reading: Reading, extents: Extents, suggest: Suggest, notes: Notes) -> osr.SpatialReference:
    if not len(extents.index):
        return _known("EPSG:4490")
    kind = _majority(reading)
    code = epsg_of_kind(kind)
    if code is None:
        raise _ask(file, kind, reading, extents, suggest)
    notes.add("W", message("{file} does not state its CRS; by its coordinates it was read as {crs}.", file=file, crs=f"EPSG:{code}"),
              message("Compare a few patches with the image; if they lie wrong, import again with CRS given."), rule="R03")
    return _known(f"EPSG:{code}")


def _known(code: str) -> osr.SpatialReference:
    srs = spatial_reference(code)
    if srs is None:
        raise InputError("{crs} is not a CRS that can be understood.", "Give it like EPSG:4528.", crs=code)
    return srs


def _ask(file: str, kind: int, reading: Reading, extents: Extents, suggest: Suggest) -> InputError:
    x, y = (f"{value:.1f}" for value in extents.middle[0])
    if kind != UNPREFIXED:
        return InputError("{file} does not state its CRS, and coordinates like ({x}, {y}) do not tell it.",
                          "Ask the issuer for the CRS and give it as CRS, for example EPSG:4528.", file=file, x=x, y=y)
    chosen = reading.kind == UNPREFIXED
    points = np.where(reading.swapped[chosen, None], extents.middle[chosen][:, ::-1], extents.middle[chosen])
    likely = suggest(np.median(points, axis=0))
    if likely:
        return InputError(
            "{file} does not state its CRS, and its coordinates, like ({x}, {y}), have no zone number: the central meridian is unknown.",
            "Ask the issuer for the central meridian and give the CRS; by where the county lies it could be {likely}.",
            file=file, x=x, y=y, likely=listed(likely))
    return InputError(
        "{file} does not state its CRS, and its coordinates, like ({x}, {y}), have no zone number: the central meridian is unknown.",
        "Ask the issuer for the central meridian and give the CRS: EPSG:4534 for 75°E, one more for every 3° (EPSG:4549 for 120°E).",
        file=file, x=x, y=y)


def _corrected(file: str, stated: osr.SpatialReference, given: bool, reading: Reading, extents: Extents, suggest: Suggest,
               notes: Notes) -> osr.SpatialReference:
    kind = _majority(reading)
    code = _code_beside(stated, kind)
    meridian = gauss_krueger(stated)
    same_meridian = code is not None and meridian is not None and kind not in (DEGREES, ABROAD, UNKNOWN)
    if code is None or (given and not (same_meridian and _meridian(code) == meridian[0])):
        x, y = (f"{value:.1f}" for value in extents.middle[0])
        likely = suggest(np.median(extents.middle, axis=0)) if kind == UNPREFIXED else ()
        raise InputError("The coordinates of {file}, like ({x}, {y}), cannot be in its stated CRS {crs}.",
                         "Ask the issuer for the right CRS and give it as CRS. Possible by the coordinates: {likely}.",
                         file=file, x=x, y=y, crs=crs_name(stated)[:40],
                         likely=listed(likely) or (f"EPSG:{code}" if code else "—"))
    notes.add("E", message("{file} says that it is in {stated}, but its coordinates are not; by them it was read as {crs}.",
                           file=file, stated=f"{stated.GetName()} ({crs_name(stated)[:40]})", crs=f"EPSG:{code}"),
              message("Compare a few patches with the image; if they lie wrong, import again with CRS given."), rule="R03")
    return _known(f"EPSG:{code}")


def _code_beside(stated: osr.SpatialReference, kind: int) -> Optional[int]:
    """The code for coordinates of a kind in a file that states another CRS; its meridian helps where no zone number stands."""
    if kind != UNPREFIXED:
        return epsg_of_kind(kind)
    found = gauss_krueger(stated)
    return epsg_of_meridian(found[0], 3, False) or epsg_of_meridian(found[0], 6, False) if found else None


def _meridian(code: int) -> Optional[float]:
    found = gauss_krueger(_known(f"EPSG:{code}"))
    return found[0] if found else None


def _place_rows(placement: Placement, extents: Extents, reading: Reading, draft: Draft) -> None:
    straight, turned = _straight(placement.srs, extents), _turned(placement.srs, extents)
    placement.swapped[extents.index[turned]] = True
    for at in np.flatnonzero(~straight & ~turned):
        _place_stray(placement, extents.one(int(at)), int(reading.kind[at]), bool(reading.swapped[at]), draft)
    _note_swapped(placement, len(extents.index), draft)


def _place_stray(placement: Placement, row: Extents, kind: int, swapped: bool, draft: Draft) -> None:
    """A row whose coordinates do not fit the layer's CRS: in another zone, in degrees, without its zone number, or lost."""
    index = int(row.index[0])
    code = _code_beside(placement.srs, kind) if kind != ABROAD else None
    srs = spatial_reference(f"EPSG:{code}") if code else None
    if srs is None or not _fits(srs, row)[0]:
        x, y = (row.high if inside(row.low, home_box(placement.srs))[0] else row.low)[0]
        placement.nowhere[index] = message("Its coordinates, like ({x}, {y}), lie outside the area of {crs}.",
                                           x=f"{x:.1f}", y=f"{y:.1f}", crs=placement.srs.GetName())
        return
    placement.other_srs[index] = srs
    placement.swapped[index] = swapped
    draft.note("E", index, message("Its coordinates are not in the CRS of the other rows; they were read as {crs}.", crs=f"EPSG:{code}"),
               message("Look at the patch on the map; ask the issuer if it lies wrong."), "R03")


def _note_swapped(placement: Placement, total: int, draft: Draft) -> None:
    found = np.flatnonzero(placement.swapped).tolist()
    remedy = message("Compare a few patches with the image, and tell the issuer: X is north and Y is east in survey files, not in a layer.")
    if len(found) > total / 2:
        draft.notes.add("E", message("X and Y are swapped in {n} of {total} rows; they were put right.", n=len(found), total=total),
                        remedy, "R04")
        return
    for index in found:
        draft.note("E", index, message("X and Y were swapped; they were put right."), remedy, "R04")


def likely_codes(point: np.ndarray, target: Optional[osr.SpatialReference], home: Optional[Box]) -> List[str]:
    """Unprefixed 3° CRSs in which ``point`` would lie within ``home``, a box in the target CRS.

    Without a box it is the one with the target's own meridian.
    """
    if target is None:
        return []
    if home is None:
        found = gauss_krueger(target)
        code = epsg_of_meridian(found[0], 3, False) if found else None
        return [f"EPSG:{code}"] if code else []
    codes = [f"EPSG:{code}" for code in range(4534, 4555)]
    moved = [transform_points(point[None, :], _known(code), target) for code in codes]
    return [code for code, xy in zip(codes, moved) if inside(xy, home)[0]]
