"""Money in capitals against the table of the rule and an independent reading back."""
from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from land_inspector.errors import InputError
from land_inspector.law.papers.wording import MOST_FEN, capitals

TABLE = [
    (2040000, "贰万零肆佰元整"), (140950, "壹仟肆佰零玖元伍角"), (32889000, "叁拾贰万捌仟捌佰玖拾元整"), (1640902, "壹万陆仟肆佰零玖元零贰分"),
    (275820748, "贰佰柒拾伍万捌仟贰佰零柒元肆角捌分"), (10700053, "壹拾万柒仟元零伍角叁分"), (102000000, "壹佰零贰万元整"),
    (10000500000, "壹亿零伍仟元整"), (1000, "壹拾元整"), (5, "伍分"), (100000000000, "壹拾亿元整"), (10000000100, "壹亿零壹元整"), (50, "伍角"),
    (100010001000, "壹拾亿零壹拾万零壹拾元整"), (110000000, "壹佰壹拾万元整"), (10050, "壹佰元零伍角"), (10005, "壹佰元零伍分"), (101, "壹元零壹分"),
]


@pytest.mark.parametrize(("fen", "text"), TABLE)
def test_the_table_of_right_answers(fen, text):
    assert capitals(fen) == text


def read_back(text):
    """The amount in fen that a text in capitals says: a reader that knows nothing of the writer."""
    total = group = digit = fen = 0
    for character in text:
        if character in "零壹贰叁肆伍陆柒捌玖":
            digit = "零壹贰叁肆伍陆柒捌玖".index(character)
        elif character in "拾佰仟":
            group += digit * {"拾": 10, "佰": 100, "仟": 1000}[character]
            digit = 0
        elif character in "万亿":
            total += (group + digit) * {"万": 10 ** 4, "亿": 10 ** 8}[character]
            group = digit = 0
        elif character == "元":
            fen += (total + group + digit) * 100
            total = group = digit = 0
        elif character in "角分":
            fen += digit * {"角": 10, "分": 1}[character]
            digit = 0
    return fen


@given(st.integers(1, MOST_FEN - 1) | st.integers(1, 10 ** 7) | st.integers(1, 10 ** 8).map(lambda n: min(n * 10 ** 6, MOST_FEN - 1)))
def test_every_amount_is_read_back_as_it_was_and_has_no_doubled_zero(fen):
    text = capitals(fen)
    assert read_back(text) == fen
    assert "零零" not in text and not text.startswith("零") and (text.endswith("整") == (fen % 100 == 0))


@pytest.mark.parametrize("fen", [0, -5, MOST_FEN])
def test_what_cannot_be_written_is_refused(fen):
    with pytest.raises(InputError, match="capitals"):
        capitals(fen)
