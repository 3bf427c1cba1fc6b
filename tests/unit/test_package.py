"""The zip that QGIS installs, opened."""
from __future__ import annotations

import ast
import configparser
import re
import subprocess
import zipfile

import pytest

from tools import package

PORTAL_KEYS = ("name", "description", "version", "qgisMinimumVersion", "author", "email", "about", "tracker", "repository")
PORTAL_LIMIT = 25 * 1024 * 1024


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    with zipfile.ZipFile(package.write_zip(tmp_path_factory.mktemp("zip") / "land_inspector.zip")) as archive:
        yield archive


@pytest.fixture(scope="module")
def names(archive):
    return archive.namelist()


def test_all_lies_in_one_folder_named_as_the_plugin(names):
    assert {name.split("/")[0] for name in names} == {"land_inspector"}


@pytest.mark.parametrize("needed", ["__init__.py", "plugin.py", "metadata.txt", "LICENSE", "README.md", "README.zh_CN.md",
                                    "resources/i18n/land_inspector_zh_Hans.qm", "resources/icons/land_inspector.svg"])
def test_what_qgis_and_the_portal_look_for_is_in_it(names, needed):
    assert f"land_inspector/{needed}" in names


def test_every_module_of_the_tree_is_in_it(names):
    modules = {f"land_inspector/{path.relative_to(package.PLUGIN).as_posix()}" for path in package.PLUGIN.rglob("*.py")}
    assert modules <= set(names)


def test_the_laws_data_is_in_it(names):
    data = {f"land_inspector/{path.relative_to(package.PLUGIN).as_posix()}"
            for path in (package.PLUGIN / "law" / "data").rglob("*") if path.is_file()}
    assert data and data <= set(names)


def test_nothing_is_in_it_that_the_portal_refuses(names):
    refused = (".pyc", ".so", ".dll", ".exe", ".sh", ".bat", ".qm.bak", ".ts", ".orig")
    assert not [name for name in names if "__pycache__" in name or "/tests/" in name or "/." in name or name.endswith(refused)]


def test_it_is_small_enough_for_the_portal(archive):
    assert sum(entry.compress_size for entry in archive.infolist()) < PORTAL_LIMIT


def test_the_catalogue_in_it_is_a_compiled_one(archive):
    magic = bytes.fromhex("3cb86418")  # what every .qm begins with
    assert archive.read("land_inspector/resources/i18n/land_inspector_zh_Hans.qm").startswith(magic)


def test_the_licence_in_it_is_the_full_text(archive):
    text = archive.read("land_inspector/LICENSE").decode()
    assert "GNU GENERAL PUBLIC LICENSE" in text and "Version 2, June 1991" in text and "NO WARRANTY" in text


def test_the_metadata_says_what_qgis_and_the_portal_want(archive):
    general = _metadata(archive)
    assert all(general[key].strip() for key in PORTAL_KEYS)
    assert (general["qgisMinimumVersion"], general["qgisMaximumVersion"]) == ("3.22", "4.99")
    assert general["hasProcessingProvider"] == "yes"
    assert f"land_inspector/{general['icon']}" in archive.namelist()
    assert "supportsQt6" not in general


def _metadata(archive):
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str
    parser.read_string(archive.read("land_inspector/metadata.txt").decode("utf-8"))
    return parser["general"]


def test_every_module_in_it_parses_on_python_3_9(archive, names):
    for name in names:
        if name.endswith(".py"):
            ast.parse(archive.read(name).decode("utf-8"), filename=name, feature_version=(3, 9))


def test_the_same_tree_gives_the_same_zip(tmp_path):
    first, second = (package.write_zip(tmp_path / name) for name in ("a.zip", "b.zip"))
    assert first.read_bytes() == second.read_bytes()


RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)


def refused_by_windows(paths):
    """What is wrong with each path that Windows would not take, in a folder of the usual length of a profile's."""
    wrong = []
    for path in paths:
        for part in path.split("/"):
            if RESERVED.fullmatch(part) or re.search(r'[<>:"\\|?*\x00-\x1f]', part) or part.endswith((".", " ")):
                wrong.append(f"{path}: {part!r}")
        if len(path) > 150:  # 260 less the plugins folder of a Windows profile
            wrong.append(f"{path}: {len(path)} characters")
    lower = [path.lower() for path in paths]
    return wrong + [f"{path}: there twice for Windows" for path in paths if lower.count(path.lower()) > 1]


def tracked():
    return subprocess.run(["git", "ls-files", "-z"], cwd=package.ROOT, check=True, capture_output=True,
                          text=True).stdout.strip("\0").split("\0")


needs_git = pytest.mark.skipif(not (package.ROOT / ".git").exists(), reason="a copy of the tree without its history")


def test_windows_takes_every_path_of_the_zip(names):
    assert refused_by_windows(names) == []


@needs_git
def test_windows_takes_every_path_of_the_tree():
    assert refused_by_windows(tracked()) == []


@pytest.mark.parametrize("path", ["a/con", "a/NUL.txt", "a/b:c", "a/b.", "a/b ", "a/b?", "com1.py", "x" * 151, "a\tb", "a|b"])
def test_the_rule_knows_what_windows_refuses(path):
    assert refused_by_windows([path])


def test_line_ends_are_those_of_every_system(archive, names):
    kinds = (".py", ".json", ".csv", ".md", ".txt", ".qml", ".svg", ".html")
    assert not [name for name in names if name.endswith(kinds) and b"\r" in archive.read(name)]


def test_a_kind_of_file_that_is_not_shipped_stops_the_packing(tmp_path, monkeypatch):
    stray = tmp_path / "land_inspector" / "notes.docx"
    stray.parent.mkdir()
    stray.write_bytes(b"")
    monkeypatch.setattr(package, "PLUGIN", stray.parent)
    with pytest.raises(SystemExit, match="notes.docx"):
        package.write_zip(tmp_path / "out.zip")


def test_a_development_folder_of_links_shows_the_files_of_the_tree(tmp_path):
    folder = package.link_folder(tmp_path / "land_inspector")
    package.link_folder(folder)  # a second time is harmless
    assert (folder / "metadata.txt").resolve() == package.ROOT / "metadata.txt"
    assert (folder / "plugin.py").resolve() == package.PLUGIN / "plugin.py"


def test_the_zip_holds_the_licence_of_the_holidays():
    text = package.shipped_files()["law/data/holidays_LICENSE.txt"].read_text(encoding="utf-8")
    assert "chinesecalendar" in text and "Copyright (c)" in text and "MIT License" in text
