"""What the evidence room measures of matters: the parcels on whose ground they lie, which offer themselves as links; how much of each lies
outside a red line, recorded by an act that names the layer and its fingerprint. Areas in m², by the ellipsoid (E) unless another method
is asked for; a matter without an outline cannot be told."""
from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence

import numpy as np
import shapely

from ..errors import InputError, Message, message
from ..evidence.area import measure as ellipsoidal
from ..evidence.crs import Crs
from ..evidence.measuring import measure
from ..evidence.chunks import FLOOR_M2
from ..evidence.profile import REDLINE, EvidenceLayer, Profile
from ..evidence.shapes import valid_polygons
from ..law.matters.kind import AMEND, LINK, TEXT, MatterKind, Move
from ..law.matters.machine import machine_of
from ..law.matters.matter import Matter
from ..progress import Progress
from .ledger_rows import KNOWN, REFUSED, TAKEN
from .matters import do_matter_acts, grounds_of, is_point, law_on, matters, outlines_of, place_matter
from .register import Recorded, Register

#: Under this name a finding reads what lies outside the red line.
OUTSIDE = "outside_m2"
#: Under this name a kind may keep what lies inside it.
INSIDE = "HXMJ"
_SAME_M2 = 0.01


@dataclass(frozen=True)
class Outside:
    """One matter: its whole outline, what of it lies inside and outside, what the ledger said before; ``status`` what comes of it."""

    matter: Matter
    area_m2: Optional[float]
    inside_m2: Optional[float]
    outside_m2: Optional[float]
    said_m2: Optional[float]
    status: str = TAKEN
    reason: Optional[Message] = None


@dataclass(frozen=True)
class Measurement:
    """Every matter of the ledger that is not settled, and the layer as it is told (name and fingerprint)."""

    kind: MatterKind
    layer: str
    method: str
    rows: Sequence[Outside]
    recorded: Optional[Recorded] = None

    def of(self, status: str) -> List[Outside]:
        """The matters of one status."""
        return [row for row in self.rows if row.status == status]


def measure_outside(register: Register, kind: MatterKind, source: str, *, on: date, name: str = "", crs: str = "", method: str = "E",
                    progress: Optional[Progress] = None) -> Measurement:
    """Measure every open matter of a ledger against a red line; nothing is recorded.

    InputError for a kind that keeps no area outside a red line, and for a layer that cannot be read.
    """
    field = _field_of(kind)
    held = [one for one in matters(register, kind.id) if one.state not in kind.end_states and one.opened_on <= on]
    outlines = outlines_of(register, [one.id for one in held])
    placed = [one for one in held if outlines.get(one.id)]
    if not placed:
        raise InputError("No matter of the ledger {ledger} has an outline.", "Take the ledger over from a layer, or place its matters.",
                         ledger=kind.name)
    geometries = np.asarray(shapely.from_wkb([outlines[one.id] for one in placed]), dtype=object)
    path = Path(source.partition("|")[0])
    layer = EvidenceLayer("red_line", REDLINE, source, name or path.stem, crs=crs)
    result = measure([one.id for one in placed], geometries, register.meta["crs"], Profile(layer.name, (layer,)), method, {}, progress)
    told = result.layers.iloc[0]
    said = f"{told['name']} · {told['fingerprint']}"
    found = {row["parcel_id"]: row for row in result.summary.to_dict("records")}
    rows = [_row(register, kind, field, one, found.get(one.id), said, on) for one in held]
    return Measurement(kind, said, method, rows)


def record_outside(register: Register, measured: Measurement, *, on: date, by: Optional[str] = None) -> Measurement:
    """Record what was measured, as one action; what is known already or refused stays out."""
    said = {row.matter.id: _particulars(measured.kind, row, measured.layer) for row in measured.of(TAKEN)}
    if not said:
        return measured
    recorded = do_matter_acts(register, said, _act_of(measured.kind), on=on.isoformat(), by=by)
    return replace(measured, recorded=recorded)


def _field_of(kind: MatterKind) -> str:
    field = kind.finding_with.get(OUTSIDE)
    if field is None:
        raise InputError("The ledger {ledger} keeps no area outside a red line.", "Choose one whose pack does (finding.with: outside_m2).",
                         ledger=kind.name)
    return field


def _move_of(kind: MatterKind) -> Optional[Move]:
    """The act of the pack that records the area; None where only amending does."""
    field = _field_of(kind)
    return next((move for move in kind.moves.values() if any(ask.sets and ask.name == field for ask in move.asks)), None)


def _act_of(kind: MatterKind) -> str:
    move = _move_of(kind)
    return move.code if move else AMEND


def _row(register: Register, kind: MatterKind, field: str, matter: Matter, found: Optional[Dict[str, Any]], layer: str,
         on: date) -> Outside:
    before = matter.values.get(field)
    if found is None or found["DKMJ"] is None:
        return Outside(matter, None, None, None, before, REFUSED, message("The matter has no outline: what lies outside cannot be told."))
    whole, inside = float(found["DKMJ"]), float(found["STHXMJ"] or 0.0)
    row = Outside(matter, whole, inside, round(max(whole - inside, 0.0), 2), before)
    last = matter.last(_act_of(kind))
    if before is not None and abs(float(before) - (row.outside_m2 or 0.0)) < _SAME_M2 and last and layer in last.particulars.values():
        return replace(row, status=KNOWN)
    reason = machine_of(kind).refusal(matter, _act_of(kind), law_on(register, on), on, _particulars(kind, row, layer))
    return row if reason is None else replace(row, status=REFUSED, reason=reason)


def _particulars(kind: MatterKind, row: Outside, layer: str) -> Dict[str, Any]:
    field, move = _field_of(kind), _move_of(kind)
    if move is None:
        return {"values": {field: row.outside_m2}, "reason": layer}
    said: Dict[str, Any] = {field: row.outside_m2}
    for ask in move.asks:
        if ask.name == INSIDE:
            said[ask.name] = round(row.inside_m2 or 0.0, 2)
        elif ask.kind == TEXT and not ask.sets:
            said[ask.name] = layer
    return said


def place_measured(register: Register, matter: str, ground: bytes, *, on: date, by: Optional[str] = None) -> Recorded:
    """Put a matter on the map by hand: an outline is made valid and measured on the ellipsoid, a point is a place alone.

    InputError for ground that has no area and is no point."""
    shape = shapely.from_wkb(ground)
    if shapely.get_dimensions(shape) == 0:
        return place_matter(register, matter, ground, None, on=on.isoformat(), by=by)
    sound = valid_polygons(np.array([shape], dtype=object))[0]
    area = float(ellipsoidal(Crs.of(register.meta["crs"]))(sound)[0]) if sound[0] is not None else 0.0
    if area < FLOOR_M2:
        raise InputError("What was drawn has no area.", "Draw the outline again, or place the matter by a click.")
    return place_matter(register, matter, bytes(shapely.to_wkb(sound[0], output_dimension=2, byte_order=1)), round(area, 2),
                        on=on.isoformat(), by=by)


# --- links that offer themselves ------------------------------------------------------------------------------------------

#: Ground that a matter and a parcel must share at least before a link is offered (m², R08).
LEAST_SHARED_M2 = 10.0


@dataclass(frozen=True)
class GroundLink:
    """A matter and a parcel of the satellite check on the same ground that are not linked yet; ``shared_m2`` is planar, 0 where the
    matter is a point in the parcel."""

    matter: Matter
    parcel: str
    number: str
    verdict: str
    shared_m2: float


def ground_links(register: Register, kind: MatterKind) -> List[GroundLink]:
    """Every link that offers itself: an idle site that is built on, a leased plot in which a patch was issued. Settled matters and parcels
    that were cut or issued no more are left out; what shares most comes first."""
    held = [one for one in matters(register, kind.id) if one.state not in kind.end_states]
    outlines = {key: shape for key, shape in grounds_of(register, [one.id for one in held]).items() if shape}
    frame = register.storage.frame("parcel")
    frame = frame[(frame["retired"] == 0) & (frame["gone"] == 0)]
    if not outlines or frame.empty:
        return []
    stored = register.storage.shapes(list(frame["shape_id"]))
    parcels = np.asarray(shapely.from_wkb([stored[key] for key in frame["shape_id"]]), dtype=object)
    tree = shapely.STRtree(parcels)
    found = []
    for one in (one for one in held if one.id in outlines):
        ground, linked = shapely.from_wkb(outlines[one.id]), {link.id for link in one.links}
        for at in tree.query(ground, predicate="intersects"):
            row, shared = frame.iloc[int(at)], float(shapely.area(shapely.intersection(ground, parcels[int(at)])))
            if (shared >= LEAST_SHARED_M2 or is_point(outlines[one.id])) and row["parcel_id"] not in linked:
                found.append(GroundLink(one, str(row["parcel_id"]), str(row["DKBH"]), str(row["PDJL2"] or row["PDJL1"] or ""), shared))
    return sorted(found, key=lambda link: (-link.shared_m2, link.matter.number, link.number))


def link_offered(register: Register, links: Sequence[GroundLink], *, on: date, by: Optional[str] = None) -> Optional[Recorded]:
    """Link the matters with the parcels as one action, seen from both sides; None where there is nothing to link."""
    said: Dict[str, Dict[str, Any]] = {}
    for link in links:
        said.setdefault(link.matter.id, {"links": []})["links"].append({"what": "parcel", "id": link.parcel, "label": link.number})
    return do_matter_acts(register, said, LINK, on=on.isoformat(), by=by) if said else None
