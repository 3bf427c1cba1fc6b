"""The registers opened lately, the newest first, in QGIS's own settings."""
from __future__ import annotations

from typing import List

from ...settings import HEADING
from ...register.addresses import address_of, RegisterAddress
from .settings_lists import store_texts, stored_texts

_KEY = f"{HEADING}/recent_registers"
MOST = 8


def recent_registers() -> List[RegisterAddress]:
    """Those that are still there."""
    known = (address_of(text) for text in stored_texts(_KEY)[:MOST])
    return [address for address in known if address.is_there]


def remember_register(address: RegisterAddress) -> None:
    """Put it first in the list, once."""
    others = [known for known in recent_registers() if known != address]
    store_texts(_KEY, [str(known) for known in [address, *others][:MOST]])
