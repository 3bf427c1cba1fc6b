"""Lists of texts in QGIS's settings, read so that whatever stands there does no harm."""
from __future__ import annotations

from typing import List, Sequence

from qgis.core import QgsProviderRegistry, QgsSettings

from ...register.addresses import address_of, RegisterAddress
from ...settings import HEADING


def stored_texts(key: str) -> List[str]:
    """The list under ``key``. A settings file writes a list of one as a plain text, which Qt then reads letter by letter."""
    raw = QgsSettings().value(key, None)
    if isinstance(raw, str):
        return [raw] if raw else []
    return [text for text in raw if isinstance(text, str)] if isinstance(raw, (list, tuple)) else []


def store_texts(key: str, texts: Sequence[str]) -> None:
    """Keep these texts, in their order, under a key of QgsSettings."""
    QgsSettings().setValue(key, list(texts))


# --- The registers opened lately, the newest first, in QGIS's own settings.


_KEY = f"{HEADING}/recent_registers"
MOST = 8


def recent_registers() -> List[RegisterAddress]:
    """Those that are still there; of those on servers nobody asks whether they are."""
    known = (address_of(text) for text in stored_texts(_KEY)[:MOST])
    return [address for address in known if address.may_be_there]


def remember_register(address: RegisterAddress) -> None:
    """Put it first in the list, once."""
    others = [known for known in recent_registers() if known != address]
    store_texts(_KEY, [str(known) for known in [address, *others][:MOST]])


def server_connections() -> List[str]:
    """Names of the PostgreSQL connections that QGIS keeps; each is an address of a register as it stands."""
    provider = QgsProviderRegistry.instance().providerMetadata("postgres")
    return sorted(provider.connections(False)) if provider is not None else []
