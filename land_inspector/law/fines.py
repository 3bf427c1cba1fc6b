"""What a fine has grown to: payments, and the surcharge for late payment (行政处罚法 Art. 67, 72 (1), 73).

All money in whole fen. 3 % of the unpaid principal for each day after the last day of payment, never more than the
principal; days on which a reconsideration or a suit is pending are not counted (Art. 73 (3)).
"""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Iterable, Sequence, Tuple

from .areas import as_written, round_half_up
from .remedies import Track
from .pack import RulePack

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
