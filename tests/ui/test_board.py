"""The board at the desk: figures, ticks, copies, the map; nothing of it is recorded."""
from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from qgis.core import QgsProject
from qgis.PyQt.QtCore import QDate, Qt
from qgis.PyQt.QtGui import QGuiApplication
from qgis.PyQt.QtWidgets import QDialog, QShortcut

from land_inspector.law.what_if import LEGAL, Basket, accepted_on
from land_inspector.register import issuing
from land_inspector.register.judging import Entry, give_verdicts
from land_inspector.ui.board.dialogs import BasketsDialog
from tests import factories


@pytest.fixture
def board(app, qtbot, tmp_path):
    towns = [factories.township("331082101", "甲镇", (0, 4)), factories.township("331082102", "乙镇", (5, 9))]
    with factories.new_register(tmp_path, towns) as register:
        patches = [factories.patch(f"T{n:03d}", factories.square(n), row=n, XZDM=towns[n > 4].code, XZMC=towns[n > 4].name)
                   for n in range(1, 9)]
        issuing.issue_batch(register, factories.info(), factories.intake(patches))
        illegal = {"WFMJ": 1600.0, "WFGD": 800.0, "WFLX": "01", "YDDW": "某公司"}
        judged = give_verdicts(register, "B1", [
            Entry(f"T{n:03d}", {"PDJL1": level, "PDJL2": f"{level}01", "JSSJ": "2026-04-01", **(illegal if level == "2" else {})})
            for n, level in enumerate("212321", 1)])
        assert not judged.refused
    with qtbot.waitSignal(app.session.read):
        app.session.open(tmp_path / "register.gpkg")
    app.board.show()
    qtbot.waitUntil(lambda: app.board.window.board is not None)
    return app.board


def cells(board, key):
    model = board.window.standings
    column = [h.key for h in model.headings].index(key)
    return [model.index(row, column).data() for row in range(model.rowCount())]


def test_it_shows_each_township_and_the_county_below_whatever_the_order(board):
    assert cells(board, "name") == ["甲镇", "乙镇", "演示县"] and cells(board, "illegal") == ["2", "1", "3"]
    model = board.window.standings
    model.sort([h.key for h in model.headings].index("illegal"), Qt.SortOrder.AscendingOrder)
    assert cells(board, "name") == ["乙镇", "甲镇", "演示县"]
    tip = model.index(0, [h.key for h in model.headings].index("r4")).data(Qt.ItemDataRole.ToolTipRole)
    assert "/" in tip and "mu" in tip


def test_a_number_brings_up_its_parcels_and_a_choice_shows_them_on_the_map(board, app):
    window = board.window
    column = [h.key for h in window.standings.headings].index("illegal")
    window.table.setCurrentIndex(window.standings.index(0, column))
    assert [window.parcels.index(row, 0).data() for row in range(window.parcels.rowCount())] == ["T001", "T003"]
    assert "甲镇" in window.behind.text() and "2" in window.behind.text()
    window.list.selectRow(0)
    assert app.dock.work_page.parcels.chosen_ids() == window.parcels.ids([0])


def test_a_tick_moves_the_shares_at_once_and_records_nothing(board, app):
    window, register = board.window, app.session.register
    before = len(register.storage.events())
    window.table.setCurrentIndex(window.standings.index(2, [h.key for h in window.standings.headings].index("illegal")))
    county = cells(board, "r2")[-1]
    assert "→" not in county
    cell = window.parcels.index(0, 0)
    assert window.parcels.setData(cell, Qt.CheckState.Checked, Qt.ItemDataRole.CheckStateRole)
    assert "→" in cells(board, "r4")[-1] and cell.data(Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Checked
    assert window.parcels.index(0, 6).data() == "as if rectified"
    window.parcels.wish = LEGAL
    window.parcels.tick_all(True)
    then = window.board.what_if.outcomes(window.ticks())[None].then["r2"].value
    assert then in (None, Fraction(0))
    window.clear.click()
    assert cells(board, "r2")[-1] == county and not window.ticks()
    assert len(register.storage.events()) == before


def test_what_is_copied_is_a_table_with_its_scope_and_day(board):
    board.window.copy.click()
    data = QGuiApplication.clipboard().mimeData()
    assert data.text().splitlines()[0] == board.window.said.text() and "甲镇\t" in data.text() and "<td>甲镇</td>" in data.html()
    board.window.picture.click()
    assert not QGuiApplication.clipboard().pixmap().isNull()


def test_the_map_is_coloured_with_a_legend_and_goes_with_the_register(board, app):
    board.window.colour.click()
    (layer,) = [one for one in QgsProject.instance().mapLayers().values() if one.providerType() == "memory"]
    assert layer.featureCount() == 2 and len(layer.renderer().rootRule().children()) == 4
    board.window.colour.click()
    assert len([one for one in QgsProject.instance().mapLayers().values() if one.providerType() == "memory"]) == 1
    app.session.close()
    assert not [one for one in QgsProject.instance().mapLayers().values() if one.providerType() == "memory"]
    assert board.window.board is None and not board.window.copy.isEnabled()


def test_scope_rows_day_and_chart_are_chosen(board, qtbot):
    window = board.window
    names = [window.scope.itemText(n) for n in range(window.scope.count())]
    assert len(names) == 4 and "2026-05" in names
    old = window.board
    window.by.setCurrentIndex(1)
    window.ask()
    qtbot.waitUntil(lambda: window.board is not old)
    assert window.board.by == "ZSDM"
    for n in range(window.drawn.count()):
        window.drawn.setCurrentIndex(n)
        window._draw()
        assert not window.chart.grab().isNull() and window.chart.accessibleDescription()


def test_baskets_are_kept_shown_side_by_side_handed_over_and_taken_up_again(board, app, monkeypatch, qtbot, tmp_path):
    from land_inspector.ui.board import feature

    window = board.window
    window.table.setCurrentIndex(window.standings.index(2, [h.key for h in window.standings.headings].index("illegal")))
    window.parcels.tick_all(True)
    ticks = window.ticks()
    monkeypatch.setattr(app.asking, "text", lambda question: "年底前")
    window.keep.click()
    window.clear.click()
    dialog = BasketsDialog(board._baskets(), window.board, window)
    qtbot.addWidget(dialog)
    assert dialog.chosen() == Basket("年底前", ticks) and dialog.table.horizontalHeaderItem(2).text() == "年底前"
    county = [dialog.table.item(dialog.table.rowCount() - 1, column).text() for column in range(3)]
    assert county[0] == "演示县" and county[1].endswith("%") and county[1] != county[2]
    dialog.table.selectColumn(1)
    assert dialog.chosen() is None and not dialog.take.isEnabled()
    given = tmp_path / "given.json"
    monkeypatch.setattr(app.asking, "file_to_write", lambda *asked: given)
    board._hand_over(Basket("年底前", ticks))
    monkeypatch.setattr(feature.QFileDialog, "getOpenFileName", lambda *asked: (str(given), ""))
    board._take_one_over()
    assert [basket.name for basket in board._baskets()] == ["年底前"] and board._baskets()[0].ticks == ticks


def test_a_comparison_of_two_days_says_patch_by_patch_why_and_adds_up(board, app, monkeypatch, qtbot):
    from land_inspector.ui.board import feature

    shown = []

    def agree(self):
        self.first.setDate(QDate(2026, 5, 9))
        return QDialog.DialogCode.Accepted

    monkeypatch.setattr(feature.CompareDialog, "exec", agree)
    monkeypatch.setattr(feature.DifferenceDialog, "open", lambda self: shown.append(self))
    board.window.compare.click()
    qtbot.waitUntil(lambda: bool(shown))
    table = shown[0].table
    assert table.rowCount() > 1 and "2026-05-09" in shown[0].said.text()
    parts = [float(table.item(row, 3).text()) for row in range(table.rowCount())]
    assert sum(parts[:-1]) == pytest.approx(parts[-1], abs=0.02)
    table.selectRow(0)
    assert app.dock.work_page.parcels.chosen_ids()


def test_the_page_of_the_dock_shows_one_figure_its_parcels_and_the_same_ticks(board, app, qtbot):
    page, window = board.page, board.window
    board.show_page()
    assert "1 of 2" in page.said.text() or "2 of 2" in page.said.text()
    page.figure.setCurrentIndex(page.figure.findData("illegal"))
    page._choose_figure()
    seen = [window.standings.headings[at].key for at in range(window.standings.columnCount()) if not page.table.isColumnHidden(at)]
    assert seen[:2] == ["name", "illegal"] and len(seen) == 3
    page.table.setCurrentIndex(window.standings.index(0, 0))
    assert [window.parcels.index(row, 0).data() for row in range(window.parcels.rowCount())] == ["T001", "T003"]
    assert "甲镇" in page.behind.text()
    assert page.minimumSizeHint().width() <= 320
    window.parcels.setData(window.parcels.index(0, 0), Qt.CheckState.Checked, Qt.ItemDataRole.CheckStateRole)
    assert window.ticks() and page.list.model() is window.list.model()


def test_the_map_is_coloured_by_any_figure(board):
    window = board.window
    for key in ("illegal", "illegal_units", "r4", "undecided"):
        window.table.setCurrentIndex(window.standings.index(0, [h.key for h in window.standings.headings].index(key)))
        window.colour.click()
        (layer,) = [one for one in QgsProject.instance().mapLayers().values() if one.providerType() == "memory"]
        known = {int(rule.filterExpression().split("=")[1]) for rule in layer.renderer().rootRule().children()}
        classes = {feature["class"] for feature in layer.getFeatures()}
        assert layer.featureCount() == 2 and classes <= known, key
        del layer


def test_what_is_accepted_after_its_cut_off_is_rectified_and_lowers_no_ratio(board):
    window = board.window
    ids = list(window.board.behind("illegal", None)["parcel_id"])
    now = window.board.what_if.outcomes({})[None].now
    soon, late = (window.board.what_if.outcomes({key: accepted_on(day) for key in ids})[None].then
                  for day in (date(2026, 12, 1), date(2035, 1, 1)))
    assert soon["r4"] != now["r4"] and late["r4"] == now["r4"] and late["r6"].numerator == 0 == soon["r6"].numerator
    window.wish.setCurrentIndex(3)
    window._choose_wish()
    window.table.setCurrentIndex(window.standings.index(2, [h.key for h in window.standings.headings].index("illegal")))
    window.parcels.tick_all(True)
    assert set(window.ticks().values()) == {accepted_on(window.accepted.date().toPyDate())}


def test_the_months_end_names_what_stands_in_the_way_and_leads_there(board, app, qtbot, monkeypatch, tmp_path):
    dialog = board.month_end.dialog
    board.month_end.show()
    qtbot.waitUntil(lambda: dialog.tree.topLevelItemCount() > 0)
    assert not dialog.close_button.isEnabled() and dialog.in_spite.isEnabled()
    rows = [dialog.tree.topLevelItem(n) for n in range(dialog.tree.topLevelItemCount())]
    chosen = next(row for row in rows if row.text(2) == "T007")
    dialog.tree.setCurrentItem(chosen)
    assert app.dock.work_page.parcels.chosen_ids() == [chosen.data(0, Qt.ItemDataRole.UserRole)]
    dialog.in_spite.setChecked(True)
    run = []
    monkeypatch.setattr(app.asking, "folder_to_fill", lambda *asked: tmp_path)
    monkeypatch.setattr(app.asking, "agreed", lambda question: True)
    monkeypatch.setattr(app.jobs, "run", lambda name, said, title: run.append((name, said)))
    dialog.boxes["layers"].setChecked(False)
    dialog.close_button.click()
    ((name, said),) = run
    assert name == "close_month" and said["EXPORTS"] == "workbook, patches" and said["IN_SPITE"] and said["BATCH"] == "B1"
    assert not dialog.isVisible()


def test_escape_leaves_the_boards_window_and_tab_leaves_its_tables(board, qtbot):
    window = board.window
    assert not window.table.tabKeyNavigation() and not window.list.tabKeyNavigation() and window.isVisible()
    next(one for one in window.findChildren(QShortcut) if one.key().toString() == "Esc").activated.emit()
    qtbot.waitUntil(lambda: not window.isVisible())
