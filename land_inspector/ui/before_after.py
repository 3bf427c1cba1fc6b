"""Before and after on the map: the two images that fit the chosen patch, looked at in several ways, its outline alone over them."""
from __future__ import annotations

from pathlib import Path
from typing import Dict, List, Optional, Tuple

from qgis.core import QgsApplication, QgsCoordinateReferenceSystem, QgsCoordinateTransform, QgsProject, QgsRectangle
from qgis.PyQt.QtCore import QTimer

from ..i18n import tr
from ..settings import HEADING
from .image_choice import Candidate, Spot, candidates, fitting, said_date, warnings
from .image_item import Caption
from .image_layers import ImageLayers
from .image_settings import ImageSettings
from .image_shelf import ImageShelf, spot_of
from .image_strip import MAP, ImageStrip, Offer
from .image_views import BESIDE, BLINK, SWIPE, TURNS, ImageViews, Sides
from .swipe_line import STEP
from .workplace import Entry, Feature, Workplace

_AFTER = {False: "QSX", True: "HSX"}
_MOST_NEIGHBOURS = 200


class BeforeAfter(Feature):
    """Knows the chosen patch and its two images; :class:`ImageViews` shows them. The project is never touched."""

    name = "landInspectorImages"

    def __init__(self, place: Workplace):
        self._place, self._page, self._session = place, place.dock.work_page, place.session
        self._canvas, self._messages = place.iface.mapCanvas(), place.messages
        project = QgsProject.instance()
        memory = Path(QgsApplication.qgisSettingsDirPath()) / HEADING / "images.json"
        self.shelf = ImageShelf(place.worker, place.messages, project, memory)
        self.layers = ImageLayers(place.worker, place.messages, project)
        self.views = ImageViews(place.window, self._canvas)
        self.strip: Optional[ImageStrip] = None
        self._spot: Optional[Spot] = None
        self._parcel: Optional[str] = None
        self._offered: List[Candidate] = []
        self._picked: Dict[Tuple[str, bool], str] = {}
        self._view: Optional[QgsRectangle] = None
        self._soon = QTimer()
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self._on_images)
        self._wires = [
            (self._page.chosen, self.follow), (place.reviewer.went_to, self.follow), (place.session.opened, self._on_opened),
            (place.session.closed, self.end), (self.shelf.changed, self._on_images), (self.layers.opened, self._show),
            (self.views.closed, self.end), (self.views.turned, self._note), (project.cleared, self._on_cleared),
            (project.layersAdded, self._on_layers), (project.layersRemoved, self._on_layers),
        ]

    def title(self) -> str:
        return tr("Images")

    def entries(self) -> List[Entry]:
        return [
            Entry("landInspectorBlink", tr("Images before and after in turn"), "", self.blink, "Alt+B"),
            Entry("landInspectorBlinkOn", tr("Images before and after blinking"), "", lambda: self.look(BLINK), "Alt+Shift+K"),
            Entry("landInspectorSwipe", tr("Swipe between the images"), "", lambda: self.look(SWIPE), "Alt+Shift+Z"),
            Entry("landInspectorSwipeBack", tr("Swipe line to the left or up"), "", lambda: self.swipe(-STEP), "Alt+Left"),
            Entry("landInspectorSwipeOn", tr("Swipe line to the right or down"), "", lambda: self.swipe(STEP), "Alt+Right"),
            Entry("landInspectorBeside", tr("Images side by side"), "", lambda: self.look(BESIDE), "Alt+Z"),
            Entry("landInspectorEndImages", tr("Back to the map"), "", self.end, "Alt+Shift+B"),
        ]

    def load(self) -> None:
        self.strip = ImageStrip(ImageSettings.load(), self._page)
        self._strip_wires = [
            (self.strip.mode_wanted, self._on_mode), (self.strip.picked, self.pick), (self.strip.changed, self._on_set),
            (self.strip.scale_wanted, self._ask_scale), (self.strip.look_wanted, self._look_again),
            (self.strip.folders_wanted, self._show_options),
        ]
        for signal, slot in self._wires + self._strip_wires:
            signal.connect(slot)
        self._page.add_strip(self.strip)
        self._frame()

    def unload(self) -> None:
        self._soon.stop()
        for signal, slot in reversed(self._wires + self._strip_wires):
            signal.disconnect(slot)
        self.end()
        self.strip.setParent(None)
        self.strip.deleteLater()
        self.strip = None

    @property
    def is_on(self) -> bool:
        return bool(self.views.mode)

    # --- ways of looking ----------------------------------------------------------------------------------------------

    def blink(self) -> None:
        """Show the image before; at the next call the one after, and so on."""
        if self.views.mode == TURNS:
            self.views.turn()
        elif self._ready():
            self._start(TURNS)

    def look(self, mode: str) -> None:
        """Look this way; the second call brings the map back."""
        if self.views.mode == mode:
            self.end()
        elif self._ready():
            self._start(mode)

    def swipe(self, share: float) -> None:
        """Move the swipe line by a share of the map's width or height."""
        if self.views.line is not None:
            self.views.line.step(share)

    def pick(self, after: bool, key: str) -> None:
        """Take another image for one side of the chosen patch."""
        if self._parcel is not None:
            self._picked[(self._parcel, after)] = key
            self._offer()
            self._show()

    def end(self) -> None:
        """The map as it was: the view too, unless another parcel has moved it since."""
        view, self._view = self._view, None
        if not self.is_on:
            return
        self._let_go()
        if view is not None and view != self._current_view():
            self._canvas.setExtent(view)
            self._canvas.refresh()

    def _current_view(self) -> QgsRectangle:
        """As it was set, before a turned map makes it wider."""
        return QgsRectangle(self._canvas.mapSettings().extent())

    def _let_go(self) -> None:
        self.views.end()
        self.layers.close()
        self._page.show_image_note("")
        if self.strip is not None:
            self.strip.show_mode(MAP)

    def _ready(self) -> bool:
        """Whether there is something to show; if not, why is said."""
        self._look()
        if self._sides():
            return True
        if self._parcel is None:
            self._messages.note(tr("Choose one parcel to see its images."))
        elif self.shelf.looking:
            self._messages.note(tr("The image folders are being looked through; try again in a moment."))
        else:
            self._messages.note(tr("No image shows this parcel: name the image folders in Options, or load rasters with a date in "
                                   "their name."))
        self.strip.show_mode(self.views.mode)
        return False

    def _start(self, mode: str) -> None:
        if not self.is_on:
            self._view = self._current_view()
        self.views.show(mode, blink_ms=self.strip.settings.blink_ms, level=self.strip.settings.level)
        self.strip.show_mode(mode)
        self._show()

    def _on_mode(self, mode: str) -> None:
        if mode == MAP:
            self.end()
        elif mode == TURNS:
            self.blink()
        else:
            self.look(mode)
        self.strip.show_mode(self.views.mode)

    # --- which images -------------------------------------------------------------------------------------------------

    def follow(self, ids: List[str]) -> None:
        """Another parcel was chosen: its own images come up, looked at in the same way."""
        self._look()
        self._parcel = ids[0] if len(ids) == 1 else None
        self._spot = self._place_of(self._parcel) if self._parcel else None
        self._offer()
        if self.is_on:
            self._view = self._current_view()
            self._show()

    def _place_of(self, parcel_id: str) -> Optional[Spot]:
        row = int(self._page.table.positions([parcel_id])[0])
        outlines = self._outlines([row]) if row >= 0 else []
        return spot_of(outlines[0], self._crs()) if outlines else None

    def _outlines(self, rows: List[int]) -> List[bytes]:
        return list(self._session.register.storage.shapes([self._page.table.text("shape_id", row) for row in rows]).values())

    def _crs(self) -> str:
        return self._session.register.meta["crs"]

    def _offer(self) -> None:
        """Find the images of the chosen patch and list them."""
        self._offered = candidates(self.shelf.images, self._spot) if self._spot is not None else []
        sides = self._sides()
        offers = [Offer(one.key, _line(one), _details(one), any(self._warnings(one, after) for after, side in sides.items() if side is one))
                  for one in self._offered]
        self.strip.show_offers(offers, {after: one.key for after, one in sides.items()})

    def _sides(self) -> Dict[bool, Candidate]:
        """The image of each side: as picked, else as it fits."""
        by_key = {one.key: one for one in self._offered}
        found = {}
        for after in (False, True):
            picked = by_key.get(self._picked.get((self._parcel, after), ""))
            one = picked or fitting(self._offered, self._written(after), after)
            if one is not None:
                found[after] = one
        return found

    def _written(self, after: bool) -> str:
        row = int(self._page.table.positions([self._parcel])[0])
        return self._page.table.text(_AFTER[after], row) if row >= 0 else ""

    def _warnings(self, one: Candidate, after: bool) -> List[str]:
        return warnings(one, self._written(after))

    # --- showing ------------------------------------------------------------------------------------------------------

    def _show(self) -> None:
        """What is chosen, as soon as its files are open; until then, and without an image, the map shows through."""
        sides = self._sides() if self._parcel else {}
        if not self.is_on:
            return
        if not self.layers.want([tile for one in sides.values() for tile in one.tiles]):
            self.views.put(Sides())
            return
        crs = QgsCoordinateReferenceSystem(self._crs())
        layers = {after: self.layers.layers(one.tiles[::-1], crs) for after, one in sides.items()}
        captions = {after: _caption(after, one, bool(self._warnings(one, after))) for after, one in sides.items()}
        parcel, neighbours = self._drawn_over()
        self.views.put(Sides(layers, captions, parcel, neighbours, crs))
        self._note()

    def _drawn_over(self) -> Tuple[Tuple[bytes, ...], Tuple[bytes, ...]]:
        """The outline of the chosen patch, and those around it if they are wanted."""
        if self._spot is None:
            return (), ()
        row = int(self._page.table.positions([self._parcel])[0])
        around: List[int] = []
        if self.strip.settings.neighbours:
            xmin, ymin, xmax, ymax = self._spot.own.bounds
            reach = 10 * max(xmax - xmin, ymax - ymin)
            meeting = self._page.table.meeting((xmin - reach, ymin - reach, xmax + reach, ymax + reach))
            around = [int(other) for other in meeting.nonzero()[0] if other != row][:_MOST_NEIGHBOURS]
        return tuple(self._outlines([row])), tuple(self._outlines(around))

    def _note(self) -> None:
        """Below the list: which images these are, and what does not fit."""
        sides = self._sides() if self._parcel else {}
        shown = [self.views.after] if self.views.mode == TURNS else [False, True]
        said = [_said(after, sides[after], self._warnings(sides[after], after)) for after in shown if after in sides]
        doubt = any(self._warnings(sides[after], after) for after in shown if after in sides)
        if len(sides) == 2 and sides[False] is sides[True]:
            said, doubt = [*said, tr("Before and after are the same image.")], True
        self._page.show_image_note(" ".join(said) or tr("No image shows this parcel."), doubt)

    # --- what happens around ------------------------------------------------------------------------------------------

    def _look(self, anew: bool = False) -> None:
        """Settings may have been changed in Options since."""
        kept = ImageSettings.load()
        if kept != self.strip.settings:
            self.strip.settings = kept
            self.strip.show_settings()
            self._frame()
        self.shelf.look(kept.places, anew)

    def _look_again(self) -> None:
        self._look(anew=True)

    def _on_opened(self, _path: str) -> None:
        self._picked.clear()
        self._look(anew=True)

    def _on_images(self) -> None:
        """Other images are at hand."""
        if self._parcel is not None:
            self._offer()
            self._show()

    def _on_layers(self, _layers: object) -> None:
        """Layers come and go in handfuls: once is enough."""
        self._soon.start(0)

    def _on_cleared(self) -> None:
        """Another project: it brings its own view."""
        self._view = None
        self.end()

    def _frame(self) -> None:
        framing = self._place.link.framing
        framing.scale, framing.fill = self.strip.settings.scale, self.strip.settings.fill

    def _on_set(self) -> None:
        """The user changed how close, how fast, or what is drawn."""
        framing, settings = self._place.link.framing, self.strip.settings
        moved = (framing.scale, framing.fill) != (settings.scale, settings.fill)
        self._frame()
        if moved and self._spot is not None:
            framing.bring(self._canvas, self._box())
            self._view = self._current_view() if self.is_on else None
        if self.views.mode in (BLINK, SWIPE):
            self.views.show(self.views.mode, blink_ms=settings.blink_ms, level=settings.level)
        self._show()

    def _box(self) -> QgsRectangle:
        """The chosen patch in the map's CRS."""
        source = QgsCoordinateReferenceSystem(self._crs())
        transform = QgsCoordinateTransform(source, self._canvas.mapSettings().destinationCrs(), QgsProject.instance())
        return transform.transformBoundingBox(QgsRectangle(*self._spot.own.bounds))

    def _ask_scale(self) -> None:
        said = self._place.asking.text(tr("Scale of the map for each parcel, 1 to:"))
        number = said.strip().split(":")[-1].replace(",", "") if said else ""
        if number.isdigit() and 50 <= int(number) <= 1_000_000:
            self.strip.change(scale=int(number))
        elif number:
            self._messages.note(tr("{text} is not a scale between 1:50 and 1:1000000.", text=said))

    def _show_options(self) -> None:
        self._place.iface.showOptionsDialog(self._place.window, "landInspectorOptions")
        self._look()


def _line(one: Candidate) -> str:
    return " · ".join(part for part in (said_date(one.taken) or tr("no date"), one.name) if part)


def _details(one: Candidate) -> str:
    return "\n".join([tr("{date} · pixel {size} m · shows {percent} % of the parcel", date=said_date(one.taken) or tr("no date"),
                         size=f"{one.pixel_m:.2g}", percent=round(100 * one.cover)), *(tile.source for tile in one.tiles[::-1])])


def _caption(after: bool, one: Candidate, doubt: bool) -> Caption:
    day = said_date(one.taken) or one.name
    return Caption((tr("After {date}", date=day) if after else tr("Before {date}", date=day)) + (" ⚠" if doubt else ""), doubt)


def _said(after: bool, one: Candidate, doubts: List[str]) -> str:
    side = tr("After: {image}", image=one.name) if after else tr("Before: {image}", image=one.name)
    return " ".join([side, *doubts])
