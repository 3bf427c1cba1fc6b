"""The dock with a register behind it, offscreen: what is shown, what is asked for, what is left behind."""
from __future__ import annotations

import shutil

import numpy as np
from qgis.core import QgsProject
from qgis.gui import QgisInterface, QgsRubberBand
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QDockWidget, QLineEdit, QMenu, QToolBar

from land_inspector.register import judging
from land_inspector.register.judging import set_aside
from land_inspector.register.sealing import OriginBook
from land_inspector.register.register import Register
from land_inspector.settings import origins_file
from land_inspector.ui.review.review_options import USUAL
from tests.ui.desktop import let_go
from tests.ui.tables import OTHER

USED = (
    "addDockWidget", "addTabifiedDockWidget", "initializationCompleted", "newProjectCreated", "removeDockWidget", "addToolBar",
    "firstRightStandardMenu", "mainWindow", "mapCanvas", "messageBar", "registerMainWindowAction", "unregisterMainWindowAction",
    "registerOptionsWidgetFactory", "unregisterOptionsWidgetFactory")


def outlined(app):
    return [item for item in app.link._canvas.scene().items() if isinstance(item, QgsRubberBand) and item.numberOfVertices()]


def test_qgis_has_every_method_that_is_used():
    assert [name for name in USED if not hasattr(QgisInterface, name)] == []


def test_an_opened_register_shows_its_newest_batch(page):
    assert page.parcels.model().rowCount() == 12
    assert page.batches.currentData() == "B1"
    assert (page.progress.value(), page.progress.maximum()) == (4, 12)


def test_its_layers_come_into_the_project_once(app, page, path, qtbot):
    with qtbot.waitSignal(app.session.read):
        app.commands.open_address(path)
    qtbot.waitUntil(lambda: app.layers.find(path, "parcel_map") is not None)
    assert len(QgsProject.instance().mapLayers()) == 3
    assert app.layers.find(path, "parcel_map").featureCount() == 12


def test_a_file_that_is_no_register_is_said_and_the_open_one_stays(app, page, path, tmp_path, qtbot):
    stranger = tmp_path / "stranger.gpkg"
    stranger.write_text("not a database")
    app.commands.open_address(stranger)
    qtbot.waitUntil(lambda: bool(app.messages._standing), timeout=60_000)
    assert app.session.address.path == path


def test_a_register_taken_away_while_open_is_said_once_and_nothing_more_is_confirmed(app, page, path, qtbot):
    """The window goes on showing what it knows; each act is refused with the reason until the file is back."""
    path.rename(path.with_name("elsewhere.gpkg"))
    for _look in range(3):
        app.session.look()
    assert len(app.messages._standing) == 1 and "no longer there" in app.messages._standing[0].text()
    path.with_name("elsewhere.gpkg").rename(path)
    app.session.look()
    assert app.session.address.path == path


def test_an_older_copy_put_back_is_said_when_it_is_opened(app, page, path, qtbot, tmp_path):
    older = shutil.copy(path, tmp_path / "older.gpkg")
    with Register.open(path, origins=OriginBook(origins_file())) as register:
        set_aside(register, "B1", [page.table.text("DKBH", 0)], reason="等材料", by="甲")
    app.commands.close_register()
    qtbot.waitUntil(lambda: not app.worker._running)  # who still reads would take the log of the next one away with its own
    for name in (path, *(path.with_name(path.name + ending) for ending in ("-wal", "-shm"))):
        name.unlink(missing_ok=True)
    shutil.move(older, path)
    with qtbot.waitSignal(app.session.read):
        app.commands.open_address(path)
    assert any("older copy" in item.text() for item in app.messages._standing)


def test_choosing_in_the_list_outlines_the_parcel_and_moves_the_map(app, page, qtbot):
    app.link._canvas.zoomByFactor(7)
    before = app.link._canvas.extent()
    page.parcels.selectRow(6)
    assert outlined(app)
    assert app.link._canvas.extent() != before


def test_filtering_and_reading_anew_leave_the_map_where_it_is(app, page, qtbot):
    page.parcels.selectRow(6)
    before = app.link._canvas.extent()
    page.filters.verdicts.buttons["2"].click()
    with qtbot.waitSignal(app.session.read):
        app.session.reload()
    assert app.link._canvas.extent() == before


def test_a_chosen_parcel_that_a_filter_hides_loses_its_outline(app, page):
    page.parcels.selectRow(6)
    page.filters.verdicts.buttons["2"].click()
    assert page.parcels.chosen_ids() == [] and not outlined(app)
    assert not page.parcels.currentIndex().isValid()


def test_home_and_end_go_to_the_first_and_last_parcel(page, qtbot):
    page.parcels.selectRow(5)
    qtbot.keyClick(page.parcels, Qt.Key.Key_End)
    assert page.parcels.currentIndex().row() == 11
    qtbot.keyClick(page.parcels, Qt.Key.Key_Home)
    assert page.parcels.currentIndex().data() == "T001" and len(page.parcels.chosen_ids()) == 1


def test_the_current_parcel_stays_in_sight_when_the_list_gets_smaller(app, page, desktop, qtbot):
    desktop.window.resize(500, 1000)
    desktop.window.show()
    app.dock.setUserVisible(True)
    page.parcels.setFixedHeight(400)
    qtbot.waitUntil(lambda: page.parcels.height() == 400)
    page.parcels.selectRow(7)
    page.parcels.setFixedHeight(150)
    qtbot.waitUntil(lambda: page.parcels.height() == 150)
    assert page.parcels.viewport().rect().contains(page.parcels.visualRect(page.parcels.currentIndex()))


def test_what_was_chosen_stays_chosen_when_the_register_is_read_anew(app, page, qtbot):
    page.parcels.selectRow(6)
    chosen = page.parcels.chosen_ids()
    with qtbot.waitSignal(app.session.read):
        app.session.reload()
    assert page.parcels.chosen_ids() == chosen


def test_picking_on_the_map_selects_in_the_list(app, page, path):
    layer = app.layers.find(path, "parcel_map")
    picked = [feature for feature in layer.getFeatures() if feature["DKBH"] in ("T005", "T009")]
    before = app.link._canvas.extent()
    layer.selectByIds([feature.id() for feature in picked])
    assert sorted(page.parcels.chosen_ids()) == sorted(feature["parcel_id"] for feature in picked)
    assert app.link._canvas.extent() == before


def test_picking_what_the_filters_hide_is_said(app, page, path):
    page.filters.verdicts.buttons["2"].click()
    layer = app.layers.find(path, "parcel_map")
    layer.selectByIds([feature.id() for feature in layer.getFeatures() if feature["DKBH"] == "T009"])
    assert page.parcels.chosen_ids() == []
    assert "1" in page.hidden_note.text() and page.hidden_note.isVisibleTo(page)


def test_several_chosen_parcels_are_selected_in_the_layer_too(app, page, path):
    page.parcels.selectAll()
    assert app.layers.find(path, "parcel_map").selectedFeatureCount() == 12


def test_the_map_view_is_looked_at_when_asked_for_and_kept_while_the_map_moves(app, page):
    page.parcels.selectRow(4)
    app.link._canvas.zoomByFactor(0.1)
    page.filters.place_button.click()
    few = page.parcels.model().rowCount()
    assert 1 <= few < 12
    page.parcels.selectRow(0)
    app.link._canvas.zoomByFactor(50)
    assert page.parcels.model().rowCount() == few
    page.filters.place_button.click()
    assert page.parcels.model().rowCount() == 12


def test_the_list_can_begin_where_the_map_is(app, page):
    page.parcels.selectRow(6)
    page.filters.sorting.setCurrentIndex(page.filters.sorting.findData("nearest"))
    page.filters.sorting.activated.emit(page.filters.sorting.currentIndex())
    assert page.parcels.model().index(0, 0).data() == "T007"


def test_going_to_a_number_finds_it_behind_the_filters_too(app, page):
    page.filters.verdicts.buttons["2"].click()
    app.asking.text = lambda _question: "009"
    app.reviewer.go_to_number()
    assert page.parcels.currentIndex().data() == "T009" and outlined(app)
    app.asking.text = lambda _question: "nowhere"
    app.reviewer.go_to_number()
    assert page.parcels.currentIndex().data() == "T009"


def test_close_by_the_parcels_have_labels_and_far_off_the_townships(app, page, path):
    close, far = app.layers.find(path, "parcel_map").labeling(), app.layers.find(path, "township").labeling()
    assert close.settings().minimumScale == far.settings().maximumScale


def test_a_count_beside_a_choice_is_what_choosing_it_shows(page, qtbot):
    button = page.filters.verdicts.buttons["2"]
    assert button.text().endswith(" 3")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert page.parcels.model().rowCount() == 3
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert page.parcels.model().rowCount() == 12


def test_typing_filters_after_a_short_pause(page, qtbot):
    qtbot.keyClicks(page.filters.search, "t00")
    qtbot.waitUntil(lambda: page.parcels.model().rowCount() == 9)


def test_showing_all_takes_every_filter_away(page, qtbot):
    page.filters.search.setText("T001")
    page.filters.verdicts.buttons["2"].click()
    qtbot.mouseClick(page.filters.clear_button, Qt.MouseButton.LeftButton)
    assert page.parcels.model().rowCount() == 12 and page.filters.criteria.is_empty


def test_what_another_person_writes_appears_without_being_asked_for(app, page, path, qtbot):
    with Register.open(path) as other:
        judging.give_verdicts(other, "B1", [judging.Entry("T012", OTHER)], by="张三")
    with qtbot.waitSignal(app.session.read):
        app.session.look()
    assert page.progress.value() == 5


def test_looking_at_an_unchanged_register_reads_nothing(app, page, qtbot):
    with qtbot.assertNotEmitted(app.session.read, wait=300):
        app.session.look()


def test_the_last_act_is_named_and_undone(app, page, qtbot):
    assert page.undo_button.isEnabled() and "4" in page.undo_button.text()
    with qtbot.waitSignal(app.session.read):
        qtbot.mouseClick(page.undo_button, Qt.MouseButton.LeftButton)
    assert page.progress.value() == 0


def test_what_was_undone_is_redone_until_something_else_is_done(app, page, qtbot):
    assert not page.redo_button.isEnabled()
    for button, judged in ((page.undo_button, 0), (page.redo_button, 4), (page.undo_button, 0)):
        with qtbot.waitSignal(app.session.read):
            button.click()
        assert page.progress.value() == judged
    assert page.redo_button.isEnabled()
    page.choose([page.table.ids[7]])
    page.verdicts.press(USUAL.index("301"))
    assert not page.redo_button.isEnabled()


def test_redo_works_after_a_restart(app, page, path, qtbot):
    with qtbot.waitSignal(app.session.read):
        page.undo_button.click()
    app.commands.close_register()
    with qtbot.waitSignal(app.session.read):
        app.commands.open_address(path)
    with qtbot.waitSignal(app.session.read):
        page.redo_button.click()
    assert page.progress.value() == 4


def test_several_undos_are_redone_in_turn(app, page, path, qtbot):
    page.choose([page.table.ids[7]])
    page.verdicts.press(USUAL.index("301"))
    seen = []
    for button in (page.undo_button, page.undo_button, page.redo_button, page.redo_button):
        with qtbot.waitSignal(app.session.read):
            button.click()
        seen.append(page.progress.value())
    assert seen == [4, 0, 4, 5] and not page.redo_button.isEnabled()


def test_undoing_another_persons_act_asks_for_a_reason_that_the_register_keeps(app, page, path, qtbot):
    with Register.open(path) as other:
        judging.give_verdicts(other, "B1", [judging.Entry("T012", OTHER)], by="张三")
    with qtbot.waitSignal(app.session.read):
        app.session.look()
    page.choose([page.table.ids[page.table.number_order[11]]])
    asked = []
    app.asking.text = lambda question: asked.append(question) or ""
    app.reviewer.undo_on_parcel()
    assert "张三" in asked[0] and page.progress.value() == 5
    app.asking.text = lambda question: "看错图斑"
    with qtbot.waitSignal(app.session.read):
        app.reviewer.undo_on_parcel()
    assert page.progress.value() == 4
    assert app.session.register.storage.events()[-1].payload["reason"] == "看错图斑"


def test_undoing_what_later_acts_stand_on_asks_first(app, page, path, qtbot):
    app.commands.undo()
    with qtbot.waitSignal(app.session.read):
        pass
    with Register.open(path) as other:
        judging.give_verdicts(other, "B1", [judging.Entry("T012", OTHER)], by="张三")
    with qtbot.waitSignal(app.session.read):
        app.session.look()
    asked = []
    app.asking.agreed = lambda question: asked.append(question) or False
    with qtbot.waitSignal(app.session.read):
        app.commands.undo()
    assert asked and page.progress.value() == 1
    app.asking.agreed = lambda question: True
    with qtbot.waitSignal(app.session.read):
        app.commands.undo()
    assert page.batches.count() == 0


def test_a_register_without_a_batch_offers_to_import_one(app, qtbot, tmp_path):
    from tests import factories

    with factories.new_register(tmp_path) as register:
        path = register.storage.path
    with qtbot.waitSignal(app.session.read):
        app.commands.open_address(path)
    assert app.dock.work_page._content.currentIndex() == 0


def test_closing_a_register_takes_its_layers_and_outlines_away(app, page):
    page.parcels.selectRow(2)
    app.commands.close_register()
    assert not outlined(app) and not QgsProject.instance().mapLayers()
    assert app.dock._pages.currentWidget() is app.dock.start_page


def test_removing_the_layer_by_hand_breaks_nothing(app, page, path):
    QgsProject.instance().removeMapLayer(app.layers.find(path, "parcel_map").id())
    page.parcels.selectRow(3)
    assert not outlined(app)


def test_a_new_project_gets_the_layers_of_the_open_register(app, page, path, desktop, qtbot):
    QgsProject.instance().clear()
    desktop.newProjectCreated.emit()
    qtbot.waitUntil(lambda: app.layers.find(path, "parcel_map") is not None)
    page.parcels.selectRow(3)
    assert outlined(app)


def test_unloading_leaves_nothing_behind(app, page, desktop):
    page.parcels.selectRow(3)
    app.unload()
    let_go()
    assert desktop.registered == [] and desktop.factories == []
    assert desktop.window.findChildren(QDockWidget) == [] and desktop.window.findChildren(QToolBar) == []
    assert [menu.title() for menu in desktop.window.findChildren(QMenu)] == ["Help"]
    assert QgsProject.instance().mapLayers() == {} and QgsProject.instance().layerTreeRoot().children() == []
    assert [item for item in desktop.mapCanvas().scene().items() if isinstance(item, QgsRubberBand)] == []


def test_the_dock_needs_no_more_than_640_pixels_of_height_without_scrolling(app, page):
    assert page.minimumSizeHint().height() <= 640
    assert not app.dock._pages.layout().hasHeightForWidth()


def test_the_dock_fits_into_320_pixels(app, page):
    assert app.dock.minimumSizeHint().width() <= 320 and app.dock.minimumWidth() <= 320


def test_a_copied_register_is_opened_as_its_own_file(app, page, path, tmp_path, qtbot):
    copy = tmp_path / "copy.gpkg"
    app.commands.close_register()
    shutil.copy(path, copy)
    with qtbot.waitSignal(app.session.read):
        app.commands.open_address(copy)
    qtbot.waitUntil(lambda: app.layers.find(copy, "parcel_map") is not None)
    assert app.layers.find(path, "parcel_map") is None


def test_keys_that_lead_to_a_parcel_lead_into_the_dock(app, page, desktop, qtbot):
    """From QGIS's own fields no Tab does: its search keeps it."""
    elsewhere = QLineEdit()
    desktop.window.setCentralWidget(elsewhere)
    desktop.window.show()
    desktop.window.activateWindow()
    app.dock.setUserVisible(True)
    for lead, place in ((app.reviewer.go_to_open, page.parcels), (app.dock.search, page.filters.search),
                        (app.dock.take_focus, page.parcels)):
        elsewhere.setFocus()
        qtbot.waitUntil(elsewhere.hasFocus)
        lead()
        qtbot.waitUntil(lambda place=place: page.window().focusWidget() in (place, place.focusProxy()))


def test_the_current_parcel_comes_back_into_sight_with_the_rows_that_come_above_it(app, page, desktop):
    desktop.window.show()
    page.parcels.resize(300, 60)
    page.parcels.show_rows(page.table, np.arange(6, 12))
    page.choose([page.table.ids[6]])
    page.parcels.show_rows(page.table, np.arange(0, 12))
    assert page.parcels.viewport().rect().intersects(page.parcels.visualRect(page.parcels.currentIndex()))
