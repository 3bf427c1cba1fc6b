"""The real desktop under a virtual screen, on a county's register: what opens, filters and saves, and how fast."""
from __future__ import annotations

import os
import shutil
import sys
import sysconfig
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional

from tools import package

from .processes import ROOT, run_process
from .sizes import Size

SCREEN = ("xvfb-run", "-a", "-s", "-screen 0 1400x1000x24")
LIMIT_S = 300
MAKING_LIMIT_S = 1800
SETTINGS = """[locale]
overrideFlag=true
userLocale=zh-Hans
[PythonPlugins]
processing=true
land_inspector=true
[app]
askToSaveMemoryLayers=false
[qgis]
checkVersion=false
showTips=false
askToSaveProjectChanges=false
"""


def missing() -> Optional[str]:
    """Why there can be no desktop here, None where there can."""
    absent = [name for name in ("xvfb-run", "qgis") if shutil.which(name) is None]
    return f"not installed (no {absent[0]})" if absent else None


def measure_desktop(size: Size, folder: Path) -> List[Dict[str, Any]]:
    """Rows for the report; one with a word in place of figures where the desktop cannot be driven."""
    problem = missing()
    if problem is None:
        home = folder / "desktop"
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir()
        problem = _make_register(size, home)
    if problem is None:
        return _played(size, home)
    return [{"what": "the desktop", "seconds": None, "note": problem}]


def _make_register(size: Size, home: Path) -> Optional[str]:
    command = [sys.executable, "-m", "bench.desk_register", str(size.register_patches), str(size.cases), str(home), str(home / "made.json")]
    return run_process(command, MAKING_LIMIT_S, home / "making.log", home / "made.json").problem


def _played(size: Size, home: Path) -> List[Dict[str, Any]]:
    profile = home / "profiles" / "default"
    (profile / "QGIS").mkdir(parents=True)
    (profile / "QGIS" / "QGIS3.ini").write_text(SETTINGS, encoding="utf-8")
    package.link_folder(profile / "python" / "plugins" / "land_inspector")
    paths = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH", ""), sysconfig.get_path("purelib")]))
    said = {"LI_HOME": str(home), "LI_TREE": str(ROOT), "PYTHONPATH": paths, "QT_QPA_PLATFORM": "xcb"}
    command = ["env", *(f"{name}={value}" for name, value in said.items()), *SCREEN, "qgis", "--nologo", "--noversioncheck",
               "--profiles-path", str(home), "--profile", "default", "--code", str(ROOT / "bench" / "desktop_story.py")]
    run = run_process(command, LIMIT_S, home / "desktop.log", home / "seen.json")
    problem = run.problem or run.told.get("error", "").strip().rpartition("\n")[2]
    if problem:
        return [{"what": "the desktop", "seconds": None, "note": problem}]
    return rows(size, run.told)


def rows(size: Size, seen: Mapping[str, Any]) -> List[Dict[str, Any]]:
    """Seconds beside the limits that the review and pursue docks have."""
    def row(what: str, key: str, limit: Optional[float] = None, note: str = "") -> Dict[str, Any]:
        return {"what": what, "seconds": seen.get(key), "cpu": seen.get(f"{key}_cpu"), "limit": limit,
                "note": note if key in seen else "not measured"}

    return [
        row(f"opening a register of {size.register_patches} patches, from the click to the painted list", "open", 3,
            f"window stood still for {seen['open_stood_still']:.2f} s at most"),
        row("filter, from the click to the painted list", "filter", 0.2, f"slowest of {seen['filters']}"),
        row("search, from the last key to the painted list", "search", 0.2, "0.12 s of it wait for the next key"),
        row("verdict by key: checked, durably saved, next patch chosen", "verdict", 0.15,
            f"median; slowest {seen['verdict_slowest']:.3f} s"),
        row("undoing a verdict from the dock", "undo"),
        row(f"choosing a work list over {size.cases} cases", "list", 0.3,
            f"slowest of {seen.get('lists', 0)}; up to {seen.get('longest_list', 0)} rows"),
    ]
