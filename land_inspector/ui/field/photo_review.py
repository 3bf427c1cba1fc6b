"""The proposed matches of a drop of photos, to be looked through and mended before anything is saved."""
from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Callable, List, Optional, Sequence, Tuple

from qgis.PyQt.QtCore import pyqtSignal, QAbstractTableModel, QModelIndex, QObject, QSize, Qt
from qgis.PyQt.QtGui import QImage, QPixmap, QShowEvent
from qgis.PyQt.QtWidgets import (
    QAbstractItemView, QComboBox, QDialog, QDialogButtonBox, QHBoxLayout, QHeaderView, QStyledItemDelegate,
    QPushButton, QStyleOptionViewItem, QTableView, QVBoxLayout, QWidget,
)
from qgis.core import QgsSettings

from ...errors import InputError, LandInspectorError
from ...exchange.photo_files import Exif
from ...exchange.photos import Candidate, look_through, match_of, PhotoPlaces, Sighting
from ...i18n import say, tr
from ...progress import Progress
from ...register.addresses import RegisterAddress
from ...register.sealing import OriginBook
from ...register.field_work import add_photos, PhotoMatch, PhotosAdded
from ...register.proposing import propose_again
from ...register.register import Register
from ...settings import HEADING, origins_file, Settings
from ..widgets.dialogs import deciding, ignore_held_keys
from ..shell.services import Services
from ..shell.tasks import Done, Function, Work
from ..widgets.labels import PlainLabel, tip
from .photo_viewer import decoded, direction_text, distance_text, time_text

PREVIEW = QSize(280, 210)
_PLACE = f"{HEADING}/photo_review"


class PhotoReview(QDialog):
    """Read ``model.taken()`` after it was accepted. ``preview_wanted`` asks for the picture of a file (Path)."""

    preview_wanted = pyqtSignal(object)

    def __init__(self, model: PhotoReviewModel, parent: Optional[QWidget] = None):
        super().__init__(parent)
        ignore_held_keys(self)
        self.setObjectName("landInspectorPhotoReview")
        self.setWindowTitle(tr("Photos and their parcels"))
        self.model = model
        model.setParent(self)
        self.summary = PlainLabel(self)
        self.summary.setObjectName("landInspectorPhotoSummary")
        self.summary.setWordWrap(True)
        self.table = self._table()
        self.preview = PlainLabel(self)
        self.preview.setObjectName("landInspectorPhotoPreview")
        self.preview.setFixedSize(PREVIEW)
        self.preview.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.said = PlainLabel(self)
        self.said.setObjectName("landInspectorPhotoRemarks")
        self.said.setWordWrap(True)
        self.said.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.here, self.elsewhere = QPushButton(self), QPushButton(tr("Taken elsewhere"), self)
        self.here.setObjectName("landInspectorPhotoHere")
        self.elsewhere.setObjectName("landInspectorPhotoElsewhere")
        self.here.setText(tr("Taken at parcel {parcel}", parcel=model.offered or ""))
        self.here.clicked.connect(lambda _checked=False: model.say_where(self._placeless(), True))
        self.elsewhere.clicked.connect(lambda _checked=False: model.say_where(self._placeless(), False))
        self.buttons = deciding(self, "", "field")  # the verb counts the photos
        self._lay_out()
        model.changed.connect(self._say)
        model.refused.connect(self._refuse)
        self._say()
        self._restore()

    def _table(self) -> QTableView:
        table = QTableView(self)
        table.setTabKeyNavigation(False)
        table.setObjectName("landInspectorPhotoTable")
        table.setAccessibleName(tr("Photos and their parcels"))
        table.setModel(self.model)
        table.setItemDelegateForColumn(PARCEL, _ParcelChoice(table))
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked | QAbstractItemView.EditTrigger.EditKeyPressed
                              | QAbstractItemView.EditTrigger.AnyKeyPressed)
        table.verticalHeader().hide()
        table.setTextElideMode(Qt.TextElideMode.ElideMiddle)  # numbers differ at their end
        table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        table.horizontalHeader().setStretchLastSection(True)
        table.resizeColumnsToContents()
        for column in range(REMARK):
            table.setColumnWidth(column, min(table.columnWidth(column) + 8, 220))
        table.setColumnWidth(PARCEL, max(table.columnWidth(PARCEL), 130))
        table.selectionModel().currentRowChanged.connect(self._on_row)
        return table

    def _lay_out(self) -> None:
        beside = QVBoxLayout()
        beside.addWidget(self.preview)
        beside.addWidget(self.said, 1)
        middle = QHBoxLayout()
        middle.addWidget(self.table, 1)
        middle.addLayout(beside)
        hint = PlainLabel(tr("Space takes a photo in or leaves it out; in the column Parcel another number, or several, can be written."),
                          self)
        hint.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.addWidget(self.summary)
        layout.addLayout(middle, 1)
        layout.addWidget(hint)
        layout.addLayout(self._asked())
        layout.addWidget(self.buttons)

    def _asked(self) -> QHBoxLayout:
        """The question of the photos that do not say where they were taken, where there are any and a parcel is chosen."""
        row, n = QHBoxLayout(), len(self.model.placeless())
        said = PlainLabel(tr("{n} photos do not say where they were taken (chat programs take that out). The chosen ones, or all of them:",
                             n=n), self)
        said.setWordWrap(True)
        row.addWidget(said, 1)
        for widget in (self.here, self.elsewhere):
            row.addWidget(widget)
        for widget in (said, self.here, self.elsewhere):
            widget.setVisible(n > 0 and self.model.offered is not None)
        return row

    def _placeless(self) -> List[int]:
        """The rows that are spoken of: the chosen ones among those without a place, else all of these."""
        without, chosen = self.model.placeless(), {index.row() for index in self.table.selectionModel().selectedRows()}
        return [row for row in without if row in chosen] or without

    def _restore(self) -> None:
        self.resize(1080, 460)
        kept = QgsSettings().value(_PLACE, None)
        if kept is not None:
            self.restoreGeometry(kept)
        self.table.setFocus()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.model.rowCount() and not self.table.currentIndex().isValid():
            self.table.selectRow(0)

    def take_preview(self, path: object, image: Optional[QImage]) -> None:
        """The picture of a file, unless another row is looked at by now."""
        if path == self._current_path():
            self.preview.setPixmap(QPixmap() if image is None else QPixmap.fromImage(image))
            if image is None:
                self.preview.setText(tr("The picture cannot be shown."))

    def _current_path(self) -> Optional[object]:
        index = self.table.currentIndex()
        return self.model.rows[index.row()].sighting.path if index.isValid() else None

    def _on_row(self, current: QModelIndex, _before: QModelIndex) -> None:
        self.preview.clear()
        self._say()
        if current.isValid() and self.model.rows[current.row()].sighting.photo is not None:
            self.preview_wanted.emit(self._current_path())

    def _say(self) -> None:
        self.summary.setText(summary(self.model.rows))
        current = self.table.currentIndex()
        self.said.setText("\n".join(remarks(self.model.rows[current.row()])) if current.isValid() else "")
        save = self.buttons.button(QDialogButtonBox.StandardButton.Save)
        save.setText(tr("Save {n} photos", n=len(self.model.taken())))
        save.setEnabled(bool(self.model.taken()))

    def _refuse(self, reason: str) -> None:
        self.summary.setText(f"! {reason}")

    def done(self, result: int) -> None:
        QgsSettings().setValue(_PLACE, self.saveGeometry())
        super().done(result)


class _ParcelChoice(QStyledItemDelegate):
    """The parcels in sight to choose from, and any other number."""

    def createEditor(self, parent: QWidget, _option: QStyleOptionViewItem, index: QModelIndex) -> QWidget:
        choice = QComboBox(parent)
        choice.setEditable(True)
        model = index.model()
        choice.addItems([model.label(one) for one in model.rows[index.row()].sighting.candidates])
        return choice

    def setEditorData(self, editor: QWidget, index: QModelIndex) -> None:
        editor.setEditText(index.data(Qt.ItemDataRole.EditRole))
        editor.lineEdit().selectAll()

    def setModelData(self, editor: QWidget, model: PhotoReviewModel, index: QModelIndex) -> None:
        model.setData(index, editor.currentText())


def summary(rows: List[Row]) -> str:
    """How many will be saved, and why the others will not."""
    parcels = {one.parcel_id for row in rows if row.taken for one in row.parcels}
    said = [tr("{n} of {all} photos for {parcels} parcels", n=sum(row.taken for row in rows), all=len(rows), parcels=len(parcels))]
    counted = ((tr("{n} are there already"), sum(row.sighting.double is not None and row.sighting.trouble is None for row in rows)),
               (tr("{n} cannot be used"), sum(row.sighting.trouble is not None for row in rows)),
               (tr("{n} show no parcel"), sum(row.is_photo and not row.parcels for row in rows)),
               (tr("{n} do not say where they were taken"), sum(row.is_offered for row in rows)))
    return " · ".join(said + [text.format(n=n) for text, n in counted if n])


# --- A drop of photos as a table: which parcel each one is proposed for, and what a person made of that.


FILE, PARCEL, DISTANCE, DIRECTION, TAKEN, REMARK = range(6)
#: From what a person wrote to the parcels that are meant; raises LandInspectorError where that is none.
Resolve = Callable[[str, Exif], List[Candidate]]


@dataclass(frozen=True)
class Row:
    """One file: its sighting, the parcels it shall prove, whether a person chose them, whether it is taken. ``elsewhere``: a person said
    that it was not taken at the parcel it was offered for."""

    sighting: Sighting
    parcels: Tuple[Candidate, ...]
    taken: bool
    by_person: bool = False
    elsewhere: bool = False

    @property
    def has_place(self) -> bool:
        """Whether the camera wrote down where it was."""
        return self.sighting.photo is not None and self.sighting.photo.exif.lon is not None

    @property
    def is_offered(self) -> bool:
        """Whether it waits for a person to say where it was taken."""
        return self.is_photo and not self.has_place and bool(self.parcels) and not self.taken and not self.by_person

    @property
    def is_photo(self) -> bool:
        """Whether it can be taken: it is readable as a photo and not there already."""
        return self.sighting.photo is not None and self.sighting.double is None


#: The parcel that photos without a place are offered for, as it lies to a photo; None where there is none.
Offer = Callable[[Exif], Optional[Candidate]]


def first_rows(sightings: Sequence[Sighting], offer: Offer) -> List[Row]:
    """As the machine proposes it; a photo without a place is offered for a parcel and not taken before a person says so."""
    rows = [Row(one, one.candidates[:1], bool(one.candidates) and one.double is None) for one in sightings]
    return [row if row.parcels or row.has_place or not row.is_photo else replace(row, parcels=_offered(row, offer)) for row in rows]


def _offered(row: Row, offer: Offer) -> Tuple[Candidate, ...]:
    found = offer(row.sighting.photo.exif) if row.sighting.photo is not None else None
    return () if found is None else (found,)


class PhotoReviewModel(QAbstractTableModel):
    """``changed`` tells that other photos would be saved now; ``refused`` why a number was not taken."""

    changed = pyqtSignal()
    refused = pyqtSignal(str)

    def __init__(self, sightings: Sequence[Sighting], resolve: Resolve, batch: str, offer: Offer = lambda exif: None,
                 parent: Optional[QObject] = None):
        super().__init__(parent)
        self._rows, self._resolve, self._batch, self._offer = first_rows(sightings, offer), resolve, batch, offer
        known = offer(Exif())
        #: Number of the parcel that photos without a place are offered for; None where no parcel is chosen.
        self.offered: Optional[str] = None if known is None else self.label(known)

    @property
    def rows(self) -> List[Row]:
        """Every file looked at, taken or not."""
        return list(self._rows)

    def taken(self) -> List[Row]:
        """The rows that would be saved now."""
        return [row for row in self._rows if row.taken]

    def placeless(self) -> List[int]:
        """The rows of photos that do not say where they were taken."""
        return [number for number, row in enumerate(self._rows) if row.is_photo and not row.has_place]

    def say_where(self, rows: Sequence[int], is_here: bool) -> None:
        """A person says that these were taken at the parcel they are offered for, or elsewhere: then they are left out until a number
        is written."""
        for number in rows:
            row = self._rows[number]
            parcels = _offered(row, self._offer) if is_here else ()
            self._put(self.index(number, 0), replace(row, parcels=parcels, taken=bool(parcels), by_person=True, elsewhere=not is_here))

    # --- Qt -----------------------------------------------------------------------------------------------------------

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: QModelIndex = QModelIndex()) -> int:
        return 0 if parent.isValid() else REMARK + 1

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role != Qt.ItemDataRole.DisplayRole or orientation != Qt.Orientation.Horizontal:
            return None
        return (tr("Photo"), tr("Parcel"), tr("Distance"), tr("Direction"), tr("Taken"), tr("To look at"))[section]

    def flags(self, index: QModelIndex) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        row = self._rows[index.row()]
        flags = Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled
        if row.is_photo and index.column() == FILE:
            flags |= Qt.ItemFlag.ItemIsUserCheckable
        if row.is_photo and index.column() == PARCEL:
            flags |= Qt.ItemFlag.ItemIsEditable
        return flags

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return self._text(row, index.column())
        if role == Qt.ItemDataRole.ToolTipRole and index.column() == REMARK:
            return tip("\n".join(remarks(row)))
        if role == Qt.ItemDataRole.CheckStateRole and index.column() == FILE and row.is_photo:
            return Qt.CheckState.Checked if row.taken else Qt.CheckState.Unchecked
        return None

    def setData(self, index: QModelIndex, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if not index.isValid() or not self._rows[index.row()].is_photo:
            return False
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.CheckStateRole and index.column() == FILE:
            is_taken = bool(row.parcels) and Qt.CheckState(value) == Qt.CheckState.Checked
            return self._put(index, replace(row, taken=is_taken, by_person=row.by_person or row.is_offered and is_taken))
        if role == Qt.ItemDataRole.EditRole and index.column() == PARCEL:
            return self._choose(index, row, str(value).strip())
        return False

    # --- what a person does -------------------------------------------------------------------------------------------

    def _choose(self, index: QModelIndex, row: Row, text: str) -> bool:
        """Other parcels by number; what the machine proposed first, written again, counts as its proposal."""
        if text == self._text(row, PARCEL):
            return False
        if not text:
            return self._put(index, replace(row, parcels=(), taken=False, by_person=True))
        try:
            found = tuple(self._resolve(text, row.sighting.photo.exif))
        except LandInspectorError as error:
            self.refused.emit(say(error.message))
            return False
        best = row.sighting.best
        proposed = best is not None and [one.parcel_id for one in found] == [best.parcel_id]
        return self._put(index, replace(row, parcels=found, taken=True, by_person=not proposed))

    def _put(self, index: QModelIndex, row: Row) -> bool:
        self._rows[index.row()] = row
        self.dataChanged.emit(self.index(index.row(), 0), self.index(index.row(), REMARK))
        self.changed.emit()
        return True

    def _text(self, row: Row, column: int) -> str:
        exif = row.sighting.photo.exif if row.sighting.photo is not None else Exif()
        nearest = min((one.distance_m for one in row.parcels), default=float("inf"))
        return (row.sighting.path.name, ", ".join(self.label(one) for one in row.parcels),
                distance_text(nearest if nearest != float("inf") else None), direction_text(exif.direction, exif.magnetic),
                time_text(exif.taken_at), "; ".join(remarks(row)))[column]

    def label(self, candidate: Candidate) -> str:
        """The number, with the batch where it is not the one on the desk."""
        return candidate.number if candidate.batch == self._batch else tr("{number} ({batch})", number=candidate.number,
                                                                          batch=candidate.batch)


def remarks(row: Row) -> List[str]:
    """Everything to look at before the photo is saved; a sign at the front says how grave it is."""
    one = row.sighting
    if one.trouble is not None:
        return [f"✗ {say(one.trouble)}"]
    if one.double is not None:
        return [tr("✗ The same picture is there already: {where}", where=one.double)]
    said = [say(note) for note in one.notes]
    if row.is_offered:
        said.append(tr("Offered for the chosen parcel: tick it, or say “Taken elsewhere”."))
    if row.elsewhere and not row.parcels:
        said.append(tr("Taken elsewhere: write the number of its parcel, or leave it out."))
    elif not row.parcels:
        said.append(tr("No parcel in sight: write its number, or leave the photo out."))
    said += [say(warning) for candidate in row.parcels for warning in candidate.warnings]
    return [f"! {text}" for text in dict.fromkeys(said)] or [tr("✓ as proposed") if not row.by_person else tr("✓ chosen by hand")]


# --- Photos on their way in: looked through beside the window, shown for review, then copied and entered beside the
#     window.


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
        """Connect with the session and the strip that shows a running job."""
        self._place.dock.job_strip.cancelled.connect(self._cancel)
        self._session.closed.connect(self._close_review)

    def unload(self) -> None:
        """Close the review, stop what is being read, and let go of every signal."""
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
        """Whether photos are being read or reviewed, so that no others can be taken in."""
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
        model = PhotoReviewModel(found, self._resolve, self._session.batch or "", self._offer())
        self.review = PhotoReview(model, self._place.window)
        self.review.preview_wanted.connect(self._preview)
        self.review.finished.connect(self._end_review)
        self.review.accepted.connect(lambda: self._save(model))
        self.review.show()

    def _offer(self) -> Offer:
        """The one parcel that is chosen in the review dock, unless its batch is frozen."""
        chosen = self._place.dock.work_page.parcels.chosen_ids()
        if len(chosen) != 1:
            return lambda exif: None
        places = PhotoPlaces(self._session.register)
        return lambda exif: next((one for one in places.seen_from(exif, chosen) if not one.frozen), None)

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
