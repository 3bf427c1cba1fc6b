"""What the tracks of patrols passed: living parcels within a distance, when and how long; computed from the file, never kept."""
from __future__ import annotations

from dataclasses import dataclass
from typing import List, Optional, Sequence, Tuple

import numpy as np
import shapely

from ..errors import InputError
from ..evidence.crs import Crs, transformer
from ..evidence.passing import Limits, Passed, Piece, passed, pieces
from .register import Register

_GEOGRAPHIC = "EPSG:4326"


@dataclass(frozen=True)
class PassedParcel:
    """A living parcel that a track passed; ``nearest_m`` 0 where it was crossed, ``seconds`` None for a track without times."""

    parcel_id: str
    number: str
    batch: str
    nearest_m: float
    seconds: Optional[float]
    first: Optional[float]


def on_the_ground(register: Register, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Degrees (WGS 84) in the register's CRS, metres, shape (n, 2)."""
    home = Crs.of(register.meta["crs"])
    if home.is_geographic:
        raise InputError("The register is in degrees ({crs}); distances of tracks are measured on a plane.",
                         "Make the register in the county's projected system.", crs=register.meta["crs"])
    turn, degrees = transformer(Crs.of(_GEOGRAPHIC), home), np.column_stack([np.asarray(lon, float), np.asarray(lat, float)])
    return degrees if turn is None else turn(degrees)


def walk_of(register: Register, segments: Sequence[Tuple[np.ndarray, np.ndarray, np.ndarray]], limits: Limits = Limits()
            ) -> Tuple[List[Piece], int]:
    """Segments (lon, lat in degrees WGS 84, seconds) as cleaned pieces in the register's CRS, and how many points were jumps."""
    made: List[Piece] = []
    dropped = 0
    for lon, lat, at in segments:
        parts, jumps = pieces(on_the_ground(register, lon, lat), at, limits)
        made += parts
        dropped += jumps
    return made, dropped


def passed_parcels(register: Register, walk: Sequence[Piece], distance_m: float, least_s: float = 0.0) -> List[PassedParcel]:
    """Living parcels of every batch within ``distance_m`` of a walk, nearest first."""
    if not walk:
        return []
    xy = np.concatenate([piece.xy for piece in walk])
    (xmin, ymin), (xmax, ymax) = xy.min(axis=0) - distance_m, xy.max(axis=0) + distance_m
    ids = register.storage.parcels_in((float(xmin), float(ymin), float(xmax), float(ymax)))
    if not ids:
        return []
    frame = register.storage.frame("parcel", ids=ids)
    codes = {batch.id: batch.PCBH for batch in register.storage.load_state(patches=[]).batches.values()}
    blobs = register.storage.shapes(frame["shape_id"])
    shapes = shapely.from_wkb([blobs[key] for key in frame["shape_id"]])
    found: List[Passed] = passed(walk, list(shapes), distance_m, least_s)
    return [PassedParcel(frame["id"].iat[one.target], frame["DKBH"].iat[one.target], codes.get(frame["batch_id"].iat[one.target], ""),
                         one.nearest_m, one.seconds, one.first) for one in found]
