"""Kinds of parameter that QGIS lacks: a choice by name or number, a day as ISO text, a layer that may be any file."""
from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Union

from qgis.core import (
    QgsCoordinateTransformContext,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingParameterDateTime,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFile,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterRasterLayer,
    QgsProcessingParameterString,
    QgsProcessingParameterVectorLayer,
    QgsProcessingUtils,
    QgsRasterLayer,
    QgsVectorFileWriter,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QDate, QDateTime, Qt

from ..errors import InputError
from ..exchange.atomic_files import take_out_the_date
from ..i18n import tr
from ..values import is_there

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}$")


class ChoiceParameter(QgsProcessingParameterEnum):
    """A choice shown by its translated label; scripts and models may give the key or the number."""

    def __init__(self, name: str, description: str, keys: Sequence[str], labels: Sequence[str], default: str):
        super().__init__(name, description, options=list(labels), defaultValue=list(keys).index(default))
        self.keys = list(keys)

    def clone(self) -> "ChoiceParameter":
        return _like(self, ChoiceParameter(self.name(), self.description(), self.keys, self.options(), self.key(None)))

    def checkValueIsAcceptable(self, value: Any, context: Optional[QgsProcessingContext] = None) -> bool:
        return value is None or self._index(value) is not None

    def key(self, value: Any) -> str:
        """The key of a value that was found acceptable."""
        index = self._index(value)
        return self.keys[self.defaultValue() if index is None else index]

    def _index(self, value: Any) -> Optional[int]:
        text = str(value).strip().lower()
        lowered = [key.lower() for key in self.keys]
        if text in lowered:
            return lowered.index(text)
        return int(text) if text.isdigit() and int(text) < len(self.keys) else None


class DayParameter(QgsProcessingParameterDateTime):
    """A day; besides QGIS's own values any ISO date (2026-05-31) is taken, on every version."""

    def __init__(self, name: str, description: str, optional: bool = False, moment: bool = False):
        kind = QgsProcessingParameterDateTime.Type.DateTime if moment else QgsProcessingParameterDateTime.Type.Date
        super().__init__(name, description, kind, None, optional)
        self.optional, self.moment = optional, moment

    def clone(self) -> "DayParameter":
        return _like(self, DayParameter(self.name(), self.description(), self.optional, self.moment))

    def checkValueIsAcceptable(self, value: Any, context: Optional[QgsProcessingContext] = None) -> bool:
        try:
            return iso_text(value) is not None or self.optional
        except ValueError:
            return False


def iso_text(value: Any) -> Optional[str]:
    """A day or moment as ISO text; None where nothing is given. Raises ValueError for what is neither."""
    if value is None or value == "":
        return None
    if isinstance(value, (QDate, QDateTime)):
        return value.toString(Qt.DateFormat.ISODate) if value.isValid() else None
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    text = str(value).strip()
    datetime.fromisoformat(text.replace("Z", "+00:00"))
    return text


def day_text(value: Any) -> Optional[str]:
    """Only the day of it."""
    text = iso_text(value)
    return None if text is None else text[:10]


def moment_text(value: Any) -> Optional[str]:
    """A moment; QGIS's date widgets hand midnight for a day alone, which means the whole day."""
    text = iso_text(value)
    if text is not None and isinstance(value, QDateTime) and text.endswith("T00:00:00"):
        return text[:10]
    return text


class LayerOrFileParameter(QgsProcessingParameterVectorLayer):
    """A layer of the project, or a path that QGIS itself need not be able to open (an archive, a text, a table)."""

    def __init__(self, name: str, description: str, types: Sequence[int] = (), optional: bool = False):
        super().__init__(name, description, list(types), None, optional)
        self.types, self.optional = list(types), optional

    def clone(self) -> "LayerOrFileParameter":
        return _like(self, LayerOrFileParameter(self.name(), self.description(), self.types, self.optional))

    def checkValueIsAcceptable(self, value: Any, context: Optional[QgsProcessingContext] = None) -> bool:
        if isinstance(value, str):
            return bool(value.strip()) or self.optional
        return isinstance(value, QgsVectorLayer) or (value is None and self.optional)


class RasterOrFileParameter(QgsProcessingParameterRasterLayer):
    """An image of the project, or a path that QGIS itself need not be able to place: what is wrong with it is then said in words."""

    def __init__(self, name: str, description: str, optional: bool = False):
        super().__init__(name, description, None, optional)
        self.optional = optional

    def clone(self) -> "RasterOrFileParameter":
        return _like(self, RasterOrFileParameter(self.name(), self.description(), self.optional))

    def checkValueIsAcceptable(self, value: Any, context: Optional[QgsProcessingContext] = None) -> bool:
        return value is None or isinstance(value, (str, QgsRasterLayer))  # what is missing the algorithm says, with what to do


def raster_source(value: Any, context: QgsProcessingContext) -> str:
    """The file of a :class:`RasterOrFileParameter`. Call it on the layers' thread. Raises InputError where nothing is given."""
    if isinstance(value, str) and value.strip() and not is_there(Path(value.split("|")[0])):
        found = QgsProcessingUtils.mapLayerFromString(value, context, False)
        value = found if isinstance(found, QgsRasterLayer) else value
    if isinstance(value, QgsRasterLayer):
        return value.source()
    if isinstance(value, str) and value.strip():
        return value.strip()
    raise InputError("Two images are needed, an earlier and a later one; one is missing.", "Choose both.")


def source_of(value: Any, context: QgsProcessingContext) -> str:
    """Where to read a :class:`LayerOrFileParameter` from: the path given, the layer's own file, or a copy of a layer
    that is no file or holds unsaved edits. Call it on the layers' thread. Raises InputError where nothing is given."""
    layer = _layer_of(value, context)
    if layer is not None:
        return layer.source() if _is_as_in_its_file(layer) else _copied(layer)
    if isinstance(value, str) and value.strip():
        return value.strip()
    raise InputError("No layer or file was given.", "Choose a layer or a file.")


def _layer_of(value: Any, context: QgsProcessingContext) -> Optional[QgsVectorLayer]:
    if isinstance(value, QgsVectorLayer):
        return value
    if not isinstance(value, str) or is_there(Path(value.split("|")[0])):
        return None
    found = QgsProcessingUtils.mapLayerFromString(value, context, False)
    return found if isinstance(found, QgsVectorLayer) else None


def _is_as_in_its_file(layer: QgsVectorLayer) -> bool:
    return layer.providerType() == "ogr" and not layer.isModified() and Path(layer.source().split("|")[0]).exists()


def _copied(layer: QgsVectorLayer) -> str:
    """A GeoPackage of the layer as it is now; the same content makes the same bytes, so that a digest can tell."""
    name = re.sub(r"[^\w-]+", "_", layer.name()) or "layer"
    path = QgsProcessingUtils.generateTempFilename(f"{name}.gpkg")
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName, options.layerName = "GPKG", name
    options.layerOptions = ["FID=li_fid"]
    problem, text, *_rest = QgsVectorFileWriter.writeAsVectorFormatV3(layer, path, QgsCoordinateTransformContext(), options)
    if problem != QgsVectorFileWriter.WriterError.NoError:
        raise InputError("Layer {layer} cannot be copied: {reason}.", "Save it to a file and give that.", layer=layer.name(), reason=text)
    take_out_the_date(Path(path))
    return f"{path}|layername={name}"


def project_layers(context: QgsProcessingContext) -> List[QgsVectorLayer]:
    """Vector layers of the project the algorithm runs in."""
    layers = context.project().mapLayers().values() if context.project() is not None else ()
    return [layer for layer in layers if isinstance(layer, QgsVectorLayer)]


def _like(original: QgsProcessingParameterDefinition, copy: Any) -> Any:
    copy.setFlags(original.flags())
    return copy


class RegisterParameter(QgsProcessingParameterFile):
    """A register: its file, the source of one of its layers, or an address on a server (``postgresql://…?schema=…``, ``service=…``, the
    name of a connection that QGIS keeps)."""

    def __init__(self, name: str, description: str):
        super().__init__(name, description, extension="gpkg")

    def clone(self) -> "RegisterParameter":
        return _like(self, RegisterParameter(self.name(), self.description()))

    def checkValueIsAcceptable(self, value: Any, context: Optional[QgsProcessingContext] = None) -> bool:
        return isinstance(value, (str, Path)) and bool(str(value).strip())


def register_parameter(name: str = "REGISTER", description: str = "") -> RegisterParameter:
    """REGISTER, or another parameter that names a register."""
    return RegisterParameter(name, description or tr("Register"))


def batch_parameter() -> QgsProcessingParameterString:
    """BATCH: the code of one issued batch; it must be given."""
    return QgsProcessingParameterString("BATCH", tr("Batch code"))


def parcels_parameter(optional: bool = False) -> QgsProcessingParameterString:
    """PARCELS: numbers of parcels, as a text of several lines."""
    return QgsProcessingParameterString("PARCELS", tr("Parcel numbers, separated by commas or lines"), multiLine=True, optional=optional)


def labels_of(text: str) -> List[str]:
    """Parcel or patch numbers out of a text; each once, in the order given."""
    return list(dict.fromkeys(part for part in re.split(r"[\s,;，；、]+", text) if part))


def by_parameter() -> QgsProcessingParameterString:
    """Who acts; empty means the name in the plugin's options."""
    return advanced(QgsProcessingParameterString("BY", tr("Acting person"), optional=True))


def report_parameter(file_filter: str = "HTML (*.html)") -> QgsProcessingParameterFileDestination:
    """REPORT: where the report goes; optional, and made in a temporary place where nothing is said."""
    return QgsProcessingParameterFileDestination("REPORT", tr("Report"), file_filter, optional=True, createByDefault=True)


def effective_parameter() -> DayParameter:
    """EFFECTIVE_ON, among the advanced parameters: the day from which what is recorded holds; optional."""
    return advanced(DayParameter("EFFECTIVE_ON", tr("Effective on"), optional=True))


def advanced(parameter: Union[QgsProcessingParameterDefinition, Any]) -> Any:
    """The parameter, shown under “advanced”."""
    parameter.setFlags(parameter.flags() | QgsProcessingParameterDefinition.Flag.FlagAdvanced)
    return parameter


def image_files(algorithm: QgsProcessingAlgorithm, parameters: Dict[str, Any], context: QgsProcessingContext) -> List[Path]:
    """The files behind the layers of IMAGES; to be asked in ``look_up``, where the project may be touched."""
    layers = algorithm.parameterAsLayerList(parameters, "IMAGES", context) or []
    return [Path(layer.source().split("|")[0]) for layer in layers]
