"""Dossiers of many parcels written one after the other: maps drawn ahead while pages are laid out, each file whole or not there, and a run
that was stopped goes on where it ended. And what a dossier says when it comes back: its code, and whether its words are the register's.
"""
from __future__ import annotations

import json
from collections import Counter, deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Deque, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Tuple

from qgis.core import QgsRasterLayer
from qgis.PyQt.QtGui import QPainter

from ..errors import InputError, LandInspectorError, Message, message
from ..evidence.gdal_quiet import small_cache
from ..evidence.profile import profile_of
from ..i18n import tr
from ..progress import Progress
from ..register.dossiers import Dossier, Reader, every_parcel, same_content
from ..register.register import Register
from .atomic_files import one_given_out, plain_stem, told_apart
from .dossier_pages import (
    BEFORE_AFTER, LEAST_PAGES, LOCATOR, MOST_PAGES, OVERLAY, Maps, Picture, Stamp, Wanted, dossier_title, laid_out, paint_edges, qr_text,
)
from .image_choice import Candidate, candidates, fitting, said_date, spot_of, warnings
from .image_files import Image
from .paper import font_trouble, write_pdf
from .patch_maps import County, Drawn, Ground, ImageFiles, Job, View, evidence_layer, in_view, outline_sign, signs_of
from .pdf_text import code_of

_READ_AT_ONCE, _AHEAD = 24, 2
Chosen = Tuple[str, str, str]


@dataclass
class Written:
    """What became of a run: files and pages written, files that stood already and still say what the register says, and parcels that
    could not be written, with the reason."""

    files: List[Path] = field(default_factory=list)
    pages: int = 0
    kept: List[Path] = field(default_factory=list)
    refused: List[Tuple[str, Message]] = field(default_factory=list)
    remarks: List[Message] = field(default_factory=list)


@dataclass(frozen=True)
class Images:
    """The images at hand, and the project's layers among them by id."""

    known: Sequence[Image] = ()
    of_project: Mapping[str, QgsRasterLayer] = field(default_factory=dict)


def qr_matrix(text: str) -> Optional[List[List[int]]]:
    """The cells of the QR code with its quiet edge; None where the library that makes it (segno) is not installed."""
    try:
        import segno
    except ImportError:
        return None
    code = segno.make(text, error="m", micro=False, mask=3)  # any mask can be read; trying all eight takes as long as a page
    return [list(row) for row in code.matrix_iter(border=2)]


def qr_trouble() -> Optional[Message]:
    """What to say where no QR code can be made; None where all is well."""
    if qr_matrix("1") is not None:
        return None
    return message("The Python library segno is not installed: the pages carry their code as text only, without the QR code.")


def file_names(register: Register) -> Dict[str, str]:
    """The stem of each living parcel's file: its number, with its batch where two batches have the same. No two are one file on any
    system, whatever signs their numbers hold."""
    every = every_parcel(register, None)
    times = Counter(number for _id, number, _batch in every)
    called = {key: number if times[number] == 1 else f"{batch}_{number}" for key, number, batch in every}
    alike = Counter(plain_stem(name).casefold() for name in called.values())
    return {key: plain_stem(name) if alike[plain_stem(name).casefold()] == 1 else told_apart(plain_stem(name), name)
            for key, name in called.items()}


class MapMaker:
    """Opens layers and images once and draws the maps of one dossier after the other."""

    def __init__(self, register: Register, images: Images):
        townships = register.township_list()
        self.ground = Ground(register.meta["crs"], next((one.wkb for one in townships if one.wkb), None))
        self._crs, self._images = register.meta["crs"], images
        self._folder = register.address.folder  # where sources begin that were kept without their folder
        self._files = ImageFiles(images.of_project)
        self._county = County([(one.code, one.name, one.wkb) for one in townships], self.ground, *LOCATOR)
        self._profiles: Dict[str, List[Drawn]] = {}
        self.missing: Dict[str, None] = {}

    def evidence(self, profile: Optional[str]) -> List[Drawn]:
        """The layers of a profile as a measuring kept it (JSON), opened and styled; those that are no longer there are noted."""
        if not profile:
            return []
        if profile not in self._profiles:
            record = dict(json.loads(profile), version=1)
            layers = profile_of(record, Path("profile")).layers
            opened = [(one, evidence_layer(one, self._folder)) for one in layers]
            self.missing.update((one.name, None) for one, drawn in opened if drawn is None)
            self._profiles[profile] = [drawn for _one, drawn in opened if drawn is not None]
        return self._profiles[profile]

    def begin(self, one: Dossier) -> "_MapsOnTheirWay":
        """Start drawing the maps of a dossier."""
        return _MapsOnTheirWay(self, one)

    def candidates(self, outline: bytes) -> List[Candidate]:
        """Images that show something of a patch."""
        return candidates(self._images.known, spot_of(outline, self._crs)) if self._images.known else []

    def image_layers(self, chosen: Optional[Candidate]) -> List[QgsRasterLayer]:
        """The layers of an image, topmost first; none without one."""
        return self._files.layers(chosen, self.ground.crs) if chosen is not None else []

    def image_job(self, chosen: Optional[Candidate], view: View) -> Optional[Job]:
        """An image being drawn; None without one."""
        layers = self.image_layers(chosen)
        return Job(layers, view, self.ground.crs) if layers else None

    @property
    def county(self) -> County:
        """The map of the townships."""
        return self._county


class _MapsOnTheirWay:
    """Three maps of a dossier being drawn in threads of their own."""

    def __init__(self, maker: MapMaker, one: Dossier):
        self._maker, self._one = maker, one
        self._outline = maker.ground.outline(one.outline)
        self._view = View.around(self._outline, *BEFORE_AFTER)
        offered, facts = maker.candidates(one.outline), one.facts
        dates = ((facts["QSX"], False, facts["HSX"]), (facts["HSX"], True, facts["QSX"]))
        self._chosen = [fitting(offered, written, after, other) for written, after, other in dates]
        self._wide = View.around(self._outline, *OVERLAY, scale=self._view.scale)
        self._drawn = in_view(maker.evidence(one.measured.profile), self._wide, maker.ground.crs)
        self._images = [maker.image_job(chosen, self._view) for chosen in self._chosen]
        # areas that are empty inside lie over grounds that are not: the land use is drawn first
        ordered = sorted(self._drawn, key=lambda drawn: drawn.role == "land_use")
        self._evidence = Job([drawn.layer for drawn in ordered], self._wide, maker.ground.crs) if ordered else None

    def cancel(self) -> None:
        for job in (*self._images, self._evidence):
            if job is not None:
                job.cancel()

    def done(self) -> Maps:
        facts = self._one.facts
        pictures = []
        for title, written, chosen, job in zip((tr("Before"), tr("After")), (facts["QSX"], facts["HSX"]), self._chosen, self._images):
            said = f"{title} · {said_date(chosen.taken) or tr('no date')} · {chosen.name}" if chosen is not None else title
            told = tuple(warnings(chosen, written)) if chosen is not None else ()
            image = job.image() if job is not None else None
            pictures.append(Picture(self._view, image, said, tr("No image of this date is at hand."), told))
        overlay = Picture(self._wide, self._evidence.image() if self._evidence is not None else None, tr("Outline over the evidence"),
                          tr("Not measured against any layer, or the layers are no longer where they were."))
        signs = [outline_sign(), *signs_of(self._drawn, self._wide, self._maker.ground.crs)]
        places = {key: self._maker.ground.point(*place) for key, place in self._one.places.items()}
        return Maps(self._outline, pictures[0], pictures[1], overlay, signs, places, self._maker.county.paint)


# --- writing ---------------------------------------------------------------------------------------------------------------


def write_dossiers(register: Register, chosen: Sequence[Chosen], folder: Path, images: Images, wanted: Wanted, resume: bool,
                   inputs: Iterable[Path], progress: Progress) -> Written:
    """One PDF for each parcel of ``chosen`` (id, number, batch) in ``folder``. With ``resume`` a whole file whose code says what the
    register says now is left as it is.

    Cancelled between two files: those that are there are whole. InputError for a folder that cannot be written into.
    """
    if not folder.is_dir():
        raise InputError("The folder {folder} does not exist.", "Create it first, or choose another one.", folder=str(folder))
    with small_cache(), ThreadPoolExecutor(1) as placing:
        return _written(register, chosen, folder, images, _Run(register, Reader(register), wanted, list(inputs), placing), resume, progress)


def _written(register: Register, chosen: Sequence[Chosen], folder: Path, images: Images, run: "_Run", resume: bool, progress: Progress
             ) -> Written:
    reader, maker, done, names = run.reader, MapMaker(register, images), run.done, file_names(register)
    waiting: Deque[Tuple[Dossier, Path, _MapsOnTheirWay]] = deque()
    try:
        for number, one in enumerate(_read(reader, chosen, done)):
            progress.step(number / max(len(chosen), 1), message("Writing the dossier of {number}", number=one.number))
            target = folder / f"{names.get(one.parcel_id, plain_stem(one.number))}.pdf"
            if resume and _says_the_same(target, one):
                done.kept.append(target)
                continue
            waiting.append((one, target, maker.begin(one)))
            if len(waiting) > _AHEAD:
                run.write(*waiting.popleft())
        while waiting:
            progress.step(1.0 - len(waiting) / max(len(chosen), 1))
            run.write(*waiting.popleft())
        run.settle(0)
    finally:
        for _one, _target, maps in waiting:
            maps.cancel()
    done.remarks += [text for text in (font_trouble(), qr_trouble()) if text is not None]
    if maker.missing:
        done.remarks.append(message("These layers are not where they were measured, so no map shows them: {layers}.",
                                    layers=", ".join(maker.missing)))
    progress.step(1.0)
    return done


def _read(reader: Reader, chosen: Sequence[Chosen], done: Written) -> Iterator[Dossier]:
    """A few dozen at a time: memory stays the same for any number of parcels."""
    for start in range(0, len(chosen), _READ_AT_ONCE):
        part = chosen[start:start + _READ_AT_ONCE]
        found = reader.read([key for key, _number, _batch in part])
        there = {one.parcel_id for one in found}
        done.refused += [(number, message("The register does not hold this parcel any more."))
                         for key, number, _batch in part if key not in there]
        yield from found


def _says_the_same(target: Path, one: Dossier) -> bool:
    code = code_of(target)
    return code is not None and same_content(code, one.code)


@dataclass
class _Run:
    """Files take their places in a thread of ``placing``: a disk is waited for while the next pages are laid out."""

    register: Register
    reader: Reader
    wanted: Wanted
    inputs: List[Path]
    placing: ThreadPoolExecutor
    done: Written = field(default_factory=Written)
    under_way: Deque[Tuple[str, Path, int, "Future[None]"]] = field(default_factory=deque)

    def write(self, one: Dossier, target: Path, maps: _MapsOnTheirWay) -> None:
        now = datetime.now()
        seal = self.reader.seal.code
        stamp = Stamp(self.register.meta["county_name"], now.date(), now, seal, qr_matrix(qr_text(one, seal)))
        flow = laid_out(one, maps.done(), stamp, self.wanted)

        def edges(painter: QPainter, number: int, pages: int) -> None:
            paint_edges(one, stamp, painter, number, pages)

        try:
            with ExitStack() as whole:
                draft = whole.enter_context(one_given_out(target, self.inputs))
                pages = write_pdf(draft, flow.pages, edges, dossier_title(one.number), one.code)
                if not LEAST_PAGES <= pages <= MOST_PAGES:
                    raise AssertionError(f"{one.number}: {pages} pages")
                self.under_way.append((one.number, target, pages, self.placing.submit(whole.pop_all().close)))
        except LandInspectorError as error:
            self.done.refused.append((one.number, error.message))
        finally:
            flow.pages.clear()  # what paints a page knows the flow: pictures would stay until Python looks for circles, megabytes a parcel
        self.settle(_AHEAD)

    def settle(self, most: int) -> None:
        """Count the files that have taken their places, until at most so many are still on their way."""
        while len(self.under_way) > most:
            number, target, pages, placed = self.under_way.popleft()
            try:
                placed.result()
            except LandInspectorError as error:
                self.done.refused.append((number, error.message))
                continue
            self.done.files.append(target)
            self.done.pages += pages
