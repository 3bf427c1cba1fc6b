"""A procedure as data: states, acts with what they ask for, terms, guards. What may be done, why not, what comes next.

A case over parcels (:mod:`.case_procedure`) and every matter (:mod:`.matters`) are instances of it. A *subject* is
what the procedure is about: a frozen record with ``state`` (a code), ``since``, ``is_open`` and ``acts``
(:class:`Done`, oldest first). A refusal with no date asks whether an act is possible at all; with a date and
particulars it also checks what they say. Too early is impossible; too late happens, and is shown by the deadlines as
overdue. Pure: no clock, no file.
"""
from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Callable, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

from ..errors import Bilingual, Message, RefusedError, message
from .deadlines import DUTY, Deadline, deadline
from .rulepack import RulePack, StatutoryTerm

HANDLING, CARRYING_OUT, ACCEPTED = "handling", "carrying_out", "accepted"
PASSED, HERE, SKIPPED, AHEAD = "passed", "here", "skipped", "ahead"
Particulars = Mapping[str, Any]


@dataclass(frozen=True)
class State:
    """A state: ``stage`` is the third of the procedure it lies in; ``ends`` closes the subject."""

    code: str
    en: str
    zh: str
    stage: str
    ends: bool = False

    @property
    def label(self) -> Message:
        """Its name in both languages."""
        return Bilingual(self.en, zh=self.zh)


@dataclass(frozen=True)
class Field:
    """A particular that an act asks for.

    ``kind``: text · date · code (one of ``options``; labels in the code list ``codes``) · count · ids (opaque ids, at
    least ``least``) · files (papers and photos as the register keeps them) · area (m²) · money (fen) · number · flag
    (true or false) · person (one opaque id) · values (by name) · links (what, id, label) · and for cases remedies
    (what is proposed or decided) and items (remedies of the decision it concerns; all, if left out).
    """

    name: str
    kind: str
    en: str
    zh: str
    required: bool = True
    options: Tuple[str, ...] = ()
    codes: str = ""
    least: int = 1

    @property
    def label(self) -> Message:
        """Its name in both languages."""
        return Bilingual(self.en, zh=self.zh)


@dataclass(frozen=True)
class Act:
    """An act: ``moves`` is {state: state it leads to}; ``needs`` acts that must have gone before; ``takes`` and
    ``makes`` the stages of the remedies it concerns (``makes`` None: the stage stays or the result decides), ``kinds``
    the remedies it is meant for (all, if empty). ``is_main`` marks the way straight through the procedure."""

    code: str
    en: str
    zh: str
    ground: str
    moves: Mapping[str, str]
    fields: Tuple[Field, ...] = ()
    needs: Tuple[str, ...] = ()
    takes: Tuple[str, ...] = ()
    makes: Optional[str] = None
    is_main: bool = False
    kinds: Tuple[str, ...] = ()

    @property
    def concerns_items(self) -> bool:
        """Whether it is done to single remedies of a decision and not to the case as a whole."""
        return bool(self.takes)

    @property
    def label(self) -> Message:
        """Its name in both languages."""
        return Bilingual(self.en, zh=self.zh)


@dataclass(frozen=True)
class Done:
    """An act that was done: its date and what it said. Dates in the particulars are ISO text, persons opaque ids."""

    act: str
    on: date
    particulars: Particulars = field(default_factory=dict)


@dataclass(frozen=True)
class Term:
    """A term: the act that starts it, the acts that meet it, and whom it binds. After ``idle_after`` nobody can meet
    it any more, and it has lost its sense. Its length is ``length`` or else the rule pack's term of that code;
    ``extended`` names an act and the term (or the pack's code of one) that runs instead once that act was done."""

    code: str
    starts: str
    met_by: Tuple[str, ...]
    role: str = DUTY
    idle_after: Tuple[str, ...] = ()
    length: Optional[StatutoryTerm] = None
    extended: Optional[Tuple[str, Any]] = None

    def running(self, subject: Any, pack: RulePack, started_on: Optional[date] = None) -> StatutoryTerm:
        """The term as it runs for the subject, by the law of the day on which it started."""
        if self.extended and any(done.act == self.extended[0] for done in subject.acts):
            longer = self.extended[1]
            return longer if isinstance(longer, StatutoryTerm) else pack.term(longer, started_on)
        return self.length or pack.term(self.code, started_on)


@dataclass(frozen=True)
class Objection:
    """Why an act cannot be recorded. ``field`` is the particular at fault, ``on`` its date, None the act as such."""

    reason: Message
    field: Optional[str] = None


@dataclass(frozen=True)
class Milestone:
    """A state of the procedure. ``mark`` is passed, here, skipped or ahead; ``on`` the date of the last act that led
    there.
    """

    state: State
    mark: str
    on: Optional[date] = None


@dataclass(frozen=True)
class Question:
    """An act someone wants to record; ``on`` is None when only its place in the procedure is asked for. ``practice``
    is the law it is judged by, ``context`` whatever else the guards look at."""

    subject: Any
    act: Act
    practice: Any
    on: Optional[date]
    said: Particulars
    context: Tuple[Any, ...] = ()


Guard = Callable[[Any], Optional[Message]]


@dataclass(frozen=True)
class Words:
    """How a refusal speaks of the subject: an unknown act {act}, an act {act} after the end {state}, an act out of its
    turn, with what comes {next}."""

    unknown: Message
    ended: Message
    out_of_turn: Message


@dataclass(frozen=True)
class Procedure:
    """The whole of a procedure. ``acts`` in the order of the way; ``beside`` are acts that may be dated freely: they
    hold up no step.

    ``guards`` say what single acts demand beyond their place, ``early`` what is possible later and not yet; both are
    asked with what ``ask`` makes (a :class:`Question` by default). ``reached_by`` names the act that is dated in a
    state, ``led_back`` the acts that lead back and the state they lead back to, ``other_ends`` the ends that are shown
    only where they are near.
    """

    states: Mapping[str, State]
    acts: Mapping[str, Act]
    words: Words
    terms: Tuple[Term, ...] = ()
    guards: Mapping[str, Guard] = field(default_factory=dict)
    early: Mapping[str, Guard] = field(default_factory=dict)
    beside: Tuple[str, ...] = ()
    reached_by: Mapping[str, str] = field(default_factory=dict)
    led_back: Mapping[str, str] = field(default_factory=dict)
    other_ends: Tuple[str, ...] = ()
    ask: Callable[..., Any] = Question

    # --- what may be done -------------------------------------------------------------------------------------------

    def allowed(self, subject: Any, practice: Any, context: Sequence[Any] = ()) -> List[Act]:
        """The acts that are possible now, in the order of the procedure."""
        return [act for act in self.acts.values() if self.refusal(subject, act.code, practice, context=context) is None]

    def due_acts(self, subject: Any, practice: Any, today: date, context: Sequence[Any] = ()) -> List[Act]:
        """Every act that the straight procedure asks for now."""
        possible = [act for act in self.allowed(subject, practice, context) if act.is_main]
        return [act for act in possible if act.moves[subject.state] != subject.state] or [
            act for act in possible if self.too_early(subject, act, practice, today) is None]

    def too_early(self, subject: Any, act: Act, practice: Any, today: date) -> Optional[Message]:
        """Why the act has to wait, whatever it would say; None if it need not."""
        early = self.early.get(act.code)
        return early(self.ask(subject, act, practice, today, {}, ())) if early else None

    def obstacle(self, subject: Any, act_code: str, practice: Any, today: date,
                 context: Sequence[Any] = ()) -> Optional[Message]:
        """Why the act cannot be done today, whatever it would say; None if it can. It knows what is too early,
        :meth:`refusal` does not.
        """
        return (self.refusal(subject, act_code, practice, context=context)
                or self.too_early(subject, self.acts[act_code], practice, today))

    def refusal(self, subject: Any, act_code: str, practice: Any, on: Optional[date] = None,
                particulars: Optional[Particulars] = None, context: Sequence[Any] = ()) -> Optional[Message]:
        """Why the act cannot be done, and what comes next; None if it can."""
        found = self.objection(subject, act_code, practice, on, particulars, context)
        return found.reason if found else None

    def objection(self, subject: Any, act_code: str, practice: Any, on: Optional[date] = None,
                  particulars: Optional[Particulars] = None, context: Sequence[Any] = ()) -> Optional[Objection]:
        """:meth:`refusal` with the particular that is at fault."""
        act = self.acts.get(act_code)
        if act is None:
            return Objection(_filled(self.words.unknown, act=act_code))
        said = particulars or {}
        out_of_place = self.place_refusal(subject, act)
        if out_of_place is not None:
            return Objection(out_of_place)
        unfit = self.unfit(subject, act, said)
        if unfit is not None:
            return unfit
        wrong = (particulars_objection(act, said) or self._date_objection(subject, act, on,
                                                                          said)) if on is not None else None
        return wrong or self._guarded(self.ask(subject, act, practice, on, said, tuple(context)))

    def _guarded(self, question: Any) -> Optional[Objection]:
        guard = self.guards.get(question.act.code)
        reason = guard(question) if guard else None
        return Objection(reason, self.at_fault(question)) if reason else None

    def unfit(self, subject: Any, act: Act, said: Particulars) -> Optional[Objection]:
        """What the subject itself has against the act, beyond its state. Nothing, unless a procedure says otherwise."""
        return None

    def at_fault(self, question: Any) -> Optional[str]:
        """The particular that the reason of an act's guard speaks of."""
        return None

    def place_refusal(self, subject: Any, act: Act) -> Optional[Message]:
        """Why the act is not in its place: of another state, or before an act that must go before it."""
        state = self.states[subject.state]
        if not subject.is_open and subject.state not in act.moves:
            return _filled(self.words.ended, act=act.label, state=state.label)
        missing = next((need for need in act.needs if all(done.act != need for done in subject.acts)), None)
        if subject.state in act.moves and missing is None:
            return None
        return _filled(self.words.out_of_turn, act=act.label, state=state.label, next=self._coming(subject, missing))

    def _coming(self, subject: Any, missing: Optional[str]) -> Message:
        """The act that is missing, if it can be done from here; else the next of the straight procedure."""
        return self.acts[missing].label if missing and subject.state in self.acts[missing].moves else self.next_label(subject)

    def next_label(self, subject: Any) -> Message:
        """The next act of the straight procedure."""
        following = [act.label for act in self.acts.values()
                     if act.is_main and subject.state in act.moves and self.has_object(subject, act)]
        return following[0] if following else message("nothing more")

    def has_object(self, subject: Any, act: Act) -> bool:
        """Whether there is anything that the act could be done on."""
        return True

    # --- dates ------------------------------------------------------------------------------------------------------

    def _date_objection(self, subject: Any, act: Act, on: date, said: Particulars) -> Optional[Objection]:
        reason = self.date_refusal(subject, act, on, said)
        return Objection(reason, "on") if reason else None

    def date_refusal(self, subject: Any, act: Act, on: date, said: Particulars) -> Optional[Message]:
        """An act cannot be dated before what it follows from."""
        before = self.follows_from(subject, act, said)
        if before is None or on >= before[1]:
            return None
        return message("{act} of {day} cannot come before {earlier} of {earlier_day}.", act=act.label,
                       day=on.isoformat(),
                       earlier=before[0].label, earlier_day=before[1].isoformat())

    def follows_from(self, subject: Any, act: Act, said: Particulars) -> Optional[Tuple[Act, date]]:
        """The latest act that this one must not precede."""
        if subject.state in act.moves and act.moves[subject.state] == subject.state:
            return self.latest(done for done in subject.acts if done.act in act.needs or done.act == act.code)
        return self.latest(done for done in subject.acts if done.act not in self.beside)

    def latest(self, past: Iterable[Done]) -> Optional[Tuple[Act, date]]:
        """The act of the latest day among some that were done."""
        found = max(past, key=lambda done: done.on, default=None)
        return (self.acts[found.act], found.on) if found else None

    # --- the whole at one glance -------------------------------------------------------------------------------------

    def milestones(self, subject: Any) -> List[Milestone]:
        """All states in order; one of the other ends only where the subject came to it, or still can from here."""
        dated = self._dated(subject)
        return [self._milestone(subject, code, dated.get(code)) for code in self.states
                if code not in self.other_ends or self._is_near(subject, code)]

    def _milestone(self, subject: Any, code: str, on: Optional[date]) -> Milestone:
        if code == subject.state:
            return Milestone(self.states[code], HERE, on or subject.since)
        if on is not None:
            return Milestone(self.states[code], PASSED, on)
        is_behind = not subject.is_open or self.place(code) < self.place(subject.state)
        return Milestone(self.states[code], SKIPPED if is_behind else AHEAD)

    def place(self, code: str) -> int:
        """Where a state lies on the way."""
        return list(self.states).index(code)

    def _is_near(self, subject: Any, code: str) -> bool:
        if subject.state == code:
            return True
        act = self.acts.get(self.reached_by.get(code, ""))
        return subject.is_open and act is not None and act.moves.get(subject.state) == code

    def _dated(self, subject: Any) -> Dict[str, date]:
        """State → the date of its last act that still counts: what was sent back has to be done again."""
        found = {}
        for code, act in self.reached_by.items():
            done = [one.on for one in self._counting(subject.acts, code) if one.act == act]
            if done:
                found[code] = done[-1]
        return found

    def _counting(self, acts: Sequence[Done], code: str) -> Tuple[Done, ...]:
        order = list(self.states)
        cuts = [n for n, done in enumerate(acts)
                if done.act in self.led_back and order.index(code) > order.index(self.led_back[done.act])]
        return tuple(acts[cuts[-1] + 1:]) if cuts else tuple(acts)

    def deadlines(self, subject: Any, pack: RulePack) -> List[Deadline]:
        """Every term that the acts of the subject have started, with the day on which it was met."""
        return [made for term in self.terms for made in term_deadline(subject, term, pack)]


def term_deadline(subject: Any, term: Term, pack: RulePack) -> List[Deadline]:
    """The deadline of a term, if the act that starts it was done: counted from the last time. None where the pack does without it."""
    if term.length is None and term.code not in pack.terms:
        return []
    start = next((n for n in range(len(subject.acts) - 1, -1, -1) if subject.acts[n].act == term.starts), None)
    if start is None:
        return []
    started_on = subject.acts[start].on
    made = deadline(term.running(subject, pack, started_on), started_on, pack, term.role)
    ways = term.met_by + term.idle_after
    met_on = next((done.on for done in subject.acts[start + 1:] if done.act in ways), None)
    return [replace(made, acts=term.met_by, met_on=met_on)]


def refuse_if(reason: Optional[Message]) -> None:
    """Raises :class:`RefusedError` where there is a reason."""
    if reason is not None:
        raise RefusedError(reason.template, **reason.params)


def _filled(words: Message, **params: Any) -> Message:
    return replace(words, params=params)


def particulars_refusal(act: Act, said: Particulars) -> Optional[Message]:
    """What an act must say and does not, or says in the wrong form."""
    found = particulars_objection(act, said)
    return found.reason if found else None


def particulars_objection(act: Act, said: Particulars) -> Optional[Objection]:
    """:func:`particulars_refusal` with the particular that is at fault."""
    for wanted in act.fields:
        value = said.get(wanted.name)
        if value in (None, "", [], ()):
            if wanted.required:
                return Objection(message("{act} needs: {field}.", act=act.label, field=wanted.label), wanted.name)
            continue
        if wanted.kind == "ids" and isinstance(value, (list, tuple)) and len(set(map(str, value))) < wanted.least:
            return Objection(message("{act}: {n} different persons are needed for {field} (行政处罚法 Art. 42); {given} named. Add the missing.",
                                     act=act.label, n=wanted.least, field=wanted.label, given=len(set(map(str, value)))), wanted.name)
        if not is_well_formed(wanted, value):
            return Objection(message("{act}: {value} is not a valid entry for {field}.", act=act.label,
                                     value=str(value)[:60],
                                     field=wanted.label), wanted.name)
    return None


def is_well_formed(wanted: Field, value: Any) -> bool:
    """Whether a value has the form of the particular."""
    check = _FORMS.get(wanted.kind)
    if check is not None:
        return check(value)
    if wanted.kind == "code":
        return isinstance(value, str) and value in wanted.options
    if wanted.kind in ("ids", "items", "files"):
        return _are_ids(value, wanted.least)
    return isinstance(value, (list, tuple)) and all(isinstance(remedy, Mapping) for remedy in value)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value,
                                                              bool) and value == value and abs(value) != float("inf")


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


_FORMS: Dict[str, Callable[[Any], bool]] = {
    "text": _is_text, "person": _is_text, "date": lambda value: day_of(value) is not None,
    "count": lambda value: _is_whole(value) and value > 0, "money": lambda value: _is_whole(value) and value >= 0,
    "area": lambda value: _is_number(value) and value >= 0, "number": _is_number,
    "flag": lambda value: isinstance(value, bool),
    "values": lambda value: isinstance(value, Mapping),
    "point": lambda value: isinstance(value, (list, tuple)) and len(value) == 2 and all(_is_number(one) for one in value)}


def _are_ids(value: Any, least: int) -> bool:
    listed = isinstance(value, (list, tuple)) and all(isinstance(one, str) and one for one in value)
    return listed and len(set(value)) >= least


def day_of(value: Any) -> Optional[date]:
    """A date from ISO text; None where it is none."""
    try:
        day = date.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return day if day.isoformat() == value else None  # newer Pythons read more than YYYY-MM-DD
