"""A parcel as a subject of images: where it lies, which images show it, which two are taken, and what is to be said of them."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Dict, List, Optional, Tuple

from qgis.core import QgsCoordinateReferenceSystem

from ...i18n import tr
from ...register.views.parcels import outlines
from .choice import Candidate, Spot, candidates, fitting, said_date, warnings
from .item import Caption
from .shelf import ImageShelf, spot_of
from .strip import Offer
from ..shell.session import Session
from ..review.work_page import WorkPage

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
        return QgsCoordinateReferenceSystem(self._session.register.meta["crs"])

    def pick(self, parcel_id: str, after: bool, key: str) -> None:
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
        return tuple(outlines(self._session.register, ids).values())


def _line(one: Candidate) -> str:
    return f"{said_date(one.taken) or tr('no date')} · {one.name}"


def _details(one: Candidate) -> str:
    """Date, pixel, share, and the files themselves."""
    said = tr("{date} · pixel {size} m · shows {percent} % of the parcel", date=said_date(one.taken) or tr("no date"),
              size=f"{one.pixel_m:.2g}", percent=round(100 * one.cover))
    return "\n".join([said, *(tile.source for tile in one.tiles[::-1])])
