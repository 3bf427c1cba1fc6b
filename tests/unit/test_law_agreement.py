"""Agreement of two verdicts against worked examples and its own properties."""
from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, strategies as st

from land_inspector.law.agreement import agreement, drawn, weight_of, wilson


def pairs(table):
    return [pair for pair, n in table.items() for _ in range(n)]


def test_a_worked_example():
    """Fleiss, Cohen and Everitt's formula on 20, 5, 10, 15 (κ = 0.40); the interval from an independent calculation."""
    found = agreement(pairs({("1", "1"): 20, ("1", "2"): 5, ("2", "1"): 10, ("2", "2"): 15}))
    assert (found.pairs, found.agreed, found.share) == (50, 35, 0.7)
    assert found.kappa == pytest.approx(0.4) and (found.kappa_from, found.kappa_to) == pytest.approx((0.1511, 0.6489), abs=2e-4)
    assert found.of("1") == (20, 35) and found.values == ["1", "2"]


@pytest.mark.parametrize("hits, n, expected", [(0, 10, (0.0, 0.2775)), (10, 10, (0.7225, 1.0)), (35, 50, (0.5625, 0.8090))])
def test_the_interval_of_a_share(hits, n, expected):
    assert wilson(hits, n) == pytest.approx(expected, abs=1e-4)


def test_one_verdict_throughout_and_no_pair_give_no_kappa():
    assert agreement(pairs({("1", "1"): 9})).kappa is None and agreement([]).share is None


@given(st.dictionaries(st.tuples(st.sampled_from("123"), st.sampled_from("123")), st.integers(1, 20), min_size=1))
def test_kappa_lies_in_its_interval_and_does_not_ask_who_was_first(table):
    found, turned = agreement(pairs(table)), agreement([(two, one) for one, two in pairs(table)])
    assert found.share_from <= found.share <= found.share_to
    assert (found.kappa is None) == (turned.kappa is None)
    if found.kappa is not None:
        assert found.kappa == pytest.approx(turned.kappa)
        assert found.kappa_from is None or found.kappa_from < found.kappa < found.kappa_to
        assert found.kappa < 1 or found.agreed == found.pairs


@given(st.dictionaries(st.text("abcdef", min_size=1), st.sampled_from(["古城 1", "古城 2", "大洋 1"]), max_size=40), st.integers(0, 50),
       st.integers(0, 5))
def test_a_sample_has_its_size_is_drawn_again_alike_and_leaves_no_stratum_out(strata, size, seed):
    found = drawn(strata, size, seed)
    assert len(found) == min(size, len(strata)) == len(set(found)) and found == drawn(strata, size, seed)
    if min(size, len(strata)) >= len(set(strata.values())):
        assert {strata[key] for key in found} == set(strata.values())
    most = Counter(strata.values())
    assert all(count <= most[name] for name, count in Counter(strata[key] for key in found).items())


def test_what_weighs_most_in_law_comes_first():
    assert weight_of("1", "2", 0, 0) > weight_of("1", "3", 10, 0) and weight_of("2", "2", 0, 5) == 3
