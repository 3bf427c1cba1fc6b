"""The Python libraries that do not come with every QGIS: which are missing, and what exactly to install.

Knows neither pandas nor shapely when it is imported, so that the plugin loads without them and can say so. A zip made for
an office without a network (``tools/office_zip.py``) brings them in a folder of its own; they are used only where QGIS's
are missing or too old.
"""
from __future__ import annotations

import importlib
import importlib.metadata
import json
import os
import platform
import re
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any, FrozenSet, Iterator, List, Optional, Sequence, Tuple

from .errors import Message, message

WHEELS = "land_inspector_wheels"
#: Where an office's zip has its libraries, beside this file, and what tells whom they are for.
LIBRARIES_FOLDER, MANIFEST = "libraries", "land_inspector_office.json"


@dataclass(frozen=True)
class Library:
    """``wanted`` is what pip is asked for; ``minimum`` is the oldest version that works, without trailing zeros.

    ``proof`` is a name that the library has had since then: some distributions' builds call themselves "0+unknown".
    """

    name: str
    minimum: Tuple[int, ...]
    wanted: str
    proof: str


@dataclass(frozen=True)
class Lack:
    """A library that cannot be used, and why."""

    library: Library
    reason: Message


LIBRARIES = (
    Library("pandas", (1, 5), "pandas>=1.5,<3", "ArrowDtype"),
    Library("shapely", (2,), "shapely>=2", "intersection"),
    Library("openpyxl", (3,), "openpyxl>=3", "load_workbook"),
)
#: Pure Python and small; what needs one does without and says so. An office's zip brings them.
OPTIONAL = (Library("segno", (1, 5), "segno>=1.5", "make"),)


class _Brought(MetaPathFinder):
    """Finds some libraries in the plugin's own folder before Python looks anywhere else."""

    def __init__(self, folder: Path, names: FrozenSet[str]):
        self.folder, self.names = str(folder), names

    def find_spec(self, fullname: str, path: Optional[Sequence[str]] = None, target: Any = None) -> Optional[ModuleSpec]:
        return PathFinder.find_spec(fullname, [self.folder]) if fullname in self.names else None


def use_brought_libraries(beside: Optional[Path] = None, libraries: Sequence[Library] = LIBRARIES) -> Optional[Message]:
    """Let the libraries of an office's zip stand in for those that this QGIS lacks or has too old.

    What QGIS has and is new enough wins; numpy is never brought. ``beside`` is the plugin's folder. Hands back why the libraries
    cannot be used here (made for another Python or another machine); None where all is well or the zip brought none.
    """
    folder = (beside or Path(__file__).parent) / LIBRARIES_FOLDER
    try:
        made_for = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    if made_for["python"] != here or not _runs_here(made_for["platform"]):
        return message("This zip of Land Inspector was made for Python {python} on {platform}, this QGIS has Python {here} on {machine}; "
                       "get the zip that was made for it", python=made_for["python"], platform=made_for["platform"], here=here,
                       machine=f"{sys.platform} {platform.machine()}")
    if str(folder) not in sys.path:
        sys.path.append(str(folder))  # behind everything: what they need of others comes from QGIS where QGIS has it
    wanted = frozenset(library.name for library in libraries if library.name not in sys.modules and not _is_new_enough(library, folder))
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, _Brought)]
    if wanted:
        sys.meta_path.insert(0, _Brought(folder, wanted))
        importlib.invalidate_caches()
    return None


def _runs_here(made_for: str) -> bool:
    """Whether wheels for a platform run on this machine; ``made_for`` as in ``tools/office_zip.py``."""
    system, _, machine = made_for.partition("_")
    here = {"win32": "win", "linux": "manylinux"}.get(sys.platform, sys.platform)
    machines = {"amd64": ("amd64", "x86_64"), "x86_64": ("amd64", "x86_64"), "aarch64": ("aarch64", "arm64")}
    return system == here and platform.machine().lower() in machines.get(machine, (machine,))


def _is_new_enough(library: Library, brought: Path) -> bool:
    """Whether Python would find a version that works without the brought folder; looked up without importing anything."""
    elsewhere = [path for path in sys.path if Path(path or ".") != brought]
    found = next(iter(importlib.metadata.distributions(name=library.name, path=elsewhere)), None)
    return found is not None and version_numbers(found.version) >= library.minimum


def lacking(libraries: Sequence[Library] = LIBRARIES) -> List[Lack]:
    """What keeps the plugin from working, in the order of ``libraries``; empty when all is well."""
    reasons = ((library, _why_unusable(library)) for library in libraries)
    return [Lack(library, reason) for library, reason in reasons if reason is not None]


def _why_unusable(library: Library) -> Optional[Message]:
    oldest = ".".join(map(str, library.minimum))
    try:
        module = _imported(library.name)
        found = str(module.__version__)
    except ModuleNotFoundError:
        return message("{library} is not installed; version {oldest} or newer is needed",
                       library=library.name, oldest=oldest)
    # compiled for another numpy or another machine: the plugin must load to say so
    except (ImportError, AttributeError, OSError, RuntimeError, ValueError) as problem:
        return message("{library} is installed but cannot be loaded: {problem}",
                       library=library.name, problem=str(problem))
    if library.name == "shapely" and not _runs_on_its_own_geos(module):
        return message("shapely was loaded before Land Inspector and runs on the GEOS of QGIS instead of its own; "
                       "switch off the plugin that loads it first, or put Land Inspector before it")
    numbers = version_numbers(found)
    is_enough = numbers >= library.minimum if any(numbers) else hasattr(module, library.proof)
    if not is_enough:
        return message("{library} {found} is too old; version {oldest} or newer is needed",
                       library=library.name, found=found, oldest=oldest)
    return None


def _imported(name: str) -> ModuleType:
    """shapely's wheel brings a newer GEOS than the one QGIS has loaded; without care its calls go to QGIS's and crash."""
    if name != "shapely":
        return importlib.import_module(name)
    with _own_symbols_first():
        return importlib.import_module(name)


@contextmanager
def _own_symbols_first() -> Iterator[None]:
    """On Linux, what is imported in this block uses its own copies of C libraries before those of the program (RTLD_DEEPBIND).

    Elsewhere every library is bound to its own copies anyway.
    """
    if not hasattr(os, "RTLD_DEEPBIND"):
        yield
        return
    usual = sys.getdlopenflags()
    sys.setdlopenflags(usual | os.RTLD_DEEPBIND)
    try:
        yield
    finally:
        sys.setdlopenflags(usual)


def _runs_on_its_own_geos(shapely: ModuleType) -> bool:
    """A shapely built for GEOS 3.12 or newer asks for four dimensions by default, which an older GEOS refuses."""
    try:
        shapely.to_wkb(shapely.Point(0, 0))
    except shapely.errors.GEOSException:
        return False
    except AttributeError:  # shapely 1, which is too old anyway
        return True
    return True


def version_numbers(text: str) -> Tuple[int, ...]:
    """``"2.0.7rc1"`` → ``(2, 0, 7)``: the leading numbers, which compare as numbers and not as text."""
    leading = re.match(r"\d+(\.\d+)*", text)
    return tuple(int(part) for part in leading.group().split(".")) if leading else ()


def pip_arguments() -> str:
    """What pip is asked for, quoted for a shell. numpy keeps its major version: QGIS's own libraries are built on it."""
    import numpy  # every QGIS brings it; not needed to load the plugin

    next_major = version_numbers(numpy.__version__)[0] + 1
    wanted = [f"numpy<{next_major}"] + [library.wanted for library in LIBRARIES]
    return " ".join(f'"{item}"' for item in wanted)


def download_command(platform: str = "win_amd64") -> str:
    """For a connected machine of any kind: fetches the wheels that this QGIS's Python on ``platform`` can use."""
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    return (f"python -m pip download --only-binary=:all: --platform {platform} --python-version {python}"
            f" -d {WHEELS} {pip_arguments()}")


def instructions() -> List[Message]:
    """One paragraph for each way to install, the commands in it ready to be copied."""
    wanted = pip_arguments()
    return [
        message("Windows, with a network. Close QGIS, open “OSGeo4W Shell” from the Start menu, type:\n{command}",
                command=f"python -m pip install --user {wanted}"),
        message("Windows, without a network. On a computer that has one and any Python, type:\n{download}\n"
                "Carry the folder {folder} to the office computer, open “OSGeo4W Shell” beside it, type:\n{install}",
                download=download_command(), folder=WHEELS,
                install=f"python -m pip install --user --no-index --find-links {WHEELS} {wanted}"),
        message("macOS. Close QGIS, open Terminal, type (with QGIS-LTR.app if that is its name):\n{command}",
                command=f"/Applications/QGIS.app/Contents/MacOS/bin/python3 -m pip install --user {wanted}"),
        message("Linux. Debian 13, Ubuntu 24.04 and newer:\n{packages}\nOlder ones, whose shapely is older than 2:\n{pip}",
                packages="sudo apt install python3-pandas python3-shapely python3-openpyxl",
                pip=f"PIP_BREAK_SYSTEM_PACKAGES=1 python3 -m pip install --user {wanted}"),
        message("Then start QGIS again."),
    ]
