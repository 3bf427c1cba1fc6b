"""Tracks as text: tables with a longitude and a latitude, and NMEA 0183 sentences.

Times of a table that do not name a zone are Beijing's; NMEA is UTC, its date stands in RMC sentences alone.
"""
from __future__ import annotations

import csv
import re
from typing import Dict, List, Optional, Sequence

from ...errors import InputError
from .shifts import BD09, GCJ02
from .track_file import Collector

_COLUMNS: Dict[str, Sequence[str]] = {
    "lon": ("lon", "lng", "long", "longitude", "经度", "x", "东经"),
    "lat": ("lat", "latitude", "纬度", "y", "北纬"),
    "time": ("time", "datetime", "timestamp", "date_time", "时间", "定位时间", "采集时间", "gpstime", "utc", "日期时间", "created_at"),
    "date": ("date", "日期"),
    "clock": ("clock", "时刻", "time of day"),
    "track": ("track", "segment", "trackid", "track_id", "轨迹", "轨迹编号", "线段"),
    "name": ("name", "名称", "标注"),
}
#: Names of a column that says when a point was.
TIME_NAMES = tuple(_COLUMNS["time"])
_EPOCH = re.compile(r"\d{10}(?:\.\d+)?|\d{13}")
#: How 奥维 marks the datum of a row.
_MARKS = {"g": GCJ02, "b": BD09}


def is_nmea(text: str) -> bool:
    """Whether a text is made of NMEA sentences."""
    return bool(re.search(r"^\s*\$[A-Z]{2}(RMC|GGA|GLL|GSA|GSV|VTG),", text, re.MULTILINE))


def read_table(text: str, file: str, into: Collector) -> None:
    """Rows with a head. InputError where no column is a longitude or a latitude."""
    lines = text.splitlines()
    separator = _separator(lines)
    rows = list(csv.reader(lines, delimiter=separator, skipinitialspace=True)) if separator.strip() or separator == "\t" else [
        line.split() for line in lines]
    head = next((number for number, row in enumerate(rows[:20]) if _columns(row).keys() >= {"lon", "lat"}), None)
    if head is None:
        raise InputError("{file} has no columns of longitude and latitude.", "Name them lon and lat, or 经度 and 纬度.", file=file)
    columns, last = _columns(rows[head]), None
    into.zoneless_is_local = True
    for line, row in enumerate(rows[head + 1:], head + 2):
        if not any(cell.strip() for cell in row):
            continue
        if len(row) <= max(columns["lon"], columns["lat"]):
            into.note("row", line, separator.join(row))
            continue
        mark = next((_MARKS[cell.strip()] for cell in row if cell.strip() in _MARKS), None)
        into.datum = mark or into.datum
        track = row[columns["track"]] if "track" in columns and columns["track"] < len(row) else None
        if track != last:
            into.end_if_begun(line)
            last = track
        into.point(row[columns["lon"]], row[columns["lat"]], _moment(row, columns), line)
    into.end_if_begun(len(rows))


def _separator(lines: Sequence[str]) -> str:
    sample = "\n".join(lines[:20])
    return max(",;\t|", key=sample.count) if any(mark in sample for mark in ",;\t|") else " "


def _columns(row: Sequence[str]) -> Dict[str, int]:
    heads = [re.sub(r"[（(\[].*", "", cell).strip().lower().lstrip("\ufeff") for cell in row]
    return {key: heads.index(name) for key, names in _COLUMNS.items() for name in [next((n for n in names if n in heads), None)] if name}


def _moment(row: Sequence[str], columns: Dict[str, int]) -> object:
    def cell(key: str) -> str:
        return row[columns[key]].strip() if key in columns and columns[key] < len(row) else ""

    text = cell("time")
    if _EPOCH.fullmatch(text):
        return float(text) / (1000.0 if len(text) == 13 else 1.0)
    clock = cell("clock") or text
    if cell("date") and re.fullmatch(r"\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?", clock):
        return f"{cell('date')} {clock}"
    return text or cell("date") or None


def read_nmea(text: str, into: Collector) -> None:
    """RMC sentences are points; GGA and GLL are where no RMC speaks of the same second, on the day that the last RMC named."""
    day, last_second = None, None
    for line, sentence in enumerate(text.splitlines(), 1):
        fields = _sentence(sentence.strip(), line, into)
        kind = fields[0][2:] if fields else ""
        if kind == "RMC" and len(fields) > 9:
            day = _nmea_day(fields[9])
            if fields[2] == "A":
                last_second = fields[1][:6]
                into.point(_degrees(fields[5], fields[6]), _degrees(fields[3], fields[4]), _nmea_time(day, fields[1]), line)
        elif kind == "GGA" and len(fields) > 6 and fields[6] not in ("", "0") and fields[1][:6] != last_second:
            last_second = fields[1][:6]
            into.point(_degrees(fields[4], fields[5]), _degrees(fields[2], fields[3]), _nmea_time(day, fields[1]), line)
    into.end_if_begun(0)


def _sentence(text: str, line: int, into: Collector) -> List[str]:
    if not text.startswith("$"):
        if text:
            into.note("row", line, text)
        return []
    body, star, said = text[1:].partition("*")
    if star:
        reckoned = 0
        for character in body:
            reckoned ^= ord(character)
        if said[:2].upper() != f"{reckoned & 0xFF:02X}":
            into.note("checksum", line)
            return []
    return body.split(",")


def _degrees(text: str, side: str) -> Optional[float]:
    """``ddmm.mmmm`` and a side as degrees."""
    found = re.fullmatch(r"(\d{1,3})(\d{2}(?:\.\d+)?)", text)
    if not found:
        return None
    degrees = int(found.group(1)) + float(found.group(2)) / 60.0
    return -degrees if side in ("S", "W") else degrees


def _nmea_day(text: str) -> Optional[str]:
    found = re.fullmatch(r"(\d{2})(\d{2})(\d{2})", text)
    if not found:
        return None
    day, month, year = (int(part) for part in found.groups())
    return f"{1900 + year if year >= 80 else 2000 + year:04d}-{month:02d}-{day:02d}"


def _nmea_time(day: Optional[str], text: str) -> Optional[str]:
    found = re.fullmatch(r"(\d{2})(\d{2})(\d{2})(\.\d+)?", text)
    if day is None or not found:
        return None
    hour, minute, second, fraction = found.groups()
    return f"{day}T{hour}:{minute}:{second}{fraction or ''}Z"
