"""Two images on one grid: what can be compared is opened, warped where it must be, and read window by window.

The grid is the lattice of the coarser image over what both show; only the other one is resampled, once, with its shift in the same
step. A window reads the same values whatever windows were read before it, so that the size of tiles changes nothing.
"""
from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

import numpy as np
import shapely
from osgeo import gdal

from ..errors import InputError
from ..evidence.area import measure
from ..evidence.crs import Crs, refuse_old_datum, transformer
from ..evidence.gdal_quiet import NO_NETWORK, attempt, quiet
from ..progress import Progress

#: Never finer than this (metres), and never so much coarser than the other image.
FINEST_M, MOST_RATIO = 0.5, 4.0
DRIVERS = ("GTiff", "HFA", "ENVI", "VRT", "JP2OpenJPEG", "JP2ECW", "JP2KAK", "JP2MrSID", "JPEG2000", "GPKG", "MBTiles", "MEM")
#: Classes of Sentinel-2's scene classification that hide the ground: shadow, clouds, cirrus, snow.
HIDDEN_CLASSES = (3, 8, 9, 10, 11)
_METRES_PER_DEGREE = 111_320.0
_EDGE_STEPS = 16
_WARP_ERROR = 0.05  # pixels
#: A common frame of less than this share of its box is a turned one.
_WHOLE_SHARE = 0.98
#: An alpha band is looked at in so many pixels a side; a mask has fewer values between nothing and all.
_LOOK, _MOST_HALF_SEEN = 256, 0.5
#: Newer versions of GDAL would warp just what is asked for, and its approximation would see the windows.
_READING = {**NO_NETWORK, "GDAL_VRT_WARP_USE_DATASET_RASTERIO": "NO"}

#: Why a pixel was not examined; 0 is one that was.
EXAMINED, NO_PICTURE, CLOUD, SATURATED, NOT_INCLUDED, EXCLUDED, OUTSIDE = 0, 1, 2, 3, 4, 5, 255
REASONS = (NO_PICTURE, CLOUD, SATURATED, NOT_INCLUDED, EXCLUDED)

Window = Tuple[int, int, int, int]  # row, column, rows, columns; may reach over the edge of the grid


@dataclass(frozen=True)
class ImageFile:
    """One image as the user gave it. ``taken`` is its day as ISO text, '' where nobody knows; ``clouds`` a raster of
    Sentinel-2's scene classes over it, ''."""

    source: str
    taken: str = ""
    clouds: str = ""

    @property
    def name(self) -> str:
        """The file's name alone."""
        return Path(self.source.split("|")[0]).name or self.source


@dataclass(frozen=True)
class Grid:
    """A north-up lattice of pixels. ``x0``, ``y0`` is its upper left corner, ``dx`` and ``dy`` the size of a pixel (both positive)
    in units of ``crs``; ``pixel_m`` its mean side in metres."""

    crs: Crs
    x0: float
    y0: float
    dx: float
    dy: float
    rows: int
    columns: int
    pixel_m: float

    def box(self, window: Window) -> Tuple[float, float, float, float]:
        """West, south, east, north of a window."""
        row, column, rows, columns = window
        return (self.x0 + column * self.dx, self.y0 - (row + rows) * self.dy, self.x0 + (column + columns) * self.dx,
                self.y0 - row * self.dy)

    @property
    def whole(self) -> Window:
        """All of it."""
        return 0, 0, self.rows, self.columns

    def row_areas_m2(self) -> np.ndarray:
        """Area of one pixel of each row on the ellipsoid (m²)."""
        rows = np.unique(np.linspace(0, self.rows - 1, min(self.rows, 65)).astype(int))
        middle = self.columns // 2
        boxes = shapely.box(*np.array([self.box((int(row), middle, 1, 1)) for row in rows]).T)
        return np.interp(np.arange(self.rows), rows, measure(self.crs)(boxes))


@dataclass
class Pixels:
    """A window of both images: bands × rows × columns (float32), and the code of each pixel."""

    before: np.ndarray
    after: np.ndarray
    code: np.ndarray


class Pair:
    """Both images on one :class:`Grid`. :meth:`read` is for one thread at a time."""

    def __init__(self, before: ImageFile, after: ImageFile, within: Optional[shapely.Geometry] = None, within_crs: Optional[Crs] = None,
                 bands: str = ""):
        """``within`` crops the grid to the box of an area; ``bands`` is the order of both as a person said it, '' where the files speak
        for themselves. Raises InputError for two images that cannot be compared."""
        self.files = (before, after)
        with quiet(_READING):
            self._sources = tuple(_opened(file) for file in self.files)
            _refuse_unlike(self.files, self._sources)
            self._said = tuple(_bands_said(source) for source in self._sources)
            if not bands.strip():
                _refuse_other_order(self.files, self._said)
            self.lattices = tuple(_lattice(file, source) for file, source in zip(self.files, self._sources))
            self.bands_compared = self._sources[0].RasterCount - _alphas(self._sources[0])
            self.grid = _grid(self.files, self.lattices, within, within_crs)
            self.shown = _shown(self.lattices, self.grid)
            self._limit = _saturation(self._sources[0].GetRasterBand(1).DataType)
            self._is_whole_number = self._limit is not None or self._sources[0].GetRasterBand(1).DataType == gdal.GDT_Byte
            self._shift = (0.0, 0.0)
            self._views = self._looked_at()

    def shifted(self, x: float, y: float) -> None:
        """Move the later image by so many pixels of the grid (right, down)."""
        self._shift = (x, y)
        with quiet(_READING):
            self._views = self._looked_at()

    def _looked_at(self) -> Tuple["_View", ...]:
        return tuple(_View(file, source, lattice, self.grid, shift) for file, source, lattice, shift in zip(
            self.files, self._sources, self.lattices, ((0.0, 0.0), self._shift)))

    def read(self, window: Window) -> Pixels:
        """Values and codes of a window; outside the grid there is no picture. Raises InputError where a file cannot be read."""
        with quiet(_READING):
            (before, seen_before), (after, seen_after) = (view.read(window) for view in self._views)
            code = np.where(seen_before & seen_after, EXAMINED, NO_PICTURE).astype(np.uint8)
            if self._is_whole_number:  # a border that nobody declared
                code[(before == 0).all(axis=0) | (after == 0).all(axis=0)] = NO_PICTURE
            if self._limit is not None:
                full = (before >= self._limit).all(axis=0) | (after >= self._limit).all(axis=0)
                code[full & (code == EXAMINED)] = SATURATED
            for view in self._views:
                hidden = view.hidden(window)
                if hidden is not None:
                    code[hidden & (code == EXAMINED)] = CLOUD
        return Pixels(before, after, code)

    def means(self, row: int, column: int, side: int) -> Tuple[np.ndarray, np.ndarray, bool]:
        """Mean of the bands of both in a square window, and whether all of it is a picture (see :mod:`registration`)."""
        pixels = self.read((row, column, side, side))
        return pixels.before.mean(axis=0), pixels.after.mean(axis=0), bool((pixels.code != NO_PICTURE).mean() > 0.95)

    def digests(self, progress: Progress) -> Tuple[str, str]:
        """sha256 of both files as they are now."""
        one, two = (file_digest(Path(file.source.split("|")[0]), progress) for file in self.files)
        return one, two

    @property
    def names_of_bands(self) -> List[str]:
        """What the bands are called, or how they are to be seen, in the later image, or in the earlier one where that says nothing; ''
        for a band that says nothing."""
        found = [[name or colour for name, colour in zip(*said)] for said in self._said]
        return found[1] if any(found[1]) else found[0]

    def off_nadir(self) -> Optional[float]:
        """The larger view angle (degrees) that the files state, None where neither does."""
        found: List[float] = []
        for source in self._sources:
            for domain in ("", "IMAGERY"):
                for key, value in (source.GetMetadata(domain) or {}).items():
                    if key.upper().replace("_", "") in ("OFFNADIR", "OFFNADIRANGLE", "SATOFFNADIR", "VIEWANGLE", "INCIDENCEANGLE"):
                        found += [abs(float(value))] if _is_number(value) else []
        return max(found) if found else None


def _is_number(text: Any) -> bool:
    try:
        return math.isfinite(float(text))
    except (TypeError, ValueError):
        return False


def file_digest(path: Path, progress: Progress) -> str:
    """sha256 of a file; '' for what is no file."""
    if not path.is_file():
        return ""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for part in iter(lambda: file.read(1 << 22), b""):
            progress.step(0.0)
            digest.update(part)
    return digest.hexdigest()


# --- opening and refusing -----------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Lattice:
    """Where an image lies: its CRS and the six numbers that carry pixels to coordinates, with its size."""

    crs: Crs
    affine: Tuple[float, ...]
    rows: int
    columns: int
    pixel_m: float

    @property
    def is_north_up(self) -> bool:
        """Whether rows run from west to east and follow each other to the south."""
        return self.affine[2] == self.affine[4] == 0 and self.affine[1] > 0 > self.affine[5]

    def outline(self) -> shapely.Geometry:
        """Its frame in its own CRS, with points along the edges."""
        steps = np.linspace(0, 1, _EDGE_STEPS + 1)[:-1]
        ring = np.array([*((s, 0) for s in steps), *((1, s) for s in steps), *((1 - s, 1) for s in steps), *((0, 1 - s) for s in steps)])
        across, down = ring[:, 0] * self.columns, ring[:, 1] * self.rows
        a = self.affine
        return shapely.polygons(np.column_stack([a[0] + across * a[1] + down * a[2], a[3] + across * a[4] + down * a[5]]))


def _opened(file: ImageFile) -> gdal.Dataset:
    if not file.source.strip():
        raise InputError("Two images are needed, an earlier and a later one; one is missing.", "Choose both.")
    known = [driver for driver in DRIVERS if gdal.GetDriverByName(driver) is not None]
    dataset = attempt(lambda: gdal.OpenEx(file.source, gdal.OF_RASTER | gdal.OF_READONLY, allowed_drivers=known))
    if dataset is None or dataset.RasterCount == 0:
        raise InputError("{file} cannot be read as an image.", "Give an image file that QGIS can show, such as a GeoTIFF.",
                         file=file.name)
    colour = [number for number in range(1, dataset.RasterCount + 1) if _is_alpha(dataset, number) and not _is_mask(dataset, number)]
    if not colour:
        return dataset
    named = gdal.GetDriverByName("VRT").CreateCopy("", dataset)
    for number in colour:
        named.GetRasterBand(number).SetColorInterpretation(gdal.GCI_Undefined)
    named.lies_over = dataset  # lives as long
    return named


def _is_alpha(source: gdal.Dataset, number: int) -> bool:
    return source.GetRasterBand(number).GetColorInterpretation() == gdal.GCI_AlphaBand


def _is_mask(source: gdal.Dataset, number: int) -> bool:
    """Whether an alpha band says where there is a picture. The fourth of four bands of 8 bits is often only called so, and shows the
    near infrared: a mask is full or empty nearly everywhere."""
    band = source.GetRasterBand(number)
    values = attempt(lambda: band.ReadAsArray(buf_xsize=min(source.RasterXSize, _LOOK), buf_ysize=min(source.RasterYSize, _LOOK)))
    return values is None or float(((values > 0) & (values < values.max())).mean()) < _MOST_HALF_SEEN


def _lattice(file: ImageFile, source: gdal.Dataset) -> Lattice:
    affine = attempt(lambda: source.GetGeoTransform(can_return_null=True))
    crs = Crs.of(source.GetProjection() or "")
    if affine is None or not crs.is_known or affine[1] * affine[5] == affine[2] * affine[4]:
        raise InputError("{file} does not say where it lies: it has no coordinates or no coordinate system.",
                         "Georeference it (Layer › Georeferencer), or put its world file and .prj beside it.", file=file.name)
    affine = tuple(float(value) for value in affine)
    if abs(affine[1] * affine[5] - affine[2] * affine[4]) <= 0:
        raise InputError("{file} does not say where it lies: its pixels have no size.", "Georeference it.", file=file.name)
    return Lattice(crs, affine, source.RasterYSize, source.RasterXSize, _pixel_m(affine, crs, source.RasterYSize))


def _pixel_m(affine: Sequence[float], crs: Crs, rows: int) -> float:
    side = math.sqrt(abs(affine[1] * affine[5] - affine[2] * affine[4]))
    if not crs.is_geographic:
        return side * crs.unit
    middle = affine[3] + affine[5] * rows / 2
    return side * math.degrees(crs.unit) * _METRES_PER_DEGREE * math.sqrt(max(math.cos(middle * crs.unit), 0.01))


def _refuse_unlike(files: Sequence[ImageFile], sources: Sequence[gdal.Dataset]) -> None:
    """The same file twice, other bands, another depth."""
    paths = [Path(file.source.split("|")[0]) for file in files]
    if files[0].source == files[1].source or paths[0].exists() and paths[1].exists() and paths[0].samefile(paths[1]):
        raise InputError("The earlier and the later image are the same file, {file}.", "Choose two images of different dates.",
                         file=files[0].name)
    counts = [source.RasterCount - _alphas(source) for source in sources]
    if counts[0] != counts[1] or sources[0].RasterCount != sources[1].RasterCount:
        raise InputError("{one} has {n} bands and {two} has {m}: their colours cannot be compared.",
                         "Give two images with the same bands in the same order; QGIS's “Rearrange bands” makes one with fewer.",
                         one=files[0].name, n=counts[0], two=files[1].name, m=counts[1])
    kinds = [source.GetRasterBand(1).DataType for source in sources]
    if (kinds[0] == gdal.GDT_Byte) != (kinds[1] == gdal.GDT_Byte):
        eight, other = (0, 1) if kinds[0] == gdal.GDT_Byte else (1, 0)
        raise InputError("{one} has 8 bits a pixel and {two} has {kind}: one is a picture stretched for the eye, the other measured.",
                         "Give both as measured, or stretch both to 8 bits in the same way (“Translate”).",
                         one=files[eight].name, two=files[other].name, kind=gdal.GetDataTypeName(kinds[other]))
    coloured = next((file for file, source in zip(files, sources) if source.GetRasterBand(1).GetColorTable() is not None), None)
    if coloured is not None:
        raise InputError("{file} holds numbers of a colour table, not brightness.",
                         "Make a picture of three bands of it first (“PCT to RGB”), or take the image that it was made from.",
                         file=coloured.name)
    if any(gdal.DataTypeIsComplex(kind) for kind in kinds):
        raise InputError("{file} holds complex numbers; such radar data cannot be compared here.", "Give its amplitude.",
                         file=files[0].name)


def _alphas(source: gdal.Dataset) -> int:
    return sum(_is_alpha(source, number) for number in range(1, source.RasterCount + 1))


#: What bands are called, beside their plain names.
_BAND_NAMES = {
    **{name: colour for colour, names in {
        "blue": "b2 b02 蓝 蓝波段 蓝光", "green": "b3 b03 绿 绿波段 绿光", "red": "b4 b04 红 红波段 红光",
        "nir": "b8 b08 nir1 nearinfrared nir08 近红外 近红外波段", "swir": "b11 swir1 swir16 短波红外 短波红外1"}.items()
        for name in names.split()},
    **{name: name for name in ("blue", "green", "red", "nir", "swir")}}
_SEEN = {gdal.GCI_RedBand: "red", gdal.GCI_GreenBand: "green", gdal.GCI_BlueBand: "blue"}


def band_name(text: str) -> str:
    """blue, green, red, nir or swir for what a band is called; '' for anything else."""
    return _BAND_NAMES.get("".join(text.lower().replace("_", " ").replace("-", " ").split()), "")


def _bands_said(source: gdal.Dataset) -> Tuple[List[str], List[str]]:
    """What each band is called, and as which colour it is to be seen; '' for one that says nothing."""
    bands = [source.GetRasterBand(number) for number in range(1, source.RasterCount - _alphas(source) + 1)]
    return [band_name(band.GetDescription() or "") for band in bands], [_SEEN.get(band.GetColorInterpretation(), "") for band in bands]


def _refuse_other_order(files: Sequence[ImageFile], said: Sequence[Tuple[List[str], List[str]]]) -> None:
    """Bands that both files name alike (or both say how they are to be seen) and that are not the same ones."""
    for one, two in zip(*said):
        if any(a and b and a != b for a, b in zip(one, two)):
            raise InputError("The bands of {one} are {a}, those of {two} are {b}: each would be compared with another one.",
                             "Give two images with the same bands in the same order (QGIS's “Rearrange bands” makes one), or say under "
                             "BANDS what the order of both is.", one=files[0].name, a=_listed(one), two=files[1].name, b=_listed(two))


def _listed(names: Sequence[str]) -> str:
    return ", ".join(name or "-" for name in names)


def _saturation(kind: int) -> Optional[float]:
    """The largest value of a whole-number type of more than 8 bits; a picture of 8 bits is white where it is bright, that is no fault."""
    return {gdal.GDT_UInt16: 65535.0, gdal.GDT_Int16: 32767.0, gdal.GDT_UInt32: 4294967295.0, gdal.GDT_Int32: 2147483647.0}.get(kind)


# --- the common grid ----------------------------------------------------------------------------------------------------

def _grid(files: Sequence[ImageFile], lattices: Sequence[Lattice], within: Optional[shapely.Geometry], within_crs: Optional[Crs]) -> Grid:
    refuse_old_datum(lattices[1].crs, lattices[0].crs, files[1].name)
    sizes = [lattice.pixel_m for lattice in lattices]
    if max(sizes) > MOST_RATIO * min(sizes):
        raise InputError("Pixels of {one} are {a:.2f} m and of {two} {b:.2f} m: too different to be compared.",
                         "Give images whose pixels differ by no more than twice.", one=files[0].name, a=sizes[0], two=files[1].name,
                         b=sizes[1])
    own = _as_grid(max(lattices, key=lambda lattice: (lattice.pixel_m, lattice.is_north_up)))
    frames = [carried(lattice.outline(), lattice.crs, own.crs) for lattice in lattices]
    common = shapely.intersection(*(shapely.box(*frame.bounds) for frame in frames)) if all(frames) else shapely.Polygon()
    if within is not None and within_crs is not None:
        wanted = carried(within, within_crs, own.crs)
        if common.area > 0 and not shapely.intersects(common, wanted):
            raise InputError("The area lies outside what the two images both show.", "Choose another area, or images that cover it.")
        common = shapely.intersection(common, shapely.box(*wanted.bounds))
    cut = _cut(own, common.bounds) if common.area > 0 else None
    if cut is None:
        raise InputError("{one} and {two} do not overlap: there is no land that both show.",
                         "Check their coordinate systems, or choose two images of the same place.", one=files[0].name, two=files[1].name)
    return cut


def _as_grid(lattice: Lattice) -> Grid:
    """A north-up grid of the lattice's own pixels, or, where it is turned or finer than 0.5 m, of as large ones."""
    west, south, east, north = lattice.outline().bounds
    factor = max(1.0, FINEST_M / lattice.pixel_m)
    if lattice.is_north_up:
        dx, dy = lattice.affine[1] * factor, -lattice.affine[5] * factor
    elif lattice.affine[2] == lattice.affine[4] == 0:
        dx, dy = abs(lattice.affine[1]) * factor, abs(lattice.affine[5]) * factor
    else:
        dx = dy = math.sqrt(abs(lattice.affine[1] * lattice.affine[5] - lattice.affine[2] * lattice.affine[4])) * factor
    rows, columns = max(1, round((north - south) / dy)), max(1, round((east - west) / dx))
    return Grid(lattice.crs, west, north, dx, dy, rows, columns, lattice.pixel_m * factor)


def _shown(lattices: Sequence[Lattice], grid: Grid) -> Optional[shapely.Geometry]:
    """The land that both frames cover, in the grid's CRS, where it is not all of the grid: of images that are turned to it."""
    box = shapely.box(*grid.box(grid.whole))
    common = shapely.intersection_all([box, *(carried(lattice.outline(), lattice.crs, grid.crs) for lattice in lattices)])
    return common if 0 < common.area < _WHOLE_SHARE * box.area else None


def _cut(grid: Grid, bounds: Tuple[float, float, float, float]) -> Optional[Grid]:
    west, south, east, north = bounds
    left = max(0, math.floor((west - grid.x0) / grid.dx + 1e-6))
    top = max(0, math.floor((grid.y0 - north) / grid.dy + 1e-6))
    right = min(grid.columns, math.ceil((east - grid.x0) / grid.dx - 1e-6))
    bottom = min(grid.rows, math.ceil((grid.y0 - south) / grid.dy - 1e-6))
    if right <= left or bottom <= top:
        return None
    return replace(grid, x0=grid.x0 + left * grid.dx, y0=grid.y0 - top * grid.dy, rows=bottom - top, columns=right - left)


def carried(shape: shapely.Geometry, source: Crs, target: Crs) -> shapely.Geometry:
    """The shape in another CRS; empty where that is impossible."""
    carry = transformer(source, target)
    if carry is None:
        return shape
    moved = carry(shapely.get_coordinates(shape))
    return shapely.set_coordinates(shapely.from_wkb(shapely.to_wkb(shape)), moved) if np.isfinite(moved).all() else shapely.Polygon()


def _has_pixels_of(lattice: Lattice, grid: Grid) -> bool:
    """Whether a lattice with north up has the very pixels of a grid of its CRS."""
    x, y = (grid.x0 - lattice.affine[0]) / grid.dx, (lattice.affine[3] - grid.y0) / grid.dy
    return (math.isclose(lattice.affine[1], grid.dx, rel_tol=1e-9) and math.isclose(-lattice.affine[5], grid.dy, rel_tol=1e-9)
            and abs(x - round(x)) < 1e-3 and abs(y - round(y)) < 1e-3)


class _View:
    """One image on the grid: as it lies where its pixels are the grid's, else through GDAL's warper."""

    def __init__(self, file: ImageFile, source: gdal.Dataset, lattice: Lattice, grid: Grid, shift: Tuple[float, float]):
        self._grid, self._file = grid, file
        same = shift == (0.0, 0.0) and lattice.is_north_up and lattice.crs.same_as(grid.crs) and _has_pixels_of(lattice, grid)
        self._count = source.RasterCount - _alphas(source)
        self._is_as_it_lies = same
        self._at = (round((lattice.affine[3] - grid.y0) / grid.dy), round((grid.x0 - lattice.affine[0]) / grid.dx)) if same else (0, 0)
        self._dataset = source if same else _warped(source, lattice, grid, shift, gdal.GRA_Cubic)
        alphas = [number for number in range(1, self._dataset.RasterCount + 1) if _is_alpha(self._dataset, number)]
        self._alpha, self._least_alpha = (alphas[-1] if alphas else None), (1 if same else 255)
        self._nodata = [source.GetRasterBand(number).GetNoDataValue() for number in range(1, self._count + 1)]
        self._masked = same and any(not source.GetRasterBand(number).GetMaskFlags() & (gdal.GMF_ALL_VALID | gdal.GMF_NODATA)
                                    for number in range(1, self._count + 1))
        self._clouds = self._cloud_view(file, grid)

    @staticmethod
    def _cloud_view(file: ImageFile, grid: Grid) -> Optional[gdal.Dataset]:
        if not file.clouds:
            return None
        clouds = ImageFile(file.clouds)
        source = _opened(clouds)
        return _warped(source, _lattice(clouds, source), grid, (0.0, 0.0), gdal.GRA_NearestNeighbour)

    def read(self, window: Window) -> Tuple[np.ndarray, np.ndarray]:
        """Bands as float32 and where there is a picture; zeros outside."""
        row, column, rows, columns = window
        values, seen = np.zeros((self._count, rows, columns), np.float32), np.zeros((rows, columns), bool)
        top, left = max(row, 0), max(column, 0)
        bottom, right = min(row + rows, self._grid.rows), min(column + columns, self._grid.columns)
        if bottom <= top or right <= left:
            return values, seen
        inner = (slice(top - row, bottom - row), slice(left - column, right - column))
        box = (left + self._at[1], top + self._at[0], right - left, bottom - top)
        picture = np.ones((bottom - top, right - left), bool)
        for number in range(1, self._count + 1):
            band = attempt(self._dataset.GetRasterBand(number).ReadAsArray, *box)
            if band is None:
                raise InputError("{file} cannot be read to its end; it is damaged.", "Get it again.", file=self._file.name)
            picture &= self._is_picture(band, number)
            values[(number - 1, *inner)] = band
        if self._alpha is not None:
            picture &= self._dataset.GetRasterBand(self._alpha).ReadAsArray(*box) >= self._least_alpha
        if self._masked:
            picture &= self._dataset.GetRasterBand(1).GetMaskBand().ReadAsArray(*box) > 0
        seen[inner] = picture
        values[:, ~seen] = 0
        return values, seen

    def _is_picture(self, band: np.ndarray, number: int) -> np.ndarray:
        """Neither nodata nor a value that is no number."""
        nodata = self._nodata[number - 1]
        fine = np.isfinite(band) if band.dtype.kind == "f" else np.ones(band.shape, bool)
        return fine & (band != nodata) if nodata is not None and self._is_as_it_lies and nodata == nodata else fine

    def hidden(self, window: Window) -> Optional[np.ndarray]:
        """Where clouds, their shadows or snow hide the ground; None without a raster that says so."""
        if self._clouds is None:
            return None
        row, column, rows, columns = window
        result = np.zeros((rows, columns), bool)
        top, left = max(row, 0), max(column, 0)
        bottom, right = min(row + rows, self._grid.rows), min(column + columns, self._grid.columns)
        if bottom > top and right > left:
            classes = self._clouds.GetRasterBand(1).ReadAsArray(left, top, right - left, bottom - top)
            result[top - row:bottom - row, left - column:right - column] = np.isin(classes, HIDDEN_CLASSES)
        return result


def _warped(source: gdal.Dataset, lattice: Lattice, grid: Grid, shift: Tuple[float, float], resampling: int) -> gdal.Dataset:
    """A virtual raster of the source on the grid, right to a twentieth of a pixel; it is computed in its own blocks as it is read."""
    kept = source
    if shift != (0.0, 0.0):
        kept = gdal.GetDriverByName("VRT").CreateCopy("", source)
        x, y = shift[0] * grid.dx, -shift[1] * grid.dy
        if not lattice.crs.same_as(grid.crs):
            x, y = _in_own_units(lattice, grid, x, y)
        a = lattice.affine
        kept.SetGeoTransform((a[0] + x, a[1], a[2], a[3] + y, a[4], a[5]))
    west, south, east, north = grid.box(grid.whole)
    border = {"srcNodata": "0", "warpOptions": ["UNIFIED_SRC_NODATA=YES"]} if _may_have_a_border(source) else {}
    made = attempt(lambda: gdal.Warp("", kept, format="VRT", outputBounds=(west, south, east, north), width=grid.columns, height=grid.rows,
                                     srcSRS=lattice.crs.wkt, dstSRS=grid.crs.wkt, resampleAlg=resampling, errorThreshold=_WARP_ERROR,
                                     dstAlpha=_alphas(source) == 0, **border))
    if made is None:
        raise InputError("{file} cannot be carried to the other image's coordinate system.", "Reproject it first (“Warp”).",
                         file=Path(source.GetDescription()).name)
    return made


def _may_have_a_border(source: gdal.Dataset) -> bool:
    """Whether an image of whole numbers says nothing of where it holds no picture: there all bands are 0 then, and its edge must not be
    blended with that."""
    bands = [source.GetRasterBand(number) for number in range(1, source.RasterCount + 1)]
    return all(band.GetNoDataValue() is None and band.GetMaskFlags() & gdal.GMF_ALL_VALID for band in bands) and not _alphas(source) and (
        bands[0].DataType == gdal.GDT_Byte or _saturation(bands[0].DataType) is not None)


def _in_own_units(lattice: Lattice, grid: Grid, x: float, y: float) -> Tuple[float, float]:
    """A small step of the grid as one of the image's own CRS, at the middle of the grid."""
    west, south, east, north = grid.box(grid.whole)
    middle = np.array([[(west + east) / 2, (south + north) / 2]])
    carry = transformer(grid.crs, lattice.crs)
    if carry is None:
        return x, y
    here, there = carry(middle)[0], carry(middle + [[x, y]])[0]
    return float(there[0] - here[0]), float(there[1] - here[1])


@dataclass
class Counted:
    """Pixels of each row by code, in coarse cells for the map of what was not examined, and those examined by class of land (as many
    as ``classes``)."""

    grid: Grid
    cell: int
    classes: int = 0
    by_row: np.ndarray = field(init=False)
    cells: np.ndarray = field(init=False)
    by_class: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self.by_row = np.zeros((self.grid.rows, len(REASONS) + 1), np.int64)
        shape = (-(-self.grid.rows // self.cell), -(-self.grid.columns // self.cell), len(REASONS) + 1)
        self.cells = np.zeros(shape, np.int32)
        self.by_class = np.zeros((self.grid.rows, self.classes), np.int64)

    def add(self, row: int, column: int, code: np.ndarray, which: Optional[np.ndarray] = None) -> None:
        """Count a window whose upper left corner is given, with its classes (from 1); each pixel must come once."""
        for place in range(self.classes if which is not None else 0):
            self.by_class[row:row + code.shape[0], place] += ((which == place + 1) & (code == EXAMINED)).sum(axis=1)
        down, across = ((start + np.arange(size)) // self.cell for start, size in ((row, code.shape[0]), (column, code.shape[1])))
        for reason in (EXAMINED, *REASONS):
            here = code == reason
            self.by_row[row:row + code.shape[0], reason] += here.sum(axis=1)
            by_cell = np.add.reduceat(here.astype(np.int32), np.flatnonzero(np.diff(across, prepend=-1)), axis=1)
            by_cell = np.add.reduceat(by_cell, np.flatnonzero(np.diff(down, prepend=-1)), axis=0)
            self.cells[down[0]:down[-1] + 1, across[0]:across[-1] + 1, reason] += by_cell

    def areas_m2(self) -> Dict[int, float]:
        """Area by code, on the ellipsoid."""
        pixel = self.grid.row_areas_m2()
        return {reason: float(self.by_row[:, reason] @ pixel) for reason in (EXAMINED, *REASONS)}

    def class_areas_m2(self) -> List[float]:
        """Area examined by class of land, on the ellipsoid."""
        return [float(area) for area in self.grid.row_areas_m2() @ self.by_class]
