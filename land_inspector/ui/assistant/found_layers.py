"""What lies in a folder or a file: its polygon layers with their first rows, enough to guess what each of them is.

Nothing here touches a widget; all of it may run beside the window.
"""
from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from math import cos, radians
from pathlib import Path
from statistics import median
from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple

from osgeo import gdal, ogr

from ...errors import LandInspectorError, message
from ...evidence.profile import LAND_USE, Offered, PLAN, role_of, speaks_against
from ...evidence.vector_files import ARCHIVES, JSON_SUFFIXES, LAYER_SUFFIXES, files_in, is_geodatabase, opened
from ...exchange.formats.shp import column, field_names, read_dbf, text_samples
from ...evidence.encodings import Decoder, decide
from ...exchange.image_files import SUFFIXES as IMAGE_SUFFIXES
from ...exchange.intake.mapping import recognise_names
from ...law.codes import land_class_group
from ...law.image_dates import DateSpan, parse_image_date
from ...progress import Progress


#: As many rows tell what a column holds; a window shows the first of them.
MOST_ROWS = 200
#: More files than these are no folder of an office's data but a disk.
MOST_FILES = 400
_LARGEST_DBF = 60_000_000
_METRES_PER_DEGREE = 111_320.0
_DEEPEST = 3


@dataclass(frozen=True)
class FoundLayer:
    """A polygon layer. ``source`` is what algorithms and QGIS open; ``rows`` are the first :data:`MOST_ROWS`, ``areas_m2`` their areas
    on a plane (good enough to tell m² from mu), ``box`` the extent in the layer's own CRS, ``crs`` its EPSG code or name, '' for none.
    ``is_alone``: the file holds no other layer, so that its name speaks for this one."""

    source: str
    name: str
    file: str
    fields: Tuple[str, ...]
    rows: Tuple[Dict[str, Any], ...]
    count: int
    crs: str = ""
    areas_m2: Tuple[float, ...] = ()
    box: Optional[Tuple[float, float, float, float]] = None
    is_alone: bool = True

    def values(self, name: str) -> List[Any]:
        """What stands in a column, without the empty cells."""
        return [row[name] for row in self.rows if row.get(name) not in (None, "")]

    @property
    def title(self) -> str:
        """``county.gpkg · townships``; a file of one layer goes by its own name."""
        return self.file if Path(self.file).stem == self.name else f"{self.file} · {self.name}"

    @property
    def short_title(self) -> str:
        """What tells it from its neighbours comes first."""
        return self.file if Path(self.file).stem == self.name else f"{self.name} ({self.file})"


@dataclass
class Found:
    """The layers of a place; the folders below it that hold images; ``unread`` names files with the reason why nothing is known."""

    layers: List[FoundLayer] = field(default_factory=list)
    image_folders: List[Path] = field(default_factory=list)
    unread: List[Tuple[str, str]] = field(default_factory=list)


def look_into(place: Path, progress: Progress) -> Found:
    """Everything in a folder and three levels below it, or in one file. Raises Cancelled; a file that cannot be read is noted."""
    found = Found()
    files = sorted(_files(place, 0))[:MOST_FILES]
    for at, path in enumerate(files):
        progress.step(at / max(len(files), 1), message("Looking at {file}", file=path.name))
        if path.suffix.lower() in IMAGE_SUFFIXES - {".gpkg"}:
            _note_folder(found, path.parent)
        if path.suffix.lower() in LAYER_SUFFIXES | ARCHIVES:
            _look_at(path, found, progress)
    found.image_folders = _with_their_neighbours(found.image_folders, place)
    return found


def _with_their_neighbours(folders: Sequence[Path], place: Path) -> List[Path]:
    """Folders that lie side by side, one for each date, go by the folder around them: the next date's is found in it as well."""
    shared = {folder.parent for folder in folders if folder.parent != place and sum(one.parent == folder.parent for one in folders) > 1}
    return list(dict.fromkeys(folder.parent if folder.parent in shared else folder for folder in folders))


def _files(place: Path, depth: int) -> Iterator[Path]:
    if place.is_file() or is_geodatabase(place):
        yield place
    elif place.is_dir() and depth <= _DEEPEST:
        for path in place.iterdir():
            if not path.name.startswith(".") and not path.is_symlink():
                yield from _files(path, depth + 1)


def _note_folder(found: Found, folder: Path) -> None:
    """The topmost folder counts: images are looked for below it."""
    if not any(known == folder or known in folder.parents for known in found.image_folders):
        found.image_folders = [known for known in found.image_folders if folder not in known.parents] + [folder]


def _look_at(path: Path, found: Found, progress: Progress) -> None:
    try:
        if path.suffix.lower() in ARCHIVES:
            with files_in(path, LAYER_SUFFIXES, progress) as (files, _others):
                inside = [layer for file in files for layer in _layers(file.path, str(path), path.name)]
            found.layers += inside[:1] if len(inside) == 1 else [
                FoundLayer(**{**layer.__dict__, "source": f"{path}|layername={layer.name}"}) for layer in inside]
        else:
            found.layers += _layers(path, "", path.name)
    except LandInspectorError as error:
        if path.suffix.lower() not in JSON_SUFFIXES:  # settings and styles are JSON as well
            found.unread.append((path.name, str(error)))
    except (OSError, ValueError, RuntimeError) as error:  # whatever a damaged file makes a reader say: the others still count
        found.unread.append((path.name, str(error)))


def _layers(path: Path, source: str, file: str) -> List[FoundLayer]:
    """The polygon layers of one data set; ``source`` is given for what lies in an archive."""
    made = []
    with opened(path) as dataset:
        several = dataset.GetLayerCount() > 1 or path.suffix.lower() in (".gpkg", ".sqlite", ".gdb")
        for at in range(dataset.GetLayerCount()):
            layer = dataset.GetLayer(at)
            if not _may_hold_polygons(layer) or layer.GetName().lower() in ("layer_styles", "parcel_map", "photo_map"):
                continue
            name = layer.GetName()
            own = source or (f"{path}|layername={name}" if several else str(path))
            made.append(_layer(path, layer, own, file))
    return made if len(made) < 2 else [replace(one, is_alone=False) for one in made]


def _may_hold_polygons(layer: ogr.Layer) -> bool:
    kind = ogr.GT_Flatten(layer.GetGeomType())
    return kind in (ogr.wkbPolygon, ogr.wkbMultiPolygon, ogr.wkbCurvePolygon, ogr.wkbMultiSurface, ogr.wkbUnknown)


def _layer(path: Path, layer: ogr.Layer, source: str, file: str) -> FoundLayer:
    definition = layer.GetLayerDefn()
    fields = [definition.GetFieldDefn(at).GetName() for at in range(definition.GetFieldCount())]
    reference = layer.GetSpatialRef()
    rows, areas = _first_rows(layer, fields, reference is not None and bool(reference.IsGeographic()))
    if path.suffix.lower() == ".shp":
        fields, rows = _in_its_own_words(path, fields, rows)
    return FoundLayer(source, layer.GetName(), file, tuple(fields), tuple(rows), max(layer.GetFeatureCount(), 0), _crs(reference),
                      tuple(areas), _box(layer))


def _first_rows(layer: ogr.Layer, fields: Sequence[str], in_degrees: bool) -> Tuple[List[Dict[str, Any]], List[float]]:
    rows: List[Dict[str, Any]] = []
    areas: List[float] = []
    layer.ResetReading()
    while len(rows) < MOST_ROWS:
        feature = layer.GetNextFeature()
        if feature is None:
            break
        rows.append({name: _value(feature, at) for at, name in enumerate(fields)})
        areas.append(_area(feature.GetGeometryRef(), in_degrees))
    return rows, areas


def _value(feature: ogr.Feature, at: int) -> Any:
    if not feature.IsFieldSetAndNotNull(at):
        return None
    kind = feature.GetFieldDefnRef(at).GetType()
    if kind in (ogr.OFTInteger, ogr.OFTInteger64):
        return feature.GetFieldAsInteger64(at)
    if kind == ogr.OFTReal:
        return feature.GetFieldAsDouble(at)
    try:
        return feature.GetFieldAsString(at).strip()
    except UnicodeDecodeError:
        return "?"


def _area(geometry: Optional[ogr.Geometry], in_degrees: bool) -> float:
    if geometry is None or geometry.IsEmpty():
        return 0.0
    if not in_degrees:
        return geometry.GetArea()
    _west, _east, south, north = geometry.GetEnvelope()
    return geometry.GetArea() * _METRES_PER_DEGREE ** 2 * max(cos(radians((south + north) / 2)), 0.01)


def _in_its_own_words(path: Path, fields: List[str], rows: List[Dict[str, Any]]) -> Tuple[List[str], List[Dict[str, Any]]]:
    """Names and texts of a shapefile in the encoding that its own bytes speak, as the import reads them."""
    dbf = next((one for one in (path.with_suffix(".dbf"), path.with_suffix(".DBF")) if one.is_file()), None)
    if dbf is None or dbf.stat().st_size > _LARGEST_DBF:
        return fields, rows
    table = read_dbf(dbf, dbf.read_bytes())
    samples = text_samples(table)
    decoder = Decoder(decide(samples, table.language_codec), samples)
    names = field_names(table, decoder)
    columns = {name: column(table, one, decoder)[:MOST_ROWS] for name, one in zip(names, table.fields)}
    count = min((len(values) for values in columns.values()), default=0)
    return names, [{name: values[at] for name, values in columns.items()} for at in range(count)]


def _crs(reference: Any) -> str:
    if reference is None:
        return ""
    code = reference.GetAuthorityCode(None)
    return f"{reference.GetName()} (EPSG:{code})" if code else reference.GetName() or ""


def _box(layer: ogr.Layer) -> Optional[Tuple[float, float, float, float]]:
    gdal.ErrorReset()
    box = layer.GetExtent(can_return_null=True)
    return None if box is None else (box[0], box[2], box[1], box[3])


# What a found layer probably is, and which of its fields is which: by the names that are usual, else by what stands in the columns.
#
# A guess is offered with its grounds and never taken where nothing speaks for it.

#: How areas of a patch may be written: m², mu, ha as parts of a square metre.
UNITS = {"m2": 1.0, "mu": 0.0015, "ha": 0.0001}
_UNIT_SLACK = 0.1
_CODE_NAMES = ("XZDM", "XZQDM", "QSDWDM", "乡镇代码", "行政区代码", "区划代码", "代码", "CODE", "ADCODE", "DM", "ID")
_NAME_NAMES = ("XZMC", "XZQMC", "乡镇名称", "行政区名称", "名称", "NAME", "MC", "XZ", "乡镇")
_STATION_NAMES = ("ZSMC", "ZSDM", "所名称", "自然资源所", "国土所", "STATION", "GTS", "ZRZYS")
_TOWNSHIP_END = re.compile(r"(街道|镇|乡|鎮|鄉|苏木|办事处|开发区|管理区|园区|农场|林场|township|town|subdistrict|street|zone \d.*)$", re.IGNORECASE)
#: Words by which a layer or field speaks of villages, which are not what is counted by.
_VILLAGE = re.compile(r"村|社区|居委|village|CZQ|CJQY|CUN", re.IGNORECASE)
#: Words in the name of a field that speak of a paper: whose dates are no image's.
_PAPER_FIELD = re.compile(r"批准|批文|批复|审批|证号|许可|合同|协议|备案|登记[日时号]|有效|到期|截止|终止|签[订发]|"
                          r"permit|approv|licen[cs]e|expir|valid|contract|grant|signed", re.IGNORECASE)
_NUMBER_NAME = re.compile(r"(bh|id|no|num|编号|图斑号|图斑编|序号)", re.IGNORECASE)
#: Numbers that a program gave its rows, which the issue does not go by.
_ROW_NUMBER = re.compile(r"^(fid|oid|gid|id|objectid|ogc_fid|序号|顺序号)$|^fid_|_fid$", re.IGNORECASE)
_FLOOR_OF_AREA_RATIOS = 3
#: Two images of one pair are not farther apart; a permit's two days often are.
_LONGEST_PAIR_DAYS = 4 * 366


@dataclass(frozen=True)
class TownshipFields:
    """The fields of a township layer; '' where none is recognised. ``county`` are the six digits most codes begin with."""

    code: str = ""
    name: str = ""
    station: str = ""
    county: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether townships can be made of them: there is a code and a name."""
        return bool(self.code and self.name)


def township_fields(layer: FoundLayer) -> TownshipFields:
    """A column of codes of nine digits, or of twelve that end in 000, each its own, and a column of names beside it; where the names
    alone say that they are townships, there may be no code."""
    code = _best([name for name in layer.fields if _are_township_codes(layer.values(name))], _CODE_NAMES)
    texts = [name for name in layer.fields if name != code and _are_names(layer.values(name), layer.count)]
    named = [name for name in texts if _ends_like_township(layer.values(name))]
    name = _best(named if not code else named or texts, _NAME_NAMES)
    if not code and (not name or len(set(layer.values(name))) <= 0.8 * len(layer.rows)):
        return TownshipFields()
    station = next((one for one in texts if one != name and _stands_in(one, _STATION_NAMES)), "")
    station = station or next((one for one in layer.fields if one not in (code, name) and _stands_in(one, _STATION_NAMES)
                               and layer.values(one)), "")
    counties = [_code(value)[:6] for value in layer.values(code)] if code else []
    return TownshipFields(code, name, station, max(set(counties), key=counties.count) if counties else "")


def _are_township_codes(values: Sequence[Any]) -> bool:
    texts = [_code(value) for value in values]
    fitting = [text for text in texts if re.fullmatch(r"\d{9}(000)?", text)]
    return bool(texts) and len(fitting) == len(texts) and len(set(texts)) > 0.8 * len(texts) and len({t[:4] for t in texts}) == 1


def _code(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()


def _are_names(values: Sequence[Any], count: int) -> bool:
    return len(values) >= 0.8 * min(count, len(values) or 1) > 0 and all(
        isinstance(value, str) and not re.fullmatch(r"[\d.\-\s]+", value) for value in values)


def _ends_like_township(values: Sequence[Any]) -> bool:
    return sum(bool(_TOWNSHIP_END.search(str(value).strip())) for value in values) > 0.6 * len(values)


def _best(names: Sequence[str], usual: Sequence[str]) -> str:
    """The name that is most usual; else the first."""
    upper = {name.upper(): name for name in names}
    return next((upper[one.upper()] for one in usual if one.upper() in upper), names[0] if names else "")


def _stands_in(name: str, usual: Sequence[str]) -> bool:
    return any(one.upper() in name.upper() for one in usual)


def looks_like_townships(layer: FoundLayer) -> bool:
    """A handful of outlines with a code and a name each, that are neither patches, villages, papers nor a survey."""
    fields = township_fields(layer)
    if layer.count > 400 or not fields.name or looks_like_patches(layer):
        return False
    if _ends_like_township(layer.values(fields.name)) and not _own(layer, _EVIDENCE_FIELDS["number"]):
        return _named_role(layer) is None
    is_other = _own(layer, (*_EVIDENCE_FIELDS["number"], *_EVIDENCE_FIELDS["class"])) or _VILLAGE.search(f"{layer.name} {fields.name}")
    return fields.is_whole and not is_other and _named_role(layer) is None and not speaks_against(layer.name)


def township_rank(layer: FoundLayer) -> Tuple[bool, bool, bool]:
    """By what layers that look like townships are put in order, the likeliest first: named so, with codes, of few outlines."""
    fields = township_fields(layer)
    return not _ends_like_township(layer.values(fields.name)), not fields.code, layer.count < 2


# --- patches ----------------------------------------------------------------------------------------------------------

#: The standard fields that the assistant asks for, in the order in which they matter; the first must be there.
PATCH_FIELDS = ("JCBH", "JCMJ", "QSX", "HSX", "XZQDM", "XZMC", "CMC", "TBLX", "GDMJ0", "JBNTMJ0", "BZ")


def patch_fields(layer: FoundLayer) -> Dict[str, str]:
    """Standard field → the layer's own; by usual names first, then the number, the two dates and the area by their columns."""
    found = {standard: own for standard, own in recognise_names(layer.fields).items() if standard in PATCH_FIELDS and own in layer.fields}
    rest = [name for name in layer.fields if name not in found.values()]
    dates = _dates_by_column(layer, rest)
    if "QSX" not in found and "HSX" not in found and len(dates) >= 2:
        found["QSX"], found["HSX"] = dates[0], dates[-1]
        rest = [name for name in rest if name not in dates]
    if "JCBH" not in found:
        number = _number_by_column(layer, rest)
        found.update({"JCBH": number} if number else {})
    if "JCMJ" not in found:
        area = next((name for name in rest if unit_of_column(layer, name)), "")
        found.update({"JCMJ": area} if area else {})
    return found


def _dates_by_column(layer: FoundLayer, names: Sequence[str]) -> List[str]:
    """Columns that hold a date in every row, the earlier first; a year alone is no image date."""
    spans = {}
    for name in names:
        read = [parse_image_date(value) for value in layer.values(name)]
        if read and all(span is not None and _is_fine(span) for span in read):
            spans[name] = median(span.first.toordinal() for span in read if span is not None)
    return sorted(spans, key=lambda name: spans[name])


def _is_fine(span: DateSpan) -> bool:
    return 1990 < span.first.year < 2100 and (span.last - span.first).days < 100


def _number_by_column(layer: FoundLayer, names: Sequence[str]) -> str:
    """A column that tells the rows apart; numbers that a program gave them only where nothing else does."""
    spoken = [name for name in names if not _ROW_NUMBER.search(name)]
    return _telling_apart(layer, spoken) or _telling_apart(layer, names)


def _telling_apart(layer: FoundLayer, names: Sequence[str]) -> str:
    unique = [name for name in names if layer.values(name) and len(set(map(str, layer.values(name)))) == len(layer.rows)]
    texts = [name for name in unique if all(not isinstance(value, float) for value in layer.values(name))]
    return next((name for name in texts if _NUMBER_NAME.search(name)), texts[0] if len(texts) == 1 else "")


def unit_of_column(layer: FoundLayer, name: str) -> str:
    """``m2``, ``mu`` or ``ha`` where a column of numbers is the rows' areas in that unit; '' else."""
    ratios = [float(value) / area for value, area in zip((row.get(name) for row in layer.rows), layer.areas_m2)
              if isinstance(value, (int, float)) and value > 0 and area > 0]
    if len(ratios) < _FLOOR_OF_AREA_RATIOS:
        return ""
    middle = median(ratios)
    return next((unit for unit, share in UNITS.items() if abs(middle / share - 1) < _UNIT_SLACK), "")


def looks_like_patches(layer: FoundLayer) -> bool:
    """A number of its own for each row and the two image dates: what an issue has and no survey, approval or township layer.

    Where only the columns speak for it, a name that says otherwise wins: a permit with two dates is no patch.
    """
    usual, fields = recognise_names(layer.fields), patch_fields(layer)
    by_name = "QSX" in usual and "HSX" in usual
    is_paper = _named_role(layer) is not None or bool(_own(layer, _EVIDENCE_FIELDS["number"])) or any(
        _PAPER_FIELD.search(name) for name in layer.fields)
    return {"JCBH", "QSX", "HSX"} <= set(fields) and (by_name or not is_paper and _are_a_pair(layer, fields))


def _are_a_pair(layer: FoundLayer, fields: Mapping[str, str]) -> bool:
    """Whether the two dates can be those of two images: the one after the other, a few years at most."""
    days = [[span.first.toordinal() for span in map(parse_image_date, layer.values(fields[name])) if span] for name in ("QSX", "HSX")]
    return all(days) and 0 < median(days[1]) - median(days[0]) <= _LONGEST_PAIR_DAYS


def issue_name(layer: FoundLayer) -> Tuple[str, Optional[DateSpan]]:
    """The latest day that the images after show: by it a batch is named and dated unless the user says otherwise."""
    own = patch_fields(layer).get("HSX")
    spans = [span for span in (parse_image_date(value) for value in layer.values(own)) if span] if own else []
    last = max(spans, key=lambda span: span.last, default=None)
    return (f"{last.last:%Y-%m}" if last else ""), last


# --- evidence ---------------------------------------------------------------------------------------------------------

_EVIDENCE_FIELDS: Mapping[str, Tuple[str, ...]] = {
    "class": ("DLBM", "地类编码", "地类代码"),
    "zone": ("GHFQDM", "GZQLXDM", "GHYTFQ", "GHFQ", "规划分区代码", "管制分区", "ZONE"),
    "number": ("PZWH", "DZJGH", "HTH", "HTBH", "BDCQZH", "BAH", "BABH", "XKZH", "XMBH", "批准文号", "批复文号", "批文号", "文号", "备案号",
               "备案编号", "合同号", "合同编号", "电子监管号", "不动产权证号", "权证号", "证号", "许可证号", "项目编号", "NUMBER", "PERMIT_NO",
               "APPROVAL_NO", "CONTRACT_NO", "LICENCE_NO", "LICENSE_NO"),
    "date": ("PZRQ", "PFRQ", "GYRQ", "DJRQ", "YXQQ", "BARQ", "批准日期", "批准时间", "批复日期", "批复时间", "供地日期", "供地时间", "签订日期",
             "登记日期", "登记时间", "备案日期", "备案时间", "发证日期", "起始日期", "开始日期", "日期", "DATE", "APPROVED_ON", "APPROVED",
             "ISSUED_ON", "SIGNED_ON", "REGISTERED_ON"),
    "until": ("JZRQ", "YXQZ", "截止日期", "截止时间", "到期日期", "到期时间", "终止日期", "有效期至", "UNTIL", "EXPIRES", "EXPIRES_ON"),
    "user": ("YDDW", "QLR", "用地单位", "权利人", "USER"),
    "project": ("XMMC", "项目名称", "PROJECT"),
    "use": ("PZYT", "SPYT", "批准用途", "USE"),
}
_PAPERS = ("number", "date", "until", "user", "project", "use")
VILLAGE_FIELDS = ("CZCSXM", "城镇村属性码", "城镇村属性")
#: Zones of a plan in which building is allowed, by the code lists in use; others must be ticked by the office.
_BUILDABLE = ("010", "01", "允许建设区", "城镇开发边界", "城镇集中建设区")


def evidence_role(layer: FoundLayer) -> str:
    """The role that name and fields speak of; '' for what is none, so that nobody takes it by accident."""
    if looks_like_patches(layer) or looks_like_townships(layer):
        return ""
    return _named_role(layer) or (LAND_USE if class_field(layer) else "")


def _named_role(layer: FoundLayer) -> Optional[str]:
    return role_of(Offered(f"{layer.name} {layer.file}" if layer.is_alone else layer.name, layer.name, layer.fields))


_YEAR = re.compile(r"(?<!\d)(20[0-4]\d)(?!\d)")


def survey_year(layer: FoundLayer) -> int:
    """The year that a survey's own name, else its file's, speaks of last; 0 where neither does."""
    return max(map(int, _YEAR.findall(layer.name) or _YEAR.findall(layer.file)), default=0)


def older_surveys(layers: Sequence[FoundLayer]) -> List[FoundLayer]:
    """Of several surveys those whose name says an earlier year than another's: a patch is measured against the newest alone."""
    newest = max(map(survey_year, layers), default=0)
    return [layer for layer in layers if 0 < survey_year(layer) < newest]


def class_field(layer: FoundLayer) -> str:
    """A column of land classes: by its usual name, else by codes of the survey in nearly every row."""
    named = _own(layer, _EVIDENCE_FIELDS["class"])
    return named or next((name for name in layer.fields if _are_land_classes(layer.values(name))), "")


def _are_land_classes(values: Sequence[Any]) -> bool:
    texts = [str(value).strip() for value in values if isinstance(value, str)]
    known = [text for text in texts if re.fullmatch(r"\d{3,4}[A-Z]?", text) and land_class_group(text) is not None]
    return len(texts) > 2 and len(known) > 0.9 * len(texts)


def evidence_fields(layer: FoundLayer, role: str) -> Dict[str, str]:
    """Standard name → the layer's own field, as the role needs them."""
    if role == LAND_USE:
        own = class_field(layer)
        return {"class": own} if own else {}
    wanted = ("zone",) if role == PLAN else _PAPERS
    return {standard: own for standard in wanted for own in [_own(layer, _EVIDENCE_FIELDS[standard])] if own}


def village_field(layer: FoundLayer) -> str:
    """The survey's own field of towns and villages (203)."""
    return _own(layer, VILLAGE_FIELDS)


def zones(layer: FoundLayer, own: str) -> List[str]:
    """The zones of a plan as far as its first rows show them."""
    return sorted({str(value) for value in layer.values(own)}) if own else []


def buildable(found: Sequence[str]) -> Tuple[str, ...]:
    """Those of the zones found in which building is allowed, in the order given."""
    return tuple(zone for zone in found if zone in _BUILDABLE)


def _own(layer: FoundLayer, names: Sequence[str]) -> str:
    upper = {name.upper(): name for name in layer.fields}
    return next((upper[name.upper()] for name in names if name.upper() in upper), "")
