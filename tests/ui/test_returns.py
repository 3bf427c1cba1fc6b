"""Returned parcels come first: said at the opening, gone to by key, answered; and reviews passed and parcels sent back."""
from __future__ import annotations

import pytest
from qgis.core import QgsSettings
from qgis.PyQt.QtWidgets import QLabel, QPushButton

from land_inspector.register import issuing, judging
from land_inspector.register.register import Register
from land_inspector.ui.review.returns import keep_review_level
from tests import factories


@pytest.fixture
def returned(app, path, qtbot):
    """Three of twelve returned, one of them overdue."""
    with Register.open(path) as register:
        judging.return_parcels(register, "B1", ["T002"], level="city", reason="需补充实地照片", answer_by="2099-01-01", by="市局")
        judging.return_parcels(register, "B1", ["T003", "T004"], level="province", reason="应判定为违法", asked_for="改判",
                               by="省厅")
    with qtbot.waitSignal(app.session.read):
        app.commands.open_address(path)
    qtbot.waitUntil(lambda: app.layers.find(path, "parcel_map") is not None)
    yield app.dock.work_page
    QgsSettings().remove("land_inspector/review_level")


def state(path, number):
    with Register.open(path) as register:
        return register.parcels("B1").set_index("DKBH").loc[number, "HSZT"]


def choose(page, *numbers):
    page.choose([page.table.ids[at] for at in range(len(page.table)) if page.table.text("DKBH", at) in numbers])


def current(page):
    return page.parcels.currentIndex().data()


def shown(page):
    model = page.parcels.model()
    return [model.index(place, 0).data() for place in range(model.rowCount())]


def test_a_register_with_returned_parcels_says_so_and_its_button_shows_them(app, returned):
    button = app.messages._standing[-1].findChild(QPushButton, "landInspectorOffer")
    assert "3" in app.messages._standing[-1].text()
    button.click()
    assert shown(returned) == ["T002", "T003", "T004"] and current(returned) == "T002"


def test_it_is_said_once_and_not_at_every_reading(app, returned, qtbot):
    said = len(app.messages._standing)
    with qtbot.waitSignal(app.session.read):
        app.session.reload()
    assert len(app.messages._standing) == said


def test_they_stand_first_and_one_key_goes_to_the_next_of_them(app, returned):
    assert shown(returned)[:3] == ["T002", "T003", "T004"]
    choose(returned, "T009")
    visited = []
    for _key in range(4):
        app.returns.go_to_returned()
        visited.append(current(returned))
    assert visited == ["T002", "T003", "T004", "T002"]


def test_the_key_finds_them_behind_the_filters_too(app, returned):
    returned.filters.verdicts.buttons["0"].click()
    app.returns.go_to_returned()
    assert current(returned) in ("T002", "T003", "T004")


def test_the_card_says_who_why_what_and_until_when(app, returned, qtbot):
    choose(returned, "T002")
    qtbot.waitUntil(lambda: "需补充实地照片" in returned.card.toPlainText())
    assert "2099-01-01" in returned.card.toPlainText()
    choose(returned, "T003")
    qtbot.waitUntil(lambda: "改判" in returned.card.toPlainText())


def test_an_answer_is_recorded_and_the_next_returned_parcel_comes_up(app, returned, path):
    choose(returned, "T002")
    app.returns.answer()
    app.returns.dialog.field.setText("已补充照片")
    app.returns.dialog.accept()
    assert state(path, "T002") == "3" and current(returned) == "T003"
    assert returned.table.marked("returned").sum() == 2


def test_answering_what_was_not_returned_asks_nothing(app, returned):
    choose(returned, "T009")
    app.returns.answer()
    assert app.returns.dialog is None


def test_city_and_province_return_with_reason_day_and_wish(app, returned, path):
    choose(returned, "T001")
    app.returns.send_back()
    dialog = app.returns.dialog
    dialog.field.setText("需补充供地手续")
    dialog.level.setCurrentIndex(dialog.level.findData("city"))
    dialog.answer_by.setText("31.5.2099")
    dialog.accept()
    assert dialog.isVisible() and state(path, "T001") == "1"
    dialog.answer_by.setText("2099-05-31")
    dialog.asked_for.setText("供地合同")
    dialog.accept()
    assert state(path, "T001") == "9"
    assert returned.table.line(int(returned.table.positions([returned.table.numbered("T001")])[0])).answer_by == "2099-05-31"


def test_passing_goes_on_to_the_next_of_the_list(app, returned, path):
    choose(returned, "T001")
    following = shown(returned)[shown(returned).index("T001") + 1]
    app.returns.pass_review()
    assert state(path, "T001") == "3" and current(returned) == following


def test_what_cannot_be_passed_is_refused_in_words(app, returned, path, qtbot):
    keep_review_level("province")
    choose(returned, "T009")
    said = len(app.messages._standing)
    with qtbot.waitSignal(app.session.read):
        app.returns.pass_review()
    assert state(path, "T009") == "0" and len(app.messages._standing) == said + 1


def test_what_was_returned_in_an_older_batch_is_announced_and_one_key_away(app, returned, path, qtbot):
    with Register.open(path) as register:
        issuing.issue_batch(register, factories.info("B2"), factories.intake([factories.patch("S001", factories.square(30))]))
    with qtbot.waitSignal(app.session.read):
        app.session.choose_batch("B2")
    app.resuming.keep()  # the desk was left at the newest batch, and stands there again
    with qtbot.waitSignal(app.session.closed):
        app.commands.close_register()
    with qtbot.waitSignal(app.session.read):
        app.commands.open_address(path)
    assert app.session.batch == "B2" and "3" in app.messages._standing[-1].text()
    with qtbot.waitSignal(app.session.read):
        app.returns.go_to_returned()
    assert app.session.batch == "B1" and current(returned) == "T002"


def test_where_nothing_was_returned_the_key_says_so(app, page):
    said = len(app.messages._standing)
    app.returns.go_to_returned()
    assert len(app.messages._standing) == said + 1


def test_an_answer_without_the_photos_that_were_asked_for_says_so(app, returned):
    choose(returned, "T002")
    app.returns.answer()
    assert "Photos are asked for" in heading(app.returns.dialog)
    app.returns.dialog.reject()
    choose(returned, "T003")
    app.returns.answer()
    assert "Photos" not in heading(app.returns.dialog)


def heading(dialog):
    return " ".join(label.text() for label in dialog.findChildren(QLabel))
