"""The pages of a dossier (一斑一档): two to four, laid out from what the register says and the maps drawn of it.

Every page says of what it is and carries the code, as text and as a QR code, by which it is checked years later
(:mod:`land_inspector.register.dossiers`). Names of parties and land users stand in it only where they were asked for.
"""
from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, List, Mapping, Optional, Sequence, Tuple

from qgis.PyQt.QtCore import QBuffer, QByteArray, QIODevice, QSize, Qt
from qgis.PyQt.QtGui import QImage, QImageReader, QPainter

from ..errors import message
from ..i18n import say, tr, user_locale
from ..law import codes
from ..law.acts import ACTS, STAGE_LABELS, STATES
from ..law.areas import DASH, m2_text, mu_text
from ..law.case import Case
from ..law.townships import scope_text
from ..law.remedies import Track
from ..register import tables
from ..register.dossiers import Dossier, Measured, Paper
from ..register.personal import STAND_IN, is_person, masked
from ..register.field_work import KeptPhoto
from ..register.records import shown_name, site_status
from . import paper, wording
from .paper import BOLD, GREY, PLAIN, SMALL, TITLE, Column, Flow, Laid, Look, box, frame, shortened, squares
from .patch_maps import Sign, View, paint_bearing, paint_north, paint_outline, paint_picture, paint_scale, paint_sign

LEAST_PAGES, MOST_PAGES = 2, 4
#: Sizes of the maps on the first page, mm.
BEFORE_AFTER, OVERLAY, LOCATOR = (85.5, 68.0), (118.0, 88.0), (60.0, 54.0)
_QR_SIDE = 15.0
#: Height of a row of photos with what is said of them, and of the visit above it.
_PHOTO_ROW = 60.0
#: How many photos, lines of history, acts, parts and papers are shown, from the fullest dossier to the shortest.
#: Lines of what was measured stand in the shortest dossier too.
LEAST_PARTS = 8
_LEVELS = ((6, 45, 30, 26, 12), (6, 20, 18, 16, 8), (4, 10, 12, 12, 5), (2, 5, 8, LEAST_PARTS, 3))
_MOST_TEXT = 900


@dataclass(frozen=True)
class Wanted:
    """What may stand in a dossier: ``parties`` are land users and whom papers name, ``authors`` who judged and acted."""

    parties: bool = False
    authors: bool = True


@dataclass(frozen=True)
class Picture:
    """A map's picture (None: ``instead`` says why), the ground it shows, the line above it and what to know before trusting it."""

    view: View
    image: Optional[QImage]
    caption: str
    instead: str = ""
    warnings: Tuple[str, ...] = ()


@dataclass(frozen=True)
class Maps:
    """All maps of a dossier; ``outline`` and ``places`` of photos in their coordinates; ``locate`` paints where the patch lies."""

    outline: Any
    before: Picture
    after: Picture
    overlay: Picture
    signs: Sequence[Sign]
    places: Mapping[str, Tuple[float, float]]
    locate: Any


@dataclass(frozen=True)
class Stamp:
    """What every page says: the county, the day, the moment, the register's seal, and the matrix of the QR code (None: there is none)."""

    county: str
    day: date
    known_at: datetime
    seal: str
    matrix: Optional[Sequence[Sequence[int]]] = None


def qr_text(one: Dossier, seal: str) -> str:
    """What the QR code holds: enough to check the page with nothing but the register."""
    return f"LAND-INSPECTOR DOSSIER {one.code} SEAL {seal} PARCEL {one.number}"


def dossier_title(number: str) -> str:
    """What the file calls itself."""
    return tr("Dossier of parcel {number}", number=number)


def laid_out(one: Dossier, maps: Maps, stamp: Stamp, wanted: Wanted) -> Flow:
    """Two to four pages. What does not fit is shortened, and says how much more the register holds."""
    for level in _LEVELS:
        flow = _Pages(one, maps, stamp, wanted, level).flow
        if len(flow.pages) <= MOST_PAGES:
            break
    else:
        del flow.pages[MOST_PAGES:]
    if len(flow.pages) < LEAST_PAGES:
        flow.new_page()
    return flow


def paint_edges(one: Dossier, stamp: Stamp, painter: QPainter, number: int, pages: int) -> None:
    """Head and foot of a page."""
    head = Laid(shortened(tr("{county} · dossier of parcel {number}", county=stamp.county, number=one.number), SMALL, 120), SMALL, 125)
    head.paint(painter, 18, 12)
    right = Laid(tr("Page {n} of {pages}", n=number, pages=pages), Look(7.5, colour=GREY, align=Qt.AlignmentFlag.AlignRight), 45)
    right.paint(painter, 147, 12)
    paper.rule(painter, 18, 17, 192, 17)
    top = 276.0
    paper.rule(painter, 18, top - 1.0, 192, top - 1.0)
    width = 174.0 - (_QR_SIDE + 3 if stamp.matrix else 0)
    scope = message("parcel {number} of batch {batch}", number=one.number, batch=one.batch.PCBH)
    said = say(scope_text(scope, stamp.day.isoformat(), stamp.known_at.strftime("%Y-%m-%d %H:%M")))
    for text, look in ((said, SMALL), (tr("Code of this dossier: {code}", code=one.code), Look(8, True)),
                       (tr("Seal of the register: {seal}", seal=stamp.seal), SMALL)):
        laid = Laid(shortened(text, look, width), look, width + 2)
        laid.paint(painter, 18, top)
        top += laid.height + 0.3
    if stamp.matrix:
        squares(painter, stamp.matrix, 192 - _QR_SIDE, 276, _QR_SIDE)


class _Pages:
    """One laying out, with so many lines of each list."""

    def __init__(self, one: Dossier, maps: Maps, stamp: Stamp, wanted: Wanted, level: Tuple[int, int, int, int, int]):
        self._one, self._maps, self._stamp, self._wanted = one, maps, stamp, wanted
        self._photos, self._lines, self._acts, self._parts, self._papers = level
        user = one.facts["YDDW"] or ""
        self._hidden = [] if wanted.parties else [user] if is_person(user, one.facts["ZTFL"]) else []
        self.flow = Flow(bottom=273.0)
        self._first_page()
        if len(self.flow.pages) == 1:
            self.flow.new_page()
        for part in (self._areas, self._proposal, self._verdict, self._documents, self._procedure, self._remedies, self._site,
                     self._history):
            part()
        self.flow.gap(1.5)
        self.flow.text(tr("To check this dossier: run “Check a dossier” on the register with this file or its code; it needs no network."),
                       SMALL)

    def _free(self, text: Optional[str]) -> str:
        """A text that people wrote, without what names somebody unless that was asked for; shortened where it is very long."""
        said = (text or "") if self._wanted.parties else (masked(text, self._hidden) or "")
        return said if len(said) <= _MOST_TEXT else said[:_MOST_TEXT] + " … " + tr("(the whole text is in the register)")

    # --- the first page: where, before and after, the evidence ----------------------------------------------------------------

    def _first_page(self) -> None:
        flow, one, maps = self.flow, self._one, self._maps
        flow.text(tr("Parcel {number}", number=one.number), TITLE, after=0.4)
        start = flow.y
        flow.facts(self._identity(), 1, 0.25, width=flow.width - LOCATOR[0] - 4)
        left = flow.right - LOCATOR[0]
        place = maps.outline.representative_point()
        code, centre = one.facts["XZDM"] or "", (place.x, place.y)
        flow.paint(lambda painter: maps.locate(painter, left, start, code, centre))
        flow.y = max(flow.y, start + LOCATOR[1]) + 2.5
        self._two_images()
        self._overlay()

    def _identity(self) -> List[Tuple[str, str]]:
        facts, batch = self._one.facts, self._one.batch
        place = " ".join(part for part in (facts["XZMC"], facts["CMC"]) if part)
        kind = " · ".join(codes.label(name, facts[name], user_locale()) for name in ("TBLX", "TZ") if facts[name])
        issued = DASH if facts["JCMJ"] is None else _area(facts["JCMJ"])
        entries = [
            (tr("Batch"), f"{batch.PCBH} {batch.PCMC}"), (tr("Patch"), f"{facts['JCBH']}" + _split_said(facts)),
            (tr("Place"), place or DASH), (tr("Kind"), kind or DASH),
            (tr("Images"), tr("{before} → {after}", before=facts["QSX"] or DASH, after=facts["HSX"] or DASH)),
            (tr("Issued area"), issued), *figures_said(facts, batch.ZD)[:2],
            (tr("Review"), codes.label("HSZT", facts["HSZT"], user_locale()))]
        if facts["ZGJD"]:
            left = "" if facts["SYMJ"] is None else tr(", {area} remaining", area=_area(facts["SYMJ"]))
            entries.append((tr("Rectification"), codes.label("ZGJD", facts["ZGJD"], user_locale()) + left))
        if self._wanted.parties and facts["YDDW"] and not str(facts["YDDW"]).startswith(STAND_IN):
            entries.append((tr("Land user"), str(facts["YDDW"])))
        return entries

    def _two_images(self) -> None:
        flow, top, lowest = self.flow, self.flow.y, self.flow.y
        for at, picture in enumerate((self._maps.before, self._maps.after)):
            x = flow.left if not at else flow.right - BEFORE_AFTER[0]
            below = self._picture(picture, x, top)
            warned = Laid("\n".join(picture.warnings), Look(7, colour="#8c4a00"), BEFORE_AFTER[0]) if picture.warnings else None
            if warned is not None:
                flow.paint(lambda painter, w=warned, a=x, b=below + 0.5: w.paint(painter, a, b))
            lowest = max(lowest, below + (warned.height + 0.5 if warned is not None else 0.0))
        flow.y = lowest + 2.5

    def _picture(self, picture: Picture, x: float, y: float) -> float:
        """A map with its line above; where it ends."""
        outline, caption = self._maps.outline, Laid(shortened(picture.caption, Look(8, True), picture.view.width), Look(8, True), 200)
        top = y + caption.height + 0.6

        def paint(painter: QPainter) -> None:
            caption.paint(painter, x, y)
            paint_picture(painter, picture.image, x, top, picture.view, picture.instead)
            paint_outline(painter, outline, x, top, picture.view)
            paint_scale(painter, x, top, picture.view)
            paint_north(painter, x, top, picture.view)

        self.flow.paint(paint)
        return top + picture.view.height

    def _overlay(self) -> None:
        flow, maps, overlay = self.flow, self._maps, self._maps.overlay
        flow.need(overlay.view.height + 5)  # long names may have taken its place
        top = flow.y
        below = self._picture(overlay, flow.left, top)
        map_top = below - overlay.view.height
        shown = [(str(number), photo) for number, photo in enumerate(self._one.photos, 1) if photo.id in maps.places]
        x = flow.left + overlay.view.width + 4
        signs = list(maps.signs)

        def paint(painter: QPainter) -> None:
            for label, photo in shown:
                paint_bearing(painter, flow.left, map_top, overlay.view, maps.places[photo.id], photo.direction, label)
            y = top
            Laid(tr("Legend"), BOLD, 50).paint(painter, x, y)
            y += 5
            for sign in signs:
                if y < below - 8:
                    y += paint_sign(painter, sign, x, y, flow.right - x)
            if shown:
                Laid(tr("● 1 … photo and the direction it looks"), Look(7), flow.right - x).paint(painter, x, y)

        flow.paint(paint)
        flow.y = below + 1

    # --- what was measured, proposed, decided --------------------------------------------------------------------------------

    def _areas(self) -> None:
        flow, measured, facts = self.flow, self._one.measured, self._one.facts
        flow.section(tr("Measured areas"))
        named = [tables.ALL_FIELDS[name] for name in tables.names(tables.MEASURED)]
        known = [(one.zh if user_locale() == "zh" else one.en, _of_measured(facts, one.name)) for one in named]
        flow.facts([(tr("Parcel area"), _area(facts["DKMJ"]))] + [
            (name, tr("cannot tell (not measured)") if area is None else _area(area)) for name, area in known], 2, 0.36)
        if measured.at is None:
            flow.text(tr("The parcel was not measured against any layer yet."), SMALL)
            return
        method = codes.label("MJFF", measured.method, user_locale())
        flow.text(tr("Measured {day} by {method}; the layers and their dates stand in each line.", day=measured.at[:10], method=method),
                  SMALL, after=1.2)
        rows = part_rows(measured, facts["DKMJ"])
        if not rows:
            flow.text(tr("None of the layers covers any of it."), PLAIN)
        else:
            flow.table([Column(tr("What"), 3), Column(tr("Layer and its date"), 4), Column("m²", 1.6, True), Column(tr("mu"), 1.2, True),
                        Column("%", 0.9, True)], rows[:self._parts])
            self._more(len(rows) - self._parts)
        without = [layer.name for layer in measured.layers if layer.key not in {part.layer for part in measured.parts}]
        if without:
            flow.text(tr("Measured against as well, nothing of the parcel lies in: {layers}", layers=tr(", ").join(without)), SMALL)

    def _more(self, number: int) -> None:
        if number > 0:
            self.flow.text(tr("… and {n} more in the register", n=number), SMALL)

    def _proposal(self) -> None:
        flow, proposed = self.flow, self._one.proposed
        flow.section(tr("Proposed by the rules"))
        if proposed is None:
            flow.text(tr("Nothing was proposed."), PLAIN)
            return
        name = tr("Cannot tell") if proposed.level == "0" else _verdict_name(proposed.level, proposed.sub_type, self._one.batch.ZD)
        rule = tr(" (rule {rule})", rule=proposed.rule) if proposed.rule else ""
        flow.text(f"{name}{rule} · {proposed.at[:10]}", BOLD)
        for text in [*proposed.reasons, *proposed.needs]:
            flow.text("· " + self._free(say(text)), PLAIN, 2, after=0.3)
        flow.text(tr("A proposal is computed; it proves nothing. The verdict below is a person's."), SMALL)

    def _verdict(self) -> None:
        flow, facts, given = self.flow, self._one.facts, self._one.verdict
        flow.section(tr("Verdict"))
        flow.text(_verdict_name(facts["PDJL1"], facts["PDJL2"], self._one.batch.ZD), BOLD)
        if given is not None:
            when = given.recorded.strftime("%Y-%m-%d %H:%M")
            flow.text(tr("By {who}, from {day}, recorded {when}", who=given.who, day=given.effective_on, when=when) if self._wanted.authors
                      else tr("From {day}, recorded {when}", day=given.effective_on, when=when), PLAIN)
        if facts["PDSM"]:
            flow.text(tr("Grounds: {grounds}", grounds=self._free(facts["PDSM"])), PLAIN)
        named = ("JSSJ", "XZXC", "SJYT", "XMMC", "XMLX", "WFLX", "WFXZ", "FLSM")
        entries = figures_said(facts, self._one.batch.ZD)[2:]
        entries += [(_heading(name), _value(name, facts[name], self._free)) for name in named if facts[name] not in (None, "")]
        if entries:
            flow.facts(entries, 2, 0.32)
        if facts["basis_changed"]:
            flow.text(tr("A later issue changed the patch after this verdict."), BOLD)

    def _documents(self) -> None:
        flow, papers = self.flow, self._one.measured.papers
        if not papers:
            return
        flow.section(tr("Papers over the parcel"))
        heads = [Column(tr("Paper"), 1.6), Column(tr("Number"), 3), Column(tr("Date"), 1.4), Column(tr("Project"), 4),
                 Column("m²", 1.5, True)]
        flow.table(heads, [self._paper(one) for one in papers[:self._papers]])
        self._more(len(papers) - self._papers)

    def _paper(self, one: Paper) -> List[str]:
        about = one.said.get("project") or ""
        if self._wanted.parties and one.said.get("user"):
            about = " · ".join(part for part in (about, str(one.said["user"])) if part)
        return [wording.role_names().get(one.role, one.role), str(one.said.get("number") or DASH), str(one.said.get("date") or DASH),
                self._free(about) or DASH, m2_text(one.area_m2)]

    # --- what was done ----------------------------------------------------------------------------------------------------------

    def _procedure(self) -> None:
        flow = self.flow
        if not self._one.cases:
            if self._one.facts["PDJL1"] == "2":
                flow.section(tr("Procedure"))
                flow.text(tr("No case was opened."), PLAIN)
            return
        flow.section(tr("Procedure"))
        for number, case in self._one.cases:
            flow.text(tr("Case {number}: {state} since {day}", number=number or DASH, state=say(STATES[case.state].label),
                         day=case.since.isoformat()), BOLD)
            self._acts_of(case)
            if case.items:
                rows = [[wording.remedy_name(item.kind), wording.amount_text(item.amount), _stage(item.stage),
                         item.since.isoformat() if item.since else DASH] for item in case.items]
                flow.table([Column(tr("Decided"), 3), Column(tr("How much"), 5), Column(tr("Stands at"), 2), Column(tr("Since"), 1.6)],
                           rows)

    def _acts_of(self, case: Case) -> None:
        shown = case.acts[-self._acts:]
        self._more(len(case.acts) - len(shown))
        said = [f"{done.on.isoformat()} {say(ACTS[done.act].label) if done.act in ACTS else done.act}" for done in shown]
        self.flow.text(" → ".join(said), PLAIN)
        files = [shown_name(file) for done in case.acts for file in done.particulars.get("files") or ()]
        if files:
            named = tr(", ").join(self._free(file) for file in files[:self._papers])
            self.flow.text(tr("Papers kept with it: {files}", files=named), SMALL)
            self._more(len(files) - self._papers)

    def _remedies(self) -> None:
        tracks = self._one.tracks
        if not tracks:
            return
        self.flow.section(tr("Remedies"))
        self.flow.table([Column(tr("Remedy"), 2), Column(tr("Ordered"), 3), Column(tr("Done"), 3), Column(tr("Remaining"), 3),
                         Column(tr("When"), 3.2)], [_track(one) for one in tracks])

    def _site(self) -> None:
        flow, visit, photos = self.flow, self._one.visit, self._one.photos
        if visit is None and not photos:
            return
        flow.section(tr("On site"), _PHOTO_ROW if photos else 12.0)  # the heading stays with the first photos
        if visit is not None:
            seen = tr("{day}: {status}", day=visit.on.isoformat(), status=say(site_status(visit.visit.status)))
            remark = self._free(visit.visit.remark)
            flow.text(seen + (f" · {remark}" if remark else ""), PLAIN)
        width = (flow.width - 8) / 3
        for start in range(0, min(len(photos), self._photos), 3):
            row = [_photo(photo, number + 1) for number, photo in enumerate(photos[start:start + 3], start)][:self._photos - start]
            height = max(laid.height for _image, laid in row) + width * 0.75 + 1.5
            flow.need(height)
            for at, (image, laid) in enumerate(row):
                self._photo_at(image, laid, flow.left + at * (width + 4), flow.y, width)
            flow.y += height
        self._more(len(photos) - self._photos)

    def _photo_at(self, image: Optional[QImage], laid: Laid, x: float, y: float, width: float) -> None:
        height = width * 0.75

        def paint(painter: QPainter) -> None:
            if image is not None:
                shown = image.size().scaled(QSize(4000, 3000), Qt.AspectRatioMode.KeepAspectRatio)
                across, down = width * shown.width() / 4000, height * shown.height() / 3000
                painter.drawImage(box(x + (width - across) / 2, y + (height - down) / 2, across, down), image)
            frame(painter, x, y, width, height)
            laid.paint(painter, x, y + height + 0.5)

        self.flow.paint(paint)

    def _history(self) -> None:
        flow, happened = self.flow, self._one.happened
        flow.section(tr("History"))
        shown = happened[:self._lines]
        columns = [Column(tr("Day"), 1.5), Column(tr("Recorded"), 2)] + ([Column(tr("Who"), 1.6)] if self._wanted.authors else [])
        rows = []
        for one in shown:
            said = self._free(say(one.text)) + (" " + tr("(undone)") if one.undone else "")
            who = [one.who] if self._wanted.authors else []
            rows.append([one.effective_on.isoformat(), one.recorded.strftime("%Y-%m-%d %H:%M"), *who, said])
        if rows:
            flow.table([*columns, Column(tr("What"), 7)], rows, Look(7.5))
        self._more(len(happened) - len(shown))


def figures_said(facts: Mapping[str, Any], regime: str) -> List[Tuple[str, str]]:
    """What a dossier says of the figures that its code binds, each with its name: the parcel's area, the verdict, the illegal areas.
    ``facts`` are columns of the parcel; ``regime`` (ZD) tells whose code list holds."""
    said = [(tr("Parcel area"), _area(facts["DKMJ"])), (tr("Verdict"), _verdict_name(facts["PDJL1"], facts["PDJL2"], regime))]
    return said + [(_heading(name), _area(float(facts[name]))) for name in ("WFMJ", "WFGD", "WFJBNT") if facts[name] is not None]


def part_rows(measured: Measured, area_m2: float) -> List[List[str]]:
    """What was measured, line by line: what, the layer and its date, m², mu, percent of the parcel; in the order of the layers, the
    largest first."""
    order = {layer.key: number for number, layer in enumerate(measured.layers)}
    names = {layer.key: " ".join(text for text in (layer.name, layer.date) if text) for layer in measured.layers}
    ordered = sorted(measured.parts, key=lambda part: (order.get(part.layer, len(order)), -part.area_m2))
    return [[wording.evidence_name(part.role, part.land_class), names.get(part.layer, part.layer), m2_text(part.area_m2),
             mu_text(part.area_m2), f"{100 * part.area_m2 / area_m2:.1f}" if area_m2 else DASH] for part in ordered]


# --- words and figures -------------------------------------------------------------------------------------------------------


def _area(m2: float) -> str:
    return tr("{m2} m² ({mu} mu)", m2=m2_text(m2), mu=mu_text(m2))


def _split_said(facts: Mapping[str, Any]) -> str:
    return " · " + tr("part of a split patch") if facts["TBZT"] == "2" else ""


def _verdict_name(level: Optional[str], sub_type: Optional[str], regime: str) -> str:
    first = codes.label("PDJL1", level or "0", user_locale(), regime)
    return f"{first} · {sub_type} {codes.label('PDJL2', sub_type, user_locale())}" if sub_type else first


def _of_measured(facts: Mapping[str, Any], name: str) -> Optional[float]:
    """As in every figure: what a verdict or a cut has fixed, else the newest measuring."""
    fixed = facts[name]
    return fixed if facts["verdict_event"] is not None or fixed is not None else facts.get(f"measured_{name}")


def _heading(name: str) -> str:
    one = tables.ALL_FIELDS[name]
    return one.zh if user_locale() == "zh" else one.en


def _value(name: str, value: Any, free: Any) -> str:
    one = tables.ALL_FIELDS[name]
    if one.unit == "m2":
        return _area(float(value))
    if one.codes or name == "SJYT":
        return codes.label(one.codes or name, str(value), user_locale())
    return free(str(value))


def _stage(stage: str) -> str:
    return say(STAGE_LABELS[stage]) if stage in STAGE_LABELS else stage


def _track(track: Track) -> List[str]:
    return [wording.remedy_name(track.kind), wording.amount_text(track.ordered), wording.amount_text(track.done),
            wording.amount_text(track.remaining), wording.track_dates(track)]


def _photo(photo: KeptPhoto, number: int) -> Tuple[Optional[QImage], Laid]:
    """The photo, small, unless it is missing or not the one that came in; and what is known of it."""
    facts = [f"{number}. {(photo.taken_at or '').replace('T', ' ')[:16] or tr('time unknown')}"]
    if photo.direction is not None:
        facts.append(tr("looking {bearing}° {point}", bearing=f"{photo.direction:.0f}", point=compass_point(photo.direction))
                     + (" " + tr("(compass)") if photo.magnetic else ""))
    if photo.distance_m is not None:
        facts.append(tr("{n} m away", n=f"{photo.distance_m:.0f}"))
    image = _small(photo)
    if image is None:
        facts.append(tr("The file is missing, or is not the one that was taken in."))
    facts.append(f"SHA-256 {photo.sha256[:16]}…")
    return image, Laid(" · ".join(facts), Look(6.8), 55)


def compass_point(bearing: float) -> str:
    """North, north-east … of a direction in degrees from north."""
    points = (tr("north"), tr("north-east"), tr("east"), tr("south-east"), tr("south"), tr("south-west"), tr("west"), tr("north-west"))
    return points[round((bearing % 360) / 45) % 8]


def _small(photo: KeptPhoto) -> Optional[QImage]:
    try:
        content = photo.path.read_bytes()
    except OSError:
        return None
    if hashlib.sha256(content).hexdigest() != photo.sha256:
        return None
    buffer = QBuffer()
    buffer.setData(QByteArray(content))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer)
    reader.setAutoTransform(True)
    size = reader.size()
    if size.isValid() and max(size.width(), size.height()) > 640:
        reader.setScaledSize(size.scaled(QSize(640, 640), Qt.AspectRatioMode.KeepAspectRatio))
    image = reader.read()
    return None if image.isNull() else image.convertToFormat(QImage.Format.Format_RGB32)
