"""Proposed verdicts: worked examples of the domain guide, each also with other numbers, and edges (R20–R32)."""
from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from land_inspector.errors import InputError
from land_inspector.law.facts import (
    APPROVAL, Cover, Document, FACILITY, FARMLAND, Facts, HIGHWAYS, LAND_USE, REGISTRATION, SUPPLY, SiteFinding,
    TEMPORARY, whole_ground,
)
from land_inspector.law.image_dates import BuildWindow
from land_inspector.law.judgement import propose
from land_inspector.law.rulepack import choose, shipped_packs
from land_inspector.law.rules_other import access_strip

NEW = choose(shipped_packs(), "N", date(2023, 6, 1))
OLD = choose(shipped_packs(), "O", date(2018, 6, 1))
MU = 2000 / 3
WINDOW = BuildWindow(date(2023, 3, 1), date(2023, 7, 1))
EARLY, INSIDE, LATE = date(2023, 1, 10), date(2023, 5, 5), date(2023, 9, 9)
LAYERS = frozenset({APPROVAL, SUPPLY, REGISTRATION, FACILITY, TEMPORARY, FARMLAND, LAND_USE, HIGHWAYS})
FACTORY = SiteFinding(land_class="0601", no_construction=False, same_user=False)


def facts(area: float = 1000.0, cultivated: float = 1000.0, site: SiteFinding = FACTORY, **more: Any) -> Facts:
    given = dict(area_m2=area, cultivated_m2=cultivated, farmland_m2=0.0, measured=LAYERS, window=WINDOW, year=2023, site=site)
    return Facts(**{**given, **more})


def cover(area: float, cultivated: float = 0.0, dated: date = EARLY, **more: Any) -> Cover:
    return Cover(area, cultivated, (Document("A-1", dated, area_m2=area, **more),))


def verdict(found: Facts, pack: Any = NEW) -> tuple:
    proposal = propose(found, pack)
    return proposal.level1, proposal.level2, proposal.rule


def approved(area: float, cultivated: float, dated: date = EARLY, **more: Any) -> dict:
    both = cover(area, cultivated, dated)
    return dict(covers={APPROVAL: both, SUPPLY: both}, combined={SUPPLY: both, **more})


def test_land_approved_and_supplied_in_the_accountability_year_is_legal() -> None:
    assert verdict(facts(1200.0, 800.0, **approved(1200.0, 800.0))) == ("1", "101", "R20")


def test_land_approved_in_an_earlier_year_is_legal_from_earlier_years() -> None:
    assert verdict(facts(1200.0, 800.0, **approved(1200.0, 800.0, date(2021, 5, 1)))) == ("1", "102", "R20")


@pytest.mark.parametrize("share, expected", [(0.95, "101"), (0.9499999, None), (1.0, "101")])
def test_the_legal_cover_is_compared_unrounded(share: float, expected: Any) -> None:
    proposal = propose(facts(1000.0, 0.0, replace(FACTORY, same_user=None), **approved(1000.0 * share, 0.0)), NEW)
    assert proposal.level2 == expected


@pytest.mark.parametrize("uncovered_cultivated, expected", [(333.33, "101"), (0.5 * MU, "204"), (333.34, "204")])
def test_half_a_mu_of_uncovered_cultivated_land_is_too_much(uncovered_cultivated: float, expected: str) -> None:
    found = facts(20000.0, 10000.0, replace(FACTORY, same_user=True), **approved(19500.0, 10000.0 - uncovered_cultivated))
    assert propose(found, NEW).level2 == expected


@pytest.mark.parametrize("approved_m2, built_m2, cultivated", [(3000.0, 3600.0, 500.0), (8000.0, 9100.5, 420.25)])
def test_over_occupation_is_illegal_for_the_excess_only(approved_m2: float, built_m2: float, cultivated: float) -> None:
    found = facts(built_m2, cultivated + 100, replace(FACTORY, same_user=True), **approved(approved_m2, 100.0))
    proposal = propose(found, NEW)
    assert (proposal.level1, proposal.level2, proposal.rule) == ("2", "204", "R22")
    assert proposal.illegal_m2 == pytest.approx(built_m2 - approved_m2)
    assert proposal.illegal_cultivated_m2 == pytest.approx(cultivated)
    assert proposal.split.role == APPROVAL
    assert (proposal.split.inside_level2, proposal.split.outside_level2) == ("101", "204")


def test_the_excess_of_another_user_was_never_applied_for() -> None:
    assert verdict(facts(3600.0, 500.0, **approved(3000.0, 0.0))) == ("2", "201", "R22")


@pytest.mark.parametrize("user, expected", [("某公司", "204"), ("另一公司", "201"), (None, None)])
def test_the_users_named_on_parcel_and_approval_tell_over_occupation(user: Any, expected: Any) -> None:
    paper = cover(3000.0, 0.0, user=" 某公司")
    site = replace(FACTORY, same_user=None)
    found = facts(3600.0, 500.0, site, covers={APPROVAL: paper, SUPPLY: paper}, combined={SUPPLY: paper}, user=user)
    assert propose(found, NEW).level2 == expected


def test_an_excess_that_is_a_filed_facility_asks_for_the_split_and_is_not_illegal() -> None:
    plan = approved(3000.0, 0.0, **{FACILITY: cover(3600.0)})
    plan["covers"] = {**plan["covers"], FACILITY: cover(600.0)}
    proposal = propose(facts(3600.0, 0.0, SiteFinding(land_class="1202", use_matches=True), **plan), NEW)
    assert proposal.is_undecided
    assert (proposal.split.inside_level2, proposal.split.outside_level2) == ("101", "303")


@pytest.mark.parametrize("dated, expected", [(INSIDE, "0"), (WINDOW.after, "1"), (WINDOW.until, "0"), (LATE, "2")])
def test_an_approval_between_the_images_cannot_be_judged(dated: date, expected: str) -> None:
    assert propose(facts(**approved(1000.0, 1000.0, dated)), NEW).level1 == expected


def test_a_building_date_settles_an_approval_between_the_images() -> None:
    between = facts(**approved(1000.0, 1000.0, INSIDE))
    assert verdict(replace(between, built_on=INSIDE)) == ("1", "101", "R20")
    assert verdict(replace(between, built_on=date(2023, 5, 4))) == ("2", "201", "R20")
    assert verdict(replace(between, built_on=date(2023, 5, 4), application_number="S-9")) == ("2", "202", "R20")


def test_an_approval_without_a_date_cannot_be_judged() -> None:
    bare = Cover(1000.0, 1000.0, (Document("A-1", area_m2=1000.0),))
    assert propose(facts(covers={APPROVAL: bare, SUPPLY: bare}), NEW).is_undecided


@pytest.mark.parametrize("missing", [APPROVAL, SUPPLY])
def test_a_missing_layer_never_makes_land_legal(missing: str) -> None:
    plan = approved(1000.0, 1000.0)
    covers = {role: found for role, found in plan["covers"].items() if role != missing}
    proposal = propose(facts(covers=covers, measured=LAYERS - {missing}), NEW)
    assert proposal.is_undecided
    assert "layer" in str(proposal.needs[0])


@pytest.mark.parametrize("supplied, illegal", [(0.0, 1000.0), (949.0, 51.0), (400.0, 600.0)])
def test_approved_land_without_supply_was_used_before_supply(supplied: float, illegal: float) -> None:
    plan = approved(1000.0, 1000.0)
    plan["covers"] = {APPROVAL: cover(1000.0, 1000.0), SUPPLY: cover(supplied, supplied)}
    proposal = propose(facts(**plan), NEW)
    assert (proposal.level1, proposal.level2, proposal.rule) == ("2", "203", "R21")
    assert proposal.illegal_m2 == pytest.approx(illegal)
    assert proposal.illegal_cultivated_m2 == pytest.approx(illegal)


def test_a_registered_parcel_is_legal_only_with_its_certificate_number() -> None:
    assert verdict(facts(covers={REGISTRATION: cover(960.0)})) == ("1", "103", "R23")
    bare = Cover(960.0, 0.0, (Document(area_m2=960.0),))
    assert propose(facts(covers={REGISTRATION: bare}), NEW).is_undecided
    assert verdict(facts(covers={REGISTRATION: cover(940.0)})) == ("2", "201", "R31")


def test_a_filed_facility_is_other_land_with_a_warning_on_cultivated_land() -> None:
    found = facts(500.0, 500.0, SiteFinding(land_class="1202", use_matches=True), covers={FACILITY: cover(500.0)})
    assert verdict(found) == ("3", "303", "R24")
    assert "cultivated" in str(propose(found, NEW).warnings[0])


def test_a_facility_on_permanent_basic_farmland_is_a_violation() -> None:
    found = facts(500.0, 500.0, SiteFinding(use_matches=True), covers={FACILITY: cover(500.0)}, farmland_m2=100.0)
    assert verdict(found) == ("2", "210", "R24")
    assert propose(replace(found, farmland_m2=None), NEW).is_undecided


@pytest.mark.parametrize("width, expected", [(1.9, "201"), (2.0, "305"), (8.0, "305"), (8.01, "201")])
def test_a_rural_road_is_two_to_eight_metres_wide(width: float, expected: str) -> None:
    assert propose(facts(site=SiteFinding(land_class="1006", road_width_m=width, same_user=False)), NEW).level2 == expected


def test_a_road_of_the_highway_network_is_no_rural_road() -> None:
    on_network = SiteFinding(land_class="1006", road_width_m=5.0, on_highway_network=True)
    assert verdict(facts(site=on_network)) == ("2", "201", "R31")


def temporary_land(until: date, **more: Any) -> Facts:
    paper = cover(1000.0, 0.0, date(2022, 1, 1), until=until)
    return facts(site=SiteFinding(land_class="0601", no_construction=False, **more), covers={TEMPORARY: paper})


def test_temporary_land_is_other_land_while_its_approval_runs() -> None:
    assert verdict(temporary_land(date(2023, 12, 31), permanent_building=False)) == ("3", "304", "R26")
    assert propose(temporary_land(date(2023, 12, 31)), NEW).is_undecided


def test_temporary_land_with_a_permanent_building_is_a_violation() -> None:
    assert verdict(temporary_land(date(2023, 12, 31), permanent_building=True)) == ("2", "209", "R26")


def test_a_term_beyond_two_years_needs_infrastructure_and_beyond_four_is_none() -> None:
    assert verdict(temporary_land(date(2024, 1, 1), permanent_building=False)) == ("3", "304", "R26")
    assert propose(temporary_land(date(2024, 1, 2), permanent_building=False), NEW).is_undecided
    assert verdict(temporary_land(date(2024, 1, 2), permanent_building=False, infrastructure=True)) == ("3", "304", "R26")
    assert verdict(temporary_land(date(2026, 1, 2), permanent_building=False, infrastructure=True)) == ("2", "201", "R31")


def test_temporary_land_not_reclaimed_a_year_after_expiry_is_a_violation() -> None:
    assert verdict(temporary_land(date(2022, 6, 30), reclaimed=False, permanent_building=False)) == ("2", "209", "R26")
    assert propose(temporary_land(date(2022, 7, 1), reclaimed=False, permanent_building=False), NEW).is_undecided


def test_the_same_temporary_land_is_a_false_change_in_the_old_regime() -> None:
    found = replace(temporary_land(date(2023, 12, 31), permanent_building=False), year=2018)
    assert verdict(found, OLD) == ("3", "301", "R26")


def test_a_rural_house_is_compliant_only_inside_the_village_and_within_the_standard() -> None:
    house = SiteFinding(land_class="0702", in_village=True, within_standard=True)
    assert verdict(facts(site=house)) == ("3", "306", "R27")
    assert verdict(facts(site=replace(house, within_standard=False))) == ("2", "211", "R27")
    assert verdict(facts(site=replace(house, in_village=False))) == ("2", "211", "R27")
    assert propose(facts(site=replace(house, within_standard=None)), NEW).is_undecided


@pytest.mark.parametrize("mu, covered_share, building, uncovered_mu, expected", [
    (2.40, 0.96, None, 0.096, "309"), (1.80, 0.30, 0.92, 0.60, None), (2.00, 0.96, 0.89, 0.1, None),
    (2.00, 0.30, 0.90, 0.49, "309"), (2.01, 0.94, 0.99, 0.1, None), (1.50, 0.2, 0.92, 0.5, None)])
def test_an_access_strip_is_measured_on_the_patch_above_two_mu_and_on_the_building_below(
        mu: float, covered_share: float, building: Any, uncovered_mu: float, expected: Any) -> None:
    site = SiteFinding(is_access=True, building_cover_share=building)
    strip = facts(mu * MU, uncovered_mu * MU, site, covers={APPROVAL: cover(mu * MU * covered_share, 0.0)})
    answer = access_strip(whole_ground(strip, NEW))
    assert getattr(answer, "level2", None) == expected


def test_no_construction_counts_only_with_a_photo() -> None:
    assert verdict(facts(site=SiteFinding(land_class="0103", no_construction=True, photos=1))) == ("3", "301", "R29")
    assert propose(facts(site=SiteFinding(land_class="0103", no_construction=True, photos=0)), NEW).is_undecided


def test_an_orchard_on_cultivated_land_is_restructuring_unless_on_permanent_farmland() -> None:
    orchard = SiteFinding(land_class="0201", plough_layer_intact=True)
    assert verdict(facts(site=orchard)) == ("3", "302", "R30")
    assert verdict(facts(site=orchard, farmland_m2=50.0)) == ("2", "212", "R30")
    assert verdict(facts(site=orchard, farmland_m2=50.0), OLD) == ("2", "219", "R30")
    assert propose(facts(site=SiteFinding(land_class="0201")), NEW).is_undecided


def test_bare_land_without_a_site_finding_cannot_be_judged_and_all_that_is_missing_is_named_once() -> None:
    proposal = propose(facts(site=SiteFinding()), NEW)
    assert proposal.is_undecided and proposal.level2 is None
    assert len(proposal.needs) == len({str(item) for item in proposal.needs}) >= 2


def test_an_application_makes_unapproved_use_a_use_while_the_application_ran() -> None:
    assert verdict(facts()) == ("2", "201", "R31")
    assert verdict(facts(application_number="S-1")) == ("2", "202", "R31")


def test_permanent_farmland_on_an_illegal_parcel_suggests_a_major_case() -> None:
    proposal = propose(facts(farmland_m2=12.0), NEW)
    assert "major" in str(proposal.warnings[-1])
    assert proposal.illegal_farmland_m2 == 12.0


def test_consistency_is_never_denied_where_nothing_can_confirm_the_verdict() -> None:
    undecided, illegal = propose(facts(site=SiteFinding()), NEW), propose(facts(), NEW)
    assert [undecided.consistency(level) for level in (None, "", "0", "1", "2")] == [None, None, None, "2", "2"]
    assert illegal.consistency("2", "201") == "1"
    assert illegal.consistency("2", "202") == "0"
    assert illegal.consistency("1") == "0"


def test_a_parcel_without_area_is_refused() -> None:
    with pytest.raises(InputError, match="without area"):
        propose(facts(area=0.0), NEW)


def expected_of_layers(area: int, cultivated: int, approved_m2: int, approved_cultivated: int, supplied: int, same: bool) -> tuple:
    """R20–R22 written down a second time, in whole square metres; supply lies within the approval."""
    if approved_m2 == 0 or approved_m2 <= 10 and approved_m2 * 100 <= area:
        return ("204" if same else "201"), area
    enough = Fraction(95, 100)
    if Fraction(approved_m2, area) >= enough and 3 * (cultivated - approved_cultivated) < 1000:
        return ("101", None) if Fraction(supplied, area) >= enough else ("203", area - supplied)
    outside = area - approved_m2
    if Fraction(supplied, approved_m2) >= enough:
        return ("204" if same else "201"), outside
    unsupplied = approved_m2 - supplied
    return ("203" if unsupplied > outside else "204" if same else "201"), outside + unsupplied


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_layers_alone_decide_as_the_rules_written_down_a_second_time(data: st.DataObject) -> None:
    area = data.draw(st.integers(100, 30000))
    approved_m2 = data.draw(st.one_of(st.integers(0, area), st.integers(-(-area * 95 // 100) - 1, area)))
    supplied = data.draw(st.one_of(st.integers(0, approved_m2), st.just(approved_m2)))
    cultivated = data.draw(st.integers(0, area))
    inside = data.draw(st.integers(max(0, cultivated - (area - approved_m2)), min(cultivated, approved_m2)))
    same = data.draw(st.booleans())
    paper, supply = cover(float(approved_m2), float(inside)), cover(float(supplied), 0.0)
    site = replace(FACTORY, same_user=same, is_access=False)
    found = facts(float(area), float(cultivated), site, covers={APPROVAL: paper, SUPPLY: supply},
                  combined={SUPPLY: paper, REGISTRATION: paper, FACILITY: paper, TEMPORARY: paper})
    proposal = propose(found, NEW)
    level2, illegal = expected_of_layers(area, cultivated, approved_m2, inside, supplied, same)
    assert proposal.level2 == level2
    assert proposal.illegal_m2 == (None if illegal is None else pytest.approx(illegal, abs=1e-6))


# --- where it cannot tell, it leans where it can ----------------------------------------------------------------------

def leanings(found: Facts, pack: Any = NEW) -> list:
    """What would be said of each way in which the missing thing could turn out: words up to the verdict, code (or name) of the verdict."""
    proposal = propose(found, pack)
    assert proposal.is_undecided
    said = [reason for reason in proposal.reasons if "verdict" in reason.params and "it would be" in reason.template]
    return [(reason.template.split(",")[0], str(reason.params["verdict"])) for reason in said]


def measured(*without: str) -> dict:
    return dict(measured=LAYERS - set(without))


UNSUPPLIED = dict(covers={APPROVAL: cover(1000.0, 500.0)}, **measured(SUPPLY))
OPEN_DATE = approved(1000.0, 500.0, INSIDE)
FILED = dict(covers={FACILITY: cover(1000.0)})
TERM = dict(covers={TEMPORARY: cover(1000.0, until=date(2024, 12, 31))})


@pytest.mark.parametrize("found, expected", [
    (facts(cultivated=500.0, **UNSUPPLIED),
     [("If all of it was supplied before the building", "101"), ("If nothing of it was supplied", "203")]),
    (facts(cultivated=500.0, **OPEN_DATE),
     [("If the building began on {day} or later", "101"), ("If the building began before {day}", "201")]),
    (facts(cultivated=500.0, **approved(1000.0, 500.0, None)),
     [("If the approval {number} came before the building", "Legal"), ("If the approval {number} came after the building", "201")]),
    (facts(**measured(APPROVAL)), [("If all of it was approved before the building", "Illegal"), ("If no approval covers it", "201")]),
    (facts(**measured(APPROVAL, SUPPLY)), [("If all of it was approved and supplied before the building", "Legal"),
                                           ("If no approval covers it", "201")]),
    (facts(site=SiteFinding(), **FILED), [("If the use is the filed one", "303"), ("If the use is another than the filed one", "210")]),
    (facts(site=replace(FACTORY, use_matches=True), farmland_m2=None, **FILED, **measured(FARMLAND)),
     [("If no permanent basic farmland is touched", "303"), ("If permanent basic farmland is touched", "210")]),
    (facts(**TERM), [("If no permanent building stands there", "304"), ("If a permanent building stands there", "209")]),
    (facts(site=SiteFinding(land_class="1006", on_highway_network=False, no_construction=False)),
     [("If the road is {least} to {most} m wide", "305")]),
    (facts(site=SiteFinding(land_class="0702", in_village=True, no_construction=False)),
     [("If the house was approved and keeps the standard", "306"), ("If the house was not approved or is beyond the standard", "211")]),
    (facts(site=SiteFinding(land_class="0301", no_construction=False)),
     [("If the plough layer is intact", "302"), ("If the plough layer is damaged", "208")]),
    (facts(site=SiteFinding(land_class="0301", no_construction=True, photos=0)), [("With the photos", "301")]),
])
def test_it_says_what_would_be_if_what_is_missing_were_known(found: Facts, expected: list) -> None:
    assert [(words, verdict in said) for (words, said), (_same, verdict) in zip(leanings(found), expected)] == [
        (words, True) for words, _verdict in expected] and len(leanings(found)) == len(expected)


def test_the_old_regime_leans_in_its_own_codes() -> None:
    found = facts(site=replace(FACTORY, use_matches=True), farmland_m2=None, **FILED, **measured(FARMLAND))
    assert [said for _words, said in leanings(found, OLD)] == ["No real change · 301 No real change", "Illegal · 210 Facility agriculture "
                                                               "land misused"]


@pytest.mark.parametrize("found, follows", [
    (facts(site=SiteFinding()), "201"), (facts(site=SiteFinding(), **FILED), None), (facts(**TERM), None),
    (facts(site=SiteFinding(land_class="0301", no_construction=True)), None)])
def test_land_without_any_paper_leans_to_illegal_unless_a_rule_answers_however_it_turns_out(found: Facts, follows: Any) -> None:
    reasons = propose(found, NEW).reasons
    said = [str(reason.params["verdict"])[:3] for reason in reasons if reason.template.startswith("Unless what is missing")]
    assert said == ([follows] if follows else []) and propose(found, NEW).level1 == "0"
