"""A first draft of an evidence profile from the layers an office has open: roles and fields by their usual names.

A draft, to be read by somebody who knows the layers: nothing is measured by it until then.
"""
from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, List, Mapping, Optional, Sequence, Tuple

from ..evidence.profile import LAND_USE, PLAN, ROLES, EvidenceLayer, Profile

#: Words in a layer's name, lower case, that tell its role; the first role whose word is in the name wins. Latin words of a language
#: count as whole words, also before an underscore ("planting" is no plan); pinyin and codes count anywhere.
_NAMES: Mapping[str, Tuple[str, ...]] = {
    "temporary": ("临时用地", "temporary"),
    "facility": ("设施农", "facility", "facilities"),
    "farmland": ("永久基本农田", "基本农田", "永农", "yjjbnt", "basic farmland", "prime farmland"),
    "redline": ("生态保护红线", "生态红线", "stbhhx", "ecological", "redline"),
    "linkage": ("增减挂钩", "挂钩", "linkage"),
    "consolidation": ("土地整治", "consolidation"),
    "mining": ("采矿", "mining"),
    "registration": ("不动产", "登记", "registration", "bdcqz"),
    "supply": ("供地", "土地供应", "出让", "划拨", "supply", "supplied"),
    "approval": ("农转用", "农用地转用", "转征", "报批", "用地审批", "用地批准", "批文", "征收", "approval", "approvals", "approved"),
    "highways": ("公路", "highway", "highways"),
    LAND_USE: ("地类图斑", "dltb", "三调", "land_use", "landuse"),
    PLAN: ("规划", "土规", "开发边界", "ghfq", "plan", "plans", "planning", "zoning"),
}
#: What such a name says when one of these words is in it: land not yet approved or supplied, only reserved, or itself a finding.
_AGAINST = re.compile(r"未|拟|待批|待报|待供|储备|非永|非基本|疑似|违法|违规|非法|线索|卫片|核减|划出|调出|退出|闲置|预审|"
                      r"规划(许可|条件|选址|核实|验收|道路|路网|公路)|"
                      r"(?<![a-z])(unapproved|unsupplied|not|non|draft|proposed|planned|pending|illegal|reserve[ds]?|former)(?![a-z])")
_PINYIN = frozenset({"yjjbnt", "stbhhx", "bdcqz", "dltb", "ghfq"})
_FIELDS: Mapping[str, Tuple[str, ...]] = {
    "class": ("DLBM", "地类编码"),
    "zone": ("GHFQDM", "GZQLXDM", "GHYTFQ", "规划分区代码"),
    "number": ("PZWH", "DZJGH", "BDCQZH", "BAH", "XKZH", "XMBH", "批准文号", "批文号"),
    "date": ("PZRQ", "GYRQ", "DJRQ", "YXQQ", "批准日期", "批准时间"),
    "until": ("JZRQ", "YXQZ", "截止日期"),
    "user": ("YDDW", "QLR", "用地单位", "权利人"),
    "project": ("XMMC", "项目名称"),
    "use": ("PZYT", "SPYT", "批准用途"),
}
#: Only permanent basic farmland has these fields: beside its land class they say what it is, whatever it is called.
_OF_FARMLAND = ("YJJBNTBH", "YJJBNTTBBH", "YJJBNTMJ", "YJJBNTTBMJ", "JBNTTBBH", "永久基本农田图斑编号", "永久基本农田编号")
#: Which of these fields speak in a role; for the others the paper's fields do.
_PLACES: Mapping[str, Tuple[str, ...]] = {LAND_USE: ("class",), PLAN: ("zone",)}
_PAPERS = ("number", "date", "until", "user", "project", "use")
_VILLAGE_FIELDS = ("CZCSXM", "城镇村属性码", "城镇村属性")


@dataclass(frozen=True)
class Offered:
    """A layer that might be evidence: what the office calls it, where it lies, its fields."""

    name: str
    source: str
    fields: Sequence[str]


def draft_profile(layers: Sequence[Offered], name: str, folder: Path) -> Tuple[Profile, List[Offered]]:
    """The profile, with sources relative to ``folder`` where they lie under it, and the layers nobody could place."""
    roles = [(role_of(layer), layer) for layer in layers]
    placed = sorted(((role, layer) for role, layer in roles if role), key=lambda pair: (ROLES.index(pair[0]), pair[1].name))
    made: List[EvidenceLayer] = []
    for role, layer in placed:
        made.append(_layer(layer, role, folder, made))
        village = _field(layer, _VILLAGE_FIELDS)
        if role == LAND_USE and village:
            made.append(EvidenceLayer(_key("village", made), "village", made[-1].source, layer.name, filter=(village, ("203",))))
    return Profile(name, tuple(made), folder), [layer for role, layer in roles if role is None]


def role_of(layer: Offered) -> Optional[str]:
    """By the name, else by fields that only farmland has; another layer with land classes is a survey whatever it is called."""
    text = f"{layer.name} {layer.source.rpartition('layername=')[2]}".lower()
    spoken = f" {re.sub(r'[^a-z]+', ' ', text)} "
    role = next((role for role, words in _NAMES.items() if any(_says(text, spoken, word) for word in words)), None)
    if speaks_against(text):
        role = None
    elif role is None and _field(layer, _OF_FARMLAND):
        return "farmland"
    if role is None and _field(layer, _FIELDS["class"]):
        return LAND_USE
    return None if role == LAND_USE and not _field(layer, _FIELDS["class"]) else role


def speaks_against(name: str) -> bool:
    """Whether a layer's name says that it is not what its words speak of: not yet approved, proposed, reserved, itself a finding."""
    return _AGAINST.search(name.lower()) is not None


def _says(text: str, spoken: str, word: str) -> bool:
    """Whether a layer's name has the word; ``spoken`` are its Latin words alone, blanks between them."""
    if not word.isascii() or word in _PINYIN:
        return word in text
    return f" {word.replace('_', ' ')} " in spoken


def _layer(offered: Offered, role: str, folder: Path, made: Sequence[EvidenceLayer]) -> EvidenceLayer:
    fields: Dict[str, str] = {}
    for standard in _PLACES.get(role, _PAPERS):
        found = _field(offered, _FIELDS[standard])
        if found:
            fields[standard] = found
    return EvidenceLayer(_key(role, made), role, relative_source(offered.source, folder), offered.name, fields=fields)


def _field(layer: Offered, names: Sequence[str]) -> Optional[str]:
    own = {field.upper(): field for field in layer.fields}
    return next((own[name.upper()] for name in names if name.upper() in own), None)


def _key(role: str, made: Sequence[EvidenceLayer]) -> str:
    same = sum(layer.role == role for layer in made)
    return f"{role}{same + 1}" if same else role


def relative_source(source: str, folder: Path) -> str:
    """A layer's source as seen from a profile's folder, with slashes; as it is where it lies outside or on another drive."""
    path, bar, table = source.partition("|")
    try:
        inside = Path(os.path.relpath(path, folder))
    except ValueError:  # another drive
        return source
    return path + bar + table if inside.parts[:1] == ("..",) else inside.as_posix() + bar + table
