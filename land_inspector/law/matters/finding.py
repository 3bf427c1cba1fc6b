"""A finding: what the machine proposes of one matter on a day, with its figures and reasons; a person decides, by an
act.
"""
from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Callable, Mapping, Optional, Sequence, Tuple

from ...errors import Bilingual, Message
from ..procedure import Done

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
