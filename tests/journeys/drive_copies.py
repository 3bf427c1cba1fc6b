"""One of three desktops that work on one register in the same month: the bureau and a station on copies, another station on a package.

Each plays its part (``LI_ROLE``) and tells the others by files in the folder that all see (``LI_SHARE``) how far it has come.
"""
import os
import sys
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, os.environ["LI_TREE"])

from qgis import processing, utils  # noqa: E402
from qgis.core import QgsProject  # noqa: E402
from qgis.PyQt.QtCore import Qt  # noqa: E402
from qgis.PyQt.QtTest import QTest  # noqa: E402
from qgis.PyQt.QtWidgets import QAction, QApplication  # noqa: E402

from tests.journeys.drive_kit import play  # noqa: E402

SHARE = Path(os.environ["LI_SHARE"])
NARROW = 320


def told(word):
    (SHARE / f"{word}.told").touch()


def heard(*words):
    return lambda: all((SHARE / f"{word}.told").exists() for word in words)


def story(stage):
    yield lambda: "land_inspector" in utils.plugins and stage.window.isVisible()
    from land_inspector.exchange import shared_folder

    shared_folder.is_on_network = lambda place: SHARE in Path(place).parents and "package" not in Path(place).name
    stage.window.setGeometry(0, 0, 1400, 900)
    stage.app.dock.setUserVisible(True)
    yield from {"bureau": bureau, "station": station, "package": package}[os.environ["LI_ROLE"]](stage)
    for key in list(QgsProject.instance().mapLayers()):
        QgsProject.instance().removeMapLayer(key)


def opened(stage, path):
    stage.app.asking.register_to_open = lambda _folder: path
    QTest.mouseClick(stage.widget("landInspectorOpen"), Qt.MouseButton.LeftButton)
    yield lambda: stage.app.dock.work_page.parcels.model().rowCount() > 0 and stage.is_still()


def shared(stage):
    """Opened from the share, at work on a copy, and what was there was exchanged."""
    yield from opened(stage, SHARE / "county.gpkg")
    yield lambda: (SHARE / "county_exchange").is_dir() and stage.is_still()
    stage.seen["at"] = str(stage.app.session.address.path)


def judged(stage, number, key):
    """By key on the parcel that the search finds."""
    page = stage.app.dock.work_page
    page.filters.search.clear()
    QTest.keyClicks(page.filters.search, number)
    yield lambda: page.parcels.model().rowCount() == 1 and stage.is_still()
    page.parcels.setFocus()
    QTest.keyClick(page.parcels, Qt.Key.Key_Home)
    QApplication.setActiveWindow(stage.window)
    QTest.keyClick(page.parcels, key)
    yield lambda: verdict_of(stage, number) != "0"
    page.filters.search.clear()
    yield stage.is_still


def verdict_of(stage, number):
    return stage.app.session.register.parcels().set_index("DKBH").loc[number, "PDJL1"]


def acts_listed(stage, view):
    """The page of copies shows one of its lists."""
    page = stage.app.copies.page
    page.go_to(view)
    stage.app.pursue.dock.go_to(page)
    yield stage.is_still
    stage.seen[view] = [page.said.text(), *page.shown_texts()]
    stage.shot(f"copies-{view}")


def exchanged(stage):
    stage.window.findChild(QAction, "landInspectorExchange").trigger()
    yield lambda: not stage.app.copies._is_busy and stage.is_still()


def bureau(stage):
    yield from shared(stage)
    told("bureau at work")
    yield heard("station at work")
    processing.run("land_inspector:give_out_package", {
        "REGISTER": str(stage.app.session.address), "TOWNSHIP": "331082100", "WHAT": 0, "TO": "诸葛所长",
        "OUTPUT": str(SHARE / "package.gpkg")})
    told("package given out")
    yield from judged(stage, "T013", Qt.Key.Key_3)
    yield from judged(stage, "T014", Qt.Key.Key_3)
    yield heard("station exchanged")
    yield from exchanged(stage)
    stage.app.copies.show()
    yield lambda: stage.app.copies.page.lines.count() > 0 and stage.is_still()
    yield from acts_listed(stage, "disputed")
    yield from settled(stage)
    yield heard("package came late")
    for dry_run in (True, False):
        found = processing.run("land_inspector:take_back_package", {
            "REGISTER": str(stage.app.session.address), "PACKAGE": str(SHARE / "package.gpkg"), "DRY_RUN": dry_run,
            "REPORT": str(stage.home / f"taken-{dry_run}.html")})
        stage.seen[f"taken {dry_run}"] = [found["TAKEN"], found["KNOWN"], found["LEFT"]]
    stage.app.session.reload()
    yield stage.is_still
    yield lambda: "T014" in " ".join(stage.app.copies.page.shown_texts()) and stage.is_still()
    yield from acts_listed(stage, "disputed")
    yield from exchanged(stage)
    yield from asked_again(stage)
    for view in ("packages", "opinions", "copies"):
        yield from acts_listed(stage, view)
    stage.window.resizeDocks([stage.app.pursue.dock], [NARROW], Qt.Orientation.Horizontal)
    yield from acts_listed(stage, "disputed")
    stage.shot("copies-narrow")
    stage.seen["narrow"] = stage.app.pursue.dock.width()


def asked_again(stage):
    """A second person's opinions came back, and some of one's own verdicts come again, unseen."""
    from land_inspector.exchange.self_check import SelfCheck
    from land_inspector.register import second_opinion
    from land_inspector.ui.copies.feature import origins_file

    register = stage.app.session.register
    asked = second_opinion.choose(register, "B1", labels=["T001", "T002", "T021"])
    second_opinion.begin(register, asked, by="科长")
    for parcel, level, sub_type in zip(sorted(asked.parcels), ("1", "2", "3"), ("101", "201", "301")):
        second_opinion.give(register, asked.id, parcel, level, sub_type, reason="看影像", by="欧阳科员")
    check = SelfCheck(origins_file().parent / "self_check.json", register.meta["register_id"])
    check.draw(register, None, size=2, seed=1, old_enough=timedelta(0))
    stage.app.copies.check_oneself()
    yield stage.is_still
    stage.shot("copies-self-check")
    QTest.keyClick(stage.app.copies.dialog, Qt.Key.Key_2)
    QTest.keyClick(stage.app.copies.dialog, Qt.Key.Key_2)
    yield stage.is_still
    stage.seen["self-check"] = stage.app.copies.dialog.said.text()
    stage.shot("copies-self-check-done")
    stage.app.copies.dialog.close()
    stage.app.copies.page.refresh()
    yield stage.is_still


def settled(stage):
    """By keyboard, with a reason; the other act stays in the history."""
    page = stage.app.copies.page
    row = next(number for number, line in enumerate(page.shown_texts())
               if line[0] in "●○" and "counts" not in line and "现计入" not in line)
    page.lines.setCurrentRow(row)
    QTest.keyClick(page.lines, Qt.Key.Key_Return)
    yield stage.is_still
    stage.shot("copies-chosen")
    stage.app.asking.text = lambda _question: "现场核实"
    page._buttons["settle"].click()
    yield lambda: page.lines.count() == 0 and stage.is_still()


def station(stage):
    yield from shared(stage)
    told("station at work")
    yield heard("bureau at work")
    yield from judged(stage, "T013", Qt.Key.Key_1)
    yield from exchanged(stage)
    told("station exchanged")
    yield from judged(stage, "T041", Qt.Key.Key_3)
    told("station may die")
    yield lambda: False


def package(stage):
    yield heard("package given out")
    yield from opened(stage, SHARE / "package.gpkg")
    stage.shot("package-open")
    yield from judged(stage, "T014", Qt.Key.Key_1)
    yield from judged(stage, "T015", Qt.Key.Key_3)
    told("package may die")
    yield lambda: False


play(story)
