"""A matter that holds parts with states of their own, as a problem of an inspection holds patches: each act ``part`` names a part and says
how it stands; what it said last counts, an area once said stays until another is."""
from __future__ import annotations

from typing import Dict, List, Optional

from ...errors import Bilingual, Message, message
from .finding import FindingForm, Found, Reading

#: What a part's state may be: the codes of the common chain.
STATES: Dict[str, Bilingual] = {
    "3": Bilingual("being rectified", zh="整改中"), "4": Bilingual("papers examined", zh="材料审核"),
    "5": Bilingual("checked on site", zh="现场复核"), "6": Bilingual("settled", zh="销号"), "7": Bilingual("sent back", zh="退回"),
    "8": Bilingual("not counted", zh="不予认定")}
SETTLED, RETURNED, OUT = "6", "7", "8"
NONE, SOME_OPEN, ALL_SETTLED = "no_parts", "parts_open", "parts_settled"
ACT = "part"


class _Part:
    """How a part stands after all that was said of it."""

    def __init__(self) -> None:
        self.state = ""
        self.areas: Dict[str, Optional[float]] = {"area": None, "cultivated": None}

    def told(self, said: Dict[str, object]) -> None:
        self.state = str(said.get("part_state") or self.state)
        for name in self.areas:
            value = said.get(name)
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                self.areas[name] = float(value)


def _work(reading: Reading) -> Found:
    parts: Dict[str, _Part] = {}
    for done in reading.acts:
        number = str(done.particulars.get("number") or "").strip()
        if done.act == ACT and number:
            parts.setdefault(number, _Part()).told(dict(done.particulars))
    counted = [part for part in parts.values() if part.state != OUT]
    settled = [part for part in counted if part.state == SETTLED]

    def area(chosen: List[_Part], name: str) -> float:
        return sum((part.areas[name] or 0.0 for part in chosen), 0.0)

    values = {"parts": len(counted), "settled": len(settled), "left": len(counted) - len(settled),
              "returned": sum(part.state == RETURNED for part in counted), "area_m2": area(counted, "area"),
              "settled_m2": area(settled, "area"), "cultivated_m2": area(counted, "cultivated"),
              "settled_cultivated_m2": area(settled, "cultivated")}
    reasons: List[Message] = [message("{number}: {state}", number=number, state=STATES.get(part.state, part.state))
                              for number, part in sorted(parts.items())]
    status = NONE if not counted else ALL_SETTLED if len(settled) == len(counted) else SOME_OPEN
    return Found(status, values, tuple(reasons))


FORM = FindingForm(
    "parts",
    {NONE: Bilingual("no patch recorded by itself", zh="未逐图斑登记"), SOME_OPEN: Bilingual("patches not settled", zh="有图斑未销号"),
     ALL_SETTLED: Bilingual("every patch settled", zh="图斑全部销号")},
    {"parts": "count", "settled": "count", "left": "count", "returned": "count", "area_m2": "m2", "settled_m2": "m2",
     "cultivated_m2": "m2", "settled_cultivated_m2": "m2"},
    {}, (), _work)
