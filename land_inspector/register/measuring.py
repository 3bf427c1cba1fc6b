"""Measuring a batch: the evidence room measures, the register keeps the run with method, time and layers' fingerprints.

A run is derived, not an event: it can be measured again at any time. Verdicts keep the figures they were given on.
"""
from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple

import numpy as np
import pandas as pd
import shapely

from ..errors import InputError, Message, message
from ..evidence.area import measure as ellipsoidal
from ..evidence.chunks import FLOOR_M2
from ..evidence.crs import Crs
from ..evidence.measuring import EvidenceResult, Townships, measure
from ..evidence.profile import EvidenceLayer, Profile, REDLINE
from ..evidence.shapes import valid_polygons
from ..law.matters.kind import AMEND, LINK, MatterKind, Move, TEXT
from ..law.matters.machine import machine_of
from ..law.matters.matter import Matter
from ..progress import Progress
from .events import canonical, collecting_paused
from .records import Finding, KNOWN, REFUSED, TAKEN
from .matters import do_matter_acts, grounds_of, is_point, law_on, matters, outlines_of, place_matter
from .stored_forms import joint_digest
from .parties import keeps_names
from .personal import MASK, masked, may_be_person
from .proposing import pack_of
from .register import Recorded, Register, utc_now
from .tables import MEASURED, names


_LAYER_COLUMNS = ("key", "role", "name", "source", "fingerprint", "date", "features", "repaired", "empty", "unreadable")
#: A second township holding more than this share of a parcel is worth a word (R07).
SECOND_TOWNSHIP_SHARE = 0.05


@dataclass(frozen=True)
class Measured:
    """A run and what it noticed. ``gaps`` are parcels that the land-use survey covers too thinly (R11)."""

    run_id: str
    parcels: int
    gaps: int
    roles: Sequence[str]
    findings: Sequence[Finding]


@collecting_paused()
def measure_batch(register: Register, batch: str, profile: Profile, progress: Optional[Progress] = None,
                  only: Optional[Sequence[str]] = None) -> Measured:
    """Measure every living parcel of a batch against the profile's layers, by the batch's area method; with ``only`` those of these
    ids, and the others keep what was measured of them.

    Areas in m². Raises InputError for a layer that cannot be read; nothing is kept then, nor when the user cancels.
    """
    progress = progress or Progress()
    known = register.batch(batch)
    pack = pack_of(register, known)
    parcels = _parcels(register, known.id, only)
    if parcels.empty:
        raise InputError("Batch {batch} has no parcels to measure.", "Import its patches first.", batch=batch)
    classes = {code: row.group for code, row in pack.land_classes.items()}
    result = measure(list(parcels["parcel_id"]), outlines(register, parcels["shape_id"]), register.meta["crs"], profile, known.MJFF,
                     classes, progress.part(0.0, 0.9), _townships(register), coverage_share=pack.parameters.coverage_share)
    run = _run(known.id, known.MJFF, profile, len(parcels))
    findings = _findings(result, dict(zip(parcels["parcel_id"], parcels["DKBH"])))
    tables = _tables(result, dict(zip(parcels["parcel_id"], parcels["shape_id"])), keeps_names(register))
    with register.storage.writing():
        register.storage.save_evidence(run, tables)
        register.storage.add_findings(profile.name, run["id"], findings)
    gaps = sum(finding.rule == "R11" for finding in findings)
    return Measured(run["id"], len(parcels), gaps, sorted(result.roles_measured), findings)


def _parcels(register: Register, batch_id: str, only: Optional[Sequence[str]]) -> pd.DataFrame:
    """Living parcels in the order of their numbers, with a few of their columns: parcel_id, shape_id, DKBH and others."""
    rows = register.storage.frame("queue", batch_id=batch_id)
    rows = rows[(rows["retired"] == 0) & (rows["gone"] == 0)]
    rows = rows if only is None else rows[rows["parcel_id"].isin(list(only))]
    return rows.sort_values("DKBH", kind="stable")


def outlines(register: Register, shape_ids: Sequence[str]) -> np.ndarray:
    """Outlines of parcels as shapely polygons in the register's CRS, in the order asked for."""
    stored = register.storage.shapes(shape_ids)
    return np.asarray(shapely.from_wkb([stored[key] for key in shape_ids]), dtype=object)


def _townships(register: Register) -> Optional[Townships]:
    known = register.storage.townships()
    return Townships([t.code for t in known], shapely.from_wkb([t.wkb for t in known])) if known else None


def _run(batch_id: str, method: str, profile: Profile, parcels: int) -> Dict[str, Any]:
    text = canonical({"name": profile.name, "layers": [layer.as_record() for layer in profile.in_place().layers]})
    return {"id": str(uuid.uuid4()), "batch_id": batch_id, "measured_at": utc_now(), "method": method, "profile": text,
            "profile_digest": joint_digest([text.encode("utf-8").hex()]), "parcels": parcels}


def _tables(result: EvidenceResult, shapes: Mapping[str, str], keep_names: bool) -> Dict[str, pd.DataFrame]:
    """The result in the register's tables: measured columns apart, everything a proposal needs as facts. Without ``keep_names`` no
    paper says who uses the land unless it is surely a body."""
    ids = list(result.summary["parcel_id"])
    facts = _facts(result)
    summary = result.summary[["parcel_id", *names(MEASURED)]].assign(
        shape_id=[shapes[key] for key in ids], facts=[canonical(facts[key]) for key in ids])
    areas = result.areas.rename(columns={"value": "class"})
    documents = result.documents
    said = documents.drop(columns=["parcel_id", "role", "layer", "area_m2"])
    rows = list(_rows(said, list(said.columns)))
    texts = {row: canonical(_paper(dict(zip(said.columns, row)), keep_names)) for row in set(rows)}  # a paper lies on many parcels
    papers = documents[["parcel_id", "role", "layer", "area_m2"]].assign(attributes=[texts[row] for row in rows])
    return {"evidence_layer": result.layers[list(_LAYER_COLUMNS)], "evidence_summary": summary, "evidence_area": areas,
            "evidence_document": papers}


def _paper(said: Dict[str, Any], keep_names: bool) -> Dict[str, Any]:
    if keep_names:
        return said
    user = said.get("user")
    hidden = isinstance(user, str) and may_be_person(user)
    names = [user] if hidden else []
    texts = {key: masked(value, names) for key, value in said.items() if key in ("project", "use") and isinstance(value, str)}
    return {**said, **texts, "user": MASK if hidden else user} if "user" in said else {**said, **texts}


def _rows(frame: pd.DataFrame, columns: Sequence[str]) -> Iterator[Tuple[Any, ...]]:
    """Rows of Python values, as measuring leaves them, but None for NaN."""
    return zip(*([None if value != value else value for value in frame[name].tolist()] for name in columns))


def _facts(result: EvidenceResult) -> Dict[str, Dict[str, Any]]:
    """Per parcel: covers by role (m², and cultivated m² of it), those together with the approvals, survey share, townships."""
    roles = sorted(result.roles_measured)
    facts: Dict[str, Dict[str, Any]] = {
        parcel: {"measured": roles, "survey_share": share, "covers": {}, "combined": {}, "townships": {}}
        for parcel, share in _rows(result.summary, ("parcel_id", "survey_share"))}
    for name in ("covers", "combined"):
        for parcel, role, area, tilled in _rows(getattr(result, name), ("parcel_id", "role", "area_m2", "cultivated_m2")):
            facts[parcel][name][role] = [area, tilled]
    for parcel, town, share in _rows(result.townships, ("parcel_id", "XZDM", "share")):
        facts[parcel]["townships"][town] = share
    return facts


def _findings(result: EvidenceResult, labels: Mapping[str, str]) -> List[Finding]:
    found = [Finding(r.severity, r.message, r.remedy, r.rule, patch=labels.get(r.parcel_id)) for r in result.remarks]
    shares = result.townships[result.townships["XZDM"].notna()].sort_values("share", ascending=False)
    for parcel, rows in shares[shares.duplicated("parcel_id", keep=False)].groupby("parcel_id", sort=False):
        if rows["share"].iloc[1] > SECOND_TOWNSHIP_SHARE:
            text = message("Lies in two townships: {first} and {second} ({share:.1%}).", first=rows["XZDM"].iloc[0],
                           second=rows["XZDM"].iloc[1], share=float(rows["share"].iloc[1]))
            found.append(Finding("W", text, message("Split it along the boundary, or confirm its township."), "R07", patch=labels[parcel]))
    return found


# What the evidence room measures of matters: the parcels on whose ground they lie, which offer themselves as links; how much of each lies
# outside a red line, recorded by an act that names the layer and its fingerprint. Areas in m², by the ellipsoid (E) unless another method
# is asked for; a matter without an outline cannot be told.

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
