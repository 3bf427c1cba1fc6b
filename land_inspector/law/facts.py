"""What is known of one parcel when a verdict is proposed: measured areas, documents, dates, and what was seen on site.

None always means "nobody measured or recorded it"; zero means "looked at, and nothing there". Areas in m².
"""
from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Dict, FrozenSet, Mapping, Optional, Tuple, Union

from ..errors import Message, message
from .image_dates import BuildWindow
from .rulepack import RulePack
from .parameters import Parameters


# evidence roles: what a layer is evidence of (domain.md §2.3)
APPROVAL = "approval"            # 农转用/征收报批红线
SUPPLY = "supply"                # 供地红线
REGISTRATION = "registration"    # 不动产登记
FACILITY = "facility"            # 设施农用地备案
TEMPORARY = "temporary"          # 临时用地审批
FARMLAND = "farmland"            # 永久基本农田
REDLINE = "redline"              # 生态保护红线
PLAN = "plan"                    # 允许建设区 / 城镇开发边界
LAND_USE = "land_use"            # DLTB
LINKAGE = "linkage"              # 增减挂钩建新区
CONSOLIDATION = "consolidation"  # 土地整治、生态修复
MINING = "mining"                # 采矿权
VILLAGE = "village"              # 城镇村属性 203
HIGHWAYS = "highways"            # 国家公路网
ROLES = (APPROVAL, SUPPLY, REGISTRATION, FACILITY, TEMPORARY, FARMLAND, REDLINE, PLAN, LAND_USE, LINKAGE, CONSOLIDATION,
         MINING, VILLAGE, HIGHWAYS)


#: TZ of a patch whose outline a machine sketched: its area is no evidence until it is redrawn (issued anew without it) or measured.
SKETCH = "sketch"


@dataclass(frozen=True)
class Document:
    """A paper whose outline touches the parcel; ``area_m2`` is their overlap."""

    number: Optional[str] = None
    dated: Optional[date] = None
    until: Optional[date] = None
    area_m2: float = 0.0
    user: Optional[str] = None
    project: Optional[str] = None
    use: Optional[str] = None


@dataclass(frozen=True)
class Cover:
    """How much of the parcel lies under a role's layers, counted once; ``cultivated_m2`` of it is cultivated land."""

    area_m2: float
    cultivated_m2: Optional[float] = None
    documents: Tuple[Document, ...] = ()


NO_COVER = Cover(0.0, 0.0)


@dataclass(frozen=True)
class SiteFinding:
    """What an inspector recorded; everything starts as unknown.

    ``land_class`` is SJDL. ``same_user``: the user is also the user of the adjoining approved land. ``category`` is a code of
    the list QTLX. ``building_cover_share``: the part of the main building that lies on approved land (R28).
    """

    land_class: Optional[str] = None
    no_construction: Optional[bool] = None
    photos: Optional[int] = None
    road_width_m: Optional[float] = None
    on_highway_network: Optional[bool] = None
    permanent_building: Optional[bool] = None
    infrastructure: Optional[bool] = None
    reclaimed: Optional[bool] = None
    use_matches: Optional[bool] = None
    in_village: Optional[bool] = None
    within_standard: Optional[bool] = None
    plough_layer_intact: Optional[bool] = None
    is_access: Optional[bool] = None
    building_cover_share: Optional[float] = None
    same_user: Optional[bool] = None
    category: Optional[str] = None


@dataclass(frozen=True)
class Facts:
    """One parcel. ``combined[role]`` is the cover of the approvals together with that role, union-safe: what tells how
    much of a role lies outside the approvals. ``survey_share`` is the part covered by the land-use survey (R11), ``user`` is YDDW.
    ``is_sketch``: nobody has drawn the outline yet, so that no area follows from it."""

    area_m2: float
    cultivated_m2: Optional[float] = None
    other_farm_m2: Optional[float] = None
    construction_m2: Optional[float] = None
    unused_m2: Optional[float] = None
    survey_share: Optional[float] = None
    farmland_m2: Optional[float] = None
    redline_m2: Optional[float] = None
    plan_inside_m2: Optional[float] = None
    measured: FrozenSet[str] = frozenset()
    covers: Mapping[str, Cover] = field(default_factory=dict)
    combined: Mapping[str, Cover] = field(default_factory=dict)
    window: BuildWindow = BuildWindow()
    built_on: Optional[date] = None
    year: Optional[int] = None
    site: SiteFinding = SiteFinding()
    tblx: Optional[str] = None
    application_number: Optional[str] = None
    user: Optional[str] = None
    is_sketch: bool = False

    def cover(self, role: str) -> Optional[Cover]:
        """The cover by a role; None where its layer was not measured."""
        found = self.covers.get(role)
        return NO_COVER if found is None and role in self.measured else found


# The land a rule looks at — the whole parcel, or what of it lies outside the approvals — and what a rule can answer.

NOTHING_M2 = 0.01  # the resolution in which areas are stored: below it borders merely touch

LAYER_NEEDS: Dict[str, Message] = {
    APPROVAL: message("Cannot tell: needs the layer of conversion and expropriation approvals."),
    SUPPLY: message("Cannot tell: needs the layer of supplied land."),
    REGISTRATION: message("Cannot tell: needs the layer of registered land."),
    FACILITY: message("Cannot tell: needs the layer of filed facility agriculture land."),
    TEMPORARY: message("Cannot tell: needs the layer of temporary land approvals."),
    FARMLAND: message("Cannot tell: needs the layer of permanent basic farmland."),
    LAND_USE: message("Cannot tell: needs the land-use survey."),
    VILLAGE: message("Cannot tell: needs to know whether the parcel lies in the village area (203)."),
    HIGHWAYS: message("Cannot tell: needs to know whether the road belongs to the national highway network."),
}
NEEDS_LAND_CLASS = message("Cannot tell: needs the land class found on site (SJDL).")
NEEDS_OVERLAY = message("Cannot tell: needs each part measured on its own; split the parcel along the approvals first.")


@dataclass(frozen=True)
class Answer:
    """A rule fired: codes of the new regime, the rule's number, and why. ``illegal_m2`` where not all the ground is."""

    level1: str
    level2: str
    rule: str
    reasons: Tuple[Message, ...] = ()
    warnings: Tuple[Message, ...] = ()
    illegal_m2: Optional[float] = None
    illegal_cultivated_m2: Optional[float] = None


@dataclass(frozen=True)
class Supposed:
    """One way in which something missing could turn out: the facts as they would be then, and a text with a field ``verdict`` for what
    would follow. ``is_rough``: only the first level would."""

    said: Message
    facts: Facts
    is_rough: bool = False


@dataclass(frozen=True)
class Need:
    """A rule cannot tell before something more is known. ``settles``: however it turns out, this rule answers and none behind it."""

    needs: Tuple[Message, ...]
    reasons: Tuple[Message, ...] = ()
    supposed: Tuple[Supposed, ...] = ()
    settles: bool = False


Outcome = Union[Answer, Need, None]  # None: the rule does not apply


def need(what: Message, *supposed: Supposed, settles: bool = False) -> Need:
    """"Cannot tell", with the message that says what is missing, and what would be if it were known."""
    return Need((what,), (), supposed, settles)


def if_found(facts: Facts, said: Message, **found: Any) -> Supposed:
    """What would be if somebody had recorded this on site (fields of :class:`SiteFinding`)."""
    return Supposed(said, replace(facts, site=replace(facts.site, **found)))


def if_covered(facts: Facts, said: Message, role: str, cover: Cover, is_rough: bool = False) -> Supposed:
    """What would be if the layers of a role had been measured and covered so much."""
    return Supposed(said, replace(facts, covers={**facts.covers, role: cover}, combined={**facts.combined, role: Cover(facts.area_m2)}),
                    is_rough)


@dataclass(frozen=True)
class Ground:
    """Part of a parcel. ``cultivated_m2`` is None where it was not measured."""

    facts: Facts
    pack: RulePack
    area_m2: float
    cultivated_m2: Optional[float]
    outside_approvals: bool = False

    @property
    def parameters(self) -> Parameters:
        """The numbers of the rule pack that it is judged by."""
        return self.pack.parameters

    def documents(self, role: str) -> Tuple[Document, ...]:
        """The papers of a role that do more than touch the parcel, the largest overlap first (R08)."""
        cover = self.facts.cover(role)
        return significant(cover, self.facts, self.parameters) if cover else ()

    def covered_m2(self, role: str) -> Union[float, Need]:
        """How much of this ground lies under a role's layers."""
        cover = self.facts.cover(role)
        if cover is None:
            return need(LAYER_NEEDS[role])
        if not self.outside_approvals or cover.area_m2 <= NOTHING_M2:
            return cover.area_m2
        combined, approvals = self.facts.combined.get(role), self.facts.cover(APPROVAL)
        if combined is None or approvals is None:
            return need(NEEDS_OVERLAY)
        return max(combined.area_m2 - approvals.area_m2, 0.0)

    def farmland_m2(self) -> Union[float, Need]:
        """Permanent basic farmland on this ground."""
        total = self.facts.farmland_m2
        if total is None:
            return need(LAYER_NEEDS[FARMLAND])
        return need(NEEDS_OVERLAY) if self.outside_approvals and total > NOTHING_M2 else total


def whole_ground(facts: Facts, pack: RulePack) -> Ground:
    """The parcel as a whole, with whatever papers lie on it."""
    return Ground(facts, pack, facts.area_m2, facts.cultivated_m2)


def ground_outside(facts: Facts, pack: RulePack, approvals: Cover) -> Ground:
    """What the approvals leave uncovered."""
    cultivated = None
    if facts.cultivated_m2 is not None and approvals.cultivated_m2 is not None:
        cultivated = max(facts.cultivated_m2 - approvals.cultivated_m2, 0.0)
    return Ground(facts, pack, max(facts.area_m2 - approvals.area_m2, 0.0), cultivated, outside_approvals=True)


def is_sliver(area_m2: float, facts: Facts, parameters: Parameters) -> bool:
    """R08: an overlap is no sliver if its area exceeds S or its share of the parcel exceeds P."""
    return area_m2 <= parameters.sliver_m2 and area_m2 <= parameters.sliver_share * facts.area_m2


def significant(cover: Cover, facts: Facts, parameters: Parameters) -> Tuple[Document, ...]:
    """The documents of a cover that do more than touch the parcel, the largest overlap first."""
    kept = [document for document in cover.documents if not is_sliver(document.area_m2, facts, parameters)]
    return tuple(sorted(kept, key=lambda document: -document.area_m2))
