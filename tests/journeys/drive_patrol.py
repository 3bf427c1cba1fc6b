"""A station's month: planned, logged by key, findings four ways, tracks, coverage, a finding made a case and taken back, the table."""
import os
import sys
import time
from datetime import date, timedelta

sys.path.insert(0, os.environ["LI_TREE"])

from qgis import utils  # noqa: E402
from qgis.core import QgsProject  # noqa: E402
from qgis.PyQt.QtCore import QPoint, Qt  # noqa: E402
from qgis.PyQt.QtTest import QTest  # noqa: E402
from qgis.PyQt.QtWidgets import QAction, QApplication  # noqa: E402

from tests.journeys.drive_kit import let_go, play  # noqa: E402

SCREEN = (0, 0, 1400, 1050)
TENTH = (date.today().replace(day=1) - timedelta(days=1)).replace(day=10)


def story(stage):
    yield lambda: "land_inspector" in utils.plugins and stage.window.isVisible()
    stage.window.setGeometry(*SCREEN)
    stage.app.dock.setUserVisible(True)
    stage.page, stage.acts = stage.app.patrol.page, stage.app.patrol.page.acts
    yield from open_register(stage)
    yield from go_to_the_month(stage)
    yield from plan(stage)
    yield from give_the_plan_out(stage)
    yield from log_by_key(stage)
    yield from find(stage)
    yield from bring_in_tracks(stage)
    yield from make_a_case(stage)
    yield from count(stage)
    leave(stage)


def quiet(stage):
    """Nothing is read for the page any more."""
    return lambda: stage.page.view is not None and not stage.app.worker._running and stage.is_still()


def open_register(stage):
    stage.app.asking.register_to_open = lambda _folder: stage.home / "register.gpkg"
    QTest.mouseClick(stage.widget("landInspectorOpen"), Qt.MouseButton.LeftButton)
    yield lambda: stage.app.layers.find(stage.home / "register.gpkg", "parcel_map") is not None and stage.is_still()
    stage.canvas.setExtent(stage.app.layers.find(stage.home / "register.gpkg", "parcel_map").extent())


def go_to_the_month(stage):
    """By key: the page, the month before, its tenth."""
    QApplication.setActiveWindow(stage.window)
    stage.window.findChild(QAction, "landInspectorShowPatrols").trigger()
    yield quiet(stage)
    stage.window.resizeDocks([stage.app.pursue.dock], [320], Qt.Orientation.Horizontal)
    month = stage.page.month
    month.setFocus()
    QTest.keyClick(month, Qt.Key.Key_PageUp)
    yield quiet(stage)
    month.setFocus()
    for _press in range(31):
        if month.chosen_day() == TENTH:
            break
        QTest.keyClick(month, Qt.Key.Key_Left)
    stage.seen["day"], stage.seen["width"] = str(month.chosen_day()), stage.app.pursue.dock.width()
    stage.seen["at first"] = stage.page.standing.text()


def plan(stage):
    stage.page.plan_button.setFocus()
    QTest.keyClick(stage.page.plan_button, Qt.Key.Key_Space)
    yield lambda: stage.acts.form is not None and stage.acts.form.isVisible()
    form = stage.acts.form
    targets = form.row("targets").editor.field
    targets.setFocus()
    stage.seen["proposed"] = targets.count()
    for _target in range(4):
        QTest.keyClick(targets, Qt.Key.Key_Space)
        QTest.keyClick(targets, Qt.Key.Key_Down)
    QTest.keyClicks(form.row("route").editor.field, "G104 north")
    stage.shot("1-plan")
    yield from record(stage, form)
    stage.seen["planned"] = [len(one.targets) > 2 for one in stage.page.view.patrols]


def record(stage, form):
    form.save_button.setFocus()
    QTest.keyClick(form.save_button, Qt.Key.Key_Space)
    stage.seen.setdefault("refused", []).append(form.wrong.text() if stage.acts.form is form else "")
    yield quiet(stage)


def tool(stage, name, **filled):
    """An algorithm's window from the page's menu, filled in and run; what it said."""
    stage.acts.open_tool(name, stage.page.view)
    dialog = stage.app.jobs._dialogs[-1]
    told = []
    dialog.algorithmFinished.connect(lambda ok, results: told.append((ok, dict(results))))
    dialog.setParameters({"REGISTER": str(stage.app.session.address), **filled})
    dialog.runButton().click()
    yield lambda: bool(told)
    stage.seen[name] = {"ok": told[0][0], **{key: value for key, value in told[0][1].items() if isinstance(value, (int, float))}}
    dialog.close()
    yield quiet(stage)


def give_the_plan_out(stage):
    yield from tool(stage, "export_patrol_plan", FOLDER=str(stage.home / "plan"))


def log_by_key(stage):
    """Enter on the day, the official form by Tab alone, recorded; how long it took."""
    begun = time.monotonic()
    stage.page.month.setFocus()
    QTest.keyClick(stage.page.month, Qt.Key.Key_Return)
    yield lambda: stage.acts.form is not None and stage.acts.form.isVisible()
    form = stage.acts.form
    QApplication.setActiveWindow(form)
    form.day.setFocus()
    said = {"officers": "Wang,Li", "start": "0820", "end": "1105", "handling": "stopped on the spot", "remarks": "fine weather"}
    keys = 1
    for row in form.rows:
        editor, text = row.editor.focusProxy(), said.get(row.name, "")
        for _tab in range(8):
            if editor.isAncestorOf(QApplication.focusWidget()) or QApplication.focusWidget() is editor:
                break
            QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
            keys += 1
        QTest.keyClicks(QApplication.focusWidget(), text)
        keys += len(text)
        if row.name == "area":
            QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Down)
    stage.shot("2-log")
    stage.seen["keys"] = keys
    yield from record(stage, form)
    stage.seen["seconds"] = time.monotonic() - begun
    (one,) = [one for one in stage.page.view.patrols if one.logged]
    stage.seen["logged"] = [one.XCRQ, one.KSSJ, one.JSSJ, one.XCQY, one.XCLX, one.CLYJ, len(one.XCRY) > 20]


def find(stage):
    """By a click, an outline, a photo, coordinates."""
    yield from by_mouse(stage, False, [(300, 300)], "click")
    yield from by_mouse(stage, True, [(320, 320), (420, 320), (420, 400)], "outline")
    stage.acts.take_photo(stage.page.view, stage.page.chosen_patrol(), stage.home / "IMG_0001.jpg")
    yield from fill(stage, "photo")
    place = stage.acts.form is None and stage.page.view.findings[0]
    stage.acts.mark(stage.page.view, stage.page.chosen_patrol(), None, None)
    form = stage.acts.form
    QTest.keyClicks(form.row("place").editor.field, f"{place.lon:.5f}, {place.lat:.5f}")
    yield from fill(stage, "coordinates")
    stage.seen["found"] = sorted(one.XMMC for one in stage.page.view.findings)
    stage.seen["linked"] = sum(one.patrol_id is not None for one in stage.page.view.findings)


def by_mouse(stage, draws, corners, name):
    stage.acts.mark_on_map(stage.page.view, stage.page.chosen_patrol(), draws)
    for x, y in corners:
        QTest.mouseClick(stage.canvas.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(x, y))
    if draws:
        QTest.keyClick(stage.canvas, Qt.Key.Key_Return)
    yield from fill(stage, name)


def fill(stage, name):
    yield lambda: stage.acts.form is not None and stage.acts.form.isVisible()
    form = stage.acts.form
    QTest.keyClicks(form.row("XMMC").editor.field, name)
    QTest.keyClicks(form.row("JSDW").editor.field, "Builder Ltd")
    for row in ("ZDMJ", "GDMJ"):
        field = form.row(row).editor.field
        if name != "outline":
            field.selectAll()
            QTest.keyClicks(field, "900" if row == "ZDMJ" else "800")
    form.row("CSM").editor.field.setFocus()
    if name == "photo":
        QTest.keyClick(form.row("CSM").editor.field, Qt.Key.Key_Down)
    stage.shot(f"3-{name}")
    yield from record(stage, form)


def bring_in_tracks(stage):
    yield from tool(stage, "import_tracks", INPUT=str(stage.home / "track.gpx"))
    yield from tool(stage, "patrol_coverage")
    stage.acts.toggle_map()
    yield quiet(stage)
    stage.shot("4-page-and-map")
    stage.seen["layers"] = [layer.featureCount() for layer in QgsProject.instance().mapLayers().values()
                            if layer.providerType() == "memory" and layer.name() in names_of_ours(stage)]
    stage.acts.toggle_map()


def names_of_ours(stage):
    return {QgsProject.instance().mapLayer(key).name() for key in stage.acts.layers._ids}


def make_a_case(stage):
    """One question, one act, one undo; the case comes up in its dock and on its work list."""
    page = stage.page
    item = next(item for item in (page.found.topLevelItem(n) for n in range(page.found.topLevelItemCount())) if item.text(0) == "outline")
    page.found.setCurrentItem(item)
    stage.app.asking.agreed = lambda question: True
    undo = stage.app.dock.work_page.undo_button
    before = undo.text()
    stage.acts.file(page.chosen_finding())
    yield quiet(stage)
    stage.seen["filed"], stage.seen["undo says"] = page.told.text(), undo.text()
    stage.app.commands.undo()
    yield quiet(stage)
    stage.seen["undone by one"] = [undo.text() == before, len(page.view.filed)]
    stage.acts.file(page.chosen_finding())
    yield quiet(stage)
    stage.acts.go_to_parcel(next(iter(page.view.filed.values())))
    yield quiet(stage)
    stage.shot("5-case")
    stage.app.pursue.lists_page.show_list("not_filed")
    stage.app.pursue.dock.go_to(stage.app.pursue.lists_page)
    yield quiet(stage)
    stage.seen["to be filed"] = stage.app.pursue.lists_page.view.model().rowCount()
    stage.shot("6-work-list")


def count(stage):
    stage.app.pursue.dock.go_to(stage.page)
    yield quiet(stage)
    stage.seen["at last"] = stage.page.standing.text()
    yield from tool(stage, "patrol_table", YEAR=TENTH.year, MONTH=TENTH.month)
    stage.shot("7-page")


def leave(stage):
    stage.seen["stopped"] = utils.unloadPlugin("land_inspector")
    let_go()


play(story)
