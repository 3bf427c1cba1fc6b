"""Tile jobs of a province run: equal to the untiled run, resumable, honest about what failed."""
from __future__ import annotations

import csv
import json
import os
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import shapely

from bench.county.making import make_county, write_layer
from bench.county.mesh import X0, Y0
from land_inspector.errors import InputError, MissingLibraryError, RefusedError
from tests import changed_scenes as scenes
from tools.province import run as running
from tools.province.__main__ import main
from tools.province.job import measure_tile, write_rows
from tools.province.plan import FAR, make_plan, read_job
from tools.province.run import run

PATCHES = 120
APART_M2 = 1e-6  # the floor below which the kernel itself calls an area nothing
LAYERS = [{"name": "A", "source": "{county}/dltb.gpkg", "class_field": "DLBM"}, {"name": "B", "source": "{county}/redline.gpkg"},
          {"name": "F", "source": "{county}/town.gpkg", "class_field": "XZQDM"}]


@pytest.fixture(scope="module")
def county(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("province") / "500101"
    make_county(folder, 900, PATCHES)
    return folder


def write_job(folder: Path, **changes) -> Path:
    said = {"counties": ["500101"], "patches": f"{{county}}/patch{PATCHES}.gpkg", "key_field": "JCBH", "layers": LAYERS, **changes}
    path = folder / "job.json"
    path.write_text(json.dumps(said), encoding="utf-8")
    return path


@pytest.fixture
def job(county) -> Path:
    return write_job(county.parent)


def areas(table: Path) -> dict:
    with open(table, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    result = {(r["county"], r["patch"], r["layer"], r["kind"], r["class"]): float(r["area_m2"]) for r in rows}
    assert len(result) == len(rows), "a patch was measured twice"
    return result


@pytest.fixture(scope="module")
def untiled(county, tmp_path_factory) -> dict:
    totals = run(write_job(county.parent), tmp_path_factory.mktemp("untiled"), patches_per_tile=10 ** 9)
    assert totals.tiles == 1
    return areas(totals.table)


def differing(found: dict, expected: dict) -> dict:
    """Areas that are further apart than that, or on one side only."""
    pairs = {key: (found.get(key, 0.0), expected.get(key, 0.0)) for key in found.keys() | expected.keys()}
    return {key: pair for key, pair in pairs.items() if abs(pair[0] - pair[1]) > APART_M2}


@pytest.mark.parametrize("per_tile", [60, 13, 3])
def test_tiles_of_any_size_give_the_areas_of_the_untiled_run(job, untiled, tmp_path, per_tile):
    totals = run(job, tmp_path, patches_per_tile=per_tile)
    assert totals.tiles > 1 and totals.patches == PATCHES
    assert differing(areas(totals.table), untiled) == {}


@pytest.mark.parametrize("engine, library", [("dask", "distributed"), ("spark", "pyspark")])
def test_another_engine_gives_the_same_areas(job, untiled, tmp_path, engine, library):
    if find_spec(library) is None:
        pytest.skip(f"{library} is not installed")
    table = run(job, tmp_path, engine, 2, patches_per_tile=40).table
    assert differing(areas(table), untiled) == {}


def test_an_engine_whose_library_is_missing_is_named_before_any_work(job, tmp_path, monkeypatch):
    monkeypatch.setattr(running, "find_spec", lambda name: None)
    with pytest.raises(MissingLibraryError, match="dask needs distributed"):
        run(job, tmp_path / "results", "dask")
    assert not (tmp_path / "results").exists()


def test_classes_and_remainder_of_a_patch_sum_to_the_patch(untiled):
    whole = {key[1]: area for key, area in untiled.items() if key[3] == "patch"}
    for patch, area in whole.items():
        of_layer = {key: value for key, value in untiled.items() if key[1] == patch and key[2] == "A"}
        sign = {"class": 1, "remainder": 1, "overlap": -1}
        assert sum(sign[key[3]] * value for key, value in of_layer.items()) == pytest.approx(area, abs=1e-6)
    assert len(whole) == PATCHES


def test_a_run_that_broke_off_goes_on_where_it_stopped(job, untiled, tmp_path, monkeypatch):
    def breaks_off(tiles, workers, address):
        yield measure_tile(tiles[0])
        raise KeyboardInterrupt

    monkeypatch.setitem(running.ENGINES, "serial", (breaks_off, None))
    with pytest.raises(KeyboardInterrupt):
        run(job, tmp_path, patches_per_tile=30)
    monkeypatch.undo()
    first = sorted(tmp_path.glob("500101/*.csv"))
    stamps = [path.stat().st_mtime_ns for path in first]
    totals = run(job, tmp_path, patches_per_tile=30)
    assert len(first) == totals.skipped == 1
    assert [path.stat().st_mtime_ns for path in first] == stamps
    assert differing(areas(totals.table), untiled) == {}


def test_results_of_other_settings_are_never_mixed(job, county, tmp_path):
    run(job, tmp_path, patches_per_tile=60)
    with pytest.raises(RefusedError, match="other files or settings"):
        run(job, tmp_path, patches_per_tile=30)
    with pytest.raises(RefusedError):
        run(write_job(county.parent, area_method="P"), tmp_path, patches_per_tile=60)


def test_a_changed_file_makes_another_run(job, county, tmp_path):
    run(job, tmp_path, patches_per_tile=60)
    os.utime(county / "redline.gpkg", ns=(1, 1))
    with pytest.raises(RefusedError):
        run(job, tmp_path, patches_per_tile=60)


def test_a_tile_that_fails_is_named_and_repeated_alone(county, tmp_path, capsys):
    broken = county.parent / "broken"
    broken.mkdir(exist_ok=True)
    for name in (f"patch{PATCHES}", "dltb", "town"):
        (broken / f"{name}.gpkg").write_bytes((county / f"{name}.gpkg").read_bytes())
    (broken / "redline.gpkg").write_bytes(b"this is no GeoPackage")
    job = write_job(county.parent, counties=["500101", "broken"])
    assert main([str(job), str(tmp_path), "--patches-per-tile", "1000", "--workers", "1"]) == 1
    said = capsys.readouterr().err
    assert "failed: county broken tile 0" in said and "redline.gpkg" in said
    assert sorted(path.parent.name for path in tmp_path.glob("*/*.csv")) == ["500101"]
    assert not (tmp_path / "areas.csv").exists()


def test_a_patch_belongs_to_one_tile_even_outside_the_extent_that_the_file_claims(tmp_path):
    squares = shapely.box(X0 + 100 * np.arange(5), Y0, X0 + 100 * np.arange(5) + 10, Y0 + 10)
    (tmp_path / "c").mkdir()
    write_layer(tmp_path / "c" / "p.gpkg", "p", squares, {"JCBH": list("abcde")})
    job = write_job(tmp_path, counties=["c"], patches="{county}/p.gpkg", layers=[{"name": "P", "source": "{county}/p.gpkg"}])
    counties, method = read_job(job)
    plan = make_plan(counties, method, 1, tmp_path)
    edges = sorted({edge for tile in plan.tiles for edge in tile.box})
    assert edges[0] == -FAR and edges[-1] == FAR
    found = areas(run(job, tmp_path / "out", patches_per_tile=1).table)
    assert sorted(key[1] for key in found if key[3] == "patch") == list("abcde")


def test_a_county_without_patches_gives_a_table_without_rows(tmp_path):
    (tmp_path / "c").mkdir()
    write_layer(tmp_path / "c" / "p.gpkg", "p", np.array([], dtype=object), {})
    write_layer(tmp_path / "c" / "q.gpkg", "q", np.array([shapely.box(X0, Y0, X0 + 1, Y0 + 1)]), {"JCBH": ["a"]})
    job = write_job(tmp_path, counties=["c"], patches="{county}/p.gpkg", key_field="number",
                    layers=[{"name": "Q", "source": "{county}/q.gpkg"}])
    assert areas(run(job, tmp_path / "out").table) == {}


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"counties": ["x"]}', '{"counties": 5, "patches": "p", "key_field": "k", "layers": []}'])
def test_a_wrong_job_file_is_refused_with_its_name(tmp_path, text):
    path = tmp_path / "job.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="job.json is not a job file"):
        read_job(path)


def test_a_missing_file_is_named_before_any_work(county, tmp_path):
    job = write_job(county.parent, counties=["500199"])
    with pytest.raises(InputError, match="500199"):
        run(job, tmp_path / "results")


def test_the_command_line_tells_progress_and_where_the_table_is(job, tmp_path, capsys):
    assert main([str(job), str(tmp_path), "--patches-per-tile", "60", "--workers", "1"]) == 0
    said = capsys.readouterr()
    assert "4/4 tiles" not in said.out and str(tmp_path / "areas.csv") in said.out
    assert f"{PATCHES} patches" in said.err


def test_a_result_that_cannot_be_finished_leaves_nothing_behind(tmp_path):
    def rows():
        yield ("a", 1)
        raise OSError("disk full")

    with pytest.raises(OSError):
        write_rows(tmp_path / "t.csv", ("x", "y"), rows())
    assert list(tmp_path.iterdir()) == []


def test_changes_are_found_county_by_county_and_a_failed_one_is_repeated(tmp_path):
    before, after = scenes.pair(tmp_path / "images")
    for code in ("500101", "500102"):
        for path, name in ((before, "a_20240502.tif"), (after, "b_20250505.tif")):
            (tmp_path / f"{code}_{name}").write_bytes(path.read_bytes())
    broken = tmp_path / "500102_b_20250505.tif"
    whole = broken.read_bytes()
    broken.write_bytes(b"II*\0 nothing")
    said = {"counties": ["500101", "500102"], "find_changes": {"before": "{county}_a_20240502.tif", "after": "{county}_b_20250505.tif",
                                                               "budget": 20}}
    job = tmp_path / "job.json"
    job.write_text(json.dumps(said), encoding="utf-8")
    first = run(job, tmp_path / "results")
    assert [outcome.tile.county.code for outcome in first.failed] == ["500102"] and first.table is None
    broken.write_bytes(whole)
    second = run(job, tmp_path / "results")  # the county whose file is another one is done anew, and it alone
    assert second.skipped == 1
    rows = list(csv.DictReader(second.table.open(encoding="utf-8")))
    assert [row["county"] for row in rows] == ["500101", "500102"] and rows[0]["candidates"] == rows[1]["candidates"] == "20"
    one, two = ((tmp_path / "results" / code / "own_patches.gpkg") for code in ("500101", "500102"))
    assert one.exists() and two.exists() and one.with_suffix(".html").exists()
    assert run(job, tmp_path / "results").skipped == 2


def test_a_job_of_changes_that_says_too_little_is_refused(tmp_path):
    job = tmp_path / "job.json"
    for wrong in ({"before": "a.tif"}, {"before": "a.tif", "after": "b.tif", "colour": 1}, {"before": "a.tif", "after": "b.tif"}):
        job.write_text(json.dumps({"counties": ["1"], "find_changes": wrong}), encoding="utf-8")
        with pytest.raises(InputError):
            run(job, tmp_path / "results")
