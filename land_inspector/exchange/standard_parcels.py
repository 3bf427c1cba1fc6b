"""Judged parcels in the field's standard names, as every package and list of ours gives them out (domain.md §1.6, §9).

The register keeps its own keys; the numbers that the official system knows are derived here: a child of a split patch is
``JCBH_n`` and names its patch in FJCBH. People stay in: who uses land is left out unless it is asked for (R54).
"""
from __future__ import annotations

import re
from typing import Any, Iterable, List, Sequence, Tuple

import numpy as np
import pandas as pd

from ..register.personal import is_person, masked
from ..register.register import Register
from ..register.tables import ALL_FIELDS, MEASURED, PROPOSAL, TEXT, VERDICT, Field, names

#: Fields that may name a person: the land user, and free text in which an office may have written a name.
PERSONAL = ("YDDW",)
#: Texts in which people write what they like; without land users, what in them names somebody is masked.
FREE_TEXTS = ("BZ", "PDSM", "XMMC")
_PARENT = Field("FJCBH", TEXT, "父斑编号", "Parent patch number")
_STATION = Field("ZSDM", TEXT, "自然资源所", "Station")
_ORDER: Tuple[str, ...] = (
    "PCBH", "ND", "YF", "XZQDM", "XMC", "XZDM", "XZMC", "ZSDM", "CMC", "JCBH", "FJCBH", "DKBH", "TBZT", "TBLX", "TZ", "QSX", "HSX",
    "JCMJ", "MJ", "GDMJ0", "JBNTMJ0", "DKMJ", *names(MEASURED), *names(VERDICT), *names(PROPOSAL), "HSZT", "TBJB", "BZ",
)
_FIELDS = {**ALL_FIELDS, **{field.name: field for field in (_PARENT, _STATION)}}


def standard_fields(with_users: bool = False) -> List[Field]:
    """The fields given out, in order; those that name land users only ``with_users``."""
    return [_FIELDS[name] for name in _ORDER if with_users or name not in PERSONAL]


def standard_parcels(parcels: pd.DataFrame) -> pd.DataFrame:
    """``register.parcels()`` with derived numbers; the register's own ``parcel_id`` and ``shape_id`` stay for joining."""
    said = {name: _said(parcels[name]) for name in parcels}
    is_child, numbers = (parcels["TBZT"] == "2").to_numpy(), said["JCBH"]
    said["FJCBH"], said["JCBH"] = np.where(is_child, numbers, None), numbers.copy()
    children = np.flatnonzero(is_child)
    said["JCBH"][children] = [child_number(patch, parcel) for patch, parcel in zip(numbers[children], said["DKBH"][children])]
    return pd.DataFrame(said, index=parcels.index, dtype=object)


def _said(column: pd.Series) -> np.ndarray:
    """The values as Python has them, None where there is none."""
    values, lacking = column.to_numpy(dtype=object), column.isna().to_numpy()
    return np.where(lacking, None, values) if lacking.any() else values


def given_parcels(parcels: pd.DataFrame, names: Iterable[str], with_users: bool) -> pd.DataFrame:
    """Parcels as they are given out: :func:`standard_parcels`, in whose free texts nobody is named unless ``with_users``."""
    frame = standard_parcels(parcels)
    return frame if with_users else without_people(frame, names)


def without_people(parcels: pd.DataFrame, names: Iterable[str]) -> pd.DataFrame:
    """Standard parcels whose free texts name nobody: telephone, identity and account numbers, ``names`` and the row's own land user."""
    frame, known = parcels.copy(deep=False), list(names)  # columns are replaced, none is written into
    users = frame["YDDW"] if "YDDW" in frame else pd.Series([None] * len(frame), index=frame.index)
    for name in FREE_TEXTS:
        if name in frame:
            frame[name] = [_masked(text, user, known) for text, user in zip(frame[name], users)]
    return frame


def _masked(text: Any, user: Any, known: Sequence[str]) -> Any:
    if not isinstance(text, str):
        return text
    return masked(text, [*known, user] if isinstance(user, str) and is_person(user) else known)


def names_kept(register: Register) -> List[str]:
    """Names of people that the register keeps: parties to cases, and those who act."""
    return [name for name, _salt in (*register.storage.parties().values(), *register.storage.people().values())]


def child_number(patch: str, parcel: str) -> str:
    """``T001`` and its parcel ``T001-02`` → ``T001_2``."""
    serial = re.search(r"-(\d+)$", parcel)
    return f"{patch}_{int(serial.group(1))}" if serial else patch
