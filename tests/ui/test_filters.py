"""Filters and their counts, on tables small enough to count by hand and under every pair of filters."""
from __future__ import annotations

from itertools import product

import pytest

from land_inspector.ui import filters
from land_inspector.ui.filters import Criteria
from land_inspector.ui.parcel_table import MARKS, SINGLE_FACETS, empty_table
from tests.ui.tables import row, table

TOWNS = (("331082100", "古城街道"), ("331082101", "大洋街道"), (None, None))


@pytest.fixture(scope="module")
def mixed():
    """Every verdict, proposal, state and township in many combinations, marks here and there."""
    rows = []
    for n, (verdict, proposed, state, town) in enumerate(product((None, "1", "2", "3"), (None, "0", "2"), ("0", "1", "9"), TOWNS), 1):
        rows.append(row(n, PDJL1=verdict, ZDPD1=proposed, HSZT=state, XZDM=town[0], XZMC=town[1], basis_changed=n % 5 == 0,
                        incomplete=n % 7,
                        xmin=10.0 * n, xmax=10.0 * n + 5, ymin=0.0, ymax=5.0, GDMJ0=n * 37 % 101,
                        TBZT="2" if n % 11 == 0 else "0", YDDW="恒通眼镜" if n % 2 else None))
    return table(rows)


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


def test_the_largest_come_first_when_asked_for(mixed):
    rows = filters.find(mixed, Criteria(), filters.BY_AREA, returned_first=False).rows
    areas = [mixed.area_m2[row] for row in rows]
    assert areas == sorted(areas, reverse=True)


def test_text_is_looked_for_in_numbers_townships_and_users_whatever_its_case(mixed):
    assert numbers(mixed, filters.find(mixed, Criteria(text=" t007 "))) == ["T007"]
    assert len(filters.find(mixed, Criteria(text="恒通")).rows) == len(mixed) / 2
    assert len(filters.find(mixed, Criteria(text="大洋")).rows) == len(mixed) / 3


@pytest.mark.parametrize("one", filters.FACETS)
@pytest.mark.parametrize("two", filters.FACETS)
def test_a_count_promises_exactly_what_choosing_it_shows_under_every_other_filter(mixed, one, two):
    for value in choices(mixed, one):
        chosen = Criteria(text="T0", **{one: value})
        promised = filters.find(mixed, chosen).counts[two]
        for code, count in promised.items():
            shown = filters.find(mixed, Criteria(**{**chosen.__dict__, two: code}))
            assert len(shown.rows) == count


def choices(mixed, facet):
    if facet == "mark":
        return MARKS
    return {mixed.text(SINGLE_FACETS[facet], row) for row in range(len(mixed))}


def test_a_verdict_that_differs_from_the_proposal_is_marked_and_no_other():
    mixed = table([row(1, PDJL1="2", ZDPD1="1"), row(2, PDJL1="2", ZDPD1="2"), row(3, PDJL1="2", ZDPD1="0"), row(4, ZDPD1="1")])
    assert numbers(mixed, filters.find(mixed, Criteria(mark="differs"))) == ["T001"]


def test_a_value_that_nothing_has_shows_nothing(mixed):
    assert len(filters.find(mixed, Criteria(township="000000000")).rows) == 0


def test_an_empty_table_can_be_filtered():
    found = filters.find(empty_table(), Criteria(text="x", verdict="2"))
    assert len(found.rows) == 0 and found.counts["verdict"] == {}
