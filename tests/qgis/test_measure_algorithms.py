"""measure_overlap and measure_classes as QGIS runs them: beside native:calculatevectoroverlaps, and where that is wrong."""
from __future__ import annotations

import sys
import time

import pytest
import shapely
from qgis.core import (
    NULL,
    QgsFeature,
    QgsGeometry,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeatureSourceDefinition,
    QgsProcessingFeedback,
    QgsProject,
    QgsVectorLayer,
)

from land_inspector.processing.measuring import MeasureClasses, MeasureOverlap
from tests.evidence_shapes import X0, Y0, blobs, box, coverage, naive_class_areas, naive_covered, write_layer

pytestmark = pytest.mark.usefixtures("both_ways")

GK = "EPSG:4549"


def layer(name, geoms, fields="id:integer", values=None, crs=GK):
    made = QgsVectorLayer(f"MultiPolygon?crs={crs}&field={fields}", name, "memory")
    features = []
    for row, geometry in enumerate(geoms):
        feature = QgsFeature(made.fields())
        feature.setAttributes(list(values[row]) if values is not None else [row])
        if geometry is not None:
            shape = QgsGeometry()
            shape.fromWkb(shapely.to_wkb(geometry))
            feature.setGeometry(shape)
        features.append(feature)
    assert made.dataProvider().addFeatures(features)[0]
    made.updateExtents()
    return made


class Listener(QgsProcessingFeedback):
    def __init__(self):
        super().__init__()
        self.warnings = []

    def pushWarning(self, text):
        self.warnings.append(text)


def run(algorithm, ellipsoid="EPSG:7019", feedback=None, project=None, **parameters):
    context = QgsProcessingContext()
    if project is not None:
        context.setProject(project)
    context.setEllipsoid(ellipsoid)
    parameters.setdefault("OUTPUT", "memory:")
    results, done = algorithm.create().run(parameters, context, feedback or Listener())
    assert done
    return results, context.takeResultLayer(results["OUTPUT"]) or QgsVectorLayer(results["OUTPUT"], "out", "ogr")


def overlap(source, layers, **more):
    return run(MeasureOverlap(), INPUT=source, LAYERS=layers, **more)


def by_class(source, over, field="class", **more):
    results, table = run(MeasureClasses(), INPUT=source, OVERLAY=over, CLASS_FIELD=field, **more)
    return results, [dict(zip(table.fields().names(), feature.attributes())) for feature in table.getFeatures()]


@pytest.fixture
def native(qgis_processing):
    from qgis.core import QgsApplication

    return QgsApplication.processingRegistry().algorithmById("native:calculatevectoroverlaps")


@pytest.mark.parametrize("ellipsoid", ["EPSG:7019", "EPSG:7024", "NONE"])
@pytest.mark.parametrize("crs", [GK, "EPSG:3857"])
def test_areas_are_those_of_qgis_on_the_ellipsoid_of_the_context(native, ellipsoid, crs):
    patches = layer("patches", blobs(1, 40), crs=crs)
    over = [layer("first", blobs(2, 30, size=60), crs=crs), layer("second", coverage(3), crs=crs)]
    _, expected = run(native, ellipsoid, INPUT=patches, LAYERS=over)
    _, found = run(MeasureOverlap(), ellipsoid, INPUT=patches, LAYERS=over)
    assert found.fields().names() == expected.fields().names() == ["id", "first_area", "first_pc", "second_area", "second_pc"]
    assert (found.wkbType(), found.crs()) == (expected.wkbType(), expected.crs())
    for ours, theirs in zip(found.getFeatures(), expected.getFeatures()):
        assert ours.geometry().equals(theirs.geometry())
        assert ours.attributes() == pytest.approx(theirs.attributes(), abs=6e-3)  # QGIS's planar areas are good to 5e-3


def test_the_area_method_overrides_the_context():
    patches, over = layer("p", [box(0, 0, 100, 100)]), [layer("o", [box(0, 0, 50, 200)])]
    areas = {}
    for method in ("context", "ellipsoid", "planar"):
        _, found = overlap(patches, over, AREA_METHOD=method, ellipsoid="EPSG:7024")
        areas[method] = next(found.getFeatures())["o_area"]
    assert areas["planar"] == pytest.approx(5000.0, abs=1e-6)
    assert areas["ellipsoid"] == pytest.approx(5000.0 * 0.99975, abs=0.2)
    assert areas["context"] / areas["ellipsoid"] == pytest.approx(1 + 3.4e-5, abs=3e-6)  # Krassowsky's is larger


def test_ground_covered_twice_counts_once_and_nothing_is_over_a_hundred_per_cent():
    patches, zones = blobs(4, 50), blobs(5, 80, size=70)
    _, found = overlap(layer("p", patches), [layer("o", zones)], AREA_METHOD="planar")
    rows = list(found.getFeatures())
    assert [row["o_area"] for row in rows] == pytest.approx(naive_covered(patches, zones).tolist(), abs=1e-4)
    assert max(row["o_pc"] for row in rows) <= 100.0


def test_invalid_geometry_is_repaired_and_reported_never_a_reason_to_stop():
    bow_tie = shapely.Polygon([(X0, Y0), (X0 + 10, Y0 + 10), (X0 + 10, Y0), (X0, Y0 + 10)])
    listener = Listener()
    results, found = overlap(layer("p", [bow_tie, box(0, 0, 10, 10)]), [layer("o", [bow_tie])], AREA_METHOD="planar",
                             feedback=listener)
    assert [row["o_area"] for row in found.getFeatures()] == pytest.approx([50.0, 50.0])
    assert results["REPAIRED"] == 2 and len(listener.warnings) == 2


def test_patches_without_geometry_keep_their_row_with_null_and_others_get_zero():
    _, found = overlap(layer("p", [None, box(0, 0, 10, 10)]), [layer("o", [box(50, 50, 60, 60)])])
    rows = [row.attributes()[1:] for row in found.getFeatures()]
    assert rows == [[NULL, NULL], [0.0, 0.0]]


def test_two_layers_of_one_name_get_fields_of_their_own():
    _, found = overlap(layer("p", [box(0, 0, 10, 10)]), [layer("o", [box(0, 0, 5, 10)]), layer("o", [box(0, 0, 2, 10)])],
                       AREA_METHOD="planar")
    assert found.fields().names() == ["id", "o_area", "o_pc", "o_area_2", "o_pc_2"]
    assert next(found.getFeatures()).attributes()[1:] == pytest.approx([50.0, 50.0, 20.0, 20.0])


def test_a_geopackage_a_shapefile_with_a_filter_and_unsaved_edits_are_read_as_the_user_sees_them(tmp_path):
    for driver, ending in (("GPKG", "gpkg"), ("ESRI Shapefile", "shp")):
        path = write_layer(tmp_path / f"o.{ending}", [box(0, 0, 30, 100), box(50, 0, 100, 100)], {"kind": ["a", "b"]}, driver=driver)
        over = QgsVectorLayer(path, "o", "ogr")
        patches = layer("p", [box(0, 0, 100, 100)])

        def area():
            return next(overlap(patches, [over], AREA_METHOD="planar")[1].getFeatures())["o_area"]

        assert area() == pytest.approx(8000.0)
        assert over.setSubsetString("\"kind\" = 'a'")
        assert area() == pytest.approx(3000.0)
        over.setSubsetString("")
        over.startEditing()
        over.deleteFeature(next(over.getFeatures()).id())
        assert area() == pytest.approx(5000.0)
        over.rollBack()


def test_only_the_selected_patches_are_measured_where_the_user_says_so():
    patches = layer("p", [box(0, 0, 10, 10), box(20, 0, 30, 10)])
    patches.selectByIds([next(patches.getFeatures()).id()])
    over = layer("o", [box(0, 0, 100, 100)])
    QgsProject.instance().addMapLayer(patches)
    _, found = overlap(QgsProcessingFeatureSourceDefinition(patches.id(), selectedFeaturesOnly=True), [over],
                       project=QgsProject.instance())
    QgsProject.instance().removeMapLayer(patches.id())
    assert found.featureCount() == 1


# ---- classes ----

def test_one_row_for_each_patch_and_class_with_the_patchs_attributes():
    patches, cells = blobs(6, 30, side=360), coverage(7)
    values = [f"c{k % 4}" for k in range(len(cells))]
    source = layer("p", patches, "JCBH:string", [[f"P{k}"] for k in range(30)])
    results, rows = by_class(source, layer("o", cells, "class:string", [[v] for v in values]), AREA_METHOD="planar")
    assert list(rows[0]) == ["JCBH", "class", "area_m2", "patch_area_m2"]
    expected = naive_class_areas(patches, cells, values)
    found = {(int(row["JCBH"][1:]), row["class"]): row["area_m2"] for row in rows if row["class"] != NULL}
    assert found == {key: pytest.approx(area, abs=1e-4) for key, area in expected.items()}
    assert results["ROWS"] == len(rows) and results["OVERLAP_M2"] == 0.0
    for number in range(30):
        mine = [row for row in rows if row["JCBH"] == f"P{number}"]
        assert sum(row["area_m2"] for row in mine) == pytest.approx(mine[0]["patch_area_m2"], rel=1e-9)


def test_what_no_class_covers_is_a_row_without_class_and_a_patch_outside_is_nothing_but_that():
    results, rows = by_class(layer("p", [box(0, 0, 10, 10), box(500, 500, 510, 510), None]),
                             layer("o", [box(0, 0, 4, 10)], "class:string", [["a"]]), AREA_METHOD="planar")
    assert [(row["id"], row["class"], row["area_m2"]) for row in rows] == [
        (0, "a", pytest.approx(40.0)), (0, NULL, pytest.approx(60.0)), (1, NULL, pytest.approx(100.0)), (2, NULL, NULL)]
    assert results["UNCOVERED_M2"] == pytest.approx(160.0)


def test_classes_that_overlap_count_in_each_and_the_overlap_is_reported():
    listener = Listener()
    results, rows = by_class(layer("p", [box(0, 0, 100, 100)]),
                             layer("o", [box(0, 0, 60, 100), box(40, 0, 100, 100)], "class:string", [["a"], ["b"]]),
                             AREA_METHOD="planar", feedback=listener)
    assert [row["area_m2"] for row in rows] == pytest.approx([6000.0, 6000.0])
    assert results["OVERLAP_M2"] == pytest.approx(2000.0)
    assert any("2000.00" in text for text in listener.warnings)


def test_the_default_is_the_ellipsoid_of_the_layer_whatever_the_project_says():
    source, over = layer("p", [box(0, 0, 100, 100)]), layer("o", [box(0, 0, 100, 100)], "class:integer", [[7]])
    found = {ellipsoid: by_class(source, over, ellipsoid=ellipsoid)[1][0] for ellipsoid in ("NONE", "EPSG:7024", "EPSG:7019")}
    assert {row["area_m2"] for row in found.values()} == {found["NONE"]["area_m2"]}
    assert found["NONE"]["area_m2"] == pytest.approx(9997.5, abs=0.5)
    assert found["NONE"]["class"] == 7


def test_fields_of_our_names_in_the_input_step_aside_and_the_key_survives_a_geopackage(tmp_path):
    source = layer("p", [box(0, 0, 10, 10)], "fid:integer&field=class:string", [[41, "mine"]])
    over = layer("o", [box(0, 0, 4, 10), box(4, 0, 10, 10)], "class:string", [["a"], ["b"]])
    results, rows = by_class(source, over, OUTPUT=str(tmp_path / "out.gpkg"))
    assert results["ROWS"] == 2
    assert [(row["patch_fid"], row["class_input"], row["class"]) for row in rows] == [(41, "mine", "b"), (41, "mine", "a")]


def test_two_coordinate_systems_give_the_shares_that_one_gives():
    cells = coverage(8)
    values = [[f"c{k % 3}"] for k in range(len(cells))]
    source = layer("p", blobs(9, 20, side=340))
    results, same = by_class(source, layer("o", cells, "class:string", values))
    from land_inspector.evidence.crs import Crs
    from land_inspector.evidence.crs import carried_over

    moved = carried_over(cells, Crs.of(GK), Crs.of("EPSG:3857"))
    _, other = by_class(source, layer("o", moved, "class:string", values, crs="EPSG:3857"))
    big = {(row["id"], row["class"]): row["area_m2"] for row in same}
    for row in other:
        assert row["area_m2"] == pytest.approx(big.get((row["id"], row["class"]), 0.0), abs=0.05)


def test_planar_areas_in_degrees_are_refused_in_words():
    with pytest.raises(QgsProcessingException, match="degrees"):
        MeasureClasses().create().run(
            {"INPUT": layer("p", [shapely.box(120, 30, 120.1, 30.1)], crs="EPSG:4490"),
             "OVERLAY": layer("o", [shapely.box(120, 30, 120.1, 30.1)], "class:string", [["a"]], crs="EPSG:4490"),
             "CLASS_FIELD": "class", "AREA_METHOD": "planar", "OUTPUT": "memory:"},
            QgsProcessingContext(), Listener(), catchExceptions=False)


def test_a_cancel_stops_within_a_second():
    """A second of this process's own work: what else the machine does is not ours."""

    class Hasty(Listener):
        def setProgress(self, percent):
            super().setProgress(percent)
            if percent > 12 and not self.isCanceled():
                self.stopped_at = time.process_time()
                self.cancel()

    listener = Hasty()
    source, over = layer("p", blobs(1, 4000, side=2000, size=40)), layer("o", blobs(2, 4000, side=2000, size=60))
    results, done = MeasureOverlap().create().run(
        {"INPUT": source, "LAYERS": [over], "OUTPUT": "memory:"}, QgsProcessingContext(), listener)
    assert not done and time.process_time() - listener.stopped_at < 1.0


# ---- without shapely ----

@pytest.fixture
def no_kernel(monkeypatch):
    monkeypatch.setitem(sys.modules, "land_inspector.evidence.kernel_engine", None)


def test_qgis_alone_gives_the_same_overlaps_and_says_it_is_slower(no_kernel, request):
    patches, zones = blobs(4, 40), blobs(5, 60, size=70)
    listener = Listener()
    _, slow = overlap(layer("p", patches), [layer("o", zones)], AREA_METHOD="planar", feedback=listener)
    assert [row["o_area"] for row in slow.getFeatures()] == pytest.approx(naive_covered(patches, zones).tolist(), abs=1e-3)
    assert any("slower" in text for text in listener.warnings)


@pytest.mark.parametrize("method", ["context", "ellipsoid", "planar"])
def test_qgis_alone_gives_the_same_classes(monkeypatch, method):
    patches, cells = blobs(6, 25), blobs(7, 40, size=70)
    source = layer("p", [*patches, None])
    over = layer("o", cells, "class:string", [[f"c{k % 3}"] for k in range(len(cells))])
    fast_results, fast = by_class(source, over, AREA_METHOD=method)
    monkeypatch.setitem(sys.modules, "land_inspector.evidence.kernel_engine", None)
    slow_results, slow = by_class(source, over, AREA_METHOD=method)
    assert slow_results["OVERLAP_M2"] == pytest.approx(fast_results["OVERLAP_M2"], abs=0.02)

    def table(rows):
        return {(row["id"], row["class"] if row["class"] != NULL else None): row["area_m2"] for row in rows}

    for key, area in table(slow).items():
        assert area == (pytest.approx(table(fast).get(key, 0.0), abs=5e-3) if area != NULL else table(fast)[key])
