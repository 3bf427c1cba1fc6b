"""The second step: a file or layer of issued patches, its fields matched beside its first rows, its CRS and unit with the reason."""
from __future__ import annotations

import json
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Dict, List, Mapping, Optional

from qgis.core import QgsCoordinateReferenceSystem
from qgis.gui import QgsProjectionSelectionWidget
from qgis.PyQt.QtCore import QDate, QTimer
from qgis.PyQt.QtWidgets import (
    QComboBox,
    QDateEdit,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ...crs_texts import shown_crs
from ...errors import LandInspectorError
from ...exchange.intake.patches import take_in
from ...exchange.wording import role_names
from ...i18n import say, tr, user_locale
from ...progress import Progress
from ...register.addresses import RegisterAddress
from ...register.records import Intake
from ...register.register import Register
from ...register.tables import ALL_FIELDS
from ...settings import Settings, usual_folder
from ..shell.tasks import Outcome
from ..shell.messages import explained
from .found_layers import FoundLayer, PATCH_FIELDS, evidence_role, issue_name, looks_like_patches, looks_like_townships, patch_fields
from .window import Office, Page, choice, fill, first_values, wrapped
from ..widgets.labels import tip

_PAUSE_MS = 250
_FRESH_DAYS = 92
_NEEDED = "JCBH"


class PatchesPage(Page):
    """What the import would do is tried out beside the window with every change, so that nothing comes in unseen."""

    def __init__(self, office: Office, parent: Optional[QWidget] = None):
        super().__init__(office, parent)
        self.setObjectName("landInspectorAssistantPatches")
        self.layer = choice("landInspectorAssistantIssue", tr("Issued patches"), self)
        self.file = QPushButton(tr("Another file…"), self)
        self.file.setObjectName("landInspectorAssistantIssueFile")
        self.file.setAutoDefault(False)
        self.code, self.name = QLineEdit(self), QLineEdit(self)
        self.issued = QDateEdit(self)
        self.issued.setCalendarPopup(True)
        self.issued.setDisplayFormat("yyyy-MM-dd")
        self.regime = choice("landInspectorAssistantRegime", tr("Regime"), self)
        fill(self.regime, [(tr("New (2020 and later)"), "new"), (tr("Old (2009–2019)"), "old")], "new")
        self.table = QTableWidget(self)
        self.table.setTabKeyNavigation(False)
        self.table.setObjectName("landInspectorAssistantMapping")
        self.boxes: Dict[str, QComboBox] = {}
        self.said = wrapped("landInspectorAssistantTrial", self)
        self.crs = QgsProjectionSelectionWidget(self)
        self.crs.setOptionVisible(QgsProjectionSelectionWidget.CrsOption.CrsNotSet, True)
        self.crs.setNotSetText(tr("as the file and its coordinates say"))
        self._trial: Optional[Intake] = None
        self._objection = ""
        self._wanted_file: Optional[Path] = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PAUSE_MS)
        self._timer.timeout.connect(self._try_out)
        self._lay_out()
        self._wire()

    def _lay_out(self) -> None:
        for field, name, spoken in ((self.code, "BatchCode", tr("Batch code")), (self.name, "BatchName", tr("Batch name")),
                                    (self.issued, "Issued", tr("Issued on"))):
            field.setObjectName(f"landInspectorAssistant{name}")
            field.setAccessibleName(spoken)
        which, batch = QHBoxLayout(), QHBoxLayout()
        which.addWidget(self.layer, 1)
        which.addWidget(self.file)
        for widget, width in ((self.code, 1), (self.name, 2), (self.issued, 1), (self.regime, 2)):
            batch.addWidget(widget, width)
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.addRow(tr("Issued patches"), which)
        form.addRow(tr("Batch: code · name · issued on"), batch)
        self.table.setColumnCount(3)
        self.table.setHorizontalHeaderLabels([tr("What it is"), tr("Field of the file"), tr("First rows")])
        self.table.verticalHeader().hide()
        self.table.setWordWrap(False)
        self.table.horizontalHeader().setStretchLastSection(True)
        self.table.setSelectionMode(QTableWidget.SelectionMode.NoSelection)
        below = QFormLayout()
        below.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        below.addRow(tr("Coordinate system"), self.crs)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(self.table, 1)
        layout.addLayout(below)
        layout.addWidget(self.said)

    def _wire(self) -> None:
        self.file.clicked.connect(self._ask_file)
        self.layer.currentIndexChanged.connect(lambda _index: self._show_layer())
        self.crs.crsChanged.connect(lambda _crs: self._wait())
        self.code.textChanged.connect(lambda _text: self.changed.emit())
        self.office.looked.connect(self._show_found)
        self.place.session.opened.connect(lambda _where: self._wait())  # a register opens beside the window, maybe after this step came up

    # --- what the step is ---------------------------------------------------------------------------------------------

    def title(self) -> str:
        return tr("2 · Issued patches")

    def hint(self) -> str:
        return tr("Any layer of patches, as it was issued. The same code again is a re-issue of that batch; another code is another batch.")

    def verb(self) -> str:
        return tr("Bring in {n} patches", n=len(self._trial.patches)) if self._trial is not None else tr("Bring in the patches")

    def is_done(self) -> bool:
        return self.place.session.batch is not None

    def lacks(self) -> str:
        if self.place.session.address is None:
            return tr("First make or open a register.")
        if self._layer() is None:
            return tr("Choose the layer or file of the patches.")
        if not self.boxes or not self._mapping().get(_NEEDED):
            return tr("Choose the field with the patch number.")
        if not self.code.text().strip():
            return tr("Give the batch a code, such as 2026-05.")
        if self._objection:
            return self._objection
        return tr("The file is being looked through…") if self._trial is None else ""

    # --- which file ---------------------------------------------------------------------------------------------------

    def come_up(self) -> None:
        self._show_found()
        if not self.office.layers and not self.office.is_busy:
            self.office.look()

    def _ask_file(self) -> None:
        chosen, _kind = QFileDialog.getOpenFileName(self, tr("Issued patches"), str(self.office.folder or usual_folder()))
        if chosen:
            self._wanted_file = Path(chosen)
            self.office.add_file(Path(chosen))

    def _show_found(self) -> None:
        """Layers that look like patches first, the oldest month that the register lacks chosen; nothing where none does."""
        layers = sorted(self.office.layers, key=lambda one: (not looks_like_patches(one), issue_name(one)[0]))
        likely = [one for one in layers if looks_like_patches(one)]
        known = self._known_batches()
        fresh = [one for one in likely if issue_name(one)[0] not in known] or likely
        added = self._added(layers)
        chosen = self.layer.currentData()
        keep = added or (chosen if self.office.layer(chosen or "") and issue_name(self.office.layer(chosen))[0] not in known else None)
        fill(self.layer, [(one.title, one.source) for one in layers], keep or (fresh[0].source if fresh else None))
        self._show_layer()

    def _added(self, layers: List[FoundLayer]) -> Optional[str]:
        """The file that was just named by hand: chosen whatever it looks like."""
        wanted, self._wanted_file = self._wanted_file, None
        return next((one.source for one in layers if wanted is not None and one.source.split("|")[0] == str(wanted)), None)

    def _known_batches(self) -> List[str]:
        session = self.place.session
        return [] if session.address is None else session.register.batches()["PCBH"].tolist()

    def _layer(self) -> Optional[FoundLayer]:
        return self.office.layer(self.layer.currentData() or "")

    def _show_layer(self) -> None:
        layer = self._layer()
        self._show_mapping(layer)
        if layer is not None:
            self._suggest_batch(layer)
        self._wait()

    def _suggest_batch(self, layer: FoundLayer) -> None:
        """By the month of the images after; a batch that came lately was issued today as far as anybody knows."""
        code, last = issue_name(layer)
        today = date.today()
        self.code.setText(code or f"{today:%Y-%m}")
        self.name.setText(tr("Batch of {month}", month=self.code.text()))
        day = today
        if last is not None and last.last < today - timedelta(days=_FRESH_DAYS):
            day = last.last
            self.regime.setCurrentIndex(self.regime.findData("old" if last.last.year < 2020 else "new"))
        self.issued.setDate(QDate(day.year, day.month, day.day))

    # --- fields -------------------------------------------------------------------------------------------------------

    def _show_mapping(self, layer: Optional[FoundLayer]) -> None:
        guess = patch_fields(layer) if layer is not None else {}
        self.boxes.clear()
        self.table.setRowCount(len(PATCH_FIELDS) if layer is not None else 0)
        for row, standard in enumerate(PATCH_FIELDS if layer is not None else ()):
            self.table.setItem(row, 0, _fixed(_caption(standard) + (" *" if standard == _NEEDED else "")))
            box = self.boxes[standard] = choice(f"landInspectorAssistantMap_{standard}", _caption(standard), self)
            fill(box, [(tr("(none)"), ""), *((name, name) for name in layer.fields)], guess.get(standard, ""))
            box.currentIndexChanged.connect(lambda _index, standard=standard: self._on_box(standard))
            self.table.setCellWidget(row, 1, box)
            self._show_values(standard)
        self.table.resizeColumnToContents(0)
        self.table.setColumnWidth(1, 220)

    def _on_box(self, standard: str) -> None:
        self._show_values(standard)
        self._wait()

    def _show_values(self, standard: str) -> None:
        layer = self._layer()
        said = first_values(layer, self.boxes[standard].currentData() or "") if layer is not None else ""
        self.table.setItem(PATCH_FIELDS.index(standard), 2, _fixed(said))

    def _mapping(self) -> Dict[str, str]:
        """Standard field → the file's own; a field that was taken out is said to be none."""
        return {standard: box.currentData() or "" for standard, box in self.boxes.items()}

    # --- trying out ---------------------------------------------------------------------------------------------------

    def _wait(self) -> None:
        self._trial, self._objection = None, ""
        self.said.clear()
        self.changed.emit()
        if self.isVisible():
            self._timer.start()

    def _try_out(self) -> None:
        """Read the file as the import will, and say what comes of it."""
        layer, address = self._layer(), self.place.session.address
        if layer is None or address is None or not self._mapping().get(_NEEDED):
            self.changed.emit()
            return
        source, mapping, crs = layer.source, self._mapping(), self._crs()
        method = "E" if Settings.load().area_method == "ellipsoidal" else "P"
        self.place.worker.start(tr("Looking through the patches"),
                                lambda progress: _trial(address, source, mapping, crs, method, progress),
                                lambda found: self._take(source, mapping, found), lambda error: self._fail(source, mapping, error))

    def _crs(self) -> Optional[str]:
        crs: QgsCoordinateReferenceSystem = self.crs.crs()
        return (crs.authid() or crs.toWkt()) if crs.isValid() else None

    def _is_still(self, source: str, mapping: Dict[str, str]) -> bool:
        return self.layer.currentData() == source and self._mapping() == mapping

    def _take(self, source: str, mapping: Dict[str, str], found: Intake) -> None:
        if self._is_still(source, mapping):
            self._trial, self._objection = found, "" if found.patches else tr("None of the rows can be used.")
            layer = self._layer()
            doubts = doubts_of(layer, mapping) if layer is not None else []
            self.said.setText("\n".join([*doubts, told(found)]))
            self.changed.emit()

    def _fail(self, source: str, mapping: Dict[str, str], error: BaseException) -> None:
        if not self._is_still(source, mapping):
            return
        if isinstance(error, LandInspectorError):
            self._objection = explained(error)
        else:
            self.place.messages.failed(error)
            self._objection = tr("The file cannot be read.")
        self.changed.emit()

    # --- doing --------------------------------------------------------------------------------------------------------

    def act(self) -> None:
        day = self.issued.date()
        method = Settings.load().area_method
        self.place.jobs.ended.connect(self._on_ended)
        try:
            self.place.jobs.run("import_patches", {
                "REGISTER": str(self.place.session.address), "INPUT": self._layer().source, "BATCH": self.code.text().strip(),
                "BATCH_NAME": self.name.text().strip(), "YEAR": day.year(), "MONTH": _month(self.code.text(), day.month()),
                "ISSUED": day.toString("yyyy-MM-dd"), "REGIME": self.regime.currentData(), "AREA_METHOD": method,
                "MAPPING": json.dumps(self._mapping(), ensure_ascii=False), "BY": Settings.load().acting_as,
                **({"CRS": self._crs()} if self._crs() else {})}, tr("Import of patches"))
            self.office.busy.emit(tr("Import of patches"))
        except LandInspectorError as error:
            self.place.jobs.ended.disconnect(self._on_ended)
            self.office.failed.emit(explained(error))

    def _on_ended(self, outcome: Outcome) -> None:
        if outcome.name != "import_patches":
            return
        self.place.jobs.ended.disconnect(self._on_ended)
        self.office.busy.emit("")
        if outcome.ok:
            self.place.session.choose_batch(self.code.text().strip())
            self.ended.emit()
        else:
            self.office.fail_of(outcome.errors, tr("Nothing was brought in."))


def _trial(address: RegisterAddress, source: str, mapping: Dict[str, str], crs: Optional[str], method: str,
           progress: Progress) -> Intake:
    with Register.open(address) as register:
        return take_in(source, target_crs=register.meta["crs"], area_method=method, crs=crs, mapping=mapping,
                       townships=register.township_list(), progress=progress)


def doubts_of(layer: FoundLayer, mapping: Mapping[str, str]) -> List[str]:
    """What speaks against a layer that was chosen by hand, said before it comes in; only the user knows."""
    role = evidence_role(layer)
    said = []
    if looks_like_townships(layer):
        said.append(tr("Look again: this looks like the layer of the townships, not like patches."))
    elif role:
        said.append(tr("Look again: this looks like a layer of evidence ({role}), not like patches.", role=role_names()[role]))
    if not mapping.get("QSX") and not mapping.get("HSX"):
        said.append(tr("No field has the dates of the images: it cannot be told which images show a patch, nor what was built after."))
    return said


def told(found: Intake) -> str:
    """How many rows come in, in which CRS and unit they were read and why, and why others stay out."""
    lines = [tr("{rows} rows: {good} patches come in, {bad} are set aside.", rows=found.rows, good=len(found.patches),
                bad=len(found.quarantined))]
    reasons = Counter(say(row.reason) for row in found.quarantined).most_common(2)
    lines += [tr("Set aside, {n}: {reason}", n=n, reason=reason) for reason, n in reasons]
    placed = [say(one.message) for one in found.findings if one.rule in ("R03", "R04")]
    reason = placed[0] if placed else tr("The file says so and its coordinates agree.")
    lines.append(tr("Coordinates: {crs}.", crs=shown_crs(found.crs)) + " " + reason)
    united = [say(one.message) for one in found.findings if one.rule == "R05"]
    lines.append(_unit_told(found, united[0] if united and not found.unit else ""))
    return "\n".join(lines)


def _unit_told(found: Intake, doubt: str) -> str:
    names = {"m2": tr("m²"), "mu": tr("mu"), "ha": tr("ha")}
    if not found.unit:
        return doubt or tr("No area was issued; the measured one counts.")
    return tr("Areas are in {unit}: so they agree with the measured outlines.", unit=names.get(found.unit, found.unit))


def _month(code: str, otherwise: int) -> int:
    """The month that a code like 2026-05 speaks of."""
    month = code.strip()[-2:]
    return int(month) if month.isdigit() and 1 <= int(month) <= 12 else otherwise


def _caption(standard: str) -> str:
    field = ALL_FIELDS.get(standard)
    name = standard if field is None else field.zh if user_locale() == "zh" else field.en
    return f"{name} ({standard})"


def _fixed(text: str) -> QTableWidgetItem:
    item = QTableWidgetItem(text)
    item.setToolTip(tip(text))
    return item
