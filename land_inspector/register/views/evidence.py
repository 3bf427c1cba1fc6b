"""What was measured and proposed of a parcel, as its card and the cutting tools show it. Areas in m²."""
from __future__ import annotations

from typing import Iterable, Optional

import pandas as pd

from ..register import Register


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
