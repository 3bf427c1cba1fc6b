"""The file of a case (案卷) as one folder: every paper and attachment in the order of case files, with cover, list of contents and remarks.

The order is that of the catalogue: 正卷 first, then 副卷 (what stays inside); what the law wants and is not there stands in the list of
contents as missing. Pages are numbered by hand after printing: Word and WPS break them differently.
"""
from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Dict, List, Mapping, Optional, Sequence, Set, Tuple

from ..errors import DamagedError, message
from ..law.acts import ACTS, OPTION_LABELS
from ..law.papers.catalogue import CONTENTS, COVER, MAIN, NOTES, SECOND, Paper, papers
from ..law.papers.facts import Facts, Written
from ..law.papers.wording import day_text
from ..law.procedure import Done
from ..progress import Progress
from ..register.records import shown_name
from ..register.register import Register
from ..register.views.papers import due_papers, facts_of, occasions
from .atomic_files import given_out, made_folder, plain_stem
from .papers import Templates, filled

VOLUMES = {MAIN: "正卷", SECOND: "副卷"}
_PHOTO = "现场照片"
_DONE, _DRAFT, _MISSING = "定稿", "草稿", "缺"


@dataclass(frozen=True)
class Piece:
    """One line of the list of contents: ``kept`` the file as the register keeps it, None where a draft is made or where it is missing;
    ``draft`` the paper to be made from the register, for the act ``done``."""

    title: str
    number: str
    day: Optional[date]
    by: str
    state: str
    kept: Optional[str] = None
    draft: Optional[Paper] = None
    done: Optional[Done] = None


@dataclass(frozen=True)
class CaseFolder:
    """What was put together: the folder, its files in their order and how many papers are missing or still drafts."""

    folder: Path
    files: Tuple[Path, ...]
    missing: int
    drafts: int


def pieces_of(facts: Facts) -> Dict[str, List[Piece]]:
    """What belongs into the file, by volume, in the order of case files."""
    found: Dict[str, List[Piece]] = {MAIN: [], SECOND: []}
    told = {(paper.order, paper.code, id(done)): (paper, done) for one in facts.rounds for paper in due_papers(one)
            for done in occasions(paper, one) if done is not None}  # what was revoked stays in the file, before what came after it
    for paper, done in sorted(told.values(), key=lambda one: one[0].order):
        found[paper.volume] += _paper_pieces(facts, paper, done)
    attached = [Piece(f"{ACTS[done.act].zh}附件：{shown_name(name)}", str(done.particulars.get("number") or ""), done.on, "", _DONE, name)
                for done in facts.done_in_all for name in done.particulars.get("files") or ()]
    attached += [Piece(f"履行凭证：{shown_name(name)}", "", step.on, "", _DONE, name)
                 for track in facts.tracks for step in track.steps for name in step.evidence]
    found[MAIN] += attached
    return found


def _paper_pieces(facts: Facts, paper: Paper, done: Done) -> List[Piece]:
    written: Sequence[Written] = [one for one in facts.written if one.paper == paper.code and one.on == done.on.isoformat()
                                  and one.about in ("", str(done.particulars.get("paper") or done.act))]
    number = str(done.particulars.get("number") or "") if paper.is_numbered else ""
    number = next((one.number for one in reversed(written) if one.number), number)
    organ = facts.office.values.get("机关全称") or ""
    title = paper.zh + (f"（{OPTION_LABELS['SDWS'].get(str(done.particulars.get('paper')), ('', '行政处罚决定书'))[1]}）" if paper.each else "")
    kept = [name for one in written for name in one.files]
    if kept:
        return [Piece(title, number, done.on, organ, _DONE, name) for name in kept]
    return [Piece(title, number, done.on, organ, _DRAFT if written else _MISSING, None, paper if written else None, done)]


def write_case_folder(register: Register, row_id: str, folder: Path, templates: Templates, day: date,
                      progress: Optional[Progress] = None) -> CaseFolder:
    """Put the file of a case into a folder of its own below ``folder``, all of it or nothing.

    DamagedError names a kept file that is missing or was changed."""
    progress, facts = progress or Progress(), facts_of(register, row_id, day)
    target = _fresh(folder, plain_stem(f"{facts.label}-案卷"))
    volumes = pieces_of(facts)
    plan = [(volume, n, piece) for volume in (MAIN, SECOND) for n, piece in enumerate(volumes[volume], 1)]
    photos = _photos(facts)
    rows = [_row(volume, n, piece) for volume, n, piece in plan]
    listed = replace(facts, file=tuple(rows + [_photo_row(len(photos))] if photos else rows))
    copies: Set[str] = set()
    with given_out(target / "0-00封面.docx", copies=copies) as place:
        names = [_make(listed, papers()[code], templates, place, name) for code, name in (
            (COVER, "0-00封面.docx"), (CONTENTS, "0-01卷内目录.docx"))]
        for at, (volume, n, piece) in enumerate(progress.watch(plan, 0.0, 0.8)):
            progress.step(0.8 * at / len(plan), message("Writing {file}", file=piece.title))
            names += _place(register, facts, templates, place, volume, n, piece)
            copies.update(names[-1:] if piece.kept is not None else ())
        for n, name in enumerate(photos, 1):
            names.append(_copy(register, name, place, f"{_PHOTO}{n:02d}-{shown_name(name)}"))
            copies.add(names[-1])
        names.append(_make(listed, papers()[NOTES], templates, place, "9-99备考表.docx"))
    progress.step(1.0)
    states = [piece.state for _volume, _n, piece in plan]
    return CaseFolder(target, tuple(target / name for name in names), states.count(_MISSING), states.count(_DRAFT))


def _fresh(folder: Path, name: str) -> Path:
    """A folder that nobody has put anything into: an older file of the case is never mixed with a newer one."""
    target, n = folder / name, 2
    while target.exists() and any(target.iterdir()):
        target, n = folder / f"{name}（{n}）", n + 1
    made_folder(target)
    return target


def _place(register: Register, facts: Facts, templates: Templates, place: Path, volume: str, n: int, piece: Piece) -> List[str]:
    head = f"{1 if volume == MAIN else 2}-{n:02d}{piece.title}"
    if piece.kept is not None:
        return [_copy(register, piece.kept, place, f"{head}-{shown_name(piece.kept)}" if "：" not in piece.title else head
                      + Path(piece.kept).suffix)]
    if piece.draft is not None:
        return [_make(facts, piece.draft, templates, place, plain_stem(f"{head}（草稿）") + ".docx", piece.number, piece.done)]
    return []


def _make(facts: Facts, paper: Paper, templates: Templates, place: Path, name: str, number: str = "",
          done: Optional[Done] = None) -> str:
    content, _missing = filled(facts, paper, templates.of(paper), number, False, done)
    (place / name).write_bytes(content)
    return name


def _copy(register: Register, name: str, place: Path, shown: str) -> str:
    if not register.attachments.is_whole(name):
        raise DamagedError("The kept file {file} is missing or was changed.", "Put it back from a copy of the register.",
                           file=shown_name(name))
    stem, dot, ending = shown.rpartition(".")
    target = plain_stem(stem if dot else shown) + (f".{ending}" if dot else "")
    shutil.copyfile(register.attachments.find(name), place / target)
    return target


def _photos(facts: Facts) -> List[str]:
    """Kept names of the photos that prove parcels of this case."""
    wanted = {land.id for land in facts.lands}
    return [photo.kept for photo in facts.photos if wanted & set(photo.parcels)]


def _row(volume: str, n: int, piece: Piece) -> Mapping[str, object]:
    return {"卷序号": f"{VOLUMES[volume]}{n}", "卷责任者": piece.by or " ", "卷文号": piece.number or " ", "卷题名": piece.title,
            "卷日期": day_text(piece.day) or " ", "卷页号": " ", "卷备注": " " if piece.state == _DONE else piece.state}


def _photo_row(count: int) -> Mapping[str, object]:
    return {"卷序号": "附", "卷责任者": " ", "卷文号": " ", "卷题名": f"{_PHOTO}{count}张", "卷日期": " ", "卷页号": " ", "卷备注": " "}
