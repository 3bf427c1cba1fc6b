"""What every room may say and raise: translatable messages and one family of errors.

No Qt here and no translation: a :class:`Message` keeps its English template and its parameters
apart, so that a report stored today can be read in another language tomorrow
(:func:`land_inspector.i18n.say` turns one into text).
"""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict


@dataclass(frozen=True)
class Message:
    """An English template with named parameters; translated where it is shown, never where it is made."""

    template: str
    params: Dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.template.format(**self.params)

    def as_record(self) -> Dict[str, Any]:
        """The JSON form kept in the register: ``{"text": template, "params": {...}}``; messages may hold messages."""
        return {"text": self.template, "params": {key: _as_json(value) for key, value in self.params.items()}}

    @classmethod
    def from_record(cls, record: Dict[str, Any]) -> "Message":
        """The message that :meth:`as_record` made; a record with ``zh`` becomes a :class:`Bilingual`."""
        if "zh" in record:
            return Bilingual(record["text"], zh=record["zh"])
        return Message(record["text"], {key: _from_json(value) for key, value in record.get("params", {}).items()})


@dataclass(frozen=True)
class Bilingual(Message):
    """A name that brings its own Chinese, as those of acts, states and packs do: no catalogue is asked. It is never filled in."""

    zh: str = ""

    def __str__(self) -> str:
        return self.template

    def as_record(self) -> Dict[str, Any]:
        return {"text": self.template, "zh": self.zh}


def _as_json(value: Any) -> Any:
    if isinstance(value, Message):
        return value.as_record()
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)


def _from_json(value: Any) -> Any:
    return Message.from_record(value) if isinstance(value, dict) else value


def message(template: str, **params: Any) -> Message:
    """``message("{file} has no field {name}", file=..., name=...)``; the template must be a literal."""
    return Message(template, params)


class LandInspectorError(Exception):
    """Base of every error that this plugin raises on purpose.

    ``template`` is English with named fields; ``remedy`` says what the user can do about it.
    """

    def __init__(self, template: str, remedy: str = "", **details: Any):
        self.message = Message(template, details)
        self.remedy = Message(remedy, details)
        self.details = details
        super().__init__(str(self.message) + (f" {self.remedy}" if remedy else ""))


class UserError(LandInspectorError):
    """Something the user gave or asked for cannot be used; the message says what and what to do."""


class InputError(UserError):
    """A file, layer, table or parameter is not what it should be."""


class RefusedError(UserError):
    """The register refuses an act (frozen batch, impossible move, another person's act without a reason)."""


class StaleError(RefusedError):
    """Somebody else changed the subject after the author had looked at it."""


class BusyError(UserError):
    """Another program is writing to the register right now; trying again later works."""


class ReadOnlyError(UserError):
    """A register, its folder or its disk may only be read."""


class FullError(UserError):
    """The disk has no room left; nothing of the act was kept."""


class GoneError(UserError):
    """A register that was open is no longer where it was: moved, deleted, out of reach, or another file lies in its place."""


class DamagedError(LandInspectorError):
    """A register does not verify: an event was edited, lost, or state differs from its events."""


class MissingLibraryError(UserError):
    """A Python library that the plugin needs is not installed."""


class Cancelled(LandInspectorError):
    """The user stopped the work; nothing of it was kept."""

    def __init__(self) -> None:
        super().__init__("Cancelled. Nothing was changed.")
