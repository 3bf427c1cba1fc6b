"""Fields that forms share: people, ranges of areas, texts found by any part of them, phrases to pick from."""
from __future__ import annotations

import re
from typing import List, Optional, Sequence, Tuple

from qgis.PyQt.QtCore import QStringListModel, QTimer, Qt, pyqtSignal
from qgis.PyQt.QtGui import QDoubleValidator
from qgis.PyQt.QtWidgets import QCompleter, QHBoxLayout, QLineEdit, QWidget

from ...i18n import tr, user_locale
from ...law.areas import UNITS_PER_M2, UNITS_PER_MU
from ...law.phrases import phrases
from ...settings import HEADING
from ..shell.settings_lists import store_texts, stored_texts
from .rows import narrow, put_hint


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
