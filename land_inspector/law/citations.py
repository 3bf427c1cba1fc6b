"""Laws and articles as Chinese papers cite them: by the full name of the law, 第五十四条, 第四十八条第（三）项."""
from __future__ import annotations

import re
from typing import NamedTuple, Optional, Tuple


class Law(NamedTuple):
    """A law as grounds name it (``short``), in English, and by its full Chinese name."""

    short: str
    en: str
    zh: str


#: Longer names first: a short one may begin a longer one.
LAWS = tuple(Law(*one) for one in (
    ("土地管理法实施条例", "Regulations on the Land Administration Law", "中华人民共和国土地管理法实施条例"),
    ("实施条例", "Regulations on the Land Administration Law", "中华人民共和国土地管理法实施条例"),
    ("土地管理法", "Land Administration Law", "中华人民共和国土地管理法"),
    ("行政处罚法", "Administrative Penalty Law", "中华人民共和国行政处罚法"),
    ("行政强制法", "Administrative Compulsion Law", "中华人民共和国行政强制法"),
    ("行政复议法", "Administrative Reconsideration Law", "中华人民共和国行政复议法"),
    ("行政诉讼法", "Administrative Litigation Law", "中华人民共和国行政诉讼法"),
    ("民事诉讼法", "Civil Procedure Law", "中华人民共和国民事诉讼法"),
    ("刑法", "Criminal Law", "中华人民共和国刑法"),
    ("城市房地产管理法", "Urban Real Estate Administration Law", "中华人民共和国城市房地产管理法"),
    ("土地复垦条例", "Land Reclamation Regulations", "土地复垦条例"),
    ("信访工作条例", "Regulations on Petitions", "信访工作条例"),
    ("53号令", "Measures on Idle Land", "闲置土地处置办法"),
    ("12号令", "Order No. 12 of the Ministry", "自然资源行政处罚办法")))
#: Articles whose numbers in brackets count paragraphs (款); everywhere else they count items (项).
_OF_PARAGRAPHS = frozenset({("行政处罚法", "48"), ("民事诉讼法", "85")})
_DIGITS = "零一二三四五六七八九"


def law_of(text: str) -> Optional[Law]:
    """The law that a text begins with; None where it is none of those known."""
    return next((one for one in LAWS if text.startswith(one.short)), None)


def cited(part: str) -> str:
    """``行政处罚法 Art. 54, 55`` → 《中华人民共和国行政处罚法》第五十四条、第五十五条; empty for a law that is not known."""
    law, _art, articles = part.partition(" Art. ")
    known = law_of(law)
    return "" if known is None else f"《{known.zh}》{_chinese_articles(known.short, re.sub(r'[:：].*', '', articles))}"


_IN_CHINESE = re.compile(r"(?P<law>\S+?)(?: 第(?P<articles>[\d(][\d()、–]*)条)?(?P<aside>（.*）)?")


def of_a_pack(part: str) -> Optional[Tuple[Law, str, str]]:
    """``53号令 第14(2)、15条（设置）``, as the ledgers' packs write: its law, ``14(2), 15`` and what stands aside; None for what is no law."""
    found = _IN_CHINESE.fullmatch(part)
    law = None if found is None else next((one for one in LAWS if found["law"] == one.short), None)
    return None if found is None or law is None else (law, (found["articles"] or "").replace("、", ", "), found["aside"] or "")


def cited_of_a_pack(part: str) -> str:
    """The same as lawyers write it; what is no law of ours stays as it is."""
    found = of_a_pack(part)
    return part if found is None else f"《{found[0].zh}》{_chinese_articles(found[0].short, found[1])}{found[2]}"


def cited_all(ground: str) -> str:
    """A ground of several laws, apart by ；. Codes of our own sources and what has no source are left out."""
    parts = [cited(part.strip()) for part in re.sub(r"\[[^\]]*\]", "", ground).split(";")]
    return "；".join(part for part in parts if part)


def _chinese_articles(law: str, articles: str) -> str:
    """``31–32, 48(3)`` as lawyers write it: 第三十一条至第三十二条、第四十八条第（三）项."""
    said = re.sub(r"(\d+)(?:\s*¶(\d+))?(?:\s*\((\d+)\))?", lambda found: _chinese_article(law, *found.groups()), articles)
    return re.sub(r"\s*[–-]\s*", "至", said).replace(", ", "、")


def _chinese_article(law: str, article: str, paragraph: Optional[str], item: Optional[str]) -> str:
    if item and (law, article) in _OF_PARAGRAPHS:
        paragraph, item = item, None
    said = f"第{chinese_number(int(article))}条"
    said += f"第{chinese_number(int(paragraph))}款" if paragraph else ""
    return said + (f"第（{chinese_number(int(item))}）项" if item else "")


def chinese_number(number: int) -> str:
    """1 to 999 in words: 54 is 五十四, 101 一百零一."""
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    said = f"{_DIGITS[hundreds]}百" if hundreds else ""
    if tens:
        said += "十" if tens == 1 and not hundreds else f"{_DIGITS[tens]}十"
    elif hundreds and ones:
        said += "零"
    return said + (_DIGITS[ones] if ones else "")
