"""Work lists, timeline, reminder and freezing at the desktop, on registers with cases in them."""
from __future__ import annotations

import pytest
from qgis.core import QgsProject
from qgis.PyQt.QtCore import QDate, Qt
from qgis.PyQt.QtWidgets import QPushButton

from land_inspector.errors import RefusedError
from land_inspector.register import pursuing
from land_inspector.register.register import Register
from land_inspector.register.undoing import undo
from land_inspector.ui.pursue.list_view import DAYS, NUMBER, WHAT
from tests.factories import judge
from tests.ui.tables import judged_register
from tests.unit.law_cases import SAID

LAND = {"land_m2": 1600.0, "cultivated_m2": 400.0}


@pytest.fixture
def path(tmp_path):
    """T001 and T002 reclaimed and not accepted, T003 with a case on which nothing was done since June."""
    with judged_register(tmp_path) as register:
        for label in ("T001", "T002"):
            remedy = pursuing.order_remedy(register, "B1", label, "reclamation", LAND, on="2026-06-01", by="甲")
            pursuing.record_progress(register, {remedy: LAND}, on="2026-07-01", by="甲")
        pursuing.open_case(register, "B1", ["T003"], on="2026-06-01", particulars=SAID["clue"], by="甲")
        return register.storage.path


@pytest.fixture
def lists(app, page, desktop, qtbot):
    """The page of work lists, in sight."""
    found = app.pursue.lists_page
    app.pursue.dock.go_to(found)
    desktop.window.show()
    qtbot.waitUntil(lambda: found.pursuit is not None)
    return found


def numbers(lists):
    model = lists.view.model()
    return [model.index(row, NUMBER).data() for row in range(model.rowCount())]


def test_each_list_has_its_rows_its_count_and_totals_that_add_up(lists):
    lists.show_list("unaccepted")
    assert numbers(lists) == ["T001", "T002"]
    assert lists.choice.lists.currentText().endswith("(2)")
    assert "2 entries on 2 parcels · 4.80 mu, of it cultivated 1.20 mu" in lists.totals.text()
    lists.show_list("overdue")
    assert numbers(lists) == ["T003"] and int(lists.view.model().index(0, DAYS).data()) < 0
    lists.show_list("unfiled")
    assert numbers(lists) == ["T001", "T002", "T003"]


def test_the_model_keeps_qts_rules(lists, qtmodeltester):
    lists.show_list("unfiled")
    qtmodeltester.check(lists.view.model(), force_py=True)


def test_the_law_of_a_list_is_in_its_tooltip_and_behind_the_button(lists, qtbot):
    lists.show_list("unaccepted")
    assert "R40" in lists.choice.lists.toolTip()
    assert not lists.law.isVisibleTo(lists)
    qtbot.mouseClick(lists.choice.law_button, Qt.MouseButton.LeftButton)
    assert lists.law.isVisibleTo(lists) and "R40" in lists.law.toPlainText()


def test_one_acceptance_for_several_parcels_is_one_act_shown_before_it_is_recorded(lists, app, qtbot):
    lists.show_list("unaccepted")
    lists.view.selectAll()
    lists.accept_button.click()
    form = lists.acts.dialog
    assert "2 remedies on 2 parcels, 4.80 mu" in form.preview() and "T001" in form.preview()
    form.on.setDate(QDate(2027, 7, 1))
    assert "2 parcels" in form.warning.text()
    form.on.setDate(QDate(2026, 8, 1))
    assert form.warning.text() == ""
    form.accept()
    qtbot.waitUntil(lambda: numbers(lists) == [])
    last = app.session.register.storage.events()[-2:]
    assert {event.kind for event in last} == {"remedy_accepted"} and last[0].group == last[1].group
    app.commands.undo()
    qtbot.waitUntil(lambda: numbers(lists) == ["T001", "T002"])


def test_a_day_to_come_counts_with_what_is_known_and_a_past_day_with_what_was(lists, qtbot):
    lists.show_list("unaccepted")
    lists.choice.date.setDate(QDate(2026, 6, 15))
    qtbot.waitUntil(lambda: lists.pursuit.day is not None and numbers(lists) == [])
    lists.show_list("overdue")
    late = int(lists.view.model().index(0, DAYS).data())
    lists.choice.date.setDate(QDate.currentDate().addDays(10))
    assert int(lists.view.model().index(0, DAYS).data()) == late - 10


def test_filters_leave_what_they_say_they_would(lists):
    lists.show_list("unfiled")
    township = lists.choice.facets["township"]
    assert township.itemText(1).endswith("(3)")
    township.setCurrentIndex(1)
    township.activated.emit(1)
    assert len(numbers(lists)) == 3
    officer = lists.choice.facets["officer"]
    assert [officer.itemData(place) for place in range(officer.count())] == [None, ""]


def test_choosing_a_row_tells_its_parcel_and_outlines_it(lists, app, qtbot):
    lists.show_list("unaccepted")
    with qtbot.waitSignal(lists.chosen) as told:
        lists.view.selectRow(1)
    assert told.args[0] == [lists.view.model().row(1).entry.parcel]
    assert app.link._bands[0].numberOfVertices() > 3
    assert app.dock.work_page.parcels.chosen_ids() == told.args[0]


def test_papers_of_all_the_cases_of_a_list_are_asked_for_at_once(lists, app, path, qtbot, monkeypatch):
    asked = []
    monkeypatch.setattr(app.jobs, "open_dialog", lambda name, known, title: asked.append((name, known)))
    papers = next(one for one in lists.more.menu().actions() if one.text() == "Papers of these cases…")
    lists.show_list("unaccepted")
    papers.trigger()
    assert asked == []  # none of its rows has a case
    lists.show_list("overdue")
    papers.trigger()
    assert [(name, known["LIST"], known["REGISTER"]) for name, known in asked] == [("write_papers", "T003-AJ", str(path))]
    assert asked[0][1]["FOLDER"]
    for entry in app.pursue.entries()[2:]:
        entry.command()
    assert [name for name, _known in asked[1:]] == ["write_papers", "describe_cases"]


def test_enter_brings_up_the_case_of_the_chosen_rows(lists, app, qtbot):
    lists.show_list("overdue")
    lists.view.selectRow(0)
    app.pursue.dock.tabs.setCurrentWidget(lists)
    qtbot.keyClick(lists.view, Qt.Key.Key_Return)
    assert app.pursue.dock.tabs.currentWidget() is app.pursue.case_page


def test_a_verdict_given_meanwhile_shows_when_the_keys_are_still(lists, app, qtbot):
    lists.show_list("unfiled")
    judge(app.session.register, {"T005": "2"}, by="甲")
    app.reviewer.judged.emit([])
    qtbot.waitUntil(lambda: "T005" in numbers(lists))


def test_nothing_is_read_for_a_page_that_nobody_sees_until_it_is_looked_at(lists, app, qtbot):
    app.pursue.dock.go_to(app.pursue.timeline_page)
    before = lists.pursuit
    judge(app.session.register, {"T005": "2"}, by="甲")
    app.reviewer.judged.emit([])
    qtbot.wait(600)
    assert lists.pursuit is before
    app.pursue.dock.go_to(lists)
    qtbot.waitUntil(lambda: lists.pursuit is not before)


def offers(app):
    """Buttons of what this desktop offers; the message bar itself serves every test of the run."""
    return [button for item in app.messages._standing for button in item.findChildren(QPushButton, "landInspectorOffer")]


def test_the_reminder_comes_once_for_each_opening_and_its_button_shows_the_list(lists, app, qtbot):
    button, = offers(app)
    assert "1 overdue today" in app.messages._standing[-1].text()
    app.session.reload()
    qtbot.wait(200)
    assert offers(app) == [button]
    button.click()
    assert offers(app) == []
    assert lists.choice.code() == "overdue" and app.pursue.dock.tabs.currentWidget() is lists


def test_a_supervision_is_given_out_shown_with_what_is_open_and_ended(lists, app, qtbot):
    lists.acts.assign_supervision(lists.pursuit, lists.day)
    form = lists.acts.dialog
    form.person.setCurrentText("督导员甲")
    form.townships.item(0).setCheckState(Qt.CheckState.Checked)
    form.since.setDate(QDate(2026, 6, 1))
    form.until.setDate(QDate(2026, 9, 30))
    form.accept()
    lists.show_list("supervised")
    qtbot.waitUntil(lambda: lists.view.model().rowCount() == 1)
    row = lists.view.model().row(0)
    assert row.days_left < 0 and row.entry.land_m2 == pytest.approx(4800.0)
    assert "3" in lists.view.model().index(0, WHAT).data() and len(row.entry.shown) == 3
    app.asking.text = lambda _question: "整改完成"
    lists.view.selectRow(0)
    lists.end_button.click()
    qtbot.waitUntil(lambda: lists.view.model().rowCount() == 0)
    assert pursuing.supervisions(app.session.register)[0].ended_on is not None


def test_freezing_asks_first_and_opening_again_takes_a_reason(lists, app, qtbot):
    freezing = next(one for one in app.features if one.name == "landInspectorFreezing")
    app.asking.agreed = lambda _question: False
    freezing.freeze()
    assert not app.session.register.batch("B1").DJ
    app.asking.agreed = lambda _question: True
    with qtbot.waitSignal(app.session.read):
        freezing.freeze()
    assert "(" in app.dock.work_page.batches.currentText()
    with pytest.raises(RefusedError, match="frozen"):
        judge(app.session.register, {"T006": "1"}, by="甲")
    app.asking.text = lambda _question: ""
    freezing.unfreeze()
    assert app.session.register.batch("B1").DJ
    app.asking.text = lambda _question: "市局要求更正"
    freezing.unfreeze()
    assert not app.session.register.batch("B1").DJ
    assert app.session.register.storage.events()[-1].payload["reason"] == "市局要求更正"


def test_the_timeline_tells_what_happened_to_a_parcel_and_marks_what_was_undone(lists, app, desktop, qtbot):
    timeline = app.pursue.timeline_page
    register = app.session.register
    parcel, = [key for key, _patch in register.find("B1", ["T003"])]
    app.pursue.dock.go_to(timeline)
    desktop.window.show()
    app.pursue.show_parcels([parcel])
    qtbot.waitUntil(lambda: len(timeline.shown()) == 3)
    assert [one.family for one in timeline.shown()] == ["cases", "verdicts", "batches"]
    assert timeline.shown()[0].who == "甲"
    with Register.open(app.session.address.path) as other:
        undo(other, by="甲")
    app.session.reload()
    qtbot.waitUntil(lambda: any(one.undone for one in timeline.shown()))
    assert [one.family for one in timeline.shown() if one.undone] == ["cases"]
    timeline.search.setText("used without")
    assert [one.family for one in timeline.shown()] == ["verdicts"]


def test_who_changed_what_this_week_gathers_an_act_on_many_parcels_in_one_line(lists, app, desktop, qtbot):
    timeline = app.pursue.timeline_page
    app.pursue.dock.go_to(timeline)
    desktop.window.show()
    timeline.show_this_week()
    qtbot.waitUntil(lambda: any(one.times == 4 for one in timeline.shown()))
    timeline.family.setCurrentIndex(timeline.family.findData("remedies"))
    timeline.family.activated.emit(0)
    assert {one.family for one in timeline.shown()} == {"remedies"} and len(timeline.shown()) == 4


def test_files_are_written_where_the_user_says(lists, app, tmp_path):
    lists.show_list("unaccepted")
    for name in ("list.xlsx", "list.csv", "days.ics"):
        app.asking.file_to_write = lambda *_question, name=name: tmp_path / name
        lists.acts.write_calendar(lists.pursuit) if name.endswith("ics") else lists.acts.export("x", lists.view.model())
    assert "T001" in (tmp_path / "list.csv").read_text("utf-8-sig") and (tmp_path / "list.xlsx").stat().st_size > 1000
    calendar = (tmp_path / "days.ics").read_bytes().decode()
    assert "T003" in calendar and "甲" not in calendar


def test_after_closing_nothing_of_the_register_is_left_in_the_lists(lists, app):
    app.session.close()
    assert lists.pursuit is None and lists.view.model().rowCount() == 0


def test_the_map_shows_what_remains_and_verdicts_again_without_losing_its_tie_to_the_register(lists, app, path):
    over_time = next(one for one in app.features if one.name == "landInspectorOverTime")
    layer = app.layers.find(path, "parcel_map")
    over_time.dress(True)
    assert layer.renderer().classAttribute() == "ZGJD" and app.layers.find(path, "parcel_map") is layer
    over_time.dress(False)
    assert layer.renderer().classAttribute() == "PDJL1"


def test_states_over_time_come_as_a_temporal_layer_and_go_with_the_plugin(lists, app, qtbot):
    over_time = next(one for one in app.features if one.name == "landInspectorOverTime")
    over_time.show()
    project = QgsProject.instance()
    qtbot.waitUntil(lambda: bool(over_time._added))
    layer = project.mapLayer(over_time._added[0])
    assert layer.temporalProperties().isActive() and layer.featureCount() > 12
    app.unload()
    assert project.mapLayers() == {}
