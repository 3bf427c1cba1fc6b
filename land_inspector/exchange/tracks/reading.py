"""Reading track files, one or a folder of them: GPX, KML and KMZ (奥维's too), GeoJSON, tables, NMEA, tracking layers of QField and Mergin.

The reader is told by what a file holds, not by its ending alone; the ending tells the datum where a program is known for it.
"""
from __future__ import annotations

import hashlib
import io
import zipfile
from datetime import date
from pathlib import Path
from typing import Iterable, Iterator, List, Optional, Sequence, Tuple

import numpy as np
from osgeo import gdal, ogr, osr

from ...errors import InputError, LandInspectorError, Message, message
from ...progress import Progress
from ...evidence.gdal_quiet import reading
from ...evidence.encodings import decode_file
from .shifts import GCJ02
from .track_formats import GpxWalker, KmlWalker, TIME_NAMES, is_nmea, no_track, read_geojson, read_nmea, read_table, root_of
from .track_file import Collector, TrackFile

#: Endings that are looked at in a folder.
ENDINGS = frozenset({".gpx", ".kml", ".kmz", ".ovkml", ".ovkmz", ".csv", ".txt", ".nmea", ".nma", ".geojson", ".gpkg", ".ovobj", ".zip"})
_SHIFTED = frozenset({".ovkml", ".ovkmz"})
#: Files that hold layers into which a device goes on writing.
LAYERS = frozenset({".gpkg"})
#: A file larger than this is no patrol's.
MOST_BYTES = 200 << 20
#: QField and Mergin write seconds since 1970 into M; smaller numbers are seconds since the start, which are no times.
_FIRST_EPOCH = 600_000_000.0
_FIRST_MILLISECONDS = 600_000_000_000.0
#: Columns of Mergin's tracking layer.
_BEGIN_NAMES, _END_NAMES = ("tracking_start_time", "start_time"), ("tracking_end_time", "end_time")


def track_files(paths: Iterable[Path]) -> List[Path]:
    """The files themselves, and those with a known ending inside folders, by name."""
    found: List[Path] = []
    for path in paths:
        found.extend(sorted(filter(_is_looked_at, path.rglob("*"))) if path.is_dir() else [path])
    return list(dict.fromkeys(found))


def _is_looked_at(path: Path) -> bool:
    return path.suffix.lower() in ENDINGS and not path.name.startswith(".") and path.is_file()


def read_tracks(paths: Iterable[Path], today: date, progress: Optional[Progress] = None, *, is_local: bool = False
                ) -> Tuple[List[TrackFile], List[Tuple[Path, Message]]]:
    """Every file that can be read, and the others with the reason. A file of the same bytes as another is refused as its double."""
    read: List[TrackFile] = []
    refused: List[Tuple[Path, Message]] = []
    files = track_files(paths)
    for number, path in enumerate(files):
        (progress or Progress()).step(number / max(len(files), 1), message("Reading {file}", file=path.name))
        try:
            one = read_track(path, today, is_local=is_local)
        except LandInspectorError as wrong:
            refused.append((path, wrong.message))
            continue
        double = next((other for other in read if other.sha256 == one.sha256), None)
        if double is not None:
            refused.append((path, message("The same file as {other}.", other=double.path.name)))
        else:
            read.append(one)
    return read, refused


def read_track(path: Path, today: date, *, is_local: bool = False) -> TrackFile:
    """One file. ``is_local``: its times are Beijing's although it may call them UTC (a person said so).

    Raises InputError that names the file and the reason where nothing can be read from it.
    """
    ending = path.suffix.lower()
    if ending == ".ovobj":
        raise InputError("{file} is 奥维's own format, which nobody else reads.", "Export the track as ovkml or GPX in 奥维.", file=path.name)
    into = Collector(today, is_local=is_local, datum=GCJ02 if ending in _SHIFTED else None)
    with reading(path.name):
        if path.stat().st_size > MOST_BYTES:
            raise InputError("{file} is larger than {most} MB.", "Export fewer tracks at once.", file=path.name, most=MOST_BYTES >> 20)
        content = path.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        if ending in LAYERS:
            _read_layers(path, into)
        else:
            _read_content(content, path.name, into)
    made = into.finished(path, digest)
    if not made.segments and not made.waypoints:
        raise _nothing(made)
    return made


def _nothing(made: TrackFile) -> InputError:
    if made.routes:
        return InputError("{file} holds {n} planned route(s) and no track.", "A route is a plan; export the track that was walked.",
                          file=made.path.name, n=made.routes)
    gravest = sorted(made.faults, key=lambda fault: fault.kind != "broken")
    return InputError("{file} holds no point of a track.", "{reason}", file=made.path.name,
                      reason=gravest[0].text if gravest else message("Export the track again."))


def _read_content(content: bytes, file: str, into: Collector) -> None:
    if content[:4] == b"PK\x03\x04":
        for text in _in_zip(content, file):
            (GpxWalker if root_of(text) == "gpx" else KmlWalker)(into).walk(text)
        return
    if not content.strip():
        raise InputError("{file} is empty.", "Export the track again.", file=file)
    if b"\x00" in content[:64:2] and b"\x00" in content[1:64:2]:  # on one side alone it is a text of two bytes a sign
        raise InputError("{file} is in a program's own format, which nobody else reads.", "Export the track as GPX.", file=file)
    root = root_of(content) if b"<" in content[:4096] else ""
    if root == "gpx":
        GpxWalker(into).walk(content)
    elif root == "kml":
        KmlWalker(into).walk(content)
    elif root:
        raise no_track(file, root)
    else:
        text, _encoding = decode_file(content)
        if text.lstrip("\ufeff \t\r\n").startswith("{"):
            read_geojson(text.lstrip("\ufeff \t\r\n"), file, into)
        else:
            (read_nmea(text, into) if is_nmea(text) else read_table(text, file, into))


def _in_zip(content: bytes, file: str) -> Iterator[bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = [entry for entry in archive.infolist() if entry.filename.lower().endswith((".kml", ".ovkml", ".gpx"))]
        if not members:
            raise InputError("{file} holds no KML and no GPX.", "Export the track as KML or GPX.", file=file)
        for entry in members:
            with archive.open(entry) as stream:
                text = stream.read(MOST_BYTES + 1)
            if len(text) > MOST_BYTES:
                raise InputError("{file} is larger than {most} MB.", "Export fewer tracks at once.", file=file, most=MOST_BYTES >> 20)
            yield text


# --- tracking layers of field applications ------------------------------------------------------------------------------

def _read_layers(path: Path, into: Collector) -> None:
    """Line layers with a measure (seconds since 1970), as QField and Mergin Maps record them, and layers of points with a time, one a fix;
    in any reference system."""
    dataset = gdal.OpenEx(str(path), gdal.OF_VECTOR | gdal.OF_READONLY, allowed_drivers=["GPKG"])
    if dataset is None:
        raise InputError("{file} cannot be opened as a GeoPackage.", "Copy it again together with its -wal file.", file=path.name)
    into.creator = "GeoPackage"
    for number in range(dataset.GetLayerCount()):
        layer = dataset.GetLayerByIndex(number)
        shape = ogr.GT_Flatten(layer.GetGeomType())
        turn = _to_degrees(layer.GetSpatialRef())
        if shape in (ogr.wkbLineString, ogr.wkbMultiLineString):
            for feature in layer:
                geometry = feature.GetGeometryRef()
                for line in _lines(geometry) if geometry is not None else ():
                    _read_line(line, turn, feature, into)
        elif shape == ogr.wkbPoint:
            _read_fixes(layer, turn, into)


def _read_fixes(layer: ogr.Layer, turn: Optional[osr.CoordinateTransformation], into: Collector) -> None:
    """A layer of points is a track where each says its time, by its measure or in a column."""
    column = _column(layer.GetLayerDefn(), TIME_NAMES)
    if column < 0 and not ogr.GT_HasM(layer.GetGeomType()):
        return
    fixes = []
    for feature in layer:
        point = feature.GetGeometryRef()
        if point is None or point.IsEmpty():
            continue
        at = point.GetM() if point.IsMeasured() and point.GetM() >= _FIRST_EPOCH else None
        said = _moment(feature, column) if at is None and column >= 0 else at
        if said is not None:
            fixes.append((point.GetX(), point.GetY(), said, feature.GetFID()))
    if len(fixes) < 2:
        return
    places = [fix[:2] for fix in fixes] if turn is None else [place[:2] for place in turn.TransformPoints([fix[:2] for fix in fixes])]
    for (lon, lat), (_x, _y, said, fid) in zip(places, fixes):
        into.point(lon, lat, said, fid)
    into.end_segment(fixes[0][3])


def _column(definition: ogr.FeatureDefn, names: Sequence[str]) -> int:
    """The first column of one of these names, whatever its case; -1 for none."""
    for at in range(definition.GetFieldCount()):
        if definition.GetFieldDefn(at).GetName().lower() in names:
            return at
    return -1


def _moment(feature: ogr.Feature, column: int) -> Optional[str]:
    """A time as the column has it; OGR says UTC as +00."""
    return feature.GetFieldAsString(column) or None if column >= 0 and feature.IsFieldSetAndNotNull(column) else None


def _to_degrees(system: Optional[osr.SpatialReference]) -> Optional[osr.CoordinateTransformation]:
    if system is None or (system.IsGeographic() and system.GetAuthorityCode(None) in ("4326", "4490")):
        return None
    source, target = system.Clone(), osr.SpatialReference()
    target.ImportFromEPSG(4326)
    for one in (source, target):
        one.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    return osr.CoordinateTransformation(source, target)


def _lines(geometry: ogr.Geometry) -> Iterator[ogr.Geometry]:
    if ogr.GT_Flatten(geometry.GetGeometryType()) == ogr.wkbLineString:
        yield geometry
    else:
        for number in range(geometry.GetGeometryCount()):
            yield from _lines(geometry.GetGeometryRef(number))


def _read_line(line: ogr.Geometry, turn: Optional[osr.CoordinateTransformation], feature: ogr.Feature, into: Collector) -> None:
    """A line without times on its points has at least those of its begin and end, where columns say them."""
    fid, definition = feature.GetFID(), feature.GetDefnRef()
    count, is_measured = line.GetPointCount(), bool(line.IsMeasured())
    times = np.array([line.GetM(i) for i in range(count)]) if is_measured else np.full(count, np.nan)
    places = np.array([(line.GetX(i), line.GetY(i)) for i in range(count)]).reshape(-1, 2)
    if turn is not None and count:
        places = np.array(turn.TransformPoints(places.tolist()))[:, :2]
    times = np.where(times >= _FIRST_MILLISECONDS, times / 1000.0, times)
    said = [at if at >= _FIRST_EPOCH else None for at in times.tolist()]
    if count > 1 and not any(said):
        said[0], said[-1] = (_moment(feature, _column(definition, names)) for names in (_BEGIN_NAMES, _END_NAMES))
    for (lon, lat), at in zip(places.tolist(), said):
        into.point(lon, lat, at, fid)
    into.end_segment(fid)
