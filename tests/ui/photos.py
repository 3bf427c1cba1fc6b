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


def drawn_photo(path: Path, width: int = 400, height: int = 300, colour: str = "#4a7", scene: bool = False, **said: Any) -> Path:
    """A photo with a red left half, or of a building site; ``said`` as in :func:`tests.photo_files.exif_block`."""
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor(colour))
    painter = QPainter(image)
    if scene:
        _draw_site(painter, width, height)
    else:
        painter.fillRect(0, 0, width // 2, height, QColor("#c22"))
    painter.drawText(20, height - 20, path.name)
    painter.end()
    path.parent.mkdir(parents=True, exist_ok=True)
    content = _jpeg(image)
    if said:
        block = b"Exif\0\0" + exif_block(**said)
        content = content[:2] + b"\xff\xe1" + (len(block) + 2).to_bytes(2, "big") + block + content[2:]
    path.write_bytes(content)
    return path


def _draw_site(painter: QPainter, width: int, height: int) -> None:
    """Sky over the colour of the ground, a hill, and a house without a roof yet."""
    unit = width // 16
    painter.fillRect(0, 0, width, height // 2, QColor("#bcd7ee"))
    painter.setPen(QColor("#8a9a6b"))
    painter.setBrush(QColor("#8a9a6b"))
    painter.drawEllipse(-2 * unit, height // 2 - 2 * unit, 12 * unit, 5 * unit)
    painter.fillRect(0, height // 2, width, height // 2, QColor("#b9a27a"))
    painter.fillRect(7 * unit, height // 2 - 3 * unit, 6 * unit, 5 * unit, QColor("#d8d3c8"))
    for place in (8, 10):
        painter.fillRect(place * unit, height // 2 - 2 * unit, unit, 2 * unit, QColor("#55504a"))
    painter.setPen(QColor("#333333"))


def _jpeg(image: QImage) -> bytes:
    kept = QByteArray()
    buffer = QBuffer(kept)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "JPG", 90)
    return bytes(kept)
