"""Giving verdicts from the dock: one key is the verdict, its durable save and the next parcel."""
from __future__ import annotations

from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple

import pandas as pd
from qgis.PyQt.QtCore import QObject, QPoint, pyqtSignal
from qgis.PyQt.QtGui import QDoubleValidator
from qgis.PyQt.QtWidgets import QComboBox, QDialog, QFormLayout, QLineEdit, QWidget

from ...errors import LandInspectorError
from ...i18n import say, tr, user_locale
from ...law.areas import UNITS_PER_M2, UNITS_PER_MU, mu_text
from ...law.codes import shipped_codes
from ...law.phrases import GROUND
from ...law.judgement import MANDATORY, NATURES
from ...register import judging
from ...register.field_work import particulars
from ...register.register import Recorded
from ...register.tables import ALL_FIELDS, VERDICT
from ...register.views.parcels import facts_of, list_rows
from ...settings import Settings
from ..shell import map_layers
from ..shell.acts import several, what_was_done
from ..shell.dialogs import Dialogs, Question
from ..widgets.dialogs import deciding, ignore_held_keys
from ..shell.messages import Messages
from ..shell.session import Session
from ..widgets.fields import choices
from ..widgets.labels import PlainLabel
from ..widgets.rows import put_hint
from .parcel_table import ParcelTable
from .review_options import verdict_of
from .work_page import WorkPage


# What an illegal verdict must say (R33), asked for at once: prefilled from the measurement, saved by Enter.

_NATURE_OF = {sub_type: nature for nature, sub_type in NATURES.items()}
_ASKED = ("JSSJ", "YDDW", "SJYT", "XZXC", "WFLX", "WFXZ", "PDSM")
#: Typed in mu, kept in m²; left empty they are what was measured.
_AREAS = {"WFMJ": "DKMJ", "WFGD": "GDMJ"}
_SAME_M2 = 0.5
#: What most illegal parcels of a batch are: newly occupied without right.
_USUAL = {"XZXC": "1", "WFLX": "01"}


class ParticularsDialog(QDialog):
    """Read :attr:`verdict` after it was accepted; areas nobody typed are taken from the measurement by the register.

    ``verdict`` holds what is known already, of an earlier verdict on the same parcel too; ``regime`` is ZD; ``measured`` areas are
    in m² by column (DKMJ, GDMJ), None where nobody measured.
    """

    def __init__(self, title: str, verdict: Mapping[str, Any], regime: str, measured: Mapping[str, Optional[float]],
                 parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.setObjectName("landInspectorParticulars")
        ignore_held_keys(self)
        self.setWindowTitle(tr("Particulars of an illegal parcel"))
        self._verdict, self._regime = dict(verdict), regime
        usual = {**_USUAL, "WFXZ": _NATURE_OF.get(verdict.get("PDJL2", ""), "QT")}
        self.fields: Dict[str, QWidget] = {}
        layout = QFormLayout(self)
        layout.addRow(PlainLabel(title, self))
        for name in _ASKED:
            self.fields[name] = self._field(name, verdict.get(name) or usual.get(name, ""))
            layout.addRow(_caption(name), self.fields[name])
        for name, column in _AREAS.items():
            self.fields[name] = _area_field(verdict.get(name), measured.get(column), self)
            layout.addRow(tr("{field} (mu)", field=_caption(name)), self.fields[name])
        layout.addRow(PlainLabel(tr("What is left empty is marked as missing and blocks reporting, not the verdict."), self))
        layout.addRow(deciding(self, tr("Save verdict"), "review"))
        self.resize(420, self.sizeHint().height())

    def _field(self, name: str, value: str) -> QWidget:
        if name == "PDSM":
            return _grounds(choices(GROUND, self._regime, self._verdict.get("PDJL2", "")), value, self)
        listed = ALL_FIELDS[name].codes or ("SJYT" if name == "SJYT" else "")
        if listed:
            return _choice(listed, value, self)
        field = QLineEdit(value, self)
        if name == "JSSJ":
            put_hint(field, "2026-05-31")
        return field

    @property
    def verdict(self) -> Dict[str, Any]:
        """The verdict with what was entered, by field name; areas in m², without what was left empty."""
        said = {name: _area(field) if name in _AREAS else _value(field) for name, field in self.fields.items()}
        return {**{name: value for name, value in self._verdict.items() if name not in said},
                **{name: value for name, value in said.items() if value}}


def _grounds(listed: Sequence[str], value: str, parent: QWidget) -> QComboBox:
    """The usual grounds, and any other text."""
    choice = QComboBox(parent)
    choice.setEditable(True)
    choice.addItems(["", *listed])
    choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    choice.setMinimumContentsLength(12)
    choice.setEditText(value)
    return choice


def _area_field(value: Optional[float], measured: Optional[float], parent: QWidget) -> QLineEdit:
    """An area in mu; ``value`` and ``measured`` in m². What equals the measurement is left to it."""
    typed = value is not None and (measured is None or abs(value - measured) > _SAME_M2)
    field = QLineEdit(mu_text(value) if typed else "", parent)
    field.setValidator(QDoubleValidator(0.0, 1e9, 4, field))
    put_hint(field, tr("not measured") if measured is None else tr("as measured: {area}", area=mu_text(measured)))
    return field


def _area(field: QLineEdit) -> Optional[float]:
    """What was typed, in m²; None where it is left to the measurement or is no number."""
    try:
        return float(field.text().replace(",", ".")) * UNITS_PER_MU / UNITS_PER_M2
    except ValueError:
        return None


def _choice(listed: str, value: str, parent: QWidget) -> QComboBox:
    choice = QComboBox(parent)
    choice.addItem("", "")
    for entry in shipped_codes().codes(listed):
        choice.addItem(f"{entry.code} {entry.label(user_locale())}", entry.code)
    choice.setCurrentIndex(max(0, choice.findData(value)))
    return choice


def _value(field: QWidget) -> str:
    if isinstance(field, QComboBox):
        return field.currentText().strip() if field.isEditable() else field.currentData()
    return field.text().strip()


def _caption(name: str) -> str:
    """The column's name; a star for what must be there before the parcel can be reported (R33)."""
    field = ALL_FIELDS[name]
    said = field.zh if user_locale() == "zh" else field.en
    return f"{said} *" if name in MANDATORY else said


_ILLEGAL = "2"
#: Rows of the list as they are now, and the id under which the person at the desk acts.
Shown = Tuple[pd.DataFrame, str]
_MOST_NAMED = 12


class Reviewer(QObject):
    """``judged`` tells the ids whose verdict is now safe on disk, ``went_to`` the parcel that came up next.

    ``undo_wanted`` asks to take back the newest act on a parcel; ``recorded`` hands on what was recorded, to be undone by.
    """

    judged = pyqtSignal(list)
    went_to = pyqtSignal(list)
    undo_wanted = pyqtSignal(str)
    recorded = pyqtSignal(object)

    def __init__(self, page: WorkPage, session: Session, messages: Messages, asking: Dialogs, window: QWidget):
        super().__init__()
        self._page, self._session, self._messages, self._asking, self._window = page, session, messages, asking, window
        self.dialog: Optional[ParticularsDialog] = None
        self._awaited: List[str] = []

    def judge(self, sub_type: str) -> None:
        """Give a sub-type (PDJL2) to the chosen parcels: several are named first, an illegal one asks for its particulars."""
        ids = self._page.parcels.chosen_ids()
        if not ids or (len(ids) > 1 and not self._asking.agreed(_preview(self._page.table, ids, sub_type))):
            return
        verdict = {"PDJL1": verdict_of(sub_type), "PDJL2": sub_type, "PDSM": self._page.verdicts.take_grounds()}
        seen = self.seen(ids)  # a form may stay open while somebody else judges
        if verdict["PDJL1"] != _ILLEGAL:
            self._give(ids, verdict, seen)
            return
        try:
            self._ask(ids, verdict, lambda said: self._give(ids, said, seen))
        except LandInspectorError as error:  # what is known of the parcel cannot be read
            self._messages.failed(error)

    def accept_proposal(self) -> None:
        """Give what the rules propose for the one chosen parcel; nothing where they could not tell."""
        ids = self._page.parcels.chosen_ids()
        if len(ids) == 1:
            proposed = self._page.table.text("ZDPD2", int(self._page.table.positions(ids)[0]))
            if proposed:
                self.judge(proposed)

    def go_to_open(self, step: int = 1) -> None:
        """To the next (or last) undone parcel of the list."""
        self._go_on(self._page.next_open(step))
        self._page.take_focus()

    def _go_on(self, following: Optional[str]) -> None:
        """To the next undone parcel; where there is none, that is said."""
        self.go_to(following)
        if following is None:
            self._messages.note(tr("No other parcel of this list is undone."))

    def go_to_number(self) -> None:
        """To the parcel whose number the user types."""
        number = self._asking.text(Question(tr("Number of the parcel or patch, or its end:"), tr("Go there")))
        found = self._page.find_number(number) if number else None
        if number and found is None:
            self._messages.note(tr("No parcel of this batch, or more than one, has the number {number}.", number=number))
        self.go_to(found)
        self._page.take_focus()

    def undo_on_parcel(self) -> None:
        """Take back what was done last on the one chosen parcel, whoever did it."""
        ids = self._page.parcels.chosen_ids()
        if len(ids) == 1:
            self.undo_wanted.emit(ids[0])

    def go_to(self, parcel_id: Optional[str]) -> None:
        """Choose this parcel and show it; nothing for None."""
        if parcel_id is not None:
            self._page.choose([parcel_id])
            self.went_to.emit([parcel_id])

    def show_anywhere(self, ids: List[str], batch: str) -> None:
        """Choose parcels of any batch: another one is brought to the desk first; what is in no list any more is said to be so."""
        if batch == self._session.batch:
            self._show_here(list(ids))
        else:
            self._awaited = list(ids)
            self._session.choose_batch(batch)

    def on_read(self, _snapshot: object) -> None:
        """The batch that :meth:`show_anywhere` asked for is here."""
        awaited, self._awaited = self._awaited, []
        if awaited:
            self._show_here(awaited)

    def _show_here(self, ids: List[str]) -> None:
        here = [key for key, row in zip(ids, self._page.table.positions(ids)) if row >= 0]
        if not here:
            self._messages.note(tr("This parcel is in no list any more: it was split, or a later issue no longer holds it."))
            return
        self._page.show_hidden(here[0])
        self._page.choose(here)
        if len(here) == 1:
            self.went_to.emit(here)
        else:
            self._page.chosen.emit(here)

    def do(self, act: Callable[[], Recorded], ids: Sequence[str]) -> bool:
        """Record an act on parcels and show what it made of them; whether it was recorded. A refusal is said."""
        try:
            recorded, shown = self._session.carry_out(lambda: self._with_rows(act(), ids))
        except LandInspectorError as error:
            self._messages.failed(error)
            self._session.reload()
            return False
        self._show(list(ids), recorded, shown)
        return True

    def _with_rows(self, recorded: Recorded, ids: Sequence[str]) -> Tuple[Recorded, Optional[Shown]]:
        """With the rows as they are now; None where they cannot be read any more: the act was recorded all the same."""
        try:
            return recorded, (list_rows(self._session.register, list(ids)), self._session.me())
        except LandInspectorError:
            return recorded, None

    def labels_of(self, ids: Sequence[str]) -> List[str]:
        """Numbers of parcels of the table, by which the register's verbs know them."""
        return [self._page.table.text("DKBH", int(row)) for row in self._page.table.positions(list(ids)) if row >= 0]

    def seen(self, ids: Sequence[str]) -> Dict[str, str]:
        """The last event of each parcel as the table shows it: what is recorded on it now must not pass over a later one."""
        rows = self._page.table.positions(list(ids))
        return {key: self._page.table.text("last_event", int(row)) for key, row in zip(ids, rows) if row >= 0}

    def _ask(self, ids: List[str], verdict: Mapping[str, Any], then: Callable[[Dict[str, Any]], None]) -> None:
        """What is known of a single parcel stands in the form already."""
        known = self._known(ids[0]) if len(ids) == 1 else {}
        kept = {f.name: known[f.name] for f in VERDICT if known.get("PDJL1") == _ILLEGAL and known[f.name] is not None}
        measured = {"DKMJ": known.get("DKMJ"), "GDMJ": known.get("measured_GDMJ") or known.get("GDMJ")}
        given = {name: value for name, value in verdict.items() if value}
        seen = particulars(self._session.register, known.get("site"))
        dialog = self.dialog = ParticularsDialog(_title(self._page.table, ids, verdict["PDJL2"]), {**seen, **kept, **given},
                                                 self._page.verdicts.regime, measured, self._window)
        self.open_beside(dialog)
        dialog.accepted.connect(lambda: then(dialog.verdict))

    def _known(self, parcel_id: str) -> Dict[str, Any]:
        return facts_of(self._session.register, parcel_id) or {}

    def open_beside(self, dialog: QDialog) -> None:
        """A question at the foot of the map, beside the dock: the parcel in the middle of the map stays in sight."""
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
        dialog.move(_beside(self._page, dialog, self._window))

    def _give(self, ids: List[str], verdict: Mapping[str, Any], seen: Mapping[str, str]) -> None:
        table = self._page.table
        rows = [int(row) for row in table.positions(ids)]
        numbers = {key: table.text("DKBH", row) for key, row in zip(ids, rows)}
        entries = [judging.Entry(number, verdict) for number in numbers.values()]
        batch, by = self._session.batch, Settings.load().acting_as

        def judged() -> Tuple[judging.Judged, Optional[Shown]]:
            given = judging.give_verdicts(self._session.register, batch, entries, by=by, seen=seen)
            taken = set(given.given)
            kept = [key for key in ids if numbers[key] in taken]
            return given, None if given.recorded is None else self._with_rows(given.recorded, kept)[1]
        try:
            given, shown = self._session.carry_out(judged)
        except LandInspectorError as error:
            self._messages.failed(error)
            self._session.reload()
            return
        if given.refused:
            self._messages.warn(_refused(given.refused), "\n".join(_reason(refusal) for refusal in given.refused))
        if given.recorded is not None:
            self._page.verdicts.clear_grounds()
            following, taken = self._page.next_open(), set(given.given)
            self._show([key for key in ids if numbers[key] in taken], given.recorded, shown)
            self._go_on(following)

    def _show(self, ids: List[str], recorded: Recorded, shown: Optional[Shown]) -> None:
        """What was done shows at once, without reading the register anew, unless its rows could not be read any more."""
        self._session.note_own_act(ids)  # first: the card that was read before the act must not come up again
        if shown is None:
            self._session.reload()
        else:
            self._page.show_table(self._page.table.updated(*shown))
        self.recorded.emit(recorded)
        self._messages.recorded(told(self.labels_of(ids), recorded))
        self.judged.emit(ids)


def told(parcels: Sequence[str], recorded: Recorded) -> str:
    """``T013: verdict “approved”``: which parcels an act was recorded of, and what it was."""
    what = what_was_done(recorded.events)
    if not Settings.load().actor:  # nobody has said who they are yet
        what = tr("{what} (as {name}, the computer's login)", what=what, name=Settings.load().acting_as)
    if not parcels:
        return tr("Recorded: {what}", what=what)
    return tr("{parcel}: {what} recorded", parcel=several(parcels), what=what)


def _reason(refusal: judging.Refusal) -> str:
    return tr("{parcel}: {reason}", parcel=refusal.entry.label, reason=say(refusal.reason))


def _refused(refused: Sequence[judging.Refusal]) -> str:
    """The first refusal in words, and how many more there are."""
    first = _reason(refused[0])
    return tr("{first} ({n} more were refused)", first=first, n=len(refused) - 1) if len(refused) > 1 else first


def _beside(page: QWidget, dialog: QWidget, window: QWidget) -> QPoint:
    """Left of the dock at the foot of the window: the parcel in the middle of the map stays in sight."""
    size = dialog.sizeHint().expandedTo(dialog.size())
    foot = window.mapToGlobal(window.rect().bottomLeft()).y()
    return QPoint(page.mapToGlobal(QPoint(0, 0)).x() - size.width() - 12, foot - size.height() - 40)


def _preview(table: ParcelTable, ids: List[str], sub_type: str) -> str:
    """The question before several parcels are judged alike."""
    numbers = [table.text("DKBH", int(row)) for row in table.positions(ids[:_MOST_NAMED])]
    more = "…" if len(ids) > _MOST_NAMED else ""
    question = tr("Give “{verdict}” to {n} parcels?\n{parcels}", verdict=map_layers.sub_verdict_name(sub_type), n=len(ids),
                  parcels=", ".join(numbers) + more)
    return Question(question, tr("Judge {n} parcels", n=len(ids)))


def _title(table: ParcelTable, ids: List[str], sub_type: str) -> str:
    first = table.text("DKBH", int(table.positions(ids[:1])[0]))
    name = map_layers.sub_verdict_name(sub_type)
    if len(ids) > 1:
        return tr("{n} parcels: {verdict}", n=len(ids), verdict=name)
    return tr("{parcel}: {verdict}", parcel=first, verdict=name)
