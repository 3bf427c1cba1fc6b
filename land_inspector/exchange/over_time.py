"""Every parcel as it stood from when to when, as a layer for QGIS's temporal controller."""
from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Optional, Sequence, Tuple

from qgis.core import Qgis

from ..errors import InputError, message
from ..progress import Progress
from ..register import tables
from ..register.intervals import Interval, states_over_time
from ..register.register import Register
from ..register.tables import DATE, Field
from ..register.storage.map_styles import MapStyle
from .atomic_files import one_given_out
from .formats.gpkg import Layer, write_geopackage
from .remains_style import REMAINING, STAGE, remains_layer
from .styles import PARCEL_ID, finished_qml

LAYER = "over_time"
FIRST, UNTIL = "first_day", "until_day"
FIELDS: Tuple[Field, ...] = (
    PARCEL_ID, *(tables.ALL_FIELDS[name] for name in ("DKBH", "PDJL1", "PDJL2", STAGE, REMAINING)),
    Field(FIRST, DATE, "自", "From"), Field(UNTIL, DATE, "至（不含当日）", "Until (day not included)"))
_DAY = timedelta(days=1)


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
    progress.step(0.5, message("Writing the states of {n} parcels", n=len(states)))
    with one_given_out(Path(path)) as draft:
        write_geopackage(draft, register.meta["crs"], [_layer(register, states, qml)], progress.part(0.5, 0.95))
    progress.step(1.0)
    return len(states), min((one.first for one in states), default=None)


def _layer(register: Register, states: Sequence[Interval], qml: str) -> Layer:
    shapes = register.storage.shapes(dict.fromkeys(one.shape for one in states))
    rows = [(one.parcel, one.number, one.verdict, one.sub_verdict, one.stage, one.remaining_m2, one.first,
             None if one.last is None else one.last + _DAY) for one in states]
    columns = list(zip(*rows)) or [()] * len(FIELDS)
    return Layer(LAYER, FIELDS, {field.name: values for field, values in zip(FIELDS, columns)}, [shapes[one.shape] for one in states],
                 styles=(MapStyle(LAYER, "over time", qml, True),))
