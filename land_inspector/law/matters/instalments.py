"""Land fees by instalment (出让金): what has fallen due, is paid, is owed, since when, and the interest by the day
(ledgers.md §3).

Payments go to the oldest instalment first. Interest runs on each instalment apart, from the day after it fell due to
the day it is paid.
"""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import List, Sequence, Tuple

from ...errors import Bilingual, message
from ..areas import as_written, round_half_up
from ..procedure import day_of
from .finding import CANNOT_TELL, UNTOLD, FindingForm, Found, Reading

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


def _work(reading: Reading) -> Found:
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


FORM = FindingForm(
    "instalments",
    {NOT_DUE: Bilingual("nothing late", zh="未到期或按期"), LATE: Bilingual("late", zh="逾期"),
     LATE_LONG: Bilingual("late beyond the limit", zh="逾期超过规定天数"), PAID: Bilingual("paid up", zh="已缴清"),
     CANNOT_TELL: UNTOLD},
    {"due_fen": "fen", "paid_fen": "fen", "owed_fen": "fen", "left_fen": "fen", "late_days": "days",
     "interest_fen": "fen"},
    {**{f"due_{n}": ("date",) for n in (1, 2, 3)}, **{f"fen_{n}": ("money",) for n in (1, 2, 3)},
     "paid_before": ("money",),
     "paid_before_on": ("date",), "per_mille": ("number",)},
    (), _work)
