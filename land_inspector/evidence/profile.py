"""The evidence profile: which layer is evidence of what, written once by an office.

A JSON file (UTF-8)::

    {"version": 1, "name": "古城县 2026",
     "layers": [
       {"key": "dltb", "role": "land_use", "source": "survey/dltb.gpkg|layername=DLTB", "name": "地类图斑",
        "date": "2025-12-31", "fields": {"class": "DLBM"}},
       {"key": "plan", "role": "plan", "source": "plan.shp", "crs": "EPSG:4549",
        "fields": {"zone": "GZQLXDM"}, "inside": ["010", "020"]},
       {"key": "pw", "role": "approval", "source": "approved.gpkg", "filter": {"field": "SXLX", "values": ["01", "02"]},
        "fields": {"number": "PZWH", "date": "PZRQ", "user": "YDDW"}}]}

``source`` is a path, relative to the profile or absolute, with ``|layername=`` where a file holds several layers.
``crs`` stands in for what the file lacks or says wrongly. ``filter`` keeps the features whose field has one of the
values. ``inside`` (role plan) names the zones that allow construction; without it the whole layer does.
A role with several layers is measured over all of them together.
"""
from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

from ..errors import InputError, Message
from ..progress import Progress
from .layers import open_layer
from .sources import Source


# Which evidence a layer probably is, by its name and its fields: the draft of a profile that an office then corrects.

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


VERSION = 1
LAND_USE, PLAN, APPROVAL, SUPPLY = "land_use", "plan", "approval", "supply"
FARMLAND, REDLINE = "farmland", "redline"
ROLES = (
    LAND_USE, APPROVAL, SUPPLY, "registration", "facility", "temporary", FARMLAND, REDLINE, PLAN, "linkage",
    "consolidation", "mining", "village", "highways",
)
CLASS_FIELD = {LAND_USE: "class", PLAN: "zone"}
DOCUMENT_FIELDS = ("number", "date", "until", "user", "use", "project")
STANDARD_FIELDS = frozenset({"class", "zone", *DOCUMENT_FIELDS})
_LAYER_KEYS = frozenset({"key", "role", "source", "name", "date", "fields", "crs", "filter", "inside"})


@dataclass(frozen=True)
class EvidenceLayer:
    """One layer of a profile; ``fields`` maps the standard names to the layer's own."""

    key: str
    role: str
    source: str
    name: str = ""
    date: Optional[str] = None
    fields: Mapping[str, str] = field(default_factory=dict)
    crs: str = ""
    filter: Optional[Tuple[str, Tuple[str, ...]]] = None
    inside: Tuple[str, ...] = ()

    def open(self, folder: Path, progress: Optional[Progress] = None) -> Source:
        """The layer, narrowed by its filter; a relative source is looked for in ``folder``."""
        path, bar, table = self.source.partition("|")
        opened = open_layer(str(folder / path) + bar + table, self.name, self.crs, progress)
        for name in (*self.fields.values(), *([self.filter[0]] if self.filter else [])):
            opened.stored_field(name)
        return opened.only(*self.filter) if self.filter else opened

    def as_record(self) -> Dict[str, Any]:
        """The layer as JSON of a profile: members that say nothing are left out."""
        record: Dict[str, Any] = {"key": self.key, "role": self.role, "source": self.source, "name": self.name}
        optional = {
            "date": self.date, "fields": dict(self.fields), "crs": self.crs, "inside": list(self.inside),
            "filter": {"field": self.filter[0], "values": list(self.filter[1])} if self.filter else None,
        }
        record.update({name: value for name, value in optional.items() if value})
        return record


@dataclass(frozen=True)
class Profile:
    """The layers of an office; ``folder`` is where relative sources start."""

    name: str
    layers: Tuple[EvidenceLayer, ...]
    folder: Path = Path(".")

    def of_role(self, role: str) -> List[EvidenceLayer]:
        """The layers of a role in the profile's order; empty where it has none."""
        return [layer for layer in self.layers if layer.role == role]

    def in_place(self) -> "Profile":
        """The same with absolute sources, for where it is kept apart from its folder; what is no file there stays as it is written."""
        def placed(layer: EvidenceLayer) -> EvidenceLayer:
            path, bar, table = layer.source.partition("|")
            found = (self.folder / path).resolve()
            return replace(layer, source=f"{found}{bar}{table}") if found.exists() else layer

        return replace(self, layers=tuple(map(placed, self.layers)))

    def write(self, path: Path) -> None:
        """As JSON that people can read and change."""
        record = {"version": VERSION, "name": self.name, "layers": [layer.as_record() for layer in self.layers]}
        Path(path).write_text(json.dumps(record, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def read_profile(path: Path) -> Profile:
    """Raises InputError naming the file, the key at fault and the remedy."""
    path = Path(path)
    try:
        record = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise _profile_error(path, "-", "cannot be read", "Check the path and save the file as UTF-8.") from error
    except json.JSONDecodeError as error:
        raise InputError(
            "{file} is no JSON: line {line}, column {column}.", "Check brackets, quotes and commas there.",
            file=path.name, line=error.lineno, column=error.colno,
        ) from error
    return profile_of(record, path)


def profile_of(record: Any, path: Path) -> Profile:
    """The profile said by parsed JSON; ``path`` is named in errors, its folder holds relative sources."""
    if not isinstance(record, dict) or record.get("version") != VERSION:
        raise _profile_error(path, "version", "must be 1", "This plugin reads profiles of version 1.")
    rows = record.get("layers")
    if not isinstance(rows, list) or not rows:
        raise _profile_error(path, "layers", "must be a list of at least one layer", "Add the evidence layers.")
    layers = tuple(_layer(row, path, number) for number, row in enumerate(rows, 1))
    keys = [layer.key for layer in layers]
    for key in keys:
        if keys.count(key) > 1:
            raise _profile_error(path, "key", "“{value}” is used twice", "Give each layer a key of its own.", value=key)
    return Profile(str(record.get("name", path.stem)), layers, path.parent)


def _profile_error(path: Path, key: str, template: str, remedy: str, **details: Any) -> InputError:
    what = Message(template, details)
    return InputError("Evidence profile {file}, {key}: {what}.", remedy, file=path.name, key=key, what=what, **details)


def _layer(row: Any, path: Path, number: int) -> EvidenceLayer:
    where = f"layers[{number}]"
    if not isinstance(row, dict):
        raise _profile_error(path, where, "must be an object", 'Write it as {{"key": …, "role": …, "source": …}}.')
    unknown = sorted(set(row) - _LAYER_KEYS)
    if unknown:
        raise _profile_error(path, f"{where}.{unknown[0]}", "is not known", "Remove it, or check its spelling.")
    for name in ("key", "role", "source"):
        if not isinstance(row.get(name), str) or not row[name]:
            raise _profile_error(path, f"{where}.{name}", "must be a text", "Every layer needs a key, a role and a source.")
    if row["role"] not in ROLES:
        raise _profile_error(path, f"{where}.role", "“{value}” is not known", "Use one of: {roles}.",
                             value=row["role"], roles=", ".join(ROLES))
    return EvidenceLayer(
        row["key"], row["role"], row["source"], str(row.get("name") or row["key"]), _date(row, path, where),
        _fields(row, path, where), str(row.get("crs") or ""), _filter(row, path, where), _inside(row, path, where),
    )


def _date(row: Mapping[str, Any], path: Path, where: str) -> Optional[str]:
    if row.get("date") is None:
        return None
    try:
        return date.fromisoformat(str(row["date"])).isoformat()
    except ValueError as error:
        raise _profile_error(path, f"{where}.date", "“{value}” is no date", "Write it as YYYY-MM-DD.", value=row["date"]) from error


def _fields(row: Mapping[str, Any], path: Path, where: str) -> Dict[str, str]:
    fields = row.get("fields") or {}
    for name, own in fields.items() if isinstance(fields, dict) else [("fields", None)]:
        if name not in STANDARD_FIELDS or not isinstance(own, str):
            raise _profile_error(path, f"{where}.fields.{name}", "is not known", "Map these to the layer's fields: {allowed}.",
                                 allowed=", ".join(sorted(STANDARD_FIELDS)))
    if row["role"] == LAND_USE and "class" not in fields:
        raise _profile_error(path, f"{where}.fields.class", "is missing", "Name the field that holds DLBM.")
    if row.get("inside") and "zone" not in fields:
        raise _profile_error(path, f"{where}.fields.zone", "is missing", "Name the field that “inside” speaks of.")
    return dict(fields)


def _filter(row: Mapping[str, Any], path: Path, where: str) -> Optional[Tuple[str, Tuple[str, ...]]]:
    said = row.get("filter")
    if said is None:
        return None
    if not isinstance(said, dict) or set(said) != {"field", "values"} or not isinstance(said["values"], list):
        raise _profile_error(path, f"{where}.filter", "is not understood",
                             'Write it as {{"field": "SXLX", "values": ["01"]}}.')
    return str(said["field"]), tuple(str(value) for value in said["values"])


def _inside(row: Mapping[str, Any], path: Path, where: str) -> Tuple[str, ...]:
    said = row.get("inside") or []
    if not isinstance(said, list):
        raise _profile_error(path, f"{where}.inside", "must be a list", "List the zone codes that allow construction.")
    return tuple(str(value) for value in said)


def open_all(profile: Profile, progress: Progress, given: Optional[Mapping[str, Source]] = None) -> Dict[str, Source]:
    """Every layer of a profile by key; ``given`` stands in for sources that are not files (layers of a project)."""
    given, opened = given or {}, {}
    for number, layer in enumerate(profile.layers):
        part = progress.part(number / len(profile.layers), (number + 1) / len(profile.layers))
        opened[layer.key] = given[layer.key] if layer.key in given else layer.open(profile.folder, part)
    return opened


def draft(layers: Iterable[Tuple[str, str, Sequence[str]]], name: str = "draft", folder: Path = Path(".")) -> Profile:
    """A profile proposed from (name, source, field names) of layers; what is not recognised, or is a land-use survey
    without classes, is left out. The zones of a plan that allow construction must be added by the office."""
    found: List[EvidenceLayer] = []
    for layer_name, source, fields in layers:
        role = recognised_role(layer_name, fields)
        mapped = fields_of_role(role, fields) if role else {}
        if role is None or (role == LAND_USE and "class" not in mapped):
            continue
        number = sum(layer.role == role for layer in found) + 1
        key = role if number == 1 else f"{role}_{number}"
        found.append(EvidenceLayer(key, role, source, layer_name, fields=mapped))
    return Profile(name, tuple(found), folder)


# A first draft of an evidence profile from the layers an office has open: roles and fields by their usual names.
#
# A draft, to be read by somebody who knows the layers: nothing is measured by it until then.

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
        made.append(_drafted_layer(layer, role, folder, made))
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


def _drafted_layer(offered: Offered, role: str, folder: Path, made: Sequence[EvidenceLayer]) -> EvidenceLayer:
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
