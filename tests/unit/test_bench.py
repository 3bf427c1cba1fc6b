"""The benchmark measures what it says: processes, disagreements, ratios, and the kernel against plain GEOS."""
from __future__ import annotations

import json
import sys
from dataclasses import replace

import numpy as np
import pytest

from bench import desk_register, desktop, peers, postgres, report
from bench.county.making import make_county
from bench.disagreement import main as compare
from bench.overlays import Comparison, Result
from bench.processes import Run, run_process
from bench.sizes import LAYERS, SIZES, Overlay, layers_of
from bench.targets import PARCELS, targets
from bench.tiles import apart
from land_inspector.register import pursuing
from land_inspector.register.register import Register

PYTHON = [sys.executable, "-c"]


# --- processes -------------------------------------------------------------------------------------------------------

def test_a_process_is_measured_from_cold_to_its_result(tmp_path):
    code = f"import time; held = b'x' * 150_000_000; time.sleep(0.3); open({str(tmp_path / 'r')!r}, 'w').write('{{\"work\": 1}}')"
    run = run_process([*PYTHON, code], 20, tmp_path / "log", tmp_path / "r")
    assert run.problem is None and run.told == {"work": 1}
    assert run.wall >= 0.3 and run.cpu < run.wall and run.peak_mb > 150


def test_a_process_that_takes_too_long_is_stopped_and_says_so(tmp_path):
    run = run_process([*PYTHON, "import time; time.sleep(60)"], 0.5, tmp_path / "log")
    assert run.stopped and run.problem == "stopped after 0 s" and run.wall < 20


def test_a_process_that_fails_leaves_its_last_words(tmp_path):
    run = run_process([*PYTHON, "raise SystemExit('no such layer')"], 20, tmp_path / "log")
    assert run.problem == "no such layer" and not run.stopped


def test_a_result_of_an_earlier_run_is_never_taken_for_this_one(tmp_path):
    (tmp_path / "r").write_text("{}")
    assert run_process([*PYTHON, "pass"], 20, tmp_path / "log", tmp_path / "r").problem == "ended without a word"


# --- disagreement ----------------------------------------------------------------------------------------------------

def save(path, rows):
    patch, layer, value, area = zip(*rows)
    np.savez(path, patch=np.array(patch), layer=np.array(layer), value=np.array(value, "U16"), area=np.array(area, float))
    return str(path)


def test_disagreement_is_the_largest_difference_of_a_patch_and_class(tmp_path):
    one = save(tmp_path / "a.npz", [(1, "A", "0101", 10.0), (1, "A", "0103", 5.0), (2, "B", "", 7.0)])
    two = save(tmp_path / "b.npz", [(1, "A", "0101", 10.5), (2, "B", "", 7.0), (3, "B", "", 2.0)])
    compare(one, two, str(tmp_path / "r.json"))
    found = json.loads((tmp_path / "r.json").read_text())
    assert found["A"] == {"m2": 5.0, "values": 2, "apart": 2}
    assert found["B"] == {"m2": 2.0, "values": 2, "apart": 1}


def test_an_engine_without_classes_is_held_against_the_sum_of_the_classes(tmp_path):
    one = save(tmp_path / "a.npz", [(1, "A", "0101", 10.0), (1, "A", "0103", 5.0)])
    two = save(tmp_path / "b.npz", [(1, "A", "", 15.25)])
    compare(one, two, str(tmp_path / "r.json"))
    assert json.loads((tmp_path / "r.json").read_text())["A"]["m2"] == 0.25


def test_tables_of_tiles_are_held_against_each_other_row_by_row(tmp_path):
    header, row = "county,patch,layer,kind,class,area_m2\n", "1,a,A,class,01,{}\n"
    for name, text in (("x", row.format(2.5)), ("y", row.format(2.75)), ("z", "")):
        (tmp_path / name).write_text(header + text)
    assert apart(tmp_path / "x", tmp_path / "y") == "1 areas, largest difference 2.5e-01 m²"
    assert "1 rows are in one table only" in apart(tmp_path / "x", tmp_path / "z")


# --- results and targets ---------------------------------------------------------------------------------------------

def ran(wall, **told):
    return Run(wall, wall, 100.0, {"seconds": {"read": 1.0, "A": wall - 1}, "work": wall, "versions": {"GEOS": "3.13"}, **told})


def comparison(overlay, walls):
    results = {engine.name: Result(engine, missing="not installed") for engine in peers.ENGINES}
    for engine, wall in walls.items():
        results[engine.name] = Result(engine, [ran(wall)])
    return Comparison(overlay, results)


def row_of(rows, against):
    return next(row for row in rows if row.against == against and row.reached is not None)


def test_a_ratio_is_their_time_over_ours():
    found = comparison(Overlay(10_000, "ABCDEF"), {peers.OURS_2: 4.0, peers.NATIVE_INTERSECTION: 30.0, peers.LOOP: 26.0})
    rows = targets([found], PARCELS)
    assert row_of(rows, peers.NATIVE_INTERSECTION.name).reached == 7.5 and row_of(rows, peers.NATIVE_INTERSECTION.name).met
    assert row_of(rows, peers.LOOP.name).reached == 6.5 and not row_of(rows, peers.LOOP.name).met
    assert row_of(rows, peers.LOOP.name).by_cpu == 6.5


def test_the_reading_of_a_peer_is_not_held_against_it_where_the_target_says_compute():
    found = comparison(Overlay(10_000, "ABCDE"), {peers.OURS_1: 2.0, peers.GEOPANDAS: 7.0})
    assert row_of(targets([found], PARCELS), peers.GEOPANDAS.name).reached == 3.0


def test_a_target_against_an_engine_that_was_not_asked_for_is_not_measured():
    found = comparison(Overlay(10_000, "A"), {peers.OURS_1: 4.0, peers.OURS_2: 2.0})
    found.results = {engine.name: found.results[engine.name] for engine in peers.ENGINES if engine.ours}
    rows = [row for row in targets([found], PARCELS) if row.against == peers.NATIVE_INTERSECTION.name]
    assert rows and all(row.reached is None for row in rows)


def test_an_engine_that_was_stopped_counts_with_the_time_it_had():
    found = comparison(Overlay(10_000, "ABCDEF"), {peers.OURS_2: 4.0})
    found.results[peers.NATIVE_OVERLAP.name] = Result(peers.NATIVE_OVERLAP, [Run(100.0, 90.0, 1.0, problem="stopped", stopped=True)])
    row = row_of(targets([found], PARCELS), peers.NATIVE_OVERLAP.name)
    assert row.reached == 25.0 and row.at_least and row.met
    assert "> 25.0" in "\n".join(report.target_table([row]))


def test_a_run_on_less_data_than_the_targets_speak_of_says_so():
    found = [comparison(Overlay(1_000, "ABCDEF"), {peers.OURS_2: 1.0, peers.LOOP: 2.0})]
    line = report.target_table([row_of(targets(found, PARCELS), peers.LOOP.name)])[-2]
    assert "**not reached**, on less data" in line
    assert any(row.scenario.startswith("100 000") and row.reached is None for row in targets(found, PARCELS))
    enough = [comparison(Overlay(10_000, "ABCDEF"), {peers.OURS_2: 1.0, peers.LOOP: 8.0})]
    assert not row_of(targets(enough, PARCELS), peers.LOOP.name).smaller
    assert row_of(targets(enough, 100_000), peers.LOOP.name).smaller


def test_what_is_not_installed_is_said_in_its_row():
    lines = "\n".join(report.comparison_table(comparison(Overlay(1_000, "A"), {peers.OURS_2: 1.0})))
    assert f"| {peers.SEDONADB.name} | not installed |" in lines


def test_a_wrong_sum_is_shown_with_its_layer():
    result = Result(peers.NATIVE_INTERSECTION, [ran(2.0)], disagreement={"A": {"m2": 1e-4}, "B": {"m2": 62_233.0}})
    found = comparison(Overlay(1_000, "A"), {peers.OURS_2: 1.0})
    found.results[result.engine.name] = result
    assert "**B 62,233 m²**; elsewhere 1.0e-04 m²" in "\n".join(report.comparison_table(found))


def test_an_engine_whose_library_or_environment_is_missing_is_named(monkeypatch, tmp_path):
    assert peers.missing(replace(peers.OURS_1, needs="no_such_library")) == "not installed (no no_such_library)"
    monkeypatch.setattr(peers, "PEERS_PYTHON", tmp_path / "python")
    assert "bench-venv" in peers.missing(peers.GEOPANDAS)


def test_without_a_server_postgis_says_what_is_missing(monkeypatch):
    monkeypatch.setattr(postgres, "BINARIES", [])
    assert postgres.missing() == "not installed (no postgresql)"


@pytest.mark.parametrize("size", SIZES.values(), ids=list(SIZES))
def test_every_size_makes_the_patches_that_it_measures(size):
    assert all(overlay.patches <= size.patches for overlay in size.overlays)
    assert {overlay.layers for overlay in size.overlays} == {"A", "ABCDE", "ABCDEF"}


# --- the kernel ------------------------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def county(tmp_path_factory):
    folder = tmp_path_factory.mktemp("county")
    make_county(folder, 1_600, 150)
    return folder


def engine_areas(county, module, planar):
    out = county / f"{module}-{planar}.npz"
    task = {"folder": str(county), "patches": "patch150", "layers": "ABCDEF", "threads": 2, "planar": planar, "out": str(out)}
    (county / "task.json").write_text(json.dumps(task))
    run = run_process([sys.executable, "-m", f"bench.engines.{module}", str(county / "task.json")], 60, county / "log",
                      out.with_suffix(".json"))
    assert run.problem is None
    return str(out), run


def test_our_areas_are_those_of_plain_geos(county):
    ours, run = engine_areas(county, "ours", True)
    naive, plain = engine_areas(county, "naive", True)
    compare(ours, naive, str(county / "apart.json"))
    found = json.loads((county / "apart.json").read_text())
    assert set(found) == {layer.key for layer in LAYERS}
    assert max(values["m2"] for values in found.values()) <= 1e-4
    assert {"A", "B", "F"} <= set(run.told["seconds"]) and plain.told["seconds"]["floor"] > 0


def test_layers_are_named_by_their_keys():
    assert [layer.table for layer in layers_of("AF")] == ["dltb", "town"]


# --- the desktop -----------------------------------------------------------------------------------------------------

SEEN = {"open": 1.2, "open_stood_still": 0.07, "rows": 5, "filter": 0.3, "filters": 6, "search": 0.15, "verdict": 0.06,
        "verdict_slowest": 0.13, "undo": 0.2, "list": 0.01, "lists": 9, "longest_list": 40}


def test_what_the_desktop_did_stands_beside_its_limits():
    text = "\n".join(report.timing_table("The desktop", desktop.rows(SIZES["small"], SEEN)))
    assert "| 1.2 | | < 3 | reached" in text and "| 0.3 | | < 0.2 | **not reached**" in text and "slowest 0.130 s" in text


def test_what_the_desktop_did_not_come_to_is_said():
    seen = {key: value for key, value in SEEN.items() if not key.startswith("list")}
    last = desktop.rows(SIZES["small"], seen)[-1]
    assert last["seconds"] is None and last["note"] == "not measured"


def test_without_a_virtual_screen_the_desktop_is_left_out_with_a_word(monkeypatch, tmp_path):
    monkeypatch.setattr(desktop.shutil, "which", lambda name: None if name == "xvfb-run" else name)
    row, = desktop.measure_desktop(SIZES["small"], tmp_path)
    assert row["seconds"] is None and "xvfb-run" in row["note"]


def test_a_register_for_the_desktop_has_open_parcels_and_cases(tmp_path):
    made = desk_register.make(40, 6, tmp_path)
    assert made == {"patches": 40, "judged": 36, "cases": 6}
    with Register.open(tmp_path / "register.gpkg") as register:
        states = sorted(case.state for case in pursuing.cases(register))
        assert len(states) == 6 and len(set(states)) == 2
        assert (register.parcels("B1")["PDJL1"] == "2").sum() == 6
