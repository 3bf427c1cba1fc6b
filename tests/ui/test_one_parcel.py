"""One chosen parcel everywhere: what the list shows, the card, the case and the map tell of the same one."""
from __future__ import annotations

import pytest

from land_inspector.register import issuing
from land_inspector.register.register import Register
from tests import factories


@pytest.fixture
def two_batches(app, page, path, qtbot):
    """A second batch beside the first, which is at the desk."""
    with Register.open(path) as register:
        issuing.issue_batch(register, factories.info("B0", issued_on="2026-04-10"),
                            factories.intake([factories.patch(f"S{n:03d}", factories.square(n, 4), row=n) for n in (1, 2)], digest="d9"))
    with qtbot.waitSignal(app.session.read):
        app.session.reload()
    if app.session.batch != "B1":
        with qtbot.waitSignal(app.session.read):
            app.session.choose_batch("B1")
    with Register.open(path) as register:
        return register.parcels("B0")["parcel_id"].tolist()


def test_a_parcel_of_another_batch_brings_batch_card_and_case_with_it(app, page, two_batches, qtbot):
    with qtbot.waitSignal(app.reviewer.went_to) as told:
        app.reviewer.show_anywhere([two_batches[1]], "B0")
    assert app.session.batch == "B0" and told.args == [[two_batches[1]]]
    assert page.parcels.chosen_ids() == [two_batches[1]] and page.card._parcel == two_batches[1]
    assert app.pursue.case_page._ids == [two_batches[1]] and app.images._parcel == two_batches[1]


def test_a_parcel_that_the_filters_hide_is_shown_all_the_same(app, page):
    page.filters.search.setText("T012")
    page.filters.changed.emit()
    app.reviewer.show_anywhere([page.table.ids[2]], "B1")
    assert page.parcels.chosen_ids() == [page.table.ids[2]]


def test_what_is_in_no_list_any_more_is_said(app, page, monkeypatch):
    said = []
    monkeypatch.setattr(app.messages, "note", said.append)
    app.reviewer.show_anywhere(["gone"], "B1")
    assert said and page.parcels.chosen_ids() == []


def test_a_parcel_that_a_filter_takes_away_is_chosen_nowhere(app, page, qtbot):
    app.reviewer.go_to(page.table.ids[2])
    assert app.pursue.case_page._ids == [page.table.ids[2]]
    with qtbot.waitSignal(page.chosen) as told:
        page.filters.search.setText("T012")
        page.filters.changed.emit()
    assert told.args == [[]] and app.pursue.case_page._ids == [] and app.images._parcel is None


def test_choosing_another_batch_lets_go_of_the_parcel(app, page, two_batches, qtbot):
    app.reviewer.go_to(page.table.ids[2])
    with qtbot.waitSignal(page.chosen) as told:
        app.session.choose_batch("B0")
    assert told.args == [[]]
