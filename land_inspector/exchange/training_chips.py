"""Decided patches cut out of two images, for a province that can train a net: before, after, and what was decided. No names, no places."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterable, List, Mapping, Optional, Tuple

import numpy as np
import shapely

from ..changes.features import bands_of
from ..changes.masks import burnt
from ..changes.network import write_chips
from ..changes.pair import EXAMINED, ImageFile, Pair, Window, carried
from ..errors import InputError, message
from ..evidence.crs import Crs
from ..progress import Progress
from ..register.own_patches import is_confirmed
from ..register.register import Register
from .atomic_files import one_given_out

SMALLEST, LARGEST, MOST = 16, 512, 20_000
CHANGE, NO_CHANGE, UNKNOWN = 1, 0, 255


@dataclass(frozen=True)
class Chips:
    """How many were cut, how many of them show a confirmed change, and how many decided patches lie beyond the images."""

    count: int
    confirmed: int
    outside: int


def export_chips(register: Register, batch: Optional[str], images: Tuple[ImageFile, ImageFile], target: Path, *, size: int = 64,
                 bands: str = "", inputs: Iterable[Path] = (), progress: Optional[Progress] = None) -> Chips:
    """Write ``target`` (.npz). Raises InputError for images that cannot be compared, and where no decided patch lies on them."""
    progress = progress or Progress()
    if not SMALLEST <= size <= LARGEST or target.suffix.lower() != ".npz":
        raise InputError("Chips have {low} to {high} pixels a side and go into a file that ends in .npz.", "Give another size or name.",
                         low=SMALLEST, high=LARGEST)
    pair = Pair(*images)
    rows = _decided(register, batch)
    shapes = register.storage.shapes([row["shape_id"] for row in rows])
    crs = Crs.of(register.meta["crs"])
    cut: List[Tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    confirmed = outside = 0
    for done, row in enumerate(rows[:MOST]):
        progress.step(done / len(rows), message("Cutting out patches"))
        truth = is_confirmed(row["ZD"], row["PDJL1"], row["PDJL2"])
        chip = _chip(pair, carried(shapely.from_wkb(shapes[row["shape_id"]]), crs, pair.grid.crs), size, bool(truth))
        if chip is None:
            outside += 1
            continue
        cut.append(chip)
        confirmed += bool(truth)
    if not cut:
        raise InputError("No decided patch lies on these images.", "Choose the images of the patches' dates, or judge patches first.")
    before, after, mask = (np.stack(part) for part in zip(*cut))
    known = bands_of(pair.names_of_bands, bands)
    said = {"kind": "land-inspector-chips-1", "bands": known.names, "pixel_m": round(pair.grid.pixel_m, 4), "size": size,
            "taken": [file.taken for file in images], "chips": len(cut), "confirmed": confirmed,
            "mask": {"1": "confirmed change", "0": "judged to be none", "255": "not judged"}}
    with one_given_out(target, inputs) as draft:
        write_chips(draft, before, after, mask, said)
    return Chips(len(cut), confirmed, outside)


def _decided(register: Register, batch: Optional[str]) -> List[Mapping[str, Any]]:
    """Living, whole parcels with a verdict, by number."""
    if batch is not None:
        register.batch(batch)
    frame = register.parcels(batch)
    frame = frame[(frame["TBZT"] == "0") & ~frame["PDJL1"].isin(["", "0"]) & frame["PDJL1"].notna()].sort_values(["PCBH", "DKBH"])
    wanted = ["shape_id", "ZD", "PDJL1", "PDJL2"]
    return frame[wanted].astype(object).where(frame[wanted].notna(), None).to_dict("records")


def _chip(pair: Pair, shape: shapely.Geometry, size: int, truth: bool) -> Optional[Tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Before, after and mask of the square about a patch; None where the images do not show all of its middle."""
    if shape.is_empty:
        return None
    grid, middle = pair.grid, shapely.centroid(shape)
    row = int((grid.y0 - middle.y) / grid.dy) - size // 2
    column = int((middle.x - grid.x0) / grid.dx) - size // 2
    window: Window = (row, column, size, size)
    pixels = pair.read(window)
    inside = burnt(grid, window, np.array([shape]))
    if not inside.any() or (pixels.code[inside] != EXAMINED).mean() > 0.1:
        return None
    return pixels.before, pixels.after, np.where(inside, CHANGE if truth else NO_CHANGE, UNKNOWN).astype(np.uint8)
