"""``python -m bench.pursuit PATCHES CASES FOLDER``: work lists of a register of that size, timed.

Every fifth patch is illegal; cases stand at all stages from the clue to the court. They are recorded through the register, many
in one action, so that the register is the one an office would have.
"""
from __future__ import annotations

import sys
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Dict, Iterator, List, Tuple

import numpy as np
import shapely

from land_inspector.law.work_lists import LISTS
from land_inspector.register import kinds
from land_inspector.register.events import Draft
from land_inspector.register.issuing import issue_batch
from land_inspector.register.judging import Entry, give_verdicts
from land_inspector.register.records import BatchInfo, Intake, IssuedPatch, Township
from land_inspector.register.register import Register
from land_inspector.register.state import State
from land_inspector.register.pursuing import assign_supervision
from land_inspector.register.work_lists import newest_event, read_pursuit, touched_since, updated_pursuit

CRS, BATCH, SEED = "EPSG:4549", "B1", 7
X0, Y0, STEP_M, SIDE_M, TOWNS = 600000.0, 3190000.0, 100.0, 40.0, 25
BEGUN, TODAY = date(2026, 1, 5), date(2026, 11, 20)
_STRAIGHT = (("site_check", 2, {"officers": ["p1", "p2"], "findings": "已动工"}), ("file", 8, {"number": "立1", "officers": ["p1", "p2"]}),
             ("investigate", 20, {"officers": ["p1", "p2"], "number": "调1"}), ("legal_review", 30, {"opinion": "同意"}),
             ("notice", 35, {"number": "告1"}), ("hearing_notice", 35, {"number": "听1"}), ("decide", 50, {"number": "罚1", "organ": "县局"}),
             ("serve", 53, {"manner": "1"}), ("demand", 75, {"number": "催1"}), ("apply_court", 260, {"number": "申1"}),
             ("court_acceptance", 264, {"number": "受1"}))
_LAND = {"land_m2": 1600.0, "cultivated_m2": 600.0}
_FINE_FEN = 20_000_000
_REMEDIES = [{"item": "1", "kind": "demolition", "amount": {"building_m2": 300.0, **_LAND}},
             {"item": "2", "kind": "fine", "amount": {"fen": _FINE_FEN}, "article": "77", "violated_on": "2025-12-01",
              "base": {"land_m2": 1600.0}}]


def make_register(folder: Path, patches: int, cases: int) -> Path:
    """The register, made new; its file."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"pursuit_{patches}_{cases}.gpkg"
    for stale in folder.glob(f"{file.name}*"):
        stale.unlink()
    across = int(np.ceil(np.sqrt(patches)))
    towns = [Township(f"3310821{n:02d}", f"第{n + 1}镇", f"第{n // 5 + 1}所", shapely.to_wkb(shapely.box(X0, Y0, X0 + 1, Y0 + 1)))
             for n in range(TOWNS)]
    with Register.create(file, county_code="331082", county_name="测速县", crs=CRS, townships=towns, by="测速员") as register:
        issued = [_patch(n, across, towns[n * TOWNS // patches]) for n in range(patches)]
        issue_batch(register, BatchInfo(BATCH, "一批", 2026, month=1, issued_on="2026-01-01", deduct_until="2026-10-31"),
                    Intake("测速.gpkg", "d", patches, CRS, "UTF-8", "m2", issued, [], []), by="测速员")
        illegal = [f"T{n:06d}" for n in range(0, patches, 5)]
        said = {"PDJL1": "2", "PDJL2": "201", "WFMJ": 1600.0, "WFGD": 600.0, "WFJBNT": 0.0}
        give_verdicts(register, BATCH, [Entry(label, said) for label in illegal], by="测速员", effective_on="2026-01-02")
        _pursue(register, illegal[:cases])
        assign_supervision(register, "督导员", [town.code for town in towns[:10]], since="2026-02-01", until="2026-09-30", by="测速员")
    return file


def _patch(number: int, across: int, town: Township) -> IssuedPatch:
    x, y = X0 + STEP_M * (number % across), Y0 + STEP_M * (number // across)
    outline = shapely.box(x, y, x + SIDE_M, y + SIDE_M)
    said = {"JCBH": f"T{number:06d}", "XZQDM": "331082", "XZDM": town.code, "XZMC": town.name, "JCMJ": outline.area}
    return IssuedPatch(number + 1, said, shapely.to_wkb(outline), outline.area, {})


def _pursue(register: Register, labels: List[str]) -> None:
    """Cases at every stage, in actions of a few hundred."""
    rng = np.random.default_rng(SEED)
    for start in range(0, len(labels), 250):
        found = register.find(BATCH, labels[start:start + 250])
        drafts = [draft for n, (parcel, patch) in enumerate(found, start) for draft in _case(n, parcel, patch, rng)]

        def build(_state: State, drafts: List[Draft] = drafts) -> List[Draft]:
            return drafts

        register.record(build, by="测速员", patches=[patch for _parcel, patch in found])


def _case(number: int, parcel: str, patch: str, rng: np.random.Generator) -> Iterator[Draft]:
    case, begun = f"case-{number:06d}", BEGUN + timedelta(days=int(rng.integers(0, 250)))
    subjects: Tuple[str, ...] = (case, parcel, patch)
    yield Draft(kinds.CASE_OPENED, subjects, {"case": case, "parcels": [parcel], "label": f"案{number}", "particulars": {"source": "2"}},
                begun.isoformat())
    for act, after, said in _STRAIGHT[:int(rng.integers(0, len(_STRAIGHT) + 1))]:
        on = (begun + timedelta(days=after)).isoformat()
        more: Dict[str, Any] = {"remedies": _REMEDIES} if act in ("notice", "decide") else {}
        yield Draft(kinds.CASE_ACT, subjects, {"case": case, "act": act, "particulars": {**said, **more}}, on)
        if act == "serve":
            yield from _remedies(case, parcel, patch, begun + timedelta(days=after), rng)


def _remedies(case: str, parcel: str, patch: str, served: date, rng: np.random.Generator) -> Iterator[Draft]:
    for item, kind, amount in (("1", "demolition", _REMEDIES[0]["amount"]), ("2", "fine", {"fen": _FINE_FEN})):
        key, on = f"{case}-{kind}", served.isoformat()
        track = {"id": key, "parcel": parcel, "kind": kind, "ordered": amount, "ordered_on": on, "case": case, "item": item,
                 "same_ground_as": None}
        yield Draft(kinds.REMEDY_ORDERED, (key, parcel, patch), {"track": track}, on)
        if rng.random() < 0.6:
            done_on = (served + timedelta(days=30)).isoformat()
            step = {"amount": amount if kind == "demolition" else {"fen": _FINE_FEN // 4}, "on": done_on, "evidence": []}
            yield Draft(kinds.REMEDY_PROGRESSED, (key, parcel, patch), {"remedy": key, "step": step}, done_on)
            if kind == "demolition" and rng.random() < 0.5:
                on = (served + timedelta(days=60)).isoformat()
                yield Draft(kinds.REMEDY_ACCEPTED, (key, parcel, patch),
                            {"remedy": key, "acceptance": {"status": "2", "level": "2", "on": on}}, on)


def measure(file: Path) -> None:
    """Print how long reading, bringing up to date and each list take."""
    with Register.open(file) as register:
        before = newest_event(register)
        pursuit = _timed("read everything (beside the window)", lambda: read_pursuit(register))
        for code in LISTS:
            def answer(code: str = code) -> Any:
                rows = pursuit.table.rows(code, TODAY)
                return rows, pursuit.table.totals(rows, TODAY)
            rows, totals = _timed(f"list {code}", answer)
            print(f"    {len(rows)} rows on {totals.parcels} parcels, {totals.land_m2:.2f} m², {totals.fen / 100:.2f} yuan")
        _timed("counts of all lists", lambda: pursuit.table.counts(TODAY))
        give_verdicts(register, BATCH, [Entry("T000001", {"PDJL1": "1", "PDJL2": "101"})], by="测速员")
        _timed("bring up to date after one act", lambda: updated_pursuit(register, pursuit, touched_since(register, before) or []))
        _timed("read everything as of a past day", lambda: read_pursuit(register, date(2026, 6, 30)))


def _timed(what: str, act: Any) -> Any:
    start = time.perf_counter()
    found = act()
    print(f"{what}: {1000 * (time.perf_counter() - start):.0f} ms")
    return found


def main(arguments: List[str]) -> None:
    patches, cases, folder = int(arguments[0]), int(arguments[1]), Path(arguments[2])
    start = time.perf_counter()
    file = make_register(folder, patches, cases)
    print(f"{patches} patches, {cases} cases in {time.perf_counter() - start:.0f} s: {file.name}")
    measure(file)


if __name__ == "__main__":
    main(sys.argv[1:])
