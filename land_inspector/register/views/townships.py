"""Townships as a page draws them."""
from __future__ import annotations

from typing import Dict

from ..records import Township
from ..register import Register


def township_outlines(register: Register) -> Dict[str, Township]:
    """Every township with its outline (WKB in the register's CRS), by code."""
    return {township.code: township for township in register.storage.townships()}
