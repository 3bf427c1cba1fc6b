"""Lists of texts in QGIS's settings, read so that whatever stands there does no harm."""
from __future__ import annotations

from typing import List, Sequence

from qgis.core import QgsSettings


def stored_texts(key: str) -> List[str]:
    """The list under ``key``. A settings file writes a list of one as a plain text, which Qt then reads letter by letter."""
    raw = QgsSettings().value(key, None)
    if isinstance(raw, str):
        return [raw] if raw else []
    return [text for text in raw if isinstance(text, str)] if isinstance(raw, (list, tuple)) else []


def store_texts(key: str, texts: Sequence[str]) -> None:
    QgsSettings().setValue(key, list(texts))
