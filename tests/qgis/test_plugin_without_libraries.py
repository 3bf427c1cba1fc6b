"""An office's QGIS without pandas or shapely 2: the plugin loads, says what to install, and keeps what QGIS alone can do."""
from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from qgis.core import QgsApplication
from qgis.PyQt.QtWidgets import QApplication, QPushButton

from land_inspector import classFactory
from land_inspector.ui.shell.missing_libraries import MissingLibrariesDialog

ROOT = Path(__file__).resolve().parents[2]


def providers():
    return sorted(provider.id() for provider in QgsApplication.processingRegistry().providers())


@pytest.fixture(params=["pandas", "shapely", "openpyxl"])
def missing(request, monkeypatch):
    monkeypatch.setitem(sys.modules, request.param, None)
    return request.param


@pytest.fixture
def plugin(missing, qgis_iface):
    plugin = classFactory(qgis_iface)
    plugin.initGui()
    yield plugin
    plugin.unload()


def test_the_message_bar_names_the_library_until_the_plugin_goes(missing, qgis_iface):
    plugin = classFactory(qgis_iface)
    plugin.initGui()
    assert any(f"{missing} is not installed" in item.text() for item in qgis_iface.messageBar().items())
    plugin.unload()
    assert not any(missing in item.text() for item in qgis_iface.messageBar().items())


ALONE = """
import sys
sys.modules[{missing!r}] = None
from qgis.core import QgsApplication
application = QgsApplication([], False)
application.initQgis()
from land_inspector import classFactory
plugin, registry = classFactory(None), QgsApplication.processingRegistry()
plugin.initProcessing()
print(*sorted(algorithm.name() for algorithm in registry.providerById("land_inspector").algorithms()))
plugin.unload()
print(registry.providerById("land_inspector"))
"""


def test_only_the_measuring_that_qgis_can_do_alone_is_registered(missing):
    done = subprocess.run([sys.executable, "-c", ALONE.format(missing=missing)], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.split("\n")[:2] == ["measure_classes measure_overlap", "None"], done.stderr


def test_the_measuring_loads_where_no_library_is_installed():
    hide = "import sys\nfor name in ('pandas', 'shapely', 'openpyxl'): sys.modules[name] = None\n"
    done = subprocess.run([sys.executable, "-c", hide + "import land_inspector.processing.measuring"], cwd=ROOT,
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_button_in_the_message_opens_text_that_can_be_copied(plugin, missing, qgis_iface):
    item = next(item for item in qgis_iface.messageBar().items() if missing in item.text())
    item.findChild(QPushButton).click()
    (dialog,) = [dialog for dialog in qgis_iface.mainWindow().findChildren(MissingLibrariesDialog) if dialog.isVisible()]
    assert dialog.text.isReadOnly()
    next(button for button in dialog.findChildren(QPushButton) if button.text() == "Copy all").click()
    copied = QApplication.clipboard().text()
    assert f"{missing} is not installed" in copied
    assert "pip download" in copied and "--no-index" in copied
    dialog.close()


def test_the_modules_that_load_first_need_none_of_the_libraries():
    hide = "; ".join(f"sys.modules[{name!r}] = None" for name in ("pandas", "shapely", "openpyxl", "numpy"))
    code = f"import sys; {hide}; import land_inspector.plugin, land_inspector.ui.shell.missing_libraries"
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert result.returncode == 0, result.stderr
