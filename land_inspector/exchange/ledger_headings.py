"""The headings of offices' case and rectification ledgers: which column says what, and in which unit (domain.md §7, §9.5, §9.6).

The same word can mean land or buildings (拆除面积): 亩 and a column 拆除耕地面积 beside it mean land.
"""
from __future__ import annotations

from typing import Dict, Tuple

from .ledger_columns import BUILDING, DAY, FIGURE, LABEL, LAND, MONEY, PERSONS, TEXT, YES, Column, FieldSet, TableField, table_fields

FIELDS: Tuple[TableField, ...] = table_fields(
    ("DKBH", LABEL, "地块编号 宗地编号 宗地号 地块号"),
    ("JCBH", LABEL, "监测编号 监察编号 监测监察编号 监测图斑编号 图斑编号 图斑号 线索编号 TBBH JCTBBH"),
    ("PCBH", TEXT, "批次编号 批次号 批次 监测批次 批次名称 PCMC"),
    ("AJBH", TEXT, "案件编号 案件号 案号 立案号 立案编号 案卷号 卷宗号"),
    ("LAWH", TEXT, "立案文号"),
    ("FXRQ", DAY, "发现时间 发现日期"), ("LYQD", TEXT, "发现渠道 线索来源 案件来源 FXWFQD"),
    ("HCRQ", DAY, "核查日期 核查时间 现场核查日期 现场核查时间"),
    ("ZZRQ", DAY, "制止日期 制止时间 责令停止日期 责令停止时间 下达停工通知书时间 下达责令停止违法行为通知书时间"),
    ("ZZWH", TEXT, "制止文号 停止通知书文号"), ("ZZQK", TEXT, "制止情况"),
    ("SFLA", YES, "是否立案"), ("LARQ", DAY, "立案时间 立案日期"), ("BLA", TEXT, "不立案原因 未立案原因 不予立案原因"),
    ("GZRQ", DAY, "告知日期 告知时间 处罚告知日期 处罚告知时间"), ("TZRQ", DAY, "听证告知日期 听证告知时间"),
    ("JDRQ", DAY, "下达决定时间 下达决定日期 下达处罚决定时间 下达处罚决定书时间 下达处罚决定日期 处罚决定时间 处罚决定日期 决定时间 决定日期 处罚时间 处罚日期"),
    ("JDWH", TEXT, "处罚决定书文号 处罚决定文号 决定文号 处罚文号"), ("CFJG", TEXT, "处罚机关"),
    ("SDRQ", DAY, "送达时间 送达日期"), ("CGRQ", DAY, "催告送达 催告日期 催告时间 催告送达日期 催告送达时间"),
    ("SFSQ", YES, "是否申请法院 是否申请法院强制执行 是否申请强制执行 是否申请法院执行"),
    ("QZRQ", DAY, "申请日期 申请时间 申请法院时间 申请法院日期 申请强制执行时间 申请强制执行日期 申请法院强制执行时间 是否申请法院时间"),
    ("CDRQ", DAY, "裁定日期 裁定时间 法院裁定时间"), ("CDJG", TEXT, "裁定结果 法院裁定结果"),
    ("SFYS", YES, "是否移送司法 是否移送公安 是否移送"), ("YSRQ", DAY, "移送司法时间 移送公安时间 移送时间 移送日期 是否移送司法时间"),
    ("YSRS", PERSONS, "移送公安 移送公安机关 移送公安人数 移送司法人数 移送司法"),
    ("SFJA", YES, "是否结案"), ("JARQ", DAY, "结案时间 结案日期"), ("JALX", TEXT, "结案方式 结案类型"),
    ("FLSM", TEXT, "违反条款 违法条款 处罚依据条款"),
    ("FKXD", MONEY, "下达罚款 罚款下达 罚款金额 处罚金额 罚款决定 应缴罚款 罚款 下达罚款金额 行政处罚罚款金额"),
    ("FKSJ", MONEY, "收缴罚款 罚款收缴 罚款落实 落实罚款 实缴罚款 已缴罚款 罚款实缴 罚款实收 收缴罚款金额"),
    ("FKRQ", DAY, "缴款日期 缴款时间 收缴时间 收缴日期 罚款缴纳日期 罚款缴纳时间 缴纳日期 缴纳时间"),
    ("SDXD", MONEY, "没收违法所得 没收违法所得下达 下达没收违法所得 没收所得 没收所得下达 行政处罚没收违法所得"),
    ("SDSJ", MONEY, "没收违法所得收缴 没收违法所得落实 收缴违法所得 没收所得落实 没收所得收缴"),
    ("CJXD", BUILDING, "应拆除面积 应拆除建筑面积 责令拆除面积 拆除建筑物面积下达 拆除建筑面积下达 下达拆除面积"),
    ("CCJZ", BUILDING, "拆除建筑面积 拆除建筑物占地面积 拆除建筑物面积 拆除违法建筑面积 拆除建筑物面积落实 拆除建筑面积落实 已拆除建筑面积 落实拆除面积 行政处罚拆除违法建筑面积"),
    ("MSXD", BUILDING, "应没收面积 应没收建筑面积 没收建筑物面积下达 没收建筑面积下达 下达没收面积"),
    ("MSJZ", BUILDING, "没收面积 没收建筑物占地面积 没收建筑面积 没收建筑物面积 没收建筑物面积落实 没收建筑面积落实 落实没收面积 已没收建筑面积 行政处罚没收面积"),
    ("CCMJ", LAND, "拆除面积 拆除土地面积 拆除占地面积"), ("CCGD", LAND, "拆除耕地面积 拆除耕地 拆除其中耕地"),
    ("FGMJ", LAND, "复耕面积 拆除复耕面积 复垦面积"), ("FGGD", LAND, "复耕耕地面积 拆除复耕耕地面积 复垦耕地面积"),
    ("BBMJ", LAND, "补办面积 补办手续面积"), ("BBGD", LAND, "补办耕地面积 补办耕地 补办其中耕地"), ("BBLX", TEXT, "补办类型 补办手续类型"),
    ("THMJ", LAND, "退还土地面积 退地面积 退还面积"), ("JHMJ", LAND, "交还土地面积 交还面积"),
    ("SYMJ", LAND, "剩余未整改面积 未整改面积"),
    ("ZGQK", TEXT, "整改情况"), ("ZGFS", TEXT, "整改方式"), ("ZGMJ", LAND, "整改面积 已整改面积"), ("ZGGD", LAND, "整改耕地面积 已整改耕地面积"),
    ("ZGRQ", DAY, "完成日期 完成时间 整改日期 整改时间 整改完成日期 整改完成时间 拆除时间 拆除日期"),
    ("SHZT", TEXT, "审核状态 拆分状态 验收情况 验收状态 验收结果 是否验收 验收"), ("SHRQ", DAY, "审核日期 审核时间 验收日期 验收时间"),
    ("YSJB", TEXT, "验收级别"),
    ("CFJY", PERSONS, "提出处分建议 处分建议 处分建议人数 党纪政纪处分建议 提出建议 党纪政务处分建议"),
    ("CFLS", PERSONS, "实际处分 处分落实 落实处分 实际处分人数 处分落实人数"),
    ("CFZL", TEXT, "处罚种类"), ("XDZ", FIGURE, "下达值"), ("LSZ", FIGURE, "落实值"), ("LSRQ", DAY, "落实日期"))
#: One column for two figures, written 5/3.
PAIRS: Dict[str, Tuple[str, str]] = {
    alias: names for aliases, names in (
        ("下达/收缴罚款 罚款下达/收缴 下达收缴罚款 罚款下达收缴", ("FKXD", "FKSJ")), ("拆除/没收面积 拆除没收面积", ("CCJZ", "MSJZ")))
    for alias in aliases.split()}
#: Columns of land that make 拆除面积 one of land too, and share its unit.
_LAND_FAMILY = ("CCMJ", "CCGD", "FGMJ", "FGGD", "BBMJ", "BBGD", "SYMJ")
_LAND_SIGNS = ("CCGD", "BBMJ", "BBGD", "SYMJ")
_BUILDING = next(field for field in FIELDS if field.name == "CCJZ")


def _told_apart(found: Dict[str, Column]) -> Dict[str, Column]:
    """拆除面积 means land in 亩 and beside other columns of land, buildings otherwise; columns of land without a unit take their siblings'."""
    plain = found.get("CCMJ")
    if plain is not None and plain.unit not in ("mu", "ha") and not any(name in found for name in _LAND_SIGNS):
        del found["CCMJ"]
        found.setdefault("CCJZ", Column(_BUILDING, plain.at, plain.unit, plain.heading))
    units = [found[name].unit for name in _LAND_FAMILY if name in found and found[name].unit]
    for name in _LAND_FAMILY:
        if name in found and found[name].unit is None and units:
            column = found[name]
            found[name] = Column(column.field, column.at, units[0], column.heading)
    return found


LEDGER = FieldSet(FIELDS, PAIRS, _told_apart)
