"""Reading a rule pack's JSON value by value; every refusal names file, line, place and reason."""
from __future__ import annotations

import json
import math
import re
from datetime import date
from typing import Any, Collection, Dict, List, NoReturn, Optional, Tuple, Union

from ..errors import InputError, message


# Where each value of a JSON text stands, so that a refusal can name the line.

Step = Union[str, int]
Path = Tuple[Step, ...]
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


class DuplicateKeyError(ValueError):
    """An object names the same key twice; JSON readers would silently keep the last."""

    def __init__(self, path: Path, line: int):
        super().__init__(f"line {line}: {path_text(path)} is given twice")
        self.path, self.line = path, line


def locate(text: str) -> Dict[Path, int]:
    """The line (from 1) on which the value at each path begins; ``text`` must be valid JSON.

    Raises :class:`DuplicateKeyError`.
    """
    lines: Dict[Path, int] = {}
    path: List[Step] = []  # key or index of the value that comes next, one for each open container
    line, scanned, expects_key = 1, 0, False
    for token in _TOKEN.finditer(text):
        line, scanned = line + text.count("\n", scanned, token.start()), token.start()
        word = token.group()
        if word in "}]":
            path.pop()
        elif word == ",":
            expects_key = not _steps_on(path)
        elif expects_key:
            path[-1], expects_key = json.loads(word), False
        elif word != ":":
            _note(lines, tuple(path), line)
            expects_key = _opens_object(word, path)
    return lines


def path_text(path: Path) -> str:
    """``thresholds[2].value`` for ``("thresholds", 2, "value")``; empty for the whole document."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return "".join(steps).lstrip(".")


def _note(lines: Dict[Path, int], path: Path, line: int) -> None:
    if path in lines:
        raise DuplicateKeyError(path, line)
    lines[path] = line


def _steps_on(path: List[Step]) -> bool:
    """Step to the next item when inside an array; an object waits for its next key instead."""
    step = path[-1]
    if isinstance(step, int):
        path[-1] = step + 1
        return True
    return False


def _opens_object(word: str, path: List[Step]) -> bool:
    if word == "{":
        path.append("")
    elif word == "[":
        path.append(0)
    return word == "{"


Number = Union[int, float]
_REMEDY = "Correct this place of the pack and bring it in again."


def refuse(file: str, line: int, path: Path, template: str, **details: Any) -> NoReturn:
    """Raise InputError with file, line (from 1), place in the document, and the reason made of ``template``."""
    raise InputError("{file}, line {line}: {place}: {reason}", _REMEDY, file=file, line=line,
                     place=path_text(path) or "{}", reason=message(template, **details))


def read_document(content: bytes, file: str) -> "PackValue":
    """The whole document (UTF-8 JSON). Raises :class:`InputError` for anything that is not strict JSON."""
    text = _decode(content, file)
    try:
        value = json.loads(text, parse_constant=lambda word: _not_a_number(word, text, file))
        return PackValue(file, value, (), locate(text))
    except json.JSONDecodeError as error:
        refuse(file, error.lineno, (), "this is not JSON: {problem}", problem=error.msg)
    except DuplicateKeyError as error:
        refuse(file, error.line, error.path, "this is given twice")
    except RecursionError:
        refuse(file, 1, (), "it is nested too deeply")


def _decode(content: bytes, file: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        refuse(file, content.count(b"\n", 0, error.start) + 1, (), "the file is not in UTF-8")


def _not_a_number(word: str, text: str, file: str) -> NoReturn:
    line = text.count("\n", 0, text.index(word)) + 1
    refuse(file, line, (), "{word} is not a number that can be compared", word=word)


class PackValue:
    """One value of the document that knows where it stands."""

    def __init__(self, file: str, value: Any, path: Path, lines: Dict[Path, int]):
        self.file, self.value, self.path = file, value, path
        self._lines = lines

    def refuse(self, template: str, **details: Any) -> NoReturn:
        """Raise InputError for this value, with the reason made of ``template``."""
        refuse(self.file, self._lines[self.path], self.path, template, **details)

    def keys(self) -> List[str]:
        """Names of the members in their order; InputError where it is no object."""
        if not isinstance(self.value, dict):
            self.refuse("an object with named members is expected")
        return list(self.value)

    def only(self, *known: str) -> None:
        """Refuse members with other names: a misspelt one would silently not count."""
        for key in self.keys():
            if key not in known:
                self.member(key).refuse("there is no such member; known are {known}", known=", ".join(known))

    def member(self, key: str) -> "PackValue":
        """The member of an object; InputError where it is missing."""
        if key not in self.keys():
            self.refuse("the member {key} is missing", key=key)
        return PackValue(self.file, self.value[key], self.path + (key,), self._lines)

    def optional(self, key: str) -> Optional["PackValue"]:
        """The member, or None where it is absent or null."""
        return self.member(key) if key in self.keys() and self.value[key] is not None else None

    def items(self) -> List["PackValue"]:
        """The values of a list; InputError where it is none."""
        if not isinstance(self.value, list):
            self.refuse("a list is expected")
        return [PackValue(self.file, item, self.path + (n,), self._lines) for n, item in enumerate(self.value)]

    def text(self) -> str:
        """A text that is not blank; InputError for anything else."""
        if not isinstance(self.value, str) or not self.value.strip():
            self.refuse("a text is expected")
        return self.value

    def choice(self, options: Collection[str]) -> str:
        """One of ``options``; InputError for anything else."""
        if self.value not in options or not isinstance(self.value, str):
            self.refuse("{value} is none of {options}", value=_shown(self.value), options=", ".join(options))
        return self.value

    def flag(self) -> bool:
        """True or false; InputError for anything else."""
        if not isinstance(self.value, bool):
            self.refuse("true or false is expected")
        return self.value

    def number(self, least: float = -math.inf, most: float = math.inf) -> Number:
        """A finite number from ``least`` to ``most``, both included; InputError for anything else."""
        if isinstance(self.value, bool) or not isinstance(self.value, (int, float)):
            self.refuse("a number is expected, not {value}", value=_shown(self.value))
        if not least <= self.value <= most or math.isinf(self.value):
            self.refuse("{value} lies outside {least} to {most}", value=self.value, least=least, most=most)
        return self.value

    def whole(self, least: float = -math.inf, most: float = math.inf) -> int:
        """A whole number from ``least`` to ``most``, both included; InputError for anything else."""
        value = self.number(least, most)
        if not isinstance(value, int):
            self.refuse("a whole number is expected, not {value}", value=value)
        return value

    def date(self) -> date:
        """A day written YYYY-MM-DD; InputError for anything else."""
        try:
            return date.fromisoformat(self.text())
        except ValueError:
            self.refuse("{value} is not a date written YYYY-MM-DD", value=self.value)


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)[:60]
