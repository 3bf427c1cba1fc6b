"""A line over the foot of the map that says what was just recorded and how it is taken back; the next one takes its place."""
from __future__ import annotations

from html import escape
from typing import Optional

from qgis.PyQt.QtCore import QEvent, QObject, Qt, QTimer, pyqtSignal
from qgis.PyQt.QtWidgets import QHBoxLayout, QLabel, QFrame, QSizePolicy, QWidget

from ...i18n import tr

SHOWN_MS = 7000
_MARGIN = 12
_UNDO = "land-inspector:undo"
#: White on nearly black and a light blue: above 7 : 1 in a light and in a dark window.
_LOOK = ("#landInspectorToast { background: #202124; border: 1px solid #9aa0a6; border-radius: 6px; }"
         "#landInspectorToast QLabel { color: #ffffff; background: transparent; border: none; }")


class Toast(QFrame):
    """Takes no focus and no key. ``undo_wanted`` comes when its link is clicked."""

    undo_wanted = pyqtSignal()

    def __init__(self, over: QWidget):
        super().__init__(over)
        self.setObjectName("landInspectorToast")
        self.setStyleSheet(_LOOK)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.text = ""
        self._label = QLabel(self)
        self._label.setObjectName("landInspectorToastText")
        self._label.setWordWrap(True)
        self._label.setTextFormat(Qt.TextFormat.RichText)
        self._label.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self._label.linkActivated.connect(lambda _link: self._on_undo())
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 6, 10, 6)
        layout.addWidget(self._label)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        over.installEventFilter(self)
        self.hide()

    def tell(self, text: str, undo: Optional[str] = None) -> None:
        """Show ``text``; ``undo`` is the key that takes the act back, None where nothing can be taken back from here."""
        link = ""
        self.text = text
        if undo is not None:
            said = tr("Undo ({key})", key=undo) if undo else tr("Undo")
            self.text = f"{text} · {said}"
            link = f' · <a href="{_UNDO}" style="color:#8ab4f8">{escape(said)}</a>'
        self._label.setText(escape(text) + link)
        self._label.setAccessibleName(self.text)
        self.setAccessibleName(self.text)
        self._place()
        self.show()
        self.raise_()
        self._timer.start(SHOWN_MS)

    def _on_undo(self) -> None:
        self.hide()
        self.undo_wanted.emit()

    def _place(self) -> None:
        over = self.parentWidget()
        most = max(120, over.width() - 2 * _MARGIN)
        plain = self.fontMetrics().horizontalAdvance(self.text) + 40
        width = min(plain, most)
        height = self._label.heightForWidth(width - 22) + 14
        self.setGeometry((over.width() - width) // 2, over.height() - height - _MARGIN, width, height)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return False
