"""A pytest plugin that hides QGIS and Qt, to prove that a test needs neither (``make unit``)."""
from __future__ import annotations

import sys
from importlib.abc import MetaPathFinder
from typing import Any, Optional

HIDDEN = frozenset({"qgis", "PyQt5", "PyQt6"})


class _Hider(MetaPathFinder):
    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Optional[Any]:
        if name.partition(".")[0] in HIDDEN:
            raise ModuleNotFoundError(f"{name} is hidden in this run", name=name)
        return None


sys.meta_path.insert(0, _Hider())
