"""Hearing from a server that somebody has written to the open register, so that nobody has to press anything to see it."""
from __future__ import annotations

from typing import Optional

from qgis.PyQt.QtCore import QObject, QSocketNotifier, QTimer, pyqtSignal

from ...errors import LandInspectorError
from ...i18n import tr
from ...register.addresses import Ear, RegisterAddress
from .tasks import Worker

#: What comes in quick succession is said once; how long one waits before one tries to reach a lost server again, at first and at most.
_GATHER_MS, _FIRST_MS, _MOST_MS = 300, 2000, 30_000


class Listening(QObject):
    """``heard`` whenever others may have written, and when a lost server is back; ``lost`` (with the error) when it goes.

    The connection is made beside the window; on the window's thread its socket is only looked at when something lies there."""

    heard = pyqtSignal()
    lost = pyqtSignal(object)

    def __init__(self, worker: Worker, parent: Optional[QObject] = None):
        super().__init__(parent)
        self._worker = worker
        self._address: Optional[RegisterAddress] = None
        self._ear: Optional[Ear] = None
        self._notifier: Optional[QSocketNotifier] = None
        self._turn, self._wait_ms, self._was_lost = 0, _FIRST_MS, False
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_GATHER_MS)
        self._soon.timeout.connect(self.heard)

    def start(self, address: RegisterAddress) -> None:
        """Listen to this register from now on; a file has no voice and is looked at."""
        self.stop()
        if address.is_remote:
            self._address, self._wait_ms, self._was_lost = address, _FIRST_MS, False
            self._connect()

    def stop(self) -> None:
        """Listen no more."""
        self._turn += 1
        self._address = None
        self._soon.stop()
        self._let_go()

    def hear_again(self) -> None:
        """Say ``heard`` once more in a moment."""
        self._soon.start()

    def _connect(self) -> None:
        self._turn += 1
        turn, address = self._turn, self._address
        if address is not None:
            self._worker.start(tr("Listening to the register"), lambda _progress: address.ear(), lambda ear: self._take(turn, ear),
                               lambda error: self._on_lost(turn, error))

    def _take(self, turn: int, ear: Optional[Ear]) -> None:
        if ear is None:
            return
        if turn != self._turn:
            ear.close()
            return
        self._ear, self._wait_ms = ear, _FIRST_MS
        self._notifier = QSocketNotifier(ear.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(lambda *_what: self._on_activated())
        if self._was_lost:
            self._was_lost = False
            self._soon.start()

    def _on_activated(self) -> None:
        if self._ear is None:
            return
        try:
            if self._ear.heard():
                self._soon.start()
        except LandInspectorError as error:
            self._on_lost(self._turn, error)

    def _on_lost(self, turn: int, error: BaseException) -> None:
        if turn != self._turn or self._address is None:
            return
        self._let_go()
        self._was_lost = True
        self.lost.emit(error)
        self._turn += 1
        again = self._turn
        QTimer.singleShot(self._wait_ms, lambda: self._connect() if again == self._turn else None)
        self._wait_ms = min(2 * self._wait_ms, _MOST_MS)

    def _let_go(self) -> None:
        """The notifier first: a closed socket must not be waited at."""
        if self._notifier is not None:
            self._notifier.setEnabled(False)
            self._notifier.deleteLater()
            self._notifier = None
        if self._ear is not None:
            self._ear.close()
            self._ear = None
