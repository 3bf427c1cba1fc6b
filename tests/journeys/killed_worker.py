"""Run by test_killed.py in a process of its own: works on a register and says what is confirmed.

Every confirmed action is one line on standard output, flushed before the next begins: ``kind group``. Works until it is
killed, or, given a number, judges thirty parcels one by one from there.
"""
from __future__ import annotations

import sys
from pathlib import Path

import shapely

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from land_inspector.register.issuing import issue_batch  # noqa: E402
from land_inspector.register.judging import Entry, give_verdicts  # noqa: E402
from land_inspector.register.register import Register  # noqa: E402
from land_inspector.register.splitting import Piece, split_parcels  # noqa: E402
from tests.factories import info, intake, patch, square  # noqa: E402

PATCHES = 400


def confirm(kind: str, group: str) -> None:
    print(kind, group, flush=True)


def halves(outline: "shapely.Polygon", area: float) -> list:
    x0, y0, x1, y1 = outline.bounds
    west = shapely.box(x0, y0, (x0 + x1) / 2, y1)
    parts = (shapely.intersection(outline, west), shapely.difference(outline, west))
    return [Piece(shapely.to_wkb(part), area / 2) for part in parts]


def work(register: Register) -> None:
    """Import, judge in bulk, split, import the next … until killed."""
    for number in range(1, 1000):
        code = f"B{number}"
        rows = [patch(f"T{i:04d}", square(i % 50, i // 50), row=i) for i in range(1, PATCHES + 1)]
        confirm("import", issue_batch(register, info(code), intake(rows, digest=code)).group)
        for level, sub in (("1", "101"), ("2", "201"), ("3", "301")):
            entries = [Entry(f"T{i:04d}", {"PDJL1": level, "PDJL2": sub}) for i in range(1, PATCHES + 1)]
            confirm("verdicts", give_verdicts(register, code, entries).recorded.group)
        for i in range(1, 6):
            confirm("split", split_parcels(register, code, {f"T{i:04d}": halves(square(i % 50, i // 50), 1600.0)}).group)


def judge_thirty(register: Register, first: int) -> None:
    for i in range(first, first + 30):
        give_verdicts(register, "B1", [Entry(f"T{i:03d}", {"PDJL1": "2", "PDJL2": "201"})])


if __name__ == "__main__":
    with Register.open(sys.argv[1]) as opened:
        if len(sys.argv) > 2:
            judge_thirty(opened, int(sys.argv[2]))
        else:
            print("ready", flush=True)
            work(opened)
