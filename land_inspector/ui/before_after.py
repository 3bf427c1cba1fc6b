"""Before and after on the map: the two images that fit the chosen patch, shown in turn, with nothing but its outline over them."""
from __future__ import annotations

from typing import List, Optional

from qgis.core import QgsProject

from ..i18n import tr
from .images import Choice, fitting, ids_of, pictures
from .workplace import Entry, Feature, Workplace


class BeforeAfter(Feature):
    """Lends the canvas other layers and gives back those it had; the project itself is never touched."""

    name = "landInspectorImages"

    def __init__(self, place: Workplace):
        self._page, self._canvas, self._messages = place.dock.work_page, place.iface.mapCanvas(), place.messages
        self._project = QgsProject.instance()
        self._wires = [(self._page.chosen, self.follow), (place.reviewer.went_to, self.follow), (place.session.closed, self.end)]
        self._kept: Optional[List[str]] = None
        self._shown = ""
        self._after = False

    def title(self) -> str:
        return tr("Images")

    def entries(self) -> List[Entry]:
        return [
            Entry("landInspectorBlink", tr("Images before and after in turn"), "", self.blink, "Alt+B"),
            Entry("landInspectorEndImages", tr("Back to the map"), "", self.end, "Alt+Shift+B"),
        ]

    def load(self) -> None:
        for signal, slot in self._wires:
            signal.connect(slot)

    def unload(self) -> None:
        for signal, slot in self._wires:
            signal.disconnect(slot)
        self.end()

    @property
    def is_on(self) -> bool:
        return self._kept is not None

    def blink(self) -> None:
        """Show the image before; at the next call the one after, and so on."""
        after = self.is_on and not self._after
        if self._choice(after) is None:
            self._messages.note(tr("No image to show: choose one parcel with image dates, and load rasters with a date in their name."))
            return
        if not self.is_on:
            self._kept = ids_of(self._canvas.layers())
            self._canvas.layersChanged.connect(self._on_layers)
        self._after = after
        self._show()

    def follow(self, _ids: List[str]) -> None:
        """Another parcel was chosen: its own images come up, on the side that was looked at."""
        if self.is_on:
            self._show()

    def end(self) -> None:
        """The map as it was."""
        if self._kept is None:
            return
        kept = [self._project.mapLayer(key) for key in self._kept]
        self._let_go()
        self._canvas.setLayers([layer for layer in kept if layer is not None])

    def _let_go(self) -> None:
        self._canvas.layersChanged.disconnect(self._on_layers)
        self._kept, self._shown = None, ""
        self._page.show_image_note("")

    def _on_layers(self) -> None:
        """Who switches a layer on or off while images are shown wants to see the map again."""
        if ids_of(self._canvas.layers()) != [self._shown]:
            self._let_go()

    def _choice(self, after: bool) -> Optional[Choice]:
        ids = self._page.parcels.chosen_ids()
        if len(ids) != 1:
            return None
        row = int(self._page.table.positions(ids)[0])
        return fitting(pictures(self._project), self._page.table.text("HSX" if after else "QSX", row))

    def _show(self) -> None:
        choice = self._choice(self._after)
        if choice is None:
            self.end()
            return
        self._shown = choice.picture.layer_id
        self._canvas.setLayers([self._project.mapLayer(self._shown)])
        side = tr("After: {image}", image=choice.picture.name) if self._after else tr("Before: {image}", image=choice.picture.name)
        self._page.show_image_note(f"{side} {choice.warning}".strip(), bool(choice.warning))
