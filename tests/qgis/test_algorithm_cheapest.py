"""The cheapest way under a line as Processing runs it: rows, figures, page, and words where it cannot be."""
from __future__ import annotations

import pytest
from qgis.core import QgsProcessingException, QgsVectorLayer

from tests.algorithms import a_batch, run

pytest.importorskip("scipy.optimize")
VERDICTS = ("JCBH,PDJL1,PDJL2,WFMJ,WFGD,WFJBNT\nT001,1,101,,,\nT002,2,201,1000,400,0\nT003,2,201,800,300,0\nT004,2,201,800,100,0\n"
            "T005,1,101,,,\n")


@pytest.fixture
def register(tmp_path):
    path = a_batch(tmp_path)
    (tmp_path / "v.csv").write_text(VERDICTS, encoding="utf-8")
    run("give_verdicts", REGISTER=path, BATCH="B1", TABLE=tmp_path / "v.csv", EFFECTIVE_ON="2026-05-20")
    return path


def test_the_set_its_cost_and_the_reasons_come_out(register, tmp_path):
    found = run("cheapest_rectification", REGISTER=register, BATCH="B1", LEVEL="county", LINE="target-10", CUT_OFF="2028-06-30",
                FACTORS='{"voluntary": true}', OUTPUT=tmp_path / "set.gpkg", REPORT=tmp_path / "set.html")
    assert found["REACHED"] == 1 and found["COST"] == found["BOUND"] > 0 and found["PARCELS"] == 3
    layer = QgsVectorLayer(str(found["OUTPUT"]), "set", "ogr")
    rows = {feature["DKBH"]: feature for feature in layer.getFeatures()}
    assert sum(feature["FY"] for feature in rows.values() if feature["XQ"]) == pytest.approx(found["COST"])
    assert all(feature["LY"] for feature in rows.values()) and rows["T002"]["ZC"] < "2028-06-30"
    page = (tmp_path / "set.html").read_text(encoding="utf-8")
    assert "T002" in page and "Proven" in page


def test_what_cannot_be_reached_in_time_says_so(register, tmp_path):
    found = run("cheapest_rectification", REGISTER=register, BATCH="B1", LINE="linhai", CUT_OFF="2026-12-31", DAY="2026-12-20",
                OUTPUT=tmp_path / "set.gpkg")
    assert found["REACHED"] == 0 and found["COST"] == 0 and found["PARCELS"] == 0


def test_a_line_that_no_pack_knows_is_named_with_those_it_knows(register, tmp_path):
    with pytest.raises(QgsProcessingException, match="knows no line 12%.*linhai"):
        run("cheapest_rectification", REGISTER=register, BATCH="B1", LINE="12%", CUT_OFF="2028-12-31", OUTPUT=tmp_path / "set.gpkg")
