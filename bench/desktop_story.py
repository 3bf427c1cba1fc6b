"""Played inside the real QGIS (``qgis --code``): what an inspector does all day, with a stopwatch.

Every time is from the key or the mouse until the dock is painted; the map draws afterwards, in its own time.
"""
import os
import sys
import time
from statistics import median

sys.path.insert(0, os.environ["LI_TREE"])

from qgis import utils  # noqa: E402
from qgis.core import QgsRectangle  # noqa: E402
from qgis.PyQt.QtCore import Qt, QTimer  # noqa: E402
from qgis.PyQt.QtTest import QTest  # noqa: E402
from qgis.PyQt.QtWidgets import QApplication  # noqa: E402

from tests.journeys.drive_kit import play  # noqa: E402

VERDICTS = 15
LONGEST_WAIT_S = 90.0
EXIT_MS = 5000
PAUSE_S = 0.002  # between two looks: a loop without it would keep the background from working
UNDO_BEATS = 400  # that the name of what can be undone is waited for: without it, it is said to be not measured
BEAT_MS = 10
NEIGHBOURHOOD_M = 500.0


class Heart:
    """The longest time for which the window answered nothing."""

    def __init__(self):
        self.longest, self._last = 0.0, time.perf_counter()
        self._timer = QTimer()
        self._timer.timeout.connect(self._beat)
        self._timer.start(BEAT_MS)

    def _beat(self):
        now = time.perf_counter()
        self.longest, self._last = max(self.longest, now - self._last), now

    def stop(self):
        self._timer.stop()
        return self.longest


def painted(page):
    """Now, with all that has changed in the dock on the screen."""
    page.repaint()
    page.parcels.viewport().repaint()
    return time.perf_counter()


def until(changed, page, longest_s=LONGEST_WAIT_S):
    """Let the window work until ``changed()``."""
    end = time.perf_counter() + longest_s
    while not changed():
        if time.perf_counter() > end:
            raise TimeoutError("nothing changed")
        QApplication.processEvents()
        time.sleep(PAUSE_S)
    return painted(page)


def story(stage):
    yield lambda: "land_inspector" in utils.plugins and stage.window.isVisible()
    end_when_told(stage)
    stage.window.setGeometry(0, 0, 1400, 1000)
    stage.app.dock.setUserVisible(True)
    yield stage.is_still
    yield from open_register(stage)
    yield from filter_parcels(stage)
    yield from judge(stage)
    yield from look_at_lists(stage)


def end_when_told(stage):
    """A task that still runs keeps QGIS from closing; all that was seen is written by then."""
    stage.ending = QTimer()
    stage.ending.timeout.connect(lambda: os._exit(0) if (stage.home / "seen.json").exists() else None)
    stage.ending.start(EXIT_MS)


def open_register(stage):
    page, shown = stage.app.dock.work_page, []
    stage.app.asking.register_to_open = lambda _folder: stage.home / "register.gpkg"
    stage.app.session.read.connect(lambda _snapshot: shown.append(painted(page)))
    heart, started, used = Heart(), time.perf_counter(), time.process_time()
    QTest.mouseClick(stage.widget("landInspectorOpen"), Qt.MouseButton.LeftButton)
    yield lambda: bool(shown) and page.parcels.model().rowCount() > 0
    stage.seen["open"], stage.seen["open_stood_still"] = shown[0] - started, heart.stop()
    stage.seen["open_cpu"] = time.process_time() - used
    stage.seen["rows"] = page.parcels.model().rowCount()
    yield lambda: parcel_layer(stage) is not None
    yield stage.is_still
    look_closely(stage)
    yield stage.is_still


def parcel_layer(stage):
    return stage.app.layers.find(stage.home / "register.gpkg", "parcel_map")


def look_closely(stage):
    """The map at the scale at which patches are judged."""
    layer = parcel_layer(stage)
    centre = next(layer.getFeatures()).geometry().boundingBox().center()
    reach = NEIGHBOURHOOD_M
    stage.canvas.setExtent(QgsRectangle(centre.x() - reach, centre.y() - reach, centre.x() + reach, centre.y() + reach))


def filter_parcels(stage):
    page, times = stage.app.dock.work_page, []
    buttons = page.filters.verdicts.buttons
    for value in ("2", "3", "0", "0"):
        times.append(timed(page, lambda value=value: QTest.mouseClick(buttons[value], Qt.MouseButton.LeftButton)))
        yield stage.is_still
    township = page.filters.choices["township"]
    for index in (3, 0):
        township.setCurrentIndex(index)
        times.append(timed(page, lambda index=index: township.activated.emit(index)))
        yield stage.is_still
    stage.seen["filter"], stage.seen["filters"] = max(times), len(times)
    total, started = page.parcels.model().rowCount(), time.perf_counter()
    QTest.keyClicks(page.filters.search, "T0012")
    typed = time.perf_counter()
    stage.seen["search"] = until(lambda: page.parcels.model().rowCount() != total, page) - typed
    stage.seen["typing"] = typed - started
    stage.seen["found"] = page.parcels.model().rowCount()
    page.filters.search.clear()
    yield lambda: page.parcels.model().rowCount() == total


def timed(page, act):
    started = time.perf_counter()
    act()
    return painted(page) - started


def judge(stage):
    """Key 3 while the map has the focus: verdict, durable save, next parcel."""
    page, times = stage.app.dock.work_page, []
    QTest.mouseClick(page.filters.verdicts.buttons["0"], Qt.MouseButton.LeftButton)
    page.parcels.setFocus()
    QTest.keyClick(page.parcels, Qt.Key.Key_Home)
    yield stage.is_still
    window_s = []
    for _turn in range(VERDICTS):
        QApplication.setActiveWindow(stage.window)
        stage.canvas.setFocus()
        judged, current = page.progress.value(), page.parcels.current_id()
        started, used = time.perf_counter(), time.thread_time()
        QTest.keyClick(stage.canvas, Qt.Key.Key_3)
        times.append(until(lambda: page.progress.value() > judged and page.parcels.current_id() != current, page) - started)
        window_s.append(time.thread_time() - used)
        yield stage.is_still
    stage.seen["verdict"], stage.seen["verdict_slowest"], stage.seen["verdict_cpu"] = median(times), max(times), median(window_s)
    yield from undo_verdict(stage, page)


def undo_verdict(stage, page):
    for _beat in range(UNDO_BEATS):
        if page.undo_button.isEnabled():
            break
        yield lambda: True
    else:
        return
    judged, started = page.progress.value(), time.perf_counter()
    QTest.mouseClick(page.undo_button, Qt.MouseButton.LeftButton)
    stage.seen["undo"] = until(lambda: page.progress.value() < judged, page) - started
    yield stage.is_still


def look_at_lists(stage):
    """Every work list over all cases, chosen one after the other."""
    page, times, rows = stage.app.pursue.lists_page, [], []
    stage.app.pursue.dock.raise_()
    stage.app.pursue.dock.go_to(page)
    started = time.perf_counter()
    yield lambda: page.pursuit is not None
    stage.seen["lists_read_within"] = time.perf_counter() - started
    yield stage.is_still
    lists = page.choice.lists
    for index in range(lists.count()):
        started = time.perf_counter()
        lists.setCurrentIndex(index)
        page.repaint()
        page.view.viewport().repaint()
        times.append(time.perf_counter() - started)
        rows.append(page.view.model().rowCount())
        yield stage.is_still
    stage.seen["list"], stage.seen["lists"], stage.seen["longest_list"] = max(times), len(times), max(rows)


play(story)
