"""land_inspector:measure_classes"""
from __future__ import annotations

from typing import Any, Dict, List, Optional, Tuple

from qgis.core import (
    QgsField,
    QgsFields,
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeatureSource,
    QgsProcessingFeatureSourceDefinition,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterFeatureSink,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterField,
)

from ..compat import make_field, to_qgis_value
from ..evidence.qgis_layers import LayerSnapshot
from ..evidence.measuring_interface import ELLIPSOID, ClassResult, Engine
from ..i18n import tr
from ..progress import Progress
from .feedback import LandInspectorAlgorithm, Parameters, Results
from .measuring_input import (
    METHODS, features_of, method_labels, start_engine, tell_crs, tell_patches, tell_place, tell_repairs, tell_speed, area_rule_of,
)
from .parameters import ChoiceParameter, advanced
from .sinks import RowSink

OWN_NAMES = ("class", "area_m2", "patch_area_m2")
FLOOR_M2 = 1e-6

Row = Tuple[Any, Optional[float], Optional[float]]


class MeasureClasses(LandInspectorAlgorithm):
    """INPUT, OVERLAY, CLASS_FIELD, AREA_METHOD → OUTPUT (a table), ROWS, UNCOVERED_M2, OVERLAP_M2, REPAIRED."""

    NAME = "measure_classes"

    def displayName(self) -> str:
        return tr("Measure classes")

    def shortHelpString(self) -> str:
        return tr("How much of each patch lies under each class of a layer: one row for each patch and class, with the "
                  "patch's attributes, the class, its area and the patch's area in square metres.\n\n"
                  "Pieces of one class are united before they are counted. What no class covers is a row without a class. "
                  "Where different classes overlap, the ground counts in each, and the area of such overlap is reported. "
                  "The shares of a patch that the layer fills sum to 100 %. Areas are taken on the ellipsoid of the "
                  "input's coordinate system. Invalid geometry is repaired and reported, and the two layers may have "
                  "different coordinate systems.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        polygons = [QgsProcessing.SourceType.TypeVectorPolygon]
        self.addParameter(QgsProcessingParameterFeatureSource("INPUT", tr("Input layer"), polygons))
        self.addParameter(QgsProcessingParameterFeatureSource("OVERLAY", tr("Layer with classes"), polygons))
        self.addParameter(QgsProcessingParameterField("CLASS_FIELD", tr("Field with the class"), None, "OVERLAY"))
        self.addParameter(advanced(ChoiceParameter("AREA_METHOD", tr("Areas"), METHODS, method_labels(), ELLIPSOID)))
        self.addParameter(QgsProcessingParameterFeatureSink(
            "OUTPUT", tr("Areas by class"), QgsProcessing.SourceType.TypeVector))
        self.addOutput(QgsProcessingOutputNumber("ROWS", tr("Rows")))
        self.addOutput(QgsProcessingOutputNumber("UNCOVERED_M2", tr("Area not covered (m²)")))
        self.addOutput(QgsProcessingOutputNumber("OVERLAP_M2", tr("Area where classes overlap (m²)")))
        self.addOutput(QgsProcessingOutputNumber("REPAIRED", tr("Geometries repaired")))

    def look_up(self, parameters: Parameters, context: QgsProcessingContext) -> None:
        self._source: QgsProcessingFeatureSource = self._source_of(parameters, "INPUT", context)
        overlay = self._source_of(parameters, "OVERLAY", context)
        layer = self.parameterAsVectorLayer(parameters, "OVERLAY", context)
        whole = layer is not None and not isinstance(parameters["OVERLAY"], QgsProcessingFeatureSourceDefinition)
        self._overlay = LayerSnapshot.of_layer(layer) if whole else LayerSnapshot.of_source(
            overlay.sourceName(), overlay)

    def _source_of(self, parameters: Parameters, name: str, context: QgsProcessingContext) -> QgsProcessingFeatureSource:
        source = self.parameterAsSource(parameters, name, context)
        if source is None:
            raise QgsProcessingException(self.invalidSourceError(parameters, name))
        return source

    def work(self, parameters: Parameters, context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        field = self.parameterAsString(parameters, "CLASS_FIELD", context)
        area_rule = area_rule_of(self.parameterDefinition("AREA_METHOD").key(parameters.get("AREA_METHOD")), context)
        engine = start_engine(self._source, area_rule, context, progress.part(0.0, 0.1), feedback)
        tell_patches(engine, feedback)
        result = engine.by_class(self._overlay, field, progress.part(0.1, 0.9))
        tell_repairs(self._overlay.name, engine, feedback)
        tell_place(self._overlay.name, bool(result.rows), self._overlay, engine, feedback)
        tell_crs(self._overlay.name, self._overlay.crs.isValid(), self._source, feedback)
        tell_speed(feedback)
        overlap = sum(area or 0.0 for area in result.overlap_m2)
        if overlap > 0:
            feedback.pushWarning(tr("Different classes overlap on {area:.2f} m² of the patches; it counts in each of them.",
                                    area=overlap))
        output, rows = self._write(parameters, context, field, _rows_of(engine, result), progress.part(0.9, 1.0))
        return {
            "OUTPUT": output, "ROWS": rows, "UNCOVERED_M2": sum(area or 0.0 for area in result.remainder_m2),
            "OVERLAP_M2": overlap, "REPAIRED": engine.repaired + engine.remarks.repaired,
        }

    def _write(self, parameters: Parameters, context: QgsProcessingContext, field: str, rows: Dict[int, List[Row]],
               progress: Progress) -> Tuple[str, int]:
        fields, key = _output_fields(self._source.fields(), self._overlay.fields[self._overlay.fields.lookupField(field)])
        sink = RowSink(self, parameters, context, "OUTPUT", fields, new_keys=True)
        count = 0
        for number, feature in enumerate(features_of(self._source, progress)):
            own = feature.attributes() + ([feature.attributes()[key]] if key >= 0 else [])
            for value, area, whole in rows[number]:
                sink.add(own + [to_qgis_value(value), area, whole])
                count += 1
        return sink.finish(), count


def _rows_of(engine: Engine, result: ClassResult) -> Dict[int, List[Row]]:
    """Rows by patch: its classes, then what they leave; a patch that cannot be measured has one row without areas."""
    rows: Dict[int, List[Row]] = {number: [] for number in range(len(engine.patch_areas))}
    for row in result.rows:
        rows[row.patch].append((row.value, row.area_m2, engine.patch_areas[row.patch]))
    for number, (whole, left) in enumerate(zip(engine.patch_areas, result.remainder_m2)):
        rows[number].sort(key=lambda row: -row[1])
        if whole is None or left is None or not rows[number] or left > min(FLOOR_M2, 1e-6 * whole):
            rows[number].append((None, left, whole))
    return rows


def _output_fields(own: QgsFields, class_field: QgsField) -> Tuple[QgsFields, int]:
    """The input's fields, then ours; an input field of one of our names gets ``_input`` behind it.

    A GeoPackage numbers rows anew in its ``fid``, so the patch's own is kept in ``patch_fid``; its place is returned too.
    """
    fields, key = QgsFields(), own.lookupField("fid")
    for field in own:
        named = QgsField(field)
        if named.name().lower() in OWN_NAMES:
            named.setName(named.name() + "_input")
        fields.append(named)
    if key >= 0:
        fields.append(make_field("patch_fid", "integer"))
    named = QgsField(class_field)
    named.setName("class")
    fields.append(named)
    fields.append(make_field("area_m2", "real"))
    fields.append(make_field("patch_area_m2", "real"))
    return fields, key
