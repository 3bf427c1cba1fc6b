"""SOURCE.txt of a generated county: that it is invented, how to make it again, what stands where."""
from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Sequence

from .issue import Batch
from .plan import COUNTY_CODE, COUNTY_NAME, EPSG, CountyPlan
from .survey import Survey

TEXT = """{name}: a SYNTHETIC county. 全部为合成数据，不代表任何真实地块、单位或个人。
Made by python -m tools.demo_county --seed {seed}. Township names and 9-digit codes: public code list, see sample/cn_codes.
CRS EPSG:{epsg} (CGCS2000 / 3-degree Gauss-Kruger zone 40) unless said otherwise. Areas in m2 unless said otherwise.

county.gpkg        townships, dltb ({faces} polygons, gap-free), approval, supply, registration, facility, temporary,
                   linkage, mining, farmland, redline, plan, highway
roads.gpkg         middle lines of the roads, a network for patrols
profile.json       which of these layers is which evidence
batch1/, batch1.zip  Shapefile, GBK without .cpg, {first} rows ({fates})
truth.csv          a line for each row of batch 1: kind, right verdict, rule, what must be known besides, planar areas
batch1_reissue.gpkg, reissue_truth.csv   the second issue of batch 1: {again} rows
batch2.gpkg, batch2_truth.csv   four months later, EPSG:4490 in degrees, Chinese columns, 亩: {second} rows
redline_utf8.txt, redline_gbk.txt   approvals that exist as coordinates only (the second without zone prefix)
verdicts.xlsx, verdicts.csv   an office's verdicts for most of batch 1; verdicts_wrong.csv: its wrong rows and why
image_{before}.tif, image_{after}.tif, image_{later}.tif   drawn images, {pixel} m
County code used for the numbers: {code}.
"""


def write_source_note(folder: Path, plan: CountyPlan, batches: Sequence[Batch], survey: Survey) -> None:
    first, again, second = batches
    fates = ", ".join(f"{count} {fate}" for fate, count in sorted(Counter(row.fate for row in first.rows).items()))
    (folder / "SOURCE.txt").write_text(TEXT.format(
        name=COUNTY_NAME, seed=plan.seed, epsg=EPSG, faces=len(survey.shapes), first=len(first.rows), fates=fates,
        again=len(again.rows), second=len(second.rows), before=plan.before, after=plan.after, later=plan.later,
        pixel=plan.pixel_m, code=COUNTY_CODE), encoding="utf-8")
