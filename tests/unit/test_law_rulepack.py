"""Rule packs: what the shipped ones say, how one is chosen, and how wrong ones are refused."""
from __future__ import annotations

import csv
import json
from datetime import date
from fractions import Fraction
from typing import Any, Dict, List, Tuple

import pytest
from hypothesis import given, settings, strategies as st

from land_inspector.errors import InputError
from land_inspector.law.codes import DATA, codes_of
from land_inspector.law.parameters import locate
from land_inspector.law.rulepack import SHIPPED, choose, parse, shipped_packs

NEW_FILE = SHIPPED / "cn-new-2020.json"
TEXT = NEW_FILE.read_text(encoding="utf-8")
NEW, OLD = shipped_packs()


def changed(**members: Any) -> bytes:
    return json.dumps({**json.loads(TEXT), **members}).encode()


def refusal(content: bytes) -> InputError:
    with pytest.raises(InputError) as caught:
        parse(content, "pack.json")
    return caught.value


def changed_line(text: str) -> int:
    return next(n for n, (was, now) in enumerate(zip(TEXT.splitlines(), text.splitlines()), 1) if was != now)


def test_both_shipped_packs_carry_the_four_lines_of_the_founding_documents() -> None:
    for pack in (NEW, OLD):
        assert {(line.sign, line.percent) for line in pack.thresholds} == {(">=", 15), (">", 8), (">=", 9), ("<", 10)}


@pytest.mark.parametrize("sign, at, above, below", [(">", False, True, False), (">=", True, True, False),
                                                    ("<", True, True, False), ("<=", False, True, False)])
def test_a_line_is_breached_by_its_sign(sign: str, at: bool, above: bool, below: bool) -> None:
    lines = [dict(json.loads(TEXT)["thresholds"][0], sign=sign, percent=8.1)]
    line = parse(changed(thresholds=lines), "p").thresholds[0]
    exact = Fraction(81, 1000)
    assert [line.is_breached(exact + tiny) for tiny in (0, Fraction(1, 10**12), -Fraction(1, 10**12))] == [at, above, below]


@pytest.mark.parametrize("violated, bounds", [(date(2021, 8, 31), (0, 30)), (date(2021, 9, 1), (100, 1000))])
def test_the_fine_for_illegal_occupation_follows_the_day_of_the_violation(violated: date, bounds: Tuple[float, float]) -> None:
    band, = NEW.fine_bands_on("77", violated)
    assert (band.minimum, band.maximum, band.unit) == (*bounds, "yuan_per_m2")


def test_fine_bands_of_an_article_leave_no_day_without_one_and_never_overlap() -> None:
    for pack in (NEW, OLD):
        for article in {"74", "75", "76", "77", "81", "82"}:
            for day in (date(1999, 1, 1), date(2021, 8, 31), date(2021, 9, 1), date(2030, 1, 1)):
                assert len(pack.fine_bands_on(article, day)) == 1


def test_the_pack_of_the_regime_in_force_is_chosen_and_the_newest_of_several() -> None:
    newer = parse(changed(version="2026.10", valid_from="2026-01-01"), "p")
    newest = parse(changed(version="2026.9", valid_from="2026-01-01"), "p")
    packs = [NEW, OLD, newest, newer]
    assert choose(packs, "O", date(2015, 1, 1)) is OLD
    assert choose(packs, "N", date(2025, 12, 31)) is NEW
    assert choose(packs, "N", date(2026, 1, 1)) is newer


def test_a_day_outside_all_packs_takes_the_nearest_and_an_unknown_regime_is_refused() -> None:
    assert choose([NEW, OLD], "O", date(2001, 1, 1)) is OLD
    assert choose([NEW, OLD], "O", date(2023, 1, 1)) is OLD
    assert choose([NEW, OLD], "N", date(2018, 1, 1)) is NEW
    with pytest.raises(InputError, match="no rule pack"):
        choose([NEW], "O", date(2015, 1, 1))


def test_the_digest_depends_on_the_content_alone() -> None:
    shuffled = json.dumps(dict(reversed(list(json.loads(TEXT).items()))), indent=4).replace("0.95", "0.9500")
    assert parse(shuffled.encode("utf-8-sig"), "other name").digest == NEW.digest
    assert parse(NEW.canonical(), "x").digest == NEW.digest
    assert parse(changed(note="another"), "x").digest != NEW.digest


REPLACEMENTS: List[Tuple[str, str, str]] = [
    ('"sign": ">="', '"sign": "=>"', "none of"), ('"percent": 15', '"percent": "15"', "number is expected"),
    ('"valid_from": "2020-01-01"', '"valid_from": "2020-02-30"', "not a date"), ('"regime": "N"', '"regime": "X"', "none of"),
    ('"valid_until": null', '"valid_until": "2019-12-31"', "ends before"), ('{"value": 0.95', '{"value": 1.95', "outside"),
    ('{"value": "06-30"', '{"value": "06-31"', "MM-DD"), ('{"value": 4,', '{"value": 4.5,', "whole number"),
    ('"road_width_max_m": {"value": 8.0', '"road_width_max_m": {"value": 1.0', "below the least"),
    ('"unit": "wd"', '"unit": "days"', "none of"), ('"code": "0102"', '"code": "0101"', "twice"),
    ('"minimum": 100, "maximum": 1000', '"minimum": 100, "maximum": 99', "below the minimum"),
    ('"legal_cover_share"', '"legal_cover"', "no such member"), ('"until_mu": 5,', '"until_mu": 0,', "ends before"),
    ('"denominator": true', '"denominator": 1', "true or false"), ('"group": "WLYD"', '"group": "WL"', "none of"),
    ('"bucket": "reclaimed"', '"bucket": "razed"', "none of")]


@pytest.mark.parametrize("right, wrong, reason", REPLACEMENTS)
def test_a_wrong_value_is_refused_with_file_line_and_reason(right: str, wrong: str, reason: str) -> None:
    assert right in TEXT
    text = TEXT.replace(right, wrong, 1)
    error = refusal(text.encode())
    assert reason in str(error) and "pack.json" in str(error)
    assert error.details["line"] == changed_line(text)


@pytest.mark.parametrize("content, line, reason", [
    (b"", 1, "not JSON"), (b'{\n"a": 1\n"b": 2}', 3, "not JSON"), (b'{\n"id": "x",\n"id": "y"}', 3, "twice"),
    (b'{"a":\n NaN}', 2, "not a number"), (b'{\n"a": "\xff"}', 2, "UTF-8"), (b"[]", 1, "object"), (b"null", 1, "object")])
def test_what_is_no_rule_pack_at_all_is_refused_with_its_line(content: bytes, line: int, reason: str) -> None:
    error = refusal(content)
    assert error.details["line"] == line and reason in str(error)


def test_every_missing_member_is_named() -> None:
    whole = json.loads(TEXT)
    for key in set(whole) - {"note"}:
        assert key in str(refusal(json.dumps({k: v for k, v in whole.items() if k != key}).encode()))


def paths(value: Any, here: Tuple = ()) -> List[Tuple]:
    found = [here] if here else []
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return found + [path for key, child in children for path in paths(child, here + (key,))]


ALL_PATHS = paths(json.loads(TEXT))


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(ALL_PATHS), st.sampled_from([None, -1, 0, 10**9, 1e400, 0.5, True, "", "x", [], {}, [None], {"zh": 1}]))
def test_any_value_replaced_by_anything_is_read_or_refused_but_never_crashes(path: Tuple, value: Any) -> None:
    whole: Any = json.loads(TEXT)
    place = whole
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    try:
        parse(json.dumps(whole, indent=1).encode(), "pack.json")
    except InputError as error:
        assert error.details["line"] >= 1


@settings(max_examples=60, deadline=None)
@given(st.recursive(st.one_of(st.none(), st.booleans(), st.integers(), st.text()),
                    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(), inner, max_size=4)), max_leaves=12))
def test_the_line_of_every_value_is_found(value: Any) -> None:
    text = json.dumps(value, indent=1)
    found = locate(text)
    assert set(found) == {(), *paths(value)}
    for path, line in found.items():
        leaf: Any = value
        for step in path:
            leaf = leaf[step]
        if not isinstance(leaf, (dict, list)):
            assert json.dumps(leaf) in text.splitlines()[line - 1]


def test_the_packs_have_the_land_classes_of_the_shipped_table() -> None:
    with (DATA / "dlbm.csv").open(encoding="utf-8", newline="") as file:
        table: Dict[str, Tuple[str, str, str]] = {row["code"]: (row["zh"], row["group"], row["version"]) for row in csv.DictReader(file)}
    assert {code: (c.name, c.group) for code, c in OLD.land_classes.items()} == {code: row[:2] for code, row in table.items()}
    assert set(NEW.land_classes) == {code for code, row in table.items() if row[2] == "TD/T 1055-2019"}


def test_a_bureau_adds_codes_and_holidays_through_its_pack() -> None:
    pack = parse(changed(codes=[{"list": "TBLX", "code": "7", "name": {"zh": "其他变化", "en": "Other change"}}],
                         calendar={"holidays": ["2027-02-08"], "workdays": ["2027-02-13"], "announced_years": [2027]}), "p")
    assert codes_of(pack).label("TBLX", "7") == "其他变化"
    assert not pack.calendar.is_working_day(date(2027, 2, 8)) and pack.calendar.is_working_day(date(2027, 2, 13))
    assert not pack.calendar.add_working_days(date(2027, 1, 4), 20).provisional
