"""The board at the desk: figures, ticks, copies, the map; nothing of it is recorded."""
from __future__ import annotations

from fractions import Fraction

import pytest
from qgis.core import QgsProject
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QGuiApplication

from land_inspector.law.what_if import LEGAL, Basket
from land_inspector.register import issuing
from land_inspector.register.judging import Entry, give_verdicts
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
    window._ask()
    qtbot.waitUntil(lambda: window.board is not old)
    assert window.board.by == "ZSDM"
    for n in range(window.drawn.count()):
        window.drawn.setCurrentIndex(n)
        window._draw()
        assert not window.chart.grab().isNull() and window.chart.accessibleDescription()


def test_baskets_are_kept_and_taken_up_again(board, app, monkeypatch, qtbot):
    from land_inspector.ui.board import feature

    window = board.window
    window.table.setCurrentIndex(window.standings.index(2, [h.key for h in window.standings.headings].index("illegal")))
    window.parcels.tick_all(True)
    ticks = window.ticks()
    monkeypatch.setattr(feature.QInputDialog, "getText", lambda *given, **more: ("年底前", True))
    window.keep.click()
    window.clear.click()
    dialog = feature.BasketsDialog(board._baskets(), window.board, window)
    qtbot.addWidget(dialog)
    dialog.list.setCurrentRow(0)
    assert dialog.chosen() == Basket("年底前", ticks) and "年底前" in dialog.list.item(0).text() and "→" in dialog.list.item(0).text()


def test_a_comparison_says_patch_by_patch_why(board, app, monkeypatch, qtbot):
    from land_inspector.ui.board import feature

    shown = []
    monkeypatch.setattr(feature.QInputDialog, "getText", lambda *given, **more: ("2026-05-09", True))
    monkeypatch.setattr(feature.DifferenceDialog, "open", lambda self: shown.append(self))
    board.window.compare.click()
    qtbot.waitUntil(lambda: bool(shown))
    assert shown[0].table.rowCount() > 0
