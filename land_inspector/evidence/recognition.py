"""Which evidence a layer probably is, by its name and its fields: the draft of a profile that an office then corrects."""
from __future__ import annotations

import re
from typing import Dict, Iterable, List, Optional, Sequence, Tuple

# the first that is found in the layer's name decides; the order matters (设施农用地 is not 农用地转用)
ROLE_NAMES: Tuple[Tuple[str, str], ...] = (
    (r"基本农田|jbnt|pbf", "farmland"),
    (r"生态.{0,2}红线|sthx|ecological", "redline"),
    (r"设施农|设农|ssny|facility", "facility"),
    (r"临时|lsyd|temporary", "temporary"),
    (r"增减挂钩|挂钩|linkage", "linkage"),
    (r"整治|复垦|生态修复|consolidation", "consolidation"),
    (r"采矿|矿权|mining", "mining"),
    (r"登记|不动产|宗地|zd_|registration", "registration"),
    (r"供地|出让|划拨|supply|supplied", "supply"),
    (r"批文|报批|农转用|征收|已批|用地红线|approval|approved", "approval"),
    (r"规划|土规|管制区|三区三线|开发边界|ghyt|plan", "plan"),
    (r"村庄|城镇村|czc|village", "village"),
    (r"公路网|路网|highway", "highways"),
    (r"dltb|地类图斑|土地利用现状|变更调查|land.?use|survey", "land_use"),
)
FIELD_NAMES: Dict[str, Tuple[str, ...]] = {
    "class": ("DLBM", "地类编码"),
    "zone": ("GZQLXDM", "GZQ", "GHFQDM", "管制区类型代码", "规划分区"),
    "number": ("PZWH", "批文号", "批准文号", "BAH", "备案号", "备案编号", "HTH", "合同号", "BDCQZH", "不动产权证号"),
    "date": ("PZRQ", "PZSJ", "批准日期", "批准时间", "QDRQ", "签订日期"),
    "until": ("JZRQ", "JZSJ", "截至日期", "截至时间", "到期日期"),
    "user": ("YDDW", "用地单位"),
    "use": ("PZYT", "批准用途", "TDYT", "土地用途"),
    "project": ("XMMC", "项目名称"),
}
FIELDS_OF_ROLE = {"land_use": ("class",), "plan": ("zone",)}
NO_FIELDS = frozenset({"farmland", "redline", "village", "highways"})
PAPERS = ("number", "date", "until", "user", "use", "project")


def recognised_role(name: str, fields: Iterable[str]) -> Optional[str]:
    """The role that a layer's name or fields speak of; None where nothing does."""
    for pattern, role in ROLE_NAMES:
        if re.search(pattern, name, re.IGNORECASE):
            return role
    return "land_use" if recognised_fields(("class",), fields) else None


def recognised_fields(wanted: Sequence[str], fields: Iterable[str]) -> Dict[str, str]:
    """Standard name → the layer's own field."""
    by_upper = {field.upper(): field for field in fields}
    found = {}
    for standard in wanted:
        own: List[str] = [by_upper[alias] for alias in FIELD_NAMES[standard] if alias in by_upper]
        if own:
            found[standard] = own[0]
    return found


def fields_of_role(role: str, fields: Iterable[str]) -> Dict[str, str]:
    """Standard name → the layer's own field, for what ``role`` reads; names that no field answers to are missing."""
    return {} if role in NO_FIELDS else recognised_fields(FIELDS_OF_ROLE.get(role, PAPERS), fields)
