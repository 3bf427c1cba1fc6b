"""By what a survey measures: the same measure for a patch at home and for its pieces in a layer's coordinates."""
from __future__ import annotations

from typing import Optional

import numpy as np
import shapely

from .area import AreaMethod, Measure, Scale, measure
from .crs import Crs
from .reproject import carried_over


class AreaMeasure:
    """``additive``: whether the pieces of a patch sum to the patch under this measure."""

    additive = True

    def measure_in(self, crs: Crs, home: Crs) -> Measure:
        """The m² of polygons given in ``crs``, of patches whose own system is ``home``."""
        raise NotImplementedError

    def scale_in(self, crs: Crs, home: Crs) -> Optional[Scale]:
        """The same for figures of which only planar area and centroid are known; None where that is not enough."""
        return None

    @staticmethod
    def of(method: AreaMethod) -> "AreaMeasure":
        """The measure for a survey's method; ValueError where there is no such method."""
        return PlanarMeasure() if AreaMethod(method) is AreaMethod.PLANAR else EllipsoidMeasure()


class EllipsoidMeasure(AreaMeasure):
    """On the ellipsoid of the coordinates that are measured in."""

    def measure_in(self, crs: Crs, home: Crs) -> Measure:
        return measure(crs, AreaMethod.ELLIPSOID)

    def scale_in(self, crs: Crs, home: Crs) -> Optional[Scale]:
        return Scale.on_ellipsoid(crs)


class PlanarMeasure(AreaMeasure):
    """Planar in the patches' own coordinates; pieces made elsewhere are carried back."""

    def measure_in(self, crs: Crs, home: Crs) -> Measure:
        planar = measure(home, AreaMethod.PLANAR)
        return planar if home.same_as(crs) else lambda geoms: planar(carried_over(geoms, crs, home))

    def scale_in(self, crs: Crs, home: Crs) -> Optional[Scale]:
        return Scale.constant(self._square_unit(home)) if home.same_as(crs) else None

    def _square_unit(self, home: Crs) -> float:
        return home.unit ** 2


class UnitMeasure(PlanarMeasure):
    """Planar in square units of the patches' coordinates, whatever these are: what QGIS takes without an ellipsoid."""

    def measure_in(self, crs: Crs, home: Crs) -> Measure:
        def units(geoms: np.ndarray) -> np.ndarray:
            return np.nan_to_num(shapely.area(carried_over(geoms, crs, home)))

        return units

    def _square_unit(self, home: Crs) -> float:
        return 1.0
