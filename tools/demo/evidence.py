"""The papers and lines a patch is measured against: approvals, supply, certificates, farmland, plan, red line."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Dict, List, Sequence, Tuple

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from .county import County
from .landuse import Owner, build_coverage
from .measure import ellipsoidal_m2
from .plan import SYNTHETIC, company_name
from .survey import CROPS, Survey, land_classes
from .terrain import Noise
from .writing import Row

LAYERS: Dict[str, str] = {
    "approval": "农转用报批红线", "supply": "供地红线", "registration": "不动产登记", "facility": "设施农用地备案",
    "temporary": "临时用地审批", "linkage": "增减挂钩建新区", "mining": "采矿权", "farmland": "永久基本农田",
    "redline": "生态保护红线", "plan": "规划分区", "highway": "公路网"}
ALIASES: Dict[str, str] = {
    "PCMC": "批次名称", "PZWH": "批准文号", "PZJG": "批准机关", "PZRQ": "批准日期", "XMMC": "项目名称", "PZMJ": "批准面积",
    "YDDW": "用地单位", "PZYT": "批准用途", "DZJGH": "电子监管号", "HTH": "合同号", "GYFS": "供应方式", "GYRQ": "供应日期",
    "TDYT": "土地用途", "GYMJ": "供地面积", "BDCQZH": "不动产权证号", "QLR": "权利人", "DJRQ": "登记日期", "MJ": "面积",
    "BAH": "备案编号", "SPYT": "审批用途", "JZRQ": "截至日期", "XMBH": "项目编号", "JXDKMC": "建新地块名称", "XKZH": "许可证号",
    "KSMC": "矿山名称", "YXQQ": "有效期起", "YXQZ": "有效期止", "YJJBNTBH": "永久基本农田图斑编号", "DLBM": "地类编码",
    "DLMC": "地类名称", "YJJBNTMJ": "永久基本农田面积", "ZLDWDM": "坐落单位代码", "HXBH": "红线编号", "HXMC": "红线名称",
    "HXLX": "红线类型", "GHFQDM": "规划分区代码", "GHFQ": "规划分区", "LXBH": "路线编号", "LXMC": "路线名称", "LMKD": "路面宽度"}
ZONES: Tuple[Tuple[str, str, str], ...] = (("allowed", "010", "允许建设区"), ("conditional", "020", "有条件建设区"),
                                           ("forbidden", "040", "禁止建设区"), ("restricted", "030", "限制建设区"))


@dataclass
class Books:
    """Every evidence layer as it fills: shapes in county metres and rows; and the counters of the papers' numbers."""

    rng: np.random.Generator
    shapes: Dict[str, List[BaseGeometry]] = field(default_factory=lambda: {name: [] for name in LAYERS})
    rows: Dict[str, List[Row]] = field(default_factory=lambda: {name: [] for name in LAYERS})

    def add(self, layer: str, shape: BaseGeometry, row: Row) -> None:
        self.shapes[layer].append(shape)
        self.rows[layer].append(row)

    def _number(self, layer: str) -> int:
        return len(self.rows[layer]) + 1

    def approve(self, shape: BaseGeometry, date: str, user: str, project: str, use: str = "工业用地") -> None:
        """A conversion approval (农转用); ``date`` ISO."""
        number, year = self._number("approval"), date[:4]
        self.add("approval", shape, {
            "PCMC": f"{year}年度计划第{number % 9 + 1}批次", "PZWH": f"演土字〔{year}〕{number:04d}号", "PZJG": "演示省人民政府",
            "PZRQ": date, "XMMC": project, "PZMJ": _area(shape), "YDDW": user, "PZYT": use})

    def supply(self, shape: BaseGeometry, date: str, user: str, project: str, use: str = "工业用地") -> None:
        number, year = self._number("supply"), date[:4]
        self.add("supply", shape, {
            "DZJGH": f"331082{year}B{number:05d}", "HTH": f"演合〔{year}〕{number:04d}", "GYFS": ("挂牌出让", "划拨", "协议出让")[number % 3],
            "GYRQ": date, "YDDW": user, "XMMC": project, "TDYT": use, "GYMJ": _area(shape)})

    def register(self, shape: BaseGeometry, date: str, user: str) -> None:
        number = self._number("registration")
        self.add("registration", shape, {"BDCQZH": f"演({date[:4]})演示县不动产权第{number:07d}号", "QLR": user, "DJRQ": date,
                                         "TDYT": "工业用地", "MJ": _area(shape)})

    def file_facility(self, shape: BaseGeometry, date: str, user: str, use: str) -> None:
        number = self._number("facility")
        self.add("facility", shape, {"BAH": f"SNYD331082{date[:4]}{number:04d}", "XMMC": use + "项目", "SPYT": use, "YDDW": user,
                                     "PZRQ": date, "MJ": _area(shape)})

    def lend(self, shape: BaseGeometry, date: str, until: str, user: str) -> None:
        """A temporary-use approval from ``date`` to ``until``."""
        number = self._number("temporary")
        self.add("temporary", shape, {"PZWH": f"演临用〔{date[:4]}〕{number:03d}号", "XMMC": "施工便道及临时堆场", "YDDW": user,
                                      "PZRQ": date, "JZRQ": until, "PZYT": "临时堆场", "MJ": _area(shape)})

    def link(self, shape: BaseGeometry, date: str) -> None:
        number = self._number("linkage")
        self.add("linkage", shape, {"XMBH": f"ZJGG{date[:4]}{number:03d}", "XMMC": f"{date[:4]}年增减挂钩第{number}项目区",
                                    "JXDKMC": f"建新地块{number}", "PZRQ": date, "MJ": _area(shape)})

    def license(self, shape: BaseGeometry, start: str, until: str, user: str) -> None:
        number = self._number("mining")
        self.add("mining", shape, {"XKZH": f"C3310822{number:06d}", "KSMC": f"演示石矿{number}号", "QLR": user, "YXQQ": start,
                                   "YXQZ": until, "MJ": _area(shape)})


def _area(shape: BaseGeometry) -> float:
    return round(float(ellipsoidal_m2(np.array([shape]))[0]), 2)


def open_books(county: County, survey: Survey) -> Books:
    """Everything that stood before the first image: farmland, red line, plan, roads, old papers of built land."""
    books = Books(county.plan.rng("papers"))
    _draw_farmland(books, county, survey)
    _draw_redline(books, county, survey)
    _draw_plan(books, county, survey)
    _draw_highways(books, county)
    _old_papers(books, county, survey)
    return books


def _draw_farmland(books: Books, county: County, survey: Survey) -> None:
    """About three quarters of the plain's crop land, in clusters."""
    rng, names = county.plan.rng("farmland"), land_classes()
    centre = shapely.get_coordinates(shapely.centroid(survey.shapes))
    taste = Noise(rng, county.plan.size_m / 11, county.plan.size_m).at(*centre.T)
    chosen = ((county.coverage.kinds == "field") & np.isin(survey.codes, CROPS) & (shapely.area(survey.shapes) > 1500)
              & (taste + rng.normal(0, 0.18, len(taste)) > -0.38))
    for number, index in enumerate(np.flatnonzero(chosen), 1):
        code, village = str(survey.codes[index]), survey.village[index]
        books.add("farmland", survey.shapes[index], {
            "YJJBNTBH": f"33108224{number:06d}", "DLBM": code, "DLMC": names[code][0],
            "YJJBNTMJ": _area(survey.shapes[index]),
            "ZLDWDM": county.villages[village].code + "0" * 7 if village >= 0 else ""})


def _draw_redline(books: Books, county: County, survey: Survey) -> None:
    """Whole forest stands of the high ground, so that the line follows the survey."""
    rng = county.plan.rng("redline")
    centre = shapely.get_coordinates(shapely.centroid(survey.shapes))
    taste = Noise(rng, county.plan.size_m / 6, county.plan.size_m).at(*centre.T)
    chosen = (county.coverage.kinds == "stand") & (county.relief.at(*centre.T) > 105) & (taste > -0.15)
    ground = shapely.coverage_union_all(survey.shapes[chosen])
    kinds = ("水源涵养", "水土保持", "生物多样性维护")
    for number, part in enumerate(shapely.get_parts(ground), 1):
        books.add("redline", part, {"HXBH": f"331082STBHHX{number:03d}", "HXMC": f"演示山地{kinds[number % 3]}红线{number}",
                                    "HXLX": kinds[number % 3], "MJ": _area(part)})


def _draw_plan(books: Books, county: County, survey: Survey) -> None:
    """Four zones that fill the county: round what is built, a ring about the towns, the red line, and the rest."""
    built = survey.shapes[np.isin(survey.within, ("201", "202", "203"))]
    towns = survey.shapes[np.isin(survey.within, ("201", "202"))]
    areas = {"allowed": shapely.union_all([shapely.union_all(built).buffer(45, quad_segs=2),
                                           shapely.union_all(towns).buffer(190, quad_segs=2)]),
             "conditional": shapely.union_all(towns).buffer(420, quad_segs=2),
             "forbidden": shapely.union_all(books.shapes["redline"]), "restricted": county.outline}
    owners = [Owner(key, shapely.get_parts(areas[key]), [0] * len(shapely.get_parts(areas[key]))) for key, _, _ in ZONES]
    zones = build_coverage(county.outline, county.areas, owners)
    labels = {key: (code, name) for key, code, name in ZONES}
    for shape, kind in zip(zones.shapes, zones.kinds):
        books.add("plan", shape, {"GHFQDM": labels[kind][0], "GHFQ": labels[kind][1], "MJ": _area(shape)})


def _draw_highways(books: Books, county: County) -> None:
    for number, road in enumerate(county.highways, 1):
        inside = shapely.intersection(road.area, county.outline)
        for part in shapely.get_parts(inside):
            books.add("highway", part, {"LXBH": f"{road.name.split('省')[0].split('县')[0].split('演')[0]}", "LXMC": road.name,
                                        "LMKD": road.width_m})


def _old_papers(books: Books, county: County, survey: Survey) -> None:
    """Industrial estates and part of the towns were approved, supplied and registered long ago."""
    rng = county.plan.rng("old papers")
    for index in np.flatnonzero(np.isin(county.coverage.kinds, ("estate", "town"))):
        if county.coverage.kinds[index] == "town" and rng.random() > 0.2:
            continue
        shape, user = survey.shapes[index], company_name(rng)
        year = int(rng.integers(2009, 2023))
        books.approve(shape, f"{year}-{rng.integers(1, 12):02d}-15", user, f"{user}厂区")
        books.supply(shape, f"{year}-12-20", user, f"{user}厂区")
        if rng.random() < 0.6:
            books.register(shape, f"{year + 1}-06-18", user)
    for index in np.flatnonzero(survey.codes == "0602"):
        books.license(survey.shapes[index].buffer(70, quad_segs=3), "2019-03-01", "2029-02-28", company_name(rng))


def layer_title(name: str) -> str:
    return LAYERS[name] + SYNTHETIC


def covered_m2(shape: BaseGeometry, layer: Sequence[BaseGeometry], tree: shapely.STRtree) -> float:
    """Planar m² of a shape under a layer, overlaps of the layer counted once."""
    near = [layer[index] for index in tree.query(shape, predicate="intersects")]
    return shapely.area(shapely.intersection(shape, shapely.union_all(near))) if near else 0.0
