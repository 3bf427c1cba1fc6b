"""Facility farmland (设施农用地): whether a project keeps what was filed; the lines are settings, by province (ledgers.md
§8).
"""
from __future__ import annotations

from typing import List, Optional

from ...errors import Bilingual
from ..areas import minus
from .finding import FindingForm, Found, Reading

KEPT, NOT_FILED, NOT_MAPPED, BEYOND, AUXILIARY, GUARD_HOUSE, CHANGED, EXPIRED, ABANDONED, BASIC = (
    "kept", "not_filed", "not_mapped", "beyond", "auxiliary", "guard_house", "changed", "expired", "abandoned", "basic_farmland")
_MU = 2000 / 3


def most_auxiliary_m2(project_m2: float, reading: Reading) -> float:
    """The auxiliary land that a project may have: a part of it, under a ceiling that is higher for large growers."""
    large = project_m2 >= reading.setting("large_mu", 500) * _MU
    ceiling = reading.setting("ceiling_large_mu", 15) if large else reading.setting("ceiling_mu", 10)
    return min(project_m2 * reading.setting("auxiliary_share", 0.05), ceiling * _MU)


def _work(reading: Reading) -> Found:
    """Every problem, the gravest first."""
    found: List[str] = []
    filed, measured = reading.get("filed_m2"), reading.get("measured_m2")
    if reading.get("changed_use"):
        found.append(CHANGED)
    if (reading.get("basic_farmland_m2") or 0.0) > reading.setting("basic_m2", 0.0):
        found.append(BASIC)
    if reading.get("abandoned"):
        found.append(ABANDONED)
    until = reading.get("filed_until")
    if until is not None and reading.day > until:
        found.append(EXPIRED)
    if not reading.get("filing"):
        found.append(NOT_FILED)
    beyond = max(minus(measured, filed), 0.0) if filed is not None and measured is not None else None
    if beyond is not None and beyond > reading.setting("tolerance_m2", 0.0):
        found.append(BEYOND)
    over = _over(reading)
    if over is not None and over > 1e-6:
        found.append(AUXILIARY)
    if (reading.get("guard_m2") or 0.0) > reading.setting("guard_house_m2",
                                                          15) or (reading.get("guard_floors") or 0) > 1:
        found.append(GUARD_HOUSE)
    if not reading.get("map_number"):
        found.append(NOT_MAPPED)
    values = {"beyond_m2": beyond, "auxiliary_over_m2": over, "problems": len(found)}
    return Found(found[0] if found else KEPT, values, (), tuple(found[1:]))


def _over(reading: Reading) -> Optional[float]:
    auxiliary, project = reading.get("auxiliary_m2"), reading.get("measured_m2") or reading.get("filed_m2")
    if auxiliary is None or project is None:
        return None
    return max(minus(auxiliary, most_auxiliary_m2(project, reading)), 0.0)


FORM = FindingForm(
    "facility",
    {KEPT: Bilingual("in order", zh="规范"), NOT_FILED: Bilingual("not filed", zh="未备案"),
     NOT_MAPPED: Bilingual("not on the map system", zh="未上图"),
     BEYOND: Bilingual("beyond the filed area", zh="超范围"), AUXILIARY: Bilingual("too much auxiliary land", zh="辅助设施超标"),
     GUARD_HOUSE: Bilingual("guard house too large", zh="看护房超标"), CHANGED: Bilingual("use changed", zh="改变用途（大棚房）"),
     EXPIRED: Bilingual("filing run out, not restored", zh="到期未复垦"), ABANDONED: Bilingual("abandoned", zh="废弃"),
     BASIC: Bilingual("on permanent basic farmland", zh="占用永久基本农田")},
    {"beyond_m2": "m2", "auxiliary_over_m2": "m2", "problems": "count"},
    {"filing": ("text",), "filed_until": ("date",), "map_number": ("text",), "filed_m2": ("area",),
     "measured_m2": ("area",),
     "auxiliary_m2": ("area",), "changed_use": ("flag",), "abandoned": ("flag",), "guard_m2": ("area",),
     "guard_floors": ("count",), "basic_farmland_m2": ("area",)},
    ("filing",), _work)
