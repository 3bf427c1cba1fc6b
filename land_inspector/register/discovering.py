"""Where findings of patrols meet the satellite's patches: linked by a person, or proposed by place and time."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Dict, List, Optional, Tuple

import numpy as np
import pandas as pd
import shapely

from ..law.case_indicators import Rate
from ..law.patrols import Finding, SatellitePatch, discovery
from .patrolling import as_finding, findings
from .register import Register
from .rulepacks import pack_of
from .track_passing import on_the_ground


@dataclass(frozen=True)
class Discovery:
    """A finding and a patch of a batch. ``distance_m`` between its place and the patch (0 inside), None where it has no place;
    ``is_linked`` by a person; ``is_before`` the patch was issued; ``is_illegal`` whether one of its parcels is judged so."""

    finding: Finding
    patch_id: str
    number: str
    distance_m: Optional[float]
    is_linked: bool
    is_before: bool
    is_illegal: bool


def discoveries(register: Register, batch: str) -> Tuple[List[Discovery], Rate]:
    """Findings that are linked to a patch of a batch, or lie within the rule pack's distance of one that came later; and the discovery
    rate, which counts links only."""
    kept = register.batch(batch)
    parcels = register.parcels(batch)
    issued_on = date.fromisoformat(kept.XFRQ) if kept.XFRQ else date.today()
    found = [as_finding(row) for row in findings(register)]
    illegal = set(parcels.loc[parcels["PDJL1"] == "2", "patch_id"])
    numbers: Dict[str, str] = dict(zip(parcels["patch_id"], parcels["JCBH"]))
    linked = [(finding, key) for finding in found for key in finding.patches if key in numbers]
    pairs = {(finding.id, key): None for finding, key in linked}
    near = _near(register, parcels, [finding for finding in found if finding.on < issued_on],
                 pack_of(register, kept).parameters.discovery_distance_m)
    by_id = {finding.id: finding for finding in found}
    distances = {**pairs, **near}
    made = [Discovery(by_id[one], key, numbers[key], metres, key in by_id[one].patches, by_id[one].on < issued_on, key in illegal)
            for (one, key), metres in distances.items()]
    rate = discovery([SatellitePatch(key, issued_on) for key in illegal], found)
    return sorted(made, key=lambda d: (d.number, d.finding.on, d.finding.id)), rate


def _near(register: Register, parcels: pd.DataFrame, found: List[Finding], near_m: float) -> Dict[Tuple[str, str], float]:
    placed = [finding for finding in found if finding.lon is not None and finding.lat is not None]
    if not placed or parcels.empty:
        return {}
    places = shapely.points(on_the_ground(register, np.array([f.lon for f in placed]), np.array([f.lat for f in placed])))
    blobs = register.storage.shapes(parcels["shape_id"])
    shapes = shapely.from_wkb([blobs[key] for key in parcels["shape_id"]])
    pairs = shapely.STRtree(shapes).query(places, predicate="dwithin", distance=near_m).T
    nearest: Dict[Tuple[str, str], float] = {}
    for place, shape in pairs:
        key = (placed[place].id, parcels["patch_id"].iat[shape])
        metres = float(shapely.distance(places[place], shapes[shape]))
        nearest[key] = min(metres, nearest.get(key, metres))
    return nearest
