"""What goes out on paper, from the menu and from the parcel at hand: dossiers and their check, evidence maps, photos, the bulletin."""
from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, Dict, List, Optional

from qgis.PyQt.QtCore import QUrl
from qgis.PyQt.QtGui import QDesktopServices
from qgis.PyQt.QtWidgets import QAction

from ...errors import LandInspectorError
from ...exchange.atomic_files import plain_stem
from ...i18n import tr
from ...settings import Settings
from ..shell.services import Entry, Feature, REVIEW, Services
from ..shell.tasks import Outcome
from ..widgets.pages import connect, disconnect
from .feature import BoardFeature


# What goes out on paper, from the menu and from the parcel at hand: dossiers and their check, evidence maps, photos, the bulletin.

_DOSSIERS = "write_dossiers"


class DossierFeature(Feature):
    """Each entry is one algorithm, filled in with the register, the batch and the chosen parcels."""

    name = "landInspectorDossiersMenu"

    def __init__(self, place: Services, board: BoardFeature):
        self._place, self._page, self._board_menu = place, place.dock.work_page, board.page.more.menu()
        self._action: Optional[QAction] = None
        self._board_action: Optional[QAction] = None
        self._awaited: List[Path] = []
        self._connections = [(place.jobs.ended, self._on_ended)]

    def title(self) -> str:
        return tr("Dossiers and bulletin")

    def entries(self) -> List[Entry]:
        return [
            Entry("landInspectorDossierOfParcel", tr("Dossier of this patch"), "/mActionSaveAsPDF.svg", self.of_chosen, scope=REVIEW),
            Entry("landInspectorWriteDossiers", tr("Dossiers of many…"), "/mActionSaveAsPDF.svg",
                  lambda: self._open(_DOSSIERS, tr("Dossiers"), batch=True)),
            Entry("landInspectorCheckDossier", tr("Check a dossier…"), "/mIconSuccess.svg",
                  lambda: self._open("check_dossier", tr("Check of a dossier"))),
            Entry("landInspectorEvidenceMaps", tr("Evidence maps…"), "/mActionSaveMapAsImage.svg",
                  lambda: self._open("evidence_maps", tr("Evidence maps"), batch=True)),
            Entry("landInspectorPackPhotos", tr("Pack photos…"), "/mActionAddImage.svg",
                  lambda: self._open("pack_photos", tr("Packed photos"), batch=True)),
            Entry("landInspectorBulletin", tr("Bulletin…"), "/mActionNewReport.svg", self.bulletin)]

    def load(self) -> None:
        connect(self._connections)
        self._action = self._page.verdicts.more.addAction(self.entries()[0].text, self.of_chosen)
        self._board_action = self._board_menu.addAction(tr("Bulletin…"), self.bulletin)

    def unload(self) -> None:
        disconnect(self._connections)
        self._page.verdicts.more.removeAction(self._action)
        self._board_menu.removeAction(self._board_action)
        self._action = self._board_action = None

    def bulletin(self) -> None:
        """The month's two pages for the leaders; the year at hand to begin with."""
        self._open("write_bulletin", tr("Bulletin"), YEAR=date.today().year)

    def of_chosen(self) -> None:
        """Write the dossiers of the chosen parcels beside the register; a single one is opened when it is there."""
        labels = self._chosen()
        if not labels:
            self._place.messages.note(tr("Choose a parcel first."))
            return
        try:
            address, batch = self._place.session.register.address, self._place.session.batch
            folder = address.folder / tr("Dossiers")
            self._place.jobs.run(_DOSSIERS, {"REGISTER": str(address), "BATCH": batch, "LIST": "\n".join(labels),
                                             "FOLDER": str(folder)}, tr("Dossiers"))
        except LandInspectorError as error:
            self._place.messages.failed(error)
            return
        stem = plain_stem(labels[0])
        self._awaited = [folder / f"{stem}.pdf", folder / f"{plain_stem(f'{batch}_{labels[0]}')}.pdf"] if len(labels) == 1 else []

    def _chosen(self) -> List[str]:
        """Numbers of the parcels that are chosen in the list."""
        table, ids = self._page.table, self._page.parcels.chosen_ids()
        return [table.text("DKBH", int(row)) for row in table.positions(ids) if row >= 0] if ids else []

    def _on_ended(self, outcome: Outcome) -> None:
        """A single dossier was asked for to be looked at: the computer's own program shows it."""
        if outcome.name != _DOSSIERS:
            return
        awaited, self._awaited = self._awaited, []
        file = next((one for one in awaited if one.is_file()), None)
        if outcome.ok and file is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(file)))

    def _open(self, name: str, title: str, batch: bool = False, **more: Any) -> None:
        session = self._place.session
        known: Dict[str, Any] = {"BY": Settings.load().acting_as, **more}
        if session.address is not None:
            known["REGISTER"] = str(session.address)
        if batch and session.batch is not None:
            known["BATCH"] = session.batch
        try:
            self._place.jobs.open_dialog(name, known, title)
        except LandInspectorError as error:
            self._place.messages.failed(error)
