"""What the register stores that is no plain value: outlines as WKB with their digests, cases, remedies and matters as JSON."""
from __future__ import annotations

import hashlib
import json
from datetime import date
from functools import lru_cache
from typing import Any, FrozenSet, Iterable, List, Mapping, NamedTuple, Sequence

import numpy as np
import pandas as pd
import shapely

from ..law import remedies
from ..law.areas import Amount
from ..law.case import Case, Item
from ..law.matters.matter import Matter, as_record, from_record, matter_of
from ..law.procedure import Done
from ..law.remedies import Track
from .events import canonical
from .records import Township


# Outlines as the register keeps them: 2-D MultiPolygon WKB, and digests that tell when one was edited.

#: What of a finding counts for the digest of an import.
_FINDING = ("row", "patch", "severity", "rule", "message", "remedy", "area_before_m2", "area_after_m2")


def stored_wkb(wkbs: Sequence[bytes]) -> List[bytes]:
    """Each polygon as the 2-D MultiPolygon, little endian, that the register stores."""
    return stored_outlines(wkbs).wkbs


class Outlines(NamedTuple):
    """Outlines as the register stores them, and the box of each (n × 4: minx, miny, maxx, maxy)."""

    wkbs: List[bytes]
    boxes: np.ndarray


def stored_outlines(wkbs: Sequence[bytes]) -> Outlines:
    """:func:`stored_wkb` with boxes."""
    geometries = np.array(shapely.from_wkb(np.array([*wkbs, None], dtype=object)[:-1]), dtype=object)
    single = np.flatnonzero(shapely.get_type_id(geometries) != shapely.GeometryType.MULTIPOLYGON)
    if len(single):
        geometries[single] = shapely.multipolygons(geometries[single], indices=np.arange(len(single)))
    return Outlines(shapely.to_wkb(geometries, output_dimension=2, byte_order=1).tolist(), shapely.bounds(geometries).reshape(-1, 4))


@lru_cache(maxsize=None)
def later_columns() -> FrozenSet[str]:
    """Columns of issued rows that came after the first format."""
    from .tables import ISSUED  # which reads cases and matters from here

    return frozenset(one.name for one in ISSUED if one.since)


def row_digest(row: Mapping[str, Any], wkb: bytes) -> str:
    """SHA-256 over an issued row and its stored outline."""
    said = {key: value for key, value in row.items() if key != "content"} if "content" in row else row
    later = later_columns()
    if later:
        said = {key: value for key, value in said.items() if value is not None or key not in later}
    return hashlib.sha256(canonical(said).encode("utf-8") + wkb).hexdigest()


def joint_digest(digests: Iterable[str]) -> str:
    """One SHA-256 over many, in order."""
    return hashlib.sha256("\n".join(digests).encode("ascii")).hexdigest()


def set_aside_digest(rows: pd.DataFrame, findings: pd.DataFrame) -> str:
    """SHA-256 over the rows that an import set aside and over what it found, as they are stored (frames ``quarantine`` and ``finding``)."""
    said = [[row.row, row.attributes, (row.wkb or b"").hex(), row.reason] for row in rows.sort_values("row").itertuples()]
    noted = [[_plain(value) for value in row] for row in findings[list(_FINDING)].itertuples(index=False, name=None)]
    return hashlib.sha256(canonical([said, noted]).encode("utf-8")).hexdigest()


def _plain(value: Any) -> Any:
    return None if value is None or value != value else value.item() if isinstance(value, np.generic) else value


def townships_digest(townships: Sequence[Township]) -> str:
    """SHA-256 over codes, names, stations and stored outlines, by code."""
    ordered = sorted(townships, key=lambda t: t.code)
    outlines = stored_wkb([t.wkb for t in ordered])
    parts = (f"{t.code}\x1f{t.name}\x1f{t.station}".encode("utf-8") + wkb for t, wkb in zip(ordered, outlines))
    return joint_digest(hashlib.sha256(part).hexdigest() for part in parts)


# Cases, remedies and matters as the JSON that the register stores, and back.

def case_text(case: Case) -> str:
    """Acts and decided remedies of a case."""
    acts = [[done.act, done.on.isoformat(), dict(done.particulars)] for done in case.acts]
    return canonical({"acts": acts, "items": [_item_record(item) for item in case.items]})


def case_from_text(case_id: str, parcels: Sequence[str], state: str, since: str, text: str) -> Case:
    """The case of a stored row; ``since`` is ISO, ``text`` the JSON of acts and remedies decided."""
    said = json.loads(text)
    acts = tuple(Done(act, date.fromisoformat(on), particulars) for act, on, particulars in said["acts"])
    return Case(case_id, tuple(parcels), state, date.fromisoformat(since), acts, tuple(_item(item) for item in said["items"]))


def _item_record(item: Item) -> Mapping[str, Any]:
    return {"id": item.id, "kind": item.kind, "amount": item.amount.as_record(), "stage": item.stage,
            "since": item.since.isoformat() if item.since else None, "perform_days": item.perform_days}


def _item(said: Mapping[str, Any]) -> Item:
    since = date.fromisoformat(said["since"]) if said["since"] else None
    return Item(said["id"], said["kind"], Amount.from_record(said["amount"]), said["stage"], since, said["perform_days"])


def track_text(track: Track) -> str:
    """A remedy as canonical JSON."""
    return canonical(remedies.as_record(track))


def track_from_text(text: str) -> Track:
    """A remedy from the JSON of :func:`track_text`."""
    return remedies.from_record(json.loads(text))


def matter_text(matter: Matter) -> str:
    """The steps of a matter."""
    return canonical([as_record(step) for step in matter.steps])


def matter_from_text(matter_id: str, kind: str, number: str, text: str) -> Matter:
    """A matter from its steps. Raises ValueError where none of them opens it."""
    found = matter_of(matter_id, kind, number, [from_record(said) for said in json.loads(text)])
    if found is None:
        raise ValueError(f"the matter {number} has no opening")
    return found
