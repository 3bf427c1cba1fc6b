"""What the office chooses for its review: which key gives which verdict, its own words in the lists to pick from, its level."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, List, Optional, Sequence, Tuple

from qgis.core import QgsMapSettings, QgsRectangle
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtWidgets import (
    QComboBox, QFormLayout, QGridLayout, QGroupBox, QHBoxLayout, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget,
)

from ...i18n import tr, user_locale
from ...law.codes import shipped_codes
from ...law.phrases import ANSWER, GROUND, LATER, PAPER, RETURN
from ...settings import HEADING, store_texts, stored_texts
from ..shell import map_layers
from ..widgets.labels import PlainLabel, narrow
from ..widgets.rows import put_hint
from ..widgets.fields import keep_own_phrases, own_phrases
from .returns import LEVELS, keep_review_level, review_level


# How close the map goes to a chosen parcel: at a fixed scale, or so that the parcel fills a share of the view.

#: No closer than 1:100 where the parcel's size decides: a tiny one is enlarged to the chosen share as well, but not to nothing.
LARGEST_SCALE = 100


@dataclass
class Framing:
    """``scale`` is the denominator of a fixed scale; 0: the parcel fills ``fill`` percent of the view, the way it is longer."""

    scale: int = 0
    fill: int = 40

    def bring(self, canvas: QgsMapCanvas, box: QgsRectangle) -> None:
        """Show a box (in the canvas's CRS) in the middle of the map."""
        canvas.setExtent(self.view(canvas.mapSettings(), box))
        canvas.refresh()

    def view(self, shown: QgsMapSettings, box: QgsRectangle) -> QgsRectangle:
        """The extent that :meth:`bring` sets for a map of this size and CRS."""
        settings = QgsMapSettings(shown)
        settings.setExtent(_scaled(box, 100.0 / self.fill))
        wanted = self.scale or max(settings.scale(), LARGEST_SCALE)
        return _scaled(settings.extent(), wanted / settings.scale())


def _scaled(box: QgsRectangle, factor: float) -> QgsRectangle:
    scaled = QgsRectangle(box)
    scaled.scale(factor)
    return scaled


# Which key gives which verdict: nine keys of the office's choice in each regime, each a sub-type (PDJL2) that implies its verdict.

_NEW, _OLD = "N", "O"
#: What comes up most under the new regime, in the order of the keys 1 to 9.
USUAL = ("101", "201", "301", "203", "204", "303", "305", "306", "302")
_USUAL: Dict[str, Tuple[str, ...]] = {_NEW: USUAL, _OLD: ("101", "201", "301", "203", "204", "302", "202", "103", "102")}


def verdict_keys(regime: str = _NEW) -> List[str]:
    """Sub-type codes for the keys 1 … 9; a code that the regime (ZD) does not know falls back to the usual one."""
    usual, stored = usual_keys(regime), stored_texts(_key(regime))
    kept = [*stored, *usual[len(stored):]][:len(usual)]
    return [code if shipped_codes().knows("PDJL2", code, regime or _NEW) else fallback for code, fallback in zip(kept, usual)]


def usual_keys(regime: str) -> Tuple[str, ...]:
    """Sub-type codes that the keys 1 … 9 have under a regime (ZD) until the office gives them others."""
    return _USUAL.get(regime, USUAL)


def keep_verdict_keys(codes: Sequence[str], regime: str = _NEW) -> None:
    """Remember the sub-type codes of the keys 1 … 9, in their order, for a regime (ZD)."""
    store_texts(_key(regime), codes)


def verdict_of(sub_type: str) -> str:
    """PDJL1 that a sub-type belongs to."""
    return shipped_codes().find("PDJL2", sub_type).parent


def _key(regime: str) -> str:
    return f"{HEADING}/verdict_keys/{regime or _NEW}"


_KEYS_A_ROW = 3


class ReviewOptions(QWidget):
    """Nothing is written before :meth:`apply`; what was changed for one regime or list is kept while another is looked at."""

    def __init__(self, parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.level = QComboBox(self)
        self.level.setObjectName("landInspectorReviewLevel")
        for level in LEVELS:
            self.level.addItem(map_layers.level_name(level), level)
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
                choice.addItem(f"{map_layers.verdict_letter(code.parent)} {code.label(user_locale())}", code.code)
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
        put_hint(self.text, tr("One a line; “303: text” for a sub-type alone"))
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
