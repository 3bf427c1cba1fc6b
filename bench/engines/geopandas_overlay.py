"""geopandas.overlay, then sums by class, or dissolve by patch where a layer may overlap itself."""
from __future__ import annotations

import geopandas
import shapely

from ..sizes import Layer
from .common import Task, Work, main


def measure(task: Task, work: Work) -> None:
    patches = work.timed("read", geopandas.read_file, task.path(task.patches), columns=["number"], use_arrow=True)
    for layer in task.layers:
        columns = [layer.class_field] if layer.class_field else []
        other = work.timed("read", geopandas.read_file, task.path(layer.table), columns=columns, use_arrow=True)
        work.timed(layer.key, _measure_layer, layer, patches, other, work)
    work.versions.update({"geopandas": geopandas.__version__, "GEOS": shapely.geos_version_string})


def _measure_layer(layer: Layer, patches: geopandas.GeoDataFrame, other: geopandas.GeoDataFrame, work: Work) -> None:
    pieces = geopandas.overlay(patches, other, how="intersection", keep_geom_type=True)
    if not layer.class_field:
        covered = pieces.dissolve(by="number")
        work.add(layer, covered.index, covered.area)
        return
    pieces["area"] = pieces.area
    sums = pieces.groupby(["number", layer.class_field])["area"].sum().reset_index()
    work.add(layer, sums["number"], sums["area"], sums[layer.class_field])


if __name__ == "__main__":
    main(measure)
