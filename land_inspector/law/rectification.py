"""What the remedies of an illegal parcel mean for its land: what remains, whether it is rectified, what is deductible.

Only land tracks count here (R40, R41; domain.md §0.2 (5), (6)); buildings, money and persons hold up the closing of the
case instead. Areas in m².
"""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Dict, Iterable, List, Optional, Sequence, Tuple

from ..errors import Message, message
from .areas import Amount, EPSILON_M2, m2_text, total
from .case import Case
from .rulepack import Deduction, RulePack
from .remedies import APPROVAL, KINDS, REMOVAL, Track, standing


DEMOLISHED, APPROVED, COMBINED, OTHER = "demolished", "approved", "combined", "other"
MANNERS: Dict[str, Message] = {DEMOLISHED: message("demolished and reclaimed"), APPROVED: message("approved later"),
                               COMBINED: message("partly demolished, partly approved"), OTHER: message("other manner")}
_MU_M2 = 2000 / 3
TOLERANCE_M2 = 0.01 * _MU_M2  # R10: 0.01 mu, where no pack is at hand
_NO_LAND = Amount(land_m2=0.0, cultivated_m2=0.0)


@dataclass(frozen=True)
class IllegalLand:
    """What is illegal on a parcel: WFMJ and WFGD, and what the deduction table asks about it."""

    parcel: str
    illegal_m2: float
    cultivated_m2: float
    is_unsupplied: bool = False
    is_key_project: bool = False


@dataclass(frozen=True)
class Rectification:
    """The state of a parcel's land. ``remaining_m2`` is SYMJ: what is neither accepted nor done and waiting for acceptance."""

    parcel: str
    illegal_m2: float
    cultivated_m2: float
    approved_m2: float
    pending_m2: float
    remaining_m2: float
    approved_cultivated_m2: float
    pending_cultivated_m2: float
    remaining_cultivated_m2: float
    is_rectified: bool
    rectified_on: Optional[date]
    manner: Optional[str]
    overlap_m2: float = 0.0

    @property
    def is_done_not_accepted(self) -> bool:
        """Whether the work on the land is done and only acceptance is waited for."""
        return self.remaining_m2 <= EPSILON_M2 and not self.is_rectified

    @property
    def open_m2(self) -> float:
        """Illegal land that does not count as rectified: all of it until R40 holds (R42: total = rectified + open)."""
        return 0.0 if self.is_rectified else self.illegal_m2


def land_tracks(tracks: Iterable[Track]) -> List[Track]:
    """Those that were not withdrawn and settle land (R40, R41)."""
    return [track for track in standing(tracks) if KINDS[track.kind].settles_land]


def grounds(tracks: Sequence[Track]) -> List[List[Track]]:
    """Land tracks gathered by the ground they lie on: those linked by ``same_ground_as`` stand together."""
    by_id = {track.id: track for track in tracks}
    gathered: Dict[str, List[Track]] = {}
    for track in tracks:
        gathered.setdefault(_ground_id(track, by_id), []).append(track)
    return list(gathered.values())


def _ground_id(track: Track, by_id: Dict[str, Track]) -> str:
    seen = {track.id}
    while track.same_ground_as in by_id and track.same_ground_as not in seen:
        track = by_id[track.same_ground_as]
        seen.add(track.id)
    return track.id


def _settled(ground: Sequence[Track], accepted: bool) -> Amount:
    """Land of one ground on which every remedy is done (or accepted): ordered extent less the worst arrears."""
    settled = {}
    for unit in ("land_m2", "cultivated_m2"):
        extent = max(track.ordered.get(unit) for track in ground)
        arrears = max(track.ordered.get(unit) - (track.accepted if accepted else track.done).get(unit) for track in ground)
        settled[unit] = max(extent - max(arrears, 0.0), 0.0)
    return Amount(**settled)


def rectification_by(land: IllegalLand, tracks: Sequence[Track], pack: RulePack) -> Rectification:
    """:func:`rectification_of` with the pack's tolerance, and its word on whether unpaid money holds it up (§0.2 (6))."""
    limits = pack.parameters
    return rectification_of(land, tracks, limits.area_tolerance_mu * _MU_M2, limits.money_blocks_rectification)


def rectification_of(land: IllegalLand, tracks: Sequence[Track], tolerance_m2: float = TOLERANCE_M2,
                     money_blocks: bool = False) -> Rectification:
    """R40: rectified ⇔ nothing of the land remains and every land remedy's acceptance is finished.

    Land that is claimed twice (see :func:`overlap_warning`) leaves the parcel open: what it hides is not known. With ``money_blocks``
    what must be paid has to be paid as well.
    """
    on_land = land_tracks(tracks)
    parts = grounds(on_land)
    done = total([_NO_LAND] + [_settled(part, accepted=False) for part in parts])
    approved = total([_NO_LAND] + [_settled(part, accepted=True) for part in parts])
    whole = Amount(land_m2=land.illegal_m2, cultivated_m2=land.cultivated_m2)
    left = whole - done
    settled = -tolerance_m2 <= left.get("land_m2") <= 0
    rectified = bool(on_land) and settled and all(track.is_complete for track in on_land)
    if money_blocks:
        rectified = rectified and all(track.is_done for track in standing(tracks) if "fen" in KINDS[track.kind].units)
    remaining, pending = left.floored(), done - approved
    return Rectification(
        land.parcel, land.illegal_m2, land.cultivated_m2, approved.get("land_m2"), pending.get("land_m2"), remaining.get("land_m2"),
        approved.get("cultivated_m2"), pending.get("cultivated_m2"), remaining.get("cultivated_m2"), rectified,
        _accepted_on(on_land) if rectified else None, manner_of(on_land), max(-left.get("land_m2"), 0.0))


def _accepted_on(tracks: Sequence[Track]) -> Optional[date]:
    return max((track.acceptance.on for track in tracks if track.acceptance.on is not None), default=None)


def manner_of(tracks: Sequence[Track]) -> Optional[str]:
    """拆除 / 补办 / 组合 / 其他 (domain.md §3.2), from the land remedies on which something was done; None where nothing was."""
    kinds = {track.kind for track in land_tracks(tracks) if track.steps}
    if not kinds:
        return None
    removed, approved = bool(kinds & set(REMOVAL)), bool(kinds & set(APPROVAL))
    if removed and approved:
        return COMBINED
    return DEMOLISHED if removed else APPROVED if approved else OTHER


def overlap_warning(land: IllegalLand, tracks: Sequence[Track]) -> Optional[Message]:
    """The remedies claim more land than is illegal: some must lie on the same ground."""
    claimed = sum(max(t.ordered.get("land_m2") for t in ground) for ground in grounds(land_tracks(tracks)))
    if claimed <= land.illegal_m2 + EPSILON_M2:
        return None
    return message("The land remedies add up to {claimed} m², more than the {illegal} m² that are illegal; "
                   "say which of them lie on the same ground.", claimed=m2_text(claimed), illegal=m2_text(land.illegal_m2))


def plan_conflict(conforming_m2: Optional[float], contrary_m2: Optional[float], kinds: Iterable[str]) -> Optional[Message]:
    """R46: the plan decides between demolition (contrary to it) and confiscation (conforming), part by part.

    The areas are FHGHMJ and BFHGHMJ; with None (not measured) nothing can be said.
    """
    measures = {"demolition", "confiscation"} & set(kinds)
    if not measures or conforming_m2 is None or contrary_m2 is None:
        return None
    if conforming_m2 > EPSILON_M2 and contrary_m2 > EPSILON_M2:
        return message("Part of the parcel conforms to the plan ({conforming} m²) and part does not ({contrary} m²): "
                       "split it by the plan first.", conforming=m2_text(conforming_m2), contrary=m2_text(contrary_m2))
    if contrary_m2 > EPSILON_M2 and "confiscation" in measures:
        return message("The parcel is contrary to the plan: its buildings are to be demolished, not confiscated (Art. 77).")
    if conforming_m2 > EPSILON_M2 and "demolition" in measures:
        return message("The parcel conforms to the plan: its buildings are to be confiscated, not demolished (Art. 77).")
    return None


@dataclass(frozen=True)
class Deducted:
    """What a parcel takes off the ratios (R41), by bucket of the deduction table. ``r3_m2`` area and ``r4_m2`` cultivated land
    leave the numerators, the two denominators shrink in net mode only."""

    parcel: str
    buckets: Tuple[str, ...] = ()
    r3_m2: float = 0.0
    r4_m2: float = 0.0
    denominator_m2: float = 0.0
    denominator_cultivated_m2: float = 0.0


def rectify_code(ground: Sequence[Track]) -> Optional[str]:
    """The one ZGFS code of the remedies of a ground: reclaiming or approving says more than demolishing, that more than
    returning. Where there was no cultivated land there is nothing to reclaim, and demolition does it."""
    kinds = {track.kind: track for track in ground}
    chosen = next((kind for kind in ("reclamation",) + APPROVAL + ("demolition",) if kind in kinds), ground[0].kind)
    if chosen == "demolition" and max(track.ordered.get("cultivated_m2") for track in ground) <= EPSILON_M2:
        chosen = "reclamation"
    return KINDS[chosen].rectify_code


def _by_code(ground: Sequence[Track], accepted: bool) -> List[Tuple[Optional[str], Amount]]:
    """The settled land of a ground by ZGFS code. What was reclaimed (or approved) counts as that as far as it reaches; the rest of
    what was demolished counts as demolished only, unless no cultivated land is left on it to be reclaimed."""
    left = _settled(ground, accepted)
    found: List[Tuple[Optional[str], Amount]] = []
    for kind in ("reclamation",) + APPROVAL:
        own = [track for track in ground if track.kind == kind]
        if own:
            settled = _settled(own, accepted)
            part = Amount(**{unit: min(settled.get(unit), left.get(unit)) for unit in ("land_m2", "cultivated_m2")})
            found.append((KINDS[kind].rectify_code, part))
            left = (left - part).floored()
    rest = [track for track in ground if track.kind not in ("reclamation",) + APPROVAL]
    if rest and not (found and left.is_zero()):
        found.append((_rest_code(rest, left, bool(found)), left))
    return found


def _rest_code(rest: Sequence[Track], left: Amount, is_part: bool) -> Optional[str]:
    if is_part and left.get("cultivated_m2") <= EPSILON_M2 and any(track.kind == "demolition" for track in rest):
        return KINDS["reclamation"].rectify_code
    return rectify_code(rest)


def deducted(land: IllegalLand, tracks: Sequence[Track], cut_off: Optional[date], pack: RulePack) -> Deducted:
    """R41 by the pack's deduction table; land that falls into several buckets is taken off once.

    Buckets with the condition ``accepted`` open only when the whole parcel is rectified (R40) on or before the cut-off;
    without a cut-off they stay open.
    """
    if not (tracks or land.is_unsupplied or land.is_key_project):  # most parcels: nothing was ordered, nothing is deducted
        return Deducted(land.parcel, (), 0.0, 0.0, 0.0, 0.0)
    on = rectification_by(land, tracks, pack).rectified_on if tracks else None
    in_time = on is not None and (cut_off is None or on <= cut_off)
    lines = [(line, amount) for line, amount in _buckets(land, land_tracks(tracks), pack)
             if line.deducts and (in_time or line.condition == "none")]
    return Deducted(
        land.parcel, tuple(dict.fromkeys(line.bucket for line, _ in lines)),
        _taken(lines, "r3", "land_m2", land.illegal_m2), _taken(lines, "r4", "cultivated_m2", land.cultivated_m2),
        _shrunk(lines, "land_m2", land.illegal_m2), _shrunk(lines, "cultivated_m2", land.cultivated_m2))


def _buckets(land: IllegalLand, tracks: Sequence[Track], pack: RulePack) -> List[Tuple[Deduction, Amount]]:
    """The lines of the table that the parcel's land falls into, with the land of each."""
    whole = Amount(land_m2=land.illegal_m2, cultivated_m2=land.cultivated_m2)
    by_verdict = {"unsupplied": land.is_unsupplied, "key_project": land.is_key_project}
    found = [(line, whole) for line in pack.deductions if by_verdict.get(line.bucket)]
    for ground in grounds(tracks):
        for line in pack.deductions:
            found += [(line, amount) for code, amount in _by_code(ground, line.condition == "accepted") if code in line.remedies]
    return found


def _taken(lines: Sequence[Tuple[Deduction, Amount]], ratio: str, unit: str, most: float) -> float:
    return min(sum(amount.get(unit) for line, amount in lines if ratio in line.numerator), most)


def _shrunk(lines: Sequence[Tuple[Deduction, Amount]], unit: str, most: float) -> float:
    return min(sum(amount.get(unit) for line, amount in lines if line.denominator), most)


def is_too_late(land: IllegalLand, tracks: Sequence[Track], cut_off: Optional[date], pack: Optional[RulePack] = None) -> bool:
    """Rectified, but accepted after the last day for deduction (KJRQ)."""
    on = (rectification_of(land, tracks) if pack is None else rectification_by(land, tracks, pack)).rectified_on
    return on is not None and cut_off is not None and on > cut_off


# How far the land of an illegal parcel has come, in one code (ZGJD) and one area (SYMJ): what the map shows of a case.

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
