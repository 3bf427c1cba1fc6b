"""What inspectors saw on site: a visit with its finding is one event for each parcel (domain.md §2.3, §4 核查)."""
from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any, Dict, Mapping, Optional, Sequence, Tuple

from ..errors import InputError
from ..law.facts import SiteFinding
from . import kinds
from . import parties
from .events import Draft
from .records import NOTHING, STATUSES
from .register import Recorded, Register, effective_on_text

#: Of a :class:`SiteFinding` these follow from the rest of a visit or from the photos and are not recorded again.
_DERIVED = ("land_class", "no_construction", "photos")
FACTS: Tuple[str, ...] = tuple(f.name for f in fields(SiteFinding) if f.name not in _DERIVED)


@dataclass(frozen=True)
class SiteVisit:
    """What was seen: ``status`` is one of STATUSES; ``use`` a code of the list SJYT, ``land_class`` of the land-use classes (SJDL);
    ``officers`` are names; ``facts`` are fields of :class:`land_inspector.law.facts.SiteFinding` that were looked at."""

    status: str
    officers: Tuple[str, ...] = ()
    use: Optional[str] = None
    land_user: Optional[str] = None
    land_class: Optional[str] = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    remark: Optional[str] = None


@dataclass(frozen=True)
class KeptVisit:
    """The newest visit of a parcel as it was recorded."""

    on: date
    visit: SiteVisit


def record_visit(register: Register, batch: str, labels: Sequence[str], finding: SiteVisit, *, on: str,
                 by: Optional[str] = None, seen: Optional[Mapping[str, str]] = None) -> Recorded:
    """One visit of one or more parcels on a day. InputError for an unknown status or fact, or a day to come.

    ``seen``: the last event of each parcel as the person had looked at it; StaleError when somebody changed one since.
    """
    day = _day(on)
    _check(finding)
    officers = parties.officers(register, [name for name in dict.fromkeys(map(str.strip, finding.officers)) if name], by=by)
    user = parties.without_names(register, [{"YDDW": finding.land_user or None}], by=by)[0]["YDDW"]
    said = {"status": finding.status, "officers": officers, "use": finding.use or None, "land_user": user,
            "land_class": finding.land_class or None, "facts": {key: value for key, value in finding.facts.items() if value is not None},
            "remark": finding.remark or None}
    found = register.find(batch, list(dict.fromkeys(labels)))
    drafts = [Draft(kinds.SITE_VISITED, (parcel, patch), dict(said, parcel=parcel), day) for parcel, patch in found]
    return register.record(lambda state: drafts, by=by, patches=[patch for _parcel, patch in found], seen=seen)


def _day(on: str) -> str:
    day = effective_on_text(on)
    if day is None:
        raise InputError("A visit needs its date.", "Write it as 2026-05-31.")
    if day > date.today().isoformat():
        raise InputError("{day} is still to come.", "Give the day of the visit.", day=day)
    return day


def _check(finding: SiteVisit) -> None:
    if finding.status not in STATUSES:
        raise InputError("{status} is no finding of a visit.", "Use one of {known}.", status=finding.status, known=", ".join(STATUSES))
    unknown = [name for name in finding.facts if name not in FACTS]
    if unknown:
        raise InputError("{name} is nothing that a visit records.", "Use one of {known}.", name=unknown[0], known=", ".join(FACTS))


def visit_of(register: Register, site: Optional[str]) -> Optional[KeptVisit]:
    """The visit kept in a parcel's column ``site``, with the names as far as the register has them; None where nobody was
    there."""
    if not site:
        return None
    said: Dict[str, Any] = json.loads(site)
    officers = tuple(name for person in said["officers"] for name in [register.name_of(person)] if name != person)
    return KeptVisit(date.fromisoformat(said["on"]), SiteVisit(
        said["status"], officers, said["use"], parties.name_of(register, said["land_user"]), said["land_class"], said["facts"],
        said["remark"]))


def particulars(register: Register, site: Optional[str]) -> Dict[str, str]:
    """What a visit (column ``site``) says already of a verdict's particulars, by the columns of tables.VERDICT."""
    kept = visit_of(register, site)
    seen = kept.visit if kept is not None else SiteVisit("")
    known = {"YDDW": seen.land_user, "SJYT": seen.use, "SJDL": seen.land_class}
    return {name: value for name, value in known.items() if value}


def site_finding(site: Optional[str], photos: int, land_class: Optional[str] = None) -> SiteFinding:
    """What the rules may know of a visit (column ``site``) and its photos; ``land_class`` is that of the verdict (SJDL), which
    goes before the visitor's. Earth that was moved is no building yet, but it is not "nothing" either."""
    said: Dict[str, Any] = json.loads(site) if site else {"status": None, "land_class": None, "facts": {}}
    nothing = None if said["status"] is None else said["status"] == NOTHING
    return SiteFinding(land_class=land_class or said["land_class"], no_construction=nothing, photos=photos, **said["facts"])
