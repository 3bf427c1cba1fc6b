"""R38: what a site photo must say to be proof — near the patch, looking at it, taken while the batch was being checked.

A photo that says less is kept all the same; the warnings say what is doubtful. Distances in metres, directions in degrees.
"""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Iterable, Iterator, List, Mapping, Optional

from ..errors import Message, message
from .parameters import Parameters


@dataclass(frozen=True)
class Shot:
    """One photo as seen from one parcel. ``distance_m`` to its outline (0 inside); ``sees`` whether the parcel lies in the
    view, None where the camera wrote no direction. None wherever the camera wrote nothing."""

    taken_on: Optional[date] = None
    distance_m: Optional[float] = None
    direction: Optional[float] = None
    sees: Optional[bool] = None


@dataclass(frozen=True)
class Period:
    """From the issue of a batch (XFRQ) until it is due (JZRQ), both days included; None where the batch does not say."""

    issued_on: Optional[date] = None
    due_on: Optional[date] = None

    def holds(self, day: Optional[date]) -> bool:
        """Whether the day lies in it; an end that is not known sets no limit, an unknown day lies in none."""
        return day is not None and not (self.issued_on and day < self.issued_on) and not (self.due_on and day > self.due_on)


def photo_warnings(shot: Shot, period: Period, limits: Parameters) -> List[Message]:
    """Everything that makes a photo weak proof of a parcel (R38)."""
    return [*_place_warnings(shot, limits), *_day_warnings(shot.taken_on, period)]


def _place_warnings(shot: Shot, limits: Parameters) -> Iterator[Message]:
    if shot.distance_m is None:
        yield message("The photo does not say where it was taken.")
    elif shot.distance_m > limits.photo_distance_m:
        yield message("Taken {distance} m from the patch; the limit is {limit} m.", distance=round(shot.distance_m),
                      limit=round(limits.photo_distance_m))
    if shot.direction is None and limits.photo_azimuth_required:
        yield message("The photo does not say in which direction it looks.")
    if shot.sees is False:
        yield message("The photo looks away from the patch.")


def _day_warnings(taken_on: Optional[date], period: Period) -> Iterator[Message]:
    if taken_on is None:
        yield message("The photo does not say when it was taken.")
    elif period.issued_on is not None and taken_on < period.issued_on:
        yield message("Taken on {day}, before the batch was issued ({issued}).", day=taken_on.isoformat(),
                      issued=period.issued_on.isoformat())
    elif period.due_on is not None and taken_on > period.due_on:
        yield message("Taken on {day}, after the batch was due ({due}).", day=taken_on.isoformat(), due=period.due_on.isoformat())


#: The four views that prove a parcel from all sides, by the middle of each in degrees from north.
VIEWS: Mapping[float, Message] = {0.0: message("north"), 90.0: message("east"), 180.0: message("south"), 270.0: message("west")}


def missing_directions(directions: Iterable[float]) -> List[Message]:
    """The views in which no photo looks, of the directions (degrees from north) that there are."""
    seen = [one % 360.0 for one in directions]
    return [name for middle, name in VIEWS.items() if not any(abs((one - middle + 180.0) % 360.0 - 180.0) <= 45.0 for one in seen)]
