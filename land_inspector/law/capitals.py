"""Money in capitals (大写), as papers and banks write it: 人民币 in 元角分 (支付结算办法, annex 1).

Ours where the rule leaves a choice: nothing after 角; 零 before 角 where the 元 digit is 0.
"""
from __future__ import annotations

from ..errors import InputError

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
