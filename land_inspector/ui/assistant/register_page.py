"""The first step: from a township layer to a register of one's own county."""
from __future__ import annotations

import re
from pathlib import Path
from typing import Optional, Sequence

from qgis.core import (
    QgsFeature,
    QgsPalLayerSettings,
    QgsProject,
    QgsTextBufferSettings,
    QgsTextFormat,
    QgsVectorLayer,
    QgsVectorLayerSimpleLabeling,
)
from qgis.PyQt.QtWidgets import QFileDialog, QFormLayout, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from ...errors import LandInspectorError
from ...i18n import tr
from ...settings import Settings, is_temporary, usual_folder
from ..shell.tasks import Outcome
from ..shell.messages import explained
from .found_layers import FoundLayer, TownshipFields, looks_like_townships, patch_fields, township_fields, township_rank
from .window import Office, Page, choice, fill, sample_table, show_rows, wrapped
from ..widgets.rows import put_hint

_SAMPLE = 6


class RegisterPage(Page):
    """A folder, the township layer in it, its fields, who works here, and where the register is kept."""

    def __init__(self, office: Office, parent: Optional[QWidget] = None):
        super().__init__(office, parent)
        self.setObjectName("landInspectorAssistantRegister")
        self.folder = QPushButton(tr("Choose the folder with your data…"), self)
        self.folder.setObjectName("landInspectorAssistantFolder")
        self.file = QPushButton(tr("Or one file…"), self)
        self.file.setObjectName("landInspectorAssistantFile")
        self.where = wrapped("landInspectorAssistantWhere", self)
        self.layer = choice("landInspectorAssistantTownships", tr("Township layer"), self)
        self.fields = {name: choice(f"landInspectorAssistantField_{name}", spoken, self) for name, spoken in (
            ("code", tr("Township code")), ("name", tr("Township name")), ("station", tr("Station")))}
        self.sample = sample_table("landInspectorAssistantTownshipRows", self)
        self.county_code, self.county_name = QLineEdit(self), QLineEdit(self)
        self.actor = QLineEdit(Settings.load().actor, self)
        self.path = QLineEdit(self)
        self.other_path = QPushButton(tr("Elsewhere…"), self)
        for button in (self.folder, self.file, self.other_path):
            button.setAutoDefault(False)
        self._named_by_hand = False
        self._preview: Optional[str] = None
        self._lay_out()
        self._wire()

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self.folder)
        top.addWidget(self.file)
        top.addStretch(1)
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.addRow(tr("Township layer"), self.layer)
        row = QHBoxLayout()
        for box in self.fields.values():
            row.addWidget(box, 1)
        form.addRow(tr("Code · name · station"), row)
        county = QHBoxLayout()
        county.addWidget(self.county_code, 1)
        county.addWidget(self.county_name, 2)
        for field, name, spoken in ((self.county_code, "CountyCode", tr("County code (6 digits)")),
                                    (self.county_name, "CountyName", tr("County name")), (self.actor, "Actor", tr("Your name")),
                                    (self.path, "Path", tr("Where to keep the new register"))):
            field.setObjectName(f"landInspectorAssistant{name}")
            field.setAccessibleName(spoken)
            put_hint(field, spoken)
        place = QHBoxLayout()
        place.addWidget(self.path, 1)
        place.addWidget(self.other_path)
        layout = QVBoxLayout(self)
        layout.addLayout(top)
        layout.addWidget(self.where)
        layout.addLayout(form)
        layout.addWidget(self.sample, 1)
        below = QFormLayout()
        below.addRow(tr("County"), county)
        below.addRow(tr("Your name"), self.actor)
        below.addRow(tr("Register"), place)
        layout.addLayout(below)

    def _wire(self) -> None:
        self.folder.clicked.connect(self._ask_folder)
        self.file.clicked.connect(self._ask_file)
        self.other_path.clicked.connect(self._ask_path)
        self.layer.currentIndexChanged.connect(lambda _index: self._show_layer())
        for box in self.fields.values():
            box.currentIndexChanged.connect(lambda _index: self._show_fields())
        for field in (self.county_code, self.actor):
            field.textChanged.connect(lambda _text: self.changed.emit())
        self.county_name.textChanged.connect(lambda _text: self._suggest_path())
        self.path.textEdited.connect(lambda _text: self._on_path())
        self.office.looked.connect(self._show_found)

    # --- what the step is ---------------------------------------------------------------------------------------------

    def title(self) -> str:
        return tr("1 · County and townships")

    def hint(self) -> str:
        return tr("A register keeps patches, verdicts and cases of one county in one file. The township layer says by what they are "
                  "counted.")

    def verb(self) -> str:
        return tr("Make the register")

    def is_done(self) -> bool:
        return self.place.session.address is not None

    def lacks(self) -> str:
        wanted = (
            (self._layer() is None, tr("Choose the layer of the townships.")),
            (self.fields["code"].currentIndex() < 0, tr("Choose the field with the township code (9 digits).")),
            (not self._chosen("name"), tr("Choose the field with the township name.")),
            (len(self.county_code.text().strip()) != 6 or not self.county_code.text().strip().isdigit(),
             tr("The county code has six digits, such as 331082.")),
            (not self.county_name.text().strip(), tr("Name the county.")),
            (not self.actor.text().strip(), tr("Give your name: verdicts are recorded under it.")),
            (not self.path.text().strip(), tr("Say where the register is kept.")),
            (Path(self.path.text().strip() or ".").exists(), tr("There is a file of this name already.")),
        )
        return next((said for lacking, said in wanted if lacking), "")

    # --- files --------------------------------------------------------------------------------------------------------

    def _ask_folder(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, tr("Folder with your data"), str(self.office.folder or usual_folder()))
        if chosen:
            self.office.take_folder(Path(chosen))

    def _ask_file(self) -> None:
        chosen, _kind = QFileDialog.getOpenFileName(self, tr("Township layer"), str(self.office.folder or usual_folder()))
        if chosen:
            self.office.add_file(Path(chosen))

    def _ask_path(self) -> None:
        chosen = self.place.asking.register_to_make(Path(self.path.text() or str(usual_folder() / "register.gpkg")))
        if chosen is not None:
            self.path.setText(str(chosen.with_suffix(".gpkg")))
            self._on_path()

    def _on_path(self) -> None:
        self._named_by_hand = bool(self.path.text())
        self.changed.emit()

    def _suggest_path(self) -> None:
        """Under the county's name in the user's documents, never over a file that is there."""
        name = self.county_name.text().strip()
        if name and not self._named_by_hand:
            folder, number = usual_folder(), 1
            safe = "".join("_" if letter in '<>:"/\\|?*' else letter for letter in name)
            while (folder / f"{safe}{'' if number == 1 else f'_{number}'}.gpkg").exists():
                number += 1
            self.path.setText(str(folder / f"{safe}{'' if number == 1 else f'_{number}'}.gpkg"))
        self.changed.emit()

    # --- showing ------------------------------------------------------------------------------------------------------

    def come_up(self) -> None:
        self._show_found()
        if not self.office.layers and not self.office.is_busy:
            self.office.look()

    def leave(self) -> None:
        self._take_preview_away()

    def _show_found(self) -> None:
        """Layers that look like townships come first; only one of those is ever chosen beforehand."""
        chosen = self.layer.currentData()
        likely = sorted(filter(looks_like_townships, self.office.layers), key=township_rank)
        layers = likely + [one for one in self.office.layers if one not in likely]
        keep = chosen if self.office.layer(chosen or "") else (likely[0].source if likely else None)
        fill(self.layer, [(one.title, one.source) for one in layers], keep)
        where = str(self.office.folder) if self.office.folder else tr("the project's own layers")
        if likely and not self.actor.text() and self.isVisible():
            self.actor.setFocus()  # the one thing that no file can tell
        self.where.setText(tr("{n} polygon layers found: {where}", n=len(layers), where=where) if layers else tr("No polygon layer yet."))
        self._show_layer()

    def _layer(self) -> Optional[FoundLayer]:
        return self.office.layer(self.layer.currentData() or "")

    def _chosen(self, name: str) -> str:
        return self.fields[name].currentData() or ""

    def _show_layer(self) -> None:
        layer = self._layer()
        guess = township_fields(layer) if layer is not None else TownshipFields()
        lines = [(name, name) for name in layer.fields] if layer is not None else []
        for name, box in self.fields.items():
            empty = [(said, "")] if (said := {"station": tr("no station"), "code": tr("no code: number them")}.get(name)) else []
            is_told = bool(getattr(guess, name)) or name == "station" or name == "code" and bool(guess.name)
            fill(box, [*empty, *lines], getattr(guess, name) if is_told else None)
        self._suggest_county(guess)
        self._show_fields()

    def _suggest_county(self, guess: TownshipFields) -> None:
        if guess.county:
            self.county_code.setText(guess.county)
        names = [str(row[own]) for layer in self.office.layers for own in [_county_field(layer)] if own
                 for row in layer.rows[:1] if row.get(own)]
        if names and not self.county_name.text():
            self.county_name.setText(names[0])
        elif not self.county_name.text() and self._county_of_folder():
            self.county_name.setText(self._county_of_folder())
        elif guess.county and not self.county_name.text():
            self.county_name.setText(tr("County {code}", code=guess.county))

    def _county_of_folder(self) -> str:
        """The county by which the office calls its folder; '' where it does not."""
        found = re.search(r"[\u4e00-\u9fff]{1,8}?[县市旗](?![\u4e00-\u9fff]*[县旗])", self.office.folder.name) if self.office.folder else None
        return found.group() if found else ""

    def _show_fields(self) -> None:
        layer = self._layer()
        names = [name for name in (self._chosen(one) for one in self.fields) if name]
        rows = [[row.get(name) for name in names] for row in (layer.rows[:_SAMPLE] if layer is not None else ())]
        show_rows(self.sample, names, rows)
        self._show_on_map(layer)
        self.changed.emit()

    # --- on the map ---------------------------------------------------------------------------------------------------

    def _show_on_map(self, layer: Optional[FoundLayer]) -> None:
        """The outlines with code and name, for as long as the step is shown."""
        self._take_preview_away()
        code, name = self._chosen("code"), self._chosen("name")
        if layer is None or not self.isVisible() or not (code or name):
            return
        shown = _to_look_at(layer, [one for one in (code, name) if one])
        if shown is None:
            return
        QgsProject.instance().addMapLayer(shown)
        self._preview = shown.id()
        canvas = self.place.iface.mapCanvas()
        if len(QgsProject.instance().mapLayers()) == 1:
            QgsProject.instance().setCrs(shown.crs())
        canvas.setExtent(canvas.mapSettings().layerExtentToOutputExtent(shown, shown.extent()))
        canvas.refresh()

    def _take_preview_away(self) -> None:
        if self._preview is not None and QgsProject.instance().mapLayer(self._preview) is not None:
            QgsProject.instance().removeMapLayer(self._preview)
        self._preview = None

    # --- doing --------------------------------------------------------------------------------------------------------

    def act(self) -> None:
        layer, path = self._layer(), Path(self.path.text().strip())
        if is_temporary(path) and not self.place.asking.lasts(path):
            return
        settings = Settings.load()
        settings.actor = self.actor.text().strip()
        settings.save()
        self.place.jobs.ended.connect(self._on_ended)
        try:
            self.place.jobs.run("create_register", {
                "COUNTY_CODE": self.county_code.text().strip(), "COUNTY_NAME": self.county_name.text().strip(),
                "TOWNSHIPS": layer.source, "CODE_FIELD": self._chosen("code"), "NAME_FIELD": self._chosen("name"),
                "STATION_FIELD": self._chosen("station"), "BY": settings.acting_as, "OUTPUT": str(path)}, tr("New register"))
            self.office.busy.emit(tr("New register"))
        except LandInspectorError as error:
            self.place.jobs.ended.disconnect(self._on_ended)
            self.office.failed.emit(explained(error))

    def _on_ended(self, outcome: Outcome) -> None:
        if outcome.name != "create_register":
            return
        self.place.jobs.ended.disconnect(self._on_ended)
        self.office.busy.emit("")
        if outcome.ok:
            self.leave()
            self.ended.emit()
        else:
            self.office.fail_of(outcome.errors, tr("Nothing was made."))


def _county_field(layer: FoundLayer) -> str:
    """Where issued patches name their county."""
    names = [name for name in layer.fields if name.upper() in ("XMC", "县名称", "区县名称", "县级行政区名称")]
    return names[0] if names and "JCBH" in patch_fields(layer) else ""


def _to_look_at(layer: FoundLayer, fields: Sequence[str]) -> Optional[QgsVectorLayer]:
    """The outlines, labelled with what was read of their rows: QGIS itself would believe a wrong encoding. None where nothing opens."""
    source = QgsVectorLayer(layer.source, "", "ogr")
    if not source.isValid():
        return None
    shown = QgsVectorLayer("MultiPolygon?field=said:string", tr("Townships (to look at)"), "memory")
    shown.setCrs(source.crs())
    shown.setCustomProperty("skipMemoryLayersCheck", 1)  # nothing of it is to be kept
    made = []
    for row, feature in zip(layer.rows, source.getFeatures()):
        outline = QgsFeature(shown.fields())
        outline.setGeometry(feature.geometry())
        outline.setAttribute("said", "\n".join(str(row[own]) for own in fields if row.get(own) is not None))
        made.append(outline)
    shown.dataProvider().addFeatures(made)
    shown.updateExtents()
    shown.setLabeling(_labels())
    shown.setLabelsEnabled(True)
    shown.setOpacity(0.5)
    return shown


def _labels() -> QgsVectorLayerSimpleLabeling:
    settings, text = QgsPalLayerSettings(), QgsTextFormat()
    halo = QgsTextBufferSettings()
    halo.setEnabled(True)
    halo.setSize(1)
    text.setBuffer(halo)
    settings.setFormat(text)
    settings.fieldName = "said"
    return QgsVectorLayerSimpleLabeling(settings)
