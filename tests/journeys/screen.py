"""The virtual screen on which a journey starts QGIS, and how long it may take."""
from __future__ import annotations

import os
from typing import List

#: Seconds for one start of QGIS with all that is played in it: a bound that a machine ten times slower still meets.
PATIENCE_S = 1100


def screen(width: int = 1400, height: int = 1080) -> List[str]:
    """The command that gives what follows it a screen of its own; tests that run side by side never look for one at the same place."""
    worker = int("0" + os.environ.get("PYTEST_XDIST_WORKER", "").lstrip("gw"))
    return ["xvfb-run", "-n", str(110 + 20 * worker), "-a", "-s", f"-screen 0 {width}x{height}x24"]
