"""One GeoPackage for the townships: a styled layer of parcels for each, and a summary layer with every figure.

Areas are in m² (domain.md §9), names of fields in the field's codes with aliases in the user's language.
"""
from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

import numpy as np
import pandas as pd
import shapely
from osgeo import gdal, ogr

from ..errors import InputError, message
from ..law.areas import UNITS_PER_M2
from ..law.townships import COUNT, M2, MU, TEXT, Column, TownshipRow, exact_value
from ..progress import Progress
from ..register.schema import INTEGER, REAL, Field
from ..register.schema import TEXT as TEXT_FIELD
from ..register.storage.frames import marks
from ..register.storage.layout import blob, connect
from ..register.storage.map_styles import MapStyle, store_styles
from ..values import plain
from ..evidence.gdal_quiet import attempt, quiet, spatial_reference
from .atomic_files import final_name
from .standard_parcels import standard_fields, standard_parcels
from .styles import parcel_qml, summary_qml
from .township_figures import Figures

SUMMARY = "townships"
_PATIENCE_S = 10.0  # nobody else knows of the file yet, but a virus scanner may have a look
_OGR_KINDS = {REAL: ogr.OFTReal, INTEGER: ogr.OFTInteger64}


def layer_name(code: str, name: str) -> str:
    """``331082100_古城街道``: what QGIS shows and every program can read."""
    return re.sub(r"[^\w.-]+", "_", f"{code or '000000000'}_{name}")


def layer_names(figures: Figures) -> Dict[str, str]:
    """Township code → layer name."""
    return {row.code: layer_name(row.code, figures.shown(row)["name"]) for row in figures.rows}


def write_package(path: Path, figures: Figures, with_users: bool, progress: Progress) -> None:
    """Write everything to ``path``, which must not exist. Raises InputError where it cannot be written.

    GDAL lays the layers down, SQLite fills them in one transaction: feature by feature through GDAL takes ten times as long.
    """
    fields = standard_fields(with_users)
    names = layer_names(figures)
    _lay_down(path, figures, {SUMMARY: _all_summary_fields(figures), **{name: fields for name in names.values()}})
    with closing(connect(path, _PATIENCE_S)) as connection:
        connection.execute("BEGIN")
        _fill_summary(connection, figures)
        parcels = standard_parcels(figures.reading.parcels)
        done = 0
        for row in figures.rows:
            chosen = parcels[parcels["XZDM"].fillna("") == row.code]
            share = progress.part(done / max(len(parcels), 1), (done + len(chosen)) / max(len(parcels), 1))
            share.step(0.0, message("Writing {township}", township=row.name or row.code))
            _fill_layer(connection, names[row.code], figures, fields, chosen, share)
            done += len(chosen)
        store_styles(connection, _styles(list(names.values()), figures, fields))
        connection.execute("COMMIT")


def _lay_down(path: Path, figures: Figures, layers: Mapping[str, Sequence[Field]]) -> None:
    """An empty layer of each name, with its fields."""
    crs = spatial_reference(figures.reading.meta["crs"])
    with quiet():
        dataset = attempt(gdal.GetDriverByName("GPKG").Create, str(path), 0, 0, 0, gdal.GDT_Unknown)
        if dataset is None:
            raise InputError("{file} cannot be written.", "Choose another place, or close the program that has it open.",
                             file=final_name(path))
        for name, fields in layers.items():
            layer = dataset.CreateLayer(name, crs, ogr.wkbMultiPolygon, ["GEOMETRY_NAME=geom", "FID=fid"])
            for field in fields:
                layer.CreateField(ogr.FieldDefn(field.name, _OGR_KINDS.get(field.kind, ogr.OFTString)))
        dataset.FlushCache()
        del layer, dataset


def _fill(connection: sqlite3.Connection, table: str, outlines: Sequence[Optional[bytes]], columns: Mapping[str, Sequence[Any]],
          progress: Progress) -> None:
    """Rows of a layer from its outlines (2-D MultiPolygon WKB, None for none) and the values of each field."""
    srs_id = connection.execute("SELECT srs_id FROM gpkg_geometry_columns WHERE table_name = ?", (table,)).fetchone()[0]
    boxes = shapely.bounds(shapely.from_wkb(np.array(outlines, dtype=object)))
    shapes = [None if wkb is None or box[0] != box[0] else blob(wkb, tuple(box), srs_id) for wkb, box in zip(outlines, boxes.tolist())]
    name = table.replace('"', '""')
    fields = ", ".join(f'"{field}"' for field in columns)
    sql = f'INSERT INTO "{name}" (geom, {fields}) VALUES ({marks([*columns, table])})'  # nosec B608 - quoted
    connection.executemany(sql, progress.watch(list(zip(shapes, *columns.values()))))
    if any(shape is not None for shape in shapes):
        box = (*np.nanmin(boxes[:, :2], axis=0).tolist(), *np.nanmax(boxes[:, 2:], axis=0).tolist())
        connection.execute("UPDATE gpkg_contents SET min_x = ?, min_y = ?, max_x = ?, max_y = ? WHERE table_name = ?", (*box, table))


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


def _fill_summary(connection: sqlite3.Connection, figures: Figures) -> None:
    outlines = {township.code: township.wkb for township in figures.reading.townships}
    rows = [summary_values(row, figures) for row in figures.rows]
    columns = {field.name: [row[field.name] for row in rows] for field in _all_summary_fields(figures)}
    _fill(connection, SUMMARY, [outlines.get(row.code) for row in figures.rows], columns, Progress())


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


def _fill_layer(connection: sqlite3.Connection, name: str, figures: Figures, fields: Sequence[Field], parcels: pd.DataFrame,
                progress: Progress) -> None:
    outlines = figures.reading.outlines
    columns = {field.name: [plain(value) for value in parcels[field.name]] for field in fields}
    _fill(connection, name, [outlines[key] for key in parcels["shape_id"]], columns, progress)


def _styles(layers: Sequence[str], figures: Figures, fields: Sequence[Field]) -> List[MapStyle]:
    language = figures.language
    qml = parcel_qml(fields, language)
    styles = [MapStyle(name, language, qml, True) for name in layers]
    return [*styles, MapStyle(SUMMARY, language, summary_qml(_all_summary_fields(figures), language), True)]
