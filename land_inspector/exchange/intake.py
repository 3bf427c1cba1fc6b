"""Issued patch data read whole: every row of a source becomes a patch or is quarantined with the reason."""
from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional, Sequence

import numpy as np
import shapely
from osgeo import osr

from ..errors import message
from ..evidence.area import AreaMethod, measure
from ..evidence.crs import Crs
from ..progress import Progress
from ..register.records import Intake, IssuedPatch, Quarantined, Township
from .columns import convert_areas, drafted
from .crs_guess import Box
from .draft import Draft
from .duplicates import note_overlaps, quarantine_duplicates, quarantine_without_number
from .geometry import read_geometry, repair, swap_axes
from .import_findings import Notes
from .placement import Extents, Placement, likely_codes, place, usable_crs
from .reprojection import crs_name, transform_geometry
from .sources import digest, located, read_source, take_apart
from .table import SourceTable
from .townships import assign_townships


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
    progress: Optional[Progress] = None,
) -> Intake:
    """Read a Shapefile, GeoPackage or GeoJSON (plain, zipped, in a folder, as a QGIS source) and account for every row.

    ``target_crs``: the CRS that the patches are to be in; None keeps the source's own. ``area_method``: E on the
    ellipsoid, P planar. ``crs``, ``mapping`` ({standard field: source field}), ``encoding`` and ``layer`` override
    what is recognised. ``townships`` have their geometry in ``target_crs``. Rules R01–R07 of domain.md §10.

    Raises InputError where the source cannot be read as a whole or only a person can know what it means, and
    Cancelled; nothing is written anywhere.
    """
    progress = progress or Progress()
    notes = Notes()
    target = take_apart(source, layer)
    with located(target, dict(mapping or {}), progress.part(0.0, 0.1)) as candidate:
        table = read_source(candidate, encoding, notes, progress.part(0.1, 0.4))
        hashed = digest(target, candidate)
    draft, units = drafted(table, mapping, notes)
    read_geometry(table, draft, progress.part(0.4, 0.5))
    srs = _placed(table, draft, crs, target_crs, townships, progress.part(0.5, 0.6))
    measured = measure(Crs.of(srs), AreaMethod(area_method))
    repair(draft, measured, progress.part(0.6, 0.7))
    quarantine_without_number(draft)
    quarantine_duplicates(draft, bool(srs.IsGeographic()))
    unit = convert_areas(draft, units)
    note_overlaps(draft, measured, progress.part(0.7, 0.85))
    assign_townships(draft, townships, measured, progress.part(0.85, 0.95))
    progress.step(0.95, message("Gathering {n} rows", n=len(draft)))
    return Intake(
        file=target.path.name, digest=hashed, rows=len(draft), crs=crs_name(srs), encoding=table.encoding, unit=unit or "",
        patches=_patches(draft), quarantined=_quarantined(table, draft), findings=notes.findings,
    )


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


def _quarantined(table: SourceTable, draft: Draft) -> List[Quarantined]:
    return [
        Quarantined(draft.rows[index], {**_row(draft.attributes, index), **_row(draft.other, index)}, table.wkb[index], reason)
        for index, reason in enumerate(draft.reasons) if reason is not None
    ]


def _row(columns: Mapping[str, List[Any]], index: int) -> Dict[str, Any]:
    return {name: values[index] for name, values in columns.items()}
