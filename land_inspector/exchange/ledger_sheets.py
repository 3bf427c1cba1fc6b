"""The ledgers that an office keeps as tables by township: in a workbook of their own, in the month's workbook, on the bulletin's page."""
from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from html import escape
from pathlib import Path
from typing import Any, Dict, Iterable, List, Optional, Sequence, Tuple

from openpyxl import Workbook

from ..errors import InputError
from ..i18n import say, tr
from ..law.areas import UNITS_PER_MU
from ..law.matters.kind import Column, MatterKind, WORDS
from ..law.matters.lists import Cell, ListRow, TableRow
from ..law.matters.progress import Against, Point, against, curve
from ..register.matters import KNOWN, MattersTaken, Outcome, REFUSED, TAKEN, kinds_of, matters, pack_on
from ..register.register import Register
from .atomic_files import one_given_out
from .formats import html
from .formats.html import heading, lead, listing, page, table
from .formats.xlsx import COUNT, M2, MU, PERCENT, SheetColumn, SheetTable, TEXT, YUAN, add_table
from .matter_figures import MatterFigures, cell_text, list_rows, matter_figures
from .matter_tables import MatterTable
from .township_figures import local_time


# A campaign's progress against its milestones: as rows of a table, and as a page with the curve.

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
    """The curve as a picture in a page: one that browsers show, and the plain window of reports as well."""
    told = "; ".join(f"{say(one.milestone.label)}: {standing_text(one, found.day)}" for one in found.milestones)
    data = base64.b64encode(curve_svg(found).encode("utf-8")).decode("ascii")
    return f'<p><img alt="{escape(told)}" width="{_WIDTH}" src="data:image/svg+xml;base64,{data}"></p>'


def curve_svg(found: Progressed) -> str:
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
        anchor = "end" if x > _WIDTH - 60 else "middle"
        parts.append(f'<text x="{x:.1f}" y="{_TOP + _HEIGHT + 16}" font-size="10" text-anchor="{anchor}">{day}</text>')
    tall = _TOP + _HEIGHT + 44 + 16 * len(found.columns)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {tall}" width="{_WIDTH}" height="{tall}" '
            f'font-family="sans-serif">{"".join(parts)}</svg>')


def _percent(cell: Cell) -> Optional[Fraction]:
    return None if cell.value is None else Fraction(cell.value) * 100


_UNITS = {"m2": ("亩", "mu"), "fen": ("元", "yuan"), "share": ("%", "%")}
_KINDS = {"m2": MU, "fen": YUAN, "count": COUNT, "days": COUNT}


@dataclass(frozen=True)
class LedgerFigures:
    """A ledger that is kept, with its township table and every matter of it on the day; ``progress`` where its kind has milestones,
    ``groups`` the tables by the codes of those fields that its kind names."""

    kind: MatterKind
    figures: MatterFigures
    rows: Sequence[ListRow]
    progress: Optional[Progressed] = None
    groups: Sequence[MatterFigures] = ()


def ledgers_there(register: Register, known_at: Optional[str] = None, effective_on: Optional[str] = None,
                  since: Optional[str] = None) -> List[LedgerFigures]:
    """Every ledger that holds a matter, none where the register keeps none."""
    day = date.fromisoformat(effective_on) if effective_on else date.today()
    held = {matter.kind for matter in matters(register)}
    return [LedgerFigures(kind, matter_figures(register, kind, known_at, effective_on, since),
                          list_rows(register, kind, "all", day, known_at)[1], progress_there(register, kind, effective_on),
                          [matter_figures(register, kind, known_at, effective_on, since, field) for field in kind.groups])
            for kind in kinds_of(register) if kind.id in held]


def kept_ledgers(register: Register, known_at: Optional[str] = None, effective_on: Optional[str] = None,
                 since: Optional[str] = None) -> List[LedgerFigures]:
    """As :func:`ledgers_there`. Raises InputError where the register keeps none."""
    found = ledgers_there(register, known_at, effective_on, since)
    if not found:
        raise InputError("This register keeps no ledger.", "Take an office's ledger over, or enter a matter first.")
    return found


def scope_text(figures: MatterFigures) -> str:
    """What the figures speak of: the period, and as known when."""
    return tr("{first} to {last}, as known at {known}", first=figures.period.first.isoformat(),
              last=figures.period.last.isoformat(), known=local_time(figures.known_at))


def bulletin_columns(kind: MatterKind) -> List[Column]:
    """The columns of the bulletin; all of the kind where it names none."""
    return [kind.columns[name] for name in kind.bulletin or kind.columns]


def column_heading(column: Column, language: str) -> str:
    """The label with its unit."""
    unit = _UNITS.get("share" if column.do == "rate" else column.unit)
    return f"{say(column.label)} ({unit[0 if language == 'zh' else 1]})" if unit else say(column.label)


def shown_rows(figures: MatterFigures, with_parts: bool) -> List[List[str]]:
    """Rows of the bulletin as they are printed, the county's last; ``with_parts`` a rate has its parts behind it."""
    columns = bulletin_columns(figures.kind)
    return [[_name_of(figures, row), *(_shown(figures.kind, column, row, with_parts) for column in columns)] for row in figures.rows]


def _name_of(figures: MatterFigures, row: TableRow) -> str:
    """The township, or what the code means by which the table is told."""
    if figures.field and row.code:
        label = figures.kind.label_of(figures.kind.fields[figures.field].codes, row.code)
        return say(label) if label else row.code
    return row.name or (tr("(none)") if figures.field else tr("(no township)"))


def _heading_of(figures: MatterFigures) -> str:
    return say(figures.kind.fields[figures.field].label) if figures.field else tr("Township")


def _title_of(figures: MatterFigures) -> str:
    name = say(figures.kind.name)
    return tr("{ledger} by {field}", ledger=name, field=_heading_of(figures)) if figures.field else name


def _shown(kind: MatterKind, column: Column, row: TableRow, with_parts: bool) -> str:
    text = cell_text(column, row.cells[column.name])
    return f"{text} ({_parts(kind, column, row)})" if column.do == "rate" and with_parts else text


def _parts(kind: MatterKind, column: Column, row: TableRow) -> str:
    return "/".join(cell_text(kind.columns[name], row.cells[name]) for name in (column.numerator, column.denominator))


# --- workbook and bulletin --------------------------------------------------------------------------------------------

def ledger_sheet(one: LedgerFigures, language: str) -> SheetTable:
    """A ledger as an office's table: real numbers, a rate with numerator and denominator beside it, the county's row as the total."""
    return _sheet(one.figures, language)


def _sheet(figures: MatterFigures, language: str) -> SheetTable:
    heads = [SheetColumn(_heading_of(figures))]
    for column in bulletin_columns(figures.kind):
        if column.do == "rate":
            heads += [SheetColumn("%", PERCENT, say(column.label)), SheetColumn(tr("Parts"), TEXT, say(column.label))]
        else:
            heads.append(SheetColumn(column_heading(column, language), TEXT if column.unit == WORDS else _KINDS.get(column.unit, M2)))
    rows = [_cells(figures, row) for row in figures.rows]
    title = _title_of(figures)
    return SheetTable(title, title, scope_text(figures), heads, rows[:-1], rows[-1], 1)


def _cells(figures: MatterFigures, row: TableRow) -> List[Any]:
    kind, found = figures.kind, [_name_of(figures, row)]
    for column in bulletin_columns(kind):
        value = row.cells[column.name].value
        if column.do == "rate":
            found += [cell_text(column, row.cells[column.name]) if value is None else float(value * 100), _parts(kind, column, row)]
        elif value is None or column.unit == WORDS:
            found.append(cell_text(column, row.cells[column.name]))
        else:
            divided = Fraction(value) / {"m2": UNITS_PER_MU, "fen": 100}.get(column.unit, 1)
            found.append(int(divided) if column.unit in ("count", "days") else float(divided))
    return found


def write_ledgers_workbook(path: Path, ledgers: Sequence[LedgerFigures], language: str, inputs: Iterable[Path] = ()) -> None:
    """One sheet for each ledger: title, what the figures speak of, a row for each township and the county's; one more for each field by
    whose codes its kind is told."""
    book = Workbook()
    book.remove(book.active)
    for one in ledgers:
        for figures in (one.figures, *one.groups):
            add_table(book, _sheet(figures, language))
    with one_given_out(path, inputs) as draft:
        book.save(draft)


def bulletin_page(county: str, ledgers: Sequence[LedgerFigures], language: str) -> str:
    """HTML: a table for each ledger, a rate with numerator and denominator behind it."""
    body: List[str] = []
    for one in ledgers:
        for figures in (one.figures, *one.groups):
            heads = [_heading_of(figures), *(column_heading(column, language) for column in bulletin_columns(one.kind))]
            body += [heading(_title_of(figures)), lead(scope_text(figures)), table(heads, shown_rows(figures, True))]
        if one.progress is not None:
            body += [picture(one.progress), table(milestone_heads(), milestone_rows(one.progress))]
    return page(tr("{county}: bulletin of the ledgers", county=county), body)


# The report of a ledger taken over: one HTML page, made with the kit of ``formats.html``.

def matters_page(kind: MatterKind, read: MatterTable, taken: MattersTaken) -> str:
    """Every row of the table: taken, known already, or refused with the reason."""
    counts = [len(taken.of(status)) for status in (TAKEN, KNOWN, REFUSED)]
    body = [lead(tr("{rows} rows: {taken} taken, {known} recorded before, {refused} refused.", rows=len(taken.outcomes),
                    taken=counts[0],
                    known=counts[1], refused=counts[2]))]
    if read.told:
        body += [heading(tr("What the file holds and what was read")), listing([say(one) for one in read.told])]
    remarks = [say(one) for one in read.remarks(kind)]
    if remarks:
        body += [heading(tr("How the headings were understood")), listing(remarks)]
    heads = [tr("Row"), tr("Number"), tr("Outcome"), tr("Why not")]
    body += [heading(tr("Row by row")), table(heads, [_outcome(one) for one in taken.outcomes],
                                              [one.status for one in taken.outcomes])]
    return page(tr("{ledger} taken over: {file}", ledger=say(kind.name), file=read.file), body)


def _outcome(one: Outcome) -> List[str]:
    words = {TAKEN: tr("taken"), KNOWN: tr("recorded before"), REFUSED: tr("refused")}
    return [one.row.place, one.row.number, words[one.status], say(one.reason) if one.reason else ""]
