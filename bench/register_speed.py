"""``python bench/register_speed.py TREE PATCHES COUNTY FOLDER RESULT.json``: what the register of a bureau costs, by any version.

``TREE`` is the root of the sources that are measured: these, or those of an older version (:mod:`bench.then_and_now`). ``COUNTY``
is the generated county with its layers. The rows have the same names in every version.
"""
from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any, Dict, List

SINGLE_VERDICTS = 15
LAYERS = (
    {"key": "dltb", "role": "land_use", "source": "dltb.gpkg", "fields": {"class": "DLBM"}},
    {"key": "pw", "role": "approval", "source": "redline.gpkg", "fields": {"number": "XMMC"}},
    {"key": "nt", "role": "farmland", "source": "farmland.gpkg"},
    {"key": "gd", "role": "supply", "source": "parcel.gpkg", "fields": {"number": "ZDH"}},
    {"key": "ss", "role": "facility", "source": "facility.gpkg", "fields": {"number": "BABH"}},
)


def measure(patches: int, county: Path, folder: Path) -> List[Dict[str, Any]]:
    from bench import office
    from land_inspector.exchange.publishing import publish_townships
    from land_inspector.register.figures import Scope, township_table

    rows = _Rows()
    source, file, out = folder / "batch.gpkg", folder / "register.gpkg", folder / "out"
    if not source.exists():
        office.write_batch(source, patches)
    out.mkdir(exist_ok=True)
    book = office.OriginBook(folder / "origins.json")
    with office.new_register(file, book) as register:
        intake = office.take_in(str(source), target_crs=f"EPSG:{office.CRS}", area_method="E", townships=register.storage.townships())
        rows.timed("take in", office.issue_batch, register, office.BatchInfo(office.BATCH, "一批", 2026, month=5, issued_on="2026-05-10"),
                   intake, by="bench")
        labels = register.patches(office.BATCH)["JCBH"].tolist()
        rows.timed("verdicts", office.give_verdicts, register, office.BATCH, _verdicts(office, labels), by="甲")
        rows.add("one verdict", _one_by_one(office, register, labels))
    with office.Register.open(file, origins=book) as register:
        rows.timed("township table", township_table, register, Scope(batch=office.BATCH))
        rows.timed("export", publish_townships, register, out, language="zh")
    _measure_evidence(office, county, folder, rows)
    rows.add("peak MB", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    return rows.found


class _Rows:
    """CPU seconds of each row, threads included."""

    def __init__(self) -> None:
        self.found: List[Dict[str, Any]] = []

    def timed(self, what: str, act: Any, *given: Any, **more: Any) -> None:
        started = time.process_time()
        act(*given, **more)
        self.add(what, time.process_time() - started)

    def add(self, what: str, value: float) -> None:
        self.found.append({"what": what, "value": value})


def _verdicts(office: Any, labels: List[str]) -> List[Any]:
    return [office.Entry(label, office.VERDICTS[k % 3]) for k, label in enumerate(labels)]


def _one_by_one(office: Any, register: Any, labels: List[str]) -> float:
    spent = []
    for entry in _verdicts(office, labels[1:SINGLE_VERDICTS + 1]):
        started = time.process_time()
        office.give_verdicts(register, office.BATCH, [entry], by="甲")
        spent.append(time.process_time() - started)
    return median(spent)


def _measure_evidence(office: Any, county: Path, folder: Path, rows: _Rows) -> None:
    """The county's own patches against five of its layers, as ``measure_evidence`` does it. What is compiled is compiled before."""
    from land_inspector.evidence import accelerator
    from land_inspector.evidence.profile import profile_of
    from land_inspector.register.measuring import measure_batch

    accelerator.prepare()
    profile = profile_of({"version": 1, "name": "bench", "layers": [dict(layer) for layer in LAYERS]}, county / "profile.json")
    book, patches = office.OriginBook(folder / "origins.json"), _most_patches(county)
    with office.new_register(folder / "measured.gpkg", book) as register:
        intake = office.take_in(str(patches), target_crs=f"EPSG:{office.CRS}", area_method="E", townships=register.storage.townships())
        office.issue_batch(register, office.BatchInfo("B1", "一批", 2026, month=5, issued_on="2026-05-10"), intake, by="bench")
        rows.timed("measure evidence", measure_batch, register, "B1", profile)


def _most_patches(county: Path) -> Path:
    """At most 10 000 of them."""
    counts = sorted(int(path.stem[len("patch"):]) for path in county.glob("patch*.gpkg"))
    return county / f"patch{max(count for count in counts if count <= 10_000)}.gpkg"


def main(tree: str, patches: str, county: str, folder: str, result: str) -> None:
    sys.path[0] = tree
    Path(folder).mkdir(parents=True, exist_ok=True)
    rows = measure(int(patches), Path(county).resolve(), Path(folder).resolve())
    Path(result).write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
