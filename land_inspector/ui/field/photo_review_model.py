"""A drop of photos as a table: which parcel each one is proposed for, and what a person made of that."""
from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Callable, List, Optional, Sequence, Tuple

from qgis.PyQt.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt, pyqtSignal

from ...errors import LandInspectorError
from ...exchange.exif import Exif
from ...exchange.photos import Candidate, Sighting
from ...i18n import say, tr
from .photo_pictures import direction_text, distance_text, time_text
from ..widgets.plain_text import tip

FILE, PARCEL, DISTANCE, DIRECTION, TAKEN, REMARK = range(6)
#: From what a person wrote to the parcels that are meant; raises LandInspectorError where that is none.
Resolve = Callable[[str, Exif], List[Candidate]]


@dataclass(frozen=True)
class Row:
    """One file: its sighting, the parcels it shall prove, whether a person chose them, whether it is taken."""

    sighting: Sighting
    parcels: Tuple[Candidate, ...]
    taken: bool
    by_person: bool = False

    @property
    def is_photo(self) -> bool:
        return self.sighting.photo is not None and self.sighting.double is None


def first_rows(sightings: Sequence[Sighting]) -> List[Row]:
    """As the machine proposes it."""
    return [Row(one, one.candidates[:1], bool(one.candidates) and one.double is None) for one in sightings]


class PhotoReviewModel(QAbstractTableModel):
    """``changed`` tells that other photos would be saved now; ``refused`` why a number was not taken."""

    changed = pyqtSignal()
    refused = pyqtSignal(str)

    def __init__(self, sightings: Sequence[Sighting], resolve: Resolve, batch: str, parent: Optional[QObject] = None):
        super().__init__(parent)
        self._rows, self._resolve, self._batch = first_rows(sightings), resolve, batch

    @property
    def rows(self) -> List[Row]:
        return list(self._rows)

    def taken(self) -> List[Row]:
        return [row for row in self._rows if row.taken]

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
            return self._put(index, replace(row, taken=bool(row.parcels) and Qt.CheckState(value) == Qt.CheckState.Checked))
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
    if not row.parcels:
        said.append(tr("No parcel in sight: write its number, or leave the photo out."))
    said += [say(warning) for candidate in row.parcels for warning in candidate.warnings]
    return [f"! {text}" for text in dict.fromkeys(said)] or [tr("✓ as proposed") if not row.by_person else tr("✓ chosen by hand")]
