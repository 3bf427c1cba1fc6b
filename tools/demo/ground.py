"""Where a patch may lie: pools of faces by what they are, and what is already taken."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Callable, Dict, List, Optional, Sequence

import numpy as np
import shapely
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from .county import County
from .evidence import Books
from .shapes import frame, place
from .survey import CROPS, Survey

OPEN_KINDS = ("field", "plot", "lane", "ditch", "special", "shore", "stand")
CLEARANCE_M = 18.0
TRIES = 250


class NoGround(Exception):
    """No free place was found for a patch of this kind; the county is too small for what was asked."""


@dataclass
class Ground:
    """Pools hold indices of survey faces; ``taken`` the outlines of patches and of the papers drawn for them."""

    county: County
    survey: Survey
    rng: np.random.Generator
    pools: Dict[str, np.ndarray]
    tree: shapely.STRtree
    taken: List[BaseGeometry] = field(default_factory=list)

    def settle(self, pool: str, make: Callable[[], Polygon], whole: bool = True, kinds: Sequence[str] = OPEN_KINDS,
               around: Callable[[Polygon], BaseGeometry] = lambda shape: shape) -> Polygon:
        """Place a shape (made about the origin) on a face of the pool and take the ground ``around`` it.

        ``whole``: inside that one face; otherwise it may spread over neighbours whose owner is one of ``kinds``.
        """
        for _ in range(TRIES if len(self.pools[pool]) else 0):
            index = int(self.rng.choice(self.pools[pool]))
            shape = self._on_face(self.survey.shapes[index], make())
            if shape is None or (whole and not shape.within(self.survey.shapes[index])):
                continue
            if (whole or self._fits(shape, int(self.survey.townships[index]), kinds)) and self.take(around(shape)):
                return shape
        raise NoGround(f"no free ground is left in the pool “{pool}”; try another seed or a larger county")

    def _on_face(self, face: Polygon, shape: Polygon) -> Optional[Polygon]:
        """Along the face's longer side, somewhere inside it."""
        _, along, _ = frame(face)
        angle = float(np.degrees(np.arctan2(along[1], along[0]))) + 90 * int(self.rng.integers(0, 4))
        west, south, east, north = face.bounds
        x, y = self.rng.uniform(west, east), self.rng.uniform(south, north)
        return place(shape, x, y, angle) if shapely.contains_xy(face, x, y) else None

    def _fits(self, shape: Polygon, township: int, kinds: Sequence[str]) -> bool:
        """Inside one township, on ground of the given kinds only."""
        touched = self.tree.query(shape, predicate="intersects")
        return (shape.within(self.county.areas[township])
                and bool(np.isin(self.county.coverage.kinds[touched], kinds).all()))

    def take(self, outline: BaseGeometry) -> bool:
        """Claim ground if nothing else is within CLEARANCE_M of it."""
        if self.taken and shapely.dwithin(np.array(self.taken), outline, CLEARANCE_M).any():
            return False
        self.taken.append(outline)
        return True

    def township_of(self, shape: BaseGeometry) -> int:
        """The township of the largest share (R07)."""
        return int(np.argmax(shapely.area(shapely.intersection(self.county.areas, shape))))


def open_ground(county: County, survey: Survey, books: Books, rng: np.random.Generator) -> Ground:
    """Pools: crops off and on permanent farmland, slopes, homesteads, town blocks without papers, red line, towns' fringe."""
    kinds, codes = county.coverage.kinds, survey.codes
    big = shapely.area(survey.shapes) > 3500
    crops = np.isin(codes, CROPS) & np.isin(kinds, ("field", "plot")) & big
    basic = _same(survey.shapes, books.shapes["farmland"])
    slopes = np.isin(codes, ("0201", "0202", "0301", "0307", "0404")) & np.isin(kinds, ("field", "plot")) & big
    built = np.isin(survey.within, ("201", "202"))
    near_town = shapely.dwithin(survey.shapes, shapely.union_all(survey.shapes[built]), 600.0)
    masks = {"crops": crops & ~basic, "basic": crops & basic, "slopes": slopes,
             "homesteads": (codes == "0702") & (kinds == "village"), "quarries": codes == "0602",
             "unpapered": (kinds == "town") & ~_same(survey.shapes, books.shapes["approval"]),
             "redline": _inside(survey.shapes, books.shapes["redline"]) & (kinds == "stand"),
             "fringe": (crops & ~basic | slopes) & near_town,
             "any": (crops & ~basic | slopes), "fields": crops | slopes}
    masks["fringe"] = masks["fringe"] if masks["fringe"].sum() > 20 else masks["any"]
    pools = {name: np.flatnonzero(mask) for name, mask in masks.items()}
    return Ground(county, survey, rng, pools, shapely.STRtree(survey.shapes))


def _same(shapes: np.ndarray, others: Sequence[BaseGeometry]) -> np.ndarray:
    """Which shapes are, point for point, among the others."""
    return np.isin(shapely.to_wkb(shapes), shapely.to_wkb(np.array(others)))


def _inside(shapes: np.ndarray, areas: Sequence[BaseGeometry]) -> np.ndarray:
    ground = shapely.union_all(list(areas))
    shapely.prepare(ground)
    return shapely.contains_properly(ground, shapely.point_on_surface(shapes))
