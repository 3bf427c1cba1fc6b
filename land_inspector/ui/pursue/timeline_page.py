"""Everything that happened, in words anyone can read: to some parcels, or in a span of days."""
from __future__ import annotations

import tempfile
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Callable, List, Optional, Tuple

from qgis.core import (
    QgsDateTimeRange, QgsInterval, QgsMapLayer, QgsProject, QgsTemporalNavigationObject, QgsVectorLayer,
)
from qgis.PyQt.QtCore import QDate, QDateTime, QModelIndex, QSize, QTime, Qt
from qgis.PyQt.QtGui import QAbstractTextDocumentLayout, QFont, QPainter, QPalette, QTextDocument
from qgis.PyQt.QtWidgets import (
    QAction, QComboBox, QHBoxLayout, QLineEdit, QListView, QListWidget, QListWidgetItem, QPushButton, QStyle,
    QStyleOptionViewItem, QStyledItemDelegate, QVBoxLayout, QWidget,
)
from qgis.PyQt.QtXml import QDomDocument

from ...errors import LandInspectorError
from ...exchange.formats.xlsx import write_plain_table
from ...exchange.styles import LAYER, over_time_qml, register_styles, remains_name, remains_styles, write_over_time
from ...i18n import say, tr, user_locale
from ...progress import Progress
from ...register.addresses import RegisterAddress
from ...register.event_log import Happening, happened_between, happened_to
from ...register.kinds import FAMILIES
from ...register.register import Register
from ..shell import map_layers
from ..shell.map_layers import PARCELS
from ..shell.services import Entry, Feature, Services
from ..widgets.labels import FixedHeightLabel, PlainLabel, tip
from ..widgets.rows import put_hint
from ..widgets.pages import ReadingPage
from .act_forms import date_field


OF_PARCELS, OF_DAYS = "parcels", "days"
#: More lines than anyone reads; who wants all of them takes the table.
MOST_SHOWN = 1000


class TimelinePage(ReadingPage):
    """What happened to the chosen parcels, or in a span of days, with what the filters leave of it."""

    def __init__(self, place: Services, parent: Optional[QWidget] = None):
        super().__init__(place, parent)
        self.setObjectName("landInspectorTimeline")
        self._ids: List[str] = []
        self._found: List[Happening] = []
        self.scope = QComboBox(self)
        self.scope.setObjectName("landInspectorTimelineScope")
        self.scope.addItem(tr("The chosen parcels"), OF_PARCELS)
        self.scope.addItem(tr("Everything in a span of days"), OF_DAYS)
        self.scope.setAccessibleName(tr("Whose history"))
        today = date.today()
        self.first, self.last = date_field(today - timedelta(days=today.weekday()), self), date_field(today, self)
        self.first.setObjectName("landInspectorTimelineFirst")
        self.last.setObjectName("landInspectorTimelineLast")
        self.family = QComboBox(self)
        self.family.setObjectName("landInspectorTimelineKind")
        self.family.setAccessibleName(tr("Kind"))
        self.family.addItem(tr("All kinds"), None)
        for code, name in FAMILIES.items():
            self.family.addItem(say(name), code)
        self.search = QLineEdit(self)
        self.search.setObjectName("landInspectorTimelineSearch")
        put_hint(self.search, tr("Search: number, name, word"))
        self.search.setClearButtonEnabled(True)
        self.counted = FixedHeightLabel("", 2, self, shrinks=True)
        self.counted.setObjectName("landInspectorTimelineCounted")
        self.lines = _lines(self)
        self.setFocusProxy(self.lines)
        self.export_button = QPushButton(tr("As a table…"), self)
        self.export_button.setObjectName("landInspectorTimelineExport")
        self._lay_out()
        self.wires += [(place.commands.undoable, self.note_change), (self.scope.activated, self._on_scope),
                       (self.first.dateChanged, self.note_change), (self.last.dateChanged, self.note_change),
                       (self.family.activated, self._show), (self.search.textChanged, self._show),
                       (self.export_button.clicked, self.export)]

    def _lay_out(self) -> None:
        self._span = QWidget(self)
        span = QHBoxLayout(self._span)
        span.setContentsMargins(0, 0, 0, 0)
        for widget, width in ((self.first, 1), (PlainLabel("–", self._span), 0), (self.last, 1)):
            span.addWidget(widget, width)
        self._span.setVisible(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 4, 6, 4)
        layout.setSpacing(4)
        for widget in (self.scope, self._span, self.family, self.search, self.counted):
            layout.addWidget(widget)
        layout.addWidget(self.lines, 1)
        layout.addWidget(self.export_button)

    def show_parcels(self, ids: List[str]) -> None:
        """Tell what happened to these parcels, as soon as somebody looks."""
        self._ids = list(ids)
        if self.scope.currentData() == OF_PARCELS:
            self.note_change()

    def show_this_week(self) -> None:
        """Tell what everybody did since Monday."""
        today = QDate.currentDate()
        self.scope.setCurrentIndex(self.scope.findData(OF_DAYS))
        self.first.setDate(today.addDays(1 - today.dayOfWeek()))
        self.last.setDate(today)
        self._on_scope()

    # --- reading ------------------------------------------------------------------------------------------------------

    def _on_scope(self, _index: int = 0) -> None:
        self._span.setVisible(self.scope.currentData() == OF_DAYS)
        self.note_change()

    def reading(self) -> Optional[Tuple[str, Callable[[Progress], List[Happening]]]]:
        address, ids, title = self._place.session.address, list(self._ids), tr("Reading the history")
        if self.scope.currentData() == OF_DAYS:
            first, last = self.first.date().toPyDate(), self.last.date().toPyDate()
            return title, lambda progress: _read(address, lambda register: happened_between(register, first, last, progress))
        return (title, lambda progress: _read(address, lambda register: happened_to(register, ids, progress))) if ids else None

    def take(self, found: List[Happening]) -> None:
        self._found = found
        self._show()

    def forget(self) -> None:
        self.take([])

    # --- showing ------------------------------------------------------------------------------------------------------

    def shown(self) -> List[Happening]:
        """What the filters leave."""
        family, needle = self.family.currentData(), self.search.text().strip().lower()
        return [one for one in self._found if family in (None, one.family) and needle in _searched(one)]

    def _show(self, *_told: object) -> None:
        shown = self.shown()
        self.lines.clear()
        shown = sorted(shown, key=lambda one: (one.effective_on, one.recorded), reverse=True)
        acts = Counter(one.effective_on for one in shown)
        day = None
        for one in shown[:MOST_SHOWN]:
            if one.effective_on != day:
                day = one.effective_on
                self.lines.addItem(_day_heading(day, acts[day], self.font()))
            self.lines.addItem(_line(one, self.font()))
        self.counted.setText(self._counted(len(shown)))
        self.export_button.setEnabled(bool(shown))

    def _counted(self, n: int) -> str:
        if not n and self.scope.currentData() == OF_PARCELS and not self._ids:
            return tr("Choose parcels in the list or on the map.")
        if n > MOST_SHOWN:
            return tr("{n} acts; the newest {most} are shown.", n=n, most=MOST_SHOWN)
        return tr("{n} acts, the newest first", n=n)

    def export(self, _checked: bool = False) -> None:
        """What is shown, as a table."""
        suggestion = self._place.session.address.beside(tr("History") + ".xlsx")
        path = self._place.asking.file_to_write(tr("History as a table"), suggestion, tr("Workbook (*.xlsx);;Text (*.csv)"))
        if path is None:
            return
        titles = (tr("Recorded"), tr("Effective on"), tr("Who"), tr("What"), tr("Times"), tr("Undone"))
        try:
            write_plain_table(path, titles, [_record(one) for one in self.shown()])
        except LandInspectorError as error:
            self._place.messages.failed(error)
            return
        self._place.messages.done(tr("{n} rows written to {path}.", n=len(self.shown()), path=str(path)))


def _read(address: RegisterAddress, question: Callable[[Register], List[Happening]]) -> List[Happening]:
    with Register.open(address) as register:
        return question(register)


def _lines(parent: QWidget) -> QListWidget:
    """A flat list: unlike a tree it gives each line the height that it needs."""
    lines = QListWidget(parent)
    lines.setObjectName("landInspectorHistory")
    lines.setAccessibleName(tr("History"))
    lines.setItemDelegate(WrappingDelegate(lines))
    lines.setResizeMode(QListWidget.ResizeMode.Adjust)
    lines.setLayoutMode(QListWidget.LayoutMode.Batched)
    lines.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    lines.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)  # one that comes later would unsettle every line's height
    lines.setSpacing(2)
    return lines


def _day_heading(day: date, acts: int, font: QFont) -> QListWidgetItem:
    item = QListWidgetItem(tr("{day} · {n} acts", day=day.isoformat(), n=acts) if acts != 1 else tr("{day} · 1 act", day=day.isoformat()))
    bold = QFont(font)
    bold.setBold(True)
    item.setFont(bold)
    item.setFlags(Qt.ItemFlag.ItemIsEnabled)
    return item


def _line(one: Happening, font: QFont) -> QListWidgetItem:
    item = QListWidgetItem(sentence(one))
    item.setToolTip(tip(sentence(one)))
    if one.undone:
        struck = QFont(font)
        struck.setStrikeOut(True)
        item.setFont(struck)
    return item


def sentence(one: Happening) -> str:
    """When it was entered and by whom, then what was done; an undone act says so in words too. The day it speaks of stands above."""
    head = f"{one.recorded:%H:%M} · {one.who}"
    if one.effective_on != one.recorded.date():
        head = tr("entered {moment}", moment=f"{one.recorded:%Y-%m-%d %H:%M}") + f" · {one.who}"
    what = plain_text(one) if one.times == 1 else tr("{what} (and {n} more)", what=plain_text(one), n=one.times - 1)
    return f"{head}\n" + (tr("Undone: {act}", act=what) if one.undone else what)


def plain_text(one: Happening) -> str:
    """What was done, without codes."""
    if one.verdict is None:
        return say(one.text)
    level, sub_type = one.verdict
    name = map_layers.verdict_name(level)
    if sub_type:
        name = f"{name} · {map_layers.sub_verdict_name(sub_type)}"
    return tr("{where}: verdict {name}", where=one.text.params["where"], name=name)


def _searched(one: Happening) -> str:
    return sentence(one).lower()


def _record(one: Happening) -> Tuple[object, ...]:
    return (one.recorded.strftime("%Y-%m-%d %H:%M:%S"), one.effective_on, one.who, plain_text(one), one.times,
            tr("undone") if one.undone else "")


# --- Lines of a list whose text wraps and is never cut.


_MARGIN = 4


class WrappingDelegate(QStyledItemDelegate):
    """Lays text out as it is drawn: Qt's own lines reckon with one height for all scripts and cut the last line off where Chinese
    stands beside Latin."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        view = option.widget
        width = view.viewport().width() - 2 * view.spacing() if isinstance(view, QListView) else option.rect.width()
        return QSize(width, int(round(self._document(option, index, width).size().height())))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        document = self._document(option, index, option.rect.width())
        context = QAbstractTextDocumentLayout.PaintContext()
        role = QPalette.ColorRole.HighlightedText if selected else QPalette.ColorRole.Text
        context.palette.setColor(QPalette.ColorRole.Text, option.palette.color(role))
        painter.save()
        if selected:
            painter.fillRect(option.rect, option.palette.brush(QPalette.ColorRole.Highlight))
        painter.translate(option.rect.topLeft())
        document.documentLayout().draw(painter, context)
        painter.restore()

    @staticmethod
    def _document(option: QStyleOptionViewItem, index: QModelIndex, width: int) -> QTextDocument:
        document = QTextDocument()
        document.setDefaultFont(index.data(Qt.ItemDataRole.FontRole) or QFont(option.font))
        document.setDocumentMargin(_MARGIN)
        document.setPlainText(index.data(Qt.ItemDataRole.DisplayRole) or "")
        document.setTextWidth(width)
        return document


# On the map: what remains, and how it came to be so, with QGIS's temporal controller.

_CONTROLLER = "mActionTemporalController"
_WEEK_S = 7 * 24 * 3600
_LOOK = QgsMapLayer.StyleCategory.Symbology | QgsMapLayer.StyleCategory.Labeling


class OverTime(Feature):
    """The layer of states is a file of its own that is added to the project; it goes with the plugin."""

    name = "landInspectorOverTime"

    def __init__(self, place: Services):
        self._place = place
        self._added: List[str] = []
        self._folder: Optional[tempfile.TemporaryDirectory] = None

    def title(self) -> str:
        return tr("Cases and deadlines")

    def entries(self) -> List[Entry]:
        return [
            Entry("landInspectorShowRemains", tr("Map: what remains"), "", lambda: self.dress(True)),
            Entry("landInspectorShowVerdicts", tr("Map: verdicts"), "", lambda: self.dress(False)),
            Entry("landInspectorShowOverTime", tr("Map: show over time"), "/propertyicons/temporal.svg", self.show),
            Entry("landInspectorSaveOverTime", tr("Save the states over time…"), "", self.save),
        ]

    def unload(self) -> None:
        self._stop_playing()
        project = QgsProject.instance()
        project.removeMapLayers([key for key in self._added if project.mapLayer(key) is not None])
        self._added.clear()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def dress(self, by_remains: bool) -> None:
        """The parcel layer by what remains, or by verdict again."""
        address = self._place.session.address
        layer = self._place.layers.find(address, PARCELS) if address else None
        if layer is None:
            self._place.messages.note(tr("Open a register with a batch first."))
            return
        language = user_locale()
        wanted = remains_name(language) if by_remains else language
        styles = remains_styles(language) if by_remains else register_styles(language)
        document = QDomDocument()
        document.setContent(next(style.qml for style in styles if style.table == PARCELS and style.name == wanted))
        layer.importNamedStyle(document, _LOOK)
        layer.triggerRepaint()

    def show(self) -> None:
        """Write the states beside the window into a file that lasts as long as the session, and show them."""
        if self._place.session.address is None:
            self._place.messages.note(tr("Open a register with a batch first."))
            return
        self._folder = self._folder or tempfile.TemporaryDirectory(prefix="land_inspector_")
        self._write(Path(self._folder.name) / f"over_time_{len(self._added)}.gpkg")

    def save(self) -> None:
        """The same as a file that stays."""
        if self._place.session.address is None:
            self._place.messages.note(tr("Open a register with a batch first."))
            return
        address = self._place.session.address
        suggestion = address.beside(f"{address.name}-over-time.gpkg")
        path = self._place.asking.file_to_write(tr("Save the states over time"), suggestion, tr("GeoPackage (*.gpkg)"))
        if path is not None:
            self._write(path)

    def _write(self, path: Path) -> None:
        source, qml = self._place.session.address, over_time_qml(user_locale())
        self._place.worker.start(tr("States over time"), lambda progress: _written(source, path, qml, progress),
                                 lambda made: self._take(path, *made), self._place.messages.failed)

    def _take(self, path: Path, states: int, first: Optional[date]) -> None:
        layer = QgsVectorLayer(f"{path}|layername={LAYER}", tr("Parcels over time"), "ogr")
        layer.loadDefaultStyle()  # QGIS forgets its temporal part when it sets a new layer up
        layer.setReadOnly(True)
        QgsProject.instance().addMapLayer(layer)
        self._added.append(layer.id())
        if first is not None:
            self._play_from(first)
        controller = self._place.window.findChild(QAction, _CONTROLLER)
        if controller is not None and not controller.isChecked():
            controller.trigger()
        self._place.messages.done(tr("{n} states of parcels; play them with the temporal controller.", n=states))

    def _play_from(self, first: date) -> None:
        """The controller stands ready: from the first issue until today, week by week."""
        player = self._place.iface.mapCanvas().temporalController()
        if isinstance(player, QgsTemporalNavigationObject):
            begin = QDateTime(QDate(first.year, first.month, first.day), QTime(0, 0))
            player.setTemporalExtents(QgsDateTimeRange(begin, QDateTime.currentDateTime()))
            player.setFrameDuration(QgsInterval(_WEEK_S))
            player.setNavigationMode(QgsTemporalNavigationObject.NavigationMode.Animated)
            player.rewindToStart()

    def _stop_playing(self) -> None:
        """Without the layer there is nothing to play: the map shows all times again."""
        player = self._place.iface.mapCanvas().temporalController()
        if self._added and isinstance(player, QgsTemporalNavigationObject):
            player.setNavigationMode(QgsTemporalNavigationObject.NavigationMode.NavigationOff)


def _written(source: RegisterAddress, path: Path, qml: str, progress: Progress) -> Tuple[int, Optional[date]]:
    with Register.open(source) as register:
        return write_over_time(register, path, qml, progress)
