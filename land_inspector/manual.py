"""Where the pages of the manual lie: made from ``docs/manual`` by ``tools/manual.py``, one folder a language, opened without a network."""
from __future__ import annotations

from pathlib import Path
from typing import Optional

PAGES = Path(__file__).parent / "resources" / "manual"
FIRST = "first-county"
ALGORITHMS = "algorithms"


def page_file(page: str, language: str) -> Optional[Path]:
    """The page in ``zh`` or ``en``; None where the manual was not built (a source folder without ``make``)."""
    file = PAGES / language / f"{page}.html"
    return file if file.is_file() else None
