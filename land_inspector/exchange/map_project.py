"""A QGIS project that opens on files given out, without this plugin: relative paths, the layers' own styles, nobody's name in it."""
from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Sequence, Tuple
from zipfile import ZIP_DEFLATED, ZipFile

from qgis.core import Qgis, QgsCoordinateReferenceSystem, QgsProject, QgsRectangle, QgsReferencedRectangle, QgsVectorLayer

from ..errors import InputError
from .formats.gpkg import Layer, write_geopackage

_WHO = re.compile(r'\s(saveUser|saveUserFull)="[^"]*"')


@dataclass(frozen=True)
class Shown:
    """A layer of the project: the file's name in the folder, the layer, and what it is called in the tree."""

    file: str
    layer: Layer
    title: str


def write_project(target: Path, shown: Sequence[Shown], crs: str, title: str, box: Tuple[float, float, float, float]) -> None:
    """Write ``target`` (.qgz) for files that lie, or will lie, beside it. The first of ``shown`` lies on top.

    The project is made on empty layers of the same form, so that no file of those given out is opened. ``box`` is what it shows first:
    xmin, ymin, xmax, ymax. Raises InputError where QGIS cannot write it.
    """
    with tempfile.TemporaryDirectory(prefix="land_inspector_") as place:
        folder = Path(place)
        for file in dict.fromkeys(one.file for one in shown):
            write_geopackage(folder / file, crs, [_emptied(one.layer) for one in shown if one.file == file])
        text = _project_text(folder, shown, crs, title, box)
    with ZipFile(target, "w", ZIP_DEFLATED) as archive:
        archive.writestr(f"{target.stem}.qgs", without_names(text))


def without_names(text: str) -> str:
    """A project's text without the name of who saved it."""
    return _WHO.sub("", text)


def _emptied(layer: Layer) -> Layer:
    return replace(layer, columns={name: () for name in layer.columns}, outlines=() if layer.outlines is not None else None)


def _project_text(folder: Path, shown: Sequence[Shown], crs: str, title: str, box: Tuple[float, float, float, float]) -> str:
    project = QgsProject()
    project.setTitle(title)
    project.setCrs(QgsCoordinateReferenceSystem(crs))
    project.setFilePathStorage(Qgis.FilePathType.Relative)
    project.viewSettings().setDefaultViewExtent(QgsReferencedRectangle(QgsRectangle(*box), project.crs()))
    for one in shown:
        layer = QgsVectorLayer(f"{folder / one.file}|layername={one.layer.name}", one.title, "ogr")
        if not layer.isValid():
            raise InputError("The project cannot be written: {layer} is no layer.", "Give the project up, or report this.", layer=one.title)
        project.addMapLayer(layer, False)
        project.layerTreeRoot().addLayer(layer)
    written = folder / "project.qgs"
    if not project.write(str(written)):
        raise InputError("The project cannot be written: {reason}.", "Choose another folder.", reason=project.error())
    text = written.read_text(encoding="utf-8")
    project.clear()
    return text
