"""The tables of the board for Qt: townships with what would be beside what is, the county last whatever the order; and the parcels behind a
figure, each of which can be ticked "as if", and nothing is recorded by it.
"""
from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple

import pandas as pd
from qgis.core import (
    QgsFeature, QgsFillSymbol, QgsGeometry, QgsProject, QgsRuleBasedRenderer, QgsSimpleFillSymbolLayer, QgsVectorLayer,
)
from qgis.PyQt.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt, pyqtSignal
from qgis.PyQt.QtGui import QFont

from ...compat import make_field
from ...i18n import say, tr, user_locale
from ...law.areas import DASH, UNITS_PER_MU, decimal_text, percent_text
from ...law.indicators import Ratio
from ...law.townships import NOWHERE, sides
from ...law.what_if import LEGAL, OTHER, Outcome, RECTIFIED, day_of
from ...register.board import Board, Distance, Standing
from ...register.register import Register
from ...register.views.parcels import township_outlines
from ..shell import map_layers
from ..widgets.rows import FlatModel


#: What a cell is asked for under this role is compared when the table is sorted.
SORT = int(Qt.ItemDataRole.UserRole) + 1
#: How headings stand: a table that gives them two lines shows more of them.
WRAPPED = int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextWordWrap)
_RATIOS = ("r2", "r4")
#: What the keys of the columns of ledgers begin with; the ledger's id follows.
LEDGER = "ledger:"


@dataclass(frozen=True)
class Heading:
    """A column: ``key`` names the figure that it shows (and that :meth:`Board.behind` knows)."""

    key: str
    text: str
    tip: str


class StandingsModel(FlatModel, QAbstractTableModel):
    """``sorted_by`` tells that the order changed."""

    sorted_by = pyqtSignal()

    def __init__(self, parent: Optional[QObject] = None):
        super().__init__(parent)
        self._board: Optional[Board] = None
        self._outcomes: Dict[Optional[str], Outcome] = {}
        self._rows: List[Standing] = []
        self.headings: List[Heading] = []
        self.COLUMNS = 0

    def show(self, board: Optional[Board]) -> None:
        """Another board, or none."""
        self.beginResetModel()
        self._board, self._outcomes = board, {}
        self._rows = [*board.standings, board.county] if board else []
        self.headings = _headings(board) if board else []
        self.COLUMNS = len(self.headings)
        self.endResetModel()

    def show_outcomes(self, outcomes: Mapping[Optional[str], Outcome]) -> None:
        """What would be; empty for nothing ticked."""
        self._outcomes = dict(outcomes)
        if self._rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, self.COLUMNS - 1))

    @property
    def board(self) -> Optional[Board]:
        """What is shown."""
        return self._board

    def standing(self, row: int) -> Standing:
        """The township of a row."""
        return self._rows[row]

    def code(self, row: int) -> Optional[str]:
        """The code of a row's township; None for the county."""
        return None if self._board is None or self._rows[row] is self._board.county else self._rows[row].row.code

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal or section >= len(self.headings):
            return None
        heading = self.headings[section]
        return {int(Qt.ItemDataRole.DisplayRole): heading.text, int(Qt.ItemDataRole.ToolTipRole): heading.tip,
                int(Qt.ItemDataRole.TextAlignmentRole): WRAPPED}.get(int(role))

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not self._holds(index):
            return None
        standing, key = self._rows[index.row()], self.headings[index.column()].key
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self.text(standing, key)
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tip(standing, key)
        if role == SORT:
            return self.value(standing, key)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignLeft if index.column() == 0 else Qt.AlignmentFlag.AlignRight
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.FontRole and (standing is self._board.county or self._is_crossed(standing, key)):
            font = QFont()
            font.setBold(True)
            return font
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """By exact values; what has none comes last, the county stays below all."""
        if self._board is None or not 0 <= column < self.COLUMNS:
            return
        key, down = self.headings[column].key, order == Qt.SortOrder.DescendingOrder
        self.layoutAboutToBeChanged.emit()
        known = [(self.value(standing, key), standing) for standing in self._board.standings]
        there = sorted((pair for pair in known if pair[0] is not None), key=lambda pair: pair[0], reverse=down)
        self._rows = [standing for _value, standing in there] + [s for value, s in known if value is None] + [self._board.county]
        self.layoutChanged.emit()
        self.sorted_by.emit()

    # --- cells --------------------------------------------------------------------------------------------------------

    def value(self, standing: Standing, key: str) -> Any:
        """The exact value of a cell; None where there is none."""
        figures, row = standing.row.figures, standing.row
        if key == "name":
            return row.name or row.code
        if key in ("open_cases", "overdue_cases"):
            return getattr(standing, key)
        if key == "patrols":
            return None if row.patrols is None else row.patrols[0]
        if key.startswith(LEDGER):
            return standing.ledgers.get(key[len(LEDGER):], (0, 0))[0]
        if key.startswith("line:"):
            distance = _distance(standing, key)
            return None if distance is None else distance.units
        ratio = self._ratio(standing, key)
        return ratio.value if ratio is not None else figures.get(key)

    def text(self, standing: Standing, key: str) -> str:
        """A cell as it is read; a ratio with what it would be where something is ticked."""
        value = self.value(standing, key)
        if key == "name":
            return str(value) if value else NOWHERE.text(user_locale())
        if value is None:
            return DASH
        if isinstance(value, Fraction):
            return self._ratio_text(standing, key, value)
        if key == "patrols":
            return f"{value} {'✓' if standing.row.patrols[1] else '✗'}"
        late = standing.ledgers[key[len(LEDGER):]][1] if key.startswith(LEDGER) else 0
        return tr("{n} ({late} late)", n=value, late=late) if late else self.said(key, value)

    def said(self, key: str, value: Any) -> str:
        """A value of a column as it is read."""
        if isinstance(value, Fraction):
            return f"{percent_text(value, sides(key, self._board.pack))} %"
        return decimal_text(Fraction(value, UNITS_PER_MU), 2) if key.endswith("_units") or key.startswith("line:") else str(value)

    def _ratio_text(self, standing: Standing, key: str, value: Fraction) -> str:
        text = self.said(key, value)
        outcome = self._outcomes.get(self._key(standing))
        if outcome is None or key not in outcome.then or outcome.then[key] == outcome.now[key]:
            return text
        then = outcome.then[key].value
        return f"{text} → {DASH if then is None else self.said(key, then)}"

    def _tip(self, standing: Standing, key: str) -> str:
        ratio = self._ratio(standing, key)
        if ratio is None:
            return next(h.tip for h in self.headings if h.key == key)
        if key.endswith("_count"):
            return f"{ratio.numerator} / {ratio.denominator}"
        numerator, denominator = (decimal_text(Fraction(part, UNITS_PER_MU), 2) for part in (ratio.numerator, ratio.denominator))
        return tr("{numerator} mu / {denominator} mu", numerator=numerator, denominator=denominator)

    @staticmethod
    def _ratio(standing: Standing, key: str) -> Optional[Ratio]:
        return standing.row.ratios.get(key)

    def _key(self, standing: Standing) -> Optional[str]:
        return None if standing is self._board.county else standing.row.code

    @staticmethod
    def _is_crossed(standing: Standing, key: str) -> bool:
        return any(key == code for code, _line in standing.row.breached) or (
            key.startswith("line:") and bool(getattr(_distance(standing, key), "units", 0)))

    def as_lines(self, written: Callable[[str], str] = str) -> List[List[str]]:
        """The table as it is shown, head first."""
        return [[written(heading.text) for heading in self.headings],
                *([written(self.text(standing, heading.key)) for heading in self.headings] for standing in self._rows)]


def _headings(board: Board) -> List[Heading]:
    found = [Heading("name", tr("Township") if board.by == "XZDM" else tr("Station"), "")]
    found += [Heading(key, text, tip) for key, text, tip in (
        ("illegal", tr("Illegal"), tr("Parcels judged illegal")), ("illegal_units", tr("Illegal (mu)"), tr("Illegal land")),
        ("construction_units", tr("New construction (mu)"), tr("Legal and illegal land together")),
        ("construction_cultivated_units", tr("Of it cultivated (mu)"), tr("New construction on cultivated land")),
        ("illegal_cultivated_units", tr("Illegal cultivated (mu)"), tr("Illegal land that was cultivated")),
        ("r2", tr("Share before deduction"), tr("Illegal cultivated ÷ all newly built cultivated land (r2)")),
        ("r4", tr("Share after deduction"), tr("The same less what is rectified and deducted (r4)")))]
    seen = dict.fromkeys((d.line.code, d.ratio) for s in (*board.standings, board.county) for d in s.distances if d.ratio in _RATIOS)
    lines = {line.code: line for line in board.pack.thresholds}
    for code, ratio in seen:
        name = lines[code].name.text(user_locale())
        found.append(Heading(f"line:{code}:{ratio}", tr("To go: {line}, {ratio} (mu)", line=name, ratio=ratio),
                             tr("The least that must leave the numerator of {ratio} for the line not to be crossed", ratio=ratio)))
    return found + [Heading(key, text, tip) for key, text, tip in (
        ("rectified_count", tr("Rectified (parcels)"), ""), ("rectified_area", tr("Rectified (area)"), ""),
        ("rectified_cultivated", tr("Rectified (cultivated)"), ""),
        ("open_cases", tr("Open cases"), tr("Cases that are not closed")),
        ("overdue_cases", tr("Overdue cases"), tr("Open cases with a deadline that has passed")),
        ("undecided", tr("Not judged"), tr("Parcels without a verdict")))] + _kept(board)


def _kept(board: Board) -> List[Heading]:
    """Patrols and ledgers, where the office keeps them."""
    found = [Heading(f"{LEDGER}{kind}", say(name), tr("Matters not settled, of them overdue; Enter opens the ledger"))
             for kind, name in board.ledgers.items()]
    if any(standing.row.patrols is not None for standing in board.standings):
        found.insert(0, Heading("patrols", tr("Patrols"), tr("Patrols that count in these months, and whether they are enough")))
    return found


def _distance(standing: Standing, key: str) -> Optional[Distance]:
    _line, code, ratio = key.split(":")
    return next((d for d in standing.distances if d.line.code == code and d.ratio == ratio), None)


def lines_of(board: Board, ratio: str, code: Optional[str]) -> List[Tuple[str, Fraction]]:
    """Names and values (parts of 1) of the lines drawn for a ratio of a row."""
    standing = board.county if code is None else next((s for s in board.standings if s.row.code == code), board.county)
    return [(d.line.name.text(user_locale()), d.line.percent / 100) for d in standing.distances if d.ratio == ratio]


# --- the parcels behind a figure ------------------------------------------------------------------------------------------

NUMBER, BATCH, TOWNSHIP, VERDICT, AREA, CULTIVATED, STATE = range(7)
_LEVELS = ("0", "1", "2", "3")


def wish_texts() -> Dict[str, str]:
    """What a ticked parcel is taken to be, in the user's language."""
    return {RECTIFIED: tr("as if rectified"), LEGAL: tr("as if legal"), OTHER: tr("as if other")}


def wish_text(wish: str) -> str:
    """One wish in words; of an acceptance with its day."""
    day = day_of(wish)
    return wish_texts()[wish] if day is None else tr("as if accepted on {day}", day=day.isoformat())


class ParcelsModel(FlatModel, QAbstractTableModel):
    """``ticked`` tells that the ticks changed. Only illegal parcels can be ticked."""

    ticked = pyqtSignal()
    COLUMNS = 7

    def __init__(self, parent: Optional[QObject] = None):
        super().__init__(parent)
        self._frame = pd.DataFrame()
        self._rows: List[int] = []
        self.ticks: Dict[str, str] = {}
        self.wish = RECTIFIED

    def show(self, frame: pd.DataFrame) -> None:
        """Other parcels; ticks stay, also of parcels that are not shown."""
        self.beginResetModel()
        self._frame, self._rows = frame.reset_index(drop=True), list(range(len(frame)))
        self.endResetModel()

    def set_ticks(self, ticks: Mapping[str, str]) -> None:
        """All ticks at once."""
        self.ticks = dict(ticks)
        self._retold()

    def tick_all(self, is_on: bool) -> None:
        """Tick, or untick, every illegal parcel that is shown."""
        for key in self._frame.loc[self._frame["illegal"] == 1, "parcel_id"] if len(self._frame) else ():
            self._tick(key, is_on)
        self._retold()

    def ids(self, rows: List[int]) -> List[str]:
        """The parcels of rows."""
        return [str(self._frame["parcel_id"].iat[row]) for row in rows]

    def _retold(self) -> None:
        if self._rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, self.COLUMNS - 1))
        self.ticked.emit()

    def _tick(self, key: str, is_on: bool) -> None:
        if is_on:
            self.ticks[key] = self.wish
        else:
            self.ticks.pop(key, None)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return WRAPPED
        if orientation != Qt.Orientation.Horizontal or role != Qt.ItemDataRole.DisplayRole or section >= self.COLUMNS:
            return None
        return (tr("Number"), tr("Batch"), tr("Township"), tr("Verdict"), tr("Illegal (mu)"), tr("Cultivated (mu)"), tr("State"))[section]

    def flags(self, index: QModelIndex) -> Qt.ItemFlag:
        flags = super().flags(index)
        if self._holds(index) and index.column() == NUMBER and self._frame["illegal"].iat[index.row()] == 1:
            flags |= Qt.ItemFlag.ItemIsUserCheckable
        return flags

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not self._holds(index):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(index.row(), index.column())
        if role == Qt.ItemDataRole.CheckStateRole and self.flags(index) & Qt.ItemFlag.ItemIsUserCheckable:
            is_on = self._frame["parcel_id"].iat[index.row()] in self.ticks
            return Qt.CheckState.Checked if is_on else Qt.CheckState.Unchecked
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() in (AREA, CULTIVATED):
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def setData(self, index: QModelIndex, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.CheckStateRole or not self.flags(index) & Qt.ItemFlag.ItemIsUserCheckable:
            return False
        self._tick(str(self._frame["parcel_id"].iat[index.row()]), Qt.CheckState(value) == Qt.CheckState.Checked)
        self.dataChanged.emit(index, self.index(index.row(), STATE))
        self.ticked.emit()
        return True

    def _text(self, row: int, column: int) -> str:
        if column in (AREA, CULTIVATED):
            units = self._frame["illegal_units" if column == AREA else "illegal_cultivated_units"].iat[row]
            return decimal_text(Fraction(int(units), UNITS_PER_MU), 2)
        if column == VERDICT:
            return map_layers.verdict_name(str(self._frame["PDJL1"].iat[row] or "0"))
        if column == STATE:
            return self._state(row)
        return str(self._frame[{NUMBER: "DKBH", BATCH: "PCBH", TOWNSHIP: "XZMC"}[column]].iat[row] or "")

    def _state(self, row: int) -> str:
        frame = self._frame
        wish = self.ticks.get(str(frame["parcel_id"].iat[row]))
        if wish is not None and frame["illegal"].iat[row] == 1:
            return wish_text(wish)
        said = [text for name, text in (("rectified", tr("rectified")), ("in_overdue_case", tr("case overdue"))) if name in frame
                and frame[name].iat[row] == 1]
        if not said and frame["in_open_case"].iat[row] == 1:
            said = [tr("open case")]
        return ", ".join(said)


# The townships on the map, coloured and hatched by a figure, with a legend: a layer of the project that goes with the plugin.

_GREEN, _YELLOW, _RED, _GREY = "#c6e6c6", "#ffe9a8", "#f4a6a6", "#dddddd"
#: Below a line, but nearer to it than this share of it.
_NEAR = 0.8
#: Of figures without a line: shades and hatches from none to the largest.
_STEPS = 4
_SHADES = ("#f2f2f2", "#deebf7", "#9ecae1", "#4292c6", "#2171b5")
_HATCHES = (None, None, Qt.BrushStyle.Dense7Pattern, Qt.BrushStyle.BDiagPattern, Qt.BrushStyle.DiagCrossPattern)


class MapColours:
    """At most one layer of its kind."""

    def __init__(self) -> None:
        self._layer_id: Optional[str] = None

    def show(self, register: Register, standings: StandingsModel, figure: str) -> None:
        """Colour the townships by a figure of the board; the layer that was there before goes."""
        self.remove()
        board = standings.board
        heading = next((one.text for one in standings.headings if one.key == figure), figure)
        layer = QgsVectorLayer(f"MultiPolygon?crs={register.meta['crs']}", tr("Townships: {ratio}", ratio=heading), "memory")
        layer.setCustomProperty("skipMemoryLayersCheck", 1)
        layer.dataProvider().addAttributes([make_field("code", "text"), make_field("name", "text"), make_field("figure", "text"),
                                            make_field("class", "integer")])
        layer.updateFields()
        has_lines = any(d.ratio == figure for s in board.standings for d in s.distances)
        values = {standing.row.code: standings.value(standing, figure) for standing in board.standings}
        bounds = [] if has_lines else _bounds(list(values.values()))
        made = []
        for standing in board.standings:
            place = _class(standing, figure) if has_lines else _step(values[standing.row.code], bounds)
            made += _features(register, board, standing, standings.text(standing, figure), place, layer)
        layer.dataProvider().addFeatures(made)
        layer.setRenderer(_of_lines(board, figure) if has_lines else _of_steps(bounds, figure, standings))
        layer.setOpacity(0.7)
        QgsProject.instance().addMapLayer(layer)
        self._layer_id = layer.id()

    def remove(self) -> None:
        """Take the layer out of the project, if it is still there."""
        if self._layer_id and QgsProject.instance().mapLayer(self._layer_id) is not None:
            QgsProject.instance().removeMapLayer(self._layer_id)
        self._layer_id = None


def _features(register: Register, board: Board, standing: Standing, text: str, place: int, layer: QgsVectorLayer) -> List[QgsFeature]:
    shapes, made = township_outlines(register), []
    codes = [standing.row.code] if board.by == "XZDM" else [t.code for t in shapes.values() if t.station == standing.row.code]
    for code in codes:
        if code in shapes:
            feature, outline = QgsFeature(layer.fields()), QgsGeometry()
            outline.fromWkb(shapes[code].wkb)
            outline.convertToMultiType()
            feature.setGeometry(outline)
            feature.setAttributes([code, standing.row.name, text, place])
            made.append(feature)
    return made


def _bounds(values: Sequence[Any]) -> List[Any]:
    """The least value of each step but the lowest: steps of as equal a number of townships as ties allow."""
    known = sorted(value for value in values if value)
    return sorted({known[len(known) * part // _STEPS] for part in range(1, _STEPS)} - {known[0]}) if known else []


def _step(value: Any, bounds: Sequence[Any]) -> int:
    """0 for none, then 1 … by size."""
    return 0 if not value else 1 + sum(value >= bound for bound in bounds)


def _class(standing: Standing, ratio: str) -> int:
    """0 nothing to divide, 1 well below every line, 2 near one, 3 across one."""
    value = standing.row.ratios[ratio].value
    if value is None:
        return 0
    lines = [d for d in standing.distances if d.ratio == ratio]
    if any(d.line.is_breached(value) for d in lines):
        return 3
    return 2 if any(float(value) >= _NEAR * float(d.line.percent) / 100 for d in lines) else 1


def _of_steps(bounds: Sequence[Any], figure: str, standings: StandingsModel) -> QgsRuleBasedRenderer:
    """Darker and more densely hatched by size."""
    said = [standings.said(figure, bound) for bound in bounds]
    least = tr("below {bound}", bound=said[0]) if said else tr("some")
    names = [tr("none"), least, *(tr("from {bound}", bound=text) for text in said)]
    return _rules([(number, name, _SHADES[number], _HATCHES[number]) for number, name in enumerate(names)][::-1])


def _of_lines(board: Board, ratio: str) -> QgsRuleBasedRenderer:
    """Hatched where a line is crossed, dotted near one: colour is never the only sign."""
    names = "、".join(dict.fromkeys(d.line.name.text(user_locale()) for s in board.standings for d in s.distances if d.ratio == ratio))
    classes: Tuple[Tuple[int, str, str, Optional[Qt.BrushStyle]], ...] = (
        (3, tr("line crossed ({lines})", lines=names or DASH), _RED, Qt.BrushStyle.BDiagPattern),
        (2, tr("near a line (from 80 % of it)"), _YELLOW, Qt.BrushStyle.Dense6Pattern),
        (1, tr("below the lines"), _GREEN, None), (0, tr("nothing to divide"), _GREY, None))
    return _rules(classes)


def _rules(classes: Sequence[Tuple[int, str, str, Optional[Qt.BrushStyle]]]) -> QgsRuleBasedRenderer:
    root = QgsRuleBasedRenderer.Rule(None)
    for number, text, colour, pattern in classes:
        symbol = QgsFillSymbol.createSimple({"color": colour, "outline_color": "#444444", "outline_width": "0.3"})
        if pattern is not None:
            hatch = QgsSimpleFillSymbolLayer()
            hatch.setFillColor(Qt.GlobalColor.black)
            hatch.setBrushStyle(pattern)
            hatch.setStrokeStyle(Qt.PenStyle.NoPen)
            symbol.appendSymbolLayer(hatch)
        root.appendChild(QgsRuleBasedRenderer.Rule(symbol, filterExp=f'"class" = {number}', label=text))
    return QgsRuleBasedRenderer(root)
