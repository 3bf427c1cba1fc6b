"""From two images to a batch in one go: candidates found, written with their report, and brought in as own patches."""
from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Optional, Sequence, Tuple

import shapely

from ..changes.gates import NEAR_SEASON
from ..changes.proposing import Request, propose
from ..errors import message
from ..i18n import tr
from ..progress import Progress
from ..register.addresses import RegisterAddress
from ..register.issuing import issue_batch
from ..register.records import BatchInfo
from ..register.register import Register
from ..register.rulepacks import limits_of
from .formats.html import write_page
from .intake.patches import take_in
from .own_patches import LAYER, candidates_page, with_source, write_candidates

#: Images nearer than this (days) hardly differ by anything built.
_LEAST_APART = 60


@dataclass(frozen=True)
class FoundChanges:
    """What came of it: files, how many candidates, and the code of the batch ('' where there was none to bring in)."""

    layer: Path
    report: Path
    candidates: int
    batch: str


def suggested_pair(images: Sequence[Tuple[str, date]]) -> Tuple[Optional[str], Optional[str]]:
    """The newest image and the one before it whose season is nearest, at least two months older; None for what is not there."""
    if len(images) < 2:
        return None, images[0][0] if images else None
    newest = max(images, key=lambda one: (one[1], one[0]))
    older = [one for one in images if (newest[1] - one[1]).days >= _LEAST_APART] or [one for one in images if one[1] < newest[1]]
    if not older:
        return None, newest[0]

    def apart(one: Tuple[str, date]) -> Tuple[int, int]:
        days = abs(one[1].timetuple().tm_yday - newest[1].timetuple().tm_yday)
        days = min(days, 365 - days)
        return (0 if days <= NEAR_SEASON else days), (newest[1] - one[1]).days

    return min(older, key=apart)[0], newest[0]


def find_and_take(address: RegisterAddress, request: Request, target: Path, *, within_townships: bool = True, by: Optional[str] = None,
                  progress: Optional[Progress] = None) -> FoundChanges:
    """Compare the images, write ``target`` (a GeoPackage) and its report beside it, and bring the candidates in as a new batch.

    Raises as :func:`propose` and the intake do. What was written stays when only the batch is refused.
    """
    progress = progress or Progress()
    with Register.open(address) as register:
        crs, townships = register.meta["crs"], register.township_list()
    if within_townships and not request.area:
        shapes = [shapely.from_wkb(one.wkb) for one in townships if one.wkb is not None]
        if shapes:
            request = replace(request, within=(shapely.to_wkb(shapely.union_all(shapes)), crs))
    proposal = propose(request, progress.part(0.0, 0.85))
    report = target.with_suffix(".html")
    write_candidates(target, proposal, progress=progress.part(0.85, 0.87))
    write_page(str(report), candidates_page(proposal))
    if not proposal.candidates:
        return FoundChanges(target, report, 0, "")
    progress.step(0.87, message("Entering {n} patches", n=len(proposal.candidates)))
    with Register.open(address) as register:
        today = date.today().isoformat()
        intake = take_in(f"{target}|layername={LAYER}", target_crs=crs, area_method="E", townships=townships,
                         limits=limits_of(register, "N", today), progress=progress.part(0.87, 0.93))
        name = tr("Own patches {before} – {after}", before=request.before.taken, after=request.after.taken)
        info = BatchInfo(_free_code(register, request), name, int(today[:4]), month=int(today[5:7]), issued_on=today)
        issue_batch(register, with_source(info, intake), intake, by=by, progress=progress.part(0.93, 1.0))
    return FoundChanges(target, report, len(proposal.candidates), info.code)


def _free_code(register: Register, request: Request) -> str:
    """``ZC`` and the later image's day; with a number behind it where that batch is there already."""
    known, code = set(register.batches()["PCBH"]), f"ZC{request.after.taken.replace('-', '')}"
    return next(one for one in (code, *(f"{code}-{n}" for n in range(2, 10_000))) if one not in known)
