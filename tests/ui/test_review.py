"""Verdicts from the dock: by key, as proposed, for several at once; safe at once, and the next parcel comes up."""
from __future__ import annotations

import pytest
from qgis.core import QgsSettings

from land_inspector.register import judging
from land_inspector.register.register import Register
from land_inspector.ui.review import filters
from land_inspector.ui.shell import map_layers
from land_inspector.ui.review.parcel_table import MARKS, ParcelTable
from land_inspector.ui.review.review_options import USUAL, verdict_keys
from tests.ui.tables import OTHER, row, table

OTHER_KEY = USUAL.index("301")
ILLEGAL_KEY = USUAL.index("201")


@pytest.fixture(autouse=True)
def usual_keys():
    yield
    QgsSettings().remove("land_inspector/verdict_keys")


def stored(path, number):
    with Register.open(path) as register:
        frame = register.parcels("B1")
    return frame[frame["DKBH"] == number].iloc[0]


def choose(page, *numbers):
    ids = [page.table.ids[place] for place in range(len(page.table)) if page.table.text("DKBH", place) in numbers]
    page.choose(ids)
    return ids


def current(page):
    return page.parcels.currentIndex().data()


def test_a_key_gives_the_verdict_saves_it_and_goes_on_to_the_next_open_parcel(app, page, path):
    choose(page, "T006")
    page.verdicts.press(OTHER_KEY)
    assert (stored(path, "T006")["PDJL1"], stored(path, "T006")["PDJL2"]) == ("3", "301")
    assert current(page) == "T007" and page.progress.value() == 5


def test_a_verdict_needs_no_new_reading_of_the_register(app, page, qtbot):
    choose(page, "T006")
    with qtbot.assertNotEmitted(app.session.read, wait=200):
        page.verdicts.press(OTHER_KEY)
        app.session.look()


def test_an_illegal_verdict_asks_for_its_particulars_and_keeps_them(app, page, path, qtbot):
    choose(page, "T006")
    page.verdicts.press(ILLEGAL_KEY)
    assert stored(path, "T006")["PDJL1"] == "0"
    dialog = app.reviewer.dialog
    dialog.fields["YDDW"].setText("某某公司")
    dialog.fields["JSSJ"].setText("2026-04-02")
    dialog.accept()
    judged = stored(path, "T006")
    assert (judged["PDJL2"], judged["YDDW"], judged["JSSJ"], judged["WFXZ"]) == ("201", "某某公司", "2026-04-02", "WBJY")
    assert judged["WFMJ"] == pytest.approx(1600.0)


def test_cancelling_the_particulars_gives_no_verdict(app, page, path):
    choose(page, "T006")
    page.verdicts.press(ILLEGAL_KEY)
    app.reviewer.dialog.reject()
    assert stored(path, "T006")["PDJL1"] == "0" and current(page) == "T006"


def test_what_somebody_else_has_judged_meanwhile_is_not_overwritten(app, page, path, qtbot):
    choose(page, "T006")
    with Register.open(path) as other:
        judging.give_verdicts(other, "B1", [judging.Entry("T006", {"PDJL1": "1", "PDJL2": "101"})], by="张三")
    with qtbot.waitSignal(app.session.read):
        page.verdicts.press(OTHER_KEY)
    assert stored(path, "T006")["PDJL2"] == "101"
    assert app.messages._standing


def test_several_parcels_are_named_before_they_are_judged_alike(app, page, path):
    asked = []
    app.asking.agreed = lambda question: asked.append(question) or len(asked) > 1
    choose(page, "T006", "T008")
    page.verdicts.press(OTHER_KEY)
    assert stored(path, "T006")["PDJL1"] == "0" and "T008" in asked[0]
    page.verdicts.press(OTHER_KEY)
    assert stored(path, "T006")["PDJL2"] == stored(path, "T008")["PDJL2"] == "301"


def test_a_verdict_given_by_key_is_undone_by_the_undo_button(app, page, path, qtbot):
    choose(page, "T006")
    page.verdicts.press(OTHER_KEY)
    with qtbot.waitSignal(app.session.read):
        page.undo_button.click()
    assert stored(path, "T006")["PDJL1"] == "0"


def test_under_a_filter_the_judged_parcel_leaves_the_list_and_the_next_one_is_chosen(app, page):
    page.filters.verdicts.buttons["0"].click()
    choose(page, "T006")
    page.verdicts.press(OTHER_KEY)
    assert page.parcels.model().rowCount() == 7 and current(page) == "T007"


def test_without_a_choice_no_key_does_anything(app, page):
    page.choose([])
    page.verdicts.press(OTHER_KEY)
    assert page.progress.value() == 4


def test_a_key_can_be_given_another_verdict_and_keeps_it(app, page):
    menu = page.verdicts.key_menu(0)
    group = next(action.menu() for action in menu.actions() if any(entry.text() for entry in action.menu().actions()))
    last = group.actions()[-1]
    last.trigger()
    assert verdict_keys()[0] != USUAL[0] and map_layers.short_name(verdict_keys()[0]) in page.verdicts.buttons[0].accessibleName()


def test_as_proposed_gives_what_the_rules_propose_and_nothing_where_they_cannot_tell(app, page, path):
    proposed = [("T006", "3", "301"), ("T007", "0", None)]
    with Register.open(path) as register:
        frame = register.parcels("B1").set_index("DKBH")
        register_proposals(register, frame, proposed)
    page.show_table(page.table.updated(app.session.register.storage.frame("parcel", ids=list(frame["parcel_id"]))))
    choose(page, "T006")
    app.reviewer.accept_proposal()
    assert stored(path, "T006")["PDJL2"] == "301" and current(page) == "T007"
    app.reviewer.accept_proposal()
    assert stored(path, "T007")["PDJL1"] == "0"
    assert not page.verdicts.accept_button.isEnabled()


def register_proposals(register, frame, proposed):
    rows = [{"parcel_id": frame.loc[number, "parcel_id"], "ZDPD1": level1, "ZDPD2": level2, "ZDGZ": None, "YZX": None, "reasons": "[]",
             "needs": "[]", "shape_id": frame.loc[number, "shape_id"], "split_along": None, "run_id": None, "rulepack": "",
             "proposed_at": "2026-05-11"} for number, level1, level2 in proposed]
    with register.storage.writing():
        register.storage.save_proposals(rows)


def test_the_next_open_parcel_goes_round_both_ways_and_a_returned_one_is_open():
    known = table([row(1), row(2, PDJL1="2"), row(3, PDJL1="2", HSZT="9"), row(4, PDJL1="3"), row(5)])
    rows = known.number_order
    forth = [filters.next_open(known, rows, f"id-T00{n}") for n in range(1, 6)]
    assert forth == ["id-T003", "id-T003", "id-T005", "id-T005", "id-T001"]
    back = [filters.next_open(known, rows, f"id-T00{n}", -1) for n in range(1, 6)]
    assert back == ["id-T005", "id-T001", "id-T001", "id-T003", "id-T003"]
    assert filters.next_open(known, rows, None) == "id-T001"
    assert filters.next_open(known, rows[:0], None) is None


def test_a_table_updated_in_place_reads_as_one_read_anew(app, page, path):
    with Register.open(path) as register:
        judging.give_verdicts(register, "B1", [judging.Entry("T011", dict(OTHER, XMMC="一个名字比从前任何文字都更长的项目" * 3))], by="张三")
        judging.set_aside(register, "B1", ["T010"], reason="影像不清", by="张三")
        judging.return_parcels(register, "B1", ["T001", "T002"], level="city", reason="举证不足", answer_by="2026-05-20", by="市局")
        whole, me = register.storage.frame("queue"), register.actor_id("张三")
        changed = register.storage.frame("queue", ids=whole[whole["DKBH"].isin(["T001", "T002", "T010", "T011"])]["parcel_id"])
    updated, anew = page.table.updated(changed, me), ParcelTable(whole, me)
    marked = [{"marks": (mark,)} for mark in MARKS]
    for asked in ({}, {"verdict": "3"}, {"state": "9"}, {"text": "更长的项目"}, {"assigned": ""}, *marked):
        criteria = filters.Criteria(**asked)
        one, two = filters.find(updated, criteria), filters.find(anew, criteria)
        assert updated.ids[one.rows].tolist() == anew.ids[two.rows].tolist()
        assert (one.counts, one.marks) == (two.counts, two.marks)


def test_grounds_picked_by_key_go_into_the_next_verdict_of_that_parcel_and_no_other(app, page, path):
    choose(page, "T006")
    page.verdicts.pick_ground(1)
    picked = page.verdicts.take_grounds()
    choose(page, "T007")
    assert picked and page.verdicts.take_grounds() == ""
    page.verdicts.pick_ground(1)
    page.verdicts.press(OTHER_KEY)
    assert stored(path, "T007")["PDSM"] == picked and page.verdicts.take_grounds() == ""


def test_the_same_ground_key_again_takes_the_grounds_away(app, page):
    choose(page, "T006")
    page.verdicts.pick_ground(0)
    page.verdicts.pick_ground(0)
    assert page.verdicts.take_grounds() == ""


def test_an_illegal_parcel_judged_again_brings_its_particulars_along(app, page, path):
    choose(page, "T001")
    page.verdicts.press(USUAL.index("203"))
    dialog = app.reviewer.dialog
    assert (dialog.fields["YDDW"].text(), dialog.fields["JSSJ"].text()) == ("某公司", "2026-04-01")
    dialog.fields["YDDW"].setText("")
    dialog.fields["WFMJ"].setText("1.5")
    dialog.accept()
    judged = stored(path, "T001")
    assert judged["PDJL2"] == "203" and judged["YDDW"] is None and judged["WFMJ"] == pytest.approx(1000.0)


def test_an_illegal_area_larger_than_the_parcel_is_refused_and_said(app, page, path):
    choose(page, "T006")
    page.verdicts.press(ILLEGAL_KEY)
    app.reviewer.dialog.fields["WFMJ"].setText("99")
    app.reviewer.dialog.accept()
    assert stored(path, "T006")["PDJL1"] == "0" and app.messages._standing


def test_the_keys_of_an_old_batch_know_only_what_its_regime_knows(app, page):
    page.verdicts.show_regime("O")
    names = {action.text() for menu in page.verdicts.key_menu(0).actions() for action in menu.menu().actions()}
    assert map_layers.sub_verdict_name("303") not in names and map_layers.sub_verdict_name("302") in names


def test_after_the_last_undone_parcel_it_is_said_that_none_is_left(app, page):
    page.filters.search.setText("T006")
    page.filters.changed.emit()
    choose(page, "T006")
    said = len(app.messages._standing)
    page.verdicts.press(OTHER_KEY)
    assert len(app.messages._standing) == said + 1
