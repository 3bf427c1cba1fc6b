"""Work beside the window: one function in a task, its result or its error handed back on the main thread."""
from __future__ import annotations

from typing import Any, Callable, Optional, Set

from qgis.core import QgsApplication, QgsTask

from ...errors import Cancelled, Message
from ...progress import Progress

Function = Callable[[Progress], Any]
Done = Callable[[Any], None]
Failed = Callable[[BaseException], None]


class TaskProgress(Progress):
    """A task's progress bar and cancel button."""

    def __init__(self, task: QgsTask):
        self._task = task

    def show(self, fraction: float, text: Optional[Message] = None) -> None:
        self._task.setProgress(100.0 * fraction)

    def is_cancelled(self) -> bool:
        return self._task.isCanceled()


class Work(QgsTask):
    """Runs ``function(progress)``, which must touch no QObject and open its own register."""

    def __init__(self, title: str, function: Function, done: Done, failed: Failed, writes: bool):
        flags = QgsTask.Flag.CanCancel
        super().__init__(title, flags if writes else flags | QgsTask.Flag.CancelWithoutPrompt)
        self._function, self._done, self._failed = function, done, failed
        self._result: Any = None
        self._error: Optional[BaseException] = None

    def run(self) -> bool:
        try:
            self._result = self._function(TaskProgress(self))
        except Exception as error:  # an exception that leaves run() aborts QGIS; finished() shows it
            self._error = error
            return False
        return True

    def finished(self, result: bool) -> None:
        if result:
            self._done(self._result)
        else:
            self._failed(self._error or Cancelled())


class Worker:
    """Starts work and keeps it alive until it has ended; after :meth:`stop` nothing is handed back any more."""

    def __init__(self) -> None:
        self._running: Set[Work] = set()
        self._stopped = False

    def start(self, title: str, function: Function, done: Done, failed: Failed, writes: bool = False) -> Work:
        """``writes``: whoever closes QGIS meanwhile is asked first; a mere reading ends without a question."""
        work = Work(title, function, lambda result: self._end(work, done, result), lambda error: self._end(work, failed, error), writes)
        self._running.add(work)
        QgsApplication.taskManager().addTask(work)
        return work

    def _end(self, work: Work, then: Callable[[Any], None], value: Any) -> None:
        self._running.discard(work)
        if not self._stopped:
            then(value)

    def stop(self) -> None:
        self._stopped = True
        for work in list(self._running):
            work.cancel()
