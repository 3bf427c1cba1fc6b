"""The identities R42 and R43 on summary tables (违法线索统计表) and on the register's own township table.

R42: all = rectified + open, by count, area and cultivated land. R43: rectified = demolished + approved + both + otherwise, by count.
"""
from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from ..errors import message
from ..law.areas import UNITS_PER_M2, as_written
from ..register.figures import Scope, township_table
from ..register.register import Register
from .checks_export import Disagreement, beyond
from .ledger_columns import AREA_UNITS, COUNT, LAND, TEXT, Columns, FieldSet, TableField, heading_rows
from .ledger_tables import sheet_lines
from .intake.sources import take_apart
from .values import number_of, text_of

_GROUPS = {"ZRW": "总任务 总数 违法 总", "YZG": "已整改", "WZG": "未整改", "CC": "拆除", "BB": "补办", "ZH": "组合 拆除补办", "QT": "其他 其他方式"}
_MEASURES = {"": ("个数 数 宗数 数量", COUNT), "M": ("面积", LAND), "G": ("耕地面积 耕地 其中耕地", LAND)}
_MANNERS = ("CC", "BB", "ZH", "QT")
_WORDS = {"": message("count"), "M": message("area"), "G": message("cultivated land")}


def _fields() -> Tuple[TableField, ...]:
    found = [TableField("MC", TEXT, ("MC", "县", "县名称", "县区", "乡镇", "乡镇名称", "单位", "名称", "行政区"))]
    for group, names in _GROUPS.items():
        for tail, (measures, kind) in _MEASURES.items():
            found.append(TableField(group + tail, kind, tuple(name + measure for name in names.split() for measure in measures.split())))
    return tuple(found)


SUMMARY = FieldSet(_fields())


def check_summary(source: str) -> List[Disagreement]:
    """Rows of a summary table whose own figures do not add up; nothing where it has no such columns."""
    target = take_apart(source, None)
    lines = sheet_lines(target.path, target.layer, SUMMARY)
    headings, used = heading_rows(lines, SUMMARY)
    columns = SUMMARY.recognised(headings)
    if not {"ZRW", "YZG", "WZG"} & set(columns) or len(columns) < 3:
        return []
    found: List[Disagreement] = []
    for number, line in enumerate(lines[used:], used + 1):
        figures = _figures(line, columns)
        name = _name(line, columns)
        found += [*_all_in_all(number, name, figures), *_by_manner(number, name, figures)]
    return found


def _name(line: Sequence[Any], columns: Columns) -> str:
    at = columns["MC"].at if "MC" in columns else 0
    return text_of(line[at]) or "" if at < len(line) else ""


def _figures(line: Sequence[Any], columns: Columns) -> Dict[str, float]:
    """Counts as they are, areas in m² (亩 where no heading names a unit); cells without a number are left out."""
    found: Dict[str, float] = {}
    stated = next((column.unit for column in columns.values() if column.unit in AREA_UNITS), "mu")
    for name, column in columns.items():
        value = _number(line[column.at]) if column.field.kind != TEXT and column.at < len(line) else None
        if value is not None:
            found[name] = value if column.field.kind == COUNT else float(as_written(value) * AREA_UNITS[column.unit or stated or "mu"])
    return found


def _number(cell: Any) -> Optional[float]:
    try:
        return number_of(cell)[0]
    except ValueError:
        return None


def _all_in_all(number: int, name: str, figures: Mapping[str, float]) -> List[Disagreement]:
    found = []
    for tail, words in _WORDS.items():
        whole, done, still = (figures.get(group + tail) for group in ("ZRW", "YZG", "WZG"))
        if whole is None or done is None or still is None:
            continue
        if beyond(whole, done + still) if tail else whole != done + still:
            text = message("{name}, {what}: rectified and open do not make up the whole.", name=name, what=words)
            areas = (whole, done + still) if tail else (None, None)
            found.append(Disagreement("E", "R42", text, row=number, filled_m2=areas[0], register_m2=areas[1]))
    return found


def _by_manner(number: int, name: str, figures: Mapping[str, float]) -> List[Disagreement]:
    done, manners = figures.get("YZG"), [figures[manner] for manner in _MANNERS if manner in figures]
    if done is None or not manners or done == sum(manners):
        return []
    return [Disagreement("E", "R43", message("{name}: {done} rectified, but {sum} by manner.", name=name, done=f"{done:g}",
                                             sum=f"{sum(manners):g}"), row=number)]


def register_identities(register: Register, scope: Scope) -> List[Disagreement]:
    """R42 and R43 on the township table as the register counts it; empty, or something is wrong with the register."""
    return [Disagreement("E", rule.split("_")[0], message("{name}: the register's own figures do not add up ({gap}).", name=row.name,
                                                          gap=f"{gap / UNITS_PER_M2:g} m²" if "units" in rule else str(gap)))
            for row in township_table(register, scope) for rule, gap in row.gaps.items() if gap]
