"""What copies and packages exchange, as algorithms: field packages, work given out and taken back, couriers, merging."""
from __future__ import annotations

from pathlib import Path
from typing import Any, Dict

from qgis.core import (
    QgsProcessing, QgsProcessingContext, QgsProcessingFeedback, QgsProcessingOutputNumber, QgsProcessingOutputString,
    QgsProcessingParameterBoolean, QgsProcessingParameterFile, QgsProcessingParameterFileDestination,
    QgsProcessingParameterMultipleLayers, QgsProcessingParameterNumber, QgsProcessingParameterString,
)

from ..errors import message
from ..exchange.courier import ENDING, before_day, take_courier, write_courier
from ..exchange.field_package import CONFLICT, KNOWN, MISSING
from ..exchange.patrol_package import ASK, PREFER, give_out_patrol, take_back_patrol
from ..exchange.patrol_tables import taken_page
from ..exchange.report_pages import merge_page, merge_text, package_page
from ..exchange.shared_folder import exchange
from ..exchange.styles import register_styles, remains_styles
from ..exchange.work_package import DONE, KNOWN_ROW, LEFT, REVIEW, WORK, give_out_work, take_back_work
from ..i18n import say, tr, user_locale
from ..progress import Progress
from ..register.merging import merge_registers
from ..register.register import Register
from .base import RegisterAlgorithm, Results, StationMonthAlgorithm, register_address, warn_of
from .parameters import (
    ChoiceParameter, DayParameter, advanced, by_parameter, day_text, image_files, labels_of, register_parameter, report_parameter,
)


class FieldPackage(StationMonthAlgorithm):
    """REGISTER, STATION, YEAR, MONTH, IMAGES, MOST_MB, LANGUAGE → OUTPUT (.zip), ROWS, TARGETS, PATCHES, PIXEL_M."""

    NAME = "field_package"
    KEPT = ("OUTPUT",)

    def displayName(self) -> str:
        return tr("Give out a field package")

    def shortHelpString(self) -> str:
        return tr("Writes one zip for a station's month that QField imports and plain QGIS opens when it is unpacked: the planned patrols "
                  "with their targets, the parcels of its townships, open findings, forms with code lists, photos under their own names, "
                  "tracking switched on, and a clip of the imagery no larger than MOST_MB. Names of builders, and names and "
                  "numbers in free texts, stay in the office; a plan's own officers stand in its form.\n\n"
                  "What was edited comes back by “Take back a field package”, as often as one likes.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.add_station_month()
        self.addParameter(QgsProcessingParameterMultipleLayers("IMAGES", tr("Images"), QgsProcessing.SourceType.TypeRaster, optional=True))
        kind = QgsProcessingParameterNumber.Type.Double
        self.addParameter(QgsProcessingParameterNumber("MOST_MB", tr("Imagery no larger than (MB)"), kind, 50.0, minValue=0.1,
                                                       maxValue=4000.0))
        self.addParameter(advanced(ChoiceParameter("LANGUAGE", tr("Language of the forms"), ["zh", "en"], ["中文", "English"], "zh")))
        self.addParameter(QgsProcessingParameterFileDestination("OUTPUT", tr("Field package"), "ZIP (*.zip)"))
        for name, text in (("ROWS", tr("Rows")), ("TARGETS", tr("Targets")), ("PATCHES", tr("Parcels")), ("PIXEL_M", tr("Pixel (m)"))):
            self.addOutput(QgsProcessingOutputNumber(name, text))

    def look_up(self, parameters: Dict[str, Any], context: QgsProcessingContext) -> None:
        self._images = image_files(self, parameters, context)

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        target = Path(self.parameterAsFileOutput(parameters, "OUTPUT", context))
        with self.open_register(parameters, context) as register:
            given = give_out_patrol(
                register, target, *self.station_month(parameters, context), images=self._images, progress=progress,
                language=self.parameterDefinition("LANGUAGE").key(parameters.get("LANGUAGE")),
                most_mb=self.parameterAsDouble(parameters, "MOST_MB", context))
        for text in given.told:
            feedback.pushWarning(say(text))
        return {"OUTPUT": str(given.file), "ROWS": sum(given.rows.values()), "TARGETS": given.rows["target"],
                "PATCHES": given.rows["patch"], "PIXEL_M": given.image_m or 0.0}


class TakeFieldPackage(RegisterAlgorithm):
    """REGISTER, PACKAGE, PREFER, DRY_RUN, BY, REPORT → LOGS, FINDINGS, ACTS, VISITS, PHOTOS, TRACKS, RECORDED, KNOWN, CONFLICTS,
    MISSING."""

    NAME = "take_field_package"
    GROUP = "patrol"

    def displayName(self) -> str:
        return tr("Take back a field package")

    def shortHelpString(self) -> str:
        return tr("Records what a field package brought back: logs, findings and what followed on them, visits of parcels, photos and "
                  "tracks. PACKAGE is its zip, its folder, or its data.gpkg with the photos beside it; it is only read. Taken again, it "
                  "records nothing twice.\n\n"
                  "A field that was changed in the field and in the office stays out and is shown with both values, until PREFER says "
                  "which side counts. A row that is gone is a question and deletes nothing. A package of another register is refused.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(QgsProcessingParameterFile("PACKAGE", tr("Package (zip, folder or data.gpkg)"), fileFilter="All files (*)"))
        self.addParameter(ChoiceParameter("PREFER", tr("Where both sides changed a field"), list(PREFER),
                                          [tr("leave it and show both"), tr("the field counts"), tr("the office counts")], ASK))
        self.addParameter(QgsProcessingParameterBoolean("DRY_RUN", tr("Only look"), False))
        self.addParameter(by_parameter())
        self.addParameter(report_parameter())
        for name, text in (("LOGS", tr("Patrols")), ("FINDINGS", tr("Findings")), ("ACTS", tr("What followed")), ("VISITS", tr("Visits")),
                           ("PHOTOS", tr("Photos")), ("TRACKS", tr("Tracks")), ("RECORDED", tr("Recorded")), ("KNOWN", tr("Known already")),
                           ("CONFLICTS", tr("Conflicts")), ("MISSING", tr("Rows that are gone"))):
            self.addOutput(QgsProcessingOutputNumber(name, text))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        dry = self.parameterAsBool(parameters, "DRY_RUN", context)
        with self.open_register(parameters, context) as register:
            made = take_back_patrol(register, Path(self.text(parameters, "PACKAGE", context)), dry=dry, progress=progress,
                                    prefer=self.parameterDefinition("PREFER").key(parameters.get("PREFER")),
                                    by=self.acting_as(parameters, context))
        warn_of(feedback, made.told)
        recorded = message("{n} things would be recorded.", n=made.recorded) if dry else message(
            "{n} things were recorded.", n=made.recorded)
        feedback.pushInfo(say(recorded))
        return {"LOGS": made.logs, "FINDINGS": made.findings, "ACTS": made.acts, "VISITS": made.visits, "PHOTOS": made.photos,
                "TRACKS": made.tracks, "RECORDED": made.recorded, "KNOWN": len(made.of(KNOWN)), "CONFLICTS": len(made.of(CONFLICT)),
                "MISSING": len(made.of(MISSING)),
                **self.give_report(parameters, context, feedback, taken_page(made, dry), recorded)}


class GiveOutPackage(RegisterAlgorithm):
    """REGISTER, TOWNSHIP, STATION, WHAT, BATCH, TO, IMAGES, IMAGE_MB, OUTPUT, BY → OUTPUT, PACKAGE, ROWS."""

    NAME = "give_out_package"
    KEPT = ("OUTPUT",)

    def displayName(self) -> str:
        return tr("Give out a package")

    def shortHelpString(self) -> str:
        return tr("Makes one file for a township or a station, that this plugin, plain QGIS and QField open: a small register of its own, "
                  "forms to fill in, their QGIS project and a clip of the imagery, all in one GeoPackage; or a zip of the same as files "
                  "(name the output .zip). It holds only the parcels of that township, and no name of a land user, a party or an officer. "
                  "In the plugin, open it like any register; in QGIS, open the project that lies in it (Project, Open From, GeoPackage). "
                  "The register's book says who has which package since when; \"Take back a package\" records what came back, row by "
                  "row. Images are made coarser until they fit into IMAGE_MB; without images there is none in the package.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(QgsProcessingParameterString("TOWNSHIP", tr("Township codes, separated by commas"), optional=True))
        self.addParameter(QgsProcessingParameterString("STATION", tr("Stations, separated by commas"), optional=True))
        self.addParameter(ChoiceParameter("WHAT", tr("What for"), list(WORK), [say(word) for word in WORK.values()], REVIEW))
        self.addParameter(QgsProcessingParameterString("BATCH", tr("Batch code (empty: all)"), optional=True))
        self.addParameter(QgsProcessingParameterString("TO", tr("Who gets it"), optional=True))
        self.addParameter(QgsProcessingParameterMultipleLayers("IMAGES", tr("Images"), QgsProcessing.SourceType.TypeRaster, optional=True))
        self.addParameter(QgsProcessingParameterNumber("IMAGE_MB", tr("Most size of the images (MB)"),
                                                       QgsProcessingParameterNumber.Type.Double, 50.0, minValue=0.1, maxValue=4000.0))
        self.addParameter(QgsProcessingParameterFileDestination("OUTPUT", tr("Package"), "GeoPackage (*.gpkg);;Zip (*.zip)"))
        self.addParameter(by_parameter())
        advanced(self.parameterDefinition("BATCH"))
        self.addOutput(QgsProcessingOutputString("PACKAGE", tr("Id of the package")))
        self.addOutput(QgsProcessingOutputNumber("ROWS", tr("Rows")))

    def look_up(self, parameters: Dict[str, Any], context: QgsProcessingContext) -> None:
        for styles in (register_styles, remains_styles):  # put together here and kept, not beside the window's thread
            styles(user_locale())
        self._images = image_files(self, parameters, context)

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        target = self.parameterAsFileOutput(parameters, "OUTPUT", context)
        what = self.parameterDefinition("WHAT").key(parameters.get("WHAT"))
        with self.open_register(parameters, context) as register:
            done = give_out_work(register, Path(target), what, townships=labels_of(self.text(parameters, "TOWNSHIP", context)),
                                 stations=labels_of(self.text(parameters, "STATION", context)),
                                 batch=self.text(parameters, "BATCH", context), to=self.text(parameters, "TO", context),
                                 images=self._images, most_mb=self.parameterAsDouble(parameters, "IMAGE_MB", context),
                                 language=user_locale(), by=self.acting_as(parameters, context), progress=progress)
        warn_of(feedback, done.told)
        progress.show(1.0)
        return {"OUTPUT": target, "PACKAGE": done.package_id, "ROWS": sum(done.rows.values())}


class TakeBackPackage(RegisterAlgorithm):
    """REGISTER, PACKAGE, DRY_RUN, BY, REPORT → TAKEN, KNOWN, LEFT."""

    NAME = "take_back_package"

    def displayName(self) -> str:
        return tr("Take back a package")

    def shortHelpString(self) -> str:
        return tr("Records what a package brought back from a township, a station or the field: its GeoPackage, its zip or its unpacked "
                  "folder; photos lie in the folder beside it. What was recorded in the plugin is merged like a copy's: each act stays "
                  "with its author and time, and what the office did on the same parcel meanwhile is in dispute. Each row of a form that "
                  "was changed is compared with what was given out and with the register as it is now: "
                  "what only the other side changed is recorded, what both changed is left to a person, a row that is gone deletes "
                  "nothing. The report says it row by row. Taken back twice, nothing changes the second time. A package of another "
                  "register, one that is not in the book and one that was altered are refused.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(QgsProcessingParameterFile("PACKAGE", tr("Package that came back")))
        self.addParameter(QgsProcessingParameterBoolean("DRY_RUN", tr("Dry run: only show what would come"), defaultValue=True))
        self.addParameter(by_parameter())
        self.addParameter(report_parameter())
        self.addOutput(QgsProcessingOutputNumber("TAKEN", tr("Rows recorded")))
        self.addOutput(QgsProcessingOutputNumber("KNOWN", tr("Rows that were known")))
        self.addOutput(QgsProcessingOutputNumber("LEFT", tr("Rows left to a person")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        source = self.text(parameters, "PACKAGE", context)
        with self.open_register(parameters, context) as register:
            found = take_back_work(register, Path(source), dry_run=self.parameterAsBool(parameters, "DRY_RUN", context),
                                   by=self.text(parameters, "BY", context) or None, progress=progress)
        warn_of(feedback, found.told)
        counts = [len(found.of(status)) for status in (DONE, KNOWN_ROW, LEFT)]
        done = None if found.is_dry else message("{n} rows were recorded.", n=counts[0])
        return {"TAKEN": counts[0], "KNOWN": counts[1], "LEFT": counts[2],
                **self.give_report(parameters, context, feedback, package_page(found), done)}


class ExchangeCouriers(RegisterAlgorithm):
    """REGISTER, FOLDER → SENT, RECEIVED, WAITING, CONFLICTS."""

    NAME = "exchange_couriers"

    def displayName(self) -> str:
        return tr("Exchange through a folder")

    def shortHelpString(self) -> str:
        return tr("Brings copies of one register together through a folder that all can reach: a network drive, a stick that is carried "
                  "from one to the other, a folder that a sync client copies. What was recorded here and nobody has put there yet goes "
                  "into the folder as a courier file; what others put there comes in. Files are only added, signed with the register's "
                  "own key and taken whole or not at all; a half-copied one waits for the next time. The register itself is never opened "
                  "over the network.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(QgsProcessingParameterFile("FOLDER", tr("Folder for the exchange"),
                                                     QgsProcessingParameterFile.Behavior.Folder))
        self.addOutput(QgsProcessingOutputNumber("SENT", tr("Events sent")))
        self.addOutput(QgsProcessingOutputNumber("RECEIVED", tr("Events that came in")))
        self.addOutput(QgsProcessingOutputNumber("WAITING", tr("Files that wait")))
        self.addOutput(QgsProcessingOutputNumber("CONFLICTS", tr("Fields in dispute")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        with self.open_register(parameters, context) as register:
            done = exchange(register, Path(self.text(parameters, "FOLDER", context)), progress)
        for file, reason in done.troubles:
            feedback.pushWarning(f"{file}: {say(reason)}")
        return {"SENT": done.sent, "RECEIVED": done.received, "WAITING": done.waiting, "CONFLICTS": done.conflicts}


class SendCourier(RegisterAlgorithm):
    """REGISTER, SINCE, NAMES, OUTPUT → OUTPUT, EVENTS."""

    NAME = "send_courier"
    KEPT = ("OUTPUT",)

    def displayName(self) -> str:
        return tr("Write a courier file")

    def shortHelpString(self) -> str:
        return tr("Writes what was recorded in this register into one file for another copy of it, to be sent by mail or on a stick: acts, "
                  "issued patches, photos and papers, measured evidence. The other side takes it in with \"Merge another copy of the "
                  "register\". It may come late, twice, or before an earlier one: it waits for what it follows. SINCE leaves out what was "
                  "recorded before that day and is there already.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(DayParameter("SINCE", tr("Only what was recorded since"), optional=True))
        self.addParameter(advanced(QgsProcessingParameterBoolean("NAMES", tr("With the names of people"), defaultValue=True)))
        self.addParameter(QgsProcessingParameterFileDestination("OUTPUT", tr("Courier file"), tr("Courier files (*.lic)")))
        self.addOutput(QgsProcessingOutputNumber("EVENTS", tr("Events sent")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        target = self.parameterAsFileOutput(parameters, "OUTPUT", context)
        day = day_text(parameters.get("SINCE"))
        with self.open_register(parameters, context) as register:
            sent = write_courier(register, Path(target), since=before_day(register, day) if day else None,
                                 with_names=self.parameterAsBool(parameters, "NAMES", context), progress=progress)
        return {"OUTPUT": target, "EVENTS": sent.events}


class MergeRegisters(RegisterAlgorithm):
    """REGISTER, OTHER, DRY_RUN, CLONE, REPORT → NEW, KNOWN, CONFLICTS, HELD."""

    NAME = "merge_registers"

    def displayName(self) -> str:
        return tr("Merge another copy of the register")

    def shortHelpString(self) -> str:
        return tr("Takes what another copy of this register recorded and this one lacks: acts, issued patches, photos and papers, measured "
                  "evidence. The other copy is only read; run it the other way round to bring that one up to date as well. In whichever "
                  "order copies are merged, the result is the same, and merging twice changes nothing.\n\n"
                  "Run it as a dry run first: the report says what would come. NEW counts the events that come, KNOWN those that are here "
                  "already, CONFLICTS the fields that are in dispute afterwards: acts of two people on one thing who had not seen each "
                  "other's. Both stay in the history; they are settled in the panel \"Copies\", and until then the later act counts.\n\n"
                  "Refused, in words: a copy of another register, two copies in which one writer's entries go on in different ways (a "
                  "copied user profile, an older copy put back by hand), and entries that were edited. Say CLONE where the other copy is "
                  "the one that shall not go on: what was recorded there comes in under a writer of its own.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(QgsProcessingParameterFile("OTHER", tr("Other copy of the register, or a courier file"),
                                                     fileFilter=tr("Registers and courier files (*.gpkg *.lic)")))
        self.addParameter(QgsProcessingParameterBoolean("DRY_RUN", tr("Dry run: only show what would come"), defaultValue=True))
        self.addParameter(advanced(QgsProcessingParameterBoolean("CLONE", tr("The other copy is a clone: take its branch in"),
                                                                 defaultValue=False)))
        self.addParameter(report_parameter())
        self.addOutput(QgsProcessingOutputNumber("NEW", tr("Events that came in")))
        self.addOutput(QgsProcessingOutputNumber("KNOWN", tr("Events that were known")))
        self.addOutput(QgsProcessingOutputNumber("CONFLICTS", tr("Fields in dispute")))
        self.addOutput(QgsProcessingOutputNumber("HELD", tr("Events that wait")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        source = self.text(parameters, "OTHER", context)
        dry_run = self.parameterAsBool(parameters, "DRY_RUN", context)
        with self.open_register(parameters, context) as register:
            if source.lower().endswith(ENDING):
                found = take_courier(register, Path(source), dry_run=dry_run, progress=progress)
            else:
                with Register.open(register_address(source)) as other:
                    found = merge_registers(register, other, dry_run=dry_run, progress=progress,
                                            is_clone=self.parameterAsBool(parameters, "CLONE", context))
        warn_of(feedback, found.remarks)
        feedback.pushInfo(merge_text(found))
        done = None if found.is_dry else message("{n} events came in.", n=found.new)
        page = merge_page(source, found)
        return {"NEW": found.new, "KNOWN": found.known, "CONFLICTS": len(found.conflicts), "HELD": found.held,
                **self.give_report(parameters, context, feedback, page, done)}
