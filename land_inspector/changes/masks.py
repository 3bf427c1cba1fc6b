"""Which land is looked at: the area, land-use layers to look at and layers to leave out, as codes of pixels and as exact shares.

Masks are drawn in blocks of the grid that have nothing to do with the tiles of a run, so that no tile can see another mask.
"""
from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Dict, List, Optional, Sequence, Tuple

import numpy as np
import shapely
from osgeo import gdal, ogr

from ..errors import InputError
from ..evidence.area import measure
from ..evidence.crs import Crs, Transform, refuse_old_datum, transformer
from ..evidence.layers import open_layer
from ..evidence.sources import Source
from ..evidence.gdal_quiet import quiet
from ..evidence.vector_files import path_and_options
from ..progress import Progress
from .pair import EXAMINED, EXCLUDED, NOT_INCLUDED, OUTSIDE, Grid, Window

BLOCK = 512
_KEPT_BLOCKS = 24
#: A candidate goes where so much of it lies in a layer that is left out, or outside all that are looked at.
DROPPED_SHARE = 0.9


@dataclass
class Mask:
    """A layer of polygons. ``name`` is what the report calls it. For one thread."""

    name: str
    source: Source
    _ways: Dict[str, Tuple[Optional[Transform], Optional[Transform]]] = field(default_factory=dict, repr=False, compare=False)

    def ways(self, crs: Crs) -> Tuple[Optional[Transform], Optional[Transform]]:
        """From ``crs`` to the layer's own and back, None where they are the same; made once."""
        if crs.wkt not in self._ways:
            self._ways[crs.wkt] = transformer(crs, self.source.crs), transformer(self.source.crs, crs)
        return self._ways[crs.wkt]

    @classmethod
    def of(cls, source: str, progress: Progress) -> "Mask":
        """Open a mask by its source (a path, ``|layername=`` and ``|subset=FIELD IN ('a','b')`` as QGIS writes them).

        Raises InputError for what cannot be read, or holds no polygons."""
        opened = open_layer(source, progress=progress)
        if not opened.holds_areas:
            raise InputError("{file} holds no polygons and cannot be a mask.", "Give a layer of areas.", file=opened.name)
        wanted = path_and_options(source)[1].get("subset", "")
        return cls(opened.name, _narrowed(opened, wanted) if wanted else opened)


def _narrowed(source: Source, text: str) -> Source:
    """The layer by QGIS's filter where it is ``field = value`` or ``field IN (values)``; other filters cannot be followed."""
    field_name, _word, values = text.partition("=") if "=" in text and " in " not in text.lower() else _split_in(text)
    names = [value.strip().strip("'\"") for value in values.strip().strip("()").split(",")]
    if not field_name.strip() or not names or any(word in text.lower() for word in (" and ", " or ", " like ", "<", ">", "!")):
        raise InputError("The filter “{filter}” of {layer} is too involved for a mask.",
                         "Save the filtered features as a layer and give that.", filter=text[:80], layer=source.name)
    return source.only(source.stored_field(field_name.strip().strip('"')), names)


def _split_in(text: str) -> Tuple[str, str, str]:
    at = text.lower().find(" in ")
    return (text[:at], "in", text[at + 4:]) if at >= 0 else ("", "", "")


@dataclass
class Land:
    """The area, what of it is looked at (``include``, all of it where none is given) and what is left out (``exclude``).

    ``area`` is one geometry in the grid's CRS, None for the whole grid.
    """

    grid: Grid
    area: Optional[shapely.Geometry] = None
    include: Sequence[Mask] = ()
    exclude: Sequence[Mask] = ()
    _blocks: "OrderedDict[Tuple[int, int], np.ndarray]" = field(default_factory=OrderedDict, repr=False)

    def __post_init__(self) -> None:
        for mask in (*self.include, *self.exclude):
            refuse_old_datum(mask.source.crs, self.grid.crs, mask.name)

    def codes(self, window: Window) -> np.ndarray:
        """The code of each pixel of a window by its land alone; outside the grid OUTSIDE."""
        return self._out_of_blocks(window, 0, OUTSIDE)

    def classes(self, window: Window) -> np.ndarray:
        """Which layer of INCLUDE each pixel of a window lies in: its place counted from 1, the first where several do; 0 for none."""
        return self._out_of_blocks(window, 1, 0)

    def _out_of_blocks(self, window: Window, plane: int, outside: int) -> np.ndarray:
        row, column, rows, columns = window
        result = np.full((rows, columns), outside, np.uint8)
        for block_row in range(max(row, 0) // BLOCK, (min(row + rows, self.grid.rows) - 1) // BLOCK + 1):
            for block_column in range(max(column, 0) // BLOCK, (min(column + columns, self.grid.columns) - 1) // BLOCK + 1):
                block = self._planes(block_row, block_column)[plane]
                top, left = block_row * BLOCK, block_column * BLOCK
                a, b = max(row, top), min(row + rows, top + block.shape[0])
                c, d = max(column, left), min(column + columns, left + block.shape[1])
                if b > a and d > c:
                    result[a - row:b - row, c - column:d - column] = block[a - top:b - top, c - left:d - left]
        return result

    def block(self, block_row: int, block_column: int) -> np.ndarray:
        """The codes of one block of 512 pixels (fewer at the edge)."""
        return self._planes(block_row, block_column)[0]

    def _planes(self, block_row: int, block_column: int) -> np.ndarray:
        """Codes and classes of a block; kept while they are likely to be asked for again."""
        key = (block_row, block_column)
        if key not in self._blocks:
            if len(self._blocks) >= _KEPT_BLOCKS:
                self._blocks.popitem(last=False)
            self._blocks[key] = self._drawn(key)
        return self._blocks[key]

    def is_looked_at(self, block_row: int, block_column: int) -> bool:
        """Whether a block has any land to look at."""
        return bool((self.block(block_row, block_column) == EXAMINED).any())

    def _drawn(self, key: Tuple[int, int]) -> np.ndarray:
        top, left = key[0] * BLOCK, key[1] * BLOCK
        window = (top, left, min(BLOCK, self.grid.rows - top), min(BLOCK, self.grid.columns - left))
        code = np.full(window[2:], NOT_INCLUDED if self.include else EXAMINED, np.uint8)
        box, which = self.grid.box(window), np.zeros(window[2:], np.uint8)
        for place, mask in enumerate(self.include, 1):
            inside = burnt(self.grid, window, near(mask, self.grid.crs, box))
            code[inside] = EXAMINED
            which[inside & (which == 0)] = min(place, 255)
        for mask in self.exclude:
            inside = burnt(self.grid, window, near(mask, self.grid.crs, box))
            code[inside & (code == EXAMINED)] = EXCLUDED
        if self.area is not None:
            code[~burnt(self.grid, window, np.array([shapely.intersection(self.area, shapely.box(*box).buffer(self.grid.dx))]))] = OUTSIDE
        return np.stack([code, which])

    def area_m2(self) -> float:
        """The area as drawn, on the ellipsoid; the grid's where none is given."""
        shape = self.area if self.area is not None else shapely.box(*self.grid.box(self.grid.whole))
        return float(measure(self.grid.crs)(np.array([shape]))[0])

    def shares(self, shapes: Sequence[shapely.Geometry]) -> List[Dict[str, float]]:
        """For each shape (in the grid's CRS) its exact share, 0 to 1, under each mask by name; one under none is not named."""
        found: List[Dict[str, float]] = [{} for _shape in shapes]
        for mask in (*self.include, *self.exclude):
            for place, shape in enumerate(shapes):
                under = near(mask, self.grid.crs, shape.bounds)
                covered = shapely.intersection(shapely.union_all(under), shape).area / shape.area if len(under) else 0.0
                if covered > 0:
                    found[place][mask.name] = round(min(1.0, float(covered)), 4)
        return found

    def class_of(self, shares: Dict[str, float]) -> Optional[str]:
        """The layer of INCLUDE in which most of a candidate lies; None where it lies in none."""
        known = {mask.name: shares[mask.name] for mask in self.include if mask.name in shares}
        return max(known, key=lambda name: known[name]) if known else None

    def dropped_by(self, shares: Dict[str, float]) -> Optional[str]:
        """The name of the mask for which a candidate of these shares goes; None for one that stays."""
        for mask in self.exclude:
            if shares.get(mask.name, 0.0) >= DROPPED_SHARE:
                return mask.name
        if self.include and sum(shares.get(mask.name, 0.0) for mask in self.include) <= 1.0 - DROPPED_SHARE:
            return NOT_ON_THE_LAND
        return None


#: What stands for all masks of INCLUDE together where a candidate lies in none of them.
NOT_ON_THE_LAND = ""


def near(mask: Mask, crs: Crs, box: Tuple[float, float, float, float]) -> np.ndarray:
    """Polygons of a mask near a box of ``crs``, in ``crs``; those that cannot be carried there are left out."""
    there, back = mask.ways(crs)
    if there is None or back is None:
        return mask.source.near(np.array([box]), []).geoms
    frame = shapely.get_coordinates(shapely.segmentize(shapely.box(*box), max(box[2] - box[0], box[3] - box[1]) / 4))
    moved = there(frame)
    if not np.isfinite(moved).all():
        return np.array([], dtype=object)
    found = mask.source.near(np.array([[*moved.min(axis=0), *moved.max(axis=0)]]), []).geoms
    if not len(found):
        return found
    carried = back(shapely.get_coordinates(found))
    counts = shapely.get_num_coordinates(found)
    fine = np.bincount(np.repeat(np.arange(len(found)), counts), ~np.isfinite(carried).all(axis=1), len(found)) == 0
    return shapely.make_valid(shapely.set_coordinates(shapely.from_wkb(shapely.to_wkb(found)), carried)[fine])


def burnt(grid: Grid, window: Window, shapes: np.ndarray) -> np.ndarray:
    """Pixels of a window whose centre lies in one of the shapes."""
    inside = np.zeros(window[2:], np.uint8)
    shapes = shapes[~shapely.is_empty(shapes)] if len(shapes) else shapes
    if not len(shapes):
        return inside.astype(bool)
    west, _south, _east, north = grid.box(window)
    with quiet():
        target = gdal.GetDriverByName("MEM").Create("", window[3], window[2], 1, gdal.GDT_Byte)
        target.SetGeoTransform((0.0, 1.0, 0.0, 0.0, 0.0, 1.0))
        layer_source = ogr.GetDriverByName("Memory").CreateDataSource("")
        layer = layer_source.CreateLayer("m", None, ogr.wkbUnknown)
        local = shapely.transform(shapes, lambda xy: np.column_stack([(xy[:, 0] - west) / grid.dx, (north - xy[:, 1]) / grid.dy]))
        for wkb in shapely.to_wkb(local):
            feature = ogr.Feature(layer.GetLayerDefn())
            feature.SetGeometryDirectly(ogr.CreateGeometryFromWkb(bytes(wkb)))
            layer.CreateFeature(feature)
        gdal.RasterizeLayer(target, [1], layer, burn_values=[1])
        inside = target.ReadAsArray()
    return inside.astype(bool)


def area_of(source: str, crs: Crs, progress: Progress) -> shapely.Geometry:
    """All polygons of a layer as one in ``crs``. Raises InputError where there are none."""
    mask = Mask.of(source, progress)
    extent = mask.source.extent()
    shapes = mask.source.near(np.array([extent]), []).geoms if extent else np.array([], dtype=object)
    carry = transformer(mask.source.crs, crs)
    refuse_old_datum(mask.source.crs, crs, mask.name)
    if carry is not None and len(shapes):
        fine = shapely.segmentize(shapes, max(extent[2] - extent[0], extent[3] - extent[1]) / 64)
        moved = carry(shapely.get_coordinates(fine))
        shapes = shapely.make_valid(shapely.set_coordinates(fine, moved)) if np.isfinite(moved).all() else np.array([], dtype=object)
    if not len(shapes):
        raise InputError("{file} holds no area that can be used.", "Give a layer with the polygon of the area.", file=mask.name)
    return shapely.union_all(shapes)
