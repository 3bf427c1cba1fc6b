"""The style of what remains and the layer of states over time, as QGIS sees them."""
from __future__ import annotations

import pytest
from qgis.core import QgsFeatureRequest, QgsProject, QgsVectorLayer
from qgis.PyQt.QtCore import QDate
from qgis.PyQt.QtXml import QDomDocument

from land_inspector.errors import InputError
from land_inspector.exchange.styles import STAGE_LOOKS, over_time_qml, remains_name, remains_styles, write_over_time
from land_inspector.progress import Progress
from land_inspector.register import pursuing
from land_inspector.register.issuing import issue_batch
from tests.factories import info, judge, new_register, squares

LAND = {"land_m2": 1600.0, "cultivated_m2": 0.0}


@pytest.fixture
def register(tmp_path):
    with new_register(tmp_path) as made:
        issue_batch(made, info(), squares(4), by="甲")
        judge(made, {"T001": "2", "T002": "2", "T003": "1"}, by="甲", effective_on="2026-05-20")
        remedy = pursuing.order_remedy(made, "B1", "T001", "reclamation", LAND, on="2026-06-01", by="甲")
        pursuing.record_progress(made, {remedy: {"land_m2": 600.0, "cultivated_m2": 0.0}}, on="2026-06-20", by="甲")
        pursuing.record_progress(made, {remedy: {"land_m2": 1000.0, "cultivated_m2": 0.0}}, on="2026-07-01", by="甲")
        pursuing.accept_remedies(made, [remedy], on="2026-07-10", level="2", by="甲")
        yield made


def test_the_parcel_layer_has_what_remains_and_the_style_shows_every_stage(register, qgis_app):
    layer = QgsVectorLayer(f"{register.storage.path}|layername=parcel_map", "x", "ogr")
    found = {feature["DKBH"]: (feature["ZGJD"] or None, feature["SYMJ"]) for feature in layer.getFeatures()}
    assert found["T001"] == ("5", 0.0) and found["T002"] == ("1", 1600.0) and not found["T003"][0]
    for language in ("zh", "en"):
        style = next(one for one in remains_styles(language) if one.name == remains_name(language))
        document = QDomDocument()
        document.setContent(style.qml)
        assert layer.importNamedStyle(document)[0]
        categories = layer.renderer().categories()
        assert [category.value() for category in categories] == [*STAGE_LOOKS, ""]
        looks = {(category.symbol().color().name(), category.symbol().symbolLayerCount()) for category in categories}
        letters = [look.letter[language] for look in STAGE_LOOKS.values()]
        assert len(looks) == len(categories) and len(set(letters)) == len(letters)
        assert all(category.label().startswith(letter) for category, letter in zip(categories, letters))


def test_the_states_over_time_follow_each_other_without_a_gap_and_keep_their_days(register, tmp_path, qgis_app):
    count, first = write_over_time(register, tmp_path / "over_time.gpkg", over_time_qml("zh"), Progress())
    layer = QgsVectorLayer(f"{tmp_path / 'over_time.gpkg'}|layername=over_time", "x", "ogr")
    assert layer.featureCount() == count and first.isoformat() == "2026-05-10"
    layer.loadDefaultStyle()
    assert layer.temporalProperties().isActive() and layer.temporalProperties().startField() == "first_day"
    request = QgsFeatureRequest().setFilterExpression("\"DKBH\" = 'T001'").addOrderBy("first_day")
    states = list(layer.getFeatures(request))
    assert [state["first_day"].toString("MM-dd") for state in states] == ["05-10", "05-20", "06-01", "06-20", "07-01", "07-10"]
    assert [state["ZGJD"] or "-" for state in states] == ["-", "1", "3", "3", "4", "5"]
    assert [state["SYMJ"] for state in states[1:]] == [1600.0, 1600.0, 1000.0, 0.0, 0.0]
    assert [state["until_day"] for state in states[:-1]] == [state["first_day"] for state in states[1:]]
    assert not states[-1]["until_day"] and states[2]["until_day"] == QDate(2026, 6, 20)
    with pytest.raises(InputError, match="exists already"):
        write_over_time(register, tmp_path / "over_time.gpkg", "", Progress())
    QgsProject.instance().clear()


def test_what_a_layer_of_states_says_of_a_day_is_what_the_register_says_as_of_it(register, tmp_path, qgis_app):
    write_over_time(register, tmp_path / "over_time.gpkg", over_time_qml("en"), Progress())
    layer = QgsVectorLayer(f"{tmp_path / 'over_time.gpkg'}|layername=over_time", "x", "ogr")
    for day in ("2026-05-10", "2026-05-19", "2026-05-20", "2026-06-19", "2026-06-20", "2026-07-09", "2026-07-10", "2026-12-31"):
        request = QgsFeatureRequest().setFilterExpression(
            f"\"first_day\" <= to_date('{day}') AND (\"until_day\" IS NULL OR \"until_day\" > to_date('{day}'))")
        told = {state["DKBH"]: (state["PDJL1"], state["ZGJD"] or None) for state in layer.getFeatures(request)}
        then = register.state(None, day).parcels.values()
        assert told == {parcel.DKBH: (parcel.PDJL1, parcel.ZGJD) for parcel in then}
