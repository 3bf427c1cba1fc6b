"""The engines that are compared, where each of them runs, and whether it is there."""
from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import List, Optional, Tuple

from .processes import ROOT

PEERS_FOLDER = ROOT / "build" / "bench-venv"
PEERS_PYTHON = PEERS_FOLDER / "bin" / "python"
REQUIREMENTS = ROOT / "requirements-bench.txt"
TILE_ENGINE = ROOT / "requirements-province.txt"


@dataclass(frozen=True)
class Engine:
    """``module`` under bench.engines; ``needs`` is the library without which it is left out.

    ``apart`` engines run in their own environment, for their numpy is not the one that QGIS is built for.
    ``planar``: areas in the plane of the county's CRS, otherwise on its ellipsoid. ``threads`` it is asked for.
    """

    name: str
    module: str
    needs: str
    planar: bool
    threads: int = 1
    apart: bool = False
    ours: bool = False

    @property
    def python(self) -> str:
        return str(PEERS_PYTHON) if self.apart else sys.executable


OURS_1 = Engine("Land Inspector, 1 thread", "ours", "shapely", False, 1, ours=True)
OURS_2 = Engine("Land Inspector, 2 threads", "ours", "shapely", False, 2, ours=True)
OURS_QGIS = Engine("Land Inspector in QGIS", "ours_qgis", "qgis.core", False, 2, ours=True)
NATIVE_INTERSECTION = Engine("native:intersection + sums", "native_intersection", "qgis.core", False)
NATIVE_OVERLAP = Engine("native:calculatevectoroverlaps", "native_overlap", "qgis.core", False)
LOOP = Engine("PyQGIS loop", "pyqgis_loop", "qgis.core", False)
GEOPANDAS = Engine("geopandas.overlay", "geopandas_overlay", "geopandas", True, apart=True)
POSTGIS = Engine("PostGIS, no parallel workers", "postgis", "psycopg2", True)
POSTGIS_2 = Engine("PostGIS, 1 parallel worker", "postgis", "psycopg2", True, 2)
DUCKDB = Engine("DuckDB spatial, 1 thread", "duckdb_spatial", "duckdb_extensions", True, apart=True)
DUCKDB_2 = Engine("DuckDB spatial, 2 threads", "duckdb_spatial", "duckdb_extensions", True, 2, apart=True)
SEDONADB = Engine("SedonaDB, 1 thread", "sedona_db", "sedonadb", True, apart=True)
SEDONADB_2 = Engine("SedonaDB, 2 threads", "sedona_db", "sedonadb", True, 2, apart=True)

ENGINES: Tuple[Engine, ...] = (
    OURS_1, OURS_2, OURS_QGIS, NATIVE_INTERSECTION, NATIVE_OVERLAP, LOOP, GEOPANDAS, POSTGIS, POSTGIS_2,
    DUCKDB, DUCKDB_2, SEDONADB, SEDONADB_2,
)


def missing(engine: Engine) -> Optional[str]:
    """Why an engine cannot run here, None where it can."""
    if engine.apart and not PEERS_PYTHON.exists():
        return f"not installed (no {PEERS_FOLDER.relative_to(ROOT)})"
    found = subprocess.run([engine.python, "-c", f"import {engine.needs}"], cwd=ROOT, capture_output=True)
    return None if found.returncode == 0 else f"not installed (no {engine.needs})"


def install() -> Optional[str]:
    """Make the peers' environment once, apart from the plugin's, and give ours dask; a word when that is not possible here."""
    mark = PEERS_FOLDER / ".ready"
    wanted = REQUIREMENTS.read_text(encoding="utf-8") + TILE_ENGINE.read_text(encoding="utf-8")
    if mark.exists() and mark.read_text(encoding="utf-8") == wanted:
        return None
    for step in _steps():
        done = subprocess.run(step, cwd=ROOT, capture_output=True, text=True)
        if done.returncode != 0:
            return (done.stderr.strip().splitlines() or ["no reason given"])[-1]
    mark.write_text(wanted, encoding="utf-8")
    return None


def _steps() -> List[List[str]]:
    base = str(Path(sys.base_prefix) / "bin" / "python3")
    pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    return [
        [base, "-m", "venv", str(PEERS_FOLDER)],
        [str(PEERS_PYTHON), *pip, "--requirement", str(REQUIREMENTS)],
        [sys.executable, *pip, "--constraint", "constraints.txt", "--requirement", str(TILE_ENGINE)],
    ]
