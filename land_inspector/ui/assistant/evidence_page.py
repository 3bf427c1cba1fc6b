"""The third step: which layer is evidence of what; saved as the profile that measuring reads."""
from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Dict, List, Mapping, Optional, Sequence, Set

from qgis.core import QgsSettings
from qgis.PyQt.QtWidgets import (
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ...errors import LandInspectorError
from ...evidence.profile import EvidenceLayer, LAND_USE, PLAN, Profile, ROLES, read_profile, relative_source
from ...i18n import tr
from ...law.image_dates import parse_image_date
from ...settings import HEADING, usual_folder
from ...exchange.wording import role_names
from ..shell.messages import explained
from .found_layers import FoundLayer, buildable, evidence_fields, evidence_role, older_surveys, village_field, zones
from .window import Office, Page, choice, fill, wrapped
from ..widgets.labels import PlainLabel, tip
from ..widgets.rows import put_hint

_PROFILE = f"{HEADING}/profile_of"
_NAME, _ROLE, _CLASS, _NUMBER, _DATE, _DAY = range(6)
_VILLAGE, _VILLAGE_VALUE = "village", "203"
_PAPERS = ("approval", "supply", "registration", "facility", "temporary", "linkage", "consolidation", "mining")


def profile_of(register_id: str) -> Optional[Path]:
    """The evidence profile by which a register was measured last on this computer; None where it is not known or gone."""
    text = QgsSettings().value(f"{_PROFILE}/{register_id}", "", str)
    return Path(text) if text and Path(text).is_file() else None


class EvidencePage(Page):
    """A row for each layer. What is known of an earlier profile stands there already, so that another year's layer is one more row."""

    def __init__(self, office: Office, parent: Optional[QWidget] = None):
        super().__init__(office, parent)
        self.setObjectName("landInspectorAssistantEvidence")
        self.table = QTableWidget(0, 6, self)
        self.table.setTabKeyNavigation(False)
        self.table.setObjectName("landInspectorAssistantLayers")
        self.table.setHorizontalHeaderLabels([tr("Layer"), tr("This layer is…"), tr("Class or zone"), tr("Number of the paper"),
                                              tr("Date of the paper"), tr("As of (day)")])
        self.table.verticalHeader().hide()
        self.table.setSelectionMode(QTableWidget.SelectionMode.NoSelection)
        self.file = QPushButton(tr("Add a layer…"), self)
        self.file.setObjectName("landInspectorAssistantAddLayer")
        self.file.setAutoDefault(False)
        self.table.setWordWrap(False)
        self.zones = QLineEdit(self)
        self.zones.setObjectName("landInspectorAssistantZones")
        self.missing = wrapped("landInspectorAssistantMissing", self)
        self._rows: List[FoundLayer] = []
        self._older: List[FoundLayer] = []
        self._by_hand: Set[str] = set()
        self._known: Dict[str, EvidenceLayer] = {}
        self._lay_out()
        self.file.clicked.connect(self._ask_file)
        self.zones.textChanged.connect(lambda _text: self.changed.emit())
        office.looked.connect(self._show_found)

    def _lay_out(self) -> None:
        self._zones_label = PlainLabel(tr("Zones of the plan in which building is allowed"), self)
        row = QHBoxLayout()
        row.addWidget(self.file)
        row.addStretch(1)
        row.addWidget(self._zones_label)
        row.addWidget(self.zones)
        layout = QVBoxLayout(self)
        layout.addWidget(self.table, 1)
        layout.addLayout(row)
        layout.addWidget(self.missing)

    # --- what the step is ---------------------------------------------------------------------------------------------

    def title(self) -> str:
        return tr("3 · Layers of evidence")

    def hint(self) -> str:
        return tr("Say of each layer what it is evidence of. What is missing can be added later; until then it says what it cannot tell.")

    def verb(self) -> str:
        return tr("Keep {n} layers", n=len(self._chosen()))

    def is_done(self) -> bool:
        session = self.place.session
        return session.address is not None and profile_of(session.register.meta["register_id"]) is not None

    def lacks(self) -> str:
        if self.place.session.address is None:
            return tr("First make or open a register.")
        if not self._chosen():
            return tr("Say of at least one layer what it is.")
        for row in self._chosen():
            name, role = self._rows[row].title, self._role(row)
            if role == LAND_USE and not self._box(row, _CLASS).currentData():
                return tr("{layer}: choose the field with the land class (DLBM).", layer=name)
            if self._day(row) and parse_image_date(self._day(row)) is None:
                return tr("{layer}: “{day}” is no day; write it like 2025-12-31.", layer=name, day=self._day(row))
        return ""

    # --- rows ---------------------------------------------------------------------------------------------------------

    def come_up(self) -> None:
        self._read_profile()
        self._show_found()
        if not self.office.layers and not self.office.is_busy:
            self.office.look()

    def _read_profile(self) -> None:
        """What the office said of its layers before."""
        session = self.place.session
        path = profile_of(session.register.meta["register_id"]) if session.address is not None else None
        self._known = {}
        if path is not None:
            try:
                known = read_profile(path)
            except LandInspectorError as error:
                self.office.failed.emit(explained(error))
                return
            self._known = {_absolute(layer.source, known.folder): layer for layer in known.layers if layer.role != _VILLAGE}
            for source in self._known:
                if self.office.layer(source) is None and Path(source.split("|")[0]).exists():
                    self.office.add_file(Path(source.split("|")[0]))

    def _ask_file(self) -> None:
        chosen, _kind = QFileDialog.getOpenFileName(self, tr("Layer of evidence"), str(self.office.folder or usual_folder()))
        if chosen:
            self.office.add_file(Path(chosen))

    def _show_found(self) -> None:
        said = {layer.source: self._role(row) for row, layer in enumerate(self._rows) if layer.source in self._by_hand}
        self._rows = sorted(self.office.layers, key=lambda one: (not (one.source in self._known or evidence_role(one)), one.title))
        self._older = older_surveys([one for one in self._rows if self._usual_role(one) == LAND_USE])
        self.table.setRowCount(len(self._rows))
        for row, layer in enumerate(self._rows):
            role = said.get(layer.source, "" if layer in self._older else self._usual_role(layer))
            self._show_row(row, layer, role, self._known.get(layer.source))
        self._show_zones()
        head = self.table.horizontalHeader()
        for column, width in ((_NAME, 200), (_ROLE, 160), (_CLASS, 95), (_NUMBER, 95), (_DATE, 90), (_DAY, 85)):
            self.table.setColumnWidth(column, max(width, head.sectionSizeHint(column)))
        self._on_changed()

    def _usual_role(self, layer: FoundLayer) -> str:
        """What the office said of it before; else what its name and fields speak of."""
        known = self._known.get(layer.source)
        return known.role if known else evidence_role(layer)

    def _show_row(self, row: int, layer: FoundLayer, role: str, known: Optional[EvidenceLayer]) -> None:
        item = QTableWidgetItem(layer.short_title)
        item.setToolTip(tip("\n".join([tr("{layer} ({n} rows)", layer=layer.title, n=layer.count), layer.source, layer.crs])))
        self.table.setItem(row, _NAME, item)
        box = choice("landInspectorAssistantRole", tr("This layer is…"), self)
        names = role_names()
        fill(box, [(tr("no evidence"), ""), *((names[one], one) for one in ROLES if one != _VILLAGE)], role)
        box.currentIndexChanged.connect(lambda _index, row=row: self._on_role(row))
        self.table.setCellWidget(row, _ROLE, box)
        self._show_fields(row, dict(known.fields) if known and known.role == role else evidence_fields(layer, role))
        day = QLineEdit(known.date or "" if known else "", self)
        put_hint(day, "2025-12-31")
        day.setAccessibleName(tr("As of (day)"))
        day.textChanged.connect(lambda _text: self._on_changed())
        self.table.setCellWidget(row, _DAY, day)

    def _show_fields(self, row: int, fields: Mapping[str, str]) -> None:
        """Which of the layer's fields speak, as its role needs them; the others cannot be chosen."""
        role = self._role(row)
        asked = {_CLASS: "class" if role == LAND_USE else "zone" if role == PLAN else "", _NUMBER: "number" if role in _PAPERS else "",
                 _DATE: "date" if role in _PAPERS else ""}
        for column, standard in asked.items():
            box = choice("landInspectorAssistantEvidenceField", self.table.horizontalHeaderItem(column).text(), self)
            fill(box, [("–", ""), *((name, name) for name in self._rows[row].fields)], fields.get(standard, "") if standard else "")
            box.setEnabled(bool(standard))
            box.currentIndexChanged.connect(lambda _index: self._on_changed())
            self.table.setCellWidget(row, column, box)

    def _on_role(self, row: int) -> None:
        self._by_hand.add(self._rows[row].source)
        self._show_fields(row, evidence_fields(self._rows[row], self._role(row)))
        self._show_zones()
        self._on_changed()

    def _box(self, row: int, column: int) -> QComboBox:
        return self.table.cellWidget(row, column)

    def _role(self, row: int) -> str:
        return self._box(row, _ROLE).currentData() or ""

    def _day(self, row: int) -> str:
        return self.table.cellWidget(row, _DAY).text().strip()

    def _chosen(self) -> List[int]:
        return [row for row in range(len(self._rows)) if self._box(row, _ROLE) is not None and self._role(row)]

    # --- what is missing ----------------------------------------------------------------------------------------------

    def _show_zones(self) -> None:
        """Where there is a plan: its zones, those in which building is usually allowed filled in."""
        plans = [row for row in self._chosen() if self._role(row) == PLAN]
        for widget in (self.zones, self._zones_label):
            widget.setVisible(bool(plans))
        if not plans:
            return
        row = plans[0]
        found = zones(self._rows[row], self._box(row, _CLASS).currentData() or "")
        known = self._known.get(self._rows[row].source)
        self.zones.setToolTip(tip(tr("In the layer: {zones}", zones=", ".join(found))))
        put_hint(self.zones, tr("all zones"))
        if not self.zones.text():
            self.zones.setText(", ".join(known.inside if known and known.inside else buildable(found)))

    def _on_changed(self) -> None:
        roles = [self._role(row) for row in self._chosen()]
        left_out = [layer.title for row, layer in enumerate(self._rows) if layer in self._older and not self._role(row)]
        older = [tr("Left out, because a newer survey is there: {layers}.", layers=", ".join(left_out))] if left_out else []
        self.missing.setText("\n".join([*_twice(roles), *older, *missing_told(roles)]))
        self.changed.emit()

    # --- doing --------------------------------------------------------------------------------------------------------

    def profile(self, folder: Path) -> Profile:
        """What was said, sources relative to ``folder`` where they lie below it."""
        made: List[EvidenceLayer] = []
        for row in self._chosen():
            layer, role = self._rows[row], self._role(row)
            key = role if not any(one.role == role for one in made) else f"{role}{sum(one.role == role for one in made) + 1}"
            source, day = relative_source(layer.source, folder), parse_image_date(self._day(row))
            entry = EvidenceLayer(key, role, source, layer.title, day.last.isoformat() if day else None, self._fields(row),
                                  inside=self._inside() if role == PLAN and self._box(row, _CLASS).currentData() else ())
            made.append(entry)
            own = village_field(layer)
            if role == LAND_USE and own:
                number = sum(one.role == _VILLAGE for one in made)
                made.append(replace(entry, key=f"{_VILLAGE}{number + 1 if number else ''}", role=_VILLAGE, fields={},
                                    filter=(own, (_VILLAGE_VALUE,))))
        return Profile(self.place.session.register.meta["county_name"], tuple(made), folder)

    def _fields(self, row: int) -> Dict[str, str]:
        """What the boxes say, and of the papers the fields that are recognised besides."""
        layer, role = self._rows[row], self._role(row)
        known = self._known.get(layer.source)
        fields = dict(known.fields) if known and known.role == role else dict(evidence_fields(layer, role))
        asked = {"class": _CLASS} if role == LAND_USE else {"zone": _CLASS} if role == PLAN else {"number": _NUMBER, "date": _DATE}
        for standard, column in asked.items():
            if role in (LAND_USE, PLAN) or role in _PAPERS:
                fields[standard] = self._box(row, column).currentData() or ""
        return {standard: own for standard, own in fields.items() if own}

    def _inside(self) -> Sequence[str]:
        return tuple(text.strip() for text in self.zones.text().replace("，", ",").replace("、", ",").split(",") if text.strip())

    def act(self) -> None:
        address = self.place.session.address
        target = address.folder / f"{address.name}_evidence.json"
        try:
            self.profile(target.parent).write(target)
        except OSError as error:
            self.office.failed.emit(tr("{file} cannot be written: {reason}", file=str(target), reason=error.strerror or str(error)))
            return
        QgsSettings().setValue(f"{_PROFILE}/{self.place.session.register.meta['register_id']}", str(target))
        self.ended.emit()


def missing_told(roles: Sequence[str]) -> List[str]:
    """Of the roles that nobody has, what cannot be told without them."""
    consequences = {
        LAND_USE: tr("Without a land-use survey: how much is cultivated land."),
        "approval": tr("Without approvals: whether anything was approved; every proposal then cannot tell."),
        "supply": tr("Without land supply: whether approved land was supplied."),
        "registration": tr("Without registrations: whether a title exists."),
        "facility": tr("Without facility agriculture: whether a facility was put on record."),
        "temporary": tr("Without temporary land: whether a temporary use was permitted."),
        "farmland": tr("Without permanent basic farmland: whether it is hit, and the severe cases."),
        "redline": tr("Without the ecological red line: whether it is crossed."),
        PLAN: tr("Without the plan: whether the use conforms, and so what the penalty is."),
    }
    lacking = [said for role, said in consequences.items() if role not in roles]
    if not lacking:
        return [tr("Nothing of what the rules ask for is missing.")]
    return [tr("It cannot be told:"), *(f"· {said}" for said in lacking)]


def _twice(roles: Sequence[str]) -> List[str]:
    if roles.count(LAND_USE) < 2:
        return []
    return [tr("Two land-use surveys are measured together: keep the newer one and set the older to “no evidence”.")]


def _absolute(source: str, folder: Path) -> str:
    path, bar, table = source.partition("|")
    return str(Path(os.path.normpath(folder / path))) + bar + table
