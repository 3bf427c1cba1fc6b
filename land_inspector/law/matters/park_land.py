"""Land leased in, leased out and expropriated of a park (土地资源核查处置): the seven problems of seed001 (ledgers.md §9).

Three areas never mixed: by contract, used in fact, approved for expropriation; what lies outside the red line is
measured apart.
"""
from __future__ import annotations

from typing import Callable, Dict, List, Optional, Tuple

from ...errors import Bilingual, message
from ..areas import minus
from ..calendar import add_months
from .finding import CANNOT_TELL, UNTOLD, FindingForm, Found, Reading

FINE = "in_order"
USELESS, NEEDED, UNUSED, MORE_THAN_LEASED, NO_CONTRACT, LONG_UNPAID, MORE_THAN_EXPROPRIATED, OUTSIDE, UNPAID = (
    "useless", "needed", "unused", "more_than_leased", "no_contract", "long_unpaid", "more_than_expropriated",
    "outside", "unpaid")
#: groups of the code list of 类别
LEASED_IN, LEASED_OUT, EXPROPRIATED = "leased_in", "leased_out", "expropriated"


def excess_m2(used_m2: Optional[float], allowed_m2: Optional[float]) -> Optional[float]:
    """Used minus allowed, never below 0; None where one is not known."""
    return None if used_m2 is None or allowed_m2 is None else max(minus(used_m2, allowed_m2), 0.0)


def _leased_in(reading: Reading) -> List[str]:
    return {"useless": [USELESS], "needed": [NEEDED], "unused": [UNUSED]}.get(reading.group_of("use_state"), [])


def _leased_out(reading: Reading) -> List[str]:
    found = []
    used = reading.get("used_m2") or 0.0
    if used > 0 and not _is_in_force(reading):
        found.append(NO_CONTRACT)
    elif (excess_m2(used, reading.get("contract_m2")) or 0.0) > reading.setting("tolerance_m2", 0.0):
        found.append(MORE_THAN_LEASED)
    since = reading.get("owed_since")
    if _owed(reading) and since is not None and reading.day > add_months(since,
                                                                         int(reading.setting("arrears_months", 12))):
        found.append(LONG_UNPAID)
    return found


def _expropriated(reading: Reading) -> List[str]:
    found = []
    if (excess_m2(reading.get("used_m2"), reading.get("expropriated_m2")) or 0.0) > reading.setting("tolerance_m2",
                                                                                                    0.0):
        found.append(MORE_THAN_EXPROPRIATED)
    if (reading.get("outside_m2") or 0.0) > 0:
        found.append(OUTSIDE)
    if _owed(reading):
        found.append(UNPAID)
    return found


def _is_in_force(reading: Reading) -> bool:
    """A contract with a number, begun and not run out on the day."""
    first, last = reading.get("contract_from"), reading.get("contract_until")
    return bool(reading.get("contract")) and (first is None or first <= reading.day) and (last is None
                                                                                          or reading.day <= last)


def _owed(reading: Reading) -> int:
    paid = (reading.get("paid") or 0) + sum(done.particulars.get("amount") or 0 for done in reading.acts
                                            if done.act == "collect")
    return max((reading.get("payable") or 0) - paid, 0)


_BY_CATEGORY: Dict[str, Callable[[Reading], List[str]]] = {
    LEASED_IN: _leased_in, LEASED_OUT: _leased_out, EXPROPRIATED: _expropriated}


def _work(reading: Reading) -> Found:
    by = _BY_CATEGORY.get(reading.group_of("category"))
    if by is None:
        return Found(CANNOT_TELL, {}, (message("The category (leased in, leased out, expropriated) is not given."),))
    problems = by(reading)
    allowed = reading.get("expropriated_m2" if by is _expropriated else "contract_m2")
    values = {"excess_m2": excess_m2(reading.get("used_m2"), allowed), "owed_fen": _owed(reading),
              "problems": len(problems)}
    return Found(problems[0] if problems else FINE, values, (), tuple(problems[1:]))


_DATES: Tuple[str, ...] = ("contract_from", "contract_until", "owed_since")
FORM = FindingForm(
    "park_land",
    {FINE: Bilingual("no problem", zh="无问题"), USELESS: Bilingual("leased and of no use", zh="租而无用"),
     NEEDED: Bilingual("leased and needed", zh="租而有用"), UNUSED: Bilingual("leased and not used", zh="租而未用"),
     MORE_THAN_LEASED: Bilingual("more used than leased", zh="少租多用"),
     NO_CONTRACT: Bilingual("used without a lease", zh="未租先占"),
     LONG_UNPAID: Bilingual("rent long unpaid", zh="长期拒缴"),
     MORE_THAN_EXPROPRIATED: Bilingual("more used than expropriated", zh="少征多用"),
     OUTSIDE: Bilingual("outside the red line", zh="红线外用地"),
     UNPAID: Bilingual("expropriation not fully paid", zh="未足额缴纳征用款"),
     CANNOT_TELL: UNTOLD},
    {"excess_m2": "m2", "owed_fen": "fen", "problems": "count"},
    {"category": ("code",), "use_state": ("code",), "contract": ("text",), **{name: ("date",) for name in _DATES},
     "contract_m2": ("area",), "used_m2": ("area",), "expropriated_m2": ("area",), "outside_m2": ("area",),
     "payable": ("money",),
     "paid": ("money",)},
    ("category", "used_m2"), _work)
