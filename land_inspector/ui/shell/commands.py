"""What a user can do from the menu, the toolbar and the dock, each command one verb of an inspector."""
from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, Callable, Dict, Optional, Tuple

from qgis.PyQt.QtCore import pyqtSignal, QObject

from ...errors import LandInspectorError
from ...exchange.shared_folder import shared_of, working_address
from ...i18n import say, tr
from ...progress import Progress
from ...register import undoing
from ...register.addresses import address_of, Addressed, RegisterAddress
from ...register.sealing import OriginBook
from ...register.events import UNDONE
from ...register.register import OlderFormatError, Recorded, Register
from ...register.views.parcels import names, of_group
from ...settings import origins_file, Settings
from ..widgets.dialogs import open_manual
from .acts import Act, author, in_sentences, in_words as acts_in_words, last_act, last_on_parcel, last_undone
from .dialogs import Dialogs, Question
from .tasks import Jobs, Outcome, Worker
from .messages import Messages
from .session import Session, recent_registers, remember_register, server_connections


class Commands(QObject):
    """Writes only through algorithms and the register's verbs; every failure ends in :class:`Messages`.

    ``register_wanted`` and ``batch_wanted`` ask the assistant for what takes more than one question.
    """

    register_wanted = pyqtSignal()
    batch_wanted = pyqtSignal()
    undoable = pyqtSignal(str)
    redoable = pyqtSignal(str)

    def __init__(self, session: Session, jobs: Jobs, worker: Worker, messages: Messages, asking: Dialogs,
                 parent: Optional[QObject] = None):
        super().__init__(parent)
        self._session, self._jobs, self._worker, self._messages, self._asking = session, jobs, worker, messages, asking
        self._act: Optional[Act] = None
        self._undone_act: Optional[Act] = None
        self._undoing = False
        self._opening = 0
        self._has_asked_name = False
        jobs.ended.connect(self._on_job_ended)

    def show_manual(self) -> None:
        """The manual's first page in the computer's browser."""
        if not open_manual():
            self._messages.note(tr("The manual is not here: in a folder of sources `make setup` writes it."))

    # --- registers ----------------------------------------------------------------------------------------------------

    def open_register(self) -> None:
        """Ask for a register's file and open it."""
        recent = recent_registers()
        chosen = self._asking.register_to_open(recent[0].folder if recent else Path.home())
        if chosen is not None:
            self.open_address(chosen)

    def open_on_server(self) -> None:
        """Ask for the address of a register on a server and open it."""
        known = [str(address) for address in recent_registers() if address.is_remote]
        chosen = self._asking.address_to_open([*known, *(name for name in server_connections() if name not in known)])
        if chosen:
            self._tried(lambda: self.open_address(address_of(chosen)))

    def open_address(self, address: Addressed) -> None:
        """Open a register and remember it; what is wrong with the file is said, and the one before stays open.

        It is looked at beside the window first: a stranger's file, or one on a slow drive, may take long to say what it is."""
        self._opening += 1
        number = self._opening
        self._worker.start(tr("Opening the register"), lambda progress: _looked_at(address, progress),
                           lambda place: self._open(number, place), lambda error: self._not_opened(number, address, error))

    def _open(self, number: int, address: Addressed) -> None:
        if number != self._opening:
            return  # another one was asked for meanwhile
        try:
            self._session.open(address)
        except LandInspectorError as error:
            self._not_opened(number, address, error)
            return
        remember_register(self._session.register.address)
        shared = shared_of(self._session.register)
        if shared is not None:
            self._messages.note(tr("This register lies on a network drive: you work on a copy on this computer, and what is recorded goes "
                                   "out through {folder}.", folder=shared.name))
        notices = self._session.register.notices()
        if notices:
            self._messages.warn(say(notices[0]), "\n".join(say(one) for one in notices))
        if not Settings.load().actor and not self._has_asked_name:
            self._has_asked_name = True  # who leaves it open is asked again when QGIS is started anew
            self.ask_name()

    def _not_opened(self, number: int, address: Addressed, error: BaseException) -> None:
        if number != self._opening:
            return
        if isinstance(error, OlderFormatError):
            self._offer_upgrade(address_of(address), error.format)
        else:
            self._messages.failed(error)

    def _offer_upgrade(self, address: RegisterAddress, found: int) -> None:
        """Nothing is changed unasked; the register opens once it is upgraded."""
        question = Question(tr("{name} was made by an earlier version of the plugin (format {found}). Before it can be worked on it is "
                               "upgraded: a copy of it as it is now stays beside it, and every figure stays the same.", name=address.name,
                               found=found), tr("Upgrade"))
        if self._asking.agreed(question):
            self._tried(lambda: self._jobs.run("upgrade_register", {"REGISTER": str(address), "BY": Settings.load().acting_as},
                                               tr("Upgrade of the register")))

    def create_register(self) -> None:
        """The assistant asks for what it needs."""
        self.register_wanted.emit()

    def add_batch(self) -> None:
        """As well."""
        self.batch_wanted.emit()

    def ask_name(self) -> None:
        """Under which name acts are recorded from now on."""
        known = names(self._session.register).values() if self._session.address is not None else ()
        self._asking.who(list(known), self._keep_name)

    def _keep_name(self, name: str) -> None:
        settings = Settings.load()
        settings.actor = name
        settings.save()
        self._session.reload()

    def close_register(self) -> None:
        """Close the open register, if there is one."""
        self._session.close()

    # --- batches ------------------------------------------------------------------------------------------------------

    def import_patches(self) -> None:
        """Open the algorithm's window, with the area method of the options."""
        method = Settings.load().area_method
        self._dialog("import_patches", tr("Import of patches"), {"AREA_METHOD": 0 if method == "ellipsoidal" else 1})

    def measure_evidence(self) -> None:
        """Open the algorithm's window, filled in with the register and batch at work."""
        self._dialog("measure_evidence", tr("Measuring against the layers"))

    def propose_verdicts(self) -> None:
        """Propose verdicts for the batch at work, beside the window."""
        self._job("propose_verdicts", tr("Proposed verdicts"), self._known(batch=True))

    def give_verdicts(self) -> None:
        """Open the window of the algorithm that takes verdicts from a table, filled in likewise."""
        self._dialog("give_verdicts", tr("Verdicts from a table"))

    def export_townships(self) -> None:
        """Ask for a folder, then open the algorithm's window with it."""
        if not self._tried(lambda: self._session.register):
            return
        folder = self._asking.folder_to_fill(tr("Folder for the township layers and the table"), self._session.register.address.folder)
        if folder is not None:
            self._dialog("export_townships", tr("Township layers and table"), {"FOLDER": str(folder)})

    # --- the register as a whole --------------------------------------------------------------------------------------

    def verify(self) -> None:
        """Verify the open register, beside the window."""
        self._job("verify_register", tr("Verification"), self._known())

    def hand_over(self) -> None:
        """Ask for a place and write a checked copy of the open register there, beside the window."""
        if not self._tried(lambda: self._session.register):
            return
        source = self._session.register.address
        target = self._asking.copy_to_write(source.beside(f"{source.name}-{date.today():%Y%m%d}.gpkg"))
        if target is not None:
            self._job("backup_register", tr("Handing over"), {**self._known(), "OUTPUT": str(target)})

    # --- undo ---------------------------------------------------------------------------------------------------------

    def show_acts(self, act: Optional[Act], undone: Optional[Act]) -> None:
        """What could be undone and redone now, said through ``undoable`` and ``redoable``."""
        self._act, self._undone_act = act, undone
        self._say_what_is_possible()

    def look_for_undo(self, told_of: str = "") -> None:
        """Find it out beside the window: an act on twenty thousand parcels is a second's reading. ``told_of``: something was just
        recorded of this, which is told with what it was."""
        address, by = self._session.address, Settings.load().acting_as

        def show(found: Tuple[Optional[Act], Optional[Act]]) -> None:
            if address == self._session.address:
                self.show_acts(*found)
                if told_of and found[0] is not None:
                    self._messages.recorded(tr("{parcel}: {what} recorded", parcel=told_of, what=found[0].text))

        self._worker.start(tr("Undo"), lambda _progress: _possible(address, by), show, self._messages.failed)

    def note_act(self, recorded: Recorded) -> None:
        """What was just recorded from here is what undo takes back next: no need to look for it among all events."""
        self._act, self._undone_act = Act(recorded.group, acts_in_words(recorded.events)), None
        self._say_what_is_possible()

    def _say_what_is_possible(self) -> None:
        self.undoable.emit(self._act.text if self._act and not self._undoing else "")
        self.redoable.emit(self._undone_act.text if self._undone_act and not self._undoing else "")

    def undo(self) -> None:
        """Take back the last act; later acts that stand on it are named and taken back with it if the user agrees."""
        if self._act is not None:
            self._reverse(self._act)

    def redo(self) -> None:
        """Do again what was undone last, unless something else was done since."""
        if self._undone_act is not None:
            self._reverse(self._undone_act, again=True)

    def undo_on(self, parcel_id: str) -> None:
        """Take back the newest act on one parcel; another person's only with a reason, which the register keeps."""
        by = Settings.load().acting_as
        try:
            act = last_on_parcel(self._session.register, parcel_id)
            who, reason = author(self._session.register, act.group) if act is not None else "", ""
        except LandInspectorError as error:
            self._messages.failed(error)
            return
        if act is None:
            self._messages.note(tr("Nothing was done on this parcel yet."))
            return
        if who != by:
            reason = self._asking.text(Question(tr("{who} did this: {act}. Why shall it be undone?", who=who, act=act.text), tr("Undo")))
            if not reason:
                return
        self._reverse(act, reason)

    def _reverse(self, act: Act, reason: str = "", with_dependents: bool = False, again: bool = False) -> None:
        if self._undoing and not with_dependents:
            return
        self._undoing = True
        self._say_what_is_possible()
        address = self._session.address
        self._worker.start(tr("Undo"), lambda _progress: _undo(address, act.group, reason, with_dependents),
                           lambda said: self._reversed(said, again),
                           lambda error: self._not_reversed(act, reason, error, again), writes=True)

    def _reversed(self, said: str, again: bool) -> None:
        self._undoing = False
        if again:
            self._messages.recorded(tr("Done again: {act}", act=said))
        else:
            self._messages.taken_back(said)
        self._session.reload()

    def _not_reversed(self, act: Act, reason: str, error: BaseException, again: bool) -> None:
        if isinstance(error, undoing.DependentsError):
            if self._asking.agreed(_question(act, error)):
                self._reverse(act, reason, with_dependents=True, again=again)
                return
        else:
            self._messages.failed(error)
        self._undoing = False
        self._session.reload()

    # --- running ------------------------------------------------------------------------------------------------------

    def _known(self, batch: bool = False) -> Dict[str, Any]:
        """Parameters that need no asking: the open register, its chosen batch, who acts."""
        known: Dict[str, Any] = {}
        if self._session.address is not None:
            known["REGISTER"] = str(self._session.address)
        if batch and self._session.batch is not None:
            known["BATCH"] = self._session.batch
        return known

    def _dialog(self, name: str, title: str, extra: Optional[Dict[str, Any]] = None) -> None:
        filled = self._known(batch=name != "import_patches")
        self._tried(lambda: self._jobs.open_dialog(name, {**filled, "BY": Settings.load().acting_as, **(extra or {})}, title))

    def _job(self, name: str, title: str, parameters: Dict[str, Any]) -> None:
        self._tried(lambda: (self._session.register, self._jobs.run(name, parameters, title)))

    def _tried(self, act: Callable[[], object]) -> bool:
        """Do it and say what is wrong; whether it went well."""
        try:
            act()
        except LandInspectorError as error:
            self._messages.failed(error)
            return False
        return True

    def _on_job_ended(self, outcome: Outcome) -> None:
        if outcome.cancelled:
            self._messages.note(tr("{title}: cancelled, nothing was changed.", title=outcome.title))
        elif not outcome.ok:
            self._messages.failed_job(outcome.title, outcome.errors)
        elif outcome.results.get("BROKEN"):
            self._messages.warn(in_words(outcome), "\n".join(outcome.said))
        else:
            self._messages.done(in_words(outcome), str(outcome.results.get("REPORT") or ""))
        made = {"create_register": "OUTPUT", "upgrade_register": "REGISTER"}.get(outcome.name)
        if outcome.ok and made:
            self.open_address(outcome.results[made])
        else:
            self._session.reload()


def _looked_at(address: Addressed, progress: Progress) -> RegisterAddress:
    """Where to open it: a register on a share is copied to this computer first. One of an earlier format is told when it is opened."""
    place = working_address(address, origins_file().parent / "shared", OriginBook(origins_file()), progress)
    try:
        Register.open(place).close()
    except OlderFormatError:
        if place == address_of(address):
            raise
    return place


def _possible(address: RegisterAddress, by: str) -> Tuple[Optional[Act], Optional[Act]]:
    with Register.open(address) as register:
        return last_act(register, by), last_undone(register, by)


def _undo(address: RegisterAddress, group: str, reason: str, with_dependents: bool) -> str:
    """What was taken back or, where the group was itself an undo, is in force again, in a sentence that names its parcel."""
    with Register.open(address, origins=OriginBook(origins_file())) as register:
        of_before = of_group(register, group)
        recorded = undoing.undo(register, group, by=Settings.load().acting_as, reason=reason, with_dependents=with_dependents)
        undone = [event for event in of_before if event.kind == UNDONE]
        events = of_group(register, *undone[0].payload["groups"]) if undone else recorded.events
        return in_sentences(register, events)


def _question(act: Act, error: undoing.DependentsError) -> str:
    return Question(tr("{n} later acts stand on “{act}”. Undo them together with it?", n=len(error.events), act=act.text),
                    tr("Undo all of them"))


# --- The counts an algorithm hands back, as one line.


def in_words(outcome: Outcome) -> str:
    """``Import of patches: rows 400, imported 398, quarantined 2``; outputs that are no numbers are left out."""
    said = ", ".join(f"{name} {n}" for name, n in outcome.counts.items())
    return tr("{title}: {counts}", title=outcome.title, counts=said) if said else tr("{title}: done", title=outcome.title)
