"""Tile jobs of the province run on the benchmark's county: every engine that is there, against the untiled run."""
from __future__ import annotations

import csv
import json
import shutil
import sys
from pathlib import Path
from typing import Any, Dict, List

from .processes import run_process
from .sizes import LAYERS, Size

PATCHES_PER_TILE = 4000
UNTILED = 10 ** 9
LIMIT_S = 7200
RUNS = (
    ("untiled, 1 thread", "serial", 1, UNTILED), ("tiles, 1 thread", "serial", 1, PATCHES_PER_TILE),
    ("tiles, 2 threads", "serial", 2, PATCHES_PER_TILE), ("tiles, dask.distributed, 2 processes", "dask", 2, PATCHES_PER_TILE),
    ("tiles, Spark map, 2 processes", "spark", 2, PATCHES_PER_TILE),
)


def measure_tiles(size: Size, folder: Path) -> List[Dict[str, Any]]:
    """Rows for the report; areas are held against those of the untiled run, value by value."""
    job = folder / "province.json"
    layers = [{"name": layer.key, "source": f"{layer.table}.gpkg", "class_field": layer.class_field} for layer in LAYERS]
    job.write_text(json.dumps({"counties": ["500101"], "patches": f"patch{size.tile_patches}.gpkg", "key_field": "JCBH",
                               "layers": layers, "area_method": "E"}), encoding="utf-8")
    rows: List[Dict[str, Any]] = []
    reference = folder / "tiles" / f"serial-1-{UNTILED}" / "areas.csv"
    for title, engine, workers, per_tile in RUNS:
        results = folder / "tiles" / f"{engine}-{workers}-{per_tile}"
        shutil.rmtree(results, ignore_errors=True)
        results.parent.mkdir(exist_ok=True)
        command = [sys.executable, "-m", "tools.province", str(job), str(results), "--engine", engine, "--workers", str(workers),
                   "--patches-per-tile", str(per_tile)]
        run = run_process(command, LIMIT_S, folder / "tiles" / f"{engine}.log")
        if run.problem:
            rows.append({"what": title, "seconds": None, "note": run.problem})
            continue
        note = f"peak of one process {run.peak_mb:.0f} MB"
        if results / "areas.csv" != reference:
            note += f"; {apart(reference, results / 'areas.csv')}"
        rows.append({"what": f"{size.tile_patches} patches × six layers, {title}", "seconds": run.wall, "cpu": run.cpu, "note": note})
    return rows


def apart(one: Path, other: Path) -> str:
    """In words, how two tables of areas differ."""
    left, right = _areas(one), _areas(other)
    if left.keys() != right.keys():
        return f"**{len(left.keys() ^ right.keys())} rows are in one table only**"
    return f"{len(left)} areas, largest difference {max((abs(left[key] - right[key]) for key in left), default=0.0):.1e} m²"


def _areas(path: Path) -> Dict[tuple, float]:
    with open(path, encoding="utf-8", newline="") as file:
        return {tuple(row[:-1]): float(row[-1]) for row in list(csv.reader(file))[1:]}
