"""Work lists as a table, from the toolbox: the rows of the panel and totals that equal them."""
from __future__ import annotations

from datetime import date

import pytest
from qgis.core import QgsVectorLayer

from land_inspector.compat import from_qgis_value
from land_inspector.law.work_lists import LISTS
from land_inspector.register import pursuing
from land_inspector.register.register import Register
from land_inspector.register.work_lists import read_pursuit
from tests.algorithms import run
from tests.ui.tables import judged_register
from tests.unit.law_cases import SAID

LAND = {"land_m2": 1600.0, "cultivated_m2": 400.0}


@pytest.fixture
def path(tmp_path):
    with judged_register(tmp_path) as register:
        remedy = pursuing.order_remedy(register, "B1", "T001", "reclamation", LAND, on="2026-06-01", by="甲")
        pursuing.record_progress(register, {remedy: LAND}, on="2026-07-01", by="甲")
        fine = pursuing.order_remedy(register, "B1", "T002", "fine", {"fen": 100_00}, on="2026-06-01", by="甲")
        pursuing.record_progress(register, {fine: {"fen": 40_00}}, on="2026-07-01", by="甲")
        pursuing.open_case(register, "B1", ["T003"], on="2026-06-01", particulars=SAID["clue"], by="甲")
        return register.storage.path


def listed(path, tmp_path, **how):
    output = str(tmp_path / f"{how['LIST']}.gpkg")
    results = run("work_list", REGISTER=str(path), OUTPUT=output, **how)
    layer = QgsVectorLayer(results["OUTPUT"], "x", "ogr")
    names = layer.fields().names()
    return results, [{name: from_qgis_value(feature[name]) for name in names} for feature in layer.getFeatures()]


@pytest.mark.parametrize("code", list(LISTS))
def test_the_rows_are_those_of_the_panel_and_the_totals_theirs(path, tmp_path, code):
    results, rows = listed(path, tmp_path, LIST=code, DAY="2027-01-15")
    with Register.open(path) as register:
        table = read_pursuit(register).table
    wanted = [table.row(int(row), date(2027, 1, 15)) for row in table.rows(code, date(2027, 1, 15))]
    assert [(row["DKBH"], row["DAYS"], row["AREA_M2"]) for row in rows] == [
        (row.place.number, row.days_left, row.entry.land_m2) for row in wanted]
    assert results["ROWS"] == len(rows) and results["AREA_M2"] == pytest.approx(sum(row["AREA_M2"] for row in rows))
    assert results["OWED"] == pytest.approx(sum(row["OWED"] or 0 for row in rows))


def test_figures_carry_their_units_and_a_fine_outside_any_case_no_surcharge(path, tmp_path):
    _results, (row,) = listed(path, tmp_path, LIST="fine")
    assert (row["DKBH"], row["OWED"], row["SURCHARGE"], row["DUE"]) == ("T002", 60.0, 0.0, None)
    _results, (row,) = listed(path, tmp_path, LIST="unaccepted")
    assert (row["AREA_M2"], row["AREA_MU"], row["CULT_MU"]) == (1600.0, pytest.approx(2.4), pytest.approx(0.6))


def test_a_past_day_and_a_township_leave_what_was_there(path, tmp_path):
    assert listed(path, tmp_path, LIST="unaccepted", DAY="2026-06-15")[1] == []
    assert listed(path, tmp_path, LIST="unfiled", TOWNSHIP="999999999")[1] == []
