"""Own patches over many counties: one task a county, each with its own images and masks, the list and its report written in one step.

A job file with ``find_changes`` instead of ``patches``: ``{"counties": [...], "find_changes": {"before": "{county}/a.tif",
"after": …, "area": …, "include": [...], "exclude": [...], "budget": 300, "seed": 1, "min_area": null, "bands": ""}}``.
``{county}`` stands for the code.
"""
from __future__ import annotations

import csv
import hashlib
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, Iterator, List, Mapping, Optional, Tuple

from shapely.errors import GEOSException

from land_inspector.changes.proposing import BUDGET, ENGINE, Request, propose
from land_inspector.errors import InputError, LandInspectorError
from land_inspector.exchange.formats.html import write_page
from land_inspector.exchange.own_patches import candidates_page, image_file, in_order, write_candidates

from .plan import County, Plan, Tile

KEY = "find_changes"
TABLE = "candidates.csv"
COLUMNS = ("candidates", "examined_km2", "not_examined_km2", "dropped", "red_gates", "file")
_KNOWN = {"before", "after", "area", "include", "exclude", "budget", "seed", "min_area", "bands", "before_date", "after_date"}


@dataclass(frozen=True)
class ChangeTile(Tile):
    """One county's task. ``result`` is the row that says how it went; the candidates lie beside it."""

    request: str = ""


def read_changes(path: Path) -> Optional[Dict[str, Mapping[str, Any]]]:
    """What to compare by county; None for a job that measures. Raises InputError for a job that cannot be read."""
    try:
        said = json.loads(Path(path).read_text(encoding="utf-8"))
        wanted = said.get(KEY)
        if wanted is None:
            return None
        unknown = sorted(set(wanted) - _KNOWN)
        if unknown or not wanted.get("before") or not wanted.get("after"):
            raise InputError("{file} is not a job file: {reason}.", "See docs/province.md.", file=str(path),
                             reason=", ".join(unknown) or "before, after")
        return {str(code): {name: _placed(value, str(code), Path(path).parent, name) for name, value in wanted.items()}
                for code in said["counties"]}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError("{file} is not a job file: {reason}.", "See docs/province.md.", file=str(path), reason=repr(error)) from error


def _placed(value: Any, code: str, folder: Path, name: str) -> Any:
    if name in ("include", "exclude"):
        return [_placed(one, code, folder, "") for one in value]
    if name in ("before", "after", "area", "") and value:
        source, bar, rest = str(value).replace("{county}", code).partition("|")
        return str((folder / source).resolve()) + bar + rest
    return value


def plan_changes(counties: Mapping[str, Mapping[str, Any]], folder: Path) -> Plan:
    """A task for each county. Its result is named by its files and settings: where one of them changes, that county alone is done anew.
    Raises InputError for a file that is missing."""
    tiles: List[Tile] = []
    for number, (code, said) in enumerate(counties.items()):
        text = json.dumps(said, sort_keys=True, ensure_ascii=False)
        sources = (said["before"], said["after"], said.get("area"), *said.get("include", ()), *said.get("exclude", ()))
        stamps = [json.dumps(_stamp(source)) for source in sources if source]
        mark = hashlib.sha256("\n".join([ENGINE, text, *stamps]).encode("utf-8")).hexdigest()[:12]
        tiles.append(ChangeTile(County(code, "", "", ()), number, (0.0, 0.0, 0.0, 0.0), "", str(folder / code / f"found-{mark}.csv"), text))
    return Plan(tiles, hashlib.sha256(KEY.encode("utf-8")).hexdigest())


def _stamp(source: str) -> Tuple[str, int, int]:
    path = Path(source.split("|")[0])
    try:
        state = path.stat()
    except OSError as error:
        raise InputError("{file} cannot be opened.", "Check the paths in the job file.", file=str(path)) from error
    return str(path), state.st_size, state.st_mtime_ns


def find_tile(tile: ChangeTile) -> Tuple[int, float, Optional[str]]:
    """Candidates of a county, seconds and why it failed (None where its files are written)."""
    from .job import write_rows  # the job imports this module

    started = time.perf_counter()
    try:
        said: Mapping[str, Any] = json.loads(tile.request)
        proposal = propose(_request(said))
        target = Path(tile.result).with_name("own_patches.gpkg")
        target.parent.mkdir(parents=True, exist_ok=True)
        for older in target.parent.glob("found*.csv"):
            older.unlink()
        write_candidates(target, proposal)
        write_page(str(target.with_suffix(".html")), candidates_page(proposal))
        row = (len(proposal.candidates), round(proposal.examined_m2 / 1e6, 6), round(proposal.not_examined_m2 / 1e6, 6),
               sum(proposal.dropped.values()), sum(gate.level == "red" for gate in proposal.gates), f"{tile.county.code}/{target.name}")
        write_rows(Path(tile.result), COLUMNS, iter([row]))
    except (LandInspectorError, OSError, GEOSException, MemoryError) as error:
        return 0, time.perf_counter() - started, f"{type(error).__name__}: {error}"
    return len(proposal.candidates), time.perf_counter() - started, None


def _request(said: Mapping[str, Any]) -> Request:
    before, after = (image_file(said[name], str(said.get(f"{name}_date") or "")) for name in ("before", "after"))
    smallest = said.get("min_area")
    return in_order(Request(before, after, said.get("area") or "", tuple(said.get("include", ())), tuple(said.get("exclude", ())),
                            int(said.get("budget", BUDGET)), None if smallest is None else float(smallest), int(said.get("seed", 1)),
                            str(said.get("bands") or "")))


def rows_of(plan: Plan) -> Iterator[List[str]]:
    """One row a county, in the plan's order."""
    for tile in plan.tiles:
        with open(tile.result, encoding="utf-8", newline="") as file:
            rows = csv.reader(file)
            next(rows)
            yield from ([tile.county.code, *row] for row in rows)
