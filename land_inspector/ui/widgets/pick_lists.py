"""Lists to pick from: the shipped phrases of a regime with the office's own before them."""
from __future__ import annotations

from typing import List, Sequence, Tuple

from ...i18n import user_locale
from ...law.phrases import phrases
from ...settings import HEADING
from ..shell.settings_lists import store_texts, stored_texts

#: Separates the sub-type (PDJL2) that an office's own phrase is for from its text: ``303: 已备案``.
_FOR = ":"


def choices(name: str, regime: str, sub_type: str = "") -> List[str]:
    """What to offer in a list of :mod:`land_inspector.law.phrases`, for a sub-type or for all; in the reader's language."""
    own = [text for wanted, text in map(_parted, own_phrases(name, regime)) if not sub_type or wanted in ("", sub_type, sub_type[:1])]
    shipped = [phrase.text(user_locale()) for phrase in phrases(name, regime, sub_type)]
    return list(dict.fromkeys([*own, *shipped]))


def own_phrases(name: str, regime: str) -> List[str]:
    """The office's own, as they were written in Options: a text, or a code, a colon and a text."""
    return stored_texts(_key(name, regime))


def keep_own_phrases(name: str, regime: str, lines: Sequence[str]) -> None:
    """Remember the office's own phrases of a list under a regime (ZD), without empty lines."""
    store_texts(_key(name, regime), [line.strip() for line in lines if line.strip()])


def _key(name: str, regime: str) -> str:
    return f"{HEADING}/phrases/{name}/{regime or 'N'}"


def _parted(line: str) -> Tuple[str, str]:
    code, mark, text = line.replace("：", _FOR).partition(_FOR)
    return (code.strip(), text.strip()) if mark and code.strip().isdigit() else ("", line)
