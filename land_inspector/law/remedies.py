"""What was ordered for an illegal parcel, how much of it is done, and what was accepted.

Each remedy is a *track* with its own units: ordered → steps of progress → accepted (level, date). Tracks of one
parcel run side by side. What they mean for the land is in :mod:`.rectification`, for money in :mod:`.penalties`.
"""
from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from decimal import InvalidOperation
from functools import cached_property
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple, Union

from ..errors import Message, RefusedError, message
from .areas import Amount, EPSILON_M2, NOTHING, fen, m2_text, total, yuan
from .calendar import TermEnd
from .case import Case, Item
from .procedure import Done
from .rulepack import RulePack


HANDED_IN, FINISHED, RETURNED, NOT_REPORTED = "1", "2", "9", "0"  # SHZT, domain.md §9.5
LEVELS = {"0": ("none", "无"), "1": ("county", "县级"), "2": ("city", "市级"), "3": ("province", "省级")}  # YSJB


@dataclass(frozen=True)
class Kind:
    """A kind of remedy: what it is counted in, and its codes in the bureau's tables (ZGFS, CFZL; §9.5, §9.6)."""

    code: str
    en: str
    zh: str
    units: Tuple[str, ...]
    optional: Tuple[str, ...] = ()
    rectify_code: Optional[str] = None
    penalty_code: Optional[str] = None

    @property
    def settles_land(self) -> bool:
        """Whether it is counted in land, and so rectifies a parcel."""
        return "land_m2" in self.units


_LAND = ("land_m2", "cultivated_m2")
_HUNDREDTH_M2 = 0.01  # areas are kept with two decimals (domain.md §9): a field's two figures may differ by one
_KINDS = (
    Kind("demolition", "Demolition", "拆除", ("building_m2",) + _LAND, ("floor_m2",), "1", "3"),
    Kind("reclamation", "Reclamation", "恢复土地原状（复耕）", _LAND, (), "2", "6"),
    Kind("confiscation", "Confiscation of buildings", "没收建筑物", ("building_m2",), ("floor_m2",), "6", "2"),
    Kind("return", "Return of the land", "退还土地", ("land_m2",), ("cultivated_m2",), "7", "5"),
    Kind("hand_back", "Handing back of land use", "交还土地", ("land_m2",), ("cultivated_m2",), "7", "7"),
    Kind("conversion", "Late approval of conversion", "补办农转用", _LAND, (), "3"),
    Kind("facility", "Late filing as facility or temporary land", "补办设农或临时用地", _LAND, (), "4"),
    Kind("completion", "Completion of the land papers", "补办完善手续", _LAND, (), "5"),
    Kind("fine", "Fine", "罚款", ("fen",), (), None, "1"),
    Kind("gains", "Confiscation of illegal gains", "没收违法所得", ("fen",), (), None, "4"),
    Kind("fee", "Reclamation fee", "土地复垦费", ("fen",), (), None, "8"),
    Kind("discipline", "Disciplinary action", "党纪政务处分", ("persons",)),
    Kind("police", "Transfer to the police", "移送公安机关", ("persons",)),
)
KINDS: Dict[str, Kind] = {kind.code: kind for kind in _KINDS}
REMOVAL = ("demolition", "reclamation")
APPROVAL = ("conversion", "facility", "completion")


@dataclass(frozen=True)
class Step:
    """So much was done on a day."""

    amount: Amount
    on: date
    evidence: Tuple[str, ...] = ()


@dataclass(frozen=True)
class Acceptance:
    """How far the acceptance has come: ``status`` SHZT, ``level`` YSJB; it covers what was done up to ``on``."""

    status: str = NOT_REPORTED
    level: str = "0"
    on: Optional[date] = None


@dataclass(frozen=True)
class Track:
    """One remedy of one parcel. ``same_ground_as`` names the track whose land this one lies on (first demolished, then
    reclaimed); tracks without it lie side by side, so their land areas add up."""

    id: str
    parcel: str
    kind: str
    ordered: Amount
    ordered_on: date
    case: Optional[str] = None
    item: Optional[str] = None
    same_ground_as: Optional[str] = None
    steps: Tuple[Step, ...] = ()
    acceptance: Acceptance = Acceptance()
    withdrawn_on: Optional[date] = None

    @cached_property
    def done(self) -> Amount:
        """The sum of all steps, 0 in each unit of the remedy where there is none."""
        return total([zero_of(self.kind)] + [step.amount for step in self.steps])

    @cached_property
    def accepted(self) -> Amount:
        """What a finished acceptance covers; nothing while it is open or returned."""
        if self.acceptance.status != FINISHED or self.acceptance.on is None:
            return zero_of(self.kind)
        covered = [step.amount for step in self.steps if step.on <= self.acceptance.on]
        return total([zero_of(self.kind)] + covered)

    @cached_property
    def pending(self) -> Amount:
        """Done but not (yet) accepted."""
        return self.done - self.accepted

    @cached_property
    def remaining(self) -> Amount:
        """Ordered and not done, per unit, never below 0."""
        return (self.ordered - self.done).floored()

    @property
    def is_done(self) -> bool:
        """Whether all that was ordered is done; acceptance is another matter."""
        return self.remaining.is_zero()

    @property
    def is_complete(self) -> bool:
        """All of it done, and all that was done accepted (R40 for one track)."""
        return self.is_done and self.acceptance.status == FINISHED and self.pending.is_zero()

    @property
    def is_over(self) -> bool:
        """Nothing is left to demand: money that was paid in full, land and buildings once they are accepted as well."""
        return self.is_complete or self.is_done and not kind_of(self.kind).settles_land


_ZERO: Dict[str, Amount] = {kind.code: Amount(**{unit: 0 for unit in kind.units}) for kind in _KINDS}


def zero_of(kind: str) -> Amount:
    """0 in each unit that the remedy is counted in; KeyError for a code that is no remedy."""
    return _ZERO[kind]


def kind_of(code: str) -> Kind:
    """Raises :class:`RefusedError` for a code that is no remedy."""
    if code not in KINDS:
        raise RefusedError("There is no remedy “{code}”.", code=code)
    return KINDS[code]


def amount_refusal(code: str, amount: Amount) -> Optional[Message]:
    """Why ``amount`` cannot be ordered or recorded for a remedy of this kind; None if it can."""
    kind = kind_of(code)
    given = dict(amount.items())
    for unit in given:
        if unit not in kind.units + kind.optional:
            return message("{kind} is not counted in {unit}.", kind=label(code), unit=UNIT_LABELS[unit])
    for unit in kind.units:
        if unit not in given:
            return message("{kind} needs a figure for {unit}.", kind=label(code), unit=UNIT_LABELS[unit])
    if any(not value >= 0 for value in given.values()):
        return message("{kind}: a quantity cannot be negative.", kind=label(code))
    if amount.is_zero():
        return message("{kind}: nothing is given; give {unit}, more than 0.", kind=label(code), unit=UNIT_LABELS[kind.units[0]])
    if amount.get("cultivated_m2") > amount.get("land_m2") + _HUNDREDTH_M2:
        return message("The cultivated land ({cultivated} m²) is more than the land ({land} m²).",
                       cultivated=m2_text(amount.get("cultivated_m2")), land=m2_text(amount.get("land_m2")))
    return None


UNIT_LABELS: Dict[str, Message] = {
    "building_m2": message("building area (m²)"),
    "floor_m2": message("floor area (m²)"),
    "land_m2": message("land area (m²)"),
    "cultivated_m2": message("cultivated land (m²)"),
    "fen": message("money (yuan)"),
    "persons": message("persons"),
}


def figure_text(unit: str, value: Union[int, float]) -> str:
    """A figure as users read it: areas with two decimals, money in yuan, persons whole."""
    if unit == "fen":
        return str(yuan(int(value)))
    return str(value) if unit == "persons" else m2_text(value)


def label(code: str) -> Message:
    """The remedy's name, to be shown in the reader's language."""
    return Message(KINDS[code].en)


def order_remedy(track: Track, others: Sequence[Track] = ()) -> Track:
    """``track`` as ordered beside the parcel's ``others``. Raises :class:`RefusedError` if it cannot be ordered."""
    _refuse_if(amount_refusal(track.kind, track.ordered))
    if any(other.id == track.id for other in others):
        raise RefusedError("The remedy {id} has already been ordered.", id=track.id)
    base = track.same_ground_as
    if base is not None and not any(o.id == base and o.parcel == track.parcel and KINDS[o.kind].settles_land for o in others):
        raise RefusedError("The remedy {id} cannot lie on the ground of {base}: the parcel has no such land remedy.",
                           id=track.id, base=base)
    return track


def progress_refusal(track: Track, amount: Amount, on: date) -> Optional[Message]:
    """Why this much cannot have been done on this day; None if it can."""
    if track.withdrawn_on is not None:
        return message("{kind} was withdrawn on {day}.", kind=label(track.kind), day=track.withdrawn_on.isoformat())
    if on < track.ordered_on:
        return message("{kind} was ordered on {day}; nothing can have been done before.", kind=label(track.kind),
                       day=track.ordered_on.isoformat())
    if track.acceptance.status == FINISHED and track.acceptance.on is not None and on <= track.acceptance.on:
        return message("{kind} was accepted as of {day}; work dated before would be accepted unseen.",
                       kind=label(track.kind), day=track.acceptance.on.isoformat())
    wrong = amount_refusal(track.kind, _with_all_units(track.kind, amount))
    return wrong or _over_order(track, amount)


def _with_all_units(code: str, amount: Amount) -> Amount:
    """A step may leave a unit out (the house is down, the land not yet cleared); it then counts as 0."""
    return total((zero_of(code), amount))


def _over_order(track: Track, amount: Amount) -> Optional[Message]:
    # what comes in for a fine may reach twice the principal: the surcharge is paid on the same track
    most = total((track.ordered, track.ordered)) if track.kind == "fine" else track.ordered
    left = (most - track.done).floored()
    for unit, value in amount.items():
        if getattr(track.ordered, unit) is not None and value > left.get(unit) + EPSILON_M2:
            return message("{kind}, {unit}: {value} is more than the {left} that remain; correct the order first.", kind=label(track.kind),
                           unit=UNIT_LABELS[unit], value=figure_text(unit, value), left=figure_text(unit, left.get(unit)))
    return None


def record_progress(track: Track, step: Step) -> Track:
    """Raises :class:`RefusedError` where :func:`progress_refusal` has a reason."""
    _refuse_if(progress_refusal(track, step.amount, step.on))
    return with_step(track, step)


def with_step(track: Track, step: Step) -> Track:
    """The fold of a step that was checked when it was recorded."""
    return replace(track, steps=track.steps + (step,))


def acceptance_refusal(track: Track, acceptance: Acceptance) -> Optional[Message]:
    """Why the acceptance cannot be recorded; None if it can. Part of the work may be accepted before the rest is done."""
    if track.withdrawn_on is not None:
        return message("{kind} was withdrawn on {day}.", kind=label(track.kind), day=track.withdrawn_on.isoformat())
    if acceptance.on is None or acceptance.status not in (HANDED_IN, FINISHED, RETURNED):
        return message("An acceptance needs its date and its result.")
    if acceptance.status == FINISHED and acceptance.level not in ("1", "2", "3"):
        return message("An acceptance needs its level: county, city or province.")
    if not track.steps:
        return message("{kind}: nothing has been done that could be accepted.", kind=label(track.kind))
    if acceptance.on < min(step.on for step in track.steps):
        return message("{kind}: nothing had been done by {day}.", kind=label(track.kind), day=acceptance.on.isoformat())
    if track.acceptance.on is not None and acceptance.on < track.acceptance.on:
        return message("{kind}: the acceptance already stands as of {day}.", kind=label(track.kind),
                       day=track.acceptance.on.isoformat())
    return None


def accept_remedy(track: Track, acceptance: Acceptance) -> Track:
    """Raises :class:`RefusedError` where :func:`acceptance_refusal` has a reason."""
    _refuse_if(acceptance_refusal(track, acceptance))
    return with_acceptance(track, acceptance)


def with_acceptance(track: Track, acceptance: Acceptance) -> Track:
    """The track with this acceptance in place of its own; nothing is checked."""
    return replace(track, acceptance=acceptance)


def withdraw_remedy(track: Track, on: date) -> Track:
    """The order no longer stands (revoked, or replaced by another); what was done stays on record but counts no more.

    RefusedError for a day before the order."""
    if on < track.ordered_on:
        raise RefusedError("The remedy {id} was ordered on {day}; it cannot be withdrawn before.", id=track.id,
                           day=track.ordered_on.isoformat())
    return replace(track, withdrawn_on=on)


def standing(tracks: Iterable[Track]) -> List[Track]:
    """The tracks that have not been withdrawn."""
    return [track for track in tracks if track.withdrawn_on is None]


def done_of(tracks: Iterable[Track], *kinds: str) -> Amount:
    """All that was done on tracks of these kinds."""
    return total([NOTHING] + [track.done for track in standing(tracks) if track.kind in kinds])


def ordered_of(tracks: Iterable[Track], *kinds: str) -> Amount:
    """What was ordered by the remedies of these kinds together, withdrawn ones aside."""
    return total([NOTHING] + [track.ordered for track in standing(tracks) if track.kind in kinds])


def accepted_of(tracks: Iterable[Track], *kinds: str) -> Amount:
    """What was accepted of the remedies of these kinds together, withdrawn ones aside."""
    return total([NOTHING] + [track.accepted for track in standing(tracks) if track.kind in kinds])


def outstanding(tracks: Iterable[Track]) -> List[Message]:
    """What is left to do, remedy by remedy: land, money, buildings and persons alike block the closing of a case (§0.2 (6))."""
    return [message("{kind}, {unit}: {left} remain.", kind=label(track.kind), unit=UNIT_LABELS[unit], left=figure_text(unit, left))
            for track in standing(tracks) for unit, left in track.remaining.items() if left > EPSILON_M2]


def _refuse_if(reason: Optional[Message]) -> None:
    if reason is not None:
        raise RefusedError(reason.template, **reason.params)


def as_record(track: Track) -> Dict[str, Any]:
    """The track as JSON."""
    return {"id": track.id, "parcel": track.parcel, "kind": track.kind, "ordered": track.ordered.as_record(),
            "ordered_on": track.ordered_on.isoformat(), "case": track.case, "item": track.item,
            "same_ground_as": track.same_ground_as, "withdrawn_on": _iso(track.withdrawn_on),
            "steps": [{"amount": s.amount.as_record(), "on": s.on.isoformat(), "evidence": list(s.evidence)} for s in track.steps],
            "acceptance": {"status": track.acceptance.status, "level": track.acceptance.level, "on": _iso(track.acceptance.on)}}


def from_record(record: Mapping[str, Any]) -> Track:
    """The reverse of :func:`as_record`; an order's payload without steps and acceptance is a track just ordered."""
    acceptance = record.get("acceptance", {})
    return Track(record["id"], record["parcel"], record["kind"], Amount.from_record(record["ordered"]),
                 date.fromisoformat(record["ordered_on"]), record.get("case"), record.get("item"), record.get("same_ground_as"),
                 tuple(step_from_record(step) for step in record.get("steps", ())),
                 Acceptance(acceptance.get("status", NOT_REPORTED), acceptance.get("level", "0"), _day(acceptance.get("on"))),
                 _day(record.get("withdrawn_on")))


def step_from_record(record: Mapping[str, Any]) -> Step:
    """A step of progress from the payload of its event."""
    return Step(Amount.from_record(record["amount"]), date.fromisoformat(record["on"]), tuple(record.get("evidence", ())))


def _iso(day: Optional[date]) -> Optional[str]:
    return day.isoformat() if day else None


def _day(text: Optional[str]) -> Optional[date]:
    return date.fromisoformat(text) if text else None


# The terms of each remedy of a served decision: performance, suit, demand, and the window of the court (domain.md §0.2 (7)).

SHORT_SUIT = ("demolition",)  # 土地管理法 Art. 83: sue within 15 days, or it is enforced
MONEY = ("fine", "gains", "fee")
BY_PUBLICATION = "5"  # SDFS
_RECONSIDERATION, _REVOKED = "1", "3"  # JJTJ, FYJG
#: One part of a fine: its last day of payment, and how much of it is due then, in fen.
Part = Tuple[date, int]


def term_end(pack: RulePack, code: str, started_on: date) -> TermEnd:
    """The end of a term of the pack that an act of ``started_on`` starts; terms of the remedies end on a working day (§0.2 (15))."""
    term = pack.term(code, started_on)
    return pack.calendar.term_end(started_on, term.amount, term.unit,
                                  term.ends_on_a_working_day(pack.parameters.deadline_rolls_to_working_day))


def served_on(case: Case, pack: RulePack) -> Optional[date]:
    """The day on which the decision counts as served: one that was published, thirty days after (民事诉讼法 Art. 95)."""
    done = case.service
    return None if done is None else reached_on(done, pack)


def reached_on(done: Done, pack: RulePack) -> date:
    """The day on which a paper of this act reached the party."""
    if done.particulars.get("manner") != BY_PUBLICATION:
        return done.on
    return term_end(pack, "publication", done.on).day


def notice_reached_on(case: Case, act: str, pack: RulePack) -> Optional[date]:
    """The day from which the party's time to answer a paper runs: that of its service (12号令 Art. 33, 34). Where no service was
    recorded, as in cases of earlier versions, that of the paper itself."""
    return delivered_on(case, act, pack) or case.last_on(act)


def delivered_on(case: Case, act: str, pack: RulePack) -> Optional[date]:
    """The day on which the latest paper of this act reached the party; None where no service of it was recorded."""
    for done in reversed(case.acts):
        if done.act == act:
            return None
        if done.act == "deliver" and done.particulars.get("paper") == act:
            return reached_on(done, pack)
    return None


def parts_of(case: Case, item: Item) -> Tuple[Part, ...]:
    """The parts in which a fine may be paid, as approved last (行政处罚法 Art. 66); empty where it is due at once."""
    done = case.last("instalments", item.id)
    return () if done is None else schedule_of(str(done.particulars.get("schedule", ""))) or ()


def schedule_of(text: str) -> Optional[Tuple[Part, ...]]:
    """Days and amounts as they are typed, ``2026-03-31 50000; 2026-06-30 50000`` (yuan); None where they cannot be read."""
    parts = []
    for piece in re.split(r"[;；\n]", text):
        words = piece.replace("，", " ").replace(",", " ").split()
        try:
            if words:
                on, amount = words
                parts.append((date.fromisoformat(on), fen(amount)))
        except (ValueError, InvalidOperation):
            return None
    return tuple(sorted(parts)) or None


def performance_end(case: Case, item: Item, pack: RulePack) -> Optional[TermEnd]:
    """The last day for carrying the remedy out; None before service. A fine has its own term, or that of its last instalment; the rest
    what the decision sets or, where it sets nothing, the pack's ``perform_days``."""
    served = served_on(case, pack)
    if served is None:
        return None
    parts = parts_of(case, item)
    if parts:
        return TermEnd(parts[-1][0])
    if item.kind in MONEY:
        return term_end(pack, "fine", served)
    days = pack.parameters.perform_days if item.perform_days is None else item.perform_days
    return pack.calendar.term_end(served, days, "calendar", pack.parameters.deadline_rolls_to_working_day)


def review_rights(item: Item, pack: RulePack) -> Tuple[str, ...]:
    """The terms in which the party may attack the remedy. Whether the sixty days of reconsideration run for a demolition too is a
    setting of the pack."""
    if item.kind not in SHORT_SUIT:
        return ("review", "suit")
    return ("demolition_suit", "review") if pack.parameters.review_runs_for_demolition else ("demolition_suit",)


def remedy_period_end(case: Case, item: Item, pack: RulePack) -> Optional[TermEnd]:
    """The end of the time to attack the remedy: of the longest right; of the fifteen days to sue after a reconsideration (行政诉讼法
    Art. 45); or the day on which a suit ended."""
    concluded = case.last("conclude_review", item.id)
    if concluded is not None:
        opened = case.last("open_review", item.id)
        by_reconsideration = opened is not None and opened.particulars.get("way") == _RECONSIDERATION
        if by_reconsideration and concluded.particulars.get("result") != _REVOKED:
            return term_end(pack, "suit_after_review", concluded.on)
        return TermEnd(concluded.on)
    served = served_on(case, pack)
    if served is None:
        return None
    ends = [term_end(pack, code, served) for code in review_rights(item, pack)]
    return max(ends, key=lambda end: end.day)


def demand_end(case: Case, item: Item, pack: RulePack) -> Optional[TermEnd]:
    """The last of the ten working days after the demand (行政强制法 Art. 54)."""
    demanded = case.last_on("demand", item.id)
    return None if demanded is None else term_end(pack, "demand", demanded)


def court_opens_after(case: Case, item: Item, pack: RulePack) -> Optional[TermEnd]:
    """The application is possible from the day after: demand and remedy period must both be over."""
    ends = [end for end in (demand_end(case, item, pack), remedy_period_end(case, item, pack)) if end is not None]
    latest = max(ends, key=lambda end: end.day, default=None)
    return None if latest is None else replace(latest, provisional=any(end.provisional for end in ends))


def court_window_start(case: Case, item: Item, pack: RulePack) -> Optional[TermEnd]:
    """The day after which the three months of the application run."""
    start, parts = remedy_period_end(case, item, pack), parts_of(case, item)
    return start if start is None or not parts or parts[-1][0] <= start.day else TermEnd(parts[-1][0], start.provisional)


def court_closes(case: Case, item: Item, pack: RulePack) -> Optional[TermEnd]:
    """The last day of the application: three months after the remedy period (行政强制法 Art. 53), or after the last instalment of a fine
    (行政处罚法 Art. 72)."""
    start = court_window_start(case, item, pack)
    if start is None:
        return None
    end = term_end(pack, "court_application", start.day)
    return replace(end, provisional=end.provisional or start.provisional)


def review_pauses(case: Case, item: Item) -> List[Tuple[date, date]]:
    """First and last days of reconsiderations and suits on the remedy, open ones until the end of time; the surcharge stands still."""
    pauses: List[Tuple[date, date]] = []
    for done in case.acts:
        if item.id not in done.particulars.get("items", ()):
            continue
        if done.act == "open_review":
            pauses.append((done.on, date.max))
        elif done.act == "conclude_review" and pauses:
            pauses[-1] = (pauses[-1][0], done.on)
    return pauses
