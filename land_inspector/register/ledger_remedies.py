"""The remedies of a ledger's row: what must be ordered, recorded and accepted so that the register holds what the row tells."""
from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import date
from typing import Dict, List, Optional, Sequence, Tuple

from ..errors import Message, RefusedError, message
from ..law import remedies as law
from ..law.areas import m2_text
from ..law.case import Case
from ..law.quantities import UNITS, Amount, total
from ..law.rectification import TOLERANCE_M2, IllegalLand, rectification_of
from ..law.remedies import FINISHED, REMOVAL, Acceptance, Step, Track, label, standing, zero_of
from . import kinds
from .events import Draft
from .ledger_rows import ToldRemedy
from .state import Parcel

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
