"""The QGIS project of a field package: forms, relations, attachments and tracking by plain QGIS means, with the keys that QField reads.

QField's keys are custom properties of layers and entries of the project under ``qfieldsync`` (its source, ``core/``); a QGIS without QField
ignores them. Reference layers are read-only, paths relative, names of files ASCII, and nobody's name is in the project.
"""
from __future__ import annotations

import dataclasses
import json
import os
import shutil
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Dict, List, Mapping, Sequence, Tuple, Union
from zipfile import ZIP_DEFLATED, ZipFile

from osgeo import gdal
from qgis.core import (
    Qgis,
    QgsCoordinateReferenceSystem,
    QgsDefaultValue,
    QgsEditFormConfig,
    QgsEditorWidgetSetup,
    QgsFieldConstraints,
    QgsFillSymbol,
    QgsLineSymbol,
    QgsMapLayer,
    QgsMarkerSymbol,
    QgsProject,
    QgsRasterLayer,
    QgsRectangle,
    QgsReferencedRectangle,
    QgsRelation,
    QgsRelationContext,
    QgsSingleSymbolRenderer,
    QgsSymbol,
    QgsVectorLayer,
)
from qgis.PyQt.QtXml import QDomDocument

from ..errors import InputError
from ..evidence.gdal_quiet import attempt, quiet
from ..register.tables import DATE, REAL
from .field_package import (
    CLOCK, DATA_FILE, HIDDEN, KEY, LINES, PHOTO, POINT, POLYGON, TABLE, TRACK, FormField, FormLayer, Package,
)
from .styles import show_label, without_names

#: QField: a fix is kept after so many seconds and so many metres.
_TRACK_SECONDS, _TRACK_METRES, _TRACK_JUMP_M = 5, 10, 250
#: The longer edge of a photo taken in QField, pixels: what a verdict needs to see, and mail still carries.
_PHOTO_EDGE = 2048
_PHOTO_NAME = ("'DCIM/' || format_date(now(),'yyyyMMddhhmmsszzz') || '_' || left(uuid('WithoutBraces'), 8) || '.{extension}'")
_LOCKS = ("is_feature_addition_locked", "is_attribute_editing_locked", "is_geometry_editing_locked", "is_feature_deletion_locked")


@dataclass(frozen=True)
class Layout:
    """Where a package's things lie in its folder: the GeoPackage, the imagery ('' for none), and the tables of layers that are not called
    like the layer. ``is_one`` puts project and imagery into the GeoPackage."""

    data: str = DATA_FILE
    imagery: str = ""
    tables: Mapping[str, str] = dataclasses.field(default_factory=dict)
    is_one: bool = False


def write_field_project(folder: Path, package: Package, language: str, layout: Layout) -> None:
    """Write ``<kind>.qgz`` into the folder that holds the GeoPackage, or into the GeoPackage itself. InputError where QGIS cannot write it.

    The project is made on a copy, so that QGIS leaves nothing beside the data that goes out.
    """
    data = layout.data
    if layout.is_one and layout.imagery:
        _put_imagery_in(folder / layout.imagery, folder / data)
    with tempfile.TemporaryDirectory(prefix="land_inspector_") as place:
        copy = Path(place)
        shutil.copyfile(folder / data, copy / data)
        if layout.imagery and not layout.is_one:
            _linked(folder / layout.imagery, copy / layout.imagery)
        text = _project_text(copy, package, language, replace(layout, imagery=data if layout.is_one and layout.imagery else layout.imagery))
    packed = folder / f"{package.kind}.qgz"
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        archive.writestr(f"{package.kind}.qgs", without_names(text))
    if layout.is_one:
        _put_project_in(packed, package.kind, folder / data)


def _translated(source: gdal.Dataset, data: Path, bands: Sequence[Union[int, str]], options: Sequence[str]) -> gdal.Dataset:
    return gdal.Translate(str(data), source, format="GPKG", bandList=list(bands), creationOptions=list(options))


def _put_imagery_in(imagery: Path, data: Path) -> None:
    """As the one picture of the GeoPackage, tiles of JPEG with what is transparent as PNG."""
    options = ["APPEND_SUBDATASET=YES", "RASTER_TABLE=imagery", "TILE_FORMAT=PNG_JPEG", "QUALITY=75"]
    with quiet():
        source = attempt(gdal.Open, str(imagery))
        bands = [] if source is None else [*range(1, source.RasterCount + 1), "mask"]
        made = None if source is None else attempt(_translated, source, data, bands, options)
        if made is None:
            raise InputError("The imagery cannot be clipped: {reason}.", "Give other images, or none.",
                             reason=gdal.GetLastErrorMsg() or "-")
        sizes = [step for step in (2, 4, 8, 16) if max(made.RasterXSize, made.RasterYSize) // step >= 256]
        if sizes:
            attempt(made.BuildOverviews, "AVERAGE", sizes)
        made.FlushCache()
        del made, source


def _put_project_in(packed: Path, name: str, data: Path) -> None:
    """As QGIS keeps projects in a GeoPackage: a table of names and packed files, written in hexadecimal digits."""
    said = {"last_modified_time": "1970-01-01T00:00:00Z", "last_modified_user": ""}
    with closing(sqlite3.connect(str(data))) as connection, connection:
        connection.execute("CREATE TABLE qgis_projects (name TEXT PRIMARY KEY, metadata BLOB, content BLOB)")
        connection.execute("INSERT INTO qgis_projects VALUES (?, ?, ?)", (name, json.dumps(said), packed.read_bytes().hex()))


def _linked(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _project_text(folder: Path, package: Package, language: str, place: Layout) -> str:
    project = QgsProject()
    project.setTitle(package.title)
    project.setCrs(QgsCoordinateReferenceSystem(package.crs))
    project.setFilePathStorage(Qgis.FilePathType.Relative)
    project.viewSettings().setDefaultViewExtent(QgsReferencedRectangle(QgsRectangle(*package.box), project.crs()))
    project.writeEntry("qfieldsync", "maximumImageWidthHeight", _PHOTO_EDGE)
    project.writeEntry("qfieldsync", "initialMapMode", "browse")
    made: Dict[str, QgsVectorLayer] = {}
    for one in package.layers:
        made[one.name] = _layer(project, f"{folder / place.data}|layername={place.tables.get(one.name, one.name)}", one, language)
    _relate(project, package, made, language)
    if place.imagery:
        picture = QgsRasterLayer(str(folder / place.imagery), "影像" if language == "zh" else "Imagery")
        project.addMapLayer(picture, False)
        project.layerTreeRoot().addLayer(picture)
    first = next((one for one in package.layers if one.grows and one.shape in (POINT, POLYGON)), None)
    if first is not None:
        project.writeEntry("qfieldsync", "initialActiveLayer", made[first.name].id())
    written = folder / "project.qgs"
    if not project.write(str(written)):
        raise InputError("The project cannot be written: {reason}.", "Choose another folder.", reason=project.error())
    text = written.read_text(encoding="utf-8")
    project.clear()
    return text


def _layer(project: QgsProject, source: str, one: FormLayer, language: str) -> QgsVectorLayer:
    layer = QgsVectorLayer(source, one.title(language), "ogr")
    if not layer.isValid():
        raise InputError("The project cannot be written: {layer} is no layer.", "Give the project up, or report this.", layer=one.name)
    _draw(layer, one)
    form = layer.editFormConfig()
    for index in range(layer.fields().count()):
        name = layer.fields()[index].name()
        field = next((known for known in one.fields if known.name == name), None)
        _field(layer, form, index, field, language)
    if one.shape == TRACK:
        form.setSuppress(QgsEditFormConfig.FeatureFormSuppress.SuppressOn)
    layer.setEditFormConfig(form)
    layer.setDisplayExpression(one.label or f'"{KEY}"')
    _lock(layer, one)
    project.addMapLayer(layer, False)
    project.layerTreeRoot().addLayer(layer)
    return layer


def _draw(layer: QgsVectorLayer, one: FormLayer) -> None:
    if one.style:
        document = QDomDocument()
        document.setContent(one.style)
        layer.importNamedStyle(document, QgsMapLayer.StyleCategory.Symbology)
    elif one.shape != TABLE:
        layer.setRenderer(QgsSingleSymbolRenderer(_symbol(one)))
    if one.label and one.shape != TABLE:
        show_label(layer, one.label, colour=one.colour, smallest_scale=25_000)


def _symbol(one: FormLayer) -> QgsSymbol:
    if one.shape == POLYGON:
        return QgsFillSymbol.createSimple({"style": "no", "outline_color": one.colour, "outline_width": "0.6",
                                           "outline_style": "dash" if one.is_reference else "solid"})
    if one.shape == TRACK:
        return QgsLineSymbol.createSimple({"line_color": one.colour, "line_width": "0.6"})
    return QgsMarkerSymbol.createSimple({"name": "diamond" if one.is_reference else "triangle", "color": one.colour, "size": "4",
                                         "outline_color": "#ffffff", "outline_width": "0.4"})


def _field(layer: QgsVectorLayer, form: QgsEditFormConfig, index: int, field: "FormField | None", language: str) -> None:
    if field is None:  # the key and the row number of the file: a device gives two rows the same number, never the same key
        layer.setEditorWidgetSetup(index, QgsEditorWidgetSetup("Hidden", {}))
        if layer.fields()[index].name() == KEY:
            layer.setDefaultValueDefinition(index, QgsDefaultValue("uuid('WithoutBraces')"))
        return
    layer.setFieldAlias(index, field.label(language))
    layer.setEditorWidgetSetup(index, _widget(field, language))
    form.setReadOnly(index, not field.editable)
    if field.default:
        layer.setDefaultValueDefinition(index, QgsDefaultValue(field.default))
    if field.needed:
        layer.setFieldConstraint(index, QgsFieldConstraints.Constraint.ConstraintNotNull,
                                 QgsFieldConstraints.ConstraintStrength.ConstraintStrengthHard)
    if field.entry == PHOTO:
        layer.setCustomProperty("QFieldSync/attachment_naming", json.dumps({field.name: _PHOTO_NAME}))
        layer.setCustomProperty("QFieldSync/photo_naming", json.dumps({field.name: _PHOTO_NAME}))


def _widget(field: FormField, language: str) -> QgsEditorWidgetSetup:
    if field.entry == HIDDEN:
        return QgsEditorWidgetSetup("Hidden", {})
    if field.link:
        return QgsEditorWidgetSetup("RelationReference", {"Relation": _relation_id(field), "AllowNULL": True, "ShowForm": False,
                                                          "OrderByValue": True, "ReadOnly": not field.editable})
    if field.codes:
        return QgsEditorWidgetSetup("ValueMap", {"map": [{zh if language == "zh" else en: code} for code, zh, en in field.codes]})
    if field.entry == PHOTO:
        return QgsEditorWidgetSetup("ExternalResource", {
            "DocumentViewer": 1, "DocumentViewerHeight": 0, "DocumentViewerWidth": 0, "FileWidget": True, "FileWidgetButton": True,
            "FileWidgetFilter": "", "RelativeStorage": 1, "StorageMode": 0})
    if field.entry == CLOCK:
        return QgsEditorWidgetSetup("DateTime", {"display_format": "HH:mm", "field_format": "HH:mm", "allow_null": True,
                                                 "calendar_popup": False})
    if field.kind == DATE:
        return QgsEditorWidgetSetup("DateTime", {"display_format": "yyyy-MM-dd", "field_format": "yyyy-MM-dd", "allow_null": True,
                                                 "calendar_popup": True})
    if field.kind == REAL:
        return QgsEditorWidgetSetup("Range", {"Precision": 1, "Min": 0.0, "Max": 1e9, "Step": 1.0, "AllowNull": True, "Style": "SpinBox"})
    return QgsEditorWidgetSetup("TextEdit", {"IsMultiline": field.entry == LINES, "UseHtml": False})


def _relation_id(field: FormField) -> str:
    return f"li_{field.link}_{field.name}"


def _relate(project: QgsProject, package: Package, made: Dict[str, QgsVectorLayer], language: str) -> None:
    links: List[Tuple[FormLayer, FormField]] = [(layer, field) for layer in package.layers for field in layer.fields if field.link]
    for layer, field in links:
        relation = QgsRelation(QgsRelationContext(project))
        relation.setId(_relation_id(field))
        relation.setName(layer.title(language))
        relation.setReferencingLayer(made[layer.name].id())
        relation.setReferencedLayer(made[field.link].id())
        relation.addFieldPair(field.name, KEY)
        project.relationManager().addRelation(relation)
        if not relation.isValid():
            raise InputError("The project cannot be written: {layer} is no layer.", "Give the project up, or report this.",
                             layer=layer.name)


def _lock(layer: QgsVectorLayer, one: FormLayer) -> None:
    """Reference layers cannot be changed; of others, rows are never deleted, and only growing ones take new rows."""
    layer.setReadOnly(one.is_reference)
    locked = {"is_feature_deletion_locked"} | (set() if one.grows else {"is_feature_addition_locked", "is_geometry_editing_locked"})
    for name in _LOCKS:
        layer.setCustomProperty(f"QFieldSync/{name}", one.is_reference or name in locked)
    layer.setCustomProperty("QFieldSync/is_geometry_locked", not one.grows)  # what older versions of the app look for
    layer.setCustomProperty("QFieldSync/sourceDataPrimaryKeys", KEY)
    if one.shape != TRACK:
        return
    for name, value in (("tracking_session_active", one.starts), ("tracking_time_requirement_active", True),
                        ("tracking_time_requirement_interval_seconds", _TRACK_SECONDS), ("tracking_distance_requirement_active", True),
                        ("tracking_distance_requirement_minimum_meters", _TRACK_METRES), ("tracking_all_requirements_active", True),
                        ("tracking_erroneous_distance_safeguard_active", True),
                        ("tracking_erroneous_distance_safeguard_maximum_meters", _TRACK_JUMP_M),
                        ("tracking_measurement_type", 1)):  # 1: seconds since 1970 in M, so that every point has its time
        layer.setCustomProperty(f"QFieldSync/{name}", value)
