"""The real desktop in both languages: a day's verdicts looked over by keyboard, all of them and a sample."""
from __future__ import annotations

import re
import shutil

import pytest

from tests.journeys.test_desktop import make_register, run_desktop

pytestmark = pytest.mark.skipif(not (shutil.which("xvfb-run") and shutil.which("qgis")),
                                reason="needs the desktop and a virtual screen")


@pytest.fixture(scope="module", params=["zh-Hans", "en"])
def seen(request, tmp_path_factory):
    home = tmp_path_factory.mktemp("gallery")
    make_register(home)
    return run_desktop(home, request.param, "drive_gallery.py")


def numbers(text):
    return [int(number) for number in re.findall(r"\d+", text)]


def test_it_comes_up_by_key_with_todays_verdicts_and_their_pictures(seen):
    assert seen["hidden at first"] and seen["shown"] == 22 and numbers(seen["counted"]) == [22, 0, 0]
    assert seen["pictures"] == seen["in sight"] > 0


def test_space_and_f_mark_by_key_and_the_list_goes_along(seen):
    assert numbers(seen["after keys"]) == [22, 2, 1] and seen["notes"] == 2 and seen["current"] == "T003"


def test_a_sample_is_drawn_by_its_seed_and_says_what_it_says_of_all(seen):
    assert len(seen["sample"]) == 5
    said = numbers(seen["said of all"])
    assert said[:4] in ([5, 22, 20261122, 5], [22, 5, 20261122, 5]) and 95 in said


def test_enter_shows_the_parcel_on_the_map_and_the_arrows_leave_it_alone(seen):
    assert not seen["moved by arrows"] and seen["moved by enter"]
    assert seen["opened"] == seen["sample"][0].split()[0]


def test_leaving_takes_the_dock_along(seen):
    assert seen["stopped"] is True and seen["docks left"] == []
    assert "Traceback" not in seen["stderr"]
