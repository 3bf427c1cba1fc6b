"""Damaged files of every kind: each reader ends in an answer whose rows add up, or in words for a user; never raw, never for long.

Each kind gets 500 damages from a seed of its own; LAND_INSPECTOR_FUZZ=2000 asks for more, LAND_INSPECTOR_FUZZ_SEED
for others. The readers run in this process: a crash would end the tests.
"""
from __future__ import annotations

import os
import random
import shutil
import time
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from tests.factories import info, judge, new_register, squares
from tests.mutations import LAYERS, TABLES, TRACKS, jpeg, mutated, mutated_package, png, redline

from land_inspector.errors import DamagedError, InputError, LandInspectorError, RefusedError
from land_inspector.evidence.layers import open_layer
from land_inspector.evidence.profile import open_all, read_profile
from land_inspector.exchange.courier import take_courier, write_courier
from land_inspector.exchange.formats.docx import Template
from land_inspector.exchange.intake.patches import take_in
from land_inspector.exchange.intake.townships import read_townships
from land_inspector.exchange.ledger_tables import read_ledger
from land_inspector.exchange.photo_files import read_photo
from land_inspector.exchange.redline import read_redline
from land_inspector.exchange.verdict_tables import read_verdicts
from land_inspector.exchange.tracks.reading import read_track
from land_inspector.progress import Progress
from land_inspector.register.issuing import issue_batch
from land_inspector.register.register import Register
from land_inspector.register.sealing import OriginBook
from land_inspector.register.verifying import verify

DAMAGES = int(os.environ.get("LAND_INSPECTOR_FUZZ", "500"))
SEED = os.environ.get("LAND_INSPECTOR_FUZZ_SEED", "20261130")
#: Seconds of this process that one damaged file may take.
MOST_SECONDS = 10.0
PAPERS = Path(__file__).resolve().parents[2] / "land_inspector" / "resources" / "papers"


def take(path):
    intake = take_in(str(path), target_crs="EPSG:4528", area_method="P")
    assert intake.rows == len(intake.patches) + len(intake.quarantined)
    assert all(np.isfinite(patch.area_m2) and patch.area_m2 > 0 for patch in intake.patches)


def measure(path):
    source = open_layer(str(path))
    box = source.extent()
    if len(box) == 4 and np.isfinite(box).all():
        found = source.near(np.array([box]), source.fields[:2])
        assert len(found) == len(found.geoms)


def townships(path):
    read_townships(str(path), code_field="XZQDM", name_field="JCBH")


def tables(path):
    entries = read_verdicts(str(path), "N").entries
    assert all(entry.label and entry.row is not None for entry in entries)


def ledger(path):
    assert all(row.row >= 0 for row in read_ledger(str(path)).rows)


def texts(path):
    result = read_redline(str(path), target_crs="EPSG:4528", area_method="P")
    assert all(parcel.area_m2 > 0 for parcel in result.parcels)


def profile(path):
    open_all(read_profile(path), Progress())


def damages(path: Path, name: str, count: int):
    """The content of ``path`` damaged again and again; parts beside the main file take their turn."""
    dice = random.Random(f"{name} {SEED}")
    parts = sorted(part for part in path.parent.iterdir() if part.is_file())
    contents = {part: part.read_bytes() for part in parts}
    for number in range(count):
        part = path if len(parts) == 1 or dice.random() < 0.5 else dice.choice(parts)
        packed = contents[part][:2] == b"PK" and dice.random() < 0.7
        _write_anew(part, mutated_package(contents[part], dice) if packed else mutated(contents[part], dice))
        yield number
        _write_anew(part, contents[part])


def _write_anew(path: Path, content: bytes):
    """As a new file: a file cut to nothing and written again goes to the disk each time (ext4), which takes longer than the reading."""
    path.unlink()
    path.write_bytes(content)


def hold(folder: Path, write, readers, name: str, count: int, kinds=InputError):
    folder.mkdir()
    path = write(folder)
    for inner in [one for one in folder.iterdir() if one.is_dir()]:
        for file in inner.iterdir():
            file.unlink()
        inner.rmdir()
    for reader in readers:
        reader(path)  # sound, it is read
    for number in damages(path, name, count):
        reader = readers[number % len(readers)]
        before = time.process_time()
        try:
            reader(path)
        except LandInspectorError as error:
            assert isinstance(error, kinds) and str(error.message).strip() and str(error.remedy).strip(), (name, number, error)
        except Exception as error:
            raise AssertionError(f"{name} {number}: {reader.__name__} ended in {type(error).__name__}: {error}") from error
        assert time.process_time() - before < MOST_SECONDS, (name, number)


@pytest.mark.parametrize("name", sorted(LAYERS))
def test_damaged_layers(tmp_path, name):
    readers = [take, measure, townships, take] if name != "dxf" else [measure]
    hold(tmp_path / "in", LAYERS[name], readers, name, DAMAGES)


@pytest.mark.parametrize("name", sorted(TABLES))
def test_damaged_tables(tmp_path, name):
    hold(tmp_path / "in", TABLES[name], [tables, ledger] if name == "xlsx" else [tables], name, DAMAGES)


@pytest.mark.parametrize("name, write", [("jpg", jpeg), ("png", png)])
def test_damaged_photos(tmp_path, name, write):
    hold(tmp_path / "in", write, [read_photo], name, DAMAGES)


def test_damaged_red_line_texts(tmp_path):
    hold(tmp_path / "in", redline, [texts], "txt", DAMAGES)


@pytest.mark.parametrize("name", sorted(TRACKS))
def test_damaged_tracks(tmp_path, name):
    hold(tmp_path / "in", TRACKS[name], [lambda path: read_track(path, date(2026, 11, 30))], name, DAMAGES)


def test_damaged_word_templates(tmp_path):
    def write(folder):
        return Path(shutil.copy(min(PAPERS.glob("*.docx")), folder / "a.docx"))

    hold(tmp_path / "in", write, [Template.read], "docx", DAMAGES // 5)


def test_damaged_files_between_copies(tmp_path):
    """What is taken is sound whatever was damaged: a dry run and a real one take turns."""
    with new_register(tmp_path) as register:
        issue_batch(register, info(), squares(3), by="甲")
    copy = shutil.copy(tmp_path / "register.gpkg", tmp_path / "copy.gpkg")
    with Register.open(tmp_path / "register.gpkg", origins=OriginBook()) as one, Register.open(copy, origins=OriginBook()) as other:
        since = one.storage.heads()
        judge(one, {"T001": "2"}, by="乙")

        def write(folder):
            write_courier(one, folder / "a.lic", since=since)
            return folder / "a.lic"

        def look(path):
            take_courier(other, path, dry_run=True)

        def taken(path):
            take_courier(other, path)

        hold(tmp_path / "in", write, [look, taken], "lic", DAMAGES // 5, (InputError, DamagedError, RefusedError))
        assert verify(other).broken == ()


PROFILE = """{"version": 1, "name": "甲", "layers": [
 {"key": "a", "role": "approval", "source": "../a.gpkg", "date": "2025-12-31", "fields": {"number": "JCBH"},
  "filter": {"field": "JCBH", "values": ["1"]}},
 {"key": "p", "role": "plan", "source": "../a.gpkg", "crs": "EPSG:4528", "fields": {"zone": "XZQDM"}, "inside": ["010"]}]}"""


def test_damaged_profiles(tmp_path):
    def write(folder):
        (folder / "office.json").write_text(PROFILE, encoding="utf-8")
        return folder / "office.json"

    LAYERS["gpkg"](tmp_path)
    hold(tmp_path / "in", write, [profile], "json", DAMAGES)
