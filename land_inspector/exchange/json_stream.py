"""GeoJSON documents taken apart feature by feature, so that a big one can be watched and cancelled while it is read."""
from __future__ import annotations

import json
import re
from typing import Any, Dict, Iterator

_SPACE = re.compile(r"[ \t\n\r\ufeff\x1e\0]*")
_DECODER = json.JSONDecoder()


class NoFeatures(Exception):
    """The JSON is sound, but holds neither features nor a feature."""


class Document:
    """A JSON object whose ``features`` come one at a time; its other members stand in ``members`` in the end."""

    def __init__(self, text: str):
        self.text = text
        self.at = 0
        self.members: Dict[str, Any] = {}

    @property
    def line(self) -> int:
        """The line that has been reached, from 1."""
        return self.text.count("\n", 0, self.at) + 1

    @property
    def fraction(self) -> float:
        return self.at / (len(self.text) or 1)

    def features(self) -> Iterator[Any]:
        """Every item of ``features``; of a text with one feature a line, every line.

        Raises ValueError where it stops being JSON, RecursionError where it is nested beyond all sense, and NoFeatures.
        """
        self._next()
        while self._more():
            yield from self._object()

    def _object(self) -> Iterator[Any]:
        self._expect("{")
        members: Dict[str, Any] = {}
        found = False
        while self._next() != "}":
            name = self._value()
            self._expect(":")
            if name == "features" and self._next() == "[":
                found = True
                yield from self._items()
            else:
                members[name] = self._value()
            if self._next() == ",":
                self._expect(",")
        self._expect("}")
        if found:
            self.members.update(members)
        elif members.get("type") == "Feature":
            yield members
        else:
            raise NoFeatures()

    def _items(self) -> Iterator[Any]:
        self._expect("[")
        while self._next() != "]":
            yield self._value()
            if self._next() == ",":
                self._expect(",")
        self._expect("]")

    def _more(self) -> bool:
        self.at = _SPACE.match(self.text, self.at).end()
        return self.at < len(self.text)

    def _next(self) -> str:
        if not self._more():
            raise ValueError("end")
        return self.text[self.at]

    def _expect(self, mark: str) -> None:
        if self._next() != mark:
            raise ValueError(mark)
        self.at += 1

    def _value(self) -> Any:
        self._next()
        value, self.at = _DECODER.raw_decode(self.text, self.at)
        return value
