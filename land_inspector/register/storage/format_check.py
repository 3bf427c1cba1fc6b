"""What a register file holds, compared with what its format says, before anything is read from it.

A register is also input from outside. A view in a table's place, a trigger of a stranger, a column that computes itself would change
what is read or recorded, or never end; a register whose tables are not as its format says is refused with the reason. What QGIS and
GDAL lay beside (their ``gpkg_…`` tables, R-trees, styles, further layers of a user) is let be, as long as it cannot reach the
register's own tables.
"""
from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from functools import lru_cache
from pathlib import Path
from typing import Any, Dict, FrozenSet, Iterator, Mapping, NamedTuple, Optional, Tuple

from ...errors import DamagedError, InputError, Message, message
from ..tables import FORMAT
from . import layout

#: Formats as they were released; one that is not released yet is what :mod:`.layout` makes.
FORMATS = Path(__file__).parent / "formats"
#: Tables that may be missing: names can be taken out of a register, and a party's comes with the first party.
REMOVABLE = frozenset({"person", "party"})
_SHAPES = {layout.SHAPE: "shape_id", layout.TOWNSHIP: "XZDM", layout.PHOTO_PLACE: "photo_id"}
#: Words that a trigger of GDAL's on its own table may consist of, besides that table's own names.
_OF_GDAL = frozenset("""create trigger after before insert update delete of on for each row when begin end new old not null notnull isnull
and or replace into values from where in set select raise abort fid geom id rowid lower table_name feature_count gpkg_ogr_contents
st_isempty st_minx st_maxx st_miny st_maxy minx maxx miny maxy matrix_height matrix_width pixel_x_size pixel_y_size zoom_level""".split())
#: Words by which a table refuses, drops or follows rows; no table of ours has any.
_RULES = frozenset({"check", "conflict", "references", "collate", "foreign"})
#: The unique indexes that :func:`.layout.create_tables` makes.
_OWN_KEYS = frozenset({"shape_key", "place_key"})
_OTHERS = ("gpkg_", "rtree_", "sqlite_", "layer_styles")
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_TEXT = re.compile(r"'(?:[^']|'')*'")
#: Texts, and names of columns that a user may have added: one may be called "check".
_QUOTED = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]""")
_ID = re.compile(r"[0-9A-Za-z-]{1,64}")
_CRS = re.compile(r"(EPSG|ESRI|IGNF|OGC):\w{1,20}|\+(proj|init)=[^/\\]*|(PROJ|GEOG|GEOD|COMPD|COMPOUND|BOUND|LOCAL|ENG|BASE)[A-Z_]*\[.*",
                  re.DOTALL)


class _Object(NamedTuple):
    """One entry of ``sqlite_master``."""

    kind: str
    name: str
    table: str
    sql: str


class Format(NamedTuple):
    """Columns (name, whether it is part of the key) of each table, and the text of each view."""

    tables: Mapping[str, FrozenSet[Tuple[str, bool]]]
    views: Mapping[str, str]


def refuse_strange(db: sqlite3.Connection, path: Path) -> None:
    """InputError where the file is no register; DamagedError where it is one whose tables, views, triggers or description are not as
    its format says. A format that this version does not know is left to whoever reads the version."""
    found = _objects(db)
    lacking = [name for name in ("li_meta", "event", "event_subject") if name not in found]
    if lacking:
        raise InputError("{path} is not a register: it lacks {tables}.", "Choose a .gpkg made by Land Inspector.",
                         path=str(path), tables=", ".join(lacking))
    strange = list(strangenesses(db, found))
    if strange:
        raise DamagedError("{path} is not as a register is made: {first} Somebody changed it by other means.",
                           "Do not work with it before you know who did that; restore the last good copy (“Restore a register”).",
                           path=str(path), first=strange[0])


def strangenesses(db: sqlite3.Connection, found: Optional[Dict[str, _Object]] = None) -> Iterator[Message]:
    """Everything that is not as the register's format says, the most dangerous first."""
    found = _objects(db) if found is None else found
    if found["li_meta"].kind != "table":
        yield message("{name} is a {kind}.", name="li_meta", kind=found["li_meta"].kind)
        return  # nothing of it may be read
    meta = {str(key): str(value) for key, value in db.execute("SELECT key, value FROM li_meta LIMIT 1000")}
    yield from of_meta(meta)
    made = known_format(meta.get("schema_version", ""))
    if made is None:
        return
    yield from _of_triggers(found, made)
    yield from _of_views(found, made)
    yield from _of_tables(db, found, made)
    yield from _of_shapes(db, found)
    yield from _of_rules(found, frozenset((*made.tables, *_SHAPES)))


def _objects(db: sqlite3.Connection) -> Dict[str, _Object]:
    rows = db.execute("SELECT type, name, tbl_name, sql FROM sqlite_master").fetchall()
    return {str(row[1]): _Object(str(row[0]), str(row[1]), str(row[2]), str(row[3] or "")) for row in rows}


def of_meta(meta: Mapping[str, str]) -> Iterator[Message]:
    """What of a register's description cannot be: its id, its CRS, texts that are none."""
    if not _ID.fullmatch(meta.get("register_id", "")):
        yield message("Its description names no register.")
    if not _CRS.fullmatch(meta.get("crs", "")):
        yield message("{crs} is not a coordinate reference system.", crs=meta.get("crs", "")[:60])
    for key, value in meta.items():
        if len(value) > 20_000 or any(ord(sign) < 32 and sign not in "\t\n\r" for sign in value):
            yield message("{name} in its description is no text.", name=key[:40])


def _of_triggers(found: Mapping[str, _Object], made: Format) -> Iterator[Message]:
    plain = frozenset(name.lower() for name in (*made.tables, *made.views))
    for one in found.values():
        if one.kind == "trigger" and (one.table.lower() in plain or not _is_harmless(one, plain | frozenset(_SHAPES))):
            yield message("It holds a trigger of its own, {name}.", name=one.name[:60])


def _is_harmless(trigger: _Object, ours: FrozenSet[str]) -> bool:
    """GDAL's own triggers name their table, its R-tree and its count; those of other layers must not name anything of ours."""
    words = {word.lower() for word in _WORD.findall(_TEXT.sub(" ", trigger.sql))}
    table = trigger.table.lower()
    if table not in ours and not table.startswith("gpkg_"):
        return not words & ours
    return words <= _OF_GDAL | {table, f"rtree_{table}_geom", trigger.name.lower()} - (ours - {table})


def _of_views(found: Mapping[str, _Object], made: Format) -> Iterator[Message]:
    for name, text in made.views.items():
        if name not in found:
            yield message("The layer {name} is missing.", name=name)
        elif found[name].kind != "view" or _flat(found[name].sql) != text:
            yield message("The layer {name} was changed.", name=name)


def _of_tables(db: sqlite3.Connection, found: Mapping[str, _Object], made: Format) -> Iterator[Message]:
    for name, columns in made.tables.items():
        if name not in found:
            if name not in REMOVABLE:
                yield message("The table {name} is missing.", name=name)
        elif found[name].kind != "table" or "virtual" in found[name].sql.lower().split("(")[0].split():
            yield message("{name} is a {kind}.", name=name, kind=found[name].kind)
        else:
            have, computed = _columns(db, name)
            if computed or not columns <= have:
                yield message("The table {name} has other columns.", name=name)


def _of_shapes(db: sqlite3.Connection, found: Mapping[str, _Object]) -> Iterator[Message]:
    for name, key in _SHAPES.items():
        tree = f"rtree_{name}_geom"
        if name not in found or found[name].kind != "table" or "virtual" in found[name].sql.lower().split("(")[0].split():
            yield message("The table {name} is missing.", name=name)
            continue
        have, computed = _columns(db, name)
        if computed or not {"fid", "geom", key} <= {column for column, _is_key in have}:
            yield message("The table {name} has other columns.", name=name)
        if tree not in found or not re.match(r'create virtual table "?\w+"? using rtree\s*\(', found[tree].sql.lower()):
            yield message("The table {name} is missing.", name=tree)


def _of_rules(found: Mapping[str, _Object], ours: FrozenSet[str]) -> Iterator[Message]:
    """What a register may hold is said by its events alone: a rule of a stranger in one of its tables would refuse or drop what is
    recorded."""
    for one in found.values():
        words = set(_WORD.findall(_QUOTED.sub(" ", one.sql).lower()))
        if one.table in ours and (one.kind == "table" and words & _RULES or one.kind == "index" and "unique" in words
                                  and one.name not in _OWN_KEYS):
            yield message("The table {name} has a rule of its own.", name=one.table)


def _columns(db: sqlite3.Connection, table: str) -> Tuple[FrozenSet[Tuple[str, bool]], bool]:
    """(name, whether it is part of the key) of a table's columns, and whether any computes itself."""
    rows = db.execute("SELECT name, pk, hidden FROM pragma_table_xinfo(?)", (table,)).fetchall()
    return frozenset((str(row[0]), bool(row[1])) for row in rows), any(row[2] for row in rows)


def _flat(sql: str) -> str:
    return " ".join(sql.split())


@lru_cache(maxsize=None)
def known_format(version: str) -> Optional[Format]:
    """What a format (``schema_version``) consists of; None for one that this version of the plugin does not know."""
    frozen = {path.stem: path for path in FORMATS.glob("*.json")}
    if version in frozen:
        return from_record(json.loads(frozen[version].read_text(encoding="utf-8")))
    return made_today() if version == str(FORMAT) else None


@lru_cache(maxsize=None)
def made_today() -> Format:
    """What :mod:`.layout` makes."""
    with closing(sqlite3.connect(":memory:")) as db:
        db.executescript("CREATE TABLE gpkg_contents (table_name, data_type, identifier, srs_id); CREATE TABLE gpkg_geometry_columns "
                         "(table_name, column_name, geometry_type_name, srs_id, z, m);"
                         f"INSERT INTO gpkg_geometry_columns VALUES ('{layout.SHAPE}', 'geom', '', 0, 0, 0);")  # nosec B608
        for name, key in _SHAPES.items():
            db.execute(f'CREATE TABLE "{name}" (fid INTEGER PRIMARY KEY, geom BLOB, {key} TEXT)')
        layout.create_tables(db)
        return format_of(db)


def format_of(db: sqlite3.Connection) -> Format:
    """What the open register consists of, without what GDAL and QGIS made."""
    found = [one for one in _objects(db).values() if not one.name.startswith(_OTHERS)]
    tables = {one.name: _columns(db, one.name)[0] for one in found if one.kind == "table" and one.name not in _SHAPES}
    return Format(tables, {one.name: _flat(one.sql) for one in found if one.kind == "view"})


def as_record(made: Format) -> Dict[str, Any]:
    """The JSON form in which a released format is kept."""
    tables = {name: sorted([column, is_key] for column, is_key in columns) for name, columns in made.tables.items()}
    return {"tables": tables, "views": dict(made.views)}


def from_record(record: Mapping[str, Any]) -> Format:
    """See :func:`as_record`."""
    tables: Dict[str, FrozenSet[Tuple[str, bool]]] = {
        name: frozenset((column, bool(is_key)) for column, is_key in columns) for name, columns in record["tables"].items()}
    return Format(tables, record["views"])
