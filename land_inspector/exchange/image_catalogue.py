"""The office's images: folders looked through, an optional list of footprints with dates, remembered until a file changes."""
from __future__ import annotations

import json
import os
import threading
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Optional, Sequence, Tuple

import shapely
from osgeo import ogr

from ..errors import InputError, Message, message
from ..law.image_dates import DateSpan, parse_image_date
from ..progress import Progress
from ..evidence.gdal_quiet import reading, spatial_reference
from .image_files import BY_LIST, SUFFIXES, Image, in_lonlat, read_images
from ..evidence.vector_files import opened

#: A network drive that is gone lets every call wait for half a minute or more; this is long enough for one that is there.
ANSWER_S = 4.0
#: Changes with the form of what is remembered and with how files are read: older memories are read anew.
_FORM = 1
_PATH_FIELDS = ("location", "path", "file", "filename", "路径", "影像路径", "文件", "文件名", "影像名称")
_DATE_FIELDS = ("date", "taken", "acquired", "time", "日期", "拍摄日期", "影像日期", "获取时间", "时相", "拍摄时间")


@dataclass(frozen=True)
class Places:
    """Where the office keeps its images. ``listing`` is a vector file with a footprint, a path and a date for each image, '' for
    none; empty field names are guessed."""

    folders: Tuple[str, ...] = ()
    listing: str = ""
    path_field: str = ""
    date_field: str = ""


@dataclass(frozen=True)
class Read:
    """What reading one file gave, and the state of the file that was read."""

    stamp: str
    images: Tuple[Image, ...] = ()
    trouble: Optional[Message] = None


@dataclass(frozen=True)
class ListRow:
    """What the office's list says of one file; ``footprint`` in longitude and latitude."""

    taken: Optional[DateSpan]
    footprint: Optional[shapely.Geometry]


@dataclass
class Catalogue:
    """What was read, by path, and what the office's list says of these files. ``troubles`` concern whole folders and the list."""

    files: Dict[str, Read] = field(default_factory=dict)
    rows: Dict[str, ListRow] = field(default_factory=dict)
    troubles: List[Message] = field(default_factory=list)

    @property
    def images(self) -> List[Image]:
        """Every image, dated and bounded as the list says where it says so."""
        return [_as_listed(image, self.rows.get(path)) for path, read in self.files.items() for image in read.images]

    def said(self) -> List[Message]:
        """All that is wrong, single files too."""
        return self.troubles + [read.trouble for read in self.files.values() if read.trouble is not None]


def look_through(places: Places, known: Catalogue, progress: Progress, answer_s: float = ANSWER_S) -> Catalogue:
    """The images at these places; files that are as they were in ``known`` are not opened again.

    A folder that does not answer within ``answer_s`` seconds is left out and said so.
    """
    found = Catalogue()
    found.rows = _listed(places, found)
    files = [(path, Path(root)) for root in places.folders for path in _below(root, found, answer_s)]
    files += [(Path(path), Path(path).parent) for path in found.rows]
    for done, (path, root) in enumerate(files):
        progress.step(done / len(files), message("Looking at images"))
        if str(path) not in found.files:
            found.files[str(path)] = _read(path, root, known.files.get(str(path)))
    return found


def _below(root: str, found: Catalogue, answer_s: float) -> Iterator[Path]:
    if not _answers(lambda: os.scandir(root).close(), answer_s):
        found.troubles.append(message("The image folder {folder} is not there or does not answer.", folder=root))
        return
    for folder, folders, names in os.walk(root):
        folders.sort()
        yield from (Path(folder, name) for name in sorted(names) if Path(name).suffix.lower() in SUFFIXES)


def _answers(look: Callable[[], None], answer_s: float) -> bool:
    """Whether ``look`` ends well in time; one that hangs is left behind in a thread that holds nothing up."""
    fine = threading.Event()

    def run() -> None:
        try:
            look()
        except OSError:
            return
        fine.set()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(answer_s)
    return fine.is_set()


def _read(path: Path, root: Path, known: Optional[Read]) -> Read:
    try:
        state = path.stat()
    except OSError as error:
        return Read("", trouble=message("{file} cannot be read: {reason}", file=str(path), reason=error.strerror or type(error).__name__))
    stamp = f"{state.st_size} {state.st_mtime_ns} {root}"
    if known is not None and known.stamp == stamp:
        return known
    try:
        return Read(stamp, tuple(read_images(path, root)))
    except InputError as error:
        return Read(stamp, trouble=message("{what} {how}", what=error.message, how=error.remedy))


# --- the office's own list --------------------------------------------------------------------------------------------

def _listed(places: Places, found: Catalogue) -> Dict[str, ListRow]:
    """The rows of the list by the file that each names; a path in it may be relative to the list."""
    if not places.listing:
        return {}
    try:
        with reading(Path(places.listing).name), opened(Path(places.listing)) as dataset:
            return _rows(dataset.GetLayer(0), places, Path(places.listing).parent)
    except InputError as error:
        found.troubles.append(error.message)
        return {}


def _rows(layer: ogr.Layer, places: Places, folder: Path) -> Dict[str, ListRow]:
    names = [definition.GetName() for definition in layer.schema]
    path_field = _field(places.path_field, _PATH_FIELDS, names)
    date_field = _field(places.date_field, _DATE_FIELDS, names)
    if not path_field:
        raise InputError("The list of images {file} has no field with the path of the image.", "Name the field in Options.",
                         file=places.listing)
    srs = layer.GetSpatialRef()
    srs = spatial_reference(srs.ExportToWkt()) if srs else None
    rows = {}
    for feature in layer:
        written = feature.GetFieldAsString(path_field)
        if written:
            taken = parse_image_date(feature.GetFieldAsString(date_field)) if date_field else None
            rows[str(folder / written)] = ListRow(taken, _footprint(feature, srs))
    return rows


def _field(chosen: str, usual: Sequence[str], names: Sequence[str]) -> str:
    if chosen:
        return chosen if chosen in names else ""
    return next((name for word in usual for name in names if name.lower() == word), "")


def _footprint(feature: ogr.Feature, srs: Any) -> Optional[shapely.Geometry]:
    geometry = feature.GetGeometryRef()
    if geometry is None or srs is None:
        return None
    shape = shapely.make_valid(shapely.force_2d(shapely.from_wkb(bytes(geometry.ExportToWkb()))))
    return in_lonlat(shape, srs) if shape.area > 0 else None


def _as_listed(image: Image, row: Optional[ListRow]) -> Image:
    """The list knows better than the file when it was taken and what of it holds a picture."""
    if row is None:
        return image
    dated = image if row.taken is None else replace(image, taken=row.taken, dated_by=BY_LIST)
    return dated if row.footprint is None or not image.crs else replace(dated, footprint=row.footprint)


# --- remembering ------------------------------------------------------------------------------------------------------

def remember(catalogue: Catalogue, path: Path) -> None:
    """Write what was read, for the next start. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    written = path.with_suffix(".new")
    records = {key: _as_record(read) for key, read in catalogue.files.items() if read.stamp}
    written.write_text(json.dumps({"form": _FORM, "files": records}, ensure_ascii=False), encoding="utf-8")
    os.replace(written, path)


def remembered(path: Path) -> Catalogue:
    """What was written last; empty where there is nothing or it cannot be understood any more."""
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        if stored["form"] != _FORM:
            return Catalogue()
        return Catalogue({key: _from_record(record) for key, record in stored["files"].items()})
    except (OSError, ValueError, KeyError, TypeError, shapely.errors.ShapelyError):
        return Catalogue()


def _as_record(read: Read) -> Dict[str, Any]:
    return {"stamp": read.stamp, "images": [_image_record(image) for image in read.images],
            "trouble": read.trouble.as_record() if read.trouble else None}


def _image_record(image: Image) -> Dict[str, Any]:
    taken = [image.taken.first.isoformat(), image.taken.last.isoformat()] if image.taken else None
    return {"source": image.source, "name": image.name, "crs": image.crs, "footprint": shapely.to_wkb(image.footprint, hex=True),
            "pixel_m": image.pixel_m, "taken": taken, "dated_by": image.dated_by}


def _from_record(record: Dict[str, Any]) -> Read:
    images = []
    for said in record["images"]:
        taken = DateSpan(*(date.fromisoformat(day) for day in said["taken"])) if said["taken"] else None
        images.append(Image(**{**said, "footprint": shapely.from_wkb(said["footprint"]), "taken": taken}))
    return Read(record["stamp"], tuple(images), Message.from_record(record["trouble"]) if record["trouble"] else None)
