"""Small registers and batches made of squares, for tests that need no QGIS."""
from __future__ import annotations

from pathlib import Path
from typing import Optional, Sequence, Tuple

import shapely

from land_inspector.progress import Progress
from land_inspector.register.records import BatchInfo, Intake, IssuedPatch, Township
from land_inspector.register.register import Register

CRS = "EPSG:4549"
X0, Y0 = 600000.0, 3190000.0


def square(column: int, row: int = 0, side: float = 40.0, shift: float = 0.0) -> "shapely.Polygon":
    """A square patch on a 100 m grid; ``shift`` moves it east."""
    x, y = X0 + 100 * column + shift, Y0 + 100 * row
    return shapely.box(x, y, x + side, y + side)


def township(code: str = "331082100", name: str = "古城街道", columns: Tuple[int, int] = (-10, 1000)) -> Township:
    area = shapely.box(X0 + 100 * columns[0], Y0 - 1000, X0 + 100 * columns[1], Y0 + 100000)
    return Township(code, name, "城区所", shapely.to_wkb(area))


def new_register(folder: Path, townships: Optional[Sequence[Township]] = None, name: str = "register.gpkg") -> Register:
    return Register.create(folder / name, county_code="331082", county_name="演示县", crs=CRS,
                           townships=townships or [township()], by="登记员")


def patch(number: str, geometry: "shapely.Geometry", row: int = 1, **attributes) -> IssuedPatch:
    said = {"JCBH": number, "XZQDM": "331082", "XZDM": "331082100", "XZMC": "古城街道", "QSX": "20260301", "HSX": "20260501",
            "JCMJ": round(geometry.area, 2), "JCMJ_Y": round(geometry.area, 2), "JCDW": "m2", **attributes}
    return IssuedPatch(row, said, shapely.to_wkb(geometry), geometry.area, {"来源列": "值"})


def intake(patches: Sequence[IssuedPatch], file: str = "batch.gpkg", digest: str = "d1") -> Intake:
    return Intake(file, digest, len(patches), CRS, "UTF-8", "m2", list(patches), [], [])


def squares(count: int, digest: str = "d1") -> Intake:
    """``count`` patches T001 … of 1600 m²."""
    return intake([patch(f"T{i:03d}", square(i), row=i) for i in range(1, count + 1)], digest=digest)


def info(code: str = "B1", issued_on: str = "2026-05-10", **more) -> BatchInfo:
    return BatchInfo(code, "五月一批", 2026, month=5, issued_on=issued_on, **more)


def judge(register: Register, verdicts, by: str = "甲", **how):
    """Give level-1 verdicts by parcel number, with the sub-type that goes with each; the recorded action."""
    from land_inspector.register.judging import Entry, give_verdicts

    sub_type = {"0": None, "1": "101", "2": "201", "3": "301"}
    entries = [Entry(label, {"PDJL1": level, "PDJL2": sub_type[level]}) for label, level in verdicts.items()]
    judged = give_verdicts(register, "B1", entries, by=by, **how)
    assert not judged.refused, [str(r.reason) for r in judged.refused]
    return judged.recorded


class Asked(Progress):
    """Cancelled after so many questions whether it is."""

    def __init__(self, answers: int):
        self.answers = answers

    def is_cancelled(self) -> bool:
        self.answers -= 1
        return self.answers < 0
