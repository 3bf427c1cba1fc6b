"""One engine in its own process, from cold to its result: wall time, CPU and peak memory as the system counts them."""
from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, List, Optional

ROOT = Path(__file__).resolve().parents[1]
SAID = 400  # characters of a failed process's last words that are shown


@dataclass(frozen=True)
class Run:
    """``wall``, ``cpu`` in s, ``peak_mb`` of the process and its children; ``told`` is what the engine wrote beside its areas.

    ``problem`` is None where it came to its result; ``stopped`` means that the time limit ended it.
    """

    wall: float
    cpu: float
    peak_mb: float
    told: Dict[str, Any] = field(default_factory=dict)
    problem: Optional[str] = None
    stopped: bool = False


def run_process(command: List[str], limit_s: float, log: Path, result: Optional[Path] = None) -> Run:
    """Run a command from the repository's root and wait for it; ``result`` is the JSON file that it leaves.

    The caller has to stay small: a child's peak memory starts at what its parent had when it was born.
    """
    if result is not None:
        result.unlink(missing_ok=True)
    started = time.perf_counter()
    with open(log, "wb") as out:
        process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT, start_new_session=True)
        stop = threading.Timer(limit_s, _end, [process.pid])
        stop.start()
        _pid, status, usage = os.wait4(process.pid, 0)
        wall, stopped = time.perf_counter() - started, not stop.is_alive()
        stop.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    run = Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, stopped=stopped)
    if stopped:
        return Run(**{**run.__dict__, "problem": f"stopped after {limit_s:.0f} s"})
    if process.returncode != 0 or (result is not None and not result.exists()):
        return Run(**{**run.__dict__, "problem": _last_words(log)})
    told = json.loads(result.read_text(encoding="utf-8")) if result is not None else {}
    return Run(**{**run.__dict__, "told": told})


def _end(pid: int) -> None:
    os.killpg(pid, signal.SIGKILL)


def _last_words(log: Path) -> str:
    lines = [line for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    return (lines[-1] if lines else "ended without a word")[:SAID]
