"""Cases and remedies in the offices' columns, what a decision is cautioned for, and idle land."""
from __future__ import annotations

import json

import pytest

from land_inspector.law.state_frames import case_columns, penalty_rows, rectify_rows
from land_inspector.law.penalties import decision_cautions
from land_inspector.law.matters.idle_land import IdleFinding, SuppliedLand, idle_finding
from land_inspector.law.areas import Amount, fen
from land_inspector.law.rectification import IllegalLand
from land_inspector.law.remedies import Acceptance, Step, Track, accept_remedy, record_progress
from tests.unit.law_cases import DEMOLITION, FINE, PACK, RETURN, day, decided, do


def done(track, on="2024-08-05", **part):
    return record_progress(track, Step(Amount(**part) if part else track.ordered, day(on)))


def ordered(kind, item=None, id="t1", ground=None, **amount):
    return Track(id, "T001", kind, Amount(**amount), day("2024-07-19"), "C1", item, ground)


def test_a_case_fills_the_columns_of_the_case_table():
    case = do(do(decided(), "demand", "2024-08-07", items=["1"]), "apply_court", "2024-08-22", items=["1"])
    row = case_columns(do(case, "court_ruling", "2024-09-04", items=["1"], result="1"), PACK)
    expected = {"AJBH": "C1", "ZT": "S13", "LYQD": "2", "FXRQ": "2024-05-01", "HCRQ": "2024-05-02", "LARQ": "2024-05-06", "LAWH": "立1",
                "GZRQ": "2024-06-11", "TZRQ": "2024-06-11", "TZ": 0, "JDRQ": "2024-07-19", "SDRQ": "2024-07-22", "CGRQ": "2024-08-07",
                "LXRQ": "2024-08-06", "SSQM": "2025-01-22", "QZRQ": "2024-08-22", "CDRQ": "2024-09-04", "CDJG": "1", "JARQ": None}
    assert {name: row[name] for name in expected} == expected
    assert json.loads(json.dumps(row)) == row


def test_the_penalty_rows_keep_decided_and_carried_out_apart():
    tracks = [done(ordered("demolition", "1", building_m2=300.0, land_m2=1020.0, cultivated_m2=500.0), building_m2=120.5),
              done(ordered("fine", "2", id="t2", fen=10_200_000), on="2024-08-09", fen=2_000_050)]
    demolition, fine = penalty_rows(decided(), tracks)
    assert (demolition["CFZL"], demolition["XDZ"], demolition["LSZ"], demolition["XDDW"]) == ("3", 300.0, 120.5, "m²")
    assert (fine["CFZL"], fine["XDZ"], fine["LSZ"], fine["XDDW"], fine["LSRQ"]) == ("1", 102_000.0, 20_000.5, "元", "2024-08-09")


def test_a_ground_first_demolished_and_then_reclaimed_is_one_row_of_the_rectify_table():
    demolition = accept_remedy(done(ordered("demolition", building_m2=9.0, land_m2=300.0, cultivated_m2=300.0)),
                               Acceptance("2", "2", day("2024-09-01")))
    reclamation = done(ordered("reclamation", id="t2", ground="t1", land_m2=300.0, cultivated_m2=300.0), on="2024-10-01",
                       land_m2=250.0, cultivated_m2=250.0)
    land = IllegalLand("T001", 500.0, 300.0)
    (row,) = rectify_rows(land, [demolition, reclamation])
    assert (row["ZGFS"], row["ZGMJ"], row["ZGRQ"], row["SHZT"], row["SYMJ"]) == ("2", 250.0, "2024-10-01", "0", 250.0)
    other = ordered("conversion", id="t3", land_m2=200.0, cultivated_m2=0.0)
    assert [one["ZGFS"] for one in rectify_rows(land, [demolition, reclamation, other])] == ["2", "3"]


@pytest.mark.parametrize(("remedies", "areas", "says"), [
    ([DEMOLITION, FINE], {}, ["to be returned"]), ([DEMOLITION, FINE, RETURN], {}, []),
    ([DEMOLITION, RETURN], {"conforming_m2": 10.0, "contrary_m2": 20.0}, ["split it by the plan"]),
    ([DEMOLITION, RETURN], {"farmland_m2": 0.5}, ["grave typical"]),
    ([DEMOLITION, RETURN], {"redline_m2": 3.0, "farmland_m2": 0.0}, ["grave typical"]),
    ([{"kind": "gains", "amount": {"fen": 9}, "article": "82"}], {}, [])])
def test_a_decision_is_cautioned_for_what_is_easily_forgotten(remedies, areas, says):
    found = [str(one) for one in decision_cautions(remedies, **areas)]
    assert len(found) == len(says) and all(word in text for word, text in zip(says, found))


def land(**said):
    return SuppliedLand(**{"price_fen": fen(12_000_000), "start_by": day("2022-03-01"), **said})


@pytest.mark.parametrize(("as_of", "finding"), [
    ("2023-03-01", IdleFinding("in_use")), ("2023-03-02", IdleFinding("fee", fen(2_400_000))),
    ("2024-03-01", IdleFinding("fee", fen(2_400_000))),
    ("2024-03-02", IdleFinding("recover"))])
def test_land_not_begun_pays_after_one_year_and_is_recovered_after_two(as_of, finding):
    assert idle_finding(land(), day(as_of)) == finding


@pytest.mark.parametrize(("developed", "invested", "status"), [
    (0.32, 0.30, "idle"), (0.34, 0.26, "in_use"), (0.34, 0.24, "idle"), (0.34, 0.25, "in_use"),
    (0.3333, 0.9, "idle"), (0.3334, 0.9, "in_use")])
def test_begun_land_is_idle_by_either_limb(developed, invested, status):
    begun = land(started_on=day("2022-02-01"), stopped_on=day("2023-02-02"), developed=developed, invested=invested)
    assert idle_finding(begun, day("2024-03-02")).status == status


def test_begun_land_is_not_idle_before_it_stood_still_for_a_year():
    begun = land(started_on=day("2022-02-01"), stopped_on=day("2023-06-01"), developed=0.1)
    assert [idle_finding(begun, day(on)).status for on in ("2024-06-01", "2024-06-02")] == ["in_use", "idle"]
    assert idle_finding(land(started_on=day("2022-02-01")), day("2030-01-01")).status == "in_use"


def test_land_that_the_government_holds_up_is_negotiated():
    assert idle_finding(land(government_caused=True), day("2025-01-01")) == IdleFinding("idle")


def test_a_parcel_that_nobody_visited_and_a_fine_outside_the_grade_are_minded():
    from land_inspector.law.penalties import parcel_cautions

    fine = [dict(FINE, amount={"fen": 10_200_000})]  # 1 020 m², 100 yuan each
    light = {"farmland": 0.0, "cultivated": 0.0, "other": 1020.0}
    assert parcel_cautions(fine, light, "2", PACK) == []
    assert "never the ground of a penalty" in str(parcel_cautions(fine, light, "1", PACK)[0])
    (grave,) = parcel_cautions(fine, {**light, "farmland": 7000.0}, "2", PACK)
    assert "100.00 yuan per m²" in str(grave) and "600" in str(grave) and "1000" in str(grave)
