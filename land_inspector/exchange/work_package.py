"""Work given out to a township or a station, and taken back row by row: verdicts to review, visits in the field, rectification.

Made with :mod:`.field_package`: one file, a GeoPackage with its QGIS project in it (or a zip of both), that plain QGIS and QField open, and
the plugin as a small register of its own (:mod:`..register.packages`). It holds the parcels of those townships alone, no land user, no name
of a party or an officer, no other number. What was entered in its forms is compared field by field with what was given out and with the
register as it is now; what only the field changed is recorded, what both changed is left to a person. What was recorded in its register is
merged like a copy's. The book of packages knows each package by the digest of its list, so that a forged or foreign one is refused, and
which of its rows were recorded, so that taking it back twice does nothing.
"""
from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple

import pandas as pd
import shapely

from ..errors import Bilingual, InputError, LandInspectorError, Message, message
from ..law import codes
from ..law.areas import Amount
from ..law.remedies import label as remedy_label
from ..progress import Progress
from ..register import attachments
from ..register.event_log import describe_all
from ..register.events import ORDER, Event, canonical
from ..register.field_work import PERSON, PhotoMatch, SiteVisit, add_photos, record_visit, visit_of
from ..register.judging import Entry, give_verdicts
from ..register.kinds import goes_without_saying
from ..register.merging import UNREADABLE, take, unreadable
from ..register.packages import (
    GivenPackage, SmallRegister, brought_back, known_package, make_register, record_given, record_returned,
)
from ..register.personal import FREE_KEYS, masked
from ..register.pursuing import record_progress, tracks
from ..register.records import STATUSES, site_status
from ..register.register import Register
from ..register.second_opinion import OpinionRound, begin, give
from ..register.storage.geopackage import attachments_beside
from ..register.tables import ALL_FIELDS, DATE, REAL, TEXT, VERDICT, names
from .field_package import (
    CONFLICT, KNOWN, LINES, MISSING, NEW, PHOTO, POLYGON, TABLE, TAKE, BeginWith, Change, FormField, FormLayer, FormRow, GivenOut,
    Package, Returned, compare, give_out, refuse_foreign, taken_back,
)
from .atomic_files import one_given_out
from .patrol_package import KIND as PATROL, give_out_patrol, take_back_patrol
from .styles import register_styles, remains_styles

REVIEW, FIELD_WORK, RECTIFICATION, SECOND = "review", "field", "rectification", "second"
#: What a package can be for, in words.
WORK: Dict[str, Message] = {REVIEW: message("Review: verdicts"), FIELD_WORK: message("Field work: visits and photos"),
                            RECTIFICATION: message("Rectification: what was done"), PATROL: message("Patrol: this month's of one station")}
#: Blind: it holds neither the first verdict nor the proposal; given out by :func:`give_out_second`.
SECOND_OPINION = message("Second opinion, blind")
PARCELS, REMEDIES, ACTS = "parcels", "remedies", "acts"
#: What a row of parcels tells its reader; nothing here names a person.
_TOLD = ("DKBH", "JCBH", "PCBH", "XZMC", "CMC", "TBLX", "QSX", "HSX", "JCMJ", "DKMJ", "GDMJ", "JBNTMJ")
_JUDGED = ("PDJL1", "PDJL2", "PDSM", "JSSJ", "YDDW", "XMMC", "WFMJ", "WFGD", "WFJBNT")
#: Given out empty, whatever the register knows: the names of land users stay at home.
_KEPT_BACK = ("YDDW",)
_PHOTOS = ("photo1", "photo2", "photo3")
DONE, LEFT, KNOWN_ROW = "recorded", "left", "known"


@dataclass(frozen=True)
class RowOutcome:
    """One row that came back changed: recorded, known already, or left to a person with the reason; ``changes`` field by field."""

    layer: str
    where: str
    status: str
    changes: Tuple[Change, ...]
    reason: Optional[Message] = None


@dataclass(frozen=True)
class TakenBack:
    """What came of a package: every row that was changed, and how many were not."""

    package: GivenPackage
    file: str
    rows: Tuple[RowOutcome, ...]
    unchanged: int
    told: Tuple[Message, ...]
    is_dry: bool

    def of(self, status: str) -> List[RowOutcome]:
        """The rows of one outcome."""
        return [row for row in self.rows if row.status == status]


# --- giving out -----------------------------------------------------------------------------------------------------------


def give_out_work(register: Register, target: Path, what: str, *, townships: Sequence[str] = (), stations: Sequence[str] = (),
                  batch: str = "", to: str = "", images: Sequence[Path] = (), most_mb: float = 50.0, language: str = "zh",
                  by: Optional[str] = None, progress: Optional[Progress] = None) -> GivenOut:
    """Write one package and enter it in the book. InputError for an unknown township, nothing to give out, or a place that cannot be
    written; then the book says nothing either."""
    if what not in WORK:
        raise InputError("{what} is no work that a package is for.", "Use one of {known}.", what=what, known=", ".join(WORK))
    progress = progress or Progress()
    how: Dict[str, Any] = {"language": language, "images": images, "most_mb": most_mb, "progress": progress.part(0.2, 1.0)}
    said = {"what": what, "townships": list(townships), "stations": list(stations), "batch": batch}
    with one_given_out(Path(target), [Path(image) for image in images]) as draft:
        if what == PATROL:
            day = date.today()
            station = _one_station(stations)
            towns = [str(code) for code in register.townships().query("ZSDM == @station")["XZDM"]]
            frame = register.parcels()
            small = _small(what, frame[frame["XZDM"].isin(towns)], towns, language, stations)
            done = give_out_patrol(register, draft, station, day.year, day.month, begin_with=_beginning(register, small, progress), **how)
        else:
            parcels, towns = _parcels(register, townships, stations, batch)
            small = _small(what, parcels, towns, language)
            done = give_out(register, draft, _package(register, what, parcels, towns, batch),
                            begin_with=_beginning(register, small, progress), **how)
        _enter(register, draft, done, {**said, "file": Path(target).name}, to, by)
    return replace(done, file=Path(target))


def _small(what: str, parcels: pd.DataFrame, towns: Sequence[str], language: str, stations: Sequence[str] = ()) -> SmallRegister:
    styles = [*register_styles(language), *remains_styles(language)]
    return SmallRegister(sorted(set(parcels["patch_id"])), list(towns), what, stations, what == SECOND, styles)


def _beginning(register: Register, small: SmallRegister, progress: Progress) -> BeginWith:
    return lambda path, package: make_register(register, path, package, small, progress.part(0.0, 0.2))


def _one_station(stations: Sequence[str]) -> str:
    if len(stations) != 1:
        raise InputError("A package for patrols is for one station.", "Name one station.")
    return stations[0]


def _enter(register: Register, draft: Path, done: GivenOut, said: Mapping[str, Any], to: str, by: Optional[str]) -> None:
    with taken_back(draft) as written:
        digest = _digest_in(written)
    record_given(register, {**said, "package": done.package_id, "rows": dict(done.rows), "digest": digest}, to=to, by=by)


def give_out_second(register: Register, target: Path, asked: OpinionRound, *, images: Sequence[Path] = (), most_mb: float = 50.0,
                    language: str = "zh", by: Optional[str] = None, progress: Optional[Progress] = None) -> GivenOut:
    """Write the package of a round of second opinions and record the round: parcels without verdict, grounds, proposal or user."""
    frame = register.parcels(asked.batch)
    parcels = frame[frame["parcel_id"].isin(asked.parcels)].sort_values("DKBH")
    outlines = register.storage.shapes(parcels["shape_id"])
    box = tuple(float(side) for side in shapely.total_bounds(shapely.from_wkb([outlines[key] for key in parcels["shape_id"]])))
    judged = [_field("PDJL1", editable=True), _field("PDJL2", editable=True),
              FormField("reason", TEXT, "理由", "Reason", editable=True, entry=LINES)]
    layer = FormLayer(PARCELS, "待复判图斑", "Parcels to judge", [*_reference(), *judged],
                      _rows(parcels, outlines, _TOLD, ("PDJL1", "PDJL2", "reason")), POLYGON, label='"DKBH"')
    package = Package(SECOND, asked.batch, register.meta["crs"], box, [layer], {"round": asked.id, "batch": asked.batch})
    with one_given_out(Path(target), [Path(image) for image in images]) as draft:
        small = _small(SECOND, parcels, sorted(set(parcels["XZDM"].dropna())), language)
        done = give_out(register, draft, package, language=language, images=images, most_mb=most_mb,
                        begin_with=_beginning(register, small, progress or Progress()), progress=progress)
        begin(register, asked, by=by)
        _enter(register, draft, done, {"what": SECOND, "townships": [], "stations": [], "batch": asked.batch, "file": Path(target).name},
               asked.to, by)
    return replace(done, file=Path(target))


def _parcels(register: Register, townships: Sequence[str], stations: Sequence[str], batch: str) -> Tuple[pd.DataFrame, List[str]]:
    known = register.townships()
    wrong = [*(set(townships) - set(known["XZDM"])), *(set(stations) - set(known["ZSDM"]))]
    if wrong or not (townships or stations):
        here = ", ".join(f"{code} {name}" for code, name in zip(known["XZDM"], known["XZMC"]))
        raise InputError("There is no township or station {codes} in this register.", "Townships here: {known}.",
                         codes=", ".join(wrong) or "-", known=here)
    towns = [*townships, *known[known["ZSDM"].isin(list(stations))]["XZDM"]]
    if batch:
        register.batch(batch)
    frame = register.parcels(batch or None)
    frame = frame[frame["XZDM"].isin(towns)]
    if frame.empty:
        raise InputError("There are no parcels to give out.", "Choose another township, station or batch.")
    return frame, towns


def _package(register: Register, what: str, parcels: pd.DataFrame, towns: Sequence[str], batch: str) -> Package:
    outlines = register.storage.shapes(parcels["shape_id"])
    box = tuple(float(side) for side in shapely.total_bounds(shapely.from_wkb([outlines[key] for key in parcels["shape_id"]])))
    layers = {REVIEW: _review_layers, FIELD_WORK: _visit_layers, RECTIFICATION: _rectification_layers}[what](register, parcels, outlines)
    names_of = register.townships().set_index("XZDM")["XZMC"]
    title = ", ".join(dict.fromkeys(str(names_of.get(code, code)) for code in towns))
    if not layers or not any(layer.rows for layer in layers):
        raise InputError("There are no remedies to give out.", "Order remedies first, or choose another township, station or batch.")
    return Package(what, title, register.meta["crs"], box, layers, {"townships": list(towns), "batch": batch})


def _reference() -> List[FormField]:
    return [_field(name) for name in _TOLD]


def _field(name: str, editable: bool = False) -> FormField:
    known = ALL_FIELDS[name]
    listed = [(one.code, one.zh, one.en) for one in codes.shipped_codes().codes(known.codes)] if known.codes in (
        "PDJL1", "PDJL2") else []
    return FormField(name, known.kind, known.zh, known.en, list({one[0]: one for one in listed}.values()), editable,
                     LINES if name == "PDSM" else "plain")


def _photo_fields() -> List[FormField]:
    return [FormField(name, TEXT, f"照片{number}", f"Photo {number}", editable=True, entry=PHOTO) for number, name in enumerate(_PHOTOS, 1)]


def _told(name: str, row: Mapping[str, Any]) -> Any:
    """A value as a package tells it: free texts without the names and numbers of people."""
    return masked(row[name]) if name in FREE_KEYS and isinstance(row[name], str) else row[name]


def _rows(parcels: pd.DataFrame, outlines: Mapping[str, bytes], columns: Sequence[str], empty: Sequence[str] = ()) -> List[FormRow]:
    plain = parcels.astype(object).where(parcels.notna(), None)
    return [FormRow(row["parcel_id"], {**{name: _told(name, row) for name in columns}, **dict.fromkeys(empty)}, outlines[row["shape_id"]])
            for row in plain.to_dict("records")]


def _review_layers(register: Register, parcels: pd.DataFrame, outlines: Mapping[str, bytes]) -> List[FormLayer]:
    fields = [*_reference(), *(_field(name, editable=True) for name in _JUDGED), *_photo_fields()]
    shown = [name for name in (*_TOLD, *_JUDGED) if name not in _KEPT_BACK]
    return [FormLayer(PARCELS, "图斑判定", "Parcels to judge", fields, _rows(parcels, outlines, shown, (*_KEPT_BACK, *_PHOTOS)), POLYGON,
                      label='"DKBH"')]


def _visit_layers(register: Register, parcels: pd.DataFrame, outlines: Mapping[str, bytes]) -> List[FormLayer]:
    chinese = {"nothing": "未动工", "earth": "已动土", "building": "在建", "built": "已建成"}
    statuses = [(one, chinese[one], str(site_status(one))) for one in STATUSES]
    seen = [FormField("status", TEXT, "现场状态", "Found", statuses, editable=True),
            FormField("visited_on", DATE, "核查日期", "Visited on", editable=True),
            FormField("land_class", TEXT, "实地地类", "Land class on site", editable=True),
            FormField("remark", TEXT, "备注", "Remark", editable=True, entry=LINES)]
    rows = _rows(parcels, outlines, (*_TOLD, "PDJL1"), ("status", "visited_on", "land_class", "remark", *_PHOTOS))
    return [FormLayer(PARCELS, "实地核查", "Parcels to visit", [*_reference(), _field("PDJL1"), *seen, *_photo_fields()], rows, POLYGON,
                      label='"DKBH"')]


def _rectification_layers(register: Register, parcels: pd.DataFrame, outlines: Mapping[str, bytes]) -> List[FormLayer]:
    numbers = dict(zip(parcels["parcel_id"], parcels["DKBH"]))
    standing = [track for track in tracks(register) if track.parcel in numbers and track.withdrawn_on is None]
    fields = [FormField("DKBH", TEXT, "地块编号", "Parcel number"), FormField("kind", TEXT, "整改类别", "Remedy"),
              FormField("ordered_m2", REAL, "应整改面积", "Ordered (m²)"), FormField("done_m2", REAL, "已整改面积", "Done so far (m²)"),
              FormField("now_m2", REAL, "本次完成面积", "Done this time (m²)", editable=True),
              FormField("cultivated_m2", REAL, "其中耕地", "Of it cultivated (m²)", editable=True),
              FormField("done_on", DATE, "完成日期", "Done on", editable=True), *_photo_fields()]
    rows = [FormRow(track.id, {
        "DKBH": numbers[track.parcel], "kind": str(remedy_label(track.kind)), "ordered_m2": track.ordered.land_m2,
        "done_m2": track.done.land_m2, **dict.fromkeys(("now_m2", "cultivated_m2", "done_on", *_PHOTOS))})
        for track in standing if track.ordered.land_m2 is not None]
    shown = parcels[parcels["parcel_id"].isin({track.parcel for track in standing})]
    places = _rows(shown, outlines, (*_TOLD, "PDJL1"))
    return [FormLayer(REMEDIES, "整改任务", "Remedies", fields, rows, TABLE, label='"DKBH"'),
            FormLayer(PARCELS, "整改图斑", "Parcels", [*_reference(), _field("PDJL1")], places, POLYGON, label='"DKBH"')] if rows else []


# --- taking back ----------------------------------------------------------------------------------------------------------


@dataclass
class _Taking:
    """A package on its way back: rows by outcome, the marks of those that are recorded now, how many ``acts`` of its register came."""

    register: Register
    returned: Returned
    package: GivenPackage
    by: Optional[str]
    is_dry: bool
    rows: List[RowOutcome] = field(default_factory=list)
    marks: List[str] = field(default_factory=list)
    unchanged: int = 0
    acts: int = 0
    told: List[Message] = field(default_factory=list)

    def row(self, layer: str, key: str) -> Mapping[str, Any]:
        """A row as it came back."""
        return next((one.now for one in self.returned.layers[layer] if one.key == key), {})

    def settle(self, layer: str, key: str, changes: Sequence[Change], act: Callable[[], object]) -> None:
        """Record one row, or say why it is left."""
        where, mark = str(self.row(layer, key).get("DKBH") or key[:8]), self._mark(layer, key)
        clash = next((one for one in changes if one.status in (CONFLICT, NEW, MISSING)), None)
        status, reason = DONE, None
        absent = [str(one.now) for one in changes if one.name in _PHOTOS and one.now and self.returned.photo(one.now) is None]
        if mark in self.package.taken or all(one.status == KNOWN for one in changes):
            status = KNOWN_ROW
        elif clash is not None:
            status, reason = LEFT, clash.reason or message("The row is new; parcels are made by issues and splits only.")
        elif not self.is_dry:
            try:
                act()
                self.marks += [mark] if not absent else []
            except LandInspectorError as error:
                status, reason = LEFT, error.message
        if status == DONE and absent:
            status, reason = LEFT, _absent(absent)
        self.rows.append(RowOutcome(layer, where, status, tuple(changes), reason))

    def _mark(self, layer: str, key: str) -> str:
        editable = self.returned.about["layers"][layer]["editable"]
        said = {name: value for name, value in self.row(layer, key).items() if name in editable}
        return hashlib.sha256(canonical([layer, key, said]).encode("utf-8")).hexdigest()[:32]


def _absent(names: Sequence[str]) -> Message:
    return message("The photo {file} did not come back with the package; what else the row says is recorded. Put it beside the package, "
                   "then take it back again.", file=names[0][:100])


def take_back_work(register: Register, path: Path, *, dry_run: bool = False, by: Optional[str] = None,
                   progress: Optional[Progress] = None) -> TakenBack:
    """Record what a package brought back; each row is one act of its own, so that what can stand does.

    InputError for a file that is no package, of another register, not in the book, altered or damaged; then nothing is recorded."""
    progress = progress or Progress()
    with taken_back(Path(path), progress.part(0.0, 0.3)) as returned:
        what = str(returned.about.get("kind"))
        refuse_foreign(register, returned, what if what in (*WORK, SECOND) else REVIEW)
        package = known_package(register, returned.package_id, _digest_in(returned), returned.file)
        if what == PATROL:
            acts = _Taking(register, returned, package, by or package.to or None, dry_run)
            _take_register(acts, what, progress.part(0.3, 0.4))
            return _take_patrol(acts, Path(path), by, progress.part(0.4, 1.0))
        taking = _Taking(register, returned, package, by or package.to or None, dry_run)
        _take_register(taking, what, progress.part(0.3, 0.4))
        {REVIEW: _take_verdicts, FIELD_WORK: _take_visits, RECTIFICATION: _take_work, SECOND: _take_opinions}[what](
            taking, progress.part(0.4, 0.95))
        told = (*taking.told, *returned.told)
    left = sum(row.status == LEFT for row in taking.rows)
    if not dry_run and (taking.marks or taking.acts or left != package.left or not package.returned):
        record_returned(register, package.id, returned.file, taking.marks, left, by=by)
    progress.step(1.0)
    return TakenBack(package, Path(path).name, tuple(taking.rows), taking.unchanged, told, dry_run)


def _take_register(taking: _Taking, what: str, progress: Progress) -> None:
    """What was recorded in the package's register, merged as one action; of a blind one the verdicts are its opinions."""
    base = taking.returned.about.get("register_base")
    if not base:
        return
    try:
        _take_acts(taking, what, base, progress)
    except UNREADABLE as error:
        raise unreadable(taking.returned.file, error) from error


def _take_acts(taking: _Taking, what: str, base: Mapping[str, Any], progress: Progress) -> None:
    with Register.open(taking.returned.data, of_any_format=True) as small:
        if what == SECOND:
            _opinions_of(taking, small)
            return
        brought = brought_back(taking.register, small, base, taking.returned.file, progress.part(0.0, 0.3))
        brought.bundle.store = attachments_beside(taking.returned.original)
        shown = [event for event in sorted(brought.bundle.events, key=ORDER) if not goes_without_saying(event)]
        told = {event.uuid: _told_of(small, event) for event in [*shown, *(event for event, _why in brought.left)]}  # before it is recorded
        if brought.bundle.events:
            merged = take(taking.register, brought.bundle, dry_run=taking.is_dry, progress=progress.part(0.3, 1.0))
            taking.acts += merged.new
            taking.told += merged.remarks
            if merged.fresh:
                taking.told.append(message("{n} fields are in dispute: the office acted on the same parcels meanwhile. Settle them in the "
                                           "panel “Copies”.", n=len(merged.fresh)))
            came, idle = {event.uuid for event in merged.came}, {event.uuid for event in merged.lost}
            taking.marks += [event.uuid for event in shown if event.uuid in came - idle]
            here = came | taking.register.storage.known_events([event.uuid for event in shown if event.uuid not in came])
            waits = next(iter(merged.remarks), None)
            taking.rows += [_act_row(told[event.uuid], LEFT if event.uuid in idle else DONE if event.uuid in came else KNOWN_ROW)
                            if event.uuid in here else _act_row(told[event.uuid], LEFT, waits) for event in shown]
        taking.rows += [_act_row(told[event.uuid], LEFT, why) for event, why in brought.left]


def _told_of(small: Register, event: Event) -> Tuple[str, Message]:
    frame = small.storage.frame("parcel", ids=[subject for subject in event.subjects if subject])
    return str(frame["DKBH"].iat[0]) if len(frame) else event.subjects[0][:8], describe_all(small, [event])[0]


def _act_row(told: Tuple[str, Message], status: str, why: Optional[Message] = None) -> RowOutcome:
    lost = message("{what} It rests on what does not count, and does not count either.", what=told[1])
    return RowOutcome(ACTS, told[0], status, (), why or (lost if status == LEFT else told[1]))


def _opinions_of(taking: _Taking, small: Register) -> None:
    """Verdicts given in a blind package's register stand in its form where nothing was entered."""
    frame = small.parcels()
    judged = {row["parcel_id"]: row for row in frame[frame["PDJL1"].fillna("0") != "0"].astype(object).to_dict("records")}
    rows = taking.returned.layers[PARCELS]
    for number, row in enumerate(rows):
        found = judged.get(row.key)
        if found is not None and not row.now.get("PDJL1"):
            said = {"PDJL1": found["PDJL1"], "PDJL2": found["PDJL2"], "reason": found["PDSM"]}
            rows[number] = replace(row, now={**row.now, **{name: value for name, value in said.items() if value == value}})


def _take_patrol(acts: _Taking, path: Path, by: Optional[str], progress: Progress) -> TakenBack:
    """What a patrol brought back, as :mod:`.patrol_package` records it, in the rows of this report and in the book."""
    register, package, dry_run = acts.register, acts.package, acts.is_dry
    made = take_back_patrol(register, path, dry=dry_run, by=by or package.to or None, progress=progress)
    by_row: Dict[Tuple[str, str], List[Change]] = {}
    for change in made.changes:
        by_row.setdefault((change.layer, change.key), []).append(change)
    rows = []
    for (layer, key), changes in by_row.items():
        clash = next((one for one in changes if one.status in (CONFLICT, MISSING)), None)
        why = clash.reason if clash is not None else made.refused.get(key)
        status = LEFT if clash is not None or why is not None else KNOWN_ROW if all(one.status == KNOWN for one in changes) else DONE
        rows.append(RowOutcome(layer, key[:8], status, tuple(changes), why))
    taken = acts.marks + [hashlib.sha256(canonical([row.layer, row.where]).encode("utf-8")).hexdigest()[:32]
                          for row in rows if row.status == DONE]
    rows = [*acts.rows, *rows]
    left = sum(row.status == LEFT for row in rows)
    if not dry_run and (made.recorded or acts.acts or left != package.left or not package.returned):
        record_returned(register, package.id, path.name, taken, left, by=by)
    return TakenBack(package, path.name, tuple(rows), 0, (*acts.told, *made.told), dry_run)


def _digest_in(returned: Returned) -> str:
    with closing(sqlite3.connect(str(returned.data))) as connection:
        return str(connection.execute("SELECT value FROM li_package WHERE key = 'digest'").fetchone()[0])


def _changed(taking: _Taking, layer: str, current: Mapping[str, Mapping[str, Any]], progress: Progress) -> List[Tuple[str, List[Change]]]:
    by_key: Dict[str, List[Change]] = {}
    for change in compare(taking.returned, layer, current):
        by_key.setdefault(change.key, []).append(change)
    taking.unchanged += len(taking.returned.layers[layer]) - sum(one.key in by_key for one in taking.returned.layers[layer])
    return list(progress.watch(sorted(by_key.items())))


def _here(taking: _Taking, layer: str) -> Dict[str, Dict[str, Any]]:
    """The register's parcels among the rows, by id, with every column."""
    frame = taking.register.parcels()
    wanted = {row.key for row in taking.returned.layers[layer]} | {key for name, key, _was in taking.returned.missing if name == layer}
    frame = frame[frame["parcel_id"].isin(wanted)]
    return {row["parcel_id"]: row for row in frame.astype(object).where(frame.notna(), None).to_dict("records")}


def _take_verdicts(taking: _Taking, progress: Progress) -> None:
    here = _here(taking, PARCELS)
    current = {key: {**{name: _told(name, row) for name in _JUDGED}, **dict.fromkeys(_PHOTOS)} for key, row in here.items()}
    for key, changes in _changed(taking, PARCELS, current, progress):
        taking.settle(PARCELS, key, changes, lambda key=key, changes=changes: _judge(taking, here[key], changes))


def _judge(taking: _Taking, row: Mapping[str, Any], changes: Sequence[Change]) -> None:
    said = {one.name: one.now for one in changes if one.status == TAKE and one.name in _JUDGED}
    if said:
        verdict = {**{name: row[name] for name in names(VERDICT)}, **said}
        judged = give_verdicts(taking.register, str(row["PCBH"]), [Entry(str(row["DKBH"]), verdict)], by=taking.by,
                               seen={str(row["parcel_id"]): str(row["last_event"])})
        if judged.refused:
            raise InputError("The verdict cannot stand: {reason}", "Give it in the office.", reason=judged.refused[0].reason)
    _add_photos(taking, str(row["parcel_id"]), changes)


def _add_photos(taking: _Taking, parcel: str, changes: Sequence[Change]) -> None:
    files = [taking.returned.photo(one.now) for one in changes if one.name in _PHOTOS and one.now]
    matches = [PhotoMatch(file, (parcel,), matched_by=PERSON) for file in files if file is not None]
    for match in matches:
        attachments.refuse_harmful(match.path)
    if matches:
        add_photos(taking.register, matches, by=taking.by)


def _take_visits(taking: _Taking, progress: Progress) -> None:
    here = _here(taking, PARCELS)
    empty = dict.fromkeys(("status", "visited_on", "land_class", "remark", *_PHOTOS))
    for key, changes in _changed(taking, PARCELS, dict.fromkeys(here, empty), progress):
        taking.settle(PARCELS, key, changes, lambda key=key, changes=changes: _visit(taking, here[key], changes))


def _visit(taking: _Taking, row: Mapping[str, Any], changes: Sequence[Change]) -> None:
    now = taking.row(PARCELS, str(row["parcel_id"]))
    if now.get("status"):
        officers = (taking.by,) if taking.by else ()
        visit, day = SiteVisit(str(now["status"]), officers, land_class=now.get("land_class"), remark=now.get("remark")), _day(
            now.get("visited_on"))
        kept = visit_of(taking.register, row["site"])
        if kept is None or (kept.on.isoformat(), kept.visit.status, kept.visit.remark) != (day, visit.status, visit.remark or None):
            record_visit(taking.register, str(row["PCBH"]), [str(row["DKBH"])], visit, on=day, by=taking.by)
    elif not any(one.name in _PHOTOS for one in changes):
        raise InputError("What was found on site is not said.", "Fill in what was found, then take the package back again.")
    _add_photos(taking, str(row["parcel_id"]), changes)


def _day(value: Any) -> str:
    text = str(value or "").replace("/", "-")[:10]
    return text or date.today().isoformat()


def _take_opinions(taking: _Taking, progress: Progress) -> None:
    round_id = str(taking.returned.about["scope"].get("round"))
    empty = dict.fromkeys(("PDJL1", "PDJL2", "reason"))
    known = {row.key: empty for row in taking.returned.layers[PARCELS]}
    for key, changes in _changed(taking, PARCELS, known, progress):
        taking.settle(PARCELS, key, changes, lambda key=key: _opine(taking, round_id, key))


def _opine(taking: _Taking, round_id: str, key: str) -> None:
    now = taking.row(PARCELS, key)
    if not now.get("PDJL1"):
        raise InputError("There is no verdict in this row.", "Fill it in, then take the package back again.")
    give(taking.register, round_id, key, str(now["PDJL1"]), now.get("PDJL2"), reason=str(now.get("reason") or ""), by=taking.by)


def _take_work(taking: _Taking, progress: Progress) -> None:
    here = {track.id: track for track in tracks(taking.register)}
    empty = dict.fromkeys(("now_m2", "cultivated_m2", "done_on", *_PHOTOS))
    for key, changes in _changed(taking, REMEDIES, dict.fromkeys(here, empty), progress):
        taking.settle(REMEDIES, key, changes, lambda key=key: _progress(taking, key))


def _progress(taking: _Taking, key: str) -> None:
    now = taking.row(REMEDIES, key)
    if now.get("now_m2") is None:
        raise InputError("How much was done is not said.", "Fill in the area, then take the package back again.")
    named = [str(now[name]) for name in _PHOTOS if now.get(name)]
    photos = [taking.returned.photo(name) for name in named]
    if None in photos:  # they prove what was done: without them it is not recorded
        raise InputError("The photo {file} did not come back with the package.", "Put it beside the package, then take it back again.",
                         file=next(name for name, photo in zip(named, photos) if photo is None)[:100])
    papers = attachments.keep(taking.register, [photo for photo in photos if photo is not None])
    amount, day = {"land_m2": float(now["now_m2"]), "cultivated_m2": float(now.get("cultivated_m2") or 0.0)}, _day(now.get("done_on"))
    track = next(one for one in tracks(taking.register) if one.id == key)
    if not any((step.amount, step.on.isoformat(), list(step.evidence)) == (Amount.from_record(amount), day, papers)
               for step in track.steps):  # a run that was killed may have recorded it
        record_progress(taking.register, {key: amount}, on=day, evidence=papers, by=taking.by)


def work_name(what: str) -> Message:
    """What a package is for, in words."""
    return WORK.get(what) or (SECOND_OPINION if what == SECOND else Bilingual(what, zh=what))


def row_words(row: RowOutcome) -> str:
    """The changes of one row, for a report: ``PDJL1: 1 → 2 (now 3)``."""
    return "; ".join(f"{one.name or row.layer}: {_short(one.was)} → {_short(one.now)}" + (
        f" ({_short(one.register)})" if one.status == CONFLICT else "") for one in row.changes)


def _short(value: Any) -> str:
    return "–" if value in (None, "") else json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)
