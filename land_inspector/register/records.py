"""Plain records that cross the register's border: what an import hands in and what a verb answers."""
from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Dict, List, Mapping, Optional, TYPE_CHECKING, Tuple

from ..errors import Message, message
from ..law.areas import Amount
from ..law.remedies import Acceptance

if TYPE_CHECKING:
    from .register import Recorded


#: What stands on the ground: nothing built, earth moved, under construction, built.
NOTHING, EARTH, BUILDING, BUILT = "nothing", "earth", "building", "built"
STATUSES = (NOTHING, EARTH, BUILDING, BUILT)


@dataclass(frozen=True)
class Township:
    """A township (乡镇/街道) with its 9-digit code; geometry as WKB in the register's CRS."""

    code: str
    name: str
    station: str = ""
    wkb: Optional[bytes] = None


@dataclass(frozen=True)
class Finding:
    """One thing found in a source: which row and patch, how grave, by which rule, and what to do about it.

    ``severity`` is E (blocks or quarantines), W (look at it) or I (for information);
    ``row`` counts from 1 in the source's own order; areas in m².
    """

    severity: str
    message: Message
    remedy: Message
    rule: str = ""
    row: Optional[int] = None
    patch: Optional[str] = None
    area_before_m2: Optional[float] = None
    area_after_m2: Optional[float] = None


@dataclass
class IssuedPatch:
    """One row of a source, ready to be stored for good.

    ``attributes`` are in the standard names of domain.md §9.2 (JCBH, XZQDM, TBLX, QSX, HSX, JCMJ in m², JCMJ_Y raw,
    JCDW unit, GDMJ0, JBNTMJ0, XZDM, XZMC …); ``other`` keeps every further source column unchanged.
    ``wkb`` is a 2-D (Multi)Polygon in the register's CRS, ``area_m2`` its measured area by the batch's method.
    """

    row: int
    attributes: Dict[str, Any]
    wkb: bytes
    area_m2: float
    other: Dict[str, Any] = field(default_factory=dict)
    repaired: bool = False


@dataclass
class Quarantined:
    """A row that cannot become a patch; kept with all it brought, never dropped."""

    row: int
    attributes: Dict[str, Any]
    wkb: Optional[bytes]
    reason: Message


@dataclass
class Intake:
    """A source read whole: ``len(patches) + len(quarantined) == rows`` always."""

    file: str
    digest: str
    rows: int
    crs: str
    encoding: str
    unit: str
    patches: List[IssuedPatch]
    quarantined: List[Quarantined]
    findings: List[Finding]


@dataclass(frozen=True)
class BatchInfo:
    """What an office says of a batch (domain.md §9.1). Dates are ISO text; ``regime`` O (2009–2019) or N (2020+);
    ``area_method`` E (ellipsoidal) or P (planar)."""

    code: str
    name: str
    year: int
    regime: str = "N"
    month: Optional[int] = None
    issued_on: Optional[str] = None
    due_on: Optional[str] = None
    deduct_until: Optional[str] = None
    source: str = "01"
    area_method: str = "E"


def site_status(status: str) -> Message:
    """What was found, in words."""
    return {NOTHING: message("nothing built"), EARTH: message("earth moved"), BUILDING: message("under construction"),
            BUILT: message("built")}[status]


def shown_name(file: str) -> str:
    """The name that a file had before it was kept under its digest."""
    return file.partition("_")[2] or file


# What a row of an office's ledger says, and what became of it: plain records between the readers and the register.

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
    recorded: Optional["Recorded"] = None

    def of(self, status: str) -> List[RowOutcome]:
        """Outcomes of one status, in the order of the table."""
        return [outcome for outcome in self.outcomes if outcome.status == status]
