"""Land Inspector, a QGIS plugin for the enforcement of land law in Chinese counties (卫片执法)."""
from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qgis.gui import QgisInterface

    from .plugin import Plugin


def classFactory(iface: QgisInterface) -> Plugin:  # QGIS looks for this name
    """Called by QGIS: the plugin, imported only here so that the rooms can be used without QGIS's window."""
    from .plugin import Plugin

    return Plugin(iface)
