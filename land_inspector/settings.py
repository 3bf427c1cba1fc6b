"""What the plugin remembers of a user between sessions, in QGIS's own settings under one heading."""
from __future__ import annotations

import getpass
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from qgis.core import QgsApplication, QgsSettings

HEADING = "land_inspector"


@dataclass
class Settings:
    """Every setting with its default; an empty ``actor`` stands for the login name.

    ``area_method`` is ``ellipsoidal`` or ``planar``.
    """

    actor: str = ""
    area_method: str = "ellipsoidal"

    @classmethod
    def load(cls) -> Settings:
        stored = QgsSettings()
        return cls(**{f.name: _read(stored, f.name, f.default) for f in fields(cls)})

    def save(self) -> None:
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


def _read(stored: QgsSettings, name: str, default: Any) -> Any:
    return stored.value(f"{HEADING}/{name}", default, type(default))
