"""Subjects whose unpunished acts together reach a line of the criminal law (R48), from the verdicts and cases of a register."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Optional, Set

from ..law.case_indicators import decision_on
from ..law.penalties import OCCUPIED, WAYS, CriminalFlag, Offence, criminal_flags
from ..law.procedure import day_of
from .figures import Frames, Scope, frames
from .register import Register


@dataclass(frozen=True)
class PoliceLine:
    """``numbers`` are the parcels' (DKBH); ``subject`` the land user, None where a person's name is not asked for."""

    flag: CriminalFlag
    subject: Optional[str]
    numbers: List[str]


def police_lines(register: Register, scope: Scope, with_names: bool = False) -> List[PoliceLine]:
    """The subjects by name; parcels without a land user stand each for themselves. What a standing decision punished is left out."""
    found = frames(register, scope)
    rows = {row["parcel_id"]: row for row in found.parcels[found.parcels["PDJL1"] == "2"].to_dict("records")}
    punished = _punished(found)
    offences = [_offence(key, row) for key, row in rows.items() if key not in punished]
    people = {name for name, _salt in register.storage.parties().values()}
    told = []
    for flag in criminal_flags(offences, found.pack):
        named = flag.subject if not flag.subject.startswith(_NOBODY) and (with_names or flag.subject not in people) else None
        told.append(PoliceLine(flag, named, [rows[key]["DKBH"] for key in flag.parcels]))
    return told


#: Begins the stand-in of a parcel whose land user nobody has named.
_NOBODY = "\x00"


def _punished(found: Frames) -> Set[str]:
    return {parcel for case in found.all_cases if decision_on(case) is not None for parcel in case.parcels}


def _offence(key: str, row: Mapping[str, Any]) -> Offence:
    area, cultivated = _first(row, "WFMJ", "DKMJ"), _first(row, "WFGD", "GDMJ")
    return Offence(row["YDDW"] or f"{_NOBODY}{key}", key, _first(row, "WFJBNT", "JBNTMJ"), cultivated,
                   WAYS.get(row["WFLX"] or "", OCCUPIED), day_of(row["JSSJ"]), max(area - cultivated, 0.0))


def _first(row: Mapping[str, Any], *names: str) -> float:
    values: Dict[str, Any] = {name: row.get(name) for name in names}
    return next((float(value) for value in values.values() if value is not None and value == value), 0.0)
