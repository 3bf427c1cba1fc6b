"""The one opening of vector files, for patches, evidence and tables alike: by suffix and by the drivers that suffix may have.

What a file really is, is not left to GDAL: a VRT named .gpkg, a WFS named .gml, a URL in a CRS would be followed over the network.
A folder, an archive, an archive in an archive or a FileGDB is taken apart into the files that it holds.
"""
from __future__ import annotations

import codecs
import glob
import io
import json
import lzma
import re
import stat
import struct
import tempfile
import uuid
import zipfile
import zlib
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Dict, FrozenSet, Iterable, Iterator, List, Optional, Tuple

import numpy as np
from osgeo import gdal

from ..crs_texts import plain_crs_text
from ..errors import InputError, Message, message
from ..progress import Progress
from ..values import is_there
from .encodings import GB, UTF_8, Sample, codec_name, decide
from .gdal_quiet import NO_NETWORK, attempt, quiet
from .shapes import drawn_ring


# Zipped issues, unpacked with care: an archive comes from outside and may name any path and any size.

MOST_BYTES = 4 * 1024 ** 3
MOST_FILES = 5000
MOST_RATIO = 200
_FREE_BYTES = 64 * 1024 ** 2
_BLOCK = 4 * 1024 ** 2
_UTF8_MARK = 0x800


@dataclass
class Budget:
    """What archives, and archives in archives, may still unpack to together."""

    files: int = field(default_factory=lambda: MOST_FILES)
    size: int = field(default_factory=lambda: MOST_BYTES)


def names_in(archive: Path) -> Optional[List[str]]:
    """Names of the files of an archive; None where it cannot be opened, which unpacking it will say."""
    try:
        with _opened(archive) as packed:
            return [member_name(member) for member in packed.infolist()]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, struct.error, IndexError, EOFError):
        return None


def unpack(archive: Path, folder: Path, progress: Progress, budget: Optional[Budget] = None) -> None:
    """All files of ``archive`` into ``folder``; ``budget`` is shared by archives that lie in one another.

    Raises InputError, before anything is written, where a member points outside the folder, is a link or encrypted,
    or the whole would be larger than 4 GiB or 200 times its packed size; and where the archive is damaged.
    """
    kind = other_kind(archive)
    if kind:
        raise InputError("{file} is an archive of another kind ({kind}), whatever its name says.",
                         "Unpack it and give the folder, or pack it as .zip.", file=archive.name, kind=kind)
    try:
        with _opened(archive) as packed:
            members = [member for member in packed.infolist() if not member.is_dir() and not member_name(member).endswith("/")]
            _check(archive, members, budget or Budget())
            for index, member in enumerate(members):
                progress.step(index / len(members), message("Unpacking {file}", file=archive.name))
                _extract(packed, member, folder / Path(*_parts(member)))
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, NotImplementedError, EOFError, OSError, ValueError, RuntimeError, IndexError,
            struct.error) as wrong:
        raise InputError("{file} cannot be unpacked: {reason}",
                         "Get the archive again, or unpack it and give the folder.",
                         file=archive.name, reason=getattr(wrong, "strerror", None) or str(wrong)) from wrong


#: How archives of other programs begin, whatever their files are called.
_OTHER_KINDS = ((b"Rar!", "RAR"), (b"7z\xbc\xaf'\x1c", "7-Zip"), (b"\x1f\x8b", "gzip"), (b"BZh", "bzip2"), (b"\xfd7zXZ", "xz"))


def other_kind(archive: Path) -> str:
    """The kind of an archive that is no zip, by its first bytes; empty for a zip and for what cannot be told."""
    try:
        with archive.open("rb") as file:
            head = file.read(8)
    except OSError:
        return ""
    return next((kind for start, kind in _OTHER_KINDS if head.startswith(start)), "")


def _opened(archive: Path) -> zipfile.ZipFile:
    """The archive, also where a program wrote names in GBK and marked them as UTF-8."""
    try:
        return zipfile.ZipFile(archive)
    except UnicodeDecodeError:
        return zipfile.ZipFile(io.BytesIO(_without_false_marks(archive.read_bytes())))


def _without_false_marks(content: bytes) -> bytes:
    """Names that are no UTF-8 lose the mark that says so, in the directory at the end and before each file."""
    result = bytearray(content)
    for signature, flags, lengths, start in ((b"PK\x01\x02", 8, 28, 46), (b"PK\x03\x04", 6, 26, 30)):
        at = result.find(signature)
        while 0 <= at <= len(result) - start:
            size = struct.unpack_from("<H", result, at + lengths)[0]
            if not _is_utf8(bytes(result[at + start:at + start + size])):
                mark = struct.unpack_from("<H", result, at + flags)[0]
                struct.pack_into("<H", result, at + flags, mark & ~_UTF8_MARK)
            at = result.find(signature, at + 4)
    return bytes(result)


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _check(archive: Path, members: List[zipfile.ZipInfo], budget: Budget) -> None:
    for member in members:
        _check_member(archive, member)
    size, packed = sum(member.file_size for member in members), sum(member.compress_size for member in members)
    budget.files, budget.size = budget.files - len(members), budget.size - size
    if budget.files < 0 or budget.size < 0 or size > max(_FREE_BYTES, MOST_RATIO * packed):
        raise InputError(
            "{file} would unpack to {n} files and {size} MB, which no issued batch is.",
            "Unpack it yourself, look at it, and give the layer's file.",
            file=archive.name, n=len(members), size=size // 1024 ** 2,
        )


def _check_member(archive: Path, member: zipfile.ZipInfo) -> None:
    name = member_name(member)
    if name.startswith("/") or re.match(r"[A-Za-z]:", name) or ".." in PurePosixPath(name).parts or "\0" in name:
        raise InputError("{file} names a path outside itself: {name}. It was not unpacked.",
                         "Do not use this archive; ask the issuer for a clean one.", file=archive.name, name=name)
    if stat.S_ISLNK(member.external_attr >> 16):
        raise InputError("{file} holds a link instead of a file: {name}. It was not unpacked.",
                         "Ask the issuer for an archive with plain files.", file=archive.name, name=name)
    if member.flag_bits & 0x1:
        raise InputError("{file} is protected by a password.",
                         "Unpack it with its password and give the folder.", file=archive.name)


def member_name(member: zipfile.ZipInfo) -> str:
    """The member's path with forward slashes; Chinese Windows writes names in GBK without saying so."""
    name = member.orig_filename
    if not member.flag_bits & _UTF8_MARK and not name.isascii():
        raw = name.encode("cp437", "replace")
        for encoding in ("utf-8", "gb18030"):
            try:
                name = raw.decode(encoding)
                break
            except UnicodeDecodeError:
                continue
    return name.replace("\\", "/")


def _parts(member: zipfile.ZipInfo) -> List[str]:
    """Path parts that every file system takes."""
    parts = [re.sub(r'[<>:"|?*\x00-\x1f]', "_", part) for part in PurePosixPath(member_name(member)).parts]
    return [part.rstrip(". ") or "_" for part in parts]


def _extract(packed: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    left = member.file_size
    with packed.open(member) as source, target.open("wb") as copy:
        while True:
            block = source.read(_BLOCK)
            if not block:
                return
            left -= len(block)
            if left < 0:  # a forged size in the directory
                raise zipfile.BadZipFile(member_name(member))
            copy.write(block)


JSON_SUFFIXES = frozenset({".geojson", ".json", ".geojsonl", ".jsonl", ".ndjson", ".topojson"})
_JSON_DRIVERS = ("GeoJSON", "GeoJSONSeq", "ESRIJSON", "TopoJSON")
#: suffix → the drivers that may open it
DRIVERS: Dict[str, Tuple[str, ...]] = {
    ".shp": ("ESRI Shapefile",), ".dbf": ("ESRI Shapefile",), ".gpkg": ("GPKG",), ".gdb": ("OpenFileGDB",), ".kml": ("LIBKML", "KML"),
    ".gml": ("GML",), ".tab": ("MapInfo File",), ".mif": ("MapInfo File",), ".fgb": ("FlatGeobuf",), ".sqlite": ("SQLite",),
    ".db": ("SQLite",), ".dxf": ("DXF",), ".csv": ("CSV",), ".xls": ("XLS",), **dict.fromkeys(JSON_SUFFIXES, _JSON_DRIVERS)}
#: Files that are layers when they are found in a folder or archive (tables and texts there are something else).
LAYER_SUFFIXES = frozenset(DRIVERS) - {".dbf", ".csv", ".xls", ".db"}
ARCHIVES = frozenset({".zip", ".kmz"})
OTHER_ARCHIVES = frozenset({".rar", ".7z", ".gz", ".tgz", ".bz2", ".xz", ".tar"})
_NOT_SHOWN = frozenset({"__MACOSX"})
_OPTIONS = {**NO_NETWORK, "OGR_SQLITE_LIST_ALL_TABLES": "NO", "OGR_GEOJSON_MAX_OBJ_SIZE": "0", "OGR_XLS_HEADERS": "DISABLE",
            "OGR_XLS_FIELD_TYPES": "STRING",
            "OGR_ARC_STEPSIZE": "0.2"}  # degrees; GDAL draws the arcs of a DXF by itself, and its 4° cost 0.08 % of a circle
_OPTION = re.compile(r"\|(layername|layerid|subset|geometrytype|uniqueGeometryType|option:\w+)=", re.IGNORECASE)
_DEEPEST = 3
_SHP_HEADER = 100
#: So much of an attribute file tells its encoding.
_DBF_SAMPLE = 1_000_000

_A_LAYER = message("Give a Shapefile, GeoPackage or GeoJSON, plain or zipped; if it is one, it is damaged: get it again.")
_A_TABLE = message("A table has no outlines: give the layer that was issued with it; verdicts and cases in tables have tools of their own.")
_A_DRAWING = message("In QGIS, save the drawing's closed lines as a layer of polygons with their numbers, then give that layer.")
_A_PAGE = message("Ask the issuer for the layer itself: a Shapefile, GeoPackage or GeoJSON.")
_AN_IMAGE = message("This is an image: give the layer of the patches drawn on it.")
_A_DATABASE = message("Export the layer from the database as a GeoPackage, or ask the issuer for a Shapefile.")
#: What to do with a file that holds no layer, by what it is.
REMEDIES: Dict[str, Message] = {
    **dict.fromkeys((".xls", ".xlsx", ".xlsm", ".et", ".ods", ".csv", ".txt"), _A_TABLE),
    **dict.fromkeys((".dwg", ".dxf", ".dgn"), _A_DRAWING),
    **dict.fromkeys((".doc", ".docx", ".wps", ".pdf"), _A_PAGE),
    **dict.fromkeys((".tif", ".tiff", ".img", ".jpg", ".jpeg", ".png", ".ecw"), _AN_IMAGE),
    **dict.fromkeys((".mdb", ".accdb"), _A_DATABASE),
}


def path_and_options(source: str) -> Tuple[str, Dict[str, str]]:
    """A QGIS source as its path (which may itself hold a bar) and its options by name in small letters."""
    found = _OPTION.search(source)
    if found is None:
        return (source if is_there(Path(source)) or "|" not in source else source.split("|")[0]), {}
    settings: Dict[str, str] = {}
    for option in re.split(r"\|(?=(?:layername|layerid|subset|geometrytype|uniqueGeometryType|option:\w+)=)", source[found.start() + 1:],
                           flags=re.IGNORECASE):
        name, _equals, value = option.partition("=")
        settings[name.lower()] = value
    return source[:found.start()], settings


@dataclass(frozen=True)
class FoundFile:
    """A file below what was given; ``shown`` is its path there, as a user knows it."""

    path: Path
    shown: str


def is_geodatabase(path: Path) -> bool:
    """A FileGDB: a folder with a system table."""
    return path.is_dir() and any((path / f"a00000001.{end}").is_file() for end in ("gdbtable", "GDBTABLE"))


@contextmanager
def files_in(path: Path, suffixes: FrozenSet[str], progress: Progress) -> Iterator[Tuple[List[FoundFile], List[str]]]:
    """The files of these kinds in a file, folder or archive (unpacked for as long as the block lasts), and the names of the others.

    Raises InputError for what does not exist, and for an archive of another kind or one that is not safe to unpack.
    """
    if not path.exists():
        raise InputError("{file} does not exist.", "Check the path and the connection to the drive.", file=str(path))
    if path.suffix.lower() in OTHER_ARCHIVES:
        raise other_archive(path.name)
    if path.suffix.lower() not in ARCHIVES and (path.is_file() or is_geodatabase(path)):
        yield [FoundFile(path, path.name)], []
        return
    with tempfile.TemporaryDirectory(prefix="land_inspector_") as folder:
        search = _Search(suffixes, Path(folder), progress)
        if path.is_file():
            search.unpack(path, "", 1)
        else:
            search.look(path, "", 1)
        yield search.found, search.others


def other_archive(file: str) -> InputError:
    """The error for an archive that is not opened, to be raised by the caller."""
    return InputError("{file} is an archive that cannot be opened here.", "Unpack it and give the folder, or pack it as .zip.", file=file)


class _Search:
    """Goes through folders, FileGDBs and archives in archives."""

    def __init__(self, suffixes: FrozenSet[str], folder: Path, progress: Progress) -> None:
        self.found: List[FoundFile] = []
        self.others: List[str] = []
        self._suffixes, self._folder, self._progress = suffixes, folder, progress
        self._budget = Budget()
        self._unpacked = 0

    def unpack(self, archive: Path, shown: str, depth: int) -> None:
        self._unpacked += 1
        target = self._folder / str(self._unpacked)
        target.mkdir()
        unpack(archive, target, self._progress, self._budget)
        if is_geodatabase(target):  # the files of a FileGDB without their folder: GDAL wants its name
            named = self._folder / f"{self._unpacked}_{Path(archive.stem).stem}.gdb"
            target.rename(named)
            self._take(named, f"{shown}{archive.name}")
            return
        self.look(target, shown, depth)

    def look(self, folder: Path, shown: str, depth: int) -> None:
        for path in sorted(folder.iterdir(), key=lambda one: one.name):
            if path.name.startswith(".") or path.name in _NOT_SHOWN or path.is_symlink():
                continue
            suffix = path.suffix.lower()
            if path.is_dir() and not is_geodatabase(path):
                self.look(path, f"{shown}{path.name}/", depth)
            elif suffix in ARCHIVES and depth < _DEEPEST and self._is_worth_unpacking(path):
                self._unpack_inner(path, f"{shown}{path.name}/", depth + 1)
            elif suffix in self._suffixes:
                self._take(path, f"{shown}{path.name}")
            else:
                self.others.append(f"{shown}{path.name}")

    def _is_worth_unpacking(self, archive: Path) -> bool:
        """Whether an archive that lies about holds anything of the kinds that are looked for."""
        names = names_in(archive)
        wanted = self._suffixes | ARCHIVES | {".gdbtable"}
        return names is None or any(Path(name).suffix.lower() in wanted for name in names)

    def _unpack_inner(self, archive: Path, shown: str, depth: int) -> None:
        """An archive that cannot be unpacked is left and named; what lies beside it is read all the same."""
        try:
            self.unpack(archive, shown, depth)
        except InputError:
            self.others.append(shown.rstrip("/"))

    def _take(self, path: Path, shown: str) -> None:
        wanted = self.found if ".gdb" in self._suffixes or path.is_file() else self.others
        wanted.append(FoundFile(path, shown) if wanted is self.found else shown)  # type: ignore[arg-type]


def leftovers(others: Iterable[str]) -> List[str]:
    """Names of files that are no part of a layer beside them: what a person should hear was not read."""
    parts = (".dbf", ".shx", ".prj", ".cpg", ".sbn", ".sbx", ".qpj", ".qmd", ".qix", ".xml", ".lock", ".mid", ".dat", ".id", ".map", ".ind",
             ".xsd", ".gfs", "-wal", "-shm", "-journal", ".lyr", ".lyrx", ".qml", ".sld")
    return [name for name in others if not name.lower().endswith(parts)]


@contextmanager
def opened(path: Path) -> Iterator[gdal.Dataset]:
    """The data set, read-only, by the drivers of its suffix. Raises InputError if it cannot be opened or holds no layer."""
    with quiet(_OPTIONS):
        yield open_dataset(path)


@contextmanager
def settings_of(path: Path) -> Iterator[None]:
    """GDAL's settings under which the file is opened, and read: a drawing's arcs are drawn, its texts decoded, while it is read."""
    with quiet({**_OPTIONS, "DXF_ENCODING": drawn_encoding(path)} if path.suffix.lower() == ".dxf" else _OPTIONS):
        yield


def open_dataset(path: Path) -> gdal.Dataset:
    """As :func:`opened`, without keeping GDAL's settings; for evidence, which stays open and is read under :func:`settings_of`.

    InputError for a file that is missing, locked or unreadable."""
    suffix = path.suffix.lower()
    drivers = DRIVERS.get(suffix, ())
    if not path.exists():
        raise InputError("{file} does not exist.", "Check the path and the connection to the drive.", file=str(path))
    with settings_of(path):
        gdal.ErrorReset()
        if suffix == ".shp":
            check_index(path)
        if suffix in JSON_SUFFIXES:
            check_stated_crs(path)
        dataset = _open(path, drivers) if drivers else None
        if dataset is not None and dataset.GetDriver().ShortName == "ESRIJSON":
            dataset = _with_curves(path, dataset)
        reason = gdal.GetLastErrorMsg() or "no layer"
        if dataset is None and "locked" in reason:
            raise InputError("{file} is locked by another program.", "Save and close it there, then try again.", file=path.name)
        if dataset is None or dataset.GetLayerCount() == 0:
            remedy = REMEDIES.get(suffix, _A_LAYER)
            raise InputError("{file} cannot be opened as a vector layer: {reason}.", remedy.template, file=path.name,
                             reason=_said(reason, path, suffix in DRIVERS))
        return dataset


def drawn_encoding(path: Path) -> Optional[str]:
    """What the texts of a drawing (DXF) are in, by its bytes: newer ones are in UTF-8 though their head names the code page of the
    program, older ones in GBK though it names none or a Western one. None where the bytes do not tell."""
    with path.open("rb") as file:
        content = file.read(8 * 1024 ** 2)
    if content.isascii() or content.startswith(b"AutoCAD Binary DXF"):
        return None
    for codec, name in (("utf-8", "UTF-8"), ("gb18030", "CP936")):
        try:
            text = codecs.getincrementaldecoder(codec)().decode(content)
        except UnicodeDecodeError:
            continue
        if any(sign >= "\u2e80" for sign in text):
            return name
    return None


def stored_encoding(path: Path) -> Optional[str]:
    """What names and texts of a shapefile are in, by the bytes of its first rows: what GDAL would believe, its .cpg, is often wrong or
    missing. None where there is nothing but ASCII, or the text is neither Chinese nor UTF-8."""
    parts = {part.suffix.lower(): part for part in path.parent.glob(f"{glob.escape(path.stem)}.*")}
    if ".dbf" not in parts:
        return None
    with parts[".dbf"].open("rb") as file:
        content = file.read(_DBF_SAMPLE)
    if len(content) < 32 or content.isascii():
        return None
    declared = parts[".cpg"].read_bytes()[:64].decode("latin-1") if ".cpg" in parts else None
    return {UTF_8: "UTF-8", GB: "CP936"}.get(decide(_dbf_samples(content), codec_name(declared)))


def _dbf_samples(content: bytes) -> List[Sample]:
    """Names and texts of the rows that are wholly there."""
    _count, header, width = struct.unpack("<IHH", content[4:12])
    entries = [content[at:at + 32] for at in range(32, min(header, len(content)) - 32, 32)]
    samples = [Sample(entry[:11].split(b"\0")[0], True) for entry in entries]
    start = 1
    for entry in entries:
        length = entry[16] + (256 * entry[17] if entry[11:12] == b"C" else 0)
        if entry[11:12] == b"C" and width:
            values = {content[at + start:at + start + length].rstrip(b" \0") for at in range(header, len(content) - width, width)}
            samples += [Sample(value, len(value) >= length - 3) for value in values if not value.isascii()]
        start += length
    return samples


def _open(path: Path, drivers: Tuple[str, ...]) -> Optional[gdal.Dataset]:
    options = {"GML": ["DOWNLOAD_SCHEMA=NO", "WRITE_GFS=NO"]}.get(drivers[0], [])
    if drivers[0] == "ESRI Shapefile":
        encoding = stored_encoding(path)
        options = [f"ENCODING={encoding}"] if encoding else []
    known = [name for name in drivers if gdal.GetDriverByName(name) is not None]
    if not known:
        return None
    return attempt(lambda: gdal.OpenEx(str(path.resolve()), gdal.OF_VECTOR | gdal.OF_READONLY, allowed_drivers=known, open_options=options))


def _with_curves(path: Path, dataset: gdal.Dataset) -> Optional[gdal.Dataset]:
    """The same data set where ArcGIS wrote no true curves, which GDAL passes over; else another one in which they are drawn."""
    content = path.read_bytes()
    if b"curveRings" not in content:
        return dataset
    try:
        document = json.loads(content.decode("utf-8-sig"))
        features = [one for one in document["features"] if "curveRings" in (one.get("geometry") or {})]
    except (ValueError, TypeError, KeyError, AttributeError):
        return dataset
    for feature in features:
        try:
            feature["geometry"] = {"rings": [drawn_ring(ring) for ring in feature["geometry"]["curveRings"]]}
        except (ValueError, TypeError):
            feature["geometry"] = None  # counted as a feature without a usable area
    if not features:
        return dataset
    place = f"/vsimem/{uuid.uuid4().hex}.json"
    gdal.FileFromMemBuffer(place, json.dumps(document).encode("utf-8"))
    try:
        drawn = attempt(lambda: gdal.OpenEx(place, gdal.OF_VECTOR | gdal.OF_READONLY, allowed_drivers=["ESRIJSON"]))
    finally:
        gdal.Unlink(place)  # the driver has read it whole
    return dataset if drawn is None else drawn


def _said(reason: str, path: Path, known: bool) -> str:
    if not known:
        return "no layer"
    return reason.replace(str(path.resolve()), path.name).replace(str(path), path.name).strip(" .,\n") or "no layer"


def check_index(path: Path) -> None:
    """Refuse a shapefile whose index (.shx) leads to the same records again and again: 2 kB would become 8 GB.

    Raises InputError; a missing or short index is no concern here.
    """
    index = next((part for part in (path.with_suffix(".shx"), path.with_suffix(".SHX")) if part.is_file()), None)
    if index is None:
        return
    content, size = index.read_bytes(), path.stat().st_size
    count = max(0, (len(content) - _SHP_HEADER) // 8)
    places = np.frombuffer(content, ">i4", count * 2, _SHP_HEADER).reshape(-1, 2).astype(np.int64) * 2 if count else np.zeros((0, 2))
    if exceeds(places, size):
        raise InputError("{file} is not sound: its index (.shx) names the same shapes many times.",
                         "Get the file again from where it was issued.", file=path.name)


_JSON_CRS = re.compile(rb'"(?:c|\\u0063)(?:r|\\u0072)(?:s|\\u0073)"\s*:\s*', re.IGNORECASE)


def check_stated_crs(path: Path) -> None:
    """Refuse a GeoJSON whose ``crs`` is an address: GDAL's own driver fetches it. Raises InputError."""
    content = path.read_bytes()
    for found in _JSON_CRS.finditer(content):
        try:
            said, _end = json.JSONDecoder().raw_decode(content[found.end():found.end() + 10_000].decode("utf-8", "replace"))
        except ValueError:
            said = {"properties": {"name": "?"}} if content[found.end():found.end() + 1] == b"{" else None
        properties = said.get("properties") if isinstance(said, dict) else None
        values = [str(value) for value in properties.values()] if isinstance(properties, dict) else []
        if any(plain_crs_text(value) is None and not value.strip().isdigit() for value in values if value):
            raise InputError("{file} names a CRS that is none: {crs}.", "Take the member crs out of the file, or save the layer again.",
                             file=path.name, crs=", ".join(values)[:80])


def exceeds(places: np.ndarray, size: int) -> bool:
    """Whether records (offset and length in bytes) together are longer than the file of ``size`` bytes that holds them."""
    return bool(len(places)) and float(np.maximum(places[:, 1], 0).sum()) > 1.1 * size + 1024
