"""Splitting and merging on the map: what would be made is shown first, and one confirmation is one durable act."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Callable, List, Optional, Sequence, Tuple

from qgis.core import QgsCoordinateReferenceSystem, QgsGeometry
from qgis.gui import QgsMapTool

from ...errors import Cancelled, LandInspectorError
from ...i18n import tr
from ...progress import Progress
from ...register.addresses import RegisterAddress
from ...register.register import Recorded, Register
from ...register.splitting import check_split, merge_parcels, split_parcels
from ...register.views.parcels import outline, pieces_of
from ...settings import Settings
from ..review.parcel_table import ParcelTable
from ..review.reviewer import Reviewer
from ..review.work_page import WorkPage
from ..shell.canvas_link import geometry_of
from ..shell.messages import explained
from ..shell.services import Entry, Feature, REVIEW, Services
from ..shell.tasks import Work
from ..widgets.pages import connect, disconnect
from .plan import (
    Edge, OpenLayers, Plan, edges_of, measure_again, name_profile, open_layers_of, plan_along, plan_by_lines, plan_merge,
)
from .panel import CuttingPanel
from .tool import CutTool, PieceOverlay


@dataclass
class Task:
    """One split or merge on its way. ``area_m2`` of the parcel; ``lines`` are WKB in the register's CRS.

    ``draws``: the map tool is in hand. ``number`` counts what was worked out, so that late answers are known.
    """

    address: RegisterAddress
    batch: str
    ids: List[str]
    label: str
    area_m2: float
    crs: QgsCoordinateReferenceSystem
    layers: Optional[OpenLayers] = None
    lines: List[bytes] = field(default_factory=list)
    plan: Optional[Plan] = None
    work: Optional[Work] = None
    number: int = 0
    draws: bool = False


class Cutting(Feature):
    """At most one task at a time; another choice of parcels ends it, and nothing of it is kept."""

    name = "landInspectorCuttingMenu"

    def __init__(self, place: Services):
        self._place, self._page, self._session = place, place.dock.work_page, place.session
        self._canvas, self._messages = place.iface.mapCanvas(), place.messages
        self.tool: Optional[CutTool] = None
        self.panel: Optional[CuttingPanel] = None
        self.overlay = PieceOverlay(self._canvas)
        self.follower = Follower(self._page, place.reviewer)
        self.task: Optional[Task] = None
        self._tool_before: Optional[QgsMapTool] = None
        self._connections: List[Tuple[object, Callable]] = []

    def title(self) -> str:
        return tr("Split and merge")

    def entries(self) -> List[Entry]:
        return [
            Entry("landInspectorSplitByLine", tr("Split along a drawn line"), "/mActionSplitFeatures.svg", self.by_line, "Alt+X", REVIEW),
            Entry("landInspectorSplitAlong", tr("Split along a layer…"), "/mActionSplitParts.svg", self.along, "Alt+Shift+X",
                  REVIEW),
            Entry("landInspectorMerge", tr("Merge pieces of a patch"), "/mActionMergeFeatures.svg", self.merge, "Alt+Shift+M",
                  REVIEW),
        ]

    def load(self) -> None:
        panel = self.panel = CuttingPanel(self._page)
        tool = self.tool = CutTool(self._canvas)
        self._page.add_strip(panel)
        self._page.add_tools(panel.tools)
        self._connections = [
            (panel.line_wanted, self.by_line), (panel.along_wanted, self.along), (panel.merge_wanted, self.merge),
            (panel.layer_chosen, self._plan_along), (panel.accepted, self.accept), (panel.given_up, self.give_up),
            (tool.line_drawn, self._on_line), (tool.accepted, self.accept), (tool.taken_back, self._take_back),
            (tool.given_up, self.give_up), (self._canvas.mapToolSet, self._on_tool),
            (self._page.chosen, self._on_chosen), (self._place.reviewer.went_to, self._on_chosen),
            (self._place.reviewer.judged, self._on_judged), (self._session.closed, self._on_closed),
            (self._session.read, self.follower.on_read),
        ]
        connect(self._connections)

    def unload(self) -> None:
        self.end()
        disconnect(self._connections)
        self._connections = []
        self._page.take_tools_out(self.panel.tools)
        self.panel.deleteLater()
        self.tool.deleteLater()
        self.panel = self.tool = None

    # --- beginning ----------------------------------------------------------------------------------------------------

    def by_line(self) -> None:
        """Draw lines across the chosen parcel."""
        task = self._begin(tr("Choose one parcel to split."))
        if task is None:
            return
        self.panel.begin(tr("Split {parcel}", parcel=task.label), _how_to_draw())
        self.tool.begin(self._outline(task), task.crs)
        self._tool_before = self._canvas.mapTool()
        self._canvas.setMapTool(self.tool)
        task.draws = True
        self._canvas.setFocus()

    def along(self) -> None:
        """Choose a layer of the measuring and split the chosen parcel along it."""
        task = self._begin(tr("Choose one parcel to split."))
        if task is None:
            return
        self.panel.begin(tr("Split {parcel}", parcel=task.label), "")
        parcel_id = task.ids[0]
        self._work(tr("Looking for layers"), lambda progress: _look(task, parcel_id), lambda edges: self._offer(task, edges))

    def merge(self) -> None:
        """Put the chosen pieces together; one piece stands for all of its patch."""
        self.end()
        try:
            ids = self._siblings(self._page.parcels.chosen_ids())
        except LandInspectorError as error:
            self._messages.failed(error)
            return
        if len(ids) < 2:
            self._messages.note(tr("Choose the pieces of a patch that was split: two or more, or one for all of them."))
            return
        self._page.choose(ids)
        task = self.task = self._task(ids)
        labels = self._place.reviewer.labels_of(ids)
        self.panel.begin(tr("Merge {n} pieces", n=len(ids)), "")
        self._work(tr("Merging, to look at"), lambda progress: plan_merge(task.address, task.batch, labels, progress), self._show)

    def _begin(self, otherwise: str) -> Optional[Task]:
        """A new task on the one chosen parcel; None where that may not be split, which is said."""
        self.end()
        ids = self._page.parcels.chosen_ids()
        if len(ids) != 1:
            self._messages.note(otherwise)
            return None
        task = self._task(ids)
        try:
            check_split(self._session.register, task.batch, task.label)
            task.layers = open_layers_of(self._session.register, task.batch)
        except LandInspectorError as error:
            self._messages.failed(error)
            return None
        self.task = task
        return task

    def _task(self, ids: Sequence[str]) -> Task:
        table, row = self._page.table, int(self._page.table.positions(ids[:1])[0])
        crs = QgsCoordinateReferenceSystem(self._session.register.meta["crs"])
        return Task(self._session.address, self._session.batch, list(ids), table.text("DKBH", row), float(table.area_m2[row]), crs)

    def _outline(self, task: Task) -> QgsGeometry:
        table = self._page.table
        shape = table.text("shape_id", int(table.positions(task.ids)[0]))
        return geometry_of(outline(self._session.register, shape))

    def _siblings(self, ids: Sequence[str]) -> List[str]:
        """The chosen pieces; of a single one, all that are alive in its patch."""
        if len(ids) != 1:
            return list(ids)
        table = self._page.table
        patch = table.text("patch_id", int(table.positions(ids)[0]))
        return [parcel.id for parcel in pieces_of(self._session.register, patch)]

    # --- working it out beside the window -----------------------------------------------------------------------------

    def _work(self, title: str, function: Callable[[Progress], object], done: Callable[[object], None]) -> None:
        """One question at a time: an answer to an older one is dropped."""
        task = self.task
        self._stop_work(task)
        task.plan, task.number = None, task.number + 1
        number = task.number
        self.overlay.clear()
        self.panel.show_plan(None, "")
        self.panel.show_work(title)
        task.work = self._place.worker.start(title, function, lambda result: self._answer(task, number, done, result),
                                             lambda error: self._answer(task, number, self._refuse, error))
        task.work.progressChanged.connect(self.panel.advance)

    def _stop_work(self, task: Task) -> None:
        if task.work is not None:
            task.work.cancel()
            task.work = None

    def _answer(self, task: Task, number: int, then: Callable[[object], None], value: object) -> None:
        if self.task is task and task.number == number:
            task.work = None
            then(value)

    def _refuse(self, error: BaseException) -> None:
        if isinstance(error, LandInspectorError) and not isinstance(error, Cancelled):
            self.panel.show_plan(None, explained(error))
        else:
            self._messages.failed(error)
            self.end()

    def _show(self, plan: Plan) -> None:
        self.task.plan = plan
        self.panel.show_plan(plan, "")
        self.overlay.show([(line.letter, line.outline) for line in plan.lines], self.task.crs)
        if self._canvas.mapTool() is not self.tool:
            self.panel.accept_button.setFocus()

    # --- along a line -------------------------------------------------------------------------------------------------

    def _on_line(self, line: bytes) -> None:
        if self.task is not None:
            self.task.lines.append(line)
            self._plan_lines()

    def _take_back(self) -> None:
        if self.task is not None and self.task.lines:
            self.task.lines.pop()
            self._plan_lines()

    def _plan_lines(self) -> None:
        task, lines = self.task, list(self.task.lines)
        self.tool.show_lines(lines)
        if not lines:
            self._stop_work(task)
            task.plan, task.number = None, task.number + 1
            self.overlay.clear()
            self.panel.show_plan(None, _how_to_draw())
            return
        self._work(tr("Splitting, to look at"),
                   lambda progress: plan_by_lines(task.address, task.batch, task.label, lines, task.layers, progress), self._show)

    def _on_tool(self, tool: Optional[QgsMapTool], _before: Optional[QgsMapTool] = None) -> None:
        """Who takes another map tool has done with this one."""
        if self.task is not None and self.task.draws and tool is not self.tool:
            self._tool_before = None
            self.end()

    # --- along a layer ------------------------------------------------------------------------------------------------

    def _offer(self, task: Task, edges: Sequence[Edge]) -> None:
        first = self.panel.show_layers(edges, task.area_m2)
        if not edges:
            self.panel.show_plan(None, tr("This batch was not measured against any layer yet. Measure it first, or draw a line."))
        elif first is None:
            self.panel.show_plan(None, tr("None of the measured layers cuts this parcel: it lies wholly inside or outside of each."))
        else:
            self.panel.layers.setFocus()
            self._plan_along(first)

    def _plan_along(self, key: str) -> None:
        task = self.task
        if task is None or (task.layers is None and not self._ask_for_profile(task)):
            return
        self._work(tr("Splitting, to look at"),
                   lambda progress: plan_along(task.address, task.batch, task.label, key, task.layers, progress), self._show)

    def _ask_for_profile(self, task: Task) -> bool:
        """The register keeps what was measured, not where the files lie: the user says it once."""
        chosen = self._place.asking.profile_to_open(task.address.folder)
        if chosen is None:
            self.panel.show_plan(None, tr("The layers of the measuring are not found. Name the evidence profile they were read by."))
            return False
        name_profile(self._session.register.meta["register_id"], chosen)
        try:
            task.layers = open_layers_of(self._session.register, task.batch)
        except LandInspectorError as error:
            self.panel.show_plan(None, explained(error))
        return task.layers is not None

    # --- the end ------------------------------------------------------------------------------------------------------

    def accept(self) -> None:
        """Record what is shown; nothing while there is nothing to record."""
        if self.task is None or self.task.plan is None:
            return
        plan = self.task.plan
        self.end()
        try:
            recorded = self._session.carry_out(lambda: _record(self._session.register, plan))
        except LandInspectorError as error:
            self._messages.failed(error)
        else:
            self.follower.expect(_first_of(recorded))
            self._messages.recorded(_said(plan))
            self._propose(plan.batch, _made_by(recorded))
        self._session.reload()

    def _propose(self, batch: str, ids: List[str]) -> None:
        """What was made is measured and proposed at once, where the layers of the measuring are still found."""
        address = self._session.address
        self._place.worker.start(tr("Measuring the pieces"), lambda progress: measure_again(address, batch, ids, progress),
                                 lambda measured: self._session.reload() if measured and address == self._session.address else None,
                                 self._messages.failed, writes=True)

    def give_up(self) -> None:
        """Nothing is kept."""
        self.end()

    def end(self) -> None:
        """Leave the cutting that is at work, if any, without recording it."""
        task, self.task = self.task, None
        if task is None:
            return
        self._stop_work(task)
        self.overlay.clear()
        self.panel.end()
        self.tool.clear()
        before, self._tool_before = self._tool_before, None
        if self._canvas.mapTool() is self.tool:
            self._canvas.setMapTool(before) if before is not None else self._canvas.unsetMapTool(self.tool)

    def _on_chosen(self, ids: List[str]) -> None:
        if self.task is not None and set(ids) != set(self.task.ids):
            self.end()
        self.follower.note(ids)

    def _on_judged(self, ids: List[str]) -> None:
        """The plan stands on what was known before."""
        if self.task is not None and set(ids) & set(self.task.ids):
            self.end()

    def _on_closed(self) -> None:
        self.end()
        self.follower.forget()


def _look(task: Task, parcel_id: str) -> List[Edge]:
    with Register.open(task.address) as register:
        return edges_of(register, task.batch, parcel_id)


def _record(register: Register, plan: Plan) -> Recorded:
    by = Settings.load().acting_as
    if plan.is_split:
        return split_parcels(register, plan.batch, {plan.labels[0]: plan.pieces}, by=by, seen=plan.seen)
    return merge_parcels(register, plan.batch, plan.labels, by=by, seen=plan.seen)


def _made_by(recorded: Recorded) -> List[str]:
    """The ids of the pieces, or of what was merged."""
    said = recorded.events[-1].payload
    return [child["id"] for child in said["children"]] if "children" in said else [said["result"]["id"]]


def _first_of(recorded: Recorded) -> str:
    return _made_by(recorded)[0]


def _said(plan: Plan) -> str:
    if plan.is_split:
        return tr("{parcel} is split into {n}: {parcels}", parcel=plan.total.number, n=len(plan.lines),
                  parcels=", ".join(line.number for line in plan.lines))
    return tr("{n} pieces are merged: {parcel}", n=len(plan.lines), parcel=plan.total.number)


def _how_to_draw() -> str:
    return tr("Click a line right across the parcel (or by arrows and Space); right click or Enter ends it. Backspace takes "
              "a corner or a line back, Esc stops.")


# --- After a split, a merge or their undoing the chosen parcel is gone: the one that has come in its place is chosen.


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
        """Another register: neither the last parcel nor the expected one counts."""
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
