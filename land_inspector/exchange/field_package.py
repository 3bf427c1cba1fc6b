"""Packages for the field: one file with a QGIS project, its data and a clip of the imagery, that QField and plain QGIS both open, and what
comes back of it. A GeoPackage holds all of it, the project too; a zip holds the three as files.

The interface, for any kind of work (patrol, review, rectification …):

* Giving out: describe each table as a :class:`FormLayer` (fields as :class:`FormField`, rows as :class:`FormRow` under a key of the
  register) and call :func:`give_out` with a :class:`Package`. Everything is made of plain QGIS means: value maps, attachment widgets,
  relations, a tracking layer, read-only reference layers; the keys that QField reads are custom properties (``QFieldSync/…``).
  What else shall stand in the GeoPackage (a small register, so that the plugin opens it too) is written first, by ``begin_with``.
* Taking back: :func:`taken_back` opens the zip, the unpacked folder or the GeoPackage alone (photos beside it), checks it, and hands out a
  :class:`Returned`: its ``about`` (register, kind, scope), the rows of each layer as they were given out and as they are now, photos and
  the GeoPackage with its tracks. :func:`refuse_foreign` compares it with a register. :func:`compare` puts three sides together, field by
  field: as given out, as it came back, as the register has it now. What became equal is KNOWN, so that a package taken twice does nothing
  the second time; what both sides changed is a CONFLICT and is decided by a person; a row that is gone is a question (MISSING), never a
  deletion. The caller makes events of what is TAKE and NEW.

The package remembers what it gave out in two tables of its own (``li_package``, ``li_base``) that no form shows, under a digest.
"""
from __future__ import annotations

import hashlib
import json
import math
import re
import shutil
import sqlite3
import tempfile
import uuid
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from types import MappingProxyType
from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from osgeo import gdal, ogr

from ..errors import InputError, Message, message
from ..evidence.vector_files import unpack
from ..evidence.gdal_quiet import attempt, quiet, spatial_reference
from ..progress import Progress
from ..register.register import Register
from ..register.tables import DATE, DERIVED_TABLES, INTEGER, LASTING_TABLES, REAL, TEXT
from ..values import storable
from .atomic_files import one_given_out
from .formats.gpkg import stored_value

#: The version of a package's own form.
FORM = 1
DATA_FILE, IMAGERY_FILE, PHOTO_FOLDER = "data.gpkg", "imagery.tif", "DCIM"
#: The column that names a row on both sides, and the stand-in for its shape among the changes.
KEY, SHAPE = "li_key", "geometry"
POLYGON, POINT, TRACK, TABLE = "polygon", "point", "track", ""
_SHAPES = {POLYGON: ogr.wkbMultiPolygon, POINT: ogr.wkbPoint, TRACK: ogr.wkbLineStringZM, TABLE: ogr.wkbNone}
_KINDS = {REAL: ogr.OFTReal, INTEGER: ogr.OFTInteger64}
LONLAT = "EPSG:4326"
#: How a field is filled in; PLAIN by its kind.
PLAIN, LINES, CLOCK, PHOTO, HIDDEN = "plain", "lines", "clock", "photo", "hidden"
TAKE, NEW, KNOWN, CONFLICT, MISSING = "take", "new", "known", "conflict", "missing"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_REGISTERS_OWN = frozenset({table.name for table in (*LASTING_TABLES, *DERIVED_TABLES)} | {"shape", "township", "photo_place", "party"})


# --- what goes out ------------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class FormField:
    """One field of a form. ``codes`` are (code, Chinese, English), shown as a list; ``editable`` in the field; ``default`` a QGIS
    expression for new rows; ``needed`` ones must be filled in; ``link`` names the layer whose row this field points at by its key."""

    name: str
    kind: str
    zh: str
    en: str
    codes: Sequence[Tuple[str, str, str]] = ()
    editable: bool = False
    entry: str = PLAIN
    default: str = ""
    needed: bool = False
    link: str = ""

    def label(self, language: str) -> str:
        """Its name in ``zh`` or ``en``."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True)
class FormRow:
    """A row under its key in the register; ``wkb`` in the layer's CRS."""

    key: str
    values: Mapping[str, Any]
    wkb: Optional[bytes] = None


@dataclass(frozen=True)
class FormLayer:
    """One table of a package. ``name`` is ASCII; ``shape`` POLYGON, POINT, TRACK (with time in M) or TABLE; ``lonlat`` keeps it in
    WGS 84 instead of the package's CRS. Without an editable field and ``grows`` it is a read-only reference. ``style`` is QML; without
    it ``colour`` is used. ``label`` is an expression that names a row, on the map too. ``starts`` begins tracking when the project is
    opened."""

    name: str
    zh: str
    en: str
    fields: Sequence[FormField]
    rows: Sequence[FormRow] = ()
    shape: str = TABLE
    lonlat: bool = False
    grows: bool = False
    colour: str = "#c5221f"
    label: str = ""
    style: str = ""
    starts: bool = False

    @property
    def is_reference(self) -> bool:
        """Whether nobody may change it in the field."""
        return not self.grows and not any(one.editable for one in self.fields)

    def title(self, language: str) -> str:
        """What the layer tree calls it."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True)
class Package:
    """``kind`` names the work, ``scope`` what it holds (station, month …), ``crs`` that of its outlines; the first of ``layers`` lies on
    top of the map. ``box`` (xmin, ymin, xmax, ymax in ``crs``) is what the map shows first and what imagery is clipped to."""

    kind: str
    title: str
    crs: str
    box: Tuple[float, float, float, float]
    layers: Sequence[FormLayer]
    scope: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class GivenOut:
    """What was written: the zip, its id, rows by layer, and what was told about the imagery."""

    file: Path
    package_id: str
    rows: Mapping[str, int]
    image_m: Optional[float] = None
    told: Sequence[Message] = ()


#: Writes what the GeoPackage begins with, at a path under the package's id; what it says stands in ``about`` under ``register_base``.
BeginWith = Callable[[Path, str], Mapping[str, Any]]


def give_out(register: Register, target: Path, package: Package, *, language: str = "zh", images: Sequence[Path] = (),
             most_mb: float = 50.0, begin_with: Optional[BeginWith] = None, progress: Optional[Progress] = None) -> GivenOut:
    """Write the package as one file: a GeoPackage where ``target`` ends so, else a zip; ``images`` are clipped to its box and made coarser
    until they fit into ``most_mb``.

    InputError for a name that QField cannot take and where the place cannot be written; cancelled, nothing is left.
    """
    from .field_project import Layout, write_field_project  # QGIS is needed for giving out only
    progress = progress or Progress()
    for one in package.layers:
        _check(one)
    package_id, is_one = str(uuid.uuid4()), Path(target).suffix.lower() == ".gpkg"
    with one_given_out(target, [Path(image) for image in images]) as draft, tempfile.TemporaryDirectory(prefix="land_inspector_") as place:
        folder = Path(place) / "package"
        (folder / PHOTO_FOLDER).mkdir(parents=True)
        data = folder / (Path(target).name if is_one else DATA_FILE)
        base = dict(begin_with(data, package_id)) if begin_with is not None else None
        _write_data(data, package, progress.part(0.0, 0.3))
        _remember(data, register, package, package_id, base)
        image_m, told = _imagery(images, package, folder / IMAGERY_FILE, most_mb, progress.part(0.3, 0.7))
        progress.step(0.7, message("Writing the project"))
        tables = {one.name: table_of(one.name, None, base is not None) for one in package.layers}
        write_field_project(folder, package, language, Layout(data.name, IMAGERY_FILE if image_m is not None else "", tables, is_one))
        if is_one:
            _leave_alone(data)
            shutil.move(str(data), str(draft))
        else:
            _pack(folder, draft, progress.part(0.8, 1.0))
    return GivenOut(Path(target), package_id, {one.name: len(one.rows) for one in package.layers}, image_m, told)


def _leave_alone(data: Path) -> None:
    """No log beside the file, and no page in it that holds what was written and taken away again."""
    with closing(sqlite3.connect(str(data), isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")


def table_of(layer: str, about: Optional[Mapping[str, Any]] = None, is_beside_a_register: bool = False) -> str:
    """The table behind a layer: beside a register's own tables it needs a name of its own."""
    if about is not None:
        return str(about["layers"].get(layer, {}).get("table", layer))
    return f"form_{layer}" if is_beside_a_register and layer in _REGISTERS_OWN else layer


def _check(layer: FormLayer) -> None:
    for name in (layer.name, *(one.name.lower() for one in layer.fields)):
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name} is no name that every device takes")


def _imagery(images: Sequence[Path], package: Package, target: Path, most_mb: float, progress: Progress
             ) -> Tuple[Optional[float], List[Message]]:
    if not images:
        return None, []
    from .image_files import clip_images
    return clip_images(images, package.box, package.crs, target, int(most_mb * 1024 ** 2), progress)


def _write_data(path: Path, package: Package, progress: Progress) -> None:
    is_there = path.is_file()
    with quiet():
        dataset = attempt(gdal.OpenEx, str(path), gdal.OF_VECTOR | gdal.OF_UPDATE, ["GPKG"]) if is_there else attempt(
            gdal.GetDriverByName("GPKG").Create, str(path), 0, 0, 0, gdal.GDT_Unknown)
        if dataset is None:
            raise InputError("{file} cannot be written.", "Choose another place, or close the program that has it open.", file=path.name)
        for number, layer in enumerate(package.layers):
            progress.step(number / len(package.layers), message("Writing {layer}", layer=layer.en))
            reference = spatial_reference(LONLAT if layer.lonlat or layer.shape == TRACK else package.crs)
            made = dataset.CreateLayer(table_of(layer.name, None, is_there), None if layer.shape == TABLE else reference,
                                       _SHAPES[layer.shape], ["GEOMETRY_NAME=geom", "FID=fid"])
            for one in (FormField(KEY, TEXT, "", ""), *layer.fields):
                made.CreateField(ogr.FieldDefn(one.name, _KINDS.get(one.kind, ogr.OFTString)))
            _write_rows(dataset, made, layer)
        made = None
        dataset.FlushCache()
        del dataset


def _write_rows(dataset: Any, made: Any, layer: FormLayer) -> None:
    dataset.StartTransaction()
    for row in layer.rows:
        feature = ogr.Feature(made.GetLayerDefn())
        feature.SetField(KEY, row.key)
        for name, value in _stored(layer, row).items():
            if value is not None:
                feature.SetField(name, value)
        if row.wkb is not None and layer.shape != TABLE:
            shape = ogr.CreateGeometryFromWkb(row.wkb)
            feature.SetGeometryDirectly(ogr.ForceToMultiPolygon(shape) if layer.shape == POLYGON else shape)
        made.CreateFeature(feature)
    dataset.CommitTransaction()


def _stored(layer: FormLayer, row: FormRow) -> Dict[str, Any]:
    return {one.name: stored_value(row.values.get(one.name), TEXT if one.kind == DATE else one.kind) for one in layer.fields}


# --- what the package remembers -----------------------------------------------------------------------------------------

def _remember(path: Path, register: Register, package: Package, package_id: str, base: Optional[Mapping[str, Any]]) -> None:
    """Put the rows as given out beside them, with whose they are."""
    given = _given(path, package, base is not None)
    about = {"form": FORM, "package": package_id, "kind": package.kind, "title": package.title, "scope": dict(package.scope),
             "register": register.meta["register_id"], "county": register.meta["county_name"], "seal": register.seal().code,
             "made_at": datetime.now(timezone.utc).isoformat(timespec="seconds"), "crs": package.crs,
             "layers": {one.name: {"fields": [field.name for field in one.fields], "editable": [f.name for f in one.fields if f.editable],
                                   "grows": one.grows, "shape": one.shape, "table": table_of(one.name, None, base is not None)}
                        for one in package.layers if one.shape != TRACK},
             **({"register_base": dict(base)} if base is not None else {})}
    with closing(sqlite3.connect(str(path), isolation_level=None)) as connection:
        connection.execute("CREATE TABLE li_package (key TEXT PRIMARY KEY, value TEXT NOT NULL)")
        connection.execute("CREATE TABLE li_base (layer TEXT, key TEXT, said TEXT NOT NULL, shape TEXT, PRIMARY KEY (layer, key))")
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO li_base VALUES (?, ?, ?, ?)", given)
        connection.executemany("INSERT INTO li_package VALUES (?, ?)",
                               [("about", _canonical(about)), ("digest", _digest(_canonical(about), given))])
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode = DELETE")


def _given(path: Path, package: Package, is_beside_a_register: bool) -> List[Tuple[str, str, str, Optional[str]]]:
    """Read back from the file, so that what a device finds unchanged compares as unchanged."""
    found = []
    for layer in package.layers:
        if layer.shape != TRACK:
            for row in _rows(path, table_of(layer.name, None, is_beside_a_register), [one.name for one in layer.fields]):
                found.append((layer.name, row.key, _canonical(dict(row.values)), _shape_digest(row.wkb)))
    return sorted(found)


def _canonical(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _digest(about: str, given: Sequence[Sequence[Optional[str]]]) -> str:
    return hashlib.sha256(_canonical([about, [list(row) for row in given]]).encode("utf-8")).hexdigest()


def _shape_digest(wkb: Optional[bytes]) -> Optional[str]:
    """Of the shape's points to a tenth of a millimetre (or 1e-9 degrees), so that saving it anew changes nothing."""
    if wkb is None:
        return None
    shape = ogr.CreateGeometryFromWkb(wkb)
    xmin, xmax, ymin, ymax = shape.GetEnvelope()
    places = 9 if max(abs(xmin), abs(xmax), abs(ymin), abs(ymax)) <= 360 else 4
    text = json.dumps(json.loads(shape.ExportToJson([f"COORDINATE_PRECISION={places}"])), sort_keys=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _pack(folder: Path, draft: Path, progress: Progress) -> None:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    with ZipFile(draft, "w", ZIP_DEFLATED) as archive:
        for number, path in enumerate(files):
            progress.step(number / len(files), message("Packing {file}", file=path.name))
            archive.write(path, path.relative_to(folder).as_posix(), ZIP_STORED if path.suffix == ".tif" else ZIP_DEFLATED)
        archive.writestr(f"{PHOTO_FOLDER}/", b"")


# --- what comes back ----------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class ReturnedRow:
    """A row as it came back; ``was`` as it was given out (None: it is new), ``moved`` whether its shape changed, ``given`` the digest of
    the shape that was given out."""

    key: str
    now: Mapping[str, Any]
    was: Optional[Mapping[str, Any]]
    wkb: Optional[bytes] = None
    moved: bool = False
    given: Optional[str] = None


@dataclass
class Returned:
    """A package opened. ``folder`` holds it with its photos, ``data`` is a copy of its GeoPackage, which lies at ``original``; ``missing``
    are (layer, key, row as given out) of rows that are gone; ``told`` what a reader should know.
    """

    file: str
    about: Mapping[str, Any]
    folder: Path
    data: Path
    original: Path
    layers: Dict[str, List[ReturnedRow]] = field(default_factory=dict)
    missing: List[Tuple[str, str, Mapping[str, Any]]] = field(default_factory=list)
    told: List[Message] = field(default_factory=list)

    @property
    def package_id(self) -> str:
        """The package's own id."""
        return str(self.about["package"])

    def photo(self, relative: Any) -> Optional[Path]:
        """The photo that a row names, where it lies inside the package's folder; None where it is not there."""
        text = str(relative or "").replace("\\", "/")
        try:
            path = (self.folder / text).resolve() if text else None
            inside = path is not None and self.folder.resolve() in path.parents
            return path if inside and path is not None and path.is_file() else None
        except (OSError, ValueError, RuntimeError):  # no name that a file can have
            return None


@dataclass(frozen=True)
class Change:
    """One field of one row: as given out, as it came back, as the register has it; ``status`` says what comes of it. A row that is
    new or missing has one change without a field's name."""

    layer: str
    key: str
    name: str
    was: Any
    now: Any
    register: Any
    status: str
    reason: Optional[Message] = None


@contextmanager
def taken_back(path: Path, progress: Optional[Progress] = None) -> Iterator[Returned]:
    """A package that came back: its zip, its folder, or its GeoPackage. The original is only read; copies go when the block ends.

    InputError for what is no package, is damaged, of a newer form, or whose list of what was given out was altered.
    """
    progress = progress or Progress()
    with tempfile.TemporaryDirectory(prefix="land_inspector_") as place:
        folder, file = _opened(Path(path), Path(place), progress.part(0.0, 0.4))
        data = Path(place) / "read" / DATA_FILE
        data.parent.mkdir()
        for ending in ("", "-wal", "-shm"):  # what the device had not written into the file itself stands in the -wal
            beside = file.with_name(file.name + ending)
            if beside.is_file():
                shutil.copyfile(beside, data.with_name(data.name + ending))
        about, base = _read_about(data, Path(path).name)
        returned = Returned(Path(path).name, about, folder, data, file)
        for name, said in progress.watch(list(about["layers"].items()), 0.4, 1.0):
            _read_layer(returned, name, said["fields"], base)
        yield returned


def _opened(path: Path, place: Path, progress: Progress) -> Tuple[Path, Path]:
    """The folder of a package and its GeoPackage."""
    if not path.exists():
        raise InputError("{file} does not exist.", "Check the path and the connection to the drive.", file=path.name)
    folder = path
    if path.is_file() and path.suffix.lower() == ".gpkg":
        return path.parent, path
    if path.is_file():
        folder = place / "unpacked"
        folder.mkdir()
        unpack(path, folder, progress)
    found = sorted((one for one in folder.rglob(DATA_FILE) if one.is_file()), key=lambda one: len(one.parts))
    found = found or sorted((one for one in folder.rglob("*.gpkg") if one.is_file()), key=lambda one: len(one.parts))
    if not found:
        raise InputError("{file} is no field package: it holds no {data}.", "Give the zip or the folder that came back from the field.",
                         file=path.name, data=DATA_FILE)
    return found[0].parent, found[0]


def _read_about(data: Path, file: str) -> Tuple[Mapping[str, Any], Dict[Tuple[str, str], Tuple[Mapping[str, Any], Optional[str]]]]:
    try:
        with closing(sqlite3.connect(str(data))) as connection:
            if connection.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
                raise sqlite3.DatabaseError("integrity_check")
            tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
            if not {"li_package", "li_base"} <= tables:
                raise InputError("{file} is no field package: it does not say what was given out.",
                                 "Give the package that this plugin wrote.", file=file)
            said = dict(connection.execute("SELECT key, value FROM li_package"))
            given = sorted(connection.execute("SELECT layer, key, said, shape FROM li_base").fetchall())
    except sqlite3.Error as error:
        raise InputError("{file} is damaged: {reason}.", "Copy {data} once more from the device, with its -wal file beside it.", file=file,
                         reason=str(error), data=DATA_FILE) from error
    try:
        about, digest = said["about"], said["digest"]
        known = json.loads(about)
        form = int(known["form"])
    except (KeyError, ValueError, TypeError) as error:
        raise InputError("{file} is no field package: it does not say what was given out.", "Give the package that this plugin wrote.",
                         file=file) from error
    if form > FORM:
        raise InputError("{file} was made by a newer version of this plugin.", "Update the plugin, then take the package back.", file=file)
    if _digest(about, given) != digest:
        raise InputError("The list of what {file} gave out was altered; nobody can tell what was changed in the field.",
                         "Take back an unaltered copy of the package.", file=file)
    return known, {(layer, key): (json.loads(row), shape) for layer, key, row, shape in given}


def _read_layer(returned: Returned, name: str, fields: Sequence[str],
                base: Mapping[Tuple[str, str], Tuple[Mapping[str, Any], Optional[str]]]) -> None:
    found: Dict[str, ReturnedRow] = {}
    doubles = 0
    for number, row in enumerate(_rows(returned.data, table_of(name, returned.about), fields), 1):
        key = row.key or str(uuid.uuid5(uuid.NAMESPACE_OID, f"{returned.about['package']}/{name}/{number}"))
        if key in found:  # a device that copies a feature copies its key
            doubles += 1
            key = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{key}/{number}"))
        was, shape = base.get((name, key), (None, None))
        found[key] = ReturnedRow(key, row.values, was, row.wkb, was is not None and _shape_digest(row.wkb) != shape, shape)
    if doubles:
        returned.told.append(message("{layer}: {n} rows were copies of others and are taken as new ones.", layer=name, n=doubles))
    returned.layers[name] = list(found.values())
    returned.missing += [(name, key, was) for (layer, key), (was, _shape) in base.items() if layer == name and key not in found]


def _rows(path: Path, name: str, fields: Sequence[str]) -> List[FormRow]:
    """The rows of a layer; a field that was taken out of it is empty."""
    with quiet():
        dataset = attempt(gdal.OpenEx, str(path), gdal.OF_VECTOR | gdal.OF_READONLY, ["GPKG"])
        layer = None if dataset is None else dataset.GetLayerByName(name)
        if layer is None:
            raise InputError("{file} has no layer {layer} any more.", "Take back an unaltered copy of the package.", file=path.name,
                             layer=name)
        found = []
        for feature in layer:
            shape = feature.GetGeometryRef()
            if shape is not None and shape.HasCurveGeometry(True):  # drawn with arcs; nothing else here reads them
                shape = shape.GetLinearGeometry()
            values = {one: _value(feature, one) for one in fields}
            found.append(FormRow(str(_value(feature, KEY) or ""), values, None if shape is None else bytes(shape.ExportToIsoWkb())))
        return found


def _value(feature: Any, name: str) -> Any:
    index = feature.GetFieldIndex(name)
    if index < 0 or not feature.IsFieldSetAndNotNull(index):
        return None
    kind = feature.GetFieldDefnRef(index).GetType()
    if kind == ogr.OFTInteger64 or kind == ogr.OFTInteger:
        return feature.GetFieldAsInteger64(index)
    if kind == ogr.OFTReal:
        number = feature.GetFieldAsDouble(index)
        return number if math.isfinite(number) else None
    return storable(feature.GetFieldAsString(index).strip()) or None


def refuse_foreign(register: Register, returned: Returned, kind: str) -> None:
    """InputError for a package of another register, or of another kind of work."""
    if returned.about["register"] != register.meta["register_id"]:
        raise InputError("{file} was given out from another register ({county}, {made}).",
                         "Open the register that it came from and take it back there.", file=returned.file,
                         county=str(returned.about.get("county") or "-"), made=str(returned.about.get("made_at") or "-")[:10])
    if returned.about["kind"] != kind:
        raise InputError("{file} is a package for other work ({kind}).", "Take it back where it was given out.", file=returned.file,
                         kind=str(returned.about["kind"]))


def compare(returned: Returned, layer: str, current: Mapping[str, Mapping[str, Any]],
            shapes: Mapping[str, bytes] = MappingProxyType({})) -> List[Change]:
    """What became of a layer's rows, against ``current`` values of the register by key (only the fields it knows are looked at) and its
    ``shapes`` (WKB in the layer's CRS); a shape that is not among them is nothing that may be moved in the field.

    A new row whose key the register has is one that was taken before: its fields are compared with what the register says.
    """
    editable = set(returned.about["layers"][layer]["editable"])
    found: List[Change] = []
    for row in returned.layers[layer]:
        there = current.get(row.key)
        if row.was is None and there is None:
            found.append(Change(layer, row.key, "", None, dict(row.now), None, NEW))
            continue
        for name in [name for name in row.now if name in editable and (there is None or name in there)]:
            found += _changed(layer, row, name, there)
        if row.moved:
            found.append(_moved(layer, row, shapes.get(row.key)))
    gone = message("The row is not in the package any more; nothing was deleted in the register.")
    return found + [Change(layer, key, "", dict(was), None, current.get(key), MISSING, gone)
                    for name, key, was in returned.missing if name == layer]


def _moved(layer: str, row: ReturnedRow, there: Optional[bytes]) -> Change:
    kept = _shape_digest(there)
    if there is not None and row.wkb is not None and kept in (row.given, _shape_digest(row.wkb)):
        return Change(layer, row.key, SHAPE, None, None, None, TAKE if kept == row.given else KNOWN)
    return Change(layer, row.key, SHAPE, None, None, None, CONFLICT, message("Its place was moved in the field."))


def _changed(layer: str, row: ReturnedRow, name: str, there: Optional[Mapping[str, Any]]) -> List[Change]:
    was, now = (None if row.was is None else row.was.get(name)), row.now.get(name)
    if row.was is not None and _same(was, now):
        return []
    if there is None:
        return [Change(layer, row.key, name, was, now, None, CONFLICT, message("The register has this row no more."))]
    kept = there.get(name)
    if _same(now, kept):
        return [Change(layer, row.key, name, was, now, kept, KNOWN)]
    if row.was is not None and _same(was, kept):
        return [Change(layer, row.key, name, was, now, kept, TAKE)]
    return [Change(layer, row.key, name, was, now, kept, CONFLICT,
                   message("The register says something else since the package was given out."))]


def _same(one: Any, other: Any) -> bool:
    """Empty texts are nothing; numbers are the same to a millionth."""
    one, other = (None if value == "" else value for value in (one, other))
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return abs(float(one) - float(other)) <= 1e-6 * max(1.0, abs(float(one)))
    return one == other if one is None or other is None else str(one) == str(other)
