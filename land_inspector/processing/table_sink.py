"""Plain tables out of algorithms: fields with Chinese aliases, rows of plain values, the checks that Processing asks for."""
from __future__ import annotations

from typing import Any, Dict, Iterable, List, Mapping, Sequence, Tuple

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsFeature,
    QgsFeatureSink,
    QgsFields,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingLayerPostProcessorInterface,
    QgsVectorLayer,
    QgsWkbTypes,
)

from ..compat import make_field, to_qgis_value
from ..law.pack import Label

#: (name, kind, label)
TableField = Tuple[str, str, Label]


class _Aliases(QgsProcessingLayerPostProcessorInterface):
    """Gives a loaded layer its aliases: a file keeps names only."""

    kept: List["_Aliases"] = []  # QGIS does not keep the Python half alive

    def __init__(self, aliases: Mapping[str, str]):
        super().__init__()
        self._aliases = dict(aliases)
        _Aliases.kept = [*_Aliases.kept[-20:], self]

    def postProcessLayer(self, layer: Any, context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> None:
        if isinstance(layer, QgsVectorLayer):
            for name, alias in self._aliases.items():
                layer.setFieldAlias(layer.fields().lookupField(name), alias)


def write_table(algorithm: QgsProcessingAlgorithm, parameters: Dict[str, Any], context: QgsProcessingContext, output: str,
                fields: Sequence[TableField], rows: Iterable[Mapping[str, Any]], language: str) -> str:
    """Write ``rows`` into the sink parameter ``output``; the id of what was written."""
    made = QgsFields()
    for name, kind, label in fields:
        made.append(make_field(name, kind, alias=label.text(language)))
    sink, target = algorithm.parameterAsSink(parameters, output, context, made, QgsWkbTypes.Type.NoGeometry, QgsCoordinateReferenceSystem())
    if sink is None:
        raise QgsProcessingException(algorithm.invalidSinkError(parameters, output))
    for row in rows:
        feature = QgsFeature(made)
        feature.setAttributes([to_qgis_value(row[name]) for name, _kind, _label in fields])
        if not sink.addFeature(feature, QgsFeatureSink.Flag.FastInsert):
            raise QgsProcessingException(algorithm.writeFeatureError(sink, parameters, output))
    if context.willLoadLayerOnCompletion(target):
        aliases = _Aliases({name: label.text(language) for name, _kind, label in fields})
        context.layerToLoadOnCompletionDetails(target).setPostProcessor(aliases)
    return target
