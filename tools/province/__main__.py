"""``python -m tools.province JOB.json FOLDER --engine dask --workers 8``: measure whole counties, tile by tile."""
from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import List, Optional

from land_inspector.errors import LandInspectorError

from .engines import ENGINES
from .run import run


def main(arguments: Optional[List[str]] = None) -> int:
    given = _parser().parse_args(arguments)
    try:
        totals = run(given.job, given.folder, given.engine, given.workers, patches_per_tile=given.patches_per_tile,
                     address=given.address, tell=_tell)
    except LandInspectorError as error:
        print(f"\n{error}", file=sys.stderr)
        return 2
    print(f"\n{totals.tiles} tiles ({totals.skipped} done before), {totals.patches} patches, {totals.seconds:.1f} s")
    for outcome in totals.failed:
        print(f"failed: county {outcome.tile.county.code} tile {outcome.tile.number}: {outcome.error}", file=sys.stderr)
    if totals.failed:
        print("Give the same command again to repeat only these tiles.", file=sys.stderr)
        return 1
    print(totals.table)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.province", description=__doc__)
    parser.add_argument("job", type=Path, help="job file, see docs/province.md")
    parser.add_argument("folder", type=Path, help="where results go; a broken-off run goes on where it stopped")
    parser.add_argument("--engine", choices=sorted(ENGINES), default="serial")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="threads (serial) or processes on this machine")
    parser.add_argument("--address", help="a dask scheduler or Spark master that runs already")
    parser.add_argument("--patches-per-tile", type=int, default=4000)
    return parser


def _tell(done: int, tiles: int, patches: int, seconds: float) -> None:
    end = "\n" if not sys.stderr.isatty() else "\r"
    print(f"{done}/{tiles} tiles, {patches} patches, {seconds:.0f} s", end=end, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
