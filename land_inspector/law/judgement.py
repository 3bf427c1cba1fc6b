"""From measured facts to a proposed verdict with its reasons: rules R20–R32 in the order of domain.md §0.2 (4).

The machine proposes, a person decides (R53). A missing layer or an unrecorded fact gives "cannot tell" (PDJL1 0) with what
is missing, never a legal verdict.
"""
from __future__ import annotations

import csv
import math
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Dict, FrozenSet, Iterable, List, Mapping, Optional, Sequence, Tuple, Union

from ..errors import Bilingual, InputError, Message, message
from .areas import as_written, m2_text, mu_text, mu_to_units, percent_text, share_text, to_units
from .codes import CodeBook, codes_of, land_class_group
from .facts import (
    APPROVAL, Answer, Cover, Document, Facts, LAYER_NEEDS, NOTHING_M2, NO_COVER, Need, SUPPLY, Supposed, ground_outside,
    if_covered, is_sliver, need, whole_ground,
)
from .image_dates import parse_image_date
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


# Whether a verdict can be given: codes, areas, particulars and flags against each other (R33, R34, R35), and its evidence.
#
# A finding with ``refuses`` stops the verdict; an E without it lets the verdict in but blocks reporting until it is mended.

# The illegal flags of the old regime's form: what each implies and excludes (R35, domain.md §2.1).

ILLEGAL_FLAGS: Tuple[str, ...] = ("FFZD", "FFPD", "WPXY", "WBJY", "BBBY", "WGJY", "CZYD", "PQPZ", "SZGBYT", "QTWFYD")
_ALL = frozenset(ILLEGAL_FLAGS)
_OCCUPATIONS = frozenset({"WBJY", "BBBY", "WGJY", "CZYD", "PQPZ"})
IMPLIED: Dict[str, FrozenSet[str]] = {
    "WBJY": frozenset({"FFZD", "WPXY"}), "BBBY": frozenset({"FFZD", "WPXY"}), "WGJY": frozenset({"FFZD", "WPXY"}),
    "CZYD": frozenset({"FFZD"}), "PQPZ": frozenset({"FFZD"})}
EXCLUDED: Dict[str, FrozenSet[str]] = {
    "FFPD": _ALL - {"FFPD"},
    "FFZD": frozenset({"FFPD", "SZGBYT", "QTWFYD"}),
    "WBJY": (_OCCUPATIONS | {"FFPD", "SZGBYT", "QTWFYD"}) - {"WBJY"},
    "BBBY": (_OCCUPATIONS | {"FFPD", "SZGBYT", "QTWFYD"}) - {"BBBY"},
    "WGJY": (_OCCUPATIONS | {"FFPD", "SZGBYT", "QTWFYD"}) - {"WGJY"},
    "CZYD": _ALL - {"CZYD", "FFZD"},
    "PQPZ": _ALL - {"PQPZ", "FFZD"},
    "SZGBYT": _ALL - {"SZGBYT"},
    "QTWFYD": _ALL - {"QTWFYD"}}


def with_implied(flags: Iterable[str]) -> FrozenSet[str]:
    """The flags and all that they imply, for a form that ticks them itself."""
    found = frozenset(flags)
    return found.union(*(IMPLIED.get(flag, frozenset()) for flag in found))


def missing_implied(flags: Iterable[str]) -> List[Tuple[str, str]]:
    """(flag, implied flag that is not set), in the order of the form."""
    found = frozenset(flags)
    return [(flag, implied) for flag in ILLEGAL_FLAGS if flag in found
            for implied in ILLEGAL_FLAGS if implied in IMPLIED.get(flag, ()) and implied not in found]


def contradictions(flags: Iterable[str]) -> List[Tuple[str, str]]:
    """Pairs that exclude each other, each pair once."""
    found = [flag for flag in ILLEGAL_FLAGS if flag in frozenset(flags)]
    return [(one, other) for n, one in enumerate(found) for other in found[n + 1:]
            if other in EXCLUDED.get(one, ()) or one in EXCLUDED.get(other, ())]


EVIDENCE_FILE = Path(__file__).parent / "data" / "evidence.csv"
MANDATORY = ("JSSJ", "XZXC", "YDDW", "SJYT", "WFMJ", "WFGD", "WFLX", "WFXZ")  # R33
CODED = ("WFLX", "WFXZ", "ZTFL", "XMLX", "XZXC")
# the second levels that a nature of the violation (WFXZ) stands for
NATURES = {"WBJY": "201", "BBBY": "202", "WGJY": "203", "CZYD": "204", "SZGB": "205", "PQPZ": "206"}


@dataclass(frozen=True)
class ParcelAreas:
    """m²; None where not measured."""

    DKMJ: Optional[float]
    GDMJ: Optional[float] = None
    JBNTMJ: Optional[float] = None


@dataclass(frozen=True)
class VerdictFinding:
    """``severity`` E (blocks reporting), W or I; ``field`` is the column it speaks of."""

    severity: str
    rule: str
    field: str
    message: Message
    refuses: bool = False


def check_verdict(verdict: Mapping[str, Any], areas: ParcelAreas, pack: RulePack,
                  flags: Iterable[str] = ()) -> List[VerdictFinding]:
    """All that is wrong or missing in a verdict given in the field names of domain.md §9.3; ``flags`` are those of the old form."""
    codes = codes_of(pack)
    found = _check_levels(verdict, codes, pack.regime)
    if _blank(verdict.get("PDJL1")) or verdict.get("PDJL1") == UNDECIDED:
        return found
    found += _check_codes(verdict, codes, pack)
    found += _check_areas(verdict, areas, pack)
    found += _check_flags(flags)
    return found + (_check_illegal(verdict) if verdict["PDJL1"] == ILLEGAL else _check_not_illegal(verdict))


def refusals(findings: Sequence[VerdictFinding]) -> List[VerdictFinding]:
    """Those that stop the verdict from being given."""
    return [finding for finding in findings if finding.refuses]


def is_reportable(findings: Sequence[VerdictFinding]) -> bool:
    """Whether nothing (severity E) keeps the verdict out of a report."""
    return all(finding.severity != "E" for finding in findings)


def _blank(value: Any) -> bool:
    return value is None or isinstance(value, str) and not value.strip()


def _refusal(rule: str, field: str, text: Message) -> VerdictFinding:
    return VerdictFinding("E", rule, field, text, refuses=True)


def _check_levels(verdict: Mapping[str, Any], codes: CodeBook, regime: str) -> List[VerdictFinding]:
    """The two levels are codes of the regime, and the second belongs to the first (§9.9)."""
    level1, level2 = verdict.get("PDJL1"), verdict.get("PDJL2")
    if _blank(level1):
        return [_refusal("R33", "PDJL1", message("The first level of the verdict is missing."))]
    if not codes.knows("PDJL1", level1, regime):
        return [_refusal("R33", "PDJL1", message(
            "{code} is no first level of a verdict; known are {known}.", code=level1, known=_known(codes, regime)))]
    if _blank(level2):
        incomplete = message("The second level of the verdict is missing.")
        return [] if level1 == UNDECIDED else [VerdictFinding("E", "R33", "PDJL2", incomplete)]
    entry = codes.find("PDJL2", level2, regime)
    if entry is None:
        known = ", ".join(code.code for code in codes.codes("PDJL2", regime, level1))
        return [_refusal("R33", "PDJL2", message("{code} is no second level of this regime; known under {level1} are {known}.",
                                                 code=level2, level1=level1, known=known or "—"))]
    if entry.parent != level1:
        return [_refusal("R33", "PDJL2", message("The second level {code} belongs to {parent}, not to {level1}.",
                                                 code=level2, parent=entry.parent, level1=level1))]
    return []


def _check_codes(verdict: Mapping[str, Any], codes: CodeBook, pack: RulePack) -> List[VerdictFinding]:
    found = [_refusal("R33", field, message("{code} is no code of the list {field}.", code=verdict[field], field=field))
             for field in CODED if not _blank(verdict.get(field)) and not codes.knows(field, verdict[field], pack.regime)]
    built = verdict.get("JSSJ")
    if not _blank(built) and parse_image_date(built) is None:
        found.append(_refusal("R33", "JSSJ", message("{value} is no date.", value=str(built))))
    on_site = verdict.get("SJDL")
    if not _blank(on_site) and land_class_group(on_site, pack.land_classes) is None:
        found.append(VerdictFinding("W", "R12", "SJDL", message("{code} is not in the land-class table.", code=on_site)))
    return found


def _check_areas(verdict: Mapping[str, Any], areas: ParcelAreas, pack: RulePack) -> List[VerdictFinding]:
    """R34: illegal areas within the parcel's, up to the audit tolerance; negative or unreadable ones are refused outright."""
    illegal: Dict[str, Optional[float]] = {}
    for name in ("WFMJ", "WFGD", "WFJBNT"):
        value = verdict.get(name)
        if not _blank(value) and not _is_area(value):
            return [_refusal("R34", name, message("{field}: {value} is no area.", field=name, value=str(value)))]
        illegal[name] = None if _blank(value) else value
    limits = (("WFMJ", "DKMJ", areas.DKMJ), ("WFGD", "GDMJ", areas.GDMJ), ("WFGD", "WFMJ", illegal["WFMJ"]),
              ("WFJBNT", "JBNTMJ", areas.JBNTMJ), ("WFJBNT", "WFMJ", illegal["WFMJ"]))
    found = [finding for field, name, limit in limits if illegal[field] is not None
             for finding in _check_limit(field, illegal[field], name, limit, pack)]
    return found + _check_farmland(areas, pack)


def _is_area(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value) and value >= 0


def _check_limit(field: str, value: Any, name: str, limit: Optional[float], pack: RulePack) -> List[VerdictFinding]:
    if limit is None:
        unknown = message("{field} cannot be compared: {limit} is not measured.", field=field, limit=name)
        return [VerdictFinding("I", "R34", field, unknown)] if name != "WFMJ" else []
    if to_units(value) <= to_units(limit) + mu_to_units(pack.parameters.area_tolerance_mu):
        return []
    return [_refusal("R34", field, message(
        "{said} ({field}, {value} m²) is more than {whole} ({limit}, {most} m²). Correct what was filled in, or measure the parcel again.",
        said=_AREAS[field], field=field, value=m2_text(value), whole=_AREAS[name], limit=name, most=m2_text(limit)))]


def _known(codes: CodeBook, regime: str) -> str:
    """The codes of the first level with their names, in both languages: the reader chooses."""
    return ", ".join(f"{one.code} {one.zh} ({one.en})" for one in codes.codes("PDJL1", regime))


_AREAS = {"WFMJ": message("the illegal area"), "WFGD": message("the illegal cultivated land"),
          "WFJBNT": message("the illegal permanent basic farmland"), "DKMJ": message("the area of the parcel"),
          "GDMJ": message("its cultivated land"), "JBNTMJ": message("its permanent basic farmland")}


def _check_farmland(areas: ParcelAreas, pack: RulePack) -> List[VerdictFinding]:
    """More permanent farmland than cultivated land is possible (adjustable land), so only a warning."""
    if areas.GDMJ is None or areas.JBNTMJ is None:
        return []
    if to_units(areas.JBNTMJ) <= to_units(areas.GDMJ) + mu_to_units(pack.parameters.area_tolerance_mu):
        return []
    more = message("More permanent basic farmland ({farmland} m²) than cultivated land ({cultivated} m²).",
                   farmland=m2_text(areas.JBNTMJ), cultivated=m2_text(areas.GDMJ))
    return [VerdictFinding("W", "R34", "JBNTMJ", more)]


def _check_flags(flags: Iterable[str]) -> List[VerdictFinding]:
    """R35: exclusions refuse, a flag that another implies is missing until it is set."""
    given = tuple(flags)
    found = [_refusal("R35", other, message("{one} and {other} exclude each other.", one=one, other=other))
             for one, other in contradictions(given)]
    return found + [VerdictFinding("E", "R35", implied, message("{flag} implies {implied}, which is not set.", flag=flag, implied=implied))
                    for flag, implied in missing_implied(given)]


def _check_illegal(verdict: Mapping[str, Any]) -> List[VerdictFinding]:
    """R33: the mandatory particulars of an illegal parcel; and whether nature and second level say the same."""
    found = [VerdictFinding("E", "R33", field, message("Illegal land needs {field}.", field=field))
             for field in MANDATORY if _blank(verdict.get(field))]
    nature, level2 = verdict.get("WFXZ"), verdict.get("PDJL2")
    if nature in NATURES and level2 in NATURES.values() and NATURES[nature] != level2:
        found.append(VerdictFinding("W", "R33", "WFXZ", message("The nature {nature} does not fit the second level {level2}.",
                                                                nature=nature, level2=level2)))
    return found


def _check_not_illegal(verdict: Mapping[str, Any]) -> List[VerdictFinding]:
    return [VerdictFinding("W", "R33", field, message("{field} is given for land that is not illegal; it does not count.", field=field))
            for field in ("WFMJ", "WFGD", "WFJBNT") if verdict.get(field)]


@dataclass(frozen=True)
class EvidenceItem:
    """One thing a verdict is proved with; ``kind`` is a code of JZLX."""

    kind: str
    zh: str
    en: str
    required: bool


@lru_cache(maxsize=1)
def _evidence_table() -> Mapping[str, Tuple[EvidenceItem, ...]]:
    found: Dict[str, Tuple[EvidenceItem, ...]] = {}
    with EVIDENCE_FILE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            item = EvidenceItem(row["kind"], row["zh"], row["en"], row["required"] == "1")
            found[row["level2"]] = found.get(row["level2"], ()) + (item,)
    return found


def evidence_checklist(level2: Optional[str]) -> Tuple[EvidenceItem, ...]:
    """What proves a verdict (§2.2); empty for an unknown one."""
    return _evidence_table().get(level2 or "", ())


def missing_evidence(level2: Optional[str], kinds: Iterable[str]) -> List[EvidenceItem]:
    """Required items for whose kind nothing is there; items of one kind need one piece each."""
    left = list(kinds)
    missing = []
    for item in evidence_checklist(level2):
        if item.kind in left:
            left.remove(item.kind)
        elif item.required:
            missing.append(item)
    return missing
