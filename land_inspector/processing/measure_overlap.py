"""land_inspector:measure_overlap"""
from __future__ import annotations

from typing import Any, List, Optional

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeatureSource,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterFeatureSink,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterMultipleLayers,
    QgsVectorLayer,
)

from ..compat import make_field
from ..evidence.qgis_layers import LayerSnapshot
from ..evidence.measuring_interface import CONTEXT
from ..i18n import tr
from ..progress import Progress
from .feedback import LandInspectorAlgorithm, Parameters, Results
from .measuring_input import (
    METHODS, features_of, method_labels, start_engine, tell_crs, tell_patches, tell_place, tell_repairs, tell_speed, with_fields,
    area_rule_of,
)
from .parameters import ChoiceParameter, advanced
from .sinks import RowSink

Columns = List[List[Optional[float]]]


class MeasureOverlap(LandInspectorAlgorithm):
    """INPUT, LAYERS, AREA_METHOD → OUTPUT with ``<layer>_area`` (m²) and ``<layer>_pc`` for each layer; REPAIRED."""

    NAME = "measure_overlap"

    def displayName(self) -> str:
        return tr("Measure overlap")

    def shortHelpString(self) -> str:
        return tr("How much of each patch lies under each layer, in square metres and per cent. Parameters and output are "
                  "those of QGIS's own “Overlap analysis”, so that it can be swapped in; it is many times faster.\n\n"
                  "Ground that a layer covers twice counts once. Invalid geometry is repaired and reported, and layers "
                  "may have any coordinate system. Areas are those of the project's ellipsoid, as QGIS measures; under "
                  "“advanced” they can be taken on the ellipsoid of the input's own coordinate system, or planar.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        polygons = QgsProcessing.SourceType.TypeVectorPolygon
        self.addParameter(QgsProcessingParameterFeatureSource("INPUT", tr("Input layer"), [polygons]))
        self.addParameter(QgsProcessingParameterMultipleLayers("LAYERS", tr("Overlay layers"), polygons))
        self.addParameter(advanced(ChoiceParameter("AREA_METHOD", tr("Areas"), METHODS, method_labels(), CONTEXT)))
        self.addParameter(QgsProcessingParameterFeatureSink("OUTPUT", tr("Overlap")))
        self.addOutput(QgsProcessingOutputNumber("REPAIRED", tr("Geometries repaired")))

    def look_up(self, parameters: Parameters, context: QgsProcessingContext) -> None:
        source = self.parameterAsSource(parameters, "INPUT", context)
        if source is None:
            raise QgsProcessingException(self.invalidSourceError(parameters, "INPUT"))
        self._source: QgsProcessingFeatureSource = source
        layers = self.parameterAsLayerList(parameters, "LAYERS", context)
        self._layers = [LayerSnapshot.of_layer(layer) for layer in layers if isinstance(layer, QgsVectorLayer)]

    def work(self, parameters: Parameters, context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        area_rule = area_rule_of(self.parameterDefinition("AREA_METHOD").key(parameters.get("AREA_METHOD")), context)
        engine = start_engine(self._source, area_rule, context, progress.part(0.0, 0.1), feedback)
        tell_patches(engine, feedback)
        repaired, columns = engine.repaired, []
        for number, layer in enumerate(self._layers):
            part = progress.part(0.1 + 0.8 * number / len(self._layers), 0.1 + 0.8 * (number + 1) / len(self._layers))
            measured = engine.covered(layer, part)
            columns.append([None] * len(measured) if engine.remarks.no_areas else measured)
            tell_crs(layer.name, layer.crs.isValid(), self._source, feedback)
            tell_place(layer.name, any(measured), layer, engine, feedback)
            repaired += engine.remarks.repaired
            tell_repairs(layer.name, engine, feedback)
        if area_rule.method != CONTEXT:  # as QGIS measures, pieces must be built in any case
            tell_speed(feedback)
        output = self._write(parameters, context, engine.patch_areas, columns, progress.part(0.9, 1.0))
        return {"OUTPUT": output, "REPAIRED": repaired}

    def _write(self, parameters: Parameters, context: QgsProcessingContext, areas: List[Optional[float]],
               columns: Columns, progress: Progress) -> str:
        added = [make_field(layer.name + ending, "real") for layer in self._layers for ending in ("_area", "_pc")]
        fields = with_fields(self._source.fields(), added)
        sink = RowSink(self, parameters, context, "OUTPUT", fields, self._source.wkbType(), self._source.sourceCrs())
        for row, feature in enumerate(features_of(self._source, progress)):
            measured = [value for column in columns for value in _area_and_share(column[row], areas[row])]
            sink.add(feature.attributes() + measured, feature.geometry())
        return sink.finish()


def _area_and_share(covered: Optional[float], whole: Optional[float]) -> List[Optional[float]]:
    """m² and per cent of the patch; NULL for a patch without area, and where it cannot be carried over."""
    if covered is None or not whole:
        return [None, None]
    return [covered, covered / whole * 100.0]  # in this order a whole patch is 100 and not the next number above
