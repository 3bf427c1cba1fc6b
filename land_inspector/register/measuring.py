"""Measuring a batch: the evidence room measures, the register keeps the run with method, time and layers' fingerprints.

A run is derived, not an event: it can be measured again at any time. Verdicts keep the figures they were given on.
"""
from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple

import numpy as np
import pandas as pd
import shapely

from ..errors import InputError, message
from ..evidence.measuring import EvidenceResult, Townships, measure
from ..evidence.profile import Profile
from ..progress import Progress
from ..values import plain
from .events import canonical, collecting_paused
from .outlines import joint_digest
from .records import Finding
from .parties import keeps_names
from .personal import MASK, masked, may_be_person
from .register import Register, utc_now
from .proposing import pack_of
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


def measure_batch(register: Register, batch: str, profile: Profile, progress: Optional[Progress] = None,
                  only: Optional[Sequence[str]] = None) -> Measured:
    """Measure every living parcel of a batch against the profile's layers, by the batch's area method; with ``only`` those of these
    ids, and the others keep what was measured of them.

    Areas in m². Raises InputError for a layer that cannot be read; nothing is kept then, nor when the user cancels.
    """
    progress = progress or Progress()
    known = register.batch(batch)
    pack = pack_of(register, known)
    parcels = register.parcels(batch)
    parcels = parcels if only is None else parcels[parcels["parcel_id"].isin(list(only))]
    if parcels.empty:
        raise InputError("Batch {batch} has no parcels to measure.", "Import its patches first.", batch=batch)
    classes = {code: row.group for code, row in pack.land_classes.items()}
    result = measure(list(parcels["parcel_id"]), outlines(register, parcels["shape_id"]), register.meta["crs"], profile, known.MJFF,
                     classes, progress.part(0.0, 0.9), _townships(register), coverage_share=pack.parameters.coverage_share)
    run = _run(known.id, known.MJFF, profile, len(parcels))
    with collecting_paused():
        findings = _findings(result, dict(zip(parcels["parcel_id"], parcels["DKBH"])))
        tables = _tables(result, dict(zip(parcels["parcel_id"], parcels["shape_id"])), keeps_names(register))
        with register.storage.writing():
            register.storage.save_evidence(run, tables)
            register.storage.add_findings(profile.name, run["id"], findings)
    gaps = sum(finding.rule == "R11" for finding in findings)
    return Measured(run["id"], len(parcels), gaps, sorted(result.roles_measured), findings)


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
    papers = documents[["parcel_id", "role", "layer", "area_m2"]].assign(attributes=[
        canonical(_paper(row, keep_names)) for row in _plain(documents.drop(columns=["parcel_id", "role", "layer", "area_m2"]))])
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


def _plain(frame: pd.DataFrame) -> List[Dict[str, Any]]:
    """Rows of plain Python values, None for what is absent."""
    names = list(frame.columns)
    return [dict(zip(names, row)) for row in _rows(frame, names)]


def _rows(frame: pd.DataFrame, columns: Sequence[str]) -> Iterator[Tuple[Any, ...]]:
    return zip(*([plain(value) for value in frame[name].tolist()] for name in columns))


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
