"""The kinds of patches of the demonstration, how many of each, and what a careful inspector concludes."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Sequence, Tuple


@dataclass(frozen=True)
class Kind:
    """``level1``/``level2`` the right verdict (domain.md §9.9; that of the remainder where the patch must be split),
    ``rule`` the rule of domain.md §10 that decides (empty: another category of §9.9), ``needs`` the facts that no layer
    holds, separated by commas (empty: the layers decide), ``share`` how many of about 400, ``split`` whether R22 asks
    for a split."""

    name: str
    zh: str
    share: int
    level1: str
    level2: str
    rule: str
    needs: str = ""
    split: bool = False


#: So mixed that about a tenth of the cultivated land that was built on is illegal, as in a county that has work to do.
KINDS: Tuple[Kind, ...] = (
    Kind("approved_estate", "园区、安置区成片批准", 30, "1", "102", "R20"),
    Kind("approved_this_year", "批供齐全（当年批准）", 46, "1", "101", "R20"),
    Kind("approved_earlier", "批供齐全（往年批准）", 62, "1", "102", "R20"),
    Kind("approved_twice", "两份批文拼合覆盖", 14, "1", "102", "R20"),
    Kind("approved_within_tolerance", "批文覆盖96%以上，未覆盖耕地不足半亩", 8, "1", "102", "R20"),
    Kind("approved_beyond_tolerance", "批文覆盖95%以上，未覆盖耕地超过半亩", 2, "2", "204", "R22", "YDDW", True),
    Kind("approved_unsupplied", "已批未供", 12, "2", "203", "R21"),
    Kind("partly_approved", "部分在批准范围内", 8, "2", "201", "R22", "YDDW", True),
    Kind("over_occupied", "批少占多", 10, "2", "204", "R22", "YDDW", True),
    Kind("approved_after_building", "先建后批", 6, "2", "201", "R20"),
    Kind("approved_between_images", "批准日期在两时相之间", 12, "1", "101", "R20", "JSSJ"),
    Kind("approved_by_coordinates", "批准范围只有红线坐标文件", 6, "1", "102", "R20"),
    Kind("registered", "已登记发证", 14, "1", "103", "R23"),
    Kind("linkage", "增减挂钩建新", 8, "1", "104", ""),
    Kind("facility", "设施农用地（备案）", 22, "3", "303", "R24"),
    Kind("facility_on_farmland", "设施农用地占永久基本农田", 4, "2", "210", "R24"),
    Kind("rural_road", "农村道路", 20, "3", "305", "R25", "SJDL,XZDWKD"),
    Kind("wide_road", "道路（宽度超标）", 3, "2", "201", "R31", "SJDL,XZDWKD"),
    Kind("temporary_valid", "临时用地（期内）", 12, "3", "304", "R26", "permanent_building"),
    Kind("temporary_expired", "临时用地（逾期）", 4, "2", "209", "R26", "reclaimed"),
    Kind("homestead", "农村宅基地（合规）", 28, "3", "306", "R27", "SJDL,homestead_approved"),
    Kind("homestead_illegal", "农村村民违法建房", 6, "2", "211", "R27", "SJDL,homestead_approved"),
    Kind("unapproved_crops", "未批占用一般耕地", 14, "2", "201", "R31"),
    Kind("unapproved_farmland", "未批占用永久基本农田", 8, "2", "201", "R31"),
    Kind("unapproved_other", "未批占用园地林地", 8, "2", "201", "R31"),
    Kind("unapproved_redline", "未批占用生态保护红线", 3, "2", "201", "R31"),
    Kind("unchanged", "实地伪变化", 26, "3", "301", "R29", "no_construction,photos"),
    Kind("restructured", "农业结构调整", 10, "3", "302", "R30", "SJDL,plough_layer"),
    Kind("quarry", "采矿用地（证内）", 4, "3", "311", "", "SJDL"),
    Kind("sliver", "边角细缝", 9, "3", "309", "R28", "category"),
    Kind("two_townships", "跨乡镇", 5, "2", "201", "R31"),
    Kind("beyond_survey", "超出底图范围", 2, "2", "201", "R11"),
)
BY_NAME: Dict[str, Kind] = {kind.name: kind for kind in KINDS}


def counts(patches: int, names: Sequence[str]) -> Dict[str, int]:
    """How many of each named kind for about that many patches in all; never fewer than one."""
    whole = sum(BY_NAME[name].share for name in names)
    return {name: max(1, round(BY_NAME[name].share * patches / whole)) for name in names}
