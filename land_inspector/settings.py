"""What the plugin remembers of a user between sessions, in QGIS's own settings under one heading; which places last and which do not."""
from __future__ import annotations

import getpass
import os
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, List, Sequence

from qgis.core import QgsApplication, QgsProcessingUtils, QgsSettings
from qgis.PyQt.QtCore import QDir, QStandardPaths

HEADING = "land_inspector"


@dataclass
class Settings:
    """Every setting with its default; an empty ``actor`` stands for the login name.

    ``area_method`` is ``ellipsoidal`` or ``planar``. ``papers_folder`` is where papers of cases are written, ``templates_folder`` the
    office's own templates of them; empty for the usual place and for the neutral forms.
    """

    actor: str = ""
    area_method: str = "ellipsoidal"
    papers_folder: str = ""
    templates_folder: str = ""

    @classmethod
    def load(cls) -> Settings:
        """What QgsSettings keep; the default for what was never set."""
        stored = QgsSettings()
        return cls(**{f.name: _read(stored, f.name, f.default) for f in fields(cls)})

    def save(self) -> None:
        """Keep every setting in QgsSettings."""
        stored = QgsSettings()
        for f in fields(self):
            stored.setValue(f"{HEADING}/{f.name}", getattr(self, f.name))

    @property
    def acting_as(self) -> str:
        """The name under which events are recorded."""
        return self.actor or getpass.getuser()


def origins_file() -> Path:
    """Where this installation's origins are kept: in the user's profile (architecture.md §1)."""
    return Path(QgsApplication.qgisSettingsDirPath()) / HEADING / "origins.json"


def is_lost_with_qgis(path: Path) -> bool:
    """Whether QGIS itself empties the folder when it quits: Processing's folder for temporary results."""
    return _is_inside(path, Path(QgsProcessingUtils.tempFolder()))


def is_temporary(path: Path) -> bool:
    """Whether a file here goes sooner or later without anybody's doing: QGIS's temporary folder or the computer's."""
    return is_lost_with_qgis(path) or _is_inside(path, Path(QDir.tempPath()))


def _is_inside(path: Path, folder: Path) -> bool:
    inner, outer = (os.path.normcase(os.path.realpath(str(place))) for place in (path, folder))
    return os.path.join(inner, "").startswith(os.path.join(outer, ""))


def usual_folder() -> Path:
    """Where a new register is put unless the user says otherwise: their documents, else their home."""
    documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    return Path(documents) if documents and Path(documents).is_dir() else Path.home()


def _read(stored: QgsSettings, name: str, default: Any) -> Any:
    return stored.value(f"{HEADING}/{name}", default, type(default))


def stored_texts(key: str) -> List[str]:
    """The list under ``key``. A settings file writes a list of one as a plain text, which Qt then reads letter by letter."""
    raw = QgsSettings().value(key, None)
    if isinstance(raw, str):
        return [raw] if raw else []
    return [text for text in raw if isinstance(text, str)] if isinstance(raw, (list, tuple)) else []


def store_texts(key: str, texts: Sequence[str]) -> None:
    """Keep these texts, in their order, under a key of QgsSettings."""
    QgsSettings().setValue(key, list(texts))
