"""What the dock shows of an open register: batch, progress, filters, parcels, and the acts that concern the whole."""
from __future__ import annotations

from typing import List, Optional, Sequence

import numpy as np
from qgis.core import QgsApplication, QgsSettings
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import QSize, Qt, QTimer, pyqtSignal
from qgis.PyQt.QtGui import QResizeEvent
from qgis.PyQt.QtWidgets import (
    QApplication,
    QComboBox,
    QHBoxLayout,
    QMenu,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QSplitter,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ...i18n import tr
from ...law.areas import mu_text
from ...settings import HEADING
from . import filters
from ..shell import map_layers
from .card_page import CardView, VerdictPanel
from .filters import FilterBar
from .parcel_list import ParcelList
from .parcel_table import ParcelTable, empty_table
from ..shell.session import BatchLine, Snapshot
from ..widgets.labels import ElidedButton, FittingButton, FixedHeightLabel, PlainLabel, tip
from ..widgets.rows import ROW_HEIGHT, WARNING, progress_style, readable, shown_on

_SPLITTER = f"{HEADING}/list_and_card"
#: The card is read for every parcel, the list is looked at now and then.
_LIST_HEIGHT, _LOW_LIST_HEIGHT, _CARD_HEIGHT = 92, 48, 400
#: A dock that is lower than this has to choose.
_LOW = 600


class WorkPage(QWidget):
    """Signals ask for what the page cannot do by itself; ``chosen`` tells the parcels the user selected."""

    batch_chosen = pyqtSignal(str)
    chosen = pyqtSignal(list)
    import_wanted = pyqtSignal()
    undo_wanted = pyqtSignal()
    redo_wanted = pyqtSignal()
    verify_wanted = pyqtSignal()
    hand_over_wanted = pyqtSignal()

    def __init__(self, register_menu: QMenu, parent: Optional[QWidget] = None):
        super().__init__(parent)
        self._table = empty_table()
        self._looked_at: List[str] = []
        self._told: List[str] = []
        self.register_button = FittingButton(self, margin=24, from_both_ends=True)
        self.register_button.setObjectName("landInspectorRegisterMenu")
        self.register_button.setFixedHeight(24)
        self.register_button.setMenu(register_menu)
        self.register_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.batches = self._batch_choice()
        self.progress = QProgressBar(self)
        self.progress.setObjectName("landInspectorProgress")
        for widget in (self.batches, self.progress):
            widget.setFixedHeight(ROW_HEIGHT)
        self.progress.setStyleSheet(progress_style())
        self.filters = FilterBar(self)
        self.filters.changed.connect(self._refilter)
        self.filters.search.returnPressed.connect(self._take_only_hit)
        self.counted = PlainLabel(self)
        self.counted.setObjectName("landInspectorCounted")
        self.counted.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.hidden_note = FixedHeightLabel("", 2, self)
        self.hidden_note.setObjectName("landInspectorHiddenNote")
        self.image_note = FixedHeightLabel("", 3, self, shrinks=True)
        self.image_note.setObjectName("landInspectorImageNote")
        self.image_note.setVisible(False)
        self.parcels = ParcelList(self)
        self.parcels.chosen.connect(self._tell)
        self.card = CardView(self)
        self.verdicts = VerdictPanel(self)
        self.undo_button = ElidedButton(self)
        self.undo_button.setObjectName("landInspectorUndo")
        self.undo_button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.undo_button.setFixedHeight(ROW_HEIGHT)
        self.undo_button.clicked.connect(self.undo_wanted)
        self.redo_button = _tool(self, "landInspectorRedo", tr("Redo"))
        self.redo_button.clicked.connect(self.redo_wanted)
        self.show_undoable("")
        self.show_redoable("")
        self._lay_out()

    # --- putting it together ------------------------------------------------------------------------------------------

    def _batch_choice(self) -> QComboBox:
        choice = QComboBox(self)
        choice.setObjectName("landInspectorBatches")
        choice.setAccessibleName(tr("Batch"))
        choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        choice.setMinimumContentsLength(8)
        choice.activated.connect(lambda _index: self.batch_chosen.emit(choice.currentData()))
        return choice

    def _lay_out(self) -> None:
        self._content = QStackedWidget(self)
        self._content.addWidget(self._no_batch_page())
        self._content.addWidget(self._review_page())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 2, 4, 2)
        layout.setSpacing(3)
        self._head = QHBoxLayout()
        self._head.setSpacing(4)
        self._head.addWidget(self.register_button, 3)
        layout.addLayout(self._head)
        layout.addWidget(self._content, 1)
        layout.addLayout(self._foot())

    def _review_page(self) -> QWidget:
        page = QWidget(self)
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        head = QHBoxLayout()
        head.setSpacing(4)
        head.addWidget(self.batches, 3)
        head.addWidget(self.progress, 2)
        layout.addLayout(head)
        for widget in (self.filters, self.counted, self.hidden_note):
            layout.addWidget(widget)
        layout.addWidget(self._list_and_card(), 1)
        self._last_tool: QWidget = self.card
        self._tools = QHBoxLayout()
        self._tools.setSpacing(1)
        self._tools.addStretch(1)
        layout.addLayout(self._tools)
        self._strips = QVBoxLayout()
        self._strips.setSpacing(3)
        layout.addLayout(self._strips)
        layout.addWidget(self.image_note)
        layout.addWidget(self.verdicts)
        return page

    def _list_and_card(self) -> QSplitter:
        splitter = QSplitter(Qt.Orientation.Vertical, self)
        splitter.setObjectName("landInspectorSplitter")
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(self.parcels)
        splitter.addWidget(self.card)
        splitter.setStretchFactor(1, 1)
        splitter.setSizes([_LIST_HEIGHT, _CARD_HEIGHT])
        kept = QgsSettings().value(_SPLITTER, None)
        if kept is not None:
            splitter.restoreState(kept)
        splitter.splitterMoved.connect(lambda _place, _index: self._keep_list_height())
        self._splitter, self._is_height_kept = splitter, kept is not None
        return splitter

    def _keep_list_height(self) -> None:
        self._is_height_kept = True
        QgsSettings().setValue(_SPLITTER, self._splitter.saveState())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """On a low screen one parcel of the list is enough, and what is counted stands in a tooltip: the room is the card's, unless
        the user has given the list a height of his own."""
        super().resizeEvent(event)
        low = self.height() < _LOW
        self.counted.setVisible(not low)
        if not self._is_height_kept:
            wanted = _LOW_LIST_HEIGHT if low else _LIST_HEIGHT
            self._splitter.setSizes([wanted, max(self._splitter.height() - wanted, 1)])

    def _no_batch_page(self) -> QWidget:
        page = QWidget(self)
        said = FixedHeightLabel(tr("This register holds no batch yet."), 2, page)
        button = QPushButton(tr("Import patches…"), page)
        button.setObjectName("landInspectorImport")
        button.clicked.connect(self.import_wanted)
        layout = QVBoxLayout(page)
        layout.addWidget(said)
        layout.addWidget(button)
        layout.addStretch(1)
        return page

    def _foot(self) -> QHBoxLayout:
        """What concerns the register as a whole, in one row."""
        self.verify_button = _picture(self, "landInspectorVerify", "/mIconSuccess.svg", tr("Verify"),
                                      tr("Check that no event was edited or lost"))
        self.verify_button.clicked.connect(self.verify_wanted)
        self.hand_over_button = _picture(self, "landInspectorHandOver", "/mActionSharingExport.svg", tr("Hand over…"),
                                         tr("Make a checked copy of the register to pass on; others may go on working"))
        self.hand_over_button.clicked.connect(self.hand_over_wanted)
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(self.undo_button, 3)
        row.addWidget(self.redo_button, 1)
        row.addWidget(self.verify_button)
        row.addWidget(self.hand_over_button)
        return row

    def take_focus(self) -> None:
        """Keys go on in the list: from QGIS's other fields, and from its search that keeps Tab to itself, no key leads into the dock.
        Not where they act already: in the dock itself and on the map."""
        at = QApplication.focusWidget()
        if not self.visibleRegion().isEmpty() and not isinstance(at, QgsMapCanvas) and not (at is not None and self.isAncestorOf(at)):
            self.parcels.setFocus()

    def put_beside_register(self, widget: QWidget) -> None:
        """Put a feature's line beside the register's name: a row of its own would be the card's; the feature deletes it when it unloads."""
        self._head.addWidget(widget, 2)
        self.setTabOrder(self.register_button, widget)

    def add_strip(self, strip: QWidget) -> None:
        """Put a feature's row of buttons between the card and the verdict keys; the feature deletes it when it unloads."""
        self._strips.addWidget(strip)

    def add_tools(self, tools: Sequence[QWidget]) -> None:
        """Put a feature's icons into the one row of tools below the card."""
        for tool in tools:
            self._tools.insertWidget(self._tools.count() - 1, tool)
            self.setTabOrder(self._last_tool, tool)
            self._last_tool = tool

    def take_tools_out(self, tools: Sequence[QWidget]) -> None:
        """Take them out again and delete them."""
        self._last_tool = self.card
        for tool in tools:
            self._tools.removeWidget(tool)
            tool.setParent(None)
            tool.deleteLater()

    def sizeHint(self) -> QSize:
        return QSize(320, 560)

    # --- showing ------------------------------------------------------------------------------------------------------

    def show_register(self, title: str, address: str) -> None:
        """``title`` is what the button says as far as it fits, ``address`` the whole place of the register."""
        self.register_button.show_text(title)
        self.register_button.setToolTip(tip(address))
        self.filters.clear()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show a register as it was read; what was filtered and selected stays so."""
        self._content.setCurrentIndex(1 if snapshot.batches else 0)
        self._show_batches(snapshot.batches, snapshot.batch)
        self.verdicts.show_regime(snapshot.line.regime if snapshot.line else "")
        self.filters.people = snapshot.people
        self.show_table(snapshot.table)

    def show_table(self, table: ParcelTable) -> None:
        """Show the parcels of a new reading, filtered and ordered as before."""
        self._table = table
        self._show_progress()
        self._refilter()

    def show_undoable(self, text: str) -> None:
        """``text`` says what would be undone; '' where there is nothing."""
        self.undo_button.setEnabled(bool(text))
        said = tr("Undo: {act}", act=text) if text else tr("Nothing to undo")
        self.undo_button.setText(said)
        self.undo_button.setToolTip(tip(said))

    def show_redoable(self, text: str) -> None:
        """``text`` says what would be done again; '' where nothing was undone last."""
        self.redo_button.setEnabled(bool(text))
        self.redo_button.setToolTip(tip(tr("Do again: {act}", act=text) if text else tr("Nothing to redo")))

    def show_image_note(self, text: str, warning: bool = False) -> None:
        """Which image the map shows; '' while it shows the map."""
        self.image_note.setText(text)
        self.image_note.setStyleSheet(f"color: {readable(WARNING, shown_on(self))}; font-weight: bold;" if warning else "")
        self.image_note.setVisible(bool(text))

    def _show_batches(self, batches: Sequence[BatchLine], chosen: Optional[str]) -> None:
        self.batches.clear()
        for batch in batches:
            text = tr("{name} · {n} patches", name=batch.name, n=batch.patches)
            self.batches.addItem(tr("{batch} (frozen)", batch=text) if batch.frozen else text, batch.code)
        self.batches.setCurrentIndex(max(0, self.batches.findData(chosen)))
        self.batches.setToolTip(tip(self.batches.currentText()))

    def _show_progress(self) -> None:
        judged, total = int(np.count_nonzero(self._table.judged)), len(self._table)
        self.progress.setRange(0, max(total, 1))
        self.progress.setValue(judged)
        self.progress.setFormat(f"{judged} / {total}")
        self.progress.setToolTip(tip(self._judged_text()))

    def _judged_text(self) -> str:
        return tr("{judged} of {total} judged", judged=int(np.count_nonzero(self._table.judged)), total=len(self._table))

    def _refilter(self) -> None:
        found = filters.find(self._table, self.filters.criteria, self.filters.order, near=self.filters.near)
        self.parcels.show_rows(self._table, found.rows)
        self.filters.show_counts(self._table, found)
        self._show_counted(found.rows)
        self.show_current()
        QTimer.singleShot(0, self._tell_if_changed)

    def _take_only_hit(self) -> None:
        """Enter in the search chooses the one parcel that it left."""
        self._refilter()
        if self.parcels.model().rowCount() == 1:
            self.parcels.selectRow(0)
            self.parcels.setFocus()

    def _tell(self, ids: List[str]) -> None:
        self._told = list(ids)
        self.chosen.emit(ids)

    def _tell_if_changed(self) -> None:
        """What the list lost, by a filter or with another batch, is no longer the chosen parcel anywhere."""
        ids = self.parcels.chosen_ids()
        if sorted(ids) != sorted(self._told):
            self._tell(ids)

    def _show_counted(self, rows: np.ndarray, note: str = "") -> None:
        area = mu_text(float(self._table.area_m2[rows].sum()))
        said = tr("{shown} of {total} parcels, {area} mu", shown=len(rows), total=len(self._table), area=area)
        returned = int(np.count_nonzero(self._table.marked("returned"))) if len(self._table) else 0
        self.counted.setText(tr("{counted} · {n} returned", counted=said, n=returned) if returned else said)
        self.progress.setToolTip(tip("\n".join([self._judged_text(), self.counted.text()])))
        self.hidden_note.setText(note)
        self.hidden_note.setVisible(bool(note))

    # --- selecting ----------------------------------------------------------------------------------------------------

    @property
    def table(self) -> ParcelTable:
        """All parcels of the last reading."""
        return self._table

    def next_open(self, step: int = 1) -> Optional[str]:
        """The next undone parcel of the list; those set aside come last, unless the list was asked for them."""
        return filters.next_open(self._table, self.parcels.model().rows, self.parcels.current_id(), step,
                                 self.filters.criteria.wants_aside)

    def next_marked(self, mark: str) -> Optional[str]:
        """The next parcel of the list with a mark; else the first of the batch, brought back where the filters hide it."""
        found = filters.next_marked(self._table, self.parcels.model().rows, self.parcels.current_id(), mark)
        if found is None and self._table.marked(mark).any():
            found = filters.next_marked(self._table, self._table.number_order, self.parcels.current_id(), mark)
            self.show_hidden(found)
        return found

    def show_hidden(self, parcel_id: Optional[str]) -> None:
        """Take the filters away where they hide this parcel."""
        if parcel_id is not None and not self.parcels.model().indexes_of([parcel_id]):
            self.filters.clear()

    def find_number(self, number: str) -> Optional[str]:
        """The parcel of this number, brought back into the list where the filters hide it; None where there is none."""
        parcel_id = self._table.numbered(number)
        self.show_hidden(parcel_id)
        return parcel_id

    def show_current(self) -> None:
        """Say what a verdict key would judge now."""
        ids = self.parcels.chosen_ids()
        if ids != self._looked_at:
            self.verdicts.clear_grounds()  # they were picked for the parcel that was looked at
        self._looked_at = ids
        self.card.show_parcel(ids[0] if len(ids) == 1 else None)
        if len(ids) != 1:
            self.verdicts.show_parcels(tr("{n} parcels chosen", n=len(ids)) if ids else "", len(ids))
            return
        line = self._table.line(int(self._table.positions(ids)[0]))
        title = tr("{number} · {township} · {area} mu", number=line.number, township=line.township, area=line.area_mu)
        self.verdicts.show_parcels(title, 1, map_layers.proposal_text(line) if line.sub_proposed else "")

    def choose(self, ids: List[str]) -> None:
        """Select the parcels picked on the map; say so where the filters hide some of them."""
        shown = self.parcels.choose(ids)
        hidden = len(ids) - shown
        self._told = self.parcels.chosen_ids()
        self.show_current()
        note = tr("{n} of the parcels picked on the map are hidden by the filters or lie in another batch.", n=hidden) if hidden else ""
        self._show_counted(self.parcels.model().rows, note)


def _tool(parent: QWidget, name: str, text: str) -> QToolButton:
    """A flat button as wide as the dock, however long its text."""
    button = QToolButton(parent)
    button.setObjectName(name)
    button.setText(text)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    button.setFixedHeight(ROW_HEIGHT)
    return button


def _picture(parent: QWidget, name: str, icon: str, text: str, hint: str) -> QToolButton:
    """A button with an icon of QGIS's theme; its name and what it does stand in the tooltip."""
    button = QToolButton(parent)
    button.setObjectName(name)
    button.setIcon(QgsApplication.getThemeIcon(icon))
    button.setAccessibleName(text)
    button.setToolTip(tip(f"{text} – {hint}"))
    button.setFixedHeight(ROW_HEIGHT)
    return button
