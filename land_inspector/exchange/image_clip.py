"""A clip of imagery for the field: several pictures laid over one another, cut to a box, made coarser until the file fits a stated size."""
from __future__ import annotations

import math
from pathlib import Path
from typing import Any, List, Optional, Sequence, Tuple

import numpy as np
import shapely
from osgeo import gdal

from ..errors import InputError, LandInspectorError, Message, message
from ..evidence.gdal_quiet import NO_NETWORK, attempt, quiet, spatial_reference
from ..progress import Progress
from .image_files import Image, in_lonlat, read_images

Box = Tuple[float, float, float, float]
#: What a pixel of a colour photo takes as JPEG of middling quality, with its overviews; only where the search begins.
_BYTES_PER_PIXEL = 0.6
_ROUNDS = 6
_QUALITY = 75
_MOST_PIXELS = 400_000_000


def clip_images(sources: Sequence[Path], box: Box, crs: str, target: Path, most_bytes: int, progress: Optional[Progress] = None
                ) -> Tuple[Optional[float], List[Message]]:
    """Write ``target`` (a cloud-optimised GeoTIFF, JPEG inside, with a mask) in ``crs``, no larger than ``most_bytes``; the size of its
    pixel in metres (None: no picture lies in the box) and what a reader should know. The later of ``sources`` lies on top.

    InputError where nothing fits into the size, or a source is no image.
    """
    progress = progress or Progress()
    images, told = _images(sources, box, crs)
    if not images:
        return None, told + [message("No image lies where the package does; it goes out without imagery.")]
    system = spatial_reference(crs)
    unit_m = 111_320.0 if system is not None and system.IsGeographic() else 1.0
    width_m, height_m = (box[2] - box[0]) * unit_m, (box[3] - box[1]) * unit_m
    pixel = max(min(image.pixel_m for image in images), math.sqrt(width_m * height_m / min(most_bytes / _BYTES_PER_PIXEL, _MOST_PIXELS)))
    for number in range(_ROUNDS):
        progress.step(number / _ROUNDS, message("Clipping the imagery at {size} m", size=f"{pixel:.2f}"))
        with quiet(NO_NETWORK):
            _clip(images, box, crs, pixel / unit_m, target)
        size = target.stat().st_size
        if size <= most_bytes:
            return pixel, told
        pixel *= max(math.sqrt(size / most_bytes) * 1.05, 1.1)
    target.unlink(missing_ok=True)
    raise InputError("The imagery does not fit into {size} MB.", "Allow more, or give it out without imagery.",
                     size=f"{most_bytes / 1024 ** 2:.1f}")


def _images(sources: Sequence[Path], box: Box, crs: str) -> Tuple[List[Image], List[Message]]:
    around = in_lonlat(shapely.box(*box), spatial_reference(crs))
    found: List[Image] = []
    told: List[Message] = []
    for path in sources:
        try:
            read = read_images(Path(path), Path(path).parent)
        except LandInspectorError as wrong:
            told.append(message("{file}: {reason}", file=Path(path).name, reason=wrong.message))
            continue
        near = [image for image in read if image.crs and image.footprint.intersects(around)]
        if not near:
            told.append(message("{file} does not lie where the package does.", file=Path(path).name))
        found += near
    return found, told


def _clip(images: Sequence[Image], box: Box, crs: str, pixel: float, target: Path) -> None:
    options = {"format": "MEM", "outputBounds": box, "dstSRS": crs, "xRes": pixel, "yRes": pixel, "resampleAlg": "average",
               "dstAlpha": True}
    laid = attempt(lambda: gdal.Warp("", [_in_bytes(image) for image in images], **options))
    made = None if laid is None else attempt(lambda: gdal.Translate(
        str(target), laid, format="COG", creationOptions=["COMPRESS=JPEG", f"QUALITY={_QUALITY}", "BIGTIFF=IF_SAFER"]))
    if made is None:
        raise InputError("The imagery cannot be clipped: {reason}.", "Give other images, or none.", reason=gdal.GetLastErrorMsg() or "-")
    made.FlushCache()
    del made


def _usual(band: gdal.Band) -> Tuple[float, float]:
    """Between which values nearly all pixels lie, by a coarse look; GDAL's own statistics would be written beside the image."""
    seen = np.asarray(band.ReadAsArray(buf_xsize=min(band.XSize, 512), buf_ysize=min(band.YSize, 512)), float)
    seen = seen[np.isfinite(seen) & (seen != band.GetNoDataValue())] if band.GetNoDataValue() is not None else seen[np.isfinite(seen)]
    if not len(seen):
        return 0.0, 1.0
    low, high = np.percentile(seen, [2, 98])
    return float(low), float(max(high, low + 1e-6))


def _in_bytes(image: Image) -> Any:
    """Three bands (or one) of eight bits: what JPEG takes; wider values are stretched between their usual least and greatest."""
    source = gdal.OpenEx(image.source, gdal.OF_RASTER | gdal.OF_READONLY)
    count = 3 if source.RasterCount >= 3 else 1
    bands, scales = [], []
    for number in range(1, count + 1):
        band = source.GetRasterBand(number)
        table = band.GetColorTable()
        if table is not None and count == 1:
            return attempt(lambda: gdal.Translate("", source, format="VRT", rgbExpand="rgb")) or source
        bands.append(number)
        if band.DataType != gdal.GDT_Byte:
            scales.append([*_usual(band), 1, 255])
    bands = bands if count == 3 else [1, 1, 1]
    scales = scales if count == 3 or not scales else scales * 3
    extra = {"scaleParams": scales, "outputType": gdal.GDT_Byte} if scales else {}
    return gdal.Translate("", source, format="VRT", bandList=bands, **extra)
