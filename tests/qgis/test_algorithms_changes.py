"""Own patches the way QGIS runs them: from two images to a batch, its queue, and the reports beside it."""
from __future__ import annotations

import pytest
from qgis.core import QgsProcessingException

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
