"""Folding what is said of a parcel: verdicts, their review by the levels above, and the office's own marks (set aside, flagged,
assigned, noted), which never enter a report."""
from __future__ import annotations

from typing import Any, Optional, Sequence

from ...law import reviews
from ...law.reviews import Return, Review
from ..events import Event
from ..tables import MEASURED, VERDICT, names
from ..state import Parcel, State
from .cases import refuse_other_verdict
from .grounds import Inapplicable, alive, day_of, touch, worked_on

#: Words of the register for the levels of a review, and the moves of :mod:`land_inspector.law.reviews` they stand for.
PASSED_BY = {"county": reviews.PASS_COUNTY, "city": reviews.PASS_CITY, "province": reviews.PASS_PROVINCE,
             "finished": reviews.FINISH}
RETURNED_BY = {"county": "1", "city": "2", "province": "3"}

LATER, PAPER = "later", "paper"
_VERDICT, _MEASURED = names(VERDICT), names(MEASURED)


# --- verdicts and their review --------------------------------------------------------------------------------------

def verdict_given(state: State, event: Event, _issued: Any) -> None:
    """A verdict with its areas (m²); Inapplicable where the parcel is gone or an open case needs it illegal."""
    said = event.payload
    parcel = alive(state, said["parcel"])
    refuse_other_verdict(state, parcel, said["verdict"].get("PDJL1") or "0")
    given, areas, columns = said["verdict"].get, said["areas"].get, parcel.__dict__
    for name in _VERDICT:
        columns[name] = given(name)
    for name in _MEASURED:
        columns[name] = areas(name)
    parcel.PDJL1 = parcel.PDJL1 or "0"
    parcel.evidence_run, parcel.incomplete = said["evidence_run"], len(said["missing"])
    _move_review(parcel, reviews.JUDGE, event)
    parcel.HSZT = parcel.HSZT if parcel.PDJL1 != "0" else reviews.UNCHECKED
    parcel.verdict_event = event.uuid
    end_aside(parcel)
    worked_on(state, parcel, event)


def review_passed(state: State, event: Event, _issued: Any) -> None:
    """A level passes the parcel."""
    _review(state, event, PASSED_BY[event.payload["level"]])


def parcel_returned(state: State, event: Event, _issued: Any) -> None:
    """A level sends the parcel back with a reason, on the event's day."""
    said = event.payload
    _review(state, event, reviews.RETURN, Return(RETURNED_BY[said["level"]], day_of(event), said["reason"]))


def return_answered(state: State, event: Event, _issued: Any) -> None:
    """The county answers the return that is open."""
    _review(state, event, reviews.ANSWER)


def _review(state: State, event: Event, move: str, sent_back: Optional[Return] = None) -> None:
    parcel = alive(state, event.payload["parcel"])
    _move_review(parcel, move, event, sent_back)
    parcel.live_review = (event.payload, event.uuid)
    (worked_on if move == reviews.ANSWER else touch)(state, parcel, event)


def _move_review(parcel: Parcel, move: str, event: Event, sent_back: Optional[Return] = None) -> None:
    """HSZT moves by events alone, and only as the law room's table allows (domain.md §0.2-8)."""
    to = reviews.MOVES[move].get(parcel.HSZT)
    if to is None or sent_back is not None or move == reviews.RETURN:
        refusal = reviews.review_refusal(Review(parcel.HSZT), move, day_of(event), sent_back)
        if refusal is not None:
            raise Inapplicable("Parcel {parcel}: {reason}", parcel=parcel.DKBH, reason=refusal)
    parcel.HSZT = reviews.MOVES[move][parcel.HSZT] if to is None else to


# --- marks ----------------------------------------------------------------------------------------------------------

def end_aside(parcel: Parcel) -> None:
    """No longer set aside."""
    parcel.aside = parcel.aside_reason = None


def inherit_marks(child: Parcel, parents: Sequence[Parcel]) -> None:
    """A piece keeps what was said of the land it came from; of several parents, the first that has something to say."""
    first = {name: next((p for p in parents if getattr(p, name)), parents[0]) for name in ("aside", "flag", "assigned_to")}
    child.aside, child.aside_reason = first["aside"].aside, first["aside"].aside_reason
    child.flag, child.flag_reason = first["flag"].flag, first["flag"].flag_reason
    child.assigned_to = first["assigned_to"].assigned_to


def set_aside(state: State, event: Event, _issued: Any) -> None:
    """Put off: until later, or until a paper comes."""
    parcel = alive(state, event.payload["parcel"])
    parcel.aside = PAPER if event.payload["waits_for_paper"] else LATER
    parcel.aside_reason = event.payload["reason"]
    worked_on(state, parcel, event)


def taken_up(state: State, event: Event, _issued: Any) -> None:
    """No longer put off."""
    parcel = alive(state, event.payload["parcel"])
    end_aside(parcel)
    worked_on(state, parcel, event)


def flagged(state: State, event: Event, _issued: Any) -> None:
    """Marked for attention, with a reason or without."""
    parcel = alive(state, event.payload["parcel"])
    parcel.flag, parcel.flag_reason = 1, event.payload.get("reason") or None
    worked_on(state, parcel, event)


def unflagged(state: State, event: Event, _issued: Any) -> None:
    """The mark and its reason are gone."""
    parcel = alive(state, event.payload["parcel"])
    parcel.flag, parcel.flag_reason = 0, None
    worked_on(state, parcel, event)


def assigned(state: State, event: Event, _issued: Any) -> None:
    """Given to a person, or to nobody (None)."""
    parcel = alive(state, event.payload["parcel"])
    parcel.assigned_to = event.payload["to"]
    touch(state, parcel, event)


def note_written(state: State, event: Event, _issued: Any) -> None:
    """A note changes nothing; it only needs its parcel, so that undoing a split names the notes on its pieces."""
    alive(state, event.payload["parcel"])
