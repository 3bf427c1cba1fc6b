"""Plain tables out of algorithms: fields with Chinese aliases, rows of plain values, the checks that Processing asks for."""
from __future__ import annotations

from typing import Any, Dict, Iterable, List, Mapping, Sequence, Tuple

from qgis.core import (
    QgsFields,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingLayerPostProcessorInterface,
    QgsVectorLayer,
)

from ..compat import make_field, to_qgis_value
from ..law.pack import Label
from .sinks import RowSink

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
    sink = RowSink(algorithm, parameters, context, output, made)
    for row in rows:
        sink.add([to_qgis_value(row[name]) for name, _kind, _label in fields])
    target = sink.finish()
    if context.willLoadLayerOnCompletion(target):
        aliases = _Aliases({name: label.text(language) for name, _kind, label in fields})
        context.layerToLoadOnCompletionDetails(target).setPostProcessor(aliases)
    return target
