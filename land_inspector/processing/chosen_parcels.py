"""Which parcels papers are written of, and of which images: parameters that several algorithms share."""
from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from qgis.core import QgsProcessingAlgorithm, QgsProcessingContext, QgsProcessingParameterString, QgsRasterLayer

from ..errors import InputError, Message, message
from ..exchange.dossiers import Images
from ..exchange.image_catalogue import Catalogue, look_through
from ..exchange.image_choice import ImageSettings, image_of_layer
from ..exchange.image_files import Image
from ..exchange.verdict_tables import numbers_in
from ..i18n import tr
from ..progress import Progress
from ..register.dossiers import every_parcel, named
from ..register.register import Register
from .parameters import advanced, labels_of

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
