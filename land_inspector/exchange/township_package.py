"""One GeoPackage for the townships: a styled layer of parcels for each, and a summary layer with every figure.

Areas are in m² (domain.md §9), names of fields in the field's codes with aliases in the user's language.
"""
from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

import pandas as pd
from osgeo import gdal, ogr

from ..errors import InputError, message
from ..law.areas import UNITS_PER_M2
from ..law.townships import COUNT, M2, MU, TEXT, Column, TownshipRow, exact_value
from ..progress import Progress
from ..register.schema import INTEGER, REAL, Field
from ..register.schema import TEXT as TEXT_FIELD
from ..register.storage.map_styles import MapStyle, store_styles
from ..values import plain
from .gdal_quiet import attempt, quiet, spatial_reference
from .standard_parcels import standard_fields, standard_parcels
from .styles import parcel_qml, summary_qml
from .township_figures import Figures

SUMMARY = "townships"
_OGR_KINDS = {REAL: ogr.OFTReal, INTEGER: ogr.OFTInteger64}


def layer_name(code: str, name: str) -> str:
    """``331082100_古城街道``: what QGIS shows and every program can read."""
    return re.sub(r"[^\w.-]+", "_", f"{code or '000000000'}_{name}")


def layer_names(figures: Figures) -> Dict[str, str]:
    """Township code → layer name."""
    return {row.code: layer_name(row.code, figures.shown(row)["name"]) for row in figures.rows}


def write_package(path: Path, figures: Figures, with_users: bool, progress: Progress) -> None:
    """Write everything to ``path``, which must not exist. Raises InputError where it cannot be written."""
    fields = standard_fields(with_users)
    parcels = standard_parcels(figures.reading.parcels)
    names = layer_names(figures)
    with quiet():
        dataset = attempt(gdal.GetDriverByName("GPKG").Create, str(path), 0, 0, 0, gdal.GDT_Unknown)
        if dataset is None:
            raise InputError("{file} cannot be written.", "Choose another place, or close the program that has it open.", file=str(path))
        _write_summary(dataset, figures)
        for number, row in enumerate(figures.rows):
            progress.step(number / len(figures.rows), message("Writing {township}", township=row.name or row.code))
            chosen = parcels[parcels["XZDM"].fillna("") == row.code]
            _write_layer(dataset, names[row.code], figures, fields, chosen)
        dataset.FlushCache()
        del dataset
    _store_styles(path, list(names.values()), figures, fields)


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
          Field("ZSDM", TEXT_FIELD, "国土所", "Station"))
_ALARMS = (Field("alarmed", INTEGER, "越线", "Line crossed"), Field("alarms", TEXT_FIELD, "阈值预警", "Lines crossed"))


def _all_summary_fields(figures: Figures) -> List[Field]:
    return [*_PLACE, *(field for field, _column in summary_fields(figures)), *_ALARMS]


def _write_summary(dataset: gdal.Dataset, figures: Figures) -> None:
    layer = _layer(dataset, SUMMARY, figures, _all_summary_fields(figures))
    outlines = {township.code: township.wkb for township in figures.reading.townships}
    dataset.StartTransaction()
    for row in figures.rows:
        _add(layer, summary_values(row, figures), outlines.get(row.code))
    dataset.CommitTransaction()


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


def _write_layer(dataset: gdal.Dataset, name: str, figures: Figures, fields: Sequence[Field], parcels: pd.DataFrame) -> None:
    layer = _layer(dataset, name, figures, fields)
    outlines = figures.reading.outlines
    dataset.StartTransaction()
    for row in parcels.to_dict("records"):
        _add(layer, {field.name: plain(row[field.name]) for field in fields}, outlines[row["shape_id"]])
    dataset.CommitTransaction()


def _layer(dataset: gdal.Dataset, name: str, figures: Figures, fields: Sequence[Field]) -> ogr.Layer:
    crs = spatial_reference(figures.reading.meta["crs"])
    layer = dataset.CreateLayer(name, crs, ogr.wkbMultiPolygon, ["GEOMETRY_NAME=geom", "FID=fid"])
    for field in fields:
        defined = ogr.FieldDefn(field.name, _OGR_KINDS.get(field.kind, ogr.OFTString))
        layer.CreateField(defined)
    return layer


def _add(layer: ogr.Layer, values: Mapping[str, Any], wkb: Optional[bytes]) -> None:
    feature = ogr.Feature(layer.GetLayerDefn())
    for name, value in values.items():
        if value is not None:
            feature.SetField(name, value)
    if wkb is not None:
        feature.SetGeometry(ogr.ForceToMultiPolygon(ogr.CreateGeometryFromWkb(wkb)))
    layer.CreateFeature(feature)


def _store_styles(path: Path, layers: Sequence[str], figures: Figures, fields: Sequence[Field]) -> None:
    language = figures.language
    qml = parcel_qml(fields, language)
    styles = [MapStyle(name, language, qml, True) for name in layers]
    styles.append(MapStyle(SUMMARY, language, summary_qml(_all_summary_fields(figures), language), True))
    with closing(sqlite3.connect(str(path))) as connection, connection:
        store_styles(connection, styles)
