"""The zip for an office without a network: what is taken into it, whom it suits, and whose libraries win."""
from __future__ import annotations

import importlib
import json
import platform
import sys
import zipfile
from types import SimpleNamespace

import pytest

from land_inspector import dependencies
from land_inspector.dependencies import LIBRARIES_FOLDER, MANIFEST, Library, use_brought_libraries
from tools import office_zip

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
MACHINE = f"manylinux_{platform.machine()}"


def make_wheel(folder, name, files, version="2.0", licence=True):
    """A wheel with these files; ``licence`` says whether it brings its licence's text."""
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name}-{version}.dist-info/METADATA", f"Name: {name}\nVersion: {version}\nLicense-Expression: MIT\n\nText")
        if licence:
            archive.writestr(f"{name}-{version}.dist-info/licenses/LICENSE.txt", "MIT")
        for file, text in files.items():
            archive.writestr(file, text)
    return path


@pytest.fixture
def pip(monkeypatch):
    """Stands in for pip at the edge of the machine: ``pip.brings`` is what it lays into the folder it is given."""
    stand_in = SimpleNamespace(brings=[], asked=None)

    def run(command, check):
        stand_in.asked = command
        folder = office_zip.Path(command[command.index("--dest") + 1])
        for name, files, licence in stand_in.brings:
            make_wheel(folder, name, files, licence=licence)
        return SimpleNamespace(returncode=0 if stand_in.brings else 1)

    monkeypatch.setattr(office_zip.subprocess, "run", run)
    return stand_in


def test_the_zip_is_the_portals_zip_with_the_wheels_in_a_folder_of_their_own(tmp_path, pip):
    pip.brings = [("cadastre", {"cadastre/__init__.py": "x = 1", "cadastre/tests/test_x.py": ""}, True),
                  ("numpy", {"numpy/__init__.py": ""}, True)]
    made = office_zip.write_office_zip(tmp_path / "office.zip", "win_amd64", "3.9")
    again = office_zip.write_office_zip(tmp_path / "again.zip", "win_amd64", "3.9")
    assert made.read_bytes() == again.read_bytes()
    with zipfile.ZipFile(made) as archive:
        names = archive.namelist()
        told = json.loads(archive.read(f"land_inspector/{LIBRARIES_FOLDER}/{MANIFEST}"))
    brought = [name for name in names if name.startswith(f"land_inspector/{LIBRARIES_FOLDER}/")]
    assert "land_inspector/plugin.py" in names and f"land_inspector/{LIBRARIES_FOLDER}/cadastre/__init__.py" in brought
    assert not [name for name in brought if "numpy" in name or "/tests/" in name]
    assert (told["platform"], told["python"]) == ("win_amd64", "3.9")
    (library,) = told["libraries"]
    assert library["licence"] == "MIT" and f"land_inspector/{LIBRARIES_FOLDER}/{library['licence_files'][0]}" in names
    assert "--platform win_amd64 --python-version 3.9" in " ".join(pip.asked) and "--only-binary=:all:" in pip.asked


def test_a_wheel_without_its_licence_is_not_given_on(tmp_path, pip):
    pip.brings = [("cadastre", {"cadastre/__init__.py": ""}, False)]
    with pytest.raises(SystemExit, match="licence text in the wheel of cadastre"):
        office_zip.write_office_zip(tmp_path / "office.zip", "win_amd64", "3.9")


def test_where_pip_finds_nothing_it_is_said_and_no_zip_is_left(tmp_path, pip):
    with pytest.raises(SystemExit, match="no wheels for manylinux_aarch64 and Python 3.13"):
        office_zip.write_office_zip(tmp_path / "office.zip", "manylinux_aarch64", "3.13")
    assert not list(tmp_path.iterdir())


@pytest.fixture
def office(tmp_path, monkeypatch):
    """The plugin's folder with libraries in it: cadastre 2 (``cadastre.whose`` says "ours") for this machine."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    monkeypatch.delitem(sys.modules, "cadastre", raising=False)
    brought = tmp_path / "plugin" / LIBRARIES_FOLDER
    lay(brought, "2.0", "ours")
    made_for(brought, MACHINE, HERE)
    yield tmp_path / "plugin"
    sys.modules.pop("cadastre", None)


def lay(folder, version, whose):
    """An installed library."""
    (folder / "cadastre").mkdir(parents=True)
    (folder / "cadastre" / "__init__.py").write_text(f"whose = {whose!r}\n__version__ = {version!r}\n", encoding="utf-8")
    (folder / f"cadastre-{version}.dist-info").mkdir()
    (folder / f"cadastre-{version}.dist-info" / "METADATA").write_text(f"Name: cadastre\nVersion: {version}\n", encoding="utf-8")


def made_for(brought, platform_name, python):
    (brought / MANIFEST).write_text(json.dumps({"platform": platform_name, "python": python, "libraries": []}), encoding="utf-8")


CADASTRE = (Library("cadastre", (2,), "cadastre>=2", "whose"),)
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="the folder of the fixture is made for Linux")


@linux_only
@pytest.mark.parametrize(("found", "wins"), [(None, "ours"), ("1.9", "ours"), ("2.0", "QGIS's"), ("3.1", "QGIS's")])
def test_a_library_of_qgis_wins_where_it_is_new_enough(office, tmp_path, monkeypatch, found, wins):
    if found:
        lay(tmp_path / "qgis", found, "QGIS's")
        monkeypatch.syspath_prepend(str(tmp_path / "qgis"))
    assert use_brought_libraries(office, CADASTRE) is None
    assert importlib.import_module("cadastre").whose == wins


@linux_only
def test_a_library_that_another_plugin_has_loaded_is_left_alone(office, monkeypatch):
    loaded = SimpleNamespace(whose="another plugin's")
    monkeypatch.setitem(sys.modules, "cadastre", loaded)
    assert use_brought_libraries(office, CADASTRE) is None
    assert importlib.import_module("cadastre") is loaded


@linux_only
def test_loading_the_plugin_again_changes_nothing(office):
    for _ in range(3):
        use_brought_libraries(office, CADASTRE)
    assert sys.path.count(str(office / LIBRARIES_FOLDER)) == 1
    assert sum(isinstance(finder, dependencies._Brought) for finder in sys.meta_path) == 1


@linux_only
@pytest.mark.parametrize(("platform_name", "python"), [("win_amd64", HERE), ("manylinux_riscv64", HERE), (MACHINE, "3.8")])
def test_a_zip_made_for_another_machine_is_not_used_and_the_reason_is_said(office, platform_name, python):
    made_for(office / LIBRARIES_FOLDER, platform_name, python)
    reason = use_brought_libraries(office, CADASTRE)
    assert platform_name in str(reason) and python in str(reason) and HERE in str(reason)
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("cadastre")


def test_without_such_a_folder_nothing_happens(tmp_path):
    assert use_brought_libraries(tmp_path) is None
