"""The remedies of a notice or a decision: what, how much, on which ground, and for a fine what it is computed from."""
from __future__ import annotations

from datetime import date
from typing import Any, Dict, List, Mapping, Optional, Sequence

from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QCheckBox, QFormLayout, QGroupBox, QMenu, QToolButton, QVBoxLayout, QWidget

from ...exchange import wording
from ...i18n import say, tr, user_locale
from ...law.penalties import (
    BASE_LABELS, FineBase, PER_M2, SHARE, TIMES_RECLAMATION, decision_cautions, fine_ranges, parcel_cautions,
)
from ...law.rulepack import RulePack
from ...law.quantities import yuan
from ...law.remedies import KINDS
from .case_file import ParcelLine
from .form import AmountEditor, CodeEditor, CountEditor, DayEditor, Editor, FigureEditor
from ..widgets.labels import PlainLabel

_MONEY = ("fine", "gains", "fee")
_ON_SAME_GROUND = ("reclamation", "return", "hand_back")
_BASE_FIELD = {PER_M2: "land_m2", TIMES_RECLAMATION: "reclamation_fee_fen", SHARE: "gains_fen"}


class FineBasis(Editor):
    """Article, day of the violation and the figure the fine is computed from; says the band that follows from them (R47)."""

    def __init__(self, pack: RulePack, known: Mapping[str, Any], line: ParcelLine, parent: Optional[QWidget] = None):
        super().__init__(parent)
        self._pack, self._line, self._known = pack, line, known
        names = {band.article: band.name.text(user_locale()) for band in pack.fine_bands}
        self.article = CodeEditor([(code, tr("Article {article}: {name}", article=code, name=name)) for code, name in names.items()],
                                  known.get("article") or "77", self)
        self.violated_on = DayEditor(_day(known.get("violated_on") or line.built_on), date.today(), self)
        self.band = PlainLabel(self)
        self.band.setWordWrap(True)
        self._layout = QFormLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.addRow(tr("Under"), self.article)
        self._layout.addRow(tr("Violation of"), self.violated_on)
        self.base: Optional[FigureEditor] = None
        self._layout.addRow(self.band)
        self.article.changed.connect(self._ask_for_base)
        self.violated_on.changed.connect(self._show_band)
        self._ask_for_base()

    def _unit(self) -> str:
        return next((band.unit for band in self._pack.fine_bands if band.article == self.article.value()), PER_M2)

    def _ask_for_base(self) -> None:
        """The figure that the article's band multiplies."""
        if self.base is not None:
            self._layout.removeRow(self.base)
        unit = self._unit()
        per_area = unit == PER_M2
        known = (self._known.get("base") or {}).get(_base_field(unit)) or (self._line.illegal_m2 if per_area else 0)
        self.base = FigureEditor("land_m2" if per_area else "fen", known or 0, self)
        self.base.changed.connect(self._show_band)
        self._layout.insertRow(2, say(BASE_LABELS[unit]), self.base)
        self._show_band()

    def _show_band(self) -> None:
        said = self.value()
        day = date.fromisoformat(said["violated_on"])
        ranges = fine_ranges(said["article"], day, FineBase(**said["base"]), self._pack) if said["article"] else []
        self.band.setText(tr("The law allows {least} to {most} yuan.", least=f"{yuan(ranges[0].least_fen):,}",
                             most=f"{yuan(ranges[0].most_fen):,}") if ranges else "")
        self.changed.emit()

    def value(self) -> Dict[str, Any]:
        figure = self.base.value() if self.base is not None else None
        base = {} if figure is None else {_base_field(self._unit()): figure}
        return {"article": self.article.value(), "violated_on": self.violated_on.value(), "base": base}


class RemedyBox(QGroupBox):
    """One remedy. ``known`` is its record as far as it is known; ``neighbours`` are land remedies whose ground it may share."""

    changed = pyqtSignal()
    dropped = pyqtSignal(object)

    def __init__(self, item: str, kind: str, lines: Sequence[ParcelLine], pack: RulePack, known: Mapping[str, Any],
                 neighbour: Optional["RemedyBox"] = None, parent: Optional[QWidget] = None):
        super().__init__(f"{item}. {wording.remedy_name(kind)}", parent)
        self.setObjectName("landInspectorRemedy")
        self.item, self.kind, self._neighbour = item, kind, neighbour
        line = next((one for one in lines if one.id == known.get("parcel")), lines[0])
        self._layout = QFormLayout(self)
        self.parcel = CodeEditor([(one.id, one.number) for one in lines], line.id, self)
        self._add(tr("Parcel"), self.parcel, shown=len(lines) > 1)
        self.amount = AmountEditor(KINDS[kind].units, known.get("amount") or _usual(line), KINDS[kind].optional, parent=self)
        self._add("", self.amount)
        self.days = CountEditor(known.get("perform_days") or 0, tr("as the law sets"), 365, self)
        self._add(tr("Days to perform"), self.days, shown=kind not in _MONEY)
        self.basis = FineBasis(pack, known, line, self) if kind == "fine" else None
        if self.basis is not None:
            self._add("", self.basis)
        self.same_ground = QCheckBox(tr("On the ground of {what}", what=neighbour.title()) if neighbour else "", self)
        self.same_ground.setVisible(neighbour is not None and KINDS[kind].settles_land)
        self.same_ground.setChecked(bool(known["ground_of"]) if "ground_of" in known else kind in _ON_SAME_GROUND)
        self._layout.addRow(self.same_ground)
        drop = QToolButton(self)
        drop.setText(tr("Take out"))
        drop.clicked.connect(lambda _checked: self.dropped.emit(self))
        self._layout.addRow(drop)

    def _add(self, caption: str, editor: Editor, shown: bool = True) -> None:
        editor.changed.connect(self.changed)
        if shown:
            self._layout.addRow(*([caption, editor] if caption else [editor]))
        else:
            editor.setVisible(False)

    def record(self) -> Dict[str, Any]:
        """The remedy as the law room takes it in an act's ``remedies``."""
        said: Dict[str, Any] = {"item": self.item, "kind": self.kind, "amount": self.amount.value() or {}, "parcel": self.parcel.value()}
        if self.days.value():
            said["perform_days"] = self.days.value()
        if self.same_ground.isVisibleTo(self) and self.same_ground.isChecked():
            said["ground_of"] = self._neighbour.item
        return {**said, **(self.basis.value() if self.basis is not None else {})}


class RemediesEditor(Editor):
    """``known`` are remedies to begin with: of the notice, when it is decided. ``fixed`` ones can be changed, not added to."""

    def __init__(self, lines: Sequence[ParcelLine], pack: RulePack, known: Sequence[Mapping[str, Any]] = (), fixed: bool = False,
                 parent: Optional[QWidget] = None):
        super().__init__(parent)
        self._lines, self._pack = lines, pack
        self.boxes: List[RemedyBox] = []
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self.adding = self._adding_button()
        self.adding.setVisible(not fixed)
        self._layout.addWidget(self.adding)
        self.caution = PlainLabel(self)
        self.caution.setWordWrap(True)
        self._layout.addWidget(self.caution)
        self.setFocusProxy(self.adding)
        for record in known:
            self._put(str(record.get("item")), record["kind"], record)
        self.changed.connect(self._warn)
        self._warn()

    def _adding_button(self) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName("landInspectorAddRemedy")
        button.setText(tr("Add a remedy"))
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(button)
        for kind in KINDS.values():
            if kind.penalty_code is not None:
                menu.addAction(wording.remedy_name(kind.code), lambda code=kind.code: self.add(code)).setObjectName(
                    f"landInspectorAdd_{kind.code}")
        button.setMenu(menu)
        return button

    def add(self, kind: str) -> RemedyBox:
        """A remedy more, with what is known of the parcel filled in."""
        used = {int(box.item) for box in self.boxes if box.item.isdigit()}
        box = self._put(str(max(used, default=0) + 1), kind, {})
        self.changed.emit()
        return box

    def _put(self, item: str, kind: str, known: Mapping[str, Any]) -> RemedyBox:
        base = next((box for box in self.boxes if KINDS[box.kind].settles_land), None)
        box = RemedyBox(item, kind, self._lines, self._pack, known, base, self)
        box.changed.connect(self.changed)
        box.dropped.connect(self._drop)
        self._layout.insertWidget(len(self.boxes), box)
        self.boxes.append(box)
        return box

    def _drop(self, box: RemedyBox) -> None:
        self.boxes.remove(box)
        box.hide()
        box.deleteLater()
        self.changed.emit()

    def _warn(self) -> None:
        """What the decision should be looked at for; it never stops it."""
        line = self._lines[0]
        found = decision_cautions(self.value() or (), line.conforming_m2, line.contrary_m2, line.farmland_m2, line.redline_m2)
        cultivated, farmland = line.cultivated_m2 or 0.0, line.farmland_m2 or 0.0
        areas = {"farmland": farmland, "cultivated": max(cultivated - farmland, 0.0),
                 "other": max((line.illegal_m2 or line.area_m2) - cultivated, 0.0)}
        found += parcel_cautions(self.value() or (), areas, line.review_state, self._pack)
        self.caution.setText("\n".join(tr("Mind: {caution}", caution=say(one)) for one in found) if self.boxes else "")

    def value(self) -> Optional[List[Dict[str, Any]]]:
        return [box.record() for box in self.boxes] or None


def _base_field(unit: str) -> str:
    return _BASE_FIELD.get(unit, "restoration_fee_fen")


def _usual(line: ParcelLine) -> Dict[str, float]:
    return {"land_m2": line.illegal_m2 or line.area_m2, "cultivated_m2": line.cultivated_m2 or 0}


def _day(text: Optional[str]) -> date:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return date.today()
