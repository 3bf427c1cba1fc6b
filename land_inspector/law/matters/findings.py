"""The findings that a pack may use by name: each a small pure module of its own."""
from __future__ import annotations

from typing import Dict

from . import idle_land
from .finding import FindingForm

FINDINGS: Dict[str, FindingForm] = {form.name: form for form in (idle_land.FORM,)}
