"""Own patches: found in two images and brought in, given out as a layer with all it rests on, reported, cut out for training."""
from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple, Union

import numpy as np
import shapely

from ..changes.features import NUMBERS, bands_of
from ..changes.gates import GREEN, Gate, NEAR_SEASON, RED, YELLOW
from ..changes.masks import NOT_ON_THE_LAND, Mask, burnt
from ..changes.network import write_chips
from ..changes.pair import (
    CLOUD, EXAMINED, EXCLUDED, ImageFile, NOT_INCLUDED, NO_PICTURE, Pair, REASONS, SATURATED, Window, carried,
)
from ..changes.proposing import Candidate, ENGINE, Proposal, Request, propose
from ..changes.ranking import LEAST_VERDICTS, Ranker
from ..changes.registration import register_images
from ..errors import Cancelled, InputError, Message, message
from ..evidence.crs import Crs
from ..evidence.gdal_quiet import reading
from ..evidence.sources import MemorySource
from ..evidence.vector_files import is_there
from ..i18n import say, tr
from ..law.areas import DASH
from ..law.facts import SKETCH
from ..law.image_dates import parse_image_date
from ..law.rulepack import Label
from ..law.agreement import counted
from ..progress import Progress
from ..register.addresses import RegisterAddress
from ..register.issuing import issue_batch
from ..register.own_patches import OwnPatch, Run, SOURCE, confirmed_share, is_confirmed
from ..register.rebound import settled_outlines
from ..register.records import BatchInfo, Intake, Township
from ..register.register import Register
from ..register.proposing import limits_of
from ..register.tables import Field, INTEGER, ISSUED, REAL, TEXT, by_name
from .atomic_files import one_given_out, take_out_the_date
from .formats import html
from .formats.gpkg import Layer, write_geopackage
from .formats.html import write_page
from .image_files import SUFFIXES, read_images, refuse_far_parts
from .intake.patches import take_in
from .rules_page import verdict_text


# Own patches given out: the list as a layer with all that it rests on, and the page that says how far it may be trusted.

#: A date that may mean more days than these says no season.
_VAGUE_DAYS = 31
LAYER = "candidates"

FIELDS: Tuple[Field, ...] = (
    Field("JCBH", TEXT, "监测编号", "Patch number"),
    *(by_name(ISSUED)[name] for name in ("QSX", "HSX", "JCMJ", "TZ", "BZ")),
    Field("rank", INTEGER, "名次", "Rank"), Field("score", REAL, "得分", "Score"), Field("peak", REAL, "最高分", "Peak"),
    Field("random", INTEGER, "随机抽取", "Drawn at random"),
    Field("reasons", TEXT, "理由", "Reasons (JSON)"), Field("shares", TEXT, "占比", "Shares under masks (JSON)"),
    Field("numbers", TEXT, "特征值", "Numbers that describe it (JSON)"), Field("image_before", TEXT, "前影像", "Earlier image"),
    Field("image_after", TEXT, "后影像", "Later image"), Field("run", TEXT, "查找概况", "What the run found of itself (JSON)"))


def image_file(source: str, said: str = "", clouds: str = "") -> ImageFile:
    """An image with its day: as said, else as its name, its metadata or its folder say. Raises InputError for a file that is not
    there, is no image or does not say where it lies."""
    path = Path(source.split("|")[0])
    if not source.strip():
        raise InputError("Two images are needed, an earlier and a later one; one is missing.", "Choose both.")
    if not is_there(path) or not path.is_file():
        raise InputError("{file} does not exist.", "Check the path and the connection to the drive.", file=source)
    with reading(path.name):
        refuse_far_parts(path)
    taken = parse_image_date(said) if said else None
    if taken is None and path.suffix.lower() in SUFFIXES:
        images = read_images(path, path.parent)
        taken = images[0].taken if images else None
    taken = taken or parse_image_date(path.stem)
    if taken is None or (taken.last - taken.first).days > _VAGUE_DAYS:
        return ImageFile(source, "", clouds)
    middle = taken.first + timedelta(days=(taken.last - taken.first).days // 2)
    return ImageFile(source, middle.isoformat(), clouds)


def in_order(request: Request) -> Request:
    """The request as it is. Raises InputError where the earlier image is the later one."""
    before, after = request.before, request.after
    if before.taken and after.taken and before.taken > after.taken:
        raise InputError("{one} ({a}) is later than {two} ({b}).", "Exchange the two images, or give their true dates.",
                         one=before.name, a=before.taken, two=after.name, b=after.taken)
    return replace(request)


def with_source(info: BatchInfo, intake: Intake) -> BatchInfo:
    """The batch's particulars, its source said to be 自查 where all its outlines are sketches of ours."""
    own = all(patch.attributes.get("TZ") == SKETCH for patch in intake.patches)
    return replace(info, source=SOURCE) if own and intake.patches else info


# --- the layer ----------------------------------------------------------------------------------------------------------

def write_candidates(target: Path, proposal: Proposal, inputs: Iterable[Path] = (), progress: Progress = Progress()) -> None:
    """A GeoPackage with the candidates, what was not examined, a sample of what the masks dropped, and all parameters. The same
    proposal makes the same bytes. Raises InputError where it cannot be written or would harm."""
    if target.suffix.lower() != ".gpkg":
        raise InputError("{file}: own patches are written as a GeoPackage, which can hold what belongs to them.",
                         "Give a name that ends in .gpkg.", file=target.name)
    layers = [Layer(LAYER, FIELDS, _columns(proposal), _wkb(one.shape for one in proposal.candidates), tr("Own patches")),
              _area_layer("not_examined", proposal.not_examined, {reason: say(text) for reason, text in _reason_texts().items()}),
              _area_layer("dropped_sample", proposal.dropped_shapes, {name: say(mask_text(name)) for name in proposal.dropped}),
              _parameters(proposal, progress)]
    with one_given_out(target, inputs) as draft:
        write_geopackage(draft, proposal.pair.grid.crs.wkt, layers, progress)
        take_out_the_date(draft)


def _wkb(shapes: Iterable[shapely.Geometry]) -> List[bytes]:
    return [shapely.to_wkb(shape) for shape in shapes]


def _columns(proposal: Proposal) -> Dict[str, List[Any]]:
    run = run_text(proposal)
    rows = [{**_row(proposal, one), "run": run} for one in proposal.candidates]
    return {field.name: [row[field.name] for row in rows] for field in FIELDS}


def number_of(proposal: Proposal, candidate: Candidate) -> str:
    """``ZC`` (自查), the later image's day and the rank: a number like those of issued patches."""
    return f"ZC{proposal.request.after.taken.replace('-', '') or '00000000'}{candidate.rank:04d}"


def _row(proposal: Proposal, one: Candidate) -> Dict[str, Any]:
    request = proposal.request
    return {"JCBH": number_of(proposal, one), "QSX": request.before.taken.replace("-", "") or None,
            "HSX": request.after.taken.replace("-", "") or None, "JCMJ": round(one.area_m2, 2), "TZ": SKETCH, "BZ": say(reason_text(one)),
            "rank": one.rank, "score": round(one.score, 4), "peak": round(one.peak, 4), "random": int(one.is_random),
            "reasons": json.dumps([[name, round(weight, 2)] for name, weight in one.description.reasons]),
            "shares": json.dumps(one.shares, ensure_ascii=False, sort_keys=True), "numbers": json.dumps(one.description.numbers),
            "image_before": request.before.name, "image_after": request.after.name}


def run_text(proposal: Proposal) -> str:
    """What goes with every candidate, so that the quality page can say it when all else is gone: areas, the self-test, what spoils."""
    return json.dumps({"examined_m2": round(proposal.examined_m2), "not_examined_m2": round(proposal.not_examined_m2),
                       "self_test": [[round(one.area_m2), one.found, one.planted] for one in proposal.self_test],
                       "gates": [[gate.level, gate.name.template] for gate in proposal.gates if gate.level != GREEN]}, ensure_ascii=False)


def reason_text(one: Candidate) -> Message:
    """Why it is in the list, in one sentence."""
    words = one.description.words
    text = message("{a}; {b}; {c}", **dict(zip("abc", words))) if len(words) == 3 else \
        message("{a}; {b}", **dict(zip("ab", words))) if len(words) == 2 else words[0] if words else message("the sum of small differences")
    return message("Drawn at random: {why}. The outline is a sketch.", why=text) if one.is_random else \
        message("{why}. The outline is a sketch.", why=text)


def _area_layer(name: str, areas: Sequence[Tuple[Any, shapely.Geometry]], texts: Dict[Any, str]) -> Layer:
    return Layer(name, (Field("reason", TEXT, "原因", "Reason"),), {"reason": [texts[key] for key, _shape in areas]},
                 _wkb(shape for _key, shape in areas))


def _parameters(proposal: Proposal, progress: Progress) -> Layer:
    rows = [(name, str(value)) for name, value in record_of(proposal, progress).items()]
    return Layer("parameters", (Field("name", TEXT), Field("value", TEXT)),
                 {"name": [name for name, _value in rows], "value": [value for _name, value in rows]})


def record_of(proposal: Proposal, progress: Progress) -> Dict[str, Any]:
    """All that the list follows from, as plain values: files with their digests, masks, numbers, what was found of the images."""
    request, pair, found = proposal.request, proposal.pair, proposal.registration
    before, after = pair.digests(progress)
    return {
        "engine": ENGINE, "net": Path(request.model).name, "seed": request.seed, "budget": request.budget,
        "min_area_m2": "" if request.min_area_m2 is None else request.min_area_m2,
        "image_before": request.before.name, "taken_before": request.before.taken, "sha256_before": before,
        "image_after": request.after.name, "taken_after": request.after.taken, "sha256_after": after,
        "area": _names([request.area] if request.area else []), "include": _names(request.include), "exclude": _names(request.exclude),
        "bands": ",".join(proposal.look.bands.names), "features": ",".join(proposal.look.features), "numbers": ",".join(NUMBERS),
        "pixel_m": round(pair.grid.pixel_m, 4), "shift_x": round(found.x, 4), "shift_y": round(found.y, 4),
        "shift_used": int(found.is_applied), "windows": found.windows, "windows_accepted": found.accepted,
        "residual": round(found.residual, 4), "threshold_high": proposal.thresholds[0], "threshold_low": proposal.thresholds[1],
        "examined_m2": round(proposal.examined_m2, 2), "not_examined_m2": round(proposal.not_examined_m2, 2),
        **{f"dropped {name or NOT_INCLUDED}": n for name, n in sorted(proposal.dropped.items())}}


def _names(sources: Sequence[Union[str, Mask]]) -> str:
    return ", ".join(source.name if isinstance(source, Mask) else Path(source.split("|")[0]).name + source[len(source.split("|")[0]):]
                     for source in sources)


# --- the page -----------------------------------------------------------------------------------------------------------

_MARKS = {GREEN: "✓", YELLOW: "!", RED: "✗"}
_CLASSES = {GREEN: "I", YELLOW: "W", RED: "E"}


def _reason_texts() -> Dict[int, Message]:
    return {NO_PICTURE: message("no picture in one of the images"), CLOUD: message("clouds, shadows of clouds or snow"),
            SATURATED: message("saturated pixels"), NOT_INCLUDED: message("not on the land that is looked at"),
            EXCLUDED: message("in a layer that is left out")}


def mask_text(name: str) -> Message:
    """What a mask is called in sentences."""
    return message("not on the land that is looked at") if name == NOT_ON_THE_LAND else message("in {layer}", layer=name)


def limits_text() -> List[str]:
    """What the list is not; on every page that shows it."""
    return [tr("A list of places to look at. It does not say that nothing else changed, and nothing about what is lawful: that a person "
               "decides, on site."),
            tr("Outlines are sketches. Their area is no evidence until the parcel is redrawn or measured.")]


def level_text(gate: Gate) -> str:
    """The level in words, for colour is never the only sign."""
    return {GREEN: tr("good"), YELLOW: tr("with care"), RED: tr("bad")}[gate.level]


def candidates_page(proposal: Proposal, extra: Sequence[str] = ()) -> str:
    """The report: gates, what was and was not examined, what the masks dropped, every candidate. ``extra`` are parts of a page."""
    random = sum(one.is_random for one in proposal.candidates)
    body = [html.lead(" ".join(limits_text())),
            html.counts([(tr("Candidates"), len(proposal.candidates), False), (tr("of them at random"), random, False),
                         (tr("Dropped by masks"), sum(proposal.dropped.values()), False)]),
            html.facts([(tr("Earlier image"), _image(proposal.request.before)), (tr("Later image"), _image(proposal.request.after)),
                        (tr("Examined"), f"{proposal.examined_m2 / 1e6:.3f} km²"),
                        (tr("Not examined"), f"{proposal.not_examined_m2 / 1e6:.3f} km²"),
                        (tr("Candidates per km²"), _density(proposal)), (tr("Seed"), str(proposal.request.seed)), (tr("Engine"), ENGINE)]),
            html.heading(tr("Before you rely on it")),
            html.table(["", tr("What"), tr("What was found")],
                       [[f"{_MARKS[gate.level]} {level_text(gate)}", say(gate.name), say(gate.text)] for gate in proposal.gates],
                       [_CLASSES[gate.level] for gate in proposal.gates], ("s",)),
            html.heading(tr("Not examined")),
            html.table([tr("Reason"), "km²"], _unexamined(proposal), cells=("", "n"))]
    if proposal.dropped:
        rows = [[say(mask_text(name)), str(n)] for name, n in sorted(proposal.dropped.items())]
        body += [html.heading(tr("Dropped by masks")), html.table([tr("Mask"), tr("Candidates")], rows, cells=("", "n"))]
    if proposal.by_class:
        body += [html.heading(tr("By the land looked at")),
                 html.table([tr("Land"), tr("Examined (km²)"), tr("Candidates"), tr("Candidates per km²")],
                            [_land(*one) for one in proposal.by_class], cells=("", "n", "n", "n"))]
    if not proposal.candidates:
        body.append(html.paragraph(tr("No candidate was found above the thresholds. That is no proof that nothing changed.")))
    if proposal.self_test:
        body += self_test_parts([(one.area_m2, one.found, one.planted) for one in proposal.self_test])
    body += [*extra, html.heading(tr("Candidates")),
             html.lead(tr("The score is what the net {net} makes of the images, from 0 to 31; it is an order and no probability. In "
                          "brackets: how far beyond the usual of the whole area, in robust spreads.", net=Path(proposal.request.model).name)
                       if proposal.request.model else
                       tr("In brackets: how far beyond the usual of the whole area, in robust spreads, counted up to 6. The score is their "
                          "sum; it is an order and no probability.")),
             html.table([tr("Rank"), tr("Number"), tr("Score"), tr("Sketched area (m²)"), tr("At random"), tr("Why"), tr("Under masks")],
                        [_line(proposal, one) for one in proposal.candidates], cells=("n", "", "n", "n", "s"))]
    return html.page(tr("Own patches"), body)


def _land(name: str, area_m2: float, candidates: int) -> List[str]:
    return [name, f"{area_m2 / 1e6:.3f}", str(candidates), f"{candidates / (area_m2 / 1e6):.2f}" if area_m2 else DASH]


def self_test_parts(found: Sequence[Sequence[float]]) -> List[str]:
    """The self-test as parts of a page: for each size (m²) how many of the sites planted came into the list."""
    rows = [[f"{area:,.0f}", counted(int(hits), int(planted))] for area, hits, planted in found]
    hits, planted = (int(sum(values)) for values in list(zip(*found))[1:])
    return [html.heading(tr("Self-test: an upper bound, for planted sites are easier than real ones")),
            html.table([tr("Planted, m²"), tr("Found in the list")], [*rows, [tr("all"), counted(hits, planted)]], cells=("n", "n"))]


def _image(file: ImageFile) -> str:
    return tr("{file}, taken on {day}", file=file.name, day=file.taken) if file.taken else \
        tr("{file}, day not known", file=file.name)


def _density(proposal: Proposal) -> str:
    return f"{len(proposal.candidates) / (proposal.examined_m2 / 1e6):.2f}" if proposal.examined_m2 else "—"


def _unexamined(proposal: Proposal) -> List[List[str]]:
    texts = _reason_texts()
    rows = [[say(texts[reason]), f"{proposal.areas_m2[reason] / 1e6:.3f}"] for reason in REASONS if proposal.areas_m2[reason] > 0]
    return rows + ([[tr("beyond what both images show"), f"{proposal.beyond_m2 / 1e6:.3f}"]] if proposal.beyond_m2 >= 0.5 else [])


def _line(proposal: Proposal, one: Candidate) -> List[str]:
    shares = "\n".join(f"{name} {100 * share:.0f} %" for name, share in sorted(one.shares.items()))
    return [str(one.rank), number_of(proposal, one), f"{one.score:.1f}", f"{one.area_m2:,.0f}", "✓" if one.is_random else "",
            say(reason_text(one)), shares]


# What own patches were worth: confirmed of judged for the top of the list and for the random share, and the queue as a table.

#: (name, kind, label) of the queue as a table.
QUEUE_FIELDS = (("XH", "integer", Label("队列序号", "Place in the queue")), ("DKBH", "text", Label("地块编号", "Parcel")),
                ("YXH", "integer", Label("原名次", "Rank when found")), ("DF", "real", Label("得分", "Score")),
                ("SJ", "integer", Label("随机抽取", "Drawn at random")), ("PD", "text", Label("判定", "Verdict")),
                ("QR", "integer", Label("已确认", "Confirmed")))
_TOPS = (50, 100)


def queue_rows(patches: Sequence[OwnPatch], places: Mapping[str, int]) -> List[Dict[str, Any]]:
    """The patches in the order of the queue."""
    return [{"XH": places[one.parcel_id] + 1, "DKBH": one.label, "YXH": one.place, "DF": one.score, "SJ": int(one.is_random),
             "PD": verdict_text(one.verdict) if one.confirmed is not None else None,
             "QR": None if one.confirmed is None else int(one.confirmed)}
            for one in sorted(patches, key=lambda one: places[one.parcel_id])]


def quality_page(patches: Sequence[OwnPatch], ranker: Optional[Ranker], batch: str, run: Optional[Run] = None) -> str:
    """What this county confirmed, with what the run that found them said of itself. It claims no completeness, no “no change” and no
    legality."""
    top = [one for one in patches if not one.is_random]
    groups = [(tr("First {n} of the list", n=n), top[:n]) for n in _TOPS if len(top) > n]
    groups += [(tr("The whole list without the random share"), top), (tr("Drawn at random"), [one for one in patches if one.is_random])]
    rows = []
    for name, group in groups:
        share = confirmed_share(group)
        rows.append([name, str(share.listed), str(share.of), counted(share.hits, share.of)])
    learning = tr("Ranked by {n} verdicts of this bureau, {k} of them confirming.", n=ranker.verdicts, k=ranker.confirmed) \
        if ranker is not None else tr("Ranked as found: fewer than {n} verdicts, or all of one kind.", n=LEAST_VERDICTS)
    body = [html.lead(" ".join(limits_text())),
            html.facts([(tr("Batch"), batch), (tr("Order of the queue"), learning), *(_run_facts(run) if run is not None else [])]),
            html.heading(tr("What was confirmed")),
            html.table(["", tr("Listed"), tr("Judged"), tr("Confirmed of judged")], rows, cells=("", "n", "n", "n")),
            html.paragraph(tr("Confirmed: judged to be a real change (neither “no real change” nor a change of crops). Below 20 judged "
                              "no per cent is given. The random share tells what lies below the top of the list; it says nothing of "
                              "places that no threshold reached."))]
    if run is not None and run.self_test:
        body += self_test_parts(run.self_test)
    return html.page(tr("What own patches were worth"), body)


def _run_facts(run: Run) -> List[Tuple[str, str]]:
    levels = {RED: tr("bad"), YELLOW: tr("with care")}
    spoilt = [f"{say(Message(name))} ({levels.get(level, level)})" for level, name in run.gates]
    return [(tr("Examined"), f"{run.examined_m2 / 1e6:.3f} km²"), (tr("Not examined"), f"{run.not_examined_m2 / 1e6:.3f} km²"),
            (tr("Before you rely on it"), "; ".join(spoilt) or tr("nothing that spoils the comparison"))]


# From two images to a batch in one go: candidates found, written with their report, and brought in as own patches.

#: Images nearer than this (days) hardly differ by anything built.
_LEAST_APART = 60


@dataclass(frozen=True)
class FoundChanges:
    """What came of it: files, how many candidates, and the code of the batch ('' where there was none to bring in)."""

    layer: Path
    report: Path
    candidates: int
    batch: str


def suggested_pair(images: Sequence[Tuple[str, date]]) -> Tuple[Optional[str], Optional[str]]:
    """The newest image and the one before it whose season is nearest, at least two months older; None for what is not there."""
    if len(images) < 2:
        return None, images[0][0] if images else None
    newest = max(images, key=lambda one: (one[1], one[0]))
    older = [one for one in images if (newest[1] - one[1]).days >= _LEAST_APART] or [one for one in images if one[1] < newest[1]]
    if not older:
        return None, newest[0]

    def apart(one: Tuple[str, date]) -> Tuple[int, int]:
        days = abs(one[1].timetuple().tm_yday - newest[1].timetuple().tm_yday)
        days = min(days, 365 - days)
        return (0 if days <= NEAR_SEASON else days), (newest[1] - one[1]).days

    return min(older, key=apart)[0], newest[0]


def find_and_take(address: RegisterAddress, request: Request, target: Path, *, within_townships: bool = True,
                  without_settled: bool = False, by: Optional[str] = None, progress: Optional[Progress] = None) -> FoundChanges:
    """Compare the images, write ``target`` (a GeoPackage) and its report beside it, and bring the candidates in as a new batch.

    ``without_settled`` leaves out land that the register knows to be set right. Raises as :func:`propose` and the intake do. What was
    written stays when only the batch is refused; of a run that is stopped nothing stays.
    """
    progress = progress or Progress()
    with Register.open(address) as register:
        crs, townships = register.meta["crs"], register.township_list()
        if without_settled:
            outlines = settled_outlines(register)
            settled = Mask(tr("land set right (cases closed)"), MemorySource("settled", Crs.of(crs), outlines))
            request = replace(request, exclude=(*request.exclude, settled) if len(outlines) else request.exclude)
    if within_townships and not request.area:
        shapes = [shapely.from_wkb(one.wkb) for one in townships if one.wkb is not None]
        if shapes:
            request = replace(request, within=(shapely.to_wkb(shapely.union_all(shapes)), crs))
    proposal = propose(request, progress.part(0.0, 0.85))
    report = target.with_suffix(".html")
    try:
        write_candidates(target, proposal, progress=progress.part(0.85, 0.87))
        write_page(str(report), candidates_page(proposal))
        batch = _taken(address, proposal, target, townships, by, progress) if proposal.candidates else ""
    except Cancelled:
        for path in (target, report):
            path.unlink(missing_ok=True)
        raise
    return FoundChanges(target, report, len(proposal.candidates), batch)


def _taken(address: RegisterAddress, proposal: Proposal, target: Path, townships: Sequence[Township], by: Optional[str],
           progress: Progress) -> str:
    """The number of the batch that the candidates became."""
    request = proposal.request
    progress.step(0.87, message("Entering {n} patches", n=len(proposal.candidates)))
    with Register.open(address) as register:
        today = date.today().isoformat()
        intake = take_in(f"{target}|layername={LAYER}", target_crs=register.meta["crs"], area_method="E", townships=townships,
                         limits=limits_of(register, "N", today), progress=progress.part(0.87, 0.93))
        name = tr("Own patches {before} – {after}", before=request.before.taken, after=request.after.taken)
        info = BatchInfo(_free_code(register, request), name, int(today[:4]), month=int(today[5:7]), issued_on=today)
        issue_batch(register, with_source(info, intake), intake, by=by, progress=progress.part(0.93, 1.0))
    return info.code


def _free_code(register: Register, request: Request) -> str:
    """``ZC`` and the later image's day; with a number behind it where that batch is there already."""
    known, code = set(register.batches()["PCBH"]), f"ZC{request.after.taken.replace('-', '')}"
    return next(one for one in (code, *(f"{code}-{n}" for n in range(2, 10_000))) if one not in known)


# Decided patches cut out of two images, for a province that can train a net: before, after, and what was decided. No names, no places.

SMALLEST, LARGEST, MOST = 16, 512, 20_000
CHANGE, NO_CHANGE, UNKNOWN = 1, 0, 255


@dataclass(frozen=True)
class Chips:
    """How many were cut, how many of them show a confirmed change, and how many decided patches lie beyond the images."""

    count: int
    confirmed: int
    outside: int


def export_chips(register: Register, batch: Optional[str], images: Tuple[ImageFile, ImageFile], target: Path, *, size: int = 64,
                 bands: str = "", inputs: Iterable[Path] = (), progress: Optional[Progress] = None) -> Chips:
    """Write ``target`` (.npz). Raises InputError for images that cannot be compared, and where no decided patch lies on them."""
    progress = progress or Progress()
    if not SMALLEST <= size <= LARGEST or target.suffix.lower() != ".npz":
        raise InputError("Chips have {low} to {high} pixels a side and go into a file that ends in .npz.", "Give another size or name.",
                         low=SMALLEST, high=LARGEST)
    pair = Pair(*images, bands=bands)
    found = register_images(pair.grid.rows, pair.grid.columns, pair.means, progress.part(0.0, 0.2))
    if found.is_applied:  # as a net will be shown them
        pair.shifted(found.x, found.y)
    rows = _decided(register, batch)
    shapes = register.storage.shapes([row["shape_id"] for row in rows])
    crs = Crs.of(register.meta["crs"])
    cut: List[Tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    confirmed = outside = 0
    for done, row in enumerate(rows[:MOST]):
        progress.step(0.2 + 0.8 * done / len(rows), message("Cutting out patches"))
        truth = is_confirmed(row["ZD"], row["PDJL1"], row["PDJL2"])
        chip = _chip(pair, carried(shapely.from_wkb(shapes[row["shape_id"]]), crs, pair.grid.crs), size, bool(truth))
        if chip is None:
            outside += 1
            continue
        cut.append(chip)
        confirmed += bool(truth)
    if not cut:
        raise InputError("No decided patch lies on these images.", "Choose the images of the patches' dates, or judge patches first.")
    before, after, mask = (np.stack(part) for part in zip(*cut))
    known = bands_of(pair.names_of_bands, bands)
    said = {"kind": "land-inspector-chips-1", "bands": known.names, "pixel_m": round(pair.grid.pixel_m, 4), "size": size,
            "taken": [file.taken for file in images],
            "shift": [round(found.x, 2), round(found.y, 2)] if found.is_applied else [0, 0], "chips": len(cut), "confirmed": confirmed,
            "mask": {"1": "confirmed change", "0": "judged to be none", "255": "not judged"}}
    with one_given_out(target, inputs) as draft:
        write_chips(draft, before, after, mask, said)
    return Chips(len(cut), confirmed, outside)


def _decided(register: Register, batch: Optional[str]) -> List[Mapping[str, Any]]:
    """Living, whole parcels with a verdict, by number."""
    if batch is not None:
        register.batch(batch)
    frame = register.parcels(batch)
    frame = frame[(frame["TBZT"] == "0") & ~frame["PDJL1"].isin(["", "0"]) & frame["PDJL1"].notna()].sort_values(["PCBH", "DKBH"])
    wanted = ["shape_id", "ZD", "PDJL1", "PDJL2"]
    return frame[wanted].astype(object).where(frame[wanted].notna(), None).to_dict("records")


def _chip(pair: Pair, shape: shapely.Geometry, size: int, truth: bool) -> Optional[Tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Before, after and mask of the square about a patch; None where the images do not show all of its middle."""
    if shape.is_empty:
        return None
    grid, middle = pair.grid, shapely.centroid(shape)
    row = int((grid.y0 - middle.y) / grid.dy) - size // 2
    column = int((middle.x - grid.x0) / grid.dx) - size // 2
    window: Window = (row, column, size, size)
    pixels = pair.read(window)
    inside = burnt(grid, window, np.array([shape]))
    if not inside.any() or (pixels.code[inside] != EXAMINED).mean() > 0.1:
        return None
    return pixels.before, pixels.after, np.where(inside, CHANGE if truth else NO_CHANGE, UNKNOWN).astype(np.uint8)
