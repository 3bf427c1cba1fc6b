"""The findings that a pack may use by name: facility farmland, fees by instalment, land of a park, matters in parts, targets; idle
land (:mod:`.idle_land`) has a module of its own. Each is pure and says its figures and reasons.
"""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Callable, Dict, List, Optional, Sequence, Tuple

from ...errors import Bilingual, Message, message
from ..areas import as_written, minus, round_half_up
from ..calendar import add_months
from ..procedure import day_of
from . import idle_land
from .matter import CANNOT_TELL, FindingForm, Found, Reading, UNTOLD


# A matter that holds parts with states of their own, as a problem of an inspection holds patches: each act ``part`` names a part and says
# how it stands; what it said last counts, an area once said stays until another is.

#: What a part's state may be: the codes of the common chain.
PART_STATES: Dict[str, Bilingual] = {
    "3": Bilingual("being rectified", zh="整改中"), "4": Bilingual("papers examined", zh="材料审核"),
    "5": Bilingual("checked on site", zh="现场复核"), "6": Bilingual("settled", zh="销号"), "7": Bilingual("sent back", zh="退回"),
    "8": Bilingual("not counted", zh="不予认定")}
PART_SETTLED, PART_RETURNED, PART_OUT = "6", "7", "8"
NO_PARTS, SOME_OPEN, ALL_SETTLED = "no_parts", "parts_open", "parts_settled"
PART_ACT = "part"


class _Part:
    """How a part stands after all that was said of it."""

    def __init__(self) -> None:
        self.state = ""
        self.areas: Dict[str, Optional[float]] = {"area": None, "cultivated": None}

    def told(self, said: Dict[str, object]) -> None:
        self.state = str(said.get("part_state") or self.state)
        for name in self.areas:
            value = said.get(name)
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                self.areas[name] = float(value)


def _parts_found(reading: Reading) -> Found:
    parts: Dict[str, _Part] = {}
    for done in reading.acts:
        number = str(done.particulars.get("number") or "").strip()
        if done.act == PART_ACT and number:
            parts.setdefault(number, _Part()).told(dict(done.particulars))
    counted = [part for part in parts.values() if part.state != PART_OUT]
    settled = [part for part in counted if part.state == PART_SETTLED]

    def area(chosen: List[_Part], name: str) -> float:
        return sum((part.areas[name] or 0.0 for part in chosen), 0.0)

    values = {"parts": len(counted), "settled": len(settled), "left": len(counted) - len(settled),
              "returned": sum(part.state == PART_RETURNED for part in counted), "area_m2": area(counted, "area"),
              "settled_m2": area(settled, "area"), "cultivated_m2": area(counted, "cultivated"),
              "settled_cultivated_m2": area(settled, "cultivated")}
    reasons: List[Message] = [message("{number}: {state}", number=number, state=PART_STATES.get(part.state, part.state))
                              for number, part in sorted(parts.items())]
    status = NO_PARTS if not counted else ALL_SETTLED if len(settled) == len(counted) else SOME_OPEN
    return Found(status, values, tuple(reasons))


PARTS_FORM = FindingForm(
    "parts",
    {NO_PARTS: Bilingual("no patch recorded by itself", zh="未逐图斑登记"), SOME_OPEN: Bilingual("patches not settled", zh="有图斑未销号"),
     ALL_SETTLED: Bilingual("every patch settled", zh="图斑全部销号")},
    {"parts": "count", "settled": "count", "left": "count", "returned": "count", "area_m2": "m2", "settled_m2": "m2",
     "cultivated_m2": "m2", "settled_cultivated_m2": "m2"},
    {}, (), _parts_found)


# A target of a supervising team: a ratio to be brought below a line by a day, and how much is still to be rectified
# (ledgers.md §10).

REACHED, NOT_YET, MISSED = "reached", "not_yet", "missed"


def is_reached(numerator: Fraction, denominator: Fraction, percent: Fraction, strict: bool = True) -> bool:
    """Whether a ratio lies below the line (on it too, unless ``strict``), unrounded. Nothing to divide by is nothing
    to reproach.
    """
    if not denominator:
        return True
    ratio = 100 * numerator / denominator
    return ratio < percent or not strict and ratio == percent


def to_rectify(numerator: Fraction, denominator: Fraction, percent: Fraction, leaves_denominator: bool) -> Fraction:
    """What must leave the numerator until the ratio stands on the line; with ``leaves_denominator`` it leaves the
    denominator too.
    """
    line = percent / 100
    excess = numerator - line * denominator
    if excess <= 0:
        return Fraction(0)
    return excess / (1 - line) if leaves_denominator and line < 1 else excess


def _target_found(reading: Reading) -> Found:
    percent, by = reading.get("percent"), reading.get("by")
    parts = _ratio_of_the_day(reading)
    if percent is None or parts is None:
        return Found(CANNOT_TELL, {}, (message("The target or the ratio of the day is not recorded."),))
    numerator, denominator = parts
    line = as_written(percent)
    values = {"ratio": numerator / denominator if denominator else None,
              "left_m2": float(to_rectify(numerator, denominator, line, bool(reading.get("net"))))}
    if is_reached(numerator, denominator, line, not reading.get("line_included")):
        return Found(REACHED, values)
    return Found(MISSED if by is not None and reading.day > by else NOT_YET, values)


def _ratio_of_the_day(reading: Reading) -> Optional[Tuple[Fraction, Fraction]]:
    """Numerator and denominator as last evaluated."""
    done = reading.last("evaluate")
    if done is None:
        return None
    return as_written(done.particulars["numerator"]), as_written(done.particulars["denominator"])


TARGET_FORM = FindingForm(
    "target",
    {REACHED: Bilingual("target reached", zh="达标"), NOT_YET: Bilingual("not yet reached", zh="尚未达标"),
     MISSED: Bilingual("target missed", zh="到期未达标"), CANNOT_TELL: UNTOLD},
    {"ratio": "share", "left_m2": "m2"},
    {"percent": ("number",), "by": ("date",), "net": ("flag",), "line_included": ("flag",)},
    ("percent", "by"), _target_found)


# Facility farmland (设施农用地): whether a project keeps what was filed; the lines are settings, by province (ledgers.md
# §8).

KEPT, NOT_FILED, NOT_MAPPED, BEYOND, AUXILIARY, GUARD_HOUSE, CHANGED, EXPIRED, ABANDONED, BASIC = (
    "kept", "not_filed", "not_mapped", "beyond", "auxiliary", "guard_house", "changed", "expired", "abandoned", "basic_farmland")
_MU = 2000 / 3


def most_auxiliary_m2(project_m2: float, reading: Reading) -> float:
    """The auxiliary land that a project may have: a part of it, under a ceiling that is higher for large growers."""
    large = project_m2 >= reading.setting("large_mu", 500) * _MU
    ceiling = reading.setting("ceiling_large_mu", 15) if large else reading.setting("ceiling_mu", 10)
    return min(project_m2 * reading.setting("auxiliary_share", 0.05), ceiling * _MU)


def _facility_found(reading: Reading) -> Found:
    """Every problem, the gravest first."""
    found: List[str] = []
    filed, measured = reading.get("filed_m2"), reading.get("measured_m2")
    if reading.get("changed_use"):
        found.append(CHANGED)
    if (reading.get("basic_farmland_m2") or 0.0) > reading.setting("basic_m2", 0.0):
        found.append(BASIC)
    if reading.get("abandoned"):
        found.append(ABANDONED)
    until = reading.get("filed_until")
    if until is not None and reading.day > until:
        found.append(EXPIRED)
    if not reading.get("filing"):
        found.append(NOT_FILED)
    beyond = max(minus(measured, filed), 0.0) if filed is not None and measured is not None else None
    if beyond is not None and beyond > reading.setting("tolerance_m2", 0.0):
        found.append(BEYOND)
    over = _auxiliary_over(reading)
    if over is not None and over > 1e-6:
        found.append(AUXILIARY)
    if (reading.get("guard_m2") or 0.0) > reading.setting("guard_house_m2",
                                                          15) or (reading.get("guard_floors") or 0) > 1:
        found.append(GUARD_HOUSE)
    if not reading.get("map_number"):
        found.append(NOT_MAPPED)
    values = {"beyond_m2": beyond, "auxiliary_over_m2": over, "problems": len(found)}
    return Found(found[0] if found else KEPT, values, (), tuple(found[1:]))


def _auxiliary_over(reading: Reading) -> Optional[float]:
    auxiliary, project = reading.get("auxiliary_m2"), reading.get("measured_m2") or reading.get("filed_m2")
    if auxiliary is None or project is None:
        return None
    return max(minus(auxiliary, most_auxiliary_m2(project, reading)), 0.0)


FACILITY_FORM = FindingForm(
    "facility",
    {KEPT: Bilingual("in order", zh="规范"), NOT_FILED: Bilingual("not filed", zh="未备案"),
     NOT_MAPPED: Bilingual("not on the map system", zh="未上图"),
     BEYOND: Bilingual("beyond the filed area", zh="超范围"), AUXILIARY: Bilingual("too much auxiliary land", zh="辅助设施超标"),
     GUARD_HOUSE: Bilingual("guard house too large", zh="看护房超标"), CHANGED: Bilingual("use changed", zh="改变用途（大棚房）"),
     EXPIRED: Bilingual("filing run out, not restored", zh="到期未复垦"), ABANDONED: Bilingual("abandoned", zh="废弃"),
     BASIC: Bilingual("on permanent basic farmland", zh="占用永久基本农田")},
    {"beyond_m2": "m2", "auxiliary_over_m2": "m2", "problems": "count"},
    {"filing": ("text",), "filed_until": ("date",), "map_number": ("text",), "filed_m2": ("area",),
     "measured_m2": ("area",),
     "auxiliary_m2": ("area",), "changed_use": ("flag",), "abandoned": ("flag",), "guard_m2": ("area",),
     "guard_floors": ("count",), "basic_farmland_m2": ("area",)},
    ("filing",), _facility_found)


# Land fees by instalment (出让金): what has fallen due, is paid, is owed, since when, and the interest by the day
# (ledgers.md §3).
#
# Payments go to the oldest instalment first. Interest runs on each instalment apart, from the day after it fell due to
# the day it is paid.

NOT_DUE, LATE, LATE_LONG, PAID = "not_due", "late", "late_long", "paid"


@dataclass(frozen=True)
class Standing:
    """As of a day, in fen: ``due`` has fallen due, ``owed`` of it is late, ``left`` is still to be paid in all;
    ``late_days`` since the oldest instalment that is late fell due."""

    due: int
    paid: int
    owed: int
    left: int
    late_days: int
    interest: int


def standing(instalments: Sequence[Tuple[date, int]], payments: Sequence[Tuple[date, int]], day: date,
             daily_share: Fraction) -> Standing:
    """Where a contract stands on ``day``. ``daily_share`` is a part of 1 for each day."""
    purse = [[on, fen] for on, fen in sorted(payments) if on <= day]
    paid = sum(fen for _on, fen in purse)
    owed, left, oldest, interest = 0, 0, day, 0
    for due_on, fen in sorted(instalments):
        rest, share = fen, Fraction(0)
        while rest and purse:
            on, there = purse[0]
            part = min(rest, there)
            share += part * max((on - due_on).days, 0)
            rest -= part
            purse[0][1] -= part
            if not purse[0][1]:
                purse.pop(0)
        late = max((day - due_on).days, 0)
        interest += int(round_half_up((share + rest * late) * daily_share, 0))
        left += rest
        if rest and late:
            owed, oldest = owed + rest, min(oldest, due_on)
    due = sum(fen for due_on, fen in instalments if due_on <= day)
    return Standing(due, paid, owed, left, (day - oldest).days if owed else 0, interest)


def _instalments_found(reading: Reading) -> Found:
    instalments, payments = _instalments(reading), _payments(reading)
    if not instalments:
        return Found(CANNOT_TELL, {},
                     (message("No instalment is recorded: when how much has to be paid is not known."),))
    per_mille = reading.get("per_mille")
    share = as_written(reading.setting("per_mille_a_day", 1) if per_mille is None else per_mille) / 1000
    now = standing(instalments, payments, reading.day, share)
    values = {"due_fen": now.due, "paid_fen": now.paid, "owed_fen": now.owed, "left_fen": now.left,
              "late_days": now.late_days,
              "interest_fen": now.interest}
    if not now.left:
        return Found(PAID, values)
    if not now.owed:
        return Found(NOT_DUE, values)
    return Found(LATE_LONG if now.late_days > reading.setting("late_days", 60) else LATE, values)


def _instalments(reading: Reading) -> List[Tuple[date, int]]:
    """Those of the contract as the ledger's columns give them, and those recorded one by one."""
    found = [(reading.get(f"due_{n}"), reading.get(f"fen_{n}")) for n in (1, 2, 3)]
    found += [(day_of(done.particulars.get("due_on")), done.particulars.get("due")) for done in reading.acts
              if done.act == "instalment"]
    return [(day, int(fen)) for day, fen in found if day is not None and fen]


def _payments(reading: Reading) -> List[Tuple[date, int]]:
    before = reading.get("paid_before")
    day = reading.get("paid_before_on") or (reading.acts[0].on if reading.acts else reading.day)
    found = [(day, int(before))] if before else []
    return found + [(done.on, done.particulars["amount"]) for done in reading.acts if done.act == "payment"]


INSTALMENTS_FORM = FindingForm(
    "instalments",
    {NOT_DUE: Bilingual("nothing late", zh="未到期或按期"), LATE: Bilingual("late", zh="逾期"),
     LATE_LONG: Bilingual("late beyond the limit", zh="逾期超过规定天数"), PAID: Bilingual("paid up", zh="已缴清"),
     CANNOT_TELL: UNTOLD},
    {"due_fen": "fen", "paid_fen": "fen", "owed_fen": "fen", "left_fen": "fen", "late_days": "days",
     "interest_fen": "fen"},
    {**{f"due_{n}": ("date",) for n in (1, 2, 3)}, **{f"fen_{n}": ("money",) for n in (1, 2, 3)},
     "paid_before": ("money",),
     "paid_before_on": ("date",), "per_mille": ("number",)},
    (), _instalments_found)


# Land leased in, leased out and expropriated of a park (土地资源核查处置): the seven problems of seed001 (ledgers.md §9).
#
# Three areas never mixed: by contract, used in fact, approved for expropriation; what lies outside the red line is
# measured apart.

IN_ORDER = "in_order"
USELESS, NEEDED, UNUSED, MORE_THAN_LEASED, NO_CONTRACT, LONG_UNPAID, MORE_THAN_EXPROPRIATED, OUTSIDE, UNPAID = (
    "useless", "needed", "unused", "more_than_leased", "no_contract", "long_unpaid", "more_than_expropriated",
    "outside", "unpaid")
#: groups of the code list of 类别
LEASED_IN, LEASED_OUT, EXPROPRIATED = "leased_in", "leased_out", "expropriated"


def excess_m2(used_m2: Optional[float], allowed_m2: Optional[float]) -> Optional[float]:
    """Used minus allowed, never below 0; None where one is not known."""
    return None if used_m2 is None or allowed_m2 is None else max(minus(used_m2, allowed_m2), 0.0)


def _leased_in(reading: Reading) -> List[str]:
    return {"useless": [USELESS], "needed": [NEEDED], "unused": [UNUSED]}.get(reading.group_of("use_state"), [])


def _leased_out(reading: Reading) -> List[str]:
    found = []
    used = reading.get("used_m2") or 0.0
    if used > 0 and not _is_in_force(reading):
        found.append(NO_CONTRACT)
    elif (excess_m2(used, reading.get("contract_m2")) or 0.0) > reading.setting("tolerance_m2", 0.0):
        found.append(MORE_THAN_LEASED)
    since = reading.get("owed_since")
    if _owed(reading) and since is not None and reading.day > add_months(since,
                                                                         int(reading.setting("arrears_months", 12))):
        found.append(LONG_UNPAID)
    return found


def _expropriated(reading: Reading) -> List[str]:
    found = []
    if (excess_m2(reading.get("used_m2"), reading.get("expropriated_m2")) or 0.0) > reading.setting("tolerance_m2",
                                                                                                    0.0):
        found.append(MORE_THAN_EXPROPRIATED)
    if (reading.get("outside_m2") or 0.0) > 0:
        found.append(OUTSIDE)
    if _owed(reading):
        found.append(UNPAID)
    return found


def _is_in_force(reading: Reading) -> bool:
    """A contract with a number, begun and not run out on the day."""
    first, last = reading.get("contract_from"), reading.get("contract_until")
    return bool(reading.get("contract")) and (first is None or first <= reading.day) and (last is None
                                                                                          or reading.day <= last)


def _owed(reading: Reading) -> int:
    paid = (reading.get("paid") or 0) + sum(done.particulars.get("amount") or 0 for done in reading.acts
                                            if done.act == "collect")
    return max((reading.get("payable") or 0) - paid, 0)


_BY_CATEGORY: Dict[str, Callable[[Reading], List[str]]] = {
    LEASED_IN: _leased_in, LEASED_OUT: _leased_out, EXPROPRIATED: _expropriated}


def _park_land_found(reading: Reading) -> Found:
    by = _BY_CATEGORY.get(reading.group_of("category"))
    if by is None:
        return Found(CANNOT_TELL, {}, (message("The category (leased in, leased out, expropriated) is not given."),))
    problems = by(reading)
    allowed = reading.get("expropriated_m2" if by is _expropriated else "contract_m2")
    values = {"excess_m2": excess_m2(reading.get("used_m2"), allowed), "owed_fen": _owed(reading),
              "problems": len(problems)}
    return Found(problems[0] if problems else IN_ORDER, values, (), tuple(problems[1:]))


_DATES: Tuple[str, ...] = ("contract_from", "contract_until", "owed_since")
PARK_LAND_FORM = FindingForm(
    "park_land",
    {IN_ORDER: Bilingual("no problem", zh="无问题"), USELESS: Bilingual("leased and of no use", zh="租而无用"),
     NEEDED: Bilingual("leased and needed", zh="租而有用"), UNUSED: Bilingual("leased and not used", zh="租而未用"),
     MORE_THAN_LEASED: Bilingual("more used than leased", zh="少租多用"),
     NO_CONTRACT: Bilingual("used without a lease", zh="未租先占"),
     LONG_UNPAID: Bilingual("rent long unpaid", zh="长期拒缴"),
     MORE_THAN_EXPROPRIATED: Bilingual("more used than expropriated", zh="少征多用"),
     OUTSIDE: Bilingual("outside the red line", zh="红线外用地"),
     UNPAID: Bilingual("expropriation not fully paid", zh="未足额缴纳征用款"),
     CANNOT_TELL: UNTOLD},
    {"excess_m2": "m2", "owed_fen": "fen", "problems": "count"},
    {"category": ("code",), "use_state": ("code",), "contract": ("text",), **{name: ("date",) for name in _DATES},
     "contract_m2": ("area",), "used_m2": ("area",), "expropriated_m2": ("area",), "outside_m2": ("area",),
     "payable": ("money",),
     "paid": ("money",)},
    ("category", "used_m2"), _park_land_found)


FINDINGS: Dict[str, FindingForm] = {form.name: form for form in (
    FACILITY_FORM, idle_land.FORM, INSTALMENTS_FORM, PARK_LAND_FORM, PARTS_FORM, TARGET_FORM)}
