"""What a decision should be looked at for before it is signed; cautions warn, they never refuse."""
from __future__ import annotations

from typing import Any, Iterable, List, Mapping, Optional

from ..errors import Message, message
from .rectification import plan_conflict


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


def _typical(farmland_m2: Optional[float], redline_m2: Optional[float]) -> Optional[Message]:
    if not farmland_m2 and not redline_m2:
        return None
    return message("Permanent basic farmland or ecological red line is occupied: consider reporting it as a grave typical case.")
