"""A form that asks for what one act needs, says beside each field what is wrong with it, and closes only when it is saved."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from html import escape
from typing import Any, Callable, Dict, List, Optional, Sequence, Set

from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from ...errors import LandInspectorError
from ...i18n import say, tr
from ...law.procedure import Objection
from ..shell.held_keys import ignore_held_keys
from ..shell.messages import explained
from .editors import DayEditor, Editor
from ..widgets.readable import FAULT, readable, shown_on
from ..widgets.plain_text import PlainLabel

Said = Dict[str, Any]
Check = Callable[[date, Said], Optional[Objection]]
Save = Callable[[date, Said], None]
_TALLEST, _AROUND = 760, 150


@dataclass(frozen=True)
class Row:
    """One particular: its name in the act, its caption, what takes it in."""

    name: str
    caption: str
    editor: Editor


class Form(QDialog):
    """``check`` is asked at every change, ``save`` when the user is done; a LandInspectorError of it is shown and the form stays."""

    def __init__(self, title: str, note: str, rows: Sequence[Row], check: Check, save: Save, parent: Optional[QWidget] = None,
                 today: Optional[date] = None):
        super().__init__(parent)
        ignore_held_keys(self)
        self.setObjectName("landInspectorActForm")
        self.setWindowTitle(title)
        self._check, self._save, self._today = check, save, today or date.today()
        self._touched: Set[str] = set()
        self._attempted = False
        self.day = DayEditor(self._today, self._today, self)
        self.rows: List[Row] = [Row("on", tr("Date"), self.day), *rows]
        self.faults: Dict[str, QLabel] = {}
        self.note = _wrapped(f"<b>{escape(title)}</b><br>{escape(note)}", self)
        self.note.setTextFormat(Qt.TextFormat.RichText)
        self.past = _wrapped("", self)
        self.wrong = _fault("landInspectorFormFault", self)
        self._lay_out()
        for row in self.rows:
            row.editor.changed.connect(lambda name=row.name: self._on_changed(name))
        self.finished.connect(self.deleteLater)

    def _lay_out(self) -> None:
        inside = self._inside = QWidget(self)
        fields = QFormLayout(inside)
        fields.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        fields.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        for row in self.rows:
            row.editor.setObjectName(f"landInspectorField_{row.name}")
            row.editor.focusProxy().setAccessibleName(row.caption)
            fields.addRow(row.caption, row.editor)
            self.faults[row.name] = _fault(f"landInspectorFault_{row.name}", inside)
            fields.addRow(self.faults[row.name])
            if row.name == "on":
                fields.addRow(self.past)
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        layout = QVBoxLayout(self)
        self.past.setVisible(False)
        for widget in (self.note, area, self.wrong, self._buttons()):
            layout.addWidget(widget, 1 if widget is area else 0)
        self.resize(440, min(inside.sizeHint().height() + _AROUND, _TALLEST))

    def _buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel, parent=self)
        self.save_button = buttons.button(QDialogButtonBox.StandardButton.Save)
        self.save_button.setText(tr("Record"))
        self.save_button.setDefault(True)
        buttons.button(QDialogButtonBox.StandardButton.Cancel).setText(tr("Cancel"))
        buttons.accepted.connect(self.try_to_save)
        buttons.rejected.connect(self.reject)
        return buttons

    # --- what was said ------------------------------------------------------------------------------------------------

    @property
    def on(self) -> date:
        return date.fromisoformat(self.day.value())

    def said(self) -> Said:
        """What was entered, without what was left empty."""
        values = {row.name: row.editor.value() for row in self.rows if row.name != "on"}
        return {name: value for name, value in values.items() if value is not None}

    def row(self, name: str) -> Row:
        return next(row for row in self.rows if row.name == name)

    # --- checking and saving ------------------------------------------------------------------------------------------

    def _on_changed(self, name: str) -> None:
        self._touched.add(name)
        is_past = self.on < self._today
        self.past.setVisible(is_past)
        if is_past:
            self.past.setText(tr("Counts from {day}; the register also keeps that it was recorded today.", day=self.day.value()))
        self._show(self._check(self.on, self.said()))
        self._grow()

    def _grow(self) -> None:
        """Higher with what was added, as far as a small screen allows; never smaller under the user's hands."""
        self._inside.layout().activate()
        wanted = min(self._inside.sizeHint().height() + _AROUND, _TALLEST)
        if wanted > self.height():
            self.resize(self.width(), wanted)

    def _show(self, objection: Optional[Objection]) -> None:
        """A fault stands beside its field, and only once the user has been there."""
        for name, label in self.faults.items():
            known = objection is not None and objection.field == name and (self._attempted or name in self._touched)
            _say_fault(label, say(objection.reason) if known else "")
        general = objection is not None and objection.field not in self.faults and self._attempted
        _say_fault(self.wrong, say(objection.reason) if general else "")

    def try_to_save(self) -> None:
        """Save, or say what is wrong and go there."""
        self._attempted = True
        objection = self._check(self.on, self.said())
        self._show(objection)
        if objection is not None:
            if objection.field in self.faults:
                self.row(objection.field).editor.setFocus()
            return
        try:
            self._save(self.on, self.said())
        except LandInspectorError as error:
            _say_fault(self.wrong, explained(error))
            return
        self.accept()


def _wrapped(text: str, parent: QWidget) -> QLabel:
    label = PlainLabel(text, parent)
    label.setWordWrap(True)
    return label


def _fault(name: str, parent: QWidget) -> QLabel:
    label = _wrapped("", parent)
    label.setObjectName(name)
    label.setStyleSheet(f"color: {readable(FAULT, shown_on(parent))}; font-weight: bold;")
    label.setVisible(False)
    return label


def _say_fault(label: QLabel, text: str) -> None:
    label.setText(f"⚠ {text}" if text else "")
    label.setVisible(bool(text))
