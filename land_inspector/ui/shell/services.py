"""What every feature of the desktop works with, and what a feature is."""
from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Callable, List

from qgis.PyQt.QtWidgets import QWidget

if TYPE_CHECKING:
    from qgis.gui import QgisInterface

    from .dialogs import Dialogs
    from .canvas_link import CanvasLink
    from .commands import Commands
    from .dock import InspectorDock
    from .tasks import Jobs
    from .map_layers import MapLayers
    from .messages import Messages
    from ..review.reviewer import Reviewer
    from .session import Session
    from .tasks import Worker


#: Where the key of an entry acts.
ANYWHERE, DESK, REVIEW = "anywhere", "desk", "review"


@dataclass(frozen=True)
class Entry:
    """One action: object name, text, an icon of QGIS's theme, default shortcut, what it does; None stands for a separator.

    ``scope`` says where its key acts: ANYWHERE in the window, at the DESK (the focus in one of our docks or on the map, and one of
    them in sight), or in REVIEW (the focus in the review dock or on the map, and that dock in sight). ``repeats``: a key held down does
    it again and again; never set where anything is recorded.
    """

    name: str
    text: str
    icon: str
    command: Callable[[], object]
    shortcut: str = ""
    scope: str = ANYWHERE
    repeats: bool = False


@dataclass(frozen=True)
class Services:
    """The services of the desktop that features share; :class:`land_inspector.app.App` makes it."""

    iface: QgisInterface
    window: QWidget
    worker: Worker
    messages: Messages
    asking: Dialogs
    jobs: Jobs
    session: Session
    layers: MapLayers
    link: CanvasLink
    commands: Commands
    dock: InspectorDock
    reviewer: Reviewer


class Feature:
    """A part of the desktop that comes and goes as a whole: its entries stand in a submenu of their own.

    :meth:`load` is called when everything shared is there, :meth:`unload` before anything shared goes; the second undoes the
    first to the last signal.
    """

    #: Object name of the submenu.
    name = ""

    def title(self) -> str:
        """The submenu's title; features of the same title share one."""
        raise NotImplementedError

    def entries(self) -> List[Entry]:
        """Its actions in the order of the submenu; without any there is no submenu."""
        return []

    def docks(self) -> List[QWidget]:
        """The docks it brings, from which keys that record act as well."""
        return []

    def load(self) -> None:
        """Put widgets in, connect signals."""

    def unload(self) -> None:
        """Take out what :meth:`load` put in."""
