"""From measured facts to a proposed verdict with its reasons: rules R20–R32 in the order of domain.md §0.2 (4).

The machine proposes, a person decides (R53). A missing layer or an unrecorded fact gives "cannot tell" (PDJL1 0) with what
is missing, never a legal verdict.
"""
from __future__ import annotations

import csv
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import List, Mapping, Optional, Tuple, Union

from ..errors import Bilingual, InputError, Message, message
from .areas import as_written, m2_text, mu_text, percent_text, share_text
from .codes import codes_of
from .facts import (
    APPROVAL, Answer, Cover, Document, Facts, LAYER_NEEDS, NOTHING_M2, NO_COVER, Need, SUPPLY, Supposed, ground_outside,
    if_covered, is_sliver, need, whole_ground,
)
from .rulepack import OLD, RulePack
from .rules_approved import approved_in_time, approved_verdict, is_sufficient, uncovered_cultivated
from .rules_other import unapproved_verdict

UNDECIDED, LEGAL, ILLEGAL, OTHER = "0", "1", "2", "3"
CONSISTENT, INCONSISTENT, DOUBTFUL = "1", "0", "2"
OLD_VERDICTS = Path(__file__).parent / "data" / "old_verdicts.csv"


@dataclass(frozen=True)
class SplitSuggestion:
    """Split along the outline of ``role``: what lies inside and outside, with the second level each part would get (None:
    cannot tell yet). Areas in m²."""

    role: str
    inside_m2: float
    outside_m2: float
    inside_level2: Optional[str] = None
    outside_level2: Optional[str] = None


@dataclass(frozen=True)
class Proposal:
    """ZDPD1, ZDPD2 and ZDGZ with the reasons. ``level1`` 0 is "cannot tell"; then ``needs`` says what is missing, the last of the reasons
    what would be if it were known, and ``supposed`` where they come from.

    ``illegal_m2`` … are proposals for WFMJ, WFGD, WFJBNT; None where not illegal or not measured.
    """

    level1: str
    level2: Optional[str]
    rule: Optional[str]
    reasons: Tuple[Message, ...] = ()
    needs: Tuple[Message, ...] = ()
    warnings: Tuple[Message, ...] = ()
    illegal_m2: Optional[float] = None
    illegal_cultivated_m2: Optional[float] = None
    illegal_farmland_m2: Optional[float] = None
    split: Optional[SplitSuggestion] = None
    supposed: Tuple[Supposed, ...] = field(default=(), compare=False, repr=False)

    @property
    def is_undecided(self) -> bool:
        """Whether it says "cannot tell" (PDJL1 0)."""
        return self.level1 == UNDECIDED

    def messages(self) -> Tuple[Message, ...]:
        """All that is to be read: what is missing first, then why, then what to look at."""
        return self.needs + self.reasons + self.warnings

    def consistency(self, level1: Optional[str], level2: Optional[str] = None) -> Optional[str]:
        """R32: YZX of a given verdict — 1 consistent, 0 not, 2 doubtful where nothing can confirm it, None where it is blank."""
        if level1 in (None, "", UNDECIDED):
            return None
        if self.is_undecided:
            return DOUBTFUL
        if level1 != self.level1:
            return INCONSISTENT
        return INCONSISTENT if level2 and self.level2 and level2 != self.level2 else CONSISTENT


def propose(facts: Facts, pack: RulePack) -> Proposal:
    """The verdict that the facts support by the pack, in the codes of its regime.

    Raises :class:`InputError` for a parcel without area.
    """
    if not facts.area_m2 > 0:
        raise InputError("A parcel without area cannot be judged.", "Look at its geometry.")
    if facts.is_sketch:
        return Proposal(UNDECIDED, None, None, needs=(message(
            "The outline is a sketch, and its area is no evidence: draw it anew and bring it in as a re-issue of its batch."),))
    proposal = _judge(facts, pack)
    proposal = replace(proposal, reasons=proposal.reasons + _leanings(proposal, pack))
    proposal = replace(proposal, warnings=proposal.warnings + _warnings(proposal, facts, pack))
    return _in_old_codes(proposal) if pack.regime == OLD else proposal


def _judge(facts: Facts, pack: RulePack) -> Proposal:
    approvals = facts.cover(APPROVAL)
    if approvals is None:
        return _proposal(need(LAYER_NEEDS[APPROVAL], *_if_approved(facts)), facts)
    if approvals.area_m2 <= NOTHING_M2 or is_sliver(approvals.area_m2, facts, pack.parameters):
        return _proposal(unapproved_verdict(whole_ground(facts, pack)), facts)
    covered = approved_in_time(facts, pack, approvals)
    if isinstance(covered, (Answer, Need)):
        return _untimely(covered, facts, pack, approvals)
    sufficient = is_sufficient(facts, pack, approvals, covered)
    if isinstance(sufficient, Need):
        return _proposal(sufficient, facts)
    return _approved(facts, pack, approvals) if sufficient else _partly_approved(facts, pack, approvals, covered)


def _if_approved(facts: Facts) -> Tuple[Supposed, ...]:
    """Where the layer of approvals is missing: none covers the parcel, or one that came in time covers all of it."""
    none = if_covered(facts, message("If no approval covers it, it would be: {verdict}.", verdict=""), APPROVAL, NO_COVER)
    day = facts.built_on or facts.window.after
    if day is None:
        return (none,)
    whole = Cover(facts.area_m2, facts.cultivated_m2, (Document(dated=day, area_m2=facts.area_m2),))
    if facts.cover(SUPPLY) is not None:
        said = message("If all of it was approved before the building, it would be: {verdict}.", verdict="")
        return (if_covered(facts, said, APPROVAL, whole, is_rough=True), none)
    said = message("If all of it was approved and supplied before the building, it would be: {verdict}.", verdict="")
    supplied = replace(facts, covers={**facts.covers, SUPPLY: Cover(facts.area_m2, facts.cultivated_m2)})
    return (if_covered(supplied, said, APPROVAL, whole, is_rough=True), none)


def _leanings(proposal: Proposal, pack: RulePack) -> Tuple[Message, ...]:
    """Where it cannot tell: what would be proposed if what is missing were known, for each way that decides it."""
    if not proposal.is_undecided:
        return ()
    found = []
    for one in proposal.supposed:
        then = _judge(one.facts, pack)
        if not then.is_undecided:
            then = _in_old_codes(then) if pack.regime == OLD else then
            found.append(Message(one.said.template, {**one.said.params, "verdict": _named(then, pack, one.is_rough)}))
    return tuple(dict((str(said), said) for said in found).values())


def _named(proposal: Proposal, pack: RulePack, is_rough: bool) -> Bilingual:
    """A verdict by the names of its levels, in both languages."""
    codes, names = codes_of(pack), {}
    for language in ("en", "zh"):
        first = codes.label("PDJL1", proposal.level1, language, pack.regime)
        second = codes.label("PDJL2", proposal.level2, language, pack.regime) if proposal.level2 and not is_rough else ""
        names[language] = f"{first} · {proposal.level2} {second}" if second else first
    return Bilingual(names["en"], zh=names["zh"])


def _proposal(outcome: Union[Answer, Need], facts: Facts) -> Proposal:
    """An outcome for the whole parcel."""
    if isinstance(outcome, Need):
        return Proposal(UNDECIDED, None, None, outcome.reasons, outcome.needs, supposed=outcome.supposed)
    found = Proposal(outcome.level1, outcome.level2, outcome.rule, outcome.reasons, (), outcome.warnings)
    if outcome.level1 != ILLEGAL:
        return found
    if outcome.illegal_m2 is None or outcome.illegal_m2 >= facts.area_m2:
        return replace(found, illegal_m2=facts.area_m2, illegal_cultivated_m2=facts.cultivated_m2,
                       illegal_farmland_m2=facts.farmland_m2)
    return replace(found, illegal_m2=outcome.illegal_m2, illegal_cultivated_m2=outcome.illegal_cultivated_m2,
                   illegal_farmland_m2=_no_farmland(facts))


def _no_farmland(facts: Facts) -> Optional[float]:
    """Of part of a parcel only "none" is known before it is split."""
    return 0.0 if facts.farmland_m2 is not None and facts.farmland_m2 <= NOTHING_M2 else None


def _approved(facts: Facts, pack: RulePack, approvals: Cover) -> Proposal:
    """R20, R21 for a parcel that the approvals cover sufficiently."""
    outcome = approved_verdict(facts, pack, approvals, is_whole=True)
    proposal = _proposal(outcome, facts)
    if isinstance(outcome, Need) or outcome.level2 != "203" or not outcome.illegal_m2:
        return proposal
    supplied = facts.area_m2 - outcome.illegal_m2
    if supplied <= NOTHING_M2:
        return proposal
    return replace(proposal, split=SplitSuggestion(SUPPLY, supplied, outcome.illegal_m2, "101", "203"))


def _untimely(outcome: Union[Answer, Need], facts: Facts, pack: RulePack, approvals: Cover) -> Proposal:
    """The approvals came late or nobody can say; where they cover only part, the rest is a matter of its own."""
    sufficient = is_sufficient(facts, pack, approvals, approvals.area_m2)
    if sufficient is not False:
        return _proposal(outcome, facts)
    return _mixed(facts, pack, approvals, outcome, approvals.area_m2)


def _partly_approved(facts: Facts, pack: RulePack, approvals: Cover, covered: float) -> Proposal:
    return _mixed(facts, pack, approvals, approved_verdict(facts, pack, approvals, is_whole=False), covered)


def _mixed(facts: Facts, pack: RulePack, approvals: Cover, inside: Union[Answer, Need], covered: float) -> Proposal:
    """R22: the approvals cover part of the parcel. What lies outside is tested by R23–R31 on its own."""
    outside = unapproved_verdict(ground_outside(facts, pack, approvals))
    split = SplitSuggestion(APPROVAL, approvals.area_m2, facts.area_m2 - approvals.area_m2, _level2(inside), _level2(outside))
    reasons = (_partly(facts, pack, approvals, covered),) + inside.reasons + outside.reasons
    if isinstance(inside, Need) or isinstance(outside, Need):
        needs = _needs(inside) + tuple(item for item in _needs(outside) if item not in _needs(inside))
        supposed = tuple(one for part in (inside, outside) if isinstance(part, Need) for one in part.supposed)
        return Proposal(UNDECIDED, None, "R22", reasons, needs, split=split, supposed=supposed)
    if OTHER in (inside.level1, outside.level1):
        apart = message("Cannot tell for the whole parcel: its parts belong to different classes. Split it along the approvals first.")
        return Proposal(UNDECIDED, None, "R22", reasons, (apart,), inside.warnings + outside.warnings, split=split)
    return replace(_joined(facts, approvals, inside, outside), reasons=reasons, split=split,
                   warnings=inside.warnings + outside.warnings)


def _level2(outcome: Union[Answer, Need]) -> Optional[str]:
    return None if isinstance(outcome, Need) else outcome.level2


def _needs(outcome: Union[Answer, Need]) -> Tuple[Message, ...]:
    return outcome.needs if isinstance(outcome, Need) else ()


def _joined(facts: Facts, approvals: Cover, inside: Answer, outside: Answer) -> Proposal:
    """One verdict for both parts while they are one parcel: illegal as soon as a part is, with that part's area."""
    inner = approvals.area_m2 if inside.illegal_m2 is None else inside.illegal_m2
    outer = facts.area_m2 - approvals.area_m2
    if inside.level1 != ILLEGAL and outside.level1 != ILLEGAL:
        return Proposal(LEGAL, outside.level2, outside.rule)
    if inside.level1 != ILLEGAL:
        return _partly_illegal(facts, outside.level2, "R22", outer, _outside_cultivated(facts, approvals))
    if outside.level1 != ILLEGAL:
        return _partly_illegal(facts, inside.level2, inside.rule, inner)
    larger = inside if inner > outer else outside
    if inner < approvals.area_m2:
        return _partly_illegal(facts, larger.level2, larger.rule, inner + outer)
    return _whole_illegal(facts, larger)


def _partly_illegal(facts: Facts, level2: str, rule: str, area_m2: float, cultivated_m2: Optional[float] = None) -> Proposal:
    return Proposal(ILLEGAL, level2, rule, illegal_m2=area_m2, illegal_cultivated_m2=cultivated_m2,
                    illegal_farmland_m2=_no_farmland(facts))


def _whole_illegal(facts: Facts, answer: Answer) -> Proposal:
    return Proposal(ILLEGAL, answer.level2, answer.rule, illegal_m2=facts.area_m2, illegal_cultivated_m2=facts.cultivated_m2,
                    illegal_farmland_m2=facts.farmland_m2)


def _outside_cultivated(facts: Facts, approvals: Cover) -> Optional[float]:
    if facts.cultivated_m2 is None or approvals.cultivated_m2 is None:
        return None
    return max(facts.cultivated_m2 - approvals.cultivated_m2, 0.0)


def _partly(facts: Facts, pack: RulePack, approvals: Cover, covered: float) -> Message:
    _, most = uncovered_cultivated(facts, pack, approvals, covered)
    outside = facts.area_m2 - approvals.area_m2
    return message("The approvals cover {share} % of the parcel; {area} m² ({mu} mu) lie outside, "
                   "at most {cultivated} mu of it cultivated.", area=m2_text(outside),
                   share=share_text(approvals.area_m2, facts.area_m2, pack.parameters.legal_cover_share),
                   mu=mu_text(outside), cultivated=mu_text(most))


def _warnings(proposal: Proposal, facts: Facts, pack: RulePack) -> Tuple[Message, ...]:
    """R11 and R51."""
    found: List[Message] = []
    if facts.survey_share is not None and facts.survey_share < pack.parameters.coverage_share:
        found.append(message("The land-use survey covers only {share} % of the parcel.", share=percent_text(
            as_written(facts.survey_share), [lambda value: value >= as_written(pack.parameters.coverage_share)])))
    if proposal.level1 == ILLEGAL and max(facts.farmland_m2 or 0.0, facts.redline_m2 or 0.0) > NOTHING_M2:
        found.append(message("Permanent basic farmland or the ecological red line is touched: consider it as a major typical case."))
    return tuple(found)


@lru_cache(maxsize=1)
def old_verdicts() -> Mapping[str, str]:
    """Second level of the new regime → that of the old one, where they differ (§0.2 (4), §11 example 20)."""
    with OLD_VERDICTS.open(encoding="utf-8", newline="") as file:
        return {row["level2"]: row["old_level2"] for row in csv.DictReader(file)}


def _in_old_codes(proposal: Proposal) -> Proposal:
    def old(level2: Optional[str]) -> Optional[str]:
        return None if level2 is None else old_verdicts().get(level2, level2)

    split = proposal.split
    if split is not None:
        split = replace(split, inside_level2=old(split.inside_level2), outside_level2=old(split.outside_level2))
    level2 = old(proposal.level2)
    return replace(proposal, level1=level2[0] if level2 else proposal.level1, level2=level2, split=split)
