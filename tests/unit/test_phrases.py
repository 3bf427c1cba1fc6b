"""The shipped words of reviewers: per regime, those of a sub-type first, both languages, none twice."""
from __future__ import annotations

import pytest

from land_inspector.law.codes import shipped_codes
from land_inspector.law.phrases import ANSWER, GROUND, LATER, PAPER, RETURN, _rows, phrases


def texts(name, regime, sub_type=""):
    return [phrase.zh for phrase in phrases(name, regime, sub_type)]


@pytest.mark.parametrize("name", [GROUND, RETURN, ANSWER, LATER, PAPER])
@pytest.mark.parametrize("regime", ["N", "O"])
def test_every_list_has_words_in_both_languages_and_none_twice(name, regime):
    found = phrases(name, regime)
    assert found and all(phrase.zh and phrase.en for phrase in found)
    assert len({phrase.zh for phrase in found}) == len(found)


def test_the_reviewers_vocabulary_of_the_domain_guide_is_there():
    passed = "批供手续齐全 有实地照片 只有农转用 只有供地 设施农符合用途 临时用地符合用途 其他权证合法 大棚及种植设施 203范围内 宅基地 推填土 " \
             "非卫片关心变化 伪图斑提取错误 有瑕疵 采矿用地 大面积工程建设"
    returned = "需补充农转用批地手续 需补充供地手续 需补充实地照片 需补充内部照片 需提供套合图 举证材料非属于本图斑 材料中的位置/面积/图斑号不符 " \
               "应判定为违法 设施农不得占耕 临时用地禁止永久建筑 有弄虚作假嫌疑 采矿用地 大面积工程建设 明显已动工非推土"
    assert set(passed.split()) <= set(texts(GROUND, "N")) and set(returned.split()) == set(texts(RETURN, "N"))


def test_words_of_a_sub_type_come_first_then_its_verdict_s_then_those_of_all():
    found = texts(GROUND, "N", "303")
    assert set(found[:2]) == {"设施农符合用途", "大棚及种植设施"} and found[-1] == "有瑕疵"
    assert "批供手续齐全" not in found and "有实地照片" in found


def test_the_old_regime_has_none_of_the_new_one_s_words():
    assert "203范围内" not in texts(GROUND, "O") and "推填土" in texts(GROUND, "O")


def test_the_papers_of_a_verdict_come_before_those_of_others():
    assert texts(PAPER, "N", "103")[:2] == ["现场照片", "不动产权证"]
    assert set(texts(PAPER, "N")) == set(texts(PAPER, "N", "103"))


def test_every_word_hangs_under_verdicts_that_exist():
    known = {code.code for name in ("PDJL1", "PDJL2") for code in shipped_codes().codes(name)}
    assert all(parent in known for _list, _regime, phrase in _rows() for parent in phrase.parents)
