"""The field package of a station's month: its plan, targets, patches and open findings out, logs, findings, visits, photos and tracks back.

Built on :mod:`.field_package`. What comes back becomes events of the office: a log for each patrol that was walked, a finding for each one
that was marked, a visit for each patch that was looked at. A field that both sides changed is a conflict and stays out until a person says
which side counts.
"""
from __future__ import annotations

import json
import re
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple

import numpy as np
import shapely

from ..errors import InputError, LandInspectorError, Message, RefusedError, message
from ..i18n import tr
from ..law.codes import shipped_codes
from ..law.patrols import FILED, REMOVED, REPORTED, STOP_ORDER, STOPPED, last_day
from ..progress import Progress
from ..register import attachments, field_work, patrolling
from ..register.field_work import PERSON, PhotoMatch, SiteVisit, add_photos
from ..register.parties import without_people
from ..register.patrolling import Log, Seen
from ..register.personal import MASK
from ..register.register import Register
from ..register.records import BUILDING, BUILT, EARTH, NOTHING
from ..register.state import Patrol, PatrolFinding
from ..register.storage.attachments import digest_of, name_for
from ..register.tables import ALL_FIELDS, DATE, REAL, TEXT
from ..register.findings import ground_of, on_the_ground
from .field_package import (
    CLOCK, CONFLICT, KNOWN, LINES, NEW, PHOTO, POINT, POLYGON, SHAPE, TABLE, TAKE, TRACK, BeginWith, Change, FormField, FormLayer,
    FormRow, GivenOut, Package, Returned, ReturnedRow, compare, give_out, refuse_foreign, taken_back,
)
from .photo_files import read_photo
from .styles import parcel_qml
from .tracks.giving import give_tracks, track_gpx
from .tracks.reading import read_track
from .tracks.shifts import WGS84

KIND = "patrol"
#: What comes of a conflict: it stays out, or one side counts.
ASK, FIELD, OFFICE = "ask", "field", "office"
PREFER = (ASK, FIELD, OFFICE)
_MARGIN_M = 300.0
_YES_NO = (("1", "是", "Yes"), ("0", "否", "No"))
_STATUSES = ((NOTHING, "未动工", "Nothing built"), (EARTH, "推填土", "Earth moved"), (BUILDING, "在建", "Under construction"),
             (BUILT, "已建成", "Built"))
#: The day of what followed on a finding, by the column of the form.
_ACT_OF: Mapping[str, str] = {"stop_on": STOP_ORDER, "stopped_on": STOPPED, "reported_on": REPORTED, "removed_on": REMOVED}
#: Texts that may name people; who goes on a patrol has to be in its form.
_FREE = frozenset({*patrolling.FREE_TEXTS, "remark", "name", "why"})
_FINDING_FIELDS = ("FXRQ", "XMMC", "DGSJ", "JSZT", "ZDMJ", "GDMJ", "SPQK", "CSM", "BZ")


def _codes(name: str) -> List[Tuple[str, str, str]]:
    return [(code.code, code.zh, code.en) for code in shipped_codes().codes(name)]


def _patrol_fields() -> Tuple[FormField, ...]:
    return (FormField("XCRQ", DATE, "巡查日期", "Date", editable=True, needed=True, default="format_date(now(), 'yyyy-MM-dd')"),
            FormField("KSSJ", TEXT, "开始时间", "Start", editable=True, entry=CLOCK),
            FormField("JSSJ", TEXT, "结束时间", "End", editable=True, entry=CLOCK),
            FormField("officers", TEXT, "巡查人员（用顿号分开）", "Officers (separated by commas)", editable=True),
            FormField("XCQY", TEXT, "巡查区域", "Area", _codes("XC_QY"), editable=True),
            FormField("XCLX", TEXT, "巡查路线", "Route", editable=True),
            FormField("SFWF", TEXT, "是否有违法", "Violation found", _YES_NO, editable=True),
            FormField("CLYJ", TEXT, "处理意见", "Handling", editable=True, entry=LINES),
            FormField("BZ", TEXT, "备注", "Remarks", editable=True, entry=LINES))


def _finding_fields() -> Tuple[FormField, ...]:
    return (FormField("patrol", TEXT, "所属巡查", "Patrol", editable=True, link="patrol"),
            FormField("FXRQ", DATE, "发现日期", "Found on", editable=True, needed=True, default="format_date(now(), 'yyyy-MM-dd')"),
            FormField("XMMC", TEXT, "建设项目", "Project", editable=True),
            FormField("JSDW", TEXT, "建设单位（人）", "Builder", editable=True),
            FormField("DGSJ", DATE, "动工时间", "Begun on", editable=True),
            FormField("JSZT", TEXT, "建设情况", "State of building", _codes("XC_JSZT"), editable=True),
            FormField("ZDMJ", REAL, "占地面积（m²）", "Area occupied (m²)", editable=True),
            FormField("GDMJ", REAL, "其中耕地（m²）", "Of it cultivated (m²)", editable=True),
            FormField("SPQK", TEXT, "审批手续情况", "Approval", editable=True, entry=LINES),
            FormField("CSM", TEXT, "处置措施", "Handling", _codes("XC_CS"), editable=True),
            FormField("BZ", TEXT, "备注", "Remarks", editable=True, entry=LINES),
            FormField("stop_on", DATE, "责令停止日期", "Stop order on", editable=True),
            FormField("stopped_on", DATE, "停工日期", "Building stopped on", editable=True),
            FormField("reported_on", DATE, "书面报告日期", "Government told on", editable=True),
            FormField("removed_on", DATE, "自行拆除日期", "Removed on", editable=True))


def _patch_fields() -> Tuple[FormField, ...]:
    return (FormField("DKBH", TEXT, "地块编号", "Parcel"), FormField("PCBH", TEXT, "批次编号", "Batch"),
            FormField("PDJL1", TEXT, "判定", "Verdict", _verdicts()), FormField("DKMJ", REAL, "面积（m²）", "Area (m²)"),
            FormField("visited_on", DATE, "核查日期", "Visited on", editable=True),
            FormField("status", TEXT, "实地情况", "On the ground", _STATUSES, editable=True),
            FormField("use", TEXT, "实际用途", "Actual use", _codes("SJYT"), editable=True),
            FormField("land_class", TEXT, "实地地类", "Land class on site", editable=True),
            FormField("remark", TEXT, "说明", "Remark", editable=True, entry=LINES))


def _verdicts() -> List[Tuple[str, str, str]]:
    known: Dict[str, Tuple[str, str, str]] = {}
    for code in shipped_codes().codes("PDJL1"):
        if code.code not in known or code.regime != "O":
            known[code.code] = (code.code, code.zh, code.en)
    return list(known.values())


# --- giving out ---------------------------------------------------------------------------------------------------------

def give_out_patrol(register: Register, target: Path, station: str, year: int, month: int, *, language: str = "zh",
                    images: Sequence[Path] = (), most_mb: float = 50.0, begin_with: Optional[BeginWith] = None,
                    progress: Optional[Progress] = None) -> GivenOut:
    """Write the package of a station's month to ``target`` (.gpkg or .zip). InputError for a station that the register has not."""
    patrolling.refuse_unknown_station(register, station)
    towns = [town for town in register.township_list() if town.station == station]
    codes = {town.code for town in towns}
    frame = register.parcels()
    frame = frame[frame["XZDM"].isin(codes)]
    layers = _layers(register, station, (year, month), frame, towns, language)
    title = f"巡查 {station} {year}-{month:02d}" if language == "zh" else f"Patrol {station} {year}-{month:02d}"
    package = Package(KIND, title, register.meta["crs"], _box(towns, layers), layers,
                      {"station": station, "year": year, "month": month, "townships": sorted(codes)})
    return give_out(register, target, package, language=language, images=images, most_mb=most_mb, begin_with=begin_with, progress=progress)


def _layers(register: Register, station: str, month: Tuple[int, int], frame: Any, towns: Sequence[Any], language: str) -> List[FormLayer]:
    first, last = date(*month, 1).isoformat(), last_day(*month).isoformat()
    rows = [one for one in patrolling.patrols(register) if one.ZSDM == station and first <= one.XCRQ <= last]
    shapes = register.storage.shapes(frame["shape_id"])
    found = [one for one in patrolling.findings(register) if one.ZSDM == station and not _is_over(one)]
    label = "coalesce(\"XMMC\", '')"
    hide = without_people(register)
    return [
        FormLayer("photo", "照片", "Photos", (
            FormField("finding", TEXT, "线索（点）", "Finding (point)", editable=True, link="finding"),
            FormField("finding_area", TEXT, "线索（面）", "Finding (outline)", editable=True, link="finding_area"),
            FormField("patch", TEXT, "图斑地块", "Parcel", editable=True, link="patch"),
            FormField("path", TEXT, "照片", "Photo", editable=True, entry=PHOTO, needed=True),
            FormField("note", TEXT, "说明", "Note", editable=True)), grows=True, label='"path"'),
        FormLayer("finding", "违法线索（点）", "Findings (points)", _finding_fields(), _told(hide, _finding_rows(register, found, False)), POINT,
                  lonlat=True, grows=True, label=label, colour="#c5221f"),
        FormLayer("finding_area", "违法线索（面）", "Findings (outlines)", _finding_fields(),
                  _told(hide, _finding_rows(register, found, True)), POLYGON, grows=True, label=label, colour="#c5221f"),
        FormLayer("target", "巡查目标", "Targets", (
            FormField("name", TEXT, "名称", "Name"), FormField("why", TEXT, "缘由", "Why"), FormField("day", DATE, "计划日期", "Planned for")),
            _told(hide, _target_rows(rows)), POINT, lonlat=True, label='"name"', colour="#8e24aa"),
        FormLayer("track", "轨迹", "Track", (), (), TRACK, grows=True, colour="#0b57d0", starts=True),
        FormLayer("patch", "图斑地块", "Parcels", _patch_fields(), _told(hide, _patch_rows(frame, shapes)), POLYGON, label='"DKBH"',
                  style=parcel_qml([ALL_FIELDS[name] for name in ("DKBH", "PDJL1")], language)),
        FormLayer("patrol", "巡查日志", "Patrols", _patrol_fields(),
                  _told(hide, [FormRow(one.id, _patrol_values(register, one)) for one in rows]), TABLE,
                  grows=True, label="\"XCRQ\" || ' ' || coalesce(\"XCLX\", '')"),
        FormLayer("township", "乡镇界", "Townships", (FormField("XZMC", TEXT, "乡镇", "Township"),),
                  [FormRow(town.code, {"XZMC": town.name}, town.wkb) for town in towns if town.wkb], POLYGON, label='"XZMC"',
                  colour="#4d4d4d"),
    ]


def _told(hide: Callable[[Any], Any], rows: Sequence[FormRow]) -> List[FormRow]:
    """Rows as a package tells them: free texts without names and numbers of people."""
    return [replace(row, values={name: hide(value) if name in _FREE else value for name, value in row.values.items()}) for row in rows]


def _is_over(row: PatrolFinding) -> bool:
    done = {one["act"] for one in json.loads(row.doc)}
    return bool(done & {REMOVED, FILED})


def _box(towns: Sequence[Any], layers: Sequence[FormLayer]) -> Tuple[float, float, float, float]:
    shapes = [row.wkb for layer in layers if layer.name == "patch" for row in layer.rows if row.wkb] or [
        town.wkb for town in towns if town.wkb]
    if not shapes:
        raise InputError("The townships of this station have no outline.", "Give the register its townships with outlines.")
    xmin, ymin, xmax, ymax = shapely.total_bounds(shapely.from_wkb(shapes))
    margin = _MARGIN_M if max(abs(xmax), abs(ymax)) > 360 else _MARGIN_M / 111_320.0
    return float(xmin - margin), float(ymin - margin), float(xmax + margin), float(ymax + margin)


def _patrol_values(register: Register, row: Patrol) -> Dict[str, Any]:
    names = [name for person in json.loads(row.XCRY) for name in [register.name_of(person)] if name != person]
    return {"XCRQ": row.XCRQ, "KSSJ": row.KSSJ, "JSSJ": row.JSSJ, "officers": "、".join(sorted(names)) or None, "XCQY": row.XCQY,
            "XCLX": row.XCLX, "SFWF": None if row.SFWF is None else str(row.SFWF), "CLYJ": row.CLYJ, "BZ": row.BZ}


def _finding_values(row: PatrolFinding) -> Dict[str, Any]:
    """Without the builder, who may be a person: nobody needs the name in the field."""
    done = {one["act"]: one["on"] for one in reversed(json.loads(row.doc))}
    return {"patrol": row.patrol_id, **{name: getattr(row, name) for name in _FINDING_FIELDS},
            **{column: done.get(act) for column, act in _ACT_OF.items()}}


def _finding_rows(register: Register, found: Sequence[PatrolFinding], drawn: bool) -> List[FormRow]:
    chosen = [row for row in found if bool(row.shape_id) == drawn and (drawn or row.lon is not None)]
    shapes = register.storage.shapes([row.shape_id for row in chosen if row.shape_id])
    places = [shapes.get(row.shape_id or "") if drawn else shapely.to_wkb(shapely.Point(row.lon, row.lat)) for row in chosen]
    return [FormRow(row.id, _finding_values(row), place) for row, place in zip(chosen, places)]


def _target_rows(rows: Sequence[Patrol]) -> List[FormRow]:
    return [FormRow(f"{row.id}/{number}", {"name": one["name"], "why": one.get("why"), "day": row.XCRQ},
                    shapely.to_wkb(shapely.Point(one["lon"], one["lat"])))
            for row in rows for number, one in enumerate(json.loads(row.targets), 1)]


def _patch_rows(frame: Any, shapes: Mapping[str, bytes]) -> List[FormRow]:
    return [FormRow(row["parcel_id"], {**{name: row[name] for name in ("DKBH", "PCBH", "PDJL1", "DKMJ")}, **_visit_values(row["site"])},
                    shapes.get(row["shape_id"])) for row in frame.to_dict("records")]


def _visit_values(site: Optional[str]) -> Dict[str, Any]:
    said = json.loads(site) if isinstance(site, str) and site else {}
    return {"visited_on": said.get("on"), "status": said.get("status"), "use": said.get("use"), "land_class": said.get("land_class"),
            "remark": said.get("remark")}


# --- taking back --------------------------------------------------------------------------------------------------------

@dataclass
class TakenBack:
    """What a package brought: every changed field with what came of it, how many of each thing were recorded, what was told, and by key
    the rows of which something could not be recorded, with the reason."""

    file: str
    changes: List[Change] = field(default_factory=list)
    logs: int = 0
    findings: int = 0
    acts: int = 0
    visits: int = 0
    photos: int = 0
    tracks: int = 0
    told: List[Message] = field(default_factory=list)
    refused: Dict[str, Message] = field(default_factory=dict)

    def of(self, status: str) -> List[Change]:
        """The changes of one status."""
        return [one for one in self.changes if one.status == status]

    @property
    def recorded(self) -> int:
        """Everything that the register has now and had not before."""
        return self.logs + self.findings + self.acts + self.visits + self.photos + self.tracks


def take_back_patrol(register: Register, path: Path, *, prefer: str = ASK, dry: bool = False, by: Optional[str] = None,
                     progress: Optional[Progress] = None) -> TakenBack:
    """Record what a package brought back, all of it as one act; taken twice, the second time records nothing. ``prefer`` says what comes
    of a conflict; ``dry`` only looks. InputError for what is no package, is damaged, or belongs to another register. Cancelled, nothing
    is kept."""
    progress = progress or Progress()
    with taken_back(path, progress.part(0.0, 0.3)) as returned:
        refuse_foreign(register, returned, KIND)
        taking = _Taking(register, returned, prefer, dry, by)
        with nullcontext() if dry else taking.photos_at_hand(progress.part(0.3, 0.6)), nullcontext() if dry else register.together():
            for number, step in enumerate((taking.logs, taking.findings, taking.visits, taking.photos, taking.tracks)):
                progress.step(0.6 + 0.4 * number / 5, message("Taking back {file}", file=returned.file))
                step()
        taking.made.told = [*returned.told, *taking.made.told]
        return taking.made


def _where(row: ReturnedRow) -> Tuple[Optional[Tuple[float, float]], Optional[bytes]]:
    """The place (degrees) or the outline of a finding as it came back; neither where nobody drew one."""
    shape = None if row.wkb is None else shapely.force_2d(shapely.from_wkb(row.wkb))
    if shape is None or shape.is_empty:
        return None, None
    if shape.geom_type == "Point":
        return (float(shape.x), float(shape.y)), None
    return None, shapely.to_wkb(shapely.make_valid(shape))


class _Taking:
    """One package on its way into the register."""

    def __init__(self, register: Register, returned: Returned, prefer: str, dry: bool, by: Optional[str]):
        self._register, self._returned, self._prefer, self._dry, self._by = register, returned, prefer, dry, by
        self._station, self._hide = str(returned.about["scope"]["station"]), without_people(register)
        self.made = TakenBack(returned.file)

    @contextmanager
    def photos_at_hand(self, progress: Progress) -> Iterator[None]:
        """Copy the photos in before anybody has to wait for what is recorded; they go again where the block raises."""
        fresh: List[str] = []
        store = self._register.attachments
        try:
            for row in progress.watch(self._returned.layers["photo"]):
                path = self._returned.photo(row.now.get("path"))
                if path is not None and not store.is_whole(name_for(digest_of(path), path.name)):
                    try:
                        fresh += attachments.keep(self._register, [path])
                    except InputError:
                        continue  # said where it is entered
            yield
        except BaseException:
            store.discard(fresh)
            raise

    def _compared(self, layer: str, current: Mapping[str, Mapping[str, Any]], shapes: Optional[Mapping[str, bytes]] = None
                  ) -> Dict[str, List[Change]]:
        """What is to be recorded, by key; what is not is kept for the report."""
        wanted: Dict[str, List[Change]] = {}
        for change in map(self._with_names, compare(self._returned, layer, current, shapes or {})):
            can_be_taken = not self._would_lose_names(change) if change.name != SHAPE else change.key in (shapes or {})
            if change.status == CONFLICT and can_be_taken and change.key in current and self._prefer != ASK:
                change = replace(change, status=TAKE if self._prefer == FIELD else KNOWN)
            self.made.changes.append(change)
            if change.status in (TAKE, NEW):
                wanted.setdefault(change.key, []).append(change)
        return wanted

    def _with_names(self, change: Change) -> Change:
        """A text was given out without the names in it: what was written before or behind it goes into the register's own text."""
        kept, was, now = change.register, change.was, change.now
        if change.status != CONFLICT or not all(isinstance(one, str) for one in (kept, was, now)) or self._hide(kept) == kept:
            return change
        if self._hide(kept) == now:
            return replace(change, status=KNOWN, reason=None)
        if self._hide(kept) == was and was in now:
            return replace(change, now=now.replace(was, kept, 1), status=TAKE, reason=None)
        return replace(change, reason=message("It was given out without the names in it; write what is new into the register's own text."))

    def _would_lose_names(self, change: Change) -> bool:
        """Whether the field's text has a mask where the register's has a name."""
        kept = change.register
        return self._prefer == FIELD and isinstance(kept, str) and self._hide(kept) != kept and MASK in str(change.now)

    def _row(self, layer: str, key: str) -> ReturnedRow:
        return next(row for row in self._returned.layers[layer] if row.key == key)

    def _try(self, what: str, name: str, key: str, act: Callable[[], Any]) -> bool:
        """Whether the act was recorded; a refusal is told with its row (``key``) and loses nothing else."""
        if self._dry:
            return True
        try:
            with self._register.storage.writing():  # refused, nothing of it stays
                act()
            return True
        except (InputError, RefusedError) as wrong:
            self.made.told.append(message("{what} {key}: {reason}", what=what, key=name, reason=wrong.message))
            self.made.refused[key] = wrong.message
            return False

    def logs(self) -> None:
        """A log for each patrol that was walked; a plan that only moved stays a plan."""
        rows = {one.id: one for one in patrolling.patrols(self._register)}
        current = {key: _patrol_values(self._register, row) for key, row in rows.items()}
        for key, changes in self._compared("patrol", current).items():
            now = dict(self._row("patrol", key).now)
            values = now if changes[0].status == NEW else {**current[key], **{one.name: one.now for one in changes}}
            if not any(values.get(name) for name in ("KSSJ", "JSSJ", "XCLX", "officers", "SFWF")):
                empty = message("The patrol of {day} says nothing but its day and was left.", day=str(values.get("XCRQ") or "-"))
                self.made.told.append(empty)
                self.made.refused[key] = empty
                continue
            is_walked = values.get("KSSJ") or values.get("JSSJ") or key in rows and rows[key].logged
            people = tuple(part.strip() for part in re.split("[、，,;；]", str(values.get("officers") or "")) if part.strip())
            log = Log(self._station, str(values.get("XCRQ") or ""), values.get("KSSJ"), values.get("JSSJ"), people, values.get("XCQY"),
                      values.get("XCLX"), None if values.get("SFWF") is None else str(values["SFWF"]) == "1", values.get("CLYJ"),
                      values.get("BZ"))
            verb = patrolling.log_patrol if is_walked else patrolling.plan_patrol
            self.made.logs += self._try(tr("Patrol"), str(values.get("XCRQ")), key,
                                        lambda: verb(self._register, log, patrol=key, by=self._by))

    def findings(self) -> None:
        """A finding for each that was marked, corrections of those that were there, and what followed on them."""
        rows = {one.id: one for one in patrolling.findings(self._register)}
        current = {key: _finding_values(row) for key, row in rows.items()}
        for layer in ("finding", "finding_area"):
            shapes = {row.key: row.wkb for row in _finding_rows(self._register, list(rows.values()), layer == "finding_area")
                      if row.wkb is not None}
            for key, changes in self._compared(layer, current, shapes).items():
                row = self._row(layer, key)
                if changes[0].status == NEW:
                    self._new_finding(layer, row)
                else:
                    self._corrected(key, {one.name: one.now for one in changes}, row if any(one.name == SHAPE for one in changes) else None)

    def _new_finding(self, layer: str, row: ReturnedRow) -> None:
        now = row.now
        place, outline = _where(row)
        seen = Seen("", str(now.get("FXRQ") or ""), place, None, now.get("JSDW"), now.get("XMMC"), now.get("DGSJ"), now.get("JSZT"),
                    now.get("ZDMJ"), now.get("GDMJ"), now.get("SPQK"), now.get("CSM"), now.get("BZ"), outline)
        seen = seen if place or outline else replace(seen, station=self._station)
        patrol = now.get("patrol") if now.get("patrol") in {one.id for one in patrolling.patrols(self._register)} else None
        if self._try(tr("Finding"), str(now.get("XMMC") or row.key), row.key, lambda: patrolling.mark_finding(
                self._register, seen, patrol=patrol, finding=row.key, by=self._by)):
            self.made.findings += 1
            self._acts(row.key, now)

    def _corrected(self, key: str, said: Mapping[str, Any], moved: Optional[ReturnedRow]) -> None:
        plain = {name: value for name, value in said.items() if name in _FINDING_FIELDS}
        place, outline = (None, None) if moved is None else _where(moved)
        if place is not None:
            plain.update(lon=place[0], lat=place[1])
        if plain or outline is not None:
            self.made.findings += self._try(tr("Finding"), key, key, lambda: patrolling.correct_finding(
                self._register, key, plain, outline=outline, by=self._by))
        self._acts(key, said)

    def _acts(self, key: str, said: Mapping[str, Any]) -> None:
        there = next((one for one in patrolling.findings(self._register) if one.id == key), None)
        done = {one["act"] for one in json.loads(there.doc)} if there else set()
        for column, act in _ACT_OF.items():
            on = said.get(column)
            if on and act not in done:
                self.made.acts += self._try(tr("Finding"), key, key, lambda act=act, on=on: patrolling.act_on_finding(
                    self._register, key, act, on=str(on), by=self._by))

    def visits(self) -> None:
        """A visit for each parcel of which something was said."""
        keys = [row.key for row in self._returned.layers["patch"]]
        frame = self._register.storage.frame("parcel", ids=keys)
        rows = {row["parcel_id"]: row for row in frame.to_dict("records") if not row["retired"] and not row["gone"]}
        current = {key: _visit_values(row["site"]) for key, row in rows.items()}
        for key, changes in self._compared("patch", current).items():
            if key not in rows:
                continue
            values = {**current[key], **{one.name: one.now for one in changes}}
            visit = SiteVisit(values.get("status") or "", use=values.get("use"), land_class=values.get("land_class"),
                              remark=values.get("remark"))
            day = str(values.get("visited_on") or date.today().isoformat())
            self.made.visits += self._try(tr("Parcel"), rows[key]["DKBH"], key, lambda: field_work.record_visit(
                self._register, rows[key]["PCBH"], [rows[key]["DKBH"]], visit, on=day, by=self._by))

    def photos(self) -> None:
        """Photos to the parcels and findings that their rows name."""
        matches: List[PhotoMatch] = []
        for row in self._returned.layers["photo"]:
            path = self._returned.photo(row.now.get("path"))
            if path is None:
                self.made.told.append(message("The photo {file} did not come back with the package.", file=str(row.now.get("path") or "-")))
            elif row.now.get("patch"):
                matches.append(self._match(path, str(row.now["patch"])))
            else:
                self._to_finding(path, row.now.get("finding") or row.now.get("finding_area"))
        if matches and not self._dry:
            added = add_photos(self._register, matches, by=self._by)
            self.made.photos += len(added.added)
            self.made.told += [reason for _file, reason in added.troubles]
        elif self._dry:
            self.made.photos += len(matches)

    def _match(self, path: Path, parcel: str) -> PhotoMatch:
        try:
            exif = read_photo(path).exif
        except LandInspectorError:
            return PhotoMatch(path, (parcel,), matched_by=PERSON)
        place = None
        if exif.lon is not None and exif.lat is not None:
            there = on_the_ground(self._register, np.array([exif.lon]), np.array([exif.lat]))[0]
            home = ground_of(self._register).to_home(shapely.Point(there))
            place = (float(home.x), float(home.y))
        return PhotoMatch(path, (parcel,), exif.taken_at, exif.lon, exif.lat, exif.direction, None, PERSON, place, exif.magnetic)

    def _to_finding(self, path: Path, finding: Optional[str]) -> None:
        row = next((one for one in patrolling.findings(self._register) if one.id == finding), None)
        if row is None:
            self.made.told.append(message("The photo {file} names no finding or parcel of the register.", file=path.name))
        elif name_for(digest_of(path), path.name) not in json.loads(row.files):
            self.made.photos += self._try(tr("Photo"), path.name, row.id, lambda: patrolling.correct_finding(
                self._register, row.id, {}, files=attachments.keep(self._register, [path]), by=self._by))

    def tracks(self) -> None:
        """Each line of the tracking layer as a GPX of its own, to the patrol of its day and hours."""
        try:
            read = read_track(self._returned.data, date.today())
        except LandInspectorError:
            return  # nothing was tracked
        known = {track["sha256"] for one in patrolling.patrols(self._register) for track in json.loads(one.tracks)}
        folder = self._returned.data.parent / "tracks"
        folder.mkdir()
        for number, segment in enumerate(read.segments, 1):
            file = folder / f"{self._returned.package_id[:8]}_{number}.gpx"
            file.write_bytes(track_gpx(segment))
            one = read_track(file, date.today())
            if one.sha256 in known or self._dry:
                self.made.tracks += self._dry and one.sha256 not in known
                continue
            for given in give_tracks(self._register, [one], {one.sha256: (WGS84, "file")}, by=self._by):
                self.made.tracks += given.is_recorded
                if not given.is_recorded and given.track.sha256 not in known:
                    self.made.told.append(message("A track of the package: {reason}", reason=given.reason))
