"""Drives the real QGIS from inside (``qgis --code``): a story told step by step, each step waiting for what it needs.

A story is a generator: it acts by key and mouse, yields a condition to wait for, and writes down what it saw.
"""
from __future__ import annotations

import faulthandler
import json
import os
import traceback
from pathlib import Path
from typing import Any, Callable, Dict, Iterator

from qgis import utils
from qgis.core import QgsApplication, QgsProject
from qgis.PyQt.QtCore import QCoreApplication, QEvent, QTimer
from qgis.PyQt.QtWidgets import QApplication, QWidget

#: A bound that a machine ten times slower still meets; whoever mends a story may wait less.
LONGEST_WAIT_S = float(os.environ.get("LI_LONGEST_WAIT_S", "250"))
_BEAT_MS = 50
#: The canvas begins to draw a little after it was told to; stillness is believed after this many beats.
_STILL_BEATS = 8

Story = Callable[["Stage"], Iterator[Callable[[], bool]]]


class Stage:
    """What a story acts on. ``seen`` goes to the test as JSON, pictures to the folder ``SHOTS``."""

    def __init__(self) -> None:
        self.window = utils.iface.mainWindow()
        self.canvas = utils.iface.mapCanvas()
        self.home = Path(os.environ["LI_HOME"])
        self.seen: Dict[str, Any] = {}
        self.still_beats = 0

    @property
    def app(self):
        """The plugin's composition, to look at what cannot be seen on the screen."""
        return utils.plugins["land_inspector"]._app

    def widget(self, name: str) -> QWidget:
        found = self.window.findChild(QWidget, name)
        if found is None:
            raise LookupError(f"no widget {name}")
        return found

    def shot(self, name: str) -> None:
        """A picture of the whole screen, kept small."""
        folder = self.home / "shots"
        folder.mkdir(exist_ok=True)
        QApplication.processEvents()
        QApplication.primaryScreen().grabWindow(0).save(str(folder / f"{name}.png"))

    def is_still(self) -> bool:
        """The map is drawn and nothing runs."""
        busy = self.canvas.isDrawing() or self.app.jobs.running or QgsApplication.taskManager().activeTasks()
        self.still_beats = 0 if busy else self.still_beats + 1
        return self.still_beats > _STILL_BEATS


class _Director:
    def __init__(self, story: Story):
        self._stage = Stage()
        self._story = story(self._stage)
        self._condition: Callable[[], bool] = lambda: True
        self._waited = 0
        self._timer = QTimer()
        self._timer.setInterval(_BEAT_MS)
        self._timer.timeout.connect(self._beat)
        self._timer.start()

    def _beat(self) -> None:
        self._timer.stop()
        try:
            if self._condition():
                self._condition, self._waited = next(self._story), 0
                self._stage.still_beats = 0
            else:
                self._waited += 1
                if self._waited * _BEAT_MS > LONGEST_WAIT_S * 1000:
                    raise TimeoutError(f"waited in vain at line {self._innermost().gi_frame.f_lineno}")
            self._timer.start()
        except StopIteration:
            self._end()
        except Exception:  # the story must reach the test whatever goes wrong in here
            self._stage.seen["error"] = traceback.format_exc() + self._where_the_threads_are()
            self._stage.shot("error")
            self._end()

    def _innermost(self) -> Iterator[Callable[[], bool]]:
        """The part of the story that waits."""
        part = self._story
        while part.gi_yieldfrom is not None:
            part = part.gi_yieldfrom
        return part

    def _where_the_threads_are(self) -> str:
        """What is under way beside the window, and in which line; a wait in vain is often theirs."""
        path = self._stage.home / "threads.txt"
        with path.open("w", encoding="utf-8") as file:
            faulthandler.dump_traceback(file, all_threads=True)
        tasks = [f"{task.description()} {task.status()}" for task in QgsApplication.taskManager().tasks()]
        return "\n".join(["Tasks:", *tasks, path.read_text(encoding="utf-8")])

    def _end(self) -> None:
        (self._stage.home / "seen.json").write_text(json.dumps(self._stage.seen, ensure_ascii=False, default=str), encoding="utf-8")
        QgsProject.instance().setDirty(False)
        utils.iface.actionExit().trigger()


def let_go() -> None:
    """Let deleted objects really go."""
    for _ in range(5):
        QApplication.processEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def play(story: Story) -> None:
    """Start when QGIS has loaded its plugins."""
    QTimer.singleShot(500, lambda: setattr(utils, "_land_inspector_story", _Director(story)))
