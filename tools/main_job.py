"""The main job of an office, headless, by the plugin's own algorithms: issued patches in, township layers out.

Two data sets: the synthetic demonstration county (tools/demo) and real change patches of Rondônia (sample/rondonia).
Shared by ``make run`` and by the journey that checks its figures.
"""
from __future__ import annotations

import csv
import importlib.util
import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, Sequence, Union

import shapely
from osgeo import ogr, osr
from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsFeature,
    QgsGeometry,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProject,
    QgsRasterLayer,
    QgsReferencedRectangle,
    QgsVectorLayer,
)

from land_inspector.evidence.profile import EvidenceLayer, Profile, read_profile
from land_inspector.exchange.redline import read_redline
from land_inspector.register.addresses import address_of
from land_inspector.register.register import Register
from land_inspector.ui.shell.map_layers import MapLayers
from tools import demo_board, demo_cases, demo_desk, demo_ledgers, demo_patrols
from tools.demo.plan import CountyPlan

ROOT = Path(__file__).resolve().parents[1]
RONDONIA = ROOT / "sample" / "rondonia"
FIRST, SECOND, LAST_YEAR = "2026-05", "2026-09", "2025-10"
REGISTER, PROFILE, PROJECT, INDICATORS = "register.gpkg", "profile.json", "land_inspector.qgz", "township_indicators.gpkg"
#: The same of the year that the paragraph tells: the two stand on one sheet.
YEAR_INDICATORS = "township_indicators_2026.gpkg"
#: Columns of the indicators that fit a screen: heading and field; counts stand as numerator/denominator.
_ON_SCREEN = (("乡镇", "XZMC"), ("违法", "WF_S"), ("违法面积（亩）", "WF_MU"), ("r2 %", "R2_T"), ("r4 %", "R4_T"), ("已整改", "ZG_S"),
              ("整改率 %", "ZGS_T"), ("立案", "LA"), ("立案率 %", "LA_T"), ("查处率 %", "CC_T"), ("结案", "JA"), ("结案率 %", "JA_T"),
              ("罚款收缴率 %", "FK_T"), ("复耕（亩）", "FGMJ_MU"))
PATROLS, OWN_PATCHES = "patrol_table.gpkg", "own_patches.gpkg"
_PATROLS = (("站所", "ZSDM"), ("年", "ND"), ("月", "YF"), ("应巡", "YXC"), ("记录", "JL"), ("有效", "YX"), ("缺", "QS"), ("发现", "FX"),
            ("制止", "ZZ"), ("上报", "SB"), ("立案", "LA"))
INSPECTOR, CITY = "演示检查员", "演示市局"
#: By this day what is rectified is deducted from the ratios of 2026.
CUT_OFF = "2027-06-30"
_PAUSE_S = 1.0
SPLIT_PARCELS = 12

Say = Callable[[str], None]


class SpokenFeedback(QgsProcessingFeedback):
    """Says what an algorithm is doing, once a second at most."""

    def __init__(self, say: Say):
        super().__init__(False)
        self._say, self._said_at, self._text = say, 0.0, ""

    def setProgressText(self, text: str) -> None:
        self._text = text

    def pushInfo(self, text: str) -> None:
        """What an algorithm answered is said when it is done."""

    def pushWarning(self, text: str) -> None:
        """The reports hold them."""

    def setProgress(self, progress: float) -> None:
        if time.monotonic() - self._said_at >= _PAUSE_S and self._text:
            self._said_at = time.monotonic()
            self._say(f"      {progress:3.0f} %  {self._text}")


@dataclass
class MainJob:
    """One register taken through the job; ``counts`` keeps what each algorithm answered, in order."""

    folder: Path
    say: Say = print
    counts: List[Dict[str, Any]] = field(default_factory=list)
    place: Optional[str] = None

    @property
    def register(self) -> Union[Path, str]:
        """The file in the folder, or the address on a server where one was given."""
        return self.place or self.folder / REGISTER

    def run(self, name: str, **parameters: Any) -> Dict[str, Any]:
        """One algorithm by its id, as a model or qgis_process calls it."""
        import processing

        algorithm = QgsApplication.processingRegistry().algorithmById(f"land_inspector:{name}")
        self.say(f"  {algorithm.displayName()}  ({name})")
        given = {key: str(value) if isinstance(value, Path) else value for key, value in parameters.items()}
        begun = time.monotonic()
        result = processing.run(f"land_inspector:{name}", given, feedback=SpokenFeedback(self.say), context=QgsProcessingContext())
        numbers = " · ".join(f"{key} {value}" for key, value in result.items() if isinstance(value, int))
        self.say(f"      {numbers}  [{time.monotonic() - begun:.1f} s]")
        self.counts.append({"algorithm": name, **result})
        return result

    def measure_and_propose(self, batch: str, profile: Path) -> None:
        self.run("measure_evidence", REGISTER=self.register, BATCH=batch, PROFILE=profile)
        self.run("propose_verdicts", REGISTER=self.register, BATCH=batch)


def demo_county(folder: Path, data: Path, say: Say = print, place: Optional[str] = None) -> MainJob:
    """The whole job on the demonstration county in ``data``; results in ``folder``, whose register must not exist. ``place`` is an address
    on a server, where the register shall not lie in the folder."""
    job = MainJob(folder, say, place=place)
    say(f"演示县（合成数据） — synthetic demonstration county, {data}")
    _begin(job, data)
    _judge(job, data)
    _split(job)
    _come_back(job, data)
    _second_batch(job, data)
    _last_year(job)
    _pursue(job)
    _ledgers(job)
    _at_the_desk(job)
    _board(job)
    _give_out(job)
    _patrol(job, data)
    _own_eyes(job, data)
    return job


def _begin(job: MainJob, data: Path) -> None:
    job.run("create_register", OUTPUT=job.register, COUNTY_CODE="331082", COUNTY_NAME="演示县（合成数据）",
            TOWNSHIPS=f"{data / 'county.gpkg'}|layername=townships", CODE_FIELD="XZDM", NAME_FIELD="XZMC", STATION_FIELD="ZSDM",
            BY=INSPECTOR)
    job.run("import_patches", REGISTER=job.register, INPUT=data / "batch1.zip", BATCH=FIRST, BATCH_NAME="五月一批", YEAR=2026, MONTH=5,
            ISSUED="2026-05-20", REPORT=job.folder / "import_report.html", BY=INSPECTOR)
    for number, text in enumerate(("redline_utf8.txt", "redline_gbk.txt"), 1):
        day = read_redline(str(data / text)).header["数据产生日期"]
        job.run("import_redline", INPUT=data / text, DOCUMENT=f"演示政土〔{day[:4]}〕红线{number}号", APPROVED_ON=day,
                TARGET_CRS="EPSG:4528", OUTPUT=job.folder / f"red_line_{number}.gpkg")
    _profile_with_red_lines(job.folder, data).write(job.folder / PROFILE)
    job.measure_and_propose(FIRST, job.folder / PROFILE)


def _profile_with_red_lines(folder: Path, data: Path) -> Profile:
    """The county's profile, its sources made absolute, with the approvals that came as coordinates."""
    county = read_profile(data / "profile.json")
    layers = [EvidenceLayer(**{**layer.__dict__, "source": str(data / layer.source)}) for layer in county.layers]
    fields = {"number": "PZWH", "date": "PZRQ", "project": "XMMC"}
    layers += [EvidenceLayer(f"red_line_{number}", "approval", f"red_line_{number}.gpkg", f"红线坐标{number}（合成数据）", fields=fields)
               for number in (1, 2)]
    return Profile(county.name, tuple(layers), folder)


def _judge(job: MainJob, data: Path) -> None:
    job.run("give_verdicts", REGISTER=job.register, BATCH=FIRST, TABLE=data / "verdicts.xlsx", EFFECTIVE_ON="2026-05-24", BY=INSPECTOR,
            REPORT=job.folder / "verdicts_report.html")


def _split(job: MainJob) -> None:
    """Patches that an approval covers in part are split along it; what lies outside was occupied beyond it (204)."""
    with Register.open(job.register) as register:
        proposals = register.storage.frame("proposal")
        labels = register.parcels(FIRST).set_index("parcel_id")["DKBH"]
    chosen = sorted(labels[proposals.loc[proposals["split_along"] == "approval", "parcel_id"]])[:SPLIT_PARCELS]
    job.run("split_parcels", REGISTER=job.register, BATCH=FIRST, PARCELS=",".join(chosen), PROFILE=job.folder / PROFILE,
            ALONG="approval", BY=INSPECTOR)
    job.measure_and_propose(FIRST, job.folder / PROFILE)
    table = job.folder / "verdicts_on_pieces.csv"
    _write_piece_verdicts(job.register, table)
    job.run("give_verdicts", REGISTER=job.register, BATCH=FIRST, TABLE=table, BY=INSPECTOR)


def _write_piece_verdicts(path: Path, table: Path) -> None:
    with Register.open(path) as register:
        parcels = register.parcels(FIRST)
    pieces = parcels[parcels["TBZT"] == "2"]
    with table.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["DKBH", "PDJL1", "PDJL2", "WFLX", "WFXZ", "FLSM", "PDSM"])
        for row in pieces.itertuples():
            if row.YPMJ > row.DKMJ / 2:
                writer.writerow([row.DKBH, "1", "102", "", "", "", "批准范围内"])
            else:
                writer.writerow([row.DKBH, "2", "204", "01", "CZYD", "77", "超出批准范围"])


def _come_back(job: MainJob, data: Path) -> None:
    """The city sends some parcels back; the batch is issued again, and its new patches are measured."""
    with Register.open(job.register) as register:
        parcels = register.parcels(FIRST)
    returned = sorted(parcels.loc[(parcels["PDJL1"] == "3") & (parcels["TBZT"] == "0"), "DKBH"])[:3]
    job.run("return_parcels", REGISTER=job.register, BATCH=FIRST, PARCELS=",".join(returned), LEVEL="city", REASON="需补充实地照片",
            ANSWER_BY="2026-07-31", BY=CITY)
    job.run("import_patches", REGISTER=job.register, INPUT=data / "batch1_reissue.gpkg", BATCH=FIRST, BATCH_NAME="五月一批", YEAR=2026,
            MONTH=5, ISSUED="2026-06-25", REPORT=job.folder / "reissue_report.html", BY=INSPECTOR)
    job.measure_and_propose(FIRST, job.folder / PROFILE)


def _second_batch(job: MainJob, data: Path) -> None:
    job.run("import_patches", REGISTER=job.register, INPUT=data / "batch2.gpkg", BATCH=SECOND, BATCH_NAME="九月一批", YEAR=2026, MONTH=9,
            ISSUED="2026-09-20", REPORT=job.folder / "import_report_2.html", BY=INSPECTOR)
    job.measure_and_propose(SECOND, job.folder / PROFILE)


def _last_year(job: MainJob) -> None:
    """A batch of the year before: places at which building was found already, so that some cases are older than this year's patches."""
    with Register.open(job.register) as register:
        rows, outlines = demo_cases.last_year_rows(register, FIRST)
        write_patches(job.folder / "last_year.gpkg", rows.to_dict("records"), outlines, register.meta["crs"])
    job.run("import_patches", REGISTER=job.register, INPUT=job.folder / "last_year.gpkg", BATCH=LAST_YEAR, BATCH_NAME="上年十月一批",
            YEAR=2025, MONTH=10, ISSUED="2025-10-20", BY=INSPECTOR)
    job.measure_and_propose(LAST_YEAR, job.folder / PROFILE)
    verdicts = demo_cases.last_year_verdicts(rows)
    with (job.folder / "last_year.csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(verdicts[0]))
        writer.writeheader()
        writer.writerows(verdicts)
    job.run("give_verdicts", REGISTER=job.register, BATCH=LAST_YEAR, TABLE=job.folder / "last_year.csv", EFFECTIVE_ON="2025-10-24",
            BY=INSPECTOR)


def write_patches(path: Path, rows: Sequence[Dict[str, Any]], outlines: Sequence[bytes], crs: str) -> None:
    """A GeoPackage of patches as they are issued."""
    reference = osr.SpatialReference()
    reference.SetFromUserInput(crs)
    reference.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    dataset = ogr.GetDriverByName("GPKG").CreateDataSource(str(path))
    layer = dataset.CreateLayer(path.stem, reference, ogr.wkbMultiPolygon)
    for name, value in rows[0].items():
        layer.CreateField(ogr.FieldDefn(name, ogr.OFTReal if isinstance(value, float) else ogr.OFTString))
    for row, outline in zip(rows, outlines):
        feature = ogr.Feature(layer.GetLayerDefn())
        feature.SetGeometry(ogr.ForceToMultiPolygon(ogr.CreateGeometryFromWkb(outline)))
        for name, value in row.items():
            feature[name] = value
        layer.CreateFeature(feature)
    del layer, dataset


def _pursue(job: MainJob) -> None:
    """Cases and remedies in every stage, the figures they come to, and the year in words."""
    job.say("  Playing cases and remedies in every stage")
    with Register.open(job.register) as register:
        job.say(f"      {demo_cases.play(register, FIRST, LAST_YEAR)} cases")
    job.run("township_indicators", REGISTER=job.register, OUTPUT=job.folder / INDICATORS)
    job.run("township_indicators", REGISTER=job.register, YEAR=2026, OUTPUT=job.folder / YEAR_INDICATORS)
    job.run("county_paragraph", REGISTER=job.register, YEAR=2026, REPORT=job.folder / "county_year.html")


def _ledgers(job: MainJob) -> None:
    """Every ledger in every state, a line of each, and all of them given out."""
    job.say("  Keeping the ledgers of the office in every state")
    with Register.open(job.register) as register:
        for name, text in demo_ledgers.lines(demo_ledgers.play(register)):
            job.say(f"      {name}：{text}")
    job.run("ledger_progress", REGISTER=job.register, KIND="park_land", OUTPUT=job.folder / "park_progress.gpkg",
            REPORT=job.folder / "park_progress.html")
    job.run("export_ledgers", REGISTER=job.register, WORKBOOK=job.folder / "ledgers.xlsx", BULLETIN=job.folder / "ledgers.html",
            LAYERS=job.folder / "ledgers.gpkg")


def _at_the_desk(job: MainJob) -> None:
    """Whose work what is, what waits, visits, reviews and photos."""
    job.say("  Arranging the desk: work given out, marks, visits, reviews, photos")
    with Register.open(job.register) as register:
        job.say(f"      {demo_desk.arrange(register, job.folder, FIRST, SECOND)} photos")


def _board(job: MainJob) -> None:
    """Where each township stands, what if, the cheapest way under the line, and the month's workbook."""
    job.say("  The board: where each township stands, and what if")
    with Register.open(job.register) as register:
        for name, text in demo_board.write_board(register, job.folder / "board.html", 2026):
            job.say(f"      {name}：{text}")
    if importlib.util.find_spec("scipy") is None:
        job.say("      SciPy is not here: the cheapest way under the line is left out")
    else:
        job.run("cheapest_rectification", REGISTER=job.register, YEAR=2026, LEVEL="township", LINE="linhai", CUT_OFF=CUT_OFF,
                OUTPUT=job.folder / "cheapest.gpkg", REPORT=job.folder / "cheapest.html")
    job.run("export_workbook", REGISTER=job.register, YEAR=2026, OUTPUT=job.folder / "month.xlsx")


def _give_out(job: MainJob) -> None:
    job.run("export_townships", REGISTER=job.register, FOLDER=job.folder)
    job.run("export_patches", REGISTER=job.register, BATCH=FIRST, OUTPUT=job.folder / "judged_patches.shp")
    verified = job.run("verify_register", REGISTER=job.register, REPORT=job.folder / "verification.html")
    if verified["BROKEN"]:
        raise SystemExit(f"the register does not verify: {verified['BROKEN']} things are wrong")
    job.run("backup_register", REGISTER=job.register, OUTPUT=job.folder / "register_backup.gpkg")


def _patrol(job: MainJob, data: Path) -> None:
    """Three months of patrols in every state, their tracks, what they came near, the plan of the next month and a package for the field."""
    job.say("  Patrolling for three months")
    roads = data / "roads.gpkg"
    with Register.open(job.register) as register:
        made = demo_patrols.play(register, job.folder, roads)
        station = sorted({town.station for town in register.township_list() if town.station})[0]
    job.say(f"      {made.logs} logs, {made.findings} findings, {made.planned} planned")
    job.run("import_tracks", REGISTER=job.register, INPUT=made.tracks, BY=INSPECTOR, REPORT=job.folder / "tracks.html",
            **({"ROADS": roads} if roads.is_file() else {}))
    job.run("patrol_table", REGISTER=job.register, YEAR=demo_patrols.YEAR, OUTPUT=job.folder / PATROLS)
    month = {"YEAR": demo_patrols.YEAR, "MONTH": demo_patrols.PLANNED_MONTH}
    profile = {"PROFILE": demo_patrols.profile(job.folder, roads, data)} if roads.is_file() else {}
    job.run("patrol_coverage", REGISTER=job.register, YEAR=demo_patrols.YEAR, MONTH=demo_patrols.MONTHS[1], STATION=station,
            OUTPUT=job.folder / "patrol_coverage.gpkg", REPORT=job.folder / "patrol_coverage.html", **profile)
    job.run("export_patrol_plan", REGISTER=job.register, STATION=station, FOLDER=job.folder / "patrol_plan", **month, **profile)
    job.run("field_package", REGISTER=job.register, STATION=station, OUTPUT=job.folder / "field_package.zip", MOST_MB=5.0, **month,
            **({"IMAGES": [str(data / "image_20260910.tif")]} if (data / "image_20260910.tif").is_file() else {}))


def _own_eyes(job: MainJob, data: Path) -> None:
    """What two images show in one township, how much of what was planted there is in the list; and what the rules were worth so far."""
    images = [data / f"image_{day}.tif" for day in (CountyPlan().before, CountyPlan().after)]
    if all(image.is_file() for image in images):
        with Register.open(job.register) as register:
            issued = register.parcels(FIRST)
            township = str(issued["XZDM"].value_counts().index[0])
            mine = issued[issued["XZDM"] == township]
            crs, outlines = register.meta["crs"], shapely.from_wkb(list(register.storage.shapes(mine["shape_id"]).values()))
        found = job.run("propose_patches", BEFORE=images[0], AFTER=images[1], BUDGET=100, OUTPUT=job.folder / OWN_PATCHES,
                        AREA=f"{data / 'county.gpkg'}|layername=townships|subset=XZDM = '{township}'",
                        REPORT=job.folder / "own_patches.html")
        layer = QgsVectorLayer(f"{found['OUTPUT']}|layername=candidates", "candidates", "ogr")
        carry = QgsCoordinateTransform(layer.crs(), QgsCoordinateReferenceSystem(crs), QgsProject.instance())
        listed = shapely.STRtree([_carried(feature.geometry(), carry) for feature in layer.getFeatures()])
        hit = sum(len(listed.query(outline, predicate="intersects")) > 0 for outline in outlines)
        job.say(f"      {hit} / {len(outlines)} planted patches of this township lie under a candidate")
    job.run("rule_report", REGISTER=job.register, OUTPUT=job.folder / "rules.csv", REPORT=job.folder / "rules.html")
    job.run("back_test", REGISTER=job.register, PARAMETER="legal_cover_share", VALUE="0.999", OUTPUT=job.folder / "flips.csv",
            REPORT=job.folder / "back_test.html")


def _carried(shape: QgsGeometry, carry: QgsCoordinateTransform) -> shapely.Geometry:
    shape.transform(carry)
    return shapely.from_wkb(bytes(shape.asWkb()))


def patrol_lines(path: Path) -> List[Sequence[str]]:
    """The patrol table for the screen: headings, each station's months with a log."""
    layer = QgsVectorLayer(str(path), "patrols", "ogr")
    rows = [[_shown(feature[name], False) for _heading, name in _PATROLS] for feature in layer.getFeatures() if feature["JL"]]
    return [[heading for heading, _name in _PATROLS], *rows]


def rondonia(folder: Path, say: Say = print) -> MainJob:
    """The real patches: issued, measured against the land cover, judged as an exercise by what covers most of each, given out."""
    folder.mkdir(parents=True, exist_ok=True)
    job = MainJob(folder, say)
    say(f"Rondônia — real change patches (PRODES) and land cover (Sentinel-2), {RONDONIA}")
    job.run("create_register", OUTPUT=job.register, COUNTY_CODE="900000", COUNTY_NAME="Rondônia (sample)",
            TOWNSHIPS=RONDONIA / "sample_zones.gpkg", CODE_FIELD="code", NAME_FIELD="name", STATION_FIELD="station", CRS="EPSG:32720")
    job.run("import_patches", REGISTER=job.register, INPUT=RONDONIA / "prodes_patches.gpkg", BATCH="PRODES", BATCH_NAME="PRODES 2012–2021",
            YEAR=2021, ISSUED="2021-09-30", MAPPING=(RONDONIA / "mapping.json").read_text(encoding="utf-8"),
            REPORT=folder / "import_report.html")
    job.measure_and_propose("PRODES", RONDONIA / "profile.json")
    _judge_by_cover(job)
    job.run("export_townships", REGISTER=job.register, FOLDER=folder)
    job.run("verify_register", REGISTER=job.register)
    return job


#: What covers most of a patch in 2021 → the verdict of the exercise, and why. Bare soil without any approval counts as illegal use.
_BY_COVER = {"4": ("3", "301", "2021年仍为森林，实地未变化（练习）"), "3": ("3", "302", "已清除林木、现为植被，无建设（练习）"),
             "1": ("3", "302", "火烧清除，无建设（练习）"), "2": ("2", "201", "裸土，无批准文件（练习）")}


def _judge_by_cover(job: MainJob) -> None:
    """Brazil has no Chinese land classes, so the rules cannot tell; the exercise decides by the land cover of the largest share. Patches
    that the land cover does not reach stay unjudged."""
    with Register.open(job.register) as register:
        parcels = register.parcels("PRODES").set_index("parcel_id")["DKBH"]
        areas = register.storage.frame("evidence_area")
    most = areas[areas["class"].isin(_BY_COVER)].sort_values("area_m2").drop_duplicates("parcel_id", keep="last")
    table = job.folder / "verdicts.csv"
    with table.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("JCBH", "PDJL1", "PDJL2", "PDSM"))
        writer.writerows(sorted((parcels[parcel], *_BY_COVER[cover]) for parcel, cover in zip(most["parcel_id"], most["class"])))
    job.run("give_verdicts", REGISTER=job.register, BATCH="PRODES", TABLE=table, EFFECTIVE_ON="2021-10-15", BY=INSPECTOR)


def clear(folder: Path) -> None:
    """A fresh folder for results; what an earlier run left there goes."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def write_project(folder: Path, data: Path, place: Optional[str] = None) -> Path:
    """A QGIS project with the register's layers styled, the evidence below them, the images before and after at the bottom."""
    project = QgsProject()
    layers = MapLayers(project)
    parcels = layers.show(address_of(place or folder / REGISTER), "演示县（合成数据）")
    project.setCrs(parcels.crs())
    _evidence(project, folder)
    for name, title in (("image_20260910.tif", "九月批次后时相 2026-09-10（合成影像）"), ("image_20260512.tif", "后时相 2026-05-12（合成影像）"),
                        ("image_20260118.tif", "前时相 2026-01-18（合成影像）")):
        if (data / name).is_file():
            project.addMapLayer(QgsRasterLayer(str(data / name), title), False)
            project.layerTreeRoot().addLayer(project.mapLayersByName(title)[0])
    project.setTitle("演示县（合成数据）")
    project.viewSettings().setDefaultViewExtent(QgsReferencedRectangle(parcels.extent(), parcels.crs()))
    if not project.write(str(folder / PROJECT)):
        raise SystemExit(f"the project could not be written: {project.error()}")
    project.clear()
    return folder / PROJECT


def _evidence(project: QgsProject, folder: Path) -> None:
    """The profile's layers in a group that is switched off: there to be looked at, not in the way."""
    group = project.layerTreeRoot().addGroup("套合图层（合成数据）")
    for evidence in read_profile(folder / PROFILE).layers:
        layer = QgsVectorLayer(str(folder / evidence.source), evidence.name, "ogr")
        if layer.isValid():
            project.addMapLayer(layer, False)
            group.addLayer(layer)
    group.setItemVisibilityChecked(False)
    group.setExpanded(False)


def township_lines(path: Path) -> List[Sequence[str]]:
    """The township table for the screen, read from the workbook as it was given out: headings, townships, total."""
    import openpyxl

    book = openpyxl.load_workbook(str(path), read_only=True)
    heads, *rows = list(book.worksheets[0].iter_rows(min_row=3, values_only=True))
    book.close()
    counts, figures = (2, 5, 6, 9, 12), (3, 7, 13, 14, 18)
    chosen = (1, *sorted(counts + figures))
    table = [[str(heads[at]).replace("\n", "") for at in chosen]]
    return table + [[_shown(row[at], at in figures) for at in chosen] for row in rows]


def indicator_lines(path: Path) -> List[Sequence[str]]:
    """Cases and remedies by township for the screen, from the indicators as they were written: headings, townships, county."""
    layer = QgsVectorLayer(str(path), "indicators", "ogr")
    rows = [[_indicator(feature, name) for _heading, name in _ON_SCREEN] for feature in layer.getFeatures()]
    return [[heading for heading, _name in _ON_SCREEN], *rows]


def _indicator(feature: QgsFeature, name: str) -> str:
    if name in ("LA", "JA"):
        return f"{feature[name + '_FZ']}/{feature[name + '_FM']}"
    return _shown(feature[name], isinstance(feature[name], float))


def _shown(value: Any, is_figure: bool) -> str:
    return f"{value:,.2f}" if is_figure and not isinstance(value, str) else str(value)
