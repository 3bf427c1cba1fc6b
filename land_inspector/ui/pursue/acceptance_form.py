"""One acceptance for many parcels: what it would cover is shown before it is recorded."""
from __future__ import annotations

import math
from datetime import date
from typing import List, Optional, Sequence

from qgis.PyQt.QtCore import QDate
from qgis.PyQt.QtWidgets import QComboBox, QDateEdit, QDialog, QFormLayout, QPlainTextEdit, QVBoxLayout, QWidget

from ...i18n import say, tr
from ...law.areas import mu_text
from ...law.remedies import FINISHED, HANDED_IN, LEVELS, RETURNED
from ...law.work_lists import WorkRow
from ..shell.held_keys import ignore_held_keys
from ..widgets.dialog_buttons import deciding
from ..widgets.readable import WARNING, readable, shown_on
from ..widgets.plain_text import PlainLabel


class AcceptanceForm(QDialog):
    """Date, level and result of an acceptance; :meth:`remedies` are those of all the rows."""

    def __init__(self, rows: Sequence[WorkRow], day: date, parent: Optional[QWidget] = None):
        super().__init__(parent)
        ignore_held_keys(self)
        self.setObjectName("landInspectorAcceptanceForm")
        self.setWindowTitle(tr("Acceptance of {n} parcels", n=len(rows)))
        self._rows = list(rows)
        self.on = date_field(day, self)
        self.on.setObjectName("landInspectorAcceptedOn")
        self.level = _choice([(code, say_level(code)) for code in ("1", "2", "3")], "2", self)
        results = [(FINISHED, tr("accepted")), (HANDED_IN, tr("handed in for acceptance")), (RETURNED, tr("acceptance refused"))]
        self.status = _choice(results, FINISHED, self)
        self.warning = PlainLabel(self)
        self.warning.setWordWrap(True)
        self.warning.setStyleSheet(f"color: {readable(WARNING, shown_on(self))}")
        self.on.dateChanged.connect(lambda _day: self._warn())
        self._lay_out()
        self._warn()

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.addRow(tr("Date of the acceptance"), self.on)
        form.addRow(tr("Level"), self.level)
        form.addRow(tr("Result"), self.status)
        buttons = deciding(self, tr("Record for {n} parcels", n=len(self._rows)), "cases")
        preview = QPlainTextEdit(self.preview(), self)
        preview.setReadOnly(True)
        preview.setAccessibleName(tr("What the acceptance covers"))
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        for widget in (preview, self.warning, buttons):
            layout.addWidget(widget)
        self.resize(420, 420)

    def preview(self) -> str:
        """Every parcel with its remedies, and the sum."""
        lines = [tr("{parcel}: {what}, {area} mu", parcel=row.place.number, what=say(row.entry.what), area=mu_text(row.entry.land_m2))
                 for row in self._rows]
        whole = math.fsum(row.entry.land_m2 for row in self._rows)
        return "\n".join([tr("{n} remedies on {parcels} parcels, {area} mu", n=len(self.remedies()), parcels=len(self._rows),
                             area=mu_text(whole)), "", *lines])

    def remedies(self) -> List[str]:
        """Keys of all remedies that the acceptance is recorded for."""
        return [key for row in self._rows for key in row.entry.remedies]

    def day(self) -> date:
        """The day of the acceptance, as entered."""
        return self.on.date().toPyDate()

    def _warn(self) -> None:
        """An acceptance after the last day of deduction is possible, and is said to come too late (R41)."""
        late = [row for row in self._rows if row.entry.due_on is not None and self.day() > row.entry.due_on]
        self.warning.setText(tr("For {n} parcels this is after the last day of deduction: they will stay in the ratio.", n=len(late))
                             if late else "")


def date_field(day: date, parent: QWidget) -> QDateEdit:
    """A day to be typed or picked."""
    field = QDateEdit(QDate(day.year, day.month, day.day), parent)
    field.setDisplayFormat("yyyy-MM-dd")
    field.setCalendarPopup(True)
    return field


def say_level(code: str) -> str:
    """The accepting office's level in the user's language, from its code (``1`` county, ``2`` city, ``3`` province)."""
    return {"1": tr("county"), "2": tr("city"), "3": tr("province")}.get(code, LEVELS[code][0])


def _choice(options: Sequence[tuple], chosen: str, parent: QWidget) -> QComboBox:
    box = QComboBox(parent)
    for code, text in options:
        box.addItem(text, code)
    box.setCurrentIndex(box.findData(chosen))
    return box
