"""Fields that forms share: people, ranges of areas, texts found by any part of them, usual texts to pick from."""
from __future__ import annotations

import re
from typing import List, Optional, Sequence, Tuple

from qgis.PyQt.QtCore import QEvent, QObject, QStringListModel, QTimer, Qt, pyqtSignal
from qgis.PyQt.QtGui import QDoubleValidator, QKeyEvent
from qgis.PyQt.QtWidgets import (
    QCompleter, QDialog, QDialogButtonBox, QFormLayout, QHBoxLayout, QLineEdit, QListWidget, QVBoxLayout, QWidget,
)

from ...i18n import tr, user_locale
from ...law.areas import UNITS_PER_M2, UNITS_PER_MU
from ...law.phrases import phrases
from ...settings import HEADING, store_texts, stored_texts
from .dialogs import deciding, ignore_held_keys
from .labels import PlainLabel, narrow
from .rows import put_hint


# Names of people in one line, parted by any comma and never by a space: suggestions for the name that is being typed.

_BETWEEN_NAMES = re.compile(r"[、,，;；\n]+")


def split_names(text: str) -> List[str]:
    """Names out of one line, each once; “欧阳 明” is one person."""
    return [name for name in dict.fromkeys(name.strip() for name in _BETWEEN_NAMES.split(text)) if name]


class PeopleField(QLineEdit):
    """``known`` are the people to suggest; :meth:`names` is what was entered."""

    def __init__(self, names: Sequence[str], known: Sequence[str], parent: Optional[QWidget] = None):
        super().__init__(tr(", ").join(names), parent)
        put_hint(self, tr("names, parted by commas"))
        self._suggestions = QCompleter(self)
        self._suggestions.setModel(QStringListModel(sorted(known), self))
        self._suggestions.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._suggestions.setFilterMode(Qt.MatchFlag.MatchContains)
        self._suggestions.setWidget(self)
        self._suggestions.activated.connect(self._complete)
        self.textEdited.connect(self._suggest)

    def names(self) -> List[str]:
        """The people entered."""
        return split_names(self.text())

    def _suggest(self, text: str) -> None:
        last = _BETWEEN_NAMES.split(text)[-1].lstrip()
        self._suggestions.setCompletionPrefix(last)
        if last and self._suggestions.completionCount():
            self._suggestions.complete()
        else:
            self._suggestions.popup().hide()

    def _complete(self, name: str) -> None:
        text = self.text()
        last = _BETWEEN_NAMES.split(text)[-1].lstrip()
        self.setText(text[:len(text) - len(last)] + name + tr(", "))


# From how many mu to how many: two small fields, empty where there is no limit.

_PAUSE_MS = 300


class AreaRange(QWidget):
    """``chosen`` comes when the user has stopped typing."""

    chosen = pyqtSignal()

    def __init__(self, parent: Optional[QWidget] = None):
        super().__init__(parent)
        narrow(self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PAUSE_MS)
        self._timer.timeout.connect(self.chosen)
        self.least = self._field("landInspectorAreaFrom", tr("from mu"))
        self.most = self._field("landInspectorAreaTo", tr("to mu"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.least)
        row.addWidget(self.most)

    def _field(self, name: str, hint: str) -> QLineEdit:
        field = narrow(QLineEdit(self))
        field.setObjectName(name)
        put_hint(field, hint)
        field.setAccessibleName(tr("Area, {hint}", hint=hint))
        field.setToolTip(tr("Area of the parcel in mu; empty for no limit"))
        field.setValidator(QDoubleValidator(0.0, 1e9, 4, field))
        field.textEdited.connect(lambda _text: self._timer.start())
        return field

    @property
    def limits_m2(self) -> Tuple[Optional[float], Optional[float]]:
        """Least and most area in m²; None where there is no limit."""
        return _m2(self.least.text()), _m2(self.most.text())

    @property
    def written(self) -> Tuple[str, str]:
        """What stands in the two fields, in mu."""
        return self.least.text(), self.most.text()

    def write(self, least: str, most: str) -> None:
        """Put two limits in mu there, '' for none; nobody is told."""
        self.least.setText(least)
        self.most.setText(most)

    def clear(self) -> None:
        """Ask for no limits; nobody is told."""
        self._timer.stop()
        self.least.clear()
        self.most.clear()


def _m2(written: str) -> Optional[float]:
    """Square metres of a number in mu; None where there is none."""
    try:
        return float(written.replace(",", ".")) * UNITS_PER_MU / UNITS_PER_M2
    except ValueError:
        return None


# Lists to pick from: the shipped phrases of a regime with the office's own before them.

#: Separates the sub-type (PDJL2) that an office's own phrase is for from its text: ``303: 已备案``.
_FOR = ":"


def choices(name: str, regime: str, sub_type: str = "") -> List[str]:
    """What to offer in a list of :mod:`land_inspector.law.phrases`, for a sub-type or for all; in the reader's language."""
    own = [text for wanted, text in map(_parted, own_phrases(name, regime)) if not sub_type or wanted in ("", sub_type, sub_type[:1])]
    shipped = [phrase.text(user_locale()) for phrase in phrases(name, regime, sub_type)]
    return list(dict.fromkeys([*own, *shipped]))


def own_phrases(name: str, regime: str) -> List[str]:
    """The office's own, as they were written in Options: a text, or a code, a colon and a text."""
    return stored_texts(_key(name, regime))


def keep_own_phrases(name: str, regime: str, lines: Sequence[str]) -> None:
    """Remember the office's own phrases of a list under a regime (ZD), without empty lines."""
    store_texts(_key(name, regime), [line.strip() for line in lines if line.strip()])


def _key(name: str, regime: str) -> str:
    return f"{HEADING}/phrases/{name}/{regime or 'N'}"


def _parted(line: str) -> Tuple[str, str]:
    code, mark, text = line.replace("：", _FOR).partition(_FOR)
    return (code.strip(), text.strip()) if mark and code.strip().isdigit() else ("", line)


# Picking a usual text by one key, or typing another: 1 … 9 take a line of the list at once, Enter takes what is written.

_DIGITS = "123456789"
#: A longer list scrolls.
_MOST_LINES = 14


class PickDialog(QDialog):
    """Read :attr:`text` after it was accepted. With ``optional`` an empty text is an answer as well."""

    def __init__(self, title: str, question: str, choices: Sequence[str], parent: Optional[QWidget] = None, optional: bool = False):
        super().__init__(parent)
        self.setObjectName("landInspectorPick")
        ignore_held_keys(self)
        self.setWindowTitle(title)
        self._choices, self._optional = list(choices), optional
        heading = PlainLabel(question, self)
        heading.setWordWrap(True)
        self.field = QLineEdit(self)
        self.field.setObjectName("landInspectorPickText")
        self.field.setAccessibleName(question)
        self.field.installEventFilter(self)
        self.list = QListWidget(self)
        self.list.setObjectName("landInspectorPickList")
        self.list.setAccessibleName(tr("Usual texts"))
        self.list.addItems([f"{place}  {text}" if place <= len(_DIGITS) else f"    {text}" for place, text in enumerate(self._choices, 1)])
        self.list.currentRowChanged.connect(self._write)
        self.list.itemDoubleClicked.connect(lambda _item: self.accept())
        self.list.setVisible(bool(self._choices))
        self.list.setFixedHeight(min(len(self._choices), _MOST_LINES) * self.list.sizeHintForRow(0) + 8)
        self.buttons = self._buttons()
        self.form = QFormLayout()
        layout = QVBoxLayout(self)
        for widget in (heading, self.field, self.list):
            layout.addWidget(widget)
        layout.addLayout(self.form)
        layout.addWidget(self.buttons)
        self.field.textChanged.connect(lambda _text: self._look())
        self._look()
        self.field.setFocus()
        self.resize(380, self.sizeHint().height())

    def _buttons(self) -> QDialogButtonBox:
        """The title is the verb: what the dialog is called is what it does."""
        return deciding(self, self.windowTitle(), "review")

    @property
    def text(self) -> str:
        """What was picked or typed, without blanks around it."""
        return self.field.text().strip()

    def _look(self) -> None:
        self.buttons.button(QDialogButtonBox.StandardButton.Save).setEnabled(self._optional or bool(self.text))

    def _write(self, row: int) -> None:
        if row >= 0:
            self.field.setText(self._choices[row])
            self.field.selectAll()

    def accept(self) -> None:
        if self._optional or self.text:
            super().accept()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """In an empty field a digit takes its line at once; the arrows walk through the list from the field."""
        if watched is self.field and event.type() == QEvent.Type.KeyPress:
            return self._pick_by_key(event)
        return super().eventFilter(watched, event)

    def _pick_by_key(self, event: QKeyEvent) -> bool:
        place = _DIGITS.find(event.text()) if event.text() else -1
        if 0 <= place < len(self._choices) and not self.text:
            self.list.setCurrentRow(place)
            self.accept()
            return True
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(event.key(), 0)
        if step and self._choices:
            self.list.setCurrentRow(max(0, min(len(self._choices) - 1, self.list.currentRow() + step)))
        return bool(step)
