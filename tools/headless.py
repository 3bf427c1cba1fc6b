"""A pytest plugin that names the screen and PROJ's data before pytest-qgis starts QGIS, which is before any conftest."""
from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
if os.path.isdir("/usr/share/proj"):  # Debian's pyproj does not find proj.db from within a virtual environment
    os.environ.setdefault("PROJ_DATA", "/usr/share/proj")
