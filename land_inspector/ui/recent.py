"""The registers opened lately, the newest first, in QGIS's own settings."""
from __future__ import annotations

from pathlib import Path
from typing import List

from qgis.core import QgsSettings

from ..settings import HEADING

_KEY = f"{HEADING}/recent_registers"
MOST = 8


def recent_registers() -> List[Path]:
    """Those that are still there."""
    stored = QgsSettings().value(_KEY, [], list) or []
    return [Path(text) for text in stored if Path(text).is_file()]


def remember_register(path: Path) -> None:
    others = [known for known in recent_registers() if known != path]
    QgsSettings().setValue(_KEY, [str(known) for known in [path, *others][:MOST]])
