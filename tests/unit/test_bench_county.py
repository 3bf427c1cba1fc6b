"""The benchmark's county: the same for the same numbers, without gaps, as dense as promised."""
from __future__ import annotations

import numpy as np
import pytest
import shapely

from bench.county.making import make_county
from bench.county.mesh import CELL_M2, blocks, dissolved, make_mesh
from bench.county.zones import LARGEST_M2, SMALLEST_M2, growth_centres, make_patches, make_zones
from bench.engines.patches import EVERYWHERE
from land_inspector.evidence.layers import open_layer

PARCELS, PATCHES = 1_600, 60


@pytest.fixture(scope="module")
def county(tmp_path_factory):
    folder = tmp_path_factory.mktemp("county")
    make_county(folder, PARCELS, PATCHES)
    return folder


def shapes_of(folder, name):
    source = open_layer(str(folder / f"{name}.gpkg"))
    found = source.near(EVERYWHERE, ["number"])
    assert not (source.repairs.repaired | source.repairs.empty | source.repairs.unreadable), "the county is to be valid"
    return found.geoms[np.argsort(found.columns["number"])]


def test_the_same_numbers_make_the_same_county(county, tmp_path):
    make_county(tmp_path, PARCELS, PATCHES)
    for name in ("dltb", "redline", "farmland", "parcel", "facility", "town", f"patch{PATCHES}"):
        assert shapely.to_wkb(shapes_of(county, name)).tolist() == shapely.to_wkb(shapes_of(tmp_path, name)).tolist()


def test_land_use_fills_the_townships_without_gap_or_overlap(county):
    use, towns = shapes_of(county, "dltb"), shapes_of(county, "town")
    whole = shapely.area(towns).sum()
    assert shapely.area(use).sum() == pytest.approx(whole, rel=1e-6)
    assert shapely.union_all(use).area == pytest.approx(whole, rel=1e-6)
    assert len(use) > PARCELS, "roads and rivers cut parcels in two"


def test_neighbours_of_a_mesh_share_every_vertex_of_their_border():
    mesh = make_mesh(400, np.random.default_rng(1))
    assert shapely.is_valid(mesh.cells).all()
    assert len(mesh.cells) == 400 and shapely.area(mesh.cells).mean() == pytest.approx(CELL_M2, rel=0.1)
    united = shapely.coverage_union_all(mesh.cells)
    assert united.geom_type == "Polygon" and not united.interiors
    assert united.area == pytest.approx(shapely.area(mesh.cells).sum(), rel=1e-12)


def test_blocks_of_a_mesh_are_whole_townships():
    mesh = make_mesh(400, np.random.default_rng(1))
    towns = dissolved(mesh.cells, blocks(mesh, 10, 10))
    assert len(towns) == 4 and {town.geom_type for town in towns} == {"Polygon"}


def test_patches_have_the_sizes_of_issued_patches_and_some_follow_pixels():
    rng = np.random.default_rng(2)
    patches = make_patches(300, 10_000.0, growth_centres(10_000.0, 5, rng), rng)
    area = shapely.area(patches)
    assert shapely.is_valid(patches).all() and len(patches) == 300
    assert 0.5 * SMALLEST_M2 < area.min() and area.max() <= LARGEST_M2 * 1.01
    assert 0.25 < sum(is_stairs(patch) for patch in patches) / 300 < 0.45


def is_stairs(patch) -> bool:
    steps = np.abs(np.diff(shapely.get_coordinates(patch), axis=0))
    return bool((steps.min(axis=1) < 1e-3).all())


def test_zones_overlap_each_other_and_some_have_holes_or_two_parts():
    rng = np.random.default_rng(3)
    zones = make_zones(400, 9000.0, (400.0, 400_000.0), growth_centres(6_000.0, 3, rng), rng)
    assert shapely.is_valid(zones).all()
    assert shapely.union_all(zones).area < 0.8 * shapely.area(zones).sum()
    assert any(shapely.get_num_geometries(zones) > 1)
    assert any(shapely.get_num_interior_rings(shapely.get_parts(zones)) > 0)
