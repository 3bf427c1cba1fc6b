"""Write China's statutory holidays from the library `chinesecalendar` into the plugin's own data.

Offices without the internet cannot install one more library, so the plugin reads this table and only those
who build the plugin need the library. Run it again when a new year's arrangement has been announced:
``python tools/export_holidays.py`` after ``pip install --upgrade chinesecalendar``.
"""
from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import List, Tuple

from chinese_calendar import constants

TARGET = Path(__file__).parents[1] / "land_inspector" / "law" / "data" / "holidays.csv"
COLUMNS = ("date", "kind", "zh", "en")


def holiday_rows() -> List[Tuple[str, str, str, str]]:
    """One row a day that differs from the plain week: ``holiday`` (off) or ``workday`` (a weekend day worked)."""
    chinese = {holiday.value: holiday.chinese for holiday in constants.Holiday}
    days = [(day, "holiday", name) for day, name in constants.holidays.items()]
    days += [(day, "workday", name) for day, name in constants.workdays.items()]
    return [(day.isoformat(), kind, chinese[name], name) for day, kind, name in sorted(days)]


def holiday_table() -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(holiday_rows())
    return text.getvalue()


if __name__ == "__main__":
    TARGET.write_text(holiday_table(), encoding="utf-8")
