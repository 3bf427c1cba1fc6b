"""The illegal flags of the old regime's form: what each implies and excludes (R35, domain.md §2.1)."""
from __future__ import annotations

from typing import Dict, FrozenSet, Iterable, List, Tuple

ILLEGAL_FLAGS: Tuple[str, ...] = ("FFZD", "FFPD", "WPXY", "WBJY", "BBBY", "WGJY", "CZYD", "PQPZ", "SZGBYT", "QTWFYD")
_ALL = frozenset(ILLEGAL_FLAGS)
_OCCUPATIONS = frozenset({"WBJY", "BBBY", "WGJY", "CZYD", "PQPZ"})
IMPLIED: Dict[str, FrozenSet[str]] = {
    "WBJY": frozenset({"FFZD", "WPXY"}), "BBBY": frozenset({"FFZD", "WPXY"}), "WGJY": frozenset({"FFZD", "WPXY"}),
    "CZYD": frozenset({"FFZD"}), "PQPZ": frozenset({"FFZD"})}
EXCLUDED: Dict[str, FrozenSet[str]] = {
    "FFPD": _ALL - {"FFPD"},
    "FFZD": frozenset({"FFPD", "SZGBYT", "QTWFYD"}),
    "WBJY": (_OCCUPATIONS | {"FFPD", "SZGBYT", "QTWFYD"}) - {"WBJY"},
    "BBBY": (_OCCUPATIONS | {"FFPD", "SZGBYT", "QTWFYD"}) - {"BBBY"},
    "WGJY": (_OCCUPATIONS | {"FFPD", "SZGBYT", "QTWFYD"}) - {"WGJY"},
    "CZYD": _ALL - {"CZYD", "FFZD"},
    "PQPZ": _ALL - {"PQPZ", "FFZD"},
    "SZGBYT": _ALL - {"SZGBYT"},
    "QTWFYD": _ALL - {"QTWFYD"}}


def with_implied(flags: Iterable[str]) -> FrozenSet[str]:
    """The flags and all that they imply, for a form that ticks them itself."""
    found = frozenset(flags)
    return found.union(*(IMPLIED.get(flag, frozenset()) for flag in found))


def missing_implied(flags: Iterable[str]) -> List[Tuple[str, str]]:
    """(flag, implied flag that is not set), in the order of the form."""
    found = frozenset(flags)
    return [(flag, implied) for flag in ILLEGAL_FLAGS if flag in found
            for implied in ILLEGAL_FLAGS if implied in IMPLIED.get(flag, ()) and implied not in found]


def contradictions(flags: Iterable[str]) -> List[Tuple[str, str]]:
    """Pairs that exclude each other, each pair once."""
    found = [flag for flag in ILLEGAL_FLAGS if flag in frozenset(flags)]
    return [(one, other) for n, one in enumerate(found) for other in found[n + 1:]
            if other in EXCLUDED.get(one, ()) or one in EXCLUDED.get(other, ())]
