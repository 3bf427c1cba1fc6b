"""Photos that can be seen: small JPEGs drawn by Qt, with the EXIF that a test wants."""
from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from qgis.PyQt.QtCore import QBuffer, QByteArray, QIODevice
from qgis.PyQt.QtGui import QColor, QImage, QPainter

from land_inspector.evidence.crs import Crs, transformer
from tests.factories import CRS, X0, Y0
from tests.photo_files import exif_block

TAKEN = "2026:05:20 10:11:12"


def lonlat(x: float, y: float) -> dict:
    """Degrees of a place on the grid of squares of :mod:`tests.factories`."""
    lon, lat = transformer(Crs.of(CRS), Crs.of("EPSG:4326"))(np.array([[X0 + x, Y0 + y]]))[0]
    return {"lon": float(lon), "lat": float(lat)}


def drawn_photo(path: Path, width: int = 400, height: int = 300, colour: str = "#4a7", **said: Any) -> Path:
    """A photo with its file name written on it and a red left half; ``said`` as in :func:`tests.photo_files.exif_block`."""
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor(colour))
    painter = QPainter(image)
    painter.fillRect(0, 0, width // 2, height, QColor("#c22"))
    painter.drawText(20, height // 2, path.name)
    painter.end()
    path.parent.mkdir(parents=True, exist_ok=True)
    content = _jpeg(image)
    if said:
        block = b"Exif\0\0" + exif_block(**said)
        content = content[:2] + b"\xff\xe1" + (len(block) + 2).to_bytes(2, "big") + block + content[2:]
    path.write_bytes(content)
    return path


def _jpeg(image: QImage) -> bytes:
    kept = QByteArray()
    buffer = QBuffer(kept)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "JPG", 90)
    return bytes(kept)
