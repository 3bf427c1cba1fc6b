"""From a finding of a patrol to an illegal parcel with its case: one act for whoever decides it (source 05 of a batch, domain.md §9.1).

Each finding stands in a batch of its own (``XC20260512-3F9A2C``): taking one back, or two offices filing at the same time, touches no
other. A finding whose outline nobody drew goes in as a circle of the area that was reported, and says so.
"""
from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from typing import Any, Dict, List, Mapping, Optional, Tuple

import numpy as np
import shapely

from ..errors import InputError, RefusedError
from ..evidence.area import AreaMethod, measure
from ..evidence.crs import Crs
from ..law.patrols import FILED
from . import patrolling
from .issuing import issue_batch
from .judging import Entry, give_verdicts
from .parties import name_of
from .pursuing import open_case
from .records import BatchInfo, Intake, IssuedPatch
from .register import Register
from .state import PatrolFinding
from .tables import ISSUED
from .track_passing import on_the_ground

SOURCE, FOUND_BY_PATROL = "05", "1"
_KEPT = tuple(one.name for one in ISSUED if one.name != "MJ")


@dataclass(frozen=True)
class FiledFinding:
    """Where a finding went: batch code, parcel number and case id."""

    batch: str
    parcel: str
    case: str


def filed_as(row: PatrolFinding) -> Optional[FiledFinding]:
    """The parcel and case that a finding became; None for one that became none here."""
    said = next((done["said"] for done in json.loads(row.doc) if done["act"] == FILED and done["said"].get("parcel")), None)
    return None if said is None else FiledFinding(said["batch"], said["parcel"], said["case"])


def file_finding(register: Register, finding: str, *, on: Optional[str] = None, verdict: Optional[Mapping[str, Any]] = None,
                 by: Optional[str] = None) -> FiledFinding:
    """Make an illegal parcel with an open case of a finding, as one act. ``verdict``: particulars beyond what the finding says (PDJL2 …).

    InputError where the finding has neither outline nor area; RefusedError where it was filed before.
    """
    row = next((one for one in patrolling.findings(register) if one.id == finding), None)
    if row is None:
        raise InputError("The register has no finding {finding}.", "Take it from the list of findings.", finding=finding)
    known = filed_as(row)
    if known is not None:
        raise RefusedError("The finding stands as parcel {parcel} in batch {batch} already.", "Open its case there.", parcel=known.parcel,
                           batch=known.batch)
    day = on or date.today().isoformat()
    with register.together():
        batch = _issued(register, row, by)
        _judge(register, batch, batch, row, verdict or {}, day, by)
        case = open_case(register, batch, [batch], on=day, particulars={"source": FOUND_BY_PATROL}, by=by)
        patrolling.act_on_finding(register, finding, FILED, on=max(day, row.FXRQ), said={"batch": batch, "parcel": batch, "case": case},
                                  by=by, seen={finding: row.last_event})
    return FiledFinding(batch, batch, case)


def _judge(register: Register, batch: str, label: str, row: PatrolFinding, verdict: Mapping[str, Any], day: str, by: Optional[str]) -> None:
    (whole,) = register.parcels(batch)["DKMJ"]
    cultivated = row.GDMJ if row.GDMJ is not None and row.GDMJ <= whole else None
    said = {"PDJL1": "2", "PDJL2": "201", "WFLX": "01", "XZXC": "1", "JSSJ": row.DGSJ, "YDDW": name_of(register, row.JSDW),
            "XMMC": row.XMMC, "PDSM": row.SPQK, "WFGD": cultivated, **verdict}
    judged = give_verdicts(register, batch, [Entry(label, {key: value for key, value in said.items() if value is not None})], by=by,
                           effective_on=day)
    if judged.refused:
        reason = judged.refused[0].reason
        raise RefusedError(reason.template, **reason.params)


def _issued(register: Register, row: PatrolFinding, by: Optional[str]) -> str:
    """The code of a finding's batch, which is also the number of its only patch, just issued."""
    code = f"XC{row.FXRQ.replace('-', '')}-{hashlib.sha256(row.id.encode()).hexdigest()[:6].upper()}"
    place = patrolling.township_at(register, row.lon, row.lat) if row.lon is not None and row.lat is not None else None
    outline, is_drawn = _outline(register, row)
    area = float(measure(Crs.of(register.meta["crs"]), AreaMethod.ELLIPSOID)(np.array([outline], dtype=object))[0])
    said: Dict[str, Any] = {name: None for name in _KEPT}
    said.update(JCBH=code, XZQDM=register.meta["county_code"], XMC=register.meta["county_name"], XZDM=place.code if place else row.XZDM,
                XZMC=place.name if place else None, TBLX="XC", HSX=row.FXRQ, JCMJ=round(area, 2), JCMJ_Y=round(area, 2), JCDW="m2",
                GDMJ0=row.GDMJ, BZ=row.XMMC if is_drawn else "；".join(filter(None, (row.XMMC, "以上报面积画圆，未实测边界"))))
    intake = Intake(code, hashlib.sha256(code.encode()).hexdigest(), 1, register.meta["crs"], "utf-8", "m2",
                    [IssuedPatch(1, said, shapely.to_wkb(outline), area)], [], [])
    name = " ".join(filter(None, (code, place.name if place else None)))
    issue_batch(register, BatchInfo(code, name, int(row.FXRQ[:4]), month=int(row.FXRQ[5:7]), issued_on=row.FXRQ, source=SOURCE), intake,
                by=by)
    return code


def _outline(register: Register, row: PatrolFinding) -> Tuple[shapely.Geometry, bool]:
    """The finding's outline, or a circle of its area; and whether somebody drew it."""
    if row.shape_id:
        return shapely.from_wkb(register.storage.shapes([row.shape_id])[row.shape_id]), True
    if row.lon is None or row.lat is None or not row.ZDMJ:
        raise InputError("The finding has neither an outline nor a place with an area.", "Draw its outline, or give place and area.")
    x, y = on_the_ground(register, np.array([row.lon]), np.array([row.lat]))[0]
    return shapely.buffer(shapely.Point(x, y), float(np.sqrt(row.ZDMJ / np.pi)), quad_segs=16), False


def cover_proposals(register: Register) -> List[Tuple[str, str]]:
    """(finding, patch) that lie within the rule pack's distance of one another, the finding first in time, and that nobody linked."""
    from .discovering import discoveries
    batches = register.batches()
    found = []
    for code in batches.loc[batches["LY"] != SOURCE, "PCBH"]:
        found += [(one.finding.id, one.patch_id) for one in discoveries(register, code)[0] if not one.is_linked and one.is_before]
    return found
