"""What every algorithm of the plugin shares: its group, its words, its progress, its errors, the register it opens.

An algorithm declares parameters and makes one call; all that it can do, a script can do with the same call. Each opens
the register for itself, so it runs in any thread; layers are looked up in :meth:`prepareAlgorithm`, on the thread that
owns them.
"""
from __future__ import annotations

import time
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Dict, Iterable, Iterator, Optional

from qgis.core import QgsApplication, QgsProcessingAlgorithm, QgsProcessingContext, QgsProcessingException, QgsProcessingFeedback
from qgis.PyQt.QtGui import QIcon

from ..errors import LandInspectorError, Message
from ..i18n import say, tr
from ..progress import Progress
from ..register.origins import OriginBook
from ..register.register import Register
from ..settings import Settings

ICON = Path(__file__).parents[1] / "resources" / "icons" / "land_inspector.svg"
_SHORTEST_PAUSE_S = 0.1

Results = Dict[str, Any]


class FeedbackProgress(Progress):
    """Progress shown by Processing, wherever it runs: tool window, model, job runner, qgis_process."""

    def __init__(self, feedback: QgsProcessingFeedback):
        self._feedback = feedback
        self._doing = ""
        self._shown_at = 0.0

    def show(self, fraction: float, text: Optional[Message] = None) -> None:
        """A call for every row is welcome: the window is told ten times a second at most, and of each new task at once."""
        now = time.monotonic()
        if text is not None and text.template != self._doing:
            self._feedback.setProgressText(say(text))
            self._doing = text.template
        elif now - self._shown_at < _SHORTEST_PAUSE_S and fraction < 1.0:
            return
        self._feedback.setProgress(100.0 * fraction)
        self._shown_at = now

    def is_cancelled(self) -> bool:
        return self._feedback.isCanceled()


class RegisterAlgorithm(QgsProcessingAlgorithm):
    """Base of all; ``NAME`` is the id that scripts use and is never translated. A subclass says :meth:`work`."""

    NAME = ""

    def name(self) -> str:
        return self.NAME

    def group(self) -> str:
        return tr("Register")

    def groupId(self) -> str:
        return "register"

    def icon(self) -> QIcon:
        return QIcon(str(ICON))

    def createInstance(self) -> "RegisterAlgorithm":
        return type(self)()

    def prepareAlgorithm(self, parameters: Dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> bool:
        """Look up layers here, while we are on their thread."""
        with errors_told():
            self.look_up(parameters, context)
        return True

    def look_up(self, parameters: Dict[str, Any], context: QgsProcessingContext) -> None:
        """Take from the project what :meth:`work` will need; the project must not be touched there."""

    def processAlgorithm(self, parameters: Dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> Results:
        with errors_told():
            return self.work(parameters, context, FeedbackProgress(feedback), feedback)

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        """The call this algorithm stands for; may raise any LandInspectorError."""
        raise NotImplementedError(self.NAME)

    def text(self, parameters: Dict[str, Any], name: str, context: QgsProcessingContext) -> str:
        """A text parameter without blanks around it; empty where nothing was given."""
        return (self.parameterAsString(parameters, name, context) or "").strip()

    def crs_text(self, parameters: Dict[str, Any], name: str, context: QgsProcessingContext) -> Optional[str]:
        """A CRS parameter as ``EPSG:4528`` or WKT; None where nothing was given."""
        crs = self.parameterAsCrs(parameters, name, context)
        return (crs.authid() or crs.toWkt()) if crs.isValid() else None

    def acting_as(self, parameters: Dict[str, Any], context: QgsProcessingContext) -> str:
        """Who acts: BY where it is given, else the name in the settings, else the login name."""
        given = self.text(parameters, "BY", context) if self.parameterDefinition("BY") else ""
        return given or Settings.load().acting_as

    def open_register(self, parameters: Dict[str, Any], context: QgsProcessingContext) -> Register:
        return Register.open(register_path(self.text(parameters, "REGISTER", context)), origins=origin_book())


def register_path(text: str) -> Path:
    """The file of a register given as a path or as the source of one of its layers."""
    return Path(text.split("|")[0])


def origin_book() -> OriginBook:
    """This installation's origins, kept in the user's profile (architecture.md §1)."""
    return OriginBook(Path(QgsApplication.qgisSettingsDirPath()) / "land_inspector" / "origins.json")


@contextmanager
def errors_told() -> Iterator[None]:
    """Errors of ours leave as Processing's own kind, with the remedy, in the user's language."""
    try:
        yield
    except LandInspectorError as error:
        raise QgsProcessingException(told(error)) from error


def told(error: LandInspectorError) -> str:
    return " ".join(part for part in (say(error.message), say(error.remedy) if error.remedy.template else "") if part)


def warn_of(feedback: QgsProcessingFeedback, texts: Iterable[Message], most: int = 50) -> None:
    """Lines in the log of the run; a report holds the rest."""
    for text in list(texts)[:most]:
        feedback.pushWarning(say(text))
