"""Geometry for the tests of the evidence engine: blobs, coverages, layers on disk, and GEOS asked the naive way."""
from __future__ import annotations

from pathlib import Path
from typing import Dict, Mapping, Sequence, Tuple

import numpy as np
import shapely
from osgeo import ogr, osr

GK = "EPSG:4549"  # CGCS2000, three-degree zone, 120°E
X0, Y0 = 600_000.0, 3_190_000.0


def box(x0: float, y0: float, x1: float, y1: float) -> shapely.Polygon:
    """In metres from a corner in the three-degree zone."""
    return shapely.box(X0 + x0, Y0 + y0, X0 + x1, Y0 + y1)


def array(*geoms: shapely.Geometry) -> np.ndarray:
    result = np.empty(len(geoms), dtype=object)
    result[:] = geoms
    return result


def blobs(seed: int, count: int, side: float = 400.0, size: float = 30.0, vertices: int = 24) -> np.ndarray:
    """Star-shaped polygons scattered over a square of ``side`` metres."""
    random = np.random.default_rng(seed)
    turn = np.linspace(0, 2 * np.pi, vertices, endpoint=False)
    reach = size * random.uniform(0.4, 1.6, (count, vertices))
    middle = random.uniform(0, side, (count, 2)) + [X0, Y0]
    rings = np.stack([middle[:, :1] + reach * np.cos(turn), middle[:, 1:] + reach * np.sin(turn)], axis=2)
    return shapely.make_valid(shapely.polygons(np.round(rings, 4)))


def coverage(seed: int, count: int = 60, side: float = 400.0) -> np.ndarray:
    """Voronoi cells that fill a square with shared edges."""
    random = np.random.default_rng(seed)
    points = shapely.MultiPoint(random.uniform(0, side, (count, 2)) + [X0, Y0])
    frame = box(0, 0, side, side)
    return shapely.get_parts(shapely.intersection(shapely.get_parts(shapely.voronoi_polygons(points, extend_to=frame)), frame))


def naive_class_areas(patches: np.ndarray, evidence: np.ndarray, values: Sequence[str]) -> Dict[Tuple[int, str], float]:
    """(patch, class) → planar area of patch ∩ union of the class, by GEOS without any of the kernel's tricks."""
    values = np.asarray(values)
    result = {}
    for value in sorted(set(values.tolist())):
        union = shapely.union_all(evidence[values == value])
        for number, area in enumerate(shapely.area(shapely.intersection(patches, union))):
            if area > 0:
                result[number, value] = float(area)
    return result


def naive_covered(patches: np.ndarray, evidence: np.ndarray) -> np.ndarray:
    return shapely.area(shapely.intersection(patches, shapely.union_all(evidence)))


def write_layer(
    path: Path, geoms: Sequence[shapely.Geometry], fields: Mapping[str, Sequence[str]], crs: str = GK,
    driver: str = "GPKG", name: str = "layer",
) -> str:
    """A layer on disk with text fields; None geometries and values stay NULL."""
    system = osr.SpatialReference()
    system.SetFromUserInput(crs)
    system.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    dataset = ogr.GetDriverByName(driver).CreateDataSource(str(path))
    layer = dataset.CreateLayer(name, system, ogr.wkbUnknown)
    for field in fields:
        layer.CreateField(ogr.FieldDefn(field, ogr.OFTString))
    layer.StartTransaction()
    for row, geometry in enumerate(geoms):
        feature = ogr.Feature(layer.GetLayerDefn())
        if geometry is not None:
            feature.SetGeometry(ogr.CreateGeometryFromWkb(shapely.to_wkb(geometry)))
        for field, values in fields.items():
            if values[row] is not None:
                feature.SetField(field, values[row])
        layer.CreateFeature(feature)
    layer.CommitTransaction()
    del layer, dataset
    return str(path)
