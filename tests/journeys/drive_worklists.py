"""An officer's morning: the reminder, the lists by key, one acceptance for several parcels, a past day, the map, the week, the freeze."""
import os
import sys

sys.path.insert(0, os.environ["LI_TREE"])

from qgis import utils  # noqa: E402
from qgis.core import QgsProject  # noqa: E402
from qgis.PyQt.QtCore import QDate, Qt  # noqa: E402
from qgis.PyQt.QtTest import QTest  # noqa: E402
from qgis.PyQt.QtWidgets import QAction, QDockWidget, QPushButton  # noqa: E402

from land_inspector.i18n import tr  # noqa: E402
from tests.journeys.drive_kit import let_go, play  # noqa: E402

SCREEN = (0, 0, 1400, 900)
SHIFT = Qt.KeyboardModifier.ShiftModifier


def story(stage):
    yield lambda: "land_inspector" in utils.plugins and stage.window.isVisible()
    stage.window.setGeometry(*SCREEN)
    stage.app.dock.setUserVisible(True)
    stage.register = stage.home / "register.gpkg"
    stage.lists, stage.timeline = stage.app.pursue.lists_page, stage.app.pursue.timeline_page
    yield from be_reminded(stage)
    yield from look_through_the_lists(stage)
    yield from accept_several(stage)
    yield from look_back(stage)
    yield from watch_a_township(stage)
    yield from see_what_remains(stage)
    yield from read_the_week(stage)
    yield from freeze(stage)
    yield from become_narrow(stage)
    leave(stage)


def be_reminded(stage):
    stage.app.asking.register_to_open = lambda _folder: stage.register
    QTest.mouseClick(stage.widget("landInspectorOpen"), Qt.MouseButton.LeftButton)
    bar = utils.iface.messageBar()
    yield lambda: bar.currentItem() is not None and bar.currentItem().findChild(QPushButton, "landInspectorOffer") is not None
    yield lambda: stage.app.layers.find(stage.register, "parcel_map") is not None and stage.is_still()
    stage.canvas.setExtent(stage.app.layers.find(stage.register, "parcel_map").extent())
    stage.canvas.refresh()
    yield stage.is_still
    stage.seen["reminded"] = bar.currentItem().text()
    stage.shot("1-reminder")
    offered = bar.currentItem().findChildren(QPushButton, "landInspectorOffer")
    QTest.mouseClick(next(button for button in offered if button.text() == tr("Show the list")), Qt.MouseButton.LeftButton)
    yield lambda: stage.lists.isVisible() and stage.is_still()
    stage.seen["list behind the button"] = stage.lists.choice.code()
    stage.shot("2-overdue")


def look_through_the_lists(stage):
    """By key alone, from list to list; the first row of each is gone to."""
    lists, counts = stage.lists, {}
    lists.choice.lists.setFocus()
    QTest.keyClick(lists.choice.lists, Qt.Key.Key_Home)
    for _ in range(lists.choice.lists.count()):
        counts[lists.choice.code()] = lists.view.model().rowCount()
        if lists.choice.code() == "fine":
            stage.seen["fine"] = lists.totals.text()
            stage.shot("3-fines")
        QTest.keyClick(lists.choice.lists, Qt.Key.Key_Down)
    stage.seen["counts"] = counts
    lists.show_list("overdue")
    QTest.mouseClick(lists.choice.law_button, Qt.MouseButton.LeftButton)
    lists.view.setFocus()
    before = stage.canvas.extent()
    QTest.keyClick(lists.view, Qt.Key.Key_Down)
    yield stage.is_still
    stage.seen["gone to"] = stage.canvas.extent() != before and stage.app.link._bands[0].numberOfVertices() > 3
    stage.shot("4-law")
    QTest.mouseClick(lists.choice.law_button, Qt.MouseButton.LeftButton)
    QTest.keyClick(lists.view, Qt.Key.Key_Return)
    yield lambda: stage.app.pursue.case_page.isVisible() and stage.is_still()
    stage.shot("5-case-of-the-row")
    stage.window.findChild(QAction, "landInspectorShowWorkLists").trigger()
    yield stage.is_still


def accept_several(stage):
    lists = stage.lists
    lists.show_list("unaccepted")
    lists.view.setFocus()
    QTest.keyClick(lists.view, Qt.Key.Key_Down)
    QTest.keyClick(lists.view, Qt.Key.Key_Down, SHIFT)
    QTest.keyClick(lists.view, Qt.Key.Key_Down, SHIFT)
    yield stage.is_still
    QTest.mouseClick(lists.accept_button, Qt.MouseButton.LeftButton)
    yield lambda: lists.acts.dialog is not None and lists.acts.dialog.isVisible()
    stage.seen["preview"] = lists.acts.dialog.preview()
    stage.shot("6-acceptance")
    lists.acts.dialog.accept()
    yield lambda: lists.view.model().rowCount() == 0 and stage.is_still()
    stage.seen["accepted in one act"] = len({event.group for event in stage.app.session.register.storage.events()[-3:]}) == 1
    QTest.mouseClick(stage.app.dock.work_page.undo_button, Qt.MouseButton.LeftButton)
    stage.app.commands.undo()
    yield lambda: lists.view.model().rowCount() == 3 and stage.is_still()
    stage.seen["undone"] = lists.view.model().rowCount()


def look_back(stage):
    lists = stage.lists
    lists.show_list("overdue")
    now = lists.view.model().rowCount()
    lists.choice.date.setDate(QDate.currentDate().addDays(-300))
    yield lambda: lists.pursuit.day is not None and stage.is_still()
    stage.seen["overdue then and now"] = (lists.view.model().rowCount(), now)
    stage.shot("7-a-past-day")
    lists.choice.date.setDate(QDate.currentDate().addDays(60))
    stage.seen["overdue in sixty days"] = lists.view.model().rowCount()
    lists.show_list("overdue")
    yield stage.is_still


def watch_a_township(stage):
    lists = stage.lists
    lists.show_list("supervised")
    lists.acts.assign_supervision(lists.pursuit, lists.day)
    form = lists.acts.dialog
    yield form.isVisible
    form.person.setCurrentText("督导一组")
    form.townships.item(0).setCheckState(Qt.CheckState.Checked)
    form.since.setDate(QDate.currentDate().addDays(-100))
    form.until.setDate(QDate.currentDate().addDays(-10))
    stage.shot("8-supervision-form")
    form.accept()
    yield lambda: lists.view.model().rowCount() == 1 and stage.is_still()
    stage.seen["supervision"] = lists.view.model().row(0).days_left
    stage.shot("9-supervision")


def see_what_remains(stage):
    layer = stage.app.layers.find(stage.register, "parcel_map")
    stage.window.findChild(QAction, "landInspectorShowRemains").trigger()
    stage.canvas.setExtent(layer.extent())
    stage.canvas.zoomScale(9000)
    yield stage.is_still
    stage.seen["styled by"] = layer.renderer().classAttribute()
    utils.iface.layerTreeView().expandAll()
    yield stage.is_still
    stage.shot("10-what-remains")
    stage.window.findChild(QAction, "landInspectorShowOverTime").trigger()
    over_time = next(one for one in stage.app.features if one.name == "landInspectorOverTime")
    yield lambda: bool(over_time._added) and stage.is_still()
    states = QgsProject.instance().mapLayer(over_time._added[0])
    player = stage.canvas.temporalController()
    stage.seen["temporal"] = states.temporalProperties().isActive() and player.totalFrameCount()
    player.setCurrentFrameNumber(player.totalFrameCount() // 2)
    stage.app.layers.find(stage.register, "parcel_map").setOpacity(0.2)
    yield stage.is_still
    stage.shot("11-over-time")
    stage.window.findChild(QAction, "landInspectorShowVerdicts").trigger()
    stage.app.layers.find(stage.register, "parcel_map").setOpacity(1.0)
    yield stage.is_still


def read_the_week(stage):
    stage.window.findChild(QAction, "landInspectorShowThisWeek").trigger()
    yield lambda: bool(stage.timeline.shown()) and stage.is_still()
    stage.seen["undone in the week"] = sum(one.undone for one in stage.timeline.shown())
    stage.shot("12-this-week")
    QTest.keyClicks(stage.timeline.search, "T006")
    yield stage.is_still
    stage.seen["of T006"] = len(stage.timeline.shown())


def freeze(stage):
    stage.app.asking.agreed = lambda _question: True
    stage.window.findChild(QAction, "landInspectorFreezeBatch").trigger()
    batches = stage.app.dock.work_page.batches
    yield lambda: stage.app.session.register.batch("B1").DJ == 1 and stage.is_still()
    stage.seen["frozen"] = batches.currentText()
    stage.app.asking.text = lambda _question: "市局要求更正"
    stage.window.findChild(QAction, "landInspectorUnfreezeBatch").trigger()
    yield lambda: stage.app.session.register.batch("B1").DJ == 0 and stage.is_still()


def become_narrow(stage):
    stage.window.findChild(QAction, "landInspectorShowWorkLists").trigger()
    dock = stage.app.pursue.dock
    stage.window.resizeDocks([dock], [320], Qt.Orientation.Horizontal)
    yield stage.is_still
    stage.seen["width"] = dock.width()
    stage.lists.show_list("due")
    yield stage.is_still
    stage.shot("13-narrow")


def leave(stage):
    utils.unloadPlugin("land_inspector")
    let_go()
    stage.seen["plays"] = stage.canvas.temporalController().navigationMode()
    stage.seen["layers left"] = len(QgsProject.instance().mapLayers())
    stage.seen["docks left"] = [name for name in ("LandInspectorPursueDock", "LandInspectorDock")
                                if stage.window.findChild(QDockWidget, name) is not None]
    stage.seen["actions left"] = [action.objectName() for action in stage.window.findChildren(QAction)
                                  if action.objectName().startswith("landInspector")]


play(story)
