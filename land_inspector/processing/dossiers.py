"""Single parcels on paper, as algorithms: dossiers and their check, evidence maps, packed photos."""
from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from qgis.core import (
    QgsMapLayer, QgsProcessing, QgsProcessingAlgorithm, QgsProcessingContext, QgsProcessingFeedback,
    QgsProcessingOutputNumber, QgsProcessingOutputString, QgsProcessingParameterBoolean, QgsProcessingParameterFile,
    QgsProcessingParameterFolderDestination, QgsProcessingParameterMultipleLayers, QgsProcessingParameterNumber,
    QgsProcessingParameterString, QgsRasterLayer,
)

from ..errors import InputError, Message, message
from ..exchange.atomic_files import made_folder
from ..exchange.dossiers import Images, check_dossier, check_page, write_dossiers
from ..exchange.dossier_pages import Wanted
from ..exchange.evidence_maps import AFTER, AFTER_EVIDENCE, BEFORE, Choice, EVIDENCE, GROUNDS, JPG, PNG, draw_maps
from ..exchange.image_catalogue import Catalogue, look_through
from ..exchange.image_choice import ImageSettings, image_of_layer
from ..exchange.image_files import Image
from ..exchange.photo_packs import FILES, PACKINGS, PATTERN, ZIP_ALL, ZIP_EACH, pack_photos
from ..exchange.report_pages import refused_page
from ..exchange.verdict_tables import numbers_in
from ..i18n import say, tr
from ..progress import Progress
from ..register.dossiers import every_parcel, named
from ..register.register import Register
from .base import RegisterAlgorithm, Results, warn_of
from .parameters import ChoiceParameter, advanced, labels_of, register_parameter, report_parameter


# Which parcels papers are written of, and of which images: parameters that several algorithms share.

Chosen = List[Tuple[str, str, str]]


def add_chosen_parameters(algorithm: QgsProcessingAlgorithm) -> None:
    """BATCH and LIST."""
    algorithm.addParameter(QgsProcessingParameterString("BATCH", tr("Batch code (empty: all)"), optional=True))
    algorithm.addParameter(QgsProcessingParameterString(
        "LIST", tr("Numbers of parcels or patches, or a table with them (empty: all of the batch)"), multiLine=True, optional=True))


def chosen_of(algorithm: QgsProcessingAlgorithm, parameters: Dict[str, Any], context: QgsProcessingContext, register: Register,
              progress: Progress) -> Tuple[Chosen, List[Tuple[str, Message]]]:
    """(id, number, batch) of the parcels asked for; and what of the list names none, with the reason. InputError where nothing is left,
    or where neither a batch nor a list was given."""
    batch = (algorithm.parameterAsString(parameters, "BATCH", context) or "").strip() or None
    listed = (algorithm.parameterAsString(parameters, "LIST", context) or "").strip()
    if not listed:
        found: Chosen = every_parcel(register, batch)
        if not found:
            raise InputError("There are no parcels in it.", "Import a batch first, or name another one.")
        return found, []
    labels = numbers_in(listed, progress) if _is_file(listed) else labels_of(listed)
    found, unknown = named(register, batch, labels)
    if not found:
        raise InputError("None of the numbers in the list is one of this register: {numbers}.",
                         "Give numbers of parcels (DKBH) or patches (JCBH).", numbers=", ".join(labels[:3]))
    return found, [(label, message("There is no such parcel or patch.")) for label in unknown]


def _is_file(text: str) -> bool:
    try:
        return "\n" not in text and Path(text.split("|")[0]).is_file()
    except (OSError, ValueError):
        return False


def add_images_parameter(algorithm: QgsProcessingAlgorithm) -> None:
    """IMAGES."""
    algorithm.addParameter(advanced(QgsProcessingParameterString(
        "IMAGES", tr("Folders with images, one a line (empty: those of the options and the project)"), multiLine=True, optional=True)))


def project_rasters(context: QgsProcessingContext) -> Mapping[str, QgsRasterLayer]:
    """Copies of the project's rasters by id, which another thread may draw; call it on the layers' own thread."""
    layers = context.project().mapLayers().values() if context.project() is not None else ()
    return {layer.id(): layer.clone() for layer in layers if isinstance(layer, QgsRasterLayer) and layer.isValid()}


def images_of(algorithm: QgsProcessingAlgorithm, parameters: Dict[str, Any], context: QgsProcessingContext,
              rasters: Mapping[str, QgsRasterLayer], progress: Progress) -> Tuple[Images, Sequence[Message]]:
    """The images at hand, and what of the folders cannot be used. InputError for a folder that is not there."""
    settings = ImageSettings.load()
    given = (algorithm.parameterAsString(parameters, "IMAGES", context) or "").strip()
    if given:
        settings = ImageSettings(folders="\n".join(line.strip() for line in given.replace(";", "\n").splitlines()))
        missing: Optional[str] = next((one for one in settings.folder_list if not Path(one).is_dir()), None)
        if missing is not None:
            raise InputError("The image folder {folder} is not there or does not answer.", "Choose another folder.", folder=missing)
    catalogue = look_through(settings.places, Catalogue(), progress)
    filed = {image.source: image for image in catalogue.images}
    shown = [] if given else [(key, image_of_layer(layer, filed)) for key, layer in rasters.items()]
    known = [_with_id(image, key) for key, image in shown]
    taken = {image.source for image in known}
    return Images([*known, *(image for image in filed.values() if image.source not in taken)], dict(rasters)), catalogue.said()


def _with_id(image: Image, layer_id: str) -> Image:
    """A copy of a layer has an id of its own; the picture is found by the one it was asked for."""
    return replace(image, layer_id=layer_id)


class WriteDossiers(RegisterAlgorithm):
    """REGISTER, BATCH, LIST, IMAGES, PARTIES, AUTHORS, RESUME, FOLDER, REPORT → WRITTEN, PAGES, SKIPPED, REFUSED."""

    NAME = "write_dossiers"
    KEPT = ("FOLDER",)
    _rasters: Mapping[str, QgsRasterLayer] = {}

    def displayName(self) -> str:
        return tr("Write dossiers")

    def shortHelpString(self) -> str:
        return tr("Writes a PDF of two to four pages for each parcel: where it lies, the images before and after, its outline over the "
                  "evidence, the measured areas with the layers and their dates, proposal and verdict with reasons and by whom, "
                  "procedure, remedies, photos with their direction, papers and history.\n\n"
                  "Each page carries the register's seal and a code, as text and as QR code, by which “Check a dossier” tells years later "
                  "whether it was made of this register, as of when, and what happened since. Names of land users and parties are left "
                  "out unless they are asked for.\n\n"
                  "A run that was stopped can be resumed: files that still say what the register says are left as they are.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        add_chosen_parameters(self)
        add_images_parameter(self)
        self.addParameter(QgsProcessingParameterBoolean("PARTIES", tr("Include land users and parties, who may be persons"), False))
        self.addParameter(advanced(QgsProcessingParameterBoolean("AUTHORS", tr("Say who judged and acted"), True)))
        self.addParameter(QgsProcessingParameterBoolean("RESUME", tr("Leave files that are there and still right"), True))
        self.addParameter(QgsProcessingParameterFolderDestination("FOLDER", tr("Folder")))
        self.addParameter(report_parameter())
        self.addOutput(QgsProcessingOutputNumber("WRITTEN", tr("Dossiers written")))
        self.addOutput(QgsProcessingOutputNumber("PAGES", tr("Pages")))
        self.addOutput(QgsProcessingOutputNumber("SKIPPED", tr("There already and still right")))
        self.addOutput(QgsProcessingOutputNumber("REFUSED", tr("Not written")))

    def look_up(self, parameters: Dict[str, Any], context: QgsProcessingContext) -> None:
        self._rasters = project_rasters(context)

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        folder = Path(self.parameterAsString(parameters, "FOLDER", context))
        made_folder(folder)
        wanted = Wanted(self.parameterAsBool(parameters, "PARTIES", context), self.parameterAsBool(parameters, "AUTHORS", context))
        with self.open_register(parameters, context) as register:
            chosen, unknown = chosen_of(self, parameters, context, register, progress.part(0.0, 0.01))
            images, said = images_of(self, parameters, context, self._rasters, progress.part(0.01, 0.03))
            done = write_dossiers(register, chosen, folder, images, wanted, self.parameterAsBool(parameters, "RESUME", context),
                                  self.inputs, progress.part(0.03, 1.0))
        done.refused[:0] = unknown
        warn_of(feedback, [*said, *done.remarks, *(reason for _number, reason in done.refused)])
        counts = {"WRITTEN": len(done.files), "PAGES": done.pages, "SKIPPED": len(done.kept), "REFUSED": len(done.refused)}
        told = message("{n} dossiers with {pages} pages were written; {kept} were there already.", n=counts["WRITTEN"],
                       pages=counts["PAGES"], kept=counts["SKIPPED"])
        feedback.pushInfo(say(told))
        page = refused_page(tr("Dossiers"), told, done.refused, done.remarks)
        return {"FOLDER": str(folder), **counts, **self.give_report(parameters, context, feedback, page, told)}


class CheckDossier(RegisterAlgorithm):
    """REGISTER, PDF, CODE, REPORT → STATUS, TEXT, SINCE, PARCEL, CODE."""

    NAME = "check_dossier"

    def displayName(self) -> str:
        return tr("Check a dossier")

    def shortHelpString(self) -> str:
        return tr("Says whether a dossier was made of this register, and how its parcel stood then. Give the PDF, or the code that stands "
                  "at the foot of each page, or what its QR code holds. No network is needed, and nothing was stored when the dossier was "
                  "written: the code is made anew from the register's events of that time.\n\n"
                  "STATUS is “stands” (as it stands today), “moved_on” (as it stood then; what happened since is listed), “never” "
                  "(never in this register: forged, of another register, or this is an older copy) or “altered” (the code is the "
                  "register's, but the file says something else).")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(QgsProcessingParameterFile("PDF", tr("Dossier (PDF)"), extension="pdf", optional=True))
        self.addParameter(QgsProcessingParameterString("CODE", tr("Or its code"), optional=True))
        self.addParameter(report_parameter())
        self.addOutput(QgsProcessingOutputString("STATUS", tr("Status")))
        self.addOutput(QgsProcessingOutputString("TEXT", tr("What the register says")))
        self.addOutput(QgsProcessingOutputNumber("SINCE", tr("Acts since then")))
        self.addOutput(QgsProcessingOutputString("PARCEL", tr("Parcel")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        file, code = self.text(parameters, "PDF", context), self.text(parameters, "CODE", context)
        if not file and not code:
            raise InputError("Neither a file nor a code was given.", "Give the dossier, or the code at the foot of its pages.")
        with self.open_register(parameters, context) as register:
            answer = check_dossier(register, Path(file) if file else None, code, progress)
        said = [say(one) for one in answer.sentences()]
        for one in said:
            feedback.pushInfo(one)
        for happened in answer.checked.since:
            feedback.pushInfo(f"  {happened.effective_on.isoformat()} {say(happened.text)}")
        return {"STATUS": answer.status, "TEXT": " ".join(said), "SINCE": len(answer.checked.since), "PARCEL": answer.checked.number,
                **self.give_report(parameters, context, feedback, check_page(answer))}


class EvidenceMaps(RegisterAlgorithm):
    """REGISTER, BATCH, LIST, LAYERS, GROUND, IMAGES, SCALE, WIDTH, FORMAT, RESUME, FOLDER, REPORT → WRITTEN, SKIPPED, REFUSED."""

    NAME = "evidence_maps"
    KEPT = ("FOLDER",)
    _layers: List[QgsMapLayer] = []
    _rasters: Mapping[str, QgsRasterLayer] = {}

    def displayName(self) -> str:
        return tr("Draw evidence maps")

    def shortHelpString(self) -> str:
        return tr("Draws one picture for each parcel, named by its number, for entry into the official system: its outline over the chosen "
                  "layers in their own styles, with title, legend, scale bar and north. Where no layers are chosen, it lies over the "
                  "layers that the parcel was measured against, or over the image of its date.\n\n"
                  "A run that was stopped can be resumed: pictures that are there are left as they are.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        add_chosen_parameters(self)
        self.addParameter(QgsProcessingParameterMultipleLayers("LAYERS", tr("Layers under the outline, topmost first (none: as below)"),
                                                               QgsProcessing.SourceType.TypeMapLayer, optional=True))
        titles = {EVIDENCE: tr("The evidence it was measured against"), AFTER: tr("The image after"),
                  AFTER_EVIDENCE: tr("The image after, with the evidence"), BEFORE: tr("The image before")}
        self.addParameter(ChoiceParameter("GROUND", tr("What lies under the outline"), GROUNDS, [titles[one] for one in GROUNDS], EVIDENCE))
        add_images_parameter(self)
        self.addParameter(advanced(QgsProcessingParameterNumber("SCALE", tr("Scale 1 : … (0: as the parcel's size asks)"), defaultValue=0,
                                                                minValue=0, maxValue=1_000_000)))
        self.addParameter(advanced(QgsProcessingParameterNumber("WIDTH", tr("Width of the picture in pixels"), defaultValue=1600,
                                                                minValue=600, maxValue=6000)))
        self.addParameter(ChoiceParameter("FORMAT", tr("Format"), (JPG, PNG), ("JPG", "PNG"), JPG))
        self.addParameter(QgsProcessingParameterBoolean("RESUME", tr("Leave pictures that are there"), False))
        self.addParameter(QgsProcessingParameterFolderDestination("FOLDER", tr("Folder")))
        self.addParameter(report_parameter())
        self.addOutput(QgsProcessingOutputNumber("WRITTEN", tr("Pictures written")))
        self.addOutput(QgsProcessingOutputNumber("SKIPPED", tr("There already")))
        self.addOutput(QgsProcessingOutputNumber("REFUSED", tr("Not written")))

    def look_up(self, parameters: Dict[str, Any], context: QgsProcessingContext) -> None:
        chosen = self.parameterAsLayerList(parameters, "LAYERS", context) or []
        self._layers = [layer.clone() for layer in chosen if layer.isValid()]
        self._rasters = project_rasters(context)

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        folder = Path(self.parameterAsString(parameters, "FOLDER", context))
        made_folder(folder)
        keys = {name: self.parameterDefinition(name).key(parameters.get(name)) for name in ("GROUND", "FORMAT")}
        choice = Choice(self._layers, keys["GROUND"], keys["FORMAT"], self.parameterAsInt(parameters, "WIDTH", context) / 200,
                        float(self.parameterAsInt(parameters, "SCALE", context)))
        with self.open_register(parameters, context) as register:
            chosen, unknown = chosen_of(self, parameters, context, register, progress.part(0.0, 0.01))
            images, said = images_of(self, parameters, context, self._rasters, progress.part(0.01, 0.03))
            done = draw_maps(register, chosen, folder, images, choice, self.parameterAsBool(parameters, "RESUME", context), self.inputs,
                             progress.part(0.03, 1.0))
        refused = [*unknown, *done.refused]
        warn_of(feedback, [*said, *done.remarks, *(reason for _number, reason in refused)])
        told = message("{n} pictures were written; {kept} were there already.", n=len(done.files), kept=len(done.kept))
        feedback.pushInfo(say(told))
        page = refused_page(tr("Evidence maps"), told, refused, done.remarks)
        return {"FOLDER": str(folder), "WRITTEN": len(done.files), "SKIPPED": len(done.kept), "REFUSED": len(refused),
                **self.give_report(parameters, context, feedback, page, told)}


class PackPhotos(RegisterAlgorithm):
    """REGISTER, BATCH, LIST, PATTERN, PACKING, WITH_LIST, FOLDER, REPORT → WRITTEN, PHOTOS, WITHOUT, REFUSED."""

    NAME = "pack_photos"
    KEPT = ("FOLDER",)

    def displayName(self) -> str:
        return tr("Pack the photos of parcels")

    def shortHelpString(self) -> str:
        return tr("Takes the photos of each parcel out of the register, renamed by a pattern and packed as the official system wants them: "
                  "one archive a parcel, one of all with a folder a parcel, or plain files. Each photo is what was taken in, byte by byte; "
                  "one that is missing or altered is left out and named.\n\n"
                  "The pattern may name {number} {patch} {n} {date} {time} {bearing} {township} {village} {batch} {name}, or in Chinese "
                  "{地块编号} {监测编号} {序号} {日期} {时间} {方位角} {乡镇} {村} {批次} {原文件名}; {n:2} is a number of two places.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        add_chosen_parameters(self)
        self.addParameter(QgsProcessingParameterString("PATTERN", tr("Names of the photos"), PATTERN))
        titles = {ZIP_EACH: tr("An archive for each parcel"), ZIP_ALL: tr("One archive of all"), FILES: tr("Files side by side")}
        self.addParameter(ChoiceParameter("PACKING", tr("Packed as"), PACKINGS, [titles[one] for one in PACKINGS], ZIP_EACH))
        self.addParameter(QgsProcessingParameterBoolean("WITH_LIST", tr("With a table of time, place, direction and digest"), False))
        self.addParameter(QgsProcessingParameterFolderDestination("FOLDER", tr("Folder")))
        self.addParameter(report_parameter())
        self.addOutput(QgsProcessingOutputNumber("WRITTEN", tr("Files written")))
        self.addOutput(QgsProcessingOutputNumber("PHOTOS", tr("Photos packed")))
        self.addOutput(QgsProcessingOutputNumber("WITHOUT", tr("Parcels without a photo")))
        self.addOutput(QgsProcessingOutputNumber("REFUSED", tr("Left out")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        folder = Path(self.parameterAsString(parameters, "FOLDER", context))
        made_folder(folder)
        packing = self.parameterDefinition("PACKING").key(parameters.get("PACKING"))
        with self.open_register(parameters, context) as register:
            chosen, unknown = chosen_of(self, parameters, context, register, progress.part(0.0, 0.02))
            done = pack_photos(register, chosen, folder, self.text(parameters, "PATTERN", context) or PATTERN, packing,
                               self.parameterAsBool(parameters, "WITH_LIST", context), self.inputs, progress.part(0.02, 1.0))
        refused = [*unknown, *done.refused]
        warn_of(feedback, [reason for _number, reason in refused])
        told = message("{n} photos were packed; {without} parcels have none.", n=done.photos, without=len(done.without))
        feedback.pushInfo(say(told))
        return {"FOLDER": str(folder), "WRITTEN": len(done.files), "PHOTOS": done.photos, "WITHOUT": len(done.without),
                "REFUSED": len(refused),
                **self.give_report(parameters, context, feedback, refused_page(tr("Packed photos"), told, refused), told)}
