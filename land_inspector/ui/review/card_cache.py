"""Cards that were read, kept until an act makes them old."""
from __future__ import annotations

from collections import OrderedDict
from typing import Dict, Optional, Sequence

from .card import Card

#: Going back over the last few dozen parcels reads nothing again.
MOST = 64


class CardCache:
    """What was being read while somebody acted on the same parcel is not believed when it arrives."""

    def __init__(self) -> None:
        self._cards: OrderedDict[str, Card] = OrderedDict()
        self._readings: Dict[str, object] = {}
        self._wanted: Optional[str] = None

    def get(self, parcel_id: str) -> Optional[Card]:
        return self._cards.get(parcel_id)

    def want(self, parcel_id: str) -> None:
        """This is the card that the window waits for."""
        self._wanted = parcel_id

    def is_wanted(self, parcel_id: str) -> bool:
        return self._wanted == parcel_id

    def begin(self, parcel_id: str) -> Optional[object]:
        """The reading of a card; None where it is being read already."""
        if parcel_id in self._readings:
            return None
        self._readings[parcel_id] = object()
        return self._readings[parcel_id]

    def end(self, parcel_id: str, reading: object, card: Optional[Card]) -> bool:
        """A reading ended; whether it tells how things are now."""
        if self._readings.get(parcel_id) is not reading:
            return False
        del self._readings[parcel_id]
        if card is not None:
            self._cards[parcel_id] = card
            while len(self._cards) > MOST:
                self._cards.popitem(last=False)
        return True

    def forget(self, ids: Optional[Sequence[str]] = None) -> None:
        """An act touched these parcels; None where nobody knows which."""
        for parcel_id in [*self._cards, *self._readings] if ids is None else ids:
            self._cards.pop(parcel_id, None)
            self._readings.pop(parcel_id, None)
