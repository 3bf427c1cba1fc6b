"""What one county is made from: its size, seed, dates and names. The same plan gives the same county."""
from __future__ import annotations

import csv
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import List, Tuple

import numpy as np

SAMPLE = Path(__file__).resolve().parents[2] / "sample"
EPSG = 4528
ORIGIN = (40_602_000.0, 3_183_000.0)
SYNTHETIC = "（合成数据）"
COUNTY_CODE = "331082"
COUNTY_NAME = "演示县" + SYNTHETIC
MU_PER_M2 = 0.0015


@dataclass(frozen=True)
class CountyPlan:
    """Lengths in metres of the county's own square, whose south-west corner is ORIGIN in EPSG:4528."""

    seed: int = 20260518
    size_m: float = 20_000.0
    townships: int = 19
    patches: int = 400
    pixel_m: float = 2.5
    before: str = "20260118"
    after: str = "20260512"
    later: str = "20260910"

    def rng(self, purpose: str) -> np.random.Generator:
        """An independent stream for each purpose, so that a change in one part leaves the others as they were."""
        return np.random.default_rng([self.seed, zlib.crc32(purpose.encode("utf-8"))])


def township_names(count: int) -> List[Tuple[str, str]]:
    """(9-digit code, name) of the first ``count`` townships of the public code list (sample/cn_codes)."""
    with open(SAMPLE / "cn_codes" / "streets.csv", encoding="utf-8", newline="") as handle:
        rows = [(row["code"], row["name"]) for row in csv.DictReader(handle)]
    if count > len(rows):
        raise ValueError(f"the code list has {len(rows)} townships, {count} were asked for")
    return rows[:count]


def village_names(count: int, rng: np.random.Generator) -> List[str]:
    """Invented village names of the region's habit, all different."""
    heads = "东 西 南 北 上 下 前 后 大 小 新 古 里 外 中 高".split()
    middles = "洋 岙 塘 溪 山 桥 庄 田 坑 屿 岭 渡 湖 泽 墩 家 沙 井 浦 头".split()
    tails = ["", "王", "李", "陈", "叶", "周"]
    names = [head + tail + middle + "村" for tail in tails for head in heads for middle in middles]
    order = rng.permutation(len(heads) * len(middles)).tolist()
    spare = list(range(len(order), len(names)))
    return [names[index] for index in (order + spare)[:count]]


def company_name(rng: np.random.Generator) -> str:
    """An invented land user; "演示" stands in every name so that nobody takes it for a real firm."""
    head = rng.choice("宏达 永盛 华泰 金源 恒通 瑞丰 东海 天成 百顺 新田 合力 海棠 云峰 长兴".split())
    trade = rng.choice("机械 模塑 眼镜 橡塑 医药化工 彩灯 工艺品 食品 物流 建材 农业开发 置业 汽配 电器".split())
    return f"演示{head}{trade}有限公司"
