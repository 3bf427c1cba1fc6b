"""The benchmark's engines in QGIS, each in its own process, measure the same county as ours does."""
from __future__ import annotations

import json
import sys

import pytest

from bench.county.making import make_county
from bench.disagreement import main as compare
from bench.processes import run_process

GEODESIC_M2 = 0.01  # QGIS's geodesic edges against edges straight in the plane


@pytest.fixture(scope="module")
def county(tmp_path_factory):
    folder = tmp_path_factory.mktemp("county")
    make_county(folder, 900, 80)
    return folder


def measured(county, module):
    out = county / f"{module}.npz"
    task = {"folder": str(county), "patches": "patch80", "layers": "ABCDEF", "threads": 1, "planar": False, "out": str(out)}
    (county / "task.json").write_text(json.dumps(task))
    run = run_process([sys.executable, "-m", f"bench.engines.{module}", str(county / "task.json")], 100, county / "log",
                      out.with_suffix(".json"))
    assert run.problem is None
    return str(out)


@pytest.fixture(scope="module")
def ours(county):
    return measured(county, "ours")


def apart(county, ours, other):
    compare(ours, other, str(county / "apart.json"))
    return {layer: values["m2"] for layer, values in json.loads((county / "apart.json").read_text()).items()}


@pytest.mark.parametrize("module", ["ours_qgis", "native_overlap", "pyqgis_loop"])
def test_an_engine_in_qgis_finds_our_areas(county, ours, module):
    found = apart(county, ours, measured(county, module))
    assert set(found) == set("ABCDEF") and max(found.values()) <= GEODESIC_M2


def test_sums_after_native_intersection_are_right_where_a_layer_does_not_overlap_itself(county, ours):
    found = apart(county, ours, measured(county, "native_intersection"))
    assert max(found[layer] for layer in "ACF") <= GEODESIC_M2
    assert found["B"] > 100.0, "pieces of the red lines, which overlap, are counted as often as they occur"
