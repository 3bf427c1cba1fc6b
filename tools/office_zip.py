"""One zip for an office without a network: the plugin with the Python libraries it needs, for one platform and one Python.

``python -m tools.office_zip PLATFORM PYTHON [ZIP]`` (``make office-zip PLATFORM=win_amd64 PYTHON=3.12``)

The libraries are the wheels that pip fetches for that platform, unpacked into ``land_inspector/libraries`` with their
licences; ``land_inspector/dependencies.py`` uses one only where QGIS's own is missing or too old. numpy is never among them:
QGIS's own libraries are built on the numpy that it brings.
"""
from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from email.parser import HeaderParser
from pathlib import Path
from typing import Dict, Iterable, List, Tuple

from land_inspector.dependencies import LIBRARIES, LIBRARIES_FOLDER, MANIFEST, OPTIONAL
from tools import package

#: What ``make office-zip`` is asked for → the platforms whose wheels run there, the newest first.
PLATFORMS = {
    "win_amd64": ("win_amd64",),
    "manylinux_x86_64": ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64"),
    "manylinux_aarch64": ("manylinux_2_28_aarch64", "manylinux_2_17_aarch64", "manylinux2014_aarch64"),
}
PYTHONS = ("3.9", "3.10", "3.11", "3.12", "3.13")
#: QGIS brings it, and everything compiled in QGIS is built on it.
NEVER_SHIPPED = frozenset({"numpy"})
_LEFT_OUT = re.compile(r"(^|/)(tests?|__pycache__)/")
_LICENCE = re.compile(r"(^|/)(LICEN[CS]E|COPYING|NOTICE)[^/]*$", re.IGNORECASE)


@dataclass(frozen=True)
class Wheel:
    """A wheel as pip fetched it."""

    path: Path
    name: str
    version: str
    licence: str
    licence_files: Tuple[str, ...]

    @staticmethod
    def read(path: Path) -> "Wheel":
        """Name, version and licence from the wheel's own metadata."""
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            (metadata,) = [name for name in names if re.fullmatch(r"[^/]+\.dist-info/METADATA", name)]
            said = HeaderParser().parsestr(archive.read(metadata).decode("utf-8"))
        classifiers = [text.rsplit("::", 1)[-1].strip() for text in said.get_all("Classifier", []) if text.startswith("License ::")]
        licence = said.get("License-Expression") or ", ".join(classifiers) or (said.get("License") or "").splitlines()[0]
        return Wheel(path, said["Name"].lower(), said["Version"], licence, tuple(filter(_LICENCE.search, names)))


def fetch(folder: Path, platform: str, python: str) -> List[Wheel]:
    """The wheels that the plugin needs beside QGIS itself. SystemExit where pip finds none for that platform and Python."""
    known = [text for name in PLATFORMS[platform] for text in ("--platform", name)]
    # pandas' and shapely's wheels are built on numpy 2 and run on 1 as well; which one pip looks at does not matter
    wanted = [library.wanted for library in (*LIBRARIES, *OPTIONAL)]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--only-binary=:all:", *known,
               "--python-version", python, "--implementation", "cp", "--dest", str(folder), *wanted]
    if subprocess.run(command, check=False).returncode:
        raise SystemExit(f"pip found no wheels for {platform} and Python {python}.")
    wheels = [Wheel.read(path) for path in sorted(folder.glob("*.whl"))]
    return [wheel for wheel in wheels if wheel.name not in NEVER_SHIPPED]


def unpacked(wheels: Iterable[Wheel]) -> Dict[str, bytes]:
    """Path inside the libraries' folder → content. Tests of the libraries stay out, their licences stay in."""
    files: Dict[str, bytes] = {}
    for wheel in wheels:
        with zipfile.ZipFile(wheel.path) as archive:
            for name in archive.namelist():
                if name.endswith("/") or (_LEFT_OUT.search(name) and not _LICENCE.search(name)):
                    continue
                if files.setdefault(name, archive.read(name)) != archive.read(name):
                    raise SystemExit(f"{wheel.path.name} and another wheel both bring {name}.")
    return files


def manifest(wheels: Iterable[Wheel], platform: str, python: str) -> Dict[str, object]:
    """What the plugin reads to know whom the zip was made for, and what people read to know what is in it."""
    return {"platform": platform, "python": python,
            "libraries": [{"name": wheel.name, "version": wheel.version, "licence": wheel.licence,
                           "licence_files": list(wheel.licence_files)} for wheel in wheels]}


def write_office_zip(target: Path, platform: str, python: str) -> Path:
    """The portal's zip with the libraries in it. The same wheels always give the same zip."""
    with tempfile.TemporaryDirectory() as folder:
        wheels = fetch(Path(folder), platform, python)
        files = unpacked(wheels)
    unlicensed = [wheel.name for wheel in wheels if not wheel.licence_files]
    if unlicensed:
        raise SystemExit("No licence text in the wheel of " + ", ".join(unlicensed))
    files[MANIFEST] = json.dumps(manifest(wheels, platform, python), indent=1, sort_keys=True).encode("utf-8")
    package.write_zip(target)
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            package.add_entry(archive, f"{package.PLUGIN.name}/{LIBRARIES_FOLDER}/{name}", files[name])
    return target


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("platform", choices=sorted(PLATFORMS))
    parser.add_argument("python", choices=PYTHONS)
    parser.add_argument("zip", nargs="?", type=Path)
    given = parser.parse_args()
    target = given.zip or package.ROOT / "build" / f"land_inspector-{given.platform}-python{given.python}.zip"
    made = write_office_zip(target, given.platform, given.python)
    print(f"{made}: {made.stat().st_size / 2 ** 20:.1f} MiB")


if __name__ == "__main__":
    main()
