"""Before and after: which images fit, that they come in turn, and that the map comes back as it was."""
from __future__ import annotations

import numpy as np
import pytest
from osgeo import gdal
from qgis.core import QgsProject, QgsRasterLayer

from land_inspector.law.image_dates import parse_image_date
from land_inspector.ui.images import Picture, days_between, fitting, ids_of, pictures


def picture(name):
    return Picture(name, name, parse_image_date(name))


def image(folder, name):
    path = str(folder / f"{name}.tif")
    raster = gdal.GetDriverByName("GTiff").Create(path, 4, 4)
    raster.GetRasterBand(1).WriteArray(np.ones((4, 4)))
    raster = None
    layer = QgsRasterLayer(path, name)
    QgsProject.instance().addMapLayer(layer)
    return layer


@pytest.fixture
def canvas(app):
    return app.link._canvas


@pytest.fixture
def images(page, canvas, tmp_path):
    """Images of the patches' own dates, one between, one without a date; the map shows the parcels."""
    found = [image(tmp_path, name) for name in ("GF2_20260301", "BJ3_20260420", "2026年5月", "hillshade")]
    canvas.setLayers([layer for layer in QgsProject.instance().mapLayers().values() if layer.name() in ("地块", "Parcels")])
    assert len(canvas.layers()) == 1
    return found


def shown(canvas):
    return [layer.name() for layer in canvas.layers()]


def test_the_image_of_the_day_fits_without_a_warning_and_the_nearest_with_one():
    known = [picture("GF2_20260301"), picture("BJ3_20260420")]
    assert fitting(known, "20260301").picture.name == "GF2_20260301" and fitting(known, "20260301").warning == ""
    late = fitting(known, "2026-05-01")
    assert late.picture.name == "BJ3_20260420" and "11" in late.warning and "2026-05-01" in late.warning


def test_without_a_date_or_without_images_nothing_fits():
    assert fitting([picture("GF2_20260301")], "") is None and fitting([], "20260301") is None


def test_days_lie_between_spans_and_none_within():
    month = parse_image_date("2026年5月")
    assert days_between(month, parse_image_date("20260510")) == 0
    assert days_between(month, parse_image_date("20260603")) == days_between(parse_image_date("20260603"), month) == 3


def test_rasters_with_a_date_in_their_name_are_the_catalogue(images):
    assert [one.name for one in pictures(QgsProject.instance())] == ["GF2_20260301", "BJ3_20260420", "2026年5月"]


def test_the_images_come_in_turn_and_the_dock_says_which(app, page, canvas, images):
    page.parcels.selectRow(2)
    seen = []
    for _press in range(3):
        app.images.blink()
        seen.append((*shown(canvas), page.image_note.isVisibleTo(page)))
    assert seen == [("GF2_20260301", True), ("2026年5月", True), ("GF2_20260301", True)]


def test_ending_gives_the_map_its_layers_back_and_leaves_the_project_alone(app, page, canvas, images):
    page.parcels.selectRow(2)
    before, tree = ids_of(canvas.layers()), [layer.layerId() for layer in QgsProject.instance().layerTreeRoot().findLayers()]
    app.images.blink()
    app.images.end()
    assert ids_of(canvas.layers()) == before and not page.image_note.isVisibleTo(page) and not app.images.is_on
    assert [layer.layerId() for layer in QgsProject.instance().layerTreeRoot().findLayers()] == tree


def test_an_image_of_another_day_is_warned_of(app, page, canvas, images):
    QgsProject.instance().removeMapLayer(images[2].id())
    page.parcels.selectRow(2)
    app.images.blink()
    app.images.blink()
    assert shown(canvas) == ["BJ3_20260420"] and "11" in page.image_note.text() and page.image_note.styleSheet()


def test_switching_a_layer_brings_the_map_back(app, page, canvas, images):
    page.parcels.selectRow(2)
    app.images.blink()
    canvas.setLayers([images[3]])
    assert not app.images.is_on and shown(canvas) == ["hillshade"]


def test_without_a_choice_or_images_the_map_stays_and_it_is_said(app, page, canvas):
    before = ids_of(canvas.layers())
    app.images.blink()
    assert not app.images.is_on and ids_of(canvas.layers()) == before


def test_unloading_and_closing_the_register_bring_the_map_back(app, page, canvas, images):
    page.parcels.selectRow(2)
    app.images.blink()
    app.commands.close_register()
    assert not app.images.is_on and "GF2_20260301" not in shown(canvas)
