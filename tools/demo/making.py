"""Making the whole demonstration: county, papers, batches, tables and images into one folder."""
from __future__ import annotations

from pathlib import Path
from typing import Callable, List

import numpy as np
import shapely

from . import redline_text, tables, writing
from .county import County, build_county
from .evidence import ALIASES, LAYERS, Books, layer_title, open_books
from .facts import AreaRule, repaired
from .ground import open_ground
from .imagery import draw_image, paint_county, paint_patches
from .issue import Batch, chinese_attributes, issue_first, issue_second, issued_attributes, reissue_first, zip_files
from .patches import Patch, Placer, place_patches
from .plan import SYNTHETIC, CountyPlan
from .source_note import write_source_note
from .survey import Survey, build_survey, survey_rows

SURVEY_ALIASES = {"BSM": "标识码", "YSDM": "要素代码", "TBYBH": "图斑预编号", "TBBH": "图斑编号", "DLBM": "地类编码", "DLMC": "地类名称",
                  "QSXZ": "权属性质", "QSDWDM": "权属单位代码", "QSDWMC": "权属单位名称", "ZLDWDM": "坐落单位代码",
                  "ZLDWMC": "坐落单位名称", "TBMJ": "图斑面积", "GDLX": "耕地类型", "GDPDJB": "耕地坡度级别", "XZDWKD": "线状地物宽度",
                  "CZCSXM": "城镇村属性码", "SJNF": "数据年份", "BZ": "备注"}
TOWNSHIP_ALIASES = {"XZDM": "乡镇代码", "XZMC": "乡镇名称", "ZSDM": "站所", "ZSBH": "站所编号", "BZ": "备注"}
SECOND_SHARE, FRESH_SHARE = 0.2, 0.02
LATE_KINDS = ("approved_earlier", "approved_unsupplied", "over_occupied", "facility", "rural_road", "temporary_valid",
              "homestead", "homestead_illegal", "unapproved_crops", "unapproved_farmland", "unapproved_other",
              "unchanged", "two_townships")


def make_county(folder: Path, plan: CountyPlan, images: bool = True, say: Callable[[str], None] = lambda text: None) -> None:
    """Write the whole demonstration into ``folder``; files of an earlier run are replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    with writing.gdal_settings():
        say("terrain, settlements, roads and the land-use survey")
        county = build_county(plan)
        survey = build_survey(county)
        books = open_books(county, survey)
        say("patches and their papers")
        placer = Placer(open_ground(county, survey, books, plan.rng("ground")), books, plan.rng("patches"))
        patches = place_patches(placer, plan.patches)
        later = place_patches(placer, round(plan.patches * SECOND_SHARE), LATE_KINDS)
        fresh = place_patches(placer, max(2, round(plan.patches * FRESH_SHARE)), ("unapproved_crops", "unapproved_other"))
        say("layers")
        _write_layers(folder / "county.gpkg", county, survey, books)
        _write_roads(folder / "roads.gpkg", county)
        _write_red_lines(folder, placer)
        say("batches and tables")
        batches = _write_batches(folder, county, AreaRule(county, survey, books), patches, later, fresh)
        tables.write_profile(folder / "profile.json")
        write_source_note(folder, plan, batches, survey)
        if images:
            say("images")
            _draw_images(folder, county, survey, patches, later)


def _write_layers(path: Path, county: County, survey: Survey, books: Books) -> None:
    path.unlink(missing_ok=True)
    rows = [{"XZDM": t.code, "XZMC": t.name, "ZSDM": t.station, "ZSBH": t.station_code, "BZ": "合成数据"} for t in county.townships]
    writing.write_geopackage(path, "townships", "乡镇街道" + SYNTHETIC, writing.on_grid(county.areas), rows, TOWNSHIP_ALIASES)
    writing.write_geopackage(path, "dltb", "三调地类图斑" + SYNTHETIC, writing.on_grid(survey.shapes), survey_rows(county, survey),
                             SURVEY_ALIASES)
    for name in LAYERS:
        writing.write_geopackage(path, name, layer_title(name), writing.on_grid(books.shapes[name]), books.rows[name], ALIASES)


def _write_roads(path: Path, county: County) -> None:
    """Middle lines of all roads but the motorway, cut where they meet, so that they make a network."""
    path.unlink(missing_ok=True)
    ways = [*county.highways[1:], *county.rural]
    lines = shapely.intersection(shapely.union_all([way.line for way in ways]), county.outline)
    parts = [part for part in getattr(lines, "geoms", [lines]) if part.geom_type == "LineString"]
    writing.write_geopackage(path, "roads", "道路中心线" + SYNTHETIC, writing.on_grid(parts), [{"XH": n} for n in range(1, len(parts) + 1)], {})


def _write_red_lines(folder: Path, placer: Placer) -> None:
    """Half of the approvals that exist as coordinates only in each encoding."""
    names = [(f"DK{number:03d}", f"演示县2025年度第{number}批次地块{number}") for number in range(1, len(placer.by_coordinates) + 1)]
    half = (len(names) + 1) // 2
    redline_text.write_red_lines(folder / "redline_utf8.txt", placer.by_coordinates[:half], names[:half], "utf-8", "2025-03-18", True)
    redline_text.write_red_lines(folder / "redline_gbk.txt", placer.by_coordinates[half:], names[half:], "gbk", "2025-04-22", False)


def _write_batches(folder: Path, county: County, area_rule: AreaRule, patches: List[Patch], later: List[Patch],
                   fresh: List[Patch]) -> List[Batch]:
    rng = county.plan.rng("issue")
    first = issue_first(county, area_rule, patches, rng)
    rows = issued_attributes(county, first, rng)
    shapefile = folder / "batch1" / "331082_wp202605.shp"
    shapefile.parent.mkdir(exist_ok=True)
    writing.write_shapefile(shapefile, writing.on_grid([row.shape for row in first.rows]), rows, "GBK")
    zip_files(folder / "batch1.zip", sorted(shapefile.parent.glob(shapefile.stem + ".*")))
    tables.write_csv(folder / "truth.csv", tables.truth_rows(county, first))
    _write_verdicts(folder, first, rng)
    again, changes = reissue_first(first, fresh, rng)
    _measure(again, area_rule)
    _write_batch(folder / "batch1_reissue.gpkg", "5月图斑重新下发", again, issued_attributes(county, again, rng), False)
    tables.write_csv(folder / "reissue_truth.csv", changes)
    second = issue_second(county, first, later, rng)
    _write_batch(folder / "batch2.gpkg", "9月图斑", second, chinese_attributes(county, second, area_rule), True)
    tables.write_csv(folder / "batch2_truth.csv", tables.truth_rows(county, second))
    return [first, again, second]


def _measure(batch: Batch, area_rule: AreaRule) -> None:
    for row in batch.rows:
        row.facts = area_rule.measure(repaired(row.shape))


def _write_batch(path: Path, title: str, batch: Batch, rows: List[writing.Row], degrees: bool) -> None:
    path.unlink(missing_ok=True)
    shapes = [row.shape for row in batch.rows]
    writing.write_geopackage(path, batch.name, title + SYNTHETIC, writing.in_degrees(shapes) if degrees else writing.on_grid(shapes),
                             rows, {}, 4490 if degrees else writing.EPSG)


def _write_verdicts(folder: Path, first: Batch, rng: np.random.Generator) -> None:
    verdicts, wrong = tables.verdict_rows(first, rng)
    tables.write_csv(folder / "verdicts.csv", verdicts, "utf-8-sig")
    tables.write_workbook(folder / "verdicts.xlsx", verdicts)
    tables.write_csv(folder / "verdicts_wrong.csv", wrong)


def _draw_images(folder: Path, county: County, survey: Survey, patches: List[Patch], later: List[Patch]) -> None:
    plan, rng = county.plan, county.plan.rng("looks")
    before = paint_county(county, survey)
    after = paint_patches(before, patches, rng)
    draw_image(folder / f"image_{plan.before}.tif", county, before, -0.6)
    draw_image(folder / f"image_{plan.after}.tif", county, after, 0.8)
    draw_image(folder / f"image_{plan.later}.tif", county, paint_patches(after, later, rng), 0.4)
