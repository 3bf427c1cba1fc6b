"""Every ledger of the demonstration county, in every state its kind has: taken over half way, and played from its
beginning by acts that the procedure allows. All of it is invented; the same register always gets the same ledgers.
"""
from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

import shapely

from land_inspector.errors import RefusedError
from land_inspector.law.matters.kind import KindField, MatterKind
from land_inspector.law.matters.kindform import shipped_kinds
from land_inspector.law.matters.machine import Law, machine_of, next_acts
from land_inspector.law.procedure import Field
from land_inspector.register.matters import MatterRow, do_matter_act, law_on, matter_by_number, places, take_over
from land_inspector.register.records import Township
from land_inspector.register.register import Register

OFFICER = "演示台账员"
BEGUN = date(2026, 3, 2)
_PLAYED, _ACTS, _SIDE_M = 4, 5, 90.0
_MU_M2 = 2000 / 3


@dataclass(frozen=True)
class Told:
    """What was made of one ledger: its name, how many matters, how many of them are settled."""

    name: str
    matters: int
    settled: int
    acts: int


def play(register: Register) -> List[Told]:
    """Every shipped ledger with two matters in each state and some that are played act by act; one line of each."""
    townships = places(register)
    return [_ledger(register, kind, townships, number) for number, kind in enumerate(shipped_kinds())]


def _ledger(register: Register, kind: MatterKind, townships: Sequence[Township], number: int) -> Told:
    states = [state for state in kind.states for _twice in range(2)] + [None] * _PLAYED
    rows = [_row(kind, townships[(number + n) % len(townships)], n, state) for n, state in enumerate(states)]
    taken = take_over(register, kind, rows, day=BEGUN, by=OFFICER, reason="演示")
    refused = [str(one.reason) for one in taken.outcomes if one.status == "refused"]
    if refused:
        raise SystemExit(f"demonstration ledger {kind.id}: {refused[0]}")
    acts = sum(_played(register, kind, row.number) for row in rows[-_PLAYED:])
    settled = sum(kind.states[state].cls == "settled" for state in states if state)
    return Told(kind.name.zh, len(rows), settled, acts)


def _row(kind: MatterKind, township: Township, n: int, state: Optional[str]) -> MatterRow:
    values: Dict[str, Any] = {"TZBH": f"演示-{kind.name.zh}-{n + 1:03d}", "XZDM": township.code}
    for field in kind.fields.values():
        if field.name not in values:
            values[field.name] = _value(kind, field, n)
    outline = _outline(township, n, float(values.get("MJ") or 0)) if kind.geometry == "polygon" else None
    at = _point(township, n) if kind.geometry == "point" else None
    return MatterRow(str(n + 2), {name: value for name, value in values.items() if value is not None}, state,
                     BEGUN + timedelta(days=n) if state else BEGUN, outline=outline, at=at)


def _value(kind: MatterKind, field: KindField, n: int) -> Any:
    """An invented value; some are left open, as in any ledger."""
    if not field.required and (n + len(field.name)) % 7 == 0:
        return None
    area = _MU_M2 * (6 + 3 * (n % 9))
    by_kind = {"date": (BEGUN - timedelta(days=460 - 45 * (n % 8))).isoformat(), "money": 100 * (400_000 + 55_000 * n),
               "count": 2024 + n % 3 if "年" in field.label.zh else 1 + n % 5,
               "number": 1 + n % 4, "flag": n % 4 == 0, "text": f"演示{field.label.zh}{n + 1}",
               "person": f"演示单位{n % 6 + 1}",
               "area": round(area * (0.4 if field.name in ("GDMJ", "JBNTMJ") else 1.0), 2)}
    if field.kind == "code":
        codes = kind.codes[field.codes]
        return codes[n % len(codes)].code
    if field.name == "WCSX":
        return (BEGUN + timedelta(days=60 + 20 * (n % 14))).isoformat()
    return by_kind[field.kind]


def _outline(township: Township, n: int, area_m2: float) -> Optional[bytes]:
    """A square of the matter's area inside its township."""
    if township.wkb is None or area_m2 <= 0:
        return None
    side = math.sqrt(area_m2)
    x, y = _point(township, n) or (0.0, 0.0)
    return bytes(shapely.to_wkb(shapely.box(x, y, x + side, y + side), byte_order=1))


def _point(township: Township, n: int) -> Optional[Tuple[float, float]]:
    """Where the matter lies: beside the others of its township."""
    if township.wkb is None:
        return None
    inside = shapely.from_wkb(township.wkb).representative_point()
    return inside.x + 2 * _SIDE_M * (n % 5 - 2), inside.y + 2 * _SIDE_M * (n // 5 - 2)


# --- act by act -------------------------------------------------------------------------------------------------------

def _played(register: Register, kind: MatterKind, number: str) -> int:
    """Acts that the procedure allows, one after the other; what it refuses is left for the next. How many were
    recorded.
    """
    day, done = BEGUN, 0
    for step in range(_ACTS):
        day += timedelta(days=23)
        matter, law = matter_by_number(register, kind.id, number), law_on(register, day)
        if any(_did(register, kind, matter.id, code, day, step) for code in _choices(kind, matter, law)):
            done += 1
    return done


def _choices(kind: MatterKind, matter: Any, law: Law) -> Sequence[str]:
    return [act.code for act in next_acts(kind, matter, law) if matter.last(act.code) is None]


def _did(register: Register, kind: MatterKind, matter: str, code: str, day: date, step: int) -> bool:
    fields = machine_of(kind).acts[code].fields
    said: Mapping[str, Any] = {field.name: _said(field, day, step) for field in fields if field.required}
    try:
        do_matter_act(register, matter, code, on=day.isoformat(), particulars=said, by=OFFICER)
    except RefusedError:
        return False
    return True


def _said(field: Field, day: date, step: int) -> Any:
    if field.kind == "code":
        return field.options[step % len(field.options)]
    return {"date": (day + timedelta(days=40)).isoformat(), "money": 100 * 10_000, "count": 1, "number": 1.0,
            "flag": False,
            "area": 200.0}.get(field.kind, f"演示〔2026〕{step + 1}号")


def lines(told: Sequence[Told]) -> List[Tuple[str, str]]:
    """One line of each ledger for the screen."""
    return [(one.name, f"{one.matters} 件，其中建账时已办结 {one.settled} 件，逐步办理 {one.acts} 步") for one in told]
