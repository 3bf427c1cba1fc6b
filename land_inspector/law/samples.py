"""Shares of small numbers, told honestly: k of n, an interval, and no per cent where n is small."""
from __future__ import annotations

import math
from typing import Optional, Tuple

#: Fewer than these are shown as counts alone.
FEW = 20
_Z95 = 1.959963984540054


def wilson(hits: int, of: int) -> Optional[Tuple[float, float]]:
    """Wilson's 95 % interval of a share (0 to 1); None of nothing. Raises ValueError where ``hits`` is no part of ``of``."""
    if not 0 <= hits <= of:
        raise ValueError(f"{hits} of {of}")
    if of == 0:
        return None
    share, square = hits / of, _Z95 ** 2
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = _Z95 * math.sqrt(share * (1 - share) / of + square / (4 * of * of)) / (1 + square / of)
    return min(max(0.0, middle - half), share), max(min(1.0, middle + half), share)


def counted(hits: int, of: int) -> str:
    """``k / n`` and from 20 on ``p % (low–high %)``; nothing but a dash of nothing."""
    if of == 0:
        return "–"
    if of < FEW:
        return f"{hits} / {of}"
    low, high = wilson(hits, of) or (0.0, 1.0)
    return f"{hits} / {of} = {100 * hits / of:.1f} % ({100 * low:.1f}–{100 * high:.1f} %)"
