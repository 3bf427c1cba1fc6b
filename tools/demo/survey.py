"""Attributes of the land-use survey: which class each face has, and the columns of a DLTB table (TD/T 1055 names)."""
from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

import numpy as np
import shapely

from .county import County
from .measure import ellipsoidal_m2
from .plan import COUNTY_CODE
from .terrain import FOOTHILL_TOP, PLAIN_TOP, Noise

LAND_CLASSES = Path(__file__).resolve().parents[2] / "land_inspector" / "law" / "data" / "dlbm.csv"
TOWN_CLASSES = (("05H1", 0.16), ("08H1", 0.21), ("08H2", 0.29), ("0810", 0.34), ("0809", 0.37), ("0508", 0.39),
                ("1201", 0.42), ("0601", 0.52))
VILLAGE_CLASSES = (("05H1", 0.03), ("08H2", 0.06), ("0601", 0.1), ("1201", 0.12))
CROPS = ("0101", "0102", "0103")


@dataclass(frozen=True)
class Survey:
    """The coverage with its classes: ``codes`` as surveyed (may end in K), ``groups`` GD/FGNYD/JSYD/WLYD, ``village``
    the nearest village of the same township, ``within`` the 城镇村属性码 or an empty text."""

    shapes: np.ndarray
    codes: np.ndarray
    groups: np.ndarray
    townships: np.ndarray
    village: np.ndarray
    within: np.ndarray
    width_m: np.ndarray


def land_classes() -> Dict[str, Tuple[str, str]]:
    """DLBM → (Chinese name, group) of TD/T 1055-2019, from the plugin's own table."""
    with open(LAND_CLASSES, encoding="utf-8", newline="") as handle:
        return {row["code"]: (row["zh"], row["group"]) for row in csv.DictReader(handle) if "1055" in row["version"]}


def build_survey(county: County) -> Survey:
    rng, size, coverage = county.plan.rng("survey"), county.plan.size_m, county.coverage
    names = land_classes()
    centre = shapely.get_coordinates(shapely.point_on_surface(coverage.shapes))
    taste, chance = Noise(rng, size / 14, size).at(*centre.T), rng.random(len(centre))
    codes = np.array([_class(*face) for face in zip(coverage.kinds, coverage.labels, taste, chance)])
    village = _nearest_village(county, centre)
    groups = np.array([names[code.rstrip("K")][1] for code in codes])
    within = np.array([_within(kind, label) for kind, label in zip(coverage.kinds, coverage.labels)])
    width = np.array([label[2] if kind in ("highway", "water", "lane", "ditch") else np.nan
                      for kind, label in zip(coverage.kinds, coverage.labels)])
    return Survey(coverage.shapes, codes, groups, coverage.townships, village, within, width)


def _class(kind: str, label: Any, taste: float, chance: float) -> str:
    if kind in ("highway", "water", "lane", "ditch", "special", "shore", "street"):
        return str(label[0])
    if kind == "estate":
        return str(label[2])
    if kind == "town":
        far = label[2] > 0.25
        return _drawn(TOWN_CLASSES, chance + (0.1 if far else 0.0), "0701" if chance < 0.93 or not far else "0702")
    if kind == "village":
        return _drawn(VILLAGE_CLASSES, chance, "0702")
    return {"field": _field, "plot": _plot, "stand": _stand}[kind](taste, chance)


def _drawn(table: Tuple[Tuple[str, float], ...], chance: float, otherwise: str) -> str:
    return next((code for code, limit in table if chance < limit), otherwise)


def _field(taste: float, chance: float) -> str:
    if taste > 0.42:
        return "0201" if chance < 0.62 else ("0201K" if chance < 0.72 else "0101")
    if taste < -0.5 and chance < 0.35:
        return "0305" if chance < 0.05 else "0202" if chance < 0.1 else "0103"
    return _drawn((("0103", 0.13), ("0102", 0.19), ("0201", 0.24), ("0404", 0.265), ("0307", 0.28)), chance, "0101")


def _plot(taste: float, chance: float) -> str:
    if taste > 0.05:
        return _drawn((("0201", 0.6), ("0202", 0.7), ("0103", 0.8), ("0404", 0.84)), chance, "0301")
    return _drawn((("0103", 0.24), ("0101", 0.3), ("0201", 0.42), ("0202", 0.5), ("0404", 0.55), ("0305", 0.63)), chance, "0301")


def _stand(taste: float, chance: float) -> str:
    return _drawn((("0302", 0.12), ("0305", 0.19), ("0307", 0.24), ("0202", 0.27), ("1206", 0.275), ("1207", 0.28)), chance, "0301")


def _within(kind: str, label: Any) -> str:
    if kind == "village":
        return "203"
    if kind in ("town", "street", "estate"):
        return "201" if label[1] is True else "202"
    return "204" if kind == "special" and label[0] == "0602" else "205" if kind == "special" and label[0] == "09" else ""


def _nearest_village(county: County, centre: np.ndarray) -> np.ndarray:
    """Index of the nearest village of the face's own township, −1 where the township has none."""
    xy = np.array([(v.centre.x, v.centre.y) for v in county.villages])
    home = np.array([v.township for v in county.villages])
    nearest = np.full(len(centre), -1)
    for township in range(len(county.townships)):
        own = np.flatnonzero(home == township)
        faces = np.flatnonzero(county.coverage.townships == township)
        if len(own):
            distance = ((centre[faces, None, :] - xy[own]) ** 2).sum(axis=2)
            nearest[faces] = own[np.argmin(distance, axis=1)]
    return nearest


def survey_rows(county: County, survey: Survey) -> List[Dict[str, object]]:
    """The columns of the issued DLTB table; areas in m² on the ellipsoid with two decimals."""
    names, areas = land_classes(), ellipsoidal_m2(survey.shapes)
    heights = county.relief.at(*shapely.get_coordinates(shapely.point_on_surface(survey.shapes)).T)
    serial: Dict[str, int] = {}
    rows = []
    for index, code in enumerate(survey.codes):
        unit = _unit(county, survey, index)
        serial[unit[0]] = serial.get(unit[0], 0) + 1
        width = survey.width_m[index]
        rows.append({"BSM": f"{COUNTY_CODE}1100{index + 1:08d}", "YSDM": "2001010100", "TBYBH": "",
                     "TBBH": f"{serial[unit[0]]:05d}", "DLBM": str(code), "DLMC": _name(names, str(code)),
                     "QSXZ": "20" if survey.within[index] in ("201", "202") or code.startswith(("11", "1003")) else "30",
                     "QSDWDM": unit[0], "QSDWMC": unit[1], "ZLDWDM": unit[0], "ZLDWMC": unit[1],
                     "TBMJ": round(float(areas[index]), 2), "GDLX": _terrace(str(code), heights[index]),
                     "GDPDJB": _slope(str(code), heights[index]), "XZDWKD": None if np.isnan(width) else round(float(width), 1),
                     "CZCSXM": survey.within[index], "SJNF": 2025, "BZ": "合成"})
    return rows


def _unit(county: County, survey: Survey, index: int) -> Tuple[str, str]:
    """The village that owns the face: 19-digit code and name."""
    village = survey.village[index]
    if village < 0:
        township = county.townships[survey.townships[index]]
        return township.code + "0" * 10, township.name
    return county.villages[village].code + "0" * 7, county.villages[village].name


def _name(names: Dict[str, Tuple[str, str]], code: str) -> str:
    return ("可调整" if code.endswith("K") else "") + names[code.rstrip("K")][0]


def _slope(code: str, height: float) -> Optional[str]:
    """Slope class of cultivated land: 1 (≤ 2°) … 4 (15–25°)."""
    if code not in CROPS:
        return None
    return "1" if height < PLAIN_TOP / 2 else "2" if height < PLAIN_TOP else "3" if height < FOOTHILL_TOP else "4"


def _terrace(code: str, height: float) -> Optional[str]:
    return None if code not in CROPS or height < PLAIN_TOP else "TT" if height < FOOTHILL_TOP / 2 else "PD"
