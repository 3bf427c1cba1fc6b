"""Where to cut: pieces of parcels along drawn lines or along the outline of their evidence (R08, R09, R37)."""
from __future__ import annotations

from typing import Any, Callable, Dict, List, Optional, Sequence

import numpy as np
import shapely

from ..errors import InputError
from ..evidence.area import AreaMethod, Measure, measure
from ..evidence.crs import Crs
from ..evidence.cutting import CutPiece, SliverRule, cut_by_evidence, cut_by_lines
from ..evidence.profile import Profile
from ..evidence.reproject import carried_over
from ..evidence.survey import Survey
from ..progress import Progress
from .measuring import outlines
from .register import Register
from .rulepacks import pack_of
from .splitting import Piece

Cut = Callable[[int, Any, Measure, float, SliverRule], List[CutPiece]]


def along_lines(register: Register, batch: str, labels: Sequence[str], lines: Sequence[Any]) -> Dict[str, List[Piece]]:
    """Pieces of each parcel along shapely lines in the register's CRS; RefusedError for a line that does not cut one."""
    drawn = np.array(list(lines), dtype=object)

    def cut(_row: int, parcel: Any, gauge: Measure, area_m2: float, slivers: SliverRule) -> List[CutPiece]:
        return cut_by_lines(parcel, drawn[shapely.intersects(drawn, parcel)], gauge, area_m2, slivers)

    return _pieces(register, batch, labels, cut)


def along_evidence(register: Register, batch: str, labels: Sequence[str], profile: Profile, role: str,
                   progress: Optional[Progress] = None) -> Dict[str, List[Piece]]:
    """Pieces of each parcel inside and outside the layers of a role, for example ``approval``.

    Raises InputError when the profile has no such layer, RefusedError when the outline does not cut a parcel.
    """
    layers = profile.of_role(role)
    if not layers:
        raise InputError("The evidence profile has no layer of role {role}.", "Add it to the profile, or cut along lines.", role=role)
    rows = _rows(register, batch, labels)
    parcels, crs = outlines(register, rows["shape_id"]), Crs.of(register.meta["crs"])
    covers: List[List[Any]] = [[] for _ in labels]
    for number, layer in enumerate(layers):
        source = layer.open(profile.folder)
        inside = Survey(parcels, crs).inside(source, (progress or Progress()).part(number / len(layers), (number + 1) / len(layers)))
        for row, geometry in enumerate(inside):
            if geometry is not None:
                covers[row].append(carried_over(np.array([geometry], dtype=object), source.crs, crs)[0])
    return _pieces(register, batch, labels,
                   lambda row, parcel, gauge, area, slivers: cut_by_evidence(parcel, covers[row], gauge, area, slivers))


def _rows(register: Register, batch: str, labels: Sequence[str]) -> Any:
    ids = [parcel for parcel, _patch in register.find(batch, labels)]
    return register.parcels(batch).set_index("parcel_id").loc[ids].reset_index()


def _pieces(register: Register, batch: str, labels: Sequence[str], cut: Cut) -> Dict[str, List[Piece]]:
    known = register.batch(batch)
    settings = pack_of(register, known).parameters
    slivers = SliverRule(settings.sliver_m2, settings.sliver_share)
    gauge = measure(register.meta["crs"], AreaMethod(known.MJFF))
    rows = _rows(register, batch, labels)
    made = {}
    for number, (row, parcel) in enumerate(zip(rows.itertuples(), outlines(register, rows["shape_id"]))):
        made[row.DKBH] = _exact(cut(number, parcel, gauge, row.DKMJ, slivers), row.DKMJ)
    return made


def _exact(pieces: Sequence[CutPiece], area_m2: float) -> List[Piece]:
    """Pieces whose areas sum to the parcel's to the last digit: the largest, which comes first, takes the residual (R09)."""
    rest = sum(piece.area_m2 for piece in pieces[1:])
    areas = [area_m2 - rest, *(piece.area_m2 for piece in pieces[1:])]
    return [Piece(shapely.to_wkb(piece.geometry, output_dimension=2), area) for piece, area in zip(pieces, areas)]
