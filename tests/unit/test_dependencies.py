from __future__ import annotations

import sys
from types import ModuleType

import pytest

from land_inspector import dependencies
from land_inspector.dependencies import Library, instructions, lacking, version_numbers


@pytest.fixture
def library(monkeypatch):
    """Makes a library of a given version importable."""

    def install(version: str, minimum=(2,)) -> Library:
        module = ModuleType("cadastre_tools")
        module.__version__ = version
        monkeypatch.setitem(sys.modules, "cadastre_tools", module)
        return Library("cadastre_tools", minimum, "cadastre_tools>=2", "split_parcel")

    return install


def test_nothing_is_lacking_where_the_tests_run():
    assert lacking() == []


@pytest.mark.parametrize("name", [library.name for library in dependencies.LIBRARIES])
def test_a_hidden_library_is_named_with_the_version_that_is_needed(monkeypatch, name):
    monkeypatch.setitem(sys.modules, name, None)
    (lack,) = lacking()
    assert lack.library.name == name
    assert f"{name} is not installed" in str(lack.reason)


@pytest.mark.parametrize("version", ["2", "2.0", "2.0.7", "2.1rc1", "10.0", "2.1.2+dfsg-1"])
def test_a_version_that_is_new_enough_is_taken(library, version):
    assert lacking([library(version)]) == []


@pytest.mark.parametrize(("version", "minimum"), [("1.8.5", (2,)), ("1.9.9", (1, 10)), ("0.99", (2,))])
def test_an_old_version_is_too_old_and_versions_compare_as_numbers(library, version, minimum):
    (lack,) = lacking([library(version, minimum)])
    assert f"{version} is too old" in str(lack.reason)


def test_a_build_that_does_not_know_its_version_is_judged_by_what_it_can_do(library):
    nameless = library("0+unknown")  # as Debian's shapely 2.2 calls itself
    assert [lack.library for lack in lacking([nameless])] == [nameless]
    sys.modules["cadastre_tools"].split_parcel = None
    assert lacking([nameless]) == []


def test_a_library_that_breaks_while_it_loads_is_reported_and_not_raised(tmp_path, monkeypatch):
    (tmp_path / "cadastre_broken.py").write_text("raise ValueError('numpy.dtype size changed')", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    (lack,) = lacking([Library("cadastre_broken", (1,), "cadastre_broken", "anything")])
    assert "cannot be loaded: numpy.dtype size changed" in str(lack.reason)


@pytest.mark.parametrize(("text", "numbers"), [("2.1.2", (2, 1, 2)), ("2.0rc1", (2, 0)), ("1.24.2+dfsg", (1, 24, 2)), ("dev", ())])
def test_a_version_is_read_up_to_what_is_no_number(text, numbers):
    assert version_numbers(text) == numbers


def test_the_instructions_serve_each_system_and_offices_without_a_network():
    text = "\n".join(map(str, instructions()))
    assert all(word in text for word in ("Windows, with a network", "Windows, without a network", "macOS", "Linux"))
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert f"pip download --only-binary=:all: --platform win_amd64 --python-version {python}" in text
    assert "--no-index --find-links land_inspector_wheels" in text
    for library in dependencies.LIBRARIES:
        assert f'"{library.wanted}"' in text


def test_pip_is_kept_from_replacing_the_numpy_that_qgis_was_built_with():
    import numpy

    major = int(numpy.__version__.split(".")[0])
    assert f'"numpy<{major + 1}"' in dependencies.pip_arguments()
