"""Remedies and cases as the frames that :mod:`.indicators` counts."""
from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any, DefaultDict, Dict, Iterable, List, Mapping, Optional, Sequence

import pandas as pd

from .case import Case
from .case_indicators import is_handled, should_be_filed
from .indicators import CASE_COUNTS, REMEDY_SUMS
from .pack import RulePack
from .rectification import IllegalLand, deducted, rectification_of
from .remedies import Track, accepted_of, done_of, ordered_of, standing

REMEDY_COLUMNS = ("parcel_id", "rectified", "manner", "buckets", "r3_m2", "r4_m2", "denominator_m2",
                  "denominator_cultivated_m2") + REMEDY_SUMS


def remedies_frame(lands: Iterable[IllegalLand], tracks: Iterable[Track], pack: RulePack,
                   cut_off: Mapping[str, Optional[date]]) -> pd.DataFrame:
    """One row for each illegal parcel; ``cut_off`` gives the last day of deduction (KJRQ) by parcel."""
    of_parcel: DefaultDict[str, List[Track]] = defaultdict(list)
    for track in tracks:
        of_parcel[track.parcel].append(track)
    rows = [_remedy_row(land, of_parcel[land.parcel], pack, cut_off.get(land.parcel)) for land in lands]
    return pd.DataFrame(rows, columns=list(REMEDY_COLUMNS))


def _remedy_row(land: IllegalLand, tracks: Sequence[Track], pack: RulePack, cut_off: Optional[date]) -> Dict[str, Any]:
    state, taken = rectification_of(land, tracks), deducted(land, tracks, cut_off, pack)
    return {"parcel_id": land.parcel, "rectified": state.is_rectified, "manner": state.manner, "buckets": taken.buckets,
            "r3_m2": taken.r3_m2, "r4_m2": taken.r4_m2, "denominator_m2": taken.denominator_m2,
            "denominator_cultivated_m2": taken.denominator_cultivated_m2, **_sums(tracks)}


def _sums(tracks: Sequence[Track]) -> Dict[str, Any]:
    """Building areas stand apart from land, and what is done apart from what was ordered."""
    live = standing(tracks)
    fine = ordered_of(live, "fine").get("fen")
    return {
        "confiscated_building_m2": done_of(live, "confiscation").get("building_m2"),
        "demolished_building_m2": done_of(live, "demolition").get("building_m2"),
        "reclaimed_m2": done_of(live, "reclamation").get("land_m2"),
        "reclaimed_cultivated_m2": done_of(live, "reclamation").get("cultivated_m2"),
        "reclamation_ordered_cultivated_m2": ordered_of(live, "reclamation").get("cultivated_m2"),
        "reclamation_accepted_cultivated_m2": accepted_of(live, "reclamation").get("cultivated_m2"),
        "fine_fen": fine, "fine_paid_fen": min(done_of(live, "fine").get("fen"), fine),
        "discipline_proposed": ordered_of(live, "discipline").get("persons"),
        "discipline_done": done_of(live, "discipline").get("persons"), "police": done_of(live, "police").get("persons")}


def illegal_lands(parcels: pd.DataFrame) -> List[IllegalLand]:
    """The illegal parcels of the verified set; where WFMJ or WFGD is blank the whole parcel counts."""
    chosen = parcels[parcels["PDJL1"].eq("2") & parcels["TBZT"].isin(("0", "2"))]
    columns = chosen[["parcel_id", "WFMJ", "DKMJ", "WFGD", "GDMJ", "PDJL2", "XMLX"]].itertuples(index=False)
    return [IllegalLand(row.parcel_id, _first(row.WFMJ, row.DKMJ), _first(row.WFGD, row.GDMJ), row.PDJL2 == "203",
                        row.XMLX in ("1", "2")) for row in columns]


def _first(*values: Any) -> float:
    return next((float(value) for value in values if value is not None and value == value), 0.0)


def cut_off_of(parcels: pd.DataFrame, batches: Mapping[str, Optional[str]], pack: RulePack) -> Dict[str, date]:
    """The last day of deduction of each parcel: KJRQ of its batch (PCBH → ISO date), else the pack's day of the year after."""
    days = {(batch, year): date.fromisoformat(batches.get(batch) or f"{int(year) + 1}-{pack.parameters.deduction_cutoff}")
            for batch, year in parcels[["PCBH", "ND"]].drop_duplicates().itertuples(index=False)}
    return {parcel: days[batch, year] for parcel, batch, year in
            parcels[["parcel_id", "PCBH", "ND"]].itertuples(index=False)}


def cases_frame(cases: Iterable[Case], until: date) -> pd.DataFrame:
    """One row a case as of ``until``; 1 or 0 for should be filed, filed, handled, closed."""
    rows = [{"case_id": case.id, "parcels": list(case.parcels), "should_file": int(should_be_filed(case)),
             "filed": int(_is_filed(case, until)), "handled": int(is_handled(case, until)),
             "closed": int(_is_filed(case, until) and case.state == "S15" and case.since <= until)} for case in cases]
    return pd.DataFrame(rows, columns=["case_id", "parcels", *CASE_COUNTS[1:]])


def _is_filed(case: Case, until: date) -> bool:
    return case.filed_on is not None and case.filed_on <= until
