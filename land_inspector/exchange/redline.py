"""Approvals from red-line texts: parcels with geometry, in the register's CRS, their area compared with the stated one."""
from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Tuple

import numpy as np
import shapely
from osgeo import osr

from ..errors import InputError, message
from ..evidence.area import AreaMethod, measure
from ..evidence.crs import Crs
from ..evidence.gdal_quiet import reading, spatial_reference
from ..evidence.vector_files import files_in
from ..progress import Progress
from ..register.records import Finding, Quarantined
from ..register.tables import Field, REAL, TEXT
from .atomic_files import one_given_out
from .formats.gpkg import Layer, write_geopackage
from .report import Notes, listed
from .intake.mapping import Draft, SourceTable, joined
from .intake.geometry import read_geometry, repair, swap_axes
from .intake.placement import Extents, crs_name, epsg_of_meridian, place, transform_geometry, usable_crs
from .redline_text import RedLineParcel, RedLineText, read_text


AREA_TOLERANCE = 0.01
APPROVAL_FIELDS = ("SXLX", "PZWH", "PZJG", "PZRQ", "JZRQ", "XMMC", "PZMJ", "YDDW", "PZYT", "BAH", "DKBH", "TFH", "MJ", "WJ")
_AREA_FIELDS = ("PZMJ", "MJ")
_OLD_SYSTEMS = re.compile(r"80|西安|54|北京", re.IGNORECASE)
#: Systems whose place on CGCS2000 nobody can tell from the text: a town's own, a map service's shifted one.
_UNKNOWN_SYSTEMS = re.compile(r"独立|地方|城市坐标|自定义|假定|任意|GCJ|火星|百度|BD-?09|local", re.IGNORECASE)
_TEXTS = frozenset({".txt"})


@dataclass(frozen=True)
class ApprovedParcel:
    """One parcel of an approval: ``wkb`` in the CRS asked for, ``stated_m2`` as its record line says, ``area_m2`` measured;
    ``file`` is the text that it stands in."""

    row: int
    number: Optional[str]
    name: Optional[str]
    use: Optional[str]
    sheet: Optional[str]
    stated_m2: Optional[float]
    area_m2: float
    wkb: bytes
    file: str = ""


@dataclass
class RedLine:
    """Red-line texts read whole: ``len(parcels) + len(quarantined)`` is the number of their parcels."""

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
    """Read a red-line coordinate text (UTF-8, UTF-16 or GBK), or every text of a folder or archive as one approval.

    The CRS comes from ``crs``, else from the header above each parcel and the zone number in Y; ``target_crs`` None keeps the
    first one. Rings within a ring are holes. X and Y in each other's place are put right (R04). Raises InputError where a text holds
    no parcel, is in 西安80 or 北京54, or does not tell its zone.
    """
    progress, notes, source = progress or Progress(), Notes(), Path(path)
    with reading(source.name), files_in(source, _TEXTS, progress) as (files, others):
        if not files:
            raise InputError("{file} holds no text (.txt); it holds {files}.", "Give the red-line text, or a folder or .zip of such texts.",
                             file=source.name, files=listed(others, 30) or "-")
        texts = [read_text(file.path, encoding, notes, file.shown) for file in files]
        if others:
            notes.add("I", message("{file} holds files that are no layers and were left: {layers}.", file=source.name,
                                   layers=listed(others, 30)))
    with reading(source.name):
        return _read(source.name, texts, (target_crs, area_method, crs), notes, progress)


def _read(file: str, texts: List[RedLineText], wish: Tuple[Optional[str], str, Optional[str]], notes: Notes, progress: Progress) -> RedLine:
    target_crs, area_method, crs = wish
    target = usable_crs(target_crs) if target_crs else None
    drafts: List[Draft] = []
    told: List[Tuple[RedLineText, RedLineParcel]] = []
    for text in texts:
        for block, header in enumerate(text.headers):
            parcels = [parcel for parcel in text.parcels if parcel.block == block]
            if not parcels:
                continue
            draft = _drafted(text, parcels, len(told), notes, progress)
            placed = _placed(text, header, parcels, draft, crs)
            target = target or placed
            sound = draft.sound
            if len(sound):
                draft.geometry[sound], _ = transform_geometry(draft.geometry[sound], placed, target, progress)
            drafts.append(draft)
            told += [(text, parcel) for parcel in parcels]
    whole = joined(file, drafts, notes)
    repair(whole, measure(Crs.of(target), AreaMethod(area_method)), progress)
    approved = [_approved(*told[index], whole, index) for index in whole.sound.tolist()]
    quarantined = [Quarantined(whole.rows[i], _attributes(told[i][1]), None, reason)
                   for i, reason in enumerate(whole.reasons) if reason is not None]
    digest = texts[0].digest if len(texts) == 1 else hashlib.sha256("".join(text.digest for text in texts).encode("ascii")).hexdigest()
    return RedLine(file, digest, texts[0].encoding, crs_name(target), texts[0].headers[0], approved, quarantined, notes.findings)


def _drafted(text: RedLineText, parcels: List[RedLineParcel], before: int, notes: Notes, progress: Progress) -> Draft:
    rows = [before + at for at in range(1, len(parcels) + 1)]
    draft = Draft(text.file, rows, np.full(len(rows), None, dtype=object),
                  {"JCBH": [parcel.number or parcel.name for parcel in parcels]}, {}, notes)
    for index, parcel in enumerate(parcels):
        if parcel.doubt is not None:
            draft.quarantine(index, parcel.doubt, message("Correct that line, or give the parcel a record line of its own."))
        elif not parcel.kind.lower().startswith(("面", "多边形", "polygon")):
            draft.quarantine(index, message("It is a {kind}, not an area.", kind=parcel.kind),
                             message("Only areas (面) can be approvals."))
        elif parcel.number is None and parcel.name is None:
            draft.note("W", index, message("Line {line}: the points have no record line, so the parcel has no number.", line=parcel.line),
                       message("Add the parcel's number after the import, or a record line before the points."))
    wkb = [_rings_wkb(parcel) if draft.reasons[i] is None else None for i, parcel in enumerate(parcels)]
    read_geometry(SourceTable(text.file, "", text.encoding, {}, rows, wkb), draft, progress)
    return draft


def _rings_wkb(parcel: RedLineParcel) -> Optional[bytes]:
    """Rings as polygons with X = east: what lies within another ring is a hole, what lies beside it a further part."""
    shapes = []
    for points in parcel.rings:
        ring = [(y, x) for x, y in points]
        if len(set(ring)) >= 3:
            shapes.append(shapely.make_valid(shapely.Polygon(ring)))
    whole = None
    for shape in sorted(shapes, key=lambda polygon: -polygon.area):
        whole = shape if whole is None else _with_ring(whole, shape)
    return shapely.to_wkb(whole, output_dimension=2) if whole is not None else None


def _with_ring(whole: shapely.Geometry, ring: shapely.Geometry) -> shapely.Geometry:
    return shapely.difference(whole, ring) if shapely.covers(whole, ring) else shapely.union(whole, ring)


def _placed(text: RedLineText, header: Mapping[str, str], parcels: List[RedLineParcel], draft: Draft, given: Optional[str]
            ) -> osr.SpatialReference:
    """The CRS of the points; rows with X and Y in each other's place are turned."""
    declared = None if given else _stated_crs(text.file, header, parcels)
    placement = place(declared, given, Extents.of(draft), draft, lambda point: ())
    for index, reason in placement.nowhere.items():
        draft.quarantine(index, reason, message("Ask the issuer for the right coordinates."), "R03")
    swap_axes(draft, placement.swapped)
    for index, srs in placement.other_srs.items():
        draft.geometry[[index]], _ = transform_geometry(draft.geometry[[index]], srs, placement.srs, Progress())
    return placement.srs


def _stated_crs(file: str, header: Mapping[str, str], parcels: List[RedLineParcel]) -> Optional[osr.SpatialReference]:
    """From 坐标系, 几度分带, 带号 and 中央子午线; None where they say too little, then the coordinates must tell."""
    system = header.get("坐标系", "")
    if _OLD_SYSTEMS.search(system.replace("2000", "").replace("WGS84", "").replace("WGS-84", "").replace("WGS_1984", "")):
        raise InputError(
            "{file} is in the old system {datum}. It is not overlaid on CGCS2000 silently: it may lie 100 m off.",
            "Transform the points to CGCS2000 with the official parameters and import the result; if the file only says "
            "so by mistake, give its true CRS.",
            file=file, datum=system,
        )
    if _UNKNOWN_SYSTEMS.search(system):
        raise InputError("{file} is in the system {datum}, which is not CGCS2000; where it lies on CGCS2000 the text does not say.",
                         "Ask the issuer for the points in CGCS2000, or transform them with the official parameters; if the file only "
                         "says so by mistake, give its true CRS.", file=file, datum=system)
    if header.get("计量单位", "").startswith(("度", "秒")):
        return spatial_reference("EPSG:4490")
    stated = " ".join(header.get(name, "") for name in ("几度分带", "投影类型", "坐标系"))
    width = 6 if re.match(r"\s*[6六]", header.get("几度分带", "")) or re.search(r"6[_ ]?Degree", stated, re.IGNORECASE) else 3
    meridian = _stated_meridian(header, width)
    if meridian is None:
        return None
    easts = [y for parcel in parcels for ring in parcel.rings for point in ring for y in point]
    code = epsg_of_meridian(meridian, width, max(easts, default=0.0) > 1e7)
    return spatial_reference(f"EPSG:{code}") if code else None


def _stated_meridian(header: Mapping[str, str], width: int) -> Optional[float]:
    """The central meridian in degrees; a 带号 that is none (the width of the zones, a meridian) is taken for what it is."""
    system = header.get("坐标系", "")
    named = re.search(r"CM[_ ]?(\d{2,3})", system, re.IGNORECASE)
    said = next((header[name] for name in ("中央子午线", "中央经线", "中央子午线经度") if header.get(name)), named.group(1) if named else "")
    meridian = re.search(r"\d{2,3}(\.\d+)?", said)
    if meridian and 73 <= float(meridian.group()) <= 136:
        return float(meridian.group())
    in_name = re.search(r"Zone[_ ]?(\d{2})", system, re.IGNORECASE)
    digits = re.sub(r"\D", "", header.get("带号", "")) or (in_name.group(1) if in_name else "")
    zone = int(digits) if 0 < len(digits) < 4 else 0
    if 75 <= zone <= 135:
        return float(zone)
    if width == 6 and 13 <= zone <= 23:
        return 6.0 * zone - 3.0
    return 3.0 * zone if width == 3 and 25 <= zone <= 45 else None


def _approved(text: RedLineText, parcel: RedLineParcel, draft: Draft, index: int) -> ApprovedParcel:
    area_m2, stated_m2 = float(draft.area_m2[index]), parcel.stated_m2
    if stated_m2 is not None and abs(stated_m2 / area_m2 - 1) > AREA_TOLERANCE:
        draft.note("W", index, message("The stated area is {issued} m², the measured one {measured} m².",
                                       issued=f"{stated_m2:.2f}", measured=f"{area_m2:.2f}"),
                   message("Compare with the approval: points may be missing, or the area may not be in hectares."), "R05")
    return ApprovedParcel(draft.rows[index], parcel.number, parcel.name, parcel.use, parcel.sheet, stated_m2, area_m2,
                          shapely.to_wkb(draft.geometry[index], output_dimension=2), text.file)


def _attributes(parcel: RedLineParcel) -> Dict[str, Any]:
    return {"DKBH": parcel.number, "XMMC": parcel.name, "PZYT": parcel.use, "TFH": parcel.sheet,
            "PZMJ": parcel.stated_m2}


def approval_rows(redline: RedLine, *, kind: str = "01", document: Optional[str] = None, authority: Optional[str] = None,
                  approved_on: Optional[str] = None, valid_until: Optional[str] = None, holder: Optional[str] = None
                  ) -> List[Dict[str, Any]]:
    """One row of ``APPROVAL_FIELDS`` (domain.md §9.4) for each parcel; areas in m², dates as ISO text.

    ``kind`` is SXLX (01 农转用 … 10 增补); what the text does not hold (document number, dates, holder) is given here.
    """
    common = {"SXLX": kind, "PZWH": document, "PZJG": authority, "PZRQ": approved_on, "JZRQ": valid_until, "YDDW": holder,
              "BAH": None}
    return [{**common, "XMMC": parcel.name, "PZMJ": parcel.stated_m2, "PZYT": parcel.use, "DKBH": parcel.number,
             "TFH": parcel.sheet, "MJ": parcel.area_m2, "WJ": parcel.file or redline.file} for parcel in redline.parcels]


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
