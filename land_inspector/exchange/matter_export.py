"""The ledgers of an office given out: one workbook with a sheet for each, a bulletin page, layers styled by state."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Iterable, List, Mapping, Optional, Sequence, Tuple, Union

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from qgis.core import QgsCategorizedSymbolRenderer, QgsFillSymbol, QgsRendererCategory

from ..errors import InputError
from ..i18n import say, tr
from ..law.matters.kind import Column, MatterKind
from ..law.matters.lists import ListRow, TableRow
from ..register.matters import kinds_of, matters, outlines_of, place_names
from ..register.register import Register
from ..register.storage.map_styles import MapStyle
from ..register.tables import Field
from .atomic_files import one_given_out
from .formats.gpkg import Layer, write_geopackage
from .formats.html import heading, lead, page, table
from .formats.xlsx import put, sheet_name
from .matter_figures import MatterFigures, cell_text, list_fields, list_rows, matter_figures
from .styles import blank_layer, finished_qml, show_label
from .workbook_notes import local_time

_UNITS = {"m2": ("亩", "mu"), "fen": ("元", "yuan"), "share": ("%", "%")}
_PLAIN_COLOUR = "#808080"


@dataclass(frozen=True)
class LedgerFigures:
    """A ledger that is kept, with its township table and every matter of it on the day."""

    kind: MatterKind
    figures: MatterFigures
    rows: Sequence[ListRow]


def kept_ledgers(register: Register, known_at: Optional[str] = None, effective_on: Optional[str] = None,
                 since: Optional[str] = None) -> List[LedgerFigures]:
    """Every ledger that holds a matter. Raises InputError where the register keeps none."""
    day = date.fromisoformat(effective_on) if effective_on else date.today()
    held = {matter.kind for matter in matters(register)}
    found = [LedgerFigures(kind, matter_figures(register, kind, known_at, effective_on, since),
                           list_rows(register, kind, "all", day, known_at)[1]) for kind in kinds_of(register)
             if kind.id in held]
    if not found:
        raise InputError("This register keeps no ledger.", "Take an office's ledger over, or enter a matter first.")
    return found


def scope_text(figures: MatterFigures) -> str:
    """What the figures speak of: the period, and as known when."""
    return tr("{first} to {last}, as known at {known}", first=figures.period.first.isoformat(),
              last=figures.period.last.isoformat(),
              known=local_time(figures.known_at))


def bulletin_columns(kind: MatterKind) -> List[Column]:
    """The columns of the bulletin; all of the kind where it names none."""
    return [kind.columns[name] for name in kind.bulletin or kind.columns]


def column_heading(column: Column, language: str) -> str:
    """The label with its unit."""
    unit = _UNITS.get(column.unit)
    return f"{say(column.label)} ({unit[0 if language == 'zh' else 1]})" if unit else say(column.label)


def shown_rows(one: LedgerFigures, with_parts: bool) -> List[List[str]]:
    """Rows of the bulletin as they are printed, the county's last; ``with_parts`` a rate has its parts behind it."""
    columns = bulletin_columns(one.kind)
    return [[row.name or tr("(no township)"), *(_shown(one.kind, column, row, with_parts) for column in columns)]
            for row in one.figures.rows]


def _shown(kind: MatterKind, column: Column, row: TableRow, with_parts: bool) -> str:
    text = cell_text(column, row.cells[column.name])
    if column.do != "rate" or not with_parts:
        return text
    part, whole = (cell_text(kind.columns[name], row.cells[name]) for name in (column.numerator, column.denominator))
    return f"{text} ({part}/{whole})"


# --- workbook and bulletin --------------------------------------------------------------------------------------------

def write_ledgers_workbook(path: Path, ledgers: Sequence[LedgerFigures], language: str,
                           inputs: Iterable[Path] = ()) -> None:
    """One sheet for each ledger: title, what the figures speak of, a row for each township and the county's."""
    book = Workbook()
    book.remove(book.active)
    for one in ledgers:
        sheet = book.create_sheet(sheet_name(say(one.kind.name), book.sheetnames))
        put(sheet, 1, 1, say(one.kind.name)).font = Font(bold=True, size=14)
        put(sheet, 2, 1, scope_text(one.figures))
        heads = [tr("Township"), *(column_heading(column, language) for column in bulletin_columns(one.kind))]
        for place, text in enumerate(heads, 1):
            put(sheet, 3, place, text).font = Font(bold=True)
            sheet.column_dimensions[get_column_letter(place)].width = min(max(2 * len(text) + 2, 10), 40)
        for number, row in enumerate(shown_rows(one, True), 4):
            for place, text in enumerate(row, 1):
                put(sheet, number, place, _number_or_text(text) if place > 1 else text)
        sheet.freeze_panes = "B4"
    with one_given_out(path, inputs) as draft:
        book.save(draft)


def _number_or_text(text: str) -> Union[float, int, str]:
    try:
        return float(text) if "." in text else int(text)
    except ValueError:
        return text


def bulletin_page(county: str, ledgers: Sequence[LedgerFigures], language: str) -> str:
    """HTML: a table for each ledger, a rate with numerator and denominator behind it."""
    body: List[str] = []
    for one in ledgers:
        heads = [tr("Township"), *(column_heading(column, language) for column in bulletin_columns(one.kind))]
        body += [heading(say(one.kind.name)), lead(scope_text(one.figures)), table(heads, shown_rows(one, True))]
    return page(tr("{county}: bulletin of the ledgers", county=county), body)


# --- layers -----------------------------------------------------------------------------------------------------------

def write_ledger_layers(path: Path, register: Register, ledgers: Sequence[LedgerFigures], language: str,
                        inputs: Iterable[Path] = ()) -> int:
    """A layer of each ledger whose kind has outlines, styled by state; how many outlines were written."""
    names, written = place_names(register), 0
    layers: List[Layer] = []
    for one in ledgers:
        if one.kind.geometry != "polygon":
            continue
        shapes = outlines_of(register, [row.matter.id for row in one.rows])
        written += sum(shape is not None for shape in shapes.values())
        layers.append(_layer(one, shapes, names, language))
    with one_given_out(path, inputs) as draft:
        write_geopackage(draft, register.meta["crs"], layers)
    return written


def _layer(one: LedgerFigures, shapes: Mapping[str, Optional[bytes]], names: Mapping[str, str], language: str) -> Layer:
    told = list_fields(one.kind, one.kind.lists["all"], names, language)
    fields = [Field(field.name, field.kind, field.label.zh, field.label.en) for field in told]
    columns = {field.name: [field.value(row) for row in one.rows] for field in told}
    style = MapStyle(one.kind.id, say(one.kind.name), state_qml(one.kind, fields, language), is_default=True)
    return Layer(one.kind.id, fields, columns, [shapes.get(row.matter.id) for row in one.rows], say(one.kind.name),
                 [style])


def state_qml(kind: MatterKind, fields: Sequence[Field], language: str) -> str:
    """Matters by state, in the colours of the pack; number and state beside each, so that colour is never the only
    sign.
    """
    layer = blank_layer(fields)
    categories = [QgsRendererCategory(say(state.label), _symbol(state.colour or _PLAIN_COLOUR), say(state.label))
                  for state in kind.states.values()]
    layer.setRenderer(QgsCategorizedSymbolRenderer("STATE", categories))
    show_label(layer, "\"TZBH\" || '\\n' || \"STATE\"", smallest_scale=25_000)
    return finished_qml(layer, fields, language, '"TZBH"')


def _symbol(colour: str) -> QgsFillSymbol:
    return QgsFillSymbol.createSimple({"color": _faint(colour), "outline_color": colour, "outline_width": "0.5"})


def _faint(colour: str) -> str:
    """The colour as QGIS writes it, a third of it seen."""
    red, green, blue = (int(colour[at:at + 2], 16) for at in (1, 3, 5))
    return f"{red},{green},{blue},96"


def figures_of(ledgers: Sequence[LedgerFigures]) -> Tuple[int, int]:
    """How many ledgers and how many matters."""
    return len(ledgers), sum(len(one.rows) for one in ledgers)
