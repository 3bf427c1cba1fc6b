"""Progress, errors and the common shape of algorithms, for those that need no register (and no shapely)."""
from __future__ import annotations

import time
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Tuple

from qgis.core import QgsProcessingAlgorithm, QgsProcessingContext, QgsProcessingException, QgsProcessingFeedback
from qgis.PyQt.QtGui import QIcon

from ..errors import LandInspectorError, Message, message
from ..i18n import manual_page, say
from ..progress import Progress
from .outputs import input_files, refuse_harm, refuse_nonsense

ICON = Path(__file__).parents[1] / "resources" / "icons" / "land_inspector.svg"
SHORTEST_PAUSE_S = 0.1

Parameters = Dict[str, Any]
Results = Dict[str, Any]


class FeedbackProgress(Progress):
    """Progress shown by Processing, wherever it runs: tool window, model, job runner, qgis_process."""

    def __init__(self, feedback: QgsProcessingFeedback):
        self._feedback = feedback
        self._doing: Optional[Message] = None
        self._shown_at = 0.0

    def show(self, fraction: float, text: Optional[Message] = None) -> None:
        """A call for every row is welcome: the window is told ten times a second at most, and of each new task at once."""
        now = time.monotonic()
        if text is not None and text != self._doing:
            self._feedback.setProgressText(say(text))
            self._doing = text
        elif now - self._shown_at < SHORTEST_PAUSE_S and fraction < 1.0:
            return
        self._feedback.setProgress(100.0 * fraction)
        self._shown_at = now

    def is_cancelled(self) -> bool:
        return self._feedback.isCanceled()


@contextmanager
def errors_told() -> Iterator[None]:
    """Errors of ours leave as Processing's own kind, with the remedy, in the user's language."""
    try:
        yield
    except LandInspectorError as error:
        raise QgsProcessingException(told(error)) from error


def told(error: LandInspectorError) -> str:
    """What went wrong and, where there is one, the remedy, in the user's language."""
    return " ".join(part for part in (say(error.message), say(error.remedy) if error.remedy.template else "") if part)


#: The groups of the toolbox by their id.
GROUPS = {"measuring": message("Measuring"), "register": message("Register"), "patrol": message("Patrol"),
          "changes": message("Own patches")}


class LandInspectorAlgorithm(QgsProcessingAlgorithm):
    """``NAME`` is the id that scripts use and is never translated, ``GROUP`` one of :data:`GROUPS`. A subclass says :meth:`work`."""

    NAME = ""
    GROUP = "measuring"
    #: Files that the run reads; nothing may be written over them.
    inputs: List[Path] = []

    def name(self) -> str:
        return self.NAME

    def group(self) -> str:
        return say(GROUPS[self.GROUP])

    def groupId(self) -> str:
        return self.GROUP

    def helpUrl(self) -> str:
        """Its place on the manual's page of algorithms; without a network."""
        page = manual_page("algorithms")
        return f"{page.as_uri()}#{self.NAME}" if page is not None else ""

    def icon(self) -> QIcon:
        return QIcon(str(ICON))

    def createInstance(self) -> "LandInspectorAlgorithm":
        return type(self)()

    def prepareAlgorithm(self, parameters: Parameters, context: QgsProcessingContext,
                         feedback: QgsProcessingFeedback) -> bool:
        """Look up layers here, while we are on their thread; outputs that would do harm are refused before anything is opened."""
        with errors_told():
            refuse_nonsense(self, parameters, context)
            refuse_harm(self, parameters, context)
            self.inputs = input_files(self, parameters, context)
            self.look_up(parameters, context)
        return True

    def checkParameterValues(self, parameters: Parameters, context: QgsProcessingContext) -> Tuple[bool, str]:
        """What QGIS checks, and in the dialog already that no output would replace a register or an input."""
        fine, reason = super().checkParameterValues(parameters, context)
        if fine:
            try:
                refuse_nonsense(self, parameters, context)
                refuse_harm(self, parameters, context)
            except LandInspectorError as error:
                return False, told(error)
        return fine, reason

    def look_up(self, parameters: Parameters, context: QgsProcessingContext) -> None:
        """Take from the project what :meth:`work` will need; the project must not be touched there."""

    def processAlgorithm(self, parameters: Parameters, context: QgsProcessingContext,
                         feedback: QgsProcessingFeedback) -> Results:
        with errors_told():
            return self.work(parameters, context, FeedbackProgress(feedback), feedback)

    def work(self, parameters: Parameters, context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        """The call this algorithm stands for; may raise any LandInspectorError."""
        raise NotImplementedError(self.NAME)
