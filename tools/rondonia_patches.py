"""Derive sample/rondonia/prodes_patches.gpkg and sample_zones.gpkg from the copied PRODES polygons.

The geometry is the source's own, point for point. Run it again only when the source is replaced:
``python -m tools.rondonia_patches``.
"""
from __future__ import annotations

from pathlib import Path
from typing import Dict, Tuple

from osgeo import gdal, ogr, osr

FOLDER = Path(__file__).resolve().parents[1] / "sample" / "rondonia"
SOURCE = FOLDER / "prodes_change_patches_epsg4674.gpkg"
LABEL_YEARS: Dict[int, int] = {11: 2012, 16: 2017, 17: 2018, 27: 2019, 29: 2020, 33: 2021}
ZONE_WEST, ZONE_SOUTH, ZONE_WIDTH, ZONE_HEIGHT = -62.68, -8.84, 0.061, 0.075
ZONE_COLUMNS, ZONE_ROWS = 3, 2


def sirgas_2000() -> osr.SpatialReference:
    srs = osr.SpatialReference()
    srs.ImportFromEPSG(4674)
    srs.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    return srs


def grs80_equal_area() -> osr.CoordinateTransformation:
    """Cylindrical equal-area on GRS80: edges along meridians and parallels stay straight, so pixel areas are exact."""
    target = osr.SpatialReference()
    target.ImportFromProj4("+proj=cea +ellps=GRS80 +units=m +no_defs")
    return osr.CoordinateTransformation(sirgas_2000(), target)


def create_layer(path: Path, title: str, fields: Dict[str, int]) -> Tuple[gdal.Dataset, ogr.Layer]:
    path.unlink(missing_ok=True)
    dataset = gdal.GetDriverByName("GPKG").Create(str(path), 0, 0, 0, gdal.GDT_Unknown)
    layer = dataset.CreateLayer(path.stem, sirgas_2000(), ogr.wkbPolygon, [f"IDENTIFIER={title}", "GEOMETRY_NAME=geom"])
    for name, kind in fields.items():
        layer.CreateField(ogr.FieldDefn(name, kind))
    return dataset, layer


def write_patches() -> int:
    """One row per PRODES deforestation polygon: number, PRODES year as image dates, ellipsoidal m² (GRS80)."""
    fields = {"patch_id": ogr.OFTString, "class": ogr.OFTInteger, "label": ogr.OFTString, "image_from": ogr.OFTString,
              "image_to": ogr.OFTString, "area_m2": ogr.OFTReal, "scene": ogr.OFTString}
    dataset, layer = create_layer(FOLDER / "prodes_patches.gpkg", "PRODES change patches (INPE)", fields)
    to_equal_area = grs80_equal_area()
    source = gdal.OpenEx(str(SOURCE), gdal.OF_VECTOR)
    for row in source.GetLayer(0):
        if row["class"] in LABEL_YEARS:
            layer.CreateFeature(_patch(layer, row, to_equal_area))
    return layer.GetFeatureCount()


def _patch(layer: ogr.Layer, row: ogr.Feature, to_equal_area: osr.CoordinateTransformation) -> ogr.Feature:
    year = LABEL_YEARS[row["class"]]
    shape = row.geometry().Clone()
    flat = shape.Clone()
    flat.Transform(to_equal_area)
    patch = ogr.Feature(layer.GetLayerDefn())
    patch["patch_id"] = f"RO{row.GetFID():06d}"
    patch["class"], patch["label"], patch["scene"] = row["class"], f"d{year}", "900000"
    patch["image_from"], patch["image_to"] = f"{year - 1}-08-01", f"{year}-07-31"
    patch["area_m2"] = round(flat.GetArea(), 2)
    patch.SetGeometryDirectly(shape)
    return patch


def write_zones() -> int:
    """Rectangles over the scene that stand in for townships; they are no administrative units."""
    fields = {"code": ogr.OFTString, "name": ogr.OFTString, "station": ogr.OFTString}
    dataset, layer = create_layer(FOLDER / "sample_zones.gpkg", "Sample zones (not administrative)", fields)
    for number in range(ZONE_COLUMNS * ZONE_ROWS):
        row, column = divmod(number, ZONE_COLUMNS)
        west, east = (round(ZONE_WEST + step * ZONE_WIDTH, 3) for step in (column, column + 1))
        south, north = (round(ZONE_SOUTH + step * ZONE_HEIGHT, 3) for step in (row, row + 1))
        zone = ogr.Feature(layer.GetLayerDefn())
        zone["code"], zone["name"] = f"90000000{number + 1}", f"Sample zone {number + 1} (not administrative)"
        zone["station"] = f"Sample station {row + 1}"
        ring = f"{west} {south},{east} {south},{east} {north},{west} {north},{west} {south}"
        zone.SetGeometry(ogr.CreateGeometryFromWkt(f"POLYGON (({ring}))"))
        layer.CreateFeature(zone)
    return layer.GetFeatureCount()


if __name__ == "__main__":
    gdal.UseExceptions()
    gdal.SetConfigOption("OGR_CURRENT_DATE", "2026-01-01T00:00:00.000Z")
    print(f"{write_patches()} patches, {write_zones()} zones in {FOLDER.name}")
