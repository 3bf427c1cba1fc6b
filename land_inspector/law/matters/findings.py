"""The findings that a pack may use by name: each a small pure module of its own."""
from __future__ import annotations

from typing import Dict

from . import facility, idle_land, instalments, park_land, parts, target
from .finding import FindingForm

FINDINGS: Dict[str, FindingForm] = {form.name: form for form in (
    facility.FORM, idle_land.FORM, instalments.FORM, park_land.FORM, parts.FORM, target.FORM)}
