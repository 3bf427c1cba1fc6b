"""land_inspector:import_tracks"""
from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any, Dict, List, Optional, Set, Tuple

import numpy as np
import shapely
from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingFeatureSource,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterFile,
    QgsProcessingParameterNumber,
    QgsProcessingParameterString,
)

from ..errors import InputError, Message, message
from ..evidence.crs import Crs, transformer
from ..evidence.patrol_profile import read_patrol_profile
from ..exchange.patrol_month import passed_places
from ..exchange.patrol_plan import KIND_NAMES, targets_of
from ..exchange.patrol_tables import tracks_page
from ..exchange.tracks.giving import BY_PERSON, Given, Surroundings, give_tracks, must_be_asked
from ..exchange.tracks.reading import read_tracks
from ..exchange.tracks.shifts import DATUMS, WGS84
from ..exchange.tracks.track_file import BEIJING, TrackFile
from ..i18n import say, tr
from ..progress import Progress
from ..register.patrolling import patrols
from ..register.register import Register
from ..register.track_passing import passed_parcels
from .base import RegisterAlgorithm, Results, warn_of
from .parameters import ChoiceParameter, advanced, by_parameter, register_parameter, report_parameter

ASK = "ask"


class ImportTracks(RegisterAlgorithm):
    """REGISTER, INPUT, PATROL, DISTANCE, PROFILE, DATUM, ROADS, LOCAL_TIME, BY, REPORT → POINTS, TRACKS, REFUSED, GIVEN, PASSED."""

    NAME = "import_tracks"
    GROUP = "patrol"

    def displayName(self) -> str:
        return tr("Bring in tracks of patrols")

    def shortHelpString(self) -> str:
        return tr("Reads tracks (GPX, KML, KMZ, 奥维's ovkml, csv and txt, NMEA, tracking layers of QField and Mergin Maps; a file or a "
                  "folder), tells their faults, gives each to the patrol of its day and hours, and says which parcels were passed within "
                  "DISTANCE. Events keep a track's digest, length and times, not its places; its file is kept among the attachments and "
                  "goes with the names.\n\n"
                  "Coordinates of Chinese programs may be shifted (GCJ-02). What the file says, photos of the same minutes, marks on "
                  "patches and the ROADS tell it; such a file is refused until DATUM says what it is.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(QgsProcessingParameterFile("INPUT", tr("Track file or folder"), fileFilter="All files (*)"))
        self.addParameter(QgsProcessingParameterString("PATROL", tr("Patrol (empty: by day and hours)"), optional=True))
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
            made = give_tracks(register, read, datums, patrol=self.text(parameters, "PATROL", context) or None, is_local=is_local,
                               by=self.acting_as(parameters, context), progress=progress.part(0.5, 0.8))
            rows = {one.id: one for one in patrols(register)}
            names = {key: " ".join(filter(None, (one.ZSDM, one.XCRQ, one.KSSJ))) for key, one in rows.items()}
            areas = read_patrol_profile(Path(profile)).key_areas(Crs.of(register.meta["crs"])) if profile else []
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
            if one.patrol is not None:
                said = names.get(one.patrol, one.patrol) if one.reason is None else say(one.reason)
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
    """The roads in the register's system."""
    if roads is None:
        return np.empty(0, dtype=object)
    found = []
    for number, feature in enumerate(roads.getFeatures()):
        if number % 500 == 0:
            progress.step(0.0)
        if feature.hasGeometry():
            found.append(bytes(feature.geometry().asWkb().data()))
    shapes = shapely.force_2d(shapely.from_wkb(np.array([*found, None], dtype=object)[:-1], on_invalid="ignore"))
    turn = transformer(Crs.of(roads.sourceCrs().toWkt()), Crs.of(register.meta["crs"]))
    return shapes if turn is None else shapely.transform(shapes, turn)
