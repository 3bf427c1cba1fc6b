"""A campaign's progress against its milestones: as rows of a table, and as a page with the curve."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from html import escape
from typing import Any, Dict, List, Optional, Sequence, Tuple

from ..errors import InputError
from ..i18n import say, tr
from ..law.matters.kind import MatterKind
from ..law.matters.lists import Cell
from ..law.matters.progress import Against, Point, against, curve
from ..register.matters import matters, pack_on
from ..register.register import Register
from .formats import html
from .matter_figures import cell_text

_WIDTH, _HEIGHT, _LEFT, _TOP = 760, 300, 52, 16
_COLOURS = ("#2b6cb0", "#c05621", "#2f855a", "#6b46c1", "#b83280", "#2c7a7b")
_DASHES = ("", "7 3", "2 3", "9 3 2 3", "1 4", "12 4")


@dataclass(frozen=True)
class Progressed:
    """The curve and the milestones of a ledger as of a day."""

    kind: MatterKind
    day: date
    points: Sequence[Point]
    milestones: Sequence[Against]

    @property
    def columns(self) -> List[str]:
        """The rates that milestones look at, each once, in their order."""
        return list(dict.fromkeys(one.column for one in self.kind.milestones))


def progressed(register: Register, kind: MatterKind, day: Optional[str] = None) -> Progressed:
    """The progress of a ledger. Raises InputError for a kind without milestones, or a ledger without matters."""
    if not kind.milestones:
        raise InputError("The ledger {ledger} has no milestones.", "Give its pack some (docs/matters.md) and bring it in again.",
                         ledger=kind.name)
    today = date.fromisoformat(day) if day else date.today()
    held, pack = matters(register, kind.id), pack_on(register, today)
    points = curve(kind, held, today, pack)
    if not points:
        raise InputError("The ledger {ledger} holds nothing on that day.", "Enter a matter, or take an office's table over, first.",
                         ledger=kind.name)
    return Progressed(kind, today, points, against(kind, held, today, pack))


def progress_there(register: Register, kind: MatterKind, day: Optional[str] = None) -> Optional[Progressed]:
    """As :func:`progressed`; None for a kind without milestones, or a ledger without matters on that day."""
    today = date.fromisoformat(day) if day else date.today()
    held = [matter for matter in matters(register, kind.id) if matter.opened_on <= today]
    return progressed(register, kind, day) if kind.milestones and held else None


def standing_text(one: Against, today: date) -> str:
    """Where a milestone stands, in words: reached early or late, days left, days gone by."""
    if one.is_reached:
        said = tr("reached, {n} days early", n=one.days) if one.days >= 0 else tr("reached, {n} days late", n=-one.days)
        return f"✓ {said}"
    return tr("{n} days left", n=one.days) if one.milestone.on >= today else f"!! {tr('not reached, {n} days past', n=-one.days)}"


def milestone_rows(found: Progressed) -> List[List[str]]:
    """Milestone, day, rate, target, how far it had come with its parts, the day it was reached, where it stands."""
    columns = found.kind.columns
    rows = []
    for one in found.milestones:
        column = columns[one.milestone.column]
        rows.append([say(one.milestone.label), one.milestone.on.isoformat(), say(column.label), f"{float(one.milestone.percent):g} %",
                     _with_parts(found.kind, one.milestone.column, one.cell), one.reached_on.isoformat() if one.reached_on else "—",
                     standing_text(one, found.day)])
    return rows


def milestone_heads() -> List[str]:
    """Heads of :func:`milestone_rows`."""
    return [tr("Milestone"), tr("Day"), tr("Rate"), tr("Target"), tr("Come to on that day"), tr("Reached on"), tr("How it stands")]


def _with_parts(kind: MatterKind, name: str, cell: Cell) -> str:
    column = kind.columns[name]
    parts = "/".join(cell_text(kind.columns[part], Cell(value)) for part, value in (
        (column.numerator, cell.numerator), (column.denominator, cell.denominator)))
    return f"{cell_text(column, cell)} ({parts})"


def point_rows(found: Progressed) -> List[Dict[str, Any]]:
    """One row for each day and rate: percent unrounded, NULL where nothing can be divided, with both parts as printed."""
    kind = found.kind
    return [{"DAY": point.day, "COL": name, "NAME": say(kind.columns[name].label),
             "PC": None if point.cells[name].value is None else float(Fraction(point.cells[name].value) * 100),
             "TXT": _with_parts(kind, name, point.cells[name])} for point in found.points for name in found.columns]


def progress_page(county: str, found: Progressed) -> str:
    """The page: the curve, the milestones, every point."""
    rows = [[point.day.isoformat(), *(_with_parts(found.kind, name, point.cells[name]) for name in found.columns)]
            for point in found.points]
    heads = [tr("Day"), *(say(found.kind.columns[name].label) for name in found.columns)]
    title = tr("{county}: {ledger}, progress", county=county, ledger=say(found.kind.name))
    return html.page(title, [html.lead(tr("As of {day}", day=found.day.isoformat())), picture(found),
                             html.table(milestone_heads(), milestone_rows(found)), html.heading(tr("The curve in figures")),
                             html.table(heads, rows)])


def picture(found: Progressed) -> str:
    """The curve as an SVG: a line for each rate, told apart by colour and dash; a mark at each milestone's day and target."""
    days = [point.day for point in found.points] + [one.milestone.on for one in found.milestones]
    first, last = min(days), max(days)
    most = max([Fraction(100), *(_percent(point.cells[name]) or 0 for point in found.points for name in found.columns)])

    def place(day: date, percent: Fraction) -> Tuple[float, float]:
        across = (day - first).days / max((last - first).days, 1)
        return _LEFT + across * (_WIDTH - _LEFT - 20), _TOP + (1 - float(percent / most)) * _HEIGHT

    heights = [(at, place(first, Fraction(at))[1]) for at in (0, 50, 100)]
    parts = [f'<line x1="{_LEFT}" y1="{y:.1f}" x2="{_WIDTH - 20}" y2="{y:.1f}" stroke="#ddd"/>'
             f'<text x="4" y="{y + 4:.1f}" font-size="11">{at} %</text>' for at, y in heights]
    for at, name in enumerate(found.columns):
        colour, dash = _COLOURS[at % len(_COLOURS)], _DASHES[at % len(_DASHES)]
        known = [(point.day, _percent(point.cells[name])) for point in found.points]
        line = " ".join("{:.1f},{:.1f}".format(*place(day, value)) for day, value in known if value is not None)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"/>')
        y = _TOP + _HEIGHT + 38 + 16 * at
        said = escape(say(found.kind.columns[name].label))
        parts.append(f'<line x1="{_LEFT}" y1="{y - 4}" x2="{_LEFT + 34}" y2="{y - 4}" stroke="{colour}" stroke-width="2" '
                     f'stroke-dasharray="{dash}"/><text x="{_LEFT + 42}" y="{y}" font-size="12">{said}</text>')
    for one in found.milestones:
        x, y = place(one.milestone.on, one.milestone.percent)
        colour = _COLOURS[found.columns.index(one.milestone.column) % len(_COLOURS)]
        inside = colour if one.is_reached else "#fff"
        parts.append(f'<path d="M{x:.1f} {y - 6:.1f}l6 6l-6 6l-6 -6z" fill="{inside}" stroke="{colour}"/>')
    for day in dict.fromkeys((first, *(one.milestone.on for one in found.milestones), last)):
        x = place(day, Fraction(0))[0]
        parts.append(f'<text x="{x:.1f}" y="{_TOP + _HEIGHT + 16}" font-size="10" text-anchor="middle">{day}</text>')
    tall = _TOP + _HEIGHT + 44 + 16 * len(found.columns)
    label = "; ".join(f"{say(one.milestone.label)}: {standing_text(one, found.day)}" for one in found.milestones)
    return (f'<svg role="img" aria-label="{escape(label)}" viewBox="0 0 {_WIDTH} {tall}" width="{_WIDTH}" '
            f'style="max-width:100%">{"".join(parts)}</svg>')


def _percent(cell: Cell) -> Optional[Fraction]:
    return None if cell.value is None else Fraction(cell.value) * 100
