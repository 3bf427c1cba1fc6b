"""A pytest plugin that names the screen, PROJ's data and a profile before pytest-qgis starts QGIS, which is before any conftest."""
from __future__ import annotations

import atexit
import os
import shutil
import tempfile

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
if os.path.isdir("/usr/share/proj"):  # Debian's pyproj does not find proj.db from within a virtual environment
    os.environ.setdefault("PROJ_DATA", "/usr/share/proj")

# A profile for each process: what one worker last opened must not stand on another's start page, which would then read its register.
_PROFILE = tempfile.mkdtemp(prefix="land_inspector_tests_")
atexit.register(shutil.rmtree, _PROFILE, ignore_errors=True)
os.environ.update(XDG_CONFIG_HOME=_PROFILE, XDG_DATA_HOME=_PROFILE)
