"""Signals and their slots, tied and untied together, so that what goes leaves no connection behind."""
from __future__ import annotations

from typing import Callable, Sequence, Tuple

from qgis.PyQt.QtCore import pyqtBoundSignal

Wire = Tuple[pyqtBoundSignal, Callable[..., object]]


def connect(wires: Sequence[Wire]) -> None:
    """In their order."""
    for signal, slot in wires:
        signal.connect(slot)


def disconnect(wires: Sequence[Wire]) -> None:
    """The last connected goes first."""
    for signal, slot in reversed(wires):
        signal.disconnect(slot)
