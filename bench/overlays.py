"""Every engine on every overlay, interleaved round by round, and how far their areas are apart."""
from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import Any, Callable, Dict, List, Optional

from . import postgres
from .peers import ENGINES, OURS_1, OURS_2, POSTGIS, Engine, missing
from .processes import Run, run_process
from .sizes import Overlay, Size

NAIVE = Engine("naive GEOS", "naive", "shapely", True)
REFERENCE_LIMIT_S = 3600
NAIVE_UP_TO = 10_000  # patches

Say = Callable[[str], None]


@dataclass
class Result:
    """The runs of one engine on one overlay. ``disagreement``: layer → {m2, values, apart} against Land Inspector."""

    engine: Engine
    runs: List[Run] = field(default_factory=list)
    missing: Optional[str] = None
    disagreement: Dict[str, Dict[str, float]] = field(default_factory=dict)

    @property
    def good(self) -> List[Run]:
        return [run for run in self.runs if run.problem is None]

    @property
    def problem(self) -> Optional[str]:
        return self.missing or next((run.problem for run in self.runs if run.problem), None)

    def middle(self, value: Callable[[Run], float]) -> Optional[float]:
        return median(map(value, self.good)) if self.good else None

    @property
    def wall(self) -> Optional[float]:
        return self.middle(lambda run: run.wall)

    @property
    def cpu(self) -> Optional[float]:
        return self.middle(lambda run: run.cpu)

    @property
    def peak_mb(self) -> Optional[float]:
        return self.middle(lambda run: run.peak_mb)

    @property
    def work(self) -> Optional[float]:
        """s without the start of the process: reading and measuring."""
        return self.middle(lambda run: run.told["work"])

    @property
    def compute(self) -> Optional[float]:
        """s without reading, where the engine reads apart from measuring."""
        return self.middle(lambda run: sum(s for name, s in run.told["seconds"].items() if not name.startswith("read")))

    def worst(self) -> Optional[tuple]:
        """(m², layer) of the largest disagreement."""
        found = [(values["m2"], layer) for layer, values in self.disagreement.items()]
        return max(found) if found else None


@dataclass
class Comparison:
    """All results on one overlay, by engine name; ``naive`` is the plainest GEOS against which ours is proved."""

    overlay: Overlay
    results: Dict[str, Result]
    naive: Optional[Result] = None

    def of(self, engine: Engine) -> Result:
        return self.results[engine.name]


class Bench:
    """Runs engines on one county. ``folder`` holds its layers; results lie in ``folder/runs``."""

    def __init__(self, size: Size, folder: Path, say: Say, engines: tuple = ENGINES):
        self._size, self._folder, self._say, self._engines = size, folder, say, engines
        self._runs = folder / "runs"
        self._runs.mkdir(exist_ok=True)
        self._missing = {engine.name: missing(engine) for engine in engines}
        no_server = postgres.missing()
        for engine in engines:
            if engine.module == POSTGIS.module and no_server:
                self._missing[engine.name] = no_server

    def compare(self, overlay: Overlay) -> Comparison:
        self._say(overlay.title)
        results = {engine.name: Result(engine, missing=self._missing[engine.name]) for engine in self._engines}
        for _round in range(self._size.rounds):
            for result in results.values():
                if result.problem is None and result.engine.module != POSTGIS.module:
                    result.runs.append(self._run(result.engine, overlay))
        self._with_server(overlay, [result for result in results.values() if result.engine.module == POSTGIS.module])
        comparison = Comparison(overlay, results)
        self._judge(comparison)
        return comparison

    def _run(self, engine: Engine, overlay: Overlay, server: Optional[postgres.Server] = None,
             limit_s: Optional[float] = None) -> Run:
        out = self._out(engine, overlay)
        task = {"folder": str(self._folder), "patches": f"patch{overlay.patches}", "layers": overlay.layers, "threads": engine.threads,
                "planar": engine.planar, "out": str(out), "extra": {"server": server.address} if server else {}}
        task_file = out.with_suffix(".task.json")
        task_file.write_text(json.dumps(task), encoding="utf-8")
        before = server.cpu() if server else 0.0
        run = run_process([engine.python, "-m", f"bench.engines.{engine.module}", str(task_file)], limit_s or self._size.limit_s,
                          out.with_suffix(".log"), out.with_suffix(".json"))
        if server:
            run = replace(run, cpu=run.cpu + server.cpu() - before, peak_mb=run.peak_mb + run.told.get("server_mb", 0))
        self._say(f"  {engine.name}: " + (run.problem or f"{run.wall:.1f} s"))
        return run

    def _out(self, engine: Engine, overlay: Overlay) -> Path:
        kind = "planar" if engine.planar else "ellipsoid"
        return self._runs / f"{overlay.layers}-{overlay.patches}-{engine.module}-{engine.threads}-{kind}.npz"

    def _with_server(self, overlay: Overlay, results: List[Result]) -> None:
        """PostGIS: loading is not counted, as a server has its data."""
        wanted = [result for result in results if result.problem is None]
        if not wanted:
            return
        with postgres.server() as server:
            loader = replace(POSTGIS, name="PostGIS, loading", module="postgis_load")
            loaded = self._run(loader, overlay, server, REFERENCE_LIMIT_S)
            for result in wanted * self._size.rounds:
                result.runs.append(self._run(result.engine, overlay, server) if loaded.problem is None else loaded)

    def _judge(self, comparison: Comparison) -> None:
        """Like with like: planar engines against our planar areas, QGIS's against ours on the ellipsoid."""
        planar = replace(OURS_2, name="Land Inspector, planar (for comparison)", planar=True)
        self._run(planar, comparison.overlay, limit_s=REFERENCE_LIMIT_S)
        reference = {True: self._out(planar, comparison.overlay), False: self._out(OURS_1, comparison.overlay)}
        results = list(comparison.results.values())
        if comparison.overlay.patches <= NAIVE_UP_TO:
            comparison.naive = Result(NAIVE, [self._run(NAIVE, comparison.overlay, limit_s=REFERENCE_LIMIT_S)])
            results.append(comparison.naive)
        for result in results:
            if result.good and reference[result.engine.planar].exists():
                result.disagreement = self._apart(reference[result.engine.planar], self._out(result.engine, comparison.overlay))

    def _apart(self, reference: Path, other: Path) -> Dict[str, Any]:
        result = other.with_suffix(".apart.json")
        command = [sys.executable, "-m", "bench.disagreement", str(reference), str(other), str(result)]
        return run_process(command, REFERENCE_LIMIT_S, other.with_suffix(".log"), result).told
