"""Citations as lawyers write them: full names, Chinese numerals, items in brackets, paragraphs only where the article has paragraphs."""
from __future__ import annotations

import re

import pytest

from land_inspector.exchange import wording
from land_inspector.law.papers.wording import chinese_number
from land_inspector.law.matters.kindform import shipped_kinds


@pytest.fixture
def chinese(monkeypatch):
    monkeypatch.setattr(wording, "user_locale", lambda: "zh")


@pytest.mark.parametrize("ground, cited", [
    ("行政处罚法 Art. 54", "《中华人民共和国行政处罚法》第五十四条"),
    ("土地管理法实施条例 Art. 48(3)", "《中华人民共和国土地管理法实施条例》第四十八条第（三）项"),
    ("行政处罚法 Art. 48(2)", "《中华人民共和国行政处罚法》第四十八条第二款"),
    ("行政处罚法 Art. 58 ¶2", "《中华人民共和国行政处罚法》第五十八条第二款"),
    ("12号令 Art. 31–32", "《自然资源行政处罚办法》第三十一条至第三十二条"),
    ("行政处罚法 Art. 57, 60", "《中华人民共和国行政处罚法》第五十七条、第六十条"),
    ("行政诉讼法 Art. 101", "《中华人民共和国行政诉讼法》第一百零一条"),
])
def test_a_ground_is_cited_in_full(chinese, ground, cited):
    assert wording.ground_text(ground) == cited


@pytest.mark.parametrize("ground, cited", [
    ("53号令 第14(2)、15条", "《闲置土地处置办法》第十四条第（二）项、第十五条"),
    ("53号令 第2、9–11条", "《闲置土地处置办法》第二条、第九条至第十一条"),
    ("53号令 第15条；行政处罚法 第64条", "《闲置土地处置办法》第十五条；《中华人民共和国行政处罚法》第六十四条"),
    ("土地管理法 第54条；城市房地产管理法", "《中华人民共和国土地管理法》第五十四条；《中华人民共和国城市房地产管理法》"),
    ("土地复垦条例 第31条（设置）", "《土地复垦条例》第三十一条（设置）"),
    ("合同；国土资发〔2010〕34号", "合同；国土资发〔2010〕34号"), ("园区土地资源核查处置方案", "园区土地资源核查处置方案")])
def test_a_ground_of_a_ledgers_pack_is_cited_in_full(chinese, ground, cited):
    assert wording.matter_ground_text(ground) == cited


def test_every_law_of_a_shipped_ledger_is_cited_in_full(chinese):
    grounds = {one.ground for kind in shipped_kinds() for one in [*kind.moves.values(), *kind.terms.values()]}
    short = [said for said in map(wording.matter_ground_text, grounds) if re.search(r"第[\d(]|号令", said)]
    assert len(grounds) > 30 and not short


def test_in_english_it_stays_short():
    assert wording.matter_ground_text("53号令 第14(2)条；合同") == "Measures on Idle Land, Art. 14(2); 合同"

    assert wording.ground_text("行政处罚法 Art. 54") == "Administrative Penalty Law, Art. 54"


@pytest.mark.parametrize("number, said", [(9, "九"), (10, "十"), (12, "十二"), (20, "二十"), (54, "五十四"), (100, "一百"), (105, "一百零五"),
                                          (110, "一百一十"), (228, "二百二十八"), (410, "四百一十")])
def test_numbers_of_articles_are_words(number, said):
    assert chinese_number(number) == said
