"""On which side of a line a point lies, and whether two edges cross: exact, compiled by numba.

For :mod:`green` alone. numba keeps what it has compiled of a caller and looks at the caller's file alone: after a change
here, touch green.py.
"""
from __future__ import annotations

from typing import Tuple

from numba import njit

CANCELLATION = 1e-2  # of the two products: a smaller difference is taken exactly, for where edges cross hangs on its size too
SPLITTER = 134217729.0  # 2^27 + 1 cuts a double in two halves (Dekker 1971)


@njit(cache=True, nogil=True, inline="always")
def crossing(
    ax: float, ay: float, bx: float, by: float, cx: float, cy: float, dx: float, dy: float,
) -> Tuple[int, float, float]:
    """Whether ab comes into the polygon of cd (1), leaves it (-1) or does not cross cd (0); how far along ab and along cd.

    ab is of the earlier owner, who is shifted to the right, and by much less upwards, as seen from the other.
    """
    of_c, of_d = orientation(ax, ay, bx, by, cx, cy), orientation(ax, ay, bx, by, dx, dy)
    shift = by - ay if by != ay else ax - bx
    if ((of_c if of_c != 0 else shift) > 0) == ((of_d if of_d != 0 else shift) > 0):
        return 0, 0.0, 0.0
    of_a, of_b = orientation(cx, cy, dx, dy, ax, ay), orientation(cx, cy, dx, dy, bx, by)
    shift = cy - dy if cy != dy else dx - cx
    begins_inside = (of_a if of_a != 0 else shift) > 0
    if begins_inside == ((of_b if of_b != 0 else shift) > 0):
        return 0, 0.0, 0.0
    return -1 if begins_inside else 1, of_a / (of_a - of_b), of_c / (of_c - of_d)


@njit(cache=True, nogil=True)
def orientation(ax: float, ay: float, bx: float, by: float, cx: float, cy: float) -> float:
    """Twice the area of a, b, c: positive where c lies left of a → b, 0 only where it lies exactly on the line.

    The coordinates must be multiples of one power of two, at most 2^46 of it apart, so that differences are exact.
    """
    u, v, w, z = bx - ax, cy - ay, by - ay, cx - ax
    p, q = u * v, w * z
    if abs(p - q) > CANCELLATION * (abs(p) + abs(q)):
        return p - q
    if p == 0 and q == 0:  # most often: a common vertex
        return 0.0
    return (p - q) + (_lost(u, v, p) - _lost(w, z, q))


@njit(cache=True, nogil=True)
def _lost(a: float, b: float, product: float) -> float:
    """What rounding took from a product, exactly: a·b − product."""
    split = SPLITTER * a
    top = split - (split - a)
    rest = a - top
    split = SPLITTER * b
    upper = split - (split - b)
    lower = b - upper
    return ((top * upper - product) + top * lower + rest * upper) + rest * lower
