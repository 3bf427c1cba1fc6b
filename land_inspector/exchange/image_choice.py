"""Which images show a patch before and after: those of the dates in QSX and HSX that cover it, the finest first."""
from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date
from pathlib import Path
from typing import Dict, List, Optional, Sequence, Tuple

import numpy as np
import shapely
from qgis.core import QgsRasterLayer, QgsSettings, QgsUnitTypes

from ..evidence.gdal_quiet import spatial_reference
from ..i18n import tr
from ..law.image_dates import DateSpan, parse_image_date
from ..settings import HEADING
from .image_catalogue import Places
from .image_files import BY_LIST, BY_NAME, Image, in_lonlat

#: A part of the patch that an image leaves open weighs like days between its date and the patch's: one percent, one day.
DAYS_PER_WHOLE = 100
#: Less is the grid's rounding, not a part of the patch that cannot be seen.
COVERED = 0.999
#: Tiles of the same date are shown this far around the patch (times its size), and at least this far in degrees (2 km).
AROUND, AROUND_AT_LEAST = 5.0, 0.02
_MOST_TILES = 24


@dataclass(frozen=True)
class Spot:
    """A patch in longitude and latitude and, for images that name no CRS, in the register's own coordinates."""

    lonlat: shapely.Geometry
    own: shapely.Geometry

    def beside(self, image: Image) -> shapely.Geometry:
        """The patch in the coordinates of the image's footprint."""
        return self.lonlat if image.crs else self.own


@dataclass(frozen=True)
class Candidate:
    """All images of one date around a patch, the coarsest first so that the finest is drawn last; together they are one picture.

    ``cover`` is the share of the patch that they show, 0 … 1.
    """

    tiles: Tuple[Image, ...]
    taken: Optional[DateSpan]
    cover: float

    @property
    def key(self) -> str:
        """The same for as long as it is the same date of the same place."""
        return said_date(self.taken) or self.tiles[-1].key

    @property
    def pixel_m(self) -> float:
        """Size of a pixel of the finest tile, in metres."""
        return self.tiles[-1].pixel_m

    @property
    def name(self) -> str:
        """The finest one's name, with the number of the others."""
        more = len(self.tiles) - 1
        return tr("{name} and {n} more", name=self.tiles[-1].name, n=more) if more else self.tiles[-1].name


def said_date(taken: Optional[DateSpan]) -> str:
    """2026-03-01, or from … to …; '' where it is not known."""
    if taken is None:
        return ""
    return taken.first.isoformat() if taken.is_one_day else f"{taken.first.isoformat()}…{taken.last.isoformat()}"


def candidates(known: Sequence[Image], spot: Spot) -> List[Candidate]:
    """What shows something of the patch: dates oldest first, then images that name no date, by name."""
    near: Dict[object, List[Image]] = {}
    for image in _around(known, spot):
        near.setdefault(image.taken or image.key, []).append(image)
    found = [_candidate(tiles, spot) for tiles in near.values()]
    return sorted((one for one in found if one.cover > 0), key=_age)


def _around(known: Sequence[Image], spot: Spot) -> List[Image]:
    west, south, east, north = spot.lonlat.bounds
    reach = max(AROUND * max(east - west, north - south), AROUND_AT_LEAST)
    places = {True: shapely.box(west - reach, south - reach, east + reach, north + reach), False: spot.own}
    meets = shapely.intersects(np.array([image.footprint for image in known], dtype=object),
                               np.array([places[bool(image.crs)] for image in known], dtype=object))
    return [image for image, there in zip(known, meets) if there]


def _candidate(tiles: List[Image], spot: Spot) -> Candidate:
    """Nearest tiles count where there are too many; drawn coarse to fine."""
    nearest = sorted(tiles, key=lambda image: image.footprint.distance(spot.beside(image)))[:_MOST_TILES]
    in_order = sorted(nearest, key=lambda image: (-image.pixel_m, image.name))
    return Candidate(tuple(in_order), in_order[0].taken, _cover(in_order, spot))


def _cover(tiles: Sequence[Image], spot: Spot) -> float:
    shares = []
    for patch, some in ((spot.lonlat, [t for t in tiles if t.crs]), (spot.own, [t for t in tiles if not t.crs])):
        if some and patch.area > 0:
            shares.append(shapely.intersection(patch, shapely.union_all([tile.footprint for tile in some])).area / patch.area)
    return min(max(shares, default=0.0), 1.0)


def _age(one: Candidate) -> Tuple[date, str]:
    return (one.taken.first if one.taken else date.max, one.name)


def fitting(offered: Sequence[Candidate], written: Optional[str], after: bool, other: Optional[str] = None) -> Optional[Candidate]:
    """The one for the date in QSX or HSX: nearest in time, what covers less standing back, then the finest.

    ``other`` is the patch's other date: an image after that for the side before, or before it for the side after, shows no
    change and is only taken where there is nothing else. Where the patch names no date: the newest for the image after, the
    oldest for the one before.
    """
    dated = _on_its_side([one for one in offered if one.taken is not None], after, parse_image_date(other))
    wanted = parse_image_date(written)
    if not dated:
        return None
    if wanted is None:
        covering = [one for one in dated if one.cover >= COVERED] or dated
        return covering[-1 if after else 0]
    return min(dated, key=lambda one: (days_between(one.taken, wanted) + DAYS_PER_WHOLE * (1 - one.cover), one.pixel_m))


def _on_its_side(dated: List[Candidate], after: bool, other: Optional[DateSpan]) -> List[Candidate]:
    if other is None:
        return dated
    fine = [one for one in dated if (one.taken.first > other.last if after else one.taken.last < other.first)]
    return fine or dated


def warnings(one: Candidate, written: Optional[str]) -> List[str]:
    """What to know before trusting the image: its date against the patch's, and what of the patch it leaves open."""
    said = [_date_warning(one.taken, parse_image_date(written))]
    if one.cover < COVERED:
        said.append(tr("Shows only {percent} % of the parcel.", percent=min(round(100 * one.cover), 99)))
    if not all(tile.crs for tile in one.tiles):
        said.append(tr("Names no coordinate system: it is laid where the register's would put it."))
    return [text for text in said if text]


def _date_warning(taken: Optional[DateSpan], wanted: Optional[DateSpan]) -> str:
    if taken is None:
        return tr("The image names no date.")
    if wanted is None:
        return tr("The parcel names no date for this image.")
    days = days_between(taken, wanted)
    if not days:
        return ""
    if taken.last < wanted.first:
        return tr("Taken {days} days before {day}.", days=days, day=wanted.first.isoformat())
    return tr("Taken {days} days after {day}.", days=days, day=wanted.last.isoformat())


def days_between(one: DateSpan, two: DateSpan) -> int:
    """Days from the end of the earlier span to the begin of the later; 0 where they share a day."""
    return max((two.first - one.last).days, (one.first - two.last).days, 0)


def spot_of(wkb: bytes, crs: str) -> Spot:
    """The place of a patch (WKB in ``crs``)."""
    own = shapely.make_valid(shapely.from_wkb(wkb))
    return Spot(in_lonlat(own, spatial_reference(crs)), own)


def image_of_layer(layer: QgsRasterLayer, filed: Dict[str, Image]) -> Image:
    """What a layer of the project says of itself: its name counts for the date, unless the office's list knows better."""
    known = filed.get(layer.source())
    named = parse_image_date(layer.name()) or parse_image_date(Path(layer.source()).stem)
    if known is not None:
        dated = {} if named is None or known.dated_by == BY_LIST else {"taken": named, "dated_by": BY_NAME}
        return replace(known, name=layer.name(), layer_id=layer.id(), **dated)
    box = layer.extent()
    srs = spatial_reference(layer.crs().toWkt()) if layer.crs().isValid() else None
    outline = shapely.box(box.xMinimum(), box.yMinimum(), box.xMaximum(), box.yMaximum())
    to_metres = QgsUnitTypes.fromUnitToUnitFactor(layer.crs().mapUnits(), QgsUnitTypes.DistanceUnit.DistanceMeters)
    return Image(layer.source(), layer.name(), layer.crs().toWkt() if srs else "", in_lonlat(outline, srs),
                 layer.rasterUnitsPerPixelX() * to_metres, named, BY_NAME if named else "", layer.id())


# --- What is remembered of how a user looks at images, in QGIS's own settings.


_GROUP = f"{HEADING}/images"


@dataclass
class ImageSettings:
    """``folders`` one a line. ``scale`` is the denominator that the map takes for each parcel; 0: the parcel fills ``fill`` percent.

    ``blink_ms`` is how long each image stands; ``level`` lays the swipe line level; ``neighbours`` outlines the parcels around.
    """

    folders: str = ""
    listing: str = ""
    path_field: str = ""
    date_field: str = ""
    scale: int = 0
    fill: int = 40
    blink_ms: int = 700
    level: bool = False
    neighbours: bool = False

    @classmethod
    def load(cls) -> ImageSettings:
        """What QgsSettings keep; the default for what was never set."""
        stored = QgsSettings()
        return cls(**{f.name: stored.value(f"{_GROUP}/{f.name}", f.default, type(f.default)) for f in fields(cls)})

    def save(self) -> None:
        """Keep every setting in QgsSettings."""
        stored = QgsSettings()
        for f in fields(self):
            stored.setValue(f"{_GROUP}/{f.name}", getattr(self, f.name))

    @property
    def places(self) -> Places:
        """Where images are looked for: the folders, and the list with its fields of path and date."""
        return Places(self.folder_list, self.listing, self.path_field, self.date_field)

    @property
    def folder_list(self) -> Tuple[str, ...]:
        """The folders, one for each line that is not empty."""
        return tuple(line.strip() for line in self.folders.splitlines() if line.strip())
