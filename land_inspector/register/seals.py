"""The seal of a register: how many events of which origins it holds and the last hash of each, as one short code.

A chain of hashes shows that an event was edited only to someone who knows an earlier hash: whoever can recompute it edits unseen. So the
seal stands on reports, workbooks and copies, outside the register; compared with it later, a tail that was cut off and a chain that was
computed anew show. The code begins with the number of events at that time: ``214-K7QF-3MZT-9XWB-V2HD``.
"""
from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, List, Mapping, Optional, Tuple

from ..errors import InputError, Message, message
from .events import canonical

if TYPE_CHECKING:
    from .storage.interfaces import Storage

#: Last sequence and hash of each origin.
Heads = Mapping[str, Tuple[int, str]]

_GROUPS, _DIGITS = 4, 4
#: No letter that is taken for another or for a figure.
_LETTERS = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "ABCDEFGHJKLMNPQRSTUVWXYZ23456789")
_CODE = re.compile(r"(\d+)((?:-[A-Z2-9]{4}){4})")


@dataclass(frozen=True)
class Seal:
    """What a register of this id held at a moment. ``heads`` are the last sequence and hash by origin."""

    register_id: str
    heads: Heads

    @property
    def events(self) -> int:
        """How many events that were: the sequences of all origins together."""
        return sum(sequence for sequence, _hash in self.heads.values())

    @property
    def code(self) -> str:
        """The number of events and 80 bits of the digest of the heads, to be read out and typed."""
        said = canonical([self.register_id, sorted([origin, *head] for origin, head in self.heads.items())])
        letters = letters_of(said)
        return "-".join([str(self.events), *(letters[_DIGITS * at:_DIGITS * (at + 1)] for at in range(_GROUPS))])


def letters_of(text: str) -> str:
    """The digest of a text in 51 letters and figures of which none is taken for another."""
    return base64.b32encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii").rstrip("=").translate(_LETTERS)


def seal_of(storage: "Storage") -> Seal:
    """The seal of a register as it is now."""
    return Seal(storage.meta()["register_id"], storage.heads())


def read_code(text: str) -> Optional[Tuple[int, str]]:
    """Number of events and code, out of what a person typed or pasted; None where nothing was given.

    InputError for a text that holds no seal."""
    if not text.strip():
        return None
    found = _CODE.search(re.sub(r"[\s‐-―]+", "-", text.upper().replace("−", "-")))
    if found is None:
        raise InputError("{text} is no seal.", "Give the code as it stands on the report, such as 214-K7QF-3MZT-9XWB-V2HD.", text=text[:60])
    return int(found.group(1)), found.group(0)


def differences(storage: "Storage", text: str) -> List[Message]:
    """What an earlier seal says against the register as it is now; nothing where it holds.

    InputError for a text that is no seal."""
    said = read_code(text)
    if said is None:
        return []
    number, code = said
    have = sum(sequence for sequence, _hash in storage.heads().values())
    if have < number:
        return [message("When seal {seal} was taken the register held {then} events; now it holds {now}: its end was cut off, or this "
                        "is an older copy.", seal=code, then=number, now=have)]
    if Seal(storage.meta()["register_id"], storage.heads(number)).code != code:
        return [message("The first {n} events are not those that seal {seal} was taken of: they were changed, or this is another register.",
                        n=number, seal=code)]
    return []
