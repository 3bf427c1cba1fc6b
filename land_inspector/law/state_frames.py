"""Remedies and cases as the frames that :mod:`.indicators` counts."""
from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any, DefaultDict, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

import pandas as pd

from . import remedies
from .areas import as_written, yuan
from .case import Case
from .indicators import (
    CASE_COUNTS, IN_YEAR, LAPSED, MONEY, MORE_COUNTS, Period, REMEDY_SUMS, accepted_in, closed_on, decision_on, done_in,
    is_found_by_patrol, is_handled, is_stopped, should_be_filed,
)
from .rulepack import RulePack
from .procedure import Done
from .rectification import IllegalLand, deducted, grounds, land_tracks, rectification_by, rectification_of, rectify_code
from .remedies import FINISHED, KINDS, Track, accepted_of, done_of, ordered_of, standing


#: Township and station, None where it lies in none.
Place = Tuple[Optional[str], Optional[str]]
_NOWHERE: Place = (None, None)

REMEDY_COLUMNS = ("parcel_id", "rectified", "manner", "buckets", "r3_m2", "r4_m2", "denominator_m2",
                  "denominator_cultivated_m2") + REMEDY_SUMS


def remedies_frame(lands: Iterable[IllegalLand], tracks: Iterable[Track], pack: RulePack, cut_off: Mapping[str, Optional[date]],
                   packs: Optional[Mapping[str, RulePack]] = None) -> pd.DataFrame:
    """One row for each illegal parcel; ``cut_off`` gives the last day of deduction (KJRQ) by parcel, ``packs`` the pack of a parcel
    that is not judged by ``pack``."""
    known = packs or {}
    of_parcel: DefaultDict[str, List[Track]] = defaultdict(list)
    for track in tracks:
        of_parcel[track.parcel].append(track)
    rows = [_remedy_row(land, of_parcel[land.parcel], known.get(land.parcel, pack), cut_off.get(land.parcel)) for land in lands]
    return pd.DataFrame(rows, columns=list(REMEDY_COLUMNS))


def _remedy_row(land: IllegalLand, tracks: Sequence[Track], pack: RulePack, cut_off: Optional[date]) -> Tuple[Any, ...]:
    """In the order of :data:`REMEDY_COLUMNS`."""
    state, taken = rectification_by(land, tracks, pack) if tracks else None, deducted(land, tracks, cut_off, pack)
    return (land.parcel, state is not None and state.is_rectified, state and state.manner, taken.buckets, taken.r3_m2, taken.r4_m2,
            taken.denominator_m2, taken.denominator_cultivated_m2, *(_in_order(_sums(tracks)) if tracks else _NOTHING_DONE))


def _sums(tracks: Sequence[Track]) -> Dict[str, Any]:
    """Building areas stand apart from land, and what is done apart from what was ordered. Reclaimed is what was accepted."""
    live = standing(tracks)
    fine = ordered_of(live, "fine").get("fen")
    return {
        "confiscated_building_m2": done_of(live, "confiscation").get("building_m2"),
        "demolished_building_m2": done_of(live, "demolition").get("building_m2"),
        "reclaimed_m2": accepted_of(live, "reclamation").get("land_m2"),
        "reclaimed_cultivated_m2": accepted_of(live, "reclamation").get("cultivated_m2"),
        "reclamation_ordered_cultivated_m2": ordered_of(live, "reclamation").get("cultivated_m2"),
        "reclamation_accepted_cultivated_m2": accepted_of(live, "reclamation").get("cultivated_m2"),
        "fine_fen": fine, "fine_paid_fen": min(done_of(live, "fine").get("fen"), fine),
        "discipline_proposed": ordered_of(live, "discipline").get("persons"),
        "discipline_done": done_of(live, "discipline").get("persons"), "police": done_of(live, "police").get("persons")}


def _in_order(sums: Mapping[str, Any]) -> Tuple[Any, ...]:
    return tuple(sums[name] for name in REMEDY_SUMS)


#: Of the many parcels on which nothing was ordered.
_NOTHING_DONE = _in_order(_sums(()))


def illegal_lands(parcels: pd.DataFrame) -> List[IllegalLand]:
    """The illegal parcels of the verified set; where WFMJ or WFGD is blank the whole parcel counts."""
    chosen = parcels[parcels["PDJL1"].eq("2") & parcels["TBZT"].isin(("0", "2"))]
    illegal, cultivated = _first(chosen, "WFMJ", "DKMJ"), _first(chosen, "WFGD", "GDMJ")
    rows = zip(chosen["parcel_id"].tolist(), illegal, cultivated, chosen["PDJL2"].tolist(), chosen["XMLX"].tolist())
    return [IllegalLand(parcel, area, of_it, verdict == "203", project in ("1", "2")) for parcel, area, of_it, verdict, project in rows]


def _first(frame: pd.DataFrame, own: str, whole: str) -> List[float]:
    return pd.to_numeric(frame[own]).fillna(pd.to_numeric(frame[whole])).fillna(0.0).astype(float).tolist()


def cut_off_of(parcels: pd.DataFrame, batches: Mapping[str, Optional[str]], pack: RulePack,
               packs: Optional[Mapping[str, RulePack]] = None) -> Dict[str, date]:
    """The last day of deduction of each parcel: KJRQ of its batch (PCBH → ISO date), else the day of the year after that the batch's
    pack says (``packs`` by PCBH, ``pack`` for the others)."""
    known = packs or {}
    rows = list(zip(parcels["PCBH"].tolist(), parcels["ND"].tolist()))
    days = {(batch, year): date.fromisoformat(batches.get(batch)
                                              or f"{int(year) + 1}-{known.get(batch, pack).parameters.deduction_cutoff}")
            for batch, year in set(rows)}
    return dict(zip(parcels["parcel_id"].tolist(), map(days.__getitem__, rows)))


def cases_frame(cases: Iterable[Case], until: date, places: Optional[Mapping[str, Place]] = None,
                uncounted: Iterable[str] = ()) -> pd.DataFrame:
    """One row a case as of ``until``; 1 or 0 for should be filed, filed, handled, closed. ``places`` by case id; ``uncounted`` are ids
    of cases that cover their parcels and belong to another scope."""
    left_out = set(uncounted)
    rows = [{"case_id": case.id, "parcels": list(case.parcels), "should_file": int(should_be_filed(case)),
             "filed": int(_is_filed(case, until)), "handled": int(is_handled(case, until)),
             "closed": int(_is_filed(case, until) and case.state == "S15" and case.since <= until),
             "stopped": int(is_stopped(case)), "by_patrol": int(is_found_by_patrol(case)),
             **({} if places is None else {**_placed(places.get(case.id, _NOWHERE)), "counted": int(case.id not in left_out)})}
            for case in cases]
    more = [] if places is None else ["XZDM", "ZSDM", "counted"]
    return pd.DataFrame(rows, columns=["case_id", "parcels", *CASE_COUNTS[1:], *MORE_COUNTS, *more])


def _placed(place: Place) -> Dict[str, Optional[str]]:
    return {"XZDM": place[0], "ZSDM": place[1]}


def _is_filed(case: Case, until: date) -> bool:
    return case.filed_on is not None and case.filed_on <= until


def work_frame(tracks: Iterable[Track], places: Mapping[str, Place], illegal: Iterable[str]) -> pd.DataFrame:
    """One row for each standing remedy, where its parcel lies (``places`` by parcel id). What was done on a parcel that is not among
    the ``illegal`` ones any more counts on, and is marked as lapsed."""
    still = set(illegal)
    rows = [_work_row(track, places.get(track.parcel, _NOWHERE), track.parcel in still) for track in standing(tracks)]
    return pd.DataFrame(rows, columns=["XZDM", "ZSDM", *REMEDY_SUMS, *LAPSED])


def _work_row(track: Track, place: Place, is_illegal: bool) -> Dict[str, Any]:
    sums = _sums([track])
    lapsed = not is_illegal and bool(track.steps)
    return {**_placed(place), **{name: sums[name] for name in REMEDY_SUMS}, "lapsed": int(lapsed),
            "lapsed_paid_fen": int(track.done.get("fen")) if lapsed and track.kind in MONEY else 0}


def year_frame(cases: Iterable[Case], tracks: Iterable[Track], period: Period, case_places: Mapping[str, Place],
               places: Mapping[str, Place]) -> pd.DataFrame:
    """What happened in the period, each thing by its own date (domain.md §0.2 (11)): one row for each case and remedy."""
    rows = [{**_placed(case_places.get(case.id, _NOWHERE)), **_case_year(case, period)} for case in cases]
    live = standing(tracks)
    first = {track.case or track.parcel: track.id for track in reversed(live)
             if track.kind == "discipline" and period.holds(track.ordered_on)}
    reclaimed = {track.parcel: track.id for track in reversed(live) if _reclaimed_in(track, period) > 0}
    for track in live:
        said = _track_year(track, period)
        said["discipline_cases_in"] = int(first.get(track.case or track.parcel) == track.id)
        said["reclaimed_parcels_in"] = int(reclaimed.get(track.parcel) == track.id)
        rows.append({**_placed(places.get(track.parcel, _NOWHERE)), **said})
    frame = pd.DataFrame(rows, columns=["XZDM", "ZSDM", *IN_YEAR])
    return frame.assign(**{name: frame[name].fillna(0) for name in IN_YEAR})


def _case_year(case: Case, period: Period) -> Dict[str, int]:
    return {"filed_in": int(period.holds(case.filed_on)), "decided_in": int(period.holds(decision_on(case))),
            "closed_in": int(period.holds(closed_on(case)))}


def _track_year(track: Track, period: Period) -> Dict[str, Any]:
    done, kind = done_in(track, period), track.kind
    return {"money_in_fen": done.get("fen") if kind in MONEY else 0,
            "confiscated_building_in_m2": done.get("building_m2") if kind == "confiscation" else 0.0,
            "demolished_building_in_m2": done.get("building_m2") if kind == "demolition" else 0.0,
            "reclaimed_in_m2": _reclaimed_in(track, period),
            "discipline_proposed_in": track.ordered.get("persons") if kind == "discipline" and period.holds(track.ordered_on) else 0,
            "discipline_done_in": done.get("persons") if kind == "discipline" else 0,
            "police_in": done.get("persons") if kind == "police" else 0}


def _reclaimed_in(track: Track, period: Period) -> float:
    return float(accepted_in(track, period).get("land_m2")) if track.kind == "reclamation" else 0.0


# A case and its remedies in the columns that offices exchange (domain.md §9.5, §9.6). Dates are ISO text, areas m², money yuan.

# case_ column → the act whose date it holds
DATE_COLUMNS = {"FXRQ": "clue", "HCRQ": "site_check", "ZZRQ": "stop_order", "BGRQ": "stop_report", "LARQ": "file", "GZRQ": "notice",
                "TZRQ": "hearing_notice", "JDRQ": "decide", "SDRQ": "serve", "CGRQ": "demand", "QZRQ": "apply_court",
                "CDRQ": "court_ruling", "JARQ": "close"}
# case_ column → the act and the particular that it holds
SAID_COLUMNS = {"LYQD": ("clue", "source"), "ZZWH": ("stop_order", "number"), "ZZQK": ("stop_result", "result"),
                "BGDX": ("stop_report", "addressee"), "BGWH": ("stop_report", "number"), "LAWH": ("file", "number"),
                "BLA": ("not_file", "reason"), "JDWH": ("decide", "number"), "CDJG": ("court_ruling", "result"),
                "JALX": ("close", "how"), "CFJG": ("decide", "organ")}


def case_columns(case: Case, pack: RulePack) -> Dict[str, Any]:
    """One row of ``case_``. LXRQ and SSQM are the last of all remedies; TZ tells whether a hearing was held."""
    row: Dict[str, Any] = {"AJBH": case.id, "ZT": case.state, "TZ": int(case.last("hold_hearing") is not None)}
    row.update({column: _iso(case.last_on(act)) for column, act in DATE_COLUMNS.items()})
    row.update({column: _said(case.last(act), name) for column, (act, name) in SAID_COLUMNS.items()})
    row["JARQ"] = _iso(closed_on(case))
    row["LXRQ"] = _last(remedies.performance_end(case, item, pack) for item in case.items)
    row["SSQM"] = _last(remedies.remedy_period_end(case, item, pack) for item in case.items)
    return row


def penalty_rows(case: Case, tracks: Sequence[Track]) -> List[Dict[str, Any]]:
    """Rows of ``penalty``, one for each remedy of the decision. XDZ and LSZ are in the remedy's first unit: m² or yuan."""
    return [_penalty_row(case, item, [t for t in standing(tracks) if t.item == item.id]) for item in case.items]


def _penalty_row(case: Case, item: Any, tracks: Sequence[Track]) -> Dict[str, Any]:
    kind = KINDS[item.kind]
    unit = kind.units[0]
    done = done_of(tracks, item.kind).get(unit)
    steps = [step.on for track in tracks for step in track.steps]
    return {"CFID": f"{case.id}-{item.id}", "AJBH": case.id, "CFZL": kind.penalty_code, "XDZ": _shown(unit, item.amount.get(unit)),
            "XDDW": "元" if unit == "fen" else "m²", "LSZ": _shown(unit, done), "LSRQ": _iso(max(steps, default=None)),
            "MJ": item.amount.land_m2}


def rectify_rows(land: IllegalLand, tracks: Sequence[Track]) -> List[Dict[str, Any]]:
    """Rows of ``rectify``, one for each ground of the parcel; SYMJ is the parcel's, the same in each."""
    left = rectification_of(land, tracks).remaining_m2
    return [_rectify_row(ground, left) for ground in grounds(land_tracks(tracks))]


def _rectify_row(ground: Sequence[Track], left_m2: float) -> Dict[str, Any]:
    done = min((track.done for track in ground), key=lambda amount: amount.get("land_m2"))
    least = min(ground, key=lambda track: (track.acceptance.status == FINISHED, track.acceptance.on or date.min))
    steps = [step.on for track in ground for step in track.steps]
    return {"FID_D": ground[0].parcel, "ZGFS": rectify_code(ground), "ZGMJ": done.get("land_m2"), "ZGGD": done.get("cultivated_m2"),
            "ZGRQ": _iso(max(steps, default=None)), "YSJB": least.acceptance.level, "SHZT": least.acceptance.status,
            "SHRQ": _iso(least.acceptance.on), "SYMJ": left_m2}


def _said(done: Optional[Done], name: str) -> Optional[str]:
    return done.particulars.get(name) if done else None


def _last(ends: Any) -> Optional[str]:
    return _iso(max((end.day for end in ends if end is not None), default=None))


def _shown(unit: str, value: Any) -> float:
    return float(yuan(int(value))) if unit == "fen" else float(as_written(value))


def _iso(day: Optional[date]) -> Optional[str]:
    return day.isoformat() if day else None
