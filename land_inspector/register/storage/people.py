"""The removable tables of names: people who act in the register, and parties to its cases (architecture.md §1)."""
from __future__ import annotations

import sqlite3
from typing import Mapping, Tuple

import pandas as pd

PERSON, PARTY = "person", "party"
#: Key and value of the register's own description that say that names are not kept.
SETTING, NOTHING = "personal_data", "none"
#: What stands in the place of a party's name wherever it is kept for good: this and the opaque id.
STAND_IN = "person:"


def remove(db: sqlite3.Connection) -> None:
    """Empty both tables; what stood in the file's pages is overwritten, not merely let go."""
    db.execute("PRAGMA secure_delete = ON")
    for table in (PERSON, PARTY):
        if db.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (table,)).fetchone():
            db.execute(f"DELETE FROM {table}")  # nosec B608


def has_tokens(texts: pd.Series) -> bool:
    """Whether any of these texts stands for a name that is kept apart."""
    return bool(texts.str.startswith(STAND_IN, na=False).any())


def with_names(texts: pd.Series, parties: Mapping[str, Tuple[str, str]]) -> pd.Series:
    """Tokens as the names they stand for; a token whose name was taken out, or never kept, stays."""
    is_token = texts.str.startswith(STAND_IN, na=False)
    if not is_token.any():
        return texts
    shown = texts[is_token].map(lambda token: parties.get(token[len(STAND_IN):], (token, ""))[0])
    return texts.where(~is_token, shown.reindex(texts.index))
