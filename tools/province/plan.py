"""What a province run is made of: counties, their files, and tiles small enough for one task."""
from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Dict, Iterator, List, Mapping, Tuple

from osgeo import gdal

from land_inspector.errors import InputError
from land_inspector.evidence.area import AreaMethod
from land_inspector.evidence.layers import split_source

FAR = 1e15  # map units: the outermost tiles are open, so that a stale extent in a file loses no patch


@dataclass(frozen=True)
class LayerFile:
    """Evidence of one county. With ``class_field`` areas are taken by class, without it the area covered, once."""

    name: str
    source: str
    class_field: str = ""


@dataclass(frozen=True)
class County:
    """A county's patches and evidence, each a path or ``path|layername=table``."""

    code: str
    patches: str
    key_field: str
    layers: Tuple[LayerFile, ...]


@dataclass(frozen=True)
class Tile:
    """One task: the patches of a county whose box has its centre in ``box`` (west, south, east, north; half open)."""

    county: County
    number: int
    box: Tuple[float, float, float, float]
    method: str
    result: str  # file to write


@dataclass(frozen=True)
class Plan:
    """All tiles of a run, and the digest of what they are made from: files, fields, method, tile size."""

    tiles: List[Tile]
    digest: str


def read_job(path: Path) -> Tuple[List[County], AreaMethod]:
    """A job file: ``counties`` (codes), ``patches``, ``key_field``, ``layers`` [{name, source, class_field}], ``area_method``.

    ``{county}`` in a path stands for the code; relative paths start at the job file. Raises InputError.
    """
    try:
        said = json.loads(Path(path).read_text(encoding="utf-8"))
        method = AreaMethod(said.get("area_method", AreaMethod.ELLIPSOID.value))
        return [_county(str(code), said, Path(path).parent) for code in said["counties"]], method
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError("{file} is not a job file: {reason}.", "See docs/province.md.", file=str(path), reason=repr(error)) from error


def _county(code: str, said: Mapping[str, Any], folder: Path) -> County:
    def placed(source: str) -> str:
        path, bar, rest = source.replace("{county}", code).partition("|")
        return str((folder / path).resolve()) + bar + rest

    layers = tuple(LayerFile(layer["name"], placed(layer["source"]), layer.get("class_field", "")) for layer in said["layers"])
    return County(code, placed(said["patches"]), said["key_field"], layers)


def make_plan(counties: List[County], method: AreaMethod, patches_per_tile: int, folder: Path) -> Plan:
    """Tiles for all counties. Only headers are read here. Raises InputError for a file that is missing or unreadable."""
    tiles = [tile for county in counties for tile in _tiles(county, method, patches_per_tile, Path(folder))]
    record = [[asdict(county), [_stamp(source) for source in _sources(county)]] for county in counties]
    text = json.dumps([record, method.value, patches_per_tile], sort_keys=True)
    return Plan(tiles, hashlib.sha256(text.encode("utf-8")).hexdigest())


def _sources(county: County) -> Iterator[str]:
    yield county.patches
    yield from (layer.source for layer in county.layers)


def _stamp(source: str) -> Dict[str, Any]:
    path, table, number = split_source(source)
    try:
        stat = path.stat()
    except OSError as error:
        raise InputError("{file} cannot be opened.", "Check the paths in the job file.", file=str(path)) from error
    return {"path": str(path), "table": table if number is None else str(number), "bytes": stat.st_size, "changed": stat.st_mtime_ns}


def _tiles(county: County, method: AreaMethod, patches_per_tile: int, folder: Path) -> Iterator[Tile]:
    count, (west, east, south, north) = _header(county.patches)
    side = max(1, math.ceil(math.sqrt(count / patches_per_tile)))
    columns, rows = _cuts(west, east, side), _cuts(south, north, side)
    for number in range(side * side):
        row, column = divmod(number, side)
        box = (columns[column], rows[row], columns[column + 1], rows[row + 1])
        yield Tile(county, number, box, method.value, str(folder / county.code / f"{number:05d}.csv"))


def _cuts(low: float, high: float, count: int) -> List[float]:
    return [-FAR, *(low + (high - low) * k / count for k in range(1, count)), FAR]


def _header(source: str) -> Tuple[int, Tuple[float, float, float, float]]:
    """Number of patches and extent (minx, maxx, miny, maxy) as the file's header says."""
    path, table, number = split_source(source)
    gdal.PushErrorHandler("CPLQuietErrorHandler")
    try:
        dataset = gdal.OpenEx(str(path), gdal.OF_VECTOR | gdal.OF_READONLY)
        layer = dataset and (dataset.GetLayerByName(table) if table else dataset.GetLayer(number or 0))
        if layer is None:
            raise InputError("{file} cannot be opened.", "Check the paths in the job file.", file=source)
        count = layer.GetFeatureCount()
        return count, layer.GetExtent() if count else (0.0, 0.0, 0.0, 0.0)
    except RuntimeError as error:
        raise InputError("{file} cannot be opened.", "Check the paths in the job file.", file=source) from error
    finally:
        gdal.PopErrorHandler()
