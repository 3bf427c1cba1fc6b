"""The form of a rule pack: each member read into its class, wrong ones refused where they stand."""
from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any, Callable, Collection, Dict, List, Optional, Tuple, TypeVar

from .calendar import UNITS, WorkCalendar, national_calendar
from .pack import (GROSS, LEVELS, NET, NEW, OLD, PERIODS, SIGNS, Deduction, ExtraCode, FineBand, Label, LandClass, PenaltyGrade,
                   RulePack, StatutoryTerm, Threshold, digest_of)
from .packreader import PackValue, read_document
from .parameters import read_parameters

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
