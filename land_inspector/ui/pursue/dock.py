"""The pursue dock: one page for the case, others beside it, as tabs."""
from __future__ import annotations

from typing import Optional

from qgis.gui import QgsDockWidget
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QTabWidget, QWidget

from ...i18n import tr

OBJECT_NAME = "LandInspectorPursueDock"
NARROWEST = 280


class PursueDock(QgsDockWidget):
    """Its object name lets QGIS remember its place between sessions."""

    def __init__(self, parent: Optional[QWidget] = None):
        super().__init__(tr("Cases and deadlines"), parent)
        self.setObjectName(OBJECT_NAME)
        self.setAllowedAreas(Qt.DockWidgetArea.LeftDockWidgetArea | Qt.DockWidgetArea.RightDockWidgetArea)
        self.tabs = QTabWidget(self)
        self.tabs.setObjectName("landInspectorPursueTabs")
        self.tabs.setDocumentMode(True)
        self.setWidget(self.tabs)
        self.setMinimumWidth(NARROWEST)

    def add_page(self, page: QWidget, title: str) -> None:
        self.tabs.addTab(page, title)

    def go_to(self, page: QWidget) -> None:
        """Bring the dock and this page of it to the front."""
        self.tabs.setCurrentWidget(page)
        self.setUserVisible(True)
