"""The register that is open at the desktop: which one, which batch, what is in it, and whether it has changed."""
from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Callable, Dict, List, Optional, Sequence, Tuple, TypeVar

from qgis.core import QgsProviderRegistry
from qgis.PyQt.QtCore import QObject, QTimer, pyqtSignal

from ...errors import LandInspectorError
from ...i18n import tr
from ...progress import Progress
from ...register import judging
from ...register.addresses import Addressed, RegisterAddress, address_of
from ...register.judging import Held
from ...register.register import Register
from ...register.sealing import OriginBook
from ...register.views.parcels import living_list, names, news_since, returned_days, version_of
from ...settings import HEADING, Settings, origins_file, store_texts, stored_texts
from ..review.card import Card, CardCache, read_card
from ..review.parcel_table import ParcelTable, empty_table
from .acts import Act, last_act, last_undone
from .listening import Acting, Listening
from .tasks import Worker


#: How often the dock looks whether somebody else has written, while it can be seen; on a server, which tells by itself, in case that
#: a word of it was lost.
LOOK_EVERY_MS, ASK_EVERY_MS = 3000, 30_000
#: How long the window's own thread waits for one answer of a server, in seconds.
ANSWER_WITHIN_S = 0.8
T = TypeVar("T")


@dataclass(frozen=True)
class BatchLine:
    """A batch as the choice of batches shows it. ``code`` is PCBH, ``regime`` ZD."""

    code: str
    name: str
    patches: int
    frozen: bool
    regime: str


@dataclass(frozen=True)
class Snapshot:
    """A register as it was when ``version`` was read. ``batch`` is None where there is none yet; ``people`` are names by id,
    ``returned`` the days (ISO, '' for none) by which the returned parcels of each batch must be answered; ``last_act`` is what the
    person at the desk can undo, ``last_undone`` what they can do again."""

    address: RegisterAddress
    version: str
    batches: List[BatchLine]
    batch: Optional[str]
    table: ParcelTable
    people: Dict[str, str]
    returned: Dict[str, List[str]]
    last_act: Optional[Act]
    last_undone: Optional[Act]

    @property
    def line(self) -> Optional[BatchLine]:
        """The chosen batch."""
        return next((line for line in self.batches if line.code == self.batch), None)


class Session(QObject):
    """Signals are past facts. ``opened`` comes at once, ``read`` whenever a snapshot is there, ``failed`` instead of it."""

    opened = pyqtSignal(str)
    closed = pyqtSignal()
    read = pyqtSignal(object)
    card_read = pyqtSignal(object)
    failed = pyqtSignal(object)
    #: An act that nobody wanted to wait for any longer was recorded at last.
    recorded_late = pyqtSignal()

    def __init__(self, worker: Worker, parent: Optional[QObject] = None):
        super().__init__(parent)
        self._worker = worker
        self._register: Optional[Register] = None
        self._address: Optional[RegisterAddress] = None
        self._batch: Optional[str] = None
        self._wanted = 0
        self._version = ""
        self._reading = False
        self._is_lost = False
        self._cards = CardCache()
        self._held: Tuple[str, Optional[Held]] = ("", None)
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_EVERY_MS)
        self._timer.timeout.connect(self.look)
        self._listening = Listening(worker, self)
        self._listening.heard.connect(self.look)
        self._listening.lost.connect(self.note_lost)
        self._asking = False
        self._acting = Acting(self)
        self._acting.late.connect(self._on_late)

    @property
    def address(self) -> Optional[RegisterAddress]:
        """Where the open register lives; None while none is open."""
        return self._address

    @property
    def batch(self) -> Optional[str]:
        """Code of the batch at work; None while there is none or no register has been read."""
        return self._batch

    @property
    def register(self) -> Register:
        """For short reads on the main thread, where no answer of a server is waited for longer than :data:`ANSWER_WITHIN_S`; in an act
        (:meth:`carry_out`) the one to record in. Raises LandInspectorError while none is open."""
        acting = self._acting.register
        if acting is not None:
            return acting
        if self._register is None:
            raise LandInspectorError("No register is open.", "Open one first.")
        return self._register

    def carry_out(self, act: Callable[[], T]) -> T:
        """Record something, with :attr:`register` as ``act`` finds it then; returns or raises what ``act`` does. In a file at once; on a
        server beside the window, which waits and lives meanwhile. ``act`` may touch no widget."""
        if self._register is None or self._address is None or not self._address.is_remote:
            return act()
        return self._acting.carry_out(self._address, act)

    def _on_late(self, error: Optional[BaseException]) -> None:
        """What became of an act that nobody wanted to wait for any longer."""
        if error is not None:
            self.failed.emit(error)
        else:
            self.recorded_late.emit()
        self.reload()

    def open(self, address: Addressed) -> None:
        """Raises InputError where the file is no register; then the one before stays open."""
        register = Register.open(address, origins=OriginBook(origins_file()), answer_within_s=ANSWER_WITHIN_S)
        self.close()
        self._register, self._address, self._is_lost = register, register.address, False
        self._timer.setInterval(ASK_EVERY_MS if register.address.is_remote else LOOK_EVERY_MS)
        self._listening.start(register.address)
        self.opened.emit(str(register.address))
        self.reload()

    def close(self) -> None:
        """Close the register, drop what is still being read of it, and tell; nothing while none is open."""
        if self._register is None:
            return
        self._listening.stop()
        self._acting.close()
        self._register.close()
        self._register, self._address, self._batch, self._version = None, None, None, ""
        self._wanted += 1
        self._cards.forget()
        self.closed.emit()

    def begin_with(self, code: str) -> None:
        """The batch that the first reading after ``opened`` shall bring; the newest where it is not there any more."""
        self._batch = code

    def choose_batch(self, code: str) -> None:
        """Work on this batch; the register is read anew where it is another."""
        if code != self._batch:
            self._batch = code
            self.reload()

    def reload(self) -> None:
        """Read anew beside the window; an answer to an older question is dropped."""
        if self._address is None:
            return
        self._wanted += 1
        self._reading = True
        number, address, batch, who = self._wanted, self._address, self._batch, Settings.load().acting_as
        self._worker.start(tr("Reading the register"), lambda progress: read_snapshot(address, batch, who, progress),
                           lambda snapshot: self._take(number, snapshot), lambda error: self._fail(number, error))

    def _take(self, number: int, snapshot: Snapshot) -> None:
        if number == self._wanted:
            self._reading = False
            self._version, self._batch = snapshot.version, snapshot.batch
            self._cards.forget()
            self.read.emit(snapshot)

    def _fail(self, number: int, error: BaseException) -> None:
        if number == self._wanted:
            self._reading = False
            self.failed.emit(error)

    def note_own_act(self, ids: Optional[Sequence[str]] = None) -> None:
        """The screen shows already what was just written from here; a reading that began before it would show less.

        ``ids`` are the parcels acted on: the cards of all others that were read stay good; None where that is not known.
        """
        self._cards.forget(ids)
        if self._reading:
            self.reload()
        elif not self.register.address.is_remote:  # there the look at what others wrote leaves one's own out
            self._version = self.version()

    def me(self) -> str:
        """The id under which the person at the desk acts here, '' before their first act."""
        return self.register.actor_id(Settings.load().acting_as) or ""

    # --- cards --------------------------------------------------------------------------------------------------------

    def card(self, parcel_id: str) -> Optional[Card]:
        """What was read of a parcel already; None where it must be asked for."""
        known = self._cards.get(parcel_id)
        if known is not None:
            self._claim(parcel_id)
        return known

    def read_card(self, parcel_id: str) -> None:
        """Read what is known of one parcel beside the window; ``card_read`` hands it over."""
        self._cards.want(parcel_id)
        self._read_card(parcel_id)
        self._claim(parcel_id)

    def _claim(self, parcel_id: str) -> None:
        """On a server: say that this desk has the parcel open, and hear who else has. Working on it says so again."""
        address, who = self._address, Settings.load().acting_as
        if address is None or not address.is_remote:
            return
        self._cards.want(parcel_id)
        self._worker.start(tr("Looking who has the parcel open"), lambda _progress: claim_at(address, parcel_id, who),
                           lambda held: self._on_claimed(address, parcel_id, held), lambda _error: None)

    def _on_claimed(self, address: RegisterAddress, parcel_id: str, held: Optional[Held]) -> None:
        if address != self._address or not self._cards.is_wanted(parcel_id):
            return
        before, self._held = self.held(parcel_id), (parcel_id, held)
        known = self._cards.get(parcel_id)
        if known is not None and (held is not None or before is not None):
            self.card_read.emit(replace(known, held=held))

    def held(self, parcel_id: str) -> Optional[Held]:
        """Who else has the parcel open whose card is shown, as last heard from the server."""
        return self._held[1] if self._held[0] == parcel_id else None

    def read_ahead(self, parcel_id: str) -> None:
        """Read the card that is likely to be asked for next, so that it is there then."""
        if self._cards.get(parcel_id) is None:
            self._read_card(parcel_id)

    def _read_card(self, parcel_id: str) -> None:
        address = self._address
        reading = self._cards.begin(parcel_id) if address is not None else None
        if reading is not None:
            self._worker.start(tr("Reading a parcel"), lambda progress: read_card(address, parcel_id, progress),
                               lambda card: self._take_card(parcel_id, reading, card),
                               lambda error: self._fail_card(parcel_id, reading, error))

    def _take_card(self, parcel_id: str, reading: object, card: Optional[Card]) -> None:
        """A card that an act has overtaken is read again if the window still waits for it."""
        if self._cards.end(parcel_id, reading, card):
            held = self.held(parcel_id)
            self.card_read.emit(card if card is None or held is None else replace(card, held=held))
        elif self._cards.is_wanted(parcel_id):
            self._read_card(parcel_id)

    def _fail_card(self, parcel_id: str, reading: object, error: BaseException) -> None:
        """Of a register that was closed meanwhile nobody wants to hear."""
        if self._cards.end(parcel_id, reading, None):
            self.failed.emit(error)

    def watch(self, watching: bool) -> None:
        """Look for other people's changes only while somebody can see them."""
        if watching:
            self.look()
            self._timer.start()
        else:
            self._timer.stop()

    def look(self) -> None:
        """Read anew if the register is not as it was read last. A server is asked beside the window."""
        if self._address is not None and self._address.is_remote:
            self._ask()
        elif self._register is not None and self._version and self.version() != self._version:
            self.reload()

    def _ask(self) -> None:
        """One question at a time; what is heard while it is under way is asked afterwards."""
        if not self._version or self._reading:
            return
        if self._asking:
            self._listening.hear_again()
            return
        self._asking = True
        address, version = self._address, self._version
        self._worker.start(tr("Looking for changes"), lambda _progress: news_at(address, version),
                           lambda news: self._on_news(address, version, *news), lambda error: self._on_no_news(address, error))

    def _on_news(self, address: RegisterAddress, asked: str, version: str, by_others: bool) -> None:
        self._asking = self._is_lost = False
        if address != self._address or asked != self._version:
            return
        if by_others:
            self.reload()
        else:
            self._version = version

    def _on_no_news(self, address: RegisterAddress, error: BaseException) -> None:
        self._asking = False
        if address == self._address:
            self.note_lost(error)

    def note_lost(self, error: BaseException) -> None:
        """The register is out of reach: said once, until it is back."""
        if not self._is_lost:
            self._is_lost = True
            self.failed.emit(error)

    def version(self) -> str:
        """A text that changes with whatever is written; the last one known where the register is out of reach, which is said once."""
        try:
            found = version_of(self.register)
        except LandInspectorError as error:
            if not self._is_lost:
                self._is_lost = True
                self.failed.emit(error)
            return self._version
        self._is_lost = False
        return found


def claim_at(address: RegisterAddress, parcel_id: str, who: str) -> Optional[Held]:
    """See :func:`judging.open_parcel`; opens the register for itself. Who only reads claims nothing."""
    with Register.open(address) as register:
        return judging.open_parcel(register, parcel_id, by=who)


def news_at(address: RegisterAddress, version: str) -> Tuple[str, bool]:
    """See :func:`news_since`; opens the register for itself."""
    with Register.open(address, origins=OriginBook(origins_file())) as register:
        return news_since(register, version)


def read_snapshot(address: RegisterAddress, batch: Optional[str], who: str, progress: Progress) -> Snapshot:
    """What the dock shows of a register to the person ``who``; the newest batch where ``batch`` is None or not there any more."""
    with Register.open(address) as register:
        version = version_of(register)
        batches = _batch_lines(register)
        progress.step(0.1)
        chosen = batch if batch in {line.code for line in batches} else (batches[-1].code if batches else None)
        me = register.actor_id(who) or ""
        table = empty_table() if chosen is None else ParcelTable(living_list(register, chosen), me)
        people = names(register)
        returned, act, undone = returned_days(register), last_act(register, who), last_undone(register, who)
        progress.step(1.0)
    return Snapshot(address, version, batches, chosen, table, people, returned, act, undone)


def _batch_lines(register: Register) -> List[BatchLine]:
    return [BatchLine(row.PCBH, row.PCMC or row.PCBH, int(json.loads(row.issues)[-1]["imported"]), bool(row.DJ), row.ZD)
            for row in register.batches().itertuples()]


# The registers opened lately, the newest first, in QGIS's own settings; and the servers that QGIS knows.

_RECENT = f"{HEADING}/recent_registers"
_MOST_RECENT = 8


def recent_registers() -> List[RegisterAddress]:
    """Those that are still there; of those on servers nobody asks whether they are."""
    known = (address_of(text) for text in stored_texts(_RECENT)[:_MOST_RECENT])
    return [address for address in known if address.may_be_there]


def remember_register(address: RegisterAddress) -> None:
    """Put it first in the list, once."""
    others = [known for known in recent_registers() if known != address]
    store_texts(_RECENT, [str(known) for known in [address, *others][:_MOST_RECENT]])


def server_connections() -> List[str]:
    """Names of the PostgreSQL connections that QGIS keeps; each is an address of a register as it stands."""
    provider = QgsProviderRegistry.instance().providerMetadata("postgres")
    return sorted(provider.connections(False)) if provider is not None else []
