"""``python -m bench.office PATCHES EVENTS FOLDER RESULT.json``: a county bureau's register at full size, timed.

The register is made new through the plugin's own verbs: a batch imported from a GeoPackage, verdicts given and given
again, reviews passed and returned, until it holds as many events as asked for.
"""
from __future__ import annotations

import sys
import time
from pathlib import Path
from statistics import median
from typing import List, Sequence

import numpy as np
import shapely

from land_inspector.exchange.intake.patches import take_in
from land_inspector.law.townships import township_rows
from land_inspector.register.figures import Scope, frames, township_table
from land_inspector.register.issuing import issue_batch
from land_inspector.register.judging import Entry, answer_return, give_verdicts, pass_review, return_parcels
from land_inspector.register.sealing import OriginBook
from land_inspector.register.records import BatchInfo, Township
from land_inspector.register.register import Register
from land_inspector.register.undoing import undo

from .county.making import CRS, SEED, write_layer
from .county.mesh import X0, Y0
from .county.zones import growth_centres, make_patches
from .timings import Timings

SIDE_M = 60_000.0
TOWNS = 5  # townships along a side
BATCH = "B1"
SINGLE_VERDICTS = 15
VERDICTS = ({"PDJL1": "1", "PDJL2": "101"}, {"PDJL1": "2", "PDJL2": "201"}, {"PDJL1": "3", "PDJL2": "301"})


def townships() -> List[Township]:
    side = SIDE_M / TOWNS
    boxes = [(X0 + side * (k % TOWNS), Y0 + side * (k // TOWNS)) for k in range(TOWNS * TOWNS)]
    return [Township(f"500101{100 + k}", f"第{k + 1}镇", f"第{k // TOWNS + 1}所", shapely.to_wkb(shapely.box(x, y, x + side, y + side)))
            for k, (x, y) in enumerate(boxes)]


def write_batch(path: Path, count: int) -> None:
    """An issued batch as a province hands it out."""
    rng = np.random.default_rng(SEED)
    outlines = make_patches(count, SIDE_M, growth_centres(SIDE_M, 150, rng), rng)
    area = shapely.area(outlines).round(2).tolist()
    write_layer(path, "batch", outlines, {
        "XZQDM": ["500101"] * count, "JCBH": [f"T{k:06d}" for k in range(count)], "TBLX": ["11"] * count,
        "QSX": ["20260301"] * count, "HSX": ["20260501"] * count, "JCMJ": area})


def new_register(file: Path, book: OriginBook) -> Register:
    """An empty register of the benchmark's county in place of the one that is there."""
    for old in file.parent.glob(file.name + "*"):
        old.unlink()
    return Register.create(file, county_code="500101", county_name="基准县", crs=f"EPSG:{CRS}", townships=townships(), by="bench",
                           origins=book)


def measure(patches: int, events: int, folder: Path) -> Timings:
    timings = Timings()
    source, file = folder / "batch.gpkg", folder / "register.gpkg"
    write_batch(source, patches)
    book = OriginBook(folder / "origins.json")
    with new_register(file, book) as register:
        import_batch(register, source, patches, timings)
        labels = register.patches(BATCH)["JCBH"].tolist()
        _fill(register, labels, events, timings)
    _reopen(file, book, timings)
    with Register.open(file, origins=book) as register:
        _work_at_the_desk(register, labels, timings)
        _count(register, timings)
        _fold(register, timings)
        _undo_all(register, labels, timings)
    return timings


def import_batch(register: Register, source: Path, count: int, timings: Timings) -> None:
    with timings.of(f"reading and checking a batch of {count} patches"):
        intake = take_in(str(source), target_crs=f"EPSG:{CRS}", area_method="E", townships=register.storage.townships())
    with timings.of(f"taking {count} patches into the register, durably"):
        issue_batch(register, BatchInfo(BATCH, "一批", 2026, month=5, issued_on="2026-05-10"), intake, by="bench")


def _fill(register: Register, labels: Sequence[str], events: int, timings: Timings) -> None:
    """Rounds of verdicts, returns, answers and passes over the whole batch until ``events`` are there."""
    count, round_no = register.storage.latest().sequence, 0
    acts = (
        lambda some: give_verdicts(register, BATCH, [Entry(label, VERDICTS[(k + round_no) % 3]) for k, label in enumerate(some)], by="甲"),
        lambda some: pass_review(register, BATCH, some, level="county", by="乙"),
        lambda some: return_parcels(register, BATCH, some, level="city", reason="举证不足", by="市局"),
        lambda some: answer_return(register, BATCH, some, answer="已补充", by="甲"),
    )
    while count < events:
        some = labels[:min(len(labels), events - count)]
        with timings.of(f"one table of {len(some)} verdicts, all checked, one durable action"):
            acts[round_no % len(acts)](some)
        if round_no:
            timings.rows.pop()
        count, round_no = count + len(some), round_no + 1


def _reopen(file: Path, book: OriginBook, timings: Timings) -> None:
    from land_inspector.ui.review.filters import Criteria, find  # needs QGIS, the other measurements do not
    from land_inspector.ui.review.parcel_table import ParcelTable

    with timings.of("opening the register and listing the batch", 3, "of the dock's 3 s; without the window"):
        with Register.open(file, origins=book) as register:
            table = ParcelTable(register.parcels(BATCH))
    asked = (Criteria(text="t0123"), Criteria(township="500101100"), Criteria(verdict="2", township="500101107"),
             Criteria(marks=("incomplete",)))
    slowest = 0.0
    for criteria in asked:
        started = time.perf_counter()
        find(table, criteria)
        slowest = max(slowest, time.perf_counter() - started)
    timings.add(f"filter with the counts of every other choice, slowest of {len(asked)}", slowest, 0.2)


def _work_at_the_desk(register: Register, labels: Sequence[str], timings: Timings) -> None:
    spent: List[float] = []
    cpu = time.process_time()
    for k, label in enumerate(labels[:SINGLE_VERDICTS]):
        started = time.perf_counter()
        judged = give_verdicts(register, BATCH, [Entry(label, VERDICTS[k % 3])], by="甲")
        spent.append(time.perf_counter() - started)
    timings.add("one verdict, checked and durably saved", median(spent), 0.15, f"median of {SINGLE_VERDICTS}, slowest {max(spent):.3f} s",
                (time.process_time() - cpu) / SINGLE_VERDICTS)
    with timings.of("undoing it"):
        undo(register, judged.recorded.group, by="甲")


def _count(register: Register, timings: Timings) -> None:
    found = frames(register, Scope(batch=BATCH))
    with timings.of(f"township table of {len(found.parcels)} parcels from state frames", 1):
        township_rows(found.parcels, found.patches, found.townships, found.pack, remedies=found.remedies, cases=found.cases)
    with timings.of("the same with the county's row, read from the file"):
        township_table(register, Scope(batch=BATCH))


def _fold(register: Register, timings: Timings) -> None:
    count = register.storage.latest().sequence
    with timings.of(f"folding {count} events from the file, from nothing", 10):
        state = register.state()
    with timings.of("loading the stored state of all of them", 1):
        stored = register.storage.load_state()
    apart = len(state.same_as(stored))
    timings.rows[-1]["note"] = "stored and folded state are the same" if not apart else f"**{apart} records differ**"


def _undo_all(register: Register, labels: Sequence[str], timings: Timings) -> None:
    """The whole batch judged by one table, and that table taken back."""
    judged = give_verdicts(register, BATCH, [Entry(label, VERDICTS[2]) for label in labels], by="甲")
    with timings.of(f"undoing one table of {len(labels)} verdicts", note="one durable action"):
        undo(register, judged.recorded.group, by="甲")


def main(patches: str, events: str, folder: str, result: str) -> None:
    Path(folder).mkdir(parents=True, exist_ok=True)
    timings = measure(int(patches), int(events), Path(folder))
    timings.write(Path(result))


if __name__ == "__main__":
    main(*sys.argv[1:])
