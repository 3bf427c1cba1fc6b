"""Where to cut: pieces of parcels along drawn lines or along the outline of their evidence (R08, R09, R37)."""
from __future__ import annotations

from dataclasses import replace
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence

import numpy as np
import shapely

from ..errors import InputError
from ..evidence.area import AreaMethod, Measure, measure
from ..evidence.crs import Crs
from ..evidence.cutting import CutPiece, SliverRule, cut_by_evidence, cut_by_lines
from ..evidence.land_classes import CULTIVATED, GROUP_COLUMNS, LandClasses
from ..evidence.measuring import measure as measure_evidence
from ..evidence.profile import LAND_USE, PLAN, EvidenceLayer, Profile
from ..evidence.reproject import carried_over
from ..evidence.sources import Source
from ..evidence.survey import Survey
from ..progress import Progress
from .measuring import outlines
from .register import Register
from .rulepacks import pack_of
from .tables import MEASURED, names
from .splitting import Piece

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
