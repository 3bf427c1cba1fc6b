"""The report as Markdown: what was measured where, one table for each overlay, the targets, the office's own times."""
from __future__ import annotations

import os
import platform
from datetime import date
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence

from .overlays import Comparison, Result
from .peers import OURS_1, OURS_2
from .sizes import Size
from .targets import Target


def heading(size: Size, county: Mapping[str, Any]) -> List[str]:
    layers = ", ".join(f"{name} {count}" for name, count in county["layers"].items() if not name.startswith("patch"))
    return [
        f"## {size.name}: {county['side_km']} km × {county['side_km']} km, EPSG:{county['crs']}", "",
        f"{date.today().isoformat()} · {_processor()}, {os.cpu_count()} processors, {_memory_gb():.0f} GiB · {_system()} · "
        f"load {os.getloadavg()[0]:.1f} at the start", "",
        f"Layers: {layers}. Median of {size.rounds} run{'s' * (size.rounds > 1)}; an engine is stopped after {size.limit_s} s.", "",
    ]


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _memory_gb() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2 ** 30


def _system() -> str:
    return f"{platform.freedesktop_os_release().get('PRETTY_NAME', platform.system())}, Python {platform.python_version()}"


def comparison_table(comparison: Comparison) -> List[str]:
    lines = [f"### {comparison.overlay.title}", "",
             "| engine | versions | wall s | without start s | CPU s | peak MB | wall ÷ ours | CPU ÷ ours | largest disagreement |",
             "|---|---|--:|--:|--:|--:|--:|--:|---|"]
    ours = comparison.of(OURS_2)
    results = [*comparison.results.values(), *([comparison.naive] if comparison.naive else [])]
    return lines + [_row(result, ours) for result in results] + [""]


def _row(result: Result, ours: Result) -> str:
    """``ours`` is what the ratios stand on: Land Inspector with two threads."""
    if not result.good:
        stopped = next((run for run in result.runs if run.stopped), None)
        ratio = f"> {stopped.wall / ours.wall:.1f}" if stopped and ours.wall else ""
        return f"| {result.engine.name} | {result.problem} | | | | | {ratio} | | |"
    versions = ", ".join(f"{name} {version}" for name, version in result.good[0].told["versions"].items() if version != "?")
    ratios = [_ratio(result.wall, ours.wall), _ratio(result.cpu, ours.cpu)]
    return (f"| {result.engine.name} | {versions} | {result.wall:.2f} | {result.work:.2f} | {result.cpu:.1f} | {result.peak_mb:.0f} | "
            f"{ratios[0]} | {ratios[1]} | {_disagreement(result)} |")


def _ratio(theirs: float, ours: Optional[float]) -> str:
    return f"{theirs / ours:.2f}" if ours else ""


def _disagreement(result: Result) -> str:
    worst = result.worst()
    if worst is None or result.engine is OURS_1:
        return "—"
    others = {layer: values["m2"] for layer, values in result.disagreement.items() if values["m2"] > 0.01}
    if not others:
        return f"{worst[0]:.1e} m²"
    rest = max((values["m2"] for layer, values in result.disagreement.items() if layer not in others), default=0.0)
    wrong = ", ".join(f"{layer} {area:,.0f} m²" for layer, area in sorted(others.items()))
    return f"**{wrong}**; elsewhere {rest:.1e} m²"


def target_table(rows: Sequence[Target]) -> List[str]:
    lines = ["### Targets", "", "| scenario | against | target | reached | by CPU | |", "|---|---|--:|--:|--:|---|"]
    return lines + [_target_row(row) for row in rows] + [""]


def _target_row(row: Target) -> str:
    if row.reached is None:
        return f"| {row.scenario} | {row.against} | {row.target} {row.unit} | not measured in this run | | |"
    figure = f"{row.reached:.1e}" if row.unit == "m²" else f"{row.reached:.1f}"
    mark = "reached" if row.met else "**not reached**"
    mark += ", on less data than the target speaks of" if row.smaller else ""
    by_cpu = f"{row.by_cpu:.1f} ×" if row.by_cpu else ""
    return f"| {row.scenario} | {row.against} | {row.target} {row.unit} | {'> ' * row.at_least}{figure} {row.unit} | {by_cpu} | {mark} |"


def timing_table(title: str, rows: Sequence[Mapping[str, Any]]) -> List[str]:
    """Rows of ``what``, ``seconds``, ``cpu``, ``limit`` (None without one), ``note``."""
    lines = [f"### {title}", "", "| what | s | CPU s | target s | |", "|---|--:|--:|--:|---|"]
    return lines + [_timing_row(row) for row in rows] + [""]


def _timing_row(row: Mapping[str, Any]) -> str:
    limit, seconds, cpu = row.get("limit"), row.get("seconds"), row.get("cpu")
    if seconds is None:
        return f"| {row['what']} | | | | {row.get('note', '')} |"
    said: Dict[bool, str] = {True: "reached", False: "**not reached**"}
    mark = said[seconds <= limit] if limit else ""
    note = "; ".join(part for part in (mark, row.get("note", "")) if part)
    return f"| {row['what']} | {seconds:.3g} | {f'{cpu:.3g} ' if cpu else ''}| {f'< {limit:g}' if limit else ''} | {note} |"
