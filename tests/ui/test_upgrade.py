"""A register of an earlier format at the desktop: asked first, upgraded beside the window, then open; refused, it is as it was."""
from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from land_inspector.register.register import SCHEMA_VERSION
from land_inspector.register.upgrading import format_of
from tools.headless_plugin import provide

OLD = Path(__file__).parent.parent / "data" / "formats" / "1"


@pytest.fixture
def old(tmp_path):
    for beside in OLD.glob("county.*"):
        (shutil.copytree if beside.is_dir() else shutil.copy2)(beside, tmp_path / beside.name)
    return tmp_path / "county.gpkg"


def test_an_older_register_is_upgraded_once_the_user_agrees_and_then_opens(app, old, qtbot):
    provide()
    asked = []
    app.asking.agreed = lambda question: asked.append(question) or True
    with qtbot.waitSignal(app.session.read):
        app.commands.open_address(old)
    assert len(asked) == 1 and "county" in asked[0] and asked[0].verb
    assert app.session.register.address.name == "county" and format_of(old) == SCHEMA_VERSION
    assert format_of(old.with_name("county-format1.gpkg")) == 1


def test_an_older_register_is_left_as_it_is_where_the_user_does_not_want_it(app, old, qtbot):
    before = old.read_bytes()
    app.asking.agreed = lambda question: False
    app.commands.open_address(old)
    assert app.session.address is None and old.read_bytes() == before and format_of(old) == 1
