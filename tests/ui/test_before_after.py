"""Before and after: the ways to look, what the dock says of the images, and that the map and the project come back as they were."""
from __future__ import annotations

import gc

import pytest
from qgis.core import QgsCoordinateReferenceSystem, QgsMapRendererParallelJob, QgsProject, QgsRasterLayer
from qgis.gui import QgsMapCanvas, QgsRubberBand
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QEvent, QPoint, QPointF, Qt
from qgis.PyQt.QtGui import QMouseEvent
from qgis.PyQt.QtWidgets import QApplication, QDockWidget

from land_inspector.ui.images.item import ImageItem
from land_inspector.exchange.image_choice import ImageSettings
from land_inspector.ui.images.views import BESIDE, BLINK, SWIPE, TURNS
from tests import factories
from tests.images import WHOLE, make_image
from tests.ui.desktop import let_go

BEFORE_GREY, AFTER_GREY = 60, 180


@pytest.fixture(autouse=True)
def settings():
    """What a test sets is forgotten after it."""
    kept = ImageSettings.load()
    yield
    kept.save()


@pytest.fixture
def canvas(app, page):
    canvas = app.link._canvas
    canvas.resize(400, 300)
    canvas.grab()  # a hidden widget takes its size when it is painted
    canvas.setDestinationCrs(QgsCoordinateReferenceSystem(factories.CRS))
    canvas.setLayers([layer for layer in QgsProject.instance().mapLayers().values() if layer.name() in ("地块", "Parcels")])
    assert len(canvas.layers()) == 1
    return canvas


@pytest.fixture
def folder(tmp_path):
    """The office's images: of the patches' own dates, one between, one without a date."""
    home = tmp_path / "images"
    for name, value in (("GF2_20260301", BEFORE_GREY), ("BJ3_20260420", 120), ("ZY3_20260501", AFTER_GREY), ("hillshade", 250)):
        make_image(home / f"{name}.tif", value=value)
    return home


@pytest.fixture
def images(app, canvas, folder, qtbot):
    name_folder(app, folder, qtbot)
    return app.images


def name_folder(app, folder, qtbot):
    kept = ImageSettings.load()
    kept.folders = str(folder)
    kept.save()
    with qtbot.waitSignal(app.images.shelf.changed):
        app.images._look()


@pytest.fixture
def chosen(images, page, qtbot):
    page.parcels.selectRow(2)
    wait_listed(qtbot, images)
    return images


def wait_listed(qtbot, images):
    """The images of a parcel are listed a moment after it was chosen."""
    qtbot.waitUntil(lambda: not images._soon.isActive())


def item_of(canvas):
    items = [item for item in canvas.scene().items() if isinstance(item, ImageItem)]
    return items[0] if items else None


def grey_at(canvas, x, y):
    """What stands on the map there; an outline or a caption may cover it."""
    return canvas.grab().toImage().pixelColor(x, y).red()


def wait_drawn(qtbot, images, *sides):
    qtbot.waitUntil(lambda: images.views.is_still and all(after in images.views._drawing.pictures for after in sides or (False, True)))


def state_of(canvas):
    """All that must be again as it was."""
    project, view = QgsProject.instance(), canvas.extent()
    return {
        "layers": sorted(project.mapLayers()), "tree": [layer.layerId() for layer in project.layerTreeRoot().findLayers()],
        "dirty": project.isDirty(), "shown": [layer.id() for layer in canvas.layers()], "theme": canvas.theme(),
        "crs": canvas.mapSettings().destinationCrs().authid(), "rotation": canvas.rotation(),
        "view": [round(value, 3) for value in (view.xMinimum(), view.yMinimum(), view.xMaximum(), view.yMaximum())],
        "items": len(canvas.scene().items()), "maps": len(canvas.window().findChildren(QgsMapCanvas)),
        "overlays": [child.objectName() for child in canvas.viewport().children()],
    }


# --- which images -----------------------------------------------------------------------------------------------------

def test_both_images_and_their_dates_stand_in_the_dock_as_soon_as_a_parcel_is_chosen(chosen):
    said = [chosen.strip.choices[after].currentText() for after in (False, True)]
    assert said == ["2026-03-01 · GF2_20260301", "2026-05-01 · ZY3_20260501"]


def test_a_key_does_not_wait_until_images_are_listed_that_nobody_looks_at(chosen, page, qtbot, monkeypatch):
    asked = []
    monkeypatch.setattr(chosen._subjects, "of", lambda parcel: asked.append(parcel))
    page.parcels.selectRow(5)
    assert asked == []
    wait_listed(qtbot, chosen)
    assert asked == page.parcels.chosen_ids()


def test_every_image_of_the_place_is_offered_by_date(chosen):
    choice = chosen.strip.choices[False]
    assert [choice.itemData(place) for place in range(3)] == ["2026-03-01", "2026-04-20", "2026-05-01"]
    assert "hillshade" in choice.itemText(3) and choice.count() == 4


def test_another_image_may_be_picked_and_is_warned_of_where_it_does_not_fit(chosen, page, canvas, qtbot):
    chosen.look(SWIPE)
    wait_drawn(qtbot, chosen)
    choice = chosen.strip.choices[False]
    choice.setCurrentIndex(choice.findData("2026-04-20"))
    choice.activated.emit(choice.currentIndex())
    wait_drawn(qtbot, chosen)
    assert "BJ3_20260420" in page.image_note.text() and "50" in page.image_note.text() and page.image_note.styleSheet()
    assert grey_at(canvas, 20, 20) == 120
    page.parcels.selectRow(3)
    assert choice.currentData() == "2026-03-01"
    page.parcels.selectRow(2)
    assert choice.currentData() == "2026-04-20"


def test_a_raster_of_the_project_is_an_image_like_those_of_the_folders(images, page, tmp_path, qtbot):
    layer = QgsRasterLayer(str(make_image(tmp_path / "elsewhere.tif", pixel=5.0)), "BJ3_20260301")
    QgsProject.instance().addMapLayer(layer)
    page.parcels.selectRow(2)
    wait_listed(qtbot, images)
    choice = images.strip.choices[False]
    assert "BJ3_20260301" in choice.currentText() and "1" in choice.currentText()
    assert choice.findData("2026-03-01") == choice.currentIndex()
    QgsProject.instance().removeMapLayer(layer.id())


def test_an_image_that_comes_into_the_project_is_offered_at_once(chosen, tmp_path, qtbot):
    layer = QgsRasterLayer(str(make_image(tmp_path / "new.tif")), "BJ3_20260404")
    QgsProject.instance().addMapLayer(layer)
    qtbot.waitUntil(lambda: chosen.strip.choices[False].findData("2026-04-04") >= 0)
    QgsProject.instance().removeMapLayer(layer.id())
    qtbot.waitUntil(lambda: chosen.strip.choices[False].findData("2026-04-04") < 0)


def test_a_file_that_cannot_be_read_is_said_once(app, canvas, folder, qtbot):
    (folder / "broken_20260301.tif").write_bytes(b"no picture")
    name_folder(app, folder, qtbot)
    assert len(app.messages._standing) == 1
    app.images._look_again()
    qtbot.waitUntil(lambda: not app.images.shelf.looking)
    assert len(app.messages._standing) == 1


def test_tiles_of_one_date_are_laid_beside_each_other(app, canvas, page, tmp_path, qtbot):
    middle = factories.X0 + 320
    make_image(tmp_path / "tiles" / "west_20260301.tif", (WHOLE[0], WHOLE[1], middle, WHOLE[3]), value=70)
    make_image(tmp_path / "tiles" / "east_20260301.tif", (middle, WHOLE[1], WHOLE[2], WHOLE[3]), value=150)
    name_folder(app, tmp_path / "tiles", qtbot)
    page.parcels.selectRow(2)
    app.images.blink()
    wait_drawn(qtbot, app.images, False)
    assert (grey_at(canvas, 20, 20), grey_at(canvas, 380, 20)) == (70, 150)
    assert "_20260301" in page.image_note.text() and "%" not in page.image_note.text()


# --- ways of looking --------------------------------------------------------------------------------------------------

def test_the_images_come_in_turn_and_the_dock_says_which(chosen, page, canvas, qtbot):
    seen = []
    for _press in range(3):
        chosen.blink()
        wait_drawn(qtbot, chosen)
        seen.append((grey_at(canvas, 20, 20), page.image_note.text().split()[-1], page.image_note.isVisibleTo(page)))
    assert seen == [(BEFORE_GREY, "GF2_20260301", True), (AFTER_GREY, "ZY3_20260501", True), (BEFORE_GREY, "GF2_20260301", True)]


def test_turning_needs_no_drawing_so_that_the_eye_sees_only_what_changed(chosen, canvas, qtbot):
    chosen.blink()
    wait_drawn(qtbot, chosen)
    chosen.blink()
    assert chosen.views.is_still and grey_at(canvas, 20, 20) == AFTER_GREY


def test_blinking_goes_on_by_itself_at_the_pace_that_was_set(chosen, qtbot):
    chosen.strip.change(blink_ms=50)
    chosen.look(BLINK)
    with qtbot.waitSignals([chosen.views.turned] * 3):
        pass
    chosen.look(BLINK)
    assert not chosen.is_on
    with qtbot.assertNotEmitted(chosen.views.turned, wait=200):
        pass


def test_the_swipe_line_parts_before_from_after_and_moves_by_mouse_and_key(chosen, canvas, qtbot):
    chosen.look(SWIPE)
    wait_drawn(qtbot, chosen)
    line, width = chosen.views.line, canvas.viewport().width()
    assert (grey_at(canvas, 20, 20), grey_at(canvas, width - 20, 20)) == (BEFORE_GREY, AFTER_GREY)
    assert grey_at(canvas, width // 4, 20) == BEFORE_GREY
    view = canvas.extent()
    qtbot.mousePress(line, Qt.MouseButton.LeftButton, pos=line.rect().center())
    place = QPointF(line.mapFromParent(QPoint(width // 8, 20)))
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(line, QMouseEvent(QEvent.Type.MouseMove, place, Qt.MouseButton.NoButton, left, none))
    qtbot.mouseRelease(line, left)
    assert grey_at(canvas, width // 4, 20) == AFTER_GREY and canvas.extent() == view
    before = line.split.share
    qtbot.keyClick(line, Qt.Key.Key_Right)
    assert line.split.share > before
    chosen.swipe(-1.0)
    assert line.split.share == 0.0
    chosen.swipe(+5.0)
    assert line.split.share == 1.0


def test_the_swipe_line_can_lie_level(chosen, canvas, qtbot):
    chosen.look(SWIPE)
    chosen.strip.change(level=True)
    wait_drawn(qtbot, chosen)
    bottom = canvas.viewport().height() - 10
    assert (grey_at(canvas, 350, 30), grey_at(canvas, 350, bottom)) == (BEFORE_GREY, AFTER_GREY)


def test_the_swipe_line_grows_with_the_map(chosen, canvas, qtbot):
    chosen.look(SWIPE)
    canvas.resize(600, 500)
    qtbot.waitUntil(lambda: chosen.views.line.height() == canvas.viewport().height())
    assert abs(chosen.views.line.geometry().center().x() - canvas.viewport().width() // 2) <= 1


def test_two_maps_show_one_place_whichever_is_moved(chosen, canvas, desktop, qtbot):
    desktop.window.resize(1200, 800)
    desktop.window.show()
    chosen.look(BESIDE)
    other = chosen.views.twin.canvas
    wait_drawn(qtbot, chosen, True)
    qtbot.waitUntil(lambda: other.width() > 50)
    assert [layer.name() for layer in other.layers()] == ["GF2_20260301"]

    def is_one_place():
        gap = other.center().distance(canvas.center()) / canvas.mapUnitsPerPixel()
        return gap < 1 and abs(other.mapUnitsPerPixel() / canvas.mapUnitsPerPixel() - 1) < 0.01

    assert is_one_place()
    canvas.zoomByFactor(0.5)
    assert is_one_place()
    other.zoomByFactor(3)
    other.setCenter(canvas.center())
    assert is_one_place()
    canvas.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:3857"))
    assert other.mapSettings().destinationCrs().authid() == "EPSG:3857" and is_one_place()


def test_the_parcels_outline_stands_on_the_second_map_too_and_the_pointer_on_both(chosen, canvas, desktop, qtbot):
    desktop.window.show()
    chosen.look(BESIDE)
    other = chosen.views.twin.canvas
    wait_drawn(qtbot, chosen, True)
    assert any(isinstance(item, QgsRubberBand) and item.numberOfVertices() > 3 for item in other.scene().items())
    canvas.xyCoordinates.emit(canvas.center())
    assert chosen.views.twin._pointers[1].isVisible() and not chosen.views.twin._pointers[0].isVisible()


def test_closing_the_second_map_ends_the_images(chosen, desktop, qtbot):
    desktop.window.show()
    chosen.look(BESIDE)
    chosen.views.twin.dock.close()
    let_go()
    assert not chosen.is_on and desktop.window.findChild(QDockWidget, "LandInspectorImageBefore") is None


def test_the_second_map_is_not_written_into_the_project(chosen, desktop, tmp_path):
    chosen.look(BESIDE)
    file = tmp_path / "project.qgs"
    QgsProject.instance().write(str(file))
    assert "landInspectorCanvasBefore" not in file.read_text(encoding="utf-8")


def test_neighbours_are_outlined_only_where_the_user_wants_them(chosen, canvas, qtbot):
    def drawn():
        return sum(item.numberOfVertices() for outlines in chosen.views._outlines for item in outlines._neighbours)

    chosen.look(SWIPE)
    wait_drawn(qtbot, chosen)
    assert drawn() == 0
    chosen.strip.change(neighbours=True)
    assert drawn() > 8


# --- following --------------------------------------------------------------------------------------------------------

def test_the_next_parcel_brings_its_own_images_in_the_same_way_of_looking(chosen, page, canvas, qtbot):
    chosen.look(SWIPE)
    wait_drawn(qtbot, chosen)
    page.parcels.selectRow(6)
    wait_drawn(qtbot, chosen)
    assert chosen.views.mode == SWIPE and grey_at(canvas, 20, 20) == BEFORE_GREY


def test_the_next_open_parcels_images_are_drawn_before_it_is_asked_for(chosen, app, page, canvas, qtbot):
    page.parcels.selectRow(6)
    chosen.look(SWIPE)
    qtbot.waitUntil(lambda: len(chosen.views._drawing._next) == 2 and all(one.picture for one in chosen.views._drawing._next.values()))
    ready = {after: order.picture for after, order in chosen.views._drawing._next.items()}
    app.reviewer.go_to_open(1)
    assert page.parcels.currentIndex().row() == 7 and chosen.views._drawing.pictures == ready
    assert chosen.views.is_still and grey_at(canvas, 20, 20) == BEFORE_GREY


def test_a_job_that_has_drawn_is_let_go(chosen, qtbot):
    """Each holds the picture: a day's worth of them would fill the memory."""
    chosen.look(SWIPE)
    wait_drawn(qtbot, chosen)
    qtbot.waitUntil(lambda: len(chosen.views._drawing._next) == 2 and all(one.picture for one in chosen.views._drawing._next.values()))

    def jobs_alive():
        let_go()
        gc.collect()
        return sum(isinstance(one, QgsMapRendererParallelJob) and not sip.isdeleted(one) for one in gc.get_objects())

    qtbot.waitUntil(lambda: jobs_alive() == 0)


def test_a_view_that_is_drawn_already_is_not_drawn_again(chosen, qtbot):
    chosen.look(SWIPE)
    wait_drawn(qtbot, chosen)
    shown = dict(chosen.views._drawing.pictures)
    chosen._show()
    assert chosen.views.is_still and chosen.views._drawing.pictures == shown


def test_between_two_parcels_nobody_sees_the_last_ones_image_at_the_next_ones_place(images, page, folder, canvas, qtbot):
    """A finer image of the same day covers the first parcels only: the others' picture is another one."""
    make_image(folder / "SV1_20260301.tif", (WHOLE[0], WHOLE[1], factories.X0 + 350, WHOLE[3]), pixel=1.0, value=90)
    with qtbot.waitSignal(images.shelf.changed):
        images._look_again()
    page.parcels.selectRow(1)
    images.blink()
    wait_drawn(qtbot, images)
    assert grey_at(canvas, 20, 20) == 90
    page.parcels.selectRow(11)
    assert grey_at(canvas, 20, 20) != 90
    wait_drawn(qtbot, images)
    assert grey_at(canvas, 20, 20) == BEFORE_GREY


def test_several_chosen_parcels_show_the_map_and_the_images_wait(chosen, page, canvas, qtbot):
    chosen.blink()
    wait_drawn(qtbot, chosen)
    page.parcels.selectAll()
    assert chosen.is_on and chosen.views._drawing.pictures == {} and page.image_note.text()
    page.parcels.selectRow(4)
    wait_drawn(qtbot, chosen)
    assert grey_at(canvas, 20, 20) == BEFORE_GREY


def test_a_fixed_scale_and_a_share_of_the_view_hold_for_every_parcel(chosen, page, canvas):
    chosen.strip.change(scale=5000)
    assert canvas.scale() == pytest.approx(5000, rel=0.01)
    page.parcels.selectRow(5)
    assert canvas.scale() == pytest.approx(5000, rel=0.01)
    chosen.strip.change(scale=0, fill=20)
    far = canvas.scale()
    chosen.strip.change(fill=10)
    assert canvas.scale() == pytest.approx(2 * far, rel=0.01)
    assert ImageSettings.load().fill == 10


def test_a_scale_is_typed_and_nonsense_is_refused(chosen, app, canvas):
    app.asking.text = lambda _question: "1:2500"
    chosen.strip.scale_wanted.emit()
    assert canvas.scale() == pytest.approx(2500, rel=0.01) and chosen.strip.view_button.text() == "1:2500"
    app.asking.text = lambda _question: "close"
    chosen.strip.scale_wanted.emit()
    assert chosen.strip.view_button.text() == "1:2500"


def test_an_image_in_another_coordinate_system_is_laid_where_it_belongs(app, canvas, page, tmp_path, qtbot):
    make_image(tmp_path / "wgs" / "GF2_20260301.tif", (120.9, 28.7, 121.2, 28.9), crs="EPSG:4326", pixel=0.001, value=77)
    name_folder(app, tmp_path / "wgs", qtbot)
    page.parcels.selectRow(2)
    app.images.blink()
    wait_drawn(qtbot, app.images, False)
    assert grey_at(canvas, 20, 20) == 77


# --- back to the map --------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("mode", [TURNS, BLINK, SWIPE, BESIDE])
def test_ending_brings_map_and_project_back_as_they_were(chosen, canvas, qtbot, mode):
    QgsProject.instance().setDirty(False)
    canvas.setRotation(15)
    before = state_of(canvas)
    chosen.blink() if mode == TURNS else chosen.look(mode)
    wait_drawn(qtbot, chosen, True)
    canvas.zoomByFactor(0.3)
    chosen.end()
    let_go()
    assert state_of(canvas) == before and not chosen.is_on and not chosen.layers._open


def test_another_parcel_chosen_meanwhile_stays_in_the_middle_of_the_map(chosen, page, canvas, qtbot):
    chosen.blink()
    page.parcels.selectRow(8)
    middle = canvas.center()
    canvas.zoomByFactor(0.3)
    chosen.end()
    assert canvas.center().distance(middle) < 0.01


def test_switching_a_layer_brings_the_map_back_where_it_is(chosen, canvas, qtbot):
    chosen.look(SWIPE)
    wait_drawn(qtbot, chosen)
    canvas.zoomByFactor(0.5)
    view = canvas.extent()
    canvas.setLayers([])
    assert not chosen.is_on and canvas.extent() == view


@pytest.mark.parametrize("mode", [TURNS, BLINK, SWIPE, BESIDE])
def test_closing_the_register_in_the_middle_ends_the_images(app, chosen, canvas, qtbot, mode):
    chosen.blink() if mode == TURNS else chosen.look(mode)
    app.commands.close_register()
    let_go()
    assert chosen.strip.choices[False].count() == 0
    assert not chosen.is_on and item_of(canvas) is None and canvas.window().findChild(QDockWidget, "LandInspectorImageBefore") is None
    assert QgsProject.instance().mapLayers() == {}


@pytest.mark.parametrize("mode", [TURNS, BLINK, SWIPE, BESIDE])
def test_another_project_in_the_middle_ends_the_images(app, chosen, canvas, desktop, qtbot, mode):
    chosen.blink() if mode == TURNS else chosen.look(mode)
    QgsProject.instance().clear()
    desktop.newProjectCreated.emit()
    assert not chosen.is_on and item_of(canvas) is None
    assert not [layer for layer in QgsProject.instance().mapLayers().values() if isinstance(layer, QgsRasterLayer)]


@pytest.mark.parametrize("mode", [TURNS, BLINK, SWIPE, BESIDE])
def test_unloading_in_the_middle_leaves_nothing_on_the_map(app, chosen, canvas, desktop, qtbot, mode):
    chosen.blink() if mode == TURNS else chosen.look(mode)
    app.unload()
    let_go()
    assert item_of(canvas) is None and desktop.window.findChildren(QDockWidget) == []
    assert [child.objectName() for child in canvas.viewport().children() if child.objectName().startswith("landInspector")] == []


def test_without_a_parcel_or_without_an_image_the_map_stays_and_it_is_said(app, canvas, page, qtbot):
    before = state_of(canvas)
    for _try in range(2):
        app.images.look(SWIPE)
        assert not app.images.is_on and state_of(canvas) == {**before, "view": state_of(canvas)["view"]}
        page.parcels.selectRow(0)
    assert not any(button.isChecked() for mode, button in app.images.strip.buttons.items() if mode)


def test_the_buttons_show_how_the_images_are_looked_at(chosen, qtbot):
    buttons = chosen.strip.buttons
    for mode in (TURNS, BLINK, SWIPE, BESIDE, ""):
        buttons[mode].click()
        assert [name for name, button in buttons.items() if button.isChecked()] == [mode] and chosen.views.mode == mode
