"""The gallery's own dock: what to look over, how many of them, the grid, and what has come of it so far."""
from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date, datetime
from math import exp, lgamma
from typing import Any, Callable, Dict, FrozenSet, Iterable, List, Optional, Sequence, Set, Tuple

import numpy as np
import pandas as pd
from qgis.core import QgsApplication
from qgis.gui import QgsDockWidget
from qgis.PyQt.QtCore import (
    QAbstractListModel, QItemSelectionModel, QModelIndex, QObject, QRect, QSize, QTimer, Qt, pyqtSignal,
)
from qgis.PyQt.QtGui import QColor, QFont, QKeyEvent, QPainter, QPalette, QPen, QResizeEvent
from qgis.PyQt.QtWidgets import (
    QAbstractItemView, QCheckBox, QComboBox, QGridLayout, QListView, QSizePolicy, QSpinBox, QStyleOptionViewItem,
    QStyledItemDelegate, QToolButton, QVBoxLayout, QWidget,
)

from ...i18n import tr
from ...progress import Progress
from ...register.addresses import RegisterAddress
from ...register.register import Register
from ...register.views.parcels import judged_at, notes_in_force
from ..review.parcel_table import Line, NOT_JUDGED, ParcelTable, empty_table
from ..shell import map_layers
from ..widgets.labels import FixedHeightLabel, PlainLabel, tip
from ..widgets.rows import FlatModel, make_fields_readable, paint_focus, paint_selection, text_role
from .thumbs import SIDE, Thumb, Thumbs


# Of which parcels a gallery is made: the verdicts of a day or of a township, or what the list shows.

DAY, TOWNSHIP, LISTED = "day", "township", "listed"


@dataclass(frozen=True)
class Verdicts:
    """Of a batch: the local day (ISO) on which each parcel's verdict in force was given, and which were looked over since."""

    days: Dict[str, str] = field(default_factory=dict)
    looked: FrozenSet[str] = frozenset()

    def counts(self) -> List[Tuple[str, int]]:
        """Days with the number of their verdicts, newest first; today is always there."""
        found = {date.today().isoformat(): 0}
        for day in self.days.values():
            found[day] = found.get(day, 0) + 1
        return sorted(found.items(), reverse=True)


def read_verdicts(address: RegisterAddress, batch: str, words: Tuple[str, ...], progress: Progress) -> Verdicts:
    """``words`` begin the notes by which a parcel was marked as looked over; a later verdict wants another look."""
    with Register.open(address) as register:
        given = judged_at(register, batch)
        progress.step(0.7)
        notes = notes_in_force(register)
        progress.step(1.0)
    looked = frozenset(note.payload["parcel"] for note in notes if note.payload["text"].startswith(words)
                       and note.recorded_at > given.get(note.payload["parcel"], ""))
    return Verdicts(dict(zip(given, _local_days(given.values()))), looked)


def _local_days(moments: Iterable[str]) -> List[str]:
    """The local day of each moment (UTC, ISO 8601)."""
    utc = pd.to_datetime(pd.Series(list(moments), dtype=object), utc=True)
    return utc.dt.tz_convert(datetime.now().astimezone().tzinfo).dt.strftime("%Y-%m-%d").tolist()


def rows_of(table: ParcelTable, scope: str, value: str, verdicts: Verdicts, listed: np.ndarray) -> np.ndarray:
    """Rows of the table that belong to a scope, by number; of a list, in its order."""
    if scope == LISTED:
        return listed
    if scope == TOWNSHIP:
        mask = table.having("township", value) & table.judged
    else:
        mask = np.array([verdicts.days.get(key) == value for key in table.ids], dtype=bool)
    return table.number_order[mask[table.number_order]] if len(table) else np.array([], dtype=np.int64)


# --- Which parcels a gallery shows, and what looking at some of them says of all: samples that anybody can draw
#     again.


#: Either side of the range that is told: together 5 %.
_TAIL = 0.025


def sample(numbers: Sequence[str], size: int, seed: int) -> List[int]:
    """Places of ``size`` parcels drawn at random, in their order; all of them where there are no more.

    Those whose SHA-256 of ``seed:number`` is smallest. So the same seed draws the same parcels on every machine, whatever
    order they are listed in, and a parcel more or less changes the sample by at most one.
    """
    drawn = sorted(range(len(numbers)), key=lambda place: hashlib.sha256(f"{seed}:{numbers[place]}".encode("utf-8")).digest())
    return sorted(drawn[:size])


def marked_in_all(marked: int, looked_at: int, of: int) -> Tuple[int, int]:
    """Between how many and how many of all ``of`` are marked, when ``marked`` of ``looked_at`` drawn at random are.

    Exact (hypergeometric, two-sided 95 %): a total that would give so few or so many less than 2.5 % of the time is ruled out.
    """
    least, most = marked, of - (looked_at - marked)
    low = _first(least, most, lambda total: _at_least(marked, looked_at, total, of) > _TAIL)
    high = most + least - _first(least, most, lambda turned: _at_most(marked, looked_at, most + least - turned, of) > _TAIL)
    return low, high


def _first(low: int, high: int, holds: Callable[[int], bool]) -> int:
    """The smallest number for which ``holds``, which once true stays so; ``high`` where it holds for none before."""
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return low


def _at_least(marked: int, drawn: int, total: int, of: int) -> float:
    return sum(_chance(k, drawn, total, of) for k in range(marked, min(drawn, total) + 1))


def _at_most(marked: int, drawn: int, total: int, of: int) -> float:
    return sum(_chance(k, drawn, total, of) for k in range(max(0, drawn - (of - total)), marked + 1))


def _chance(k: int, drawn: int, total: int, of: int) -> float:
    """Of drawing exactly ``k`` of the ``total`` marked ones among ``drawn`` of ``of``."""
    if k > total or drawn - k > of - total:
        return 0.0
    return exp(_choose(total, k) + _choose(of - total, drawn - k) - _choose(of, drawn))


def _choose(n: int, k: int) -> float:
    """Logarithm of n over k."""
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


OBJECT_NAME = "LandInspectorGallery"
_SIZE, _LARGEST_SEED = 30, 99_999_999


class GalleryDock(QgsDockWidget):
    """``scope_changed`` and ``value_changed``: other parcels are wanted; ``sample_changed``: another draw of them; ``copy_wanted``:
    the counts as text."""

    scope_changed = pyqtSignal()
    value_changed = pyqtSignal()
    sample_changed = pyqtSignal()
    copy_wanted = pyqtSignal()

    def __init__(self, model: GalleryModel, parent: Optional[QWidget] = None):
        super().__init__(tr("Gallery"), parent)
        self.setObjectName(OBJECT_NAME)
        make_fields_readable(self)
        self.scopes = _choice("landInspectorGalleryScope", tr("What to look over"), self)
        for key, text in ((DAY, tr("Verdicts of a day")), (TOWNSHIP, tr("Verdicts of a township")), (LISTED, tr("As the list shows"))):
            self.scopes.addItem(text, key)
        self.values = _choice("landInspectorGalleryValue", tr("Which day or township"), self)
        self.sampled = QCheckBox(tr("Sample of"), self)
        self.sampled.setToolTip(tr("Drawn at random by its size and seed, so that anybody can draw it again"))
        self.sampled.setObjectName("landInspectorGallerySampled")
        self.size = _number("landInspectorGallerySize", tr("Size of the sample"), 1, 100_000, _SIZE, self)
        self.seed = _number("landInspectorGallerySeed", tr("Seed of the sample"), 0, _LARGEST_SEED, int(f"{date.today():%Y%m%d}"), self)
        self.seed.setPrefix(tr("seed {number}", number=""))
        self.seed.setMinimumWidth(80)
        self.counted = PlainLabel(self)
        self.counted.setObjectName("landInspectorGalleryCounted")
        self.counted.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.counted.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.copy = QToolButton(self)
        self.copy.setObjectName("landInspectorGalleryCopy")
        self.copy.setIcon(QgsApplication.getThemeIcon("/mActionEditCopy.svg"))
        self.copy.setAccessibleName(tr("Copy result"))
        self.copy.setToolTip(tr("Copy the result and the numbers that were looked over"))
        self.view = GalleryView(model, self)
        self.hint = FixedHeightLabel(tr("Arrows move · Enter shows it on the map · Space: looked over · F: flag"), 1, self)
        self._lay_out()
        self._wire()

    def _lay_out(self) -> None:
        whole = QWidget(self)
        head = QGridLayout()
        head.setSpacing(4)
        head.addWidget(self.scopes, 0, 0)
        head.addWidget(self.values, 0, 1, 1, 3)
        head.addWidget(self.sampled, 1, 0)
        head.addWidget(self.size, 1, 1)
        head.addWidget(self.seed, 1, 2)
        head.addWidget(self.copy, 1, 3)
        for column, stretch in enumerate((3, 2, 3, 1)):
            head.setColumnStretch(column, stretch)
        layout = QVBoxLayout(whole)
        layout.setContentsMargins(6, 4, 6, 4)
        layout.setSpacing(4)
        layout.addLayout(head)
        for widget in (self.counted, self.view, self.hint):
            layout.addWidget(widget, int(widget is self.view))
        self.hint.setToolTip(tip(self.hint.text()))
        self.setWidget(whole)
        self.show_sampling()

    def _wire(self) -> None:
        self.scopes.activated.connect(lambda _index: self.scope_changed.emit())
        self.values.activated.connect(lambda _index: self.value_changed.emit())
        self.sampled.toggled.connect(self._on_sampled)
        self.size.valueChanged.connect(lambda _value: self.sample_changed.emit())
        self.seed.valueChanged.connect(lambda _value: self.sample_changed.emit())
        self.copy.clicked.connect(self.copy_wanted)

    def _on_sampled(self) -> None:
        self.show_sampling()
        self.sample_changed.emit()

    def show_sampling(self) -> None:
        """Size and seed can be changed only where a sample is asked for."""
        for widget in (self.size, self.seed):
            widget.setEnabled(self.sampled.isChecked())

    @property
    def scope(self) -> str:
        """Code of what is looked over: the list, a day, a township."""
        return self.scopes.currentData()

    @property
    def value(self) -> str:
        """Key of the chosen day or township; '' where the scope needs none."""
        return self.values.currentData() or ""

    def offer(self, values: Sequence[Tuple[str, str]], kept: str) -> None:
        """Days or townships as (key, text); ``kept`` stays chosen where it is still there."""
        self.values.clear()
        for key, text in values:
            self.values.addItem(text, key)
        self.values.setCurrentIndex(max(0, self.values.findData(kept)))
        self.values.setVisible(self.scope != LISTED)

    def sizeHint(self) -> QSize:
        return QSize(640, 300)


def _choice(name: str, said: str, parent: QWidget) -> QComboBox:
    choice = QComboBox(parent)
    choice.setObjectName(name)
    choice.setAccessibleName(said)
    choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    choice.setMinimumContentsLength(5)
    choice.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    return choice


def _number(name: str, said: str, least: int, most: int, value: int, parent: QWidget) -> QSpinBox:
    number = QSpinBox(parent)
    number.setObjectName(name)
    number.setAccessibleName(said)
    number.setRange(least, most)
    number.setValue(value)
    number.setKeyboardTracking(False)
    number.setMinimumWidth(56)
    return number


# --- The gallery's grid: every key of looking things over works in it.


#: Scrolling asks for pictures when it pauses this long.
_PAUSE_MS = 40


class GalleryView(QListView):
    """``seen`` tells which parcels can be seen, when scrolling pauses; ``moved`` the one the user went to."""

    seen = pyqtSignal(list)
    moved = pyqtSignal(str)
    open_wanted = pyqtSignal(str)
    look_wanted = pyqtSignal(str)
    flag_wanted = pyqtSignal(str)

    def __init__(self, model: GalleryModel, parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.setObjectName("landInspectorGalleryView")
        self.setAccessibleName(tr("Gallery of parcels"))
        self.setModel(model)
        self.setItemDelegate(GalleryDelegate(self))
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        cell = GalleryDelegate.cell(self.fontMetrics().height())
        self.setGridSize(QSize(cell.width() + 4, cell.height() + 4))
        self.setMinimumHeight(cell.height() + 8)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self._quiet = False
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(lambda: self.seen.emit(self.visible_ids()))
        self.verticalScrollBar().valueChanged.connect(lambda _value: self._pause.start())
        model.modelReset.connect(self._pause.start)
        self.activated.connect(lambda index: self.open_wanted.emit(index.data(ID_ROLE)))

    def look_around(self) -> None:
        """Tell soon what can be seen now."""
        self._pause.start()

    def visible_ids(self) -> List[str]:
        """Parcels in sight and in the row below, from the top."""
        model, area, step = self.model(), self.viewport().rect(), self.gridSize()
        if not model.rowCount() or not self.isVisible():
            return []
        across = max(1, area.width() // step.width())
        first = (self.verticalScrollBar().value() // step.height()) * across
        rows = area.height() // step.height() + 3
        return [model.index(place).data(ID_ROLE) for place in range(first, min(first + rows * across, model.rowCount()))]

    def current_id(self) -> Optional[str]:
        """Id of the parcel that has the focus; None without one."""
        return self.currentIndex().data(ID_ROLE) if self.currentIndex().isValid() else None

    def go_to(self, index: QModelIndex) -> None:
        """For the program: nothing is told."""
        before, self._quiet = self._quiet, True
        self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self._quiet = before

    def step(self) -> None:
        """On to the next."""
        following = self.model().index(self.currentIndex().row() + 1)
        if following.isValid():
            self.setCurrentIndex(following)

    def currentChanged(self, current: QModelIndex, previous: QModelIndex) -> None:
        super().currentChanged(current, previous)
        if current.isValid() and not self._quiet:
            self.moved.emit(current.data(ID_ROLE))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        wanted = {Qt.Key.Key_Return: self.open_wanted, Qt.Key.Key_Enter: self.open_wanted, Qt.Key.Key_Space: self.look_wanted,
                  Qt.Key.Key_F: self.flag_wanted}.get(event.key())
        current = self.current_id()
        if wanted is not None and event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier):
            if current is not None and not event.isAutoRepeat():  # a key held down would look over the whole batch
                wanted.emit(current)
            event.accept()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._pause.start()


# --- How a parcel looks in the gallery: before, after and outline side by side, below them verdict, number and marks.


_GAP = 4
_OUTLINE, _HALO = QColor(224, 0, 208), QColor(255, 255, 255, 200)
_EMPTY, _WAITING = QColor("#f4f4f4"), QColor("#e2e2e2")
_LOOKED, _FLAG = "✓", "⚑"


class GalleryDelegate(QStyledItemDelegate):
    """Every cell is of one size, so that thousands are laid out at once."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        return self.cell(option.fontMetrics.height())

    @staticmethod
    def cell(line_height: int) -> QSize:
        """Size of a cell in pixels: pictures side by side over a line of text of this height."""
        return QSize(3 * SIDE + 4 * _GAP, SIDE + line_height + 3 * _GAP)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        line: Optional[Line] = index.data(LINE_ROLE)
        if line is None:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        role = text_role(option)
        paint_selection(painter, option)
        self._paint_pictures(painter, option.rect, index.data(THUMB_ROLE))
        _paint_caption(painter, option, line, bool(index.data(LOOKED_ROLE)), role)
        paint_focus(painter, option)
        painter.restore()

    def _paint_pictures(self, painter: QPainter, cell: QRect, thumb: Optional[Thumb]) -> None:
        for place, after in enumerate((False, True, None)):
            paint_picture(painter, QRect(cell.left() + _GAP + place * (SIDE + _GAP), cell.top() + _GAP, SIDE, SIDE), thumb, after)


def paint_picture(painter: QPainter, box: QRect, thumb: Optional[Thumb], after: Optional[bool]) -> None:
    """The image of a side with the outline over it, or that there is none; of neither side (None) the outline alone."""
    painter.fillRect(box, _WAITING if thumb is None else _EMPTY)
    if thumb is None:
        return
    image = thumb.images.get(after) if after is not None else None
    if image is not None:
        painter.drawImage(box.topLeft(), image)
    elif after is not None:
        painter.setPen(QColor("#666666"))
        painter.drawText(box.adjusted(2, 2, -2, -2), int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap),
                         tr("no image after") if after else tr("no image before"))
    if image is not None or after is None:
        _paint_outline(painter, box, thumb, over_image=image is not None)


def _paint_outline(painter: QPainter, box: QRect, thumb: Thumb, over_image: bool) -> None:
    painter.save()
    painter.setClipRect(box)
    painter.translate(box.topLeft())
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if over_image:
        painter.setPen(QPen(_HALO, 2.5))
        painter.drawPath(thumb.path)
    painter.setPen(QPen(_OUTLINE, 1.2))
    painter.drawPath(thumb.path)
    painter.restore()


def _paint_caption(painter: QPainter, option: QStyleOptionViewItem, line: Line, looked: bool, role: QPalette.ColorRole) -> None:
    """Letter and colour of the verdict, number, and on the right what was marked."""
    height = option.fontMetrics.height()
    row = QRect(option.rect.left() + _GAP, option.rect.bottom() - _GAP - height, option.rect.width() - 2 * _GAP, height)
    badge = QRect(row.left(), row.top(), height + 2, height)
    given, colour = line.verdict != NOT_JUDGED, QColor(map_layers.verdict_colour(line.verdict))
    painter.setPen(QPen(colour, 1.2, Qt.PenStyle.SolidLine if given else Qt.PenStyle.DashLine))
    painter.setBrush(colour if given else QColor("white"))
    painter.drawRoundedRect(badge, 3, 3)
    bold = QFont(option.font)
    bold.setBold(True)
    painter.setFont(bold)
    painter.setPen(QColor("white") if given else colour)
    painter.drawText(badge, int(Qt.AlignmentFlag.AlignCenter), map_layers.verdict_letter(line.verdict))
    marks = " ".join(mark for mark, there in ((_FLAG, "flagged" in line.marks), (_LOOKED, looked)) if there)
    painter.setPen(option.palette.color(role))
    painter.drawText(row, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), marks)
    painter.setFont(option.font)
    text = row.adjusted(badge.width() + _GAP, 0, -option.fontMetrics.horizontalAdvance(marks) - 3 * _GAP, 0)
    said = f"{line.number} · {map_layers.short_name(line.sub_verdict) if line.sub_verdict else map_layers.verdict_text(line)}"
    painter.drawText(text, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter),
                     option.fontMetrics.elidedText(said, Qt.TextElideMode.ElideRight, text.width()))


# --- The parcels of a gallery for Qt's views: what the list shows of each, its pictures, and whether it was looked
#     over.


LINE_ROLE = int(Qt.ItemDataRole.UserRole) + 1
ID_ROLE = int(Qt.ItemDataRole.UserRole) + 2
THUMB_ROLE = int(Qt.ItemDataRole.UserRole) + 3
LOOKED_ROLE = int(Qt.ItemDataRole.UserRole) + 4


class GalleryModel(FlatModel, QAbstractListModel):
    """Shows some rows of a table; ``thumbs`` has the pictures of those that were looked at last."""

    def __init__(self, thumbs: Thumbs, parent: Optional[QObject] = None):
        super().__init__(parent)
        self._thumbs = thumbs
        self._table = empty_table()
        self._rows = np.array([], dtype=np.int64)
        self._places: dict = {}
        self.looked: Set[str] = set()

    @property
    def table(self) -> ParcelTable:
        """All parcels of the reading, whether shown or not."""
        return self._table

    @property
    def ids(self) -> List[str]:
        """Ids of the parcels shown, in their order."""
        return [str(key) for key in self._table.ids[self._rows]]

    def show(self, table: ParcelTable, rows: Sequence[int]) -> None:
        """Other parcels, or the same ones anew."""
        ids = table.ids[np.asarray(rows, dtype=np.int64)]
        if list(ids) == self.ids:
            self._table, self._rows = table, np.asarray(rows, dtype=np.int64)
            self.refresh()
            return
        self.beginResetModel()
        self._table, self._rows = table, np.asarray(rows, dtype=np.int64)
        self._places = {str(key): place for place, key in enumerate(ids)}
        self.endResetModel()

    def refresh(self) -> None:
        """What is said of the parcels may have changed."""
        if len(self._rows):
            self.dataChanged.emit(self.index(0), self.index(len(self._rows) - 1))

    def note_thumb(self, parcel_id: str) -> None:
        """Its pictures are there now."""
        index = self.index_of(parcel_id)
        if index.isValid():
            self.dataChanged.emit(index, index, [THUMB_ROLE])

    def index_of(self, parcel_id: str) -> QModelIndex:
        """Where this parcel is shown; an invalid index where it is not."""
        return self.index(self._places[parcel_id]) if parcel_id in self._places else QModelIndex()

    def count(self, mark: str) -> int:
        """How many carry a mark of the list, or were looked over (``looked``)."""
        if mark == "looked":
            return sum(key in self.looked for key in self.ids)
        return int(np.count_nonzero(self._table.marked(mark)[self._rows])) if len(self._rows) else 0

    # --- Qt -----------------------------------------------------------------------------------------------------------

    def data(self, index: QModelIndex, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        if not self._holds(index):
            return None
        row = int(self._rows[index.row()])
        if role == ID_ROLE:
            return str(self._table.ids[row])
        if role == LOOKED_ROLE:
            return str(self._table.ids[row]) in self.looked
        if role == THUMB_ROLE:
            return self._thumbs.of(str(self._table.ids[row]))
        if role == LINE_ROLE:
            return self._table.line(row)
        if role == Qt.ItemDataRole.DisplayRole:
            line = self._table.line(row)
            return f"{line.number} {map_layers.verdict_letter(line.verdict)}"
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._spoken(row)
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(self._spoken(row))
        return None

    def _spoken(self, row: int) -> str:
        said = map_layers.spoken(self._table.line(row))
        return f"{said}\n{tr('Looked over')}" if str(self._table.ids[row]) in self.looked else said
