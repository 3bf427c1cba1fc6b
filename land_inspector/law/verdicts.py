"""Whether a verdict can be given: codes, areas, particulars and flags against each other (R33, R34, R35), and its evidence.

A finding with ``refuses`` stops the verdict; an E without it lets the verdict in but blocks reporting until it is mended.
"""
from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Dict, FrozenSet, Iterable, List, Mapping, Optional, Sequence, Tuple

from ..errors import Message, message
from .areas import m2_text, mu_to_units, to_units
from .codes import CodeBook, codes_of, land_class_group
from .image_dates import parse_image_date
from .judgement import ILLEGAL, UNDECIDED
from .rulepack import RulePack


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
    for field in ("WFMJ", "WFGD", "WFJBNT"):
        value = verdict.get(field)
        if not _blank(value) and not _is_area(value):
            return [_refusal("R34", field, message("{field}: {value} is no area.", field=field, value=str(value)))]
        illegal[field] = None if _blank(value) else value
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
