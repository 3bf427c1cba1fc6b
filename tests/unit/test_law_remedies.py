"""Remedies step by step, what they leave of the land, and what is deductible (R40–R43, R46; domain.md §0.2 (5), (6))."""
from __future__ import annotations

import dataclasses
import json
from datetime import date

import pytest
from hypothesis import given, settings, strategies as st

from land_inspector.errors import InputError, RefusedError
from land_inspector.law.areas import Amount, fen, total, yuan
from land_inspector.law.rectification import (IllegalLand, deducted, is_too_late, overlap_warning, plan_conflict,
                                              rectification_of)
from land_inspector.law.remedies import (KINDS, Acceptance, Step, Track, accept_remedy, as_record, from_record, order_remedy, outstanding,
                                         record_progress, withdraw_remedy)
from tests.unit.law_cases import PACK, day

ORDERED, DONE, ACCEPTED, CUT_OFF = day("2024-07-19"), day("2024-08-01"), day("2024-09-01"), day("2025-06-30")
FIELD = IllegalLand("T001", 500.0, 300.0)


def track(kind, land=500.0, cultivated=300.0, id="t1", on_ground_of=None, **more):
    amount = {"land_m2": land, "cultivated_m2": cultivated, **more}
    if kind == "demolition":
        amount.setdefault("building_m2", 120.0)
    return Track(id, "T001", kind, Amount(**amount), ORDERED, same_ground_as=on_ground_of)


def done(one, on=DONE, **part):
    return record_progress(one, Step(Amount(**part) if part else one.ordered, on))


def accepted(one, on=ACCEPTED, status="2"):
    return accept_remedy(one, Acceptance(status, "1", on))


def settled(*tracks, on=ACCEPTED):
    return [accepted(done(one), on) for one in tracks]


def state(*tracks, land=FIELD):
    return rectification_of(land, tracks)


def test_progress_in_steps_leaves_the_rest_unit_by_unit():
    one = done(track("demolition"), building_m2=100.0)
    assert one.remaining == Amount(building_m2=20.0, land_m2=500.0, cultivated_m2=300.0)
    one = done(one, on=day("2024-08-05"), building_m2=20.0, land_m2=333.3)
    assert one.remaining == Amount(building_m2=0, land_m2=166.7, cultivated_m2=300.0)
    assert not one.is_done


def test_many_small_steps_add_up_exactly():
    one = track("reclamation", land=1.0, cultivated=0.7)
    for _ in range(10):
        one = done(one, land_m2=0.1, cultivated_m2=0.07)
    assert one.is_done and one.remaining.is_zero()


def test_building_area_floor_area_and_land_never_meet():
    mixed = Amount(building_m2=100.0) + Amount(land_m2=40.0) + Amount(floor_m2=7.0)
    assert mixed == Amount(building_m2=100.0, land_m2=40.0, floor_m2=7.0)
    with pytest.raises(TypeError):
        total([Amount(land_m2=1.0), 5.0])
    with pytest.raises(TypeError):
        Amount(land_m2=1.0) - 5.0


@pytest.mark.parametrize(("kind", "wrong"), [("confiscation", {"building_m2": 9.0, "land_m2": 9.0}), ("return", {"building_m2": 9.0}),
                                             ("fine", {"land_m2": 9.0}), ("reclamation", {"fen": 900}), ("discipline", {"fen": 1})])
def test_a_remedy_refuses_a_unit_that_is_not_its_own(kind, wrong):
    with pytest.raises(RefusedError, match="is not counted in"):
        order_remedy(Track("t1", "T001", kind, Amount(**wrong), ORDERED))


@pytest.mark.parametrize("record", [{"land_m2": -1}, {"land_m2": "9"}, {"land_m2": True}, {"land_m2": float("nan")}, {"fen": 1.5},
                                    {"land_m2": float("inf")}, {"acres": 4}])
def test_a_figure_that_cannot_be_read_is_refused(record):
    with pytest.raises(InputError):
        Amount.from_record(record)


@pytest.mark.parametrize(("change", "reason"), [
    ({"on": day("2024-07-18")}, "nothing can have been done before"), ({"land_m2": 500.01}, "more than the 500.00 that remain"),
    ({"land_m2": 100.0, "cultivated_m2": 100.1}, "more than the land"), ({"land_m2": 0.0}, "nothing is given"),
    ({"fen": 5}, "not counted in")])
def test_progress_that_cannot_be_is_refused(change, reason):
    with pytest.raises(RefusedError, match=reason):
        done(track("reclamation"), **change)


def test_a_track_is_its_own_json():
    one = accepted(done(track("demolition", floor_m2=400.0)))
    assert from_record(json.loads(json.dumps(as_record(one)))) == one
    assert from_record(json.loads(json.dumps(as_record(withdraw_remedy(one, ACCEPTED))))).withdrawn_on == ACCEPTED


def test_work_dated_before_a_finished_acceptance_is_not_accepted_unseen():
    half = accepted(done(track("return", cultivated=None), land_m2=200.0))
    with pytest.raises(RefusedError, match="accepted unseen"):
        done(half, on=ACCEPTED, land_m2=300.0)
    more = done(half, on=day("2024-09-02"), land_m2=300.0)
    assert (more.accepted.land_m2, more.pending.land_m2, more.is_complete) == (200.0, 300.0, False)
    assert accepted(more, on=day("2024-10-01")).is_complete


@pytest.mark.parametrize(("acceptance", "reason"), [
    (Acceptance("2", "1", day("2024-07-31")), "nothing had been done by"), (Acceptance("2", "0", ACCEPTED), "level"),
    (Acceptance("2", "1", None), "date"), (Acceptance("7", "1", ACCEPTED), "result")])
def test_an_acceptance_needs_work_a_level_and_a_date(acceptance, reason):
    with pytest.raises(RefusedError, match=reason):
        accept_remedy(done(track("reclamation")), acceptance)


def test_nothing_can_be_accepted_before_anything_was_done():
    with pytest.raises(RefusedError, match="nothing has been done"):
        accepted(track("reclamation"))


def test_rectified_takes_both_nothing_left_and_a_finished_acceptance():
    work = done(track("reclamation"))
    assert (state(work).remaining_m2, state(work).pending_m2, state(work).is_rectified) == (0.0, 500.0, False)
    assert state(work).is_done_not_accepted
    assert not state(accepted(work, status="1")).is_rectified
    assert not state(accepted(accepted(work), status="9")).is_rectified
    after = state(accepted(work))
    assert (after.is_rectified, after.rectified_on, after.approved_m2, after.open_m2) == (True, ACCEPTED, 500.0, 0.0)


def test_part_of_the_land_is_not_enough():
    after = state(*settled(track("reclamation", land=499.0)))
    assert (after.remaining_m2, after.is_rectified, after.open_m2) == (1.0, False, 500.0)


def test_remedies_side_by_side_add_up():
    after = state(*settled(track("demolition", land=300.0, cultivated=300.0), track("conversion", land=200.0, cultivated=0.0, id="t2")))
    assert (after.remaining_m2, after.is_rectified, after.manner) == (0.0, True, "combined")


def test_demolition_and_reclamation_of_one_ground_count_once():
    demolition = accepted(done(track("demolition", land=300.0, cultivated=300.0)))
    reclamation = track("reclamation", land=300.0, cultivated=300.0, id="t2", on_ground_of="t1")
    assert state(demolition, reclamation).remaining_m2 == 500.0
    assert state(demolition, done(reclamation, land_m2=120.0)).remaining_m2 == 380.0
    after = state(demolition, accepted(done(reclamation)))
    assert (after.remaining_m2, after.is_rectified) == (200.0, False)


def test_land_claimed_twice_is_warned_of_and_never_rectified():
    twice = settled(track("demolition", land=400.0), track("reclamation", land=400.0, id="t2"))
    assert "800.00" in str(overlap_warning(FIELD, twice))
    assert not state(*twice).is_rectified
    assert overlap_warning(FIELD, settled(track("demolition"), track("reclamation", id="t2", on_ground_of="t1"))) is None


def test_a_ground_must_be_a_land_remedy_of_the_same_parcel():
    fine = Track("f", "T001", "fine", Amount(fen=100), ORDERED)
    for others in ([], [fine], [dataclasses.replace(track("demolition", id="f"), parcel="T002")]):
        with pytest.raises(RefusedError, match="no such land remedy"):
            order_remedy(track("reclamation", on_ground_of="f"), others)


def test_money_buildings_and_persons_do_not_hold_up_rectification_but_stay_outstanding():
    fine = Track("f", "T001", "fine", Amount(fen=100_00), ORDERED)
    taken = Track("c", "T001", "confiscation", Amount(building_m2=77.7), ORDERED)
    people = Track("d", "T001", "discipline", Amount(persons=3), ORDERED)
    tracks = [*settled(track("reclamation")), fine, taken, people]
    assert state(*tracks).is_rectified
    assert [str(one) for one in outstanding(tracks)] == [
        "Fine, money (yuan): 100.00 remain.", "Confiscation of buildings, building area (m²): 77.70 remain.",
        "Disciplinary action, persons: 3 remain."]


def test_a_withdrawn_remedy_counts_no_more():
    gone = withdraw_remedy(accepted(done(track("reclamation"))), ACCEPTED)
    assert state(gone).remaining_m2 == 500.0 and outstanding([gone]) == []


@pytest.mark.parametrize(("kinds", "manner"), [
    (["demolition"], "demolished"), (["reclamation"], "demolished"), (["conversion"], "approved"), (["facility"], "approved"),
    (["completion"], "approved"), (["return"], "other"), (["demolition", "completion"], "combined"),
    (["demolition", "return"], "demolished"),
    (["return", "facility"], "approved")])
def test_the_manner_of_rectification_follows_the_land_remedies(kinds, manner):
    part = 500.0 / len(kinds)
    assert state(*settled(*(track(kind, part, part, id=kind) for kind in kinds))).manner == manner


def test_the_rates_of_the_guide_come_out_by_count_area_and_cultivated_land():
    """§11 example 13: 10 parcels; 6 done and approved, 1 done and still in audit; 4 removed, 1 approved, 1 both."""
    manners = [["demolition"]] * 4 + [["conversion"]] + [["demolition", "completion"]]
    parcels = []
    for n, kinds in enumerate(manners):
        land = IllegalLand(str(n), 2500.0, 1200.0)
        parts = [track(kind, 2500.0 / len(kinds), 1200.0 / len(kinds), id=kind) for kind in kinds]
        parcels.append(rectification_of(land, settled(*parts)))
    parcels.append(rectification_of(IllegalLand("p", 3000.0, 1800.0), [done(track("demolition", 3000.0, 1800.0))]))
    parcels += [rectification_of(IllegalLand(f"o{n}", 4000.0, 1500.0), []) for n in range(3)]
    rectified = [one for one in parcels if one.is_rectified]
    assert len(rectified) / len(parcels) == 0.6
    assert sorted(one.manner for one in rectified) == ["approved", "combined"] + ["demolished"] * 4
    assert sum(p.illegal_m2 for p in parcels) == sum(p.illegal_m2 for p in rectified) + sum(p.open_m2 for p in parcels)
    assert [p.is_done_not_accepted for p in parcels].count(True) == 1


@pytest.mark.parametrize(("conforming", "contrary", "kinds", "says"), [
    (2000.0, 1000.0, ["demolition"], "split it"), (2000.0, 1000.0, ["confiscation", "fine"], "split it"), (2000.0, 1000.0, ["fine"], None),
    (3000.0, 0.0, ["confiscation"], None), (3000.0, 0.0, ["demolition"], "confiscated, not demolished"),
    (0.0, 1000.0, ["demolition"], None), (0.0, 1000.0, ["confiscation"], "demolished, not confiscated"),
    (None, 1000.0, ["demolition"], None)])
def test_the_plan_decides_part_by_part_between_demolition_and_confiscation(conforming, contrary, kinds, says):
    reason = plan_conflict(conforming, contrary, kinds)
    assert (reason is None) if says is None else says in str(reason)


BUCKETS = [
    (["reclamation"], "reclaimed", 500.0, 300.0, 500.0, 300.0), (["conversion"], "approval", 500.0, 300.0, 0.0, 0.0),
    (["completion"], "approval", 500.0, 300.0, 0.0, 0.0), (["facility"], "facility_or_temporary", 500.0, 300.0, 500.0, 300.0),
    (["demolition"], None, 0.0, 0.0, 0.0, 0.0), (["return"], None, 0.0, 0.0, 0.0, 0.0)]


@pytest.mark.parametrize(("kinds", "bucket", "r3", "r4", "denominator", "denominator_cultivated"), BUCKETS)
def test_the_deduction_table_says_what_leaves_which_side(kinds, bucket, r3, r4, denominator, denominator_cultivated):
    off = deducted(FIELD, settled(*(track(kind) for kind in kinds)), CUT_OFF, PACK)
    assert off.buckets == ((bucket,) if bucket else ())
    assert (off.r3_m2, off.r4_m2, off.denominator_m2, off.denominator_cultivated_m2) == (r3, r4, denominator, denominator_cultivated)


@pytest.mark.parametrize(("on", "counts"), [("2025-06-29", True), ("2025-06-30", True), ("2025-07-01", False)])
def test_only_what_was_accepted_by_the_cut_off_is_deducted(on, counts):
    tracks = settled(track("reclamation"), on=day(on))
    assert (deducted(FIELD, tracks, CUT_OFF, PACK).r4_m2 == 300.0) == counts
    assert is_too_late(FIELD, tracks, CUT_OFF) != counts
    assert deducted(FIELD, tracks, None, PACK).r4_m2 == 300.0


def test_demolition_of_land_that_was_never_cultivated_needs_no_reclamation():
    bare = IllegalLand("T001", 500.0, 0.0)
    tracks = settled(track("demolition", cultivated=0.0))
    assert deducted(bare, tracks, CUT_OFF, PACK).r3_m2 == 500.0


def test_demolished_and_then_reclaimed_ground_is_deducted_once():
    tracks = settled(track("demolition"), track("reclamation", id="t2", on_ground_of="t1"))
    off = deducted(FIELD, tracks, CUT_OFF, PACK)
    assert (off.buckets, off.r3_m2, off.r4_m2) == (("reclaimed",), 500.0, 300.0)


def test_a_parcel_that_is_partly_open_deducts_nothing():
    tracks = [*settled(track("reclamation", land=400.0, cultivated=300.0)), track("conversion", land=100.0, cultivated=0.0, id="t2")]
    assert deducted(FIELD, tracks, CUT_OFF, PACK).r4_m2 == 0.0


def test_land_used_before_its_supply_leaves_r4_without_condition_and_r3_never():
    unsupplied = dataclasses.replace(FIELD, is_unsupplied=True)
    off = deducted(unsupplied, [], CUT_OFF, PACK)
    assert (off.r3_m2, off.r4_m2, off.denominator_cultivated_m2) == (0.0, 300.0, 0.0)
    both = deducted(unsupplied, settled(track("conversion")), CUT_OFF, PACK)
    assert (both.r3_m2, both.r4_m2) == (500.0, 300.0)


def test_a_key_project_is_a_bucket_that_the_pack_may_open():
    key = dataclasses.replace(FIELD, is_key_project=True)
    assert deducted(key, [], CUT_OFF, PACK).r3_m2 == 0.0
    lines = tuple(dataclasses.replace(line, numerator=("r3", "r4")) if line.bucket == "key_project" else line for line in PACK.deductions)
    assert deducted(key, [], CUT_OFF, dataclasses.replace(PACK, deductions=lines)).r3_m2 == 500.0


def test_the_conditions_and_remedies_of_a_bureaus_own_table_are_followed():
    def with_line(bucket, **changes):
        lines = tuple(dataclasses.replace(line, **changes) if line.bucket == bucket else line for line in PACK.deductions)
        return dataclasses.replace(PACK, deductions=lines)

    begun = [done(track("demolition"), land_m2=200.0, cultivated_m2=150.0)]
    lenient = with_line("demolished_only", numerator=("r4",), condition="none")
    assert (deducted(FIELD, begun, CUT_OFF, PACK).r4_m2, deducted(FIELD, begun, CUT_OFF, lenient).r4_m2) == (0.0, 150.0)
    strict = with_line("unsupplied", condition="accepted")
    unsupplied = dataclasses.replace(FIELD, is_unsupplied=True)
    assert deducted(unsupplied, [], CUT_OFF, strict).r4_m2 == 0.0
    returned = with_line("approval", remedies=("3", "5", "7"))
    assert deducted(FIELD, settled(track("return")), CUT_OFF, returned).r4_m2 == 300.0


@pytest.mark.parametrize(("given_yuan", "in_fen"), [(0.1, 10), (20_400, 2_040_000), ("435.505", 43_551), (1.005, 101),
                                                    (946_800.0, 94_680_000)])
def test_yuan_become_whole_fen_as_they_are_written(given_yuan, in_fen):
    assert fen(given_yuan) == in_fen
    assert fen(yuan(in_fen)) == in_fen


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([k for k in KINDS if KINDS[k].settles_land]), st.integers(1, 20_000), st.integers(0, 100),
                          st.booleans()), max_size=6), st.integers(0, 60_000))
def test_done_pending_and_remaining_make_up_the_illegal_land(parts, extra):
    """Against an independent sum in hundredths of a square metre."""
    tracks = []
    for n, (kind, land, share, finish) in enumerate(parts):
        one = track(kind, land / 100, 0.0, id=str(n))
        one = done(one, land_m2=land * share / 10_000) if share else one
        tracks.append(accepted(one) if finish and share else one)
    illegal = sum(land for _, land, _, _ in parts) + extra
    after = rectification_of(IllegalLand("T001", illegal / 100, 0.0), tracks)
    worked = sum(land * share / 100 for _, land, share, _ in parts)
    assert after.remaining_m2 * 100 == pytest.approx(illegal - worked, abs=1e-4)
    assert after.approved_m2 + after.pending_m2 + after.remaining_m2 == pytest.approx(after.illegal_m2, abs=1e-6)
    whole = bool(parts) and extra == 0 and all(share == 100 and finish for _, _, share, finish in parts)
    assert after.is_rectified == whole
    assert after.rectified_on == (date(2024, 9, 1) if whole else None)


def test_cultivated_land_may_be_a_hundredth_more_than_the_land_by_rounding_and_no_more():
    assert order_remedy(track("reclamation", 2340.369646, 2340.37)).ordered.cultivated_m2 == 2340.37
    with pytest.raises(RefusedError, match="more than the land"):
        order_remedy(track("reclamation", 2340.36, 2340.38))
