"""Proposing verdicts: measured facts and a rule pack go to the law room; what it says is kept apart from every verdict (R53)."""
from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

import pandas as pd

from ..errors import InputError
from ..law.facts import Cover, Document, Facts, SKETCH
from ..law.image_dates import build_window, parse_image_date
from ..law.judgement import Proposal, propose
from ..law.rulepack import RulePack, choose, parse, shipped_packs
from ..law.parameters import Parameters
from ..progress import Progress
from . import kinds, register_frames
from .events import Draft, UNDONE, canonical, in_force, known_by
from .field_work import site_finding
from .register import Recorded, Register, utc_now
from .state import Batch


# Rule packs of a register: shipped ones are always there; a bureau's own comes in by an event and stays (architecture.md §1).

def pack_content(path: Path) -> bytes:
    """What a pack's file holds, of rules or of a kind of ledger; InputError where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError("{file} cannot be read.", "Check the path.", file=str(path)) from error


def import_pack(register: Register, content: bytes, file: str, *, by: Optional[str] = None) -> Recorded:
    """Bring a bureau's pack in; InputError names file, line and reason of a wrong one. The same pack again records nothing new."""
    pack = parse(content, file)
    payload = {"file": file, "digest": pack.digest, "id": pack.id, "version": pack.version, "content": content.decode("utf-8-sig")}
    if any(known.digest == pack.digest for known in packs(register)):
        return Recorded("", [])
    return register.record(lambda state: [Draft(kinds.RULEPACK_IMPORTED, (pack.digest,), payload)], by=by, patches=[])


def packs(register: Register, known_at: Optional[str] = None) -> List[RulePack]:
    """Every pack this register may use: the shipped ones and its own that are in force; ``known_at`` (UTC text as in the events) leaves
    out what was brought in, or taken out, later."""
    own = list(known_by(register.storage.events_of_kind(kinds.RULEPACK_IMPORTED), known_at))
    undone = known_by(register.storage.events_of_kind(UNDONE), known_at) if own else ()
    history = in_force([*own, *undone])
    return [*shipped_packs(), *(parse(e.payload["content"].encode("utf-8"), e.payload["file"]) for e in history)]


def pack_of(register: Register, batch: Batch, violation_on: Optional[date] = None, known_at: Optional[str] = None) -> RulePack:
    """The pack for a batch's regime on the date of the violation (by default the day the batch was issued), among those that the
    register had at ``known_at``."""
    return choose_for(packs(register, known_at), batch, violation_on)


def limits_of(register: Register, regime: str, issued_on: Optional[str]) -> Parameters:
    """The limits of the pack that a batch of this regime and day of issue (ISO, None: today) will be judged by."""
    return choose(packs(register), regime, date.fromisoformat(issued_on) if issued_on else date.today()).parameters


def choose_for(known: Sequence[RulePack], batch: Batch, violation_on: Optional[date] = None) -> RulePack:
    """:func:`pack_of` among packs that were read already."""
    day = violation_on or date.fromisoformat(batch.XFRQ or f"{batch.ND}-12-31")
    return choose(known, batch.ZD, day)


_STEP = 500


@dataclass(frozen=True)
class Proposed:
    """How many parcels got which proposal; ``by_verdict`` counts ZDPD1 (0 is "cannot tell")."""

    parcels: int
    by_verdict: Mapping[str, int]
    by_rule: Mapping[str, int]


def propose_batch(register: Register, batch: str, progress: Optional[Progress] = None) -> Proposed:
    """Rules R20–R32 for every living parcel of a batch that has been measured; one proposal a parcel replaces the last.

    Raises InputError when nothing of the batch was measured.
    """
    known = register.batch(batch)
    rows = measured_rows(register.parcels(batch), register.storage.frame("evidence_summary", batch_id=known.id))
    if not rows:
        raise InputError("Nothing of batch {batch} has been measured.", "Measure its evidence first.", batch=batch)
    found = papers(register.storage.frame("evidence_document", batch_id=known.id))
    return _propose(register, pack_of(register, known), rows, found, progress or Progress())


def propose_again(register: Register, parcel_ids: Sequence[str]) -> None:
    """The same for some parcels, after something new was found out about them; those never measured are left alone."""
    parcels = register_frames.with_evidence(register.storage.frame("parcel", ids=parcel_ids))
    rows = measured_rows(parcels, register.storage.frame("evidence_summary", ids=parcel_ids))
    found = papers(register.storage.frame("evidence_document", ids=parcel_ids))
    for code in dict.fromkeys(row["PCBH"] for row in rows):
        pack = pack_of(register, register.batch(code))
        _propose(register, pack, [row for row in rows if row["PCBH"] == code], found, Progress())


def _propose(register: Register, pack: RulePack, rows: Sequence[Mapping[str, Any]], papers: Mapping[str, Mapping[str, List[Document]]],
             progress: Progress) -> Proposed:
    made: List[Dict[str, Any]] = []
    for number, row in enumerate(rows):
        if number % _STEP == 0:
            progress.step(0.9 * number / len(rows))
        proposal = propose(facts_of(row, papers.get(row["parcel_id"], {})), pack)
        made.append(_stored(row, proposal, pack))
    with register.storage.writing():
        register.storage.save_proposals(made)
    progress.step(1.0)
    return Proposed(len(made), Counter(row["ZDPD1"] for row in made), Counter(row["ZDGZ"] or "-" for row in made))


def measured_rows(parcels: pd.DataFrame, summary: pd.DataFrame) -> List[Dict[str, Any]]:
    """Parcels (of the frame ``parcel``, with evidence) beside what was measured of them, as rows; those never measured are left out."""
    rows = parcels.merge(summary[["parcel_id", "shape_id", "run_id", "facts"]], on=["parcel_id", "shape_id"], how="inner", validate="1:1")
    return rows.astype(object).where(rows.notna(), None).to_dict("records")


def papers(documents: pd.DataFrame) -> Dict[str, Dict[str, List[Document]]]:
    """Documents by parcel and role."""
    found: Dict[str, Dict[str, List[Document]]] = {}
    for row in documents.to_dict("records"):
        said = json.loads(row["attributes"])
        paper = Document(said.get("number"), _day(said.get("date")), _day(said.get("until")), row["area_m2"], said.get("user"),
                         said.get("project"), said.get("use"))
        found.setdefault(row["parcel_id"], {}).setdefault(row["role"], []).append(paper)
    return found


def _day(text: Optional[str]) -> Optional[date]:
    return date.fromisoformat(text) if text else None


def facts_of(row: Mapping[str, Any], papers: Mapping[str, List[Document]]) -> Facts:
    """What the rules are told of a row of :func:`measured_rows` and its papers by role."""
    said = json.loads(row["facts"])
    built = parse_image_date(row["JSSJ"])
    return Facts(
        area_m2=row["DKMJ"], cultivated_m2=row["GDMJ"], other_farm_m2=row["FGNYDMJ"], construction_m2=row["JSYDMJ"],
        unused_m2=row["WLYDMJ"], survey_share=said["survey_share"], farmland_m2=row["JBNTMJ"], redline_m2=row["STHXMJ"],
        plan_inside_m2=row["FHGHMJ"], measured=frozenset(said["measured"]), covers=_covers(said["covers"], papers),
        combined=_covers(said["combined"], {}), window=build_window(row["QSX"], row["HSX"]),
        built_on=built.first if built and built.is_one_day else None, year=row["ND"],
        site=site_finding(row["site"], row["photos"], row["SJDL"]),
        tblx=row["TBLX"], user=row["YDDW"], is_sketch=row["TZ"] == SKETCH)


def _covers(said: Mapping[str, List[Optional[float]]], papers: Mapping[str, List[Document]]) -> Dict[str, Cover]:
    return {role: Cover(area, cultivated, tuple(papers.get(role, ()))) for role, (area, cultivated) in said.items()}


def _stored(row: Mapping[str, Any], proposal: Proposal, pack: RulePack) -> Dict[str, Any]:
    return {
        "parcel_id": row["parcel_id"], "shape_id": row["shape_id"], "ZDPD1": proposal.level1, "ZDPD2": proposal.level2,
        "ZDGZ": proposal.rule, "YZX": proposal.consistency(row["PDJL1"], row["PDJL2"]),
        "reasons": _texts(proposal.reasons, proposal.warnings),
        "needs": _texts(proposal.needs), "split_along": proposal.split.role if proposal.split else None, "run_id": row["run_id"],
        "rulepack": pack.digest, "proposed_at": utc_now(),
    }


def _texts(*groups: Tuple[Any, ...]) -> str:
    return canonical([text.as_record() for group in groups for text in group])
