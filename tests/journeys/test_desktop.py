"""The real desktop in both languages: an inspector opens a register, filters, chooses, imports, undoes and leaves."""
from __future__ import annotations

import json
import os
import shutil
import subprocess
import sysconfig
from pathlib import Path
from typing import Dict, List, Tuple

import numpy as np
import pytest
import shapely
from osgeo import gdal, osr

from land_inspector.register import issuing, judging
from tests import factories
from tests.algorithms import FIELDS, write_layer
from tests.journeys.screen import PATIENCE_S, screen
from tools import package

HERE = Path(__file__).parent

pytestmark = pytest.mark.skipif(not (shutil.which("xvfb-run") and shutil.which("qgis")),
                                reason="needs the desktop and a virtual screen")


def make_register(folder: Path) -> None:
    """60 patches in three townships: 12 illegal, 10 other, the rest open."""
    towns = [factories.township(f"33108210{n}", name, (20 * n, 20 * n + 19)) for n, name in enumerate(("古城街道", "大洋街道", "江南街道"))]
    with factories.new_register(folder, towns) as register:
        patches = [factories.patch(f"T{n:03d}", factories.square(n, side=40 + n % 7), row=n, XZDM=towns[(n - 1) // 20].code,
                                   XZMC=towns[(n - 1) // 20].name) for n in range(1, 61)]
        issuing.issue_batch(register, factories.info(), factories.intake(patches))
        said = {"PDJL1": "2", "PDJL2": "201", "JSSJ": "2026-04-01", "WFLX": "01", "YDDW": "某公司"}
        illegal = [judging.Entry(f"T{n:03d}", said) for n in range(1, 13)]
        other = [judging.Entry(f"T{n:03d}", {"PDJL1": "3", "PDJL2": "301"}) for n in range(21, 31)]
        judged = judging.give_verdicts(register, "B1", [*illegal, *other])
        assert not judged.refused
    rows = [(shapely.box(*factories.square(n, 3).bounds), ["331082", f"S{n:03d}", "", "20260301", "20260601", 1600.0]) for n in range(5)]
    for name, grey in (("GF2_20260301", 90), ("GF2_20260420", 170)):
        make_image(folder / f"{name}.tif", grey)
    write_layer(folder / "second.gpkg", rows, {name: float if name == "JCMJ" else str for name in FIELDS})


def make_image(path: Path, grey: int) -> None:
    """A grey image over all patches."""
    raster = gdal.GetDriverByName("GTiff").Create(str(path), 700, 20)
    raster.SetGeoTransform((factories.X0 - 500, 10, 0, factories.Y0 + 150, 0, -10))
    system = osr.SpatialReference()
    system.SetFromUserInput(factories.CRS)
    raster.SetProjection(system.ExportToWkt())
    raster.GetRasterBand(1).WriteArray(np.linspace(grey - 50, grey + 50, 14000).reshape(20, 700))
    raster.FlushCache()


def run_desktop(home: Path, language: str, driver: str, size: Tuple[int, int] = (1400, 1080), theme: str = "", **environment: str) -> dict:
    """Start QGIS in the home's profile, fresh where there is none, let the driver play, hand back what it saw."""
    write_profile(home, language, theme)
    result = subprocess.run(command(home, driver, size), env=surroundings(home, **environment), capture_output=True, text=True,
                            timeout=PATIENCE_S)
    out = home / "seen.json"
    assert out.exists(), result.stdout[-2000:] + result.stderr[-2000:]
    seen = json.loads(out.read_text(encoding="utf-8"))
    assert "error" not in seen, seen["error"]
    return {**seen, "stderr": result.stderr}


def write_profile(home: Path, language: str, theme: str = "") -> None:
    """A user of this language (and QGIS theme) with the plugin switched on; what an earlier start left in the profile stays."""
    settings = home / "profiles" / "default" / "QGIS" / "QGIS3.ini"
    if settings.exists():
        return
    settings.parent.mkdir(parents=True)
    settings.write_text(f"[locale]\noverrideFlag=true\nuserLocale={language}\n"
                        "[PythonPlugins]\nprocessing=true\nland_inspector=true\n"
                        "[app]\naskToSaveMemoryLayers=false\n[land_inspector]\nactor=inspector\n"
                        "[qgis]\ncheckVersion=false\nshowTips=false\naskToSaveProjectChanges=false\n", encoding="utf-8")
    if theme:
        settings.write_text(settings.read_text(encoding="utf-8") + f"[UI]\nUITheme={theme}\n", encoding="utf-8")
    package.link_folder(home / "profiles" / "default" / "python" / "plugins" / "land_inspector")


def surroundings(home: Path, **environment: str) -> Dict[str, str]:
    """The environment in which QGIS starts: its home, our libraries, and what the driver asks for."""
    paths = os.pathsep.join([os.environ.get("PYTHONPATH", ""), sysconfig.get_path("purelib")])
    return {**os.environ, "LI_HOME": str(home), "LI_TREE": str(HERE.parents[1]), "PYTHONPATH": paths, "QT_QPA_PLATFORM": "xcb",
            **environment}


def command(home: Path, driver: str, size: Tuple[int, int] = (1400, 1080)) -> List[str]:
    return [*screen(*size), "qgis", "--nologo", "--noversioncheck", "--profiles-path", str(home), "--profile", "default",
            "--code", str(HERE / driver)]


@pytest.fixture(scope="module", params=["zh-Hans", "en"])
def seen(request, tmp_path_factory):
    home = tmp_path_factory.mktemp("journey")
    make_register(home)
    return {**run_desktop(home, request.param, "drive_desktop.py", LI_SEARCH="T042"), "language": request.param}


def test_the_register_opens_with_its_batch_counts_and_layers(seen):
    assert "60" in seen["batch"] and "22" in seen["progress"] and "60" in seen["progress"]
    assert seen["layers"] == ["parcel_map", "photo_map", "township"]


def test_a_filter_shows_what_its_count_promised_and_leaves_the_map_alone(seen):
    assert seen["found"] == "T042" and seen["moved by filter"] is False
    assert seen["illegal"] == 12 and "12" in seen["illegal as counted"]


def test_choosing_by_key_outlines_the_parcel_and_moves_the_map(seen):
    assert seen["chosen"] == "T002" and seen["outlined"] and seen["moved by choice"]


def test_a_key_judges_while_the_map_has_the_focus_and_the_next_parcel_comes_up(seen):
    assert seen["judged"] == 23
    assert seen["then"] == ["T013", "T014"]


def test_a_number_is_gone_to_by_key(seen):
    assert seen["gone to"] == "T042"


def test_the_images_before_and_after_come_by_key_and_the_map_comes_back(seen):
    assert seen["before"].endswith("GF2_20260301") and "GF2_20260420" in seen["after"]
    assert "2026-05-01" in seen["said of the image"] and seen["map is back"]


def test_what_was_undone_is_redone_from_the_dock(seen):
    assert seen["redone"] == 23


def test_picking_on_the_map_selects_in_the_list_and_leaves_the_map_alone(seen):
    assert seen["picked"] == 3 and seen["moved by picking"] is False


def test_an_import_from_the_menu_comes_in_and_can_be_undone_from_the_dock(seen):
    assert seen["register is filled in"].endswith("register.gpkg")
    assert ("导入批次" if seen["language"] == "zh-Hans" else "import of a batch") in seen["to undo"]
    assert "60" in seen["undone"]


def test_the_list_of_results_comes_up_behind_the_dock(seen):
    assert seen["dock in front"]


def test_the_dock_can_be_320_pixels_wide(seen):
    assert seen["width"] <= 320


def test_leaving_takes_layers_groups_and_outlines_along(seen):
    assert seen["stopped"] is True
    assert (seen["layers left"], seen["groups left"], seen["outlines left"]) == ([], [], 0)


def test_python_complains_of_nothing(seen):
    assert "Traceback" not in seen["stderr"] and "Error" not in seen["stderr"]
