"""The rules' window at the desk: counts with their intervals, by township and month, and a threshold tried; nothing of it is recorded."""
from __future__ import annotations

import pytest
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QGuiApplication

from land_inspector.law.agreement import counted
from land_inspector.register import issuing, undoing
from land_inspector.register.judging import Entry, give_verdicts
from tests import factories
from tests.unit.test_rule_reports import COUNT, ILLEGAL, LEGAL, _measured


@pytest.fixture
def rules(app, qtbot, tmp_path):
    with factories.new_register(tmp_path) as register:
        issuing.issue_batch(register, factories.info(), factories.squares(COUNT))
        give_verdicts(register, "B1", [Entry("T030", LEGAL)])
        _measured(register)
        give_verdicts(register, "B1", [Entry(f"T{n:03d}", LEGAL) for n in range(8, COUNT)])
        undoing.undo(register, give_verdicts(register, "B1", [Entry("T007", ILLEGAL)]).recorded.group)
    with qtbot.waitSignal(app.session.read):
        app.session.open(tmp_path / "register.gpkg")
    app.board.rules.show()
    qtbot.waitUntil(lambda: app.board.rules.window.report is not None)
    return app.board.rules


def _lines(model):
    return [" | ".join(line) for line in model.as_lines()]


def test_it_says_what_people_made_of_each_rule_with_intervals_and_small_numbers_honestly(rules):
    window = rules.window
    heads, *lines = _lines(window.by_rule)
    assert "Agreed of judged" in heads and sum(one.given for one in window.report.total) == 23
    assert all(counted(one.agreed, one.judged) in line for one, line in zip(window.report.total, lines))
    assert sum(one.undone for one in window.report.total) == 1 and any("1 / 1" in line for line in lines)  # blind: counts, no per cent
    assert all("古城街道" in line for line in _lines(window.by_township)[1:]) and len(window.by_month.as_lines()) > 1
    assert "Agreement is not correctness" in window.lead.text() and "20" in window.said.text()
    table = window.tables[0]
    for column in range(window.by_rule.columnCount()):
        table.sortByColumn(column, Qt.SortOrder.DescendingOrder)
    table.setCurrentIndex(table.model().index(1, 0))
    assert "people said" in window.instead.text()
    window.copy.click()
    assert QGuiApplication.clipboard().mimeData().text().splitlines()[1].startswith("Rule\t")


def test_a_threshold_is_tried_its_flips_listed_and_gone_to_and_nothing_is_recorded(rules, app, qtbot):
    window, register = rules.window, app.session.register
    before = len(register.storage.events())
    rules.show_back_test()
    assert window.is_testing()
    window.parameter.setCurrentText("legal_cover_share")
    window.value.setText("0.999")
    window.test.click()
    qtbot.waitUntil(lambda: window.flips.rowCount() > 0)
    assert window.outcomes.rowCount() and "Proposals that change" in window.found.text() and "! Only" in window.found.text()
    model = window.flip_table.model()
    window.flip_table.activated.emit(model.index(0, 1))
    assert app.dock.work_page.parcels.chosen_ids() == [window.flips.meant(0).parcel_id]
    window.value.setText("7")
    window.test.click()
    qtbot.waitUntil(lambda: window.flips.rowCount() == 0)
    assert len(register.storage.events()) == before
    app.session.close()
    assert window.report is None and not window.test.isEnabled() and window.by_rule.rowCount() == 0
