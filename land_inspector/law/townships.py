"""The township table: its columns in the order of domain.md §10, with numerator and denominator beside each ratio.

Figures stay exact in the rows; :func:`displayed` turns them into mu with two decimals, percent by R45 and "—" for what cannot
be divided or was not counted.
"""
from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple

import pandas as pd

from ..errors import Message, message
from .areas import DASH, UNITS_PER_M2, UNITS_PER_MU, as_written, decimal_text, mu_text, percent_text, yuan
from .indicators import CountyFigures, Ratio, breached, identity_gaps, ranks, rates, ratios, tally, trimmed
from .rulepack import COUNTY, Label, RulePack, STATION, TOWNSHIP


NOWHERE = Label("未落入乡镇", "In no township")
COUNT, MU, M2, PERCENT, YUAN, TEXT = "count", "mu", "m2", "percent", "yuan", "text"


@dataclass(frozen=True)
class Column:
    """``key`` names a figure of the tally, or a ratio for percent; ``kind`` says how it is shown."""

    key: str
    label: Label
    kind: str


@dataclass(frozen=True)
class TownshipRow:
    """One township, station, or the county. ``figures`` are exact (units, counts).

    ``unknown`` counts by figure what nobody measured or issued; ``unmeasured`` the parcels of which an area is missing in the
    verified set, each once: an area that was not issued is no failing of the county's. ``level`` and ``period`` say which lines are drawn
    (domain.md §0.2 (13)); None where that is not known.
    """

    code: str
    name: str
    station: str
    figures: Mapping[str, int]
    ratios: Mapping[str, Ratio]
    breached: Tuple[Tuple[str, str], ...] = ()
    gaps: Mapping[str, int] = field(default_factory=dict)
    rank: Optional[int] = None
    patrols: Optional[Tuple[int, bool]] = None
    level: Optional[str] = None
    period: Optional[str] = None

    @property
    def unknown(self) -> Dict[str, int]:
        """By figure (``…_unknown``) how many parcels nobody measured or issued; those with none are left out."""
        return {key: value for key, value in self.figures.items() if key.endswith("_unknown") and value}

    @property
    def unmeasured(self) -> int:
        """Parcels of the verified set of which an area is missing, each once."""
        return self.figures.get("unmeasured", 0)

    @property
    def adds_up(self) -> bool:
        """R42 and R43."""
        return not any(self.gaps.values())


def _columns(*specs: Tuple[str, str, str, str]) -> Tuple[Column, ...]:
    return tuple(Column(key, Label(zh, en), kind) for key, kind, zh, en in specs)


#: What each ratio is called in headings; its code stands behind.
RATIO_NAMES = {"r1": Label("违法用地占比", "Illegal land share"), "r2": Label("违法占耕占比", "Illegal cultivated share"),
               "r3": Label("扣减后违法用地占比", "Land share after deduction"),
               "r4": Label("扣减后违法占耕占比", "Cultivated share after deduction")}


def _ratio_columns(code: str) -> Tuple[Column, ...]:
    zh, en = RATIO_NAMES[code].zh, RATIO_NAMES[code].en
    return _columns((code, PERCENT, f"{zh}（{code}，%）", f"{en} ({code}, %)"),
                    (f"{code}_numerator", MU, f"{zh}分子（{code}，亩）", f"{en}, numerator ({code}, mu)"),
                    (f"{code}_denominator", MU, f"{zh}分母（{code}，亩）", f"{en}, denominator ({code}, mu)"))


VERDICT_COLUMNS: Tuple[Column, ...] = _columns(
    ("code", TEXT, "乡镇代码", "Township code"), ("name", TEXT, "乡镇", "Township"),
    ("patches", COUNT, "下发图斑数", "Patches issued"), ("issued_units", MU, "下发面积（亩）", "Issued area (mu)"),
    ("issued_cultivated_units", MU, "下发耕地（亩）", "Issued cultivated (mu)"), ("parcels", COUNT, "核实后地块数", "Parcels verified"),
    ("legal", COUNT, "合法（个）", "Legal"), ("legal_units", MU, "合法面积（亩）", "Legal area (mu)"),
    ("legal_cultivated_units", MU, "合法耕地（亩）", "Legal cultivated (mu)"),
    ("other", COUNT, "其他（个）", "Other"), ("other_units", MU, "其他面积（亩）", "Other area (mu)"),
    ("other_cultivated_units", MU, "其他耕地（亩）", "Other cultivated (mu)"),
    ("illegal", COUNT, "违法（个）", "Illegal"), ("illegal_units", MU, "违法面积（亩）", "Illegal area (mu)"),
    ("illegal_cultivated_units", MU, "违法耕地（亩）", "Illegal cultivated (mu)"),
    ("illegal_farmland_units", MU, "违法永农（亩）", "Illegal permanent farmland (mu)"),
    ("construction_units", MU, "新增建设用地面积（亩）", "New construction land (mu)"),
    ("construction_cultivated_units", MU, "新增建设占耕（亩）", "New construction on cultivated land (mu)"))
RATIO_COLUMNS: Tuple[Column, ...] = tuple(column for code in ("r2", "r4", "r1", "r3") for column in _ratio_columns(code))
RECTIFICATION_COLUMNS: Tuple[Column, ...] = _columns(
    ("rectified", COUNT, "已整改（个）", "Rectified"), ("rectified_units", MU, "已整改面积（亩）", "Rectified area (mu)"),
    ("rectified_cultivated_units", MU, "已整改耕地（亩）", "Rectified cultivated (mu)"), ("manner_demolished", COUNT, "拆除（个）", "Demolished"),
    ("manner_approved", COUNT, "补办（个）", "Approved later"), ("manner_combined", COUNT, "组合（个）", "Both"),
    ("open", COUNT, "未整改（个）", "Open"), ("rectified_count", PERCENT, "整改到位率·个数（%）", "Rectified by count (%)"),
    ("rectified_area", PERCENT, "整改到位率·面积（%）", "Rectified by area (%)"),
    ("rectified_cultivated", PERCENT, "整改到位率·耕地（%）", "Rectified by cultivated land (%)"))
CASE_COLUMNS: Tuple[Column, ...] = _columns(
    ("should_file", COUNT, "应立案（宗）", "Cases to file"), ("filed", COUNT, "实立案（宗）", "Cases filed"),
    ("filing", PERCENT, "立案率（%）", "Filing rate (%)"), ("handled", COUNT, "查处（宗）", "Cases handled"),
    ("found", COUNT, "查处率基数（宗）", "Cases found"), ("handling", PERCENT, "查处率（%）", "Handling rate (%)"),
    ("closed", COUNT, "结案（宗）", "Cases closed"), ("closing", PERCENT, "结案率（%）", "Closing rate (%)"))
REMEDY_COLUMNS: Tuple[Column, ...] = _columns(
    ("fine_fen", YUAN, "罚款下达（元）", "Fines decided (yuan)"), ("fine_paid_fen", YUAN, "罚款收缴（元）", "Fines paid (yuan)"),
    ("confiscated_building_units", M2, "没收建筑物占地面积（m²）", "Confiscated building area (m²)"),
    ("demolished_building_units", M2, "拆除建筑物占地面积（m²）", "Demolished building area (m²)"),
    ("lapsed_paid_fen", YUAN, "其中地块已非违法（元）", "Of it for land no longer illegal (yuan)"),
    ("reclaimed_units", MU, "复耕面积（亩）", "Reclaimed land (mu)"), ("discipline_proposed", COUNT, "处分建议（人）", "Discipline proposed"),
    ("discipline_done", COUNT, "处分落实（人）", "Discipline carried out"), ("police", COUNT, "移送公安（人）", "Transferred to the police"))
#: What happened in the year of the scope, each thing by its own date; of other scopes, all that happened so far.
IN_YEAR_COLUMNS: Tuple[Column, ...] = _columns(
    ("filed_in", COUNT, "本期立案（宗）", "Filed in the period"), ("decided_in", COUNT, "本期处罚决定（宗）", "Decided in the period"),
    ("closed_in", COUNT, "本期结案（宗）", "Closed in the period"), ("money_in_fen", YUAN, "本期收缴罚没款（元）", "Paid in the period (yuan)"),
    ("reclaimed_in_units", MU, "本期验收复耕（亩）", "Reclaimed in the period (mu)"))
CLOSING_COLUMNS: Tuple[Column, ...] = _columns(
    ("patrols", COUNT, "巡查次数", "Patrols"), ("patrols_reached", TEXT, "巡查达标", "Patrols reached"),
    ("alarms", TEXT, "阈值预警", "Lines crossed"), ("rank", COUNT, "排名", "Rank"), ("check1", TEXT, "校核1", "Check 1"),
    ("check2", TEXT, "校核2", "Check 2"), ("undecided", COUNT, "未判定（个）", "Not judged"),
    ("unknown", TEXT, "未测面积（个）", "Parcels without measured area"))
TOWNSHIP_COLUMNS = (VERDICT_COLUMNS + RATIO_COLUMNS + RECTIFICATION_COLUMNS + CASE_COLUMNS + REMEDY_COLUMNS + IN_YEAR_COLUMNS
                    + CLOSING_COLUMNS)


@dataclass(frozen=True)
class Counted:
    """What beside the land is counted, and how the rows are measured; the frames of :mod:`.indicators`."""

    remedies: Optional[pd.DataFrame] = None
    cases: Optional[pd.DataFrame] = None
    work: Optional[pd.DataFrame] = None
    happened: Optional[pd.DataFrame] = None
    year: Optional[int] = None
    period: Optional[str] = None


def township_rows(parcels: pd.DataFrame, patches: pd.DataFrame, townships: pd.DataFrame, pack: RulePack, *,
                  by: str = "XZDM", remedies: Optional[pd.DataFrame] = None, cases: Optional[pd.DataFrame] = None,
                  patrols: Optional[Mapping[str, Tuple[int, bool]]] = None, year: Optional[int] = None,
                  rank_by: str = "r4", counted: Optional[Counted] = None, figures: Optional[pd.DataFrame] = None) -> List[TownshipRow]:
    """One row for each township (``by`` XZDM) or station (ZSDM), also without patches; one more for land in none, if any.

    ``patrols`` gives count and whether the minimum was reached, by station code. Ratios in the pack's denominator mode. ``figures``
    is the tally by ``by`` where it is there already.
    """
    said = counted or Counted(remedies, cases, year=year)
    if figures is None:
        figures = tally(parcels, patches, pack, by, said.remedies, said.cases, said.work, said.happened)
    names = _names(townships, by)
    codes = list(names) + [code for code in figures.index if code not in names]
    level = TOWNSHIP if by == "XZDM" else STATION
    rows = [_row(code, *names.get(code, (code, "")), _figures(figures, code), pack, patrols or {}, said, level) for code in codes]
    return _ranked(rows, rank_by)


def county_row(parcels: pd.DataFrame, patches: pd.DataFrame, pack: RulePack, *, name: str = "",
               remedies: Optional[pd.DataFrame] = None, cases: Optional[pd.DataFrame] = None,
               year: Optional[int] = None, counted: Optional[Counted] = None, figures: Optional[pd.DataFrame] = None) -> TownshipRow:
    """The total over all townships; the sum of ``figures``, a tally by any place, where it is there already: every figure adds up."""
    said = counted or Counted(remedies, cases, year=year)
    if figures is None:
        figures = tally(parcels, patches, pack, None, said.remedies, said.cases, said.work, said.happened)
    return _row("", name, "", figures.sum(), pack, {}, said, COUNTY)


def _names(townships: pd.DataFrame, by: str) -> Dict[str, Tuple[str, str]]:
    rows = townships[["XZDM", "XZMC", "ZSDM"]].sort_values("XZDM").itertuples(index=False)
    if by == "XZDM":
        return {row.XZDM: (row.XZMC, row.ZSDM or "") for row in rows}
    return {row.ZSDM: (row.ZSDM, row.ZSDM) for row in rows if row.ZSDM}


def _figures(figures: pd.DataFrame, code: str) -> "pd.Series[int]":
    return figures.loc[code] if code in figures.index else pd.Series(0, index=figures.columns)


def _row(code: str, name: str, station: str, figures: "pd.Series[int]", pack: RulePack,
         patrols: Mapping[str, Tuple[int, bool]], counted: Counted, level: str) -> TownshipRow:
    found = ratios(figures, pack.denominator_mode)
    numbers = {key: int(value) for key, value in figures.items()}
    if "cases" in numbers:
        numbers["found"] = numbers["cases"] + numbers["without_case"]
    crossed = breached(found, pack, code or None, counted.year, level, counted.period)
    return TownshipRow(code, name, station, numbers, {**found, **rates(figures)}, tuple(crossed), identity_gaps(figures), None,
                       patrols.get(station), level, counted.period)


def _ranked(rows: Sequence[TownshipRow], rank_by: str) -> List[TownshipRow]:
    places = ranks([row.ratios[rank_by].value for row in rows])
    return [replace(row, rank=place) for row, place in zip(rows, places)]


def displayed(row: TownshipRow, pack: RulePack, language: str = "zh") -> Dict[str, str]:
    """The row as text, by column key."""
    return {column.key: _shown(row, column, pack, language) for column in TOWNSHIP_COLUMNS}


def _shown(row: TownshipRow, column: Column, pack: RulePack, language: str) -> str:
    if column.kind == PERCENT:
        return _percent(row, column.key, pack)
    if column.kind == TEXT:
        return _texts(row, pack, language)[column.key]
    value = _figure(row, column.key)
    if value is None:
        return DASH
    return str(value) if column.kind == COUNT else decimal_text(_scaled(value, column.kind), 2)


def _figure(row: TownshipRow, key: str) -> Optional[int]:
    """A figure of the tally, or the exact numerator or denominator of a ratio; None where it was not counted."""
    if key in ("rank", "patrols"):
        return row.rank if key == "rank" else row.patrols and row.patrols[0]
    code, _, part = key.partition("_")
    if part in ("numerator", "denominator"):
        return int(getattr(row.ratios[code], part))
    return row.figures.get(key)


def _scaled(value: int, kind: str) -> Fraction:
    return Fraction(value, {MU: UNITS_PER_MU, M2: UNITS_PER_M2, YUAN: 100}[kind])


def exact_value(row: TownshipRow, column: Column) -> Any:
    """The cell for a workbook: whole numbers, mu, m², yuan and percent as unrounded floats; None where there is nothing to show."""
    if column.kind == PERCENT:
        value = row.ratios[column.key].value if column.key in row.ratios else None
        return None if value is None else float(value * 100)
    if column.kind == TEXT:
        return None
    figure = _figure(row, column.key)
    return figure if figure is None or column.kind == COUNT else float(_scaled(figure, column.kind))


def _percent(row: TownshipRow, code: str, pack: RulePack) -> str:
    if code not in row.ratios:
        return DASH
    return percent_text(row.ratios[code].value, sides(code, pack))


def sides(code: str, pack: RulePack) -> List[Callable[[Fraction], bool]]:
    """The lines of which a printed ratio must not hide the side (R45), whichever row they are drawn for."""
    return [line.holds for line in pack.thresholds if code in line.indicators]


def _texts(row: TownshipRow, pack: RulePack, language: str) -> Dict[str, str]:
    lines = {line.code: line.name.text(language) for line in pack.thresholds}
    alarms = [f"{lines[line]} ({code})" for code, line in row.breached]
    return {"code": row.code, "name": row.name or NOWHERE.text(language),
            "patrols_reached": DASH if row.patrols is None else "✓" if row.patrols[1] else "✗",
            "alarms": "；".join(alarms) if alarms else DASH, "check1": _check(row, "R42"), "check2": _check(row, "R43"),
            "unknown": str(row.unmeasured)}


def _check(row: TownshipRow, rule: str) -> str:
    gaps = [gap for name, gap in row.gaps.items() if name.startswith(rule)]
    if not gaps:
        return DASH
    return "✓" if not any(gaps) else "✗"


# The paragraph with which a county reports its year of land enforcement, sentence by sentence (the form of the Linhai report).

def county_paragraph(figures: CountyFigures) -> List[Message]:
    """The sentences to be shown one after the other; what did not happen is left out, but never the cases."""
    told = [_cases(figures), _in_year(figures), _buildings(figures), _money(figures), _lapsed(figures), _persons(figures),
            _police(figures), _land(figures), _patrols(figures)]
    return [sentence for sentence in told if sentence is not None]


def _cases(figures: CountyFigures) -> Message:
    """Both bases stand in the text: what should be filed, and what was found."""
    return message("{filed} cases were filed and investigated of {should} that should be, a filing rate of {filing}; "
                   "{handled} of {found} violations found were dealt with, a handling rate of {handling}; "
                   "{closed} cases are closed, a closing rate of {closing}.",
                   filed=figures.filed, should=figures.should_file, filing=figures.filing.percent_text(),
                   handled=int(figures.handling.numerator), found=figures.found, handling=figures.handling.percent_text(),
                   closed=int(figures.closing.numerator), closing=figures.closing.percent_text())


def _in_year(figures: CountyFigures) -> Optional[Message]:
    """Where the year's own acts are not those of its cohort."""
    same = (figures.filed_in, figures.closed_in) == (figures.filed, int(figures.closing.numerator))
    if figures.year is None or same:
        return None
    return message("By the day of each act, {filed} cases were filed in {year}, {decided} decided and {closed} closed.", year=figures.year,
                   filed=figures.filed_in, decided=figures.decided_in, closed=figures.closed_in)


def scope_text(scope: Message, day: str, known_at: Optional[str] = None) -> Message:
    """What a table, a paragraph or a list counts, and as of when: it stands above each of them."""
    if known_at is None:
        return message("Scope: {scope}. As of {day}.", scope=scope, day=day)
    return message("Scope: {scope}. As of {day}, as known at {moment}.", scope=scope, day=day, moment=known_at)


def _buildings(figures: CountyFigures) -> Optional[Message]:
    if not figures.confiscated_building_m2 and not figures.demolished_building_m2:
        return None
    return message("Buildings and other structures of {confiscated} m² were confiscated and of {demolished} m² demolished (building area).",
                   confiscated=_plain(figures.confiscated_building_m2), demolished=_plain(figures.demolished_building_m2))


def _money(figures: CountyFigures) -> Optional[Message]:
    if not figures.fines_and_gains_fen:
        return None
    return message("Fines and confiscated gains of {yuan} yuan were paid.", yuan=_plain(float(yuan(figures.fines_and_gains_fen))))


def _lapsed(figures: CountyFigures) -> Optional[Message]:
    if not figures.lapsed_fen:
        return None
    return message("Of this, {yuan} yuan were paid for land that is not judged illegal any more.",
                   yuan=_plain(float(yuan(figures.lapsed_fen))))


def _persons(figures: CountyFigures) -> Optional[Message]:
    if not figures.discipline_proposed:
        return None
    return message("Disciplinary action was proposed in {cases} cases against {proposed} persons and carried out against {done}.",
                   cases=figures.discipline_cases, proposed=figures.discipline_proposed, done=figures.discipline_done)


def _police(figures: CountyFigures) -> Optional[Message]:
    if not figures.police_persons:
        return None
    return message("{persons} persons were handed to the police.", persons=figures.police_persons)


def _land(figures: CountyFigures) -> Optional[Message]:
    if not figures.reclaimed_parcels:
        return None
    return message("{parcels} parcels with {mu} mu of illegally occupied land were cleared, demolished and reclaimed.",
                   parcels=figures.reclaimed_parcels, mu=trimmed(mu_text(figures.reclaimed_m2)))


def _patrols(figures: CountyFigures) -> Optional[Message]:
    found = figures.patrols
    if found is None:
        return None
    return message("Stations made {valid} valid patrols ({logged} logged); {met} of {stations} stations met every month. Patrols found "
                   "{found} violations, of which {stopped} were stopped, {reported} reported and {filed} filed.", **found.__dict__)


def _plain(value: float) -> str:
    return trimmed(decimal_text(as_written(value), 2))
