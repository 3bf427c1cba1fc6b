"""The real desktop in both languages: an afternoon of review by key, the power gone in the middle, and the next start."""
from __future__ import annotations

import json
import shutil
import subprocess

import pytest

from land_inspector.register import judging
from land_inspector.register.register import Register
from tests.journeys.screen import PATIENCE_S
from tests.journeys.test_desktop import (  # noqa: F401 - the mark counts for this module too
    command,
    make_register,
    pytestmark,
    run_desktop,
    surroundings,
    write_profile,
)


@pytest.fixture(scope="module", params=["zh-Hans", "en"])
def journey(request, tmp_path_factory):
    """What the screen said before the power cut, and after the restart; and where the register lies."""
    home = tmp_path_factory.mktemp("review")
    make_register(home)
    with Register.open(home / "register.gpkg") as register:
        judging.return_parcels(register, "B1", ["T021", "T022"], level="city", reason="需补充实地照片", asked_for="全景照片",
                               answer_by="2026-06-01", by="市局")
    before = until_the_power_goes(home, request.param)
    shutil.move(home / "seen.json", home / "before.json")
    after = run_desktop(home, request.param, "drive_review.py", LI_PART="restart")
    return {"before": before, "after": after, "home": home}


def until_the_power_goes(home, language):
    write_profile(home, language)
    ended = subprocess.run(command(home, "drive_review.py"), env=surroundings(home, LI_PART="work"), capture_output=True, text=True,
                           timeout=PATIENCE_S)
    assert (home / "seen.json").exists(), ended.stderr[-2000:]
    seen = json.loads((home / "seen.json").read_text(encoding="utf-8"))
    assert "error" not in seen, seen["error"]
    assert "Traceback" not in ended.stderr
    return seen


def test_returned_parcels_come_first_with_their_reason_and_are_answered_by_key(journey):
    seen = journey["before"]
    assert (seen["returned first"], seen["returned"]) == ("T021", 2)
    assert all(text in seen["card of the returned"] for text in ("需补充实地照片", "全景照片", "2026-06-01"))
    assert (seen["left returned"], seen["then returned"]) == (1, "T022")


def test_each_key_judges_the_parcel_that_was_shown_and_the_next_card_is_there_at_once(journey):
    seen, screen = journey["before"], journey["before"]["screen"]
    assert seen["judged"] == ["T013", "T014", "T015", "T016"] and seen["cards waited for"] == 0
    assert [screen[parcel][1] for parcel in seen["judged"]] == ["301", "101", "303", "301"]


def test_grounds_picked_by_key_go_into_the_next_verdict_alone(journey):
    seen = journey["before"]
    with Register.open(journey["home"] / "register.gpkg") as register:
        parcels = register.parcels("B1").set_index("DKBH")
    assert parcels.loc[seen["with grounds"], "PDSM"] == seen["grounds"] != ""
    assert seen["grounds after"] == ""
    assert (parcels.loc[seen["illegal"], "YDDW"], parcels.loc[seen["illegal"], "JSSJ"]) == ("Li", "2026-04-02")


def test_later_and_paper_are_put_off_and_the_work_goes_on_behind_them(journey):
    seen, screen = journey["before"], journey["before"]["screen"]
    assert (screen[seen["later"]][2], screen[seen["paper"]][2]) == ("later", "paper")
    assert screen[seen["flagged"]][3] and seen["flagged"] == seen["last"]


def test_undo_and_redo_work_by_key(journey):
    assert journey["before"]["after undo"] != journey["before"]["to undo"]


def test_after_the_power_cut_every_act_is_there(journey):
    assert journey["after"]["screen"] == journey["before"]["screen"]
    with Register.open(journey["home"] / "register.gpkg") as register:
        assert register.state().same_as(register.storage.load_state()) == []


def test_after_the_restart_the_last_verdict_can_be_undone(journey):
    before, after = journey["before"]["screen"], journey["after"]["after undo"]
    assert [parcel for parcel in before if before[parcel] != after[parcel]] == [journey["before"]["last"]]
    assert after[journey["before"]["last"]][0] == "0" and journey["after"]["returned"] == "T022"


def test_python_complains_of_nothing(journey):
    assert "Traceback" not in journey["after"]["stderr"] and "Error" not in journey["after"]["stderr"]
