"""Deadlines as a calendar file (iCalendar, RFC 5545): days of cases, no names of people.

A deadline keeps its UID from one export to the next, so a calendar that takes the file again moves the day instead of doubling
it; writing over an earlier file cancels in it what is no longer open.
"""
from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Dict, Iterable, List, Mapping, Sequence, Tuple

from ..errors import message
from ..i18n import say, tr
from ..law.work_lists import Entry, Place, TERM
from ..values import storable
from .atomic_files import write_whole
from .wording import ground_text

_NAMESPACE = uuid.UUID("c1f0e8a2-0a5d-5b0e-8f0c-5a1d3e7b9c44")
_LONGEST_LINE = 75  # octets, RFC 5545 §3.1
#: Nine in the morning, two days before an all-day event begins.
_ALARM = "-P1DT15H"
_ESCAPE = re.compile(r"\\(.)")
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class CalendarDay:
    """One deadline. ``uid`` never changes while case, term and remedy stay the same."""

    uid: str
    day: date
    summary: str
    details: str
    provisional: bool = False
    cancelled: bool = False


def calendar_days(entries: Iterable[Entry], places: Mapping[str, Place], register_id: str) -> List[CalendarDay]:
    """The open duties of all cases; one over several parcels is one day."""
    gathered: Dict[Tuple[str, str, str], List[Entry]] = {}
    for entry in entries:
        if entry.sort == TERM and entry.due_on is not None and entry.parcel in places:
            gathered.setdefault((entry.case or "", entry.term or "", entry.item or ""), []).append(entry)
    days = [_day(f"{register_id}/{'/'.join(key)}", found, places) for key, found in gathered.items()]
    return sorted(days, key=lambda one: (one.day, one.summary, one.uid))


def _day(key: str, entries: Sequence[Entry], places: Mapping[str, Place]) -> CalendarDay:
    first = entries[0]
    where = [places[entry.parcel] for entry in entries]
    numbers = ", ".join(place.number for place in where)
    summary = say(message("{what}: {parcels}", what=first.what, parcels=numbers))
    if first.provisional:
        summary = tr("{text} (provisional)", text=summary)
    lines = [say(first.what), ground_text(first.ground), numbers, ", ".join(dict.fromkeys(place.township_name for place in where))]
    if first.provisional:
        lines.append(tr("Provisional: it depends on holidays that have not been announced yet."))
    return CalendarDay(uid_of(key), first.due_on, summary, "\n".join(lines), first.provisional)


def uid_of(key: str) -> str:
    """The UID of what a key names: the same in every export."""
    return f"{uuid.uuid5(_NAMESPACE, key)}@land-inspector"


def write_calendar(path: Path, days: Sequence[CalendarDay], name: str, now: datetime) -> int:
    """Write the file, and into it as cancelled what an earlier file there held and is no longer open; how many days are open.

    ``now`` with its time zone. InputError where the place cannot be written to.
    """
    path = Path(path)
    open_uids = {day.uid for day in days}
    over = [day for day in _earlier(path) if day.uid not in open_uids]
    write_whole(path, calendar_bytes([*days, *over], name, now))
    return len(days)


def calendar_bytes(days: Iterable[CalendarDay], name: str, now: datetime) -> bytes:
    """The whole file: lines of at most 75 octets, each ended by CRLF."""
    stamp = now.astimezone(timezone.utc)
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Land Inspector//Deadlines//EN", "CALSCALE:GREGORIAN", "METHOD:PUBLISH",
             f"X-WR-CALNAME:{_escaped(name)}"]
    for day in days:
        lines += _event(day, stamp)
    lines.append("END:VCALENDAR")
    return b"".join(folded(line) for line in lines)


def _event(day: CalendarDay, stamp: datetime) -> List[str]:
    """SEQUENCE grows with every export (minutes), so that a calendar takes the newer one."""
    status = "CANCELLED" if day.cancelled else "TENTATIVE" if day.provisional else "CONFIRMED"
    lines = ["BEGIN:VEVENT", f"UID:{day.uid}", f"DTSTAMP:{stamp:%Y%m%dT%H%M%SZ}", f"SEQUENCE:{int(stamp.timestamp()) // 60}",
             f"DTSTART;VALUE=DATE:{day.day:%Y%m%d}", f"DTEND;VALUE=DATE:{day.day + _DAY:%Y%m%d}", f"SUMMARY:{_escaped(day.summary)}",
             f"DESCRIPTION:{_escaped(day.details)}", f"STATUS:{status}", "TRANSP:TRANSPARENT"]
    if not day.cancelled:
        lines += ["BEGIN:VALARM", "ACTION:DISPLAY", f"DESCRIPTION:{_escaped(day.summary)}", f"TRIGGER:{_ALARM}", "END:VALARM"]
    return [*lines, "END:VEVENT"]


def folded(line: str) -> bytes:
    """A content line cut at 75 octets, never inside a character; every further part begins with a blank."""
    parts: List[bytes] = []
    part = b""
    for character in line:
        octets = character.encode("utf-8")
        if len(part) + len(octets) > _LONGEST_LINE:
            parts.append(part)
            part = b" "
        part += octets
    return b"\r\n".join([*parts, part]) + b"\r\n"


def _escaped(text: str) -> str:
    text = storable(text)
    for plain, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\r\n", "\\n"), ("\n", "\\n"), ("\r", "\\n")):
        text = text.replace(plain, written)
    return text


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: "\n" if found[1] in "nN" else found[1], text)


def _earlier(path: Path) -> List[CalendarDay]:
    """The events of a calendar file of ours that is there already, cancelled; none where there is no readable one."""
    if not path.is_file():
        return []
    text = path.read_bytes().decode("utf-8", "replace").replace("\r\n ", "").replace("\n ", "")
    found, said = [], {}
    for line in text.splitlines():
        name, _, value = line.partition(":")
        said[name.partition(";")[0]] = value
        if line == "BEGIN:VEVENT":
            said = {}
        elif line == "END:VEVENT" and said.get("UID", "").endswith("@land-inspector") and len(said.get("DTSTART", "")) == 8:
            day = datetime.strptime(said["DTSTART"], "%Y%m%d").date()
            found.append(CalendarDay(said["UID"], day, _unescaped(said.get("SUMMARY", "")), "", cancelled=True))
    return found
