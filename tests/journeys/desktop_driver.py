"""Runs inside the real QGIS (``qgis --code``): switches the plugin on and off and writes down what it saw."""
import json
import os
import traceback

from qgis import utils
from qgis.core import QgsApplication, QgsProject
from qgis.PyQt.QtCore import QCoreApplication, QEvent, QTimer
from qgis.PyQt.QtWidgets import QAction, QApplication, QDockWidget, QShortcut, QToolBar

WINDOW = utils.iface.mainWindow()


def everything_of_the_window():
    """What a plugin can leave behind, as sorted texts."""
    kinds = (QDockWidget, QToolBar, QShortcut, QAction)
    things = [f"{kind.__name__} {thing.objectName()}" for kind in kinds for thing in WINDOW.findChildren(kind)]
    things += [f"canvas item {type(item).__name__}" for item in utils.iface.mapCanvas().scene().items()]
    things += [f"provider {provider.id()}" for provider in QgsApplication.processingRegistry().providers()]
    things += [f"layer {layer.name()}" for layer in QgsProject.instance().mapLayers().values()]
    things += [f"window {type(window).__name__}" for window in QApplication.topLevelWidgets() if window.isVisible()]
    return sorted(things)


def let_go():
    for _ in range(5):
        QApplication.processEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def switch_on():
    return utils.loadPlugin("land_inspector") and utils.startPlugin("land_inspector")


def play():
    seen = {"before": everything_of_the_window(), "started": switch_on()}
    let_go()
    seen["docks"] = sorted(dock.windowTitle() for dock in WINDOW.findChildren(QDockWidget) if dock.isVisible())
    seen["during"] = everything_of_the_window()
    if os.environ.get("SHOT"):
        WINDOW.setGeometry(0, 0, 1400, 860)
        let_go()
        WINDOW.grab().save(os.environ["SHOT"])
    seen["stopped"] = utils.unloadPlugin("land_inspector")
    let_go()
    seen["after"] = everything_of_the_window()
    seen["started_again"] = switch_on()
    return seen


def run():
    try:
        seen = play()
    except Exception:  # the story must reach the test whatever goes wrong in here
        seen = {"error": traceback.format_exc()}
    with open(os.environ["SEEN"], "w", encoding="utf-8") as file:
        json.dump(seen, file, ensure_ascii=False)
    QgsProject.instance().setDirty(False)
    utils.iface.actionExit().trigger()


QTimer.singleShot(1500, run)
