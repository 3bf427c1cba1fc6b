"""Dossiers from the desktop: of the chosen parcel, beside the register, in the background; the menu opens the algorithms."""
from __future__ import annotations

from datetime import date

import pytest

from land_inspector.exchange.dossiers import code_of
from land_inspector.ui.board.dossiers import DossierFeature
from qgis.PyQt.QtGui import QDesktopServices
from tests.ui.test_marks import choose
from tools.headless_plugin import provide


@pytest.fixture
def feature(app):
    return next(one for one in app.features if isinstance(one, DossierFeature))


def test_the_dossier_of_the_chosen_parcel_is_written_and_opened(app, page, path, feature, qtbot, monkeypatch):
    provide()
    opened = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    choose(page, "T005")
    with qtbot.waitSignal(app.jobs.ended):
        feature.of_chosen()
    qtbot.waitUntil(lambda: bool(opened))
    file = path.parent / "Dossiers" / "T005.pdf"
    assert opened == [str(file)] and code_of(file)
    choose(page, "T005", "T006")
    with qtbot.waitSignal(app.jobs.ended):
        feature.of_chosen()
    assert len(opened) == 1 and sorted(one.name for one in file.parent.iterdir()) == ["T005.pdf", "T006.pdf"]


def test_each_entry_opens_its_algorithm_with_what_is_known(page, feature, monkeypatch, path):
    asked = []
    monkeypatch.setattr(feature._place.jobs, "open_dialog", lambda name, known, title: asked.append((name, known)))
    for entry in feature.entries()[1:]:
        entry.command()
    assert [name for name, _known in asked] == ["write_dossiers", "check_dossier", "evidence_maps", "pack_photos", "write_bulletin"]
    assert all(known["REGISTER"] == str(path) for _name, known in asked)
    assert "BATCH" in asked[0][1] and "BATCH" not in asked[1][1]


def test_the_bulletin_is_asked_for_from_the_board_too(app, feature, monkeypatch):
    asked = []
    monkeypatch.setattr(app.jobs, "open_dialog", lambda name, known, title: asked.append((name, known["YEAR"])))
    action = next(one for one in app.board.page.more.menu().actions() if one.text() == "Bulletin…")
    action.trigger()
    assert asked == [("write_bulletin", date.today().year)]
