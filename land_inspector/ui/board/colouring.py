"""The townships on the map, coloured and hatched by a figure, with a legend: a layer of the project that goes with the plugin."""
from __future__ import annotations

from typing import Any, List, Optional, Sequence, Tuple

from qgis.core import (
    QgsFeature,
    QgsFillSymbol,
    QgsGeometry,
    QgsProject,
    QgsRuleBasedRenderer,
    QgsSimpleFillSymbolLayer,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import Qt

from ...compat import make_field
from ...i18n import tr, user_locale
from ...law.areas import DASH
from ...register.board import Board, Standing
from ...register.views.parcels import township_outlines
from ...register.register import Register
from .models import StandingsModel

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
