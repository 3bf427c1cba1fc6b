"""The office's zip for this machine, unpacked into a clean profile: the main job without any library of the project's own."""
from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import zipfile

import pytest

from tests.algorithms import patch_file, township_file
from tests.qgis.test_algorithms_everywhere import QGIS_PROCESS, _profile
from tools import office_zip

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
pytestmark = pytest.mark.skipif(QGIS_PROCESS is None or sys.platform != "linux" or PYTHON not in office_zip.PYTHONS,
                                reason="needs qgis_process on Linux and a Python that wheels are made for")


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """qgis_process as on an office's computer: a clean profile with the zip in it, and none of our environment."""
    home = tmp_path_factory.mktemp("office")
    made = office_zip.write_office_zip(home / "office.zip", f"manylinux_{platform.machine()}", PYTHON)
    profile = home / "profiles" / "default"
    with zipfile.ZipFile(made) as archive:
        archive.extractall(profile / "python" / "plugins")
    (profile / "QGIS").mkdir()
    (profile / "QGIS" / "QGIS3.ini").write_text("[PythonPlugins]\nland_inspector=true\n", encoding="utf-8")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV", "QGIS_"))}
    environment = {**kept, "QGIS_CUSTOM_CONFIG_PATH": str(home), "QT_QPA_PLATFORM": "offscreen", "LC_ALL": "C.UTF-8",
                   "PYTHONNOUSERSITE": "1"}

    def call(name, **parameters):
        options = [f"--{key}={value}" for key, value in parameters.items()]
        done = subprocess.run([QGIS_PROCESS, "--json", "run", f"land_inspector:{name}", *options], env=environment,
                              capture_output=True, text=True, timeout=1000)
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout[done.stdout.index("{"):])["results"]

    return call


def test_the_main_job_runs_from_the_zip_alone(office, tmp_path):
    register = tmp_path / "register.gpkg"
    office("create_register", OUTPUT=register, COUNTY_CODE="331082", COUNTY_NAME="演示县", TOWNSHIPS=township_file(tmp_path),
           CODE_FIELD="XZDM", NAME_FIELD="XZMC", STATION_FIELD="ZSDM")
    assert office("import_patches", REGISTER=register, INPUT=patch_file(tmp_path), BATCH="B1", YEAR=2026, MONTH=5,
                  ISSUED="2026-05-10")["IMPORTED"] == 6
    assert office("measure_evidence", REGISTER=register, BATCH="B1", PROFILE=_profile(tmp_path))["PARCELS"] == 6
    office("propose_verdicts", REGISTER=register, BATCH="B1")
    given = office("export_townships", REGISTER=register, BATCH="B1", FOLDER=tmp_path / "out")
    assert given and list((tmp_path / "out").rglob("*.gpkg"))
    assert office("verify_register", REGISTER=register)["BROKEN"] == 0
