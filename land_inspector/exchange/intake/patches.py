"""Issued patch data read whole: every row of a source becomes a patch or is quarantined with the reason."""
from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Tuple

import numpy as np
import shapely
from osgeo import osr

from ...errors import Message, message
from ...evidence.area import AreaMethod, Measure, measure
from ...evidence.crs import Crs
from ...evidence.gdal_quiet import reading
from ...evidence.shapes import overlay
from ...law.parameters import Parameters
from ...progress import Progress
from ...register.records import Intake, IssuedPatch, Quarantined, Township
from ..report import Notes, listed
from .placement import Box, Extents, Placement, crs_name, likely_codes, place, transform_geometry, usable_crs
from .mapping import Draft, SourceTable, StatedUnits, convert_areas, drafted, joined
from .geometry import NO_POINT, read_geometry, read_points, repair, swap_axes
from .sources import digest, located_parts, read_source, take_apart
from .townships import assign_townships


# Numbers that come twice (rule R02) and patches that lie on each other (R06).

OVERLAP_M2 = 1.0
MOST_OVERLAPS = 20_000
SAME_PLACE = 1e-4
_CHUNK, _PAIRS = 500, 10_000


def quarantine_without_number(draft: Draft) -> None:
    """Rows without JCBH can be neither judged nor reported."""
    for index in draft.sound.tolist():
        if draft.number(index) is None:
            draft.quarantine(index, message("It has no patch number (JCBH)."), message("Ask the issuer for its number."), "R01")


def quarantine_duplicates(draft: Draft, degrees: bool) -> None:
    """Same number and same geometry: the first row stays. Same number, different geometry: all are quarantined (R02)."""
    tolerance = SAME_PLACE / 1e5 if degrees else SAME_PLACE
    for number, indexes in _same_number(draft).items():
        first, later = indexes[0], indexes[1:]
        shapes = shapely.normalize(draft.geometry[indexes])
        same = shapely.equals_exact(shapes[1:], shapes[0], tolerance=tolerance) | shapely.equals(shapes[1:], shapes[0])
        if same.all():
            _keep_first(draft, first, later)
        else:
            _quarantine_all(draft, number, indexes)


def _same_number(draft: Draft) -> Dict[str, List[int]]:
    groups: Dict[str, List[int]] = defaultdict(list)
    for index in draft.sound.tolist():
        groups[str(draft.number(index))].append(index)
    return {number: indexes for number, indexes in groups.items() if len(indexes) > 1}


def _keep_first(draft: Draft, first: int, later: List[int]) -> None:
    for index in later:
        differing = [name for name, values in {**draft.attributes, **draft.other}.items() if values[index] != values[first]]
        draft.quarantine(index, message("It repeats row {row} with the same number and geometry.", row=draft.rows[first]),
                         message("Nothing to do: row {row} was imported.", row=draft.rows[first]), "R02")
        if differing:
            draft.note("W", index, message("It differs from row {row}, which was imported, in {fields}.",
                                           row=draft.rows[first], fields=listed(differing)),
                       message("Ask the issuer which of the two is right."), "R02")


def _quarantine_all(draft: Draft, number: str, indexes: List[int]) -> None:
    rows = listed([draft.rows[index] for index in indexes])
    for index in indexes:
        draft.quarantine(index, message("The number {number} stands for different geometries in the rows {rows}.",
                                        number=number, rows=rows),
                         message("Ask the issuer which number each patch has."), "R02")


def note_overlaps(draft: Draft, measure: Measure, progress: Progress, least_m2: float = OVERLAP_M2) -> None:
    """Pairs of imported patches that overlap by more than ``least_m2`` (R06); both are imported."""
    sound, listed_pairs = draft.sound, 0
    shapes = draft.geometry[sound]
    for left, right in _touching_pairs(shapes, progress):
        if listed_pairs >= MOST_OVERLAPS:
            draft.notes.add("E", message("There are more overlaps; only the first {n} are listed.", n=listed_pairs),
                            message("Ask the issuer whether the layer holds several batches at once."), "R06")
            return
        common = overlay(shapely.intersection, shapes[left], shapes[right])
        areas = np.where(shapely.is_missing(common), 0.0, measure(common))
        overlapping = np.flatnonzero(areas > least_m2).tolist()
        listed_pairs += len(overlapping)
        for at in overlapping:
            _note_overlap(draft, int(sound[left[at]]), int(sound[right[at]]), float(areas[at]))


def _touching_pairs(shapes: np.ndarray, progress: Progress) -> Iterator[Tuple[np.ndarray, np.ndarray]]:
    """Pairs whose interiors may meet, each once. Of identical shapes each is paired with the first only."""
    first, copies = _without_copies(shapes)
    yield copies
    tree = shapely.STRtree(shapes[first])
    for start in range(0, len(first), _CHUNK):
        chunk = first[start:start + _CHUNK]
        left, right = tree.query(shapes[chunk])
        once = left + start < right
        left, right = chunk[left[once]], first[right[once]]
        for at in range(0, len(left) or 1, _PAIRS):
            progress.step(start / len(first), message("Looking for overlapping patches"))
            one, other = left[at:at + _PAIRS], right[at:at + _PAIRS]
            inner = shapely.intersects(shapes[one], shapes[other]) & ~shapely.touches(shapes[one], shapes[other])
            yield one[inner], other[inner]


def _without_copies(shapes: np.ndarray) -> Tuple[np.ndarray, Tuple[np.ndarray, np.ndarray]]:
    seen: Dict[bytes, int] = {}
    pairs = [(seen.setdefault(data, at), at) for at, data in enumerate(shapely.to_wkb(shapes, output_dimension=2).tolist())]
    original = np.array([first for first, _ in pairs], dtype=int)
    copies = np.flatnonzero(original != np.arange(len(original)))
    return np.flatnonzero(original == np.arange(len(original))), (original[copies], copies)


def _note_overlap(draft: Draft, one: int, other: int, area_m2: float) -> None:
    draft.note("E", other, message("It overlaps patch {patch} (row {row}) by {area} m².", patch=draft.number(one),
                                   row=draft.rows[one], area=f"{area_m2:.2f}"),
               message("Ask the issuer for the right boundary; until then the common area counts twice."), "R06")


@dataclass
class _Part:
    """One layer of an issue on its way: its rows, and what its file said."""

    table: SourceTable
    draft: Draft
    units: Dict[str, StatedUnits]
    unit: Optional[str] = None


def take_in(
    source: str,
    *,
    target_crs: Optional[str],
    area_method: str,
    crs: Optional[str] = None,
    mapping: Optional[Mapping[str, str]] = None,
    encoding: Optional[str] = None,
    layer: Optional[str] = None,
    townships: Sequence[Township] = (),
    limits: Optional[Parameters] = None,
    progress: Optional[Progress] = None,
) -> Intake:
    """Read any vector file that offices issue (plain, zipped, in folders, in several parts, as a QGIS source) and account for
    every row.

    ``target_crs``: the CRS that the patches are to be in; None keeps the (first) source's own. ``area_method``: E on the
    ellipsoid, P planar. ``crs``, ``mapping`` ({standard field: source field}), ``encoding`` and ``layer`` override
    what is recognised. ``townships`` have their geometry in ``target_crs``. ``limits`` are those of the
    rule pack that the batch will be judged by. Rules R01–R07 of domain.md §10. Several layers that
    complete one another are one issue; their rows are counted on.

    Raises InputError where the source cannot be read as a whole or only a person can know what it means, and
    Cancelled; nothing is written anywhere.
    """
    progress, notes = progress or Progress(), Notes()
    target = take_apart(source, layer)
    with reading(target.path.name), located_parts(target, dict(mapping or {}), progress.part(0.0, 0.1)) as found:
        shares = [progress.part(0.1 + 0.3 * at / len(found.parts), 0.1 + 0.3 * (at + 1) / len(found.parts))
                  for at in range(len(found.parts))]
        tables = [read_source(part, encoding, notes, share) for part, share in zip(found.parts, shares)]
        hashed = digest(target, found.parts)
        found.tell(target.path.name, [len(table.rows) for table in tables], notes)
    with reading(target.path.name):
        wish = _Wish(target_crs, area_method, crs, mapping, townships, limits)
        return _taken(target.path.name, hashed, _counted_on(tables), wish, notes, progress)


def take_points(source: str, *, target_crs: str, mapping: Mapping[str, str], townships: Sequence[Township] = (),
                progress: Optional[Progress] = None) -> Tuple[Dict[int, Tuple[float, float]], Dict[int, Message]]:
    """Where those rows of a layer lie that consist of points (x and y in ``target_crs`` by row number, counted as :func:`take_in`
    counts), and why each other of them has no place. Raises InputError as :func:`take_in`."""
    progress, notes, target = progress or Progress(), Notes(), take_apart(source, None)
    with reading(target.path.name), located_parts(target, dict(mapping), progress.part(0.0, 0.2)) as found:
        tables = _counted_on([read_source(part, None, notes, progress.part(0.2, 0.6)) for part in found.parts])
    points: Dict[int, Tuple[float, float]] = {}
    reasons: Dict[int, Message] = {}
    for table in tables:
        draft, _units = drafted(table, mapping, notes)
        read_points(table, draft)
        _placed(table, draft, None, target_crs, townships, progress.part(0.6, 1.0))
        for index in draft.sound.tolist():
            points[draft.rows[index]] = (float(draft.geometry[index].x), float(draft.geometry[index].y))
        reasons.update({draft.rows[index]: reason for index, reason in enumerate(draft.reasons)
                        if reason is not None and reason != NO_POINT})
    return points, reasons


@dataclass(frozen=True)
class _Wish:
    """What the caller of :func:`take_in` asked for."""

    target_crs: Optional[str]
    area_method: str
    crs: Optional[str]
    mapping: Optional[Mapping[str, str]]
    townships: Sequence[Township]
    limits: Optional[Parameters]


def _counted_on(tables: List[SourceTable]) -> List[SourceTable]:
    """Rows of a second part are counted on after those of the first, so that a row number means one row."""
    last = 0
    for table in tables:
        table.rows = [row + last for row in table.rows]
        last = max(table.rows, default=last)
    return tables


def _taken(file: str, hashed: str, tables: List[SourceTable], wish: _Wish, notes: Notes, progress: Progress) -> Intake:
    parts: List[_Part] = []
    srs: Optional[osr.SpatialReference] = None
    for table in tables:
        draft, units = drafted(table, wish.mapping, notes)
        read_geometry(table, draft, progress.part(0.4, 0.5))
        srs = _placed(table, draft, wish.crs, wish.target_crs or (crs_name(srs) if srs is not None else None), wish.townships,
                      progress.part(0.5, 0.6))
        parts.append(_Part(table, draft, units))
    measured = measure(Crs.of(srs), AreaMethod(wish.area_method))
    for part in parts:
        repair(part.draft, measured, progress.part(0.6, 0.7))
        quarantine_without_number(part.draft)
    draft = joined(file, [part.draft for part in parts], notes)
    quarantine_duplicates(draft, bool(srs.IsGeographic()))
    draft = _with_areas(file, draft, parts, notes)
    limits = wish.limits
    note_overlaps(draft, measured, progress.part(0.7, 0.85), *([limits.overlap_m2] if limits else []))
    assign_townships(draft, wish.townships, measured, progress.part(0.85, 0.95), *([limits.township_share] if limits else []))
    if limits is not None:
        _note_areas(draft, measured(draft.geometry[draft.sound]), limits)
    progress.step(0.95, message("Gathering {n} rows", n=len(draft)))
    wkb = [blob for table in tables for blob in table.wkb]
    return Intake(
        file=file, digest=hashed, rows=len(draft), crs=crs_name(srs), encoding=_joined_text(table.encoding for table in tables),
        unit=_joined_text(part.unit or "" for part in parts), patches=_patches(draft), quarantined=_quarantined(wkb, draft),
        findings=notes.findings)


def _with_areas(file: str, draft: Draft, parts: List[_Part], notes: Notes) -> Draft:
    """Areas are converted part by part: each file has its own headings and unit."""
    start = 0
    for part in parts:
        end = start + len(part.draft)
        part.draft.reasons = draft.reasons[start:end]
        part.unit = convert_areas(part.draft, part.units)
        start = end
    return joined(file, [part.draft for part in parts], notes) if len(parts) > 1 else draft


def _note_areas(draft: Draft, areas_m2: np.ndarray, limits: Parameters) -> None:
    """Patches below the smallest area, which are listed and never left out, and issued areas that differ from the measured ones."""
    numbers, issued = draft.attributes["JCBH"], draft.attributes.get("JCMJ") or [None] * len(draft)
    small, differ = [], []
    for index, area in zip(draft.sound.tolist(), areas_m2.tolist()):
        said = issued[index]
        if area < limits.minimum_patch_m2:
            small.append(str(numbers[index]))
        if said and abs(area / float(said) - 1) > limits.measured_ratio_share:
            differ.append(str(numbers[index]))
    if small:
        draft.notes.add("I", message("{n} patches are smaller than {least} m²: {numbers}", n=len(small), least=limits.minimum_patch_m2,
                                     numbers=listed(small)), message("Nothing to do: they are imported."), "§1.5")
    if differ:
        draft.notes.add("W", message("The issued area of {n} patches differs from the measured one by more than {share} %: {numbers}",
                                     n=len(differ), share=round(100 * limits.measured_ratio_share, 3), numbers=listed(differ)),
                        message("Compare the outlines; figures use the measured area."), "§1.4")


def _joined_text(texts: Iterable[str]) -> str:
    return " / ".join(dict.fromkeys(text for text in texts if text))


def _placed(table: SourceTable, draft: Draft, given: Optional[str], target_crs: Optional[str],
            townships: Sequence[Township], progress: Progress) -> osr.SpatialReference:
    """Put every row into one CRS and answer it: the target, or without one the source's own."""
    target = usable_crs(target_crs) if target_crs else None
    home = _home_of(townships)
    placement = place(table.srs, given, Extents.of(draft), draft, lambda point: likely_codes(point, target, home))
    for index, reason in placement.nowhere.items():
        draft.quarantine(index, reason, message("Ask the issuer for the right coordinates."), "R03")
    swap_axes(draft, placement.swapped)
    target = target or placement.srs
    _transform(draft, placement, target, progress)
    return target


def _home_of(townships: Sequence[Township]) -> Optional[Box]:
    shapes = [shapely.from_wkb(township.wkb) for township in townships if township.wkb]
    return tuple(shapely.total_bounds(shapes).tolist()) if shapes else None


def _transform(draft: Draft, placement: Placement, target: osr.SpatialReference, progress: Progress) -> None:
    groups: Dict[str, List[int]] = {}
    known = {crs_name(srs): srs for srs in [placement.srs, *placement.other_srs.values()]}
    for index in draft.sound.tolist():
        groups.setdefault(crs_name(placement.other_srs.get(index, placement.srs)), []).append(index)
    for name, indexes in groups.items():
        if name != crs_name(target):
            draft.notes.add("I", message("{n} rows were transformed from {source} to {target}.", n=len(indexes),
                                         source=known[name].GetName(), target=target.GetName()), rule="R03")
        moved, finite = transform_geometry(draft.geometry[indexes], known[name], target, progress)
        draft.geometry[indexes] = moved
        for at in np.flatnonzero(~finite).tolist():
            draft.quarantine(indexes[at], message("Its coordinates cannot be transformed to {crs}.", crs=target.GetName()),
                             message("Ask the issuer for the right coordinates."), "R03")


def _patches(draft: Draft) -> List[IssuedPatch]:
    sound = draft.sound
    blobs = shapely.to_wkb(draft.geometry[sound], output_dimension=2, byte_order=1)
    return [
        IssuedPatch(draft.rows[index], _row(draft.attributes, index), blob, float(draft.area_m2[index]),
                    _row(draft.other, index), bool(draft.repaired[index]))
        for index, blob in zip(sound.tolist(), blobs)
    ]


def _quarantined(wkb: Sequence[Optional[bytes]], draft: Draft) -> List[Quarantined]:
    return [
        Quarantined(draft.rows[index], {**_row(draft.attributes, index), **_row(draft.other, index)}, wkb[index], reason)
        for index, reason in enumerate(draft.reasons) if reason is not None
    ]


def _row(columns: Mapping[str, List[Any]], index: int) -> Dict[str, Any]:
    return {name: values[index] for name, values in columns.items()}
