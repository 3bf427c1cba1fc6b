"""Work beside the window: one function in a task, its result or its error handed back on the main thread.

QGIS's task manager can lose a task that waits for its turn: when another one has ended it takes from the queue whatever lies at
the address where the ended one's runnable lay, and a task started by the ended one's ``finished()`` may lie just there
(qgis/QGIS#53806). So nothing is handed back before the manager has tidied up, and what is lost all the same is begun anew. Of what has
ended without the manager's telling so the result is handed back all the same.
"""
from __future__ import annotations

import threading
import traceback
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, List, Mapping, Optional, Set

from qgis.core import (
    QgsApplication, QgsProcessing, QgsProcessingAlgRunnerTask, QgsProcessingAlgorithm, QgsProcessingContext,
    QgsProcessingFeedback, QgsProcessingOutputNumber, QgsProject, QgsTask,
)
from qgis.PyQt.QtCore import QElapsedTimer, QObject, QThreadPool, QTimer, pyqtBoundSignal, pyqtSignal
from qgis.PyQt.QtWidgets import QDialogButtonBox

from ...errors import Cancelled, InputError, Message
from ...i18n import tr
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
            _let_go_of_what_it_holds(error)
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


def _let_go_of_what_it_holds(error: BaseException) -> None:
    """Let what the failed functions had in hand go on the thread that made it: a layer that goes later, on another one, is deleted
    while its own thread is taken down, and QGIS falls. Where it failed can still be told."""
    one: Optional[BaseException] = error
    while one is not None:
        traceback.clear_frames(one.__traceback__)
        one = one.__cause__ or one.__context__


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


# Processing algorithms run from the desktop: in a task with progress and cancel, or in their own dialog.

PROVIDER = "land_inspector"
#: By these words a fault of the program is told from a mistake of the user in what an algorithm said.
TRACEBACK = "Traceback (most recent call last)"


@dataclass(frozen=True)
class Outcome:
    """How a job ended. ``results`` are the algorithm's outputs, ``counts`` those that are numbers, under their translated
    names; ``errors`` and ``said`` what it reported in words."""

    name: str
    title: str
    ok: bool
    cancelled: bool
    results: Mapping[str, Any] = field(default_factory=dict)
    errors: List[str] = field(default_factory=list)
    said: List[str] = field(default_factory=list)
    counts: Mapping[str, int] = field(default_factory=dict)


Ended = Callable[[Outcome], None]


class _Feedback(QgsProcessingFeedback):
    """Keeps what one run reports; it is shown when the run has ended."""

    def __init__(self) -> None:
        super().__init__(False)
        self.errors: List[str] = []
        self.said: List[str] = []

    def pushInfo(self, info: str) -> None:
        self.said.append(info)
        super().pushInfo(info)

    def reportError(self, error: str, fatalError: bool = False) -> None:
        self.errors.append(error)
        super().reportError(error, fatalError)


class Job:
    """One run. Task, algorithm, context and feedback stay together until it has ended: QGIS keeps none of them alive.

    A task that QGIS's manager has lost (see :mod:`.tasks`) is begun anew; ``ended`` comes once all the same.
    """

    def __init__(self, algorithm: QgsProcessingAlgorithm, parameters: Mapping[str, Any], title: str, ended: Ended,
                 progressed: pyqtBoundSignal):
        self.name, self.title = algorithm.name(), title
        self.context = QgsProcessingContext()
        self.context.setProject(QgsProject.instance())
        self.algorithm = algorithm
        self._parameters = dict(parameters)
        self._ended, self._progressed = ended, progressed
        self._age = QElapsedTimer()
        self._is_given_up = self._is_cancelled = False

    def begin(self) -> None:
        """Give the algorithm to QGIS's task manager; what was cancelled before ends here."""
        if self._is_cancelled:
            self._end(False, True, {})
            return
        self._is_given_up = False
        self.feedback = _Feedback()
        self.feedback.progressChanged.connect(self._progressed)
        self.task = QgsProcessingAlgRunnerTask(self.algorithm, self._parameters, self.context, self.feedback)
        self.task.executed.connect(self._executed)
        self._age.start()
        QgsApplication.taskManager().addTask(self.task)

    def cancel(self) -> None:
        """Ask the algorithm to stop, or not to begin; it ends when it next looks."""
        self._is_cancelled = True
        self._stop()

    def begin_anew_if_lost(self) -> None:
        """The lost task is ended first: should it have begun just now all the same, its successor waits until it has stopped."""
        if not self._is_given_up and is_lost(self.task, self._age) and has_a_free_thread():
            self._is_given_up = True
            self._stop()

    def _stop(self) -> None:
        self.feedback.cancel()
        self.task.cancel()

    def _executed(self, ok: bool, results: Dict[str, Any]) -> None:
        if self._is_given_up and not ok:
            QTimer.singleShot(0, self.begin)
            return
        self._end(ok, self.task.isCanceled() and not self.feedback.errors, results)

    def _end(self, ok: bool, cancelled: bool, results: Dict[str, Any]) -> None:
        self._ended(Outcome(self.name, self.title, ok and not cancelled, cancelled, dict(results), self.feedback.errors,
                            self.feedback.said, _counts(self.algorithm, results)))


class Jobs(QObject):
    """Runs one job after the other's start; the dock shows the newest. Nothing runs twice at the same time."""

    started = pyqtSignal(str)
    progressed = pyqtSignal(float)
    ended = pyqtSignal(object)

    def __init__(self, parent: Optional[QObject] = None):
        super().__init__(parent)
        self._job: Optional[Job] = None
        self._watch = QTimer(self)
        self._watch.setInterval(LOOK_MS)
        self._watch.timeout.connect(self._look_for_lost)
        self._dialogs: List[QObject] = []

    @property
    def running(self) -> bool:
        """Whether an algorithm runs now; there is one at a time."""
        return self._job is not None

    def run(self, name: str, parameters: Mapping[str, Any], title: str) -> None:
        """Run an algorithm of ours in the background. Raises InputError for parameters it does not take."""
        if self._job is not None:
            raise InputError("{title} is still running.", "Wait until it has ended, or cancel it.", title=self._job.title)
        algorithm = algorithm_named(name)
        parameters = {**_temporary_outputs(algorithm), **parameters}
        job = Job(algorithm, parameters, title, self._end, self.progressed)
        fine, reason = algorithm.checkParameterValues(parameters, job.context)
        if not fine:
            raise InputError("{title} cannot start: {reason}", title=title, reason=reason)
        self._job = job
        self.started.emit(title)
        self._watch.start()
        job.begin()

    def _look_for_lost(self) -> None:
        if self._job is not None:
            self._job.begin_anew_if_lost()

    def _end(self, outcome: Outcome) -> None:
        """From the event loop: QGIS's task manager tidies up first, or it could lose what is begun then (see :mod:`.tasks`)."""
        QTimer.singleShot(0, lambda: self._tell(outcome))

    def _tell(self, outcome: Outcome) -> None:
        self._job = None
        self._watch.stop()
        self.ended.emit(outcome)

    def cancel(self) -> None:
        """Ask what runs, if anything, to stop."""
        if self._job is not None:
            self._job.cancel()

    def open_dialog(self, name: str, parameters: Mapping[str, Any], title: str) -> None:
        """The algorithm's own dialog, filled in as far as we know; the window stays usable beside it."""
        import processing  # comes with QGIS's own plugin, which may load after this one

        algorithm = algorithm_named(name)
        known = {key: value for key, value in parameters.items() if algorithm.parameterDefinition(key) is not None}
        dialog = processing.createAlgorithmDialog(algorithm, known)
        dialog.algorithmFinished.connect(lambda ok, results: self._end_dialog(_of_dialog(dialog, algorithm, title, ok, results)))
        dialog.destroyed.connect(lambda: self._dialogs.remove(dialog) if dialog in self._dialogs else None)
        self._dialogs.append(dialog)
        for foot in dialog.findChildren(QDialogButtonBox):  # Qt's own words for them are English where it brings no translation
            for which, words in ((QDialogButtonBox.StandardButton.Close, tr("Close")), (QDialogButtonBox.StandardButton.Help, tr("Help"))):
                if foot.button(which) is not None:
                    foot.button(which).setText(words)
        dialog.show()

    def _end_dialog(self, outcome: Outcome) -> None:
        QTimer.singleShot(0, lambda: self.ended.emit(outcome))

    def stop(self) -> None:
        """Cancel what runs and close what is open; nothing is reported any more."""
        self.cancel()
        self._job = None
        self._watch.stop()
        self.blockSignals(True)
        for dialog in list(self._dialogs):
            dialog.close()
        self._dialogs.clear()


def _of_dialog(dialog: Any, algorithm: QgsProcessingAlgorithm, title: str, ok: bool, results: Mapping[str, Any]) -> Outcome:
    """What happened in an algorithm's own dialog; the reason of a failure is read from what stands in its log."""
    feedback = getattr(dialog, "feedback", None)
    cancelled = not ok and feedback is not None and feedback.isCanceled()
    errors = [] if ok or cancelled else reasons_in(feedback.textLog() if feedback is not None else "")
    return Outcome(algorithm.name(), title, ok, cancelled, dict(results), errors, counts=_counts(algorithm, results))


def reasons_in(log: str) -> List[str]:
    """Why an algorithm failed, from the text of its log: all of it where Python stopped in it, else its last sentence."""
    if TRACEBACK in log:
        return [log]
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    # the very last line is Processing's own: how long it took to fail
    return lines[-2:-1] or [tr("Its own window says why.")]


def _counts(algorithm: QgsProcessingAlgorithm, results: Mapping[str, Any]) -> Dict[str, int]:
    numbers = [output for output in algorithm.outputDefinitions() if isinstance(output, QgsProcessingOutputNumber)]
    return {output.description(): int(results[output.name()]) for output in numbers if results.get(output.name()) is not None}


def _temporary_outputs(algorithm: QgsProcessingAlgorithm) -> Dict[str, str]:
    """Reports that nobody named a file for go to QGIS's temporary folder."""
    return {parameter.name(): QgsProcessing.TEMPORARY_OUTPUT for parameter in algorithm.destinationParameterDefinitions()}


def algorithm_named(name: str) -> QgsProcessingAlgorithm:
    """A fresh instance. Raises InputError where Processing does not know it."""
    algorithm = QgsApplication.processingRegistry().createAlgorithmById(f"{PROVIDER}:{name}")
    if algorithm is None:
        raise InputError("The tool {name} is not there.", "Switch the Processing plugin on and start QGIS again.", name=name)
    return algorithm
