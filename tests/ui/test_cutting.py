"""Splitting and merging on the map: drawn by mouse and keys, shown before it is made, one act, undone as one."""
from __future__ import annotations

import json

import pytest
import shapely
from qgis.core import QgsApplication, QgsCoordinateReferenceSystem, QgsCoordinateTransform, QgsPointXY, QgsProject, QgsRectangle
from qgis.gui import QgsMapMouseEvent, QgsMapToolPan, QgsRubberBand
from qgis.PyQt.QtCore import QEvent, QPoint, Qt
from qgis.PyQt.QtGui import QKeyEvent, QResizeEvent
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication

from land_inspector.evidence.profile import read_profile
from land_inspector.progress import Progress
from land_inspector.register import judging
from land_inspector.register.kinds import goes_without_saying
from land_inspector.register.measuring import measure_batch
from land_inspector.register.register import Register
from land_inspector.register.splitting import split_parcels
from land_inspector.ui.cutting.plan import Edge, edges_of, letter_of, open_layers_of, plan_by_lines, plan_merge
from land_inspector.ui.cutting.panel import PieceModel

from tests.algorithms import write_layer
from tests.factories import CRS, X0, Y0
from tests.ui.tables import ILLEGAL, OTHER


@pytest.fixture
def cutting(app):
    return app.cutting


@pytest.fixture
def canvas(app, page):
    """The map close to T005, in the register's CRS."""
    canvas = app.link._canvas
    canvas.setDestinationCrs(QgsCoordinateReferenceSystem(CRS))
    canvas.resize(600, 600)
    canvas.viewport().resize(600, 600)
    QApplication.sendEvent(canvas.viewport(), QResizeEvent(canvas.size(), canvas.size()))
    assert canvas.mapSettings().outputSize().width() == 600
    page.choose([number(page, "T005")])
    canvas.setExtent(QgsRectangle(X0 + 470, Y0 - 30, X0 + 570, Y0 + 70))
    return canvas


def number(page, label):
    return page.find_number(label)


def pixel(canvas, x, y):
    """Where a place of the register's CRS is on the canvas."""
    transform = QgsCoordinateTransform(QgsCoordinateReferenceSystem(CRS), canvas.mapSettings().destinationCrs(), QgsProject.instance())
    place = canvas.getCoordinateTransform().transform(transform.transform(QgsPointXY(X0 + x, Y0 + y)))
    return QPoint(round(place.x()), round(place.y()))


def click(tool, canvas, x, y, button=Qt.MouseButton.LeftButton):
    at = pixel(canvas, x, y)
    tool.canvasMoveEvent(QgsMapMouseEvent(canvas, QEvent.Type.MouseMove, at))
    tool.canvasReleaseEvent(QgsMapMouseEvent(canvas, QEvent.Type.MouseButtonRelease, at, button))


def press(tool, key):
    """Whether the tool took the key for itself."""
    event = QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier)
    tool.keyPressEvent(event)
    return event.isAccepted()


def draw(cutting, canvas, qtbot, *places):
    for place in places:
        click(cutting.tool, canvas, *place)
    click(cutting.tool, canvas, *places[-1], button=Qt.MouseButton.RightButton)
    settled(cutting, qtbot)


def settled(cutting, qtbot):
    qtbot.waitUntil(lambda: cutting.task is None or cutting.task.work is None)


def rows(panel):
    model = panel.model
    return [[model.index(row, column).data() for column in range(model.columnCount())] for row in range(model.rowCount())]


def bands(canvas):
    return [item for item in canvas.scene().items() if isinstance(item, QgsRubberBand) and item.numberOfVertices()]


def events(app):
    """How many acts there are, without what goes without saying beside them."""
    return sum(not goes_without_saying(event) for event in app.session.register.storage.events())


def split_in_two(path, label="T005", batch="B1"):
    with Register.open(path) as register:
        line = shapely.to_wkb(shapely.LineString([(X0 + 510, Y0 - 5), (X0 + 510, Y0 + 45)]))
        return split_parcels(register, batch, {label: plan_by_lines(path, batch, label, [line], None, Progress()).pieces}, by="登记员")


# --- by a drawn line --------------------------------------------------------------------------------------------------


def test_a_drawn_line_shows_its_pieces_before_anything_is_kept(app, page, cutting, canvas, qtbot):
    before = events(app)
    cutting.by_line()
    assert canvas.mapTool() is cutting.tool
    draw(cutting, canvas, qtbot, (510, -10), (510, 50))
    first, second, whole = rows(cutting.panel)
    assert [first[:2], second[:2], whole[:3]] == [["A", "T005-01"], ["B", "T005-02"], ["Σ", "T005", "1600.00"]]
    # a line drawn by hand ends on a pixel, which is a sixth of a metre
    assert float(first[2]) == pytest.approx(1200, abs=7) and float(first[2]) + float(second[2]) == pytest.approx(1600, abs=0.001)
    assert whole[5] == "100.0%" and float(first[5].rstrip("%")) == pytest.approx(75, abs=0.5)
    assert cutting.overlay.letters == ["A", "B"]
    assert "R09" in cutting.panel.remarks.text() and events(app) == before


def test_confirming_is_one_act_and_the_first_piece_is_chosen_on_list_and_map(app, page, cutting, canvas, qtbot):
    before = events(app)
    cutting.by_line()
    draw(cutting, canvas, qtbot, (510, -10), (510, 50))
    with qtbot.waitSignal(app.session.read):
        press(cutting.tool, Qt.Key.Key_Return)
    assert events(app) == before + 1
    assert page.parcels.currentIndex().data() == "T005-01" and page.parcels.model().rowCount() == 13
    assert cutting.task is None and canvas.mapTool() is not cutting.tool and cutting.overlay.letters == []
    assert app.link._bands[0].numberOfVertices() > 3


def test_undo_brings_the_parcel_back_and_chooses_it(app, page, cutting, canvas, qtbot):
    cutting.by_line()
    draw(cutting, canvas, qtbot, (510, -10), (510, 50))
    with qtbot.waitSignal(app.session.read):
        cutting.panel.accept_button.click()
    page.parcels.selectRow(page.parcels.currentIndex().row() + 1)
    assert page.parcels.currentIndex().data() == "T005-02"
    with qtbot.waitSignal(app.session.read):
        page.undo_button.click()
    assert page.parcels.currentIndex().data() == "T005" and page.parcels.model().rowCount() == 12
    page.redo_button.click()
    qtbot.waitUntil(lambda: page.parcels.currentIndex().data() == "T005-01")


def test_pieces_that_the_filters_would_hide_are_shown(app, page, cutting, canvas, path, qtbot):
    page.filters.verdicts.buttons["2"].click()
    page.choose([number(page, "T001")])
    canvas.setExtent(QgsRectangle(X0 + 70, Y0 - 30, X0 + 170, Y0 + 70))
    cutting.by_line()
    draw(cutting, canvas, qtbot, (110, -10), (110, 50))
    assert "T001" in cutting.panel.remarks.text()
    with qtbot.waitSignal(app.session.read):
        cutting.accept()
    assert page.parcels.currentIndex().data() == "T001-01"


def test_escape_leaves_first_the_line_then_the_task_and_nothing_of_either(app, page, cutting, canvas, qtbot):
    before, tool = events(app), QgsMapToolPan(canvas)
    canvas.setMapTool(tool)
    cutting.by_line()
    draw(cutting, canvas, qtbot, (510, -10), (510, 50))
    click(cutting.tool, canvas, 520, -10)
    press(cutting.tool, Qt.Key.Key_Escape)
    assert cutting.task is not None and cutting.task.plan is not None
    press(cutting.tool, Qt.Key.Key_Escape)
    assert cutting.task is None and canvas.mapTool() is tool and events(app) == before
    assert len(bands(canvas)) <= 2 and not cutting.panel.task.isVisibleTo(page)


def test_backspace_takes_corners_back_and_then_whole_lines(cutting, canvas, qtbot):
    cutting.by_line()
    click(cutting.tool, canvas, 490, 20)
    click(cutting.tool, canvas, 500, 20)
    press(cutting.tool, Qt.Key.Key_Backspace)
    assert cutting.tool.points == 1
    press(cutting.tool, Qt.Key.Key_Backspace)
    draw(cutting, canvas, qtbot, (510, -10), (510, 50))
    draw(cutting, canvas, qtbot, (530, -10), (530, 50))
    assert len(cutting.task.plan.lines) == 3
    press(cutting.tool, Qt.Key.Key_Backspace)
    settled(cutting, qtbot)
    assert len(cutting.task.plan.lines) == 2
    press(cutting.tool, Qt.Key.Key_Backspace)
    assert cutting.task.plan is None and cutting.task.lines == []


def test_backspace_is_never_accepted_for_qgis_deletes_selected_features_then(cutting, canvas):
    cutting.by_line()
    click(cutting.tool, canvas, 490, 20)
    assert not press(cutting.tool, Qt.Key.Key_Backspace) and not press(cutting.tool, Qt.Key.Key_Delete)
    assert press(cutting.tool, Qt.Key.Key_Escape)


def test_a_double_click_ends_the_line_where_it_was_clicked(cutting, canvas, qtbot):
    cutting.by_line()
    click(cutting.tool, canvas, 510, -10)
    click(cutting.tool, canvas, 510, 50)
    at = pixel(canvas, 510, 50)
    cutting.tool.canvasDoubleClickEvent(QgsMapMouseEvent(canvas, QEvent.Type.MouseButtonDblClick, at, Qt.MouseButton.LeftButton))
    cutting.tool.canvasReleaseEvent(QgsMapMouseEvent(canvas, QEvent.Type.MouseButtonRelease, at, Qt.MouseButton.LeftButton))
    settled(cutting, qtbot)
    assert cutting.tool.points == 0 and len(cutting.task.plan.lines) == 2


def test_a_line_that_does_not_cut_says_why_and_another_may_be_drawn_to_it(app, cutting, canvas, qtbot):
    cutting.by_line()
    draw(cutting, canvas, qtbot, (510, -10), (510, 25))
    assert cutting.task.plan is None and cutting.panel.hint.text()
    assert not cutting.panel.accept_button.isEnabled()
    before = events(app)
    press(cutting.tool, Qt.Key.Key_Return)
    assert events(app) == before
    draw(cutting, canvas, qtbot, (490, 20), (550, 20))
    assert len(cutting.task.plan.lines) == 3


def test_the_pointer_snaps_to_corners_edges_and_drawn_lines(cutting, canvas, qtbot):
    cutting.by_line()
    draw(cutting, canvas, qtbot, (500.4, 0.4), (540.3, 39.7))
    assert shapely.from_wkb(cutting.task.lines[0]).equals_exact(
        shapely.LineString([(X0 + 500, Y0), (X0 + 540, Y0 + 40)]), 1e-6)
    assert [line.area_m2 for line in cutting.task.plan.lines] == [800.0, 800.0]
    draw(cutting, canvas, qtbot, (520.2, 20.4), (520.0, 39.5))
    assert len(cutting.task.plan.lines) == 3


def test_lines_are_drawn_in_the_crs_of_the_map_and_cut_in_that_of_the_register(app, page, cutting, canvas, qtbot):
    canvas.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:3857"))
    transform = QgsCoordinateTransform(QgsCoordinateReferenceSystem(CRS), canvas.mapSettings().destinationCrs(), QgsProject.instance())
    canvas.setExtent(transform.transformBoundingBox(QgsRectangle(X0 + 470, Y0 - 30, X0 + 570, Y0 + 70)))
    cutting.by_line()
    draw(cutting, canvas, qtbot, (510, -10), (510, 50))
    assert cutting.task.plan.lines[0].area_m2 == pytest.approx(1200, rel=0.02)


def test_without_one_chosen_parcel_it_is_said_and_the_map_keeps_its_tool(app, page, cutting, canvas):
    tool = canvas.mapTool()
    page.parcels.selectAll()
    cutting.by_line()
    assert cutting.task is None and canvas.mapTool() is tool and app.messages._standing


def test_a_frozen_batch_is_refused_before_anything_is_drawn(app, page, cutting, canvas, path):
    with Register.open(path) as register:
        judging.freeze(register, "B1", by="科长")
    cutting.by_line()
    assert cutting.task is None and canvas.mapTool() is not cutting.tool and app.messages._standing


def test_another_choice_another_tool_or_a_closed_register_end_the_task(app, page, cutting, canvas, qtbot):
    for ending in (lambda: page.parcels.selectRow(8), lambda: canvas.setMapTool(QgsMapToolPan(canvas)), app.commands.close_register):
        page.choose([number(page, "T005")])
        cutting.by_line()
        draw(cutting, canvas, qtbot, (510, -10), (510, 50))
        ending()
        assert cutting.task is None and cutting.overlay.letters == [] and canvas.mapTool() is not cutting.tool


def test_what_somebody_else_did_meanwhile_stops_the_split(app, page, cutting, canvas, path, qtbot):
    cutting.by_line()
    draw(cutting, canvas, qtbot, (510, -10), (510, 50))
    with Register.open(path) as other:
        judging.give_verdicts(other, "B1", [judging.Entry("T005", OTHER)], by="张三")
    with qtbot.waitSignal(app.session.read):
        cutting.accept()
    assert page.parcels.model().rowCount() == 12 and app.messages._standing


# --- along a layer ----------------------------------------------------------------------------------------------------


@pytest.fixture
def measured(path, tmp_path):
    """A survey (the western half of every patch is cultivated) and basic farmland over the southern quarter of T005."""
    west = [(shapely.box(X0 + 100 * n, Y0, X0 + 100 * n + 20, Y0 + 40), ("0103",)) for n in range(1, 13)]
    east = [(shapely.box(X0 + 100 * n + 20, Y0, X0 + 100 * n + 40, Y0 + 40), ("0301",)) for n in range(1, 13)]
    write_layer(tmp_path / "dltb.gpkg", west + east, {"DLBM": str})
    write_layer(tmp_path / "pbf.gpkg", [(shapely.box(X0 + 490, Y0 - 10, X0 + 560, Y0 + 10), ("x",))], {"note": str})
    write_layer(tmp_path / "red.gpkg", [(shapely.box(X0, Y0 - 100, X0 + 2000, Y0 + 100), ("x",))], {"note": str})
    layers = [{"key": "dltb", "role": "land_use", "source": "dltb.gpkg", "fields": {"class": "DLBM"}},
              {"key": "pbf", "role": "farmland", "source": "pbf.gpkg", "name": "永农", "date": "2025-12-31"},
              {"key": "red", "role": "redline", "source": "red.gpkg"}]
    profile = tmp_path / "profile.json"
    profile.write_text(json.dumps({"version": 1, "layers": layers}), encoding="utf-8")
    with Register.open(path) as register:
        measure_batch(register, "B1", read_profile(profile))
    return tmp_path


def test_the_layers_that_cut_are_known_from_the_measuring(measured, path):
    with Register.open(path) as register:
        edges = edges_of(register, "B1", register.find("B1", ["T005"])[0][0])
    assert [(edge.key, round(edge.inside_m2 or 0, 1), edge.cuts(1600.0)) for edge in edges] == [
        ("dltb", 799.8, True), ("pbf", 399.9, True), ("red", 1599.6, False)]
    assert Edge("a", "approval", "", "", None).cuts(1.0)


def test_a_parcel_is_split_along_a_layer_with_its_cultivated_land_shown(app, page, cutting, canvas, measured, qtbot):
    cutting.along()
    qtbot.waitUntil(lambda: cutting.task.plan is not None)
    panel = cutting.panel
    assert panel.layers.currentData() == "dltb" and not panel.layers.model().item(2).isEnabled()
    assert [panel.layers.itemData(place) for place in range(3)] == ["dltb", "pbf", "red"]
    panel.layers.setCurrentIndex(1)
    panel.layers.activated.emit(1)
    settled(cutting, qtbot)
    assert [(row[2], row[4]) for row in rows(panel)] == [("1200.00", "600.00"), ("400.00", "200.00"), ("1600.00", "800.00")]
    with qtbot.waitSignal(app.session.read):
        panel.accept_button.click()
    pieces = app.session.register.parcels("B1").set_index("DKBH").loc[["T005-01", "T005-02"]]
    assert pieces["GDMJ"].tolist() == [600.0, 200.0] and pieces["JBNTMJ"].tolist() == [0.0, 400.0]


def test_a_line_shows_cultivated_land_too_where_the_layers_are_found(cutting, canvas, measured, qtbot):
    cutting.by_line()
    draw(cutting, canvas, qtbot, (530, -10), (530, 50))
    assert [row[4] for row in rows(cutting.panel)] == ["800.00", "0.00", "800.00"]


@pytest.mark.parametrize("start, end", [((503.1, -7), (517.7, 48)), ((511.3, -5), (513.9, 47)), ((524.6, -9), (509.2, 44))])
def test_every_measured_area_of_the_pieces_adds_up_to_the_parcels_to_the_cent(path, measured, start, end):
    line = shapely.to_wkb(shapely.LineString([(X0 + start[0], Y0 + start[1]), (X0 + end[0], Y0 + end[1])]))
    with Register.open(path) as register:
        layers = open_layers_of(register, "B1")
    pieces = plan_by_lines(path, "B1", "T005", [line], layers, Progress()).pieces
    sums = {name: round(sum(piece.areas[name] for piece in pieces), 2) for name in ("GDMJ", "JSYDMJ", "WLYDMJ", "FGNYDMJ", "JBNTMJ")}
    assert sums == {"GDMJ": 800.0, "JSYDMJ": 0.0, "WLYDMJ": 0.0, "FGNYDMJ": 800.0, "JBNTMJ": 400.0}
    for piece in pieces:
        assert sum(piece.areas[name] for name in ("GDMJ", "JSYDMJ", "WLYDMJ", "FGNYDMJ")) == pytest.approx(piece.area_m2, abs=1e-6)


def test_layers_that_moved_away_are_asked_for_once(app, page, cutting, canvas, measured, tmp_path, qtbot):
    moved = tmp_path / "moved"
    moved.mkdir()
    for name in ("dltb.gpkg", "pbf.gpkg", "red.gpkg", "profile.json"):
        (measured / name).rename(moved / name)
    asked = []
    app.asking.profile_to_open = lambda folder: asked.append(folder)
    cutting.along()
    qtbot.waitUntil(lambda: bool(asked))
    settled(cutting, qtbot)
    assert cutting.task.plan is None and cutting.panel.hint.text()
    app.asking.profile_to_open = lambda folder: moved / "profile.json"
    cutting.along()
    qtbot.waitUntil(lambda: cutting.task.plan is not None)
    app.asking.profile_to_open = None
    cutting.along()
    qtbot.waitUntil(lambda: cutting.task.plan is not None)


def test_a_batch_that_was_never_measured_says_so(cutting, canvas, qtbot):
    cutting.along()
    settled(cutting, qtbot)
    assert cutting.task.plan is None and cutting.panel.hint.text() and not cutting.panel.layers.isVisibleTo(cutting.panel)


# --- merging ----------------------------------------------------------------------------------------------------------


def reread(app, qtbot):
    with qtbot.waitSignal(app.session.read):
        app.session.reload()


def test_one_piece_stands_for_all_of_its_patch_when_pieces_are_merged(app, page, cutting, canvas, path, qtbot):
    split_in_two(path)
    reread(app, qtbot)
    page.choose([number(page, "T005-02")])
    cutting.merge()
    settled(cutting, qtbot)
    assert len(page.parcels.chosen_ids()) == 2
    assert [row[1:3] for row in rows(cutting.panel)] == [["T005-01", "1200.00"], ["T005-02", "400.00"], ["T005", "1600.00"]]
    with qtbot.waitSignal(app.session.read):
        cutting.panel.accept_button.click()
    assert page.parcels.currentIndex().data() == "T005" and page.parcels.model().rowCount() == 12


def test_what_may_not_be_merged_is_said_plainly(app, page, cutting, canvas, path, qtbot):
    split_in_two(path)
    with Register.open(path) as register:
        judging.give_verdicts(register, "B1", [judging.Entry("T005-01", ILLEGAL), judging.Entry("T005-02", OTHER)])
    reread(app, qtbot)
    page.choose([number(page, "T005-02")])
    cutting.merge()
    settled(cutting, qtbot)
    assert cutting.task.plan is None and "T005-01" in cutting.panel.hint.text()
    before = events(app)
    cutting.accept()
    assert events(app) == before
    page.choose([number(page, "T006"), number(page, "T007")])
    cutting.merge()
    settled(cutting, qtbot)
    assert cutting.task.plan is None and cutting.panel.hint.text()
    page.choose([number(page, "T006")])
    cutting.merge()
    assert cutting.task is None and app.messages._standing


def test_a_merge_of_some_pieces_gets_the_next_number(path):
    split_in_two(path)
    with Register.open(path) as register:
        line = shapely.to_wkb(shapely.LineString([(X0 + 505, Y0 - 5), (X0 + 505, Y0 + 45)]))
        split_parcels(register, "B1", {"T005-02": plan_by_lines(path, "B1", "T005-02", [line], None, Progress()).pieces})
    plan = plan_merge(path, "B1", ["T005-01", "T005-03"], Progress())
    assert (plan.total.number, plan.total.area_m2, plan.is_split) == ("T005-05", 1400.0, False)


# --- the rest ---------------------------------------------------------------------------------------------------------


def test_the_table_of_pieces_keeps_the_rules_of_models(qtmodeltester, path):
    line = shapely.to_wkb(shapely.LineString([(X0 + 510, Y0 - 5), (X0 + 510, Y0 + 45)]))
    model = PieceModel()
    model.show(plan_by_lines(path, "B1", "T005", [line], None, Progress()))
    qtmodeltester.check(model)
    model.show(None)
    assert model.rowCount() == 0


def test_pieces_beyond_the_alphabet_have_letters_too():
    assert [letter_of(place) for place in (0, 25, 26, 53)] == ["A", "Z", "A2", "B3"]


def test_giving_up_while_it_is_worked_out_leaves_nothing(app, page, cutting, canvas, measured, qtbot):
    cutting.along()
    qtbot.waitUntil(lambda: cutting.panel.layers.count() > 0)
    qtbot.keyClick(cutting.panel.layers, Qt.Key.Key_Escape)
    assert cutting.task is None and not cutting.panel.task.isVisibleTo(page)
    qtbot.waitUntil(lambda: not QgsApplication.taskManager().activeTasks())
    assert cutting.overlay.letters == [] and not cutting.panel.task.isVisibleTo(page)


def test_everything_fits_into_a_dock_of_320_pixels(app, cutting, canvas, measured, qtbot):
    cutting.along()
    qtbot.waitUntil(lambda: cutting.task.plan is not None)
    assert cutting.panel.minimumSizeHint().width() <= 280


def test_unloading_in_the_middle_of_a_task_leaves_nothing(app, page, cutting, canvas, qtbot):
    tool = QgsMapToolPan(canvas)
    canvas.setMapTool(tool)
    cutting.by_line()
    draw(cutting, canvas, qtbot, (510, -10), (510, 50))
    app.unload()
    assert canvas.mapTool() is tool and not bands(canvas)
    assert cutting.panel is None and cutting.overlay.letters == []


def test_the_pieces_are_measured_and_proposed_at_once_and_nothing_else_is(app, page, cutting, canvas, measured, path, qtbot):
    with Register.open(path) as register:
        before = register.storage.frame("evidence_summary").set_index("parcel_id")["run_id"].to_dict()
    cutting.along()
    qtbot.waitUntil(lambda: cutting.task.plan is not None)
    cutting.accept()

    def pieces():
        with Register.open(path) as register:
            parcels, proposals = register.parcels("B1"), register.storage.frame("proposal")
        made = parcels.loc[parcels["TBZT"] == "2", "parcel_id"].tolist()
        return made if made and set(made) <= set(proposals["parcel_id"]) else []

    qtbot.waitUntil(lambda: len(pieces()) == 2)
    with Register.open(path) as register:
        after = register.storage.frame("evidence_summary").set_index("parcel_id")["run_id"].to_dict()
    assert all(after.get(key) == run for key, run in before.items() if key in after)
    assert set(pieces()) <= set(after)


def test_a_line_is_drawn_by_keys_alone(app, page, cutting, canvas, qtbot):
    """Arrows move the pointer, from the middle of the map where it is elsewhere; Space sets a corner."""
    cutting.by_line()
    before = canvas.extent()
    QTest.keyClick(canvas, Qt.Key.Key_Left)
    QTest.keyClick(canvas, Qt.Key.Key_Space)
    for _step in range(3):
        QTest.keyClick(canvas, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(canvas, Qt.Key.Key_Space)
    assert cutting.tool.points == 2 and canvas.extent() == before
    canvas.unsetMapTool(cutting.tool)
    QTest.keyClick(canvas, Qt.Key.Key_Space)
    assert cutting.tool.points == 0
