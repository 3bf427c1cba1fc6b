"""What an image file says of itself: where it lies, how fine it is, and when it was taken."""
from __future__ import annotations

import math
import re
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any, Callable, List, Optional, Sequence, Tuple

import numpy as np
import shapely
from osgeo import gdal, osr

from ..errors import InputError, LandInspectorError, Message, message
from ..evidence.gdal_quiet import NO_NETWORK, attempt, quiet, reading, spatial_reference
from ..law.image_dates import DateSpan, parse_image_date
from ..progress import Progress
from .intake.placement import transform_points


SUFFIXES = frozenset({".tif", ".tiff", ".img", ".jp2", ".vrt", ".gpkg", ".mbtiles"})
#: suffix → the drivers that may open it
_DRIVERS = {**dict.fromkeys((".tif", ".tiff"), ("GTiff",)), ".img": ("HFA", "ENVI"), ".gpkg": ("GPKG",), ".mbtiles": ("MBTiles",),
            ".vrt": ("VRT",), ".jp2": ("JP2OpenJPEG", "JP2ECW", "JP2KAK", "JP2MrSID", "JPEG2000")}
#: What a mosaic may be made of.
_PARTS = frozenset({".tif", ".tiff", ".img", ".jp2", ".vrt", ".jpg", ".jpeg", ".png", ".dat"})
_DEEPEST, _MOST_TEXT = 3, 32 * 1024 ** 2
#: Containers that hold pictures only sometimes: one without is no image, and nothing to report.
_CONTAINERS = frozenset({".gpkg", ".mbtiles"})
LONLAT = "EPSG:4326"
#: Where a date was read, best first; "" where there is none.
BY_LIST, BY_NAME, BY_ACQUISITION, BY_FOLDER, BY_FILE_DATE = "list", "name", "acquisition", "folder", "file"

_METRES_PER_DEGREE = 111_320.0
_STEPS_PER_EDGE = 8
_MASK_CELLS = 128
#: The mask of more pixels than these is looked at only where there are overviews: it would read the whole file.
_MASK_PIXELS = 4_000_000

Affine = Tuple[float, float, float, float, float, float]


@dataclass(frozen=True)
class Image:
    """One picture. ``source`` is what GDAL and QGIS open; ``layer_id`` names the project's own layer of it, '' without one.

    ``footprint`` is the part that holds a picture, in longitude and latitude (WGS 84), or in the image's own coordinates where
    ``crs`` (WKT) is ''. ``pixel_m`` is the size of a pixel on the ground in metres. ``dated_by`` says where ``taken`` was read.
    """

    source: str
    name: str
    crs: str
    footprint: shapely.Geometry
    pixel_m: float
    taken: Optional[DateSpan] = None
    dated_by: str = ""
    layer_id: str = ""

    @property
    def key(self) -> str:
        """The same for as long as the image is the same."""
        return self.layer_id or self.source


def read_images(path: Path, root: Path) -> List[Image]:
    """The pictures in one file below the folder ``root``; none in a container without any.

    Raises InputError where GDAL cannot open it or it does not say where it lies.
    """
    with reading(path.name), quiet(NO_NETWORK):
        refuse_far_parts(path)
        dataset = _opened(str(path), path.suffix.lower())
        if dataset is None:
            if path.suffix.lower() in _CONTAINERS:
                return []
            raise InputError("{file} cannot be read as an image.", "It is damaged or of a kind that this QGIS does not know.",
                             file=str(path))
        if dataset.RasterCount == 0:
            opened = [(name, _opened(name, path.suffix.lower())) for name, _title in dataset.GetSubDatasets()]
            return [_image(part, name, f"{path.stem} {name.rsplit(':', 1)[-1]}", path, root) for name, part in opened if part is not None]
        return [_image(dataset, str(path), path.stem, path, root)]


def _opened(name: str, suffix: str) -> Optional[gdal.Dataset]:
    """By the drivers that the suffix may have: what only calls itself .tif may be a list of addresses."""
    known = [driver for driver in _DRIVERS.get(suffix, ()) if gdal.GetDriverByName(driver) is not None]
    return attempt(lambda: gdal.OpenEx(name, gdal.OF_RASTER | gdal.OF_READONLY, allowed_drivers=known)) if known else None


def refuse_far_parts(path: Path, depth: int = 0) -> None:
    """A mosaic (.vrt) may be made of files, and an image may have its overviews beside it; none of them may lie on the network.

    Raises InputError, which names what the file points at.
    """
    for beside in (path.with_name(path.name + end) for end in (".ovr", ".msk")):
        if beside.is_file() and not _begins_as_image(beside):
            raise _far(path, beside.name)
    said = path.with_name(path.name + ".aux.xml")
    if said.is_file():
        for name in re.findall(r"OVERVIEW_FILE\"[^>]*>([^<]*)<", _text_of(said)):
            _refuse_far(path, name)
    if path.suffix.lower() != ".vrt":
        return
    text = _text_of(path)
    if "<!DOCTYPE" in text or "<!ENTITY" in text or depth > _DEEPEST:
        raise _far(path, "<!DOCTYPE")
    for name in re.findall(r"<(?:SourceFilename|SourceDataset|BandSrcDS|CutlineDS)\b[^>]*>([^<]*)<", text):
        _refuse_far(path, name)
        part = path.parent / unescape(name).strip()
        if part.suffix.lower() == ".vrt" and part.is_file():
            refuse_far_parts(part, depth + 1)


def _text_of(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(_MOST_TEXT).decode("utf-8", "replace")


def _begins_as_image(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+", b"EHFA")


def _refuse_far(path: Path, name: str) -> None:
    """A part must be a file of an image's suffix; a share of another computer only where the mosaic itself lies there."""
    plain = unescape(name).strip()
    share = re.match(r"[\\/]{2}[^\\/]+", plain)
    is_near = not plain.startswith("/vsi") and "://" not in plain and "<" not in plain and not re.match(r"[A-Za-z]{2,}\d*:", plain)
    if not is_near or share and not str(path).replace("/", "\\").lower().startswith(share.group().replace("/", "\\").lower()):
        raise _far(path, plain)
    if Path(plain).suffix.lower() not in _PARTS:
        raise _far(path, plain)


def _far(path: Path, part: str) -> InputError:
    return InputError("{file} is made of something that is no image file: {part}. It was not opened.",
                      "Only mosaics of image files on this computer or its own share are opened.", file=str(path), part=part[:80])


def _image(dataset: gdal.Dataset, source: str, name: str, path: Path, root: Path) -> Image:
    affine = attempt(lambda: dataset.GetGeoTransform(can_return_null=True))
    if affine is None:
        raise InputError("{file} does not say where it lies.", "Georeference it, or put its world file beside it.", file=str(path))
    srs = spatial_reference(dataset.GetProjection() or "")
    outline = _on_the_ground(_valid_part(dataset), affine)
    taken, dated_by = _date(dataset, name, path, root)
    return Image(source, name, srs.ExportToWkt() if srs else "", in_lonlat(outline, srs), _pixel_m(affine, srs, outline), taken, dated_by)


# --- where ------------------------------------------------------------------------------------------------------------

def in_lonlat(shape: shapely.Geometry, srs: Optional[osr.SpatialReference]) -> shapely.Geometry:
    """The shape in longitude and latitude, edges bent as the projection bends them; as it is without a CRS, empty outside it."""
    if srs is None or shape.is_empty:
        return shape
    bounds = shape.bounds
    fine = shapely.segmentize(shape, max(bounds[2] - bounds[0], bounds[3] - bounds[1], 1e-9) / _STEPS_PER_EDGE)
    moved = shapely.transform(fine, lambda xy: transform_points(xy, srs, spatial_reference(LONLAT)))
    return shapely.make_valid(moved) if np.isfinite(shapely.get_coordinates(moved)).all() else shapely.Polygon()


def _on_the_ground(pixels: shapely.Geometry, affine: Affine) -> shapely.Geometry:
    x0, across_x, down_x, y0, across_y, down_y = affine
    return shapely.transform(pixels, lambda p: np.column_stack([x0 + p[:, 0] * across_x + p[:, 1] * down_x,
                                                                y0 + p[:, 0] * across_y + p[:, 1] * down_y]))


def _valid_part(dataset: gdal.Dataset) -> shapely.Geometry:
    """What is not declared empty, in pixels, as coarse as a 128th of the image; all of it where that would cost reading it whole."""
    columns, rows = dataset.RasterXSize, dataset.RasterYSize
    band = dataset.GetRasterBand(1)
    cheap = columns * rows <= _MASK_PIXELS or band.GetOverviewCount() > 0
    if band.GetMaskFlags() & gdal.GMF_ALL_VALID or not cheap:
        return shapely.box(0, 0, columns, rows)
    share = min(1.0, _MASK_CELLS / max(columns, rows))
    mask = band.GetMaskBand().ReadAsArray(buf_xsize=max(1, math.ceil(columns * share)), buf_ysize=max(1, math.ceil(rows * share)))
    return shapely.box(0, 0, columns, rows) if mask is None or mask.all() else _outline(mask > 0, columns, rows)


def _outline(valid: np.ndarray, columns: int, rows: int) -> shapely.Geometry:
    """The cells that are True, put together from the runs of each row."""
    cell_x, cell_y = columns / valid.shape[1], rows / valid.shape[0]
    edges = np.diff(np.pad(valid.astype(np.int8), ((0, 0), (1, 1))), axis=1)
    row, begin = np.nonzero(edges == 1)
    end = np.nonzero(edges == -1)[1]
    return shapely.union_all(shapely.box(begin * cell_x, row * cell_y, end * cell_x, (row + 1) * cell_y))


def _pixel_m(affine: Affine, srs: Optional[osr.SpatialReference], outline: shapely.Geometry) -> float:
    size = math.sqrt(abs(affine[1] * affine[5] - affine[2] * affine[4]))
    if srs is None or srs.IsProjected():
        return size * (srs.GetLinearUnits() if srs else 1.0)
    latitude = outline.centroid.y if not outline.is_empty else 0.0
    return size * _METRES_PER_DEGREE * math.sqrt(max(math.cos(math.radians(latitude)), 0.01))


# --- when -------------------------------------------------------------------------------------------------------------

def _date(dataset: gdal.Dataset, name: str, path: Path, root: Path) -> Tuple[Optional[DateSpan], str]:
    """The file's own name is what the office gave it; TIFFTAG_DATETIME comes last: often it is the day of processing."""
    ways: List[Tuple[str, Callable[[], Optional[DateSpan]]]] = [
        (BY_NAME, lambda: parse_image_date(name)),
        (BY_ACQUISITION, lambda: _said(dataset, "ACQUISITIONDATETIME", "IMAGERY") or _said(dataset, "ACQUISITION_DATE", "")),
        (BY_FOLDER, lambda: _folder_date(path, root)),
        (BY_FILE_DATE, lambda: _said(dataset, "TIFFTAG_DATETIME", "")),
    ]
    for dated_by, read in ways:
        taken = read()
        if taken is not None:
            return taken, dated_by
    return None, ""


def _said(dataset: gdal.Dataset, item: str, domain: str) -> Optional[DateSpan]:
    written = dataset.GetMetadataItem(item, domain)
    return parse_image_date(written[:10].replace(":", "-")) if written else None


def _folder_date(path: Path, root: Path) -> Optional[DateSpan]:
    """By the nearest folder with a date in its name, up to the one that the office named."""
    for folder in path.parents:
        taken = parse_image_date(folder.name)
        if taken is not None or folder == root:
            return taken
    return None


# A clip of imagery for the field: several pictures laid over one another, cut to a box, made coarser until the file fits a stated size.

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
