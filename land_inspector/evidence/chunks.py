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

PATCHES = 500  # in a chunk: some 0.1–0.3 s of work
VERTICES = 200_000
FEATURES = 3000  # of evidence that its patches may be expected to meet
BITS = 16
LOOK_SECONDS = 0.1


def default_threads() -> int:
    """All processors but at most 8: GEOS works without Python's lock, the little numpy between does not."""
    return max(1, min(8, os.cpu_count() or 1))


def neighbourhoods(
    bounds: np.ndarray, vertices: np.ndarray, features: Optional[np.ndarray] = None,
) -> List[np.ndarray]:
    """Row numbers in chunks of neighbours: quadtree cells in Morton order, of limited patches, vertices and ``features``.

    Rows without a finite box are left out.
    """
    rows = np.flatnonzero(np.isfinite(bounds).all(axis=1))
    if not len(rows):
        return []
    code = _morton(bounds[rows])
    order = np.argsort(code, kind="stable")
    rows, code = rows[order], code[order]
    weight = np.maximum(1.0 / PATCHES, vertices[rows] / VERTICES)
    if features is not None:
        weight = np.maximum(weight, features[rows] / FEATURES)
    weight = np.concatenate([[0.0], np.cumsum(weight)])
    return [rows[start:stop] for start, stop in _cells(code, weight, 0, len(rows), 2 * BITS)]


def _cells(code: np.ndarray, weight: np.ndarray, start: int, stop: int, bits: int) -> List[tuple]:
    """Split until a cell weighs no more than one chunk."""
    if stop - start <= 1 or weight[stop] - weight[start] <= 1.0:
        return [(start, stop)] if stop > start else []
    if bits == 0:
        middle = (start + stop) // 2
        return _cells(code, weight, start, middle, 0) + _cells(code, weight, middle, stop, 0)
    bits -= 2
    prefix = code[start:stop] >> np.uint64(bits)
    quarter = (prefix[0] | np.uint64(3)) - np.uint64(3) + np.arange(5, dtype=np.uint64)
    cuts = start + np.searchsorted(prefix, quarter)
    return [cell for k in range(4) for cell in _cells(code, weight, int(cuts[k]), int(cuts[k + 1]), bits)]


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
