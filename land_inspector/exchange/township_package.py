"""One GeoPackage for the townships: a styled layer of parcels for each, and a summary layer with every figure.

Areas are in m² (domain.md §9), names of fields in the field's codes with aliases in the user's language.
"""
from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

import pandas as pd

from ..errors import message
from ..law.areas import UNITS_PER_M2
from ..law.townships import COUNT, M2, MU, TEXT, Column, TownshipRow, exact_value
from ..progress import Progress
from ..register.tables import ALL_FIELDS, Field, INTEGER, REAL, TEXT as TEXT_FIELD
from ..register.storage.layout import MapStyle
from .formats.gpkg import Layer, write_geopackage
from .styles import REMAINING, STAGE, parcel_qml, remains_name, remains_qml, summary_qml
from .standard_parcels import standard_fields
from .township_figures import Figures, terms_of

SUMMARY, ABOUT = "townships", "about"
PACKAGE_FILE = "townships.gpkg"
#: What the style of what remains speaks of.
_REMAINS = (STAGE, REMAINING)
_ABOUT_FIELDS = (Field("name", TEXT_FIELD, "名称", "Name"), Field("value", TEXT_FIELD, "内容", "Value"))


def layer_name(code: str, name: str) -> str:
    """``331082100_古城街道``: what QGIS shows and every program can read."""
    return re.sub(r"[^\w.-]+", "_", f"{code or '000000000'}_{name}")


def layer_names(figures: Figures) -> Dict[str, str]:
    """Township code → layer name."""
    return {row.code: layer_name(row.code, figures.shown(row)["name"]) for row in figures.rows}


@dataclass(frozen=True)
class Layout:
    """How the layers are given out: ``each`` township a file of its own; fields under their ``chinese`` names instead of the standard
    codes; with the style of what ``remains``; a QGIS ``project`` that opens on them; ``shapefiles`` beside them."""

    each: bool = False
    chinese: bool = False
    remains: bool = False
    project: bool = False
    shapefiles: bool = False


def write_package(path: Path, figures: Figures, with_users: bool, progress: Progress, layout: Layout = Layout()) -> None:
    """Write everything to ``path``, which must not exist. Raises InputError where it cannot be written."""
    progress.step(0.0, message("Writing the layers of {n} townships", n=len(figures.rows)))
    layers = [*township_layers(figures, with_users, layout), about_table(figures, with_users)]
    write_geopackage(path, figures.reading.meta["crs"], layers, progress.part(0.1, 1.0))


def township_layers(figures: Figures, with_users: bool, layout: Layout = Layout()) -> List[Layer]:
    """The summary layer, and one of the parcels of each township."""
    fields, parcels = standard_fields(with_users), figures.reading.given(with_users)
    if layout.remains:
        fields = [*fields, *(ALL_FIELDS[name] for name in _REMAINS if name in parcels and name not in {field.name for field in fields})]
    places = parcels["XZDM"].fillna("")
    styles = _parcel_styles(fields, figures.language, layout)
    found = [summary_layer(figures), *(parcel_layer(name, parcels[places == code], figures, fields, styles)
                                       for code, name in layer_names(figures).items())]
    return [in_chinese(layer) for layer in found] if layout.chinese else found


def _parcel_styles(fields: Sequence[Field], language: str, layout: Layout) -> List[MapStyle]:
    """By verdict, and by what remains beside it; names of the layers are filled in where they are known."""
    shown = chinese_fields(fields) if layout.chinese else list(fields)
    names = dict(zip((field.name for field in fields), (field.name for field in shown)))
    styles = [MapStyle("", language, _renamed(parcel_qml(fields, language), names), True)]
    if layout.remains:
        styles.append(MapStyle("", remains_name(language), _renamed(remains_qml(fields, language), names)))
    return styles


def parcel_layer(name: str, parcels: pd.DataFrame, figures: Figures, fields: Sequence[Field], styles: Sequence[MapStyle]) -> Layer:
    """``parcels`` as a styled layer of their outlines."""
    outlines = figures.reading.outlines
    return Layer(name, fields, {field.name: parcels[field.name].tolist() for field in fields},
                 [outlines[key] for key in parcels["shape_id"]], styles=[replace(style, table=name) for style in styles])


def summary_layer(figures: Figures) -> Layer:
    """The townships' own outlines with every figure."""
    fields, rows = _all_summary_fields(figures), [summary_values(row, figures) for row in figures.rows]
    outlines = {township.code: township.wkb for township in figures.reading.townships}
    return Layer(SUMMARY, fields, {field.name: [row[field.name] for row in rows] for field in fields},
                 [outlines.get(row.code) for row in figures.rows],
                 styles=(MapStyle(SUMMARY, figures.language, summary_qml(fields, figures.language), True),))


def about_table(figures: Figures, with_users: bool) -> Layer:
    """A plain table with the terms of the figures: scope, day, moment, seal of the register."""
    terms = terms_of(figures, with_users)
    return Layer(ABOUT, _ABOUT_FIELDS, {"name": [name for name, _text in terms], "value": [text for _name, text in terms]})


def chinese_fields(fields: Sequence[Field]) -> List[Field]:
    """The fields under their Chinese names, each once."""
    taken: List[str] = []
    for field in fields:
        name, number = re.sub(r"[\s\"']", "", field.zh) or field.name, 2
        while name in taken:
            name, number = f"{field.zh}_{number}", number + 1
        taken.append(name)
    return [replace(field, name=name) for field, name in zip(fields, taken)]


def in_chinese(layer: Layer) -> Layer:
    """The layer with its fields under Chinese names, and its styles speaking of these."""
    fields = chinese_fields(layer.fields)
    names = dict(zip((field.name for field in layer.fields), (field.name for field in fields)))
    styles = layer.styles if layer.name != SUMMARY else [replace(style, qml=_renamed(style.qml, names)) for style in layer.styles]
    return replace(layer, fields=fields, columns={names[name]: values for name, values in layer.columns.items()}, styles=styles)


def _renamed(qml: str, names: Mapping[str, str]) -> str:
    """A style that speaks of the fields by other names: in expressions, and wherever a field stands alone in an attribute."""
    for old, new in names.items():
        qml = qml.replace(f"&quot;{old}&quot;", f"&quot;{new}&quot;").replace(f'="{old}"', f'="{new}"')
    return qml


def split_by_township(layers: Sequence[Layer]) -> Dict[str, List[Layer]]:
    """File name → its layers: the summary in a file of its own, each township in one, with the summary beside its parcels."""
    summary, *townships = layers
    return {PACKAGE_FILE: [summary], **{f"{layer.name}.gpkg": [layer] for layer in townships}}


def summary_fields(figures: Figures) -> List[Tuple[Field, Column]]:
    """Fields of the summary layer with the column each comes from: mu of the table becomes m² of the layer."""
    return [(_summary_field(column), column) for column in (*figures.columns, *figures.afterwards) if column.kind != TEXT]


def _summary_field(column: Column) -> Field:
    kind = INTEGER if column.kind == COUNT else REAL
    zh, en = (re.sub(r"（亩）|（m²）| \((mu|m²)\)", "", text) for text in (column.label.zh, column.label.en))
    is_area = column.kind in (MU, M2)
    name = f"{column.key.replace('_units', '')}_m2" if is_area else column.key
    return Field(name, kind, zh, en, unit="m2" if is_area else "")


_PLACE = (Field("XZDM", TEXT_FIELD, "乡镇代码", "Township code"), Field("XZMC", TEXT_FIELD, "乡镇", "Township"),
          Field("ZSDM", TEXT_FIELD, "自然资源所", "Station"))
_ALARMS = (Field("alarmed", INTEGER, "越线", "Line crossed"), Field("alarms", TEXT_FIELD, "阈值预警", "Lines crossed"))


def _all_summary_fields(figures: Figures) -> List[Field]:
    return [*_PLACE, *(field for field, _column in summary_fields(figures)), *_ALARMS]


def summary_values(row: TownshipRow, figures: Figures) -> Dict[str, Any]:
    """The row as the summary layer holds it: areas in m², ratios in percent, both unrounded."""
    shown = figures.shown(row)
    values: Dict[str, Any] = {"XZDM": row.code or None, "XZMC": shown["name"], "ZSDM": row.station or None,
                              "alarmed": int(bool(row.breached)), "alarms": shown["alarms"] if row.breached else None}
    for field, column in summary_fields(figures):
        values[field.name] = _in_m2(row, column) if field.unit == "m2" else exact_value(row, column)
    return values


def _in_m2(row: TownshipRow, column: Column) -> Optional[float]:
    code, _, part = column.key.partition("_")
    units = getattr(row.ratios[code], part) if part in ("numerator", "denominator") else row.figures.get(column.key)
    return None if units is None else units / UNITS_PER_M2
