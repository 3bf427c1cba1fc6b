"""A case and its remedies in the columns that offices exchange (domain.md §9.5, §9.6). Dates are ISO text, areas m², money yuan."""
from __future__ import annotations

from datetime import date
from typing import Any, Dict, List, Optional, Sequence

from . import remedy_terms
from .areas import as_written
from .case_indicators import closed_on
from .case import Case
from .procedure import Done
from .pack import RulePack
from .quantities import yuan
from .rectification import IllegalLand, grounds, land_tracks, rectification_of, rectify_code
from .remedies import FINISHED, KINDS, Track, done_of, standing

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
    row["LXRQ"] = _last(remedy_terms.performance_end(case, item, pack) for item in case.items)
    row["SSQM"] = _last(remedy_terms.remedy_period_end(case, item, pack) for item in case.items)
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
