"""The synthetic county, made small: its coverage, its papers, and how patches fit them."""
from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Dict, Tuple

import numpy as np
import pytest
import shapely

from land_inspector.changes.proposing import Request, propose
from land_inspector.exchange.own_patches import image_file
from tools.demo.county import County, build_county
from tools.demo.evidence import Books, open_books
from tools.demo.facts import Facts, AreaRule
from tools.demo.ground import CLEARANCE_M, NoGround, open_ground
from tools.demo.imagery import draw_image, paint_county, paint_patches
from tools.demo.kinds import BY_NAME, KINDS, counts
from tools.demo.measure import ellipsoidal_m2
from tools.demo.patches import PLACERS, Patch, Placer, place_patches
from tools.demo.plan import ORIGIN, CountyPlan
from tools.demo.survey import Survey, build_survey, land_classes, survey_rows
from tools.demo.writing import gdal_settings

SMALL = CountyPlan(size_m=7000, townships=5, patches=60, pixel_m=5.0)


@pytest.fixture(scope="module")
def county() -> County:
    return build_county(SMALL)


@pytest.fixture(scope="module")
def survey(county: County) -> Survey:
    return build_survey(county)


@pytest.fixture(scope="module")
def placed(county: County, survey: Survey) -> Tuple[Books, Placer, list]:
    books = open_books(county, survey)
    placer = Placer(open_ground(county, survey, books, SMALL.rng("ground")), books, SMALL.rng("patches"))
    return books, placer, place_patches(placer, SMALL.patches)


@pytest.fixture(scope="module")
def measured(county: County, survey: Survey, placed: tuple) -> Dict[int, Tuple[Patch, Facts]]:
    books, _, patches = placed
    area_rule = AreaRule(county, survey, books)
    return {index: (patch, area_rule.measure(patch.shape)) for index, patch in enumerate(patches)}


def _of_kind(measured: Dict[int, Tuple[Patch, Facts]], name: str) -> list:
    return [(patch, facts.figures) for patch, facts in measured.values() if patch.kind == name]


def test_the_survey_has_no_gaps_and_no_overlaps(county: County, survey: Survey) -> None:
    assert shapely.coverage_is_valid(survey.shapes)
    assert shapely.is_valid(survey.shapes).all()
    assert shapely.area(survey.shapes).sum() == pytest.approx(county.outline.area, rel=1e-9)
    assert not county.outline.interiors


def test_the_townships_are_whole_faces_of_the_survey_and_fill_the_county(county: County) -> None:
    assert shapely.coverage_is_valid(county.areas)
    assert shapely.area(county.areas).sum() == pytest.approx(county.outline.area, rel=1e-9)


def test_plan_zones_fill_the_county_without_overlap(county: County, placed: tuple) -> None:
    zones = np.array(placed[0].shapes["plan"])

    assert shapely.coverage_is_valid(zones)
    assert shapely.area(zones).sum() == pytest.approx(county.outline.area, rel=1e-6)


def test_every_land_class_is_in_the_plugins_table_and_all_four_groups_occur(survey: Survey) -> None:
    assert {code.rstrip("K") for code in survey.codes} <= set(land_classes())
    assert set(survey.groups) == {"GD", "FGNYD", "JSYD", "WLYD"}


def test_survey_rows_number_every_face_once_and_state_ellipsoidal_areas(county: County, survey: Survey) -> None:
    rows = survey_rows(county, survey)

    assert len({row["BSM"] for row in rows}) == len(survey.shapes)
    assert sum(row["TBMJ"] for row in rows) == pytest.approx(ellipsoidal_m2(survey.shapes).sum(), rel=1e-6)
    assert all(len(str(row["ZLDWDM"])) == 19 for row in rows)


def test_a_hectare_at_linhai_is_smaller_on_the_ellipsoid_by_the_known_amount() -> None:
    """Worked example 14 of domain.md §11: 121.12°E 28.85°N, where x is 40 609 292."""
    square = shapely.box(0, 0, 100, 100)
    there = shapely.transform(square, lambda xy: xy + [40_609_292 - ORIGIN[0] - 50, 9000])

    assert ellipsoidal_m2(np.array([there]))[0] == pytest.approx(9997.05, abs=0.01)


def test_the_same_seed_gives_the_same_county_and_another_seed_another(county: County) -> None:
    again = build_county(SMALL)
    other = build_county(CountyPlan(seed=SMALL.seed + 1, size_m=6000, townships=5, patches=60))

    assert shapely.to_wkb(again.coverage.shapes).tolist() == shapely.to_wkb(county.coverage.shapes).tolist()
    assert other.outline.area != county.outline.area


def test_every_kind_is_placed_as_often_as_planned(placed: tuple) -> None:
    assert dict(Counter(patch.kind for patch in placed[2])) == counts(SMALL.patches, tuple(PLACERS))


def test_a_full_county_gets_about_four_hundred_patches_of_every_kind() -> None:
    planned = counts(400, tuple(PLACERS))

    assert set(planned) == {kind.name for kind in KINDS}
    assert 380 <= sum(planned.values()) <= 420


def test_patches_keep_clear_of_each_other(placed: tuple) -> None:
    shapes = [patch.shape for patch in placed[2]]
    first, second = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=CLEARANCE_M - 0.01)

    assert (first == second).all()


@pytest.mark.parametrize("name", ["approved_estate", "approved_this_year", "approved_earlier", "approved_twice"])
def test_a_covered_patch_is_wholly_approved_before_the_first_image_and_supplied(name: str, measured: dict) -> None:
    for _, figures in _of_kind(measured, name):
        assert figures["approved_before_m2"] == pytest.approx(figures["area_m2"], abs=1e-3)
        assert figures["supply_m2"] == pytest.approx(figures["area_m2"], abs=1e-3)


def test_approvals_of_a_patch_approved_twice_overlap_each_other(placed: tuple, measured: dict) -> None:
    lines = placed[0].shapes["approval"]
    for patch, figures in _of_kind(measured, "approved_twice"):
        single = sum(shapely.intersection(line, patch.shape).area for line in lines)
        assert single > figures["approval_m2"] + 1


def test_an_over_occupied_patch_leaves_more_than_a_twentieth_uncovered(measured: dict) -> None:
    for _, figures in _of_kind(measured, "over_occupied") + _of_kind(measured, "partly_approved"):
        assert 0.05 < 1 - figures["approval_m2"] / figures["area_m2"] < 0.65


def test_the_half_mu_of_uncovered_cultivated_land_parts_the_two_kinds_at_the_tolerance(measured: dict) -> None:
    half_mu = 1000 / 3
    for name, above in (("approved_within_tolerance", False), ("approved_beyond_tolerance", True)):
        for _, figures in _of_kind(measured, name):
            assert figures["approval_m2"] / figures["area_m2"] >= 0.95
            assert bool(figures["uncovered_cultivated_m2"] >= half_mu) is above


@pytest.mark.parametrize(("name", "figure"), [
    ("unapproved_farmland", "farmland_m2"), ("unapproved_crops", "cultivated_m2"), ("unapproved_redline", "redline_m2"),
    ("facility_on_farmland", "farmland_m2"), ("homestead", "construction_m2"), ("quarry", "mining_m2")])
def test_a_patch_lies_wholly_on_the_ground_that_its_kind_names(name: str, figure: str, measured: dict) -> None:
    for _, figures in _of_kind(measured, name):
        assert figures[figure] == pytest.approx(figures["area_m2"], abs=1e-3)


@pytest.mark.parametrize("name", [kind.name for kind in KINDS if kind.name.startswith(("unapproved", "two_", "registered"))])
def test_patches_without_papers_touch_no_approval(name: str, measured: dict) -> None:
    assert all(figures["approval_m2"] == 0 for _, figures in _of_kind(measured, name))


def test_a_patch_of_two_townships_has_more_than_a_twentieth_in_the_second(measured: dict) -> None:
    shares = [np.sort(facts.townships)[-2] / facts.figures["area_m2"] for patch, facts in measured.values()
              if patch.kind == "two_townships"]

    assert shares and min(shares) > 0.05


def test_a_patch_beyond_the_survey_is_covered_by_it_in_part_only(measured: dict) -> None:
    for _, figures in _of_kind(measured, "beyond_survey"):
        assert 0.1 < figures["outside_survey_m2"] / figures["area_m2"] < 0.6


def test_the_four_groups_and_the_uncovered_rest_make_up_every_patch(measured: dict) -> None:
    names = ("cultivated_m2", "other_agricultural_m2", "construction_m2", "unused_m2", "outside_survey_m2")
    for _, facts in measured.values():
        assert sum(facts.figures[name] for name in names) == pytest.approx(facts.figures["area_m2"], abs=1e-3)


def test_approvals_are_dated_before_within_and_after_the_images(placed: tuple) -> None:
    dates = [row["PZRQ"] for row in placed[0].rows["approval"]]

    assert min(dates) <= "2026-01-18" and max(dates) > "2026-05-12"
    assert any("2026-01-18" < date <= "2026-05-12" for date in dates)


def test_verdict_codes_agree_with_their_first_level() -> None:
    assert all(kind.level2.startswith(kind.level1) for kind in BY_NAME.values())


def test_a_county_without_the_ground_for_a_kind_says_so(county: County, survey: Survey) -> None:
    books = open_books(county, survey)
    ground = open_ground(county, survey, books, SMALL.rng("ground"))
    ground.pools["quarries"] = np.array([], dtype=int)

    with pytest.raises(NoGround, match="quarries"):
        PLACERS["quarry"](Placer(ground, books, SMALL.rng("patches")))


def test_the_demonstration_finds_its_own_planted_changes(county: County, survey: Survey, placed: tuple, tmp_path: Path) -> None:
    """Winter against spring and three colours only: harder than an office should make it, which the report says in red."""
    patches = placed[2]
    before = paint_county(county, survey)
    images = [tmp_path / f"image_{day}.tif" for day in (SMALL.before, SMALL.after)]
    with gdal_settings():
        draw_image(images[0], county, before, -0.6)
        draw_image(images[1], county, paint_patches(before, patches, SMALL.rng("looks")), 0.8)
    found = propose(Request(*(image_file(str(path)) for path in images), budget=100))
    assert "red" in {gate.level for gate in found.gates}
    east, north = ORIGIN
    top = [shapely.transform(one.shape, lambda xy: xy - (east, north)) for one in found.candidates if not one.is_random]
    planted = [patch for patch in patches if patch.look != "same"]
    hit = {id(patch): any(shapely.intersection(patch.shape, shape).area > 0.2 * patch.shape.area for shape in top) for patch in patches}
    assert sum(hit[id(patch)] for patch in planted if patch.shape.area > 600) >= 0.75 * sum(patch.shape.area > 600 for patch in planted)
    assert sum(any(patch.shape.intersects(shape) for patch in planted) for shape in top[:20]) >= 16
    assert sum(hit[id(patch)] for patch in patches if patch.look == "same") <= 1
