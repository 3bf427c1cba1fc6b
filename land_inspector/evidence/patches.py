"""Patches as the kernel works on them: in the coordinates of the evidence, with what their pieces are measured by."""
from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType
from typing import Optional

import numpy as np

from .area import Measure, Scale

FLOOR_M2 = 1e-6  # what is smaller is where borders touch
NOISE = 2e-9  # of the patch
NOISE_NOT_ADDITIVE = 1e-6


@dataclass(frozen=True)
class Patches:
    """Patches in the coordinates of the evidence; ``area`` in m² by ``measure`` there.

    ``additive``: whether pieces measured by ``measure`` sum to the patch (QGIS's geodesic edges do not quite). ``green``
    is the module of that name, where it serves, and ``scale`` what it needs: without them pieces are built and measured.
    """

    geoms: np.ndarray
    bounds: np.ndarray
    area: np.ndarray
    measure: Measure
    additive: bool = True
    scale: Optional[Scale] = None
    green: Optional[ModuleType] = None

    @property
    def floor(self) -> np.ndarray:
        """m² below which a piece is nothing; a patch of 1e-10 m² has pieces of its own size."""
        return np.minimum(FLOOR_M2, 1e-6 * self.area)

    @property
    def noise(self) -> np.ndarray:
        """m² within which two ways to the same area may differ."""
        noise = NOISE if self.additive else NOISE_NOT_ADDITIVE
        return np.minimum(FLOOR_M2 + noise * self.area, 1e-6 * self.area)

    def by_boundary(self) -> np.ndarray:
        """Of each patch, whether its areas can be had from boundaries alone (:mod:`boundaries`)."""
        if self.green is None or self.scale is None:
            return np.zeros(len(self), bool)
        return self.scale.serves(self.bounds)

    def where(self, rows: np.ndarray) -> "Patches":
        """The patches at ``rows`` (positions or a mask)."""
        return Patches(self.geoms[rows], self.bounds[rows], self.area[rows], self.measure, self.additive, self.scale, self.green)

    def __len__(self) -> int:
        return len(self.geoms)
