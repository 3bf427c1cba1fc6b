"""The last step: measured against the layers and proposed, in one go; then the first patch."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import List, Mapping, Optional

from qgis.PyQt.QtCore import QTimer
from qgis.PyQt.QtWidgets import QFileDialog, QHBoxLayout, QListWidget, QPushButton, QVBoxLayout, QWidget

from ...errors import Message, message
from ...evidence.profile import read_profile
from ...exchange.image_catalogue import Catalogue, Places, look_through
from ...exchange.image_choice import ImageSettings
from ...i18n import say, tr
from ...progress import Progress
from ...register.addresses import RegisterAddress
from ...register.measuring import measure_batch
from ...register.proposing import propose_batch
from ...register.register import Register
from ..shell import map_layers
from .evidence_page import profile_of
from .window import Office, Page, wrapped


_SHARE = 0.85
_MOST_FINDINGS = 4


@dataclass(frozen=True)
class Outcome:
    """Parcels by proposed verdict (0: cannot tell), those the survey covers too thinly, and what was noticed."""

    parcels: int
    by_verdict: Mapping[str, int]
    gaps: int
    findings: List[Message]


def measure_and_propose(address: RegisterAddress, batch: str, profile: Path, progress: Progress) -> Outcome:
    """Both in one go, beside the window. Raises InputError for a layer that cannot be read; nothing of it is kept then."""
    with Register.open(address) as register:
        progress.step(0.0, message("Measuring against the layers"))
        measured = measure_batch(register, batch, read_profile(profile), progress.part(0.0, _SHARE))
        proposed = propose_batch(register, batch, progress.part(_SHARE, 1.0))
    return Outcome(proposed.parcels, proposed.by_verdict, measured.gaps, [one.message for one in measured.findings])


class MeasurePage(Page):
    """Begins by itself when it comes up and the batch was never measured: there is nothing left to decide."""

    def __init__(self, office: Office, parent: Optional[QWidget] = None):
        super().__init__(office, parent)
        self.setObjectName("landInspectorAssistantMeasure")
        self.said = wrapped("landInspectorAssistantMeasured", self)
        layout = QVBoxLayout(self)
        layout.addWidget(self.said)
        layout.addStretch(1)
        self._measured, self._waits = "", False
        office.busy.connect(self._on_busy)

    def title(self) -> str:
        return tr("5 · Measure and propose")

    def hint(self) -> str:
        return tr("Each parcel is measured against every layer, and a verdict is proposed with its reasons. A proposal never judges.")

    def verb(self) -> str:
        return tr("Go to the first patch") if self.is_done() else tr("Measure and propose")

    def is_done(self) -> bool:
        session = self.place.session
        return session.batch is not None and self._key() == self._measured

    def _key(self) -> str:
        session, profile = self.place.session, self._profile()
        stamp = profile.stat().st_mtime_ns if profile is not None else 0
        return f"{session.address}|{session.batch}|{stamp}"

    def _profile(self) -> Optional[Path]:
        session = self.place.session
        return profile_of(session.register.meta["register_id"]) if session.address is not None else None

    def lacks(self) -> str:
        if self.place.session.batch is None:
            return tr("First bring in the patches.")
        return "" if self._profile() is not None else tr("First say what the layers are.")

    def come_up(self) -> None:
        if not self.is_done():
            self.said.setText("")
        self._waits = True
        self._begin()

    def leave(self) -> None:
        self._waits = False
        super().leave()

    def _begin(self) -> None:
        """At once, or as soon as what the office still does for an earlier step has ended."""
        if self._waits and not self.office.is_busy:
            self._waits = False
            if not self.is_done() and not self.lacks():
                self._measure()

    def _on_busy(self, title: str) -> None:
        if not title:
            QTimer.singleShot(0, self._begin)

    def act(self) -> None:
        if self.is_done():
            self.ended.emit()
        else:
            self._measure()

    def _measure(self) -> None:
        session, profile = self.place.session, self._profile()
        address, batch, key = session.address, session.batch, self._key()
        self.said.setText(tr("Batch {batch} is being measured…", batch=batch))
        self.office.do(tr("Measuring and proposing"), lambda progress: measure_and_propose(address, batch, profile, progress),
                       lambda outcome: self._take(key, outcome), writes=True)

    def _take(self, key: str, outcome: Outcome) -> None:
        self._measured = key
        self.said.setText(told(outcome))
        self.place.session.reload()
        self.changed.emit()


def told(outcome: Outcome) -> str:
    """What came of it, the verdicts by name."""
    lines = [tr("{n} parcels were measured and proposed:", n=outcome.parcels)]
    lines += [f"· {map_layers.proposal_name(code)}: {outcome.by_verdict[code]}" for code in ("2", "1", "3", "0")
              if outcome.by_verdict.get(code)]
    if outcome.gaps:
        lines.append(tr("{n} parcels are not fully covered by the survey.", n=outcome.gaps))
    lines += [say(one) for one in outcome.findings[:_MOST_FINDINGS]]
    rest = len(outcome.findings) - _MOST_FINDINGS
    return "\n".join([*lines, *([tr("and {n} more findings, on the cards of their parcels", n=rest)] if rest > 0 else [])])


# The fourth step: the folders in which the images before and after lie.

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
