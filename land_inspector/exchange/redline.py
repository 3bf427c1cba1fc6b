"""Approvals from red-line texts: parcels with geometry, in the register's CRS, their area compared with the stated one."""
from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, List, Optional

import numpy as np
import shapely
from osgeo import osr

from ..errors import InputError, message
from ..evidence.area import AreaMethod, measure
from ..evidence.crs import Crs
from ..progress import Progress
from ..register.records import Finding, Quarantined
from ..evidence.gdal_quiet import spatial_reference
from ..register.tables import REAL, TEXT, Field
from .atomic_files import one_given_out
from .formats.gpkg import Layer, write_geopackage
from .intake.draft import Draft
from .intake.geometry import read_geometry, repair, swap_axes
from .intake.placement import epsg_of_meridian
from .import_findings import Notes
from .intake.placement import Extents, place, usable_crs
from .redline_text import RedLineParcel, RedLineText, read_text
from .reprojection import crs_name, transform_geometry
from .intake.source_table import SourceTable

AREA_TOLERANCE = 0.01
APPROVAL_FIELDS = ("SXLX", "PZWH", "PZJG", "PZRQ", "JZRQ", "XMMC", "PZMJ", "YDDW", "PZYT", "BAH", "DKBH", "TFH", "MJ", "WJ")
_AREA_FIELDS = ("PZMJ", "MJ")
_OLD_SYSTEMS = re.compile(r"80|西安|54|北京", re.IGNORECASE)


@dataclass(frozen=True)
class ApprovedParcel:
    """One parcel of an approval: ``wkb`` in the CRS asked for, ``stated_m2`` as its record line says, ``area_m2`` measured."""

    row: int
    number: Optional[str]
    name: Optional[str]
    use: Optional[str]
    sheet: Optional[str]
    stated_m2: Optional[float]
    area_m2: float
    wkb: bytes


@dataclass
class RedLine:
    """A red-line text read whole: ``len(parcels) + len(quarantined)`` is the number of its record lines."""

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
    """Read a red-line coordinate text (UTF-8 or GBK).

    The CRS comes from ``crs``, else from the header and the zone number in Y; ``target_crs`` None keeps it. Rings
    within a ring are holes. X and Y in each other's place are put right (R04). Raises InputError where the text holds
    no parcel, is in 西安80 or 北京54, or does not tell its zone.
    """
    progress, notes = progress or Progress(), Notes()
    text = read_text(Path(path), encoding, notes)
    draft = _drafted(text, notes, progress)
    placed = _placed(text, draft, crs)
    target = usable_crs(target_crs) if target_crs else placed
    sound = draft.sound
    if len(sound):
        draft.geometry[sound], _ = transform_geometry(draft.geometry[sound], placed, target, progress)
    repair(draft, measure(Crs.of(target), AreaMethod(area_method)), progress)
    parcels = [_approved(text.parcels[index], draft, index) for index in draft.sound.tolist()]
    quarantined = [Quarantined(draft.rows[i], _attributes(text.parcels[i]), None, reason)
                   for i, reason in enumerate(draft.reasons) if reason is not None]
    return RedLine(text.file, text.digest, text.encoding, crs_name(target), text.header, parcels, quarantined, notes.findings)


def _drafted(text: RedLineText, notes: Notes, progress: Progress) -> Draft:
    rows = [parcel.row for parcel in text.parcels]
    draft = Draft(text.file, rows, np.full(len(rows), None, dtype=object),
                  {"JCBH": [parcel.number or parcel.name for parcel in text.parcels]}, {}, notes)
    for index, parcel in enumerate(text.parcels):
        if parcel.kind != "面":
            draft.quarantine(index, message("It is a {kind}, not an area.", kind=parcel.kind),
                             message("Only areas (面) can be approvals."))
    wkb = [_rings_wkb(parcel) if draft.reasons[i] is None else None for i, parcel in enumerate(text.parcels)]
    read_geometry(SourceTable(text.file, "", text.encoding, {}, rows, wkb), draft, progress)
    return draft


def _rings_wkb(parcel: RedLineParcel) -> Optional[bytes]:
    """Rings as polygons with X = east: what lies within another ring is a hole, what lies beside it a further part."""
    shapes = []
    for points in parcel.rings.values():
        ring = [(y, x) for x, y in points]
        if len(set(ring)) >= 3:
            shapes.append(shapely.make_valid(shapely.Polygon(ring)))
    whole = None
    for shape in sorted(shapes, key=lambda polygon: -polygon.area):
        whole = shape if whole is None else _with_ring(whole, shape)
    return shapely.to_wkb(whole, output_dimension=2) if whole is not None else None


def _with_ring(whole: shapely.Geometry, ring: shapely.Geometry) -> shapely.Geometry:
    return shapely.difference(whole, ring) if shapely.covers(whole, ring) else shapely.union(whole, ring)


def _placed(text: RedLineText, draft: Draft, given: Optional[str]) -> osr.SpatialReference:
    """The CRS of the points; rows with X and Y in each other's place are turned."""
    declared = None if given else _stated_crs(text)
    placement = place(declared, given, Extents.of(draft), draft, lambda point: ())
    for index, reason in placement.nowhere.items():
        draft.quarantine(index, reason, message("Ask the issuer for the right coordinates."), "R03")
    swap_axes(draft, placement.swapped)
    for index, srs in placement.other_srs.items():
        draft.geometry[[index]], _ = transform_geometry(draft.geometry[[index]], srs, placement.srs, Progress())
    return placement.srs


def _stated_crs(text: RedLineText) -> Optional[osr.SpatialReference]:
    """From 坐标系, 几度分带 and 带号; None where they say too little, then the coordinates must tell."""
    system = text.header.get("坐标系", "")
    if _OLD_SYSTEMS.search(system.replace("2000", "")):
        raise InputError(
            "{file} is in the old system {datum}. It is not overlaid on CGCS2000 silently: it may lie 100 m off.",
            "Transform the points to CGCS2000 with the official parameters and import the result; if the file only says "
            "so by mistake, give its true CRS.",
            file=text.file, datum=system,
        )
    if text.header.get("计量单位") == "度":
        return spatial_reference("EPSG:4490")
    zone = re.sub(r"\D", "", text.header.get("带号", ""))
    width = 6 if text.header.get("几度分带", "").startswith("6") else 3
    if not zone:
        return None
    meridian = 6 * int(zone) - 3 if width == 6 else 3 * int(zone)
    easts = [y for parcel in text.parcels for ring in parcel.rings.values() for point in ring for y in point]
    code = epsg_of_meridian(meridian, width, max(easts, default=0.0) > 1e7)
    return spatial_reference(f"EPSG:{code}") if code else None


def _approved(parcel: RedLineParcel, draft: Draft, index: int) -> ApprovedParcel:
    area_m2 = float(draft.area_m2[index])
    stated_m2 = parcel.stated_ha * 10000 if parcel.stated_ha else None
    if stated_m2 is not None and abs(stated_m2 / area_m2 - 1) > AREA_TOLERANCE:
        draft.note("W", index, message("The stated area is {issued} m², the measured one {measured} m².",
                                       issued=f"{stated_m2:.2f}", measured=f"{area_m2:.2f}"),
                   message("Compare with the approval: points may be missing, or the area may not be in hectares."), "R05")
    return ApprovedParcel(parcel.row, parcel.number, parcel.name, parcel.use, parcel.sheet, stated_m2, area_m2,
                          shapely.to_wkb(draft.geometry[index], output_dimension=2))


def _attributes(parcel: RedLineParcel) -> Dict[str, Any]:
    return {"DKBH": parcel.number, "XMMC": parcel.name, "PZYT": parcel.use, "TFH": parcel.sheet,
            "PZMJ": parcel.stated_ha * 10000 if parcel.stated_ha else None}


def approval_rows(redline: RedLine, *, kind: str = "01", document: Optional[str] = None, authority: Optional[str] = None,
                  approved_on: Optional[str] = None, valid_until: Optional[str] = None, holder: Optional[str] = None
                  ) -> List[Dict[str, Any]]:
    """One row of ``APPROVAL_FIELDS`` (domain.md §9.4) for each parcel; areas in m², dates as ISO text.

    ``kind`` is SXLX (01 农转用 … 10 增补); what the text does not hold (document number, dates, holder) is given here.
    """
    common = {"SXLX": kind, "PZWH": document, "PZJG": authority, "PZRQ": approved_on, "JZRQ": valid_until, "YDDW": holder,
              "BAH": None, "WJ": redline.file}
    return [{**common, "XMMC": parcel.name, "PZMJ": parcel.stated_m2, "PZYT": parcel.use, "DKBH": parcel.number,
             "TFH": parcel.sheet, "MJ": parcel.area_m2} for parcel in redline.parcels]


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
