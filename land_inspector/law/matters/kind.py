"""What a pack says of a kind of matter, as plain records (format in ``docs/matters.md``). Areas m², money fen, days
calendar days.
"""
from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any, Collection, Dict, Mapping, Optional, Tuple, Union

from ...errors import Bilingual
from ..parameters import PackValue
from ..procedure import ACCEPTED, CARRYING_OUT, HANDLING

# what a value is
TEXT, DATE, CODE, AREA, MONEY, NUMBER, COUNT, FLAG, PERSON, TOWNSHIP = (
    "text", "date", "code", "area", "money", "number", "count", "flag", "person", "township")
FIELD_KINDS = (TEXT, DATE, CODE, AREA, MONEY, NUMBER, COUNT, FLAG, PERSON, TOWNSHIP)
FIGURES = (AREA, MONEY, NUMBER, COUNT)
# what a state means for the figures
OPEN, PAUSED, SETTLED, OUT = "open", "paused", "settled", "out"
CLASSES = (OPEN, PAUSED, SETTLED, OUT)
STAGES = (HANDLING, CARRYING_OUT, ACCEPTED)
SAME, BACK = "same", "back"
OPENING, AMEND, LINK, UNLINK, NOTE, PLACE = "open", "amend", "link", "unlink", "note", "place"
BUILT_IN = (OPENING, AMEND, LINK, UNLINK, NOTE, PLACE)
#: Stands for every duty of a kind where a condition names terms.
ANY_TERM = "*"
UNITS = ("m2", "fen", "days", "count", "share", "number")
#: The unit of a column that says a word.
WORDS = "text"
POLYGON, POINT, NONE = "polygon", "point", "none"
GEOMETRIES = (POLYGON, POINT, NONE)

Condition = Mapping[str, Any]


@dataclass(frozen=True)
class KindField:
    """A value that a matter of the kind has. ``headings`` are further words by which tables name it; what is
    ``private`` leaves the register in no table and no bulletin; ``minor`` ones (of the common skeleton) are shown
    last."""

    name: str
    kind: str
    label: Bilingual
    required: bool = False
    codes: str = ""
    headings: Tuple[str, ...] = ()
    private: bool = False


@dataclass(frozen=True)
class KindCode:
    """One entry of a code list of the kind; ``group`` joins codes that a condition treats alike."""

    code: str
    label: Bilingual
    group: str = ""


@dataclass(frozen=True)
class KindState:
    """A state: ``cls`` says what it means for figures and terms, ``colour`` (#rrggbb) how the map shows it."""

    code: str
    label: Bilingual
    stage: str
    cls: str = OPEN
    colour: str = ""


@dataclass(frozen=True)
class Ask:
    """A particular that a move asks for. ``sets`` is true where it becomes the matter's value of that name.
    ``at_most`` names a value that a figure may not exceed; ``within`` (name of a date or ``act``, amount, unit) the
    last day that a date may name."""

    name: str
    kind: str
    label: Bilingual
    required: bool = True
    codes: str = ""
    sets: bool = False
    at_most: str = ""
    within: Optional[Tuple[str, int, str]] = None


@dataclass(frozen=True)
class Demand:
    """A condition that must hold before a move, and what is said where it does not."""

    condition: Condition
    otherwise: Optional[Bilingual]


@dataclass(frozen=True)
class Move:
    """An act of the kind: from which states to which; ``to`` may be ``same`` or ``back`` (where it stood before this
    state).
    """

    code: str
    label: Bilingual
    ground: str
    froms: Tuple[str, ...]
    to: str
    asks: Tuple[Ask, ...] = ()
    after: Tuple[str, ...] = ()
    demands: Tuple[Demand, ...] = ()
    main: bool = False
    beside: bool = False


@dataclass(frozen=True)
class TermForm:
    """A term: it starts with an act or at the date that a field names, and is met by acts or, without any, by settling
    the matter. ``rolls``: one that ends on a day off ends on the next working day (None: as the office's rule pack says).
    """

    code: str
    label: Bilingual
    ground: str
    amount: int
    unit: str
    start_act: str = ""
    start_field: str = ""
    met_by: Tuple[str, ...] = ()
    role: str = "duty"
    idle_after: Tuple[str, ...] = ()
    extended_by: str = ""
    extended_amount: int = 0
    warn_days: Optional[int] = None
    when: Tuple[Condition, ...] = ()
    rolls: Optional[bool] = None


@dataclass(frozen=True)
class Setting:
    """A number of the office's practice."""

    name: str
    label: Bilingual
    value: float


@dataclass(frozen=True)
class Quantity:
    """A figure worked out by one of the named formulas."""

    name: str
    label: Bilingual
    unit: str
    formula: Mapping[str, Any]


@dataclass(frozen=True)
class KindList:
    """A work list: the matters that satisfy every condition on a day, those of the earliest ``day`` (name of a date or
    a term) first.
    """

    code: str
    label: Bilingual
    where: Tuple[Condition, ...]
    day: str = ""


@dataclass(frozen=True)
class Column:
    """A column of the township table: ``do`` count, sum, count_of_acts, sum_of_acts, total, difference, rate, rank or most; see
    docs/matters.md. ``upward``: the smallest figure has the first rank."""

    name: str
    label: Bilingual
    do: str
    of: Tuple[str, ...] = ()
    unit: str = "count"
    where: Tuple[Condition, ...] = ()
    at_start: bool = False
    acts: Tuple[str, ...] = ()
    numerator: str = ""
    denominator: str = ""
    upward: bool = False


@dataclass(frozen=True)
class Milestone:
    """What a campaign shall have reached on a day: a rate of the township table, in percent."""

    label: Bilingual
    on: date
    column: str
    percent: Fraction


@dataclass(frozen=True)
class MatterKind:
    """A whole kind. ``finding`` names a finding of the engine with the fields it reads; ``groups`` fields by whose codes the table is
    told beside the townships; ``digest`` is the hash of the pack's content."""

    id: str
    version: str
    name: Bilingual
    source: str
    geometry: str
    fields: Mapping[str, KindField]
    codes: Mapping[str, Tuple[KindCode, ...]]
    states: Mapping[str, KindState]
    moves: Mapping[str, Move]
    terms: Mapping[str, TermForm]
    settings: Mapping[str, Setting]
    quantities: Mapping[str, Quantity]
    lists: Mapping[str, KindList]
    columns: Mapping[str, Column]
    bulletin: Tuple[str, ...]
    finding: str = ""
    finding_with: Mapping[str, str] = field(default_factory=dict)
    offers: Tuple[str, ...] = ()
    milestones: Tuple[Milestone, ...] = ()
    groups: Tuple[str, ...] = ()
    digest: str = ""
    content: Any = None

    @property
    def first_state(self) -> str:
        """Code of the state in which a matter is opened: the first of the pack."""
        return next(iter(self.states))

    @property
    def end_states(self) -> Tuple[str, ...]:
        """Codes of the states in which nothing more is asked: settled, or out of the ledger."""
        return tuple(state.code for state in self.states.values() if state.cls in (SETTLED, OUT))

    def label_of(self, codes: str, code: str) -> Optional[Bilingual]:
        """The label of a code of one of the kind's lists."""
        return next((one.label for one in self.codes.get(codes, ()) if one.code == code), None)

    def value_label(self, name: str) -> Bilingual:
        """What a field, quantity or setting is called."""
        for group in (self.fields, self.quantities, self.settings):
            if name in group:
                return group[name].label  # type: ignore[index]
        return Bilingual(name, zh=name)


def _own(name: str, kind: str, en: str, zh: str, headings: str = "", required: bool = False,
         private: bool = False) -> KindField:
    return KindField(name, kind, Bilingual(en, zh=zh), required, headings=tuple(headings.split()), private=private)


#: What every ledger has (ledgers.md §0); a pack may rename, demand or leave out any but the number.
NUMBER_FIELD, TOWNSHIP_FIELD, PROMISED = "TZBH", "XZDM", "WCSX"
SKELETON: Dict[str, KindField] = {one.name: one for one in (
    _own(NUMBER_FIELD, TEXT, "Number", "台账编号", "编号 序号编号 事项编号 信访件编号 信访编号 信访件号", True),
    _own(TOWNSHIP_FIELD, TOWNSHIP, "Township", "乡镇代码", "乡镇 乡镇名称 街道 乡镇街道 镇街 所属乡镇 所在乡镇 责任乡镇 责任县/乡镇"),
    _own("CMC", TEXT, "Village", "村", "村名称 行政村 所在村"),
    _own("WZ", TEXT, "Place", "位置", "坐落 地点 土地坐落 宗地坐落"),
    _own("MJ", AREA, "Area", "面积", "总面积 土地面积"),
    _own("GDMJ", AREA, "Of it cultivated", "其中耕地", "耕地面积 占耕地 占耕 耕地"),
    _own("JBNTMJ", AREA, "Of it permanent basic farmland", "其中永久基本农田", "永久基本农田 永农面积 占永农 基本农田面积 永农"),
    _own("ZRDW", TEXT, "Responsible unit", "责任单位", "整改责任单位"),
    _own("ZRR", PERSON, "Responsible person", "责任人", "包案领导 责任人员", private=True),
    _own("QTBM", TEXT, "Leading department", "牵头部门", "牵头单位"),
    _own("CLCS", TEXT, "Measure", "措施", "整改措施 处置措施 处理措施"),
    _own(PROMISED, DATE, "Promised by", "完成时限", "整改时限 完成期限 时限"),
    _own("BZ", TEXT, "Remarks", "备注", ""))}


class States(Dict[str, KindState]):
    """States by code. A matter may stand in one that a later pack of its ledger lacks: it goes by its code and stays open."""

    def __missing__(self, code: str) -> KindState:
        return KindState(code, Bilingual(code, zh=code), HANDLING)


def adds_up(column: Column, columns: Mapping[str, Column]) -> bool:
    """Whether what a column is made of are figures, for a sum or a difference of one unit; ranks and words are none."""
    named = (*(column.of if column.do in ("total", "difference", "rank") else ()), column.numerator, column.denominator)
    parts = [columns[name] for name in named if name]
    plain = all(part.do not in ("rank", "most") for part in parts)
    return plain and (column.do not in ("total", "difference") or len({part.unit for part in parts}) == 1 and parts[0].unit != "share")


# --- formulas and conditions that a pack may use: their parts, for the reader of packs and for the documentation
# ------------------------

#: formula → (members it must have, members it may have)
FORMULAS: Dict[str, Tuple[Tuple[str, ...], Tuple[str, ...]]] = {
    "sum": (("of",), ("needs",)), "difference": (("of",), ("least", "needs")), "share": (("of", "setting"), ()),
    "larger": (("of",), ()),
    "smaller": (("of",), ()), "ratio": (("of",), ()), "sum_of_acts": (("acts", "field"), ()),
    "count_of_acts": (("acts",), ()),
    "days_since": (("date",), ()), "year": (("date",), ("unless",)), "finding": (("value",), ())}
COLUMN_FORMS: Dict[str, Tuple[Tuple[str, ...], Tuple[str, ...]]] = {
    "count": ((), ("where", "at")), "sum": (("of",), ("where", "at")), "count_of_acts": (("acts",), ("where",)),
    "sum_of_acts": (("acts", "of"), ("where",)), "total": (("of",), ()), "difference": (("of",), ()),
    "rate": (("numerator", "denominator"), ()), "rank": (("of",), ("order",)), "most": (("of",), ("by", "where", "at"))}
#: condition, named by its first member → further members it may have
CONDITIONS: Dict[str, Tuple[str, ...]] = {
    "value": ("in", "group", "is", "given", "above", "at_least", "below", "at_most", "in_period"), "state": (), "class": (),
    "done": (), "not_done": (),
    "finding": (), "term": ("status", "within_days", "late_days"), "any": (), "not": (), "opened_in_period": (),
    "settled_in_period": ()}
#: Steps from the top of a pack to a condition, at most: what is nested deeper nobody reads.
_DEEPEST = 60
COMPARISONS = ("above", "at_least", "below", "at_most")
TERM_STATUSES = ("running", "soon", "overdue", "met", "met_late", "over", "none")

Figure = Union[int, float, Fraction]


@dataclass
class Known:
    """The names that a pack gives, so that what points to them can be checked wherever it stands; ``is_kept`` as for
    :func:`.kindform.parse`.

    Whatever names something else raises :class:`~land_inspector.errors.InputError` with its place in the pack."""

    fields: Dict[str, KindField]
    codes: Dict[str, Tuple[KindCode, ...]]
    states: Tuple[str, ...] = ()
    moves: Tuple[str, ...] = ()
    terms: Tuple[str, ...] = ()
    settings: Tuple[str, ...] = ()
    quantities: Tuple[str, ...] = ()
    columns: Tuple[str, ...] = ()
    statuses: Tuple[str, ...] = ()
    is_kept: bool = False

    @property
    def values(self) -> Tuple[str, ...]:
        """What can be compared, added up or shown."""
        return (*self.fields, *self.quantities, *self.settings)

    @property
    def acts(self) -> Tuple[str, ...]:
        """Moves of the pack and the acts that every kind has."""
        return (*self.moves, *BUILT_IN)

    def value(self, value: PackValue, kinds: Collection[str] = ()) -> str:
        """The name of a field, quantity or setting; with ``kinds``, a field only of those kinds."""
        name = value.choice(self.values)
        field = self.fields.get(name)
        if kinds and field is not None and field.kind not in kinds:
            value.refuse("{name} is of the kind {kind}; here stands one of {kinds}", name=name, kind=field.kind,
                         kinds=", ".join(kinds))
        return name

    def field(self, value: PackValue, kinds: Collection[str] = ()) -> str:
        """The name of a field, of one of these kinds where any are given."""
        return value.choice(tuple(self.fields)) and self.value(value, kinds)

    def conditions(self, value: Optional[PackValue]) -> Tuple[Condition, ...]:
        """A list of them; none where nothing stands."""
        return () if value is None else tuple(self.condition(item) for item in value.items())

    def condition(self, item: PackValue, also: Tuple[str, ...] = ()) -> Condition:
        """Checked name by name, and handed on as it stands, without what is not part of it."""
        if len(item.path) > _DEEPEST:
            item.refuse("it is nested too deeply")
        named = [key for key in item.keys() if key in CONDITIONS]
        if len(named) != 1:
            item.refuse("a condition has exactly one of {known}", known=", ".join(CONDITIONS))
        test = named[0]
        item.only(test, *CONDITIONS[test], *also)
        self._check_condition(test, item)
        return {key: value for key, value in item.value.items() if key not in also}

    def _check_condition(self, test: str, item: PackValue) -> None:
        value, known = item.member(test), self
        choices: Dict[str, Collection[str]] = {"state": known.states, "class": CLASSES, "done": known.acts, "not_done": known.acts,
                                               "finding": known.statuses, "term": (*known.terms, ANY_TERM)}
        if test in choices:
            for one in value.items():
                one.choice(choices[test])
        if test == "value":
            self._check_value(item)
        elif test == "term":
            self._check_term(item)
        elif test == "any":
            for one in value.items():
                self.condition(one)
        elif test == "not":
            self.condition(value)
        elif test in ("opened_in_period", "settled_in_period"):
            value.flag()

    def _check_value(self, item: PackValue) -> None:
        name = self.value(item.member("value"))
        field = self.fields.get(name)
        if len(item.keys()) < 2 or set(item.keys()) <= {"value", "else"}:
            item.refuse("say what the value must be: {known}", known=", ".join(CONDITIONS["value"]))
        for key in ("in", "group"):
            listed = item.optional(key)
            if listed is None:
                continue
            if field is None or not field.codes:
                listed.refuse("{name} has no code list", name=name)
            entries = self.codes[field.codes]  # type: ignore[union-attr]
            for one in listed.items():
                one.choice([entry.code if key == "in" else entry.group for entry in entries])
        for key in ("is", "given", "in_period"):
            told = item.optional(key)
            if told is not None:
                told.flag()
                if key == "in_period" and (field is None or field.kind not in (DATE, COUNT, NUMBER)):
                    told.refuse("{name} is neither a day nor a year", name=name)
        for line in filter(None, map(item.optional, COMPARISONS)):
            self._check_line(name, line)

    def _check_line(self, name: str, line: PackValue) -> None:
        """Figures alone are compared, with a number or with another figure."""
        field = self.fields.get(name)
        if field is not None and field.kind not in FIGURES and not self.is_kept:
            line.refuse("{name} is of the kind {kind} and cannot be compared", name=name, kind=field.kind)
        if isinstance(line.value, str):
            self.value(line, () if self.is_kept else FIGURES)
        else:
            line.number()

    def _check_term(self, item: PackValue) -> None:
        statuses = item.optional("status")
        for one in statuses.items() if statuses else ():
            one.choice(TERM_STATUSES)
        for days in filter(None, (item.optional("within_days"), item.optional("late_days"))):
            days.whole(0, 36600)
        if set(item.keys()) <= {"term", "else"}:
            item.refuse("say how the term must stand: {known}", known=", ".join(CONDITIONS["term"]))
