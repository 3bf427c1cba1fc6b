"""Before and after images drawn from the survey: fields, roofs, water, relief, and in the later one the patches."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Dict, List, Sequence, Tuple

import numpy as np
import shapely
from osgeo import gdal, ogr
from shapely import affinity
from shapely.geometry import Polygon, box
from shapely.geometry.base import BaseGeometry

from .county import County
from .patches import Patch
from .plan import EPSG, ORIGIN
from .shapes import frame
from .survey import Survey
from .writing import srs

Colour = Tuple[int, int, int]
GROUND: Dict[str, Colour] = {
    "01": (128, 146, 84), "02": (88, 118, 62), "03": (62, 84, 50), "04": (132, 138, 88), "05": (150, 144, 136),
    "06": (146, 140, 138), "07": (148, 136, 120), "08": (140, 140, 126), "09": (120, 128, 104), "1003": (156, 154, 152),
    "1004": (150, 148, 144), "1006": (170, 160, 138), "1101": (78, 102, 104), "1103": (58, 84, 92), "1104": (70, 92, 90),
    "1106": (168, 158, 128), "1107": (82, 100, 92), "12": (160, 150, 120), "0103": (150, 136, 96), "0602": (186, 178, 164),
    "0810": (104, 126, 80), "1206": (166, 144, 108), "1207": (150, 144, 136), "0302": (70, 94, 50)}
CROP_SHADES = ((0, 0, 0), (22, 8, 4), (-22, -2, -12), (8, 16, -8), (28, 18, 14))
ROOFS: Sequence[Colour] = ((150, 74, 58), (172, 96, 76), (112, 112, 116), (204, 202, 196), (88, 96, 108), (164, 132, 112))
WORKS: Sequence[Colour] = ((70, 116, 186), (214, 216, 218), (92, 140, 196), (182, 186, 190), (176, 76, 62))
LOOKS: Dict[str, Sequence[Colour]] = {
    "roof": WORKS, "shed": ((222, 226, 226), (196, 206, 210)), "earth": ((192, 160, 116), (176, 138, 96), (204, 180, 140)),
    "concrete": ((196, 194, 188), (184, 182, 178)), "pond": ((74, 100, 102),), "orchard": ((96, 124, 66),)}
STRIP_ROWS = 1000


@dataclass
class Painting:
    """Colours to lay over each other, in county metres, later ones on top."""

    shapes: List[BaseGeometry]
    colours: List[Colour]

    def add(self, shape: BaseGeometry, colour: Colour) -> None:
        self.shapes.append(shape)
        self.colours.append(colour)


def paint_county(county: County, survey: Survey) -> Painting:
    """Ground by class with each field a little different, then houses with their shadows."""
    rng = county.plan.rng("paint")
    painting = Painting([], [])
    for shape, code in zip(survey.shapes, survey.codes):
        base = next(GROUND[key] for key in (code, code[:4], code[:2]) if key in GROUND)
        shade = CROP_SHADES[int(rng.integers(0, 5))] if code.startswith("01") else (0, 0, 0)
        painting.add(shape, _shifted(base, shade, rng.normal(0, 5)))
    houses, roofs = _houses(county, survey, rng)
    _with_shadows(painting, houses, roofs)
    return painting


def _shifted(base: Colour, shade: Colour, lighter: float) -> Colour:
    red, green, blue = (int(np.clip(b + s + lighter, 0, 255)) for b, s in zip(base, shade))
    return red, green, blue


def _with_shadows(painting: Painting, shapes: Sequence[BaseGeometry], colours: Sequence[Colour], depth_m: float = 3.0) -> None:
    for shape in shapes:
        painting.add(affinity.translate(shape, -depth_m * 0.8, depth_m), (46, 50, 46))
    for shape, colour in zip(shapes, colours):
        painting.add(shape, colour)


def _houses(county: County, survey: Survey, rng: np.random.Generator) -> Tuple[List[Polygon], List[Colour]]:
    """Rows of houses in villages, larger roofs in towns and estates."""
    shapes, colours = [], []
    sizes = {"village": (11, 9, 16, 17), "town": (24, 13, 34, 26), "estate": (62, 30, 74, 42)}
    for shape, kind, code in zip(survey.shapes, county.coverage.kinds, survey.codes):
        if kind not in sizes or code in ("1004", "0810", "1201"):
            continue
        for house in _rows_of(shape, sizes[kind], rng):
            shapes.append(house)
            palette = WORKS if kind == "estate" or code == "0601" else ROOFS
            colours.append(_shifted(palette[int(rng.integers(0, len(palette)))], (0, 0, 0), rng.normal(0, 8)))
    return shapes, colours


def _rows_of(shape: Polygon, size: Tuple[float, float, float, float], rng: np.random.Generator) -> List[Polygon]:
    corner, along, across = frame(shape)
    length, width = np.hypot(*along), np.hypot(*across)
    house_long, house_wide, pitch_long, pitch_wide = size
    matrix = [along[0] / length, across[0] / width, along[1] / length, across[1] / width, *corner]
    houses = []
    for x in np.arange(3, length - house_long, pitch_long):
        for y in np.arange(3, width - house_wide, pitch_wide):
            if rng.random() < 0.82:
                dx, dy, stretch = rng.uniform(-1.5, 1.5), rng.uniform(-2, 2), rng.uniform(0.75, 1.15)
                houses.append(box(x + dx, y + dy, x + dx + house_long * stretch, y + dy + house_wide * stretch))
    placed = [affinity.affine_transform(house, matrix) for house in houses]
    return [house for house in placed if house.within(shape)]


def paint_patches(painting: Painting, patches: Sequence[Patch], rng: np.random.Generator) -> Painting:
    """The same county with the changes on it."""
    later = Painting(list(painting.shapes), list(painting.colours))
    for patch in patches:
        if patch.look == "same":
            continue
        palette = LOOKS[patch.look]
        colour = _shifted(palette[int(rng.integers(0, len(palette)))], (0, 0, 0), rng.normal(0, 7))
        if patch.look in ("roof", "shed") and patch.shape.area > 700:
            later.add(patch.shape, _shifted((186, 176, 158), (0, 0, 0), rng.normal(0, 6)))
            roof = patch.shape.buffer(-max(2.0, 0.09 * np.sqrt(patch.shape.area)), join_style="mitre")
            _with_shadows(later, _bays(roof), [colour] * 40, 3.5)
        elif patch.look in ("roof", "shed"):
            _with_shadows(later, [patch.shape], [colour], 2.5)
        else:
            later.add(patch.shape, colour)
            if patch.look == "earth":
                later.add(patch.shape.buffer(-0.16 * np.sqrt(patch.shape.area)), _shifted(colour, (18, 20, 22), 0))
    return later


def _bays(roof: BaseGeometry) -> List[BaseGeometry]:
    """A big roof as two or three halls with a gap between them."""
    if roof.is_empty or roof.area < 2500:
        return [part for part in shapely.get_parts(roof)]
    corner, along, across = frame(roof)
    halls = []
    for number in range(3):
        start, end = corner + along * (number / 3 + 0.012), corner + along * ((number + 1) / 3 - 0.012)
        hall = Polygon([start, end, end + across, start + across]).intersection(roof)
        halls += [part for part in shapely.get_parts(hall) if part.geom_type == "Polygon"]
    return halls


def draw_image(path: Path, county: County, painting: Painting, season: float) -> None:
    """A JPEG-compressed RGB GeoTIFF with overviews. ``season`` shifts all greens: winter −1, summer 1."""
    plan = county.plan
    side = int(round(plan.size_m / plan.pixel_m))
    dataset = gdal.GetDriverByName("GTiff").Create(
        str(path), side, side, 3, gdal.GDT_Byte,
        ["COMPRESS=JPEG", "PHOTOMETRIC=YCBCR", "JPEG_QUALITY=80", "TILED=YES", "BLOCKXSIZE=512", "BLOCKYSIZE=512"])
    dataset.SetGeoTransform((ORIGIN[0], plan.pixel_m, 0, ORIGIN[1] + plan.size_m, 0, -plan.pixel_m))
    dataset.SetProjection(srs(EPSG).ExportToWkt())
    layer, source = _colour_layer(painting)
    grain = plan.rng(f"grain {path.stem}")
    for top in range(0, side, STRIP_ROWS):
        rows = min(STRIP_ROWS, side - top)
        pixels = _strip(county, layer, top, rows, side, season, grain)
        dataset.WriteRaster(0, top, side, rows, pixels.tobytes(), buf_pixel_space=1, buf_line_space=side,
                            buf_band_space=side * rows, buf_type=gdal.GDT_Byte)
    dataset.BuildOverviews("AVERAGE", [factor for factor in (2, 4, 8, 16, 32) if side // factor > 128])


def _colour_layer(painting: Painting) -> Tuple[ogr.Layer, gdal.Dataset]:
    """The painting as a memory layer with one packed colour a feature, in the order in which it is painted."""
    source = gdal.GetDriverByName("Memory").Create("", 0, 0, 0, gdal.GDT_Unknown)
    layer = source.CreateLayer("painting", srs(EPSG), ogr.wkbUnknown)
    layer.CreateField(ogr.FieldDefn("colour", ogr.OFTInteger))
    for wkb, (red, green, blue) in zip(shapely.to_wkb(np.array(painting.shapes)), painting.colours):
        feature = ogr.Feature(layer.GetLayerDefn())
        feature.SetGeometryDirectly(ogr.CreateGeometryFromWkb(bytes(wkb)))
        feature["colour"] = red << 16 | green << 8 | blue
        layer.CreateFeature(feature)
    return layer, source


def _strip(county: County, layer: ogr.Layer, top: int, rows: int, side: int, season: float,
           grain: np.random.Generator) -> np.ndarray:
    """Bands × rows × columns of bytes: flat colours, lit by the relief and roughened by noise."""
    pixel, size = county.plan.pixel_m, county.plan.size_m
    canvas = gdal.GetDriverByName("MEM").Create("", side, rows, 1, gdal.GDT_Int32)
    canvas.SetProjection(layer.GetSpatialRef().ExportToWkt())
    canvas.SetGeoTransform((0, pixel, 0, size - top * pixel, 0, -pixel))
    layer.SetSpatialFilterRect(0, size - (top + rows) * pixel, size, size - top * pixel)
    gdal.RasterizeLayer(canvas, [1], layer, options=["ATTRIBUTE=colour"])
    packed = canvas.ReadAsArray()
    bands = [(packed >> shift & 255).astype(np.float32) for shift in (16, 8, 0)]
    woods = np.clip((110 - bands[1]) / 40, 0, 1.2)
    light = _light(county, top, rows, side) * (1 + _grain(grain, rows, side) * (0.55 + woods))
    green = np.clip((bands[1] - (bands[0] + bands[2]) / 2) / 40, 0, 1) * season
    bands[0] -= 10 * green
    bands[1] += 4 * green
    return np.stack([np.clip(band * light, 0, 255).astype(np.uint8) for band in bands])


def _grain(rng: np.random.Generator, rows: int, side: int) -> np.ndarray:
    """Texture: fine sensor noise over clumps of a few pixels."""
    coarse = rng.normal(0, 0.055, (rows // 4 + 1, side // 4 + 1)).astype(np.float32)
    clumps = np.repeat(np.repeat(coarse, 4, axis=0), 4, axis=1)[:rows, :side]
    clumps = (clumps + np.roll(clumps, 2, axis=1) + np.roll(clumps, 2, axis=0)) * 0.6
    return clumps + rng.standard_normal((rows, side), dtype=np.float32) * 0.03


def _light(county: County, top: int, rows: int, side: int) -> np.ndarray:
    """Hill shading from the north-west."""
    height, cell = county.relief.height, county.relief.cell_m
    slope_y, slope_x = np.gradient(height, cell)
    shade = np.clip(1 + 0.8 * (slope_x - slope_y), 0.55, 1.4)
    middle_y = (county.plan.size_m - (top + np.arange(rows) + 0.5) * county.plan.pixel_m) / cell - 0.5
    middle_x = (np.arange(side) + 0.5) * county.plan.pixel_m / cell - 0.5
    return _bilinear(shade, middle_y, middle_x).astype(np.float32)


def _bilinear(grid: np.ndarray, y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Separable linear interpolation at rows ``y`` and columns ``x``."""
    last = grid.shape[0] - 1
    row, column = np.clip(y, 0, last - 1e-6), np.clip(x, 0, last - 1e-6)
    i, j = row.astype(int), column.astype(int)
    lines = grid[i] * (1 - (row - i))[:, None] + grid[i + 1] * (row - i)[:, None]
    return lines[:, j] * (1 - (column - j)) + lines[:, j + 1] * (column - j)
