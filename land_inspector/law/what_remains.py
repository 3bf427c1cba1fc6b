"""How far the land of an illegal parcel has come, in one code (ZGJD) and one area (SYMJ): what the map shows of a case."""
from __future__ import annotations

from typing import Optional, Sequence, Tuple

from .case import Case
from .quantities import EPSILON_M2
from .rectification import IllegalLand, land_tracks, rectification_of
from .remedies import Track

# ZGJD, see the code list
UNTOUCHED, IN_HANDLING, ORDERED, DONE, RECTIFIED, CASE_ENDED = "1", "2", "3", "4", "5", "6"


def what_remains(land: IllegalLand, tracks: Sequence[Track], cases: Sequence[Case]) -> Tuple[str, float]:
    """The stage, and the illegal land (m²) on which nothing is done yet. ``cases`` are those that cover the parcel."""
    if not tracks:  # most parcels: nothing was ordered, so nothing is done
        remaining = land.illegal_m2 if land.illegal_m2 > EPSILON_M2 else 0.0
        return _stage(False, remaining, False, _open(cases)), remaining
    state = rectification_of(land, tracks)
    return _stage(state.is_rectified, state.remaining_m2, bool(land_tracks(tracks)), _open(cases)), state.remaining_m2


def _stage(is_rectified: bool, remaining_m2: float, is_ordered: bool, has_open_case: Optional[bool]) -> str:
    if is_rectified:
        return RECTIFIED
    if is_ordered:
        return ORDERED if remaining_m2 > EPSILON_M2 else DONE
    return UNTOUCHED if has_open_case is None else IN_HANDLING if has_open_case else CASE_ENDED


def _open(cases: Sequence[Case]) -> Optional[bool]:
    """Whether one of the cases is open; None without any."""
    return any(case.is_open for case in cases) if cases else None
