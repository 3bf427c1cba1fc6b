from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransformContext,
    QgsFeature,
    QgsFields,
    QgsVectorFileWriter,
    QgsVectorLayer,
    QgsWkbTypes,
    edit,
)

from land_inspector.compat import from_qgis_value, make_field, to_qgis_value

KINDS = ("text", "integer", "real", "boolean", "date", "datetime", "binary")
MOMENT = datetime(2024, 5, 1, 10, 11, 12, 345000)
CASES = [
    *[("integer", kind(7), 7)
      for kind in (np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64)],
    *[("real", kind(1.5), 1.5) for kind in (np.float16, np.float32, np.float64, np.longdouble)],
    ("integer", 2 ** 53 + 1, 2 ** 53 + 1),
    ("real", Decimal("2.50"), 2.5),
    ("boolean", np.bool_(True), True),
    ("boolean", np.bool_(False), False),
    ("text", np.str_("图斑"), "图斑"),
    ("text", "", ""),
    ("integer", pd.Series([3], dtype="Int64")[0], 3),
    ("text", pd.Series(["a"], dtype="string")[0], "a"),
    ("date", np.datetime64("2024-05-01"), date(2024, 5, 1)),
    ("date", date(2024, 5, 1), date(2024, 5, 1)),
    ("binary", b"\x01\x00", b"\x01\x00"),
    ("binary", np.bytes_(b"ab"), b"ab"),
    *[(kind, absent, None) for kind in KINDS for absent in (None, np.float64("nan"), pd.NA, pd.NaT)],
]


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """The source of a GeoPackage table with one field of each kind."""
    path = str(tmp_path_factory.mktemp("values") / "values.gpkg")
    fields = QgsFields()
    for kind in KINDS:
        fields.append(make_field(f"f_{kind}", kind))
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName = "GPKG"
    options.layerName = "values"
    writer = QgsVectorFileWriter.create(path, fields, QgsWkbTypes.Type.NoGeometry, QgsCoordinateReferenceSystem(),
                                        QgsCoordinateTransformContext(), options)
    assert writer.hasError() == QgsVectorFileWriter.WriterError.NoError, writer.errorMessage()
    del writer
    return path + "|layername=values"


@pytest.mark.parametrize(("kind", "given", "wanted"), CASES, ids=lambda value: type(value).__name__)
def test_what_goes_through_an_edit_session_comes_back(table, kind, given, wanted):
    layer = QgsVectorLayer(table, "values")
    feature = QgsFeature(layer.fields())
    feature[f"f_{kind}"] = to_qgis_value(given)
    with edit(layer):
        assert layer.addFeature(feature)
    got = from_qgis_value(_newest(layer)[f"f_{kind}"])
    assert got == wanted
    assert type(got) is type(wanted)


@pytest.mark.parametrize("given", [MOMENT.replace(tzinfo=timezone.utc), pd.Timestamp(MOMENT, tz="UTC")], ids=repr)
def test_a_moment_comes_back_to_the_second_and_in_utc(table, given):
    layer = QgsVectorLayer(table, "values")
    feature = QgsFeature(layer.fields())
    feature["f_datetime"] = to_qgis_value(given)
    with edit(layer):
        assert layer.addFeature(feature)
    got = from_qgis_value(_newest(layer)["f_datetime"])
    # 3.22 writes neither the zone nor the fraction of a second
    assert got.replace(microsecond=0, tzinfo=None) == MOMENT.replace(microsecond=0)
    assert got.utcoffset() in (None, timedelta(0))


def test_bytes_that_qgis_would_lose_in_silence_are_refused():
    with pytest.raises(TypeError):
        to_qgis_value(b"\x00\x01")


def test_a_local_time_keeps_its_clock_reading_in_memory():
    assert from_qgis_value(to_qgis_value(pd.Timestamp(MOMENT))) == MOMENT
    assert from_qgis_value(to_qgis_value(time(8, 30, 5))) == time(8, 30, 5)


def test_an_offset_becomes_the_same_moment_in_utc():
    in_china = datetime(2024, 5, 1, 8, tzinfo=timezone(timedelta(hours=8)))
    assert from_qgis_value(to_qgis_value(in_china)) == datetime(2024, 5, 1, 0, tzinfo=timezone.utc)


@pytest.mark.parametrize("kind", KINDS + ("time",))
def test_a_memory_layer_takes_every_kind_of_field_and_value(kind):
    layer = QgsVectorLayer("NoGeometry", "memory", "memory")
    assert layer.dataProvider().addAttributes([make_field("value", kind, alias="值")])
    layer.updateFields()
    samples = {"text": np.str_("图"), "integer": np.int64(3), "real": np.float64(2.5), "boolean": np.bool_(True),
               "date": date(2024, 5, 1), "datetime": MOMENT, "time": time(8, 30), "binary": b"ab"}
    feature = QgsFeature(layer.fields())
    feature["value"] = to_qgis_value(samples[kind])
    added, _ = layer.dataProvider().addFeatures([feature])
    assert added
    assert from_qgis_value(_newest(layer)["value"]) == samples[kind]
    assert layer.fields().field("value").alias() == "值"


def _newest(layer: QgsVectorLayer) -> QgsFeature:
    return max(layer.getFeatures(), key=lambda feature: feature.id())
