"""A kept file shown with the program that this computer has for it: only of a kind that does nothing by itself, and only after asking."""
from __future__ import annotations

from pathlib import Path

from qgis.PyQt.QtCore import QUrl
from qgis.PyQt.QtGui import QDesktopServices

from ...i18n import tr
from ...register.records import shown_name
from .dialogs import Dialogs, Question
from .messages import Messages

#: Pictures, and documents that hold no program; whatever else a file is called, its last ending decides.
HARMLESS = frozenset({".pdf", ".ofd", ".jpg", ".jpeg", ".png", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".heic", ".txt", ".docx", ".xlsx",
                      ".odt", ".ods", ".csv"})


def open_kept(path: Path, asking: Dialogs, messages: Messages) -> None:
    """Ask, then hand ``path`` to the computer; a kind of file that can run is never opened, the message says where it lies."""
    name = shown_name(path.name)
    if path.suffix.lower() not in HARMLESS or not path.is_file():
        messages.warn(tr("{file} is not of a kind that is opened from here: such files can do harm. It lies in {folder}.", file=name,
                         folder=str(path.parent)))
    elif asking.agreed(Question(tr("Open {file} with the program that this computer has for it?", file=name), tr("Open it"))):
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))
