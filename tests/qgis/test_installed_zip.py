"""The zip as an office gets it: unpacked into a fresh profile, switched on, and used from the command line."""
from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
import zipfile

import pytest

from tools import package

# Debian 12's wrapper script called qgis_process is broken; the program behind it is not
QGIS_PROCESS = shutil.which("qgis_process.bin") or shutil.which("qgis_process")


@pytest.fixture(scope="module")
def process(tmp_path_factory):
    """Runs qgis_process with a profile that knows only the unpacked zip."""
    profile = tmp_path_factory.mktemp("profile")
    plugins = profile / "profiles" / "default" / "python" / "plugins"
    with zipfile.ZipFile(package.write_zip(profile / "land_inspector.zip")) as archive:
        archive.extractall(plugins)
    environment = {**os.environ, "QGIS_CUSTOM_CONFIG_PATH": str(profile), "PYTHONPATH": sysconfig.get_path("purelib")}

    def run(*arguments: str) -> str:
        result = subprocess.run([QGIS_PROCESS, *arguments], env=environment, capture_output=True, text=True, timeout=900)
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    run("plugins", "enable", "land_inspector")
    return run


@pytest.mark.skipif(QGIS_PROCESS is None, reason="this QGIS comes without qgis_process")
def test_the_algorithms_of_the_installed_zip_can_be_called_from_the_command_line(process):
    listing = process("list")
    for algorithm in ("create_register", "import_patches"):
        assert f"land_inspector:{algorithm}" in listing


@pytest.mark.skipif(QGIS_PROCESS is None, reason="this QGIS comes without qgis_process")
def test_an_algorithm_explains_its_parameters(process):
    help_text = process("help", "land_inspector:create_register")
    assert "COUNTY_CODE" in help_text and "TOWNSHIPS" in help_text
