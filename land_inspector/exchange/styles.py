"""How the register's layers look in QGIS: colours with patterns and letters, names in both languages, code lists.

Made from :mod:`land_inspector.register.tables` and the code lists of law, so that a field or a code added there shows
here. A style goes into the file beside its layer; whoever opens the layer sees it, with or without this plugin.
"""
from __future__ import annotations

import base64
import re
import tempfile
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Dict, List, Mapping, Optional, Sequence, Tuple
from zipfile import ZIP_DEFLATED, ZipFile

from qgis.core import (
    Qgis, QgsCategorizedSymbolRenderer, QgsCoordinateReferenceSystem, QgsEditorWidgetSetup, QgsFillSymbol,
    QgsLinePatternFillSymbolLayer, QgsLineSymbol, QgsMapLayer, QgsMarkerSymbol, QgsPalLayerSettings, QgsProject,
    QgsProperty, QgsReadWriteContext, QgsRectangle, QgsReferencedRectangle, QgsRendererCategory, QgsRuleBasedRenderer,
    QgsSingleSymbolRenderer, QgsSvgMarkerSymbolLayer, QgsTextBufferSettings, QgsTextFormat, QgsUnitTypes,
    QgsVectorLayer, QgsVectorLayerSimpleLabeling,
)
from qgis.PyQt.QtGui import QColor
from qgis.PyQt.QtXml import QDomDocument

from ..compat import make_field
from ..errors import DamagedError, InputError, message
from ..law.codes import shipped_codes
from ..progress import Progress
from ..register import tables
from ..register.register_frames import Interval, states_over_time
from ..register.register import Register
from ..register.storage.layout import MapStyle
from ..register.tables import DATE, Field
from .atomic_files import one_given_out
from .formats.gpkg import Layer, write_geopackage


LANGUAGES = ("zh", "en")
_NONE = QColor(0, 0, 0, 0)
_BLUE = "#0b57d0"
#: A dot where the camera stood and an arrow in its view; it goes with the style, so that it needs no file of the plugin.
_ARROW = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48" width="48" height="48">'
    '<path d="M24 24 L10 4 A25 25 0 0 1 38 4 Z" fill="#0b57d0" fill-opacity="0.22"/>'
    '<path d="M24 26 V12" stroke="#fff" stroke-width="8" stroke-linecap="round"/>'
    '<path d="M24 1 L33 15 H15 Z" fill="#0b57d0" stroke="#fff" stroke-width="2"/>'
    '<path d="M24 25 V13" stroke="#0b57d0" stroke-width="4"/>'
    '<circle cx="24" cy="24" r="5" fill="#0b57d0" stroke="#fff" stroke-width="2"/></svg>')
#: Placing the letters of 50 000 parcels in a view of the whole county takes a minute and shows nothing.
_LETTERS_FROM_SCALE, _NUMBERS_FROM_SCALE, _TIMES_FROM_SCALE = 25_000, 10_000, 5_000


@dataclass(frozen=True)
class Look:
    """How one level-1 verdict shows: colour, angles of its hatching (none for an empty outline), letter by language."""

    colour: str
    angles: Tuple[int, ...]
    letter: Mapping[str, str]


#: The letter and the hatching say the same as the colour, for a reader who cannot tell red from green.
LOOKS: Mapping[str, Look] = {
    "0": Look("#6b6b6b", (), {"zh": "未", "en": "?"}),
    "1": Look("#1a7f37", (45,), {"zh": "合", "en": "L"}),
    "2": Look("#c5221f", (45, 135), {"zh": "违", "en": "X"}),
    "3": Look("#1a5fb4", (0,), {"zh": "其", "en": "O"}),
}

_TOWNSHIP_FIELDS = (
    Field("XZDM", tables.TEXT, "乡镇代码", "Township code"),
    Field("XZMC", tables.TEXT, "乡镇名称", "Township"),
    Field("ZSDM", tables.TEXT, "自然资源所", "Station"),
)
_PHOTO_FIELDS = (
    Field("photo_id", tables.TEXT, "照片内部号", "Photo id"),
    Field("JCBH", tables.TEXT, "监测编号", "Patch number"),
    *(field for field in tables.PHOTO if field.name in ("parcels", "file", "taken_at", "direction", "magnetic", "distance_m")),
)
PARCEL_ID = Field("parcel_id", tables.TEXT, "地块内部号", "Parcel id")


def register_styles(language: str) -> List[MapStyle]:
    """Styles of a register's map layers in both languages; those in ``language`` (zh, en) are the defaults."""
    return [MapStyle(table, spoken, qml, spoken == language) for spoken in LANGUAGES for table, qml in _map_qmls(spoken).items()]


@lru_cache(maxsize=None)
def _map_qmls(language: str) -> Mapping[str, str]:
    """QML by map layer. The same for every register, and QGIS takes its time to write it."""
    parcels = [PARCEL_ID, *(tables.ALL_FIELDS[name] for name in tables.MAP_FIELDS)]
    issued = [tables.ALL_FIELDS[name] for name in ("PCBH", "JCBH", "issue_no")] + list(tables.ISSUED)
    return MappingProxyType({
        "parcel_map": parcel_qml(parcels, language, hidden=("parcel_id",)),
        "issued_map": issued_qml(issued, language),
        "township": township_qml(_TOWNSHIP_FIELDS, language),
        "photo_map": photo_qml(_PHOTO_FIELDS, language, hidden=("photo_id", "parcels")),
    })


def parcel_qml(fields: Sequence[Field], language: str, hidden: Sequence[str] = ()) -> str:
    """Parcels by verdict (PDJL1), with the verdict's letter from 1:25 000 on and the number (DKBH) from 1:10 000."""
    layer = blank_layer(fields)
    layer.setRenderer(_by_verdict(language))
    show_label(layer, _verdict_label(language), smallest_scale=_LETTERS_FROM_SCALE)
    return finished_qml(layer, fields, language, '"DKBH"', hidden)


def issued_qml(fields: Sequence[Field], language: str) -> str:
    """Patches as issued: a dashed outline that leaves the image free, with the patch number."""
    layer = blank_layer(fields)
    layer.setRenderer(QgsSingleSymbolRenderer(QgsFillSymbol.createSimple(
        {"style": "no", "outline_color": "#8e24aa", "outline_width": "0.4", "outline_style": "dash"})))
    show_label(layer, '"JCBH"', colour="#8e24aa", smallest_scale=_NUMBERS_FROM_SCALE)
    return finished_qml(layer, fields, language, '"JCBH"')


def township_qml(fields: Sequence[Field], language: str) -> str:
    """Townships: a boundary line and the name."""
    layer = blank_layer(fields)
    layer.setRenderer(QgsSingleSymbolRenderer(QgsFillSymbol.createSimple(
        {"style": "no", "outline_color": "#4d4d4d", "outline_width": "0.5", "outline_style": "dash dot"})))
    show_label(layer, '"XZMC"', colour="#333333", size=11)
    return finished_qml(layer, fields, language, '"XZMC"')


def photo_qml(fields: Sequence[Field], language: str, hidden: Sequence[str] = ()) -> str:
    """Photos: an arrow in the direction of the view (hollow where it is a compass's, which points some degrees aside of true north),
    a dot where the camera wrote none; day and time when close."""
    layer = blank_layer(fields, "Point")
    words = {"zh": ("照片（拍摄方向）", "照片（磁方位角）", "照片（无方位角）"),
             "en": ("Photo, in its direction", "Photo, by its compass", "Photo without a direction")}[language]
    root = QgsRuleBasedRenderer.Rule(None)
    arrow, compass = _arrow(_ARROW), _arrow(_ARROW.replace(f'fill="{_BLUE}"', f'fill="#ffffff" stroke="{_BLUE}"'))
    dot = QgsMarkerSymbol.createSimple({"name": "circle", "size": "3", "color": _BLUE, "outline_color": "#ffffff", "outline_width": "0.4"})
    for symbol, word, condition in ((arrow, words[0], '"direction" IS NOT NULL AND coalesce("magnetic", 0) = 0'),
                                    (compass, words[1], '"direction" IS NOT NULL AND "magnetic" = 1'), (dot, words[2], "ELSE")):
        root.appendChild(QgsRuleBasedRenderer.Rule(symbol, 0, 0, condition, word))
    layer.setRenderer(QgsRuleBasedRenderer(root))
    show_label(layer, "replace(substr(\"taken_at\", 6, 11), 'T', ' ')", colour=_BLUE, size=8, smallest_scale=_TIMES_FROM_SCALE,
               distance_mm=4)
    return finished_qml(layer, fields, language, '"file"', hidden)


def _arrow(svg: str) -> QgsMarkerSymbol:
    """A marker that turns with the field ``direction``."""
    arrow = QgsMarkerSymbol.createSimple({})
    arrow.changeSymbolLayer(0, QgsSvgMarkerSymbolLayer("base64:" + base64.b64encode(svg.encode("ascii")).decode("ascii"), 12))
    arrow.setDataDefinedAngle(QgsProperty.fromExpression('"direction"'))
    return arrow


def summary_qml(fields: Sequence[Field], language: str) -> str:
    """Townships with their figures: hatched where a line is crossed (field ``alarmed``), name, illegal count and r2 on each."""
    layer = blank_layer(fields)
    words = {"zh": ("未越线", "越线", "违法", "宗"), "en": ("No line crossed", "A line crossed", "illegal", "")}[language]
    plain = QgsFillSymbol.createSimple({"color": "225,232,240,80", "outline_color": "#4d4d4d", "outline_width": "0.5"})
    categories = [QgsRendererCategory(0, plain, words[0]), QgsRendererCategory(1, look_symbol(LOOKS["2"]), words[1])]
    layer.setRenderer(QgsCategorizedSymbolRenderer("alarmed", categories))
    show_label(layer, f"\"XZMC\" || '\\n{words[2]} ' || \"illegal\" || '{words[3]}' "
               "|| CASE WHEN \"r2\" IS NULL THEN '' ELSE '\\nr2 ' || format_number(\"r2\", 2) || ' %' END", size=10)
    return finished_qml(layer, fields, language, '"XZMC"')


def blank_layer(fields: Sequence[Field], geometry: str = "MultiPolygon") -> QgsVectorLayer:
    """An empty layer with these fields, on which a style is put together."""
    layer = QgsVectorLayer(geometry, "style", "memory")
    layer.dataProvider().addAttributes([make_field(field.name, field.kind) for field in fields])
    layer.updateFields()
    return layer


def _by_verdict(language: str) -> QgsCategorizedSymbolRenderer:
    categories = [QgsRendererCategory(code, look_symbol(look), f"{look.letter[language]}  {code_label('PDJL1', code, language)}")
                  for code, look in LOOKS.items()]
    return QgsCategorizedSymbolRenderer("PDJL1", categories)


def look_symbol(look: Look) -> QgsFillSymbol:
    """The outline in full colour, a light fill that lets the image through, and the hatching."""
    fill = QColor(look.colour)
    fill.setAlpha(46)
    symbol = QgsFillSymbol.createSimple({
        "color": ",".join(str(part) for part in fill.getRgb()), "outline_color": look.colour, "outline_width": "0.5",
        "outline_style": "solid" if look.angles else "dot"})
    for angle in look.angles:
        hatching = QgsLinePatternFillSymbolLayer()
        hatching.setLineAngle(angle)
        hatching.setDistance(2.5)
        hatching.setSubSymbol(QgsLineSymbol.createSimple({"color": look.colour, "width": "0.2"}))
        symbol.appendSymbolLayer(hatching)
    return symbol


def _verdict_label(language: str) -> str:
    """The letter of the verdict, that of a proposal nobody has decided on in brackets, then the number when close."""
    given = _letters('"PDJL1"', language)
    proposed = _letters('"ZDPD1"', language)
    open_letter = LOOKS["0"].letter[language]
    letter = (f"CASE WHEN \"PDJL1\" IN ('1','2','3') THEN {given} WHEN \"ZDPD1\" IN ('1','2','3') THEN '(' || {proposed} || ')' "
              f"ELSE '{open_letter}' END")
    return f"{letter} || CASE WHEN @map_scale <= {_NUMBERS_FROM_SCALE} THEN '\\n' || \"DKBH\" ELSE '' END"


def _letters(column: str, language: str) -> str:
    return "CASE " + " ".join(f"WHEN {column} = '{code}' THEN '{look.letter[language]}'" for code, look in LOOKS.items()) + " END"


def show_label(layer: QgsVectorLayer, expression: str, colour: str = "#202020", size: float = 9, smallest_scale: int = 0,
               distance_mm: float = 0.0) -> None:
    """Label by an expression, with a halo, so far from its place; from ``smallest_scale`` on (0: always)."""
    text = QgsTextFormat()
    text.setSize(size)
    text.setSizeUnit(QgsUnitTypes.RenderUnit.RenderPoints)
    text.setColor(QColor(colour))
    halo = QgsTextBufferSettings()
    halo.setEnabled(True)
    halo.setSize(0.8)
    text.setBuffer(halo)
    settings = QgsPalLayerSettings()
    settings.fieldName = expression
    settings.isExpression = True
    settings.setFormat(text)
    settings.dist = distance_mm
    settings.scaleVisibility = smallest_scale > 0
    settings.minimumScale = smallest_scale
    layer.setLabeling(QgsVectorLayerSimpleLabeling(settings))
    layer.setLabelsEnabled(True)


def finished_qml(layer: QgsVectorLayer, fields: Sequence[Field], language: str, shown_as: str, hidden: Sequence[str] = ()) -> str:
    """Names, code lists and units for the fields, read-only, and the whole as QML."""
    for index, field in enumerate(fields):
        layer.setFieldAlias(index, alias(field, language))
        layer.setEditorWidgetSetup(index, QgsEditorWidgetSetup("Hidden", {}) if field.name in hidden else _widget(field, language))
    table = layer.attributeTableConfig()
    table.update(layer.fields())
    columns = table.columns()
    for column in columns:
        column.hidden = column.name in hidden
    table.setColumns(columns)
    layer.setAttributeTableConfig(table)
    layer.setDisplayExpression(shown_as)
    layer.setMapTipTemplate(_safe_tip(shown_as))
    layer.setReadOnly(True)
    return _qml(layer)


def _safe_tip(expression: str) -> str:
    """What QGIS shows where the mouse rests: it takes the display expression for HTML, so the words of a file are escaped."""
    for mark, written in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        expression = f"replace({expression}, '{mark}', '{written}')"
    return f"[% {expression} %]"


def alias(field: Field, language: str) -> str:
    """The field's name as a reader of ``language`` knows it, with the unit of stored areas."""
    name = field.zh if language == "zh" else field.en
    return f"{name} (m²)" if field.unit == "m2" else name


def code_label(codes: str, code: str, language: str) -> str:
    """The label of a code; where the two regimes call it differently, both, the new regime's first."""
    named = [entry.label(language) for entry in sorted(shipped_codes().codes(codes), key=lambda e: e.regime == "O") if entry.code == code]
    return " / ".join(dict.fromkeys(named)) or code


def _widget(field: Field, language: str) -> QgsEditorWidgetSetup:
    if field.codes:
        listed = dict.fromkeys(entry.code for entry in shipped_codes().codes(field.codes))
        return QgsEditorWidgetSetup("ValueMap", {"map": [{code_label(field.codes, code, language): code} for code in listed]})
    if field.kind == tables.REAL:
        return QgsEditorWidgetSetup("Range", {"Precision": 2})
    if field.kind == tables.DATE:
        return QgsEditorWidgetSetup("DateTime", {"display_format": "yyyy-MM-dd", "field_format": "yyyy-MM-dd"})
    return QgsEditorWidgetSetup("TextEdit", {})


def _qml(layer: QgsVectorLayer) -> str:
    document = QDomDocument()
    problem = layer.exportNamedStyle(document, QgsReadWriteContext(), QgsMapLayer.StyleCategory.AllStyleCategories)
    if problem:
        raise DamagedError("QGIS could not write the style: {reason}.", reason=problem)
    return document.toString(1)


# What remains of each illegal parcel, on the map: letter, hatching and colour by progress (ZGJD), the area left (SYMJ) in words.

#: Column of the progress, and of the land on which nothing is done yet (m²).
STAGE, REMAINING = "ZGJD", "SYMJ"
_REMAINS_FROM_SCALE, _AREAS_FROM_SCALE = 25_000, 5_000
_MU_PER_M2 = "0.0015"

#: The letter and the hatching say the same as the colour, for a reader who cannot tell red from green.
STAGE_LOOKS: Mapping[str, Look] = {
    "1": Look("#8b1a1a", (45, 135), {"zh": "未", "en": "N"}),
    "2": Look("#c5221f", (45,), {"zh": "查", "en": "H"}),
    "3": Look("#b35900", (135,), {"zh": "改", "en": "R"}),
    "4": Look("#1a5fb4", (0,), {"zh": "验", "en": "A"}),
    "5": Look("#1a7f37", (90,), {"zh": "完", "en": "C"}),
    "6": Look("#5b3a8c", (0, 90), {"zh": "结", "en": "E"}),
}
_OTHERS: Dict[str, str] = {"zh": "非违法地块", "en": "Not illegal"}


def remains_name(language: str) -> str:
    """What the style is called in the layer's list of styles."""
    return {"zh": "整改剩余", "en": "What remains"}[language]


def remains_qml(fields: Sequence[Field], language: str, hidden: Sequence[str] = ()) -> str:
    """Parcels by ``ZGJD``: the stage's letter from 1:25 000 on, what is left in mu from 1:5 000."""
    return finished_qml(remains_layer(fields, language), fields, language, '"DKBH"', hidden)


def remains_layer(fields: Sequence[Field], language: str) -> QgsVectorLayer:
    """An empty layer with these fields that looks so."""
    layer = blank_layer(fields)
    layer.setRenderer(QgsCategorizedSymbolRenderer(STAGE, _categories(language)))
    show_label(layer, _label(language), smallest_scale=_REMAINS_FROM_SCALE)
    return layer


def _categories(language: str) -> List[QgsRendererCategory]:
    found = [QgsRendererCategory(code, look_symbol(look), f"{look.letter[language]}  {code_label(STAGE, code, language)}")
             for code, look in STAGE_LOOKS.items()]
    plain = QgsFillSymbol.createSimple({"style": "no", "outline_color": "#9a9a9a", "outline_width": "0.2", "outline_style": "dot"})
    return [*found, QgsRendererCategory("", plain, _OTHERS[language])]


def _label(language: str) -> str:
    letters = " ".join(f"WHEN \"{STAGE}\" = '{code}' THEN '{look.letter[language]}'" for code, look in STAGE_LOOKS.items())
    unit = {"zh": "亩", "en": " mu"}[language]
    left = f"'\\n' || format_number(\"{REMAINING}\" * {_MU_PER_M2}, 2) || '{unit}'"
    return (f"CASE {letters} END || CASE WHEN @map_scale <= {_AREAS_FROM_SCALE} AND \"{REMAINING}\" > 0 THEN {left} ELSE '' END")


def remains_styles(language: str) -> List[MapStyle]:
    """The style for a register's parcel layer, in both languages, beside the default one by verdict."""
    return [MapStyle("parcel_map", remains_name(spoken), _remains_qml(spoken))
            for spoken in sorted(LANGUAGES, key=lambda spoken: spoken != language)]


@lru_cache(maxsize=None)
def _remains_qml(language: str) -> str:
    parcels = [PARCEL_ID, *(tables.ALL_FIELDS[name] for name in tables.MAP_FIELDS)]
    return remains_qml(parcels, language, hidden=(PARCEL_ID.name,))


# Every parcel as it stood from when to when, as a layer for QGIS's temporal controller.

LAYER = "over_time"
FIRST, UNTIL = "first_day", "until_day"
FIELDS: Tuple[Field, ...] = (
    PARCEL_ID, *(tables.ALL_FIELDS[name] for name in ("DKBH", "PDJL1", "PDJL2", STAGE, REMAINING)),
    Field(FIRST, DATE, "自", "From"), Field(UNTIL, DATE, "至（不含当日）", "Until (day not included)"))
_DAY = timedelta(days=1)


def over_time_qml(language: str) -> str:
    """The look of the layer: by what remains, shown from ``first_day`` up to the day before ``until_day``."""
    layer = remains_layer(FIELDS, language)
    times = layer.temporalProperties()
    times.setMode(Qgis.VectorTemporalMode.FeatureDateTimeStartAndEndFromFields)
    times.setStartField(FIRST)
    times.setEndField(UNTIL)
    times.setIsActive(True)
    return finished_qml(layer, FIELDS, language, '"DKBH"', hidden=(PARCEL_ID.name,))


def write_over_time(register: Register, path: Path, qml: str, progress: Progress) -> Tuple[int, Optional[date]]:
    """A GeoPackage with one feature for each parcel and state, styled; their number and the first day of all.

    ``qml`` is made on the main thread (:func:`over_time_qml`). InputError where the file exists or cannot be written.
    """
    if Path(path).exists():
        raise InputError("{path} exists already.", "Choose another name.", path=str(path))
    states = states_over_time(register, progress.part(0.0, 0.5))
    progress.step(0.5, message("Writing the states of {n} parcels", n=len(states)))
    with one_given_out(Path(path)) as draft:
        write_geopackage(draft, register.meta["crs"], [_layer(register, states, qml)], progress.part(0.5, 0.95))
    progress.step(1.0)
    return len(states), min((one.first for one in states), default=None)


def _layer(register: Register, states: Sequence[Interval], qml: str) -> Layer:
    shapes = register.storage.shapes(dict.fromkeys(one.shape for one in states))
    rows = [(one.parcel, one.number, one.verdict, one.sub_verdict, one.stage, one.remaining_m2, one.first,
             None if one.last is None else one.last + _DAY) for one in states]
    columns = list(zip(*rows)) or [()] * len(FIELDS)
    return Layer(LAYER, FIELDS, {field.name: values for field, values in zip(FIELDS, columns)}, [shapes[one.shape] for one in states],
                 styles=(MapStyle(LAYER, "over time", qml, True),))


# A QGIS project that opens on files given out, without this plugin: relative paths, the layers' own styles, nobody's name in it.

_WHO = re.compile(r'\s(saveUser|saveUserFull)="[^"]*"')


@dataclass(frozen=True)
class Shown:
    """A layer of the project: the file's name in the folder, the layer, and what it is called in the tree."""

    file: str
    layer: Layer
    title: str


def write_project(target: Path, shown: Sequence[Shown], crs: str, title: str, box: Tuple[float, float, float, float]) -> None:
    """Write ``target`` (.qgz) for files that lie, or will lie, beside it. The first of ``shown`` lies on top.

    The project is made on empty layers of the same form, so that no file of those given out is opened. ``box`` is what it shows first:
    xmin, ymin, xmax, ymax. Raises InputError where QGIS cannot write it.
    """
    with tempfile.TemporaryDirectory(prefix="land_inspector_") as place:
        folder = Path(place)
        for file in dict.fromkeys(one.file for one in shown):
            write_geopackage(folder / file, crs, [_emptied(one.layer) for one in shown if one.file == file])
        text = _project_text(folder, shown, crs, title, box)
    with ZipFile(target, "w", ZIP_DEFLATED) as archive:
        archive.writestr(f"{target.stem}.qgs", without_names(text))


def without_names(text: str) -> str:
    """A project's text without the name of who saved it."""
    return _WHO.sub("", text)


def _emptied(layer: Layer) -> Layer:
    return replace(layer, columns={name: () for name in layer.columns}, outlines=() if layer.outlines is not None else None)


def _project_text(folder: Path, shown: Sequence[Shown], crs: str, title: str, box: Tuple[float, float, float, float]) -> str:
    project = QgsProject()
    project.setTitle(title)
    project.setCrs(QgsCoordinateReferenceSystem(crs))
    project.setFilePathStorage(Qgis.FilePathType.Relative)
    project.viewSettings().setDefaultViewExtent(QgsReferencedRectangle(QgsRectangle(*box), project.crs()))
    for one in shown:
        layer = QgsVectorLayer(f"{folder / one.file}|layername={one.layer.name}", one.title, "ogr")
        if not layer.isValid():
            raise InputError("The project cannot be written: {layer} is no layer.", "Give the project up, or report this.", layer=one.title)
        project.addMapLayer(layer, False)
        project.layerTreeRoot().addLayer(layer)
    written = folder / "project.qgs"
    if not project.write(str(written)):
        raise InputError("The project cannot be written: {reason}.", "Choose another folder.", reason=project.error())
    text = written.read_text(encoding="utf-8")
    project.clear()
    return text
