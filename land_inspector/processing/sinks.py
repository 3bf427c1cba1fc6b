"""Rows into an output that the user chose, of any format QGIS writes: plain values, text that stays text, failures told."""
from __future__ import annotations

from typing import Any, Dict, Optional, Sequence

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsFeature,
    QgsFeatureSink,
    QgsFields,
    QgsGeometry,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingException,
    QgsWkbTypes,
)

from ..values import sheet_text, storable

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
        algorithm, parameters, name = self._asked
        return QgsProcessingException(algorithm.writeFeatureError(self._sink, parameters, name))

    def _clean(self, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return sheet_text(value) if self._is_sheet else storable(value)
