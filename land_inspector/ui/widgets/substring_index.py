"""Looking for a text in fifty thousand others at once: one long string, and where in it each of them begins."""
from __future__ import annotations

from typing import Optional, Tuple

import numpy as np

#: Stands between two parcels' texts; nobody types it.
_BETWEEN = "\x1f"


class SubstringIndex:
    """Texts in lower case. One long remark makes a fixed-width array of all of them hundreds of megabytes; this does not."""

    def __init__(self, texts: np.ndarray):
        """``texts`` is an object array of strings, one a row."""
        self.texts: np.ndarray = np.array([text.lower() for text in texts], dtype=object)
        self._joined: Optional[Tuple[str, np.ndarray]] = None

    def replaced(self, rows: np.ndarray, fresh: np.ndarray) -> "SubstringIndex":
        """The same with other texts in some rows; ``fresh`` are in lower case."""
        other = SubstringIndex.__new__(SubstringIndex)
        other.texts, other._joined = self.texts.copy(), None
        other.texts[rows] = fresh
        return other

    def holding(self, needle: str) -> np.ndarray:
        """A mask of the rows whose text holds ``needle``, which is in lower case; every row holds ''."""
        found = np.zeros(len(self.texts), dtype=bool)
        text, ends = self._whole()
        place = text.find(needle)
        while place >= 0:
            row = int(np.searchsorted(ends, place, side="right"))
            if row >= len(ends):
                break
            found[row] = True
            place = text.find(needle, int(ends[row]))
        return found

    def _whole(self) -> Tuple[str, np.ndarray]:
        """All texts in one, and the place after each of them; put together when it is first asked for."""
        if self._joined is None:
            lengths = np.fromiter((len(text) + 1 for text in self.texts), dtype=np.int64, count=len(self.texts))
            self._joined = _BETWEEN.join([*self.texts, ""]), np.cumsum(lengths)
        return self._joined
