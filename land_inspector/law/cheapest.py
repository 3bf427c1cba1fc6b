"""The cheapest way under a line: which parcels, rectified by the cut-off, bring each area below it at the least cost.

A ratio (N − Σa)/(D − Σb) below p/q is Σ(q·a − p·b) ≥ q·N − p·D, in whole numbers of the exact units of areas: a covering problem, solved
by SciPy's HiGHS. HiGHS computes with floats, so what it answers is held against the whole numbers: a set that falls short is cut off
(with every part of it) and asked for again, and a bound that it proves holds for the exact problem, whose sets are all among its own.
Costs are whole fen.
"""
from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Dict, FrozenSet, List, Mapping, Optional, Sequence, Tuple

from ..errors import Message, MissingLibraryError, message
from .rulepack import Threshold

DEMOLISH, APPROVE = "demolish", "approve"
#: The largest coefficient of a constraint handed to HiGHS, whose tolerance of feasibility is 1e-6.
_SCALE = 1e5
_MOST_CUTS = 200


@dataclass(frozen=True)
class Option:
    """One way to rectify one parcel: what leaves the numerator and the denominator (exact units), what it costs, and in which month
    (0 is the first) its crew can begin at the earliest; None where it needs no crew."""

    parcel: str
    manner: str
    numerator: int
    denominator: int
    fen: int
    month: Optional[int] = None


@dataclass(frozen=True)
class Area:
    """A township or the county: its ratio as it stands (exact units), and what could be done in it."""

    key: str
    numerator: int
    denominator: int
    options: Tuple[Option, ...]


@dataclass(frozen=True)
class Crews:
    """So many parcels a month can be taken on, in so many months up to the cut-off."""

    per_month: int
    months: int


@dataclass(frozen=True)
class Chosen:
    """What is done in one area, and the ratio that this leaves (None: nothing to divide by)."""

    area: Area
    options: Tuple[Option, ...]
    is_reached: bool

    @property
    def fen(self) -> int:
        """What it costs in this area, in fen."""
        return sum(option.fen for option in self.options)

    @property
    def ratio(self) -> Optional[Fraction]:
        """Exact; None where nothing is left to divide by."""
        return ratio_after(self.area, self.options)


@dataclass(frozen=True)
class Answer:
    """``bound_fen`` is proven: no set that reaches the line in every area where it can be reached costs less. ``runner_up`` is the
    best other set, as the area in which it differs and what is done there instead; None where there is no other."""

    areas: Tuple[Chosen, ...]
    bound_fen: int
    runner_up: Optional[Chosen] = None
    prices: Mapping[str, float] = field(default_factory=dict)

    @property
    def fen(self) -> int:
        """What it costs in all areas together, in fen."""
        return sum(chosen.fen for chosen in self.areas)

    @property
    def is_reached(self) -> bool:
        """Whether every area comes below its line."""
        return all(chosen.is_reached for chosen in self.areas)

    @property
    def is_optimal(self) -> bool:
        """Whether no cheaper set exists: the cost is at the proven bound."""
        return self.bound_fen >= self.fen


def ratio_after(area: Area, options: Sequence[Option]) -> Optional[Fraction]:
    """The area's ratio when these options are done; None where nothing is left to divide by (R44)."""
    left = area.denominator - sum(option.denominator for option in options)
    return Fraction(area.numerator - sum(option.numerator for option in options), left) if left else None


def is_below(area: Area, options: Sequence[Option], line: Threshold) -> bool:
    """Whether the line is not breached, exactly; nothing to divide by breaches no line."""
    ratio = ratio_after(area, options)
    return ratio is None or not line.is_breached(ratio)


def needed(area: Area, line: Threshold) -> Tuple[int, List[int]]:
    """What the weights of the chosen options must add up to, and the weight of each, in whole numbers."""
    part = line.percent / 100
    strict = line.sign in (">=", "<")
    weights = [part.denominator * option.numerator - part.numerator * option.denominator for option in area.options]
    return part.denominator * area.numerator - part.numerator * area.denominator + int(strict), weights


def cheapest(areas: Sequence[Area], line: Threshold, crews: Optional[Crews] = None, seconds: float = 60.0,
             runner_up: bool = True) -> Answer:
    """The cheapest set, proven where HiGHS ends within ``seconds``; where an area cannot be brought below, the best that can is done.

    Raises MissingLibraryError where SciPy (1.9 or newer) is not installed.
    """
    until = time.monotonic() + seconds
    groups = [tuple(areas)] if crews else [(area,) for area in areas]
    found: List[Chosen] = []
    bound, second, prices = 0, None, {}
    for number, group in enumerate(groups):
        share = max(until - time.monotonic(), 0.5) / (len(groups) - number)
        solved = _Group(group, line, crews).solved(share)
        found += solved.areas
        bound += solved.bound_fen
        prices.update(solved.prices)
    if runner_up:
        second = _runner_up(groups, found, line, crews, until)
    return Answer(tuple(found), bound, second, prices)


def _runner_up(groups: Sequence[Sequence[Area]], found: Sequence[Chosen], line: Threshold, crews: Optional[Crews],
               until: float) -> Optional[Chosen]:
    """The other set that costs least more, by the area in which it differs."""
    best: Optional[Tuple[int, Chosen]] = None
    by_key = {chosen.area.key: chosen for chosen in found}
    for group in groups:
        left = until - time.monotonic()
        first = [by_key[area.key] for area in group]
        if left <= 0 or not any(chosen.options and chosen.is_reached for chosen in first):
            continue
        other = _Group(group, line, crews, besides=frozenset(option for chosen in first for option in chosen.options)).solved(left)
        if other.is_complete:
            more = sum(chosen.fen for chosen in other.areas) - sum(chosen.fen for chosen in first)
            changed = next((one for one, before in zip(other.areas, first) if set(one.options) != set(before.options)), None)
            if changed is not None and (best is None or more < best[0]):
                best = (more, changed)
    return best[1] if best else None


@dataclass(frozen=True)
class _Solved:
    areas: List[Chosen]
    bound_fen: int
    prices: Mapping[str, float]
    is_complete: bool = True


class _Group:
    """Areas that are solved together because they share crews, or one area alone."""

    def __init__(self, areas: Sequence[Area], line: Threshold, crews: Optional[Crews], besides: Optional[FrozenSet[Option]] = None):
        self.areas, self.line, self.crews, self.besides = areas, line, crews, besides
        self.options = [option for area in areas for option in area.options]
        self.needs = {area.key: needed(area, line) for area in areas}

    def solved(self, seconds: float) -> _Solved:
        reachable = {area.key: self._can_be_reached(area) for area in self.areas}
        whole = {area.key: self._most(area) for area in self.areas if reachable[area.key] is not True}
        if not self.crews:
            done = [Chosen(area, whole[area.key], bool(reachable[area.key] == "all")) for area in self.areas if area.key in whole]
            rest = [area for area in self.areas if area.key not in whole]
            if not rest:
                return _Solved(done, sum(one.fen for one in done), {}, self.besides is None)
            found = self._by_highs(rest, seconds)
            return found if not done else _Solved([*found.areas, *done], found.bound_fen + sum(one.fen for one in done), found.prices)
        return self._with_crews(seconds)

    def _can_be_reached(self, area: Area) -> Any:
        """True, or ``"all"`` where only doing everything leaves nothing to divide by, or False."""
        need, _weights = self.needs[area.key]
        most = self._most(area)
        if need <= 0 or self._weight(area, most) >= need:
            return True
        return "all" if is_below(area, most, self.line) else False

    def _most(self, area: Area) -> Tuple[Option, ...]:
        """For each parcel the option that does most for the ratio, the cheaper of equals; none that does nothing."""
        _need, weights = self.needs[area.key]
        best: Dict[str, Tuple[int, int, Option]] = {}
        for option, weight in zip(area.options, weights):
            key = (weight, -option.fen)
            if weight > 0 and (option.parcel not in best or key > best[option.parcel][:2]):
                best[option.parcel] = (*key, option)
        return tuple(one[2] for one in best.values())

    def _weight(self, area: Area, options: Sequence[Option]) -> int:
        weights = dict(zip(area.options, self.needs[area.key][1]))
        return sum(weights[option] for option in options)

    def _with_crews(self, seconds: float) -> _Solved:
        """All areas together; an area that cannot be reached gets what crews are left over, after those that can."""
        open_areas = list(self.areas)
        while open_areas:
            found = self._by_highs(open_areas, seconds)
            if found.is_complete:
                left = [area for area in self.areas if area not in open_areas]
                return _Solved([*found.areas, *self._filled_up(found.areas, left)], found.bound_fen, found.prices)
            if self.besides is not None:
                return found
            open_areas.remove(max(open_areas, key=self._hardest))
        return _Solved(self._filled_up([], list(self.areas)), 0, {})

    def _hardest(self, area: Area) -> Fraction:
        need, weights = self.needs[area.key]
        return Fraction(need, max(sum(weights), 1))

    def _filled_up(self, done: Sequence[Chosen], areas: Sequence[Area]) -> List[Chosen]:
        """The best that crews left over can do in areas that stay above the line: the heaviest parcels first."""
        taken = [option for chosen in done for option in chosen.options]
        found = []
        for area in areas:
            weights = dict(zip(area.options, self.needs[area.key][1]))
            mine: List[Option] = []
            for option in sorted(self._most(area), key=lambda one: -weights[one]):
                if not self.crews or fits(self.crews, [*taken, option]):
                    mine.append(option)
                    taken.append(option)
            found.append(Chosen(area, tuple(mine), is_below(area, mine, self.line)))
        return found

    def _by_highs(self, areas: Sequence[Area], seconds: float) -> _Solved:
        options = [option for area in areas for option in area.options]
        if not options:
            done = [Chosen(area, (), is_below(area, (), self.line)) for area in areas]
            return _Solved(done, 0, {}, self.besides is None and all(one.is_reached for one in done))
        model = _Model(options, self.crews)
        for area in areas:
            need, weights = self.needs[area.key]
            if need > 0:
                model.cover({option: weight for option, weight in zip(area.options, weights)}, need)
        if self.besides is not None:
            model.differ(self.besides)
        until, prices = time.monotonic() + seconds, model.prices()
        for _cut in range(_MOST_CUTS):
            chosen, bound = model.solve(max(until - time.monotonic(), 0.1))
            if chosen is None:
                return _Solved([], bound, prices, False)
            short = [area for area in areas if not is_below(area, [one for one in chosen if one in set(area.options)], self.line)]
            if not short:
                answers = [Chosen(area, tuple(one for one in area.options if one in chosen), True) for area in areas]
                exact = sum(one.fen for one in answers)
                return _Solved(answers, min(exact, bound), prices)
            for area in short:
                model.more_than({one for one in area.options if one in chosen}, area.options)
        return _Solved([], bound, prices, False)


def fits(crews: Crews, options: Sequence[Option]) -> bool:
    """Whether so many parcels can be taken on, each from its month on, before the months are over."""
    waiting = [option.month for option in options if option.month is not None]
    return all(sum(month >= first for month in waiting) <= crews.per_month * max(crews.months - first, 0)
               for first in {*waiting, crews.months})


class _Model:
    """The programme as HiGHS takes it: one yes or no for each option."""

    def __init__(self, options: Sequence[Option], crews: Optional[Crews]):
        self._scipy, self._numpy = _libraries()
        self.options = list(options)
        self._at = {option: place for place, option in enumerate(self.options)}
        self._rows: List[Tuple[Dict[int, float], float, float]] = []
        self._covers: List[Tuple[Dict[int, float], float]] = []
        parcels: Dict[str, List[int]] = {}
        for place, option in enumerate(self.options):
            parcels.setdefault(option.parcel, []).append(place)
        for places in parcels.values():
            if len(places) > 1:
                self._rows.append(({place: 1.0 for place in places}, -math.inf, 1.0))
        for first in sorted({option.month for option in self.options if option.month is not None}) if crews else ():
            later = {place: 1.0 for place, option in enumerate(self.options) if option.month is not None and option.month >= first}
            self._rows.append((later, -math.inf, float(crews.per_month * max(crews.months - first, 0))))

    def cover(self, weights: Mapping[Option, int], need: int) -> None:
        """Weights beyond the need are cut to it, which changes no answer and helps the floats."""
        kept = {self._at[option]: min(weight, need) for option, weight in weights.items() if weight > 0}
        scale = _SCALE / need
        row = {place: float(weight * Fraction(scale)) for place, weight in kept.items()}
        self._rows.append((row, _SCALE, math.inf))
        self._covers.append((row, _SCALE))

    def differ(self, chosen: FrozenSet[Option]) -> None:
        row = {place: -1.0 if option in chosen else 1.0 for place, option in enumerate(self.options)}
        self._rows.append((row, 1.0 - sum(option in chosen for option in self.options), math.inf))

    def more_than(self, short: Sequence[Option], among: Sequence[Option]) -> None:
        """These do not suffice, and no part of them does: something else among the area's options is needed."""
        taken = set(short)
        self._rows.append(({self._at[option]: 1.0 for option in among if option not in taken}, 1.0, math.inf))

    def solve(self, seconds: float) -> Tuple[Optional[FrozenSet[Option]], int]:
        """The chosen options (None where there are none) and a proven bound in fen."""
        np, optimize = self._numpy, self._scipy
        cost = np.array([float(option.fen) for option in self.options])
        result = optimize.milp(cost, integrality=np.ones(len(cost)), bounds=optimize.Bounds(0, 1), constraints=self._constraints(),
                               options={"mip_rel_gap": 0.0, "time_limit": seconds})
        bound = 0 if result.mip_dual_bound is None or not math.isfinite(result.mip_dual_bound) else result.mip_dual_bound
        if result.x is None:
            return None, max(math.ceil(bound - 1e-3), 0)
        chosen = frozenset(option for option, value in zip(self.options, result.x) if value > 0.5)
        return chosen, max(math.ceil(bound - 1e-3), 0)

    def prices(self) -> Dict[str, float]:
        """For each parcel what its cost is to what it does for the line (fen for a whole need): the lower, the sooner it is taken."""
        found: Dict[str, float] = {}
        for row, need in self._covers:
            for place, weight in row.items():
                option = self.options[place]
                price = option.fen * need / weight
                found[option.parcel] = min(found.get(option.parcel, math.inf), price)
        return found

    def _constraints(self) -> List[Any]:
        if not self._rows:
            return []
        from scipy.sparse import csr_matrix

        data, columns, starts = [], [], [0]
        for row, _low, _high in self._rows:
            data += row.values()
            columns += row.keys()
            starts.append(len(data))
        matrix = csr_matrix((data, columns, starts), shape=(len(self._rows), len(self.options)))
        return [self._scipy.LinearConstraint(matrix, [row[1] for row in self._rows], [row[2] for row in self._rows])]


def _libraries() -> Tuple[Any, Any]:
    try:
        import numpy
        from scipy import optimize

        optimize.milp
    except (ImportError, AttributeError) as error:
        raise MissingLibraryError("SciPy 1.9 or newer is not installed; the cheapest set cannot be computed without it.",
                                  "Install it as the READMEs say for the optional libraries.") from error
    return optimize, numpy


def curve(areas: Sequence[Area], line: Threshold, percents: Sequence[Fraction], crews: Optional[Crews] = None,
          seconds: float = 20.0) -> List[Tuple[Fraction, Optional[int]]]:
    """The cost in fen of lines at other places, None where they cannot be reached."""
    found = []
    until = time.monotonic() + seconds
    for number, percent in enumerate(percents):
        moved = Threshold(line.code, line.name, line.indicators, line.sign, percent)
        answer = cheapest(areas, moved, crews, max(until - time.monotonic(), 0.2) / (len(percents) - number), runner_up=False)
        found.append((percent, answer.fen if answer.is_reached else None))
    return found


def why_in(chosen: Chosen, option: Option, line: Threshold) -> Message:
    """Why a parcel belongs to the set: what the ratio would be without it."""
    rest = [other for other in chosen.options if other is not option]
    ratio = ratio_after(chosen.area, rest)
    percent = "—" if ratio is None else f"{float(ratio * 100):.4f}"
    if chosen.is_reached and not is_below(chosen.area, rest, line):
        return message("In the set: without it the ratio would be {percent} %, on the wrong side of the line.", percent=percent)
    return message("In the set: the line cannot be reached, and this lowers the ratio.")


def why_out(option: Option, answer: Answer) -> Message:
    """Why a parcel that could be rectified stays out."""
    price, dearest = answer.prices.get(option.parcel), max(
        (answer.prices[one.parcel] for chosen in answer.areas for one in chosen.options if one.parcel in answer.prices), default=0.0)
    if price is None:
        return message("Not needed: its area is below the line already, or it does nothing for the ratio.")
    if price > dearest:
        return message("Dearer for what it does to the ratio than anything in the set.")
    return message("Not needed: together with the set it would do more than the line asks for.")
