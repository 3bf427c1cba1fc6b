"""``python -m bench.desk_register PATCHES CASES FOLDER RESULT.json``: a register for the desktop to be timed on.

Nine parcels of ten have a verdict; ``CASES`` of them are illegal with a case that has come to its filing.
"""
from __future__ import annotations

import json
import sys
import uuid
from pathlib import Path
from typing import Dict, List, Sequence

from land_inspector.register import kinds
from land_inspector.register.events import Draft
from land_inspector.register.judging import Entry, give_verdicts
from land_inspector.register.sealing import OriginBook
from land_inspector.register.pursuing import do_act_together
from land_inspector.register.register import Register

from .office import BATCH, VERDICTS, import_batch, new_register, write_batch
from .timings import Timings

OPEN_SHARE = 0.1
ILLEGAL = {**VERDICTS[1], "JSSJ": "2026-04-01", "WFLX": "01", "YDDW": "某公司"}
ACTS = (
    ("site_check", "2026-06-05", {"officers": ["p1", "p2"], "findings": "水泥地坪"}),
    ("file", "2026-06-10", {"number": "立1", "officers": ["p1", "p2"]}),
)
FILED_SHARE = 0.7  # of the cases; the others are still clues


def make(patches: int, cases: int, folder: Path) -> Dict[str, int]:
    source, file = folder / "batch.gpkg", folder / "register.gpkg"
    write_batch(source, patches)
    with new_register(file, OriginBook(folder / "origins.json")) as register:
        import_batch(register, source, patches, Timings())
        labels = register.patches(BATCH)["JCBH"].tolist()
        judged = labels[:round(len(labels) * (1 - OPEN_SHARE))]
        cases = min(cases, len(judged))
        entries = [Entry(label, ILLEGAL if k < cases else VERDICTS[2]) for k, label in enumerate(judged)]
        refused = give_verdicts(register, BATCH, entries, by="甲").refused
        if refused:
            raise SystemExit(str(refused[0]))
        _open_cases(register, judged[:cases])
    return {"patches": patches, "judged": len(judged), "cases": cases}


def _open_cases(register: Register, labels: Sequence[str]) -> None:
    """All in one action, as nobody would by hand: the register is only to be looked at."""
    drafts: List[Draft] = []
    found = register.find(BATCH, labels)
    for label, (parcel, patch) in zip(labels, found):
        case = str(uuid.uuid4())
        payload = {"case": case, "parcels": [parcel], "label": f"{label}-AJ", "particulars": {"source": "2"}}
        drafts.append(Draft(kinds.CASE_OPENED, (case, parcel, patch), payload, "2026-06-01"))
    register.record(lambda _state: drafts, by="甲", patches=[patch for _parcel, patch in found])
    filed = [draft.subjects[0] for draft in drafts[:round(len(drafts) * FILED_SHARE)]]
    for act, day, particulars in ACTS:
        do_act_together(register, {case: particulars for case in filed}, act, on=day, by="甲")


def main(patches: str, cases: str, folder: str, result: str) -> None:
    Path(folder).mkdir(parents=True, exist_ok=True)
    Path(result).write_text(json.dumps(make(int(patches), int(cases), Path(folder))), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
