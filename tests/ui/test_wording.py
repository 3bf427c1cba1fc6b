"""Citations as lawyers write them: full names, Chinese numerals, items in brackets, paragraphs only where the article has paragraphs."""
from __future__ import annotations

import pytest

from land_inspector.exchange import wording
from land_inspector.law.citations import chinese_number


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


def test_in_english_it_stays_short():
    assert wording.ground_text("行政处罚法 Art. 54") == "Administrative Penalty Law, Art. 54"


@pytest.mark.parametrize("number, said", [(9, "九"), (10, "十"), (12, "十二"), (20, "二十"), (54, "五十四"), (100, "一百"), (105, "一百零五"),
                                          (110, "一百一十"), (228, "二百二十八"), (410, "四百一十")])
def test_numbers_of_articles_are_words(number, said):
    assert chinese_number(number) == said
