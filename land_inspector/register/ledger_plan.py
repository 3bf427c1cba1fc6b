"""Planning one row of a ledger: which events would bring the register to what the row tells, or why none can.

A ledger tells less than the procedure asks. Acts that must have gone before a told one are *inferred*, marked so and dated no
later than what they led to. The law room's own rules refuse what cannot be; only its waiting times are not asked again, for
what a ledger tells has happened.
"""
from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Callable, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

from ..errors import Message, RefusedError, message
from ..law import case_procedure, remedies as law
from ..law.acts import ACTS
from ..law.areas import Amount, UNITS, m2_text, total
from ..law.case import Case, advance, opened
from ..law.penalties import FineBase, fine_ranges, fine_refusal
from ..law.procedure import day_of
from ..law.procedure_guards import Practice, needs_hearing
from ..law.rectification import IllegalLand, TOLERANCE_M2, rectification_of
from ..law.remedies import Acceptance, FINISHED, KINDS, REMOVAL, Step, Track, label, standing, zero_of
from . import kinds
from .events import Draft
from .records import LedgerRow, ToldAct, ToldRemedy
from .state import Parcel


# The remedies of a ledger's row: what must be ordered, recorded and accepted so that the register holds what the row tells.

Added = Tuple[List[Draft], List[Message], List[Message]]
TOLD_ALREADY = Tuple[str, str, str]


class RemedyPlan:
    """Remedies of a row's parcels as they would be after it.

    Rows that tell all that was done so far (下达, 收缴) add up within one table, and only what the register lacks of the sum is
    recorded; a row that tells one piece of work is looked for by amount and day.
    """

    def __init__(self, ledger: Dict[str, List[Track]], told: Dict[TOLD_ALREADY, ToldRemedy], parcels: Sequence[Parcel]):
        self._ledger, self._told, self._parcels = ledger, told, parcels
        self._tracks: Dict[str, List[Track]] = {}
        self._newly_told: Dict[TOLD_ALREADY, ToldRemedy] = {}
        self._drafts: List[Draft] = []
        self._recorded: List[Message] = []
        self._notes: List[Message] = []

    def tracks(self, parcel: str) -> List[Track]:
        """The remedies of a parcel (its id), with what this row adds."""
        return self._tracks.get(parcel, self._ledger.get(parcel, []))

    def keep(self) -> None:
        """Later rows see what this one adds."""
        self._ledger.update(self._tracks)
        self._told.update(self._newly_told)

    def take(self, told: ToldRemedy, case: Optional[Case]) -> Added:
        """What has to be recorded for one told remedy; raises RefusedError where the law does not let it be."""
        self._drafts, self._recorded, self._notes = [], [], []
        parcel = self._parcel_of(told)
        if told.is_step:
            self._take_step(parcel, told, case)
        else:
            self._take_sum(parcel, self._summed(parcel, told, case), case)
        if told.acceptance is not None:
            self._accept(parcel, told)
        return self._drafts, self._recorded, self._notes

    def _parcel_of(self, told: ToldRemedy) -> Parcel:
        land = max((amount.get("land_m2") for amount in (told.ordered, told.done) if amount is not None), default=0)
        if len(self._parcels) > 1 and land:
            raise RefusedError("{kind}: the row names {n} parcels and one area of land.", "Give each parcel a row of its own.",
                               kind=label(told.kind), n=len(self._parcels))
        return self._parcels[0]

    # --- all that was done so far -------------------------------------------------------------------------------------

    def _summed(self, parcel: Parcel, told: ToldRemedy, case: Optional[Case]) -> ToldRemedy:
        key = (parcel.id, case.id if case else "", told.kind)
        before = self._newly_told.get(key) or self._told.get(key)
        summed = told if before is None else replace(told, ordered=_plus(before.ordered, told.ordered), done=_plus(before.done, told.done))
        self._newly_told[key] = summed
        return summed

    def _take_sum(self, parcel: Parcel, told: ToldRemedy, case: Optional[Case]) -> None:
        zero = zero_of(told.kind)
        done = total((zero, told.done)) if told.done is not None else zero
        ordered = total((zero, told.ordered)) if told.ordered is not None else done
        mine = self._of_kind(parcel, told.kind, case)
        have_ordered, have_done = _sum(mine, "ordered", zero), _sum(mine, "done", zero)
        self._note_more(told, have_done, done)
        extra = (ordered - have_ordered).floored()
        if not extra.is_zero():
            self._order(parcel, told, extra, case)
        self._progress(parcel, told, (done - have_done).floored(), case)

    def _of_kind(self, parcel: Parcel, kind: str, case: Optional[Case]) -> List[Track]:
        return [track for track in standing(self.tracks(parcel.id)) if track.kind == kind
                and (case is None or track.case in (case.id, None))]

    def _note_more(self, told: ToldRemedy, have: Amount, done: Amount) -> None:
        if told.done is not None and not (have - done).floored().is_zero():
            unit = next(unit for unit, value in (have - done).items() if value > 0)
            self._notes.append(message("{kind}: the register holds {have}, the table tells {told}; nothing was taken back.",
                                       kind=label(told.kind), have=law.figure_text(unit, have.get(unit)),
                                       told=law.figure_text(unit, done.get(unit))))

    def _progress(self, parcel: Parcel, told: ToldRemedy, left: Amount, case: Optional[Case]) -> None:
        mine = self._of_kind(parcel, told.kind, case)
        for track in mine:
            room = left if told.kind == "fine" and track is mine[-1] else _least(left, track.remaining)
            if not room.is_zero():
                self._step(track, room, told)
                left = (left - room).floored()

    # --- one piece of work a row --------------------------------------------------------------------------------------

    def _take_step(self, parcel: Parcel, told: ToldRemedy, case: Optional[Case]) -> None:
        amount = total((zero_of(told.kind), told.done)) if told.done is not None else zero_of(told.kind)
        mine = self._of_kind(parcel, told.kind, case)
        if amount.is_zero() or any(_is_step(step, amount, told.done_on) for track in mine for step in track.steps):
            return
        roomy = next((track for track in mine if (amount - track.remaining).floored().is_zero()), None)
        self._step(roomy or self._order(parcel, told, amount, case), amount, told)

    # --- events -------------------------------------------------------------------------------------------------------

    def _order(self, parcel: Parcel, told: ToldRemedy, amount: Amount, case: Optional[Case]) -> Track:
        days = [day for day in (told.ordered_on, told.done_on) if day is not None]
        track = Track(str(uuid.uuid4()), parcel.id, told.kind, amount, min(days), case.id if case else None,
                      self._item(told.kind, case), self._shared_ground(parcel, told.kind, amount))
        self._put(law.order_remedy(track, self.tracks(parcel.id)), parcel)
        record = {"id": track.id, "parcel": parcel.id, "kind": told.kind, "ordered": amount.as_record(),
                  "ordered_on": track.ordered_on.isoformat(), "case": track.case, "item": track.item,
                  "same_ground_as": track.same_ground_as}
        self._draft(kinds.REMEDY_ORDERED, track, parcel, {"track": record}, track.ordered_on)
        self._recorded.append(message("{kind} ordered: {amount}", kind=label(told.kind), amount=_shown(amount)))
        return track

    def _item(self, kind: str, case: Optional[Case]) -> Optional[str]:
        """The decision's remedy of this kind."""
        return next((item.id for item in case.items if item.kind == kind), None) if case else None

    def _shared_ground(self, parcel: Parcel, kind: str, amount: Amount) -> Optional[str]:
        """First demolished, then reclaimed: where both together would be more than is illegal, they lie on the same ground."""
        demolished = [track for track in standing(self.tracks(parcel.id)) if track.kind == "demolition" and track.ordered.get("land_m2")]
        if kind != "reclamation" or not demolished:
            return None
        both = demolished[-1].ordered.get("land_m2") + amount.get("land_m2")
        return demolished[-1].id if both > illegal_m2(parcel) + TOLERANCE_M2 else None

    def _step(self, track: Track, amount: Amount, told: ToldRemedy) -> None:
        on = told.done_on or track.ordered_on
        step = Step(amount, on)
        parcel = next(one for one in self._parcels if one.id == track.parcel)
        self._put(law.record_progress(track, step), parcel)
        said = {"remedy": track.id, "step": {"amount": amount.as_record(), "on": on.isoformat(), "evidence": []}}
        self._draft(kinds.REMEDY_PROGRESSED, track, parcel, said, on)
        self._recorded.append(message("{kind} carried out by {day}: {amount}", kind=label(track.kind), day=on.isoformat(),
                                      amount=_shown(amount)))

    def _accept(self, parcel: Parcel, told: ToldRemedy) -> None:
        wanted = told.acceptance
        for track in self.tracks(parcel.id):
            if wanted is None or track.kind != told.kind or track.withdrawn_on is not None or not track.steps:
                continue
            accepted = replace(wanted, on=wanted.on or max(step.on for step in track.steps))
            if self._stands(track, accepted, wanted.on):
                continue
            self._put(law.accept_remedy(track, accepted), parcel)
            said = {"status": accepted.status, "level": accepted.level, "on": accepted.on.isoformat()}
            self._draft(kinds.REMEDY_ACCEPTED, track, parcel, {"remedy": track.id, "acceptance": said}, accepted.on)
            self._recorded.append(message("{kind}: acceptance of {day}", kind=label(track.kind), day=accepted.on.isoformat()))

    def _stands(self, track: Track, accepted: Acceptance, told_on: Optional[date]) -> bool:
        """Recorded already, or overtaken: what was accepted does not go back to waiting because an old table says so."""
        now = track.acceptance
        if now.status == FINISHED and accepted.status != FINISHED and track.pending.is_zero():
            self._notes.append(message("{kind}: accepted in the register, not yet in the table.", kind=label(track.kind)))
            return True
        same = now.status == accepted.status and (told_on is None or now.on == told_on)
        return same and (track.pending.is_zero() if accepted.status == FINISHED else now.level == accepted.level)

    def _draft(self, kind: str, track: Track, parcel: Parcel, payload: Dict[str, object], on: date) -> None:
        self._drafts.append(Draft(kind, (track.id, parcel.id, parcel.patch_id), payload, on.isoformat()))

    def _put(self, track: Track, parcel: Parcel) -> None:
        others = [one for one in self.tracks(parcel.id) if one.id != track.id]
        self._tracks[parcel.id] = [*others, track]

    def remaining_notes(self, parcel: Parcel, told_m2: float) -> List[Message]:
        """R10 on SYMJ: what the table says remains against what follows from the remedies."""
        left = rectification_of(IllegalLand(parcel.id, illegal_m2(parcel), parcel.WFGD or 0.0), self.tracks(parcel.id)).remaining_m2
        if abs(left - told_m2) <= TOLERANCE_M2:
            return []
        return [message("The table says that {told} m² remain; by the remedies it is {left} m².", told=m2_text(told_m2),
                        left=m2_text(left))]


def illegal_m2(parcel: Parcel) -> float:
    """The parcel's illegal area (WFMJ) in m²; its whole area where that was not said."""
    return parcel.WFMJ if parcel.WFMJ is not None else parcel.DKMJ


def fitted(told: Sequence[ToldRemedy], parcel: Parcel) -> List[ToldRemedy]:
    """Land that was rounded to hundredths of a mu, made the parcel's own where it is all of it (R10): else a few square metres
    would stay open for ever."""
    land = [one for one in told if one.done is not None and one.done.get("land_m2")]
    if not land:
        return list(told)
    largest = max(land, key=lambda one: one.done.get("land_m2") if one.done else 0.0)
    gaps = {unit: _gap(land, unit, whole) for unit, whole in (("land_m2", illegal_m2(parcel)), ("cultivated_m2", parcel.WFGD))}
    moved = {unit: largest.done.get(unit) + gap for unit, gap in gaps.items() if gap and largest.done is not None}
    if not moved or largest.done is None:
        return list(told)
    return [replace(one, done=replace(one.done, **moved)) if one is largest and one.done is not None else one for one in told]


def _gap(land: Sequence[ToldRemedy], unit: str, whole: Optional[float]) -> float:
    """What rounding has left between the told sum and the parcel's own figure; 0 where it is more than rounding."""
    if whole is None:
        return 0.0
    by_kind = {one.kind: one.done.get(unit) for one in land if one.done is not None}
    removed = [by_kind.pop(kind) for kind in REMOVAL if kind in by_kind]
    gap = whole - sum(by_kind.values()) - max(removed, default=0.0)
    return gap if abs(gap) <= TOLERANCE_M2 else 0.0


def _plus(one: Optional[Amount], other: Optional[Amount]) -> Optional[Amount]:
    return one + other if one is not None and other is not None else one or other


def _sum(tracks: Sequence[Track], part: str, zero: Amount) -> Amount:
    return total([zero] + [getattr(track, part) for track in tracks])


def _least(one: Amount, other: Amount) -> Amount:
    return Amount(**{unit: min(value, other.get(unit)) for unit, value in one.items()})


def _is_step(step: Step, amount: Amount, on: Optional[date]) -> bool:
    return (on is None or step.on == on) and all(abs(step.amount.get(unit) - amount.get(unit)) < 0.01 for unit in UNITS)


def _shown(amount: Amount) -> Message:
    parts = [message("{unit} {value}", unit=law.UNIT_LABELS[unit], value=law.figure_text(unit, value))
             for unit, value in amount.items() if value]
    shown = parts[0]
    for part in parts[1:]:
        shown = message("{first}, {second}", first=shown, second=part)
    return shown


STRAIGHT = ("site_check", "file", "investigate", "legal_review", "notice", "hearing_notice", "decide", "serve")
#: Acts in the order in which a row's acts are recorded; those after service by their dates.
_BEFORE = ("site_check", "stop_order", "stop_result", "not_file", "settle_unfiled", "file", "notice", "hearing_notice",
           "transfer_police", "transfer_discipline", "decide")
_AFTER = ("serve", "demand", "apply_court", "court_ruling")
_NEEDED: Dict[str, Tuple[str, ...]] = {
    "stop_order": ("site_check",), "stop_result": ("site_check", "stop_order"), "not_file": ("site_check",),
    "settle_unfiled": ("site_check", "not_file"), "transfer_police": ("site_check",), "transfer_discipline": ("site_check",),
    "demand": STRAIGHT, "apply_court": (*STRAIGHT, "demand"), "court_ruling": (*STRAIGHT, "demand", "apply_court"),
    "perform": STRAIGHT, "close": STRAIGHT}
_ONCE = {"clue", "file", "not_file", "decide", "serve", "close"}
_DATED_BY_CLUE = {"source": "2"}


@dataclass(frozen=True)
class KnownCase:
    """A case as it stands, with the number people know it by and the patches it touches."""

    case: Case
    number: str
    patches: Tuple[str, ...]


class Ledger:
    """What stands in the register and what earlier rows have added; a row is planned against both."""

    def __init__(self, cases: Iterable[KnownCase], tracks: Dict[str, List[Track]]):
        self.tracks = tracks
        self.told: Dict[Tuple[str, str, str], ToldRemedy] = {}
        self._cases: Dict[str, KnownCase] = {}
        self._by_number: Dict[str, str] = {}
        self._by_parcel: Dict[str, Dict[str, None]] = {}
        for known in cases:
            self.put(known)

    def put(self, known: KnownCase) -> None:
        """Later rows see this case, as it stands now, under its number and its parcels."""
        self._cases[known.case.id] = known
        self._by_number[known.number] = known.case.id
        for parcel in known.case.parcels:
            self._by_parcel.setdefault(parcel, {})[known.case.id] = None

    def numbered(self, number: Optional[str]) -> Optional[KnownCase]:
        """The case of this number; None where there is none, or no number."""
        return self._cases.get(self._by_number.get(number or "", ""))

    def covering(self, parcels: Iterable[str]) -> List[KnownCase]:
        """The cases over any of these parcels, oldest first."""
        ids = dict.fromkeys(case for parcel in parcels for case in self._by_parcel.get(parcel, ()))
        return [self._cases[key] for key in ids]


@dataclass(frozen=True)
class Ground:
    """What a row stands on: its parcels (illegal ones), the law, and what other rows say of the same case.

    ``of_case`` are all parcels that the table gives the case; ``day`` is the day the table speaks of; ``is_last`` tells the last row
    of its case, which carries what comes after the decision.
    """

    parcels: Sequence[Parcel]
    of_case: Sequence[Parcel]
    practice: Practice
    decided: Sequence[ToldRemedy]
    day: date
    is_last: bool = True


class RowPlan:
    """The events of one row, and case and remedies as they would be after it; nothing of it counts before :meth:`keep`."""

    def __init__(self, ledger: Ledger, row: LedgerRow, ground: Ground):
        self.row, self.ground, self._ledger = row, ground, ledger
        self.drafts: List[Draft] = []
        self.recorded: List[Message] = []
        self.notes: List[Message] = []
        self._known: Optional[KnownCase] = None
        self._remedies = RemedyPlan(ledger.tracks, ledger.told, ground.parcels)

    def work_out(self) -> "RowPlan":
        """Raises LandInspectorError where the row cannot be taken."""
        self._known = self._find_case()
        if self.row.tells_of_a_case:
            if self._known is None:
                self._open()
            for act in _BEFORE:
                self._tell(act)
        self._take_remedies()
        if self.row.tells_of_a_case and self.ground.is_last:
            self._carry_out()
        self._note_remaining()
        return self

    def keep(self) -> None:
        """Later rows see what this one adds."""
        if self._known is not None:
            self._ledger.put(self._known)
        self._remedies.keep()

    @property
    def subjects(self) -> Tuple[str, ...]:
        """Ids of all that its events concern, each once."""
        return tuple(dict.fromkeys(subject for draft in self.drafts for subject in draft.subjects))

    # --- the case -----------------------------------------------------------------------------------------------------

    def _find_case(self) -> Optional[KnownCase]:
        parcels = {parcel.id for parcel in self.ground.parcels}
        if self.row.case_number:
            named = self._ledger.numbered(self.row.case_number)
            if named is not None:
                self._refuse_uncovered(named, parcels)
                return named
        covering = self._ledger.covering(parcel.id for parcel in self.ground.parcels)
        chosen = next((known for known in covering if known.case.is_open), None)
        if not self.row.tells_of_a_case:
            return chosen or (covering[-1] if covering else None)
        if self.row.case_number:
            return self._unnumbered(chosen)
        return chosen or next((known for known in reversed(covering) if self._agrees(known.case)), None)

    def _refuse_uncovered(self, known: KnownCase, parcels: set) -> None:
        missing = [parcel.DKBH for parcel in self.ground.parcels if parcel.id in parcels - set(known.case.parcels)]
        if missing:
            raise RefusedError("Case {case} does not cover parcel {parcel}.", "Correct the case number, or open a case of its own for it.",
                               case=known.number, parcel=missing[0])

    def _unnumbered(self, known: Optional[KnownCase]) -> Optional[KnownCase]:
        """An open case that was not yet filed is the one the row tells of; one filed under another number is in its way."""
        if known is None or known.case.last("file") is None:
            return known
        raise RefusedError("The parcel {parcel} already has the open case {case}; close that one first.",
                           parcel=self.ground.parcels[0].DKBH, case=known.number)

    def _agrees(self, case: Case) -> bool:
        return any(told.on is not None and case.last_on(told.act) == told.on for told in self.row.acts)

    def _open(self) -> None:
        told = self._told("clue")
        on = (told.on if told else None) or self._earliest()
        said = {**_DATED_BY_CLUE, **(told.said if told else {})}
        parcels = list(self.ground.of_case) or list(self.ground.parcels)
        case = opened(str(uuid.uuid4()), [parcel.id for parcel in parcels], on, said)
        number = self.row.case_number or f"{parcels[0].DKBH}-AJ"
        patches = tuple(dict.fromkeys(parcel.patch_id for parcel in parcels))
        self._known = KnownCase(case, number, patches)
        payload = {"case": case.id, "parcels": list(case.parcels), "label": number, "particulars": said}
        self.drafts.append(Draft(kinds.CASE_OPENED, (case.id, *case.parcels, *patches), payload, on.isoformat()))
        self.recorded.append(message("Case {case} opened on {day}", case=number, day=on.isoformat()))

    def _earliest(self) -> date:
        return min((told.on for told in self.row.acts if told.on is not None), default=self.ground.day)

    # --- its acts -----------------------------------------------------------------------------------------------------

    def _told(self, act: str) -> Optional[ToldAct]:
        return next((told for told in self.row.acts if told.act == act), None)

    def _tell(self, act: str) -> None:
        told = self._told(act)
        if told is None:
            return
        on = told.on or self._day_of_undated(act)
        if self._is_recorded(told):
            return
        for before in _NEEDED.get(act, STRAIGHT[:STRAIGHT.index(act)] if act in STRAIGHT else ()):
            if self._case.last(before) is None and (before != "hearing_notice" or self._is_hearing_needed()):
                self._add(before, on, dict(self._said_of(before), inferred=True))
        self._add(act, on, {**told.said, **self._said_of(act)})

    @property
    def _case(self) -> Case:
        if self._known is None:
            raise RefusedError("The register has no such case; its opening may have been undone.")
        return self._known.case

    def _is_recorded(self, told: ToldAct) -> bool:
        done = [one for one in self._case.acts if one.act == told.act]
        if any(told.on is None or one.on == told.on for one in done):
            return True
        if done and told.act in _ONCE:
            raise RefusedError("{act}: the register has {day}, the table {other}.", "Correct the table, or undo what was recorded wrongly.",
                               act=ACTS[told.act].label, day=done[-1].on.isoformat(), other=told.on.isoformat() if told.on else "")
        return False

    def _day_of_undated(self, act: str) -> date:
        """No later than the next act that is dated; else the day the table speaks of."""
        order = _BEFORE + _AFTER + ("close",)
        later = [told.on for told in self.row.acts if told.on and told.act in order and order.index(told.act) > order.index(act)]
        return min(later) if later else max(self.ground.day, self._case.acts[-1].on)

    def _said_of(self, act: str) -> Dict[str, Any]:
        if act == "file":
            return {"number": self.row.case_number or (self._known.number if self._known else "")}
        if act in ("notice", "decide"):
            return {"remedies": self._decided()}
        return {}

    def _decided(self) -> List[Dict[str, Any]]:
        """The remedies of the decision, one a kind, from all rows that tell of the case."""
        amounts: Dict[str, List[Amount]] = {}
        for told in self.ground.decided:
            if KINDS[told.kind].penalty_code and (told.ordered or told.done):
                amounts.setdefault(told.kind, [zero_of(told.kind)]).append(told.ordered or told.done or zero_of(told.kind))
        found: List[Dict[str, Any]] = [{"item": str(n), "kind": kind, "amount": total(parts).as_record()}
                                       for n, (kind, parts) in enumerate(amounts.items(), 1)]
        return [dict(remedy, **self._fine_ground()) if remedy["kind"] == "fine" else remedy for remedy in found]

    def _fine_ground(self) -> Dict[str, Any]:
        parcels = list(self.ground.of_case) or list(self.ground.parcels)
        found = {"article": self.row.article or parcels[0].FLSM, "violated_on": parcels[0].JSSJ,
                 "base": {"land_m2": sum(map(illegal_m2, parcels))}}
        return {name: value for name, value in found.items() if value}

    def _is_hearing_needed(self) -> bool:
        return self._told("hearing_notice") is not None or needs_hearing(self._decided(), self.ground.practice)

    def _add(self, act: str, on: date, said: Mapping[str, Any]) -> None:
        case = self._case
        reason = (case_procedure.refusal(case, act, self.ground.practice, None, said, self._tracks_of(case))
                  or case_procedure.CASE.date_refusal(case, ACTS[act], on, said) or (self._band_refusal(said) if act == "decide" else None))
        if reason is not None:
            raise RefusedError(reason.template, "Correct the row, or record first what has to go before.", **reason.params)
        known = self._known
        if known is not None:
            self._known = replace(known, case=advance(case, act, on, said), number=said["number"] if act == "file" else known.number)
            payload = {"case": case.id, "act": act, "particulars": dict(said)}
            self.drafts.append(Draft(kinds.CASE_ACT, (case.id, *case.parcels, *known.patches), payload, on.isoformat()))
        self.recorded.append(message("{act} (must have gone before; the table does not tell it)", act=ACTS[act].label)
                             if said.get("inferred") else message("{act} of {day}", act=ACTS[act].label, day=on.isoformat()))

    def _band_refusal(self, said: Mapping[str, Any]) -> Optional[Message]:
        """R47, as far as the register knows the day of the violation and the land."""
        for remedy in said["remedies"]:
            article, violated_on = remedy.get("article"), day_of(remedy.get("violated_on"))
            base, pack = FineBase(**remedy.get("base", {})), self.ground.practice.pack
            if remedy["kind"] == "fine" and article and violated_on and fine_ranges(article, violated_on, base, pack):
                return fine_refusal(int(remedy["amount"]["fen"]), article, violated_on, base, pack)
        return None

    def _tracks_of(self, case: Case) -> List[Track]:
        return [track for parcel in case.parcels for track in self._remedies.tracks(parcel)]

    # --- remedies, performance, closing -------------------------------------------------------------------------------

    def _take_remedies(self) -> None:
        case = self._known.case if self._known else None
        alone = len(self.ground.parcels) == 1
        for told in fitted(self.row.remedies, self.ground.parcels[0]) if alone else self.row.remedies:
            dated = replace(told, done_on=told.done_on or self._when_done(), ordered_on=told.ordered_on or (case and case.decided_on))
            drafts, recorded, notes = self._remedies.take(dated, case)
            self.drafts += drafts
            self.recorded += recorded
            self.notes += notes

    def _when_done(self) -> date:
        closed, decided = self._told("close"), self._told("decide")
        days = [told.on for told in (closed, decided) if told is not None and told.on is not None]
        return days[0] if days and closed is not None and closed.on is not None else max([self.ground.day, *days])

    def _carry_out(self) -> None:
        steps: List[Tuple[date, int, Callable[[], None]]] = []
        for rank, act in enumerate(_AFTER):
            told = self._told(act)
            if told is not None:
                steps.append((told.on or self._day_of_undated(act), rank, lambda act=act: self._tell(act)))
        for item, on in self._performed():
            steps.append((on, len(_AFTER), lambda item=item, on=on: self._perform(item, on)))
        for _on, _rank, step in sorted(steps, key=lambda one: one[:2]):
            step()
        self._tell("close")

    def _performed(self) -> List[Tuple[str, date]]:
        """Decided remedies that are wholly carried out, with the day of the last step."""
        found = []
        for item in self._case.unsettled:
            tracks = [track for track in standing(self._tracks_of(self._case)) if track.item == item.id]
            missing = (item.amount - total([zero_of(item.kind)] + [track.ordered for track in tracks])).floored()
            if tracks and missing.is_zero() and all(track.is_done for track in tracks):
                found.append((item.id, max(step.on for track in tracks for step in track.steps)))
        return found

    def _perform(self, item: str, on: date) -> None:
        if self._case.last("serve") is None:
            self._add("serve", on, {"inferred": True})
        current = self._case.item(item)
        if current is not None and not current.is_settled:
            since = max([on, *(done.on for done in self._case.acts if done.act in ("serve", *_AFTER))])
            self._add("perform", since, {"items": [item], "inferred": True})

    def _note_remaining(self) -> None:
        told = self.row.remaining_m2
        if told is not None and len(self.ground.parcels) == 1:
            self.notes += self._remedies.remaining_notes(self.ground.parcels[0], told)
