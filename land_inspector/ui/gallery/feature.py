"""Looking over what was judged: a day's or a township's verdicts as small pictures, all of them or a sample drawn at random."""
from __future__ import annotations

from typing import Callable, Dict, List, Optional, Tuple

import numpy as np
from qgis.core import QgsProject
from qgis.PyQt.QtCore import QObject, QRect, Qt
from qgis.PyQt.QtGui import QImage, QPainter
from qgis.PyQt.QtWidgets import QApplication, QWidget

from ...i18n import tr
from ...register import judging
from ...register.own_patches import Similar
from ...register.register import Recorded
from ...register.views.parcels import outline
from ...settings import Settings
from ..images.before_after import BeforeAfter
from ..images.shelf import ImageLayers, ImageShelf
from ..review.card_page import CardView
from ..review.parcel_table import ParcelTable
from ..shell.services import Entry, Feature, Services
from ..widgets.pages import connect, disconnect
from .dock import (
    DAY, GalleryDock, GalleryModel, LISTED, Verdicts, marked_in_all, paint_picture, read_verdicts, rows_of, sample,
)
from .thumbs import SIDE, Subject, Thumb, Thumbs


# Pictures beside the decided parcels that look like the one on the card: drawn beside the window, shown as they come, never a verdict.

_GAP = 4


class AlikePictures(QObject):
    """Follows the card; ``crs`` tells the CRS of the open register. Where no image is at hand the card stays as it is."""

    def __init__(self, card: CardView, shelf: ImageShelf, layers: ImageLayers, crs: Callable[[], str]):
        super().__init__()
        self._card, self._crs = card, crs
        self._similar: Dict[str, Similar] = {}
        self.thumbs = Thumbs(shelf, layers, self._subject)
        self._connections: List[Tuple[object, Callable]] = [(card.shown, self._on_shown), (self.thumbs.made, self._on_made)]

    def load(self) -> None:
        """Begin to follow the card."""
        connect(self._connections)

    def unload(self) -> None:
        """Follow it no more; nothing is drawn any longer."""
        disconnect(self._connections)
        self.forget()

    def forget(self) -> None:
        """The register is closed."""
        self._similar = {}
        self.thumbs.forget()

    def draw_anew(self) -> None:
        """Other images are at hand."""
        self.thumbs.forget()
        self._card.forget_pictures()
        self.thumbs.want(list(self._similar))

    def _on_shown(self, _parcel_id: str) -> None:
        """What was drawn lately shows at once; what is drawn for another card is dropped."""
        self._similar = {one.parcel_id: one for one in self._card.similar}
        for key in self._similar:
            self._on_made(key)
        self.thumbs.want(list(self._similar))

    def _subject(self, parcel_id: str) -> Optional[Subject]:
        one = self._similar.get(parcel_id)
        return None if one is None else Subject(one.outline, self._crs(), one.image_before, one.image_after)

    def _on_made(self, parcel_id: str) -> None:
        thumb = self.thumbs.of(parcel_id) if parcel_id in self._similar else None
        if thumb is not None and thumb.images:
            self._card.take_picture(parcel_id, _both(thumb))


def _both(thumb: Thumb) -> QImage:
    """Before and after beside each other, each with the outline; a side without an image says so."""
    picture = QImage(2 * SIDE + _GAP, SIDE, QImage.Format.Format_ARGB32_Premultiplied)
    picture.fill(0)
    painter = QPainter(picture)
    for place, after in enumerate((False, True)):
        paint_picture(painter, QRect(place * (SIDE + _GAP), 0, SIDE, SIDE), thumb, after)
    painter.end()
    return picture


class Gallery(Feature):
    """Reads and draws only while its dock can be seen."""

    name = "landInspectorGalleryMenu"

    def __init__(self, place: Services, images: BeforeAfter):
        self._place, self._page, self._session, self._reviewer = place, place.dock.work_page, place.session, place.reviewer
        self._layers = ImageLayers(place.worker, place.messages, QgsProject.instance())
        self._shelf = images.shelf
        self.thumbs = Thumbs(images.shelf, self._layers, self._subject)
        self.alike = AlikePictures(self._page.card, images.shelf, self._layers, lambda: self._session.register.meta["crs"])
        self.model = GalleryModel(self.thumbs)
        self.dock = GalleryDock(self.model, place.window)
        self._verdicts = Verdicts()
        self._batch: Optional[str] = None
        self._of: int = 0
        self._chosen: Dict[str, str] = {}
        self._asked = 0
        view, dock = self.dock.view, self.dock
        self._connections: List[Tuple[object, Callable]] = [
            (dock.scope_changed, self._on_scope), (dock.value_changed, self._on_value), (dock.sample_changed, self.show),
            (dock.copy_wanted, self.copy),
            (dock.visibilityChanged, self._on_visible), (view.seen, self.thumbs.want), (view.moved, self._on_moved),
            (view.open_wanted, self.open), (view.look_wanted, self.look_over), (view.flag_wanted, self.flag),
            (self.thumbs.made, self.model.note_thumb), (self._session.read, self._on_read), (self._session.closed, self._on_closed),
            (self._reviewer.judged, self._on_judged), (self._reviewer.went_to, self._on_went), (self._page.chosen, self._on_went),
            (self._page.filters.changed, self._on_filtered), (images.shelf.changed, self._on_images),
            (QgsProject.instance().layersAdded, self._on_layers), (QgsProject.instance().layersRemoved, self._on_layers),
        ]

    def title(self) -> str:
        return tr("Gallery")

    def entries(self) -> List[Entry]:
        return [Entry("landInspectorShowGallery", tr("Look over verdicts in the gallery"), "/mActionOpenTable.svg", self.come_or_go,
                      "Alt+Shift+G")]

    def docks(self) -> List[QWidget]:
        return [self.dock]

    def load(self) -> None:
        self._place.iface.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, self.dock)
        self.dock.hide()
        connect(self._connections)
        self.alike.load()

    def unload(self) -> None:
        disconnect(self._connections)
        self.alike.unload()
        self.thumbs.stop()
        self._layers.close()
        self._place.iface.removeDockWidget(self.dock)
        self.dock.deleteLater()

    # --- what is shown ------------------------------------------------------------------------------------------------

    def come_up(self) -> None:
        """Show the dock with today's verdicts, or with what it showed last."""
        self.dock.setUserVisible(True)
        self.dock.view.setFocus()

    def come_or_go(self) -> None:
        """Its key brings the dock up, and takes it away from whoever looks at it."""
        if self.dock.view.hasFocus() and not self.dock.visibleRegion().isEmpty():
            self.dock.setUserVisible(False)
            self._page.take_focus()
        else:
            self.come_up()

    def show(self) -> None:
        """The parcels of the chosen scope, or the sample of them."""
        dock, table = self.dock, self._page.table
        rows = rows_of(table, dock.scope, dock.value, self._verdicts, self._page.parcels.model().rows)
        self._of = len(rows)
        if dock.sampled.isChecked():
            rows = rows[sample([table.text("DKBH", int(row)) for row in rows], dock.size.value(), dock.seed.value())]
        self.model.show(table, rows)
        self._show_counts()
        dock.view.look_around()

    def _on_scope(self) -> None:
        self._offer()
        self.show()

    def _on_value(self) -> None:
        self._chosen[self.dock.scope] = self.dock.value
        self.show()

    def _offer(self) -> None:
        """The days or townships there are, each with its number of verdicts."""
        if self.dock.scope == DAY:
            values = [(day, tr("{day} · {n} verdicts", day=day, n=n)) for day, n in self._verdicts.counts()]
        else:
            table = self._page.table
            counts = table.counts("township", table.judged)
            values = [(code, tr("{township} · {n} verdicts", township=name or code, n=counts.get(code, 0)))
                      for code, name in table.townships().items()]
        self.dock.offer(values, self._chosen.get(self.dock.scope, ""))

    def _subject(self, parcel_id: str) -> Optional[Subject]:
        """What its pictures are drawn from; None where the parcel is gone."""
        table = self._page.table
        row = int(table.positions([parcel_id])[0])
        if row < 0:
            return None
        register = self._session.register
        return Subject(outline(register, table.text("shape_id", row)), register.meta["crs"], table.text("QSX", row), table.text("HSX", row))

    # --- looking over -------------------------------------------------------------------------------------------------

    def open(self, parcel_id: str) -> None:
        """Show it in the dock and on the map, behind the filters too."""
        self._page.find_number(self._reviewer.labels_of([parcel_id])[0])
        self._place.dock.setUserVisible(True)
        self._reviewer.go_to(parcel_id)

    def look_over(self, parcel_id: str) -> None:
        """A note says that it was looked over, by whom and in which sample; then on to the next."""
        labels, said = self._reviewer.labels_of([parcel_id]), self._note()
        if parcel_id in self.model.looked or self._do(parcel_id, lambda by: judging.write_note(
                self._session.register, self._session.batch, labels, text=said, by=by)):
            self.model.looked.add(parcel_id)
            self._show_counts()
            self.dock.view.step()

    def flag(self, parcel_id: str) -> None:
        """Flag it for somebody's eye, or take the flag off."""
        labels, table = self._reviewer.labels_of([parcel_id]), self._page.table
        verb = judging.unflag if table.marked("flagged")[int(table.positions([parcel_id])[0])] else judging.flag
        seen = self._reviewer.seen([parcel_id])
        self._do(parcel_id, lambda by: verb(self._session.register, self._session.batch, labels, by=by, seen=seen))

    def _do(self, parcel_id: str, act: Callable[[str], Recorded]) -> bool:
        return self._reviewer.do(lambda: act(Settings.load().acting_as), [parcel_id])

    def _note(self) -> str:
        return tr("Looked over in the gallery: {sample}", sample=self._drawn())

    # --- counts -------------------------------------------------------------------------------------------------------

    def _drawn(self) -> str:
        """What was looked over, so that anybody can draw it again."""
        shown = self.model.rowCount()
        if self.dock.sampled.isChecked():
            return tr("{n} of {all} drawn at random, seed {seed}", n=shown, all=self._of, seed=self.dock.seed.value())
        return tr("all {all}", all=self._of)

    def _show_counts(self) -> None:
        looked, flagged, shown = self.model.count("looked"), self.model.count("flagged"), self.model.rowCount()
        said = [tr("{sample} · {looked} looked over · {flagged} flagged", sample=self._drawn(), looked=looked, flagged=flagged)]
        if self.dock.sampled.isChecked() and 0 < shown < self._of:
            if looked == shown:
                low, high = marked_in_all(flagged, shown, self._of)
                said.append(tr("Of all {all}, between {low} and {high} would be flagged (95 %).", all=self._of, low=low, high=high))
            else:
                said.append(tr("{n} are left before the sample says something of all.", n=shown - looked))
        if not shown:
            said = [tr("No verdict here: choose another day, a township, or what the list shows.")]
        self.dock.counted.setText("\n".join(said))

    def copy(self) -> None:
        """The counts and the numbers of what is shown, for a report."""
        lines = [self.dock.scopes.currentText() + (f": {self.dock.values.currentText()}" if self.dock.scope != LISTED else "")]
        lines.append(self.dock.counted.text())
        lines.extend(self._reviewer.labels_of(self.model.ids))
        QApplication.clipboard().setText("\n".join(lines))
        self._place.messages.note(tr("The result is in the clipboard."))

    # --- what happens around ------------------------------------------------------------------------------------------

    def _on_visible(self, visible: bool) -> None:
        if visible:
            self._read()
        else:
            self.thumbs.stop()

    def _on_read(self, _snapshot: object) -> None:
        if self._session.batch != self._batch:
            self._batch = self._session.batch
            self._chosen.clear()
            self.thumbs.forget()
        if self.dock.isVisible():
            self._read()

    def _read(self) -> None:
        """Which verdicts are of which day, read beside the window; an answer to an older question is dropped."""
        address, batch = self._session.address, self._session.batch
        if address is None or batch is None:
            self._show_verdicts(Verdicts())
            return
        self._asked += 1
        number, words = self._asked, _words()
        self._place.worker.start(tr("Reading verdicts"), lambda progress: read_verdicts(address, batch, words, progress),
                                 lambda found: self._take(number, found), self._place.messages.failed)

    def _take(self, number: int, found: Verdicts) -> None:
        if number == self._asked:
            self._show_verdicts(found)

    def _show_verdicts(self, found: Verdicts) -> None:
        self._verdicts = found
        self.model.looked = set(found.looked)
        self._offer()
        self.show()

    def _on_judged(self, ids: List[str]) -> None:
        """Verdict or mark changed: the pictures stay, what is said of them is new."""
        if not self.dock.isVisible():
            return
        if _verdicts(self.model.table, ids) != _verdicts(self._page.table, ids):
            self._read()
        places = self._page.table.positions(self.model.ids)
        self.model.show(self._page.table, places[places >= 0])
        self._show_counts()

    def _on_filtered(self) -> None:
        if self.dock.isVisible() and self.dock.scope == LISTED:
            self.show()

    def _on_moved(self, parcel_id: str) -> None:
        """A verdict key judges what is looked at: the list goes along, the map stays."""
        self._page.choose([parcel_id])

    def _on_went(self, ids: List[str]) -> None:
        index = self.model.index_of(ids[0]) if len(ids) == 1 else self.model.index(-1)
        if index.isValid() and self.dock.isVisible():
            self.dock.view.go_to(index)

    def _on_images(self) -> None:
        self.thumbs.forget()
        self.alike.draw_anew()
        self.dock.view.look_around()

    def _on_layers(self, _layers: object) -> None:
        """An image may have come or gone with them."""
        if self.dock.isVisible():
            self._on_images()
        else:
            self.thumbs.forget()
            self.alike.draw_anew()

    def _on_closed(self) -> None:
        self._batch = None
        self._asked += 1
        self.thumbs.forget()
        self.alike.forget()
        self._layers.close()
        self.model.show(self._page.table, np.array([], dtype=np.int64))
        self._show_counts()


def _verdicts(table: ParcelTable, ids: List[str]) -> List[str]:
    return [table.text("PDJL1", int(row)) + table.text("PDJL2", int(row)) for row in table.positions(ids) if row >= 0]


def _words() -> Tuple[str, ...]:
    """How the notes of looking over begin, in the language of the desk."""
    return (tr("Looked over in the gallery: {sample}", sample=""),)
