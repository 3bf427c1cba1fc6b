"""Lines in QGIS's log panel, under the plugin's own tab."""
from __future__ import annotations

from qgis.core import Qgis, QgsMessageLog

from .errors import Message
from .i18n import say

TAB = "Land Inspector"


def info(text: Message) -> None:
    """A line in the plugin's tab of the message log; nobody is notified."""
    QgsMessageLog.logMessage(say(text), TAB, Qgis.MessageLevel.Info, notifyUser=False)


def warning(text: Message) -> None:
    """A warning in the plugin's tab of the message log; QGIS notifies the user of it."""
    QgsMessageLog.logMessage(say(text), TAB, Qgis.MessageLevel.Warning)


def bug(trace: str) -> None:
    """A traceback of something that should not have happened; stays untranslated so that it can be reported."""
    QgsMessageLog.logMessage(trace, TAB, Qgis.MessageLevel.Critical)
