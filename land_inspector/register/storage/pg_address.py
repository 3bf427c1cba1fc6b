"""Addresses of registers in a PostgreSQL database, in the forms in which people have them:

* ``postgresql://host:port/database?schema=county``, with ``user@`` before the host, ``authcfg=abc1234`` and what libpq calls sslmode …;
* ``service=NAME schema=county``, a service of pg_service.conf;
* the name of a connection that QGIS keeps, alone or with ``?schema=county``.

No password is ever part of one: it comes from an authentication configuration of QGIS, from .pgpass or from the environment.
"""
from __future__ import annotations

import re
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Tuple
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from ...errors import DamagedError, GoneError, InputError, LandInspectorError, RefusedError
from ...progress import Progress
from . import layout, pg_layout
from ..addresses import FileAddress, LayerSource, RegisterAddress
from .interfaces import Storage
from .attachments import cache_folder
from .pg_connection import Ear, PgDatabase, driver
from .transfer import copy_styles, transfer


SCHEMA = "land_inspector"
#: How long anybody waits for a lock that somebody else holds, in seconds; who writes may say otherwise.
LOCK_S = 10.0
_BEGINNINGS = ("postgresql://", "postgres://")
_SERVICE = re.compile(r"service\s*=\s*", re.IGNORECASE)
#: A word and what it is, as libpq reads them: in quotes where it holds blanks. A host and its port, as an address names them.
_PAIR = re.compile(r"""(\w+)\s*=\s*('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^\s&?;'"=]*(?![\w'"]))""")
_PLACE = re.compile(r"(?P<host>\[[0-9A-Fa-f:.%\w]*\]|[^:\[\]]*)(?::(?P<port>\d{1,5}))?")
#: What an address may say of a connection; anything else (options, a password) is refused.
_ALLOWED = frozenset("host hostaddr port dbname user service sslmode sslrootcert sslcert sslkey sslcrl gssencmode target_session_attrs "
                     "channel_binding".split())
_SECRETS = frozenset({"password", "sslpassword", "passfile"})
#: libpq's parameters out of an authentication configuration of QGIS (which may ask for the master password), and what QGIS knows of a
#: connection by its name: both where there is a QGIS (:func:`connection_named`).
Expanding = Callable[[str], Mapping[str, str]]
_LAYERS = {layout.PARCEL_MAP: ("OGC_FID", "MultiPolygon"), layout.ISSUED_MAP: ("OGC_FID", "MultiPolygon"),
           layout.PHOTO_MAP: ("OGC_FID", "Point"), layout.TOWNSHIP: ("fid", "MultiPolygon"), layout.SHAPE: ("fid", "MultiPolygon"),
           layout.PHOTO_PLACE: ("fid", "Point")}


@dataclass(frozen=True)
class DatabaseAddress(RegisterAddress):
    """A register in a schema of a database; ``parameters`` are libpq's, sorted, without any secret; ``authcfg`` names a configuration of
    QGIS's authentication store."""

    parameters: Tuple[Tuple[str, str], ...]
    schema: str = SCHEMA
    authcfg: str = ""

    def __str__(self) -> str:
        said = dict(self.parameters)
        user, host, port = said.pop("user", ""), said.pop("host", ""), said.pop("port", "")
        if host.startswith("/") or "," in host:
            said.update({"host": host, **({"port": port} if port else {})})
            host = port = ""
        host = f"[{quote(host, safe=':')}]" if ":" in host else quote(host, safe="")
        place = (f"{quote(user, safe='')}@" if user else "") + host + (f":{port}" if port else "")
        query = {**said, **({"authcfg": self.authcfg} if self.authcfg else {}), "schema": self.schema}
        database = quote(query.pop("dbname", ""), safe="")
        return f"postgresql://{place}/{database}?{urlencode(query, safe='/', quote_via=quote)}"

    @property
    def database(self) -> str:
        """The database's name; that of the service where only that is known."""
        said = dict(self.parameters)
        return said.get("dbname", said.get("service", ""))

    @property
    def name(self) -> str:
        return self.schema

    @property
    def folder(self) -> Path:
        return Path.home()

    @property
    def is_there(self) -> bool:
        try:
            with closing(self.database_for(self.schema)) as sql:
                names = [f"{pg_layout.quoted(self.schema)}.{name}" for name in ("li_meta", "event")]
                row = sql.one("SELECT to_regclass(%s), to_regclass(%s)", names)
        except GoneError:
            return False
        return row is not None and row[0] is not None and row[1] is not None

    @property
    def may_be_there(self) -> bool:
        return True

    @property
    def is_remote(self) -> bool:
        return True

    @property
    def cache_folder(self) -> Path:
        """Where copies of attachments that were looked at lie, a folder for each register."""
        return cache_folder()

    # --- the way there ------------------------------------------------------------------------------------------------------

    def connection(self) -> Dict[str, str]:
        """What libpq is told, a password from QGIS's authentication store among it: never to be shown, logged or kept."""

        return {**dict(self.parameters), **(credentials(self.authcfg) if self.authcfg else {})}

    def database_for(self, schema: str, answer_within_s: Optional[float] = None) -> PgDatabase:
        """A connection that looks into one schema first, made when it is first asked something; ``answer_within_s``: see
        :class:`PgDatabase`."""
        path = (f"SELECT set_config('search_path', {_literal(pg_layout.quoted(schema))} || COALESCE((SELECT ', ' || quote_ident(n.nspname) "
                "FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'postgis'), '') "
                "|| ', pg_temp', false), set_config('idle_in_transaction_session_timeout', '30min', false), "
                "set_config('standard_conforming_strings', 'on', false), set_config('bytea_output', 'hex', false), "
                "set_config('synchronous_commit', 'on', false), "  # whatever the server's habit is: what was recorded lasts
                # a writer whose line died lets go of the lock in half a minute, not in two hours
                "set_config('tcp_keepalives_idle', '10', false), set_config('tcp_keepalives_interval', '5', false), "
                "set_config('tcp_keepalives_count', '3', false), "
                f"set_config('lock_timeout', '{int(1000 * LOCK_S)}', false)")  # nosec B608 - our own name and number
        return PgDatabase(self.connection, f"{self}#{schema}", str(self), path, answer_within_s)

    def ear(self) -> Ear:
        return Ear(self.connection(), str(self), pg_layout.CHANNEL, self.schema)

    def registers(self) -> List[str]:
        """Schemas of this database that hold a register, as far as the login may see them."""
        with closing(self.database_for(self.schema)) as sql:
            rows = sql.rows("SELECT n.nspname FROM pg_catalog.pg_namespace n WHERE n.nspname NOT LIKE '%~part' AND EXISTS (SELECT 1 FROM "
                            "pg_catalog.pg_class c WHERE c.relnamespace = n.oid AND c.relname = 'li_meta') AND EXISTS (SELECT 1 FROM "
                            "pg_catalog.pg_class c WHERE c.relnamespace = n.oid AND c.relname = 'event_subject') ORDER BY 1")
            return [str(row[0]) for row in rows]

    def no_register(self) -> InputError:
        """Why nothing opens here, and what could be."""
        known = ", ".join(self.registers())
        if known:
            return InputError("The schema {schema} of {path} is no register of Land Inspector.",
                              "Registers in this database: {known}. Choose one of them, or make one (“Create a register”, “Copy a "
                              "register”).", path=str(self), schema=self.schema, known=known)
        return InputError("The schema {schema} of {path} is no register of Land Inspector.",
                          "This database has none that your login may see. Make one (“Create a register”, “Copy a register”), or ask the "
                          "administrator for access.", path=str(self), schema=self.schema)

    def layer(self, name: str) -> LayerSource:
        said = dict(self.parameters)
        parts = [f"{key}={_literal(said[key])}" for key in ("service", "dbname", "host", "port", "user", "sslmode") if key in said]
        if self.authcfg:
            parts.append(f"authcfg={self.authcfg}")
        key, kind = _LAYERS.get(name, ("fid", "MultiPolygon"))
        parts += [f"key='{key}'", "estimatedmetadata=true", *([f"type={kind}"] if name in _LAYERS else []),
                  "checkPrimaryKeyUnicity='0'", f"table={pg_layout.quoted(self.schema)}.{pg_layout.quoted(name)}"]
        return LayerSource(" ".join(parts) + (" (geom)" if name in _LAYERS else ""), "postgres")

    def open(self, patience_s: float = 10.0, answer_within_s: Optional[float] = None) -> Storage:
        from .postgres import PostgresStorage

        return PostgresStorage(self, patience_s, answer_within_s=answer_within_s)

    # --- making, putting back, taking away ------------------------------------------------------------------------------------

    @property
    def _part(self) -> str:
        """The schema under which a register is made: no address can have this name."""
        return f"{self.schema}~part"

    @contextmanager
    def being_made(self, crs: str, meta: Mapping[str, str]) -> Iterator[Storage]:
        self._refuse_what_is_there()
        with self._made_in_part(crs, meta) as storage:
            yield storage
        self._take_the_place()

    def _refuse_what_is_there(self) -> None:
        pg_layout.checked_schema(self.schema)
        with closing(self.database_for(self.schema)) as sql:
            if sql.one("SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = %s", (self.schema,)) is not None:
                raise InputError("{path} exists already.", "Choose another name; a register is never overwritten.", path=str(self))

    @contextmanager
    def _made_in_part(self, crs: str, meta: Mapping[str, str]) -> Iterator[Storage]:
        from .postgres import PostgresStorage

        self._lay_down(crs, meta)
        try:
            with closing(PostgresStorage(self, schema=self._part)) as storage:
                yield storage
        except GoneError:
            raise  # what came over already need not come over again
        except BaseException:
            self._drop(self._part)
            raise

    def _lay_down(self, crs: str, meta: Mapping[str, str]) -> None:
        with closing(self.database_for(self._part)) as sql:
            _refuse_old_server(sql, str(self))
            known = {int(row[0]): "" for row in sql.rows("SELECT srid FROM spatial_ref_sys")}
            srid, part = pg_layout.srid_of(crs, known), pg_layout.quoted(self._part)
            sql.begin("SELECT 1")
            try:
                old = pg_layout.quoted(f"{self.schema}~old")
                is_half = self._is_half_made(sql, meta.get("register_id"))
                aside = f"ALTER SCHEMA {part} RENAME TO {old}" if is_half else f"DROP SCHEMA IF EXISTS {part} CASCADE"
                attached = pg_layout.ATTACHED if is_half else ()
                kept = [f"INSERT INTO {part}.{name} SELECT * FROM {old}.{name}" for name in attached]  # nosec B608
                for statement in (f"DROP SCHEMA IF EXISTS {old} CASCADE", aside, f"CREATE SCHEMA {part}", *pg_layout.make_statements(srid),
                                  *kept, f"DROP SCHEMA IF EXISTS {old} CASCADE"):
                    sql.run(statement)
                sql.many(sql.insert("li_meta", ("key", "value")), list(meta.items()))
                sql.commit()
            except BaseException:
                sql.rollback()
                raise

    def _is_half_made(self, sql: PgDatabase, register_id: Optional[str]) -> bool:
        """Whether a making of the same register was broken off here: its attachments need not come over again."""
        part = pg_layout.quoted(self._part)
        if sql.one("SELECT to_regclass(%s)", (f"{part}.li_meta",)) == (None,):
            return False
        return sql.one(f"SELECT value FROM {part}.li_meta WHERE key = 'register_id'") == (register_id,)  # nosec B608 - a quoted name

    def _drop(self, schema: str) -> None:
        with closing(self.database_for(self.schema)) as sql:
            sql.run(f"DROP SCHEMA IF EXISTS {pg_layout.quoted(schema)} CASCADE")

    def _take_the_place(self, aside: str = "") -> None:
        """What was made takes its name; what had it, that of ``aside``: one moment for everybody."""
        part, place = pg_layout.quoted(self._part), pg_layout.quoted(self.schema)
        with closing(self.database_for(self.schema)) as sql:
            sql.begin("SELECT 1")
            try:
                if aside:
                    sql.run(f"ALTER SCHEMA {place} RENAME TO {pg_layout.quoted(aside)}")
                sql.run(f"ALTER SCHEMA {part} RENAME TO {place}")
                roles = list(pg_layout.role_names(self.schema).values())
                have = sql.one(f"SELECT count(*) FROM pg_catalog.pg_roles WHERE rolname IN ({sql.marks(roles)})", roles)  # nosec B608
                for statement in pg_layout.grant_statements(self.schema) if have is not None and have[0] == len(roles) else ():
                    sql.run(statement)
                if aside:
                    logins = pg_layout.LOGINS
                    sql.run(f"INSERT INTO {place}.{logins} SELECT * FROM {pg_layout.quoted(aside)}.{logins}")  # nosec B608
                sql.commit(("SELECT 1 WHERE to_regclass(%s) IS NOT NULL", (f"{place}.event",)))
            except BaseException:
                sql.rollback()
                self._drop(self._part)
                raise

        self.share_styles()

    def share_styles(self) -> None:
        """Let layers open styled in any QGIS, where the login may write to the table in which QGIS looks; else only this plugin styles
        them."""
        with closing(self.database_for(self.schema)) as sql:
            try:
                sql.begin("SELECT 1")
                for statement in pg_layout.shared_style_statements(self.schema):
                    sql.run(statement)
                sql.commit()
            except (RefusedError, DamagedError):
                sql.rollback()

    def heads_of(self, register_id: str) -> Dict[str, Tuple[int, str]]:
        try:
            with closing(self.open(2.0)) as storage:
                if storage.meta().get("register_id") != register_id:
                    raise InputError("Another register lies at {path}.", "Put the copy in its own register's place, or under a new name.",
                                     path=str(self))
                with storage.writing():  # nobody else is
                    return storage.heads()
        except DamagedError:
            return {}

    def put_back(self, copy: Storage, progress: Progress) -> Optional[Path]:
        aside = f"{self.schema}-replaced-{datetime.now():%m%d-%H%M%S}" if self.is_there else ""
        with self._made_in_part(copy.meta()["crs"], copy.meta()) as storage:
            with copy.at_one_moment():
                transfer(copy, storage, progress)
            copy_styles(copy, storage)
        self._take_the_place(aside)
        return Path(aside) if aside else None

    def remove(self) -> None:
        self._drop(self.schema)


def _refuse_old_server(sql: PgDatabase, place: str) -> None:
    """InputError for a server older than PostgreSQL 13, or a database without PostGIS that this login may not add."""
    row = sql.one("SELECT current_setting('server_version_num')::int, current_setting('server_version'), "
                  "(SELECT extversion FROM pg_catalog.pg_extension WHERE extname = 'postgis')")
    number, version, postgis = row or (0, "?", None)
    if number < 130000:
        raise InputError("{path} is on PostgreSQL {version}; a register needs PostgreSQL 13 or later.",
                         "Ask whoever looks after the server.", path=place, version=version)
    if postgis is None:
        try:
            sql.run("CREATE EXTENSION postgis")
        except LandInspectorError as error:
            raise InputError("The database of {path} has no PostGIS, and your login cannot add it.",
                             "Ask whoever looks after the server to run CREATE EXTENSION postgis in that database.", path=place) from error
    elif int(str(postgis).split(".")[0]) < 3:
        raise InputError("The database of {path} has PostGIS {version}; a register needs PostGIS 3.",
                         "Ask whoever looks after the server.", path=place, version=postgis)


def _literal(text: str) -> str:
    """A text in quotes, for SQL and for QGIS's source alike."""
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


# --- out of a text ------------------------------------------------------------------------------------------------------------


def database_address(text: str) -> Optional[DatabaseAddress]:
    """The address behind a text in one of the forms above; None for one that must be a file.

    Raises InputError for a text that names no database, carries a password, or says what no address may say."""
    if text.lower().startswith(_BEGINNINGS):
        return _from_url(text)
    if _SERVICE.match(text):
        pairs = _PAIR.findall(text)
        if re.search(r"[^\s&?;]", _PAIR.sub("", text)):
            raise _no_address()
        return _made({key.lower(): re.sub(r"\\(.)", r"\1", value[1:-1]) if value[:1] in ("'", '"') else value
                      for key, value in pairs}, text)
    return _of_qgis(text)


def _from_url(text: str) -> DatabaseAddress:
    try:
        parts = urlsplit(text)
    except ValueError as error:
        raise _no_address() from error
    user, _at, place = parts.netloc.rpartition("@")
    if ":" in user or (not _at and ":" in place and "@" in text.partition(place)[2]):  # the password of an address that was not encoded
        raise _no_password()
    said = dict(parse_qsl(parts.query, keep_blank_values=True))
    found = [_PLACE.fullmatch(one) for one in place.split(",")]
    if None in found:
        raise _no_address()
    hosts = [str(one["host"] or "").strip("[]") for one in found if one is not None]
    ports = [str(one["port"] or "") for one in found if one is not None]
    for key, value in (("user", user), ("host", ",".join(hosts)), ("port", ",".join(ports) if any(ports) else ""),
                       ("dbname", parts.path.lstrip("/"))):
        if value.strip(","):
            said.setdefault(key, unquote(value))
    return _made(said, text)


def _made(said: Dict[str, str], text: str) -> DatabaseAddress:
    if _SECRETS & {key.lower() for key in said}:
        raise _no_password()
    if any(not sign.isprintable() for value in said.values() for sign in value):
        raise _no_address()
    schema, authcfg = said.pop("schema", "") or SCHEMA, said.pop("authcfg", "")
    strange = sorted(set(said) - _ALLOWED)
    if strange:
        raise InputError("The address of a register cannot say {words}.", "Write postgresql://host/database?schema=name.",
                         words=", ".join(strange)[:60])
    if not said.get("dbname") and not said.get("service"):
        raise InputError("{address} names no database.", "Write postgresql://host/database?schema=name.", address=text)
    return DatabaseAddress(tuple(sorted((key, value) for key, value in said.items() if value)), schema, authcfg)


def _no_address() -> InputError:
    return InputError("This is no address of a register on a server.", "Write postgresql://host/database?schema=name.")


def _no_password() -> InputError:
    return InputError("The address of a register may hold no password.",
                      "Leave it out: it is taken from an authentication configuration of QGIS (authcfg=…), from .pgpass or from the "
                      "environment.")


def _of_qgis(text: str) -> Optional[DatabaseAddress]:
    """A connection that QGIS knows by this name, unless there is a file of that name."""
    name, _mark, query = text.partition("?")
    if not name or len(name) > 200 or "\n" in name or FileAddress(Path(text)).is_there or name.lower().endswith(".gpkg"):
        return None

    said: Optional[Dict[str, Any]] = connection_named(name)
    return None if said is None else _made({**said, **dict(parse_qsl(query))}, text)


# What QGIS knows of PostgreSQL servers: connections by name, and who one is there, from its authentication store.
#
# Where there is no QGIS (scripts, unit tests) nothing is known. Passwords that QGIS keeps in the open beside a connection are not used.

def connection_named(name: str) -> Optional[Dict[str, str]]:
    """libpq's parameters, and authcfg, of a connection that QGIS keeps under this name; None where there is none."""
    try:
        from qgis.core import QgsDataSourceUri, QgsProviderRegistry
    except ImportError:
        return None
    provider = QgsProviderRegistry.instance().providerMetadata("postgres")
    if provider is None or name not in provider.connections(False):
        return None
    uri = QgsDataSourceUri(provider.connections(False)[name].uri())
    said = {"host": uri.host(), "port": uri.port(), "dbname": uri.database(), "service": uri.service(), "user": uri.username(),
            "authcfg": uri.authConfigId()}
    if uri.sslMode() != QgsDataSourceUri.SslMode.SslPrefer:  # that is what goes without saying
        said["sslmode"] = QgsDataSourceUri.encodeSslMode(uri.sslMode())
    return {key: value for key, value in said.items() if value}


def credentials(authcfg: str) -> Dict[str, str]:
    """User, password or certificates that a configuration of QGIS's authentication store stands for. QGIS may ask for its master
    password. InputError where it has no such configuration."""
    try:
        from qgis.core import QgsApplication, QgsDataSourceUri
    except ImportError as error:
        raise InputError("The address names an authentication configuration of QGIS ({authcfg}), and there is no QGIS here.",
                         "Use .pgpass or the environment instead.", authcfg=authcfg) from error
    if authcfg not in QgsApplication.authManager().configIds():
        raise InputError("QGIS has no authentication configuration {authcfg}.",
                         "Make one (Settings, Options, Authentication) and name its id.", authcfg=authcfg)
    uri = QgsDataSourceUri()
    uri.setAuthConfigId(authcfg)
    text = uri.connectionInfo(True)
    if "authcfg" in text:
        raise InputError("QGIS's authentication store is locked.", "Give QGIS its master password, then try again.")
    return {str(key): str(value) for key, value in driver().extensions.parse_dsn(text).items()}
