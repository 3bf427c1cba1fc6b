"""What a township package says: one consistent reading of the register, counted by the law room, with its terms stated."""
from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from fractions import Fraction
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple

import pandas as pd

from ..crs_texts import shown_crs
from ..errors import BusyError
from ..i18n import say, tr
from ..law.areas import DASH, UNITS_PER_M2, UNITS_PER_MU, percent_text
from ..law.codes import label
from ..law.deadlines import Deadline, OVERDUE, SOON
from ..law.indicators import Ratio, both_modes
from ..law.rulepack import GROSS, Label, NET, RulePack
from ..law.townships import (
    CASE_COLUMNS, CLOSING_COLUMNS, Column, RATIO_COLUMNS, RECTIFICATION_COLUMNS, REMEDY_COLUMNS, TownshipRow,
    VERDICT_COLUMNS, displayed, sides,
)
from ..progress import Progress
from ..register.figures import Frames, Scope, frames, headline, said_of, table_of
from ..register.records import Township
from ..register.register import Register, effective_on_text, known_at_text, utc_now
from .standard_parcels import given_parcels, names_kept, standard_parcels


#: The order of domain.md §10: verdicts, ratios and what closes a line in one table, what became of the illegal land in the next.
_MAIN = VERDICT_COLUMNS + RATIO_COLUMNS + tuple(c for c in CLOSING_COLUMNS if c.key in ("alarms", "rank", "undecided", "unknown"))
_AFTERWARDS = VERDICT_COLUMNS[:2] + RECTIFICATION_COLUMNS + CASE_COLUMNS + REMEDY_COLUMNS + tuple(
    c for c in CLOSING_COLUMNS if c.key in ("check1", "check2"))
_READINGS = 5


@dataclass(frozen=True)
class Reading:
    """Everything read from the register in one go: nobody wrote between the first and the last of it.

    ``known_at`` is the moment the figures were known by (ISO, UTC), ``effective_on`` the day they speak of; ``names`` are those of people
    that no export may let out unasked, ``seal`` is the register's short code of all its origins.
    """

    meta: Mapping[str, str]
    known_at: str
    effective_on: str
    frames: Frames
    batches: pd.DataFrame
    townships: Sequence[Township]
    outlines: Mapping[str, bytes]
    names: Sequence[str] = ()
    seal: str = ""
    _given: Dict[bool, pd.DataFrame] = field(default_factory=dict, repr=False, compare=False)

    @property
    def parcels(self) -> pd.DataFrame:
        """The parcels of the scope, one a row; areas in m²."""
        return self.frames.parcels

    def given(self, with_users: bool) -> pd.DataFrame:
        """They as files give them out (:func:`given_parcels`): made once for all files, so nobody writes into it."""
        if with_users not in self._given:
            self._given[with_users] = given_parcels(self.parcels, self.names, with_users)
        return self._given[with_users]


@dataclass(frozen=True)
class Figures:
    """The township table: a row each and the county's total. ``afterwards`` are the columns of rectification, cases and
    remedies; empty while the register holds none."""

    reading: Reading
    language: str
    rows: Sequence[TownshipRow]
    total: TownshipRow
    columns: Sequence[Column]
    afterwards: Sequence[Column]

    def shown(self, row: TownshipRow) -> Mapping[str, str]:
        """The row as text, by column key."""
        pack = self.reading.frames.pack
        names = {line.code: line.name.text(self.language) for line in pack.thresholds}
        crossed = [f"{names[line]} ({'/'.join(ratio for ratio, other in row.breached if other == line)})"
                   for line in dict.fromkeys(line for _ratio, line in row.breached)]
        return {**displayed(row, pack, self.language), "alarms": ", ".join(crossed) or DASH}


def read_register(register: Register, scope: Scope, progress: Optional[Progress] = None) -> Reading:
    """What a scope holds, as known by its moment and effective on its day (domain.md §0.2-9).

    Before the first batch all figures are zero. Raises InputError while the register holds no batch, BusyError where others
    keep writing while it is read.
    """
    for _attempt in range(_READINGS):
        before = register.storage.latest()
        reading = _read(register, scope, progress or Progress())
        if register.storage.latest() == before:
            return reading
    raise BusyError("Others keep writing to the register while it is read.", "Wait a moment and try again.")


def _read(register: Register, scope: Scope, progress: Progress) -> Reading:
    if scope.batch is not None:
        register.batch(scope.batch)
    found = frames(register, scope, progress.part(0.0, 0.9))
    batches = register.batches()
    batches = batches[batches["PCBH"].isin(set(found.parcels["PCBH"]) | set(found.patches["PCBH"]))]
    known_at = known_at_text(scope.known_at) or utc_now()
    effective_on = effective_on_text(scope.effective_on) or date.today().isoformat()
    with register.storage.stoppable(progress):
        outlines = register.storage.shapes(found.parcels["shape_id"])
    return Reading(register.meta, known_at, effective_on, found, batches, register.storage.townships(), outlines, names_kept(register),
                   register.seal().code)


def count(reading: Reading, language: str) -> Figures:
    """The township table of a reading, in the order of domain.md §10 as far as there are figures."""
    found = reading.frames
    *rows, total = table_of(found, tr("Total"), rank_by="r2")
    return Figures(reading, language, rows, total, _MAIN, _afterwards(found))


def _afterwards(found: Frames) -> Tuple[Column, ...]:
    return _AFTERWARDS if len(found.cases) or found.state.remedies else ()


# The terms under which figures are given out: whose, known by when, effective when, by which method, pack and sets.

Term = Tuple[str, str]


def local_time(moment: str) -> str:
    """A moment of the register (UTC) in this machine's time, to the minute, with its offset."""
    return datetime.fromisoformat(moment.replace("Z", "+00:00")).astimezone().strftime("%Y-%m-%d %H:%M (UTC%z)")


def terms_of(figures: Figures, with_users: bool) -> List[Term]:
    """Name and text of each term, in the user's language; printed beside every figure (domain.md §0.2-9, R36)."""
    reading = figures.reading
    return [
        (tr("County"), f"{reading.meta['county_code']} {reading.meta['county_name']}"),
        (tr("Known at"), local_time(reading.known_at)),
        (tr("Effective on"), reading.effective_on),
        (tr("Batches"), _batches(reading)),
        (tr("Area method"), _methods(reading, figures.language)),
        (tr("Unit"), tr("mu (1 mu = 2000/3 m²), two decimals shown, more in the cell")),
        (tr("Issued columns"), tr("The issued set: every patch of the newest issue, split or not (TBZT 0 and 1)")),
        (tr("Verdict columns"), tr("The verified set: parcels as they stand, split parents left out (TBZT 0 and 2)")),
        (tr("New construction land"), tr("Parcels judged legal new construction or illegal; other land use is in neither part of a ratio")),
        ("r1", tr("Illegal area ÷ new construction area")),
        ("r2", tr("Illegal cultivated land ÷ new construction on cultivated land")),
        ("r3, r4", tr("r1 and r2 after deduction; the denominator in mode {mode}", mode=reading.frames.pack.denominator_mode)),
        (tr("Lines"), _lines(figures)),
        (tr("Not judged yet"), _count_of(figures, "undecided")),
        (tr("Areas that nobody measured"), _unknown(figures)),
        (tr("Illegal areas taken from the whole parcel"), _count_of(figures, "illegal_assumed")),
        (tr("Rule pack"), f"{reading.frames.pack.id} {reading.frames.pack.version}"),
        (tr("Digest of the rule pack"), reading.frames.pack.digest),
        *[(tr("Numbers of pieces"), told) for told in [_pieces(reading.parcels)] if told],
        (tr("Land users' names"), tr("Given out, as asked for") if with_users else tr("Left out (R54)")),
        (tr("Register"), reading.meta["register_id"]),
        (tr("Seal of the register"), reading.seal or "—"),
        (tr("Scope"), say(headline(reading.frames))),
        (tr("CRS"), shown_crs(reading.meta["crs"])),
    ]


def _pieces(parcels: pd.DataFrame) -> str:
    return pieces_told(standard_parcels(parcels.loc[parcels["TBZT"] == "2", ["TBZT", "JCBH", "DKBH"]]))


def pieces_told(parcels: pd.DataFrame) -> str:
    """How the pieces of split patches are numbered here and in the official system, with one of them; '' where nothing is split.
    ``parcels`` are standard ones."""
    piece = next(parcels.loc[parcels["TBZT"] == "2", ["JCBH", "DKBH"]].itertuples(index=False), None)
    return "" if piece is None else tr(
        "Piece {ours} of a split patch stands under JCBH as {official}, as the official system numbers it, and under DKBH as the desk "
        "shows it", ours=piece.DKBH, official=piece.JCBH)


def _batches(reading: Reading) -> str:
    return "; ".join(tr("{code} {name}, issued {day}, issue {no}", code=row.PCBH, name=row.PCMC, day=row.XFRQ or "—", no=row.issue_no)
                     for row in reading.batches.itertuples())


def _methods(reading: Reading, language: str) -> str:
    methods = reading.batches.groupby("MJFF")["PCBH"].agg(list)
    return "; ".join(f"{label('MJFF', method, language)} ({', '.join(codes)})" for method, codes in methods.items())


def _lines(figures: Figures) -> str:
    lines = figures.reading.frames.pack.thresholds
    return "; ".join(f"{line.name.text(figures.language)}: {'/'.join(line.indicators)} {line.sign} {float(line.percent):g} %"
                     for line in lines)


def _count_of(figures: Figures, key: str) -> str:
    return tr("{n} parcels", n=figures.total.figures.get(key, 0))


def _unknown(figures: Figures) -> str:
    unknown = figures.total.unknown
    names = {"issued_unknown": tr("issued area"), "issued_cultivated_unknown": tr("issued cultivated land"),
             "legal_cultivated_unknown": tr("cultivated land of legal parcels"),
             "other_cultivated_unknown": tr("cultivated land of other parcels"),
             "illegal_unknown": tr("illegal area"), "illegal_cultivated_unknown": tr("illegal cultivated land"),
             "illegal_farmland_unknown": tr("illegal permanent farmland"), "construction_unknown": tr("new construction area"),
             "construction_cultivated_unknown": tr("new construction on cultivated land")}
    return "; ".join(f"{names.get(key, key)}: {n}" for key, n in unknown.items()) or tr("None")


# The township table as a plain table of fields: names that a shapefile keeps, numbers to compute with, texts as printed (R45).
#
# Areas stand in m² and in 亩 as the field name says (``_M2``, ``_MU``), percents in ``_PC`` (NULL where nothing can be divided, R44),
# with numerator ``_FZ`` and denominator ``_FM`` beside each and the printed text in ``_T``.

TOWNSHIP, STATION, COUNTY = "township", "station", "county"
KEYS = {TOWNSHIP: "XZDM", STATION: "ZSDM", COUNTY: "XZDM"}
TEXT, INTEGER, REAL = "text", "integer", "real"


@dataclass(frozen=True)
class Counted:
    """One row with what its texts need."""

    level: str
    row: TownshipRow
    pack: RulePack
    language: str
    known_at: str
    effective_on: str
    scope: str
    clearing: Optional[Deadline] = None

    @property
    def clear_by(self) -> Optional[str]:
        """The day by which the batch is to be cleared (R39), ISO; None where there is no clearing."""
        return None if self.clearing is None else self.clearing.due_on.isoformat()


@dataclass(frozen=True)
class OutField:
    """``name`` is ASCII and at most ten characters long."""

    name: str
    kind: str
    label: Label
    value: Callable[[Counted], Any]


def indicator_rows(register: Register, scope: Scope, by: str = TOWNSHIP, mode: Optional[str] = None, language: str = "zh"
                   ) -> List[Dict[str, Any]]:
    """One row for each township or station (``by``) and one for the county; for COUNTY that one alone.

    ``mode`` net or gross replaces the pack's denominator mode. Raises InputError where the register holds no batch in the scope.
    """
    known_at = known_at_text(scope.known_at) or utc_now()
    found = frames(register, scope)
    if mode is not None:
        found = replace(found, pack=replace(found.pack, denominator_mode=mode))
    rows = table_of(found, register.meta["county_name"], KEYS[by])
    counted = [_counted(TOWNSHIP if by == COUNTY else by, row, found, language, known_at) for row in rows[:-1]] if by != COUNTY else []
    counted.append(_counted(COUNTY, rows[-1], found, language, known_at))
    return [{field.name: field.value(one) for field in FIELDS} for one in counted]


def _counted(level: str, row: TownshipRow, found: Frames, language: str, known_at: str) -> Counted:
    return Counted(level, row, found.pack, language, known_at, found.until.isoformat(), say(said_of(found.scope)), found.clearing)


# --- fields -----------------------------------------------------------------------------------------------------------


def _texts() -> List[OutField]:
    return [
        OutField("LEVEL", TEXT, Label("级别", "Level"), lambda one: one.level),
        OutField("XZDM", TEXT, Label("乡镇代码", "Township code"), lambda one: one.row.code if one.level == TOWNSHIP else None),
        OutField("XZMC", TEXT, Label("名称", "Name"), lambda one: displayed(one.row, one.pack, one.language)["name"]),
        OutField("ZSDM", TEXT, Label("自然资源所", "Station"), lambda one: one.row.station or None)]


def _count(name: str, key: str, zh: str, en: str) -> OutField:
    return OutField(name, INTEGER, Label(zh, en), lambda one: one.row.figures.get(key))


def _area(name: str, key: str, zh: str, en: str) -> List[OutField]:
    return [OutField(f"{name}_M2", REAL, Label(f"{zh}（平方米）", f"{en} (m²)"), lambda one: _scaled(one.row.figures.get(key), UNITS_PER_M2)),
            OutField(f"{name}_MU", REAL, Label(f"{zh}（亩）", f"{en} (mu)"), lambda one: _scaled(one.row.figures.get(key), UNITS_PER_MU))]


def _clearing_state(one: Counted) -> Optional[str]:
    """R39: cleared, running, soon due or overdue, as of the day of the figures; of a batch alone."""
    if one.clearing is None:
        return None
    ratio = one.row.ratios["clearing"]
    if ratio.denominator and ratio.numerator == ratio.denominator:
        return tr("cleared")
    state = one.clearing.status(date.fromisoformat(one.effective_on))
    return {OVERDUE: tr("overdue"), SOON: tr("due soon")}.get(state, tr("running"))


def _money(name: str, key: str, zh: str, en: str) -> OutField:
    return OutField(name, REAL, Label(f"{zh}（元）", f"{en} (yuan)"), lambda one: _scaled(one.row.figures.get(key), 100))


def _scaled(value: Optional[int], per: int) -> Optional[float]:
    return None if value is None else float(Fraction(value, per))


def _parts(name: str, label: Label, unit: Tuple[str, str, str], per: int, ratio: Callable[[Counted], Optional[Ratio]]) -> List[OutField]:
    """Numerator and denominator; whole numbers where ``per`` is 1."""
    tail, zh, en = unit

    def part(of: str) -> Callable[[Counted], Any]:
        def value(one: Counted) -> Any:
            found = ratio(one)
            whole = None if found is None else getattr(found, of)
            return whole if per == 1 else _scaled(whole, per)
        return value

    kind = INTEGER if per == 1 else REAL
    return [OutField(f"{name}_FZ{tail}", kind, Label(f"{label.zh}分子（{zh}）", f"{label.en}: numerator ({en})"), part("numerator")),
            OutField(f"{name}_FM{tail}", kind, Label(f"{label.zh}分母（{zh}）", f"{label.en}: denominator ({en})"), part("denominator"))]


def _percent(name: str, label: Label, ratio: Callable[[Counted], Optional[Ratio]]) -> OutField:
    def value(one: Counted) -> Optional[float]:
        found = ratio(one)
        return None if found is None or found.value is None else float(found.value * 100)
    return OutField(f"{name}_PC", REAL, Label(f"{label.zh}（%）", f"{label.en} (%)"), value)


def _rate(name: str, code: str, zh: str, en: str, unit: Tuple[str, str, str], per: int) -> List[OutField]:
    label = Label(zh, en)

    def ratio(one: Counted) -> Optional[Ratio]:
        return one.row.ratios.get(code)

    def text(one: Counted) -> Optional[str]:
        found = ratio(one)
        return None if found is None else percent_text(found.value, sides(code, one.pack))

    return [_percent(name, label, ratio), *_parts(name, label, unit, per, ratio),
            OutField(f"{name}_T", TEXT, Label(f"{zh}（显示）", f"{en} (as printed)"), text)]


def _in_mode(name: str, code: str, mode: str, zh: str, en: str) -> List[OutField]:
    """A ratio after deduction in one denominator mode, whichever counts."""
    label = Label(zh, en)

    def ratio(one: Counted) -> Ratio:
        return both_modes(one.row.figures)[mode][code]

    return [_percent(name, label, ratio), _parts(name, label, _MU, UNITS_PER_MU, ratio)[1]]


def _shown(name: str, key: str, zh: str, en: str) -> OutField:
    return OutField(name, TEXT, Label(zh, en), lambda one: displayed(one.row, one.pack, one.language)[key])


_MU, _YUAN = ("_MU", "亩", "mu"), ("_Y", "元", "yuan")
_CASES, _PERSONS, _NUMBER = ("", "宗", "cases"), ("", "人", "persons"), ("", "个", "parcels")

FIELDS: Tuple[OutField, ...] = tuple([
    *_texts(),
    _count("XF_S", "patches", "下发图斑数", "Patches issued"), *_area("XF", "issued_units", "下发面积", "Issued area"),
    *_area("XFGD", "issued_cultivated_units", "下发耕地", "Issued cultivated"), _count("DK_S", "parcels", "核实后地块数", "Parcels verified"),
    _count("HF_S", "legal", "合法个数", "Legal"), *_area("HF", "legal_units", "合法面积", "Legal area"),
    *_area("HFGD", "legal_cultivated_units", "合法耕地", "Legal cultivated"),
    _count("QT_S", "other", "其他个数", "Other"), *_area("QT", "other_units", "其他面积", "Other area"),
    *_area("QTGD", "other_cultivated_units", "其他耕地", "Other cultivated"),
    _count("WF_S", "illegal", "违法个数", "Illegal"), *_area("WF", "illegal_units", "违法面积", "Illegal area"),
    *_area("WFGD", "illegal_cultivated_units", "违法耕地", "Illegal cultivated"),
    *_area("WFYN", "illegal_farmland_units", "违法永农", "Illegal permanent farmland"),
    _count("WPD_S", "undecided", "未判定个数", "Not judged"),
    *_area("XZ", "construction_units", "新增建设用地面积", "New construction land"),
    *_area("XZGD", "construction_cultivated_units", "新增建设占耕", "New construction on cultivated land"),
    *_rate("R1", "r1", "违法用地占比（r1）", "Illegal land share (r1)", _MU, UNITS_PER_MU),
    *_rate("R2", "r2", "违法占耕占比（r2）", "Illegal cultivated share (r2)", _MU, UNITS_PER_MU),
    *_rate("R3", "r3", "扣减后违法用地占比（r3）", "Land share after deduction (r3)", _MU, UNITS_PER_MU),
    *_rate("R4", "r4", "扣减后违法占耕占比（r4）", "Cultivated share after deduction (r4)", _MU, UNITS_PER_MU),
    *_in_mode("R3N", "r3", NET, "扣减后违法用地占比（r3，分母扣减）", "Land share after deduction (r3, net denominator)"),
    *_in_mode("R3G", "r3", GROSS, "扣减后违法用地占比（r3，分母不扣减）", "Land share after deduction (r3, gross denominator)"),
    *_in_mode("R4N", "r4", NET, "扣减后违法占耕占比（r4，分母扣减）", "Cultivated share after deduction (r4, net denominator)"),
    *_in_mode("R4G", "r4", GROSS, "扣减后违法占耕占比（r4，分母不扣减）", "Cultivated share after deduction (r4, gross denominator)"),
    *_rate("R5", "r5", "未整改用地占比（r5）", "Open land share (r5)", _MU, UNITS_PER_MU),
    *_rate("R6", "r6", "未整改占耕占比（r6）", "Open cultivated share (r6)", _MU, UNITS_PER_MU),
    OutField("FMMS", TEXT, Label("分母方式", "Denominator mode"), lambda one: one.pack.denominator_mode),
    _count("ZG_S", "rectified", "已整改个数", "Rectified"), *_area("ZG", "rectified_units", "已整改面积", "Rectified area"),
    *_area("ZGGD", "rectified_cultivated_units", "已整改耕地", "Rectified cultivated"),
    _count("ZGCC_S", "manner_demolished", "拆除个数", "Demolished"), _count("ZGBB_S", "manner_approved", "补办个数", "Approved later"),
    _count("ZGZH_S", "manner_combined", "组合个数", "Both"), _count("ZGQT_S", "manner_other", "其他方式个数", "Other manner"),
    _count("WZG_S", "open", "未整改个数", "Open"), *_area("WZG", "open_units", "未整改面积", "Open area"),
    *_area("WZGGD", "open_cultivated_units", "未整改耕地", "Open cultivated"),
    *_rate("ZGS", "rectified_count", "整改到位率·个数", "Rectified by count", _NUMBER, 1),
    *_rate("ZGM", "rectified_area", "整改到位率·面积", "Rectified by area", _MU, UNITS_PER_MU),
    *_rate("ZGG", "rectified_cultivated", "整改到位率·耕地", "Rectified by cultivated land", _MU, UNITS_PER_MU),
    *_rate("LA", "filing", "立案率", "Filing rate", _CASES, 1), *_rate("CC", "handling", "查处率", "Handling rate", _CASES, 1),
    *_rate("JA", "closing", "结案率", "Closing rate", _CASES, 1),
    *_rate("YQ", "clearing", "月清率", "Monthly clearing", _NUMBER, 1),
    OutField("YQ_RQ", TEXT, Label("月清截止日", "To be cleared by"), lambda one: one.clear_by),
    OutField("YQ_ZT", TEXT, Label("月清情况", "State of the clearing"), lambda one: _clearing_state(one)),
    *_rate("ZZ", "stop", "制止率", "Stop rate", _CASES, 1), *_rate("FX", "discovery", "巡查发现率", "Discovery by patrol", _CASES, 1),
    *_rate("FG", "reclamation", "拆除复耕率", "Demolition and reclamation rate", _MU, UNITS_PER_MU),
    *_rate("FK", "collection", "罚款收缴率", "Fine collection rate", _YUAN, 100),
    *_rate("CF", "discipline", "处分落实率", "Discipline rate", _PERSONS, 1),
    _area("MSJZ", "confiscated_building_units", "没收建筑物占地面积", "Confiscated building area")[0],
    _area("CCJZ", "demolished_building_units", "拆除建筑物占地面积", "Demolished building area")[0],
    *_area("FGMJ", "reclaimed_units", "复耕面积", "Reclaimed land"), _count("YSGA", "police", "移送公安人数", "Transferred to the police"),
    _shown("YJ", "alarms", "阈值预警", "Lines crossed"), OutField("PM", INTEGER, Label("排名", "Rank"), lambda one: one.row.rank),
    _shown("JH1", "check1", "校核1", "Check 1"), _shown("JH2", "check2", "校核2", "Check 2"),
    OutField("WC_S", INTEGER, Label("未测面积个数", "Parcels without measured area"), lambda one: one.row.unmeasured),
    _count("BQLA_S", "filed_in", "本期立案宗数", "Filed in the period"),
    _count("BQJD_S", "decided_in", "本期决定宗数", "Decided in the period"),
    _count("BQJA_S", "closed_in", "本期结案宗数", "Closed in the period"), _money("BQSK_Y", "money_in_fen", "本期收缴罚没款", "Paid in the period"),
    *_area("BQFG", "reclaimed_in_units", "本期验收复耕", "Reclaimed in the period"),
    _money("YFW_Y", "lapsed_paid_fen", "已非违法地块收缴", "Paid for land no longer illegal"),
    OutField("FW", TEXT, Label("统计范围", "Scope"), lambda one: one.scope),
    OutField("KNOWN_AT", TEXT, Label("已知时点", "Known at"), lambda one: one.known_at),
    OutField("EFF_ON", TEXT, Label("有效日期", "Effective on"), lambda one: one.effective_on),
    OutField("RULEPACK", TEXT, Label("规则包", "Rule pack"), lambda one: f"{one.pack.id} {one.pack.version}")])


def field_names() -> Sequence[str]:
    """Names of the table's fields in their order, each short enough for a shapefile."""
    return [field.name for field in FIELDS]
