"""The page of patrols with a register behind it: the month, the log by keyboard, findings on the map, what follows on them."""
from __future__ import annotations

from datetime import date, datetime, time, timedelta

import numpy as np
import pytest
from qgis.core import QgsCoordinateReferenceSystem, QgsProject, QgsRectangle
from qgis.PyQt.QtCore import QPoint, Qt
from qgis.PyQt.QtWidgets import QMenu

from land_inspector.exchange.tracks.giving import give_tracks, track_gpx
from land_inspector.exchange.tracks.reading import read_track
from land_inspector.exchange.tracks.shifts import WGS84
from land_inspector.exchange.tracks.track_file import BEIJING, Segment
from land_inspector.register import patrolling
from land_inspector.register.patrolling import Log, Seen
from tests.factories import CRS, X0, Y0
from tests.ui.desktop import let_go

TODAY = date.today()


def settle(app, qtbot):
    qtbot.waitUntil(lambda: not app.worker._running)
    let_go()


@pytest.fixture
def patrols(app, page, qtbot):
    """The page in front: one valid patrol today, one that does not count, one planned, a finding."""
    register = app.session.register
    station = register.townships()["ZSDM"].iloc[0]
    day = TODAY.isoformat()
    patrolling.log_patrol(register, Log(station, day, "8:30", "11:00", ("王某", "李某"), route="东线"))
    patrolling.log_patrol(register, Log(station, day, "14:00", "16:00", ("王某",), route="西线"))
    patrolling.plan_patrol(register, Log(station, (TODAY + timedelta(days=1)).isoformat(), route="南线"))
    place = patrolling.in_degrees(register, [(X0 + 120.0, Y0 + 20.0)])[0]
    patrolling.mark_finding(register, Seen(station, (TODAY - timedelta(days=30)).isoformat(), place, project="厂房", area_m2=900.0))
    app._iface.window.resize(900, 1000)
    app._iface.window.show()
    app.patrol.show_page()
    settle(app, qtbot)
    app.patrol.page.refresh()
    settle(app, qtbot)
    return app.patrol.page


def entries(fill):
    menu = QMenu()
    fill(menu)
    return {entry.text(): entry for entry in menu.actions() if entry.text()}, menu


def test_the_month_says_what_counts_what_does_not_and_what_is_missing(patrols):
    view = patrols.view
    left = "the last day" if view.days_left == 1 else "days left"
    assert "required 8 · valid 1 · short 7" in patrols.standing.text() and left in patrols.standing.text()
    assert patrols.month.chosen_day() == TODAY and patrols.log_list.topLevelItemCount() == 2
    texts = [patrols.log_list.topLevelItem(n).text(0) for n in range(2)]
    assert texts[0].startswith("✓") and texts[1].startswith("✗") and "at least 2" in texts[1]
    assert "✓ ✗" in patrols.month.currentItem().text()
    (row,) = view.findings
    assert patrols.found.topLevelItem(0).text(2) == "!!" and row.XMMC == "厂房"
    patrols.found.setCurrentItem(patrols.found.topLevelItem(0))
    assert "terms have passed" in patrols.told.text()
    assert any("(1)" in patrols.lists.itemText(n) for n in range(1, 4))


def test_a_log_is_entered_by_keyboard_alone_and_a_second_officer_is_asked_for_once(app, patrols, qtbot):
    patrols.month.setFocus()
    qtbot.keyClick(patrols.month, Qt.Key.Key_Left if TODAY.day > 1 else Qt.Key.Key_Right)
    day = patrols.month.chosen_day()
    if day > TODAY:
        pytest.skip("the first of a month: yesterday lies in another one")
    qtbot.keyClick(patrols.month, Qt.Key.Key_Return)
    form = patrols.acts.form
    assert form is not None and form.on == day
    form.row("officers").editor.field.setText("王某")
    form.row("route").editor.field.setText("北线")
    form.try_to_save()
    assert patrols.acts.form is form and "two officers" in form.faults["officers"].text()
    form.row("officers").editor.field.setText("王某、李某")
    form.try_to_save()
    settle(app, qtbot)
    logged = [one for one in patrolling.patrols(app.session.register) if one.XCRQ == day.isoformat() and one.logged]
    assert [one.XCLX for one in logged] == ["北线"] and "valid 2" in patrols.standing.text()
    app.commands.undo()
    settle(app, qtbot)
    assert "valid 1" in patrols.standing.text()


def test_a_finding_is_marked_on_the_map_by_a_click_and_by_an_outline(app, patrols, qtbot):
    canvas = app._iface.mapCanvas()
    QgsProject.instance().setCrs(QgsCoordinateReferenceSystem(CRS))
    canvas.setDestinationCrs(QgsCoordinateReferenceSystem(CRS))
    canvas.resize(400, 400)
    canvas.setExtent(QgsRectangle(X0 + 150.0, Y0 - 50.0, X0 + 290.0, Y0 + 90.0))
    for draws, corners in ((False, [(200, 200)]), (True, [(150, 150), (250, 150), (250, 250)])):
        patrols.acts.mark_on_map(patrols.view, None, draws)
        tool = canvas.mapTool()
        for x, y in corners:
            qtbot.mouseClick(canvas.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(x, y))
        if draws:
            qtbot.keyClick(canvas, Qt.Key.Key_Return)
        form = patrols.acts.form
        assert form is not None and canvas.mapTool() is not tool
        form.row("XMMC").editor.field.setText("画" if draws else "点")
        form.try_to_save()
        assert patrols.acts.form is None, form.wrong.text()
        settle(app, qtbot)
    rows = {row.XMMC: row for row in patrolling.findings(app.session.register)}
    assert rows["点"].lon == pytest.approx(rows["厂房"].lon, abs=0.01) and rows["画"].shape_id and rows["画"].ZDMJ > 100


def test_what_followed_is_recorded_and_a_finding_becomes_a_parcel_with_its_case(app, patrols, qtbot, monkeypatch):
    patrols.found.setCurrentItem(patrols.found.topLevelItem(0))
    patrols.act()
    form = patrols.acts.form
    form.row("act").editor.field.setCurrentIndex(form.row("act").editor.field.findData("stop_order"))
    form.try_to_save()
    settle(app, qtbot)
    assert "Stop order given" in patrols.told.text()
    monkeypatch.setattr(app.asking, "agreed", lambda question: True)
    row = patrols.chosen_finding()
    patrols.acts.file(row)
    settle(app, qtbot)
    assert "XC" in patrols.told.text() and app.session.register.batches().iloc[-1]["LY"] == "05"
    found, _menu = entries(patrols._finding_menu)
    assert any(text.startswith("Go to parcel") for text in found)


def test_tracks_and_findings_come_onto_the_map_and_leave_nothing_behind(app, patrols, qtbot, tmp_path):
    lon, lat = map(np.array, zip(*patrolling.in_degrees(app.session.register, [(X0 + 20.0 * n, Y0 - 10.0) for n in range(30)])))
    begun = datetime.combine(TODAY, time(9)).astimezone(BEIJING).timestamp()
    (tmp_path / "a.gpx").write_bytes(track_gpx(Segment(lon, lat, begun + 20.0 * np.arange(30), 1)))
    one = read_track(tmp_path / "a.gpx", TODAY + timedelta(days=1))
    (patrol,) = [row.id for row in patrols.view.patrols if row.XCLX == "东线"]
    assert give_tracks(app.session.register, [one], {one.sha256: (WGS84, "file")}, patrol=patrol)[0].is_recorded
    before = set(QgsProject.instance().mapLayers())
    patrols.acts.toggle_map()
    settle(app, qtbot)
    shown = [layer for key, layer in QgsProject.instance().mapLayers().items() if key not in before]
    assert [layer.featureCount() for layer in shown] == [1, 1]
    app.unload()
    let_go()
    assert not any("patrol" in layer.name().lower() for layer in QgsProject.instance().mapLayers().values())


def test_the_page_fits_320_pixels(app, patrols, qtbot):
    assert patrols.minimumSizeHint().width() <= 320
