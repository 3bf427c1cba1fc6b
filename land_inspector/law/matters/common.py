"""What every ledger has beside its own: the lists of work, and the three versions of its figures (ledgers.md §0)."""
from __future__ import annotations

from typing import Any, List, Mapping, Tuple

from ...errors import Bilingual
from .kind import ANY_TERM, OPEN, PAUSED, PROMISED, SETTLED, Column, Condition, KindList

_DUE = "due"


def _common_list(code: str, en: str, zh: str, where: Tuple[Condition, ...], day: str = "") -> KindList:
    return KindList(code, Bilingual(en, zh=zh), where, day)


#: Lists that every kind has (ledgers.md §0).
COMMON_LISTS = (
    _common_list("overdue", "Overdue", "已逾期", ({"class": [OPEN]}, {"term": [ANY_TERM], "status": ["overdue"]}),
                 ANY_TERM),
    _common_list(_DUE, "Due soon", "即将到期", ({"class": [OPEN]}, {"term": [ANY_TERM], "within_days": 30}), ANY_TERM),
    _common_list("incomplete", "Without a promised day or a responsible unit", "无时限或无责任单位",
                 ({"class": [OPEN]}, {"any": [{"value": "WCSX", "given": False}, {"value": "ZRDW", "given": False}]})),
    _common_list("unsettled", "Not settled", "未销号", ({"class": [OPEN, PAUSED]},), ANY_TERM),
    _common_list("all", "All", "全部", ()))

_ALL, _SETTLED = ({"class": [OPEN, PAUSED, SETTLED]},), ({"class": [SETTLED]},)


def _common(name: str, en: str, zh: str, do: str, of: str = "", where: Tuple[Condition, ...] = (),
            unit: str = "count") -> Column:
    return Column(name, Bilingual(en, zh=zh), do, (of,) if of else (), unit, where)


def _rate(name: str, en: str, zh: str, numerator: str, denominator: str) -> Column:
    return Column(name, Bilingual(en, zh=zh), "rate", unit="share", numerator=numerator, denominator=denominator)


def common_columns(fields: Mapping[str, Any]) -> List[Column]:
    """The three versions of every ledger: number, area, cultivated area, each with what is settled, and the rates."""
    found = [_common("ZS", "To settle", "应整改（件）", "count", where=_ALL),
             _common("YX", "Settled", "已销号（件）", "count", where=_SETTLED),
             _common("WX", "Not settled", "未销号（件）", "count", where=({"class": [OPEN, PAUSED]},)),
             _common("YQ", "Overdue", "逾期（件）", "count",
                     where=({"class": [OPEN]}, {"term": [ANY_TERM], "status": ["overdue"]})),
             _rate("XHL_S", "Settled, by number", "销号率·件数", "YX", "ZS")]
    if PROMISED in fields:
        due, in_time = ({"term": ["promised"], "status": ["met", "met_late", "overdue"]},), ({"term": ["promised"], "status": ["met"]},)
        found += [_common("DQYX", "Promised for the day or before", "到期应销号（件）", "count", where=(*_ALL, *due)),
                  _common("AQXH", "Settled in time", "按期销号（件）", "count", where=(*_SETTLED, *in_time)),
                  _rate("AQXL", "Settled in time", "按期率", "AQXH", "DQYX")]
    for name, tail, en, zh in (("MJ", "MJ", "area", "面积"), ("GDMJ", "GD", "cultivated area", "耕地")):
        if name in fields:
            found += [_common(f"ZS{tail}", f"To settle, {en}", f"应整改{zh}", "sum", name, _ALL, "m2"),
                      _common(f"YX{tail}", f"Settled, {en}", f"已销号{zh}", "sum", name, _SETTLED, "m2"),
                      _rate(f"XHL_{tail[0]}", f"Settled, by {en}", f"销号率·{zh}", f"YX{tail}", f"ZS{tail}")]
    return found
