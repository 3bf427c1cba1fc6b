"""Tables that go with the batches: truth, the office's verdicts (with wrong rows), and the evidence profile."""
from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Dict, List, Sequence, Tuple

import numpy as np
from openpyxl import Workbook

from .county import County
from .evidence import LAYERS, layer_title
from .issue import Batch, IssuedRow
from .kinds import BY_NAME
from .plan import COUNTY_NAME, SYNTHETIC
from .writing import Row

ILLEGAL_NATURE = {"201": "WBJY", "202": "BBBY", "203": "WGJY", "204": "CZYD", "209": "QT", "210": "QT", "211": "WBJY"}
VERDICT_COLUMNS = ("JCBH", "PDJL1", "PDJL2", "JSSJ", "XZXC", "YDDW", "SJYT", "SJDL", "WFLX", "WFXZ", "WFMJ", "WFGD", "WFJBNT",
                   "FLSM", "XMMC", "PDSM")


def write_csv(path: Path, rows: Sequence[Row], encoding: str = "utf-8") -> None:
    with open(path, "w", encoding=encoding, newline="") as handle:
        writer = csv.DictWriter(handle, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def truth_rows(county: County, batch: Batch) -> List[Row]:
    """One line for each row of the issued file, in its order; figures are empty where a row has no area."""
    names = list(next(row.facts for row in batch.rows if row.facts).figures)
    rows = []
    for index, row in enumerate(batch.rows, 1):
        kind = BY_NAME[row.patch.kind]
        shares = row.facts.townships if row.facts else np.zeros(1)
        home = county.townships[int(np.argmax(shares))] if row.facts else None
        rows.append({
            "row": index, "JCBH": row.number, "fate": row.fate, "again": row.again, "kind": kind.name, "kind_zh": kind.zh,
            "PDJL1": kind.level1, "PDJL2": kind.level2, "rule": kind.rule, "needs": kind.needs, "split": int(kind.split),
            "XZDM": home.code if home else "", "XZMC": home.name if home else "", "townships": int((shares > 1e-6).sum()),
            "YDDW": row.patch.user, **{name: row.patch.facts.get(name, "") for name in ("JSSJ", "SJDL", "XZDWKD")},
            **{name: round(row.facts.figures[name], 3) if row.facts else "" for name in names}})
    return rows


def verdict_rows(batch: Batch, rng: np.random.Generator) -> Tuple[List[Row], List[Row]]:
    """Verdicts for nine of ten importable patches, then rows that an import must refuse; the second list says why."""
    good = [row for row in batch.rows if row.fate in ("imported", "repaired")]
    rows = [_verdict(row) for row in good if rng.random() < 0.9]
    illegal = [row for row in rows if row["PDJL1"] == "2" and row["PDJL2"] == "201"]
    picks = [illegal[index] for index in rng.permutation(len(illegal))[:4]]
    wrong: List[Row] = []

    def spoil(row: Row, reason: str, **changes: object) -> None:
        row.update(changes)
        wrong.append({"JCBH": row["JCBH"], "reason": reason})

    spoil(picks[0], "R33: JSSJ missing", JSSJ=None)
    spoil(picks[1], "R34: WFGD above the patch's cultivated area", WFGD=round(float(picks[1]["WFMJ"]) * 3 + 500, 2))
    spoil(picks[2], "R34: WFMJ above the parcel's area", WFMJ=round(float(picks[2]["WFMJ"]) * 2 + 50, 2))
    spoil(picks[3], "PDJL2 does not belong to PDJL1", PDJL1="1")
    unknown = dict(rows[0], JCBH="331082WP99999999")
    senseless = dict(rows[1], PDJL1="7", PDJL2="701", JCBH=rows[1]["JCBH"])
    rows[1] = senseless
    wrong.append({"JCBH": senseless["JCBH"], "reason": "no such verdict"})
    rows.append(unknown)
    wrong.append({"JCBH": unknown["JCBH"], "reason": "no such patch in the batch"})
    return rows, wrong


def _verdict(row: IssuedRow) -> Row:
    """The right verdict with the particulars that R33 asks for; areas in m² rounded down so that R34 holds."""
    kind, facts = BY_NAME[row.patch.kind], row.facts.figures
    values: Row = dict.fromkeys(VERDICT_COLUMNS)
    values.update(JCBH=row.number, PDJL1=kind.level1, PDJL2=kind.level2, YDDW=row.patch.user or None,
                  SJDL=row.patch.facts.get("SJDL"), PDSM=kind.zh)
    if kind.level1 == "2":
        values.update(_particulars(row, kind.level2, kind.split))
    elif facts["area_m2"] > 0 and kind.level1 == "1":
        values.update(XMMC=f"{row.patch.user}项目", JSSJ=row.patch.facts["JSSJ"])
    return values


def _particulars(row: IssuedRow, level2: str, split: bool) -> Row:
    facts = row.facts.figures
    to_ellipsoid = facts["ellipsoidal_m2"] / facts["area_m2"]
    area = facts["area_m2"] - facts["approval_m2"] if split else facts["area_m2"]
    cultivated = facts["uncovered_cultivated_m2"] if split else facts["cultivated_m2"]
    farmland = 0.0 if split else facts["farmland_m2"]
    return {"JSSJ": row.patch.facts["JSSJ"], "XZXC": "1", "YDDW": row.patch.user or "村民",
            "SJYT": {"0702": "12", "1202": "30", "1006": "26"}.get(row.patch.after_class, "01"), "WFLX": "01",
            "WFXZ": ILLEGAL_NATURE[level2], "WFMJ": _down(area * to_ellipsoid), "WFGD": _down(cultivated * to_ellipsoid),
            "WFJBNT": _down(farmland * to_ellipsoid), "FLSM": "78" if level2 == "211" else "77"}


def _down(area_m2: float) -> float:
    return max(0.0, np.floor(area_m2 * 100 - 1e-6) / 100)


def write_workbook(path: Path, rows: Sequence[Row]) -> None:
    """An office's verdict table: sheet 判定结果, the codes as text."""
    book = Workbook()
    sheet = book.active
    sheet.title = "判定结果"
    sheet.append(list(rows[0]))
    for row in rows:
        sheet.append(list(row.values()))
    book.save(path)


FIELDS: Dict[str, Dict[str, object]] = {
    "approval": {"number": "PZWH", "date": "PZRQ", "project": "XMMC", "user": "YDDW"},
    "supply": {"number": "DZJGH", "date": "GYRQ", "project": "XMMC", "user": "YDDW"},
    "registration": {"number": "BDCQZH", "date": "DJRQ", "user": "QLR"},
    "facility": {"number": "BAH", "date": "PZRQ", "user": "YDDW", "use": "SPYT"},
    "temporary": {"number": "PZWH", "date": "PZRQ", "until": "JZRQ", "user": "YDDW"},
    "linkage": {"number": "XMBH", "date": "PZRQ", "project": "XMMC"},
    "mining": {"number": "XKZH", "date": "YXQQ", "until": "YXQZ", "user": "QLR"},
    "farmland": {"number": "YJJBNTBH"}, "redline": {"number": "HXBH"}, "highway": {"number": "LXBH"},
    "plan": {"zone": "GHFQDM"},
}
ROLES = {"highway": "highways"}


def write_profile(path: Path) -> None:
    """The evidence profile of the county: which layer is which evidence, with its fields and date."""
    survey = {"source": "county.gpkg|layername=dltb", "date": "2025-12-31"}
    layers: List[Dict[str, object]] = [
        {"key": "dltb", "role": "land_use", **survey, "name": "三调地类图斑" + SYNTHETIC, "fields": {"class": "DLBM"}},
        {"key": "village", "role": "village", **survey, "name": "203村庄范围" + SYNTHETIC,
         "filter": {"field": "CZCSXM", "values": ["203"]}}]
    for key in LAYERS:
        layer = {"key": key, "role": ROLES.get(key, key), "source": f"county.gpkg|layername={key}", "name": layer_title(key),
                 "date": "2026-09-10", "fields": FIELDS[key]}
        layers.append({**layer, "inside": ["010"]} if key == "plan" else layer)
    profile = {"version": 1, "name": COUNTY_NAME, "layers": layers}
    path.write_text(json.dumps(profile, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
