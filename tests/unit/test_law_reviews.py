"""The levels above, and which patrols count (R39, R50, R53; domain.md §0.2 (8), §5, §11 example 15)."""
from __future__ import annotations

from dataclasses import replace
from datetime import date, time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from land_inspector.errors import RefusedError
from land_inspector.law import reviews
from land_inspector.law.patrols import PatrolLog, count_patrols, station_months
from land_inspector.law.reviews import Return, Review, is_cleared, may_issue_penalty, move_review, possible_moves, review_refusal
from tests.unit.law_cases import PACK, day

CITY_RETURN = Return("2", day("2024-06-20"), "需补充实地照片", "照片", day("2024-06-30"))


def gone(*moves, start="2024-06-01"):
    review = Review()
    for n, move in enumerate(moves):
        review = move_review(review, move, day(start).replace(day=1 + n), CITY_RETURN if move == "return" else None)
    return review


def test_a_patch_passes_all_levels_to_the_end():
    review = gone("judge", "check_field", "pass_county", "pass_city", "pass_province", "finish")
    assert (review.state, possible_moves(review)) == ("6", [])


def test_a_return_keeps_its_reason_until_it_is_answered_and_passes_again_from_the_county():
    back = move_review(gone("judge", "pass_county", "pass_city"), "return", day("2024-06-20"), CITY_RETURN)
    assert (back.state, back.open_return.answer_by) == ("9", day("2024-06-30"))
    answered = move_review(back, "answer", day("2024-06-28"))
    assert (answered.state, answered.open_return, answered.returns[0].answered_on) == ("3", None, day("2024-06-28"))
    assert move_review(answered, "pass_city", day("2024-07-01")).state == "4"


@pytest.mark.parametrize(("moves", "wrong", "says"), [
    ((), "pass_county", "Verdict at the desk"), (("judge",), "pass_city", "Pass at the county"),
    (("judge", "pass_county"), "finish", "Return"),
    (("judge", "pass_county", "pass_city", "finish"), "return", "nothing")])
def test_a_level_cannot_be_skipped_and_the_refusal_says_what_is_possible(moves, wrong, says):
    reason = review_refusal(gone(*moves), wrong, day("2024-07-01"), CITY_RETURN)
    assert says in str(reason)
    with pytest.raises(RefusedError):
        move_review(gone(*moves), wrong, day("2024-07-01"), CITY_RETURN)


@pytest.mark.parametrize(("sent_back", "says"), [
    (None, "its reason"), (Return("2", day("2024-07-01"), " "), "its reason"), (Return("8", day("2024-07-01"), "x"), "level"),
    (Return("1", day("2024-07-01"), "x"), "at or above"),
    (Return("2", day("2024-07-01"), "x", answer_by=day("2024-06-30")), "before the return")])
def test_a_return_needs_its_level_its_reason_and_a_sensible_date(sent_back, says):
    passed = gone("judge", "pass_county", "pass_city")
    assert says in str(review_refusal(passed, "return", day("2024-07-01"), sent_back))


def test_a_city_cannot_return_what_the_province_has_passed():
    passed = gone("judge", "pass_county", "pass_city", "pass_province")
    assert "at or above" in str(review_refusal(passed, "return", day("2024-07-01"), CITY_RETURN))
    assert review_refusal(passed, "return", day("2024-07-01"), Return("3", day("2024-07-01"), "x")) is None


def test_a_review_cannot_be_dated_before_the_last():
    assert "2024-06-02" in str(review_refusal(gone("judge", "pass_county"), "pass_city", day("2024-06-01")))


def test_a_returned_patch_is_not_cleared_though_its_code_is_the_highest():
    assert [is_cleared(state, "2") for state in "01234569"] == [False, False, False, True, True, True, True, False]
    assert not is_cleared("3", "0") and not is_cleared("3", "")


def test_no_penalty_is_written_from_a_patch_that_nobody_visited():
    assert [may_issue_penalty(state) for state in "0129"] == [False, False, True, False]


def test_returns_are_answered_in_the_order_of_their_dates():
    def returned(by):
        sent = Return("2", day("2024-06-20"), "x", answer_by=by and day(by))
        return move_review(gone("judge", "pass_county"), "return", day("2024-06-20"), sent)

    pairs = [("A", returned(None)), ("B", returned("2024-07-05")), ("C", gone("judge")), ("D", returned("2024-06-30"))]
    assert [patch for patch, _ in reviews.waiting_for_answer(pairs)] == ["D", "B", "A"]


def log(n, on="2024-06-03", start="09:00", team=("p1", "p2"), route="东线", station="城区所", end="11:00", track=False):
    return PatrolLog(f"R{n}", station, day(on), time.fromisoformat(start) if start else None, time.fromisoformat(end) if end else None,
                     frozenset(team), route, track)


def eight(station="城区所"):
    return [log(n, f"2024-06-{n + 3:02d}", station=station) for n in range(8)]


def month(logs, station="城区所"):
    (found,) = station_months(logs, [station], [(2024, 6)], PACK)
    return found


def test_nine_logs_with_one_team_twice_in_a_half_day_count_eight():
    """§11 example 15."""
    again = log(8, "2024-06-03", start="10:00", route="西线", end="11:30")
    found = month([*eight(), again])
    assert (found.logged, found.valid, found.is_met, [one for one, _ in found.refused]) == (9, 8, True, ["R8"])


def test_eight_logs_of_which_one_has_a_single_officer_fall_short_by_one():
    found = month([*eight()[:7], log(7, "2024-06-20", team=("p1",))])
    assert (found.valid, found.shortfall, found.is_met) == (7, 1, False)


@pytest.mark.parametrize("wrong", [{"start": None}, {"end": None}, {"end": "08:00"}, {"end": "09:00"}, {"route": "  "}])
def test_a_log_without_times_or_route_does_not_count(wrong):
    assert month([log(1, **wrong)]).valid == 0


def test_a_track_stands_for_the_route_and_findings_do_not_matter():
    assert month([log(1, route="", track=True)]).valid == 1


def test_another_half_day_another_team_on_another_route_or_another_station_counts_of_its_own():
    assert month([log(1), log(2, start="13:00", end="15:00")]).valid == 2
    assert month([log(1), log(2, team=("p3", "p4"), route="西线")]).valid == 2
    assert month([log(1), log(2, team=("p3", "p4"))]).valid == 1
    assert month([log(1), log(2, station="乡所")]).valid == 1


def test_a_month_without_any_log_is_a_month_missed():
    found = station_months(eight(), ["城区所", "乡所"], [(2024, 5), (2024, 6)], PACK)
    assert [(one.station, one.month, one.shortfall) for one in found] == [("城区所", 5, 8), ("城区所", 6, 0), ("乡所", 5, 8), ("乡所", 6, 8)]


def asking(**settings_of_pack):
    return replace(PACK, parameters=replace(PACK.parameters, **settings_of_pack))


def test_where_the_pack_asks_for_each_week_the_weeks_of_the_month_are_looked_at_whole():
    """June 2024: its Thursdays are 6, 13, 20 and 27; the week of the 27th ends on the 30th, that of the 6th begins on the 3rd."""
    logs = [*eight(), log(20, "2024-06-30"), log(21, "2024-06-20", team=("p1",))]
    (found,) = station_months(logs, ["城区所"], [(2024, 6)], asking(patrol_minimum_week=1))
    assert (found.shortfall, found.weeks, found.weeks_short, found.is_met) == (0, 4, 1, False)
    assert [(week.monday, week.valid, week.required) for week in found.short_weeks] == [(date(2024, 6, 17), 0, 1)]
    assert month(logs).is_met and month(logs).weeks is None  # no week is asked for


def test_a_week_over_the_edge_of_a_month_has_the_days_of_both_and_one_that_has_not_begun_is_not_short():
    """The week of Thursday 2024-08-01 begins on Monday 29 July."""
    pack = asking(patrol_minimum_week=2)
    logs = [log(1, "2024-07-30"), log(2, "2024-08-02")]
    (found,) = station_months(logs, ["城区所"], [(2024, 8)], pack, date(2024, 8, 4))
    assert (found.logged, found.weeks, found.short_weeks) == (1, 1, ())
    (found,) = station_months(logs, ["城区所"], [(2024, 8)], pack)
    assert (found.weeks, found.weeks_short) == (5, 4)


@pytest.mark.parametrize("of, required, weeks", [(10, 8, True), (11, 2, False), (2, 2, False), (4, 8, True)])
def test_a_slack_season_asks_for_less(of, required, weeks):
    pack = asking(patrol_minimum_week=1, patrol_slack_first_month=11, patrol_slack_last_month=3, patrol_minimum_slack_month=2)
    (found,) = station_months([], ["城区所"], [(2024, of)], pack)
    assert found.required == required and (found.weeks is not None) == weeks


def test_key_areas_may_ask_for_patrols_of_their_own():
    key = [replace(log(n, f"2024-06-{n + 3:02d}"), is_key_area=n < 3) for n in range(8)]
    (found,) = station_months(key, ["城区所"], [(2024, 6)], asking(patrol_minimum_key_week=3), date(2024, 6, 12))
    assert [(week.monday, week.valid, week.is_key) for week in found.short_weeks] == [(date(2024, 6, 10), 0, True)]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 3), st.integers(6, 16), st.sampled_from(["p1", "p3"]), st.sampled_from(["东线", "西线", ""])),
                max_size=8), st.randoms())
def test_the_order_of_the_logs_does_not_matter_and_no_more_count_than_there_are(rows, shuffle):
    logs = [PatrolLog(str(n), "所", date(2024, 6, d), time(hour), time(hour + 1), frozenset({one, "p2"}), route)
            for n, (d, hour, one, route) in enumerate(rows)]
    counted, refused = count_patrols(logs, PACK)
    shuffled = list(logs)
    shuffle.shuffle(shuffled)
    assert count_patrols(shuffled, PACK) == (counted, refused)
    assert len(counted) + len(refused) == len(logs)
    halves = [(one.half_day, tuple(sorted(one.officers))) for one in counted]
    assert len(set(halves)) == len(halves)
