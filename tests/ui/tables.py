"""Parcel tables made of a few rows, and registers with verdicts in them."""
from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, Dict, List, Optional

import pandas as pd

from land_inspector.register import issuing, judging
from land_inspector.register.register import Register
from land_inspector.ui.review.parcel_table import ParcelTable
from tests import factories

ILLEGAL = {"PDJL1": "2", "PDJL2": "201", "JSSJ": "2026-04-01", "WFLX": "01", "YDDW": "某公司"}
OTHER = {"PDJL1": "3", "PDJL2": "301"}


def row(number: int, **said: Any) -> Dict[str, Any]:
    label = f"T{number:03d}"
    return {"parcel_id": f"id-{label}", "patch_id": f"p-{label}", "shape_id": f"s-{label}", "DKBH": label, "JCBH": label,
            "XZDM": "331082100", "XZMC": "古城街道", "PDJL1": None, "PDJL2": None, "ZDPD1": None, "ZDPD2": None, "HSZT": "0", "ZD": "N",
            "TBZT": "0", "DKMJ": 1000.0 + number, "basis_changed": 0, "incomplete": 0, **said}


def table(rows: List[Dict[str, Any]], me: str = "", today: Optional[date] = None) -> ParcelTable:
    return ParcelTable(pd.DataFrame(rows, dtype=object), me, today)


def judged_register(folder: Path, patches: int = 12) -> Register:
    """Patches T001 …; the first three illegal, the fourth other, the rest not judged."""
    register = factories.new_register(folder)
    issuing.issue_batch(register, factories.info(), factories.squares(patches))
    entries = [judging.Entry(f"T{n:03d}", ILLEGAL) for n in (1, 2, 3)] + [judging.Entry("T004", OTHER)]
    assert not judging.give_verdicts(register, "B1", entries).refused
    return register
