"""Batches as they are issued: rows in the issued columns, and the defects that real files have."""
from __future__ import annotations

import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Dict, List, Optional, Tuple

import numpy as np
import shapely
from shapely import affinity
from shapely.geometry import Polygon

from .county import County
from .facts import Facts, AreaRule, repaired
from .kinds import BY_NAME
from .measure import ellipsoidal_m2
from .patches import Patch
from .plan import COUNTY_CODE, MU_PER_M2, ORIGIN
from .shapes import frame, to_millimetres
from .writing import Row, in_degrees

WORDS = {"1A": "新增建（构）筑物", "1B": "新增建（构）筑物", "1F": "新增建（构）筑物", "2": "新增推填土", "1D": "新增线性地物"}
SPOILT_KINDS = ("unapproved_crops", "unapproved_farmland", "unapproved_other", "approved_earlier", "unchanged", "restructured")
ZIP_TIME = (2026, 5, 20, 9, 0, 0)


@dataclass
class IssuedRow:
    """A row of an issued file: ``shape`` in county metres exactly as issued (None: no geometry); ``fate`` what an import
    must do with it (imported, repaired, duplicate, conflict, empty, hopeless); ``facts`` None where it has no area."""

    number: str
    patch: Patch
    shape: Optional[Polygon]
    fate: str
    facts: Optional[Facts] = None
    again: str = ""


@dataclass
class Batch:
    name: str
    first: str
    last: str
    rows: List[IssuedRow] = field(default_factory=list)

    def number(self, serial: int) -> str:
        return f"{COUNTY_CODE}WP{self.last[2:6]}{serial:04d}"


def issue_first(county: County, area_rule: AreaRule, patches: List[Patch], rng: np.random.Generator) -> Batch:
    """Batch 1 with its defects; the clean rows come first, in order of their numbers."""
    batch = Batch("batch1", county.plan.before, county.plan.after)
    for serial, patch in enumerate(patches, 1):
        batch.rows.append(IssuedRow(batch.number(serial), patch, patch.shape, "imported"))
    _spoil(batch, rng)
    for row in batch.rows:
        if row.shape is not None and row.fate != "hopeless":
            row.facts = area_rule.measure(repaired(row.shape))
    return batch


def _spoil(batch: Batch, rng: np.random.Generator) -> None:
    """Crossed rings, exact copies, one number for two places, an overlap, no geometry, geometry past repair."""
    plain = [row for row in batch.rows if row.patch.kind in SPOILT_KINDS]
    chosen = [plain[index] for index in rng.permutation(len(plain))]
    crossed, copied, twins = chosen[:5], chosen[5:9], chosen[9:12]
    for index, row in enumerate(crossed):
        row.shape, row.fate = (_bow_tie if index % 2 else _crossed_corner)(row.patch.shape), "repaired"
    for row in copied:
        batch.rows.append(IssuedRow(row.number, row.patch, row.shape, "duplicate"))
    for row in twins:
        row.fate = "conflict"
        moved = to_millimetres(affinity.translate(row.shape, 61.0, -47.0))
        batch.rows.append(IssuedRow(row.number, row.patch, moved, "conflict"))
    serial = len({row.number for row in batch.rows})
    for fate, shape in (("empty", None), ("empty", None), ("hopeless", _collinear(chosen[0].patch.shape)),
                        ("hopeless", _collinear(chosen[1].patch.shape))):
        serial += 1
        batch.rows.append(IssuedRow(batch.number(serial), chosen[0].patch, shape, fate))


def _bow_tie(shape: Polygon) -> Polygon:
    """The rectangle round the shape with two corners exchanged."""
    corner, along, across = frame(shape)
    return Polygon(np.round([corner, corner + along + across, corner + along, corner + across], 3))


def _crossed_corner(shape: Polygon) -> Polygon:
    """The rectangle round the shape whose last corner is overshot by 3 m on both sides, as a sloppy digitiser does."""
    corner, along, across = frame(shape)
    last = corner + along + across
    over, past = across / np.hypot(*across) * 3, along / np.hypot(*along) * 3
    return Polygon(np.round([corner, corner + along, last + over, last + past, corner + across], 3))


def _collinear(shape: Polygon) -> Polygon:
    x, y = np.round(shape.centroid.coords[0], 3)
    return Polygon([(x, y), (x + 20, y), (x + 40, y), (x, y)])


def issued_attributes(county: County, batch: Batch, rng: np.random.Generator) -> List[Row]:
    """The columns of the first batch: standard codes, ten bytes at most, one Chinese name, m² with two decimals."""
    rows = []
    for row in batch.rows:
        home = county.townships[int(np.argmax(row.facts.townships))].name if row.facts else ""
        crossing = row.patch.kind == "two_townships"
        figures = row.facts.figures if row.facts else {}
        east, north = _centre(row)
        rows.append({
            "XZQDM": COUNTY_CODE, "XMC": "演示县(合成)", "XZMC": None if crossing or rng.random() < 0.1 else home,
            "JCBH": row.number, "TBLX": row.patch.tblx, "QSX": _image_date(batch.first, rng), "HSX": _image_date(batch.last, rng),
            "JCMJ": _issued_area(row), "XZB": east, "YZB": north,
            "QDLBM": row.facts.main_class if row.facts else "", "HDLBM": row.patch.after_class,
            "ZYJBNT": "是" if figures.get("farmland_m2", 0) > 0.5 else "否",
            "JBNTMJ": round(figures.get("farmland_m2", 0.0), 2), "GDMJ": round(figures.get("cultivated_m2", 0.0), 2),
            "备注": None})
    by_number: Dict[str, Row] = {}
    for row, values in zip(batch.rows, rows):
        values.update(by_number[row.number] if row.fate == "duplicate" else {})
        by_number.setdefault(row.number, values)
    return rows


def _image_date(date: str, rng: np.random.Generator) -> str:
    """Mostly yyyymmdd; now and then with the sensor before it, as the images' names go."""
    draw = rng.random()
    return date if draw < 0.9 else f"GF2_{date}" if draw < 0.96 else f"BJ3_{date}"


def _issued_area(row: IssuedRow) -> float:
    shape = repaired(row.shape) if row.shape is not None else row.patch.shape
    return round(float(ellipsoidal_m2(np.array([shape]))[0]), 2)


def _centre(row: IssuedRow) -> Tuple[float, float]:
    west, south, east, north = (row.shape if row.shape is not None else row.patch.shape).bounds
    return round((west + east) / 2 + ORIGIN[0], 2), round((south + north) / 2 + ORIGIN[1], 2)


def reissue_first(batch: Batch, fresh: List[Patch], rng: np.random.Generator) -> Tuple[Batch, List[Row]]:
    """The second issue of batch 1 and its truth: some rows gone, moved, changed in area or new; crossed rings stay crossed,
    all other defects are left out."""
    again = Batch("batch1_reissue", batch.first, batch.last)
    good = [row for row in batch.rows if row.fate in ("imported", "repaired")]
    sound = [row.number for row in good if row.fate == "imported"]
    order = [sound[index] for index in rng.permutation(len(sound))]
    fate = {**dict.fromkeys(order[:6], "gone"), **dict.fromkeys(order[6:10], "moved"), **dict.fromkeys(order[10:18], "area")}
    changes: List[Row] = []
    for row in good:
        change = fate.get(row.number, "same")
        changes.append({"JCBH": row.number, "change": change, "kind": row.patch.kind})
        if change != "gone":
            again.rows.append(IssuedRow(row.number, row.patch, _changed(row.shape, change), row.fate))
    first_free = max(int(row.number[-4:]) for row in batch.rows) + 1
    for serial, patch in enumerate(fresh, first_free):
        again.rows.append(IssuedRow(batch.number(serial), patch, patch.shape, "imported"))
        changes.append({"JCBH": batch.number(serial), "change": "new", "kind": patch.kind})
    return again, changes


def _changed(shape: Polygon, change: str) -> Polygon:
    if change == "moved":
        return to_millimetres(affinity.translate(shape, 9.0, 6.0))
    return to_millimetres(shape.buffer(2.5, join_style="mitre")) if change == "area" else shape


def issue_second(county: County, first: Batch, fresh: List[Patch], rng: np.random.Generator) -> Batch:
    """Batch 2: part of what stood illegally in batch 1 again under new numbers, some of it grown, and new patches."""
    batch = Batch("batch2", county.plan.after, county.plan.later)
    illegal = [row for row in first.rows if row.fate == "imported" and BY_NAME[row.patch.kind].level1 == "2"
               and row.patch.kind != "beyond_survey"]
    share = max(2, len(illegal) // 4)
    entries = [(patch, patch.shape, "") for patch in fresh]
    for index, chosen in enumerate(rng.permutation(len(illegal))[:share]):
        row = illegal[chosen]
        entries.append((row.patch, _changed(row.shape, "area" if index % 3 == 0 else "same"), row.number))
    entries.sort(key=lambda entry: (-entry[1].centroid.y, entry[1].centroid.x))
    for serial, (patch, shape, again) in enumerate(entries, 1):
        batch.rows.append(IssuedRow(batch.number(serial), patch, shape, "imported", again=again))
    return batch


def chinese_attributes(county: County, batch: Batch, area_rule: AreaRule) -> List[Row]:
    """The columns of the monthly platform: Chinese names, 亩 with two decimals, degrees."""
    rows = []
    degrees = in_degrees([row.shape for row in batch.rows])
    for row, place in zip(batch.rows, degrees):
        row.facts = area_rule.measure(row.shape)
        figures, centre = row.facts.figures, shapely.centroid(place)
        home = county.townships[int(np.argmax(row.facts.townships))].name
        rows.append({
            "行政区代码": COUNTY_CODE, "县名称": "演示县（合成数据）", "乡镇街道": None if row.patch.kind == "two_townships" else home,
            "监测编号": row.number, "图斑类型": WORDS[row.patch.tblx], "前时相": batch.first, "后时相": batch.last,
            "监测面积": round(figures["ellipsoidal_m2"] * MU_PER_M2, 2),
            "占耕面积（亩）": round(figures["cultivated_m2"] * MU_PER_M2, 2),
            "占永久基本农田面积（亩）": round(figures["farmland_m2"] * MU_PER_M2, 2),
            "图斑中心点经度": round(centre.x, 6), "图斑中心点纬度": round(centre.y, 6),
            "变化前类型": row.facts.main_class, "变化后类型": row.patch.after_class or None, "备注": None})
    return rows


def zip_files(target: Path, files: List[Path]) -> None:
    """A zip whose bytes depend on the files only."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in files:
            archive.writestr(zipfile.ZipInfo(path.name, ZIP_TIME), path.read_bytes(), zipfile.ZIP_DEFLATED)
