"""Two images of made-up land: fields, noise, another light on the later date, and building sites that are known."""
from __future__ import annotations

from pathlib import Path
from typing import Any, Sequence, Tuple

import numpy as np
from osgeo import gdal, osr

from tests import factories

#: Upper left corner of every scene, in factories.CRS.
X0, Y0 = factories.X0, factories.Y0
Site = Tuple[int, int, int, int]  # row, column, rows, columns


def fields(side: int, bands: int, seed: int) -> np.ndarray:
    """bands × side × side: fields of 32 pixels, patches of 16, and noise."""
    rng = np.random.default_rng(seed)

    def blocks(size: int) -> np.ndarray:
        count = side // size + 1
        return np.kron(rng.normal(size=(count, count)), np.ones((size, size)))[:side, :side]

    ground = blocks(32) * 120 + blocks(16) * 60
    return np.stack([800 + 100 * band + ground * (1 + 0.2 * band) + blocks(48) * 40 + rng.normal(size=(side, side)) * 15
                     for band in range(bands)])


def later(before: np.ndarray, sites: Sequence[Site], seed: int, gain: float = 0.8, offset: float = 60.0) -> np.ndarray:
    """The same land under another light, with bright rough ground on the sites."""
    rng, after = np.random.default_rng(seed + 1), before.copy()
    for row, column, rows, columns in sites:
        for band in range(len(after)):
            after[band, row:row + rows, column:column + columns] = 1500 - 200 * (band == 3) + rng.normal(size=(rows, columns)) * 120
    return after * gain + offset + rng.normal(size=after.shape) * 12


def write(path: Path, values: np.ndarray, *, kind: int = gdal.GDT_UInt16, pixel: float = 10.0, crs: str = factories.CRS,
          at: Tuple[float, float] = (X0, Y0), georeferenced: bool = True, **metadata: Any) -> Path:
    """A GeoTIFF of bands × rows × columns with its upper left corner ``at``."""
    bands, rows, columns = values.shape
    raster = gdal.GetDriverByName("GTiff").Create(str(path), columns, rows, bands, kind)
    if georeferenced:
        system = osr.SpatialReference()
        system.SetFromUserInput(crs)
        raster.SetGeoTransform((at[0], pixel, 0, at[1], 0, -pixel))
        raster.SetProjection(system.ExportToWkt())
    top = {gdal.GDT_Byte: 254, gdal.GDT_UInt16: 65534}.get(kind, 1e9)
    for band in range(bands):
        raster.GetRasterBand(band + 1).WriteArray(np.clip(values[band], 1, top))
    raster.SetMetadata({key: str(value) for key, value in metadata.items()})
    raster.FlushCache()
    return path


SITES: Tuple[Site, ...] = tuple((40 + 70 * (place // 5), 50 + 75 * (place % 5), 5 + place % 6, 6 + place % 5) for place in range(20))


def pair(folder: Path, side: int = 420, bands: int = 4, sites: Sequence[Site] = SITES, seed: int = 7, **how: Any) -> Tuple[Path, Path]:
    """Files of 2 May 2024 and 5 May 2025 with these sites between them."""
    folder.mkdir(parents=True, exist_ok=True)
    before = fields(side, bands, seed)
    return (write(folder / "20240502_GF6.tif", before, **how), write(folder / "20250505_GF6.tif", later(before, sites, seed), **how))
