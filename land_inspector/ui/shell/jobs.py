"""Processing algorithms run from the desktop: in a task with progress and cancel, or in their own dialog."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Callable, Dict, List, Mapping, Optional

from qgis.core import (
    QgsApplication,
    QgsProcessing,
    QgsProcessingAlgorithm,
    QgsProcessingAlgRunnerTask,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProject,
)
from qgis.PyQt.QtCore import QElapsedTimer, QObject, QTimer, pyqtBoundSignal, pyqtSignal
from qgis.PyQt.QtWidgets import QDialogButtonBox

from ...errors import InputError
from ...i18n import tr
from .tasks import LOOK_MS, has_a_free_thread, is_lost

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
