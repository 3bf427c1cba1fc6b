"""The single particulars that a form asks for: a widget for each kind, its value as the register keeps it."""
from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from qgis.PyQt.QtCore import QDate, QSize, QStringListModel, Qt, pyqtSignal
from qgis.PyQt.QtWidgets import (
    QComboBox,
    QCompleter,
    QDateEdit,
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from ...i18n import tr
from ...law.areas import mu_text
from ...law.quantities import fen, yuan
from . import wording
from ..widgets.plain_text import PlainLabel

_MOST = 1e10
#: Never a space: 阿卜杜拉 · 买买提 and Zhang San are one person each.
_BETWEEN_NAMES = re.compile(r"[、,，;；\n]+")


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
        self.field.setDate(QDate(day.year, day.month, day.day))


class LineEditor(Editor):
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
        self.field.setPlaceholderText(tr("Name no persons here: this text is kept for good."))
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
        self.field.setMinimumContentsLength(12)
        for code, name in options:
            self.field.addItem(name, code)
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
            self.beside.setText(tr("= {mu} mu", mu=mu_text(self.field.value())))
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
    """Names in one line, parted by any comma, never by a space; the register makes opaque ids of them when it is saved."""

    def __init__(self, names: Sequence[str], known: Sequence[str], parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.field = QLineEdit(tr(", ").join(names), self)
        self.field.setPlaceholderText(tr("names, parted by commas"))
        self._completer = QCompleter(self)
        self._completer.setModel(QStringListModel(sorted(known), self))
        self._completer.setWidget(self.field)
        self._completer.activated.connect(self._complete)
        self.field.textEdited.connect(self._suggest)
        self.field.textChanged.connect(lambda _text: self.changed.emit())
        self._hold(self.field)

    def value(self) -> Optional[List[str]]:
        return [name for name in dict.fromkeys(name.strip() for name in _BETWEEN_NAMES.split(self.field.text())) if name] or None

    def _suggest(self, text: str) -> None:
        last = _BETWEEN_NAMES.split(text)[-1].lstrip()
        self._completer.setCompletionPrefix(last)
        if last and self._completer.completionCount():
            self._completer.complete()
        else:
            self._completer.popup().hide()

    def _complete(self, name: str) -> None:
        text = self.field.text()
        last = _BETWEEN_NAMES.split(text)[-1].lstrip()
        self.field.setText(text[:len(text) - len(last)] + name + tr(", "))


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
