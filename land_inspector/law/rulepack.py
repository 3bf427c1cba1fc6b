"""Rule packs: the dated, versioned numbers of the law and of the bureau, one JSON file each: records, form, loading."""
from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any, Callable, Collection, Dict, Iterable, List, Mapping, Optional, Tuple, TypeVar

from ..errors import InputError
from .calendar import UNITS, WorkCalendar, national_calendar
from .parameters import PackValue, Parameters, read_document, read_parameters


# What a rule pack says, as plain records (domain.md §0.2, §3, §4; format in ``docs/rulepack.md``).

OLD, NEW = "O", "N"
NET, GROSS = "net", "gross"
SIGNS = (">", ">=", "<", "<=")
#: For which rows a line holds, and for which kind of scope (domain.md §0.2 (13)).
COUNTY, TOWNSHIP, STATION, PARK = "county", "township", "station", "park"
LEVELS = (COUNTY, TOWNSHIP, STATION, PARK)
YEAR, QUARTER, MONTH, BATCH, ALL = "year", "quarter", "month", "batch", "all"
PERIODS = (YEAR, QUARTER, MONTH, BATCH, ALL)
#: Terms that the law itself ends on the next working day (行诉法 101 with 民诉法 85(3); 复议法 88); the rest by the pack's setting.
ROLLING = frozenset({"demolition_suit", "review", "suit", "suit_after_review"})


@dataclass(frozen=True)
class Label:
    """A name in both languages."""

    zh: str
    en: str

    def text(self, language: str = "zh") -> str:
        """The name in ``zh``; in any other language the English one."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True)
class Threshold:
    """A line a ratio is compared with, unrounded (R44). ``percent`` is kept exact.

    ``>`` and ``>=`` are limits that must not be reached; ``<`` and ``<=`` are targets that must be met.
    ``townships``, ``years``, ``levels`` (:data:`LEVELS`) and ``periods`` (:data:`PERIODS`) are empty where the line holds for all.
    """

    code: str
    name: Label
    indicators: Tuple[str, ...]
    sign: str
    percent: Fraction
    townships: Tuple[str, ...] = ()
    years: Tuple[int, ...] = ()
    levels: Tuple[str, ...] = ()
    periods: Tuple[str, ...] = ()

    @property
    def is_target(self) -> bool:
        """Whether it is a target that must be met, and not a limit that must not be reached."""
        return self.sign in ("<", "<=")

    def holds(self, ratio: Fraction) -> bool:
        """Whether ``ratio sign line`` is true; ``ratio`` as a part of 1."""
        percent = ratio * 100
        if percent == self.percent:
            return self.sign in (">=", "<=")
        return (percent > self.percent) == (not self.is_target)

    def is_breached(self, ratio: Fraction) -> bool:
        """Whether the limit is reached, or the target missed."""
        return self.holds(ratio) != self.is_target

    def applies_to(self, township: Optional[str], year: Optional[int], level: Optional[str] = None,
                   period: Optional[str] = None) -> bool:
        """Whether the line is drawn for a row of this level in a scope of this kind; None where either is not known."""
        return ((not self.townships or township in self.townships)
                and (not self.years or year is None or year in self.years)
                and (not self.levels or level is None or level in self.levels)
                and (not self.periods or period is None or period in self.periods))


@dataclass(frozen=True)
class Deduction:
    """One line of the deduction table (domain.md §0.2 (5), R41).

    ``numerator`` names the ratios (r3, r4) whose numerator shrinks; ``denominator`` whether the denominator shrinks in
    net mode; ``condition`` is ``accepted`` (accepted at county level or above on or before the cut-off, R40) or ``none``;
    ``remedies`` are the ZGFS codes that lead into the bucket.
    """

    bucket: str
    name: Label
    numerator: Tuple[str, ...]
    denominator: bool
    condition: str
    remedies: Tuple[str, ...]

    @property
    def deducts(self) -> bool:
        """Whether the bucket lessens any ratio at all."""
        return bool(self.numerator) or self.denominator


@dataclass(frozen=True)
class FineBand:
    """What a fine may be for violations of ``article`` committed in [``since``, ``before``) (R47).

    ``unit``: ``yuan_per_m2``, ``times_reclamation_fee`` (耕地开垦费), ``times_restoration_fee`` (土地复垦费) or
    ``share_of_gains`` (违法所得, a part of 1). ``violations`` are the WFLX codes it is proposed for.
    """

    article: str
    name: Label
    unit: str
    minimum: float
    maximum: float
    since: Optional[date]
    before: Optional[date]
    violations: Tuple[str, ...]
    source: str

    def covers(self, violated_on: date) -> bool:
        """Whether it holds for a violation of that day (行政处罚法 Art. 37)."""
        return (self.since is None or violated_on >= self.since) and (self.before is None or violated_on < self.before)


@dataclass(frozen=True)
class PenaltyGrade:
    """A step of a province's discretion table: land of ``land`` kind from ``from_mu`` up to (not with) ``until_mu``.

    ``land``: ``farmland`` (permanent basic farmland), ``cultivated`` or ``other``.
    """

    article: str
    land: str
    grade: Label
    from_mu: float
    until_mu: Optional[float]
    unit: str
    minimum: float
    maximum: float
    source: str

    def covers(self, area_mu: float) -> bool:
        """Whether an area of so many mu falls into this grade."""
        return area_mu >= self.from_mu and (self.until_mu is None or area_mu < self.until_mu)


@dataclass(frozen=True)
class StatutoryTerm:
    """A deadline of §4.1: ``amount`` ``unit`` from (negative: before) the act ``anchor``; units as in calendar.py.

    ``kind``: ``due`` (the bureau or the party must act by then), ``wait`` (nothing may be done before its end). A term holds for
    acts of [``since``, ``before``); ``rolls`` says whether it ends on the next working day (None: by :data:`ROLLING`, else by the
    pack's setting).
    """

    code: str
    name: Label
    amount: int
    unit: str
    anchor: str
    kind: str
    source: str
    since: Optional[date] = None
    before: Optional[date] = None
    rolls: Optional[bool] = None

    def covers(self, started_on: date) -> bool:
        """Whether it holds for a term that starts on that day."""
        return (self.since is None or started_on >= self.since) and (self.before is None or started_on < self.before)

    def ends_on_a_working_day(self, setting: bool) -> bool:
        """``setting`` is the pack's ``deadline_rolls_to_working_day``."""
        return self.rolls if self.rolls is not None else self.code in ROLLING or setting


@dataclass(frozen=True)
class LandClass:
    """A code of the survey's class table; ``group`` GD, FGNYD, JSYD or WLYD (domain.md §2.3)."""

    code: str
    name: str
    group: str


@dataclass(frozen=True)
class ExtraCode:
    """A code that the bureau adds to a shipped list (for example an eleventh TBLX)."""

    list: str
    code: str
    label: Label
    parent: str = ""


@dataclass(frozen=True)
class RulePack:
    """One pack, read and checked; ``content`` is the JSON document it came from."""

    id: str
    version: str
    name: Label
    regime: str
    valid_from: date
    valid_until: Optional[date]
    parameters: Parameters
    denominator_mode: str
    thresholds: Tuple[Threshold, ...]
    deductions: Tuple[Deduction, ...]
    fine_bands: Tuple[FineBand, ...]
    penalty_grades: Tuple[PenaltyGrade, ...]
    terms: Mapping[str, StatutoryTerm]
    land_class_version: str
    land_classes: Mapping[str, LandClass]
    codes: Tuple[ExtraCode, ...]
    calendar: WorkCalendar
    digest: str
    content: Mapping[str, Any] = field(repr=False, compare=False)
    earlier_terms: Tuple[StatutoryTerm, ...] = ()

    def is_valid_on(self, day: date) -> bool:
        """Whether it is in force on the day; both ends included."""
        return self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)

    def term(self, code: str, started_on: Optional[date] = None) -> StatutoryTerm:
        """The term that holds for an act of that day; the newest one for None, and for a day that none covers."""
        if started_on is not None and not self.terms[code].covers(started_on):
            return next((term for term in self.earlier_terms if term.code == code and term.covers(started_on)), self.terms[code])
        return self.terms[code]

    def lines(self, level: str, period: Optional[str], township: Optional[str] = None, year: Optional[int] = None) -> List[Threshold]:
        """The lines that are drawn for a row of this level (and township, and year) in a scope of this kind."""
        return [line for line in self.thresholds if line.applies_to(township, year, level, period)]

    def deduction(self, bucket: str) -> Optional[Deduction]:
        """The line of the deduction table for a bucket; None where the pack has none."""
        return next((line for line in self.deductions if line.bucket == bucket), None)

    def fine_bands_on(self, article: str, violated_on: date) -> List[FineBand]:
        """The bands of an article for a violation of that day (one for each kind of computation)."""
        return [band for band in self.fine_bands if band.article == article and band.covers(violated_on)]

    def canonical(self) -> bytes:
        """The content as the bytes that the digest is taken of; :func:`parse` reads them back."""
        return canonical_bytes(self.content)


def canonical_bytes(content: Any) -> bytes:
    """JSON with sorted keys, no spaces and one spelling for equal numbers."""
    text = json.dumps(_plain(content), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8")


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def digest_of(content: Any) -> str:
    """SHA-256 (hex) of JSON content in its canonical form, however it was written."""
    return hashlib.sha256(canonical_bytes(content)).hexdigest()


# The form of a rule pack: each member read into its class, wrong ones refused where they stand.

Item = TypeVar("Item")
FORMAT = "land_inspector.rulepack"
FORMAT_VERSION = 1
MEMBERS = ("format", "format_version", "id", "version", "name", "regime", "valid_from", "valid_until", "note",
           "parameters", "denominator_mode", "thresholds", "deductions", "fine_bands", "penalty_grades", "terms",
           "land_classes", "calendar", "codes")
RATIOS = ("r1", "r2", "r3", "r4", "r5", "r6")
GROUPS = ("GD", "FGNYD", "JSYD", "WLYD")
CONDITIONS = ("accepted", "none")
FINE_UNITS = ("yuan_per_m2", "times_reclamation_fee", "times_restoration_fee", "share_of_gains")
GRADE_LANDS = ("farmland", "cultivated", "other")
TERM_KINDS = ("due", "wait")
#: Terms that packs written before version 2026.2 do not have.
LATER_TERMS = (
    StatutoryTerm("suit_after_review", Label("复议后起诉", "Suit after reconsideration"), 15, "calendar", "review_decision", "wait",
                  "行政诉讼法 Art. 45"),
    StatutoryTerm("publication", Label("公告送达", "Service by publication"), 30, "calendar", "publication", "wait", "民事诉讼法 Art. 95"),
    StatutoryTerm("decision_notice", Label("中止调查告知", "Word of a suspended investigation"), 3, "wd", "suspend", "due",
                  "12号令 Art. 27"),
    StatutoryTerm("withdraw_publication", Label("撤回公开", "Withdrawal of the publication"), 3, "calendar", "revocation", "due",
                  "行政处罚法 Art. 48(2)"),
)
REQUIRED_BUCKETS = ("reclaimed", "approval", "facility_or_temporary", "unsupplied", "key_project", "confiscated_or_fined",
                    "demolished_only")


def read_pack(content: bytes, file: str) -> RulePack:
    """The pack in a JSON file; InputError with ``file``, line, place and reason for the first thing wrong in it."""
    document = read_document(content, file)
    document.only(*MEMBERS)
    document.member("format").choice((FORMAT,))
    document.member("format_version").whole(FORMAT_VERSION, FORMAT_VERSION)
    since, until = _validity(document)
    newest, earlier = _terms(document.member("terms"))
    land_classes = document.member("land_classes")
    land_classes.only("version", "classes")
    return RulePack(
        id=document.member("id").text(), version=document.member("version").text(), name=_label(document.member("name")),
        regime=document.member("regime").choice((OLD, NEW)), valid_from=since, valid_until=until,
        parameters=read_parameters(document.member("parameters")),
        denominator_mode=document.member("denominator_mode").choice((NET, GROSS)),
        thresholds=_unique(document.member("thresholds"), _threshold, "code"),
        deductions=_deductions(document.member("deductions")),
        fine_bands=tuple(_fine_band(item) for item in document.member("fine_bands").items()),
        penalty_grades=tuple(_penalty_grade(item) for item in document.member("penalty_grades").items()),
        terms=newest, earlier_terms=earlier,
        land_class_version=land_classes.member("version").text(),
        land_classes=_keyed(_unique(land_classes.member("classes"), _land_class, "code")),
        codes=tuple(_extra_code(item) for item in document.member("codes").items()),
        calendar=_calendar(document.member("calendar")),
        digest=digest_of(document.value), content=document.value)


def _validity(document: PackValue) -> Tuple[date, Optional[date]]:
    since, last = document.member("valid_from").date(), document.member("valid_until")
    until = None if last.value is None else last.date()
    if until is not None and until < since:
        last.refuse("the pack ends before it begins on {day}", day=since.isoformat())
    return since, until


def _label(value: PackValue) -> Label:
    value.only("zh", "en")
    return Label(value.member("zh").text(), value.member("en").text())


def _unique(values: PackValue, read: Callable[[PackValue], Item], key: str) -> Tuple[Item, ...]:
    found: Dict[str, Item] = {}
    for item in values.items():
        made = read(item)
        name = getattr(made, key)
        if name in found:
            item.member(key).refuse("{name} stands in this list twice", name=name)
        found[name] = made
    return tuple(found.values())


def _keyed(items: Collection[Any]) -> Dict[str, Any]:
    return {item.code: item for item in items}


def _terms(values: PackValue) -> Tuple[Dict[str, StatutoryTerm], Tuple[StatutoryTerm, ...]]:
    """The term of each code that holds now, and those of earlier law. A pack written before a term was known has the shipped one."""
    found = [(item, _term(item)) for item in values.items()]
    newest: Dict[str, StatutoryTerm] = {}
    for item, term in found:
        if term.before is None:
            if term.code in newest:
                item.member("code").refuse("{name} stands in this list twice", name=term.code)
            newest[term.code] = term
    for item, term in found:
        if term.code not in newest:
            item.member("code").refuse("{name} has no version that holds now", name=term.code)
    return {**{term.code: term for term in LATER_TERMS if term.code not in newest}, **newest}, tuple(
        term for _item, term in found if term.before is not None)


def _texts(value: Optional[PackValue], options: Optional[Collection[str]] = None) -> Tuple[str, ...]:
    if value is None:
        return ()
    return tuple(item.text() if options is None else item.choice(options) for item in value.items())


def _threshold(value: PackValue) -> Threshold:
    value.only("code", "name", "indicators", "sign", "percent", "townships", "years", "levels", "periods")
    years = value.optional("years")
    return Threshold(
        code=value.member("code").text(), name=_label(value.member("name")),
        indicators=_texts(value.member("indicators"), RATIOS), sign=value.member("sign").choice(SIGNS),
        # the decimal as it was written: 0.1 % is a tenth, not the nearest binary fraction
        percent=Fraction(repr(value.member("percent").number(0, 1000))),
        townships=_texts(value.optional("townships")),
        years=() if years is None else tuple(year.whole(1990, 2200) for year in years.items()),
        levels=_texts(value.optional("levels"), LEVELS), periods=_texts(value.optional("periods"), PERIODS))


def _deductions(values: PackValue) -> Tuple[Deduction, ...]:
    found = _unique(values, _deduction, "bucket")
    missing = [bucket for bucket in REQUIRED_BUCKETS if bucket not in {line.bucket for line in found}]
    if missing:
        values.refuse("the bucket {bucket} is missing", bucket=missing[0])
    return found


def _deduction(value: PackValue) -> Deduction:
    value.only("bucket", "name", "numerator", "denominator", "condition", "remedies")
    return Deduction(
        bucket=value.member("bucket").choice(REQUIRED_BUCKETS), name=_label(value.member("name")),
        numerator=_texts(value.member("numerator"), ("r3", "r4")), denominator=value.member("denominator").flag(),
        condition=value.member("condition").choice(CONDITIONS), remedies=_texts(value.member("remedies")))


def _fine_band(value: PackValue) -> FineBand:
    value.only("article", "name", "unit", "minimum", "maximum", "since", "before", "violations", "source")
    least, most = _bounds(value)
    since, before = value.optional("since"), value.optional("before")
    if since and before and before.date() <= since.date():
        before.refuse("the band ends before it begins")
    return FineBand(
        article=value.member("article").text(), name=_label(value.member("name")),
        unit=value.member("unit").choice(FINE_UNITS), minimum=least, maximum=most,
        since=since.date() if since else None, before=before.date() if before else None,
        violations=_texts(value.member("violations")), source=value.member("source").text())


def _bounds(value: PackValue) -> Tuple[float, float]:
    least = value.member("minimum").number(0)
    most = value.member("maximum").number(0)
    if most < least:
        value.member("maximum").refuse("the maximum {most} is below the minimum {least}", most=most, least=least)
    return float(least), float(most)


def _penalty_grade(value: PackValue) -> PenaltyGrade:
    value.only("article", "land", "grade", "from_mu", "until_mu", "unit", "minimum", "maximum", "source")
    least, most = _bounds(value)
    start, end = value.member("from_mu").number(0), value.optional("until_mu")
    if end and end.number() <= start:
        end.refuse("the grade ends before it begins at {start} mu", start=start)
    return PenaltyGrade(
        article=value.member("article").text(), land=value.member("land").choice(GRADE_LANDS),
        grade=_label(value.member("grade")), from_mu=float(start), until_mu=float(end.number()) if end else None,
        unit=value.member("unit").choice(FINE_UNITS), minimum=least, maximum=most, source=value.member("source").text())


def _term(value: PackValue) -> StatutoryTerm:
    value.only("code", "name", "amount", "unit", "anchor", "kind", "source", "since", "before", "rolls")
    since, before, rolls = value.optional("since"), value.optional("before"), value.optional("rolls")
    return StatutoryTerm(
        code=value.member("code").text(), name=_label(value.member("name")),
        amount=value.member("amount").whole(-3660, 3660), unit=value.member("unit").choice(UNITS),
        anchor=value.member("anchor").text(), kind=value.member("kind").choice(TERM_KINDS),
        source=value.member("source").text(), since=since.date() if since else None, before=before.date() if before else None,
        rolls=rolls.flag() if rolls else None)


def _land_class(value: PackValue) -> LandClass:
    value.only("code", "name", "group")
    return LandClass(value.member("code").text(), value.member("name").text(), value.member("group").choice(GROUPS))


def _extra_code(value: PackValue) -> ExtraCode:
    value.only("list", "code", "name", "parent")
    parent = value.optional("parent")
    return ExtraCode(value.member("list").text(), value.member("code").text(), _label(value.member("name")),
                     parent.text() if parent else "")


def _calendar(value: PackValue) -> WorkCalendar:
    value.only("holidays", "workdays", "announced_years")
    years: List[int] = [year.whole(1990, 2200) for year in value.member("announced_years").items()]
    return national_calendar().with_days((day.date() for day in value.member("holidays").items()),
                                         (day.date() for day in value.member("workdays").items()), years)


# Rule packs: the dated, versioned numbers of the law and of the bureau, one JSON file each.
#
# A pack says everything that a judgement or an indicator depends on, so that a past figure can be explained by the pack
# that was in force. The format is described in ``docs/rulepack.md``; the shipped packs lie in ``law/data/rulepacks`` and
# are never written to.

__all__ = ["GROSS", "NET", "NEW", "OLD", "Deduction", "ExtraCode", "FineBand", "Label", "LandClass", "PenaltyGrade",
           "RulePack", "StatutoryTerm", "Threshold", "choose", "load", "parse", "shipped_packs"]
SHIPPED = Path(__file__).parent / "data" / "rulepacks"


def parse(content: bytes, file: str) -> RulePack:
    """Read a pack. Raises :class:`InputError` with file, line, place and reason for the first thing wrong in it."""
    return read_pack(content, file)


def load(path: Path) -> RulePack:
    """Read a pack from a file; InputError as :func:`parse`, OSError where it cannot be read."""
    return parse(path.read_bytes(), path.name)


@lru_cache(maxsize=1)
def shipped_packs() -> Tuple[RulePack, ...]:
    """The packs that come with the plugin, in the order of their file names."""
    return tuple(load(path) for path in sorted(SHIPPED.glob("*.json")))


def choose(packs: Iterable[RulePack], regime: str, on: date) -> RulePack:
    """The pack of a regime in force on a day; of several the one that began last, then the highest version.

    A day that no pack covers takes the pack that began last before it, or else the first one: an old violation in an
    old batch must still be judged. Raises :class:`InputError` when there is no pack of the regime at all.
    """
    same = [pack for pack in packs if pack.regime == regime]
    if not same:
        raise InputError("There is no rule pack of regime {regime}.", "Bring in a rule pack for this regime.",
                         regime=regime)
    begun = [pack for pack in same if pack.valid_from <= on] or _first(same)
    in_force = [pack for pack in begun if pack.is_valid_on(on)] or begun
    return max(in_force, key=lambda pack: (pack.valid_from, _version_key(pack.version), pack.digest))


def _first(packs: List[RulePack]) -> List[RulePack]:
    start = min(pack.valid_from for pack in packs)
    return [pack for pack in packs if pack.valid_from == start]


def _version_key(version: str) -> Tuple[Tuple[int, str], ...]:
    """2024.10 is newer than 2024.9: number parts compare as numbers."""
    return tuple((int(part), "") if part.isdigit() else (-1, part) for part in version.split("."))
