"""The registers opened lately, the newest first, in QGIS's own settings; and the servers that QGIS knows."""
from __future__ import annotations

from typing import List

from qgis.core import QgsProviderRegistry

from ...register.addresses import address_of, RegisterAddress
from ...settings import HEADING, store_texts, stored_texts

_RECENT = f"{HEADING}/recent_registers"
_MOST_RECENT = 8


def recent_registers() -> List[RegisterAddress]:
    """Those that are still there; of those on servers nobody asks whether they are."""
    known = (address_of(text) for text in stored_texts(_RECENT)[:_MOST_RECENT])
    return [address for address in known if address.may_be_there]


def remember_register(address: RegisterAddress) -> None:
    """Put it first in the list, once."""
    others = [known for known in recent_registers() if known != address]
    store_texts(_RECENT, [str(known) for known in [address, *others][:_MOST_RECENT]])


def server_connections() -> List[str]:
    """Names of the PostgreSQL connections that QGIS keeps; each is an address of a register as it stands."""
    provider = QgsProviderRegistry.instance().providerMetadata("postgres")
    return sorted(provider.connections(False)) if provider is not None else []
