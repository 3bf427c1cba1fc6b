"""What a decision should be looked at for before it is signed; cautions warn, they never refuse."""
from __future__ import annotations

from typing import Any, Iterable, List, Mapping, Optional

from ..errors import Bilingual, Message, message
from .pack import RulePack
from .penalties import PER_M2, grade_for
from .rectification import plan_conflict
from .reviews import may_issue_penalty


def decision_cautions(remedies: Iterable[Mapping[str, Any]], conforming_m2: Optional[float] = None,
                      contrary_m2: Optional[float] = None, farmland_m2: Optional[float] = None,
                      redline_m2: Optional[float] = None) -> List[Message]:
    """R46 (plan), R51 (permanent basic farmland, ecological red line) and the order to return the land, without which a case of
    illegal occupation cannot be closed by a receipt ([CASE-LI]). Areas in m², None where not measured."""
    listed = list(remedies)
    kinds = {remedy["kind"] for remedy in listed}
    occupation = any(remedy.get("article") == "77" for remedy in listed) or bool(kinds & {"demolition", "confiscation"})
    found = [
        plan_conflict(conforming_m2, contrary_m2, kinds),
        _typical(farmland_m2, redline_m2),
        message("The decision does not order the land to be returned; without that order it cannot be closed by a receipt for the land.")
        if occupation and not kinds & {"return", "hand_back"} else None]
    return [one for one in found if one is not None]


def parcel_cautions(remedies: Iterable[Mapping[str, Any]], areas_m2: Mapping[str, float], review_state: str, pack: RulePack
                    ) -> List[Message]:
    """R53: a notice or decision on a parcel that nobody checked on site (``review_state`` HSZT; the patch is a clue, never evidence); and
    fines by the m² outside the step of the province's discretion table that the land reaches. ``areas_m2`` by kind of land: farmland
    (permanent basic), cultivated (other), other."""
    found = [] if may_issue_penalty(review_state) else [
        message("Nobody has recorded a check of this parcel on site: a satellite patch is a clue, never the ground of a penalty (R53).")]
    return found + [one for one in (_grade(remedy, areas_m2, pack) for remedy in remedies) if one is not None]


def _grade(remedy: Mapping[str, Any], areas_m2: Mapping[str, float], pack: RulePack) -> Optional[Message]:
    step = grade_for(str(remedy.get("article") or ""), areas_m2, pack) if remedy["kind"] == "fine" else None
    land_m2 = (remedy.get("base") or {}).get("land_m2")
    if step is None or step.unit != PER_M2 or not land_m2:
        return None
    rate = (remedy["amount"].get("fen") or 0) / 100 / land_m2
    if step.minimum <= rate <= step.maximum:
        return None
    return message("The fine is {rate} yuan per m²; the discretion table asks {least} to {most} for this land ({grade}).",
                   rate=f"{rate:.2f}", least=step.minimum, most=step.maximum, grade=Bilingual(step.grade.en, zh=step.grade.zh))


def _typical(farmland_m2: Optional[float], redline_m2: Optional[float]) -> Optional[Message]:
    if not farmland_m2 and not redline_m2:
        return None
    return message("Permanent basic farmland or ecological red line is occupied: consider reporting it as a grave typical case.")
