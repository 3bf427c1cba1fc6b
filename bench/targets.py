"""What the design promised (shared design notes, performance.md §8), each beside what this run reached."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, List, Optional, Sequence

from .overlays import Comparison, Result
from .peers import GEOPANDAS, LOOP, NATIVE_INTERSECTION, NATIVE_OVERLAP, OURS_1, OURS_2, POSTGIS, SEDONADB, Engine

PARCELS = 338_000  # of the county that the targets speak of
Reached = Optional[float]
WALL: Callable[[Result], Reached] = lambda result: result.wall  # noqa: E731 - a name for a column
WORK: Callable[[Result], Reached] = lambda result: result.work  # noqa: E731
COMPUTE: Callable[[Result], Reached] = lambda result: result.compute  # noqa: E731


@dataclass(frozen=True)
class Target:
    """One row: ``reached`` is None where this run did not measure it; ``at_least`` means the engine was stopped.

    ``smaller``: fewer patches or land parcels than the target speaks of. ``by_cpu``: the ratio of
    the CPU times, which a busy machine distorts less.
    """

    scenario: str
    against: str
    target: str
    reached: Reached
    met: bool
    unit: str = "×"
    at_least: bool = False
    smaller: bool = False
    by_cpu: Reached = None


@dataclass(frozen=True)
class _Ratio:
    """Their time over ours. Ours always includes reading; theirs does not where ``theirs`` is COMPUTE."""

    layers: str
    patches: int
    meant: int
    ours: Engine
    peer: Engine
    least: float
    theirs: Callable[[Result], Reached]
    mine: Callable[[Result], Reached]

    def row(self, found: Sequence[Comparison], parcels: int) -> Target:
        scenario = f"{self.patches:,} × {self.layers}, {self.ours.threads} thread{'s' * (self.ours.threads > 1)}".replace(",", " ", 1)
        same = [c for c in found if (c.overlay.layers, c.overlay.patches) == (self.layers, self.patches) and self.peer.name in c.results]
        reached, stopped = self._reached(same[0]) if same else (None, False)
        met = reached is not None and reached >= self.least
        return Target(scenario, self.peer.name, f"≥ {self.least:g}", reached, met, at_least=stopped,
                      smaller=self.patches < self.meant or parcels < PARCELS, by_cpu=self._by_cpu(same[0]) if same else None)

    def _reached(self, comparison: Comparison) -> tuple:
        ours, peer = self.mine(comparison.of(self.ours)), comparison.of(self.peer)
        stopped = next((run.wall for run in peer.runs if run.stopped), None)
        value = stopped or self.theirs(peer)
        return (value / ours if value and ours else None), bool(stopped)

    def _by_cpu(self, comparison: Comparison) -> Reached:
        ours, peer = comparison.of(self.ours).cpu, comparison.of(self.peer).cpu
        return peer / ours if peer and ours and not self.peer.ours else None


def _ratios(ten_thousand: int) -> List[_Ratio]:
    """The table of targets; ``ten_thousand`` is what a run has in place of 10 000 patches."""
    six, five, one = ("ABCDEF", ten_thousand, 10_000), ("ABCDE", ten_thousand, 10_000), ("A", ten_thousand, 10_000)
    many, few = ("A", 100_000, 100_000), ("A", 1_000, 1_000)
    return [
        _Ratio(*six, OURS_2, NATIVE_INTERSECTION, 7, WALL, WALL),
        _Ratio(*six, OURS_2, NATIVE_OVERLAP, 15, WALL, WALL),
        _Ratio(*six, OURS_2, LOOP, 7, WALL, WALL),
        _Ratio(*five, OURS_1, GEOPANDAS, 3, COMPUTE, WORK),
        _Ratio(*five, OURS_1, SEDONADB, 1.5, COMPUTE, WORK),
        _Ratio(*five, OURS_1, POSTGIS, 4, WORK, WORK),
        _Ratio(*one, OURS_2, NATIVE_INTERSECTION, 3, WALL, WALL),
        _Ratio(*many, OURS_1, NATIVE_INTERSECTION, 3, WALL, WALL),
        _Ratio(*few, OURS_2, NATIVE_INTERSECTION, 5, WORK, WORK),
        _Ratio(*few, OURS_2, NATIVE_OVERLAP, 8, WORK, WORK),
        _Ratio(*five, OURS_2, OURS_1, 1.4, WORK, WORK),
    ]


def targets(found: Sequence[Comparison], parcels: int) -> List[Target]:
    """Every row; a run without 10 000 patches shows what it reached with those it has. ``parcels`` of the county."""
    most = max(comparison.overlay.patches for comparison in found)
    rows = [ratio.row(found, parcels) for ratio in _ratios(min(most, 10_000))]
    return rows + [row for comparison in found for row in _against_naive(comparison, parcels)]


def _against_naive(comparison: Comparison, parcels: int) -> List[Target]:
    if comparison.naive is None or not comparison.naive.good:
        return []
    title = f"{comparison.overlay.patches:,} × {comparison.overlay.layers}".replace(",", " ")
    worst = comparison.naive.worst()
    rows = [Target(title, "naive GEOS, largest disagreement", "≤ 1e-4", worst and worst[0], bool(worst and worst[0] <= 1e-4), "m²")]
    floor, ours = comparison.naive.runs[0].told["seconds"].get("floor"), comparison.of(OURS_1).work
    if comparison.overlay.layers == "A" and floor and ours:
        share = 100 * floor / ours
        rows.append(Target(title + ", 1 thread", "GEOS overlays that cannot be avoided, of our work", "≥ 70", share, share >= 70, "%",
                           smaller=comparison.overlay.patches < 10_000 or parcels < PARCELS))
    return rows
