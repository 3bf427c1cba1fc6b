"""The ledgers that an office keeps as tables by township: in a workbook of their own, in the month's workbook, on the bulletin's page."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any, Iterable, List, Optional, Sequence

from openpyxl import Workbook

from ..errors import InputError
from ..i18n import say, tr
from ..law.areas import UNITS_PER_MU
from ..law.matters.kind import WORDS, Column, MatterKind
from ..law.matters.lists import ListRow, TableRow
from ..register.matters import kinds_of, matters
from ..register.register import Register
from .atomic_files import one_given_out
from .formats.html import heading, lead, page, table
from .formats.xlsx import COUNT, M2, MU, PERCENT, TEXT, YUAN, SheetColumn, SheetTable, add_table
from .ledger_progress import Progressed, milestone_heads, milestone_rows, picture, progress_there
from .matter_figures import MatterFigures, cell_text, list_rows, matter_figures
from .workbook_notes import local_time

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
