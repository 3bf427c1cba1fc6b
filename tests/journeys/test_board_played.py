"""The board, the month's end and the ledgers in the real desktop, driven by key and mouse, in 320 px too."""
from __future__ import annotations

from datetime import date, timedelta

import pytest

from land_inspector.register.matters import kind_named, open_matter
from land_inspector.register.register import Register
from tests.journeys.test_desktop import pytestmark, run_desktop  # noqa: F401 - pytestmark skips where there is no desktop
from tests.journeys.test_worklists import make_register


@pytest.fixture(scope="module", params=["zh-Hans", "en"])
def seen(request, tmp_path_factory):
    home = tmp_path_factory.mktemp("board")
    make_register(home)
    with Register.open(home / "register.gpkg") as register:
        kind = kind_named(register, "idle_land")
        open_matter(register, kind, {"TZBH": "闲-001", "XZDM": "331082100", "CJJK": 1_200_000_000, "MJ": 10_000.0},
                    on=(date.today() - timedelta(days=60)).isoformat())
    return {**run_desktop(home, request.param, "drive_board.py"), "language": request.param}


def test_the_page_says_where_the_townships_stand_and_leads_to_their_parcels(seen):
    assert "3" in seen["said"] and "%" in seen["said"]
    kept = "闲置土地" if seen["language"] == "zh-Hans" else "Idle land"
    assert kept in seen["figures"] and seen["parcels"] > 0 and "古城街道" in seen["behind"]
    assert len(seen["legend"]) >= 2 and seen["2-page-narrow"] <= 330 and seen["7-ledger-narrow"] <= 330


def test_the_start_page_says_what_is_due_in_the_ledgers_and_leads_there(seen):
    assert seen["due"] == ["闲置土地" if seen["language"] == "zh-Hans" else "Idle land", "1", "–", "–"]
    assert seen["8-start-narrow"] <= 330 and "1" in seen["line"]


def test_ticks_move_the_window_and_the_months_end_lists_what_is_owed(seen):
    assert "→" in seen["ticked"] and seen["obstacles"] > 0


def test_nothing_is_left_in_the_project(seen):
    assert seen["layers left"] == [] and not [line for line in seen["stderr"].splitlines() if "Traceback" in line]
