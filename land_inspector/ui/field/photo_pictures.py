"""Photos as pictures: decoded beside the window, turned as the camera was held, and checked against their digest."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import List, Optional, Sequence

from qgis.PyQt.QtCore import QSize, Qt
from qgis.PyQt.QtGui import QImage, QImageReader

from ...i18n import tr
from ...progress import Progress
from ...register.photo_store import KeptPhoto

_WINDS = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")


@dataclass(frozen=True)
class Picture:
    """A photo's picture in the size that was asked for; None where the file shows nothing. ``trouble`` says why, or that the file is
    not the one that came in."""

    photo: KeptPhoto
    image: Optional[QImage]
    trouble: str = ""


def pictures(photos: Sequence[KeptPhoto], size: QSize, progress: Progress) -> List[Picture]:
    """Every photo within ``size``, each checked."""
    found = []
    for number, photo in enumerate(photos):
        progress.step(number / len(photos))
        found.append(_picture(photo, size))
    return found


def _picture(photo: KeptPhoto, size: QSize) -> Picture:
    if not photo.path.is_file():
        return Picture(photo, None, tr("The file is missing."))
    image = decoded(photo.path, size)
    if image is None:
        return Picture(photo, None, tr("The picture cannot be shown."))
    return Picture(photo, image, "" if photo.ok else tr("The file was altered since it came in."))


def decoded(path: Path, size: QSize) -> Optional[QImage]:
    """The picture turned upright and no larger than ``size``; None where it cannot be decoded."""
    reader = QImageReader(str(path))
    reader.setAutoTransform(True)  # EXIF says how the camera was held
    reader.setDecideFormatFromContent(True)
    full = reader.size()
    if full.isValid() and (full.width() > 2 * size.width() or full.height() > 2 * size.height()):
        # JPEG decodes at a fraction of its size many times faster; the long side is kept whichever way the camera was held
        side = 2 * max(size.width(), size.height())
        scale = side / max(full.width(), full.height())
        reader.setScaledSize(QSize(max(1, int(round(full.width() * scale))), max(1, int(round(full.height() * scale)))))
    image = reader.read()
    return None if image.isNull() else fitted(image, size)


def fitted(image: QImage, size: QSize) -> QImage:
    """No larger than ``size``, and never blown up."""
    if image.width() <= size.width() and image.height() <= size.height():
        return image
    return image.scaled(size, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation)


def direction_text(degrees: Optional[float], magnetic: bool = False) -> str:
    """``135° SE``, and that it is a compass's; empty where nothing is known."""
    if degrees is None:
        return ""
    wind = {"N": tr("N"), "NE": tr("NE"), "E": tr("E"), "SE": tr("SE"), "S": tr("S"), "SW": tr("SW"), "W": tr("W"),
            "NW": tr("NW")}[_WINDS[int((degrees % 360.0) / 45.0 + 0.5) % 8]]
    text = tr("{degrees}° {wind}", degrees=round(degrees) % 360, wind=wind)
    return tr("{direction} (magnetic)", direction=text) if magnetic else text


def time_text(taken_at: Optional[str]) -> str:
    """``2026-05-20 10:11``; empty where nothing is known."""
    return (taken_at or "")[:16].replace("T", " ")


def distance_text(distance_m: Optional[float]) -> str:
    """A distance in whole metres; '' where it is not known."""
    return "" if distance_m is None else tr("{n} m", n=round(distance_m))


def caption(photo: KeptPhoto) -> str:
    """Time, direction and distance of a photo in one line."""
    said = (time_text(photo.taken_at), direction_text(photo.direction, photo.magnetic), distance_text(photo.distance_m))
    return " · ".join(text for text in said if text)
