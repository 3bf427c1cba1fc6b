"""The rows of a work list for Qt's views: resolved one by one as they are looked at."""
from __future__ import annotations

from datetime import date
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

import numpy as np
from qgis.PyQt.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt

from ...i18n import say, tr
from ...law.areas import m2_text, mu_text, to_mu
from ...law.quantities import yuan
from ...law.work_lists import WorkRow, WorkTable
from ..widgets.flat_model import FlatModel
from ..widgets.plain_text import tip

NUMBER, TOWNSHIP, WHAT, GROUND, DUE, DAYS, AREA_MU, CULTIVATED_MU, AREA_M2, AMOUNT, OFFICER = range(11)
#: What the delegate draws.
ROW_ROLE = int(Qt.ItemDataRole.UserRole) + 1
_RIGHT = (DAYS, AREA_MU, CULTIVATED_MU, AREA_M2, AMOUNT)
#: What tells one row from another: parcel, sort, case, remedy of the decision, last day.
Key = Tuple[object, ...]


class WorkModel(FlatModel, QAbstractTableModel):
    """Rows of one list on one day, in the order in which :meth:`WorkTable.rows` gives them."""

    COLUMNS = OFFICER + 1

    def __init__(self, parent: Optional[QObject] = None):
        super().__init__(parent)
        self._table = WorkTable([], {})
        self._rows = np.array([], dtype=np.int64)
        self._day = date.today()
        self._people: Mapping[str, str] = {}
        self._seen: Dict[int, WorkRow] = {}

    @property
    def day(self) -> date:
        return self._day

    def show(self, table: WorkTable, rows: np.ndarray, day: date, people: Mapping[str, str]) -> None:
        """``people`` are names by id; an id without one is shown as it is."""
        self.beginResetModel()
        self._table, self._rows, self._day, self._people, self._seen = table, rows, day, people, {}
        self.endResetModel()

    def clear(self) -> None:
        """No register, no rows."""
        self.show(WorkTable([], {}), np.array([], dtype=np.int64), self._day, {})

    def row(self, place: int) -> WorkRow:
        if place not in self._seen:
            self._seen[place] = self._table.row(int(self._rows[place]), self._day)
        return self._seen[place]

    def records(self) -> List[Tuple[Any, ...]]:
        """All rows, see :func:`record`."""
        return [record(self.row(place), self._people) for place in range(len(self._rows))]

    def key(self, place: int) -> Key:
        entry = self.row(place).entry
        return entry.parcel, entry.sort, entry.case, entry.item, entry.acts

    def places_of(self, keys: Sequence[Key]) -> List[int]:
        """Where these rows are now, if they are still here."""
        wanted = set(keys)
        return [place for place in range(len(self._rows)) if self.key(place) in wanted] if wanted else []

    # --- Qt -----------------------------------------------------------------------------------------------------------

    def data(self, index: QModelIndex, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        if not self._holds(index):
            return None
        row = self.row(index.row())
        if role == ROW_ROLE:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return cells(row, self._people)[index.column()]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return spoken(row, self._people)
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(spoken(row, self._people))
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() in _RIGHT:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        if role != Qt.ItemDataRole.DisplayRole or orientation != Qt.Orientation.Horizontal:
            return None
        return titles()[section] if 0 <= section <= OFFICER else None


def titles() -> Tuple[str, ...]:
    return (tr("Parcel"), tr("Township"), tr("What"), tr("Legal ground"), tr("Last day"), tr("Days left"), tr("Area (mu)"),
            tr("Cultivated (mu)"), tr("Area (m²)"), tr("Amount (yuan)"), tr("In charge"))


def cells(row: WorkRow, people: Mapping[str, str]) -> Tuple[str, ...]:
    """The texts of a row, one for each column; '' where there is nothing to say."""
    entry = row.entry
    return (row.place.number, row.place.township_name, say(entry.what), entry.ground, due_text(row),
            "" if row.days_left is None else str(row.days_left), mu_text(entry.land_m2), mu_text(entry.cultivated_m2),
            m2_text(entry.land_m2), "" if row.amount_fen is None else str(yuan(row.amount_fen)),
            people.get(row.place.officer, row.place.officer))


def record(row: WorkRow, people: Mapping[str, str]) -> Tuple[Any, ...]:
    """A row for a table to calculate with: numbers as numbers, days as days; columns as in :func:`titles`."""
    entry, owed = row.entry, row.amount_fen
    return (row.place.number, row.place.township_name, say(entry.what), entry.ground, entry.due_on, row.days_left,
            round(to_mu(entry.land_m2), 4), round(to_mu(entry.cultivated_m2), 4), round(entry.land_m2, 2),
            None if owed is None else float(yuan(owed)), people.get(row.place.officer, row.place.officer))


def due_text(row: WorkRow) -> str:
    """The last day; a provisional one says so."""
    if row.entry.due_on is None:
        return ""
    day = row.entry.due_on.isoformat()
    return tr("{day} (provisional)", day=day) if row.entry.provisional else day


def days_text(row: WorkRow) -> str:
    """How long until the last day, or since."""
    if row.days_left is None:
        return ""
    if row.days_left < 0:
        return tr("{n} days late", n=-row.days_left)
    return tr("today") if row.days_left == 0 else tr("{n} days left", n=row.days_left)


def what_text(row: WorkRow) -> str:
    """What is open; of a fine, the surcharge that is in the amount."""
    what = say(row.entry.what)
    if row.fine is None or not row.fine.surcharge_fen:
        return what
    return tr("{what} · surcharge {surcharge} yuan", what=what, surcharge=str(yuan(row.fine.surcharge_fen)))


def much_text(row: WorkRow) -> str:
    """The money that is owed, or the area."""
    if row.amount_fen is not None:
        return tr("{owed} yuan", owed=str(yuan(row.amount_fen)))
    return tr("{area} mu", area=mu_text(row.entry.land_m2))


def spoken(row: WorkRow, people: Mapping[str, str]) -> str:
    """The whole row in lines, for a tooltip and for screen readers."""
    entry = row.entry
    area = tr("{area} mu ({m2} m²), of it cultivated {cultivated} mu", area=mu_text(entry.land_m2), m2=m2_text(entry.land_m2),
              cultivated=mu_text(entry.cultivated_m2))
    due = " · ".join(text for text in (due_text(row), days_text(row)) if text)
    owed = much_text(row) if row.fine is not None else ""
    lines = [f"{row.place.number} · {row.place.township_name}".strip(" ·"), what_text(row), entry.ground, due, area, owed,
             people.get(row.place.officer, row.place.officer)]
    return "\n".join(line for line in lines if line)
