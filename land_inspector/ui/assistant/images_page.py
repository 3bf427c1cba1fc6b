"""The fourth step: the folders in which the images before and after lie."""
from __future__ import annotations

from pathlib import Path
from typing import List, Optional

from qgis.PyQt.QtWidgets import QFileDialog, QHBoxLayout, QListWidget, QPushButton, QVBoxLayout, QWidget

from ...exchange.image_catalogue import Catalogue, Places, look_through
from ...i18n import say, tr
from ...exchange.image_choice import ImageSettings
from .page import Office, Page, wrapped

_MOST_DAYS = 8


class ImagesPage(Page):
    """``None`` is a fine answer: verdicts can be given without images."""

    def __init__(self, office: Office, parent: Optional[QWidget] = None):
        super().__init__(office, parent)
        self.setObjectName("landInspectorAssistantImages")
        self.folders = QListWidget(self)
        self.folders.setObjectName("landInspectorAssistantImageFolders")
        self.folders.setAccessibleName(tr("Folders with images"))
        self.add, self.remove = QPushButton(tr("Add folder…"), self), QPushButton(tr("Remove"), self)
        self.add.setObjectName("landInspectorAssistantAddImages")
        for button in (self.add, self.remove):
            button.setAutoDefault(False)
        self.said = wrapped("landInspectorAssistantImagesSaid", self)
        row = QHBoxLayout()
        row.addWidget(self.add)
        row.addWidget(self.remove)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.addWidget(self.folders, 1)
        layout.addLayout(row)
        layout.addWidget(self.said)
        self.add.clicked.connect(self._ask)
        self.remove.clicked.connect(self._remove)

    def title(self) -> str:
        return tr("4 · Images before and after")

    def hint(self) -> str:
        return tr("Name the folders; each patch then shows the images of its own dates. A date in a file's name is read.")

    def verb(self) -> str:
        return tr("Take these folders") if self.folders.count() else tr("Go on without images")

    def is_done(self) -> bool:
        return bool(ImageSettings.load().folder_list)

    def come_up(self) -> None:
        listed = self._listed()
        wanted = [*ImageSettings.load().folder_list, *(str(folder) for folder in self.office.found.image_folders)]
        for folder in dict.fromkeys(wanted):
            if folder not in listed and not _is_below(folder, listed + [one for one in wanted if one != folder]):
                self.folders.addItem(folder)
        self._look()

    def _listed(self) -> List[str]:
        return [self.folders.item(row).text() for row in range(self.folders.count())]

    def _ask(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, tr("Folder with images"), str(self.office.folder or Path.home()))
        if chosen and chosen not in self._listed():
            self.folders.addItem(chosen)
            self._look()

    def _remove(self) -> None:
        for item in self.folders.selectedItems():
            self.folders.takeItem(self.folders.row(item))
        self._look()

    def _look(self) -> None:
        """How many images there are, and of which days."""
        self.changed.emit()
        places = Places(tuple(self._listed()))
        if not places.folders:
            self.said.setText(tr("No folder is named yet."))
            return
        self.said.setText(tr("The folders are being looked through…"))
        self.place.worker.start(tr("Looking at images"), lambda progress: look_through(places, Catalogue(), progress),
                                lambda found: self._show(places, found), self.place.messages.failed)

    def _show(self, places: Places, found: Catalogue) -> None:
        if places.folders != tuple(self._listed()):
            return
        days = sorted({image.taken.first.isoformat() for image in found.images if image.taken is not None})
        undated = sum(image.taken is None for image in found.images)
        lines = [tr("{n} images, taken on: {days}", n=len(found.images), days=", ".join(days[-_MOST_DAYS:]) or "–")]
        lines += [tr("{n} images have no date in their name; they are offered all the same.", n=undated)] if undated else []
        self.said.setText("\n".join([*lines, *(say(one) for one in found.said()[:3])]))

    def act(self) -> None:
        settings = ImageSettings.load()
        settings.folders = "\n".join(self._listed())
        settings.save()
        self.ended.emit()


def _is_below(folder: str, others: List[str]) -> bool:
    return any(Path(other) in Path(folder).parents for other in others)
