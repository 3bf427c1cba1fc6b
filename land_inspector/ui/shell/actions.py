"""The menu, the toolbar and their shortcuts, put into QGIS and taken out again."""
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Dict, List, Optional, Sequence

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QTimer, Qt
from qgis.PyQt.QtGui import QIcon
from qgis.PyQt.QtWidgets import QAction, QMenu, QWidget

from ...i18n import tr
from .commands import Commands
from .dock import InspectorDock
from .messages import Messages
from ..review.reviewer import Reviewer
from ..review.card_page import KEYED_GROUNDS, VerdictPanel
from .services import ANYWHERE, DESK, REVIEW, Entry, Feature

if TYPE_CHECKING:
    from qgis.gui import QgisInterface

UNDO, REDO = "landInspectorUndoAct", "landInspectorRedoAct"
_ICON = Path(__file__).parents[2] / "resources" / "icons" / "land_inspector.svg"


def review_entries(reviewer: Reviewer, panel: VerdictPanel, dock: InspectorDock) -> List[Entry]:
    """The keys of the review, which work while the map has the focus too."""
    keys = [Entry(f"landInspectorVerdictKey{place + 1}", tr("Verdict by key {key}", key=place + 1), "",
                  lambda place=place: panel.press(place), str(place + 1), REVIEW) for place in range(len(panel.buttons))]
    grounds = [Entry(f"landInspectorGround{place + 1}", tr("Grounds {n} of the list", n=place + 1), "",
                     lambda place=place: panel.pick_ground(place), f"Alt+{place + 1}", REVIEW) for place in range(KEYED_GROUNDS)]
    return [
        *keys,
        *grounds,
        Entry("landInspectorVerdictAsProposed", tr("Verdict as proposed"), "", reviewer.accept_proposal, "Alt+A", REVIEW),
        Entry("landInspectorGoToNextOpen", tr("Next open parcel"), "", lambda: reviewer.go_to_open(1), "Alt+Down", repeats=True),
        Entry("landInspectorGoToPreviousOpen", tr("Previous open parcel"), "", lambda: reviewer.go_to_open(-1), "Alt+Up", repeats=True),
        Entry("landInspectorGoToNumber", tr("Go to number…"), "", reviewer.go_to_number, "Alt+G"),
        Entry("landInspectorSearchParcels", tr("Search in the list"), "", dock.search, "Alt+Shift+S"),
        Entry("landInspectorUndoOnParcel", tr("Undo the last act on this parcel"), "", reviewer.undo_on_parcel, scope=REVIEW),
    ]


def entries(commands: Commands) -> List[Optional[Entry]]:
    """The menu from top to bottom, in the order of the work."""
    return [
        Entry("landInspectorOpenRegister", tr("Open register…"), "/mActionFileOpen.svg", commands.open_register, "Ctrl+Alt+O"),
        Entry("landInspectorOpenOnServer", tr("Open register on a server…"), "/mIconPostgis.svg", commands.open_on_server),
        Entry("landInspectorNewRegister", tr("New register…"), "/mActionFileNew.svg", commands.create_register),
        None,
        Entry("landInspectorImportPatches", tr("Import patches…"), "/mActionAddOgrLayer.svg", commands.import_patches, "Ctrl+Alt+I"),
        Entry("landInspectorMeasure", tr("Measure against layers…"), "/mActionMeasureArea.svg", commands.measure_evidence),
        Entry("landInspectorPropose", tr("Propose verdicts"), "/processingAlgorithm.svg", commands.propose_verdicts),
        Entry("landInspectorGiveVerdicts", tr("Give verdicts from a table…"), "/mActionOpenTable.svg", commands.give_verdicts),
        None,
        Entry("landInspectorExportTownships", tr("Export townships…"), "/mActionSharingExport.svg", commands.export_townships),
        Entry("landInspectorHandOverRegister", tr("Hand over register…"), "/mActionFileSaveAs.svg", commands.hand_over),
        Entry("landInspectorVerifyRegister", tr("Verify register"), "/mIconSuccess.svg", commands.verify),
        None,
        Entry(UNDO, tr("Undo last act"), "/mActionUndo.svg", commands.undo, "Ctrl+Alt+Z", DESK),
        Entry(REDO, tr("Redo last act"), "/mActionRedo.svg", commands.redo, "Ctrl+Alt+Y", DESK),
    ]


class Actions:
    """``load`` puts menu, toolbar and shortcuts in, ``unload`` takes exactly them out."""

    def __init__(self, iface: QgisInterface, commands: Commands, reviewer: Reviewer, dock: InspectorDock, features: Sequence[Feature],
                 messages: Messages):
        self._iface, self._commands, self._reviewer, self._features, self._messages = iface, commands, reviewer, features, messages
        self._dock, self._panel = dock, dock.work_page.verdicts
        self._dock_action = QAction(dock)
        self._dock_action.triggered.connect(lambda _checked=False: self._toggle_dock())
        self._actions: List[QAction] = []
        self._menu: Optional[QMenu] = None
        self._submenus: Dict[str, QMenu] = {}
        self._toolbar = None

    def load(self) -> None:
        """Put menu, toolbar and shortcuts into QGIS's window."""
        window = self._iface.mainWindow()
        self._menu = QMenu(tr("Land Inspector"), window)  # without a letter of its own: Alt+L opens the layers' menu
        self._menu.setObjectName("landInspectorMenu")
        self._toolbar = self._iface.addToolBar(tr("Land Inspector"))
        self._toolbar.setObjectName("landInspectorToolbar")
        self._dock_action.setObjectName("landInspectorShowDock")
        self._dock_action.setText(tr("Land Inspector panel"))
        self._dock_action.setIcon(QIcon(str(_ICON)))
        self._dock_action.setAutoRepeat(False)
        self._put_in(self._dock_action, "Ctrl+Alt+L", ANYWHERE)
        for entry in entries(self._commands):
            if entry is None:
                self._menu.addSeparator()
                self._toolbar.addSeparator()
            else:
                self._put_in(self._action(entry), entry.shortcut, entry.scope)
        self._menu.addSeparator()
        self._put_below(tr("Review"), review_entries(self._reviewer, self._panel, self._dock))
        for feature in self._features:
            self._put_below(feature.title(), feature.entries())
        self._menu.addSeparator()
        manual = self._action(Entry("landInspectorManual", tr("Manual"), "/mActionHelpContents.svg", self._commands.show_manual))
        self._menu.addAction(manual)
        self._register(manual, "", ANYWHERE)
        window.menuBar().insertMenu(self._iface.firstRightStandardMenu().menuAction(), self._menu)

    def _put_below(self, title: str, entries: List[Entry]) -> None:
        """Into the submenu of this title, which comes with its first entry."""
        if entries and title not in self._submenus:
            self._submenus[title] = self._menu.addMenu(title)
        for entry in entries:
            action = self._action(entry)
            self._submenus[title].addAction(action)
            self._register(action, entry.shortcut, entry.scope)

    def _action(self, entry: Entry) -> QAction:
        icon = QgsApplication.getThemeIcon(entry.icon) if entry.icon else QIcon()
        action = QAction(icon, entry.text, self._iface.mainWindow())
        action.setObjectName(entry.name)
        action.setAutoRepeat(entry.repeats)
        action.triggered.connect(lambda _checked=False: self._do(entry))
        return action

    def _do(self, entry: Entry) -> None:
        """What records on the chosen parcel does nothing while the parcel's card cannot be seen."""
        if entry.scope == REVIEW and not is_in_sight(self._dock):
            self._messages.note(tr("“{act}” acts on the parcel in the review panel, which is not in sight: bring it up first ({key}).",
                                   act=entry.text.rstrip("…"), key=self._dock_action.shortcut().toString()))
        elif entry.scope == DESK and not any(is_in_sight(dock) for dock in self._docks()):
            self._messages.note(tr("“{act}” acts only while one of the panels of Land Inspector is in sight.", act=entry.text.rstrip("…")))
        else:
            entry.command()

    def undo_key(self) -> str:
        """As the user has set it in QGIS's keyboard shortcuts; '' for none."""
        return self._key_of(UNDO)

    def redo_key(self) -> str:
        """As :meth:`undo_key`, of doing again what was undone."""
        return self._key_of(REDO)

    def _key_of(self, name: str) -> str:
        return next((action.shortcut().toString() for action in self._actions if action.objectName() == name), "")

    def _toggle_dock(self) -> None:
        """Up, also from behind another dock's tab; away again once it is in sight."""
        is_wanted = not is_in_sight(self._dock)
        self._dock.setUserVisible(is_wanted)
        if is_wanted:
            QTimer.singleShot(0, self._dock.take_focus)  # once it is laid out, and so in sight

    def _docks(self) -> List[QWidget]:
        return [self._dock, *(dock for feature in self._features for dock in feature.docks())]

    def _put_in(self, action: QAction, shortcut: str, scope: str) -> None:
        self._menu.addAction(action)
        self._toolbar.addAction(action)
        self._register(action, shortcut, scope)

    def _register(self, action: QAction, shortcut: str, scope: str) -> None:
        """QGIS's shortcut manager knows every action; the key of one that records reaches it only from our docks and the map, and of one
        that records on the parcel in review from the review dock and the map: a digit typed in a ledger's list is none."""
        self._iface.registerMainWindowAction(action, shortcut)
        self._actions.append(action)
        if scope != ANYWHERE:
            self._iface.mainWindow().removeAction(action)
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            for place in (self._iface.mapCanvas(), *([self._dock] if scope == REVIEW else self._docks())):
                place.addAction(action)

    def unload(self) -> None:
        """Take every action out of QGIS's window again."""
        for action in reversed(self._actions):
            self._iface.unregisterMainWindowAction(action)
            self._toolbar.removeAction(action)
            self._menu.removeAction(action)
            for place in (self._iface.mapCanvas(), *self._docks()):
                place.removeAction(action)
            if action is not self._dock_action:
                action.deleteLater()
        self._actions.clear()
        window = self._iface.mainWindow()
        window.menuBar().removeAction(self._menu.menuAction())
        window.removeToolBar(self._toolbar)
        self._menu.deleteLater()
        self._toolbar.deleteLater()
        self._submenus.clear()
        self._menu = self._toolbar = None


def is_in_sight(dock: QWidget) -> bool:
    """Whether a dock is shown and not behind another one's tab."""
    return dock.isVisible() and not dock.visibleRegion().isEmpty()
