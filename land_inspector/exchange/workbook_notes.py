"""The terms under which figures are given out: whose, known by when, effective when, by which method, pack and sets."""
from __future__ import annotations

from datetime import datetime
from typing import List, Tuple

import pandas as pd

from ..i18n import say, tr
from ..law.codes import label
from ..register.figures import headline
from .standard_parcels import standard_parcels
from .township_figures import Figures, Reading

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
        *[(tr("Numbers of pieces"), told) for told in [pieces_told(standard_parcels(reading.parcels))] if told],
        (tr("Land users' names"), tr("Given out, as asked for") if with_users else tr("Left out (R54)")),
        (tr("Register"), reading.meta["register_id"]),
        (tr("Seal of the register"), reading.seal or "—"),
        (tr("Scope"), say(headline(reading.frames))),
        (tr("CRS"), reading.meta["crs"].split("[")[0] if len(reading.meta["crs"]) > 60 else reading.meta["crs"]),
    ]


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
