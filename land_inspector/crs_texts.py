"""Texts that name a coordinate system, before any library sees them: a code, WKT or PROJ, and nothing else.

PROJ and GDAL take far more for a CRS: a URL is fetched, a path is opened. What stands in a file from outside (.prj, GeoJSON's
``crs.name``, an evidence profile, a register's meta) passes through here first. Pure Python, for every room.
"""
from __future__ import annotations

import re
from typing import Optional

_CODE = re.compile(r"(?:EPSG|ESRI|OGC|IGNF)\s*:{1,2}\s*[A-Za-z0-9_.]{1,24}", re.IGNORECASE)
_URN = re.compile(r"urn:(?:x-)?ogc:def:crs:(EPSG|OGC|ESRI):[\w.]*:(\w{1,24})", re.IGNORECASE)
_OPENGIS = re.compile(r"https?://www\.opengis\.net/(?:def/crs/(EPSG|OGC|ESRI)/[\w.]+/|gml/srs/(epsg)\.xml#)(\w{1,24})", re.IGNORECASE)
_WKT = re.compile(r"(?:GEOGCS|PROJCS|GEOCCS|LOCAL_CS|COMPD_CS|VERT_CS|GEODCRS|GEOGCRS|GEODETICCRS|GEOGRAPHICCRS|PROJCRS|PROJECTEDCRS"
                  r"|COMPOUNDCRS|BOUNDCRS|ENGCRS|ENGINEERINGCRS|VERTCRS|VERTICALCRS|DERIVEDPROJCRS)\s*[\[(]", re.IGNORECASE)
_NAMES = {"wgs84": "EPSG:4326", "wgs 84": "EPSG:4326", "crs84": "OGC:CRS84", "ogc:crs84": "OGC:CRS84", "cgcs2000": "EPSG:4490"}
#: A grid that PROJ would look for outside its own folders, or over the network.
_FAR_GRID = re.compile(r"(?:grids|init|catalog)\"?\s*[=,]\s*\"?@?[^\s\"']*(?:/|\\)", re.IGNORECASE)
_MOST = 20_000


def plain_crs_text(text: str) -> Optional[str]:
    """The text as a library may read it: ``EPSG:4528`` (also out of a URN or OGC's address), WKT or PROJ; None for all else."""
    text = text.strip(" \0\r\n\t\ufeff")
    if not text or len(text) > _MOST or _FAR_GRID.search(text):
        return None
    found = _URN.fullmatch(text) or _OPENGIS.fullmatch(text)
    if found:
        parts = [part for part in found.groups() if part]
        return f"{parts[0].upper()}:{parts[1]}"
    if _CODE.fullmatch(text):
        authority, code = re.split(r"\s*:{1,2}\s*", text, maxsplit=1)
        return f"{authority.upper()}:{code}"
    if text.lower() in _NAMES:
        return _NAMES[text.lower()]
    if _WKT.match(text) or re.match(r"\+?proj\s*=", text):
        return text
    return None


def shown_crs(text: str) -> str:
    """What a reader is told of a coordinate system: a code as it is, of WKT its name."""
    name = re.match(r'[^\[(]*[\[(]\s*"([^"]+)"', text) if _WKT.match(text) else None
    return name.group(1) if name else text
