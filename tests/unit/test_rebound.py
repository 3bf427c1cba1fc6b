"""Rebound radar: what meets by more than chance, against brute force, and what a register says came back."""
from __future__ import annotations

import time
from datetime import date

import numpy as np
import pytest
import shapely
import shapely.affinity

from land_inspector.evidence.crs import Crs
from land_inspector.exchange.report_pages import came_back_page
from land_inspector.register import issuing, judging, pursuing
from land_inspector.register.rebound import meetings, months_until, returns, settled_outlines
from land_inspector.register.work_lists import read_pursuit, updated_pursuit
from tests import factories

PLANE = Crs.of(factories.CRS)
ILLEGAL = {"PDJL1": "2", "PDJL2": "201", "WFMJ": 1600.0, "WFGD": 0.0, "WFJBNT": 0.0}
LAND = {"land_m2": 1600.0, "cultivated_m2": 0.0}


def _met(new, old):
    return len(meetings(np.array([new]), np.array([old]), PLANE).new)


@pytest.mark.parametrize("shift, hits", [(0.0, 1), (10.0, 1), (39.0, 0), (40.0, 0), (80.0, 0), (33.0, 0), (30.0, 1)])
def test_a_place_comes_back_and_a_neighbours_sliver_does_not(shift, hits):
    assert _met(factories.square(1), factories.square(1, shift=shift)) == hits


def test_a_long_strip_along_the_border_is_no_return():
    field = shapely.box(factories.X0, factories.Y0, factories.X0 + 600, factories.Y0 + 6)
    assert _met(field, shapely.affinity.translate(field, 0, 5.0)) == 0 and _met(field, field) == 1


def test_it_agrees_with_brute_force_and_is_quick():
    rng = np.random.default_rng(3)

    def some(count, spread):
        x, y = factories.X0 + rng.uniform(0, spread, count), factories.Y0 + rng.uniform(0, spread, count)
        return shapely.box(x, y, x + rng.uniform(5, 60, count), y + rng.uniform(5, 60, count))

    new, old = some(300, 900), some(300, 900)
    found = meetings(new, old, PLANE)
    right = set()
    for n in range(300):
        common = shapely.intersection(new[n], old)
        size, smaller = shapely.area(common), np.minimum(shapely.area(new[n]), shapely.area(old))
        right |= {(n, int(o)) for o in np.flatnonzero((size >= 100) & (size >= 0.2 * smaller) & (size > shapely.length(common)))}
    disputed = {pair for pair in set(zip(found.new.tolist(), found.old.tolist())) ^ right}
    assert len(right) > 50 and len(disputed) <= 1  # ellipsoid against plane, at a limit
    many = some(50_000, 40_000), some(50_000, 40_000)
    before = time.process_time()
    meetings(*many, PLANE)
    assert time.process_time() - before < 1.2  # measured 0.35
    crowded = some(20_000, 6_000), some(20_000, 6_000)  # each outline meets two others
    before = time.process_time()
    meetings(*crowded, PLANE)
    assert time.process_time() - before < 2


def test_a_register_tells_what_came_back_with_its_days(tmp_path):
    with factories.new_register(tmp_path) as register:
        issuing.issue_batch(register, factories.info(), factories.squares(3))
        judging.give_verdicts(register, "B1", [judging.Entry("T001", ILLEGAL), judging.Entry("T002", ILLEGAL)])
        again = [factories.patch("N001", factories.square(1, shift=5.0), HSX="20261010"),
                 factories.patch("N002", factories.square(2), row=2, HSX="20261010"), factories.patch("N003", factories.square(7), row=3)]
        issuing.issue_batch(register, factories.info("B2", "2026-11-10"), factories.intake(again, digest="d2"))
        assert returns(register) == []
        ordered = pursuing.order_remedy(register, "B1", "T001", "reclamation", LAND, on="2026-06-01")
        pursuing.record_progress(register, {ordered: LAND}, on="2026-06-20")
        pursuing.accept_remedies(register, [ordered], on="2026-07-01", level="2")
        one, = returns(register)
        assert [outline.equals(factories.square(1)) for outline in settled_outlines(register)] == [True]
        assert (one.number, one.old_number, one.settlement.on) == ("N001", "T001", date(2026, 7, 1))
        assert one.days == (date(2026, 10, 10) - date(2026, 7, 1)).days and one.is_after and one.share == pytest.approx(0.875, abs=1e-3)
        assert returns(register, "B1") == [] and len(returns(register, "B2")) == 1
        pursuit, today = read_pursuit(register), date.today()
        listed = [pursuit.table.row(row, today) for row in pursuit.table.rows("again", today).tolist()]
        assert [(row.place.number, row.entry.parcel) for row in listed] == [("N001", one.parcel_id)] and "T001" in str(listed[0].entry.what)
        judging.give_verdicts(register, "B2", [judging.Entry("N001", {"PDJL1": "3", "PDJL2": "301"})])
        patch = register.parcels("B2").set_index("DKBH")["patch_id"]["N001"]
        assert len(updated_pursuit(register, pursuit, [patch]).table.rows("again", today)) == 0
        assert len(read_pursuit(register).table.rows("again", today)) == 0
    (place, (count, months)), = months_until([one]).items()
    assert place == ("331082100", "古城街道") and count == 1 and months == pytest.approx(101 / 30.4375, abs=0.01)
    assert "N001" in came_back_page([one], None)


def test_the_area_of_a_sketch_is_no_evidence(tmp_path):
    with factories.new_register(tmp_path) as register:
        sketch = [factories.patch(f"Z00{n}", factories.square(n), row=n, TZ="sketch") for n in (1, 2)]
        issuing.issue_batch(register, factories.info(source="07"), factories.intake(sketch))
        untyped = judging.give_verdicts(register, "B1", [judging.Entry("Z001", {"PDJL1": "2", "PDJL2": "201"})])
        assert "WFMJ" in untyped.missing["Z001"]
        typed = judging.give_verdicts(register, "B1", [judging.Entry("Z002", {**ILLEGAL, "WFMJ": 2600.0})])
        assert not typed.refused and "WFMJ" not in typed.missing.get("Z002", ())
        rows = register.parcels("B1").set_index("DKBH")
        assert rows["WFMJ"].isna()["Z001"] and rows["WFMJ"]["Z002"] == 2600.0
