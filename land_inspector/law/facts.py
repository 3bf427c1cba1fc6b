"""What is known of one parcel when a verdict is proposed: measured areas, documents, dates, and what was seen on site.

None always means "nobody measured or recorded it"; zero means "looked at, and nothing there". Areas in m².
"""
from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import FrozenSet, Mapping, Optional, Tuple

from .image_dates import BuildWindow

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
