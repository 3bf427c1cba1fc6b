"""What the office chooses for its review: which key gives which verdict, its own words in the lists to pick from, its level."""
from __future__ import annotations

from typing import Dict, List, Optional, Sequence, Tuple

from qgis.PyQt.QtWidgets import (
    QComboBox,
    QFormLayout,
    QGridLayout,
    QGroupBox,
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ...i18n import tr, user_locale
from ...law.codes import shipped_codes
from ...law.phrases import ANSWER, GROUND, LATER, PAPER, RETURN
from ..shell import labels
from ..widgets.elided_widgets import narrow
from ..widgets.pick_lists import keep_own_phrases, own_phrases
from .returns import LEVELS, keep_review_level, review_level
from .verdict_keys import keep_verdict_keys, usual_keys, verdict_keys
from ..widgets.plain_text import PlainLabel

_KEYS_A_ROW = 3


class ReviewOptions(QWidget):
    """Nothing is written before :meth:`apply`; what was changed for one regime or list is kept while another is looked at."""

    def __init__(self, parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.level = QComboBox(self)
        self.level.setObjectName("landInspectorReviewLevel")
        for level in LEVELS:
            self.level.addItem(labels.level_name(level), level)
        self.level.setCurrentIndex(self.level.findData(review_level()))
        self.regime = QComboBox(self)
        self.regime.setObjectName("landInspectorRegime")
        for code in shipped_codes().codes("ZD"):
            self.regime.addItem(code.label(user_locale()), code.code)
        self.regime.setCurrentIndex(self.regime.findData("N"))
        self.keys = VerdictKeysBox(self)
        self.phrases = PhrasesBox(self)
        self.regime.currentIndexChanged.connect(lambda _index: self._show())
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.addRow(tr("Reviews are recorded for"), self.level)
        form.addRow(tr("Keys and lists of"), self.regime)
        form.addRow(self.keys)
        form.addRow(self.phrases)
        self._show()

    def _show(self) -> None:
        self.keys.show_regime(self.regime.currentData())
        self.phrases.show_regime(self.regime.currentData())

    def apply(self) -> None:
        """Keep level, keys and phrases as they were entered."""
        keep_review_level(self.level.currentData())
        self.keys.apply()
        self.phrases.apply()


class VerdictKeysBox(QGroupBox):
    """Nine choices of a sub-type, one for each key."""

    def __init__(self, parent: Optional[QWidget] = None):
        super().__init__(tr("Verdict keys"), parent)
        self._regime = ""
        self._changed: Dict[str, List[str]] = {}
        self.choices = [narrow(QComboBox(self)) for _place in range(len(usual_keys("")))]
        grid = QGridLayout(self)
        for place, choice in enumerate(self.choices):
            choice.setObjectName(f"landInspectorKeyChoice{place + 1}")
            choice.setAccessibleName(tr("Key {n}", n=place + 1))
            choice.activated.connect(lambda _index: self._note())
            row, column = divmod(place, _KEYS_A_ROW)
            cell = QHBoxLayout()
            cell.addWidget(PlainLabel(f"{place + 1}", self))
            cell.addWidget(choice, 1)
            grid.addLayout(cell, row, column)
        self.usual_button = QPushButton(tr("The usual keys"), self)
        self.usual_button.clicked.connect(lambda _checked=False: self._choose(usual_keys(self._regime)))
        grid.addWidget(self.usual_button, _KEYS_A_ROW, _KEYS_A_ROW - 1)

    def show_regime(self, regime: str) -> None:
        """Offer the sub-types of this regime (ZD), with the keys they have."""
        self._regime = regime
        codes = shipped_codes().codes("PDJL2", regime)
        for choice in self.choices:
            choice.clear()
            for code in codes:
                choice.addItem(f"{labels.verdict_letter(code.parent)} {code.label(user_locale())}", code.code)
        self._set(self._changed.get(regime) or verdict_keys(regime))

    def _set(self, codes: Sequence[str]) -> None:
        for choice, code in zip(self.choices, codes):
            choice.setCurrentIndex(choice.findData(code))

    def _choose(self, codes: Tuple[str, ...]) -> None:
        self._set(codes)
        self._note()

    def _note(self) -> None:
        self._changed[self._regime] = [choice.currentData() for choice in self.choices]

    def apply(self) -> None:
        """Keep the keys of every regime in which they were changed."""
        for regime, codes in self._changed.items():
            keep_verdict_keys(codes, regime)


class PhrasesBox(QGroupBox):
    """The office's own words for one of the lists, a line each; they come before the shipped ones."""

    def __init__(self, parent: Optional[QWidget] = None):
        super().__init__(tr("The office's own words"), parent)
        self._regime = ""
        self._changed: Dict[Tuple[str, str], List[str]] = {}
        self.list = QComboBox(self)
        self.list.setObjectName("landInspectorPhraseList")
        for name, title in ((GROUND, tr("Grounds of a verdict")), (RETURN, tr("Reasons of a return")), (ANSWER, tr("Answers to a return")),
                            (LATER, tr("Reasons to put off")), (PAPER, tr("Papers waited for"))):
            self.list.addItem(title, name)
        self.text = QPlainTextEdit(self)
        self.text.setObjectName("landInspectorPhrases")
        self.text.setMaximumHeight(5 * self.fontMetrics().lineSpacing())
        self.text.setPlaceholderText(tr("One a line; “303: text” for a sub-type alone"))
        self.text.textChanged.connect(self._note)
        self.list.currentIndexChanged.connect(lambda _index: self._show())
        layout = QVBoxLayout(self)
        layout.addWidget(self.list)
        layout.addWidget(self.text)

    def show_regime(self, regime: str) -> None:
        """Show the office's own phrases for this regime (ZD)."""
        self._regime = regime
        self._show()

    def _show(self) -> None:
        name = self.list.currentData()
        self.text.blockSignals(True)
        lines = self._changed.get((name, self._regime))
        self.text.setPlainText("\n".join(own_phrases(name, self._regime) if lines is None else lines))
        self.text.blockSignals(False)

    def _note(self) -> None:
        self._changed[(self.list.currentData(), self._regime)] = self.text.toPlainText().splitlines()

    def apply(self) -> None:
        """Keep every list of phrases that was changed."""
        for (name, regime), lines in self._changed.items():
            keep_own_phrases(name, regime, lines)
