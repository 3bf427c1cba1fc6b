"""The work lists in the real desktop, in both languages, driven by key and mouse."""
from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from land_inspector.law.work_lists import LISTS
from land_inspector.register import issuing, judging, pursuing
from tests import factories
from tests.journeys.test_desktop import pytestmark, run_desktop  # noqa: F401 - pytestmark skips where there is no desktop
from tests.unit.law_cases import SAID

TODAY = date.today()
STRAIGHT = (("site_check", 2), ("file", 9), ("investigate", 20), ("legal_review", 30), ("notice", 35), ("hearing_notice", 35),
            ("decide", 56), ("serve", 58), ("demand", 90), ("apply_court", 260))
LAND = {"land_m2": 1600.0, "cultivated_m2": 400.0}
REMEDIES = [{"item": "1", "kind": "demolition", "amount": {"building_m2": 300.0, **LAND}},
            {"item": "2", "kind": "fine", "amount": {"fen": 20_000_000}, "article": "77", "violated_on": "2025-01-01",
             "base": {"land_m2": 1600.0}}]


def ago(days):
    return (TODAY - timedelta(days=days)).isoformat()


def make_register(folder: Path) -> None:
    """30 patches in three townships, twelve of them illegal, with cases from a clue to the court."""
    towns = [factories.township(f"33108210{n}", name, (10 * n, 10 * n + 9)) for n, name in enumerate(("古城街道", "大洋街道", "江南街道"))]
    with factories.new_register(folder, towns) as register:
        patches = [factories.patch(f"T{n:03d}", factories.square(n % 6, n // 6), row=n, XZDM=towns[(n - 1) // 10].code,
                                   XZMC=towns[(n - 1) // 10].name) for n in range(1, 31)]
        issuing.issue_batch(register, factories.info(issued_on=ago(420)), factories.intake(patches))
        said = {"PDJL1": "2", "PDJL2": "201", "JSSJ": "2025-01-01", "WFLX": "01", "YDDW": "某公司", "WFMJ": 1600.0, "WFGD": 400.0,
                "WFJBNT": 0.0}
        judging.give_verdicts(register, "B1", [judging.Entry(f"T{n:03d}", said) for n in range(1, 13)], effective_on=ago(419))
        for label in ("T001", "T002", "T011"):
            remedy = pursuing.order_remedy(register, "B1", label, "reclamation", LAND, on=ago(90))
            pursuing.record_progress(register, {remedy: LAND}, on=ago(30))
        for label, begun, acts in (("T004", 320, 0), ("T005", 94, 2), ("T006", 200, 8), ("T008", 300, 10), ("T012", 92, 3)):
            play_case(register, label, begun, acts)


def play_case(register, label, begun, acts):
    case = pursuing.open_case(register, "B1", [label], on=ago(begun), particulars=SAID["clue"])
    for act, after in STRAIGHT[:acts]:
        more = {"remedies": REMEDIES} if act in ("notice", "decide") else {}
        pursuing.do_act(register, case, act, on=ago(begun - after), particulars={**SAID[act], **more}, with_remedies=True)


@pytest.fixture(scope="module", params=["zh-Hans", "en"])
def seen(request, tmp_path_factory):
    home = tmp_path_factory.mktemp("worklists")
    make_register(home)
    return {**run_desktop(home, request.param, "drive_worklists.py"), "language": request.param}


def test_the_reminder_counts_what_is_overdue_and_its_button_leads_there(seen):
    assert str(seen["counts"]["overdue"]) in seen["reminded"] and str(seen["counts"]["due"]) in seen["reminded"]
    assert seen["list behind the button"] == "overdue" and seen["counts"]["overdue"] > 0


def test_every_list_is_reached_by_key_and_a_row_brings_the_map_to_its_parcel(seen):
    assert set(seen["counts"]) == set(LISTS) and seen["gone to"]
    assert (seen["counts"]["unaccepted"], seen["counts"]["court"], seen["counts"]["fine"], seen["counts"]["unfiled"]) == (3, 2, 2, 8)


def test_one_acceptance_goes_to_three_parcels_after_a_preview_and_is_undone_as_one(seen):
    assert all(label in seen["preview"] for label in ("T001", "T002", "T011"))
    assert seen["accepted in one act"] and seen["undone"] == 3


def test_a_past_day_shows_less_overdue_and_a_day_to_come_more(seen):
    then, now = seen["overdue then and now"]
    assert then < now <= seen["overdue in sixty days"]


def test_a_supervision_past_its_day_is_late(seen):
    assert seen["supervision"] == -10


def test_the_map_shows_what_remains_and_the_states_over_time(seen):
    assert seen["styled by"] == "ZGJD" and seen["temporal"] > 50


def test_the_week_shows_what_was_undone_and_what_was_done_to_one_patch(seen):
    assert seen["undone in the week"] == 1 and seen["of T006"] > 5


def test_a_frozen_batch_says_so_in_the_dock(seen):
    assert "(" in seen["frozen"] or "（" in seen["frozen"]


def test_320_pixels_are_enough_and_nothing_is_left_behind(seen):
    assert seen["width"] <= 330
    assert seen["plays"] == 0 and seen["layers left"] == 0 and seen["docks left"] == [] and seen["actions left"] == []
    assert "Traceback" not in seen["stderr"]
