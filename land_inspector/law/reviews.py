"""The levels above: filled by the county, passed or returned by city and province, finished (HSZT; domain.md §0.2 (8), §9.2)."""
from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

from ..errors import Message, RefusedError, message

UNCHECKED, DESK, FIELD, COUNTY, CITY, PROVINCE, FINISHED, RETURNED = "0", "1", "2", "3", "4", "5", "6", "9"
STATES: Dict[str, Tuple[str, str]] = {
    UNCHECKED: ("not checked", "未核查"), DESK: ("judged at the desk", "内业已判"), FIELD: ("checked in the field", "外业已查"),
    COUNTY: ("passed by the county", "县审"), CITY: ("passed by the city", "市审"), PROVINCE: ("passed by the province", "省审"),
    FINISHED: ("review finished", "审核结束"), RETURNED: ("returned", "退回")}
JUDGE, CHECK, PASS_COUNTY, PASS_CITY, PASS_PROVINCE, FINISH, RETURN, ANSWER = (
    "judge", "check_field", "pass_county", "pass_city", "pass_province", "finish", "return", "answer")
# move -> {state it starts from: state it leads to}
MOVES: Dict[str, Mapping[str, str]] = {
    JUDGE: {UNCHECKED: DESK, DESK: DESK, FIELD: FIELD, COUNTY: DESK, RETURNED: RETURNED},
    CHECK: {UNCHECKED: FIELD, DESK: FIELD, FIELD: FIELD, RETURNED: RETURNED},
    PASS_COUNTY: {DESK: COUNTY, FIELD: COUNTY},
    PASS_CITY: {COUNTY: CITY},
    PASS_PROVINCE: {COUNTY: PROVINCE, CITY: PROVINCE},
    FINISH: {CITY: FINISHED, PROVINCE: FINISHED},
    # filled by the county is enough to be returned; not every office records its own pass
    RETURN: {DESK: RETURNED, FIELD: RETURNED, COUNTY: RETURNED, CITY: RETURNED, PROVINCE: RETURNED},
    ANSWER: {RETURNED: COUNTY},
}
MOVE_LABELS: Dict[str, Message] = {
    JUDGE: message("Verdict at the desk"), CHECK: message("Check in the field"), PASS_COUNTY: message("Pass at the county"),
    PASS_CITY: message("Pass at the city"), PASS_PROVINCE: message("Pass at the province"), FINISH: message("Finish the review"),
    RETURN: message("Return"), ANSWER: message("Answer the return")}
LEVELS: Dict[str, Tuple[str, str]] = {"1": ("county", "县级"), "2": ("city", "市级"), "3": ("province", "省级")}


@dataclass(frozen=True)
class Return:
    """Sent back by a level above: why, what it asks for, and until when it wants the answer."""

    level: str
    on: date
    reason: str
    asked_for: str = ""
    answer_by: Optional[date] = None
    answered_on: Optional[date] = None


@dataclass(frozen=True)
class Review:
    """The review of one patch; ``returns`` keeps every return, oldest first."""

    state: str = UNCHECKED
    since: Optional[date] = None
    returns: Tuple[Return, ...] = ()

    @property
    def open_return(self) -> Optional[Return]:
        """The return that waits for its answer; None where none does."""
        return self.returns[-1] if self.state == RETURNED and self.returns else None


def review_refusal(review: Review, move: str, on: date, sent_back: Optional[Return] = None) -> Optional[Message]:
    """Why the move is not possible now; None if it is. A return needs its level and its reason."""
    if move not in MOVES:
        return message("There is no review move “{move}”.", move=move)
    if review.state not in MOVES[move]:
        return message("{move} is not possible: the patch is {state}. Possible now: {next}.", move=MOVE_LABELS[move],
                       state=state_label(review.state), next=_listed([MOVE_LABELS[m] for m in possible_moves(review)]))
    if review.since is not None and on < review.since:
        return message("The patch has been {state} since {day}; a later act cannot be dated before.",
                       state=state_label(review.state), day=review.since.isoformat())
    return _return_refusal(review, on, sent_back) if move == RETURN else None


def _return_refusal(review: Review, on: date, sent_back: Optional[Return]) -> Optional[Message]:
    if sent_back is None or not sent_back.reason.strip() or sent_back.level not in LEVELS:
        return message("A return needs the level that returns and its reason.")
    if sent_back.level == "1" and review.state in (CITY, PROVINCE) or sent_back.level == "2" and review.state == PROVINCE:
        return message("Only a level at or above the one that passed the patch can return it.")
    if sent_back.answer_by is not None and sent_back.answer_by < on:
        return message("The answer cannot be due before the return.")
    return None


def move_review(review: Review, move: str, on: date, sent_back: Optional[Return] = None) -> Review:
    """Raises :class:`RefusedError` where :func:`review_refusal` has a reason."""
    reason = review_refusal(review, move, on, sent_back)
    if reason is not None:
        raise RefusedError(reason.template, **reason.params)
    return moved(review, move, on, sent_back)


def moved(review: Review, move: str, on: date, sent_back: Optional[Return] = None) -> Review:
    """The fold of a move that was checked when it was recorded."""
    returns = review.returns
    if move == RETURN and sent_back is not None:
        returns = returns + (replace(sent_back, on=on),)
    elif move == ANSWER and returns:
        returns = returns[:-1] + (replace(returns[-1], answered_on=on),)
    return Review(MOVES[move].get(review.state, review.state), on, returns)


def possible_moves(review: Review) -> List[str]:
    """Codes of the moves that its state lets be done."""
    return [move for move, changes in MOVES.items() if review.state in changes]


def is_cleared(state: str, verdict: str) -> bool:
    """R39: judged (PDJL1 ≠ 0) and passed by the county or above; a returned patch is open again, though its code is 9."""
    return verdict not in ("", "0") and state in (COUNTY, CITY, PROVINCE, FINISHED)


def may_issue_penalty(state: str) -> bool:
    """R53: no penalty document from a patch that nobody has checked in the field; the patch is a clue, never evidence."""
    return state in (FIELD, COUNTY, CITY, PROVINCE, FINISHED)


def waiting_for_answer(reviews: Iterable[Tuple[str, Review]]) -> List[Tuple[str, Return]]:
    """Returned patches, the earliest answer date first, those without a date last."""
    waiting = [(patch, review.open_return) for patch, review in reviews]
    found = [(patch, item) for patch, item in waiting if item is not None]
    return sorted(found, key=lambda pair: (pair[1].answer_by or date.max, pair[1].on, pair[0]))


def state_label(state: str) -> Message:
    """The state's name; KeyError for a code that HSZT does not have."""
    return Message(STATES[state][0])


def _listed(labels: Sequence[Message]) -> Message:
    if not labels:
        return message("nothing")
    listed = labels[-1]
    for one in reversed(labels[:-1]):
        listed = message("{first}, {rest}", first=one, rest=listed)
    return listed
