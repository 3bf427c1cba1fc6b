"""The month's end: what stands in the way of closing a batch, and the folder with everything that the office gives out.

The batch is frozen first, so that what is given out is what stays; the exports go into one dated folder with a list of contents and
their digests.
"""
from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, List, Mapping, Optional, Sequence

from ..errors import InputError, LandInspectorError, Message, message
from ..i18n import say, tr, user_locale
from ..law.indicators import verified_set
from ..law.reviews import is_cleared
from ..progress import Progress
from ..register.figures import Scope, frames
from ..register.register import Register
from ..register.judging import freeze
from ..values import plain
from .atomic_files import write_whole
from .checks import register_identities
from .formats import html
from .month_workbook import write_month_workbook
from .publishing import publish_townships
from .reentry import give_out_patches
from .township_package import Layout

LAYERS, WORKBOOK, PATCHES = "layers", "workbook", "patches"
EXPORTS = (LAYERS, WORKBOOK, PATCHES)
CONTENTS, DIGESTS = "contents.html", "sha256.txt"


@dataclass(frozen=True)
class Obstacle:
    """One thing that stands in the way. ``severity`` E stops the closing unless somebody says otherwise, W is told."""

    severity: str
    rule: str
    text: Message
    parcel: str = ""
    parcel_id: str = ""


@dataclass
class Closed:
    """What became of it. ``group`` is the action that froze the batch, None where it was frozen before or is not."""

    obstacles: Sequence[Obstacle]
    is_closed: bool = False
    group: Optional[str] = None
    folder: Optional[Path] = None
    files: List[Path] = field(default_factory=list)

    @property
    def blocking(self) -> int:
        """How many obstacles must be gone before the batch can be closed (severity E)."""
        return sum(one.severity == "E" for one in self.obstacles)


def obstacles(register: Register, batch: str, day: date, progress: Optional[Progress] = None) -> List[Obstacle]:
    """R33, R39, R42, R43, what nobody judged or measured, and returned patches of a batch, the gravest first."""
    progress = progress or Progress()
    known = register.batch(batch)
    scope = Scope(batch=batch, effective_on=day.isoformat() if day < date.today() else None)
    found: List[Obstacle] = [Obstacle(one.severity, one.rule, one.text) for one in register_identities(register, scope)]
    progress.step(0.5)
    due = date.fromisoformat(known.JZRQ) if known.JZRQ else None
    for row in verified_set(frames(register, scope).parcels).to_dict("records"):
        found += _of_parcel(row, due, day)
    return sorted(found, key=lambda one: (one.severity != "E", one.rule, one.parcel))


def _of_parcel(row: Mapping[str, Any], due: Optional[date], day: date) -> List[Obstacle]:
    said = {name: plain(row.get(name)) for name in ("PDJL1", "HSZT", "incomplete", "GDMJ", "DKBH", "parcel_id")}
    verdict, state = str(said["PDJL1"] or "0"), str(said["HSZT"] or "0")
    named = {"parcel": str(said["DKBH"] or ""), "parcel_id": str(said["parcel_id"] or "")}
    if verdict == "0":
        return [Obstacle("E", "R39", message("Nobody has judged it."), **named)]
    found = []
    if verdict == "2" and said["incomplete"]:
        found.append(Obstacle("E", "R33", message("{n} particulars of the verdict are owed.", n=int(said["incomplete"])), **named))
    if said["GDMJ"] is None:
        found.append(Obstacle("W", "R11", message("Nobody measured its land."), **named))
    if state == "9":
        found.append(Obstacle("E", "R39", message("It was returned and has not been answered."), **named))
    elif not is_cleared(state, verdict):
        late = due is not None and day > due
        found.append(Obstacle("E" if late else "W", "R39", message("It has not passed the county; the clearing ends on {day}.",
                                                                   day=due.isoformat() if due else "—"), **named))
    return found


def close_month(register: Register, batch: str, folder: Path, *, day: Optional[date] = None, exports: Sequence[str] = EXPORTS,
                in_spite: bool = False, with_users: bool = False, by: Optional[str] = None, progress: Optional[Progress] = None) -> Closed:
    """Check, freeze, give out. Where something stands in the way and not ``in_spite``, nothing is done and the obstacles come back.

    Raises InputError for a batch that is not there, exports that nobody knows, and a folder of the day that is there already; an
    error after the freezing says that the batch is frozen.
    """
    progress, day = progress or Progress(), day or date.today()
    unknown = [name for name in exports if name not in EXPORTS]
    if unknown or not exports:
        raise InputError("{name} is no export; there are {known}.", "Give one or several of these.", name=", ".join(unknown) or "-",
                         known=", ".join(EXPORTS))
    closed = Closed(obstacles(register, batch, day, progress.part(0.0, 0.3)))
    if closed.blocking and not in_spite:
        return closed
    place = _new_folder(folder, batch, day)
    if not register.batch(batch).DJ:
        closed.group = freeze(register, batch, by=by).group
    try:
        place.mkdir(parents=True)
        _give_out(register, batch, place, exports, with_users, progress.part(0.3, 0.95))
        closed.files = _listed(register, batch, place, day, closed)
    except (LandInspectorError, OSError) as error:
        reason = error.message if isinstance(error, LandInspectorError) else message("{reason}", reason=str(error))
        raise InputError("Batch {batch} is frozen (action {group}), but what it gives out could not be written: {reason}",
                         "See to the reason and run it again; the freezing stays.", batch=batch, group=closed.group or "-",
                         reason=reason) from error
    closed.is_closed, closed.folder = True, place
    progress.show(1.0)
    return closed


def _new_folder(folder: Path, batch: str, day: date) -> Path:
    name = "".join(character if character.isalnum() or character in "-_." else "_" for character in batch)
    place = Path(folder) / f"{name}_{day.isoformat()}"
    if place.exists():
        raise InputError("The folder {folder} exists already.", "Move it away, or give another folder; nothing was overwritten.",
                         folder=str(place))
    return place


def _give_out(register: Register, batch: str, place: Path, exports: Sequence[str], with_users: bool, progress: Progress) -> None:
    scope, language = Scope(batch=batch), user_locale()
    if LAYERS in exports:
        publish_townships(register, place, language=language, with_users=with_users, scope=scope, layout=Layout(project=True),
                          progress=progress.part(0.0, 0.5))
    if WORKBOOK in exports:
        write_month_workbook(register, place / "month.xlsx", scope, language, with_users=with_users, progress=progress.part(0.5, 0.8))
    if PATCHES in exports:
        give_out_patches(register, batch, place / "patches.shp", language=language, with_users=with_users, progress=progress.part(0.8, 1.0))


def _listed(register: Register, batch: str, place: Path, day: date, closed: Closed) -> List[Path]:
    """Write the list of contents with the digest of each file; all files, the list last."""
    files = sorted(path for path in place.iterdir() if path.is_file())
    digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    write_whole(place / DIGESTS, "".join(f"{digest}  {name}\n" for name, digest in digests.items()).encode("utf-8"))
    rows = [[name, f"{(place / name).stat().st_size:,}", digest] for name, digest in digests.items()]
    body = [html.facts([(tr("County"), register.meta["county_name"]), (tr("Batch"), batch), (tr("Day"), day.isoformat()),
                        (tr("Seal of the register"), register.seal().code)]),
            html.table([tr("File"), tr("Bytes"), "SHA-256"], rows, cells=("", "n", "")), obstacles_table(closed.obstacles)]
    html.write_page(str(place / CONTENTS), html.page(tr("Month's end: {batch}", batch=batch), body))
    return [*files, place / DIGESTS, place / CONTENTS]


def obstacles_table(found: Sequence[Obstacle]) -> str:
    """What stood in the way, as a table of a page."""
    if not found:
        return html.lead(tr("Nothing stands in the way."))
    rows = [[one.severity, one.rule, one.parcel, say(one.text)] for one in found]
    return html.heading(tr("What stands in the way")) + html.table([tr("Severity"), tr("Rule"), tr("Parcel"), tr("What it is about")], rows,
                                                                   [one.severity for one in found])


def obstacles_page(batch: str, closed: Closed) -> str:
    """The page of a closing that was done, or not yet."""
    said = tr("Batch {batch} is frozen and given out.", batch=batch) if closed.is_closed else \
        tr("Batch {batch} was not closed: {n} things stand in the way.", batch=batch, n=closed.blocking)
    return html.page(tr("Month's end: {batch}", batch=batch), [html.outcome(said, closed.is_closed), obstacles_table(closed.obstacles)])
