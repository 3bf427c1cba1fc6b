"""Whether :mod:`green` is there: it needs numba, and some seconds once on a computer until it is compiled.

Measuring never depends on it. Where numba is missing or fails, or is not ready yet, GEOS builds every piece as before;
the figures agree to 1e-6 of a square metre and the work takes about twice as long.
"""
from __future__ import annotations

import threading
from importlib import import_module
from types import ModuleType
from typing import Optional

import numpy as np

from ..errors import Message, message
from ..progress import Progress

FEWEST_PATCHES = 3000  # fewer are measured in less time than it takes to load what has been compiled
LOOK_SECONDS = 0.1
PATIENCE_SECONDS = 5.0  # loading takes 0.3 s; compiling, once on a computer, goes on beside the work


class _Loading:
    """One attempt for each process, on a thread of its own: what is compiled is kept even if the work is over before."""

    def __init__(self) -> None:
        self.green: Optional[ModuleType] = None
        self.problem: Optional[Message] = None
        self._thread: Optional[threading.Thread] = None
        self._lock = threading.Lock()

    def begin(self) -> threading.Thread:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._load, name="land-inspector-green")
                self._thread.start()
            return self._thread

    def obstacle(self) -> Optional[Message]:
        if self._thread is not None and self._thread.is_alive():
            return message("it is being compiled, once on this computer, and will be ready for the next time")
        return self.problem

    def _load(self) -> None:
        try:
            green = import_module(".green", __package__)
            _prove(green)
            self.green = green
        except ImportError:
            self.problem = message("numba is not installed")
        except Exception as problem:  # a compiler may fail in any way; measuring goes on without it
            self.problem = message("numba does not work here: {problem}", problem=str(problem))


_loading = _Loading()


def green_for(patches: int, progress: Optional[Progress] = None) -> Optional[ModuleType]:
    """:mod:`green` for measuring so many patches; None where it is missing, not ready, or not worth its loading.

    Waits up to ``PATIENCE_SECONDS``. Raises Cancelled when the user stops.
    """
    if _loading.green is not None or patches < FEWEST_PATCHES:
        return _loading.green
    progress, thread = progress or Progress(), _loading.begin()
    for _look in range(int(PATIENCE_SECONDS / LOOK_SECONDS)):
        if not thread.is_alive():
            break
        progress.step(0.0, message("Loading the fast way of measuring"))
        thread.join(LOOK_SECONDS)
    return _loading.green


def obstacle() -> Optional[Message]:
    """Why work that was large enough for it went without :mod:`green`; None where it did not."""
    return _loading.obstacle()


def prepare() -> Optional[Message]:
    """Compiles or loads :mod:`green` and waits for it; what stands in the way, None when it is ready."""
    _loading.begin().join()
    return _loading.problem


def _prove(green: ModuleType) -> None:
    """A square under two that overlap, as compiled on this computer. Raises ArithmeticError where it comes out wrong."""
    corners = np.array([[0.0, 0.0], [2.0, 0.0], [2.0, 2.0], [0.0, 2.0], [0.0, 0.0]])
    squares = np.vstack([corners + 1.0, corners + [1.0, 1.5]])
    boxes = [np.hstack([xy.min(axis=0), xy.max(axis=0)])[None] for xy in (corners, squares)]
    patch = green.Polygons(corners, _numbers(0, 5), _numbers(0, 1), np.array([True]), boxes[0])
    others = green.Polygons(squares, _numbers(0, 5, 10), _numbers(0, 1, 2), np.array([True, True]), boxes[1])
    by_group, by_patch = np.zeros((2, 3)), np.zeros((1, 3))
    two = _numbers(0, 1)
    green.add_common_areas(patch, others, 0, 1, _numbers(0), two, _numbers(0, 2), two, two, by_group, by_patch)
    if not np.allclose(np.vstack([by_group, by_patch]), [[1, 1.5, 1.5], [0.5, 0.75, 0.875], [1, 1.5, 1.5]]):
        raise ArithmeticError("wrong areas")


def _numbers(*given: int) -> np.ndarray:
    """In 64 bits, as the work has them: what is compiled for others would be compiled again in the middle of it."""
    return np.array(given, dtype=np.int64)
