"""Names of people in one line, parted by any comma and never by a space: suggestions for the name that is being typed."""
from __future__ import annotations

import re
from typing import List, Optional, Sequence

from qgis.PyQt.QtCore import QStringListModel, Qt
from qgis.PyQt.QtWidgets import QCompleter, QLineEdit, QWidget

from ...i18n import tr
from .rows import put_hint

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
