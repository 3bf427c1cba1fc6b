"""Parcels as lists and cards show them: rows, facts, outlines, the state of their patches; and whether anything has changed."""
from __future__ import annotations

import json
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

import pandas as pd

from .. import kinds
from ..events import Event, UNDONE, in_force
from ..own_patches import queue_places
from ..records import Township
from ..register import Register
from ..state import Parcel, State


def version_of(register: Register) -> str:
    """A text that changes whenever an act is recorded, evidence measured or a verdict proposed; cheap enough for each second.

    What follows its first ``/`` changes with evidence and proposals only. Raises GoneError where the register is no longer there."""
    return register.storage.version()


def news_since(register: Register, version: str) -> Tuple[str, bool]:
    """:func:`version_of` now, and whether anybody but this installation has written since an earlier ``version``."""
    now = version_of(register)
    before, _slash, measured = version.partition("/")
    newest, _slash, measured_now = now.partition("/")
    if not before.isdecimal() or not newest.isdecimal() or measured != measured_now:
        return now, now != version
    return now, register.storage.has_others(int(before), register.origin())


def living_list(register: Register, batch: str) -> pd.DataFrame:
    """The parcels of a batch (PCBH) that are alive, one row each, with what lists show and filter by.

    ``xmin`` … ``ymax`` are the outline's box in the register's CRS. A batch of own patches has its order in ``queue_place``."""
    frame = register.storage.frame("queue", batch_id=register.batch(batch).id)
    places = register.storage.boxes().set_index("shape_id").reindex(frame["shape_id"])
    for name in places:
        frame[name] = places[name].to_numpy()
    queue = queue_places(register, batch)
    if queue:
        frame["queue_place"] = [queue.get(key, len(queue)) for key in frame["parcel_id"]]
    return frame[(frame["retired"] == 0) & (frame["gone"] == 0)]


def list_rows(register: Register, ids: Iterable[str]) -> pd.DataFrame:
    """Rows like :func:`living_list`'s, without boxes, of some parcels."""
    return register.storage.frame("queue", ids=ids)


def rows_of(register: Register, ids: Iterable[str]) -> List[Dict[str, Any]]:
    """Everything stored of some parcels by column: issued, measured (``measured_…``), proposed, judged. Areas in m², None for absence;
    in no promised order."""
    return plain(register.storage.frame("parcel", ids=list(ids)))


def facts_of(register: Register, parcel_id: str) -> Optional[Dict[str, Any]]:
    """:func:`rows_of` of one parcel; None where the register has no such parcel."""
    rows = rows_of(register, [parcel_id])
    return rows[0] if rows else None


def plain(frame: pd.DataFrame) -> List[Dict[str, Any]]:
    """A frame's rows by column name; absence is None."""
    return frame.astype(object).where(frame.notna(), None).to_dict("records")


def outlines(register: Register, shape_ids: Iterable[str]) -> Dict[str, bytes]:
    """WKB in the register's CRS by shape id."""
    return register.storage.shapes(shape_ids)


def outline(register: Register, shape_id: str) -> bytes:
    """One outline (WKB in the register's CRS). KeyError for a shape that is not there."""
    return register.storage.shapes([shape_id])[shape_id]


def meeting(register: Register, box: Tuple[float, float, float, float]) -> List[str]:
    """Ids of the living parcels of every batch whose box meets ``box`` (xmin, ymin, xmax, ymax in the register's CRS)."""
    return register.storage.parcels_in(box)


def state_of(register: Register, patches: Iterable[str]) -> State:
    """Everything stored of some patches: their parcels, cases, remedies, photos, and all batches."""
    return register.storage.load_state(patches=list(patches))


def review_state_of(parcel: Parcel) -> str:
    """HSZT, where a visit on site counts as the check in the field even before a level has passed the parcel."""
    return "2" if parcel.site and parcel.HSZT in ("0", "1") else str(parcel.HSZT)


def pieces_of(register: Register, patch_id: str) -> List[Parcel]:
    """The parcels of a patch that are alive, by number."""
    return sorted(state_of(register, [patch_id]).alive_in(patch_id), key=lambda parcel: parcel.DKBH)


def shown_on(register: Register, photo_id: str) -> List[str]:
    """Ids of the parcels that a photo in force proves."""
    return [key for listed in register.storage.frame("photo", ids=[photo_id])["parcels"] for key in json.loads(listed)]


def returned_days(register: Register) -> Dict[str, List[str]]:
    """By batch (PCBH) the days (ISO, '' for none) by which returned parcels must be answered."""
    found: Dict[str, List[str]] = {}
    for row in register.storage.frame("returned").itertuples():
        found.setdefault(row.PCBH, []).append(json.loads(row.review).get("answer_by") or "" if row.review else "")
    return found


def judged_at(register: Register, batch: str) -> Dict[str, str]:
    """When (UTC, as recorded) the verdict in force on each living parcel of a batch (PCBH) was given, by parcel id."""
    rows = register.storage.frame("verdict", batch_id=register.batch(batch).id)
    return dict(zip(rows["parcel_id"], rows["recorded_at"]))


def in_order(rows: Sequence[Mapping[str, Any]], ids: Sequence[str]) -> List[Mapping[str, Any]]:
    """Rows of :func:`rows_of` in the order of ``ids``. KeyError for one that is not there."""
    known = {row["parcel_id"]: row for row in rows}
    return [known[key] for key in ids]


# What was done, as events: the acts on a parcel, the acts of one action, and who stands behind an id.

def on_subjects(register: Register, *subjects: str) -> List[Event]:
    """Every event that names one of these parcels, patches, batches or cases, in the order in which they are folded."""
    return register.storage.events(subjects=subjects)


def of_group(register: Register, *groups: str) -> List[Event]:
    """The events of one user action, or of several, in the order in which they are folded."""
    return register.storage.events(groups=groups)


def notes_in_force(register: Register) -> List[Event]:
    """Every written note that nobody took back."""
    return in_force([*register.storage.events_of_kind(kinds.NOTE_WRITTEN), *register.storage.events_of_kind(UNDONE)])


def names(register: Register) -> Dict[str, str]:
    """The name behind each person's id; the id itself where names are not kept, nothing where they were taken out."""
    return {key: name for key, (name, _salt) in register.storage.people().items()}


def known_names(register: Register) -> Dict[str, str]:
    """Like :func:`names`, without those whose name is not kept."""
    return {key: name for key, name in names(register).items() if name != key}


# What was measured and proposed of a parcel, as its card and the cutting tools show it. Areas in m².

def proposals(register: Register, parcel_id: str) -> pd.DataFrame:
    """The proposal for one parcel: no row or one."""
    return register.storage.frame("proposal", ids=[parcel_id])


def areas(register: Register, parcel_id: str) -> pd.DataFrame:
    """``role``, ``layer``, ``class`` and ``area_m2`` of the last measuring of one parcel, with its ``run_id``."""
    return register.storage.frame("evidence_area", ids=[parcel_id])


def documents(register: Register, parcel_id: str) -> pd.DataFrame:
    """The papers (approvals, supplies …) that lie over one parcel; ``attributes`` is JSON."""
    return register.storage.frame("evidence_document", ids=[parcel_id])


def layers(register: Register, runs: Iterable[str]) -> pd.DataFrame:
    """The layers of some measurings, with their fingerprints."""
    return register.storage.frame("evidence_layer", ids=runs)


def last_profile(register: Register, batch: str) -> Optional[str]:
    """What the newest measuring of a batch (PCBH) was measured against, as JSON; None where it was never measured."""
    runs = register.storage.frame("evidence_run", batch_id=register.batch(batch).id)
    return None if runs.empty else str(runs.sort_values("measured_at")["profile"].iloc[-1])


# Townships as a page draws them.

def township_outlines(register: Register) -> Dict[str, Township]:
    """Every township with its outline (WKB in the register's CRS), by code."""
    return {township.code: township for township in register.storage.townships()}
