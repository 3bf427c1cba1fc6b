"""The register's rows of this version beside those of commit 961c496 (format 1), measured in one run on one machine."""
from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Dict, List, Optional, Tuple

from .processes import ROOT, Run, run_process
from .sizes import Size

THEN = "961c496"
LIMIT_S = 1800
#: Row → what it is called, and the CPU seconds (MB for the peak) that issue 11 asks for at 50 000 patches and 10 000 measured parcels.
ROWS: Dict[str, Tuple[str, Optional[float]]] = {
    "take in": ("taking the patches in, durably", 6), "verdicts": ("one table of verdicts for all of them", None),
    "one verdict": ("one verdict, checked and durably saved, median", None), "township table": ("township table read from the file", 1),
    "export": ("export_townships of all of them", 12), "measure evidence": ("measure_evidence against five layers", 3.5),
    "peak MB": ("peak memory of all of this, MB", 1000),
}


def then_and_now(size: Size, folder: Path) -> List[str]:
    """The table, as Markdown. Without git, or without the old commit in it, only this version is measured."""
    old, tree = _old_tree(), ROOT
    runs = {"then": _run(old, size, folder, "then") if old else None, "now": _run(tree, size, folder, "now")}
    lines = [f"### The register beside commit {THEN}", "",
             f"{size.register_patches} patches; CPU seconds, threads included.", "",
             f"| what | {THEN} | now | asked | |", "|---|--:|--:|--:|---|"]
    then, now = (_values(runs[name]) for name in ("then", "now"))
    for key, (said, target) in ROWS.items():
        lines.append(f"| {said} | {_figure(then.get(key))} | {_figure(now.get(key))} | {'' if target is None else f'≤ {target:g}'} | "
                     f"{_mark(then.get(key), now.get(key), target, size)} |")
    problems = [f"{name}: {run.problem}" for name, run in runs.items() if run is not None and run.problem]
    return [*lines, "", *problems, ""]


def _old_tree() -> Optional[Path]:
    """The sources of the old commit beside the build, checked out once; None where git or the commit is not there."""
    tree = ROOT / "build" / "bench" / THEN
    if not tree.exists():
        made = subprocess.run(["git", "worktree", "add", "--detach", str(tree), THEN], cwd=ROOT, capture_output=True, check=False)
        if made.returncode:
            return None
    return tree


def _run(tree: Path, size: Size, folder: Path, name: str) -> Run:
    place = folder / "speed" / name
    place.mkdir(parents=True, exist_ok=True)
    result = place / "rows.json"
    command = [sys.executable, "bench/register_speed.py", str(tree), str(size.register_patches), str(folder), str(place), str(result)]
    return run_process(command, LIMIT_S, place / "speed.log", result)


def _values(run: Optional[Run]) -> Dict[str, float]:
    return {} if run is None or run.problem else {row["what"]: row["value"] for row in run.told}


def _figure(value: Optional[float]) -> str:
    return "" if value is None else f"{value:.3g}" if value < 1000 else f"{value:.0f}"


def _mark(then: Optional[float], now: Optional[float], target: Optional[float], size: Size) -> str:
    ratio = f"{then / now:.1f} ×" if then and now else ""
    if now is None or target is None or size.register_patches < 50_000:
        return ratio
    return f"{ratio}, {'reached' if now <= target else '**missed**'}"
