"""The real desktop under a virtual screen: the plugin comes, shows itself, and goes without a trace."""
from __future__ import annotations

import json
import os
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest

from tests.journeys.screen import PATIENCE_S, screen
from tools import package

DRIVER = Path(__file__).with_name("desktop_driver.py")

pytestmark = pytest.mark.skipif(not (shutil.which("xvfb-run") and shutil.which("qgis")),
                                reason="needs the desktop and a virtual screen")


@pytest.fixture(scope="module", params=["zh-Hans", "en"])
def seen(request, tmp_path_factory):
    """What the driver saw, in a fresh profile of each language."""
    home = tmp_path_factory.mktemp("desktop")
    settings = home / "profiles" / "default" / "QGIS" / "QGIS3.ini"
    settings.parent.mkdir(parents=True)
    settings.write_text(f"[locale]\noverrideFlag=true\nuserLocale={request.param}\n"
                        "[PythonPlugins]\nprocessing=true\nland_inspector=false\n"
                        "[qgis]\ncheckVersion=false\nshowTips=false\naskToSaveProjectChanges=false\n",
                        encoding="utf-8")
    package.link_folder(home / "profiles" / "default" / "python" / "plugins" / "land_inspector")
    out = home / "seen.json"
    environment = {**os.environ, "SEEN": str(out), "PYTHONPATH": sysconfig.get_path("purelib"), "QT_QPA_PLATFORM": "xcb"}
    command = [*screen(1400, 900), "qgis", "--nologo", "--noversioncheck", "--profiles-path", str(home), "--profile", "default",
               "--code", str(DRIVER)]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE_S)
    assert out.exists(), result.stdout[-2000:] + result.stderr[-2000:]
    seen = json.loads(out.read_text(encoding="utf-8"))
    assert "error" not in seen, seen["error"]
    return {**seen, "language": request.param, "errors": result.stderr}


def test_the_plugin_starts_and_shows_its_dock_in_the_users_language(seen):
    assert seen["started"] is True
    assert ("卫片执法" if seen["language"] == "zh-Hans" else "Land Inspector") in " ".join(seen["docks"])


def test_its_algorithms_are_in_the_toolbox_while_it_runs(seen):
    assert "provider land_inspector" in seen["during"]


def test_when_it_goes_it_leaves_nothing_behind(seen):
    assert seen["stopped"] is True
    left = list(seen["after"])
    for thing in seen["before"]:
        if thing in left:
            left.remove(thing)
    assert left == []


def test_it_can_be_switched_on_again(seen):
    assert seen["started_again"] is True


def test_python_complains_of_nothing(seen):
    assert "Traceback" not in seen["errors"] and "Error" not in seen["errors"]
