"""How long work reports itself and can be stopped, without knowing QGIS.

Processing hands in an adapter over QgsProcessingFeedback; tests and scripts use this class as it is.
"""
from __future__ import annotations

from typing import Iterator, Optional, Sequence, TypeVar

from .errors import Cancelled, Message

Item = TypeVar("Item")


class Progress:
    """Silent progress that never cancels; subclasses override :meth:`show` and :meth:`is_cancelled`."""

    def show(self, fraction: float, text: Optional[Message] = None) -> None:
        """``fraction`` of the whole work done, 0 … 1, and what is being done now."""

    def is_cancelled(self) -> bool:
        """Whether the user asked to stop; here never."""
        return False

    def step(self, fraction: float, text: Optional[Message] = None) -> None:
        """Report and stop here (raising :class:`Cancelled`) if the user asked for it."""
        if self.is_cancelled():
            raise Cancelled()
        self.show(fraction, text)

    def watch(self, items: Sequence[Item], start: float = 0.0, end: float = 1.0) -> Iterator[Item]:
        """The items, with a look at cancel and a report every few hundred of them."""
        for number, item in enumerate(items):
            if number % 500 == 0:
                self.step(start + (end - start) * number / len(items))
            yield item

    def part(self, start: float, end: float) -> "Progress":
        """A progress whose 0 … 1 is this one's ``start`` … ``end``."""
        return _Part(self, start, end)


class _Part(Progress):
    def __init__(self, whole: Progress, start: float, end: float):
        self._whole, self._start, self._end = whole, start, end

    def show(self, fraction: float, text: Optional[Message] = None) -> None:
        self._whole.show(self._start + (self._end - self._start) * fraction, text)

    def is_cancelled(self) -> bool:
        return self._whole.is_cancelled()
