"""Which of the project's images show a patch before and after: rasters with a date in their name, against QSX and HSX."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Iterable, List, Optional, Sequence

from qgis.core import QgsProject, QgsRasterLayer

from ..i18n import tr
from ..law.image_dates import DateSpan, parse_image_date


@dataclass(frozen=True)
class Picture:
    """An image layer of the project and the days on which, by its name, it can have been taken."""

    layer_id: str
    name: str
    taken: DateSpan


@dataclass(frozen=True)
class Choice:
    """``picture`` is the one nearest in time; ``warning`` says where its date lies outside what the patch names, '' else."""

    picture: Picture
    warning: str


def pictures(project: QgsProject) -> List[Picture]:
    """Every raster layer whose name holds a date, oldest first."""
    found = []
    for layer in project.mapLayers().values():
        taken = parse_image_date(layer.name()) if isinstance(layer, QgsRasterLayer) else None
        if taken is not None:
            found.append(Picture(layer.id(), layer.name(), taken))
    return sorted(found, key=lambda picture: (picture.taken.first, picture.name))


def fitting(known: Sequence[Picture], written: Optional[str]) -> Optional[Choice]:
    """The image of the date that QSX or HSX holds, else the nearest; None without images or without a date to go by."""
    wanted = parse_image_date(written)
    if wanted is None or not known:
        return None
    picture = min(known, key=lambda one: (days_between(one.taken, wanted), -one.taken.first.toordinal()))
    days = days_between(picture.taken, wanted)
    said = tr("Taken {days} days away from {day}.", days=days, day=_nearest(wanted, picture.taken).isoformat()) if days else ""
    return Choice(picture, said)


def days_between(one: DateSpan, two: DateSpan) -> int:
    """Days from the end of the earlier span to the begin of the later; 0 where they share a day."""
    return max((two.first - one.last).days, (one.first - two.last).days, 0)


def _nearest(wanted: DateSpan, taken: DateSpan) -> date:
    return wanted.first if taken.last < wanted.first else wanted.last


def ids_of(layers: Iterable[object]) -> List[str]:
    """Ids of the layers, in their order."""
    return [layer.id() for layer in layers]
