"""Field work at the desk: photos dropped in and looked at, findings of visits written down."""
from __future__ import annotations

from pathlib import Path
from typing import List, Mapping, Optional

from qgis.PyQt.QtCore import pyqtSignal, QEvent, QMimeData, QObject
from qgis.PyQt.QtWidgets import QAction, QFileDialog, QWidget
from qgis.core import QgsSettings

from ...errors import LandInspectorError
from ...i18n import tr
from ...register.field_work import record_visit, visit_of
from ...register.proposing import pack_of, propose_again
from ...register.register import Recorded
from ...register.views.parcels import facts_of, names
from ...settings import HEADING, Settings
from ..shell.services import Entry, Feature, REVIEW, Services
from ..widgets.pages import connect, disconnect
from .photo_review import PhotoIntake
from .photo_viewer import PhotoViewer
from .site_finding import SiteFindingDialog

_FOLDER, _OFFICERS = f"{HEADING}/photo_folder", f"{HEADING}/officers"


class Field(Feature):
    """Photos come in through :class:`PhotoIntake` and are shown by :class:`PhotoViewer`."""

    name = "landInspectorField"

    def __init__(self, place: Services):
        self._place, self._page, self._session = place, place.dock.work_page, place.session
        self.intake = PhotoIntake(place)
        self.viewer = PhotoViewer(place)
        self._drop = PhotoDrop(place.dock)
        self.dialog: Optional[SiteFindingDialog] = None
        self._actions: List[QAction] = []
        self._connections = [(self._drop.dropped, self.intake.take), (self.intake.added, self.viewer.refresh)]

    def title(self) -> str:
        return tr("Field work")

    def entries(self) -> List[Entry]:
        return [
            Entry("landInspectorAddPhotos", tr("Add photos…"), "/mActionAddRasterLayer.svg", self.add_files, "Alt+Shift+P"),
            Entry("landInspectorAddPhotoFolder", tr("Add a folder of photos…"), "", self.add_folder),
            Entry("landInspectorOpenPhoto", tr("Photos of the parcel, large"), "", self.viewer.open_first, "Alt+Shift+O"),
            Entry("landInspectorSiteFinding", tr("Site finding…"), "", self.find, "Alt+Shift+V", REVIEW),
        ]

    def load(self) -> None:
        self._drop.load()
        for entry in self.entries():
            self._actions.append(self._page.verdicts.more.addAction(entry.text, entry.command))
        self.intake.load()
        self.viewer.load()
        connect(self._connections)

    def unload(self) -> None:
        disconnect(self._connections)
        for action in self._actions:
            self._page.verdicts.more.removeAction(action)
        self._actions.clear()
        self.viewer.unload()
        self._drop.unload()
        self.intake.unload()
        if self.dialog is not None:
            self.dialog.close()

    # --- photos -------------------------------------------------------------------------------------------------------

    def add_files(self) -> None:
        """Ask for photos and take them in."""
        chosen, _kind = QFileDialog.getOpenFileNames(self._place.window, tr("Photos of site visits"), self._folder(),
                                                     tr("Photos (*.jpg *.jpeg *.png *.JPG *.JPEG *.PNG)"))
        self._take([Path(path) for path in chosen])

    def add_folder(self) -> None:
        """Ask for a folder and take the photos in it in."""
        chosen = QFileDialog.getExistingDirectory(self._place.window, tr("Folder of photos"), self._folder())
        self._take([Path(chosen)] if chosen else [])

    def _folder(self) -> str:
        return QgsSettings().value(_FOLDER, str(Path.home()), str)

    def _take(self, paths: List[Path]) -> None:
        if paths:
            QgsSettings().setValue(_FOLDER, str(paths[0] if paths[0].is_dir() else paths[0].parent))
            self.intake.take(paths)

    # --- findings -----------------------------------------------------------------------------------------------------

    def find(self) -> None:
        """Ask for the finding of a visit of the chosen parcels and record it."""
        ids = self._page.parcels.chosen_ids()
        labels = self._place.reviewer.labels_of(ids)
        if not labels:
            self._place.messages.note(tr("Choose the parcels that were visited."))
            return
        title = labels[0] if len(labels) == 1 else tr("{n} parcels: {parcels}", n=len(labels), parcels=", ".join(labels[:5]))
        try:
            self.dialog = self._finding_dialog(title, ids)
        except LandInspectorError as error:
            self._place.messages.failed(error)
            return
        dialog, seen = self.dialog, self._place.reviewer.seen(ids)
        dialog.accepted.connect(lambda: self._record(ids, labels, dialog, seen))
        dialog.finished.connect(self._forget_dialog)
        self._place.reviewer.open_beside(dialog)

    def _forget_dialog(self, _result: int) -> None:
        self.dialog = None

    def _finding_dialog(self, title: str, ids: List[str]) -> SiteFindingDialog:
        register = self._session.register
        site = facts_of(register, ids[0])["site"] if len(ids) == 1 else None
        officers = QgsSettings().value(_OFFICERS, "", str) or Settings.load().acting_as
        people = sorted(names(register).values())
        pack = pack_of(register, register.batch(self._session.batch))
        return SiteFindingDialog(title, pack, people, officers, visit_of(register, site), self._place.window)

    def _record(self, ids: List[str], labels: List[str], dialog: SiteFindingDialog, seen: Mapping[str, str]) -> None:
        visit, on = dialog.visit, dialog.on
        by, batch = Settings.load().acting_as, self._session.batch

        def visited() -> Recorded:
            register = self._session.register
            recorded = record_visit(register, batch, labels, visit, on=on, by=by, seen=seen)
            propose_again(register, ids)
            return recorded

        if self._place.reviewer.do(visited, ids):
            QgsSettings().setValue(_OFFICERS, ", ".join(visit.officers))


# --- Files and folders dropped on the dock.


class PhotoDrop(QObject):
    """``dropped`` tells the paths. The widget takes drops from :meth:`load` until :meth:`unload`."""

    dropped = pyqtSignal(list)

    def __init__(self, widget: QWidget, parent: Optional[QObject] = None):
        super().__init__(parent)
        self._widget = widget

    def load(self) -> None:
        """From now on the widget takes dropped photos."""
        self._widget.setAcceptDrops(True)
        self._widget.installEventFilter(self)

    def unload(self) -> None:
        """The widget takes no dropped photos any more."""
        self._widget.removeEventFilter(self)
        self._widget.setAcceptDrops(False)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.DragEnter, QEvent.Type.DragMove, QEvent.Type.Drop) and paths_in(event.mimeData()):
            event.acceptProposedAction()
            if event.type() == QEvent.Type.Drop:
                self.dropped.emit(paths_in(event.mimeData()))
            return True
        return super().eventFilter(watched, event)


def paths_in(data: QMimeData) -> List[Path]:
    """Local files and folders; nothing of the web."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
