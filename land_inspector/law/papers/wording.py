"""How figures, days, articles and numbers stand in a Chinese paper (GB/T 9704-2012 and what courts and file reviews ask).

Areas in m² with mu beside, mu from the unrounded m²; money in figures and in capitals; days in full; articles by the law's full name.
"""
from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Dict, Iterable, List, Mapping, NamedTuple, Optional, Tuple

from ...errors import InputError
from ..areas import m2_text, mu_text, yuan


# Laws and articles as Chinese papers cite them: by the full name of the law, 第五十四条, 第四十八条第（三）项.

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
_NUMERALS = "零一二三四五六七八九"


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
    said = f"{_NUMERALS[hundreds]}百" if hundreds else ""
    if tens:
        said += "十" if tens == 1 and not hundreds else f"{_NUMERALS[tens]}十"
    elif hundreds and ones:
        said += "零"
    return said + (_NUMERALS[ones] if ones else "")


# Money in capitals (大写), as papers and banks write it: 人民币 in 元角分 (支付结算办法, annex 1).
#
# Ours where the rule leaves a choice: nothing after 角; 零 before 角 where the 元 digit is 0.

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_POWERS = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿")
#: Ten to the twelfth yuan and more are refused.
MOST_FEN = 10 ** 14


def capitals(fen: int) -> str:
    """An amount in fen as capitals without 人民币: 2040000 → 贰万零肆佰元整. InputError outside 1 fen … 10¹² yuan."""
    if not 0 < fen < MOST_FEN:
        raise InputError("{amount} yuan cannot be written in capitals.", "Give an amount between 0.01 and 999 999 999 999.99 yuan.",
                         amount=fen / 100)
    yuan, jiao, cents = fen // 100, fen // 10 % 10, fen % 10
    whole = f"{_whole(yuan)}元" if yuan else ""
    if not jiao and not cents:
        return whole + "整"
    if jiao:
        between = "零" if yuan and yuan % 10 == 0 else ""
        return whole + between + f"{_DIGITS[jiao]}角" + (f"{_DIGITS[cents]}分" if cents else "")
    return whole + ("零" if yuan else "") + f"{_DIGITS[cents]}分"


def _whole(number: int) -> str:
    """Groups of four digits, the highest first; a 零 where a group is skipped or does not fill its thousands."""
    groups = [number // 10 ** (4 * place) % 10 ** 4 for place in (2, 1, 0)]
    text, is_skipped = "", False
    for place, group in zip((2, 1, 0), groups):
        if not group:
            is_skipped = bool(text)
            continue
        if text and (is_skipped or group < 1000):
            text += "零"
        text, is_skipped = text + _group(group) + _GROUPS[place], False
    return text


def _group(group: int) -> str:
    text, is_zero = "", False
    for place in (3, 2, 1, 0):
        digit = group // 10 ** place % 10
        if digit:
            text += ("零" if is_zero and text else "") + _DIGITS[digit] + _POWERS[place]
        is_zero = digit == 0
    return text


_YEAR_DIGITS = "〇一二三四五六七八九"
LAND_LAW, RULES_2021 = "《中华人民共和国土地管理法》", "《中华人民共和国土地管理法实施条例》"
#: From these days on the law and its implementing rules of today hold.
_LAND_LAW_2019, _RULES_OF_2021 = date(2020, 1, 1), date(2021, 9, 1)
#: Article of the law of 2019 → of the rules of 2021; and → of the law of 2004, of the rules of 1998 (domain.md §4.2).
_RULES = {"37": 51, "74": 54, "75": 55, "76": 56, "77": 57, "81": 59, "82": 60}
_OLD_LAW, _OLD_RULES = {"74": 73, "75": 74, "76": 75, "77": 76, "78": 77, "81": 80, "82": 81}, {"74": 38, "75": 40, "77": 42}


#: WFLX → what was done, before the area; "" where nobody says. Of what stands not here a person must write the sentence.
DEEDS = {**dict.fromkeys(("", "01"), "未经依法批准，擅自占用{}土地"), "02": "未经依法批准，非法转让{}土地", "03": "擅自破坏{}耕地的种植条件，面积"}


def article_text(article: str) -> str:
    """第七十七条, 第七十七条第一款 (``77.1``), 第六条第二款第三项 (``6.2.3``); a text that is no number is left as it is."""
    parts = article.split(".")
    if not all(part.isdigit() and 0 < int(part) < 1000 for part in parts) or len(parts) > 3:
        return article
    units = ("第{}条", "第{}款", "第{}项")
    return "".join(unit.format(chinese_number(int(part))) for unit, part in zip(units, parts))


def penalty_ground(article: Optional[str], violated_on: Optional[date]) -> Optional[str]:
    """The articles under which a violation of that day is punished, by the full names of the laws: law and rules of that day
    (行政处罚法 Art. 37). None where the article is not known."""
    head = str(article or "").partition(".")[0]
    if not head.isdigit():
        return None
    if head == "52":
        return f"{RULES_2021}{article_text(str(article))}"
    day = violated_on or _RULES_OF_2021
    if day >= _LAND_LAW_2019:
        law = f"{LAND_LAW}{article_text(str(article))}"
    else:
        law = f"《中华人民共和国土地管理法》（2004年修正）{article_text(str(_OLD_LAW[head]))}" if head in _OLD_LAW else None
    if day >= _RULES_OF_2021:
        rules = f"{RULES_2021}{article_text(str(_RULES[head]))}" if head in _RULES else None
    else:
        rules = f"《中华人民共和国土地管理法实施条例》（2014年修订）{article_text(str(_OLD_RULES[head]))}" if head in _OLD_RULES else None
    return "、".join(one for one in (law, rules) if one) or None


def day_text(day: Optional[date], in_capitals: bool = False) -> Optional[str]:
    """2026年9月1日; ``in_capitals`` 二〇二六年九月一日. None for no day."""
    if day is None:
        return None
    if not in_capitals:
        return f"{day.year}年{day.month}月{day.day}日"
    year = "".join(_YEAR_DIGITS[int(digit)] for digit in str(day.year))
    return f"{year}年{chinese_number(day.month)}月{chinese_number(day.day)}日"


def day_of_text(text: Optional[str]) -> Optional[date]:
    """A stored ISO day; None for nothing, and for a month or a year where no more is known."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def stored_day_text(text: Optional[str]) -> Optional[str]:
    """A stored day as a paper writes it; of a month or a year so much as is known."""
    if not text:
        return None
    day = day_of_text(text)
    if day is not None:
        return day_text(day)
    found = re.fullmatch(r"(\d{4})(?:-?(\d{1,2}))?", text)
    if found is None:
        return text
    return f"{found[1]}年{int(found[2])}月" if found[2] else f"{found[1]}年"


def moment_text(text: Optional[str]) -> Optional[str]:
    """2026年6月1日9时30分. None for no moment."""
    if not text:
        return None
    day = day_text(day_of_text(text[:10]))
    return f"{day}{int(text[11:13])}时{int(text[14:16])}分" if day and len(text) >= 16 and text[11:13].isdigit() else day or text


def area_text(area_m2: Optional[float]) -> Optional[str]:
    """3000.00平方米（4.50亩）. None where nobody measured it."""
    return None if area_m2 is None else f"{m2_text(area_m2)}平方米（{mu_text(area_m2)}亩）"


def building_text(area_m2: Optional[float]) -> Optional[str]:
    """A building area: never in mu, since it is no land."""
    return None if area_m2 is None else f"{m2_text(area_m2)}平方米"


def money_figures(fen: int) -> str:
    """328890元; cents only where there are any."""
    amount = yuan(fen)
    return f"{amount:.0f}元" if fen % 100 == 0 else f"{amount}元"


def money_text(fen: Optional[int]) -> Optional[str]:
    """328890元（大写：人民币叁拾贰万捌仟捌佰玖拾元整）. None for no amount."""
    if not fen:
        return None
    return f"{money_figures(fen)}（大写：人民币{capitals(fen)}）"


def people_text(names: Iterable[Optional[str]]) -> Optional[str]:
    """Names one after the other; None where there are none."""
    known = [name for name in names if name]
    return "、".join(known) or None


# --- numbers of papers ----------------------------------------------------------------------------------------------------

#: As GB/T 9704 asks: the year in full in brackets 〔〕, no leading zeros, no 第.
USUAL_PATTERN = "{organ}{word}〔{year}〕{n}号"
_OPEN, _CLOSE = "[〔（(【［\\[]", "[〕）)】］\\]]"
_PLACES = {"{organ}": "organ", "{word}": "word", "{year}": "year", "{n}": "n",
           "{代字}": "organ", "{字}": "word", "{年}": "year", "{号}": "n"}


@dataclass(frozen=True)
class Scheme:
    """How an office numbers its papers. ``patterns`` by the code of a paper, "" for all others; ``words`` the sign of a kind of paper
    (罚, 告); ``starts`` the first number of a series that an office goes on with."""

    organ: str = ""
    patterns: Tuple[Tuple[str, str], ...] = ()
    words: Tuple[Tuple[str, str], ...] = ()
    starts: Tuple[Tuple[str, int], ...] = ()

    def pattern(self, paper: str) -> str:
        """The pattern of a paper; the usual one where the office says nothing."""
        known = dict(self.patterns)
        return known.get(paper) or known.get("") or USUAL_PATTERN

    def series(self, paper: str, word: str, year: int) -> "Series":
        """The series from which this paper takes its number in a year."""
        own = dict(self.words).get(paper, word)
        filled = self.pattern(paper)
        for place, name in _PLACES.items():
            if name != "n":
                filled = filled.replace(place, {"organ": self.organ, "word": own, "year": str(year)}[name])
        return Series(filled.replace("{号}", "{n}"), year, dict(self.starts).get(paper, 1))


@dataclass(frozen=True)
class Series:
    """Papers that are counted together: a pattern in which only ``{n}`` is left open."""

    pattern: str
    year: int
    first: int = 1

    def number(self, n: int) -> str:
        """The number as it stands in the paper: no leading zeros."""
        return self.pattern.replace("{n}", str(n))

    def place_of(self, text: str) -> Optional[int]:
        """Which place a number that somebody wrote has in this series, whatever its brackets and zeros; None where it is of another."""
        before, _mark, after = self.pattern.partition("{n}")
        found = re.fullmatch(f"{_loosely(before)}第?0*(\\d+){_loosely(after)}", "".join(text.split()))
        return int(found[1]) if found else None

    def next_after(self, used: Iterable[int]) -> int:
        """The number after the highest that was ever given: one that was voided stays a number that was given."""
        return max([self.first - 1, *used]) + 1


def _loosely(text: str) -> str:
    """A regular expression for a part of a pattern in which one bracket counts as any other."""
    return "".join(_OPEN if sign in "〔（(【［[" else _CLOSE if sign in "〕）)】］]" else re.escape(sign) for sign in text)


def pattern_problem(pattern: str) -> Optional[str]:
    """What is wrong with a pattern an office wrote: the place that is missing or unknown; None where it is right."""
    names = [_PLACES.get(place, place) for place in re.findall(r"\{[^{}]*\}", pattern)]
    unknown = next((name for name in names if name not in _PLACES.values()), None)
    missing = next((name for name in ("year", "n") if name not in names), None)
    return unknown or ("{" + missing + "}" if missing else None)


# --- what the public may read -----------------------------------------------------------------------------------------------

def masked_name(name: str) -> str:
    """A natural person's name as decisions are published: the surname stays (张某, 李某某)."""
    plain = name.strip()
    return plain[:1] + "某" * max(1, min(len(plain) - 1, 2)) if plain else plain


def masked_place(address: str) -> str:
    """An address as far as the village, else the township, else the county: what lies below would lead to a door."""
    levels = ("村|社区|居委会", "镇|乡|街道", "县|区|市|旗|州|省")
    found = next((match for match in (re.match(f".*?(?:{level})", address) for level in levels) if match), None)
    return f"{found.group(0)}＊＊" if found else "＊＊"


def doors_of(address: str) -> Dict[str, str]:
    """An address, whole and by its last place alone, with what the public may read of each."""
    shown = masked_place(address)
    tail = address[len(shown) - 2:] if shown.endswith("＊＊") else ""
    last = re.search("[^省市县区旗州镇乡道]{1,8}$", shown[:-2])
    found = {address: shown} if tail else {}
    return {**found, **({last.group() + tail: last.group() + "＊＊"} if tail and last else {})}


def shares(parts: Mapping[str, Optional[float]]) -> List[str]:
    """Areas by their name, those that are nothing left out: 耕地800.00平方米（1.20亩）."""
    return [f"{name}{area_text(area)}" for name, area in parts.items() if area]
