"""Printed pages: fonts that are really there, text broken into lines and never cut, blocks that flow from page to page, PDF.

Measures are millimetres from the page's upper left corner, sizes of letters points. A page is first laid out, then painted: so the foot
of each can say how many there are, and nothing is begun that does not fit. Works without a window and in any thread.
"""
from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Callable, Iterable, List, Optional, Sequence, Tuple

from qgis.PyQt.QtCore import QMarginsF, QPointF, QRectF, QSizeF, Qt
from qgis.PyQt.QtGui import QColor, QFont, QFontInfo, QFontMetricsF, QImage, QPageSize, QPainter, QPdfWriter, QPen, QTextLayout, QTextOption

from ..errors import InputError, Message, message
from ..i18n import user_locale

#: Device units in a millimetre (1270 a inch): fine enough that sizes of letters in whole units are exact to 0.06 pt.
UNITS = 50
_POINT = 25.4 / 72 * UNITS
A4 = (210.0, 297.0)
#: Fonts with Chinese letters: Windows, Debian and Ubuntu, UOS and Kylin, macOS; the first that is there is taken.
CHINESE_FONTS = ("Microsoft YaHei", "Noto Sans CJK SC", "Source Han Sans SC", "Source Han Sans CN", "Noto Sans SC", "DengXian", "SimHei",
                 "SimSun", "PingFang SC", "Hiragino Sans GB", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "AR PL UMing CN")
INK, GREY, FAINT, HEAD = "#1d2733", "#51606e", "#b9c4cd", "#e9eff4"

Paint = Callable[[QPainter], None]


@lru_cache(maxsize=1)
def font_family() -> str:
    """The font that pages are written in; '' where none of :data:`CHINESE_FONTS` is installed and the system's own must do."""
    return next((name for name in CHINESE_FONTS if is_installed(name)), "")


def is_installed(family: str) -> bool:
    """Whether letters of this font can be had, not those of another in its place."""
    return QFontInfo(QFont(family)).family().casefold() == family.casefold()


def font_trouble() -> Optional[Message]:
    """What to say where Chinese cannot be written for want of a font; None where all is well."""
    if font_family():
        return None
    return message("No font with Chinese letters that is known to print well is installed ({fonts} …): Chinese may be missing from the "
                   "pages. Install one of them.", fonts=", ".join(CHINESE_FONTS[:3]))


@lru_cache(maxsize=64)
def font(size_pt: float, bold: bool = False) -> QFont:
    """The pages' font at a size, in device units."""
    made = QFont(font_family() or QFont().family())
    made.setPixelSize(max(1, round(size_pt * _POINT)))
    made.setBold(bold)
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    # shaped, figures among Latin letters become other glyphs, of which no program that reads the PDF knows what they mean
    made.setStyleStrategy(QFont.StyleStrategy.PreferNoShaping)
    return made


# --- text -----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Look:
    """How a text is written: size in points, colour, and where its lines begin."""

    size: float = 9.0
    bold: bool = False
    colour: str = INK
    align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft


PLAIN, SMALL, BOLD = Look(), Look(7.5, colour=GREY), Look(bold=True)
TITLE, SECTION = Look(15, True), Look(10.5, True)
RIGHT = Look(align=Qt.AlignmentFlag.AlignRight)


class Laid:
    """A text broken into lines for a width; ``height`` in mm, ``widest`` the longest line."""

    def __init__(self, text: str, look: Look, width: float, most_lines: int = 0):
        self._layouts: List[Tuple[QTextLayout, float]] = []
        self._look, self.height, self.widest = look, 0.0, 0.0
        used, lines = 0.0, 0
        for paragraph in text.split("\n"):
            layout, used, lines = self._broken(paragraph, look, width, used, lines, most_lines)
            self._layouts.append(layout)
            if most_lines and lines >= most_lines:
                break
        self.height = used / UNITS

    def _broken(self, text: str, look: Look, width: float, used: float, lines: int, most: int
                ) -> Tuple[Tuple[QTextLayout, float], float, int]:
        layout = QTextLayout(text or " ", font(look.size, look.bold))
        option = QTextOption(look.align)
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        layout.beginLayout()
        start, height = used, 0.0
        while not (most and lines >= most):
            line = layout.createLine()
            if not line.isValid():
                break
            line.setLineWidth(width * UNITS)
            line.setPosition(QPointF(0, height))
            height += line.height() * 1.12
            self.widest = max(self.widest, line.naturalTextWidth() / UNITS)
            lines += 1
        layout.endLayout()
        return (layout, start), used + height, lines

    def paint(self, painter: QPainter, x: float, y: float) -> None:
        """With the upper left corner of the first line at ``x``, ``y``."""
        painter.setPen(QColor(self._look.colour))
        for layout, down in self._layouts:
            layout.draw(painter, QPointF(x * UNITS, y * UNITS + down))


def text_width(text: str, look: Look) -> float:
    """Of a text in one line, mm."""
    return QFontMetricsF(font(look.size, look.bold)).horizontalAdvance(text) / UNITS


def shortened(text: str, look: Look, width: float) -> str:
    """The text, or its beginning with … where it is longer than the width."""
    return QFontMetricsF(font(look.size, look.bold)).elidedText(text, Qt.TextElideMode.ElideRight, width * UNITS)


# --- shapes ---------------------------------------------------------------------------------------------------------------


def box(x: float, y: float, width: float, height: float) -> QRectF:
    """A rectangle of millimetres in device units."""
    return QRectF(x * UNITS, y * UNITS, width * UNITS, height * UNITS)


def rule(painter: QPainter, x: float, y: float, to_x: float, to_y: float, colour: str = FAINT, width: float = 0.15) -> None:
    """A line; ``width`` in mm."""
    painter.setPen(QPen(QColor(colour), width * UNITS))
    painter.drawLine(QPointF(x * UNITS, y * UNITS), QPointF(to_x * UNITS, to_y * UNITS))


def frame(painter: QPainter, x: float, y: float, width: float, height: float, colour: str = GREY, line: float = 0.2) -> None:
    """The edge of a rectangle."""
    painter.setPen(QPen(QColor(colour), line * UNITS))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(box(x, y, width, height))


def squares(painter: QPainter, matrix: Sequence[Sequence[int]], x: float, y: float, side: float) -> None:
    """The black cells of a square matrix (a QR code), ``side`` mm wide with its quiet edge."""
    cell, found = side / len(matrix), []
    for row, cells in enumerate(matrix):
        start = None
        for column, black in enumerate([*cells, 0]):
            if black and start is None:
                start = column
            elif not black and start is not None:
                found.append(box(x + start * cell, y + row * cell, (column - start) * cell, cell * 1.02))
                start = None
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(Qt.GlobalColor.black)
    painter.drawRects(found)


# --- flow -----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Column:
    """A column of a table: its heading, its share of the width, whether it holds numbers."""

    head: str
    share: float
    number: bool = False


@dataclass
class Flow:
    """Blocks one below the other; a new page where the next does not fit. ``top`` and ``bottom`` bound the type area of every page."""

    left: float = 18.0
    right: float = 192.0
    top: float = 22.0
    bottom: float = 276.0
    pages: List[List[Paint]] = field(default_factory=lambda: [[]])
    y: float = 0.0

    def __post_init__(self) -> None:
        self.y = self.y or self.top

    @property
    def width(self) -> float:
        """Of the type area."""
        return self.right - self.left

    @property
    def room(self) -> float:
        """What is left of the page."""
        return self.bottom - self.y

    def paint(self, paint: Paint) -> None:
        """Something on the page at hand, wherever it likes."""
        self.pages[-1].append(paint)

    def new_page(self) -> None:
        """Go on at the top of the next page."""
        self.pages.append([])
        self.y = self.top

    def need(self, height: float) -> None:
        """A new page where less than ``height`` is left."""
        if height > self.room and self.y > self.top:
            self.new_page()

    def gap(self, height: float) -> None:
        """Leave so much free."""
        self.y += height

    def text(self, text: str, look: Look = PLAIN, indent: float = 0.0, after: float = 0.8) -> None:
        """A paragraph over the width; one that is longer than the page goes on by its own lines on the next."""
        for paragraph in text.split("\n"):
            laid = Laid(paragraph, look, self.width - indent)
            self.need(laid.height)
            self.put(laid, self.left + indent)
            self.y += laid.height
        self.y += after

    def put(self, laid: Laid, x: float) -> None:
        """A laid text at the present height, without moving on."""
        y = self.y
        self.paint(lambda painter: laid.paint(painter, x, y))

    def section(self, text: str, keep: float = 12.0) -> None:
        """A heading with a rule under it, never alone at the foot of a page."""
        self.need(keep + 8)
        self.gap(2.2)
        laid = Laid(text, SECTION, self.width)
        self.put(laid, self.left)
        y = self.y + laid.height + 0.4
        left, right = self.left, self.right
        self.paint(lambda painter: rule(painter, left, y, right, y, GREY, 0.3))
        self.y = y + 1.2

    def facts(self, entries: Sequence[Tuple[str, str]], columns: int = 2, name_share: float = 0.3, x: Optional[float] = None,
              width: Optional[float] = None) -> None:
        """Names and what they are, in columns side by side, row by row."""
        left, whole = self.left if x is None else x, self.width if width is None else width
        each = whole / columns
        for start in range(0, len(entries), columns):
            row = [(Laid(name, SMALL, each * name_share - 1), Laid(value, PLAIN, each * (1 - name_share) - 2))
                   for name, value in entries[start:start + columns]]
            height = max(max(name.height, value.height) for name, value in row)
            self.need(height)
            for at, (name, value) in enumerate(row):
                self.put(name, left + at * each)
                self.put(value, left + at * each + each * name_share)
            self.y += height + 0.7

    def table(self, columns: Sequence[Column], rows: Iterable[Sequence[str]], look: Look = Look(8.0)) -> None:
        """Ruled, its heading again on each page; a row is never torn apart."""
        whole = sum(column.share for column in columns)
        widths = [self.width * column.share / whole for column in columns]
        heads = self._cells([column.head for column in columns], columns, widths, Look(look.size, True))
        for number, row in enumerate(rows):
            cells = self._cells(row, columns, widths, look)
            if not number or self._height(cells) > self.room:
                self.need(self._height(heads) + self._height(cells))
                self._row(heads, widths, HEAD)
            self._row(cells, widths, None)
        self.y += 1.0

    @staticmethod
    def _cells(texts: Sequence[str], columns: Sequence[Column], widths: Sequence[float], look: Look) -> List[Laid]:
        return [Laid(text, Look(look.size, look.bold, look.colour, RIGHT.align if column.number else look.align), width - 2)
                for text, column, width in zip(texts, columns, widths)]

    @staticmethod
    def _height(cells: Sequence[Laid]) -> float:
        return max(cell.height for cell in cells) + 1.2

    def _row(self, cells: Sequence[Laid], widths: Sequence[float], fill: Optional[str]) -> None:
        y, height, left = self.y, self._height(cells), self.left

        def paint(painter: QPainter) -> None:
            x = left
            for cell, width in zip(cells, widths):
                if fill is not None:
                    painter.fillRect(box(x, y, width, height), QColor(fill))
                frame(painter, x, y, width, height, FAINT, 0.12)
                cell.paint(painter, x + 1, y + 0.6)
                x += width

        self.paint(paint)
        self.y += height


# --- files ----------------------------------------------------------------------------------------------------------------

#: Paints what every page has: painter, number of the page from 1, how many there are.
Edges = Callable[[QPainter, int, int], None]


def write_pdf(draft: Path, pages: Sequence[Sequence[Paint]], edges: Edges, title: str, said: str = "",
              size: Tuple[float, float] = A4) -> int:
    """Paint pages into a PDF; how many they are. ``said`` is a text that programs find in the file's description (no page shows it).

    InputError where the file cannot be written."""
    writer = QPdfWriter(str(draft))
    writer.setResolution(round(UNITS * 25.4))
    writer.setPageSize(QPageSize(QSizeF(*size), QPageSize.Unit.Millimeter))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0))
    writer.setTitle(title if not said else f"{title} {said}")
    writer.setCreator("Land Inspector")
    painter = QPainter()
    if not painter.begin(writer):
        raise InputError("{file} cannot be written.", "Choose a folder you may write to.", file=draft.name)
    try:
        for number, page in enumerate(pages, 1):
            if number > 1:
                writer.newPage()
            edges(painter, number, len(pages))
            for paint in page:
                paint(painter)
    finally:
        painter.end()
    return len(pages)


def on_image(width: float, height: float, dots_a_mm: float, paint: Paint) -> QImage:
    """What ``paint`` draws on a white picture of so many millimetres."""
    image = QImage(round(width * dots_a_mm), round(height * dots_a_mm), QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    for hint in (QPainter.RenderHint.Antialiasing, QPainter.RenderHint.TextAntialiasing, QPainter.RenderHint.SmoothPixmapTransform):
        painter.setRenderHint(hint)
    painter.scale(dots_a_mm / UNITS, dots_a_mm / UNITS)
    try:
        paint(painter)
    finally:
        painter.end()
    return image


def joined(parts: Iterable[str]) -> str:
    """Parts of a line in the reader's language; empty ones are left out."""
    return (" · " if user_locale() != "zh" else "　").join(part for part in parts if part)
