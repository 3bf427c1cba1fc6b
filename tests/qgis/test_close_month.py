"""The month's end: what stands in the way is told and nothing happens; then all is frozen and given out, with digests."""
from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from qgis.core import QgsProcessingException

from land_inspector.register.register import Register
from tests.algorithms import a_batch, run


@pytest.fixture
def register(tmp_path):
    path = a_batch(tmp_path, 3)
    (tmp_path / "v.csv").write_text("JCBH,PDJL1,PDJL2\nT001,1,101\nT002,3,301\n", encoding="utf-8")
    run("give_verdicts", REGISTER=path, BATCH="B1", TABLE=tmp_path / "v.csv", EFFECTIVE_ON="2026-05-20")
    return path


def frozen(register):
    with Register.open(register) as opened:
        return bool(opened.batch("B1").DJ)


def test_what_stands_in_the_way_is_listed_and_nothing_is_frozen_or_written(register, tmp_path):
    found = run("close_month", REGISTER=register, BATCH="B1", FOLDER=tmp_path / "out", DAY="2026-06-01", REPORT=tmp_path / "r.html")
    assert found["CLOSED"] == 0 and found["BLOCKING"] == 1 and found["FILES"] == 0 and not frozen(register)
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())
    assert "T003" in (tmp_path / "r.html").read_text(encoding="utf-8")


def test_in_spite_of_it_all_is_frozen_and_given_out_with_digests(register, tmp_path):
    found = run("close_month", REGISTER=register, BATCH="B1", FOLDER=tmp_path / "out", DAY="2026-06-01", IN_SPITE=True, BY="甲")
    place = Path(found["PLACE"])
    assert found["CLOSED"] == 1 and frozen(register) and found["GROUP"] and place.name == "B1_2026-06-01"
    names = {path.name for path in place.iterdir()}
    assert {"townships.gpkg", "townships.xlsx", "townships.qgz", "month.xlsx", "patches.shp", "contents.html", "sha256.txt"} <= names
    assert found["FILES"] == len(names)
    for line in (place / "sha256.txt").read_text(encoding="utf-8").splitlines():
        digest, name = line.split("  ", 1)
        assert hashlib.sha256((place / name).read_bytes()).hexdigest() == digest
    with pytest.raises(QgsProcessingException, match="exists already"):
        run("close_month", REGISTER=register, BATCH="B1", FOLDER=tmp_path / "out", DAY="2026-06-01", IN_SPITE=True)


def test_after_the_day_of_clearing_what_has_not_passed_the_county_stands_in_the_way(register, tmp_path):
    found = run("close_month", REGISTER=register, BATCH="B1", FOLDER=tmp_path / "out", DAY="2027-01-01")
    assert found["BLOCKING"] == 3 and found["CLOSED"] == 0


def test_exports_that_nobody_knows_are_named(register, tmp_path):
    with pytest.raises(QgsProcessingException, match="cake is no export; there are layers, workbook, patches"):
        run("close_month", REGISTER=register, BATCH="B1", FOLDER=tmp_path / "out", EXPORTS="layers, cake")
