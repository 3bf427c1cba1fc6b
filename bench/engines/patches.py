"""The patches of a task, as Land Inspector reads them."""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from land_inspector.evidence.crs import Crs
from land_inspector.evidence.layers import open_layer

EVERYWHERE = np.array([[-1e15, -1e15, 1e15, 1e15]])


@dataclass(frozen=True)
class Patches:
    number: np.ndarray
    geoms: np.ndarray
    crs: Crs


def read_patches(path: str) -> Patches:
    source = open_layer(path)
    found = source.near(EVERYWHERE, ["number"])
    return Patches(np.array(found.columns["number"], np.int64), found.geoms, source.crs)
