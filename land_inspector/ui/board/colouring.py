"""The townships on the map, coloured and hatched by a ratio, with a legend: a layer of the project that goes with the plugin."""
from __future__ import annotations

from typing import List, Optional, Tuple

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
from ...law.areas import DASH, percent_text
from ...law.townships import sides
from ...register.board import Board, Standing
from ...register.views.townships import township_outlines
from ...register.register import Register

_GREEN, _YELLOW, _RED, _GREY = "#c6e6c6", "#ffe9a8", "#f4a6a6", "#dddddd"
#: Below a line, but nearer to it than this share of it.
_NEAR = 0.8


class MapColours:
    """At most one layer of its kind."""

    def __init__(self) -> None:
        self._layer_id: Optional[str] = None

    def show(self, register: Register, board: Board, ratio: str) -> None:
        """Colour the townships by a ratio; the layer that was there before goes."""
        self.remove()
        layer = QgsVectorLayer(f"MultiPolygon?crs={register.meta['crs']}", tr("Townships: {ratio}", ratio=ratio), "memory")
        layer.setCustomProperty("skipMemoryLayersCheck", 1)
        layer.dataProvider().addAttributes([make_field("code", "text"), make_field("name", "text"), make_field("ratio", "text"),
                                            make_field("class", "integer")])
        layer.updateFields()
        layer.dataProvider().addFeatures(list(self._features(register, board, ratio, layer)))
        layer.setRenderer(_renderer(board, ratio))
        layer.setOpacity(0.7)
        QgsProject.instance().addMapLayer(layer)
        self._layer_id = layer.id()

    @staticmethod
    def _features(register: Register, board: Board, ratio: str, layer: QgsVectorLayer) -> List[QgsFeature]:
        shapes, made = township_outlines(register), []
        checks = sides(ratio, board.pack)
        for standing in board.standings:
            codes = [standing.row.code] if board.by == "XZDM" else [t.code for t in shapes.values() if t.station == standing.row.code]
            value = standing.row.ratios[ratio].value
            for code in codes:
                if code in shapes:
                    feature, outline = QgsFeature(layer.fields()), QgsGeometry()
                    outline.fromWkb(shapes[code].wkb)
                    outline.convertToMultiType()
                    feature.setGeometry(outline)
                    text = DASH if value is None else f"{percent_text(value, checks)} %"
                    feature.setAttributes([code, standing.row.name, text, _class(standing, ratio)])
                    made.append(feature)
        return made

    def remove(self) -> None:
        """Take the layer out of the project, if it is still there."""
        if self._layer_id and QgsProject.instance().mapLayer(self._layer_id) is not None:
            QgsProject.instance().removeMapLayer(self._layer_id)
        self._layer_id = None


def _class(standing: Standing, ratio: str) -> int:
    """0 nothing to divide, 1 well below every line, 2 near one, 3 across one."""
    value = standing.row.ratios[ratio].value
    if value is None:
        return 0
    lines = [d for d in standing.distances if d.ratio == ratio]
    if any(d.line.is_breached(value) for d in lines):
        return 3
    return 2 if any(float(value) >= _NEAR * float(d.line.percent) / 100 for d in lines) else 1


def _renderer(board: Board, ratio: str) -> QgsRuleBasedRenderer:
    """Hatched where a line is crossed, dotted near one: colour is never the only sign."""
    names = "、".join(dict.fromkeys(d.line.name.text(user_locale()) for s in board.standings for d in s.distances if d.ratio == ratio))
    classes: Tuple[Tuple[int, str, str, Optional[Qt.BrushStyle]], ...] = (
        (3, tr("line crossed ({lines})", lines=names or DASH), _RED, Qt.BrushStyle.BDiagPattern),
        (2, tr("near a line (from 80 % of it)"), _YELLOW, Qt.BrushStyle.Dense6Pattern),
        (1, tr("below the lines"), _GREEN, None), (0, tr("nothing to divide"), _GREY, None))
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
