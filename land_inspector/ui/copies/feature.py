"""Copies in the desktop: a page in the second dock, a word at the door of what is in dispute, and the beat of the shared folder."""
from __future__ import annotations

from pathlib import Path
from typing import Dict, List, Optional, Tuple

from qgis.PyQt.QtCore import QTimer

from ...errors import LandInspectorError
from ...exchange.shared_folder import Exchanged, exchange, shared_of
from ...exchange.self_check import SelfCheck
from ...exchange.work_package import work_name
from ...i18n import say, tr
from ...progress import Progress
from ...register.addresses import RegisterAddress
from ...register.conflicts import Disputed
from ...register.sealing import OriginBook
from ...register.packages import package_of
from ...register.register import Register
from ...register.second_opinion import Opinion, decide
from ...register.settling import LosesGroundError, settle
from ...settings import Settings, origins_file
from ..pursue.feature import PageFeature, PursueFeature
from ..shell.dialogs import Question
from ..shell.services import Entry, Services
from .page import DISPUTED, OPINIONS, PACKAGES, CopiesPage, Told
from .self_check import SelfCheckDialog

#: How often a register that lies on a share exchanges by itself.
BEAT_MS = 120_000


class CopiesFeature(PageFeature):
    """Its entries bring the lists of its page up, or open the algorithms' own dialogs."""

    name = "landInspectorCopiesMenu"

    def __init__(self, place: Services, pursue: PursueFeature):
        self._place, self._is_new, self._is_busy = place, False, False
        super().__init__(pursue, CopiesPage(place, pursue.dock), tr("Copies"))
        self._beat = QTimer(self.page)
        self._beat.setInterval(BEAT_MS)
        page = self.page
        self.wires += [
            (place.session.opened, self._on_opened), (page.was_read, self._tell_first), (page.settled, self._settle),
            (page.decided, self._decide), (page.opinion_wanted, self.ask), (page.merge_wanted, self.merge),
            (page.give_out_wanted, self.give_out), (page.take_back_wanted, self.take_back), (page.exchange_wanted, self.exchange),
            (page.subject_chosen, self._show_subject), (self._beat.timeout, self._exchange_unasked)]

    def title(self) -> str:
        return tr("Copies")

    def entries(self) -> List[Entry]:
        return [Entry("landInspectorShowCopies", tr("What is in dispute"), "", self.show, "Alt+Shift+D"),
                Entry("landInspectorMergeRegister", tr("Merge another copy of the register…"), "", self.merge),
                Entry("landInspectorExchange", tr("Exchange through the shared folder"), "", self.exchange),
                Entry("landInspectorSendCourier", tr("Write a courier file…"), "",
                      lambda: self._dialog("send_courier", tr("Write a courier file"))),
                Entry("landInspectorShowPackages", tr("Packages given out"), "", self.show_packages),
                Entry("landInspectorGiveOutPackage", tr("Give out a package…"), "", self.give_out),
                Entry("landInspectorShowOpinions", tr("Second opinions"), "", self.show_opinions),
                Entry("landInspectorSelfCheckOpen", tr("Check yourself…"), "", self.check_oneself),
                Entry("landInspectorTakeBackPackage", tr("Take back a package…"), "", self.take_back)]

    def load(self) -> None:
        super().load()
        self._beat.start()

    def unload(self) -> None:
        self._beat.stop()
        super().unload()

    def show(self) -> None:
        """What is in dispute, in front."""
        self.page.go_to(DISPUTED)
        self.show_page()

    def show_packages(self) -> None:
        """The book of packages, in front."""
        self.page.go_to(PACKAGES)
        self.show_page()

    def show_opinions(self) -> None:
        """Second opinions, in front."""
        self.page.go_to(OPINIONS)
        self.show_page()

    def check_oneself(self) -> None:
        """Some of one's own verdicts again, unseen; what comes of it is nobody else's business."""
        try:
            register = self._place.session.register
            check = SelfCheck(origins_file().parent / "self_check.json", register.meta["register_id"])
            if not check.open:
                check.draw(register, Settings.load().acting_as)
        except LandInspectorError as error:
            self._place.messages.failed(error)
            return
        self.dialog = SelfCheckDialog(self._place, check, self._place.window)
        self.dialog.show()

    # --- reading --------------------------------------------------------------------------------------------------------

    def _on_opened(self, *_told: object) -> None:
        self._is_new, self.page.exchanged = True, None
        self.page.chosen.clear()
        what = package_of(self._place.session.register)
        if what:
            self._place.messages.note(tr(
                "This register is a package ({what}) and holds its own parcels alone; hand the file back when the work is done.",
                what=say(work_name(what))))
        self.page.refresh()
        self._exchange_unasked()

    def _tell_first(self, told: Told) -> None:
        """A word at the door of what is in dispute, and again after others' acts came in."""
        if self._is_new and told.conflicts:
            self._place.messages.offer(tr("{n} fields are in dispute between copies.", n=len(told.conflicts)), tr("Show them"), self.show,
                                       rank=3)
        self._is_new = False

    def _show_subject(self, subject: str, batch: str) -> None:
        """On the map and in the list, where its batch is at the desk."""
        if batch and batch == self._place.session.batch:
            self._place.reviewer.show_anywhere([subject], batch)

    # --- acts -----------------------------------------------------------------------------------------------------------

    def _settle(self, choices: Dict[Disputed, str]) -> None:
        reason = self._place.asking.text(Question(tr("Why do the chosen acts count? The others stay in the history."), tr("Settle")))
        if reason:
            self._settled(choices, reason, False)

    def _settled(self, choices: Dict[Disputed, str], reason: str, with_dependents: bool) -> None:
        try:
            session, by = self._place.session, Settings.load().acting_as
            session.carry_out(lambda: settle(session.register, choices, reason=reason, by=by, with_dependents=with_dependents))
        except LosesGroundError as error:
            told = "\n".join([say(error.message), *(say(text) for text in error.texts[:8])])
            if self._place.asking.agreed(Question(told, tr("Settle it all the same"))):
                self._settled(choices, reason, True)
            return
        except LandInspectorError as error:
            self._place.messages.failed(error)
            return
        self.page.chosen.clear()
        self._place.messages.done(tr("{n} fields were settled; it can be undone.", n=len(choices)))
        self._place.session.reload()

    def _decide(self, choices: List[Tuple[Opinion, str]]) -> None:
        reason = self._place.asking.text(Question(tr("Why do the chosen opinions stand?"), tr("Decide"))) if choices else ""
        if not reason:
            return
        try:
            session, by = self._place.session, Settings.load().acting_as
            for opinion, chosen in choices:
                session.carry_out(lambda opinion=opinion, chosen=chosen: decide(session.register, opinion, chosen, reason=reason, by=by))
        except LandInspectorError as error:
            self._place.messages.failed(error)
        else:
            self._place.messages.done(tr("{n} opinions were decided.", n=len(choices)))
        self._place.session.reload()

    def ask(self) -> None:
        """A package for the second person."""
        self._dialog("second_opinion", tr("Ask for a second opinion, blind"))

    def merge(self) -> None:
        """The algorithm's own dialog: a dry run first."""
        self._dialog("merge_registers", tr("Merge another copy of the register"))

    def give_out(self) -> None:
        """A package for a township or a station."""
        self._dialog("give_out_package", tr("Give out a package"))

    def take_back(self) -> None:
        """What came back."""
        self._dialog("take_back_package", tr("Take back a package"))

    def _dialog(self, name: str, title: str) -> None:
        address = self._place.session.address
        if address is None:
            self._place.messages.note(tr("Open a register first."))
            return
        self._place.jobs.open_dialog(name, {"REGISTER": str(address), "BATCH": self._place.session.batch or "",
                                            "BY": Settings.load().acting_as}, title)

    # --- the shared folder ----------------------------------------------------------------------------------------------

    def exchange(self) -> None:
        """On wish: through the folder of a shared register, else through one that is asked for."""
        address = self._place.session.address
        if address is None:
            self._place.messages.note(tr("Open a register first."))
        elif shared_of(self._place.session.register) is None:
            self._dialog("exchange_couriers", tr("Exchange through a folder"))
        else:
            self._begin(address, shared_of(self._place.session.register), True)

    def _exchange_unasked(self) -> None:
        address = self._place.session.address
        folder = shared_of(self._place.session.register) if address is not None else None
        if address is not None and folder is not None:
            self._begin(address, folder, False)

    def _begin(self, address: RegisterAddress, folder: Optional[Path], is_asked: bool) -> None:
        if self._is_busy or folder is None:
            return
        self._is_busy = True
        self._place.worker.start(tr("Exchanging with other copies"), lambda progress: _exchanged(address, folder, progress),
                                 lambda done: self._done(done, is_asked), self._not_exchanged)

    def _done(self, done: Exchanged, is_asked: bool) -> None:
        self._is_busy, self.page.exchanged = False, done
        if is_asked:
            self._place.messages.done(tr("{sent} events went out, {received} came in, {waiting} files wait.", sent=done.sent,
                                         received=done.received, waiting=done.waiting))
        if done.received:
            self._is_new = True
            self._place.session.reload()
        self.page.refresh()

    def _not_exchanged(self, error: BaseException) -> None:
        self._is_busy = False
        self._place.messages.failed(error)


def _exchanged(address: RegisterAddress, folder: Path, progress: Progress) -> Exchanged:
    with Register.open(address, origins=OriginBook(origins_file())) as register:
        return exchange(register, folder, progress)
