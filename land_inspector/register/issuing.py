"""Issuing: a batch comes in, or comes again (domain.md §0.2-3: numbered issues, all kept)."""
from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Dict, List, Mapping, Optional, Sequence, Tuple

import numpy as np
import shapely

from ..errors import InputError, StaleError, message
from ..progress import Progress
from . import kinds
from .events import Draft, canonical, collecting_paused
from .guards import refuse_future
from .stored_forms import joint_digest, row_digest, set_aside_digest, stored_outlines
from .records import BatchInfo, Finding, Intake, IssuedPatch
from .parties import keeps_names
from .personal import without_persons
from .register import Register, effective_on_text
from .tables import DATE, INTEGER, ISSUED, REAL, TEXT
from .state import Batch, derived_id

#: Two outlines are the same issue of a patch when no vertex moved by more than this (m, or degrees × 1e-5).
SAME_OUTLINE_M = 0.01
#: How often an issue is compared anew where somebody else was quicker.
_ATTEMPTS = 3
#: A changed area is worth a word beyond the audit tolerance of 0.01 亩 (domain.md §2.4).
SAME_AREA_M2 = 20 / 3


@dataclass(frozen=True)
class IssueResult:
    """What an import did. Changes are lists of patch numbers (JCBH) against the issue before."""

    batch_id: str
    issue_no: int
    rows: int
    imported: int
    repaired: int
    quarantined: int
    new: Sequence[str] = ()
    gone: Sequence[str] = ()
    moved: Sequence[str] = ()
    area_changed: Sequence[str] = ()
    findings: Sequence[Finding] = ()
    group: Optional[str] = None

    @property
    def changed(self) -> int:
        """How many patches came, went, moved or changed their area."""
        return len(self.new) + len(self.gone) + len(self.moved) + len(self.area_changed)


def issue_batch(register: Register, info: BatchInfo, intake: Intake, by: Optional[str] = None,
                progress: Optional[Progress] = None) -> IssueResult:
    """Bring a source into the register as a batch, or as the next issue of one.

    The same content again changes nothing and records nothing. Raises InputError when the batch exists with another
    regime or area method, or when the source holds no usable row, StaleError where others bring issues of this batch in without a pause.
    Cancelled until the event is written: nothing is kept.
    """
    info = replace(info, **{name: effective_on_text(getattr(info, name)) for name in ("issued_on", "due_on", "deduct_until")})
    refuse_future(Draft(kinds.BATCH_ISSUED, (), {}, info.issued_on))
    with collecting_paused():
        for _attempt in range(_ATTEMPTS - 1):
            try:
                return _issue(register, info, intake, by, progress or Progress())
            except StaleError:
                continue  # somebody else brought an issue of this batch in meanwhile: compare with that one
        return _issue(register, info, intake, by, progress or Progress())


def _issue(register: Register, info: BatchInfo, intake: Intake, by: Optional[str], progress: Progress) -> IssueResult:
    """The long part lies outside the transaction; that it was worked out on what is there now is looked at inside."""
    if not keeps_names(register):
        intake = without_persons(intake)
    batch_id = derived_id(register.meta["county_code"], info.code)
    known = register.storage.load_state(patches=[]).batches.get(batch_id)
    _check(known, info, intake)
    issue_no = known.issue_no + 1 if known else 1
    before = _issue_before(register, known)
    progress.step(0.0, message("Entering {n} patches", n=len(intake.patches)))
    _refuse_other_part(before, info, intake)
    digest = _content_digest(intake, progress.part(0.0, 0.1))
    if known and _last_digest(known) == digest:
        return _result(intake, batch_id, known.issue_no, _Changes())
    changes, bases = _compare(before, intake.patches, progress.part(0.1, 0.2))
    issue_id = derived_id(batch_id, issue_no, digest, joint_digest(bases))
    result = _result(intake, batch_id, issue_no, changes if known else _Changes())
    outlines = stored_outlines([patch.wkb for patch in intake.patches])
    rows = [_issued_row(patch, basis, wkb, issue_id, batch_id, issue_no)
            for patch, basis, wkb in progress.watch(list(zip(intake.patches, bases, outlines.wkbs)), 0.2, 0.4)]
    payload = {"batch": _batch_row(batch_id, info, intake), "issue": _issue_row(issue_id, issue_no, intake, rows, result, digest)}
    draft = Draft(kinds.BATCH_ISSUED, (batch_id,), payload, info.issued_on)

    def prepare() -> None:
        storage = register.storage
        storage.add_issue(rows, outlines, progress.part(0.4, 0.6))
        storage.add_quarantined(issue_id, intake.quarantined)
        storage.add_findings(intake.file, issue_id, [*intake.findings, *result.findings])
        aside, noted = (storage.frame(table, ids=[issue_id]) for table in ("quarantine", "finding"))
        payload["issue"]["set_aside"] = set_aside_digest(aside, noted)

    recorded = register.record(lambda state: [draft], by=by, batches=[batch_id], prepare=prepare,
                               seen={batch_id: known.last_event if known else ""}, progress=progress.part(0.6, 1.0))
    progress.show(1.0)
    return IssueResult(**{**result.__dict__, "group": recorded.group})


def _refuse_other_part(before: Mapping[str, "_Before"], info: BatchInfo, intake: Intake) -> None:
    """A file without a single patch of the batch is another part of the same issue, township by township, or another issue: taken as a
    re-issue it would drop all that is there. Raises InputError."""
    there = set(before)
    if there and not there & {patch.attributes["JCBH"] for patch in intake.patches}:
        raise InputError(
            "None of the {n} patches of {file} is in batch {batch}, which holds {there} others: as a re-issue it would drop all of them.",
            "If it is another part of the same issue, give all parts together (one folder or .zip); else give another batch code.",
            n=len(intake.patches), file=intake.file, batch=info.code, there=len(there))


@dataclass
class _Changes:
    new: List[str]
    gone: List[str]
    moved: List[str]
    area_changed: List[str]

    def __init__(self) -> None:
        self.new, self.gone, self.moved, self.area_changed = [], [], [], []


@dataclass(frozen=True)
class _Before:
    """A patch as the last issue had it."""

    basis: str
    wkb: bytes
    area_m2: float
    issued_m2: Optional[float]


def _check(known: Optional[Batch], info: BatchInfo, intake: Intake) -> None:
    if not intake.patches:
        raise InputError("{file} holds no patch that can be used; {n} rows were set aside.",
                         "Read the reasons in the report and mend the source.", file=intake.file, n=len(intake.quarantined))
    if known and (known.ZD, known.MJFF) != (info.regime, info.area_method):
        raise InputError("Batch {batch} exists with another regime or area method.",
                         "Use regime {regime} and area method {method}, or another batch code.",
                         batch=info.code, regime=known.ZD, method=known.MJFF)


def _content_digest(intake: Intake, progress: Progress) -> str:
    """What was read, so that the same file with another mapping or coordinate system is not taken for the same issue."""
    return joint_digest(row_digest({**patch.attributes, "other": patch.other}, patch.wkb) for patch in progress.watch(intake.patches))


def _last_digest(batch: Batch) -> str:
    return json.loads(batch.issues)[-1]["digest"]


def due_date(issued_on: Optional[str]) -> Optional[str]:
    """月清: the last day of the month after the one of issue (R39)."""
    if issued_on is None:
        return None
    day = date.fromisoformat(issued_on)
    months = day.month + 2
    return (date(day.year + (months - 1) // 12, (months - 1) % 12 + 1, 1) - timedelta(days=1)).isoformat()


def _batch_row(batch_id: str, info: BatchInfo, intake: Intake) -> Dict[str, object]:
    return {
        "id": batch_id, "PCBH": info.code, "PCMC": info.name, "ND": info.year, "YF": info.month, "ZD": info.regime,
        "LY": info.source, "XFRQ": info.issued_on, "JZRQ": info.due_on or due_date(info.issued_on),
        "KJRQ": info.deduct_until, "CRS": intake.crs, "MJFF": info.area_method,
    }


_KIND = {TEXT: str, DATE: str, REAL: float, INTEGER: int}
_ISSUED_KINDS = tuple((one.name, _KIND[one.kind]) for one in ISSUED)


def _issued_row(patch: IssuedPatch, basis: str, wkb: bytes, issue_id: str, batch_id: str, issue_no: int) -> Dict[str, object]:
    """The row as stored, every value in its column's own kind so that its digest can be taken again from the file."""
    label = patch.attributes["JCBH"]
    row = {"issued_id": derived_id(issue_id, patch.row), "issue_id": issue_id, "patch_id": derived_id(batch_id, label),
           "batch_id": batch_id, "issue_no": issue_no, "row": patch.row, "JCBH": label, "repaired": int(patch.repaired),
           "basis": basis, "other": canonical(patch.other)}
    said = {**patch.attributes, "MJ": patch.area_m2}
    for name, kind in _ISSUED_KINDS:
        value = said.get(name)
        row[name] = None if value is None else kind(value) + 0.0 if kind is float else kind(value)  # a file keeps no -0.0
    row["content"] = row_digest(row, wkb)
    return row


def _issue_row(issue_id: str, issue_no: int, intake: Intake, rows: Sequence[Dict[str, object]],
               result: IssueResult, digest: str) -> Dict[str, object]:
    content = joint_digest(row["content"] for row in rows)
    return {
        "id": issue_id, "no": issue_no, "file": intake.file, "file_digest": intake.digest, "digest": digest,
        "content": content, "rows": intake.rows,
        "imported": result.imported, "quarantined": result.quarantined, "repaired": result.repaired,
        "area_m2": float(np.sum([p.area_m2 for p in intake.patches])), "encoding": intake.encoding, "unit": intake.unit,
        "new": len(result.new), "gone": len(result.gone), "moved": len(result.moved), "area_changed": len(result.area_changed),
    }


def _issue_before(register: Register, known: Optional[Batch]) -> Dict[str, _Before]:
    if known is None:
        return {}
    rows = register.storage.frame("issued", batch_id=known.id)
    rows = rows[rows["issue_no"] == known.issue_no]
    shapes = register.storage.shapes(rows["issued_id"])
    return {row.JCBH: _Before(row.basis, shapes[row.issued_id], row.MJ, _number(row.JCMJ)) for row in rows.itertuples()}


def _number(value: object) -> Optional[float]:
    return None if value is None or value != value else float(value)


def _basis(patch: IssuedPatch) -> str:
    """Digest of what a verdict rests on: the outline as issued and the issued area."""
    return hashlib.sha256(patch.wkb + repr(patch.attributes.get("JCMJ")).encode()).hexdigest()


def _compare(before: Dict[str, _Before], patches: Sequence[IssuedPatch], progress: Progress) -> Tuple[_Changes, List[str]]:
    """Changes against the last issue, and the basis of every row: unchanged patches keep the basis they had."""
    changes, bases = _Changes(), []
    for patch in progress.watch(patches):
        label, old = patch.attributes["JCBH"], before.get(patch.attributes["JCBH"])
        if old is None:
            changes.new.append(label)
        elif _area_changed(old, patch):
            changes.area_changed.append(label)
        elif not _same_outline(old.wkb, patch.wkb):
            changes.moved.append(label)
        else:
            bases.append(old.basis)
            continue
        bases.append(_basis(patch))
    named = {patch.attributes["JCBH"] for patch in patches}
    changes.gone.extend(label for label in before if label not in named)
    return changes, bases


def _area_changed(old: _Before, patch: IssuedPatch) -> bool:
    issued = _number(patch.attributes.get("JCMJ"))
    if (issued is None) != (old.issued_m2 is None):
        return True
    reissued = issued is not None and abs(issued - old.issued_m2) > SAME_AREA_M2
    return reissued or abs(patch.area_m2 - old.area_m2) > SAME_AREA_M2


def _same_outline(one: bytes, two: bytes) -> bool:
    if one == two:
        return True
    a, b = shapely.normalize(shapely.from_wkb([one, two]))
    degrees = np.abs(shapely.bounds(a)).max() <= 360
    tolerance = SAME_OUTLINE_M * (1e-5 if degrees else 1.0)
    return bool(shapely.equals_exact(a, b, tolerance) or shapely.hausdorff_distance(a, b) <= tolerance)


def _result(intake: Intake, batch_id: str, issue_no: int, changes: _Changes) -> IssueResult:
    judged = message("A verdict given before rests on the last issue; judge again if it matters.")
    said = (
        (changes.new, message("New in this issue."), message("Review it.")),
        (changes.gone, message("No longer in this issue; it takes no part in figures any more."),
         message("Ask the issuer if you expected it.")),
        (changes.moved, message("The outline differs from the last issue."), judged),
        (changes.area_changed, message("The area differs from the last issue."), judged),
    )
    findings = [Finding("W", text, remedy, patch=label) for labels, text, remedy in said for label in labels]
    return IssueResult(
        batch_id=batch_id, issue_no=issue_no, rows=intake.rows, imported=len(intake.patches),
        repaired=sum(p.repaired for p in intake.patches), quarantined=len(intake.quarantined), findings=findings,
        **{name: tuple(value) for name, value in changes.__dict__.items()})
