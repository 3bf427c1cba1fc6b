"""Opening evidence layers: GeoPackage through its R-tree, everything else that OGR opens in memory or staged.

Small layers of other formats are read into memory; large ones are first copied into a temporary GeoPackage, so that
memory stays bounded by the chunk that is being measured and not by the layer.
"""
from __future__ import annotations

import hashlib
import json
import sqlite3
import struct
import tempfile
import threading
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

import numpy as np
import shapely
from osgeo import gdal, ogr

from ..errors import InputError, message
from ..progress import Progress
from .crs import Crs
from .gdal_quiet import reading
from .shapes import Check, polygons_from_wkb, stroked
from .sources import Features, MemorySource, Source
from .vector_files import FoundFile, LAYER_SUFFIXES, files_in, open_dataset, path_and_options, settings_of


# Evidence straight out of a GeoPackage: candidates through its R-tree, by Python's own sqlite3.
#
# The R-tree's boxes are float32, metres too wide at zone-prefixed eastings: whoever asks must test exact boxes again
# (the kernel's own tree does).

ENVELOPE_BYTES = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}
ROOT_CELL = struct.Struct(">q4f")  # of the R-tree's first node: child, minx, maxx, miny, maxy


def quoted(name: str) -> str:
    """An SQL identifier; names of tables and fields cannot be bound as parameters."""
    return '"' + name.replace('"', '""') + '"'


class GeoPackageSource(Source):
    """One feature table with an R-tree. Every thread reads through its own read-only connection."""

    def __init__(self, path: Path, table: str, crs: Crs, name: str = ""):
        super().__init__()
        self.path, self.name, self.crs = Path(path), name or table, crs
        self._local = threading.local()
        self._table = table
        self._geometry, self._key, self.fields, self._rtree = _described(self._connection(), table)
        self.feature_count = _counted(self._connection(), table)
        self._extent = _root_box(self._connection(), self._rtree)
        self.repairs.empty.update(_unplaced(self._connection(), table, self._key, self._rtree, self.feature_count))

    def _connection(self) -> sqlite3.Connection:
        if not hasattr(self._local, "connection"):
            uri = self.path.resolve().as_uri() + "?mode=ro"
            connection = sqlite3.connect(uri, uri=True, isolation_level=None)  # no lock stays behind a query
            connection.execute("PRAGMA temp_store = MEMORY")
            connection.execute("CREATE TEMP TABLE wanted (minx REAL, miny REAL, maxx REAL, maxy REAL)")
            self._local.connection = connection
        return self._local.connection

    def extent(self) -> List[float]:
        """Of the R-tree."""
        return list(self._extent)

    def _read(self, boxes: np.ndarray, fields: Sequence[str], check: Check) -> Features:
        """In the order of their ids, so that no last digit of an area depends on how they were found."""
        query, connection = self._query([self.stored_field(name) for name in fields]), self._connection()
        with reading(self.path.name):
            connection.execute("DELETE FROM temp.wanted")
            connection.executemany("INSERT INTO temp.wanted VALUES (?, ?, ?, ?)", boxes.tolist())
            return self._decoded(_fetched(connection, query), fields, check)

    def _query(self, names: Sequence[str]) -> str:
        """Every box that is wanted is looked up in the R-tree by SQLite itself."""
        key, columns = "t." + quoted(self._key), ["t." + quoted(name) for name in [self._key, self._geometry, *names]]
        return " ".join([
            "SELECT", ", ".join(columns), "FROM main." + quoted(self._table), "t WHERE", key,
            "IN (SELECT r.id FROM temp.wanted w CROSS JOIN main." + quoted(self._rtree),  # nosec B608 - quoted
            "r WHERE r.maxx >= w.minx AND r.minx <= w.maxx AND r.maxy >= w.miny AND r.miny <= w.maxy) ORDER BY", key,
        ])

    def _decoded(self, rows: List[tuple], fields: Sequence[str], check: Check) -> Features:
        ids = np.array([row[0] for row in rows], dtype=np.int64)
        geoms = self.own.known(ids)
        fresh = np.flatnonzero(shapely.is_missing(geoms))
        geoms[fresh], state = polygons_from_wkb([_wkb(rows[k][1]) for k in fresh], check)
        self.repairs.note(ids[fresh], state)
        self.own.keep(ids[fresh], geoms[fresh])
        kept = np.flatnonzero(~shapely.is_missing(geoms))
        columns = {name: [rows[k][2 + place] for k in kept] for place, name in enumerate(fields)}
        return Features(ids[kept], geoms[kept], columns)


def _fetched(connection: sqlite3.Connection, query: str) -> List[tuple]:
    """All rows; text that is no UTF-8 (GBK that somebody copied in) is read as what it is, at the price of some speed."""
    try:
        return connection.execute(query).fetchall()
    except sqlite3.OperationalError as wrong:
        if "decode" not in str(wrong):
            raise
    connection.text_factory = _text
    return connection.execute(query).fetchall()


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("gb18030", "replace")


def _counted(connection: sqlite3.Connection, table: str) -> int:
    """As GDAL counts: by the number that triggers in the file keep up, by counting where there is none."""
    try:
        row = connection.execute("SELECT feature_count FROM gpkg_ogr_contents WHERE lower(table_name) = lower(?)", (table,)).fetchone()
    except sqlite3.OperationalError:
        row = None
    if row is not None and row[0] is not None:
        return int(row[0])
    return int(connection.execute(" ".join(["SELECT count(*) FROM", quoted(table)])).fetchone()[0])


def _unplaced(connection: sqlite3.Connection, table: str, key: str, rtree: str, count: int) -> List[int]:
    """Features that the R-tree does not hold, having no geometry; looked for only where the numbers differ."""
    placed = quoted(rtree + "_rowid")
    if not rtree or connection.execute(" ".join(["SELECT count(*) FROM", placed])).fetchone()[0] >= count:
        return []
    query = " ".join(["SELECT", quoted(key) if key != "rowid" else key, "FROM", quoted(table), "WHERE rowid NOT IN (SELECT rowid FROM",
                      placed, ")"])
    return [int(row[0]) for row in connection.execute(query)]


def _root_box(connection: sqlite3.Connection, rtree: str) -> List[float]:
    """minx, miny, maxx, maxy of everything in an R-tree, from its root alone; empty where there is nothing in it."""
    query = " ".join(["SELECT data FROM", quoted(rtree + "_node"), "WHERE nodeno = 1"])
    row = connection.execute(query).fetchone() if rtree else None
    count = struct.unpack_from(">H", row[0], 2)[0] if row else 0
    if not count:
        return []
    cells = np.array([ROOT_CELL.unpack_from(row[0], 4 + k * ROOT_CELL.size)[1:] for k in range(count)])
    return [*cells[:, [0, 2]].min(axis=0).tolist(), *cells[:, [1, 3]].max(axis=0).tolist()]


def _described(connection: sqlite3.Connection, table: str) -> Tuple[str, str, List[str], str]:
    """Geometry column, key, attribute fields and R-tree of a feature table; the R-tree is '' where there is none."""
    found = connection.execute(
        "SELECT column_name FROM gpkg_geometry_columns WHERE lower(table_name) = lower(?)", (table,)
    ).fetchone()
    info = connection.execute("SELECT name, pk FROM pragma_table_info(?, 'main')", (table,)).fetchall()
    keys = [name for name, place in info if place]
    rtree = "_".join(["rtree", table, found[0]])
    there = connection.execute("SELECT 1 FROM main.sqlite_master WHERE lower(name) = lower(?)", (rtree,)).fetchone()
    key = keys[0] if len(keys) == 1 else "rowid"
    fields = [name for name, _ in info if name not in (found[0], key)]
    return found[0], key, fields + [key], rtree if there else ""


def has_rtree(path: Path, table: str) -> bool:
    """Whether a GeoPackage table (not a view) can be read through its R-tree."""
    connection = sqlite3.connect(Path(path).resolve().as_uri() + "?mode=ro", uri=True)
    try:
        kind = connection.execute("SELECT type FROM sqlite_master WHERE lower(name) = lower(?)", (table,)).fetchone()
        return kind == ("table",) and bool(_described(connection, table)[3])
    except (sqlite3.DatabaseError, TypeError):
        return False
    finally:
        connection.close()


def _wkb(blob: Optional[bytes]) -> Optional[bytes]:
    """The WKB inside a GeoPackage blob; None for NULL and for what is no such blob."""
    if blob is None or len(blob) < 8 or blob[:2] != b"GP":
        return None
    return blob[8 + ENVELOPE_BYTES.get((blob[3] >> 1) & 7, 0):]


IN_MEMORY_UP_TO = 50_000  # features
FEATURES_PER_STEP = 2000


def open_layer(source: str, name: str = "", crs: str = "", progress: Optional[Progress] = None) -> Source:
    """Open ``path``, ``path|layername=table`` or ``path|layerid=1``; folders, FileGDBs and archives as for patches.

    ``crs`` overrides, or stands in for, what the file says. A layer of points or lines is opened with ``holds_areas`` False. Raises
    InputError when the file or the table cannot be opened, and where it is not clear which of several layers is meant.
    """
    path, table, number = split_source(source)
    progress = progress or Progress()
    with reading(path.name), files_in(path, LAYER_SUFFIXES, progress) as (files, others):
        if not files:
            raise InputError("{file} holds no layer; it holds {files}.", "Give a Shapefile, GeoPackage or GeoJSON, plain or zipped.",
                             file=path.name, files=", ".join(others[:30]) or "-")
        file, dataset, layer = _chosen(files, path, table, number)
        return _open(file, dataset, layer, (name, crs), progress, path if path.is_file() else file)


def _open(file: Path, dataset: gdal.Dataset, layer: ogr.Layer, said: Tuple[str, str], progress: Progress, origin: Path) -> Source:
    """``origin`` is where the layer will be tomorrow: the archive, where the file was only unpacked for now."""
    name, crs = said
    stored_name = layer.GetName()
    try:
        system = Crs.of(crs or layer.GetSpatialRef() or "")
    except InputError as wrong:
        said_of = {**wrong.details, "layer": name or stored_name, "reason": wrong.message}
        raise InputError("Layer {layer}: {reason}", wrong.remedy.template, **said_of) from wrong
    if file == origin and dataset.GetDriver().ShortName == "GPKG" and has_rtree(file, stored_name):
        opened: Source = GeoPackageSource(file, stored_name, system, name)
        opened.fingerprint = _fingerprint(origin, stored_name, opened.feature_count, opened.extent())
    else:
        with settings_of(file):
            opened = _read_or_staged(dataset, layer, origin, system, name or stored_name, progress)
    opened.holds_areas = _holds_areas(layer)
    return opened


def _holds_areas(layer: ogr.Layer) -> bool:
    """False where the layer is declared to hold points or lines, or has only such in fact."""
    kind = ogr.GT_Flatten(ogr.GT_GetLinear(layer.GetGeomType()))
    if kind in (ogr.wkbPoint, ogr.wkbMultiPoint, ogr.wkbLineString, ogr.wkbMultiLineString):
        return False
    if kind in (ogr.wkbPolygon, ogr.wkbMultiPolygon):
        return True
    layer.ResetReading()
    seen = False
    for feature in layer:
        geometry = feature.GetGeometryRef()
        if geometry is not None and not geometry.IsEmpty():
            seen = True
            if geometry.GetDimension() >= 2:
                return True
    return not seen


def split_source(source: str) -> Tuple[Path, str, Optional[int]]:
    """``path|layername=table`` → path, table ('' for the only layer) and its number where ``layerid`` gives it."""
    path, said = path_and_options(str(source))
    number = said.get("layerid", "")
    return Path(path), said.get("layername", ""), int(number) if number.isdigit() else None


def _chosen(files: Sequence[FoundFile], path: Path, table: str, number: Optional[int]) -> Tuple[Path, gdal.Dataset, ogr.Layer]:
    """The layer named, else the only one, else the only one with areas."""
    found: List[Tuple[FoundFile, gdal.Dataset, ogr.Layer]] = []
    for file in files:
        dataset = open_dataset(file.path)
        found += [(file, dataset, dataset.GetLayer(place)) for place in range(dataset.GetLayerCount())]
    named = [one for one in found if table.lower() in (one[2].GetName().lower(), one[0].path.name.lower(), one[0].shown.lower())] \
        if table else [found[number]] if number is not None and number < len(found) else found if number is None else []
    if len(named) > 1:
        named = [one for one in named if ogr.GT_Flatten(ogr.GT_GetLinear(one[2].GetGeomType())) in (
            ogr.wkbPolygon, ogr.wkbMultiPolygon, ogr.wkbUnknown)]
    names = [one[2].GetName() if len(files) == 1 else f"{one[0].shown}|{one[2].GetName()}" for one in found]
    if len(named) != 1:
        raise InputError("{file} has no layer {table}; it has {names}." if not named else
                         "{file} holds several layers, and it is not said which one is meant: {names}.",
                         "Name one of its layers: {names}.", file=path.name, table=table or str(number if number is not None else "-"),
                         names=", ".join(names[:60]))
    file, dataset, layer = named[0]
    return file.path, dataset, layer


def _read_or_staged(dataset: gdal.Dataset, layer: ogr.Layer, path: Path, crs: Crs, name: str,
                    progress: Progress) -> Source:
    count = layer.GetFeatureCount()
    stamp = _fingerprint(path, layer.GetName(), count, list(layer.GetExtent()) if count else [])
    small = count <= IN_MEMORY_UP_TO
    opened = _in_memory(layer, crs, name, progress) if small else _staged(dataset, layer, crs, name, progress)
    opened.fingerprint = stamp
    return opened


def _in_memory(layer: ogr.Layer, crs: Crs, name: str, progress: Progress) -> MemorySource:
    definition = layer.GetLayerDefn()
    names = [definition.GetFieldDefn(k).GetName() for k in range(definition.GetFieldCount())]
    blobs: List[Optional[bytes]] = []
    ids: List[int] = []
    columns: Dict[str, List[Any]] = {field: [] for field in names}
    for feature in layer:
        if len(ids) % FEATURES_PER_STEP == 0:
            progress.step(0.0, message("Reading {layer}", layer=name))
        geometry = feature.GetGeometryRef()
        blobs.append(bytes(stroked(geometry).ExportToIsoWkb()) if geometry is not None else None)
        ids.append(feature.GetFID())
        for place, field in enumerate(names):
            columns[field].append(feature.GetField(place))
    geoms, state = polygons_from_wkb(blobs)
    return MemorySource(name, crs, geoms, columns, np.array(ids, dtype=np.int64), state)


def _staged(dataset: gdal.Dataset, layer: ogr.Layer, crs: Crs, name: str, progress: Progress) -> GeoPackageSource:
    folder = tempfile.TemporaryDirectory(prefix="land_inspector_")
    target = Path(folder.name) / "staged.gpkg"

    def tell(fraction: float, _text: str, _data: Any) -> int:
        progress.show(fraction, message("Reading {layer}", layer=name))
        return 0 if progress.is_cancelled() else 1

    made = gdal.VectorTranslate(
        str(target), dataset, format="GPKG", layers=[layer.GetName()], layerName="staged", callback=tell,
        layerCreationOptions=["SPATIAL_INDEX=YES"],
    )
    progress.step(1.0)
    if made is None:
        raise InputError("{layer} cannot be read.", "Save it as a GeoPackage and use that.", layer=name)
    del made
    source = GeoPackageSource(target, "staged", crs, name)
    source.folder = folder  # goes with the last copy of the source
    return source


def _fingerprint(path: Path, table: str, count: int, extent: Sequence[float]) -> str:
    """sha256 over path, size and change time of the file (and its .dbf), table, feature count and extent."""
    files = [path, path.with_suffix(".dbf")] if path.suffix.lower() == ".shp" else [path]
    stats = [[file.stat().st_size, file.stat().st_mtime_ns] for file in files if file.exists()]
    record = [str(path.resolve()), table, stats, count, [repr(float(value)) for value in extent]]
    return hashlib.sha256(json.dumps(record).encode("utf-8")).hexdigest()
