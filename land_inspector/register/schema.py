"""Tables and fields as data: name, kind, names in both languages, unit, code list.

One place drives the storage's tables, the map layer's aliases and value maps, the recognition of issued columns and
the exports. Field names are the field's standard ones (domain.md §9; GB/T 2260 codes, DB23/T 3709 for the order);
names in lower case are the register's own keys.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Tuple

import pandas as pd

TEXT, REAL, INTEGER, DATE = "text", "real", "integer", "date"


@dataclass(frozen=True)
class Field:
    """One column. ``unit`` is m2 for areas (shown in 亩 by people's tables); ``codes`` names a list of law.codes."""

    name: str
    kind: str
    zh: str
    en: str
    unit: str = ""
    codes: str = ""


def _area(name: str, zh: str, en: str) -> Field:
    return Field(name, REAL, zh, en, unit="m2")


BATCH: Tuple[Field, ...] = (
    Field("id", TEXT, "内部号", "Id"),
    Field("PCBH", TEXT, "批次编号", "Batch code"),
    Field("PCMC", TEXT, "批次名称", "Batch name"),
    Field("ND", INTEGER, "年度", "Year"),
    Field("YF", INTEGER, "月份", "Month"),
    Field("ZD", TEXT, "制度", "Regime", codes="ZD"),
    Field("LY", TEXT, "来源", "Source", codes="LY"),
    Field("XFRQ", DATE, "下发日期", "Issued on"),
    Field("JZRQ", DATE, "填报截止", "Due on"),
    Field("KJRQ", DATE, "扣减截止", "Deductible until"),
    Field("CRS", TEXT, "坐标系", "CRS of the source"),
    Field("MJFF", TEXT, "面积方法", "Area method", codes="MJFF"),
    Field("DJ", INTEGER, "冻结", "Frozen"),
    Field("issue_no", INTEGER, "下发次数", "Issues"),
    Field("issues", TEXT, "各次下发", "Each issue (JSON)"),
    Field("last_event", TEXT, "最近事件", "Last event"),
)

PATCH: Tuple[Field, ...] = (
    Field("id", TEXT, "内部号", "Id"),
    Field("batch_id", TEXT, "批次", "Batch"),
    Field("JCBH", TEXT, "监测编号", "Patch number"),
    Field("issue_no", INTEGER, "下发次", "Issue"),
    Field("issued_id", TEXT, "下发记录", "Issued row"),
    Field("basis", TEXT, "下发内容摘要", "Digest of outline and area"),
    Field("gone", INTEGER, "已撤销", "Gone at re-issue"),
    Field("split", INTEGER, "被拆分", "Split"),
    Field("next_number", INTEGER, "下一地块号", "Next parcel number"),
    Field("last_event", TEXT, "最近事件", "Last event"),
)

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
    _area("JCMJ", "监测面积", "Issued area"),
    Field("JCMJ_Y", REAL, "监测面积原值", "Issued area as written"),
    Field("JCDW", TEXT, "原单位", "Unit as written"),
    _area("MJ", "计算面积", "Measured area"),
    _area("GDMJ0", "下发占耕", "Issued cultivated"),
    _area("JBNTMJ0", "下发占永农", "Issued permanent farmland"),
    Field("XZB", REAL, "中心X", "Centre X"),
    Field("YZB", REAL, "中心Y", "Centre Y"),
    Field("TBJB", TEXT, "图斑级别", "Patch level"),
    Field("BZ", TEXT, "备注", "Remarks"),
)

MEASURED: Tuple[Field, ...] = (
    _area("GDMJ", "耕地面积", "Cultivated"),
    _area("FGNYDMJ", "非耕农用地面积", "Other agricultural"),
    _area("JSYDMJ", "建设用地面积", "Construction"),
    _area("WLYDMJ", "未利用地面积", "Unused"),
    _area("JBNTMJ", "永久基本农田面积", "Permanent farmland"),
    _area("STHXMJ", "生态红线面积", "Ecological red line"),
    _area("FHGHMJ", "符合规划面积", "Conforming to plan"),
    _area("BFHGHMJ", "不符合规划面积", "Contrary to plan"),
    _area("YPMJ", "已批面积", "Approved"),
    _area("YPGD", "已批耕地", "Approved cultivated"),
    _area("YGMJ", "已供面积", "Supplied"),
)

#: What a person says of a parcel; the whole of it is in each verdict event (domain.md §9.3).
VERDICT: Tuple[Field, ...] = (
    Field("PDJL1", TEXT, "判定一级", "Verdict", codes="PDJL1"),
    Field("PDJL2", TEXT, "判定二级", "Verdict sub-type", codes="PDJL2"),
    Field("PDSM", TEXT, "判定依据说明", "Grounds"),
    Field("JSSJ", DATE, "建设时间", "Built on"),
    Field("XZXC", TEXT, "新增/存量", "New or old", codes="XZXC"),
    Field("YDDW", TEXT, "用地单位", "Land user"),
    Field("SJYT", TEXT, "实际用途", "Actual use"),
    Field("SJDL", TEXT, "实地地类", "Land class on site"),
    Field("ZTFL", TEXT, "主体分类", "Kind of user", codes="ZTFL"),
    Field("XMMC", TEXT, "项目名称", "Project"),
    Field("XMLX", TEXT, "项目类型", "Kind of project", codes="XMLX"),
    Field("WFLX", TEXT, "违法类型", "Violation", codes="WFLX"),
    Field("WFXZ", TEXT, "违法性质", "Nature of violation", codes="WFXZ"),
    _area("WFMJ", "违法面积", "Illegal area"),
    _area("WFGD", "违法耕地面积", "Illegal cultivated"),
    _area("WFJBNT", "违法永农面积", "Illegal permanent farmland"),
    Field("FLSM", TEXT, "违法条款", "Article violated"),
    Field("ZDDX", INTEGER, "重大典型", "Major case"),
)

#: How the work on a parcel stands: the office's own marks, never part of a report.
MARKS: Tuple[Field, ...] = (
    Field("aside", TEXT, "搁置", "Set aside"),
    Field("aside_reason", TEXT, "搁置原因", "Why set aside"),
    Field("flag", INTEGER, "标记", "Flagged"),
    Field("flag_reason", TEXT, "标记原因", "Why flagged"),
    Field("assigned_to", TEXT, "分派给", "Assigned to"),
    Field("touched_by", TEXT, "最近经手", "Last worked on by"),
    Field("site", TEXT, "实地核查", "Site finding (JSON)"),
    Field("photos", INTEGER, "照片数", "Photos"),
)

#: How far the land of an illegal parcel has come: folded from its remedies and cases, empty for all others.
REMAINS: Tuple[Field, ...] = (
    Field("ZGJD", TEXT, "整改进度", "Progress of rectification", codes="ZGJD"),
    _area("SYMJ", "剩余未整改面积", "Not yet rectified"),
)

PARCEL: Tuple[Field, ...] = (
    Field("id", TEXT, "内部号", "Id"),
    Field("patch_id", TEXT, "图斑", "Patch"),
    Field("batch_id", TEXT, "批次", "Batch"),
    Field("parent_id", TEXT, "父地块", "Parent parcel"),
    Field("shape_id", TEXT, "图形", "Shape"),
    Field("DKBH", TEXT, "地块编号", "Parcel number"),
    Field("TBZT", TEXT, "图斑状态", "Split state", codes="TBZT"),
    Field("retired", INTEGER, "已被取代", "Replaced"),
    Field("gone", INTEGER, "已撤销", "Gone at re-issue"),
    Field("issue_no", INTEGER, "依据下发次", "Issue judged on"),
    Field("basis", TEXT, "依据内容摘要", "Digest it rests on"),
    Field("basis_changed", INTEGER, "依据已变", "Basis changed"),
    _area("DKMJ", "地块面积", "Parcel area"),
    *MEASURED,
    *VERDICT,
    Field("HSZT", TEXT, "核实状态", "Review state", codes="HSZT"),
    Field("incomplete", INTEGER, "缺项数", "Particulars missing"),
    Field("review", TEXT, "审核往来", "Review (JSON)"),
    Field("evidence_run", TEXT, "套合批次号", "Evidence run"),
    Field("verdict_event", TEXT, "判定事件", "Verdict event"),
    *MARKS,
    *REMAINS,
    Field("last_event", TEXT, "最近事件", "Last event"),
)

CASE: Tuple[Field, ...] = (
    Field("id", TEXT, "内部号", "Id"),
    Field("AJBH", TEXT, "案件编号", "Case number"),
    Field("parcels", TEXT, "地块", "Parcels (JSON)"),
    Field("patches", TEXT, "图斑", "Patches (JSON)"),
    Field("ZT", TEXT, "状态", "State"),
    Field("since", DATE, "状态起始", "Since"),
    Field("is_open", INTEGER, "未结", "Open"),
    Field("doc", TEXT, "经过", "Acts and remedies decided (JSON)"),
    Field("last_event", TEXT, "最近事件", "Last event"),
)

REMEDY: Tuple[Field, ...] = (
    Field("id", TEXT, "内部号", "Id"),
    Field("parcel_id", TEXT, "地块", "Parcel"),
    Field("patch_id", TEXT, "图斑", "Patch"),
    Field("case_id", TEXT, "案件", "Case"),
    Field("kind", TEXT, "整改方式", "Remedy"),
    Field("doc", TEXT, "经过", "Ordered, done, accepted (JSON)"),
    Field("last_event", TEXT, "最近事件", "Last event"),
)

#: A photo with its place (EXIF); ``direction`` turns its arrow on the map.
PHOTO: Tuple[Field, ...] = (
    Field("id", TEXT, "内部号", "Id"),
    Field("patch_id", TEXT, "图斑", "Patch"),
    Field("parcels", TEXT, "地块", "Parcels (JSON)"),
    Field("sha256", TEXT, "摘要", "SHA-256"),
    Field("file", TEXT, "文件", "File"),
    Field("taken_at", TEXT, "拍摄时间", "Taken at"),
    Field("lon", REAL, "经度", "Longitude"),
    Field("lat", REAL, "纬度", "Latitude"),
    Field("direction", REAL, "方位角", "Direction"),
    Field("distance_m", REAL, "距离（米）", "Distance (m)"),
    Field("matched_by", TEXT, "匹配方式", "Matched by"),
    Field("removed", INTEGER, "已移除", "Removed"),
    Field("last_event", TEXT, "最近事件", "Last event"),
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


def by_name(*tables: Tuple[Field, ...]) -> Dict[str, Field]:
    """Fields of several tables by name; the first definition of a name wins."""
    found: Dict[str, Field] = {}
    for table in tables:
        for field in table:
            found.setdefault(field.name, field)
    return found


ALL_FIELDS: Dict[str, Field] = by_name(PARCEL, ISSUED, PROPOSAL, BATCH, PATCH)


def names(table: Tuple[Field, ...]) -> Tuple[str, ...]:
    return tuple(field.name for field in table)


def with_numbers(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with its area and number columns as floats (NaN for none); everything else keeps None."""
    for name in frame.columns:
        field = ALL_FIELDS.get(name[len("measured_"):] if name.startswith("measured_") else name)
        if field is not None and field.kind == REAL:
            frame[name] = pd.to_numeric(frame[name])
    return frame
