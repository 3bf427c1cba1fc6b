"""A patrol's route card: one page of paper (A4) with the map, the targets in their order, and the photo directions still missing."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import List, Optional, Sequence, Tuple

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCoordinateTransformContext,
    QgsDistanceArea,
    QgsFeature,
    QgsFillSymbol,
    QgsGeometry,
    QgsLineSymbol,
    QgsMapLayer,
    QgsMapRendererCustomPainterJob,
    QgsMapSettings,
    QgsMarkerSymbol,
    QgsPointXY,
    QgsRectangle,
    QgsSingleSymbolRenderer,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QRectF, QSize, QSizeF, Qt
from qgis.PyQt.QtGui import QColor, QFont, QImage, QPainter, QPageSize, QPdfWriter, QPen

from ..errors import InputError, message
from ..i18n import say, tr, user_locale
from ..law.codes import label
from ..progress import Progress
from ..register.patrolling import Target
from ..register.register import Register
from ..register.state import Patrol
from .atomic_files import one_given_out
from .patrol_plan import KIND_NAMES, PlannedWay
from .styles import show_label


_DPI = 150
_MARGIN, _WIDTH, _HEIGHT = 12.0, 210.0, 297.0
_MAP_HEIGHT = 140.0
_MOST_LINES = 22
#: Outlines of more parcels than these hide one another at the card's scale.
_MOST_PARCELS = 3000
#: Lengths of a scale bar, metres.
_ROUND_M = (50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000)
_GREY = QColor("#5f6368")


@dataclass(frozen=True)
class Card:
    """What stands on the card: the planned patrol, its way, who walks it (names; empty where they stay in the office)."""

    patrol: Patrol
    way: PlannedWay
    officers: Sequence[str] = ()
    county: str = ""


def write_route_card(register: Register, target: Path, card: Card, *, roads: Optional[QgsVectorLayer] = None,
                     background: Sequence[QgsMapLayer] = (), progress: Optional[Progress] = None) -> None:
    """Write the card as a PDF. InputError where it cannot be written, or the patrol has no target."""
    progress = progress or Progress()
    if not card.way.targets:
        raise InputError("The patrol of {day} has no target.", "Choose its targets first.", day=card.patrol.XCRQ)
    progress.step(0.1, message("Drawing the map"))
    picture, metres = _map(register, card.way, roads, background)
    progress.step(0.7, message("Writing the card"))
    with one_given_out(target) as draft:
        writer = QPdfWriter(str(draft))
        writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
        writer.setResolution(_DPI)
        writer.setTitle(tr("Route card"))
        margins = writer.pageLayout()
        margins.setMode(margins.Mode.FullPageMode)
        writer.setPageLayout(margins)
        painter = QPainter()
        if not painter.begin(writer):
            raise InputError("{file} cannot be written.", "Choose another place, or close the program that has it open.", file=target.name)
        try:
            _paint(_Page(painter, writer.width() / _WIDTH), card, picture, metres)
        finally:
            painter.end()


class _Page:
    """A painter that speaks millimetres."""

    def __init__(self, painter: QPainter, per_mm: float):
        self.painter, self.per_mm = painter, per_mm

    def text(self, x: float, y: float, width: float, height: float, said: str, size: float = 10.0, bold: bool = False,
             colour: QColor = QColor("#000000"), flags: int = 0) -> None:
        """One box of text, broken between words and cut off where it is too long."""
        font = QFont()
        font.setPixelSize(max(int(size * 0.3528 * self.per_mm), 1))
        font.setBold(bold)
        self.painter.setFont(font)
        self.painter.setPen(QPen(colour))
        box = QRectF(x * self.per_mm, y * self.per_mm, width * self.per_mm, height * self.per_mm)
        usual = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap
        self.painter.drawText(box, int(flags or usual), said)

    def line(self, y: float, colour: QColor = QColor("#c0c0c0")) -> None:
        """Across the page."""
        self.painter.setPen(QPen(colour, 0.2 * self.per_mm))
        self.painter.drawLine(int(_MARGIN * self.per_mm), int(y * self.per_mm), int((_WIDTH - _MARGIN) * self.per_mm), int(y * self.per_mm))

    def image(self, picture: QImage, y: float, height: float) -> None:
        """As wide as the page's text, with a frame."""
        box = QRectF(_MARGIN * self.per_mm, y * self.per_mm, (_WIDTH - 2 * _MARGIN) * self.per_mm, height * self.per_mm)
        self.painter.drawImage(box, picture)
        self.painter.setPen(QPen(QColor("#000000"), 0.2 * self.per_mm))
        self.painter.drawRect(box)


def _scale_bar(page: _Page, metres: float) -> None:
    """A bar of a round length in the map's lower left corner; ``metres`` the map is wide."""
    wide = _WIDTH - 2 * _MARGIN
    length = max(one for one in _ROUND_M if one <= metres / 4 or one == _ROUND_M[0])
    bar, y = length / metres * wide, 33 + _MAP_HEIGHT - 4
    page.painter.setPen(QPen(QColor("#000000"), 0.6 * page.per_mm))
    left, right, low = (int(at * page.per_mm) for at in (_MARGIN + 3, _MARGIN + 3 + bar, y))
    page.painter.drawLine(left, low, right, low)
    text = f"{length} m" if length < 1000 else f"{length // 1000} km"
    page.text(_MARGIN + 3, y - 5, 40, 4.5, text, 8, True)


def _paint(page: _Page, card: Card, picture: QImage, metres: float) -> None:
    wide = _WIDTH - 2 * _MARGIN
    row, way = card.patrol, card.way
    page.text(_MARGIN, 10, wide, 9, tr("Route card · {station} · {day}", station=row.ZSDM, day=row.XCRQ), 17, True)
    area = label("XC_QY", row.XCQY, user_locale()) if row.XCQY else ""
    head = [card.county, area, row.XCLX or "", tr(", ").join(card.officers)]
    page.text(_MARGIN, 19, wide, 6, " · ".join(one for one in head if one), 10, colour=_GREY)
    length = tr("{km} km, no tour is shorter than {bound} km", km=f"{way.metres / 1000:.1f}", bound=f"{way.bound_m / 1000:.1f}")
    kind = tr("over the roads") if way.off_road == 0 else tr("straight lines with a detour") if way.off_road is None else tr(
        "over the roads; {n} targets off them", n=way.off_road)
    page.text(_MARGIN, 25, wide, 6, f"{tr('{n} targets', n=len(way.targets))} · {length} · {kind}", 10, colour=_GREY)
    page.image(picture, 33, _MAP_HEIGHT)
    page.text(_WIDTH - _MARGIN - 10, 34, 9, 8, tr("N ↑"), 10, True)
    _scale_bar(page, metres)
    top = 33 + _MAP_HEIGHT + 4
    columns = ((0.0, 8.0), (8.0, 52.0), (60.0, 40.0), (100.0, wide - 118.0), (wide - 18.0, 18.0))
    heads = ("", tr("Target"), tr("Kind"), tr("What to look at"), tr("Seen"))
    for (x, width), text in zip(columns, heads):
        page.text(_MARGIN + x, top, width, 5, text, 9, True)
    page.line(top + 5.5)
    shown = list(way.targets[:_MOST_LINES])
    height = min(8.0, (_HEIGHT - 18 - top - 6) / max(len(shown) + (len(way.targets) > len(shown)), 1))
    for number, one in enumerate(shown, 1):
        y = top + 6 + height * (number - 1)
        _paint_target(page, columns, y, height, number, one)
    if len(way.targets) > len(shown):
        more = tr("and {n} more, on the map and in the GPX", n=len(way.targets) - len(shown))
        page.text(_MARGIN, top + 6 + height * len(shown), wide, height, more, 9, colour=_GREY)
    page.text(_MARGIN, _HEIGHT - 12, wide, 5, tr("Made by Land Inspector. Coordinates WGS 84; a card is a plan and proves no patrol."), 8,
              colour=_GREY)


def _paint_target(page: _Page, columns: Sequence[Tuple[float, float]], y: float, height: float, number: int, one: Target) -> None:
    size = 9.0 if height >= 6 else 7.5
    cells = (str(number), one.name, say(KIND_NAMES[one.kind]), " · ".join(filter(None, (one.why, f"{one.lon:.5f}, {one.lat:.5f}"))), "☐")
    for (x, width), text in zip(columns, cells):
        page.text(_MARGIN + x, y, width - 1.5, height, text, size, bold=number is not None and text == str(number))
    page.line(y + height)


# --- the map ------------------------------------------------------------------------------------------------------------

def _map(register: Register, way: PlannedWay, roads: Optional[QgsVectorLayer], background: Sequence[QgsMapLayer]
         ) -> Tuple[QImage, float]:
    """The map, and how many metres it is wide."""
    system = QgsCoordinateReferenceSystem(register.meta["crs"])
    to_home = QgsCoordinateTransform(QgsCoordinateReferenceSystem("EPSG:4326"), system, QgsCoordinateTransformContext())
    stops = [to_home.transform(QgsPointXY(one.lon, one.lat)) for one in way.targets]
    path = [to_home.transform(QgsPointXY(lon, lat)) for lon, lat in way.way]
    wide, high = (_WIDTH - 2 * _MARGIN) / 25.4 * _DPI, _MAP_HEIGHT / 25.4 * _DPI
    extent = _extent([*stops, *path], QSizeF(wide, high))
    layers: List[QgsMapLayer] = [_stops(stops, system), _path(path, system), *_parcels(register, system, extent),
                                 _townships(register, system)]
    if roads is not None:
        shown = roads.clone()
        shown.setRenderer(QgsSingleSymbolRenderer(QgsLineSymbol.createSimple({"line_color": "#b0a080", "line_width": "0.5"})))
        layers.append(shown)
    settings = QgsMapSettings()
    settings.setDestinationCrs(system)
    settings.setLayers([*layers, *background])
    settings.setBackgroundColor(QColor("#ffffff"))
    settings.setOutputSize(QSize(int(wide), int(high)))
    settings.setOutputDpi(_DPI)
    settings.setExtent(extent)
    image = QImage(settings.outputSize(), QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(QColor("#ffffff"))
    painter = QPainter(image)
    job = QgsMapRendererCustomPainterJob(settings, painter)
    job.renderSynchronously()
    painter.end()
    shown = settings.visibleExtent()
    tape = QgsDistanceArea()
    tape.setSourceCrs(system, QgsCoordinateTransformContext())
    tape.setEllipsoid(system.ellipsoidAcronym() or "EPSG:7030")
    middle = shown.center().y()
    return image, tape.measureLine(QgsPointXY(shown.xMinimum(), middle), QgsPointXY(shown.xMaximum(), middle))


def _extent(points: Sequence[QgsPointXY], shape: QSizeF) -> QgsRectangle:
    box = QgsRectangle()
    box.setMinimal()
    for point in points:
        box.include(point)
    side = max(box.width(), box.height(), 500.0)
    box.grow(0.08 * side)
    ratio = shape.width() / shape.height()
    if box.width() < box.height() * ratio:
        box.grow(0.0)
        extra = (box.height() * ratio - box.width()) / 2
        return QgsRectangle(box.xMinimum() - extra, box.yMinimum(), box.xMaximum() + extra, box.yMaximum())
    return box


def _layer(kind: str, system: QgsCoordinateReferenceSystem, shapes: Sequence[QgsGeometry], names: Sequence[str] = ()) -> QgsVectorLayer:
    layer = QgsVectorLayer(f"{kind}?field=number:integer&field=name:string", "card", "memory")
    layer.setCrs(system)
    features = []
    for number, shape in enumerate(shapes, 1):
        feature = QgsFeature(layer.fields())
        feature.setGeometry(shape)
        feature.setAttributes([number, names[number - 1] if names else ""])
        features.append(feature)
    layer.dataProvider().addFeatures(features)
    return layer


def _stops(stops: Sequence[QgsPointXY], system: QgsCoordinateReferenceSystem) -> QgsVectorLayer:
    layer = _layer("Point", system, [QgsGeometry.fromPointXY(one) for one in stops])
    layer.setRenderer(QgsSingleSymbolRenderer(QgsMarkerSymbol.createSimple(
        {"name": "circle", "color": "#8e24aa", "size": "3.2", "outline_color": "#ffffff", "outline_width": "0.4"})))
    show_label(layer, '"number"', colour="#4a148c", size=10, distance_mm=1.5)
    return layer


def _path(path: Sequence[QgsPointXY], system: QgsCoordinateReferenceSystem) -> QgsVectorLayer:
    layer = _layer("LineString", system, [QgsGeometry.fromPolylineXY(path)] if len(path) > 1 else [])
    layer.setRenderer(QgsSingleSymbolRenderer(QgsLineSymbol.createSimple({"line_color": "#0b57d0", "line_width": "0.8"})))
    return layer


def _parcels(register: Register, system: QgsCoordinateReferenceSystem, extent: QgsRectangle) -> List[QgsVectorLayer]:
    """Outlines of what lies on the map, the illegal ones filled."""
    ids = register.storage.parcels_in((extent.xMinimum(), extent.yMinimum(), extent.xMaximum(), extent.yMaximum()))
    if not 0 < len(ids) <= _MOST_PARCELS:
        return []
    frame = register.storage.frame("parcel", ids=ids)
    shapes, is_illegal = register.storage.shapes(frame["shape_id"]), frame["PDJL1"] == "2"
    looks = ({"color": "197,34,31,70", "outline_color": "#c5221f", "outline_width": "0.4"},
             {"style": "no", "outline_color": "#6b6b6b", "outline_width": "0.3"})
    made = []
    for chosen, look in zip((frame[is_illegal], frame[~is_illegal]), looks):
        layer = _layer("MultiPolygon", system, [_shape(shapes[key]) for key in chosen["shape_id"]])
        layer.setRenderer(QgsSingleSymbolRenderer(QgsFillSymbol.createSimple(look)))
        made.append(layer)
    return made


def _shape(wkb: bytes) -> QgsGeometry:
    shape = QgsGeometry()
    shape.fromWkb(wkb)
    return shape


def _townships(register: Register, system: QgsCoordinateReferenceSystem) -> QgsVectorLayer:
    towns = [town for town in register.township_list() if town.wkb]
    layer = _layer("MultiPolygon", system, [_shape(town.wkb) for town in towns], [town.name for town in towns])
    layer.setRenderer(QgsSingleSymbolRenderer(QgsFillSymbol.createSimple(
        {"style": "no", "outline_color": "#4d4d4d", "outline_width": "0.4", "outline_style": "dash dot"})))
    show_label(layer, '"name"', colour="#4d4d4d", size=9)
    return layer
