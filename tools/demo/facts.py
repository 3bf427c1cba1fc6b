"""What the layers say of each patch, measured plainly with shapely: the figures that truth.csv gives."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Dict

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from .county import County
from .evidence import Books, covered_m2
from .measure import ellipsoidal_m2
from .survey import Survey

GROUPS = {"GD": "cultivated_m2", "FGNYD": "other_agricultural_m2", "JSYD": "construction_m2", "WLYD": "unused_m2"}
COVERED = ("approval", "supply", "registration", "facility", "temporary", "linkage", "mining", "farmland", "redline", "highway")


@dataclass
class Facts:
    """Planar m² in EPSG:4528 (the ellipsoidal area beside it); ``main_class`` the survey class of the largest share."""

    figures: Dict[str, float]
    townships: np.ndarray
    main_class: str


class AreaRule:
    """Measures patches against one county and its books as they stand now."""

    def __init__(self, county: County, survey: Survey, books: Books):
        self._county, self._survey = county, survey
        self._tree = shapely.STRtree(survey.shapes)
        self._layers = dict(books.shapes)
        self._trees = {name: shapely.STRtree(shapes) for name, shapes in self._layers.items()}
        dated = list(zip(books.shapes["approval"], books.rows["approval"]))
        first, last = _iso(county.plan.before), _iso(county.plan.after)
        self._layers["approved_before"] = [shape for shape, row in dated if str(row["PZRQ"]) <= first]
        self._layers["approved_between"] = [shape for shape, row in dated if first < str(row["PZRQ"]) <= last]
        self._layers["allowed"] = [shape for shape, row in zip(books.shapes["plan"], books.rows["plan"]) if row["GHFQDM"] == "010"]
        for name in ("approved_before", "approved_between", "allowed"):
            self._trees[name] = shapely.STRtree(self._layers[name])

    def measure(self, shape: BaseGeometry) -> Facts:
        figures = {"area_m2": float(shape.area), "ellipsoidal_m2": float(ellipsoidal_m2(np.array([shape]))[0])}
        near = self._tree.query(shape, predicate="intersects")
        pieces = shapely.intersection(self._survey.shapes[near], shape)
        areas = shapely.area(pieces)
        for group, column in GROUPS.items():
            figures[column] = float(areas[self._survey.groups[near] == group].sum())
        figures["outside_survey_m2"] = max(0.0, figures["area_m2"] - float(areas.sum()))
        for name in (*COVERED, "approved_before", "approved_between", "allowed"):
            figures[f"{name}_m2"] = covered_m2(shape, self._layers[name], self._trees[name])
        cultivated = shapely.union_all(pieces[self._survey.groups[near] == "GD"])
        figures["uncovered_cultivated_m2"] = cultivated.area - covered_m2(cultivated, self._layers["approval"], self._trees["approval"])
        shares = shapely.area(shapely.intersection(self._county.areas, shape))
        main = str(self._survey.codes[near[int(np.argmax(areas))]]) if len(near) else ""
        return Facts(figures, shares, main)


def _iso(date: str) -> str:
    return f"{date[:4]}-{date[4:6]}-{date[6:]}"


def repaired(shape: BaseGeometry) -> BaseGeometry:
    return shape if shape.is_valid else shapely.make_valid(shape)
