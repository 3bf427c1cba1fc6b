"""The founding documents' own figures, by way of the ledgers (ledgers.md; issue 17, item 6)."""
from __future__ import annotations

from fractions import Fraction

import pytest

from land_inspector.law.areas import percent_text
from land_inspector.law.matters.findings import is_reached, most_auxiliary_m2, standing, to_rectify
from land_inspector.law.matters.matter import Reading
from land_inspector.law.matters.lists import listed, township_table, views_on
from land_inspector.law.matters.machine import opened
from land_inspector.law.matters.view import Period
from tests.unit.matter_cases import PACK, day, do, kind_of, new, terms, view, why

MU = 2000 / 3
YEAR = Period(day("2024-01-01"), day("2024-12-31"))
TOWNS = [("331082001", "甲"), ("331082002", "乙")]


def county(kind, matters, period=YEAR):
    return township_table(kind, matters, TOWNS, "县", period, PACK)[-1].cells


def shown(cells, name):
    return percent_text(cells[name].value)


# --- seed002: petitions
# -------------------------------------------------------------------------------------------------

PETITIONS = kind_of("petitions")


def petition(number, key, end=None):
    matter = opened(PETITIONS, number, day("2024-01-10"),
                    {"TZBH": number, "XZDM": TOWNS[0][0], "ZD": key, "ZRR": "person:1"})
    matter = do(PETITIONS, matter, "accept", "2024-01-20", number="受1")
    matter = do(PETITIONS, matter, "answer", "2024-03-01", number="答1", result="1")
    return matter if end is None else do(PETITIONS, matter, end, "2024-05-01", number="签1", reason="一年未再访")


def linhai():
    """40 registered, 13 key cases, 3 signed, 1 settled in fact."""
    ends = ["sign"] * 3 + ["in_fact"] + [None] * 9
    return [petition(f"K{n}", True, end) for n, end in enumerate(ends)] + [petition(f"P{n}", False) for n in range(27)]


def test_forty_petitions_thirteen_key_and_both_rates():
    cells = county(PETITIONS, linhai())
    assert (cells["PC"].value, cells["ZDS"].value, cells["QD"].value, cells["SS"].value, cells["WXF"].value) == (40, 13,
                                                                                                                 3, 1, 9)
    assert (shown(cells, "XFL"), shown(cells, "XFLS"), shown(cells, "BAL")) == ("23.08", "30.77", "100.00")


def test_petition_terms_run_15_60_and_30_days_and_one_extension():
    matter = new(PETITIONS, "2024-01-10")
    assert terms(PETITIONS, matter, "2024-01-11") == {"acceptance": "2024-01-25 running"}
    matter = do(PETITIONS, matter, "accept", "2024-01-25", number="受1")
    assert terms(PETITIONS, matter, "2024-02-01") == {"acceptance": "2024-01-25 met", "answer": "2024-03-25 running"}
    longer = do(PETITIONS, matter, "extend", "2024-03-20", reason="案情复杂")
    assert terms(PETITIONS, longer, "2024-03-26")["answer"] == "2024-04-24 running"
    assert terms(PETITIONS, matter, "2024-03-26")["answer"] == "2024-03-25 overdue"
    answered = do(PETITIONS, matter, "answer", "2024-03-25", number="答1", result="3")
    assert "not possible" in why(PETITIONS, answered, "ask_second", "2024-04-01")
    reviewed = do(PETITIONS, do(PETITIONS, answered, "ask_review", "2024-04-20"), "review", "2024-05-19", number="复1")
    assert terms(PETITIONS, reviewed, "2024-05-20")["review"] == "2024-05-20 met"
    second = do(PETITIONS, do(PETITIONS, reviewed, "ask_second", "2024-06-01"), "second_review", "2024-06-30",
                number="核1")
    assert do(PETITIONS, second, "conclude", "2024-07-01", number="终1").state == "S3"


def test_names_of_petitioners_are_private():
    assert PETITIONS.fields["XFR"].private and PETITIONS.fields["ZRR"].private and PETITIONS.fields["SQ"].private


# --- seed003: approved and not supplied, inspection, mines, farmland
# ---------------------------------------------------

SUPPLY = kind_of("approved_unsupplied")


def approval(number, area_mu, supplied_mu, town=TOWNS[0][0], task_mu=None):
    values = {"TZBH": number, "XZDM": town, "PCMC": "批次", "PZND": 2012, "MJ": area_mu * MU, "PZRQ": "2012-06-01"}
    if task_mu is not None:
        values["RWMJ"] = task_mu * MU
    matter = opened(SUPPLY, number, day("2023-12-01"), values)
    return do(SUPPLY, matter, "supply", "2024-05-01", area=supplied_mu * MU, way="1",
              number="合1") if supplied_mu else matter


def test_supply_comes_in_parts_and_never_beyond_what_was_approved():
    matter = approval("A", 100, 60)
    assert view(SUPPLY, matter, "2024-06-01").value("WGMJ") == pytest.approx(40 * MU)
    assert "more than" in why(SUPPLY, matter, "supply", "2024-06-01", area=40.01 * MU, way="1", number="合2")
    assert "not supplied yet" in why(SUPPLY, matter, "settle", "2024-06-01")
    rest = do(SUPPLY, matter, "strike_off", "2024-06-01", area=26666.67, reason="道路绿地")  # 40 mu as the form rounds them
    assert do(SUPPLY, rest, "settle", "2024-06-02").state == "6"


def test_only_two_counties_completed_their_task():
    """Rate of the task by township; a task is fulfilled at 100 % and may be exceeded."""
    matters = [approval("A", 200, 100, TOWNS[0][0], 100), approval("B", 200, 120, TOWNS[1][0], 100),
               approval("C", 200, 99.9, "331082003", 100)]
    towns = [*TOWNS, ("331082003", "丙")]
    rows = township_table(SUPPLY, matters, towns, "县", YEAR, PACK)
    assert [percent_text(row.cells["RWL"].value) for row in rows[:3]] == ["100.00", "120.00", "99.90"]
    assert sum(row.cells["RWL"].value >= 1 for row in rows[:3]) == 2


def test_three_hundred_and_twenty_nine_ten_thousand_mu_are_counted_without_loss():
    """329 万亩 as one sum of many parts, exactly."""
    values = {"PCMC": "批", "PZND": 2015, "MJ": 32_900 * MU}
    parts = [opened(SUPPLY, f"A{n}", day("2023-01-01"), {"TZBH": f"A{n}", "XZDM": TOWNS[n % 2][0], **values}) for n in range(100)]
    cells = county(SUPPLY, parts)
    assert Fraction(cells["PZMJ"].value, 2_000_000_000) == pytest.approx(3_290_000)
    assert shown(cells, "WGL") == "100.00"


def test_inspection_problems_are_rated_by_cultivated_area_first():
    kind = kind_of("inspection_problems")

    def problem(number, area, cultivated, settled=None):
        matter = opened(kind, number, day("2024-01-10"),
                        {"TZBH": number, "XZDM": TOWNS[0][0], "MJ": area * MU, "GDMJ": cultivated * MU, "TBS": 2})
        matter = do(kind, matter, "plan", "2024-01-15", ZRDW="乡政府", CLCS="拆除复耕", WCSX="2024-06-30")
        matter = do(kind, matter, "begin", "2024-02-01")
        if settled:
            matter = do(kind, matter, "patches_settled", "2024-05-01", patches=settled[0], area=settled[1] * MU,
                        cultivated=settled[2] * MU, level="2")
        return matter
    cells = county(kind, [problem("1", 100, 60, (1, 50, 45)), problem("2", 100, 40)])
    assert (shown(cells, "DWG"), shown(cells, "DWM"), shown(cells, "XHL_S")) == ("45.00", "25.00", "0.00")
    left = problem("3", 10, 5, (1, 10, 5))
    matter = do(kind, do(kind, left, "hand_in", "2024-06-01", number="报1"), "pass_papers", "2024-06-02")
    assert "patches are not settled" in why(kind, matter, "settle", "2024-06-03", level="2")
    no_land = county(kind, [problem("4", 10, 0)])
    assert shown(no_land, "DWG") == "—" and shown(no_land, "DWM") == "0.00"


def test_mines_beyond_their_task_are_shown_in_full():
    kind = kind_of("mines")
    matter = opened(kind, "K", day("2024-01-01"), {"TZBH": "K", "XZDM": TOWNS[0][0], "RWMJ": 280e4 * MU,
                                                   "YSMJ": 335e4 * MU})
    assert shown(county(kind, [matter]), "ZLL") == "119.64"


def test_the_gap_of_farmland_and_the_one_vote_veto():
    kind = kind_of("farmland_task")
    matter = opened(kind, "2024-甲", day("2024-01-01"), {
        "TZBH": "2024-甲", "XZDM": TOWNS[0][0], "ND": 2024, "RW": 1000 * MU, "XZ": 900 * MU, "HFRD": 60 * MU})
    seen = view(kind, matter, "2024-06-01")
    assert seen.value("QK") == pytest.approx(100 * MU) and seen.value("SYQK") == pytest.approx(40 * MU)
    assert percent_text(seen.value("HFBL")) == "60.00"
    assert [row.matter.number for row in listed(kind.lists["veto"],
                                                views_on(kind, [matter], day("2024-06-01"), PACK))] == ["2024-甲"]
    whole = do(kind, matter, "survey", "2024-12-01", XZ=900 * MU, HFRD=100 * MU)
    assert listed(kind.lists["veto"], views_on(kind, [whole], day("2024-12-02"), PACK)) == []
    over = do(kind, matter, "survey", "2024-12-01", XZ=1100 * MU)
    assert view(kind, over, "2024-12-02").value("QK") == 0


# --- seed001: the park
# --------------------------------------------------------------------------------------------------

PARK = kind_of("park_land")


@pytest.mark.parametrize(("values", "problems"), [
    ({"LB": "1", "SYZT": "1"}, ("useless",)), ({"LB": "1", "SYZT": "2"}, ("needed",)),
    ({"LB": "1", "SYZT": "3"}, ("unused",)),
    ({"LB": "2", "HTH": "租1", "HTMJ": 100.0, "MJ": 100.0}, ("in_order",)),
    ({"LB": "2", "HTH": "租1", "HTMJ": 100.0, "MJ": 100.5}, ("more_than_leased",)),
    ({"LB": "2", "MJ": 80.0}, ("no_contract",)), ({"LB": "2", "HTH": "租1", "HTZ": "2024-05-31", "HTMJ": 100.0,
                                                   "MJ": 80.0}, ("no_contract",)),
    ({"LB": "2", "HTH": "租1", "HTMJ": 100.0, "MJ": 90.0, "YJ": 100, "YIJ": 0, "QJQ": "2023-05-01"}, ("long_unpaid",)),
    ({"LB": "2", "HTH": "租1", "HTMJ": 100.0, "MJ": 90.0, "YJ": 100, "YIJ": 0, "QJQ": "2023-07-01"}, ("in_order",)),
    ({"LB": "3", "ZDMJ": 100.0, "MJ": 120.0, "HXWMJ": 3.0, "YJ": 500, "YIJ": 100},
     ("more_than_expropriated", "outside", "unpaid")),
    ({"MJ": 1.0}, ("cannot_tell",))])
def test_the_seven_problems(values, problems):
    assert view(PARK, new(PARK, "2024-01-10", **values), "2024-06-01").found.statuses == problems


@pytest.mark.parametrize(("kind", "values", "in_order", "beyond"), [
    ("park_land", {"LB": "2", "HTH": "租1", "HTMJ": 1000.0}, "in_order", "more_than_leased"),
    ("park_land", {"LB": "3", "ZDMJ": 1000.0}, "in_order", "more_than_expropriated"),
    ("facility_farmland", {"BAH": "备1", "STH": "图1", "BAMJ": 1000.0}, "kept", "beyond")])
def test_a_tolerance_is_kept_to_the_hundredth(kind, values, in_order, beyond):
    """1000.7 − 1000 is 0.7, though no binary fraction says so."""
    from dataclasses import replace

    plain = kind_of(kind)
    loose = replace(plain, settings={**plain.settings, "tolerance_m2": replace(plain.settings["tolerance_m2"], value=0.7)})
    for used, status in ((1000.7, in_order), (1000.71, beyond), (1000.0, in_order)):
        assert view(loose, new(loose, "2024-01-10", XMMC="甲", MJ=used, **values), "2024-06-01").found.statuses == (status,), used


def test_eighteen_firms_visited_thirteen_settled_five_open():
    def firm(number, settled):
        matter = new(PARK, "2024-01-10", TZBH=f"F{number}", LB="2", HTH="租1", HTMJ=100.0, MJ=120.0)
        matter = do(PARK, matter, "verify", "2024-03-01", MJ=120.0)
        matter = do(PARK, matter, "plan", "2024-04-01", FAWH="方1", CZ="3", WCSX="2024-09-30", meeting="党工委会议")
        if not settled:
            return matter
        matter = do(PARK, do(PARK, matter, "carry_out", "2024-05-01"), "accept", "2024-08-01", number="验1")
        return do(PARK, matter, "settle", "2024-08-02")
    firms = [firm(n, n < 13) for n in range(18)]
    cells = county(PARK, firms)
    assert (cells["HS"].value, cells["YX"].value, cells["WX"].value) == (18, 13, 5)
    assert shown(cells, "HSL") == "100.00" and shown(cells, "YCL") == "100.00" and shown(cells, "XHL_S") == "72.22"
    before = county(PARK, firms, Period(day("2024-01-01"), day("2024-06-30")))  # the milestone: verified by 30 June
    assert shown(before, "HSL") == "100.00" and before["YX"].value == 0
    late = listed(PARK.lists["overdue"], views_on(PARK, firms, day("2024-10-01"), PACK))
    assert len(late) == 5 and late[0].days_left == -1  # collection was promised by 30 September


def test_money_is_collected_up_to_what_is_owed():
    matter = do(PARK, new(PARK, "2024-01-10", LB="3", MJ=100.0, ZDMJ=100.0, YJ=1000, YIJ=400), "verify", "2024-02-01",
                MJ=100.0)
    assert "more than" in why(PARK, matter, "collect", "2024-03-01", amount=601, receipt="票1")
    paid = do(PARK, matter, "collect", "2024-03-01", amount=600, receipt="票1")
    assert view(PARK, paid, "2024-03-02").found.status == "in_order" and shown(county(PARK, [paid]), "ZJL") == "100.00"


# --- seed002 3: land fees
# -----------------------------------------------------------------------------------------------

FEES = kind_of("land_fee_arrears")


def test_instalments_are_paid_oldest_first_and_bear_interest_each_apart():
    due = [(day("2024-01-01"), 1_000_000), (day("2024-03-01"), 1_000_000)]
    now = standing(due, [(day("2024-01-11"), 400_000), (day("2024-03-11"), 900_000)], day("2024-03-31"),
                   Fraction(1, 1000))
    # first: 400 000 ten days late, 600 000 seventy days late; second: 300 000 ten days late, 700 000 thirty days late
    assert now.interest == 4_000 + 42_000 + 3_000 + 21_000
    assert (now.due, now.paid, now.owed, now.left, now.late_days) == (2_000_000, 1_300_000, 700_000, 700_000, 30)


@pytest.mark.parametrize(("on", "status", "owed", "days"), [
    ("2024-01-31", "not_due", 0, 0), ("2024-02-01", "late", 100, 1), ("2024-03-31", "late", 100, 60),
    ("2024-04-01", "late_long", 100, 61)])
def test_a_contract_may_be_rescinded_after_sixty_days(on, status, owed, days):
    matter = new(FEES, "2023-12-01", HTH="合1", YJRQ1="2024-01-31", YJE1=100)
    seen = view(FEES, matter, on)
    assert (seen.found.status, seen.value("QJ"), seen.value("QJTS")) == (status, owed, days)
    if owed:
        matter = do(FEES, do(FEES, matter, "fallen_due", on), "demand", on, number="催1")
        assert (why(FEES, matter, "rescind", on, number="解1") is None) == (status == "late_long")


def test_what_is_paid_up_is_settled_and_the_rate_of_clearing_counts_the_period():
    matter = new(FEES, "2023-06-01", HTH="合1", YJRQ1="2023-09-30", YJE1=100_000)
    matter = do(FEES, do(FEES, matter, "fallen_due", "2023-11-01"), "demand", "2023-11-02", number="催1")
    matter = do(FEES, matter, "payment", "2024-02-01", amount=60_000, receipt="票1")
    assert shown(county(FEES, [matter]), "QQL") == "60.00"
    assert "not fully paid" in why(FEES, matter, "paid_up", "2024-02-02")
    matter = do(FEES, matter, "payment", "2024-03-01", amount=40_000, receipt="票2")
    assert do(FEES, matter, "paid_up", "2024-03-01").state == "6"


# --- seed000: supervising teams
# -----------------------------------------------------------------------------------------

TEAMS = kind_of("supervision_teams")


def team(number, numerator, denominator):
    matter = new(TEAMS, "2024-01-10", TZBH=number, DX="某县", MB=10, WCSX="2024-05-31", ZB="r4")
    return do(TEAMS, matter, "evaluate", "2024-05-30", numerator=numerator, denominator=denominator)


@pytest.mark.parametrize(("numerator", "status", "left"),
                         [(47.99, "reached", 0), (48.0, "missed", 0), (48.48, "missed", 0.48)])
def test_a_target_below_ten_per_cent_is_not_reached_on_the_line(numerator, status, left):
    """48.00 of 480.00 are 10.0000 % and fail “<10 %” (domain.md §11 example 3)."""
    seen = view(TEAMS, team("1", numerator, 480.0), "2024-06-01")
    assert seen.found.status == status and seen.value("CJ") == pytest.approx(left)


def test_what_must_be_rectified_until_the_line():
    assert to_rectify(Fraction(52), Fraction(480), Fraction(10), False) == 4
    assert to_rectify(Fraction(52), Fraction(480), Fraction(10), True) == Fraction(40, 9)
    assert not is_reached(Fraction(52) - Fraction(40, 9), Fraction(480) - Fraction(40, 9), Fraction(10))
    assert is_reached(Fraction(52) - Fraction(41, 9), Fraction(480) - Fraction(41, 9), Fraction(10))


def test_supervision_of_two_and_one_and_one_counties_and_who_missed_reports():
    missed = [team("A", 60, 480), team("B", 50, 480)]
    cells = county(TEAMS, [*missed, team("C", 10, 480), team("D", 20, 480)])
    assert cells["DX"].value == 4
    matter = do(TEAMS, missed[0], "missed", "2024-06-01")
    assert terms(TEAMS, matter, "2024-06-20")["report"] == "2024-06-16 overdue"
    assert do(TEAMS, matter, "report", "2024-06-10", number="汇1").state == "3"
    reached = do(TEAMS, team("C", 10, 480), "reached", "2024-05-31")
    assert shown(county(TEAMS, [reached, *missed, team("D", 20, 480)]), "DBL") == "25.00"


# --- seed004: facility farmland
# -----------------------------------------------------------------------------------------

FACILITY = kind_of("facility_farmland")


@pytest.mark.parametrize(("values", "problems"), [
    ({"BAH": "备1", "STH": "图1", "BAMJ": 1000.0, "MJ": 1000.0, "FZMJ": 50.0}, ("kept",)),
    ({"BAH": "备1", "STH": "图1", "BAMJ": 1000.0, "MJ": 1000.0, "FZMJ": 50.01}, ("auxiliary",)),
    ({"BAH": "备1", "STH": "图1", "BAMJ": 1000.0, "MJ": 1000.01}, ("beyond",)), ({"STH": "图1"}, ("not_filed",)),
    ({"BAH": "备1", "STH": "图1", "BAQX": "2024-05-31"}, ("expired",)),
    ({"BAH": "备1", "STH": "图1", "BAQX": "2024-06-01"}, ("kept",)),
    ({"GBYT": True, "BAH": "备1"}, ("changed", "not_mapped")), ({"FQ": True, "BAH": "备1", "STH": "图1"}, ("abandoned",)),
    ({"BAH": "备1", "STH": "图1", "KHMJ": 15.0}, ("kept",)),
    ({"BAH": "备1", "STH": "图1", "KHMJ": 15.01}, ("guard_house",))])
def test_what_a_facility_keeps(values, problems):
    assert view(FACILITY, new(FACILITY, "2024-01-10", XMMC="大棚", **values), "2024-06-01").found.statuses == problems


def test_the_ceiling_of_auxiliary_land_is_higher_for_large_growers():
    plain = Reading(day("2024-06-01"), {}, {}, (), lambda name: "")
    assert most_auxiliary_m2(300 * MU, plain) == pytest.approx(10 * MU)
    assert most_auxiliary_m2(500 * MU, plain) == pytest.approx(15 * MU)
    assert most_auxiliary_m2(100 * MU, plain) == pytest.approx(5 * MU)


def test_terms_over_holidays():
    """A mine's acceptance: 60 working days over the National Day of 2024."""
    kind = kind_of("mines")
    matter = new(kind, "2024-01-10", RWMJ=1.0)
    for act, on, said in (("design", "2024-02-01", {"XFFS": "1", "number": "设1"}),
                          ("work", "2024-03-01", {"WCSX": "2024-12-31"}),
                          ("finish", "2024-08-01", {"WCMJ": 1.0}), ("apply", "2024-08-02", {})):
        matter = do(kind, matter, act, on, **said)
    expected = PACK.calendar.add_working_days(day("2024-08-02"), 60).day
    assert terms(kind, matter, "2024-08-05")["acceptance"].startswith(expected.isoformat())


@pytest.mark.parametrize(("kind", "values", "acts", "term", "last"), [
    ("petitions", {}, [("accept", "2024-07-02", {"number": "1"}), ("answer", "2024-07-20", {"number": "1", "result": "3"}),
                       ("ask_review", "2024-09-04", {})], "review", "2024-10-04"),  # within the National Day: it stays
    ("petitions", {}, [], "acceptance", "2024-01-25"),
    ("idle_land", {"YDDG": "2022-12-01", "CJJK": 1000, "XZYY": "Q1"},
     [("investigate", "2024-01-15", {"number": "1"}), ("reply", "2024-02-01", {"statement": "x"}),
      ("establish", "2024-02-02", {"number": "1", "XZYY": "Q1"}), ("propose_fee", "2024-02-05", {"number": "1"}),
      ("decide_fee", "2024-04-03", {"number": "1", "YJXZF": 200})], "suit", "2024-10-08"),  # 3 October is a holiday
    ("idle_land", {}, [("investigate", "2024-04-04", {"number": "1"})], "reply", "2024-05-04")])
def test_what_ends_on_a_holiday_ends_on_the_next_working_day_where_the_law_says_so(kind, values, acts, term, last):
    form = kind_of(kind)
    matter = new(form, "2024-01-10", **values)
    for act, on, said in acts:
        matter = do(form, matter, act, on, **said)
    assert terms(form, matter, acts[-1][1] if acts else "2024-01-11")[term].startswith(last)


def test_land_that_will_begin_and_has_no_agreed_start_cannot_be_told():
    kind = kind_of("idle_land")
    assert view(kind, new(kind, "2024-01-10", SJDG="2025-01-01"), "2024-06-01").found.status == "cannot_tell"
