"""Before and after on the map: the two images that fit the chosen patch, looked at in several ways, its outline alone over them."""
from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, Dict, List, Optional, Tuple

from qgis.PyQt.QtCore import QObject, QTimer, pyqtSignal
from qgis.core import (
    QgsApplication, QgsCoordinateReferenceSystem, QgsCoordinateTransform, QgsMapLayer, QgsProject, QgsRectangle,
)

from ...errors import LandInspectorError
from ...i18n import tr
from ...register.views.parcels import outlines
from ...settings import HEADING
from ..review.work_page import WorkPage
from ..shell.dialogs import Question
from ..shell.services import Entry, Feature, Services
from ..shell.session import Session
from ..widgets.labels import tip
from ...exchange.image_choice import Candidate, ImageSettings, Spot, candidates, fitting, said_date, spot_of, warnings
from .item import Caption
from .shelf import ImageLayers, ImageShelf, ImageStrip, MAP, Offer
from .views import BESIDE, BLINK, ImageViews, Sides, STEP, SWIPE, TURNS

#: The images of a parcel are listed so long after it was chosen, and those of the next one drawn when nothing else is asked for.
_SOON_MS, _IDLE_MS = 30, 150


class BeforeAfter(QObject, Feature):
    """Knows the chosen patch and its two images; :class:`ImageViews` shows them. The project is never touched.

    ``looked`` tells the way of looking that was taken up, '' for the map.
    """

    looked = pyqtSignal(str)

    name = "landInspectorImages"

    def __init__(self, place: Services):
        super().__init__()
        self._place, self._page, self._session = place, place.dock.work_page, place.session
        self._canvas, self._messages = place.iface.mapCanvas(), place.messages
        project = QgsProject.instance()
        memory = Path(QgsApplication.qgisSettingsDirPath()) / HEADING / "images.json"
        self.shelf = ImageShelf(place.worker, place.messages, project, memory)
        self.layers = ImageLayers(place.worker, place.messages, project)
        self.views = ImageViews(place.window, self._canvas)
        self.strip: Optional[ImageStrip] = None
        self._subjects = Subjects(self._page, place.session, self.shelf)
        self._parcel: Optional[str] = None
        self._awaited = ""
        self._subject: Optional[Subject] = None
        self._view: Optional[QgsRectangle] = None
        self._soon, self._idle = _once(self._on_images, _SOON_MS), _once(self._prepare_next, _IDLE_MS)
        self._connections = [
            (self._page.chosen, self.follow), (place.reviewer.went_to, self.follow), (place.session.opened, self._on_opened),
            (place.session.closed, self._on_closed), (self.shelf.changed, self._on_images), (self.layers.opened, self._show),
            (self.views.closed, self.end), (self.views.turned, self._note), (self.views.drawn, self._idle.start),
            (project.cleared, self._leave_view), (self._canvas.layersChanged, self._leave_view),
            (project.layersAdded, self._on_layers), (project.layersRemoved, self._on_layers),
        ]

    def title(self) -> str:
        return tr("Images")

    def entries(self) -> List[Entry]:
        return [
            Entry("landInspectorBlink", tr("Images before and after in turn"), "", self.blink, "Alt+B"),
            Entry("landInspectorBlinkOn", tr("Images before and after blinking"), "", lambda: self.look(BLINK), "Alt+Shift+K"),
            Entry("landInspectorSwipe", tr("Swipe between the images"), "", lambda: self.look(SWIPE), "Alt+Shift+Z"),
            Entry("landInspectorSwipeBack", tr("Swipe line to the left or up"), "", lambda: self.swipe(-STEP), "Alt+Left",
                  repeats=True),
            Entry("landInspectorSwipeOn", tr("Swipe line to the right or down"), "", lambda: self.swipe(STEP), "Alt+Right",
                  repeats=True),
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
        for signal, slot in self._connections + self._strip_wires:
            signal.connect(slot)
        self._page.add_strip(self.strip)
        self._page.add_tools(self.strip.tools)
        self._frame()

    def unload(self) -> None:
        self._soon.stop()
        self._idle.stop()
        for signal, slot in reversed(self._connections + self._strip_wires):
            signal.disconnect(slot)
        self.end()
        self._page.take_tools_out(self.strip.tools)
        self.strip.setParent(None)
        self.strip.deleteLater()
        self.strip = None

    @property
    def is_on(self) -> bool:
        """Whether images are looked at now, in whichever way."""
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

    def resume(self, mode: str) -> None:
        """Look this way as soon as images of the chosen parcel are at hand; without any, nothing is said."""
        self._awaited = mode if mode in (TURNS, BLINK, SWIPE, BESIDE) else ""
        self._soon.start()

    def swipe(self, share: float) -> None:
        """Move the swipe line by a share of the map's width or height."""
        if self.views.line is not None:
            self.views.line.step(share)

    def pick(self, after: bool, key: str) -> None:
        """Take another image for one side of the chosen patch."""
        if self._subject is not None:
            self._subjects.pick(self._subject.parcel_id, after, key)
            self._on_images()

    def end(self) -> None:
        """The map as it was: the view too, unless another parcel has moved it since."""
        view, self._view = self._view, None
        if not self.is_on:
            return
        self._let_go()
        self.looked.emit("")
        if view is not None and view != self._current_view():
            self._canvas.setExtent(view)
            self._canvas.refresh()

    def _current_view(self) -> QgsRectangle:
        """As it was set, before a turned map makes it wider."""
        return QgsRectangle(self._canvas.mapSettings().extent())

    def _let_go(self) -> None:
        self._idle.stop()
        self.views.end()
        self.layers.close()
        self._page.show_image_note("")
        if self.strip is not None:
            self.strip.show_mode(MAP)

    def _ready(self) -> bool:
        """Whether there is something to show; if not, why is said."""
        self._look()
        self._take()
        if self._subject is not None and self._subject.sides:
            return True
        if self._subject is None:
            self._messages.note(tr("Choose one parcel to see its images."))
        elif self.shelf.looking:
            self._messages.note(tr("The image folders are being looked through; try again in a moment."))
        else:
            self._messages.note(tr("No image shows this parcel: name the image folders in Options, or load rasters with a date in "
                                   "their name."))
        self.strip.show_mode(self.views.mode)
        return False

    def _start(self, mode: str) -> None:
        self._awaited = ""
        if not self.is_on:
            self._view = self._current_view()
        self.views.show(mode, blink_ms=self.strip.settings.blink_ms, level=self.strip.settings.level)
        self.strip.show_mode(mode)
        self.looked.emit(mode)
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
        """Another parcel was chosen: its own images come up, looked at in the same way.

        While nobody looks at images they are listed a moment later: a verdict's key does not wait for that.
        """
        self._parcel = ids[0] if len(ids) == 1 else None
        if self.is_on:
            self._view = self._current_view()
            self._on_images()
        else:
            self._soon.start()

    def _take(self) -> None:
        """Find the images of the chosen parcel and list them."""
        self._soon.stop()
        self._subject = None if self._parcel is None else self._subjects.of(self._parcel)
        if self._subject is None:
            self.strip.show_offers([], {})
        else:
            self.strip.show_offers(self._subject.offers(), {after: one.key for after, one in self._subject.sides.items()})
            if self._awaited and self._subject.sides:
                self._start(self._awaited)

    # --- showing ------------------------------------------------------------------------------------------------------

    def _show(self) -> None:
        """What is chosen, as soon as its files are open; until then, and without an image, the map shows through."""
        if not self.is_on:
            return
        layers = {} if self._subject is None else self._layers_of(self._subject)
        if self._subject is None or layers is None:
            self.views.put(Sides())
        else:
            captions = {after: self._subject.caption(after) for after in (False, True)}
            neighbours = self._subjects.neighbours(self._subject) if self.strip.settings.neighbours else ()
            self.views.put(Sides(layers, captions, (self._subject.outline,), neighbours, self._subjects.crs))
        self._note()

    def _layers_of(self, subject: Subject) -> Optional[Dict[bool, List[QgsMapLayer]]]:
        """Topmost first for each side; None while files are being opened."""
        if not self.layers.want([tile for one in subject.sides.values() for tile in one.tiles]):
            return None
        return {after: self.layers.layers(one.tiles[::-1], self._subjects.crs) for after, one in subject.sides.items()}

    def _note(self) -> None:
        """Below the list: which images these are, and what does not fit."""
        if self._subject is None or not self._subject.sides:
            self._page.show_image_note(tr("No image shows this parcel."), True)
            return
        shown = [self.views.after] if self.views.mode == TURNS else [False, True]
        said = [self._subject.said(after) for after in shown]
        doubt = any(self._subject.doubts.get(after) for after in shown) or self._subject.is_one_image
        if self._subject.is_one_image:
            said.append(tr("Before and after are the same image."))
        self._page.show_image_note("\n".join(text for text in said if text), doubt)
        self._page.image_note.setToolTip(tip(self._page.image_note.text()))

    def _prepare_next(self) -> None:
        """The images of the next open parcel are drawn before it is asked for."""
        following = self._page.next_open() if self.is_on and self.views.is_still else None
        subject = self._subjects.of(following) if following is not None else None
        layers = self._layers_of(subject) if subject is not None else None
        if layers:
            self.views.prepare(layers, self._place.link.framing.view(self._canvas.mapSettings(), self._box(subject)))

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
        self._subjects.forget()
        self._look(anew=True)

    def _on_closed(self) -> None:
        self._view, self._parcel, self._awaited = None, None, ""
        self.end()
        self._take()

    def _on_images(self) -> None:
        """Another parcel was chosen, another image picked, or other images are at hand."""
        if self._parcel is not None:
            self._look()
        self._take()
        self._show()

    def _on_layers(self, _layers: object) -> None:
        """Layers come and go in handfuls: once is enough."""
        self._soon.start()

    def _leave_view(self) -> None:
        """Another project brings its own view; who switches a layer on or off wants to see the map again, and here."""
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
        if moved and self._subject is not None:
            framing.bring(self._canvas, self._box(self._subject))
            self._view = self._current_view() if self.is_on else None
        if self.views.mode in (BLINK, SWIPE):
            self.views.show(self.views.mode, blink_ms=settings.blink_ms, level=settings.level)
        self._show()

    def _box(self, subject: Subject) -> QgsRectangle:
        """The parcel in the map's CRS."""
        transform = QgsCoordinateTransform(self._subjects.crs, self._canvas.mapSettings().destinationCrs(), QgsProject.instance())
        return transform.transformBoundingBox(QgsRectangle(*subject.spot.own.bounds))

    def _ask_scale(self) -> None:
        said = self._place.asking.text(Question(tr("Scale of the map for each parcel, 1 to:"), tr("Set scale")))
        number = said.strip().split(":")[-1].replace(",", "") if said else ""
        if number.isdigit() and 50 <= int(number) <= 1_000_000:
            self.strip.change(scale=int(number))
        elif number:
            self._messages.note(tr("{text} is not a scale between 1:50 and 1:1000000.", text=said))

    def _show_options(self) -> None:
        self._place.iface.showOptionsDialog(self._place.window, "landInspectorOptions")
        self._look()


def _once(then: Callable[[], None], wait_ms: int) -> QTimer:
    """A timer that calls once, however often it was started meanwhile."""
    timer = QTimer()
    timer.setSingleShot(True)
    timer.setInterval(wait_ms)
    timer.timeout.connect(then)
    return timer


# --- A parcel as a subject of images: where it lies, which images show it, which two are taken, and what is to be
#     said of them.


_DATES = {False: "QSX", True: "HSX"}
_MOST_NEIGHBOURS = 200


@dataclass(frozen=True)
class Subject:
    """``sides`` holds the image before (False) and after (True), where there is one, ``doubts`` what does not fit of each."""

    parcel_id: str
    outline: bytes
    spot: Spot
    offered: List[Candidate] = field(default_factory=list)
    sides: Dict[bool, Candidate] = field(default_factory=dict)
    doubts: Dict[bool, List[str]] = field(default_factory=dict)

    @property
    def is_one_image(self) -> bool:
        """The same on both sides: it shows no change."""
        return len(self.sides) == 2 and self.sides[False] is self.sides[True]

    def offers(self) -> List[Offer]:
        """A line for each image, by date."""
        doubted = {one.key for after, one in self.sides.items() if self.doubts[after]}
        return [Offer(one.key, _line(one), _details(one), one.key in doubted) for one in self.offered]

    def caption(self, after: bool) -> Caption:
        """What stands over a side (``after`` or before): the image's date or name, with ⚠ where something does not
        fit."""
        if after not in self.sides:
            return Caption(tr("No image after") if after else tr("No image before"), True)
        one, doubt = self.sides[after], bool(self.doubts[after])
        day = said_date(one.taken) or one.name
        text = tr("After {date}", date=day) if after else tr("Before {date}", date=day)
        return Caption(f"{text} ⚠" if doubt else text, doubt)

    def said(self, after: bool) -> str:
        """The image's name and what does not fit; '' without one."""
        one = self.sides.get(after)
        if one is None:
            return ""
        side = tr("After: {image}", image=one.name) if after else tr("Before: {image}", image=one.name)
        return " · ".join([side, *self.doubts[after]])


class Subjects:
    """Finds the images of parcels; remembers what the user picked for them while the register is open."""

    def __init__(self, page: WorkPage, session: Session, shelf: ImageShelf):
        self._page, self._session, self._shelf = page, session, shelf
        self._picked: Dict[Tuple[str, bool], str] = {}

    @property
    def crs(self) -> QgsCoordinateReferenceSystem:
        """The CRS of the register, in which outlines are given."""
        return QgsCoordinateReferenceSystem(self._session.register.meta["crs"])

    def pick(self, parcel_id: str, after: bool, key: str) -> None:
        """The user wants the image of this key on this side of the parcel."""
        self._picked[(parcel_id, after)] = key

    def forget(self) -> None:
        """Another register: what was picked for the last one's parcels counts no more."""
        self._picked.clear()

    def of(self, parcel_id: str) -> Optional[Subject]:
        """None where the parcel is not in the batch that is shown."""
        row = int(self._page.table.positions([parcel_id])[0])
        outlines = self._outlines([row]) if row >= 0 else ()
        if not outlines:
            return None
        spot = spot_of(outlines[0], self._session.register.meta["crs"])
        offered = candidates(self._shelf.images, spot)
        written = {after: self._page.table.text(column, row) for after, column in _DATES.items()}
        sides = {after: self._picked_one(parcel_id, offered, after) or fitting(offered, written[after], after, written[not after])
                 for after in written}
        known = {after: one for after, one in sides.items() if one is not None}
        doubts = {after: warnings(one, written[after]) for after, one in known.items()}
        return Subject(parcel_id, outlines[0], spot, offered, known, doubts)

    def _picked_one(self, parcel_id: str, offered: List[Candidate], after: bool) -> Optional[Candidate]:
        picked = self._picked.get((parcel_id, after))
        return next((one for one in offered if one.key == picked), None)

    def neighbours(self, subject: Subject) -> Tuple[bytes, ...]:
        """Outlines of the parcels around, ten times its size far."""
        xmin, ymin, xmax, ymax = subject.spot.own.bounds
        reach = 10 * max(xmax - xmin, ymax - ymin)
        table = self._page.table
        meeting = table.meeting((xmin - reach, ymin - reach, xmax + reach, ymax + reach)).nonzero()[0]
        return self._outlines([int(row) for row in meeting if table.ids[row] != subject.parcel_id][:_MOST_NEIGHBOURS])

    def _outlines(self, rows: List[int]) -> Tuple[bytes, ...]:
        ids = [self._page.table.text("shape_id", row) for row in rows]
        try:
            return tuple(outlines(self._session.register, ids).values())
        except LandInspectorError as error:
            self._session.note_lost(error)
            return ()


def _line(one: Candidate) -> str:
    return f"{said_date(one.taken) or tr('no date')} · {one.name}"


def _details(one: Candidate) -> str:
    """Date, pixel, share, and the files themselves."""
    said = tr("{date} · pixel {size} m · shows {percent} % of the parcel", date=said_date(one.taken) or tr("no date"),
              size=f"{one.pixel_m:.2g}", percent=round(100 * one.cover))
    return "\n".join([said, *(tile.source for tile in one.tiles[::-1])])
