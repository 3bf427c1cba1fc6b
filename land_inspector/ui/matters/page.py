"""The page of matters: ledgers, a list of one of them, the file of the chosen matter, its next act. All of it by
keyboard, in 320 px.
"""
from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Callable, Dict, List, Mapping, Optional, Sequence, Tuple

from qgis.PyQt.QtCore import QItemSelectionModel, Qt, pyqtSignal
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QMenu,
    QSplitter,
    QToolButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ...errors import LandInspectorError
from ...i18n import say, tr
from ...law.matters.kind import AMEND, LINK, NONE, NOTE, UNLINK, MatterKind
from ...law.matters.lists import ListRow
from ...law.matters.machine import machine_of
from ...law.matters.matter import Link
from ...law.procedure import Act
from ...progress import Progress
from ...register import attachments
from ...register.addresses import RegisterAddress
from ...register.matters import do_matter_act, do_matter_acts, grounds_of, open_matter, place_names
from ...register.measuring import place_measured
from ...register.register import Register
from ...register.views.matters import Ledger, MatterFile, due_of, ledger_rows, ledgers, matter_file, matter_files, opening_file
from ...register.views.parcels import facts_of
from ...settings import Settings
from ..pursue.form import Form, Said
from ..pursue.papers import choices, open_papers_of_matter
from ..shell.acts import several
from ..shell.services import Services
from ..widgets.labels import ElidedButton, PlainLabel, narrow, tip
from ..widgets.rows import put_hint
from ..widgets.pages import ReadingPage
from . import forms
from .forms import BulkMatters, TakeOver
from .file_view import FileView, days_text, due_text, due_words, row_tip
from .map_layer import LedgerMap, Placing

_STATE_WIDTH = 110
_ID, _WORDS = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1


@dataclass(frozen=True)
class Reading:
    """The ledgers, the rows of the chosen list, and the file of the chosen matter, as read in one go."""

    address: RegisterAddress
    day: date
    ledgers: Sequence[Ledger]
    kind: Optional[str]
    code: str
    rows: Sequence[ListRow]
    names: Dict[str, str]
    outlines: Mapping[str, Optional[bytes]] = field(default_factory=dict)


class MattersPage(ReadingPage):
    """``parcels_wanted`` tells the parcels that a matter is linked with, when the user goes there."""

    parcels_wanted = pyqtSignal(list)
    #: What is due in each ledger (list of Due), with every reading.
    due_known = pyqtSignal(list)

    def __init__(self, place: Services, parent: Optional[QWidget] = None):
        super().__init__(place, parent)
        self.setObjectName("landInspectorMatters")
        self._reading: Optional[Reading] = None
        self._file: Optional[MatterFile] = None
        self._list: Optional[Tuple[str, str]] = None
        self._then: Optional[Callable[[], None]] = None
        self._parcels: List[str] = []
        self.form: Optional[Form] = None
        self.taking = TakeOver(place, self.refresh)
        self._make_widgets()
        self._lay_out()
        self.wires += [
            (place.commands.undoable, self.note_change),
            (self.kinds.activated, self._on_kind), (self.lists.activated, self.refresh),
            (self.search.textChanged, self._filter), (self.map_button.toggled, self._draw), (self.map.chosen, self._choose_ids),
            (self.table.itemSelectionChanged, self._on_chosen), (self.table.itemActivated, self._on_activated),
            (self.next_button.clicked, self.record_next), (self.file_view.linked, self.parcels_wanted)]

    def _make_widgets(self) -> None:
        self.kinds, self.lists = QComboBox(self), QComboBox(self)
        for box, name, words in ((self.kinds, "landInspectorMatterKinds", tr("Ledger")),
                                 (self.lists, "landInspectorMatterLists", tr("List"))):
            box.setObjectName(name)
            box.setAccessibleName(words)
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(8)
        self.search = QLineEdit(self)
        self.search.setObjectName("landInspectorMatterSearch")
        put_hint(self.search, tr("Search: number, township, any value"))
        self.search.setClearButtonEnabled(True)
        self.map = LedgerMap(self._place.iface.mapCanvas(), self)
        self.placing, self._placed_id = Placing(self._place.iface.mapCanvas(), self), ""
        self.placing.placed.connect(self._on_placed)
        self.map_button = QToolButton(self)
        self.map_button.setObjectName("landInspectorMatterMap")
        self.map_button.setText(tr("Map"))
        self.map_button.setCheckable(True)
        self.map_button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.map_button.setToolTip(tr("This list on the map, by state; what is chosen here is chosen there"))
        self.table = QTreeWidget(self)
        self.table.setObjectName("landInspectorMatterTable")
        self.table.setAccessibleName(tr("Matters"))
        self.setFocusProxy(self.table)
        self.table.setRootIsDecorated(False)
        self.table.setUniformRowHeights(True)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.table.setHeaderLabels([tr("Number"), tr("State"), tr("Due")])
        self.table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.table.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.table.header().setStretchLastSection(False)
        self.counted = PlainLabel(self)
        self.counted.setWordWrap(True)
        self.overview = PlainLabel(self)
        self.overview.setObjectName("landInspectorMatterOverview")
        self.overview.setWordWrap(True)
        self.file_view = FileView(self)
        self.next_button = narrow(ElidedButton(self))
        self.next_button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.next_button.setObjectName("landInspectorMatterNext")
        self.acts_button = self._menu_button("landInspectorMatterActs", tr("More acts"), self._acts_menu)
        self.more_button = self._menu_button("landInspectorMatterMore", tr("Ledger…"), self._ledger_menu)

    def _menu_button(self, name: str, text: str, fill: Callable[[QMenu], None]) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setText(text)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(button)
        menu.setToolTipsVisible(True)
        menu.aboutToShow.connect(lambda: (menu.clear(), fill(menu)))
        button.setMenu(menu)
        return button

    def _lay_out(self) -> None:
        choice = QHBoxLayout()
        choice.setSpacing(4)
        choice.addWidget(self.kinds, 1)
        choice.addWidget(self.more_button)
        acts = QHBoxLayout()
        acts.setSpacing(4)
        acts.addWidget(self.next_button, 1)
        acts.addWidget(self.acts_button)
        upper = QWidget(self)
        above = QVBoxLayout(upper)
        above.setContentsMargins(0, 0, 0, 0)
        above.setSpacing(4)
        listing = QHBoxLayout()
        listing.setSpacing(4)
        listing.addWidget(self.lists, 1)
        listing.addWidget(self.map_button)
        above.addLayout(listing)
        for widget in (self.search, self.counted):
            above.addWidget(widget)
        above.addWidget(self.table, 1)
        self.split = QSplitter(Qt.Orientation.Vertical, self)
        self.split.addWidget(upper)
        self.split.addWidget(self.file_view)
        self.split.setChildrenCollapsible(False)
        self.split.setStretchFactor(1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 4, 6, 4)
        layout.setSpacing(4)
        layout.addLayout(choice)
        layout.addWidget(self.overview)
        layout.addWidget(self.split, 1)
        layout.addLayout(acts)
        for first, second in zip(self._tab_order(), self._tab_order()[1:]):
            self.setTabOrder(first, second)

    def _tab_order(self) -> List[QWidget]:
        return [self.kinds, self.more_button, self.lists, self.map_button, self.search, self.table, self.file_view, self.next_button,
                self.acts_button]

    # --- life ---------------------------------------------------------------------------------------------------------

    def unload(self) -> None:
        if self.form is not None:
            self.form.reject()
        super().unload()
        self.map.remove()

    def forget(self) -> None:
        self._reading, self._file, self._list = None, None, None
        self._show()

    # --- reading ------------------------------------------------------------------------------------------------------

    def refresh_to(self, kind: str, code: str, then: Optional[Callable[[], None]] = None) -> None:
        """Read the ledgers and this list beside the window; ``then`` is done as soon as it is shown."""
        self._list, self._then = (kind, code), then
        self.refresh()

    def reading(self) -> Tuple[str, Callable[[Progress], Reading]]:
        address, day = self._place.session.address, date.today()
        kind, code = self._list or (self.kinds.currentData(), self.lists.currentData() or "unsettled")
        return tr("Reading the ledgers"), lambda progress: read(address, kind, code, day, progress)

    def take(self, found: Reading) -> None:
        then, self._reading, self._list, self._then = self._then, found, None, None
        self._show()
        self.due_known.emit(due_of(found.ledgers))
        if then is not None:
            then()

    def failed(self, error: BaseException) -> None:
        self._then = None
        super().failed(error)

    def _on_kind(self, _index: int) -> None:
        self._list, self._then = None, None
        self.lists.clear()
        self.refresh()

    # --- showing ------------------------------------------------------------------------------------------------------

    def _show(self) -> None:
        reading, chosen = self._reading, self._chosen_ids()
        self.kinds.clear()
        self.lists.clear()
        self.table.clear()
        if reading is not None:
            self._show_choices(reading)
            self._show_rows(reading, chosen)
        self._filter()
        self._on_chosen()
        self._draw()

    def _draw(self, *_told: object) -> None:
        """The list on the map where that is wished, anew with every change."""
        reading, ledger = self._reading, self._ledger()
        if reading is None or ledger is None or not self.map_button.isChecked() or ledger.kind.geometry == NONE:
            self.map.remove()
        else:
            self.map.show(self._place.session.register.meta["crs"], ledger.kind, reading.rows, reading.outlines)
            self.map.choose(self._chosen_ids())
        self._filter()
        self.map_button.setEnabled(ledger is not None and ledger.kind.geometry != NONE)

    def _choose_ids(self, ids: List[str]) -> None:
        """What was selected on the map."""
        items = [self.table.topLevelItem(n) for n in range(self.table.topLevelItemCount())]
        self.table.clearSelection()
        for item in items:
            if item.data(0, _ID) in ids:
                self.table.setCurrentItem(item, 0, QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows)

    def _show_choices(self, reading: Reading) -> None:
        told = due_words([one for one in due_of(reading.ledgers) if one.kind.id != reading.kind])
        elsewhere = [one for one in reading.ledgers if one.kept and one.kind.id != reading.kind]
        self.overview.setText(tr("Other ledgers: {overdue} overdue, {due} due soon",
                                 overdue=sum(one.counts.get("overdue", 0) for one in elsewhere),
                                 due=sum(one.counts.get("due", 0) for one in elsewhere)))
        self.overview.setToolTip(tip(told.replace(tr("; "), "\n")))
        self.overview.setVisible(bool(told))
        for ledger in reading.ledgers:
            if ledger.kept or ledger.kind.id == reading.kind:
                self.kinds.addItem(f"{say(ledger.kind.name)} ({ledger.counts.get('unsettled', 0)})", ledger.kind.id)
        self.kinds.setCurrentIndex(self.kinds.findData(reading.kind))
        here = self._ledger()
        if here is not None:
            for code, one in here.kind.lists.items():
                self.lists.addItem(f"{say(one.label)} ({here.counts.get(code, 0)})", code)
            self.lists.setCurrentIndex(max(self.lists.findData(reading.code), 0))

    def _show_rows(self, reading: Reading, chosen: Sequence[str]) -> None:
        ledger = self._ledger()
        if ledger is None:
            return
        for row in reading.rows:
            item = QTreeWidgetItem([row.matter.number, say(ledger.kind.states[row.matter.state].label), days_text(row)])
            item.setData(0, _ID, row.matter.id)
            item.setToolTip(0, tip(row_tip(ledger.kind, row, reading.names)))
            item.setData(0, _WORDS, row_tip(ledger.kind, row, reading.names))
            item.setToolTip(2, tip(due_text(row)))
            self.table.addTopLevelItem(item)
            item.setSelected(row.matter.id in chosen)
        for column in (1, 2):
            self.table.resizeColumnToContents(column)
        self.table.setColumnWidth(1, min(self.table.columnWidth(1), _STATE_WIDTH))
        if reading.rows and not self.table.selectedItems():
            self.table.setCurrentItem(self.table.topLevelItem(0))

    def _ledger(self) -> Optional[Ledger]:
        reading = self._reading
        return next((one for one in reading.ledgers if one.kind.id == reading.kind), None) if reading else None

    def _filter(self, *_told: object) -> None:
        needle = self.search.text().strip().lower()
        shown = 0
        for n in range(self.table.topLevelItemCount()):
            item = self.table.topLevelItem(n)
            hit = needle in f"{item.text(0)} {item.text(1)} {item.data(0, _WORDS)}".lower()
            item.setHidden(not hit)
            shown += hit
        self.counted.setText(self._counted(shown))

    def _counted(self, shown: int) -> str:
        if self._place.session.address is None:
            return tr("Open a register first.")
        if self._reading is None:
            return ""
        if self._reading.kind is None:
            return tr("This register keeps no ledger yet. “Ledger…” begins one or takes an office's table over.")
        if self.map_button.isChecked() and self._reading.outlines:
            drawn = sum(shape is not None for shape in self._reading.outlines.values())
            return tr("{n} matters, {drawn} of the list on the map", n=shown, drawn=drawn)
        return tr("{n} matters", n=shown)

    # --- the chosen matter --------------------------------------------------------------------------------------------

    def _chosen_ids(self) -> List[str]:
        return [item.data(0, _ID) for item in self.table.selectedItems()]

    def _on_chosen(self) -> None:
        chosen, address = self._chosen_ids(), self._place.session.address
        self._file = None
        if len(chosen) == 1 and address is not None:
            try:
                self._file = matter_file(self._place.session.register, chosen[0], date.today())
            except LandInspectorError as error:
                self._place.messages.failed(error)
        self.file_view.show_file(self._file, len(chosen))
        self.map.choose(chosen)
        due = self._file.due[0] if self._file and self._file.due else None
        self.next_button.setText(f"{say(due.label)}…" if due else tr("Next act…"))
        self.next_button.setToolTip(tip(self.next_button.text()))
        self.next_button.setEnabled(due is not None)
        self.acts_button.setEnabled(bool(chosen))

    def _on_activated(self, _item: QTreeWidgetItem, _column: int) -> None:
        self.record_next()

    def show_parcels(self, ids: List[str]) -> None:
        """Parcels were chosen somewhere: the first can be linked with a matter."""
        self._parcels = list(ids)

    def show_list(self, kind: str, code: str) -> None:
        """Bring a list of a ledger up."""
        self.search.clear()
        self.refresh_to(kind, code)

    # --- acts ---------------------------------------------------------------------------------------------------------

    def record_next(self, *_told: object) -> None:
        """Ask for what the next act of the straight way needs."""
        if self._file is not None and self._file.due:
            self.do_act(self._file.due[0])

    def _acts_menu(self, menu: QMenu) -> None:
        if self._file is None:
            self._bulk_menu(menu)
            return
        for act in (*self._file.due, *self._file.others):
            menu.addAction(f"{say(act.label)}…", lambda act=act: self.do_act(act))
        menu.addSeparator()
        acts = machine_of(self._file.kind).acts
        menu.addAction(tr("Amend what is known…"), self.amend)
        menu.addAction(f"{say(acts[NOTE].label)}…", lambda: self.do_act(acts[NOTE]))
        menu.addAction(tr("Link with the chosen parcel"), self.link_with_chosen)
        for link in self._file.matter.links:
            menu.addAction(tr("Take off the link with {other}", other=link.label or link.id), lambda link=link: self.take_link_off(link))
        if self._file.kind.geometry != NONE:
            where = menu.addMenu(tr("Place on the map"))
            where.addAction(tr("By a click on the map"), lambda: self.place_on_map(False))
            where.addAction(tr("Draw its outline"), lambda: self.place_on_map(True))
            where.addAction(tr("As the feature selected in the active layer"), self.place_as_selected)
        if choices((), "", self._file.kind.id):
            menu.addAction(tr("Papers…"), lambda file=self._file: open_papers_of_matter(self._place, file))
        if self._file.not_now:
            menu.addSeparator()
            for act, reason in self._file.not_now:
                entry = menu.addAction(tr("{act}: not now", act=say(act.label)))
                entry.setToolTip(tip(say(reason)))
                entry.setEnabled(False)

    def _bulk_menu(self, menu: QMenu) -> None:
        """One act for all the chosen matters, with a preview of those in which it is possible."""
        ledger = self._ledger()
        if ledger is None:
            return
        for code in ledger.kind.moves:
            act = machine_of(ledger.kind).acts[code]
            menu.addAction(f"{say(act.label)}…", lambda act=act: self.do_together(act))

    def do_act(self, act: Act) -> None:
        """The form of an act of the chosen matter."""
        file = self._file
        if file is None:
            return

        def save(on: date, said: Said) -> None:
            particulars = dict(forms.cleaned(self._kept(said)))
            self._write(lambda register, by: do_matter_act(register, file.matter.id, act.code, on=on.isoformat(),
                                                           particulars=particulars,
                                                           by=by, seen={file.matter.id: file.seen}))

        self._open(forms.act_form(file, act, save, self._place.window))

    def amend(self) -> None:
        """The form of an amendment of the chosen matter."""
        file = self._file
        if file is None:
            return

        def save(on: date, said: Said) -> None:
            particulars = {"values": dict(forms.changes(file, said)), "reason": said["reason"]}
            self._write(lambda register, by: do_matter_act(register, file.matter.id, AMEND, on=on.isoformat(),
                                                           particulars=particulars, by=by,
                                                           seen={file.matter.id: file.seen}))

        self._open(forms.amend_form(file, save, self._place.window))

    def link_with_chosen(self) -> None:
        """Tie the matter to the parcel that is chosen in the review dock: told on both sides."""
        file = self._file
        parcel = facts_of(self._place.session.register, self._parcels[0]) if self._parcels else None
        if file is None or parcel is None:
            self._place.messages.note(tr("Choose a parcel in the review list first."))
            return
        said = {"links": [{"what": "parcel", "id": parcel["id"], "label": parcel["DKBH"]}]}
        self._try(lambda register, by: do_matter_act(register, file.matter.id, LINK, on=date.today().isoformat(), particulars=said, by=by))

    def take_link_off(self, link: Link) -> None:
        """Untie the matter: told on both sides."""
        file = self._file
        if file is not None:
            said = {"links": [{"what": link.what, "id": link.id, "label": link.label}]}
            self._try(lambda register, by: do_matter_act(register, file.matter.id, UNLINK, on=date.today().isoformat(), particulars=said,
                                                         by=by))

    def place_on_map(self, draws: bool) -> None:
        """Wait for a click, or for an outline, of the chosen matter."""
        if self._file is not None:
            self._placed_id = self._file.matter.id
            self._place.messages.note(
                tr("Draw the outline (or by arrows and Space); Enter or a right click ends it, Esc gives up.") if draws
                else tr("Click where the matter lies (or arrows and Space); Esc gives up."))
            self.placing.ask(self._place.session.register.meta["crs"], draws)

    def place_as_selected(self) -> None:
        """Take the ground of the one feature that is selected in the active layer."""
        if self._file is not None:
            self._placed_id = self._file.matter.id
            try:
                self._on_placed(self.placing.of_selected(self._place.iface.activeLayer(), self._place.session.register.meta["crs"]))
            except LandInspectorError as error:
                self._place.messages.failed(error)

    def _on_placed(self, ground: bytes) -> None:
        self._try(lambda register, by: place_measured(register, self._placed_id, ground, on=date.today(), by=by))

    def _try(self, verb: Callable[[Register, str], object]) -> None:
        try:
            self._write(verb)
        except LandInspectorError as error:
            self._place.messages.failed(error)

    def do_together(self, act: Act) -> None:
        """The same act for every chosen matter in which it is possible."""
        register = self._place.session.register
        files = matter_files(register, self._chosen_ids(), date.today())

        def save(on: date, said: Dict[str, Said]) -> None:
            seen = {file.matter.id: file.seen for file in files if file.matter.id in said}
            whole = {key: dict(forms.cleaned(self._kept(one))) for key, one in said.items()}
            self._write(lambda register, by: do_matter_acts(register, whole, act.code, on=on.isoformat(), by=by,
                                                            seen=seen), [file.matter.number for file in files if file.matter.id in said])

        self._open(BulkMatters(files, act, save, self._place.window))

    # --- ledgers ------------------------------------------------------------------------------------------------------

    def _ledger_menu(self, menu: QMenu) -> None:
        reading = self._reading
        if reading is None:
            return
        here = self._ledger()
        if here is not None:
            menu.addAction(tr("New matter…"), lambda: self.open_new(here.kind))
            menu.addAction(tr("Take a table or layer over…"), lambda: self.taking.ask(here.kind))
            menu.addAction(tr("Township table as a workbook…"), lambda: self.taking.write_workbook(here.kind))
            self.taking.fill(menu, here.kind)
            menu.addSeparator()
        begin = menu.addMenu(tr("Begin another ledger"))
        for ledger in reading.ledgers:
            if not ledger.kept:
                begin.addAction(say(ledger.kind.name), lambda kind=ledger.kind: self.begin(kind))
        menu.addAction(tr("Bring in a kind of ledger (pack)…"), self.taking.ask_for_pack)

    def begin(self, kind: MatterKind) -> None:
        """Show a ledger that is not kept yet, so that its first matter can be entered or a table taken over."""
        self.refresh_to(kind.id, "unsettled", lambda: self.open_new(kind))

    def open_new(self, kind: MatterKind) -> None:
        """The form of a new matter."""
        names, number = opening_file(self._place.session.register, kind)

        def save(on: date, said: Said) -> None:
            values = dict(forms.cleaned(said))
            self._write(lambda register, by: open_matter(register, kind, values, on=on.isoformat(), by=by), [say(kind.name)])

        self._open(forms.opening_form(kind, names, number, save, self._place.window))

    # --- shared -------------------------------------------------------------------------------------------------------

    def _open(self, form: Form) -> None:
        self.form = form
        form.finished.connect(self._let_go)
        form.open()

    def _let_go(self, _result: int) -> None:
        self.form = None

    def _kept(self, said: Said) -> Said:
        """Files are copied beside the register before the act names them."""
        if not said.get("files"):
            return said
        files: Sequence[Path] = said["files"]
        session = self._place.session
        return {**said, "files": session.carry_out(lambda: attachments.keep(session.register, files))}

    def _write(self, verb: Callable[[Register, str], object], of: Sequence[str] = ()) -> None:
        """Record, and tell of what: the chosen matter where nothing else is said. Raises what the register raises; then nothing was
        kept."""
        of = of or ([self._file.matter.number] if self._file is not None else [])
        session, by = self._place.session, Settings.load().acting_as
        session.carry_out(lambda: verb(session.register, by))
        self._place.session.note_own_act()
        self._place.commands.look_for_undo(told_of=several(of))
        self.note_change()


def read(address: Optional[RegisterAddress], kind: Optional[str], code: str, day: date, _progress: Progress) -> Reading:
    """The ledgers of a register and one list of one of them: of ``kind``, else of the first that is kept."""
    if address is None:
        raise ValueError("no register is open")
    with Register.open(address) as register:
        found = ledgers(register, day)
        chosen = next((one for one in found if one.kind.id == kind), None) or next((one for one in found if one.kept),
                                                                                   None)
        names = place_names(register)
        if chosen is None:
            return Reading(address, day, found, None, code, (), names)
        listed = code if code in chosen.kind.lists else "unsettled"
        rows = ledger_rows(register, chosen.kind, listed, day)
        outlines = grounds_of(register, [row.matter.id for row in rows]) if chosen.kind.geometry != NONE else {}
        return Reading(address, day, found, chosen.kind.id, listed, rows, names, outlines)
