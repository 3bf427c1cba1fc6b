"""Idle land from suspicion to its end (ledgers.md §2; domain.md §11 example 17)."""
from __future__ import annotations

from fractions import Fraction

import pytest

from land_inspector.law.matters.lists import Cell, listed, township_table, views_on
from land_inspector.law.matters.machine import machine_of
from land_inspector.law.matters.view import Period
from tests.unit.matter_cases import PACK, day, do, kind_of, new, terms, view, why

IDLE = kind_of("idle_land")
PRICE = 1_200_000_000  # 12 000 000 yuan in fen
NUMBER = {"number": "文1"}


def suspected(on="2023-03-05", **values):
    return new(IDLE, on, **{"MJ": 10_000.0, "CJJK": PRICE, "YDDG": "2022-03-01", **values})


def found(cause="Q1", **values):
    matter = do(IDLE, suspected(**values), "investigate", "2023-03-20", **NUMBER)
    matter = do(IDLE, matter, "reply", "2023-04-01", statement="资金困难")
    return do(IDLE, matter, "establish", "2023-04-02", XZYY=cause, **NUMBER)


def fee_decided(fen=240_000_000):
    matter = do(IDLE, found(), "propose_fee", "2023-04-03", **NUMBER)
    return do(IDLE, matter, "decide_fee", "2023-04-12", YJXZF=fen, **NUMBER)


@pytest.mark.parametrize(("on", "status", "fee"), [
    ("2023-03-01", "in_use", 0), ("2023-03-02", "fee", 240_000_000), ("2024-03-01", "fee", 240_000_000),
    ("2024-03-02", "recover", 0)])
def test_the_finding_is_worked_out_from_contract_and_day(on, status, fee):
    finding = view(IDLE, suspected("2022-06-01"), on).found
    assert (finding.status, finding.values["fee_fen"]) == (status, fee)


@pytest.mark.parametrize(("developed", "status"), [(999.99, "idle"), (1000.0, "in_use")])
def test_a_third_is_compared_exactly_and_the_day_after_the_anniversary_counts_in_both_limbs(developed, status):
    begun = suspected(SJDG="2022-02-01", ZZKF="2023-02-02", KFMJ=developed, YKFMJ=3000.0, YTZ=30, ZTZ=100)
    assert view(IDLE, begun, "2024-02-03").found.status == status
    assert view(IDLE, begun, "2024-02-02").found.status == "in_use"


def test_a_figure_that_decides_and_is_missing_is_named():
    begun = suspected(SJDG="2022-02-01", ZZKF="2023-02-02", KFMJ=2000.0, YKFMJ=3000.0)
    finding = view(IDLE, begun, "2024-06-01").found
    assert finding.status == "cannot_tell" and "invested" in str(finding.reasons[0])
    by_area_alone = suspected(SJDG="2022-02-01", ZZKF="2023-02-02", KFMJ=500.0, YKFMJ=3000.0)
    assert view(IDLE, by_area_alone, "2024-06-01").found.status == "idle"


def test_where_no_start_was_agreed_it_is_a_year_after_the_land_was_handed_over():
    plain = suspected("2022-06-01", YDDG=None, SJJD="2021-03-01", HTRQ="2020-12-01")
    assert [view(IDLE, plain, on).found.status for on in ("2023-03-01", "2023-03-02")] == ["in_use", "fee"]
    by_contract = suspected("2022-06-01", YDDG=None, HTRQ="2020-12-01")
    assert [view(IDLE, by_contract, on).found.status for on in ("2022-12-01", "2022-12-02")] == ["in_use", "fee"]
    nothing = suspected(YDDG=None)
    assert view(IDLE, nothing, "2023-06-01").found.status == "cannot_tell"


def test_the_terms_of_investigation_and_answer_run_thirty_days():
    matter = suspected()
    assert terms(IDLE, matter, "2023-04-04")["investigation"] == "2023-04-04 soon"
    assert terms(IDLE, matter, "2023-04-05")["investigation"] == "2023-04-04 overdue"
    matter = do(IDLE, matter, "investigate", "2023-03-20", **NUMBER)
    assert terms(IDLE, matter, "2023-04-01") == {
        "investigation": "2023-04-04 met", "reply": "2023-04-19 running", "one_year": "2023-03-01 over",
        "two_years": "2024-03-01 running"}
    assert "still has time to answer" in why(IDLE, matter, "establish", "2023-04-19", XZYY="Q1", **NUMBER)
    assert why(IDLE, matter, "establish", "2023-04-20", XZYY="Q1", **NUMBER) is None


def test_the_government_s_own_causes_lead_to_an_agreement_and_to_no_fee():
    matter = found("Z1")
    assert "pays no fee" in why(IDLE, matter, "propose_fee", "2023-04-03", **NUMBER)
    assert "is not recovered" in why(IDLE, matter, "propose_recovery", "2025-04-03", **NUMBER)
    assert "lies after 2024-04-03" in why(IDLE, matter, "agree_extension", "2023-04-03", YDDG="2024-04-04", **NUMBER)
    agreed = do(IDLE, matter, "agree_extension", "2023-04-03", YDDG="2024-04-03", **NUMBER)
    assert terms(IDLE, agreed, "2024-03-10")["new_start"] == "2024-04-03 soon"
    assert view(IDLE, agreed, "2025-04-03").found.status == "in_use"  # the start agreed anew counts
    assert "lies after 2025-04-03" in why(IDLE, matter, "agree_temporary", "2023-04-03", LSSYZ="2025-04-04", **NUMBER)
    assert do(IDLE, agreed, "start", "2024-04-01", SJDG="2024-04-01").state == "S"


def test_the_holder_s_own_causes_lead_to_no_agreement():
    assert "only land that is idle through the government" in why(IDLE, found(), "agree_other", "2023-04-03", way="5",
                                                                  **NUMBER)


def test_the_fee_is_at_most_a_fifth_and_waits_for_the_hearing():
    matter = do(IDLE, found(), "propose_fee", "2023-04-03", **NUMBER)
    assert "hearing may still be asked for" in why(IDLE, matter, "decide_fee", "2023-04-06", YJXZF=1, **NUMBER)
    assert why(IDLE, matter, "decide_fee", "2023-04-12", YJXZF=240_000_001, **NUMBER) == (
        "Idle land fee decided: 2,400,000.01 is more than Highest fee allows (2,400,000.00).")
    assert why(IDLE, matter, "decide_fee", "2023-04-12", YJXZF=240_000_000, **NUMBER) is None


def test_part_of_a_fen_is_dropped_from_the_highest_fee():
    assert view(IDLE, suspected(CJJK=999), "2023-06-01").value("FEE_MOST") == 199


def test_the_fee_is_paid_in_parts_within_thirty_days():
    matter = do(IDLE, fee_decided(), "pay", "2023-05-01", amount=200_000_000, receipt="票1")
    assert terms(IDLE, matter, "2023-05-13")["payment"] == "2023-05-12 overdue"
    assert "not yet paid" in why(IDLE, matter, "start", "2023-06-01", SJDG="2023-06-01")
    assert "more than Fee owed" in why(IDLE, matter, "pay", "2023-06-01", amount=40_000_001, receipt="票2")
    paid = do(IDLE, matter, "pay", "2023-06-01", amount=40_000_000, receipt="票2")
    assert "payment" not in terms(IDLE, paid, "2023-06-02")
    assert "nothing is owed" in why(IDLE, paid, "pay", "2023-06-02", amount=1, receipt="票3")
    assert do(IDLE, paid, "start", "2023-06-02", SJDG="2023-06-02").settled_on == day("2023-06-02")


def test_recovery_needs_two_years_and_no_mortgage():
    matter = found(DY=True, CF=False)
    assert "“idle for a year: fee”" in why(IDLE, matter, "propose_recovery", "2024-03-01", **NUMBER)
    assert "mortgaged" in why(IDLE, matter, "propose_recovery", "2024-03-02", **NUMBER)
    free = do(IDLE, matter, "encumbrance", "2024-03-02", DY=False, CF=False)
    matter = do(IDLE, free, "propose_recovery", "2024-03-02", **NUMBER)
    assert "hearing may still be asked for" in why(IDLE, matter, "decide_recovery", "2024-03-08", **NUMBER)
    seized = do(IDLE, matter, "encumbrance", "2024-03-05", DY=False, CF=True)
    assert "seized" in why(IDLE, seized, "decide_recovery", "2024-03-10", **NUMBER)
    decided = do(IDLE, matter, "decide_recovery", "2024-03-10", **NUMBER)
    assert terms(IDLE, decided, "2024-04-10")["deregistration"] == "2024-04-09 overdue"
    demanded = do(IDLE, decided, "demand", "2024-04-10", **NUMBER)
    assert "still run" in why(IDLE, demanded, "apply_court", "2024-09-10", **NUMBER)
    assert why(IDLE, demanded, "apply_court", "2024-09-11", **NUMBER) is None
    ended = do(IDLE, decided, "deregister", "2024-04-09", paper="注1", use="2")
    assert ended.state == "S" and not ended.is_open


def test_a_suit_stops_the_terms_and_leads_back():
    matter = do(IDLE, fee_decided(), "open_review", "2023-05-02", way="2", number="诉1")
    assert matter.cls == "paused" and "payment" not in terms(IDLE, matter, "2023-08-01")
    back = do(IDLE, matter, "conclude_review", "2023-05-22", result="1")
    assert back.state == "7"
    assert terms(IDLE, back, "2023-05-23")["payment"] == "2023-06-01 running"  # 20 days of the suit do not count
    assert do(IDLE, matter, "revoked", "2023-05-22", number="撤1").state == "4"


def test_the_court_is_open_after_the_demand_and_the_time_to_sue():
    matter = fee_decided()
    assert "time to perform is not over" in why(IDLE, matter, "demand", "2023-05-12", **NUMBER)
    demanded = do(IDLE, matter, "demand", "2023-05-13", **NUMBER)
    assert "still run" in why(IDLE, demanded, "apply_court", "2023-10-12", **NUMBER)
    assert do(IDLE, demanded, "apply_court", "2023-10-13", **NUMBER).state == "C"


def test_lists_of_a_day():
    matters = [suspected(), found(), new(IDLE, "2022-12-15", TZBH="近", CJJK=PRICE, YDDG="2022-03-01")]
    on = day("2023-05-10")

    def numbers(code):
        return [row.matter.number for row in listed(IDLE.lists[code], views_on(IDLE, matters, on, PACK))]

    assert numbers("not_found") == ["X1", "近"] and numbers("overdue") == ["近", "X1"]
    assert numbers("near_one_year") == []
    early = views_on(IDLE, matters, day("2022-12-20"), PACK)
    assert [(row.matter.number, row.days_left) for row in listed(IDLE.lists["near_one_year"], early)] == [("近", 71)]


def test_the_table_prints_numerator_and_denominator_and_its_county_row_is_the_sum():
    paid = do(IDLE, fee_decided(), "pay", "2023-05-01", amount=200_000_000, receipt="票1")
    period = Period(day("2023-01-01"), day("2023-06-30"))
    rows = township_table(IDLE, [paid, suspected()], [("331082001", "甲"), ("331082002", "乙")], "县", period, PACK)
    assert [row.name for row in rows] == ["甲", "乙", "县"]
    first, second, county = (row.cells for row in rows)
    assert county["ZJL"] == Cell(Fraction(5, 6), 200_000_000, 240_000_000)
    assert second["ZJL"].value is None and second["ZJL"].denominator == 0
    assert all(county[name].value == first[name].value + second[name].value for name in ("ZS", "XRD", "QYYY", "JD",
                                                                                         "YJ", "ZSMJ"))


def test_every_act_of_the_pack_is_reachable_in_the_procedure():
    machine = machine_of(IDLE)
    assert {code for move in IDLE.moves.values() for code in move.froms} | {"S", "N"} == set(machine.states)
