"""After a split, a merge or their undoing the chosen parcel is gone: the one that has come in its place is chosen."""
from __future__ import annotations

from typing import List, Optional, Tuple

from ..review.parcel_table import ParcelTable
from ..review.reviewer import Reviewer
from ..review.work_page import WorkPage


class Follower:
    """Remembers which parcel was worked on, and of which patch it was."""

    def __init__(self, page: WorkPage, reviewer: Reviewer):
        self._page, self._reviewer = page, reviewer
        self._before: ParcelTable = page.table
        self._last: Optional[Tuple[str, str]] = None
        self._expected: Optional[str] = None

    def note(self, ids: List[str]) -> None:
        """The user chose these parcels."""
        rows = [int(row) for row in self._page.table.positions(ids[:1]) if row >= 0]
        self._last = (ids[0], self._page.table.text("patch_id", rows[0])) if rows else None
        self._before = self._page.table

    def expect(self, parcel_id: str) -> None:
        """This parcel is about to come."""
        self._expected = parcel_id

    def forget(self) -> None:
        self._last = self._expected = None

    def on_read(self, _snapshot: object) -> None:
        """The register was read anew."""
        table, wanted = self._page.table, None
        if self._expected is not None and table.positions([self._expected])[0] >= 0:
            wanted = self._expected
        elif self._last is not None and table.positions([self._last[0]])[0] < 0:
            wanted = self._in_its_place(table, self._last[1])
        self._expected, self._before = None, table
        if wanted is not None:
            if not self._page.parcels.model().indexes_of([wanted]):
                self._page.filters.clear()
            self._reviewer.go_to(wanted)

    def _in_its_place(self, table: ParcelTable, patch_id: str) -> Optional[str]:
        """The first parcel of the patch that was not there before, else the first of the patch."""
        same = [row for row in table.number_order.tolist() if table.text("patch_id", row) == patch_id]
        new = [row for row in same if self._before.positions([table.ids[row]])[0] < 0]
        return str(table.ids[(new or same)[0]]) if same else None
