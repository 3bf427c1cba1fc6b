"""What may be done in a case now, why something may not, and what comes next: the first :class:`~.procedure.Procedure`
(domain.md §4.1).

A case has what a plain procedure has not: remedies of its decision, each at a stage of its own. Acts after service
concern some of them, so what an act is possible on, follows from and leads to is asked of the remedies. ``tracks`` are
the case's remedies as far as they are carried out.
"""
from __future__ import annotations

from datetime import date
from typing import Any, Iterable, List, Optional, Sequence, Tuple

from ..errors import Message, message
from . import procedure_guards
from .acts import ACTS, BESIDE, CLUE, STAGE_LABELS, STATES
from .case import Case, advance, named_items, opened, parcel_refusal
from .deadlines import WAIT
from .procedure import Act, Objection, Particulars, Procedure, Term, Words, particulars_refusal, refuse_if
from .procedure_guards import GUARDS, Practice
from .remedies import Track, label

TERMS = (
    Term("site_check", "clue", ("site_check", "transfer_case")),
    Term("filing", "site_check", ("file", "not_file", "transfer_case")),
    Term("stop_response", "stop_order", ("stop_result", "stop_report"), idle_after=("legal_review",)),
    Term("evidence_decision", "preserve_evidence", ("decide_evidence",)),
    Term("statement", "notice", ("statement",), WAIT),
    Term("hearing_request", "hearing_notice", ("hearing_request",), WAIT),
    Term("decision", "file", ("decide", "no_penalty", "transfer_case", "end_investigation")),  # see case_deadlines: it is paused
    Term("service", "decide", ("serve",)),
    Term("decision_notice", "suspend", ("deliver", "resume")),
)


class CaseProcedure(Procedure):
    """A procedure whose later acts concern single remedies of the decision."""

    def due_acts(self, subject: Case, practice: Practice, today: date, context: Sequence[Track] = ()) -> List[Act]:
        possible = [act for act in self.allowed(subject, practice, context) if act.is_main]
        onward = [act for act in possible if act.moves[subject.state] != subject.state]
        if onward:
            return onward[-1:]  # where no hearing is needed the decision comes before the notice of one
        timely = [act for act in possible if self._is_time(subject, act, practice, today)]
        ours = [act for act in timely if act.code != "perform" and act.concerns_items]
        return ours[::-1] or [act for act in timely if act.code == "perform"]

    def _is_time(self, case: Case, act: Act, practice: Practice, today: date) -> bool:
        if act.concerns_items and all(item.stage == act.makes for item in named_items(case, act, {})):
            return False  # a demand may be repeated, but the procedure does not ask for it
        return self.too_early(case, act, practice, today) is None

    def at_fault(self, question: procedure_guards.Question) -> Optional[str]:
        return procedure_guards.at_fault(question)

    def has_object(self, subject: Case, act: Act) -> bool:
        return not act.concerns_items or any(item.stage in act.takes for item in subject.items)

    def unfit(self, subject: Case, act: Act, said: Particulars) -> Optional[Objection]:
        reason = self._items_refusal(subject, act, said) if act.concerns_items else None
        return Objection(reason, "items") if reason else None

    def _items_refusal(self, case: Case, act: Act, said: Particulars) -> Optional[Message]:
        named = said.get("items") or ()
        if not isinstance(named, (list, tuple)):
            return message("{act}: the remedies concerned must be a list.", act=act.label)
        known = {item.id for item in case.items}
        unknown = next((one for one in named if one not in known), None)
        if unknown is not None:
            return message("{act}: the decision has no remedy {item}.", act=act.label, item=unknown)
        if act.kinds and (not any(item.kind in act.kinds for item in case.items)
                          or len(named_items(case, act, said)) < len(named)):
            return message("{act} is only for: {kind}.", act=act.label, kind=label(act.kinds[0]))
        unfit = next((item for item in named_items(case, act, said) if item.stage not in act.takes), None)
        if unfit is not None or not named_items(case, act, said):
            return message("{act} is not possible: the remedy is {stage}. Next comes: {next}.", act=act.label,
                           stage=STAGE_LABELS[unfit.stage if unfit else _common_stage(case)],
                           next=self._next_for(case, unfit))
        return None

    def _next_for(self, case: Case, item: Any) -> Message:
        stage = item.stage if item else _common_stage(case)
        following = [act.label for act in self.acts.values() if act.is_main and stage in act.takes
                     and act.code != "perform"]
        return following[0] if following else self.acts["close"].label

    def follows_from(self, subject: Case, act: Act, said: Particulars) -> Optional[Tuple[Act, date]]:
        if not act.concerns_items:
            return super().follows_from(subject, act, said)
        chosen = {item.id for item in named_items(subject, act, said)}
        return self.latest(done for done in subject.acts if done.act in ("decide", "serve")
                           or self.acts[done.act].concerns_items and chosen & set(done.particulars.get("items", ())))

    def place(self, code: str) -> int:
        """S9 is shown after service and reached after all that lies between it and the closing."""
        return super().place("S14" if code == "S9" else code)


def _common_stage(case: Case) -> str:
    return case.items[-1].stage if case.items else "open"


CASE = CaseProcedure(
    STATES, ACTS,
    Words(message("There is no act “{act}” in a case."),
          message("{act} is not possible: the case is {state}, which ends it."),
          message("{act} is not possible: the case is {state}. Next comes: {next}.")),
    TERMS, GUARDS, procedure_guards.TOO_EARLY, BESIDE,
    reached_by={
        "S0": "clue", "S1": "site_check", "S2": "stop_order", "S3": "file", "S4": "investigate", "S5": "legal_review",
        "S6": "notice",
        "S6h": "hearing_notice", "S7": "decide", "S8": "serve", "S9": "perform", "S10": "open_review", "S11": "demand",
        "S12": "apply_court", "S13": "court_ruling", "S14": "enforce", "S15": "close", "N1": "not_file", "N2": "no_penalty",
        "N3": "transfer_case", "N4": "end_investigation"},
    led_back={"send_back": "S3", "redo": "S4"}, other_ends=("N1", "N2", "N3", "N4"), ask=procedure_guards.Question)

# the verbs by which the rest of the house asks about cases
allowed, due_acts, obstacle = CASE.allowed, CASE.due_acts, CASE.obstacle
refusal, objection, milestones = CASE.refusal, CASE.objection, CASE.milestones


def open_case(case_id: str, parcels: Sequence[str], on: date, particulars: Particulars,
              cases: Iterable[Case] = ()) -> Case:
    """A new case from a clue. Raises :class:`RefusedError` when a parcel has an open case or a particular is
    missing.
    """
    refuse_if(parcel_refusal(parcels, cases) or particulars_refusal(CLUE, particulars))
    return opened(case_id, parcels, on, particulars)


def next_act(case: Case, practice: Practice, today: date, tracks: Sequence[Track] = ()) -> Optional[Act]:
    """The act that the straight procedure asks for next; None when the case is at its end or waits for others.

    While the party still has time to perform, or the court is not yet open, that is the performance.
    """
    due = due_acts(case, practice, today, tracks)
    return due[0] if due else None


def apply(case: Case, act_code: str, practice: Practice, on: date, particulars: Particulars,
          tracks: Sequence[Track] = ()) -> Case:
    """The case after the act. Raises :class:`RefusedError` where :func:`refusal` has a reason."""
    refuse_if(refusal(case, act_code, practice, on, particulars, tracks))
    return advance(case, act_code, on, particulars)
