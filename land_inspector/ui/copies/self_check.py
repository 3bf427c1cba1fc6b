"""The self-check on the screen: one patch after the other on the map, without its verdict; the result is for one's own eyes."""
from __future__ import annotations

from typing import List, Optional

from qgis.core import QgsProject
from qgis.PyQt.QtCore import QEvent, Qt
from qgis.PyQt.QtGui import QKeyEvent
from qgis.PyQt.QtWidgets import QButtonGroup, QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from ...exchange.report_pages import agreement_text
from ...exchange.self_check import SelfCheck, SelfCheckResult
from ...i18n import tr
from ...register.views.parcels import facts_of, outlines
from ..shell import map_layers
from ..widgets.dialogs import closing, ignore_held_keys
from ..shell.services import Services
from ..widgets.labels import PlainLabel

_LEVELS = ("1", "2", "3")


class SelfCheckDialog(QDialog):
    """It stays beside the map; the layer of verdicts is hidden while it is open, so that none is seen."""

    def __init__(self, place: Services, check: SelfCheck, parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.setObjectName("landInspectorSelfCheck")
        self.setWindowTitle(tr("Self-check"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        ignore_held_keys(self)
        self._place, self._check = place, check
        self._hidden: List[str] = []
        self.said = PlainLabel("", self)
        self.said.setWordWrap(True)
        self.said.setMinimumHeight(3 * self.said.fontMetrics().lineSpacing())  # what the last patch says must not resize the window
        self.buttons = QButtonGroup(self)
        row = QHBoxLayout()
        for number, level in enumerate(_LEVELS):
            button = QPushButton(f"&{level}  {map_layers.verdict_name(level)}", self)
            button.setObjectName(f"landInspectorSelfCheck{level}")
            button.setAutoDefault(False)
            self.buttons.addButton(button, number)
            row.addWidget(button)
        self.foot = closing(self, "review")
        layout = QVBoxLayout(self)
        layout.addWidget(self.said)
        layout.addLayout(row)
        layout.addWidget(self.foot)
        self.buttons.buttonClicked.connect(lambda button: self._answer(_LEVELS[self.buttons.id(button)]))
        self.finished.connect(self._show_layers)
        self.resize(420, self.sizeHint().height())
        self._hide_layers()
        self._next()

    def event(self, event: QEvent) -> bool:
        """The keys 1, 2, 3 are this window's while it is in front: elsewhere they give verdicts."""
        if event.type() == QEvent.Type.ShortcutOverride and event.text() in _LEVELS:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.text() in _LEVELS and self._check.open:
            self._answer(event.text())
        else:
            super().keyPressEvent(event)

    def _answer(self, level: str) -> None:
        self._check.answer(self._check.open[0], level)
        self._next()

    def _next(self) -> None:
        register, todo = self._place.session.register, self._check.open
        for button in self.buttons.buttons():
            button.setVisible(bool(todo))
        if not todo:
            self._place.link.clear()
            self.said.setText(result_text(self._check.result(register)))
            return
        facts = facts_of(register, todo[0])
        if facts is not None:
            shapes = outlines(register, [facts["shape_id"]])
            self._place.link.show(list(shapes.values()), [], move=True)
        self.said.setText(tr("{n} still to judge. What is the outlined patch? Images: {before} and {after}.", n=len(todo),
                             before=map_layers.image_day((facts or {}).get("QSX")), after=map_layers.image_day((facts or {}).get("HSX"))))

    def _hide_layers(self) -> None:
        """Every layer of the register that colours by verdict."""
        address = self._place.session.address
        for name in ("parcel_map", "issued_map"):
            layer = self._place.layers.find(address, name) if address is not None else None
            node = QgsProject.instance().layerTreeRoot().findLayer(layer.id()) if layer is not None else None
            if node is not None and node.itemVisibilityChecked():
                node.setItemVisibilityChecked(False)
                self._hidden.append(layer.id())

    def _show_layers(self, _result: int = 0) -> None:
        for key in self._hidden:
            node = QgsProject.instance().layerTreeRoot().findLayer(key)
            if node is not None:
                node.setItemVisibilityChecked(True)
        self._hidden = []
        self._place.link.clear()


def result_text(found: SelfCheckResult) -> str:
    """The worker's own result, in words; by hour of work where there is more than one."""
    lines = [tr("With yourself: {text}", text=agreement_text(found.with_self))]
    if found.with_arbiter.pairs:
        lines.append(tr("With what others decided: {text}", text=agreement_text(found.with_arbiter)))
    if len(found.by_hour) > 1:
        lines.append(tr("By hour: {hours}", hours="; ".join(f"{hour}:00 {same}/{n}" for hour, (n, same) in sorted(found.by_hour.items()))))
    lines.append(tr("Only you see this; it stands in no register."))
    return "\n".join(lines)
