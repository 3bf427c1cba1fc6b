"""The model behind the list: held against Qt's own tester, and how few signals it needs."""
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qgis.PyQt.QtCore import QModelIndex, QPersistentModelIndex, Qt

from land_inspector.ui.review.parcel_list import ID_ROLE, LINE_ROLE, MOST_BLOCKS, ParcelModel
from tests.ui.tables import row, table


@pytest.fixture
def model(qtmodeltester):
    model = ParcelModel()
    model.show(table([row(n) for n in range(1, 11)]), np.arange(10))
    qtmodeltester.check(model)
    return model


def ids(model):
    return [model.index(place, 0).data(ID_ROLE) for place in range(model.rowCount())]


class Signals:
    """Counts what a model tells its views."""

    def __init__(self, model):
        self.told = []
        for name in ("rowsInserted", "rowsRemoved", "modelReset", "dataChanged"):
            getattr(model, name).connect(lambda *_args, name=name: self.told.append(name))


def test_an_empty_model_passes_qts_tester(qtmodeltester):
    qtmodeltester.check(ParcelModel())


def test_filtering_takes_out_blocks_and_keeps_the_rest_where_it_is(model, qtmodeltester):
    kept = QPersistentModelIndex(model.index(7, 0))
    signals = Signals(model)
    model.show(model.table, np.array([0, 1, 6, 7, 9]))
    assert signals.told == ["rowsRemoved", "rowsRemoved", "dataChanged"]
    assert kept.isValid() and kept.row() == 3 and kept.data(ID_ROLE) == "id-T008"
    qtmodeltester.check(model)


def test_rows_come_back_in_their_places(model):
    model.show(model.table, np.array([1, 5]))
    signals = Signals(model)
    model.show(model.table, np.arange(10))
    assert signals.told == ["rowsInserted"] * 3 + ["dataChanged"]
    assert ids(model) == [f"id-T{n:03d}" for n in range(1, 11)]


def test_a_table_read_anew_keeps_the_parcels_it_still_has(model, qtmodeltester):
    kept = QPersistentModelIndex(model.index(4, 0))
    fresh = table([row(n, PDJL1="2") for n in range(3, 13)])
    model.show(fresh, np.arange(10))
    assert kept.data(ID_ROLE) == "id-T005" and kept.data(LINE_ROLE).verdict == "2"
    assert ids(model) == [f"id-T{n:03d}" for n in range(3, 13)]
    qtmodeltester.check(model)


def test_another_order_starts_anew(model):
    signals = Signals(model)
    model.show(model.table, np.arange(10)[::-1])
    assert signals.told == ["modelReset"]
    assert ids(model)[0] == "id-T010"


def test_many_small_blocks_start_anew_instead_of_flickering():
    model = ParcelModel()
    large = table([row(n) for n in range(1, 4 * MOST_BLOCKS)])
    model.show(large, np.arange(len(large)))
    signals = Signals(model)
    model.show(large, np.arange(0, len(large), 2))
    assert signals.told == ["modelReset"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sets(st.integers(0, 19)), max_size=5), st.integers(0, 4))
def test_whatever_is_shown_next_the_model_shows_exactly_that(choices, dropped):
    tables = [table([row(n) for n in range(1, 21)]), table([row(n) for n in range(1 + dropped, 21 + dropped)])]
    model = ParcelModel()
    for step, chosen in enumerate(choices):
        rows = np.array(sorted(chosen), dtype=np.int64)
        model.show(tables[step % 2], rows)
        assert ids(model) == tables[step % 2].ids[rows].tolist()


def test_an_invalid_index_can_do_nothing(model):
    assert model.flags(QModelIndex()) == Qt.ItemFlag.NoItemFlags
    assert model.data(QModelIndex()) is None


def test_the_cells_say_number_township_area_in_mu_verdict_proposal_and_state():
    model = ParcelModel()
    model.show(table([row(1, PDJL1="2", PDJL2="201", ZDPD1="1", HSZT="1", DKMJ=2000 / 3)]), np.array([0]))
    said = [model.index(0, column).data() for column in range(model.columnCount())]
    assert said[:3] == ["T001", "古城街道", "1.00"]
    assert all(said[3:])
