"""A layer as it was issued: columns, geometry and what its file says of itself, before anything is judged."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional, Tuple

from osgeo import osr

from ...errors import Message


@dataclass
class SourceTable:
    """Every row of one source layer, column by column.

    ``rows`` holds each row's number in its file, from 1. ``wkb`` is 2-D and linear but otherwise as issued (rings
    may be open or invalid); None where the row has no geometry, with the reason in ``broken`` if it has one that
    cannot be read. ``srs`` is what the file declares, None where it declares nothing usable. ``cut_names`` says
    that field names longer than ten bytes arrived cut (DBF). ``identity`` is the name and the values of the row id, which
    is no column but can be mapped like one.
    """

    file: str
    layer: str
    encoding: str
    columns: Dict[str, List[Any]]
    rows: List[int]
    wkb: List[Optional[bytes]]
    broken: Dict[int, Message] = field(default_factory=dict)
    srs: Optional[osr.SpatialReference] = None
    cut_names: bool = False
    identity: Tuple[str, List[Any]] = ("fid", [])
