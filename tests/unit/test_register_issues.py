"""A batch comes in, and comes again (domain.md §0.2-3)."""
from __future__ import annotations

import pytest
import shapely

from land_inspector.errors import Cancelled, InputError
from land_inspector.progress import Progress
from land_inspector.register.issuing import due_date, issue_batch
from land_inspector.register.records import Quarantined
from land_inspector.errors import message
from land_inspector.register.undoing import undo
from land_inspector.register.verifying import verify
from tests.factories import info, intake, new_register, patch, square, squares


@pytest.fixture
def register(tmp_path):
    with new_register(tmp_path) as made:
        yield made


def test_each_patch_gets_a_whole_parcel_when_it_is_issued(register):
    result = issue_batch(register, info(), squares(3), by="甲")
    parcels = register.parcels("B1")
    assert (result.rows, result.imported, result.changed) == (3, 3, 0)
    assert list(parcels["DKBH"]) == ["T001", "T002", "T003"]
    assert set(parcels["TBZT"]) == {"0"} and set(parcels["PDJL1"]) == {"0"}
    assert parcels["DKMJ"].tolist() == [1600.0] * 3


class StoppedAt(Progress):
    """Cancelled once this much is done."""

    def __init__(self, fraction):
        self.fraction, self.done = fraction, 0.0

    def show(self, fraction, text=None):
        self.done = fraction

    def is_cancelled(self):
        return self.done >= self.fraction


@pytest.mark.parametrize("fraction", [0.0, 0.1, 0.3])
def test_an_import_cancelled_while_it_is_entered_leaves_no_trace(register, fraction):
    before = register.storage.latest().hash
    with pytest.raises(Cancelled):
        issue_batch(register, info(), squares(3), by="甲", progress=StoppedAt(fraction))
    assert register.storage.latest().hash == before
    assert register.storage.frame("issued").empty and register.storage.boxes().empty
    assert issue_batch(register, info(), squares(3), by="甲").imported == 3


def test_the_deadline_is_the_last_day_of_the_month_after_the_issue():
    assert due_date("2026-05-10") == "2026-06-30"
    assert due_date("2025-12-31") == "2026-01-31"
    assert due_date("2027-12-01") == "2028-01-31"
    assert due_date("2024-01-31") == "2024-02-29"


def test_the_same_file_again_changes_and_records_nothing(register):
    issue_batch(register, info(), squares(3))
    before = len(register.storage.events())
    again = issue_batch(register, info(), squares(3))
    assert (again.imported, again.changed) == (3, 0)
    assert len(register.storage.events()) == before


def test_a_reissue_lists_what_is_new_gone_moved_and_changed_in_area(register):
    issue_batch(register, info(), squares(4))
    second = intake([
        patch("T001", square(1), row=1),
        patch("T002", square(2, shift=15), row=2),
        patch("T003", square(3, side=50), row=3),
        patch("T009", square(9), row=4),
    ], digest="d2")
    result = issue_batch(register, info(), second)
    assert (result.new, result.gone, result.moved, result.area_changed) == (("T009",), ("T004",), ("T002",), ("T003",))
    assert result.changed == 4 and result.issue_no == 2
    parcels = register.parcels("B1").set_index("DKBH")
    assert sorted(parcels.index) == ["T001", "T002", "T003", "T009"]
    assert parcels.loc["T003", "DKMJ"] == 2500
    assert list(register.patches("B1")["JCBH"]) == ["T001", "T002", "T003", "T009"]


def test_every_issue_is_kept(register):
    issue_batch(register, info(), squares(2))
    issue_batch(register, info(), intake([patch("T001", square(1, side=50))], digest="d2"))
    rows = register.storage.frame("issued")
    assert sorted(zip(rows["issue_no"], rows["JCBH"])) == [(1, "T001"), (1, "T002"), (2, "T001")]


def test_a_rewritten_outline_that_did_not_move_is_the_same_patch(register):
    issue_batch(register, info(), squares(1))
    turned = shapely.Polygon(list(square(1).exterior.coords)[2:] + list(square(1).exterior.coords)[1:3])
    again = issue_batch(register, info(), intake([patch("T001", turned)], digest="d2"))
    assert again.changed == 0


def test_quarantined_rows_are_kept_with_their_reason(register):
    source = squares(2)
    source.rows = 3
    source.quarantined.append(Quarantined(3, {"JCBH": "T003"}, None, message("No geometry.")))
    result = issue_batch(register, info(), source)
    kept = register.storage.frame("quarantine")
    assert result.imported + result.quarantined == result.rows
    assert kept["row"].tolist() == [3]


def test_a_batch_keeps_its_regime_and_area_method(register):
    issue_batch(register, info(), squares(1))
    with pytest.raises(InputError, match="another regime or area method"):
        issue_batch(register, info(area_method="P"), squares(2, digest="d2"))


def test_a_source_without_any_usable_row_is_refused(register):
    with pytest.raises(InputError, match="no patch that can be used"):
        issue_batch(register, info(), intake([]))
    assert len(register.batches()) == 0


def test_an_import_that_was_undone_can_be_done_again(register):
    first = issue_batch(register, info(), squares(3), by="甲")
    undo(register, first.group, by="甲")
    again = issue_batch(register, info(), squares(3), by="甲")
    assert again.imported == 3 and len(register.parcels("B1")) == 3
    assert verify(register).broken == ()


def test_the_same_file_read_differently_is_another_issue(register):
    issue_batch(register, info(), squares(2))
    other = intake([patch(f"T{i:03d}", square(i), row=i, TBLX="1A") for i in (1, 2)])
    assert issue_batch(register, info(), other).issue_no == 2
