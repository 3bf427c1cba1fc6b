"""An entry of the timeline says what, how much and of which; an undo says what it took back."""
from __future__ import annotations

import pytest

from land_inspector.register import pursuing
from land_inspector.register.event_log import happened_to
from land_inspector.register.issuing import issue_batch
from land_inspector.register.undoing import undo
from tests.factories import info, judge, new_register, squares


@pytest.fixture
def register(tmp_path):
    with new_register(tmp_path) as made:
        issue_batch(made, info(), squares(2), by="甲")
        judge(made, {"T001": "2"}, by="甲", effective_on="2026-05-20")
        yield made


def told(register):
    parcel = register.find("B1", ["T001"])[0][0]
    return [str(one.text) for one in happened_to(register, [parcel])]


def test_work_on_a_remedy_says_how_much_of_how_much(register):
    land = {"building_m2": 0, "land_m2": 1200, "cultivated_m2": 0}
    pursuing.order_remedy(register, "B1", "T001", "demolition", land, on="2026-05-25", by="甲")
    track = register.storage.frame("remedy")["id"].iloc[0]
    pursuing.record_progress(register, {track: {**land, "land_m2": 500}}, on="2026-06-01", by="甲")
    newest = told(register)
    assert newest[0].replace(",", "") == "T001: Demolition 500.00 m² done (of 1200.00 m²)."
    assert newest[1].startswith("T001: Demolition ordered, 1")


def test_an_undo_names_what_it_took_back(register):
    undo(register, by="甲")
    assert "Undone: verdict of T001." in told(register)
