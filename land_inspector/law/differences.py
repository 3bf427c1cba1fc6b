"""Why an indicator differs between two states: patch by patch, with the reason and what it added or took away.

The two states may be two moments, two days, or the register against an official export. Contributions are exact, so the
differences of the patches always add up to the difference of the sums.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, FrozenSet, List, Optional, Tuple

import pandas as pd

from ..errors import InputError, Message, message
from .areas import UNITS_PER_M2
from .indicators import Ratio, contributions, verified_set
from .rulepack import NET, RulePack

NEW_PATCH, GONE_PATCH, SPLIT, MERGED, VERDICT, ILLEGAL_AREA, ACCEPTED, REOPENED, DEDUCTION, MEASURED, BASIS, MOVED = (
    "new_patch", "gone_patch", "split", "merged", "verdict", "illegal_area", "accepted", "reopened", "deduction", "measured",
    "basis", "moved")
REASONS: Dict[str, Message] = {
    NEW_PATCH: message("new patch"), GONE_PATCH: message("patch gone"), SPLIT: message("split"), MERGED: message("merged"),
    VERDICT: message("verdict changed"), ILLEGAL_AREA: message("illegal area changed"),
    ACCEPTED: message("rectification accepted"), REOPENED: message("rectification undone"), DEDUCTION: message("deduction changed"),
    MEASURED: message("measured again (layer replaced)"),
    BASIS: message("issued again with changes"), MOVED: message("counted in another township")}
# which contributions make the numerator and the denominator of a ratio, and the sign of each
PARTS: Dict[str, Tuple[Dict[str, int], Dict[str, int]]] = {
    "r1": ({"illegal_units": 1}, {"base_units": 1}),
    "r2": ({"illegal_cultivated_units": 1}, {"construction_cultivated_units": 1}),
    "r3": ({"illegal_units": 1, "r3_units": -1}, {"base_units": 1, "denominator_units": -1}),
    "r4": ({"illegal_cultivated_units": 1, "r4_units": -1}, {"construction_cultivated_units": 1, "denominator_cultivated_units": -1}),
    "r5": ({"open_units": 1}, {"illegal_units": 1}), "r6": ({"open_cultivated_units": 1}, {"illegal_cultivated_units": 1})}
MEASURED_COLUMNS = ("DKMJ", "GDMJ", "JBNTMJ")
ILLEGAL_COLUMNS = ("WFMJ", "WFGD", "WFJBNT")
VERDICT_COLUMNS = ("PDJL1", "PDJL2")


@dataclass(frozen=True)
class State:
    """The frames of one state (see :mod:`.indicators`)."""

    parcels: pd.DataFrame
    remedies: Optional[pd.DataFrame] = None


@dataclass(frozen=True)
class Difference:
    """One patch. Exact units; ``reasons`` are codes of :data:`REASONS`."""

    patch_id: str
    number: str
    township: Optional[str]
    reasons: Tuple[str, ...]
    numerator_units: int
    denominator_units: int

    @property
    def numerator_m2(self) -> float:
        """What the patch adds to the numerator in m²; negative where it takes away."""
        return self.numerator_units / UNITS_PER_M2

    @property
    def denominator_m2(self) -> float:
        """What the patch adds to the denominator in m²; negative where it takes away."""
        return self.denominator_units / UNITS_PER_M2


@dataclass(frozen=True)
class DifferenceReport:
    """An indicator in two states, and every patch that made the difference (the largest first)."""

    indicator: str
    before: Ratio
    after: Ratio
    patches: Tuple[Difference, ...]


def differences(before: State, after: State, indicator: str, pack: RulePack, township: Optional[str] = None) -> DifferenceReport:
    """Explain a ratio (r1–r6, in the pack's denominator mode) of the county or of one township between two states.

    Raises :class:`InputError` for an unknown ratio, and for r5 and r6 without remedies.
    """
    if indicator not in PARTS:
        raise InputError("There is no ratio {indicator}.", "Known are {known}.", indicator=indicator, known=", ".join(PARTS))
    old, new = _table(before, indicator, pack), _table(after, indicator, pack)
    sums = [_by_patch(table, township) for table in (old, new)]
    patch_ids = sums[0].index.union(sums[1].index)
    change = sums[1].reindex(patch_ids, fill_value=0) - sums[0].reindex(patch_ids, fill_value=0)
    changed = change[(change != 0).any(axis=1)]
    rows = [{key: group for key, group in table[table["patch_id"].isin(changed.index)].groupby("patch_id")} for table in (old, new)]
    found = [_difference(patch, rows[0].get(patch), rows[1].get(patch), int(num), int(den))
             for patch, num, den in changed.itertuples()]
    found.sort(key=lambda item: (-abs(item.numerator_units), -abs(item.denominator_units), item.number))
    return DifferenceReport(indicator, _ratio(sums[0]), _ratio(sums[1]), tuple(found))


def _table(state: State, indicator: str, pack: RulePack) -> pd.DataFrame:
    """The verified parcels with what each adds to numerator and denominator."""
    verified = verified_set(state.parcels)
    added = contributions(verified, pack, state.remedies)
    sides = {}
    for name, parts in zip(("numerator", "denominator"), PARTS[indicator]):
        if any(column not in added for column in parts):
            raise InputError("{indicator} needs the remedies of both states.", indicator=indicator)
        counted = {column: sign for column, sign in parts.items() if pack.denominator_mode == NET or not column.startswith("denominator")}
        sides[name] = sum(added[column] * sign for column, sign in counted.items())
    return verified.assign(**sides, rectified=added["rectified"] if "rectified" in added else 0,
                           deducted=added["r3_units"] + added["r4_units"])


def _by_patch(table: pd.DataFrame, township: Optional[str]) -> pd.DataFrame:
    chosen = table if township is None else table[table["XZDM"] == township]
    return chosen.groupby("patch_id")[["numerator", "denominator"]].sum()


def _ratio(sums: pd.DataFrame) -> Ratio:
    return Ratio(int(sums["numerator"].sum()), int(sums["denominator"].sum()))


def _difference(patch: str, old: Optional[pd.DataFrame], new: Optional[pd.DataFrame], numerator: int, denominator: int) -> Difference:
    shown = (new if new is not None else old).iloc[0]
    return Difference(patch, shown["JCBH"], shown["XZDM"], _reasons(old, new), numerator, denominator)


def _reasons(old: Optional[pd.DataFrame], new: Optional[pd.DataFrame]) -> Tuple[str, ...]:
    if old is None or new is None:
        return (NEW_PATCH if old is None else GONE_PATCH,)
    found: List[str] = []
    if set(old["parcel_id"]) != set(new["parcel_id"]):
        found.append(MERGED if len(new) < len(old) else SPLIT)
        if _values(old, VERDICT_COLUMNS) != _values(new, VERDICT_COLUMNS):
            found.append(VERDICT)
    pairs = old.merge(new, on="parcel_id", suffixes=("", "_new"))
    checks = ((VERDICT, VERDICT_COLUMNS), (ILLEGAL_AREA, ILLEGAL_COLUMNS), (MEASURED, MEASURED_COLUMNS), (MOVED, ("XZDM",)),
              (BASIS, ("issue_no",) if "issue_no" in old else ()))
    found += [reason for reason, columns in checks if reason not in found and _differ(pairs, columns)]
    return tuple(found + _remedy_reasons(pairs))


def _remedy_reasons(pairs: pd.DataFrame) -> List[str]:
    done = pairs["rectified_new"] - pairs["rectified"]
    if (done > 0).any() or (done < 0).any():
        return [reason for reason, hit in ((ACCEPTED, (done > 0).any()), (REOPENED, (done < 0).any())) if hit]
    return [DEDUCTION] if (pairs["deducted"] != pairs["deducted_new"]).any() else []


def _values(rows: pd.DataFrame, columns: Tuple[str, ...]) -> FrozenSet[Tuple[str, ...]]:
    return frozenset(tuple(map(str, row)) for row in rows[list(columns)].itertuples(index=False))


def _differ(pairs: pd.DataFrame, columns: Tuple[str, ...]) -> bool:
    """Whether a column differs for any parcel; two absent values are equal."""
    return any(((pairs[name] != pairs[f"{name}_new"]) & ~(pairs[name].isna() & pairs[f"{name}_new"].isna())).any() for name in columns)
