"""In which township (乡镇) a patch lies (rule R07): by its code, by its name, by the largest overlap."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, List, Optional, Sequence, Tuple

import numpy as np
import shapely

from ...errors import message
from ...evidence.area import Measure
from ...evidence.shapes import overlay
from ...progress import Progress
from ...register.records import Township
from .draft import Draft

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
