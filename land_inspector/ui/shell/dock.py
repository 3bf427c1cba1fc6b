"""The dock: the start page or the open register, in a scroll area, with the running job below."""
from __future__ import annotations

from typing import Optional, Sequence

from qgis.PyQt.QtCore import pyqtSignal, Qt
from qgis.PyQt.QtWidgets import (
    QCommandLinkButton, QDockWidget, QHBoxLayout, QMenu, QProgressBar, QPushButton,
    QSizePolicy, QStackedWidget, QVBoxLayout, QWidget,
)
from qgis.gui import QgsDockWidget

from ...i18n import tr
from ...register.addresses import RegisterAddress
from ..review.work_page import WorkPage
from ..widgets.pages import TabsInSight, scrolling
from ..widgets.labels import FixedHeightLabel, PlainLabel, tip
from ..widgets.rows import progress_style, make_fields_readable

OBJECT_NAME = "LandInspectorDock"
NARROWEST = 320
_RESULTS = "ResultsViewer"


class InspectorDock(TabsInSight, QgsDockWidget):
    """Its object name lets QGIS remember its place between sessions."""

    def __init__(self, register_menu: QMenu, parent: Optional[QWidget] = None):
        super().__init__(tr("Land Inspector"), parent)
        self.setObjectName(OBJECT_NAME)
        make_fields_readable(self)
        self.setAllowedAreas(Qt.DockWidgetArea.LeftDockWidgetArea | Qt.DockWidgetArea.RightDockWidgetArea)
        self.start_page = StartPage(self)
        self.work_page = WorkPage(register_menu, self)
        self.job_strip = JobStrip(self)
        self._pages = QStackedWidget(self)
        self._pages.addWidget(self.start_page)
        self._pages.addWidget(self.work_page)
        whole = QWidget(self)
        layout = QVBoxLayout(whole)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(scrolling(self._pages), 1)
        layout.addWidget(self.job_strip)
        self.setWidget(whole)
        self.setMinimumWidth(NARROWEST)
        #: Of the docks that are tabs here, the one that the user looks at.
        self.in_front: QDockWidget = self
        self.visibilityChanged.connect(lambda is_shown: self.note_front(self, is_shown))

    def note_front(self, dock: QDockWidget, is_shown: bool) -> None:
        """One of our docks came to the front, or left it."""
        if is_shown:
            self.in_front = dock

    def stay_in_front(self) -> None:
        """QGIS opens its list of results with every report, over half of this dock: it is closed again. A report opens in a window of
        its own, and the list comes back from Processing's menu."""
        results = self.parent().findChild(QDockWidget, _RESULTS)
        if results is not None and results.isVisible():
            front = self.in_front  # what Qt brings to the front once the list is gone is another matter
            results.hide()
            front.raise_()

    def take_focus(self) -> None:
        """Whoever brought the dock up by key goes on in it."""
        if self._pages.currentWidget() is self.work_page:
            self.work_page.parcels.setFocus()
        else:
            self.start_page.assistant_button.setFocus()

    def search(self) -> None:
        """Up, with the focus in the search over the parcels."""
        self.setUserVisible(True)
        self.work_page.filters.search.setFocus()
        self.work_page.filters.search.selectAll()

    def show_start(self) -> None:
        """The page for when no register is open."""
        self._pages.setCurrentWidget(self.start_page)

    def show_work(self) -> None:
        """The page on which parcels are reviewed."""
        self._pages.setCurrentWidget(self.work_page)


# --- What the dock shows while no register is open: one obvious way in, one to begin, and the registers opened
#     lately.


class StartPage(QWidget):
    """``open_wanted`` and ``create_wanted`` ask for a choice, ``register_wanted`` names one."""

    assistant_wanted = pyqtSignal()
    open_wanted = pyqtSignal()
    create_wanted = pyqtSignal()
    register_wanted = pyqtSignal(str)

    def __init__(self, parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.assistant_button = _button(tr("Begin with your own data…"), "landInspectorBegin", self)
        self.assistant_button.setDefault(True)
        self.assistant_button.clicked.connect(lambda _checked=False: self.assistant_wanted.emit())
        self.open_button = _button(tr("Open a register…"), "landInspectorOpen", self)
        self.open_button.clicked.connect(self.open_wanted)
        self.create_button = _button(tr("New register…"), "landInspectorCreate", self)
        self.create_button.clicked.connect(self.create_wanted)
        hint = FixedHeightLabel(tr("A register keeps the issued patches, the verdicts and their history in one file (.gpkg)."), 3, self,
                                shrinks=True)
        self.steps = FixedHeightLabel(tr("1 · Say where your files are: townships, patches, layers, images.\n2 · Look at the first patch "
                                         "and its proposal.\n3 · Press 1 to 9: that is a verdict, saved at once."), 5, self)
        self.steps.setObjectName("landInspectorThreeSteps")
        self._heading = PlainLabel(tr("Opened lately"), self)
        self._recent = QVBoxLayout()
        self._layout = QVBoxLayout(self)
        for widget in (hint, self.steps, self.assistant_button, self.open_button, self.create_button, self._heading):
            self._layout.addWidget(widget)
        self._layout.addLayout(self._recent)
        self._layout.addStretch(1)

    def put_first(self, widget: QWidget) -> None:
        """Put a feature's part above all else; the feature deletes it when it unloads."""
        self._layout.insertWidget(0, widget)

    def show_recent(self, addresses: Sequence[RegisterAddress]) -> None:
        """A link for each of these registers, in their order, in place of those before."""
        while self._recent.count():
            self._recent.takeAt(0).widget().deleteLater()
        self._heading.setVisible(bool(addresses))
        for address in addresses:
            self._recent.addWidget(self._link(address))

    def _link(self, address: RegisterAddress) -> QCommandLinkButton:
        link = QCommandLinkButton(address.name, address.folder.name, self)
        link.setToolTip(tip(str(address)))
        link.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        link.clicked.connect(lambda _checked=False: self.register_wanted.emit(str(address)))
        return link


def _button(text: str, name: str, parent: QWidget) -> QPushButton:
    button = QPushButton(text, parent)
    button.setObjectName(name)
    button.setMinimumHeight(34)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return button


# --- The line at the foot of the dock while an algorithm runs: what it does, how far it is, and a way to stop it.


class JobStrip(QWidget):
    """Hidden while nothing runs."""

    cancelled = pyqtSignal()

    def __init__(self, parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.setObjectName("landInspectorJob")
        self._title = PlainLabel(self)
        self._bar = QProgressBar(self)
        self._bar.setStyleSheet(progress_style())
        self.cancel_button = QPushButton(tr("Cancel"), self)
        self.cancel_button.setObjectName("landInspectorCancel")
        self.cancel_button.clicked.connect(self.cancelled)
        row = QHBoxLayout()
        row.addWidget(self._bar, 1)
        row.addWidget(self.cancel_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 2, 6, 4)
        layout.addWidget(self._title)
        layout.addLayout(row)
        self.hide()

    def begin(self, title: str) -> None:
        """Show that this work runs; how far it is is not known yet."""
        self._title.setText(title)
        self._bar.setRange(0, 0)
        self.show()

    def advance(self, percent: float) -> None:
        """How far the work is, in percent."""
        self._bar.setRange(0, 100)
        self._bar.setValue(int(round(percent)))

    def end(self) -> None:
        """The work is over."""
        self.hide()
