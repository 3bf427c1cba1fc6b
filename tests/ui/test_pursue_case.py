"""The case page with a register behind it: what it shows, what its forms ask for, what they record."""
from __future__ import annotations

from datetime import date, timedelta

import pytest
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QDockWidget

from land_inspector.i18n import say
from land_inspector.law.acts import ACTS, STATES
from land_inspector.register import attachments, parties, pursuing, judging
from land_inspector.ui.pursue.feature import OBJECT_NAME
from land_inspector.ui.pursue.form import Form
from land_inspector.ui.pursue.stage_strip import ACCEPT, Bar, PROGRESS, WITHDRAW
from land_inspector.ui.pursue.case_page import WhyNotDialog
from tests.ui.desktop import let_go
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
    qtbot.waitUntil(lambda: not app.worker._running)


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
    assert not page.open_button.isVisible() and str(STATES["S0"].label) in page.heading.text()


def test_the_next_act_is_recorded_by_its_button_and_the_next_but_one_comes_up(app, pursue, qtbot):
    opened(app, qtbot)
    page = pursue.case_page
    qtbot.mouseClick(page.next.button, Qt.MouseButton.LeftButton)
    form = page.acting.form
    fill(form, officers="张三、李四", findings="水泥地坪")
    form.day.set_day(days_ago(20))
    assert form.past.isVisible()
    qtbot.keyClick(form, Qt.Key.Key_Return)
    settle(app, qtbot)
    done = case_of(app).acts[-1]
    assert (done.act, done.on) == ("site_check", days_ago(20)) and page.view().ahead.act.code == "file"
    assert "T001" in app.toast.text and str(ACTS["site_check"].label) in app.toast.text
    assert page.acting.form is None


def test_names_of_officers_do_not_enter_the_event_and_are_filled_in_next_time(app, pursue, qtbot):
    opened(app, qtbot)
    page = pursue.case_page
    page.next.button.click()
    fill(page.acting.form, officers="张三, 李四", findings="水泥地坪")
    page.acting.form.try_to_save()
    settle(app, qtbot)
    payload = str([event.payload for event in register(app).storage.events()])
    assert "张三" not in payload and "李四" not in payload
    page.next.button.click()
    assert page.acting.form.row("officers").editor.value() == ["张三", "李四"]


def test_what_is_wrong_stands_beside_its_field_and_nothing_is_recorded(app, pursue, qtbot):
    opened(app, qtbot, "site_check")
    page = pursue.case_page
    page.next.button.click()
    form = page.acting.form
    form.try_to_save()
    assert form.faults["number"].isVisible() and not form.faults["officers"].isVisible()
    fill(form, number="立1", officers="张三")
    form.try_to_save()
    assert form.faults["officers"].isVisible() and not form.faults["number"].isVisible()
    fill(form, officers="张三、李四")
    form.day.set_day(days_ago(200))
    form.try_to_save()
    assert form.faults["on"].isVisible() and form.isVisible() and case_of(app).state == "S1"


def test_an_act_of_somebody_else_in_between_is_told_in_the_form_which_stays(app, pursue, qtbot):
    case = opened(app, qtbot)
    page = pursue.case_page
    page.next.button.click()
    form = page.acting.form
    fill(form, officers="张三、李四", findings="水泥地坪")
    pursuing.do_act(register(app), case, "site_check", on=date.today().isoformat(), particulars=SAID["site_check"], by="乙")
    form.try_to_save()
    assert form.wrong.isVisible() and "乙" in form.wrong.text() and len(case_of(app).acts) == 2


def test_impossible_acts_are_not_offered_and_say_why_when_looked_for(app, pursue, qtbot):
    opened(app, qtbot)
    page = pursue.case_page
    offered = {action.objectName() for action in page.next.others.menu().actions()}
    assert "landInspectorAct_site_check" in offered and "landInspectorAct_decide" not in offered
    page.next.why.click()
    dialog = app._iface.window.findChild(WhyNotDialog)
    dialog.search.setText(say(ACTS["decide"].label))
    shown = [dialog.listed.topLevelItem(n) for n in range(dialog.listed.topLevelItemCount())]
    shown = [line for line in shown if not line.isHidden()]
    assert len(shown) == 1 and say(ACTS["site_check"].label) in dialog.whole.text()
    dialog.reject()


def test_a_decision_begins_with_the_remedies_of_the_notice_and_orders_them(app, pursue, qtbot):
    opened(app, qtbot, *STRAIGHT[:-2])
    page = pursue.case_page
    page._on_act("decide")
    form = page.acting.form
    fill(form, number="罚1", organ="县局")
    assert [record["kind"] for record in form.said()["remedies"]] == ["demolition"]
    form.try_to_save()
    settle(app, qtbot)
    assert case_of(app).state == "S7" and [box.track.kind for box in page.tracks.boxes] == ["demolition"]


def test_a_fine_says_its_band_and_is_refused_outside_of_it(app, pursue, qtbot):
    opened(app, qtbot, *STRAIGHT[:4])
    page = pursue.case_page
    page.next.button.click()
    form = page.acting.form
    fill(form, number="告1")
    box = form.row("remedies").editor.add("fine")
    assert "1,600,000" in box.basis.band.text()
    box.amount.figures["fen"].field.setValue(100)
    form.try_to_save()
    assert form.faults["remedies"].isVisible() and "100.00" in form.faults["remedies"].text()
    box.amount.figures["fen"].field.setValue(200_000)
    form.try_to_save()
    settle(app, qtbot)
    assert case_of(app).last("notice").particulars["remedies"][0]["amount"] == {"fen": 20_000_000}


def test_while_there_is_time_the_work_is_recorded_and_the_bar_shows_what_remains(app, pursue, qtbot):
    opened(app, qtbot, *STRAIGHT)
    page = pursue.case_page
    page.tracks.boxes[0].wanted.emit(PROGRESS, page.tracks.boxes[0].track.id)
    form = page.acting.form
    form.row("amount").editor.figures["building_m2"].field.setValue(120)
    form.try_to_save()
    settle(app, qtbot)
    track = page.view().tracks[0]
    assert track.done.building_m2 == 120 and track.done.land_m2 == 1600 and track.remaining.building_m2 == 180
    building = page.tracks.boxes[0].findChildren(Bar)[0]
    assert [round(part.share, 2) for part in building.parts] == [0, 0.4, 0.6]


def test_too_much_work_is_refused_beside_the_amount(app, pursue, qtbot):
    opened(app, qtbot, *STRAIGHT)
    page = pursue.case_page
    page._on_remedy(PROGRESS, page.view().tracks[0].id)
    form = page.acting.form
    form.row("amount").editor.figures["land_m2"].field.setValue(5000)
    form.try_to_save()
    assert form.faults["amount"].isVisible() and pursuing.tracks(register(app))[0].steps == ()
    form.reject()


def test_done_work_is_accepted_and_an_order_is_withdrawn(app, pursue, qtbot):
    opened(app, qtbot, *STRAIGHT)
    page = pursue.case_page
    track = page.view().tracks[0]
    pursuing.record_progress(register(app), {track.id: track.ordered.as_record()}, on=days_ago(10).isoformat())
    choose(app, "T001", qtbot)
    page._on_remedy(ACCEPT, track.id)
    page.acting.form.try_to_save()
    settle(app, qtbot)
    assert page.view().tracks[0].is_complete
    page._on_remedy(WITHDRAW, track.id)
    page.acting.form.try_to_save()
    assert page.acting.form.faults["reason"].isVisible()
    fill(page.acting.form, reason="误登")
    page.acting.form.try_to_save()
    settle(app, qtbot)
    assert page.view().tracks == ()


def test_undo_of_the_dock_takes_the_act_back_with_its_remedies(app, pursue, qtbot):
    opened(app, qtbot, *STRAIGHT[:-2])
    page = pursue.case_page
    page._on_act("decide")
    fill(page.acting.form, number="罚1", organ="县局")
    page.acting.form.try_to_save()
    settle(app, qtbot)
    with qtbot.waitSignal(app.session.read):
        page.undo.click()
    settle(app, qtbot)
    assert case_of(app).state == "S6h" and pursuing.tracks(register(app)) == []
    assert page.tracks.boxes == [] and page.view().ahead.act.code == "decide"


def test_files_are_kept_beside_the_register_under_their_hash(app, pursue, qtbot, tmp_path):
    opened(app, qtbot)
    (tmp_path / "现场.jpg").write_bytes(b"picture")
    page = pursue.case_page
    page.next.button.click()
    fill(page.acting.form, officers="张三、李四", findings="水泥地坪")
    page.acting.form.row("files").editor.add([tmp_path / "现场.jpg"])
    page.acting.form.try_to_save()
    settle(app, qtbot)
    kept, = case_of(app).last("site_check").particulars["files"]
    assert kept.endswith("_现场.jpg") and attachments.is_whole(register(app), kept)


def test_a_closed_case_offers_nothing_and_a_rebound_may_open_another(app, pursue, qtbot):
    case = opened(app, qtbot, "site_check")
    pursuing.do_act(register(app), case, "not_file", on=days_ago(50).isoformat(), particulars=SAID["not_file"])
    choose(app, "T001", qtbot)
    page = pursue.case_page
    assert not page.next.button.isVisible() and page.open_button.isVisible() and "54" not in page.about.text()
    page.open_button.click()
    page.acting.form.try_to_save()
    settle(app, qtbot)
    assert page.cases.count() == 2 and page.cases.isVisible() and page.view().case.is_open


def test_a_parcel_that_is_not_illegal_says_that_a_case_needs_the_verdict(app, pursue, qtbot):
    choose(app, "T004", qtbot)
    assert "T004" in pursue.case_page.about.text() and not pursue.case_page.open_button.isVisible()


def test_a_page_that_nobody_sees_reads_nothing_and_catches_up(app, pursue, qtbot):
    pursue.dock.setUserVisible(False)
    app.dock.raise_()
    pursue.dock.hide()
    pursue.case_page._file = None
    pursue.show_parcels([app.dock.work_page.table.text("parcel_id", 0)])
    settle(app, qtbot)
    assert pursue.case_page._file is None
    pursue.dock.setUserVisible(True)
    qtbot.waitUntil(lambda: pursue.case_page._file is not None)


def test_the_stages_tell_in_words_all_that_they_draw(app, pursue, qtbot):
    opened(app, qtbot, "site_check", "file")
    said = pursue.case_page.stages.accessibleDescription()
    assert all(f"{STATES[code].label}: " in said for code in ("S0", "S3", "S15")) and days_ago(58).isoformat() in said
    assert len(pursue.case_page.stages._cells) == len(pursue.case_page.view().steps)


def test_the_dock_is_narrow_enough_for_320_pixels(app, pursue, qtbot):
    opened(app, qtbot, *STRAIGHT)
    assert pursue.dock.minimumSizeHint().width() <= 320
    assert pursue.case_page.minimumSizeHint().width() <= 320


def test_an_open_form_goes_when_the_plugin_is_unloaded(app, pursue, qtbot):
    opened(app, qtbot)
    pursue.case_page.next.button.click()
    app.unload()
    let_go()
    window = app._iface.window
    assert window.findChildren(Form) == [] and window.findChild(QDockWidget, OBJECT_NAME) is None


def two_cases(app, qtbot):
    """Of two cases opened, the first has had its check on site."""
    cases = [pursuing.open_case(register(app), "B1", [number], on=days_ago(60).isoformat(), particulars=SAID["clue"])
             for number in ("T001", "T002")]
    pursuing.do_act(register(app), cases[0], "site_check", on=days_ago(50).isoformat(), particulars=SAID["site_check"])
    page = app.dock.work_page
    app.pursue.show_parcels([page.table.text("parcel_id", row) for row in range(2)])
    settle(app, qtbot)
    return cases


def together(page, code):
    next(one for one in page.together.menu().actions() if one.objectName() == f"landInspectorTogether_{code}").trigger()
    return page.acting.form


def preview(form):
    tree = form.preview.field
    return [tree.topLevelItem(n).text(1)[0] for n in range(tree.topLevelItemCount())]


def test_one_act_in_several_cases_shows_first_who_takes_part_and_why_others_do_not(app, pursue, qtbot):
    first, second = two_cases(app, qtbot)
    page = pursue.case_page
    assert page.together.isVisible() and page.cases.count() == 2
    form = together(page, "file")
    fill(form, number="立#7号", officers="张三、李四")
    assert preview(form) == ["✓", "✗"]
    form.try_to_save()
    settle(app, qtbot)
    found = {case.id: case for case in pursuing.cases(register(app))}
    assert (found[first].state, found[second].state) == ("S3", "S0")
    assert found[first].last("file").particulars["number"] == "立7号"


def test_a_running_number_counts_on_from_case_to_case_and_all_is_one_act(app, pursue, qtbot):
    cases = two_cases(app, qtbot)
    page = pursue.case_page
    form = together(page, "transfer_case")
    fill(form, number="移#号", body="农业农村局")
    form.try_to_save()
    settle(app, qtbot)
    found = {case.id: case for case in pursuing.cases(register(app))}
    assert sorted(found[key].last("transfer_case").particulars["number"] for key in cases) == ["移1号", "移2号"]
    with qtbot.waitSignal(app.session.read):
        page.undo.click()
    assert {case.state for case in pursuing.cases(register(app))} == {"S0", "S1"}


def test_where_nobody_can_take_part_it_is_said_and_nothing_is_recorded(app, pursue, qtbot):
    two_cases(app, qtbot)
    page = pursue.case_page
    form = together(page, "transfer_case")
    form.try_to_save()
    assert preview(form) == ["✗", "✗"] and form.faults["number"].isVisible()
    form.reject()


@pytest.mark.parametrize(("agreed", "left"), [(True, False), (False, True)])
def test_names_are_taken_out_only_after_a_yes(app, pursue, qtbot, agreed, left):
    parties.officers(register(app), ["钱七"])
    app.asking.agreed = lambda _question: agreed
    pursue.privacy.remove_names()
    settle(app, qtbot)
    assert ("钱七" in str(register(app).storage.people())) is left


def test_a_register_that_keeps_no_personal_data_records_officers_without_their_names(app, pursue, qtbot):
    opened(app, qtbot)
    app.asking.agreed = lambda _question: True
    pursue.privacy.leave_out()
    settle(app, qtbot)
    page = pursue.case_page
    page.next.button.click()
    fill(page.acting.form, officers="张三、李四", findings="水泥地坪")
    page.acting.form.try_to_save()
    settle(app, qtbot)
    assert case_of(app).state == "S1" and "张三" not in str(register(app).storage.people())
    assert page._file.people == {} and "2" in page.acts.text()


def test_the_acts_so_far_name_number_officers_and_papers_and_say_when_a_paper_was_changed(app, pursue, qtbot, tmp_path):
    opened(app, qtbot)
    (tmp_path / "现场.jpg").write_bytes(b"picture")
    page = pursue.case_page
    page.next.button.click()
    fill(page.acting.form, officers="张三、李四", findings="水泥地坪")
    page.acting.form.row("files").editor.add([tmp_path / "现场.jpg"])
    page.acting.form.try_to_save()
    settle(app, qtbot)
    assert "张三" in page.acts.text() and "<a href" in page.acts.text() and ">现场.jpg</a>" in page.acts.text()
    kept = register(app).attachments.find(*register(app).attachments.names())
    kept.write_bytes(b"another picture")
    pursue.show_parcels(page._ids)
    settle(app, qtbot)
    assert ">现场.jpg</a>" not in page.acts.text() and "⚠" in page.acts.text()


@pytest.mark.parametrize(("button", "cases"), [("open_button", 1), ("open_each_button", 3)])
def test_several_parcels_get_one_case_or_one_each_as_one_act(app, pursue, qtbot, button, cases):
    page, table = pursue.case_page, app.dock.work_page.table
    pursue.show_parcels([table.text("parcel_id", row) for row in range(4)])
    settle(app, qtbot)
    assert "3" in page.open_button.text() and "3" in page.open_each_button.text()
    getattr(page, button).click()
    page.acting.form.try_to_save()
    settle(app, qtbot)
    assert len(pursuing.cases(register(app))) == cases and not page.open_button.isVisible()
    with qtbot.waitSignal(app.session.read):
        page.undo.click()
    assert pursuing.cases(register(app)) == []


def test_the_case_of_a_frozen_batch_goes_on_and_the_freeze_is_said(app, pursue, qtbot):
    opened(app, qtbot)
    page = pursue.case_page
    judging.freeze(register(app), "B1")
    choose(app, "T001", qtbot)
    assert "B1" in page.about.text() and page.next.button.isEnabled()
    judging.unfreeze(register(app), "B1", reason="补录")
    choose(app, "T001", qtbot)
    assert "B1" not in page.about.text()
