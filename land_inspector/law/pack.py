"""What a rule pack says, as plain records (domain.md §0.2, §3, §4; format in ``docs/rulepack.md``)."""
from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any, List, Mapping, Optional, Tuple

from .calendar import WorkCalendar
from .parameters import Parameters

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
