"""The case page with a register behind it: what it shows, what its forms ask for, what they record."""
from __future__ import annotations

from datetime import date, timedelta

import pytest
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QPushButton

from land_inspector.register import pursuing
from tests.unit.law_cases import SAID

DEMOLITION = {"item": "1", "kind": "demolition", "amount": {"building_m2": 300.0, "land_m2": 1600.0, "cultivated_m2": 500.0}}


@pytest.fixture
def pursue(app, page, qtbot):
    """The dock in front, with the first parcel (illegal) chosen."""
    app._iface.window.resize(900, 1000)
    app._iface.window.show()
    app.pursue.dock.setUserVisible(True)
    choose(app, "T001", qtbot)
    return app.pursue


def choose(app, number, qtbot):
    page = app.dock.work_page
    app.pursue.show_parcels([page.table.text("parcel_id", row) for row in range(len(page.table)) if page.table.text("DKBH", row) == number])
    settle(app, qtbot)


def settle(app, qtbot):
    qtbot.waitUntil(lambda: not app.worker._running, timeout=5000)


def fill(form, **said):
    for name, value in said.items():
        editor = form.row(name).editor
        if hasattr(editor.field, "setPlainText"):
            editor.field.setPlainText(value)
        elif hasattr(editor.field, "setText"):
            editor.field.setText(value)
        else:
            editor.field.setCurrentIndex(editor.field.findData(value))


def days_ago(days):
    return date.today() - timedelta(days=days)


def register(app):
    return app.session.register


def case_of(app):
    return pursuing.cases(register(app))[0]


def opened(app, qtbot, *acts):
    """A case opened sixty days ago with some acts done on the days after."""
    case = pursuing.open_case(register(app), "B1", ["T001"], on=days_ago(60).isoformat(), particulars=SAID["clue"])
    for n, act in enumerate(acts):
        said = {**SAID[act], **({"remedies": [DEMOLITION]} if act in ("notice", "decide") else {})}
        day = days_ago(60 - n - 1) if act != "decide" else days_ago(30)
        day = days_ago(29) if act == "serve" else day
        pursuing.do_act(register(app), case, act, on=day.isoformat(), particulars=said, with_remedies=True)
    choose(app, "T001", qtbot)
    return case


STRAIGHT = ("site_check", "file", "investigate", "legal_review", "notice", "hearing_notice", "decide", "serve")


def test_an_illegal_parcel_without_a_case_says_why_one_is_due_and_opens_it(app, pursue, qtbot):
    page = pursue.case_page
    assert "T001" in page.heading.text() and "54" in page.about.text() and page.open_button.isVisible()
    qtbot.mouseClick(page.open_button, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(page.acting.form.save_button, Qt.MouseButton.LeftButton)
    settle(app, qtbot)
    assert case_of(app).state == "S0" and page.view().ahead.act.code == "site_check"
    assert not page.open_button.isVisible() and "S0" in page.heading.text()
