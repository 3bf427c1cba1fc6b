"""Frames for the tests of indicators: parcels and patches with only what a test cares about."""
from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

import pandas as pd

MU = 2000 / 3
PARCEL = dict(parcel_id=None, patch_id=None, PCBH="B1", ND=2023, YF=7, XZDM="331082101", XZMC="大田街道", ZSDM="S1", DKMJ=0.0,
              GDMJ=0.0, JBNTMJ=0.0, PDJL1="0", PDJL2=None, WFMJ=None, WFGD=None, WFJBNT=None, XMLX=None, TBZT="0", JCBH="",
              DKBH="", FJCBH=None)
TOWNSHIPS = pd.DataFrame([("331082101", "大田街道", "S1"), ("331082102", "东塍镇", "S1"), ("331082103", "白水洋镇", "S2")],
                         columns=["XZDM", "XZMC", "ZSDM"], dtype=object)


def parcels(*rows: Mapping[str, Any]) -> pd.DataFrame:
    filled = [{**PARCEL, "parcel_id": f"p{n}", "patch_id": f"t{n}", "JCBH": f"J{n}", "DKBH": f"J{n}", **row}
              for n, row in enumerate(rows)]
    return pd.DataFrame(filled, columns=list(PARCEL), dtype=object)


def patches(*rows: Mapping[str, Any]) -> pd.DataFrame:
    base: Dict[str, Any] = dict(patch_id=None, PCBH="B1", ND=2023, YF=7, XZDM="331082101", ZSDM="S1", JCMJ=0.0, GDMJ0=0.0, TBZT="0")
    return pd.DataFrame([{**base, "patch_id": f"t{n}", **row} for n, row in enumerate(rows)], columns=list(base), dtype=object)


def legal(area: Optional[float], cultivated: Optional[float], **more: Any) -> Dict[str, Any]:
    return dict(PDJL1="1", PDJL2="101", DKMJ=area, GDMJ=cultivated, **more)


def illegal(area: Optional[float], cultivated: Optional[float], **more: Any) -> Dict[str, Any]:
    return {**dict(PDJL1="2", PDJL2="201", DKMJ=area, GDMJ=cultivated, WFMJ=area, WFGD=cultivated), **more}


def remedies(rows: Sequence[Tuple[str, Mapping[str, Any]]]) -> pd.DataFrame:
    base: Dict[str, Any] = dict(rectified=False, manner=None, r3_m2=0.0, r4_m2=0.0, denominator_m2=0.0,
                                denominator_cultivated_m2=0.0)
    filled: List[Dict[str, Any]] = [{"parcel_id": parcel, **base, **row} for parcel, row in rows]
    return pd.DataFrame(filled, dtype=object)
