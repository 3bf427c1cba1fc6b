"""Judged parcels for re-entry into the official system: issued field names, areas in m² with two decimals, no persons.

Shapefile (UTF-8 with .cpg, names of at most ten ASCII characters), GeoPackage or Excel, by the suffix of the output.
"""
from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence

import openpyxl
import pandas as pd
from openpyxl import Workbook
from osgeo import gdal, ogr

from ..errors import DamagedError, InputError, Message, message
from ..i18n import tr
from ..progress import Progress
from ..register.register import Register
from ..register.schema import INTEGER, REAL, Field
from ..register.storage.map_styles import MapStyle, store_styles
from ..values import plain
from ..evidence.gdal_quiet import attempt, quiet, spatial_reference
from .atomic_files import beside, final_name, put_in_place
from .standard_parcels import standard_fields, standard_parcels
from .styles import alias, parcel_qml

LAYER = "patches"
SUFFIXES = (".shp", ".gpkg", ".xlsx")
#: A DBF text field holds so many bytes.
_DBF_BYTES = 254
_CHECKED = ("DKMJ", "GDMJ", "JBNTMJ", "WFMJ", "WFGD")
_HALF_CENT_M2 = 0.005


@dataclass(frozen=True)
class Reentry:
    """What was given out: parcels, those left out because nobody judged them, and texts that a DBF had to cut."""

    path: Path
    parcels: int
    unjudged: int
    cut: Sequence[Message]


@dataclass(frozen=True)
class _Content:
    """What any of the three formats is written from."""

    fields: Sequence[Field]
    rows: Sequence[Mapping[str, Any]]
    outlines: Sequence[bytes]
    crs: str
    language: str


def give_out_patches(register: Register, batch: str, output: Path, *, language: str, with_users: bool = False,
                     progress: Optional[Progress] = None) -> Reentry:
    """Write the judged parcels of a batch; what is read back must equal the register's, to the cent of each area.

    Children of split patches are ``JCBH_n`` with their patch in FJCBH. Raises InputError where nothing is judged or the
    output cannot be written, DamagedError where the file would differ; then an older file stays.
    """
    output, progress = Path(output), progress or Progress()
    if output.suffix.lower() not in SUFFIXES:
        raise InputError("{file} is no Shapefile, GeoPackage or Excel file.", "End its name in .shp, .gpkg or .xlsx.", file=output.name)
    output = output.with_suffix(output.suffix.lower())  # GDAL names the parts of a Shapefile so
    register.batch(batch)
    parcels = standard_parcels(register.parcels(batch))
    judged = parcels[parcels["PDJL1"].isin(("1", "2", "3"))]
    if judged.empty:
        raise InputError("No parcel of batch {batch} has a verdict yet.", "Give verdicts first.", batch=batch)
    content = _content(register, judged, language, with_users)
    progress.step(0.2, message("Writing {n} parcels", n=len(judged)))
    cut = _write(content, output)
    progress.show(1.0)
    return Reentry(output, len(judged), len(parcels) - len(judged), cut)


def _content(register: Register, judged: pd.DataFrame, language: str, with_users: bool) -> _Content:
    fields = standard_fields(with_users)
    outlines = register.storage.shapes(judged["shape_id"])
    rows = [{field.name: _rounded(plain(row[field.name])) for field in fields} for row in judged.to_dict("records")]
    return _Content(fields, rows, [outlines[key] for key in judged["shape_id"]], register.meta["crs"], language)


def _rounded(value: Any) -> Any:
    return round(value, 2) if isinstance(value, float) else value


def _write(content: _Content, output: Path) -> List[Message]:
    suffix = output.suffix.lower()
    if suffix == ".shp":
        return _write_shapefile(content, output)
    with beside(output) as draft:
        if suffix == ".gpkg":
            _write_layer(content, draft, "GPKG")
            with closing(sqlite3.connect(str(draft))) as connection, connection:
                store_styles(connection, [MapStyle(LAYER, content.language, parcel_qml(content.fields, content.language), True)])
            _check(content, _layer_rows(draft), output)
        else:
            _workbook(content).save(str(draft))
            _check(content, _workbook_rows(draft), output)
        put_in_place(((draft, output),))
    return []


def _write_shapefile(content: _Content, output: Path) -> List[Message]:
    """In a folder of its own beside the target; then part by part into place, the .shp last."""
    with tempfile.TemporaryDirectory(prefix=".", dir=output.parent) as folder:
        draft = Path(folder) / output.name
        _write_layer(content, draft, "ESRI Shapefile", ["ENCODING=UTF-8"])
        _check(content, _layer_rows(draft), output)
        parts = sorted(Path(folder).iterdir(), key=lambda part: part.suffix == ".shp")
        put_in_place(tuple((part, output.with_suffix(part.suffix)) for part in parts))
    return [message("{patch}: {field} is longer than a Shapefile can hold and was cut.", patch=row["JCBH"], field=field.name)
            for row in content.rows for field in content.fields if _too_long(row[field.name])]


def _too_long(value: Any) -> bool:
    return isinstance(value, str) and len(value.encode("utf-8")) > _DBF_BYTES


def _write_layer(content: _Content, path: Path, driver: str, options: Sequence[str] = ()) -> None:
    is_dbf = driver != "GPKG"
    with quiet():
        dataset = attempt(gdal.GetDriverByName(driver).Create, str(path), 0, 0, 0, gdal.GDT_Unknown)
        if dataset is None:
            raise InputError("{file} cannot be written.", "Choose another place, or close the program that has it open.",
                             file=final_name(path))
        layer = dataset.CreateLayer(path.stem if is_dbf else LAYER, spatial_reference(content.crs), ogr.wkbMultiPolygon, list(options))
        for field in content.fields:
            layer.CreateField(_field_definition(field, is_dbf))
        layer.StartTransaction()  # a Shapefile has none and says nothing
        for row, outline in zip(content.rows, content.outlines):
            _add(layer, row, outline, is_dbf)
        layer.CommitTransaction()
        del layer, dataset


def _add(layer: ogr.Layer, row: Mapping[str, Any], outline: bytes, is_dbf: bool) -> None:
    feature = ogr.Feature(layer.GetLayerDefn())
    for name, value in row.items():
        if value is not None:
            feature.SetField(name, _cut(value) if is_dbf else value)
    feature.SetGeometry(ogr.ForceToMultiPolygon(ogr.CreateGeometryFromWkb(outline)))
    layer.CreateFeature(feature)


def _cut(value: Any) -> Any:
    """A text that a DBF can hold, cut between characters."""
    return value.encode("utf-8")[:_DBF_BYTES].decode("utf-8", "ignore") if isinstance(value, str) else value


def _field_definition(field: Field, is_dbf: bool) -> ogr.FieldDefn:
    kind = {REAL: ogr.OFTReal, INTEGER: ogr.OFTInteger}.get(field.kind, ogr.OFTString)
    defined = ogr.FieldDefn(field.name, kind)
    if is_dbf and kind == ogr.OFTReal:
        defined.SetWidth(15)
        defined.SetPrecision(2)
    elif is_dbf and kind == ogr.OFTString:
        defined.SetWidth(_DBF_BYTES)
    return defined


def _workbook(content: _Content) -> Workbook:
    """The parcels under the field codes, and what each code is called."""
    book = Workbook()
    sheet = book.active
    sheet.title = LAYER
    sheet.append([field.name for field in content.fields])
    for row in content.rows:
        sheet.append([row[field.name] for field in content.fields])
    for column, field in zip(sheet.iter_cols(min_row=2), content.fields):
        for cell in column:
            cell.number_format = "0.00" if field.kind == REAL else "0" if field.kind == INTEGER else "@"
    sheet.freeze_panes = "A2"
    names = book.create_sheet(tr("Fields"))
    for field in content.fields:
        names.append([field.name, alias(field, content.language)])
    names.column_dimensions["B"].width = 36
    return book


def _layer_rows(path: Path) -> List[Dict[str, Any]]:
    with quiet():
        dataset = gdal.OpenEx(str(path), gdal.OF_VECTOR)
        layer = dataset.GetLayer(0)
        rows = [{name: feature[name] for name in ("JCBH", *_CHECKED)} for feature in layer]
        del layer, dataset
    return rows


def _workbook_rows(path: Path) -> List[Dict[str, Any]]:
    book = openpyxl.load_workbook(str(path), read_only=True)
    heads, *rows = book[LAYER].iter_rows(values_only=True)
    book.close()
    return [dict(zip(heads, row)) for row in rows]


def _check(content: _Content, read: Sequence[Mapping[str, Any]], output: Path) -> None:
    """Each parcel is there once, and each sum of areas within half a cent a parcel."""
    wanted: Dict[str, float] = {"JCBH": float(len(content.rows)), **{name: _total(content.rows, name) for name in _CHECKED}}
    found = {"JCBH": float(len({row["JCBH"] for row in read} & {row["JCBH"] for row in content.rows})),
             **{name: _total(read, name) for name in _CHECKED}}
    for name, value in wanted.items():
        if len(read) != len(content.rows) or abs(found[name] - value) > _HALF_CENT_M2 * len(content.rows):
            raise DamagedError("{file} would not say what the register says: {figure} is {found}, not {wanted}. It was not given out.",
                               "Verify the register, then try again.", file=output.name, figure=name, found=found[name], wanted=value)


def _total(rows: Sequence[Mapping[str, Any]], name: str) -> float:
    return sum(row[name] or 0.0 for row in rows)
