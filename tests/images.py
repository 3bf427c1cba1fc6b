"""Small georeferenced images over the squares of tests.factories."""
from __future__ import annotations

from pathlib import Path
from typing import Any, Optional, Tuple

import numpy as np
from osgeo import gdal, osr

from tests import factories

Box = Tuple[float, float, float, float]
#: Over the first dozen of patches and around them.
WHOLE: Box = (factories.X0 - 500, factories.Y0 - 500, factories.X0 + 2500, factories.Y0 + 500)


def make_image(path: Path, box: Box = WHOLE, *, crs: Optional[str] = factories.CRS, pixel: float = 10.0, value: int = 100,
               empty_columns: int = 0, **metadata: Any) -> Path:
    """A grey GeoTIFF of three bands and one value; the first ``empty_columns`` are its nodata (0)."""
    columns, rows = round((box[2] - box[0]) / pixel), round((box[3] - box[1]) / pixel)
    path.parent.mkdir(parents=True, exist_ok=True)
    raster = gdal.GetDriverByName("GTiff").Create(str(path), columns, rows, 3)
    raster.SetGeoTransform((box[0], (box[2] - box[0]) / columns, 0, box[3], 0, -(box[3] - box[1]) / rows))
    if crs is not None:
        system = osr.SpatialReference()
        system.SetFromUserInput(crs)
        raster.SetProjection(system.ExportToWkt())
    grey = np.full((rows, columns), value, dtype=np.uint8)
    grey[:, :empty_columns] = 0
    for band in range(1, 4):
        raster.GetRasterBand(band).WriteArray(grey)
        if empty_columns:
            raster.GetRasterBand(band).SetNoDataValue(0)
    raster.SetMetadata(metadata)
    raster.FlushCache()
    return path
