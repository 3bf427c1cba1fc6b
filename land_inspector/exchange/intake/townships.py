"""In which township (乡镇) a patch lies (rule R07): by its code, by its name, by the largest overlap."""
from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Sequence, Tuple

import numpy as np
import shapely

from ...errors import InputError, message
from ...evidence.area import Measure
from ...evidence.shapes import State, overlay, polygons_from_wkb, polygons_only
from ...progress import Progress
from ...register.records import Township
from ..report import Notes, listed
from .placement import crs_name, transform_geometry, usable_crs
from ..formats.sheet import code_of, text_of
from .mapping import Draft, SourceTable
from .sources import located, read_source, take_apart


SECOND_SHARE = 0.05
#: The further field that keeps what an issue said of a township that is not known.
ISSUED_TOWNSHIP = "下发乡镇"
_SUFFIXES = ("街道办事处", "街道", "镇", "乡", "苏木", "地区")


@dataclass
class Shares:
    """For each sound row the township of the largest and of the second largest overlap (-1: none), and the latter's share."""

    first: np.ndarray
    second: np.ndarray
    second_share: np.ndarray


def assign_townships(draft: Draft, townships: Sequence[Township], measure: Measure, progress: Progress,
                     second_share: float = SECOND_SHARE) -> None:
    """Set XZDM and XZMC of every sound row; findings where more than ``second_share`` of a patch lies across a township line (R07), or
    all of it outside."""
    draft.attributes.setdefault("XZDM", [None] * len(draft))
    draft.attributes.setdefault("XZMC", [None] * len(draft))
    if not townships:
        return
    sound = draft.sound
    shares = _shares(draft.geometry[sound], draft.area_m2[sound], townships, measure, progress)
    codes = {township.code: at for at, township in enumerate(townships)}
    names = _by_name(townships)
    for at, index in enumerate(sound.tolist()):
        stated = _stated(draft, index, codes, names)
        lies = int(shares.first[at])
        _keep_unknown(draft, index, stated, townships[lies] if lies >= 0 else None)
        chosen = stated if stated is not None else lies if lies >= 0 else None
        if chosen is not None:
            draft.attributes["XZDM"][index] = townships[chosen].code
            draft.attributes["XZMC"][index] = townships[chosen].name
        _note_place(draft, index, stated, lies, townships)
        if shares.second_share[at] > second_share:
            _note_crossing(draft, index, townships[lies], townships[int(shares.second[at])], float(shares.second_share[at]))


def _by_name(townships: Sequence[Township]) -> Dict[str, int]:
    """Names with and without their suffix; a short name that two townships share is no name."""
    found: Dict[str, int] = {}
    for at, township in enumerate(townships):
        for name in {township.name, _short(township.name)}:
            found[name] = -1 if name in found else at
    found.update({township.name: at for at, township in enumerate(townships)})
    return {name: at for name, at in found.items() if at >= 0}


def _short(name: str) -> str:
    for suffix in _SUFFIXES:
        if name.endswith(suffix) and len(name) > len(suffix) + 1:
            return name[:-len(suffix)]
    return name


def _stated(draft: Draft, index: int, codes: Dict[str, int], names: Dict[str, int]) -> Optional[int]:
    for code in (draft.attributes["XZDM"][index], _value(draft, "XZQDM", index)):
        if code and len(code) in (9, 12) and code[:9] in codes:
            return codes[code[:9]]
    name = draft.attributes["XZMC"][index]
    return names.get(name, names.get(_short(name))) if name else None


def _keep_unknown(draft: Draft, index: int, stated: Optional[int], place: Optional[Township]) -> None:
    """What the issue says of a township that the register does not have is kept in a further field, and told."""
    code, name = draft.attributes["XZDM"][index], draft.attributes["XZMC"][index]
    said = " ".join(str(part) for part in (code, name) if part)
    if stated is not None or not said:
        return
    draft.other.setdefault(ISSUED_TOWNSHIP, [None] * len(draft))[index] = said
    draft.note("W", index, message("It is issued for the township {issued}, which the register does not have; by its place it was put to "
                                   "{place}.", issued=said, place=place.name if place else "-"),
               message("Look whether the register's townships are the newest; the issued words are kept."), "R07")


def _value(draft: Draft, name: str, index: int) -> Optional[str]:
    column = draft.attributes.get(name)
    return column[index] if column else None


def _note_place(draft: Draft, index: int, stated: Optional[int], lies: int, townships: Sequence[Township]) -> None:
    if lies < 0:
        draft.note("W", index, message("It lies outside all townships."),
                   message("Look at it on the map: is its CRS right, is it another county's?"), "R07")
    elif stated is not None and stated != lies:
        draft.note("W", index, message("It is issued for {stated}, but most of it lies in {lies}.",
                                       stated=townships[stated].name, lies=townships[lies].name),
                   message("The issued township was kept; check the boundary."), "R07")


def _note_crossing(draft: Draft, index: int, first: Township, second: Township, share: float) -> None:
    draft.note("W", index, message("It crosses a township line: {percent} % lie in {second}, most in {first}.",
                                   percent=f"{100 * share:.1f}", first=first.name, second=second.name),
               message("Split it along the township line if both are to answer for it."), "R07")


def _shares(shapes: np.ndarray, areas_m2: np.ndarray, townships: Sequence[Township], measure: Measure, progress: Progress) -> Shares:
    overlaps = _overlaps(shapes, areas_m2, townships, measure, progress)
    best, next_best = np.full(len(shapes), -1), np.full(len(shapes), -1)
    best_m2, next_m2 = np.zeros(len(shapes)), np.zeros(len(shapes))
    for at, (rows, common_m2) in enumerate(overlaps):
        larger = common_m2 > best_m2[rows]
        up, down = rows[larger], rows[~larger]
        next_best[up], next_m2[up] = best[up], best_m2[up]
        best[up], best_m2[up] = at, common_m2[larger]
        beats = common_m2[~larger] > next_m2[down]
        next_best[down[beats]], next_m2[down[beats]] = at, common_m2[~larger][beats]
    return Shares(best, next_best, np.divide(next_m2, areas_m2, out=np.zeros(len(shapes)), where=areas_m2 > 0))


def _overlaps(shapes: np.ndarray, areas_m2: np.ndarray, townships: Sequence[Township], measure: Measure, progress: Progress
              ) -> List[Tuple[np.ndarray, np.ndarray]]:
    """For each township the rows that it meets and the common m²; most patches lie wholly inside, which is cheap to see."""
    tree = shapely.STRtree(shapes)
    found = []
    for at, township in enumerate(townships):
        progress.step(at / len(townships), message("Finding the township of each patch"))
        found.append(_overlap_of(township, tree, shapes, areas_m2, measure))
    return found


def _overlap_of(township: Township, tree: shapely.STRtree, shapes: np.ndarray, areas_m2: np.ndarray, measure: Measure
                ) -> Tuple[np.ndarray, np.ndarray]:
    area = shapely.make_valid(shapely.from_wkb(township.wkb)) if township.wkb else None
    if area is None or area.is_empty:
        return np.zeros(0, dtype=int), np.zeros(0)
    rows = tree.query(area, predicate="intersects")
    shapely.prepare(area)
    within = shapely.covers(area, shapes[rows])
    common_m2 = np.where(within, areas_m2[rows], 0.0)
    border = np.flatnonzero(~within)
    if len(border):
        common = overlay(shapely.intersection, shapes[rows[border]], np.full(len(border), area, dtype=object))
        common_m2[border] = np.where(shapely.is_missing(common), 0.0, measure(common))
    return rows, common_m2


# Townships (乡镇) for a new register, read from any layer that has their outlines, codes and names.

#: Beyond this two townships overlap in earnest; borders of different surveys may cross by less.
_OVERLAP_SHARE = 0.0005
#: Numbers 901 to 999, which no official township has.
_MOST_NUMBERED = 99


def read_townships(source: str, *, code_field: str, name_field: str, station_field: str = "", county_code: str = "",
                   crs: Optional[str] = None, progress: Optional[Progress] = None,
                   notes: Optional[Notes] = None) -> Tuple[List[Township], str]:
    """Townships in ``crs`` (the layer's own by default), and that CRS. Several features of one code are one township; codes of
    twelve digits that end in 000 are shortened to the nine of a township. Without a ``code_field`` each name gets a number of its own
    behind ``county_code``, from 901 on, where no official one stands. ``notes`` collects what is doubtful (overlaps, such numbers).

    Raises InputError where a field is missing, a code or an outline is, or the CRS is unknown.
    """
    progress, notes = progress or Progress(), Notes() if notes is None else notes
    with located(take_apart(source, None), {}, progress.part(0.0, 0.2)) as candidate:
        table = read_source(candidate, None, notes, progress.part(0.2, 0.8))
    names = [text_of(value) or "" for value in _column(table, name_field)]
    codes = [code_of(value) for value in _column(table, code_field)] if code_field else _numbered(table, names, county_code, notes)
    stations = [text_of(value) or "" for value in _column(table, station_field)] if station_field else [""] * len(codes)
    outlines, used = _outlines(table, crs, progress.part(0.8, 1.0), notes)
    _check(table, codes, outlines)
    _check_codes(table, [code for code in codes if code is not None])
    codes = [code[:9] if code is not None and re.fullmatch(r"\d{12}", code) else code for code in codes]
    townships = _united(zip(codes, names, stations, outlines))
    _note_names(table, [(code or "", name) for code, name in zip(codes, names)], county_code, notes)
    _note_overlaps(townships, notes)
    return townships, used


def _numbered(table: SourceTable, names: Sequence[str], county_code: str, notes: Notes) -> List[Optional[str]]:
    """Codes for townships whose layer has none, in the order of the rows; the same name is the same township, no name has no code."""
    own = {name: f"{county_code}{900 + at}" for at, name in enumerate(dict.fromkeys(filter(None, names)), 1)}
    if len(own) > _MOST_NUMBERED:
        raise InputError("{file} names {n} townships and has no field with their codes.",
                         "Give the layer of the townships, with a field of codes of nine digits.", file=table.file, n=len(own))
    notes.add("I", message("The townships of {file} have no codes: they are numbered from {first} on.", file=table.file,
                           first=f"{county_code}901"),
              message("Make the register anew from a layer with the official codes where they are needed."), rule="R07")
    return [own.get(name) for name in names]


def _column(table: SourceTable, name: str) -> Sequence[Any]:
    found = next((known for known in table.columns if known.lower() == name.strip().lower()), None)
    if found is None:
        raise InputError("{file} has no field {name}; it has {fields}.", "Choose the field among these.",
                         file=table.file, name=name, fields=listed(table.columns, 60))
    return table.columns[found]


def _outlines(table: SourceTable, crs: Optional[str], progress: Progress, notes: Notes) -> Tuple[np.ndarray, str]:
    if table.srs is None:
        raise InputError("{file} does not say its CRS.", "Give the layer its CRS in QGIS, then try again.", file=table.file)
    target = usable_crs(crs) if crs else usable_crs(crs_name(table.srs), table.file)
    outlines, state = polygons_from_wkb(table.wkb)
    repaired = [row for row, one in zip(table.rows, state.tolist()) if one == State.REPAIRED]
    if repaired:
        notes.add("W", message("{file}: the outlines of the townships in rows {rows} were invalid and were repaired.", file=table.file,
                               rows=listed(repaired, 20)), message("Compare them with the map."), rule="R07")
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


def _note_names(table: SourceTable, rows: Sequence[Tuple[str, str]], county_code: str, notes: Notes) -> None:
    """Codes and names that do not go together one by one, and codes that are another county's or no township's."""
    for which, other in ((0, 1), (1, 0)):
        said: Dict[str, List[str]] = {}
        for row in rows:
            if row[which] and row[other] and row[other] not in said.setdefault(row[which], []):
                said[row[which]].append(row[other])
        for one, several in said.items():
            if len(several) > 1:
                text = (message("Code {code} stands for several names, which were taken as one township: {names}.", code=one,
                                names=listed(several, 10)) if which == 0 else
                        message("{name} stands under several codes, which were taken as townships of their own: {codes}.", name=one,
                                codes=listed(several, 10)))
                notes.add("W", text, message("Correct the layer if it is a mistake."), rule="R07")
    county = county_code[:6]
    odd = list(dict.fromkeys(code for code, _name in rows if code.isdigit() and (
        len(code) != 9 or re.fullmatch(r"\d{6}", county) and not code.startswith(county))))
    if odd:
        notes.add("W", message("{file} holds codes that are no township's of this county: {codes}.", file=table.file,
                               codes=listed(odd, 20)),
                  message("Compare the county's code and the layer: patches there are counted under these codes."), rule="R07")


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
