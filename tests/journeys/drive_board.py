"""Three minutes before a meeting: the board beside the map, its window, what if, the month's end, the ledgers; then all of it narrow."""
import os
import sys

sys.path.insert(0, os.environ["LI_TREE"])

from qgis import utils  # noqa: E402
from qgis.core import QgsProject  # noqa: E402
from qgis.PyQt.QtCore import Qt  # noqa: E402
from qgis.PyQt.QtTest import QTest  # noqa: E402
from qgis.PyQt.QtWidgets import QAction  # noqa: E402

from tests.journeys.drive_kit import let_go, play  # noqa: E402

SCREEN = (0, 0, 1400, 900)
NARROW = 320


def story(stage):
    yield lambda: "land_inspector" in utils.plugins and stage.window.isVisible()
    stage.window.setGeometry(*SCREEN)
    stage.app.dock.setUserVisible(True)
    stage.register, stage.board = stage.home / "register.gpkg", stage.app.board
    yield from open_register(stage)
    yield from stand_beside_the_map(stage)
    yield from meet(stage)
    yield from end_the_month(stage)
    yield from keep_ledgers(stage)
    leave(stage)


def open_register(stage):
    stage.app.asking.register_to_open = lambda _folder: stage.register
    QTest.mouseClick(stage.widget("landInspectorOpen"), Qt.MouseButton.LeftButton)
    yield lambda: stage.app.layers.find(stage.register, "parcel_map") is not None and stage.is_still()
    stage.canvas.setExtent(stage.app.layers.find(stage.register, "parcel_map").extent())
    stage.canvas.refresh()
    yield stage.is_still


def stand_beside_the_map(stage):
    """By key: the page, a township, its parcels."""
    page = stage.board.page
    stage.window.findChild(QAction, "landInspectorShowBoardPage").trigger()
    yield lambda: stage.board.window.board is not None and stage.is_still()
    stage.seen["said"] = page.said.text()
    stage.seen["figures"] = [page.figure.itemText(n) for n in range(page.figure.count())]
    page.table.setFocus()
    QTest.keyClick(page.table, Qt.Key.Key_Down)
    QTest.keyClick(page.table, Qt.Key.Key_Up)
    yield stage.is_still
    stage.seen["behind"], stage.seen["parcels"] = page.behind.text(), page.list.model().rowCount()
    stage.board.colours.show(stage.app.session.register, stage.board.window.standings, "illegal_cultivated_units")
    yield stage.is_still
    stage.seen["legend"] = [rule.label() for layer in QgsProject.instance().mapLayers().values() if layer.providerType() == "memory"
                            for rule in layer.renderer().rootRule().children()]
    stage.shot("1-page")
    stage.board.colours.remove()
    yield from narrow(stage, stage.app.pursue.dock, "2-page-narrow")


def narrow(stage, dock, name):
    stage.window.resizeDocks([dock], [NARROW], Qt.Orientation.Horizontal)
    yield stage.is_still
    stage.seen[name] = dock.width()
    stage.shot(name)


def meet(stage):
    """The window: a column, ticks, both charts."""
    window = stage.board.window
    stage.window.findChild(QAction, "landInspectorShowBoard").trigger()
    yield lambda: window.isVisible() and stage.is_still()
    keys = [heading.key for heading in window.standings.headings]
    window.table.setCurrentIndex(window.standings.index(window.standings.rowCount() - 1, keys.index("illegal_cultivated_units")))
    for row in range(min(5, window.parcels.rowCount())):
        window.parcels.setData(window.parcels.index(row, 0), Qt.CheckState.Checked, Qt.ItemDataRole.CheckStateRole)
    yield stage.is_still
    stage.seen["ticked"] = window.standings.index(window.standings.rowCount() - 1, keys.index("r4")).data()
    stage.shot("3-window")
    window.drawn.setCurrentIndex(1)
    window._draw()
    yield stage.is_still
    stage.shot("4-months")
    window.close()


def end_the_month(stage):
    dialog = stage.board.month_end.dialog
    stage.window.findChild(QAction, "landInspectorMonthEndOpen").trigger()
    yield lambda: dialog.tree.topLevelItemCount() > 0 and stage.is_still()
    stage.seen["obstacles"] = dialog.tree.topLevelItemCount()
    stage.shot("5-month-end")
    dialog.reject()


def keep_ledgers(stage):
    page = stage.app.matters.page
    stage.window.findChild(QAction, "landInspectorShowMatters").trigger()
    yield lambda: page.isVisible() and page.table.topLevelItemCount() > 0 and stage.is_still()
    page.table.setCurrentItem(page.table.topLevelItem(0))
    yield stage.is_still
    stage.shot("6-ledger")
    yield from narrow(stage, stage.app.pursue.dock, "7-ledger-narrow")
    yield from begin_the_day(stage, page)


def begin_the_day(stage, page):
    """No register is open: the start page says what is due, and one click leads to the list."""
    due = stage.app.matters.start_due
    stage.app.commands.close_register()
    stage.app.dock.setUserVisible(True)
    yield lambda: not due.isHidden() and due.table.topLevelItemCount() > 0 and stage.is_still()
    yield from narrow(stage, stage.app.dock, "8-start-narrow")
    row = due.table.topLevelItem(0)
    stage.seen["due"] = [row.text(column) for column in range(4)]
    QTest.mouseClick(due.table.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier,
                     due.table.visualItemRect(row).center())
    yield lambda: page.isVisible() and page.lists.currentData() == "overdue" and page.table.topLevelItemCount() > 0 and stage.is_still()
    stage.seen["line"] = stage.app.matters.line.text()
    stage.shot("9-straight-to-the-list")


def leave(stage):
    utils.unloadPlugin("land_inspector")
    let_go()
    stage.seen["layers left"] = [layer.name() for layer in QgsProject.instance().mapLayers().values()]


play(story)
