"""Maps of single patches for paper: images of their dates, evidence under their outline, where they lie in the county.

A map is drawn by QGIS in threads of its own while pages are laid out; outline, scale bar, north and legend are drawn over it sharp.
Layers are opened once for any number of patches. What cannot be opened is not drawn and said so.
"""
from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

import numpy as np
import shapely
from qgis.core import (
    QgsCategorizedSymbolRenderer,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsFeatureRequest,
    QgsFillSymbol,
    QgsGeometry,
    QgsLinePatternFillSymbolLayer,
    QgsMapLayer,
    QgsMapRendererCustomPainterJob,
    QgsMapSettings,
    QgsProject,
    QgsRasterLayer,
    QgsRectangle,
    QgsRendererCategory,
    QgsSingleSymbolRenderer,
    QgsUnitTypes,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QPointF, QSize, Qt
from qgis.PyQt.QtGui import QBrush, QColor, QImage, QPainter, QPainterPath, QPen, QPolygonF

from ..evidence.profile import LAND_USE, EvidenceLayer
from ..i18n import tr, user_locale
from ..law import codes
from .image_choice import Candidate
from .image_files import Image
from .paper import GREY, INK, UNITS, Laid, Look, box, frame, rule, shortened
from .styles import show_label
from .wording import role_names

#: Dots in a millimetre of a printed map (200 a inch).
DOTS = 8.0
_MOST_OPEN = 64
#: After so many questions the boxes of a layer are kept, where it has no more of them than that.
_OFTEN, _MOST_BOXES = 12, 100_000
#: Scales that people read, and how much of a map the patch fills at most.
_SCALES = (200, 250, 500, 750, 1000, 1500, 2000, 2500, 3000, 4000, 5000, 7500, 10_000, 15_000, 20_000, 25_000, 50_000, 100_000)
_FILL = 0.5
_RED, _HALO = "#d81b1b", "#ffffff"
#: Projections whose metres are not metres on the ground: a map in them would have a wrong scale.
_STRETCHED = frozenset({"EPSG:3857", "EPSG:900913", "EPSG:3395"})


@dataclass(frozen=True)
class Fill:
    """How a kind of evidence is drawn: colour of the ground (none: empty), of the edge, and the angle of its hatching. No two kinds
    differ by colour alone."""

    edge: str
    ground: str = ""
    hatch: Optional[float] = None
    line: str = "solid"


GROUP_FILLS: Mapping[str, Fill] = {"GD": Fill("#9a9a9a", "#f7e7b0"), "FGNYD": Fill("#9a9a9a", "#d3e6c0"),
                                   "JSYD": Fill("#9a9a9a", "#e2d3e6"), "WLYD": Fill("#9a9a9a", "#e3e3e3")}
ROLE_FILLS: Mapping[str, Fill] = {
    "farmland": Fill("#b3261e", hatch=45), "redline": Fill("#8c1d18", hatch=135, line="dash"), "approval": Fill("#0b57d0", hatch=0),
    "supply": Fill("#00695c", hatch=90), "registration": Fill("#6a1b9a", line="dash dot"), "facility": Fill("#2e7d32", line="dash"),
    "temporary": Fill("#ef6c00", line="dot"), "plan": Fill("#ef6c00", line="dash"), "village": Fill("#5d4037", line="dash dot dot"),
    "highways": Fill("#37474f"), "linkage": Fill("#0277bd", line="dash"), "consolidation": Fill("#558b2f", line="dot"),
    "mining": Fill("#4e342e", hatch=60)}
_OTHER = Fill("#455a64", line="dot")


@dataclass(frozen=True)
class Drawn:
    """An evidence layer opened to be drawn; ``groups`` are swatches of its own (groups of land use)."""

    role: str
    name: str
    date: Optional[str]
    layer: QgsVectorLayer
    reach: "Reach"


# --- the map's coordinates ------------------------------------------------------------------------------------------------


class Ground:
    """The CRS in which maps of a register are drawn, in metres on the ground: its own, or a transverse Mercator of the county where its
    own counts in degrees or stretches."""

    def __init__(self, crs: str, somewhere: Optional[bytes] = None):
        own = QgsCoordinateReferenceSystem(crs)
        metres = QgsUnitTypes.DistanceUnit.DistanceMeters
        self.crs = own if own.mapUnits() == metres and own.authid() not in _STRETCHED else _local(own, somewhere)
        self._own = own
        self._transform = QgsCoordinateTransform(own, self.crs, QgsProject.instance().transformContext())

    def outline(self, wkb: bytes) -> shapely.Geometry:
        """An outline of the register in the map's coordinates."""
        shape = shapely.from_wkb(wkb)
        if self.crs == self._own:
            return shape
        moved = QgsGeometry()
        moved.fromWkb(wkb)
        moved.transform(self._transform)
        return shapely.from_wkb(bytes(moved.asWkb().data()))

    def point(self, x: float, y: float) -> Tuple[float, float]:
        """A place of the register in the map's coordinates."""
        if self.crs == self._own:
            return x, y
        moved = self._transform.transform(x, y)
        return moved.x(), moved.y()


def _local(own: QgsCoordinateReferenceSystem, somewhere: Optional[bytes]) -> QgsCoordinateReferenceSystem:
    centre = shapely.from_wkb(somewhere).centroid if somewhere is not None else None
    lonlat = QgsCoordinateTransform(own, QgsCoordinateReferenceSystem("EPSG:4326"), QgsProject.instance().transformContext())
    longitude = 117.0 if centre is None else round(lonlat.transform(centre.x, centre.y).x(), 1)
    return QgsCoordinateReferenceSystem.fromProj(
        f"+proj=tmerc +lat_0=0 +lon_0={longitude} +k=1 +x_0=500000 +y_0=0 +ellps=GRS80 +units=m +no_defs +type=crs")


@dataclass(frozen=True)
class View:
    """A piece of ground on a piece of paper: centre and scale; ``width`` and ``height`` of the paper in mm."""

    x: float
    y: float
    scale: float
    width: float
    height: float

    @staticmethod
    def around(outline: shapely.Geometry, width: float, height: float, least_m: float = 60.0, scale: float = 0.0) -> "View":
        """At a readable scale at which the patch fills at most half of the map, or at a ``scale`` that was chosen."""
        xmin, ymin, xmax, ymax = shapely.bounds(outline)
        needed = max((xmax - xmin) / (width * _FILL), (ymax - ymin) / (height * _FILL), least_m / min(width, height)) * 1000
        fitting = next((one for one in _SCALES if one >= needed), math.ceil(needed / 50_000) * 50_000)
        return View((xmin + xmax) / 2, (ymin + ymax) / 2, scale or fitting, width, height)

    @property
    def ground_m(self) -> Tuple[float, float]:
        """Width and height of the ground, metres."""
        return self.width * self.scale / 1000, self.height * self.scale / 1000

    @property
    def box(self) -> QgsRectangle:
        """The ground in the map's CRS."""
        across, down = self.ground_m
        return QgsRectangle(self.x - across / 2, self.y - down / 2, self.x + across / 2, self.y + down / 2)

    def place(self, xy: np.ndarray) -> np.ndarray:
        """Points of the ground (n × 2) in device units from the map's upper left corner."""
        across, down = self.ground_m
        corner = np.array([self.x - across / 2, self.y + down / 2])
        return (np.asarray(xy, dtype=float) - corner) * np.array([1.0, -1.0]) * (1000 / self.scale * UNITS)


def path_of(outline: shapely.Geometry, view: View) -> QPainterPath:
    """The outline in device units of its map."""
    path = QPainterPath()
    for part in shapely.get_parts(outline):
        if shapely.get_type_id(part) != 3:
            continue
        for ring in (part.exterior, *part.interiors):
            path.addPolygon(QPolygonF([QPointF(x, y) for x, y in view.place(shapely.get_coordinates(ring)).tolist()]))
            path.closeSubpath()
    return path


# --- layers ---------------------------------------------------------------------------------------------------------------


def evidence_layer(one: EvidenceLayer, folder: Path) -> Optional[Drawn]:
    """A layer of a profile, filtered and styled by its role; None where QGIS cannot open it."""
    path, bar, table = one.source.partition("|")
    layer = QgsVectorLayer(str(folder / path) + bar + table, one.name, "ogr", QgsVectorLayer.LayerOptions(False))
    if not layer.isValid():
        return None
    if one.crs:
        layer.setCrs(QgsCoordinateReferenceSystem(one.crs))
    if one.filter:
        field, values = one.filter
        listed = ", ".join("'" + value.replace("'", "''") + "'" for value in values)
        layer.setSubsetString('"' + field.replace('"', '""') + f'" IN ({listed})')
    if one.role == LAND_USE:
        _style_land_use(layer, one.fields.get("class", ""))
    else:
        layer.setRenderer(QgsSingleSymbolRenderer(fill_symbol(ROLE_FILLS.get(one.role, _OTHER))))
    return Drawn(one.role, one.name, one.date, layer, Reach(layer))


class Reach:
    """Where a layer has anything. A layer that is asked again and again is asked once for the boxes of all its features."""

    def __init__(self, layer: QgsVectorLayer):
        self._layer, self._asked = layer, 0
        self._boxes: Optional[np.ndarray] = None

    def meets(self, view: "View", crs: QgsCoordinateReferenceSystem) -> bool:
        """Whether something of it lies in the view (in ``crs``)."""
        layer, there = self._layer, view.box
        if layer.crs().isValid() and layer.crs() != crs:
            there = QgsCoordinateTransform(crs, layer.crs(), QgsProject.instance().transformContext()).transformBoundingBox(there)
        self._asked += 1
        if self._boxes is None and self._asked > _OFTEN and layer.featureCount() <= _MOST_BOXES:
            boxes = [feature.geometry().boundingBox() for feature in layer.getFeatures(QgsFeatureRequest().setNoAttributes())]
            self._boxes = np.array([(one.xMinimum(), one.yMinimum(), one.xMaximum(), one.yMaximum()) for one in boxes]).reshape(-1, 4)
        if self._boxes is not None:
            left, bottom, right, top = self._boxes.T
            if not np.any((left <= there.xMaximum()) & (right >= there.xMinimum()) & (bottom <= there.yMaximum())
                          & (top >= there.yMinimum())):
                return False
        request = QgsFeatureRequest().setFilterRect(there).setLimit(1).setNoAttributes()
        return any(True for _feature in layer.getFeatures(request))  # a box that meets the view is not yet a shape that does


def _style_land_use(layer: QgsVectorLayer, field: str) -> None:
    """Ground by the four groups, the class's code written into it."""
    index = layer.fields().indexOf(field)
    groups: Dict[str, List[object]] = {}
    for value in sorted(map(str, layer.uniqueValues(index))) if index >= 0 else []:
        groups.setdefault(codes.land_class_group(value) or "", []).append(value)
    categories = [QgsRendererCategory(values if len(values) > 1 else values[0], fill_symbol(GROUP_FILLS.get(group, Fill("#9a9a9a"))), group)
                  for group, values in groups.items()]
    layer.setRenderer(QgsCategorizedSymbolRenderer(field, categories))
    if index >= 0:
        show_label(layer, '"' + field.replace('"', '""') + '"', colour="#6b6b6b", size=6)


def fill_symbol(fill: Fill) -> QgsFillSymbol:
    """The symbol of a kind of evidence."""
    symbol = QgsFillSymbol.createSimple({"style": "solid" if fill.ground else "no", "color": fill.ground or "#ffffff",
                                         "outline_color": fill.edge, "outline_width": "0.15" if fill.ground else "0.45",
                                         "outline_style": fill.line})
    if fill.hatch is not None:
        hatch = QgsLinePatternFillSymbolLayer()
        hatch.setLineAngle(fill.hatch)
        hatch.setDistance(1.8)
        hatch.setColor(QColor(fill.edge))
        hatch.setLineWidth(0.15)
        symbol.appendSymbolLayer(hatch)
    return symbol


class ImageFiles:
    """Images opened to be drawn, the ones not used for longest closed; those of the project are its own layers."""

    def __init__(self, project_layers: Mapping[str, QgsRasterLayer]):
        self._project = project_layers
        self._open: "OrderedDict[str, QgsRasterLayer]" = OrderedDict()

    def layers(self, one: Candidate, crs: QgsCoordinateReferenceSystem) -> List[QgsRasterLayer]:
        """The topmost first; what cannot be opened is left out."""
        return [layer for layer in (self._layer(tile, crs) for tile in one.tiles[::-1]) if layer is not None]

    def _layer(self, image: Image, crs: QgsCoordinateReferenceSystem) -> Optional[QgsRasterLayer]:
        if image.layer_id:
            return self._project.get(image.layer_id)
        if image.source not in self._open:
            options = QgsRasterLayer.LayerOptions()
            options.skipCrsValidation = True
            self._open[image.source] = QgsRasterLayer(image.source, image.name, "gdal", options)
        self._open.move_to_end(image.source)
        while len(self._open) > _MOST_OPEN:
            self._open.popitem(last=False)
        layer = self._open[image.source]
        if not image.crs and layer.crs() != crs:
            layer.setCrs(crs)
        return layer if layer.isValid() else None


# --- drawing --------------------------------------------------------------------------------------------------------------


class Job:
    """A map on its way; :meth:`image` waits for it."""

    def __init__(self, layers: Sequence[QgsMapLayer], view: View, crs: QgsCoordinateReferenceSystem, dots: float = DOTS):
        settings = QgsMapSettings()
        settings.setLayers(list(layers))
        settings.setDestinationCrs(crs)
        settings.setTransformContext(QgsProject.instance().transformContext())
        settings.setOutputSize(QSize(round(view.width * dots), round(view.height * dots)))
        settings.setOutputDpi(dots * 25.4)
        settings.setExtent(view.box)
        settings.setBackgroundColor(QColor("#ffffff"))
        self._image = QImage(settings.outputSize(), QImage.Format.Format_RGB32)
        self._image.fill(Qt.GlobalColor.white)
        self._painter = QPainter(self._image)
        # QGIS's sequential job would do, but it lets go of its memory in an event loop alone, which no algorithm's thread has
        self._job = QgsMapRendererCustomPainterJob(settings, self._painter)
        self._job.start()

    def image(self) -> QImage:
        """The picture, once it is drawn."""
        self._job.waitForFinished()
        self._end()
        return self._image

    def cancel(self) -> None:
        """It is not wanted any more; nothing of it stays behind."""
        self._job.cancel()
        self._end()

    def _end(self) -> None:
        if self._painter.isActive():
            self._painter.end()


def paint_picture(painter: QPainter, image: Optional[QImage], x: float, y: float, view: View, instead: str = "") -> None:
    """A map at its place, framed; ``instead`` is written where there is none."""
    place = box(x, y, view.width, view.height)
    if image is not None:
        painter.drawImage(place, image)
    else:
        painter.fillRect(place, QColor("#f1f3f5"))
        laid = Laid(instead, Look(8, colour=GREY, align=Qt.AlignmentFlag.AlignHCenter), view.width - 8)
        laid.paint(painter, x + 4, y + 12)  # the patch lies in the middle
    frame(painter, x, y, view.width, view.height)


def paint_outline(painter: QPainter, outline: shapely.Geometry, x: float, y: float, view: View) -> None:
    """The patch in red with a white edge around, so that it shows on any ground."""
    path = path_of(outline, view)
    painter.save()
    painter.setClipRect(box(x, y, view.width, view.height))
    painter.translate(x * UNITS, y * UNITS)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width in ((_HALO, 0.9), (_RED, 0.45)):
        painter.setPen(QPen(QColor(colour), width * UNITS))
        painter.drawPath(path)
    painter.restore()


def paint_scale(painter: QPainter, x: float, y: float, view: View) -> None:
    """A scale bar with its figures in the lower left corner, and the scale beside it."""
    metres = _round_length(view.ground_m[0] * 0.3)
    length = metres * 1000 / view.scale
    text = f"{metres:g} m" if metres < 1000 else f"{metres / 1000:g} km"
    left, top = x + 2.5, y + view.height - 5.6
    laid = Laid(f"{text}　1:{view.scale:,.0f}", Look(6.5), 60)
    painter.fillRect(box(x + 1, top - 0.8, max(length, laid.widest) + 3.2, 5.8), QColor(255, 255, 255, 215))
    for part in range(4):
        painter.fillRect(box(left + part * length / 4, top, length / 4, 1.0), QColor("#222222" if part % 2 == 0 else "#ffffff"))
    frame(painter, left, top, length, 1.0, "#222222", 0.12)
    laid.paint(painter, left, top + 1.2)


def _round_length(most: float) -> float:
    power = 10 ** math.floor(math.log10(max(most, 1e-3)))
    return next(step * power for step in (5, 2, 1) if step * power <= most)


def paint_north(painter: QPainter, x: float, y: float, view: View) -> None:
    """Grid north: up, in the upper right corner."""
    middle, top = x + view.width - 4.5, y + 1.8
    painter.fillRect(box(middle - 3.2, y + 0.8, 6.4, 9.6), QColor(255, 255, 255, 200))
    arrow = QPolygonF([QPointF(px * UNITS, py * UNITS) for px, py in
                       ((middle, top), (middle + 1.6, top + 5), (middle, top + 3.9), (middle - 1.6, top + 5))])
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(INK))
    painter.drawPolygon(arrow)
    laid = Laid(tr("N"), Look(6.5, True), 6)
    laid.paint(painter, middle - laid.widest / 2, top + 5.0)


def paint_bearing(painter: QPainter, x: float, y: float, view: View, place: Tuple[float, float], bearing: Optional[float], label: str
                  ) -> None:
    """Where a photo was taken and in which direction it looks (degrees from north; a dot without one), with its number."""
    (px, py), = view.place(np.array([place]))
    if not (0 <= px <= view.width * UNITS and 0 <= py <= view.height * UNITS):
        return
    painter.save()
    painter.translate(x * UNITS + px, y * UNITS + py)
    painter.setPen(QPen(QColor("#ffffff"), 0.2 * UNITS))
    painter.setBrush(QColor("#0b57d0"))
    if bearing is not None:
        painter.save()
        painter.rotate(bearing)
        painter.drawPolygon(QPolygonF([QPointF(a * UNITS, b * UNITS) for a, b in ((0, -4.4), (1.3, -1.4), (-1.3, -1.4))]))
        painter.restore()
    painter.drawEllipse(QPointF(0, 0), 1.6 * UNITS, 1.6 * UNITS)
    laid = Laid(label, Look(6, True, "#ffffff"), 4)
    laid.paint(painter, -laid.widest / 2, -laid.height / 2)
    painter.restore()


# --- legend ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sign:
    """A line of a legend."""

    fill: Fill
    text: str


def outline_sign() -> Sign:
    """The patch itself."""
    return Sign(Fill(_RED), tr("Outline of the patch"))


def in_view(drawn: Sequence[Drawn], view: View, crs: QgsCoordinateReferenceSystem) -> List[Drawn]:
    """Those that have something to draw there; one where none has, so that the map shows that nothing is there."""
    found = [one for one in drawn if one.reach.meets(view, crs)]
    return found or list(drawn[:1])


def signs_of(shown: Iterable[Drawn], view: View, crs: QgsCoordinateReferenceSystem) -> List[Sign]:
    """Of the layers that have anything in the view, with their date; of the land use its groups."""
    found: List[Sign] = []
    for one in shown:
        if not one.reach.meets(view, crs):
            continue
        dated = f"{one.name}（{one.date}）" if one.date else one.name
        if one.role == LAND_USE:
            found += [Sign(fill, codes.label("GROUP", code, user_locale())) for code, fill in GROUP_FILLS.items()]
            found.append(Sign(Fill("#9a9a9a"), dated))
        else:
            found.append(Sign(ROLE_FILLS.get(one.role, _OTHER), f"{role_names().get(one.role, one.role)}：{dated}"))
    return found


def paint_sign(painter: QPainter, sign: Sign, x: float, y: float, width: float) -> float:
    """A swatch with its text; how much height it took."""
    laid = Laid(sign.text, Look(7), width - 8, most_lines=2)
    place = box(x, y + 0.4, 6, 3)
    painter.setPen(QPen(QColor(sign.fill.edge), 0.35 * UNITS, _LINES.get(sign.fill.line, Qt.PenStyle.SolidLine)))
    painter.setBrush(QColor(sign.fill.ground) if sign.fill.ground else Qt.BrushStyle.NoBrush)
    painter.drawRect(place)
    if sign.fill.hatch is not None:
        painter.save()
        painter.setClipRect(place)
        _hatch(painter, sign.fill, x, y)
        painter.restore()
    laid.paint(painter, x + 7.5, y)
    return max(laid.height, 3.6) + 0.5


_LINES = {"dash": Qt.PenStyle.DashLine, "dot": Qt.PenStyle.DotLine, "dash dot": Qt.PenStyle.DashDotLine,
          "dash dot dot": Qt.PenStyle.DashDotDotLine}


def _hatch(painter: QPainter, fill: Fill, x: float, y: float) -> None:
    """Lines as on the map; QGIS's angles run counter-clockwise."""
    angle = math.radians(fill.hatch or 0.0)
    for step in np.arange(-8, 8, 1.4):
        middle = (x + 3 - math.sin(angle) * step, y + 1.9 - math.cos(angle) * step)
        across = (8 * math.cos(angle), -8 * math.sin(angle))
        rule(painter, middle[0] - across[0], middle[1] - across[1], middle[0] + across[0], middle[1] + across[1], fill.edge, 0.12)


# --- where in the county --------------------------------------------------------------------------------------------------


class County:
    """The townships as a small map, the same for every patch; drawn to the size once."""

    def __init__(self, townships: Sequence[Tuple[str, str, Optional[bytes]]], ground: Ground, width: float, height: float):
        """``townships`` are code, name and outline (WKB in the register's CRS)."""
        shapes = {code: ground.outline(wkb) for code, _name, wkb in townships if wkb}
        self._names = {code: name for code, name, _wkb in townships}
        self.view: Optional[View] = None
        self._paths: Dict[str, QPainterPath] = {}
        self._middles: Dict[str, Tuple[float, float]] = {}
        if shapes:
            xmin, ymin, xmax, ymax = shapely.total_bounds(np.array(list(shapes.values()), dtype=object))
            scale = max((xmax - xmin) / (width * 0.94), (ymax - ymin) / (height * 0.94), 1e-6) * 1000
            self.view = View((xmin + xmax) / 2, (ymin + ymax) / 2, scale, width, height)
            for code, shape in shapes.items():
                self._paths[code] = path_of(shapely.simplify(shape, 0.15 * scale / 1000), self.view)
                middle = shape.representative_point()
                self._middles[code] = (middle.x, middle.y)

    def paint(self, painter: QPainter, x: float, y: float, code: str, place: Tuple[float, float]) -> None:
        """All townships, the patch's own filled and named, and a cross where the patch lies."""
        if self.view is None:
            return
        view = self.view
        painter.save()
        painter.setClipRect(box(x, y, view.width, view.height))
        painter.translate(x * UNITS, y * UNITS)
        for key, path in self._paths.items():
            painter.setPen(QPen(QColor("#8b9199"), 0.12 * UNITS))
            painter.setBrush(QBrush(QColor("#cfe0f5" if key == code else "#ffffff")))
            painter.drawPath(path)
        (px, py), = view.place(np.array([place]))
        painter.setPen(QPen(QColor(_RED), 0.4 * UNITS))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for reach in (1.2, 2.6):
            painter.drawEllipse(QPointF(px, py), reach * UNITS, reach * UNITS)
        painter.restore()
        name = self._names.get(code)
        if name:
            laid = Laid(shortened(name, Look(7, True), 30), Look(7, True), 32)
            left = min(max(x + px / UNITS - laid.widest / 2, x + 1), x + view.width - laid.widest - 1)
            top = y + py / UNITS + 3.2 if py / UNITS + 8 < view.height else y + py / UNITS - 6.5
            painter.fillRect(box(left - 0.5, top, laid.widest + 1, laid.height), QColor(255, 255, 255, 215))
            laid.paint(painter, left, top)
        frame(painter, x, y, view.width, view.height)

    def paint_values(self, painter: QPainter, x: float, y: float, fill_of: Callable[[str], Tuple[str, bool]], text_of: Callable[[str], str]
                     ) -> None:
        """All townships in the colour that ``fill_of`` gives (hatched where it says so too), each with a text in its middle."""
        if self.view is None:
            return
        painter.save()
        painter.translate(x * UNITS, y * UNITS)
        for code, path in self._paths.items():
            colour, is_hatched = fill_of(code)
            painter.setPen(QPen(QColor("#6b7680"), 0.15 * UNITS))
            painter.setBrush(QColor(colour))
            painter.drawPath(path)
            if is_hatched:
                painter.save()
                painter.setClipPath(path)
                area = path.boundingRect()
                for at in np.arange(area.left() - area.height(), area.right(), 1.6 * UNITS):
                    painter.setPen(QPen(QColor(255, 255, 255, 170), 0.25 * UNITS))
                    painter.drawLine(QPointF(at, area.bottom()), QPointF(at + area.height(), area.top()))
                painter.restore()
        painter.restore()
        for code, middle in self._middles.items():
            (px, py), = self.view.place(np.array([middle]))
            laid = Laid(text_of(code), Look(5.5, align=Qt.AlignmentFlag.AlignHCenter), 18)
            laid.paint(painter, x + px / UNITS - 9, y + py / UNITS - laid.height / 2)
