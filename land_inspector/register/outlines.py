"""Outlines as the register keeps them: 2-D MultiPolygon WKB, and digests that tell when one was edited."""
from __future__ import annotations

import hashlib
from typing import Any, Iterable, List, Mapping, NamedTuple, Sequence

import numpy as np
import pandas as pd
import shapely

from .events import canonical
from .records import Township
from .tables import ISSUED

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


#: Columns of issued rows that came after the first format.
LATER = frozenset(one.name for one in ISSUED if one.since)


def row_digest(row: Mapping[str, Any], wkb: bytes) -> str:
    """SHA-256 over an issued row and its stored outline."""
    said = {key: value for key, value in row.items() if key != "content"} if "content" in row else row
    if LATER:
        said = {key: value for key, value in said.items() if value is not None or key not in LATER}
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
