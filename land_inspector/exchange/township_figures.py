"""What a township package says: one consistent reading of the register, counted by the law room, with its terms stated."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import List, Mapping, Optional, Sequence, Tuple

import pandas as pd

from ..crs_texts import shown_crs
from ..errors import BusyError
from ..i18n import say, tr
from ..law.areas import DASH
from ..law.codes import label
from ..law.townships import (
    CASE_COLUMNS, CLOSING_COLUMNS, Column, RATIO_COLUMNS, RECTIFICATION_COLUMNS, REMEDY_COLUMNS, TownshipRow,
    VERDICT_COLUMNS, displayed,
)
from ..progress import Progress
from ..register.figures import Frames, Scope, frames, headline, table_of
from ..register.records import Township
from ..register.register import Register, effective_on_text, known_at_text, utc_now
from .standard_parcels import names_kept, standard_parcels


#: The order of domain.md §10: verdicts, ratios and what closes a line in one table, what became of the illegal land in the next.
_MAIN = VERDICT_COLUMNS + RATIO_COLUMNS + tuple(c for c in CLOSING_COLUMNS if c.key in ("alarms", "rank", "undecided", "unknown"))
_AFTERWARDS = VERDICT_COLUMNS[:2] + RECTIFICATION_COLUMNS + CASE_COLUMNS + REMEDY_COLUMNS + tuple(
    c for c in CLOSING_COLUMNS if c.key in ("check1", "check2"))
_READINGS = 5


@dataclass(frozen=True)
class Reading:
    """Everything read from the register in one go: nobody wrote between the first and the last of it.

    ``known_at`` is the moment the figures were known by (ISO, UTC), ``effective_on`` the day they speak of; ``names`` are those of people
    that no export may let out unasked, ``seal`` is the register's short code of all its origins.
    """

    meta: Mapping[str, str]
    known_at: str
    effective_on: str
    frames: Frames
    batches: pd.DataFrame
    townships: Sequence[Township]
    outlines: Mapping[str, bytes]
    names: Sequence[str] = ()
    seal: str = ""

    @property
    def parcels(self) -> pd.DataFrame:
        """The parcels of the scope, one a row; areas in m²."""
        return self.frames.parcels


@dataclass(frozen=True)
class Figures:
    """The township table: a row each and the county's total. ``afterwards`` are the columns of rectification, cases and
    remedies; empty while the register holds none."""

    reading: Reading
    language: str
    rows: Sequence[TownshipRow]
    total: TownshipRow
    columns: Sequence[Column]
    afterwards: Sequence[Column]

    def shown(self, row: TownshipRow) -> Mapping[str, str]:
        """The row as text, by column key."""
        pack = self.reading.frames.pack
        names = {line.code: line.name.text(self.language) for line in pack.thresholds}
        crossed = [f"{names[line]} ({'/'.join(ratio for ratio, other in row.breached if other == line)})"
                   for line in dict.fromkeys(line for _ratio, line in row.breached)]
        return {**displayed(row, pack, self.language), "alarms": ", ".join(crossed) or DASH}


def read_register(register: Register, scope: Scope, progress: Optional[Progress] = None) -> Reading:
    """What a scope holds, as known by its moment and effective on its day (domain.md §0.2-9).

    Before the first batch all figures are zero. Raises InputError while the register holds no batch, BusyError where others
    keep writing while it is read.
    """
    for _attempt in range(_READINGS):
        before = register.storage.latest()
        reading = _read(register, scope, progress or Progress())
        if register.storage.latest() == before:
            return reading
    raise BusyError("Others keep writing to the register while it is read.", "Wait a moment and try again.")


def _read(register: Register, scope: Scope, progress: Progress) -> Reading:
    if scope.batch is not None:
        register.batch(scope.batch)
    found = frames(register, scope, progress.part(0.0, 0.9))
    batches = register.batches()
    batches = batches[batches["PCBH"].isin(set(found.parcels["PCBH"]) | set(found.patches["PCBH"]))]
    known_at = known_at_text(scope.known_at) or utc_now()
    effective_on = effective_on_text(scope.effective_on) or date.today().isoformat()
    with register.storage.stoppable(progress):
        outlines = register.storage.shapes(found.parcels["shape_id"])
    return Reading(register.meta, known_at, effective_on, found, batches, register.storage.townships(), outlines, names_kept(register),
                   register.seal().code)


def count(reading: Reading, language: str) -> Figures:
    """The township table of a reading, in the order of domain.md §10 as far as there are figures."""
    found = reading.frames
    *rows, total = table_of(found, tr("Total"), rank_by="r2")
    return Figures(reading, language, rows, total, _MAIN, _afterwards(found))


def _afterwards(found: Frames) -> Tuple[Column, ...]:
    return _AFTERWARDS if len(found.cases) or found.state.remedies else ()


# The terms under which figures are given out: whose, known by when, effective when, by which method, pack and sets.

Term = Tuple[str, str]


def local_time(moment: str) -> str:
    """A moment of the register (UTC) in this machine's time, to the minute, with its offset."""
    return datetime.fromisoformat(moment.replace("Z", "+00:00")).astimezone().strftime("%Y-%m-%d %H:%M (UTC%z)")


def terms_of(figures: Figures, with_users: bool) -> List[Term]:
    """Name and text of each term, in the user's language; printed beside every figure (domain.md §0.2-9, R36)."""
    reading = figures.reading
    return [
        (tr("County"), f"{reading.meta['county_code']} {reading.meta['county_name']}"),
        (tr("Known at"), local_time(reading.known_at)),
        (tr("Effective on"), reading.effective_on),
        (tr("Batches"), _batches(reading)),
        (tr("Area method"), _methods(reading, figures.language)),
        (tr("Unit"), tr("mu (1 mu = 2000/3 m²), two decimals shown, more in the cell")),
        (tr("Issued columns"), tr("The issued set: every patch of the newest issue, split or not (TBZT 0 and 1)")),
        (tr("Verdict columns"), tr("The verified set: parcels as they stand, split parents left out (TBZT 0 and 2)")),
        (tr("New construction land"), tr("Parcels judged legal new construction or illegal; other land use is in neither part of a ratio")),
        ("r1", tr("Illegal area ÷ new construction area")),
        ("r2", tr("Illegal cultivated land ÷ new construction on cultivated land")),
        ("r3, r4", tr("r1 and r2 after deduction; the denominator in mode {mode}", mode=reading.frames.pack.denominator_mode)),
        (tr("Lines"), _lines(figures)),
        (tr("Not judged yet"), _count_of(figures, "undecided")),
        (tr("Areas that nobody measured"), _unknown(figures)),
        (tr("Illegal areas taken from the whole parcel"), _count_of(figures, "illegal_assumed")),
        (tr("Rule pack"), f"{reading.frames.pack.id} {reading.frames.pack.version}"),
        (tr("Digest of the rule pack"), reading.frames.pack.digest),
        *[(tr("Numbers of pieces"), told) for told in [_pieces(reading.parcels)] if told],
        (tr("Land users' names"), tr("Given out, as asked for") if with_users else tr("Left out (R54)")),
        (tr("Register"), reading.meta["register_id"]),
        (tr("Seal of the register"), reading.seal or "—"),
        (tr("Scope"), say(headline(reading.frames))),
        (tr("CRS"), shown_crs(reading.meta["crs"])),
    ]


def _pieces(parcels: pd.DataFrame) -> str:
    return pieces_told(standard_parcels(parcels.loc[parcels["TBZT"] == "2", ["TBZT", "JCBH", "DKBH"]]))


def pieces_told(parcels: pd.DataFrame) -> str:
    """How the pieces of split patches are numbered here and in the official system, with one of them; '' where nothing is split.
    ``parcels`` are standard ones."""
    piece = next(parcels.loc[parcels["TBZT"] == "2", ["JCBH", "DKBH"]].itertuples(index=False), None)
    return "" if piece is None else tr(
        "Piece {ours} of a split patch stands under JCBH as {official}, as the official system numbers it, and under DKBH as the desk "
        "shows it", ours=piece.DKBH, official=piece.JCBH)


def _batches(reading: Reading) -> str:
    return "; ".join(tr("{code} {name}, issued {day}, issue {no}", code=row.PCBH, name=row.PCMC, day=row.XFRQ or "—", no=row.issue_no)
                     for row in reading.batches.itertuples())


def _methods(reading: Reading, language: str) -> str:
    methods = reading.batches.groupby("MJFF")["PCBH"].agg(list)
    return "; ".join(f"{label('MJFF', method, language)} ({', '.join(codes)})" for method, codes in methods.items())


def _lines(figures: Figures) -> str:
    lines = figures.reading.frames.pack.thresholds
    return "; ".join(f"{line.name.text(figures.language)}: {'/'.join(line.indicators)} {line.sign} {float(line.percent):g} %"
                     for line in lines)


def _count_of(figures: Figures, key: str) -> str:
    return tr("{n} parcels", n=figures.total.figures.get(key, 0))


def _unknown(figures: Figures) -> str:
    unknown = figures.total.unknown
    names = {"issued_unknown": tr("issued area"), "issued_cultivated_unknown": tr("issued cultivated land"),
             "legal_cultivated_unknown": tr("cultivated land of legal parcels"),
             "other_cultivated_unknown": tr("cultivated land of other parcels"),
             "illegal_unknown": tr("illegal area"), "illegal_cultivated_unknown": tr("illegal cultivated land"),
             "illegal_farmland_unknown": tr("illegal permanent farmland"), "construction_unknown": tr("new construction area"),
             "construction_cultivated_unknown": tr("new construction on cultivated land")}
    return "; ".join(f"{names.get(key, key)}: {n}" for key, n in unknown.items()) or tr("None")
