"""One GeoPackage for the townships: a styled layer of parcels for each, and a summary layer with every figure.

Areas are in m² (domain.md §9), names of fields in the field's codes with aliases in the user's language.
"""
from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

import pandas as pd

from ..errors import message
from ..law.areas import UNITS_PER_M2
from ..law.townships import COUNT, M2, MU, TEXT, Column, TownshipRow, exact_value
from ..progress import Progress
from ..register.tables import INTEGER, REAL, Field
from ..register.tables import TEXT as TEXT_FIELD
from ..register.storage.map_styles import MapStyle
from .formats.gpkg import Layer, write_geopackage
from .standard_parcels import given_parcels, standard_fields
from .styles import parcel_qml, summary_qml
from .township_figures import Figures

SUMMARY = "townships"


def layer_name(code: str, name: str) -> str:
    """``331082100_古城街道``: what QGIS shows and every program can read."""
    return re.sub(r"[^\w.-]+", "_", f"{code or '000000000'}_{name}")


def layer_names(figures: Figures) -> Dict[str, str]:
    """Township code → layer name."""
    return {row.code: layer_name(row.code, figures.shown(row)["name"]) for row in figures.rows}


def write_package(path: Path, figures: Figures, with_users: bool, progress: Progress) -> None:
    """Write everything to ``path``, which must not exist. Raises InputError where it cannot be written."""
    progress.step(0.0, message("Writing the layers of {n} townships", n=len(figures.rows)))
    write_geopackage(path, figures.reading.meta["crs"], township_layers(figures, with_users), progress.part(0.1, 1.0))


def township_layers(figures: Figures, with_users: bool) -> List[Layer]:
    """The summary layer, and one of the parcels of each township."""
    fields, parcels = standard_fields(with_users), given_parcels(figures.reading.parcels, figures.reading.names, with_users)
    places, qml = parcels["XZDM"].fillna(""), parcel_qml(fields, figures.language)
    return [summary_layer(figures), *(parcel_layer(name, parcels[places == code], figures, fields, qml)
                                      for code, name in layer_names(figures).items())]


def parcel_layer(name: str, parcels: pd.DataFrame, figures: Figures, fields: Sequence[Field], qml: str) -> Layer:
    """``parcels`` as a styled layer of their outlines."""
    outlines = figures.reading.outlines
    return Layer(name, fields, {field.name: parcels[field.name].tolist() for field in fields},
                 [outlines[key] for key in parcels["shape_id"]], styles=(MapStyle(name, figures.language, qml, True),))


def summary_layer(figures: Figures) -> Layer:
    """The townships' own outlines with every figure."""
    fields, rows = _all_summary_fields(figures), [summary_values(row, figures) for row in figures.rows]
    outlines = {township.code: township.wkb for township in figures.reading.townships}
    return Layer(SUMMARY, fields, {field.name: [row[field.name] for row in rows] for field in fields},
                 [outlines.get(row.code) for row in figures.rows],
                 styles=(MapStyle(SUMMARY, figures.language, summary_qml(fields, figures.language), True),))


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
