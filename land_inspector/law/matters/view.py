"""A matter on a day: its values, quantities, finding and terms, and whether a condition of its kind holds. Pure,
worked out once asked.
"""
from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple

from ...errors import Message
from ..areas import as_written, minus
from ..indicators import Period
from ..deadlines import DUTY, OVERDUE, WAIT, Deadline, deadline
from ..rulepack import Label, RulePack, StatutoryTerm
from ..procedure import day_of
from .matter import Found, Matter, Reading, Step, paused_spans
from .findings import FINDINGS
from .kind import ANY_TERM, AREA, COMPARISONS, DATE, FIGURES, FLAG, OPENING, PAUSED, Condition, MatterKind, Quantity, TermForm

_NO_TEXTS = frozenset({*FIGURES, FLAG})
_DAY = timedelta(days=1)
#: Areas are entered to a hundredth of a square metre: what is left within it is nothing.
GRAIN_M2 = 0.01


class View:
    """A matter as of ``day``: the caller hands it in as it stood then. ``said`` are values that an act is about to
    set.
    """

    def __init__(self, kind: MatterKind, matter: Matter, day: date, pack: RulePack,
                 said: Optional[Mapping[str, Any]] = None,
                 period: Optional[Period] = None):
        self.kind, self.matter, self.day, self.pack, self.period = kind, matter, day, pack, period
        self._values = {**matter.values, **(said or {})}
        self._quantities: Dict[str, Any] = {}
        self._found: Optional[Found] = None
        self._deadlines: Optional[List[Deadline]] = None

    # --- values
    # ---------------------------------------------------------------------------------------------------------

    def value(self, name: str) -> Any:
        """A field as it is kept, a quantity worked out, or a setting; None for nothing, and for a text where the pack of today has a
        figure: packs of two copies may differ."""
        if name in self.kind.fields:
            value = self._values.get(name)
            return None if isinstance(value, str) and self.kind.fields[name].kind in _NO_TEXTS else value
        if name in self.kind.quantities:
            if name not in self._quantities:
                self._quantities[name] = _formula(self, self.kind.quantities[name])
            return self._quantities[name]
        setting = self.kind.settings.get(name)
        return None if setting is None else setting.value

    def date(self, name: str) -> Optional[date]:
        """A field of the kind date."""
        return day_of(self._values.get(name))

    def steps(self, acts: Sequence[str]) -> List[Step]:
        """What was done of these acts by the day."""
        return [step for step in self.matter.acts if step.act in acts and step.on <= self.day]

    @property
    def found(self) -> Optional[Found]:
        """What the kind's finding says; None for a kind without one."""
        if self._found is None and self.kind.finding:
            self._found = FINDINGS[self.kind.finding].work(self._reading())
        return self._found

    def _reading(self) -> Reading:
        mapped = self.kind.finding_with
        values = {name: self.date(field) if self.kind.fields[field].kind == DATE else self.value(field) for name,
                  field in mapped.items()}
        settings = {name: one.value for name, one in self.kind.settings.items()}
        done = [step for step in self.matter.acts if step.on <= self.day]
        return Reading(self.day, values, settings, done, lambda name: self.group(mapped.get(name, "")))

    def group(self, field: str) -> str:
        """The group of the code that a field holds, '' for none."""
        described = self.kind.fields.get(field)
        entries = self.kind.codes.get(described.codes, ()) if described else ()
        return next((entry.group for entry in entries if entry.code == self._values.get(field)), "")

    # --- terms
    # ----------------------------------------------------------------------------------------------------------

    @property
    def deadlines(self) -> List[Deadline]:
        """Every term that has started, with what met it; none runs while the matter is paused."""
        if self._deadlines is None:
            self._deadlines = [made for term in self.kind.terms.values() for made in [_term(self, term)]
                               if made is not None]
        return self._deadlines

    @property
    def next_deadline(self) -> Optional[Deadline]:
        """The duty that runs out first among those not met."""
        return min((one for one in self.deadlines if one.role == DUTY and one.met_on is None),
                   key=lambda one: (one.due_on, one.code),
                   default=None)

    # --- conditions
    # -----------------------------------------------------------------------------------------------------

    def holds(self, condition: Condition) -> bool:
        """Whether one condition of a pack is true."""
        test = next(name for name in _TESTS if name in condition)
        return _TESTS[test](self, condition)

    def all_hold(self, conditions: Sequence[Condition]) -> bool:
        """Whether every one is."""
        return all(self.holds(one) for one in conditions)


# --- formulas
# -----------------------------------------------------------------------------------------------------------

def _formula(view: View, quantity: Quantity) -> Any:
    said = quantity.formula
    return _FORMULAS[said["do"]](view, said, quantity)


def _figures(view: View, said: Mapping[str, Any]) -> List[Any]:
    return [view.value(name) for name in said["of"]]


def _total(values: Sequence[Any]) -> Any:
    known = [value for value in values if value is not None]
    if not known:
        return None
    return sum(known) if all(isinstance(value, (int, Fraction)) for value in known) else float(sum(map(as_written, known)))


def _are_known(view: View, said: Mapping[str, Any]) -> bool:
    """Whether nobody has left open a value without which the figure cannot be told."""
    return all(view.value(name) is not None for name in said.get("needs", ()))


def _sum(view: View, said: Mapping[str, Any], _quantity: Quantity) -> Any:
    return _total(_figures(view, said)) if _are_known(view, said) else None


def _difference(view: View, said: Mapping[str, Any], quantity: Quantity) -> Any:
    first, *rest = _figures(view, said)
    if first is None or not _are_known(view, said):
        return None
    less = _total(rest) or 0
    left = minus(first, less) if isinstance(first, float) or isinstance(less, float) else first - less
    if quantity.unit == "m2" and abs(left) <= GRAIN_M2:
        left = 0.0
    least = said.get("least")
    return left if least is None else max(left, least)


def _share(view: View, said: Mapping[str, Any], quantity: Quantity) -> Any:
    """Money drops part of a fen."""
    whole = view.value(said["of"])
    if whole is None:
        return None
    part = as_written(whole) * as_written(view.value(said["setting"]))
    return int(part) if quantity.unit == "fen" else float(part)


def _larger(view: View, said: Mapping[str, Any], _quantity: Quantity) -> Any:
    return max((value for value in _figures(view, said) if value is not None), default=None)


def _smaller(view: View, said: Mapping[str, Any], _quantity: Quantity) -> Any:
    return min((value for value in _figures(view, said) if value is not None), default=None)


def _ratio(view: View, said: Mapping[str, Any], _quantity: Quantity) -> Optional[Fraction]:
    part, whole = _figures(view, said)
    return None if part is None or not whole else as_written(part) / as_written(whole)


def _sum_of_acts(view: View, said: Mapping[str, Any], quantity: Quantity) -> Any:
    found = _total([step.particulars.get(said["field"]) for step in view.steps(said["acts"])])
    return (0.0 if quantity.unit == "m2" else 0) if found is None else found


def _count_of_acts(view: View, said: Mapping[str, Any], _quantity: Quantity) -> int:
    return len(view.steps(said["acts"]))


def _days_since(view: View, said: Mapping[str, Any], _quantity: Quantity) -> Optional[int]:
    day = view.date(said["date"])
    return None if day is None else (view.day - day).days


def _year(view: View, said: Mapping[str, Any], _quantity: Quantity) -> Optional[int]:
    """The year that is told, else that of a day."""
    told = next((value for value in map(view.value, said.get("unless", ())) if value is not None), None)
    day = view.date(said["date"])
    return told if told is not None else None if day is None else day.year


def _of_finding(view: View, said: Mapping[str, Any], _quantity: Quantity) -> Any:
    found = view.found
    return None if found is None else found.values.get(said["value"])


_FORMULAS: Dict[str, Callable[[View, Mapping[str, Any], Quantity], Any]] = {
    "sum": _sum, "difference": _difference, "share": _share, "larger": _larger, "smaller": _smaller, "ratio": _ratio,
    "sum_of_acts": _sum_of_acts, "count_of_acts": _count_of_acts, "days_since": _days_since, "year": _year,
    "finding": _of_finding}


# --- terms
# ----------------------------------------------------------------------------------------------------------------

def _term(view: View, term: TermForm) -> Optional[Deadline]:
    begun = _begun(view, term)
    if begun is None or not view.all_hold(term.when):
        return None
    start, later = begun
    met_on = _met_on(view, term, later)
    if met_on is None and view.matter.cls == PAUSED and term.role == DUTY:
        return None
    amount = term.amount + (term.extended_amount if term.extended_by and any(step.act == term.extended_by
                                                                             for step in later) else 0)
    rolls = view.pack.parameters.deadline_rolls_to_working_day if term.rolls is None else term.rolls
    length = StatutoryTerm(term.code, Label(term.label.zh, term.label.template), amount, term.unit, term.start_act, "due", term.ground,
                           rolls=rolls)
    made = deadline(length, start, view.pack, term.role)
    paused = _paused_days(view.matter, start, view.day)
    due = made.due_on + _DAY * paused
    warn = made.warn_on + _DAY * paused if term.warn_days is None else due - _DAY * term.warn_days
    return replace(made, due_on=due, warn_on=warn, acts=term.met_by, met_on=met_on)


def _begun(view: View, term: TermForm) -> Optional[Tuple[date, List[Step]]]:
    """The day on which it began, and what was done since."""
    done = [step for step in view.matter.acts if step.on <= view.day]
    if term.start_field:
        day = view.date(term.start_field)
        return None if day is None else (day, done)
    at = next((n for n in range(len(done) - 1, -1, -1) if done[n].act == term.start_act), None)
    if at is None and done and _entered_beyond(view, [term.start_act]) and not _entered_beyond(view, term.met_by):
        return done[0].on, done[1:]  # the day that was told with the state is the only one known
    return None if at is None else (done[at].on, done[at + 1:])


def _entered_beyond(view: View, acts: Sequence[str]) -> bool:
    """Whether the matter was entered in a state that all of these acts lead up to: they were done before anybody kept it here."""
    order = list(view.kind.states)
    entered = next((step.to for step in view.matter.steps if step.act == OPENING), "")
    moves = [view.kind.moves[act] for act in acts if act in view.kind.moves]
    if entered not in order or not moves or len(moves) < len(acts):
        return False
    at = order.index(entered)
    return all(move.to in order and max(map(order.index, move.froms)) < at
               and (order.index(move.to) <= at or move.to in view.kind.end_states) for move in moves)


def _met_on(view: View, term: TermForm, later: Sequence[Step]) -> Optional[date]:
    """By one of its acts; a duty also by the end of the matter, and by the entering of a matter that was past it."""
    met = next((step.on for step in later if step.act in term.met_by + term.idle_after), None)
    if met is None and _entered_beyond(view, term.met_by):
        return view.matter.opened_on
    if met is not None or view.matter.is_open or term.role != DUTY:
        return met
    return view.matter.since


def _paused_days(matter: Matter, start: date, day: date) -> int:
    """Days of pauses that lie after the start and are over."""
    return sum((min(last, day) - max(first, start)).days for first, last in paused_spans(matter)
               if last is not None and min(last, day) > max(first, start))


# --- conditions
# -------------------------------------------------------------------------------------------------------------

def _value_holds(view: View, said: Condition) -> bool:
    value = view.value(said["value"])
    if "given" in said and (value not in (None, "")) is not said["given"]:
        return False
    if "is" in said and bool(value) is not said["is"]:
        return False
    if "in" in said and value not in said["in"]:
        return False
    if "group" in said and view.group(said["value"]) not in said["group"]:
        return False
    if "in_period" in said and _is_of_period(view, said["value"]) is not said["in_period"]:
        return False
    return all(_compares(view, value, name, said[name]) for name in COMPARISONS if name in said)


def _is_of_period(view: View, name: str) -> bool:
    """A day that lies in the period, a number that is the year of its last day; without a period it is the day's year."""
    day = view.date(name) if view.kind.fields[name].kind == DATE else None
    if day is None:
        return view.value(name) == view.day.year
    return day.year == view.day.year if view.period is None else view.period.holds(day)


def _compares(view: View, value: Any, sign: str, line: Any) -> bool:
    bound = view.value(line) if isinstance(line, str) else line
    if value is None or bound is None:
        return False
    try:
        one, other = as_written(value), as_written(bound)
    except ValueError:  # a text: packs of earlier versions may compare what is no figure
        return False
    return {"above": one > other, "at_least": one >= other, "below": one < other, "at_most": one <= other}[sign]


def _term_holds(view: View, said: Condition) -> bool:
    asked = [one for one in view.deadlines if one.code in said["term"] or ANY_TERM in said["term"] and one.role == DUTY]
    if not asked:
        return "none" in said.get("status", ())
    return any(_one_term_holds(one, view.day, said) for one in asked)


def _one_term_holds(one: Deadline, day: date, said: Condition) -> bool:
    if "status" in said and one.status(day) not in said["status"]:
        return False
    left = one.days_left(day)
    if "within_days" in said and not (one.met_on is None and 0 <= left <= said["within_days"]):
        return False
    return "late_days" not in said or one.status(day) == OVERDUE and -left > said["late_days"]


def _in_period(view: View, day: Optional[date], wanted: bool) -> bool:
    return (view.period is not None and view.period.holds(day)) is wanted


_TESTS: Dict[str, Callable[[View, Condition], bool]] = {
    "value": _value_holds,
    "state": lambda view, said: view.matter.state in said["state"],
    "class": lambda view, said: view.matter.cls in said["class"],
    "done": lambda view, said: bool(view.steps(said["done"])),
    "not_done": lambda view, said: not view.steps(said["not_done"]),
    "finding": lambda view, said: view.found is not None and any(
        one in said["finding"] for one in view.found.statuses),
    "term": _term_holds,
    "any": lambda view, said: any(view.holds(one) for one in said["any"]),
    "not": lambda view, said: not view.holds(said["not"]),
    "opened_in_period": lambda view, said: _in_period(view, view.matter.opened_on, said["opened_in_period"]),
    "settled_in_period": lambda view, said: _in_period(view, view.matter.settled_on, said["settled_in_period"]),
}


def waits(view: View) -> List[Deadline]:
    """Terms that have to run out before something may follow."""
    return [one for one in view.deadlines if one.role == WAIT and one.met_on is None and view.day <= one.due_on]


def reasons(view: View) -> Tuple[Message, ...]:
    """What the finding rests on."""
    return view.found.reasons if view.found is not None else ()


def area_m2(view: View) -> Optional[float]:
    """The area of the matter (MJ)."""
    field = view.kind.fields.get("MJ")
    return view.value("MJ") if field is not None and field.kind == AREA else None


__all__ = ["OPENING", "Period", "View", "area_m2", "reasons", "waits"]
