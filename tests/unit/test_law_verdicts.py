"""Verdict checks, flags, evidence and code lists (R12, R33–R35)."""
from __future__ import annotations

from typing import Any, Dict, List, Optional

import pytest
from hypothesis import given, strategies as st

from land_inspector.errors import InputError
from land_inspector.law.codes import label, land_class_group, plain_land_class, shipped_codes
from land_inspector.law.judgement import (
    ILLEGAL_FLAGS, ParcelAreas, check_verdict, contradictions, evidence_checklist, is_reportable, missing_evidence,
    missing_implied, old_verdicts, refusals, with_implied,
)
from land_inspector.law.rulepack import shipped_packs

NEW, OLD = shipped_packs()
AREAS = ParcelAreas(1000.0, 400.0, 100.0)
FULL: Dict[str, Any] = dict(PDJL1="2", PDJL2="201", JSSJ="2023-05-01", XZXC="1", YDDW="某公司", SJYT="01", WFMJ=1000.0, WFGD=400.0,
                            WFJBNT=100.0, WFLX="01", WFXZ="WBJY")


def refused(verdict: Dict[str, Any], pack: Any = NEW, areas: ParcelAreas = AREAS) -> List[str]:
    return [finding.field for finding in refusals(check_verdict(verdict, areas, pack))]


def test_a_complete_illegal_verdict_has_nothing_against_it() -> None:
    assert check_verdict(FULL, AREAS, NEW) == []


@pytest.mark.parametrize("field", ["JSSJ", "XZXC", "YDDW", "SJYT", "WFMJ", "WFGD", "WFLX", "WFXZ"])
def test_a_missing_particular_lets_the_verdict_in_but_blocks_reporting(field: str) -> None:
    findings = check_verdict({**FULL, field: None}, AREAS, NEW)
    assert [(found.severity, found.rule, found.field, found.refuses) for found in findings] == [("E", "R33", field, False)]
    assert not is_reportable(findings)


@pytest.mark.parametrize("level1, level2, field", [("1", "201", "PDJL2"), ("2", "999", "PDJL2"), ("4", "401", "PDJL1"),
                                                   (None, "201", "PDJL1"),
                                                   ("0", "301", "PDJL2"), ("违法用地", None, "PDJL1")])
def test_wrong_codes_are_refused(level1: Optional[str], level2: str, field: str) -> None:
    assert refused({"PDJL1": level1, "PDJL2": level2}) == [field]


def test_codes_of_the_new_regime_are_refused_in_the_old_and_have_a_place_there() -> None:
    assert refused({"PDJL1": "3", "PDJL2": "304"}) == []
    assert refused({"PDJL1": "3", "PDJL2": "304"}, OLD) == ["PDJL2"]
    assert refused({"PDJL1": "3", "PDJL2": old_verdicts()["304"]}, OLD) == []


def test_every_second_level_has_a_verdict_in_the_old_regime_under_the_same_first_level() -> None:
    codes = shipped_codes()
    for code in codes.codes("PDJL2", "N"):
        old = old_verdicts().get(code.code, code.code)
        assert codes.knows("PDJL2", old, "O") and old[0] == code.code[0]


TOLERANCE_M2 = 0.01 * 2000 / 3


@pytest.mark.parametrize("field, limit", [("WFMJ", 1000.0), ("WFGD", 400.0), ("WFJBNT", 100.0)])
def test_illegal_areas_stay_within_the_parcel_up_to_the_audit_tolerance(field: str, limit: float) -> None:
    assert refused({**FULL, field: limit + TOLERANCE_M2 - 0.001}) == []
    assert field in refused({**FULL, field: limit + TOLERANCE_M2 + 0.001})


@pytest.mark.parametrize("value", [-0.01, float("nan"), float("inf"), "many", True])
def test_what_is_no_area_is_refused(value: Any) -> None:
    assert refused({**FULL, "WFMJ": value}) == ["WFMJ"]


def test_cultivated_land_beyond_the_illegal_area_is_refused() -> None:
    assert refused({**FULL, "WFMJ": 300.0, "WFGD": 399.0}) == ["WFGD"]


def test_an_area_without_a_measured_counterpart_is_let_in_with_a_remark() -> None:
    findings = check_verdict(FULL, ParcelAreas(1000.0), NEW)
    assert [(found.severity, found.field) for found in findings] == [("I", "WFGD"), ("I", "WFJBNT")]


def test_more_permanent_farmland_than_cultivated_land_is_only_a_warning() -> None:
    findings = check_verdict(FULL, ParcelAreas(1000.0, 400.0, 500.0), NEW)
    assert [(found.severity, found.refuses) for found in findings] == [("W", False)]


def test_unknown_codes_and_dates_of_the_particulars_are_refused_and_unknown_land_classes_warned_of() -> None:
    assert refused({**FULL, "WFLX": "77", "XMLX": "9", "JSSJ": "neulich"}) == ["WFLX", "XMLX", "JSSJ"]
    assert [found.severity for found in check_verdict({**FULL, "SJDL": "9999"}, AREAS, NEW)] == ["W"]


def test_a_nature_that_contradicts_the_second_level_is_a_warning() -> None:
    assert [found.field for found in check_verdict({**FULL, "WFXZ": "WGJY"}, AREAS, NEW)] == ["WFXZ"]


def test_illegal_areas_on_legal_land_are_a_warning() -> None:
    findings = check_verdict({"PDJL1": "1", "PDJL2": "101", "WFMJ": 5.0}, AREAS, NEW)
    assert [(found.severity, found.field) for found in findings] == [("W", "WFMJ")]


def test_flags_that_exclude_each_other_refuse_and_missing_implied_ones_block_reporting() -> None:
    findings = check_verdict({**FULL, "PDJL1": "2"}, AREAS, OLD, flags=["WBJY", "CZYD"])
    assert [found.field for found in refusals(findings)] == ["CZYD"]
    assert {found.field for found in findings if not found.refuses} == {"FFZD", "WPXY"}


@pytest.mark.parametrize("flag, excluded", [("FFPD", set(ILLEGAL_FLAGS) - {"FFPD"}), ("FFZD", {"FFPD", "SZGBYT", "QTWFYD"}),
                                            ("WPXY", {"FFPD", "CZYD", "PQPZ", "SZGBYT", "QTWFYD"}),
                                            ("WBJY", set(ILLEGAL_FLAGS) - {"WBJY", "FFZD", "WPXY"}),
                                            ("CZYD", set(ILLEGAL_FLAGS) - {"CZYD", "FFZD"})])
def test_each_flag_excludes_what_the_form_says(flag: str, excluded: set) -> None:
    assert {other for other in ILLEGAL_FLAGS if contradictions([flag, other])} == excluded


@given(st.sets(st.sampled_from(ILLEGAL_FLAGS)))
def test_completing_the_flags_leaves_nothing_implied_and_adds_no_contradiction(flags: set) -> None:
    whole = with_implied(flags)
    assert whole >= flags and missing_implied(whole) == []
    assert bool(contradictions(whole)) == bool(contradictions(flags))


def test_every_second_level_has_its_evidence_checklist() -> None:
    for code in shipped_codes().codes("PDJL2"):
        assert any(item.required for item in evidence_checklist(code.code)), code.code


def test_missing_evidence_is_what_no_piece_is_there_for() -> None:
    assert [item.kind for item in missing_evidence("101", ["01"])] == ["03", "04"]
    assert missing_evidence("202", ["01", "05", "05"]) == []
    assert [item.zh for item in missing_evidence("202", ["01", "05"])] == ["报批受理材料"]


@pytest.mark.parametrize("code, group", [("0101", "GD"), ("0103K", "GD"), ("0203k", "FGNYD"), ("1006", "FGNYD"), ("1202", "FGNYD"),
                                         ("05H1", "JSYD"), ("0602C", "JSYD"), ("09", "JSYD"), ("08H2A", "JSYD"), ("1104A", "FGNYD"),
                                         ("0404", "WLYD"), ("013", "GD"), ("203", "JSYD"), ("9999", None), ("", None),
                                         (None, None), ("水田", None)])
def test_land_classes_have_their_group_whatever_mark_follows(code: Optional[str], group: Optional[str]) -> None:
    assert land_class_group(code) == group


def test_a_land_class_keeps_the_letter_inside() -> None:
    assert [plain_land_class(code) for code in ("05H1", "0201K", " 1107a ")] == ["05H1", "0201", "1107"]


def test_labels_come_in_both_languages_and_per_regime() -> None:
    assert label("PDJL2", "203") == "未供即用" and label("PDJL2", "203", "en") == "Used before supply"
    assert label("PDJL1", "1", regime="O") == "合法" and label("PDJL1", "1") == "合法新增建设用地"
    assert label("DLBM", "0102K", "en") == "Irrigated field" and label("WFLX", "88") == "88"


def test_no_list_names_a_code_twice_in_a_regime_or_a_parent_that_is_none() -> None:
    codes = shipped_codes()
    for name in codes.lists():
        for regime in "ON":
            found = [code.code for code in codes.codes(name, regime)]
            assert len(found) == len(set(found)), name
        parents = {"PDJL2": "PDJL1", "QTLX": "PDJL2"}.get(name, name)
        assert all(not code.parent or codes.knows(parents, code.parent) for code in codes.codes(name)), name


def test_an_unknown_list_is_an_error() -> None:
    with pytest.raises(InputError, match="no code list"):
        shipped_codes().codes("XYZ")
