"""Shifted Chinese coordinates: GCJ-02 and BD-09 to WGS 84 and back, and which of them a track is likely in.

Chinese maps and many telephones' programs write positions that lie 270 to 560 m (GCJ-02) or about a kilometre (BD-09) beside the
true ones. A conversion is asked for and recorded, never made in silence. The series are the published ones (as in
googollee/eviltransform); outside the mainland nothing is shifted.
"""
from __future__ import annotations

from typing import Callable, Optional, Tuple

import numpy as np

WGS84, GCJ02, BD09 = "WGS84", "GCJ-02", "BD-09"
DATUMS = (WGS84, GCJ02, BD09)

_A, _EE = 6378245.0, 0.00669342162296594323
_BAIDU = np.pi * 3000.0 / 180.0
#: A datum is taken to be found when it fits this much better than the next one, by factor and by metres (no source; our choice).
LEAST_FACTOR, LEAST_GAIN_M = 3.0, 100.0

Degrees = np.ndarray
#: Distances in metres of positions (lon, lat in degrees, WGS 84) from what the track should lie on; NaN where nothing is near.
Distance = Callable[[Degrees, Degrees], np.ndarray]


def shifted(lon: Degrees, lat: Degrees, datum: str) -> Tuple[Degrees, Degrees]:
    """WGS 84 degrees as ``datum`` would write them."""
    lon, lat = np.asarray(lon, float), np.asarray(lat, float)
    if datum == WGS84:
        return lon, lat
    east, north = _gcj_offset(lon, lat)
    lon, lat = lon + east, lat + north
    return (lon, lat) if datum == GCJ02 else _to_baidu(lon, lat)


def unshifted(lon: Degrees, lat: Degrees, datum: str) -> Tuple[Degrees, Degrees]:
    """Degrees in ``datum`` as WGS 84; the inverse of :func:`shifted` to a centimetre, found by iteration."""
    lon, lat = np.asarray(lon, float), np.asarray(lat, float)
    if datum == WGS84:
        return lon, lat
    x, y = lon.copy(), lat.copy()
    for _ in range(12):
        there = shifted(x, y, datum)
        x, y = x + (lon - there[0]), y + (lat - there[1])
    return x, y


def likely_datum(lon: Degrees, lat: Degrees, distance: Distance) -> Optional[str]:
    """Which datum brings positions nearest to what they should lie on (roads, photos of the same minutes, known places).

    None where no datum is clearly better than the others: then a person is asked.
    """
    medians = {}
    for datum in DATUMS:
        away = np.asarray(distance(*unshifted(lon, lat, datum)), float)
        away = away[np.isfinite(away)]
        if not len(away):
            return None
        medians[datum] = float(np.median(away))
    (best, least), (_other, following) = sorted(medians.items(), key=lambda item: item[1])[:2]
    return best if following >= LEAST_FACTOR * least and following - least >= LEAST_GAIN_M else None


def _in_china(lon: Degrees, lat: Degrees) -> np.ndarray:
    """The box in which positions are shifted, but for Taiwan and Hong Kong with Macao, whose positions are not."""
    box = (lon >= 72.004) & (lon <= 137.8347) & (lat >= 0.8293) & (lat <= 55.8271)
    taiwan = (lon >= 119.9) & (lon <= 122.1) & (lat >= 21.8) & (lat <= 25.4)
    hong_kong = (lon >= 113.84) & (lon <= 114.45) & (lat >= 22.13) & (lat <= 22.50)
    return box & ~taiwan & ~hong_kong


def _gcj_offset(lon: Degrees, lat: Degrees) -> Tuple[Degrees, Degrees]:
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    waves = 20.0 * np.sin(6.0 * x * np.pi) + 20.0 * np.sin(2.0 * x * np.pi)
    north = (-100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
             + (waves + 20.0 * np.sin(y * np.pi) + 40.0 * np.sin(y / 3.0 * np.pi)
                + 160.0 * np.sin(y / 12.0 * np.pi) + 320.0 * np.sin(y * np.pi / 30.0)) * 2.0 / 3.0)
    east = (300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
            + (waves + 20.0 * np.sin(x * np.pi) + 40.0 * np.sin(x / 3.0 * np.pi)
               + 150.0 * np.sin(x / 12.0 * np.pi) + 300.0 * np.sin(x / 30.0 * np.pi)) * 2.0 / 3.0)
    phi = np.radians(lat)
    magic = 1.0 - _EE * np.sin(phi) ** 2
    north = north * 180.0 / (_A * (1.0 - _EE) / (magic * np.sqrt(magic)) * np.pi)
    east = east * 180.0 / (_A / np.sqrt(magic) * np.cos(phi) * np.pi)
    inside = _in_china(lon, lat)
    return np.where(inside, east, 0.0), np.where(inside, north, 0.0)


def _to_baidu(lon: Degrees, lat: Degrees) -> Tuple[Degrees, Degrees]:
    inside = _in_china(lon, lat)
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _BAIDU)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _BAIDU)
    return (np.where(inside, radius * np.cos(angle) + 0.0065, lon), np.where(inside, radius * np.sin(angle) + 0.006, lat))
