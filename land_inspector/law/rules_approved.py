"""Land with papers: approval in time (R20), supply (R21), and where the approvals end (R22)."""
from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Optional, Sequence, Tuple, Union

from ..errors import Message, message
from .areas import below_mu, m2_text, mu_text, reaches, share_text
from .facts import (
    APPROVAL, Answer, Cover, Document, Facts, LAND_USE, LAYER_NEEDS, NEEDS_OVERLAY, NOTHING_M2, NO_COVER, Need, SUPPLY,
    Supposed, if_covered, need, significant,
)
from .rulepack import RulePack

TIMELY, LATE, OPEN, UNDATED = "timely", "late", "open", "undated"


def timing(document: Document, facts: Facts) -> str:
    """Whether a paper came before building began: the building time lies in (QSX, HSX] unless it is known (§0.2 (4))."""
    if document.dated is None:
        return UNDATED
    if facts.built_on is not None:
        return TIMELY if document.dated <= facts.built_on else LATE
    if facts.window.is_not_before(document.dated):
        return TIMELY
    return LATE if facts.window.is_before(document.dated) else OPEN


@dataclass(frozen=True)
class Timing:
    """The papers of a role by the time at which they came."""

    timely: Tuple[Document, ...]
    late: Tuple[Document, ...]
    open: Tuple[Document, ...]
    undated: Tuple[Document, ...]

    @classmethod
    def of(cls, documents: Sequence[Document], facts: Facts) -> "Timing":
        """The papers sorted by :func:`timing` against when the parcel was built on."""
        found = {kind: tuple(d for d in documents if timing(d, facts) == kind) for kind in (TIMELY, LATE, OPEN, UNDATED)}
        return cls(found[TIMELY], found[LATE], found[OPEN], found[UNDATED])


def surely_covered(area_m2: float, counting: Sequence[Document], others: Sequence[Document]) -> float:
    """The least area under the ``counting`` papers, whatever way the outlines of all papers overlap."""
    if not others:
        return area_m2
    largest = max((document.area_m2 for document in counting), default=0.0)
    return min(max(largest, area_m2 - sum(document.area_m2 for document in others), 0.0), area_m2) if counting else 0.0


def approved_in_time(facts: Facts, pack: RulePack, approvals: Cover) -> Union[float, Answer, Need]:
    """R20's condition of time: how much is surely covered by approvals older than the building, or the verdict of a late one."""
    papers = Timing.of(significant(approvals, facts, pack.parameters), facts)
    others = papers.late + papers.open + papers.undated
    covered = surely_covered(approvals.area_m2, papers.timely, others)
    if not others and papers.timely or reaches(covered, facts.area_m2, pack.parameters.legal_cover_share):
        return covered
    if papers.open:
        return need(_needs_building_date(papers.open[0], facts), *_if_built(papers.open[0], facts))
    if papers.undated or not papers.late:
        return need(message("Cannot tell: needs the date of the approval {number}.", number=_number(papers.undated)),
                    *_if_dated(papers.undated, approvals, facts))
    if papers.timely:
        return need(message("Cannot tell: approvals from before and after the building meet on this parcel; "
                            "split it along the approval {number} first.", number=_number(papers.timely)))
    return _late_answer(papers.late[0], facts)


def _needs_building_date(document: Document, facts: Facts) -> Message:
    if facts.window.after is None or facts.window.until is None:
        return message("Cannot tell: needs the building date; the dates of the images do not say whether the approval {number} "
                       "of {day} came before it.", number=document.number or "—", day=_iso(document.dated))
    return message("Cannot tell: needs the building date; the approval {number} of {day} falls between the images "
                   "({before} to {after}).", number=document.number or "—", day=_iso(document.dated),
                   before=_iso(facts.window.after), after=_iso(facts.window.until))


def _if_built(document: Document, facts: Facts) -> Tuple[Supposed, ...]:
    """On the day of the paper, or the day before."""
    day = document.dated
    return (Supposed(message("If the building began on {day} or later, it would be: {verdict}.", verdict="", day=_iso(day)),
                     replace(facts, built_on=day)),
            Supposed(message("If the building began before {day}, it would be: {verdict}.", verdict="", day=_iso(day)),
                     replace(facts, built_on=day - timedelta(days=1)))) if day is not None else ()


def _if_dated(documents: Sequence[Document], approvals: Cover, facts: Facts) -> Tuple[Supposed, ...]:
    """Approvals without a date that came before the building, or after it."""
    before, after = facts.built_on or facts.window.after, facts.built_on or facts.window.until

    def dated(day: date) -> Facts:
        known = tuple(replace(one, dated=day) if one in documents else one for one in approvals.documents)
        return replace(facts, covers={**facts.covers, APPROVAL: replace(approvals, documents=known)})

    found = []
    if before is not None:
        said = message("If the approval {number} came before the building, it would be: {verdict}.", verdict="", number=_number(documents))
        found.append(Supposed(said, dated(before), is_rough=True))  # of this year or an earlier one is not known either
    if after is not None:
        said = message("If the approval {number} came after the building, it would be: {verdict}.", verdict="", number=_number(documents))
        found.append(Supposed(said, dated(after + timedelta(days=1))))
    return tuple(found) if documents else ()


def _late_answer(document: Document, facts: Facts) -> Answer:
    """R20: approved after building began, so illegal when built (settled later, 补办)."""
    reason = message("The approval {number} of {day} is later than the building, which began by {built}.",
                     number=document.number or "—", day=_iso(document.dated), built=_iso(facts.built_on or facts.window.until))
    if facts.application_number:
        applied = message("The application {number} was filed, but not approved when building began.",
                          number=facts.application_number)
        return Answer("2", "202", "R20", (reason, applied))
    return Answer("2", "201", "R20", (reason,))


def uncovered_cultivated(facts: Facts, pack: RulePack, approvals: Cover, covered_m2: float) -> Tuple[float, float]:
    """The least and the most cultivated land (m²) that can lie outside the approvals, by what was measured (R20, R22)."""
    uncovered = max(facts.area_m2 - covered_m2, 0.0)
    if facts.cultivated_m2 is None:
        return 0.0, uncovered
    gap = _survey_gap(facts, pack)
    if approvals.cultivated_m2 is None:
        return max(facts.cultivated_m2 - covered_m2, 0.0), min(facts.cultivated_m2 + gap, uncovered)
    least = max(facts.cultivated_m2 - approvals.cultivated_m2, 0.0)
    return least, max(least, min(least + gap + approvals.area_m2 - covered_m2, uncovered))


def _survey_gap(facts: Facts, pack: RulePack) -> float:
    """Land of which the survey does not say what it was (R11); a cover of 99 % counts as complete."""
    if facts.survey_share is None or facts.survey_share >= pack.parameters.coverage_share:
        return 0.0
    return (1 - facts.survey_share) * facts.area_m2


def is_sufficient(facts: Facts, pack: RulePack, approvals: Cover, covered_m2: float) -> Union[bool, Need]:
    """R20 against R22: at least 95 % covered and less than 0.5 mu of cultivated land uncovered."""
    if not reaches(covered_m2, facts.area_m2, pack.parameters.legal_cover_share):
        return False
    limit = pack.parameters.uncovered_cultivated_mu
    least, most = uncovered_cultivated(facts, pack, approvals, covered_m2)
    if below_mu(most, limit):
        return True
    if not below_mu(least, limit):
        return False
    none_outside = replace(facts, cultivated_m2=approvals.cultivated_m2 or 0.0, survey_share=1.0, covers={
        **facts.covers, APPROVAL: replace(approvals, cultivated_m2=approvals.cultivated_m2 or 0.0)})
    return need(LAYER_NEEDS[LAND_USE], Supposed(message(
        "If less than {mu} mu of cultivated land lie outside the approvals, it would be: {verdict}.", verdict="", mu=limit), none_outside))


def approved_verdict(facts: Facts, pack: RulePack, approvals: Cover, is_whole: bool) -> Union[Answer, Need]:
    """R20 and R21 for land approved in time: legal if supplied, else 未供即用. ``is_whole``: it stands for the whole parcel."""
    supply = facts.cover(SUPPLY)
    if supply is None:
        return need(LAYER_NEEDS[SUPPLY],
                    if_covered(facts, message("If all of it was supplied before the building, it would be: {verdict}.", verdict=""), SUPPLY,
                               Cover(facts.area_m2, facts.cultivated_m2)),
                    if_covered(facts, message("If nothing of it was supplied, it would be: {verdict}.", verdict=""), SUPPLY, NO_COVER),
                    settles=True)
    area = facts.area_m2 if is_whole else approvals.area_m2
    supplied = _supplied(facts, pack, approvals, supply, is_whole)
    if isinstance(supplied, Need):
        return supplied
    limit = pack.parameters.supply_cover_share
    if reaches(supplied, area, limit):
        return _legal(facts, pack, approvals, message("{share} % of it are supplied.", share=share_text(supplied, area, limit)))
    return _unsupplied(facts, supply, area, supplied, limit, is_whole)


def _supplied(facts: Facts, pack: RulePack, approvals: Cover, supply: Cover, is_whole: bool) -> Union[float, Need]:
    """m² supplied before the building; supplies without a date count, those that came later do not."""
    papers = Timing.of(significant(supply, facts, pack.parameters), facts)
    in_time = surely_covered(supply.area_m2, papers.timely + papers.undated, papers.late + papers.open) \
        if papers.late or papers.open else supply.area_m2
    share = pack.parameters.supply_cover_share
    if papers.open and not reaches(in_time, facts.area_m2, share) and reaches(supply.area_m2, facts.area_m2, share):
        return need(_needs_building_date(papers.open[0], facts), *_if_built(papers.open[0], facts))
    if is_whole or in_time <= 0:
        return in_time
    union = facts.combined.get(SUPPLY)
    if union is None:
        return need(NEEDS_OVERLAY)
    return max(approvals.area_m2 + in_time - union.area_m2, 0.0)


def _legal(facts: Facts, pack: RulePack, approvals: Cover, supplied: Message) -> Union[Answer, Need]:
    """101 when approved in the accountability year, 102 when in an earlier one (PJ)."""
    paper = Timing.of(significant(approvals, facts, pack.parameters), facts).timely[0]
    year = facts.year or _year(facts.built_on) or _year(facts.window.until)
    if year is None or paper.dated is None:
        year = paper.dated.year if paper.dated is not None else None
        return need(message("Cannot tell: needs the accountability year."), Supposed(message(
            "In whatever year it counts, it would be: {verdict}.", verdict=""), replace(facts, year=year), is_rough=True))
    share = share_text(approvals.area_m2, facts.area_m2, pack.parameters.legal_cover_share)
    reason = message("{share} % of the parcel ({area} m², {mu} mu) are covered by the approval {number} of {day}, before the building.",
                     share=share, area=m2_text(approvals.area_m2), mu=mu_text(approvals.area_m2), number=paper.number or "—",
                     day=_iso(paper.dated))
    return Answer("1", "102" if paper.dated.year < year else "101", "R20", (reason, supplied))


def _unsupplied(facts: Facts, supply: Cover, area: float, supplied: float, limit: float, is_whole: bool) -> Answer:
    """R21: converted, but used before it was supplied."""
    unsupplied = {"area": m2_text(area - supplied), "mu": mu_text(area - supplied)}
    reason = message("Approved, but only {share} % of it are supplied: {area} m² ({mu} mu) were used before supply.",
                     share=share_text(supplied, area, limit), **unsupplied)
    if supplied <= NOTHING_M2:
        reason = message("Approved and not supplied yet: {area} m² ({mu} mu) were used before supply.", **unsupplied)
    cultivated = None
    if supplied <= 0 and is_whole:
        cultivated = facts.cultivated_m2
    elif is_whole and supplied == supply.area_m2 and facts.cultivated_m2 is not None and supply.cultivated_m2 is not None:
        cultivated = max(facts.cultivated_m2 - supply.cultivated_m2, 0.0)
    return Answer("2", "203", "R21", (reason,), (), max(area - supplied, 0.0), cultivated)


def _number(documents: Sequence[Document]) -> str:
    return next((document.number for document in documents if document.number), "—")


def _iso(day: Optional[date]) -> str:
    return day.isoformat() if day else "—"


def _year(day: Optional[date]) -> Optional[int]:
    return day.year if day else None
