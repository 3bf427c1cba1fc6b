"""Searching fifty thousand texts at once finds exactly what looking into each of them finds."""
from __future__ import annotations

import numpy as np
from hypothesis import given, strategies as st

from land_inspector.ui.review.parcel_table import SubstringIndex

WORDS = st.text(alphabet="aAbİ村\n ", max_size=6)


@given(st.lists(WORDS, max_size=12), st.text(alphabet="abi村 ", max_size=3))
def test_a_mask_is_what_looking_into_each_text_gives(texts, needle):
    found = SubstringIndex(np.array(texts, dtype=object)).holding(needle)
    assert found.tolist() == [needle in text.lower() for text in texts]


@given(st.lists(WORDS, min_size=3, max_size=8), WORDS)
def test_a_text_put_in_later_is_found_and_the_one_before_no_longer(texts, fresh):
    before = SubstringIndex(np.array(texts, dtype=object))
    before.holding("a")
    after = before.replaced(np.array([1]), np.array([fresh.lower()], dtype=object))
    assert after.holding("a").tolist() == ["a" in text.lower() for text in (texts[0], fresh, *texts[2:])]
    assert before.holding("a").tolist() == ["a" in text.lower() for text in texts]
