"""What a key that is held down must not do: fill a form that its first press opened, or answer it by itself."""
from __future__ import annotations

from typing import Optional, Set

from qgis.PyQt.QtCore import QEvent, QObject, Qt
from qgis.PyQt.QtGui import QKeyEvent
from qgis.PyQt.QtWidgets import QApplication, QWidget

_ANSWERS = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space, Qt.Key.Key_Select})


class _HeldKeys(QObject):
    """Looks at the keys of one window for as long as it can be seen, and at nothing while it cannot."""

    def __init__(self, window: QWidget):
        super().__init__(window)
        self._window = window
        self._pressed: Set[int] = set()
        self._watches = False
        window.installEventFilter(self)
        if window.isVisible():
            self._watch(True)

    def _watch(self, watches: bool) -> None:
        if watches == self._watches:
            return
        self._watches = watches
        self._pressed.clear()
        application = QApplication.instance()
        (application.installEventFilter if watches else application.removeEventFilter)(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.KeyPress:
            return self._is_ours(watched) and self._is_held(event)
        if watched is self._window and kind in (QEvent.Type.Show, QEvent.Type.Hide):
            self._watch(kind == QEvent.Type.Show)
        return False

    def _is_ours(self, watched: QObject) -> bool:
        target: Optional[QWidget] = watched if isinstance(watched, QWidget) else QApplication.focusWidget()
        return target is not None and target.window() is self._window

    def _is_held(self, event: QKeyEvent) -> bool:
        """Repeats of a key that answers, and of any key that has not been pressed anew since the window came up."""
        if not event.isAutoRepeat():
            self._pressed.add(event.key())
            return False
        return event.key() in _ANSWERS or event.key() not in self._pressed


def ignore_held_keys(window: QWidget) -> None:
    """From now on a dialog takes each press of Enter and Space once, and nothing of a key that was held when it came up."""
    _HeldKeys(window)
