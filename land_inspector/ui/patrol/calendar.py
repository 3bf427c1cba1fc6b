"""A station's month as a calendar: what is planned, what was logged, what counts and what does not, each by a sign beside its colour."""
from __future__ import annotations

import calendar
from datetime import date, timedelta
from typing import List, Optional

from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtGui import QColor, QFont, QKeyEvent
from qgis.PyQt.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from ...i18n import say, tr
from ...register.state import Patrol
from ...register.views.patrols import MonthView
from ..widgets.labels import tip
from ..widgets.rows import readable

#: A patrol that counts, one that does not, one that is planned.
VALID, REFUSED, PLANNED = "✓", "✗", "○"
_DAY = Qt.ItemDataRole.UserRole
_COLOURS = {VALID: "#1a7f37", REFUSED: "#c5221f", PLANNED: "#0b57d0"}


def sign_of(view: MonthView, patrol: Patrol) -> str:
    """VALID, REFUSED or PLANNED."""
    return PLANNED if not patrol.logged else VALID if view.counts(patrol) else REFUSED


class MonthCalendar(QTableWidget):
    """Weeks from Monday; arrow keys walk over the days, beyond the edge into the next month. ``day_chosen`` tells the day that the user
    went to, ``day_opened`` the one on which Enter or a double click came, ``month_wanted`` −1 or 1."""

    day_chosen = pyqtSignal(object)
    day_opened = pyqtSignal(object)
    month_wanted = pyqtSignal(int)

    def __init__(self, parent: Optional[QWidget] = None):
        super().__init__(6, 7, parent)
        self.setObjectName("landInspectorPatrolMonth")
        self.setAccessibleName(tr("Month"))
        self.verticalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.horizontalHeader().setMinimumSectionSize(30)
        self.setHorizontalHeaderLabels([tr("Mo"), tr("Tu"), tr("We"), tr("Th"), tr("Fr"), tr("Sa"), tr("Su")])
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWordWrap(False)
        line = self.fontMetrics().lineSpacing()
        for row in range(6):
            self.setRowHeight(row, 2 * line + 4)
        self.setFixedHeight(6 * (2 * line + 4) + line + 12)
        self._quiet = False
        self.currentItemChanged.connect(self._on_current)
        self.itemActivated.connect(lambda item: self._open(item))

    def show_month(self, view: MonthView, chosen: date) -> None:
        """Fill in a month and go to a day of it."""
        self._quiet = True
        self.clearContents()
        first = date(view.year, view.month, 1)
        begin = first - timedelta(days=first.weekday())
        weeks = len(calendar.monthcalendar(view.year, view.month))
        for at in range(42):
            self._fill(at, begin + timedelta(days=at), view)
        for row in range(6):
            self.setRowHidden(row, row >= weeks)
        self.setFixedHeight(sum(self.rowHeight(row) for row in range(weeks)) + self.horizontalHeader().sizeHint().height() + 4)
        self._go_to(chosen)
        self._quiet = False

    def _fill(self, at: int, day: date, view: MonthView) -> None:
        item = QTableWidgetItem()
        item.setData(_DAY, day)
        item.setTextAlignment(int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop))
        if (day.year, day.month) != (view.year, view.month):
            item.setFlags(Qt.ItemFlag.NoItemFlags)
            item.setText(str(day.day))
        else:
            patrols = view.on(day)
            signs = [sign_of(view, one) for one in patrols]
            shown = signs if len(signs) <= 3 else [*signs[:2], f"+{len(signs) - 2}"]
            item.setText(f"{day.day}\n{' '.join(shown)}")
            item.setToolTip(tip("\n".join([day.isoformat(), *(line_of(view, one) for one in patrols)])))
            if signs:
                worst = next((one for one in (REFUSED, PLANNED, VALID) if one in signs), VALID)
                item.setForeground(QColor(readable(_COLOURS[worst])))
            if day == view.today:
                font = QFont(self.font())
                font.setBold(True)
                font.setUnderline(True)
                item.setFont(font)
        self.setItem(at // 7, at % 7, item)

    def _go_to(self, day: date) -> None:
        for at in range(42):
            item = self.item(at // 7, at % 7)
            if item is not None and item.data(_DAY) == day and item.flags():
                self.setCurrentItem(item)

    def chosen_day(self) -> Optional[date]:
        """The day that the user went to."""
        item = self.currentItem()
        return item.data(_DAY) if item is not None and item.flags() else None

    def _on_current(self, item: Optional[QTableWidgetItem], _before: Optional[QTableWidgetItem]) -> None:
        if item is not None and not self._quiet and item.flags():
            self.day_chosen.emit(item.data(_DAY))

    def _open(self, item: QTableWidgetItem) -> None:
        if item.flags():
            self.day_opened.emit(item.data(_DAY))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        day, steps = self.chosen_day(), {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -7, Qt.Key.Key_Down: 7}
        if event.key() in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            self.month_wanted.emit(-1 if event.key() == Qt.Key.Key_PageUp else 1)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and day is not None:
            self.day_opened.emit(day)
        elif event.key() in steps and day is not None:
            wanted = day + timedelta(days=steps[event.key()])
            if wanted.month == day.month:
                self._go_to(wanted)
            else:
                self.month_wanted.emit(1 if wanted > day else -1)
        else:
            super().keyPressEvent(event)


def line_of(view: MonthView, patrol: Patrol) -> str:
    """One patrol in a line: its sign, hours, route, and why it does not count."""
    hours = "–".join(filter(None, (patrol.KSSJ, patrol.JSSJ)))
    parts: List[str] = [sign_of(view, patrol), hours, patrol.XCLX or ""]
    if patrol.id in view.refused:
        parts.append(say(view.refused[patrol.id]))
    return " ".join(part for part in parts if part)
