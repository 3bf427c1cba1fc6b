"""Fields of the plain as blocks between lanes and ditches; slopes and hills as irregular stands."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import List, Tuple

import numpy as np
import shapely
from osgeo import gdal, ogr
from shapely.geometry import LineString, MultiPoint, Polygon, box
from shapely.geometry.base import BaseGeometry

from .networks import Way, way
from .plan import CountyPlan
from .terrain import FOOTHILL_TOP, PLAIN_TOP, Terrain, Warp

GRID_TURN = 14.0
FIELD_M2, PLOT_M2, STAND_M2 = 46_000.0, 90_000.0, 420_000.0


@dataclass(frozen=True)
class Relief:
    """Elevation on a 50 m grid for fast look-up, and the zones it makes: plain, then foothill (which holds the plain)."""

    height: np.ndarray
    cell_m: float
    plain: BaseGeometry
    foothill: BaseGeometry

    def at(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        side = self.height.shape[0] - 1
        column = np.clip((np.asarray(x) / self.cell_m).astype(int), 0, side)
        row = np.clip((np.asarray(y) / self.cell_m).astype(int), 0, side)
        return self.height[row, column]


def build_relief(plan: CountyPlan, terrain: Terrain, cell_m: float = 50.0) -> Relief:
    middle = np.arange(cell_m / 2, plan.size_m, cell_m)
    height = terrain.elevation(*np.meshgrid(middle, middle))
    zones = [_below(height, cell_m, top) for top in (PLAIN_TOP, FOOTHILL_TOP)]
    return Relief(height, cell_m, *zones)


def _below(height: np.ndarray, cell_m: float, top: float) -> BaseGeometry:
    """The ground lower than ``top`` as smoothed polygons (GDAL contour polygons of the grid)."""
    rows, columns = height.shape
    raster = gdal.GetDriverByName("MEM").Create("", columns, rows, 1, gdal.GDT_Float32)
    raster.SetGeoTransform((0, cell_m, 0, 0, 0, cell_m))
    raster.GetRasterBand(1).WriteArray(height.astype("float32"))
    vector = gdal.GetDriverByName("Memory").Create("", 0, 0, 0, gdal.GDT_Unknown)
    layer = vector.CreateLayer("zones", None, ogr.wkbMultiPolygon)
    layer.CreateField(ogr.FieldDefn("top", ogr.OFTReal))
    floor = float(height.min()) - 1  # GDAL 3.13 makes no polygon below the lowest level that it is given
    gdal.ContourGenerateEx(raster.GetRasterBand(1), layer,
                           options=[f"FIXED_LEVELS={floor},{top}", "POLYGONIZE=YES", "ELEV_FIELD_MAX=0"])
    low = [shapely.from_wkb(bytes(row.GetGeometryRef().ExportToWkb())) for row in layer if row["top"] <= top]
    return shapely.union_all([zone.buffer(0) for zone in low]).simplify(12)


@dataclass
class Blocks:
    """Rectangles left by splitting the square again and again, and the lines along which it was split."""

    cells: List[Polygon] = field(default_factory=list)
    lanes: List[Tuple[LineString, float]] = field(default_factory=list)


def build_fields(plan: CountyPlan, relief: Relief) -> Tuple[np.ndarray, List[Way]]:
    """Cells of the plain and the lanes (1006) and ditches (1107) between them."""
    rng, size = plan.rng("fields"), plan.size_m
    blocks = Blocks()
    _split(blocks, relief, rng, (-0.3 * size, -0.3 * size, 1.3 * size, 1.3 * size), size / 2)
    bend = Warp(rng, size, [(size / 12, size / 380), (size / 60, size / 4000)])

    def grown(shapes: np.ndarray) -> np.ndarray:
        return bend(shapely.segmentize(shapely.transform(shapes, lambda xy: _turned(xy, size / 2)), 60))

    cells = grown(np.array(blocks.cells))
    cells = cells[shapely.intersects(cells, relief.plain)]
    lines = shapely.intersection(grown(np.array([line for line, _ in blocks.lanes])), relief.plain)
    ways = []
    for line, (_, draw) in zip(lines, blocks.lanes):
        code, width = ("1006", 4.5 + draw) if draw < 0.6 else ("1107", 5 + 4 * draw)
        ways += [way("", code, width, part) for part in shapely.get_parts(line)
                 if part.geom_type == "LineString" and part.length > 60]
    return cells, ways


def _turned(points: np.ndarray, middle: float) -> np.ndarray:
    """Turn by GRID_TURN degrees about the middle of the square."""
    angle = np.radians(GRID_TURN)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return (points - middle) @ turn + middle


def _split(blocks: Blocks, relief: Relief, rng: np.random.Generator, rect: Tuple[float, ...], middle: float) -> None:
    """Halve a rectangle across its long side until it is small enough for the ground it lies on."""
    west, south, east, north = rect
    width, height = east - west, north - south
    centre = _turned(np.array([(west + east) / 2, (south + north) / 2]), middle)
    wanted = FIELD_M2 if relief.at(*centre) < PLAIN_TOP * 1.5 or width * height > 4e6 else STAND_M2
    if width * height < wanted * rng.uniform(0.75, 1.7):
        blocks.cells.append(box(*rect))
        return
    share, draw = rng.uniform(0.38, 0.62), rng.random()
    if width >= height * rng.uniform(0.8, 1.6):
        cut = west + share * width
        line, halves = LineString([(cut, south), (cut, north)]), ((west, south, cut, north), (cut, south, east, north))
    else:
        cut = south + share * height
        line, halves = LineString([(west, cut), (east, cut)]), ((west, south, east, cut), (west, cut, east, north))
    if 240 < line.length < 1100 and draw < 0.8:
        blocks.lanes.append((line, float(draw)))
    for half in halves:
        _split(blocks, relief, rng, half, middle)


def build_stands(plan: CountyPlan, relief: Relief) -> np.ndarray:
    """Voronoi cells with grown edges: plots on the slopes, larger stands of forest on the hills."""
    rng, size = plan.rng("stands"), plan.size_m
    points = rng.uniform(-0.02 * size, 1.02 * size, (int(size * size / PLOT_M2), 2))
    height = relief.at(points[:, 0], points[:, 1])
    chance = np.where(height < FOOTHILL_TOP, 1.0, PLOT_M2 / STAND_M2) * (height >= PLAIN_TOP * 0.5)
    points = points[rng.random(len(points)) < chance]
    cells = shapely.get_parts(shapely.voronoi_polygons(MultiPoint(points), extend_to=box(0, 0, size, size)))
    cells = shapely.clip_by_rect(cells, -200, -200, size + 200, size + 200)
    bend = Warp(rng, size, [(500, 60), (120, 10)])
    return bend(shapely.segmentize(cells[~shapely.is_empty(cells)], 35))
