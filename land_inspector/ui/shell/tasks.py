"""Work beside the window: one function in a task, its result or its error handed back on the main thread.

QGIS's task manager can lose a task that waits for its turn: when another one has ended it takes from the queue whatever lies at
the address where the ended one's runnable lay, and a task started by the ended one's ``finished()`` may lie just there
(qgis/QGIS#53806). So nothing is handed back before the manager has tidied up, and what is lost all the same is begun anew. Of what has
ended without the manager's telling so the result is handed back all the same.
"""
from __future__ import annotations

import threading
from typing import Any, Callable, Optional, Set

from qgis.core import QgsApplication, QgsTask
from qgis.PyQt.QtCore import QElapsedTimer, QObject, QThreadPool, QTimer, pyqtSignal

from ...errors import Cancelled, Message
from ...progress import Progress

Function = Callable[[Progress], Any]
Done = Callable[[Any], None]
Failed = Callable[[BaseException], None]

#: A task that has waited for so long, though there was a thread for it, is lost.
LOST_MS = 1000
LOOK_MS = 500


def is_lost(task: QgsTask, age: QElapsedTimer) -> bool:
    """Whether the manager forgot a task handed to it when ``age`` began: not begun, though there was a thread for it all the time."""
    return task.status() == QgsTask.TaskStatus.Queued and age.hasExpired(LOST_MS)


def thread_pool() -> QThreadPool:
    """Where QGIS's task manager runs tasks: newer ones (3.40) keep a pool of their own."""
    manager = QgsApplication.taskManager()
    return manager.threadPool() if hasattr(manager, "threadPool") else QThreadPool.globalInstance()


def has_a_free_thread() -> bool:
    """While every thread is taken, to wait is no wonder."""
    tasks = QgsApplication.taskManager().activeTasks()
    running = sum(task.status() == QgsTask.TaskStatus.Running for task in tasks)
    return running < thread_pool().maxThreadCount()


class TaskProgress(Progress):
    """A task's progress bar and cancel button."""

    def __init__(self, task: QgsTask):
        self._task = task

    def show(self, fraction: float, text: Optional[Message] = None) -> None:
        self._task.setProgress(100.0 * fraction)

    def is_cancelled(self) -> bool:
        return self._task.isCanceled()


class Attempt(QgsTask):
    """Runs ``function(progress)`` if nobody has claimed it before: what was given up as lost can never run beside its successor."""

    def __init__(self, title: str, function: Function, ended: Callable[["Attempt", bool], None], writes: bool):
        flags = QgsTask.Flag.CanCancel
        super().__init__(title, flags if writes else flags | QgsTask.Flag.CancelWithoutPrompt)
        self._function, self._ended = function, ended
        self._turn = threading.Lock()
        self._age = QElapsedTimer()
        self._age.start()
        self.result: Any = None
        self.error: Optional[BaseException] = None
        self._ran: Optional[bool] = None
        self._looks = 0

    def claim(self) -> bool:
        """True for the first who asks, on whatever thread."""
        return self._turn.acquire(blocking=False)

    def seems_lost(self) -> bool:
        """Whether it has not begun, long after it should have."""
        return not self._turn.locked() and is_lost(self, self._age)  # of one that ran the manager may have deleted the better half

    def run(self) -> bool:
        if not self.claim():
            return False
        try:
            self.result = self._function(TaskProgress(self))
        except Exception as error:  # an exception that leaves run() aborts QGIS; finished() shows it
            self.error = error
        self._ran = self.error is None
        return self._ran

    def finished(self, result: bool) -> None:
        self._ended(self, result)

    def tell_if_forgotten(self) -> None:
        """End what ran to its end, though the manager said nothing of it until the third look."""
        if self._ran is not None:
            self._looks += 1
            if self._looks > 2:
                self._ended(self, self._ran)


class Work(QObject):
    """One function, which must touch no QObject and open its own register; ``ended(work, then)`` comes once, and ``then()`` hands
    over the result or the error."""

    progressChanged = pyqtSignal(float)

    def __init__(self, title: str, function: Function, done: Done, failed: Failed, writes: bool,
                 ended: Callable[["Work", Callable[[], None]], None]):
        super().__init__()
        self._title, self._function, self._writes = title, function, writes
        self._done, self._failed, self._ended = done, failed, ended
        self._attempt: Optional[Attempt] = None
        self._is_cancelled = False

    def begin(self) -> None:
        """Give the function to QGIS's task manager; what was cancelled before ends here."""
        if self._is_cancelled:
            self._end(Cancelled())
            return
        self._attempt = Attempt(self._title, self._function, self._on_ended, self._writes)
        self._attempt.progressChanged.connect(self.progressChanged)
        QgsApplication.taskManager().addTask(self._attempt)

    def cancel(self) -> None:
        """Ask the function to stop, or not to begin; ``ended`` comes in either case."""
        self._is_cancelled = True
        if self._attempt is not None:
            self._attempt.cancel()

    def tell_if_forgotten(self) -> None:
        """Hand over what has ended without a word."""
        if self._attempt is not None:
            self._attempt.tell_if_forgotten()

    def begin_anew_if_lost(self) -> None:
        """The lost attempt is tidied away first, or the manager would lose the next one as well."""
        lost = self._attempt
        if lost is not None and lost.seems_lost() and lost.claim():
            self._attempt = None
            lost.cancel()
            QTimer.singleShot(0, self.begin)

    def _on_ended(self, attempt: Attempt, result: bool) -> None:
        if attempt is not self._attempt:
            return  # given up
        self._attempt = None
        if result:
            self._ended(self, lambda: self._done(attempt.result))
        else:
            self._end(attempt.error or Cancelled())

    def _end(self, error: BaseException) -> None:
        self._ended(self, lambda: self._failed(error))


class Worker:
    """Starts work and keeps it alive until it has ended; after :meth:`stop` nothing is handed back any more."""

    def __init__(self) -> None:
        self._running: Set[Work] = set()
        self._stopped = False
        self._watch = QTimer()
        self._watch.setInterval(LOOK_MS)
        self._watch.timeout.connect(self._look_for_lost)

    def start(self, title: str, function: Function, done: Done, failed: Failed, writes: bool = False) -> Work:
        """``writes``: whoever closes QGIS meanwhile is asked first; a mere reading ends without a question."""
        work = Work(title, function, done, failed, writes, self._end)
        self._running.add(work)
        self._watch.start()
        work.begin()
        return work

    def _end(self, work: Work, then: Callable[[], None]) -> None:
        """From the event loop: the manager has not yet tidied up, and what comes then may start more work."""
        QTimer.singleShot(0, lambda: self._hand_over(work, then))

    def _hand_over(self, work: Work, then: Callable[[], None]) -> None:
        self._running.discard(work)
        if not self._running:
            self._watch.stop()
        if not self._stopped:
            then()

    def _look_for_lost(self) -> None:
        for work in list(self._running):
            work.tell_if_forgotten()
        if has_a_free_thread():
            for work in list(self._running):
                work.begin_anew_if_lost()

    def stop(self) -> None:
        """Ask all that runs to stop; from now on nothing more is begun."""
        self._stopped = True
        self._watch.stop()
        for work in list(self._running):
            work.cancel()
