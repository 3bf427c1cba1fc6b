"""Plain tables out of algorithms: fields with Chinese aliases, rows of plain values, the checks that Processing asks for."""
from __future__ import annotations

from typing import Any, Callable, Dict, Iterable, List, Mapping, Sequence, Tuple

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
