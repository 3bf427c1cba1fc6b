"""A form that asks for what one act needs, says beside each field what is wrong with it, and closes only when it is saved."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from html import escape
from pathlib import Path
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Set, Tuple

from qgis.PyQt.QtCore import pyqtSignal, QDate, QSize, Qt
from qgis.PyQt.QtWidgets import (
    QComboBox, QDateEdit, QDialog, QDialogButtonBox, QDoubleSpinBox, QFileDialog, QFormLayout, QFrame,
    QHBoxLayout, QLabel, QLineEdit, QListWidget, QListWidgetItem, QPlainTextEdit, QPushButton, QScrollArea,
    QSpinBox, QVBoxLayout, QWidget,
)

from ...errors import LandInspectorError
from ...exchange import wording
from ...i18n import say, tr
from ...law.areas import fen, mu_text, yuan
from ...law.procedure import Objection
from ..widgets.dialogs import deciding, ignore_held_keys
from ..shell.messages import explained
from ..widgets.labels import PlainLabel
from ..widgets.rows import FAULT, put_hint, readable, shown_on
from ..widgets.fields import PeopleField

Said = Dict[str, Any]
Check = Callable[[date, Said], Optional[Objection]]
Save = Callable[[date, Said], None]
_TALLEST, _AROUND = 760, 150
#: Letters of a choice that stand in the form; the rest stands in the list that opens, and in the tip.
_LONGEST_CHOICE = 20


@dataclass(frozen=True)
class Row:
    """One particular: its name in the act, its caption, what takes it in."""

    name: str
    caption: str
    editor: Editor


class Form(QDialog):
    """``check`` is asked at every change, ``save`` when the user is done; a LandInspectorError of it is shown and the form stays."""

    #: Of the manual.
    PAGE = "cases"

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
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        layout = QVBoxLayout(self)
        self.past.setVisible(False)
        for widget in (self.note, area, self.wrong, self._buttons()):
            layout.addWidget(widget, 1 if widget is area else 0)
        self.resize(440, min(inside.sizeHint().height() + _AROUND, _TALLEST))

    def _buttons(self) -> QDialogButtonBox:
        buttons = deciding(self, tr("Record"), self.PAGE, self.try_to_save)
        self.save_button = buttons.button(QDialogButtonBox.StandardButton.Save)
        return buttons

    # --- what was said ------------------------------------------------------------------------------------------------

    @property
    def on(self) -> date:
        """The day on which the act was done, as entered."""
        return date.fromisoformat(self.day.value())

    def said(self) -> Said:
        """What was entered, without what was left empty."""
        values = {row.name: row.editor.value() for row in self.rows if row.name != "on"}
        return {name: value for name, value in values.items() if value is not None}

    def row(self, name: str) -> Row:
        """The row of this name. Raises StopIteration where the form has none."""
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


# --- The single particulars that a form asks for: a widget for each kind, its value as the register keeps it.


_MOST = 1e10
#: Never a space: 阿卜杜拉 · 买买提 and Zhang San are one person each.


class Editor(QWidget):
    """``changed`` tells that :meth:`value` may be another now."""

    changed = pyqtSignal()

    def value(self) -> Any:
        """As the law room wants it; None where nothing was entered."""
        raise NotImplementedError

    def _hold(self, widget: QWidget) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(widget)
        self.setFocusProxy(widget)


class DayEditor(Editor):
    """ISO text. ``latest`` bounds what can be entered: what is recorded has happened."""

    def __init__(self, day: date, latest: Optional[date] = None, parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.field = QDateEdit(QDate(day.year, day.month, day.day), self)
        self.field.setCalendarPopup(True)
        self.field.setDisplayFormat("yyyy-MM-dd")
        if latest is not None:
            self.field.setMaximumDate(QDate(latest.year, latest.month, latest.day))
        self.field.dateChanged.connect(lambda _day: self.changed.emit())
        self._hold(self.field)

    def value(self) -> str:
        return self.field.date().toString("yyyy-MM-dd")

    def set_day(self, day: date) -> None:
        """Enter this day; ``changed`` tells of it where it is another."""
        self.field.setDate(QDate(day.year, day.month, day.day))


class LineEditor(Editor):
    """A text of one line; None while it is empty."""

    def __init__(self, text: str = "", parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.field = QLineEdit(text, self)
        self.field.textChanged.connect(lambda _text: self.changed.emit())
        self._hold(self.field)

    def value(self) -> Optional[str]:
        return self.field.text().strip() or None


class TextEditor(Editor):
    """Some lines of text; Tab goes on to the next field."""

    def __init__(self, text: str = "", parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.field = _ShortText(text, self)
        put_hint(self.field, tr("Name no persons here: this text is kept for good."))
        self.field.textChanged.connect(self.changed)
        self._hold(self.field)

    def value(self) -> Optional[str]:
        return self.field.toPlainText().strip() or None


class _ShortText(QPlainTextEdit):
    def __init__(self, text: str, parent: QWidget):
        super().__init__(text, parent)
        self.setTabChangesFocus(True)

    def sizeHint(self) -> QSize:
        return QSize(220, 4 * self.fontMetrics().lineSpacing())

    def minimumSizeHint(self) -> QSize:
        return QSize(80, 2 * self.fontMetrics().lineSpacing())


class CodeEditor(Editor):
    """One of some codes, shown by their names; nothing is chosen beforehand unless there is only one."""

    def __init__(self, options: Sequence[Tuple[str, str]], chosen: Optional[str] = None, parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.field = QComboBox(self)
        self.field.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        for code, name in options:
            self.field.addItem(name, code)
        longest = max((self.field.fontMetrics().horizontalAdvance(name) for _code, name in options), default=0)
        self.field.setMinimumContentsLength(min(max(12, longest // self.field.fontMetrics().horizontalAdvance("X") + 1), _LONGEST_CHOICE))
        self.field.setCurrentIndex(0 if len(options) == 1 else self.field.findData(chosen))
        self.field.currentIndexChanged.connect(lambda _index: self.changed.emit())
        self._hold(self.field)

    def value(self) -> Optional[str]:
        return self.field.currentData()


class CountEditor(Editor):
    """A whole number above 0; None while it is 0. ``nothing`` is what 0 shows."""

    def __init__(self, value: int = 0, nothing: str = "–", most: int = 9999, parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.field = QSpinBox(self)
        self.field.setRange(0, most)
        self.field.setSpecialValueText(nothing)
        self.field.setValue(value)
        self.field.valueChanged.connect(lambda _value: self.changed.emit())
        self._hold(self.field)

    def value(self) -> Optional[int]:
        return self.field.value() or None


class FigureEditor(Editor):
    """One figure of an amount: m² with its mu beside it, yuan (kept in fen) or persons. None while it is 0."""

    def __init__(self, unit: str, value: float = 0, parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.unit = unit
        self.field = QDoubleSpinBox(self)
        self.field.setRange(0, _MOST)
        self.field.setDecimals(0 if unit == "persons" else 2)
        self.field.setGroupSeparatorShown(True)
        self.field.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
        self.field.setAccessibleName(wording.unit_name(unit))
        self.field.setValue(float(yuan(int(value))) if unit == "fen" else float(value))
        self.beside = PlainLabel(self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.field, 1)
        layout.addWidget(self.beside)
        self.setFocusProxy(self.field)
        self.field.valueChanged.connect(lambda _value: self._show())
        self._show()

    def _show(self) -> None:
        if self.unit in ("land_m2", "cultivated_m2"):
            self.beside.setText(tr("m² = {mu} mu", mu=mu_text(self.field.value())))
        elif self.unit == "fen":
            self.beside.setText(tr("yuan"))
        self.changed.emit()

    def value(self) -> Optional[float]:
        shown = self.field.value()
        if not shown:
            return None
        if self.unit == "fen":
            return fen(f"{shown:.2f}")
        return int(shown) if self.unit == "persons" else round(shown, 2)


class AmountEditor(Editor):
    """The figures of one remedy; ``known`` are filled in. A unit that is counted at all is 0 where nothing was entered."""

    def __init__(self, units: Sequence[str], known: Mapping[str, float], optional: Sequence[str] = (), parent: Optional[QWidget] = None):
        super().__init__(parent)
        self._optional = set(optional)
        self.figures: Dict[str, FigureEditor] = {}
        layout = QFormLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for unit in (*units, *optional):
            self.figures[unit] = figure = FigureEditor(unit, known.get(unit) or 0, self)
            figure.setObjectName(f"landInspectorFigure_{unit}")
            figure.changed.connect(self.changed)
            layout.addRow(wording.unit_name(unit), figure)
        self.setFocusProxy(next(iter(self.figures.values())))

    def value(self) -> Optional[Dict[str, float]]:
        said = {unit: figure.value() for unit, figure in self.figures.items()}
        if not any(said.values()):
            return None
        return {unit: value or 0 for unit, value in said.items() if value is not None or unit not in self._optional}


class PeopleEditor(Editor):
    """Names in one line; the register makes opaque ids of them when it is saved."""

    def __init__(self, names: Sequence[str], known: Sequence[str], parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.field = PeopleField(names, known, self)
        self.field.textChanged.connect(lambda _text: self.changed.emit())
        self._hold(self.field)

    def value(self) -> Optional[List[str]]:
        return self.field.names() or None


class ItemsEditor(Editor):
    """Which remedies of the decision an act concerns: only those it can concern are listed."""

    def __init__(self, items: Sequence[Tuple[str, str, bool]], parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.field = QListWidget(self)
        for item, name, checked in items:
            line = QListWidgetItem(name, self.field)
            line.setData(Qt.ItemDataRole.UserRole, item)
            line.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsSelectable)
            line.setCheckState(Qt.CheckState.Checked if checked else Qt.CheckState.Unchecked)
        self.field.setMaximumHeight(self.field.fontMetrics().lineSpacing() * (len(items) + 2))
        self.field.itemChanged.connect(lambda _item: self.changed.emit())
        self._hold(self.field)

    def value(self) -> List[str]:
        lines = [self.field.item(n) for n in range(self.field.count())]
        return [line.data(Qt.ItemDataRole.UserRole) for line in lines if line.checkState() == Qt.CheckState.Checked]


class FilesEditor(Editor):
    """Papers and photos to be kept with an act; :meth:`value` are paths, which the register copies when it is saved."""

    def __init__(self, parent: Optional[QWidget] = None):
        super().__init__(parent)
        self._paths: List[Path] = []
        self.button = QPushButton(tr("Add files…"), self)
        self.button.clicked.connect(self._ask)
        self.listed = PlainLabel(self)
        self.listed.setWordWrap(True)
        self.listed.setVisible(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self.listed)
        self.setFocusProxy(self.button)
        self.setAcceptDrops(True)

    def add(self, paths: Sequence[Path]) -> None:
        """More files, behind those that are there; each counts once."""
        self._paths += [path for path in paths if path not in self._paths]
        self.listed.setText(tr(", ").join(path.name for path in self._paths))
        self.listed.setVisible(bool(self._paths))
        self.changed.emit()

    def value(self) -> Optional[List[Path]]:
        return list(self._paths) or None

    def _ask(self) -> None:
        chosen, _kind = QFileDialog.getOpenFileNames(self, tr("Papers and photos"))
        self.add([Path(path) for path in chosen])

    def dragEnterEvent(self, event: Any) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: Any) -> None:
        self.add([Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()])
