"""Own patches the way QGIS runs them: from two images to a batch, its queue, and the reports beside it."""
from __future__ import annotations

import json

import numpy as np
import pytest
import shapely
from qgis.core import QgsProcessingException, QgsVectorLayer

from land_inspector.register.judging import Entry, give_verdicts
from land_inspector.register.register import Register
from tests import changed_scenes as scenes, factories
from tests.algorithms import run


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    return scenes.pair(tmp_path_factory.mktemp("images"))


@pytest.fixture(scope="module")
def found(images, tmp_path_factory, qgis_app):
    folder = tmp_path_factory.mktemp("found")
    given = run("propose_patches", BEFORE=images[0], AFTER=images[1], BUDGET=25, OUTPUT=folder / "own.gpkg",
                REPORT=folder / "own.html")
    return folder, given


def test_two_images_give_a_list_and_a_page(found):
    folder, given = found
    assert given["CANDIDATES"] == 25 and given["EXAMINED_KM2"] == pytest.approx(17.64, rel=1e-2)
    assert given["NOT_EXAMINED_KM2"] == pytest.approx(0, abs=1e-3)
    page = (folder / "own.html").read_text(encoding="utf-8")
    assert "does not say that nothing else changed" in page and "Image registration" in page


@pytest.mark.parametrize("changed", [{"AFTER": ""}, {"AFTER": None}, {"BANDS": "purple"}, {"AFTER_DATE": "2020-01-01"},
                                     {"OUTPUT": "x.shp"}])
def test_what_cannot_be_done_gets_a_sentence_and_leaves_nothing(changed, images, tmp_path):
    given = {"BEFORE": images[0], "AFTER": images[1], "OUTPUT": tmp_path / "own.gpkg", "SELF_TEST": False, **changed}
    given["OUTPUT"] = tmp_path / str(given["OUTPUT"])
    with pytest.raises(QgsProcessingException) as wrong:
        run("propose_patches", **given)
    assert len(str(wrong.value)) > 40 and list(tmp_path.iterdir()) == []


def test_the_list_becomes_a_batch_with_its_reports(found, tmp_path):
    folder, given = found
    factories.new_register(tmp_path).close()
    register = tmp_path / "register.gpkg"
    taken = run("import_patches", REGISTER=register, INPUT=f"{given['OUTPUT']}|layername=candidates", BATCH="ZC1", ISSUED="2025-06-01")
    assert taken["IMPORTED"] == 25 and taken["QUARANTINED"] == 0
    with Register.open(register) as opened:
        assert opened.batch("ZC1").LY == "07"
    ranked = run("rank_patches", REGISTER=register, BATCH="ZC1", OUTPUT=tmp_path / "queue.csv", REPORT=tmp_path / "quality.html")
    assert (ranked["PATCHES"], ranked["JUDGED"], ranked["RANKED"]) == (25, 0, 0)
    page = (tmp_path / "quality.html").read_text(encoding="utf-8")
    assert "no per cent" in page and "upper bound" in page and "/ 60" in page and "Not examined" in page
    assert run("came_back", REGISTER=register, OUTPUT=tmp_path / "back.gpkg")["ROWS"] == 0
    assert run("rule_report", REGISTER=register, OUTPUT=tmp_path / "rules.csv")["JUDGED"] == 0
    for name, more in (("back_test", {"VALUE": "0.9"}), ("export_chips", {"BEFORE": "", "AFTER": ""})):
        with pytest.raises(QgsProcessingException):
            run(name, REGISTER=register, OUTPUT=tmp_path / "nothing.npz", **more)


def test_a_net_is_trained_on_exported_chips_and_finds_the_sites(images, found, tmp_path):
    """Chips of judged patches, least squares over both dates' bands as the smallest net there is, and back as a model."""
    folder, given = found
    factories.new_register(tmp_path).close()
    register = tmp_path / "register.gpkg"
    run("import_patches", REGISTER=register, INPUT=f"{given['OUTPUT']}|layername=candidates", BATCH="ZC1", ISSUED="2025-06-01")
    sites = shapely.union_all([shapely.box(scenes.X0 + 10 * c, scenes.Y0 - 10 * (r + h), scenes.X0 + 10 * (c + w), scenes.Y0 - 10 * r)
                               for r, c, h, w in scenes.SITES])
    with Register.open(register) as opened:
        frame = opened.parcels("ZC1")
        shapes = opened.storage.shapes(frame["shape_id"])
        are_sites = [shapely.from_wkb(shapes[key]).intersects(sites) for key in frame["shape_id"]]
        judged = give_verdicts(opened, "ZC1", [Entry(label, {"PDJL1": "2", "PDJL2": "201"} if real else {"PDJL1": "3", "PDJL2": "302"})
                                               for label, real in zip(frame["DKBH"], are_sites)], by="甲")
    assert not judged.refused and 15 <= sum(are_sites) < 25
    chips = run("export_chips", REGISTER=register, BATCH="ZC1", BEFORE=images[0], AFTER=images[1], SIZE=32, OUTPUT=tmp_path / "chips.npz")
    assert (chips["CHIPS"] + chips["OUTSIDE"], chips["CONFIRMED"]) == (25, sum(are_sites))
    with np.load(tmp_path / "chips.npz") as held:
        before, after, mask = (held[name].astype(float) for name in ("before", "after", "mask"))
        said = json.loads(bytes(held["manifest"]).decode("utf-8"))
    assert said["shift"] == [0, 0] and set(np.unique(mask)) == {0.0, 1.0, 255.0}
    unjudged = mask == 255
    for band in range(4):  # as the runner does it: the earlier image in the light of the later one
        gain, offset = np.polyfit(before[:, band][unjudged], after[:, band][unjudged], 1)
        before[:, band] = gain * before[:, band] + offset
    mean, std = after.mean((0, 2, 3)), after.std((0, 2, 3))
    seen = [((image - mean[:, None, None]) / std[:, None, None]).transpose(0, 2, 3, 1).reshape(-1, 4) for image in (before, after)]
    table = np.column_stack([*seen, np.ones(mask.size)])
    weights = np.linalg.lstsq(table, np.where(mask.ravel() == 1, 5.0, -5.0), rcond=None)[0]
    manifest = {"kind": "land-inspector-net-1", "bands": said["bands"], "pixel_m": said["pixel_m"],
                "mean": mean.tolist(), "std": std.tolist(),
                "reach": 0, "licence": "CC0", "places": ["made-up land"], "validation": {"none": 0}, "layers": [
                    {"op": "concat", "in": ["before", "after"], "out": "both"},
                    {"op": "conv", "in": ["both"], "out": "sum", "weights": ["kernel", "bias"]},
                    {"op": "sigmoid", "in": ["sum"], "out": "change"}]}
    np.savez(tmp_path / "net.npz", manifest=np.frombuffer(json.dumps(manifest).encode("utf-8"), np.uint8),
             kernel=weights[:8].reshape(1, 8, 1, 1), bias=weights[8:])
    used = run("propose_patches", BEFORE=images[0], AFTER=images[1], BUDGET=22, SELF_TEST=False, MODEL=tmp_path / "net.npz",
               OUTPUT=tmp_path / "by_net.gpkg", REPORT=tmp_path / "by_net.html")
    assert used["CANDIDATES"] >= 15 and "net.npz" in (tmp_path / "by_net.html").read_text(encoding="utf-8")
    layer = QgsVectorLayer(f"{tmp_path / 'by_net.gpkg'}|layername=candidates", "x", "ogr")
    top = [shapely.from_wkb(bytes(one.geometry().asWkb().data())) for one in layer.getFeatures() if not one["random"]]
    assert sum(shape.intersects(sites) for shape in top) >= 0.8 * len(top)
