"""Townships (乡镇) for a new register, read from any layer that has their outlines, codes and names."""
from __future__ import annotations

import re
from typing import Any, Dict, List, Optional, Sequence, Tuple

import numpy as np
import shapely

from ...errors import InputError, message
from ...evidence.shapes import polygons_from_wkb, polygons_only
from ...progress import Progress
from ...register.records import Township
from ..import_findings import Notes, listed
from .placement import usable_crs
from ..reprojection import crs_name, transform_geometry
from .sources import located, read_source, take_apart
from .source_table import SourceTable
from ..values import code_of, text_of


#: Beyond this two townships overlap in earnest; borders of different surveys may cross by less.
_OVERLAP_SHARE = 0.0005


def read_townships(source: str, *, code_field: str, name_field: str, station_field: str = "", crs: Optional[str] = None,
                   progress: Optional[Progress] = None, notes: Optional[Notes] = None) -> Tuple[List[Township], str]:
    """Townships in ``crs`` (the layer's own by default), and that CRS. Several features of one code are one township; codes of
    twelve digits that end in 000 are shortened to the nine of a township. ``notes`` collects what is doubtful (overlaps).

    Raises InputError where a field is missing, a code or an outline is, or the CRS is unknown.
    """
    progress, notes = progress or Progress(), Notes() if notes is None else notes
    with located(take_apart(source, None), {}, progress.part(0.0, 0.2)) as candidate:
        table = read_source(candidate, None, notes, progress.part(0.2, 0.8))
    codes = [code_of(value) for value in _column(table, code_field)]
    names = [text_of(value) or "" for value in _column(table, name_field)]
    stations = [text_of(value) or "" for value in _column(table, station_field)] if station_field else [""] * len(codes)
    outlines, used = _outlines(table, crs, progress.part(0.8, 1.0))
    _check(table, codes, outlines)
    _check_codes(table, [code for code in codes if code is not None])
    codes = [code[:9] if code is not None and re.fullmatch(r"\d{12}", code) else code for code in codes]
    townships = _united(zip(codes, names, stations, outlines))
    _note_overlaps(townships, notes)
    return townships, used


def _column(table: SourceTable, name: str) -> Sequence[Any]:
    found = next((known for known in table.columns if known.lower() == name.strip().lower()), None)
    if found is None:
        raise InputError("{file} has no field {name}; it has {fields}.", "Choose the field among these.",
                         file=table.file, name=name, fields=listed(table.columns, 60))
    return table.columns[found]


def _outlines(table: SourceTable, crs: Optional[str], progress: Progress) -> Tuple[np.ndarray, str]:
    if table.srs is None:
        raise InputError("{file} does not say its CRS.", "Give the layer its CRS in QGIS, then try again.", file=table.file)
    target = usable_crs(crs) if crs else usable_crs(crs_name(table.srs))
    outlines, _state = polygons_from_wkb(table.wkb)
    there = np.flatnonzero(~shapely.is_missing(outlines))
    moved, finite = transform_geometry(outlines[there], table.srs, target, progress)
    outlines[there] = polygons_only(shapely.make_valid(moved))
    outlines[there[~finite]] = None
    return outlines, crs_name(target)


def _check(table: SourceTable, codes: Sequence[Optional[str]], outlines: np.ndarray) -> None:
    if not codes:
        raise InputError("{file} holds no townships.", "Give the layer with the outlines of all townships.", file=table.file)
    lacking = [row for row, code, outline in zip(table.rows, codes, outlines) if code is None or outline is None]
    if lacking:
        raise InputError("{file}: townships without a code or an outline, in rows {rows}.", "Complete the layer, then try again.",
                         file=table.file, rows=listed(lacking))


def _check_codes(table: SourceTable, codes: Sequence[str]) -> None:
    """Twelve digits are villages, six a county: townships have nine. A village's code ends in its own three digits."""
    villages = [code for code in codes if re.fullmatch(r"\d{12}", code) and not code.endswith("000")]
    if villages:
        raise InputError("{file} holds villages, not townships: codes of twelve digits, such as {code}.",
                         "Give the layer of the townships, or dissolve the villages by the first nine digits of their code.",
                         file=table.file, code=villages[0])
    counties = [code for code in codes if re.fullmatch(r"\d{6}", code)]
    if counties and len(set(codes)) > 1:
        raise InputError("{file} holds counties, not townships: codes of six digits, such as {code}.",
                         "Give the layer of the townships, whose codes have nine digits.", file=table.file, code=counties[0])


def _note_overlaps(townships: List[Township], notes: Notes) -> None:
    """Where two townships cover the same ground, every patch there answers to whichever holds more of it: that is said."""
    shapes = np.array([*shapely.from_wkb([township.wkb for township in townships]), None], dtype=object)[:-1]
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    for a, b in ((a, b) for a, b in zip(first.tolist(), second.tolist()) if a < b):
        common = shapely.area(shapely.intersection(shapes[a], shapes[b]))
        smaller = min(shapely.area(shapes[a]), shapely.area(shapes[b]))
        if smaller > 0 and common / smaller > _OVERLAP_SHARE:
            notes.add("W", message("The townships {first} and {second} overlap by {percent} % of the smaller one.", first=townships[a].name,
                                   second=townships[b].name, percent=f"{100 * common / smaller:.2f}"),
                      message("Correct the layer: every place belongs to one township."), rule="R07")


def _united(rows: Any) -> List[Township]:
    known: Dict[str, List[Tuple[str, str, shapely.Geometry]]] = {}
    for code, name, station, outline in rows:
        known.setdefault(code, []).append((name, station, outline))
    return [Township(code, parts[0][0] or code, parts[0][1], shapely.to_wkb(_union([part[2] for part in parts]), output_dimension=2))
            for code, parts in known.items()]


def _union(parts: List[shapely.Geometry]) -> shapely.Geometry:
    return parts[0] if len(parts) == 1 else polygons_only(np.array([shapely.union_all(parts)], dtype=object))[0]


def check_county(code: str, townships: Sequence[Township]) -> None:
    """Raises InputError where ``code`` is not a county's (six digits) or none of the townships lies in that county."""
    if not re.fullmatch(r"\d{6}", code):
        raise InputError("{code} is no county code.", "Give the six digits, such as 331082.", code=code or "-")
    if not any(township.code.startswith(code) for township in townships):
        counties = sorted({township.code[:6] for township in townships})
        raise InputError("No township code begins with the county code {code}; they begin with {counties}.",
                         "Check the county code, and the field that holds the township code.", code=code, counties=listed(counties))
