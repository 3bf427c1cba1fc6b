"""Areas on the ellipsoid for a Gauss-Krüger plane, as survey databases state them."""
from __future__ import annotations

import numpy as np
import shapely

from .plan import ORIGIN

SEMI_MAJOR_M, FLATTENING = 6_378_137.0, 1 / 298.257222101
CENTRAL_EASTING = 40_500_000.0
LATITUDE = np.radians(28.85)


def _gaussian_radius() -> float:
    """√(M·N) of CGCS2000 at the county's latitude, metres."""
    e2 = FLATTENING * (2 - FLATTENING)
    w2 = 1 - e2 * np.sin(LATITUDE) ** 2
    return float(SEMI_MAJOR_M * np.sqrt(1 - e2) / w2)


def ellipsoidal_m2(geometries: np.ndarray) -> np.ndarray:
    """Planar area over the squared point scale at the centroid: right to 1e-8 for patches, 1e-6 for whole townships."""
    east = shapely.get_x(shapely.centroid(geometries)) + ORIGIN[0] - CENTRAL_EASTING
    ratio2 = (east / _gaussian_radius()) ** 2
    scale = 1 + ratio2 / 2 + ratio2 ** 2 / 24
    return shapely.area(geometries) / scale ** 2
