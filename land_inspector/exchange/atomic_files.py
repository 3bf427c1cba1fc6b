"""Files given out: written beside their place under a name of their own, and put in place in one step."""
from __future__ import annotations

import os
import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator, Tuple

from ..errors import InputError


@contextmanager
def beside(target: Path) -> Iterator[Path]:
    """A name of its own in the same folder, so that putting in place is one step; what is left of it is removed."""
    draft = target.with_name(f".{uuid.uuid4().hex[:8]}_{target.name}")
    try:
        yield draft
    finally:
        for left in target.parent.glob(f"{draft.stem}*"):
            left.unlink()


def final_name(draft: Path) -> str:
    """The name under which the user knows a file that is written under :func:`beside`'s."""
    return draft.name.partition("_")[2] if draft.name.startswith(".") else draft.name


def put_in_place(files: Tuple[Tuple[Path, Path], ...]) -> None:
    """Rename each draft to its name. Raises InputError for a file that another program holds open; that one stays as it was."""
    for draft, target in files:
        try:
            os.replace(draft, target)
        except OSError as error:
            raise InputError("{file} cannot be replaced.", "Close the program that has it open, then try again.",
                             file=target.name) from error
