"""What the register stores, table by table: one description that record classes, DDL, loading, saving, frames, forms, export and
upgrade read.

A table that events are folded into has a record class; its columns are the class's fields, each with its kind, names in both languages,
unit and code list. To add such a table, write the class and its :class:`Table` here and fold into it: :class:`.state.State` has its rows
under ``many``, every storage makes, loads and saves it, undo, ``seen``, verification and the upgrade know it. Its rows belong to one
patch (``home``), or have a life of their own (``link``: over any number of patches, none too).

``made`` is the order in which rows came, as the fold gives it: rows come back from every storage in this order.
"""
from __future__ import annotations

import json
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, Callable, ClassVar, Dict, Iterable, List, Mapping, Optional, Tuple, Type

import pandas as pd

from ..law.case import Case
from ..law.remedies import Track
from ..law.matters.matter import Matter
from .stored_forms import case_from_text, case_text, matter_from_text, matter_text, track_from_text, track_text
from .events import canonical

#: The number of the format that these tables make. Once it is released (``storage/formats``), whoever changes a table raises it.
FORMAT = 3

TEXT, REAL, INTEGER, DATE, BLOB = "text", "real", "integer", "date", "blob"


@dataclass(frozen=True)
class Field:
    """One column. ``unit`` is m2 for areas (shown in 亩 by people's tables); ``codes`` names a list of law.codes; ``required``
    ones are never empty. ``since``: the format that brought a column of issued rows, 0 for those of the first; a row in which it is empty
    keeps the digest that it had before."""

    name: str
    kind: str
    zh: str = ""
    en: str = ""
    unit: str = ""
    codes: str = ""
    required: bool = False
    since: int = 0


def _column(kind: str, zh: str, en: str, unit: str = "", codes: str = "", default: Any = MISSING) -> Any:
    return field(default=default, metadata={"kind": kind, "zh": zh, "en": en, "unit": unit, "codes": codes})


def _text(zh: str, en: str, *, codes: str = "", default: Any = MISSING) -> Any:
    return _column(TEXT, zh, en, "", codes, default)


def _integer(zh: str, en: str, *, default: Any = MISSING) -> Any:
    return _column(INTEGER, zh, en, "", "", default)


def _real(zh: str, en: str, *, default: Any = MISSING) -> Any:
    return _column(REAL, zh, en, "", "", default)


def _area(zh: str, en: str, *, default: Any = MISSING) -> Any:
    """m²."""
    return _column(REAL, zh, en, "m2", "", default)


def _date(zh: str, en: str, *, default: Any = MISSING) -> Any:
    """ISO text; a day, or a month or a year where no more is known."""
    return _column(DATE, zh, en, "", "", default)


def fields_of(record: Type["Record"]) -> Tuple[Field, ...]:
    """The columns of a record class, in its order."""
    return tuple(Field(one.name, **one.metadata) for one in fields(record))


class Record:
    """Shared by all rows that events are folded into."""

    id: str
    last_event: str
    made: str

    def write(self) -> None:
        """Bring what is kept as text up to date."""


@dataclass
class Batch(Record):
    """A batch of issued patches; ``issues`` is the JSON list of its numbered issues, all kept (domain.md §0.2-3)."""

    id: str = _text("内部号", "Id")
    PCBH: str = _text("批次编号", "Batch code")
    PCMC: str = _text("批次名称", "Batch name")
    ND: int = _integer("年度", "Year")
    YF: Optional[int] = _integer("月份", "Month")
    ZD: str = _text("制度", "Regime", codes="ZD")
    LY: str = _text("来源", "Source", codes="LY")
    XFRQ: Optional[str] = _date("下发日期", "Issued on")
    JZRQ: Optional[str] = _date("填报截止", "Due on")
    KJRQ: Optional[str] = _date("扣减截止", "Deductible until")
    CRS: str = _text("坐标系", "CRS of the source")
    MJFF: str = _text("面积方法", "Area method", codes="MJFF")
    DJ: int = _integer("冻结", "Frozen", default=0)
    issue_no: int = _integer("下发次数", "Issues", default=0)
    issues: str = _text("各次下发", "Each issue (JSON)", default="[]")
    last_event: str = _text("最近事件", "Last event", default="")
    made: str = _text("次序", "Order in which it came", default="")


@dataclass
class Patch(Record):
    """One number (JCBH) of a batch. ``issued_id`` is its row in the newest issue that names it."""

    id: str = _text("内部号", "Id")
    batch_id: str = _text("批次", "Batch")
    JCBH: str = _text("监测编号", "Patch number")
    issue_no: int = _integer("下发次", "Issue")
    issued_id: str = _text("下发记录", "Issued row")
    basis: str = _text("下发内容摘要", "Digest of outline and area")
    gone: int = _integer("已撤销", "Gone at re-issue", default=0)
    split: int = _integer("被分宗", "Split", default=0)
    next_number: int = _integer("下一地块号", "Next parcel number", default=1)
    last_event: str = _text("最近事件", "Last event", default="")
    made: str = _text("次序", "Order in which it came", default="")


@dataclass
class Parcel(Record):
    """One piece of a patch with at most one verdict; every patch has a whole-patch parcel from its import on.

    Areas in m². ``retired`` parcels were split or merged away and take no part in any figure. ``basis`` is the digest
    of the issued row that the parcel rests on; ``basis_changed`` says that a later issue differs from it.
    ``aside`` is ``later`` or ``paper``; ``assigned_to`` and ``touched_by`` (who last worked on it) are ids of persons;
    ``site`` is the newest site finding as JSON, ``photos`` the number of photos in force. ``own_township`` is the
    code of the township that a piece answers in, where a cut along the township line gave it one of its own; None for the patch's.
    ``ZGJD`` and ``SYMJ`` say how far
    an illegal parcel's land has come (:mod:`land_inspector.law.rectification`).
    """

    id: str = _text("内部号", "Id")
    patch_id: str = _text("图斑", "Patch")
    batch_id: str = _text("批次", "Batch")
    parent_id: Optional[str] = _text("父地块", "Parent parcel")
    shape_id: str = _text("图形", "Shape")
    DKBH: str = _text("地块编号", "Parcel number")
    TBZT: str = _text("图斑状态", "Split state", codes="TBZT")
    retired: int = _integer("已被取代", "Replaced")
    gone: int = _integer("已撤销", "Gone at re-issue")
    issue_no: int = _integer("依据下发次", "Issue judged on")
    basis: str = _text("依据内容摘要", "Digest it rests on")
    basis_changed: int = _integer("依据已变", "Basis changed")
    DKMJ: float = _area("地块面积", "Parcel area")
    GDMJ: Optional[float] = _area("耕地面积", "Cultivated", default=None)
    FGNYDMJ: Optional[float] = _area("非耕农用地面积", "Other agricultural", default=None)
    JSYDMJ: Optional[float] = _area("建设用地面积", "Construction", default=None)
    WLYDMJ: Optional[float] = _area("未利用地面积", "Unused", default=None)
    JBNTMJ: Optional[float] = _area("永久基本农田面积", "Permanent farmland", default=None)
    STHXMJ: Optional[float] = _area("生态红线面积", "Ecological red line", default=None)
    FHGHMJ: Optional[float] = _area("符合规划面积", "Conforming to plan", default=None)
    BFHGHMJ: Optional[float] = _area("不符合规划面积", "Contrary to plan", default=None)
    YPMJ: Optional[float] = _area("已批面积", "Approved", default=None)
    YPGD: Optional[float] = _area("已批耕地", "Approved cultivated", default=None)
    YGMJ: Optional[float] = _area("已供面积", "Supplied", default=None)
    PDJL1: str = _text("判定一级", "Verdict", codes="PDJL1", default="0")
    PDJL2: Optional[str] = _text("判定二级", "Verdict sub-type", codes="PDJL2", default=None)
    PDSM: Optional[str] = _text("判定依据说明", "Grounds", default=None)
    JSSJ: Optional[str] = _date("建设时间", "Built on", default=None)
    XZXC: Optional[str] = _text("新增/存量", "New or old", codes="XZXC", default=None)
    YDDW: Optional[str] = _text("用地单位", "Land user", default=None)
    SJYT: Optional[str] = _text("实际用途", "Actual use", default=None)
    SJDL: Optional[str] = _text("实地地类", "Land class on site", default=None)
    ZTFL: Optional[str] = _text("主体分类", "Kind of user", codes="ZTFL", default=None)
    XMMC: Optional[str] = _text("项目名称", "Project", default=None)
    XMLX: Optional[str] = _text("项目类型", "Kind of project", codes="XMLX", default=None)
    WFLX: Optional[str] = _text("违法类型", "Violation", codes="WFLX", default=None)
    WFXZ: Optional[str] = _text("违法性质", "Nature of violation", codes="WFXZ", default=None)
    WFMJ: Optional[float] = _area("违法面积", "Illegal area", default=None)
    WFGD: Optional[float] = _area("违法耕地面积", "Illegal cultivated", default=None)
    WFJBNT: Optional[float] = _area("违法永农面积", "Illegal permanent farmland", default=None)
    FLSM: Optional[str] = _text("违法条款", "Article violated", default=None)
    ZDDX: Optional[int] = _integer("重大典型", "Major case", default=None)
    HSZT: str = _text("核实状态", "Review state", codes="HSZT", default="0")
    incomplete: int = _integer("缺项数", "Particulars missing", default=0)
    review: Optional[str] = _text("审核往来", "Review (JSON)", default=None)
    evidence_run: Optional[str] = _text("套合批次号", "Evidence run", default=None)
    verdict_event: Optional[str] = _text("判定事件", "Verdict event", default=None)
    aside: Optional[str] = _text("稍后处理", "Set aside", default=None)
    aside_reason: Optional[str] = _text("稍后处理理由", "Why set aside", default=None)
    flag: int = _integer("标记", "Flagged", default=0)
    flag_reason: Optional[str] = _text("标记理由", "Why flagged", default=None)
    assigned_to: Optional[str] = _text("分派给", "Assigned to", default=None)
    touched_by: Optional[str] = _text("最近经手", "Last worked on by", default=None)
    site: Optional[str] = _text("实地核查", "Site finding (JSON)", default=None)
    photos: int = _integer("照片数", "Photos", default=0)
    ZGJD: Optional[str] = _text("整改进度", "Progress of rectification", codes="ZGJD", default=None)
    SYMJ: Optional[float] = _area("剩余未整改面积", "Not yet rectified", default=None)
    own_township: Optional[str] = _text("分宗所在乡镇代码", "Township code of the piece", default=None)
    last_event: str = _text("最近事件", "Last event", default="")
    made: str = _text("次序", "Order in which it came", default="")
    live_review: ClassVar[Optional[Tuple[Mapping[str, Any], str]]] = None

    def write(self) -> None:
        """``review`` as text, once for all that was reviewed since it was last written: the payload of the last review and its event."""
        if self.live_review is not None:
            said, event = self.live_review
            self.review = canonical(dict(said, event=event))
            del self.live_review


@dataclass
class CaseRecord(Record):
    """A case over one or more parcels; ``doc`` holds its acts and what was decided.

    While events are folded the law room's :class:`Case` itself stands in ``live``; it is written into ``doc`` once, at the end.
    """

    id: str = _text("内部号", "Id")
    AJBH: str = _text("案件编号", "Case number")
    parcels: str = _text("地块", "Parcels (JSON)")
    patches: str = _text("图斑", "Patches (JSON)")
    ZT: str = _text("状态", "State")
    since: str = _date("状态起始", "Since")
    is_open: int = _integer("未结", "Open")
    doc: str = _text("经过", "Acts and remedies decided (JSON)", default="")
    last_event: str = _text("最近事件", "Last event", default="")
    made: str = _text("次序", "Order in which it came", default="")
    live: ClassVar[Optional[Case]] = None

    @property
    def case(self) -> Case:
        """The law room's case; read from ``doc`` unless a fold holds it."""
        return self.live or case_from_text(self.id, json.loads(self.parcels), self.ZT, self.since, self.doc)

    def write(self) -> None:
        self.doc = self.doc if self.live is None else case_text(self.live)


@dataclass
class Remedy(Record):
    """One remedy of one parcel; ``doc`` holds what was ordered, done and accepted (``live`` as in :class:`CaseRecord`)."""

    id: str = _text("内部号", "Id")
    parcel_id: str = _text("地块", "Parcel")
    patch_id: str = _text("图斑", "Patch")
    case_id: Optional[str] = _text("案件", "Case")
    kind: str = _text("整改方式", "Remedy")
    doc: str = _text("经过", "Ordered, done, accepted (JSON)", default="")
    last_event: str = _text("最近事件", "Last event", default="")
    made: str = _text("次序", "Order in which it came", default="")
    live: ClassVar[Optional[Track]] = None

    @property
    def track(self) -> Track:
        """The law room's remedy; read from ``doc`` unless a fold holds it."""
        return self.live or track_from_text(self.doc)

    def write(self) -> None:
        self.doc = self.doc if self.live is None else track_text(self.live)


@dataclass
class Photo(Record):
    """A photo as proof for parcels of one patch; the file lies beside the register (:mod:`.attachments`).

    ``lon``, ``lat`` in degrees (WGS 84 as cameras write them), ``direction`` of the view in degrees from north (a compass's where
    ``magnetic``); ``taken_at`` is local time, ISO 8601; ``distance_m`` to the nearest of its parcels when it was added;
    ``removed`` ones prove nothing.
    """

    id: str = _text("内部号", "Id")
    patch_id: str = _text("图斑", "Patch")
    parcels: str = _text("地块", "Parcels (JSON)")
    sha256: str = _text("摘要", "SHA-256")
    file: str = _text("文件", "File")
    taken_at: Optional[str] = _text("拍摄时间", "Taken at")
    lon: Optional[float] = _real("经度", "Longitude")
    lat: Optional[float] = _real("纬度", "Latitude")
    direction: Optional[float] = _real("方位角", "Direction")
    distance_m: Optional[float] = _real("距离（米）", "Distance (m)")
    matched_by: str = _text("匹配方式", "Matched by")
    magnetic: int = _integer("磁方位", "Magnetic bearing", default=0)
    removed: int = _integer("已移除", "Removed", default=0)
    last_event: str = _text("最近事件", "Last event", default="")
    made: str = _text("次序", "Order in which it came", default="")


@dataclass
class Patrol(Record):
    """A patrol of a station, planned or logged or both (domain.md §5, the official log form). Times are hh:mm of Beijing; ``XCRY`` the
    officers' ids; ``tracks`` what its tracks say, without any place: a track is personal data and stands apart."""

    id: str = _text("内部号", "Id")
    ZSDM: str = _text("站所", "Station")
    XCRQ: str = _date("巡查日期", "Date")
    KSSJ: Optional[str] = _text("开始时间", "Start")
    JSSJ: Optional[str] = _text("结束时间", "End")
    XCRY: str = _text("巡查人员", "Officers (JSON)")
    XCQY: Optional[str] = _text("巡查区域", "Area")
    XCLX: Optional[str] = _text("巡查路线", "Route")
    SFWF: Optional[int] = _integer("是否有违法", "Violation found")
    CLYJ: Optional[str] = _text("处理意见", "Handling")
    BZ: Optional[str] = _text("备注", "Remarks")
    planned: int = _integer("已计划", "Planned", default=0)
    logged: int = _integer("已记录", "Logged", default=0)
    withdrawn: int = _integer("已取消", "Withdrawn", default=0)
    tracks: str = _text("轨迹", "Tracks (JSON)", default="[]")
    targets: str = _text("巡查目标", "Targets (JSON)", default="[]")
    patches: str = _text("图斑", "Patches (JSON)", default="[]")
    last_event: str = _text("最近事件", "Last event", default="")
    made: str = _text("次序", "Order in which it came", default="")


@dataclass
class PatrolFinding(Record):
    """A violation that a patrol found. ``lon``, ``lat`` in degrees (WGS 84); ``doc`` the acts that followed, oldest first; ``patches``
    the satellite patches that later covered it."""

    id: str = _text("内部号", "Id")
    patrol_id: Optional[str] = _text("巡查", "Patrol")
    ZSDM: str = _text("站所", "Station")
    XZDM: Optional[str] = _text("乡镇", "Township")
    FXRQ: str = _date("发现日期", "Found on")
    lon: Optional[float] = _real("经度", "Longitude")
    lat: Optional[float] = _real("纬度", "Latitude")
    shape_id: Optional[str] = _text("图形", "Shape")
    JSDW: Optional[str] = _text("建设单位", "Builder")
    XMMC: Optional[str] = _text("建设项目", "Project")
    DGSJ: Optional[str] = _date("动工时间", "Begun on")
    JSZT: Optional[str] = _text("建设情况", "State of building", codes="XC_JSZT")
    ZDMJ: Optional[float] = _area("占地面积", "Area occupied")
    GDMJ: Optional[float] = _area("其中耕地", "Of it cultivated")
    SPQK: Optional[str] = _text("审批手续情况", "Approval")
    CSM: Optional[str] = _text("措施码", "Handling code", codes="XC_CS")
    BZ: Optional[str] = _text("备注", "Remarks")
    doc: str = _text("经过", "What followed (JSON)", default="[]")
    files: str = _text("照片与材料", "Photos and papers (JSON)", default="[]")
    patches: str = _text("图斑", "Patches (JSON)", default="[]")
    last_event: str = _text("最近事件", "Last event", default="")
    made: str = _text("次序", "Order in which it came", default="")


@dataclass
class MatterRecord(Record):
    """A matter of a ledger; ``doc`` holds its steps (``live`` as in :class:`CaseRecord`). ``cls`` is open, paused, settled or out.

    It has a life of its own: ``patches`` stays empty, for no patch's undoing touches it. ``shape_id`` is its outline, if it has one.
    """

    id: str = _text("内部号", "Id")
    kind: str = _text("台账类别", "Ledger")
    TZBH: str = _text("台账编号", "Number")
    XZDM: Optional[str] = _text("乡镇代码", "Township code", default=None)
    ZT: str = _text("状态", "State", default="")
    ZTRQ: Optional[str] = _date("状态日期", "State since", default=None)
    cls: str = _text("状态类别", "Open, paused, settled or out", default="open")
    MJ: Optional[float] = _area("面积", "Area", default=None)
    shape_id: Optional[str] = _text("图形", "Shape", default=None)
    links: str = _text("关联", "Linked ids (JSON)", default="[]")
    patches: str = _text("图斑", "Patches (JSON)", default="[]")
    doc: str = _text("经过", "Steps (JSON)", default="")
    last_event: str = _text("最近事件", "Last event", default="")
    made: str = _text("次序", "Order in which it came", default="")
    live: ClassVar[Optional[Matter]] = None

    @property
    def matter(self) -> Matter:
        """The law room's matter; read from ``doc`` unless a fold holds it."""
        return self.live or matter_from_text(self.id, self.kind, self.TZBH, self.doc)

    def hold(self, matter: Matter) -> None:
        """Stand for the matter as it is now."""
        area = matter.values.get("MJ")
        self.TZBH, self.XZDM, self.ZT, self.cls = matter.number, matter.township or None, matter.state, matter.cls
        self.ZTRQ, self.MJ = matter.since.isoformat(), None if area is None else float(area)
        self.links = json.dumps([link.id for link in matter.links])
        self.live = matter  # type: ignore[misc]

    def write(self) -> None:
        self.doc = self.doc if self.live is None else matter_text(self.live)


# --- tables -----------------------------------------------------------------------------------------------------------

#: Which rows a part of the state holds: all of them, always; those of its patches; those of its patches and those asked for by id.
ALWAYS, OF_A_PATCH, OF_ITS_OWN = "always", "of a patch", "of its own"
Keys = Callable[[Any], Iterable[str]]


@dataclass(frozen=True)
class Table:
    """One stored table.

    ``key`` is its primary key, ``unique`` further columns that are, ``indexes`` columns that are searched by. For rows that events
    are folded into: ``record`` is their class, ``many`` their name in the state; ``home`` the column of the patch they belong to, or
    ``link`` the table that says which patches a row of its own concerns (JSON in its column ``patches``); ``by`` are the ways in which
    a state finds them, each with the keys of a row.
    """

    name: str
    fields: Tuple[Field, ...]
    key: Tuple[str, ...] = ("id",)
    unique: Tuple[Tuple[str, ...], ...] = ()
    indexes: Tuple[Tuple[str, ...], ...] = ()
    without_rowid: bool = False
    record: Optional[Type[Record]] = None
    many: str = ""
    home: str = ""
    link: str = ""
    by: Mapping[str, Keys] = field(default_factory=dict)

    @property
    def scope(self) -> str:
        """ALWAYS, OF_A_PATCH or OF_ITS_OWN."""
        return OF_A_PATCH if self.home else OF_ITS_OWN if self.link else ALWAYS

    @property
    def columns(self) -> Tuple[str, ...]:
        """Names of its columns in their stored order."""
        return tuple(one.name for one in self.fields)

    @property
    def shown(self) -> Tuple[Field, ...]:
        """Every column but the order of the rows, which concerns nobody else."""
        return tuple(one for one in self.fields if one.name != "made")


def _stored(name: str, record: Type[Record], many: str, **more: Any) -> Table:
    return Table(name, fields_of(record), record=record, many=many, **more)


def _parcels_of(row: Any) -> List[str]:
    return json.loads(row.parcels)


#: What events are folded into, in the order in which it is loaded.
STATE_TABLES: Tuple[Table, ...] = (
    _stored("batch", Batch, "batches"),
    _stored("patch", Patch, "patches", home="id", indexes=(("batch_id", "JCBH"),)),
    _stored("parcel", Parcel, "parcels", home="patch_id", indexes=(("batch_id", "DKBH"), ("patch_id",), ("shape_id",)),
            by={"patch": lambda row: (row.patch_id,)}),
    _stored("case_", CaseRecord, "cases", link="case_patch", by={"parcel": _parcels_of}),
    _stored("remedy", Remedy, "remedies", home="patch_id", indexes=(("patch_id",),), by={"parcel": lambda row: (row.parcel_id,)}),
    _stored("photo", Photo, "photos", home="patch_id", indexes=(("patch_id",), ("sha256",)), by={"patch": lambda row: (row.patch_id,)}),
    _stored("patrol", Patrol, "patrols", link="patrol_patch", indexes=(("ZSDM", "XCRQ"),)),
    _stored("patrol_finding", PatrolFinding, "patrol_findings", link="patrol_finding_patch", indexes=(("patrol_id",), ("FXRQ",))),
    _stored("matter", MatterRecord, "matters", link="matter_patch", indexes=(("kind", "TZBH"), ("shape_id",)),
            by={"linked": lambda row: json.loads(row.links)}),
)
TABLE_OF: Dict[Type[Record], Table] = {table.record: table for table in STATE_TABLES if table.record is not None}

# --- groups of columns ---------------------------------------------------------------------------------------------------

PARCEL, PATCH, BATCH = TABLE_OF[Parcel].shown, TABLE_OF[Patch].shown, TABLE_OF[Batch].shown
CASE, REMEDY, PHOTO = TABLE_OF[CaseRecord].shown, TABLE_OF[Remedy].shown, TABLE_OF[Photo].shown


def _from_to(first: str, last: str) -> Tuple[Field, ...]:
    """Columns of a parcel, both ends included."""
    at = [one.name for one in PARCEL]
    return PARCEL[at.index(first):at.index(last) + 1]


MEASURED = _from_to("GDMJ", "YGMJ")
#: What a person says of a parcel; the whole of it is in each verdict event (domain.md §9.3).
VERDICT = _from_to("PDJL1", "ZDDX")
#: How the work on a parcel stands: the office's own marks, never part of a report.
MARKS = _from_to("aside", "photos")
#: How far the land of an illegal parcel has come: folded from its remedies and cases, empty for all others.
REMAINS = _from_to("ZGJD", "SYMJ")

ISSUED: Tuple[Field, ...] = (
    Field("XZQDM", TEXT, "行政区代码", "Division code"),
    Field("GLQDM", TEXT, "管理区代码", "Managing division"),
    Field("XMC", TEXT, "县名称", "County"),
    Field("XZDM", TEXT, "乡镇代码", "Township code"),
    Field("XZMC", TEXT, "乡镇名称", "Township"),
    Field("CMC", TEXT, "村名称", "Village"),
    Field("TBLX", TEXT, "图斑类型", "Patch type"),
    Field("TZ", TEXT, "特征", "Feature tag"),
    Field("QSX", TEXT, "前时相", "Image before"),
    Field("HSX", TEXT, "后时相", "Image after"),
    Field("JCMJ", REAL, "监测面积", "Issued area", unit="m2"),
    Field("JCMJ_Y", REAL, "监测面积原值", "Issued area as written"),
    Field("JCDW", TEXT, "原单位", "Unit as written"),
    Field("MJ", REAL, "计算面积", "Measured area", unit="m2"),
    Field("GDMJ0", REAL, "下发占耕", "Issued cultivated", unit="m2"),
    Field("JBNTMJ0", REAL, "下发占永农", "Issued permanent farmland", unit="m2"),
    Field("XZB", REAL, "中心X", "Centre X"),
    Field("YZB", REAL, "中心Y", "Centre Y"),
    Field("TBJB", TEXT, "图斑级别", "Patch level"),
    Field("BZ", TEXT, "备注", "Remarks"),
)

#: The machine's proposal, stored apart from every verdict (R53).
PROPOSAL: Tuple[Field, ...] = (
    Field("ZDPD1", TEXT, "自动判定一级", "Proposed verdict", codes="PDJL1"),
    Field("ZDPD2", TEXT, "自动判定二级", "Proposed sub-type", codes="PDJL2"),
    Field("ZDGZ", TEXT, "规则号", "Rule"),
    Field("YZX", TEXT, "一致性", "Agreement", codes="YZX"),
)

#: Columns of the map layer, in the order a reader meets them.
MAP_FIELDS: Tuple[str, ...] = (
    "DKBH", "PCBH", "JCBH", "XZDM", "XZMC", "TBLX", "QSX", "HSX", "JCMJ", "DKMJ",
    "PDJL1", "PDJL2", "ZDPD1", "ZDPD2", "ZDGZ", "YZX", "HSZT", "TBZT",
    *(f.name for f in MEASURED), *(f.name for f in VERDICT[2:]),
    *(f.name for f in REMAINS), "basis_changed", "incomplete",
)


def by_name(*groups: Tuple[Field, ...]) -> Dict[str, Field]:
    """Fields of several groups by name; the first definition of a name wins."""
    found: Dict[str, Field] = {}
    for group in groups:
        for one in group:
            found.setdefault(one.name, one)
    return found


ALL_FIELDS: Dict[str, Field] = by_name(PARCEL, ISSUED, PROPOSAL, BATCH, PATCH)


def names(group: Tuple[Field, ...]) -> Tuple[str, ...]:
    """Names of the columns of a group, in their order."""
    return tuple(one.name for one in group)


#: With fewer rows pandas takes longer to put columns in one by one than to copy all that there is.
FEW_ROWS = 5000


def with_numbers(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with its area and number columns as floats (NaN for none); everything else keeps None."""
    numbers = [name for name in frame.columns if _is_number(name)]
    return with_columns(frame, frame[numbers].astype(float)) if numbers else frame


def _is_number(name: str) -> bool:
    one = ALL_FIELDS.get(name[len("measured_"):] if name.startswith("measured_") else name)
    return one is not None and one.kind == REAL


def with_columns(frame: pd.DataFrame, others: pd.DataFrame) -> pd.DataFrame:
    """The frame with the columns of ``others``, which has the same rows, in place of its own of the same names."""
    if len(frame) < FEW_ROWS:
        return pd.concat([frame.drop(columns=others.columns), others], axis=1)[list(frame.columns)]
    for name in others.columns:
        frame[name] = others[name]
    return frame


# --- all other tables -----------------------------------------------------------------------------------------------------


def _plain(text: str) -> Tuple[Field, ...]:
    """Columns nobody but the register reads: ``name`` or ``name:kind``, with ``!`` where one is never empty."""
    split = [word.partition(":") for word in text.split()]
    return tuple(Field(name.rstrip("!"), kind or TEXT, required=name.endswith("!")) for name, _colon, kind in split)


#: Written once and never changed, but for the heads of origins and what is said of the whole file.
LASTING_TABLES: Tuple[Table, ...] = (
    Table("li_meta", _plain("key value!"), ("key",)),
    Table("event", _plain("number:integer uuid! kind! version!:integer subjects! actor! origin! sequence!:integer previous! seen! "
                          "group_id! recorded_at! effective_on! payload! hash! received_at"), ("number",),
          (("uuid",), ("origin", "sequence")), (("group_id",), ("kind",), ("hash",), ("recorded_at", "origin", "sequence"))),
    Table("event_subject", _plain("subject! number!:integer"), ("subject", "number"), without_rowid=True),
    Table("issued", _plain("issued_id issue_id! patch_id! batch_id! issue_no!:integer row!:integer JCBH! repaired!:integer basis! other! "
                           "content!") + ISSUED, ("issued_id",), indexes=(("issue_id",), ("patch_id",), ("batch_id",))),
    Table("quarantine", _plain("issue_id! row!:integer attributes! wkb:blob reason!"), ("issue_id", "row")),
    Table("finding", _plain("number:integer subject_id! source! row:integer patch severity! rule! message! remedy! area_before_m2:real "
                            "area_after_m2:real"), ("number",), indexes=(("subject_id",),)),
    Table("person", _plain("id name! salt!")),
    Table("evidence_run", _plain("id batch_id! measured_at! method! profile! profile_digest! parcels!:integer")),
    Table("evidence_layer", _plain("run_id! key! role! name source fingerprint date features:integer repaired:integer empty:integer "
                                   "unreadable:integer"), ("run_id", "key")),
    Table("evidence_area", _plain("parcel_id! run_id! role! layer! class area_m2!:real"), (), indexes=(("parcel_id",),)),
    Table("evidence_document", _plain("parcel_id! run_id! role! layer! attributes! area_m2!:real"), (), indexes=(("parcel_id",),)),
    Table("evidence_summary", _plain("parcel_id run_id! shape_id! facts!") + MEASURED, ("parcel_id",)),
    Table("proposal", _plain("parcel_id ZDPD1! ZDPD2 ZDGZ YZX reasons! needs! shape_id! split_along run_id rulepack! proposed_at!"),
          ("parcel_id",), indexes=(("proposed_at",),)),
)
#: Which patches a row of its own concerns, for each table whose rows have a life of their own.
LINK_TABLES: Tuple[Table, ...] = tuple(
    Table(table.link, _plain("row_id! patch_id!"), ("patch_id", "row_id"), indexes=(("row_id",),), without_rowid=True)
    for table in STATE_TABLES if table.link)
#: Parcels as they were before the newest act on very many of them, so that taking it back needs no look at all their history.
BEFORE = Table("parcel_before", _plain("group_id!") + TABLE_OF[Parcel].fields)
#: Everything that can be made anew from the events.
DERIVED_TABLES: Tuple[Table, ...] = STATE_TABLES + LINK_TABLES + (BEFORE,)
