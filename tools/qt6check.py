"""Resolves every Qt name that the source uses against the real PyQt6: QGIS 4 itself cannot be had on Debian.

``python -m tools.qt6check FOLDER...`` with PyQt6 importable; prints what does not exist there, exits 1 if anything.
"""
from __future__ import annotations

import ast
import importlib
import sys
from pathlib import Path
from typing import Any, Dict, Iterator, Optional, Sequence, Tuple

# names that qgis.PyQt puts where they were in Qt 5, and the modules of Qt 6 that have them
SHIMMED_MODULES = ("QtGui", "QtWidgets", "QtCore")
# qgis.PyQt makes these up on Qt 6; only land_inspector/compat.py uses what is left of them
SHIMMED_NAMES = frozenset({"QVariant"})


def complaints(path: Path) -> Iterator[Tuple[int, str]]:
    """Line and complaint for every name in ``path`` that PyQt6 does not have."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    known: Dict[str, Any] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("qgis.PyQt."):
            for alias in node.names:
                found = _qt6_object((node.module or "").split(".")[2], alias.name)
                if found is None and alias.name not in SHIMMED_NAMES:
                    yield node.lineno, f"{alias.name} is not in PyQt6"
                known[alias.asname or alias.name] = found
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            missing = _unresolved(node, known)
            if missing:
                yield node.lineno, f"{missing} does not resolve in PyQt6"


def _qt6_object(module: str, name: str) -> Optional[Any]:
    for candidate in (module, *SHIMMED_MODULES):
        found = getattr(importlib.import_module(f"PyQt6.{candidate}"), name, None)
        if found is not None:
            return found
    return None


def _unresolved(node: ast.Attribute, known: Dict[str, Any]) -> Optional[str]:
    names = []
    inner: ast.expr = node
    while isinstance(inner, ast.Attribute):
        names.insert(0, inner.attr)
        inner = inner.value
    if not isinstance(inner, ast.Name) or known.get(inner.id) is None:
        return None
    found = known[inner.id]
    for name in names:
        if not hasattr(found, name):
            return ".".join([inner.id, *names])
        found = getattr(found, name)
    return None


def main(folders: Sequence[str]) -> int:
    found = [f"{path}:{line}: {complaint}" for folder in folders for path in sorted(Path(folder).rglob("*.py"))
             for line, complaint in complaints(path)]
    print("\n".join(found) or "Every Qt name exists in PyQt6")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
