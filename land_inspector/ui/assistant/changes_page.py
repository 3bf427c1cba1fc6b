"""An extra step: changes found in two images of the office become a batch of own patches."""
from __future__ import annotations

from pathlib import Path
from typing import List, Optional, Tuple

from qgis.PyQt.QtCore import Qt, QUrl
from qgis.PyQt.QtGui import QDesktopServices
from qgis.PyQt.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from ...changes.gates import season_gate
from ...changes.proposing import BUDGET, MOST_BUDGET, Request
from ...exchange.own_patches import (
    FoundChanges, find_and_take, image_file, in_order, level_text, limits_text, suggested_pair,
)
from ...exchange.image_catalogue import Catalogue, Places, look_through
from ...exchange.image_choice import ImageSettings
from ...i18n import say, tr
from ...progress import Progress
from ...settings import Settings
from ..widgets.labels import tip
from .window import Office, Page, choice, fill, wrapped


class ChangesPage(Page):
    """Two images, the land to look at and to leave out, and how many candidates: then one press. Nothing is judged by it."""

    def __init__(self, office: Office, parent: Optional[QWidget] = None):
        super().__init__(office, parent)
        self.setObjectName("landInspectorAssistantChanges")
        self.before = choice("landInspectorChangesBefore", tr("Earlier image"), self)
        self.after = choice("landInspectorChangesAfter", tr("Later image"), self)
        self.gate = wrapped("landInspectorChangesGate", self)
        self.look = self._layers("Include", tr("Land to look at (empty: all)"))
        self.leave_out = self._layers("Exclude", tr("Land to leave out"))
        self.county = QCheckBox(tr("Only within the townships of the register"), self)
        self.county.setChecked(True)
        self.settled = QCheckBox(tr("Leave out land set right (cases closed)"), self)
        self.settled.setObjectName("landInspectorChangesSettled")
        self.settled.setToolTip(tip(tr("What changes there again will not be listed then, and counted among what was dropped.")))
        self.budget = QSpinBox(self)
        self.budget.setObjectName("landInspectorChangesBudget")
        self.budget.setRange(1, MOST_BUDGET)
        self.budget.setValue(BUDGET)
        self.target = QLineEdit(self)
        self.target.setObjectName("landInspectorChangesTarget")
        self.browse, self.report = QPushButton(tr("Choose…"), self), QPushButton(tr("Show the report"), self)
        self.said = wrapped("landInspectorChangesSaid", self)
        self.found: Optional[FoundChanges] = None
        self._lay_out()
        for box in (self.before, self.after):
            box.currentIndexChanged.connect(self._show_gate)
        self.target.textChanged.connect(lambda _text: self.changed.emit())
        self.browse.clicked.connect(self._ask)
        self.report.clicked.connect(self._show_report)
        office.looked.connect(self._fill_layers)

    def _layers(self, name: str, spoken: str) -> QListWidget:
        box = QListWidget(self)
        box.setObjectName(f"landInspectorChanges{name}")
        box.setAccessibleName(spoken)
        box.setMaximumHeight(96)
        return box

    def _lay_out(self) -> None:
        form, row = QFormLayout(), QHBoxLayout()
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        row.addWidget(self.target, 1)
        row.addWidget(self.browse)
        for text, widget in ((tr("Earlier image"), self.before), (tr("Later image"), self.after), ("", self.gate),
                             (tr("Land to look at (empty: all)"), self.look), (tr("Land to leave out"), self.leave_out),
                             ("", self.settled), ("", self.county), (tr("Candidates at most"), self.budget)):
            form.addRow(text, widget)
        form.addRow(tr("File"), row)
        for button in (self.browse, self.report):
            button.setAutoDefault(False)
        self.report.setVisible(False)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(wrapped("landInspectorChangesLimits", self))
        self.findChild(type(self.said), "landInspectorChangesLimits").setText("\n".join(limits_text()))
        layout.addWidget(self.said)
        layout.addWidget(self.report)
        layout.addStretch(1)

    # --- what a page says ---------------------------------------------------------------------------------------------

    def title(self) -> str:
        return tr("Find changes (own patches)")

    def hint(self) -> str:
        return tr("Two dated images are compared; the places that look changed become a batch to look through. Take images of the same "
                  "season: it matters more than anything else.")

    def verb(self) -> str:
        return tr("Go to the first patch") if self.is_done() else tr("Find changes")

    def is_extra(self) -> bool:
        return True

    def is_done(self) -> bool:
        return self.found is not None and self.place.session.batch == self.found.batch

    def lacks(self) -> str:
        if self.place.session.address is None:
            return tr("First make or open the register.")
        if self.before.currentData() is None or self.after.currentData() is None:
            return tr("Choose an earlier and a later image; their folders are named in step 4.")
        if not self.target.text().strip().lower().endswith(".gpkg"):
            return tr("Name the file for the candidates (.gpkg).")
        return ""

    def come_up(self) -> None:
        self._fill_layers()
        places = ImageSettings.load().places
        self.said.setText(tr("The folders are being looked through…"))
        self.place.worker.start(tr("Looking at images"), lambda progress: look_through(places, Catalogue(), progress),
                                lambda found: self._take_images(places, found), self.place.messages.failed)

    def _take_images(self, places: Places, found: Catalogue) -> None:
        images = sorted((image for image in found.images if image.taken is not None), key=lambda one: (one.taken.first, one.name))
        lines = [(f"{image.taken.first.isoformat()}  {image.name}", image.source) for image in images]
        early, late = suggested_pair([(image.source, image.taken.first) for image in images])
        fill(self.before, lines, early)
        fill(self.after, lines, late)
        self.said.setText("" if len(lines) > 1 else tr("Two images with dates are needed; {n} were found.", n=len(lines)))
        if late is not None and not self.target.text():
            folder = self.office.folder or Path(late).parent
            self.target.setText(str(folder / f"own_patches_{Path(late).stem}.gpkg"))
        self._show_gate()

    def _fill_layers(self) -> None:
        for box in (self.look, self.leave_out):
            chosen = set(self._checked(box))
            box.clear()
            for layer in self.office.layers:
                item = QListWidgetItem(layer.title)
                item.setData(Qt.ItemDataRole.UserRole, layer.source)
                item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
                item.setCheckState(Qt.CheckState.Checked if layer.source in chosen else Qt.CheckState.Unchecked)
                item.setToolTip(tip(layer.source))
                box.addItem(item)

    def _checked(self, box: QListWidget) -> List[str]:
        items = [box.item(row) for row in range(box.count())]
        return [item.data(Qt.ItemDataRole.UserRole) for item in items if item.checkState() == Qt.CheckState.Checked]

    def _show_gate(self) -> None:
        days = [box.currentText()[:10] if box.currentData() is not None else "" for box in (self.before, self.after)]
        gate = season_gate(*days)
        mark = {"green": "✓", "yellow": "!", "red": "✗"}[gate.level]
        self.gate.setText(f"{mark} {say(gate.name)} ({level_text(gate)}): {say(gate.text)}" if all(days) else "")
        self.changed.emit()

    def _ask(self) -> None:
        chosen = QFileDialog.getSaveFileName(self, tr("File"), self.target.text(), "GeoPackage (*.gpkg)")[0]
        if chosen:
            self.target.setText(chosen if chosen.lower().endswith(".gpkg") else f"{chosen}.gpkg")

    # --- doing --------------------------------------------------------------------------------------------------------

    def act(self) -> None:
        if self.is_done():
            self.ended.emit()
            return
        address, target, county = self.place.session.address, Path(self.target.text().strip()), self.county.isChecked()
        sources: Tuple[str, str] = (self.before.currentData(), self.after.currentData())
        days = tuple(box.currentText()[:10] for box in (self.before, self.after))
        include, exclude = tuple(self._checked(self.look)), tuple(self._checked(self.leave_out))
        budget, by, settled = self.budget.value(), Settings.load().acting_as, self.settled.isChecked()

        def work(progress: Progress) -> FoundChanges:
            request = in_order(Request(image_file(sources[0], days[0]), image_file(sources[1], days[1]), include=include,
                                       exclude=exclude, budget=budget, self_test=True))
            return find_and_take(address, request, target, within_townships=county, without_settled=settled, by=by,
                                 progress=progress)

        self.said.setText(tr("The images are being compared…"))
        self.office.do(tr("Finding changes"), work, self._take, writes=True)

    def _take(self, found: FoundChanges) -> None:
        self.found = found
        if found.batch:
            self.said.setText(tr("{n} candidates came in as batch {batch}. The report says how far they may be trusted.",
                                 n=found.candidates, batch=found.batch))
        else:
            self.said.setText(tr("No candidate was found above the thresholds. That is no proof that nothing changed."))
        self.report.setVisible(True)
        if found.batch:
            self.place.session.choose_batch(found.batch)
        self.changed.emit()

    def _show_report(self) -> None:
        if self.found is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.found.report)))
