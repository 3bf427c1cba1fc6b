"""A judged parcel whose patch was issued again: the card says so, one act takes the newest outline, and one undo takes it back."""
from __future__ import annotations

import pytest
from qgis.PyQt.QtCore import QUrl

from land_inspector.register import issuing, pursuing
from land_inspector.register.register import Register
from tests import factories
from tests.ui.tables import judged_register
from tests.unit.law_cases import SAID


@pytest.fixture
def path(tmp_path):
    """Of four judged parcels T001 and T002 were issued again larger; T002 has an open case. T004 is as it was."""
    with judged_register(tmp_path, patches=5) as register:
        pursuing.open_case(register, "B1", ["T002"], on="2026-06-01", particulars=SAID["clue"], by="甲")
        again = [factories.patch(f"T{n:03d}", factories.square(n, side=50 if n < 3 else 40), row=n) for n in range(1, 6)]
        issuing.issue_batch(register, factories.info(), factories.intake(again, digest="d2"), by="甲")
        return register.storage.path


@pytest.fixture
def asked(app):
    """The questions that were asked; all are answered with yes."""
    questions = []
    app.asking.agreed = lambda question: questions.append(question) or True
    return questions


def choose(page, *numbers):
    page.parcels.choose([page.table.numbered(number) for number in numbers])
    page.chosen.emit(page.parcels.chosen_ids())


def parcel(path, number):
    with Register.open(path) as register:
        return register.parcels("B1").set_index("DKBH").loc[number]


def width(app):
    """Of what the map outlines, in metres."""
    return app.link._bands[0].asGeometry().boundingBox().width()


def click(page):
    page.card.anchorClicked.emit(QUrl("land-inspector:newest-outline"))


def test_the_card_tells_the_areas_and_its_button_takes_the_newest_outline(app, page, path, asked, qtbot):
    choose(page, "T001")
    qtbot.waitUntil(lambda: "2.40 mu → 3.75 mu" in page.card.toPlainText())
    assert "land-inspector:newest-outline" in page.card.toHtml()
    before = width(app)
    click(page)
    assert "T001" in asked[0] and "2.40 mu → 3.75 mu (+900.00 m²)" in asked[0] and asked[0].verb == "Take the newest outline"
    assert parcel(path, "T001")[["PDJL1", "DKMJ", "basis_changed"]].tolist() == ["0", 2500.0, 0]
    line = page.table.line(int(page.table.positions([page.table.numbered("T001")])[0]))
    assert line.area_mu == "3.75" and "basis_changed" not in line.marks
    assert width(app) == pytest.approx(before * 50 / 40, rel=0.01)
    qtbot.waitUntil(lambda: "Area 3.75 mu" in page.card.toPlainText())
    assert "newest-outline" not in page.card.toHtml()


def test_one_undo_brings_verdict_outline_and_the_map_back(app, page, path, asked, qtbot):
    choose(page, "T001")
    before = width(app)
    app.newest_outline.take()
    assert width(app) > before
    app.commands.undo()
    qtbot.waitUntil(lambda: page.table.marked("basis_changed").sum() == 2)
    assert parcel(path, "T001")[["PDJL1", "DKMJ", "basis_changed"]].tolist() == ["2", 1600.0, 1]
    assert width(app) == pytest.approx(before)


def test_of_several_only_those_that_can_take_it_do_and_the_others_are_named_with_the_reason(app, page, path, asked):
    choose(page, "T001", "T002", "T004")
    app.newest_outline.take()
    assert "These keep their outline:\nT002: It has an open case; end that first." in asked[0] and "T004" not in asked[0]
    assert [parcel(path, number).DKMJ for number in ("T001", "T002", "T004")] == [2500.0, 1600.0, 1600.0]


@pytest.mark.parametrize("number, said", [("T002", "open case"), ("T004", "Choose judged parcels")])
def test_where_nothing_can_be_taken_that_is_said_and_nothing_asked(app, page, path, asked, number, said):
    choose(page, number)
    app.newest_outline.take()
    assert asked == [] and said in app.messages._standing[-1].text()


def test_left_alone_nothing_changes(app, page, path):
    app.asking.agreed = lambda _question: False
    choose(page, "T001")
    app.newest_outline.take()
    assert parcel(path, "T001")[["PDJL1", "DKMJ"]].tolist() == ["2", 1600.0]
