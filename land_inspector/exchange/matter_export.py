"""The ledgers of an office as layers, styled by state: given out, and live on the map of the register."""
from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Iterable, List, Mapping, Optional, Sequence, Tuple

from qgis.core import (QgsCategorizedSymbolRenderer, QgsFillSymbol, QgsMarkerSymbol, QgsRendererCategory, QgsVectorLayer,
                       QgsWkbTypes)

from ..i18n import say
from ..law.matters.kind import NONE, POLYGON, MatterKind
from ..register.matters import grounds_of, is_point, place_names
from ..register.parties import known_persons
from ..register.register import Register
from ..register.storage.layout import MapStyle
from ..register.tables import Field
from .atomic_files import one_given_out
from .formats.gpkg import Layer, write_geopackage
from .ledger_sheets import LedgerFigures
from .matter_figures import list_fields
from .styles import blank_layer, finished_qml, show_label

_PLAIN_COLOUR = "#808080"


def write_ledger_layers(path: Path, register: Register, ledgers: Sequence[LedgerFigures], language: str,
                        inputs: Iterable[Path] = ()) -> int:
    """A layer of each ledger whose kind has outlines, styled by state; how many outlines were written."""
    names, people, written = place_names(register), known_persons(register), 0
    layers: List[Layer] = []
    for one in ledgers:
        if one.kind.geometry == NONE:
            continue
        shapes = grounds_of(register, [row.matter.id for row in one.rows])
        written += sum(shape is not None for shape in shapes.values())
        points, others = ([row for row in one.rows if is_point(shapes.get(row.matter.id)) is wanted] for wanted in (True, False))
        if points:
            layers.append(_layer(replace(one, rows=points), shapes, names, people, language, True))
        if one.kind.geometry == POLYGON or others:
            layers.append(_layer(replace(one, rows=others), shapes, names, people, language))
    with one_given_out(path, inputs) as draft:
        write_geopackage(draft, register.meta["crs"], layers)
    return written


def _layer(one: LedgerFigures, shapes: Mapping[str, Optional[bytes]], names: Mapping[str, str],
           people: Sequence[str], language: str, points: bool = False) -> Layer:
    told = list_fields(one.kind, one.kind.lists["all"], names, language, people)
    fields = [Field(field.name, field.kind, field.label.zh, field.label.en) for field in told]
    columns = {field.name: [field.value(row) for row in one.rows] for field in told}
    name = f"{one.kind.id}_points" if points else one.kind.id
    style = MapStyle(name, say(one.kind.name), state_qml(one.kind, fields, language, points), is_default=True)
    return Layer(name, fields, columns, [shapes.get(row.matter.id) for row in one.rows], say(one.kind.name), [style], points)


def state_qml(kind: MatterKind, fields: Sequence[Field], language: str, points: bool = False) -> str:
    """Matters by state, in the colours of the pack; number and state beside each, so that colour is never the only
    sign.
    """
    layer = blank_layer(fields, "Point" if points else "MultiPolygon")
    style_by_state(layer, kind)
    return finished_qml(layer, fields, language, '"TZBH"')


def style_by_state(layer: QgsVectorLayer, kind: MatterKind) -> None:
    """The look of a ledger's layer with the fields TZBH and STATE."""
    symbol = _marker if layer.geometryType() == QgsWkbTypes.GeometryType.PointGeometry else _symbol
    categories = [QgsRendererCategory(say(state.label), symbol(state.colour or _PLAIN_COLOUR), say(state.label))
                  for state in kind.states.values()]
    layer.setRenderer(QgsCategorizedSymbolRenderer("STATE", categories))
    show_label(layer, "\"TZBH\" || '\\n' || \"STATE\"", smallest_scale=25_000, distance_mm=3 if symbol is _marker else 0)


def _symbol(colour: str) -> QgsFillSymbol:
    return QgsFillSymbol.createSimple({"color": _faint(colour), "outline_color": colour, "outline_width": "0.5"})


def _marker(colour: str) -> QgsMarkerSymbol:
    return QgsMarkerSymbol.createSimple({"name": "circle", "color": colour, "outline_color": "#ffffff", "outline_width": "0.4",
                                         "size": "4"})


def _faint(colour: str) -> str:
    """The colour as QGIS writes it, a third of it seen."""
    red, green, blue = (int(colour[at:at + 2], 16) for at in (1, 3, 5))
    return f"{red},{green},{blue},96"


def figures_of(ledgers: Sequence[LedgerFigures]) -> Tuple[int, int]:
    """How many ledgers and how many matters."""
    return len(ledgers), sum(len(one.rows) for one in ledgers)
