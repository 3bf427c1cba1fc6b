"""Later, waiting for a paper, flags, notes and whose work it is: by key, recorded at once, counted and filtered for."""
from __future__ import annotations

import pytest

from land_inspector.register import judging
from land_inspector.register.register import Register
from land_inspector.ui.review import filters
from land_inspector.ui.review.review_options import USUAL
from tests.ui.tables import row, table

OTHER_KEY = USUAL.index("301")


def stored(path, number):
    with Register.open(path) as register:
        frame = register.storage.frame("parcel")
    return frame[frame["DKBH"] == number].iloc[0]


def choose(page, *numbers):
    ids = [page.table.ids[place] for place in range(len(page.table)) if page.table.text("DKBH", place) in numbers]
    page.choose(ids)
    return ids


def current(page):
    return page.parcels.currentIndex().data()


def shown(page):
    model = page.parcels.model()
    return [model.index(place, 0).data() for place in range(model.rowCount())]


def mine(page):
    return sorted(page.table.text("DKBH", int(at)) for at in page.table.marked("mine").nonzero()[0])


def answer(app, text):
    app.marker.dialog.field.setText(text)
    app.marker.dialog.accept()


def test_later_takes_a_reason_by_one_digit_and_the_next_undone_parcel_comes_up(app, page, path, qtbot):
    choose(page, "T006")
    app.marker.set_aside()
    reason = app.marker.dialog._choices[1]
    qtbot.keyClicks(app.marker.dialog.field, "2")
    kept = stored(path, "T006")
    assert (kept["aside"], kept["aside_reason"]) == ("later", reason)
    assert current(page) == "T007"


def test_what_was_set_aside_comes_again_at_the_end_of_the_round(app, page):
    for number in ("T005", "T006"):
        choose(page, number)
        app.marker.set_aside()
        answer(app, "影像不清")
    choose(page, "T012")
    app.reviewer.go_to_open()
    assert current(page) == "T007"
    for number in range(7, 13):
        choose(page, f"T{number:03d}")
        page.verdicts.press(OTHER_KEY)
    assert current(page) == "T005"


def test_among_parcels_set_aside_they_come_in_their_turn():
    known = table([row(1, aside="later"), row(2), row(3, aside="paper"), row(4)])
    rows = known.number_order
    assert [filters.next_open(known, rows, f"id-T00{n}") for n in (1, 2, 4)] == ["id-T002", "id-T004", "id-T002"]
    assert filters.next_open(known, rows, "id-T001", with_aside=True) == "id-T002"
    assert filters.next_open(known, rows[[0, 2]], "id-T001") == "id-T003"


def test_the_paper_waited_for_is_picked_from_what_proves_the_verdict(app, page, path):
    choose(page, "T004")
    app.marker.wait_for_paper()
    assert app.marker.dialog._choices
    answer(app, app.marker.dialog._choices[0])
    assert stored(path, "T004")["aside"] == "paper"
    page.filters.marks[0].buttons["paper"].click()
    assert shown(page) == ["T004"]


def test_a_verdict_ends_the_waiting(app, page, path):
    choose(page, "T006")
    app.marker.set_aside()
    answer(app, "影像不清")
    choose(page, "T006")
    page.verdicts.press(OTHER_KEY)
    assert stored(path, "T006")["aside"] is None and not page.table.marked("later").any()


def test_taking_up_again_brings_it_back_into_the_queue(app, page, path):
    choose(page, "T006")
    app.marker.set_aside()
    answer(app, "影像不清")
    choose(page, "T006")
    app.marker.take_up()
    assert stored(path, "T006")["aside"] is None


def test_a_flag_goes_on_and_off_by_the_same_key(app, page, path):
    choose(page, "T006")
    page.verdicts.flag_button.click()
    assert stored(path, "T006")["flag"] == 1 and page.table.marked("flagged").sum() == 1 and current(page) == "T006"
    page.verdicts.flag_button.click()
    assert stored(path, "T006")["flag"] == 0


def test_several_parcels_are_flagged_after_a_question_as_one_act(app, page, path, qtbot):
    asked = []
    app.asking.agreed = lambda question: asked.append(question) or True
    choose(page, "T006", "T008")
    app.marker.flag()
    assert len(asked) == 1 and page.table.marked("flagged").sum() == 2
    with qtbot.waitSignal(app.session.read):
        page.undo_button.click()
    assert not page.table.marked("flagged").any()


def test_a_note_stands_on_the_card(app, page, qtbot):
    choose(page, "T006")
    app.marker.write_note()
    answer(app, "<户主>外出")
    qtbot.waitUntil(lambda: "<户主>外出" in page.card.toPlainText())


def test_work_given_to_somebody_is_theirs_and_no_longer_mine(app, page, path, qtbot):
    choose(page, "T006")
    page.verdicts.press(OTHER_KEY)
    assert mine(page) == ["T001", "T002", "T003", "T004", "T006"]
    choose(page, "T006")
    app.marker.assign()
    with qtbot.waitSignal(app.session.read):
        answer(app, "李四")
    assert mine(page) == ["T001", "T002", "T003", "T004"]
    with Register.open(path) as register:
        person = register.actor_id("李四")
    choice = page.filters.choices["assigned"]
    assert "李四" in choice.itemText(choice.findData(person))


def test_a_mark_on_a_frozen_batch_is_refused_and_said(app, page, path, qtbot):
    with Register.open(path) as other:
        judging.freeze(other, "B1", by="局长")
    choose(page, "T006")
    with qtbot.waitSignal(app.session.read):
        app.marker.flag()
    assert stored(path, "T006")["flag"] == 0 and app.messages._standing


def test_cancelling_the_reason_records_nothing(app, page, path):
    choose(page, "T006")
    app.marker.set_aside()
    app.marker.dialog.reject()
    assert stored(path, "T006")["aside"] is None


def test_without_a_parcel_no_question_comes(app, page):
    page.choose([])
    app.marker.set_aside()
    assert app.marker.dialog is None


@pytest.mark.parametrize("mark", ["later", "flagged"])
def test_what_a_colleague_marks_appears_without_being_asked_for(app, page, path, qtbot, mark):
    with Register.open(path) as other:
        if mark == "later":
            judging.set_aside(other, "B1", ["T009"], reason="待会商", by="张三")
        else:
            judging.flag(other, "B1", ["T009"], by="张三")
    with qtbot.waitSignal(app.session.read):
        app.session.look()
    assert page.table.marked(mark).sum() == 1
