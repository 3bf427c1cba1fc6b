"""After a restart the desk stands where it was left: batch, parcel, filters, order, way of looking at images."""
from __future__ import annotations

import json

import pytest
from qgis.core import QgsSettings

from land_inspector.register.issuing import issue_batch
from land_inspector.register.register import Register
from land_inspector.ui.review import resuming
from tests import factories
from tests.ui.tables import judged_register


@pytest.fixture
def path(tmp_path):
    """Two batches, five parcels in the older one."""
    with judged_register(tmp_path, patches=5) as register:
        again = factories.intake([factories.patch(f"U{n:03d}", factories.square(n + 20), row=n) for n in range(1, 4)], digest="d9")
        issue_batch(register, factories.info("B2", "2026-06-10"), again, by="甲")
        return register.storage.path


def opened(app, qtbot, path, batch):
    with qtbot.waitSignal(app.session.read, timeout=60_000):
        app.commands.open_address(path)
    assert app.session.batch == batch


def test_batch_parcel_filters_and_order_are_there_again(app, qtbot, path):
    page = app.dock.work_page
    opened(app, qtbot, path, "B2")
    app.session.choose_batch("B1")
    qtbot.waitUntil(lambda: len(page.table) == 5, timeout=60_000)
    page.filters.sorting.setCurrentIndex(page.filters.sorting.findData("area"))
    page.filters.verdicts._choose("2")
    page.parcels.choose([page.table.numbered("T003")])
    page.chosen.emit(page.parcels.chosen_ids())
    app.resuming.keep()
    page.filters.clear()
    page.parcels.choose([])
    page.chosen.emit([])
    app.resuming._soon.stop()
    opened(app, qtbot, path, "B1")
    qtbot.waitUntil(lambda: bool(page.parcels.chosen_ids()), timeout=60_000)
    assert page.table.text("DKBH", int(page.table.positions(page.parcels.chosen_ids())[0])) == "T003"
    assert (page.filters.order, page.filters.criteria.verdict) == ("area", "2")


def test_a_register_that_was_never_open_begins_as_ever_and_foreign_settings_do_no_harm(app, qtbot, path):
    with Register.open(path) as register:
        key = register.meta["register_id"]
    for left in ("no json", json.dumps([1]), json.dumps({key: {"batch": "gone", "parcel": 3, "filters": {"marks": 7, "verdict": []}}})):
        QgsSettings().setValue(resuming._KEY, left)
        opened(app, qtbot, path, "B2")
        assert app.dock.work_page.parcels.chosen_ids() == []


def test_only_so_many_registers_are_remembered(app, qtbot, path):
    QgsSettings().setValue(resuming._KEY, json.dumps({str(n): {} for n in range(20)}))
    opened(app, qtbot, path, "B2")
    app.resuming.keep()
    kept = resuming._kept()
    assert len(kept) == 8 and app.session.register.meta["register_id"] in kept
