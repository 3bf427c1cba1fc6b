"""Where registers live, for whoever opens one: the names that pages and algorithms use (see :mod:`.storage.address`)."""
from __future__ import annotations

from .storage.address import Addressed, RegisterAddress, address_of, same_place

__all__ = ["Addressed", "RegisterAddress", "address_of", "same_place"]
