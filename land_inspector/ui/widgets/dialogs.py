"""What every dialog keeps to: its foot with a verb that says what will be done, the way out, and Help with the manual's page of it;
and that a key that is held down neither fills a form nor answers it.

F1 opens the page; Ctrl+Enter does what the verb says.
"""
from __future__ import annotations

from typing import Callable, Dict, Optional, Set

from qgis.PyQt.QtCore import QEvent, QObject, QUrl, Qt
from qgis.PyQt.QtGui import QDesktopServices, QKeyEvent, QKeySequence
from qgis.PyQt.QtWidgets import (
    QAbstractSpinBox, QApplication, QComboBox, QDialog, QDialogButtonBox, QLineEdit, QPlainTextEdit, QPushButton,
    QShortcut, QTextEdit, QWidget,
)

from ...i18n import manual_page, tr
from .rows import make_fields_readable


_Standard = QDialogButtonBox.StandardButton
FIRST = "first-county"


def open_manual(page: str = FIRST) -> bool:
    """Show a page in the computer's browser; False where the manual is not there."""
    file = manual_page(page) or manual_page(FIRST)
    return file is not None and QDesktopServices.openUrl(QUrl.fromLocalFile(str(file)))


class Foot(QDialogButtonBox):
    """Keeps the words that it was given: Qt puts its own, often English, back into standard buttons whenever a translation is installed,
    and QGIS's plugins install theirs after ours."""

    def __init__(self, standard: QDialogButtonBox.StandardButton, words: Dict[QDialogButtonBox.StandardButton, str], dialog: QWidget):
        super().__init__(standard, parent=dialog)
        self._words = words
        self._say()

    def event(self, event: QEvent) -> bool:
        """As Qt's, and the words again after a change of language."""
        handled = super().event(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._say()
        return handled

    def _say(self) -> None:
        for which, words in self._words.items():
            self.button(which).setText(words)


def deciding(dialog: QDialog, verb: str, page: str, accept: Optional[Callable[[], None]] = None) -> QDialogButtonBox:
    """*Verb*, *Leave it* and *Help*; ``accept`` in place of the dialog's own. The verb's button is that of ``StandardButton.Save``."""
    buttons = Foot(_Standard.Save | _Standard.Cancel | _Standard.Help,
                   {_Standard.Save: verb, _Standard.Cancel: tr("Leave it"), _Standard.Help: tr("Help")}, dialog)
    buttons.button(_Standard.Save).setDefault(True)
    buttons.accepted.connect(accept or dialog.accept)
    buttons.rejected.connect(dialog.reject)
    return _with_help(buttons, dialog, page)


def closing(dialog: QDialog, page: str) -> QDialogButtonBox:
    """*Close* and *Help*."""
    buttons = Foot(_Standard.Close | _Standard.Help, {_Standard.Close: tr("Close"), _Standard.Help: tr("Help")}, dialog)
    buttons.rejected.connect(dialog.reject)
    return _with_help(buttons, dialog, page)


def _with_help(buttons: QDialogButtonBox, dialog: QDialog, page: str) -> QDialogButtonBox:
    buttons.button(_Standard.Help).setAutoDefault(False)
    buttons.helpRequested.connect(lambda: open_manual(page))
    help_on_f1(dialog, page)
    return buttons


def help_on_f1(widget: QWidget, page: str) -> None:
    """F1 anywhere in the widget opens the page."""
    shortcut = QShortcut(QKeySequence("F1"), widget)
    shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
    shortcut.activated.connect(lambda: open_manual(page))


# What a key that is held down must not do: fill a form that its first press opened, or answer it by itself.

_ANSWERS = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space, Qt.Key.Key_Select})


#: A key that is held is let go and pressed again at the same moment, by the window system's clock; a finger needs longer.
_SAME_MOMENT_MS = 2
_FIELDS = (QLineEdit, QAbstractSpinBox, QTextEdit, QPlainTextEdit)
_let_go_at: Dict[int, int] = {}


def is_repeat(event: QKeyEvent) -> bool:
    """Whether nobody pressed anew: under X11 Qt takes about one repeat in two hundred for a press of its own, if it looks for what
    follows a release before that has arrived. Events that a program made have no time and are believed."""
    at = event.timestamp()
    return event.isAutoRepeat() or 0 < at <= _let_go_at.get(event.key(), -_SAME_MOMENT_MS) + _SAME_MOMENT_MS


class HeldKeysEverywhere(QObject):
    """Looks at the keys of whatever widget has the focus, in any window: what Qt took for a press but is a repeat triggers nothing.

    At one widget at a time, never at all events; fields of text get what is typed.
    """

    def __init__(self) -> None:
        super().__init__()
        self._watched: Optional[QWidget] = None

    def load(self) -> None:
        """From now on, until :meth:`unload`."""
        QApplication.instance().focusChanged.connect(self._follow)
        self._follow(None, QApplication.focusWidget())

    def unload(self) -> None:
        """Nothing of it is left."""
        QApplication.instance().focusChanged.disconnect(self._follow)
        self._follow(self._watched, None)

    def _follow(self, _before: Optional[QWidget], now: Optional[QWidget]) -> None:
        try:
            if self._watched is not None:
                self._watched.removeEventFilter(self)
        except RuntimeError:  # it is gone, and the filter with it
            pass
        self._watched = now
        if now is not None:
            now.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.KeyRelease:
            _let_go_at[event.key()] = event.timestamp()
        elif kind in (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride) and not event.isAutoRepeat() and is_repeat(event):
            return self._drop(watched, event)
        return False

    @staticmethod
    def _drop(watched: QObject, event: QKeyEvent) -> bool:
        """Nothing comes of the event, and no shortcut is looked for; in a field of text it is one more letter."""
        if isinstance(watched, _FIELDS) or isinstance(watched, QComboBox) and watched.isEditable():
            return False
        event.accept()  # a ShortcutOverride that is accepted keeps the shortcut from acting
        return True


class _HeldKeys(QObject):
    """Looks at the keys of a window and of every widget in it, and at those of no other.

    Never at the application's: a filter of all events written in Python meets objects that are half made or half gone, and QGIS dies.
    """

    def __init__(self, window: QWidget):
        super().__init__(window)
        self._window = window
        self._pressed: Set[int] = set()
        self._answer: Optional[QPushButton] = None
        self._guard(window)

    def _guard(self, widget: QWidget) -> None:
        """A filter that is installed twice is still one."""
        for one in (widget, *widget.findChildren(QWidget)):
            one.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.KeyPress:
            return self._is_held(event) or self._saves(event)
        if kind == QEvent.Type.Show and watched is self._window:
            self._pressed.clear()
            self._answer = self._default()
            self._guard(self._window)
        elif kind == QEvent.Type.ChildPolished and event.child().isWidgetType():
            self._guard(event.child())
        return False

    def _is_held(self, event: QKeyEvent) -> bool:
        """Repeats of a key that answers, and of any key that has not been pressed anew since the window came up."""
        if not is_repeat(event):
            self._pressed.add(event.key())
            return False
        return event.key() in _ANSWERS or event.key() not in self._pressed

    def _saves(self, event: QKeyEvent) -> bool:
        """Ctrl+Enter answers the window from any field of it, where Enter alone belongs to the field."""
        if is_repeat(event) or event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter) \
                or not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            return False
        buttons = self._window.findChildren(QPushButton)
        button = self._answer if self._answer in buttons else self._default()
        if button is not None and button.isEnabled():
            button.click()
        return button is not None

    def _default(self) -> Optional[QPushButton]:
        """As the window came up; afterwards any button that has the focus calls itself so."""
        return next((one for one in self._window.findChildren(QPushButton) if one.isDefault()), None)


def ignore_held_keys(window: QWidget) -> None:
    """From now on a dialog takes each press of Enter and Space once, and nothing of a key that was held when it came up; Ctrl+Enter
    presses its default button from anywhere in it. Called before the dialog has fields: they can be read in every theme then."""
    make_fields_readable(window)
    _HeldKeys(window)
