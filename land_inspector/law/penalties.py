"""How high a penalty may be, and when a matter goes to the police (domain.md §4.2; R47, R48).

Bands and grades come from the rule pack and go by the date of the violation (行政处罚法 Art. 37). Comparisons are exact:
areas in m² against mu times 2000/3, money in whole fen.
"""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

from ..errors import Bilingual, Message, message
from .areas import as_written, round_half_up, yuan
from .calendar import add_months
from .rulepack import FineBand, Label, PenaltyGrade, RulePack
from .parameters import Parameters
from .rectification import plan_conflict
from .remedies import Track
from .reviews import may_issue_penalty


MU_M2 = Fraction(2000, 3)
PER_M2, TIMES_RECLAMATION, TIMES_RESTORATION, SHARE = (
    "yuan_per_m2", "times_reclamation_fee", "times_restoration_fee", "share_of_gains")


@dataclass(frozen=True)
class FineBase:
    """What a fine is computed from: occupied land in m², or the fee or the illegal gains in fen, by the band's unit."""

    land_m2: Optional[float] = None
    reclamation_fee_fen: Optional[int] = None
    restoration_fee_fen: Optional[int] = None
    gains_fen: Optional[int] = None

    def fen_per_unit(self, unit: str) -> Optional[Fraction]:
        """Fen for each yuan per m², each multiple, or the whole share; None where the figure is not given."""
        if unit == PER_M2:
            return None if self.land_m2 is None else as_written(self.land_m2) * 100
        figures: Dict[str, Optional[int]] = {TIMES_RECLAMATION: self.reclamation_fee_fen,
                                             TIMES_RESTORATION: self.restoration_fee_fen, SHARE: self.gains_fen}
        figure = figures[unit]
        return None if figure is None else Fraction(figure)


def fee_fen(land_m2: float, yuan_per_mu: float) -> int:
    """A 开垦费 or 复垦费 for land, from the locality's rate in yuan per mu."""
    return int(round_half_up(as_written(land_m2) / MU_M2 * as_written(yuan_per_mu) * 100, 0))


def fee_fen_of_mu(land_mu: float, yuan_per_mu: float) -> int:
    """The same for land that the papers give in mu."""
    return int(round_half_up(as_written(land_mu) * as_written(yuan_per_mu) * 100, 0))


@dataclass(frozen=True)
class FineRange:
    """Least and greatest lawful fine in fen. The least rounds up, the greatest down, so both lie inside the band."""

    least_fen: int
    most_fen: int
    band: FineBand

    def holds(self, fen: int) -> bool:
        """Whether a fine of so many fen is lawful: both ends included."""
        return self.least_fen <= fen <= self.most_fen


def fine_range(band: FineBand, base: FineBase) -> Optional[FineRange]:
    """None when the base lacks the figure that the band multiplies."""
    per_unit = base.fen_per_unit(band.unit)
    if per_unit is None:
        return None
    least, most = per_unit * as_written(band.minimum), per_unit * as_written(band.maximum)
    return FineRange(-(-least.numerator // least.denominator), most.numerator // most.denominator, band)


def fine_ranges(article: str, violated_on: date, base: FineBase, pack: RulePack) -> List[FineRange]:
    """All ways in which the article in force on that day lets a fine be computed from ``base``."""
    ranges = [fine_range(band, base) for band in pack.fine_bands_on(article, violated_on)]
    return [one for one in ranges if one is not None]


def fine_refusal(fen: int, article: str, violated_on: Optional[date], base: FineBase, pack: RulePack) -> Optional[Message]:
    """R47: why a fine lies outside the law of the day of the violation; None if it does not."""
    if violated_on is None:
        return message("A fine needs the date of the violation: the band depends on it (Art. 37).")
    bands = pack.fine_bands_on(article, violated_on)
    if not bands:
        return message("The rule pack has no fine for Article {article} on {day}.", article=article, day=violated_on.isoformat())
    ranges = fine_ranges(article, violated_on, base, pack)
    if not ranges:
        return message("A fine under Article {article} is computed from {base}; give it.", article=article,
                       base=BASE_LABELS[bands[0].unit])
    if any(one.holds(fen) for one in ranges):
        return None
    return message("A fine of {fine} yuan lies outside {least} to {most} yuan, the band of Article {article} for a violation of {day}.",
                   fine=str(yuan(fen)), least=str(yuan(ranges[0].least_fen)), most=str(yuan(ranges[0].most_fen)),
                   article=article, day=violated_on.isoformat())


BASE_LABELS: Dict[str, Message] = {
    PER_M2: message("the occupied land (m²)"),
    TIMES_RECLAMATION: message("the cultivated-land reclamation fee"),
    TIMES_RESTORATION: message("the land restoration fee"),
    SHARE: message("the illegal gains"),
}


@dataclass(frozen=True)
class Graded:
    """The step of the discretion table that a parcel reaches."""

    land: str
    grade: Label
    unit: str
    minimum: float
    maximum: float


def grade_for(article: str, areas_m2: Mapping[str, float], pack: RulePack) -> Optional[Graded]:
    """The heaviest step that the land reaches; ``areas_m2`` by kind: farmland (permanent basic), cultivated (other), other.

    None when the pack has no table for the article or nothing is occupied.
    """
    reached = [step for step in pack.penalty_grades if step.article == article and _reaches(step, areas_m2.get(step.land, 0))]
    if not reached:
        return None
    worst = max(reached, key=lambda step: (step.maximum, step.minimum))
    return Graded(worst.land, worst.grade, worst.unit, worst.minimum, worst.maximum)


def _reaches(step: PenaltyGrade, area_m2: float) -> bool:
    """Exact at the edges: 5 mu is 10 000/3 m², which no float holds."""
    area = as_written(area_m2)
    below = step.until_mu is None or area < as_written(step.until_mu) * MU_M2
    return area > 0 and area >= as_written(step.from_mu) * MU_M2 and below


OCCUPIED, TRANSFERRED, APPROVED = "occupied", "transferred", "approved"
#: WFLX → what was done; everything else occupies.
WAYS: Dict[str, str] = {"02": TRANSFERRED, "04": APPROVED}


@dataclass(frozen=True)
class Offence:
    """Unpunished acts of one subject on one parcel, m²; ``cultivated_m2`` includes the permanent basic farmland. ``way`` is one of
    :data:`OCCUPIED`, :data:`TRANSFERRED`, :data:`APPROVED`; ``on`` the day of the act, None where nobody knows it."""

    subject: str
    parcel: str
    farmland_m2: float
    cultivated_m2: float
    way: str = OCCUPIED
    on: Optional[date] = None
    other_m2: float = 0.0
    public_forest_m2: float = 0.0
    commercial_forest_m2: float = 0.0
    gains_fen: int = 0
    loss_fen: int = 0


@dataclass(frozen=True)
class CriminalFlag:
    """R48: a subject whose unpunished acts together reach a line of 刑法 342 (非法占用农用地), 228 (非法转让) or 410 (非法批准);
    a hint for a person to judge. ``lines`` are codes of :data:`LINES`."""

    subject: str
    parcels: Tuple[str, ...]
    farmland_m2: float
    other_cultivated_m2: float
    by_farmland: bool
    by_cultivated: bool
    lines: Tuple[str, ...] = ()


LINES: Dict[str, Label] = {
    "342-farmland": Label("非法占用农用地：永久基本农田", "Art. 342: permanent basic farmland"),
    "342-cultivated": Label("非法占用农用地：其他耕地", "Art. 342: other cultivated land"),
    "342-forest": Label("非法占用农用地：林地", "Art. 342: forest land"),
    "228-land": Label("非法转让土地使用权：面积", "Art. 228: land"), "228-gains": Label("非法转让土地使用权：违法所得", "Art. 228: gains"),
    "410-land": Label("非法批准征占用土地：面积", "Art. 410: land"), "410-loss": Label("非法批准征占用土地：直接损失", "Art. 410: loss")}


def criminal_flags(offences: Iterable[Offence], pack: RulePack) -> List[CriminalFlag]:
    """R48: 3·Σ永农 ≥ 10 000 or 3·Σ其他耕地 ≥ 20 000 in m² (5 and 10 mu), per subject, from m² and never from rounded mu; forest land by
    its two kinds in proportion (法释〔2023〕8号); transfers and approvals by their own lines (法释〔2000〕14号).

    Acts add up within the window of the pack (Art. 9: a year); those of no known day go with every window.
    """
    by_subject: Dict[Tuple[str, str], List[Offence]] = {}
    for offence in offences:
        by_subject.setdefault((offence.subject, offence.way), []).append(offence)
    flags = [_worst(subject, acts, pack) for (subject, _way), acts in sorted(by_subject.items())]
    return [flag for flag in flags if flag.lines]


def _worst(subject: str, acts: Sequence[Offence], pack: RulePack) -> CriminalFlag:
    """The window in which most lines are reached, of these the one with most land."""
    found = [_flag(subject, chosen, pack) for chosen in _windows(acts, pack.parameters.criminal_window_years)]
    return max(found, key=lambda flag: (len(flag.lines), flag.farmland_m2 + flag.other_cultivated_m2, len(flag.parcels)))


def _windows(acts: Sequence[Offence], years: int) -> List[List[Offence]]:
    """The acts of each span of ``years`` that begins with one of them; all of them where there is no window."""
    dated = sorted((act for act in acts if act.on is not None), key=lambda act: act.on or date.min)
    undated = [act for act in acts if act.on is None]
    if not years or not dated:
        return [list(acts)]
    return [[act for act in dated if first.on <= act.on < add_months(first.on, 12 * years)] + undated  # type: ignore[operator, arg-type]
            for first in dated]


def _sum(acts: Sequence[Offence], name: str) -> Fraction:
    return sum((as_written(getattr(act, name)) for act in acts), Fraction(0))


def _flag(subject: str, acts: Sequence[Offence], pack: RulePack) -> CriminalFlag:
    farmland, limits = _sum(acts, "farmland_m2"), pack.parameters
    other = sum((max(as_written(act.cultivated_m2) - as_written(act.farmland_m2), Fraction(0)) for act in acts), Fraction(0))
    lines = {OCCUPIED: _occupied, TRANSFERRED: _transferred, APPROVED: _approved}[acts[0].way](acts, farmland, other, limits)
    return CriminalFlag(subject, tuple(act.parcel for act in acts), float(farmland), float(other),
                        "342-farmland" in lines, "342-cultivated" in lines, tuple(lines))


def _occupied(acts: Sequence[Offence], farmland: Fraction, other: Fraction, limits: Parameters) -> List[str]:
    public, commercial = _sum(acts, "public_forest_m2"), _sum(acts, "commercial_forest_m2")
    forest = (public / (as_written(limits.criminal_public_forest_mu) * MU_M2)
              + commercial / (as_written(limits.criminal_commercial_forest_mu) * MU_M2))
    reached = {"342-farmland": reaches_mu(farmland, limits.criminal_farmland_mu),
               "342-cultivated": reaches_mu(other, limits.criminal_cultivated_mu), "342-forest": forest >= 1}
    return [line for line, hit in reached.items() if hit]


def _transferred(acts: Sequence[Offence], farmland: Fraction, other: Fraction, limits: Parameters) -> List[str]:
    land = (reaches_mu(farmland, limits.transfer_farmland_mu) or reaches_mu(other, limits.transfer_cultivated_mu)
            or reaches_mu(_sum(acts, "other_m2"), limits.transfer_other_mu))
    gains = sum(act.gains_fen for act in acts) >= 100 * limits.transfer_gains_yuan
    return [line for line, hit in (("228-land", land), ("228-gains", gains)) if hit]


def _approved(acts: Sequence[Offence], farmland: Fraction, other: Fraction, limits: Parameters) -> List[str]:
    land = (reaches_mu(farmland, limits.approval_farmland_mu) or reaches_mu(other, limits.approval_cultivated_mu)
            or reaches_mu(_sum(acts, "other_m2"), limits.approval_other_mu))
    loss = sum(act.loss_fen for act in acts) >= 100 * limits.approval_loss_yuan
    return [line for line, hit in (("410-land", land), ("410-loss", loss)) if hit]


def reaches_mu(area_m2: Fraction, mu: float) -> bool:
    """``area_m2 × 3 ≥ mu × 2000``, exact."""
    return area_m2 * 3 >= as_written(mu) * 2000


# What a fine has grown to: payments, and the surcharge for late payment (行政处罚法 Art. 67, 72 (1), 73).
#
# All money in whole fen. 3 % of the unpaid principal for each day after the last day of payment, never more than the
# principal; days on which a reconsideration or a suit is pending are not counted (Art. 73 (3)).

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Payment:
    """So many fen came in on a day; the principal is served first."""

    on: date
    fen: int


@dataclass(frozen=True)
class FineStanding:
    """A fine as of one day, in fen."""

    decided_fen: int
    paid_fen: int
    surcharge_fen: int
    days_late: int

    @property
    def unpaid_fen(self) -> int:
        """Of the principal."""
        return max(self.decided_fen - self.paid_fen, 0)

    @property
    def owed_fen(self) -> int:
        """Principal and surcharge still to be paid."""
        return max(self.decided_fen + self.surcharge_fen - self.paid_fen, 0)

    @property
    def is_settled(self) -> bool:
        """Whether principal and surcharge are paid in full."""
        return self.owed_fen == 0


def fine_standing(decided_fen: int, due_on: date, payments: Sequence[Payment], as_of: date, daily_share: float = 0.03,
                  pauses: Sequence[Tuple[date, date]] = (), parts: Sequence[Tuple[date, int]] = ()) -> FineStanding:
    """The fine as of a day.

    ``parts`` are days and amounts of its instalments; without them all of it is due on ``due_on``, the last day of payment.
    ``daily_share`` is the pack's surcharge a day. ``pauses`` are the first and the last days of reconsiderations and suits. Exact
    until the last step, which rounds half a fen upwards.
    """
    known = sorted((p for p in payments if p.on <= as_of), key=lambda p: p.on)
    units, late = _late_fen_days(parts or [(due_on, decided_fen)], known, as_of, pauses)
    surcharge = min(units * as_written(daily_share), Fraction(decided_fen))
    return FineStanding(decided_fen, sum(p.fen for p in known), int(round_half_up(surcharge, 0)), late)


def _late_fen_days(parts: Sequence[Tuple[date, int]], payments: Sequence[Payment], as_of: date,
                   pauses: Sequence[Tuple[date, date]]) -> Tuple[int, int]:
    """Unpaid fen times the days they were late, and the number of those days. A day counts until the money came in; payments serve
    the earliest part first."""
    due, paid, fen_days, late = 0, 0, 0, 0
    start = min(on for on, _fen in parts)
    changes = sorted([(p.on, 0, p.fen) for p in payments] + [(on, fen, 0) for on, fen in parts if on <= as_of] + [(as_of, 0, 0)],
                     key=lambda change: change[0])
    for on, falls_due, comes_in in changes:
        unpaid = max(due - paid, 0)
        days = counted_days(start, on, pauses) if unpaid > 0 else 0
        fen_days += unpaid * days
        late += days
        due, paid, start = due + falls_due, paid + comes_in, max(start, on)
    return fen_days, late


def counted_days(after: date, until: date, pauses: Iterable[Tuple[date, date]]) -> int:
    """Days after ``after`` up to ``until`` that lie in no pause."""
    spans = sorted((max(first, after + _DAY), min(last, until)) for first, last in pauses)
    paused, reached = 0, after
    for first, last in spans:
        first = max(first, reached + _DAY)
        if first <= last:
            paused, reached = paused + (last - first).days + 1, last
    return max((until - after).days, 0) - paused


def full_surcharge_on(decided_fen: int, due_on: date, daily_share: float = 0.03) -> date:
    """The first day on which the surcharge of an unpaid fine has reached the principal (day 34 at 3 %)."""
    days = 1 / as_written(daily_share)
    return due_on + _DAY * -(-days.numerator // days.denominator)


def fine_of(track: Track, due_on: date, as_of: date, pack: RulePack,
            pauses: Sequence[Tuple[date, date]] = ()) -> FineStanding:
    """The fine of a remedy track as of a day; its steps are the payments."""
    payments = [Payment(step.on, step.amount.fen or 0) for step in track.steps]
    return fine_standing(track.ordered.fen or 0, due_on, payments, as_of, pack.parameters.surcharge_daily_share, pauses)


# What a decision should be looked at for before it is signed; cautions warn, they never refuse.

def decision_cautions(remedies: Iterable[Mapping[str, Any]], conforming_m2: Optional[float] = None,
                      contrary_m2: Optional[float] = None, farmland_m2: Optional[float] = None,
                      redline_m2: Optional[float] = None) -> List[Message]:
    """R46 (plan), R51 (permanent basic farmland, ecological red line) and the order to return the land, without which a case of
    illegal occupation cannot be closed by a receipt ([CASE-LI]). Areas in m², None where not measured."""
    listed = list(remedies)
    kinds = {remedy["kind"] for remedy in listed}
    occupation = any(remedy.get("article") == "77" for remedy in listed) or bool(kinds & {"demolition", "confiscation"})
    found = [
        plan_conflict(conforming_m2, contrary_m2, kinds),
        _typical(farmland_m2, redline_m2),
        message("The decision does not order the land to be returned; without that order it cannot be closed by a receipt for the land.")
        if occupation and not kinds & {"return", "hand_back"} else None]
    return [one for one in found if one is not None]


def parcel_cautions(remedies: Iterable[Mapping[str, Any]], areas_m2: Mapping[str, float], review_state: str, pack: RulePack
                    ) -> List[Message]:
    """R53: a notice or decision on a parcel that nobody checked on site (``review_state`` HSZT; the patch is a clue, never evidence); and
    fines by the m² outside the step of the province's discretion table that the land reaches. ``areas_m2`` by kind of land: farmland
    (permanent basic), cultivated (other), other."""
    found = [] if may_issue_penalty(review_state) else [
        message("Nobody has recorded a check of this parcel on site: a satellite patch is a clue, never the ground of a penalty (R53).")]
    return found + [one for one in (_grade(remedy, areas_m2, pack) for remedy in remedies) if one is not None]


def _grade(remedy: Mapping[str, Any], areas_m2: Mapping[str, float], pack: RulePack) -> Optional[Message]:
    step = grade_for(str(remedy.get("article") or ""), areas_m2, pack) if remedy["kind"] == "fine" else None
    land_m2 = (remedy.get("base") or {}).get("land_m2")
    if step is None or step.unit != PER_M2 or not land_m2:
        return None
    rate = (remedy["amount"].get("fen") or 0) / 100 / land_m2
    if step.minimum <= rate <= step.maximum:
        return None
    return message("The fine is {rate} yuan per m²; the discretion table asks {least} to {most} for this land ({grade}).",
                   rate=f"{rate:.2f}", least=step.minimum, most=step.maximum, grade=Bilingual(step.grade.en, zh=step.grade.zh))


def _typical(farmland_m2: Optional[float], redline_m2: Optional[float]) -> Optional[Message]:
    if not farmland_m2 and not redline_m2:
        return None
    return message("Permanent basic farmland or ecological red line is occupied: consider reporting it as a grave typical case.")
