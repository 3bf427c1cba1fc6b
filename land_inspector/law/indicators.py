"""From state frames to indicators: counts, areas and the ratios r1–r6 of townships, stations or the county (domain.md §3).

Sums are exact (whole units of :mod:`.areas`), ratios are exact fractions and compared unrounded (R44). Issue figures use the
issued set (TBZT 0, 1), verdict figures the verified set (TBZT 0, 2; R36). An area that nobody measured enters no sum and is
counted instead.

Frames that come in, beside parcels, patches and townships of the register:

* ``remedies``, one row a parcel (see :func:`land_inspector.law.state_frames.remedies_frame`): parcel_id, rectified, manner,
  r3_m2, r4_m2, denominator_m2, denominator_cultivated_m2, and the sums of :data:`REMEDY_SUMS`;
* ``cases``, one row a case (:func:`land_inspector.law.state_frames.cases_frame`): case_id, parcels, should_file, filed, handled,
  closed; with XZDM and ZSDM where it stands there, whatever became of its parcels, and with ``counted`` 0 it covers parcels and
  counts nothing;
* ``work``, one row for each remedy that counts (:func:`land_inspector.law.state_frames.work_frame`): XZDM, ZSDM, the sums of
  :data:`REMEDY_SUMS` and :data:`LAPSED`, whatever its parcel is judged by now;
* ``year``, one row for each case and remedy (:func:`land_inspector.law.state_frames.year_frame`): XZDM, ZSDM and :data:`IN_YEAR`,
  what happened in the year by its own date.
"""
from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Collection, Dict, Iterable, List, Optional, Sequence, Tuple, Union

import numpy as np
import pandas as pd

from .areas import Amount, DASH, NOTHING, UNITS_PER_M2, as_written, percent_text, total
from .case import Case
from .remedies import FINISHED, KINDS, Track, accepted_of, done_of, ordered_of, standing
from .reviews import is_cleared
from .rulepack import COUNTY, GROSS, Label, NET, RulePack


MANNERS = ("demolished", "approved", "combined", "other")
REMEDY_AREAS = ("confiscated_building_m2", "demolished_building_m2", "reclaimed_m2", "reclaimed_cultivated_m2",
                "reclamation_ordered_cultivated_m2", "reclamation_accepted_cultivated_m2")
REMEDY_COUNTS = ("fine_fen", "fine_paid_fen", "discipline_proposed", "discipline_done", "police")
REMEDY_SUMS = REMEDY_AREAS + REMEDY_COUNTS
#: Something was done on land that is illegal no more: it stays in the sums and is marked.
LAPSED = ("lapsed", "lapsed_paid_fen")
IN_YEAR_AREAS = ("confiscated_building_in_m2", "demolished_building_in_m2", "reclaimed_in_m2")
IN_YEAR_COUNTS = ("filed_in", "decided_in", "closed_in", "money_in_fen", "discipline_cases_in", "discipline_proposed_in",
                  "discipline_done_in", "police_in", "reclaimed_parcels_in")
IN_YEAR = IN_YEAR_AREAS + IN_YEAR_COUNTS
CASE_COUNTS = ("cases", "should_file", "filed", "handled", "closed")
#: Cases whose last stop order took effect, and illegal parcels whose case a patrol had found; where the frame of cases has them.
MORE_COUNTS = ("stopped", "by_patrol")
RATIOS = ("r1", "r2", "r3", "r4", "r5", "r6")


@dataclass(frozen=True)
class Ratio:
    """Numerator and denominator in exact units (areas) or plain numbers (counts)."""

    numerator: int
    denominator: int

    @property
    def value(self) -> Optional[Fraction]:
        """None for a zero denominator (R44)."""
        return Fraction(self.numerator, self.denominator) if self.denominator else None


def tally(parcels: pd.DataFrame, patches: pd.DataFrame, pack: RulePack, by: Optional[str] = "XZDM",
          remedies: Optional[pd.DataFrame] = None, cases: Optional[pd.DataFrame] = None, work: Optional[pd.DataFrame] = None,
          year: Optional[pd.DataFrame] = None) -> pd.DataFrame:
    """Sums of counts and areas (``…_units``: exact units) for each value of ``by``: XZDM, ZSDM, or None for the county.

    Rows without a township or station stand under the empty key, so that the rows always add up to the county.
    """
    verified, issued = verified_set(parcels), patches[patches["TBZT"].isin(("0", "1"))]
    added = contributions(verified, pack, remedies)
    if work is not None:
        added = added.drop(columns=[*_in_units(REMEDY_AREAS), *REMEDY_COUNTS], errors="ignore")
    parts = [_sum(_issue_contributions(issued), _keys(issued, by)), _sum(added, _keys(verified, by))]
    for frame, areas, counts in ((work, REMEDY_AREAS, REMEDY_COUNTS + LAPSED), (year, IN_YEAR_AREAS, IN_YEAR_COUNTS)):
        if frame is not None:
            parts.append(_sum(_exact(frame, areas, counts), _keys(frame, by)))
    if cases is not None:
        parts.append(_case_tally(verified, cases, by))
    index = sorted(set().union(*(part.index for part in parts)))
    # not concat and fillna: floats between would round sums beyond 2**53
    return pd.concat([part.reindex(index, fill_value=0) for part in parts], axis=1).astype("int64")


def _in_units(areas: Sequence[str]) -> List[str]:
    return [name.replace("_m2", "_units") for name in areas]


def _exact(frame: pd.DataFrame, areas: Sequence[str], counts: Sequence[str]) -> pd.DataFrame:
    """Areas as whole units, counts and fen as whole numbers."""
    columns = {unit: _units(frame, name)[0] for unit, name in zip(_in_units(areas), areas)}
    columns.update({name: frame[name].to_numpy("int64") for name in counts})
    return pd.DataFrame(columns, index=frame.index)


def verified_set(parcels: pd.DataFrame) -> pd.DataFrame:
    """核实后: split parents left out (R36); the frame itself where there is none."""
    kept = parcels["TBZT"].isin(("0", "2"))
    return parcels if kept.all() else parcels[kept]


def contributions(verified: pd.DataFrame, pack: RulePack, remedies: Optional[pd.DataFrame] = None) -> pd.DataFrame:
    """What each parcel of the verified set adds to every figure; one row a parcel, same index."""
    verdicts = _verdict_contributions(verified)
    return pd.concat([verdicts, _remedy_contributions(verified, verdicts, remedies, pack)], axis=1)


def _keys(frame: pd.DataFrame, by: Optional[str]) -> pd.Series:
    if by is None:
        return pd.Series(COUNTY, index=frame.index)
    return frame[by].where(frame[by].notna(), "").astype(str)


def _sum(contributions: pd.DataFrame, keys: pd.Series) -> pd.DataFrame:
    return contributions.groupby(keys.to_numpy(), sort=False).sum()


def _units(frame: pd.DataFrame, column: str) -> Tuple[np.ndarray, np.ndarray]:
    """Exact units, 0 where not measured, and whether measured."""
    if column not in frame:
        return np.zeros(len(frame), "int64"), np.zeros(len(frame), bool)
    values = pd.to_numeric(frame[column], errors="coerce").to_numpy(float)
    known = np.isfinite(values)
    return np.rint(np.where(known, values, 0.0) * UNITS_PER_M2).astype("int64"), known


def _issue_contributions(issued: pd.DataFrame) -> pd.DataFrame:
    """The issued figures as they were issued: JCMJ and GDMJ0."""
    area, area_known = _units(issued, "JCMJ")
    cultivated, cultivated_known = _units(issued, "GDMJ0")
    return pd.DataFrame({"patches": 1, "issued_units": area, "issued_cultivated_units": cultivated,
                         "issued_unknown": ~area_known * 1, "issued_cultivated_unknown": ~cultivated_known * 1},
                        index=issued.index)


def _verdict_contributions(verified: pd.DataFrame) -> pd.DataFrame:
    """What each parcel adds. Illegal land has columns of its own (WFMJ, WFGD, WFJBNT, never the patch's area); where they are
    blank the whole parcel is taken to be illegal, and counted as assumed."""
    level = verified["PDJL1"].to_numpy(object)
    area, area_known = _units(verified, "DKMJ")
    cultivated, cultivated_known = _units(verified, "GDMJ")
    columns: Dict[str, np.ndarray] = {"parcels": np.ones(len(verified), "int64")}
    for name, code in (("legal", "1"), ("other", "3")):
        chosen = level == code
        columns.update({name: chosen, f"{name}_units": area * chosen, f"{name}_cultivated_units": cultivated * chosen,
                        f"{name}_cultivated_unknown": chosen & ~cultivated_known})
    illegal, building = level == "2", (level == "1") | (level == "2")
    columns.update(_illegal_columns(verified, illegal))
    # domain.md §0.2 (14): cultivated of what is legal, and of what is illegal as much as is illegal; a ratio lies in [0, 1]
    columns.update({
        "undecided": ~(building | (level == "3")), "cleared": _cleared(verified, level),
        "construction_units": area * building,
        "base_units": np.where(illegal, np.maximum(area, columns["illegal_units"]), area) * building,
        "construction_cultivated_units": np.where(illegal, columns["illegal_cultivated_units"], cultivated * building),
        "construction_unknown": building & ~area_known,
        "construction_cultivated_unknown": np.where(illegal, columns["illegal_cultivated_unknown"], building & ~cultivated_known)})
    columns["unmeasured"] = np.any([values for name, values in columns.items() if name.endswith("_unknown")], axis=0)
    return pd.DataFrame({name: values.astype("int64") for name, values in columns.items()}, index=verified.index)


def _cleared(verified: pd.DataFrame, level: np.ndarray) -> np.ndarray:
    """月清 (R39): judged, and passed by the county or above."""
    states = verified["HSZT"].to_numpy(object) if "HSZT" in verified else np.full(len(verified), "0", dtype=object)
    pairs = list(zip(states.tolist(), level.tolist()))
    known = {pair: is_cleared(str(pair[0]), str(pair[1] or "0")) for pair in set(pairs)}
    return np.fromiter(map(known.__getitem__, pairs), bool, len(pairs))


def _illegal_columns(verified: pd.DataFrame, illegal: np.ndarray) -> Dict[str, np.ndarray]:
    found: Dict[str, np.ndarray] = {"illegal": illegal, "illegal_assumed": np.zeros(len(verified), bool)}
    for name, own, whole in (("illegal", "WFMJ", "DKMJ"), ("illegal_cultivated", "WFGD", "GDMJ"),
                             ("illegal_farmland", "WFJBNT", "JBNTMJ")):
        recorded, is_recorded = _units(verified, own)
        measured, is_measured = _units(verified, whole)
        found[f"{name}_units"] = np.where(is_recorded, recorded, measured) * illegal
        found[f"{name}_unknown"] = illegal & ~is_recorded & ~is_measured
        found["illegal_assumed"] = found["illegal_assumed"] | (illegal & ~is_recorded & is_measured & (own != "WFJBNT"))
    return found


def _remedy_contributions(verified: pd.DataFrame, verdicts: pd.DataFrame, remedies: Optional[pd.DataFrame],
                          pack: RulePack) -> pd.DataFrame:
    """Deductions (R41) and rectified land (R40) of each illegal parcel; without ``remedies`` only what the verdict itself deducts."""
    illegal = verdicts["illegal"].to_numpy() == 1
    columns = _unsupplied_deductions(verified, verdicts, pack)
    if remedies is None:
        _never_below_zero(columns)
        return pd.DataFrame(columns, index=verified.index)
    rows = remedies.drop_duplicates("parcel_id").set_index("parcel_id").reindex(verified["parcel_id"])
    listed = verified["parcel_id"].isin(remedies["parcel_id"]).to_numpy() & illegal
    for name in columns:
        given, _ = _units(rows, name.replace("_units", "_m2"))
        columns[name] = np.where(listed, np.minimum(given, _limit(name, verdicts)), columns[name])
    _never_below_zero(columns)
    rectified = listed & (rows["rectified"].to_numpy(object) == True)  # noqa: E712 - the column holds None as well
    columns.update(_rectified_columns(rows, rectified, verdicts))
    for name in REMEDY_AREAS:
        columns[name.replace("_m2", "_units")] = _units(rows, name)[0]
    for name in REMEDY_COUNTS:
        columns[name] = pd.to_numeric(rows[name], errors="coerce").fillna(0).to_numpy("int64") if name in rows else 0
    return pd.DataFrame(columns, index=verified.index)


def _unsupplied_deductions(verified: pd.DataFrame, verdicts: pd.DataFrame, pack: RulePack) -> Dict[str, np.ndarray]:
    """未供即用 needs no remedy to be deducted: the verdict 203 is enough (§0.2 (5))."""
    line = pack.deduction("unsupplied")
    is_unsupplied = (verified["PDJL2"].to_numpy(object) == "203") & (verdicts["illegal"].to_numpy() == 1)
    area, cultivated = (verdicts[f"{name}_units"].to_numpy() * is_unsupplied for name in ("illegal", "illegal_cultivated"))
    numerator, denominator = (line.numerator, line.denominator) if line else ((), False)
    return {"r3_units": area * ("r3" in numerator), "r4_units": cultivated * ("r4" in numerator),
            "denominator_units": area * denominator, "denominator_cultivated_units": cultivated * denominator}


def _never_below_zero(columns: Dict[str, np.ndarray]) -> None:
    """Land that still counts as illegal stays in the denominator: no ratio above 1, whatever the pack's table says."""
    for taken, shrunk in (("r3_units", "denominator_units"), ("r4_units", "denominator_cultivated_units")):
        columns[shrunk] = np.minimum(columns[shrunk], columns[taken])


def _limit(name: str, verdicts: pd.DataFrame) -> np.ndarray:
    """No parcel can be deducted by more than is illegal on it."""
    cultivated = name in ("r4_units", "denominator_cultivated_units")
    return verdicts["illegal_cultivated_units" if cultivated else "illegal_units"].to_numpy()


def _rectified_columns(rows: pd.DataFrame, rectified: np.ndarray, verdicts: pd.DataFrame) -> Dict[str, np.ndarray]:
    area, cultivated = verdicts["illegal_units"].to_numpy(), verdicts["illegal_cultivated_units"].to_numpy()
    is_open = (verdicts["illegal"].to_numpy() == 1) & ~rectified
    columns = {"rectified": rectified * 1, "rectified_units": area * rectified, "rectified_cultivated_units": cultivated * rectified,
               "open": is_open * 1, "open_units": area * is_open, "open_cultivated_units": cultivated * is_open}
    manner = rows["manner"].to_numpy(object)
    columns.update({f"manner_{name}": (rectified & (manner == name)) * 1 for name in MANNERS})
    return columns


def _case_tally(verified: pd.DataFrame, cases: pd.DataFrame, by: Optional[str]) -> pd.DataFrame:
    """Cases stand where they say, else where their first parcel of this set lies. An illegal parcel without a case was found and
    should be filed."""
    pairs = cases[["case_id", "parcels"]].explode("parcels").rename(columns={"parcels": "parcel_id"})
    keyed = verified[["parcel_id"]].assign(key=_keys(verified, by).to_numpy())
    if "counted" in cases:
        chosen = cases[cases["counted"] == 1]
        counted = chosen.assign(key=_keys(chosen, by).to_numpy(), cases=1)
    else:
        first = pairs.merge(keyed, on="parcel_id").drop_duplicates("case_id")
        counted = cases.merge(first[["case_id", "key"]], on="case_id").assign(cases=1)
    names = [name for name in CASE_COUNTS + MORE_COUNTS if name in counted]
    found = counted[names].astype("int64").groupby(counted["key"].to_numpy()).sum()
    alone = keyed[(verified["PDJL1"].to_numpy(object) == "2") & ~keyed["parcel_id"].isin(pairs["parcel_id"]).to_numpy()]
    without = alone.groupby("key").size().rename("without_case").to_frame()
    both = pd.concat([found, without], axis=1).fillna(0).astype("int64")  # counts are small
    return both.assign(should_file=both["should_file"] + both["without_case"])


def ratios(row: "pd.Series[int]", mode: str) -> Dict[str, Ratio]:
    """r1–r6 of one row of a tally (§3.1). Where more is illegal of a parcel than it measures (R34's tolerance), that is its area in
    the denominators of r1 and r3. ``mode`` net lets deducted land leave the denominators of r3 and r4 too, gross does not.

    r5 and r6 are missing where no remedies were given.
    """
    shrink = mode == NET
    found = {
        "r1": Ratio(row["illegal_units"], row["base_units"]),
        "r2": Ratio(row["illegal_cultivated_units"], row["construction_cultivated_units"]),
        "r3": Ratio(row["illegal_units"] - row["r3_units"], row["base_units"] - shrink * row["denominator_units"]),
        "r4": Ratio(row["illegal_cultivated_units"] - row["r4_units"],
                    row["construction_cultivated_units"] - shrink * row["denominator_cultivated_units"])}
    if "open_units" in row:
        found["r5"] = Ratio(row["open_units"], row["illegal_units"])
        found["r6"] = Ratio(row["open_cultivated_units"], row["illegal_cultivated_units"])
    return {code: Ratio(int(ratio.numerator), int(ratio.denominator)) for code, ratio in found.items()}


def both_modes(row: "pd.Series[int]") -> Dict[str, Dict[str, Ratio]]:
    """The ratios in net and in gross mode, for the report's footer."""
    return {mode: ratios(row, mode) for mode in (NET, GROSS)}


RATES: Dict[str, Tuple[str, str]] = {
    "rectified_count": ("rectified", "illegal"), "rectified_area": ("rectified_units", "illegal_units"),
    "rectified_cultivated": ("rectified_cultivated_units", "illegal_cultivated_units"),
    "filing": ("filed", "should_file"), "handling": ("handled", "found"), "closing": ("closed", "filed"),
    "clearing": ("cleared", "parcels"), "stop": ("stopped", "found"), "discovery": ("by_patrol", "found"),
    "collection": ("fine_paid_fen", "fine_fen"), "discipline": ("discipline_done", "discipline_proposed"),
    "reclamation": ("reclamation_accepted_cultivated_units", "reclamation_ordered_cultivated_units")}


def rates(row: "pd.Series[int]") -> Dict[str, Ratio]:
    """The rates of §3.2 for which the tally has the figures, each with its own base."""
    figures = row.copy()
    if "cases" in row:
        figures["found"] = row["cases"] + row["without_case"]
    return {code: Ratio(int(figures[part]), int(figures[whole])) for code, (part, whole) in RATES.items()
            if part in figures and whole in figures}


def identity_gaps(row: "pd.Series[int]") -> Dict[str, int]:
    """R42 and R43: how far the figures are from adding up; all zero when they do. Areas in exact units."""
    if "rectified" not in row:
        return {}
    gaps = {f"R42{tail}": int(row["illegal" + tail] - row["rectified" + tail] - row["open" + tail])
            for tail in ("_units", "_cultivated_units")}
    gaps["R42"] = int(row["illegal"] - row["rectified"] - row["open"])
    gaps["R43"] = int(row["rectified"] - sum(row[f"manner_{name}"] for name in MANNERS))
    return gaps


def breached(found: Dict[str, Ratio], pack: RulePack, township: Optional[str] = None, year: Optional[int] = None,
             level: Optional[str] = None, period: Optional[str] = None) -> List[Tuple[str, str]]:
    """(ratio, code of the line) of every limit that is reached and every target that is missed, unrounded (R44).

    A line holds for rows of its levels in scopes of its kind alone; None where either is not known."""
    return [(code, line.code) for line in pack.thresholds for code in line.indicators
            if line.applies_to(township, year, level, period) and code in found
            and (value := found[code].value) is not None and line.is_breached(value)]


def ranks(values: Sequence[Optional[Fraction]]) -> List[Optional[int]]:
    """1 for the highest; equal values share a rank; None stays out of the ranking (§11 example 4)."""
    ordered = sorted((value for value in values if value is not None), reverse=True)
    first: Dict[Fraction, int] = {}
    for place, value in enumerate(ordered, 1):
        first.setdefault(value, place)
    return [None if value is None else first[value] for value in values]


def in_period(frame: pd.DataFrame, year: int, month: Optional[int] = None, quarter: Optional[int] = None) -> pd.DataFrame:
    """The rows of a year (ND), or of its month or quarter (YF)."""
    chosen = pd.to_numeric(frame["ND"], errors="coerce") == year
    months = pd.to_numeric(frame["YF"], errors="coerce")
    if month is not None:
        chosen &= months == month
    if quarter is not None:
        chosen &= (months + 2) // 3 == quarter
    return frame[chosen]


# Rates of cases, remedies, persons and patrols, each with its numerator, its denominator and what is counted (domain.md §3.2).
#
# No rate is ever derived from another: the filing rate and the handling rate have different bases (§3.3).

MONEY = ("fine", "gains")
CASES, FEN, PERSONS, AREA_M2, SITES = "cases", "fen", "persons", "m2", "sites"
BASES: Dict[str, Label] = {
    CASES: Label("宗", "cases"), FEN: Label("分", "fen"), PERSONS: Label("人", "persons"), AREA_M2: Label("平方米", "m²"),
    SITES: Label("处", "sites")}


@dataclass(frozen=True)
class Rate:
    """A rate that remembers what it was made of. ``base`` is one of :data:`BASES`."""

    code: str
    numerator: Fraction
    denominator: Fraction
    base: str

    @property
    def ratio(self) -> Optional[Fraction]:
        """Exact; None for a zero denominator (shown as "—", never as 0 %). May be above 1."""
        return self.numerator / self.denominator if self.denominator else None

    def percent_text(self) -> str:
        """Two decimals, half upwards, without idle zeros: 100%, 96.67%, 119.64%; "—" where there is no rate."""
        ratio = self.ratio
        return DASH if ratio is None else trimmed(percent_text(ratio)) + "%"


def trimmed(text: str) -> str:
    """A decimal number without idle zeros."""
    return text.rstrip("0").rstrip(".") if "." in text else text


def rate(code: str, numerator: Union[int, float, Fraction], denominator: Union[int, float, Fraction], base: str) -> Rate:
    """A rate from exact figures or floats (taken as printed); ``base`` says in words what is counted."""
    return Rate(code, as_written(numerator), as_written(denominator), base)


@dataclass(frozen=True)
class Period:
    """From the first to the last day, both included."""

    first: date
    last: date

    def holds(self, day: Optional[date]) -> bool:
        """Whether the day lies in it; an unknown day lies in none."""
        return day is not None and self.first <= day <= self.last


def year(number: int) -> Period:
    """The calendar year."""
    return Period(date(number, 1, 1), date(number, 12, 31))


def found_in(cases: Iterable[Case], period: Period) -> List[Case]:
    """The cases whose clue falls into the period: the base that all rates of a period share."""
    return [case for case in cases if period.holds(case.last_on("clue"))]


def decision_on(case: Case) -> Optional[date]:
    """The day of the decision that stands: none while one that was revoked is being made anew."""
    for done in reversed(case.acts):
        if done.act == "redo":
            return None
        if done.act == "decide":
            revoked = bool(case.items) and all(item.stage == "revoked" for item in case.items)
            return None if revoked and case.is_open else done.on
    return None


def closed_on(case: Case) -> Optional[date]:
    """The day on which the case was closed (结案, S15); None while it is not."""
    return case.since if case.state == "S15" else None


def is_handled(case: Case, until: date) -> bool:
    """Dealt with: decided (and not revoked), or not filed and settled without filing (FLACLQK 1), or ended without penalty or by
    transfer."""
    settled = case.last("settle_unfiled")
    done = [decision_on(case), case.last_on("no_penalty"), case.last_on("transfer_case"), case.last_on("end_investigation")]
    if settled is not None and settled.particulars.get("result") == "1":
        done.append(settled.on)
    return any(day is not None and day <= until for day in done)


def should_be_filed(case: Case) -> bool:
    """应立案: every case found but those not filed, or handed over before filing, by a reasoned decision."""
    return case.last("file") is not None or case.last("not_file") is None and case.last("transfer_case") is None


def case_rates(cases: Sequence[Case], until: date, without_case: int = 0) -> List[Rate]:
    """Filing, handling and closing as of ``until``. ``without_case`` counts illegal parcels for which nobody opened a case:
    they were found and should have been filed."""
    filed = [case for case in cases if case.filed_on is not None and case.filed_on <= until]
    closed = [case for case in filed if case.state == "S15" and case.since <= until]
    should = sum(should_be_filed(case) for case in cases) + without_case
    handled = sum(is_handled(case, until) for case in cases)
    return [rate("filing", len(filed), should, CASES), rate("handling", handled, len(cases) + without_case, CASES),
            rate("closing", len(closed), len(filed), CASES)]


def remedy_rates(tracks: Sequence[Track]) -> List[Rate]:
    """Fines collected, persons disciplined, cultivated land reclaimed and accepted. Surcharges paid are no part of the fine."""
    fines = [track for track in standing(tracks) if track.kind == "fine"]
    paid = sum(min(track.done.fen or 0, track.ordered.fen or 0) for track in fines)
    return [rate("collection", paid, ordered_of(tracks, "fine").get("fen"), FEN),
            rate("discipline", done_of(tracks, "discipline").get("persons"), ordered_of(tracks, "discipline").get("persons"), PERSONS),
            rate("reclamation", accepted_of(tracks, "reclamation").get("cultivated_m2"),
                 ordered_of(tracks, "reclamation").get("cultivated_m2"), AREA_M2)]


def is_stopped(case: Case) -> bool:
    """The last stop order took effect (ZZQK 1 stopped, 2 restored)."""
    result = case.last("stop_result")
    return result is not None and result.particulars.get("result") in ("1", "2")


def is_found_by_patrol(case: Case) -> bool:
    """The clue came from a patrol (LYQD 1)."""
    clue = case.last("clue")
    return clue is not None and clue.particulars.get("source") == "1"


@dataclass(frozen=True)
class PatrolFigures:
    """Patrols of a period: ``valid`` of ``logged`` logs, ``met`` of ``stations`` whose every month that is over was met; findings of the
    period, and on how many of them building was ``stopped`` (or removed), the government told, a case filed."""

    logged: int
    valid: int
    stations: int
    met: int
    found: int
    stopped: int
    reported: int
    filed: int


@dataclass(frozen=True)
class CountyFigures:
    """What a county's paragraph tells. Building area and land area stand apart (§0.1 (7)).

    ``found`` to ``closing`` are of a cohort: the cases of the scope, as of the day. What follows happened in ``period``, each thing by
    its own date; without a period of its own the scope's whole past counts. ``lapsed_fen`` of the money was paid on land that is
    not judged illegal any more.
    """

    found: int
    filed: int
    filing: Rate
    handling: Rate
    closing: Rate
    confiscated_building_m2: float
    demolished_building_m2: float
    fines_and_gains_fen: int
    discipline_cases: int
    discipline_proposed: int
    discipline_done: int
    police_persons: int
    reclaimed_parcels: int
    reclaimed_m2: float
    year: Optional[int] = None
    filed_in: int = 0
    decided_in: int = 0
    closed_in: int = 0
    lapsed_fen: int = 0
    patrols: Optional[PatrolFigures] = None

    @property
    def should_file(self) -> int:
        """How many cases are to be filed (应立案): the denominator of the filing rate."""
        return int(self.filing.denominator)


def county_figures(cases: Iterable[Case], tracks: Sequence[Track], period: Period, without_case: int = 0, *,
                   cohort: Optional[Sequence[Case]] = None, until: Optional[date] = None, year_of: Optional[int] = None,
                   illegal: Optional[Collection[str]] = None) -> CountyFigures:
    """The figures of a period: rates of a cohort (by default the cases found in it) as of ``until`` (by default its last day), and what
    happened in it by the day of each act (domain.md §0.2 (11)). ``illegal`` are the parcels that are judged illegal, None for all."""
    known = list(cases)
    filing, handling, closing = case_rates(found_in(known, period) if cohort is None else cohort, until or period.last, without_case)
    live = [track for track in standing(tracks) if track.kind in KINDS]
    discipline = [track for track in live if track.kind == "discipline" and period.holds(track.ordered_on)]
    reclaimed = [track for track in live if track.kind == "reclamation" and accepted_in(track, period).get("land_m2") > 0]
    lapsed = [track for track in live if illegal is not None and track.parcel not in illegal and track.kind in MONEY]
    return CountyFigures(
        int(handling.denominator), int(filing.numerator), filing, handling, closing,
        float(_in(live, period, "confiscation").get("building_m2")), float(_in(live, period, "demolition").get("building_m2")),
        int(_in(live, period, *MONEY).get("fen")), len({track.case or track.parcel for track in discipline}),
        int(sum(track.ordered.get("persons") for track in discipline)), int(_in(live, period, "discipline").get("persons")),
        int(_in(live, period, "police").get("persons")), len({track.parcel for track in reclaimed}),
        math.fsum(accepted_in(track, period).get("land_m2") for track in reclaimed), year_of,
        sum(period.holds(case.filed_on) for case in known), sum(period.holds(decision_on(case)) for case in known),
        sum(period.holds(closed_on(case)) for case in known), int(_in(lapsed, period, *MONEY).get("fen")))


def done_in(track: Track, period: Period) -> Amount:
    """What was done on the remedy in the period."""
    return total([NOTHING, *(step.amount for step in track.steps if period.holds(step.on))])


def accepted_in(track: Track, period: Period) -> Amount:
    """What a finished acceptance of the period covers."""
    return track.accepted if track.acceptance.status == FINISHED and period.holds(track.acceptance.on) else NOTHING


def _in(tracks: Iterable[Track], period: Period, *kinds: str) -> Amount:
    return total([NOTHING, *(done_in(track, period) for track in tracks if track.kind in kinds)])
