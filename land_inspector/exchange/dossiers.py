"""Dossiers of many parcels written one after the other: maps drawn ahead while pages are laid out, each file whole or not there, and a run
that was stopped goes on where it ended. And what a dossier says when it comes back: its code, and whether its words are the register's.
"""
from __future__ import annotations

import json
import re
import unicodedata
import zlib
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
from ..i18n import say, tr
from ..law.areas import DASH
from ..progress import Progress
from ..register.dossiers import (
    Checked, Dossier, MOVED_ON, NEVER, Reader, STANDS, check, codes_in, every_parcel, same_content,
)
from ..register.register import Register
from ..register.sealing import differences
from .atomic_files import one_given_out, plain_stem, told_apart
from .dossier_pages import (
    BEFORE_AFTER, LEAST_PAGES, LEAST_PARTS, LOCATOR, MOST_PAGES, Maps, OVERLAY, Picture, Stamp, Wanted, dossier_title,
    figures_said, laid_out, paint_edges, part_rows, qr_text,
)
from .formats.html import heading, lead, listing, outcome, page, table
from .image_choice import Candidate, candidates, fitting, said_date, spot_of, warnings
from .image_files import Image
from .paper import font_trouble, write_pdf
from .patch_maps import County, Drawn, Ground, ImageFiles, Job, View, evidence_layer, in_view, outline_sign, signs_of


# What a PDF that was written here says, of itself and on its pages, read without any library.
#
# Only what Qt writes is understood; another program's PDF gives no text, and a damaged one neither.

_MOST = 64 << 20
#: No page of text is longer; what unpacks to more is no page of ours.
_MOST_UNPACKED = 16 << 20
_OBJECT = re.compile(rb"(?:^|[\r\n])(\d+) 0 obj\b(.*?)\bendobj", re.DOTALL)
_REFERENCE = rb"/%s\s+(\d+) 0 R"
_SHOWN = re.compile(rb"/(F\d+)\s+[\d.]+\s+Tf|<([0-9A-Fa-f]+)>\s*(?=Tj|\]|[-\d<])")


def title_of(content: bytes) -> str:
    """The title in the description of a PDF; '' where it has none that can be read."""
    found = re.search(rb"/Title\s*\(((?:\\.|[^\\)])*)\)", content, re.DOTALL)
    if found is None:
        return ""
    raw = re.sub(rb"\\(.)", rb"\1", found.group(1), flags=re.DOTALL)
    return raw[2:].decode("utf-16-be", "ignore") if raw.startswith(b"\xfe\xff") else raw.decode("latin-1")


def content_of(file: Path) -> bytes:
    """A whole PDF. InputError for what is none, is broken off or cannot be read."""
    try:
        if file.stat().st_size > _MOST:
            raise InputError("{file} is too big for a dossier.", "Give the dossier as it was written.", file=file.name)
        content = file.read_bytes()
    except OSError as error:
        raise InputError("{file} cannot be read: {reason}", "Give the dossier as it was written.", file=file.name,
                         reason=error.strerror or str(error)) from error
    if not content.startswith(b"%PDF-") or b"%%EOF" not in content[-1024:]:
        raise InputError("{file} is no whole PDF.", "Give the dossier as it was written, or type its code.", file=file.name)
    return content


def code_of(file: Path) -> Optional[str]:
    """The code of the dossier that a whole PDF is; None where it is none, or only a part of one."""
    try:
        found = codes_in(title_of(content_of(file)))
    except InputError:
        return None
    return found[0] if found else None


def pages_of(content: bytes) -> List[str]:
    """The text of each page in the order in which it was written, without blanks; nothing where it cannot be read."""
    objects = {int(number): body for number, body in _OBJECT.findall(content)}
    maps: Dict[int, Dict[int, str]] = {}
    return [text for body in objects.values() if re.search(rb"/Type\s*/Page\b", body)
            for text in [_page(body, objects, maps)] if text]


def plain(text: str) -> str:
    """A text as two writings of it are compared: one form of each letter, no blanks."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


def _page(body: bytes, objects: Dict[int, bytes], maps: Dict[int, Dict[int, str]]) -> str:
    fonts = {name.decode(): int(number) for name, number in
             re.findall(rb"/(F\d+)\s+(\d+) 0 R", _target(rb"Resources", body, objects))}
    letters: Dict[int, str] = {}
    said: List[str] = []
    for font, shown in _SHOWN.findall(_unpacked(_target(rb"Contents", body, objects))):
        if font:
            number = fonts.get(font.decode(), 0)
            if number not in maps:
                maps[number] = _letters(_unpacked(_target(rb"ToUnicode", objects.get(number, b""), objects)))
            letters = maps[number]
        else:
            said += [letters.get(int(shown[at:at + 4], 16), "") for at in range(0, len(shown) - 3, 4)]
    return plain("".join(said))


def _target(name: bytes, body: bytes, objects: Dict[int, bytes]) -> bytes:
    found = re.search(_REFERENCE % name, body)
    return objects.get(int(found.group(1)), b"") if found else b""


def _unpacked(body: bytes) -> bytes:
    found = re.search(rb"stream\r?\n(.*)\r?\nendstream", body, re.DOTALL)
    if found is None:
        return b""
    if b"FlateDecode" not in body[:found.start()]:
        return found.group(1)
    try:
        return zlib.decompressobj().decompress(found.group(1), _MOST_UNPACKED)
    except zlib.error:
        return b""


def _letters(cmap: bytes) -> Dict[int, str]:
    """Glyph → text, from a font's table."""
    found: Dict[int, str] = {}
    for block in re.findall(rb"beginbfchar(.*?)endbfchar", cmap, re.DOTALL):
        for glyph, text in re.findall(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", block):
            found[int(glyph, 16)] = _utf16(text)
    for block in re.findall(rb"beginbfrange(.*?)endbfrange", cmap, re.DOTALL):
        for first, last, listed, start in re.findall(
                rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*(?:\[(.*?)\]|<([0-9A-Fa-f]+)>)", block, re.DOTALL):
            glyphs = range(int(first, 16), min(int(last, 16), 0xFFFF) + 1)
            if start:
                found.update((glyph, chr(int(start, 16) + at)) for at, glyph in enumerate(glyphs) if len(start) <= 4)
            else:
                found.update(zip(glyphs, map(_utf16, re.findall(rb"<([0-9A-Fa-f]+)>", listed))))
    return found


def _utf16(text: bytes) -> str:
    return bytes.fromhex(text.decode()).decode("utf-16-be", "ignore")


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


# A dossier that came back, years later perhaps: what the register says of its code, and whether the file says what the register had.

#: The file's words are not the register's, though its code is one of the register.
ALTERED = "altered"


@dataclass(frozen=True)
class Answer:
    """``status`` is STANDS, MOVED_ON, NEVER or ALTERED; ``wrong`` says where the file and the register differ; ``unread`` tells that
    the file's words could not be compared."""

    status: str
    checked: Checked
    wrong: Tuple[Message, ...] = ()
    unread: bool = False

    def sentences(self) -> List[Message]:
        """The answer in words, the most important first."""
        found = [*self.wrong, self.checked.text] if self.wrong else [self.checked.text]
        if self.checked.status == STANDS:
            found.append(message("Nothing happened to it since: it stands so today."))
        if self.checked.status == MOVED_ON:
            found.append(message("Since then: {n} acts, the last on {day}.", n=len(self.checked.since),
                                 day=self.checked.since[-1].effective_on.isoformat()))
        if self.checked.status != NEVER and self.checked.remeasured:
            found.append(message("The evidence was measured or judged by the rules anew since: those areas and that proposal cannot be "
                                 "compared any more."))
        if self.unread:
            found.append(message("The words of the file could not be compared with the register (another language, a scan, or another "
                                 "program wrote it): compare the figures below with the paper."))
        return found


def check_dossier(register: Register, file: Optional[Path], text: str, progress: Progress) -> Answer:
    """Check a dossier's file, or a code (or the content of its QR code) that was typed. InputError where neither holds a code."""
    pages: List[str] = []
    title = ""
    if file is not None:
        content = content_of(file)
        pages, title = pages_of(content), title_of(content)
        progress.step(0.3)
        code = code_of(file) or next(iter(codes_in(text)), None)
        if code is None:
            raise InputError("{file} names no code in its description: it is no dossier as it was written here.",
                             "Type the code that stands at the foot of its pages.", file=file.name)
        text = text if codes_in(text) and codes_in(text)[0] != code else code
    found = check(register, text)
    progress.step(0.9)
    wrong = list(_seal_trouble(register, text))
    unread = False
    if file is not None and found.status != NEVER:
        said, unread = _compared(found, pages, title)
        wrong += said
    if file is not None and pages and any(plain(found.code) not in one for one in pages):
        wrong.append(message("Not every page of the file carries this code."))
    return Answer(ALTERED if wrong and found.status != NEVER else found.status, found, tuple(wrong), unread)


def _seal_trouble(register: Register, text: str) -> List[Message]:
    """A QR code holds the register's seal as well."""
    _before, mark, seal = text.upper().partition("SEAL")
    return differences(register.storage, seal.split("PARCEL")[0]) if mark and seal.strip() else []


def _compared(found: Checked, pages: Sequence[str], title: str) -> Tuple[List[Message], bool]:
    """What the file says otherwise than the register had; and whether its words could not be read: none are there, or in a language
    that is not the reader's."""
    text = "".join(pages)
    entries = figures_said(found.as_it_stood, found.regime)
    if not text or not title.startswith(dossier_title(found.number)) and plain(entries[0][0]) not in text:
        return [], True
    wrong: List[Message] = []
    for number, (name, value) in enumerate(entries):
        if not _is_said(text, plain(name), plain(value), figure=number != 1):
            wrong.append(message("{name}: the register had {value}; the file says otherwise.", name=name, value=value))
    if plain(found.number) not in text:
        wrong.append(message("{name}: the register had {value}; the file says otherwise.", name=tr("Parcel"), value=found.number))
    if not found.remeasured:
        rows = part_rows(found.measured, found.as_it_stood["DKMJ"])[:LEAST_PARTS]
        wrong += [message("{name}: the register had {value}; the file says otherwise.", name=row[0], value=f"{row[2]} m²")
                  for row in rows if plain("".join(row)) not in text]
    return wrong, False


def _is_said(text: str, name: str, value: str, figure: bool) -> bool:
    """Whether the value stands behind its name, and no other figure does."""
    after = [text[at + len(name):] for at in range(len(text)) if text.startswith(name, at)]
    if not any(one.startswith(value) for one in after):
        return False
    return not figure or all(one.startswith(value) for one in after if one[:1].isdigit())


def check_page(answer: Answer) -> str:
    """HTML: the answer, the figures then and now, what happened since."""
    checked = answer.checked
    first, *rest = [say(one) for one in answer.sentences()]
    body = [outcome(first, answer.status in (STANDS, MOVED_ON)), *(lead(one) for one in rest)]
    if checked.as_it_stood:
        now = dict(figures_said(checked.now, checked.regime)) if checked.now and not checked.now["retired"] else {}
        rows = [[name, value, now.get(name, DASH)] for name, value in figures_said(checked.as_it_stood, checked.regime)]
        body.append(table((tr("Figure"), tr("As it stood"), tr("Now")), rows))
    if checked.since:
        body += [heading(tr("Since then")), listing(f"{one.effective_on.isoformat()} {say(one.text)}" for one in checked.since)]
    return page(tr("Check of a dossier"), body)
