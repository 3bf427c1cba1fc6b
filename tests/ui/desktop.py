"""The part of QGIS's interface that the plugin uses, with a real window behind it."""
from __future__ import annotations

from qgis.PyQt.QtCore import QCoreApplication, QEvent, QObject, pyqtSignal
from qgis.PyQt.QtWidgets import QDockWidget, QMainWindow


class Desktop(QObject):
    """Remembers what was registered, so that a test can see whether it was taken back."""

    newProjectCreated = pyqtSignal()
    initializationCompleted = pyqtSignal()

    def __init__(self, iface):
        super().__init__()
        self._iface = iface
        self.window = QMainWindow()
        self.help_menu = self.window.menuBar().addMenu("Help")
        self.registered, self.factories = [], []

    def mainWindow(self):
        return self.window

    def mapCanvas(self):
        return self._iface.mapCanvas()

    def messageBar(self):
        return self._iface.messageBar()

    def firstRightStandardMenu(self):
        return self.help_menu

    def addToolBar(self, title):
        return self.window.addToolBar(title)

    def addDockWidget(self, area, dock):
        self.window.addDockWidget(area, dock)

    def addTabifiedDockWidget(self, area, dock, tabify_with, raise_tab):
        others = [other for other in self.window.findChildren(QDockWidget) if other.objectName() in tabify_with]
        self.window.addDockWidget(area, dock)
        self.window.tabifyDockWidget(others[0], dock)
        (dock if raise_tab else others[0]).raise_()

    def removeDockWidget(self, dock):
        self.window.removeDockWidget(dock)

    def registerMainWindowAction(self, action, shortcut):
        action.setShortcut(shortcut)
        self.registered.append(action)

    def unregisterMainWindowAction(self, action):
        self.registered.remove(action)

    def registerOptionsWidgetFactory(self, factory):
        self.factories.append(factory)

    def unregisterOptionsWidgetFactory(self, factory):
        self.factories.remove(factory)


def let_go():
    """Let deleted objects really go."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QCoreApplication.processEvents()
