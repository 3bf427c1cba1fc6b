"""The papers behind evidence: one row for each parcel and feature of a layer that holds papers."""
from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any, List, Optional, Sequence

import pandas as pd

from ..progress import Progress
from .profile import DOCUMENT_FIELDS, EvidenceLayer
from .sources import Source
from .survey import PieceTable, Survey

DOCUMENT_COLUMNS = ("parcel_id", "role", "layer", "feature", *DOCUMENT_FIELDS, "area_m2")
_DATE = re.compile(r"(\d{4})\D?(\d{1,2})\D?(\d{1,2})")


def documents_of(
    ids: Sequence[str], survey: Survey, layer: EvidenceLayer, source: Source, progress: Progress,
) -> pd.DataFrame:
    """The papers of a layer, measured: see :func:`documents_table`."""
    return documents_table(ids, layer, survey.pieces(source, document_fields(layer), progress))


def document_fields(layer: EvidenceLayer) -> List[str]:
    """The layer's own fields that say something about its papers."""
    return [own for name, own in layer.fields.items() if name in DOCUMENT_FIELDS]


def documents_table(ids: Sequence[str], layer: EvidenceLayer, table: PieceTable) -> pd.DataFrame:
    """Columns ``DOCUMENT_COLUMNS``; dates are ISO text, and what the layer does not have is None."""
    mapped = {name: own for name, own in layer.fields.items() if name in DOCUMENT_FIELDS}
    count = len(table.patch)
    frame = pd.DataFrame({
        "parcel_id": [ids[row] for row in table.patch], "role": layer.role, "layer": layer.key,
        "feature": table.feature.tolist(), "area_m2": table.area_m2.tolist(),
    }, columns=list(DOCUMENT_COLUMNS), dtype=object)
    for name in DOCUMENT_FIELDS:
        values: List[Any] = table.columns[mapped[name]] if name in mapped else [None] * count
        frame[name] = pd.Series([_said(name, value) for value in values], dtype=object, index=frame.index)
    return frame


def _said(name: str, value: Any) -> Optional[str]:
    if value is None or str(value).strip() == "":
        return None
    return iso_date(value) if name in ("date", "until") else str(value).strip()


def iso_date(value: Any) -> Optional[str]:
    """YYYY-MM-DD out of a date, ``2021/3/5``, ``20210305`` or ``2021年3月5日``; None where there is no full date."""
    if isinstance(value, (date, datetime)):
        return value.isoformat()[:10]
    found = _DATE.search(str(value))
    if found is None:
        return None
    try:
        return date(*(int(part) for part in found.groups())).isoformat()
    except ValueError:
        return None
