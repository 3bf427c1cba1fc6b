"""Every parcel as it stood from when to when, as a layer for QGIS's temporal controller."""
from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any, Dict, Optional, Sequence, Tuple

from osgeo import ogr, osr
from qgis.core import Qgis

from ..crs_texts import plain_crs_text
from ..errors import InputError, message
from ..progress import Progress
from ..register import schema
from ..register.intervals import Interval, states_over_time
from ..register.register import Register
from ..register.schema import DATE, REAL, TEXT, Field
from ..register.storage.layout import connect
from ..register.storage.map_styles import MapStyle, store_styles
from .remains_style import REMAINING, STAGE, remains_layer
from .styles import PARCEL_ID, finished_qml

LAYER = "over_time"
FIRST, UNTIL = "first_day", "until_day"
FIELDS: Tuple[Field, ...] = (
    PARCEL_ID, *(schema.ALL_FIELDS[name] for name in ("DKBH", "PDJL1", "PDJL2", STAGE, REMAINING)),
    Field(FIRST, DATE, "自", "From"), Field(UNTIL, DATE, "至（不含当日）", "Until (day not included)"))
_KINDS = {TEXT: ogr.OFTString, REAL: ogr.OFTReal, DATE: ogr.OFTDate}
_DAY = timedelta(days=1)
_SHAPES_AT_ONCE = 5000


def over_time_qml(language: str) -> str:
    """The look of the layer: by what remains, shown from ``first_day`` up to the day before ``until_day``."""
    layer = remains_layer(FIELDS, language)
    times = layer.temporalProperties()
    times.setMode(Qgis.VectorTemporalMode.FeatureDateTimeStartAndEndFromFields)
    times.setStartField(FIRST)
    times.setEndField(UNTIL)
    times.setIsActive(True)
    return finished_qml(layer, FIELDS, language, '"DKBH"', hidden=(PARCEL_ID.name,))


def write_over_time(register: Register, path: Path, qml: str, progress: Progress) -> Tuple[int, Optional[date]]:
    """A GeoPackage with one feature for each parcel and state, styled; their number and the first day of all.

    ``qml`` is made on the main thread (:func:`over_time_qml`). InputError where the file exists or cannot be written.
    """
    if Path(path).exists():
        raise InputError("{path} exists already.", "Choose another name.", path=str(path))
    states = states_over_time(register, progress.part(0.0, 0.5))
    dataset, layer = _new_layer(Path(path), register.meta["crs"])
    layer.StartTransaction()
    for start in range(0, len(states), _SHAPES_AT_ONCE):
        progress.step(0.5 + 0.45 * start / len(states), message("Writing the states of {n} parcels", n=len(states)))
        part = states[start:start + _SHAPES_AT_ONCE]
        _write(layer, part, register.storage.shapes(dict.fromkeys(one.shape for one in part)))
    layer.CommitTransaction()
    del layer, dataset
    _store_style(Path(path), qml)
    progress.step(1.0)
    return len(states), min((one.first for one in states), default=None)


def _new_layer(path: Path, crs: str) -> Tuple[Any, Any]:
    reference = osr.SpatialReference()
    reference.SetFromUserInput(plain_crs_text(crs) or "")
    reference.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    try:
        dataset = ogr.GetDriverByName("GPKG").CreateDataSource(str(path))
    except RuntimeError as error:
        raise InputError("{path} cannot be written: {reason}.", "Choose a folder you may write to.", path=str(path),
                         reason=str(error)) from error
    layer = dataset.CreateLayer(LAYER, reference, ogr.wkbMultiPolygon, ["FID=fid", "GEOMETRY_NAME=geom"])
    for field in FIELDS:
        layer.CreateField(ogr.FieldDefn(field.name, _KINDS[field.kind]))
    return dataset, layer


def _write(layer: Any, states: Sequence[Interval], shapes: Dict[str, bytes]) -> None:
    definition = layer.GetLayerDefn()
    for one in states:
        feature = ogr.Feature(definition)
        values = (one.parcel, one.number, one.verdict, one.sub_verdict, one.stage, one.remaining_m2, one.first.isoformat(),
                  None if one.last is None else (one.last + _DAY).isoformat())
        for place, value in enumerate(values):
            if value is not None:
                feature.SetField(place, value)
        feature.SetGeometry(ogr.CreateGeometryFromWkb(shapes[one.shape]))
        layer.CreateFeature(feature)


def _store_style(path: Path, qml: str) -> None:
    connection = connect(path, 10.0)
    try:
        with connection:
            store_styles(connection, [MapStyle(LAYER, "over time", qml, True)])
    finally:
        connection.close()
