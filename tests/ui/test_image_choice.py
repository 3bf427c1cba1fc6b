"""Which images fit a patch: its dates, what they cover, how fine they are; and what is said of those that do not fit quite."""
from __future__ import annotations

import pytest
import shapely

from land_inspector.exchange.image_files import Image
from land_inspector.law.image_dates import parse_image_date
from land_inspector.exchange.image_choice import Spot, candidates, days_between, fitting, warnings

PATCH = shapely.box(121.0, 28.8, 121.001, 28.801)
SPOT = Spot(PATCH, shapely.box(600000, 3190000, 600100, 3190100))
EVERYWHERE = shapely.box(120, 28, 122, 29)


def image(name, footprint=EVERYWHERE, pixel_m=2.0, crs="EPSG:4490"):
    return Image(f"/images/{name}.tif", name, crs, footprint, pixel_m, parse_image_date(name), "name")


def part(share):
    """A footprint that covers a share of the patch from the west, and nothing west of it."""
    return shapely.box(121.0, 28, 121.0 + 0.001 * share, 29)


def chosen(images, written, after=False):
    found = fitting(candidates(images, SPOT), written, after)
    return found and [tile.name for tile in found.tiles]


def test_the_image_of_the_day_fits_and_otherwise_the_nearest():
    known = [image("GF2_20260301"), image("BJ3_20260420")]
    assert chosen(known, "20260301") == ["GF2_20260301"]
    assert chosen(known, "2026-05-01") == ["BJ3_20260420"]


def test_an_image_that_does_not_show_the_patch_is_not_offered():
    elsewhere = image("GF2_20260301", shapely.box(100, 30, 101, 31))
    assert candidates([elsewhere], SPOT) == [] and chosen([elsewhere, image("BJ3_20260420")], "20260301") == ["BJ3_20260420"]


def test_dates_are_offered_oldest_first_and_images_without_a_date_last():
    known = [image("hillshade"), image("BJ3_20260420"), image("2026年5月"), image("GF2_20260301")]
    assert [one.name for one in candidates(known, SPOT)] == ["GF2_20260301", "BJ3_20260420", "2026年5月", "hillshade"]


def test_tiles_of_one_date_are_one_picture_that_covers_what_they_cover_together():
    west, east = image("west_20260301", part(0.6)), image("east_20260301", shapely.box(121.0005, 28, 122, 29))
    (both,) = candidates([west, east], SPOT)
    assert sorted(tile.name for tile in both.tiles) == ["east_20260301", "west_20260301"] and both.cover == pytest.approx(1)
    assert warnings(both, "20260301") == []


def test_the_finest_tile_is_drawn_over_the_others():
    (both,) = candidates([image("fine_20260301", pixel_m=0.5), image("coarse_20260301", pixel_m=16)], SPOT)
    assert [tile.name for tile in both.tiles] == ["coarse_20260301", "fine_20260301"] and both.pixel_m == 0.5


def test_neighbouring_tiles_come_along_and_far_ones_of_the_same_date_do_not():
    near, far = image("near_20260301", shapely.box(121.002, 28, 122, 29)), image("far_20260301", shapely.box(121.5, 28, 122, 29))
    (one,) = candidates([image("here_20260301", part(1)), near, far], SPOT)
    assert {tile.name for tile in one.tiles} == {"here_20260301", "near_20260301"}


def test_what_covers_the_patch_goes_before_what_leaves_it_open_unless_it_lies_far_in_time():
    known = [image("part_20260301", part(0.5)), image("whole_20260320")]
    assert chosen(known, "20260301") == ["whole_20260320"]
    assert chosen([known[0], image("whole_20260801")], "20260301") == ["part_20260301"]


def test_the_image_before_is_not_one_of_after_the_change_nor_the_other_way_round():
    offered = candidates([image("a_20260301"), image("b_20260901")], SPOT)
    assert fitting(offered, "20260801", False, "20260815").name == "a_20260301"
    assert fitting(offered, "20260801", False).name == "b_20260901"
    late = candidates([image("a_20260228"), image("b_20260901")], SPOT)
    assert fitting(late, "20260310", True, "20260301").name == "b_20260901"
    assert fitting(late[:1], "20260310", True, "20260301").name == "a_20260228"


def test_of_two_as_near_in_time_the_finer_one_is_taken():
    known = [image("a_20260228", pixel_m=16), image("b_20260302", pixel_m=0.8)]
    assert chosen(known, "20260301") == ["b_20260302"] and chosen(known[::-1], "20260301") == ["b_20260302"]


def test_without_a_date_on_the_patch_the_oldest_and_the_newest_show_it():
    known = [image("GF2_20260301"), image("BJ3_20260420"), image("ZY3_20260601", part(0.3))]
    assert chosen(known, "", after=False) == ["GF2_20260301"] and chosen(known, None, after=True) == ["BJ3_20260420"]


def test_without_dated_images_nothing_fits():
    assert chosen([image("hillshade")], "20260301") is None and chosen([], "20260301") is None


@pytest.mark.parametrize("name, written, needles", [
    ("BJ3_20260420", "2026-05-01", ["11", "2026-05-01"]),
    ("BJ3_20260512", "2026年5月1日", ["11", "2026-05-01"]),
    ("hillshade", "20260501", ["date"]),
    ("BJ3_20260420", "", ["date"]),
])
def test_a_date_that_does_not_fit_is_warned_of_in_words(name, written, needles):
    (one,) = candidates([image(name)], SPOT)
    (said,) = warnings(one, written)
    assert all(needle in said for needle in needles)


def test_before_and_after_the_day_are_told_apart():
    (early,), (late,) = candidates([image("a_20260420")], SPOT), candidates([image("a_20260512")], SPOT)
    assert "before" in warnings(early, "20260501")[0] and "after" in warnings(late, "20260501")[0]


def test_what_of_the_patch_cannot_be_seen_is_said():
    (one,) = candidates([image("GF2_20260301", part(0.6))], SPOT)
    (said,) = warnings(one, "20260301")
    assert "60" in said


def test_an_image_that_names_no_coordinate_system_is_compared_in_the_registers_and_said_so():
    (one,) = candidates([image("GF2_20260301", shapely.box(600000, 3190000, 600050, 3190100), crs="")], SPOT)
    assert one.cover == pytest.approx(0.5) and len(warnings(one, "20260301")) == 2


def test_days_lie_between_spans_and_none_within():
    month = parse_image_date("2026年5月")
    assert days_between(month, parse_image_date("20260510")) == 0
    assert days_between(month, parse_image_date("20260603")) == days_between(parse_image_date("20260603"), month) == 3
