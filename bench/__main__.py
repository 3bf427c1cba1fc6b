"""``python -m bench [small|middle|full]``: everything that ``make bench`` measures, printed and kept in build/bench.

This process stays small and imports no numpy: the peak memory of a child starts at its parent's.
"""
from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, Dict, List, Optional

from . import peers, report
from .desktop import measure_desktop
from .overlays import Bench
from .processes import ROOT, run_process
from .sizes import SIZES, Size
from .targets import targets
from .then_and_now import then_and_now
from .tiles import measure_tiles

FOLDER = ROOT / "build" / "bench"
MAKING_LIMIT_S = 3600
OFFICE_LIMIT_S = 1800
PARTS = ("overlays", "tiles", "office", "speed", "desktop")


def main(arguments: Optional[List[str]] = None) -> int:
    given = _parser().parse_args(arguments)
    size = SIZES[given.size]
    size = replace(size, rounds=given.rounds or size.rounds, limit_s=given.limit or size.limit_s)
    folder = FOLDER / size.name
    if not given.no_peers:
        problem = peers.install()
        _say(f"Peers cannot be installed here: {problem}" if problem else f"Peers are in {peers.PEERS_FOLDER.relative_to(ROOT)}")
    lines = report.heading(size, _county(size, folder))
    if "overlays" in given.parts:
        lines += _overlays(size, folder, given.engines)
    if "tiles" in given.parts:
        lines += report.timing_table("A province in tiles", measure_tiles(size, folder))
    if "office" in given.parts:
        lines += report.timing_table("The register of an office", _office(size, folder))
    if "speed" in given.parts:
        _say(f"A register of {size.register_patches} patches, beside the version before")
        lines += then_and_now(size, folder)
    if "desktop" in given.parts:
        _say(f"The desktop with {size.register_patches} patches")
        lines += report.timing_table("The desktop", measure_desktop(size, folder))
    text = "\n".join(lines)
    (FOLDER / f"{size.name}.md").write_text(text, encoding="utf-8")
    print(text)
    return 0


def _overlays(size: Size, folder: Path, names: Optional[List[str]]) -> List[str]:
    """Each table is told as soon as it is there: the largest size runs for hours."""
    engines = tuple(engine for engine in peers.ENGINES if engine.ours or not names or engine.module in names)
    bench, found, lines = Bench(size, folder, _say, engines), [], []
    for overlay in size.overlays:
        found.append(bench.compare(overlay))
        table = report.comparison_table(found[-1])
        _say("\n".join(table))
        lines += table
    return lines + report.target_table(targets(found, size.parcels))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("size", nargs="?", choices=sorted(SIZES), default="small")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--rounds", type=int, help="interleaved repetitions in place of the size's own")
    parser.add_argument("--limit", type=int, help="seconds after which an engine is stopped, in place of the size's own")
    parser.add_argument("--engines", nargs="+", choices=sorted({engine.module for engine in peers.ENGINES if not engine.ours}),
                        help="the peers that are wanted; all of them without it")
    parser.add_argument("--no-peers", action="store_true", help="install nothing; compare with what is there")
    return parser


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _county(size: Size, folder: Path) -> Dict[str, Any]:
    """The generated county, made when it is not there yet or was made by other code."""
    folder.mkdir(parents=True, exist_ok=True)
    made = folder / "county.json"
    newest = max(path.stat().st_mtime for path in (ROOT / "bench" / "county").glob("*.py"))
    if not made.exists() or made.stat().st_mtime < newest:
        _say(f"Making a county of about {size.parcels} land parcels")
        command = [sys.executable, "-m", "bench.county.making", str(folder), str(size.parcels), str(size.patches)]
        run = run_process(command, MAKING_LIMIT_S, folder / "making.log", made)
        if run.problem:
            raise SystemExit(f"The county cannot be made: {run.problem}")
    return json.loads(made.read_text(encoding="utf-8"))


def _office(size: Size, folder: Path) -> List[Dict[str, Any]]:
    _say(f"A register of {size.register_patches} patches and {size.events} events")
    result = folder / "office" / "office.json"
    result.parent.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "bench.office", str(size.register_patches), str(size.events), str(result.parent), str(result)]
    run = run_process(command, OFFICE_LIMIT_S, result.parent / "office.log", result)
    if run.problem:
        return [{"what": "the office's register", "seconds": None, "note": run.problem}]
    return [*run.told, {"what": "all of this", "seconds": run.wall, "cpu": run.cpu, "note": f"peak {run.peak_mb:.0f} MB"}]


if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ.setdefault("PROJ_DATA", "/usr/share/proj")
    sys.exit(main())
