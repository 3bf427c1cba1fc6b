"""Matters played through by a short script, for the tests of the ledgers."""
from __future__ import annotations

from datetime import date
from typing import Any, Dict, Optional

from land_inspector.law.matters.kind import MatterKind
from land_inspector.law.matters.kindform import shipped_kinds
from land_inspector.law.matters.machine import Law, done, machine_of, opened
from land_inspector.law.matters.matter import Matter
from land_inspector.law.matters.view import Period, View
from land_inspector.law.rulepack import NEW, choose, shipped_packs

PACK = choose(shipped_packs(), NEW, date(2024, 6, 1))


def kind_of(code: str) -> MatterKind:
    return next(kind for kind in shipped_kinds() if kind.id == code)


def day(text: str) -> date:
    return date.fromisoformat(text)


def law(on: str) -> Law:
    return Law(PACK, day(on))


def new(kind: MatterKind, on: str, **values: Any) -> Matter:
    return opened(kind, "m1", day(on), {"TZBH": "X1", "XZDM": "331082001", **values})


def do(kind: MatterKind, matter: Matter, act: str, on: str, **said: Any) -> Matter:
    return done(kind, matter, act, law(on), day(on), said)


def why(kind: MatterKind, matter: Matter, act: str, on: Optional[str] = None, **said: Any) -> Optional[str]:
    """What the procedure has against an act, in English."""
    reason = machine_of(kind).refusal(matter, act, law(on or "2026-01-01"), day(on) if on else None, said)
    return None if reason is None else str(reason)


def view(kind: MatterKind, matter: Matter, on: str, first: Optional[str] = None) -> View:
    then = matter.as_of(day(on))
    assert then is not None
    return View(kind, then, day(on), PACK, period=Period(day(first), day(on)) if first else None)


def terms(kind: MatterKind, matter: Matter, on: str) -> Dict[str, str]:
    """Code → last day and status."""
    return {one.code: f"{one.due_on} {one.status(day(on))}" for one in view(kind, matter, on).deadlines}
