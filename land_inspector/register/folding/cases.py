"""Folding what goes on: cases with their acts and remedies, matters of the ledgers, patrols and what they found."""
from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any, Callable, List

from ...errors import LandInspectorError
from ...law import remedies
from ...law.acts import ACTS
from ...law.case import Case, advance, opened, parcel_refusal
from ...law.matters.matter import from_record, matter_of
from ...law.remedies import Acceptance, Track
from ..events import Event, canonical
from ..state import CaseRecord, Inapplicable, IssuedRows, Parcel, Patrol, PatrolFinding, Remedy, State
from ..tables import MatterRecord


# Folding what follows a verdict: cases with their acts, and the remedies of single parcels.
#
# The law room says what an act leads to (:mod:`land_inspector.law.case`, :mod:`~land_inspector.law.remedies`); here its records
# are kept as JSON in the state, and an act that has lost its ground is found out.

ILLEGAL = "2"


def refuse_other_verdict(state: State, parcel: Parcel, level1: str) -> None:
    """A parcel under an open case stays illegal until the case has come to its end."""
    record = state.open_case_of(parcel.id)
    if record is not None and level1 != ILLEGAL:
        raise Inapplicable("Parcel {parcel} has the open case {case}; it cannot become anything but illegal before that ends.",
                           "End the case first, for example by a decision not to file or not to punish.",
                           parcel=parcel.DKBH, case=record.AJBH)


def hand_case_to_pieces(state: State, parent: Parcel, pieces: List[str], event: Event) -> None:
    """A case follows the land when its parcel is split; remedies do not, so they must be withdrawn first."""
    if any(track.withdrawn_on is None for track in state.tracks_of([parent.id])):
        raise Inapplicable("Remedies have been ordered for parcel {parcel}.", "Withdraw them, split the parcel, and order them anew.",
                           parcel=parent.DKBH)
    record = state.open_case_of(parent.id)
    if record is not None:
        parcels = [key for key in json.loads(record.parcels) if key != parent.id] + pieces
        state.put(_record(replace(record.case, parcels=tuple(parcels)), record.AJBH, json.loads(record.patches), event))


def case_opened(state: State, event: Event, _issued: Any) -> None:
    """A new case; Inapplicable where a parcel is not illegal any more or has an open case."""
    said = event.payload
    parcels = [_illegal(state, key) for key in said["parcels"]]
    held = [state.open_case_of(key) for key in said["parcels"]]
    taken = next(((parcel, record) for parcel, record in zip(parcels, held) if record is not None), None)
    if taken is not None:
        raise Inapplicable("The parcel {parcel} already has the open case {case}; close that one first.",
                           "Open that case from the parcel's card, and go on in it.", parcel=taken[0].DKBH, case=taken[1].AJBH)
    refusal = parcel_refusal(said["parcels"], ())
    if refusal is not None:
        raise Inapplicable(refusal.template, **refusal.params)
    case = opened(said["case"], said["parcels"], date.fromisoformat(event.effective_on), said["particulars"])
    patches = sorted({parcel.patch_id for parcel in parcels})
    state.put(_record(case, said["label"], patches, event))


def case_act(state: State, event: Event, _issued: Any) -> None:
    """An act in a case; Inapplicable where the case is gone or the act lost what it followed."""
    said = event.payload
    record = state.cases.get(said["case"])
    if record is None:
        raise Inapplicable("The register has no such case; its opening may have been undone.")
    case, act = record.case, ACTS[said["act"]]
    if case.state not in act.moves or any(case.last(need) is None for need in act.needs):
        raise Inapplicable("{act} has lost its ground: what it followed was undone.", act=act.label)
    case = advance(case, said["act"], date.fromisoformat(event.effective_on), said["particulars"])
    label = said["particulars"].get("number") if said["act"] == "file" else None
    state.put(_record(case, label or record.AJBH, json.loads(record.patches), event))


def stands_on_its_case(state: State, event: Event, _issued: Any) -> None:
    """Particulars, a paper, a finished one of a case or matter: they change no state, but undoing what they speak of names them first."""
    row = event.payload["row"]
    if row not in state.cases and row not in state.matters:
        raise Inapplicable("The case of this paper is not in the register; its opening may have been undone.")


def remedy_ordered(state: State, event: Event, _issued: Any) -> None:
    """A remedy for an illegal parcel; Inapplicable where the law room refuses it."""
    said = event.payload["track"]
    parcel = _illegal(state, said["parcel"])
    _store(state, parcel, event, lambda: remedies.order_remedy(remedies.from_record(said), state.tracks_of([parcel.id])))


def remedy_progressed(state: State, event: Event, _issued: Any) -> None:
    """A step of work on a remedy; Inapplicable where the remedy is gone or refuses it."""
    step = remedies.step_from_record(event.payload["step"])
    _change(state, event, lambda track: remedies.record_progress(track, step))


def remedy_accepted(state: State, event: Event, _issued: Any) -> None:
    """Acceptance of a remedy by a level; Inapplicable where the remedy is gone or refuses it."""
    said = event.payload["acceptance"]
    acceptance = Acceptance(said["status"], said["level"], date.fromisoformat(said["on"]))
    _change(state, event, lambda track: remedies.accept_remedy(track, acceptance))


def remedy_withdrawn(state: State, event: Event, _issued: Any) -> None:
    """A remedy that counts no more from the event's day; Inapplicable where it is gone."""
    on = date.fromisoformat(event.effective_on)
    _change(state, event, lambda track: remedies.withdraw_remedy(track, on))


def _change(state: State, event: Event, act: Callable[[Track], Track]) -> None:
    record = state.remedies.get(event.payload["remedy"])
    if record is None:
        raise Inapplicable("The register has no such remedy; its order may have been undone.")
    _store(state, state.parcels[record.parcel_id], event, lambda: act(record.track))


def _store(state: State, parcel: Parcel, event: Event, act: Callable[[], Track]) -> None:
    try:
        track = act()
    except LandInspectorError as error:
        raise Inapplicable(error.message.template, error.remedy.template, **error.details) from error
    record = Remedy(track.id, parcel.id, parcel.patch_id, track.case, track.kind, last_event=event.uuid)
    record.live = track
    state.put(record)


def _record(case: Case, label: str, patches: List[str], event: Event) -> CaseRecord:
    record = CaseRecord(id=case.id, AJBH=label, parcels=canonical(list(case.parcels)), patches=canonical(patches), ZT=case.state,
                        since=case.since.isoformat(), is_open=int(case.is_open), last_event=event.uuid)
    record.live = case
    return record


def _illegal(state: State, parcel_id: str) -> Parcel:
    parcel = state.parcels.get(parcel_id)
    if parcel is None or parcel.retired:
        raise Inapplicable("The register has no such parcel; what made it may have been undone.")
    if parcel.PDJL1 != ILLEGAL:
        raise Inapplicable("Parcel {parcel} is not judged illegal.", "Give the verdict first.", parcel=parcel.DKBH)
    return parcel


# Matters: opened, acted on. An act says by itself where it led; it loses its ground where the matter no longer stands
# where it began.

def matter_opened(state: State, event: Event, issued: IssuedRows) -> None:
    """A number is opened once; opened again after an undo it is the same matter."""
    said = event.payload
    if said["matter"] in state.matters:
        raise Inapplicable("The ledger has a matter {number} already.", number=said["number"])
    matter = matter_of(said["matter"], said["kind"], said["number"], [from_record(said["step"])])
    if matter is None:
        raise Inapplicable("What opened the matter {number} cannot be read.", number=said["number"])
    record = MatterRecord(said["matter"], said["kind"], matter.number, shape_id=said.get("shape") or None)
    record.hold(matter)
    record.last_event = event.uuid
    state.put(record)


def matter_act(state: State, event: Event, issued: IssuedRows) -> None:
    """An act that moves the matter has its ground only where the matter stands as it did."""
    said, step = event.payload, from_record(event.payload["step"])
    record = state.matters.get(said["matter"])
    if record is None:
        raise Inapplicable("The register has no such matter; what opened it may have been undone.")
    matter = record.matter
    if step.to and matter.state != said["from"]:
        raise Inapplicable("The matter {number} no longer stands where this act began.", number=said["number"])
    after = matter_of(matter.id, matter.kind, matter.number, [*matter.steps, step])
    if after is None:
        raise Inapplicable("What opened the matter {number} cannot be read.", number=said["number"])
    record.hold(after)
    record.shape_id = step.particulars.get("shape") or record.shape_id
    record.last_event = event.uuid
    state.put(record)


# Folding patrols: planned, logged, withdrawn, their tracks, and what they found.

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
