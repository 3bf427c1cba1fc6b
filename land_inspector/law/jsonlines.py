"""Where each value of a JSON text stands, so that a refusal can name the line."""
from __future__ import annotations

import json
import re
from typing import Dict, List, Tuple, Union

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
