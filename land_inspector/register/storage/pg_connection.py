"""A connection to a PostgreSQL server: how it is made, kept for the next, lost and made anew; what the server's errors mean.

A server is not a disk: every question costs a way there and back. So what is written inside a transaction waits here and goes along
with the next question or with the COMMIT, and several questions go together (:meth:`PgDatabase.together`). psycopg2 comes with QGIS on
Windows; it is imported only when a server is wanted. Every error of it becomes one of ours here and nowhere else (:func:`told`).
"""
from __future__ import annotations

import json
import re
import select
import threading
import time
from contextlib import contextmanager, nullcontext
from functools import lru_cache
from types import ModuleType
from typing import Any, Callable, ContextManager, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Tuple, Union

from ...errors import (
    BusyError, Cancelled, DamagedError, FullError, GoneError, InputError, LandInspectorError, MissingLibraryError, ReadOnlyError,
    RefusedError,
)
from ...progress import Progress
from .. import tables
from .sql import Database, Row, Values

#: What libpq is told about the network: one that went away is noticed in a minute, also where it was being sent something.
_PATIENCE = {"keepalives": 1, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
_USER_TIMEOUT = {"tcp_user_timeout": 60_000}
#: So long a server may take to let somebody in, in seconds; and for how long a thread that may not wait asks one that was too slow no more
#: than in passing.
_CONNECT_S, _TIRED_S, _IN_PASSING_S = 5.0, 3.0, 0.1
#: Connections that wait to be used again, for each register; and how long one may have waited, in seconds.
_KEPT, _KEPT_S = 4, 300.0
#: Rows that go in one statement, and bytes that wait before they are sent.
_ROWS, _BYTES = 500, 1 << 20
_LOOK_S = 0.1
#: Column names with capitals: PostgreSQL takes them for small ones unless they are quoted.
_CAPITALS = frozenset(name for table in (*tables.LASTING_TABLES, *tables.DERIVED_TABLES) for name in table.columns
                      if name != name.lower()) | {"OGC_FID"} | {f"measured_{name}" for name in tables.names(tables.MEASURED)}
_NAME = re.compile(r"""(?<![\w"'])(\w*[A-Z]\w*)(?![\w"'])""")
_ONE_KEY = re.compile(r"DELETE FROM (\S+) WHERE (\S+) = %s")

_GONE = ("57P01", "57P02", "57P03", "08000", "08001", "08003", "08004", "08006")
_BUSY = ("55P03", "40P01", "40001", "57014")
_DAMAGED = ("42P01", "42703", "42883", "23505", "23502", "XX001", "XX002", "22P02", "3F000")


def driver() -> ModuleType:
    """psycopg2; MissingLibraryError where this QGIS has none."""
    try:
        import psycopg2
        import psycopg2.extensions  # noqa: F401 - used through the package
    except ImportError as error:
        raise MissingLibraryError("A register on a server needs the Python library psycopg2, which this QGIS does not have.",
                                  "QGIS for Windows brings it. Elsewhere install python3-psycopg2, or run: python -m pip install "
                                  "psycopg2-binary; then start QGIS anew.") from error
    return psycopg2


@lru_cache(maxsize=2048)
def in_dialect(sql: str) -> str:
    """A statement of the shared parts with its capital names quoted; they are our own constants."""
    return _NAME.sub(lambda found: f'"{found.group(1)}"' if found.group(1) in _CAPITALS else found.group(1), sql)


def plain_value(value: Any) -> Any:
    """A value as PostgreSQL takes it for the column that SQLite would put it into: no NaN, no truth values, nothing of numpy's."""
    kind = type(value)
    if kind is str or kind is int or value is None:
        return value
    if kind is float:
        return None if value != value else value
    if isinstance(value, bool):
        return int(value)
    if hasattr(value, "item") and not isinstance(value, (bytes, memoryview)):
        return plain_value(value.item())
    return value


# --- what went wrong ------------------------------------------------------------------------------------------------------


def words_of(error: Exception) -> str:
    """What a server or the library said, on one line; a Chinese Windows server says it in GBK before it knows our encoding."""
    if isinstance(error, UnicodeDecodeError):
        return error.object.decode("gb18030", "replace").strip()
    return " ".join(str(error).split())


def told(error: Exception, place: str) -> LandInspectorError:
    """What an error of the server means to the user of the register at ``place``; the server's own words are kept as the reason."""
    code, said = getattr(error, "pgcode", None) or "", words_of(error)
    if code in _GONE or isinstance(error, driver().InterfaceError) or (isinstance(error, driver().OperationalError) and not code):
        return lost(place, said)
    if code in _BUSY:
        return BusyError("Another program is writing to {path}.", "Wait a moment and try again.", path=place)
    if code.startswith("53"):
        return FullError("The disk of the server that holds {path} is full, or the server has no room left: {reason}. Nothing of this was "
                         "recorded.", "Tell whoever looks after the server, then do it again.", path=place, reason=said)
    if code == "42501":
        return RefusedError("Your login may not do this in {path}: {reason}.", "Ask the administrator of the register for the role that "
                            "you need (reader, reviewer, second reviewer, case officer, administrator).", path=place, reason=said)
    if code == "25006":
        return ReadOnlyError("{path} may only be read: the server is a copy, or is set to be read only. Nothing of this was recorded.",
                             "Ask the administrator for the address of the server that is written to.", path=place)
    if code == "P0001":
        return RefusedError("{path} refuses this: {reason}.", "Ask the administrator of the register.", path=place,
                            reason=said.partition(" CONTEXT:")[0])
    if code in _DAMAGED:
        return DamagedError("{path} is damaged, or not as a register is made: {reason}.",
                            "Do not work with it before you know why; restore the last good copy (“Restore a register”).",
                            path=place, reason=said)
    return InputError("{path} could not take this: {reason}.", "Nothing of it was recorded. Tell whoever looks after the server.",
                      path=place, reason=said)


def _is_gone(error: Exception) -> bool:
    """Whether the connection is no more, or is about to be."""
    code = getattr(error, "pgcode", None) or ""
    return code in _GONE or (not code and isinstance(error, (driver().OperationalError, driver().InterfaceError)))


def lost(place: str, said: str) -> GoneError:
    """The server is no longer there, or not yet."""
    return GoneError("The connection to {path} is lost: {reason}. Nothing half done was recorded.",
                     "Work can go on as soon as the server can be reached again; then do it once more.", path=place, reason=said)


def not_connected(error: Exception, place: str) -> LandInspectorError:
    """Why no connection came about; libpq says it in words alone."""
    said = words_of(error)

    def holds(*words: str) -> bool:
        return any(word in said for word in words)

    if holds("password authentication failed", "no password supplied", "fe_sendauth", "密码认证"):
        return InputError("{path} does not let you in: {reason}.",
                          "Check name and password. They are taken from an authentication configuration of QGIS (authcfg=… in the "
                          "address), from the file .pgpass or from the environment; the plugin keeps none itself.", path=place, reason=said)
    if holds("pg_hba.conf"):
        return InputError("{path} does not let this computer in: {reason}.", "Ask whoever looks after the server for access from this "
                          "computer.", path=place, reason=said)
    if holds("definition of service", "service file"):
        return InputError("The service of {path} is not known here: {reason}.",
                          "Enter it in the file pg_service.conf (PGSERVICEFILE), then start QGIS anew.", path=place, reason=said)
    if holds("does not exist", "不存在"):
        return InputError("{path} is not there: {reason}.", "Check the names of server, database and user in the address.", path=place,
                          reason=said)
    return GoneError("The server of {path} cannot be reached: {reason}.",
                     "See that the network and the server are up, and that the address is right.", path=place, reason=said)


# --- connections ------------------------------------------------------------------------------------------------------------


class _Broken(Exception):
    """The connection was lost; in the server's or the library's own words."""


class _Slow(_Broken):
    """It was given up: the server did not answer soon enough for whoever asked."""


class _Pool:
    """Connections that somebody is done with, by what they were made of: connecting anew takes five ways there and back."""

    def __init__(self) -> None:
        self._lock, self._idle = threading.Lock(), {}  # type: ignore[var-annotated]

    def take(self, key: str) -> Optional[Any]:
        """One that waits and is not too old."""
        with self._lock:
            waiting: List[Tuple[float, Any]] = self._idle.get(key, [])
            while waiting:
                since, connection = waiting.pop()
                if not connection.closed and time.monotonic() - since < _KEPT_S:
                    return connection
                connection.close()
        return None

    def give_back(self, key: str, connection: Any) -> None:
        """Keep it for the next, or close it where enough wait. Those that nobody took for long are closed, of other registers too."""
        with self._lock:
            for kept in self._idle.values():
                while kept and time.monotonic() - kept[0][0] > _KEPT_S:
                    kept.pop(0)[1].close()
            waiting = self._idle.setdefault(key, [])
            if len(waiting) < _KEPT and not connection.closed:
                waiting.append((time.monotonic(), connection))
                return
        connection.close()

    def empty(self) -> None:
        """Close all that wait."""
        with self._lock:
            idle, self._idle = self._idle, {}
        for _since, connection in [one for waiting in idle.values() for one in waiting]:
            connection.close()


POOL = _Pool()


def _settle(connection: Any, until: Optional[float]) -> None:
    """Wait until a connection has done what it was asked. Raises the driver's errors, and :class:`_Slow` after ``until``."""
    extensions = driver().extensions
    while True:
        state = connection.poll()
        if state == extensions.POLL_OK:
            return
        left = None if until is None else until - time.monotonic()
        if (left is not None and left <= 0) or not _is_ready(connection.fileno(), state == extensions.POLL_READ, left):
            raise _Slow("it did not answer in time")


def _is_ready(number: int, reads: bool, seconds: Optional[float]) -> bool:
    """Whether a socket can be read from (or written to) within so many seconds."""
    if not hasattr(select, "poll"):  # Windows
        ready = select.select([number] if reads else [], [] if reads else [number], [], seconds)
        return bool(ready[0] or ready[1])
    waiting = select.poll()
    waiting.register(number, select.POLLIN if reads else select.POLLOUT)
    return bool(waiting.poll(None if seconds is None else 1000.0 * seconds))


def connect(parameters: Mapping[str, Any], place: str, until: Optional[float] = None) -> Any:
    """A new connection, each statement a transaction of its own. Raises InputError or GoneError; no password is ever part of a message.

    It is asked without waiting for it (libpq's asynchronous way), so that whoever may not wait long can give up at ``until``
    (monotonic)."""
    psycopg2 = driver()
    patient = time.monotonic() + _CONNECT_S * (1 + str(parameters.get("host", "")).count(","))
    told_libpq = {**_PATIENCE, **(_USER_TIMEOUT if psycopg2.__libpq_version__ >= 120_000 else {})}
    connection = None
    try:
        connection = psycopg2.connect(**{**told_libpq, "application_name": "Land Inspector", **parameters, "client_encoding": "UTF8"},
                                      async_=True)
        _settle(connection, patient if until is None else min(patient, until))
    except (psycopg2.Error, UnicodeDecodeError, _Slow) as error:
        if connection is not None:
            connection.close()
        raise not_connected(error, place) from None  # the cause may hold what was sent
    ext = psycopg2.extensions
    ext.register_type(ext.new_type((17,), "BYTES", lambda value, cursor: None if value is None else bytes(psycopg2.BINARY(value, cursor))),
                      connection)
    return connection


class Ear:
    """A connection of its own that hears when somebody has written to one schema. It asks nothing, so it never keeps anybody waiting."""

    def __init__(self, parameters: Mapping[str, Any], place: str, channel: str, schema: str):
        self._place, self._schema = place, schema
        self._connection = connect(parameters, place)
        asking = self._connection.cursor()
        try:
            asking.execute(f'LISTEN "{channel}"')
            _settle(self._connection, time.monotonic() + _CONNECT_S)
        except (driver().Error, _Slow) as error:
            self._connection.close()
            raise lost(place, words_of(error)) from None

    def fileno(self) -> int:
        """The socket, for whoever waits at several."""
        return int(self._connection.fileno())

    def heard(self) -> bool:
        """Whether anybody wrote since this was asked last; never waits. GoneError where the server is gone."""
        try:
            self._connection.poll()
        except driver().Error as error:
            raise lost(self._place, words_of(error)) from None
        told = {notice.payload for notice in self._connection.notifies}
        self._connection.notifies.clear()
        return self._schema in told

    def close(self) -> None:
        """Hear no more."""
        self._connection.close()


class PgDatabase(Database):
    """PostgreSQL's side of :class:`.sql.Database`: one connection, made when it is first needed and made anew when it was lost.

    ``trips`` counts the ways to the server and back. ``parameters`` are libpq's; ``prepare`` is sent with a fresh connection.
    ``answer_within_s`` is how long one answer is waited for (None: as long as it takes): whoever draws a window must not stand still. What
    has not been answered by then is broken off, and nothing of it is recorded."""

    MARK = "%s"
    MOST_VALUES = 20_000
    #: Ways to all servers and back since the program began.
    all_trips = 0

    def __init__(self, parameters: Callable[[], Mapping[str, Any]], key: str, place: str, prepare: str,
                 answer_within_s: Optional[float] = None):
        self._parameters, self._key, self.place, self._prepare = parameters, key, place, prepare
        self._answer_within_s, self._tired_until = answer_within_s, 0.0
        self._connection: Optional[Any] = None
        self._pending: List[bytes] = []
        self._pending_bytes = 0
        self.in_transaction = self._has_written = False
        self.trips = 0
        self._memo: Optional[Dict[Tuple[str, Tuple[Any, ...]], List[Row]]] = None

    # --- the connection -----------------------------------------------------------------------------------------------------

    def _cursor(self) -> Any:
        if self._connection is None or self._connection.closed:
            if self.in_transaction:
                self._drop()
                raise lost(self.place, "the transaction was broken off")
            self._connection = POOL.take(self._key)
            if self._connection is None:
                self._connection = connect(self._parameters(), self.place, self._until())
                self._prepared()
        return self._connection.cursor()

    def _until(self) -> Optional[float]:
        """The moment (monotonic) until which an answer is waited for; one that was too slow just now is asked no more than in passing."""
        if self._answer_within_s is None:
            return None
        now = time.monotonic()
        return now + (_IN_PASSING_S if now < self._tired_until else self._answer_within_s)

    def _prepared(self) -> None:
        try:
            self._send(self._connection.cursor(), self._prepare.encode("utf-8"))  # type: ignore[union-attr]
        except _Broken as broken:
            self._drop()
            raise lost(self.place, str(broken)) from None

    def _drop(self) -> None:
        """The connection is of no use any more; what waited to be written is forgotten."""
        connection, self._connection = self._connection, None
        self._forget_pending()
        self.in_transaction = False
        if connection is not None:
            connection.close()

    def close(self) -> None:
        """Let the next have the connection."""
        if self.in_transaction:
            self.rollback()
        if self._connection is not None:
            POOL.give_back(self._key, self._connection)
            self._connection = None

    def _send(self, cursor: Any, statement: bytes) -> None:
        """One way there and back. Raises what the server's error means, or :class:`_Broken` where the connection is no more."""
        self.trips += 1
        PgDatabase.all_trips += 1
        try:
            cursor.execute(statement)
            _settle(cursor.connection, self._until())
        except _Slow:
            self._tired_until = time.monotonic() + _TIRED_S
            raise
        except (driver().Error, UnicodeDecodeError) as error:
            if self._connection is None or self._connection.closed or _is_gone(error):
                raise _Broken(words_of(error)) from None
            raise told(error, self.place) from error

    def _asked(self, sql: Union[str, bytes], values: Values) -> Any:
        """A cursor with the answer; what waited goes along. A connection that was lost while nothing was begun is made anew, once."""
        for attempt in (1, 2):
            cursor = self._cursor()
            statement, was_in_transaction = self._text(cursor, sql, values), self.in_transaction
            try:
                self._send(cursor, b"".join(self._pending) + statement)
                self._forget_pending()
                return cursor
            except _Broken as broken:
                self._drop()
                if was_in_transaction or attempt == 2 or isinstance(broken, _Slow):
                    raise lost(self.place, str(broken)) from None
        raise AssertionError("unreachable")

    def _text(self, cursor: Any, sql: Union[str, bytes], values: Values) -> bytes:
        if isinstance(sql, bytes):
            return sql
        text = in_dialect(sql)
        try:
            return cursor.mogrify(text, [plain_value(value) for value in values]) if values else text.encode("utf-8")
        except ValueError as error:  # a zero byte, half a character
            raise InputError("{path} could not take this: {reason}.", "Take that character out of the text.", path=self.place,
                             reason=str(error)) from error

    # --- questions ----------------------------------------------------------------------------------------------------------

    @contextmanager
    def remembering(self, asked: Sequence[Tuple[str, Values]]) -> Iterator[None]:
        """Answers that are asked for again in this block, until something is written, are those of its beginning: those ``asked`` come at
        once, together. Fractions must not be among their columns (see :meth:`together`)."""
        if self._memo is not None or self.in_transaction:
            yield
            return
        self._memo = {}
        try:
            for (sql, values), rows in zip(asked, self.together(asked)):
                self._memo[sql, tuple(values)] = [tuple(row) for row in rows]
            yield
        finally:
            self._memo = None

    def rows(self, sql: str, values: Values = ()) -> Iterable[Row]:
        if self._memo is not None and not self.in_transaction:
            known = self._memo.get((sql, tuple(values)))
            if known is not None:
                return known
        return self._asked(sql, values).fetchall()

    def table(self, sql: str, values: Values = ()) -> Tuple[List[Row], List[str]]:
        cursor = self._asked(sql, values)
        return cursor.fetchall(), [column.name for column in cursor.description]

    def together(self, asked: Sequence[Tuple[str, Values]]) -> List[List[List[Any]]]:
        """The answers to several SELECTs with one way there and back. Whole numbers and fractions come as JSON tells them apart, so a
        fraction without decimals is whole; columns must have names of their own."""
        sql, values = joined(asked)
        return separated(self.rows(sql, values), len(asked))

    @contextmanager
    def streamed(self, sql: str, at_once: int = 2000) -> Iterator[Iterator[Row]]:
        """The rows of a long SELECT inside a transaction, so many at a time."""
        self._asked(f"DECLARE li_stream NO SCROLL CURSOR FOR {sql}", ())
        yield self._fetched(at_once)
        self._asked("CLOSE li_stream", ())

    def _fetched(self, at_once: int) -> Iterator[Row]:
        rows = self._asked(f"FETCH {at_once:d} FROM li_stream", ()).fetchall()
        while rows:
            yield from rows
            rows = self._asked(f"FETCH {at_once:d} FROM li_stream", ()).fetchall()

    # --- writing ------------------------------------------------------------------------------------------------------------

    def run(self, sql: str, values: Values = ()) -> None:
        if not self.in_transaction:
            self._asked(sql, values)
            return
        self._wait(self._text(self._cursor(), sql, values) + b";\n")

    def many(self, sql: str, rows: Iterable[Values]) -> None:
        text = in_dialect(sql)
        if _ONE_KEY.fullmatch(text):
            self.many_as(text[:-len("= %s")] + "IN (", "%s", rows, ")")
            return
        head, _values, rest = text.partition("VALUES (")
        inside, _close, tail = rest.partition(")")
        self.many_as(head + "VALUES ", f"({inside})", rows, tail)

    def many_as(self, head: str, one_row: str, rows: Iterable[Values], tail: str = "") -> None:
        """Statements of many rows each: ``head``, the rows as ``one_row`` says, ``tail``."""
        cursor, part = self._cursor(), []
        for row in rows:
            part.append(self._text(cursor, one_row, row))
            if len(part) == _ROWS:
                self._write(in_dialect(head), part, tail)
                part = []
        if part:
            self._write(in_dialect(head), part, tail)

    def _write(self, head: str, part: Sequence[bytes], tail: str) -> None:
        statement = head.encode("utf-8") + b",".join(part) + tail.encode("utf-8") + b";\n"
        if self.in_transaction:
            self._wait(statement)
        else:
            self._asked(statement, ())

    def _wait(self, statement: bytes) -> None:
        self._has_written = True
        self._pending.append(statement)
        self._pending_bytes += len(statement)
        if self._pending_bytes > _BYTES:
            self.flush()

    @property
    def has_written(self) -> bool:
        """Whether anything was written since the transaction began."""
        return self._has_written

    def flush(self) -> None:
        """Send what waits to be written."""
        if self._pending:
            self._asked("SELECT 1", ())

    def _forget_pending(self) -> None:
        self._pending, self._pending_bytes = [], 0

    def any_bytes(self, wanted: bool) -> ContextManager[None]:
        return nullcontext()  # the server keeps no text that is none

    # --- transactions -------------------------------------------------------------------------------------------------------

    def begin(self, first: str, values: Values = ()) -> Sequence[Row]:
        """Begin to write with a first question; its rows. Raises BusyError after the patience that ``first`` sets."""
        self._memo = None if self._memo is None else {}
        try:
            rows = self._asked("BEGIN; " + first, values).fetchall()
        except BaseException:
            self.rollback()
            raise
        self.in_transaction, self._has_written = True, False
        return list(rows)

    def commit(self, was_kept: Optional[Tuple[str, Values]] = None) -> None:
        """All that was written is kept, or the reason why nothing is is raised. Where the answer to the COMMIT is lost, ``was_kept`` (a
        SELECT that has a row if it was) is asked on a new connection."""
        try:
            self._send(self._cursor(), b"".join(self._pending) + b"COMMIT")
        except _Broken as broken:
            self._drop()
            if not (was_kept and self._found_again(was_kept)):
                raise lost(self.place, str(broken)) from None
        self._forget_pending()
        self.in_transaction = False

    @contextmanager
    def part(self) -> Iterator[None]:
        """A part of a transaction, taken back alone where the block raises."""
        self._asked("SAVEPOINT part", ())
        try:
            yield
        except BaseException:
            self._forget_pending()
            if self.in_transaction:
                try:
                    self._send(self._cursor(), b"ROLLBACK TO SAVEPOINT part; RELEASE SAVEPOINT part")
                except _Broken:
                    self._drop()
            raise
        self.run("RELEASE SAVEPOINT part")

    def _found_again(self, was_kept: Tuple[str, Values]) -> bool:
        try:
            return self.one(*was_kept) is not None
        except LandInspectorError as error:
            raise GoneError("The connection to {path} was lost while this was being recorded; whether it was kept is not known yet.",
                            "When the server can be reached again, look at it before you do it once more.", path=self.place) from error

    def rollback(self) -> None:
        """Nothing of what was written stays."""
        self._forget_pending()
        self.in_transaction = False
        if self._connection is None or self._connection.closed:
            return
        try:
            if self._connection.info.transaction_status:
                self._send(self._connection.cursor(), b"ROLLBACK")
        except (_Broken, LandInspectorError):
            self._drop()

    @contextmanager
    def stoppable(self, progress: Progress) -> Iterator[None]:
        """Questions in this block end with Cancelled soon after ``progress`` is cancelled: the server is told so from beside."""
        done, connection = threading.Event(), self._cursor().connection

        def watch() -> None:
            while not done.wait(_LOOK_S):
                if progress.is_cancelled():
                    try:
                        connection.cancel()
                    except driver().Error:
                        return

        watching = threading.Thread(target=watch, name="land_inspector_cancel", daemon=True)
        watching.start()
        try:
            yield
        except BusyError as error:
            if progress.is_cancelled():
                raise Cancelled() from error
            raise
        finally:
            done.set()
            watching.join()


def joined(asked: Sequence[Tuple[str, Values]]) -> Tuple[str, List[Any]]:
    """One SELECT for several; see :func:`separated`."""
    parts = [f"SELECT {n} AS n, to_json(q)::text AS row FROM ({sql}) q" for n, (sql, _values) in enumerate(asked)]  # nosec B608
    return " UNION ALL ".join(parts), [value for _sql, values in asked for value in values]


def separated(rows: Iterable[Row], count: int) -> List[List[List[Any]]]:
    """The answers to each of the SELECTs that were joined."""
    answers: List[List[List[Any]]] = [[] for _one in range(count)]
    for n, text in rows:
        answers[n].append(json.loads(text, object_pairs_hook=_values_alone))
    return answers


def _values_alone(pairs: List[Tuple[str, Any]]) -> List[Any]:
    return [value for _name, value in pairs]
