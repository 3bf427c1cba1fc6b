"""land_inspector:export_patrol_plan"""
from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any, Dict

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputFile,
    QgsProcessingOutputNumber,
    QgsProcessingParameterFile,
    QgsProcessingParameterFolderDestination,
)

from ..errors import InputError
from ..evidence.patrol_profile import read_patrol_profile
from ..exchange.patrol_plan import planned, planned_way, road_layer, targets_of, write_plan_calendar, write_plan_gpx
from ..exchange.route_card import Card, write_route_card
from ..i18n import tr
from ..progress import Progress
from .base import Results, StationMonthAlgorithm
from .parameters import register_parameter


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
        folder.mkdir(parents=True, exist_ok=True)
        roads = road_layer(read_patrol_profile(Path(profile)) if profile else None)
        with self.open_register(parameters, context) as register:
            rows = planned(register, station, year, month)
            if not rows:
                raise InputError("Station {station} has no patrol planned in {year}-{month}.", "Plan its patrols first.", station=station,
                                 year=year, month=f"{month:02d}")
            stem = f"patrols_{year}-{month:02d}"
            ways = {}
            for number, row in enumerate(progress.part(0.0, 0.5).watch(rows)):
                if targets_of(row):
                    ways[row.id] = planned_way(targets_of(row), roads)
            write_plan_calendar(register, folder / f"{stem}.ics", rows, datetime.now().astimezone())
            write_plan_gpx(folder / f"{stem}.gpx", rows, ways)
            for number, row in enumerate(progress.part(0.5, 1.0).watch([row for row in rows if row.id in ways]), 1):
                card = Card(row, ways[row.id], county=register.meta["county_name"])
                write_route_card(register, folder / f"card_{row.XCRQ}_{number}.pdf", card, roads=roads)
        return {"FOLDER": str(folder), "ICS": str(folder / f"{stem}.ics"), "GPX": str(folder / f"{stem}.gpx"), "PATROLS": len(rows),
                "CARDS": len(ways)}
