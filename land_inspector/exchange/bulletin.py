"""The bulletin (通报): two printable pages of a scope, townships by their distance to the line, from a template that the office can change.

Every figure is the board's. No person is named: there is no field that could. As .docx it fills the office's template, as PDF it is laid
out here, with the same content.
"""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

from qgis.PyQt.QtCore import QBuffer, QByteArray, QIODevice, QPointF, Qt
from qgis.PyQt.QtGui import QBrush, QColor, QPainter, QPen

from ..errors import InputError, Message, message
from ..i18n import say, tr, user_locale
from ..law.areas import DASH, UNITS_PER_MU, decimal_text, percent_text
from ..law.townships import NOWHERE, scope_text, sides
from ..law.rulepack import Threshold
from ..progress import Progress
from ..register.board import Board, Standing, read_board
from ..register.figures import Scope, paragraph, said_of, township_table
from ..register.register import Register
from .atomic_files import one_given_out, write_whole
from .formats.docx import Template
from .formats.docx_layout import (
    BODY, CELL, HEADING, PLAIN, TITLE, Paragraph, Picture, Table, mark, new_document, not_on_every_page, pages_at_most, with_pictures,
)
from .paper import (
    Column, FAINT, Flow, GREY, Laid, Look, SMALL, TITLE as TITLE_LOOK, UNITS, box, font_trouble, is_installed, on_image,
    rule, shortened, write_pdf,
)
from .papers import fonts_of as named_fonts
from .patch_maps import County, Ground
from .report_pages import paragraph_text

RATIO = "r4"
#: So much of a line reached (in parts of it) is near it.
_NEAR = Fraction(4, 5)
_OVER, _CLOSE, _UNDER, _NONE = "#e57373", "#f2c14e", "#9ccc9c", "#e9eff4"
_CHART, _MAP, _DOTS = (84.0, 78.0), (84.0, 78.0), 10.0
_PAGES = 2


@dataclass(frozen=True)
class Place:
    """A township of the bulletin: its standing, the limit drawn for it (None: none), how far below it in parts of 1 (negative: over), the
    illegal parcels of the newest month, and why it must report (nothing: it need not)."""

    standing: Standing
    line: Optional[Threshold]
    below: Optional[Fraction]
    new: int
    reasons: Tuple[Message, ...]

    @property
    def name(self) -> str:
        """As people call it."""
        return self.standing.row.name or NOWHERE.text(user_locale())


@dataclass(frozen=True)
class Bulletin:
    """What a bulletin says, as figures; ``places`` nearest to (or furthest over) the line first."""

    county: str
    board: Board
    places: Tuple[Place, ...]
    month: str
    text: str
    day: date
    known_at: str
    seal: str
    townships: Tuple[Tuple[str, str, Optional[bytes]], ...]
    crs: str

    @property
    def scope_line(self) -> str:
        """Scope, day and moment: on every page."""
        return say(scope_text(said_of(self.board.scope), self.day.isoformat(), self.known_at))


def read_bulletin(register: Register, scope: Scope, progress: Progress) -> Bulletin:
    """Everything a bulletin says of a scope. InputError while the register holds no batch."""
    board = read_board(register, scope, "XZDM", progress.part(0.0, 0.7))
    month, new = _newest(register, scope, board)
    progress.step(0.85)
    places = [_place(standing, board, new.get(standing.row.code, 0)) for standing in board.standings]
    places.sort(key=lambda one: (one.below is None, one.below if one.below is not None else 0, one.name))
    townships = tuple((one.code, one.name, one.wkb) for one in register.township_list())
    day = date.fromisoformat(scope.effective_on) if scope.effective_on else date.today()
    return Bulletin(register.meta["county_name"], board, tuple(places), month, paragraph_text(paragraph(register, scope)), day,
                    scope.known_at or datetime.now().strftime("%Y-%m-%d %H:%M"), register.seal().code, townships, register.meta["crs"])


def _newest(register: Register, scope: Scope, board: Board) -> Tuple[str, Dict[str, int]]:
    """The newest month of the scope, and the illegal parcels of its batches by township; the scope itself where it has no months."""
    if not board.months or scope.batch is not None:
        return "", {one.row.code: one.row.figures.get("illegal", 0) for one in board.standings}
    label = board.months[-1].label
    year, month = map(int, label.split("-"))
    rows = township_table(register, Scope(None, year, month, None, scope.known_at, scope.effective_on))
    return label, {row.code: row.figures.get("illegal", 0) for row in rows[:-1]}


def _place(standing: Standing, board: Board, new: int) -> Place:
    value = standing.row.ratios[RATIO].value if RATIO in standing.row.ratios else None
    lines = [one.line for one in standing.distances if one.ratio == RATIO and not one.line.is_target]
    line = min(lines, key=lambda one: one.percent, default=None)
    below = None if line is None or value is None else line.percent / 100 - value
    reasons: List[Message] = []
    names = {one.code: one.name for one in board.pack.thresholds}
    over = dict.fromkeys(code for ratio, code in standing.row.breached if ratio == RATIO and code in names)
    if over:
        reasons.append(message("over the line {line}", line=", ".join(names[code].text(user_locale()) for code in over)))
    if standing.overdue_cases:
        reasons.append(message("{n} cases overdue", n=standing.overdue_cases))
    late = sum(count for _open, count in standing.ledgers.values())
    if late:
        reasons.append(message("{n} matters of the ledgers overdue", n=late))
    return Place(standing, line, below, new, tuple(reasons))


# --- in words -----------------------------------------------------------------------------------------------------------------


def _mu(units: int) -> str:
    return decimal_text(Fraction(units, UNITS_PER_MU), 2)


def _ratio(standing: Standing, board: Board) -> str:
    value = standing.row.ratios[RATIO].value if RATIO in standing.row.ratios else None
    return DASH if value is None else f"{percent_text(value, sides(RATIO, board.pack))} %"


def _distance(place: Place) -> str:
    """Percentage points below the line, or how much land must go where it is crossed."""
    if place.below is None:
        return DASH
    to_go = next((one.units for one in place.standing.distances if one.line is place.line and one.ratio == RATIO), None)
    if to_go:
        return tr("over, {mu} mu to go", mu=_mu(to_go))
    return tr("{points} points below", points=decimal_text(place.below * 100, 2))


def _cells(place: Place, board: Board, number: int) -> Dict[str, str]:
    figures, standing = place.standing.row.figures, place.standing
    return {"序号": str(number), "乡镇": place.name, "违法宗数": str(figures.get("illegal", 0)),
            "违法耕地": _mu(figures.get("illegal_cultivated_units", 0)), "比例": _ratio(standing, board), "距线": _distance(place),
            "新增": str(place.new), "已整改": str(_rectified(standing)), "在办": str(standing.open_cases), "逾期": str(standing.overdue_cases),
            "说明": "✓" if place.reasons else " "}


def _rectified(standing: Standing) -> int:
    ratio = standing.row.ratios.get("rectified_count")
    return int(ratio.numerator) if ratio is not None else int(standing.row.figures.get("rectified", 0))


def _ledgers(found: Bulletin) -> List[Tuple[str, int, int]]:
    return [(say(name), *found.board.county.ledgers.get(kind, (0, 0))) for kind, name in found.board.ledgers.items()]


#: What a template may name, besides the fields of its rows; pictures stand where their field does.
FIELDS = ("标题", "县", "范围", "截止日", "已知时点", "封印码", "新增月份", "情况", "全县比例", "超线个数", "乡镇个数", "违法宗数", "违法耕地",
          "已整改", "在办", "逾期", "图表", "地图")
LISTS: Mapping[str, Tuple[str, ...]] = {
    "各乡镇": ("序号", "乡镇", "违法宗数", "违法耕地", "比例", "距线", "新增", "已整改", "在办", "逾期", "说明"),
    "须说明": ("乡镇", "原因"), "台账": ("名称", "未办结", "逾期")}
_KNOWN = frozenset((*FIELDS, *LISTS, *(name for names in LISTS.values() for name in names)))


def values_of(found: Bulletin) -> Dict[str, Any]:
    """Every field of a template with its value."""
    county, places = found.board.county, found.places
    figures = county.row.figures
    return {
        "标题": tr("Bulletin on land enforcement"), "县": found.county, "范围": say(said_of(found.board.scope)), "截止日": found.day.isoformat(),
        "已知时点": found.known_at, "封印码": found.seal, "新增月份": found.month or say(said_of(found.board.scope)), "情况": found.text,
        "全县比例": _ratio(county, found.board), "超线个数": str(sum(place.below is not None and place.below < 0 for place in places)),
        "乡镇个数": str(len(places)), "违法宗数": str(figures.get("illegal", 0)), "违法耕地": _mu(figures.get("illegal_cultivated_units", 0)),
        "已整改": str(_rectified(county)), "在办": str(county.open_cases), "逾期": str(county.overdue_cases),
        "图表": mark("chart"), "地图": mark("map"),
        "各乡镇": [_cells(place, found.board, number) for number, place in enumerate(places, 1)],
        "须说明": [{"乡镇": place.name, "原因": _why(place)} for place in places if place.reasons],
        "台账": [{"名称": name, "未办结": str(open_), "逾期": str(late)} for name, open_, late in _ledgers(found)]}


def _why(place: Place) -> str:
    return tr("; ").join(say(reason) for reason in place.reasons)


# --- pictures -----------------------------------------------------------------------------------------------------------------


def _colour(place: Place) -> Tuple[str, bool]:
    """Colour and whether it is hatched: what is over its line shows without colour too."""
    if place.below is None or place.line is None:
        return _NONE, False
    if place.below < 0:
        return _OVER, True
    return (_CLOSE if 1 - place.below / (place.line.percent / 100) >= _NEAR else _UNDER), False


def paint_chart(painter: QPainter, found: Bulletin, x: float, y: float, width: float, height: float) -> None:
    """Shares of the townships as bars, the furthest over first, each with the line that holds for it."""
    shown = [place for place in found.places if place.below is not None and place.line is not None][:24]
    Laid(tr("Illegal cultivated land after deduction, in percent"), Look(8, True), width).paint(painter, x, y)
    if not shown:
        Laid(tr("Nothing to draw"), SMALL, width).paint(painter, x, y + 8)
        return
    values = [float(place.standing.row.ratios[RATIO].value or 0) * 100 for place in shown]
    most = max([*values, *(float(place.line.percent) for place in shown if place.line is not None)]) * 1.08
    top, left, right = y + 6, x + 19, x + width - 14
    each = min((height - 8) / len(shown), 6.0)
    for number, (place, value) in enumerate(zip(shown, values)):
        at, (colour, is_hatched) = top + number * each, _colour(place)
        look = Look(min(7.0, each * 1.5), align=Qt.AlignmentFlag.AlignRight)
        Laid(shortened(place.name, look, 17), look, 18).paint(painter, x, at)
        bar = box(left, at + each * 0.15, max((right - left) * value / most, 0.2), each * 0.7)
        painter.fillRect(bar, QColor(colour))
        if is_hatched:
            painter.fillRect(bar, _hatching())
        limit = left + (right - left) * float(place.line.percent if place.line else 0) / most
        rule(painter, limit, at, limit, at + each, "#222222", 0.35)
        figure = Laid(_ratio(place.standing, found.board), Look(min(6.5, each * 1.4)), 15)
        figure.paint(painter, max(left + (right - left) * value / most, limit) + 0.6, at)
    Laid(tr("│ the line that holds for the township; hatched: over it"), Look(6.5, colour=GREY), width).paint(
        painter, x, top + len(shown) * each + 0.8)


def _hatching() -> Any:
    return QBrush(QColor(255, 255, 255, 150), Qt.BrushStyle.BDiagPattern)


def paint_map(painter: QPainter, found: Bulletin, x: float, y: float, width: float, height: float) -> None:
    """The townships in the colour of their distance to the line."""
    Laid(tr("Townships by their distance to the line"), Look(8, True), width).paint(painter, x, y)
    wkb = next((one for _code, _name, one in found.townships if one), None)
    county = County(found.townships, Ground(found.crs, wkb), width, height - 14)
    by_code = {place.standing.row.code: place for place in found.places}

    def fill(code: str) -> Tuple[str, bool]:
        return _colour(by_code[code]) if code in by_code else (_NONE, False)

    county.paint_values(painter, x, y + 6, fill, lambda code: by_code[code].name if code in by_code else "")
    left = x
    for colour, text in ((_OVER, tr("over")), (_CLOSE, tr("four fifths of it")), (_UNDER, tr("below")), (_NONE, tr("no line or no share"))):
        painter.fillRect(box(left, y + height - 5, 4, 3), QColor(colour))
        painter.setPen(QPen(QColor(FAINT), 0.1 * UNITS))
        painter.drawLine(QPointF(left * UNITS, (y + height - 2) * UNITS), QPointF((left + 4) * UNITS, (y + height - 2) * UNITS))
        laid = Laid(text, Look(6.5), 40)
        laid.paint(painter, left + 5, y + height - 5.3)
        left += 8 + laid.widest


def _png(found: Bulletin, paint: Any, size: Tuple[float, float]) -> bytes:
    image = on_image(*size, _DOTS, lambda painter: paint(painter, found, 0, 0, *size))
    content, buffer = QByteArray(), QBuffer()
    buffer.setBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return bytes(content.data())


# --- Word ---------------------------------------------------------------------------------------------------------------------


#: Letters of text and table in points, and how many who must report are listed: from what a small county lets be to the largest's.
_DENSITIES = ((16.0, 12.0, 60), (14.0, 10.5, 60), (12.0, 9.0, 60), (10.5, 8.0, 60), (9.0, 7.0, 50), (8.0, 6.0, 40), (7.0, 5.0, 40),
              (6.0, 4.0, 40))
#: No county of China has so many townships.
_MOST_PLACES = 70
#: What tells of what a page is: it stands on every page.
_ABOUT = ("范围", "截止日", "已知时点", "封印码")


def our_template(density: Tuple[float, float, int] = _DENSITIES[0]) -> bytes:
    """The template that is used where the office has none; it may be changed in Word or WPS."""
    letters, small, _most = density
    row = LISTS["各乡镇"]
    cells = ["{{%s}}" % name for name in row]
    cells[0], cells[-1] = "{{#各乡镇}}" + cells[0], cells[-1] + "{{/各乡镇}}"
    blocks = [
        Paragraph(tr("{county}: bulletin on land enforcement", county="{{县}}"), TITLE),
        Paragraph(tr("{scope}, as of {day}", scope="{{范围}}", day="{{截止日}}"), PLAIN), Paragraph("{{情况}}", BODY),
        Table([_heads(), cells], (0.6, 1.9, 0.9, 1.2, 1.2, 2.0, 0.8, 0.9, 0.8, 0.8, 0.8)),
        Paragraph(_in_sum({name: "{{%s}}" % name for name in FIELDS}), PLAIN),
        Paragraph(tr("Townships by their distance to the line"), HEADING, breaks_before=True), Table([["{{图表}}", "{{地图}}"]], (1, 1)),
        Paragraph("{{?须说明}}", PLAIN), Paragraph(tr("Who must report"), HEADING),
        Table([[tr("Township"), tr("Reason")], ["{{#须说明}}{{乡镇}}", "{{原因}}{{/须说明}}"]], (1, 4)), Paragraph("{{/须说明}}", PLAIN),
        Paragraph("{{?台账}}", PLAIN), Paragraph(tr("Ledgers"), HEADING),
        Table([[tr("Ledger"), tr("Not settled"), tr("Overdue")], ["{{#台账}}{{名称}}", "{{未办结}}", "{{逾期}}{{/台账}}"]], (4, 1, 1)),
        Paragraph("{{/台账}}", PLAIN)]
    about = " · ".join(("{{县}} {{范围}}", tr("as of {day}", day="{{截止日}}"), tr("known at {moment}", moment="{{已知时点}}"),
                        tr("Seal of the register: {seal}", seal="{{封印码}}")))
    sizes = {CELL: small, BODY: letters, PLAIN: letters, HEADING: letters, TITLE: max(letters * 1.375, 11)}
    return new_document(blocks, about, sizes=sizes)


def _heads() -> List[str]:
    """Of the table of townships."""
    return [tr("No."), tr("Township"), tr("Illegal"), tr("Illegal cultivated (mu)"), tr("Share after deduction"),
            tr("Distance to the line"), tr("New"), tr("Rectified"), tr("Open cases"), tr("Overdue"), tr("Must report")]


def _in_sum(values: Mapping[str, Any]) -> str:
    """What the table comes to."""
    return tr("{over} of {n} townships are over their line; the county's share after deduction is {share}. New: illegal patches of "
              "{month}.", over=values["超线个数"], n=values["乡镇个数"], share=values["全县比例"], month=values["新增月份"])


def _ours(found: Bulletin, pictures: Mapping[str, Picture]) -> Tuple[Template, Dict[str, Any]]:
    """Our template and its values, with letters so large as two pages let them be."""
    values, least, most = values_of(found), 0, len(_DENSITIES) - 1

    def with_letters(number: int) -> Tuple[Template, Dict[str, Any]]:
        return Template.of(our_template(_DENSITIES[number]), tr("our template")), _shortened(values, _DENSITIES[number][2])

    while least < most:
        middle = (least + most) // 2
        made, said = with_letters(middle)
        fits = pages_at_most(with_pictures(made.filled(said).content, pictures)) <= _PAGES
        least, most = (least, middle) if fits else (middle + 1, most)
    return with_letters(least)


def _shortened(values: Dict[str, Any], most: int) -> Dict[str, Any]:
    """Lists no longer than two pages hold; how much more there is stands in their last row."""
    told, places = values["须说明"], values["各乡镇"]
    if len(told) > most:
        told = [*told[:most], {"乡镇": "…", "原因": tr("… and {n} more in the register", n=len(told) - most)}]
    if len(places) > _MOST_PLACES:
        rest = dict.fromkeys(LISTS["各乡镇"], "…")
        places = [*places[:_MOST_PLACES], {**rest, "距线": tr("… and {n} more in the register", n=len(places) - _MOST_PLACES)}]
    return {**values, "须说明": told, "各乡镇": places}


def _pictures(found: Bulletin) -> Dict[str, Picture]:
    return {"chart": Picture(_png(found, paint_chart, _CHART), 75, 75 * _CHART[1] / _CHART[0]),
            "map": Picture(_png(found, paint_map, _MAP), 75, 75 * _MAP[1] / _MAP[0])}


def write_docx(found: Bulletin, own: Optional[Path], target: Path, inputs: Iterable[Path]) -> List[Message]:
    """Fill the office's ``own`` template (or ours); what to know: fonts that are not here, fields without a value, pages of an own
    template that do not say of what they are, more pages than two.

    InputError names the template's unknown fields or what keeps it from being read; then nothing is written."""
    pictures = _pictures(found)
    made, values = _ours(found, pictures) if own is None else (Template.read(own), values_of(found))
    wrong = made.problems(lambda name: name in _KNOWN)
    if wrong:
        raise InputError("Template {file}: {problem} ({n} in all)", "Use the fields {known}.", file=made.file, problem=wrong[0],
                         n=len(wrong), known=" ".join((*FIELDS, *LISTS)))
    filled = made.filled(values)
    content = with_pictures(filled.content, pictures)
    write_whole(target, content, inputs)
    said = [message("The template's font {font} is not installed here; another stands in for it.", font=name)
            for name in named_fonts(made) if not is_installed(name)]
    lacking, pages = not_on_every_page(made, _ABOUT), pages_at_most(content)
    if lacking:
        said.append(message("Not every page of the template {file} says of what it is: put {fields} into its footer.", file=made.file,
                            fields=" ".join("{{%s}}" % name for name in lacking)))
    if pages > _PAGES:
        said.append(message("With the template {file} the bulletin may have up to {n} pages: take smaller letters or fewer columns for "
                            "two.", file=made.file, n=pages))
    return said + ([message("These fields had no value: {fields}.", fields=", ".join(filled.missing))] if filled.missing else [])


# --- PDF ----------------------------------------------------------------------------------------------------------------------


def write_two_pages(found: Bulletin, target: Path, inputs: Iterable[Path]) -> List[Message]:
    """The bulletin as PDF: townships on the first page, pictures, ledgers and who must report on the second."""
    flow = _first_page(found)
    flow.new_page()
    left, top = flow.left, flow.y
    flow.paint(lambda painter: paint_chart(painter, found, left, top, *_CHART))
    flow.paint(lambda painter: paint_map(painter, found, left + _CHART[0] + 6, top, *_MAP))
    flow.y += _CHART[1] + 4
    _lists(found, flow)

    def edges(painter: QPainter, number: int, pages: int) -> None:
        Laid(found.scope_line, SMALL, 150).paint(painter, 18, 280)
        Laid(tr("Seal of the register: {seal}", seal=found.seal), SMALL, 150).paint(painter, 18, 284.5)
        Laid(tr("Page {n} of {pages}", n=number, pages=pages), Look(7.5, colour=GREY, align=Qt.AlignmentFlag.AlignRight), 40).paint(
            painter, 152, 284.5)

    with one_given_out(target, inputs) as draft:
        write_pdf(draft, flow.pages[:_PAGES], edges, f"{found.county} {values_of(found)['标题']}")
    return [text for text in (font_trouble(),) if text is not None]


def _first_page(found: Bulletin) -> Flow:
    """With letters as large as the table of all townships lets them be."""
    shares = (0.6, 1.45, 0.9, 1.4, 1.3, 2.0, 0.7, 1.25, 0.9, 1.2, 0.9)
    columns = [Column(head, share, number not in (1, 5, 10)) for number, (head, share) in enumerate(zip(_heads(), shares))]
    rows = [list(_cells(place, found.board, number).values()) for number, place in enumerate(found.places, 1)]
    for size in (8.5, 7.5, 6.5, 5.5, 4.5):
        flow = Flow(top=18.0, bottom=277.0)
        flow.text(tr("{county}: bulletin on land enforcement", county=found.county), TITLE_LOOK, after=0.6)
        flow.text(found.scope_line, SMALL, after=1.5)
        flow.text(found.text, Look(10 if size > 7 else 8.5), after=2.0)
        flow.table(columns, rows, Look(size))
        flow.text(_in_sum(values_of(found)), SMALL)
        if len(flow.pages) == 1:
            return flow
    del flow.pages[1:]
    return flow


def _lists(found: Bulletin, flow: Flow) -> None:
    told = [place for place in found.places if place.reasons]
    flow.section(tr("Who must report"))
    shown = told[:40]
    if shown:
        flow.facts([(place.name, _why(place)) for place in shown], 2, 0.2)
    else:
        flow.text(tr("No township is over its line, and nothing is overdue."))
    if len(told) > len(shown):
        flow.text(tr("… and {n} more in the register", n=len(told) - len(shown)), SMALL)
    ledgers = _ledgers(found)
    if ledgers:
        flow.section(tr("Ledgers"))
        flow.facts([(name, tr("{open} not settled, {late} overdue", open=open_, late=late)) for name, open_, late in ledgers], 2, 0.45)


def write_bulletin(register: Register, scope: Scope, own: Optional[Path], target: Path, inputs: Sequence[Path],
                   progress: Progress) -> Tuple[Bulletin, List[Message]]:
    """Write a bulletin as .docx or .pdf, as its name says, from the office's ``own`` template or ours; what to know of it.

    InputError for another ending, or a template with a PDF."""
    kind = target.suffix.lower()
    if kind not in (".docx", ".pdf"):
        raise InputError("{file} is neither .docx nor .pdf.", "Give the bulletin one of these endings.", file=target.name)
    if own is not None and kind == ".pdf":
        raise InputError("A template is filled as .docx.", "Give the bulletin the ending .docx; print it to PDF from Word or WPS.")
    found = read_bulletin(register, scope, progress.part(0.0, 0.9))
    said = write_docx(found, own, target, inputs) if kind == ".docx" else write_two_pages(found, target, inputs)
    progress.step(1.0)
    return found, said
