"""The one place that shows what went well and what went wrong; a user's mistake and a bug look different."""
from __future__ import annotations

import re
import traceback
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Callable, List, Optional, Sequence

from qgis.core import Qgis
from qgis.gui import QgsMessageBar, QgsMessageBarItem
from qgis.PyQt.QtCore import QEvent, QObject, QTimer, Qt, pyqtSignal
from qgis.PyQt.QtWidgets import (
    QDialog, QDialogButtonBox, QFrame, QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QSizePolicy, QTextBrowser,
    QVBoxLayout, QWidget,
)

from ... import log
from ...errors import Cancelled, DamagedError, LandInspectorError
from ...i18n import say, tr
from ..widgets.dialogs import closing, help_on_f1, ignore_held_keys
from ..widgets.labels import PlainLabel, html
from .tasks import TRACEBACK


# A line over the foot of the map that says what was just recorded and how it is taken back; the next one takes its place.

SHOWN_MS = 7000
_MARGIN = 12
_UNDO, _REDO = "land-inspector:undo", "land-inspector:redo"
#: White on nearly black and a light blue: above 7 : 1 in a light and in a dark window.
_LOOK = ("#landInspectorToast { background: #202124; border: 1px solid #9aa0a6; border-radius: 6px; }"
         "#landInspectorToast QLabel { color: #ffffff; background: transparent; border: none; }")


class Toast(QFrame):
    """Takes no focus and no key. ``undo_wanted`` or ``redo_wanted`` comes when its link is clicked."""

    undo_wanted = pyqtSignal()
    redo_wanted = pyqtSignal()

    def __init__(self, over: QWidget):
        super().__init__(over)
        self.setObjectName("landInspectorToast")
        self.setStyleSheet(_LOOK)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.text = ""
        self._label = QLabel(self)
        self._label.setObjectName("landInspectorToastText")
        self._label.setWordWrap(True)
        self._label.setTextFormat(Qt.TextFormat.RichText)
        self._label.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self._label.linkActivated.connect(self._on_link)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 6, 10, 6)
        layout.addWidget(self._label)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        over.installEventFilter(self)
        self.hide()

    def tell(self, text: str, undo: Optional[str] = None, was_undone: bool = False) -> None:
        """Show ``text``; ``undo`` is the key that takes the act back, or does it again where it ``was_undone``; None where neither
        can be done from here."""
        link = ""
        self.text = text
        if undo is not None:
            if was_undone:
                said = tr("Do it again ({key})", key=undo) if undo else tr("Do it again")
            else:
                said = tr("Undo ({key})", key=undo) if undo else tr("Undo")
            self.text = f"{text} · {said}"
            link = f' · <a href="{_REDO if was_undone else _UNDO}" style="color:#8ab4f8">{escape(said)}</a>'
        self._label.setText(escape(text) + link)
        self._label.setAccessibleName(self.text)
        self.setAccessibleName(self.text)
        self._place()
        self.show()
        self.raise_()
        self._timer.start(SHOWN_MS)

    def _on_link(self, link: str) -> None:
        self.hide()
        (self.redo_wanted if link == _REDO else self.undo_wanted).emit()

    def _place(self) -> None:
        over = self.parentWidget()
        most = max(120, over.width() - 2 * _MARGIN)
        plain = self.fontMetrics().horizontalAdvance(self.text) + 40
        width = min(plain, most)
        height = self._label.heightForWidth(width - 22) + 14
        self.setGeometry((over.width() - width) // 2, over.height() - height - _MARGIN, width, height)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return False


_SECONDS = 8
#: In QGIS's line: its mark, how many more wait and the cross (pixels), between its buttons, the least that is left to the text.
_AROUND, _GAP, _LEAST_ROOM, _MOST_LINES = 190, 6, 120, 4
_HEIGHT = re.compile(r"((?:max|min)-height:\s*)[\d.]+em")


@dataclass(frozen=True)
class Offer:
    """A word at the door of a register, and what its button does. A lower ``rank`` stands first."""

    text: str
    button: str
    act: Callable[[], object]
    rank: int = 0


class Messages:
    """Lines in QGIS's message bar. :meth:`clear` takes away those that still stand."""

    def __init__(self, bar: QgsMessageBar, parent: Optional[QWidget] = None):
        self._bar = bar
        self._parent = parent
        self.toast: Optional[Toast] = None
        #: The key that takes an act back, as the user has set it.
        self.undo_key: Callable[[], str] = lambda: ""
        self.redo_key: Callable[[], str] = lambda: ""
        self._standing: List[QgsMessageBarItem] = []
        self._offers: List[Offer] = []
        self._offering: Optional[QgsMessageBarItem] = None
        bar.widgetRemoved.connect(self._forget)

    def done(self, text: str, report: str = "") -> None:
        """``report`` is the path of a page (HTML) that a button opens in a window of its own; with one the line stays longer."""
        item = self._push(text, Qgis.MessageLevel.Success, 4 * _SECONDS if report else _SECONDS)
        if report:
            button = QPushButton(tr("Read the report"), item)
            button.setObjectName("landInspectorReadReport")
            button.clicked.connect(lambda: (self._bar.popWidget(item), ReportWindow(Path(report), self._parent).show()))
            item.layout().addWidget(button)

    def recorded(self, text: str) -> None:
        """What was just recorded, over the foot of the map, with the way to take it back; the next act takes its place."""
        if self.toast is not None:
            self.toast.tell(text, self.undo_key())

    def taken_back(self, text: str) -> None:
        """What was just undone, in the place of the line that had offered to undo it, with the way to do it again."""
        if self.toast is not None:
            self.toast.tell(text, self.redo_key(), was_undone=True)

    def note(self, text: str) -> None:
        """Goes by itself after some seconds."""
        self._push(text, Qgis.MessageLevel.Info, _SECONDS)

    def warn(self, text: str, details: str = "") -> None:
        """Stays until it is closed; ``details`` open from a button."""
        self._push(text, Qgis.MessageLevel.Warning, 0, details)

    def offer(self, text: str, button: str, act: Callable[[], object], rank: int = 0) -> None:
        """What waits in a register that was just opened. All that is offered stands in one line, a button for each, until it is
        closed; a button pressed does ``act``, and the others go on standing. A lower ``rank`` stands first."""
        self._show_offers(sorted([*self._offers, Offer(text, button, act, rank)], key=lambda one: one.rank))

    def withdraw_offers(self) -> None:
        """The register they speak of is no longer open."""
        self._show_offers([])

    def _show_offers(self, offers: List[Offer]) -> None:
        """In the place of the line that stood."""
        before, self._offering, self._offers = self._offering, None, offers
        if before is not None:
            self._bar.popWidget(before)
        if offers:
            self._offering = item = self._push(" ".join(one.text for one in offers), Qgis.MessageLevel.Info, 0)
            for one in offers:
                self._put_button(item, one)
            self._make_room(item, " ".join(one.text for one in offers))

    def _put_button(self, item: QgsMessageBarItem, offer: Offer) -> None:
        button = QPushButton(offer.button, item)
        button.setObjectName("landInspectorOffer")
        button.clicked.connect(lambda: (self._show_offers([one for one in self._offers if one is not offer]), offer.act()))
        item.layout().addWidget(button)

    def failed(self, error: BaseException) -> None:
        """An error of any kind: what the user can mend with its remedy, anything else as the bug it is."""
        if isinstance(error, Cancelled):
            self.note(say(error.message))
        elif isinstance(error, DamagedError):
            self._push(explained(error), Qgis.MessageLevel.Critical, 0)
        elif isinstance(error, LandInspectorError):
            self.warn(explained(error))
        else:
            self.bug("".join(traceback.format_exception(type(error), error, error.__traceback__)))

    def failed_job(self, title: str, errors: Sequence[str]) -> None:
        """An algorithm's errors in its own words; a traceback among them is a bug."""
        if any(TRACEBACK in error for error in errors):
            self.bug("\n".join([title, *errors]))
        elif not errors:
            self.warn(tr("{title} did not work; its own window or QGIS's message log says why.", title=title))
        else:
            self.warn(tr("{title}: {reason}", title=title, reason=errors[-1].strip()), "\n".join(errors) if len(errors) > 1 else "")

    def bug(self, trace: str) -> None:
        """A mistake of the plugin itself: into the log and, with the traceback behind a button, over the map."""
        log.bug(trace)
        self._push(tr("Land Inspector made a mistake. Nothing was lost; please report the details."),
                   Qgis.MessageLevel.Critical, 0, trace)

    def clear(self) -> None:
        """Take away all that still stands."""
        self._bar.widgetRemoved.disconnect(self._forget)
        for item in self._standing:
            self._bar.popWidget(item)
        self._standing.clear()
        self._offering, self._offers = None, []
        if self.toast is not None:
            self.toast.hide()

    def _push(self, text: str, level: Qgis.MessageLevel, seconds: int, details: str = "") -> QgsMessageBarItem:
        item = self._bar.createMessage(tr("Land Inspector"), html(text))
        if details:
            button = QPushButton(tr("Details"), item)
            button.clicked.connect(lambda: DetailsDialog(text, details, self._parent).open())
            item.layout().addWidget(button)
        item.setLevel(level)
        item.setDuration(seconds)
        self._standing.append(item)
        self._bar.pushItem(item)
        self._make_room(item, text)
        return item

    def _make_room(self, item: QgsMessageBarItem, text: str) -> None:
        """As many lines as the text takes beside its buttons: QGIS keeps one and a half for it, and cuts the second through."""
        browser = item.findChild(QTextBrowser)
        if browser is None:
            return
        metrics = browser.fontMetrics()
        taken = sum(button.sizeHint().width() + _GAP for button in item.findChildren(QPushButton)) + _AROUND
        room = max(self._bar.width() - taken, _LEAST_ROOM)
        wide = metrics.horizontalAdvance(tr("Land Inspector") + ": ") * 1.2 + metrics.horizontalAdvance(text.replace("\n", " "))
        lines = min(int(wide * 1.05 // room) + 1, _MOST_LINES)
        if lines > 1:
            browser.setStyleSheet(_HEIGHT.sub(rf"\g<1>{0.3 + 1.25 * lines:.2f}em", browser.styleSheet()))

    def _forget(self, item: QgsMessageBarItem) -> None:
        self._standing = [known for known in self._standing if known is not item]
        if item is self._offering:  # closed by hand
            self._offering, self._offers = None, []


def explained(error: LandInspectorError) -> str:
    """What happened and what to do, in the user's language."""
    return " ".join(part for part in (say(error.message), say(error.remedy)) if part)


class ReportWindow(QDialog):
    """A report of ours to read beside the work; nothing in it is fetched from anywhere."""

    def __init__(self, path: Path, parent: Optional[QWidget] = None):
        super().__init__(parent)
        ignore_held_keys(self)
        help_on_f1(self, "first-county")
        self.setObjectName("landInspectorReport")
        self.setWindowTitle(path.stem)
        self.resize(860, 640)
        self.page = QTextBrowser(self)
        self.page.setOpenLinks(False)
        try:
            self.page.setHtml(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError):
            self.page.setPlainText(tr("{file} is not there any more.", file=str(path)))
        layout = QVBoxLayout(self)
        layout.addWidget(self.page)
        self.finished.connect(self.deleteLater)


class DetailsDialog(QDialog):
    """A long text to read and copy."""

    def __init__(self, title: str, text: str, parent: Optional[QWidget] = None):
        super().__init__(parent)
        ignore_held_keys(self)
        self.setObjectName("landInspectorDetails")
        self.setWindowTitle(tr("Land Inspector"))
        self.resize(720, 420)
        heading = PlainLabel(title, self)
        heading.setWordWrap(True)
        body = QPlainTextEdit(text, self)
        body.setReadOnly(True)
        buttons = closing(self, "first-county")
        copy = buttons.addButton(tr("Copy all"), QDialogButtonBox.ButtonRole.ActionRole)
        copy.clicked.connect(lambda: (body.selectAll(), body.copy()))
        self.finished.connect(self.deleteLater)
        layout = QVBoxLayout(self)
        for widget in (heading, body, buttons):
            layout.addWidget(widget)
