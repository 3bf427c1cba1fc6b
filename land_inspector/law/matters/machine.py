"""The procedure of a kind: an instance of :class:`~land_inspector.law.procedure.Procedure` made from its pack.

Beside the moves of the pack every kind has the acts that any record needs: amending what is known, with a reason;
links to parcels, cases and other matters; notes; a place on the map.
"""
from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any, Dict, List, Mapping, Optional, Tuple

from ...errors import Bilingual, Message, message
from ..areas import m2_text, yuan
from ..calendar import WorkCalendar
from ..rulepack import RulePack
from ..procedure import HANDLING, Act, Field, Objection, Particulars, Procedure, Question, State, Words, day_of, is_well_formed
from .matter import CANNOT_TELL, Matter, Step, matter_of
from .kind import (AMEND, AREA, BACK, LINK, MONEY, NOTE, NUMBER_FIELD, OPENING, OUT, PLACE, SAME, TOWNSHIP, TOWNSHIP_FIELD, UNLINK, Ask,
                   Condition, Demand,
                   KindField, MatterKind, Move)
from .view import GRAIN_M2, View

_WORDS = Words(message("There is no act “{act}” in this ledger."),
               message("{act} is not possible: the matter is {state}, which ends it."),
               message("{act} is not possible: the matter is {state}. Next comes: {next}."))
_FILES = Field("files", "files", "Papers and photos", "附件与照片", False)
_REMARK = Field("remark", "text", "Remark", "备注说明", False)
_REASON = Field("reason", "text", "Reason", "理由")
_LINKS = Field("links", "links", "Linked with", "关联")
_TEXT = Field("text", "text", "Note", "记事")
_VALUES = Field("values", "values", "What is amended", "补正内容")
_SHAPE = Field("shape", "text", "Outline", "图形", False)
_AREA = Field("area", "area", "Area", "面积", False)
_AT = Field("at", "point", "Point on the map", "点位", False)
_TOWN = Field("township", "text", "Township", "乡镇代码", False)
_PLAIN_KINDS = {TOWNSHIP: "text"}


@dataclass(frozen=True)
class Law:
    """What a matter is judged by: the rule pack whose calendar counts its terms, and the day that is looked at where
    no act is.
    """

    pack: RulePack
    today: date


@dataclass(frozen=True)
class MatterProcedure(Procedure):
    """See :class:`Procedure`; ``kind`` is the pack it was made from."""

    kind: Optional[MatterKind] = None

    def unfit(self, subject: Matter, act: Act, said: Particulars) -> Optional[Objection]:
        if act.code == AMEND and said.get("values") is not None:
            return values_objection(self._kind, said["values"], amending=True)
        if act.code == PLACE and not said.get("shape") and not said.get("at"):
            return Objection(message("Neither an outline nor a point is given."), "shape")
        return None

    def place_refusal(self, subject: Matter, act: Act) -> Optional[Message]:
        """What was taken over half way from an older ledger need not show the acts before."""
        taken_over = subject.steps[0].to not in ("", self._kind.first_state)
        return super().place_refusal(subject, replace(act, needs=()) if taken_over else act)

    def follows_from(self, subject: Matter, act: Act, said: Particulars) -> Optional[Tuple[Act, date]]:
        """What stays where it is follows the first act that led to a state from which it can be done, and those it
        needs: a payment of last week may be entered after one of today."""
        if act.code in self.beside:
            return self.acts[OPENING], subject.opened_on
        if act.moves.get(subject.state) != subject.state:
            return super().follows_from(subject, act, said)
        entered = next((step for step in subject.acts if step.to in act.moves), subject.acts[0])
        return self.latest([entered, *(step for step in subject.acts if step.act in act.needs)])

    @property
    def _kind(self) -> MatterKind:
        if self.kind is None:
            raise ValueError("a procedure of matters is made by machine_of")
        return self.kind

    def place(self, code: str) -> int:
        """One that the pack lacks lies before all others."""
        return super().place(code) if code in self.states else -1

    def at_fault(self, question: Question) -> Optional[str]:
        move = self._kind.moves.get(question.act.code)
        return _bound_at_fault(self._kind, move, question) if move is not None else None


class _States(Dict[str, State]):
    """See :class:`.kind.States`."""

    def __missing__(self, code: str) -> State:
        return State(code, code, code, HANDLING)


@lru_cache(maxsize=64)
def _machine(_digest: str, _id: str, holder: "_Holder") -> MatterProcedure:
    kind = holder.kind
    states = _States({state.code: State(state.code, state.label.template, state.label.zh, state.stage, state.code in kind.end_states)
                      for state in kind.states.values()})
    acts = {move.code: _act(kind, move) for move in kind.moves.values()}
    return MatterProcedure(
        states, {OPENING: _opening(kind), **acts, **_built_in(kind)}, _WORDS,
        guards={move.code: _guard(kind, move) for move in kind.moves.values()},
        beside=(AMEND, LINK, UNLINK, NOTE, PLACE, *(move.code for move in kind.moves.values() if move.beside)),
        reached_by=_reached_by(kind), led_back=_led_back(kind),
        other_ends=tuple(state.code for state in kind.states.values() if state.cls == OUT
                         or _is_side(kind, state.code)),
        kind=kind)


@dataclass(frozen=True, eq=False)
class _Holder:
    """A kind as a key: kinds hold mappings, which cannot be hashed; two of one digest are the same."""

    kind: MatterKind

    def __hash__(self) -> int:
        return hash(self.kind.digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Holder) and other.kind.digest == self.kind.digest


def machine_of(kind: MatterKind) -> MatterProcedure:
    """The procedure of a kind."""
    return _machine(kind.digest, kind.id, _Holder(kind))


# --- what the acts are ------------------------------------------------------------------------------------------------

def field_of(kind: MatterKind, ask: Ask) -> Field:
    """A particular as the procedure asks for it."""
    options = tuple(one.code for one in kind.codes.get(ask.codes, ()))
    return Field(ask.name, _PLAIN_KINDS.get(ask.kind, ask.kind), ask.label.template, ask.label.zh, ask.required,
                 options, ask.codes)


def ask_of(field: KindField) -> Ask:
    """A value of the kind, asked for."""
    return Ask(field.name, field.kind, field.label, field.required, field.codes, True)


def _opening(kind: MatterKind) -> Act:
    fields = tuple(field_of(kind, ask_of(field)) for field in kind.fields.values())
    return Act(OPENING, "Registration", "登记", "", {}, (*fields, _FILES, _AT), is_main=True)


def _act(kind: MatterKind, move: Move) -> Act:
    target = {SAME: None, BACK: BACK}.get(move.to, move.to)
    fields = (*(field_of(kind, ask) for ask in move.asks), _REMARK, _FILES)
    return Act(move.code, move.label.template, move.label.zh, move.ground,
               {state: target or state for state in move.froms},
               fields, move.after, is_main=move.main)


def _built_in(kind: MatterKind) -> Dict[str, Act]:
    stay = {state: state for state in kind.states}
    acts = (Act(AMEND, "Amendment", "补正信息", "", stay, (_VALUES, _REASON, _FILES)),
            Act(LINK, "Link", "建立关联", "", stay, (_LINKS,)), Act(UNLINK, "Link taken off", "解除关联", "", stay, (_LINKS,)),
            Act(NOTE, "Note", "记事", "", stay, (_TEXT, _FILES)),
            Act(PLACE, "Place on the map", "落图", "", stay, (_SHAPE, _AREA, _AT, _TOWN)))
    return {act.code: act for act in acts}


def _reached_by(kind: MatterKind) -> Dict[str, str]:
    """State → the move that leads there, the main one before others."""
    found: Dict[str, str] = {kind.first_state: OPENING}
    for move in sorted(kind.moves.values(), key=lambda move: not move.main):
        if move.to in kind.states and move.to not in found:
            found[move.to] = move.code
    return found


def _led_back(kind: MatterKind) -> Dict[str, str]:
    """Moves to a state that lies before every state they start from."""
    order = list(kind.states)
    return {move.code: move.to for move in kind.moves.values()
            if move.to in kind.states and move.froms and all(order.index(one) > order.index(move.to)
                                                             for one in move.froms)}


def _is_side(kind: MatterKind, state: str) -> bool:
    """A state to which no main move leads lies beside the way."""
    return state != kind.first_state and not any(move.main and move.to == state for move in kind.moves.values())


# --- what single moves demand -----------------------------------------------------------------------------------------

def _guard(kind: MatterKind, move: Move) -> Any:
    def guard(question: Question) -> Optional[Message]:
        unmet = _demand_refusal(kind, move, question)
        found = None if unmet else _bound_objection(kind, move, question)
        return found.reason if found else unmet
    return guard


def _bound_at_fault(kind: MatterKind, move: Move, question: Question) -> Optional[str]:
    found = None if _demand_refusal(kind, move, question) else _bound_objection(kind, move, question)
    return found.field if found else None


def _view(kind: MatterKind, move: Move, question: Question) -> View:
    law: Law = question.practice
    said = {ask.name: question.said[ask.name] for ask in move.asks if ask.sets and ask.name in question.said}
    return View(kind, question.subject, question.on or law.today, law.pack, said)


def _demand_refusal(kind: MatterKind, move: Move, question: Question) -> Optional[Message]:
    view = _view(kind, move, question)
    for demand in move.demands:
        if _is_open_yet(move, demand.condition, question) or view.holds(demand.condition):
            continue
        return _unmet(kind, move, demand, view)
    return None


def _is_open_yet(move: Move, condition: Condition, question: Question) -> bool:
    """Without particulars, a demand on what the move itself asks for is not decided."""
    asked = {ask.name for ask in move.asks if ask.sets}
    return question.on is None and condition.get("value") in asked


def _unmet(kind: MatterKind, move: Move, demand: Demand, view: View) -> Message:
    if demand.otherwise is not None:
        return message("{act} is not possible: {reason}", act=move.label, reason=demand.otherwise)
    found = view.found
    if "finding" in demand.condition and found is not None:
        if found.status == CANNOT_TELL and found.reasons:
            return message("{act} is not possible: {reason}", act=move.label, reason=found.reasons[0])
        return message("{act} is not possible: the finding of {day} is “{status}”.", act=move.label,
                       day=view.day.isoformat(),
                       status=_status_label(kind, found.status))
    name = demand.condition.get("value")
    if name is not None:
        return message("{act} is not possible as “{value}” stands.", act=move.label, value=kind.value_label(name))
    return message("{act} is not possible yet: what it rests on has not been done.", act=move.label)


def _status_label(kind: MatterKind, status: str) -> Bilingual:
    from .findings import FINDINGS
    return FINDINGS[kind.finding].statuses[status]


def _bound_objection(kind: MatterKind, move: Move, question: Question) -> Optional[Objection]:
    if question.on is None:
        return None
    view = _view(kind, move, question)
    return next((found for found in (_one_bound(view, ask, question) for ask in move.asks) if found), None)


def _one_bound(view: View, ask: Ask, question: Question) -> Optional[Objection]:
    value = question.said.get(ask.name)
    if value is None:
        return None
    most = view.value(ask.at_most) if ask.at_most else None
    if most is not None and value > most + (GRAIN_M2 if ask.kind == AREA else 0):
        return Objection(message("{field}: {value} is more than {bound} allows ({most}).", field=ask.label,
                                 value=figure_text(ask.kind, value), bound=view.kind.value_label(ask.at_most),
                                 most=figure_text(ask.kind, most)), ask.name)
    return _too_far(view, ask, question, value)


def figure_text(kind: str, value: Any) -> str:
    """A figure as people read it: money in yuan, areas in m²."""
    if kind == MONEY:
        return f"{yuan(value):,}"
    return m2_text(value) if kind == AREA else str(value)


def _too_far(view: View, ask: Ask, question: Question, value: Any) -> Optional[Objection]:
    if ask.within is None:
        return None
    of, amount, unit = ask.within
    start = question.on if of == "act" else day_of(question.subject.values.get(of))
    named = day_of(value)
    if start is None or named is None:
        return None
    calendar: WorkCalendar = view.pack.calendar
    last = calendar.term_end(start, amount, unit).day
    if named <= last:
        return None
    return Objection(message("{field}: {value} lies after {last}, the last day possible.", field=ask.label, value=value,
                             last=last.isoformat()), ask.name)


# --- opening and doing ------------------------------------------------------------------------------------------------

def values_objection(kind: MatterKind, values: Any, amending: bool = False) -> Optional[Objection]:
    """What is wrong with values by field name; with ``amending`` required ones may be left alone, but not be
    emptied.
    """
    if not isinstance(values, Mapping) or amending and not values:
        return Objection(message("Say which values are amended."), "values")
    unknown = next((name for name in values if name not in kind.fields), None)
    if unknown is not None:
        return Objection(message("This ledger has no field {name}; it has {known}.", name=unknown,
                                 known=", ".join(kind.fields)), "values")
    for field in kind.fields.values():
        if amending and field.name not in values:
            continue
        value = values.get(field.name)
        if value in (None, ""):
            if field.required:
                return Objection(message("“{field}” is needed.", field=field.label), field.name)
        elif not is_well_formed(field_of(kind, ask_of(field)), value):
            return Objection(message("{value} is not a valid entry for “{field}”.", value=str(value)[:60],
                                     field=field.label), field.name)
    return None


def opening_step(kind: MatterKind, on: date, values: Mapping[str, Any], state: Optional[str] = None,
                 particulars: Optional[Mapping[str, Any]] = None) -> Step:
    """The step that opens a matter; ``state`` where it is taken over from an older ledger half way."""
    stands = state or kind.first_state
    kept = {name: value for name, value in values.items() if value not in (None, "")}
    return Step(OPENING, on, dict(particulars or {}), stands, kind.states[stands].cls, kept)


def opened(kind: MatterKind, matter_id: str, on: date, values: Mapping[str, Any],
           state: Optional[str] = None) -> Matter:
    """A new matter, unchecked."""
    made = matter_of(matter_id, kind.id, str(values[NUMBER_FIELD]), [opening_step(kind, on, values, state)])
    if made is None:
        raise ValueError("an opening makes a matter")
    return made


def step_of(kind: MatterKind, matter: Matter, act: str, on: date, said: Particulars) -> Step:
    """The step that an act is, with all that follows from it."""
    move = kind.moves.get(act)
    if move is None:
        sets = dict(said.get("values") or {}) if act == AMEND else {}
        for name, field in (("area", "MJ"), ("township", TOWNSHIP_FIELD)):
            if act == PLACE and said.get(name) is not None and field in kind.fields:
                sets[field] = said[name]
        return Step(act, on, dict(said), "", "", sets)
    to = {SAME: "", BACK: matter.before or kind.first_state}.get(move.to, move.to)
    to = "" if to == matter.state else to
    sets = {ask.name: said[ask.name] for ask in move.asks if ask.sets and said.get(ask.name) not in (None, "")}
    return Step(act, on, dict(said), to, kind.states[to].cls if to else "", sets)


def done(kind: MatterKind, matter: Matter, act: str, law: Law, on: date, said: Particulars) -> Matter:
    """The matter after an act. Raises :class:`~land_inspector.errors.RefusedError` where the procedure has a reason."""
    from ..procedure import refuse_if
    refuse_if(machine_of(kind).refusal(matter, act, law, on, said))
    made = matter_of(matter.id, matter.kind, matter.number, [*matter.steps, step_of(kind, matter, act, on, said)])
    if made is None:
        raise ValueError("an act leaves the matter there")
    return made


def next_acts(kind: MatterKind, matter: Matter, law: Law) -> List[Act]:
    """The moves possible today, those of the straight way first."""
    machine = machine_of(kind)
    possible = [act for act in machine.allowed(matter, law) if act.code in kind.moves]
    return sorted(possible, key=lambda act: not act.is_main)


def impossible_acts(kind: MatterKind, matter: Matter, law: Law) -> List[Tuple[Act, Message]]:
    """Every move that is not, with the reason."""
    machine = machine_of(kind)
    reasons = [(machine.acts[code], machine.refusal(matter, code, law)) for code in kind.moves]
    return [(act, reason) for act, reason in reasons if reason is not None]
