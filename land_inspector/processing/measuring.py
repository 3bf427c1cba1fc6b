"""The two measuring algorithms, which need no register, and the provider that has them alone where shapely 2 or pandas is missing."""
from __future__ import annotations

from typing import Any, Dict, Iterator, List, Optional, Sequence, Tuple, Type

from qgis.core import (
    QgsEllipsoidUtils, QgsFeature, QgsFeatureRequest, QgsField, QgsFields, QgsProcessing, QgsProcessingContext,
    QgsProcessingException, QgsProcessingFeatureSource, QgsProcessingFeatureSourceDefinition, QgsProcessingFeedback,
    QgsProcessingOutputNumber, QgsProcessingParameterFeatureSink, QgsProcessingParameterFeatureSource,
    QgsProcessingParameterField, QgsProcessingParameterMultipleLayers, QgsProcessingProvider, QgsVectorLayer,
)
from qgis.PyQt.QtGui import QIcon

from ..compat import make_field, to_qgis_value
from ..errors import message
from ..evidence.accelerator import obstacle
from ..evidence.engines import AreaRule, CONTEXT, ClassResult, ELLIPSOID, Engine, LayerSnapshot, PLANAR, QgisEngine, wkb_of
from ..exchange.report import listed
from ..i18n import say, tr
from ..progress import Progress
from .feedback import ICON, LandInspectorAlgorithm, Parameters, Results
from .parameters import ChoiceParameter, advanced
from .outputs import RowSink


# What the two measuring algorithms share: their input, the way of taking areas, the engine, the lines in the log.

FEATURES_PER_STEP = 500
METHODS = (CONTEXT, ELLIPSOID, PLANAR)


def method_labels() -> List[str]:
    """Names of the area methods in the user's language, in the order of the choice of AREA_METHOD."""
    return [tr("Ellipsoid of the project (as QGIS measures)"), tr("Ellipsoid of the layer's CRS"), tr("Planar")]


def area_rule_of(method: str, context: QgsProcessingContext) -> AreaRule:
    """How areas are taken; without an ellipsoid in the context QGIS's way is planar in map units."""
    if method != CONTEXT:
        return AreaRule(method)
    name = context.ellipsoid()
    parameters = QgsEllipsoidUtils.ellipsoidParameters(name)
    if name in ("", "NONE") or not parameters.valid:
        return AreaRule(CONTEXT)
    return AreaRule(CONTEXT, name, parameters.semiMajor, 1 - parameters.semiMinor / parameters.semiMajor)


def start_engine(
    source: QgsProcessingFeatureSource, area_rule: AreaRule, context: QgsProcessingContext,
    progress: Progress, feedback: QgsProcessingFeedback,
) -> Engine:
    """The vectorised kernel where shapely >= 2 is installed; else QGIS alone, which is said to be slower."""
    blobs = [wkb_of(feature) for feature in features_of(source, progress)]
    try:
        from ..evidence.kernel_engine import KernelEngine as engine
    except ImportError:
        engine = QgisEngine
        feedback.pushWarning(tr("shapely 2 or newer is not installed: measuring with QGIS alone, with the same results "
                                "but several times slower."))
    return engine(blobs, source.sourceCrs(), area_rule, context.transformContext())


def features_of(source: QgsProcessingFeatureSource, progress: Progress) -> Iterator[QgsFeature]:
    """Every feature, valid or not, in the source's own order."""
    count = max(source.featureCount(), 1)
    flag = QgsProcessingFeatureSource.Flag.FlagSkipGeometryValidityChecks
    for number, feature in enumerate(source.getFeatures(QgsFeatureRequest(), flag)):
        if number % FEATURES_PER_STEP == 0:
            progress.step(min(number / count, 1.0), message("Reading the patches"))
        yield feature


def tell_repairs(name: str, engine: Engine, feedback: QgsProcessingFeedback) -> None:
    """What was found in a layer, in the log; nothing where all was well."""
    found = engine.remarks
    if found.no_areas:
        feedback.pushWarning(tr("{layer} holds points or lines, no areas: 0 does not mean that nothing is there.", layer=name))
    if found.repaired:
        feedback.pushWarning(tr("{layer}: {n} features with invalid geometry were repaired: {ids}.", layer=name, n=found.repaired,
                                ids=listed(found.repaired_ids, 20)))
    if found.unreadable or found.empty:
        feedback.pushWarning(tr("{layer}: {n} features without a usable area do not count: {ids}.",
                                layer=name, n=found.unreadable + found.empty, ids=listed(found.lost_ids, 20)))
    if found.without_class:
        feedback.pushWarning(tr("{layer}: {n} features have no class; the ground under them counts as not covered.",
                                layer=name, n=found.without_class))


def tell_crs(name: str, known: bool, source: QgsProcessingFeatureSource, feedback: QgsProcessingFeedback) -> None:
    """A layer (or the patches) without a coordinate system is taken to be in the other's, which may be wrong."""
    if not known and source.sourceCrs().isValid():
        feedback.pushWarning(tr("{layer} does not say its coordinate system; it was taken to be in that of the patches ({crs}).",
                                layer=name, crs=source.sourceCrs().authid() or source.sourceCrs().description()))


def tell_place(name: str, met: bool, layer: LayerSnapshot, engine: Engine, feedback: QgsProcessingFeedback) -> None:
    """A layer with areas that meets no patch at all is perhaps in a wrong place: 0 is no finding then."""
    if not met and layer.count != 0 and not engine.remarks.no_areas and any(area for area in engine.patch_areas):
        feedback.pushWarning(tr("{layer} meets none of the patches. If it should, compare them on the map: its coordinate system may be "
                                "wrong.", layer=name))


def tell_patches(engine: Engine, feedback: QgsProcessingFeedback) -> None:
    """Warn in the log of patches that were repaired for measuring and of those without an area."""
    if engine.repaired:
        feedback.pushWarning(tr("{n} patches with invalid geometry were repaired for measuring.", n=engine.repaired))
    nothing = sum(area is None for area in engine.patch_areas)
    if nothing:
        feedback.pushWarning(tr("{n} patches have no area and get no result.", n=nothing))


def tell_speed(feedback: QgsProcessingFeedback) -> None:
    """Why much work went without the compiled way of measuring; nothing where it went with it, or was little."""
    reason = obstacle()
    if reason is not None:
        feedback.pushInfo(tr("Measured by overlays, which takes about twice as long as from boundaries alone: {reason}.",
                             reason=say(reason)))


def with_fields(fields: QgsFields, added: Sequence[QgsField]) -> QgsFields:
    """Fields followed by ``added``; of these, names already there (in any case) get a number."""
    result = QgsFields(fields)
    for field in added:
        taken = {name.lower() for name in result.names()}
        name, number = field.name(), 2
        while field.name().lower() in taken:
            field.setName(f"{name}_{number}")
            number += 1
        result.append(field)
    return result


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


# The provider where shapely 2 or pandas is missing: the two measuring algorithms, which QGIS alone can run, more slowly.

class MeasuringProvider(QgsProcessingProvider):
    """``land_inspector:measure_overlap`` and ``land_inspector:measure_classes``."""

    ALGORITHMS: Tuple[Type[LandInspectorAlgorithm], ...] = (MeasureOverlap, MeasureClasses)

    def id(self) -> str:
        return "land_inspector"

    def name(self) -> str:
        return tr("Land Inspector")

    def icon(self) -> QIcon:
        return QIcon(str(ICON))

    def loadAlgorithms(self) -> None:
        for algorithm in self.ALGORITHMS:
            self.addAlgorithm(algorithm())
