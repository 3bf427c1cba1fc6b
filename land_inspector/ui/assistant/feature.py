"""The assistant in the desktop: from an empty QGIS to the first proposed verdict, and later for one more batch, layer or image."""
from __future__ import annotations

from typing import List, Optional

from ...i18n import tr
from ..shell.services import Entry, Feature, Services
from .changes_page import ChangesPage
from .evidence_page import EvidencePage
from .measure_page import ImagesPage, MeasurePage
from .window import AssistantWindow, Office
from .patches_page import PatchesPage
from .register_page import RegisterPage

_FROM_EDGE, _FROM_TOP = 4, 60
REGISTER, PATCHES, EVIDENCE, IMAGES, MEASURE, CHANGES = range(6)


class Assistant(Feature):
    """:meth:`come_up` opens the window where the work was left, or at a step."""

    name = "landInspectorAssistant"

    def __init__(self, place: Services):
        self._place = place
        self.window: Optional[AssistantWindow] = None
        self._connections = [
            (place.commands.register_wanted, self.begin), (place.commands.batch_wanted, self.add_batch),
            (place.dock.start_page.assistant_wanted, self.come_up), (place.session.read, self._on_read)]

    def title(self) -> str:
        return tr("Your own data")

    def entries(self) -> List[Entry]:
        return [
            Entry("landInspectorAssistant", tr("First steps, one by one…"), "/mActionPlay.svg", self.come_up, "Ctrl+Alt+F"),
            Entry("landInspectorAddBatch", tr("Another batch of patches…"), "", self.add_batch),
            Entry("landInspectorAddEvidence", tr("Another layer of evidence…"), "", lambda: self.come_up(EVIDENCE)),
            Entry("landInspectorAddImages", tr("More images…"), "", lambda: self.come_up(IMAGES)),
            Entry("landInspectorFindChanges", tr("Find changes (own patches)…"), "", lambda: self.come_up(CHANGES)),
            Entry("landInspectorRankPatches", tr("What own patches were worth…"), "", lambda: self._run("rank_patches")),
            Entry("landInspectorCameBack", tr("What came back…"), "", lambda: self._run("came_back", False)),
            Entry("landInspectorMeasureAndPropose", tr("Measure and propose"), "", lambda: self.come_up(MEASURE)),
        ]

    def load(self) -> None:
        for signal, slot in self._connections:
            signal.connect(slot)

    def unload(self) -> None:
        for signal, slot in reversed(self._connections):
            signal.disconnect(slot)
        if self.window is not None:
            self.window.close()
            self.window.office.cancel()
            self.window.deleteLater()
            self.window = None

    def _run(self, name: str, of_batch: bool = True) -> None:
        """The dialog of an algorithm with a report, filled in with the open register and its batch."""
        session = self._place.session
        known = {"REGISTER": str(session.address)} if session.address is not None else {}
        if of_batch and session.batch is not None:
            known["BATCH"] = session.batch
        titles = {"rank_patches": tr("What own patches were worth"), "came_back": tr("What came back")}
        self._place.jobs.open_dialog(name, known, titles[name])

    def begin(self) -> None:
        """A new register."""
        self.come_up(REGISTER)

    def add_batch(self) -> None:
        """Come up where patches are taken in, or where the register is made while none is open."""
        self.come_up(PATCHES if self._place.session.address is not None else REGISTER)

    def come_up(self, step: Optional[int] = None) -> None:
        """Show the window at a step; without one where the work was left."""
        window = self._made()
        comes_back = not window.isVisible()
        if comes_back:
            corner = self._place.window.mapToGlobal(self._place.window.rect().topLeft())
            window.move(corner.x() + _FROM_EDGE, corner.y() + _FROM_TOP)  # the map at the right stays in sight
        window.show()
        window.go_to(window.first_open() if step is None or step is False else step)
        window.raise_()
        window.activateWindow()
        if comes_back and window.office.layers and not window.office.is_busy:
            window.office.look()  # what came into the folder since it was looked through

    def _made(self) -> AssistantWindow:
        if self.window is None:
            office = Office(self._place)
            pages = [page(office) for page in (RegisterPage, PatchesPage, EvidencePage, ImagesPage, MeasurePage, ChangesPage)]
            self.window = AssistantWindow(office, pages, self._place.window)
            self.window.finished_all.connect(self._to_the_first)
        return self.window

    def _on_read(self, _snapshot: object) -> None:
        if self.window is not None and self.window.isVisible():
            self.window.show_state()

    def _to_the_first(self) -> None:
        """The first patch of the list that is still open, shown in the dock and on the map."""
        self._place.dock.setUserVisible(True)
        page = self._place.dock.work_page
        if page.parcels.current_id() is None:
            self._place.reviewer.go_to_open(1)
        page.parcels.setFocus()
