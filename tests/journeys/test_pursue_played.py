"""A whole case in the real desktop, in both languages: stop order to closing, wrong moves, undo, a killed QGIS, dates in the past."""
from __future__ import annotations

import pytest

from land_inspector.register import pursuing
from land_inspector.register.register import Register
from land_inspector.register.verifying import verify
from tests.journeys import test_desktop

pytestmark = test_desktop.pytestmark


def run(home, language, part, register):
    home.mkdir()
    return test_desktop.run_desktop(home, language, "drive_pursue.py", LI_PART=part, LI_REGISTER=str(register))


@pytest.fixture(scope="module", params=["zh-Hans", "en"])
def played(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pursue")
    test_desktop.make_register(folder)
    register = folder / "register.gpkg"
    first = run(folder / "first", request.param, "1", register)
    second = run(folder / "second", request.param, "2", register)
    return {**first, **second, "register": register, "language": request.param, "stderr": second["stderr"]}


def test_the_chosen_parcel_is_shown_by_key_and_says_why_a_case_is_due(played):
    assert played["shown by key"] == ["T001"] and "54" in played["why due"]


def test_a_stop_order_and_its_report_are_recorded_from_the_menu(played):
    assert played["stopped"] == "S2"


def test_wrong_moves_are_told_beside_their_field_and_leave_the_case_where_it_was(played):
    assert set(played["wrong: no number"]) == {"number"} and set(played["wrong: too early"]) == {"on"}
    assert set(played["wrong: party may speak"]) == {"on"} and set(played["wrong: too much"]) == {"amount"}
    assert played["after wrong moves"] == "S2"


def test_what_is_not_offered_says_why(played):
    assert len(played["why not"]) > 20 and all(played["why not"])


def test_the_band_of_the_fine_is_shown_while_it_is_written(played):
    assert "168,100" in played["band"] and "1,681,000" in played["band"]


def test_undo_takes_the_decision_back_with_its_remedies_and_redo_brings_both(played):
    assert played["decided"] == "S7"
    assert played["undone"] == ["S6h", 0] and played["redone"] == ["S7", 2]


def test_a_killed_qgis_loses_only_the_form_that_was_open(played):
    assert played["served"] == ["S8", ["demolition", "fine"]] and played["after the kill"] == "S8"
    assert dict(played["after half"])["demolition"]["building_m2"] == 120


def test_the_fine_is_paid_in_parts_and_tells_its_surcharge(played):
    assert dict(played["after half"])["fine"] == {"fen": 8_000_000}
    assert "80,000.00" in played["fine"] and "120,000.00" in played["fine"]


def test_the_court_is_gone_through_for_one_remedy_and_what_was_left_out_says_so(played):
    assert played["ruled"] == ["S13", ["skipped"]]


def test_the_case_is_closed_when_all_is_done_and_offers_nothing_more(played):
    assert played["tracks"] == [["demolition", True, "2"], ["fine", True, "0"]]
    assert played["next"] == "close" and played["closed"] == ["S15", False]


def test_the_register_verifies_and_holds_the_dates_that_were_typed(played):
    with Register.open(played["register"]) as register:
        assert verify(register).broken == ()
        case, = pursuing.cases(register)
    assert [done.act for done in case.acts][-1] == "close" and (case.served_on - case.filed_on).days == 62
    assert (case.acts[1].on - case.acts[0].on).days == 1


def test_the_dock_is_320_pixels_wide_and_leaves_nothing_behind(played):
    assert played["width"] <= 320 and played["stopped plugin"] is True
    assert played["docks left"] == [] and played["layers left"] == []


def test_python_complains_of_nothing(played):
    assert "Traceback" not in played["stderr"] and "Error" not in played["stderr"]
