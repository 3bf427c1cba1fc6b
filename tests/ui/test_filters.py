"""Filters and their counts, on tables small enough to count by hand and under every pair of filters."""
from __future__ import annotations

import json
from datetime import date
from itertools import product

import pytest

from land_inspector.ui.review import filters
from land_inspector.ui.review.filters import Criteria
from land_inspector.ui.review.parcel_table import MARKS, SINGLE_FACETS, empty_table
from tests.ui.tables import row, table

TOWNS = (("331082100", "古城街道"), ("331082101", "大洋街道"), (None, None))
ME, OTHER = "person-1", "person-2"
TODAY = date(2026, 6, 15)


@pytest.fixture(scope="module")
def mixed_rows():
    """Every verdict, proposal, state and township in many combinations; every mark, alone and with others."""
    rows = []
    for n, (verdict, proposed, state, town) in enumerate(product((None, "1", "2", "3"), (None, "0", "2"), ("0", "1", "9"), TOWNS), 1):
        rows.append(row(n, PDJL1=verdict, ZDPD1=proposed, HSZT=state, XZDM=town[0], XZMC=town[1], basis_changed=n % 5 == 0,
                        incomplete=n % 7, flag=n % 3 == 0, aside=(None, "later", None, "paper")[n % 4],
                        assigned_to=(None, ME, OTHER)[n % 3], touched_by=(OTHER, None, ME, ME)[n % 4],
                        review=f'{{"answer_by": "2026-06-{1 + n % 28:02d}"}}' if state == "9" else None,
                        xmin=10.0 * n, xmax=10.0 * n + 5, ymin=0.0, ymax=5.0, GDMJ0=n * 37 % 101,
                        TBZT="2" if n % 11 == 0 else "0", YDDW="恒通眼镜" if n % 2 else None))
    return rows


@pytest.fixture(scope="module")
def mixed(mixed_rows):
    return table(mixed_rows, ME, TODAY)


def numbers(mixed, found):
    return [mixed.text("DKBH", row) for row in found.rows]


def test_without_criteria_every_parcel_is_shown_in_the_order_of_numbers(mixed):
    found = filters.find(mixed, Criteria(), returned_first=False)
    assert numbers(mixed, found) == sorted(numbers(mixed, found)) and len(found.rows) == len(mixed)


def test_returned_parcels_come_first_in_every_order(mixed):
    for order in (filters.BY_NUMBER, filters.BY_AREA, filters.BY_TOWNSHIP):
        states = [mixed.text("HSZT", row) for row in filters.find(mixed, Criteria(), order).rows]
        returned = states.count("9")
        assert set(states[:returned]) == {"9"} and "9" not in states[returned:]


def test_the_parcels_that_weigh_most_on_the_ratio_come_first():
    known = table([row(1, GDMJ0=500.0), row(2, GDMJ0=900.0, measured_GDMJ=100.0),
                   row(3, GDMJ0=0.0, measured_GDMJ=300.0, WFGD=700.0), row(4)])
    found = filters.find(known, Criteria(), filters.BY_WEIGHT)
    assert numbers(known, found) == ["T003", "T001", "T002", "T004"]


def test_the_nearest_come_first_and_those_of_unknown_place_last():
    known = table([row(1, xmin=0.0, xmax=2.0, ymin=0.0, ymax=2.0), row(2), row(3, xmin=90.0, xmax=92.0, ymin=0.0, ymax=2.0)])
    assert numbers(known, filters.find(known, Criteria(), filters.BY_NEAREST, near=(100.0, 0.0))) == ["T003", "T001", "T002"]
    assert numbers(known, filters.find(known, Criteria(), filters.BY_NEAREST)) == ["T001", "T002", "T003"]


def test_the_map_view_shows_what_touches_it_and_no_more(mixed):
    assert numbers(mixed, filters.find(mixed, Criteria(place=(35.0, 1.0, 60.0, 2.0)))) == ["T003", "T004", "T005", "T006"]
    assert len(filters.find(mixed, Criteria(place=(35.0, 6.0, 60.0, 9.0))).rows) == 0


@pytest.mark.parametrize("facet", filters.FACETS)
def test_counts_keep_their_promise_within_the_map_view(mixed, facet):
    within = Criteria(place=(100.0, 0.0, 700.0, 5.0))
    for code, count in filters.find(mixed, within).counts[facet].items():
        assert len(filters.find(mixed, Criteria(place=within.place, **{facet: code})).rows) == count


def test_a_number_is_found_whole_by_its_patch_or_by_a_unique_end():
    known = table([row(1), row(2, JCBH="P77"), row(21), row(31)])
    asked = ("t001", " P77 ", "T021", "31", "1", "", "9")
    assert [known.numbered(text) for text in asked] == ["id-T001", "id-T002", "id-T021", "id-T031", None, None, None]


def test_a_piece_is_found_by_the_official_number_as_well():
    known = table([row(1, DKBH="T001-01", TBZT="2"), row(2, JCBH="T001", DKBH="T001-02", TBZT="2"), row(3, JCBH="T003_2")])
    assert [known.numbered(text) for text in ("T001_2", "T001-02", "t003_2", "T009_1")] == ["id-T002", "id-T002", "id-T003", None]
    assert numbers(known, filters.find(known, Criteria(text="t001_2"))) == ["T001-02"]


def test_the_largest_come_first_when_asked_for(mixed):
    rows = filters.find(mixed, Criteria(), filters.BY_AREA, returned_first=False).rows
    areas = [mixed.area_m2[row] for row in rows]
    assert areas == sorted(areas, reverse=True)


def test_text_is_looked_for_in_numbers_townships_and_users_whatever_its_case(mixed):
    assert numbers(mixed, filters.find(mixed, Criteria(text=" t007 "))) == ["T007"]
    assert len(filters.find(mixed, Criteria(text="恒通")).rows) == len(mixed) / 2
    assert len(filters.find(mixed, Criteria(text="大洋")).rows) == len(mixed) / 3


def choosing(mixed, part):
    """Every choice of one part of the criteria."""
    if part == "marks":
        return [{"marks": (mark,)} for mark in MARKS]
    if part == "area":
        return [{"area_m2": (1020.0, 1060.0)}, {"area_m2": (None, 1030.0)}, {"area_m2": (1090.0, None)}]
    if part == "place":
        return [{"place": (100.0, 0.0, 700.0, 5.0)}]
    if part == "text":
        return [{"text": "T0"}, {"text": "恒通"}]
    return [{part: mixed.text(SINGLE_FACETS[part], row)} for row in range(len(mixed))]


PARTS = (*filters.FACETS, "marks", "area", "place", "text")


@pytest.mark.parametrize("one", PARTS)
@pytest.mark.parametrize("two", PARTS)
def test_counts_promise_exactly_what_choosing_shows_under_every_pair_of_filters(mixed, one, two):
    for first, second in {str(pair): pair for pair in product(choosing(mixed, one), choosing(mixed, two))}.values():
        asked = {**first, **second}
        if one == two == "marks":
            asked = {"marks": tuple(dict.fromkeys((*first["marks"], *second["marks"])))}
        found = filters.find(mixed, Criteria(**asked))
        for facet in filters.FACETS:
            if facet not in asked:
                assert sum(found.counts[facet].values()) == len(found.rows)
            for code, count in list(found.counts[facet].items())[:3]:
                assert len(filters.find(mixed, Criteria(**{**asked, facet: code})).rows) == count
        for mark, count in found.marks.items():
            both = tuple(dict.fromkeys((*asked.get("marks", ()), mark)))
            assert len(filters.find(mixed, Criteria(**{**asked, "marks": both})).rows) == count


@pytest.mark.parametrize("mark, expected", [
    ("undone", lambda r: r["PDJL1"] is None or r["HSZT"] == "9"), ("returned", lambda r: r["HSZT"] == "9"),
    ("overdue", lambda r: r["HSZT"] == "9" and json.loads(r["review"])["answer_by"] < "2026-06-15"), ("flagged", lambda r: bool(r["flag"])),
    ("later", lambda r: r["aside"] == "later"), ("paper", lambda r: r["aside"] == "paper"),
    ("mine", lambda r: r["assigned_to"] == ME or r["assigned_to"] is None and r["touched_by"] == ME),
    ("basis_changed", lambda r: r["basis_changed"]), ("incomplete", lambda r: r["incomplete"] > 0), ("split", lambda r: r["TBZT"] == "2"),
    ("differs", lambda r: r["PDJL1"] is not None and r["ZDPD1"] in ("1", "2", "3") and r["PDJL1"] != r["ZDPD1"])])
def test_a_mark_is_on_exactly_the_parcels_that_its_rule_names(mixed_rows, mark, expected):
    known = table(mixed_rows, ME, TODAY)
    found = {known.text("DKBH", row) for row in filters.find(known, Criteria(marks=(mark,))).rows}
    assert found == {r["DKBH"] for r in mixed_rows if expected(r)} and found


def test_several_marks_must_all_hold(mixed):
    both = filters.find(mixed, Criteria(marks=("flagged", "later"))).rows
    assert set(both) == set(filters.find(mixed, Criteria(marks=("flagged",))).rows) & set(
        filters.find(mixed, Criteria(marks=("later",))).rows)
    assert len(both)


def test_nothing_is_mine_before_i_have_acted():
    assert len(filters.find(table([row(1)]), Criteria(marks=("mine",))).rows) == 0


def test_a_verdict_that_differs_from_the_proposal_is_marked_and_no_other():
    mixed = table([row(1, PDJL1="2", ZDPD1="1"), row(2, PDJL1="2", ZDPD1="2"), row(3, PDJL1="2", ZDPD1="0"), row(4, ZDPD1="1")])
    assert numbers(mixed, filters.find(mixed, Criteria(marks=("differs",)))) == ["T001"]


def test_a_value_that_nothing_has_shows_nothing(mixed):
    assert len(filters.find(mixed, Criteria(township="000000000")).rows) == 0


def test_an_empty_table_can_be_filtered():
    found = filters.find(empty_table(), Criteria(text="x", verdict="2"))
    assert len(found.rows) == 0 and found.counts["verdict"] == {}
