"""One picture a patch for re-entry into the official system: its outline over chosen layers, with title, legend, scale and north, named
by the patch's number."""
from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Deque, Dict, Iterable, List, Optional, Sequence, Tuple

from qgis.core import QgsMapLayer, QgsRasterLayer, QgsVectorLayer
from qgis.PyQt.QtCore import QSize, Qt
from qgis.PyQt.QtGui import QColor, QImage, QPainter

from ..errors import InputError, LandInspectorError, Message, message
from ..evidence.gdal_quiet import small_cache
from ..i18n import say, tr
from ..law.areas import m2_text, mu_text
from ..law.townships import scope_text
from ..progress import Progress
from ..register.register import Register
from ..register.views.parcels import rows_of
from .atomic_files import one_given_out, plain_stem, write_trouble
from .dossiers import Chosen, Images, MapMaker, file_names
from .image_choice import Candidate, fitting, said_date
from .paper import BOLD, GREY, INK, SMALL, Laid, Look, box, font_trouble, frame, on_image, rule, shortened, text_width
from .patch_maps import (
    Drawn, Fill, Job, Sign, View, in_view, outline_sign, paint_north, paint_outline, paint_picture, paint_scale, paint_sign, signs_of,
)

#: What lies under the outline where no layers were chosen.
EVIDENCE, AFTER, AFTER_EVIDENCE, BEFORE = "evidence", "after", "after_evidence", "before"
GROUNDS = (EVIDENCE, AFTER, AFTER_EVIDENCE, BEFORE)
JPG, PNG = "jpg", "png"
_AT_ONCE, _AHEAD, _QUALITY = 64, 3, 90
#: Size of the picture and of the map in it, mm; the legend stands at its right.
_SIZE, _MAP, _MARGIN = (200.0, 150.0), (142.0, 122.0), 4.0
_LEGEND_LINES = 24


@dataclass(frozen=True)
class Choice:
    """``layers`` lie under the outline, topmost first, in their own styles; without any, ``ground`` does. ``dots`` a millimetre of the
    picture (8: 1600 × 1200). ``scale`` 0: as the patch's size asks. ``kind`` is JPG or PNG."""

    layers: Sequence[QgsMapLayer] = ()
    ground: str = EVIDENCE
    kind: str = JPG
    dots: float = 8.0
    scale: float = 0.0


@dataclass
class Drawings:
    """Pictures written, those that were there already, patches without one and why; what to know."""

    files: List[Path] = field(default_factory=list)
    kept: List[Path] = field(default_factory=list)
    refused: List[Tuple[str, Message]] = field(default_factory=list)
    remarks: List[Message] = field(default_factory=list)


@dataclass(frozen=True)
class _Patch:
    facts: Dict[str, Any]
    outline: bytes
    profile: Optional[str]


def draw_maps(register: Register, chosen: Sequence[Chosen], folder: Path, images: Images, choice: Choice, resume: bool,
              inputs: Iterable[Path], progress: Progress) -> Drawings:
    """One picture for each parcel (id, number, batch) in ``folder``; with ``resume`` those that are there are left as they are.

    Cancelled between two files. InputError for a folder that is not there."""
    if not folder.is_dir():
        raise InputError("The folder {folder} does not exist.", "Create it first, or choose another one.", folder=str(folder))
    done, names = Drawings(), file_names(register)
    drawing = _Drawing(register, images, choice)
    waiting: Deque[Tuple[_Patch, Path, _OnTheWay]] = deque()
    protected = list(inputs)
    try:
        with small_cache():
            for number, (patch, label) in enumerate(_patches(register, chosen, done)):
                progress.step(number / max(len(chosen), 1), message("Drawing the map of {number}", number=label))
                target = folder / f"{names.get(patch.facts['parcel_id'], plain_stem(label))}.{choice.kind}"
                if resume and target.is_file():
                    done.kept.append(target)
                    continue
                waiting.append((patch, target, drawing.begin(patch)))
                if len(waiting) > _AHEAD:
                    _write(drawing, done, protected, *waiting.popleft())
            while waiting:
                progress.step(1.0 - len(waiting) / max(len(chosen), 1))
                _write(drawing, done, protected, *waiting.popleft())
    finally:
        for _patch, _target, job in waiting:
            job.cancel()
    done.remarks += [text for text in (font_trouble(),) if text is not None]
    if drawing.maker.missing:
        done.remarks.append(message("These layers are not where they were measured, so no map shows them: {layers}.",
                                    layers=", ".join(drawing.maker.missing)))
    progress.step(1.0)
    return done


def _patches(register: Register, chosen: Sequence[Chosen], done: Drawings) -> Iterable[Tuple[_Patch, str]]:
    storage = register.storage
    profiles = dict(storage.frame("evidence_run")[["id", "profile"]].itertuples(index=False, name=None))
    for start in range(0, len(chosen), _AT_ONCE):
        part = chosen[start:start + _AT_ONCE]
        rows = {row["parcel_id"]: row for row in rows_of(register, [key for key, _number, _batch in part])}
        outlines = storage.shapes([row["shape_id"] for row in rows.values()])
        for key, number, _batch in part:
            if key not in rows:
                done.refused.append((number, message("The register does not hold this parcel any more.")))
                continue
            row = rows[key]
            yield _Patch(row, outlines[row["shape_id"]], profiles.get(row.get("measured_run"))), number


def _write(drawing: "_Drawing", done: Drawings, inputs: List[Path], patch: _Patch, target: Path, job: "_OnTheWay") -> None:
    try:
        picture = drawing.picture(patch, job)
        with one_given_out(target, inputs) as draft:
            quality = _QUALITY if target.suffix == f".{JPG}" else -1
            if not picture.save(str(draft), "JPG" if target.suffix == f".{JPG}" else "PNG", quality):
                raise write_trouble(target, OSError())
    except LandInspectorError as error:
        done.refused.append((patch.facts["DKBH"], error.message))
        return
    done.files.append(target)


class _OnTheWay:
    """A map being drawn, and what it shows."""

    def __init__(self, job: Optional[Job], view: View, outline: Any, drawn: Sequence[Drawn], image: Optional[Candidate]):
        self.job, self.view, self.outline, self.drawn, self.image = job, view, outline, drawn, image

    def cancel(self) -> None:
        """It is not wanted any more."""
        if self.job is not None:
            self.job.cancel()


class _Drawing:
    """Draws one picture after the other."""

    def __init__(self, register: Register, images: Images, choice: Choice):
        self.maker, self._choice = MapMaker(register, images), choice
        self._county, self._seal = register.meta["county_name"], register.seal().code
        self._signs, self._known_at = _signs_of_layers(choice.layers), datetime.now().strftime("%Y-%m-%d %H:%M")

    def begin(self, patch: _Patch) -> _OnTheWay:
        outline = self.maker.ground.outline(patch.outline)
        view = View.around(outline, *_MAP, scale=self._choice.scale)
        crs = self.maker.ground.crs
        if self._choice.layers:
            return _OnTheWay(Job(self._choice.layers, view, crs, self._choice.dots), view, outline, (), None)
        drawn = sorted(self.maker.evidence(patch.profile), key=lambda one: one.role == "land_use")
        chosen = self._image(patch)
        if self._choice.ground == AFTER_EVIDENCE and chosen is not None:
            drawn = [one for one in drawn if one.role != "land_use"]  # it would cover the image
        drawn = in_view(drawn, view, crs)
        shown = [one.layer for one in drawn] if self._choice.ground in (EVIDENCE, AFTER_EVIDENCE) else []
        under: List[QgsMapLayer] = list(self.maker.image_layers(chosen)) if self._choice.ground != EVIDENCE else []
        job = Job([*shown, *under], view, crs, self._choice.dots) if shown or under else None
        return _OnTheWay(job, view, outline, drawn if shown else (), chosen if under else None)

    def _image(self, patch: _Patch) -> Optional[Candidate]:
        if self._choice.ground == EVIDENCE:
            return None
        after = self._choice.ground != BEFORE
        written, other = ("HSX", "QSX") if after else ("QSX", "HSX")
        return fitting(self.maker.candidates(patch.outline), patch.facts[written], after, patch.facts[other])

    def picture(self, patch: _Patch, way: _OnTheWay) -> QImage:
        """Title above, map, legend, and of what it is below."""
        facts, image = patch.facts, way.job.image() if way.job is not None else None
        signs = [outline_sign(), *(signs_of(way.drawn, way.view, self.maker.ground.crs) if way.drawn else self._signs)]
        said = [tr("Image: {name}, {date}", name=way.image.name, date=said_date(way.image.taken) or tr("no date"))] if way.image else []
        x, y = _MARGIN, 14.0

        def paint(painter: QPainter) -> None:
            _paint_head(painter, facts)
            paint_picture(painter, image, x, y, way.view, tr("None of the chosen layers or images is at hand."))
            paint_outline(painter, way.outline, x, y, way.view)
            paint_scale(painter, x, y, way.view)
            paint_north(painter, x, y, way.view)
            _paint_legend(painter, signs, said, x + _MAP[0] + 4, y)
            self._paint_foot(painter, facts)

        return on_image(*_SIZE, self._choice.dots, paint)

    def _paint_foot(self, painter: QPainter, facts: Dict[str, Any]) -> None:
        rule(painter, _MARGIN, 138.5, _SIZE[0] - _MARGIN, 138.5)
        scope = message("parcel {number} of batch {batch}", number=facts["DKBH"], batch=facts["PCBH"])
        said = f"{self._county} · {say(scope_text(scope, date.today().isoformat(), self._known_at))}"
        Laid(shortened(said, SMALL, 190), SMALL, 192).paint(painter, _MARGIN, 139.5)
        Laid(tr("Seal of the register: {seal}", seal=self._seal), SMALL, 192).paint(painter, _MARGIN, 144)


def _paint_head(painter: QPainter, facts: Dict[str, Any]) -> None:
    title = Look(13, True)
    Laid(shortened(facts["DKBH"], title, 120), title, 130).paint(painter, _MARGIN, 3)
    place = " ".join(part for part in (facts["XZMC"], facts["CMC"]) if part)
    area = tr("{m2} m² ({mu} mu)", m2=m2_text(facts["DKMJ"]), mu=mu_text(facts["DKMJ"]))
    dates = tr("{before} → {after}", before=facts["QSX"] or "?", after=facts["HSX"] or "?")
    look = Look(8.5, colour=GREY)
    text = " · ".join(part for part in (place, area, dates) if part)
    left = _MARGIN + text_width(facts["DKBH"], title) + 5
    Laid(shortened(text, look, _SIZE[0] - _MARGIN - left), look, 190).paint(painter, left, 5.2)


def _paint_legend(painter: QPainter, signs: Sequence["AnySign"], said: Sequence[str], x: float, y: float) -> None:
    width, bottom = _SIZE[0] - _MARGIN - x, y + _MAP[1]
    Laid(tr("Legend"), BOLD, width).paint(painter, x, y)
    y += 5.5
    for sign in signs:
        if y > bottom - 12:
            break
        y += paint_sign(painter, sign, x, y, width) if isinstance(sign, Sign) else _paint_symbol(painter, sign, x, y, width)
    for text in said:
        laid = Laid(text, Look(7, colour=INK), width)
        laid.paint(painter, x, y + 1)
        y += laid.height + 1


# --- legends of layers that were chosen ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Symbol:
    """A symbol of a layer as its own style draws it; None for a picture without one."""

    image: Optional[QImage]
    text: str


AnySign = Any


def _signs_of_layers(layers: Sequence[QgsMapLayer]) -> List[AnySign]:
    """Symbols of each vector layer under its name, images by their name; so many lines at most."""
    found: List[AnySign] = []
    for layer in layers:
        if isinstance(layer, QgsRasterLayer):
            found.append(Symbol(None, layer.name()))
        elif isinstance(layer, QgsVectorLayer) and layer.renderer() is not None:
            items = [item for item in layer.renderer().legendSymbolItems() if item.symbol() is not None]
            for item in items[:_LEGEND_LINES]:
                label = item.label() if len(items) > 1 and item.label() else layer.name()
                found.append(Symbol(item.symbol().asImage(QSize(48, 24)), label))
        else:
            found.append(Sign(Fill(GREY), layer.name()))
    return found[:_LEGEND_LINES]


def _paint_symbol(painter: QPainter, sign: Symbol, x: float, y: float, width: float) -> float:
    laid = Laid(sign.text, Look(7), width - 8, most_lines=2)
    if sign.image is not None:
        painter.drawImage(box(x, y + 0.4, 6, 3), sign.image)
    else:
        painter.fillRect(box(x, y + 0.4, 6, 3), QColor("#dfe5ea"))
        painter.setPen(Qt.PenStyle.NoPen)
        frame(painter, x, y + 0.4, 6, 3)
    laid.paint(painter, x + 7.5, y)
    return max(laid.height, 3.6) + 0.5
