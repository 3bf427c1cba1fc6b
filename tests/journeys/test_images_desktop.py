"""The images in the real desktop, in both languages: every way to look by key and mouse, and the map as it was afterwards."""
from __future__ import annotations

import pytest

from tests import factories
from tests.images import make_image
from tests.journeys.test_desktop import make_register, pytestmark, run_desktop  # noqa: F401 - the mark counts for this module too

OVER_ALL = (factories.X0 - 500, factories.Y0 - 500, factories.X0 + 7000, factories.Y0 + 500)


@pytest.fixture(scope="module", params=["zh-Hans", "en"])
def seen(request, tmp_path_factory):
    home = tmp_path_factory.mktemp("images")
    make_register(home)
    for name, value in (("GF2_20260301", 80), ("BJ3_20260420", 170)):
        make_image(home / "office" / f"{name}.tif", OVER_ALL, value=value)
    return run_desktop(home, request.param, "drive_images.py", LI_REGISTER=str(home / "register.gpkg"),
                       LI_IMAGES=str(home / "office"), LI_NUMBER="T042")


def test_both_images_are_offered_as_soon_as_the_parcel_is_chosen(seen):
    before, after = seen["offered"]
    assert before == "2026-03-01 · GF2_20260301" and after == "⚠ 2026-04-20 · BJ3_20260420"


def test_a_key_shows_one_after_the_other_and_says_what_does_not_fit(seen):
    assert seen["turn 1"].endswith("GF2_20260301")
    assert "BJ3_20260420" in seen["turn 2"] and "11" in seen["turn 2"] and "2026-05-01" in seen["turn 2"]


def test_another_key_lets_them_blink_by_themselves(seen):
    assert seen["blinks"] >= 3


def test_the_swipe_line_is_moved_by_mouse_and_key_while_the_map_stands_still(seen):
    first, dragged, stepped = seen["line"]
    assert first == 0.5 and dragged < 0.45 and stepped == pytest.approx(dragged + 0.02)
    assert seen["view while swiping"] == seen["before"]["view"]


def test_two_maps_show_the_same_place_at_the_same_scale(seen):
    assert seen["one place"] and seen["one scale"] == 1.0 and min(seen["widths"]) > 200


def test_going_back_leaves_map_project_and_docks_as_they_were(seen):
    assert seen["after"] == seen["before"] and seen["before"]["dirty"] is False


def test_unloading_in_the_middle_leaves_nothing_behind(seen):
    assert seen["stopped"] and seen["left"] == [] and seen["items left"] == [] and seen["layers left"] == 0


def test_python_complains_of_nothing(seen):
    assert "Traceback" not in seen["stderr"]
