"""Where algorithms write: targets held against registers and inputs beforehand, rows into any sink, plain tables."""
from __future__ import annotations

import errno
import os
import re
from math import isfinite
from pathlib import Path
from typing import Any, Callable, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Tuple

from qgis.core import (
    QgsCoordinateReferenceSystem, QgsFeature, QgsFeatureSink, QgsFields, QgsGeometry, QgsMapLayer,
    QgsProcessingAlgorithm, QgsProcessingContext, QgsProcessingException, QgsProcessingFeatureSourceDefinition,
    QgsProcessingFeedback, QgsProcessingLayerPostProcessorInterface, QgsProcessingOutputLayerDefinition,
    QgsProcessingParameterDefinition, QgsProcessingParameterFolderDestination, QgsProcessingParameters, QgsProcessingUtils, QgsProperty,
    QgsVectorLayer, QgsWkbTypes,
)

from ..compat import make_field, to_qgis_value
from ..errors import InputError
from ..exchange.atomic_files import is_full, is_register, parts_of, refuse_target, same_file
from ..i18n import tr
from ..law.rulepack import Label
from ..values import sheet_text, storable


# What an algorithm would write, held against registers and against what it reads, before anything is opened or touched.

Parameters = Dict[str, Any]
#: Kinds of parameters that name a file or a folder and nothing else.
_PLACES = ("file", "fileDestination", "folderDestination", "vectorDestination", "sink")
_NUMBERS = ("number", "distance", "area", "duration")
_NAMED = re.compile(r"dbname='((?:[^']|'')*)'")
_NOWHERE = ("memory:", "postgis:", "postgres:", "postgresql:", "service=", "mssql:", "TEMPORARY_OUTPUT")
#: What QGIS writes where a name has no ending that it knows.
_USUAL = (".gpkg", ".html", ".shp")


def refuse_nonsense(algorithm: QgsProcessingAlgorithm, parameters: Parameters, context: QgsProcessingContext) -> None:
    """Raise InputError where what is given can be no file, folder or number: libraries would say so in their own words."""
    for definition in algorithm.parameterDefinitions():
        value = parameters.get(definition.name())
        if definition.type() in _NUMBERS and value is not None and not _is_number(definition, parameters, context):
            raise InputError("{parameter}: {value} is no number that can be worked with.", "Give another number.",
                             parameter=definition.description(), value=str(value)[:40])
        if definition.type() not in _PLACES:
            continue
        for text in _texts(value, context):
            if "://" in text or text.startswith(_NOWHERE):
                continue
            try:
                os.stat(text.split("|")[0])
            except ValueError as error:
                raise InputError("{parameter}: no file has such name: it holds characters that no name can.", "Choose it again.",
                                 parameter=definition.description()) from error
            except OSError as error:
                if error.errno in (errno.ENAMETOOLONG, errno.EINVAL):
                    raise InputError("{parameter}: the system takes no such name (it may be too long): {file}…",
                                     "Give a shorter name without special characters.", parameter=definition.description(),
                                     file=Path(text).name[:40]) from error


def _is_number(definition: QgsProcessingParameterDefinition, parameters: Parameters, context: QgsProcessingContext) -> bool:
    value = parameters[definition.name()]
    if isinstance(value, str) and value.strip():
        try:
            return isfinite(float(value))
        except ValueError:
            return False
    return isfinite(QgsProcessingParameters.parameterAsDouble(definition, parameters, context))


def refuse_harm(algorithm: QgsProcessingAlgorithm, parameters: Parameters, context: QgsProcessingContext) -> None:
    """Raise InputError where an output of ``algorithm`` would replace a register, an input, or another output of the same run."""
    inputs, folders = _inputs(algorithm, parameters, context)
    taken: List[Tuple[str, Path]] = []
    for definition in algorithm.destinationParameterDefinitions():
        for target in _targets(definition, parameters.get(definition.name()), context):
            if isinstance(definition, QgsProcessingParameterFolderDestination):
                _check_folder(target, inputs)
                continue
            for written in _as_written(target):
                refuse_target(written, inputs)
                _check_input_folders(written, folders)
            for name, other in taken:
                if name != definition.name() and any(same_file(one, two) for one in parts_of(target) for two in parts_of(other)):
                    raise InputError("Two outputs name the same file {file}.", "Give each its own name.", file=target.name)
            taken.append((definition.name(), target))


def _as_written(target: Path) -> List[Path]:
    return [target, *(target.with_name(target.name + ending) for ending in _USUAL if target.suffix.lower() != ending)]


def _check_folder(target: Path, inputs: List[Path]) -> None:
    if target.exists() and not target.is_dir():
        raise InputError("{file} is a file, not a folder.", "Choose a folder.", file=target.name)
    refuse_target(target / "x", inputs)


def _check_input_folders(target: Path, folders: List[Path]) -> None:
    for folder in folders:
        is_inside = any(same_file(folder, parent) for parent in target.resolve().parents if parent.exists())
        if is_inside and (folder.suffix.lower() == ".gdb" or target.exists() and target.suffix.lower() not in (".html", ".htm")):
            raise InputError("{file} lies in the folder {folder}, which is read in this run.", "Choose another place.", file=target.name,
                             folder=folder.name)


def input_files(algorithm: QgsProcessingAlgorithm, parameters: Parameters, context: QgsProcessingContext) -> List[Path]:
    """The files that a run reads."""
    return _inputs(algorithm, parameters, context)[0]


def _inputs(algorithm: QgsProcessingAlgorithm, parameters: Parameters, context: QgsProcessingContext) -> Tuple[List[Path], List[Path]]:
    """Files and folders that a run reads."""
    found = [path for definition in algorithm.parameterDefinitions() if not definition.isDestination()
             for text in _texts(parameters.get(definition.name()), context) for path in _paths(text)]
    existing = [path for path in found if _exists(path)]
    return [path for path in existing if path.is_file()], [path for path in existing if path.is_dir()]


def _texts(value: Any, context: QgsProcessingContext) -> Iterator[str]:
    """Whatever text a parameter's value holds: paths, sources of layers, lists of them."""
    if isinstance(value, QgsMapLayer):
        yield value.source()
    elif isinstance(value, QgsProperty):
        yield value.valueAsString(context.expressionContext())[0]
    elif isinstance(value, QgsProcessingFeatureSourceDefinition):
        yield from _texts(value.source, context)
    elif isinstance(value, QgsProcessingOutputLayerDefinition):
        yield from _texts(value.sink, context)
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from _texts(one, context)
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(one, context)
    elif isinstance(value, (str, Path)) and str(value).strip():
        layer = None if _exists(Path(str(value).split("|")[0])) else QgsProcessingUtils.mapLayerFromString(str(value), context, False)
        yield layer.source() if layer is not None else str(value)


def _targets(definition: QgsProcessingParameterDefinition, value: Any, context: QgsProcessingContext) -> List[Path]:
    if isinstance(value, QgsProcessingOutputLayerDefinition):
        value = value.sink
    if isinstance(value, QgsProperty):
        value = value.valueAsString(context.expressionContext())[0]
    if value is None or not str(value).strip() or str(value).startswith(_NOWHERE):
        return []
    return list(_paths(str(value)))


def _paths(text: str) -> Iterator[Path]:
    """The file in a plain path, in a source with ``|layername=``, in ``ogr:dbname='…'`` and in a file URL."""
    named = _NAMED.search(text)
    plain = named.group(1).replace("''", "'") if named else text.strip().split("|")[0]
    if plain and "\n" not in plain and "\0" not in plain:
        yield Path(plain[len("file://"):] if plain.startswith("file://") else plain)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


# Rows into an output that the user chose, of any format QGIS writes: plain values, text that stays text, failures told.

#: Formats whose readers, or whose writer in GDAL, take a text that begins with = for a formula.
_SHEETS = (".xlsx", ".ods", ".csv", ".tsv", ".tab", ".txt")


class RowSink:
    """The sink parameter ``name`` of a run, opened. Raises QgsProcessingException where it cannot be opened or written."""

    def __init__(self, algorithm: QgsProcessingAlgorithm, parameters: Dict[str, Any], context: QgsProcessingContext, name: str,
                 fields: QgsFields, wkb_type: Any = QgsWkbTypes.Type.NoGeometry, crs: Optional[QgsCoordinateReferenceSystem] = None,
                 new_keys: bool = False):
        options = [QgsFeatureSink.SinkFlag.RegeneratePrimaryKey] if new_keys else []
        self._sink, self.target = algorithm.parameterAsSink(parameters, name, context, fields, wkb_type,
                                                            crs or QgsCoordinateReferenceSystem(), *options)
        if self._sink is None:
            raise QgsProcessingException(algorithm.invalidSinkError(parameters, name))
        self._fields, self._asked = fields, (algorithm, parameters, name)
        self._is_sheet = self.target.split("|")[0].lower().endswith(_SHEETS)

    def add(self, values: Sequence[Any], geometry: Optional[QgsGeometry] = None) -> None:
        """One row of values that QGIS takes (``compat.to_qgis_value``), in the order of the fields."""
        feature = QgsFeature(self._fields)
        if geometry is not None:
            feature.setGeometry(geometry)
        feature.setAttributes([self._clean(value) for value in values])
        if not self._sink.addFeature(feature, QgsFeatureSink.Flag.FastInsert):
            raise self._failure()

    def finish(self) -> str:
        """Close the output: a file is whole when this returns; the id of what was written."""
        if not self._sink.flushBuffer():
            raise self._failure()
        self._sink = None  # QGIS completes a file when its sink goes
        return self.target

    def _failure(self) -> QgsProcessingException:
        """What QGIS says, and that the disk is full where it is; the half file is taken away."""
        algorithm, parameters, name = self._asked
        said = algorithm.writeFeatureError(self._sink, parameters, name)
        self._sink, file = None, Path(self.target.split("|")[0])
        if is_full(file.parent) and file.is_file():
            said = tr("{file} cannot be written: the disk is full.", file=file.name)
            for ending in ("", "-journal", "-wal", "-shm"):
                half = file.with_name(file.name + ending)
                if not is_register(half):
                    half.unlink(missing_ok=True)
        return QgsProcessingException(said)

    def _clean(self, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return sheet_text(value) if self._is_sheet else storable(value)


# Plain tables out of algorithms: fields with Chinese aliases, rows of plain values, the checks that Processing asks for.

#: (name, kind, label)
TableField = Tuple[str, str, Label]


class WhenLoaded(QgsProcessingLayerPostProcessorInterface):
    """Does something to a layer once it is loaded: a file keeps neither names of fields nor a look."""

    kept: List["WhenLoaded"] = []  # QGIS does not keep the Python half alive

    def __init__(self, act: Callable[[QgsVectorLayer], None]):
        super().__init__()
        self._act = act
        WhenLoaded.kept = [*WhenLoaded.kept[-20:], self]

    def postProcessLayer(self, layer: Any, context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> None:
        if isinstance(layer, QgsVectorLayer):
            self._act(layer)


def when_loaded(context: QgsProcessingContext, target: str, act: Callable[[QgsVectorLayer], None]) -> None:
    """Do this to the output ``target`` where it will be loaded."""
    if context.willLoadLayerOnCompletion(target):
        context.layerToLoadOnCompletionDetails(target).setPostProcessor(WhenLoaded(act))


def write_table(algorithm: QgsProcessingAlgorithm, parameters: Dict[str, Any], context: QgsProcessingContext, output: str,
                fields: Sequence[TableField], rows: Iterable[Mapping[str, Any]], language: str) -> str:
    """Write ``rows`` into the sink parameter ``output``; the id of what was written."""
    made = QgsFields()
    for name, kind, label in fields:
        made.append(make_field(name, kind, alias=label.text(language)))
    sink = RowSink(algorithm, parameters, context, output, made)
    for row in rows:
        sink.add([to_qgis_value(row[name]) for name, _kind, _label in fields])
    target = sink.finish()
    aliases = {name: label.text(language) for name, _kind, label in fields}

    def name_fields(layer: QgsVectorLayer) -> None:
        for name, alias in aliases.items():
            layer.setFieldAlias(layer.fields().lookupField(name), alias)

    when_loaded(context, target, name_fields)
    return target
