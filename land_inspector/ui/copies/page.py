"""What other copies brought: fields in dispute with both people, times and reasons; packages given out; what each copy has."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple

from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtGui import QFont
from qgis.PyQt.QtWidgets import QComboBox, QListWidget, QListWidgetItem, QPushButton, QVBoxLayout, QWidget

from ...exchange.report_pages import agreement_text, dispute_note, local_time, rival_value
from ...exchange.shared_folder import Exchanged, shared_of
from ...exchange.work_package import work_name
from ...i18n import say, tr
from ...law.areas import mu_text
from ...progress import Progress
from ...register.addresses import RegisterAddress
from ...register.conflicts import Disputed
from ...register.packages import GivenPackage, book
from ...register.register import Register
from ...register.second_opinion import FIRST, SECOND, Opinion, Said, agreement_of, opinions
from ...register.settling import OpenConflict, RivalAct, open_conflicts, writers
from ..pursue.timeline_page import WrappingDelegate
from ..shell import map_layers
from ..shell.services import Services
from ..widgets.labels import FixedHeightLabel, tip
from ..widgets.pages import ReadingPage

DISPUTED, OPINIONS, PACKAGES, COPIES = "disputed", "opinions", "packages", "copies"
_PLACE = Qt.ItemDataRole.UserRole
_CHOSEN, _OTHER = "●", "○"


@dataclass
class Told:
    """What the page shows: open conflicts, second opinions, the book of packages, the folder through which copies exchange (None:
    none), what the last exchange did; names of ``towns`` by code, who last recorded something as which of the ``writers``."""

    conflicts: List[OpenConflict] = field(default_factory=list)
    packages: List[GivenPackage] = field(default_factory=list)
    opinions: List[Opinion] = field(default_factory=list)
    folder: Optional[str] = None
    exchanged: Optional[Exchanged] = None
    towns: Mapping[str, str] = field(default_factory=dict)
    writers: Mapping[str, str] = field(default_factory=dict)


class CopiesPage(ReadingPage):
    """``was_read`` tells what was read, ``settled`` hands out the chosen act of each field, ``decided`` the opinions that shall stand
    (opinion, FIRST or SECOND), ``subject_chosen`` the subject of a line and its batch; the others are wishes."""

    settled = pyqtSignal(object)
    decided = pyqtSignal(object)
    opinion_wanted = pyqtSignal()
    merge_wanted = pyqtSignal()
    exchange_wanted = pyqtSignal()
    give_out_wanted = pyqtSignal()
    take_back_wanted = pyqtSignal()
    subject_chosen = pyqtSignal(str, str)
    was_read = pyqtSignal(object)

    def __init__(self, place: Services, parent: Optional[QWidget] = None):
        super().__init__(place, parent)
        self.setObjectName("landInspectorCopies")
        self._told = Told()
        #: What the last exchange with other copies did; of the register that is open.
        self.exchanged: Optional[Exchanged] = None
        self.chosen: Dict[Disputed, str] = {}
        self.standing: Dict[Disputed, str] = {}
        self.view = QComboBox(self)
        self.view.setObjectName("landInspectorCopiesView")
        self.view.setAccessibleName(tr("What is shown"))
        for code, text in ((DISPUTED, tr("In dispute")), (OPINIONS, tr("Second opinions")),
                           (PACKAGES, tr("Packages given out")), (COPIES, tr("Other copies"))):
            self.view.addItem(text, code)
        self.said = FixedHeightLabel("", 4, self, shrinks=True)
        self.said.setObjectName("landInspectorCopiesSaid")
        self.lines = QListWidget(self)
        self.lines.setObjectName("landInspectorCopiesLines")
        self.lines.setAccessibleName(tr("What other copies brought"))
        self.lines.setItemDelegate(WrappingDelegate(self.lines))
        self.lines.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.lines.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.lines.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.lines.setSpacing(2)
        self.setFocusProxy(self.lines)
        self._buttons = {
            "settle": self._button("Settle", tr("Let the chosen acts count…"), lambda: self.settled.emit(dict(self.chosen))),
            "decide": self._button("Decide", tr("Decide for the chosen opinions…"), self._decide),
            "ask": self._button("Ask", tr("Ask for a second opinion…"), self.opinion_wanted.emit),
            "merge": self._button("Merge", tr("Merge another copy…"), self.merge_wanted.emit),
            "give": self._button("GiveOut", tr("Give out a package…"), self.give_out_wanted.emit),
            "take": self._button("TakeBack", tr("Take back a package…"), self.take_back_wanted.emit),
            "exchange": self._button("Exchange", tr("Exchange now"), self.exchange_wanted.emit)}
        self._lay_out()
        self.view.currentIndexChanged.connect(self._show)
        self.lines.itemActivated.connect(self._choose)
        self.lines.currentItemChanged.connect(self._on_current)
        self.wires += [(place.commands.undoable, self.note_change), (place.jobs.ended, self.note_change)]
        self._show()

    def _button(self, name: str, text: str, act: Any) -> QPushButton:
        button = QPushButton(text, self)
        button.setObjectName(f"landInspectorCopies{name}")
        button.clicked.connect(lambda _checked=False: act())
        return button

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 4, 6, 4)
        layout.setSpacing(4)
        layout.addWidget(self.view)
        layout.addWidget(self.said)
        layout.addWidget(self.lines, 1)
        for button in self._buttons.values():
            layout.addWidget(button)

    def reading(self) -> Tuple[str, Callable[[Progress], Told]]:
        address = self._place.session.address
        return tr("Reading what is in dispute"), lambda _progress: read(address)

    def take(self, found: Told) -> None:
        found.exchanged = self.exchanged
        self.show_told(found)
        self.was_read.emit(found)

    def forget(self) -> None:
        self.show_told(Told())

    def show_told(self, told: Told) -> None:
        """Show what was read; a choice that is still possible stays."""
        self._told = told
        possible = {(one.subject, one.field): {act.uuid for act in one.acts} for one in told.conflicts}
        self.chosen = {place: uuid for place, uuid in self.chosen.items() if uuid in possible.get(place, ())}
        waiting = {(one.round, one.parcel) for one in told.opinions if one.differs and one.decided is None}
        self.standing = {place: which for place, which in self.standing.items() if place in waiting}
        self._show()

    def go_to(self, view: str) -> None:
        """Bring one of the lists up."""
        self.view.setCurrentIndex(self.view.findData(view))

    # --- showing --------------------------------------------------------------------------------------------------------

    def _show(self, *_told: object) -> None:
        view, row = self.view.currentData(), self.lines.currentRow()
        self.lines.clear()
        {DISPUTED: self._show_disputed, OPINIONS: self._show_opinions, PACKAGES: self._show_packages, COPIES: self._show_copies}[view]()
        for name, views in (("settle", (DISPUTED,)), ("decide", (OPINIONS,)), ("ask", (OPINIONS,)), ("merge", (DISPUTED, COPIES)),
                            ("give", (PACKAGES,)), ("take", (PACKAGES,)),
                            ("exchange", (COPIES,))):
            self._buttons[name].setVisible(view in views)
        self._buttons["settle"].setEnabled(bool(self.chosen))
        self._buttons["decide"].setEnabled(bool(self.standing))
        if 0 <= row < self.lines.count():
            self.lines.setCurrentRow(row)

    def _show_disputed(self) -> None:
        found = self._told.conflicts
        self.said.setText(dispute_note(len(found)) if found else tr("Nothing is in dispute."))
        where = None
        for one in found:
            if (one.batch, one.where, one.subject) != where:
                where = (one.batch, one.where, one.subject)
                self._heading(" · ".join(part for part in (one.where, one.batch) if part))
            self._line(say(one.called), None)
            for act in one.acts:
                self._line(self._act_text(one, act), (one, act))

    def _act_text(self, one: OpenConflict, act: RivalAct) -> str:
        mark = _CHOSEN if self.chosen.get((one.subject, one.field)) == act.uuid else _OTHER
        is_alone = [rival.who for rival in one.acts].count(act.who) == 1
        who = act.who if is_alone else f"{act.who} ({tr('Copy {origin}', origin=act.origin[:8])})"
        head = f"{mark} {who} · {local_time(act.recorded_at)} · {say(act.what)}"
        value = rival_value(one, act, with_names=True) + (f" ({tr('counts now')})" if act.counts else "")
        return "\n".join([head, value, *([act.reason] if act.reason else [])])

    def _show_opinions(self) -> None:
        found = self._told.opinions
        self.said.setText(agreement_text(agreement_of(found)))
        for one in found:
            if not one.differs:
                continue
            weighed = tr("{area} mu × {weight}", area=mu_text(one.area_m2, 2), weight=one.weight)
            self._heading(" · ".join(filter(None, [one.number, one.township, weighed])))
            for which, verdict, reason in ((FIRST, one.first, ""), (SECOND, one.second, one.second_reason)):
                stands = one.decided or self.standing.get((one.round, one.parcel))
                who = tr("First opinion") if which == FIRST else tr("Second opinion")
                text = f"{_CHOSEN if stands == which else _OTHER} {who}: {_verdict(verdict)}" + (f"\n{reason}" if reason else "")
                self._line(text, None if one.decided else (one, which))
            if one.decided:
                self._line(tr("Decided: {reason}", reason=one.why), None)

    def _show_packages(self) -> None:
        out = [one for one in self._told.packages if not one.returned]
        self.said.setText(tr("Packages given out: {n}; not back yet: {out}.", n=len(self._told.packages),
                             out=len(out)))
        for one in self._told.packages:
            towns = ", ".join((*(self._told.towns.get(code, code) for code in one.townships), *one.stations))
            self._heading(f"{towns or one.batch} · {say(work_name(one.what))}")
            given = tr("Given to {to} on {when} by {who}: {n} rows, {file}", to=one.to or "–", when=local_time(one.given_at),
                       who=one.given_by, n=sum(one.rows.values()), file=one.file)
            back = tr("Came back on {when}: {taken} rows recorded, {left} left to a person", when=local_time(one.returned[-1]),
                      taken=len(one.taken), left=one.left) if one.returned else tr("Has not come back yet")
            self._line(f"{given}\n{back}", None)

    def _show_copies(self) -> None:
        told, done = self._told, self._told.exchanged
        self.said.setText(tr("This register is not shared through a folder.") if told.folder is None else
                          tr("What is recorded goes out through {folder}.", folder=told.folder))
        if done is None:
            return
        self._heading(tr("Last exchange"))
        self._line(tr("{sent} events went out, {received} came in, {waiting} files wait.", sent=done.sent, received=done.received,
                      waiting=done.waiting), None)
        for origin, (when, events) in sorted(done.others.items()):
            self._heading(" · ".join(filter(None, [tr("Copy {origin}", origin=origin[:8]), told.writers.get(origin, "")])))
            self._line(tr("had {n} events when it last exchanged: {when}", n=events, when=local_time(when) if when else "–"), None)
        for file, reason in done.troubles:
            self._heading(file)
            self._line(say(reason), None)

    def _heading(self, text: str) -> None:
        item = QListWidgetItem(text)
        bold = QFont(self.font())
        bold.setBold(True)
        item.setFont(bold)
        item.setFlags(Qt.ItemFlag.ItemIsEnabled)
        self.lines.addItem(item)

    def _decide(self) -> None:
        self.decided.emit([(one, self.standing[one.round, one.parcel]) for one in self._told.opinions
                           if (one.round, one.parcel) in self.standing])

    def _line(self, text: str, place: Optional[Tuple[Any, Any]]) -> None:
        item = QListWidgetItem(text)
        item.setToolTip(tip(text))
        item.setData(_PLACE, place)
        if place is None:
            item.setFlags(Qt.ItemFlag.ItemIsEnabled)
        self.lines.addItem(item)

    # --- choosing -------------------------------------------------------------------------------------------------------

    def _choose(self, item: QListWidgetItem) -> None:
        """The act counts for this field, and for the other fields of the same thing that nobody has chosen yet; again: not chosen."""
        place = item.data(_PLACE)
        if place is None:
            return
        one, act = place
        if isinstance(one, Opinion):
            key = (one.round, one.parcel)
            if self.standing.get(key) == act:
                del self.standing[key]
            else:
                self.standing[key] = act
            self._show()
            return
        if self.chosen.get((one.subject, one.field)) == act.uuid:
            del self.chosen[one.subject, one.field]
        else:
            self.chosen[one.subject, one.field] = act.uuid
            for other in self._told.conflicts:
                if other.subject == one.subject and act.uuid in {rival.uuid for rival in other.acts}:
                    self.chosen.setdefault((other.subject, other.field), act.uuid)
        self._show()

    def _on_current(self, item: Optional[QListWidgetItem], _before: object) -> None:
        place = item.data(_PLACE) if item is not None else None
        if place is not None and isinstance(place[0], OpenConflict):
            self.subject_chosen.emit(place[0].subject, place[0].batch)

    def shown_texts(self) -> Sequence[str]:
        """The lines as they are read."""
        return [self.lines.item(number).text() for number in range(self.lines.count())]


def read(address: RegisterAddress) -> Told:
    """What a register says of its copies; nothing of exchanges, which no register tells."""
    with Register.open(address) as register:
        folder, towns = shared_of(register), register.townships()
        return Told(open_conflicts(register), book(register), opinions(register), str(folder) if folder is not None else None,
                    towns=dict(zip(towns["XZDM"], towns["XZMC"])), writers=writers(register))


def _verdict(said: Said) -> str:
    level, sub_type = said
    return " · ".join(filter(None, [map_layers.verdict_name(level), map_layers.sub_verdict_name(sub_type) if sub_type else ""]))
