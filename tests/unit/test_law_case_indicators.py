"""Rates of cases and remedies, and the county's paragraph (domain.md §3.2, §3.3, §11 examples 1, 16, 18)."""
from __future__ import annotations

import dataclasses
from datetime import date
from fractions import Fraction

import pytest

from land_inspector.errors import Message
from land_inspector.law.indicators import (
    Period, case_rates, county_figures, found_in, is_stopped, rate, remedy_rates, year,
)
from land_inspector.law.townships import county_paragraph
from land_inspector.law.areas import Amount, fen
from land_inspector.law.remedies import Acceptance, Step, Track, accept_remedy, record_progress
from tests.unit.law_cases import DEMOLITION, day, decided, do, new_case
from tools.translations import read_catalogue

CHINESE = {pair.source: pair.translation for pair in read_catalogue()}
END = day("2024-12-31")
ACCEPTED = Acceptance("2", "1", day("2024-11-01"))


def in_chinese(message: Message) -> str:
    return CHINESE[message.template].format(**message.params)


def case_of(number, **ends):
    """A decided case under its own number, or one that ended otherwise."""
    case = decided([DEMOLITION]) if not ends else do(do(new_case(), "site_check", "2024-05-02"), **ends)
    return dataclasses.replace(case, id=f"C{number:02d}", parcels=(f"T{number:03d}",))


def not_filed(number):
    return case_of(number, act="not_file", on="2024-05-06")


def done(number, kind, ordered, part=None, on="2024-10-01"):
    track = Track(f"{kind}{number}", f"T{number:03d}", kind, Amount(**ordered), day("2024-07-19"), f"C{number:02d}")
    return record_progress(track, Step(Amount(**(part or ordered)), day(on)))


def reclaimed(number, land_m2):
    return accept_remedy(done(number, "reclamation", {"land_m2": land_m2, "cultivated_m2": land_m2}), ACCEPTED)


def linhai():
    """29 cases filed and decided of 30 found, with the report's sums spread unevenly over them."""
    cases = [case_of(n) for n in range(1, 30)] + [not_filed(30)]
    buildings = [(n, 2000.1 + n) for n in range(1, 20)]
    rest = 74_677.4 - sum(area for _, area in buildings)
    tracks = [done(n, "confiscation", {"building_m2": area}) for n, area in buildings] + [done(20, "confiscation", {"building_m2": rest})]
    tracks += [done(21, "demolition", {"building_m2": 65_000.0, "land_m2": 9_000.0, "cultivated_m2": 0.0}),
               done(22, "demolition", {"building_m2": 569.9, "land_m2": 400.0, "cultivated_m2": 0.0})]
    tracks += [done(n, "fine", {"fen": fen(200_000)}) for n in range(1, 21)] + [done(23, "gains", {"fen": fen(355_000)})]
    tracks += [done(n, "discipline", {"persons": 1}) for n in (2, 5, 9)]
    tracks += [reclaimed(24, 8_000.0), reclaimed(25, 6_000.0), reclaimed(26, 6_666.67)]
    return cases, tracks


def test_the_linhai_year_is_told_as_it_was():
    cases, tracks = linhai()
    figures = county_figures(cases, tracks, year(2024))
    assert "".join(in_chinese(sentence) for sentence in county_paragraph(figures)) == (
        "共立案调查29宗（应立案29宗），立案率100%；发现违法用地30宗，已查处29宗，查处率96.67%；结案0宗，结案率0%。"
        "没收违法建筑物和构筑物74677.4平方米，拆除65569.9平方米（均为建筑面积）。收缴罚没款4355000元。"
        "提出党纪政务处分建议3宗3人，已落实3人。完成3宗31亩违法用地的拆除复耕。")
    assert " ".join(str(sentence) for sentence in county_paragraph(figures)) == (
        "29 cases were filed and investigated of 29 that should be, a filing rate of 100%; 29 of 30 violations found were dealt with, "
        "a handling rate of 96.67%; 0 cases are closed, a closing rate of 0%. Buildings and other structures of 74677.4 m² were "
        "confiscated and of 65569.9 m² demolished (building area). Fines and confiscated gains of 4355000 yuan were paid. "
        "Disciplinary action was proposed in 3 cases against 3 persons and carried out against 3. "
        "3 parcels with 31 mu of illegally occupied land were cleared, demolished and reclaimed.")


def test_a_county_where_little_happened_tells_only_that():
    (only,) = county_paragraph(county_figures([case_of(1)], [], year(2024)))
    assert in_chinese(only) == "共立案调查1宗（应立案1宗），立案率100%；发现违法用地1宗，已查处1宗，查处率100%；结案0宗，结案率0%。"


def test_work_that_is_not_accepted_is_not_told_as_reclaimed():
    open_work = done(1, "reclamation", {"land_m2": 5_000.0, "cultivated_m2": 5_000.0})
    figures = county_figures([case_of(1), case_of(2)], [open_work, reclaimed(2, 2_000.0)], year(2024))
    assert (figures.reclaimed_parcels, figures.reclaimed_m2) == (1, 2_000.0)


def test_filing_and_handling_have_their_own_bases():
    cases = [case_of(n) for n in range(1, 30)] + [not_filed(30)]
    filing, handling, closing = case_rates(cases, END)
    assert (filing.numerator, filing.denominator, filing.percent_text()) == (29, 29, "100%")
    assert (handling.numerator, handling.denominator, handling.percent_text()) == (29, 30, "96.67%")
    assert (closing.ratio, closing.base) == (0, "cases")
    assert rate("handling", 28, 29, "cases").percent_text() == "96.55%"


def test_what_was_settled_without_filing_is_handled_and_what_was_not_is_not():
    settled = do(not_filed(1), "settle_unfiled", "2024-06-01", result="1")
    unsettled = do(not_filed(2), "settle_unfiled", "2024-06-01", result="2")
    _, handling, _ = case_rates([settled, unsettled], END)
    assert (handling.numerator, handling.denominator) == (1, 2)


def test_illegal_parcels_without_a_case_lower_filing_and_handling():
    filing, handling, closing = case_rates([case_of(1)], END, without_case=3)
    assert (filing.ratio, handling.ratio, closing.denominator) == (Fraction(1, 4), Fraction(1, 4), 1)


def test_as_of_a_day_only_what_had_happened_counts():
    filing, handling, _ = case_rates([case_of(1)], day("2024-07-18"))
    assert (filing.ratio, handling.ratio) == (1, 0)
    assert case_rates([case_of(1)], day("2024-07-19"))[1].ratio == 1


def test_a_closed_case_counts_from_the_day_of_closing():
    closed = do(do(decided([DEMOLITION]), "perform", "2024-08-01"), "close", "2024-08-05")
    assert [case_rates([closed], on)[2].ratio for on in (day("2024-08-04"), day("2024-08-05"))] == [0, 1]


def test_a_period_takes_the_cases_found_in_it():
    assert found_in([case_of(1)], Period(date(2024, 5, 1), date(2024, 5, 1)))
    assert not found_in([case_of(1)], Period(date(2024, 5, 2), date(2024, 12, 31)))


def test_the_ningxia_rate_and_a_target_more_than_met_print_in_full():
    assert rate("filing", 728, 931, "cases").percent_text() == "78.2%"
    assert rate("reclamation", 335, 280, "m2").percent_text() == "119.64%"
    assert rate("reclamation", 500.38, 617.75, "m2").percent_text() == "81%"
    assert rate("stop", 0, 0, "sites").percent_text() == "—"


def test_the_surcharge_is_no_part_of_the_collection_and_a_third_of_the_persons_is_a_third():
    tracks = [done(1, "fine", {"fen": fen(1_000)}, {"fen": fen(1_500)}), done(2, "fine", {"fen": fen(1_000)}, {"fen": fen(250)}),
              done(3, "discipline", {"persons": 3}, {"persons": 1})]
    collection, discipline, reclamation = remedy_rates(tracks)
    assert (collection.numerator, collection.denominator, collection.ratio) == (125_000, 200_000, Fraction(5, 8))
    assert discipline.ratio == Fraction(1, 3)
    assert reclamation.ratio is None


def test_only_accepted_reclamation_counts_and_in_cultivated_land():
    tracks = [reclaimed(1, 3_000.0), done(2, "reclamation", {"land_m2": 4_000.0, "cultivated_m2": 1_000.0})]
    assert remedy_rates(tracks)[2].ratio == Fraction(3, 4)


def test_a_site_counts_as_stopped_by_the_last_result():
    def stopped(*results):
        case = do(do(new_case(), "site_check", "2024-05-02"), "stop_order", "2024-05-02")
        for result in results:
            case = do(case, "stop_result", "2024-05-06", result=result)
        return case

    found = [stopped("1"), stopped("3", "2"), stopped("1", "3"), stopped(), new_case()]
    assert [is_stopped(case) for case in found] == [True, True, False, False, False]


@pytest.mark.parametrize("without", [0, 1])
def test_every_figure_of_a_rate_is_whole_where_it_counts_things(without):
    for one in case_rates([case_of(1), not_filed(2)], END, without):
        assert one.numerator.denominator == one.denominator.denominator == 1
