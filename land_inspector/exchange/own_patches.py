"""Own patches given out: the list as a layer with all that it rests on, and the page that says how far it may be trusted."""
from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Dict, Iterable, List, Sequence, Tuple

import shapely

from ..changes.describing import NUMBERS
from ..changes.gates import GREEN, RED, YELLOW, Gate
from ..changes.masks import NOT_ON_THE_LAND
from ..changes.pair import CLOUD, EXCLUDED, NO_PICTURE, NOT_INCLUDED, REASONS, SATURATED, ImageFile
from ..changes.proposing import ENGINE, Candidate, Proposal, Request
from ..errors import InputError, Message, message
from ..evidence.damage import reading
from ..i18n import say, tr
from ..law.areas import DASH
from ..law.facts import SKETCH
from ..law.samples import counted
from ..law.image_dates import parse_image_date
from ..progress import Progress
from ..register.own_patches import SOURCE
from ..register.records import BatchInfo, Intake
from ..register.tables import INTEGER, ISSUED, REAL, TEXT, Field, by_name
from .atomic_files import one_given_out, take_out_the_date
from .formats import html
from .formats.gpkg import Layer, write_geopackage
from .image_files import SUFFIXES, read_images, refuse_far_parts

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
    if not path.is_file():
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


def _names(sources: Sequence[str]) -> str:
    return ", ".join(Path(source.split("|")[0]).name + source[len(source.split("|")[0]):] for source in sources)


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
             html.lead(tr("In brackets: how far beyond the usual of the whole area, in robust spreads, counted up to 6. The score is their "
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
