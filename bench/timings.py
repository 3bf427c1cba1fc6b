"""Rows of the report that one process times by itself."""
from __future__ import annotations

import json
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional


class Timings:
    """Rows for the report: what was timed, seconds, CPU seconds (which a busy machine distorts less), the limit that an issue sets."""

    def __init__(self) -> None:
        self.rows: List[Dict[str, Any]] = []

    def add(self, what: str, seconds: float, limit: Optional[float] = None, note: str = "", cpu: Optional[float] = None) -> None:
        self.rows.append({"what": what, "seconds": seconds, "cpu": cpu, "limit": limit, "note": note})

    @contextmanager
    def of(self, what: str, limit: Optional[float] = None, note: str = "") -> Iterator[None]:
        started, cpu = time.perf_counter(), time.process_time()
        yield
        self.add(what, time.perf_counter() - started, limit, note, time.process_time() - cpu)

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(self.rows, ensure_ascii=False), encoding="utf-8")
