"""Photos on their way in: looked through beside the window, shown for review, then copied and entered beside the window."""
from __future__ import annotations

import re
from pathlib import Path
from typing import List, Optional, Sequence

from qgis.PyQt.QtCore import QObject, pyqtSignal

from ...errors import InputError, LandInspectorError
from ...exchange.exif import Exif
from ...exchange.photos import Candidate, PhotoPlaces, Sighting, look_through, match_of
from ...i18n import say, tr
from ...progress import Progress
from ...register.addresses import RegisterAddress
from ...register.origins import OriginBook
from ...register.photo_store import PhotoMatch, PhotosAdded, add_photos
from ...register.proposing import propose_again
from ...register.register import Register
from ...settings import Settings, origins_file
from .photo_pictures import decoded
from .photo_review import PREVIEW, PhotoReview
from .photo_review_model import PhotoReviewModel
from ..shell.tasks import Done, Function, Work
from ..shell.services import Services

_BETWEEN_NUMBERS = re.compile(r"[,，、;；\s]+")


class PhotoIntake(QObject):
    """``added`` tells that photos are in the register now. One drop at a time."""

    added = pyqtSignal()

    def __init__(self, place: Services):
        super().__init__()
        self._place, self._session = place, place.session
        self._work: Optional[Work] = None
        self.review: Optional[PhotoReview] = None

    def load(self) -> None:
        self._place.dock.job_strip.cancelled.connect(self._cancel)
        self._session.closed.connect(self._close_review)

    def unload(self) -> None:
        self._session.closed.disconnect(self._close_review)
        self._place.dock.job_strip.cancelled.disconnect(self._cancel)
        self._close_review()
        self._cancel()

    def _cancel(self) -> None:
        if self._work is not None:
            self._work.cancel()

    def _close_review(self) -> None:
        if self.review is not None:
            self.review.close()

    @property
    def is_busy(self) -> bool:
        return self._work is not None or self.review is not None

    def take(self, paths: Sequence[Path]) -> None:
        """Look through files and folders; the review opens when that is done."""
        address = self._session.address
        if address is None or self._session.batch is None:
            self._place.messages.note(tr("Open a register with a batch first; photos belong to its parcels."))
        elif self.is_busy:
            self._place.messages.note(tr("Other photos are being added just now."))
        else:
            self._begin(tr("Looking through the photos"), lambda progress: _look_through(address, list(paths), progress), self._show)

    # --- reviewing ----------------------------------------------------------------------------------------------------

    def _show(self, found: List[Sighting]) -> None:
        if not found:
            self._place.messages.note(tr("There are no files in this folder."))
            return
        if self._session.address is None:
            return
        model = PhotoReviewModel(found, self._resolve, self._session.batch or "")
        self.review = PhotoReview(model, self._place.window)
        self.review.preview_wanted.connect(self._preview)
        self.review.finished.connect(self._end_review)
        self.review.accepted.connect(lambda: self._save(model))
        self.review.show()

    def _resolve(self, text: str, exif: Exif) -> List[Candidate]:
        """Parcels by number, of the batch on the desk or in sight of the photo."""
        places = PhotoPlaces(self._session.register)
        meant = [one for one in places.candidates(exif) if text in (one.number, self.review.model.label(one))]
        if meant:
            return meant[:1]
        table = self._place.dock.work_page.table
        ids = {number: table.numbered(number) for number in _BETWEEN_NUMBERS.split(text) if number}
        unknown = [number for number, parcel in ids.items() if parcel is None]
        if unknown:
            raise InputError("No parcel of this batch, or more than one, has the number {number}.", number=unknown[0])
        return places.seen_from(exif, [parcel for parcel in ids.values() if parcel is not None])

    def _preview(self, path: Path) -> None:
        review = self.review
        self._place.worker.start(tr("Reading a photo"), lambda _progress: decoded(path, PREVIEW),
                                 lambda image: review.take_preview(path, image) if self.review is review else None,
                                 self._place.messages.failed)

    def _end_review(self, _result: int) -> None:
        self.review.deleteLater()
        self.review = None

    # --- saving -------------------------------------------------------------------------------------------------------

    def _save(self, model: PhotoReviewModel) -> None:
        address, by, origins = self._session.address, Settings.load().acting_as, origins_file()
        try:
            places = PhotoPlaces(self._session.register)
        except LandInspectorError as error:
            self._place.messages.failed(error)
            return
        matches = [match_of(row.sighting, row.parcels, places, row.by_person) for row in model.taken()]
        self._begin(tr("Adding photos"), lambda progress: _add(address, origins, matches, by, progress), self._tell)

    def _tell(self, result: PhotosAdded) -> None:
        said = tr("{n} photos were added.", n=len(result.added))
        if result.doubles:
            said += " " + tr("{n} were there already.", n=len(result.doubles))
        if result.troubles:
            self._place.messages.warn(said + " " + say(result.troubles[0][1]), "\n".join(say(reason) for _name, reason in result.troubles))
        else:
            self._place.messages.done(said)
        self._session.reload()
        self.added.emit()

    # --- work ---------------------------------------------------------------------------------------------------------

    def _begin(self, title: str, function: Function, then: Done) -> None:
        """Work beside the window, with the dock's own bar and cancel button."""
        strip = self._place.dock.job_strip
        self._work = self._place.worker.start(title, function, lambda result: self._end(then, result),
                                              lambda error: self._end(self._place.messages.failed, error), writes=True)
        strip.begin(title)
        self._work.progressChanged.connect(strip.advance)

    def _end(self, then: Done, value: object) -> None:
        self._work = None
        self._place.dock.job_strip.end()
        then(value)


def _look_through(address: RegisterAddress, paths: List[Path], progress: Progress) -> List[Sighting]:
    with Register.open(address) as register:
        return look_through(register, paths, progress)


def _add(address: RegisterAddress, origins: Path, matches: List[PhotoMatch], by: str, progress: Progress) -> PhotosAdded:
    with Register.open(address, origins=OriginBook(origins)) as register:
        added = add_photos(register, matches, progress, by=by)
        propose_again(register, [parcel for match in matches for parcel in match.parcels])
        return added
