"""What every engine shares: its task, the clock, and how it hands its areas over. Needs numpy alone."""
from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable, Dict, List, Sequence, Tuple

import numpy as np

from ..sizes import Layer, layers_of


@dataclass(frozen=True)
class Task:
    """Measure the patches of table ``patches`` against ``layers``; all of them GeoPackages ``folder/TABLE.gpkg``."""

    folder: Path
    patches: str
    layers: Tuple[Layer, ...]
    threads: int
    planar: bool
    out: Path
    extra: Dict[str, Any]

    @classmethod
    def from_file(cls, path: str) -> "Task":
        said = json.loads(Path(path).read_text(encoding="utf-8"))
        return cls(Path(said["folder"]), said["patches"], layers_of(said["layers"]), said["threads"], said["planar"],
                   Path(said["out"]), said.get("extra", {}))

    def path(self, table: str) -> str:
        return str(self.folder / f"{table}.gpkg")


@dataclass
class Work:
    """Seconds by name, versions, and the areas: one value for each patch, layer and class ('' for area covered).

    ``server_mb`` is the peak memory of a server process that worked for this one.
    """

    seconds: Dict[str, float] = field(default_factory=dict)
    versions: Dict[str, str] = field(default_factory=dict)
    server_mb: float = 0.0
    _parts: List[Tuple[np.ndarray, str, np.ndarray, np.ndarray]] = field(default_factory=list)

    def timed(self, name: str, function: Callable, *args: Any, **named: Any) -> Any:
        """The function's result; its time is added to ``name``."""
        started = time.perf_counter()
        try:
            return function(*args, **named)
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - started

    def add(self, layer: Layer, patch: Sequence[int], area: Sequence[float], value: Sequence[Any] = ()) -> None:
        """``patch`` is the number of each patch; values and areas run beside it."""
        values = np.array([str(v) for v in value], dtype="U16") if len(value) else np.full(len(patch), "", "U16")
        self._parts.append((np.asarray(patch, np.int64), layer.key, values, np.asarray(area, float)))

    def hand_over(self, out: Path) -> None:
        columns = {
            "patch": np.concatenate([part[0] for part in self._parts]),
            "layer": np.concatenate([np.full(len(part[0]), part[1], "U1") for part in self._parts]),
            "value": np.concatenate([part[2] for part in self._parts]),
            "area": np.concatenate([part[3] for part in self._parts]),
        }
        np.savez(out, **columns)
        told = {"seconds": self.seconds, "work": sum(self.seconds.values()), "versions": self.versions, "server_mb": self.server_mb}
        out.with_suffix(".json").write_text(json.dumps(told), encoding="utf-8")


def main(measure: Callable[[Task, Work], None]) -> None:
    """Run an engine on the task named on the command line."""
    task, work = Task.from_file(sys.argv[1]), Work()
    measure(task, work)
    work.hand_over(task.out)
