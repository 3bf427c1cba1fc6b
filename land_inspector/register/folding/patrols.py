"""Folding patrols: planned, logged, withdrawn, their tracks, and what they found."""
from __future__ import annotations

import json
from typing import Any

from ..events import Event, canonical
from ..state import Patrol, PatrolFinding, State
from .grounds import Inapplicable

_LOG = ("ZSDM", "XCRQ", "KSSJ", "JSSJ", "XCQY", "XCLX", "CLYJ", "BZ")
_FINDING = ("patrol_id", "ZSDM", "XZDM", "FXRQ", "lon", "lat", "shape_id", "JSDW", "XMMC", "DGSJ", "JSZT", "ZDMJ", "GDMJ",
            "SPQK", "CSM", "BZ")


def _keep(state: State, row: Any, event: Event) -> None:
    row.last_event = event.uuid
    state.put(row)


def _patrol(state: State, key: str) -> Patrol:
    patrol = state.patrols.get(key)
    if patrol is None or patrol.withdrawn:
        raise Inapplicable("The register has no such patrol; what entered it may have been undone.")
    return patrol


def patrol_planned(state: State, event: Event, _issued: Any) -> None:
    """A new patrol in the plan, or a change of one that is not logged yet."""
    said = event.payload
    known = state.patrols.get(said["patrol"])
    if known is not None and (known.logged or known.withdrawn):
        raise Inapplicable("The patrol of {day} is logged already; its plan does not change any more.", day=known.XCRQ)
    patrol = known or Patrol(id=said["patrol"], **dict.fromkeys(_LOG), XCRY="[]", SFWF=None)
    _take(patrol, said)
    patrol.planned, patrol.targets = 1, canonical(said.get("targets") or [])
    _keep(state, patrol, event)


def patrol_logged(state: State, event: Event, _issued: Any) -> None:
    """What was done, of a planned patrol or of one that was not."""
    said = event.payload
    patrol = state.patrols.get(said["patrol"]) or Patrol(id=said["patrol"], **dict.fromkeys(_LOG), XCRY="[]", SFWF=None)
    if patrol.withdrawn:
        raise Inapplicable("The patrol of {day} was withdrawn.", day=patrol.XCRQ)
    _take(patrol, said)
    patrol.SFWF, patrol.logged = said["SFWF"], 1
    _keep(state, patrol, event)


def _take(patrol: Patrol, said: Any) -> None:
    for name in _LOG:
        setattr(patrol, name, said.get(name))
    patrol.XCRY = canonical(sorted(said["officers"]))


def patrol_withdrawn(state: State, event: Event, _issued: Any) -> None:
    """A patrol that counts no more; Inapplicable where it is gone already."""
    patrol = _patrol(state, event.payload["patrol"])
    patrol.withdrawn = 1
    _keep(state, patrol, event)


def track_added(state: State, event: Event, _issued: Any) -> None:
    """A track belongs to one patrol, and a file counts once."""
    said = event.payload
    patrol = _patrol(state, said["patrol"])
    tracks = json.loads(patrol.tracks)
    if any(track["sha256"] == said["track"]["sha256"] for track in tracks):
        raise Inapplicable("The track {file} is with this patrol already.", file=said["track"]["file"])
    patrol.tracks = canonical([*tracks, said["track"]])
    _keep(state, patrol, event)


def finding_marked(state: State, event: Event, _issued: Any) -> None:
    """What a patrol found; Inapplicable where the finding is there already."""
    said = event.payload
    if said["finding"] in state.patrol_findings:
        raise Inapplicable("The finding is in the register already.")
    row = PatrolFinding(id=said["finding"], **{name: said.get(name) for name in _FINDING})
    row.files = canonical(said.get("files") or [])
    _keep(state, row, event)


def _found(state: State, key: str) -> PatrolFinding:
    finding = state.patrol_findings.get(key)
    if finding is None:
        raise Inapplicable("The register has no such finding; what entered it may have been undone.")
    return finding


def finding_corrected(state: State, event: Event, _issued: Any) -> None:
    """What was said of a finding wrongly or not yet, and photos that came later; Inapplicable where it is gone."""
    said = event.payload
    finding = _found(state, said["finding"])
    for name, value in said["said"].items():
        if name in _FINDING and name != "patrol_id":
            setattr(finding, name, value)
    finding.files = canonical(list(dict.fromkeys([*json.loads(finding.files), *said["files"]])))
    _keep(state, finding, event)


def finding_act(state: State, event: Event, _issued: Any) -> None:
    """What was done about a finding; Inapplicable where it is gone."""
    said = event.payload
    finding = _found(state, said["finding"])
    finding.doc = canonical([*json.loads(finding.doc), {"act": said["act"], "on": event.effective_on, "said": said["said"]}])
    _keep(state, finding, event)


def finding_linked(state: State, event: Event, _issued: Any) -> None:
    """A finding meets the patch that covers it; ``linked`` False takes the link back."""
    said = event.payload
    finding = _found(state, said["finding"])
    patches = [key for key in json.loads(finding.patches) if key != said["patch"]]
    finding.patches = canonical(sorted([*patches, said["patch"]] if said["linked"] else patches))
    _keep(state, finding, event)
