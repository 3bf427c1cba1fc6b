"""The Python libraries that do not come with every QGIS: which are missing, and what exactly to install.

Knows neither pandas nor shapely when it is imported, so that the plugin loads without them and can say so.
"""
from __future__ import annotations

import importlib
import os
import re
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Iterator, List, Optional, Sequence, Tuple

from .errors import Message, message

WHEELS = "land_inspector_wheels"


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
