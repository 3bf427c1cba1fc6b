"""Splitting a parcel into pieces with a verdict each, and merging siblings back (分宗、并宗; domain.md §1.6)."""
from __future__ import annotations

import uuid
from dataclasses import dataclass, field, replace
from typing import Any, Callable, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

import numpy as np
import shapely

from ..errors import InputError, RefusedError
from ..evidence.area import AreaMethod, Measure, measure
from ..evidence.crs import Crs, carried_over
from ..evidence.cutting import CutPiece, MU_M2, SliverRule, TOLERANCE_MU, check_partition, cut_by_evidence, cut_by_lines
from ..evidence.classes import CULTIVATED, GROUP_COLUMNS, LandClasses
from ..evidence.measuring import measure as measure_evidence
from ..evidence.chunks import FLOOR_M2
from ..evidence.profile import EvidenceLayer, LAND_USE, PLAN, Profile
from ..evidence.shapes import without_specks
from ..evidence.sources import Source
from ..evidence.survey import Survey
from ..progress import Progress
from . import kinds
from .events import Draft
from .folding.parcels import piece_number, whole_parcel_id
from .measuring import outlines
from .stored_forms import stored_wkb
from .register import Recorded, Register, effective_on_text
from .proposing import pack_of
from .state import Parcel, State
from .tables import MEASURED, names


@dataclass(frozen=True)
class Piece:
    """One piece of a parcel: outline (WKB in the register's CRS), area in m² adjusted to the parcel's own (R09),
    and measured areas where they are known.

    How the cut came about, which is shown and not recorded: m² before the adjustment, whether the piece lies under the
    evidence that was cut along, and the m² of the slivers it took up (R08).
    """

    wkb: bytes
    area_m2: float
    areas: Mapping[str, Optional[float]] = field(default_factory=dict)
    measured_m2: Optional[float] = None
    inside: Optional[bool] = None
    slivers_m2: Tuple[float, ...] = ()


def split_parcels(register: Register, batch: str, cuts: Mapping[str, Sequence[Piece]], *, by: Optional[str] = None,
                  effective_on: Optional[str] = None, seen: Optional[Mapping[str, str]] = None) -> Recorded:
    """Retire each named parcel and put its pieces in its place, all as one action.

    ``cuts`` maps a parcel's number (DKBH) to at least two pieces that partition it (R37: RefusedError otherwise).
    """
    found = dict(zip(cuts, register.find(batch, list(cuts))))
    area_measure = measure(register.meta["crs"], AreaMethod(register.batch(batch).MJFF))
    children = {label: [_child(piece) for piece in pieces] for label, pieces in cuts.items()}
    share = pack_of(register, register.batch(batch)).parameters.split_tolerance_share
    towns = _Towns(register, [parcel for parcel, _patch in found.values()])

    def build(state: State) -> Iterable[Draft]:
        outlines = register.storage.shapes(state.parcels[parcel].shape_id for parcel, _patch in found.values())
        for label, (parcel_id, patch_id) in found.items():
            parent = state.parcels[parcel_id]
            _check_cut(parent, outlines[parent.shape_id], cuts[label], area_measure, share)
            patch = state.patches[patch_id]
            numbered = [dict(child, DKBH=piece_number(patch, place)) for place, child in enumerate(children[label])]
            towns.tell(numbered, outlines[parent.shape_id], parcel_id)
            payload = {"parcel": parcel_id, "children": numbered}
            subjects = (parcel_id, *(child["id"] for child in children[label]), patch_id)
            yield Draft(kinds.PARCEL_SPLIT, subjects, payload, effective_on_text(effective_on))

    def prepare() -> None:
        made = [child for pieces in children.values() for child in pieces]
        register.storage.add_shapes([(child["id"], bytes.fromhex(child["wkb"])) for child in made])

    return register.record(build, by=by, patches=[patch for _parcel, patch in found.values()], seen=seen, prepare=prepare)


class _Towns:
    """In which township the pieces of a cut lie: each answers in its own (domain.md §0.2 (11))."""

    def __init__(self, register: Register, parcels: Sequence[str]):
        self._outlines = {one.code: shapely.from_wkb(one.wkb) for one in register.storage.townships() if one.wkb}
        known = register.storage.frame("parcel", ids=parcels)
        self._own = dict(zip(known["parcel_id"], known["XZDM"]))

    def tell(self, children: Sequence[Dict[str, Any]], outline: bytes, parcel: str) -> None:
        """Write ``XZDM`` into the children where the township line runs through the parcel. Where no part of it lies in the township
        that the issuer named, the issuer's word stands."""
        whole = shapely.from_wkb(outline)
        met = {code: town for code, town in self._outlines.items() if town.intersects(whole)}
        parts = {code: shapely.intersection(town, whole).area for code, town in met.items()}
        if sum(area > FLOOR_M2 for area in parts.values()) < 2 or parts.get(self._own.get(parcel) or "", 0.0) <= FLOOR_M2:
            return
        for child in children:
            piece = shapely.from_wkb(bytes.fromhex(child["wkb"]))
            child["XZDM"] = max(met, key=lambda code: (shapely.intersection(met[code], piece).area, code))


def merge_parcels(register: Register, batch: str, labels: Sequence[str], *, by: Optional[str] = None,
                  effective_on: Optional[str] = None, seen: Optional[Mapping[str, str]] = None) -> Recorded:
    """Put sibling parcels of one patch together again; all of them make the whole patch again. The verdict is given anew.

    RefusedError where they were judged differently, have remedies, or have an open case.
    """
    found = register.find(batch, labels)
    _check_siblings(found)
    result_id = str(uuid.uuid4())
    wkb = _union(register, [parcel for parcel, _patch in found], [patch for _parcel, patch in found])

    def build(state: State) -> Iterable[Draft]:
        merged = [state.parcels[parcel] for parcel, _patch in found]
        _refuse_to_merge(state, merged)
        payload = {"parcels": [parcel.id for parcel in merged], "result": _merged(state, merged, result_id, wkb)}
        yield Draft(kinds.PARCELS_MERGED, (*payload["parcels"], result_id, found[0][1]), payload, effective_on_text(effective_on))

    return register.record(build, by=by, patches=[found[0][1]], seen=seen,
                           prepare=lambda: register.storage.add_shapes([(result_id, wkb)]))


def check_split(register: Register, batch: str, label: str) -> Parcel:
    """The parcel, if it may be split as things stand. RefusedError for a frozen batch and for remedies that stand on it."""
    state, (parcel,) = _as_stored(register, batch, [label])
    if any(track.withdrawn_on is None for track in state.tracks_of([parcel.id])):
        raise RefusedError("Remedies have been ordered for parcel {parcel}.", "Withdraw them, split the parcel, and order them anew.",
                           parcel=parcel.DKBH)
    return parcel


def preview_merge(register: Register, batch: str, labels: Sequence[str]) -> Dict[str, Any]:
    """What merging would make, nothing recorded: ``DKBH``, ``DKMJ`` (m²), ``wkb`` (hex), ``areas``, ``whole``.

    Raises what :func:`merge_parcels` would.
    """
    found = register.find(batch, labels)
    _check_siblings(found)
    state, merged = _as_stored(register, batch, labels)
    _refuse_to_merge(state, merged)
    wkb = _union(register, [parcel for parcel, _patch in found], [found[0][1]])
    return _merged(state, merged, "", wkb)


def _as_stored(register: Register, batch: str, labels: Sequence[str]) -> Tuple[State, List[Parcel]]:
    """Stored state around some parcels; RefusedError where their batch is frozen (R52)."""
    if register.batch(batch).DJ:
        raise RefusedError("Batch {batch} is frozen: what was reported may not change.",
                           "Unfreeze it first; that takes a name and a reason and is kept in the register.", batch=batch)
    found = register.find(batch, labels)
    state = register.storage.load_state(patches=[patch for _parcel, patch in found])
    return state, [state.parcels[parcel] for parcel, _patch in found]


def _check_siblings(found: Sequence[Tuple[str, str]]) -> None:
    if len(set(found)) < 2:
        raise InputError("Merging takes at least two parcels.", "Name all the parcels to put together.")
    if len({patch for _parcel, patch in found}) > 1:
        raise InputError("Parcels of different patches cannot be merged.", "Name parcels that were split from one patch.")


def _refuse_to_merge(state: State, merged: Sequence[Parcel]) -> None:
    """What stands on one piece alone would be lost in the merge: cases, remedies, and a verdict that the others do not share."""
    for parcel in merged:
        if state.open_case_of(parcel.id):
            raise RefusedError("Parcel {parcel} has an open case and cannot be merged.", "End the case first.", parcel=parcel.DKBH)
        if any(track.withdrawn_on is None for track in state.tracks_of([parcel.id])):
            raise RefusedError("Remedies have been ordered for parcel {parcel}.", "Withdraw them, merge the parcels, and order them anew.",
                               parcel=parcel.DKBH)
    judged = [parcel for parcel in merged if parcel.PDJL1 != "0"]
    others = [parcel for parcel in judged if (parcel.PDJL1, parcel.PDJL2) != (judged[0].PDJL1, judged[0].PDJL2)]
    if others:
        raise RefusedError("Parcels {one} and {other} were judged differently and cannot be merged.",
                           "Give them the same verdict first, or take a verdict back.", one=judged[0].DKBH, other=others[0].DKBH)


def _child(piece: Piece) -> Dict[str, Any]:
    known = {name: piece.areas.get(name) for name in names(MEASURED) if piece.areas.get(name) is not None}
    return {"id": str(uuid.uuid4()), "wkb": stored_wkb([piece.wkb])[0].hex(), "DKMJ": float(piece.area_m2), "areas": known}


def _check_cut(parent: Parcel, outline: bytes, pieces: Sequence[Piece], area_measure: Measure, share: float) -> None:
    """R37: the pieces partition their parent, and their adjusted areas make up its area."""
    if len(pieces) < 2:
        raise RefusedError("The cut leaves parcel {parcel} in one piece.", "Draw the line right across it.", parcel=parent.DKBH)
    total = float(np.sum([piece.area_m2 for piece in pieces]))
    if abs(total - parent.DKMJ) > max(TOLERANCE_MU * MU_M2, share * parent.DKMJ):
        raise RefusedError("The pieces of {parcel} make {total:.2f} m² of its {area:.2f} m².", "Cut it again; nothing was changed.",
                           parcel=parent.DKBH, total=total, area=parent.DKMJ)
    check_partition(shapely.from_wkb(outline), np.array(shapely.from_wkb([piece.wkb for piece in pieces]), dtype=object), area_measure,
                    share)


def _union(register: Register, parcels: Sequence[str], patches: Sequence[str]) -> bytes:
    state = register.storage.load_state(patches=patches)
    outlines = register.storage.shapes(state.parcels[parcel].shape_id for parcel in parcels)
    union = shapely.union_all(shapely.from_wkb(list(outlines.values())))
    union = without_specks(np.array([union], dtype=object), measure(register.meta["crs"]), FLOOR_M2)[0]
    return stored_wkb([shapely.to_wkb(union, output_dimension=2)])[0]


def _merged(state: State, merged: Sequence[Parcel], result_id: str, wkb: bytes) -> Dict[str, Any]:
    """What the merge makes; areas are the exact sums, so nothing is gained or lost."""
    alive = {parcel.id for parcel in state.alive_in(merged[0].patch_id)}
    whole = alive == {parcel.id for parcel in merged}
    area = state.parcels[whole_parcel_id(merged[0].patch_id)].DKMJ if whole else float(np.sum([p.DKMJ for p in merged]))
    sums = {name: [getattr(parcel, name) for parcel in merged] for name in names(MEASURED)}
    areas = {name: float(np.sum(values)) for name, values in sums.items() if None not in values}
    patch = state.patches[merged[0].patch_id]
    return {"id": result_id, "DKBH": patch.JCBH if whole else piece_number(patch, 0), "wkb": wkb.hex(), "DKMJ": area, "areas": areas,
            "whole": whole}


# Where to cut: pieces of parcels along drawn lines or along the outline of their evidence (R08, R09, R37).

#: m² that rounding four groups to 0.01 m² can leave over.
_ROUNDING = 0.05

Cut = Callable[[int, Any, Measure, float, SliverRule], List[CutPiece]]


def along_lines(register: Register, batch: str, labels: Sequence[str], lines: Sequence[Any]) -> Dict[str, List[Piece]]:
    """Pieces of each parcel along shapely lines in the register's CRS; RefusedError for a line that does not cut one."""
    drawn = np.array(list(lines), dtype=object)

    def cut(_row: int, parcel: Any, area_measure: Measure, area_m2: float, slivers: SliverRule) -> List[CutPiece]:
        return cut_by_lines(parcel, drawn[shapely.intersects(drawn, shapely.convex_hull(parcel))], area_measure, area_m2, slivers)

    return _pieces(register, batch, labels, cut)


def along_evidence(register: Register, batch: str, labels: Sequence[str], profile: Profile, role: str,
                   progress: Optional[Progress] = None, only: str = "",
                   sources: Optional[Mapping[str, Source]] = None) -> Dict[str, List[Piece]]:
    """Pieces of each parcel inside and outside the layers of a role, for example ``approval``; ``only`` names one by its key.
    ``sources`` are layers of the profile, by key, that are open already.

    Of a land-use survey what is cultivated counts as inside, of a plan the zones that allow construction. Raises InputError
    when the profile has no such layer, RefusedError when the outline does not cut a parcel.
    """
    layers = [layer for layer in profile.of_role(role) if only in ("", layer.key)]
    if not layers:
        raise InputError("The evidence profile has no layer of role {role}.", "Add it to the profile, or cut along lines.", role=role)
    rows = _rows(register, batch, labels)
    crs = Crs.of(register.meta["crs"])
    survey = Survey(outlines(register, rows["shape_id"]), crs)
    classes = LandClasses(_land_classes(register, batch))
    covers: List[List[Any]] = [[] for _ in labels]
    for number, layer in enumerate(layers):
        part = (progress or Progress()).part(number / len(layers), (number + 1) / len(layers))
        opened = (sources or {}).get(layer.key) or layer.open(profile.folder, part.part(0.0, 0.3))
        source = _counting(layer, opened, survey, classes)
        for row, geometry in enumerate(survey.inside(source, part.part(0.3, 1.0))):
            if geometry is not None:
                covers[row].append(carried_over(np.array([geometry], dtype=object), source.crs, crs)[0])
    return _pieces(register, batch, labels,
                   lambda row, parcel, area_measure, area, slivers: cut_by_evidence(parcel, covers[row], area_measure, area, slivers))


def _counting(layer: EvidenceLayer, source: Source, survey: Survey, classes: LandClasses) -> Source:
    """The features of a layer that make up the inside."""
    if layer.role == PLAN and layer.inside:
        return source.only(layer.fields["zone"], layer.inside)
    if layer.role == LAND_USE:
        found = survey.by_class(source, layer.fields["class"]).value
        return source.only(layer.fields["class"], {value for value in found if classes.group(value) == CULTIVATED})
    return source


def with_areas(register: Register, batch: str, pieces: Sequence[Piece], profile: Profile, sources: Mapping[str, Source],
               progress: Progress, whole: Optional[Mapping[str, Optional[float]]] = None) -> List[Piece]:
    """The pieces with their areas in the layers of a profile (m², by the batch's method), as a split records them.

    They are adjusted as the piece itself is, so that its groups of land make up its area (R09), and to the areas of the
    ``whole`` parcel: what rounding leaves goes to the largest piece, which comes first.
    """
    known = register.batch(batch)
    geoms = np.asarray(shapely.from_wkb([piece.wkb for piece in pieces]), dtype=object)
    found = measure_evidence([str(place) for place in range(len(pieces))], geoms, register.meta["crs"], profile, known.MJFF,
                             _land_classes(register, batch), progress, sources=sources,
                             coverage_share=pack_of(register, known).parameters.coverage_share)
    rows = found.summary[list(names(MEASURED))].astype(object).to_dict("records")
    areas = [_adjusted(row, piece) for piece, row in zip(pieces, rows)]
    scale = sum(piece.area_m2 for piece in pieces) / (sum(piece.measured_m2 or 0.0 for piece in pieces) or 1.0)
    for name, total in (whole or {}).items():
        left = 0.0 if total is None else _left_over(total * scale, [own.get(name) for own in areas])
        if left:
            areas[0][name] = round(areas[0][name] + left, 2)
    return [replace(piece, areas=own) for piece, own in zip(pieces, areas)]


def _left_over(total: float, parts: Sequence[Optional[float]]) -> float:
    """What rounding the parts left of their total; 0 where they differ by more than that, or are not known."""
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return 0.0
    left = round(total - sum(known), 2)
    return left if abs(left) < _ROUNDING and known[0] + left >= 0 else 0.0


def _adjusted(measured: Mapping[str, Optional[float]], piece: Piece) -> Dict[str, float]:
    factor = piece.area_m2 / piece.measured_m2 if piece.measured_m2 else 1.0
    areas = {name: round(value * factor, 2) for name, value in measured.items() if value is not None}
    groups = {name: areas[name] for name in GROUP_COLUMNS.values() if name in areas}
    left = round(piece.area_m2 - sum(groups.values()), 2)
    if groups and abs(left) < _ROUNDING:
        areas[max(groups, key=lambda name: groups[name])] += left
    return areas


def _land_classes(register: Register, batch: str) -> Dict[str, str]:
    """Class code → its group, by the batch's rule pack."""
    return {code: row.group for code, row in pack_of(register, register.batch(batch)).land_classes.items()}


def _rows(register: Register, batch: str, labels: Sequence[str]) -> Any:
    ids = [parcel for parcel, _patch in register.find(batch, labels)]
    return register.storage.frame("parcel", ids=ids).set_index("parcel_id").loc[ids].reset_index()


def _pieces(register: Register, batch: str, labels: Sequence[str], cut: Cut) -> Dict[str, List[Piece]]:
    known = register.batch(batch)
    settings = pack_of(register, known).parameters
    slivers = SliverRule(settings.sliver_m2, settings.sliver_share)
    area_measure = measure(register.meta["crs"], AreaMethod(known.MJFF))
    rows = _rows(register, batch, labels)
    made = {}
    for number, (row, parcel) in enumerate(zip(rows.itertuples(), outlines(register, rows["shape_id"]))):
        made[row.DKBH] = _exact(cut(number, parcel, area_measure, row.DKMJ, slivers), row.DKMJ)
    return made


def _exact(pieces: Sequence[CutPiece], area_m2: float) -> List[Piece]:
    """Pieces whose areas sum to the parcel's to the last digit: the largest, which comes first, takes the residual (R09)."""
    rest = sum(piece.area_m2 for piece in pieces[1:])
    areas = [area_m2 - rest, *(piece.area_m2 for piece in pieces[1:])]
    return [Piece(shapely.to_wkb(piece.geometry, output_dimension=2), area, {}, piece.measured_m2, piece.inside, piece.slivers_m2)
            for piece, area in zip(pieces, areas)]
