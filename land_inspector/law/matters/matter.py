"""A matter as a plain record: what was done with it, and what it is on a day. No act is judged here: see
:mod:`.machine`.

Each step says by itself where it led and which values it set, so that a matter folds to the same state for ever,
whatever becomes of the pack that it was opened under.
"""
from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Callable, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

from ...errors import Bilingual, Message
from ..procedure import Done
from .kind import ANY_TERM, Column, Condition, KindList, LINK, OPEN, OPENING, PAUSED, PROMISED, SETTLED, UNLINK


@dataclass(frozen=True)
class Step(Done):
    """An act that was done; ``to`` the state it led to ('' where it stayed), ``cls`` that state's class, ``sets``
    values by name.
    """

    to: str = ""
    cls: str = ""
    sets: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Link:
    """What a matter is tied to: ``what`` is parcel, patch, case or matter, ``label`` its number as it was when it was
    tied.
    """

    what: str
    id: str
    label: str = ""


@dataclass(frozen=True)
class Matter:
    """A matter as it stands after ``steps`` (in the order of recording; the first opens it). ``acts`` are the same in
    the order of their days, of one day in the order of recording: what was entered later for an earlier day never
    overrules a later value."""

    id: str
    kind: str
    number: str
    steps: Tuple[Step, ...]
    state: str
    cls: str
    since: date
    values: Mapping[str, Any]
    before: str = ""
    links: Tuple[Link, ...] = ()

    @property
    def acts(self) -> Tuple[Step, ...]:
        """The steps by their day; of one day in the order of recording."""
        return tuple(sorted(self.steps, key=lambda step: step.on))

    @property
    def is_open(self) -> bool:
        """Whether something is still asked for: open, or paused."""
        return self.cls in (OPEN, PAUSED)

    @property
    def opened_on(self) -> date:
        """The day of the step that opened it."""
        return self.steps[0].on

    @property
    def township(self) -> str:
        """Code of its township (XZDM); empty where it is not known."""
        return str(self.values.get("XZDM") or "")

    def last(self, *acts: str) -> Optional[Step]:
        """The latest of these acts."""
        return next((step for step in reversed(self.acts) if step.act in acts), None)

    @property
    def at(self) -> Optional[Tuple[float, float]]:
        """Where it lies as a point, x and y in the register's CRS, as it was said last; None where nobody said it."""
        said = next((step.particulars["at"] for step in reversed(self.acts) if step.particulars.get("at")), None)
        return None if said is None else (float(said[0]), float(said[1]))

    @property
    def settled_on(self) -> Optional[date]:
        """The day on which it was settled; None unless it is."""
        return self.since if self.cls == SETTLED else None

    def as_of(self, day: date) -> Optional["Matter"]:
        """The matter as its acts up to a day made it; None before it was opened."""
        if self.steps[-1].on <= day and all(step.on <= day for step in self.steps):
            return self
        return matter_of(self.id, self.kind, self.number, [step for step in self.steps if step.on <= day])


def matter_of(matter_id: str, kind: str, number: str, steps: Iterable[Step]) -> Optional[Matter]:
    """The matter that these steps lead to; None where they hold no opening."""
    listed = tuple(steps)
    if not listed or all(step.act != OPENING for step in listed):
        return None
    state, cls, before, since = "", OPEN, "", listed[0].on
    values: Dict[str, Any] = {}
    links: Dict[Tuple[str, str], Link] = {}
    for step in sorted(listed, key=lambda one: one.on):
        if step.to and step.to != state:
            before, state, cls, since = state, step.to, step.cls, step.on
        values.update(step.sets)
        if step.act in (OPENING, LINK, UNLINK):
            _tie(links, step)
    return Matter(matter_id, kind, str(values.get("TZBH") or number), listed, state, cls, since, values, before,
                  tuple(links.values()))


def _tie(links: Dict[Tuple[str, str], Link], step: Step) -> None:
    for one in step.particulars.get("links") or ():
        key = (one["what"], one["id"])
        if step.act == UNLINK:
            links.pop(key, None)
        else:
            links[key] = Link(one["what"], one["id"], one.get("label") or "")


def paused_spans(matter: Matter) -> List[Tuple[date, Optional[date]]]:
    """First day and day of the end of each pause; None for one that lasts."""
    spans: List[Tuple[date, Optional[date]]] = []
    cls = OPEN
    for step in matter.acts:
        if not step.to:
            continue
        if step.cls == PAUSED and cls != PAUSED:
            spans.append((step.on, None))
        elif step.cls != PAUSED and cls == PAUSED:
            spans[-1] = (spans[-1][0], step.on)
        cls = step.cls
    return spans


def as_record(step: Step) -> Dict[str, Any]:
    """The JSON form kept in the register."""
    return {"act": step.act, "on": step.on.isoformat(), "said": dict(step.particulars), "to": step.to, "cls": step.cls,
            "sets": dict(step.sets)}


def from_record(said: Mapping[str, Any]) -> Step:
    """A step from :func:`as_record`."""
    return Step(said["act"], date.fromisoformat(said["on"]), said["said"], said["to"], said["cls"], said["sets"])


# What every ledger has beside its own: the lists of work, and the three versions of its figures (ledgers.md §0).

_DUE = "due"


def _common_list(code: str, en: str, zh: str, where: Tuple[Condition, ...], day: str = "") -> KindList:
    return KindList(code, Bilingual(en, zh=zh), where, day)


#: Lists that every kind has (ledgers.md §0).
COMMON_LISTS = (
    _common_list("overdue", "Overdue", "已逾期", ({"class": [OPEN]}, {"term": [ANY_TERM], "status": ["overdue"]}),
                 ANY_TERM),
    _common_list(_DUE, "Due soon", "即将到期", ({"class": [OPEN]}, {"term": [ANY_TERM], "within_days": 30}), ANY_TERM),
    _common_list("incomplete", "Without a promised day or a responsible unit", "无时限或无责任单位",
                 ({"class": [OPEN]}, {"any": [{"value": "WCSX", "given": False}, {"value": "ZRDW", "given": False}]})),
    _common_list("unsettled", "Not settled", "未销号", ({"class": [OPEN, PAUSED]},), ANY_TERM),
    _common_list("all", "All", "全部", ()))

_ALL, _SETTLED = ({"class": [OPEN, PAUSED, SETTLED]},), ({"class": [SETTLED]},)


def _common(name: str, en: str, zh: str, do: str, of: str = "", where: Tuple[Condition, ...] = (),
            unit: str = "count") -> Column:
    return Column(name, Bilingual(en, zh=zh), do, (of,) if of else (), unit, where)


def _rate(name: str, en: str, zh: str, numerator: str, denominator: str) -> Column:
    return Column(name, Bilingual(en, zh=zh), "rate", unit="share", numerator=numerator, denominator=denominator)


def common_columns(fields: Mapping[str, Any]) -> List[Column]:
    """The three versions of every ledger: number, area, cultivated area, each with what is settled, and the rates."""
    found = [_common("ZS", "To settle", "应整改（件）", "count", where=_ALL),
             _common("YX", "Settled", "已销号（件）", "count", where=_SETTLED),
             _common("WX", "Not settled", "未销号（件）", "count", where=({"class": [OPEN, PAUSED]},)),
             _common("YQ", "Overdue", "逾期（件）", "count",
                     where=({"class": [OPEN]}, {"term": [ANY_TERM], "status": ["overdue"]})),
             _rate("XHL_S", "Settled, by number", "销号率·件数", "YX", "ZS")]
    if PROMISED in fields:
        due, in_time = ({"term": ["promised"], "status": ["met", "met_late", "overdue"]},), ({"term": ["promised"], "status": ["met"]},)
        found += [_common("DQYX", "Promised for the day or before", "到期应销号（件）", "count", where=(*_ALL, *due)),
                  _common("AQXH", "Settled in time", "按期销号（件）", "count", where=(*_SETTLED, *in_time)),
                  _rate("AQXL", "Settled in time", "按期率", "AQXH", "DQYX")]
    for name, tail, en, zh in (("MJ", "MJ", "area", "面积"), ("GDMJ", "GD", "cultivated area", "耕地")):
        if name in fields:
            found += [_common(f"ZS{tail}", f"To settle, {en}", f"应整改{zh}", "sum", name, _ALL, "m2"),
                      _common(f"YX{tail}", f"Settled, {en}", f"已销号{zh}", "sum", name, _SETTLED, "m2"),
                      _rate(f"XHL_{tail[0]}", f"Settled, by {en}", f"销号率·{zh}", f"YX{tail}", f"ZS{tail}")]
    return found


# A finding: what the machine proposes of one matter on a day, with its figures and reasons; a person decides, by an
# act.

CANNOT_TELL = "cannot_tell"
UNTOLD = Bilingual("cannot tell", zh="无法判断")


@dataclass(frozen=True)
class Found:
    """``status`` is one of the form's, ``values`` its figures (fen, m², days as the form says), ``reasons`` what it
    rests on; ``also`` are lesser findings beside the first."""

    status: str
    values: Mapping[str, Any] = field(default_factory=dict)
    reasons: Tuple[Message, ...] = ()
    also: Tuple[str, ...] = ()

    @property
    def statuses(self) -> Tuple[str, ...]:
        """Everything that was found."""
        return (self.status, *self.also)


@dataclass(frozen=True)
class Reading:
    """What a finding looks at: the matter's values under the finding's own names (dates as dates), the settings, the
    acts, the day.
    """

    day: date
    values: Mapping[str, Any]
    settings: Mapping[str, float]
    acts: Sequence[Done]
    group_of: Callable[[str], str]

    def get(self, name: str) -> Any:
        """The value, None where nobody gave it."""
        return self.values.get(name)

    def setting(self, name: str, default: float) -> float:
        """A setting of the pack, or the default of the finding."""
        return self.settings.get(name, default)

    def last(self, *acts: str) -> Optional[Done]:
        """The latest of these acts."""
        return next((done for done in reversed(self.acts) if done.act in acts), None)


@dataclass(frozen=True)
class FindingForm:
    """``reads``: the names that a pack maps to its fields, each with the kinds of field that will do; ``needs`` those
    that must be mapped; ``statuses`` and ``values`` what it can answer."""

    name: str
    statuses: Mapping[str, Bilingual]
    values: Mapping[str, str]
    reads: Mapping[str, Tuple[str, ...]]
    needs: Tuple[str, ...]
    work: Callable[[Reading], Found]
