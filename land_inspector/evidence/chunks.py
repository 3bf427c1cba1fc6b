"""Work in chunks of neighbouring patches on several threads, with progress, cancel and bounded memory."""
from __future__ import annotations

import os
import threading
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any, Callable, List, Optional, Set

import numpy as np

from ..errors import Cancelled, Message
from ..progress import Progress
from .candidates import Check

FEWEST, MOST = 500, 1500  # patches in a chunk: some 0.1–0.5 s of work; each chunk of a layer costs some ms by itself
CHUNKS = 20  # wanted, so that all processors have work: never dependent on their number, or figures would be
VERTICES = 200_000
FEATURES = 6000  # of evidence that its patches may be expected to meet
BITS = 16
LOOK_SECONDS = 0.1


def default_threads() -> int:
    """All processors but at most 8: GEOS works without Python's lock, the little numpy between does not."""
    return max(1, min(8, os.cpu_count() or 1))


def neighbourhoods(
    bounds: np.ndarray, vertices: np.ndarray, features: Optional[np.ndarray] = None,
) -> List[np.ndarray]:
    """Row numbers in chunks of neighbours, in Morton order, of limited patches, vertices and ``features``.

    Rows without a finite box are left out.
    """
    rows = np.flatnonzero(np.isfinite(bounds).all(axis=1))
    if not len(rows):
        return []
    rows = rows[np.argsort(_morton(bounds[rows]), kind="stable")]
    weight = np.maximum(1.0 / np.clip(len(rows) / CHUNKS, FEWEST, MOST), vertices[rows] / VERTICES)
    if features is not None:
        weight = np.maximum(weight, features[rows] / FEATURES)
    number = np.floor(np.cumsum(weight) - weight + 1e-9)
    return np.split(rows, np.flatnonzero(np.diff(number)) + 1)


def _morton(bounds: np.ndarray) -> np.ndarray:
    centre = (bounds[:, :2] + bounds[:, 2:]) / 2
    low = centre.min(axis=0)
    side = max(float(np.ptp(centre, axis=0).max()), 1e-300)
    cell = ((centre - low) / side * (2 ** BITS - 1)).astype(np.uint64)
    return _spread(cell[:, 0]) | (_spread(cell[:, 1]) << np.uint64(1))


def _spread(value: np.ndarray) -> np.ndarray:
    """16 bits with a zero between each two."""
    for shift, mask in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
        value = (value | (value << np.uint64(shift))) & np.uint64(mask)
    return value


def work_through(
    chunks: List[np.ndarray], work: Callable[[np.ndarray, Check], Any], progress: Progress,
    threads: Optional[int] = None, text: Optional[Message] = None,
) -> List[Any]:
    """``work(rows, check)`` for each chunk, results in order. Raises Cancelled within a second of the user's wish.

    Work happens on worker threads even when ``threads`` is 1, so that the caller's thread can watch the button.
    """
    stop = threading.Event()

    def check() -> None:
        if stop.is_set():
            raise Cancelled()

    progress.step(0.0, text)
    with ThreadPoolExecutor(threads or default_threads()) as pool:
        futures = [pool.submit(work, rows, check) for rows in chunks]
        try:
            _watch(set(futures), sum(map(len, chunks)), {f: len(c) for f, c in zip(futures, chunks)}, progress, text)
        except BaseException:  # whatever it was, the workers must stop before it leaves
            stop.set()
            for future in futures:
                future.cancel()
            raise
    return [future.result() for future in futures]


def _watch(pending: Set[Future], total: int, size: dict, progress: Progress, text: Optional[Message]) -> None:
    finished = 0
    while pending:
        done, pending = wait(pending, timeout=LOOK_SECONDS, return_when=FIRST_COMPLETED)
        for future in done:
            future.result()
            finished += size[future]
        progress.step(finished / max(total, 1), text)
