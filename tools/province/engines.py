"""Who carries the tasks out: this process, dask.distributed, or Spark. Each only maps; nothing is shuffled.

Workers need this checkout on their path and see the same files under the same names.
"""
from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Callable, Dict, Iterator, List, Optional, Tuple

from .job import Outcome, measure_tile
from .plan import Tile

Engine = Callable[[List[Tile], int, Optional[str]], Iterator[Outcome]]

ROOT = str(Path(__file__).resolve().parents[2])
WAVE = 4  # tasks for each Spark core between two looks at the progress


def serial(tiles: List[Tile], workers: int, _address: Optional[str]) -> Iterator[Outcome]:
    """One tile after the other; ``workers`` are threads inside a tile."""
    return (measure_tile(tile, workers) for tile in tiles)


def dask(tiles: List[Tile], workers: int, address: Optional[str]) -> Iterator[Outcome]:
    """dask.distributed: the scheduler at ``address``, or ``workers`` processes on this machine."""
    from distributed import Client, LocalCluster, as_completed

    cluster = None if address else LocalCluster(
        n_workers=workers, threads_per_worker=1, dashboard_address=None, env={"PYTHONPATH": _python_path()})
    try:
        with Client(address or cluster) as client:
            for _future, outcome in as_completed(client.map(measure_tile, tiles, pure=False), with_results=True):
                yield outcome
    finally:
        if cluster is not None:
            cluster.close()


def spark(tiles: List[Tile], workers: int, address: Optional[str]) -> Iterator[Outcome]:
    """Spark's ``map``: the master at ``address``, or ``workers`` processes on this machine. No Sedona is needed."""
    os.environ["PYTHONPATH"] = _python_path()
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    from pyspark import SparkConf, SparkContext

    conf = SparkConf().setMaster(address or f"local[{workers}]").setAppName("land_inspector province")
    context = SparkContext(conf=conf.set("spark.ui.enabled", "false").set("spark.log.level", "ERROR"))
    try:
        step = WAVE * max(context.defaultParallelism, 1)
        for start in range(0, len(tiles), step):
            wave = tiles[start:start + step]
            yield from context.parallelize(wave, len(wave)).map(measure_tile).collect()
    finally:
        context.stop()


def _python_path() -> str:
    return os.pathsep.join(path for path in (ROOT, os.environ.get("PYTHONPATH", "")) if path)


#: Engine by name, and the library it needs.
ENGINES: Dict[str, Tuple[Engine, Optional[str]]] = {
    "serial": (serial, None), "dask": (dask, "distributed"), "spark": (spark, "pyspark"),
}
