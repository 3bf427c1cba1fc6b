"""Help: every dialog has its page of the manual, every algorithm its place on the page of algorithms, and no network is asked."""
from __future__ import annotations

import ast
from pathlib import Path
from urllib.parse import urlparse

import pytest
from qgis.PyQt.QtWidgets import QDialog, QDialogButtonBox

from land_inspector import i18n
from land_inspector.processing.provider import LandInspectorProvider
from land_inspector.ui.widgets import dialogs
from tools import manual as source

UI = Path(dialogs.__file__).parents[1]
#: How a dialog gets its help: at its foot, or by F1 where it has no foot.
WAYS = {"deciding", "closing", "help_on_f1"}


@pytest.fixture
def opened(monkeypatch):
    urls = []
    monkeypatch.setattr(dialogs.QDesktopServices, "openUrl", lambda url: urls.append(url.toLocalFile()) or True)
    return urls


@pytest.fixture
def pages(tmp_path, monkeypatch, qgis_app):
    """The manual of this tree as it is now, not as it was when it was last built."""
    source.build(tmp_path)
    monkeypatch.setattr(i18n, "MANUAL", tmp_path)


def test_every_algorithm_has_its_place_on_the_page_of_algorithms(pages):
    provider = LandInspectorProvider()
    provider.loadAlgorithms()
    for algorithm in provider.algorithms():
        url = urlparse(algorithm.helpUrl())
        assert url.scheme == "file" and f'id="{url.fragment}"' in Path(url.path).read_text(encoding="utf-8"), algorithm.name()


@pytest.mark.parametrize("verb", ["Record", ""])
def test_the_foot_of_a_dialog_helps_decides_and_leaves(qtbot, opened, pages, verb):
    dialog = QDialog()
    qtbot.addWidget(dialog)
    buttons = dialogs.deciding(dialog, verb, "cases")
    button = buttons.button
    assert [button(one).text() for one in (QDialogButtonBox.StandardButton.Save, QDialogButtonBox.StandardButton.Cancel)] == [
        verb, "Leave it"]
    button(QDialogButtonBox.StandardButton.Help).click()
    assert opened == [str(i18n.manual_page("cases", "en"))]
    button(QDialogButtonBox.StandardButton.Save).click()
    assert dialog.result() == QDialog.DialogCode.Accepted


def test_a_page_that_is_not_there_is_the_first_page(opened, pages):
    assert dialogs.open_manual("no such page") and opened[0].endswith("first-county.html")


def test_every_dialog_of_the_source_has_help_and_names_a_page_that_there_is():
    pages = {source.name_of(page) for page in source.pages()}
    without, strange = [], []
    for path in sorted(UI.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and any(getattr(base, "id", "") == "QDialog" for base in node.bases):
                calls = [call for call in ast.walk(node) if isinstance(call, ast.Call) and getattr(call.func, "id", "") in WAYS]
                if not calls:
                    without.append(f"{path.name}: {node.name}")
                strange += [f"{path.name}: {argument.value}" for call in calls for argument in call.args[-1:]
                            if isinstance(argument, ast.Constant) and argument.value not in pages]
    assert without == [] and strange == []
