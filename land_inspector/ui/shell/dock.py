"""The dock: the start page or the open register, in a scroll area, with the running job below."""
from __future__ import annotations

from typing import Optional

from qgis.gui import QgsDockWidget
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QDockWidget, QFrame, QMenu, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from ...i18n import tr
from .job_strip import JobStrip
from .start_page import StartPage
from ..review.work_page import WorkPage

OBJECT_NAME = "LandInspectorDock"
NARROWEST = 280
_RESULTS = "ResultsViewer"


class InspectorDock(QgsDockWidget):
    """Its object name lets QGIS remember its place between sessions."""

    def __init__(self, register_menu: QMenu, parent: Optional[QWidget] = None):
        super().__init__(tr("Land Inspector"), parent)
        self.setObjectName(OBJECT_NAME)
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
        layout.addWidget(_scrolling(self._pages), 1)
        layout.addWidget(self.job_strip)
        self.setWidget(whole)
        self.setMinimumWidth(NARROWEST)

    def stay_in_front(self) -> None:
        """QGIS opens its list of results with every report, over half of this dock: it is closed again. A report opens in a window of
        its own, and the list comes back from Processing's menu."""
        results = self.parent().findChild(QDockWidget, _RESULTS)
        if results is not None and results.isVisible():
            results.hide()
            self.raise_()

    def show_start(self) -> None:
        self._pages.setCurrentWidget(self.start_page)

    def show_work(self) -> None:
        self._pages.setCurrentWidget(self.work_page)


def _scrolling(content: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(content)
    return area
