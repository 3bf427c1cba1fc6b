"""What the two measuring algorithms share: their input, the way of taking areas, the engine, the lines in the log."""
from __future__ import annotations

from typing import Iterator, List, Sequence

from qgis.core import (
    QgsEllipsoidUtils,
    QgsFeature,
    QgsFeatureRequest,
    QgsField,
    QgsFields,
    QgsProcessingContext,
    QgsProcessingFeatureSource,
    QgsProcessingFeedback,
)

from ..errors import message
from ..evidence.accelerator import obstacle
from ..evidence.qgis_layers import LayerSnapshot, wkb_of
from ..evidence.measuring_interface import CONTEXT, ELLIPSOID, PLANAR, Engine, AreaRule
from ..exchange.import_findings import listed
from ..i18n import say, tr
from ..progress import Progress

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
        from ..evidence.qgis_engine import QgisEngine as engine

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
