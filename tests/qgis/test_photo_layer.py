"""Photos in the register as a map layer: arrows that look where the cameras looked."""
from __future__ import annotations

import pytest
from qgis.core import QgsExpression, QgsExpressionContext, QgsExpressionContextUtils, QgsVectorLayer, QgsWkbTypes

from land_inspector.exchange.styles import register_styles
from land_inspector.register.issuing import issue_batch
from land_inspector.register.field_work import PhotoMatch, add_photos, remove_photo
from tests.factories import X0, Y0, info, new_register, squares


@pytest.fixture
def register(tmp_path):
    with new_register(tmp_path) as made:
        issue_batch(made, info(), squares(2))
        parcel = made.parcels("B1")["parcel_id"].iloc[0]
        found = []
        for number, direction in enumerate((90.0, None)):
            path = tmp_path / f"{number}.jpg"
            path.write_bytes(bytes([number]))
            found.append(PhotoMatch(path, (parcel,), "2026-05-20T10:11:12", direction=direction, place=(X0 + 10 * number, Y0)))
        add_photos(made, found)
        with made.storage.writing():
            made.storage.save_styles(register_styles("en"))
        yield made


def opened(register):
    layer = QgsVectorLayer(f"{register.storage.path}|layername=photo_map", "photos", "ogr")
    assert layer.isValid() and layer.wkbType() == QgsWkbTypes.Type.Point
    return layer


def test_photos_lie_where_they_were_taken_and_removed_ones_are_gone(register):
    places = {round(feature.geometry().asPoint().x() - X0): feature["photo_id"] for feature in opened(register).getFeatures()}
    assert sorted(places) == [0, 10]
    remove_photo(register, places[0])
    assert [round(feature.geometry().asPoint().x() - X0) for feature in opened(register).getFeatures()] == [10]


def test_the_arrow_turns_with_the_view_and_a_photo_without_direction_is_a_dot(register):
    layer = opened(register)
    arrow, compass, dot = layer.renderer().rootRule().children()
    assert compass.filterExpression() == '"direction" IS NOT NULL AND "magnetic" = 1'
    context = QgsExpressionContext(QgsExpressionContextUtils.globalProjectLayerScopes(layer))
    looking, blind = sorted(layer.getFeatures(), key=lambda feature: feature.geometry().asPoint().x())
    context.setFeature(looking)
    assert arrow.symbol().dataDefinedAngle().valueAsDouble(context)[0] == 90.0
    assert QgsExpression(arrow.filterExpression()).evaluate(context) == 1
    context.setFeature(blind)
    assert not QgsExpression(arrow.filterExpression()).evaluate(context) and dot.isElse()


def test_each_photo_is_labelled_with_day_and_time(register):
    layer = opened(register)
    context = QgsExpressionContext(QgsExpressionContextUtils.globalProjectLayerScopes(layer))
    context.setFeature(next(layer.getFeatures()))
    assert QgsExpression(layer.labeling().settings().fieldName).evaluate(context) == "05-20 10:11"
