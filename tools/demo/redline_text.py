"""Red lines as coordinate text files, the way conversion approvals are handed over (domain.md §1.3)."""
from __future__ import annotations

from pathlib import Path
from typing import List, Sequence, Tuple

import numpy as np
from shapely.geometry import Polygon

from .measure import ellipsoidal_m2
from .plan import ORIGIN

ZONE = 40
HEADER = ("[属性描述]", "格式版本号=1.01版本", "数据产生单位=演示县自然资源和规划局（合成数据）", "数据产生日期={date}",
          "坐标系=2000国家大地坐标系", "几度分带=3", "投影类型=高斯克吕格", "计量单位=米", "带号={zone}", "精度=0.001",
          "转换参数=0,0,0,0,0,0,0", "[地块坐标]")


def write_red_lines(path: Path, shapes: Sequence[Polygon], names: Sequence[Tuple[str, str]], encoding: str, date: str,
                    prefixed: bool) -> None:
    """``names`` are (number, name) of each plot. X is north, Y east; ``prefixed``: Y begins with the zone number."""
    lines = [line.format(date=date, zone=ZONE) for line in HEADER]
    for shape, (number, name) in zip(shapes, names):
        lines += _plot(shape, number, name, prefixed)
    path.write_bytes(("\r\n".join(lines) + "\r\n").encode(encoding))


def _plot(shape: Polygon, number: str, name: str, prefixed: bool) -> List[str]:
    rings = [shape.exterior, *shape.interiors]
    points = [f"J{serial},{ring_number},{north:.3f},{east:.3f}"
              for ring_number, ring in enumerate(rings, 1)
              for serial, (east, north) in enumerate(_grid_points(ring.coords, prefixed), 1)]
    hectares = float(ellipsoidal_m2(np.array([shape]))[0]) / 10_000
    return [f"{len(points)},{hectares:.4f},{number},{name},面,H51G040001,工业用地,,@", *points]


def _grid_points(coords, prefixed: bool) -> np.ndarray:
    xy = np.array(coords) + np.array(ORIGIN)
    return xy if prefixed else xy - np.array([ZONE * 1_000_000, 0])
