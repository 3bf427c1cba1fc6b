"""The plugin as QGIS sees it: what is registered when it starts and taken away when it goes."""
from __future__ import annotations

from typing import TYPE_CHECKING, List, Optional

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QCoreApplication

from . import dependencies, i18n, log

if TYPE_CHECKING:
    from qgis.gui import QgisInterface

    from .app import App
    from .processing.measuring import MeasuringProvider
    from .ui.shell.missing_libraries import MissingLibrariesNotice


class Plugin:
    """Algorithms always, the desktop's parts where there is a desktop, an explanation where a library is missing."""

    def __init__(self, iface: Optional[QgisInterface]):
        self._iface = iface
        self._translator = i18n.install_translator()
        self._misfit = dependencies.use_brought_libraries()
        self._lacks: List[dependencies.Lack] = dependencies.lacking()
        self._provider: Optional[MeasuringProvider] = None
        self._app: Optional[App] = None
        self._notice: Optional[MissingLibrariesNotice] = None

    def initProcessing(self) -> None:
        """Called alone by qgis_process, which has no window."""
        if self._lacks:
            for reason in [*filter(None, [self._misfit]), *(lack.reason for lack in self._lacks)]:
                log.warning(reason)
            from .processing.measuring import MeasuringProvider as Provider
        else:
            from .processing.provider import LandInspectorProvider as Provider

        provider = Provider()
        # a provider of the same id that is there already stays, and QGIS deletes the second one
        if QgsApplication.processingRegistry().addProvider(provider):
            self._provider = provider

    def initGui(self) -> None:
        """Called by QGIS: the desktop, or where libraries lack a notice that names them; Processing works in either
        case."""
        self.initProcessing()
        if self._lacks:
            from .ui.shell.missing_libraries import MissingLibrariesNotice

            self._notice = MissingLibrariesNotice(self._iface, self._lacks, self._misfit)
            return
        from .app import App

        self._app = App(self._iface)
        self._app.load()

    def unload(self) -> None:
        """Called by QGIS: nothing of the plugin stays behind in its window."""
        if self._app is not None:
            self._app.unload()
            self._app = None
        if self._notice is not None:
            self._notice.remove()
            self._notice = None
        if self._provider is not None:
            QgsApplication.processingRegistry().removeProvider(self._provider)
            self._provider = None
        if self._translator is not None:
            QCoreApplication.removeTranslator(self._translator)
            self._translator = None
