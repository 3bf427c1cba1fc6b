"""What a run of the benchmark measures: sizes from a minute or two to the whole county."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Tuple


@dataclass(frozen=True)
class Layer:
    """One evidence layer of the county. With ``class_field`` areas are wanted by class, without it the area covered."""

    key: str
    table: str
    class_field: str = ""


LAYERS: Tuple[Layer, ...] = (
    Layer("A", "dltb", "DLBM"),
    Layer("B", "redline"),
    Layer("C", "farmland"),
    Layer("D", "parcel"),
    Layer("E", "facility"),
    Layer("F", "town", "XZQDM"),
)


def layers_of(keys: str) -> Tuple[Layer, ...]:
    """The layers of a task such as ``"ABCDE"``."""
    return tuple(layer for layer in LAYERS if layer.key in keys)


@dataclass(frozen=True)
class Overlay:
    """``patches`` patches measured against the layers ``layers`` (by their keys)."""

    patches: int
    layers: str

    @property
    def title(self) -> str:
        said = {"A": "land use (A)", "ABCDE": "five layers (A–E)", "ABCDEF": "six layers (A–F)"}[self.layers]
        return f"{self.patches:,} patches × {said}".replace(",", " ")


@dataclass(frozen=True)
class Size:
    """``parcels`` land-use polygons; ``rounds`` interleaved repetitions, of which medians are shown.

    An engine that needs more than ``limit_s`` for one overlay is stopped. ``tile_patches`` go through the tile jobs,
    ``events``, ``register_patches`` and ``cases`` are the size of the register that is measured.
    """

    name: str
    parcels: int
    overlays: Tuple[Overlay, ...]
    rounds: int
    limit_s: int
    tile_patches: int
    events: int
    register_patches: int
    cases: int

    @property
    def patches(self) -> int:
        return max(self.tile_patches, *(overlay.patches for overlay in self.overlays))


_TEN_THOUSAND = (Overlay(1_000, "A"), Overlay(10_000, "A"), Overlay(10_000, "ABCDE"), Overlay(10_000, "ABCDEF"))

SIZES: Dict[str, Size] = {size.name: size for size in (
    Size("small", 20_000, (Overlay(1_000, "A"), Overlay(1_000, "ABCDE"), Overlay(1_000, "ABCDEF")), 1, 60, 1_000, 20_000, 5_000, 500),
    Size("middle", 100_000, _TEN_THOUSAND, 1, 300, 10_000, 200_000, 50_000, 5_000),
    Size("full", 338_000, (*_TEN_THOUSAND, Overlay(100_000, "A")), 3, 900, 100_000, 200_000, 50_000, 5_000),
)}
