"""What a row of an office's ledger says, and what became of it: plain records between the readers and the register."""
from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any, List, Mapping, Optional, Tuple

from ..errors import Message
from ..law.areas import Amount
from ..law.remedies import Acceptance
from .register import Recorded

TAKEN, KNOWN, REFUSED = "taken", "known", "refused"


@dataclass(frozen=True)
class ToldAct:
    """An act of a case. ``on`` is None where the row says that it was done, but not when."""

    act: str
    on: Optional[date]
    said: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ToldRemedy:
    """A remedy with what was ordered and all that was done so far (m², fen, persons), as far as the row says.

    ``is_step``: the row tells one piece of work (a row each), not the whole. In ``acceptance`` the day may be missing.
    """

    kind: str
    ordered: Optional[Amount] = None
    done: Optional[Amount] = None
    ordered_on: Optional[date] = None
    done_on: Optional[date] = None
    is_step: bool = False
    acceptance: Optional[Acceptance] = None


@dataclass(frozen=True)
class LedgerRow:
    """One row. ``labels`` are parcel or patch numbers; ``batch`` a code or a name; ``remaining_m2`` SYMJ; ``article`` the one
    violated; ``unreadable`` says which cells could not be read: such a row is not taken; ``sheet`` stands where there are several."""

    row: int
    labels: Tuple[str, ...]
    batch: Optional[str] = None
    case_number: Optional[str] = None
    acts: Tuple[ToldAct, ...] = ()
    remedies: Tuple[ToldRemedy, ...] = ()
    remaining_m2: Optional[float] = None
    article: Optional[str] = None
    unreadable: Tuple[Message, ...] = ()
    sheet: str = ""

    @property
    def place(self) -> str:
        """The row as a person finds it: with its sheet, where the file has several."""
        return f"{self.sheet} {self.row}" if self.sheet else str(self.row)

    @property
    def tells_of_a_case(self) -> bool:
        """Whether the row has a case number or any act of a case."""
        return bool(self.case_number or self.acts)


@dataclass(frozen=True)
class RowOutcome:
    """What became of a row: ``status`` taken, known (all of it was recorded before) or refused with ``reason`` and ``remedy``."""

    row: LedgerRow
    status: str
    recorded: Tuple[Message, ...] = ()
    notes: Tuple[Message, ...] = ()
    reason: Optional[Message] = None
    remedy: Optional[Message] = None


@dataclass(frozen=True)
class TakenOver:
    """Every row's outcome in the order of the table; ``recorded`` is the one action to undo them by."""

    outcomes: List[RowOutcome]
    recorded: Optional[Recorded] = None

    def of(self, status: str) -> List[RowOutcome]:
        """Outcomes of one status, in the order of the table."""
        return [outcome for outcome in self.outcomes if outcome.status == status]
