"""What may spoil a comparison, said before anybody relies on it: one line each, green, yellow or red, never passed in silence."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Dict, List, Optional

from ..errors import Message, message
from .pair import EXAMINED, ImageFile, Pair
from .radiometry import Normalisation
from .registration import Registration

GREEN, YELLOW, RED = "green", "yellow", "red"
#: Days between the days of the year of both images.
SAME_SEASON, NEAR_SEASON = 20, 45
MOST_PIXEL_RATIO = 2.0
LEAST_EXAMINED, FEW_EXAMINED = 0.99, 0.8
MOST_OFF_NADIR, FAR_OFF_NADIR = 15.0, 25.0


@dataclass(frozen=True)
class Gate:
    """``name`` is what was looked at, ``level`` green, yellow or red, ``text`` the finding with its figures."""

    name: Message
    level: str
    text: Message


def gates_of(before: ImageFile, after: ImageFile, pair: Pair, registration: Registration, normalisation: Normalisation,
             areas_m2: Dict[int, float], beyond_m2: float) -> List[Gate]:
    """All of them, in the order of the report."""
    found = [_season(before, after), _pixels(pair), _registration(registration), _radiometry(normalisation),
             _coverage(areas_m2, beyond_m2), _view(pair.off_nadir())]
    return [gate for gate in found if gate is not None]


def season_gate(before: str, after: str) -> Gate:
    """The distance of the days of the year of two days (ISO text, '' for one that nobody knows)."""
    return _season(ImageFile("before", before), ImageFile("after", after))


def _season(before: ImageFile, after: ImageFile) -> Gate:
    name = message("Season")
    days = [_day(file.taken) for file in (before, after)]
    if None in days:
        return Gate(name, YELLOW, message("It cannot be told: the day of {file} is not known.",
                                          file=(before if days[0] is None else after).name))
    one, two = (day.timetuple().tm_yday for day in days if day is not None)
    apart = min(abs(one - two), 365 - abs(one - two))
    if apart <= SAME_SEASON:
        return Gate(name, GREEN, message("The days of the year are {n} apart.", n=apart))
    if apart <= NEAR_SEASON:
        return Gate(name, YELLOW, message("The days of the year are {n} apart: expect crops and leaves among the candidates.", n=apart))
    return Gate(name, RED, message("The days of the year are {n} apart: about 10 times as many false candidates (measured at one site). "
                                   "Take an image of the same season of another year.", n=apart))


def _day(text: str) -> Optional[date]:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def _pixels(pair: Pair) -> Gate:
    sizes = [lattice.pixel_m for lattice in pair.lattices]
    text = message("{a:.2f} m and {b:.2f} m, compared at {c:.2f} m.", a=sizes[0], b=sizes[1], c=pair.grid.pixel_m)
    return Gate(message("Pixel size"), RED if max(sizes) > MOST_PIXEL_RATIO * min(sizes) else GREEN, text)


def _registration(found: Registration) -> Gate:
    name = message("Image registration")
    figures = {"accepted": found.accepted, "windows": found.windows, "x": found.x, "y": found.y, "residual": found.residual}
    if not found.is_trusted:
        return Gate(name, RED, message("Refused: only {accepted} of {windows} windows agree on how the images lie. They were taken as they "
                                       "lie, and changes are looked for with a tolerance of two pixels.", **figures))
    level = GREEN if found.reach == 1 else YELLOW
    if found.is_applied:
        return Gate(name, level, message(
            "{accepted} of {windows} windows accepted; the later image was moved by {x:.2f} pixels to the right and {y:.2f} down, "
            "±{residual:.2f}.", **figures))
    return Gate(name, level, message("{accepted} of {windows} windows accepted; the images lie on each other (±{residual:.2f} pixels).",
                                     **figures))


def _radiometry(found: Normalisation) -> Gate:
    name = message("Light and sensor")
    if found.why is not None:
        return Gate(name, YELLOW, message("Matched by histograms, because {why}: large changes pull the colours of everything.",
                                          why=found.why))
    gains = f"{min(found.gains):.2f}–{max(found.gains):.2f}"
    return Gate(name, GREEN, message("Carried over through {n} pixels of the sample that seem unchanged, gains {gains}.", n=found.unchanged,
                                     gains=gains))


def _coverage(areas_m2: Dict[int, float], beyond_m2: float) -> Gate:
    total = sum(areas_m2.values()) + beyond_m2
    share = areas_m2[EXAMINED] / total if total else 0.0
    level = GREEN if share >= LEAST_EXAMINED else YELLOW if share >= FEW_EXAMINED else RED
    return Gate(message("Examined"), level, message("{percent:.1f} % of the area ({part:.3f} of {whole:.3f} km²).", percent=100 * share,
                                                    part=areas_m2[EXAMINED] / 1e6, whole=total / 1e6))


def _view(degrees: Optional[float]) -> Optional[Gate]:
    if degrees is None:
        return None
    level = GREEN if degrees <= MOST_OFF_NADIR else YELLOW if degrees <= FAR_OFF_NADIR else RED
    return Gate(message("View angle"), level, message("Up to {n:.1f}° off nadir: tall roofs and slopes lie elsewhere on each date.",
                                                      n=degrees))
