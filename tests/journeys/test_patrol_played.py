"""A month of a station in the real desktop, in both languages, from the plan to the table."""
from __future__ import annotations

from datetime import date, datetime, time, timedelta

import numpy as np
import pytest

from land_inspector.exchange.tracks.giving import track_gpx
from land_inspector.exchange.tracks.track_file import BEIJING, Segment
from tests.journeys.test_desktop import make_register, pytestmark, run_desktop  # noqa: F401 - pytestmark skips where there is no desktop
from tests.ui.photos import drawn_photo, lonlat


#: As the driver has it.
TENTH = (date.today().replace(day=1) - timedelta(days=1)).replace(day=10)


@pytest.fixture(scope="module", params=["zh-Hans", "en"])
def seen(request, tmp_path_factory, qapp):
    home = tmp_path_factory.mktemp("patrol")
    make_register(home)
    drawn_photo(home / "IMG_0001.jpg", 800, 600, scene=True, taken=f"{TENTH:%Y:%m:%d} 10:11:12", direction=90.0, **lonlat(650.0, 60.0))
    places = [lonlat(100.0 + 10.0 * n, -8.0) for n in range(120)]
    begun = datetime.combine(TENTH, time(8, 30), BEIJING).timestamp()
    lon, lat = (np.array([place[name] for place in places]) for name in ("lon", "lat"))
    (home / "track.gpx").write_bytes(track_gpx(Segment(lon, lat, begun + 10.0 * np.arange(120), 1)))
    return {**run_desktop(home, request.param, "drive_patrol.py", size=(1400, 1080)), "language": request.param, "home": home}


def test_a_patrol_is_planned_and_its_plan_given_out(seen):
    assert seen["proposed"] == 12 and seen["planned"] == [True] and seen["width"] <= 330
    assert seen["export_patrol_plan"] == {"ok": True, "PATROLS": 1, "CARDS": 1}
    assert len(list((seen["home"] / "plan").glob("*.pdf"))) == 1


def test_it_is_logged_by_keys_alone_in_less_than_a_minute(seen):
    assert seen["day"] == seen["logged"][0] and seen["logged"][1:6] == ["08:20", "11:05", "1", "G104 north", "stopped on the spot"]
    assert seen["logged"][6] and seen["seconds"] < 60 and seen["keys"] < 120


def test_findings_come_by_click_outline_photo_and_coordinates(seen):
    assert seen["found"] == ["click", "coordinates", "outline", "photo"] and seen["linked"] == 4 and not any(seen["refused"])


def test_the_track_is_given_to_the_patrol_and_shown(seen):
    assert (seen["import_tracks"]["GIVEN"], seen["import_tracks"]["POINTS"]) == (1, 120) and seen["import_tracks"]["PASSED"] > 5
    assert seen["patrol_coverage"]["TRACKED"] == 1 and sorted(seen["layers"]) == [1, 4]


def test_a_finding_becomes_a_case_by_one_act_that_one_undo_takes_back(seen):
    assert "XC" in seen["filed"] and ("立案" if seen["language"] == "zh-Hans" else "Case filed") in seen["undo says"]
    assert seen["undone by one"] == [True, 0] and seen["to be filed"] >= 3


def test_the_counts_say_what_is_valid_and_what_is_short(seen):
    assert all("8" in seen[when] for when in ("at first", "at last"))
    assert ("有效 1" if seen["language"] == "zh-Hans" else "valid 1") in seen["at last"]
    assert seen["patrol_table"]["ROWS"] == 1 and seen["patrol_table"]["SHORT"] == 1


def test_python_complains_of_nothing(seen):
    assert seen["stopped"] is True and "Traceback" not in seen["stderr"]
