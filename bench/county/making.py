"""``python -m bench.county.making FOLDER PARCELS PATCHES``: the county as GeoPackages, the same for the same numbers.

60 km × 60 km at 338 000 parcels and the same density below, EPSG:4524 far from its central meridian (areal scale up to
1.000355), coordinates to 0.1 mm. Needs numpy, shapely and GDAL.
"""
from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Dict, Mapping, Sequence

import numpy as np
import shapely
from osgeo import gdal, ogr, osr

from .lines import VILLAGE_CELLS, WHOLE_SIDE_M, LandUse, cut_by_strips
from .mesh import Mesh, blocks, dissolved, make_mesh
from .zones import growth_centres, make_patches, make_zones

CRS = 4524
SEED = 7
PATCH_STEPS = (1_000, 10_000, 100_000)
CROPS = ("0101", "0102", "0103")
CLASSES: Mapping[str, float] = {
    "0101": .22, "0102": .06, "0103": .18, "0201": .05, "0202": .02, "0301": .14, "0305": .05, "0307": .05, "0404": .05,
    "0602": .01, "0701": .02, "0702": .07, "1104": .04, "1107": .02, "1202": .01, "1206": .01,
}
TOWN_CELLS = 14_000  # a township of the whole county: 24 of them


def make_county(folder: Path, parcels: int, patches: int) -> Dict[str, Any]:
    """Write every layer into ``folder`` and ``county.json`` last; answers what was made."""
    gdal.UseExceptions()
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(SEED)
    mesh = make_mesh(parcels, rng)
    share = (mesh.side_m / WHOLE_SIDE_M) ** 2
    made = {"side_km": round(mesh.side_m / 1000, 1), "crs": CRS, "layers": {}}

    def write(name: str, geoms: np.ndarray, **columns: Sequence[Any]) -> None:
        made["layers"][name] = write_layer(folder / f"{name}.gpkg", name, geoms, columns)

    use = cut_by_strips(mesh, rng.choice(list(CLASSES), len(mesh.cells), p=_probabilities()), rng)
    order = rng.permutation(len(use.geoms))
    use = LandUse(use.geoms[order], use.code[order], use.village[order])
    write("dltb", use.geoms, **_land_use_columns(use))
    crop = np.flatnonzero(np.isin(use.code, CROPS))
    farmland = rng.choice(crop, int(len(crop) * 0.35), replace=False)
    write("farmland", use.geoms[farmland], DLBM=use.code[farmland])
    centres = growth_centres(mesh.side_m, max(4, round(150 * share)), rng)
    _write_zones(write, share, centres, rng)
    towns = _towns(mesh, rng)
    write("town", towns, XZQDM=[f"500101{100 + k}" for k in range(len(towns))])
    outlines = make_patches(patches, mesh.side_m, centres, np.random.default_rng(SEED + 1))
    for count in sorted({*(step for step in PATCH_STEPS if step < patches), patches}):
        write(f"patch{count}", outlines[:count], JCBH=[f"T{k:06d}" for k in range(count)])
    (folder / "county.json").write_text(json.dumps(made, indent=1), encoding="utf-8")
    return made


def _probabilities() -> np.ndarray:
    weight = np.array(list(CLASSES.values()))
    return weight / weight.sum()


def _write_zones(write: Any, share: float, centres: np.ndarray, rng: np.random.Generator) -> None:
    redline = make_zones(max(50, round(20_000 * share)), 9000, (400, 400_000), centres, rng)
    write("redline", redline, XMMC=[f"项目{k}" for k in range(len(redline))])
    same = rng.choice(len(redline), round(0.15 * len(redline)), replace=False)
    parcel = np.concatenate([redline[same], make_zones(max(20, round(5_000 * share)), 6000, (300, 200_000), centres, rng)])
    write("parcel", parcel, ZDH=[str(k) for k in range(len(parcel))])
    facility = make_zones(max(20, round(10_000 * share)), 1500, (200, 30_000), centres, rng)
    write("facility", facility, BABH=[str(k) for k in range(len(facility))])


def _towns(mesh: Mesh, rng: np.random.Generator) -> np.ndarray:
    """Townships of whole villages, ragged: few polygons of many thousand vertices. A small county has four."""
    village = blocks(mesh, VILLAGE_CELLS, VILLAGE_CELLS)
    place = np.column_stack([mesh.column // VILLAGE_CELLS, mesh.row // VILLAGE_CELLS]).astype(float)
    seats = rng.uniform(0, place.max(axis=0) + 1, (max(4, round(len(village) / TOWN_CELLS)), 2))
    nearest = np.hypot(*(place[:, None, :] + 0.5 - seats[None, :, :]).transpose(2, 0, 1)).argmin(axis=1)
    return dissolved(mesh.cells, nearest)


def _land_use_columns(use: LandUse) -> Dict[str, Sequence[Any]]:
    """As wide as a real survey layer, for reading costs by its width."""
    village = [f"500101{k // 40:03d}{k % 40 + 200:03d}0000000" for k in use.village.tolist()]
    count = len(use.code)
    return {
        "BSM": [str(k) for k in range(count)], "YSDM": ["2001010100"] * count, "TBBH": [str(k % 9999) for k in range(count)],
        "DLBM": use.code.tolist(), "QSXZ": ["30"] * count, "QSDWDM": village, "QSDWMC": [f"第{k}村" for k in use.village.tolist()],
        "ZLDWDM": village, "GDPDJ": ["2"] * count, "TBMJ": shapely.area(use.geoms).tolist(), "MSSM": ["00"] * count,
        "SJNF": ["2023"] * count,
    }


def write_layer(path: Path, name: str, geoms: np.ndarray, columns: Mapping[str, Sequence[Any]]) -> int:
    """A GeoPackage layer with its R-tree; ``number`` counts the features from 0. Answers how many there are."""
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(CRS)
    path.unlink(missing_ok=True)
    dataset = ogr.GetDriverByName("GPKG").CreateDataSource(str(path))
    layer = dataset.CreateLayer(name, reference, ogr.wkbMultiPolygon, ["SPATIAL_INDEX=YES"])
    layer.CreateField(ogr.FieldDefn("number", ogr.OFTInteger))
    for column, values in columns.items():
        layer.CreateField(ogr.FieldDefn(column, ogr.OFTReal if isinstance(values[0], float) else ogr.OFTString))
    definition, columns = layer.GetLayerDefn(), list(columns.values())
    blobs = shapely.to_wkb(_multi(geoms))
    layer.StartTransaction()
    for row, blob in enumerate(blobs):
        feature = ogr.Feature(definition)
        feature.SetField(0, row)
        for place, values in enumerate(columns):
            value = values[row]
            feature.SetField(place + 1, value if isinstance(value, float) else str(value))
        feature.SetGeometryDirectly(ogr.CreateGeometryFromWkb(blob))
        layer.CreateFeature(feature)
    layer.CommitTransaction()
    return len(geoms)


def _multi(geoms: np.ndarray) -> np.ndarray:
    return np.array([shapely.multipolygons([g]) if g.geom_type == "Polygon" else g for g in geoms], dtype=object)


if __name__ == "__main__":
    print(json.dumps(make_county(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])), indent=1))
