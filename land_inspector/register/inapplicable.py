"""The one word of the fold for "this cannot be": a refusal while recording, an orphan while folding."""
from __future__ import annotations

from ..errors import RefusedError


class Inapplicable(RefusedError):
    """An event cannot be applied to this state."""
