"""The work lists' memory of the open register: read beside the window, brought up to date after every act."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Callable, Optional

from qgis.PyQt.QtCore import QObject, QTimer, pyqtSignal

from ...i18n import tr
from ...progress import Progress
from ...register.addresses import RegisterAddress
from ...register.register import Register
from ...register.views.parcels import version_of
from ...register.event_log import newest_event
from ...register.work_lists import Pursuit, read_pursuit, touched_since, updated_pursuit
from ..widgets.pages import connect, disconnect
from ..shell.services import Services

#: After an act, so long nothing else must happen before the lists are brought up to date.
_STILL_MS = 300


@dataclass(frozen=True)
class Reading:
    """A pursuit with what it was read from: address, version (any change), number of the newest event."""

    address: RegisterAddress
    version: str
    newest: int
    pursuit: Pursuit

    @property
    def measured(self) -> str:
        """The part of the version that events do not tell: evidence and proposals."""
        return self.version.partition("/")[2]


class PursuitReader(QObject):
    """``read`` hands over a :class:`Pursuit` of now, ``then`` one of a past day that was asked for.

    A register is read when it is opened, for the reminder; after that only while ``is_watched`` says that somebody can see it, and
    not before the keys have been still for a moment: two hundred verdicts in an afternoon must not wait for a list nobody looks at.
    :meth:`load` and :meth:`unload` mirror each other.
    """

    read = pyqtSignal(object)
    then = pyqtSignal(object)
    closed = pyqtSignal()

    def __init__(self, place: Services, is_watched: Callable[[], bool], parent: Optional[QObject] = None):
        super().__init__(parent)
        self._place, self._is_watched = place, is_watched
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_STILL_MS)
        self._timer.timeout.connect(self.look)
        self._reading: Optional[Reading] = None
        self._busy: Optional[RegisterAddress] = None
        self._again = False
        self._asked: Optional[date] = None
        self._connections = [(place.session.read, self._on_change), (place.commands.undoable, self._on_change),
                             (place.reviewer.judged, self._on_change), (place.session.closed, self._forget)]

    def load(self) -> None:
        """Follow the session from now on."""
        connect(self._connections)

    def unload(self) -> None:
        """Wait for nothing any more and let go of every signal."""
        self._timer.stop()
        disconnect(self._connections)

    @property
    def pursuit(self) -> Optional[Pursuit]:
        """As read last; None while no register is open or it is being read for the first time."""
        return self._reading.pursuit if self._reading else None

    def _on_change(self, *_told: object) -> None:
        if self._reading is None:
            self.look()
        elif self._is_watched():
            self._timer.start()

    def look(self) -> None:
        """Read what changed, if anything did; one reading at a time."""
        address = self._place.session.address
        if address is None or (self._reading is not None and self._place.session.version() == self._reading.version):
            return
        if self._busy == address:
            self._again = True
            return
        known, self._busy, self._again = self._reading, address, False
        self._place.worker.start(tr("Reading the work lists"), lambda progress: read_anew(address, known, progress), self._take, self._fail)

    def ask_for(self, day: Optional[date]) -> None:
        """Read the register as of a past day; None takes back the question."""
        self._asked, address = day, self._place.session.address
        if day is None or address is None:
            return
        self._place.worker.start(tr("Reading the work lists"), lambda progress: _read_then(address, day, progress), self._take_then,
                                 self._place.messages.failed)

    def _take(self, reading: Reading) -> None:
        self._busy = None
        if reading.address != self._place.session.address:
            self.look()
            return
        self._reading = reading
        self.read.emit(reading.pursuit)
        if self._again:
            self.look()
        if self._asked is not None:
            self.ask_for(self._asked)

    def _fail(self, error: BaseException) -> None:
        self._busy = None
        self._place.messages.failed(error)

    def _take_then(self, pursuit: Pursuit) -> None:
        if pursuit.day == self._asked:
            self.then.emit(pursuit)

    def _forget(self) -> None:
        self._reading, self._asked = None, None
        self.closed.emit()


def read_anew(address: RegisterAddress, known: Optional[Reading], progress: Progress) -> Reading:
    """Only what was touched since ``known``, where that is little; else everything."""
    with Register.open(address) as register:
        version, newest = version_of(register), newest_event(register)
        patches = None
        if known is not None and known.address == address and known.measured == version.partition("/")[2]:
            patches = touched_since(register, known.newest)
        if patches is None:
            return Reading(address, version, newest, read_pursuit(register, None, progress))
        return Reading(address, version, newest, updated_pursuit(register, known.pursuit, patches))


def _read_then(address: RegisterAddress, day: date, progress: Progress) -> Pursuit:
    with Register.open(address) as register:
        return read_pursuit(register, day, progress)
