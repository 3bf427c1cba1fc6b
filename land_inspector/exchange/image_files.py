"""What an image file says of itself: where it lies, how fine it is, and when it was taken."""
from __future__ import annotations

import math
import re
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Callable, List, Optional, Tuple

import numpy as np
import shapely
from osgeo import gdal, osr

from ..errors import InputError
from ..law.image_dates import DateSpan, parse_image_date
from ..evidence.damage import reading
from ..evidence.gdal_quiet import NO_NETWORK, attempt, quiet, spatial_reference
from .reprojection import transform_points

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
