"""Several pages in one place, chosen by buttons that all stay in sight: in a narrow dock they take a second row, never a scroll arrow.
And what such a page is: read beside the window, and only while somebody sees it.
"""
from __future__ import annotations

from typing import Any, Callable, List, Optional, Sequence, TYPE_CHECKING, Tuple

from qgis.PyQt.QtCore import QSize, Qt, pyqtBoundSignal, pyqtSignal
from qgis.PyQt.QtGui import QFontMetrics, QResizeEvent, QShowEvent
from qgis.PyQt.QtWidgets import (
    QApplication, QButtonGroup, QDockWidget, QFrame, QHBoxLayout, QScrollArea, QSizePolicy, QStackedWidget,
    QToolButton, QVBoxLayout, QWidget,
)

from ...progress import Progress
from .labels import tip

if TYPE_CHECKING:
    from ..shell.services import Services


# Signals and their slots, tied and untied together, so that what goes leaves no connection behind.

Wire = Tuple[pyqtBoundSignal, Callable[..., object]]


def connect(wires: Sequence[Wire]) -> None:
    """In their order."""
    for signal, slot in wires:
        signal.connect(slot)


def disconnect(wires: Sequence[Wire]) -> None:
    """The last connected goes first."""
    for signal, slot in reversed(wires):
        signal.disconnect(slot)


_GAP = 2
#: Widgets of docks out of sight.
_MOST_PASSED_OVER = 400


def tab_through(first: QWidget, inside: QWidget) -> None:
    """Tab goes from ``first`` through what ``inside`` holds, in its order: a scroll area is made after its content and would stand
    behind it."""
    window = inside.window()
    for one in inside.findChildren(QWidget):
        if one.window() is window and one.focusPolicy() & Qt.FocusPolicy.TabFocus and one.focusProxy() is None:
            QWidget.setTabOrder(first, one)
            first = one


#: No dock is narrower, in pixels: its pages are laid out to be whole in so much.
NARROWEST = 320


class TabsInSight:
    """Stands before the dock's class among the bases: Tab passes over docks that are behind another one's tab, where nobody would see
    where the focus is."""

    def focusNextPrevChild(self, forward: bool) -> bool:
        """As Qt's, and on, as long as what has the focus then cannot be seen."""
        for _one in range(_MOST_PASSED_OVER):
            if not super().focusNextPrevChild(forward):
                return False
            dock = QApplication.focusWidget()
            while dock is not None and not isinstance(dock, QDockWidget):
                dock = dock.parentWidget()
            if dock is None or not dock.visibleRegion().isEmpty():
                break
        return True


class Pages(QWidget):
    """``currentChanged`` tells the place of the page that came up. With the focus on a button the arrows go to the others."""

    currentChanged = pyqtSignal(int)  # as Qt's own stacks and tabs call it

    def __init__(self, parent: Optional[QWidget] = None):
        super().__init__(parent)
        self._stack = QStackedWidget(self)
        self._stack.currentChanged.connect(self._on_changed)
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self.buttons: List[QToolButton] = []
        self._pages: List[QWidget] = []
        self._rows: List[List[int]] = []
        self._lines = QVBoxLayout()
        self._lines.setContentsMargins(2, 2, 2, 0)
        self._lines.setSpacing(_GAP)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(self._lines)
        layout.addWidget(self._stack, 1)

    def add(self, page: QWidget, title: str) -> None:
        """Put a page behind the others."""
        button = QToolButton(self)
        button.setText(title)
        button.setToolTip(tip(title))
        button.setCheckable(True)
        button.setAutoRaise(True)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        button.setStyleSheet("QToolButton:checked { font-weight: bold; border-bottom: 3px solid palette(highlight); }")
        self._group.addButton(button, len(self.buttons))
        self.buttons.append(button)
        self._pages.append(page)
        self._stack.addWidget(scrolling(page))
        button.toggled.connect(lambda checked: self.setCurrentWidget(page) if checked else None)
        self.buttons[self._stack.currentIndex()].setChecked(True)
        self._arrange(anew=True)

    def setCurrentWidget(self, page: QWidget) -> None:
        """Bring this page up."""
        self._stack.setCurrentIndex(self._pages.index(page))

    def currentWidget(self) -> QWidget:
        """The page that is up."""
        return self._pages[self._stack.currentIndex()]

    def _on_changed(self, place: int) -> None:
        if 0 <= place < len(self.buttons):
            self.buttons[place].setChecked(True)
        self.currentChanged.emit(place)

    def _arrange(self, anew: bool = False) -> None:
        """As few rows as let every title be read, each about as full as the next."""
        rows = _rows([_width(button) + _GAP for button in self.buttons], self.width() - 2 * _GAP)
        if rows == self._rows and not anew:
            return
        self._rows = rows
        while self._lines.count():
            line = self._lines.takeAt(0).layout()
            while line.count():
                line.takeAt(0)
            line.deleteLater()
        for row in rows:
            line = QHBoxLayout()
            line.setSpacing(_GAP)
            for place in row:
                line.addWidget(self.buttons[place], _width(self.buttons[place]))
            self._lines.addLayout(line)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())


class ReadingPage(QWidget):
    """A page that shows what is read from the open register beside the window. What changes while nobody sees it is read when it comes
    into sight; an answer that another question has overtaken is dropped.

    Who inherits says what is read (:meth:`reading`), shows it (:meth:`take`) and shows that there is nothing (:meth:`forget`), and
    appends to ``wires`` what else it listens to. :meth:`load` and :meth:`unload` mirror each other.
    """

    def __init__(self, place: Services, parent: Optional[QWidget] = None):
        super().__init__(parent)
        self._place = place
        self._asked, self._is_stale = 0, True
        self.wires: List[Wire] = [(place.session.read, self.note_change), (place.session.closed, self._on_closed)]

    def reading(self) -> Optional[Tuple[str, Callable[[Progress], Any]]]:
        """What the user reads meanwhile, and the function that opens its own register; None where there is nothing to read. Asked only
        while a register is open."""
        raise NotImplementedError

    def take(self, found: Any) -> None:
        """Show what was read."""
        raise NotImplementedError

    def forget(self) -> None:
        """Show that nothing is read: no register is open, or nothing of it is asked for."""
        raise NotImplementedError

    def failed(self, error: BaseException) -> None:
        """Tell that it could not be read; what was shown stays."""
        self._place.messages.failed(error)

    def is_in_sight(self) -> bool:
        """Whether somebody sees what is read."""
        return self.isVisible()

    def load(self) -> None:
        """Connect with the desktop; :meth:`unload` undoes it."""
        connect(self.wires)

    def unload(self) -> None:
        """Drop an answer still on its way and let go of every signal."""
        self._asked += 1
        disconnect(self.wires)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._is_stale:
            self.refresh()

    def note_change(self, *_told: object) -> None:
        """What is shown is no longer true: read it anew as soon as somebody sees it."""
        self._is_stale = True
        if self.is_in_sight():
            self.refresh()

    def refresh(self, *_told: object) -> None:
        """Read now."""
        self._asked += 1
        self._is_stale = False
        number, asked = self._asked, self.reading() if self._place.session.address is not None else None
        if asked is None:
            self.forget()
        else:
            self._place.worker.start(*asked, lambda found: self._answer(number, found), lambda error: self._fail(number, error))

    def _answer(self, number: int, found: Any) -> None:
        if number == self._asked:
            self.take(found)

    def _fail(self, number: int, error: BaseException) -> None:
        if number == self._asked:
            self.failed(error)

    def _on_closed(self) -> None:
        self._asked += 1
        self._is_stale = True
        self.forget()


def scrolling(page: QWidget) -> QScrollArea:
    """A page that is higher than the dock is scrolled; it never makes the window higher than the screen."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(page)
    return area


def _rows(widths: Sequence[int], room: int) -> List[List[int]]:
    """Places in rows that fit into the room, evened out: a last row of one title alone would look lost."""
    def filled(limit: int) -> List[List[int]]:
        rows: List[List[int]] = [[]]
        for place, width in enumerate(widths):
            if rows[-1] and sum(widths[other] for other in rows[-1]) + width > limit:
                rows.append([])
            rows[-1].append(place)
        return rows

    fewest = len(filled(room))
    return next(rows for limit in range(max(widths, default=0), max(room, 0) + sum(widths) + 2, 4)
                for rows in [filled(limit)] if len(rows) <= fewest)


def _width(button: QToolButton) -> int:
    """Of the title in bold, as it is while its page is up."""
    font = button.font()
    font.setBold(True)
    return QFontMetrics(font).horizontalAdvance(button.text()) + 12
