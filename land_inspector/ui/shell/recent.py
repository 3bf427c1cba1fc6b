"""The registers opened lately, the newest first, in QGIS's own settings."""
from __future__ import annotations

from pathlib import Path
from typing import List

from ...settings import HEADING
from .settings_lists import store_texts, stored_texts

_KEY = f"{HEADING}/recent_registers"
MOST = 8


def recent_registers() -> List[Path]:
    """Those that are still there."""
    return [Path(text) for text in stored_texts(_KEY)[:MOST] if Path(text).is_file()]


def remember_register(path: Path) -> None:
    others = [known for known in recent_registers() if known != path]
    store_texts(_KEY, [str(known) for known in [path, *others][:MOST]])
