"""Where registers live, for whoever opens one: the names that pages and algorithms use (see :mod:`.storage.address`)."""
from __future__ import annotations

from .storage.address import Addressed, RegisterAddress, address_of, same_place
from .storage.pg_connection import Ear

__all__ = ["Addressed", "Ear", "RegisterAddress", "address_of", "same_place"]
