"""A register on a server, as the window lives with it: it hears that somebody has written, so that nobody has to press anything to see it,
and it records without standing still, however slow the line is or dead."""
from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Callable, Optional, TypeVar

from qgis.PyQt.QtCore import QEventLoop, QObject, QSocketNotifier, Qt, QTimer, pyqtSignal
from qgis.PyQt.QtWidgets import QApplication, QProgressDialog

from ...errors import GoneError, LandInspectorError
from ...i18n import tr
from ...register.addresses import RegisterAddress
from ...register.sealing import OriginBook
from ...register.register import Register
from ...settings import origins_file
from ..widgets.dialogs import ignore_held_keys
from .tasks import Worker

if TYPE_CHECKING:
    from ...register.addresses import Ear

T = TypeVar("T")
#: An act that is recorded so soon (seconds) is not noticed; one that takes longer than the second is said to be under way.
_QUICK_S, _SAID_MS, _LOOK_MS = 0.25, 600, 20

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
        self._ear: Optional["Ear"] = None
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

    def _take(self, turn: int, ear: Optional["Ear"]) -> None:
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


class _Job:
    """One act under way in a thread of its own."""

    def __init__(self, act: Callable[[], Any]):
        self.act = act
        self.lock, self.done = threading.Lock(), threading.Event()
        self.is_given_up = False
        self.result: Any = None
        self.error: Optional[BaseException] = None

    def end(self) -> bool:
        """It has come to an end; whether somebody still waits for it."""
        with self.lock:
            self.done.set()
            return not self.is_given_up

    def give_up(self) -> bool:
        """Wait for it no more; False where it has ended meanwhile."""
        with self.lock:
            self.is_given_up = not self.done.is_set()
            return self.is_given_up


class Acting(QObject):
    """Records on a server, each act in a thread of its own with a register of its own, while the window waits and lives: after a moment it
    says so, and whoever does not want to wait longer goes on looking; ``late`` tells what became of such an act (None: it was recorded,
    else the error). In a thread of an act :attr:`register` is its register."""

    late = pyqtSignal(object)

    def __init__(self, parent: Optional[QObject] = None):
        super().__init__(parent)
        self._here, self._lock = threading.local(), threading.Lock()
        self._kept: Optional[Register] = None

    @property
    def register(self) -> Optional[Register]:
        """The register of the act that this thread carries out; None on any other."""
        return getattr(self._here, "register", None)

    def carry_out(self, address: RegisterAddress, act: Callable[[], T]) -> T:
        """What ``act`` returns, or raises; GoneError where nobody wanted to wait for it any longer."""
        if self.register is not None:
            return act()  # part of an act
        job = _Job(act)
        threading.Thread(target=self._run, args=(address, job), name="land_inspector_act", daemon=True).start()
        if not job.done.wait(_QUICK_S) and not self._waited(job) and job.give_up():
            raise GoneError("{path} has not answered yet: what you did is still on its way, and is recorded wholly or not at all.",
                            "Whether it was recorded is said here as soon as that is known. Do not do it again before.", path=str(address))
        if job.error is not None:
            raise job.error
        return job.result  # type: ignore[no-any-return]

    def _run(self, address: RegisterAddress, job: _Job) -> None:
        try:
            self._here.register = register = self._taken(address)
            job.result = job.act()
            self._put_back(register)
        except BaseException as error:  # handed over to whoever waits
            job.error = error
        finally:
            self._here.register = None
        if not job.end():
            self.late.emit(job.error)

    def _taken(self, address: RegisterAddress) -> Register:
        with self._lock:
            kept, self._kept = self._kept, None
        if kept is not None and kept.address == address:
            return kept
        if kept is not None:
            kept.close()
        return Register.open(address, origins=OriginBook(origins_file()))

    def _put_back(self, register: Register) -> None:
        with self._lock:
            kept, self._kept = self._kept, register
        if kept is not None:
            kept.close()

    @staticmethod
    def _waited(job: _Job) -> bool:
        """Whether the act has ended; False where the user stopped waiting. What is typed meanwhile is kept for afterwards, until the
        window says that it waits."""
        loop, look = QEventLoop(), QTimer()
        look.timeout.connect(lambda: loop.quit() if job.done.is_set() else None)
        look.start(_LOOK_MS)
        QTimer.singleShot(_SAID_MS, loop.quit)
        loop.exec(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)
        if not job.done.is_set():
            said = QProgressDialog(tr("The server has not answered yet. What you did is on its way; it is recorded wholly or not at all."),
                                   tr("Stop waiting"), 0, 0, QApplication.activeWindow())
            said.setObjectName("landInspectorWaiting")
            ignore_held_keys(said)
            said.setWindowTitle(tr("Recording"))
            said.setWindowModality(Qt.WindowModality.ApplicationModal)
            said.canceled.connect(loop.quit)
            said.show()
            loop.exec()
            said.hide()
            said.deleteLater()
        look.stop()
        return job.done.is_set()

    def close(self) -> None:
        """Let go of the register that was kept for the next act."""
        with self._lock:
            kept, self._kept = self._kept, None
        if kept is not None:
            kept.close()
