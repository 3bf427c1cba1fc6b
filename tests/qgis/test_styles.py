"""The register's layers as plain QGIS opens them: styled, named in both languages, read-only, filtered fast."""
from __future__ import annotations

import pytest
from qgis.core import (
    QgsExpression,
    QgsExpressionContext,
    QgsExpressionContextUtils,
    QgsFeatureRequest,
    QgsFeatureSource,
    QgsRectangle,
    QgsVectorLayer,
)

from land_inspector.exchange.styles import LOOKS, register_styles
from land_inspector.register import tables
from land_inspector.register.issuing import issue_batch
from tests.factories import X0, Y0, info, new_register, squares


@pytest.fixture
def register(tmp_path):
    made = new_register(tmp_path)
    issue_batch(made, info(), squares(60))
    yield made
    made.close()


def opened(register, table, language="zh"):
    with register.storage.writing():
        register.storage.save_styles(register_styles(language))
    layer = QgsVectorLayer(f"{register.storage.path}|layername={table}", table, "ogr")
    assert layer.isValid()
    return layer


def test_the_parcel_layer_opens_styled_by_verdict_without_the_plugin(register):
    layer = opened(register, "parcel_map")
    renderer = layer.renderer()
    assert renderer.type() == "categorizedSymbol" and renderer.classAttribute() == "PDJL1"
    assert [category.value() for category in renderer.categories()] == list(LOOKS)
    assert layer.labelsEnabled()


def test_each_verdict_has_its_own_hatching_and_letter_so_that_colour_is_never_the_only_sign(register):
    layer = opened(register, "parcel_map")
    hatchings = [tuple(part.lineAngle() for part in category.symbol().symbolLayers()[1:])
                 for category in layer.renderer().categories()]
    assert len(set(hatchings)) == len(LOOKS)
    for language in ("zh", "en"):
        assert len({look.letter[language] for look in LOOKS.values()}) == len(LOOKS)


@pytest.mark.parametrize(("language", "cultivated", "illegal"), [
    ("zh", "耕地面积 (m²)", "违法用地"), ("en", "Cultivated (m²)", "Illegal land use")])
def test_fields_have_their_names_and_codes_their_labels_in_the_users_language(register, language, cultivated, illegal):
    layer = opened(register, "parcel_map", language)
    fields = layer.fields()
    assert fields.field("GDMJ").alias() == cultivated
    choices = {code: label for choice in fields.field("PDJL1").editorWidgetSetup().config()["map"] for label, code in choice.items()}
    assert choices["2"].startswith(illegal)


def test_every_field_of_the_three_layers_has_an_alias(register):
    for table in ("parcel_map", "issued_map", "township"):
        nameless = [field.name() for field in opened(register, table).fields() if not field.alias()]
        assert nameless in ([], ["OGC_FID"], ["fid"]), table


def test_both_languages_are_kept_and_one_is_the_default(register):
    layer = opened(register, "parcel_map", "en")
    count, _ids, names, _descriptions, problem = layer.listStylesInDatabase()
    assert not problem and set(names[:count]) == {"zh", "en"}
    assert layer.fields().field("DKBH").alias() == "Parcel number"


def test_saving_the_styles_again_replaces_them(register):
    opened(register, "township", "zh")
    count, *_rest = opened(register, "township", "en").listStylesInDatabase()
    assert count == 2


def test_the_layer_refuses_edits_and_names_a_parcel_by_its_number(register):
    layer = opened(register, "parcel_map")
    assert layer.readOnly() and not layer.startEditing()
    assert layer.displayExpression() == '"DKBH"'


def test_a_map_view_reads_only_what_it_shows(register):
    layer = opened(register, "parcel_map")
    assert layer.dataProvider().hasSpatialIndex() == QgsFeatureSource.SpatialIndexPresence.SpatialIndexPresent
    window = QgsFeatureRequest().setFilterRect(QgsRectangle(X0 + 195, Y0, X0 + 305, Y0 + 50))
    assert {feature["JCBH"] for feature in layer.getFeatures(window)} == {"T002", "T003"}


def test_every_coded_field_of_the_schema_has_a_list_that_can_be_shown(register):
    layer = opened(register, "parcel_map")
    coded = [name for name in tables.MAP_FIELDS if tables.ALL_FIELDS[name].codes]
    assert coded and all(layer.fields().field(name).editorWidgetSetup().type() == "ValueMap" for name in coded)


def test_a_map_tip_shows_the_letters_of_a_number_and_loads_nothing(register):
    layer = opened(register, "parcel_map")
    context = QgsExpressionContext(QgsExpressionContextUtils.globalProjectLayerScopes(layer))
    feature = next(layer.getFeatures())
    feature.setAttribute("DKBH", "<img/src=http://127.0.0.1:9/x>&")
    context.setFeature(feature)
    shown = QgsExpression.replaceExpressionText(layer.mapTipTemplate(), context)
    assert shown == "&lt;img/src=http://127.0.0.1:9/x&gt;&amp;"
