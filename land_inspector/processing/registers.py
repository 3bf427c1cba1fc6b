"""Registers as a whole, as algorithms: made, set up on a server, copied, upgraded, verified, put back; the last action taken back."""
from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List

from qgis.core import (
    QgsProcessing, QgsProcessingContext, QgsProcessingFeedback, QgsProcessingOutputFile, QgsProcessingOutputNumber,
    QgsProcessingOutputString, QgsProcessingParameterBoolean, QgsProcessingParameterCrs, QgsProcessingParameterField,
    QgsProcessingParameterFileDestination, QgsProcessingParameterMatrix, QgsProcessingParameterString,
)

from ..errors import message
from ..exchange.report import Notes
from ..exchange.intake.townships import check_county, read_townships
from ..exchange.styles import register_styles, remains_styles
from ..exchange.report_pages import verification_page
from ..i18n import tr, user_locale
from ..progress import Progress
from ..register.copying import copy_register
from ..register.sealing import OriginBook
from ..register.register import Register
from ..register.server_setup import Login, ROLES, script, set_up
from ..register.undoing import last_group, undo
from ..register.upgrading import rebuild_state, release_clock, upgrade
from ..register.verifying import backup, restore, verify
from ..settings import origins_file
from .base import RegisterAlgorithm, Results, register_address, warn_of
from .parameters import LayerOrFileParameter, advanced, by_parameter, register_parameter, report_parameter, source_of


class CreateRegister(RegisterAlgorithm):
    """OUTPUT, COUNTY_CODE, COUNTY_NAME, TOWNSHIPS, CODE_FIELD, NAME_FIELD, STATION_FIELD, CRS, KEEP_NAMES → OUTPUT, TOWNSHIP_COUNT."""

    NAME = "create_register"
    KEPT = ("OUTPUT",)

    def displayName(self) -> str:
        return tr("Create a register")

    def shortHelpString(self) -> str:
        return tr("Makes an empty register for a county: one GeoPackage that keeps every patch, verdict and case. "
                  "The township layer gives the codes and names by which everything is counted.\n\n"
                  "The register takes the coordinate system of the townships unless another is given; "
                  "for a county in China CGCS2000 in the three-degree zone is usual. "
                  "Townships without a code field are numbered behind the county's code. An existing file is never overwritten. "
                  "Where OUTPUT is an address such as postgresql://host/database?schema=county, it is made on that server.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(QgsProcessingParameterString("COUNTY_CODE", tr("County code (6 digits)")))
        self.addParameter(QgsProcessingParameterString("COUNTY_NAME", tr("County name")))
        self.addParameter(LayerOrFileParameter("TOWNSHIPS", tr("Townships"), [QgsProcessing.SourceType.TypeVectorPolygon]))
        self.addParameter(QgsProcessingParameterField("CODE_FIELD", tr("Field with the township code"), "XZDM", "TOWNSHIPS",
                                                      optional=True))
        self.addParameter(QgsProcessingParameterField("NAME_FIELD", tr("Field with the township name"), "XZMC", "TOWNSHIPS"))
        self.addParameter(QgsProcessingParameterField("STATION_FIELD", tr("Field with the station (自然资源所)"), None, "TOWNSHIPS",
                                                      optional=True))
        self.addParameter(advanced(QgsProcessingParameterCrs("CRS", tr("CRS of the register"), optional=True)))
        self.addParameter(advanced(QgsProcessingParameterBoolean(
            "KEEP_NAMES", tr("Keep names of parties and officers (personal data)"), True)))
        self.addParameter(by_parameter())
        self.addParameter(QgsProcessingParameterFileDestination("OUTPUT", tr("New register"), "GeoPackage (*.gpkg)"))
        self.addOutput(QgsProcessingOutputNumber("TOWNSHIP_COUNT", tr("Townships")))

    def look_up(self, parameters: Dict[str, Any], context: QgsProcessingContext) -> None:
        self._townships = source_of(parameters.get("TOWNSHIPS"), context)
        # here, in the window's thread: beside it about one in ten of the layers on which styles are put together was found deleted
        self._styles = [*register_styles(user_locale()), *remains_styles(user_locale())]

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        def said(name: str) -> str:
            return self.text(parameters, name, context)

        notes = Notes()
        townships, crs = read_townships(
            self._townships, code_field=said("CODE_FIELD"), name_field=said("NAME_FIELD"), station_field=said("STATION_FIELD"),
            county_code=said("COUNTY_CODE"), crs=self.crs_text(parameters, "CRS", context), progress=progress.part(0.0, 0.8), notes=notes)
        warn_of(feedback, [finding.message for finding in notes.findings if finding.severity != "I"])
        check_county(said("COUNTY_CODE"), townships)
        output = self.parameterAsFileOutput(parameters, "OUTPUT", context)
        Register.create(
            output, county_code=said("COUNTY_CODE"), county_name=said("COUNTY_NAME"), crs=crs, townships=townships,
            by=self.acting_as(parameters, context), origins=OriginBook(origins_file()),
            keep_names=self.parameterAsBool(parameters, "KEEP_NAMES", context),
            styles=self._styles).close()
        progress.step(1.0)
        return {"OUTPUT": output, "TOWNSHIP_COUNT": len(townships)}


class SetUpServer(RegisterAlgorithm):
    """REGISTER, LOGINS, BY, SCRIPT → ROLES, LOGIN_COUNT, SCRIPT."""

    NAME = "set_up_server"

    def displayName(self) -> str:
        return tr("Set up a register on a server: roles and logins")

    def shortHelpString(self) -> str:
        return tr("Makes the roles of a register on a server (reader, reviewer, second_reviewer, case_officer, administrator), says what "
                  "each may do, gives logins their roles and binds them to persons: from then on a login records acts under that name "
                  "alone. The logins themselves are made by the administrator of the server. Doing it again changes nothing that is "
                  "there. With SCRIPT alone the SQL is written to a file, to be read first and run with psql; nothing is changed then. "
                  "What this protects and what it cannot stands in the manual (docs/postgres.md).")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(QgsProcessingParameterMatrix("LOGINS", tr("Logins"), 1, False, [
            tr("Login"), tr("Role ({roles})", roles=", ".join(ROLES)), tr("Person")], optional=True))
        self.addParameter(by_parameter())
        self.addParameter(QgsProcessingParameterFileDestination("SCRIPT", tr("Only write the SQL script"), "SQL (*.sql)", optional=True,
                                                                createByDefault=False))
        self.addOutput(QgsProcessingOutputNumber("ROLES", tr("Roles")))
        self.addOutput(QgsProcessingOutputNumber("LOGIN_COUNT", tr("Logins")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        address = register_address(self.text(parameters, "REGISTER", context))
        logins = _logins(self.parameterAsMatrix(parameters, "LOGINS", context))
        file = self.parameterAsFileOutput(parameters, "SCRIPT", context)
        if file:
            Path(file).write_text(script(address, logins), encoding="utf-8")
            return {"ROLES": 0, "LOGIN_COUNT": 0, "SCRIPT": file}
        made = set_up(address, logins, by=self.acting_as(parameters, context))
        progress.show(1.0)
        return {"ROLES": len(made.roles), "LOGIN_COUNT": len(made.logins)}


def _logins(cells: List[Any]) -> List[Login]:
    """Rows of three cells: login, role, person."""
    texts = ["" if cell is None else str(cell).strip() for cell in cells]
    rows = [texts[at:at + 3] + [""] * (3 - len(texts[at:at + 3])) for at in range(0, len(texts), 3)]
    return [Login(*row) for row in rows if row[0]]


class CopyRegister(RegisterAlgorithm):
    """REGISTER, TARGET → TARGET, EVENTS, ATTACHMENTS, SEAL."""

    NAME = "copy_register"
    KEPT = ("TARGET",)

    def displayName(self) -> str:
        return tr("Copy a register (file or server)")

    def shortHelpString(self) -> str:
        return tr("Copies a register from a file onto a server, from a server into a file, or from server to server: every event "
                  "with its hash, photos and papers with them. TARGET is a file (.gpkg) or an address such as "
                  "postgresql://host/database?schema=county; what is there already is never overwritten. The copy takes its place"
                  " only when the seal, the rows of each table and the figures of every township are the same at both ends. Where"
                  " the connection was lost, start it again: photos and papers that came over are not copied once more. Others "
                  "may go on working meanwhile.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(QgsProcessingParameterFileDestination("TARGET", tr("Where the copy goes: a file, or an address on a server"),
                                                                "GeoPackage (*.gpkg)"))
        self.addOutput(QgsProcessingOutputNumber("EVENTS", tr("Events")))
        self.addOutput(QgsProcessingOutputNumber("ATTACHMENTS", tr("Photos and papers")))
        self.addOutput(QgsProcessingOutputString("SEAL", tr("Seal")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        target = self.parameterAsFileOutput(parameters, "TARGET", context)
        made = copy_register(register_address(self.text(parameters, "REGISTER", context)), register_address(target), progress)
        progress.show(1.0)
        feedback.pushInfo(tr("Seal: {code}", code=made.seal))
        return {"TARGET": str(made.address), "EVENTS": made.events, "ATTACHMENTS": made.attachments, "SEAL": made.seal}


class UpgradeRegister(RegisterAlgorithm):
    """REGISTER, BY → REGISTER, FORMAT_BEFORE, FORMAT, EVENTS, COPY."""

    NAME = "upgrade_register"

    def displayName(self) -> str:
        return tr("Upgrade a register")

    def shortHelpString(self) -> str:
        return tr("Brings a register of an earlier version of the plugin to today's format. A checked copy of the register as it was is "
                  "made first, beside it and named after its format; then everything that is kept is built anew from the events, in one "
                  "step: cancelled or broken off, the register is as it was. Every figure stays the same. A register of today's format "
                  "is left alone.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(by_parameter())
        self.addOutput(QgsProcessingOutputNumber("FORMAT_BEFORE", tr("Format before")))
        self.addOutput(QgsProcessingOutputNumber("FORMAT", tr("Format")))
        self.addOutput(QgsProcessingOutputNumber("EVENTS", tr("Events")))
        self.addOutput(QgsProcessingOutputFile("COPY", tr("Copy of the register as it was")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        address = register_address(self.text(parameters, "REGISTER", context))
        done = upgrade(address, by=self.acting_as(parameters, context), origins=OriginBook(origins_file()), progress=progress)
        progress.show(1.0)
        return {"REGISTER": str(address), "FORMAT_BEFORE": done.before, "FORMAT": done.after, "EVENTS": done.events,
                "COPY": str(done.copy) if done.copy else ""}


class RebuildState(RegisterAlgorithm):
    """REGISTER → EVENTS, BROKEN."""

    NAME = "rebuild_state"

    def displayName(self) -> str:
        return tr("Rebuild the stored state from the events")

    def shortHelpString(self) -> str:
        return tr("For a register whose verification says that the stored state differs from the events: what is shown and counted is "
                  "built anew from the events, in one step. The events, issued patches, evidence and proposals stay as they are. BROKEN "
                  "counts what verification finds afterwards; what was wrong in the events themselves stays wrong.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addOutput(QgsProcessingOutputNumber("EVENTS", tr("Events")))
        self.addOutput(QgsProcessingOutputNumber("BROKEN", tr("Broken")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        with self.open_register(parameters, context) as register:
            events = rebuild_state(register, progress.part(0.0, 0.5))
            found = verify(register, progress.part(0.5, 1.0))
        progress.show(1.0)
        warn_of(feedback, found.broken)
        return {"EVENTS": events, "BROKEN": len(found.broken)}


class VerifyRegister(RegisterAlgorithm):
    """REGISTER, SEAL, REPORT → EVENTS, BROKEN, SEAL."""

    NAME = "verify_register"

    def displayName(self) -> str:
        return tr("Verify a register")

    def shortHelpString(self) -> str:
        return tr("Checks that every event is there and unedited, that issued patches, townships, cut parcels, rows set aside, names, "
                  "places, photos and papers are what was recorded, and that the stored state is what the events say. BROKEN is 0 for a "
                  "sound register; the report names each thing that is wrong.\n\n"
                  "The seal is a short code of everything recorded so far. It stands on this report, on that of a copy and in the "
                  "workbook of figures; given here later, it shows whether anything before it was changed or cut off.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(QgsProcessingParameterString("SEAL", tr("Seal to compare with"), optional=True))
        self.addParameter(report_parameter())
        self.addOutput(QgsProcessingOutputNumber("EVENTS", tr("Events")))
        self.addOutput(QgsProcessingOutputNumber("BROKEN", tr("Broken")))
        self.addOutput(QgsProcessingOutputString("SEAL", tr("Seal")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        address = register_address(self.text(parameters, "REGISTER", context))
        with Register.open(address, origins=OriginBook(origins_file()), of_any_format=True) as register:
            found = verify(register, progress, seal=self.text(parameters, "SEAL", context))
            page = verification_page(self.text(parameters, "REGISTER", context), register.meta, found)
        warn_of(feedback, (*found.broken, *found.remarks))
        seal = found.seal.code if found.seal is not None else ""
        feedback.pushInfo(tr("Seal: {code}", code=seal))
        return {"EVENTS": found.events, "BROKEN": len(found.broken), "SEAL": seal, **self.give_report(parameters, context, feedback, page)}


class AcceptClock(RegisterAlgorithm):
    """REGISTER, REASON, BY → NEWEST, ACCEPTED."""

    NAME = "accept_clock"

    def displayName(self) -> str:
        return tr("Accept entries ahead of the clock")

    def shortHelpString(self) -> str:
        return tr("When an entry is dated ahead of this computer's clock, nothing more is recorded until the clock is right: either this "
                  "clock is slow, or the other one was fast. Where the other one was, its entries are accepted here by name and reason, "
                  "and work goes on behind them.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(QgsProcessingParameterString("REASON", tr("Reason")))
        self.addParameter(by_parameter())
        self.addOutput(QgsProcessingOutputString("NEWEST", tr("Date of the newest entry")))
        self.addOutput(QgsProcessingOutputString("ACCEPTED", tr("When it was accepted")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        with self.open_register(parameters, context) as register:
            newest, accepted = release_clock(register, reason=self.text(parameters, "REASON", context),
                                             by=self.acting_as(parameters, context))
        progress.show(1.0)
        return {"NEWEST": newest, "ACCEPTED": accepted}


class BackupRegister(RegisterAlgorithm):
    """REGISTER, OUTPUT, REPORT → OUTPUT, EVENTS, SEAL."""

    NAME = "backup_register"
    KEPT = ("OUTPUT",)

    def displayName(self) -> str:
        return tr("Back up a register (hand over)")

    def shortHelpString(self) -> str:
        return tr("Makes a complete copy of a register while others go on working in it, opens the copy and verifies it before "
                  "it counts. This is the way to hand a register over: copying the file by hand can lose what was just written. "
                  "An existing file is never overwritten.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(QgsProcessingParameterFileDestination("OUTPUT", tr("Copy"), "GeoPackage (*.gpkg)"))
        self.addParameter(report_parameter())
        self.addOutput(QgsProcessingOutputNumber("EVENTS", tr("Events")))
        self.addOutput(QgsProcessingOutputString("SEAL", tr("Seal")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        target = self.parameterAsFileOutput(parameters, "OUTPUT", context)
        with self.open_register(parameters, context) as register:
            verified = backup(register, Path(target), progress)
            page = verification_page(target, register.meta, verified)
        progress.show(1.0)
        seal = verified.seal.code if verified.seal is not None else ""
        feedback.pushInfo(tr("Seal: {code}", code=seal))
        done = message("The copy {path} was made and verified.", path=target)
        return {"OUTPUT": target, "EVENTS": verified.events, "SEAL": seal, **self.give_report(parameters, context, feedback, page, done)}


class RestoreRegister(RegisterAlgorithm):
    """COPY, REGISTER → REGISTER, EVENTS, LOST, REPLACED."""

    NAME = "restore_register"

    def displayName(self) -> str:
        return tr("Restore a register from a copy")

    def shortHelpString(self) -> str:
        return tr("Puts a copy of a register back in its place, photos and papers too: after damage, or when a register is lost. The copy "
                  "is verified first. What lies in the place is not thrown away: it gets a name beside it that tells when it was "
                  "replaced, together with the log that a crashed program may have left. This is the way to put a copy back: copying it "
                  "over the register by hand damages it. LOST counts what was recorded in the register and is not in the copy. "
                  "Close the register everywhere first.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter("COPY", tr("Copy of the register")))
        self.addParameter(register_parameter())
        self.addOutput(QgsProcessingOutputNumber("EVENTS", tr("Events")))
        self.addOutput(QgsProcessingOutputNumber("LOST", tr("Events that are not in the copy")))
        self.addOutput(QgsProcessingOutputFile("REPLACED", tr("What lay in the place")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        copy, place = (register_address(self.text(parameters, name, context)) for name in ("COPY", "REGISTER"))
        done = restore(copy, place, progress, origins=OriginBook(origins_file()))
        progress.show(1.0)
        if done.lost:
            feedback.pushWarning(tr("{n} events that were recorded in the register are not in the copy; they stand in {path}.", n=done.lost,
                                    path=str(done.replaced)))
        return {"REGISTER": str(place), "EVENTS": done.events, "LOST": done.lost, "REPLACED": str(done.replaced or "")}


class Undo(RegisterAlgorithm):
    """REGISTER, GROUP, BY, REASON, WITH_DEPENDENTS → UNDONE, GROUPS, UNDO_GROUP."""

    NAME = "undo"

    def displayName(self) -> str:
        return tr("Undo an action")

    def shortHelpString(self) -> str:
        return tr("Takes back one action as a whole (an import, a split, a table of verdicts), also after a restart. Without "
                  "GROUP it is the last action of the acting person. Later acts that stand on it are named, and undone with it "
                  "only if that is asked for. Another person's act needs a reason. Undoing an undo redoes it: give the "
                  "UNDO_GROUP that it answered.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(QgsProcessingParameterString("GROUP", tr("Action (empty: the last one)"), optional=True))
        self.addParameter(QgsProcessingParameterString("REASON", tr("Reason"), optional=True))
        self.addParameter(QgsProcessingParameterBoolean("WITH_DEPENDENTS", tr("Undo later acts that stand on it too"), False))
        self.addParameter(by_parameter())
        self.addOutput(QgsProcessingOutputString("UNDONE", tr("Undone action")))
        self.addOutput(QgsProcessingOutputNumber("GROUPS", tr("Actions undone")))
        self.addOutput(QgsProcessingOutputString("UNDO_GROUP", tr("This undo, to redo by")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        by = self.acting_as(parameters, context)
        with self.open_register(parameters, context) as register:
            group = self.text(parameters, "GROUP", context) or last_group(register, by)
            recorded = undo(register, group, by=by, reason=self.text(parameters, "REASON", context),
                            with_dependents=self.parameterAsBool(parameters, "WITH_DEPENDENTS", context), progress=progress)
        progress.show(1.0)
        groups = recorded.events[-1].payload["groups"]
        return {"UNDONE": group, "GROUPS": len(groups), "UNDO_GROUP": recorded.group}
