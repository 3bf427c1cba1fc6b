"""How many random examples a slow property gets: a third of its number in each run, all of them where new ones are asked for."""
from __future__ import annotations

import os

#: Set to anything: other examples than in every run, and all of them.
NEW = "LI_NEW_EXAMPLES"


def examples(number: int) -> int:
    """``max_examples`` of a property whose single example is slow."""
    return number if os.environ.get(NEW) else max(3, number // 3)
