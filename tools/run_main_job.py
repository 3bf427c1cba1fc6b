"""``make run``: the whole main job, headless, on both data sets, with progress; prints the township table and where to look.

``python tools/run_main_job.py [FOLDER] [--language zh|en] [--demo DIR] [--register postgres|ADDRESS]``

With ``--register postgres`` the demonstration county lies on a server that is started for it and thrown away at the end; a verified
copy in a file stays in the folder, and the project opens that.
"""
from __future__ import annotations

import argparse
import os
import sys
import unicodedata
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator, List, Optional, Sequence, Tuple

ROOT = Path(__file__).resolve().parents[1]
THROWN_AWAY = "postgres"
QGIS_PLUGINS = Path("/usr/share/qgis/python/plugins")


def main(arguments: List[str]) -> int:
    parser = argparse.ArgumentParser(description="Run the whole main job on the demonstration county and on the real sample.")
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "build" / "run")
    parser.add_argument("--language", choices=("zh", "en"), default="zh", help="of reports, workbook and styles")
    parser.add_argument("--demo", type=Path, default=ROOT / "build" / "demo", help="the demonstration county; made if missing")
    parser.add_argument("--register", default="", help="postgres, or the address of a register on a server that is not there yet")
    chosen = parser.parse_args(arguments)
    folder, demo = chosen.folder.resolve(), chosen.demo.resolve()
    application = _start(chosen.language, folder)
    try:
        with _server(chosen.register) as place:
            _work(folder, demo, place, keeps_copy=chosen.register == THROWN_AWAY)
    finally:
        application.exitQgis()
    return 0


def _start(language: str, folder: Path):
    """QGIS without a window, in the language asked for, with settings of its own: the user's stay as they are."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ["LC_ALL"] = os.environ["LANG"] = {"zh": "zh_CN.UTF-8", "en": "en_US.UTF-8"}[language]
    os.environ["QGIS_CUSTOM_CONFIG_PATH"] = str(folder.parent / "profiles" / "headless")
    sys.stdout.reconfigure(encoding="utf-8", errors="replace", line_buffering=True)
    sys.path[:0] = [str(ROOT), str(QGIS_PLUGINS)]
    from qgis.core import QgsApplication

    application = QgsApplication([], False)
    application.initQgis()
    from tools.headless_plugin import provide

    provide()
    return application


@contextmanager
def _server(wanted: str) -> Iterator[Optional[str]]:
    """Where the register goes: None for the file in the folder."""
    if wanted != THROWN_AWAY:
        yield wanted or None
        return
    from tests.postgres_cluster import running

    with running() as cluster:
        yield cluster.address("demo_county")


def _work(folder: Path, demo: Path, place: Optional[str], keeps_copy: bool = False) -> None:
    from land_inspector.register.copying import copy_register
    from tools import main_job
    from tools.demo.making import make_county
    from tools.demo.plan import CountyPlan

    if not (demo / "SOURCE.txt").is_file():
        print("Making the synthetic demonstration county …")
        make_county(demo, CountyPlan(), True, lambda text: print(f"      {text}"))
    main_job.clear(folder)
    job = main_job.demo_county(folder, demo, place=place)
    if keeps_copy:
        copied = copy_register(place, folder / main_job.REGISTER)
        print(f"copy of the register in a file: {copied.events} events, {copied.attachments} attachments, seal {copied.seal}")
    project = main_job.write_project(folder, demo, None if keeps_copy else place)
    main_job.rondonia(folder / "rondonia")
    for name in (folder, folder / "rondonia"):
        print()
        _print_table(main_job.township_lines(name / "townships.xlsx"))
    print()
    year = next(answer for answer in job.counts if answer["algorithm"] == "county_paragraph")
    print(year["SCOPE"])
    _print_table(main_job.indicator_lines(folder / main_job.YEAR_INDICATORS))
    print(f"\n{year['SCOPE']}\n{year['TEXT']}")
    print()
    _print_table(main_job.patrol_lines(folder / main_job.PATROLS))
    print(_where_to_look(folder, project, _register_line(place, keeps_copy)))


def _print_table(rows: Sequence[Sequence[str]]) -> None:
    widths = [max(_width(row[at]) for row in rows) for at in range(len(rows[0]))]
    for row in rows:
        first, *rest = [" " * (width - _width(cell)) for cell, width in zip(row, widths)]
        print("  ".join([row[0] + first, *(space + cell for cell, space in zip(row[1:], rest))]))


def _width(text: str) -> int:
    """Columns on a screen: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _register_line(place: Optional[str], keeps_copy: bool) -> Tuple[str, str]:
    """Where the register is after the run."""
    from land_inspector.register.addresses import address_of

    if keeps_copy:
        return "register.gpkg", "a verified copy of the register, for the project: the server it lay on was this run's own and is gone"
    if place:
        return "on the server", f"the register: {address_of(place)}; the project opens it there"
    return "register.gpkg", "the register; its map layers open styled in any QGIS"


def _where_to_look(folder: Path, project: Path, register: Tuple[str, str]) -> str:
    lines = [
        register,
        ("townships.gpkg", "a styled layer for each township, and the summary"),
        ("townships.xlsx", "the township table, the patch list, the terms"),
        ("township_indicators.gpkg", "cases, remedies and ratios of each township, with numerators and denominators"),
        ("county_year.html", "the county's year in words"),
        ("patrol_table.gpkg", "patrols by station and month; tracks in patrol_tracks/, the plan in patrol_plan/"),
        ("field_package.zip", "a station's month for QField, with forms, targets and imagery"),
        ("board.html", "where each township stands, and two what-ifs side by side"),
        ("cheapest.html", "the cheapest way of every township under the line, with reasons"),
        ("month.xlsx", "the month's workbook: official tables, lists, ledgers, checks; edits come back"),
        ("ledgers.xlsx", "every ledger by township"),
        ("own_patches.html", "what two images show in one township: a list to look through, with what may spoil it"),
        ("rules.html", "what people made of each rule's proposals; back_test.html: another threshold over the same evidence"),
        ("judged_patches.shp", "judged parcels in the issued field names"),
        ("import_report.html", "what was found in the issued file"),
        ("register_backup.gpkg", "the verified copy"),
        ("photos/", "photos to drop onto the dock; all but the last six are in the register already"),
        ("rondonia/", "the same for the real patches"),
        (project.name, "the project; `make qgis` opens it"),
    ]
    return "\nResults in " + str(folder) + "\n" + "\n".join(f"  {name:22} {text}" for name, text in lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
