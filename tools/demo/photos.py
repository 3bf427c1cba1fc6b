"""Photos as inspectors bring them home: small invented pictures whose EXIF says where, when and in which direction.

GDAL writes the EXIF (positions in degrees, WGS 84), so that no further library is needed.
"""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Dict, Tuple

import numpy as np
from osgeo import gdal

_SIZE = (320, 240)  # width, height in pixels
_SKY, _GROUND, _WALL, _ROOF = (176, 205, 230), (150, 131, 92), (206, 200, 190), (52, 92, 150)


@dataclass(frozen=True)
class Shot:
    """``taken_at`` is local time as EXIF writes it (2026:06:01 09:30:00), ``direction`` degrees from north; ``built`` paints a shed."""

    lon: float
    lat: float
    direction: float
    taken_at: str
    built: bool = True


def write_photo(path: Path, shot: Shot, rng: np.random.Generator) -> None:
    """A JPEG of some ten kilobytes; an older file is replaced."""
    width, height = _SIZE
    picture = gdal.GetDriverByName("MEM").Create("", width, height, 3, gdal.GDT_Byte)
    picture.SetMetadata(_exif(shot))
    for band, values in enumerate(np.moveaxis(_paint(shot.built, rng), 2, 0), 1):
        picture.GetRasterBand(band).WriteRaster(0, 0, width, height, values.tobytes())
    gdal.GetDriverByName("JPEG").CreateCopy(str(path), picture, options=["QUALITY=80", "WRITE_EXIF_METADATA=YES"])
    path.with_suffix(path.suffix + ".aux.xml").unlink(missing_ok=True)


def _paint(built: bool, rng: np.random.Generator) -> np.ndarray:
    width, height = _SIZE
    image = np.empty((height, width, 3))
    horizon = int(height * 0.45)
    image[:horizon], image[horizon:] = _SKY, _GROUND
    if built:
        left, right = sorted(rng.integers(20, width - 20, 2).tolist())
        right = max(right, left + 90)
        image[horizon - 55:horizon + 45, left:right] = _WALL
        image[horizon - 75:horizon - 55, left - 8:right + 8] = _ROOF
    return np.clip(image + rng.normal(0, 7, image.shape), 0, 255).astype(np.uint8)


def _exif(shot: Shot) -> Dict[str, str]:
    north, east = _sexagesimal(shot.lat), _sexagesimal(shot.lon)
    return {"EXIF_DateTimeOriginal": shot.taken_at, "EXIF_GPSLatitudeRef": "N", "EXIF_GPSLatitude": north,
            "EXIF_GPSLongitudeRef": "E", "EXIF_GPSLongitude": east, "EXIF_GPSImgDirectionRef": "T",
            "EXIF_GPSImgDirection": f"({shot.direction:.2f})", "EXIF_Make": "Demo", "EXIF_Model": "synthetic"}


def _sexagesimal(degrees: float) -> str:
    minutes, seconds = divmod(abs(degrees) * 3600.0, 60.0)
    whole, minutes = divmod(int(minutes), 60)
    return f"({whole}) ({minutes}) ({seconds:.4f})"


def look_at(place: Tuple[float, float], target: Tuple[float, float]) -> float:
    """Degrees from north in which ``target`` lies from ``place`` (metres, x east)."""
    return float(np.degrees(np.arctan2(target[0] - place[0], target[1] - place[1])) % 360.0)
