"""The page of ledgers with a register behind it: what it shows, what its forms ask for, what they record; by keyboard, in 320 px."""
from __future__ import annotations

import os
from datetime import date, timedelta
from pathlib import Path

import pytest
import shapely
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QMenu

from land_inspector.i18n import say
from land_inspector.register.matters import kind_named, matter_by_number, matters, open_matter, place_matter
from land_inspector.register.measuring import ground_links
from land_inspector.register.views.parcels import outlines
from tests.ui.desktop import let_go


def days_ago(days):
    return (date.today() - timedelta(days=days)).isoformat()


PLOTS = {"闲-001": {"CJJK": 1_200_000_000, "MJ": 10_000.0, "YDDG": days_ago(500), "SYQR": "某公司", "WZ": "工业园区三号路"},
         "闲-002": {"CJJK": 800_000_000, "MJ": 20_000.0, "YDDG": days_ago(300)}}


@pytest.fixture
def ledger(app, page, qtbot):
    """The page in front, with two idle plots: one found 40 days ago, one ten."""
    kind = kind_named(app.session.register, "idle_land")
    for (number, values), days in zip(PLOTS.items(), (40, 10)):
        open_matter(app.session.register, kind, {"TZBH": number, "XZDM": "331082100", **values}, on=days_ago(days))
    app._iface.window.resize(900, 1000)
    app._iface.window.show()
    app.matters.show_page()
    settle(app, qtbot)
    app.matters.page.refresh()
    settle(app, qtbot)
    return app.matters.page


def settle(app, qtbot):
    qtbot.waitUntil(lambda: not app.worker._running)
    let_go()


def numbers(page):
    return [page.table.topLevelItem(n).text(0) for n in range(page.table.topLevelItemCount()) if not page.table.topLevelItem(n).isHidden()]


def choose(page, number):
    page.table.clearSelection()
    for n in range(page.table.topLevelItemCount()):
        if page.table.topLevelItem(n).text(0) == number:
            page.table.setCurrentItem(page.table.topLevelItem(n))


def entries(page, button):
    menu = QMenu()
    {page.acts_button: page._acts_menu, page.more_button: page._ledger_menu}[button](menu)
    return {entry.text(): entry for entry in menu.actions() if entry.text()}, menu


def fill(form, **said):
    for name, value in said.items():
        editor = form.row(name).editor
        if hasattr(editor.field, "setPlainText"):
            editor.field.setPlainText(value)
        elif hasattr(editor.field, "setValue"):
            editor.field.setValue(value)
        elif hasattr(editor.field, "setText"):
            editor.field.setText(value)
        else:
            editor.field.setCurrentIndex(editor.field.findData(value))


def test_only_ledgers_that_are_kept_are_seen_and_each_list_says_how_many(ledger):
    assert [ledger.kinds.itemData(n) for n in range(ledger.kinds.count())] == ["idle_land"]
    listed = {ledger.lists.itemData(n): ledger.lists.itemText(n) for n in range(ledger.lists.count())}
    assert "(1)" in listed["overdue"] and "(2)" in listed["unsettled"] and numbers(ledger) == ["闲-001", "闲-002"]
    assert ledger.table.topLevelItem(0).text(2).startswith("!!")  # the investigation was due after 30 days


def test_the_file_says_where_it_stands_what_the_figures_say_and_what_is_due(ledger):
    choose(ledger, "闲-001")
    text = ledger.file_view.text.text()
    assert "闲-001" in text and "2,400,000.00" in text and "OVERDUE" in text and "10000.00 m²" in text
    assert "某公司" in text and "proposed" in text
    assert ledger.file_view.strip.accessibleDescription().count("suspected")
    assert "Notice of investigation" in ledger.next_button.text()


def test_the_next_act_is_recorded_by_enter_and_undone_by_the_dock(app, ledger, qtbot):
    choose(ledger, "闲-001")
    ledger.table.setFocus()
    qtbot.keyClick(ledger.table, Qt.Key.Key_Return)
    form = ledger.form
    assert form is not None and "Measures on Idle Land, Art. 5" in form.note.text()
    form.try_to_save()
    assert ledger.form is form and form.faults["number"].text()  # what is missing is said beside the field
    fill(form, number="调〔2026〕1号")
    form.try_to_save()
    settle(app, qtbot)
    assert matter_by_number(app.session.register, "idle_land", "闲-001").state == "2"
    choose(ledger, "闲-001")
    assert "调〔2026〕1号" in ledger.file_view.text.text()
    app.commands.undo()
    settle(app, qtbot)
    assert matter_by_number(app.session.register, "idle_land", "闲-001").state == "1"


def test_what_is_not_possible_now_says_why(ledger):
    choose(ledger, "闲-001")
    found, _menu = entries(ledger, ledger.acts_button)
    refused = next(entry for text, entry in found.items() if "Decision on the fee" in text)
    assert not refused.isEnabled() and "suspected" in refused.toolTip()


def test_an_amendment_records_only_what_changed_with_its_reason(app, ledger, qtbot):
    choose(ledger, "闲-002")
    ledger.amend()
    form = ledger.form
    form.try_to_save()
    assert ledger.form is form
    fill(form, WZ="二号路", reason="实地核对")
    form.try_to_save()
    settle(app, qtbot)
    step = matter_by_number(app.session.register, "idle_land", "闲-002").steps[-1]
    assert step.act == "amend" and step.sets == {"WZ": "二号路"} and step.particulars["reason"] == "实地核对"


def test_several_matters_take_one_act_with_a_preview(app, ledger, qtbot):
    ledger.table.selectAll()
    assert "2 matters" in ledger.file_view.text.text()
    found, _menu = entries(ledger, ledger.acts_button)
    found[next(text for text in found if "Notice of investigation" in text)].trigger()
    fill(ledger.form, number="调〔2026〕2号")
    preview = ledger.form.row("preview").editor.field
    assert [preview.topLevelItem(n).text(1) for n in range(2)] == ["takes part"] * 2
    ledger.form.try_to_save()
    settle(app, qtbot)
    assert {one.state for one in matters(app.session.register)} == {"2"}


def test_another_ledger_is_begun_and_its_first_matter_entered(app, ledger, qtbot):
    kind = kind_named(app.session.register, "petitions")
    ledger.begin(kind)
    settle(app, qtbot)
    fill(ledger.form, TZBH="信-1")
    ledger.form.try_to_save()
    settle(app, qtbot)
    assert matter_by_number(app.session.register, "petitions", "信-1").state == "1"
    assert {ledger.kinds.itemData(n) for n in range(ledger.kinds.count())} == {"idle_land", "petitions"}


def test_a_table_is_taken_over_at_the_desk_with_a_report_and_amends_where_the_user_agrees(app, ledger, qtbot, tmp_path, monkeypatch):
    table = tmp_path / "plots.csv"
    table.write_text("台账编号,供地面积（亩）\n闲-003,15\n,3\n", encoding="utf-8")
    ledger.taking.take(kind_named(app.session.register, "idle_land"), table)
    settle(app, qtbot)
    settle(app, qtbot)
    assert matter_by_number(app.session.register, "idle_land", "闲-003").values["MJ"] == pytest.approx(10_000)
    assert "闲-003" in numbers(ledger)
    table.write_text("台账编号,供地面积（亩）\n闲-003,18\n", encoding="utf-8")
    reports, asked = [], []
    monkeypatch.setattr(app.messages, "done", lambda text, report="": reports.append(report))
    monkeypatch.setattr(app.asking, "agreed", lambda question: asked.append(str(question)) or True)
    ledger.taking.take(kind_named(app.session.register, "idle_land"), table)
    qtbot.waitUntil(lambda: len(reports) == 2)
    settle(app, qtbot)
    assert "闲-003" in asked[0] and matter_by_number(app.session.register, "idle_land", "闲-003").values["MJ"] == pytest.approx(12_000)
    assert "闲-003" in Path(reports[0]).read_text(encoding="utf-8")


def test_a_link_with_the_chosen_parcel(app, ledger, qtbot):
    page = app.dock.work_page
    ledger.show_parcels([page.table.text("parcel_id", 0)])
    choose(ledger, "闲-001")
    ledger.link_with_chosen()
    settle(app, qtbot)
    assert [link.label for link in matter_by_number(app.session.register, "idle_land", "闲-001").links] == [page.table.text("DKBH", 0)]
    choose(ledger, "闲-001")
    with qtbot.waitSignal(ledger.parcels_wanted) as told:
        ledger.file_view.text.linkActivated.emit(f"parcel:{page.table.text('parcel_id', 0)}")
    assert told.args == [[page.table.text("parcel_id", 0)]]


def test_the_search_finds_by_any_value(ledger):
    ledger.search.setText("三号路")
    assert numbers(ledger) == ["闲-001"]


def test_it_fits_320_pixels_and_every_part_is_reached_by_tab(app, ledger, qtbot):
    choose(ledger, "闲-001")
    assert ledger.minimumSizeHint().width() <= 320
    if os.environ.get("SHOTS"):
        app.pursue.dock.setFloating(True)
        app.pursue.dock.resize(320, 900)
        let_go()
        app.pursue.dock.grab().save(os.path.join(os.environ["SHOTS"], "matters.png"))
    parts = ledger._tab_order()
    parts[0].setFocus()
    for part in parts[1:]:
        assert part.focusPolicy() & Qt.FocusPolicy.TabFocus, part.objectName()


def test_closing_the_register_empties_the_page(app, ledger, qtbot):
    app.commands.close_register()
    settle(app, qtbot)
    assert numbers(ledger) == [] and ledger.kinds.count() == 0 and say(kind_named_en()) not in ledger.counted.text()


def kind_named_en():
    from tests.unit.matter_cases import kind_of
    return kind_of("idle_land").name


def test_at_the_door_it_says_what_is_due_in_every_ledger_that_is_kept(app, ledger, qtbot):
    register, path = app.session.register, app.session.address
    open_matter(register, kind_named(register, "petitions"), {"TZBH": "信-1"}, on=days_ago(20))
    app.commands.close_register()
    settle(app, qtbot)
    said = []
    app.messages.offer = lambda text, button, act, rank=0: said.append((text, act))
    with qtbot.waitSignal(app.session.read):
        app.commands.open_address(path)
    settle(app, qtbot)
    qtbot.waitUntil(lambda: any("Ledgers: 2 overdue, 1 due soon" in text for text, _act in said))
    next(act for text, act in said if "Ledgers" in text)()
    settle(app, qtbot)
    assert ledger.lists.currentData() == "overdue" and len(numbers(ledger)) == 1
    assert "1 overdue" in ledger.overview.text()
    assert "Petitions" in ledger.overview.toolTip() or "Idle land" in ledger.overview.toolTip()


def test_the_start_page_says_what_is_due_in_the_ledgers_that_are_kept_and_one_click_leads_there(app, ledger, qtbot):
    register = app.session.register
    open_matter(register, kind_named(register, "petitions"), {"TZBH": "信-1"}, on=days_ago(15))  # its notice is due today
    ledger.refresh()
    settle(app, qtbot)
    line = app.matters.line
    assert not line.isHidden() and "1 overdue, 2 due soon" in line.accessibleName() and "!! 1" in line.text()
    assert len(line.menu().actions()) == 2
    line.menu().actions()[1].trigger()
    settle(app, qtbot)
    assert (ledger.kinds.currentData(), ledger.lists.currentData(), numbers(ledger)) == ("petitions", "due", ["信-1"])
    line.click()
    settle(app, qtbot)
    assert (ledger.kinds.currentData(), ledger.lists.currentData(), numbers(ledger)) == ("idle_land", "overdue", ["闲-001"])
    app.commands.close_register()
    settle(app, qtbot)
    assert line.isHidden()
    due = app.matters.start_due
    rows = [due.table.topLevelItem(n) for n in range(due.table.topLevelItemCount())]
    said = [[row.text(n) for n in range(4)] for row in rows]
    assert not due.isHidden() and said == [["Idle land", "1", "–", "1"], ["Petitions", "–", "1", "1"]]
    with qtbot.waitSignal(app.session.read):
        due.table.itemClicked.emit(rows[1], 0)
    settle(app, qtbot)
    settle(app, qtbot)
    assert (ledger.kinds.currentData(), ledger.lists.currentData(), numbers(ledger)) == ("petitions", "due", ["信-1"])


def test_points_lie_on_the_map_beside_the_outlines(app, ledger, qtbot):
    register = app.session.register
    wkb = list(outlines(register, list(register.storage.frame("parcel")["shape_id"][:1])).values())[0]
    point = shapely.point_on_surface(shapely.from_wkb(wkb))
    for number, ground in (("闲-001", wkb), ("闲-002", shapely.to_wkb(point))):
        place_matter(register, matter_by_number(register, "idle_land", number).id, ground, None, on=days_ago(1))
    ledger.map_button.setChecked(True)
    ledger.refresh()
    settle(app, qtbot)
    named = {shape: [feature["TZBH"] for feature in layer.getFeatures()] for shape, layer in ledger.map.layers.items()}
    assert named == {"MultiPolygon": ["闲-001"], "Point": ["闲-002"]}
    choose(ledger, "闲-002")
    assert [layer.selectedFeatureCount() for layer in ledger.map.layers.values()] == [0, 1]
    ledger.table.clearSelection()
    ledger.map.layers["Point"].selectAll()
    assert ledger._chosen_ids() == [matter_by_number(register, "idle_land", "闲-002").id]
    assert {link.matter.number for link in ground_links(register, kind_named(register, "idle_land"))} == {"闲-001", "闲-002"}
    ledger.map_button.setChecked(False)
    assert not ledger.map.layers


def test_a_matter_is_placed_by_a_click_and_as_what_is_selected_and_a_link_is_taken_off(app, ledger, qtbot):
    register, page = app.session.register, app.dock.work_page
    shape = register.storage.frame("parcel")["shape_id"][:1]
    outline = shapely.from_wkb(list(outlines(register, list(shape)).values())[0])
    choose(ledger, "闲-001")
    found, menu = entries(ledger, ledger.acts_button)
    by_click, _drawn, as_selected = [entry for one in menu.actions() if one.menu() for entry in one.menu().actions()]
    by_click.trigger()
    ledger.placing._tool.marked.emit((outline.centroid.x, outline.centroid.y))
    settle(app, qtbot)
    assert matter_by_number(register, "idle_land", "闲-001").at == pytest.approx((outline.centroid.x, outline.centroid.y), abs=1e-3)
    layer = app.layers.find(app.session.address, "parcel_map")
    layer.selectByIds([next(layer.getFeatures()).id()])
    app._iface.activeLayer = lambda: layer
    choose(ledger, "闲-001")
    ledger.place_as_selected()
    settle(app, qtbot)
    assert matter_by_number(register, "idle_land", "闲-001").values["MJ"] == pytest.approx(1600, rel=0.01)
    ledger.show_parcels([page.table.text("parcel_id", 0)])
    choose(ledger, "闲-001")
    ledger.link_with_chosen()
    settle(app, qtbot)
    choose(ledger, "闲-001")
    found, menu = entries(ledger, ledger.acts_button)
    next(entry for text, entry in found.items() if text.startswith("Take off the link")).trigger()
    settle(app, qtbot)
    assert not matter_by_number(register, "idle_land", "闲-001").links


def test_the_list_lies_on_the_map_by_state_and_follows_every_act(app, ledger, qtbot):
    register = app.session.register
    kind = kind_named(register, "idle_land")
    wkb = list(outlines(register, list(register.storage.frame("parcel")["shape_id"][:1])).values())[0]
    place_matter(register, matter_by_number(register, "idle_land", "闲-001").id, wkb, None, on=days_ago(1))
    ledger.map_button.setChecked(True)
    ledger.refresh()
    settle(app, qtbot)
    layer = ledger.map.layer
    assert [feature["TZBH"] for feature in layer.getFeatures()] == ["闲-001"] and "1" in ledger.counted.text()
    assert {one.label() for one in layer.renderer().categories()} == {say(state.label) for state in kind.states.values()}
    choose(ledger, "闲-001")
    assert layer.selectedFeatureCount() == 1
    ledger.table.clearSelection()
    layer.selectAll()
    assert ledger._chosen_ids() == [matter_by_number(register, "idle_land", "闲-001").id]
    choose(ledger, "闲-002")
    assert layer.selectedFeatureCount() == 0
    ledger.map_button.setChecked(False)
    assert ledger.map.layer is None


def test_a_site_on_the_ground_of_a_parcel_offers_itself_and_is_linked_where_the_user_agrees(app, ledger, qtbot, monkeypatch):
    register = app.session.register
    kind, frame = kind_named(register, "idle_land"), register.storage.frame("parcel")
    wkb = list(outlines(register, list(frame["shape_id"][:1])).values())[0]
    key = matter_by_number(register, "idle_land", "闲-001").id
    place_matter(register, key, wkb, None, on=days_ago(1))
    asked = []
    monkeypatch.setattr(app.asking, "agreed", lambda question: asked.append(str(question)) or len(asked) > 1)
    for _again in range(3):
        ledger.taking.offer_links(kind)
        settle(app, qtbot)
    assert len(asked) == 2 and "闲-001" in asked[0] and frame["DKBH"].iloc[0] in asked[0]
    assert [link.id for link in matter_by_number(register, "idle_land", "闲-001").links] == [frame["parcel_id"].iloc[0]]
