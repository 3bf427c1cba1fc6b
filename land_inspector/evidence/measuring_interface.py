"""The border between the measuring algorithms and the two engines that can do the work, with and without shapely."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, List, Optional

from ..progress import Progress

if TYPE_CHECKING:
    from .qgis_layers import LayerSnapshot

CONTEXT, ELLIPSOID, PLANAR = "context", "ellipsoid", "planar"


@dataclass(frozen=True)
class AreaRule:
    """How areas are taken.

    ``context``: as QGIS does it on the ellipsoid ``acronym`` (``a`` in m, ``f``), in square map units where that is empty;
    ``ellipsoid``: on the ellipsoid of the patches' own CRS, edges straight in its coordinates; ``planar``: m² in the plane.
    """

    method: str
    acronym: str = ""
    a: float = 0.0
    f: float = 0.0


@dataclass
class Remarks:
    """What was found in one layer: features repaired, features without area or not readable, features without class.

    ``repaired_ids`` and ``lost_ids`` name them; ``no_areas`` says that the layer holds features, but points and lines alone.
    """

    repaired: int = 0
    empty: int = 0
    unreadable: int = 0
    without_class: int = 0
    repaired_ids: List[int] = field(default_factory=list)
    lost_ids: List[int] = field(default_factory=list)
    no_areas: bool = False


@dataclass
class ClassRow:
    """m² of one patch (by its place in the input) under one class."""

    patch: int
    value: Any
    area_m2: float


@dataclass
class ClassResult:
    """``remainder_m2`` and ``overlap_m2`` of each patch; None where it could not be measured."""

    rows: List[ClassRow]
    remainder_m2: List[Optional[float]]
    overlap_m2: List[Optional[float]]


class Engine:
    """Patches ready to be measured. ``patch_areas``: None for patches without any area."""

    patch_areas: List[Optional[float]]
    repaired: int
    remarks: Remarks  # on the layer that was measured last

    def covered(self, layer: "LayerSnapshot", progress: Progress) -> List[Optional[float]]:
        """m² of each patch under a layer, counted once where the layer overlaps itself."""
        raise NotImplementedError

    def by_class(self, layer: "LayerSnapshot", field: str, progress: Progress) -> ClassResult:
        """m² of each patch under each value of a field; features without a value do not count."""
        raise NotImplementedError
