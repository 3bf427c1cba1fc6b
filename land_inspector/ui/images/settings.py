"""What is remembered of how a user looks at images, in QGIS's own settings."""
from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Tuple

from qgis.core import QgsSettings

from ...exchange.image_catalogue import Places
from ...settings import HEADING

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
        stored = QgsSettings()
        return cls(**{f.name: stored.value(f"{_GROUP}/{f.name}", f.default, type(f.default)) for f in fields(cls)})

    def save(self) -> None:
        stored = QgsSettings()
        for f in fields(self):
            stored.setValue(f"{_GROUP}/{f.name}", getattr(self, f.name))

    @property
    def places(self) -> Places:
        return Places(self.folder_list, self.listing, self.path_field, self.date_field)

    @property
    def folder_list(self) -> Tuple[str, ...]:
        return tuple(line.strip() for line in self.folders.splitlines() if line.strip())
