"""What differs between QGIS 3.22 … 4.x, and between Python's values and those of QGIS's attributes."""
from __future__ import annotations

from datetime import date, datetime, time, timezone
from typing import Any

from qgis.core import Qgis, QgsField
from qgis.PyQt.QtCore import QByteArray, QDate, QDateTime, QMetaType, Qt, QTime, QVariant

from .values import Plain, plain, storable

# kind → name in QMetaType (QGIS 3.38 and newer), name in QVariant (before)
_FIELD_TYPES = {
    "text": ("QString", "String"),
    "integer": ("LongLong", "LongLong"),
    "real": ("Double", "Double"),
    "boolean": ("Bool", "Bool"),
    "date": ("QDate", "Date"),
    "datetime": ("QDateTime", "DateTime"),
    "time": ("QTime", "Time"),
    "binary": ("QByteArray", "ByteArray"),
}
_QMETATYPE_SINCE = 33800


def make_field(name: str, kind: str, length: int = 0, alias: str = "") -> QgsField:
    """A field of ``kind`` text, integer (64 bit), real, boolean, date, datetime, time or binary; length 0 is unlimited."""
    new_name, old_name = _FIELD_TYPES[kind]
    if Qgis.QGIS_VERSION_INT >= _QMETATYPE_SINCE:
        field_type = getattr(QMetaType.Type, new_name)
    else:
        field_type = getattr(QVariant, old_name)
    field = QgsField(name, field_type, len=length)
    field.setAlias(alias)
    return field


def to_qgis_value(value: Any) -> Any:
    """The form of any Python, numpy or pandas value that every provider of QGIS 3.22 takes; absence is None.

    Halves of characters and control characters leave a text. A datetime with a UTC offset becomes one in UTC, a naive one
    stays local. Raises TypeError as ``values.plain`` does,
    and for bytes that begin with NUL: 3.22 writes NULL for them and reports success.
    """
    known = plain(value)
    if isinstance(known, datetime):
        return _to_qdatetime(known)
    if isinstance(known, date):
        return QDate(known.year, known.month, known.day)
    if isinstance(known, time):
        return _to_qtime(known)
    if isinstance(known, bytes):
        if known.startswith(b"\0"):
            raise TypeError("bytes that begin with NUL cannot be an attribute's value")
        return QByteArray(known)
    return storable(known) if isinstance(known, str) else known


def _to_qdatetime(value: datetime) -> QDateTime:
    spec = Qt.TimeSpec.LocalTime
    if value.tzinfo is not None:
        value, spec = value.astimezone(timezone.utc), Qt.TimeSpec.UTC
    return QDateTime(QDate(value.year, value.month, value.day), _to_qtime(value.time()), spec)


def _to_qtime(value: time) -> QTime:
    return QTime(value.hour, value.minute, value.second, value.microsecond // 1000)


def from_qgis_value(value: Any) -> Plain:
    """An attribute as a plain Python value; every kind of NULL is None. A time in UTC or with an offset keeps it."""
    if isinstance(value, QVariant):
        value = None if value.isNull() else value.value()
    if isinstance(value, (QDate, QDateTime, QTime)):
        return _from_qt_time(value) if value.isValid() else None
    if isinstance(value, QByteArray):
        return None if value.isNull() else bytes(value.data())
    return plain(value)


def _from_qt_time(value: Any) -> Plain:
    if isinstance(value, QDate):
        return value.toPyDate()
    if isinstance(value, QTime):
        return value.toPyTime()
    if value.timeSpec() == Qt.TimeSpec.LocalTime:
        return value.toPyDateTime()
    return value.toUTC().toPyDateTime().replace(tzinfo=timezone.utc)
