"""Patrols, as algorithms: logs and tracks in, what counts, what was passed and what was discovered, the plan for the road."""
from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any, Dict, List, Optional, Set, Tuple

import numpy as np
import shapely
from qgis.core import (
    QgsCategorizedSymbolRenderer, QgsCoordinateReferenceSystem, QgsFeatureRequest, QgsFields, QgsGeometry, QgsPointXY,
    QgsProcessing, QgsProcessingContext, QgsProcessingException, QgsProcessingFeatureSource, QgsProcessingFeedback,
    QgsProcessingOutputFile, QgsProcessingOutputNumber, QgsProcessingParameterBoolean,
    QgsProcessingParameterFeatureSink, QgsProcessingParameterFeatureSource, QgsProcessingParameterField,
    QgsProcessingParameterFile, QgsProcessingParameterFolderDestination, QgsProcessingParameterNumber,
    QgsProcessingParameterPoint, QgsProcessingParameterString, QgsRendererCategory, QgsVectorLayer, QgsWkbTypes,
)

from ..compat import make_field, to_qgis_value
from ..errors import InputError, Message, message
from ..evidence.crs import Crs, transformer
from ..evidence.patrol_profile import read_patrol_profile
from ..evidence.road_network import DETOUR, FAR_FROM_ROADS_M, OneWay, Ways, ways
from ..evidence.tour import Tour, shortest_tour
from ..exchange.atomic_files import made_folder
from ..exchange.patrol_plan import (
    KIND_NAMES, one_way_of, planned, planned_way, road_layer, targets_of, write_plan_calendar, write_plan_gpx,
)
from ..exchange.patrol_tables import (
    CELL_M, Coverage, DISTANCE_M, MISSED_DAYS, coverage, coverage_page, logs_page, passed_places, read_logs,
    station_fields, station_row, tracks_page,
)
from ..exchange.route_card import Card, write_route_card
from ..exchange.styles import LOOKS, look_symbol
from ..exchange.tracks.giving import (
    BY_PERSON, Given, Surroundings, give_tracks, must_be_asked, patrol_name, patrol_named,
)
from ..exchange.tracks.reading import read_tracks
from ..exchange.tracks.shifts import DATUMS, WGS84
from ..exchange.tracks.track_file import BEIJING, TrackFile
from ..i18n import say, tr, user_locale
from ..law.patrols import last_day
from ..law.rulepack import Label
from ..progress import Progress
from ..register.findings import discoveries, ground_of, passed_parcels, station_findings
from ..register.patrolling import patrols, station_table, take_logs
from ..register.register import Register
from .base import RegisterAlgorithm, StationMonthAlgorithm, warn_of
from .batches import mapping_of
from .feedback import LandInspectorAlgorithm, Parameters, Results
from .outputs import RowSink, when_loaded, write_table
from .parameters import (
    ChoiceParameter, DayParameter, LayerOrFileParameter, advanced, by_parameter, day_text, moment_text,
    register_parameter, report_parameter, source_of,
)


class LogPatrols(RegisterAlgorithm):
    """REGISTER, TABLE, MAPPING, BY, REPORT → ROWS, TAKEN, KNOWN, REFUSED."""

    NAME = "log_patrols"
    GROUP = "patrol"

    def displayName(self) -> str:
        return tr("Take over a ledger of patrols")

    def shortHelpString(self) -> str:
        return tr("Takes an office's patrol ledger (Excel, CSV …) into the register: 巡查单位, 巡查日期, 起止时间, 巡查人员, 巡查区域, 巡查路线, "
                  "是否有违法, 处理意见. Each row is one log; a row that the register has already records nothing. What only keeps a log from "
                  "counting (one officer, no route) is taken, and the patrol table says why it does not count.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(LayerOrFileParameter("TABLE", tr("Ledger of patrols"), [QgsProcessing.SourceType.TypeVector]))
        self.addParameter(advanced(QgsProcessingParameterString("MAPPING", tr("Field mapping (JSON)"), multiLine=True, optional=True)))
        self.addParameter(by_parameter())
        self.addParameter(report_parameter())
        for name, text in (("ROWS", tr("Rows")), ("TAKEN", tr("Rows taken")), ("KNOWN", tr("Rows recorded before")),
                           ("REFUSED", tr("Rows refused"))):
            self.addOutput(QgsProcessingOutputNumber(name, text))

    def look_up(self, parameters: Dict[str, Any], context: QgsProcessingContext) -> None:
        self._source = source_of(parameters.get("TABLE"), context)

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        path = Path(self._source.split("|")[0])
        counts = {"TAKEN": 0, "KNOWN": 0}
        outcomes: Dict[str, str] = {}
        with self.open_register(parameters, context) as register:
            codes = {code: code for code in register.townships()["ZSDM"] if code}
            rows, told = read_logs(path, codes, mapping_of(self.text(parameters, "MAPPING", context)), progress.part(0.0, 0.3))
            readable = [row for row in rows if row.log is not None]
            taken = take_logs(register, [row.log for row in readable if row.log is not None], by=self.acting_as(parameters, context))
            for row, (patrol, reason) in zip(readable, taken):
                if reason is not None:
                    warn_of(feedback, [message("Row {row}: {reason}", row=row.place, reason=reason)])
                    continue
                counts["TAKEN" if patrol else "KNOWN"] += 1
                outcomes[row.place] = tr("taken") if patrol else tr("recorded before")
        warn_of(feedback, [message("Row {row}: {reason}", row=row.place, reason=row.reason) for row in rows if row.reason is not None])
        warn_of(feedback, told)
        recorded = message("{n} patrols were recorded.", n=counts["TAKEN"])
        feedback.pushInfo(say(recorded))
        return {"ROWS": len(rows), **counts, "REFUSED": len(rows) - sum(counts.values()),
                **self.give_report(parameters, context, feedback, logs_page(path.name, rows, outcomes, told), recorded)}


ASK = "ask"


class ImportTracks(RegisterAlgorithm):
    """REGISTER, INPUT, PATROL, DISTANCE, PROFILE, DATUM, ROADS, LOCAL_TIME, BY, REPORT → POINTS, TRACKS, REFUSED, GIVEN, PASSED."""

    NAME = "import_tracks"
    GROUP = "patrol"

    def displayName(self) -> str:
        return tr("Bring in tracks of patrols")

    def shortHelpString(self) -> str:
        return tr("Reads tracks (GPX, KML, KMZ, GeoJSON, 奥维's ovkml, csv and txt, NMEA, tracking layers of QField and "
                  "Mergin Maps; a file or a folder), tells their faults, gives each to the patrol of its day and hours, and "
                  "says which parcels were passed within DISTANCE. Events keep a track's digest, length and times, not its "
                  "places; its file is kept among the attachments and goes with the names.\n\nCoordinates of Chinese "
                  "programs may be shifted (GCJ-02). What the file says, photos of the same minutes, marks on patches and "
                  "the ROADS tell it; such a file is refused until DATUM says what it is.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(QgsProcessingParameterFile("INPUT", tr("Track file or folder"), fileFilter="All files (*)"))
        self.addParameter(QgsProcessingParameterString("PATROL", tr("Patrol: station, day and start (empty: by day and hours)"),
                                                       optional=True))
        self.addParameter(QgsProcessingParameterNumber("DISTANCE", tr("Passed within (m)"), QgsProcessingParameterNumber.Type.Double, 100.0,
                                                       minValue=0.0, maxValue=5000.0))
        self.addParameter(QgsProcessingParameterFile("PROFILE", tr("Patrol profile"), extension="json", optional=True))
        self.addParameter(ChoiceParameter("DATUM", tr("Coordinates"), [ASK, *DATUMS],
                                          [tr("as the file says; ask where it is doubtful"), "WGS 84 / CGCS2000", "GCJ-02", "BD-09"], ASK))
        self.addParameter(QgsProcessingParameterFeatureSource("ROADS", tr("Roads, to tell shifted tracks by"),
                                                              [QgsProcessing.SourceType.TypeVectorLine], optional=True))
        self.addParameter(advanced(QgsProcessingParameterBoolean("LOCAL_TIME", tr("Times are Beijing time, whatever the file says"),
                                                                 False)))
        self.addParameter(by_parameter())
        self.addParameter(report_parameter())
        for name, text in (("POINTS", tr("Points")), ("TRACKS", tr("Tracks")), ("REFUSED", tr("Files refused")),
                           ("GIVEN", tr("Given to a patrol")), ("PASSED", tr("Parcels passed"))):
            self.addOutput(QgsProcessingOutputNumber(name, text))

    def look_up(self, parameters: Dict[str, Any], context: QgsProcessingContext) -> None:
        self._roads = self.parameterAsSource(parameters, "ROADS", context)

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        source = Path(self.text(parameters, "INPUT", context))
        if not source.exists():
            raise InputError("{file} does not exist.", "Check the path and the connection to the drive.", file=source.name)
        said = self.parameterDefinition("DATUM").key(parameters.get("DATUM"))
        is_local = self.parameterAsBool(parameters, "LOCAL_TIME", context)
        read, refused = read_tracks([source], date.today(), progress.part(0.0, 0.4), is_local=is_local)
        distance = self.parameterAsDouble(parameters, "DISTANCE", context)
        passed: List[List[str]] = []
        parcels: Set[str] = set()
        places: List[List[str]] = []
        profile = self.text(parameters, "PROFILE", context)
        with self.open_register(parameters, context) as register:
            datums, doubtful = self._datums(register, read, said, progress.part(0.4, 0.5))
            refused += doubtful
            read = [one for one in read if one.sha256 in datums]
            named = self.text(parameters, "PATROL", context)
            named = patrol_named(register, named) if named else None
            made = give_tracks(register, read, datums, patrol=named, is_local=is_local,
                               by=self.acting_as(parameters, context), progress=progress.part(0.5, 0.8))
            rows = {one.id: one for one in patrols(register)}
            names = {key: patrol_name(one) for key, one in rows.items()}
            areas = read_patrol_profile(Path(profile)).key_areas(ground_of(register).system) if profile else []
            walks: Dict[str, List[Given]] = {}  # the tracks of one patrol are one walk
            for one in made:
                walks.setdefault(one.patrol or one.track.path.name, []).append(one)
            for key, those in progress.watch(list(walks.items()), 0.8, 1.0):
                whole, name = [piece for one in those for piece in one.walk], names.get(key, key)
                places += [[name, say(KIND_NAMES[hit.kind]), hit.name, *_how_long(hit)] for hit in passed_places(
                    register, whole, targets_of(rows[key]) if key in rows else [], areas, distance)]
                for hit in passed_parcels(register, whole, distance):
                    parcels.add(hit.parcel_id)
                    passed.append([name, hit.number, hit.batch, *_how_long(hit)])
        given: Dict[str, str] = {}
        for one in made:
            said = say(one.reason) if one.reason is not None else names[one.patrol or ""]
            given[one.file] = "; ".join(filter(None, (given.get(one.file), said)))
        jumps = {one.sha256: sum(part.dropped for part in made if part.file == one.sha256) for one in read}
        warn_of(feedback, [message("{file} belongs to no patrol by its UTC times, but to that of {patrol} if they are Beijing's; if the "
                                   "device wrote Beijing time, run again with LOCAL_TIME.", file=one.track.path.name,
                                   patrol=names.get(one.as_local, one.as_local)) for one in made if one.as_local])
        warn_of(feedback, [message("{file}: {fault}", file=one.track.path.name, fault=one.reason)
                           for one in made if one.reason is not None])
        for one in read:
            warn_of(feedback, [message("{file}: {fault}", file=one.path.name, fault=fault.text) for fault in one.faults])
            if one.is_doubtful_zone:
                feedback.pushWarning(tr("{file}: its times fall into the night; if the device wrote Beijing time, run again with "
                                        "LOCAL_TIME.", file=one.path.name))
        warn_of(feedback, [message("{file}: {fault}", file=path.name, fault=reason) for path, reason in refused])
        count = sum(one.is_recorded for one in made)
        recorded = message("{n} tracks were given to patrols.", n=count)
        page = tracks_page(read, refused, given, passed, places, jumps)
        return {"POINTS": sum(one.points for one in read), "TRACKS": len(read), "REFUSED": len(refused), "GIVEN": count,
                "PASSED": len(parcels), **self.give_report(parameters, context, feedback, page, recorded)}

    def _datums(self, register: Register, read: List[TrackFile], said: str, progress: Progress
                ) -> Tuple[Dict[str, Tuple[str, str]], List[Tuple[Path, Message]]]:
        """The datum of each track by its digest, and the tracks about which a person has to be asked."""
        if said != ASK:
            return {one.sha256: (said, BY_PERSON) for one in read}, []
        around = Surroundings(register, _lines(register, self._roads, progress))
        datums: Dict[str, Tuple[str, str]] = {}
        asked: List[Tuple[Path, Message]] = []
        for one in read:
            guess = around.guess(one)
            why = must_be_asked(guess)
            if why is not None:
                asked.append((one.path, why))
            else:
                datums[one.sha256] = (guess.datum or WGS84, guess.by)
        return datums, asked


def _how_long(hit: Any) -> List[str]:
    """Nearest metres, minutes within the distance, and from when on (Beijing), as far as the track has times."""
    when = "" if hit.first is None else datetime.fromtimestamp(hit.first, BEIJING).strftime("%m-%d %H:%M")
    return [f"{hit.nearest_m:.0f}", "" if hit.seconds is None else f"{hit.seconds / 60:.1f}", when]


def _lines(register: Register, roads: Optional[QgsProcessingFeatureSource], progress: Progress) -> np.ndarray:
    """The roads on the register's ground."""
    if roads is None:
        return np.empty(0, dtype=object)
    found = []
    for number, feature in enumerate(roads.getFeatures()):
        if number % 500 == 0:
            progress.step(0.0)
        if feature.hasGeometry():
            found.append(bytes(feature.geometry().asWkb().data()))
    shapes = shapely.force_2d(shapely.from_wkb(np.array([*found, None], dtype=object)[:-1], on_invalid="ignore"))
    turn = transformer(Crs.of(roads.sourceCrs().toWkt()), ground_of(register).system)
    return shapes if turn is None else shapely.transform(shapes, turn)


class PatrolTable(RegisterAlgorithm):
    """REGISTER, YEAR, QUARTER, MONTH, KNOWN_AT, EFFECTIVE_ON → OUTPUT (a row for each station and month), ROWS, SHORT."""

    NAME = "patrol_table"
    GROUP = "patrol"

    def displayName(self) -> str:
        return tr("Patrols by station and month")

    def shortHelpString(self) -> str:
        return tr("Required, logged, valid and missing patrols of every station in every month, why logs do not count, and what was found, "
                  "stopped, reported and filed; of the illegal patches issued in the month, how many a patrol had found before. Each rate "
                  "stands beside the two figures it is made of; nobody is ranked. A patrol counts with two officers, start and end, "
                  "and a route or a track; the same team or the same route counts once in a half-day (R50). Where the rule pack asks "
                  "for patrols in each week, or for fewer in a slack season, the weeks that are short stand beside; a week belongs to the "
                  "month of its Thursday.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(QgsProcessingParameterNumber("YEAR", tr("Year"), optional=False, defaultValue=date.today().year, minValue=1999,
                                                       maxValue=2100))
        self.addParameter(QgsProcessingParameterNumber("QUARTER", tr("Quarter"), optional=True, minValue=1, maxValue=4))
        self.addParameter(QgsProcessingParameterNumber("MONTH", tr("Month"), optional=True, minValue=1, maxValue=12))
        self.addParameter(DayParameter("KNOWN_AT", tr("Known at (empty: now)"), optional=True, moment=True))
        self.addParameter(DayParameter("EFFECTIVE_ON", tr("Effective on (empty: today)"), optional=True))
        self.addParameter(QgsProcessingParameterFeatureSink("OUTPUT", tr("Patrol table"), QgsProcessing.SourceType.TypeVector))
        self.addOutput(QgsProcessingOutputNumber("ROWS", tr("Rows")))
        self.addOutput(QgsProcessingOutputNumber("SHORT", tr("Months that are short")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        first, last = self._span(parameters, context)
        with self.open_register(parameters, context) as register:
            state = register.state_then(moment_text(parameters.get("KNOWN_AT")), day_text(parameters.get("EFFECTIVE_ON")), progress)
            until = date.fromisoformat(day_text(parameters.get("EFFECTIVE_ON")) or date.today().isoformat())
            months = station_table(register, first, last, state, until=until)
            found = station_findings(register, first, last, until, state)
        rows = [station_row(month, found.get((month.station, month.year, month.month), {})) for month in months]
        fields = [(name, kind, Label(zh, en)) for name, kind, zh, en in station_fields()]
        output = write_table(self, parameters, context, "OUTPUT", fields, rows, user_locale())
        return {"OUTPUT": output, "ROWS": len(rows), "SHORT": sum(not month.is_met for month in months)}

    def _span(self, parameters: Dict[str, Any], context: QgsProcessingContext) -> Tuple[date, date]:
        year = self.parameterAsInt(parameters, "YEAR", context)
        month, quarter = (self.parameterAsInt(parameters, name, context) if parameters.get(name) not in (None, "") else None
                          for name in ("MONTH", "QUARTER"))
        if month is not None and quarter is not None:
            raise InputError("A month and a quarter are given.", "Give one of them.")
        months: List[int] = [month] if month else [3 * quarter - 2, 3 * quarter] if quarter else [1, 12]
        last = last_day(year, months[-1])
        today = date.today()
        if date(year, months[0], 1) > today:
            raise InputError("{year}-{month} has not begun.", "Choose a month that has.", year=year, month=f"{months[0]:02d}")
        if last > today >= date(year, months[0], 1):
            last = last_day(today.year, today.month)
        return date(year, months[0], 1), last


def _fields() -> List[Tuple[str, str, str]]:
    return [("QY", "text", tr("Key area")), ("MC", "text", tr("Name")), ("CS", "integer", tr("Patrols of the month")),
            ("ZJRQ", "text", tr("Last on")), ("TS", "integer", tr("Days since")), ("LX", "integer", tr("Left out"))]


class PatrolCoverage(StationMonthAlgorithm):
    """REGISTER, PROFILE, YEAR, MONTH, STATION, DISTANCE, CELL, DAYS, REPORT → OUTPUT (cells of the key areas), CELLS, MISSED, TRACKED."""

    NAME = "patrol_coverage"

    def displayName(self) -> str:
        return tr("What the patrols of a month came near")

    def shortHelpString(self) -> str:
        return tr("The key areas of a patrol profile in cells: how many patrols of the month came within DISTANCE by their tracks, when "
                  "any last did, and what was left out for more than DAYS days (漏巡). Without a profile every township is a key area. A "
                  "gap in a track is not travelled; without any track nothing is called left out, for nobody can tell.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(QgsProcessingParameterFile("PROFILE", tr("Patrol profile"), extension="json", optional=True))
        self.add_station_month(any_station=True)
        kind = QgsProcessingParameterNumber.Type.Double
        self.addParameter(QgsProcessingParameterNumber("DISTANCE", tr("Seen within (m)"), kind, DISTANCE_M, minValue=0.0,
                                                       maxValue=5000.0))
        self.addParameter(advanced(QgsProcessingParameterNumber("CELL", tr("Cells of (m)"), kind, CELL_M, minValue=50.0,
                                                                maxValue=20000.0)))
        self.addParameter(QgsProcessingParameterNumber("DAYS", tr("Left out after (days)"), defaultValue=MISSED_DAYS, minValue=1,
                                                       maxValue=3660))
        self.addParameter(QgsProcessingParameterFeatureSink("OUTPUT", tr("Cells"), QgsProcessing.SourceType.TypeVectorPolygon))
        self.addParameter(report_parameter())
        for name, text in (("CELLS", tr("Cells")), ("MISSED", tr("Cells left out")), ("TRACKED", tr("Patrols with a track"))):
            self.addOutput(QgsProcessingOutputNumber(name, text))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        profile, (station, year, month) = self.text(parameters, "PROFILE", context), self.station_month(parameters, context)
        with self.open_register(parameters, context) as register:
            found = coverage(register, read_patrol_profile(Path(profile)) if profile else None, year, month, station=station or None,
                             distance_m=self.parameterAsDouble(parameters, "DISTANCE", context),
                             cell_m=self.parameterAsDouble(parameters, "CELL", context),
                             missed_days=self.parameterAsInt(parameters, "DAYS", context), progress=progress)
            crs = ground_of(register).crs
        for note in found.notes:
            feedback.pushInfo(say(note))
        return {"OUTPUT": self._write(parameters, context, found, crs), "CELLS": len(found.cells),
                "MISSED": sum(cell.missed for cell in found.cells), "TRACKED": found.tracked,
                **self.give_report(parameters, context, feedback, coverage_page(found))}

    def _write(self, parameters: Dict[str, Any], context: QgsProcessingContext, found: Coverage, crs: str) -> str:
        fields = QgsFields()
        for name, kind, label in _fields():
            fields.append(make_field(name, kind, alias=label))
        sink = RowSink(self, parameters, context, "OUTPUT", fields, QgsWkbTypes.Type.MultiPolygon, QgsCoordinateReferenceSystem(crs))
        for cell in found.cells:
            shape = QgsGeometry()
            shape.fromWkb(cell.wkb)
            shape.convertToMultiType()
            values = (cell.kind or None, cell.name, cell.patrols, cell.last_on.isoformat() if cell.last_on else None, cell.days,
                      int(cell.missed))
            sink.add([to_qgis_value(value) for value in values], shape)
        target = sink.finish()
        when_loaded(context, target, _look)
        return target


def _look(layer: QgsVectorLayer) -> None:
    """What was left out, came near this month, came near before: each by colour and hatching, and the names of the fields."""
    for name, _kind, label in _fields():
        layer.setFieldAlias(layer.fields().lookupField(name), label)
    looks = (("0", look_symbol(LOOKS["1"]), tr("Came near in the month")), ("1", look_symbol(LOOKS["3"]), tr("Came near before")),
             ("2", look_symbol(LOOKS["2"]), tr("Left out")))
    layer.setRenderer(QgsCategorizedSymbolRenderer(
        'CASE WHEN "LX" = 1 THEN \'2\' WHEN "CS" > 0 THEN \'0\' ELSE \'1\' END',
        [QgsRendererCategory(code, symbol, words) for code, symbol, words in looks]))


_FIELDS = [("JCBH", "text", Label("监测编号", "Patch")), ("FXRQ", "text", Label("发现日期", "Found on")),
           ("ZSDM", "text", Label("站所", "Station")), ("XMMC", "text", Label("建设项目", "Project")),
           ("JL", "real", Label("距离（米）", "Distance (m)")), ("GL", "integer", Label("已关联", "Linked")),
           ("XY", "integer", Label("先于下发", "Before the patch was issued")), ("WF", "integer", Label("违法", "Illegal"))]


class Discoveries(RegisterAlgorithm):
    """REGISTER, BATCH → OUTPUT (findings matched to patches), ROWS, FOUND, ILLEGAL."""

    NAME = "discoveries"
    GROUP = "patrol"

    def displayName(self) -> str:
        return tr("Findings of patrols and patches")

    def shortHelpString(self) -> str:
        return tr("Which findings of patrols meet a patch of a batch: linked by a person, or proposed because they lie within 100 m "
                  "and came first. The discovery rate (FOUND of ILLEGAL) counts links by a person alone.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(QgsProcessingParameterString("BATCH", tr("Batch code")))
        self.addParameter(QgsProcessingParameterFeatureSink("OUTPUT", tr("Findings and patches"), QgsProcessing.SourceType.TypeVector))
        for name, text in (("ROWS", tr("Rows")), ("FOUND", tr("Illegal patches found before")), ("ILLEGAL", tr("Illegal patches"))):
            self.addOutput(QgsProcessingOutputNumber(name, text))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        with self.open_register(parameters, context) as register:
            found, rate = discoveries(register, self.text(parameters, "BATCH", context))
        rows = [{"JCBH": one.number, "FXRQ": one.finding.on.isoformat(), "ZSDM": one.finding.station, "XMMC": one.finding.project or None,
                 "JL": one.distance_m, "GL": int(one.is_linked), "XY": int(one.is_before), "WF": int(one.is_illegal)} for one in found]
        output = write_table(self, parameters, context, "OUTPUT", _FIELDS, rows, user_locale())
        return {"OUTPUT": output, "ROWS": len(rows), "FOUND": int(rate.numerator), "ILLEGAL": int(rate.denominator)}


class ExportPatrolPlan(StationMonthAlgorithm):
    """REGISTER, STATION, YEAR, MONTH, PROFILE, FOLDER → ICS, GPX, PATROLS, CARDS."""

    NAME = "export_patrol_plan"
    KEPT = ("FOLDER",)

    def displayName(self) -> str:
        return tr("Give out the plan of a month's patrols")

    def shortHelpString(self) -> str:
        return tr("Writes the planned patrols of a station's month: a calendar file (.ics), a GPX with their targets and routes, and for "
                  "each patrol with targets a route card (PDF) with the map, the targets in the order of the shortest tour, and the photo "
                  "directions still missing. The way follows the roads of the patrol profile, where it has some. No names of people.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.add_station_month()
        self.addParameter(QgsProcessingParameterFile("PROFILE", tr("Patrol profile"), extension="json", optional=True))
        self.addParameter(QgsProcessingParameterFolderDestination("FOLDER", tr("Folder")))
        self.addOutput(QgsProcessingOutputFile("ICS", tr("Calendar")))
        self.addOutput(QgsProcessingOutputFile("GPX", tr("Targets and routes")))
        self.addOutput(QgsProcessingOutputNumber("PATROLS", tr("Patrols")))
        self.addOutput(QgsProcessingOutputNumber("CARDS", tr("Route cards")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        folder, profile = Path(self.text(parameters, "FOLDER", context)), self.text(parameters, "PROFILE", context)
        station, year, month = self.station_month(parameters, context)
        made_folder(folder)
        known = read_patrol_profile(Path(profile)) if profile else None
        roads, one_way = road_layer(known), one_way_of(known)
        with self.open_register(parameters, context) as register:
            rows = planned(register, station, year, month)
            if not rows:
                raise InputError("Station {station} has no patrol planned in {year}-{month}.", "Plan its patrols first.", station=station,
                                 year=year, month=f"{month:02d}")
            stem = f"patrols_{year}-{month:02d}"
            ways = {}
            for number, row in enumerate(progress.part(0.0, 0.5).watch(rows)):
                if targets_of(row):
                    ways[row.id] = planned_way(targets_of(row), roads, one_way=one_way)
            write_plan_calendar(register, folder / f"{stem}.ics", rows, datetime.now().astimezone())
            write_plan_gpx(folder / f"{stem}.gpx", rows, ways)
            for number, row in enumerate(progress.part(0.5, 1.0).watch([row for row in rows if row.id in ways]), 1):
                card = Card(row, ways[row.id], county=register.meta["county_name"])
                write_route_card(register, folder / f"card_{row.XCRQ}_{number}.pdf", card, roads=roads)
        return {"FOLDER": str(folder), "ICS": str(folder / f"{stem}.ics"), "GPX": str(folder / f"{stem}.gpx"), "PATROLS": len(rows),
                "CARDS": len(ways)}


#: Beyond this the ways between all stops take longer than anyone waits.
MOST_STOPS = 300


class PlanRoute(LandInspectorAlgorithm):
    """INPUT, ROADS, START, NAME_FIELD, RETURN, DETOUR, DIRECTION_FIELD, VALUE_FORWARD, VALUE_BACKWARD → OUTPUT (one leg a row: SEQ, FROM,
    TO, LENGTH_M, BY_ROAD), LENGTH_M, BOUND_M, STOPS, OFF_ROAD."""

    NAME = "plan_route"
    GROUP = "patrol"

    def displayName(self) -> str:
        return tr("Plan a patrol route")

    def shortHelpString(self) -> str:
        return tr("The shortest tour through chosen targets, over a road layer where there is one, otherwise in straight lines times a "
                  "detour factor. Up to 12 targets the tour is proved to be the shortest; for more BOUND_M says what no tour can fall "
                  "below. Roads join only where they share a vertex, and lead both ways unless DIRECTION_FIELD says which do not. Targets "
                  "that no road reaches are named.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(QgsProcessingParameterFeatureSource("INPUT", tr("Targets"), [QgsProcessing.SourceType.TypeVectorAnyGeometry]))
        self.addParameter(QgsProcessingParameterFeatureSource("ROADS", tr("Roads (empty: straight lines)"),
                                                              [QgsProcessing.SourceType.TypeVectorLine], optional=True))
        self.addParameter(QgsProcessingParameterPoint("START", tr("Start (empty: the first target)"), optional=True))
        self.addParameter(advanced(QgsProcessingParameterField("NAME_FIELD", tr("Field that names a target"), None, "INPUT",
                                                               optional=True)))
        self.addParameter(advanced(QgsProcessingParameterBoolean("RETURN", tr("Back to the start"), True)))
        self.addParameter(advanced(QgsProcessingParameterNumber(
            "DETOUR", tr("Detour factor without roads"), QgsProcessingParameterNumber.Type.Double, DETOUR, minValue=1.0)))
        self.addParameter(advanced(QgsProcessingParameterField("DIRECTION_FIELD", tr("Field that says which roads lead one way"), None,
                                                               "ROADS", optional=True)))
        for name, text, usual in (("VALUE_FORWARD", tr("Its value where a road leads as it was drawn"), "yes"),
                                  ("VALUE_BACKWARD", tr("Its value where a road leads the other way"), "-1")):
            self.addParameter(advanced(QgsProcessingParameterString(name, text, usual, optional=True)))
        self.addParameter(QgsProcessingParameterFeatureSink("OUTPUT", tr("Route"), QgsProcessing.SourceType.TypeVectorLine))
        for name, label in (("LENGTH_M", tr("Length (m)")), ("BOUND_M", tr("No tour is shorter than (m)")), ("STOPS", tr("Stops")),
                            ("OFF_ROAD", tr("Targets that no road reaches"))):
            self.addOutput(QgsProcessingOutputNumber(name, label))

    def look_up(self, parameters: Parameters, context: QgsProcessingContext) -> None:
        self._targets = self.parameterAsSource(parameters, "INPUT", context)
        if self._targets is None:
            raise QgsProcessingException(self.invalidSourceError(parameters, "INPUT"))
        self._roads = self.parameterAsSource(parameters, "ROADS", context)
        crs = self._targets.sourceCrs()
        start = self.parameterAsPoint(parameters, "START", context, crs)
        self._start: Optional[QgsPointXY] = start if parameters.get("START") not in (None, "") else None

    def work(self, parameters: Parameters, context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        names, places = self._places(self.parameterAsString(parameters, "NAME_FIELD", context))
        found = ways(places, self._targets.sourceCrs(), context.transformContext(), self._roads, progress.part(0.0, 0.6),
                     self.parameterAsDouble(parameters, "DETOUR", context), self._one_way(parameters, context))
        is_closed = self.parameterAsBool(parameters, "RETURN", context)
        tour = shortest_tour(found.metres, is_closed=is_closed, progress=progress.part(0.6, 0.95))
        unreached = self._unreached(found)
        for place in unreached:
            feedback.pushWarning(tr("{name} is not reached by the roads; its way is taken as straight.", name=names[place]))
        output = self._write(parameters, context, names, found, tour, is_closed)
        return {"OUTPUT": output, "LENGTH_M": tour.length, "BOUND_M": tour.bound, "STOPS": len(places), "OFF_ROAD": len(unreached)}

    def _one_way(self, parameters: Parameters, context: QgsProcessingContext) -> Optional[OneWay]:
        field, forward, backward = (self.parameterAsString(parameters, name, context)
                                    for name in ("DIRECTION_FIELD", "VALUE_FORWARD", "VALUE_BACKWARD"))
        return OneWay(field, forward, backward) if field and self._roads is not None else None

    def _places(self, name_field: str) -> "tuple[List[str], List[QgsPointXY]]":
        names, places = ([tr("Start")], [self._start]) if self._start is not None else ([], [])
        lost = 0
        for number, feature in enumerate(self._targets.getFeatures(QgsFeatureRequest()), 1):
            shape = feature.geometry()
            point = QgsGeometry() if shape.isEmpty() else shape.pointOnSurface()  # newer GEOS has one on an empty point, too
            if point.isEmpty():
                lost += 1
                continue
            name = feature[name_field] if name_field else None
            names.append(str(name) if name not in (None, "") else str(number))
            places.append(point.asPoint())
        if lost:
            raise InputError("{n} targets have no place.", "Take them out of the selection.", n=lost)
        if not 2 <= len(places) <= MOST_STOPS:
            raise InputError("A route goes through 2 to {most} stops; {n} are given.", "Choose other targets.", most=MOST_STOPS,
                             n=len(places))
        return names, places

    def _unreached(self, found: Ways) -> List[int]:
        if found.off_road_m is None:
            return []
        joined = found.roads_at
        return [place for place in range(len(joined)) if joined[place] < max(joined) or found.off_road_m[place] > FAR_FROM_ROADS_M]

    def _write(self, parameters: Parameters, context: QgsProcessingContext, names: List[str], found: Ways, tour: Tour,
               is_closed: bool) -> str:
        fields = QgsFields()
        for name, kind in (("SEQ", "integer"), ("FROM", "text"), ("TO", "text"), ("LENGTH_M", "real"), ("BY_ROAD", "integer")):
            fields.append(make_field(name, kind))
        sink = RowSink(self, parameters, context, "OUTPUT", fields, QgsWkbTypes.Type.LineString, self._targets.sourceCrs())
        stops = list(tour.order) + ([tour.order[0]] if is_closed else [])
        for number, (begin, end) in enumerate(zip(stops, stops[1:]), 1):
            values = (number, names[begin], names[end], float(found.metres[begin, end]), int(found.by_road[begin, end]))
            sink.add([to_qgis_value(value) for value in values], QgsGeometry.fromPolylineXY(found.path(begin, end)))
        return sink.finish()
