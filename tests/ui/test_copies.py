"""The page of copies: what is in dispute is settled by keyboard, packages are listed, a shared register works on its own copy."""
from __future__ import annotations

import shutil
from datetime import timedelta

import pytest
from qgis.core import QgsProject
from qgis.PyQt.QtCore import Qt

from land_inspector.errors import InputError
from land_inspector.exchange import shared_folder
from land_inspector.exchange.self_check import SelfCheck
from land_inspector.register.merging import merge_registers
from land_inspector.register.sealing import OriginBook
from land_inspector.register.packages import record_given
from land_inspector.register.register import Register
from land_inspector.register.second_opinion import begin, choose, give
from land_inspector.register.verifying import backup
from tests.factories import judge
from tests.ui.desktop import let_go


def settled(app, qtbot):
    qtbot.waitUntil(lambda: not app.worker._running)
    let_go()


@pytest.fixture
def copies(app, page, path, tmp_path, qtbot):
    """The page in front, after a merge that brought a conflict over T005."""
    register = app.session.register
    backup(register, tmp_path / "other.gpkg")
    judge(register, {"T005": "1"}, by="甲")
    with Register.open(tmp_path / "other.gpkg", origins=OriginBook()) as other:
        judge(other, {"T005": "2"}, by="乙")
        merge_registers(register, other)
    record_given(register, {"package": "p1", "what": "review", "townships": ["331082100"], "stations": [], "batch": "B1",
                            "file": "古城.zip", "rows": {"parcels": 12}, "digest": "d"}, to="李四", by="甲")
    app._iface.window.resize(900, 1000)
    app._iface.window.show()
    app.copies.show()
    settled(app, qtbot)
    return app.copies.page


def row_of(page, text):
    return next(number for number, line in enumerate(page.shown_texts()) if text in line and line[0] in "●○")


def test_a_conflict_shows_both_and_is_settled_by_keyboard_and_undone(app, copies, qtbot):
    texts = "\n".join(copies.shown_texts())
    assert "甲" in texts and "乙" in texts and "T005" in texts and "counts now" in texts and "fields are in dispute" in copies.said.text()
    assert not copies._buttons["settle"].isEnabled()
    copies.lines.setCurrentRow(row_of(copies, "甲"))
    qtbot.keyClick(copies.lines, Qt.Key.Key_Return)
    assert len(copies.chosen) > 1 and set(copies.chosen.values()) == {next(iter(copies.chosen.values()))}
    app.asking.text = lambda question: "现场核实"
    with qtbot.waitSignal(app.session.read):
        copies._buttons["settle"].click()
    settled(app, qtbot)
    assert app.session.register.parcels().set_index("DKBH").loc["T005", "PDJL1"] == "1"
    assert copies.said.text() == "Nothing is in dispute." and copies.lines.count() == 0
    app.commands.undo()
    qtbot.waitUntil(lambda: app.session.register.parcels().set_index("DKBH").loc["T005", "PDJL1"] == "2")
    qtbot.waitUntil(lambda: copies.lines.count() > 0)
    settled(app, qtbot)


def test_without_a_reason_nothing_happens_and_packages_are_listed(app, copies, qtbot):
    copies.lines.setCurrentRow(row_of(copies, "甲"))
    qtbot.keyClick(copies.lines, Qt.Key.Key_Return)
    app.asking.text = lambda question: ""
    before = app.session.register.seal().code
    copies._buttons["settle"].click()
    assert app.session.register.seal().code == before
    copies.go_to("packages")
    assert "李四" in "\n".join(copies.shown_texts()) and "not back yet: 1" in copies.said.text()
    assert copies._buttons["give"].isVisibleTo(copies) and not copies._buttons["settle"].isVisibleTo(copies)
    copies.go_to("copies")
    assert "not shared" in copies.said.text()


def test_the_page_fits_into_a_narrow_dock(copies):
    assert copies.minimumSizeHint().width() <= 320


def test_a_register_on_a_share_is_opened_as_a_copy_and_exchanges_by_itself(app, path, tmp_path, qtbot, monkeypatch):
    share = tmp_path / "share"
    share.mkdir()
    shutil.copy2(path, share / "county.gpkg")
    from land_inspector.ui.shell import commands

    monkeypatch.setattr(shared_folder, "is_on_network", lambda place: "share" in str(place) and "profile" not in str(place))
    monkeypatch.setattr(commands, "origins_file", lambda: tmp_path / "profile" / "origins.json")
    with qtbot.waitSignal(app.session.read):
        app.commands.open_address(share / "county.gpkg")
    settled(app, qtbot)
    qtbot.waitUntil(lambda: (share / "county_exchange").is_dir() and bool(list((share / "county_exchange").rglob("*.lic"))))
    settled(app, qtbot)
    assert (tmp_path / "profile") in app.session.address.path.parents
    assert not list(share.glob("*.gpkg-*"))
    app.copies.exchange()
    settled(app, qtbot)
    app.copies.page.go_to("copies")
    assert "county_exchange" in app.copies.page.said.text()


def test_second_opinions_are_shown_by_weight_and_decided_with_a_reason(app, copies, qtbot):
    register = app.session.register
    asked = choose(register, "B1", labels=["T001"])
    begin(register, asked, by="甲")
    give(register, asked.id, next(iter(asked.parcels)), "3", "301", reason="影像为设施农用地", by="丁")
    app.copies.show_opinions()
    app.copies.page.refresh()
    settled(app, qtbot)
    texts = "\n".join(copies.shown_texts())
    assert "0 of 1 agree" in copies.said.text() and "设施农用地" in texts and "T001" in texts
    copies.lines.setCurrentRow(next(n for n, line in enumerate(copies.shown_texts()) if "Second opinion" in line))
    qtbot.keyClick(copies.lines, Qt.Key.Key_Return)
    app.asking.text = lambda question: "复核影像"
    with qtbot.waitSignal(app.session.read):
        copies._buttons["decide"].click()
    settled(app, qtbot)
    assert register.parcels().set_index("DKBH").loc["T001", "PDJL1"] == "3"
    assert "复核影像" in "\n".join(copies.shown_texts()) and not copies._buttons["decide"].isEnabled()


def test_a_self_check_shows_no_verdict_and_its_result_to_nobody_else(app, copies, qtbot, tmp_path, monkeypatch):
    from land_inspector.ui.copies import feature

    monkeypatch.setattr(feature, "origins_file", lambda: tmp_path / "profile" / "origins.json")
    register = app.session.register
    check = SelfCheck(tmp_path / "profile" / "self_check.json", register.meta["register_id"])
    me = register.name_of(next(e.actor for e in register.storage.events_of_kind("verdict_given")))
    with pytest.raises(InputError, match="days old"):
        check.draw(register, me)
    assert check.draw(register, me, size=3, seed=1, old_enough=timedelta(0)) == 3
    before = register.seal().code
    app.copies.check_oneself()
    dialog = app.copies.dialog
    layer = app.layers.find(app.session.address, "parcel_map")
    assert not QgsProject.instance().layerTreeRoot().findLayer(layer.id()).itemVisibilityChecked()
    assert "3 still to judge" in dialog.said.text() and "illegal" not in dialog.said.text().lower()
    for key in (Qt.Key.Key_2, Qt.Key.Key_2, Qt.Key.Key_1):
        qtbot.keyClick(dialog, key)
    assert "of 3 agree" in dialog.said.text() and "Only you see this" in dialog.said.text()
    dialog.close()
    let_go()
    assert QgsProject.instance().layerTreeRoot().findLayer(layer.id()).itemVisibilityChecked()
    assert register.seal().code == before and (tmp_path / "profile" / "self_check.json").stat().st_mode & 0o077 == 0
