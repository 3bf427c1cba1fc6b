"""GPX as given out: a track of a device, and a month's plan as waypoints and routes."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from html import escape
from typing import List, Sequence, Tuple

import numpy as np

from ...values import storable
from .track_file import Segment

_HEAD = ('<?xml version="1.0" encoding="UTF-8"?>\n'
         '<gpx version="1.1" creator="Land Inspector" xmlns="http://www.topografix.com/GPX/1/1">\n')


@dataclass(frozen=True)
class Stop:
    """A place to go to, degrees (WGS 84)."""

    name: str
    lon: float
    lat: float
    text: str = ""


@dataclass(frozen=True)
class Route:
    """A planned way through stops; ``way`` the points of it, where roads say more than the stops."""

    name: str
    stops: Sequence[Stop]
    way: Sequence[Tuple[float, float]] = ()


def track_gpx(*segments: Segment) -> bytes:
    """Segments as one GPX track; the same points make the same bytes."""
    parts = ["<trkseg>\n" + "\n".join(f'<trkpt lat="{lat:.8f}" lon="{lon:.8f}">{_time(at)}</trkpt>'
                                      for lon, lat, at in zip(one.lon, one.lat, one.at)) + "\n</trkseg>" for one in segments]
    return (_HEAD + "<trk>" + "\n".join(parts) + "</trk>\n</gpx>\n").encode("utf-8")


def _time(at: float) -> str:
    if not np.isfinite(at):
        return ""
    return f"<time>{datetime.fromtimestamp(round(float(at), 3), timezone.utc).isoformat().replace('+00:00', 'Z')}</time>"


def plan_gpx(routes: Sequence[Route]) -> bytes:
    """A plan: each stop a waypoint, each patrol a route through its stops (or along its way)."""
    parts: List[str] = []
    for route in routes:
        parts += [_point("wpt", stop) for stop in route.stops]
    for route in routes:
        way = [Stop("", lon, lat) for lon, lat in route.way] or list(route.stops)
        parts.append(f"<rte><name>{_text(route.name)}</name>\n" + "\n".join(_point("rtept", stop) for stop in way) + "\n</rte>")
    return (_HEAD + "\n".join(parts) + "\n</gpx>\n").encode("utf-8")


def _point(tag: str, stop: Stop) -> str:
    said = (f"<name>{_text(stop.name)}</name>" if stop.name else "") + (f"<desc>{_text(stop.text)}</desc>" if stop.text else "")
    return f'<{tag} lat="{stop.lat:.8f}" lon="{stop.lon:.8f}">{said}</{tag}>'


def _text(text: str) -> str:
    return escape(storable(text))
