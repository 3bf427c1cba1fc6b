"""The proposed matches of a drop of photos, to be looked through and mended before anything is saved."""
from __future__ import annotations

from typing import List, Optional

from qgis.core import QgsSettings
from qgis.PyQt.QtCore import QModelIndex, QSize, Qt, pyqtSignal
from qgis.PyQt.QtGui import QImage, QPixmap, QShowEvent
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from ...i18n import tr
from ...settings import HEADING
from .photo_review_model import PARCEL, REMARK, PhotoReviewModel, Row, remarks
from ..shell.held_keys import ignore_held_keys
from ..widgets.plain_text import PlainLabel

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
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel, parent=self)
        self.buttons.button(QDialogButtonBox.StandardButton.Cancel).setText(tr("Cancel"))
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self._lay_out()
        model.changed.connect(self._say)
        model.refused.connect(self._refuse)
        self._say()
        self._restore()

    def _table(self) -> QTableView:
        table = QTableView(self)
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
        layout.addWidget(self.buttons)

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
               (tr("{n} show no parcel"), sum(row.is_photo and not row.parcels for row in rows)))
    return " · ".join(said + [text.format(n=n) for text, n in counted if n])
