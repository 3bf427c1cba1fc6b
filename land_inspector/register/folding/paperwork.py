"""Papers of cases and matters: they change no state, but stand on what they speak of, so that undoing that names them first."""
from __future__ import annotations

from ..events import Event
from ..state import IssuedRows, State
from .grounds import Inapplicable


def stands_on_its_case(state: State, event: Event, _issued: IssuedRows) -> None:
    """Particulars, a paper, a finished one; Inapplicable where the case or matter is gone."""
    row = event.payload["row"]
    if row not in state.cases and row not in state.matters:
        raise Inapplicable("The case of this paper is not in the register; its opening may have been undone.")
