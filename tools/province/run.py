"""A run from its plan to the joined table; what an earlier, broken-off run finished is not done again."""
from __future__ import annotations

import csv
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Callable, Iterator, List, Optional

from land_inspector.errors import InputError, MissingLibraryError, RefusedError

from .changes import COLUMNS as FOUND_COLUMNS, TABLE as FOUND_TABLE, plan_changes, read_changes, rows_of
from .engines import ENGINES
from .job import COLUMNS, Outcome, write_rows
from .plan import Plan, make_plan, read_job

DIGEST_FILE = "plan.sha256"
TABLE = "areas.csv"


@dataclass(frozen=True)
class Totals:
    """What a run did. ``failed`` tiles are done again when the same command is given again."""

    tiles: int
    skipped: int
    patches: int
    failed: List[Outcome]
    seconds: float
    table: Optional[Path]


Tell = Callable[[int, int, int, float], None]


def run(job: Path, folder: Path, engine: str = "serial", workers: int = 2, *, patches_per_tile: int = 4000,
        address: Optional[str] = None, tell: Optional[Tell] = None) -> Totals:
    """Measure every county of a job file into ``folder/areas.csv``, or find changes in all of them (``folder/candidates.csv``).

    ``tell(done, tiles, patches, seconds)`` hears of each finished tile. Raises InputError for a job that cannot be
    read, RefusedError when ``folder`` holds results of other data, MissingLibraryError without the engine's library.
    """
    started = time.perf_counter()
    carry_out, library = _engine(engine)
    if library is not None and find_spec(library) is None:
        raise MissingLibraryError("The engine {engine} needs {library}.", "Install it, or use the engine serial.",
                                  engine=engine, library=library)
    changes = read_changes(Path(job))
    plan = plan_changes(changes, Path(folder)) if changes is not None else make_plan(*read_job(Path(job)), patches_per_tile, Path(folder))
    _claim(Path(folder), plan)
    todo = [tile for tile in plan.tiles if not Path(tile.result).exists()]
    skipped, patches, failed = len(plan.tiles) - len(todo), 0, []
    for done, outcome in enumerate(carry_out(todo, workers, address) if todo else (), 1):
        patches += outcome.patches
        if outcome.error is not None:
            failed.append(outcome)
        if tell is not None:
            tell(skipped + done, len(plan.tiles), patches, time.perf_counter() - started)
    table = None if failed else _joined(Path(folder), plan) if changes is None else _found(Path(folder), plan)
    return Totals(len(plan.tiles), skipped, patches, failed, time.perf_counter() - started, table)


def _engine(name: str) -> Any:
    if name not in ENGINES:
        raise InputError("There is no engine {engine}.", "Choose one of {known}.", engine=name, known=", ".join(ENGINES))
    return ENGINES[name]


def _claim(folder: Path, plan: Plan) -> None:
    """Results of other data, fields or tiles must not be mixed with these."""
    folder.mkdir(parents=True, exist_ok=True)
    mark = folder / DIGEST_FILE
    if mark.exists() and mark.read_text(encoding="ascii") != plan.digest:
        raise RefusedError("{folder} holds results of other files or settings.", "Choose an empty folder.", folder=str(folder))
    mark.write_text(plan.digest, encoding="ascii")


def _joined(folder: Path, plan: Plan) -> Path:
    """One table of all tiles, in the plan's order, with the county in front."""
    write_rows(folder / TABLE, ("county", *COLUMNS), _all_rows(plan))
    return folder / TABLE


def _found(folder: Path, plan: Plan) -> Path:
    """One row a county of what was found."""
    write_rows(folder / FOUND_TABLE, ("county", *FOUND_COLUMNS), rows_of(plan))
    return folder / FOUND_TABLE


def _all_rows(plan: Plan) -> Iterator[List[str]]:
    for tile in plan.tiles:
        with open(tile.result, encoding="utf-8", newline="") as file:
            rows = csv.reader(file)
            next(rows)
            yield from ([tile.county.code, *row] for row in rows)
