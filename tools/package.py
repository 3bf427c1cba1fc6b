"""Puts the plugin's folder together: as the zip that QGIS installs, or as links for a development profile.

``python -m tools.package [ZIP]`` · ``python -m tools.package --links FOLDER``
"""
from __future__ import annotations

import argparse
import zipfile
from pathlib import Path
from typing import Dict, Iterator

ROOT = Path(__file__).resolve().parent.parent
PLUGIN = ROOT / "land_inspector"
CATALOGUE = PLUGIN / "resources" / "i18n" / "land_inspector_zh_Hans.qm"
MANUAL = PLUGIN / "resources" / "manual" / "zh" / "algorithms.html"
ZIP = ROOT / "build" / "land_inspector.zip"
# these stand at the top of the tree, but the portal and QGIS look for them in the plugin's own folder
TOP_FILES = ("metadata.txt", "LICENSE", "README.md", "README.zh_CN.md")
SHIPPED_KINDS = frozenset(
    {".py", ".txt", ".md", ".csv", ".json", ".jsonl", ".toml", ".qm", ".qml", ".ui", ".svg", ".png", ".html", ".css", ".qpt"}
)
#: Word documents are shipped as templates of papers, and nowhere else.
TEMPLATES = "resources/papers/"
LEFT_OUT_FOLDERS = frozenset({"__pycache__", "zh_Hans"})
# the same tree always gives the same zip
ZIP_DATE = (1980, 1, 1, 0, 0, 0)


def shipped_files() -> Dict[str, Path]:
    """Path inside the plugin's folder → file of this tree. A file of a kind not known here stops the work."""
    for built, how in ((CATALOGUE, "python -m tools.translations build"), (MANUAL, "python -m tools.manual build")):
        if not built.exists():
            raise SystemExit(f"{built.name} is not built yet: {how}")
    files = {name: ROOT / name for name in TOP_FILES}
    files.update((path.relative_to(PLUGIN).as_posix(), path) for path in _plugin_files(PLUGIN))
    strangers = sorted(name for name, path in files.items() if path.suffix not in SHIPPED_KINDS and name != "LICENSE"
                       and not (name.startswith(TEMPLATES) and path.suffix == ".docx"))
    if strangers:
        raise SystemExit("Not a kind of file that is shipped: " + ", ".join(strangers))
    return files


def _plugin_files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.is_dir() and path.name not in LEFT_OUT_FOLDERS:
            yield from _plugin_files(path)
        elif path.is_file():
            yield path


def write_zip(target: Path) -> Path:
    """Write the zip with one folder ``land_inspector`` in it, as *Install from ZIP* wants it."""
    files = shipped_files()
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            add_entry(archive, f"{PLUGIN.name}/{name}", files[name].read_bytes())
    return target


def add_entry(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    """One file, with a date that is always the same."""
    entry = zipfile.ZipInfo(name, ZIP_DATE)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, content)


def link_folder(target: Path) -> Path:
    """Make ``target`` a plugin folder of links into this tree: an edit is seen when QGIS starts again."""
    target.mkdir(parents=True, exist_ok=True)
    sources = [ROOT / name for name in TOP_FILES]
    sources += [path for path in PLUGIN.iterdir() if path.name not in LEFT_OUT_FOLDERS]
    for old in target.iterdir():
        if old.is_symlink():
            old.unlink()
    for source in sources:
        (target / source.name).symlink_to(source)
    return target


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("zip", nargs="?", type=Path, default=ZIP)
    parser.add_argument("--links", type=Path, metavar="FOLDER")
    given = parser.parse_args()
    if given.links:
        link_folder(given.links)
        return
    made = write_zip(given.zip)
    print(f"{made}: {made.stat().st_size / 1024:.0f} KiB")


if __name__ == "__main__":
    main()
