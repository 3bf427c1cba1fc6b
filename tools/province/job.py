"""The task itself: one tile's patches measured against every layer of the county, the result written in one step.

The same function under every engine; it needs nothing but its tile and writes nothing but its file.
"""
from __future__ import annotations

import csv
import os
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterator, List, Optional, Tuple

import numpy as np
import shapely
from shapely.errors import GEOSException

from land_inspector.errors import LandInspectorError
from land_inspector.evidence import accelerator
from land_inspector.evidence.area import AreaMethod
from land_inspector.evidence.layers import open_layer
from land_inspector.evidence.survey import Survey

from .changes import ChangeTile, find_tile
from .plan import LayerFile, Tile

#: What a row says: the patch's own area, its area under a class, under a layer, under nothing, counted in two classes.
PATCH, CLASS, COVERED, REMAINDER, OVERLAP = "patch", "class", "covered", "remainder", "overlap"
COLUMNS = ("patch", "layer", "kind", "class", "area_m2")

Row = Tuple[Any, str, str, Any, float]


@dataclass(frozen=True)
class Outcome:
    """What became of a tile. ``error`` is None where its file is written."""

    tile: Tile
    patches: int
    seconds: float
    error: Optional[str] = None


def measure_tile(tile: Tile, threads: int = 1) -> Outcome:
    """Measure a tile, or find the changes of a county, and write ``tile.result``. One that fails says why and leaves no file."""
    if isinstance(tile, ChangeTile):
        found, seconds, error = find_tile(tile)
        return Outcome(tile, found, seconds, error)
    started = time.perf_counter()
    accelerator.prepare()  # for every tile, large or small, so that cutting a county otherwise changes no figure
    try:
        keys, rows = tile_rows(tile, threads)
        write_rows(Path(tile.result), COLUMNS, rows)
    except (LandInspectorError, OSError, sqlite3.Error, GEOSException, MemoryError) as error:
        return Outcome(tile, 0, time.perf_counter() - started, f"{type(error).__name__}: {error}")
    return Outcome(tile, len(keys), time.perf_counter() - started)


def tile_rows(tile: Tile, threads: int = 1) -> Tuple[List[Any], Iterator[Row]]:
    """Keys of the patches that belong to the tile, and its rows. Areas in m² by the tile's method; zeros are left out."""
    source = open_layer(tile.county.patches)
    field = source.stored_field(tile.county.key_field)
    found = source.near(np.array([tile.box]), [field])
    bounds = shapely.bounds(found.geoms).reshape(-1, 4)
    x, y = (bounds[:, 0] + bounds[:, 2]) / 2, (bounds[:, 1] + bounds[:, 3]) / 2
    west, south, east, north = tile.box
    mine = found.where(np.flatnonzero((x >= west) & (x < east) & (y >= south) & (y < north)))
    keys = mine.columns[field]
    if not keys:
        return keys, iter(())
    survey = Survey(mine.geoms, source.crs, AreaMethod(tile.method), threads)
    return keys, _rows(survey, keys, tile.county.layers)


def _rows(survey: Survey, keys: List[Any], layers: Tuple[LayerFile, ...]) -> Iterator[Row]:
    yield from _each_patch(keys, "", PATCH, survey.area_m2)
    for layer in layers:
        source = open_layer(layer.source)
        if not layer.class_field:
            yield from _each_patch(keys, layer.name, COVERED, survey.covered(source))
            continue
        table = survey.by_class(source, layer.class_field)
        for patch, value, area in zip(table.patch.tolist(), table.value, table.area_m2.tolist()):
            yield keys[patch], layer.name, CLASS, value, area
        yield from _each_patch(keys, layer.name, REMAINDER, table.remainder_m2)
        yield from _each_patch(keys, layer.name, OVERLAP, table.overlap_m2)


def _each_patch(keys: List[Any], layer: str, kind: str, areas: np.ndarray) -> Iterator[Row]:
    """Areas that are not nothing; NaN, a patch that cannot be carried over, is written as such."""
    return ((key, layer, kind, "", area) for key, area in zip(keys, areas.tolist()) if area != 0)


def write_rows(path: Path, header: Tuple[str, ...], rows: Iterator[Any]) -> None:
    """A CSV that is there whole or not at all, also when the power fails."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with open(part, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(header)
            writer.writerows(rows)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
