"""land_inspector:import_tracks"""
from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Dict, List, Optional

import numpy as np
from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterFile,
    QgsProcessingParameterNumber,
    QgsProcessingParameterString,
)

from ..errors import InputError, LandInspectorError, message
from ..evidence.passing import Piece, walked
from ..exchange.patrol_tables import tracks_page
from ..exchange.tracks.reading import read_tracks
from ..exchange.tracks.shifts import DATUMS, WGS84, unshifted
from ..exchange.tracks.track_file import TrackFile
from ..i18n import say, tr
from ..progress import Progress
from ..register.patrolling import KeptTrack, add_track, as_log, patrols
from ..register.register import Register
from ..register.track_passing import passed_parcels, walk_of
from .base import RegisterAlgorithm, Results, warn_of
from .parameters import ChoiceParameter, advanced, by_parameter, register_parameter, report_parameter

_BEIJING = timezone(timedelta(hours=8))
ASK = "ask"


class ImportTracks(RegisterAlgorithm):
    """REGISTER, INPUT, PATROL, DISTANCE, DATUM, LOCAL_TIME, BY, REPORT → POINTS, TRACKS, REFUSED, GIVEN, PASSED."""

    NAME = "import_tracks"

    def displayName(self) -> str:
        return tr("Bring in tracks of patrols")

    def group(self) -> str:
        return tr("Patrol")

    def groupId(self) -> str:
        return "patrol"

    def shortHelpString(self) -> str:
        return tr("Reads tracks (GPX, KML, KMZ, 奥维's ovkml, csv and txt, NMEA, tracking layers of QField and Mergin Maps; a file or a "
                  "folder), tells their faults, gives each to the patrol of its day and hours, and says which parcels were passed within "
                  "DISTANCE. The register keeps a track's digest, length and times, not its places.\n\n"
                  "Coordinates of Chinese programs may be shifted (GCJ-02): such a file is refused until DATUM says what it is.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(QgsProcessingParameterFile("INPUT", tr("Track file or folder"), fileFilter="All files (*)"))
        self.addParameter(QgsProcessingParameterString("PATROL", tr("Patrol (empty: by day and hours)"), optional=True))
        self.addParameter(QgsProcessingParameterNumber("DISTANCE", tr("Passed within (m)"), QgsProcessingParameterNumber.Type.Double, 100.0,
                                                       minValue=0.0, maxValue=5000.0))
        self.addParameter(ChoiceParameter("DATUM", tr("Coordinates"), [ASK, *DATUMS],
                                          [tr("as the file says; ask where it is doubtful"), "WGS 84 / CGCS2000", "GCJ-02", "BD-09"], ASK))
        self.addParameter(advanced(QgsProcessingParameterBoolean("LOCAL_TIME", tr("Times are Beijing time, whatever the file says"),
                                                                 False)))
        self.addParameter(by_parameter())
        self.addParameter(report_parameter())
        for name, text in (("POINTS", tr("Points")), ("TRACKS", tr("Tracks")), ("REFUSED", tr("Files refused")),
                           ("GIVEN", tr("Given to a patrol")), ("PASSED", tr("Parcels passed"))):
            self.addOutput(QgsProcessingOutputNumber(name, text))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        source = Path(self.text(parameters, "INPUT", context))
        if not source.exists():
            raise InputError("{file} does not exist.", "Check the path and the connection to the drive.", file=source.name)
        said = self.parameterDefinition("DATUM").key(parameters.get("DATUM"))
        read, refused = read_tracks([source], date.today(), progress.part(0.0, 0.4),
                                    is_local=self.parameterAsBool(parameters, "LOCAL_TIME", context))
        doubtful = [one for one in read if one.datum not in (None, WGS84) and said == ASK]
        refused += [(one.path, message("Its coordinates are {datum}, shifted from the true ones; say so under DATUM, and it is put right.",
                                       datum=one.datum)) for one in doubtful]
        read = [one for one in read if one not in doubtful]
        distance = self.parameterAsDouble(parameters, "DISTANCE", context)
        given: Dict[str, str] = {}
        passed: Dict[str, List[str]] = {}
        with self.open_register(parameters, context) as register:
            for one in progress.watch(read, 0.4, 1.0):
                datum = (one.datum or WGS84) if said == ASK else said
                walk, dropped = walk_of(register, [(*unshifted(s.lon, s.lat, datum), s.at) for s in one.segments])
                self._give(register, parameters, context, feedback, one, walk, dropped, datum, given)
                for hit in passed_parcels(register, walk, distance):
                    minutes = "" if hit.seconds is None else f"{hit.seconds / 60:.1f}"
                    passed.setdefault(hit.parcel_id, [hit.number, hit.batch, f"{hit.nearest_m:.0f}", minutes])
        for one in read:
            warn_of(feedback, [message("{file}: {fault}", file=one.path.name, fault=fault.text) for fault in one.faults])
            if one.is_doubtful_zone:
                feedback.pushWarning(tr("{file}: its times fall into the night; if the device wrote Beijing time, run again with "
                                        "LOCAL_TIME.", file=one.path.name))
        warn_of(feedback, [message("{file}: {fault}", file=path.name, fault=reason) for path, reason in refused])
        recorded = message("{n} tracks were given to patrols.", n=len(given))
        return {"POINTS": sum(one.points for one in read), "TRACKS": len(read), "REFUSED": len(refused), "GIVEN": len(given),
                "PASSED": len(passed), **self.give_report(parameters, context, feedback,
                                                          tracks_page(read, refused, given, list(passed.values())), recorded)}

    def _give(self, register: Register, parameters: Dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback,
              one: TrackFile, walk: List[Piece], dropped: int, datum: str, given: Dict[str, str]) -> None:
        patrol = self.text(parameters, "PATROL", context) or _patrol_of(register, one)
        if patrol is None:
            return
        metres, seconds = walked(walk)
        span = [None, None] if one.span is None else [t.isoformat() for t in one.span]
        kept = KeptTrack(one.sha256, one.path.name, round(metres, 1), None if seconds is None else round(seconds, 1), one.points, dropped,
                         *span, datum, self.parameterAsBool(parameters, "LOCAL_TIME", context))
        try:
            add_track(register, patrol, kept, by=self.acting_as(parameters, context))
            given[one.sha256] = next((f"{p.ZSDM} {p.XCRQ}" for p in patrols(register) if p.id == patrol), patrol)
        except LandInspectorError as wrong:
            feedback.pushWarning(f"{one.path.name}: {say(wrong.message)}")


def _patrol_of(register: Register, one: TrackFile) -> Optional[str]:
    """The one logged patrol of the track's day (Beijing) whose hours it falls into; None for none or several."""
    if one.span is None:
        return None
    times = np.concatenate([segment.at for segment in one.segments])
    middle = datetime.fromtimestamp(float(np.nanmedian(times)), _BEIJING)
    logs = [as_log(patrol) for patrol in patrols(register) if patrol.logged and patrol.XCRQ == middle.date().isoformat()]
    fitting = [log for log in logs if log.start is not None and log.end is not None and log.start <= middle.time() <= log.end]
    return fitting[0].id if len(fitting) == 1 else None
