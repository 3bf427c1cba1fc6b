"""Words of files and people shown as what they are: Qt takes anything that looks like HTML for HTML, and then loads what it names."""
from __future__ import annotations

from html import escape
from typing import Any

from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QLabel

from ...values import storable


class PlainLabel(QLabel):
    """A label that shows its text letter by letter."""

    def __init__(self, *arguments: Any):
        super().__init__(*arguments)
        self.setTextFormat(Qt.TextFormat.PlainText)


def tip(text: Any) -> str:
    """A text for a tooltip or for a bar that takes HTML: shown letter by letter, lines kept."""
    plain = storable("" if text is None else str(text))
    return f"<span>{html(plain)}</span>" if any(mark in plain for mark in "<&") else plain


def html(text: Any) -> str:
    """A text inside HTML of ours."""
    return escape(storable("" if text is None else str(text))).replace("\n", "<br>")
