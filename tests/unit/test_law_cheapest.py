"""The cheapest set below a line, against every set there is; exact at the edge; honest where it cannot be reached."""
from __future__ import annotations

import itertools
import random
import sys
import time
from fractions import Fraction

import pytest

from land_inspector.errors import MissingLibraryError
from land_inspector.law import cheapest as module
from land_inspector.law.cheapest import (
    APPROVE, DEMOLISH, Area, Crews, Option, cheapest, curve, fits, is_below, ratio_after, why_in, why_out,
)
from land_inspector.law.rulepack import Label, Threshold

pytest.importorskip("scipy.optimize")


def line(percent, sign=">="):
    return Threshold("l", Label("线", "line"), ("r4",), sign, Fraction(percent))


def every_set(area):
    """Every choice of at most one option for each parcel."""
    parcels = {}
    for option in area.options:
        parcels.setdefault(option.parcel, [None]).append(option)
    for choice in itertools.product(*parcels.values()):
        yield [option for option in choice if option is not None]


def brute(areas, limit, crews=None):
    """The least cost of sets below the line in every area, or None."""
    best = None
    for combined in itertools.product(*(list(every_set(area)) for area in areas)):
        if all(is_below(area, options, limit) for area, options in zip(areas, combined)):
            options = [option for part in combined for option in part]
            if crews is None or fits(crews, options):
                fen = sum(option.fen for option in options)
                best = fen if best is None else min(best, fen)
    return best


def random_area(source, key, parcels, net, months=None):
    options, numerator, legal = [], 0, source.randint(0, 3000)
    for number in range(parcels):
        land = source.randint(1, 400)
        numerator += land
        month = None if months is None else source.randrange(months)
        options.append(Option(f"{key}{number}", DEMOLISH, land, land if net else 0, source.randint(0, 500), month))
        if source.random() < 0.4:
            options.append(Option(f"{key}{number}", APPROVE, land, 0, source.randint(0, 500)))
    return Area(key, numerator, numerator + legal, tuple(options))


@pytest.mark.parametrize("seed", range(60))
def test_the_set_is_the_cheapest_of_all(seed):
    source = random.Random(seed)
    areas = [random_area(source, key, source.randint(1, 5), source.random() < 0.5) for key in "ab"]
    limit = line(source.choice(["8", "9", "10", "15", "0", "33.3", "7.77"]), source.choice([">", ">=", "<", "<="]))
    wanted, answer = brute(areas, limit), cheapest(areas, limit)
    assert answer.is_reached == (wanted is not None)
    if wanted is not None:
        assert answer.fen == wanted == answer.bound_fen
        assert all(is_below(chosen.area, chosen.options, limit) for chosen in answer.areas)


@pytest.mark.parametrize("seed", range(25))
def test_with_crews_it_is_the_cheapest_that_they_can_do(seed):
    source = random.Random(1000 + seed)
    areas = [random_area(source, key, source.randint(1, 4), True, months=3) for key in "ab"]
    limit, crews = line("15", source.choice([">", ">="])), Crews(source.randint(1, 2), 3)
    wanted, answer = brute(areas, limit, crews), cheapest(areas, limit, crews)
    assert fits(crews, [option for chosen in answer.areas for option in chosen.options])
    assert answer.is_reached == (wanted is not None)
    if wanted is not None:
        assert answer.fen == wanted


@pytest.mark.parametrize(("sign", "reached_at_the_line"), [(">=", False), ("<", False), (">", True), ("<=", True)])
def test_a_ratio_on_the_line_is_told_exactly(sign, reached_at_the_line):
    big = 3_000_000 * 10 ** 6
    area = Area("a", 20 * big, 100 * big, (Option("p", DEMOLISH, 5 * big, 0, 7), Option("q", DEMOLISH, 5 * big + 1, 0, 9)))
    answer = cheapest([area], line("15", sign))
    assert [option.parcel for option in answer.areas[0].options] == (["p"] if reached_at_the_line else ["q"])
    assert (answer.areas[0].ratio == Fraction(15, 100)) == reached_at_the_line


def test_one_unit_beyond_what_floats_tell_apart_decides():
    big = 10 ** 17
    area = Area("a", 20 * big, 100 * big, (Option("short", DEMOLISH, 5 * big - 1, 0, 1), Option("enough", DEMOLISH, 5 * big, 0, 1000)))
    answer = cheapest([area], line("15", ">"))
    assert [option.parcel for option in answer.areas[0].options] == ["enough"] and answer.is_optimal


def test_what_cannot_be_reached_says_so_with_the_best_that_can():
    area = Area("a", 100, 200, (Option("p", DEMOLISH, 10, 10, 5), Option("p", APPROVE, 10, 0, 5), Option("q", DEMOLISH, 0, 0, 5)))
    answer = cheapest([area], line("8"))
    assert not answer.is_reached and not answer.areas[0].is_reached
    assert [option.manner for option in answer.areas[0].options] == [APPROVE] and answer.areas[0].ratio == Fraction(90, 200)
    assert "cannot be reached" in str(why_in(answer.areas[0], answer.areas[0].options[0], line("8")))


def test_where_all_land_is_illegal_doing_everything_leaves_nothing_to_divide_by():
    area = Area("a", 30, 30, (Option("p", DEMOLISH, 10, 10, 5), Option("q", DEMOLISH, 20, 20, 5)))
    answer = cheapest([area], line("0", ">="))
    assert answer.is_reached and len(answer.areas[0].options) == 2 and answer.areas[0].ratio is None


def test_an_area_below_the_line_needs_nothing_and_costs_nothing():
    answer = cheapest([Area("a", 1, 100, (Option("p", DEMOLISH, 1, 1, 5),))], line("8"))
    assert answer.is_reached and answer.fen == 0 and answer.areas[0].options == ()


@pytest.mark.parametrize("seed", range(15))
def test_the_runner_up_is_the_cheapest_other_set(seed):
    source = random.Random(77 + seed)
    area = random_area(source, "a", 6, True)
    limit, answer = line("15"), None
    answer = cheapest([area], limit)
    if not answer.is_reached or not answer.areas[0].options:
        return
    others = [sum(option.fen for option in options) for options in every_set(area)
              if set(options) != set(answer.areas[0].options) and is_below(area, options, limit)]
    assert (answer.runner_up is None) == (not others)
    if others:
        assert answer.runner_up.fen == min(others)


def test_reasons_say_why_in_and_why_out():
    area = Area("a", 20, 100, (Option("cheap", DEMOLISH, 6, 0, 1), Option("dear", DEMOLISH, 6, 0, 100)))
    answer = cheapest([area], line("15"))
    (chosen,) = answer.areas
    assert "without it the ratio would be 20.0000 %" in str(why_in(chosen, chosen.options[0], line("15")))
    assert "Dearer" in str(why_out(area.options[1], answer))


def test_the_curve_falls_as_the_line_rises():
    area = random_area(random.Random(5), "a", 10, True)
    points = curve([area], line("15"), [Fraction(percent) for percent in (5, 10, 15, 20, 40, 90)])
    costs = [fen for _percent, fen in points if fen is not None]
    assert costs == sorted(costs, reverse=True) and len(points) == 6


def test_five_thousand_parcels_in_twenty_townships_are_proven_within_ten_seconds_of_work():
    source = random.Random(3)
    areas = []
    for number in range(20):
        options, total = [], 0
        for at in range(250):
            land = source.randint(20, 20_000) * 3_000_000
            total += land
            options.append(Option(f"{number}-{at}", DEMOLISH, land, land, int(land / 3_000_000 * source.uniform(5_000, 30_000)) + 100_000))
        areas.append(Area(str(number), total, int(total * source.uniform(1.5, 6)), tuple(options)))
    start = time.process_time()
    answer = cheapest(areas, line("8", ">"), runner_up=False)
    spent = time.process_time() - start
    assert answer.is_reached and answer.is_optimal
    assert spent < 30  # a slow machine; ten seconds on the one it was written for


def test_without_scipy_it_is_said_clearly(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy", None)
    with pytest.raises(MissingLibraryError, match="SciPy"):
        cheapest([Area("a", 50, 100, (Option("p", DEMOLISH, 50, 50, 1),))], line("8"))
    assert ratio_after(Area("a", 1, 2, ()), ()) == Fraction(1, 2) and module.DEMOLISH == "demolish"
